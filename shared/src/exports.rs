//! Exports: which files there are, what they can be asked for, how a cell is written (DOMAIN §6).

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::endpoint::Nothing;
use crate::fraction::Fraction;
use crate::ids::{CallId, FundId, OrganisationId};
use crate::money::{Money, Rate};
use crate::permission::Permission;
use crate::problem::{Code, FieldError};
use crate::reviews::CallRef;
use crate::time::{Date, Timestamp};
use crate::votes::MotionState;

/// The most rows that a preview shows.
pub const PREVIEW_ROWS: usize = 20;

crate::words! {
    /// A file that can be taken.
    ExportName {
        /// What agreements committed and gave back, entry by entry.
        Commitments = "commitments",
        /// What was paid and refunded, with each donor's part.
        Disbursements = "disbursements",
        /// Every posting of the journal with its donor, in long form.
        DonorSplit = "donor_split",
        /// Sources, uses and balance.
        FundStatus = "fund_status",
        /// A call's ranking.
        Ranking = "ranking",
        /// Votes by organisation.
        Votes = "votes",
        /// Exchange rates with who entered and approved them.
        FxRates = "fx_rates",
        /// The bank's lines and the journal's cash entries, matched or not.
        Reconciliation = "reconciliation",
        /// What each donor signed and paid, in its own currency and in euros, and what became of it.
        DonorStatement = "donor_statement",
        /// What is still to be paid, tranche by tranche, with the quarter it is due in.
        TrancheForecast = "tranche_forecast",
        /// What recipients spent and finance accepted, line by line, as reported and converted.
        Expenditures = "expenditures",
        /// Signed budgets against what is accepted, category by category.
        BudgetVsActual = "budget_vs_actual",
        /// Amendments that took effect or were refused, category by category.
        Amendments = "amendments",
    }
}

crate::words! {
    /// How a file is written.
    Dialect {
        /// RFC 4180: comma between cells, decimal point.
        Standard = "standard",
        /// For Excel in German or French: semicolon, decimal comma, byte order mark.
        Excel = "excel",
    }
}

crate::words! {
    /// Something that an export can be asked for.
    Parameter {
        /// One fund.
        FundId = "fund_id",
        /// One call.
        CallId = "call_id",
        /// One donor.
        DonorId = "donor_id",
        /// Nothing posted later.
        AsOf = "as_of",
        /// Nothing earlier.
        From = "from",
        /// Nothing later.
        Until = "until",
        /// One country.
        Country = "country",
        /// Fundable or not.
        Fundable = "fundable",
        /// One state.
        State = "state",
    }
}

impl ExportName {
    /// What it can be asked for.
    #[must_use]
    pub const fn parameters(self) -> &'static [Parameter] {
        use Parameter as P;
        match self {
            Self::Commitments | Self::Disbursements | Self::DonorSplit => {
                &[P::FundId, P::CallId, P::DonorId, P::AsOf, P::From, P::Until]
            }
            Self::FundStatus | Self::DonorStatement => &[P::FundId, P::DonorId, P::AsOf],
            Self::TrancheForecast => &[P::FundId, P::CallId, P::From, P::Until],
            Self::Expenditures | Self::Amendments => &[P::FundId, P::CallId, P::AsOf, P::From, P::Until],
            Self::BudgetVsActual => &[P::FundId, P::CallId, P::AsOf],
            Self::Ranking => &[P::CallId, P::Country, P::Fundable],
            Self::Votes => &[P::CallId, P::From, P::Until, P::State],
            Self::FxRates => &[P::From, P::Until],
            Self::Reconciliation => &[P::FundId, P::From, P::Until],
        }
    }

    /// What it must be asked for.
    #[must_use]
    pub const fn required(self) -> Option<Parameter> {
        match self {
            Self::FundStatus | Self::DonorStatement | Self::Reconciliation => Some(Parameter::FundId),
            Self::Ranking => Some(Parameter::CallId),
            Self::Commitments
            | Self::Disbursements
            | Self::DonorSplit
            | Self::Votes
            | Self::FxRates
            | Self::TrancheForecast
            | Self::Expenditures
            | Self::BudgetVsActual
            | Self::Amendments => None,
        }
    }

    /// The right to see on the screen what the file holds; it is needed beside [`Permission::Export`].
    #[must_use]
    pub const fn shows(self) -> Permission {
        match self {
            Self::Commitments
            | Self::Disbursements
            | Self::TrancheForecast
            | Self::Expenditures
            | Self::BudgetVsActual
            | Self::Amendments => Permission::ReadGrant,
            Self::DonorSplit | Self::FundStatus | Self::DonorStatement => Permission::ReadFund,
            Self::Ranking => Permission::ReadScores,
            Self::Votes => Permission::ReadVotes,
            Self::FxRates | Self::Reconciliation => Permission::ReadRates,
        }
    }

    /// Whether it can hide what is another donor's, for those who may export their own donor's part and
    /// totals: the bank's texts cannot.
    #[must_use]
    pub const fn is_by_donor(self) -> bool {
        !matches!(self, Self::Reconciliation)
    }

    /// Whether it can be narrowed to the grants of one organisation, for those who may export their
    /// own only.
    #[must_use]
    pub const fn is_by_recipient(self) -> bool {
        matches!(
            self,
            Self::Commitments | Self::Disbursements | Self::Expenditures | Self::BudgetVsActual | Self::Amendments
        )
    }
}

