//! Amendments of a signed agreement: a new budget by category at the same total, through the hands of the Desk,
//! finance, the head of desk and the recipient (M40, M70; DOMAIN §2).

use serde::{Deserialize, Serialize};

use crate::calls::{CATEGORY_CONTINGENCY, CATEGORY_INDIRECT, CATEGORY_REFINANCING_FEE};
use crate::endpoint::Nothing;
use crate::fund::{REASON_MAX_CHARS, Step};
use crate::grants::{AgreementState, Because};
use crate::ids::{AgreementId, AmendmentId};
use crate::money::{BasisPoints, Money};
use crate::people::{OrganisationRef, check_text};
use crate::permission::Permission;
use crate::problem::{Code, FieldError};

/// The most categories that a budget has.
pub const AMENDED_LINES_MAX: usize = 100;

crate::words! {
    /// What an amendment changes.
    AmendmentKind {
        /// The budget by category, at the same total.
        Reallocation = "reallocation",
        /// The purpose or the country.
        Scope = "scope",
        /// The total.
        CostChange = "cost_change",
    }
}

impl AmendmentKind {
    /// Whether it needs a vote of the Steering Group, and so a new decision: no amendment can do it.
    #[must_use]
    pub const fn needs_decision(self) -> bool {
        matches!(self, Self::Scope | Self::CostChange)
    }
}

crate::words! {
    /// How far an amendment is (DOMAIN §2).
    AmendmentState {
        /// Somebody writes it.
        Draft = "draft",
        /// Handed in.
        Submitted = "submitted",
        /// The Desk has checked it.
        DeskOk = "desk_ok",
        /// Finance has approved it.
        FinanceOk = "finance_ok",
        /// The head of desk has signed it.
        Signed = "signed",
        /// The recipient has signed it too: its budget counts.
        Effective = "effective",
        /// Refused or dropped, with a reason.
        Refused = "refused",
    }
}

crate::words! {
    /// A step of an amendment, named by what somebody does.
    AmendmentStep {
        /// Who wrote it hands it in.
        Submit = "submit",
        /// The Desk checks it.
        Check = "check",
        /// Finance approves it.
        Approve = "approve",
        /// The head of desk signs it for the fund.
        Sign = "sign",
        /// The recipient signs it: it takes effect.
        Countersign = "countersign",
    }
}

impl AmendmentState {
    /// The step that it waits for; none at its end.
    #[must_use]
    pub const fn next(self) -> Option<AmendmentStep> {
        match self {
            Self::Draft => Some(AmendmentStep::Submit),
            Self::Submitted => Some(AmendmentStep::Check),
            Self::DeskOk => Some(AmendmentStep::Approve),
            Self::FinanceOk => Some(AmendmentStep::Sign),
            Self::Signed => Some(AmendmentStep::Countersign),
            Self::Effective | Self::Refused => None,
        }
    }

    /// Whether it is under way: an agreement has one such amendment at a time.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.next().is_some()
    }
}

impl AmendmentStep {
    /// The state that it leads to.
    #[must_use]
    pub const fn to(self) -> AmendmentState {
        match self {
            Self::Submit => AmendmentState::Submitted,
            Self::Check => AmendmentState::DeskOk,
            Self::Approve => AmendmentState::FinanceOk,
            Self::Sign => AmendmentState::Signed,
            Self::Countersign => AmendmentState::Effective,
        }
    }

    /// The right that it needs; whoever holds it may refuse instead.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Submit => Permission::WriteAmendment,
            Self::Check => Permission::CheckAmendment,
            Self::Approve => Permission::ApproveAmendment,
            Self::Sign => Permission::SignAmendment,
            Self::Countersign => Permission::SignAgreement,
        }
    }
}

/// A person's part in an amendment (M70).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Wrote it, for either side.
    pub is_writer: bool,
    /// Wrote it for the fund.
    pub is_writer_for_fund: bool,
    /// Checked, approved or signed it for the fund.
    pub has_acted: bool,
}

