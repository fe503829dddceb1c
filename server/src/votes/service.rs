//! Writing, opening, voting, closing.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::ids::{DecisionId, MotionId, OrganisationId, ProposalId};
use shared::money::Money;
use shared::people::OrganisationRef;
use shared::problem::{Code, FieldError, Problem, check};
use shared::proposals::ProposalState;
use shared::reviews::{Conflict, Resolution};
use shared::time::Date;
use shared::votes::{
    BallotRequest, Decision, DecisionRecord, Motion, MotionBar, MotionRequest, MotionResult, MotionState,
    MotionSummary, MotionsQuery, MyVote, NamedVote, OpenMotionRequest, Outcome, ReleasedOutcome, Seat, Tally,
    departs_from_rank, earliest_close,
};

use super::store::{self, MotionRow};
use crate::app::{App, Ctx};
use crate::audit;
use crate::auth::actor::Actor;
use crate::auth::policy::{self, Granted};
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::ledger::{self, For, Reserve};
use crate::http::error::ApiError;
use crate::proposals::store::set_state;
use crate::reviews::ranked::{self, Ranked};
use crate::reviews::store as reviews;
use crate::transact;

/// How many motions one run closes at most.
const CLOSE_BATCH: i64 = 100;

async fn record(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (action, id): (&str, MotionId),
    after: impl Serialize,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    audit::record(
        tx,
        ctx,
        audit::Entry { action, kind: "motion", id: id.0, before: None::<()>, after: Some(after), reason },
    )
    .await
}

/// The motions that match, open ones first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    query: &MotionsQuery,
) -> Result<(Vec<MotionSummary>, Option<String>), ApiError> {
    let after = query.after.as_deref().and_then(|key| {
        let (group, id) = key.split_once('_')?;
        Some((group.parse().ok()?, id.parse().ok()?))
    });
    let seat = policy::votes::seat(actor).map(|seat| seat.organisation_id);
    let mut rows = store::list(tx, seat, query.state, query.proposal_id, after, PAGE + 1).await?;
    let next = next_page(&mut rows, PAGE, |row| format!("{}_{}", store::group(row.motion_state), row.id));
    Ok((rows.iter().map(MotionRow::summary).collect(), next))
}

/// Checks a motion against its proposal and the rank order (V1).
async fn check_request(tx: &mut Tx, request: &MotionRequest) -> Result<Ranked, ApiError> {
    let subject = reviews::subject(tx, request.proposal_id).await?;
    let subject = subject.ok_or_else(|| Problem::field("/proposal_id", Code::NotFound))?;
    if !matches!(subject.state, ProposalState::Scored | ProposalState::Deliberated) {
        return Err(Problem::new(Code::WrongState).with("state", subject.state).into());
    }
    let mut errors = request.errors(subject.requested());
    let ranked = ranked::read(tx, subject.call_id).await?;
    let pending = store::pending(tx, subject.call_id).await?;
    let rows = ranked.rows()?;
    let better = rows.iter().take_while(|row| row.proposal.id != request.proposal_id);
    let mut waiting = better.filter(|row| {
        row.is_fundable == Some(true)
            && !matches!(row.state, ProposalState::Decided)
            && !pending.get(&row.proposal.id).is_some_and(|outcome| outcome.is_approval())
    });
    let (row, _) = ranked.row(request.proposal_id)?;
    let departs = departs_from_rank(request.outcome, row.is_fundable == Some(true), waiting.next().is_some());
    if departs && request.off_rank_reason.trim().is_empty() {
        errors.push(FieldError::new("/off_rank_reason", Code::ReasonRequired));
    }
    check(errors)?;
    Ok(ranked)
}

