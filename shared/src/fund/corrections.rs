//! What was booked wrongly or ends: prepared by one person with a reason, confirmed by another (M22, M70, M71).

use serde::{Deserialize, Serialize};

use super::{REASON_MAX_CHARS, Step};
use crate::endpoint::{Nothing, Page};
use crate::ids::{AllocationId, ContributionId, CorrectionId, FundId, ReceiptId};
use crate::money::Money;
use crate::people::check_text;
use crate::problem::FieldError;
use crate::time::Timestamp;

crate::words! {
    /// What a correction does.
    CorrectionKind {
        /// A contribution ends: the rest of it does not come (M22).
        Termination = "termination",
        /// A receipt was booked wrongly.
        ReceiptReversal = "receipt_reversal",
        /// Money was set aside wrongly, or is freed again.
        AllocationReversal = "allocation_reversal",
    }
}

crate::words! {
    /// How far a correction is.
    CorrectionState {
        /// Waits for another person.
        Prepared = "prepared",
        /// Booked.
        Confirmed = "confirmed",
        /// Dropped; nothing was booked.
        Cancelled = "cancelled",
    }
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Correction {
    /// Its id.
    pub id: CorrectionId,
    /// What it does.
    pub kind: CorrectionKind,
    /// What it is about: a contribution's reference, a bank reference, why money was set aside.
    pub about: String,
    /// What it moves, in the fund's currency.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: CorrectionState,
    /// Who prepared it.
    pub prepared_by: Step,
    /// Who confirmed it: another person (M70).
    pub confirmed_by: Option<Step>,
    /// When it was booked: the posting date follows.
    pub confirmed_at: Option<Timestamp>,
    /// The reader prepared it, so another person must confirm it (M70).
    pub is_own: bool,
    /// For `If-Match`.
    pub version: i64,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// The reason; it goes into the audit log.
    pub reason: String,
}

impl CorrectionRequest {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/reason", &self.reason, REASON_MAX_CHARS);
        errors
    }
}

/// Which corrections.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CorrectionQuery {
    /// In one state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CorrectionState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<CorrectionId>,
}

crate::words! {
    /// What the check of the ledger looks at.
    CheckKey {
        /// An entry's debits equal its credits, for each contribution.
        EntryBalance = "entry_balance",
        /// An entry has postings.
        EntryWithoutPostings = "entry_without_postings",
        /// A posting belongs to an entry.
        PostingWithoutEntry = "posting_without_entry",
        /// A posting's fund, donor and currency are its contribution's and its entry's.
        PostingBelongs = "posting_belongs",
        /// The fund's balances are what the journal sums to.
        FundBalance = "fund_balance",
        /// The cash without an earmark is what its contributions have.
        UnearmarkedCash = "unearmarked_cash",
        /// A contribution's balances are what the journal sums to.
        ContributionBalance = "contribution_balance",
        /// A call's balances are what the journal sums to, and its envelope is the call's.
        CallBalance = "call_balance",
        /// An agreement's balances are what the journal sums to.
        AgreementBalance = "agreement_balance",
        /// What is to come of a contribution is what was signed less what came and what ended.
        ContributionFigures = "contribution_figures",
        /// No account of the fund crosses zero.
        FundLimit = "fund_limit",
        /// A call stays within its envelope.
        EnvelopeLimit = "envelope_limit",
        /// A contribution is not used beyond what it is.
        ContributionLimit = "contribution_limit",
        /// Earmarked cash, and the cash of the others, does not go below zero.
        EarmarkedCash = "earmarked_cash",
        /// The fund's cash was never below zero, on any day.
        CashEachDay = "cash_each_day",
        /// Payments stay within the agreement.
        AgreementLimit = "agreement_limit",
        /// A commitment is what was reserved.
        CommitmentAmount = "commitment_amount",
        /// Money goes where its earmark allows.
        Earmark = "earmark",
        /// The parts of a payment sum to it.
        PaymentParts = "payment_parts",
        /// The parts of what is set aside sum to it.
        AllocationParts = "allocation_parts",
        /// A paid disbursement is booked.
        PaymentBooked = "payment_booked",
        /// A reversal names an entry that exists.
        ReversalPoints = "reversal_points",
        /// An entry is reversed once.
        ReversedOnce = "reversed_once",
        /// A reversal has the split of what it reverses.
        ReversalSplit = "reversal_split",
        /// What a report accepts is its lines and its rounding difference.
        ReportParts = "report_parts",
        /// Nothing is posted into the future, nor reversed before it happened.
        PostingDate = "posting_date",
    }
}

