//! Rights on the fund's money. That there is a fund is public; its rows are known to its readers only.

use shared::ids::{AccountId, AllocationId, ContributionId, CorrectionId, FundId, MatchId, PeriodId, ReceiptId};
use shared::permission::{Permission, Scope};
use shared::problem::Code;

use super::Granted;
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::fund::store::corrections::{self, CorrectionRow};
use crate::fund::store::{self, AllocationRow, ContributionRow, FundRow, ReceiptRow};
use crate::http::error::ApiError;
use crate::{bank, periods};

/// A right on the fund as a whole.
///
/// # Errors
/// [`Code::Forbidden`] without the right, [`Code::NotFound`] when there is no such fund.
pub async fn fund(tx: &mut Tx, actor: &Actor, id: FundId, right: Permission) -> Result<Granted<FundRow>, ApiError> {
    super::require(actor, right)?;
    store::fund(tx, id).await?.map(Granted::new).ok_or_else(|| Code::NotFound.into())
}

/// A right on a row of the fund: readers of the fund know of it, others do not.
fn row<T>(actor: &Actor, row: Option<T>, right: Permission) -> Result<Granted<T>, ApiError> {
    let known = row.filter(|_| actor.scope(Permission::ReadFund) > Scope::Nothing).ok_or(Code::NotFound)?;
    super::require(actor, right)?;
    Ok(Granted::new(known))
}

/// A right on a contribution.
///
/// # Errors
/// [`Code::NotFound`] for who may not read the fund, [`Code::Forbidden`] without the right.
pub async fn contribution(
    tx: &mut Tx,
    actor: &Actor,
    id: ContributionId,
    right: Permission,
) -> Result<Granted<ContributionRow>, ApiError> {
    row(actor, store::contribution(tx, id).await?, right)
}

/// A right on a receipt.
///
/// # Errors
/// As [`contribution`].
pub async fn receipt(
    tx: &mut Tx,
    actor: &Actor,
    id: ReceiptId,
    right: Permission,
) -> Result<Granted<ReceiptRow>, ApiError> {
    row(actor, store::receipt(tx, id).await?, right)
}

/// A right on money set aside.
///
/// # Errors
/// As [`contribution`].
pub async fn allocation(
    tx: &mut Tx,
    actor: &Actor,
    id: AllocationId,
    right: Permission,
) -> Result<Granted<AllocationRow>, ApiError> {
    row(actor, store::allocation(tx, id).await?, right)
}

/// A right on a month or year of the fund.
///
/// # Errors
/// As [`contribution`].
pub async fn period(
    tx: &mut Tx,
    actor: &Actor,
    id: PeriodId,
    right: Permission,
) -> Result<Granted<periods::store::PeriodRow>, ApiError> {
    row(actor, periods::store::period(tx, id).await?, right)
}

/// A right on a bank account of the fund.
///
/// # Errors
/// As [`contribution`].
pub async fn house_account(
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
    right: Permission,
) -> Result<Granted<bank::store::AccountRow>, ApiError> {
    row(actor, bank::store::account(tx, id).await?, right)
}

/// A right on what somebody matched.
///
/// # Errors
/// As [`contribution`].
pub async fn bank_match(
    tx: &mut Tx,
    actor: &Actor,
    id: MatchId,
    right: Permission,
) -> Result<Granted<bank::store::MatchRow>, ApiError> {
    row(actor, bank::store::one_match(tx, id).await?, right)
}

/// A right on a correction.
///
/// # Errors
/// As [`contribution`].
pub async fn correction(
    tx: &mut Tx,
    actor: &Actor,
    id: CorrectionId,
    right: Permission,
) -> Result<Granted<CorrectionRow>, ApiError> {
    row(actor, corrections::correction(tx, id).await?, right)
}
