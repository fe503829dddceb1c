//! Who may do what: the rights table of DOMAIN §1, once. The server's policy enforces it, the
//! browser previews it, the golden matrix prints it.

use serde::{Deserialize, Serialize};

/// Declares an enum that is a lower-case word in JSON, in the database and in the texts.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        #[cfg(feature = "server")]
        $crate::stored_as_text!($name, |word| word.as_str(), |text| $name::parse(text));

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// A role that a person holds through a dated membership (DOMAIN §1).
    Role {
        /// Accounts and settings, no business approval.
        Admin = "admin",
        /// Coordination Desk: publishes, screens, verifies.
        DeskOfficer = "desk_officer",
        /// Prepares money.
        FinancePreparer = "finance_preparer",
        /// Approves money.
        FinanceApprover = "finance_approver",
        /// Head of the Coordination Desk.
        HeadOfDesk = "head_of_desk",
        /// Votes for one organisation of the Steering Group.
        SteeringVoter = "steering_voter",
        /// Chairs the Steering Group, without a vote.
        SteeringFacilitator = "steering_facilitator",
        /// Reviews what is assigned.
        Reviewer = "reviewer",
        /// Advises in a committee.
        Advisor = "advisor",
        /// Supports a region or language.
        Hub = "hub",
        /// Leads an applicant's proposals.
        ApplicantLead = "applicant_lead",
        /// Works on an applicant's proposals.
        ApplicantMember = "applicant_member",
        /// Endorses for a scheme or ministry.
        Endorser = "endorser",
        /// Reads everything, changes nothing, for a limited time.
        Auditor = "auditor",
    }
}

words! {
    /// The kinds of body, fixed; their names are data (DOMAIN §1).
    BodyKind {
        /// The funders; decides.
        SteeringGroup = "steering_group",
        /// Runs the fund.
        CoordinationDesk = "coordination_desk",
        /// Reviews technically.
        TechnicalAdvisoryGroup = "technical_advisory_group",
        /// Advises.
        Committee = "committee",
        /// Supports a region or language.
        KnowledgeHub = "knowledge_hub",
        /// Applies, implements, reports; or endorses.
        Partner = "partner",
        /// Audits.
        Audit = "audit",
    }
}

