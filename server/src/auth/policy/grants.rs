//! Rights on agreements and payments. Recipients know of an agreement once it was sent to them.

use shared::ids::{AgreementId, DisbursementId, OrganisationId};
use shared::permission::{Permission, Scope};
use shared::problem::Code;

use super::Granted;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::grants::store::{self, AgreementRow, DisbursementRow};
use crate::http::error::ApiError;

/// Whose agreements somebody may list: `None` for all, else those of these organisations.
///
/// # Errors
/// [`Code::Forbidden`] without the right.
pub fn listed(actor: &Actor) -> Result<Granted<Option<Vec<OrganisationId>>>, ApiError> {
    match actor.scope(Permission::ReadGrant) {
        Scope::All => Ok(Granted::new(None)),
        Scope::Nothing => Err(Code::Forbidden.into()),
        _ => Ok(Granted::new(Some(actor.organisations(Permission::ReadGrant)))),
    }
}

/// The whole house's payments and awards: not for recipients.
///
/// # Errors
/// [`Code::Forbidden`] otherwise.
pub fn everything(actor: &Actor) -> Result<Granted<()>, ApiError> {
    if actor.scope(Permission::ReadGrant) == Scope::All { Ok(Granted::new(())) } else { Err(Code::Forbidden.into()) }
}

/// A right on an agreement.
///
/// # Errors
/// [`Code::NotFound`] for who may not know of it, [`Code::Forbidden`] without the right.
pub async fn agreement(
    tx: &mut Tx,
    actor: &Actor,
    id: AgreementId,
    right: Permission,
) -> Result<Granted<AgreementRow>, ApiError> {
    let row = store::agreement(tx, id).await?.ok_or(Code::NotFound)?;
    let reaches = |permission| match actor.scope(permission) {
        Scope::All => true,
        Scope::Nothing => false,
        _ => row.sent_at.is_some() && actor.organisations(permission).contains(&row.organisation_id),
    };
    if !reaches(Permission::ReadGrant) {
        return Err(Code::NotFound.into());
    }
    if !reaches(right) {
        return Err(Code::Forbidden.into());
    }
    Ok(Granted::new(row))
}

/// A right on a payment, with its agreement.
///
/// # Errors
/// As [`agreement`].
pub async fn disbursement(
    tx: &mut Tx,
    actor: &Actor,
    id: DisbursementId,
    right: Permission,
) -> Result<Granted<(AgreementRow, DisbursementRow)>, ApiError> {
    let row = store::disbursement(tx, id).await?.ok_or(Code::NotFound)?;
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}
