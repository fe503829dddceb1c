//! The rules of a call: its states by the clock, what may follow what, and what a definition must
//! hold before it can be published.

use std::collections::BTreeSet;

use super::{
    Bilingual, BudgetRules, CATEGORIES, CallPhase, CallState, ConceptRules, CreateCallRequest, Criterion, Definition,
    ExtendCallRequest, GrantRules, LocalTime, Question, ReviewRules, Rubric, Section, UpdateCallRequest, VoteRules,
};
use crate::currency::Currency;
use crate::money::{BasisPoints, Money, Rate};
use crate::people::check_text;
use crate::problem::{Code, FieldError};
use crate::time::Timestamp;

/// The most characters of a one-line text.
pub const LINE_MAX_CHARS: usize = 300;
/// The most characters of a text of several paragraphs.
pub const TEXT_MAX_CHARS: usize = 4_000;
/// The most characters of a call's code.
pub const CODE_MAX_CHARS: usize = 30;
/// The most entries of any list in a definition.
pub const LIST_MAX: usize = 60;
/// The most words that a question can allow.
pub const WORDS_MAX: u32 = 5_000;

impl CallState {
    /// The state at an instant: a published call is open from `opens_at` until just before `closes_at`.
    #[must_use]
    pub fn at(phase: CallPhase, opens_at: Timestamp, closes_at: Timestamp, now: Timestamp) -> Self {
        match phase {
            CallPhase::Draft => Self::Draft,
            CallPhase::Published if now < opens_at => Self::Published,
            CallPhase::Published if now < closes_at => Self::Open,
            CallPhase::Published => Self::Closed,
            CallPhase::Screening => Self::Screening,
            CallPhase::Review => Self::Review,
            CallPhase::Deliberation => Self::Deliberation,
            CallPhase::Decided => Self::Decided,
            CallPhase::Completed => Self::Completed,
            CallPhase::Cancelled => Self::Cancelled,
        }
    }

    /// The phase that a person may move a call to next; none before it is closed, nor at its end.
    #[must_use]
    pub fn next(self) -> Option<CallPhase> {
        match self {
            Self::Closed => Some(CallPhase::Screening),
            Self::Screening => Some(CallPhase::Review),
            Self::Review => Some(CallPhase::Deliberation),
            Self::Deliberation => Some(CallPhase::Decided),
            Self::Decided => Some(CallPhase::Completed),
            Self::Draft | Self::Published | Self::Open | Self::Completed | Self::Cancelled => None,
        }
    }

    /// Whether it can still be called off: before the vote.
    #[must_use]
    pub fn can_cancel(self) -> bool {
        matches!(self, Self::Draft | Self::Published | Self::Open | Self::Closed | Self::Screening | Self::Review)
    }

    /// Whether its deadline can still move: once passed, it stays.
    #[must_use]
    pub fn can_extend_deadline(self) -> bool {
        matches!(self, Self::Published | Self::Open)
    }

    /// Whether its envelope can still grow: after publication, until all is decided.
    #[must_use]
    pub fn can_extend_envelope(self) -> bool {
        matches!(
            self,
            Self::Published | Self::Open | Self::Closed | Self::Screening | Self::Review | Self::Deliberation
        )
    }
}

