//! Rights on concept notes, as on proposals: an applicant's own people read and write drafts, everybody
//! else knows of a note only once it is submitted, as far as the rights table reaches.

use shared::ids::{ConceptId, OrganisationId};
use shared::permission::{Permission, Scope};
use shared::problem::Code;

use super::Granted;
use super::proposals::own;
use crate::auth::actor::Actor;
use crate::concepts::store::{self, ConceptRow};
use crate::db::Tx;
use crate::http::error::ApiError;

/// A note that may be read.
#[derive(Debug)]
pub struct Readable {
    /// The note.
    pub row: ConceptRow,
    /// Whether the reader writes for the applicant.
    pub is_own: bool,
}

/// Whose notes a list may show.
#[derive(Debug)]
pub struct Visible {
    /// Organisations whose notes the caller writes: drafts too.
    pub own: Vec<OrganisationId>,
    /// Organisations whose submitted notes the caller may know of.
    pub endorsed: Vec<OrganisationId>,
    /// Everything that was submitted.
    pub all_submitted: bool,
}

/// What a list may show to the actor.
///
/// # Errors
/// [`Code::Forbidden`] for those who may see none at all.
pub fn list(actor: &Actor) -> Result<Granted<Visible>, ApiError> {
    let scope = actor.scope(Permission::ReadProposal);
    if scope == Scope::Nothing {
        return Err(Code::Forbidden.into());
    }
    Ok(Granted::new(Visible {
        own: own(actor, Permission::WriteProposal),
        endorsed: own(actor, Permission::ReadProposal),
        all_submitted: scope >= Scope::Limited,
    }))
}

/// A note that the actor may know of.
///
/// # Errors
/// [`Code::NotFound`] otherwise.
pub async fn read(tx: &mut Tx, actor: &Actor, id: ConceptId) -> Result<Granted<Readable>, ApiError> {
    let row = store::get(tx, id).await?.ok_or(Code::NotFound)?;
    let is_own = own(actor, Permission::WriteProposal).contains(&row.organisation_id);
    let reaches = actor.scope(Permission::ReadProposal) >= Scope::Limited
        || own(actor, Permission::ReadProposal).contains(&row.organisation_id);
    if is_own || (reaches && row.number.is_some()) {
        Ok(Granted::new(Readable { row, is_own }))
    } else {
        Err(Code::NotFound.into())
    }
}

/// A note of an organisation that the actor writes for.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Forbidden`] for those who may know of it but not write it.
pub async fn write(tx: &mut Tx, actor: &Actor, id: ConceptId) -> Result<Granted<ConceptRow>, ApiError> {
    let readable = read(tx, actor, id).await?.into_inner();
    if readable.is_own { Ok(Granted::new(readable.row)) } else { Err(Code::Forbidden.into()) }
}

/// A submitted note, for a step of the fund's own people.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Forbidden`] for those who may know of it but not do that.
pub async fn act(
    tx: &mut Tx,
    actor: &Actor,
    id: ConceptId,
    permission: Permission,
) -> Result<Granted<ConceptRow>, ApiError> {
    let readable = read(tx, actor, id).await?.into_inner();
    super::require(actor, permission)?;
    if readable.row.number.is_some() { Ok(Granted::new(readable.row)) } else { Err(Code::NotFound.into()) }
}
