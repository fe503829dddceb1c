//! What happens to calls: one transaction each, with its audit entry.

use shared::calls::{
    CallDetail, CallPhase, CallQuery, CallState, CallSummary, CancelCallRequest, CreateCallRequest, Definition,
    ExtendCallRequest, LocalTime, MoveCallRequest, PublicCall, PublicCallQuery, UpdateCallRequest, check_reason,
};
use shared::endpoint::{PAGE_MAX, Page};
use shared::ids::CallId;
use shared::money::Money;
use shared::permission::{Permission, Scope};
use shared::problem::{Code, FieldError, Problem, check};
use shared::time::Timestamp;

use super::store::{self, CallHead, CallRow, Draft};
use super::zone;
use crate::app::Ctx;
use crate::audit::{self, Entry};
use crate::auth::actor::Actor;
use crate::auth::policy::{self, Granted};
use crate::db::Tx;
use crate::http::error::ApiError;

/// A published call as anybody sees it.
///
/// # Errors
/// When what is stored cannot be read.
pub fn public(row: &CallRow, now: Timestamp) -> Result<PublicCall, ApiError> {
    Ok(PublicCall { call: row.summary(now), definition: row.definition()? })
}

/// One page of the calls that are open or will open, soonest deadline first.
///
/// # Errors
/// When the database fails.
pub async fn list_public(tx: &mut Tx, now: Timestamp, query: &PublicCallQuery) -> Result<Page<CallSummary>, ApiError> {
    let after = query.after.as_deref().map(parse_cursor).transpose()?;
    let rows = store::list_upcoming(tx, now, after, i64::from(PAGE_MAX) + 1).await?;
    Ok(page(rows, now, |last| format!("{}.{}", last.closes_at.micros(), last.id)))
}

/// One page of the calls that the actor may know of, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    query: &CallQuery,
) -> Result<Page<CallSummary>, ApiError> {
    let after = query.after.as_deref().map(|id| id.parse().map_err(|_| Code::BadRequest)).transpose()?;
    let with_drafts = policy::calls::sees_drafts(actor);
    let rows = store::list(tx, with_drafts, query.state, now, after, i64::from(PAGE_MAX) + 1).await?;
    Ok(page(rows, now, |last| last.id.to_string()))
}

/// Where a page of the public list ended: `micros.id`.
fn parse_cursor(text: &str) -> Result<(Timestamp, CallId), Code> {
    let (micros, id) = text.split_once('.').ok_or(Code::BadRequest)?;
    let at = micros.parse().ok().and_then(Timestamp::from_micros).ok_or(Code::BadRequest)?;
    Ok((at, id.parse().map_err(|_| Code::BadRequest)?))
}

/// Cuts the row that only says that there is more.
fn page(mut rows: Vec<CallHead>, now: Timestamp, cursor: impl Fn(&CallHead) -> String) -> Page<CallSummary> {
    let full = usize::try_from(PAGE_MAX).unwrap_or(usize::MAX);
    let has_more = rows.len() > full;
    rows.truncate(full);
    let next = rows.last().filter(|_| has_more).map(cursor);
    Page { items: rows.iter().map(|row| row.summary(now)).collect(), next }
}

/// A call with what its keepers need.
///
/// # Errors
/// When the database fails.
pub async fn detail(tx: &mut Tx, ctx: &Ctx<'_>, row: &CallRow) -> Result<CallDetail, ApiError> {
    let zone = zone::parse(&row.zone)?;
    let definition = row.definition()?;
    let sees_money = ctx.actor.is_some_and(|actor| actor.scope(Permission::ReadFund) > Scope::Nothing);
    let used = match sees_money {
        true => Some(Money::from_minor(store::used_minor(tx, row.id).await?, row.currency)),
        false => None,
    };
    let sees_votes = ctx.actor.is_some_and(|actor| actor.scope(Permission::ReadVotes) == Scope::All);
    let unreleased = if sees_votes { Some(store::unreleased(tx, row.id).await?) } else { None };
    let blocking = match row.phase {
        CallPhase::Draft => blocking(row, &definition, ctx.now),
        _ => Vec::new(),
    };
    Ok(CallDetail {
        call: row.summary(ctx.now),
        definition,
        version: row.version,
        opens_local: zone::to_local(row.opens_at, zone),
        closes_local: zone::to_local(row.closes_at, zone),
        published_at: row.published_at,
        used,
        results_released_at: row.results_released_at,
        unreleased,
        blocking,
    })
}

/// What keeps a draft from being published (S1 and the rest of the definition's rules).
fn blocking(row: &CallRow, definition: &Definition, now: Timestamp) -> Vec<FieldError> {
    let at = "/definition/concept/closes_local";
    let mut errors = definition.errors(row.currency);
    if row.closes_at <= now {
        errors.push(FieldError::new("/closes_local", Code::DeadlinePassed));
    }
    match row.concepts_close_at {
        Some(closes_at) if closes_at <= row.opens_at || closes_at >= row.closes_at => {
            errors.push(FieldError::new(at, Code::DateOrder));
        }
        Some(closes_at) if closes_at <= now => errors.push(FieldError::new(at, Code::DeadlinePassed)),
        _ => {}
    }
    errors
}