/// What an export is asked for: the filter of the screen that it is taken from. A parameter that the
/// export does not know is refused, so that no file looks filtered and is not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// Of one fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund_id: Option<FundId>,
    /// Of one call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// One donor's part only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_id: Option<OrganisationId>,
    /// The last posting date that counts; none for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The period's first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The period's last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Only proposals for this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Only fundable proposals, or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fundable: Option<bool>,
    /// Only motions in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<MotionState>,
    /// How to write the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
}

impl ExportQuery {
    /// Whether a parameter is given.
    #[must_use]
    pub fn has(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::FundId => self.fund_id.is_some(),
            Parameter::CallId => self.call_id.is_some(),
            Parameter::DonorId => self.donor_id.is_some(),
            Parameter::AsOf => self.as_of.is_some(),
            Parameter::From => self.from.is_some(),
            Parameter::Until => self.until.is_some(),
            Parameter::Country => self.country.is_some(),
            Parameter::Fundable => self.fundable.is_some(),
            Parameter::State => self.state.is_some(),
        }
    }

    /// Forgets what an export does not know.
    pub fn retain(&mut self, name: ExportName) {
        let known = |parameter| name.parameters().contains(&parameter);
        self.fund_id = self.fund_id.filter(|_| known(Parameter::FundId));
        self.call_id = self.call_id.filter(|_| known(Parameter::CallId));
        self.donor_id = self.donor_id.filter(|_| known(Parameter::DonorId));
        self.as_of = self.as_of.filter(|_| known(Parameter::AsOf));
        self.from = self.from.filter(|_| known(Parameter::From));
        self.until = self.until.filter(|_| known(Parameter::Until));
        self.country = self.country.take().filter(|_| known(Parameter::Country));
        self.fundable = self.fundable.filter(|_| known(Parameter::Fundable));
        self.state = self.state.filter(|_| known(Parameter::State));
    }

    /// What is wrong with asking this of an export: parameters it does not know, one that is missing,
    /// a period that ends before it starts.
    #[must_use]
    pub fn errors(&self, name: ExportName) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for parameter in Parameter::ALL {
            let pointer = format!("/{parameter}");
            if self.has(*parameter) && !name.parameters().contains(parameter) {
                errors.push(FieldError::new(pointer, Code::UnknownField));
            } else if !self.has(*parameter) && name.required() == Some(*parameter) {
                errors.push(FieldError::new(pointer, Code::Required));
            }
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            errors.push(FieldError::new("/until", Code::DateOrder));
        }
        errors
    }

    /// The last day that counts: the earlier of the as-of date and the period's end.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        [self.as_of, self.until].into_iter().flatten().min()
    }

    /// As the exports page's address has it, after the `?`.
    #[must_use]
    pub fn address(&self, name: ExportName) -> String {
        let query = serde_urlencoded::to_string(self).unwrap_or_default();
        if query.is_empty() { format!("name={name}") } else { format!("name={name}&{query}") }
    }

    /// What the file is called: the export's name and its period.
    #[must_use]
    pub fn file_name(&self, name: ExportName) -> String {
        let mut text = name.as_str().to_owned();
        for (word, day) in [("from", self.from), ("until", self.until), ("as-of", self.as_of)] {
            if let Some(day) = day {
                let _ = write!(text, "_{word}-{day}");
            }
        }
        text + ".csv"
    }
}

