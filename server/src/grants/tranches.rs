//! Tranches: requested by the recipient, released by the Desk, as far as M32 and M33 let them.

use serde_json::json;
use shared::fund::check_amount;
use shared::grants::{
    AgreementState, BlockReason, EventKind, Grant, Guards, Tranche, TrancheAt, TrancheDecision, TrancheState, payable,
    reason_errors,
};
use shared::money::Money;
use shared::problem::{Code, Problem, check};
use shared::time::Date;

use super::service::{read, record_with_reason, wrong_state};
use super::store::AgreementRow;
use super::tranches_store::{self as store, TrancheRow};
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::service::{person, step};
use crate::http::error::ApiError;

fn guards(agreement: &AgreementRow, row: &TrancheRow, has_account: bool, today: Date) -> Guards {
    Guards {
        agreement: agreement.state,
        has_account,
        is_report_missing: row.is_report_missing,
        is_final: agreement.final_minor.is_some(),
        has_overdue_recovery: agreement.recovery_due_on.is_some_and(|due_on| due_on < today),
    }
}

fn at(agreement: &AgreementRow, row: &TrancheRow, today: Date) -> TrancheAt {
    TrancheAt {
        number: row.number,
        is_retention: row.is_retention,
        state: TrancheState::at(row.state, row.due_on, today),
        is_earlier_open: row.is_earlier_open,
        left: agreement.money(row.payable_minor - row.paid_minor - row.on_its_way_minor),
    }
}

/// What the burn rule leaves to pay of a tranche (M33). What is still to be paid of earlier ones counts as
/// paid and not spent: the rule does not look at it again when it follows.
fn burn(agreement: &AgreementRow, rows: &[TrancheRow], row: &TrancheRow) -> Result<Money, Code> {
    let earlier: Vec<Money> = rows
        .iter()
        .filter(|earlier| earlier.number < row.number && earlier.payable_minor > 0)
        .map(|earlier| agreement.money(earlier.payable_minor))
        .collect();
    let planned = agreement.money(row.planned_minor + row.carried_minor);
    payable(planned, &earlier, agreement.money(agreement.accepted_share_minor))
}

/// An agreement's tranches, with why each can or cannot be paid.
pub(super) async fn all(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement: &AgreementRow,
    has_account: bool,
) -> Result<Vec<Tranche>, ApiError> {
    let today = ctx.now.date();
    let rows = store::tranches(tx, agreement.id, today).await?;
    rows.iter()
        .map(|row| {
            let at = at(agreement, row, today);
            let is_waiting = matches!(at.state, TrancheState::Requested | TrancheState::Withheld);
            Ok(Tranche {
                id: row.id,
                number: row.number,
                planned: agreement.money(row.planned_minor),
                carried: agreement.money(row.carried_minor),
                payable: agreement.money(row.payable_minor),
                paid: agreement.money(row.paid_minor),
                left: at.left,
                due_on: row.due_on,
                condition: row.condition.clone(),
                is_retention: row.is_retention,
                state: at.state,
                blocked: guards(agreement, row, has_account, today).blocked(at),
                requested: step(row.requested_name.clone(), row.requested_at),
                decided: step(row.decided_name.clone(), row.decided_at),
                reason: row.reason.clone(),
                burn_payable: if is_waiting { Some(burn(agreement, &rows, row)?) } else { None },
            })
        })
        .collect()
}

/// That a tranche cannot go on, and why (M32).
pub(super) fn tranche_blocked(reasons: &[BlockReason]) -> ApiError {
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
    Problem::new(Code::TrancheBlocked).with("reasons", reasons.join(",")).into()
}

/// Why nothing more can go out on a tranche today (M32): looked at when it is released and again when the bank
/// gets the order.
pub(super) fn not_releasable(agreement: &AgreementRow, row: &TrancheRow, today: Date) -> Vec<BlockReason> {
    guards(agreement, row, true, today).not_releasable(at(agreement, row, today))
}

