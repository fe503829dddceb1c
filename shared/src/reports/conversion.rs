//! What was spent in a reporting currency, in the fund's: the reporting rate of an agreement (M51) and
//! the rounding difference, which is a figure of its own (M53).

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::fraction::{Fraction, div_round};
use crate::money::{Money, Rate};
use crate::problem::{Code, FieldError};
use crate::rates::RateKind;
use crate::time::Date;

crate::words! {
    /// How an agreement's reporting rate is found; one per agreement, for good (M51).
    ReportingMethod {
        /// All transfers that arrived, together: what they cost over what they brought.
        WeightedAverage = "weighted_average",
        /// What arrived first is spent first, at its own rate; beyond the last transfer its rate goes on.
        Fifo = "fifo",
        /// The mean of the monthly averages of the months that the report covers.
        MonthlyAverage = "monthly_average",
    }
}

impl ReportingMethod {
    /// Whether the rate follows from what arrived with each transfer.
    #[must_use]
    pub const fn needs_transfers(self) -> bool {
        matches!(self, Self::WeightedAverage | Self::Fifo)
    }
}

/// In which currency a recipient reports, when it is not the fund's, and how that is converted (M51).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reporting {
    /// Not the fund's.
    pub currency: Currency,
    /// How its rate is found.
    pub method: ReportingMethod,
}

impl Reporting {
    /// What is wrong with it on an agreement in this currency.
    #[must_use]
    pub fn errors(self, fund: Currency) -> Vec<FieldError> {
        if self.currency == fund {
            return vec![FieldError::new("/reporting/currency", Code::NotAChoice)];
        }
        Vec::new()
    }
}

/// A transfer to the recipient: what the fund paid, and what arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// In the fund's currency, above zero.
    pub paid: Money,
    /// In the reporting currency, above zero.
    pub received: Money,
}

/// A reporting rate: minor units of the fund's currency for one of the reporting currency, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ReportingRate(Fraction);

impl ReportingRate {
    /// From what the database keeps: so many minor units of the fund's currency for so many of the
    /// reporting currency.
    #[must_use]
    pub fn of(fund_minor: i64, reporting_minor: i64) -> Option<Self> {
        Fraction::new(fund_minor, reporting_minor).map(Self)
    }

    /// The exact fraction.
    #[must_use]
    pub fn fraction(self) -> Fraction {
        self.0
    }

    /// The weighted average of transfers (M51).
    ///
    /// # Errors
    /// [`Code::TransferMissing`] without any, [`Code::AmountRange`].
    pub fn weighted_average(transfers: &[Transfer]) -> Result<Self, Code> {
        let sum = |of: fn(&Transfer) -> Money| {
            transfers
                .iter()
                .try_fold(0_i64, |sum, transfer| sum.checked_add(of(transfer).minor()))
                .ok_or(Code::AmountRange)
        };
        Self::of(sum(|transfer| transfer.paid)?, sum(|transfer| transfer.received)?).ok_or(Code::TransferMissing)
    }

    /// The rate of what a report spent, first in, first out (M51): what the units after those `before`
    /// cost, summed exactly over the transfers and rounded once, over what was spent. Beyond the last
    /// transfer its rate goes on: the recipient has advanced that money. `spent` is above zero.
    ///
    /// # Errors
    /// [`Code::TransferMissing`] without transfers, [`Code::AmountNotPositive`] when nothing was spent,
    /// [`Code::AmountRange`].
    pub fn fifo(transfers: &[Transfer], before: Money, spent: Money) -> Result<Self, Code> {
        if !spent.is_positive() {
            return Err(Code::AmountNotPositive);
        }
        let until = before.checked_add(spent)?;
        let (from_whole, from) = cost(transfers, before)?;
        let (until_whole, until) = cost(transfers, until)?;
        // whole + until.0 / until.1 − from.0 / from.1, over one denominator.
        let numerator = (|| {
            let whole = (until_whole - from_whole).checked_mul(until.1)?.checked_mul(from.1)?;
            whole.checked_add(until.0.checked_mul(from.1)?)?.checked_sub(from.0.checked_mul(until.1)?)
        })();
        let cost = div_round(numerator.ok_or(Code::AmountRange)?, until.1 * from.1);
        Self::of(i64::try_from(cost).map_err(|_| Code::AmountRange)?, spent.minor()).ok_or(Code::AmountRange)
    }