impl Part {
    /// Whether another person must do a step: who wrote, checks, approves and signs are different persons. The
    /// recipient may sign what it asked for itself, but nobody signs for it who has acted for the fund.
    #[must_use]
    pub const fn excludes(self, step: AmendmentStep) -> bool {
        match step {
            AmendmentStep::Submit => false,
            AmendmentStep::Check | AmendmentStep::Approve | AmendmentStep::Sign => self.is_writer || self.has_acted,
            AmendmentStep::Countersign => self.is_writer_for_fund || self.has_acted,
        }
    }
}

/// A category of a budget as an amendment finds it, in the fund's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BudgetedCategory {
    /// The category.
    pub category: String,
    /// As signed.
    pub signed: Money,
    /// As last amended before this one; as signed where nothing was amended.
    pub last: Money,
    /// Accepted in reports so far.
    pub spent: Money,
}

/// What an amendment starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Basis {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement: String,
    /// How far it is.
    pub state: AgreementState,
    /// The recipient.
    pub organisation: OrganisationRef,
    /// What the project costs in all; no amendment changes it.
    pub total: Money,
    /// The budget, in its order.
    pub lines: Vec<BudgetedCategory>,
    /// The categories that the call lists and the budget has not.
    pub others: Vec<String>,
    /// Indirect cost ≤ this share of direct cost (M8).
    pub indirect_cap: BasisPoints,
    /// Contingency ≤ this share of direct cost (M8).
    pub contingency_cap: BasisPoints,
    /// The amendment that is under way.
    pub open: Option<AmendmentId>,
}

/// A category of a new budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AmendedCategory {
    /// The category: one of the budget's, or another one that the call lists.
    pub category: String,
    /// What it may cost from now on; zero or more.
    pub planned: Money,
}

/// Write an amendment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AmendmentDraft {
    /// What it changes.
    pub kind: AmendmentKind,
    /// Why.
    pub reason: String,
    /// The whole new budget; categories that are not named have nothing.
    pub lines: Vec<AmendedCategory>,
}

/// What a new budget comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmendedTotals {
    /// The sum of the categories.
    pub planned: Money,
    /// The agreement's total − that sum: zero when the budget fits.
    pub difference: Money,
    /// All but indirect cost and contingency.
    pub direct: Money,
    /// The most that indirect cost may be (M8).
    pub indirect_max: Money,
    /// The most that contingency may be (M8).
    pub contingency_max: Money,
}

impl Basis {
    fn line(&self, category: &str) -> Option<&BudgetedCategory> {
        self.lines.iter().find(|line| line.category == category)
    }

    /// What a category has before the amendment.
    #[must_use]
    pub fn last(&self, category: &str) -> Money {
        self.line(category).map_or(Money::zero(self.total.currency()), |line| line.last)
    }

    fn direct(&self, amounts: impl IntoIterator<Item = (bool, Money)>) -> Result<Money, Code> {
        let direct = amounts.into_iter().filter(|(is_direct, _)| *is_direct).map(|(_, amount)| amount);
        Money::sum(self.total.currency(), direct)
    }

    /// What a new budget comes to.
    ///
    /// # Errors
    /// [`Code::CurrencyMismatch`], [`Code::AmountRange`].
    pub fn totals(&self, lines: &[AmendedCategory]) -> Result<AmendedTotals, Code> {
        let planned = Money::sum(self.total.currency(), lines.iter().map(|line| line.planned))?;
        let direct = self.direct(lines.iter().map(|line| (is_direct(&line.category), line.planned)))?;
        Ok(AmendedTotals {
            planned,
            difference: self.total.checked_sub(planned)?,
            direct,
            indirect_max: self.indirect_cap.of_floor(direct),
            contingency_max: self.contingency_cap.of_floor(direct),
        })
    }
}

fn is_direct(category: &str) -> bool {
    category != CATEGORY_INDIRECT && category != CATEGORY_CONTINGENCY
}

