//! The end of a grant: the balance paid or recovered, what is not needed given back (M42, M43).

use serde_json::json;
use shared::fund::{Step, check_not_before};
use shared::grants::{
    AgreementState, Closure, ClosureCheck, ClosureItem, DisbursementState, EventKind, Grant, RECOVERY_DAYS, Recovery,
    RecoveryState, Refund, RefundDraft, WriteOff, grant_share, reason_errors,
};
use shared::money::Money;
use shared::problem::{Code, Problem, check};

use super::closing_store::{self as store, RecoveryRow, RefundRow};
use super::payments_store::{self, DisbursementRow};
use super::service::{read, record, record_with_reason, wrong_state};
use super::store::AgreementRow;
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::ledger::{self, OnAgreement};
use crate::fund::service::{person, step};
use crate::http::error::ApiError;
use crate::periods;

/// What a recipient owes back, oldest first.
pub(super) async fn recoveries(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement: &AgreementRow,
) -> Result<Vec<Recovery>, ApiError> {
    let rows = store::recoveries(tx, agreement.id).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let refunds = store::refunds(tx, agreement.id).await?;
    Ok(rows
        .into_iter()
        .map(|row| Recovery {
            amount: agreement.money(row.amount_minor),
            refunded: agreement.money(row.refunded_minor),
            left: agreement.money(left(&row)),
            is_overdue: row.state.is_open() && row.due_on.is_some_and(|due_on| due_on < ctx.now.date()),
            refunds: refunds
                .iter()
                .filter(|refund| refund.recovery_id == row.id)
                .map(|refund| Refund {
                    id: refund.id,
                    amount: agreement.money(refund.amount_minor),
                    bank_reference: refund.bank_reference.clone(),
                    received_on: refund.received_on,
                    prepared: Step { by: refund.prepared_name.clone(), at: refund.prepared_at },
                    confirmed: step(refund.confirmed_name.clone(), refund.confirmed_at),
                    is_own: ctx.person_id() == Some(refund.prepared_by),
                })
                .collect(),
            id: row.id,
            number: row.number,
            state: row.state,
            raised: Step { by: row.raised_name, at: row.raised_at },
            due_on: row.due_on,
            write_off_reason: row.write_off_reason,
            write_off_proposed: step(row.write_off_proposed_name, row.write_off_proposed_at),
            write_off_reference: row.write_off_reference,
            written_off: step(row.written_off_name, row.written_off_at),
            version: row.version,
        })
        .collect())
}

/// A recovery as its recipient sees it: not what is only proposed or recorded.
pub(super) fn told(mut recovery: Recovery) -> Recovery {
    recovery.refunds.retain(|refund| refund.confirmed.is_some());
    if recovery.written_off.is_none() {
        recovery.write_off_reason.clear();
        recovery.write_off_proposed = None;
    }
    recovery
}

/// What is still to come back of a recovery, or was given up; nothing once it is no longer owed.
fn left(row: &RecoveryRow) -> i64 {
    if row.state == RecoveryState::Cancelled { 0 } else { row.amount_minor - row.refunded_minor }
}

/// Where the end of a grant stands; none before it is signed.
pub(super) fn closure(
    agreement: &AgreementRow,
    disbursements: &[(DisbursementState, bool)],
    recoveries: &[Recovery],
) -> Result<Option<Closure>, ApiError> {
    if agreement.signed_at.is_none() {
        return Ok(None);
    }
    let agreed = agreement.money(agreement.amount_minor);
    let accepted_total = agreement.money(agreement.accepted_minor);
    let final_grant = agreement.final_minor.map(|minor| agreement.money(minor));
    let balance = agreement.balance();
    let is_open = |(state, is_reversal_waiting): &(DisbursementState, bool)| {
        state.is_open() || (state.is_paid() && *is_reversal_waiting)
    };
    let checks = [
        (ClosureItem::FinalReportAccepted, final_grant.is_some()),
        (ClosureItem::NoOpenPayment, !disbursements.iter().any(is_open)),
        (ClosureItem::BalanceSettled, balance.is_some_and(|balance| balance.minor() == 0)),
        (ClosureItem::NoOpenRecovery, !recoveries.iter().any(|recovery| recovery.state.is_open())),
    ];
    Ok(Some(Closure {
        accepted_total,
        share: grant_share(agreed, agreement.money(agreement.total_minor), accepted_total)?,
        final_grant,
        balance,
        decommitted: final_grant.map(|final_grant| agreed.checked_sub(final_grant)).transpose()?,
        checks: checks.into_iter().map(|(item, is_met)| ClosureCheck { item, is_met }).collect(),
        closed: step(agreement.closed_name.clone(), agreement.closed_at),
    }))
}