impl Definition {
    /// What keeps the definition from being published, by pointers below `/definition`: weights
    /// sum to 100 (S1), anchors and both languages complete, unique keys, `min` ≤ `max`, the
    /// fund's currency first at 1 (M51).
    #[must_use]
    pub fn errors(&self, fund: Currency) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let e = &mut errors;
        check_both(e, "/definition/about", &self.about, TEXT_MAX_CHARS);
        check_both(e, "/definition/eligibility", &self.eligibility, TEXT_MAX_CHARS);
        check_list(e, "/definition/languages", &self.languages);
        self.check_countries(e);
        self.check_currencies(e, fund);
        check_list(e, "/definition/sections", self.sections.iter().map(|s| s.key.as_str()));
        let mut questions = BTreeSet::new();
        for (i, section) in self.sections.iter().enumerate() {
            section.check(e, &format!("/definition/sections/{i}"), &mut questions);
        }
        self.rubric.check(e);
        self.budget.check(e);
        self.review.check(e, self.rubric.scale_max);
        self.vote.check(e);
        self.grant.check(e);
        if let Some(concept) = &self.concept {
            concept.check(e);
        }
        errors
    }

    /// What is too large to be kept even as a draft, by pointers below `/definition`.
    #[must_use]
    pub fn size_errors(&self) -> Vec<FieldError> {
        const SIZE: [Code; 2] = [Code::TooLong, Code::TooMany];
        let mut errors = self.errors(Currency::EUR);
        errors.retain(|e| SIZE.contains(&e.code));
        errors
    }

    fn check_countries(&self, e: &mut Vec<FieldError>) {
        if self.countries.len() > 250 {
            e.push(FieldError::new("/definition/countries", Code::TooMany).with("max", 250));
        }
        let mut seen = BTreeSet::new();
        for (i, country) in self.countries.iter().enumerate() {
            let at = format!("/definition/countries/{i}");
            if !is_country_code(country) {
                e.push(FieldError::new(at, Code::NotAChoice));
            } else if !seen.insert(country) {
                e.push(FieldError::new(at, Code::NotUnique));
            }
        }
    }

    fn check_currencies(&self, e: &mut Vec<FieldError>, fund: Currency) {
        check_list(e, "/definition/currencies", self.currencies.iter().map(|c| c.currency));
        for (i, c) in self.currencies.iter().enumerate() {
            if c.currency == Currency::EUR && c.budget_rate != Rate::ONE {
                e.push(
                    FieldError::new(format!("/definition/currencies/{i}/budget_rate"), Code::NumberRange)
                        .with("min", 1)
                        .with("max", 1),
                );
            }
        }
        if self.currencies.first().is_some_and(|first| first.currency != fund) {
            e.push(FieldError::new("/definition/currencies/0/currency", Code::CurrencyMismatch).with("expected", fund));
        }
    }
}

/// Whether a text has the form of an ISO 3166-1 alpha-2 code.
#[must_use]
pub fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Whether a text can be a key: lower-case letters, digits and underscores, a letter first.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Section {
    fn check<'a>(&'a self, e: &mut Vec<FieldError>, at: &str, questions: &mut BTreeSet<&'a str>) {
        check_key(e, &format!("{at}/key"), &self.key);
        check_both(e, &format!("{at}/title"), &self.title, LINE_MAX_CHARS);
        if self.questions.is_empty() {
            e.push(FieldError::new(format!("{at}/questions"), Code::Required));
        } else if self.questions.len() > LIST_MAX {
            e.push(FieldError::new(format!("{at}/questions"), Code::TooMany).with("max", LIST_MAX));
        }
        for (i, question) in self.questions.iter().enumerate() {
            let at = format!("{at}/questions/{i}");
            question.check(e, &at);
            if !questions.insert(&question.key) {
                e.push(FieldError::new(format!("{at}/key"), Code::NotUnique));
            }
        }
    }
}

impl Question {
    fn check(&self, e: &mut Vec<FieldError>, at: &str) {
        check_key(e, &format!("{at}/key"), &self.key);
        check_both(e, &format!("{at}/label"), &self.label, LINE_MAX_CHARS);
        if !(self.hint.en.is_empty() && self.hint.fr.is_empty()) {
            check_both(e, &format!("{at}/hint"), &self.hint, TEXT_MAX_CHARS);
        }
        check_range(e, format!("{at}/max_words"), self.max_words.into(), 1, WORDS_MAX.into());
    }
}

impl Rubric {
    /// What the weights sum to; 100 or the call cannot be published (S1).
    #[must_use]
    pub fn weight_sum(&self) -> i64 {
        self.criteria.iter().fold(0, |sum, c| sum.saturating_add(c.weight))
    }

    fn check(&self, e: &mut Vec<FieldError>) {
        check_range(e, "/definition/rubric/scale_max", self.scale_max, 1, 10);
        check_list(e, "/definition/rubric/criteria", self.criteria.iter().map(|c| c.key.as_str()));
        for (i, criterion) in self.criteria.iter().enumerate() {
            criterion.check(e, &format!("/definition/rubric/criteria/{i}"), self.scale_max);
        }
        let sum = self.weight_sum();
        if sum != 100 {
            e.push(FieldError::new("/definition/rubric/criteria", Code::WeightsSum).with("sum", sum));
        }
    }
}

