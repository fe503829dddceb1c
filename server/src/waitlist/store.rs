//! SQL of unsigned reservations and contingent decisions.

use shared::currency::Currency;
use shared::ids::{CallId, DecisionId, FundId, ProposalId};
use shared::money::Money;
use shared::time::Timestamp;

use crate::db::Tx;
use crate::http::error::ApiError;
use crate::on;

/// The most rows of either list.
const ROWS: i64 = 500;

/// A decision with money or without.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AwardRow {
    /// The decision.
    pub decision_id: DecisionId,
    /// The call.
    pub call_id: CallId,
    /// Its fund.
    pub fund_id: FundId,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The applicant.
    pub applicant: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What was approved.
    pub amount_minor: i64,
    /// The fund's currency.
    pub currency: Currency,
    /// When it was reserved, or else decided.
    pub at: Timestamp,
    /// When a reservation for it lapsed or was given back, the last time.
    pub given_back_at: Option<Timestamp>,
}

impl AwardRow {
    /// What was approved.
    #[must_use]
    pub fn amount(&self) -> Money {
        Money::from_minor(self.amount_minor, self.currency)
    }
}

const OF: &str =
    "FROM decisions d JOIN proposals p ON p.id = d.proposal_id JOIN organisations o ON o.id = p.organisation_id
     JOIN calls c ON c.id = p.call_id JOIN funds f ON f.id = c.fund_id";

const ROW: &str =
    "SELECT d.id AS decision_id, c.id AS call_id, c.fund_id, p.id AS proposal_id, COALESCE(p.number, '') AS number,
     p.title, o.name AS applicant, p.country, d.amount_minor, f.currency,
     (SELECT MAX(g.created_at) FROM journal_entries g WHERE g.kind = 'release' AND g.source_id = d.id) AS given_back_at";

/// Neither given back nor turned into a commitment.
const IS_OPEN: &str = "e.kind = 'reservation' AND NOT EXISTS (SELECT 1 FROM journal_entries r WHERE r.reverses = e.id)
     AND NOT EXISTS (SELECT 1 FROM agreements a JOIN journal_entries m ON m.kind = 'commitment' AND m.source_id = a.id
         WHERE a.decision_id = d.id)";

/// A call's reservations without a signed agreement, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn reserved(tx: &mut Tx, call_id: CallId) -> Result<Vec<AwardRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{ROW}, e.created_at AS at {OF} JOIN journal_entries e ON e.source_id = d.id
         WHERE c.id = $1 AND {IS_OPEN} ORDER BY e.created_at, d.id LIMIT $2"
    ));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(call_id).bind(ROWS).fetch_all(c).await)?)
}

/// Approved without money, and no later decision took its place: contingent, or what was reserved has
/// lapsed or was given back.
const IS_WAITING: &str = "d.amount_minor IS NOT NULL
     AND d.outcome IN ('approved', 'approved_partial', 'approved_conditional', 'approved_contingent')
     AND NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.kind = 'reservation' AND e.source_id = d.id
         AND NOT EXISTS (SELECT 1 FROM journal_entries g WHERE g.reverses = e.id))
     AND NOT EXISTS (SELECT 1 FROM decisions n WHERE n.proposal_id = d.proposal_id AND n.decided_at > d.decided_at)";

/// What waits in a call.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct WaitingRow {
    /// The call.
    pub call_id: CallId,
    /// How many decisions.
    pub count: i64,
    /// How much.
    pub amount_minor: i64,
}

/// How much of a fund's contingent decisions waits, per call.
///
/// # Errors
/// When the database fails.
pub async fn waiting_of_fund(tx: &mut Tx, fund_id: FundId) -> Result<Vec<WaitingRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT p.call_id, COUNT(*) AS count, CAST(SUM(d.amount_minor) AS BIGINT) AS amount_minor
         FROM decisions d JOIN proposals p ON p.id = d.proposal_id JOIN calls c ON c.id = p.call_id
         WHERE c.fund_id = $1 AND {IS_WAITING} GROUP BY p.call_id"
    ));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(fund_id).fetch_all(c).await)?)
}

/// A call's approved decisions without money, unless a later decision took their place: contingent ones,
/// and those whose reservation lapsed or was given back.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &mut Tx, call_id: CallId) -> Result<Vec<AwardRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{ROW}, d.decided_at AS at {OF} WHERE c.id = $1 AND {IS_WAITING} ORDER BY d.id LIMIT $2"
    ));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(call_id).bind(ROWS).fetch_all(c).await)?)
}

/// An open reservation and the rules of its call, as JSON.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OpenRow {
    /// The decision.
    pub decision_id: DecisionId,
    /// When it was reserved.
    pub at: Timestamp,
    /// The call's definition.
    pub definition: String,
}

/// Reservations without a signed agreement that are older than an instant, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn older(tx: &mut Tx, than: Timestamp) -> Result<Vec<OpenRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT d.id AS decision_id, e.created_at AS at, c.definition {OF} JOIN journal_entries e ON e.source_id = d.id
         WHERE e.created_at <= $1 AND {IS_OPEN} ORDER BY e.created_at, d.id LIMIT $2"
    ));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(than).bind(ROWS).fetch_all(c).await)?)
}

/// The call that a decision is of.
///
/// # Errors
/// When the database fails.
pub async fn call_of(tx: &mut Tx, decision_id: DecisionId) -> Result<Option<CallId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT p.call_id FROM decisions d JOIN proposals p ON p.id = d.proposal_id WHERE d.id = $1"
    )
    .bind(decision_id)
    .fetch_optional(c)
    .await)?)
}