/// Opening and closing in UTC, or what is wrong with zone and times.
fn instants(name: &str, opens: LocalTime, closes: LocalTime) -> Result<(Timestamp, Timestamp), Vec<FieldError>> {
    let zone = zone::parse(name).map_err(|code| vec![FieldError::new("/zone", code)])?;
    let at = |pointer: &str, local| zone::to_utc(local, zone).map_err(|code| FieldError::new(pointer, code));
    match (at("/opens_local", opens), at("/closes_local", closes)) {
        (Ok(opens_at), Ok(closes_at)) => Ok((opens_at, closes_at)),
        (opens, closes) => Err(opens.err().into_iter().chain(closes.err()).collect()),
    }
}

/// When concept notes close in UTC, in a call with two stages.
fn concepts_close_at(zone: &str, definition: &Definition) -> Result<Option<Timestamp>, FieldError> {
    let at = |code| FieldError::new("/definition/concept/closes_local", code);
    let Some(concept) = &definition.concept else { return Ok(None) };
    let zone = zone::parse(zone).map_err(at)?;
    zone::to_utc(concept.closes_local, zone).map(Some).map_err(at)
}

/// The request's own errors and those of its times together, or the instants.
fn checked(
    mut errors: Vec<FieldError>,
    instants: Result<(Timestamp, Timestamp), Vec<FieldError>>,
) -> Result<(Timestamp, Timestamp), Problem> {
    match instants {
        Ok(instants) => check(errors).map(|()| instants),
        Err(more) => {
            errors.extend(more);
            Err(Problem::fields(errors))
        }
    }
}

fn code_taken(error: ApiError) -> ApiError {
    let errors = vec![FieldError::new("/code", Code::Duplicate)];
    error.duplicate_as(Problem { errors, ..Problem::new(Code::Duplicate) })
}

/// Makes a draft, with the default definition or another call's.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] when the code is taken.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _may: &Granted<()>,
    body: &CreateCallRequest,
) -> Result<CallDetail, ApiError> {
    let fund = store::fund_currency(tx, body.fund_id).await?.ok_or(FieldError::new("/fund_id", Code::NotFound))?;
    let times = instants(&body.zone, body.opens_local, body.closes_local);
    let (opens_at, closes_at) = checked(body.errors(fund), times)?;
    let definition = match body.copy_of {
        Some(other) => policy::calls::read(tx, ctx, other)
            .await
            .map_err(|_| FieldError::new("/copy_of", Code::NotFound))?
            .definition()?,
        None => Definition::catalytic_default(),
    };
    let draft = Draft {
        code: body.code.trim(),
        title: &body.title,
        window: body.window,
        envelope: body.envelope,
        opens_at,
        closes_at,
        concepts_close_at: concepts_close_at(&body.zone, &definition)?,
        zone: &body.zone,
        definition: &definition,
    };
    let id = ctx.id::<CallId>();
    store::insert(tx, id, body.fund_id, &draft, ctx.person_id(), ctx.now).await.map_err(code_taken)?;
    let row = store::get(tx, id).await?.ok_or(Code::NotFound)?;
    let entry = Entry {
        action: "call.created",
        kind: "call",
        id: id.0,
        before: None::<()>,
        after: Some(public(&row, ctx.now)?),
        reason: None,
    };
    audit::record(tx, ctx, entry).await?;
    detail(tx, ctx, &row).await
}

fn fresh(row: &CallRow, if_match: i64) -> Result<(), Problem> {
    if row.version == if_match { Ok(()) } else { Err(Problem::new(Code::StaleVersion).with("version", row.version)) }
}

fn wrong_state(state: CallState) -> Problem {
    Problem::new(Code::WrongState).with("state", state)
}

/// Writes the audit entry of a change and gives the call as it is now.
async fn changed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    before: &CallRow,
    action: &str,
    reason: Option<&str>,
) -> Result<CallDetail, ApiError> {
    let after = store::get(tx, before.id).await?.ok_or(Code::NotFound)?;
    let entry = Entry {
        action,
        kind: "call",
        id: before.id.0,
        before: Some(public(before, ctx.now)?),
        after: Some(public(&after, ctx.now)?),
        reason,
    };
    audit::record(tx, ctx, entry).await?;
    detail(tx, ctx, &after).await
}