impl Criterion {
    fn check(&self, e: &mut Vec<FieldError>, at: &str, scale_max: i64) {
        check_key(e, &format!("{at}/key"), &self.key);
        check_both(e, &format!("{at}/label"), &self.label, LINE_MAX_CHARS);
        check_range(e, format!("{at}/weight"), self.weight, 1, 100);
        if let Some(minimum) = self.minimum {
            check_range(e, format!("{at}/minimum"), minimum, 0, scale_max);
        }
        let steps = usize::try_from(scale_max.saturating_add(1)).unwrap_or_default();
        if self.anchors.len() < steps {
            e.push(FieldError::new(format!("{at}/anchors"), Code::Required));
        } else if self.anchors.len() > steps {
            e.push(FieldError::new(format!("{at}/anchors"), Code::TooMany).with("max", steps));
        }
        for (i, anchor) in self.anchors.iter().enumerate() {
            check_both(e, &format!("{at}/anchors/{i}"), anchor, LINE_MAX_CHARS);
        }
    }
}

impl BudgetRules {
    fn check(&self, e: &mut Vec<FieldError>) {
        let at = "/definition/budget";
        check_list(e, &format!("{at}/categories"), self.categories.iter().map(String::as_str));
        for (i, category) in self.categories.iter().enumerate() {
            if !CATEGORIES.contains(&category.as_str()) {
                e.push(FieldError::new(format!("{at}/categories/{i}"), Code::NotAChoice));
            }
        }
        check_share(e, &format!("{at}/indirect_cap"), self.indirect_cap);
        check_share(e, &format!("{at}/contingency_cap"), self.contingency_cap);
        check_share(e, &format!("{at}/cofunding_min"), self.cofunding_min);
        check_share(e, &format!("{at}/in_kind_counts_up_to"), self.in_kind_counts_up_to);
        check_amount(e, &format!("{at}/min_grant"), self.min_grant, Currency::EUR);
        check_amount(e, &format!("{at}/max_grant"), self.max_grant, Currency::EUR);
        let both_eur = self.min_grant.currency() == self.max_grant.currency();
        if both_eur && self.min_grant.minor() > self.max_grant.minor() {
            e.push(FieldError::new(format!("{at}/max_grant"), Code::MinAboveMax).with("min", self.min_grant));
        }
        check_range(e, format!("{at}/max_months"), self.max_months, 1, 120);
    }
}

impl ReviewRules {
    fn check(&self, e: &mut Vec<FieldError>, scale_max: i64) {
        let at = "/definition/review";
        check_range(e, format!("{at}/min_sheets"), self.min_sheets, 1, 20);
        check_range(e, format!("{at}/min_tag_sheets"), self.min_tag_sheets, 0, self.min_sheets.max(0));
        check_range(e, format!("{at}/fundable_min"), self.fundable_min, 0, 100);
        check_range(e, format!("{at}/divergence_percent"), self.divergence_percent, 0, 100);
        let mut seen = BTreeSet::new();
        for (i, score) in self.extreme_scores.iter().enumerate() {
            check_range(e, format!("{at}/extreme_scores/{i}"), *score, 0, scale_max);
            if !seen.insert(score) {
                e.push(FieldError::new(format!("{at}/extreme_scores/{i}"), Code::NotUnique));
            }
        }
    }
}

impl VoteRules {
    fn check(&self, e: &mut Vec<FieldError>) {
        check_range(e, "/definition/vote/min_business_days", self.min_business_days.into(), 1, 60);
        check_range(e, "/definition/vote/reservation_days", self.reservation_days.into(), 1, 730);
    }
}

impl GrantRules {
    fn check(&self, e: &mut Vec<FieldError>) {
        check_share(e, "/definition/grant/first_tranche_cap", self.first_tranche_cap);
        check_share(e, "/definition/grant/retention_min", self.retention_min);
        if self.first_tranche_cap.0 == 0 {
            e.push(FieldError::new("/definition/grant/first_tranche_cap", Code::AmountNotPositive));
        }
    }
}

impl ConceptRules {
    fn check(&self, e: &mut Vec<FieldError>) {
        check_range(e, "/definition/concept/max_words", self.max_words.into(), 1, WORDS_MAX.into());
        check_share(e, "/definition/concept/tolerance", self.tolerance);
    }

    /// Whether notes close after the call opens and before it closes; else the error at its field.
    #[must_use]
    pub fn in_order(&self, opens: LocalTime, closes: LocalTime) -> Option<FieldError> {
        let is_between = opens < self.closes_local && self.closes_local < closes;
        (!is_between).then(|| FieldError::new("/definition/concept/closes_local", Code::DateOrder))
    }
}

