//! Motions, written votes by organisation, decisions (V1–V10).

use serde::{Deserialize, Serialize};

use crate::endpoint::{Nothing, Page};
use crate::ids::{ContributionId, DecisionId, MotionId, OrganisationId, ProposalId};
use crate::money::Money;
use crate::people::OrganisationRef;
use crate::problem::{Code, FieldError};
use crate::reviews::{CallRef, CriterionMean, RankRow, Subject};
use crate::time::{Timestamp, plus_business_days};

/// The longest conditions, reason or note, in characters.
pub const TEXT_MAX_CHARS: usize = 5_000;

crate::words! {
    /// What a motion proposes, and what a decision says.
    Outcome {
        /// The whole request.
        Approved = "approved",
        /// Less than the request; the applicant refiles the budget.
        ApprovedPartial = "approved_partial",
        /// With conditions.
        ApprovedConditional = "approved_conditional",
        /// Merit yes, no money yet (V8). A result, never proposed.
        ApprovedContingent = "approved_contingent",
        /// May come back once.
        ReviseAndResubmit = "revise_and_resubmit",
        /// No.
        Rejected = "rejected",
    }
}

impl Outcome {
    /// What a motion can propose: everything but what only follows from missing money.
    pub const PROPOSABLE: &'static [Self] =
        &[Self::Approved, Self::ApprovedPartial, Self::ApprovedConditional, Self::ReviseAndResubmit, Self::Rejected];

    /// Whether it gives, or would give, money.
    #[must_use]
    pub fn is_approval(self) -> bool {
        !matches!(self, Self::ReviseAndResubmit | Self::Rejected)
    }
}

crate::words! {
    /// Where a motion stands.
    MotionState {
        /// Written and visible, not before the voters yet (V3).
        Draft = "draft",
        /// Before the voters, until it closes.
        Open = "open",
        /// Closed with a majority (V6).
        Carried = "carried",
        /// Closed without a majority.
        NotCarried = "not_carried",
        /// Closed without a quorum (V5).
        NoQuorum = "no_quorum",
    }
}

impl MotionState {
    /// Whether votes may be named (V4).
    #[must_use]
    pub fn is_closed(self) -> bool {
        !matches!(self, Self::Draft | Self::Open)
    }
}

crate::words! {
    /// A vote (V4).
    Choice {
        /// For the motion.
        Yes = "yes",
        /// Against it.
        No = "no",
        /// Neither, with a reason: counts for the quorum only (V6).
        Abstain = "abstain",
    }
}

/// The count of a vote, over the organisations that are not recused (V5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Tally {
    /// Organisations with a vote, without the recused ones.
    pub voters: u32,
    /// For.
    pub yes: u32,
    /// Against.
    pub no: u32,
    /// Neither.
    pub abstain: u32,
}

impl Tally {
    /// Counts votes.
    #[must_use]
    pub fn count(voters: u32, choices: impl IntoIterator<Item = Choice>) -> Self {
        let mut tally = Self { voters, ..Self::default() };
        for choice in choices {
            match choice {
                Choice::Yes => tally.yes += 1,
                Choice::No => tally.no += 1,
                Choice::Abstain => tally.abstain += 1,
            }
        }
        tally
    }

    /// How many votes a quorum needs: all of one or two, else more than half and at least two (V5).
    #[must_use]
    pub fn quorum(self) -> u32 {
        if self.voters <= 2 { self.voters.max(1) } else { (self.voters / 2 + 1).max(2) }
    }

    /// Whether there is a quorum (V5). Nobody is no quorum; silence is not a vote.
    #[must_use]
    pub fn has_quorum(self) -> bool {
        self.yes + self.no + self.abstain >= self.quorum()
    }

    /// What becomes of the motion (V6): with one or two voters all must say yes; with more, more yes
    /// than no and at least two yes.
    #[must_use]
    pub fn result(self) -> MotionState {
        let carried = if self.voters <= 2 { self.yes == self.voters } else { self.yes > self.no && self.yes >= 2 };
        match (self.has_quorum(), carried) {
            (false, _) => MotionState::NoQuorum,
            (true, true) => MotionState::Carried,
            (true, false) => MotionState::NotCarried,
        }
    }
}

