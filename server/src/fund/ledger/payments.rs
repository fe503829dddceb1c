//! Payments to recipients, and money that comes back.

use std::collections::BTreeMap;

use shared::fund::{Account, EntryKind, Share, split};
use shared::ids::{AgreementId, CallId, ContributionId, DisbursementId, EntryId, FundId, ProposalId};
use shared::money::Money;
use shared::problem::Code;
use shared::time::Date;

use super::grants::of;
use super::{About, Move, OnAgreement, book, carried, limit_of, reverse, shares, within};
use crate::app::Ctx;
use crate::db::Tx;
use crate::fund::store::journal::{self, CarriedRow, CashMove};
use crate::http::error::ApiError;

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

/// The least that a part of the cash holds on any day from a day on: `now` is what it holds today, `moves`
/// are what came and went since. A payment dated back to that day must be covered on each of them (M31).
fn lowest(now: i64, moves: &[CashMove], earmarked: Option<ContributionId>) -> i64 {
    let own = moves.iter().filter(|day| day.contribution_id == earmarked);
    own.scan(now, |held, day| {
        *held -= day.amount_minor;
        Some(*held)
    })
    .fold(now, i64::min)
}

/// Books a payment out of cash, split over the contributions that carry the agreement, in proportion
/// to its commitment (M31, M60): a later contribution changes nothing (M61). Contributions without an
/// earmark prefinance each other; earmarked cash pays only its own part. The cash must have been there on
/// the value date and on every day since.
///
/// # Errors
/// [`Code::AboveRemaining`] with what remains of the agreement and what is missing,
/// [`Code::InsufficientCash`] with what is missing.
pub async fn disburse(tx: &mut Tx, ctx: &Ctx<'_>, pay: Disburse) -> Result<(), ApiError> {
    let currency = pay.amount.currency();
    within(pay.amount, journal::agreement_remaining(tx, pay.agreement_id, currency).await?, Code::AboveRemaining)?;
    within(pay.amount, journal::balance(tx, pay.fund_id, currency, Account::Cash).await?, Code::InsufficientCash)?;
    let rows = journal::carried(tx, pay.agreement_id).await?;
    let parts = split(pay.amount, &paying(&rows))?;
    let moves = journal::cash_after(tx, pay.fund_id, pay.posted_on).await?;
    // An earmark's money pays for what it is for, and nothing else does (M31).
    let is_earmarked = |id| rows.iter().find(|row| row.contribution_id == id).filter(|row| row.is_earmarked);
    for part in &parts {
        if let Some(row) = is_earmarked(part.contribution_id) {
            let held = lowest(row.cash_minor, &moves, Some(row.contribution_id));
            within(part.amount, Money::from_minor(held, currency), Code::InsufficientCash)?;
        }
    }
    let others = parts.iter().filter(|part| is_earmarked(part.contribution_id).is_none()).map(|part| part.amount);
    let held = lowest(journal::unearmarked_cash(tx, pay.fund_id).await?, &moves, None);
    let cash = Money::from_minor(held, currency);
    within(Money::sum(currency, others)?, cash, Code::InsufficientCash)?;
    let this = Move {
        kind: EntryKind::Disbursement,
        source: pay.disbursement_id.0,
        debit: Account::Disbursed,
        credit: Account::Cash,
        about: About {
            call_id: Some(pay.call_id),
            proposal_id: Some(pay.proposal_id),
            agreement_id: Some(pay.agreement_id),
        },
        posted_on: pay.posted_on,
        reverses: None,
    };
    book(tx, ctx, pay.fund_id, this, &parts).await?;
    Ok(())
}

