//! The ledger's check: every cached balance and every rule, derived again from the journal (M20–M25,
//! M31, M60, M61). Run by the command, each night, and from the ledger's page.

use std::time::Instant;

use shared::fund::corrections::LedgerCheck;
use uuid::Uuid;

use super::store::check as store;
use crate::app::{App, Ctx};
use crate::audit;
use crate::db::Db;
use crate::http::error::ApiError;
use crate::transact;

/// How long a check is good for: then the job makes the next.
const CHECK_EVERY_HOURS: i64 = 24;

/// Checks the ledger at one moment of the database, without keeping the result.
///
/// # Errors
/// When the database fails.
pub async fn examine(db: &Db) -> Result<LedgerCheck, ApiError> {
    let start = Instant::now();
    let mut tx = db.read().await?;
    let findings = store::findings(&mut tx).await?;
    let postings = store::postings(&mut tx).await?;
    let millis = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(LedgerCheck { checked_at: None, postings, millis, findings })
}

/// Checks the ledger and keeps what was found; findings go into the audit log too.
///
/// # Errors
/// When the database fails.
pub async fn run(app: &App, ctx: &Ctx<'_>) -> Result<LedgerCheck, ApiError> {
    let check = LedgerCheck { checked_at: Some(ctx.now), ..examine(&app.db).await? };
    transact!(app.db, |tx| {
        let id: Uuid = store::insert(tx, ctx, &check).await?;
        if !check.findings.is_empty() {
            let entry = audit::Entry {
                action: "ledger.findings",
                kind: "ledger_check",
                id,
                before: None::<()>,
                after: Some(&check),
                reason: None,
            };
            audit::record(tx, ctx, entry).await?;
        }
        Ok(())
    })?;
    for finding in &check.findings {
        tracing::error!(
            rule = finding.rule,
            check = finding.check.as_str(),
            id = finding.id,
            "the ledger does not hold"
        );
    }
    Ok(check)
}

/// Checks the ledger once a day.
///
/// # Errors
/// When the database fails.
pub async fn run_nightly(app: &App) -> Result<(), ApiError> {
    let mut tx = app.db.read().await?;
    let last = store::last(&mut tx).await?.and_then(|check| check.checked_at);
    drop(tx);
    let ctx = app.system_ctx();
    if last.is_none_or(|last| last.plus(chrono::Duration::hours(CHECK_EVERY_HOURS)) <= ctx.now) {
        run(app, &ctx).await?;
    }
    Ok(())
}