/// Whether a motion departs from the rank order and needs a reason (V1): it gives money to a
/// proposal below the thresholds, or past a better one that still waits; or it gives none to a
/// fundable one.
#[must_use]
pub fn departs_from_rank(outcome: Outcome, is_fundable: bool, better_waits: bool) -> bool {
    if outcome.is_approval() { !is_fundable || better_waits } else { is_fundable }
}

/// The earliest instant at which a vote that opens now may close (V3).
#[must_use]
pub fn earliest_close(opens_at: Timestamp, min_business_days: u32) -> Timestamp {
    plus_business_days(opens_at, min_business_days)
}

/// Write a motion, or write it anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MotionRequest {
    /// On which proposal.
    pub proposal_id: ProposalId,
    /// What is proposed.
    pub outcome: Outcome,
    /// How much, in EUR; for approvals.
    pub amount: Option<Money>,
    /// Conditions; required for a conditional approval.
    pub conditions: String,
    /// Why the motion departs from the rank order (V1); required when it does.
    pub off_rank_reason: String,
}

impl MotionRequest {
    /// What is wrong with the request, field by field: an approval has an amount in the request's
    /// currency, above zero and at most the request; `approved` means the whole request; a
    /// conditional approval names its conditions; the others have no amount.
    #[must_use]
    pub fn errors(&self, requested: Money) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !Outcome::PROPOSABLE.contains(&self.outcome) {
            errors.push(FieldError::new("/outcome", Code::NotAChoice));
        }
        match (self.outcome.is_approval(), self.amount) {
            (true, None) => errors.push(FieldError::new("/amount", Code::Required)),
            (false, Some(_)) => errors.push(FieldError::new("/amount", Code::AmountNotForOutcome)),
            (true, Some(amount)) => self.amount_errors(&mut errors, amount, requested),
            (false, None) => {}
        }
        if self.outcome == Outcome::ApprovedConditional && self.conditions.trim().is_empty() {
            errors.push(FieldError::new("/conditions", Code::Required));
        }
        for (pointer, text) in [("/conditions", &self.conditions), ("/off_rank_reason", &self.off_rank_reason)] {
            if text.chars().count() > TEXT_MAX_CHARS {
                errors.push(FieldError::new(pointer, Code::TooLong).with("max", TEXT_MAX_CHARS));
            }
        }
        errors
    }

    fn amount_errors(&self, errors: &mut Vec<FieldError>, amount: Money, requested: Money) {
        if amount.currency() != requested.currency() {
            errors.push(FieldError::new("/amount", Code::CurrencyMismatch).with("expected", requested.currency()));
        } else if !amount.is_positive() {
            errors.push(FieldError::new("/amount", Code::AmountNotPositive));
        } else if amount.minor() > requested.minor() {
            errors.push(FieldError::new("/amount", Code::AmountAboveRequest).with("max", requested));
        } else if self.outcome == Outcome::Approved && amount != requested {
            errors.push(FieldError::new("/amount", Code::AmountNotWhole).with("expected", requested));
        } else if self.outcome == Outcome::ApprovedPartial && amount == requested {
            errors.push(FieldError::new("/amount", Code::AmountWhole));
        }
    }
}

/// Put a motion before the voters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenMotionRequest {
    /// When it closes, by the server's clock.
    pub closes_at: Timestamp,
}

/// Vote for one's organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BallotRequest {
    /// The vote.
    pub choice: Choice,
    /// Why; required for an abstention (V4).
    pub reason: String,
    /// For an alternate: why the primary cannot vote (V2).
    #[serde(default)]
    pub alternate_note: Option<String>,
}

impl BallotRequest {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self, is_alternate: bool) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let note = self.alternate_note.as_deref().unwrap_or_default();
        if self.choice == Choice::Abstain && self.reason.trim().is_empty() {
            errors.push(FieldError::new("/reason", Code::ReasonRequired));
        }
        if is_alternate && note.trim().is_empty() {
            errors.push(FieldError::new("/alternate_note", Code::AlternateNote));
        }
        for (pointer, text) in [("/reason", self.reason.as_str()), ("/alternate_note", note)] {
            if text.chars().count() > TEXT_MAX_CHARS {
                errors.push(FieldError::new(pointer, Code::TooLong).with("max", TEXT_MAX_CHARS));
            }
        }
        errors
    }
}

