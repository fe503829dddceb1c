//! What may be paid of a later tranche (M33), what the grant is in the end and what that leaves
//! (M42, M43), what a recipient owes back.

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::endpoint::Nothing;
use crate::fraction::div_round;
use crate::fund::{REASON_MAX_CHARS, REFERENCE_MAX_CHARS, Step, check_amount, check_past};

use crate::ids::{RecoveryId, RefundId};
use crate::money::{BasisPoints, Money};
use crate::people::check_text;
use crate::problem::{Code, FieldError};
use crate::time::Date;

/// How much of the last tranche must be spent and accepted before the next is paid whole (M33).
pub const BURN: BasisPoints = BasisPoints::percent(70);

/// A recovery is due so many days after the recipient was notified (M43).
pub const RECOVERY_DAYS: i64 = 30;

/// What may be paid of a tranche (M33): `planned`, unless less than 70 % of the last payment or less
/// than all of the earlier ones is spent and accepted; then planned − unspent, at least nothing.
/// `paid` is what was paid or may still be paid of each earlier tranche, in order; `accepted` is the grant's
/// share of accepted spend.
///
/// # Errors
/// [`Code::CurrencyMismatch`], [`Code::AmountRange`].
pub fn payable(planned: Money, paid: &[Money], accepted: Money) -> Result<Money, Code> {
    let currency = planned.currency();
    let all = Money::sum(currency, paid.iter().copied())?;
    let Some(last) = paid.last() else { return Ok(planned) };
    let of_last = accepted.checked_sub(all.checked_sub(*last)?)?;
    // At least 70 % of the last one; a negative rest means that earlier ones are not spent.
    if i128::from(of_last.minor()) * 10_000 >= i128::from(last.minor()) * i128::from(BURN.0) && of_last.minor() >= 0 {
        return Ok(planned);
    }
    let unspent = all.checked_sub(accepted)?;
    let payable = planned.checked_sub(unspent)?;
    Ok(if payable.minor() < 0 { Money::zero(currency) } else { payable })
}

/// The grant's share of eligible cost: min(agreement, cost × agreement ÷ total), rounded once (M42).
///
/// # Errors
/// [`Code::CurrencyMismatch`], [`Code::AmountRange`].
pub fn grant_share(agreement: Money, total: Money, accepted: Money) -> Result<Money, Code> {
    agreement.checked_sub(total)?.checked_sub(accepted)?;
    if total.minor() <= 0 {
        return Err(Code::AmountNotPositive);
    }
    let share = div_round(i128::from(agreement.minor()) * i128::from(accepted.minor()), i128::from(total.minor()));
    let share = i64::try_from(share).map_err(|_| Code::AmountRange)?;
    Ok(Money::from_minor(share.min(agreement.minor()), agreement.currency()))
}

crate::words! {
    /// What a recovery waits for.
    RecoveryState {
        /// Raised by finance.
        Raised = "raised",
        /// The recipient knows; it is due 30 days later.
        Notified = "notified",
        /// Some of it has come back.
        PartPaid = "part_paid",
        /// All of it has come back.
        Settled = "settled",
        /// Given up by the Steering Group.
        WrittenOff = "written_off",
        /// A payment came back, so that nothing is owed any more.
        Cancelled = "cancelled",
    }
}

impl RecoveryState {
    /// Whether money is still to come back.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Settled | Self::WrittenOff | Self::Cancelled)
    }
}

crate::words! {
    /// What must be true before a grant is closed (DOMAIN §2).
    ClosureItem {
        /// The final report is accepted.
        FinalReportAccepted = "final_report_accepted",
        /// No payment is on its way.
        NoOpenPayment = "no_open_payment",
        /// What was paid is the final grant, as far as nothing was written off.
        BalanceSettled = "balance_settled",
        /// No recovery is open.
        NoOpenRecovery = "no_open_recovery",
    }
}

/// A point of the closure's checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ClosureCheck {
    /// What.
    pub item: ClosureItem,
    /// Whether it is so.
    pub is_met: bool,
}

/// Where the end of a grant stands. All amounts in the fund's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Closure {
    /// Eligible cost accepted so far, in all.
    pub accepted_total: Money,
    /// The grant's share of it: what the final grant would be (M42).
    pub share: Money,
    /// The final grant, once the final report is accepted.
    pub final_grant: Option<Money>,
    /// Final grant − net disbursed: to pay when positive, to recover when negative (M43).
    pub balance: Option<Money>,
    /// Agreed − final grant: given back to the fund when the grant is closed.
    pub decommitted: Option<Money>,
    /// What must be true before the grant is closed.
    pub checks: Vec<ClosureCheck>,
    /// Who closed it.
    pub closed: Option<Step>,
}

