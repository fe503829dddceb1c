//! Payments to recipients, and money that comes back.

use shared::fund::{Account, EntryKind, Share, split};
use shared::ids::{AgreementId, CallId, DisbursementId, EntryId, FundId, ProposalId};
use shared::money::Money;
use shared::problem::Code;
use shared::time::Date;

use super::grants::of;
use super::{About, Move, OnAgreement, book, carried, limit_of, reverse, shares, within};
use crate::app::Ctx;
use crate::db::Tx;
use crate::fund::store::journal::{self, CarriedRow};
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

/// Books a payment out of cash, split over the contributions that carry the agreement, in proportion
/// to its commitment (M31, M60): a later contribution changes nothing (M61). Contributions without an
/// earmark prefinance each other; earmarked cash pays only its own part.
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
    // An earmark's money pays for what it is for, and nothing else does (M31).
    let is_earmarked = |id| rows.iter().find(|row| row.contribution_id == id).filter(|row| row.is_earmarked);
    for part in &parts {
        if let Some(row) = is_earmarked(part.contribution_id) {
            within(part.amount, Money::from_minor(row.cash_minor, currency), Code::InsufficientCash)?;
        }
    }
    let others = parts.iter().filter(|part| is_earmarked(part.contribution_id).is_none()).map(|part| part.amount);
    let cash = Money::from_minor(journal::unearmarked_cash(tx, pay.fund_id).await?, currency);
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