impl AmendmentDraft {
    /// What is wrong with a draft, field by field: a draft need not fit yet.
    #[must_use]
    pub fn draft_errors(&self, basis: &Basis) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.kind.needs_decision() {
            let error = FieldError::new("/kind", Code::DecisionRequired);
            errors.push(error.with("expected", basis.total));
        }
        if self.reason.chars().count() > REASON_MAX_CHARS {
            errors.push(FieldError::new("/reason", Code::TooLong).with("max", REASON_MAX_CHARS));
        }
        if self.lines.len() > AMENDED_LINES_MAX {
            errors.push(FieldError::new("/lines", Code::TooMany).with("max", AMENDED_LINES_MAX));
            return errors;
        }
        for (at, line) in self.lines.iter().enumerate() {
            let pointer = |field: &str| format!("/lines/{at}/{field}");
            if basis.line(&line.category).is_none() && !basis.others.contains(&line.category) {
                errors.push(FieldError::new(pointer("category"), Code::CategoryUnknown));
            }
            if self.lines[..at].iter().any(|earlier| earlier.category == line.category) {
                errors.push(FieldError::new(pointer("category"), Code::NotUnique));
            }
            if line.planned.currency() != basis.total.currency() {
                let expected = basis.total.currency();
                errors.push(FieldError::new(pointer("planned"), Code::CurrencyMismatch).with("expected", expected));
            } else if line.planned.minor() < 0 {
                errors.push(FieldError::new(pointer("planned"), Code::AmountNotPositive));
            }
        }
        errors
    }

    /// What is wrong with an amendment that is to be handed in or to take effect: a reason, the same total, what
    /// is spent is covered, and indirect cost and contingency do not pass their caps (M8, M40).
    #[must_use]
    pub fn errors(&self, basis: &Basis) -> Vec<FieldError> {
        let mut errors = self.draft_errors(basis);
        if self.reason.trim().is_empty() {
            check_text(&mut errors, "/reason", &self.reason, REASON_MAX_CHARS);
        }
        if errors.iter().any(|error| error.pointer.starts_with("/lines")) {
            return errors;
        }
        match self.rule_errors(basis) {
            Ok(broken) => errors.extend(broken),
            Err(code) => errors.push(FieldError::new("/lines", code)),
        }
        errors
    }

    fn rule_errors(&self, basis: &Basis) -> Result<Vec<FieldError>, Code> {
        let mut errors = Vec::new();
        let totals = basis.totals(&self.lines)?;
        let direct_before = basis.direct(basis.lines.iter().map(|line| (is_direct(&line.category), line.last)))?;
        if totals.difference.minor() != 0 {
            errors.push(
                FieldError::new("/lines", Code::DecisionRequired)
                    .with("expected", basis.total)
                    .with("difference", totals.difference),
            );
        }
        for line in &basis.lines {
            let at = self.lines.iter().position(|new| new.category == line.category);
            let planned = at.map_or(0, |at| self.lines[at].planned.minor());
            // What has grown within its band stays as it is; nothing is cut below what is spent.
            if planned < line.spent.minor() && planned < line.last.minor() {
                let pointer = at.map_or("/lines".to_owned(), |at| format!("/lines/{at}/planned"));
                errors.push(FieldError::new(pointer, Code::BelowSpent).with("min", line.spent));
            }
        }
        for (at, line) in self.lines.iter().enumerate() {
            let pointer = format!("/lines/{at}/planned");
            let has_grown = line.planned.minor() > basis.last(&line.category).minor();
            let (cap, code, max) = match line.category.as_str() {
                CATEGORY_INDIRECT => (basis.indirect_cap, Code::IndirectCap, totals.indirect_max),
                CATEGORY_CONTINGENCY => (basis.contingency_cap, Code::ContingencyCap, totals.contingency_max),
                CATEGORY_REFINANCING_FEE if has_grown => {
                    errors.push(FieldError::new(pointer, Code::RefinancingFeeOnGrant));
                    continue;
                }
                _ => continue,
            };
            // A budget that was signed a cent above by rounding may stay, it may not get worse.
            let is_worse = has_grown || totals.direct.minor() < direct_before.minor();
            if is_worse && !cap.caps(line.planned, totals.direct) {
                errors.push(FieldError::new(pointer, code).with("max", max).with("percent", cap));
            }
        }
        Ok(errors)
    }
}