/// Money that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// How much.
    pub amount: Money,
    /// The bank's reference.
    pub bank_reference: String,
    /// When it arrived.
    pub received_on: Date,
    /// Who recorded it.
    pub prepared: Step,
    /// Who confirmed it.
    pub confirmed: Option<Step>,
    /// The reader recorded it, so another person must confirm it (M70).
    pub is_own: bool,
}

/// What a recipient owes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Recovery {
    /// Its id.
    pub id: RecoveryId,
    /// Its number.
    pub number: String,
    /// How much.
    pub amount: Money,
    /// What has come back.
    pub refunded: Money,
    /// Amount − refunded; nothing once it is no longer owed.
    pub left: Money,
    /// How far it is.
    pub state: RecoveryState,
    /// Who raised it.
    pub raised: Step,
    /// Until when it is due, once notified.
    pub due_on: Option<Date>,
    /// Due, and not all of it is back: this blocks payments (M32).
    pub is_overdue: bool,
    /// What has come back, oldest first.
    pub refunds: Vec<Refund>,
    /// Why finance proposes to give it up; empty when it does not.
    pub write_off_reason: String,
    /// Who proposed it.
    pub write_off_proposed: Option<Step>,
    /// Where the Steering Group's decision is kept.
    pub write_off_reference: String,
    /// Who recorded the decision.
    pub written_off: Option<Step>,
    /// For `If-Match`.
    pub version: i64,
}

/// Record money that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefundDraft {
    /// At most what is left of the recovery.
    pub amount: Money,
    /// The bank's reference; unique.
    pub bank_reference: String,
    /// When it arrived: the posting date.
    pub received_on: Date,
}

impl RefundDraft {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self, currency: Currency, today: Date) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_amount(&mut errors, "/amount", self.amount, Some(currency));
        check_text(&mut errors, "/bank_reference", &self.bank_reference, REFERENCE_MAX_CHARS);
        check_past(&mut errors, "/received_on", self.received_on, today);
        errors
    }
}

/// Record the Steering Group's decision to give a recovery up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// Where the decision is kept: the minutes' reference.
    pub reference: String,
}

impl WriteOff {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/reference", &self.reference, REASON_MAX_CHARS);
        errors
    }
}