    /// The mean of monthly averages, units of the reporting currency per 1 EUR (M51); the fund's
    /// currency is the euro.
    ///
    /// # Errors
    /// [`Code::RateMissing`] without any, [`Code::AmountRange`].
    pub fn monthly_average(averages: &[Rate], reporting: Currency) -> Result<Self, Code> {
        let scale = |decimals: u32| 10_i128.pow(decimals);
        let sum: i128 = averages.iter().map(|rate| i128::from(rate.scaled())).sum();
        let months = i128::try_from(averages.len()).map_err(|_| Code::AmountRange)?;
        if sum == 0 {
            return Err(Code::RateMissing);
        }
        let fund = months * scale(Rate::DECIMALS) * scale(Currency::EUR.decimals());
        let (fund, reporting) = reduced(fund, sum * scale(reporting.decimals()));
        let minor = |value: i128| i64::try_from(value).map_err(|_| Code::AmountRange);
        Self::of(minor(fund)?, minor(reporting)?).ok_or(Code::AmountRange)
    }

    /// An amount of the reporting currency in the fund's, rounded once (M2).
    ///
    /// # Errors
    /// [`Code::AmountRange`].
    pub fn convert(self, amount: Money, fund: Currency) -> Result<Money, Code> {
        let exact = i128::from(amount.minor()) * i128::from(self.0.numerator());
        let minor = i64::try_from(div_round(exact, i128::from(self.0.denominator()))).map_err(|_| Code::AmountRange)?;
        Ok(Money::from_minor(minor, fund))
    }

    /// What one unit of the fund's currency is in the reporting currency, to nine decimals: for reading
    /// only. None when it is nothing.
    #[must_use]
    pub fn units_per_one(self, reporting: Currency, fund: Currency) -> Option<Rate> {
        let scaled = i128::from(self.0.denominator()) * 10_i128.pow(fund.decimals() + Rate::DECIMALS);
        let divisor = i128::from(self.0.numerator()) * 10_i128.pow(reporting.decimals());
        if divisor == 0 {
            return None;
        }
        i64::try_from(div_round(scaled, divisor)).ok().and_then(Rate::from_scaled)
    }
}

fn reduced(a: i128, b: i128) -> (i128, i128) {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x, b / x)
}

/// What the first `spent` units cost, first in, first out: whole minor units of the fund's currency,
/// and a fraction of the transfer that is being spent.
fn cost(transfers: &[Transfer], spent: Money) -> Result<(i128, (i128, i128)), Code> {
    let (mut whole, mut left) = (0_i128, i128::from(spent.minor()));
    for (at, transfer) in transfers.iter().enumerate() {
        let (paid, received) = (i128::from(transfer.paid.minor()), i128::from(transfer.received.minor()));
        if left < received || at + 1 == transfers.len() {
            let (paid, received) = reduced(paid, received);
            return Ok((whole, (left.checked_mul(paid).ok_or(Code::AmountRange)?, received)));
        }
        whole += paid;
        left -= received;
    }
    Err(Code::TransferMissing)
}

/// Amounts in the fund's currency that were spent in another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// Each line, rounded.
    pub lines: Vec<Money>,
    /// Total − lines: the difference that comes of rounding, of either sign (M53).
    pub rounding: Money,
    /// What was spent in all, converted as one amount.
    pub total: Money,
}

/// Converts the lines of a report and their sum, each rounded once; what that differs by is a figure of
/// its own (M53).
///
/// # Errors
/// [`Code::CurrencyMismatch`], [`Code::AmountRange`].
pub fn convert_lines(rate: ReportingRate, spent: &[Money], fund: Currency) -> Result<Converted, Code> {
    let Some(first) = spent.first() else {
        return Ok(Converted { lines: Vec::new(), rounding: Money::zero(fund), total: Money::zero(fund) });
    };
    let total = rate.convert(Money::sum(first.currency(), spent.iter().copied())?, fund)?;
    let lines = spent.iter().map(|line| rate.convert(*line, fund)).collect::<Result<Vec<_>, _>>()?;
    let rounding = total.checked_sub(Money::sum(fund, lines.iter().copied())?)?;
    Ok(Converted { lines, rounding, total })
}