impl CreateCallRequest {
    /// What is wrong with the request, field by field; the zone is the server's to check.
    #[must_use]
    pub fn errors(&self, fund: Currency) -> Vec<FieldError> {
        basics(&self.code, &self.title, self.envelope, fund, self.opens_local < self.closes_local)
    }
}

impl UpdateCallRequest {
    /// What keeps the request from being kept as a draft; the zone is the server's to check.
    #[must_use]
    pub fn errors(&self, fund: Currency) -> Vec<FieldError> {
        let mut errors = basics(&self.code, &self.title, self.envelope, fund, self.opens_local < self.closes_local);
        errors.extend(self.definition.size_errors());
        let concept = self.definition.concept.as_ref();
        errors.extend(concept.and_then(|c| c.in_order(self.opens_local, self.closes_local)));
        errors
    }
}

impl ExtendCallRequest {
    /// What is wrong with the request by itself.
    #[must_use]
    pub fn errors(&self, fund: Currency) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_amount(&mut errors, "/envelope", self.envelope, fund);
        check_reason(&mut errors, &self.reason);
        errors
    }
}

/// Checks that a reason is given.
pub fn check_reason(errors: &mut Vec<FieldError>, reason: &str) {
    if reason.trim().is_empty() {
        errors.push(FieldError::new("/reason", Code::ReasonRequired));
    } else {
        check_text(errors, "/reason", reason, TEXT_MAX_CHARS);
    }
}

fn basics(code: &str, title: &Bilingual, envelope: Money, fund: Currency, in_order: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check_text(&mut errors, "/code", code, CODE_MAX_CHARS);
    check_both(&mut errors, "/title", title, LINE_MAX_CHARS);
    check_amount(&mut errors, "/envelope", envelope, fund);
    if !in_order {
        errors.push(FieldError::new("/closes_local", Code::DateOrder));
    }
    errors
}

fn check_both(e: &mut Vec<FieldError>, at: &str, text: &Bilingual, max_chars: usize) {
    check_text(e, &format!("{at}/en"), &text.en, max_chars);
    check_text(e, &format!("{at}/fr"), &text.fr, max_chars);
}

fn check_key(e: &mut Vec<FieldError>, at: &str, key: &str) {
    if !is_key(key) {
        e.push(FieldError::new(at, Code::KeyFormat));
    }
}

/// A list that must have entries, not too many, and none twice.
fn check_list<T: Ord>(e: &mut Vec<FieldError>, at: &str, keys: impl IntoIterator<Item = T>) {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (i, key) in keys.into_iter().enumerate() {
        count = i + 1;
        if !seen.insert(key) {
            e.push(FieldError::new(format!("{at}/{i}"), Code::NotUnique));
        }
    }
    if count == 0 {
        e.push(FieldError::new(at, Code::Required));
    } else if count > LIST_MAX {
        e.push(FieldError::new(at, Code::TooMany).with("max", LIST_MAX));
    }
}

fn check_range(e: &mut Vec<FieldError>, at: impl Into<String>, value: i64, min: i64, max: i64) {
    if !(min..=max).contains(&value) {
        e.push(FieldError::new(at, Code::NumberRange).with("min", min).with("max", max));
    }
}

fn check_share(e: &mut Vec<FieldError>, at: &str, share: BasisPoints) {
    if !(0..=10_000).contains(&share.0) {
        e.push(FieldError::new(at, Code::NumberRange).with("min", 0).with("max", 100));
    }
}

