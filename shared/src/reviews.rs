//! Conflicts of interest, score sheets, ranking (K1–K3, S1–S11).
//!
//! A sheet's total is `points ÷ scale maximum` with `points = Σ weight × score`, so points are whole
//! numbers; means are exact fractions over them and are rounded only to be read.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::calls::{ReviewRules, Rubric};
use crate::endpoint::{Nothing, Page};
use crate::fraction::Fraction;
use crate::ids::{CallId, DeclarationId, OrganisationId, PersonId, ProposalId, ReviewId};
use crate::money::Money;
use crate::people::{Language, OrganisationRef};
use crate::permission::Role;
use crate::problem::{Code, FieldError};
use crate::proposals::ProposalState;
use crate::time::{Date, Timestamp};

/// The longest comment on one criterion, in characters.
pub const COMMENT_MAX_CHARS: usize = 2_000;

/// The longest strengths, weaknesses, explanation or reason, in characters.
pub const TEXT_MAX_CHARS: usize = 5_000;

/// The most proposals, and the most reviewers, in one act of assigning.
pub const ASSIGN_MAX: usize = 100;

/// Whoever holds one of these roles declares before opening a proposal (K1).
pub const DECLARING: &[Role] = &[Role::Reviewer, Role::SteeringVoter, Role::FinanceApprover];

crate::words! {
    /// What a person declares about a proposal (K1), or the system finds (K2).
    Conflict {
        /// Nothing to declare.
        None = "none",
        /// Something the head of desk should weigh (K3).
        Soft = "soft",
        /// Must not take part (K2).
        Hard = "hard",
    }
}

crate::words! {
    /// What the head of desk made of a soft conflict (K3).
    Resolution {
        /// May go on.
        Allowed = "allowed",
        /// Steps back.
        Recused = "recused",
    }
}

crate::words! {
    /// Where the work of one reviewer on one proposal stands.
    ReviewState {
        /// Given to the reviewer, who has not declared yet.
        Assigned = "assigned",
        /// Declared; the sheet is being written.
        Accepted = "accepted",
        /// Stepped back for a conflict, before a sheet was submitted.
        Recused = "recused",
        /// The sheet is in.
        Submitted = "submitted",
        /// The sheet was in; a conflict was found later (K3).
        Void = "void",
    }
}

impl ReviewState {
    /// Where a declaration leads; nothing when it changes nothing.
    #[must_use]
    pub fn declared(self, conflict: Conflict) -> Option<Self> {
        match (self, conflict) {
            (Self::Assigned, Conflict::None | Conflict::Soft) => Some(Self::Accepted),
            (Self::Assigned | Self::Accepted, Conflict::Hard) => Some(Self::Recused),
            (Self::Submitted, Conflict::Hard) => Some(Self::Void),
            _ => None,
        }
    }

    /// Whether the sheet still has to come in (S9).
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Assigned | Self::Accepted)
    }
}

crate::words! {
    /// A reviewer's advice in one word (S6). It advises; the vote decides (V1).
    Light {
        /// Fund it.
        Green = "green",
        /// Fund it with changes.
        Amber = "amber",
        /// Do not fund it.
        Red = "red",
    }
}

/// A score on one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The criterion's key in the call's rubric.
    pub criterion: String,
    /// 0 to the scale's maximum; none while undecided.
    pub score: Option<i64>,
    /// Why; required for extreme scores (S6).
    pub comment: String,
}

/// A score sheet as its author writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// In any order; criteria that are not named have no score yet.
    pub scores: Vec<Score>,
    /// What speaks for the proposal.
    pub strengths: String,
    /// What speaks against it.
    pub weaknesses: String,
    /// The advice in one word.
    pub light: Option<Light>,
    /// What the reviewer would give, in EUR, at most the request.
    pub suggested: Option<Money>,
}

impl Sheet {
    /// The score on a criterion, once there is one.
    #[must_use]
    pub fn score(&self, criterion: &str) -> Option<i64> {
        self.scores.iter().find(|s| s.criterion == criterion).and_then(|s| s.score)
    }

    /// `Σ weight × score`, once every criterion is scored (S2).
    #[must_use]
    pub fn points(&self, rubric: &Rubric) -> Option<i64> {
        rubric.criteria.iter().map(|c| self.score(&c.key).map(|score| c.weight * score)).sum()
    }

    /// The total so far: criteria without a score count nothing. What the page shows while writing.
    #[must_use]
    pub fn total_so_far(&self, rubric: &Rubric) -> Option<Fraction> {
        let points = rubric.criteria.iter().map(|c| c.weight * self.score(&c.key).unwrap_or(0)).sum();
        Fraction::new(points, rubric.scale_max)
    }

