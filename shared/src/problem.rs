//! What can go wrong, as RFC 9457 problems with stable codes. The browser translates codes, never
//! English sentences.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal;)+) => {
        /// A stable problem code: what programs and translations rely on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The HTTP status it travels with when it is the problem as a whole.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// Reads a code.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

codes! {
    // --- the request itself ---
    /// The request is not valid JSON, or not of the expected shape.
    BadRequest = "bad_request", 400;
    /// Some fields are wrong; `errors` names each.
    Invalid = "invalid", 422;
    /// A field that this endpoint does not know.
    UnknownField = "unknown_field", 422;
    /// A required field is missing.
    Required = "required", 422;
    /// A value of the wrong type.
    WrongType = "wrong_type", 422;
    /// A text longer than allowed; `max` says how long it may be.
    TooLong = "too_long", 422;
    /// A value that is not one of the choices.
    NotAChoice = "not_a_choice", 422;
    /// Not a date or instant of the expected form.
    DateFormat = "date_format", 422;
    /// Not an e-mail address.
    EmailFormat = "email_format", 422;
    /// The end lies before the start.
    DateOrder = "date_order", 422;
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large", 413;
    /// The body must be `application/json`.
    ContentType = "content_type", 415;
    /// A request from another site.
    CrossSite = "cross_site", 403;
    /// Sign in first.
    SignInRequired = "sign_in_required", 401;
    /// Known to you, but not yours to do.
    Forbidden = "forbidden", 403;
    /// There is no such thing, or you may not know of it.
    NotFound = "not_found", 404;
    /// The method is not offered here.
    MethodNotAllowed = "method_not_allowed", 405;
    /// Somebody changed it since you read it; `version` is the present one.
    StaleVersion = "stale_version", 412;
    /// `If-Match` with the version you read is required.
    IfMatchRequired = "if_match_required", 428;
    /// `Idempotency-Key` is required.
    IdempotencyKeyRequired = "idempotency_key_required", 400;
    /// The key was used before for another request.
    IdempotencyKeyReused = "idempotency_key_reused", 409;
    /// It exists already.
    Duplicate = "duplicate", 409;
    /// The state does not allow it; `state` is the present one.
    WrongState = "wrong_state", 409;
    /// Too many tries; wait as `Retry-After` says.
    TooManyRequests = "too_many_requests", 429;
    /// It took too long.
    Timeout = "timeout", 503;
    /// The server's storage is full: nothing was written.
    StorageFull = "storage_full", 507;
    /// Our fault.
    Internal = "internal", 500;

    // --- people ---
    /// E-mail or password is wrong.
    CredentialsWrong = "credentials_wrong", 401;
    /// The password is too short; `min` says how long it must be.
    PasswordTooShort = "password_too_short", 422;
    /// The set-up or invitation link is used or expired.
    LinkExpired = "link_expired", 410;

    // --- amounts (M1–M5) ---
    /// Not a plain decimal like `1234.50`.
    AmountFormat = "amount_format", 422;
    /// More decimals than the currency has.
    AmountPrecision = "amount_precision", 422;
    /// Too large.
    AmountRange = "amount_range", 422;
    /// Must be above zero.
    AmountNotPositive = "amount_not_positive", 422;
    /// Not a currency.
    CurrencyUnknown = "currency_unknown", 422;
    /// Another currency is expected; `expected` says which.
    CurrencyMismatch = "currency_mismatch", 422;

    // --- calls ---
    /// The criteria's weights do not sum to 100; `sum` is what they sum to (S1).
    WeightsSum = "weights_sum", 422;
    /// The call is not open.
    CallNotOpen = "call_not_open", 409;
    /// The deadline has passed; the draft is kept.
    DeadlinePassed = "deadline_passed", 409;
    /// The call has two stages: a full proposal follows an invited concept note.
    ConceptFirst = "concept_first", 409;
    /// The call has one stage and takes no concept notes.
    OneStage = "one_stage", 409;
    /// After publication only a longer deadline or a larger envelope is possible.
    CallFrozen = "call_frozen", 409;
    /// The results are not released to the applicants yet (V10).
    ResultsNotReleased = "results_not_released", 409;
    /// Not an IANA time zone.
    ZoneUnknown = "zone_unknown", 422;
    /// The clocks of the zone skip this time, going forward.
    LocalTimeSkipped = "local_time_skipped", 422;
    /// The clocks of the zone show this time twice, going back.
    LocalTimeTwice = "local_time_twice", 422;
    /// A number outside its bounds; `min`, `max`.
    NumberRange = "number_range", 422;
    /// The largest value lies below the smallest; `min`.
    MinAboveMax = "min_above_max", 422;
    /// The same key, code or value twice in a list.
    NotUnique = "not_unique", 422;
    /// Not a key: lower-case letters, digits and underscores.
    KeyFormat = "key_format", 422;
    /// More entries than allowed; `max`.
    TooMany = "too_many", 422;

    // --- budget of a proposal (M6–M10) ---
    /// A category that the call does not list (M6).
    CategoryUnknown = "category_unknown", 422;
    /// The refinancing fee may not be charged to the grant (M12).
    RefinancingFeeOnGrant = "refinancing_fee_on_grant", 422;
    /// Indirect cost above the cap on direct cost; `max`, `percent` (M8).
    IndirectCap = "indirect_cap", 422;
    /// Contingency above the cap on direct cost; `max`, `percent` (M8).
    ContingencyCap = "contingency_cap", 422;
    /// The requested amount is below the call's minimum; `min` (M9).
    RequestBelowMin = "request_below_min", 422;
    /// The requested amount is above the call's maximum; `max` (M9).
    RequestAboveMax = "request_above_max", 422;
    /// The duration is above the call's maximum; `max` months (M9).
    DurationAboveMax = "duration_above_max", 422;
    /// Co-funding below the minimum share; `percent`, `missing` (M10).
    CofundingBelowMin = "cofunding_below_min", 422;
    /// The stated total differs from quantity × unit cost; `expected` (M7).
    LineTotalMismatch = "line_total_mismatch", 422;
    /// The budget has no line paid by the grant.
    BudgetEmpty = "budget_empty", 422;
    /// More words than the question allows; `max`, `words`.
    TooManyWords = "too_many_words", 422;
    /// Further from what the concept note asks than the call's tolerance; `min`, `max`, `percent`, `asked` (M11).
    FarFromConcept = "far_from_concept", 422;
    /// A required answer is missing.
    AnswerMissing = "answer_missing", 422;

    // --- review (K, S) ---
    /// Declare conflicts of interest first (K1).
    DeclarationRequired = "declaration_required", 403;
    /// The person has a conflict of interest on this proposal (K2).
    ConflictOfInterest = "conflict_of_interest", 409;
    /// A criterion has no score (S2).
    ScoreMissing = "score_missing", 422;
    /// The score is outside the scale; `max` (S1).
    ScoreRange = "score_range", 422;
    /// An extreme score needs a comment (S6).
    CommentRequired = "comment_required", 422;
    /// The suggested amount is above the request (S6).
    SuggestedAboveRequest = "suggested_above_request", 422;
    /// Not enough valid score sheets; `have`, `need` (S4).
    SheetsMissing = "sheets_missing", 409;
    /// A reason is required.
    ReasonRequired = "reason_required", 422;

    // --- vote (V) ---
    /// The voting window is shorter than the call's minimum; `min_days` (V3).
    VoteWindowShort = "vote_window_short", 422;
    /// The vote is not open.
    VoteNotOpen = "vote_not_open", 409;
    /// The organisation has voted already (V2).
    AlreadyVoted = "already_voted", 409;
    /// An alternate needs a note that the primary is unavailable (V2).
    AlternateNote = "alternate_note", 422;
    /// The motion's amount is above the request.
    AmountAboveRequest = "amount_above_request", 422;
    /// Less than the request is a partial approval; `expected` is the request.
    AmountNotWhole = "amount_not_whole", 422;
    /// The whole request is not a partial approval.
    AmountWhole = "amount_whole", 422;
    /// This outcome gives no amount.
    AmountNotForOutcome = "amount_not_for_outcome", 422;
    /// No organisation without a conflict has a vote (V5).
    NoVoters = "no_voters", 409;

    // --- money of the fund (M20–M35, M70) ---
    /// Not enough headroom; `missing` says how much (M21).
    InsufficientHeadroom = "insufficient_headroom", 409;
    /// The call's envelope would be exceeded; `missing` says how much (M21).
    EnvelopeExceeded = "envelope_exceeded", 409;
    /// Not enough cash received; `missing` says how much (M31).
    InsufficientCash = "insufficient_cash", 409;
    /// Above what remains of the agreement or tranche; `remaining` (M31).
    AboveRemaining = "above_remaining", 409;
    /// More was received than signed; `max`.
    AboveSigned = "above_signed", 422;
    /// The tranches do not sum to the agreement; `difference` (M30).
    TrancheSum = "tranche_sum", 422;
    /// The first tranche is above the cap; `max` (M30).
    FirstTrancheCap = "first_tranche_cap", 422;
    /// The retention is below the minimum; `min` (M30).
    RetentionMin = "retention_min", 422;
    /// The tranche's preconditions are not met; `reasons` (M32).
    TrancheBlocked = "tranche_blocked", 409;
    /// Another person must do this step (M70).
    SeparationOfDuties = "separation_of_duties", 403;
    /// Above the limit the head of desk must approve as well (M70).
    SecondApprovalRequired = "second_approval_required", 409;
    /// The bank reference was used before (M34).
    BankReferenceUsed = "bank_reference_used", 409;
    /// No donor share to split over (M60).
    NoDonorShares = "no_donor_shares", 409;
    /// Not an IBAN: its check digits do not fit (M35).
    IbanFormat = "iban_format", 422;
    /// Not an account number: 4 to 34 letters and digits (M35).
    AccountFormat = "account_format", 422;
    /// An IBAN or another account number, not both (M35).
    OneAccountNumber = "one_account_number", 422;
    /// Not a BIC (M35).
    BicFormat = "bic_format", 422;
    /// Not the number that was entered (M35, M70).
    AccountMismatch = "account_mismatch", 422;
    /// The recipient has no verified account (M32, M35).
    AccountNotVerified = "account_not_verified", 409;
    /// More is disallowed than was reported; `max` (M41).
    AboveReported = "above_reported", 422;
    /// A category has grown by more than the Desk may approve; `category` (M40).
    ShiftTooLarge = "shift_too_large", 409;
    /// A category has grown by more than the free band: the Desk must approve it; `category` (M40).
    ShiftApprovalRequired = "shift_approval_required", 409;
    /// Another total, purpose or country needs a new decision of the Steering Group; `expected` is the agreement's
    /// total, `difference` what is off (M40).
    DecisionRequired = "decision_required", 422;
    /// Less than what is spent in the category already; `min` (M40).
    BelowSpent = "below_spent", 422;
    /// Another amendment of the agreement is under way.
    AmendmentOpen = "amendment_open", 409;
    /// An earlier report is not accepted.
    ReportNotAccepted = "report_not_accepted", 409;
    /// A payment of the grant is on its way.
    PaymentOpen = "payment_open", 409;
    /// Money that came back on a recovery is recorded and not confirmed yet (M43).
    RefundWaits = "refund_waits", 409;
    /// The grant cannot be closed yet; `missing` says what is not so (M43).
    ClosureBlocked = "closure_blocked", 409;
    /// What is left is earmarked for other countries, calls or windows (M24); `missing` is an amount.
    EarmarkedElsewhere = "earmarked_elsewhere", 409;
    /// A day that has not come yet; `max` is today.
    DateInFuture = "date_in_future", 422;
    /// A day before what it rests on; `min` is the first that can be.
    DateTooEarly = "date_too_early", 422;

    // --- rates, periods, the bank (M50, M51, M71) ---
    /// No approved rate for this `currency`, `day` and `kind` (M50).
    RateMissing = "rate_missing", 422;
    /// Nothing has arrived with a transfer yet, so that there is no rate to convert a report with (M51).
    TransferMissing = "transfer_missing", 422;
    /// What arrived with a payment is not confirmed yet; `number` (M51, M70).
    CreditUnconfirmed = "credit_unconfirmed", 409;
    /// The day lies in a locked period, from `first_day` to `last_day` (M71).
    PeriodLocked = "period_locked", 422;
    /// The period has not ended (M71).
    PeriodNotEnded = "period_not_ended", 409;
    /// Receipts or allocations dated into the period wait to be confirmed; `count` (M71).
    BookingsWaiting = "bookings_waiting", 409;
    /// The bank's statements and the journal do not agree; `amount` is unexplained (M71).
    Unreconciled = "unreconciled", 409;
    /// The file was taken in before.
    FileTwice = "file_twice", 409;
    /// The payment cannot be given to the bank; `reasons`.
    NotPayable = "not_payable", 409;
    /// The line or the entry is matched already.
    MatchedAlready = "matched_already", 409;
    /// The file has no such column; `columns` are missing.
    ColumnsMissing = "columns_missing", 422;
    /// The row has another number of cells than the header; `expected`, `found`.
    CellsCount = "cells_count", 422;
    /// The file has no rows.
    FileEmpty = "file_empty", 422;
    /// The file was read in an encoding that it is not written in.
    FileGarbled = "file_garbled", 422;
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Where: a JSON pointer into the request, `/lines/3/unit_cost`.
    pub pointer: String,
    /// What.
    pub code: Code,
    /// Values for the message: `max`, `missing`, …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl FieldError {
    /// A field error without parameters.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: Code) -> Self {
        Self { pointer: pointer.into(), code, params: BTreeMap::new() }
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

/// An RFC 9457 problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", code.as_str())]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: Code,
    /// Values for the message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What to name when asking for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem without parameters.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            kind: format!("/problems/{}", code.as_str()),
            status: code.status(),
            code,
            params: BTreeMap::new(),
            errors: Vec::new(),
            request_id: None,
        }
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// Field errors as one problem.
    #[must_use]
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Code::Invalid) }
    }

    /// One field error as a problem.
    #[must_use]
    pub fn field(pointer: &str, code: Code) -> Self {
        Self::fields(vec![FieldError::new(pointer, code)])
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// `Ok` when nothing is wrong, else the field errors as a problem.
///
/// # Errors
/// The problem, when there are errors.
pub fn check(errors: Vec<FieldError>) -> Result<(), Problem> {
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_round_trip() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