/// A vote that was cast, by name: one's own organisation's at once, the others' after closing (V4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct NamedVote {
    /// The organisation.
    pub organisation: OrganisationRef,
    /// Who voted for it.
    pub person: String,
    /// The vote.
    pub choice: Choice,
    /// Why.
    pub reason: String,
    /// Why the alternate voted (V2).
    pub alternate_note: Option<String>,
    /// When.
    pub cast_at: Timestamp,
}

/// What the person who asks can do with the ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MyVote {
    /// For which organisation.
    pub organisation: OrganisationRef,
    /// Whether as its alternate (V2).
    pub is_alternate: bool,
    /// Whether the organisation has no vote on this motion because of a conflict (K2).
    pub is_recused: bool,
    /// Whether the person has declared, without a hard conflict (K1).
    pub has_declared: bool,
    /// The organisation's vote, once cast.
    pub cast: Option<NamedVote>,
}

/// What is left after the motion: one bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MotionBar {
    /// The fund and the call's envelope as they stand.
    pub position: crate::fund::Position,
    /// What this motion asks for.
    pub amount: Option<Money>,
    /// What would be left of what can still be given to this proposal; below zero when it does not fit.
    pub left: Money,
    /// The earmarked money that may go to it: it is used only if its donors vote yes (V7).
    pub earmarks: Vec<EarmarkUse>,
}

/// Earmarked money that may go to a motion's grant (M24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EarmarkUse {
    /// Whose.
    pub donor: OrganisationRef,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// The contribution's reference.
    pub reference: String,
    /// What is not used of it.
    pub headroom: Money,
    /// What the motion would use of it when its donor votes yes; none when it is decided or does not fit.
    pub uses: Option<Money>,
    /// What would be left of it.
    pub left: Money,
}

/// A motion in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MotionSummary {
    /// Its id.
    pub id: MotionId,
    /// Its number.
    pub number: String,
    /// On what.
    pub proposal: Subject,
    /// The call.
    pub call: CallRef,
    /// What is proposed.
    pub outcome: Outcome,
    /// How much, in EUR.
    pub amount: Option<Money>,
    /// Where it stands.
    pub state: MotionState,
    /// Since when the vote is open.
    pub opens_at: Option<Timestamp>,
    /// Until when.
    pub closes_at: Option<Timestamp>,
    /// The vote of the organisation that the person votes for.
    pub my_choice: Option<Choice>,
    /// Whether the person's organisation still has to vote.
    pub is_waiting_for_me: bool,
    /// What was decided.
    pub decided: Option<Outcome>,
}

/// Which motions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MotionsQuery {
    /// Only this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<MotionState>,
    /// Only on this proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal_id: Option<ProposalId>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A motion with everything a voter needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Motion {
    /// What the list shows.
    pub summary: MotionSummary,
    /// Conditions.
    pub conditions: String,
    /// Why it departs from the rank order (V1).
    pub off_rank_reason: String,
    /// Its version, for `If-Match`.
    pub version: i64,
    /// What is left after it.
    pub bar: MotionBar,
    /// The proposal's place in the ranking.
    pub row: RankRow,
    /// The means, in the rubric's order.
    pub criteria: Vec<CriterionMean>,
    /// The shortest window, in business days (V3).
    pub min_business_days: u32,
    /// The organisations with a vote, once open.
    pub voters: Vec<OrganisationRef>,
    /// The organisations that are recused (K2).
    pub recused: Vec<OrganisationRef>,
    /// The person's own vote, if they have one.
    pub mine: Option<MyVote>,
    /// The result, once closed (V4).
    pub result: Option<MotionResult>,
}

