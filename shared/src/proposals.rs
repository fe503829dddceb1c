//! Proposals: written, saved as one types, submitted as an immutable version, screened.
//!
//! An applicant edits the *working copy*: details, answers, budget. Submitting locks it as version
//! 1, hashed and with a receipt. Until the deadline the applicant may reopen the proposal: the
//! working copy opens again while the state stays `submitted`, and the last submitted version
//! remains the one that counts. Submitting again makes version n + 1; what is not submitted by the
//! deadline stays readable for the applicant and is nobody else's to see. Everybody else reads
//! submitted versions only. The desk can open the working copy again by asking for more, until a date.

mod budget;
mod check;
mod state;
mod text;

use serde::{Deserialize, Serialize};

pub use budget::{
    ACTIVITY_MAX_CHARS, BudgetLine, CategoryTotal, LINES_MAX, LineSource, SourceTotal, Totals, UNIT_MAX_CHARS,
    check_amount_asked, check_budget, check_lines,
};
pub use check::{Task, TaskState, check_details, missing, tasks};
pub use state::{ProposalState, ScreeningOutcome};
pub use text::{ANSWER_MAX_CHARS, clean, count_words, over_limit_at, paste};

use crate::calls::{CallSummary, Definition};
use crate::concepts::ConceptLink;
use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::ids::{CallId, OrganisationId, ProposalId};
use crate::money::Money;
use crate::people::{Language, OrganisationRef};
use crate::problem::FieldError;
use crate::time::{Date, Timestamp};

/// The longest title, in characters.
pub const TITLE_MAX_CHARS: usize = 200;

/// The most partners a proposal names.
pub const PARTNERS_MAX: usize = 20;

/// The longest reason for a withdrawal or a screening, in characters.
pub const REASON_MAX_CHARS: usize = 4_000;

/// A proposal in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ProposalSummary {
    /// Its id.
    pub id: ProposalId,
    /// Given at the first submission: `CIF-2026-01-007`.
    pub number: Option<String>,
    /// Its title, as last submitted; while never submitted, as it stands.
    pub title: String,
    /// The call it answers.
    pub call_id: CallId,
    /// That call's code.
    pub call_code: String,
    /// The applicant.
    pub organisation: OrganisationRef,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The language it is written in.
    pub language: Language,
    /// Its state.
    pub state: ProposalState,
    /// Whether the applicant has reopened it and not submitted again.
    pub is_reopened: bool,
    /// What the grant shall pay, in the proposal's currency.
    pub requested: Money,
    /// The same in EUR at the call's budget rate (M51).
    pub requested_eur: Money,
    /// Until when the applicant can submit: the call's deadline, or the date that the desk has set.
    pub due_at: Timestamp,
    /// When it was last submitted.
    pub submitted_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What the applicant tells about the proposal besides answers and budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2, one of the call's countries.
    pub country: String,
    /// How long the project lasts (M9).
    pub duration_months: Option<i64>,
    /// Organisations that take part: reviewers from them have a conflict (K2).
    pub partners: Vec<OrganisationRef>,
}

/// An answer as submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question's key.
    pub question: String,
    /// Plain text; paragraphs end with a line break.
    pub body: String,
}

/// A budget: lines, and the sums that follow from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Its lines in order; none for those who see no budget detail.
    pub lines: Option<Vec<BudgetLine>>,
    /// Its sums.
    pub totals: Totals,
}

/// What a proposal says, as one document: the form in which versions are kept and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The call's code.
    pub call: String,
    /// The applicant.
    pub organisation: OrganisationRef,
    /// The language it is written in.
    pub language: Language,
    /// The currency of its budget.
    pub currency: Currency,
    /// Title, country, duration, partners.
    pub details: Details,
    /// The answers, in the form's order.
    pub answers: Vec<Answer>,
    /// The budget; none for those who may see only what is requested.
    pub budget: Option<Budget>,
}

impl Content {
    /// The answer to a question; empty when there is none.
    #[must_use]
    pub fn answer(&self, question: &str) -> &str {
        self.answers.iter().find(|a| a.question == question).map_or("", |a| a.body.as_str())
    }
}

/// An answer of the working copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct WorkingAnswer {
    /// The question's key.
    pub question: String,
    /// The text.
    pub body: String,
    /// What `If-Match` must name; 0 while nothing is saved.
    pub version: i64,
    /// Who saved it last.
    pub saved_by: Option<String>,
    /// When.
    pub saved_at: Option<Timestamp>,
}

