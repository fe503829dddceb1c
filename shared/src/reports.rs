//! Reports: what a recipient spent, against the signed or last amended budget, until it is accepted (M32, M40–M42).

pub mod conversion;

pub use conversion::{Converted, Reporting, ReportingMethod, ReportingRate, Transfer, convert_lines, months};

use serde::{Deserialize, Serialize};

use crate::calls::{CATEGORY_CONTINGENCY, CATEGORY_INDIRECT};
use crate::currency::Currency;
use crate::endpoint::Nothing;
use crate::fraction::div_round;
use crate::fund::{REASON_MAX_CHARS, Step, check_amount};
use crate::grants::Because;
use crate::ids::{AgreementId, ReportId};
use crate::money::{BasisPoints, Money};
use crate::people::{OrganisationRef, check_text};
use crate::problem::{Code, FieldError};
use crate::time::Date;

/// A category may grow by so much of its budget without asking (M40).
pub const FREE_SHIFT: BasisPoints = BasisPoints::percent(10);

/// And by so much with the Desk's approval; above that an amendment is needed (M40).
pub const DESK_SHIFT: BasisPoints = BasisPoints::percent(25);

/// The longest narrative, in characters.
pub const NARRATIVE_MAX_CHARS: usize = 10_000;

crate::words! {
    /// How far a report is (DOMAIN §2).
    ReportState {
        /// In the calendar.
        Scheduled = "scheduled",
        /// The recipient writes it.
        Draft = "draft",
        /// Handed in.
        Submitted = "submitted",
        /// Finance checks it.
        InCheck = "in_check",
        /// Finance has asked something.
        Clarification = "clarification",
        /// Accepted whole.
        Accepted = "accepted",
        /// Accepted less what is disallowed (M41).
        AcceptedWithDisallowance = "accepted_with_disallowance",
        /// Not accepted; the recipient writes it again.
        Rejected = "rejected",
    }
}

impl ReportState {
    /// Whether its spending is accepted.
    #[must_use]
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedWithDisallowance)
    }

    /// Whether it lies with the recipient.
    #[must_use]
    pub const fn is_with_recipient(self) -> bool {
        matches!(self, Self::Scheduled | Self::Draft | Self::Clarification | Self::Rejected)
    }
}

crate::words! {
    /// How far a category has grown above the signed or last amended budget (M40), mildest first.
    ShiftBand {
        /// Not at all.
        Within = "within",
        /// By at most 10 %: free.
        Free = "free",
        /// By at most 25 %: the Desk must approve it.
        Desk = "desk",
        /// By more, or a new category: needs an amendment.
        Amendment = "amendment",
        /// Indirect cost and contingency never grow.
        Never = "never",
    }
}

/// How far a category has grown: accepted so far, in all, against its budget (M40, by exact products).
#[must_use]
pub fn shift_band(category: &str, planned: Money, cumulative: Money) -> ShiftBand {
    let growth = Money::from_minor(cumulative.minor().saturating_sub(planned.minor()), planned.currency());
    if !growth.is_positive() {
        ShiftBand::Within
    } else if category == CATEGORY_INDIRECT || category == CATEGORY_CONTINGENCY {
        ShiftBand::Never
    } else if FREE_SHIFT.caps(growth, planned) {
        ShiftBand::Free
    } else if DESK_SHIFT.caps(growth, planned) {
        ShiftBand::Desk
    } else {
        ShiftBand::Amendment
    }
}

/// A signed budget: the project's total in the fund's currency over the categories, by their weight
/// in the proposal's budget. Rounded so that the parts sum to the total exactly (M3).
///
/// # Errors
/// [`Code::BudgetEmpty`] without weights.
pub fn signed_budget(weights: &[(String, i64)], total: Money) -> Result<Vec<(String, Money)>, Code> {
    let sum: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    if sum <= 0 {
        return Err(Code::BudgetEmpty);
    }
    let (mut so_far, mut given) = (0_i128, 0_i64);
    weights
        .iter()
        .filter(|(_, weight)| *weight > 0)
        .map(|(category, weight)| {
            so_far += i128::from(*weight);
            let up_to =
                i64::try_from(div_round(i128::from(total.minor()) * so_far, sum)).map_err(|_| Code::AmountRange)?;
            let part = Money::from_minor(up_to - given, total.currency());
            given = up_to;
            Ok((category.clone(), part))
        })
        .collect()
}