/// An amendment in the list of its grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AmendmentSummary {
    /// Its id.
    pub id: AmendmentId,
    /// Its place among the agreement's amendments, from 1.
    pub number: i64,
    /// What it changes.
    pub kind: AmendmentKind,
    /// How far it is.
    pub state: AmendmentState,
    /// The sum of what its categories gain.
    pub moved: Money,
    /// Who began it.
    pub created: Step,
    /// When the last signature brought it into effect.
    pub effective: Option<Step>,
}

crate::words! {
    /// What the reader can do with an amendment now.
    AmendmentAction {
        /// Write it.
        Edit = "edit",
        /// Do the step that it waits for.
        Advance = "advance",
        /// Refuse it, or drop a draft.
        Refuse = "refuse",
    }
}

/// An amendment with what it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Amendment {
    /// The amendment as lists name it.
    pub summary: AmendmentSummary,
    /// What it starts from; with what is spent by now.
    pub basis: Basis,
    /// The new budget, in its order.
    pub lines: Vec<AmendedCategory>,
    /// Why.
    pub reason: String,
    /// Who handed it in.
    pub submitted: Option<Step>,
    /// Who checked it for the Desk.
    pub checked: Option<Step>,
    /// Who approved it for finance.
    pub approved: Option<Step>,
    /// Who signed it for the fund.
    pub signed: Option<Step>,
    /// Who refused or dropped it.
    pub refused: Option<Step>,
    /// Why.
    pub refusal: String,
    /// The reader had a part in it, so that another person must do the next step (M70).
    pub is_own: bool,
    /// What the reader can do now.
    pub actions: Vec<AmendmentAction>,
    /// For `If-Match`.
    pub version: i64,
}

