//! Assigning, declaring, scoring, unblinding.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use shared::fraction::Fraction;
use shared::ids::{CallId, DeclarationId, PersonId, ProposalId};
use shared::problem::{Code, FieldError, Problem, check};
use shared::proposals::ProposalState;
use shared::reviews::{
    ASSIGN_MAX, AssignRequest, Assigned, AssignedProposal, Assignments, Conflict, ConflictCheck, Declaration,
    DeclareRequest, MyReview, MyReviews, OpenSheet, Ranking, RankingQuery, Resolution, ResolveRequest, ReviewState,
    Scores, Sheet, SheetSaved, SheetView, UnblindRequest,
};
use shared::time::{Date, Timestamp};

use super::ranked::{self, Ranked};
use super::store::{self, MyRow, NewReview, ReviewRow, Span, SubjectRow};
use crate::app::Ctx;
use crate::audit;
use crate::auth::actor::Actor;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::ledger::{self, For};
use crate::http::error::ApiError;
use crate::proposals::store::set_state;

/// The most proposals of one call that assigning looks at.
const CALL_MAX: i64 = 10_000;

async fn record(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (action, kind, id): (&str, &str, uuid::Uuid),
    after: impl Serialize,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    audit::record(tx, ctx, audit::Entry { action, kind, id, before: None::<()>, after: Some(after), reason }).await
}

/// The actor's own assignments.
///
/// # Errors
/// When the database fails.
pub async fn my_reviews(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<ReviewState>,
    after: Option<&str>,
) -> Result<MyReviews, ApiError> {
    let after = after.and_then(|key| {
        let (date, id) = key.split_once('_')?;
        Some((shared::time::Date::parse(date).ok()?, id.parse().ok()?))
    });
    let counts = store::my_counts(tx, actor.person_id).await?;
    let mut rows = store::my_reviews(tx, actor.person_id, state, after, PAGE + 1).await?;
    let next = next_page(&mut rows, PAGE, |row| format!("{}_{}", row.due_on, row.id));
    let items = rows.into_iter().map(my_review).collect::<Result<_, _>>()?;
    Ok(MyReviews { counts, items, next })
}

fn my_review(row: MyRow) -> Result<MyReview, ApiError> {
    let definition: shared::calls::Definition = serde_json::from_str(&row.definition)?;
    Ok(MyReview {
        id: row.id,
        proposal: row.on.subject(),
        call: shared::reviews::CallRef {
            id: row.on.call_id,
            code: row.call_code,
            title_en: row.call_title_en,
            title_fr: row.call_title_fr,
        },
        state: row.review_state,
        due_on: row.due_on,
        scored: row.scored,
        criteria: i64::try_from(definition.rubric.criteria.len()).unwrap_or(i64::MAX),
    })
}

/// The proposals of a call with their reviewers, conflicts and who is excluded.
///
/// # Errors
/// [`Code::NotFound`] for an unknown call.
pub async fn assignments(
    tx: &mut Tx,
    now: Timestamp,
    call_id: CallId,
    after: Option<&str>,
) -> Result<Assignments, ApiError> {
    let call = store::call(tx, call_id).await?.ok_or(Code::NotFound)?;
    let rules = call.definition()?.review;
    let after = after.unwrap_or_default();
    let mut rows = store::assignable(tx, call_id, after, PAGE + 1).await?;
    let next = next_page(&mut rows, PAGE, |row| row.subject().number);
    let last = rows.last().map(|row| row.subject().number).unwrap_or_default();
    let span = Span { call_id, after, last: &last };
    let mut reviewers = by_proposal(store::assignments(tx, span).await?);
    let mut conflicts = by_proposal(store::conflicts(tx, span).await?);
    let mut excluded = by_proposal(store::excluded(tx, span, now.date()).await?);
    let item = |row: SubjectRow| AssignedProposal {
        proposal: row.subject(),
        state: row.state,
        reviewers: reviewers.remove(&row.proposal_id).unwrap_or_default(),
        conflicts: conflicts.remove(&row.proposal_id).unwrap_or_default(),
        excluded: excluded.remove(&row.proposal_id).unwrap_or_default(),
    };
    Ok(Assignments {
        call: call.reference(),
        min_sheets: rules.min_sheets,
        min_tag_sheets: rules.min_tag_sheets,
        candidates: store::candidates(tx, now.date()).await?,
        items: rows.into_iter().map(item).collect(),
        next,
    })
}