    /// What is wrong even with a draft: unknown criteria, scores off the scale, texts too long, an
    /// amount that cannot be.
    #[must_use]
    pub fn draft_errors(&self, rubric: &Rubric, requested: Money) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut seen = BTreeSet::new();
        for (i, score) in self.scores.iter().enumerate() {
            if !rubric.criteria.iter().any(|c| c.key == score.criterion) || !seen.insert(&score.criterion) {
                errors.push(FieldError::new(format!("/scores/{i}/criterion"), Code::NotAChoice));
            }
            if score.score.is_some_and(|s| s < 0 || s > rubric.scale_max) {
                let error = FieldError::new(format!("/scores/{i}/score"), Code::ScoreRange);
                errors.push(error.with("max", rubric.scale_max));
            }
            too_long(&mut errors, &format!("/scores/{i}/comment"), &score.comment, COMMENT_MAX_CHARS);
        }
        too_long(&mut errors, "/strengths", &self.strengths, TEXT_MAX_CHARS);
        too_long(&mut errors, "/weaknesses", &self.weaknesses, TEXT_MAX_CHARS);
        if let Some(suggested) = self.suggested {
            if suggested.currency() != requested.currency() {
                let error = FieldError::new("/suggested", Code::CurrencyMismatch);
                errors.push(error.with("expected", requested.currency()));
            } else if !suggested.is_positive() {
                errors.push(FieldError::new("/suggested", Code::AmountNotPositive));
            } else if suggested.minor() > requested.minor() {
                errors.push(FieldError::new("/suggested", Code::SuggestedAboveRequest).with("max", requested));
            }
        }
        errors
    }

    /// What is wrong with a sheet that is to be submitted: [`Sheet::draft_errors`], and every
    /// criterion scored (S2), extreme scores commented, strengths, weaknesses, light and amount
    /// given (S6). A red light needs no amount. Scores not in the sheet are named by criterion:
    /// `/scores/team`.
    #[must_use]
    pub fn errors(&self, rubric: &Rubric, rules: &ReviewRules, requested: Money) -> Vec<FieldError> {
        let mut errors = self.draft_errors(rubric, requested);
        for criterion in &rubric.criteria {
            let Some(i) = self.scores.iter().position(|s| s.criterion == criterion.key) else {
                errors.push(FieldError::new(format!("/scores/{}", criterion.key), Code::ScoreMissing));
                continue;
            };
            match self.scores.get(i).map(|s| (s.score, s.comment.trim().is_empty())) {
                Some((Some(score), true)) if rules.extreme_scores.contains(&score) => {
                    errors.push(FieldError::new(format!("/scores/{i}/comment"), Code::CommentRequired));
                }
                Some((None, _)) => errors.push(FieldError::new(format!("/scores/{i}/score"), Code::ScoreMissing)),
                _ => {}
            }
        }
        for (pointer, text) in [("/strengths", &self.strengths), ("/weaknesses", &self.weaknesses)] {
            if text.trim().is_empty() {
                errors.push(FieldError::new(pointer, Code::Required));
            }
        }
        if self.light.is_none() {
            errors.push(FieldError::new("/light", Code::Required));
        }
        if self.suggested.is_none() && self.light != Some(Light::Red) {
            errors.push(FieldError::new("/suggested", Code::Required));
        }
        errors
    }
}

fn too_long(errors: &mut Vec<FieldError>, pointer: &str, text: &str, max: usize) {
    if text.chars().count() > max {
        errors.push(FieldError::new(pointer, Code::TooLong).with("max", max));
    }
}

/// The sum of a proposal's valid submitted sheets: all that its score and rank follow from (S3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How many valid submitted sheets there are.
    pub sheets: i64,
    /// How many of them are by members of the Technical Advisory Group (S4).
    pub tag_sheets: i64,
    /// The sum of their points.
    pub points: i64,
    /// The lowest sheet's points.
    pub lowest: i64,
    /// The highest sheet's points.
    pub highest: i64,
    /// The sum of scores on each criterion, in the rubric's order.
    pub criteria: Vec<i64>,
    /// What is asked for, in EUR.
    pub requested: Money,
    /// When it was first submitted.
    pub submitted_at: Timestamp,
}

impl Standing {
    /// The score: the exact mean of the sheets' totals (S3).
    #[must_use]
    pub fn mean(&self, rubric: &Rubric) -> Option<Fraction> {
        Fraction::new(self.points, self.sheets.checked_mul(rubric.scale_max)?)
    }

    /// The exact mean score on a criterion, on the scale.
    #[must_use]
    pub fn criterion_mean(&self, index: usize) -> Option<Fraction> {
        Fraction::new(*self.criteria.get(index)?, self.sheets)
    }

    /// Whether there are enough valid sheets, with enough of them by the TAG (S4).
    #[must_use]
    pub fn has_minimum(&self, rules: &ReviewRules) -> bool {
        self.sheets >= rules.min_sheets && self.tag_sheets >= rules.min_tag_sheets
    }

    /// Whether total and criteria reach their minimums, by exact means (S5), over enough sheets (S4).
    #[must_use]
    pub fn is_fundable(&self, rubric: &Rubric, rules: &ReviewRules) -> bool {
        let criteria = rubric.criteria.iter().enumerate().all(|(i, criterion)| match criterion.minimum {
            Some(minimum) => self.criterion_mean(i).is_some_and(|mean| mean >= Fraction::from(minimum)),
            None => true,
        });
        let total = self.mean(rubric).is_some_and(|mean| mean >= Fraction::from(rules.fundable_min));
        self.has_minimum(rules) && total && criteria
    }

    /// Whether the sheets lie so far apart that one more reviewer is asked for (S7).
    #[must_use]
    pub fn is_divergent(&self, rules: &ReviewRules) -> bool {
        let spread = i128::from(self.highest) - i128::from(self.lowest);
        spread * 100 > i128::from(rules.divergence_percent) * i128::from(self.highest)
    }
}

