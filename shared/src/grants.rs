//! Grants: agreements, tranche plans, disbursements (M23, M30–M34, M70), recipients' accounts (M35),
//! the final amount and closure (M42, M43).

pub mod accounts;
pub mod closing;
pub mod credit;

pub use accounts::{
    AccountCheck, AccountDraft, AccountRefusal, AccountState, Address, BankAccount, Because, PaidTo, reason_errors,
};
pub use closing::{
    CloseGrant, Closure, ClosureCheck, ClosureItem, ConfirmRefund, NotifyRecovery, PrepareRefund, ProposeWriteOff,
    RECOVERY_DAYS, RaiseRecovery, Recovery, RecoveryState, Refund, RefundDraft, RefuseRefund, RefuseWriteOff, WriteOff,
    WriteOffRecovery, grant_share, payable,
};
pub use credit::{ConfirmCredit, Credit, CreditDraft, RecordCredit};

use serde::{Deserialize, Serialize};

use crate::amendments::AmendmentSummary;
use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::fraction::Fraction;
use crate::fund::{DonorAmount, REASON_MAX_CHARS, REFERENCE_MAX_CHARS, Step, check_amount, check_past};
use crate::ids::{AgreementId, CallId, DecisionId, DisbursementId, ProposalId, TrancheId};
use crate::money::{BasisPoints, Money};
use crate::people::{OrganisationRef, check_text};
use crate::permission::Permission;
use crate::problem::{Code, FieldError};
use crate::reports::{ReportSummary, Reporting};
use crate::time::{Date, Timestamp};

/// The most tranches a plan has.
pub const TRANCHES_MAX: usize = 24;

crate::words! {
    /// How far an agreement is (DOMAIN §2).
    AgreementState {
        /// The Desk writes it.
        Draft = "draft",
        /// The head of desk approved it.
        InternallyApproved = "internally_approved",
        /// The recipient has it.
        Sent = "sent",
        /// Signed: money is committed.
        Active = "active",
        /// Stopped for a while: nothing is paid.
        Suspended = "suspended",
        /// Its last day has passed.
        Ended = "ended",
        /// The final report is accepted: the balance is paid or recovered.
        Closing = "closing",
        /// Closed: what it did not need went back.
        Closed = "closed",
        /// Never signed: its reservation lapsed or was given back (M23).
        Void = "void",
    }
}

impl AgreementState {
    /// Whether it can be amended: signed, and its final grant not known yet.
    #[must_use]
    pub const fn takes_amendment(self) -> bool {
        matches!(self, Self::Active | Self::Suspended | Self::Ended)
    }

    /// Whether it is approved and not signed: the Desk can take it back.
    #[must_use]
    pub const fn is_revocable(self) -> bool {
        matches!(self, Self::InternallyApproved | Self::Sent)
    }
}

crate::words! {
    /// How far a tranche is.
    TrancheState {
        /// In the plan, its day has not come.
        Planned = "planned",
        /// Its day has come, and something of it is unpaid.
        Due = "due",
        /// The recipient has asked for it.
        Requested = "requested",
        /// The Desk accepted its milestone: payable whole.
        Released = "released",
        /// Payable in part; the rest has moved to the next one (M33).
        Reduced = "reduced",
        /// The Desk holds it back.
        Withheld = "withheld",
        /// Paid in full.
        Paid = "paid",
    }
}

impl TrancheState {
    /// Due follows from the day; it is not stored.
    #[must_use]
    pub fn at(stored: Self, due_on: Date, today: Date) -> Self {
        if stored == Self::Planned && due_on <= today { Self::Due } else { stored }
    }
}

crate::words! {
    /// How far a disbursement is (DOMAIN §2).
    DisbursementState {
        /// Prepared.
        Draft = "draft",
        /// Verified by the Desk.
        Verified = "verified",
        /// Approved by finance.
        Approved = "approved",
        /// The bank has the order.
        Instructed = "instructed",
        /// The money has left, and the journal says so.
        Paid = "paid",
        /// The bank's statement shows it.
        Reconciled = "reconciled",
        /// The bank did not carry it out; it can be prepared again.
        Failed = "failed",
        /// Given up before it was ordered.
        Cancelled = "cancelled",
        /// The money came back: a reversal is in the journal.
        Reversed = "reversed",
    }
}

impl DisbursementState {
    /// Whether the money has left and not come back.
    #[must_use]
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Paid | Self::Reconciled)
    }

    /// Whether it is on its way: it takes part of its tranche, and is not paid.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Verified | Self::Approved | Self::Instructed | Self::Failed)
    }

    /// Whether the recipient is told of it: the bank had the order.
    #[must_use]
    pub const fn is_told(self) -> bool {
        matches!(self, Self::Instructed | Self::Paid | Self::Reconciled | Self::Failed | Self::Reversed)
    }

    /// Whether it can still be cancelled.
    #[must_use]
    pub const fn is_cancellable(self) -> bool {
        matches!(self, Self::Draft | Self::Verified | Self::Approved | Self::Failed)
    }
}

crate::words! {
    /// The next step of a payment, named by what somebody does.
    PaymentStep {
        /// Finance prepares it.
        Prepare = "prepare",
        /// The Desk verifies it.
        Verify = "verify",
        /// Finance approves it.
        Approve = "approve",
        /// The head of desk approves it as well, above the limit.
        SecondApprove = "second_approve",
        /// Finance gives the order to the bank.
        Instruct = "instruct",
        /// Finance records that it was paid.
        Pay = "pay",
        /// Finance prepares it again after it failed.
        Retry = "retry",
        /// Finance approves that it came back.
        ApproveReversal = "approve_reversal",
        /// Nothing is left to do.
        Done = "done",
    }
}

