//! What ends or was booked wrongly: one person prepares it with a reason, another confirms it, and the
//! ledger books it on that day (M22, M70, M71).

use serde::Serialize;
use shared::endpoint::{Nothing, Page};
use shared::fund::corrections::{Correction, CorrectionKind, CorrectionQuery, CorrectionRequest, CorrectionState};
use shared::fund::{BookingState, ContributionState, ReceiptBooking, Step};
use shared::ids::{CorrectionId, PersonId};
use shared::money::Money;
use shared::problem::{Code, check};

use super::ledger;
use super::service::{person, receivable, step, wrong_state};
use super::store::corrections::{self as store, CorrectionRow, Subject};
use super::store::{AllocationRow, ContributionRow, FundRow, ReceiptRow, allocation, contribution, receipt};
use crate::app::Ctx;
use crate::audit;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::http::error::ApiError;

fn correction_of(row: CorrectionRow, reader: Option<PersonId>) -> Correction {
    Correction {
        id: row.id,
        kind: row.kind,
        about: row.about,
        amount: Money::from_minor(row.amount_minor, row.currency),
        reason: row.reason,
        state: row.state,
        prepared_by: Step { by: row.prepared_name, at: row.prepared_at },
        confirmed_by: step(row.confirmed_name, row.confirmed_at),
        confirmed_at: row.confirmed_at,
        is_own: reader == Some(row.prepared_by),
        version: row.version,
    }
}

async fn read(tx: &mut Tx, ctx: &Ctx<'_>, id: CorrectionId) -> Result<Correction, ApiError> {
    let row = store::correction(tx, id).await?.ok_or(Code::NotFound)?;
    Ok(correction_of(row, ctx.person_id()))
}

async fn record<T: Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (action, kind, id): (&str, &str, uuid::Uuid),
    after: &T,
    reason: &str,
) -> Result<(), ApiError> {
    let entry = audit::Entry { action, kind, id, before: None::<()>, after: Some(after), reason: Some(reason) };
    audit::record(tx, ctx, entry).await
}

/// A page of corrections.
///
/// # Errors
/// When the database fails.
pub async fn corrections(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    query: &CorrectionQuery,
) -> Result<Page<Correction>, ApiError> {
    let mut rows = store::corrections(tx, fund.id, query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    Ok(Page { items: rows.into_iter().map(|row| correction_of(row, ctx.person_id())).collect(), next })
}

async fn prepare(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: shared::ids::FundId,
    subject: Subject,
    amount_minor: i64,
    reason: &str,
) -> Result<Correction, ApiError> {
    let id = store::insert(tx, ctx, (fund_id, person(ctx)?), subject, amount_minor, reason)
        .await
        .map_err(|e| e.duplicate_as(Code::Duplicate))?;
    let after = read(tx, ctx, id).await?;
    record(tx, ctx, ("correction.prepared", "correction", id.0), &after, reason).await?;
    Ok(after)
}

/// Prepares the end of a contribution (M22).
///
/// # Errors
/// Field errors; [`Code::WrongState`] when nothing of it is to come, [`Code::Duplicate`].
pub async fn prepare_termination(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<ContributionRow>,
    request: &CorrectionRequest,
) -> Result<Correction, ApiError> {
    check(request.errors())?;
    if !matches!(row.state, ContributionState::Signed | ContributionState::PartlyReceived) {
        return Err(wrong_state(row.state));
    }
    let missing = receivable(&row);
    if !missing.is_positive() {
        return Err(wrong_state(row.state));
    }
    prepare(tx, ctx, row.fund_id, Subject::Contribution(row.id), missing.minor(), &request.reason).await
}

/// Prepares the reversal of a booked receipt.
///
/// # Errors
/// Field errors; [`Code::WrongState`] when it is not booked, [`Code::Duplicate`].
pub async fn prepare_receipt_reversal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<ReceiptRow>,
    request: &CorrectionRequest,
) -> Result<Correction, ApiError> {
    check(request.errors())?;
    if row.state != BookingState::Confirmed {
        return Err(wrong_state(row.state));
    }
    let fund_id = contribution(tx, row.contribution_id).await?.ok_or(Code::NotFound)?.fund_id;
    prepare(tx, ctx, fund_id, Subject::Receipt(row.id), row.eur_minor, &request.reason).await
}

/// Prepares the reversal of money set aside.
///
/// # Errors
/// As [`prepare_receipt_reversal`].
pub async fn prepare_allocation_reversal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AllocationRow>,
    request: &CorrectionRequest,
) -> Result<Correction, ApiError> {
    check(request.errors())?;
    if row.state != BookingState::Confirmed {
        return Err(wrong_state(row.state));
    }
    prepare(tx, ctx, row.fund_id, Subject::Allocation(row.id), row.amount_minor, &request.reason).await
}