crate::endpoints! {
    /// The budget of an agreement: as signed, as last amended, spent so far; what an amendment starts from.
    GetGrantBudget { agreement_id: AgreementId } Get "/grants/{agreement_id}/budget" query Nothing, Nothing => Basis, flags [], problems [];

    /// Begins an amendment; one at a time for each agreement. Another total, purpose or country needs a new decision.
    CreateAmendment { agreement_id: AgreementId } Post "/grants/{agreement_id}/amendments" query Nothing, AmendmentDraft => Amendment, flags [Idempotent], problems [WrongState, AmendmentOpen];

    /// An amendment: the budget before and after, and who has done what.
    GetAmendment { amendment_id: AmendmentId } Get "/amendments/{amendment_id}" query Nothing, Nothing => Amendment, flags [], problems [];

    /// Saves a draft.
    SaveAmendment { amendment_id: AmendmentId } Put "/amendments/{amendment_id}" query Nothing, AmendmentDraft => Amendment, flags [IfMatch], problems [WrongState];

    /// Hands a draft in (M8, M40).
    SubmitAmendment { amendment_id: AmendmentId } Post "/amendments/{amendment_id}/submission" query Nothing, Nothing => Amendment, flags [IfMatch], problems [WrongState];

    /// Checks an amendment for the Desk. Another person than who wrote it (M70).
    CheckAmendment { amendment_id: AmendmentId } Post "/amendments/{amendment_id}/check" query Nothing, Nothing => Amendment, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Approves an amendment for finance. A third person (M70).
    ApproveAmendment { amendment_id: AmendmentId } Post "/amendments/{amendment_id}/approval" query Nothing, Nothing => Amendment, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Signs an amendment for the fund. A fourth person (M70).
    SignAmendment { amendment_id: AmendmentId } Post "/amendments/{amendment_id}/signature" query Nothing, Nothing => Amendment, flags [IfMatch], problems [WrongState, SeparationOfDuties];

    /// Signs an amendment for the recipient: its budget is the agreement's from then on (M40).
    CountersignAmendment { amendment_id: AmendmentId } Post "/amendments/{amendment_id}/countersignature" query Nothing, Nothing => Amendment, flags [IfMatch, Idempotent], problems [WrongState, SeparationOfDuties];

    /// Refuses an amendment for whom it waits for, or drops a draft.
    RefuseAmendment { amendment_id: AmendmentId } Post "/amendments/{amendment_id}/refusal" query Nothing, Because => Amendment, flags [IfMatch], problems [WrongState];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Currency;
    use crate::ids::OrganisationId;
    use crate::permission::{Role, Scope};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    /// Staff 90 000, travel 20 000 of which 12 000 are spent, indirect 7 700, contingency 2 300.
    fn basis() -> Basis {
        let line = |category: &str, last: &str, spent: &str| BudgetedCategory {
            category: category.into(),
            signed: eur(last),
            last: eur(last),
            spent: eur(spent),
        };
        Basis {
            agreement_id: AgreementId(Uuid::nil()),
            agreement: "GA-1".into(),
            state: AgreementState::Active,
            organisation: OrganisationRef { id: OrganisationId(Uuid::nil()), code: "A".into(), name: "A".into() },
            total: eur("120000"),
            lines: vec![
                line("staff", "90000", "0"),
                line("travel", "20000", "12000"),
                line("indirect", "7700", "0"),
                line("contingency", "2300", "0"),
            ],
            others: vec!["training".into()],
            indirect_cap: BasisPoints::percent(7),
            contingency_cap: BasisPoints::percent(5),
            open: None,
        }
    }

    fn draft(lines: &[(&str, &str)]) -> AmendmentDraft {
        let line = |(category, planned): &(&str, &str)| AmendedCategory {
            category: (*category).into(),
            planned: eur(planned),
        };
        AmendmentDraft {
            kind: AmendmentKind::Reallocation,
            reason: "Fewer journeys".into(),
            lines: lines.iter().map(line).collect(),
        }
    }

    fn broken(lines: &[(&str, &str)]) -> Vec<(String, Code)> {
        draft(lines).errors(&basis()).into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    fn one(pointer: &str, code: Code) -> Vec<(String, Code)> {
        vec![(pointer.to_owned(), code)]
    }

    #[test]
    fn an_amendment_goes_from_hand_to_hand() {
        use AmendmentState as S;
        let mut state = S::Draft;
        let mut way = vec![state];
        let mut hands = Vec::new();
        while let Some(step) = state.next() {
            assert!(state.is_open());
            hands.push(step.permission());
            state = step.to();
            way.push(state);
        }
        assert_eq!(way, [S::Draft, S::Submitted, S::DeskOk, S::FinanceOk, S::Signed, S::Effective]);
        assert!(!S::Effective.is_open() && !S::Refused.is_open() && S::Refused.next().is_none());
        let holders = |right: Permission| -> Vec<(Role, Scope)> {
            let scopes = Role::ALL.iter().map(|role| (*role, role.scope(right)));
            scopes.filter(|(_, scope)| *scope > Scope::Nothing).collect()
        };
        let held: Vec<_> = hands.into_iter().map(holders).collect();
        let expected = [
            vec![(Role::DeskOfficer, Scope::All), (Role::ApplicantLead, Scope::Own)],
            vec![(Role::DeskOfficer, Scope::All)],
            vec![(Role::FinanceApprover, Scope::All)],
            vec![(Role::HeadOfDesk, Scope::All)],
            vec![(Role::ApplicantLead, Scope::Own)],
        ];
        assert_eq!(held, expected);
    }

    #[test]
    fn m70_who_wrote_or_acted_for_the_fund_does_not_go_on() {
        use AmendmentStep as S;
        let writer = Part { is_writer: true, ..Part::default() };
        let desk = Part { is_writer: true, is_writer_for_fund: true, has_acted: false };
        let acted = Part { has_acted: true, ..Part::default() };
        for (part, step, expected) in [
            (Part::default(), S::Check, false),
            (writer, S::Submit, false),
            (writer, S::Check, true),
            (writer, S::Approve, true),
            (writer, S::Sign, true),
            // The recipient signs what it asked for.
            (writer, S::Countersign, false),
            (desk, S::Check, true),
            (desk, S::Countersign, true),
            (acted, S::Approve, true),
            (acted, S::Sign, true),
            (acted, S::Countersign, true),
        ] {
            assert_eq!(part.excludes(step), expected, "{part:?} {step}");
        }
    }

    #[test]
    fn m40_a_reallocation_keeps_the_total_to_the_cent() {
        let rest = [("travel", "20000"), ("indirect", "7700"), ("contingency", "2300")];
        let with = |staff: &str| {
            let lines: Vec<_> = [("staff", staff)].into_iter().chain(rest).collect();
            draft(&lines).errors(&basis())
        };
        assert_eq!(with("90000"), []);
        for (staff, difference) in [("90000.01", "EUR -0.01"), ("89999.99", "EUR 0.01")] {
            let found = with(staff);
            assert_eq!((found[0].pointer.as_str(), found[0].code), ("/lines", Code::DecisionRequired));
            assert_eq!(found[0].params["difference"], difference);
            assert_eq!(found[0].params["expected"], "EUR 120000.00");
        }
    }

    #[test]
    fn m40_a_new_category_must_be_one_of_the_calls() {
        let rest = [("travel", "15000"), ("indirect", "7700"), ("contingency", "2300")];
        let with = |category: &str| {
            let lines: Vec<_> = [("staff", "90000"), (category, "5000")].into_iter().chain(rest).collect();
            broken(&lines)
        };
        assert_eq!(with("training"), []);
        assert_eq!(with("catering"), one("/lines/1/category", Code::CategoryUnknown));
        assert_eq!(with("staff"), one("/lines/1/category", Code::NotUnique));
    }

    #[test]
    fn m8_m40_indirect_and_contingency_do_not_pass_their_caps() {
        // Direct 107 700: 7 539.00 of indirect cost, 5 385.00 of contingency.
        let indirect = |indirect: &str, staff: &str| {
            broken(&[("staff", staff), ("travel", "20000"), ("indirect", indirect), ("contingency", "2300")])
        };
        assert_eq!(indirect("7700", "90000"), [], "7 % of 110 000");
        assert_eq!(indirect("7700.01", "89999.99"), one("/lines/2/planned", Code::IndirectCap));
        assert_eq!(indirect("0", "97700"), []);
        let contingency = |contingency: &str, staff: &str| {
            broken(&[("staff", staff), ("travel", "20000"), ("contingency", contingency), ("indirect", "7000")])
        };
        assert_eq!(contingency("5380.95", "87619.05"), [], "5 % of 107 619.05 is 5 380.9525");
        assert_eq!(contingency("5380.96", "87619.04"), one("/lines/2/planned", Code::ContingencyCap));
        // More contingency leaves less direct cost, and so less room for what stays as it was.
        let squeezed =
            broken(&[("staff", "89000"), ("travel", "20000"), ("indirect", "7700"), ("contingency", "3300")]);
        assert_eq!(squeezed, one("/lines/2/planned", Code::IndirectCap));
    }

    #[test]
    fn m8_a_budget_signed_above_a_cap_by_rounding_may_stay_but_not_get_worse() {
        let mut basis = basis();
        basis.lines[0].last = eur("89999.99");
        basis.lines[2].last = eur("7700.01");
        let errors = |lines: &[(&str, &str)]| draft(lines).errors(&basis).len();
        let rest = [("indirect", "7700.01"), ("contingency", "2300")];
        let moved: Vec<_> = [("staff", "91999.99"), ("travel", "18000")].into_iter().chain(rest).collect();
        assert_eq!(errors(&moved), 0);
        assert_eq!(
            errors(&[("staff", "89999.98"), ("travel", "20000"), ("indirect", "7700.02"), ("contingency", "2300")]),
            1
        );
    }

    #[test]
    fn m40_nothing_is_cut_below_what_is_spent() {
        let travel = |travel: &str, staff: &str| {
            broken(&[("staff", staff), ("travel", travel), ("indirect", "7700"), ("contingency", "2300")])
        };
        assert_eq!(travel("12000", "98000"), []);
        assert_eq!(travel("11999.99", "98000.01"), one("/lines/1/planned", Code::BelowSpent));
        assert_eq!(
            broken(&[("staff", "110000"), ("indirect", "7700"), ("contingency", "2300")]),
            one("/lines", Code::BelowSpent)
        );
        // What has grown within its band need not be made up for.
        let mut grown = basis();
        grown.lines[1].spent = eur("21000");
        let same = draft(&[("staff", "90000"), ("travel", "20000"), ("indirect", "7700"), ("contingency", "2300")]);
        assert_eq!(same.errors(&grown), []);
    }

    #[test]
    fn m12_the_refinancing_fee_does_not_grow() {
        let mut basis = basis();
        basis.others.push(CATEGORY_REFINANCING_FEE.into());
        let lines = [
            ("staff", "89000"),
            (CATEGORY_REFINANCING_FEE, "1000"),
            ("travel", "20000"),
            ("indirect", "7700"),
            ("contingency", "2300"),
        ];
        let found = draft(&lines).errors(&basis);
        assert_eq!((found.len(), found[0].code), (1, Code::RefinancingFeeOnGrant));
    }

    #[test]
    fn another_total_purpose_or_country_needs_a_decision() {
        let whole = [("staff", "90000"), ("travel", "20000"), ("indirect", "7700"), ("contingency", "2300")];
        for kind in AmendmentKind::ALL {
            let found = AmendmentDraft { kind: *kind, ..draft(&whole) }.draft_errors(&basis());
            assert_eq!(found.iter().any(|e| e.code == Code::DecisionRequired), *kind != AmendmentKind::Reallocation);
        }
    }

    #[test]
    fn a_draft_may_be_unfinished_but_is_not_handed_in_so() {
        let unfinished = AmendmentDraft { reason: String::new(), ..draft(&[("staff", "1")]) };
        assert_eq!(unfinished.draft_errors(&basis()), []);
        let codes: Vec<_> = unfinished.errors(&basis()).into_iter().map(|e| e.code).collect();
        assert_eq!(codes, [Code::Required, Code::DecisionRequired, Code::BelowSpent]);
        let foreign = AmendedCategory { category: "staff".into(), planned: Money::parse("1", Currency::CHF).unwrap() };
        let foreign = AmendmentDraft { lines: vec![foreign], ..unfinished };
        assert_eq!(foreign.draft_errors(&basis())[0].code, Code::CurrencyMismatch);
    }

    proptest! {
        /// The maxima that the form shows are exactly the amounts that pass (M4, M8).
        #[test]
        fn m8_the_shown_maxima_are_the_exact_ones(direct in 1_i64..100_000_000_000, cap in 0_i32..10_000) {
            let basis = Basis { indirect_cap: BasisPoints(cap), ..basis() };
            let lines = [AmendedCategory { category: "staff".into(), planned: Money::from_minor(direct, Currency::EUR) }];
            let totals = basis.totals(&lines).unwrap();
            prop_assert_eq!(totals.direct.minor(), direct);
            prop_assert!(basis.indirect_cap.caps(totals.indirect_max, totals.direct));
            let more = Money::from_minor(totals.indirect_max.minor() + 1, Currency::EUR);
            prop_assert!(!basis.indirect_cap.caps(more, totals.direct));
        }
    }
}
