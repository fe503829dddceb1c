//! What happens to proposals.

use chrono::NaiveTime;
use shared::calls::{CallState, Definition, LocalTime};
use shared::currency::Currency;
use shared::ids::{CallId, ConceptId, OrganisationId, ProposalId};
use shared::people::{Language, OrganisationRef, check_text};
use shared::problem::{Code, FieldError, Problem, check};
use shared::proposals::{
    ANSWER_MAX_CHARS, Budget, BudgetLine, Content, CreateProposalRequest, Details, Proposal, ProposalAction,
    ProposalCheck, ProposalState, ProposalStatus, REASON_MAX_CHARS, Receipt, SaveAnswerRequest, SaveBudgetRequest,
    SavedBudget, SavedDetails, ScreenProposalRequest, ScreeningOutcome, SubmitProposalRequest, UpdateProposalRequest,
    WithdrawProposalRequest, WorkingAnswer, WorkingCopy, check_budget, check_details, check_lines, clean, count_words,
    missing,
};
use shared::time::{Date, Timestamp};

use super::content;
use super::store::{self, ProposalRow};
use crate::app::Ctx;
use crate::audit::{self, Entry};
use crate::auth::policy::Granted;
use crate::auth::policy::proposals::{Readable, Visible};
use crate::calls::store::CallRow;
use crate::calls::{self, zone};
use crate::concepts;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::http::error::ApiError;

/// The call that a proposal answers.
async fn call_of(tx: &mut Tx, row: &ProposalRow) -> Result<CallRow, ApiError> {
    calls::store::get(tx, row.call_id)
        .await?
        .ok_or_else(|| ApiError::internal(format!("proposal {} has no call", row.id)))
}

/// Whether the call takes proposals now.
pub(crate) fn open(state: CallState) -> Result<(), Problem> {
    match state {
        CallState::Open => Ok(()),
        CallState::Draft | CallState::Published | CallState::Cancelled => Err(Code::CallNotOpen.into()),
        _ => Err(Code::DeadlinePassed.into()),
    }
}

fn wrong_state(row: &ProposalRow) -> Problem {
    Problem::new(Code::WrongState).with("state", row.state)
}

/// Whether the working copy can be edited and submitted now: a draft or reopened proposal while
/// the call is open; one of which the desk asks more until that date.
fn editable(row: &ProposalRow, call: CallState, now: Timestamp) -> Result<(), Problem> {
    match row.state {
        ProposalState::Draft => open(call),
        ProposalState::Submitted if row.reopened_at.is_some() => open(call),
        ProposalState::MoreInfo if row.due_at.is_some_and(|due_at| now < due_at) => Ok(()),
        ProposalState::MoreInfo => Err(Code::DeadlinePassed.into()),
        _ => Err(wrong_state(row)),
    }
}

/// Whether a submitted proposal can be reopened now.
fn reopenable(row: &ProposalRow, call: CallState) -> Result<(), Problem> {
    match row.state {
        ProposalState::Submitted if row.reopened_at.is_none() => open(call),
        _ => Err(wrong_state(row)),
    }
}

/// Whether a proposal can be screened now: submitted, and the applicant cannot change it any more.
fn screenable(row: &ProposalRow, call: CallState) -> Result<(), Problem> {
    match row.state {
        ProposalState::Submitted | ProposalState::MoreInfo if open(call).is_err() => Ok(()),
        _ => Err(wrong_state(row)),
    }
}

/// What the reader can do now.
async fn actions(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    readable: &Readable,
    call: CallState,
) -> Result<Vec<ProposalAction>, ApiError> {
    let row = &readable.row;
    let mut actions = Vec::new();
    if readable.is_own {
        if editable(row, call, ctx.now).is_ok() {
            actions.extend([ProposalAction::Edit, ProposalAction::Submit]);
        }
        if reopenable(row, call).is_ok() {
            actions.push(ProposalAction::Reopen);
        }
        if row.state.may_become(ProposalState::Withdrawn) && !store::vote_has_opened(tx, row.id).await? {
            actions.push(ProposalAction::Withdraw);
        }
    }
    let may_screen = ctx.actor.is_some_and(|a| a.require(shared::permission::Permission::ScreenProposal).is_ok());
    if may_screen && screenable(row, call).is_ok() {
        actions.push(ProposalAction::Screen);
    }
    Ok(actions)
}

/// A page of the proposals that a caller may know of, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    visible: &Granted<Visible>,
    filter: &store::Filter,
) -> Result<(Vec<ProposalRow>, Option<String>), ApiError> {
    let mut rows = store::list(tx, visible, filter, PAGE + 1).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    if !visible.sees_decisions {
        rows.iter_mut().for_each(ProposalRow::hide_unreleased);
    }
    Ok((rows, next))
}

