//! The log as its reader may see it.

use shared::audit::{AuditEntry, AuditQuery, changes};
use shared::endpoint::Page;
use shared::ids::PersonId;

use super::store::{self, EntryRow};
use crate::auth::policy::Granted;
use crate::auth::policy::audit_log::Reader;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::http::error::ApiError;

/// What declarations of interest say is for those who read declarations, and for who made them.
fn is_hidden(row: &EntryRow, reader: &Reader) -> bool {
    let is_own = row.person_id == Some(reader.person_id);
    row.action.starts_with("conflict.") && !reader.reads_declarations && !is_own
}

fn entry_of(row: EntryRow, reader: &Reader) -> AuditEntry {
    let is_hidden = is_hidden(&row, reader);
    let changes = if is_hidden { Vec::new() } else { changes(row.before_state.as_deref(), row.after_state.as_deref()) };
    AuditEntry {
        seq: row.seq,
        at: row.at,
        by: row.by_name.or_else(|| row.person_id.map(|PersonId(id)| id.to_string())),
        action: row.action,
        kind: row.object_kind,
        object_id: row.object_id,
        changes,
        is_hidden,
        reason: row.reason.filter(|_| !is_hidden),
        hash: row.hash,
    }
}

/// A page of the log.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, reader: Granted<Reader>, query: &AuditQuery) -> Result<Page<AuditEntry>, ApiError> {
    let mut rows = store::entries(tx, &reader.reach, query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.seq.to_string());
    Ok(Page { items: rows.into_iter().map(|row| entry_of(row, &reader)).collect(), next })
}