impl PaymentStep {
    /// The step after which a disbursement waits (M70).
    #[must_use]
    pub fn next(
        state: DisbursementState,
        is_above_limit: bool,
        is_second_approved: bool,
        is_reversal_prepared: bool,
    ) -> Self {
        match state {
            DisbursementState::Draft => Self::Verify,
            DisbursementState::Verified => Self::Approve,
            DisbursementState::Approved if is_above_limit && !is_second_approved => Self::SecondApprove,
            DisbursementState::Approved => Self::Instruct,
            DisbursementState::Instructed => Self::Pay,
            DisbursementState::Failed => Self::Retry,
            DisbursementState::Paid | DisbursementState::Reconciled if is_reversal_prepared => Self::ApproveReversal,
            DisbursementState::Paid
            | DisbursementState::Reconciled
            | DisbursementState::Cancelled
            | DisbursementState::Reversed => Self::Done,
        }
    }

    /// The right that the step needs; none when nothing is left to do.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Prepare | Self::Instruct | Self::Pay | Self::Retry => Some(Permission::PrepareDisbursement),
            Self::Verify => Some(Permission::VerifyDisbursement),
            Self::Approve | Self::ApproveReversal => Some(Permission::ApproveDisbursement),
            Self::SecondApprove => Some(Permission::ApproveLargeDisbursement),
            Self::Done => None,
        }
    }

    /// Whether the step must be done by somebody who has not touched the payment yet (M70).
    #[must_use]
    pub const fn needs_another_person(self) -> bool {
        matches!(self, Self::Verify | Self::Approve | Self::SecondApprove | Self::ApproveReversal)
    }
}

crate::words! {
    /// Why a payment cannot go on.
    BlockReason {
        /// The agreement is not active (M32).
        AgreementNotActive = "agreement_not_active",
        /// A report that is due is not accepted (M32).
        ReportNotAccepted = "report_not_accepted",
        /// The retention waits for the final report (M30).
        FinalReportNotAccepted = "final_report_not_accepted",
        /// The recipient has no verified account (M32, M35).
        AccountNotVerified = "account_not_verified",
        /// The recipient owes something back that is overdue (M32).
        RecoveryOverdue = "recovery_overdue",
        /// The recipient has not asked for it.
        NotRequested = "not_requested",
        /// The Desk has not decided on an earlier tranche, or withholds it (M33).
        EarlierTrancheOpen = "earlier_tranche_open",
        /// The Desk has not accepted its milestone (M32).
        MilestoneNotAccepted = "milestone_not_accepted",
        /// The Desk holds it back.
        Withheld = "withheld",
        /// Nothing of the tranche is left to pay (M31).
        NothingLeft = "nothing_left",
        /// The fund's cash does not suffice (M31).
        InsufficientCash = "insufficient_cash",
    }
}

/// What decides whether a tranche may be paid (M32), besides its own state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// The agreement.
    pub agreement: AgreementState,
    /// The recipient has a verified account.
    pub has_account: bool,
    /// A report that is due, by today or by the tranche's day, is not accepted.
    pub is_report_missing: bool,
    /// The final report is accepted, so that the final grant is known.
    pub is_final: bool,
    /// The recipient owes something back that is overdue.
    pub has_overdue_recovery: bool,
}

/// A tranche, as far as it decides whether it may be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrancheAt {
    /// Its place in the plan, from 1.
    pub number: i64,
    /// The last one.
    pub is_retention: bool,
    /// How far it is.
    pub state: TrancheState,
    /// The Desk has not released an earlier one.
    pub is_earlier_open: bool,
    /// What can still be prepared on it.
    pub left: Money,
}

impl Guards {
    /// Why a tranche cannot be released (M32): empty when it can. The signature releases the first
    /// one, the final report the last one (M30).
    #[must_use]
    pub fn not_releasable(&self, tranche: TrancheAt) -> Vec<BlockReason> {
        use AgreementState as S;
        let mut reasons = Vec::new();
        let is_active = match self.agreement {
            S::Active => true,
            S::Ended | S::Closing => tranche.is_retention,
            _ => false,
        };
        if !is_active {
            reasons.push(BlockReason::AgreementNotActive);
        }
        if tranche.number > 1 {
            if tranche.is_retention && !self.is_final {
                reasons.push(BlockReason::FinalReportNotAccepted);
            }
            if self.is_report_missing {
                reasons.push(BlockReason::ReportNotAccepted);
            }
            if self.has_overdue_recovery {
                reasons.push(BlockReason::RecoveryOverdue);
            }
        }
        reasons
    }

    /// Why nothing can be prepared on a tranche (M30–M32, M35): empty when it can.
    #[must_use]
    pub fn blocked(&self, tranche: TrancheAt) -> Vec<BlockReason> {
        use TrancheState as S;
        let mut reasons = self.not_releasable(tranche);
        if !self.has_account {
            reasons.push(BlockReason::AccountNotVerified);
        }
        if tranche.number > 1 && !tranche.is_retention {
            match tranche.state {
                S::Planned | S::Due => {
                    reasons.push(BlockReason::NotRequested);
                    if tranche.is_earlier_open {
                        reasons.push(BlockReason::EarlierTrancheOpen);
                    }
                }
                S::Requested => reasons.push(BlockReason::MilestoneNotAccepted),
                S::Withheld => reasons.push(BlockReason::Withheld),
                S::Released | S::Reduced | S::Paid => {}
            }
        }
        if !tranche.left.is_positive() {
            reasons.push(BlockReason::NothingLeft);
        }
        reasons
    }
}

/// A tranche as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlannedTranche {
    /// In the fund's currency.
    pub amount: Money,
    /// When it is due.
    pub due_on: Date,
    /// What must have happened; may be empty.
    pub condition: String,
}