fn by_proposal<T>(rows: Vec<(ProposalId, T)>) -> BTreeMap<ProposalId, Vec<T>> {
    let mut map: BTreeMap<ProposalId, Vec<T>> = BTreeMap::new();
    for (proposal, row) in rows {
        map.entry(proposal).or_default().push(row);
    }
    map
}

/// Assigns each reviewer to each proposal; one conflict refuses all, and names itself (K2).
///
/// # Errors
/// Field errors; [`Code::ConflictOfInterest`]; [`Code::WrongState`] for a proposal that is not
/// screened, under review or scored.
pub async fn assign(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _may: &Granted<()>,
    call_id: CallId,
    request: &AssignRequest,
) -> Result<Assigned, ApiError> {
    check(assign_errors(request))?;
    let known = store::assignable(tx, call_id, "", CALL_MAX).await?;
    let candidates = store::candidates(tx, ctx.now.date()).await?;
    let last = known.last().map(|row| row.subject().number).unwrap_or_default();
    let span = Span { call_id, after: "", last: &last };
    let excluded: BTreeSet<_> = store::excluded(tx, span, ctx.now.date()).await?.into_iter().collect();

    let mut errors = Vec::new();
    let mut conflicts = Vec::new();
    let mut reviews = Vec::new();
    let mut started = Vec::new();
    for (i, proposal_id) in request.proposal_ids.iter().enumerate() {
        let Some(row) = known.iter().find(|row| row.proposal_id == *proposal_id) else {
            errors.push(FieldError::new(format!("/proposal_ids/{i}"), Code::NotAChoice));
            continue;
        };
        if !matches!(row.state, ProposalState::Screened | ProposalState::InReview | ProposalState::Scored) {
            return Err(Problem::new(Code::WrongState).with("state", row.state).into());
        }
        if row.state != ProposalState::InReview && !started.iter().any(|s: &&SubjectRow| s.proposal_id == *proposal_id)
        {
            started.push(row);
        }
        for (j, reviewer_id) in request.reviewer_ids.iter().enumerate() {
            let Some(candidate) = candidates.iter().find(|c| c.id == *reviewer_id) else {
                errors.push(FieldError::new(format!("/reviewer_ids/{j}"), Code::NotAChoice));
                continue;
            };
            if excluded.contains(&(*proposal_id, *reviewer_id)) {
                let error = FieldError::new(format!("/reviewer_ids/{j}"), Code::ConflictOfInterest);
                conflicts.push(error.with("proposal", row.subject().number).with("reviewer", &candidate.name));
            }
            reviews.push(NewReview {
                id: ctx.id(),
                proposal_id: *proposal_id,
                reviewer_id: *reviewer_id,
                is_tag: candidate.is_tag,
            });
        }
    }
    check(errors)?;
    if !conflicts.is_empty() {
        return Err(Problem { errors: conflicts, ..Problem::new(Code::ConflictOfInterest) }.into());
    }
    let added = store::assign(tx, &reviews, request.due_on, ctx.person_id(), ctx.now).await?;
    start_review(tx, ctx, &started).await?;
    record(tx, ctx, ("reviews.assigned", "call", call_id.0), request, None).await?;
    Ok(Assigned { added: i64::try_from(added).unwrap_or(i64::MAX) })
}