/// The working copy: what only the applicant's own people see and edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct WorkingCopy {
    /// What `If-Match` must name to change the details.
    pub details_version: i64,
    /// What `If-Match` must name to replace the budget.
    pub budget_version: i64,
    /// Every question of the form, in its order.
    pub answers: Vec<WorkingAnswer>,
    /// What is missing or wrong before it can be submitted, by [`missing`].
    pub missing: Vec<FieldError>,
}

crate::words! {
    /// What the caller can do with a proposal now.
    ProposalAction {
        /// Edit the working copy.
        Edit = "edit",
        /// Submit it.
        Submit = "submit",
        /// Open the working copy of a submitted proposal again.
        Reopen = "reopen",
        /// Take it back.
        Withdraw = "withdraw",
        /// Screen it.
        Screen = "screen",
    }
}

/// A proposal. Applicants read the working copy; everybody else the last submitted version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Proposal {
    /// The proposal as lists name it.
    pub summary: ProposalSummary,
    /// What `If-Match` must name for a step of the whole: submit, reopen, withdraw, screen.
    pub version: i64,
    /// Its call.
    pub call: CallSummary,
    /// What the call asks and allows.
    pub definition: Definition,
    /// In a call with two stages: the concept note that it follows (M11).
    pub concept: Option<ConceptLink>,
    /// What it says.
    pub content: Content,
    /// For the applicant's own people.
    pub working: Option<WorkingCopy>,
    /// The last receipt.
    pub receipt: Option<Receipt>,
    /// What the desk asked for, why it is ineligible, or why it was withdrawn.
    pub reason: Option<String>,
    /// What the caller can do now.
    pub actions: Vec<ProposalAction>,
}

/// Which proposals.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProposalQuery {
    /// Of this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ProposalState>,
    /// Part of number, title or applicant, any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// `true`: only those of the caller's own organisations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mine: Option<bool>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Start a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateProposalRequest {
    /// The applicant: an organisation that the caller writes for.
    pub organisation_id: OrganisationId,
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2, one of the call's countries.
    pub country: String,
    /// The language it will be written in, one of the call's.
    pub language: Language,
    /// The currency of its budget, one of the call's.
    pub currency: Currency,
}

/// Change title, country, duration and partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateProposalRequest {
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2, one of the call's countries.
    pub country: String,
    /// How long the project lasts (M9).
    pub duration_months: Option<i64>,
    /// Organisations that take part.
    pub partners: Vec<OrganisationId>,
}

/// Saved details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedDetails {
    /// What is kept.
    pub details: Details,
    /// The next `If-Match`.
    pub details_version: i64,
    /// When.
    pub saved_at: Timestamp,
}

/// Save one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SaveAnswerRequest {
    /// Plain text.
    pub body: String,
}

/// Replace all budget lines; their order is the budget's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SaveBudgetRequest {
    /// The lines.
    pub lines: Vec<BudgetLine>,
}

/// A saved budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedBudget {
    /// The lines with their totals, and the sums.
    pub budget: Budget,
    /// The rules that it does not keep yet (M6–M10).
    pub errors: Vec<FieldError>,
    /// The next `If-Match`.
    pub budget_version: i64,
    /// When.
    pub saved_at: Timestamp,
}

/// What is still missing, and the version of the whole that this is true of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ProposalCheck {
    /// The version that a submission names in `If-Match`.
    pub version: i64,
    /// What is missing or wrong; empty when it can be submitted.
    pub missing: Vec<FieldError>,
}

/// Submit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SubmitProposalRequest {
    /// Whether the applicant's declaration is accepted.
    pub is_declared: bool,
}

/// The proof of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The receipt's id.
    pub receipt: String,
    /// The proposal's number.
    pub number: String,
    /// Which version was submitted, from 1.
    pub version_number: i64,
    /// SHA-256 of the version's canonical JSON, in hexadecimal.
    pub sha256: String,
    /// When the server took it.
    pub submitted_at: Timestamp,
    /// Who submitted it.
    pub submitted_by: String,
}

/// A submitted version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ProposalVersion {
    /// Its receipt.
    pub receipt: Receipt,
    /// What it says.
    pub content: Content,
}

/// Give a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WithdrawProposalRequest {
    /// Why it is withdrawn.
    pub reason: String,
}

/// Screen a submitted proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScreenProposalRequest {
    /// What the desk finds.
    pub outcome: ScreeningOutcome,
    /// Why it is ineligible, or what is asked for; the applicant reads it. May be empty when eligible.
    pub reason: String,
    /// For `more_info`: the last day to answer, in the call's zone.
    pub due_on: Option<Date>,
}