/// The result of a vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MotionResult {
    /// The count.
    pub tally: Tally,
    /// The votes by name, by the organisations' codes.
    pub votes: Vec<NamedVote>,
    /// When the server closed it.
    pub closed_at: Timestamp,
    /// The decision, if the motion was carried.
    pub decision: Option<Decision>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// By which motion.
    pub motion_id: MotionId,
    /// On which proposal.
    pub proposal_id: ProposalId,
    /// What was decided.
    pub outcome: Outcome,
    /// How much, in EUR.
    pub amount: Option<Money>,
    /// Conditions.
    pub conditions: String,
    /// What was short when a carried approval became contingent (V8).
    pub missing: Option<Money>,
    /// When.
    pub decided_at: Timestamp,
}

/// The decision record (V9): everything as it was, canonical and immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DecisionRecord {
    /// The decision.
    pub decision: Decision,
    /// The motion's number.
    pub motion: String,
    /// The proposal's number.
    pub proposal: String,
    /// What was proposed.
    pub proposed: Outcome,
    /// What was asked for.
    pub requested: Money,
    /// Why it departed from the rank order (V1).
    pub off_rank_reason: String,
    /// The place in the ranking when the vote closed.
    pub rank: Option<i64>,
    /// The score as an exact fraction (S3).
    pub score: Option<crate::fraction::Fraction>,
    /// How many sheets it is the mean of.
    pub sheets: i64,
    /// The count.
    pub tally: Tally,
    /// How many votes the quorum needed (V5).
    pub quorum: u32,
    /// The votes by name.
    pub votes: Vec<NamedVote>,
    /// The organisations that were recused.
    pub recused: Vec<OrganisationRef>,
}

/// What applicants and endorsers learn (V10): the result, never votes or names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReleasedOutcome {
    /// On which proposal.
    pub proposal_id: ProposalId,
    /// What was decided; none while undecided.
    pub outcome: Option<Outcome>,
    /// How much, in EUR.
    pub amount: Option<Money>,
    /// Conditions; the reasons where nothing is approved.
    pub conditions: String,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What the reviewers wrote, once decided: in the order of the texts, so that it tells nobody apart.
    pub feedback: Vec<Feedback>,
}

/// What one valid sheet says of a proposal, without its author, scores and amount (V10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct Feedback {
    /// What speaks for it.
    pub strengths: String,
    /// What speaks against it.
    pub weaknesses: String,
}

/// The organisation that a person votes for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// Whether as its alternate.
    pub is_alternate: bool,
}

