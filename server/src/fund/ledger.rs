//! The ledger: every money event as one balanced, append-only journal entry (M25).
//!
//! Each function checks the limits first and answers with what is missing; the database's own
//! constraints stand behind. They run inside the caller's transaction and write no audit entry:
//! the caller's step does. Writers queue, so what was checked still holds at the commit.

use shared::currency::Currency;
use shared::fund::{Account, DonorPart, DonorShare, EntryKind, Position, ReceiptBooking, Shortfall, split};
use shared::ids::{
    AgreementId, AllocationId, CallId, ContributionId, DecisionId, DisbursementId, EntryId, FundId, OrganisationId,
    ProposalId, ReceiptId,
};
use shared::money::Money;
use shared::problem::{Code, Problem};
use shared::time::Date;

use super::store::{self, NewEntry, NewPosting};
use crate::app::Ctx;
use crate::db::Tx;
use crate::http::error::ApiError;

/// What a posting is about, besides its account, donor and amount.
#[derive(Debug, Clone, Copy, Default)]
struct About {
    call_id: Option<CallId>,
    proposal_id: Option<ProposalId>,
    agreement_id: Option<AgreementId>,
}

/// One side of an entry: the account and what it is about.
#[derive(Debug, Clone, Copy)]
struct Side {
    account: Account,
    about: About,
}

impl Side {
    fn of(account: Account) -> Self {
        Self { account, about: About::default() }
    }
}

fn posting(side: Side, donor_id: OrganisationId, amount_minor: i64) -> NewPosting {
    NewPosting {
        account: side.account,
        amount_minor,
        donor_id,
        call_id: side.about.call_id,
        proposal_id: side.about.proposal_id,
        agreement_id: side.about.agreement_id,
    }
}

/// Moves each donor's part: debits first, so that the balances' checks hold after every line.
fn move_parts(debit: Side, credit: Side, parts: &[DonorPart]) -> Vec<NewPosting> {
    let some = || parts.iter().filter(|part| part.amount.minor() != 0);
    some()
        .map(|part| posting(debit, part.donor_id, part.amount.minor()))
        .chain(some().map(|part| posting(credit, part.donor_id, -part.amount.minor())))
        .collect()
}

/// Splits an amount by the donors' signed shares; deficits are counted over `accounts` (M60).
async fn split_over_donors(
    tx: &mut Tx,
    fund_id: FundId,
    amount: Money,
    accounts: [Account; 2],
) -> Result<Vec<DonorPart>, ApiError> {
    let shares = store::donor_shares(tx, fund_id, accounts).await?;
    Ok(split(amount, &shares)?)
}

/// The donors' shares in the next payment (M60).
///
/// # Errors
/// When the database fails.
pub async fn disbursement_shares(tx: &mut Tx, fund_id: FundId) -> Result<Vec<DonorShare>, ApiError> {
    store::donor_shares(tx, fund_id, [Account::Disbursed, Account::Disbursed]).await
}

/// A signed contribution counts from now on (M20), and the donors' shares change (M61).
///
/// # Errors
/// When the database fails.
pub async fn sign_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    contribution_id: ContributionId,
    donor_id: OrganisationId,
    eur: Money,
    posted_on: Date,
) -> Result<(), ApiError> {
    let entry = NewEntry {
        fund_id,
        currency: eur.currency(),
        kind: EntryKind::Contribution,
        posted_on,
        source_id: contribution_id.0,
        reverses: None,
    };
    let postings = [
        posting(Side::of(Account::Receivable), donor_id, eur.minor()),
        posting(Side::of(Account::Headroom), donor_id, -eur.minor()),
    ];
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    store::start_share_epoch(tx, fund_id).await
}

/// Money of a donor arrived: at the bank's rate into cash, at the budget rate out of the
/// receivable, the difference to headroom (M20, M52).
///
/// # Errors
/// [`Code::InsufficientHeadroom`] when a loss is larger than the headroom (M21).
pub async fn receive(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    receipt_id: ReceiptId,
    donor_id: OrganisationId,
    booking: ReceiptBooking,
    posted_on: Date,
) -> Result<(), ApiError> {
    let currency = booking.cash.currency();
    let headroom = store::balance(tx, fund_id, currency, Account::Headroom).await?;
    let after = headroom.checked_add(booking.gain)?;
    if after.minor() < 0 {
        let missing = Money::from_minor(-after.minor(), currency);
        return Err(Problem::new(Code::InsufficientHeadroom).with("missing", missing).into());
    }
    let entry =
        NewEntry { fund_id, currency, kind: EntryKind::Receipt, posted_on, source_id: receipt_id.0, reverses: None };
    let postings: Vec<NewPosting> = [
        (Account::Cash, booking.cash.minor()),
        (Account::Receivable, -booking.receivable.minor()),
        (Account::Headroom, -booking.gain.minor()),
    ]
    .into_iter()
    .filter(|(_, minor)| *minor != 0)
    .map(|(account, minor)| posting(Side::of(account), donor_id, minor))
    .collect();
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    Ok(())
}

