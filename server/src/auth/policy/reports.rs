//! Rights on reports: those of their agreement.

use shared::ids::ReportId;
use shared::permission::Permission;
use shared::problem::Code;

use super::Granted;
use super::grants::agreement;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::grants::store::AgreementRow;
use crate::http::error::ApiError;
use crate::reports::store::{self, ReportRow};

/// A right on a report, with its agreement.
///
/// # Errors
/// [`Code::NotFound`] for who may not know of it, [`Code::Forbidden`] without the right.
pub async fn report(
    tx: &mut Tx,
    actor: &Actor,
    id: ReportId,
    right: Permission,
) -> Result<Granted<(AgreementRow, ReportRow)>, ApiError> {
    let row = store::report(tx, id).await?.ok_or(Code::NotFound)?;
    let agreement = agreement(tx, actor, row.agreement_id, right).await?.into_inner();
    Ok(Granted::new((agreement, row)))
}