/// Replaces a draft.
///
/// # Errors
/// [`Code::CallFrozen`] after publication, [`Code::StaleVersion`], [`Code::Duplicate`], field errors.
pub async fn update(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<CallRow>,
    if_match: i64,
    body: &UpdateCallRequest,
) -> Result<CallDetail, ApiError> {
    if row.phase != CallPhase::Draft {
        return Err(Code::CallFrozen.into());
    }
    fresh(row, if_match)?;
    let times = instants(&body.zone, body.opens_local, body.closes_local);
    let (opens_at, closes_at) = checked(body.errors(row.currency), times)?;
    let draft = Draft {
        code: body.code.trim(),
        title: &body.title,
        window: body.window,
        envelope: body.envelope,
        opens_at,
        closes_at,
        concepts_close_at: concepts_close_at(&body.zone, &body.definition)?,
        zone: &body.zone,
        definition: &body.definition,
    };
    store::update(tx, row.id, if_match, &draft).await.map_err(code_taken)?;
    changed(tx, ctx, row, "call.updated", None).await
}

/// Publishes a draft; its definition is frozen from then on.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`]; field errors for what the rules forbid (S1, …).
pub async fn publish(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<CallRow>,
    if_match: i64,
) -> Result<CallDetail, ApiError> {
    if row.phase != CallPhase::Draft {
        return Err(wrong_state(row.state(ctx.now)).into());
    }
    fresh(row, if_match)?;
    check(blocking(row, &row.definition()?, ctx.now))?;
    store::publish(tx, row.id, if_match, ctx.person_id(), ctx.now).await?;
    changed(tx, ctx, row, "call.published", None).await
}

/// Sets a later deadline or a larger envelope.
///
/// # Errors
/// [`Code::WrongState`] before publication and after the end, [`Code::StaleVersion`],
/// [`Code::EnvelopeExceeded`] below what is reserved and committed (M21), [`Code::CallFrozen`] for
/// an earlier deadline, one that has passed, or a smaller envelope.
pub async fn extend(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<CallRow>,
    if_match: i64,
    body: &ExtendCallRequest,
) -> Result<CallDetail, ApiError> {
    let state = row.state(ctx.now);
    if !state.can_extend_envelope() {
        return Err(wrong_state(state).into());
    }
    fresh(row, if_match)?;
    let times = instants(&row.zone, body.closes_local, body.closes_local);
    let (_, closes_at) = checked(body.errors(row.currency), times)?;
    let used = Money::from_minor(store::used_minor(tx, row.id).await?, row.currency);
    if body.envelope.minor() < used.minor() {
        let missing = used.checked_sub(body.envelope)?;
        return Err(Problem::new(Code::EnvelopeExceeded).with("missing", missing).into());
    }
    let mut frozen = Vec::new();
    if body.envelope.minor() < row.envelope_minor {
        frozen.push(FieldError::new("/envelope", Code::CallFrozen));
    }
    if closes_at < row.closes_at || (closes_at > row.closes_at && !state.can_extend_deadline()) {
        frozen.push(FieldError::new("/closes_local", Code::CallFrozen));
    }
    if !frozen.is_empty() {
        return Err(Problem { errors: frozen, ..Problem::new(Code::CallFrozen) }.into());
    }
    store::extend(tx, ctx, row, if_match, (body.envelope, closes_at), &body.reason).await?;
    changed(tx, ctx, row, "call.extended", Some(&body.reason)).await
}

/// Moves a closed call to its next phase.
///
/// # Errors
/// [`Code::WrongState`] unless the phase follows the present state, [`Code::StaleVersion`].
pub async fn advance(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<CallRow>,
    if_match: i64,
    body: &MoveCallRequest,
) -> Result<CallDetail, ApiError> {
    let state = row.state(ctx.now);
    if state.next() != Some(body.to) {
        return Err(wrong_state(state).into());
    }
    fresh(row, if_match)?;
    store::set_phase(tx, row.id, if_match, body.to).await?;
    changed(tx, ctx, row, "call.moved", None).await
}

/// Tells the applicants what was decided so far (V10).
///
/// # Errors
/// [`Code::WrongState`] when no decision waits for it, [`Code::StaleVersion`].
pub async fn release_results(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<CallRow>,
    if_match: i64,
) -> Result<CallDetail, ApiError> {
    if store::unreleased(tx, row.id).await? == 0 {
        return Err(wrong_state(row.state(ctx.now)).into());
    }
    fresh(row, if_match)?;
    store::set_released(tx, row.id, if_match, ctx.person_id(), ctx.now).await?;
    changed(tx, ctx, row, "call.results_released", None).await
}

/// Calls a call off, before the vote.
///
/// # Errors
/// [`Code::WrongState`] once the vote has begun, [`Code::StaleVersion`], a missing reason.
pub async fn cancel(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<CallRow>,
    if_match: i64,
    body: &CancelCallRequest,
) -> Result<CallDetail, ApiError> {
    let state = row.state(ctx.now);
    if !state.can_cancel() {
        return Err(wrong_state(state).into());
    }
    fresh(row, if_match)?;
    let mut errors = Vec::new();
    check_reason(&mut errors, &body.reason);
    check(errors)?;
    store::set_phase(tx, row.id, if_match, CallPhase::Cancelled).await?;
    changed(tx, ctx, row, "call.cancelled", Some(&body.reason)).await
}