/// What decides on closure of a payment: its state, and whether its reversal waits.
pub(super) fn at_closure(row: &DisbursementRow) -> (DisbursementState, bool) {
    (row.state, row.reversal_prepared_by.is_some())
}

/// Raises a recovery of what was paid above the final grant (M43).
///
/// # Errors
/// [`Code::WrongState`] when nothing is owed or a recovery is open, [`Code::PaymentOpen`] while a payment
/// comes back, [`Code::StaleVersion`].
pub async fn raise(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let recoveries = store::recoveries(tx, row.id).await?;
    let owed = row.balance().map_or(0, |balance| -balance.minor());
    if owed <= 0 || recoveries.iter().any(|recovery| recovery.state.is_open()) {
        return Err(wrong_state(row.state));
    }
    let payments = payments_store::disbursements(tx, row.id).await?;
    if payments.iter().any(|payment| payment.state.is_paid() && payment.reversal_prepared_by.is_some()) {
        return Err(Code::PaymentOpen.into());
    }
    super::store::touch(tx, row.id, version).await?;
    let number = format!("{}-R{}", row.number, recoveries.len() + 1);
    let amount = row.money(owed);
    let id = store::insert_recovery(tx, ctx, row.id, &number, amount, person(ctx)?).await?;
    let after = json!({ "state": RecoveryState::Raised, "number": number, "amount": amount });
    record(tx, ctx, EventKind::RecoveryRaised, id.0, None, after).await?;
    read(tx, ctx, row.id).await
}

/// A payment came back after the final grant was known: the recovery that is open claims what is still owed,
/// and no more (M43). `agreement` is read after the payment was booked back.
pub(super) async fn adjust(tx: &mut Tx, ctx: &Ctx<'_>, agreement: &AgreementRow) -> Result<(), ApiError> {
    let open = store::recoveries(tx, agreement.id).await?.into_iter().find(|row| row.state.is_open());
    let (Some(row), Some(balance)) = (open, agreement.balance()) else { return Ok(()) };
    let owed = (-balance.minor()).max(0);
    if owed >= left(&row) {
        return Ok(());
    }
    let (state, amount_minor) = match (owed, row.refunded_minor) {
        (0, 0) => (RecoveryState::Cancelled, row.amount_minor),
        (0, refunded) => (RecoveryState::Settled, refunded),
        (owed, refunded) => (row.state, refunded + owed),
    };
    store::set_adjusted(tx, row.id, amount_minor, state).await?;
    let before = json!({ "state": row.state, "amount": agreement.money(row.amount_minor) });
    let after = json!({ "state": state, "amount": agreement.money(amount_minor) });
    record(tx, ctx, EventKind::RecoveryAdjusted, row.id.0, Some(before), after).await
}

/// The recipient is notified; the recovery is due 30 days later.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn notify(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let (agreement, row) = granted.into_inner();
    if row.state != RecoveryState::Raised {
        return Err(wrong_state(row.state));
    }
    let due_on = ctx.now.date().plus_days(RECOVERY_DAYS);
    store::set_notified(tx, ctx, row.id, version, due_on).await?;
    let (before, after) =
        (json!({ "state": row.state }), json!({ "state": RecoveryState::Notified, "due_on": due_on }));
    record(tx, ctx, EventKind::RecoveryNotified, row.id.0, Some(before), after).await?;
    read(tx, ctx, agreement.id).await
}