/// The order of ranking, best first (S3, S10): mean, then first criterion, then second, then lower
/// request, then earlier submission. Proposals without a sheet come last.
#[must_use]
pub fn rank_order(a: &Standing, b: &Standing, rubric: &Rubric) -> Ordering {
    b.mean(rubric)
        .cmp(&a.mean(rubric))
        .then_with(|| b.criterion_mean(0).cmp(&a.criterion_mean(0)))
        .then_with(|| b.criterion_mean(1).cmp(&a.criterion_mean(1)))
        .then_with(|| a.requested.minor().cmp(&b.requested.minor()))
        .then_with(|| a.submitted_at.cmp(&b.submitted_at))
}

/// A place in the ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which of the standings that were given.
    pub index: usize,
    /// 1 is best; equal in everything means equal rank; none without a sheet.
    pub rank: Option<i64>,
    /// Whether another has the same score, so that S10 decided the order.
    pub is_tied: bool,
}

/// Ranks standings, best first.
#[must_use]
pub fn rank(standings: &[Standing], rubric: &Rubric) -> Vec<Place> {
    let mut order: Vec<usize> = (0..standings.len()).collect();
    let compare = |a: usize, b: usize| match (standings.get(a), standings.get(b)) {
        (Some(a), Some(b)) => rank_order(a, b, rubric),
        _ => Ordering::Equal,
    };
    order.sort_by(|a, b| compare(*a, *b));
    let mean = |index: usize| standings.get(index).and_then(|s| s.mean(rubric));
    let mut places: Vec<Place> = Vec::with_capacity(order.len());
    for (position, &index) in order.iter().enumerate() {
        let same_score = |neighbour: Option<&usize>| {
            mean(index).is_some() && neighbour.is_some_and(|&other| mean(other) == mean(index))
        };
        let before = position.checked_sub(1).and_then(|p| order.get(p));
        let equal_before = before.is_some_and(|&other| compare(other, index).is_eq());
        let rank = match (mean(index), places.last()) {
            (None, _) => None,
            (Some(_), Some(last)) if equal_before => last.rank,
            (Some(_), _) => i64::try_from(position + 1).ok(),
        };
        places.push(Place { index, rank, is_tied: same_score(before) || same_score(order.get(position + 1)) });
    }
    places
}

/// What may be known of a proposal before its content is opened: enough to see a conflict (K1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Subject {
    /// Its id.
    pub id: ProposalId,
    /// Its number, given at submission.
    pub number: String,
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The language it is written in.
    pub language: Language,
    /// Who applies.
    pub organisation: OrganisationRef,
    /// What is asked for, in EUR at the call's budget rate.
    pub requested: Money,
}

/// A reviewer's own assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MyReview {
    /// Its id.
    pub id: ReviewId,
    /// On what.
    pub proposal: Subject,
    /// The call's titles.
    pub call: CallRef,
    /// Where it stands.
    pub state: ReviewState,
    /// By when.
    pub due_on: Date,
    /// How many criteria have a score.
    pub scored: i64,
    /// How many criteria there are.
    pub criteria: i64,
}

/// A call, as other pages name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CallRef {
    /// Its id.
    pub id: CallId,
    /// Its code.
    pub code: String,
    /// Its title in English.
    pub title_en: String,
    /// Its title in French.
    pub title_fr: String,
}

/// What waits for a reviewer, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MyCounts {
    /// Not declared yet.
    pub to_start: i64,
    /// Being written.
    pub to_continue: i64,
    /// Submitted.
    pub submitted: i64,
    /// Stepped back.
    pub recused: i64,
}

/// A reviewer's own assignments, by due date, with counts over all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MyReviews {
    /// Counts over everything assigned.
    pub counts: MyCounts,
    /// The rows.
    pub items: Vec<MyReview>,
    /// What to pass as `after` for the next page.
    pub next: Option<String>,
}

/// Which of one's own assignments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MyReviewsQuery {
    /// Only this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ReviewState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AfterQuery {
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A person's conflict declaration on a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Declaration {
    /// Its id.
    pub id: DeclarationId,
    /// Who declared.
    pub person_id: PersonId,
    /// Their name.
    pub person: String,
    /// What they declared.
    pub conflict: Conflict,
    /// In their words.
    pub explanation: String,
    /// When.
    pub declared_at: Timestamp,
    /// What the head of desk made of a soft conflict (K3).
    pub resolution: Option<Resolution>,
    /// Why; it goes into the minutes.
    pub resolution_reason: String,
}

/// What the declaration page shows before any content (K1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConflictCheck {
    /// On what.
    pub proposal: Subject,
    /// The partners that the proposal names.
    pub partners: Vec<OrganisationRef>,
    /// What the person has declared so far.
    pub own: Option<Declaration>,
    /// Whether the system itself finds a conflict: the person is of the applicant or of a partner (K2).
    pub is_found: bool,
    /// The person's own assignment, if there is one.
    pub review_id: Option<ReviewId>,
}

/// Declare a conflict, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclareRequest {
    /// What is declared.
    pub conflict: Conflict,
    /// In the person's words; required unless there is none.
    pub explanation: String,
}

