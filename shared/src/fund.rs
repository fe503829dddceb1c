//! The fund's money: contributions, receipts, allocations, the journal, and what is left (M20–M25, M52, M60, M61).

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::ids::{
    AgreementId, AllocationId, CallId, ContributionId, EntryId, FundId, OrganisationId, ProposalId, RateId, ReceiptId,
};
use crate::money::{Money, Rate};
use crate::people::{FundRef, NAME_MAX_CHARS, OrganisationRef, check_text};
use crate::problem::{Code, FieldError};
use crate::rates::SOURCE_MAX_CHARS;
use crate::time::{Date, Timestamp};

pub mod corrections;
mod earmark;
mod split;

pub use earmark::{EARMARK_MAX, Earmark, GrantUse, Terms};
pub use split::{Part, Share, SplitMethod, Turn, by_donor, split, split_in_turns};

crate::words! {
    /// An account of the ledger. Receivable, cash, disbursed and accepted spend are debit balances, the others credit
    /// balances.
    Account {
        /// Signed by donors and not received yet, at the budget rate.
        Receivable = "receivable",
        /// Money in the bank.
        Cash = "cash",
        /// Uncommitted (M21).
        Headroom = "headroom",
        /// Set aside for administration (M20).
        Administration = "administration",
        /// Set aside as reserve (M20).
        Reserve = "reserve",
        /// Approved, not signed.
        Reserved = "reserved",
        /// Signed agreements.
        Committed = "committed",
        /// Paid to recipients.
        Disbursed = "disbursed",
        /// Paid beyond the final amount and given up: a use of the money for good.
        WrittenOff = "written_off",
        /// Accepted spend of recipients; a memo account, with [`Account::AdvancesCleared`] against it.
        AcceptedSpend = "accepted_spend",
        /// What accepted spend clears of the advances: advance outstanding = disbursed − accepted spend.
        AdvancesCleared = "advances_cleared",
    }
}

impl Account {
    /// Whether a positive balance of this account is a debit.
    #[must_use]
    pub const fn is_debit(self) -> bool {
        matches!(self, Self::Receivable | Self::Cash | Self::Disbursed | Self::AcceptedSpend)
    }

    /// The balance as people say it: positive when the account holds what it is for.
    #[must_use]
    pub const fn natural(self, balance_minor: i64) -> i64 {
        if self.is_debit() { balance_minor } else { -balance_minor }
    }
}

crate::words! {
    /// What happened, in the journal.
    EntryKind {
        /// A donor signed a contribution.
        Contribution = "contribution",
        /// Money of a donor arrived.
        Receipt = "receipt",
        /// Money was set aside.
        Allocation = "allocation",
        /// An approved decision reserved money (M23).
        Reservation = "reservation",
        /// A reservation was given back (M23).
        Release = "release",
        /// A signed agreement turned a reservation into a commitment (M23).
        Commitment = "commitment",
        /// A disbursement was paid.
        Disbursement = "disbursement",
        /// A paid disbursement came back from the bank, whole (M61).
        DisbursementReversal = "disbursement_reversal",
        /// A recipient paid money back (M43, M61).
        Refund = "refund",
        /// An agreement closed: what it does not need went back to headroom (M43, M61).
        Decommitment = "decommitment",
        /// Spend of a recipient was accepted (M41).
        Expenditure = "expenditure",
        /// Accepted spend was taken back.
        ExpenditureReversal = "expenditure_reversal",
        /// What a recipient owes was given up.
        WriteOff = "write_off",
        /// A contribution ended: the rest of it does not come (M22).
        Termination = "termination",
        /// A receipt was booked wrongly.
        ReceiptReversal = "receipt_reversal",
        /// Money was set aside wrongly, or is freed again.
        AllocationReversal = "allocation_reversal",
    }
}

crate::words! {
    /// How far a contribution is (DOMAIN §2).
    ContributionState {
        /// Recorded, not binding.
        Pledged = "pledged",
        /// Binding.
        Signed = "signed",
        /// Some of it has arrived.
        PartlyReceived = "partly_received",
        /// All of it has arrived.
        Received = "received",
        /// Ended: the rest of it does not come (M22).
        Terminated = "terminated",
        /// Recorded, and refused before it was binding.
        Refused = "refused",
    }
}