crate::endpoints! {
    /// Raises a recovery of what was paid above the final grant (M43).
    RaiseRecovery { agreement_id: crate::ids::AgreementId } Post "/grants/{agreement_id}/recoveries" query Nothing, Nothing => super::Grant, flags [IfMatch, Idempotent], problems [WrongState, PaymentOpen];

    /// Notifies the recipient of a recovery; it is due 30 days later.
    NotifyRecovery { recovery_id: RecoveryId } Post "/recoveries/{recovery_id}/notification" query Nothing, Nothing => super::Grant, flags [IfMatch], problems [WrongState];

    /// Records money that came back on a recovery.
    PrepareRefund { recovery_id: RecoveryId } Post "/recoveries/{recovery_id}/refunds" query Nothing, RefundDraft => super::Grant, flags [Idempotent], problems [WrongState, AboveRemaining, BankReferenceUsed];

    /// Confirms money that came back, and books it. Another person than who recorded it (M70).
    ConfirmRefund { refund_id: RefundId } Post "/refunds/{refund_id}/confirmation" query Nothing, Nothing => super::Grant, flags [Idempotent], problems [WrongState, SeparationOfDuties, AboveRemaining];

    /// Drops or refuses a refund that is not booked.
    RefuseRefund { refund_id: RefundId } Post "/refunds/{refund_id}/refusal" query Nothing, super::Because => super::Grant, flags [], problems [WrongState];

    /// Proposes to give a recovery up.
    ProposeWriteOff { recovery_id: RecoveryId } Post "/recoveries/{recovery_id}/write-off-proposal" query Nothing, super::Because => super::Grant, flags [IfMatch], problems [WrongState, RefundWaits];

    /// Records the Steering Group's decision to give a recovery up, and books it. Another person than who proposed it (M70).
    WriteOffRecovery { recovery_id: RecoveryId } Post "/recoveries/{recovery_id}/write-off" query Nothing, WriteOff => super::Grant, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties, RefundWaits];

    /// Records that the Steering Group does not give a recovery up.
    RefuseWriteOff { recovery_id: RecoveryId } Post "/recoveries/{recovery_id}/write-off-refusal" query Nothing, super::Because => super::Grant, flags [IfMatch], problems [WrongState];

    /// Closes a grant: gives back what the final grant does not need (M43).
    CloseGrant { agreement_id: crate::ids::AgreementId } Post "/grants/{agreement_id}/closure" query Nothing, Nothing => super::Grant, flags [IfMatch, Idempotent], problems [WrongState, ClosureBlocked];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn paid(planned: &str, paid: &[&str], accepted: &str) -> String {
        let paid: Vec<Money> = paid.iter().map(|text| eur(text)).collect();
        payable(eur(planned), &paid, eur(accepted)).unwrap().amount()
    }

    #[test]
    fn m33_the_burn_rule() {
        for (planned, before, accepted, expected) in [
            // Planned 40 000, last 50 000: 70 % is 35 000.00.
            ("40000", &["50000"][..], "35000.00", "40000.00"),
            ("40000", &["50000"], "34999.99", "24999.99"),
            // The golden scenario.
            ("50000", &["40000"], "27999.99", "37999.99"),
            ("50000", &["40000"], "28000.00", "50000.00"),
            // Earlier ones must be spent whole, the last to 70 %.
            ("10000", &["10000", "20000"], "24000.00", "10000.00"),
            ("10000", &["10000", "20000"], "23999.99", "3999.99"),
            ("10000", &["10000", "20000"], "9999.99", "0.00"),
            // More spent than paid, nothing spent, nothing paid yet.
            ("10000", &["10000"], "12000.00", "10000.00"),
            ("10000", &["10000"], "0.00", "0.00"),
            ("10000", &[], "0.00", "10000.00"),
        ] {
            assert_eq!(paid(planned, before, accepted), expected, "{planned} after {before:?}, {accepted} spent");
        }
    }

    #[test]
    fn m42_the_final_grant_is_an_exact_fraction_and_at_most_the_agreement() {
        let share =
            |agreement, total, accepted| grant_share(eur(agreement), eur(total), eur(accepted)).unwrap().amount();
        assert_eq!(share("80000", "100000", "90000.00"), "72000.00");
        assert_eq!(share("100000", "125000", "112500.00"), "90000.00");
        assert_eq!(share("100000", "125000", "34999.99"), "27999.99");
        assert_eq!(share("100000", "125000", "130000"), "100000.00");
        // A third: no rounded percentage in between.
        assert_eq!(share("1", "3", "3"), "1.00");
        assert_eq!(share("100000", "300000", "299999.99"), "100000.00");
        assert_eq!(share("100000", "300000", "299999.98"), "99999.99");
        assert_eq!(grant_share(eur("1"), eur("0"), eur("1")), Err(Code::AmountNotPositive));
    }

    proptest! {
        /// Payable is never negative, never above the plan, and with what is unspent never above it either.
        #[test]
        fn m33_nothing_is_paid_on_top_of_what_is_unspent(planned in 1_i64..10_000_000, before in proptest::collection::vec(1_i64..10_000_000, 0..5), accepted in 0_i64..60_000_000) {
            let money = |minor| Money::from_minor(minor, Currency::EUR);
            let paid: Vec<Money> = before.iter().map(|minor| money(*minor)).collect();
            let got = payable(money(planned), &paid, money(accepted)).unwrap().minor();
            prop_assert!((0..=planned).contains(&got));
            let unspent = before.iter().sum::<i64>() - accepted;
            if got < planned {
                prop_assert_eq!(got, (planned - unspent).max(0));
                let last = before.last().copied().unwrap();
                prop_assert!(unspent * 10 > last * 3);
            }
        }

        /// The share of a sum is never above the agreement and off the exact value by half a unit at most.
        #[test]
        fn m42_rounded_once(agreement in 1_i64..1_000_000_000, more in 0_i64..1_000_000_000, accepted in 0_i64..3_000_000_000) {
            let total = agreement + more;
            let money = |minor| Money::from_minor(minor, Currency::EUR);
            let share = grant_share(money(agreement), money(total), money(accepted)).unwrap().minor();
            prop_assert!(share <= agreement);
            let off = (i128::from(share) * i128::from(total) - i128::from(agreement) * i128::from(accepted)) * 2;
            prop_assert!(share == agreement || off.abs() <= i128::from(total));
        }
    }
}