fn assign_errors(request: &AssignRequest) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (pointer, n) in [("/proposal_ids", request.proposal_ids.len()), ("/reviewer_ids", request.reviewer_ids.len())] {
        if n == 0 {
            errors.push(FieldError::new(pointer, Code::Required));
        } else if n > ASSIGN_MAX {
            errors.push(FieldError::new(pointer, Code::TooLong).with("max", ASSIGN_MAX));
        }
    }
    errors
}

/// Proposals that get a reviewer are under review; scored ones go back there (S7, S11).
async fn start_review(tx: &mut Tx, ctx: &Ctx<'_>, rows: &[&SubjectRow]) -> Result<(), ApiError> {
    let ids: Vec<ProposalId> = rows.iter().map(|row| row.proposal_id).collect();
    store::start_review(tx, &ids, ctx.now).await
}

/// What the actor needs to know to declare.
///
/// # Errors
/// When the database fails.
pub async fn conflict_check(tx: &mut Tx, actor: &Actor, row: &Granted<SubjectRow>) -> Result<ConflictCheck, ApiError> {
    let id = row.proposal_id;
    Ok(ConflictCheck {
        proposal: row.subject(),
        partners: store::partners(tx, id).await?,
        own: store::own_declaration(tx, actor.person_id, id).await?,
        is_found: store::is_found(tx, actor, id).await?,
        review_id: store::review_of(tx, actor.person_id, id).await?.map(|(review_id, _)| review_id),
    })
}

/// Declares for the actor (K1) and draws the consequences: an assignment is accepted, recused or
/// void, and an organisation without a voter left leaves an open vote.
///
/// # Errors
/// Field errors; [`Code::ConflictOfInterest`] when a hard conflict is known already.
pub async fn declare(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    actor: &Actor,
    row: &Granted<SubjectRow>,
    request: &DeclareRequest,
) -> Result<ConflictCheck, ApiError> {
    check(request.errors())?;
    let known = conflict_check(tx, actor, row).await?;
    let stands = known.is_found || known.own.as_ref().is_some_and(store::keeps_out);
    if stands && request.conflict != Conflict::Hard {
        return Err(Code::ConflictOfInterest.into());
    }
    let id = row.proposal_id;
    let declaration_id: DeclarationId = ctx.id();
    store::declare(tx, declaration_id, actor.person_id, id, request, ctx.now).await?;
    record(tx, ctx, ("conflict.declared", "proposal", id.0), request, None).await?;
    apply(tx, ctx, actor.person_id, row, request.conflict).await?;
    conflict_check(tx, actor, row).await
}

/// Moves the person's review as the conflict says; too few sheets lead back to review (S11).
async fn apply(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    person_id: PersonId,
    row: &SubjectRow,
    conflict: Conflict,
) -> Result<(), ApiError> {
    let id = row.proposal_id;
    if let Some((review_id, state)) = store::review_of(tx, person_id, id).await?
        && let Some(to) = state.declared(conflict)
    {
        store::set_review_state(tx, review_id, to).await?;
        record(tx, ctx, ("review.moved", "review", review_id.0), to, None).await?;
        if to == ReviewState::Void
            && row.state == ProposalState::Scored
            && !ranked::read(tx, row.call_id).await?.has_minimum(id)
        {
            set_state(tx, id, ProposalState::Scored, ProposalState::InReview).await?;
            record(tx, ctx, ("proposal.back_in_review", "proposal", id.0), ProposalState::InReview, None).await?;
        }
    }
    if conflict == Conflict::Hard {
        crate::votes::service::recuse(tx, ctx, id).await?;
    }
    Ok(())
}

