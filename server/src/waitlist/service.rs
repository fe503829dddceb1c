//! Who is next when money frees up, and what lapses (M23).

use std::collections::BTreeMap;

use serde::Serialize;
use shared::calls::Definition;
use shared::ids::{CallId, DecisionId};
use shared::problem::{Code, Problem, check};
use shared::rates::ReasonRequest;
use shared::time::{Date, Timestamp};
use shared::waitlist::{ReserveRequest, Reserved, Waiting, Waitlist, lapses_at};

use super::store::{self, OpenRow};
use crate::app::{App, Ctx};
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::ledger::{self, For, Reserve, Sources};
use crate::http::error::ApiError;
use crate::reviews::ranked;
use crate::{audit, grants, transact};

/// A call's unsigned reservations, and its approved decisions without money in rank order; those whose
/// reservation lapsed or was given back come after those that had none yet (M23).
///
/// # Errors
/// [`Code::NotFound`] for an unknown call.
pub async fn list(tx: &mut Tx, today: Date, call: &Granted<CallId>) -> Result<Waitlist, ApiError> {
    let ranked = ranked::read(tx, **call).await?;
    let position = ledger::position(tx, today, ranked.call.fund_id, For::Call(ranked.call.id)).await?;
    let days = ranked.definition.vote.reservation_days;
    let reserved = store::reserved(tx, **call).await?.into_iter().map(|row| Reserved {
        decision_id: row.decision_id,
        proposal_id: row.proposal_id,
        amount: row.amount(),
        number: row.number,
        title: row.title,
        applicant: row.applicant,
        reserved_at: row.at,
        lapses_at: lapses_at(row.at, days),
    });
    let ranks: BTreeMap<_, _> = ranked.rows()?.into_iter().map(|row| (row.proposal.id, row.rank)).collect();
    let sources = Sources::read(tx, ranked.call.fund_id, ranked.call.id).await?;
    let rows = store::waiting(tx, **call).await?.into_iter().map(|row| {
        let grant = sources.grant(&row.country);
        Ok(Waiting {
            decision_id: row.decision_id,
            proposal_id: row.proposal_id,
            rank: ranks.get(&row.proposal_id).copied().flatten(),
            amount: row.amount(),
            shortfall: sources.position(&grant, row.proposal_id, today)?.shortfall(row.amount()),
            number: row.number,
            title: row.title,
            applicant: row.applicant,
            decided_at: row.at,
            given_back_at: row.given_back_at,
            is_next: false,
        })
    });
    let mut waiting = rows.collect::<Result<Vec<Waiting>, ApiError>>()?;
    waiting.sort_by_key(|row| (row.given_back_at.is_some(), row.rank.is_none(), row.rank, row.decided_at));
    // Who cannot be served does not hold up who comes after.
    let next = waiting.iter().position(|row| row.shortfall.is_none()).unwrap_or_default();
    if let Some(row) = waiting.get_mut(next) {
        row.is_next = true;
    }
    Ok(Waitlist { position, reserved: reserved.collect(), waiting })
}

/// Reserves for a decision that waits.
///
/// # Errors
/// [`Code::WrongState`] when it does not wait, [`Code::InsufficientHeadroom`] or
/// [`Code::EnvelopeExceeded`] with what is missing; a field error when the reason for not taking the
/// next in rank order is missing.
pub async fn reserve(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    call: &Granted<CallId>,
    id: DecisionId,
    request: &ReserveRequest,
) -> Result<Waitlist, ApiError> {
    let waitlist = list(tx, ctx.now.date(), call).await?;
    let row = waitlist.waiting.iter().find(|row| row.decision_id == id).ok_or(Code::WrongState)?;
    check(request.errors(row.is_next))?;
    let fund_id = ranked::read(tx, **call).await?.call.fund_id;
    let reserve = Reserve { fund_id, call_id: **call, proposal_id: row.proposal_id, amount: row.amount, source: id };
    if let Err(short) = ledger::reserve(tx, ctx, reserve).await? {
        return Err(Problem::new(short.code).with("missing", short.missing).into());
    }
    let reason = request.reason.trim();
    record(tx, ctx, ("reservation.made", id), row, (!reason.is_empty()).then_some(reason)).await?;
    list(tx, ctx.now.date(), call).await
}

/// Gives an unsigned reservation back.
///
/// # Errors
/// [`Code::WrongState`] when there is none, field errors.
pub async fn release(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    call: &Granted<CallId>,
    id: DecisionId,
    request: &ReasonRequest,
) -> Result<Waitlist, ApiError> {
    check(request.errors())?;
    let before = list(tx, ctx.now.date(), call).await?;
    let row = before.reserved.iter().find(|row| row.decision_id == id).ok_or(Code::WrongState)?;
    let reason = Some(request.reason.trim());
    ledger::release(tx, ctx, id).await?;
    record(tx, ctx, ("reservation.released", id), row, reason).await?;
    grants::service::void(tx, ctx, id, reason).await?;
    list(tx, ctx.now.date(), call).await
}

/// Gives back every reservation whose call's days are over without a signed agreement, each in a
/// transaction of its own: one that fails holds up no other. Running it again lapses nothing twice.
///
/// # Errors
/// The first failure, after all were tried; what did not lapse stays due.
pub async fn lapse_due(app: &App) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    // No call gives less than a day.
    let open = store::older(&mut tx, now.plus(chrono::Duration::days(-1))).await?;
    drop(tx);
    let mut failed = None;
    for row in open {
        let lapsed = match is_due(&row, now) {
            Ok(true) => {
                let ctx = app.system_ctx();
                transact!(app.db, |tx| lapse(tx, &ctx, &row).await)
            }
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        match lapsed {
            // Signed or given back since it was read.
            Err(error) if error.code() == Some(Code::WrongState) => {}
            Err(error) => {
                tracing::error!(%error, decision = %row.decision_id, "a reservation did not lapse");
                failed.get_or_insert(error);
            }
            Ok(()) => {}
        }
    }
    failed.map_or(Ok(()), Err)
}

fn is_due(row: &OpenRow, now: Timestamp) -> Result<bool, ApiError> {
    let definition: Definition = serde_json::from_str(&row.definition)?;
    Ok(lapses_at(row.at, definition.vote.reservation_days) <= now)
}

async fn lapse(tx: &mut Tx, ctx: &Ctx<'_>, row: &OpenRow) -> Result<(), ApiError> {
    ledger::release(tx, ctx, row.decision_id).await?;
    record(tx, ctx, ("reservation.lapsed", row.decision_id), &row.at, None).await?;
    grants::service::void(tx, ctx, row.decision_id, None).await
}

async fn record(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (action, id): (&str, DecisionId),
    after: &impl Serialize,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    let entry = audit::Entry { action, kind: "decision", id: id.0, before: None::<()>, after: Some(after), reason };
    audit::record(tx, ctx, entry).await
}