crate::words! {
    /// How far a receipt or an allocation is: two persons book it (M70).
    BookingState {
        /// Recorded by one person.
        Prepared = "prepared",
        /// Confirmed by another, and in the journal.
        Confirmed = "confirmed",
        /// Dropped before it was booked.
        Cancelled = "cancelled",
        /// Booked, and reversed since.
        Reversed = "reversed",
    }
}

crate::words! {
    /// What money is set aside for (M20).
    Purpose {
        /// Running the fund.
        Administration = "administration",
        /// A reserve.
        Reserve = "reserve",
    }
}

impl Purpose {
    /// The account that holds it.
    #[must_use]
    pub const fn account(self) -> Account {
        match self {
            Self::Administration => Account::Administration,
            Self::Reserve => Account::Reserve,
        }
    }
}

// --- what is left (M20, M21) ---

/// What the fund, and one call of it, can still give. All amounts in the fund's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Position {
    /// Contributions − administration − reserve (M20).
    pub allocable: Money,
    /// Approved, not signed.
    pub reserved: Money,
    /// Signed agreements.
    pub committed: Money,
    /// Allocable − reserved − committed (M21).
    pub headroom: Money,
    /// Left over and kept by earmarks for other grants (M24); not part of the headroom.
    pub earmarked: Money,
    /// The call's envelope; none when no call is asked about.
    pub envelope: Option<Money>,
    /// The envelope − the call's reserved and committed.
    pub envelope_left: Option<Money>,
}

/// A limit that an amount would break, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Shortfall {
    /// [`Code::EnvelopeExceeded`], [`Code::InsufficientHeadroom`] or, when earmarks keep what would
    /// suffice for other grants, [`Code::EarmarkedElsewhere`].
    pub code: Code,
    /// How much is missing.
    pub missing: Money,
}

impl Position {
    /// What can still be approved: the smaller of headroom and what the envelope has left.
    #[must_use]
    pub fn available(&self) -> Money {
        match self.envelope_left {
            Some(left) if left.minor() < self.headroom.minor() => left,
            _ => self.headroom,
        }
    }

    /// The limit that `amount` breaks by most, if any (M21). A tie names the envelope.
    #[must_use]
    pub fn shortfall(&self, amount: Money) -> Option<Shortfall> {
        let missing = amount.checked_sub(self.available()).ok().filter(|missing| missing.is_positive())?;
        let is_envelope = self.envelope_left == Some(self.available());
        let is_earmarked = missing.minor() <= self.earmarked.minor();
        let code = match (is_envelope, is_earmarked) {
            (true, _) => Code::EnvelopeExceeded,
            (false, true) => Code::EarmarkedElsewhere,
            (false, false) => Code::InsufficientHeadroom,
        };
        Some(Shortfall { code, missing })
    }
}

// --- receipts (M52) ---

/// A receipt's booking (M20, M52). Amounts in the fund's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptBooking {
    /// What arrived, at the bank's rate.
    pub cash: Money,
    /// What it clears of the receivable, at the budget rate.
    pub receivable: Money,
    /// Cash − receivable: a gain, or a loss when negative.
    pub gain: Money,
    /// Whether the contribution is complete with it.
    pub is_last: bool,
}

/// Books a receipt against its contribution. The receipt that completes the signed amount clears
/// the receivable exactly, so that no rounding stays behind.
///
/// # Errors
/// [`Code::AboveSigned`] when more arrives than was signed, [`Code::CurrencyMismatch`],
/// [`Code::AmountRange`].
pub fn book_receipt(
    amount: Money,
    bank_rate: Rate,
    budget_rate: Rate,
    signed: Money,
    received: Money,
    receivable: Money,
) -> Result<ReceiptBooking, Code> {
    let left = signed.checked_sub(received)?;
    let after = left.checked_sub(amount)?;
    if after.minor() < 0 {
        return Err(Code::AboveSigned);
    }
    let is_last = after.minor() == 0;
    let cash = bank_rate.to_eur(amount)?;
    let at_budget = budget_rate.to_eur(amount)?;
    // Rounded parts may run ahead of the rounded whole: never clear more than is there.
    let clears = if is_last || at_budget.minor() > receivable.minor() { receivable } else { at_budget };
    Ok(ReceiptBooking { cash, receivable: clears, gain: cash.checked_sub(clears)?, is_last })
}