/// A cell of a table. Its kind decides how it is written, so that nobody can forget the guard on
/// texts, or put it on a negative amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Anything that people wrote; guarded against being taken for a formula.
    Text(String),
    /// An id.
    Id(Uuid),
    /// An amount, with its currency's decimals; the currency stands in a column beside.
    Amount(Money),
    /// A whole number.
    Count(i64),
    /// An exact mean, written with two decimals.
    Mean(Fraction),
    /// An exchange rate, with the decimals that it has.
    Rate(Rate),
    /// A day.
    Date(Date),
    /// An instant, in UTC.
    Instant(Timestamp),
    /// Yes or no.
    Flag(bool),
}

/// What a spreadsheet takes for a formula at the start of a cell.
const FORMULA_STARTS: &[char] = &['=', '+', '-', '@', '\t', '\r'];

impl Cell {
    /// A text, or nothing.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A cell that may be empty.
    #[must_use]
    pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }

    /// Whether it is read as a number: then it is right-aligned.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Amount(_) | Self::Count(_) | Self::Mean(_) | Self::Rate(_))
    }

    /// As the file has it, before quoting. A text that a spreadsheet would take for a formula gets a
    /// leading `'`; numbers never do.
    #[must_use]
    pub fn written(&self, dialect: Dialect) -> String {
        let number = |text: String| match dialect {
            Dialect::Standard => text,
            Dialect::Excel => text.replace('.', ","),
        };
        match self {
            Self::Empty => String::new(),
            Self::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Id(id) => id.to_string(),
            Self::Amount(money) => number(money.amount()),
            Self::Count(count) => count.to_string(),
            Self::Mean(mean) => number(mean.two_decimals()),
            Self::Rate(rate) => number(rate.to_string()),
            Self::Date(date) => date.to_string(),
            Self::Instant(at) => at.to_string(),
            Self::Flag(true) => "true".to_owned(),
            Self::Flag(false) => "false".to_owned(),
        }
    }
}

/// What the amounts of a column sum to, per currency and, where a file has rows of several kinds, per
/// kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ControlTotal {
    /// The kind of row; empty where a file has one kind.
    pub kind: String,
    /// The column.
    pub column: String,
    /// The sum.
    pub amount: Money,
}

/// What a file must be, to be checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Manifest {
    /// Which export.
    pub name: String,
    /// The file's name.
    pub file: String,
    /// What was asked for.
    pub parameters: ExportQuery,
    /// The columns, in order.
    pub columns: Vec<String>,
    /// How many rows, without the header.
    pub rows: i64,
    /// How many bytes.
    pub bytes: i64,
    /// The control totals.
    pub totals: Vec<ControlTotal>,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
}

/// The first rows of a file with the totals of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The first rows, at most [`PREVIEW_ROWS`].
    pub first: Vec<Vec<Cell>>,
    /// The whole.
    pub manifest: Manifest,
}

/// An export that the reader may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExportKind {
    /// Which.
    pub name: ExportName,
    /// What it can be asked for.
    pub parameters: Vec<Parameter>,
    /// What it must be asked for.
    pub required: Option<Parameter>,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Choosable {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// What the reader may take, and what to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Catalogue {
    /// The exports.
    pub exports: Vec<ExportKind>,
    /// The funds, by code.
    pub funds: Vec<Choosable>,
    /// The published calls, newest first.
    pub calls: Vec<CallRef>,
    /// The donors whose parts the reader may ask for, by code.
    pub donors: Vec<Choosable>,
}

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CsvFile(
    /// RFC 4180 or the Excel dialect.
    pub String,
);