/// A proposal for its reader: the working copy for the applicant's own people, the last submitted
/// version for everybody else.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, ctx: &Ctx<'_>, readable: &Granted<Readable>) -> Result<Proposal, ApiError> {
    let row = &readable.row;
    let call = call_of(tx, row).await?;
    let definition = call.definition()?;
    let actions = actions(tx, ctx, readable, call.state(ctx.now)).await?;
    let concept = concepts::store::link_of(tx, row.id).await?;
    let (content, working) = if readable.is_own {
        let content = content::working(tx, row, &definition).await?;
        let working = WorkingCopy {
            details_version: row.details_version,
            budget_version: row.budget_version,
            answers: content::answers(tx, row, &definition).await?,
            missing: missing(&definition, &content, concept.as_ref()),
        };
        (content, Some(working))
    } else {
        (content::version(tx, row, None, readable.budget).await?.1, None)
    };
    Ok(Proposal {
        summary: row.summary(),
        version: row.version,
        call: call.summary(ctx.now),
        definition,
        concept,
        content,
        working,
        receipt: store::receipts(tx, row.id, 1).await?.pop(),
        reason: row.reason.clone(),
        actions,
    })
}

/// Starts a draft.
///
/// # Errors
/// [`Code::NotFound`] for a call nobody may know of; [`Code::ConceptFirst`] in a call with two stages,
/// [`Code::CallNotOpen`], [`Code::DeadlinePassed`]; field errors.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    organisation: &Granted<OrganisationId>,
    call: CallId,
    request: &CreateProposalRequest,
) -> Result<ProposalStatus, ApiError> {
    let call = calls::store::get(tx, call).await?.ok_or(Code::NotFound)?;
    let state = call.state(ctx.now);
    if state == CallState::Draft {
        return Err(Code::NotFound.into());
    }
    open(state)?;
    if call.concepts_close_at.is_some() {
        return Err(Code::ConceptFirst.into());
    }
    let definition = call.definition()?;
    let title = clean(&request.title).trim().to_owned();
    let mut errors = check_details(&definition, &title, &request.country, 0);
    errors.extend(check_languages(&definition, request));
    check(errors)?;
    let organisation = store::organisations(tx, &[**organisation]).await?.pop().ok_or(Code::NotFound)?;
    let details = Details { title, country: request.country.clone(), duration_months: None, partners: Vec::new() };
    let start = Start {
        call_id: call.id,
        concept_id: None,
        organisation: &organisation,
        details: &details,
        language: request.language,
        currency: request.currency,
    };
    insert(tx, ctx, start).await
}

/// Whether the call takes the language and the currency that somebody wants to write in.
pub(crate) fn check_languages(definition: &Definition, request: &CreateProposalRequest) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if !definition.languages.contains(&request.language) {
        errors.push(FieldError::new("/language", Code::NotAChoice));
    }
    if !definition.currencies.iter().any(|c| c.currency == request.currency) {
        errors.push(FieldError::new("/currency", Code::NotAChoice));
    }
    errors
}

/// What a draft starts with.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Start<'a> {
    /// The call it answers.
    pub call_id: CallId,
    /// The concept note that it follows, in a call with two stages.
    pub concept_id: Option<ConceptId>,
    /// The applicant.
    pub organisation: &'a OrganisationRef,
    /// Title and country.
    pub details: &'a Details,
    /// The language it will be written in.
    pub language: Language,
    /// The currency of its budget.
    pub currency: Currency,
}

/// Stores a draft whose rights and rules are checked.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(tx: &mut Tx, ctx: &Ctx<'_>, start: Start<'_>) -> Result<ProposalStatus, ApiError> {
    let id: ProposalId = ctx.id();
    let draft = store::Draft { id, start: &start, created_by: ctx.person_id(), now: ctx.now };
    store::insert(tx, &draft).await?;
    record(tx, ctx, "proposal.created", id, None::<()>, Some(&start), None).await?;
    Ok(ProposalStatus { id, state: ProposalState::Draft, version: 1 })
}

/// Writes an audit entry about a proposal.
async fn record<B: serde::Serialize, A: serde::Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    action: &str,
    id: ProposalId,
    before: Option<B>,
    after: Option<A>,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    audit::record(tx, ctx, Entry { action, kind: "proposal", id: id.0, before, after, reason }).await
}