/// Sets money aside for administration or as reserve (M20), split over donors (M60).
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
) -> Result<(), ApiError> {
    let at = position(tx, fund_id, None).await?;
    if let Some(short) = at.shortfall(amount) {
        return Err(Problem::new(short.code).with("missing", short.missing).into());
    }
    let parts = split_over_donors(tx, fund_id, amount, [account, account]).await?;
    let entry = NewEntry {
        fund_id,
        currency: amount.currency(),
        kind: EntryKind::Allocation,
        posted_on,
        source_id: allocation_id.0,
        reverses: None,
    };
    let postings = move_parts(Side::of(Account::Headroom), Side::of(account), &parts);
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    Ok(())
}

/// An approved decision that reserves money (M23).
#[derive(Debug, Clone, Copy)]
pub struct Reserve {
    /// The fund.
    pub fund_id: FundId,
    /// The call whose envelope it uses.
    pub call_id: CallId,
    /// What was approved.
    pub proposal_id: ProposalId,
    /// In the fund's currency.
    pub amount: Money,
    /// The decision.
    pub source: DecisionId,
}

/// Reserves money for an approved decision, split over donors (M21, M23, M60), or says which limit
/// it breaks and by how much; then nothing is booked and the decision becomes contingent (V8).
///
/// # Errors
/// [`Code::NoDonorShares`], [`Code::CurrencyMismatch`], or when the database fails.
pub async fn reserve(tx: &mut Tx, ctx: &Ctx<'_>, reserve: Reserve) -> Result<Result<(), Shortfall>, ApiError> {
    let Reserve { fund_id, call_id, proposal_id, amount, source } = reserve;
    let at = position(tx, fund_id, Some(call_id)).await?;
    if amount.currency() != at.headroom.currency() {
        return Err(Problem::new(Code::CurrencyMismatch).with("expected", at.headroom.currency()).into());
    }
    if let Some(short) = at.shortfall(amount) {
        return Ok(Err(short));
    }
    // A commitment was a reservation: over both, each donor gets its share of all that was approved.
    let parts = split_over_donors(tx, fund_id, amount, [Account::Reserved, Account::Committed]).await?;
    let entry = NewEntry {
        fund_id,
        currency: amount.currency(),
        kind: EntryKind::Reservation,
        posted_on: ctx.now.date(),
        source_id: source.0,
        reverses: None,
    };
    let about = About { call_id: Some(call_id), proposal_id: Some(proposal_id), agreement_id: None };
    let postings =
        move_parts(Side { account: Account::Headroom, about }, Side { account: Account::Reserved, about }, &parts);
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    Ok(Ok(()))
}

/// Gives a reservation back, as a reversal that names what it reverses and uses its split (M23, M61).
///
/// # Errors
/// [`Code::WrongState`] when the decision has no open reservation.
pub async fn release(tx: &mut Tx, ctx: &Ctx<'_>, source: DecisionId) -> Result<(), ApiError> {
    let reservation = open_reservation(tx, source).await?;
    let entry = NewEntry {
        fund_id: reservation.fund_id,
        currency: reservation.currency,
        kind: EntryKind::Release,
        posted_on: ctx.now.date(),
        source_id: source.0,
        reverses: Some(reservation.id),
    };
    let about = About { call_id: reservation.call_id, proposal_id: reservation.proposal_id, agreement_id: None };
    let postings = move_parts(
        Side { account: Account::Reserved, about },
        Side { account: Account::Headroom, about },
        &reservation.parts,
    );
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    Ok(())
}

/// A reservation that is neither released nor turned into a commitment.
struct Reservation {
    id: EntryId,
    fund_id: FundId,
    currency: Currency,
    call_id: Option<CallId>,
    proposal_id: Option<ProposalId>,
    parts: Vec<DonorPart>,
}

async fn open_reservation(tx: &mut Tx, source: DecisionId) -> Result<Reservation, ApiError> {
    let rows = store::open_reservation(tx, source).await?;
    let Some(first) = rows.first() else { return Err(Problem::new(Code::WrongState).into()) };
    Ok(Reservation {
        id: first.entry_id,
        fund_id: first.fund_id,
        currency: first.currency,
        call_id: first.call_id,
        proposal_id: first.proposal_id,
        parts: rows
            .iter()
            .map(|row| DonorPart { donor_id: row.donor_id, amount: Money::from_minor(-row.amount_minor, row.currency) })
            .collect(),
    })
}