/// What the tranches leave open: agreement − sum; zero when the plan sums (M30).
///
/// # Errors
/// [`Code::CurrencyMismatch`], [`Code::AmountRange`].
pub fn plan_difference(total: Money, amounts: impl IntoIterator<Item = Money>) -> Result<Money, Code> {
    total.checked_sub(Money::sum(total.currency(), amounts)?)
}

/// The smallest retention: the share of the agreement, rounded up to the minor unit (M4, M30).
#[must_use]
pub fn least_retention(total: Money, min: BasisPoints) -> Money {
    let rest = BasisPoints(10_000 - min.0).of_floor(total);
    Money::from_minor(total.minor() - rest.minor(), total.currency())
}

/// What is wrong with a tranche plan (M30), at the fields: amounts positive and in the agreement's
/// currency, exact sum, first within the cap, last at least the retention, dates in order.
#[must_use]
pub fn plan_errors(
    total: Money,
    tranches: &[PlannedTranche],
    first_cap: BasisPoints,
    retention_min: BasisPoints,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let Some(last) = tranches.len().checked_sub(1) else {
        return vec![FieldError::new("/tranches", Code::Required)];
    };
    if tranches.len() > TRANCHES_MAX {
        return vec![FieldError::new("/tranches", Code::TooLong).with("max", TRANCHES_MAX)];
    }
    let mut previous: Option<Date> = None;
    for (at, tranche) in tranches.iter().enumerate() {
        check_amount(&mut errors, &format!("/tranches/{at}/amount"), tranche.amount, Some(total.currency()));
        if previous.is_some_and(|previous| tranche.due_on < previous) {
            errors.push(FieldError::new(format!("/tranches/{at}/due_on"), Code::DateOrder));
        }
        previous = Some(tranche.due_on);
        if tranche.condition.chars().count() > REASON_MAX_CHARS {
            let pointer = format!("/tranches/{at}/condition");
            errors.push(FieldError::new(pointer, Code::TooLong).with("max", REASON_MAX_CHARS));
        }
    }
    if errors.iter().any(|e| e.code == Code::CurrencyMismatch) {
        return errors;
    }
    if !first_cap.caps(tranches[0].amount, total) {
        errors.push(
            FieldError::new("/tranches/0/amount", Code::FirstTrancheCap)
                .with("max", first_cap.of_floor(total))
                .with("percent", first_cap),
        );
    }
    let least = least_retention(total, retention_min);
    if tranches[last].amount.minor() < least.minor() {
        errors.push(
            FieldError::new(format!("/tranches/{last}/amount"), Code::RetentionMin)
                .with("min", least)
                .with("percent", retention_min),
        );
    }
    match plan_difference(total, tranches.iter().map(|t| t.amount)) {
        Ok(difference) if difference.minor() == 0 => {}
        Ok(difference) => errors.push(
            FieldError::new("/tranches", Code::TrancheSum).with("difference", difference).with("expected", total),
        ),
        Err(code) => errors.push(FieldError::new("/tranches", code)),
    }
    errors
}

/// An approved decision whose money is reserved and that has no agreement yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Award {
    /// The decision.
    pub decision_id: DecisionId,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub proposal_number: String,
    /// Its title.
    pub title: String,
    /// The recipient.
    pub organisation: OrganisationRef,
    /// What was approved, in the fund's currency.
    pub amount: Money,
    /// What the project costs in all, in the fund's currency.
    pub total: Money,
    /// How long the project takes.
    pub duration_months: Option<i64>,
    /// The most that the first tranche may be (M30).
    pub first_tranche_max: Money,
    /// The least that the retention may be (M30).
    pub retention_min: Money,
    /// The currencies that the call's budgets may be in: one of them may be the reporting currency.
    pub currencies: Vec<Currency>,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// A grant in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GrantRow {
    /// The agreement.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// The proposal's title.
    pub title: String,
    /// The proposal's country, ISO 3166-1 alpha-2.
    pub country: String,
    /// The call's code.
    pub call: String,
    /// The recipient.
    pub organisation: OrganisationRef,
    /// How far it is.
    pub state: AgreementState,
    /// What was agreed, in the fund's currency.
    pub amount: Money,
    /// Paid so far.
    pub disbursed: Money,
    /// Committed − paid (DOMAIN §6): nothing before the signature, and nothing once it is closed.
    pub undisbursed: Money,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
}

/// Which grants.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantQuery {
    /// In one state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AgreementState>,
    /// Of one call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Part of the number, the title or the recipient, any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AgreementId>,
}

/// A tranche, and why it can or cannot be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Tranche {
    /// Its id.
    pub id: TrancheId,
    /// Its place in the plan, from 1.
    pub number: i64,
    /// As planned, in the fund's currency.
    pub planned: Money,
    /// What earlier tranches moved here (M33).
    pub carried: Money,
    /// What may be paid of it: planned + carried, less what has moved on (M33).
    pub payable: Money,
    /// Paid so far.
    pub paid: Money,
    /// Payable − paid − what is on its way (M31).
    pub left: Money,
    /// When it is due.
    pub due_on: Date,
    /// What must have happened.
    pub condition: String,
    /// The last one is the retention (M30).
    pub is_retention: bool,
    /// How far it is.
    pub state: TrancheState,
    /// Why nothing can be prepared on it; empty when it can (M32).
    pub blocked: Vec<BlockReason>,
    /// Who asked for it.
    pub requested: Option<Step>,
    /// Who released, reduced or withheld it.
    pub decided: Option<Step>,
    /// Why it was reduced or withheld.
    pub reason: String,
    /// What the burn rule leaves to pay when it is released now (M33); none unless it is requested.
    pub burn_payable: Option<Money>,
}