impl DeclareRequest {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.conflict != Conflict::None && self.explanation.trim().is_empty() {
            errors.push(FieldError::new("/explanation", Code::Required));
        }
        too_long(&mut errors, "/explanation", &self.explanation, TEXT_MAX_CHARS);
        errors
    }
}

/// Resolve a soft conflict (K3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// May the person go on?
    pub resolution: Resolution,
    /// Why; it goes into the minutes.
    pub reason: String,
}

/// Somebody who can be assigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Whether they review for the Technical Advisory Group (S4).
    pub is_tag: bool,
    /// How many sheets they still have to write.
    pub open: i64,
}

/// A reviewer on a proposal, as the desk sees it: never anything from the sheet (S8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Assignment {
    /// Its id.
    pub id: ReviewId,
    /// Who.
    pub reviewer_id: PersonId,
    /// Their name.
    pub reviewer: String,
    /// Whether they review for the Technical Advisory Group (S4).
    pub is_tag: bool,
    /// Where it stands.
    pub state: ReviewState,
    /// By when.
    pub due_on: Date,
}

/// A proposal with its reviewers and declarations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AssignedProposal {
    /// The proposal.
    pub proposal: Subject,
    /// Its state.
    pub state: ProposalState,
    /// Its reviewers.
    pub reviewers: Vec<Assignment>,
    /// Conflicts that people declared on it, soft and hard.
    pub conflicts: Vec<Declaration>,
    /// Candidates of the applicant or a partner: cannot be assigned (K2).
    pub excluded: Vec<PersonId>,
}

/// Assigning in a call: the proposals, and who can review them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Assignments {
    /// The call.
    pub call: CallRef,
    /// How many sheets a proposal needs, and how many of them by the TAG (S4).
    pub min_sheets: i64,
    /// See `min_sheets`.
    pub min_tag_sheets: i64,
    /// Who can be assigned.
    pub candidates: Vec<Candidate>,
    /// The screened and later proposals of the call, by number.
    pub items: Vec<AssignedProposal>,
    /// What to pass as `after` for the next page.
    pub next: Option<String>,
}

/// Assign reviewers to proposals: each to each, or nobody when one of them has a conflict (K2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// Which proposals.
    pub proposal_ids: Vec<ProposalId>,
    /// Which reviewers.
    pub reviewer_ids: Vec<PersonId>,
    /// By when.
    pub due_on: Date,
}

/// How many assignments were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Assigned {
    /// New ones; those that were there already are not counted.
    pub added: i64,
}

/// The page on which a reviewer scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SheetView {
    /// The assignment.
    pub id: ReviewId,
    /// On what.
    pub proposal: Subject,
    /// The call.
    pub call: CallRef,
    /// Where it stands.
    pub state: ReviewState,
    /// By when.
    pub due_on: Date,
    /// The call's criteria.
    pub rubric: Rubric,
    /// The call's rules.
    pub rules: ReviewRules,
    /// What is written so far.
    pub sheet: Sheet,
    /// Its version, for `If-Match`.
    pub version: i64,
    /// The sheet's total once submitted.
    pub total: Option<Fraction>,
    /// When it was submitted.
    pub submitted_at: Option<Timestamp>,
    /// The next assignment that waits.
    pub next_id: Option<ReviewId>,
}

/// A draft is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SheetSaved {
    /// The new version.
    pub version: i64,
    /// When.
    pub saved_at: Timestamp,
}

/// A sheet as others see it after unblinding (S8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OpenSheet {
    /// Whose; never for applicants (V10).
    pub reviewer: String,
    /// Whether for the Technical Advisory Group.
    pub is_tag: bool,
    /// What was written.
    pub sheet: Sheet,
    /// Its total.
    pub total: Fraction,
}

/// A criterion's mean over the valid sheets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CriterionMean {
    /// The criterion's key.
    pub criterion: String,
    /// The exact mean on the scale.
    pub mean: Fraction,
    /// The same to be read, with two decimals.
    pub shown: String,
}

/// A proposal's scores after unblinding: summary and sheets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Scores {
    /// On what.
    pub proposal: Subject,
    /// The call.
    pub call: CallRef,
    /// The call's criteria.
    pub rubric: Rubric,
    /// The place in the ranking.
    pub row: RankRow,
    /// The means, in the rubric's order.
    pub criteria: Vec<CriterionMean>,
    /// The valid sheets.
    pub sheets: Vec<OpenSheet>,
}

/// A row of the ranking. Before unblinding, everything that follows from scores is empty (S8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RankRow {
    /// The proposal.
    pub proposal: Subject,
    /// Its state.
    pub state: ProposalState,
    /// 1 is best.
    pub rank: Option<i64>,
    /// Whether another has the same score, so that the tie rules decided (S10).
    pub is_tied: bool,
    /// The score as an exact fraction (S3).
    pub score: Option<Fraction>,
    /// The same to be read, with two decimals.
    pub shown: Option<String>,
    /// The lowest sheet's total.
    pub lowest: Option<Fraction>,
    /// The highest sheet's total.
    pub highest: Option<Fraction>,
    /// How many sheets are in.
    pub sheets: i64,
    /// How many of them by the TAG.
    pub tag_sheets: i64,
    /// How many are still to come.
    pub pending: i64,
    /// Whether it reaches the thresholds (S5).
    pub is_fundable: Option<bool>,
    /// Whether the sheets lie far apart (S7).
    pub is_divergent: Option<bool>,
    /// The sum of requests of the fundable proposals down to this one, in rank order.
    pub cumulative: Option<Money>,
    /// Whether that sum is within the call's envelope: the cut-off line.
    pub is_within: Option<bool>,
}