/// Requests a tranche for the recipient, once it is due and the earlier ones are released: what they do
/// not need moves here (M33). The first needs no request; the retention is the balance.
///
/// # Errors
/// [`Code::WrongState`], [`Code::TrancheBlocked`].
pub async fn request(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, TrancheRow)>,
) -> Result<Grant, ApiError> {
    let (agreement, row) = granted.into_inner();
    let state = TrancheState::at(row.state, row.due_on, ctx.now.date());
    if state != TrancheState::Due || row.number == 1 || row.is_retention {
        return Err(wrong_state(state));
    }
    if agreement.state != AgreementState::Active {
        return Err(wrong_state(agreement.state));
    }
    if row.is_earlier_open {
        return Err(tranche_blocked(&[BlockReason::EarlierTrancheOpen]));
    }
    store::set_requested(tx, ctx, row.id, person(ctx)?).await?;
    let (before, after) =
        (json!({ "state": state }), json!({ "state": TrancheState::Requested, "number": row.number }));
    record_with_reason(tx, ctx, EventKind::TrancheRequested, row.id.0, Some(before), after, None).await?;
    read(tx, ctx, agreement.id).await
}

/// The Desk's word on a requested or withheld tranche: released as far as the burn rule lets it (M33),
/// reduced further, or withheld. What is not payable moves to the next tranche.
///
/// # Errors
/// Field errors; [`Code::WrongState`], [`Code::TrancheBlocked`] with the reasons (M32),
/// [`Code::AboveRemaining`] when it is reduced to more than the burn rule leaves.
pub async fn decide(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, TrancheRow)>,
    decision: &TrancheDecision,
) -> Result<Grant, ApiError> {
    let (agreement, row) = granted.into_inner();
    if !matches!(row.state, TrancheState::Requested | TrancheState::Withheld) {
        return Err(wrong_state(row.state));
    }
    let mut errors = Vec::new();
    if let Some(amount) = decision.reduced_to {
        check_amount(&mut errors, "/reduced_to", amount, Some(agreement.currency));
    }
    if decision.reduced_to.is_some() || !decision.is_released {
        errors.extend(reason_errors(&decision.reason));
    }
    check(errors)?;
    let by = person(ctx)?;
    let before = json!({ "state": row.state });
    let reason = Some(decision.reason.trim()).filter(|reason| !reason.is_empty());
    if !decision.is_released {
        store::set_decided(tx, ctx, row.id, by, TrancheState::Withheld, None, &decision.reason).await?;
        let after = json!({ "state": TrancheState::Withheld, "number": row.number });
        record_with_reason(tx, ctx, EventKind::TrancheWithheld, row.id.0, Some(before), after, reason).await?;
        return read(tx, ctx, agreement.id).await;
    }
    let today = ctx.now.date();
    let reasons = not_releasable(&agreement, &row, today);
    if !reasons.is_empty() {
        return Err(tranche_blocked(&reasons));
    }
    let rows = store::tranches(tx, agreement.id, today).await?;
    let most = burn(&agreement, &rows, &row)?;
    let payable = decision.reduced_to.unwrap_or(most);
    if payable.minor() > most.minor() {
        let missing = payable.checked_sub(most)?;
        return Err(Problem::new(Code::AboveRemaining).with("remaining", most).with("missing", missing).into());
    }
    let rest = agreement.money(row.planned_minor + row.carried_minor).checked_sub(payable)?;
    let (event, state) = if rest.is_positive() {
        store::carry(tx, agreement.id, row.number + 1, rest).await?;
        (EventKind::TrancheReduced, TrancheState::Reduced)
    } else {
        (EventKind::TrancheReleased, TrancheState::Released)
    };
    store::set_decided(tx, ctx, row.id, by, state, Some(payable), &decision.reason).await?;
    let after = json!({ "state": state, "number": row.number, "payable": payable, "moved_on": rest });
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, reason).await?;
    read(tx, ctx, agreement.id).await
}