/// The Desk's word on a requested tranche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrancheDecision {
    /// Release it: its milestone is accepted. Else it is withheld.
    pub is_released: bool,
    /// Release only so much, below what the burn rule leaves (M33); the rest moves to the next tranche.
    #[serde(default)]
    pub reduced_to: Option<Money>,
    /// Why it is reduced or withheld.
    pub reason: String,
}

/// That a payment came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReversalDraft {
    /// Why.
    pub reason: String,
    /// The day the bank counts it from: the posting date.
    pub reversed_on: Date,
}

impl ReversalDraft {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self, today: Date) -> Vec<FieldError> {
        let mut errors = reason_errors(&self.reason);
        check_past(&mut errors, "/reversed_on", self.reversed_on, today);
        errors
    }
}

/// How a payment came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Reversal {
    /// Why.
    pub reason: String,
    /// The posting date.
    pub reversed_on: Date,
    /// Who recorded it.
    pub prepared: Step,
    /// Who approved it; the journal has it since.
    pub approved: Option<Step>,
}

/// A payment on a tranche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Disbursement {
    /// Its id.
    pub id: DisbursementId,
    /// Its number.
    pub number: String,
    /// The tranche's place in the plan.
    pub tranche_number: i64,
    /// In the fund's currency.
    pub amount: Money,
    /// How far it is.
    pub state: DisbursementState,
    /// What comes next.
    pub next: PaymentStep,
    /// The reader has done a step of it, so another person must do the next (M70).
    pub is_own: bool,
    /// Where it goes.
    pub to: PaidTo,
    /// Names the payment on its way through the banks.
    pub end_to_end_id: String,
    /// Why it failed, was cancelled or went back to draft.
    pub reason: String,
    /// How it came back.
    pub reversal: Option<Reversal>,
    /// When the bank's statement showed it.
    pub reconciled_at: Option<Timestamp>,
    /// Who prepared it.
    pub prepared: Step,
    /// Who verified it.
    pub verified: Option<Step>,
    /// Who approved it.
    pub approved: Option<Step>,
    /// Who approved it as well, above the limit.
    pub second_approved: Option<Step>,
    /// When the bank got the order.
    pub instructed_at: Option<Timestamp>,
    /// Who recorded the payment.
    pub paid: Option<Step>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The day the bank counts it from.
    pub value_date: Option<Date>,
    /// What arrived, where the agreement reports in another currency (M51).
    pub credit: Option<Credit>,
    /// Each donor's part, by donor code (M60): booked when paid, else what it would be now. Not for recipients.
    pub split: Vec<DonorAmount>,
    /// For `If-Match`.
    pub version: i64,
}

crate::words! {
    /// What happened to a grant. The audit log says the same with a point: `agreement.sent`.
    EventKind {
        /// The agreement was drafted.
        AgreementDrafted = "agreement_drafted",
        /// Its tranche plan was replaced.
        AgreementPlanReplaced = "agreement_plan_replaced",
        /// It was approved internally.
        AgreementApproved = "agreement_approved",
        /// It was sent to the recipient.
        AgreementSent = "agreement_sent",
        /// It was taken back, to be changed.
        AgreementTakenBack = "agreement_taken_back",
        /// It became void: its reservation lapsed or was given back.
        AgreementVoided = "agreement_voided",
        /// The recipient signed it.
        AgreementSigned = "agreement_signed",
        /// A payment was prepared.
        DisbursementPrepared = "disbursement_prepared",
        /// A payment was verified.
        DisbursementVerified = "disbursement_verified",
        /// A payment was approved.
        DisbursementApproved = "disbursement_approved",
        /// A payment was approved above the limit as well.
        DisbursementSecondApproved = "disbursement_second_approved",
        /// A payment was ordered from the bank.
        DisbursementInstructed = "disbursement_instructed",
        /// A payment was paid.
        DisbursementPaid = "disbursement_paid",
        /// A payment was cancelled.
        DisbursementCancelled = "disbursement_cancelled",
        /// A payment went back to draft since the account changed (M35).
        DisbursementVoided = "disbursement_voided",
        /// A payment failed.
        DisbursementFailed = "disbursement_failed",
        /// A failed payment was prepared again.
        DisbursementRetried = "disbursement_retried",
        /// It was recorded that a payment came back.
        DisbursementReversalPrepared = "disbursement_reversal_prepared",
        /// It was refused that a payment came back.
        DisbursementReversalRefused = "disbursement_reversal_refused",
        /// It was approved that a payment came back.
        DisbursementReversed = "disbursement_reversed",
        /// A payment was found in the bank's statement.
        DisbursementReconciled = "disbursement_reconciled",
        /// It was told what arrived with a payment.
        DisbursementCreditRecorded = "disbursement_credit_recorded",
        /// What arrived with a payment was confirmed.
        DisbursementCreditConfirmed = "disbursement_credit_confirmed",
        /// A bank account was entered.
        AccountEntered = "account_entered",
        /// A bank account was verified.
        AccountVerified = "account_verified",
        /// A bank account was refused.
        AccountRefused = "account_refused",
        /// A tranche was requested.
        TrancheRequested = "tranche_requested",
        /// A tranche was released.
        TrancheReleased = "tranche_released",
        /// A tranche was reduced.
        TrancheReduced = "tranche_reduced",
        /// A tranche was withheld.
        TrancheWithheld = "tranche_withheld",
        /// A report was handed in.
        ReportSubmitted = "report_submitted",
        /// A report was checked.
        ReportChecked = "report_checked",
        /// The recipient was asked about a report.
        ReportAsked = "report_asked",
        /// The Desk approved the shifts of a report.
        ReportShiftApproved = "report_shift_approved",
        /// A report was accepted.
        ReportAccepted = "report_accepted",
        /// A report was rejected.
        ReportRejected = "report_rejected",
        /// An amendment was drafted.
        AmendmentDrafted = "amendment_drafted",
        /// A draft of an amendment was changed.
        AmendmentChanged = "amendment_changed",
        /// An amendment was submitted.
        AmendmentSubmitted = "amendment_submitted",
        /// The Desk checked an amendment.
        AmendmentChecked = "amendment_checked",
        /// Finance approved an amendment.
        AmendmentApproved = "amendment_approved",
        /// An amendment was signed for the fund.
        AmendmentSigned = "amendment_signed",
        /// The recipient signed an amendment: it is in force.
        AmendmentEffective = "amendment_effective",
        /// An amendment was refused or dropped.
        AmendmentRefused = "amendment_refused",
        /// A recovery was raised.
        RecoveryRaised = "recovery_raised",
        /// The recipient was notified of a recovery.
        RecoveryNotified = "recovery_notified",
        /// A refund was recorded.
        RefundPrepared = "refund_prepared",
        /// A refund was refused.
        RefundRefused = "refund_refused",
        /// A refund was confirmed.
        RefundConfirmed = "refund_confirmed",
        /// A payment came back, so that less is owed.
        RecoveryAdjusted = "recovery_adjusted",
        /// Giving a recovery up was proposed.
        RecoveryWriteOffProposed = "recovery_write_off_proposed",
        /// Giving a recovery up was refused.
        RecoveryWriteOffRefused = "recovery_write_off_refused",
        /// A recovery was given up.
        RecoveryWrittenOff = "recovery_written_off",
        /// The agreement was suspended.
        AgreementSuspended = "agreement_suspended",
        /// The agreement was resumed.
        AgreementResumed = "agreement_resumed",
        /// The agreement's last day has passed.
        AgreementEnded = "agreement_ended",
        /// The grant was closed.
        AgreementClosed = "agreement_closed",
    }
}

