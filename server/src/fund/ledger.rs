//! The ledger: every money event as one balanced, append-only journal entry (M25).
//!
//! Each function checks the limits first and answers with what is missing; the database's own
//! constraints stand behind. They run inside the caller's transaction and write no audit row: the
//! caller's step does.

use shared::fund::{Position, Shortfall};
use shared::ids::{AgreementId, CallId, DecisionId, DisbursementId, EntryId, FundId, ProposalId};
use shared::money::Money;
use shared::time::Date;

use crate::app::Ctx;
use crate::db::Tx;
use crate::http::ApiError;

/// An approved decision that reserves money (M23).
#[derive(Debug, Clone, Copy)]
pub struct Reserve {
    /// The fund.
    pub fund_id: FundId,
    /// The call whose envelope it uses.
    pub call_id: CallId,
    /// What was approved.
    pub proposal_id: ProposalId,
    /// In the fund's currency.
    pub amount: Money,
    /// The decision.
    pub source: DecisionId,
}

/// Reserves money for an approved decision, split over donors (M21, M23, M60), or says which limit
/// it breaks and by how much; then nothing is booked and the decision becomes contingent (V8).
pub async fn reserve(tx: &mut Tx, ctx: &Ctx, reserve: Reserve) -> Result<Result<(), Shortfall>, ApiError>;

/// What the fund, and one call of it, can still give (M20, M21).
pub async fn position(tx: &mut Tx, fund_id: FundId, call_id: Option<CallId>) -> Result<Position, ApiError>;

/// Gives a reservation back one to one (M23, M61): lapse, withdrawal or refusal.
pub async fn release(tx: &mut Tx, ctx: &Ctx, source: DecisionId) -> Result<(), ApiError>;
