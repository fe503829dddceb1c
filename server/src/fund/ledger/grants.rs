//! What is approved, signed, spent and closed: reservations, commitments, accepted spend.

use shared::fund::{Account, EntryKind, Part, Share, Shortfall, split};
use shared::ids::{AgreementId, CallId, DecisionId, EntryId, FundId, ProposalId};
use shared::money::Money;
use shared::problem::{Code, Problem};
use shared::time::Date;
use uuid::Uuid;

use super::{About, Move, OnAgreement, Sources, book, carried, limit_of, reverse, shares, within};
use crate::app::Ctx;
use crate::db::Tx;
use crate::fund::store::{earmarks, journal};
use crate::http::error::ApiError;

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

/// Reserves money for an approved decision, split over the contributions that may go to it (M21, M23,
/// M24, M60), or says which limit it breaks and by how much; then nothing is booked and the decision
/// becomes contingent (V8). The earmarked money of a donor is used only if it voted yes (V7).
///
/// # Errors
/// [`Code::NoDonorShares`], [`Code::CurrencyMismatch`], or when the database fails.
pub async fn reserve(tx: &mut Tx, ctx: &Ctx<'_>, reserve: Reserve) -> Result<Result<(), Shortfall>, ApiError> {
    let Reserve { fund_id, call_id, proposal_id, amount, source } = reserve;
    let grant = earmarks::proposal_use(tx, fund_id, proposal_id).await?.ok_or(Code::NotFound)?;
    let sources = Sources::read(tx, fund_id, call_id).await?;
    let at = sources.position(&grant, proposal_id, ctx.now.date())?;
    if amount.currency() != at.headroom.currency() {
        return Err(Problem::new(Code::CurrencyMismatch).with("expected", at.headroom.currency()).into());
    }
    if let Some(short) = at.shortfall(amount) {
        return Ok(Err(short));
    }
    let parts = sources.split(amount, &grant, proposal_id, ctx.now.date())?;
    let this = Move {
        kind: EntryKind::Reservation,
        source: source.0,
        debit: Account::Headroom,
        credit: Account::Reserved,
        about: About { call_id: Some(call_id), proposal_id: Some(proposal_id), agreement_id: None },
        posted_on: ctx.now.date(),
        reverses: None,
    };
    book(tx, ctx, fund_id, this, &parts).await?;
    Ok(Ok(()))
}

/// A reservation that is neither released nor turned into a commitment.
struct Reservation {
    id: EntryId,
    fund_id: FundId,
    about: About,
    parts: Vec<Part>,
}

async fn open_reservation(tx: &mut Tx, source: DecisionId) -> Result<Reservation, ApiError> {
    let rows = journal::open_reservation(tx, source).await?;
    let Some(first) = rows.first() else { return Err(Code::WrongState.into()) };
    Ok(Reservation {
        id: first.entry_id,
        fund_id: first.fund_id,
        about: About { call_id: first.call_id, proposal_id: first.proposal_id, agreement_id: None },
        parts: rows
            .iter()
            .map(|row| Part {
                donor_id: row.donor_id,
                contribution_id: row.contribution_id,
                amount: Money::from_minor(-row.amount_minor, row.currency),
            })
            .collect(),
    })
}

/// Gives a reservation back, as a reversal that names what it reverses and uses its split (M23, M61).
///
/// # Errors
/// [`Code::WrongState`] when the decision has no open reservation.
pub async fn release(tx: &mut Tx, ctx: &Ctx<'_>, source: DecisionId) -> Result<(), ApiError> {
    let reservation = open_reservation(tx, source).await?;
    let this = Move {
        kind: EntryKind::Release,
        source: source.0,
        debit: Account::Reserved,
        credit: Account::Headroom,
        about: reservation.about,
        posted_on: ctx.now.date(),
        reverses: Some(reservation.id),
    };
    book(tx, ctx, reservation.fund_id, this, &reservation.parts).await?;
    Ok(())
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
    let reserved = Money::sum(amount.currency(), reservation.parts.iter().map(|part| part.amount))?;
    if reserved != amount {
        return Err(Problem::new(Code::WrongState).with("reserved", reserved).into());
    }
    let this = Move {
        kind: EntryKind::Commitment,
        source: agreement_id.0,
        debit: Account::Reserved,
        credit: Account::Committed,
        about: About { agreement_id: Some(agreement_id), ..reservation.about },
        posted_on: ctx.now.date(),
        reverses: None,
    };
    book(tx, ctx, reservation.fund_id, this, &reservation.parts).await?;
    Ok(())
}

