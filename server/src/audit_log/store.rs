//! SQL of reading the audit log.

use shared::audit::AuditQuery;
use shared::ids::{OrganisationId, PersonId};
use shared::time::{Date, Timestamp};
use sqlx::{Database, QueryBuilder};
use uuid::Uuid;

use crate::auth::policy::audit_log::Reach;
use crate::db::paging::{PAGE, contains};
use crate::db::{Tx, dialect};
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

/// What an organisation applies for, signs, amends, reports on and is paid to: the log's objects, up to the
/// organisation's column.
const THINGS_OF: [&str; 7] = [
    "SELECT x.id FROM concept_notes x WHERE x.organisation_id",
    "SELECT x.id FROM proposals x WHERE x.organisation_id",
    "SELECT x.id FROM agreements x WHERE x.organisation_id",
    "SELECT x.id FROM bank_accounts x WHERE x.organisation_id",
    "SELECT x.id FROM tranches x JOIN agreements y ON y.id = x.agreement_id WHERE y.organisation_id",
    "SELECT x.id FROM reports x JOIN agreements y ON y.id = x.agreement_id WHERE y.organisation_id",
    "SELECT x.id FROM amendments x JOIN agreements y ON y.id = x.agreement_id WHERE y.organisation_id",
];

fn one_of<DB: Database>(query: &mut QueryBuilder<DB>, organisations: &[OrganisationId])
where
    OrganisationId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    query.push(" IN (");
    let mut list = query.separated(", ");
    for id in organisations {
        list.push_bind(*id);
    }
    query.push(")");
}

/// A page of entries within reach, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn entries(tx: &mut Tx, reach: &Reach, filter: &AuditQuery) -> Result<Vec<EntryRow>, ApiError> {
    let day = dialect::day_of(tx, "a.at");
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT a.seq, a.at, a.person_id, w.name AS by_name, a.action, a.object_kind, a.object_id, a.before_state,
                 a.after_state, a.reason, a.hash
             FROM audit_log a LEFT JOIN people w ON w.id = a.person_id WHERE 1 = 1",
        );
        if let Reach::Own { person_id, organisations } = reach {
            query.push(" AND (a.person_id = ").push_bind(*person_id);
            if !organisations.is_empty() {
                query.push(" OR (EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = a.person_id");
                query.push(" AND m.role IN ('applicant_lead', 'applicant_member') AND m.valid_from <= ").push(&day);
                query
                    .push(" AND (m.valid_until IS NULL OR m.valid_until >= ")
                    .push(&day)
                    .push(") AND m.organisation_id");
                one_of(&mut query, organisations);
                query.push(") AND a.object_id IN (");
                for (n, part) in THINGS_OF.iter().enumerate() {
                    query.push(if n == 0 { "" } else { " UNION ALL " }).push(*part);
                    one_of(&mut query, organisations);
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