/// Changes the working copy's details.
///
/// # Errors
/// [`Code::StaleVersion`], [`Code::WrongState`], [`Code::DeadlinePassed`]; field errors.
pub async fn update_details(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    if_match: i64,
    request: &UpdateProposalRequest,
) -> Result<SavedDetails, ApiError> {
    let call = call_of(tx, row).await?;
    editable(row, call.state(ctx.now), ctx.now)?;
    let title = clean(&request.title).trim().to_owned();
    let mut errors = check_details(&call.definition()?, &title, &request.country, request.partners.len());
    if request.duration_months.is_some_and(|months| months < 1) {
        errors.push(FieldError::new("/duration_months", Code::AmountNotPositive));
    }
    check(errors)?;
    let partners = store::organisations(tx, &request.partners).await?;
    for (index, id) in request.partners.iter().enumerate() {
        if *id == row.organisation_id || !partners.iter().any(|partner| partner.id == *id) {
            return Err(FieldError::new(format!("/partners/{index}"), Code::NotAChoice).into());
        }
    }
    let before = row.details()?;
    let details =
        Details { title, country: request.country.clone(), duration_months: request.duration_months, partners };
    if details == before {
        return Ok(SavedDetails { details, details_version: row.details_version, saved_at: row.updated_at });
    }
    store::update_details(tx, row.id, if_match, &details, ctx.now).await.map_err(|e| at(e, row.details_version))?;
    if row.number.is_none() {
        store::show_details(tx, row, None, &details).await?;
    }
    record(tx, ctx, "proposal.details_saved", row.id, Some(&before), Some(&details), None).await?;
    Ok(SavedDetails { details, details_version: if_match + 1, saved_at: ctx.now })
}

/// Tells the present version with a stale one.
pub(crate) fn at(error: ApiError, version: i64) -> ApiError {
    match error.code() {
        Some(Code::StaleVersion) => Problem::new(Code::StaleVersion).with("version", version).into(),
        _ => error,
    }
}

/// One answer of the working copy.
///
/// # Errors
/// [`Code::NotFound`] for a question that the form does not ask.
pub async fn answer(tx: &mut Tx, row: &Granted<ProposalRow>, question: &str) -> Result<WorkingAnswer, ApiError> {
    let definition = call_of(tx, row).await?.definition()?;
    is_asked(&definition, question)?;
    Ok(store::answer(tx, row.id, question).await?.unwrap_or_else(|| content::empty(question)))
}

fn is_asked(definition: &Definition, question: &str) -> Result<(), Code> {
    let is_asked = definition.sections.iter().flat_map(|s| &s.questions).any(|q| q.key == question);
    if is_asked { Ok(()) } else { Err(Code::NotFound) }
}

/// Saves one answer. A text over its word limit is kept: nothing that was written is lost, and
/// submission names it. The same text again is no conflict, whatever version the caller had read.
///
/// # Errors
/// [`Code::StaleVersion`], [`Code::WrongState`], [`Code::DeadlinePassed`]; a field error for a text
/// beyond every measure.
pub async fn save_answer(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    question: &str,
    if_match: i64,
    request: &SaveAnswerRequest,
) -> Result<WorkingAnswer, ApiError> {
    let call = call_of(tx, row).await?;
    editable(row, call.state(ctx.now), ctx.now)?;
    is_asked(&call.definition()?, question)?;
    let body = clean(&request.body);
    if body.chars().count() > ANSWER_MAX_CHARS {
        return Err(FieldError::new("/body", Code::TooLong).with("max", ANSWER_MAX_CHARS).into());
    }
    let saved = store::answer(tx, row.id, question).await?.unwrap_or_else(|| content::empty(question));
    if saved.body == body {
        return Ok(saved);
    }
    if saved.version != if_match {
        return Err(Problem::new(Code::StaleVersion).with("version", saved.version).into());
    }
    store::save_answer(tx, row.id, question, if_match, &body, ctx.person_id(), ctx.now).await?;
    store::touch(tx, row.id, ctx.now).await?;
    let words = |text: &str| serde_json::json!({ "question": question, "words": count_words(text) });
    record(tx, ctx, "proposal.answer_saved", row.id, Some(words(&saved.body)), Some(words(&body)), None).await?;
    store::answer(tx, row.id, question).await?.ok_or_else(|| ApiError::internal("a saved answer is gone"))
}

/// The working copy's budget, with the rules that it does not keep yet.
fn saved_budget(definition: &Definition, row: &ProposalRow, lines: Vec<BudgetLine>) -> Result<SavedBudget, ApiError> {
    let months = row.details()?.duration_months;
    let (totals, mut errors) = check_budget(&definition.budget, &definition.currencies, row.currency, &lines, months);
    errors.retain(|error| error.pointer != "/duration_months");
    Ok(SavedBudget {
        budget: Budget { lines: Some(lines), totals },
        errors,
        budget_version: row.budget_version,
        saved_at: row.updated_at,
    })
}

