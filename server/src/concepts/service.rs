//! What happens to concept notes: one transaction each, with its audit entry.

use shared::calls::{CallPhase, CallState};
use shared::concepts::{
    Concept, ConceptAction, ConceptContent, ConceptDecision, ConceptReasonRequest, ConceptScreening, ConceptState,
    ConceptStatus, ConceptSummary, DecideConceptRequest, SaveConceptRequest, SavedConcept, ScreenConceptRequest,
    missing,
};
use shared::ids::{CallId, ConceptId, OrganisationId};
use shared::permission::Permission;
use shared::problem::{Code, FieldError, Problem, check};
use shared::proposals::{
    ANSWER_MAX_CHARS, CreateProposalRequest, Details, ProposalStatus, Receipt, check_details, clean, count_words,
};
use shared::time::Timestamp;

use super::store::{self, ConceptRow, Filter};
use crate::app::Ctx;
use crate::audit::{self, Entry};
use crate::auth::policy::Granted;
use crate::auth::policy::concepts::{Readable, Visible};
use crate::calls;
use crate::calls::store::CallRow;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::http::error::ApiError;
use crate::proposals;
use crate::proposals::content::canonical;
use crate::proposals::service::{at, check_languages, open, reason_of};

/// The call that a note answers.
async fn call_of(tx: &mut Tx, row: &ConceptRow) -> Result<CallRow, ApiError> {
    calls::store::get(tx, row.call_id)
        .await?
        .ok_or_else(|| ApiError::internal(format!("concept note {} has no call", row.id)))
}

fn wrong_state(row: &ConceptRow) -> Problem {
    Problem::new(Code::WrongState).with("state", row.state)
}

/// Whether the call takes concept notes now.
fn takes_notes(call: &CallRow, now: Timestamp) -> Result<(), Problem> {
    let closes_at = call.concepts_close_at.ok_or(Code::OneStage)?;
    open(call.state(now))?;
    if now < closes_at { Ok(()) } else { Err(Code::DeadlinePassed.into()) }
}

fn editable(row: &ConceptRow, call: &CallRow, now: Timestamp) -> Result<(), Problem> {
    if row.state != ConceptState::Draft {
        return Err(wrong_state(row));
    }
    takes_notes(call, now)
}

/// Whether a note can be withdrawn: before it is decided.
fn withdrawable(row: &ConceptRow) -> Result<(), Problem> {
    if row.state.may_become(ConceptState::Withdrawn) { Ok(()) } else { Err(wrong_state(row)) }
}

/// Whether an appeal is possible: one, while a full proposal could still follow.
fn appealable(row: &ConceptRow, call: &CallRow, now: Timestamp) -> Result<(), Problem> {
    if row.state != ConceptState::Ineligible || row.appeal.is_some() {
        return Err(wrong_state(row));
    }
    open(call.state(now))
}

/// Whether the full proposal can be started: once, while the call is open.
fn startable(row: &ConceptRow, call: &CallRow, now: Timestamp) -> Result<(), Problem> {
    if row.state != ConceptState::Invited || row.proposal_id.is_some() {
        return Err(wrong_state(row));
    }
    open(call.state(now))
}

/// Whether the fund's own people can still do something with a note in that state.
fn stands_at(row: &ConceptRow, call: &CallRow, state: ConceptState) -> Result<(), Problem> {
    if row.state == state && call.phase != CallPhase::Cancelled { Ok(()) } else { Err(wrong_state(row)) }
}

fn waivable(row: &ConceptRow, call: &CallRow) -> Result<(), Problem> {
    if row.waiver().is_some() {
        return Err(wrong_state(row));
    }
    stands_at(row, call, ConceptState::Invited)
}