/// A report as the calendar plans it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedReport {
    /// First day that it covers.
    pub from: Date,
    /// Last day that it covers.
    pub to: Date,
    /// When it is due.
    pub due_on: Date,
    /// The last one: the final amount follows from it.
    pub is_final: bool,
}

/// The report calendar of a plan: one report before each tranche but the first, the last one final.
/// `dues` are the tranches' due dates in order.
#[must_use]
pub fn calendar(starts_on: Date, ends_on: Date, dues: &[Date]) -> Vec<PlannedReport> {
    let later = dues.get(1..).filter(|later| !later.is_empty()).unwrap_or(dues);
    let last = later.len().saturating_sub(1);
    let mut from = starts_on;
    later
        .iter()
        .enumerate()
        .map(|(at, due)| {
            let is_final = at == last;
            let due_on = if is_final { (*due).max(ends_on) } else { *due };
            let to = if is_final { ends_on } else { due_on.min(ends_on) }.max(from);
            let planned = PlannedReport { from, to, due_on, is_final };
            from = to.plus_days(1);
            planned
        })
        .collect()
}

/// A report in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReportSummary {
    /// Its id.
    pub id: ReportId,
    /// Its place in the calendar, from 1.
    pub number: i64,
    /// The last one: the final amount follows from it.
    pub is_final: bool,
    /// First day that it covers.
    pub from: Date,
    /// Last day that it covers.
    pub to: Date,
    /// When it is due.
    pub due_on: Date,
    /// How far it is.
    pub state: ReportState,
    /// Due, and still with the recipient: this blocks the next tranche (M32).
    pub is_overdue: bool,
    /// What was spent, as reported, in the currency that the recipient reports in.
    pub reported: Money,
    /// Eligible cost in the fund's currency, rounding difference included, once accepted (M41, M53).
    pub accepted: Option<Money>,
    /// The grant's share of it (M42).
    pub share: Option<Money>,
}

/// A line of a report: one category of the budget. Amounts are project cost; what was reported
/// and disallowed is in the currency that the recipient reports in, all else in the fund's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReportLine {
    /// The category.
    pub category: String,
    /// As signed or last amended; once the report is accepted, as it was then (M40).
    pub planned: Money,
    /// Accepted in earlier reports.
    pub before: Money,
    /// Reported for this period.
    pub reported: Money,
    /// What finance does not accept of it (M41).
    pub disallowed: Money,
    /// Why.
    pub disallowed_reason: String,
    /// Reported − disallowed, converted; none while there is no rate (M51).
    pub accepted: Option<Money>,
    /// Before + accepted.
    pub cumulative: Money,
    /// How far the category has grown (M40).
    pub band: ShiftBand,
    /// What the recipient says about it.
    pub note: String,
}

crate::words! {
    /// What the reader can do with a report now.
    ReportAction {
        /// Write it.
        Edit = "edit",
        /// Hand it in.
        Submit = "submit",
        /// Check it and disallow.
        Check = "check",
        /// Ask the recipient.
        Ask = "ask",
        /// Approve shifts for the Desk.
        ApproveShift = "approve_shift",
        /// Accept it.
        Accept = "accept",
        /// Reject it.
        Reject = "reject",
    }
}