/// Writes a motion.
///
/// # Errors
/// Field errors; [`Code::WrongState`] unless the proposal is scored.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    actor: &Actor,
    _may: &Granted<()>,
    request: &MotionRequest,
) -> Result<Motion, ApiError> {
    let ranked = check_request(tx, request).await?;
    if store::open_on(tx, request.proposal_id).await?.is_some() {
        return Err(Code::WrongState.into());
    }
    let id: MotionId = ctx.id();
    let number = format!("{}-M{}", ranked.call.reference().code, store::count(tx, ranked.call.id).await? + 1);
    store::insert(tx, id, &number, request, ctx.person_id(), ctx.now).await?;
    record(tx, ctx, ("motion.written", id), request, None).await?;
    let row = policy::votes::motion(tx, actor, id).await?;
    view(tx, actor, ctx.now.date(), &row).await
}

/// Writes a draft anew.
///
/// # Errors
/// As [`create`]; [`Code::StaleVersion`].
pub async fn update(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    actor: &Actor,
    row: &Granted<MotionRow>,
    version: i64,
    request: &MotionRequest,
) -> Result<Motion, ApiError> {
    drafts_only(row)?;
    if request.proposal_id != row.on.proposal_id {
        return Err(FieldError::new("/proposal_id", Code::NotAChoice).into());
    }
    check_request(tx, request).await?;
    store::update(tx, row.id, version, request).await?;
    record(tx, ctx, ("motion.written", row.id), request, None).await?;
    let row = policy::votes::motion(tx, actor, row.id).await?;
    view(tx, actor, ctx.now.date(), &row).await
}

fn drafts_only(row: &MotionRow) -> Result<(), ApiError> {
    if row.motion_state == MotionState::Draft {
        Ok(())
    } else {
        Err(Problem::new(Code::WrongState).with("state", row.motion_state).into())
    }
}

/// The organisations with a vote on a proposal today, and which of them are recused: the applicant,
/// its partners, and those whose every voter has a conflict (K2, K3).
async fn voters(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &reviews::SubjectRow,
) -> Result<BTreeMap<OrganisationId, bool>, ApiError> {
    let partners = reviews::partners(tx, row.proposal_id).await?;
    let applicant = row.subject().organisation.id;
    let mut voters = BTreeMap::new();
    for voter in store::voters_today(tx, row.proposal_id, ctx.now.date()).await? {
        let id = voter.organisation_id;
        let keeps_out = voter.conflict == Some(Conflict::Hard) || voter.resolution == Some(Resolution::Recused);
        *voters.entry(id).or_insert(true) &= keeps_out;
    }
    for (id, is_recused) in &mut voters {
        *is_recused |= *id == applicant || partners.iter().any(|partner| partner.id == *id);
    }
    Ok(voters)
}

/// Puts a motion before the voters and fixes who they are (V3, V5).
///
/// # Errors
/// [`Code::WrongState`], [`Code::VoteWindowShort`], [`Code::NoVoters`], [`Code::StaleVersion`].
pub async fn open(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    actor: &Actor,
    row: &Granted<MotionRow>,
    version: i64,
    request: &OpenMotionRequest,
) -> Result<Motion, ApiError> {
    drafts_only(row)?;
    let subject = &row.on;
    let ready = matches!(subject.state, ProposalState::Scored | ProposalState::Deliberated);
    if !ready || store::open_on(tx, subject.proposal_id).await?.is_some() {
        return Err(Problem::new(Code::WrongState).with("state", subject.state).into());
    }
    let call = reviews::call(tx, subject.call_id).await?.ok_or(Code::NotFound)?;
    let min_days = call.definition()?.vote.min_business_days;
    if request.closes_at < earliest_close(ctx.now, min_days) {
        return Err(FieldError::new("/closes_at", Code::VoteWindowShort).with("min_days", min_days).into());
    }
    let voters = voters(tx, ctx, subject).await?;
    if voters.values().all(|is_recused| *is_recused) {
        return Err(Code::NoVoters.into());
    }
    store::open(tx, row.id, version, ctx.now, request.closes_at, ctx.person_id()).await?;
    store::set_voters(tx, row.id, &voters).await?;
    if subject.state == ProposalState::Scored {
        let (from, to) = (ProposalState::Scored, ProposalState::Deliberated);
        set_state(tx, subject.proposal_id, from, to).await?;
    }
    record(tx, ctx, ("motion.opened", row.id), request, None).await?;
    let row = policy::votes::motion(tx, actor, row.id).await?;
    view(tx, actor, ctx.now.date(), &row).await
}