crate::endpoints! {
    /// The motions: open ones first, then drafts, then closed ones, newest first.
    ListMotions {} Get "/motions" query MotionsQuery, Nothing => Page<MotionSummary>, flags [], problems [];

    /// Writes a motion on a scored proposal.
    CreateMotion {} Post "/motions" query Nothing, MotionRequest => Motion,
        flags [], problems [WrongState, AmountAboveRequest, AmountNotWhole, AmountWhole, AmountNotForOutcome, ReasonRequired];

    /// A motion with its bar and score summary; others' votes only after it closes (V4).
    GetMotion { motion_id: MotionId } Get "/motions/{motion_id}" query Nothing, Nothing => Motion, flags [], problems [];

    /// Writes a motion anew while it is a draft.
    UpdateMotion { motion_id: MotionId } Put "/motions/{motion_id}" query Nothing, MotionRequest => Motion,
        flags [IfMatch], problems [WrongState, AmountAboveRequest, AmountNotWhole, AmountWhole, AmountNotForOutcome, ReasonRequired];

    /// Puts a motion before the voters and fixes who they are (V3, V5).
    OpenMotion { motion_id: MotionId } Post "/motions/{motion_id}/opening" query Nothing, OpenMotionRequest => Motion,
        flags [IfMatch], problems [WrongState, VoteWindowShort, NoVoters];

    /// Votes for one's organisation: one organisation, one vote (V2).
    CastBallot { motion_id: MotionId } Post "/motions/{motion_id}/ballots" query Nothing, BallotRequest => Motion,
        flags [], problems [VoteNotOpen, AlreadyVoted, AlternateNote, ReasonRequired, ConflictOfInterest, DeclarationRequired];

    /// A decision record (V9).
    GetDecision { decision_id: DecisionId } Get "/decisions/{decision_id}" query Nothing, Nothing => DecisionRecord, flags [], problems [];

    /// What was decided on a proposal, without votes or names (V10).
    GetOutcome { proposal_id: ProposalId } Get "/proposals/{proposal_id}/outcome" query Nothing, Nothing => ReleasedOutcome, flags [], problems [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Currency;
    use proptest::prelude::*;

    use MotionState::{Carried, NoQuorum, NotCarried};

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn tally(voters: u32, yes: u32, no: u32, abstain: u32) -> Tally {
        Tally { voters, yes, no, abstain }
    }

    #[test]
    fn v5_quorum_table() {
        for (voters, needed) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4), (8, 5)] {
            assert_eq!(tally(voters, 0, 0, 0).quorum(), needed, "{voters} voters");
            assert!(!tally(voters, needed - 1, 0, 0).has_quorum(), "{voters} voters");
            assert!(tally(voters, needed, 0, 0).has_quorum(), "{voters} voters");
        }
        assert_eq!(tally(0, 0, 0, 0).result(), NoQuorum, "when all are recused nobody can carry a motion");
    }

    #[test]
    fn v6_result_table() {
        for (voters, yes, no, abstain, result) in [
            // One voter decides alone.
            (1, 1, 0, 0, Carried),
            (1, 0, 1, 0, NotCarried),
            (1, 0, 0, 1, NotCarried),
            (1, 0, 0, 0, NoQuorum),
            // Two voters: both, and both yes.
            (2, 2, 0, 0, Carried),
            (2, 1, 0, 0, NoQuorum),
            (2, 1, 1, 0, NotCarried),
            (2, 1, 0, 1, NotCarried),
            (2, 0, 2, 0, NotCarried),
            (2, 0, 0, 2, NotCarried),
            (2, 0, 0, 0, NoQuorum),
            // Three: more than half cast, more yes than no, two yes.
            (3, 2, 0, 0, Carried),
            (3, 3, 0, 0, Carried),
            (3, 2, 1, 0, Carried),
            (3, 2, 0, 1, Carried),
            (3, 1, 0, 0, NoQuorum),
            (3, 1, 0, 1, NotCarried),
            (3, 1, 0, 2, NotCarried),
            (3, 1, 1, 0, NotCarried),
            (3, 1, 1, 1, NotCarried),
            (3, 1, 2, 0, NotCarried),
            (3, 0, 0, 3, NotCarried),
            (3, 0, 3, 0, NotCarried),
            // Four: a tie is not carried, silence is not a yes.
            (4, 2, 0, 0, NoQuorum),
            (4, 2, 1, 0, Carried),
            (4, 2, 0, 1, Carried),
            (4, 2, 2, 0, NotCarried),
            (4, 1, 0, 3, NotCarried),
            (4, 4, 0, 0, Carried),
            // Five.
            (5, 2, 0, 0, NoQuorum),
            (5, 2, 0, 1, Carried),
            (5, 2, 1, 0, Carried),
            (5, 2, 2, 1, NotCarried),
            (5, 3, 2, 0, Carried),
            (5, 2, 3, 0, NotCarried),
            (5, 1, 0, 4, NotCarried),
        ] {
            assert_eq!(tally(voters, yes, no, abstain).result(), result, "{voters}: {yes} {no} {abstain}");
        }
    }

    proptest! {
        #[test]
        fn v5_v6_the_result_follows_the_rule_for_any_count(voters in 0_u32..12, cast in prop::collection::vec(0_u8..4, 0..12)) {
            let choices = cast.iter().take(voters as usize).filter_map(|c| match c {
                0 => Some(Choice::Yes), 1 => Some(Choice::No), 2 => Some(Choice::Abstain), _ => None,
            }).collect::<Vec<_>>();
            let t = Tally::count(voters, choices.iter().copied());
            let n = |c: Choice| u32::try_from(choices.iter().filter(|x| **x == c).count()).unwrap();
            let (yes, no, all) = (n(Choice::Yes), n(Choice::No), u32::try_from(choices.len()).unwrap());
            let quorum = if voters <= 2 { all == voters && voters > 0 } else { all * 2 > voters && all >= 2 };
            let majority = if voters <= 2 { yes == voters } else { yes > no && yes >= 2 };
            prop_assert_eq!(t.has_quorum(), quorum);
            prop_assert_eq!(t.result() == Carried, quorum && majority);
            prop_assert_eq!(t.result() == NoQuorum, !quorum);
        }

        #[test]
        fn v6_one_more_no_never_carries_a_motion(yes in 0_u32..6, no in 0_u32..6, abstain in 0_u32..6, silent in 1_u32..4) {
            let voters = yes + no + abstain + silent;
            let before = tally(voters, yes, no, abstain);
            if before.has_quorum() && before.result() != Carried {
                prop_assert_ne!(tally(voters, yes, no + 1, abstain).result(), Carried);
            }
        }
    }

    #[test]
    fn v1_leaving_the_rank_order_needs_a_reason() {
        use Outcome::{Approved, ApprovedPartial, Rejected, ReviseAndResubmit};
        assert!(!departs_from_rank(Approved, true, false));
        assert!(departs_from_rank(Approved, true, true), "past a better one");
        assert!(departs_from_rank(ApprovedPartial, false, false), "below the thresholds");
        assert!(departs_from_rank(Rejected, true, false), "fundable, and yet no");
        assert!(!departs_from_rank(Rejected, false, true));
        assert!(!departs_from_rank(ReviseAndResubmit, false, false));
    }

    #[test]
    fn v2_an_alternate_says_why_the_primary_cannot() {
        let ballot = BallotRequest { choice: Choice::Yes, reason: String::new(), alternate_note: None };
        assert!(ballot.errors(false).is_empty());
        assert_eq!(ballot.errors(true), [FieldError::new("/alternate_note", Code::AlternateNote)]);
        let noted = BallotRequest { alternate_note: Some("On mission".into()), ..ballot };
        assert!(noted.errors(true).is_empty());
    }

    #[test]
    fn v4_an_abstention_needs_a_reason() {
        let ballot = BallotRequest { choice: Choice::Abstain, reason: " ".into(), alternate_note: None };
        assert_eq!(ballot.errors(false), [FieldError::new("/reason", Code::ReasonRequired)]);
    }

    #[test]
    fn v8_a_motion_names_an_amount_that_fits_its_outcome() {
        let request = eur("100000.00");
        let motion = |outcome, amount: Option<&str>| MotionRequest {
            proposal_id: ProposalId(uuid::Uuid::nil()),
            outcome,
            amount: amount.map(eur),
            conditions: "Letter of the ministry".into(),
            off_rank_reason: String::new(),
        };
        let code = |m: MotionRequest| m.errors(request).first().map(|e| e.code);
        assert_eq!(code(motion(Outcome::Approved, Some("100000.00"))), None);
        assert_eq!(code(motion(Outcome::Approved, Some("99999.99"))), Some(Code::AmountNotWhole));
        assert_eq!(code(motion(Outcome::Approved, Some("100000.01"))), Some(Code::AmountAboveRequest));
        assert_eq!(code(motion(Outcome::Approved, Some("-1.00"))), Some(Code::AmountNotPositive));
        assert_eq!(code(motion(Outcome::Approved, None)), Some(Code::Required));
        assert_eq!(code(motion(Outcome::ApprovedPartial, Some("99999.99"))), None);
        assert_eq!(code(motion(Outcome::ApprovedPartial, Some("100000.00"))), Some(Code::AmountWhole));
        assert_eq!(code(motion(Outcome::ApprovedConditional, Some("100000.00"))), None);
        assert_eq!(code(motion(Outcome::ApprovedContingent, Some("1.00"))), Some(Code::NotAChoice));
        assert_eq!(code(motion(Outcome::Rejected, None)), None);
        assert_eq!(code(motion(Outcome::Rejected, Some("1.00"))), Some(Code::AmountNotForOutcome));
        let chf =
            MotionRequest { amount: Some(Money::from_minor(100, Currency::CHF)), ..motion(Outcome::Approved, None) };
        assert_eq!(code(chf), Some(Code::CurrencyMismatch));
        let bare = MotionRequest { conditions: " ".into(), ..motion(Outcome::ApprovedConditional, Some("1.00")) };
        assert_eq!(code(bare), Some(Code::Required));
    }
}