/// The ranking of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Ranking {
    /// The call.
    pub call: CallRef,
    /// When the sheets were unblinded (S9); none while blind.
    pub unblinded_at: Option<Timestamp>,
    /// What unblinding would need.
    pub readiness: Readiness,
    /// The score that a proposal needs (S5).
    pub fundable_min: i64,
    /// How many sheets a proposal needs (S4).
    pub min_sheets: i64,
    /// The money: allocable, reserved, committed, the call's envelope and what is left.
    pub position: crate::fund::Position,
    /// The countries there are, for the filter.
    pub countries: Vec<String>,
    /// The rows: by rank, or by number while blind.
    pub items: Vec<RankRow>,
    /// What to pass as `after` for the next page.
    pub next: Option<String>,
}

/// Whether a call can be unblinded (S9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Readiness {
    /// Proposals under review.
    pub proposals: i64,
    /// Of these, with at least the minimum of sheets (S4).
    pub with_minimum: i64,
    /// Sheets that are still to come.
    pub pending: i64,
}

impl Readiness {
    /// Whether every required sheet is in.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.has_minimum() && self.pending == 0
    }

    /// Whether every proposal has at least the minimum, so that a reason is enough.
    #[must_use]
    pub fn has_minimum(self) -> bool {
        self.proposals > 0 && self.with_minimum == self.proposals
    }
}

/// Which rows of the ranking. Ranks and sums are always over the whole call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RankingQuery {
    /// Only this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Only fundable ones, or only the others; not while blind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fundable: Option<bool>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl RankingQuery {
    /// Whether the filter keeps a row, on the page and in the export alike.
    #[must_use]
    pub fn keeps(&self, row: &RankRow) -> bool {
        self.country.as_ref().is_none_or(|country| row.proposal.country == *country)
            && (self.fundable.is_none() || row.is_fundable.is_none() || row.is_fundable == self.fundable)
    }
}

/// Unblind a call's sheets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UnblindRequest {
    /// Why, when sheets are still to come (S9); may be empty otherwise.
    pub reason: String,
}

/// An organisation that keeps a person from a proposal (K2).
#[must_use]
pub fn shares_organisation(person: &[OrganisationId], applicant: OrganisationId, partners: &[OrganisationId]) -> bool {
    person.iter().any(|id| *id == applicant || partners.contains(id))
}