/// The first days of the months that a period touches: their averages make its reporting rate.
#[must_use]
pub fn months(from: Date, to: Date) -> Vec<Date> {
    let mut months = vec![RateKind::MonthlyAverage.date_of(from)];
    while let Some(next) = months.last().map(|first| RateKind::MonthlyAverage.date_of(first.plus_days(31)))
        && next <= to
    {
        months.push(next);
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn npr(text: &str) -> Money {
        Money::parse(text, Currency::parse("NPR").unwrap()).unwrap()
    }

    fn xaf(minor: i64) -> Money {
        Money::from_minor(minor, Currency::XAF)
    }

    fn transfers() -> [Transfer; 2] {
        [
            Transfer { paid: eur("10000"), received: npr("1450000") },
            Transfer { paid: eur("20000"), received: npr("2960000") },
        ]
    }

    fn units(rate: ReportingRate, currency: &str) -> String {
        rate.units_per_one(Currency::parse(currency).unwrap(), Currency::EUR).unwrap().to_string()
    }

    #[test]
    fn m51_the_weighted_average_of_own_transfers() {
        let rate = ReportingRate::weighted_average(&transfers()).unwrap();
        assert_eq!(units(rate, "NPR"), "147");
        assert_eq!(rate.convert(npr("735000"), Currency::EUR), Ok(eur("5000.00")));
        assert_eq!(ReportingRate::weighted_average(&[]), Err(Code::TransferMissing));
    }

    #[test]
    fn m51_first_in_first_out_spends_each_transfer_at_its_own_rate() {
        let fifo = |before: &str, spent: &str| {
            let rate = ReportingRate::fifo(&transfers(), npr(before), npr(spent)).unwrap();
            rate.convert(npr(spent), Currency::EUR).unwrap().amount()
        };
        // 735 000 ÷ 145 = 5 068.9655…
        assert_eq!(fifo("0", "735000"), "5068.97");
        // 450 000 ÷ 145 + 285 000 ÷ 148 = 3 103.4483 + 1 925.6757 = 5 029.1240
        assert_eq!(fifo("1000000", "735000"), "5029.12");
        // The first is spent to the last paisa, and then the second.
        assert_eq!(fifo("0", "1450000"), "10000.00");
        assert_eq!(fifo("1450000", "148"), "1.00");
        // Beyond both: the last one's rate goes on, 30 000 + 148 000 ÷ 148.
        assert_eq!(fifo("0", "4558000"), "31000.00");
        assert_eq!(fifo("4410000", "148000"), "1000.00");
        assert_eq!(ReportingRate::fifo(&[], npr("0"), npr("1")), Err(Code::TransferMissing));
        assert_eq!(ReportingRate::fifo(&transfers(), npr("0"), npr("0")), Err(Code::AmountNotPositive));
    }

    #[test]
    fn m51_the_mean_of_the_monthly_averages_of_the_period() {
        let rates: Vec<Rate> =
            ["655.957", "655.957", "655.957"].iter().map(|text| Rate::parse(text).unwrap()).collect();
        let rate = ReportingRate::monthly_average(&rates, Currency::XAF).unwrap();
        assert_eq!(units(rate, "XAF"), "655.957");
        assert_eq!(rate.convert(xaf(655_957), Currency::EUR), Ok(eur("1000.00")));
        let two: Vec<Rate> = ["144", "148"].iter().map(|text| Rate::parse(text).unwrap()).collect();
        assert_eq!(units(ReportingRate::monthly_average(&two, npr("1").currency()).unwrap(), "NPR"), "146");
        assert_eq!(ReportingRate::monthly_average(&[], Currency::XAF), Err(Code::RateMissing));
        let day = |text| Date::parse(text).unwrap();
        let shown: Vec<String> = months(day("2026-11-17"), day("2027-02-01")).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01"]);
        assert_eq!(months(day("2026-02-28"), day("2026-02-28")), [day("2026-02-01")]);
    }

    #[test]
    fn m53_the_rounding_difference_is_no_cost_line() {
        // 1 000 ÷ 655.957 = 1.52449…: three lines of 1.52 and a total of 4.57.
        let rate = ReportingRate::of(100_000, 655_957).unwrap();
        let converted = convert_lines(rate, &[xaf(1_000), xaf(1_000), xaf(1_000)], Currency::EUR).unwrap();
        assert_eq!(converted.lines, [eur("1.52"); 3]);
        assert_eq!((converted.total, converted.rounding), (eur("4.57"), eur("0.01")));
        // 4 ÷ 655.957 = 0.0061: lines rounded up, the difference is negative.
        let converted = convert_lines(rate, &[xaf(4), xaf(4), xaf(4)], Currency::EUR).unwrap();
        assert_eq!((converted.total, converted.rounding), (eur("0.02"), eur("-0.01")));
    }

    #[test]
    fn m51_the_funds_own_currency_is_no_reporting_currency() {
        let reporting = Reporting { currency: Currency::EUR, method: ReportingMethod::Fifo };
        assert_eq!(reporting.errors(Currency::EUR)[0].code, Code::NotAChoice);
        assert_eq!(reporting.errors(Currency::CHF), []);
    }

    fn own() -> impl Strategy<Value = Vec<Transfer>> {
        let one = (1_i64..10_000_000, 1_i64..10_000_000_000);
        proptest::collection::vec(
            one.prop_map(|(paid, received)| Transfer {
                paid: Money::from_minor(paid, Currency::EUR),
                received: xaf(received),
            }),
            1..6,
        )
    }

    proptest! {
        /// All that arrived is worth all that was paid, whichever way it is counted.
        #[test]
        fn m51_everything_received_is_everything_paid(own in own()) {
            let received = Money::sum(Currency::XAF, own.iter().map(|transfer| transfer.received)).unwrap();
            let paid = Money::sum(Currency::EUR, own.iter().map(|transfer| transfer.paid)).unwrap();
            let average = ReportingRate::weighted_average(&own).unwrap();
            prop_assert_eq!(average.convert(received, Currency::EUR), Ok(paid));
            let fifo = ReportingRate::fifo(&own, xaf(0), received).unwrap();
            prop_assert_eq!(fifo.convert(received, Currency::EUR), Ok(paid));
        }

        /// Spent in two steps, first in first out costs what it costs in one, but for each step's rounding.
        #[test]
        fn m51_fifo_forgets_nothing_between_reports(own in own(), first in 1_i64..20_000_000_000, second in 1_i64..20_000_000_000) {
            let cost = |before, spent| {
                let rate = ReportingRate::fifo(&own, xaf(before), xaf(spent)).unwrap();
                rate.convert(xaf(spent), Currency::EUR).unwrap().minor()
            };
            prop_assert!((cost(0, first) + cost(first, second) - cost(0, first + second)).abs() <= 1);
        }

        /// Lines and difference are the total; the difference is at most half a unit for each line and one for the total.
        #[test]
        fn m53_lines_and_difference_are_the_total(own in own(), spent in proptest::collection::vec(0_i64..1_000_000_000, 1..14)) {
            let spent: Vec<Money> = spent.into_iter().map(xaf).collect();
            let rate = ReportingRate::weighted_average(&own).unwrap();
            let converted = convert_lines(rate, &spent, Currency::EUR).unwrap();
            let sum = Money::sum(Currency::EUR, converted.lines.iter().copied()).unwrap();
            prop_assert_eq!(sum.checked_add(converted.rounding), Ok(converted.total));
            let lines = i64::try_from(spent.len()).unwrap();
            prop_assert!(converted.rounding.minor().abs() * 2 <= lines + 1);
        }

        #[test]
        fn m2_a_conversion_is_within_half_a_minor_unit(own in own(), spent in 0_i64..10_000_000_000) {
            let rate = ReportingRate::weighted_average(&own).unwrap();
            let minor = rate.convert(xaf(spent), Currency::EUR).unwrap().minor();
            let (numerator, denominator) = (rate.fraction().numerator(), rate.fraction().denominator());
            let off = i128::from(minor) * i128::from(denominator) - i128::from(spent) * i128::from(numerator);
            prop_assert!(off.abs() * 2 <= i128::from(denominator));
        }
    }
}
