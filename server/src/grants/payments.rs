//! Payments, step by step: each by another person (M70), booked once (M34), never edited afterwards.

use serde_json::json;
use shared::currency::Currency;
use shared::endpoint::Page;
use shared::fund::{Account, DonorAmount, EntryKind, Step, by_donor, check_amount, check_not_before, split};
use shared::grants::accounts::last_four;
use shared::grants::{
    AgreementState, BlockReason, Credit, CreditDraft, Disbursement, DisbursementDraft, DisbursementState, EventKind,
    Grant, Guards, PaidTo, Payment, PaymentQuery, PaymentRow, PaymentStep, PaymentView, Payments, Reversal,
    ReversalDraft, TrancheAt, TrancheState, reason_errors,
};
use shared::ids::{DisbursementId, PersonId};
use shared::money::Money;
use shared::people::OrganisationRef;
use shared::permission::{Permission, Scope};
use shared::problem::{Code, FieldError, Problem, check};
use shared::time::Date;
use uuid::Uuid;

use super::payments_store::{self as store, DisbursementRow, PaymentCursor};
use super::service::{read, record, record_with_reason, wrong_state};
use super::store::{self as agreements, AgreementRow};
use super::{accounts_store, closing, tranches, tranches_store};
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::ledger::{self, Disburse};
use crate::fund::service::{person, step};
use crate::fund::store as fund_store;
use crate::http::error::ApiError;
use crate::periods;

/// Whether somebody has done a step that excludes them from this one (M70).
fn has_touched(row: &DisbursementRow, next: PaymentStep, reader: Option<PersonId>) -> bool {
    if next == PaymentStep::ApproveReversal {
        return row.reversal_prepared_by == reader;
    }
    [Some(row.prepared_by), row.retried_by, row.verified_by, row.approved_by, row.second_approved_by]
        .into_iter()
        .flatten()
        .any(|by| Some(by) == reader)
}

fn next_step(agreement: &AgreementRow, row: &DisbursementRow) -> PaymentStep {
    let is_above_limit = row.of_tranche_minor > agreement.second_approval_above_minor;
    PaymentStep::next(row.state, is_above_limit, row.second_approved_by.is_some(), row.reversal_prepared_by.is_some())
}

/// Where a payment goes: the whole number for finance alone, while it is ordered and recorded (M35).
fn paid_to(ctx: &Ctx<'_>, row: &DisbursementRow, next: PaymentStep) -> PaidTo {
    let is_finance = ctx.actor.is_some_and(|actor| {
        [Permission::PrepareDisbursement, Permission::ApproveDisbursement]
            .into_iter()
            .any(|right| actor.scope(right) == Scope::All)
    });
    let is_payment_step = matches!(next, PaymentStep::Instruct | PaymentStep::Pay);
    PaidTo {
        id: row.account_id,
        holder: row.holder.clone(),
        bank: row.bank.clone(),
        last_four: last_four(&row.account_number),
        number: (is_finance && is_payment_step).then(|| row.account_number.clone()),
    }
}

fn disbursement_of(
    ctx: &Ctx<'_>,
    agreement: &AgreementRow,
    row: DisbursementRow,
    split: Vec<DonorAmount>,
) -> Disbursement {
    let next = next_step(agreement, &row);
    let credit =
        row.credit_minor.zip(row.credited_on).zip(step(row.credit_recorded_name.clone(), row.credit_recorded_at));
    let reversal = row.reversed_on.zip(step(row.reversal_prepared_name.clone(), row.reversal_prepared_at));
    Disbursement {
        id: row.id,
        tranche_number: row.tranche_number,
        amount: agreement.money(row.amount_minor),
        state: row.state,
        next,
        is_own: has_touched(&row, next, ctx.person_id()),
        to: paid_to(ctx, &row, next),
        reversal: reversal.map(|(reversed_on, prepared)| Reversal {
            reason: row.reversal_reason.clone(),
            reversed_on,
            prepared,
            approved: step(row.reversal_approved_name.clone(), row.reversal_approved_at),
        }),
        end_to_end_id: row.end_to_end_id,
        reason: row.reason,
        reconciled_at: row.reconciled_at,
        number: row.number,
        prepared: Step { by: row.prepared_name, at: row.prepared_at },
        verified: step(row.verified_name, row.verified_at),
        approved: step(row.approved_name, row.approved_at),
        second_approved: step(row.second_approved_name, row.second_approved_at),
        instructed_at: row.instructed_at,
        paid: step(row.paid_name, row.paid_at),
        bank_reference: row.bank_reference,
        value_date: row.value_date,
        credit: credit.map(|((minor, credited_on), recorded)| Credit {
            received: agreement.reported(minor),
            credited_on,
            reference: row.credit_reference,
            recorded,
            confirmed: step(row.credit_confirmed_name, row.credit_confirmed_at),
            is_own: row.credit_recorded_by == ctx.person_id(),
        }),
        split,
        version: row.version,
    }
}