/// A report with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Report {
    /// The report as lists name it.
    pub summary: ReportSummary,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement: String,
    /// The recipient.
    pub organisation: OrganisationRef,
    /// What was done, in the recipient's words.
    pub narrative: String,
    /// What finance asks, or why it was rejected.
    pub remark: String,
    /// A line for each category of the budget.
    pub lines: Vec<ReportLine>,
    /// In which currency the recipient reports, when it is not the fund's (M51).
    pub reporting: Option<Reporting>,
    /// What converts it: as frozen when the report was accepted, or as it would be now (M51).
    pub rate: Option<ReportingRate>,
    /// Why there is none yet.
    pub rate_missing: Option<FieldError>,
    /// The project's signed cost: the sum of the lines' plans, which no amendment changes.
    pub planned: Money,
    /// The sum of what is disallowed, in the currency that the recipient reports in.
    pub disallowed: Money,
    /// What rounding the lines leaves of the converted total; no line has it (M53).
    pub rounding: Money,
    /// The same of the reports accepted before.
    pub rounding_before: Money,
    /// The lines' accepted cost and the rounding: what this report accepts in all; none while there is
    /// no rate.
    pub accepted: Option<Money>,
    /// The lines' cumulative cost and all rounding.
    pub cumulative: Money,
    /// The grant's share of it, were it accepted now (M42).
    pub cumulative_share: Money,
    /// The strongest band of its lines (M40).
    pub band: ShiftBand,
    /// Who handed it in.
    pub submitted: Option<Step>,
    /// Who checked it.
    pub checked: Option<Step>,
    /// Who approved its shifts for the Desk.
    pub shift_approved: Option<Step>,
    /// Who accepted it.
    pub accepted_by: Option<Step>,
    /// What the reader can do now.
    pub actions: Vec<ReportAction>,
    /// For `If-Match`.
    pub version: i64,
}

/// What was spent in a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LineDraft {
    /// A category of the budget.
    pub category: String,
    /// What was spent in the period, as project cost in the currency that the recipient reports in; zero
    /// or more.
    pub reported: Money,
    /// What is to be said about it; may be empty.
    pub note: String,
}

/// Save a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportDraft {
    /// What was done; may be empty while it is a draft.
    pub narrative: String,
    /// Categories that are not named have no spending.
    pub lines: Vec<LineDraft>,
}

impl ReportDraft {
    /// What is wrong with the request, field by field; `categories` are those of the budget,
    /// `currency` is the one that the recipient reports in.
    #[must_use]
    pub fn errors(&self, categories: &[&str], currency: Currency) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.narrative.chars().count() > NARRATIVE_MAX_CHARS {
            errors.push(FieldError::new("/narrative", Code::TooLong).with("max", NARRATIVE_MAX_CHARS));
        }
        for (at, line) in self.lines.iter().enumerate() {
            let pointer = |field: &str| format!("/lines/{at}/{field}");
            if !categories.contains(&line.category.as_str()) {
                errors.push(FieldError::new(pointer("category"), Code::CategoryUnknown));
            }
            if self.lines[..at].iter().any(|earlier| earlier.category == line.category) {
                errors.push(FieldError::new(pointer("category"), Code::NotUnique));
            }
            if line.reported.currency() != currency {
                errors.push(FieldError::new(pointer("reported"), Code::CurrencyMismatch).with("expected", currency));
            } else if line.reported.minor() < 0 {
                errors.push(FieldError::new(pointer("reported"), Code::AmountNotPositive));
            }
            if line.note.chars().count() > REASON_MAX_CHARS {
                errors.push(FieldError::new(pointer("note"), Code::TooLong).with("max", REASON_MAX_CHARS));
            }
        }
        errors
    }
}

/// What is not accepted of a line (M41).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Disallowance {
    /// The line's category.
    pub category: String,
    /// At most what was reported.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// The check of a report: what is disallowed, all of it; none when everything is eligible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportCheck {
    /// One per line at most.
    pub disallowances: Vec<Disallowance>,
}