/// A signature turns the reservation into a commitment one to one, with its split (M23, M61).
///
/// # Errors
/// [`Code::WrongState`] when the decision has no open reservation of exactly this amount.
pub async fn commit(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    source: DecisionId,
    agreement_id: AgreementId,
    amount: Money,
) -> Result<(), ApiError> {
    let reservation = open_reservation(tx, source).await?;
    let reserved = Money::sum(reservation.currency, reservation.parts.iter().map(|part| part.amount))?;
    if reserved != amount {
        return Err(Problem::new(Code::WrongState).with("reserved", reserved).into());
    }
    let entry = NewEntry {
        fund_id: reservation.fund_id,
        currency: reservation.currency,
        kind: EntryKind::Commitment,
        posted_on: ctx.now.date(),
        source_id: agreement_id.0,
        reverses: None,
    };
    let about =
        About { call_id: reservation.call_id, proposal_id: reservation.proposal_id, agreement_id: Some(agreement_id) };
    let postings = move_parts(
        Side { account: Account::Reserved, about },
        Side { account: Account::Committed, about },
        &reservation.parts,
    );
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    Ok(())
}

/// A payment on an agreement.
#[derive(Debug, Clone, Copy)]
pub struct Disburse {
    /// The fund.
    pub fund_id: FundId,
    /// The agreement's call.
    pub call_id: CallId,
    /// The agreement's proposal.
    pub proposal_id: ProposalId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The payment.
    pub disbursement_id: DisbursementId,
    /// In the fund's currency.
    pub amount: Money,
    /// The value date.
    pub posted_on: Date,
}

/// Books a payment out of cash, split over donors (M31, M60).
///
/// # Errors
/// [`Code::AboveRemaining`] with what remains of the agreement and what is missing,
/// [`Code::InsufficientCash`] with what is missing.
pub async fn disburse(tx: &mut Tx, ctx: &Ctx<'_>, pay: Disburse) -> Result<(), ApiError> {
    let currency = pay.amount.currency();
    let remaining = store::agreement_remaining(tx, pay.agreement_id, currency).await?;
    if pay.amount.minor() > remaining.minor() {
        let missing = pay.amount.checked_sub(remaining)?;
        return Err(Problem::new(Code::AboveRemaining).with("remaining", remaining).with("missing", missing).into());
    }
    let cash = store::balance(tx, pay.fund_id, currency, Account::Cash).await?;
    if pay.amount.minor() > cash.minor() {
        let missing = pay.amount.checked_sub(cash)?;
        return Err(Problem::new(Code::InsufficientCash).with("missing", missing).into());
    }
    let parts = split(pay.amount, &disbursement_shares(tx, pay.fund_id).await?)?;
    let entry = NewEntry {
        fund_id: pay.fund_id,
        currency,
        kind: EntryKind::Disbursement,
        posted_on: pay.posted_on,
        source_id: pay.disbursement_id.0,
        reverses: None,
    };
    let about =
        About { call_id: Some(pay.call_id), proposal_id: Some(pay.proposal_id), agreement_id: Some(pay.agreement_id) };
    let postings =
        move_parts(Side { account: Account::Disbursed, about }, Side { account: Account::Cash, about }, &parts);
    store::insert_entry(tx, ctx, &entry, &postings).await?;
    Ok(())
}

/// What the fund, and one call of it, can still give (M20, M21).
///
/// # Errors
/// [`Code::NotFound`] when there is no such fund, or no such call in it.
pub async fn position(tx: &mut Tx, fund_id: FundId, call_id: Option<CallId>) -> Result<Position, ApiError> {
    let fund = store::fund(tx, fund_id).await?.ok_or(Code::NotFound)?;
    let money = |minor| Money::from_minor(minor, fund.currency);
    let natural = |account: Account, minor: i64| money(account.natural(minor));
    let balances = store::fund_balances(tx, fund_id).await?;
    let of = |account: Account| {
        natural(account, balances.iter().find(|b| b.account == account).map_or(0, |b| b.balance_minor))
    };
    let (headroom, reserved, committed) = (of(Account::Headroom), of(Account::Reserved), of(Account::Committed));
    let allocable = headroom.checked_add(reserved)?.checked_add(committed)?;
    let (mut envelope, mut envelope_left) = (None, None);
    if let Some(call_id) = call_id {
        let call = store::call_balance(tx, fund_id, call_id).await?.ok_or(Code::NotFound)?;
        envelope = Some(money(call.envelope_minor));
        envelope_left = Some(money(call.envelope_minor - call.reserved_minor - call.committed_minor));
    }
    Ok(Position { allocable, reserved, committed, headroom, envelope, envelope_left })
}
