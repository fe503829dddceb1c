//! SQL of periods.

use shared::currency::Currency;
use shared::ids::{FundId, PeriodId, PersonId};
use shared::periods::{PeriodKind, PeriodState};
use shared::time::{Date, Timestamp};

use crate::app::Ctx;
use crate::db::{Tx, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A period that somebody has proposed to lock.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PeriodRow {
    /// Its id.
    pub id: PeriodId,
    /// The fund.
    pub fund_id: FundId,
    /// A month or a year.
    pub kind: PeriodKind,
    /// The first day.
    pub first_day: Date,
    /// The last day.
    pub last_day: Date,
    /// How far it is.
    pub state: PeriodState,
    /// Why it is to be unlocked, or why the last proposal was refused.
    pub reason: String,
    /// Who made the last proposal.
    pub proposed_by: PersonId,
    /// Their name.
    pub proposed_name: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Who decided on it.
    pub decided_name: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const PERIODS: &str = "SELECT p.id, p.fund_id, p.kind, p.first_day, p.last_day, p.state, p.reason, p.proposed_by,
         a.name AS proposed_name, p.proposed_at, d.name AS decided_name, p.decided_at, p.version
     FROM periods p JOIN people a ON a.id = p.proposed_by LEFT JOIN people d ON d.id = p.decided_by";

/// A period by id.
///
/// # Errors
/// When the database fails.
pub async fn period(tx: &mut Tx, id: PeriodId) -> Result<Option<PeriodRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!("{PERIODS} WHERE p.id = $1"));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// The fund's periods that lie in these days.
///
/// # Errors
/// When the database fails.
pub async fn between(tx: &mut Tx, fund_id: FundId, first: Date, last: Date) -> Result<Vec<PeriodRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{PERIODS} WHERE p.fund_id = $1 AND p.first_day >= $2 AND p.last_day <= $3 ORDER BY p.first_day, p.kind"
    ));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(fund_id).bind(first).bind(last).fetch_all(c).await)?)
}

/// The locked period that a day lies in: the month before the year.
///
/// # Errors
/// When the database fails.
pub async fn locked_at(tx: &mut Tx, fund_id: FundId, day: Date) -> Result<Option<(Date, Date)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT first_day, last_day FROM periods WHERE fund_id = $1 AND $2 BETWEEN first_day AND last_day
             AND state IN ('locked', 'unlock_proposed') ORDER BY kind LIMIT 1"
    )
    .bind(fund_id)
    .bind(day)
    .fetch_optional(c)
    .await)?)
}

/// The first posting date of a fund.
///
/// # Errors
/// When the database fails.
pub async fn first_posting(tx: &mut Tx, fund_id: FundId) -> Result<Option<Date>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT MIN(posted_on) FROM journal_entries WHERE fund_id = $1")
        .bind(fund_id)
        .fetch_one(c)
        .await)?)
}

/// What is unexplained on a day: lines of statements and cash entries that no match explains.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct UnexplainedRow {
    /// The day.
    pub day: Date,
    /// The currency.
    pub currency: Currency,
    /// The sum of the amounts without their signs, so that nothing cancels out.
    pub minor: i64,
}

/// What is unexplained, day by day.
///
/// # Errors
/// When the database fails.
pub async fn unexplained(
    tx: &mut Tx,
    fund_id: FundId,
    first: Date,
    last: Date,
) -> Result<Vec<UnexplainedRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT u.day, u.currency, CAST(SUM(u.minor) AS BIGINT) AS minor FROM (
             SELECT l.booked_on AS day, l.currency, ABS(l.amount_minor) AS minor FROM statement_lines l
             WHERE l.fund_id = $1 AND l.booked_on BETWEEN $2 AND $3
                 AND NOT EXISTS (SELECT 1 FROM bank_matches m WHERE m.line_id = l.id AND m.undone_at IS NULL)
             UNION ALL
             SELECT e.posted_on AS day, p.currency, CAST(ABS(SUM(p.amount_minor)) AS BIGINT) AS minor
             FROM journal_entries e JOIN postings p ON p.entry_id = e.id AND p.account = 'cash'
             WHERE e.fund_id = $1 AND e.posted_on BETWEEN $2 AND $3
                 AND NOT EXISTS (SELECT 1 FROM bank_matches m WHERE m.entry_id = e.id AND m.undone_at IS NULL)
             GROUP BY e.id, e.posted_on, p.currency
         ) u WHERE u.minor <> 0 GROUP BY u.day, u.currency ORDER BY u.day, u.currency"
    )
    .bind(fund_id)
    .bind(first)
    .bind(last)
    .fetch_all(c)
    .await)?)
}

/// How many receipts and allocations dated to each day wait to be confirmed.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &mut Tx, fund_id: FundId, first: Date, last: Date) -> Result<Vec<(Date, i64)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT w.day, CAST(COUNT(*) AS BIGINT) FROM (
             SELECT r.received_on AS day FROM receipts r JOIN contributions k ON k.id = r.contribution_id
             WHERE k.fund_id = $1 AND r.state = 'prepared' AND r.received_on BETWEEN $2 AND $3
             UNION ALL
             SELECT a.posted_on AS day FROM allocations a
             WHERE a.fund_id = $1 AND a.state = 'prepared' AND a.posted_on BETWEEN $2 AND $3
         ) w GROUP BY w.day"
    )
    .bind(fund_id)
    .bind(first)
    .bind(last)
    .fetch_all(c)
    .await)?)
}

/// Writes a period with the proposal to lock it.
///
/// # Errors
/// When there is a row of it, or the database fails.
pub async fn insert(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    by: PersonId,
    (kind, first, last): (PeriodKind, Date, Date),
) -> Result<PeriodId, ApiError> {
    let id: PeriodId = ctx.id();
    execute!(
        tx,
        "INSERT INTO periods (id, fund_id, kind, first_day, last_day, state, reason, proposed_by, proposed_at)
         VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8)",
        id,
        fund_id,
        kind,
        first,
        last,
        PeriodState::LockProposed,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// Writes a proposal to lock or unlock.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`], or when the database refuses.
pub async fn propose(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (id, version): (PeriodId, i64),
    by: PersonId,
    to: PeriodState,
    reason: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE periods SET state = $3, reason = $4, proposed_by = $5, proposed_at = $6, decided_by = NULL,
             decided_at = NULL, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        to,
        reason,
        by,
        ctx.now,
    )?)
}

/// Writes a decision.
///
/// # Errors
/// As [`propose`].
pub async fn decide(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (id, version): (PeriodId, i64),
    by: PersonId,
    to: PeriodState,
    reason: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE periods SET state = $3, reason = $4, decided_by = $5, decided_at = $6, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        to,
        reason,
        by,
        ctx.now,
    )?)
}