/// Casts the organisation's ballot. The audit entry says that it was cast, never how (V4).
///
/// # Errors
/// [`Code::VoteNotOpen`], [`Code::AlreadyVoted`] (V2), [`Code::ConflictOfInterest`]; field errors.
pub async fn cast(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    actor: &Actor,
    (row, seat): &(Granted<MotionRow>, Seat),
    ballot: &BallotRequest,
) -> Result<Motion, ApiError> {
    let is_open = row.motion_state == MotionState::Open && row.closes_at.is_some_and(|closes_at| ctx.now < closes_at);
    if !is_open {
        return Err(Code::VoteNotOpen.into());
    }
    match store::voters(tx, row.id).await?.into_iter().find(|(o, _)| o.id == seat.organisation_id) {
        // Voters are fixed when the vote opens.
        None => return Err(Code::Forbidden.into()),
        Some((_, true)) => return Err(Code::ConflictOfInterest.into()),
        Some((_, false)) => {}
    }
    check(ballot.errors(seat.is_alternate))?;
    store::cast(tx, ctx.id(), row.id, seat.organisation_id, actor.person_id, ballot, ctx.now).await?;
    record(tx, ctx, ("ballot.cast", row.id), seat.organisation_id, None).await?;
    let row = policy::votes::motion(tx, actor, row.id).await?;
    view(tx, actor, ctx.now.date(), &row).await
}

/// After a conflict was found: an organisation without a voter left leaves the open vote (K3).
///
/// # Errors
/// When the database fails.
pub async fn recuse(tx: &mut Tx, ctx: &Ctx<'_>, proposal_id: ProposalId) -> Result<(), ApiError> {
    let Some(id) = store::open_on(tx, proposal_id).await? else { return Ok(()) };
    let subject = reviews::subject(tx, proposal_id).await?.ok_or(Code::NotFound)?;
    let now = voters(tx, ctx, &subject).await?;
    for (organisation, was_recused) in store::voters(tx, id).await? {
        if !was_recused && now.get(&organisation.id) == Some(&true) {
            store::recuse(tx, id, organisation.id).await?;
            record(tx, ctx, ("voter.recused", id), &organisation, None).await?;
        }
    }
    Ok(())
}

/// A motion as the actor may see it now: others' votes only after it closes (V4).
///
/// # Errors
/// When the database fails.
pub async fn view(tx: &mut Tx, actor: &Actor, today: Date, row: &Granted<MotionRow>) -> Result<Motion, ApiError> {
    let ranked = ranked::read(tx, row.on.call_id).await?;
    let (place, criteria) = ranked.row(row.on.proposal_id)?;
    let fund_id = ranked.call.fund_id;
    let position = ledger::position(tx, today, fund_id, For::Proposal(row.on.proposal_id)).await?;
    let amount = row.amount();
    // What is decided is in the position already.
    let asked = amount.filter(|_| !row.motion_state.is_closed());
    let left = match asked {
        Some(amount) => position.available().checked_sub(amount)?,
        None => position.available(),
    };
    let earmarks = match row.outcome.is_approval() {
        true => ledger::earmark_uses(tx, today, fund_id, row.on.proposal_id, asked).await?,
        false => Vec::new(),
    };
    let (recused, voters): (Vec<_>, Vec<_>) =
        store::voters(tx, row.id).await?.into_iter().partition(|(_, is_recused)| *is_recused);
    let recused: Vec<OrganisationRef> = recused.into_iter().map(|(o, _)| o).collect();
    let voters: Vec<OrganisationRef> = voters.into_iter().map(|(o, _)| o).collect();
    let mine = mine(tx, actor, row, &recused).await?;
    let result = if row.motion_state.is_closed() { Some(result(tx, row, &voters).await?) } else { None };
    Ok(Motion {
        summary: row.summary(),
        conditions: row.conditions.clone(),
        off_rank_reason: row.off_rank_reason.clone(),
        version: row.version,
        bar: MotionBar { position, amount, left, earmarks },
        row: place,
        criteria,
        min_business_days: ranked.definition.vote.min_business_days,
        voters,
        recused,
        mine,
        result,
    })
}

