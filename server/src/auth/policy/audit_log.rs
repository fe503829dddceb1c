//! Rights on the audit log: all of it, or what one did oneself, or what one's organisation did as an
//! applicant with what is its own.

use shared::ids::{OrganisationId, PersonId};
use shared::permission::{Permission, Role, Scope};
use shared::problem::Code;

use super::Granted;
use crate::auth::actor::Actor;
use crate::http::error::ApiError;

/// How far somebody's reading reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every entry.
    All,
    /// The entries of a person, and what the applicants' people of the organisations that they lead
    /// applications for did with the organisation's own proposals, agreements, reports and accounts.
    Own {
        /// The person.
        person_id: PersonId,
        /// The organisations.
        organisations: Vec<OrganisationId>,
    },
}

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The person.
    pub person_id: PersonId,
    /// How far it reaches.
    pub reach: Reach,
    /// Whether declarations of interest are theirs to read.
    pub reads_declarations: bool,
}

/// Who may read the log, and how far.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn reader(actor: &Actor) -> Result<Granted<Reader>, ApiError> {
    let reach = match actor.scope(Permission::ReadAudit) {
        Scope::All => Reach::All,
        Scope::Nothing => return Err(Code::Forbidden.into()),
        _ => {
            let leads = actor.memberships.iter().filter(|m| m.role == Role::ApplicantLead);
            let organisations = leads.filter_map(|m| m.organisation.as_ref().map(|o| o.id)).collect();
            Reach::Own { person_id: actor.person_id, organisations }
        }
    };
    let reads_declarations = actor.scope(Permission::ReadDeclarations) == Scope::All;
    Ok(Granted::new(Reader { person_id: actor.person_id, reach, reads_declarations }))
}

/// The chain as a whole, for those who read all of it.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn everything(actor: &Actor) -> Result<Granted<()>, ApiError> {
    if actor.scope(Permission::ReadAudit) == Scope::All { Ok(Granted::new(())) } else { Err(Code::Forbidden.into()) }
}
