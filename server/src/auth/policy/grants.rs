//! Rights on agreements and payments. Recipients know of an agreement once it was sent to them.

use shared::ids::{AgreementId, DecisionId, DisbursementId, OrganisationId, RecoveryId, RefundId, TrancheId};
use shared::permission::{Permission, Scope};
use shared::problem::Code;
use shared::time::Date;

use super::Granted;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::grants::closing_store::{self, RecoveryRow, RefundRow};
use crate::grants::payments_store::{self, DisbursementRow};
use crate::grants::store::{self, AgreementRow};
use crate::grants::tranches_store::{self, TrancheRow};
use crate::http::error::ApiError;
use crate::reviews::store::is_found;

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

/// A right on an agreement. Who belongs to the recipient or a partner does nothing of the fund's part on it (K2).
///
/// # Errors
/// [`Code::NotFound`] for who may not know of it, [`Code::Forbidden`] without the right,
/// [`Code::ConflictOfInterest`].
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
    let is_as_recipient = acts_for_recipient(actor, right, row.organisation_id);
    if right != Permission::ReadGrant && !is_as_recipient && is_found(tx, actor, row.proposal_id).await? {
        return Err(Code::ConflictOfInterest.into());
    }
    Ok(Granted::new(row))
}

/// Whether somebody uses a right as the recipient, not for the fund.
#[must_use]
pub fn acts_for_recipient(actor: &Actor, right: Permission, organisation_id: OrganisationId) -> bool {
    actor
        .memberships
        .iter()
        .any(|m| m.role.scope(right) == Scope::Own && m.organisation.as_ref().is_some_and(|o| o.id == organisation_id))
}

/// Writing an agreement from a decision, for who is not of the recipient or a partner (K2).
///
/// # Errors
/// [`Code::Forbidden`] without the right, [`Code::ConflictOfInterest`].
pub async fn write(tx: &mut Tx, actor: &Actor, id: DecisionId) -> Result<Granted<()>, ApiError> {
    let granted = super::require(actor, Permission::WriteAgreement)?;
    if let Some(award) = store::award(tx, id).await?
        && is_found(tx, actor, award.proposal_id).await?
    {
        return Err(Code::ConflictOfInterest.into());
    }
    Ok(granted)
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
    let row = payments_store::disbursement(tx, id).await?.ok_or(Code::NotFound)?;
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}

/// Whether somebody may see an organisation's bank accounts, masked.
#[must_use]
pub fn may_see_accounts(actor: &Actor, organisation_id: OrganisationId) -> bool {
    match actor.scope(Permission::ReadAccount) {
        Scope::All => true,
        Scope::Nothing => false,
        _ => actor.organisations(Permission::ReadAccount).contains(&organisation_id),
    }
}

/// How much of a grant somebody sees (DOMAIN §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// All of it.
    Whole,
    /// The recipient: its plan and what was ordered for it, without donors, drafts and proposals.
    Recipient,
    /// Who endorsed it: the agreement and its reports.
    Endorser,
}

/// How much of an organisation's grants somebody sees.
#[must_use]
pub fn view(actor: &Actor, organisation_id: OrganisationId) -> View {
    if actor.scope(Permission::ReadGrant) == Scope::All {
        View::Whole
    } else if may_see_accounts(actor, organisation_id) {
        View::Recipient
    } else {
        View::Endorser
    }
}

/// A right on a tranche, with its agreement; `today` decides what it waits for.
///
/// # Errors
/// As [`agreement`].
pub async fn tranche(
    tx: &mut Tx,
    actor: &Actor,
    id: TrancheId,
    today: Date,
    right: Permission,
) -> Result<Granted<(AgreementRow, TrancheRow)>, ApiError> {
    let row = tranches_store::tranche(tx, id, today).await?.ok_or(Code::NotFound)?;
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}

/// A right on a recovery, with its agreement.
///
/// # Errors
/// As [`agreement`].
pub async fn recovery(
    tx: &mut Tx,
    actor: &Actor,
    id: RecoveryId,
    right: Permission,
) -> Result<Granted<(AgreementRow, RecoveryRow)>, ApiError> {
    let row = closing_store::recovery(tx, id).await?.ok_or(Code::NotFound)?;
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}

/// A right on a refund, with its recovery and agreement.
///
/// # Errors
/// As [`agreement`].
pub async fn refund(
    tx: &mut Tx,
    actor: &Actor,
    id: RefundId,
    right: Permission,
) -> Result<Granted<(AgreementRow, RecoveryRow, RefundRow)>, ApiError> {
    let row = closing_store::refund(tx, id).await?.ok_or(Code::NotFound)?;
    let (agreement, recovery) = recovery(tx, actor, row.recovery_id, right).await?.into_inner();
    Ok(Granted::new((agreement, recovery, row)))
}