async fn mine(
    tx: &mut Tx,
    actor: &Actor,
    row: &MotionRow,
    recused: &[OrganisationRef],
) -> Result<Option<MyVote>, ApiError> {
    let Some(seat) = policy::votes::seat(actor) else { return Ok(None) };
    let organisation =
        actor.memberships.iter().filter_map(|m| m.organisation.clone()).find(|o| o.id == seat.organisation_id);
    let Some(organisation) = organisation else { return Ok(None) };
    let has_declared = match reviews::may_open(tx, actor, row.on.proposal_id).await {
        Ok(()) => true,
        Err(error) if error.code().is_some() => false,
        Err(error) => return Err(error),
    };
    let cast = store::ballots(tx, row.id, Some(seat.organisation_id)).await?.into_iter().next();
    Ok(Some(MyVote {
        is_alternate: seat.is_alternate,
        is_recused: recused.iter().any(|o| o.id == seat.organisation_id),
        organisation,
        has_declared,
        cast,
    }))
}

fn count(voters: &[OrganisationRef], votes: &[NamedVote]) -> Tally {
    Tally::count(u32::try_from(voters.len()).unwrap_or(u32::MAX), votes.iter().map(|vote| vote.choice))
}

async fn result(tx: &mut Tx, row: &MotionRow, voters: &[OrganisationRef]) -> Result<MotionResult, ApiError> {
    let votes = store::ballots(tx, row.id, None).await?;
    let record = store::record_of_motion(tx, row.id).await?;
    let record: Option<DecisionRecord> = record.map(|json| serde_json::from_str(&json)).transpose()?;
    Ok(MotionResult {
        tally: count(voters, &votes),
        votes,
        closed_at: row.closed_at.ok_or_else(|| ApiError::internal("a closed motion without its time"))?,
        decision: record.map(|record| record.decision),
    })
}

