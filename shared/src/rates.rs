//! Exchange rates: units of a currency per 1 EUR, with date, source and four eyes (M50, M51).

use std::collections::BTreeSet;

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::fund::{REASON_MAX_CHARS, Step};
use crate::ids::RateId;
use crate::money::Rate;
use crate::people::check_text;
use crate::problem::{Code, FieldError};
use crate::time::Date;
use crate::upload::{CELL_MAX_CHARS, RowError, plain_decimal};

crate::words! {
    /// What a rate is for: three different things that never stand in for each other (M51).
    RateKind {
        /// Frozen for planning, from its day on.
        Budget = "budget",
        /// What the bank gave on that day.
        Bank = "bank",
        /// A month's average, for reports; its date is the month's first day.
        MonthlyAverage = "monthly_average",
    }
}

crate::words! {
    /// How far a rate is.
    RateState {
        /// Entered by one person.
        Entered = "entered",
        /// Approved by another: from then on it never changes.
        Approved = "approved",
        /// Taken back before approval.
        Withdrawn = "withdrawn",
    }
}

impl RateKind {
    /// The date that a rate of this kind carries for a day: the day, or the first of its month.
    #[must_use]
    pub fn date_of(self, day: Date) -> Date {
        match self {
            Self::Budget | Self::Bank => day,
            Self::MonthlyAverage => day.naive().with_day(1).map_or(day, Date::new),
        }
    }
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FxRate {
    /// Its id.
    pub id: RateId,
    /// The currency.
    pub currency: Currency,
    /// The day; the month's first for a monthly average.
    pub valid_on: Date,
    /// What it is for.
    pub kind: RateKind,
    /// Units of the currency per 1 EUR.
    pub rate: Rate,
    /// Where it comes from.
    pub source: String,
    /// How far it is.
    pub state: RateState,
    /// The approved rate that it corrects, and its value.
    pub replaces: Option<RateId>,
    /// The value that it corrects.
    pub replaced_rate: Option<Rate>,
    /// Whether an approved correction stands in its place.
    pub is_replaced: bool,
    /// Who entered it.
    pub entered_by: Step,
    /// Who approved it: another person (M70).
    pub approved_by: Option<Step>,
    /// The reader entered it, so another person must approve (M70).
    pub is_own: bool,
}

/// Enter a rate. When there is an approved one for the same currency, day and kind, it is a
/// correction of that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateDraft {
    /// The currency; not the euro, which is 1.
    pub currency: Currency,
    /// The day; any of the month for a monthly average.
    pub valid_on: Date,
    /// What it is for.
    pub kind: RateKind,
    /// Units of the currency per 1 EUR.
    pub rate: Rate,
    /// Where it comes from.
    pub source: String,
}

/// The longest source, in characters.
pub const SOURCE_MAX_CHARS: usize = 200;

impl RateDraft {
    /// What is wrong with the request, field by field. A bank's rate and a month's average are of the
    /// past; a budget rate may be of a day to come.
    #[must_use]
    pub fn errors(&self, today: Date) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.currency == Currency::EUR {
            errors.push(FieldError::new("/currency", Code::NotAChoice));
        }
        if self.kind != RateKind::Budget && self.valid_on > today {
            errors.push(FieldError::new("/valid_on", Code::DateInFuture).with("max", today));
        }
        check_text(&mut errors, "/source", &self.source, SOURCE_MAX_CHARS);
        errors
    }

    /// The date that it is stored under.
    #[must_use]
    pub fn date(&self) -> Date {
        self.kind.date_of(self.valid_on)
    }
}

/// Which rates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateQuery {
    /// Of one currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Of one kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RateKind>,
    /// In one state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RateState>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RateId>,
}

/// The rate that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RateValue {
    /// Units of the currency per 1 EUR; 1 for the euro.
    pub rate: Rate,
}

/// Approve rates that another person entered: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateApproval {
    /// The rates, at most [`crate::endpoint::PAGE_MAX`].
    pub rate_ids: Vec<RateId>,
}

/// Why something is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// Why.
    pub reason: String,
}

impl ReasonRequest {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/reason", &self.reason, REASON_MAX_CHARS);
        errors
    }
}

/// A file with rates: columns currency, date, kind, rate, source, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateUpload {
    /// The file's content: comma and decimal point, or semicolon and decimal comma.
    pub text: String,
}

/// The columns that a file with rates must have.
pub const RATE_COLUMNS: [&str; 5] = ["currency", "date", "kind", "rate", "source"];

crate::words! {
    /// What an uploaded row will do.
    RateEffect {
        /// A new rate.
        New = "new",
        /// Corrects an approved rate.
        Corrects = "corrects",
        /// The same rate is there already: nothing happens.
        Same = "same",
    }
}

/// An uploaded row and what it will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RatePreviewRow {
    /// The line in the file, the header's included.
    pub line: u64,
    /// What it says.
    pub draft: RateDraft,
    /// What it will do.
    pub effect: RateEffect,
    /// The approved rate that it corrects.
    pub replaced_rate: Option<Rate>,
}

/// What a file would do: stored only when nothing is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RatePreview {
    /// The rows that can be read.
    pub rows: Vec<RatePreviewRow>,
    /// What is wrong, by line.
    pub errors: Vec<RowError>,
}

/// How many rates a file brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RatesUploaded {
    /// Entered, for another person to approve.
    pub entered: usize,
    /// There already.
    pub same: usize,
}