/// Allows or recuses a person with a soft conflict (K3).
///
/// # Errors
/// [`Code::NotFound`]; [`Code::WrongState`] for another than a soft conflict;
/// [`Code::SeparationOfDuties`] for one's own; [`Code::ReasonRequired`].
pub async fn resolve(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _may: &Granted<()>,
    id: DeclarationId,
    request: &ResolveRequest,
) -> Result<Declaration, ApiError> {
    let (declaration, proposal_id) = store::declaration(tx, id).await?.ok_or(Code::NotFound)?;
    if declaration.conflict != Conflict::Soft {
        return Err(Problem::new(Code::WrongState).with("state", declaration.conflict).into());
    }
    if ctx.person_id() == Some(declaration.person_id) {
        return Err(Code::SeparationOfDuties.into());
    }
    let reason = request.reason.trim();
    if reason.is_empty() {
        return Err(FieldError::new("/reason", Code::ReasonRequired).into());
    }
    store::resolve(tx, id, request.resolution, reason, ctx.person_id()).await?;
    record(tx, ctx, ("conflict.resolved", "proposal", proposal_id.0), request.resolution, Some(reason)).await?;
    if request.resolution == Resolution::Recused {
        let row = store::subject(tx, proposal_id).await?.ok_or(Code::NotFound)?;
        apply(tx, ctx, declaration.person_id, &row, Conflict::Hard).await?;
    }
    let (declaration, _) = store::declaration(tx, id).await?.ok_or(Code::NotFound)?;
    Ok(declaration)
}

/// A sheet, for its author.
///
/// # Errors
/// When the database fails.
pub async fn sheet_view(tx: &mut Tx, row: &Granted<ReviewRow>) -> Result<SheetView, ApiError> {
    let call = store::call(tx, row.on.call_id).await?.ok_or(Code::NotFound)?;
    let definition = call.definition()?;
    let scale_max = definition.rubric.scale_max;
    Ok(SheetView {
        id: row.id,
        proposal: row.on.subject(),
        call: call.reference(),
        state: row.review_state,
        due_on: row.due_on,
        rubric: definition.rubric,
        rules: definition.review,
        sheet: store::sheet(tx, row).await?,
        version: row.version,
        total: row.points.and_then(|points| Fraction::new(points, scale_max)),
        submitted_at: row.sheet_submitted_at,
        next_id: store::next_review(tx, row.reviewer_id, row.id).await?,
    })
}

/// Whether the sheet can still be written: it is not submitted, and the proposal is under review.
fn writable(row: &ReviewRow) -> Result<(), ApiError> {
    if row.review_state != ReviewState::Accepted {
        return Err(Problem::new(Code::WrongState).with("state", row.review_state).into());
    }
    if row.on.state != ProposalState::InReview {
        return Err(Problem::new(Code::WrongState).with("state", row.on.state).into());
    }
    Ok(())
}

/// Keeps a draft.
///
/// # Errors
/// Field errors; [`Code::WrongState`]; [`Code::StaleVersion`].
pub async fn save_sheet(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ReviewRow>,
    version: i64,
    sheet: &Sheet,
) -> Result<SheetSaved, ApiError> {
    writable(row)?;
    let definition = store::call(tx, row.on.call_id).await?.ok_or(Code::NotFound)?.definition()?;
    check(sheet.draft_errors(&definition.rubric, row.on.requested()))?;
    store::write_sheet(tx, row.id, version, sheet, None, ctx.now).await?;
    Ok(SheetSaved { version: version + 1, saved_at: ctx.now })
}

/// Submits a sheet. The audit entry says that it was, never what it says (S8).
///
/// # Errors
/// Field errors (S2, S6); [`Code::WrongState`]; [`Code::StaleVersion`].
pub async fn submit_sheet(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: &Granted<ReviewRow>,
    version: i64,
    sheet: &Sheet,
) -> Result<(), ApiError> {
    writable(row)?;
    let call = store::call(tx, row.on.call_id).await?.ok_or(Code::NotFound)?;
    let definition = call.definition()?;
    check(sheet.errors(&definition.rubric, &definition.review, row.on.requested()))?;
    let points = sheet.points(&definition.rubric).ok_or(Code::ScoreMissing)?;
    store::write_sheet(tx, row.id, version, sheet, Some(points), ctx.now).await?;
    record(tx, ctx, ("review.submitted", "review", row.id.0), ReviewState::Submitted, None).await?;
    // After unblinding, the sheet that was missing completes the proposal (S7, S11).
    if call.unblinded_at.is_some() && ranked::read(tx, row.on.call_id).await?.has_minimum(row.on.proposal_id) {
        let (from, to) = (ProposalState::InReview, ProposalState::Scored);
        set_state(tx, row.on.proposal_id, from, to).await?;
    }
    Ok(())
}

