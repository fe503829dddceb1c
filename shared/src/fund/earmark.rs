//! What a contribution may be used for (M24).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::calls::{FundingWindow, is_country_code};
use crate::ids::CallId;
use crate::problem::{Code, FieldError};
use crate::time::Date;

/// The most countries, calls and windows that an earmark names, each.
pub const EARMARK_MAX: usize = 100;

/// Limits of a contribution (M24). An empty list sets no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Earmark {
    /// Only for these countries, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// Never for these countries.
    pub excluded_countries: Vec<String>,
    /// Only for these calls.
    pub calls: Vec<CallId>,
    /// Only for these windows.
    pub windows: Vec<FundingWindow>,
}

/// What a grant is for, as an earmark sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantUse {
    /// The proposal's country; none while a whole call is looked at: then countries set no limit.
    pub country: Option<String>,
    /// The call.
    pub call_id: CallId,
    /// The call's window.
    pub window: FundingWindow,
}

impl Earmark {
    /// Whether it sets any limit.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.is_limited() || !self.excluded_countries.is_empty()
    }

    /// Whether it names what the money is for, not only what it is not for (V7).
    #[must_use]
    pub fn is_limited(&self) -> bool {
        !(self.countries.is_empty() && self.calls.is_empty() && self.windows.is_empty())
    }

    /// Whether money with this earmark may go to such a grant (M24).
    #[must_use]
    pub fn allows(&self, grant: &GrantUse) -> bool {
        let country = grant.country.as_ref().is_none_or(|country| {
            (self.countries.is_empty() || self.countries.contains(country))
                && !self.excluded_countries.contains(country)
        });
        country
            && (self.calls.is_empty() || self.calls.contains(&grant.call_id))
            && (self.windows.is_empty() || self.windows.contains(&grant.window))
    }

    /// What is wrong with it, field by field.
    pub fn check(&self, errors: &mut Vec<FieldError>) {
        let lists = [("countries", &self.countries), ("excluded_countries", &self.excluded_countries)];
        let mut seen = BTreeSet::new();
        for (name, countries) in lists {
            for (i, country) in countries.iter().enumerate() {
                let pointer = format!("/earmark/{name}/{i}");
                if !is_country_code(country) {
                    errors.push(FieldError::new(pointer, Code::NotAChoice));
                } else if !seen.insert(country) {
                    errors.push(FieldError::new(pointer, Code::NotUnique));
                }
            }
        }
        let mut calls = BTreeSet::new();
        if !self.calls.iter().all(|id| calls.insert(id.0)) {
            errors.push(FieldError::new("/earmark/calls", Code::NotUnique));
        }
        let mut windows = BTreeSet::new();
        if !self.windows.iter().all(|window| windows.insert(*window)) {
            errors.push(FieldError::new("/earmark/windows", Code::NotUnique));
        }
        if self.countries.len().max(self.excluded_countries.len()).max(self.calls.len()) > EARMARK_MAX {
            errors.push(FieldError::new("/earmark", Code::TooMany).with("max", EARMARK_MAX));
        }
    }
}

/// When and for what a contribution may be promised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// For what.
    pub earmark: Earmark,
    /// Not before this day.
    pub valid_from: Option<Date>,
    /// Not after this day.
    pub valid_until: Option<Date>,
}

impl Terms {
    /// Whether its money may be promised to such a grant on a day (M24).
    #[must_use]
    pub fn allow(&self, grant: &GrantUse, on: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= on)
            && self.valid_until.is_none_or(|until| on <= until)
            && self.earmark.allows(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(country: &str) -> GrantUse {
        GrantUse {
            country: Some(country.into()),
            call_id: CallId(uuid::Uuid::from_bytes([1; 16])),
            window: FundingWindow::CountryImplementation,
        }
    }

    #[test]
    fn m24_an_earmark_is_a_hard_filter_and_an_empty_one_is_none() {
        let any = Earmark::default();
        assert!(any.allows(&grant("CM")) && !any.is_any());
        let cameroon = Earmark { countries: vec!["CM".into()], ..any.clone() };
        assert!(cameroon.allows(&grant("CM")) && !cameroon.allows(&grant("NP")));
        assert!(cameroon.allows(&GrantUse { country: None, ..grant("NP") }), "a whole call has no country");
        let without = Earmark { excluded_countries: vec!["CM".into()], ..any.clone() };
        assert!(!without.allows(&grant("CM")) && without.allows(&grant("NP")));
        assert!(without.is_any() && !without.is_limited());
        let other = Earmark { calls: vec![CallId(uuid::Uuid::from_bytes([2; 16]))], ..any.clone() };
        assert!(!other.allows(&grant("CM")));
        let software = Earmark { windows: vec![FundingWindow::SoftwareDevelopment], ..any };
        assert!(!software.allows(&grant("CM")));
    }

    #[test]
    fn m24_money_is_promised_within_its_period_only() {
        let day = |text| Date::parse(text).unwrap();
        let terms =
            Terms { valid_from: Some(day("2026-01-01")), valid_until: Some(day("2026-12-31")), ..Terms::default() };
        assert!(terms.allow(&grant("CM"), day("2026-12-31")) && terms.allow(&grant("CM"), day("2026-01-01")));
        assert!(!terms.allow(&grant("CM"), day("2027-01-01")) && !terms.allow(&grant("CM"), day("2025-12-31")));
    }

    #[test]
    fn m24_bad_countries_name_their_place() {
        let earmark = Earmark {
            countries: vec!["CM".into(), "Cameroon".into()],
            excluded_countries: vec!["CM".into()],
            ..Earmark::default()
        };
        let mut errors = Vec::new();
        earmark.check(&mut errors);
        let at: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(at, ["/earmark/countries/1", "/earmark/excluded_countries/0"]);
    }
}