/// The budget of the working copy.
///
/// # Errors
/// When the database fails.
pub async fn budget(tx: &mut Tx, row: &Granted<ProposalRow>) -> Result<SavedBudget, ApiError> {
    let definition = call_of(tx, row).await?.definition()?;
    let lines = store::lines(tx, row.id, row.currency).await?;
    saved_budget(&definition, row, lines)
}

/// Replaces the budget's lines (M6, M7). A budget that breaks a cap is kept, and told.
///
/// # Errors
/// [`Code::StaleVersion`], [`Code::WrongState`], [`Code::DeadlinePassed`]; field errors.
pub async fn save_budget(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    if_match: i64,
    request: &SaveBudgetRequest,
) -> Result<SavedBudget, ApiError> {
    let call = call_of(tx, row).await?;
    editable(row, call.state(ctx.now), ctx.now)?;
    let definition = call.definition()?;
    check(check_lines(&definition.budget, row.currency, &request.lines))?;
    let mut lines = Vec::with_capacity(request.lines.len());
    for line in &request.lines {
        lines.push(BudgetLine {
            activity: clean(&line.activity),
            unit: clean(&line.unit),
            period: clean(&line.period),
            total: line.computed_total()?,
            ..line.clone()
        });
    }
    let before = store::lines(tx, row.id, row.currency).await?;
    if before == lines {
        return saved_budget(&definition, row, lines);
    }
    let mut saved = saved_budget(&definition, row, lines)?;
    store::replace_lines(tx, row.id, if_match, &saved.budget, ctx.now).await.map_err(|e| at(e, row.budget_version))?;
    if row.number.is_none() {
        store::show_totals(tx, row.id, &saved.budget.totals).await?;
    }
    record(tx, ctx, "proposal.budget_saved", row.id, Some(&before), saved.budget.lines.as_ref(), None).await?;
    saved.budget_version = if_match + 1;
    saved.saved_at = ctx.now;
    Ok(saved)
}

/// What is still missing before the working copy can be submitted.
///
/// # Errors
/// When the database fails.
pub async fn check_working(tx: &mut Tx, row: &Granted<ProposalRow>) -> Result<ProposalCheck, ApiError> {
    let definition = call_of(tx, row).await?.definition()?;
    let content = content::working(tx, row, &definition).await?;
    let concept = concepts::store::link_of(tx, row.id).await?;
    Ok(ProposalCheck { version: row.version, missing: missing(&definition, &content, concept.as_ref()) })
}

/// Submits the working copy: complete, before the deadline, declared. Locks it as the next version
/// with its canonical JSON, SHA-256 and receipt; the first submission gives the number.
///
/// # Errors
/// [`Code::WrongState`] for what is submitted already, [`Code::DeadlinePassed`] (the draft is
/// kept), [`Code::CallNotOpen`], [`Code::StaleVersion`]; every missing field.
pub async fn submit(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    if_match: i64,
    request: &SubmitProposalRequest,
) -> Result<Receipt, ApiError> {
    let call = call_of(tx, row).await?;
    editable(row, call.state(ctx.now), ctx.now)?;
    if row.version != if_match {
        return Err(Problem::new(Code::StaleVersion).with("version", row.version).into());
    }
    let definition = call.definition()?;
    let content = content::working(tx, row, &definition).await?;
    let concept = concepts::store::link_of(tx, row.id).await?;
    let mut errors = missing(&definition, &content, concept.as_ref());
    if !request.is_declared {
        errors.push(FieldError::new("/is_declared", Code::Required));
    }
    check(errors)?;
    let number = match &row.number {
        Some(number) => number.clone(),
        None => format!("{}-{:03}", call.code, store::count_numbered(tx, call.id).await? + 1),
    };
    store::submit(tx, row.id, if_match, &number, ctx.now).await?;
    store::show_details(tx, row, Some(&number), &content.details).await?;
    if let Some(budget) = &content.budget {
        store::show_totals(tx, row.id, &budget.totals).await?;
    }
    let receipt = lock(tx, ctx, row, &number, &content).await?;
    record(tx, ctx, "proposal.submitted", row.id, Some(row.state), Some(&receipt), None).await?;
    Ok(receipt)
}