impl ReportCheck {
    /// What is wrong with the request, field by field: each names a line, at most what was reported
    /// there, and a reason (M41).
    #[must_use]
    pub fn errors(&self, lines: &[ReportLine], currency: Currency) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (at, item) in self.disallowances.iter().enumerate() {
            let pointer = |field: &str| format!("/disallowances/{at}/{field}");
            check_amount(&mut errors, &pointer("amount"), item.amount, Some(currency));
            check_text(&mut errors, &pointer("reason"), &item.reason, REASON_MAX_CHARS);
            match lines.iter().find(|line| line.category == item.category) {
                None => errors.push(FieldError::new(pointer("category"), Code::CategoryUnknown)),
                Some(line) if item.amount.minor() > line.reported.minor() => {
                    errors.push(FieldError::new(pointer("amount"), Code::AboveReported).with("max", line.reported));
                }
                Some(_) => {}
            }
            if self.disallowances[..at].iter().any(|earlier| earlier.category == item.category) {
                errors.push(FieldError::new(pointer("category"), Code::NotUnique));
            }
        }
        errors
    }
}

crate::endpoints! {
    /// A report with its lines against the signed or last amended budget.
    GetReport { report_id: ReportId } Get "/reports/{report_id}" query Nothing, Nothing => Report, flags [], problems [];

    /// Saves a report that lies with the recipient.
    SaveReport { report_id: ReportId } Put "/reports/{report_id}" query Nothing, ReportDraft => Report, flags [IfMatch], problems [WrongState];

    /// Hands a report in.
    SubmitReport { report_id: ReportId } Post "/reports/{report_id}/submission" query Nothing, Nothing => Report, flags [IfMatch], problems [WrongState];

    /// Checks a report and says what is disallowed (M41). Another person than who handed it in (M70).
    CheckReport { report_id: ReportId } Post "/reports/{report_id}/check" query Nothing, ReportCheck => Report, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Asks the recipient something about a report.
    AskReport { report_id: ReportId } Post "/reports/{report_id}/question" query Nothing, Because => Report, flags [IfMatch], problems [WrongState];

    /// Approves for the Desk that categories have grown by more than the free band (M40).
    ApproveShift { report_id: ReportId } Post "/reports/{report_id}/shift-approval" query Nothing, Nothing => Report, flags [IfMatch], problems [WrongState];

    /// Accepts a report and books the grant's share of it (M40, M42). A third person (M70).
    AcceptReport { report_id: ReportId } Post "/reports/{report_id}/acceptance" query Nothing, Nothing => Report, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties, ShiftTooLarge, ShiftApprovalRequired, PaymentOpen, ReportNotAccepted, RateMissing, TransferMissing, CreditUnconfirmed];

    /// Rejects a report; the recipient writes it again.
    RejectReport { report_id: ReportId } Post "/reports/{report_id}/rejection" query Nothing, Because => Report, flags [IfMatch], problems [WrongState, SeparationOfDuties];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn m40_the_bands_of_a_shift() {
        use ShiftBand as B;
        for (category, planned, cumulative, expected) in [
            ("staff", "40000", "40000.00", B::Within),
            ("staff", "40000", "40000.01", B::Free),
            ("staff", "40000", "44000.00", B::Free),
            ("staff", "40000", "44000.01", B::Desk),
            ("staff", "40000", "50000.00", B::Desk),
            ("staff", "40000", "50000.01", B::Amendment),
            ("staff", "0", "0.01", B::Amendment),
            ("indirect", "7000", "7000.00", B::Within),
            ("indirect", "7000", "7000.01", B::Never),
            ("contingency", "5000", "5000.01", B::Never),
            ("contingency", "0", "0.00", B::Within),
        ] {
            assert_eq!(
                shift_band(category, eur(planned), eur(cumulative)),
                expected,
                "{category} {planned} {cumulative}"
            );
        }
    }

    #[test]
    fn m32_a_report_before_each_tranche_but_the_first_and_the_last_is_final() {
        let dues = [day("2026-04-01"), day("2026-11-01"), day("2027-09-01")];
        let planned = calendar(day("2026-03-15"), day("2027-09-14"), &dues);
        let shown: Vec<String> =
            planned.iter().map(|r| format!("{} {} {} {}", r.from, r.to, r.due_on, r.is_final)).collect();
        assert_eq!(shown, ["2026-03-15 2026-11-01 2026-11-01 false", "2026-11-02 2027-09-14 2027-09-14 true"]);
        let alone = calendar(day("2026-03-15"), day("2026-06-14"), &dues[..1]);
        assert_eq!((alone.len(), alone[0].is_final, alone[0].due_on), (1, true, day("2026-06-14")));
        assert_eq!(calendar(day("2026-03-15"), day("2026-06-14"), &[]), []);
    }

    #[test]
    fn m41_a_disallowance_names_its_line_its_amount_and_a_reason() {
        let line = ReportLine {
            category: "travel".into(),
            planned: eur("10"),
            before: eur("0"),
            reported: eur("5"),
            disallowed: eur("0"),
            disallowed_reason: String::new(),
            accepted: Some(eur("5")),
            cumulative: eur("5"),
            band: ShiftBand::Within,
            note: String::new(),
        };
        let wrong = |category: &str, amount: &str, reason: &str| {
            let check = ReportCheck {
                disallowances: vec![Disallowance {
                    category: category.into(),
                    amount: eur(amount),
                    reason: reason.into(),
                }],
            };
            check.errors(std::slice::from_ref(&line), Currency::EUR).into_iter().map(|e| e.code).collect::<Vec<_>>()
        };
        assert_eq!(wrong("travel", "5", "No receipt"), []);
        assert_eq!(wrong("travel", "5.01", "No receipt"), [Code::AboveReported]);
        assert_eq!(wrong("travel", "0", "No receipt"), [Code::AmountNotPositive]);
        assert_eq!(wrong("travel", "1", " "), [Code::Required]);
        assert_eq!(wrong("staff", "1", "No receipt"), [Code::CategoryUnknown]);
    }

    proptest! {
        #[test]
        fn m3_a_signed_budget_sums_to_the_project_total(weights in proptest::collection::vec(0_i64..1_000_000_000, 1..13), total in 1_i64..1_000_000_000) {
            let named: Vec<(String, i64)> = weights.iter().enumerate().map(|(n, w)| (n.to_string(), *w)).collect();
            let total = Money::from_minor(total, Currency::EUR);
            if weights.iter().sum::<i64>() == 0 {
                prop_assert_eq!(signed_budget(&named, total), Err(Code::BudgetEmpty));
            } else {
                let parts = signed_budget(&named, total).unwrap();
                prop_assert!(parts.iter().all(|(_, part)| part.minor() >= 0));
                prop_assert_eq!(Money::sum(Currency::EUR, parts.into_iter().map(|(_, part)| part)).unwrap(), total);
            }
        }

        /// A calendar covers the agreement without gap or overlap.
        #[test]
        fn m32_the_calendar_covers_every_day_once(days in 1_i64..2_000, dues in proptest::collection::vec(0_i64..2_000, 1..8)) {
            let start = day("2026-01-01");
            let ends_on = start.plus_days(days);
            let mut dues: Vec<Date> = dues.into_iter().map(|d| start.plus_days(d)).collect();
            dues.sort_unstable();
            let planned = calendar(start, ends_on, &dues);
            prop_assert_eq!(planned.len(), dues.len().saturating_sub(1).max(1));
            prop_assert_eq!(planned[0].from, start);
            for pair in planned.windows(2) {
                prop_assert_eq!(pair[0].to.plus_days(1), pair[1].from);
                prop_assert!(!pair[0].is_final && pair[0].due_on <= pair[1].due_on);
            }
            prop_assert!(planned.iter().all(|r| r.from <= r.to));
            prop_assert!(planned.last().unwrap().is_final);
        }
    }
}