/// What the reader can do now.
fn actions(ctx: &Ctx<'_>, readable: &Readable, call: &CallRow) -> Vec<ConceptAction> {
    let (row, now) = (&readable.row, ctx.now);
    let mut actions = Vec::new();
    if readable.is_own {
        if editable(row, call, now).is_ok() {
            actions.extend([ConceptAction::Edit, ConceptAction::Submit]);
        }
        if withdrawable(row).is_ok() {
            actions.push(ConceptAction::Withdraw);
        }
        if appealable(row, call, now).is_ok() {
            actions.push(ConceptAction::Appeal);
        }
        if startable(row, call, now).is_ok() {
            actions.push(ConceptAction::Start);
        }
    }
    let may = |permission| ctx.actor.is_some_and(|actor| actor.require(permission).is_ok());
    if may(Permission::ScreenProposal) && stands_at(row, call, ConceptState::Submitted).is_ok() {
        actions.push(ConceptAction::Screen);
    }
    if may(Permission::DecideConcept) && stands_at(row, call, ConceptState::Eligible).is_ok() {
        actions.push(ConceptAction::Decide);
    }
    if may(Permission::DecideConcept) && waivable(row, call).is_ok() {
        actions.push(ConceptAction::Waive);
    }
    actions
}

/// A page of the notes that a caller may know of, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    visible: &Granted<Visible>,
    filter: &Filter,
) -> Result<(Vec<ConceptSummary>, Option<String>), ApiError> {
    let mut rows = store::list(tx, visible, filter, PAGE + 1).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    let items = rows.iter().map(|row| row.summary(visible.own.contains(&row.organisation_id))).collect();
    Ok((items, next))
}

/// A note for its reader.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, ctx: &Ctx<'_>, readable: &Granted<Readable>) -> Result<Concept, ApiError> {
    let row = &readable.row;
    let call = call_of(tx, row).await?;
    let definition = call.definition()?;
    let content = row.content();
    let missing = match &definition.concept {
        Some(rules) if readable.is_own && row.number.is_none() => missing(&definition, rules, &content),
        _ => Vec::new(),
    };
    Ok(Concept {
        summary: row.summary(readable.is_own),
        version: row.version,
        call: call.summary(ctx.now),
        definition,
        content,
        receipt: row.receipt(),
        reason: row.reason.clone(),
        appeal: row.appeal.clone(),
        waiver: row.waiver(),
        missing,
        actions: actions(ctx, readable, &call),
    })
}

/// Writes an audit entry about a note.
async fn record<B: serde::Serialize, A: serde::Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    action: &str,
    id: ConceptId,
    before: Option<B>,
    after: Option<A>,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    audit::record(tx, ctx, Entry { action, kind: "concept_note", id: id.0, before, after, reason }).await
}

/// Starts a draft.
///
/// # Errors
/// [`Code::NotFound`] for a call nobody may know of; [`Code::OneStage`], [`Code::CallNotOpen`],
/// [`Code::DeadlinePassed`]; field errors.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    organisation: &Granted<OrganisationId>,
    call: CallId,
    request: &CreateProposalRequest,
) -> Result<ConceptStatus, ApiError> {
    let call = calls::store::get(tx, call).await?.ok_or(Code::NotFound)?;
    if call.state(ctx.now) == CallState::Draft {
        return Err(Code::NotFound.into());
    }
    takes_notes(&call, ctx.now)?;
    let definition = call.definition()?;
    let title = clean(&request.title).trim().to_owned();
    let mut errors = check_details(&definition, &title, &request.country, 0);
    errors.extend(check_languages(&definition, request));
    check(errors)?;
    let id: ConceptId = ctx.id();
    let draft = store::Draft {
        id,
        call_id: call.id,
        organisation_id: **organisation,
        title: &title,
        country: &request.country,
        language: request.language,
        currency: request.currency,
        created_by: ctx.person_id(),
        now: ctx.now,
    };
    store::insert(tx, &draft).await?;
    record(tx, ctx, "concept_note.created", id, None::<()>, Some(request), None).await?;
    Ok(ConceptStatus { id, state: ConceptState::Draft, version: 1 })
}