/// The ranking as it may be seen now. Ranks and sums are over the whole call, whatever the filter.
///
/// # Errors
/// When the database fails.
pub async fn ranking(tx: &mut Tx, today: Date, ranked: &Ranked, query: &RankingQuery) -> Result<Ranking, ApiError> {
    let call = &ranked.call;
    let rows = ranked.rows()?;
    let countries: BTreeSet<String> = rows.iter().map(|row| row.proposal.country.clone()).collect();
    let start: usize = query.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
    let size = usize::try_from(shared::endpoint::PAGE_MAX).unwrap_or_default();
    let kept = rows.into_iter().filter(|row| query.keeps(row));
    let mut items: Vec<_> = kept.skip(start).take(size + 1).collect();
    let next = (items.len() > size).then(|| (start + size).to_string());
    items.truncate(size);
    Ok(Ranking {
        call: call.reference(),
        unblinded_at: call.unblinded_at,
        readiness: ranked.readiness(),
        fundable_min: ranked.definition.review.fundable_min,
        min_sheets: ranked.definition.review.min_sheets,
        position: ledger::position(tx, today, call.fund_id, For::Call(call.id)).await?,
        countries: countries.into_iter().collect(),
        items,
        next,
    })
}

/// Unblinds a call's sheets (S9): all are in, or each proposal has the minimum and there is a reason.
///
/// # Errors
/// [`Code::WrongState`], [`Code::SheetsMissing`], [`Code::ReasonRequired`].
pub async fn unblind(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _may: &Granted<()>,
    call_id: CallId,
    request: &UnblindRequest,
) -> Result<Ranking, ApiError> {
    let ranked = ranked::read(tx, call_id).await?;
    if !ranked.is_blind() {
        return Err(Code::WrongState.into());
    }
    let readiness = ranked.readiness();
    if !readiness.has_minimum() {
        let problem = Problem::new(Code::SheetsMissing).with("have", readiness.with_minimum);
        return Err(problem.with("need", readiness.proposals).into());
    }
    let reason = request.reason.trim();
    if !readiness.is_complete() && reason.is_empty() {
        return Err(FieldError::new("/reason", Code::ReasonRequired).into());
    }
    store::unblind(tx, call_id, ctx.now).await?;
    store::move_all(tx, call_id, ProposalState::InReview, ProposalState::Scored, ctx.now).await?;
    record(tx, ctx, ("call.unblinded", "call", call_id.0), readiness, Some(reason)).await?;
    let ranked = ranked::read(tx, call_id).await?;
    ranking(tx, ctx.now.date(), &ranked, &RankingQuery::default()).await
}

/// A proposal's sheets, means and place.
///
/// # Errors
/// [`Code::WrongState`] while blind (S8).
pub async fn scores(tx: &mut Tx, row: &Granted<SubjectRow>) -> Result<Scores, ApiError> {
    let ranked = ranked::read(tx, row.call_id).await?;
    if ranked.is_blind() {
        return Err(Code::WrongState.into());
    }
    let (place, criteria) = ranked.row(row.proposal_id)?;
    let scale_max = ranked.definition.rubric.scale_max;
    let sheets = store::open_sheets(tx, row.proposal_id).await?;
    let open = |(reviewer, is_tag, points, sheet)| {
        Fraction::new(points, scale_max).map(|total| OpenSheet { reviewer, is_tag, sheet, total })
    };
    Ok(Scores {
        proposal: row.subject(),
        call: ranked.call.reference(),
        rubric: ranked.definition.rubric,
        row: place,
        criteria,
        sheets: sheets.into_iter().filter_map(open).collect(),
    })
}
