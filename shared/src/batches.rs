//! Payments given to the bank together: one file, recorded with its hash, and the payments instructed
//! in the same transaction.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Nothing, Page};
use crate::exports::CsvFile;
use crate::fund::Step;
use crate::ids::{AgreementId, BatchId, DisbursementId};
use crate::money::Money;
use crate::problem::{Code, FieldError};

/// The most payments in one file.
pub const PAYMENTS_MAX: usize = 100;

crate::words! {
    /// Why a payment cannot go into a file.
    Obstacle {
        /// The Desk has not verified it.
        NotVerified = "not_verified",
        /// Finance has not approved it.
        NotApproved = "not_approved",
        /// It is above the limit, and the head of desk has not approved it as well (M70).
        SecondApproval = "second_approval",
        /// The agreement is suspended or over (M32).
        Agreement = "agreement",
        /// A report that is due is not accepted (M32).
        Report = "report",
        /// The recipient owes something back that is overdue (M32).
        Recovery = "recovery",
        /// The recipient's account is not verified, or was replaced (M35).
        Account = "account",
        /// There is not enough cash for it alone (M31).
        Cash = "cash",
    }
}

/// What decides whether a payment can go into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The Desk has verified it.
    pub is_verified: bool,
    /// Finance has approved it.
    pub is_approved: bool,
    /// With the other payments of its tranche it is above the fund's limit (M70).
    pub is_above_limit: bool,
    /// The head of desk has approved it as well.
    pub is_second_approved: bool,
    /// Its agreement takes payments.
    pub is_agreement_payable: bool,
    /// The reports that its tranche waits for are accepted.
    pub is_reported: bool,
    /// The recipient owes something back that is overdue.
    pub has_overdue_recovery: bool,
    /// The account that it was prepared for is the recipient's verified one still.
    pub is_account_verified: bool,
    /// There is cash for it.
    pub is_covered: bool,
}

impl Facts {
    /// Why it cannot be paid; none when it can. The step that comes first is named alone.
    #[must_use]
    pub fn obstacles(self) -> Vec<Obstacle> {
        let step = if !self.is_verified {
            Some(Obstacle::NotVerified)
        } else if !self.is_approved {
            Some(Obstacle::NotApproved)
        } else if self.is_above_limit && !self.is_second_approved {
            Some(Obstacle::SecondApproval)
        } else {
            None
        };
        let others = [
            (!self.is_agreement_payable, Obstacle::Agreement),
            (!self.is_reported, Obstacle::Report),
            (self.has_overdue_recovery, Obstacle::Recovery),
            (!self.is_account_verified, Obstacle::Account),
            (!self.is_covered, Obstacle::Cash),
        ];
        step.into_iter().chain(others.into_iter().filter_map(|(stands, obstacle)| stands.then_some(obstacle))).collect()
    }
}

/// A payment that has not been given to the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// The payment.
    pub disbursement_id: DisbursementId,
    /// Its number.
    pub number: String,
    /// Its agreement.
    pub agreement_id: AgreementId,
    /// The recipient.
    pub recipient: String,
    /// The account, masked.
    pub account: String,
    /// In the fund's currency.
    pub amount: Money,
    /// Names it on its way through the banks.
    pub end_to_end_id: String,
    /// Why it cannot be paid; empty when it can.
    pub obstacles: Vec<Obstacle>,
}

/// What can be given to the bank, and what could not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Candidates {
    /// The payments, those that can be paid first.
    pub items: Vec<Candidate>,
    /// The cash there is; payments that the bank has already are taken off.
    pub available: Money,
}

/// A file of payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// What the file is called.
    pub file: String,
    /// How many payments.
    pub rows: i64,
    /// What they sum to.
    pub total: Money,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// Who made it.
    pub made_by: Step,
}

/// Give payments to the bank: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// The payments, at most [`PAYMENTS_MAX`], each once.
    pub disbursement_ids: Vec<DisbursementId>,
}

impl BatchRequest {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let ids: std::collections::BTreeSet<_> = self.disbursement_ids.iter().collect();
        let error = |code| vec![FieldError::new("/disbursement_ids", code)];
        if ids.is_empty() {
            error(Code::Required)
        } else if ids.len() < self.disbursement_ids.len() {
            error(Code::NotUnique)
        } else if ids.len() > PAYMENTS_MAX {
            vec![FieldError::new("/disbursement_ids", Code::TooMany).with("max", PAYMENTS_MAX)]
        } else {
            Vec::new()
        }
    }
}

/// Which files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BatchQuery {
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<BatchId>,
}

crate::endpoints! {
    /// The payments that the bank does not have, each with why it can or cannot be paid.
    ListCandidates {} Get "/batches/candidates" query Nothing, Nothing => Candidates, flags [], problems [];

    /// The files that were made, the latest first.
    ListBatches {} Get "/batches" query BatchQuery, Nothing => Page<Batch>, flags [], problems [];

    /// Makes a file for the bank and moves its payments to instructed, all or none.
    CreateBatch {} Post "/batches" query Nothing, BatchRequest => Batch, flags [Idempotent], problems [InsufficientCash, NotPayable];

    /// The file as it was made: end-to-end id, holder, account, BIC, address, amount, currency, text.
    GetBatchFile { batch_id: BatchId } Get "/batches/{batch_id}/file" query Nothing, Nothing => CsvFile, flags [Csv], problems [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m70_a_row_says_the_step_that_comes_first_and_all_else_that_stands_against_it() {
        let ready = Facts {
            is_verified: true,
            is_approved: true,
            is_above_limit: true,
            is_second_approved: true,
            is_agreement_payable: true,
            is_reported: true,
            has_overdue_recovery: false,
            is_account_verified: true,
            is_covered: true,
        };
        assert_eq!(ready.obstacles(), []);
        let waits = Facts { is_second_approved: false, is_account_verified: false, ..ready };
        assert_eq!(waits.obstacles(), [Obstacle::SecondApproval, Obstacle::Account]);
        assert_eq!(Facts { is_above_limit: false, is_account_verified: true, ..waits }.obstacles(), []);
        let new = Facts { is_verified: false, is_approved: false, is_covered: false, ..ready };
        assert_eq!(new.obstacles(), [Obstacle::NotVerified, Obstacle::Cash]);
        // What came up since it was prepared (M32).
        let late = Facts { is_reported: false, has_overdue_recovery: true, ..ready };
        assert_eq!(late.obstacles(), [Obstacle::Report, Obstacle::Recovery]);
    }

    #[test]
    fn each_payment_stands_in_a_file_once() {
        let id = DisbursementId(uuid::Uuid::from_bytes([1; 16]));
        let codes = |ids: Vec<DisbursementId>| BatchRequest { disbursement_ids: ids }.errors().first().map(|e| e.code);
        assert_eq!(codes(vec![]), Some(Code::Required));
        assert_eq!(codes(vec![id, id]), Some(Code::NotUnique));
        assert_eq!(codes(vec![id]), None);
    }
}