// --- what travels ---

/// A person, as a step's history names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Step {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A donor's part of something, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DonorAmount {
    /// The donor.
    pub donor: OrganisationRef,
    /// Its part, in the fund's currency.
    pub amount: Money,
}

crate::words! {
    /// A line of the fund's status.
    LineKey {
        /// Arrived from donors, at the bank's rate.
        Received = "received",
        /// Signed and not arrived, at the budget rate.
        Receivable = "receivable",
        /// Set aside for administration.
        Administration = "administration",
        /// Set aside as reserve.
        Reserve = "reserve",
        /// Approved, not signed.
        Reserved = "reserved",
        /// Signed agreements.
        Committed = "committed",
        /// Paid and given up.
        WrittenOff = "written_off",
        /// Uncommitted.
        Headroom = "headroom",
        /// Paid to recipients.
        Disbursed = "disbursed",
        /// In the bank.
        Cash = "cash",
    }
}

/// A figure, and the postings that it sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Line {
    /// Which figure.
    pub key: LineKey,
    /// The amount, in the fund's currency.
    pub amount: Money,
    /// The account whose postings it sums.
    pub account: Account,
    /// Only postings of entries of this kind, and of their reversals; none for all.
    pub kind: Option<EntryKind>,
}

/// One donor in the fund's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DonorStatus {
    /// The donor.
    pub donor: OrganisationRef,
    /// What it signed and paid, per currency of its own.
    pub own: Vec<OwnCurrency>,
    /// What it signed, in the fund's currency at the budget rate: its share.
    pub signed: Money,
    /// Its part of every figure.
    pub lines: Vec<Line>,
}

/// A donor's contributions in one of its currencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OwnCurrency {
    /// Signed.
    pub signed: Money,
    /// Received.
    pub received: Money,
    /// Booked for it, minus what the budget rate would have given, in the fund's currency (M52).
    pub gain: Money,
}

/// What became of donors' money: of those whose statement the reader may see, and of the fund as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DonorStatement {
    /// The day up to which it counts; none for now.
    pub as_of: Option<Date>,
    /// Per donor, by code.
    pub donors: Vec<DonorStatus>,
    /// The same figures of the whole fund: the statements of all donors sum to them (M3).
    pub whole: Vec<Line>,
    /// What all donors signed, in the fund's currency at the budget rate.
    pub signed: Money,
}

/// Whose statement, up to when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// One donor; none for all that the reader may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_id: Option<OrganisationId>,
    /// The last posting date that counts; none for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
}

/// One call in the fund's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CallStatus {
    /// The call.
    pub call_id: CallId,
    /// Its code.
    pub code: String,
    /// Its title in English.
    pub title_en: String,
    /// Its title in French.
    pub title_fr: String,
    /// The most it may give.
    pub envelope: Money,
    /// Approved, not signed.
    pub reserved: Money,
    /// Signed agreements.
    pub committed: Money,
    /// Paid to recipients.
    pub disbursed: Money,
    /// Envelope − reserved − committed.
    pub left: Money,
}

/// The fund's status: sources, uses and balance; per donor; per call. Every figure is a sum over
/// the journal (M25), and each list of lines sums to its total (M3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FundStatus {
    /// The fund.
    pub fund_id: FundId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Above this a payment needs the head of desk as well (M70).
    pub second_approval_above: Money,
    /// How approvals are split over donors (M60).
    pub split_method: SplitMethod,
    /// The day up to which it counts; none for now.
    pub as_of: Option<Date>,
    /// Received and receivable.
    pub sources: Vec<Line>,
    /// Administration, reserve, reserved, committed, headroom.
    pub uses: Vec<Line>,
    /// What the sources and the uses each sum to.
    pub total: Money,
    /// Received, disbursed, and the cash between them.
    pub cash: Vec<Line>,
    /// What is left.
    pub position: Position,
    /// Per donor, by code.
    pub donors: Vec<DonorStatus>,
    /// Per call, by code.
    pub calls: Vec<CallStatus>,
    /// Per call, what was approved without money; nothing is booked of it, so there is none for a past day.
    pub waiting: Vec<CallWaiting>,
}

