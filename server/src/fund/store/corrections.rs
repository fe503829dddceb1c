//! SQL of corrections: what ends or was booked wrongly (M22, M70, M71).

use shared::currency::Currency;
use shared::fund::corrections::{CorrectionKind, CorrectionQuery, CorrectionState};
use shared::fund::{BookingState, ContributionState};
use shared::ids::{AllocationId, ContributionId, CorrectionId, FundId, PersonId, ReceiptId};
use shared::time::Timestamp;
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::paging::PAGE;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// What a correction is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    /// A contribution that ends.
    Contribution(ContributionId),
    /// A receipt to be reversed.
    Receipt(ReceiptId),
    /// An allocation to be reversed.
    Allocation(AllocationId),
}

/// A correction.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CorrectionRow {
    /// Its id.
    pub id: CorrectionId,
    /// The fund.
    pub fund_id: FundId,
    /// The fund's currency.
    pub currency: Currency,
    /// What it does.
    pub kind: CorrectionKind,
    /// The contribution that ends.
    pub contribution_id: Option<ContributionId>,
    /// The receipt that is reversed.
    pub receipt_id: Option<ReceiptId>,
    /// The allocation that is reversed.
    pub allocation_id: Option<AllocationId>,
    /// What it is about, for people.
    pub about: String,
    /// What it moves.
    pub amount_minor: i64,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: CorrectionState,
    /// Who prepared it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who confirmed it, by name.
    pub confirmed_name: Option<String>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const CORRECTIONS: &str =
    "SELECT x.id, x.fund_id, f.currency, x.kind, x.contribution_id, x.receipt_id, x.allocation_id,
         COALESCE(k.reference, rk.reference || ' · ' || r.bank_reference, l.reason) AS about, x.amount_minor, x.reason, x.state,
         x.prepared_by, p.name AS prepared_name, x.prepared_at, s.name AS confirmed_name, x.confirmed_at, x.version
     FROM corrections x JOIN funds f ON f.id = x.fund_id JOIN people p ON p.id = x.prepared_by
     LEFT JOIN people s ON s.id = x.confirmed_by LEFT JOIN contributions k ON k.id = x.contribution_id
     LEFT JOIN receipts r ON r.id = x.receipt_id LEFT JOIN contributions rk ON rk.id = r.contribution_id
     LEFT JOIN allocations l ON l.id = x.allocation_id WHERE ";

/// A correction by id.
///
/// # Errors
/// When the database fails.
pub async fn correction(tx: &mut Tx, id: CorrectionId) -> Result<Option<CorrectionRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(CORRECTIONS);
        query.push("x.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A page of corrections, newest first, and one more.
///
/// # Errors
/// When the database fails.
pub async fn corrections(
    tx: &mut Tx,
    fund_id: FundId,
    filter: &CorrectionQuery,
) -> Result<Vec<CorrectionRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(CORRECTIONS);
        query.push("x.fund_id = ").push_bind(fund_id);
        if let Some(state) = filter.state {
            query.push(" AND x.state = ").push_bind(state);
        }
        if let Some(after) = filter.after {
            query.push(" AND x.id < ").push_bind(after);
        }
        query.push(" ORDER BY x.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Writes a prepared correction; `amount_minor` is in the fund's currency.
///
/// # Errors
/// When there is one of the same thing already, or the database fails.
pub async fn insert(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (fund_id, by): (FundId, PersonId),
    subject: Subject,
    amount_minor: i64,
    reason: &str,
) -> Result<CorrectionId, ApiError> {
    let id: CorrectionId = ctx.id();
    let (kind, contribution_id, receipt_id, allocation_id) = match subject {
        Subject::Contribution(id) => (CorrectionKind::Termination, Some(id), None, None),
        Subject::Receipt(id) => (CorrectionKind::ReceiptReversal, None, Some(id), None),
        Subject::Allocation(id) => (CorrectionKind::AllocationReversal, None, None, Some(id)),
    };
    execute!(
        tx,
        "INSERT INTO corrections (id, fund_id, kind, contribution_id, receipt_id, allocation_id, amount_minor, reason,
             state, prepared_by, prepared_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id,
        fund_id,
        kind,
        contribution_id,
        receipt_id,
        allocation_id,
        amount_minor,
        reason.trim(),
        CorrectionState::Prepared,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// Moves a correction on; `by` is who confirmed it.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_state(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: CorrectionId,
    version: i64,
    state: CorrectionState,
    by: Option<PersonId>,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE corrections SET state = $3, confirmed_by = $4, confirmed_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        by,
        by.map(|_| ctx.now),
    )?)
}

/// A pledge is refused.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_refused(tx: &mut Tx, id: ContributionId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE contributions SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        ContributionState::Refused,
    )?)
}

/// Ends a contribution: so much will not come, in the donor's and in the fund's currency.
///
/// # Errors
/// When the database fails.
pub async fn set_terminated(
    tx: &mut Tx,
    id: ContributionId,
    terminated_minor: i64,
    terminated_eur_minor: i64,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE contributions SET terminated_minor = $2, terminated_eur_minor = $3, state = $4, version = version + 1
         WHERE id = $1",
        id,
        terminated_minor,
        terminated_eur_minor,
        ContributionState::Terminated,
    )?)
}

/// Takes a reversed receipt off its contribution.
///
/// # Errors
/// When the database fails.
pub async fn take_received(tx: &mut Tx, id: ContributionId, amount_minor: i64, eur_minor: i64) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE contributions SET received_minor = received_minor - $2, received_eur_minor = received_eur_minor - $3,
             state = CASE WHEN received_minor = $2 THEN $4 ELSE $5 END, version = version + 1 WHERE id = $1",
        id,
        amount_minor,
        eur_minor,
        ContributionState::Signed,
        ContributionState::PartlyReceived,
    )?)
}

/// Moves a receipt on.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_receipt_state(tx: &mut Tx, id: ReceiptId, version: i64, state: BookingState) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE receipts SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state
    )?)
}

/// Moves an allocation on.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_allocation_state(
    tx: &mut Tx,
    id: AllocationId,
    version: i64,
    state: BookingState,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE allocations SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state
    )?)
}