impl EventKind {
    /// The audit log's word.
    #[must_use]
    pub fn action(self) -> String {
        self.as_str().replacen('_', ".", 1)
    }

    /// Whether it stays within the fund: what it prepares, checks and weighs.
    #[must_use]
    pub const fn is_internal(self) -> bool {
        matches!(
            self,
            Self::DisbursementPrepared
                | Self::DisbursementVerified
                | Self::DisbursementApproved
                | Self::DisbursementSecondApproved
                | Self::DisbursementCancelled
                | Self::DisbursementVoided
                | Self::DisbursementRetried
                | Self::DisbursementReversalPrepared
                | Self::ReportChecked
                | Self::RefundPrepared
                | Self::RecoveryWriteOffProposed
        )
    }

    /// Whether it is about the agreement, its amendments or its reports, not about money or accounts.
    #[must_use]
    pub fn is_on_agreement_or_report(self) -> bool {
        ["agreement_", "amendment_", "report_"].iter().any(|kind| self.as_str().starts_with(kind))
    }

    /// Reads the audit log's word.
    #[must_use]
    pub fn of_action(action: &str) -> Option<Self> {
        Self::parse(&action.replacen('.', "_", 1))
    }
}

/// A step in a grant's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Option<String>,
    /// What.
    pub kind: EventKind,
    /// The disbursement's number, when it is about one.
    pub disbursement: Option<String>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
}

/// A grant: the agreement, its plan, its payments, its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Grant {
    /// The agreement.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// How far it is.
    pub state: AgreementState,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub proposal_number: String,
    /// Its title.
    pub title: String,
    /// The call's code.
    pub call: String,
    /// The fund's name: the other party.
    pub fund: String,
    /// The recipient.
    pub organisation: OrganisationRef,
    /// What was agreed, in the fund's currency.
    pub amount: Money,
    /// What the project costs in all.
    pub total: Money,
    /// Agreed ÷ total, exact (M42).
    pub funding_rate: Fraction,
    /// In which currency the recipient reports, when it is not the fund's (M51).
    pub reporting: Option<Reporting>,
    /// Paid so far.
    pub disbursed: Money,
    /// Committed − paid (DOMAIN §6): nothing before the signature, and nothing once it is closed.
    pub undisbursed: Money,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// The most that the first tranche may be (M30).
    pub first_tranche_max: Money,
    /// The least that the retention may be (M30).
    pub retention_min: Money,
    /// Above this a payment needs the head of desk as well (M70).
    pub second_approval_above: Money,
    /// Who wrote it.
    pub created: Step,
    /// Who approved it internally.
    pub approved: Option<Step>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Who signed it for the recipient.
    pub signed: Option<Step>,
    /// The reader wrote it, or the plan that it has now, so another person must approve it (M70).
    pub is_own: bool,
    /// The plan; sums exactly to the amount (M30).
    pub tranches: Vec<Tranche>,
    /// The recipient's account in use, and a change that waits; for who may see them.
    pub accounts: Vec<BankAccount>,
    /// The report calendar.
    pub reports: Vec<ReportSummary>,
    /// Its amendments, oldest first.
    pub amendments: Vec<AmendmentSummary>,
    /// Where the end of the grant stands; none before it is signed.
    pub closure: Option<Closure>,
    /// What the recipient owes back, oldest first.
    pub recoveries: Vec<Recovery>,
    /// The payments, oldest first; for the recipient those that the bank was told of.
    pub disbursements: Vec<Disbursement>,
    /// What happened, oldest first.
    pub history: Vec<Event>,
    /// For `If-Match`.
    pub version: i64,
}

