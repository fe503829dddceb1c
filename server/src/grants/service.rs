//! What happens to agreements, step by step; the grant as a whole.

use serde_json::json;
use shared::currency::Currency;
use shared::endpoint::Page;
use shared::fraction::Fraction;
use shared::fund::Step;
use shared::grants::{
    AccountState, AgreementDraft, AgreementState, Award, Event, EventKind, Grant, GrantQuery, GrantRow, PlannedTranche,
    least_retention, plan_errors, reason_errors,
};
use shared::ids::{AgreementId, DecisionId, OrganisationId};
use shared::money::{Money, Rate};
use shared::people::OrganisationRef;
use shared::problem::{Code, Problem, check};
use shared::time::Date;
use uuid::Uuid;

use super::store::{self, AgreementRow, AwardRow};
use super::{accounts, closing, payments, payments_store, tranches, tranches_store};
use crate::app::{App, Ctx};
use crate::auth::policy::Granted;
use crate::auth::policy::grants::{View, may_see_accounts, view};
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::ledger;
use crate::fund::service::{person, step};
use crate::http::error::ApiError;
use crate::{amendments, audit, reports, transact};

pub(crate) fn wrong_state(state: impl ToString) -> ApiError {
    Problem::new(Code::WrongState).with("state", state.to_string()).into()
}

/// An audit entry about a grant: its state before and after, and what changed.
pub(crate) async fn record(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    event: EventKind,
    id: Uuid,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
) -> Result<(), ApiError> {
    record_with_reason(tx, ctx, event, id, before, after, None).await
}