/// Whether the bank may get an order: the cash of the fund, of each earmark and of the money without one
/// suffices for it beside all that the bank has orders for already (M31).
///
/// # Errors
/// [`Code::InsufficientCash`] with what is missing, [`Code::AboveRemaining`].
pub async fn check_order(
    tx: &mut Tx,
    fund_id: FundId,
    agreement_id: AgreementId,
    amount: Money,
) -> Result<(), ApiError> {
    let currency = amount.currency();
    let mut orders: BTreeMap<AgreementId, Money> = BTreeMap::from([(agreement_id, amount)]);
    for row in journal::ordered(tx, fund_id).await? {
        let sum = orders.entry(row.agreement_id).or_insert(Money::zero(currency));
        *sum = sum.checked_add(Money::from_minor(row.ordered_minor, currency))?;
    }
    let all = Money::sum(currency, orders.values().copied())?;
    within(all, journal::balance(tx, fund_id, currency, Account::Cash).await?, Code::InsufficientCash)?;
    let rows = journal::carried_with_ordered(tx, fund_id, agreement_id).await?;
    let mut earmarked: BTreeMap<ContributionId, (Money, Money)> = BTreeMap::new();
    let mut others = Money::zero(currency);
    for of_agreement in rows.chunk_by(|a, b| a.agreement_id == b.agreement_id) {
        let Some(order) = of_agreement.first().and_then(|row| orders.get(&row.agreement_id)) else { continue };
        for part in split(*order, &paying(of_agreement))? {
            let row = of_agreement.iter().find(|row| row.contribution_id == part.contribution_id);
            match row.filter(|row| row.is_earmarked) {
                Some(row) => {
                    let cash = Money::from_minor(row.cash_minor, currency);
                    let (needed, _) = earmarked.entry(part.contribution_id).or_insert((Money::zero(currency), cash));
                    *needed = needed.checked_add(part.amount)?;
                }
                None => others = others.checked_add(part.amount)?,
            }
        }
    }
    for (needed, cash) in earmarked.into_values() {
        within(needed, cash, Code::InsufficientCash)?;
    }
    let cash = Money::from_minor(journal::unearmarked_cash(tx, fund_id).await?, currency);
    within(others, cash, Code::InsufficientCash)
}

/// By the commitment, within what each contribution still carries of it.
fn paying(rows: &[CarriedRow]) -> Vec<Share> {
    shares(rows, |r| r.committed_minor + r.written_off_minor, |r| r.disbursed_minor, CarriedRow::unpaid)
}

/// The shares in the next payment on an agreement (M60), to show how it would be split: limits are
/// looked at when it is booked.
///
/// # Errors
/// When the database fails.
pub async fn payment_shares(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<Share>, ApiError> {
    let shares = paying(&journal::carried(tx, agreement_id).await?);
    Ok(shares.into_iter().map(|share| Share { limit_minor: Share::NO_LIMIT, ..share }).collect())
}

/// A paid disbursement came back whole: its entry is reversed, with its split (M61).
///
/// # Errors
/// [`Code::WrongState`] when it is not booked or reversed already, [`Code::AboveRemaining`] when some
/// of it was refunded already, [`Code::DateOrder`] for a day before the payment's.
pub async fn reverse_disbursement(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    disbursement_id: DisbursementId,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    let paid = journal::open_entry(tx, EntryKind::Disbursement, disbursement_id.0).await?;
    if let Some(agreement_id) = paid.first().and_then(|row| row.agreement_id) {
        let rows = journal::carried(tx, agreement_id).await?;
        for row in paid.iter().filter(|row| row.account == Account::Disbursed) {
            let own = rows.iter().find(|own| own.contribution_id == row.contribution_id);
            let back = Money::from_minor(row.amount_minor, row.currency);
            // What was written off counts as spent for good.
            let there = own.map_or(0, |own| own.disbursed_minor - own.written_off_minor);
            within(back, Money::from_minor(there, row.currency), Code::AboveRemaining)?;
        }
    }
    let original = (EntryKind::Disbursement, disbursement_id.0);
    reverse(tx, ctx, original, EntryKind::DisbursementReversal, posted_on).await
}

/// A recipient paid money back: into cash, out of what was disbursed, in proportion to what each
/// contribution paid (M43, M61).
///
/// # Errors
/// [`Code::AboveRemaining`] when more comes back than was paid, [`Code::NotFound`].
pub async fn refund(tx: &mut Tx, ctx: &Ctx<'_>, this: OnAgreement) -> Result<EntryId, ApiError> {
    let (fund_id, about, rows) = carried(tx, this.agreement_id).await?;
    // What was written off was given up: it comes back only as a new receipt.
    let open = |r: &CarriedRow| r.disbursed_minor - r.written_off_minor;
    let shares = shares(&rows, open, |_| 0, open);
    within(this.amount, limit_of(&shares, this.amount)?, Code::AboveRemaining)?;
    let parts = split(this.amount, &shares)?;
    book(tx, ctx, fund_id, of(this, EntryKind::Refund, [Account::Cash, Account::Disbursed], about), &parts).await
}
