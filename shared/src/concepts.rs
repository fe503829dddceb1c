//! Concept notes, the first stage of a call with two: written, submitted, found eligible, invited.
//!
//! What a note asks for binds the full proposal that follows it: within the call's tolerance, unless
//! the head of desk has waived that with a reason (M11).

mod rules;

pub use rules::*;

use serde::{Deserialize, Serialize};

use crate::calls::{CallSummary, Definition};
use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::ids::{CallId, ConceptId, ProposalId};
use crate::money::{BasisPoints, Money};
use crate::people::{Language, OrganisationRef};
use crate::problem::FieldError;
use crate::proposals::{CreateProposalRequest, ProposalStatus, Receipt};
use crate::time::Timestamp;

crate::words! {
    /// The state of a concept note.
    ConceptState {
        /// Being written, never submitted.
        Draft = "draft",
        /// Submitted: locked, hashed and numbered.
        Submitted = "submitted",
        /// Found eligible by the desk.
        Eligible = "eligible",
        /// Found ineligible by the desk; the applicant may appeal once.
        Ineligible = "ineligible",
        /// A full proposal may follow.
        Invited = "invited",
        /// No full proposal may follow.
        NotInvited = "not_invited",
        /// Taken back by the applicant.
        Withdrawn = "withdrawn",
    }
}

crate::words! {
    /// What the desk finds when it checks a note.
    ConceptScreening {
        /// Eligible: the head of desk decides.
        Eligible = "eligible",
        /// Not eligible, with a reason.
        Ineligible = "ineligible",
    }
}

crate::words! {
    /// What the head of desk decides.
    ConceptDecision {
        /// The applicant may write a full proposal.
        Invited = "invited",
        /// It may not, with a reason.
        NotInvited = "not_invited",
    }
}

crate::words! {
    /// What the caller can do with a note now.
    ConceptAction {
        /// Write it.
        Edit = "edit",
        /// Submit it.
        Submit = "submit",
        /// Take it back.
        Withdraw = "withdraw",
        /// Appeal against its being found ineligible.
        Appeal = "appeal",
        /// Start the full proposal.
        Start = "start",
        /// Find it eligible or not.
        Screen = "screen",
        /// Invite it or not.
        Decide = "decide",
        /// Waive the tolerance for its full proposal (M11).
        Waive = "waive",
    }
}

/// A concept note in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConceptSummary {
    /// Its id.
    pub id: ConceptId,
    /// Given at the submission: `CIF-2026-01-C007`.
    pub number: Option<String>,
    /// Its title.
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
    pub state: ConceptState,
    /// What the grant shall pay; none while nothing is said.
    pub requested: Option<Money>,
    /// Until when notes are taken; once invited, full proposals.
    pub due_at: Timestamp,
    /// When it was submitted.
    pub submitted_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The full proposal, for the applicant's own people.
    pub proposal_id: Option<ProposalId>,
}

/// What a note says, as one document: the form in which it is kept and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConceptContent {
    /// The call's code.
    pub call: String,
    /// The applicant.
    pub organisation: OrganisationRef,
    /// The language it is written in.
    pub language: Language,
    /// The currency that it and the full proposal ask in.
    pub currency: Currency,
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2, one of the call's countries.
    pub country: String,
    /// What the grant shall pay; none while nothing is said.
    pub requested: Option<Money>,
    /// Plain text; paragraphs end with a line break.
    pub summary: String,
}

/// That a full proposal may ask outside the tolerance, and why (M11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// By whom.
    pub granted_by: String,
    /// When.
    pub granted_at: Timestamp,
}

/// The note that a full proposal follows, and what that binds it to (M11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConceptLink {
    /// The note.
    pub id: ConceptId,
    /// Its number.
    pub number: String,
    /// What it asks for.
    pub requested: Money,
    /// How far the full proposal may be from it.
    pub tolerance: BasisPoints,
    /// The waiver, if there is one.
    pub waiver: Option<Waiver>,
}

/// A concept note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Concept {
    /// The note as lists name it.
    pub summary: ConceptSummary,
    /// What `If-Match` must name.
    pub version: i64,
    /// Its call.
    pub call: CallSummary,
    /// What the call asks and allows.
    pub definition: Definition,
    /// What it says.
    pub content: ConceptContent,
    /// The proof of its submission.
    pub receipt: Option<Receipt>,
    /// What the desk or the applicant gave as the reason of the last step.
    pub reason: Option<String>,
    /// What the applicant says against its being found ineligible.
    pub appeal: Option<String>,
    /// The waiver for its full proposal.
    pub waiver: Option<Waiver>,
    /// What is missing before it can be submitted; for the applicant's own people.
    pub missing: Vec<FieldError>,
    /// What the caller can do now.
    pub actions: Vec<ConceptAction>,
}