words! {
    /// Something that rights are about.
    Permission {
        /// Accounts, organisations, bodies, memberships.
        ManageAccounts = "manage_accounts",
        /// See the fund's contributions, envelopes and status.
        ReadFund = "read_fund",
        /// Record contributions, receipts and allocations.
        PrepareFund = "prepare_fund",
        /// Confirm what was recorded.
        ApproveFund = "approve_fund",
        /// See calls that are not published.
        ReadDraftCalls = "read_draft_calls",
        /// Write calls and move them through their phases.
        WriteCall = "write_call",
        /// Publish a call.
        PublishCall = "publish_call",
        /// See proposals.
        ReadProposal = "read_proposal",
        /// See a proposal's detailed budget.
        ReadBudget = "read_budget",
        /// Write and submit proposals.
        WriteProposal = "write_proposal",
        /// Screen submitted proposals.
        ScreenProposal = "screen_proposal",
        /// Invite concept notes to a full proposal, waive its distance from one (M11).
        DecideConcept = "decide_concept",
        /// Assign reviewers.
        AssignReviewers = "assign_reviewers",
        /// Declare own conflicts of interest.
        Declare = "declare",
        /// See everybody's declarations.
        ReadDeclarations = "read_declarations",
        /// Allow or recuse a person with a soft conflict (K3).
        ResolveConflict = "resolve_conflict",
        /// Fill in score sheets.
        WriteSheet = "write_sheet",
        /// See sheets after unblinding, the ranking and its spread.
        ReadScores = "read_scores",
        /// Unblind with the minimum of sheets (S9).
        Unblind = "unblind",
        /// Write and open motions, take minutes.
        WriteMotion = "write_motion",
        /// Vote.
        Vote = "vote",
        /// See motions, votes after closing, and decisions.
        ReadVotes = "read_votes",
        /// See agreements, tranches and disbursements.
        ReadGrant = "read_grant",
        /// Write agreements and tranche plans.
        WriteAgreement = "write_agreement",
        /// Approve agreements internally.
        ApproveAgreement = "approve_agreement",
        /// Sign an agreement for the recipient.
        SignAgreement = "sign_agreement",
        /// Prepare disbursements, instruct and record payment.
        PrepareDisbursement = "prepare_disbursement",
        /// Verify disbursements.
        VerifyDisbursement = "verify_disbursement",
        /// Approve disbursements.
        ApproveDisbursement = "approve_disbursement",
        /// Approve disbursements above the limit.
        ApproveLargeDisbursement = "approve_large_disbursement",
        /// See exchange rates and periods.
        ReadRates = "read_rates",
        /// Enter exchange rates, propose to lock periods.
        PrepareRates = "prepare_rates",
        /// Approve exchange rates, lock periods.
        ApproveRates = "approve_rates",
        /// See recipients' bank accounts, masked.
        ReadAccount = "read_account",
        /// Enter a recipient's bank account, or a change of it.
        EnterAccount = "enter_account",
        /// Verify or refuse what was entered.
        VerifyAccount = "verify_account",
        /// Cancel a payment that was not ordered.
        CancelDisbursement = "cancel_disbursement",
        /// Tell what arrived with a payment (M51).
        RecordCredit = "record_credit",
        /// Request a tranche for the recipient.
        RequestTranche = "request_tranche",
        /// Release, reduce or withhold a requested tranche.
        DecideTranche = "decide_tranche",
        /// Write and hand in reports.
        WriteReport = "write_report",
        /// Check reports and disallow.
        CheckReport = "check_report",
        /// Accept or reject reports.
        AcceptReport = "accept_report",
        /// Approve shifts between budget categories.
        ApproveShift = "approve_shift",
        /// Write amendments of agreements, for the recipient or for the Desk.
        WriteAmendment = "write_amendment",
        /// Check amendments for the Desk.
        CheckAmendment = "check_amendment",
        /// Approve the money of amendments.
        ApproveAmendment = "approve_amendment",
        /// Sign amendments for the fund.
        SignAmendment = "sign_amendment",
        /// Record that the Steering Group gives a recovery up.
        WriteOff = "write_off",
        /// Suspend, resume and close grants.
        CloseGrant = "close_grant",
        /// Run exports.
        Export = "export",
        /// Read the audit log.
        ReadAudit = "read_audit",
    }
}

/// How far a right reaches, narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Not at all.
    Nothing,
    /// What is assigned to the person.
    Assigned,
    /// What belongs to the person's organisation.
    Own,
    /// After submission, without budget detail.
    Limited,
    /// Everything.
    All,
}