/// A call's contingent decisions that wait for money (M23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CallWaiting {
    /// The call.
    pub call_id: CallId,
    /// How many.
    pub count: i64,
    /// How much, in the fund's currency.
    pub amount: Money,
}

/// Name the fund. Its currency is the euro, which rates are quoted against (M50).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FundDraft {
    /// Short and unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Above this a payment needs the head of desk as well (M70).
    pub second_approval_above: Money,
    /// How approvals are split over donors (M60); for good, so that all grants follow one rule.
    pub split_method: SplitMethod,
}

impl FundDraft {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/name", &self.name, NAME_MAX_CHARS);
        check_text(&mut errors, "/code", &self.code, CODE_MAX_CHARS);
        check_amount(&mut errors, "/second_approval_above", self.second_approval_above, Some(Currency::EUR));
        errors
    }
}

/// The longest code of a fund, in characters.
pub const CODE_MAX_CHARS: usize = 20;

/// The day up to which the status counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusQuery {
    /// The last posting date that counts; none for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
}

/// Which call's envelope to measure against.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PositionQuery {
    /// The call; none for the fund alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The proposal, with its call: then earmarks count as they do for it (M24).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal_id: Option<ProposalId>,
}

/// A donor's contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Contribution {
    /// Its id.
    pub id: ContributionId,
    /// The donor.
    pub donor: OrganisationRef,
    /// The donor's or the fund's own reference; unique.
    pub reference: String,
    /// How far it is.
    pub state: ContributionState,
    /// In the donor's currency.
    pub signed: Money,
    /// Units of the donor's currency per 1 EUR (M50, M51).
    pub budget_rate: Rate,
    /// Where that rate is from; empty for euros.
    pub rate_source: String,
    /// The approved rate of the table that it is (M50).
    pub rate_id: Option<RateId>,
    /// In the fund's currency at the budget rate: the donor's share is by this (M60).
    pub signed_eur: Money,
    /// Received so far, in the donor's currency.
    pub received: Money,
    /// What it was booked as (M52).
    pub received_eur: Money,
    /// Booked minus what the budget rate would have given (M52).
    pub gain: Money,
    /// Still to come, at the budget rate.
    pub receivable: Money,
    /// What will not come, since it was terminated; in the donor's currency (M22).
    pub terminated: Money,
    /// What it is not promised to yet; could still be terminated, as far as it is to come (M22).
    pub headroom: Money,
    /// What it may be used for (M24).
    pub earmark: Earmark,
    /// The calls that the earmark names, by their codes.
    pub earmark_calls: Vec<String>,
    /// Promised from this day on; open when none.
    pub valid_from: Option<Date>,
    /// Promised until this day; open when none.
    pub valid_until: Option<Date>,
    /// The day of the pledge.
    pub pledged_on: Date,
    /// The day of the signature.
    pub signed_on: Option<Date>,
    /// Who recorded it.
    pub prepared_by: Step,
    /// Who confirmed the signature: another person (M70).
    pub signed_by: Option<Step>,
    /// The reader recorded it, so another person must sign (M70).
    pub is_own: bool,
    /// For `If-Match`.
    pub version: i64,
}

/// Record a pledged contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContributionDraft {
    /// The donor: an organisation that funds.
    pub donor_id: OrganisationId,
    /// Unique.
    pub reference: String,
    /// In the donor's currency.
    pub signed: Money,
    /// Units of that currency per 1 EUR; 1 for euros.
    pub budget_rate: Rate,
    /// Where a rate that is not of the table is from.
    #[serde(default)]
    pub rate_source: String,
    /// The approved budget rate of the table that it is, of the day of the pledge or before (M50, M51).
    #[serde(default)]
    pub rate_id: Option<RateId>,
    /// The day of the pledge.
    pub pledged_on: Date,
    /// What it may be used for (M24).
    #[serde(default)]
    pub earmark: Earmark,
    /// Promised from this day on; open when none.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// Promised until this day; open when none.
    #[serde(default)]
    pub valid_until: Option<Date>,
}

/// The longest reference, in characters.
pub const REFERENCE_MAX_CHARS: usize = 80;

/// The longest reason or condition, in characters.
pub const REASON_MAX_CHARS: usize = 1_000;

