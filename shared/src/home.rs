//! The first page: what waits for the reader, what first (issue 2, item 11).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calls::Bilingual;
use crate::endpoint::Nothing;
use crate::money::Money;
use crate::permission::Permission;
use crate::time::{Date, Timestamp};

/// The most tasks of one kind that the page lists; the count tells how many there are.
pub const TASKS_OF_A_KIND: i64 = 10;

crate::words! {
    /// Something that waits for somebody. What its id names follows from the kind.
    TaskKind {
        /// An own draft in an open call. Names a proposal.
        FinishDraft = "finish_draft",
        /// An own concept note to finish and submit. Names a concept note.
        FinishConcept = "finish_concept",
        /// An invited concept note without its full proposal. Names a concept note.
        StartProposal = "start_proposal",
        /// The desk asks for more. Names a proposal.
        AnswerRequest = "answer_request",
        /// An agreement to sign. Names a grant.
        SignAgreement = "sign_agreement",
        /// What was decided. Names a proposal.
        ReadResult = "read_result",
        /// A review that begins with a declaration (K1). Names a review.
        Declare = "declare",
        /// A score sheet to write. Names a review.
        WriteSheet = "write_sheet",
        /// A motion without the organisation's vote. Names a motion.
        Vote = "vote",
        /// A soft conflict to allow or recuse (K3). Names a call.
        ResolveConflict = "resolve_conflict",
        /// A draft call to publish. Names a call.
        PublishCall = "publish_call",
        /// A call whose next phase can begin. Names a call.
        MoveCall = "move_call",
        /// A concept note to check. Names a concept note.
        ScreenConcept = "screen_concept",
        /// An eligible concept note to invite or not. Names a concept note.
        DecideConcept = "decide_concept",
        /// A proposal to check. Names a proposal.
        ScreenProposal = "screen_proposal",
        /// A proposal without reviewers. Names a call.
        AssignReviewers = "assign_reviewers",
        /// A call whose sheets are all in (S9). Names a call.
        Unblind = "unblind",
        /// A scored proposal without a motion. Names a proposal.
        WriteMotion = "write_motion",
        /// A written motion that is not before the voters. Names a motion.
        OpenMotion = "open_motion",
        /// An approved decision without an agreement. Names a proposal.
        DraftAgreement = "draft_agreement",
        /// A draft agreement of somebody else's. Names a grant.
        ApproveAgreement = "approve_agreement",
        /// An approved agreement to send. Names a grant.
        SendAgreement = "send_agreement",
        /// A contribution whose signature is to be confirmed. Names a contribution.
        SignContribution = "sign_contribution",
        /// A receipt to confirm. Names a receipt.
        ConfirmReceipt = "confirm_receipt",
        /// Money to be set aside. Names an allocation.
        ConfirmAllocation = "confirm_allocation",
        /// A tranche that is due soon. Names a grant.
        PrepareDisbursement = "prepare_disbursement",
        /// A payment to verify. Names a grant.
        VerifyDisbursement = "verify_disbursement",
        /// A payment to approve. Names a grant.
        ApproveDisbursement = "approve_disbursement",
        /// A payment above the limit. Names a grant.
        SecondApprove = "second_approve",
        /// What arrived with a payment, told by somebody else (M51). Names a grant.
        ConfirmCredit = "confirm_credit",
        /// An approved payment to give to the bank. Names a grant.
        Instruct = "instruct",
        /// A payment with the bank. Names a grant.
        RecordPayment = "record_payment",
        /// An account without a password. Names a person.
        InvitePerson = "invite_person",
        /// A report of the own organisation that is due soon, was sent back, or has a question to answer. Names a report.
        WriteReport = "write_report",
        /// A tranche that the recipient asks for. Names a grant.
        DecideTranche = "decide_tranche",
        /// A report to check. Names a report.
        CheckReport = "check_report",
        /// A checked report to accept. Names a report.
        AcceptReport = "accept_report",
        /// An amendment that somebody else submitted. Names an amendment.
        CheckAmendment = "check_amendment",
        /// A checked amendment whose money is to be approved. Names an amendment.
        ApproveAmendment = "approve_amendment",
        /// An approved amendment to sign for the fund. Names an amendment.
        SignAmendment = "sign_amendment",
        /// A signed amendment to countersign for the recipient. Names an amendment.
        CountersignAmendment = "countersign_amendment",
        /// A recipient's bank account that somebody else entered. Names a grant.
        VerifyAccount = "verify_account",
        /// A payment of which somebody else says that it came back. Names a grant.
        ApproveReversal = "approve_reversal",
        /// Money that came back, recorded by somebody else. Names a grant.
        ConfirmRefund = "confirm_refund",
        /// A proposal to give a recovery up. Names a grant.
        DecideWriteOff = "decide_write_off",
        /// A correction that somebody else prepared. Names a correction.
        ConfirmCorrection = "confirm_correction",
        /// An exchange rate that somebody else entered. Names a rate.
        ApproveRate = "approve_rate",
        /// A month or year that somebody else proposes to lock or unlock. Names a period.
        DecidePeriod = "decide_period",
        /// One of the latest payments. Names a grant.
        LookAtPayment = "look_at_payment",
        /// One of the latest votes. Names a motion.
        LookAtDecision = "look_at_decision",
    }
}