/// Something that the check of the ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The rule that does not hold: `M25`, `M60`, …
    pub rule: String,
    /// What was checked.
    pub check: CheckKey,
    /// The row: an entry's, contribution's, call's or agreement's id.
    pub id: String,
    /// What of it: an account, a table; empty when the row says it all.
    pub about: String,
    /// What it should be, in minor units or as a count.
    pub expected: i64,
    /// What it is.
    pub found: i64,
}

/// What the last check of the ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LedgerCheck {
    /// When; none when it never ran.
    pub checked_at: Option<Timestamp>,
    /// How many postings it went through.
    pub postings: i64,
    /// How long it took, in milliseconds.
    pub millis: i64,
    /// What does not hold: at most a hundred per check.
    pub findings: Vec<Finding>,
}

crate::endpoints! {
    /// Prepares the end of a contribution: what has not arrived will not come (M22). Another person confirms it (M70).
    PrepareTermination { contribution_id: ContributionId } Post "/contributions/{contribution_id}/termination" query Nothing, CorrectionRequest => Correction, flags [Idempotent], problems [WrongState, InsufficientHeadroom, Duplicate];

    /// Prepares the reversal of a booked receipt. Another person confirms it (M70).
    PrepareReceiptReversal { receipt_id: ReceiptId } Post "/receipts/{receipt_id}/reversal" query Nothing, CorrectionRequest => Correction, flags [Idempotent], problems [WrongState, Duplicate];

    /// Prepares the reversal of money set aside. Another person confirms it (M70).
    PrepareAllocationReversal { allocation_id: AllocationId } Post "/allocations/{allocation_id}/reversal" query Nothing, CorrectionRequest => Correction, flags [Idempotent], problems [WrongState, Duplicate];

    /// The corrections, newest first.
    ListCorrections { fund_id: FundId } Get "/funds/{fund_id}/corrections" query CorrectionQuery, Nothing => Page<Correction>, flags [], problems [];

    /// Confirms a correction and books it. Another person than who prepared it (M70).
    ConfirmCorrection { correction_id: CorrectionId } Post "/corrections/{correction_id}/confirmation" query Nothing, Nothing => Correction, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties, InsufficientHeadroom, InsufficientCash];

    /// Drops or refuses a correction that is not booked.
    CancelCorrection { correction_id: CorrectionId } Post "/corrections/{correction_id}/cancellation" query Nothing, CorrectionRequest => Correction, flags [IfMatch], problems [WrongState];

    /// Drops or refuses a receipt that is not booked.
    CancelReceipt { receipt_id: ReceiptId } Post "/receipts/{receipt_id}/cancellation" query Nothing, CorrectionRequest => Nothing, flags [IfMatch], problems [WrongState];

    /// Drops or refuses money to be set aside that is not booked.
    CancelAllocation { allocation_id: AllocationId } Post "/allocations/{allocation_id}/cancellation" query Nothing, CorrectionRequest => Nothing, flags [IfMatch], problems [WrongState];

    /// Drops or refuses a pledge whose signature is not confirmed.
    RefuseContribution { contribution_id: ContributionId } Post "/contributions/{contribution_id}/refusal" query Nothing, CorrectionRequest => Nothing, flags [IfMatch], problems [WrongState];

    /// What the last check of the ledger found.
    GetLedgerCheck { fund_id: FundId } Get "/funds/{fund_id}/ledger-check" query Nothing, Nothing => LedgerCheck, flags [], problems [];

    /// Checks the ledger now: every cached balance and every rule is derived again from the journal.
    RunLedgerCheck { fund_id: FundId } Post "/funds/{fund_id}/ledger-check" query Nothing, Nothing => LedgerCheck, flags [], problems [];
}
