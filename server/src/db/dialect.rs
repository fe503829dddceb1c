//! The few things that the engines say differently. Everything else is one SQL for both.

use super::Tx;

/// Takes SQLite's write lock at once, so that two writers queue instead of failing midway.
pub const SQLITE_BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// One moment for all queries of a page.
pub const POSTGRES_BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Writers never see a state that no serial order gives.
pub const POSTGRES_BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";

/// Each write adds to the hash-chained audit log, so writers queue for its head. `LOCK TABLE`
/// takes no snapshot: what the transaction reads afterwards is what the one before it committed.
pub const POSTGRES_QUEUE_WRITERS: &str = "LOCK TABLE audit_head IN SHARE ROW EXCLUSIVE MODE";

/// The day, in UTC, of a column that holds an instant, as the engine stores dates.
#[must_use]
pub fn day_of(tx: &Tx, column: &str) -> String {
    match tx {
        Tx::Sqlite(_) => format!("date({column} / 1000000, 'unixepoch')"),
        Tx::Postgres(_) => format!("CAST({column} AT TIME ZONE 'UTC' AS DATE)"),
    }
}
