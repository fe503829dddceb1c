//! What happens to amendments, step by step (M40, M70).

use serde_json::json;
use shared::amendments::{
    Amendment, AmendmentAction, AmendmentDraft, AmendmentState, AmendmentStep, AmendmentSummary, Basis,
    BudgetedCategory, Part,
};
use shared::calls::CATEGORY_REFINANCING_FEE;
use shared::fund::Step;
use shared::grants::{EventKind, reason_errors};
use shared::ids::PersonId;
use shared::people::OrganisationRef;
use shared::permission::{Permission, Scope};
use shared::problem::{Code, check};

use super::store::{self, AmendmentRow, WriterRow};
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::auth::policy::grants::acts_for_recipient;
use crate::db::Tx;
use crate::fund::service::{person, step};
use crate::grants::service::{record, record_with_reason, wrong_state};
use crate::grants::store::{self as grant_store, AgreementRow};
use crate::http::error::ApiError;

/// What the policy hands out: an amendment with its agreement.
pub type Pair = (AgreementRow, AmendmentRow);

fn summary(agreement: &AgreementRow, row: &AmendmentRow) -> AmendmentSummary {
    AmendmentSummary {
        id: row.id,
        number: row.number,
        kind: row.kind,
        state: row.state,
        moved: agreement.money(row.moved_minor),
        created: Step { by: row.created_name.clone(), at: row.created_at },
        effective: step(row.countersigned_name.clone(), row.countersigned_at),
    }
}

/// An agreement's amendments, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn summaries(tx: &mut Tx, agreement: &AgreementRow) -> Result<Vec<AmendmentSummary>, ApiError> {
    let rows = store::amendments(tx, agreement.id).await?;
    Ok(rows.iter().map(|row| summary(agreement, row)).collect())
}

/// What an amendment of a version of the budget starts from.
async fn basis(tx: &mut Tx, agreement: &AgreementRow, version: i64) -> Result<Basis, ApiError> {
    let rules = agreement.definition()?.budget;
    let lines: Vec<BudgetedCategory> = store::budget(tx, agreement.id, version)
        .await?
        .into_iter()
        .map(|row| BudgetedCategory {
            signed: agreement.money(row.signed_minor),
            last: agreement.money(row.last_minor),
            spent: agreement.money(row.spent_minor),
            category: row.category,
        })
        .collect();
    let is_other = |category: &String| {
        category != CATEGORY_REFINANCING_FEE && !lines.iter().any(|line| line.category == *category)
    };
    Ok(Basis {
        agreement_id: agreement.id,
        agreement: agreement.number.clone(),
        state: agreement.state,
        organisation: OrganisationRef {
            id: agreement.organisation_id,
            code: agreement.organisation_code.clone(),
            name: agreement.organisation_name.clone(),
        },
        total: agreement.money(agreement.total_minor),
        others: rules.categories.into_iter().filter(is_other).collect(),
        lines,
        indirect_cap: rules.indirect_cap,
        contingency_cap: rules.contingency_cap,
        open: store::open(tx, agreement.id).await?,
    })
}

/// An agreement's budget, as an amendment would find it.
///
/// # Errors
/// When the database fails.
pub async fn budget(tx: &mut Tx, row: Granted<AgreementRow>) -> Result<Basis, ApiError> {
    basis(tx, &row, row.budget_version).await
}

/// A person's part in an amendment, by what happened (M70).
fn part(row: &AmendmentRow, writers: &[WriterRow], by: Option<PersonId>) -> Part {
    let mine = || writers.iter().filter(|writer| Some(writer.person_id) == by);
    Part {
        is_writer: mine().next().is_some(),
        is_writer_for_fund: mine().any(|writer| writer.is_for_fund),
        has_acted: by.is_some() && [row.desk_by, row.finance_by, row.signed_by].contains(&by),
    }
}

