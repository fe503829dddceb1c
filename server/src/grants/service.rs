//! What happens to agreements and payments, step by step.

use serde_json::json;
use shared::currency::Currency;
use shared::endpoint::Page;
use shared::fraction::Fraction;
use shared::fund::{Account, DonorAmount, EntryKind, Step, by_donor, split};
use shared::grants::{
    AgreementDraft, AgreementState, Award, BlockReason, Disbursement, DisbursementDraft, DisbursementState, Event,
    EventKind, Grant, GrantQuery, GrantRow, Payment, PaymentQuery, PaymentRow, PaymentStep, PaymentView, Payments,
    PlannedTranche, Tranche, TrancheState, blocked, least_retention, plan_errors,
};
use shared::ids::{AgreementId, DecisionId, DisbursementId, OrganisationId, PersonId};
use shared::money::{Money, Rate};
use shared::people::OrganisationRef;
use shared::problem::{Code, FieldError, Problem, check};
use shared::time::Date;
use uuid::Uuid;

use super::store::{self, AgreementRow, AwardRow, DisbursementRow, PaymentCursor, TrancheRow};
use crate::app::Ctx;
use crate::audit;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::ledger::{self, Disburse};
use crate::fund::service::{person, step};
use crate::fund::store as fund_store;
use crate::http::error::ApiError;

fn wrong_state(state: impl ToString) -> ApiError {
    Problem::new(Code::WrongState).with("state", state.to_string()).into()
}

/// An audit entry about an agreement or a payment: its state before and after, and what changed.
async fn record(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    event: EventKind,
    id: Uuid,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
) -> Result<(), ApiError> {
    let action = event.action();
    let kind = action.split('.').next().unwrap_or_default();
    audit::record(tx, ctx, audit::Entry { action: &action, kind, id, before, after: Some(after), reason: None }).await
}

// --- awards ---

/// What the project costs in all, in the fund's currency at the call's budget rate; never less
/// than what was approved.
fn project_total(award: &AwardRow) -> Result<Money, ApiError> {
    let approved = Money::from_minor(award.amount_minor, award.fund_currency);
    let total = Money::from_minor(award.total_minor, award.currency);
    let definition = award.definition()?;
    let rate = if award.currency == Currency::EUR {
        Rate::ONE
    } else {
        let listed = definition.currencies.iter().find(|listed| listed.currency == award.currency);
        listed.map(|listed| listed.budget_rate).ok_or(Code::CurrencyUnknown)?
    };
    let total = rate.to_eur(total)?;
    Ok(if total.minor() < approved.minor() { approved } else { total })
}

fn award_of(row: AwardRow) -> Result<Award, ApiError> {
    let rules = row.definition()?.grant;
    let amount = Money::from_minor(row.amount_minor, row.fund_currency);
    let total = project_total(&row)?;
    Ok(Award {
        decision_id: row.decision_id,
        proposal_id: row.proposal_id,
        proposal_number: row.proposal_number,
        title: row.title,
        organisation: OrganisationRef {
            id: row.organisation_id,
            code: row.organisation_code,
            name: row.organisation_name,
        },
        amount,
        total,
        duration_months: row.duration_months,
        first_tranche_max: rules.first_tranche_cap.of_floor(amount),
        retention_min: least_retention(amount, rules.retention_min),
        decided_at: row.decided_at,
    })
}

/// Approved decisions without an agreement.
///
/// # Errors
/// When the database fails.
pub async fn awards(tx: &mut Tx, _: Granted<()>, after: Option<DecisionId>) -> Result<Page<Award>, ApiError> {
    let mut rows = store::awards(tx, after).await?;
    let next = next_page(&mut rows, PAGE, |row| row.decision_id.to_string());
    Ok(Page { items: rows.into_iter().map(award_of).collect::<Result<_, _>>()?, next })
}

// --- agreements ---

fn recipient(row: &AgreementRow) -> OrganisationRef {
    OrganisationRef {
        id: row.organisation_id,
        code: row.organisation_code.clone(),
        name: row.organisation_name.clone(),
    }
}