impl Role {
    /// How far a right reaches for this role (the table of DOMAIN §1).
    #[must_use]
    pub fn scope(self, permission: Permission) -> Scope {
        use Permission as P;
        use Role as R;
        use Scope::{All, Assigned, Limited, Nothing, Own};
        match (permission, self) {
            (P::ManageAccounts, R::Admin) => All,
            (
                P::ReadFund,
                R::DeskOfficer
                | R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Auditor,
            ) => All,
            (P::PrepareFund, R::FinancePreparer) => All,
            (P::ApproveFund, R::FinanceApprover) => All,
            (
                P::ReadDraftCalls,
                R::DeskOfficer
                | R::FinancePreparer
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Reviewer
                | R::Advisor
                | R::Hub
                | R::Auditor,
            ) => All,
            (P::WriteCall, R::DeskOfficer) => All,
            (P::PublishCall, R::HeadOfDesk) => All,
            (
                P::ReadProposal,
                R::DeskOfficer
                | R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Auditor,
            ) => All,
            (P::ReadProposal, R::Reviewer) => Assigned,
            (P::ReadProposal, R::Advisor | R::Hub) => Limited,
            (P::ReadProposal, R::ApplicantLead | R::ApplicantMember | R::Endorser) => Own,
            (
                P::ReadBudget,
                R::DeskOfficer
                | R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Auditor,
            ) => All,
            (P::ReadBudget, R::ApplicantLead | R::ApplicantMember) => Own,
            (P::WriteProposal, R::ApplicantLead | R::ApplicantMember) => Own,
            (P::ScreenProposal | P::AssignReviewers, R::DeskOfficer) => All,
            (P::DecideConcept, R::HeadOfDesk) => All,
            (
                P::Declare,
                R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::Reviewer
                | R::Advisor
                | R::Hub,
            ) => Own,
            (P::ReadDeclarations, R::DeskOfficer | R::HeadOfDesk | R::Auditor) => All,
            (P::ResolveConflict, R::HeadOfDesk) => All,
            (P::WriteSheet, R::Reviewer) => Assigned,
            (
                P::ReadScores,
                R::DeskOfficer | R::HeadOfDesk | R::SteeringVoter | R::SteeringFacilitator | R::Auditor,
            ) => All,
            (P::ReadScores, R::Reviewer) => Assigned,
            (P::Unblind, R::DeskOfficer | R::SteeringFacilitator) => All,
            (P::WriteMotion, R::DeskOfficer | R::SteeringFacilitator) => All,
            (P::Vote, R::SteeringVoter) => Own,
            (
                P::ReadVotes,
                R::DeskOfficer
                | R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Reviewer
                | R::Auditor,
            ) => All,
            (P::ReadVotes, R::ApplicantLead | R::ApplicantMember | R::Endorser) => Own,
            (
                P::ReadGrant,
                R::DeskOfficer
                | R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Auditor,
            ) => All,
            (P::ReadGrant, R::ApplicantLead | R::ApplicantMember | R::Endorser) => Own,
            (P::WriteAgreement, R::DeskOfficer) => All,
            (P::ApproveAgreement, R::HeadOfDesk) => All,
            (P::SignAgreement, R::ApplicantLead) => Own,
            (P::PrepareDisbursement, R::FinancePreparer) => All,
            (P::VerifyDisbursement, R::DeskOfficer) => All,
            (P::ApproveDisbursement, R::FinanceApprover) => All,
            (P::ApproveLargeDisbursement, R::HeadOfDesk) => All,
            (P::ReadRates, R::FinancePreparer | R::FinanceApprover | R::SteeringVoter | R::Auditor) => All,
            (P::PrepareRates, R::FinancePreparer) => All,
            (P::ApproveRates, R::FinanceApprover) => All,
            (P::ReadAccount, R::DeskOfficer | R::FinancePreparer | R::FinanceApprover | R::HeadOfDesk | R::Auditor) => {
                All
            }
            (P::ReadAccount, R::ApplicantLead | R::ApplicantMember) => Own,
            (P::EnterAccount, R::FinancePreparer) => All,
            (P::EnterAccount, R::ApplicantLead) => Own,
            (P::VerifyAccount, R::FinanceApprover) => All,
            (P::CancelDisbursement, R::DeskOfficer | R::FinancePreparer | R::FinanceApprover | R::HeadOfDesk) => All,
            (P::RecordCredit, R::FinancePreparer) => All,
            (P::RecordCredit, R::ApplicantLead | R::ApplicantMember) => Own,
            (P::RequestTranche, R::ApplicantLead) => Own,
            (P::DecideTranche | P::ApproveShift, R::DeskOfficer) => All,
            (P::WriteAmendment | P::CheckAmendment, R::DeskOfficer) => All,
            (P::WriteAmendment, R::ApplicantLead) => Own,
            (P::ApproveAmendment, R::FinanceApprover) => All,
            (P::SignAmendment, R::HeadOfDesk) => All,
            (P::WriteReport, R::ApplicantLead | R::ApplicantMember) => Own,
            (P::CheckReport, R::FinancePreparer) => All,
            (P::AcceptReport, R::FinanceApprover) => All,
            (P::WriteOff, R::SteeringFacilitator) => All,
            (P::CloseGrant, R::HeadOfDesk) => All,
            (
                P::Export,
                R::DeskOfficer
                | R::FinancePreparer
                | R::FinanceApprover
                | R::HeadOfDesk
                | R::SteeringVoter
                | R::SteeringFacilitator
                | R::Auditor,
            ) => All,
            (P::Export, R::ApplicantLead | R::ApplicantMember) => Own,
            (P::ReadAudit, R::HeadOfDesk | R::SteeringVoter | R::Auditor) => All,
            (P::ReadAudit, R::DeskOfficer | R::FinancePreparer | R::FinanceApprover | R::ApplicantLead) => Own,
            _ => Nothing,
        }
    }
}

/// The widest scope that any of the roles gives.
#[must_use]
pub fn scope(roles: impl IntoIterator<Item = Role>, permission: Permission) -> Scope {
    roles.into_iter().map(|role| role.scope(permission)).max().unwrap_or(Scope::Nothing)
}
