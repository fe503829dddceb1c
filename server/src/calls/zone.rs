//! Local times of a zone and UTC: the only place that knows time zones.

use chrono::{LocalResult, TimeZone};
use chrono_tz::Tz;
use shared::calls::LocalTime;
use shared::problem::Code;
use shared::time::Timestamp;

/// Reads an IANA name such as `Africa/Douala`.
///
/// # Errors
/// [`Code::ZoneUnknown`] for anything else.
pub fn parse(name: &str) -> Result<Tz, Code> {
    name.parse().map_err(|_| Code::ZoneUnknown)
}

/// The instant at which the zone's clocks show a local time.
///
/// # Errors
/// [`Code::LocalTimeSkipped`] when they never show it, [`Code::LocalTimeTwice`] when they show it
/// twice: nobody should have to guess which of the two a deadline means.
pub fn to_utc(local: LocalTime, zone: Tz) -> Result<Timestamp, Code> {
    match zone.from_local_datetime(&local.naive()) {
        LocalResult::Single(at) => Ok(Timestamp::new(at.to_utc())),
        LocalResult::None => Err(Code::LocalTimeSkipped),
        LocalResult::Ambiguous(..) => Err(Code::LocalTimeTwice),
    }
}

/// What the zone's clocks show at an instant.
#[must_use]
pub fn to_local(at: Timestamp, zone: Tz) -> LocalTime {
    LocalTime::new(at.utc().with_timezone(&zone).naive_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(zone: &str, local: &str) -> Result<String, Code> {
        to_utc(LocalTime::parse(local)?, parse(zone)?).map(|at| at.to_string())
    }

    #[test]
    fn local_times_become_utc_by_the_zones_own_rules() {
        assert_eq!(utc("Africa/Douala", "2026-03-12T17:00").unwrap(), "2026-03-12T16:00:00Z");
        assert_eq!(utc("Asia/Kathmandu", "2026-03-12T17:00").unwrap(), "2026-03-12T11:15:00Z");
        assert_eq!(utc("Europe/Berlin", "2026-01-12T17:00").unwrap(), "2026-01-12T16:00:00Z");
        assert_eq!(utc("Europe/Berlin", "2026-07-12T17:00").unwrap(), "2026-07-12T15:00:00Z");
    }

    #[test]
    fn times_that_do_not_exist_or_come_twice_are_named() {
        // Clocks in Berlin go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back on 25 October.
        assert_eq!(utc("Europe/Berlin", "2026-03-29T02:30"), Err(Code::LocalTimeSkipped));
        assert_eq!(utc("Europe/Berlin", "2026-10-25T02:30"), Err(Code::LocalTimeTwice));
        assert!(utc("Europe/Berlin", "2026-03-29T03:00").is_ok());
        assert!(utc("Europe/Berlin", "2026-10-25T03:00").is_ok());
    }

    #[test]
    fn only_iana_names_are_zones() {
        for bad in ["", "Berlin", "UTC+1", "+01:00", "Europe/Bonn", "europe/berlin "] {
            assert_eq!(parse(bad), Err(Code::ZoneUnknown), "{bad:?}");
        }
    }

    #[test]
    fn the_local_time_comes_back() {
        let zone = parse("Asia/Kathmandu").unwrap();
        let local = LocalTime::parse("2026-03-12T17:00").unwrap();
        assert_eq!(to_local(to_utc(local, zone).unwrap(), zone), local);
    }
}