/// Confirms a correction and books it today.
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who prepared it (M70), [`Code::WrongState`];
/// [`Code::InsufficientHeadroom`] and [`Code::InsufficientCash`] with what is missing when the money
/// is in use (M22).
pub async fn confirm(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<CorrectionRow>,
    version: i64,
) -> Result<Correction, ApiError> {
    let by = person(ctx)?;
    if by == row.prepared_by {
        return Err(Code::SeparationOfDuties.into());
    }
    if row.state != CorrectionState::Prepared {
        return Err(wrong_state(row.state));
    }
    store::set_state(tx, ctx, row.id, version, CorrectionState::Confirmed, Some(by)).await?;
    match row.kind {
        CorrectionKind::Termination => terminate(tx, ctx, &row).await?,
        CorrectionKind::ReceiptReversal => reverse_receipt(tx, ctx, &row).await?,
        CorrectionKind::AllocationReversal => {
            let id = row.allocation_id.ok_or(Code::NotFound)?;
            let booked = allocation(tx, id).await?.ok_or(Code::NotFound)?;
            store::set_allocation_state(tx, id, booked.version, BookingState::Reversed).await?;
            ledger::reverse_allocation(tx, ctx, id, ctx.now.date()).await?;
        }
    }
    let after = read(tx, ctx, row.id).await?;
    record(tx, ctx, ("correction.confirmed", "correction", row.id.0), &after, &row.reason).await?;
    Ok(after)
}

/// What has not arrived by now will not come.
async fn terminate(tx: &mut Tx, ctx: &Ctx<'_>, row: &CorrectionRow) -> Result<(), ApiError> {
    let id = row.contribution_id.ok_or(Code::NotFound)?;
    let ends = contribution(tx, id).await?.ok_or(Code::NotFound)?;
    let missing = receivable(&ends);
    if !matches!(ends.state, ContributionState::Signed | ContributionState::PartlyReceived) || !missing.is_positive() {
        return Err(wrong_state(ends.state));
    }
    ledger::terminate_contribution(tx, ctx, &ends, row.id.0, missing, ctx.now.date()).await?;
    store::set_terminated(tx, id, ends.signed_minor - ends.received_minor, missing.minor()).await
}

async fn reverse_receipt(tx: &mut Tx, ctx: &Ctx<'_>, row: &CorrectionRow) -> Result<(), ApiError> {
    let id = row.receipt_id.ok_or(Code::NotFound)?;
    let booked = receipt(tx, id).await?.ok_or(Code::NotFound)?;
    let on = contribution(tx, booked.contribution_id).await?.ok_or(Code::NotFound)?;
    if on.state == ContributionState::Terminated {
        return Err(wrong_state(on.state));
    }
    let eur = |minor| Money::from_minor(minor, booked.fund_currency);
    let booking = ReceiptBooking {
        cash: eur(booked.eur_minor),
        receivable: eur(booked.eur_minor - booked.gain_minor),
        gain: eur(booked.gain_minor),
        is_last: on.state == ContributionState::Received,
    };
    ledger::reverse_receipt(tx, ctx, &on, id, booking, ctx.now.date()).await?;
    store::set_receipt_state(tx, id, booked.version, BookingState::Reversed).await?;
    store::take_received(tx, on.id, booked.amount_minor, booked.eur_minor).await
}

/// Drops or refuses a correction that is not booked.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn cancel(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<CorrectionRow>,
    version: i64,
    request: &CorrectionRequest,
) -> Result<Correction, ApiError> {
    check(request.errors())?;
    if row.state != CorrectionState::Prepared {
        return Err(wrong_state(row.state));
    }
    store::set_state(tx, ctx, row.id, version, CorrectionState::Cancelled, None).await?;
    let after = read(tx, ctx, row.id).await?;
    record(tx, ctx, ("correction.cancelled", "correction", row.id.0), &after, &request.reason).await?;
    Ok(after)
}

/// Drops a receipt that is not booked.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn cancel_receipt(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<ReceiptRow>,
    version: i64,
    request: &CorrectionRequest,
) -> Result<Nothing, ApiError> {
    check(request.errors())?;
    if row.state != BookingState::Prepared {
        return Err(wrong_state(row.state));
    }
    store::set_receipt_state(tx, row.id, version, BookingState::Cancelled).await?;
    record(tx, ctx, ("receipt.cancelled", "receipt", row.id.0), &BookingState::Cancelled, &request.reason).await?;
    Ok(Nothing {})
}

/// Drops money to be set aside that is not booked.
///
/// # Errors
/// As [`cancel_receipt`].
pub async fn cancel_allocation(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AllocationRow>,
    version: i64,
    request: &CorrectionRequest,
) -> Result<Nothing, ApiError> {
    check(request.errors())?;
    if row.state != BookingState::Prepared {
        return Err(wrong_state(row.state));
    }
    store::set_allocation_state(tx, row.id, version, BookingState::Cancelled).await?;
    record(tx, ctx, ("allocation.cancelled", "allocation", row.id.0), &BookingState::Cancelled, &request.reason)
        .await?;
    Ok(Nothing {})
}

/// Drops or refuses a pledge whose signature is not confirmed.
///
/// # Errors
/// As [`cancel_receipt`].
pub async fn refuse_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<ContributionRow>,
    version: i64,
    request: &CorrectionRequest,
) -> Result<Nothing, ApiError> {
    check(request.errors())?;
    if row.state != ContributionState::Pledged {
        return Err(wrong_state(row.state));
    }
    store::set_refused(tx, row.id, version).await?;
    let what = ("contribution.refused", "contribution", row.id.0);
    record(tx, ctx, what, &ContributionState::Refused, &request.reason).await?;
    Ok(Nothing {})
}