/// Where a proposal stands after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ProposalStatus {
    /// The proposal.
    pub id: ProposalId,
    /// Its state.
    pub state: ProposalState,
    /// The next `If-Match` for the whole.
    pub version: i64,
}

crate::endpoints! {
    /// The proposals that the caller may know of, newest first: own ones, and submitted ones as far as the caller's rights reach.
    ListProposals {} Get "/proposals" query ProposalQuery, Nothing => Page<ProposalSummary>, flags [], problems [];

    /// Starts a draft in an open call.
    CreateProposal { call_id: CallId } Post "/calls/{call_id}/proposals" query Nothing, CreateProposalRequest => ProposalStatus, flags [], problems [CallNotOpen, DeadlinePassed, ConceptFirst];

    /// A proposal: for the applicant the working copy, for everybody else the last submitted version. Reviewers, voters and finance declare conflicts of interest first (K1).
    GetProposal { proposal_id: ProposalId } Get "/proposals/{proposal_id}" query Nothing, Nothing => Proposal, flags [], problems [DeclarationRequired, ConflictOfInterest];

    /// Changes title, country, duration and partners of the working copy.
    UpdateProposal { proposal_id: ProposalId } Put "/proposals/{proposal_id}" query Nothing, UpdateProposalRequest => SavedDetails, flags [IfMatch], problems [WrongState, DeadlinePassed];

    /// One answer of the working copy.
    GetAnswer { proposal_id: ProposalId, question: String } Get "/proposals/{proposal_id}/answers/{question}" query Nothing, Nothing => WorkingAnswer, flags [], problems [];

    /// Saves one answer. A retry of a save that has arrived is no conflict.
    SaveAnswer { proposal_id: ProposalId, question: String } Put "/proposals/{proposal_id}/answers/{question}" query Nothing, SaveAnswerRequest => WorkingAnswer, flags [IfMatch], problems [WrongState, DeadlinePassed];

    /// The budget of the working copy, and the rules it does not keep yet.
    GetBudget { proposal_id: ProposalId } Get "/proposals/{proposal_id}/budget" query Nothing, Nothing => SavedBudget, flags [], problems [];

    /// Replaces the budget's lines. The server computes the totals; stated ones must match (M7).
    SaveBudget { proposal_id: ProposalId } Put "/proposals/{proposal_id}/budget" query Nothing, SaveBudgetRequest => SavedBudget, flags [IfMatch], problems [WrongState, DeadlinePassed];

    /// What is still missing before the working copy can be submitted.
    CheckProposal { proposal_id: ProposalId } Get "/proposals/{proposal_id}/check" query Nothing, Nothing => ProposalCheck, flags [], problems [];

    /// Submits the working copy: locks, hashes and numbers a version and gives a receipt.
    SubmitProposal { proposal_id: ProposalId } Post "/proposals/{proposal_id}/submission" query Nothing, SubmitProposalRequest => Receipt, flags [IfMatch], problems [DeadlinePassed, CallNotOpen, WrongState];

    /// Opens the working copy of a submitted proposal again, until the deadline. The submitted version counts until another is submitted.
    ReopenProposal { proposal_id: ProposalId } Post "/proposals/{proposal_id}/reopening" query Nothing, Nothing => ProposalStatus, flags [IfMatch], problems [DeadlinePassed, WrongState];

    /// Takes the proposal back, until the vote opens.
    WithdrawProposal { proposal_id: ProposalId } Post "/proposals/{proposal_id}/withdrawal" query Nothing, WithdrawProposalRequest => ProposalStatus, flags [IfMatch], problems [WrongState];

    /// Screens a submitted proposal after the deadline: eligible, ineligible with a reason, or more is asked for until a day.
    ScreenProposal { proposal_id: ProposalId } Post "/proposals/{proposal_id}/screening" query Nothing, ScreenProposalRequest => ProposalStatus, flags [IfMatch], problems [WrongState];

    /// The submitted versions, newest first.
    ListVersions { proposal_id: ProposalId } Get "/proposals/{proposal_id}/versions" query Nothing, Nothing => Page<Receipt>, flags [], problems [DeclarationRequired, ConflictOfInterest];

    /// A submitted version.
    GetVersion { proposal_id: ProposalId, number: i64 } Get "/proposals/{proposal_id}/versions/{number}" query Nothing, Nothing => ProposalVersion, flags [], problems [DeclarationRequired, ConflictOfInterest];
}