/// Saves a draft. A summary over its limit is kept, and told at submission. The same again is no
/// conflict, whatever version the caller had read.
///
/// # Errors
/// [`Code::StaleVersion`], [`Code::WrongState`], [`Code::DeadlinePassed`] (the draft is kept), field errors.
pub async fn save(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ConceptRow>,
    if_match: i64,
    request: &SaveConceptRequest,
) -> Result<SavedConcept, ApiError> {
    let call = call_of(tx, row).await?;
    editable(row, &call, ctx.now)?;
    let before = row.content();
    let content = ConceptContent {
        title: clean(&request.title).trim().to_owned(),
        country: request.country.clone(),
        requested: request.requested,
        summary: clean(&request.summary),
        ..before.clone()
    };
    let mut errors = check_details(&call.definition()?, &content.title, &content.country, 0);
    if let Some(amount) = content.requested {
        if amount.currency() != row.currency {
            errors.push(FieldError::new("/requested", Code::CurrencyMismatch).with("expected", row.currency));
        } else if !amount.is_positive() {
            errors.push(FieldError::new("/requested", Code::AmountNotPositive));
        }
    }
    if content.summary.chars().count() > ANSWER_MAX_CHARS {
        errors.push(FieldError::new("/summary", Code::TooLong).with("max", ANSWER_MAX_CHARS));
    }
    check(errors)?;
    if content == before {
        return Ok(SavedConcept { version: row.version, saved_at: row.updated_at });
    }
    store::save(tx, row.id, if_match, &content, ctx.now).await.map_err(|e| at(e, row.version))?;
    record(tx, ctx, "concept_note.saved", row.id, Some(told(&before)), Some(told(&content)), None).await?;
    Ok(SavedConcept { version: if_match + 1, saved_at: ctx.now })
}

/// What the audit log tells of a draft: the summary by its words, as of a proposal's answers.
fn told(content: &ConceptContent) -> serde_json::Value {
    let ConceptContent { title, country, requested, summary, .. } = content;
    serde_json::json!({ "title": title, "country": country, "requested": requested, "words": count_words(summary) })
}

/// Submits a draft: complete, before the closing of notes. Locks it with its canonical JSON, SHA-256,
/// number and receipt.
///
/// # Errors
/// [`Code::WrongState`], [`Code::DeadlinePassed`] (the draft is kept), [`Code::CallNotOpen`],
/// [`Code::StaleVersion`]; every missing field.
pub async fn submit(tx: &mut Tx, ctx: &Ctx<'_>, row: &Granted<ConceptRow>, if_match: i64) -> Result<Receipt, ApiError> {
    let call = call_of(tx, row).await?;
    editable(row, &call, ctx.now)?;
    let definition = call.definition()?;
    let rules = definition.concept.as_ref().ok_or(Code::OneStage)?;
    let content = row.content();
    check(missing(&definition, rules, &content))?;
    let number = format!("{}-C{:03}", call.code, store::count_numbered(tx, call.id).await? + 1);
    let json = canonical(&content)?;
    let sha256 = audit::sha256_hex(&[json.as_bytes()]);
    let submission = store::Submission {
        number: &number,
        content: &json,
        sha256: &sha256,
        receipt: &format!("{number}-{}", sha256.get(..8).unwrap_or_default().to_uppercase()),
        by: ctx.person_id(),
        now: ctx.now,
    };
    store::submit(tx, row.id, if_match, &submission).await.map_err(|e| at(e, row.version))?;
    let receipt = store::get(tx, row.id)
        .await?
        .and_then(|row| row.receipt())
        .ok_or_else(|| ApiError::internal("a submitted concept note has no receipt"))?;
    record(tx, ctx, "concept_note.submitted", row.id, Some(row.state), Some(&receipt), None).await?;
    Ok(receipt)
}

/// Moves a note to a state, with its reason.
async fn step(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &ConceptRow,
    if_match: i64,
    (action, to): (&str, ConceptState),
    reason: Option<&str>,
) -> Result<ConceptStatus, ApiError> {
    store::set_state(tx, row.id, if_match, to, reason, ctx.now).await.map_err(|e| at(e, row.version))?;
    record(tx, ctx, action, row.id, Some(row.state), Some(to), reason).await?;
    Ok(ConceptStatus { id: row.id, state: to, version: if_match + 1 })
}

/// Takes a note back, before it is decided.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`]; a field error without a reason.
pub async fn withdraw(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ConceptRow>,
    if_match: i64,
    request: &ConceptReasonRequest,
) -> Result<ConceptStatus, ApiError> {
    withdrawable(row)?;
    let reason = reason_of(&request.reason)?;
    step(tx, ctx, row, if_match, ("concept_note.withdrawn", ConceptState::Withdrawn), Some(&reason)).await
}

