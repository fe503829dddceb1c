//! What is still to be paid of signed agreements, by the calendar quarter it is due in, beside the money
//! to pay it with.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::endpoint::{Nothing, Page};
use crate::grants::TrancheState;
use crate::ids::{AgreementId, CallId, FundId, TrancheId};
use crate::money::Money;
use crate::problem::Code;
use crate::time::Date;

/// A calendar quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    quarter: u32,
}

impl Quarter {
    /// The quarter that a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.naive().year(), quarter: day.naive().month0() / 3 + 1 }
    }

    /// Its first day; none at the calendar's end.
    #[must_use]
    pub fn first_day(self) -> Option<Date> {
        NaiveDate::from_ymd_opt(self.year, self.quarter * 3 - 2, 1).map(Date::new)
    }

    /// Its last day; none at the calendar's end.
    #[must_use]
    pub fn last_day(self) -> Option<Date> {
        let (year, month) = if self.quarter == 4 { (self.year + 1, 1) } else { (self.year, self.quarter * 3 + 1) };
        NaiveDate::from_ymd_opt(year, month, 1).and_then(|day| day.pred_opt()).map(Date::new)
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-Q{}", self.year, self.quarter)
    }
}

/// What is to be paid in a quarter. Amounts in the fund's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct QuarterForecast {
    /// The quarter, as `2026-Q4`.
    pub quarter: String,
    /// Its first day.
    pub first_day: Date,
    /// Its last day.
    pub last_day: Date,
    /// Of tranches whose day has come.
    pub due: Money,
    /// Of tranches whose day is to come.
    pub planned: Money,
    /// Due and planned.
    pub total: Money,
    /// The total of this and all earlier quarters.
    pub cumulative: Money,
    /// Cash less the cumulative total: negative when more must arrive by then. None for one call alone,
    /// which has no cash of its own.
    pub cash_after: Option<Money>,
}

/// What is to be paid, quarter by quarter, and with what. Amounts in the fund's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// The quarters in which something is to be paid, earliest first.
    pub quarters: Vec<QuarterForecast>,
    /// The sum of what is due.
    pub due: Money,
    /// The sum of what is planned.
    pub planned: Money,
    /// What the quarters sum to.
    pub total: Money,
    /// In the bank.
    pub cash: Money,
    /// Signed by donors and still to be received, at the budget rate.
    pub receivable: Money,
    /// The day on which it is looked at: what is due by then is not planned any more.
    pub today: Date,
}

impl Forecast {
    /// Adds up what is left of tranches, day by day in order.
    ///
    /// # Errors
    /// [`Code::AmountRange`] when a sum is too large.
    pub fn add_up(
        days: impl IntoIterator<Item = (Date, Money)>,
        [cash, receivable]: [Money; 2],
        has_cash: bool,
        today: Date,
    ) -> Result<Self, Code> {
        let zero = Money::zero(cash.currency());
        let mut quarters: Vec<QuarterForecast> = Vec::new();
        let (mut due, mut planned) = (zero, zero);
        for (day, left) in days {
            let quarter = Quarter::of(day);
            let name = quarter.to_string();
            if quarters.last().is_none_or(|last| last.quarter != name) {
                let first_day = quarter.first_day().ok_or(Code::DateFormat)?;
                let last_day = quarter.last_day().ok_or(Code::DateFormat)?;
                quarters.push(QuarterForecast {
                    quarter: name,
                    first_day,
                    last_day,
                    due: zero,
                    planned: zero,
                    total: zero,
                    cumulative: due.checked_add(planned)?,
                    cash_after: None,
                });
            }
            let Some(open) = quarters.last_mut() else { continue };
            let (whole, part) =
                if day <= today { (&mut due, &mut open.due) } else { (&mut planned, &mut open.planned) };
            *whole = whole.checked_add(left)?;
            *part = part.checked_add(left)?;
            open.total = open.total.checked_add(left)?;
            open.cumulative = open.cumulative.checked_add(left)?;
            open.cash_after = if has_cash { Some(cash.checked_sub(open.cumulative)?) } else { None };
        }
        Ok(Self { quarters, due, planned, total: due.checked_add(planned)?, cash, receivable, today })
    }
}

/// Of which call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForecastQuery {
    /// One call's agreements only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
}

/// Which tranches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForecastTrancheQuery {
    /// One call's agreements only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Due on this day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Due on this day or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TrancheId>,
}

/// A tranche of which something is still to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ForecastTranche {
    /// Its id.
    pub id: TrancheId,
    /// When it is due.
    pub due_on: Date,
    /// The call's code.
    pub call: String,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The agreement's number.
    pub agreement: String,
    /// The recipient's name.
    pub recipient: String,
    /// Its number within the agreement.
    pub number: i64,
    /// How far it is.
    pub state: TrancheState,
    /// What is still to be paid of it, in the fund's currency.
    pub left: Money,
}

crate::endpoints! {
    /// What is still to be paid of signed agreements by quarter, beside cash and what is still to be received.
    GetForecast { fund_id: FundId } Get "/funds/{fund_id}/forecast" query ForecastQuery, Nothing => Forecast, flags [], problems [];

    /// The tranches that the forecast sums, earliest first.
    ListForecast { fund_id: FundId } Get "/funds/{fund_id}/forecast/tranches" query ForecastTrancheQuery, Nothing => Page<ForecastTranche>, flags [], problems [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Currency;

    #[test]
    fn a_day_lies_in_its_calendar_quarter() {
        let quarter = |day| Quarter::of(Date::parse(day).unwrap()).to_string();
        let days = ["2026-01-01", "2026-03-31", "2026-04-01", "2026-09-30", "2026-12-31"];
        assert_eq!(days.map(quarter), ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]);
        assert!(Quarter::of(Date::parse("2026-12-31").unwrap()) < Quarter::of(Date::parse("2027-01-01").unwrap()));
        let ends = |day| {
            let quarter = Quarter::of(Date::parse(day).unwrap());
            (quarter.first_day().unwrap().to_string(), quarter.last_day().unwrap().to_string())
        };
        assert_eq!(ends("2026-02-11"), ("2026-01-01".to_owned(), "2026-03-31".to_owned()));
        assert_eq!(ends("2026-12-31"), ("2026-10-01".to_owned(), "2026-12-31".to_owned()));
    }

    #[test]
    fn m3_quarters_sum_to_the_total_and_say_when_cash_runs_out() {
        let day = |text| Date::parse(text).unwrap();
        let eur = |text| Money::parse(text, Currency::EUR).unwrap();
        let days = [
            (day("2026-02-01"), eur("10")),
            (day("2026-03-31"), eur("5.01")),
            (day("2026-05-01"), eur("20")),
            (day("2027-01-01"), eur("70")),
        ];
        let forecast = Forecast::add_up(days, [eur("40"), eur("60")], true, day("2026-03-02")).unwrap();
        let shown: Vec<_> = forecast
            .quarters
            .iter()
            .map(|q| (q.quarter.as_str(), q.due, q.planned, q.total, q.cumulative, q.cash_after.unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                ("2026-Q1", eur("10"), eur("5.01"), eur("15.01"), eur("15.01"), eur("24.99")),
                ("2026-Q2", eur("0"), eur("20"), eur("20"), eur("35.01"), eur("4.99")),
                ("2027-Q1", eur("0"), eur("70"), eur("70"), eur("105.01"), eur("-65.01")),
            ]
        );
        assert_eq!((forecast.due, forecast.planned, forecast.total), (eur("10"), eur("95.01"), eur("105.01")));
    }
}