/// Stores a content as the proposal's next version.
async fn lock(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &ProposalRow,
    number: &str,
    content: &Content,
) -> Result<Receipt, ApiError> {
    let version_number = store::receipts(tx, row.id, 1).await?.first().map_or(1, |last| last.version_number + 1);
    let json = content::canonical(content)?;
    let sha256 = audit::sha256_hex(&[json.as_bytes()]);
    let mark = sha256.get(..8).unwrap_or_default().to_uppercase();
    let receipt = Receipt {
        receipt: format!("{number}.{version_number}-{mark}"),
        number: number.to_owned(),
        version_number,
        sha256,
        submitted_at: ctx.now,
        submitted_by: String::new(),
    };
    let version = store::NewVersion {
        id: ctx.id(),
        proposal_id: row.id,
        receipt: &receipt,
        content: &json,
        submitted_by: ctx.person_id(),
    };
    store::insert_version(tx, &version).await?;
    store::receipts(tx, row.id, 1).await?.pop().ok_or_else(|| ApiError::internal("a stored version is gone"))
}

/// Opens the working copy of a submitted proposal again; the submitted version still counts.
///
/// # Errors
/// [`Code::WrongState`], [`Code::DeadlinePassed`], [`Code::StaleVersion`].
pub async fn reopen(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    if_match: i64,
) -> Result<ProposalStatus, ApiError> {
    let call = call_of(tx, row).await?;
    reopenable(row, call.state(ctx.now))?;
    store::reopen(tx, row.id, if_match, ctx.now).await.map_err(|e| at(e, row.version))?;
    record(tx, ctx, "proposal.reopened", row.id, None::<()>, Some(row.state), None).await?;
    Ok(ProposalStatus { id: row.id, state: row.state, version: if_match + 1 })
}

/// A text that must be there.
pub(crate) fn reason_of(text: &str) -> Result<String, ApiError> {
    let reason = clean(text).trim().to_owned();
    let mut errors = Vec::new();
    check_text(&mut errors, "/reason", &reason, REASON_MAX_CHARS);
    check(errors)?;
    Ok(reason)
}

/// Takes the proposal back, until the vote opens.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`]; a field error without a reason.
pub async fn withdraw(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    if_match: i64,
    request: &WithdrawProposalRequest,
) -> Result<ProposalStatus, ApiError> {
    let to = ProposalState::Withdrawn;
    if !row.state.may_become(to) || store::vote_has_opened(tx, row.id).await? {
        return Err(wrong_state(row).into());
    }
    let reason = reason_of(&request.reason)?;
    store::close(tx, row.id, if_match, to, Some(&reason), None, ctx.now).await.map_err(|e| at(e, row.version))?;
    record(tx, ctx, "proposal.withdrawn", row.id, Some(row.state), Some(to), Some(&reason)).await?;
    Ok(ProposalStatus { id: row.id, state: to, version: if_match + 1 })
}

/// The instant at which a day is over in a zone.
fn end_of(day: Date, zone: &str) -> Result<Timestamp, Code> {
    let midnight = LocalTime::new(day.plus_days(1).naive().and_time(NaiveTime::MIN));
    zone::to_utc(midnight, zone::parse(zone)?)
}

/// Screens a submitted proposal.
///
/// # Errors
/// [`Code::WrongState`] while the call is open or when it is not submitted, [`Code::StaleVersion`];
/// field errors.
pub async fn screen(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ProposalRow>,
    if_match: i64,
    request: &ScreenProposalRequest,
) -> Result<ProposalStatus, ApiError> {
    let call = call_of(tx, row).await?;
    let to = request.outcome.state();
    screenable(row, call.state(ctx.now))?;
    if !row.state.may_become(to) {
        return Err(wrong_state(row).into());
    }
    let reason = match request.outcome {
        ScreeningOutcome::Screened => None,
        _ => Some(reason_of(&request.reason)?),
    };
    let due_at = match request.outcome {
        ScreeningOutcome::MoreInfo => {
            let day = request.due_on.ok_or_else(|| FieldError::new("/due_on", Code::Required))?;
            let due_at = end_of(day, &call.zone).map_err(|code| FieldError::new("/due_on", code))?;
            if due_at <= ctx.now {
                return Err(FieldError::new("/due_on", Code::DateOrder).into());
            }
            Some(due_at)
        }
        _ => None,
    };
    store::close(tx, row.id, if_match, to, reason.as_deref(), due_at, ctx.now).await.map_err(|e| at(e, row.version))?;
    record(tx, ctx, "proposal.screened", row.id, Some(row.state), Some(to), reason.as_deref()).await?;
    Ok(ProposalStatus { id: row.id, state: to, version: if_match + 1 })
}