/// The same, with why.
pub(crate) async fn record_with_reason(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    event: EventKind,
    id: Uuid,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    let action = event.action();
    let kind = action.split('.').next().unwrap_or_default();
    audit::record(tx, ctx, audit::Entry { action: &action, kind, id, before, after: Some(after), reason }).await
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
    let definition = row.definition()?;
    let rules = definition.grant;
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
        currencies: definition.currencies.into_iter().map(|listed| listed.currency).collect(),
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
            undisbursed: row.undisbursed(),
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

/// A grant with its plan, payments and history.
///
/// # Errors
/// When the database fails.
pub async fn grant(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>) -> Result<Grant, ApiError> {
    whole(tx, ctx, row.into_inner()).await
}

/// The grant as it stands after a step.
pub(crate) async fn read(tx: &mut Tx, ctx: &Ctx<'_>, id: AgreementId) -> Result<Grant, ApiError> {
    let row = store::agreement(tx, id).await?.ok_or(Code::NotFound)?;
    whole(tx, ctx, row).await
}

async fn whole(tx: &mut Tx, ctx: &Ctx<'_>, row: AgreementRow) -> Result<Grant, ApiError> {
    let all_accounts = accounts::all(tx, ctx, row.organisation_id).await?;
    let has_account = all_accounts.iter().any(|account| account.state == AccountState::Verified);
    let sees_accounts = ctx.actor.is_some_and(|actor| may_see_accounts(actor, row.organisation_id));
    let tranches = tranches::all(tx, ctx, &row, has_account).await?;
    let payments = payments_store::disbursements(tx, row.id).await?;
    let at_closure: Vec<_> = payments.iter().map(closing::at_closure).collect();
    let recoveries = closing::recoveries(tx, ctx, &row).await?;
    let closure = closing::closure(&row, &at_closure, &recoveries)?;
    let view = ctx.actor.map_or(View::Whole, |actor| view(actor, row.organisation_id));
    let (disbursements, recoveries) = match view {
        View::Whole => (payments::with_splits(tx, ctx, &row, payments).await?, recoveries),
        View::Recipient => {
            let told = payments.into_iter().filter(|payment| payment.state.is_told()).collect();
            (payments::without_splits(ctx, &row, told), recoveries.into_iter().map(closing::told).collect())
        }
        View::Endorser => (Vec::new(), Vec::new()),
    };
    let reports = reports::service::summaries(tx, ctx, &row).await?;
    let history = store::history(tx, row.id, sees_accounts.then_some(row.organisation_id)).await?;
    let rules = row.definition()?.grant;
    let amount = row.money(row.amount_minor);
    Ok(Grant {
        id: row.id,
        state: row.state,
        proposal_id: row.proposal_id,
        organisation: recipient(&row),
        amount,
        total: row.money(row.total_minor),
        funding_rate: Fraction::new(row.amount_minor, row.total_minor)
            .ok_or_else(|| ApiError::internal("a project without cost"))?,
        reporting: row.reporting(),
        disbursed: row.money(row.disbursed_minor),
        undisbursed: row.undisbursed(),
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        first_tranche_max: rules.first_tranche_cap.of_floor(amount),
        retention_min: least_retention(amount, rules.retention_min),
        second_approval_above: row.money(row.second_approval_above_minor),
        approved: step(row.approved_name.clone(), row.approved_at),
        sent_at: row.sent_at,
        signed: step(row.signed_name.clone(), row.signed_at),
        is_own: ctx.person_id().is_some_and(|reader| row.is_written_by(reader)),
        tranches: if view == View::Endorser { Vec::new() } else { tranches },
        accounts: if sees_accounts { all_accounts } else { Vec::new() },
        reports,
        amendments: amendments::service::summaries(tx, &row).await?,
        closure: closure.filter(|_| view != View::Endorser),
        recoveries,
        disbursements,
        history: history
            .into_iter()
            .filter_map(|event| {
                let kind = EventKind::of_action(&event.action)?;
                let is_shown = match view {
                    View::Whole => true,
                    View::Recipient => !kind.is_internal(),
                    View::Endorser => !kind.is_internal() && kind.is_on_agreement_or_report(),
                };
                if !is_shown {
                    return None;
                }
                Some(Event {
                    at: event.at,
                    by: event.by_name,
                    kind,
                    disbursement: event.disbursement,
                    reason: event.reason,
                })
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
    let mut errors = draft.errors(award.fund_currency);
    errors.extend(plan_errors(amount, &draft.tranches, rules.first_tranche_cap, rules.retention_min));
    check(errors)?;
    let total = project_total(&award)?;
    let id = store::insert_agreement(tx, ctx, &award, person(ctx)?, draft, total)
        .await
        .map_err(|e| e.duplicate_as(Code::Duplicate))?;
    tranches_store::replace_tranches(tx, ctx, id, &draft.tranches).await?;
    reports::service::sign_budget(tx, id, award.proposal_id, total).await?;
    reports::service::plan(tx, ctx, id, (draft.starts_on, draft.ends_on), &dues(&draft.tranches)).await?;
    let after = json!({
        "state": AgreementState::Draft, "amount": amount, "total": total, "tranches": draft.tranches,
        "reporting": draft.reporting,
    });
    record(tx, ctx, EventKind::AgreementDrafted, id.0, None, after).await?;
    read(tx, ctx, id).await
}

/// The tranches' due dates: reports are due with them.
fn dues(plan: &[PlannedTranche]) -> Vec<Date> {
    plan.iter().map(|tranche| tranche.due_on).collect()
}

/// Replaces a draft's tranche plan; the report calendar follows it.
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
    store::set_planned(tx, row.id, version, person(ctx)?).await?;
    let before: Vec<PlannedTranche> = tranches_store::tranches(tx, row.id, ctx.now.date())
        .await?
        .into_iter()
        .map(|tranche| PlannedTranche {
            amount: row.money(tranche.planned_minor),
            due_on: tranche.due_on,
            condition: tranche.condition,
        })
        .collect();
    tranches_store::replace_tranches(tx, ctx, row.id, plan).await?;
    reports::service::plan(tx, ctx, row.id, (row.starts_on, row.ends_on), &dues(plan)).await?;
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
/// [`Code::SeparationOfDuties`] for who wrote it or its plan (M70), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn approve(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let by = person(ctx)?;
    if row.is_written_by(by) {
        return Err(Code::SeparationOfDuties.into());
    }
    let before = from_state(&row, AgreementState::Draft)?;
    store::set_approved(tx, ctx, row.id, version, by).await?;
    let after = json!({ "state": AgreementState::InternallyApproved });
    record(tx, ctx, EventKind::AgreementApproved, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

/// Sends an approved agreement to the recipient, who knows the result by then (V10).
///
/// # Errors
/// [`Code::ResultsNotReleased`], [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn send(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let before = from_state(&row, AgreementState::InternallyApproved)?;
    if !store::is_released(tx, row.decision_id).await? {
        return Err(Code::ResultsNotReleased.into());
    }
    store::set_sent(tx, ctx, row.id, version).await?;
    record(tx, ctx, EventKind::AgreementSent, row.id.0, Some(before), json!({ "state": AgreementState::Sent })).await?;
    read(tx, ctx, row.id).await
}

/// Takes an approved or sent agreement back, to be changed, approved and sent anew.
///
/// # Errors
/// Field errors, [`Code::WrongState`] for one that is signed or a draft, [`Code::StaleVersion`].
pub async fn take_back(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    if !row.state.is_revocable() {
        return Err(wrong_state(row.state));
    }
    store::set_draft(tx, row.id, version).await?;
    let (before, after) = (json!({ "state": row.state }), json!({ "state": AgreementState::Draft }));
    let event = EventKind::AgreementTakenBack;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, row.id).await
}

/// The unsigned agreement of a decision whose money went back becomes void (M23): the decision can be
/// given money and an agreement anew.
///
/// # Errors
/// When the database fails.
pub(crate) async fn void(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    decision_id: DecisionId,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    let Some((id, state, version)) = store::unsigned(tx, decision_id).await? else { return Ok(()) };
    store::set_state(tx, id, version, AgreementState::Void).await?;
    let (before, after) = (json!({ "state": state }), json!({ "state": AgreementState::Void }));
    record_with_reason(tx, ctx, EventKind::AgreementVoided, id.0, Some(before), after, reason).await
}

/// Signs an agreement for the recipient: it becomes active, and the reservation a commitment, in
/// one transaction (M23).
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who wrote or approved it (M70), [`Code::WrongState`],
/// [`Code::StaleVersion`].
pub async fn sign(tx: &mut Tx, ctx: &Ctx<'_>, row: Granted<AgreementRow>, version: i64) -> Result<Grant, ApiError> {
    let by = person(ctx)?;
    if row.is_written_by(by) || Some(by) == row.approved_by {
        return Err(Code::SeparationOfDuties.into());
    }
    let before = from_state(&row, AgreementState::Sent)?;
    store::set_signed(tx, ctx, row.id, version, by).await?;
    ledger::commit(tx, ctx, row.decision_id, row.id, row.money(row.amount_minor)).await?;
    let after = json!({ "state": AgreementState::Active, "committed": row.money(row.amount_minor) });
    record(tx, ctx, EventKind::AgreementSigned, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

/// Stops an agreement for a while: nothing is paid until it goes on.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn suspend(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    let step = (AgreementState::Active, AgreementState::Suspended, EventKind::AgreementSuspended);
    turn(tx, ctx, row, version, step, reason).await
}

/// Lets a suspended agreement go on.
///
/// # Errors
/// As [`suspend`].
pub async fn resume(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    version: i64,
    reason: &str,
) -> Result<Grant, ApiError> {
    let step = (AgreementState::Suspended, AgreementState::Active, EventKind::AgreementResumed);
    turn(tx, ctx, row, version, step, reason).await
}

async fn turn(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    version: i64,
    (from, to, event): (AgreementState, AgreementState, EventKind),
    reason: &str,
) -> Result<Grant, ApiError> {
    check(reason_errors(reason))?;
    let before = from_state(&row, from)?;
    store::set_state(tx, row.id, version, to).await?;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), json!({ "state": to }), Some(reason.trim())).await?;
    read(tx, ctx, row.id).await
}

/// Ends every active agreement whose last day has passed; a second run does nothing more.
///
/// # Errors
/// When the database fails.
pub async fn end_due(app: &App) -> Result<(), ApiError> {
    let ctx = app.system_ctx();
    let mut tx = app.db.read().await?;
    let due = store::past_their_end(&mut tx, ctx.now.date()).await?;
    drop(tx);
    for id in due {
        transact!(app.db, |tx| end(tx, &ctx, id).await)?;
    }
    Ok(())
}

async fn end(tx: &mut Tx, ctx: &Ctx<'_>, id: AgreementId) -> Result<(), ApiError> {
    let row = store::agreement(tx, id).await?.ok_or(Code::NotFound)?;
    if row.state != AgreementState::Active || row.ends_on >= ctx.now.date() {
        return Ok(());
    }
    store::set_state(tx, id, row.version, AgreementState::Ended).await?;
    let (before, after) = (json!({ "state": row.state }), json!({ "state": AgreementState::Ended }));
    record(tx, ctx, EventKind::AgreementEnded, id.0, Some(before), after).await
}