/// Write an agreement from an approved decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AgreementDraft {
    /// The decision.
    pub decision_id: DecisionId,
    /// Its number; unique.
    pub number: String,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// The plan.
    pub tranches: Vec<PlannedTranche>,
    /// In which currency the recipient reports, when it is not the fund's; for good (M51).
    #[serde(default)]
    pub reporting: Option<Reporting>,
}

/// The longest agreement number, in characters.
pub const NUMBER_MAX_CHARS: usize = 40;

impl AgreementDraft {
    /// What is wrong with the request besides its plan, field by field; `fund` is the fund's currency.
    #[must_use]
    pub fn errors(&self, fund: Currency) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/number", &self.number, NUMBER_MAX_CHARS);
        if self.ends_on <= self.starts_on {
            errors.push(FieldError::new("/ends_on", Code::DateOrder));
        }
        errors.extend(self.reporting.map(|reporting| reporting.errors(fund)).unwrap_or_default());
        errors
    }
}

/// Replace a draft's tranche plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TranchePlan {
    /// In order; the last one is the retention.
    pub tranches: Vec<PlannedTranche>,
}

/// Prepare a payment on a tranche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DisbursementDraft {
    /// The tranche.
    pub tranche_id: TrancheId,
    /// In the fund's currency; at most what is left of the tranche (M31).
    pub amount: Money,
}

/// Record that a disbursement was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The bank's reference; unique (M34).
    pub bank_reference: String,
    /// The day the bank counts it from: the posting date.
    pub value_date: Date,
}

impl Payment {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self, today: Date) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/bank_reference", &self.bank_reference, REFERENCE_MAX_CHARS);
        check_past(&mut errors, "/value_date", self.value_date, today);
        errors
    }
}

/// A row of the payments page: a tranche to be paid, or a payment on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PaymentRow {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement: String,
    /// The recipient.
    pub organisation: OrganisationRef,
    /// The tranche.
    pub tranche_id: TrancheId,
    /// Its place in the plan.
    pub tranche_number: i64,
    /// When it is due.
    pub due_on: Date,
    /// What this row is about to pay: the payment's amount, or what is left of the tranche.
    pub amount: Money,
    /// The payment on its way; none when nothing was prepared yet.
    pub disbursement_id: Option<DisbursementId>,
    /// The payment's number.
    pub number: Option<String>,
    /// How far the payment is.
    pub state: Option<DisbursementState>,
    /// What comes next; its right says by whom.
    pub next: PaymentStep,
    /// Why it cannot go on; empty when it can.
    pub blocked: Vec<BlockReason>,
    /// The reader has done a step of it, so another person must do the next (M70).
    pub is_own: bool,
    /// Where it goes, masked; none while the recipient has no verified account.
    pub account: Option<String>,
    /// The bank's reference, once paid.
    pub bank_reference: Option<String>,
    /// The value date, once paid.
    pub value_date: Option<Date>,
    /// For `If-Match`, of the payment.
    pub version: Option<i64>,
}

crate::words! {
    /// Which payments.
    PaymentView {
        /// To be paid, or on their way.
        Open = "open",
        /// Paid.
        Paid = "paid",
    }
}

/// Which payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PaymentQuery {
    /// Open or paid.
    #[serde(default = "open")]
    pub view: PaymentView,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

fn open() -> PaymentView {
    PaymentView::Open
}

/// A page of payments, with what the whole list sums to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Payments {
    /// The rows: open ones by due date, paid ones newest first.
    pub rows: Page<PaymentRow>,
    /// What all rows of the view sum to, on every page.
    pub sum: Money,
    /// The fund's cash.
    pub cash: Money,
    /// Above this a payment needs the head of desk as well (M70).
    pub second_approval_above: Money,
}

/// Where a list by id ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AwardQuery {
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<DecisionId>,
}

