//! Rights on amendments: those of their agreement. Who belongs to the recipient does nothing of the fund's part (K2).

use shared::ids::AmendmentId;
use shared::permission::Permission;
use shared::problem::Code;

use super::Granted;
use super::grants::agreement;
use crate::amendments::store::{self, AmendmentRow};
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::grants::store::AgreementRow;
use crate::http::error::ApiError;

/// A right on an amendment, with its agreement.
///
/// # Errors
/// [`Code::NotFound`] for who may not know of it, [`Code::Forbidden`] without the right,
/// [`Code::ConflictOfInterest`].
pub async fn amendment(
    tx: &mut Tx,
    actor: &Actor,
    id: AmendmentId,
    right: Permission,
) -> Result<Granted<(AgreementRow, AmendmentRow)>, ApiError> {
    let row = store::amendment(tx, id).await?.ok_or(Code::NotFound)?;
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}

/// Refusing an amendment is for whom it waits for; at its end for who might write one.
///
/// # Errors
/// As [`amendment`].
pub async fn refusal(
    tx: &mut Tx,
    actor: &Actor,
    id: AmendmentId,
) -> Result<Granted<(AgreementRow, AmendmentRow)>, ApiError> {
    let row = store::amendment(tx, id).await?.ok_or(Code::NotFound)?;
    let right = row.state.next().map_or(Permission::WriteAmendment, |step| step.permission());
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}