/// The payments without whose money they are.
pub(super) fn without_splits(ctx: &Ctx<'_>, agreement: &AgreementRow, rows: Vec<DisbursementRow>) -> Vec<Disbursement> {
    rows.into_iter().map(|row| disbursement_of(ctx, agreement, row, Vec::new())).collect()
}

/// Each payment with its donors' parts: as booked, or as they would be now (M60).
pub(super) async fn with_splits(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement: &AgreementRow,
    rows: Vec<DisbursementRow>,
) -> Result<Vec<Disbursement>, ApiError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let booked = fund_store::booked_parts(tx, EntryKind::Disbursement, &ids, Account::Disbursed).await?;
    let shares = ledger::payment_shares(tx, agreement.id).await?;
    let donors = fund_store::donors(tx, agreement.fund_id).await?;
    rows.into_iter()
        .map(|row| {
            let parts: Vec<DonorAmount> = if row.paid_at.is_some() {
                booked
                    .iter()
                    .filter(|part| part.source_id == row.id.0)
                    .map(|part| DonorAmount {
                        donor: OrganisationRef {
                            id: part.donor_id,
                            code: part.donor_code.clone(),
                            name: part.donor_name.clone(),
                        },
                        amount: agreement.money(part.amount_minor),
                    })
                    .collect()
            } else {
                by_donor(&split(agreement.money(row.amount_minor), &shares)?)?
                    .into_iter()
                    .filter_map(|(id, amount)| {
                        let donor = donors.iter().find(|donor| donor.id == id)?.clone();
                        Some(DonorAmount { donor, amount })
                    })
                    .collect()
            };
            Ok(disbursement_of(ctx, agreement, row, parts))
        })
        .collect()
}

/// Prepares a payment on a tranche: at most what is left of it and of the agreement, refused and
/// never clipped (M31, M32).
///
/// # Errors
/// [`Code::TrancheBlocked`] with the reasons, [`Code::AboveRemaining`] with what remains, field errors.
pub async fn prepare(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    draft: &DisbursementDraft,
) -> Result<Grant, ApiError> {
    let mut errors = Vec::new();
    check_amount(&mut errors, "/amount", draft.amount, Some(row.currency));
    check(errors)?;
    let account_id = accounts_store::verified(tx, row.organisation_id).await?;
    let tranches = tranches::all(tx, ctx, &row, account_id.is_some()).await?;
    let tranche = tranches
        .iter()
        .find(|tranche| tranche.id == draft.tranche_id)
        .ok_or_else(|| FieldError::new("/tranche_id", Code::NotAChoice))?;
    // What is left counts payments on their way; a full tranche is an amount above what remains.
    let reasons: Vec<BlockReason> =
        tranche.blocked.iter().copied().filter(|reason| *reason != BlockReason::NothingLeft).collect();
    if !reasons.is_empty() {
        return Err(tranches::tranche_blocked(&reasons));
    }
    let account_id = account_id.ok_or(Code::AccountNotVerified)?;
    let open: i64 = tranches.iter().map(|t| t.payable.minor() - t.paid.minor() - t.left.minor()).sum();
    let of_agreement = row.money(row.amount_minor - row.disbursed_minor - open);
    let remaining = if tranche.left.minor() < of_agreement.minor() { tranche.left } else { of_agreement };
    if draft.amount.minor() > remaining.minor() {
        let missing = draft.amount.checked_sub(remaining)?;
        return Err(Problem::new(Code::AboveRemaining).with("remaining", remaining).with("missing", missing).into());
    }
    let number = format!("{}-P{}", row.number, store::count_disbursements(tx, row.id).await? + 1);
    let by = person(ctx)?;
    let id =
        store::insert_disbursement(tx, ctx, row.id, (draft.tranche_id, account_id), &number, draft.amount, by).await?;
    let after =
        json!({ "state": DisbursementState::Draft, "number": number, "amount": draft.amount, "account": account_id });
    record(tx, ctx, EventKind::DisbursementPrepared, id.0, None, after).await?;
    read(tx, ctx, row.id).await
}

