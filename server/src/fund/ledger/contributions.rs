//! Money of the donors: signed, received, ended, set aside, and what of it was booked wrongly.

use shared::fund::{Account, EntryKind, ReceiptBooking};
use shared::ids::{AllocationId, EntryId, FundId, ReceiptId};
use shared::money::Money;
use shared::problem::{Code, Problem};
use shared::time::Date;
use uuid::Uuid;

use super::{About, Move, Side, book, holdings, own_headroom, position_of, posting, reverse, whole, within};
use crate::app::Ctx;
use crate::db::Tx;
use crate::fund::store::ContributionRow;
use crate::fund::store::journal::{self, NewEntry, NewPosting};
use crate::http::error::ApiError;

/// A signed contribution counts from now on (M20), and the donors' shares change (M61).
///
/// # Errors
/// When the database fails.
pub async fn sign_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    contribution: &ContributionRow,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    let eur = Money::from_minor(contribution.signed_eur_minor, contribution.fund_currency);
    let this = Move {
        kind: EntryKind::Contribution,
        source: contribution.id.0,
        debit: Account::Receivable,
        credit: Account::Headroom,
        about: About::default(),
        posted_on,
        reverses: None,
    };
    let entry = book(tx, ctx, contribution.fund_id, this, &[whole(contribution, eur)]).await?;
    journal::start_share_epoch(tx, contribution.fund_id).await?;
    Ok(entry)
}

/// Money of a donor arrived: at the bank's rate into cash, at the budget rate out of the
/// receivable, the difference to the contribution's headroom (M20, M52). A loss beyond that is what the
/// contribution set aside as reserve is for.
///
/// # Errors
/// [`Code::InsufficientHeadroom`] when a loss is larger than what is unused and in reserve of the
/// contribution (M22).
pub async fn receive(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    contribution: &ContributionRow,
    receipt_id: ReceiptId,
    booking: ReceiptBooking,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    let currency = booking.cash.currency();
    let headroom = own_headroom(tx, contribution.id, booking.cash).await?;
    let from_headroom = booking.gain.minor().max(-headroom.minor());
    let from_reserve = booking.gain.checked_sub(Money::from_minor(from_headroom, currency))?;
    let reserve = Account::Reserve.natural(journal::contribution_balance(tx, contribution.id, Account::Reserve).await?);
    let after = from_reserve.checked_add(Money::from_minor(reserve, currency))?;
    if after.minor() < 0 {
        let missing = Money::from_minor(-after.minor(), currency);
        return Err(Problem::new(Code::InsufficientHeadroom).with("missing", missing).into());
    }
    let entry = NewEntry {
        fund_id: contribution.fund_id,
        currency,
        kind: EntryKind::Receipt,
        posted_on,
        source_id: receipt_id.0,
        reverses: None,
    };
    let part = whole(contribution, booking.cash);
    let postings: Vec<NewPosting> = [
        (Account::Cash, booking.cash.minor()),
        (Account::Receivable, -booking.receivable.minor()),
        (Account::Headroom, -from_headroom),
        (Account::Reserve, -from_reserve.minor()),
    ]
    .into_iter()
    .filter(|(_, minor)| *minor != 0)
    .map(|(account, minor)| posting(Side::of(account), &part, minor))
    .collect();
    journal::insert_entry(tx, ctx, &entry, &postings).await
}

/// A receipt was booked wrongly: its entry is reversed (M71).
///
/// # Errors
/// [`Code::WrongState`] when it is not booked or reversed already, [`Code::InsufficientCash`] and
/// [`Code::InsufficientHeadroom`] with what is missing when the money is used, [`Code::DateOrder`].
pub async fn reverse_receipt(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    contribution: &ContributionRow,
    receipt_id: ReceiptId,
    booked: ReceiptBooking,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    let cash = journal::cash_of(tx, contribution, booked.cash.currency()).await?;
    within(booked.cash, cash, Code::InsufficientCash)?;
    if booked.gain.is_positive() {
        within(booked.gain, own_headroom(tx, contribution.id, booked.gain).await?, Code::InsufficientHeadroom)?;
    }
    reverse(tx, ctx, (EntryKind::Receipt, receipt_id.0), EntryKind::ReceiptReversal, posted_on).await
}

/// A contribution ends: what will not come leaves receivable and headroom, and the donors' shares
/// change (M61). It cannot shrink below what is in use of it (M22).
///
/// # Errors
/// [`Code::InsufficientHeadroom`] with the missing amount when what will not come is in use.
pub async fn terminate_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    contribution: &ContributionRow,
    source: Uuid,
    missing_eur: Money,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    within(missing_eur, own_headroom(tx, contribution.id, missing_eur).await?, Code::InsufficientHeadroom)?;
    let this = Move {
        kind: EntryKind::Termination,
        source,
        debit: Account::Headroom,
        credit: Account::Receivable,
        about: About::default(),
        posted_on,
        reverses: None,
    };
    let entry = book(tx, ctx, contribution.fund_id, this, &[whole(contribution, missing_eur)]).await?;
    journal::start_share_epoch(tx, contribution.fund_id).await?;
    Ok(entry)
}

/// Sets money aside for administration or as reserve (M20), split over donors (M60). Every
/// contribution pays its part of it: an earmark says which grants it may go to.
///
/// # Errors
/// [`Code::InsufficientHeadroom`] with what is missing, [`Code::NoDonorShares`].
pub async fn allocate(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    allocation_id: AllocationId,
    account: Account,
    amount: Money,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    let holdings = holdings(tx, fund_id, [account, account], None, posted_on).await?;
    if let Some(short) = position_of(tx, fund_id, None, &holdings).await?.shortfall(amount) {
        return Err(Problem::new(short.code).with("missing", short.missing).into());
    }
    let parts = holdings.split(amount)?;
    let this = Move {
        kind: EntryKind::Allocation,
        source: allocation_id.0,
        debit: Account::Headroom,
        credit: account,
        about: About::default(),
        posted_on,
        reverses: None,
    };
    book(tx, ctx, fund_id, this, &parts).await
}

/// Money set aside goes back to headroom, with its split (M61).
///
/// # Errors
/// [`Code::WrongState`] when it is not booked or reversed already, [`Code::InsufficientHeadroom`] with what
/// an exchange loss has taken of it (M52), [`Code::DateOrder`].
pub async fn reverse_allocation(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    allocation_id: AllocationId,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    if let Some((missing, currency)) = journal::lost_of_allocation(tx, allocation_id).await? {
        let missing = Money::from_minor(missing, currency);
        return Err(Problem::new(Code::InsufficientHeadroom).with("missing", missing).into());
    }
    reverse(tx, ctx, (EntryKind::Allocation, allocation_id.0), EntryKind::AllocationReversal, posted_on).await
}