fn actions(ctx: &Ctx<'_>, agreement: &AgreementRow, row: &AmendmentRow, part: Part) -> Vec<AmendmentAction> {
    let Some(next) = row.state.next() else { return Vec::new() };
    let may = ctx.actor.is_some_and(|actor| match actor.scope(next.permission()) {
        Scope::All => true,
        Scope::Nothing => false,
        _ => actor.organisations(next.permission()).contains(&agreement.organisation_id),
    });
    let can_go_on = agreement.state.takes_amendment();
    [
        (AmendmentAction::Edit, row.state == AmendmentState::Draft && can_go_on),
        (AmendmentAction::Advance, !part.excludes(next) && can_go_on),
        (AmendmentAction::Refuse, true),
    ]
    .into_iter()
    .filter(|(_, is_possible)| may && *is_possible)
    .map(|(action, _)| action)
    .collect()
}

async fn whole(tx: &mut Tx, ctx: &Ctx<'_>, (agreement, row): Pair) -> Result<Amendment, ApiError> {
    let writers = store::writers(tx, row.id).await?;
    let part = part(&row, &writers, ctx.person_id());
    Ok(Amendment {
        summary: summary(&agreement, &row),
        basis: basis(tx, &agreement, row.base_version).await?,
        lines: store::lines(tx, &agreement, row.id).await?,
        submitted: step(row.submitted_name.clone(), row.submitted_at),
        checked: step(row.desk_name.clone(), row.desk_at),
        approved: step(row.finance_name.clone(), row.finance_at),
        signed: step(row.signed_name.clone(), row.signed_at),
        refused: step(row.refused_name.clone(), row.refused_at),
        is_own: row.state.next().is_some_and(|next| part.excludes(next)),
        actions: actions(ctx, &agreement, &row, part),
        version: row.version,
        reason: row.reason,
        refusal: row.refusal,
    })
}

/// An amendment with what it changes.
///
/// # Errors
/// When the database fails.
pub async fn amendment(tx: &mut Tx, ctx: &Ctx<'_>, granted: Granted<Pair>) -> Result<Amendment, ApiError> {
    whole(tx, ctx, granted.into_inner()).await
}

/// The amendment as it stands after a step.
async fn read(tx: &mut Tx, ctx: &Ctx<'_>, id: shared::ids::AmendmentId) -> Result<Amendment, ApiError> {
    let row = store::amendment(tx, id).await?.ok_or(Code::NotFound)?;
    let agreement = grant_store::agreement(tx, row.agreement_id).await?.ok_or(Code::NotFound)?;
    whole(tx, ctx, (agreement, row)).await
}

/// Asserts that the agreement can be amended: it is signed, and its final grant is not known.
fn takes_amendment(agreement: &AgreementRow) -> Result<(), ApiError> {
    if agreement.state.takes_amendment() { Ok(()) } else { Err(wrong_state(agreement.state)) }
}

/// For which side somebody writes.
fn is_for_fund(ctx: &Ctx<'_>, agreement: &AgreementRow) -> bool {
    !ctx.actor.is_some_and(|actor| acts_for_recipient(actor, Permission::WriteAmendment, agreement.organisation_id))
}

/// Begins an amendment.
///
/// # Errors
/// Field errors, [`Code::DecisionRequired`] among them for another purpose or total; [`Code::WrongState`] for an
/// agreement that cannot be amended, [`Code::AmendmentOpen`] while another amendment is under way.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement: Granted<AgreementRow>,
    draft: &AmendmentDraft,
) -> Result<Amendment, ApiError> {
    takes_amendment(&agreement)?;
    let basis = basis(tx, &agreement, agreement.budget_version).await?;
    check(draft.draft_errors(&basis))?;
    if basis.open.is_some() {
        return Err(Code::AmendmentOpen.into());
    }
    let by = person(ctx)?;
    let id = store::insert(tx, ctx, &agreement, by, draft).await.map_err(|e| e.duplicate_as(Code::AmendmentOpen))?;
    store::insert_writer(tx, id, by, is_for_fund(ctx, &agreement)).await?;
    store::insert_lines(tx, id, &basis, draft).await?;
    let after = json!({ "state": AmendmentState::Draft, "agreement": agreement.number, "draft": draft });
    record(tx, ctx, EventKind::AmendmentDrafted, id.0, None, after).await?;
    read(tx, ctx, id).await
}

