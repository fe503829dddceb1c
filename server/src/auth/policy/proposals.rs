//! Rights on proposals.
//!
//! An applicant's own people read and write the working copy. Everybody else knows of a proposal
//! only once it is submitted, as far as the rights table reaches, and reads submitted versions.

use shared::ids::{OrganisationId, PersonId, ProposalId};
use shared::permission::{Permission, Scope};
use shared::problem::Code;

use super::Granted;
use super::votes::sees_decisions;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::http::error::ApiError;
use crate::proposals::store::{self, ProposalRow};
use crate::reviews;

/// How much of a budget somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetView {
    /// What is requested, no more.
    Requested,
    /// The sums.
    Totals,
    /// Every line.
    Lines,
}

/// A proposal that may be read.
#[derive(Debug)]
pub struct Readable {
    /// The proposal.
    pub row: ProposalRow,
    /// Whether the reader writes for the applicant, and so reads the working copy.
    pub is_own: bool,
    /// How much of the budget is shown.
    pub budget: BudgetView,
}

/// Whose proposals a list may show.
#[derive(Debug)]
pub struct Visible {
    /// Organisations whose proposals the caller writes: drafts too.
    pub own: Vec<OrganisationId>,
    /// Organisations whose submitted proposals the caller may know of.
    pub endorsed: Vec<OrganisationId>,
    /// A reviewer sees what is assigned.
    pub assigned_to: Option<PersonId>,
    /// Everything that was submitted.
    pub all_submitted: bool,
    /// Decided ones as such before their results are released (V10).
    pub sees_decisions: bool,
}

/// The organisations for which a role of the actor gives a right over their own things.
pub(super) fn own(actor: &Actor, permission: Permission) -> Vec<OrganisationId> {
    actor
        .memberships
        .iter()
        .filter(|m| m.role.scope(permission) == Scope::Own)
        .filter_map(|m| m.organisation.as_ref().map(|o| o.id))
        .collect()
}

/// What a list may show to the actor.
///
/// # Errors
/// [`Code::Forbidden`] for those who may see no proposal at all.
pub fn list(actor: &Actor) -> Result<Granted<Visible>, ApiError> {
    let scope = actor.scope(Permission::ReadProposal);
    if scope == Scope::Nothing {
        return Err(Code::Forbidden.into());
    }
    let own_written = own(actor, Permission::WriteProposal);
    let endorsed = own(actor, Permission::ReadProposal).into_iter().filter(|id| !own_written.contains(id)).collect();
    let is_reviewer = actor.roles().any(|role| role.scope(Permission::ReadProposal) == Scope::Assigned);
    Ok(Granted::new(Visible {
        own: own_written,
        endorsed,
        assigned_to: is_reviewer.then_some(actor.person_id),
        all_submitted: scope >= Scope::Limited,
        sees_decisions: sees_decisions(actor),
    }))
}

/// A proposal that the actor may know of; its content may still need a declaration (K1).
///
/// # Errors
/// [`Code::NotFound`] otherwise.
pub async fn known(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<Readable>, ApiError> {
    let mut row = store::get(tx, id).await?.ok_or(Code::NotFound)?;
    if !sees_decisions(actor) {
        row.hide_unreleased();
    }
    let is_own = own(actor, Permission::WriteProposal).contains(&row.organisation_id);
    if is_own {
        return Ok(Granted::new(Readable { row, is_own, budget: BudgetView::Lines }));
    }
    let is_endorsed = own(actor, Permission::ReadProposal).contains(&row.organisation_id);
    let scope = actor.scope(Permission::ReadProposal);
    let reaches = scope >= Scope::Limited
        || is_endorsed
        || (actor.roles().any(|role| role.scope(Permission::ReadProposal) == Scope::Assigned)
            && store::is_assigned(tx, id, actor.person_id).await?);
    if row.number.is_none() || !reaches {
        return Err(Code::NotFound.into());
    }
    let budget = if actor.scope(Permission::ReadBudget) == Scope::All {
        BudgetView::Lines
    } else if scope == Scope::Limited {
        BudgetView::Requested
    } else {
        BudgetView::Totals
    };
    Ok(Granted::new(Readable { row, is_own, budget }))
}

/// A proposal whose content the actor may open: those who must declare have done so (K1), without
/// a hard conflict (K2).
///
/// # Errors
/// [`Code::NotFound`], [`Code::DeclarationRequired`], [`Code::ConflictOfInterest`].
pub async fn read(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<Readable>, ApiError> {
    let readable = known(tx, actor, id).await?;
    if !readable.is_own {
        reviews::store::may_open(tx, actor, id).await?;
    }
    Ok(readable)
}

/// A proposal of an organisation that the actor writes for.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Forbidden`] for those who may know of it but not write it.
pub async fn write(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<ProposalRow>, ApiError> {
    let readable = known(tx, actor, id).await?.into_inner();
    if readable.is_own { Ok(Granted::new(readable.row)) } else { Err(Code::Forbidden.into()) }
}

/// Proof that the actor writes proposals for an organisation.
///
/// # Errors
/// [`Code::Forbidden`] for those who write none; [`Code::NotFound`] for another organisation.
pub fn create(actor: &Actor, organisation: OrganisationId) -> Result<Granted<OrganisationId>, ApiError> {
    super::require(actor, Permission::WriteProposal)?;
    if own(actor, Permission::WriteProposal).contains(&organisation) {
        Ok(Granted::new(organisation))
    } else {
        Err(Code::NotFound.into())
    }
}

/// A submitted proposal, for whoever screens.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Forbidden`] for those who may know of it but not screen.
pub async fn screen(tx: &mut Tx, actor: &Actor, id: ProposalId) -> Result<Granted<ProposalRow>, ApiError> {
    let readable = known(tx, actor, id).await?.into_inner();
    super::require(actor, Permission::ScreenProposal)?;
    if readable.row.number.is_some() { Ok(Granted::new(readable.row)) } else { Err(Code::NotFound.into()) }
}