fn check_amount(e: &mut Vec<FieldError>, at: &str, amount: Money, expected: Currency) {
    if amount.currency() != expected {
        e.push(FieldError::new(at, Code::CurrencyMismatch).with("expected", expected));
    } else if !amount.is_positive() {
        e.push(FieldError::new(at, Code::AmountNotPositive));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(definition: &Definition) -> Vec<(String, Code)> {
        definition.errors(Currency::EUR).into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    fn broken(change: impl FnOnce(&mut Definition)) -> Vec<(String, Code)> {
        let mut definition = Definition::catalytic_default();
        change(&mut definition);
        codes(&definition)
    }

    #[test]
    fn the_default_definition_can_be_published() {
        assert_eq!(codes(&Definition::catalytic_default()), []);
    }

    #[test]
    fn s1_weights_sum_to_100_or_the_call_cannot_be_published() {
        let at = "/definition/rubric/criteria".to_owned();
        for weight in [24, 26] {
            assert_eq!(broken(|d| d.rubric.criteria[0].weight = weight), [(at.clone(), Code::WeightsSum)]);
        }
        let errors = {
            let mut d = Definition::catalytic_default();
            d.rubric.criteria[0].weight = 26;
            d.errors(Currency::EUR)
        };
        assert_eq!(errors[0].params["sum"], "101");
        // A negative weight cannot make up for another.
        let errors = broken(|d| {
            d.rubric.criteria[0].weight = -5;
            d.rubric.criteria[1].weight = 50;
        });
        assert_eq!(errors, [(format!("{at}/0/weight"), Code::NumberRange)]);
    }

    #[test]
    fn s1_anchors_are_written_for_every_score_in_both_languages() {
        let at = "/definition/rubric/criteria/2/anchors";
        let removed = broken(|d| {
            d.rubric.criteria[2].anchors.pop();
        });
        assert_eq!(removed, [(at.to_owned(), Code::Required)]);
        let emptied = broken(|d| d.rubric.criteria[2].anchors[4].fr.clear());
        assert_eq!(emptied, [(format!("{at}/4/fr"), Code::Required)]);
    }

    #[test]
    fn keys_are_unique_over_the_whole_form() {
        let errors = broken(|d| d.sections[1].questions[0].key = d.sections[0].questions[0].key.clone());
        assert_eq!(errors, [("/definition/sections/1/questions/0/key".to_owned(), Code::NotUnique)]);
        let errors = broken(|d| d.sections[0].questions[0].key = "Not a key".to_owned());
        assert_eq!(errors, [("/definition/sections/0/questions/0/key".to_owned(), Code::KeyFormat)]);
    }

    #[test]
    fn m6_categories_are_known_and_listed_once() {
        let errors = broken(|d| d.budget.categories[0] = "yachts".to_owned());
        assert_eq!(errors, [("/definition/budget/categories/0".to_owned(), Code::NotAChoice)]);
        let errors = broken(|d| d.budget.categories[1] = d.budget.categories[0].clone());
        assert_eq!(errors, [("/definition/budget/categories/1".to_owned(), Code::NotUnique)]);
    }

    #[test]
    fn m8_caps_lie_between_0_and_100_percent() {
        assert_eq!(
            broken(|d| d.budget.indirect_cap = BasisPoints(10_001)),
            [("/definition/budget/indirect_cap".to_owned(), Code::NumberRange)]
        );
        assert_eq!(broken(|d| d.budget.contingency_cap = BasisPoints(-1)).len(), 1);
        assert_eq!(broken(|d| d.budget.indirect_cap = BasisPoints(0)), []);
    }

    #[test]
    fn m9_the_smallest_grant_is_not_above_the_largest() {
        let max = Definition::catalytic_default().budget.max_grant;
        assert_eq!(broken(|d| d.budget.min_grant = max), []);
        let above = Money::from_minor(max.minor() + 1, Currency::EUR);
        assert_eq!(
            broken(|d| d.budget.min_grant = above),
            [("/definition/budget/max_grant".to_owned(), Code::MinAboveMax)]
        );
        let francs = Money::from_minor(1, Currency::XAF);
        assert_eq!(
            broken(|d| d.budget.min_grant = francs),
            [("/definition/budget/min_grant".to_owned(), Code::CurrencyMismatch)]
        );
    }

    #[test]
    fn m51_the_funds_currency_comes_first_and_the_euro_is_one() {
        let errors = broken(|d| d.currencies.swap(0, 1));
        assert_eq!(errors, [("/definition/currencies/0/currency".to_owned(), Code::CurrencyMismatch)]);
        let errors = broken(|d| d.currencies[0].budget_rate = Rate::parse("1.1").unwrap());
        assert_eq!(errors, [("/definition/currencies/0/budget_rate".to_owned(), Code::NumberRange)]);
        let errors = broken(|d| d.currencies.clear());
        assert_eq!(errors, [("/definition/currencies".to_owned(), Code::Required)]);
    }

    #[test]
    fn m11_the_tolerance_lies_between_0_and_100_percent() {
        let closes_local = LocalTime::parse("2026-03-12T17:00").unwrap();
        let with = |tolerance, max_words| {
            broken(|d| d.concept = Some(ConceptRules { closes_local, max_words, tolerance: BasisPoints(tolerance) }))
        };
        assert_eq!(with(0, 1), []);
        assert_eq!(with(10_000, WORDS_MAX), []);
        for tolerance in [-1, 10_001] {
            assert_eq!(with(tolerance, 500), [("/definition/concept/tolerance".to_owned(), Code::NumberRange)]);
        }
        assert_eq!(with(2_000, 0), [("/definition/concept/max_words".to_owned(), Code::NumberRange)]);
        let at = |text| LocalTime::parse(text).unwrap();
        let concept = ConceptRules::at(closes_local);
        assert_eq!(concept.in_order(at("2026-03-12T16:59"), at("2026-03-12T17:01")), None);
        for (opens, closes) in [("2026-03-12T17:00", "2026-03-20T17:00"), ("2026-03-01T08:00", "2026-03-12T17:00")] {
            assert_eq!(concept.in_order(at(opens), at(closes)).map(|e| e.code), Some(Code::DateOrder));
        }
    }

    #[test]
    fn s4_the_tag_gives_no_more_sheets_than_there_are() {
        let errors = broken(|d| d.review.min_tag_sheets = 4);
        assert_eq!(errors, [("/definition/review/min_tag_sheets".to_owned(), Code::NumberRange)]);
    }

    #[test]
    fn a_call_opens_and_closes_on_the_microsecond() {
        let opens = Timestamp::parse("2026-03-01T08:00:00Z").unwrap();
        let closes = Timestamp::parse("2026-03-31T16:00:00Z").unwrap();
        let at =
            |micros: i64| CallState::at(CallPhase::Published, opens, closes, Timestamp::from_micros(micros).unwrap());
        assert_eq!(at(opens.micros() - 1), CallState::Published);
        assert_eq!(at(opens.micros()), CallState::Open);
        assert_eq!(at(closes.micros() - 1), CallState::Open);
        assert_eq!(at(closes.micros()), CallState::Closed);
        for phase in CallPhase::ALL.iter().filter(|p| **p != CallPhase::Published) {
            for now in [opens, closes] {
                assert_eq!(CallState::at(*phase, opens, closes, now).as_str(), phase.as_str());
            }
        }
    }

    #[test]
    fn only_a_closed_call_moves_on_and_only_before_the_vote_is_it_called_off() {
        let moves: Vec<_> = CallState::ALL.iter().filter_map(|s| s.next().map(|n| (s.as_str(), n.as_str()))).collect();
        assert_eq!(
            moves,
            [
                ("closed", "screening"),
                ("screening", "review"),
                ("review", "deliberation"),
                ("deliberation", "decided"),
                ("decided", "completed"),
            ]
        );
        assert!(!CallState::Deliberation.can_cancel());
        assert!(!CallState::Cancelled.can_cancel());
        assert!(CallState::Review.can_cancel());
        assert!(!CallState::Closed.can_extend_deadline());
        assert!(!CallState::Draft.can_extend_envelope());
    }

    #[test]
    fn local_times_are_plain() {
        assert_eq!(LocalTime::parse("2026-03-12T17:00").unwrap().to_string(), "2026-03-12T17:00:00");
        for bad in ["2026-03-12", "2026-03-12 17:00", "2026-03-12T17:00Z", "2026-02-30T10:00", "2026-03-12T24:00", ""] {
            assert_eq!(LocalTime::parse(bad), Err(Code::DateFormat), "{bad}");
        }
    }

    #[test]
    fn a_definition_survives_json_and_refuses_unknown_fields() {
        let definition = Definition::catalytic_default();
        let mut json = serde_json::to_value(&definition).unwrap();
        assert_eq!(serde_json::from_value::<Definition>(json.clone()).unwrap(), definition);
        json["budget"]["extra"] = 1.into();
        assert!(serde_json::from_value::<Definition>(json).is_err());
    }

    proptest! {
        #[test]
        fn s1_only_a_sum_of_100_passes(weights in proptest::collection::vec(1_i64..=60, 6)) {
            let errors = broken(|d| {
                for (criterion, weight) in d.rubric.criteria.iter_mut().zip(&weights) {
                    criterion.weight = *weight;
                }
            });
            prop_assert_eq!(errors.is_empty(), weights.iter().sum::<i64>() == 100);
        }
    }
}