/// Records money that came back, for somebody else to confirm.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::AboveRemaining`], [`Code::BankReferenceUsed`].
pub async fn prepare_refund(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow)>,
    draft: &RefundDraft,
) -> Result<Grant, ApiError> {
    let (agreement, row) = granted.into_inner();
    let mut errors = draft.errors(agreement.currency, ctx.now.date());
    let payments = payments_store::disbursements(tx, agreement.id).await?;
    let paid = payments.iter().filter(|payment| payment.state.is_paid());
    if let Some(first) = paid.filter_map(|payment| payment.value_date).min() {
        check_not_before(&mut errors, "/received_on", draft.received_on, first);
    }
    check(errors)?;
    periods::service::check_open(tx, agreement.fund_id, draft.received_on, "/received_on").await?;
    if !row.state.is_open() {
        return Err(wrong_state(row.state));
    }
    let waiting: i64 = store::refunds(tx, agreement.id)
        .await?
        .iter()
        .filter(|refund| refund.recovery_id == row.id && refund.confirmed_at.is_none())
        .map(|refund| refund.amount_minor)
        .sum();
    within(draft.amount, agreement.money(row.amount_minor - row.refunded_minor - waiting))?;
    let id = store::insert_refund(tx, ctx, row.id, draft, person(ctx)?)
        .await
        .map_err(|e| e.duplicate_as(Code::BankReferenceUsed))?;
    record(tx, ctx, EventKind::RefundPrepared, id.0, None, json!({ "refund": draft })).await?;
    read(tx, ctx, agreement.id).await
}

/// Asserts that no money that came back waits for its confirmation: it must be booked on a recovery that is
/// open still.
pub(super) async fn no_refund_waits(tx: &mut Tx, agreement: &AgreementRow) -> Result<(), ApiError> {
    let refunds = store::refunds(tx, agreement.id).await?;
    if refunds.iter().any(|refund| refund.confirmed_at.is_none()) {
        return Err(Code::RefundWaits.into());
    }
    Ok(())
}

fn within(amount: Money, remaining: Money) -> Result<(), ApiError> {
    if amount.minor() <= remaining.minor() {
        return Ok(());
    }
    let missing = amount.checked_sub(remaining)?;
    Err(Problem::new(Code::AboveRemaining).with("remaining", remaining).with("missing", missing).into())
}

/// Confirms money that came back, and books it into cash (M43).
///
/// # Errors
/// [`Code::SeparationOfDuties`] (M70), [`Code::WrongState`], [`Code::AboveRemaining`].
pub async fn confirm_refund(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow, RefundRow)>,
) -> Result<Grant, ApiError> {
    let (agreement, recovery, row) = granted.into_inner();
    if row.confirmed_at.is_some() || !recovery.state.is_open() {
        return Err(wrong_state(recovery.state));
    }
    let by = person(ctx)?;
    if by == row.prepared_by {
        return Err(Code::SeparationOfDuties.into());
    }
    let amount = agreement.money(row.amount_minor);
    within(amount, agreement.money(recovery.amount_minor - recovery.refunded_minor))?;
    let is_all = recovery.refunded_minor + row.amount_minor == recovery.amount_minor;
    let state = if is_all { RecoveryState::Settled } else { RecoveryState::PartPaid };
    store::set_refund_confirmed(tx, ctx, &row, by, state).await?;
    let booking = OnAgreement { agreement_id: agreement.id, source: row.id.0, amount, posted_on: row.received_on };
    ledger::refund(tx, ctx, booking).await?;
    let (before, after) = (json!({ "recovery": recovery.state }), json!({ "recovery": state, "amount": amount }));
    record(tx, ctx, EventKind::RefundConfirmed, row.id.0, Some(before), after).await?;
    read(tx, ctx, agreement.id).await
}

/// Drops or refuses a refund that is not booked.
///
/// # Errors
/// Field errors, [`Code::WrongState`].
pub async fn refuse_refund(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow, RefundRow)>,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let (agreement, recovery, row) = granted.into_inner();
    if row.confirmed_at.is_some() {
        return Err(wrong_state(recovery.state));
    }
    store::set_refund_refused(tx, ctx, row.id, person(ctx)?).await?;
    let before = json!({ "amount": agreement.money(row.amount_minor), "bank_reference": row.bank_reference });
    let (event, after) = (EventKind::RefundRefused, json!({ "is_refused": true }));
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// Records that the Steering Group does not give a recovery up: it stays open.
///
/// # Errors
/// Field errors, [`Code::WrongState`] unless it was proposed, [`Code::StaleVersion`].
pub async fn refuse_write_off(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow)>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let (agreement, row) = granted.into_inner();
    if row.write_off_proposed_by.is_none() || !row.state.is_open() {
        return Err(wrong_state(row.state));
    }
    store::drop_write_off(tx, row.id, version).await?;
    let (before, after) = (json!({ "is_proposed": true }), json!({ "is_proposed": false }));
    let event = EventKind::RecoveryWriteOffRefused;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// Proposes to give a recovery up.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::RefundWaits`], [`Code::StaleVersion`].
