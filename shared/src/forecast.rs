//! Calendar quarters, by which what is to come is added up.

use std::fmt;

use chrono::Datelike;

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
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-Q{}", self.year, self.quarter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lies_in_its_calendar_quarter() {
        let quarter = |day| Quarter::of(Date::parse(day).unwrap()).to_string();
        let days = ["2026-01-01", "2026-03-31", "2026-04-01", "2026-09-30", "2026-12-31"];
        assert_eq!(days.map(quarter), ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]);
        assert!(Quarter::of(Date::parse("2026-12-31").unwrap()) < Quarter::of(Date::parse("2027-01-01").unwrap()));
    }
}