/// A page of the grants that somebody may see.
///
/// # Errors
/// When the database fails.
pub async fn grants(
    tx: &mut Tx,
    recipients: Granted<Option<Vec<OrganisationId>>>,
    query: &GrantQuery,
) -> Result<Page<GrantRow>, ApiError> {
    let mut rows = store::agreements(tx, recipients.as_deref(), query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    let items = rows
        .into_iter()
        .map(|row| GrantRow {
            id: row.id,
            organisation: recipient(&row),
            amount: row.money(row.amount_minor),
            disbursed: row.money(row.disbursed_minor),
            undisbursed: row.money(row.amount_minor - row.disbursed_minor),
            number: row.number,
            title: row.title,
            country: row.country,
            call: row.call_code,
            state: row.state,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
        })
        .collect();
    Ok(Page { items, next })
}

fn tranche_of(agreement: &AgreementRow, row: TrancheRow, today: Date) -> Tranche {
    let left = agreement.money(row.planned_minor - row.paid_minor - row.on_its_way_minor);
    Tranche {
        id: row.id,
        number: row.number,
        planned: agreement.money(row.planned_minor),
        paid: agreement.money(row.paid_minor),
        left,
        due_on: row.due_on,
        condition: row.condition,
        is_retention: row.is_retention,
        state: TrancheState::at(row.state, row.due_on, today),
        blocked: blocked(agreement.state, row.number, left, has_accepted_report()),
    }
}

/// Recipients cannot report yet, so there is no accepted report (M32).
const fn has_accepted_report() -> bool {
    false
}

fn has_touched(row: &DisbursementRow, reader: Option<PersonId>) -> bool {
    [Some(row.prepared_by), row.verified_by, row.approved_by, row.second_approved_by]
        .into_iter()
        .flatten()
        .any(|by| Some(by) == reader)
}

fn next_step(agreement: &AgreementRow, row: &DisbursementRow) -> PaymentStep {
    let is_above_limit = row.amount_minor > agreement.second_approval_above_minor;
    PaymentStep::next(row.state, is_above_limit, row.second_approved_by.is_some())
}

fn disbursement_of(
    agreement: &AgreementRow,
    row: DisbursementRow,
    split: Vec<DonorAmount>,
    reader: Option<PersonId>,
) -> Disbursement {
    Disbursement {
        id: row.id,
        tranche_number: row.tranche_number,
        amount: agreement.money(row.amount_minor),
        state: row.state,
        next: next_step(agreement, &row),
        is_own: has_touched(&row, reader),
        number: row.number,
        prepared: Step { by: row.prepared_name, at: row.prepared_at },
        verified: step(row.verified_name, row.verified_at),
        approved: step(row.approved_name, row.approved_at),
        second_approved: step(row.second_approved_name, row.second_approved_at),
        instructed_at: row.instructed_at,
        paid: step(row.paid_name, row.paid_at),
        bank_reference: row.bank_reference,
        value_date: row.value_date,
        split,
        version: row.version,
    }
}

/// Each payment with its donors' parts: as booked, or as they would be now (M60).
async fn with_splits(
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
            let parts: Vec<DonorAmount> = if row.state == DisbursementState::Paid {
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
            Ok(disbursement_of(agreement, row, parts, ctx.person_id()))
        })
        .collect()
}

/// A grant with its plan, payments and history.
///
/// # Errors
/// When the database fails.
pub async fn grant(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>) -> Result<Grant, ApiError> {
    whole(tx, ctx, row.into_inner()).await
}

/// The grant as it stands after a step.
async fn read(tx: &mut Tx, ctx: &Ctx<'_>, id: AgreementId) -> Result<Grant, ApiError> {
    let row = store::agreement(tx, id).await?.ok_or(Code::NotFound)?;
    whole(tx, ctx, row).await
}

async fn whole(tx: &mut Tx, ctx: &Ctx<'_>, row: AgreementRow) -> Result<Grant, ApiError> {
    let tranches = store::tranches(tx, row.id).await?;
    let disbursements = store::disbursements(tx, row.id).await?;
    let disbursements = with_splits(tx, ctx, &row, disbursements).await?;
    let history = store::history(tx, row.id).await?;
    let rules = row.definition()?.grant;
    let amount = row.money(row.amount_minor);
    let today = ctx.now.date();
    Ok(Grant {
        id: row.id,
        state: row.state,
        proposal_id: row.proposal_id,
        organisation: recipient(&row),
        amount,
        total: row.money(row.total_minor),
        funding_rate: Fraction::new(row.amount_minor, row.total_minor)
            .ok_or_else(|| ApiError::internal("a project without cost"))?,
        disbursed: row.money(row.disbursed_minor),
        undisbursed: row.money(row.amount_minor - row.disbursed_minor),
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        first_tranche_max: rules.first_tranche_cap.of_floor(amount),
        retention_min: least_retention(amount, rules.retention_min),
        second_approval_above: row.money(row.second_approval_above_minor),
        approved: step(row.approved_name.clone(), row.approved_at),
        sent_at: row.sent_at,
        signed: step(row.signed_name.clone(), row.signed_at),
        is_own: ctx.person_id() == Some(row.created_by),
        tranches: tranches.into_iter().map(|tranche| tranche_of(&row, tranche, today)).collect(),
        disbursements,
        history: history
            .into_iter()
            .filter_map(|event| {
                let kind = EventKind::of_action(&event.action)?;
                Some(Event { at: event.at, by: event.by_name, kind, disbursement: event.disbursement })
            })
            .collect(),
        version: row.version,
        number: row.number,
        proposal_number: row.proposal_number,
        title: row.title,
        call: row.call_code,
        fund: row.fund_name,
        created: Step { by: row.created_name, at: row.created_at },
    })
}