/// A payment that waits for a step by somebody who may do it (M70).
struct Waiting {
    agreement: AgreementRow,
    row: DisbursementRow,
    by: PersonId,
    before: serde_json::Value,
}

/// Checks that the payment waits for this step, and that the person has not done one that excludes it.
fn waiting(
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    expected: PaymentStep,
) -> Result<Waiting, ApiError> {
    let (agreement, row) = granted.into_inner();
    let by = person(ctx)?;
    let next = next_step(&agreement, &row);
    if next != expected {
        if (next, expected) == (PaymentStep::SecondApprove, PaymentStep::Instruct) {
            let limit = agreement.money(agreement.second_approval_above_minor);
            return Err(Problem::new(Code::SecondApprovalRequired).with("limit", limit).into());
        }
        return Err(wrong_state(row.state));
    }
    if expected.needs_another_person() && has_touched(&row, expected, Some(by)) {
        return Err(Code::SeparationOfDuties.into());
    }
    let before = json!({ "state": row.state });
    Ok(Waiting { agreement, row, by, before })
}

/// Verifies a payment.
///
/// # Errors
/// [`Code::SeparationOfDuties`] (M70), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn verify(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::Verify)?;
    store::set_verified(tx, ctx, at.row.id, version, at.by).await?;
    done(tx, ctx, at, EventKind::DisbursementVerified, DisbursementState::Verified).await
}

/// Approves a payment.
///
/// # Errors
/// As [`verify`].
pub async fn approve_payment(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::Approve)?;
    store::set_disbursement_approved(tx, ctx, at.row.id, version, at.by).await?;
    done(tx, ctx, at, EventKind::DisbursementApproved, DisbursementState::Approved).await
}

/// Approves a payment above the fund's limit as well.
///
/// # Errors
/// As [`verify`].
pub async fn approve_second(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::SecondApprove)?;
    store::set_second_approved(tx, ctx, at.row.id, version, at.by).await?;
    done(tx, ctx, at, EventKind::DisbursementSecondApproved, DisbursementState::Approved).await
}

/// Records that the bank has the order.
///
/// # Errors
/// [`Code::SecondApprovalRequired`] above the limit (M70), [`Code::TrancheBlocked`] when something stands against
/// the tranche since it was prepared (M32), [`Code::InsufficientCash`] when the fund's or an
/// earmark's cash does not suffice beside other orders (M31),
/// [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn instruct(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::Instruct)?;
    let today = ctx.now.date();
    let tranche = tranches_store::tranche(tx, at.row.tranche_id, today).await?.ok_or(Code::NotFound)?;
    let reasons = tranches::not_releasable(&at.agreement, &tranche, today);
    if !reasons.is_empty() {
        return Err(tranches::tranche_blocked(&reasons));
    }
    let amount = at.agreement.money(at.row.amount_minor);
    ledger::check_order(tx, at.agreement.fund_id, at.agreement.id, amount).await?;
    store::set_instructed(tx, ctx, at.row.id, version).await?;
    done(tx, ctx, at, EventKind::DisbursementInstructed, DisbursementState::Instructed).await
}

