//! Months and years that lock: no posting goes into a locked one (M71), and four eyes lock and unlock (M70).

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::endpoint::Nothing;
use crate::fund::Step;
use crate::ids::{FundId, PeriodId};
use crate::money::Money;
use crate::problem::{Code, FieldError};
use crate::rates::ReasonRequest;
use crate::time::Date;

crate::words! {
    /// How long a period is; months come first.
    PeriodKind {
        /// A calendar month.
        Month = "month",
        /// A calendar year.
        Year = "year",
    }
}

crate::words! {
    /// How far a period is.
    PeriodState {
        /// Postings may be dated into it.
        Open = "open",
        /// Somebody asks to lock it; postings may still be dated into it.
        LockProposed = "lock_proposed",
        /// No posting may be dated into it.
        Locked = "locked",
        /// Somebody asks to unlock it; it is locked until another agrees.
        UnlockProposed = "unlock_proposed",
    }
}

impl PeriodState {
    /// Whether postings are refused.
    #[must_use]
    pub const fn is_locked(self) -> bool {
        matches!(self, Self::Locked | Self::UnlockProposed)
    }

    /// Where a decision on what is proposed leads; none when nothing is proposed.
    #[must_use]
    pub const fn decided(self, is_accepted: bool) -> Option<Self> {
        match (self, is_accepted) {
            (Self::LockProposed, true) | (Self::UnlockProposed, false) => Some(Self::Locked),
            (Self::LockProposed, false) | (Self::UnlockProposed, true) => Some(Self::Open),
            (Self::Open | Self::Locked, _) => None,
        }
    }
}

impl PeriodKind {
    /// The first and last day of the period of this kind that a day lies in.
    #[must_use]
    pub fn around(self, day: Date) -> (Date, Date) {
        let naive = day.naive();
        let month = match self {
            Self::Month => naive.month(),
            Self::Year => 1,
        };
        let length = match self {
            Self::Month => Months::new(1),
            Self::Year => Months::new(12),
        };
        let first = NaiveDate::from_ymd_opt(naive.year(), month, 1).unwrap_or(naive);
        let last = first.checked_add_months(length).and_then(|next| next.pred_opt()).unwrap_or(first);
        (Date::new(first), Date::new(last))
    }
}

/// The twelve months of a calendar year, then the year itself: kind, first and last day.
#[must_use]
pub fn of_year(year: i32) -> Vec<(PeriodKind, Date, Date)> {
    let first_days = (1..=12).filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1)).map(Date::new);
    let months: Vec<_> = first_days.map(|day| (PeriodKind::Month, day)).collect();
    let year = months.first().map(|(_, day)| (PeriodKind::Year, *day));
    months
        .into_iter()
        .chain(year)
        .map(|(kind, day)| {
            let (first, last) = kind.around(day);
            (kind, first, last)
        })
        .collect()
}

/// A month or year of the fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Period {
    /// Its id, once somebody has proposed to lock it.
    pub id: Option<PeriodId>,
    /// A month or a year.
    pub kind: PeriodKind,
    /// The first day.
    pub first_day: Date,
    /// The last day.
    pub last_day: Date,
    /// How far it is.
    pub state: PeriodState,
    /// Why it is to be unlocked, or why the last proposal was refused.
    pub reason: String,
    /// Who made the last proposal.
    pub proposed_by: Option<Step>,
    /// Who decided on it: another person (M70).
    pub decided_by: Option<Step>,
    /// What the bank's statements and the journal do not agree on, per currency; empty when they do.
    pub unexplained: Vec<Money>,
    /// Receipts and allocations dated into it that wait to be confirmed.
    pub waiting: i64,
    /// Whether its last day has passed.
    pub has_ended: bool,
    /// The reader made the proposal, so another person must decide (M70).
    pub is_own: bool,
    /// For `If-Match`; 0 before the first proposal.
    pub version: i64,
}