/// Writes an agreement from an approved decision whose money is reserved.
///
/// # Errors
/// Field errors (M30); [`Code::NotFound`] when the decision has no open reservation or has an
/// agreement already, [`Code::Duplicate`] for a number that is taken.
pub async fn create(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>, draft: &AgreementDraft) -> Result<Grant, ApiError> {
    let award = store::award(tx, draft.decision_id).await?.ok_or(Code::NotFound)?;
    let amount = Money::from_minor(award.amount_minor, award.fund_currency);
    let rules = award.definition()?.grant;
    let mut errors = draft.errors();
    errors.extend(plan_errors(amount, &draft.tranches, rules.first_tranche_cap, rules.retention_min));
    check(errors)?;
    let total = project_total(&award)?;
    let id = store::insert_agreement(tx, ctx, &award, person(ctx)?, draft, total)
        .await
        .map_err(|e| e.duplicate_as(Code::Duplicate))?;
    store::replace_tranches(tx, ctx, id, &draft.tranches).await?;
    let after = json!({ "state": AgreementState::Draft, "amount": amount, "total": total, "tranches": draft.tranches });
    record(tx, ctx, EventKind::AgreementDrafted, id.0, None, after).await?;
    read(tx, ctx, id).await
}

/// Replaces a draft's tranche plan.
///
/// # Errors
/// Field errors (M30), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn replace_plan(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    version: i64,
    plan: &[PlannedTranche],
) -> Result<Grant, ApiError> {
    if row.state != AgreementState::Draft {
        return Err(wrong_state(row.state));
    }
    let rules = row.definition()?.grant;
    check(plan_errors(row.money(row.amount_minor), plan, rules.first_tranche_cap, rules.retention_min))?;
    store::touch(tx, row.id, version).await?;
    let before: Vec<PlannedTranche> = store::tranches(tx, row.id)
        .await?
        .into_iter()
        .map(|tranche| PlannedTranche {
            amount: row.money(tranche.planned_minor),
            due_on: tranche.due_on,
            condition: tranche.condition,
        })
        .collect();
    store::replace_tranches(tx, ctx, row.id, plan).await?;
    let (before, after) = (json!({ "tranches": before }), json!({ "tranches": plan }));
    record(tx, ctx, EventKind::AgreementPlanReplaced, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

/// Asserts the agreement's state, and gives it for the audit entry.
fn from_state(row: &AgreementRow, expected: AgreementState) -> Result<serde_json::Value, ApiError> {
    if row.state == expected { Ok(json!({ "state": row.state })) } else { Err(wrong_state(row.state)) }
}

/// Approves a draft internally.
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who wrote it (M70), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn approve(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let by = person(ctx)?;
    if by == row.created_by {
        return Err(Code::SeparationOfDuties.into());
    }
    let before = from_state(&row, AgreementState::Draft)?;
    store::set_approved(tx, ctx, row.id, version, by).await?;
    let after = json!({ "state": AgreementState::InternallyApproved });
    record(tx, ctx, EventKind::AgreementApproved, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

/// Sends an approved agreement to the recipient.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn send(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let before = from_state(&row, AgreementState::InternallyApproved)?;
    store::set_sent(tx, ctx, row.id, version).await?;
    record(tx, ctx, EventKind::AgreementSent, row.id.0, Some(before), json!({ "state": AgreementState::Sent })).await?;
    read(tx, ctx, row.id).await
}

/// Signs an agreement for the recipient: it becomes active, and the reservation a commitment, in
/// one transaction (M23).
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who wrote or approved it (M70), [`Code::WrongState`],
/// [`Code::StaleVersion`].
pub async fn sign(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let by = person(ctx)?;
    if by == row.created_by || Some(by) == row.approved_by {
        return Err(Code::SeparationOfDuties.into());
    }
    let before = from_state(&row, AgreementState::Sent)?;
    store::set_signed(tx, ctx, row.id, version, by).await?;
    ledger::commit(tx, ctx, row.decision_id, row.id, row.money(row.amount_minor)).await?;
    let after = json!({ "state": AgreementState::Active, "committed": row.money(row.amount_minor) });
    record(tx, ctx, EventKind::AgreementSigned, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

// --- payments ---

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
    shared::fund::check_amount(&mut errors, "/amount", draft.amount, Some(row.currency));
    check(errors)?;
    let today = ctx.now.date();
    let tranches: Vec<Tranche> =
        store::tranches(tx, row.id).await?.into_iter().map(|tranche| tranche_of(&row, tranche, today)).collect();
    let tranche = tranches
        .iter()
        .find(|tranche| tranche.id == draft.tranche_id)
        .ok_or_else(|| FieldError::new("/tranche_id", Code::NotAChoice))?;
    // What is left counts payments on their way; a full tranche is an amount above what remains.
    let reasons: Vec<&str> = tranche
        .blocked
        .iter()
        .filter(|reason| **reason != BlockReason::NothingLeft)
        .map(|reason| reason.as_str())
        .collect();
    if !reasons.is_empty() {
        return Err(Problem::new(Code::TrancheBlocked).with("reasons", reasons.join(",")).into());
    }
    let open: i64 = tranches.iter().map(|t| t.planned.minor() - t.paid.minor() - t.left.minor()).sum();
    let of_agreement = row.money(row.amount_minor - row.disbursed_minor - open);
    let remaining = if tranche.left.minor() < of_agreement.minor() { tranche.left } else { of_agreement };
    if draft.amount.minor() > remaining.minor() {
        let missing = draft.amount.checked_sub(remaining)?;
        return Err(Problem::new(Code::AboveRemaining).with("remaining", remaining).with("missing", missing).into());
    }
    let number = format!("{}-P{}", row.number, store::count_disbursements(tx, row.id).await? + 1);
    let id = store::insert_disbursement(tx, ctx, row.id, draft.tranche_id, &number, draft.amount, person(ctx)?).await?;
    let after = json!({ "state": DisbursementState::Draft, "number": number, "amount": draft.amount });
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
    if expected.needs_another_person() && has_touched(&row, Some(by)) {
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
/// [`Code::SecondApprovalRequired`] above the limit (M70), [`Code::InsufficientCash`] (M31),
/// [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn instruct(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<(AgreementRow, DisbursementRow)>,
    version: i64,
) -> Result<Grant, ApiError> {
    let at = waiting(ctx, granted, PaymentStep::Instruct)?;
    let cash = fund_store::balance(tx, at.agreement.fund_id, at.agreement.currency, Account::Cash).await?;
    let missing = at.agreement.money(at.row.amount_minor).checked_sub(cash)?;
    if missing.is_positive() {
        return Err(Problem::new(Code::InsufficientCash).with("missing", missing).into());
    }
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
    check(payment.errors(ctx.now.date()))?;
    let at = waiting(ctx, granted, PaymentStep::Pay)?;
    let (agreement, row) = (&at.agreement, &at.row);
    crate::periods::service::check_open(tx, agreement.fund_id, payment.value_date, "/value_date").await?;
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
    let tranches = store::tranches(tx, agreement.id).await?;
    let is_paid_up = tranches.iter().any(|t| t.id == row.tranche_id && t.paid_minor >= t.planned_minor);
    if is_paid_up {
        store::set_tranche_paid(tx, row.tranche_id).await?;
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

// --- the payments page ---

fn cursor(text: &str) -> Option<PaymentCursor> {
    let mut parts = text.split('~');
    Some(PaymentCursor {
        day: Date::parse(parts.next()?).ok()?,
        tranche_id: parts.next()?.parse().ok()?,
        last_id: parts.next()?.parse().ok()?,
    })
}

fn payment_of(row: store::PaymentRow, cash: Money, reader: Option<PersonId>) -> PaymentRow {
    let amount = Money::from_minor(row.amount_minor, row.currency);
    let next = row.state.map_or(PaymentStep::Prepare, |state| {
        let is_above_limit = row.amount_minor > row.second_approval_above_minor;
        PaymentStep::next(state, is_above_limit, row.second_approved_by.is_some())
    });
    let blocked = match next {
        PaymentStep::Prepare => blocked(AgreementState::Active, row.tranche_number, amount, has_accepted_report()),
        PaymentStep::Instruct | PaymentStep::Pay if amount.minor() > cash.minor() => {
            vec![BlockReason::InsufficientCash]
        }
        _ => Vec::new(),
    };
    let steps = [row.prepared_by, row.verified_by, row.approved_by, row.second_approved_by];
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
    let mut rows = store::payments(tx, query.view, after).await?;
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
    let items = rows.into_iter().map(|row| payment_of(row, cash, ctx.person_id())).collect();
    Ok(Payments {
        rows: Page { items, next },
        sum: Money::from_minor(sum, fund.currency),
        cash,
        second_approval_above: Money::from_minor(fund.second_approval_above_minor, fund.currency),
    })
}