impl TaskKind {
    /// The right without which nobody sees such a task.
    #[must_use]
    pub const fn permission(self) -> Permission {
        use Permission as P;
        match self {
            Self::FinishDraft | Self::AnswerRequest | Self::ReadResult => P::WriteProposal,
            Self::FinishConcept | Self::StartProposal => P::WriteProposal,
            Self::SignAgreement | Self::CountersignAmendment => P::SignAgreement,
            Self::CheckAmendment => P::CheckAmendment,
            Self::ApproveAmendment => P::ApproveAmendment,
            Self::SignAmendment => P::SignAmendment,
            Self::Declare | Self::WriteSheet => P::WriteSheet,
            Self::Vote => P::Vote,
            Self::ResolveConflict | Self::PublishCall => P::PublishCall,
            Self::MoveCall => P::WriteCall,
            Self::ScreenProposal | Self::ScreenConcept => P::ScreenProposal,
            Self::DecideConcept => P::DecideConcept,
            Self::AssignReviewers => P::AssignReviewers,
            Self::Unblind => P::Unblind,
            Self::WriteMotion | Self::OpenMotion => P::WriteMotion,
            Self::DraftAgreement | Self::SendAgreement => P::WriteAgreement,
            Self::ApproveAgreement => P::ApproveAgreement,
            Self::SignContribution | Self::ConfirmReceipt | Self::ConfirmAllocation => P::ApproveFund,
            Self::PrepareDisbursement | Self::Instruct | Self::RecordPayment => P::PrepareDisbursement,
            Self::VerifyDisbursement => P::VerifyDisbursement,
            Self::ApproveDisbursement | Self::ConfirmCredit => P::ApproveDisbursement,
            Self::SecondApprove => P::ApproveLargeDisbursement,
            Self::WriteReport => P::WriteReport,
            Self::DecideTranche => P::DecideTranche,
            Self::CheckReport => P::CheckReport,
            Self::AcceptReport => P::AcceptReport,
            Self::VerifyAccount => P::VerifyAccount,
            Self::ApproveReversal | Self::ConfirmRefund => P::ApproveDisbursement,
            Self::DecideWriteOff => P::WriteOff,
            Self::ConfirmCorrection => P::ApproveFund,
            Self::ApproveRate | Self::DecidePeriod => P::ApproveRates,
            Self::InvitePerson => P::ManageAccounts,
            Self::LookAtPayment | Self::LookAtDecision => P::ReadAudit,
        }
    }

    /// Whether it is only to be known: nothing has to be done.
    #[must_use]
    pub const fn is_news(self) -> bool {
        matches!(self, Self::ReadResult | Self::LookAtPayment | Self::LookAtDecision)
    }
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Task {
    /// What is to be done.
    pub kind: TaskKind,
    /// On what; the kind says what it names.
    pub id: Uuid,
    /// What it is called.
    pub title: Bilingual,
    /// Its number and whose it is.
    pub context: String,
    /// Until which instant.
    pub due_at: Option<Timestamp>,
    /// Until which day.
    pub due_on: Option<Date>,
    /// How much it is about.
    pub amount: Option<Money>,
    /// Whether its time has passed, by the server's clock.
    pub is_overdue: bool,
}

/// How many of a kind wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TaskCount {
    /// The kind.
    pub kind: TaskKind,
    /// How many.
    pub count: i64,
    /// Of those that are listed, how many are overdue.
    pub overdue: i64,
}

/// What waits for the reader.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Home {
    /// Per kind, in the order of a grant's life.
    pub counts: Vec<TaskCount>,
    /// What waits: overdue first, then by due date; at most [`TASKS_OF_A_KIND`] of each kind.
    pub tasks: Vec<Task>,
    /// What is only to be known, newest first.
    pub news: Vec<Task>,
}

crate::endpoints! {
    /// What waits for the reader, what first.
    GetHome {} Get "/home" query Nothing, Nothing => Home, flags [], problems [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::{Role, Scope};

    #[test]
    fn every_kind_of_task_waits_for_some_role_and_every_acting_role_has_one() {
        for kind in TaskKind::ALL {
            let holders = Role::ALL.iter().filter(|role| role.scope(kind.permission()) > Scope::Nothing);
            assert!(holders.count() > 0, "{kind}");
        }
        for role in Role::ALL {
            let has_task = TaskKind::ALL.iter().any(|kind| role.scope(kind.permission()) > Scope::Nothing);
            // Advisors, hubs and endorsers have no step of their own yet.
            assert_eq!(has_task, !matches!(role, Role::Advisor | Role::Hub | Role::Endorser), "{role}");
        }
    }
}
