//! The rules of a concept note: what follows what, what it needs, and how near the full proposal
//! must stay to it (M11).

use super::{ConceptContent, ConceptDecision, ConceptLink, ConceptScreening, ConceptState};
use crate::calls::{ConceptRules, Definition};
use crate::money::{BasisPoints, Money};
use crate::problem::{Code, FieldError};
use crate::proposals::{check_amount_asked, check_details, count_words};

impl ConceptState {
    /// The states that may follow this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        use ConceptState as S;
        match self {
            S::Draft => &[S::Submitted, S::Withdrawn],
            S::Submitted => &[S::Eligible, S::Ineligible, S::Withdrawn],
            S::Eligible => &[S::Invited, S::NotInvited, S::Withdrawn],
            // By an appeal, once.
            S::Ineligible => &[S::Submitted],
            S::Invited | S::NotInvited | S::Withdrawn => &[],
        }
    }

    /// Whether `to` may follow this state.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}

impl ConceptScreening {
    /// The state that the outcome leads to.
    #[must_use]
    pub const fn state(self) -> ConceptState {
        match self {
            Self::Eligible => ConceptState::Eligible,
            Self::Ineligible => ConceptState::Ineligible,
        }
    }
}

impl ConceptDecision {
    /// The state that the outcome leads to.
    #[must_use]
    pub const fn state(self) -> ConceptState {
        match self {
            Self::Invited => ConceptState::Invited,
            Self::NotInvited => ConceptState::NotInvited,
        }
    }
}

/// Everything that is missing or wrong before a note can be submitted. Pointers: `/title`, `/country`,
/// `/requested`, `/summary`.
#[must_use]
pub fn missing(definition: &Definition, rules: &ConceptRules, note: &ConceptContent) -> Vec<FieldError> {
    let mut errors = check_details(definition, &note.title, &note.country, 0);
    match note.requested {
        None => errors.push(FieldError::new("/requested", Code::Required)),
        Some(amount) => errors.extend(
            check_amount_asked(&definition.budget, &definition.currencies, amount)
                .map(|error| FieldError { pointer: "/requested".to_owned(), ..error }),
        ),
    }
    let words = count_words(&note.summary);
    if words == 0 {
        errors.push(FieldError::new("/summary", Code::AnswerMissing));
    } else if words > usize::try_from(rules.max_words).unwrap_or(usize::MAX) {
        errors.push(FieldError::new("/summary", Code::TooManyWords).with("max", rules.max_words).with("words", words));
    }
    errors
}

/// M11: whether a full proposal asks within the tolerance of its concept note, both bounds included. Exact
/// products are compared, never a rounded percentage (M4).
///
/// # Errors
/// [`Code::CurrencyMismatch`] for two currencies (M5).
pub fn is_within(note: Money, full: Money, tolerance: BasisPoints) -> Result<bool, Code> {
    if note.currency() != full.currency() {
        return Err(Code::CurrencyMismatch);
    }
    let distance = (i128::from(full.minor()) - i128::from(note.minor())).abs();
    Ok(distance * WHOLE <= i128::from(note.minor()) * i128::from(tolerance.0))
}

/// 100 %, in basis points.
const WHOLE: i128 = 10_000;

/// M11: the least and the most that a full proposal may ask for after a concept note.
#[must_use]
pub fn bounds(note: Money, tolerance: BasisPoints) -> (Money, Money) {
    let minor = i128::from(note.minor());
    let slack = minor * i128::from(tolerance.0);
    let money = |minor: i128| Money::from_minor(i64::try_from(minor).unwrap_or(i64::MAX), note.currency());
    // Inwards: the least is rounded up, the most down, so that both pass.
    let least = (minor * WHOLE - slack + WHOLE - 1).div_euclid(WHOLE);
    (money(least), money((minor * WHOLE + slack).div_euclid(WHOLE)))
}