/// A positive amount (M5) in the expected currency, if one is expected.
pub fn check_amount(errors: &mut Vec<FieldError>, pointer: &str, amount: Money, expected: Option<Currency>) {
    if let Some(expected) = expected.filter(|expected| *expected != amount.currency()) {
        errors.push(FieldError::new(pointer, Code::CurrencyMismatch).with("expected", expected));
    } else if !amount.is_positive() {
        errors.push(FieldError::new(pointer, Code::AmountNotPositive));
    }
}

/// The euro is 1 to 1; no other rate is.
fn check_rate(errors: &mut Vec<FieldError>, pointer: &str, rate: Rate, currency: Currency) {
    if currency == Currency::EUR && rate != Rate::ONE {
        errors.push(FieldError::new(pointer, Code::NotAChoice).with("expected", 1));
    }
}

/// A day not before the one that it rests on: money arrives after the signature, comes back after it was paid
/// (M31).
pub fn check_not_before(errors: &mut Vec<FieldError>, pointer: &str, day: Date, first: Date) {
    if day < first {
        errors.push(FieldError::new(pointer, Code::DateTooEarly).with("min", first));
    }
}

/// A rate that is used is of the table, or it says where it is from (M50); euros have none.
fn check_rate_source(errors: &mut Vec<FieldError>, source: &str, rate_id: Option<RateId>, currency: Currency) {
    if currency == Currency::EUR {
        if rate_id.is_some() {
            errors.push(FieldError::new("/rate_id", Code::NotAChoice));
        }
    } else if rate_id.is_none() {
        check_text(errors, "/rate_source", source, SOURCE_MAX_CHARS);
    }
}

/// A day that has come, in a year that can be locked (M71).
pub fn check_past(errors: &mut Vec<FieldError>, pointer: &str, day: Date, today: Date) {
    if day > today {
        errors.push(FieldError::new(pointer, Code::DateInFuture).with("max", today));
    }
    check_not_before(errors, pointer, day, Date::FIRST);
}

impl ContributionDraft {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/reference", &self.reference, REFERENCE_MAX_CHARS);
        check_amount(&mut errors, "/signed", self.signed, None);
        check_rate(&mut errors, "/budget_rate", self.budget_rate, self.signed.currency());
        check_rate_source(&mut errors, &self.rate_source, self.rate_id, self.signed.currency());
        if errors.is_empty() && !self.budget_rate.to_eur(self.signed).is_ok_and(Money::is_positive) {
            errors.push(FieldError::new("/signed", Code::AmountRange));
        }
        self.earmark.check(&mut errors);
        if self.valid_from.zip(self.valid_until).is_some_and(|(from, until)| until < from) {
            errors.push(FieldError::new("/valid_until", Code::DateOrder));
        }
        errors
    }
}

/// Confirm that the donor has signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignContributionRequest {
    /// The day of the signature: the posting date.
    pub signed_on: Date,
}

/// Which contributions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContributionQuery {
    /// Of one donor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_id: Option<OrganisationId>,
    /// In one state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ContributionState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ContributionId>,
}

/// Money that arrived on a contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// The contribution's reference.
    pub reference: String,
    /// The donor.
    pub donor: OrganisationRef,
    /// How far it is.
    pub state: BookingState,
    /// In the donor's currency.
    pub amount: Money,
    /// Units of the donor's currency per 1 EUR, as the bank did it (M51).
    pub bank_rate: Rate,
    /// Where that rate is from; empty for euros.
    pub rate_source: String,
    /// The approved rate of the table that it is (M50).
    pub rate_id: Option<RateId>,
    /// Booked in the fund's currency.
    pub eur: Money,
    /// Booked minus what the budget rate gives; a loss when negative (M52).
    pub gain: Money,
    /// The day it arrived: the posting date.
    pub received_on: Date,
    /// The bank's reference; unique.
    pub bank_reference: String,
    /// Who recorded it.
    pub prepared_by: Step,
    /// Who confirmed it: another person (M70).
    pub confirmed_by: Option<Step>,
    /// The reader recorded it, so another person must confirm (M70).
    pub is_own: bool,
    /// For `If-Match`.
    pub version: i64,
}