/// Records that the bank has paid, and books it (M31, M34, M60).
///
/// # Errors
/// Field errors, [`Code::BankReferenceUsed`], [`Code::AboveRemaining`], [`Code::InsufficientCash`],
/// [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn pay(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
    payment: &Payment,
) -> Result<Grant, ApiError> {
    let mut errors = payment.errors(ctx.now.date());
    if let Some(signed_at) = granted.0.signed_at {
        check_not_before(&mut errors, "/value_date", payment.value_date, signed_at.date());
    }
    check(errors)?;
    let at = waiting(ctx, granted, PaymentStep::Pay)?;
    let (agreement, row) = (&at.agreement, &at.row);
    periods::service::check_open(tx, agreement.fund_id, payment.value_date, "/value_date").await?;
    let amount = agreement.money(row.amount_minor);
    store::set_paid(tx, ctx, row.id, version, at.by, payment)
        .await
        .map_err(|e| e.duplicate_as(Code::BankReferenceUsed))?;
    ledger::disburse(
        tx,
        ctx,
        Disburse {
            fund_id: agreement.fund_id,
            call_id: agreement.call_id,
            proposal_id: agreement.proposal_id,
            agreement_id: agreement.id,
            disbursement_id: row.id,
            amount,
            posted_on: payment.value_date,
        },
    )
    .await?;
    let tranche = tranches_store::tranche(tx, row.tranche_id, ctx.now.date()).await?.ok_or(Code::NotFound)?;
    if tranche.paid_minor >= tranche.payable_minor {
        tranches_store::set_tranche_paid(tx, row.tranche_id).await?;
    }
    let after = json!({ "state": DisbursementState::Paid, "amount": amount, "payment": payment });
    record(tx, ctx, EventKind::DisbursementPaid, row.id.0, Some(at.before), after).await?;
    read(tx, ctx, at.agreement.id).await
}

async fn done(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    at: Waiting,
    event: EventKind,
    state: DisbursementState,
) -> Result<Grant, ApiError> {
    record(tx, ctx, event, at.row.id.0, Some(at.before), json!({ "state": state })).await?;
    read(tx, ctx, at.agreement.id).await
}

/// Cancels a payment that was not ordered; its tranche is free again.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn cancel(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let (agreement, row) = granted.into_inner();
    if !row.state.is_cancellable() {
        return Err(wrong_state(row.state));
    }
    stop(tx, ctx, (agreement, row), version, (EventKind::DisbursementCancelled, DisbursementState::Cancelled), reason)
        .await
}

/// Records that the bank did not carry out a payment.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn fail(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let Waiting { agreement, row, .. } = waiting(ctx, granted, PaymentStep::Pay)?;
    stop(tx, ctx, (agreement, row), version, (EventKind::DisbursementFailed, DisbursementState::Failed), reason).await
}

async fn stop(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (agreement, row): (AgreementRow, DisbursementRow),
    version: i64,
    (event, state): (EventKind, DisbursementState),
    reason: &str,
) -> Result<Grant, ApiError> {
    store::set_stopped(tx, row.id, version, state, reason).await?;
    let (before, after) = (json!({ "state": row.state }), json!({ "state": state }));
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// Prepares a failed payment again, to the account in use now.
///
/// # Errors
/// [`Code::AccountNotVerified`], [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn retry(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::Retry)?;
    let account_id = accounts_store::verified(tx, at.agreement.organisation_id).await?;
    let account_id = account_id.ok_or(Code::AccountNotVerified)?;
    store::set_retried(tx, ctx, at.row.id, version, at.by, account_id).await?;
    done(tx, ctx, at, EventKind::DisbursementRetried, DisbursementState::Draft).await
}

