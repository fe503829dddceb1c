//! Rights on motions, votes and decisions.

use shared::ids::{CallId, DecisionId, MotionId, ProposalId};
use shared::permission::{Permission, Role, Scope};
use shared::problem::Code;
use shared::proposals::ProposalState;
use shared::votes::Seat;

use super::Granted;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::http::error::ApiError;
use crate::reviews::store::SubjectRow;
use crate::votes::store::{self, MotionRow};

/// The organisation that the actor votes for: as its primary if they are one, else as its alternate.
#[must_use]
pub fn seat(actor: &Actor) -> Option<Seat> {
    let seats = actor.memberships.iter().filter(|m| m.role == Role::SteeringVoter).filter_map(|m| {
        let organisation_id = m.organisation.as_ref()?.id;
        Some(Seat { organisation_id, is_alternate: m.is_alternate })
    });
    seats.min_by_key(|seat| seat.is_alternate)
}

/// Motions and decision records, with the votes once closed.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn read_all(actor: &Actor) -> Result<Granted<()>, ApiError> {
    if sees_decisions(actor) { Ok(Granted::new(())) } else { Err(Code::Forbidden.into()) }
}

/// Whether somebody sees decisions before they are released to the applicants (V10).
#[must_use]
pub fn sees_decisions(actor: &Actor) -> bool {
    actor.scope(Permission::ReadVotes) == Scope::All
}

/// A motion, for those who see motions.
///
/// # Errors
/// [`Code::Forbidden`], [`Code::NotFound`].
pub async fn motion(tx: &mut Tx, actor: &Actor, id: MotionId) -> Result<Granted<MotionRow>, ApiError> {
    read_all(actor)?;
    let seat = seat(actor).map(|seat| seat.organisation_id);
    Ok(Granted::new(store::get(tx, id, seat).await?.ok_or(Code::NotFound)?))
}

/// A motion that the actor writes or opens.
///
/// # Errors
/// [`Code::Forbidden`], [`Code::NotFound`].
pub async fn write(tx: &mut Tx, actor: &Actor, id: MotionId) -> Result<Granted<MotionRow>, ApiError> {
    super::require(actor, Permission::WriteMotion)?;
    motion(tx, actor, id).await
}

/// A motion on which the actor votes, and for whom.
///
/// # Errors
/// [`Code::Forbidden`], [`Code::NotFound`]; [`Code::DeclarationRequired`], [`Code::ConflictOfInterest`].
pub async fn vote(tx: &mut Tx, actor: &Actor, id: MotionId) -> Result<(Granted<MotionRow>, Seat), ApiError> {
    super::require(actor, Permission::Vote)?;
    let seat = seat(actor).ok_or(Code::Forbidden)?;
    let row = motion(tx, actor, id).await?;
    crate::reviews::store::may_open(tx, actor, row.on.proposal_id).await?;
    Ok((row, seat))
}

/// A proposal whose released outcome the actor may see: their organisation's own, or all.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn outcome(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<SubjectRow>, ApiError> {
    let row = crate::reviews::store::subject(tx, id).await?.ok_or(Code::NotFound)?;
    let may_know = match actor.scope(Permission::ReadVotes) {
        Scope::All => row.state != ProposalState::Draft,
        Scope::Own => actor.organisations(Permission::ReadVotes).contains(&row.subject().organisation.id),
        _ => false,
    };
    if may_know { Ok(Granted::new(row)) } else { Err(Code::NotFound.into()) }
}

/// A call whose unsigned reservations and waitlist the actor may see: they follow from its ranking.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn waitlist(actor: &Actor, id: CallId) -> Result<Granted<CallId>, ApiError> {
    if actor.scope(Permission::ReadScores) == Scope::All { Ok(Granted::new(id)) } else { Err(Code::Forbidden.into()) }
}

/// The call of a decision that the actor reserves for, or whose reservation they give back.
///
/// # Errors
/// [`Code::Forbidden`], [`Code::NotFound`].
pub async fn award(tx: &mut Tx, actor: &Actor, id: DecisionId) -> Result<Granted<CallId>, ApiError> {
    super::require(actor, Permission::WriteAgreement)?;
    crate::waitlist::store::call_of(tx, id).await?.map(Granted::new).ok_or_else(|| Code::NotFound.into())
}
