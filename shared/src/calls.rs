//! Calls for proposals: what a call asks, scores and allows, its states, and who sees what of it.
//!
//! A call's [`Definition`] is written while the call is a draft and frozen at publication. Whether
//! a published call is open follows from the server's clock alone ([`CallState::at`]).

mod default;
mod rules;

pub use rules::*;

use chrono::NaiveDateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::ids::{CallId, FundId};
use crate::money::{BasisPoints, Money, Rate};
use crate::people::Language;
use crate::problem::{Code, FieldError};
use crate::time::Timestamp;

/// The budget category that the indirect cap limits (M8).
pub const CATEGORY_INDIRECT: &str = "indirect";

/// The budget category that the contingency cap limits (M8).
pub const CATEGORY_CONTINGENCY: &str = "contingency";

/// The budget category of the refinancing fee for the global initiative: the grant never pays it (M12).
pub const CATEGORY_REFINANCING_FEE: &str = "refinancing_fee";

/// The budget categories that the texts name (M6); a call lists those it takes.
pub const CATEGORIES: &[&str] = &[
    "staff",
    "experts",
    "travel",
    "training",
    "software_adaptation",
    "equipment_hosting",
    "local_partners",
    "translation_communication",
    "monitoring_audit",
    "other_direct",
    CATEGORY_REFINANCING_FEE,
    CATEGORY_CONTINGENCY,
    CATEGORY_INDIRECT,
];

crate::words! {
    /// What a call funds.
    FundingWindow {
        /// Setting openIMIS up, or widening it, in a country.
        CountryImplementation = "country_implementation",
        /// Developing openIMIS itself.
        SoftwareDevelopment = "software_development",
        /// Building the community and its capacity.
        CommunityCapacity = "community_capacity",
    }
}

crate::words! {
    /// What is stored of a call's state.
    CallPhase {
        /// Being written.
        Draft = "draft",
        /// Published; upcoming, open or closed by the clock.
        Published = "published",
        /// The desk checks eligibility.
        Screening = "screening",
        /// Reviewers score.
        Review = "review",
        /// The Steering Group deliberates and votes.
        Deliberation = "deliberation",
        /// Every proposal is decided.
        Decided = "decided",
        /// All is done.
        Completed = "completed",
        /// Called off, with a reason.
        Cancelled = "cancelled",
    }
}

crate::words! {
    /// The state of a call at an instant.
    CallState {
        /// Being written.
        Draft = "draft",
        /// Published, not open yet.
        Published = "published",
        /// Takes proposals.
        Open = "open",
        /// The deadline has passed.
        Closed = "closed",
        /// The desk checks eligibility.
        Screening = "screening",
        /// Reviewers score.
        Review = "review",
        /// The Steering Group deliberates and votes.
        Deliberation = "deliberation",
        /// Every proposal is decided.
        Decided = "decided",
        /// All is done.
        Completed = "completed",
        /// Called off, with a reason.
        Cancelled = "cancelled",
    }
}

/// A text in both languages of the fund (F7).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

impl Bilingual {
    /// The text in a language.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

/// What a call asks, scores and allows. Frozen at publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What the call is for.
    pub about: Bilingual,
    /// Who can apply.
    pub eligibility: Bilingual,
    /// The languages that a proposal may be written in.
    pub languages: Vec<Language>,
    /// ISO 3166-1 alpha-2; empty means any country.
    pub countries: Vec<String>,
    /// The currencies that a budget may be in; the fund's own first, at 1 (M51).
    pub currencies: Vec<CallCurrency>,
    /// What the form asks.
    pub sections: Vec<Section>,
    /// How proposals are scored.
    pub rubric: Rubric,
    /// What a budget must keep to.
    pub budget: BudgetRules,
    /// What a review must keep to.
    pub review: ReviewRules,
    /// What a vote must keep to.
    pub vote: VoteRules,
    /// What an agreement must keep to.
    pub grant: GrantRules,
    /// The first of two stages; none where a call has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<ConceptRules>,
}

/// A currency that a budget may be in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallCurrency {
    /// The currency.
    pub currency: Currency,
    /// Its units per 1 EUR, frozen at publication (M51).
    pub budget_rate: Rate,
}

/// A section of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Unique among the sections; lower-case letters, digits and underscores.
    pub key: String,
    /// Its heading.
    pub title: Bilingual,
    /// Its questions.
    pub questions: Vec<Question>,
}

/// A question that is answered with a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Unique among all questions of the call; lower-case letters, digits and underscores.
    pub key: String,
    /// What is asked.
    pub label: Bilingual,
    /// What a good answer tells.
    pub hint: Bilingual,
    /// The most words an answer may have.
    pub max_words: u32,
    /// Whether submission needs an answer.
    pub is_required: bool,
}

/// How proposals are scored (S1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// The best score; the worst is 0.
    pub scale_max: i64,
    /// The criteria, weightiest first: their order breaks ties (S10).
    pub criteria: Vec<Criterion>,
}