/// Record money that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiptDraft {
    /// In the contribution's currency.
    pub amount: Money,
    /// Units of that currency per 1 EUR, as the bank did it; 1 for euros.
    pub bank_rate: Rate,
    /// Where a rate that is not of the table is from: the bank's advice.
    #[serde(default)]
    pub rate_source: String,
    /// The approved bank rate of the table that it is, of the day on which the money arrived (M50, M51).
    #[serde(default)]
    pub rate_id: Option<RateId>,
    /// The day it arrived.
    pub received_on: Date,
    /// The bank's reference; unique.
    pub bank_reference: String,
}

impl ReceiptDraft {
    /// What is wrong with the request, field by field. `currency` is the contribution's.
    #[must_use]
    pub fn errors(&self, currency: Currency, today: Date) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_amount(&mut errors, "/amount", self.amount, Some(currency));
        check_rate(&mut errors, "/bank_rate", self.bank_rate, currency);
        check_rate_source(&mut errors, &self.rate_source, self.rate_id, currency);
        check_past(&mut errors, "/received_on", self.received_on, today);
        check_text(&mut errors, "/bank_reference", &self.bank_reference, REFERENCE_MAX_CHARS);
        errors
    }
}

/// Which receipts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiptQuery {
    /// Of one donor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_id: Option<OrganisationId>,
    /// On one contribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_id: Option<ContributionId>,
    /// In one state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<BookingState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ReceiptId>,
}

/// Money set aside for administration or as reserve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Allocation {
    /// Its id.
    pub id: AllocationId,
    /// What for.
    pub purpose: Purpose,
    /// In the fund's currency.
    pub amount: Money,
    /// The posting date.
    pub posted_on: Date,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: BookingState,
    /// Who recorded it.
    pub prepared_by: Step,
    /// Who confirmed it: another person (M70).
    pub confirmed_by: Option<Step>,
    /// The reader recorded it, so another person must confirm (M70).
    pub is_own: bool,
    /// For `If-Match`.
    pub version: i64,
}

/// Set money aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AllocationDraft {
    /// What for.
    pub purpose: Purpose,
    /// In the fund's currency.
    pub amount: Money,
    /// The posting date.
    pub posted_on: Date,
    /// Why.
    pub reason: String,
}

impl AllocationDraft {
    /// What is wrong with the request, field by field. `currency` is the fund's.
    #[must_use]
    pub fn errors(&self, currency: Currency, today: Date) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_amount(&mut errors, "/amount", self.amount, Some(currency));
        check_past(&mut errors, "/posted_on", self.posted_on, today);
        check_text(&mut errors, "/reason", &self.reason, REASON_MAX_CHARS);
        errors
    }
}

/// Which allocations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AllocationQuery {
    /// In one state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<BookingState>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AllocationId>,
}

/// A journal entry with its postings (M25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JournalEntry {
    /// Its id, in the order of booking.
    pub id: EntryId,
    /// What happened.
    pub kind: EntryKind,
    /// The posting date.
    pub posted_on: Date,
    /// When it was booked.
    pub created_at: Timestamp,
    /// Who booked it.
    pub by: Option<String>,
    /// The entry that it reverses.
    pub reverses: Option<EntryId>,
    /// The first and last day of the locked period that it corrects (M71).
    pub corrects: Option<(Date, Date)>,
    /// Its postings; they sum to zero.
    pub postings: Vec<Posting>,
}

/// One posting: debit positive, credit negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// Debit positive, credit negative, in the fund's currency.
    pub amount: Money,
    /// The donor whose money it is (M60).
    pub donor: OrganisationRef,
    /// The contribution that it is of (M22, M24).
    pub contribution_id: ContributionId,
    /// The contribution's reference.
    pub contribution: String,
    /// The call's code.
    pub call: Option<String>,
    /// The proposal's number.
    pub proposal: Option<String>,
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
    /// The agreement's number.
    pub agreement: Option<String>,
}

/// A page of the journal, newest first, with what the filter sums to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Journal {
    /// The entries, newest first, with those of their postings that the filter matches.
    pub entries: Page<JournalEntry>,
    /// Debits − credits of all postings that the filter matches, on every page.
    pub sum: Money,
}

/// Which postings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JournalQuery {
    /// Of one account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Of entries of one kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EntryKind>,
    /// With the reversals of entries of that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<bool>,
    /// Of one donor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_id: Option<OrganisationId>,
    /// Of one contribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_id: Option<ContributionId>,
    /// Of one call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Of one agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_id: Option<AgreementId>,
    /// Posted on this day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Posted on this day or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<EntryId>,
}