impl ConceptLink {
    /// M11: what is wrong with what the full proposal asks for, at `/totals/requested`; nothing with a
    /// waiver, nor while nothing is asked for.
    #[must_use]
    pub fn check(&self, requested: Money) -> Option<FieldError> {
        let at = "/totals/requested";
        if self.waiver.is_some() || requested.minor() == 0 {
            return None;
        }
        match is_within(self.requested, requested, self.tolerance) {
            Ok(true) => None,
            Ok(false) => {
                let (min, max) = bounds(self.requested, self.tolerance);
                let error = FieldError::new(at, Code::FarFromConcept);
                Some(
                    error
                        .with("min", min)
                        .with("max", max)
                        .with("percent", self.tolerance)
                        .with("asked", self.requested),
                )
            }
            Err(code) => Some(FieldError::new(at, code).with("expected", self.requested.currency())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::LocalTime;
    use crate::concepts::Waiver;
    use crate::currency::Currency;
    use crate::ids::{ConceptId, OrganisationId};
    use crate::people::{Language, OrganisationRef};
    use crate::time::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    const TWENTY: BasisPoints = BasisPoints::percent(20);

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn link(requested: Money, tolerance: BasisPoints) -> ConceptLink {
        ConceptLink { id: ConceptId(Uuid::nil()), number: "C-1".into(), requested, tolerance, waiver: None }
    }

    fn rules() -> ConceptRules {
        let closes_local = LocalTime::parse("2026-03-05T17:00").unwrap();
        ConceptRules::at(closes_local)
    }

    fn note() -> ConceptContent {
        ConceptContent {
            call: "CIF-1".into(),
            organisation: OrganisationRef { id: OrganisationId(Uuid::nil()), code: "X".into(), name: "X".into() },
            language: Language::En,
            currency: Currency::EUR,
            title: "A title".into(),
            country: "NE".into(),
            requested: Some(eur("100000")),
            summary: "In a few words.".into(),
        }
    }

    #[test]
    fn m11_a_full_proposal_asks_within_a_fifth_of_its_note() {
        let note = eur("100000.00");
        for (full, passes) in [
            ("80000.00", true),
            ("79999.99", false),
            ("120000.00", true),
            ("120000.01", false),
            ("100000.00", true),
            ("0.01", false),
            ("200000.00", false),
        ] {
            assert_eq!(is_within(note, eur(full), TWENTY), Ok(passes), "{full}");
            assert_eq!(link(note, TWENTY).check(eur(full)).is_none(), passes, "{full}");
        }
        assert_eq!(bounds(note, TWENTY), (eur("80000.00"), eur("120000.00")));
        // A third of a cent is not within: 0.05 ± 20 % is 0.04 to 0.06, 0.04 ± 20 % is itself alone.
        assert_eq!(bounds(eur("0.05"), TWENTY), (eur("0.04"), eur("0.06")));
        assert_eq!(bounds(eur("0.04"), TWENTY), (eur("0.04"), eur("0.04")));
        assert_eq!(bounds(eur("0.01"), BasisPoints(0)), (eur("0.01"), eur("0.01")));
        // A currency without decimals.
        let francs = |minor| Money::from_minor(minor, Currency::XAF);
        assert_eq!(bounds(francs(39_000_003), TWENTY), (francs(31_200_003), francs(46_800_003)));
    }

    #[test]
    fn m11_the_refusal_says_what_would_pass_and_a_waiver_lifts_it() {
        let mut link = link(eur("100000.00"), TWENTY);
        let error = link.check(eur("120000.01")).unwrap();
        assert_eq!((error.pointer.as_str(), error.code), ("/totals/requested", Code::FarFromConcept));
        let params = ["min", "max", "percent", "asked"].map(|name| error.params[name].as_str());
        assert_eq!(params, ["EUR 80000.00", "EUR 120000.00", "20", "EUR 100000.00"]);
        assert_eq!(link.check(eur("0")), None, "an empty budget is told as such");
        let other = link.check(Money::from_minor(100_000, Currency::XAF)).unwrap();
        assert_eq!(other.code, Code::CurrencyMismatch, "two currencies are never compared (M5)");
        let granted_at = Timestamp::parse("2026-03-05T09:00:00Z").unwrap();
        link.waiver = Some(Waiver { reason: "A third region".into(), granted_by: "Head".into(), granted_at });
        assert_eq!(link.check(eur("200000.00")), None);
    }

    #[test]
    fn a_note_lives_as_the_domain_says() {
        use ConceptState as S;
        for pair in [S::Draft, S::Submitted, S::Eligible, S::Invited].windows(2) {
            assert!(pair[0].may_become(pair[1]), "{} → {}", pair[0], pair[1]);
        }
        assert!(S::Submitted.may_become(S::Ineligible) && S::Ineligible.may_become(S::Submitted));
        assert!(!S::Submitted.may_become(S::Invited), "nothing is invited that was not found eligible");
        assert!(!S::Ineligible.may_become(S::Eligible), "an appeal leads back to the desk");
        for end in [S::Invited, S::NotInvited, S::Withdrawn] {
            assert!(end.next().is_empty(), "{end} is an end");
        }
    }

    #[test]
    fn a_note_needs_title_country_amount_and_summary() {
        let definition = Definition::catalytic_default();
        assert_eq!(missing(&definition, &rules(), &note()), []);
        let of = |change: fn(&mut ConceptContent)| {
            let mut note = note();
            change(&mut note);
            missing(&definition, &rules(), &note).into_iter().map(|e| (e.pointer, e.code)).collect::<Vec<_>>()
        };
        let at = |pointer: &str, code| vec![(pointer.to_owned(), code)];
        assert_eq!(of(|n| n.title.clear()), at("/title", Code::Required));
        assert_eq!(of(|n| n.country.clear()), at("/country", Code::Required));
        assert_eq!(of(|n| n.requested = None), at("/requested", Code::Required));
        assert_eq!(of(|n| n.summary = "–".into()), at("/summary", Code::AnswerMissing));
        assert_eq!(of(|n| n.summary = "word ".repeat(500)), []);
        assert_eq!(of(|n| n.summary = "word ".repeat(501)), at("/summary", Code::TooManyWords));
    }

    #[test]
    fn m9_a_note_asks_between_the_calls_limits() {
        let definition = Definition::catalytic_default();
        for (amount, code) in [
            ("9999.99", Some(Code::RequestBelowMin)),
            ("10000.00", None),
            ("200000.00", None),
            ("200000.01", Some(Code::RequestAboveMax)),
        ] {
            let note = ConceptContent { requested: Some(eur(amount)), ..note() };
            let errors = missing(&definition, &rules(), &note);
            assert_eq!(
                errors.first().map(|e| (e.pointer.as_str(), e.code)),
                code.map(|c| ("/requested", c)),
                "{amount}"
            );
        }
    }

    proptest! {
        #[test]
        fn m11_the_bounds_are_the_last_amounts_that_pass(
            minor in 1_i64..1_000_000_000_000_000,
            tolerance in 0_i32..=10_000,
        ) {
            let (note, tolerance) = (Money::from_minor(minor, Currency::EUR), BasisPoints(tolerance));
            let (least, most) = bounds(note, tolerance);
            let passes = |minor| is_within(note, Money::from_minor(minor, Currency::EUR), tolerance).unwrap();
            prop_assert!(least.minor() <= minor && minor <= most.minor());
            prop_assert!(passes(least.minor()) && passes(most.minor()));
            prop_assert!(!passes(least.minor() - 1) && !passes(most.minor() + 1));
        }

        #[test]
        fn m11_what_lies_between_two_that_pass_passes(
            minor in 1_i64..1_000_000_000,
            a in 0_i64..2_000_000_000,
            b in 0_i64..2_000_000_000,
            tolerance in 0_i32..=10_000,
        ) {
            let within = |full| {
                let money = |minor| Money::from_minor(minor, Currency::XOF);
                is_within(money(minor), money(full), BasisPoints(tolerance)).unwrap()
            };
            if within(a) && within(b) {
                prop_assert!(within(a.midpoint(b)));
            }
        }
    }
}