/// A criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Unique among the criteria; lower-case letters, digits and underscores.
    pub key: String,
    /// Its name.
    pub label: Bilingual,
    /// Percent; all weights sum to 100 (S1).
    pub weight: i64,
    /// The mean score on the scale that a fundable proposal needs here (S5).
    pub minimum: Option<i64>,
    /// What each score means, from 0 to the best.
    pub anchors: Vec<Bilingual>,
}

/// What a budget must keep to (M6–M10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BudgetRules {
    /// The categories that lines may have (M6), some of [`CATEGORIES`].
    pub categories: Vec<String>,
    /// Indirect cost ≤ this share of direct cost (M8).
    pub indirect_cap: BasisPoints,
    /// Contingency ≤ this share of direct cost (M8).
    pub contingency_cap: BasisPoints,
    /// The least that a proposal may request, in EUR (M9).
    pub min_grant: Money,
    /// The most that a proposal may request, in EUR (M9).
    pub max_grant: Money,
    /// The longest duration, in months (M9).
    pub max_months: i64,
    /// Co-funding ÷ project total ≥ this share (M10).
    pub cofunding_min: BasisPoints,
    /// The share of the co-funding minimum that may be in kind (M10).
    pub in_kind_counts_up_to: BasisPoints,
}

/// What a review must keep to (S4–S7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewRules {
    /// Valid sheets per proposal (S4).
    pub min_sheets: i64,
    /// … of them by the TAG (S4).
    pub min_tag_sheets: i64,
    /// The total that a fundable proposal needs, of 100 (S5).
    pub fundable_min: i64,
    /// A spread above this percentage of the best total asks for one more reviewer (S7).
    pub divergence_percent: i64,
    /// The scores that need a comment (S6).
    pub extreme_scores: Vec<i64>,
}

/// What a vote must keep to (V3, M23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VoteRules {
    /// The shortest voting window, in business days (V3).
    pub min_business_days: u32,
    /// Days after which a reservation lapses unless signed (M23).
    pub reservation_days: u32,
}

/// What an agreement must keep to (M30).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantRules {
    /// The first tranche ≤ this share of the agreement (M30).
    pub first_tranche_cap: BasisPoints,
    /// The retention ≥ this share of the agreement (M30).
    pub retention_min: BasisPoints,
}

/// The first stage of a call with two: concept notes, of which some are invited to a full proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConceptRules {
    /// From when on no note is taken any more, by the clock of the call's zone; before the call's own closing.
    pub closes_local: LocalTime,
    /// The most words of a note's summary.
    pub max_words: u32,
    /// How far a full proposal may ask from its note (M11).
    pub tolerance: BasisPoints,
}

impl ConceptRules {
    /// The words that a new first stage starts from.
    pub const MAX_WORDS: u32 = 500;
    /// The tolerance that a new first stage starts from (M11).
    pub const TOLERANCE: BasisPoints = BasisPoints::percent(20);

    /// The rules that a new first stage starts from, closing then.
    #[must_use]
    pub const fn at(closes_local: LocalTime) -> Self {
        Self { closes_local, max_words: Self::MAX_WORDS, tolerance: Self::TOLERANCE }
    }
}

/// A date and time of day as a clock on the wall of the call's zone shows it, without an offset.
/// JSON: `2026-03-12T17:00` or `2026-03-12T17:00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(NaiveDateTime);

impl LocalTime {
    /// Parses `2026-03-12T17:00` or `2026-03-12T17:00:00`.
    ///
    /// # Errors
    /// [`Code::DateFormat`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let format = match text.len() {
            16 => "%Y-%m-%dT%H:%M",
            19 => "%Y-%m-%dT%H:%M:%S",
            _ => return Err(Code::DateFormat),
        };
        NaiveDateTime::parse_from_str(text, format).map(Self).map_err(|_| Code::DateFormat)
    }

    /// From chrono's type.
    #[must_use]
    pub fn new(at: NaiveDateTime) -> Self {
        Self(at)
    }

    /// As chrono's type.
    #[must_use]
    pub fn naive(self) -> NaiveDateTime {
        self.0
    }
}

impl std::fmt::Display for LocalTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%S").fmt(f)
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(|c| serde::de::Error::custom(c.as_str()))
    }
}

#[cfg(feature = "server")]
crate::ids::string_schema!(LocalTime, "Local date and time in the call's zone", "2026-03-12T17:00:00");

/// A call in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CallSummary {
    /// Its id.
    pub id: CallId,
    /// Short and unique.
    pub code: String,
    /// Its title.
    pub title: Bilingual,
    /// What it funds.
    pub window: FundingWindow,
    /// Its state when the answer was made.
    pub state: CallState,
    /// In the fund's currency.
    pub envelope: Money,
    /// From when proposals are taken.
    pub opens_at: Timestamp,
    /// From when on no proposal is taken any more.
    pub closes_at: Timestamp,
    /// In a call with two stages: from when on no concept note is taken any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concepts_close_at: Option<Timestamp>,
    /// IANA name of the zone that the deadline is told in.
    pub zone: String,
}

/// A call as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PublicCall {
    /// The call.
    pub call: CallSummary,
    /// What it asks, scores and allows.
    pub definition: Definition,
}