/// Records that a paid payment came back, for somebody else to approve.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn prepare_reversal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
    draft: &ReversalDraft,
) -> Result<Grant, ApiError> {
    let mut errors = draft.errors(ctx.now.date());
    if granted.1.value_date.is_some_and(|paid_on| draft.reversed_on < paid_on) {
        errors.push(FieldError::new("/reversed_on", Code::DateOrder));
    }
    check(errors)?;
    let (agreement, row) = granted.into_inner();
    periods::service::check_open(tx, agreement.fund_id, draft.reversed_on, "/reversed_on").await?;
    if !row.state.is_paid() || row.reversal_prepared_by.is_some() || agreement.state == AgreementState::Closed {
        return Err(wrong_state(row.state));
    }
    store::set_reversal(tx, ctx, row.id, version, person(ctx)?, draft).await?;
    let (before, after) =
        (json!({ "state": row.state }), json!({ "state": row.state, "reversed_on": draft.reversed_on }));
    let event = EventKind::DisbursementReversalPrepared;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(draft.reason.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// Approves that a payment came back, and books it with the payment's own split (M61). Once the final grant
/// is known, what is to be paid or recovered follows (M43).
///
/// # Errors
/// [`Code::SeparationOfDuties`] (M70), [`Code::RefundWaits`], [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn approve_reversal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::ApproveReversal)?;
    let reversed_on = at.row.reversed_on.ok_or_else(|| ApiError::internal("a reversal without its day"))?;
    closing::no_refund_waits(tx, &at.agreement).await?;
    store::set_reversed(tx, ctx, at.row.id, version, at.by).await?;
    ledger::reverse_disbursement(tx, ctx, at.row.id, reversed_on).await?;
    tranches_store::reopen(tx, at.row.tranche_id).await?;
    if let Some(minor) = at.agreement.final_minor {
        tranches_store::settle(tx, at.agreement.id, at.agreement.money(minor)).await?;
        let agreement = agreements::agreement(tx, at.agreement.id).await?.ok_or(Code::NotFound)?;
        closing::adjust(tx, ctx, &agreement).await?;
    }
    done(tx, ctx, at, EventKind::DisbursementReversed, DisbursementState::Reversed).await
}

/// Asserts that a payment's credit can still be told or confirmed: it is paid, the agreement reports in
/// another currency, and nobody has confirmed it.
fn credit_open(agreement: &AgreementRow, row: &DisbursementRow) -> Result<Currency, ApiError> {
    let open = row.state.is_paid() && row.credit_confirmed_at.is_none() && agreement.state != AgreementState::Closed;
    agreement.reporting_currency.filter(|_| open).ok_or_else(|| wrong_state(row.state))
}

/// Tells what arrived with a payment, for somebody else to confirm (M51, M70).
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn record_credit(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
    draft: &CreditDraft,
) -> Result<Grant, ApiError> {
    let (agreement, row) = granted.into_inner();
    let currency = credit_open(&agreement, &row)?;
    let paid_on = row.value_date.ok_or_else(|| ApiError::internal("a payment without its day"))?;
    check(draft.errors(currency, paid_on, ctx.now.date()))?;
    store::set_credit(tx, ctx, row.id, version, person(ctx)?, draft).await?;
    let before = row.credit_minor.map(|minor| json!({ "received": agreement.reported(minor) }));
    let event = EventKind::DisbursementCreditRecorded;
    record(tx, ctx, event, row.id.0, before, json!({ "credit": draft })).await?;
    read(tx, ctx, agreement.id).await
}

/// Confirms what arrived with a payment: from then on it counts in the reporting rate (M51).
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who told it (M70), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn confirm_credit(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let (agreement, row) = granted.into_inner();
    credit_open(&agreement, &row)?;
    let minor = row.credit_minor.ok_or_else(|| wrong_state(row.state))?;
    let by = person(ctx)?;
    if row.credit_recorded_by == Some(by) {
        return Err(Code::SeparationOfDuties.into());
    }
    store::set_credit_confirmed(tx, ctx, row.id, version, by).await?;
    let after = json!({ "received": agreement.reported(minor), "is_confirmed": true });
    record(tx, ctx, EventKind::DisbursementCreditConfirmed, row.id.0, None, after).await?;
    read(tx, ctx, agreement.id).await
}

/// Drops or refuses that a payment came back: it stays paid.
///
/// # Errors
/// Field errors, [`Code::WrongState`] when nothing was prepared, [`Code::StaleVersion`].
pub async fn refuse_reversal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let (agreement, row) = granted.into_inner();
    if !row.state.is_paid() || row.reversal_prepared_by.is_none() {
        return Err(wrong_state(row.state));
    }
    store::drop_reversal(tx, row.id, version).await?;
    let before = json!({ "state": row.state, "reversed_on": row.reversed_on });
    let (event, after) = (EventKind::DisbursementReversalRefused, json!({ "state": row.state }));
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// The bank's statement shows a paid payment, in this line. Runs in the caller's transaction.
///
/// # Errors
/// [`Code::NotFound`], [`Code::WrongState`] unless it is paid.
pub async fn reconcile(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    disbursement_id: DisbursementId,
    statement_line: Uuid,
) -> Result<(), ApiError> {
    let row = store::disbursement(tx, disbursement_id).await?.ok_or(Code::NotFound)?;
    if row.state != DisbursementState::Paid {
        return Err(wrong_state(row.state));
    }
    store::set_reconciled(tx, ctx, row.id, statement_line).await?;
    let (before, after) =
        (json!({ "state": row.state }), json!({ "state": DisbursementState::Reconciled, "line": statement_line }));
    record(tx, ctx, EventKind::DisbursementReconciled, row.id.0, Some(before), after).await
}

// --- the payments page ---

fn cursor(text: &str) -> Option<PaymentCursor> {
    let mut parts = text.split('~');
    Some(PaymentCursor {
        day: Date::parse(parts.next()?).ok()?,
        tranche_id: parts.next()?.parse().ok()?,
        last_id: parts.next()?.parse().ok()?,
    })
}

fn payment_of(row: store::PaymentRow, cash: Money, today: Date, reader: Option<PersonId>) -> PaymentRow {
    let amount = Money::from_minor(row.amount_minor, row.currency);
    let next = row.state.map_or(PaymentStep::Prepare, |state| {
        let is_above_limit = row.of_tranche_minor > row.second_approval_above_minor;
        let is_reversal_prepared = row.reversal_prepared_by.is_some();
        PaymentStep::next(state, is_above_limit, row.second_approved_by.is_some(), is_reversal_prepared)
    });
    let guards = Guards {
        agreement: row.agreement_state,
        has_account: row.account_number.is_some(),
        is_report_missing: row.is_report_missing,
        is_final: row.is_final,
        has_overdue_recovery: row.has_overdue_recovery,
    };
    let at = TrancheAt {
        number: row.tranche_number,
        is_retention: row.is_retention,
        state: TrancheState::at(row.tranche_state, row.due_on, today),
        is_earlier_open: row.is_earlier_open,
        left: amount,
    };
    let mut blocked = match next {
        PaymentStep::Prepare => guards.blocked(at),
        PaymentStep::Instruct => guards.not_releasable(at),
        _ => Vec::new(),
    };
    if matches!(next, PaymentStep::Instruct | PaymentStep::Pay) && amount.minor() > cash.minor() {
        blocked.push(BlockReason::InsufficientCash);
    }
    let steps = if next == PaymentStep::ApproveReversal {
        [row.reversal_prepared_by, None, None, None, None]
    } else {
        [row.prepared_by, row.retried_by, row.verified_by, row.approved_by, row.second_approved_by]
    };
    PaymentRow {
        agreement_id: row.agreement_id,
        agreement: row.agreement_number,
        organisation: OrganisationRef {
            id: row.organisation_id,
            code: row.organisation_code,
            name: row.organisation_name,
        },
        tranche_id: row.tranche_id,
        tranche_number: row.tranche_number,
        due_on: row.due_on,
        amount,
        disbursement_id: row.disbursement_id,
        number: row.number,
        state: row.state,
        next,
        blocked,
        is_own: steps.into_iter().flatten().any(|by| Some(by) == reader),
        account: row.account_number.as_deref().map(last_four),
        bank_reference: row.bank_reference,
        value_date: row.value_date,
        version: row.version,
    }
}

/// What waits to be paid and why, or what was paid.
///
/// # Errors
/// A field error for a cursor that is none.
pub async fn payments(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>, query: &PaymentQuery) -> Result<Payments, ApiError> {
    let after = match &query.after {
        None => None,
        Some(text) => Some(cursor(text).ok_or_else(|| FieldError::new("/after", Code::WrongType))?),
    };
    let mut rows = store::payments(tx, query.view, after, ctx.now.date()).await?;
    let next = next_page(&mut rows, PAGE, |row| {
        let day = match query.view {
            PaymentView::Open => row.due_on,
            PaymentView::Paid => row.value_date.unwrap_or(row.due_on),
        };
        let last = row.disbursement_id.map_or(row.tranche_id.0, |DisbursementId(id)| id);
        format!("{day}~{}~{last}", row.tranche_id)
    });
    let sum = store::payments_sum(tx, query.view).await?;
    let fund_id = store::first_fund(tx).await?.ok_or(Code::NotFound)?;
    let fund = fund_store::fund(tx, fund_id).await?.ok_or(Code::NotFound)?;
    let cash = fund_store::balance(tx, fund.id, fund.currency, Account::Cash).await?;
    let items = rows.into_iter().map(|row| payment_of(row, cash, ctx.now.date(), ctx.person_id())).collect();
    Ok(Payments {
        rows: Page { items, next },
        sum: Money::from_minor(sum, fund.currency),
        cash,
        second_approval_above: Money::from_minor(fund.second_approval_above_minor, fund.currency),
    })
}