impl Period {
    /// Why it cannot be locked now; none when it can.
    #[must_use]
    pub fn obstacle(&self) -> Option<Code> {
        if !self.has_ended {
            Some(Code::PeriodNotEnded)
        } else if self.waiting > 0 {
            Some(Code::BookingsWaiting)
        } else if !self.unexplained.is_empty() {
            Some(Code::Unreconciled)
        } else {
            None
        }
    }
}

/// Which year.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PeriodQuery {
    /// The calendar year; none for the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
}

/// A year of the fund, month by month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Periods {
    /// The calendar year.
    pub year: i32,
    /// The year of the fund's first posting; the present one before it.
    pub first_year: i32,
    /// The present year.
    pub last_year: i32,
    /// Its months, then the year itself.
    pub periods: Vec<Period>,
}

/// Propose to lock a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LockProposal {
    /// A month or a year.
    pub kind: PeriodKind,
    /// Its first day.
    pub first_day: Date,
}

impl LockProposal {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let (first, _) = self.kind.around(self.first_day);
        if first == self.first_day {
            Vec::new()
        } else {
            vec![FieldError::new("/first_day", Code::NotAChoice).with("expected", first)]
        }
    }
}

/// Agree to what is proposed, or refuse it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PeriodDecision {
    /// Whether it shall be so.
    pub is_accepted: bool,
    /// Why not; may be empty when it shall.
    pub reason: String,
}

impl PeriodDecision {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        if self.is_accepted { Vec::new() } else { ReasonRequest { reason: self.reason.clone() }.errors() }
    }
}

crate::endpoints! {
    /// A year of the fund: its months and itself, who locked them, what is not reconciled.
    ListPeriods { fund_id: FundId } Get "/funds/{fund_id}/periods" query PeriodQuery, Nothing => Periods, flags [], problems [];

    /// Proposes to lock a period that has ended and is reconciled (M71).
    ProposeLock { fund_id: FundId } Post "/funds/{fund_id}/periods" query Nothing, LockProposal => Period, flags [], problems [WrongState, PeriodNotEnded, BookingsWaiting, Unreconciled];

    /// Proposes to unlock a locked period, with a reason (M71).
    ProposeUnlock { period_id: PeriodId } Post "/periods/{period_id}/unlock" query Nothing, ReasonRequest => Period, flags [IfMatch], problems [WrongState];

    /// Locks or unlocks as another person proposed, or refuses (M70, M71).
    DecidePeriod { period_id: PeriodId } Post "/periods/{period_id}/decision" query Nothing, PeriodDecision => Period, flags [IfMatch], problems [SeparationOfDuties, WrongState, PeriodNotEnded, BookingsWaiting, Unreconciled];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m71_periods_are_calendar_months_and_years() {
        let day = |text| Date::parse(text).unwrap();
        assert_eq!(PeriodKind::Month.around(day("2028-02-10")), (day("2028-02-01"), day("2028-02-29")));
        assert_eq!(PeriodKind::Year.around(day("2026-07-31")), (day("2026-01-01"), day("2026-12-31")));
        let year = of_year(2026);
        assert_eq!(
            (year.len(), year[11], year[12].0),
            (13, (PeriodKind::Month, day("2026-12-01"), day("2026-12-31")), PeriodKind::Year)
        );
        // Each day lies in exactly one month.
        assert!(year[..12].windows(2).all(|pair| pair[0].2.plus_days(1) == pair[1].1));
        assert_eq!(
            LockProposal { kind: PeriodKind::Month, first_day: day("2026-02-02") }.errors()[0].code,
            Code::NotAChoice
        );
    }

    #[test]
    fn m71_what_is_proposed_is_decided_once() {
        use PeriodState as S;
        assert_eq!((S::LockProposed.decided(true), S::LockProposed.decided(false)), (Some(S::Locked), Some(S::Open)));
        assert_eq!(
            (S::UnlockProposed.decided(true), S::UnlockProposed.decided(false)),
            (Some(S::Open), Some(S::Locked))
        );
        assert_eq!((S::Open.decided(true), S::Locked.decided(false)), (None, None));
        assert!(S::UnlockProposed.is_locked() && !S::LockProposed.is_locked());
    }
}