/// A call as the fund's own people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CallDetail {
    /// The call.
    pub call: CallSummary,
    /// What it asks, scores and allows.
    pub definition: Definition,
    /// What `If-Match` must name.
    pub version: i64,
    /// The opening as the clock of the call's zone shows it.
    pub opens_local: LocalTime,
    /// The closing as the clock of the call's zone shows it.
    pub closes_local: LocalTime,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Reserved and committed of the envelope, for those who may see the fund (M21).
    pub used: Option<Money>,
    /// When decisions were last released to their applicants (V10).
    pub results_released_at: Option<Timestamp>,
    /// How many decisions wait to be released, for those who may see them (V10).
    pub unreleased: Option<i64>,
    /// What keeps a draft from being published, by the fields of [`UpdateCallRequest`].
    pub blocking: Vec<FieldError>,
}

/// Which of the calls that are open or will open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PublicCallQuery {
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Which calls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallQuery {
    /// In this state; without it, in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CallState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Make a draft from the default definition, or from another call's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateCallRequest {
    /// The fund that pays.
    pub fund_id: FundId,
    /// Short and unique.
    pub code: String,
    /// Its title.
    pub title: Bilingual,
    /// What it funds.
    pub window: FundingWindow,
    /// In the fund's currency.
    pub envelope: Money,
    /// IANA name of the zone that opening and closing are told in.
    pub zone: String,
    /// Opening, by the clock of that zone.
    pub opens_local: LocalTime,
    /// Closing, by the clock of that zone.
    pub closes_local: LocalTime,
    /// The call whose definition to copy.
    pub copy_of: Option<CallId>,
}

/// Replace a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateCallRequest {
    /// Short and unique.
    pub code: String,
    /// Its title.
    pub title: Bilingual,
    /// What it funds.
    pub window: FundingWindow,
    /// In the fund's currency.
    pub envelope: Money,
    /// IANA name of the zone that opening and closing are told in.
    pub zone: String,
    /// Opening, by the clock of that zone.
    pub opens_local: LocalTime,
    /// Closing, by the clock of that zone.
    pub closes_local: LocalTime,
    /// What it asks, scores and allows.
    pub definition: Definition,
}

/// Change a published call: a later deadline, a larger envelope, or both; nothing else is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExtendCallRequest {
    /// In the fund's currency; not smaller than now.
    pub envelope: Money,
    /// Closing, by the clock of the call's zone; not earlier than now.
    pub closes_local: LocalTime,
    /// Why.
    pub reason: String,
}

/// Move a call to its next phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveCallRequest {
    /// The phase that follows the present one: [`CallState::next`].
    pub to: CallPhase,
}

/// Call a call off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelCallRequest {
    /// Why.
    pub reason: String,
}

crate::endpoints! {
    /// The calls that are open or will open, soonest deadline first.
    ListPublicCalls {} Get "/public/calls" query PublicCallQuery, Nothing => Page<CallSummary>, flags [Public], problems [];

    /// A published call: what it asks, how it scores, what it allows.
    GetPublicCall { call_id: CallId } Get "/public/calls/{call_id}" query Nothing, Nothing => PublicCall, flags [Public], problems [];

    /// The calls that the caller may know of, newest first.
    ListCalls {} Get "/calls" query CallQuery, Nothing => Page<CallSummary>, flags [], problems [];

    /// A call with what its keepers need.
    GetCall { call_id: CallId } Get "/calls/{call_id}" query Nothing, Nothing => CallDetail, flags [], problems [];

    /// Makes a draft.
    CreateCall {} Post "/calls" query Nothing, CreateCallRequest => CallDetail, flags [], problems [Duplicate];

    /// Replaces a draft.
    UpdateCall { call_id: CallId } Put "/calls/{call_id}" query Nothing, UpdateCallRequest => CallDetail, flags [IfMatch], problems [Duplicate, CallFrozen];

    /// Publishes a draft: its definition is frozen from then on (S1).
    PublishCall { call_id: CallId } Post "/calls/{call_id}/publication" query Nothing, Nothing => CallDetail, flags [IfMatch], problems [WrongState];

    /// Sets a later deadline or a larger envelope for a published call.
    ExtendCall { call_id: CallId } Post "/calls/{call_id}/extension" query Nothing, ExtendCallRequest => CallDetail, flags [IfMatch], problems [CallFrozen, WrongState, EnvelopeExceeded];

    /// Moves a closed call to its next phase.
    MoveCall { call_id: CallId } Post "/calls/{call_id}/phase" query Nothing, MoveCallRequest => CallDetail, flags [IfMatch], problems [WrongState];

    /// Tells the applicants what was decided so far; before it they see nothing of it (V10).
    ReleaseResults { call_id: CallId } Post "/calls/{call_id}/results" query Nothing, Nothing => CallDetail, flags [IfMatch], problems [WrongState];

    /// Calls a call off, before the vote.
    CancelCall { call_id: CallId } Post "/calls/{call_id}/cancellation" query Nothing, CancelCallRequest => CallDetail, flags [IfMatch], problems [WrongState];
}