/// Saves a draft.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn save(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    draft: &AmendmentDraft,
) -> Result<Amendment, ApiError> {
    let (agreement, row) = granted.into_inner();
    if row.state != AmendmentState::Draft {
        return Err(wrong_state(row.state));
    }
    takes_amendment(&agreement)?;
    let basis = basis(tx, &agreement, row.base_version).await?;
    check(draft.draft_errors(&basis))?;
    let before = written(tx, &agreement, &row).await?;
    store::set_saved(tx, row.id, version, draft).await?;
    store::insert_writer(tx, row.id, person(ctx)?, is_for_fund(ctx, &agreement)).await?;
    store::delete_lines(tx, row.id).await?;
    store::insert_lines(tx, row.id, &basis, draft).await?;
    let (before, after) = (json!({ "draft": before }), json!({ "draft": draft }));
    record(tx, ctx, EventKind::AmendmentChanged, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

/// What is written in an amendment.
async fn written(tx: &mut Tx, agreement: &AgreementRow, row: &AmendmentRow) -> Result<AmendmentDraft, ApiError> {
    let lines = store::lines(tx, agreement, row.id).await?;
    Ok(AmendmentDraft { kind: row.kind, reason: row.reason.clone(), lines })
}

/// Does the next step of an amendment. Each looks again whether the new budget fits, since reports may have been
/// accepted meanwhile; the last one makes it the agreement's budget (M40).
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who had a part in it (M70), field errors when the budget does not fit (M8,
/// M40), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn advance(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    step: AmendmentStep,
) -> Result<Amendment, ApiError> {
    let (agreement, row) = granted.into_inner();
    if row.state.next() != Some(step) {
        return Err(wrong_state(row.state));
    }
    takes_amendment(&agreement)?;
    let by = person(ctx)?;
    let writers = store::writers(tx, row.id).await?;
    if part(&row, &writers, Some(by)).excludes(step) {
        return Err(Code::SeparationOfDuties.into());
    }
    let basis = basis(tx, &agreement, row.base_version).await?;
    let draft = written(tx, &agreement, &row).await?;
    check(draft.errors(&basis))?;
    let before = json!({ "state": row.state });
    let mut after = json!({ "state": step.to(), "number": row.number });
    if step == AmendmentStep::Submit {
        store::insert_writer(tx, row.id, by, is_for_fund(ctx, &agreement)).await?;
    }
    if step == AmendmentStep::Countersign {
        store::take_effect(tx, &row).await?;
        after["budget_before"] = json!(basis.lines.iter().map(|l| (&l.category, l.last)).collect::<Vec<_>>());
        after["budget"] = json!(draft.lines);
    }
    store::set_step(tx, ctx, row.id, version, step, by).await?;
    let event = match step {
        AmendmentStep::Submit => EventKind::AmendmentSubmitted,
        AmendmentStep::Check => EventKind::AmendmentChecked,
        AmendmentStep::Approve => EventKind::AmendmentApproved,
        AmendmentStep::Sign => EventKind::AmendmentSigned,
        AmendmentStep::Countersign => EventKind::AmendmentEffective,
    };
    record(tx, ctx, event, row.id.0, Some(before), after).await?;
    read(tx, ctx, row.id).await
}

/// Refuses an amendment, or drops a draft: it changes nothing, and another one can be begun.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn refuse(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    reason: &str,
) -> Result<Amendment, ApiError> {
    check(reason_errors(reason))?;
    let (_, row) = granted.into_inner();
    if !row.state.is_open() {
        return Err(wrong_state(row.state));
    }
    store::set_refused(tx, ctx, row.id, version, person(ctx)?, reason).await?;
    let (before, after) = (json!({ "state": row.state }), json!({ "state": AmendmentState::Refused }));
    let event = EventKind::AmendmentRefused;
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, Some(reason.trim())).await?;
    read(tx, ctx, row.id).await
}
