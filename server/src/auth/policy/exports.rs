//! Rights on exports, per row: all of it, one's own donor with totals, or one's own grants.

use shared::exports::{ExportName, ExportQuery};
use shared::ids::OrganisationId;
use shared::permission::{Permission, Role, Scope};
use shared::problem::Code;

use super::{Granted, require};
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::fund::store::{self, FundRow};
use crate::http::error::ApiError;

/// How far somebody's exports reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every row.
    All,
    /// Every total, but of the donors only these by name; the others are one sum.
    Donors(Vec<OrganisationId>),
    /// Only the grants of these recipients, without donors.
    Recipients(Vec<OrganisationId>),
}

/// Who may take an export, and how far it reaches for them.
///
/// # Errors
/// [`Code::Forbidden`] for an export, or for a donor, that is not theirs.
pub fn take(actor: &Actor, name: ExportName, query: &ExportQuery) -> Result<Granted<Reach>, ApiError> {
    require(actor, Permission::Export)?;
    let shown = actor.scope(name.shows());
    let reach = match actor.scope(Permission::Export) {
        // Someone of the fund's own staff, or its auditor, sees every donor.
        Scope::All if actor.roles().any(|r| r.scope(Permission::Export) == Scope::All && r != Role::SteeringVoter) => {
            Reach::All
        }
        Scope::All => Reach::Donors(donors(actor)),
        _ => Reach::Recipients(actor.organisations(Permission::Export)),
    };
    let is_theirs = match &reach {
        Reach::All => shown == Scope::All,
        Reach::Donors(own) => {
            name.is_by_donor() && shown == Scope::All && query.donor_id.is_none_or(|donor| own.contains(&donor))
        }
        Reach::Recipients(_) => name.is_by_recipient() && shown > Scope::Nothing && query.donor_id.is_none(),
    };
    if is_theirs { Ok(Granted::new(reach)) } else { Err(Code::Forbidden.into()) }
}

/// The organisations that a person votes for: as donors, their own.
fn donors(actor: &Actor) -> Vec<OrganisationId> {
    let seats = actor.memberships.iter().filter(|m| m.role == Role::SteeringVoter);
    seats.filter_map(|m| m.organisation.as_ref().map(|o| o.id)).collect()
}

/// Whoever runs the program on the machine holds the database already.
#[must_use]
pub fn operator() -> Granted<Reach> {
    Granted::new(Reach::All)
}

/// The fund whose status somebody may take.
///
/// # Errors
/// [`Code::NotFound`] when there is no such fund.
pub async fn fund(tx: &mut Tx, _: &Granted<Reach>, query: &ExportQuery) -> Result<Granted<FundRow>, ApiError> {
    let id = query.fund_id.ok_or(Code::NotFound)?;
    store::fund(tx, id).await?.map(Granted::new).ok_or_else(|| Code::NotFound.into())
}
