//! Rights on declarations, sheets and scores.

use shared::ids::{ProposalId, ReviewId};
use shared::permission::{Permission, Role, Scope};
use shared::problem::{Code, Problem};
use shared::proposals::ProposalState;
use shared::reviews::ReviewState;

use super::Granted;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::http::error::ApiError;
use crate::reviews::store::{self, ReviewRow, SubjectRow};

/// A sheet to its author alone (S8), once they have declared without a conflict (K1).
///
/// # Errors
/// [`Code::NotFound`] for everybody else; [`Code::DeclarationRequired`], [`Code::ConflictOfInterest`].
pub async fn own_sheet(tx: &mut Tx, actor: &Actor, id: ReviewId) -> Result<Granted<ReviewRow>, ApiError> {
    super::require(actor, Permission::WriteSheet)?;
    let row = store::review(tx, id).await?.filter(|row| row.reviewer_id == actor.person_id).ok_or(Code::NotFound)?;
    match row.review_state {
        // The page goes on to the declaration.
        ReviewState::Assigned => {
            Err(Problem::new(Code::DeclarationRequired).with("proposal_id", row.on.proposal_id).into())
        }
        ReviewState::Recused | ReviewState::Void => Err(Code::ConflictOfInterest.into()),
        ReviewState::Accepted | ReviewState::Submitted => {
            store::may_open(tx, actor, row.on.proposal_id).await?;
            Ok(Granted::new(row))
        }
    }
}

/// A proposal on which the actor may declare: reviewers on what is assigned to them, others on
/// whatever was submitted.
///
/// # Errors
/// [`Code::Forbidden`], [`Code::NotFound`].
pub async fn declarable(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<SubjectRow>, ApiError> {
    super::require(actor, Permission::Declare)?;
    let row = store::subject(tx, id).await?.ok_or(Code::NotFound)?;
    let widest =
        actor.roles().filter(|role| role.scope(Permission::Declare) > Scope::Nothing && *role != Role::Reviewer);
    let may_know = if widest.count() > 0 {
        !matches!(row.state, ProposalState::Draft)
    } else {
        store::review_of(tx, actor.person_id, id).await?.is_some()
    };
    if may_know { Ok(Granted::new(row)) } else { Err(Code::NotFound.into()) }
}

/// A proposal whose scores the actor may see once they are unblinded: reviewers only where their own
/// sheet is in, and nobody with a conflict.
///
/// # Errors
/// [`Code::Forbidden`], [`Code::NotFound`]; [`Code::DeclarationRequired`], [`Code::ConflictOfInterest`].
pub async fn scores(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<SubjectRow>, ApiError> {
    super::require(actor, Permission::ReadScores)?;
    let row = store::subject(tx, id).await?.filter(|row| row.state != ProposalState::Draft).ok_or(Code::NotFound)?;
    if actor.scope(Permission::ReadScores) < Scope::All {
        let own = store::review_of(tx, actor.person_id, id).await?;
        if own.is_none_or(|(_, state)| state != ReviewState::Submitted) {
            return Err(Code::NotFound.into());
        }
    }
    store::may_open(tx, actor, id).await?;
    Ok(Granted::new(row))
}

/// The ranking, and whatever goes over all proposals of a call, is for those who see all scores.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn ranking(actor: &Actor) -> Result<Granted<()>, ApiError> {
    if actor.scope(Permission::ReadScores) == Scope::All { Ok(Granted::new(())) } else { Err(Code::Forbidden.into()) }
}
