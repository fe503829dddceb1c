//! Instants in UTC, truncated to microseconds, the precision that both databases keep.

use std::fmt;

use chrono::{DateTime, Datelike, Duration, NaiveDate, SecondsFormat, Utc, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::problem::Code;

/// A calendar date without a zone: due dates, value dates, posting dates. JSON: `2026-03-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
pub struct Date(NaiveDate);

impl Date {
    /// The first day that anything is booked on: periods know no earlier one (M71).
    pub const FIRST: Self = Self(match NaiveDate::from_ymd_opt(1900, 1, 1) {
        Some(day) => day,
        None => NaiveDate::MIN,
    });

    /// Parses `2026-03-12`.
    ///
    /// # Errors
    /// [`Code::DateFormat`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Code> {
        if text.len() != 10 {
            return Err(Code::DateFormat);
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| Code::DateFormat)
    }

    /// From chrono's date.
    #[must_use]
    pub fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// As chrono's date.
    #[must_use]
    pub fn naive(self) -> NaiveDate {
        self.0
    }

    /// This date moved by days; unchanged at the calendar's end.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(Duration::try_days(days).and_then(|by| self.0.checked_add_signed(by)).unwrap_or(self.0))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%d").fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(|c| serde::de::Error::custom(c.as_str()))
    }
}

#[cfg(feature = "server")]
crate::ids::string_schema!(Date, "Calendar date", "2026-03-12");

/// An instant in UTC with microseconds. JSON: RFC 3339 with `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Truncates to microseconds.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros()).unwrap_or(Self(at))
    }

    /// From microseconds since 1970; `None` when out of the calendar's range.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Parses RFC 3339, any offset.
    ///
    /// # Errors
    /// When the text is not an RFC 3339 instant.
    pub fn parse(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(|t| Self::new(t.to_utc()))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The same instant as chrono's type.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The UTC date.
    #[must_use]
    pub fn date(self) -> Date {
        Date(self.0.date_naive())
    }

    /// This instant moved by a duration; unchanged at the calendar's end.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.checked_add_signed(by).unwrap_or(self.0))
    }
}

/// The instant `days` business days (Monday to Friday) after `from`, same time of day (V3).
#[must_use]
pub fn plus_business_days(from: Timestamp, days: u32) -> Timestamp {
    let mut at = from;
    let mut left = days;
    while left > 0 {
        at = at.plus(Duration::days(1));
        if !matches!(at.0.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    at
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(|_| serde::de::Error::custom(Code::DateFormat.as_str()))
    }
}

#[cfg(feature = "server")]
mod server {
    use super::Timestamp;
    use chrono::{DateTime, Utc};
    use sqlx::{Decode, Encode, Postgres, Sqlite, Type, encode::IsNull, error::BoxDynError};

    impl Type<Sqlite> for Timestamp {
        fn type_info() -> <Sqlite as sqlx::Database>::TypeInfo {
            <i64 as Type<Sqlite>>::type_info()
        }
        fn compatible(ty: &<Sqlite as sqlx::Database>::TypeInfo) -> bool {
            <i64 as Type<Sqlite>>::compatible(ty)
        }
    }
    impl<'q> Encode<'q, Sqlite> for Timestamp {
        fn encode_by_ref(&self, buf: &mut <Sqlite as sqlx::Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
            Encode::<Sqlite>::encode(self.micros(), buf)
        }
    }
    impl<'r> Decode<'r, Sqlite> for Timestamp {
        fn decode(value: <Sqlite as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
            let micros = <i64 as Decode<Sqlite>>::decode(value)?;
            Self::from_micros(micros).ok_or_else(|| "instant out of range".into())
        }
    }
    impl Type<Postgres> for Timestamp {
        fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
            <DateTime<Utc> as Type<Postgres>>::type_info()
        }
        fn compatible(ty: &<Postgres as sqlx::Database>::TypeInfo) -> bool {
            <DateTime<Utc> as Type<Postgres>>::compatible(ty)
        }
    }
    impl<'q> Encode<'q, Postgres> for Timestamp {
        fn encode_by_ref(&self, buf: &mut <Postgres as sqlx::Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
            Encode::<Postgres>::encode(self.utc(), buf)
        }
    }
    impl<'r> Decode<'r, Postgres> for Timestamp {
        fn decode(value: <Postgres as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
            <DateTime<Utc> as Decode<Postgres>>::decode(value).map(Self::new)
        }
    }

    crate::ids::string_schema!(Timestamp, "RFC 3339 instant in UTC", "2026-03-12T22:59:00Z");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_the_round_trip_to_text_and_micros() {
        let t = Timestamp::parse("2026-03-12T23:59:00.123456789+01:00").unwrap();
        assert_eq!(t.to_string(), "2026-03-12T22:59:00.123456Z");
        assert_eq!(Timestamp::from_micros(t.micros()), Some(t));
        assert_eq!(Timestamp::parse(&t.to_string()).unwrap(), t);
    }

    #[test]
    fn v3_business_days_skip_weekends() {
        // 12 March 2026 is a Thursday.
        let thursday = Timestamp::parse("2026-03-12T10:00:00Z").unwrap();
        assert_eq!(plus_business_days(thursday, 1).to_string(), "2026-03-13T10:00:00Z");
        assert_eq!(plus_business_days(thursday, 2).to_string(), "2026-03-16T10:00:00Z");
        assert_eq!(plus_business_days(thursday, 5).to_string(), "2026-03-19T10:00:00Z");
        assert_eq!(plus_business_days(thursday, 0), thursday);
    }
}