crate::endpoints! {
    /// Names the fund; there is one.
    CreateFund {} Post "/funds" query Nothing, FundDraft => FundRef, flags [], problems [Duplicate];

    /// The organisations that may give money, by code.
    ListDonors { fund_id: FundId } Get "/funds/{fund_id}/donors" query Nothing, Nothing => Page<OrganisationRef>, flags [], problems [];

    /// The fund's status: sources, uses and balance, per donor and per call.
    GetFundStatus { fund_id: FundId } Get "/funds/{fund_id}/status" query StatusQuery, Nothing => FundStatus, flags [], problems [];

    /// What each donor signed and paid, in its own currency and in the fund's, and what became of it. Voters see their own organisation's and the whole.
    GetDonorStatement { fund_id: FundId } Get "/funds/{fund_id}/donor-statement" query StatementQuery, Nothing => DonorStatement, flags [], problems [];

    /// What the fund, and one call of it, can still give (M20, M21).
    GetPosition { fund_id: FundId } Get "/funds/{fund_id}/position" query PositionQuery, Nothing => Position, flags [], problems [];

    /// The contributions, newest first.
    ListContributions { fund_id: FundId } Get "/funds/{fund_id}/contributions" query ContributionQuery, Nothing => Page<Contribution>, flags [], problems [];

    /// Records a pledged contribution.
    CreateContribution { fund_id: FundId } Post "/funds/{fund_id}/contributions" query Nothing, ContributionDraft => Contribution, flags [Idempotent], problems [Duplicate];

    /// Confirms that the donor has signed: the contribution counts from now on (M20). Another person than who recorded it (M70).
    SignContribution { contribution_id: ContributionId } Post "/contributions/{contribution_id}/signature" query Nothing, SignContributionRequest => Contribution, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties];

    /// The receipts, newest first.
    ListReceipts { fund_id: FundId } Get "/funds/{fund_id}/receipts" query ReceiptQuery, Nothing => Page<Receipt>, flags [], problems [];

    /// Records money that arrived on a signed contribution.
    PrepareReceipt { contribution_id: ContributionId } Post "/contributions/{contribution_id}/receipts" query Nothing, ReceiptDraft => Receipt, flags [Idempotent], problems [WrongState, AboveSigned, BankReferenceUsed];

    /// Confirms a receipt and books it (M20, M52). Another person than who recorded it (M70).
    ConfirmReceipt { receipt_id: ReceiptId } Post "/receipts/{receipt_id}/confirmation" query Nothing, Nothing => Receipt, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties, AboveSigned, InsufficientHeadroom];

    /// Money set aside, newest first.
    ListAllocations { fund_id: FundId } Get "/funds/{fund_id}/allocations" query AllocationQuery, Nothing => Page<Allocation>, flags [], problems [];

    /// Records money to set aside for administration or as reserve.
    PrepareAllocation { fund_id: FundId } Post "/funds/{fund_id}/allocations" query Nothing, AllocationDraft => Allocation, flags [Idempotent], problems [];

    /// Confirms that money is set aside and books it, split over donors (M20, M60). Another person than who recorded it (M70).
    ConfirmAllocation { allocation_id: AllocationId } Post "/allocations/{allocation_id}/confirmation" query Nothing, Nothing => Allocation, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties, InsufficientHeadroom, NoDonorShares];

    /// The journal, newest first, filtered; with the sum of what the filter matches.
    ListJournal { fund_id: FundId } Get "/funds/{fund_id}/journal" query JournalQuery, Nothing => Journal, flags [], problems [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    proptest! {
        /// However a contribution arrives, its receivable ends at zero and cash − receivable is the gain (M52).
        #[test]
        fn m52_receipts_clear_the_receivable_exactly(
            parts in prop::collection::vec(1_i64..10_000_000, 1..12),
            budget in 1_000_000_i64..2_000_000_000_000,
            drift in 900_i64..1_100,
        ) {
            let budget_rate = Rate::from_scaled(budget).unwrap();
            let bank_rate = Rate::from_scaled(budget / 1000 * drift).unwrap();
            let signed = Money::from_minor(parts.iter().sum(), Currency::CHF);
            let mut receivable = budget_rate.to_eur(signed).unwrap();
            let mut received = Money::zero(Currency::CHF);
            for minor in &parts {
                let amount = Money::from_minor(*minor, Currency::CHF);
                let booked = book_receipt(amount, bank_rate, budget_rate, signed, received, receivable).unwrap();
                receivable = receivable.checked_sub(booked.receivable).unwrap();
                received = received.checked_add(amount).unwrap();
                prop_assert!(receivable.minor() >= 0);
                prop_assert_eq!(booked.gain, booked.cash.checked_sub(booked.receivable).unwrap());
                prop_assert_eq!(booked.is_last, received == signed);
            }
            prop_assert_eq!(receivable.minor(), 0);
        }
    }

    #[test]
    fn m20_the_golden_franc_contribution_books_at_the_banks_rate() {
        let chf = Money::parse("380000", Currency::CHF).unwrap();
        let rate = Rate::parse("0.95").unwrap();
        let booked = book_receipt(chf, rate, rate, chf, Money::zero(Currency::CHF), eur("400000")).unwrap();
        assert_eq!((booked.cash, booked.gain, booked.is_last), (eur("400000.00"), eur("0.00"), true));
        let better = Rate::parse("0.94").unwrap();
        let booked = book_receipt(chf, better, rate, chf, Money::zero(Currency::CHF), eur("400000")).unwrap();
        assert_eq!((booked.cash, booked.gain), (eur("404255.32"), eur("4255.32")));
    }

    #[test]
    fn m52_more_than_signed_never_arrives() {
        let signed = eur("100");
        let booked = book_receipt(eur("60"), Rate::ONE, Rate::ONE, signed, eur("50"), eur("50"));
        assert_eq!(booked, Err(Code::AboveSigned));
    }

    #[test]
    fn m21_the_tighter_limit_names_what_is_missing() {
        let position = |headroom: &str, left: Option<&str>| Position {
            allocable: eur("900000"),
            reserved: eur("0"),
            committed: eur("0"),
            headroom: eur(headroom),
            earmarked: eur("2000"),
            envelope: left.map(|_| eur("200000")),
            envelope_left: left.map(eur),
        };
        let short = |p: Position, amount: &str| p.shortfall(eur(amount)).map(|s| (s.code, s.missing.amount()));
        let golden = position("710000", Some("10000"));
        assert_eq!(short(golden, "60000"), Some((Code::EnvelopeExceeded, "50000.00".to_owned())));
        assert_eq!(short(golden, "10000"), None);
        let poor = position("5000", Some("10000"));
        assert_eq!(short(poor, "7000.01"), Some((Code::InsufficientHeadroom, "2000.01".to_owned())));
        assert_eq!(short(position("5000", None), "8000"), Some((Code::InsufficientHeadroom, "3000.00".to_owned())));
        // What earmarks keep for others would suffice.
        assert_eq!(short(poor, "7000"), Some((Code::EarmarkedElsewhere, "2000.00".to_owned())));
    }

    #[test]
    fn m50_the_euro_has_no_other_rate_than_one() {
        let request = ContributionDraft {
            donor_id: OrganisationId(uuid::Uuid::nil()),
            reference: "BMZ-1".to_owned(),
            signed: eur("600000"),
            budget_rate: Rate::parse("1.1").unwrap(),
            rate_source: String::new(),
            rate_id: None,
            pledged_on: Date::parse("2026-01-15").unwrap(),
            earmark: Earmark::default(),
            valid_from: None,
            valid_until: None,
        };
        assert_eq!(request.errors()[0].pointer, "/budget_rate");
        assert!(ContributionDraft { budget_rate: Rate::ONE, ..request.clone() }.errors().is_empty());
        let nothing = ContributionDraft { signed: eur("-5"), budget_rate: Rate::ONE, ..request.clone() };
        assert_eq!(nothing.errors()[0].code, Code::AmountNotPositive);
        // Any other rate says where it is from.
        let francs = ContributionDraft { signed: Money::parse("5", Currency::CHF).unwrap(), ..request };
        assert_eq!(francs.errors()[0].pointer, "/rate_source");
        let advice = ContributionDraft { rate_source: "The donor's agreement".into(), ..francs };
        assert!(advice.errors().is_empty());
    }
}
