//! SQL of reading the audit log.

use shared::audit::AuditQuery;
use shared::ids::PersonId;
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::auth::policy::audit_log::Reach;
use crate::db::Tx;
use crate::db::paging::{PAGE, contains};
use crate::http::error::ApiError;
use crate::on;

/// An entry of the log.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EntryRow {
    /// Its number in the chain.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person_id: Option<PersonId>,
    /// Their name.
    pub by_name: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: Uuid,
    /// As it was, as JSON.
    pub before_state: Option<String>,
    /// As it is, as JSON.
    pub after_state: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The entry's hash.
    pub hash: String,
}

/// The instant at which a day begins in UTC.
fn midnight(day: Date) -> Option<Timestamp> {
    Timestamp::parse(&format!("{day}T00:00:00Z")).ok()
}

/// A page of entries within reach, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn entries(tx: &mut Tx, reach: &Reach, filter: &AuditQuery) -> Result<Vec<EntryRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT a.seq, a.at, a.person_id, w.name AS by_name, a.action, a.object_kind, a.object_id, a.before_state,
                 a.after_state, a.reason, a.hash
             FROM audit_log a LEFT JOIN people w ON w.id = a.person_id WHERE 1 = 1",
        );
        if let Reach::Own { person_id, organisations } = reach {
            query.push(" AND (a.person_id = ").push_bind(*person_id);
            if !organisations.is_empty() {
                query.push(" OR a.person_id IN (SELECT m.person_id FROM memberships m WHERE m.organisation_id IN (");
                let mut list = query.separated(", ");
                for id in organisations {
                    list.push_bind(*id);
                }
                query.push("))");
            }
            query.push(")");
        }
        if let Some(who) = &filter.who {
            query.push(" AND a.person_id IN (SELECT s.id FROM people s WHERE s.search_key LIKE ");
            query.push_bind(contains(who)).push(" ESCAPE '!')");
        }
        if let Some(kind) = &filter.kind {
            query.push(" AND a.object_kind = ").push_bind(kind.trim().to_owned());
        }
        if let Some(action) = &filter.action {
            query.push(" AND a.action LIKE ").push_bind(contains(action)).push(" ESCAPE '!'");
        }
        if let Some(object_id) = filter.object_id {
            query.push(" AND a.object_id = ").push_bind(object_id);
        }
        if let Some(from) = filter.from.and_then(midnight) {
            query.push(" AND a.at >= ").push_bind(from);
        }
        if let Some(until) = filter.until.and_then(|day| midnight(day.plus_days(1))) {
            query.push(" AND a.at < ").push_bind(until);
        }
        if let Some(after) = filter.after {
            query.push(" AND a.seq < ").push_bind(after);
        }
        query.push(" ORDER BY a.seq DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}