/// Gives back to headroom what an agreement does not need (M43), in proportion to its commitment (M61).
///
/// # Errors
/// [`Code::AboveRemaining`] when more is given back than is neither paid nor written off,
/// [`Code::NotFound`] without such an agreement.
pub async fn decommit(tx: &mut Tx, ctx: &Ctx<'_>, this: OnAgreement) -> Result<EntryId, ApiError> {
    let (fund_id, about, rows) = carried(tx, this.agreement_id).await?;
    let shares = shares(&rows, |r| r.committed_minor, |_| 0, journal::CarriedRow::unpaid);
    within(this.amount, limit_of(&shares, this.amount)?, Code::AboveRemaining)?;
    let parts = split(this.amount, &shares)?;
    book(tx, ctx, fund_id, of(this, EntryKind::Decommitment, [Account::Committed, Account::Headroom], about), &parts)
        .await
}

/// Gives up what a recipient owes: it stays disbursed, leaves the commitment and counts as written
/// off for good. In proportion to what was paid, as far as the commitment reaches.
///
/// # Errors
/// [`Code::AboveRemaining`] when more is given up than was paid, [`Code::NotFound`].
pub async fn write_off(tx: &mut Tx, ctx: &Ctx<'_>, this: OnAgreement) -> Result<EntryId, ApiError> {
    let (fund_id, about, rows) = carried(tx, this.agreement_id).await?;
    let shares = shares(
        &rows,
        |r| r.disbursed_minor,
        |r| r.written_off_minor,
        |r| r.committed_minor.min(r.disbursed_minor - r.written_off_minor),
    );
    within(this.amount, limit_of(&shares, this.amount)?, Code::AboveRemaining)?;
    let parts = split(this.amount, &shares)?;
    book(tx, ctx, fund_id, of(this, EntryKind::WriteOff, [Account::Committed, Account::WrittenOff], about), &parts)
        .await
}

/// Books accepted spend (M41): a memo pair, so that advance outstanding = disbursed − accepted spend.
/// In proportion to the agreement's commitment.
///
/// # Errors
/// [`Code::NoDonorShares`] for an agreement without a commitment, [`Code::NotFound`].
pub async fn accept_expenditure(tx: &mut Tx, ctx: &Ctx<'_>, this: OnAgreement) -> Result<EntryId, ApiError> {
    let (fund_id, about, rows) = carried(tx, this.agreement_id).await?;
    let shares = shares(&rows, |r| r.committed_minor + r.written_off_minor, |r| r.accepted_minor, |_| Share::NO_LIMIT);
    let parts = split(this.amount, &shares)?;
    let accounts = [Account::AcceptedSpend, Account::AdvancesCleared];
    book(tx, ctx, fund_id, of(this, EntryKind::Expenditure, accounts, about), &parts).await
}

/// Takes accepted spend back, with its split (M61). `source` is what [`accept_expenditure`] was given.
///
/// # Errors
/// [`Code::WrongState`] when it is not booked or reversed already, [`Code::DateOrder`].
pub async fn reverse_expenditure(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    source: Uuid,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    reverse(tx, ctx, (EntryKind::Expenditure, source), EntryKind::ExpenditureReversal, posted_on).await
}

/// A move on an agreement, debit first.
pub(super) fn of(this: OnAgreement, kind: EntryKind, [debit, credit]: [Account; 2], about: About) -> Move {
    Move { kind, source: this.source, debit, credit, about, posted_on: this.posted_on, reverses: None }
}