#[cfg(feature = "server")]
crate::ids::string_schema!(CsvFile, "CSV, UTF-8, with a header row", "entry_id,posted_on,amount\r\n");

crate::endpoints! {
    /// The exports that the reader may take, and what to choose from.
    ListExports {} Get "/exports" query Nothing, Nothing => Catalogue, flags [], problems [];

    /// The file. Each one that is taken is logged.
    TakeExport { name: ExportName } Get "/exports/{name}" query ExportQuery, Nothing => CsvFile, flags [Csv], problems [Invalid, TooManyRequests];

    /// The file's manifest: parameters, rows, control totals per currency, SHA-256.
    GetManifest { name: ExportName } Get "/exports/{name}/manifest" query ExportQuery, Nothing => Manifest, flags [], problems [Invalid, TooManyRequests];

    /// The file's first rows, and its manifest.
    PreviewExport { name: ExportName } Get "/exports/{name}/preview" query ExportQuery, Nothing => Preview, flags [], problems [Invalid, TooManyRequests];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Currency;
    use proptest::prelude::*;

    fn written(cell: &Cell) -> String {
        cell.written(Dialect::Standard)
    }

    #[test]
    fn a_text_cannot_become_a_formula_and_a_negative_amount_stays_a_number() {
        for start in ["=", "+", "-", "@", "\t", "\r"] {
            let text = format!("{start}1+1");
            assert_eq!(written(&Cell::text(text.as_str())), format!("'{text}"));
        }
        assert_eq!(written(&Cell::text("Ministère de la Santé")), "Ministère de la Santé");
        let refund = Cell::Amount(Money::parse("-1234567.80", Currency::EUR).unwrap());
        assert_eq!(written(&refund), "-1234567.80");
        assert_eq!(refund.written(Dialect::Excel), "-1234567,80");
        assert_eq!(written(&Cell::Amount(Money::parse("1450000", Currency::XAF).unwrap())), "1450000");
        assert_eq!(written(&Cell::Count(-3)), "-3");
    }

    #[test]
    fn m2_a_mean_is_written_with_two_decimals_and_its_dialects_point() {
        let mean = Cell::Mean(Fraction::new(59_995, 1000).unwrap());
        assert_eq!((written(&mean), mean.written(Dialect::Excel)), ("60.00".into(), "60,00".into()));
    }

    #[test]
    fn a_parameter_that_an_export_does_not_know_is_refused() {
        let day = |text| Date::parse(text).ok();
        let query = ExportQuery { from: day("2026-02-01"), until: day("2026-01-01"), ..ExportQuery::default() };
        assert_eq!(query.errors(ExportName::Commitments)[0].code, Code::DateOrder);
        let codes: Vec<_> =
            query.errors(ExportName::Ranking).into_iter().map(|e| (e.pointer, e.code)).take(3).collect();
        assert_eq!(
            codes,
            [
                ("/call_id".to_owned(), Code::Required),
                ("/from".to_owned(), Code::UnknownField),
                ("/until".to_owned(), Code::UnknownField)
            ]
        );
        assert_eq!(query.file_name(ExportName::Votes), "votes_from-2026-02-01_until-2026-01-01.csv");
    }

    proptest! {
        #[test]
        fn no_text_starts_like_a_formula(text in any::<String>(), start in prop::sample::select(FORMULA_STARTS)) {
            for text in [text.clone(), format!("{start}{text}")] {
                for dialect in Dialect::ALL {
                    let out = Cell::text(text.as_str()).written(*dialect);
                    prop_assert!(!out.starts_with(FORMULA_STARTS));
                    // Nothing is lost: at most one quote is put before it.
                    prop_assert!(out == text || out.strip_prefix('\'') == Some(text.as_str()));
                }
            }
        }

        #[test]
        fn every_amount_reads_back_as_the_same_number(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            for currency in [Currency::EUR, Currency::XAF] {
                let money = Money::from_minor(minor, currency);
                let out = Cell::Amount(money).written(Dialect::Standard);
                prop_assert_eq!(Money::parse(&out, currency).unwrap(), money);
                let out = Cell::Amount(money).written(Dialect::Excel);
                prop_assert!(out.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ','));
            }
        }
    }
}