/// Closes every motion whose time has come, each in a transaction of its own. Running it again, or
/// twice at once, closes nothing twice. One that fails holds up none of those after it.
///
/// # Errors
/// The first failure, after all were tried; what was not closed stays due.
pub async fn close_due(app: &App) -> Result<(), ApiError> {
    let mut tx = app.db.read().await?;
    let due = store::due(&mut tx, app.clock.now(), CLOSE_BATCH).await?;
    drop(tx);
    let mut failed = None;
    for id in due {
        let ctx = app.system_ctx();
        if let Err(error) = transact!(app.db, |tx| close(tx, &ctx, id).await) {
            tracing::error!(%error, motion = %id, "a vote was not closed");
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Closes one motion if its time has come: counts (V5, V6), decides, reserves (V8), all or nothing.
async fn close(tx: &mut Tx, ctx: &Ctx<'_>, id: MotionId) -> Result<(), ApiError> {
    let Some(row) = store::get(tx, id, None).await? else { return Ok(()) };
    let is_due = row.motion_state == MotionState::Open && row.closes_at.is_some_and(|closes_at| closes_at <= ctx.now);
    if !is_due {
        return Ok(());
    }
    let (recused, voters): (Vec<_>, Vec<_>) =
        store::voters(tx, id).await?.into_iter().partition(|(_, is_recused)| *is_recused);
    let voters: Vec<OrganisationRef> = voters.into_iter().map(|(o, _)| o).collect();
    let votes = store::ballots(tx, id, None).await?;
    let tally = count(&voters, &votes);
    let result = tally.result();
    store::close(tx, id, result, ctx.now).await?;
    if result == MotionState::Carried {
        let recused = recused.into_iter().map(|(o, _)| o).collect();
        decide(tx, ctx, &row, tally, votes, recused).await?;
    }
    record(tx, ctx, ("motion.closed", id), (result, tally), None).await
}

/// Turns a carried motion into a decision: an approval reserves, or becomes contingent (V8).
async fn decide(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &MotionRow,
    tally: Tally,
    votes: Vec<NamedVote>,
    recused: Vec<OrganisationRef>,
) -> Result<(), ApiError> {
    let ranked = ranked::read(tx, row.on.call_id).await?;
    let (place, _) = ranked.row(row.on.proposal_id)?;
    let id: DecisionId = ctx.id();
    let missing = match row.amount() {
        Some(amount) if row.outcome.is_approval() => reserve(tx, ctx, &ranked, row.on.proposal_id, amount, id).await?,
        _ => None,
    };
    let decision = Decision {
        id,
        motion_id: row.id,
        proposal_id: row.on.proposal_id,
        outcome: if missing.is_some() { Outcome::ApprovedContingent } else { row.outcome },
        amount: row.amount(),
        conditions: row.conditions.clone(),
        missing,
        decided_at: ctx.now,
    };
    let full = DecisionRecord {
        motion: row.motion_number.clone(),
        proposal: row.on.subject().number,
        proposed: row.outcome,
        requested: row.on.requested(),
        off_rank_reason: row.off_rank_reason.clone(),
        rank: place.rank,
        score: place.score,
        sheets: place.sheets,
        tally,
        quorum: tally.quorum(),
        votes,
        recused,
        decision,
    };
    // Through a value, whose keys are sorted: the same record is the same bytes.
    let canonical = serde_json::to_value(&full)?.to_string();
    store::decide(tx, &full.decision, &canonical).await?;
    set_state(tx, row.on.proposal_id, ProposalState::Deliberated, ProposalState::Decided).await?;
    record(tx, ctx, ("decision.made", row.id), &full.decision, None).await
}

/// Reserves the amount, or says what is missing.
async fn reserve(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    ranked: &Ranked,
    proposal_id: ProposalId,
    amount: Money,
    source: DecisionId,
) -> Result<Option<Money>, ApiError> {
    let reserve = Reserve { fund_id: ranked.call.fund_id, call_id: ranked.call.id, proposal_id, amount, source };
    Ok(ledger::reserve(tx, ctx, reserve).await?.err().map(|shortfall| shortfall.missing))
}

/// A decision's record.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn decision(tx: &mut Tx, _may: &Granted<()>, id: DecisionId) -> Result<DecisionRecord, ApiError> {
    let record = store::record(tx, id).await?.ok_or(Code::NotFound)?;
    Ok(serde_json::from_str(&record)?)
}

/// What was decided on a proposal, without votes or names; to the applicant once it is released (V10).
///
/// # Errors
/// When the database fails.
pub async fn outcome(
    tx: &mut Tx,
    actor: &Actor,
    row: &Granted<reviews::SubjectRow>,
) -> Result<ReleasedOutcome, ApiError> {
    let is_released = !policy::votes::sees_decisions(actor);
    let decided = store::outcome(tx, row.proposal_id, is_released).await?;
    let feedback = match &decided {
        Some(_) => store::feedback(tx, row.proposal_id).await?,
        None => Vec::new(),
    };
    Ok(ReleasedOutcome {
        proposal_id: row.proposal_id,
        outcome: decided.as_ref().map(|d| d.outcome),
        amount: decided.as_ref().and_then(store::OutcomeRow::amount),
        decided_at: decided.as_ref().map(|d| d.decided_at),
        conditions: decided.map(|d| d.conditions).unwrap_or_default(),
        feedback,
    })
}