crate::endpoints! {
    /// Approved decisions without an agreement.
    ListAwards {} Get "/awards" query AwardQuery, Nothing => Page<Award>, flags [], problems [];

    /// The grants that the reader may see, newest first.
    ListGrants {} Get "/grants" query GrantQuery, Nothing => Page<GrantRow>, flags [], problems [];

    /// Writes an agreement from an approved decision whose money is reserved.
    CreateAgreement {} Post "/grants" query Nothing, AgreementDraft => Grant, flags [Idempotent], problems [Duplicate, WrongState];

    /// A grant with its plan, payments and history.
    GetGrant { agreement_id: AgreementId } Get "/grants/{agreement_id}" query Nothing, Nothing => Grant, flags [], problems [];

    /// Replaces a draft's tranche plan (M30).
    ReplaceTranchePlan { agreement_id: AgreementId } Put "/grants/{agreement_id}/tranches" query Nothing, TranchePlan => Grant, flags [IfMatch], problems [WrongState];

    /// Approves a draft internally. Another person than who wrote it (M70).
    ApproveAgreement { agreement_id: AgreementId } Post "/grants/{agreement_id}/approval" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Sends the approved agreement to the recipient.
    SendAgreement { agreement_id: AgreementId } Post "/grants/{agreement_id}/dispatch" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, ResultsNotReleased];

    /// Takes an approved or sent agreement back, as a draft to be changed and approved anew.
    TakeBackAgreement { agreement_id: AgreementId } Post "/grants/{agreement_id}/retraction" query Nothing, Because => Grant, flags [IfMatch], problems [WrongState];

    /// Signs the agreement for the recipient: the reservation becomes a commitment (M23).
    SignAgreement { agreement_id: AgreementId } Post "/grants/{agreement_id}/signature" query Nothing, Nothing => Grant, flags [IfMatch, Idempotent], problems [WrongState];

    /// What waits to be paid and why, or what was paid.
    ListPayments {} Get "/payments" query PaymentQuery, Nothing => Payments, flags [], problems [];

    /// Enters the recipient's bank account, or a change of it (M35).
    EnterAccount { agreement_id: AgreementId } Post "/grants/{agreement_id}/account" query Nothing, AccountDraft => Grant, flags [Idempotent], problems [WrongState];

    /// Verifies an account by typing its number again; a change sends approved payments back to draft (M35). Another person than who entered it (M70).
    VerifyAccount { agreement_id: AgreementId } Post "/grants/{agreement_id}/account/verification" query Nothing, AccountCheck => Grant, flags [Idempotent], problems [WrongState, SeparationOfDuties];

    /// Refuses an account that was entered.
    RefuseAccount { agreement_id: AgreementId } Post "/grants/{agreement_id}/account/refusal" query Nothing, AccountRefusal => Grant, flags [], problems [WrongState, SeparationOfDuties];

    /// Requests a tranche for the recipient, once it is due.
    RequestTranche { tranche_id: TrancheId } Post "/tranches/{tranche_id}/request" query Nothing, Nothing => Grant, flags [], problems [WrongState, TrancheBlocked];

    /// Releases, reduces or withholds a requested tranche (M32, M33).
    DecideTranche { tranche_id: TrancheId } Post "/tranches/{tranche_id}/decision" query Nothing, TrancheDecision => Grant, flags [Idempotent], problems [WrongState, TrancheBlocked, AboveRemaining];

    /// Stops an agreement for a while: nothing is paid.
    SuspendAgreement { agreement_id: AgreementId } Post "/grants/{agreement_id}/suspension" query Nothing, Because => Grant, flags [IfMatch], problems [WrongState];

    /// Lets a suspended agreement go on.
    ResumeAgreement { agreement_id: AgreementId } Post "/grants/{agreement_id}/resumption" query Nothing, Because => Grant, flags [IfMatch], problems [WrongState];

    /// Prepares a payment on a tranche, at most what is left of it (M31, M32).
    PrepareDisbursement { agreement_id: AgreementId } Post "/grants/{agreement_id}/disbursements" query Nothing, DisbursementDraft => Grant, flags [Idempotent], problems [AboveRemaining, TrancheBlocked];

    /// Verifies a payment. Another person than who prepared it (M70).
    VerifyDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/verification" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Approves a payment. Another person than who prepared or verified it (M70).
    ApproveDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/approval" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Approves a payment above the fund's limit as well (M70).
    SecondApproveDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/second-approval" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Records that the bank has the order.
    InstructDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/instruction" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, SecondApprovalRequired, TrancheBlocked, InsufficientCash];

    /// Records that the bank has paid, and books it, once (M31, M34, M60).
    PayDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/payment" query Nothing, Payment => Grant, flags [IfMatch, Idempotent], problems [WrongState, BankReferenceUsed, InsufficientCash, AboveRemaining];

    /// Cancels a payment that was not ordered.
    CancelDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/cancellation" query Nothing, Because => Grant, flags [IfMatch], problems [WrongState];

    /// Records that the bank did not carry out a payment.
    FailDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/failure" query Nothing, Because => Grant, flags [IfMatch], problems [WrongState];

    /// Prepares a failed payment again, to the account in use now.
    RetryDisbursement { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/retry" query Nothing, Nothing => Grant, flags [IfMatch], problems [WrongState, AccountNotVerified];

    /// Records that a paid payment came back.
    PrepareReversal { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/reversal" query Nothing, ReversalDraft => Grant, flags [IfMatch], problems [WrongState];

    /// Approves that a payment came back, and books it. Another person than who recorded it (M70).
    ApproveReversal { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/reversal/approval" query Nothing, Nothing => Grant, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties, RefundWaits];

    /// Drops or refuses that a payment came back: it stays paid.
    RefuseReversal { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/reversal/refusal" query Nothing, Because => Grant, flags [IfMatch], problems [WrongState];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAP: BasisPoints = BasisPoints::percent(40);
    const RETENTION: BasisPoints = BasisPoints::percent(10);

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn plan(amounts: &[Money]) -> Vec<PlannedTranche> {
        amounts
            .iter()
            .map(|amount| PlannedTranche {
                amount: *amount,
                due_on: Date::parse("2026-06-01").unwrap(),
                condition: String::new(),
            })
            .collect()
    }

    fn errors(amounts: &[&str]) -> Vec<(String, Code)> {
        let amounts: Vec<Money> = amounts.iter().map(|a| eur(a)).collect();
        let found = plan_errors(eur("100000"), &plan(&amounts), CAP, RETENTION);
        found.into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    fn one(pointer: &str, code: Code) -> Vec<(String, Code)> {
        vec![(pointer.to_owned(), code)]
    }

    #[test]
    fn m30_planned_tranches_sum_exactly() {
        assert_eq!(errors(&["40000", "50000", "10000"]), []);
        assert_eq!(errors(&["40000", "49999.99", "10000"]), one("/tranches", Code::TrancheSum));
        assert_eq!(errors(&["40000", "50000.01", "10000"]), one("/tranches", Code::TrancheSum));
        let short = plan_errors(eur("100000"), &plan(&[eur("40000"), eur("10000")]), CAP, RETENTION);
        assert_eq!(short[0].params["difference"], "EUR 50000.00");
    }

    #[test]
    fn m30_first_within_the_cap_and_retention_at_least_the_minimum() {
        assert_eq!(errors(&["40000.01", "49999.99", "10000"]), one("/tranches/0/amount", Code::FirstTrancheCap));
        assert_eq!(errors(&["40000", "50000.01", "9999.99"]), one("/tranches/2/amount", Code::RetentionMin));
        assert_eq!(errors(&["100000"]), one("/tranches/0/amount", Code::FirstTrancheCap));
        assert_eq!(errors(&[]), one("/tranches", Code::Required));
        let odd = plan_errors(eur("100000.01"), &plan(&[eur("40000"), eur("50000.01"), eur("10000")]), CAP, RETENTION);
        assert_eq!(odd[0].params["min"], "EUR 10000.01");
    }

    #[test]
    fn m30_amounts_are_positive_in_one_currency_and_dates_in_order() {
        assert!(
            errors(&["40000", "60000", "0", "10000"]).contains(&("/tranches/2/amount".into(), Code::AmountNotPositive))
        );
        let foreign = plan(&[eur("40000"), Money::parse("60000", Currency::CHF).unwrap()]);
        assert_eq!(plan_errors(eur("100000"), &foreign, CAP, RETENTION)[0].code, Code::CurrencyMismatch);
        let mut late = plan(&[eur("40000"), eur("50000"), eur("10000")]);
        late[1].due_on = Date::parse("2026-05-31").unwrap();
        assert_eq!(plan_errors(eur("100000"), &late, CAP, RETENTION)[0].pointer, "/tranches/1/due_on");
    }

    #[test]
    fn m32_each_guard_has_its_reason() {
        use AgreementState as A;
        use BlockReason as B;
        use TrancheState as T;
        let good = Guards {
            agreement: A::Active,
            has_account: true,
            is_report_missing: false,
            is_final: false,
            has_overdue_recovery: false,
        };
        let first = TrancheAt { number: 1, is_retention: false, state: T::Due, is_earlier_open: false, left: eur("1") };
        let second = TrancheAt { number: 2, state: T::Released, ..first };
        let last = TrancheAt { number: 3, is_retention: true, state: T::Planned, is_earlier_open: true, ..first };
        let missing = Guards { is_report_missing: true, ..good };
        let owing = Guards { has_overdue_recovery: true, ..good };
        let homeless = Guards { has_account: false, ..good };
        let finished = Guards { is_final: true, agreement: A::Closing, ..good };
        for (guards, tranche, expected) in [
            (good, first, vec![]),
            (good, second, vec![]),
            // The first waits for nothing that comes after the signature.
            (Guards { agreement: A::Sent, ..good }, first, vec![B::AgreementNotActive]),
            (missing, first, vec![]),
            (homeless, first, vec![B::AccountNotVerified]),
            (good, TrancheAt { left: eur("0"), ..first }, vec![B::NothingLeft]),
            (missing, second, vec![B::ReportNotAccepted]),
            (owing, second, vec![B::RecoveryOverdue]),
            (homeless, second, vec![B::AccountNotVerified]),
            (Guards { agreement: A::Suspended, ..good }, second, vec![B::AgreementNotActive]),
            (good, TrancheAt { state: T::Due, ..second }, vec![B::NotRequested]),
            (
                good,
                TrancheAt { state: T::Due, is_earlier_open: true, ..second },
                vec![B::NotRequested, B::EarlierTrancheOpen],
            ),
            (good, TrancheAt { state: T::Requested, ..second }, vec![B::MilestoneNotAccepted]),
            (good, TrancheAt { state: T::Withheld, ..second }, vec![B::Withheld]),
            (good, TrancheAt { state: T::Reduced, ..second }, vec![]),
            // The retention waits for the final report (M30), and is paid after the end.
            (good, last, vec![B::FinalReportNotAccepted]),
            (finished, last, vec![]),
            (finished, second, vec![B::AgreementNotActive]),
        ] {
            assert_eq!(guards.blocked(tranche), expected, "{guards:?} {tranche:?}");
        }
    }

    #[test]
    fn m70_above_the_limit_the_head_of_desk_comes_before_the_bank() {
        use DisbursementState as S;
        assert_eq!(PaymentStep::next(S::Approved, false, false, false), PaymentStep::Instruct);
        assert_eq!(PaymentStep::next(S::Approved, true, false, false), PaymentStep::SecondApprove);
        assert_eq!(PaymentStep::next(S::Approved, true, true, false), PaymentStep::Instruct);
        assert_eq!(PaymentStep::next(S::Paid, true, true, false), PaymentStep::Done);
        assert_eq!(PaymentStep::next(S::Reconciled, false, false, true), PaymentStep::ApproveReversal);
        assert_eq!(PaymentStep::next(S::Reversed, false, false, true), PaymentStep::Done);
        assert_eq!(PaymentStep::next(S::Failed, false, false, false), PaymentStep::Retry);
    }

    #[test]
    fn events_are_named_as_in_the_audit_log() {
        assert_eq!(EventKind::AgreementPlanReplaced.action(), "agreement.plan_replaced");
        for kind in EventKind::ALL {
            assert_eq!(EventKind::of_action(&kind.action()), Some(*kind));
        }
        assert_eq!(EventKind::of_action("agreement.unknown"), None);
    }

    proptest! {
        /// The caps that the editor shows are exactly the amounts that pass (M4, M30).
        #[test]
        fn m30_the_shown_limits_are_the_exact_ones(total in 1_i64..100_000_000_000, cap in 1_i32..10_000, min in 1_i32..10_000) {
            let total = Money::from_minor(total, Currency::EUR);
            let most = BasisPoints(cap).of_floor(total);
            prop_assert!(BasisPoints(cap).caps(most, total));
            prop_assert!(!BasisPoints(cap).caps(Money::from_minor(most.minor() + 1, Currency::EUR), total));
            let least = least_retention(total, BasisPoints(min));
            prop_assert!(i128::from(least.minor()) * 10_000 >= i128::from(total.minor()) * i128::from(min));
            prop_assert!(i128::from(least.minor() - 1) * 10_000 < i128::from(total.minor()) * i128::from(min));
        }
    }
}
