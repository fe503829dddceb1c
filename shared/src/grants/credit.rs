//! What arrived with a payment on an agreement that reports in another currency (M51): told by the
//! recipient or by finance from the bank's credit advice, confirmed by another person (M70).

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::endpoint::Nothing;
use crate::fund::{REFERENCE_MAX_CHARS, Step, check_amount, check_past};
use crate::ids::DisbursementId;
use crate::money::Money;
use crate::people::check_text;
use crate::problem::{Code, FieldError};
use crate::time::Date;

/// What the recipient's bank credited for a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Credit {
    /// How much, in the agreement's reporting currency.
    pub received: Money,
    /// On which day.
    pub credited_on: Date,
    /// The credit advice's reference.
    pub reference: String,
    /// Who told it.
    pub recorded: Step,
    /// Who confirmed it; from then on it never changes.
    pub confirmed: Option<Step>,
    /// The reader told it, so another person must confirm it (M70).
    pub is_own: bool,
}

/// Tell what arrived; what was told before and is not confirmed is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreditDraft {
    /// In the agreement's reporting currency.
    pub received: Money,
    /// On which day; not before the payment's value date.
    pub credited_on: Date,
    /// The credit advice's reference.
    pub reference: String,
}

impl CreditDraft {
    /// What is wrong with the request, field by field; `paid_on` is the payment's value date.
    #[must_use]
    pub fn errors(&self, currency: Currency, paid_on: Date, today: Date) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_amount(&mut errors, "/received", self.received, Some(currency));
        check_text(&mut errors, "/reference", &self.reference, REFERENCE_MAX_CHARS);
        check_past(&mut errors, "/credited_on", self.credited_on, today);
        if self.credited_on < paid_on {
            errors.push(FieldError::new("/credited_on", Code::DateOrder).with("min", paid_on));
        }
        errors
    }
}

crate::endpoints! {
    /// Tells what the recipient's bank credited for a payment, in the reporting currency (M51).
    RecordCredit { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/credit" query Nothing, CreditDraft => super::Grant, flags [IfMatch], problems [WrongState];

    /// Confirms what arrived from the bank's credit advice. Another person than who told it (M70).
    ConfirmCredit { disbursement_id: DisbursementId } Post "/disbursements/{disbursement_id}/credit/confirmation" query Nothing, Nothing => super::Grant, flags [IfMatch], problems [WrongState, SeparationOfDuties];
}