/// Which concept notes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConceptQuery {
    /// Of this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ConceptState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Write a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SaveConceptRequest {
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2, one of the call's countries.
    pub country: String,
    /// What the grant shall pay, in the note's currency.
    pub requested: Option<Money>,
    /// Plain text.
    pub summary: String,
}

/// A saved draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedConcept {
    /// The next `If-Match`.
    pub version: i64,
    /// When.
    pub saved_at: Timestamp,
}

/// Give a reason: of a withdrawal, an appeal, a waiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConceptReasonRequest {
    /// Why.
    pub reason: String,
}

/// Check a submitted note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScreenConceptRequest {
    /// What the desk finds.
    pub outcome: ConceptScreening,
    /// Why it is ineligible; the applicant reads it. May be empty when eligible.
    pub reason: String,
}

/// Decide on an eligible note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DecideConceptRequest {
    /// What is decided.
    pub outcome: ConceptDecision,
    /// Why it is not invited; the applicant reads it. May be empty when invited.
    pub reason: String,
}

/// Where a note stands after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConceptStatus {
    /// The note.
    pub id: ConceptId,
    /// Its state.
    pub state: ConceptState,
    /// The next `If-Match`.
    pub version: i64,
}

crate::endpoints! {
    /// The concept notes that the caller may know of, newest first: own ones, and submitted ones as far as the caller's rights reach.
    ListConcepts {} Get "/concept-notes" query ConceptQuery, Nothing => Page<ConceptSummary>, flags [], problems [];

    /// Starts a concept note in a call with two stages, before its closing for notes.
    CreateConcept { call_id: CallId } Post "/calls/{call_id}/concept-notes" query Nothing, CreateProposalRequest => ConceptStatus, flags [], problems [CallNotOpen, DeadlinePassed, OneStage];

    /// A concept note.
    GetConcept { concept_id: ConceptId } Get "/concept-notes/{concept_id}" query Nothing, Nothing => Concept, flags [], problems [];

    /// Saves a draft. A retry of a save that has arrived is no conflict.
    SaveConcept { concept_id: ConceptId } Put "/concept-notes/{concept_id}" query Nothing, SaveConceptRequest => SavedConcept, flags [IfMatch], problems [WrongState, CallNotOpen, DeadlinePassed];

    /// Submits a draft: locks, hashes and numbers it and gives a receipt.
    SubmitConcept { concept_id: ConceptId } Post "/concept-notes/{concept_id}/submission" query Nothing, Nothing => Receipt, flags [IfMatch], problems [WrongState, CallNotOpen, DeadlinePassed];

    /// Takes a note back, before it is decided.
    WithdrawConcept { concept_id: ConceptId } Post "/concept-notes/{concept_id}/withdrawal" query Nothing, ConceptReasonRequest => ConceptStatus, flags [IfMatch], problems [WrongState];

    /// Appeals, once, against a note's being found ineligible: the desk checks it again.
    AppealConcept { concept_id: ConceptId } Post "/concept-notes/{concept_id}/appeal" query Nothing, ConceptReasonRequest => ConceptStatus, flags [IfMatch], problems [WrongState, CallNotOpen, DeadlinePassed];

    /// Finds a submitted note eligible, or ineligible with a reason.
    ScreenConcept { concept_id: ConceptId } Post "/concept-notes/{concept_id}/screening" query Nothing, ScreenConceptRequest => ConceptStatus, flags [IfMatch], problems [WrongState];

    /// Invites an eligible note to a full proposal, or does not, with a reason.
    DecideConcept { concept_id: ConceptId } Post "/concept-notes/{concept_id}/decision" query Nothing, DecideConceptRequest => ConceptStatus, flags [IfMatch], problems [WrongState, CallNotOpen, DeadlinePassed];

    /// Waives, with a reason, that the full proposal of an invited note asks within the tolerance (M11).
    WaiveConcept { concept_id: ConceptId } Post "/concept-notes/{concept_id}/waiver" query Nothing, ConceptReasonRequest => ConceptStatus, flags [IfMatch], problems [WrongState];

    /// Starts the full proposal of an invited note, once; title, country, language and currency are carried over.
    StartProposal { concept_id: ConceptId } Post "/concept-notes/{concept_id}/proposal" query Nothing, Nothing => ProposalStatus, flags [], problems [WrongState, CallNotOpen, DeadlinePassed];
}