crate::endpoints! {
    /// The assignments of the person who asks, by due date.
    ListMyReviews {} Get "/reviews" query MyReviewsQuery, Nothing => MyReviews, flags [], problems [];

    /// The proposals of a call with their reviewers, and who can be assigned.
    ListAssignments { call_id: CallId } Get "/calls/{call_id}/reviews" query AfterQuery, Nothing => Assignments, flags [], problems [];

    /// Assigns reviewers to proposals of a call; a conflict makes it impossible (K2).
    AssignReviewers { call_id: CallId } Post "/calls/{call_id}/reviews" query Nothing, AssignRequest => Assigned,
        flags [], problems [ConflictOfInterest, WrongState, NotAChoice];

    /// What a person needs to know to declare a conflict, and what they declared (K1).
    CheckConflict { proposal_id: ProposalId } Get "/proposals/{proposal_id}/declaration" query Nothing, Nothing => ConflictCheck, flags [], problems [];

    /// Declares a conflict, or that there is none (K1). A hard one can only be taken back by the head of desk.
    Declare { proposal_id: ProposalId } Put "/proposals/{proposal_id}/declaration" query Nothing, DeclareRequest => ConflictCheck,
        flags [], problems [ConflictOfInterest];

    /// The declarations on a proposal.
    ListDeclarations { proposal_id: ProposalId } Get "/proposals/{proposal_id}/declarations" query AfterQuery, Nothing => Page<Declaration>, flags [], problems [];

    /// Allows or recuses a person with a soft conflict, with a reason (K3).
    ResolveConflict { declaration_id: DeclarationId } Post "/declarations/{declaration_id}/resolution" query Nothing, ResolveRequest => Declaration,
        flags [], problems [WrongState, ReasonRequired];

    /// A sheet, to its author alone (S8).
    GetSheet { review_id: ReviewId } Get "/reviews/{review_id}" query Nothing, Nothing => SheetView,
        flags [], problems [DeclarationRequired];

    /// Keeps a draft of a sheet.
    SaveSheet { review_id: ReviewId } Put "/reviews/{review_id}" query Nothing, Sheet => SheetSaved,
        flags [IfMatch], problems [DeclarationRequired, WrongState, ScoreRange, SuggestedAboveRequest];

    /// Submits a sheet, complete (S2, S6).
    SubmitSheet { review_id: ReviewId } Post "/reviews/{review_id}/submission" query Nothing, Sheet => SheetView,
        flags [IfMatch], problems [DeclarationRequired, WrongState, ScoreMissing, ScoreRange, CommentRequired, SuggestedAboveRequest];

    /// The ranking of a call by exact mean (S3, S10); without scores while blind (S8).
    GetRanking { call_id: CallId } Get "/calls/{call_id}/ranking" query RankingQuery, Nothing => Ranking, flags [], problems [];

    /// Unblinds the sheets of a call (S9).
    Unblind { call_id: CallId } Post "/calls/{call_id}/unblinding" query Nothing, UnblindRequest => Ranking,
        flags [], problems [SheetsMissing, ReasonRequired, WrongState];

    /// A proposal's sheets, means and place, once unblinded (S8).
    GetScores { proposal_id: ProposalId } Get "/proposals/{proposal_id}/scores" query Nothing, Nothing => Scores,
        flags [], problems [WrongState, DeclarationRequired];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::{Bilingual, Criterion};
    use crate::currency::Currency;
    use proptest::prelude::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    /// The default rubric of S1: weights 25, 20, 20, 15, 10, 10 on a scale of 0 to 5.
    fn rubric() -> Rubric {
        let criterion = |key: &str, weight| Criterion {
            key: key.into(),
            label: Bilingual::default(),
            weight,
            minimum: None,
            anchors: vec![Bilingual::default(); 6],
        };
        let criteria =
            [("effect", 25), ("ownership", 20), ("technical", 20), ("team", 15), ("lasting", 10), ("value", 10)];
        Rubric { scale_max: 5, criteria: criteria.map(|(key, weight)| criterion(key, weight)).into() }
    }

    fn rules() -> ReviewRules {
        ReviewRules {
            min_sheets: 3,
            min_tag_sheets: 1,
            fundable_min: 60,
            divergence_percent: 30,
            extreme_scores: vec![0, 1, 5],
        }
    }

    fn sheet(scores: &[i64]) -> Sheet {
        let rubric = rubric();
        let scores = rubric.criteria.iter().zip(scores).map(|(criterion, score)| Score {
            criterion: criterion.key.clone(),
            score: Some(*score),
            comment: "Because.".into(),
        });
        Sheet {
            scores: scores.collect(),
            strengths: "Strong".into(),
            weaknesses: "Weak".into(),
            light: Some(Light::Green),
            suggested: Some(eur("50000.00")),
        }
    }

    /// A standing of sheets with these points, everything else equal.
    fn standing(points: &[i64]) -> Standing {
        Standing {
            sheets: i64::try_from(points.len()).unwrap(),
            tag_sheets: 1,
            points: points.iter().sum(),
            lowest: points.iter().copied().min().unwrap_or(0),
            highest: points.iter().copied().max().unwrap_or(0),
            criteria: vec![3 * i64::try_from(points.len()).unwrap(); 6],
            requested: eur("50000.00"),
            submitted_at: Timestamp::from_micros(0).unwrap(),
        }
    }

    fn codes(errors: &[FieldError]) -> Vec<(&str, Code)> {
        errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect()
    }

    #[test]
    fn k1_a_declaration_moves_the_review() {
        use ReviewState::{Accepted, Assigned, Recused, Submitted, Void};
        for (from, conflict, to) in [
            (Assigned, Conflict::None, Some(Accepted)),
            (Assigned, Conflict::Soft, Some(Accepted)),
            (Assigned, Conflict::Hard, Some(Recused)),
            (Accepted, Conflict::None, None),
            (Accepted, Conflict::Soft, None),
            (Accepted, Conflict::Hard, Some(Recused)),
            (Submitted, Conflict::None, None),
            (Submitted, Conflict::Soft, None),
            (Submitted, Conflict::Hard, Some(Void)),
            (Recused, Conflict::None, None),
            (Recused, Conflict::Hard, None),
            (Void, Conflict::None, None),
            (Void, Conflict::Hard, None),
        ] {
            assert_eq!(from.declared(conflict), to, "{from} {conflict}");
        }
    }

    #[test]
    fn k1_a_conflict_is_explained() {
        for conflict in [Conflict::Soft, Conflict::Hard] {
            let bare = DeclareRequest { conflict, explanation: " ".into() };
            assert_eq!(codes(&bare.errors()), [("/explanation", Code::Required)]);
        }
        assert!(DeclareRequest { conflict: Conflict::None, explanation: String::new() }.errors().is_empty());
    }

    #[test]
    fn k2_applicant_and_partners_are_conflicts() {
        let id = |n| OrganisationId(uuid::Uuid::from_u128(n));
        assert!(shares_organisation(&[id(1), id(2)], id(2), &[]));
        assert!(shares_organisation(&[id(1)], id(2), &[id(3), id(1)]));
        assert!(!shares_organisation(&[id(1)], id(2), &[id(3)]));
        assert!(!shares_organisation(&[], id(2), &[id(3)]));
    }

    #[test]
    fn s2_a_total_is_the_weighted_sum_over_the_scale() {
        let points = sheet(&[5, 4, 3, 4, 2, 5]).points(&rubric()).unwrap();
        assert_eq!(points, 395);
        assert_eq!(standing(&[points]).mean(&rubric()).unwrap().two_decimals(), "79.00");
        assert_eq!(sheet(&[5, 4, 3, 4, 2, 5]).total_so_far(&rubric()).unwrap().two_decimals(), "79.00");
        assert_eq!(sheet(&[5; 6]).points(&rubric()), Some(500), "the best sheet is 100");
        assert_eq!(sheet(&[0; 6]).points(&rubric()), Some(0));
    }

    #[test]
    fn s2_every_criterion_needs_a_score() {
        let mut missing = sheet(&[5, 4, 3, 4, 2, 5]);
        missing.scores[2].score = None;
        missing.scores.pop();
        assert_eq!(missing.points(&rubric()), None);
        assert_eq!(missing.total_so_far(&rubric()).unwrap().two_decimals(), "57.00");
        assert_eq!(
            codes(&missing.errors(&rubric(), &rules(), eur("60000.00"))),
            [("/scores/2/score", Code::ScoreMissing), ("/scores/value", Code::ScoreMissing)]
        );
        assert!(missing.draft_errors(&rubric(), eur("60000.00")).is_empty(), "a draft may be incomplete");
    }

    #[test]
    fn s1_scores_stay_on_the_scale_and_in_the_rubric() {
        let mut wrong = sheet(&[6, -1, 3, 4, 2, 5]);
        wrong.scores[4].criterion = "beauty".into();
        wrong.scores[5].criterion = "team".into();
        assert_eq!(
            codes(&wrong.draft_errors(&rubric(), eur("60000.00"))),
            [
                ("/scores/0/score", Code::ScoreRange),
                ("/scores/1/score", Code::ScoreRange),
                ("/scores/4/criterion", Code::NotAChoice),
                ("/scores/5/criterion", Code::NotAChoice),
            ]
        );
    }

    #[test]
    fn s3_means_are_compared_exactly_and_shown_rounded() {
        // 39 sheets of 60.00 and one of 59.80: the mean is 59.995.
        let mut points = vec![300; 39];
        points.push(299);
        let just_under = standing(&points);
        assert_eq!(just_under.mean(&rubric()).unwrap().two_decimals(), "60.00");
        assert!(!just_under.is_fundable(&rubric(), &rules()), "59.995 fails at least 60");
        assert!(standing(&[300; 40]).is_fundable(&rubric(), &rules()));
        assert_eq!(standing(&[]).mean(&rubric()), None);
    }

    #[test]
    fn s4_three_sheets_one_of_them_by_the_tag() {
        assert!(standing(&[400; 3]).has_minimum(&rules()));
        assert!(!standing(&[400; 2]).has_minimum(&rules()));
        assert!(!Standing { tag_sheets: 0, ..standing(&[400; 3]) }.has_minimum(&rules()));
        assert!(!standing(&[400; 2]).is_fundable(&rubric(), &rules()));
    }

    #[test]
    fn s5_a_criterion_can_have_its_own_minimum() {
        let mut rubric = rubric();
        rubric.criteria[1].minimum = Some(3);
        let with = |sum| Standing { criteria: vec![9, sum, 9, 9, 9, 9], ..standing(&[400; 3]) };
        assert!(with(9).is_fundable(&rubric, &rules()), "mean 3.00 of at least 3");
        assert!(!with(8).is_fundable(&rubric, &rules()), "mean 2.67");
    }

    #[test]
    fn s6_extreme_scores_are_commented() {
        let mut sheet = sheet(&[5, 4, 3, 2, 1, 0]);
        for score in &mut sheet.scores {
            score.comment = " ".into();
        }
        assert_eq!(
            codes(&sheet.errors(&rubric(), &rules(), eur("60000.00"))),
            [
                ("/scores/0/comment", Code::CommentRequired),
                ("/scores/4/comment", Code::CommentRequired),
                ("/scores/5/comment", Code::CommentRequired),
            ]
        );
    }

    #[test]
    fn s6_a_sheet_says_what_is_strong_weak_and_what_to_give() {
        let bare =
            Sheet { strengths: String::new(), weaknesses: " ".into(), light: None, suggested: None, ..sheet(&[3; 6]) };
        assert_eq!(
            codes(&bare.errors(&rubric(), &rules(), eur("60000.00"))),
            [
                ("/strengths", Code::Required),
                ("/weaknesses", Code::Required),
                ("/light", Code::Required),
                ("/suggested", Code::Required),
            ]
        );
        let no = Sheet { light: Some(Light::Red), suggested: None, ..sheet(&[3; 6]) };
        assert!(no.errors(&rubric(), &rules(), eur("60000.00")).is_empty(), "a red light suggests no amount");
    }

    #[test]
    fn s6_the_suggested_amount_is_at_most_the_request() {
        let suggests = |amount| Sheet { suggested: Some(amount), ..sheet(&[3; 6]) };
        let code = |amount| codes(&suggests(amount).draft_errors(&rubric(), eur("60000.00"))).first().map(|e| e.1);
        assert_eq!(code(eur("60000.00")), None);
        assert_eq!(code(eur("60000.01")), Some(Code::SuggestedAboveRequest));
        assert_eq!(code(eur("0.00")), Some(Code::AmountNotPositive));
        assert_eq!(code(Money::from_minor(1, Currency::CHF)), Some(Code::CurrencyMismatch));
    }

    #[test]
    fn s7_divergence_is_more_than_a_share_of_the_best() {
        // Points are totals × 5: 90 and 63, then 90 and 62.8; 62.99 needs a finer scale.
        assert!(!standing(&[450, 315]).is_divergent(&rules()));
        assert!(standing(&[450, 314]).is_divergent(&rules()));
        assert!(standing(&[9000, 6299]).is_divergent(&rules()), "90 and 62.99");
        assert!(!standing(&[9000, 6300]).is_divergent(&rules()));
        assert!(!standing(&[0, 0]).is_divergent(&rules()));
    }

    #[test]
    fn s10_ties_fall_to_first_criterion_then_second_then_request_then_time() {
        let base = standing(&[400, 350, 390]);
        let criteria = |first, second| vec![first, second, 9, 9, 9, 9];
        let standings = [
            Standing { submitted_at: Timestamp::from_micros(2).unwrap(), ..base.clone() },
            Standing { submitted_at: Timestamp::from_micros(1).unwrap(), ..base.clone() },
            Standing { requested: eur("40000.00"), ..base.clone() },
            Standing { criteria: criteria(9, 10), ..base.clone() },
            Standing { criteria: criteria(10, 0), ..base.clone() },
            Standing { points: base.points + 1, ..base.clone() },
            standing(&[]),
        ];
        let places = rank(&standings, &rubric());
        assert_eq!(places.iter().map(|p| p.index).collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0, 6]);
        assert_eq!(
            places.iter().map(|p| p.rank).collect::<Vec<_>>(),
            [Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), None]
        );
        assert_eq!(places.iter().map(|p| p.is_tied).collect::<Vec<_>>(), [false, true, true, true, true, true, false]);
    }

    #[test]
    fn s10_equal_in_everything_is_equal_rank() {
        let places = rank(&[standing(&[400]), standing(&[400]), standing(&[300])], &rubric());
        assert_eq!(places.iter().map(|p| p.rank).collect::<Vec<_>>(), [Some(1), Some(1), Some(3)]);
    }

    #[test]
    fn s9_unblinding_needs_all_sheets_or_the_minimum_and_a_reason() {
        let ready = |proposals, with_minimum, pending| Readiness { proposals, with_minimum, pending };
        assert!(ready(2, 2, 0).is_complete());
        assert!(!ready(2, 2, 1).is_complete() && ready(2, 2, 1).has_minimum());
        assert!(!ready(2, 1, 0).is_complete() && !ready(2, 1, 0).has_minimum());
        assert!(!ready(0, 0, 0).has_minimum(), "there is nothing to unblind");
    }

    fn any_standing() -> impl Strategy<Value = Standing> {
        let points = prop::collection::vec(0_i64..=500, 0..6);
        (points, 0_i64..4, 0_i64..4, 1_i64..4, 0_i64..4).prop_map(|(points, first, second, requested, at)| Standing {
            criteria: vec![first, second, 0, 0, 0, 0],
            requested: Money::from_minor(requested, Currency::EUR),
            submitted_at: Timestamp::from_micros(at).unwrap(),
            ..standing(&points)
        })
    }

    proptest! {
        #[test]
        fn s3_the_mean_lies_between_lowest_and_highest(points in prop::collection::vec(0_i64..=500, 1..20)) {
            let rubric = rubric();
            let s = standing(&points);
            let mean = s.mean(&rubric).unwrap();
            prop_assert!(Fraction::new(s.lowest, 5).unwrap() <= mean && mean <= Fraction::new(s.highest, 5).unwrap());
            // Exactly: mean × sheets × scale = Σ points.
            let lhs = i128::from(mean.numerator()) * i128::from(s.sheets) * 5;
            prop_assert_eq!(lhs, i128::from(s.points) * i128::from(mean.denominator()));
        }

        #[test]
        fn s3_the_order_of_sheets_does_not_matter(points in prop::collection::vec(0_i64..=500, 1..9)) {
            let mut reversed = points.clone();
            reversed.reverse();
            prop_assert_eq!(standing(&points), standing(&reversed));
        }

        #[test]
        fn s10_ranks_do_not_depend_on_the_order_given(standings in prop::collection::vec(any_standing(), 0..9)) {
            let rubric = rubric();
            let mut reversed = standings.clone();
            reversed.reverse();
            let ranks = |list: &[Standing]| {
                let mut ranks: Vec<_> = rank(list, &rubric).iter().map(|p| (list[p.index].clone(), p.rank, p.is_tied)).collect();
                ranks.sort_by_key(|(s, rank, _)| (rank.is_none(), *rank, format!("{s:?}")));
                ranks
            };
            prop_assert_eq!(ranks(&standings), ranks(&reversed));
        }

        #[test]
        fn s10_a_better_place_never_has_a_lower_score(standings in prop::collection::vec(any_standing(), 0..9)) {
            let rubric = rubric();
            let places = rank(&standings, &rubric);
            prop_assert_eq!(places.len(), standings.len());
            for pair in places.windows(2) {
                prop_assert!(standings[pair[0].index].mean(&rubric) >= standings[pair[1].index].mean(&rubric));
                prop_assert!(rank_order(&standings[pair[0].index], &standings[pair[1].index], &rubric).is_le());
            }
        }

        #[test]
        fn s2_a_total_is_within_0_and_100(scores in prop::collection::vec(0_i64..=5, 6)) {
            let total = sheet(&scores).total_so_far(&rubric()).unwrap();
            prop_assert!(Fraction::from(0) <= total && total <= Fraction::from(100));
        }
    }
}