/// Appeals, once, against a note's being found ineligible.
///
/// # Errors
/// [`Code::WrongState`], [`Code::DeadlinePassed`], [`Code::StaleVersion`]; a field error without a reason.
pub async fn appeal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ConceptRow>,
    if_match: i64,
    request: &ConceptReasonRequest,
) -> Result<ConceptStatus, ApiError> {
    appealable(row, &call_of(tx, row).await?, ctx.now)?;
    let text = reason_of(&request.reason)?;
    store::appeal(tx, row.id, if_match, &text, ctx.now).await.map_err(|e| at(e, row.version))?;
    let to = ConceptState::Submitted;
    record(tx, ctx, "concept_note.appealed", row.id, Some(row.state), Some(to), Some(&text)).await?;
    Ok(ConceptStatus { id: row.id, state: to, version: if_match + 1 })
}

/// Finds a submitted note eligible, or ineligible with a reason.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`]; a field error without a reason.
pub async fn screen(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ConceptRow>,
    if_match: i64,
    request: &ScreenConceptRequest,
) -> Result<ConceptStatus, ApiError> {
    stands_at(row, &call_of(tx, row).await?, ConceptState::Submitted)?;
    let reason = match request.outcome {
        ConceptScreening::Eligible => None,
        ConceptScreening::Ineligible => Some(reason_of(&request.reason)?),
    };
    step(tx, ctx, row, if_match, ("concept_note.screened", request.outcome.state()), reason.as_deref()).await
}

/// Invites an eligible note to a full proposal, while one can still be written, or does not, with a reason.
///
/// # Errors
/// [`Code::WrongState`], [`Code::DeadlinePassed`], [`Code::StaleVersion`]; a field error without a reason.
pub async fn decide(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ConceptRow>,
    if_match: i64,
    request: &DecideConceptRequest,
) -> Result<ConceptStatus, ApiError> {
    let call = call_of(tx, row).await?;
    stands_at(row, &call, ConceptState::Eligible)?;
    let reason = match request.outcome {
        ConceptDecision::Invited => {
            open(call.state(ctx.now))?;
            None
        }
        ConceptDecision::NotInvited => Some(reason_of(&request.reason)?),
    };
    step(tx, ctx, row, if_match, ("concept_note.decided", request.outcome.state()), reason.as_deref()).await
}

/// Waives, with a reason, that the full proposal of an invited note asks within the tolerance (M11).
///
/// # Errors
/// [`Code::WrongState`] unless invited and without a waiver, [`Code::StaleVersion`]; a field error without
/// a reason.
pub async fn waive(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ConceptRow>,
    if_match: i64,
    request: &ConceptReasonRequest,
) -> Result<ConceptStatus, ApiError> {
    waivable(row, &call_of(tx, row).await?)?;
    let reason = reason_of(&request.reason)?;
    let by = ctx.person_id();
    store::waive(tx, row.id, if_match, &reason, by, ctx.now).await.map_err(|e| at(e, row.version))?;
    let waived = serde_json::json!({ "proposal_id": row.proposal_id, "is_waived": true });
    record(tx, ctx, "concept_note.waived", row.id, None::<()>, Some(waived), Some(&reason)).await?;
    Ok(ConceptStatus { id: row.id, state: row.state, version: if_match + 1 })
}

/// Starts the full proposal of an invited note, once.
///
/// # Errors
/// [`Code::WrongState`], [`Code::CallNotOpen`], [`Code::DeadlinePassed`].
pub async fn start(tx: &mut Tx, ctx: &Ctx<'_>, row: &Granted<ConceptRow>) -> Result<ProposalStatus, ApiError> {
    let call = call_of(tx, row).await?;
    startable(row, &call, ctx.now)?;
    let content = row.content();
    let details =
        Details { title: content.title, country: content.country, duration_months: None, partners: Vec::new() };
    proposals::service::insert(
        tx,
        ctx,
        proposals::service::Start {
            call_id: row.call_id,
            concept_id: Some(row.id),
            organisation: &content.organisation,
            details: &details,
            language: content.language,
            currency: content.currency,
        },
    )
    .await
}