/// Reads a row's cells, in the order of [`RATE_COLUMNS`].
///
/// # Errors
/// Every cell that is wrong.
pub fn read_row(line: u64, cells: [&str; 5], decimal_comma: bool, today: Date) -> Result<RateDraft, Vec<RowError>> {
    let [currency, day, kind, rate, source] = cells.map(str::trim);
    let mut errors = Vec::new();
    let mut wrong = |column: &str, code: Code| errors.push(RowError::new(line, column, code));
    let read_currency = Currency::parse(currency).map_err(|code| wrong("currency", code)).ok();
    let read_day = Date::parse(day).map_err(|code| wrong("date", code)).ok();
    let read_kind = RateKind::parse(kind);
    if read_kind.is_none() {
        wrong("kind", Code::NotAChoice);
    }
    let read_rate = Rate::parse(&plain_decimal(rate, decimal_comma)).map_err(|code| wrong("rate", code)).ok();
    if source.chars().count() > CELL_MAX_CHARS {
        wrong("source", Code::TooLong);
    }
    let (Some(currency), Some(valid_on), Some(kind), Some(rate)) = (read_currency, read_day, read_kind, read_rate)
    else {
        return Err(errors);
    };
    let draft = RateDraft { currency, valid_on, kind, rate, source: source.to_owned() };
    errors.extend(draft.errors(today).into_iter().map(|error| {
        let column = if error.pointer == "/valid_on" { "date" } else { error.pointer.trim_start_matches('/') };
        RowError { line, column: column.to_owned(), code: error.code, params: error.params }
    }));
    if errors.is_empty() { Ok(draft) } else { Err(errors) }
}

/// The lines that name a currency, day and kind for the second time.
#[must_use]
pub fn repeated(rows: &[(u64, RateDraft)]) -> Vec<RowError> {
    let mut seen = BTreeSet::new();
    rows.iter()
        .filter(|(_, draft)| !seen.insert((draft.currency, draft.date(), draft.kind)))
        .map(|(line, _)| RowError::new(*line, "", Code::NotUnique))
        .collect()
}

crate::endpoints! {
    /// Exchange rates, the latest entered first.
    ListRates {} Get "/rates" query RateQuery, Nothing => Page<FxRate>, flags [], problems [];

    /// The approved rate of exactly this currency, day and kind; a missing one is an error, never 1, never the nearest (M50).
    GetRateAt { currency: Currency, kind: RateKind, day: Date } Get "/rates/at/{currency}/{kind}/{day}" query Nothing, Nothing => RateValue, flags [], problems [RateMissing];

    /// Enters a rate; another person approves it (M50).
    AddRate {} Post "/rates" query Nothing, RateDraft => FxRate, flags [], problems [Duplicate];

    /// Approves rates that another person entered, all or none (M70).
    ApproveRates {} Post "/rates/approval" query Nothing, RateApproval => Page<FxRate>, flags [], problems [SeparationOfDuties, WrongState];

    /// Takes back or refuses a rate that is not approved.
    WithdrawRate { rate_id: RateId } Post "/rates/{rate_id}/withdrawal" query Nothing, ReasonRequest => FxRate, flags [], problems [WrongState];

    /// Says row by row what a file would do; stores nothing.
    PreviewRates {} Post "/rates/upload/preview" query Nothing, RateUpload => RatePreview, flags [], problems [];

    /// Enters the rates of a file, all or none.
    UploadRates {} Post "/rates/upload" query Nothing, RateUpload => RatesUploaded, flags [], problems [];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn m50_every_wrong_cell_of_a_row_is_named() {
        let today = day("2026-03-02");
        let good = read_row(2, ["CHF", "2026-03-01", "bank", "0,95", "ECB"], true, today).unwrap();
        assert_eq!((good.rate.to_string(), good.kind), ("0.95".into(), RateKind::Bank));
        let codes = |cells, comma| -> Vec<(String, Code)> {
            read_row(2, cells, comma, today).unwrap_err().into_iter().map(|e| (e.column, e.code)).collect()
        };
        assert_eq!(
            codes(["ABC", "1.3.2026", "spot", "0", ""], false),
            [
                ("currency".to_owned(), Code::CurrencyUnknown),
                ("date".to_owned(), Code::DateFormat),
                ("kind".to_owned(), Code::NotAChoice),
                ("rate".to_owned(), Code::AmountNotPositive),
            ]
        );
        assert_eq!(
            codes(["EUR", "2026-03-03", "bank", "1", ""], false),
            [
                ("currency".to_owned(), Code::NotAChoice),
                ("date".to_owned(), Code::DateInFuture),
                ("source".to_owned(), Code::Required),
            ]
        );
    }

    #[test]
    fn m51_a_monthly_average_is_of_its_month_whatever_the_day() {
        assert_eq!(RateKind::MonthlyAverage.date_of(day("2026-02-17")), day("2026-02-01"));
        assert_eq!(RateKind::Bank.date_of(day("2026-02-17")), day("2026-02-17"));
        let draft = |valid_on| RateDraft {
            currency: Currency::XAF,
            valid_on: day(valid_on),
            kind: RateKind::MonthlyAverage,
            rate: Rate::parse("655.957").unwrap(),
            source: "BEAC".into(),
        };
        let errors = repeated(&[(2, draft("2026-02-01")), (3, draft("2026-02-28"))]);
        assert_eq!(errors, [RowError::new(3, "", Code::NotUnique)]);
    }
}