pub async fn propose_write_off(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow)>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let (agreement, row) = granted.into_inner();
    // Once: else who proposed it first could record the decision on what another proposed again (M70).
    if !row.state.is_open() || row.write_off_proposed_by.is_some() {
        return Err(wrong_state(row.state));
    }
    no_refund_waits(tx, &agreement).await?;
    store::set_write_off_proposed(tx, ctx, row.id, version, person(ctx)?, reason).await?;
    let (before, after) = (json!({ "state": row.state }), json!({ "state": row.state, "is_proposed": true }));
    let event = EventKind::RecoveryWriteOffProposed;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// Records that the Steering Group gives a recovery up, and books it.
///
/// # Errors
/// Field errors, [`Code::SeparationOfDuties`] for who proposed it (M70), [`Code::WrongState`] unless
/// it was proposed, [`Code::RefundWaits`], [`Code::StaleVersion`].
pub async fn write_off(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, RecoveryRow)>,
    version: i64,
    request: &WriteOff,
) -> Result<Grant, ApiError> {
    check(request.errors())?;
    let (agreement, row) = granted.into_inner();
    let Some(proposed_by) = row.write_off_proposed_by.filter(|_| row.state.is_open()) else {
        return Err(wrong_state(row.state));
    };
    let by = person(ctx)?;
    if by == proposed_by {
        return Err(Code::SeparationOfDuties.into());
    }
    no_refund_waits(tx, &agreement).await?;
    let amount = agreement.money(row.amount_minor - row.refunded_minor);
    store::set_written_off(tx, ctx, row.id, version, by, &request.reference).await?;
    let booking = OnAgreement { agreement_id: agreement.id, source: row.id.0, amount, posted_on: ctx.now.date() };
    ledger::write_off(tx, ctx, booking).await?;
    let (before, after) =
        (json!({ "state": row.state }), json!({ "state": RecoveryState::WrittenOff, "amount": amount }));
    let event = EventKind::RecoveryWrittenOff;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(request.reference.trim())).await?;
    read(tx, ctx, agreement.id).await
}

/// Closes a grant once everything on its checklist is so: what the final grant does not need of the
/// commitment goes back to headroom today (M43).
///
/// # Errors
/// [`Code::ClosureBlocked`] with what is not so, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn close(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    if row.state == AgreementState::Closed {
        return Err(wrong_state(row.state));
    }
    let recoveries = recoveries(tx, ctx, &row).await?;
    let payments: Vec<_> = payments_store::disbursements(tx, row.id).await?.iter().map(at_closure).collect();
    let closure = closure(&row, &payments, &recoveries)?.ok_or_else(|| wrong_state(row.state))?;
    let missing: Vec<&str> =
        closure.checks.iter().filter(|check| !check.is_met).map(|check| check.item.as_str()).collect();
    let Some(decommitted) = closure.decommitted.filter(|_| missing.is_empty()) else {
        return Err(Problem::new(Code::ClosureBlocked).with("missing", missing.join(",")).into());
    };
    store::set_closed(tx, ctx, row.id, version, person(ctx)?).await?;
    // What was written off has left the commitment already.
    let back = decommitted.checked_sub(row.money(row.written_off_minor))?;
    if back.is_positive() {
        let booking = OnAgreement { agreement_id: row.id, source: row.id.0, amount: back, posted_on: ctx.now.date() };
        ledger::decommit(tx, ctx, booking).await?;
    }
    let before = json!({ "state": row.state });
    let after = json!({ "state": AgreementState::Closed, "final": closure.final_grant, "decommitted": back });
    record(tx, ctx, EventKind::AgreementClosed, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}
