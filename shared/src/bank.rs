//! The bank: statements taken in as CSV, and their reconciliation with the journal's cash entries.

use std::collections::{BTreeMap, BTreeSet};

use crate::currency::Currency;
use crate::endpoint::{Nothing, Page};
use crate::fund::{CODE_MAX_CHARS, EntryKind, REASON_MAX_CHARS, REFERENCE_MAX_CHARS, Step};
use crate::ids::{AccountId, EntryId, FundId, LineId, MatchId};
use crate::money::Money;
use crate::people::{NAME_MAX_CHARS, check_text};
use crate::problem::{Code, FieldError};
use crate::rates::ReasonRequest;
use crate::time::Date;
use crate::upload::{CELL_MAX_CHARS, DateFormat, RowError, plain_decimal};
use serde::{Deserialize, Serialize};

/// The most lines or entries that one reconciliation shows of each group.
pub const GROUP_MAX: usize = 500;

/// The most days that one reconciliation covers: a year.
pub const DAYS_MAX: i64 = 366;

crate::words! {
    /// What stands between the cells of a statement.
    Delimiter {
        /// `,`
        Comma = "comma",
        /// `;`
        Semicolon = "semicolon",
        /// A tabulator.
        Tab = "tab",
    }
}

impl Delimiter {
    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// The most lines that a statement may have before its header.
pub const SKIPPED_MAX: u32 = 100;

/// How a bank writes its statements: which column of its header is what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// How many lines stand before the header.
    #[serde(default)]
    pub skipped_lines: u32,
    /// Between cells.
    pub delimiter: Delimiter,
    /// How dates are written.
    pub date_format: DateFormat,
    /// Whether decimals follow a comma, not a point.
    pub is_decimal_comma: bool,
    /// The column with the booking date.
    pub date: String,
    /// The column with the signed amount; empty when debit and credit stand apart.
    pub amount: String,
    /// The column with what went out, as a positive number.
    pub debit: String,
    /// The column with what came in.
    pub credit: String,
    /// The column with the bank's reference, which is unique.
    pub reference: String,
    /// The column with the end-to-end id; may be empty.
    pub end_to_end_id: String,
    /// The column with the text; may be empty.
    pub text: String,
}

impl Profile {
    /// What is wrong with it, field by field.
    pub fn errors(&self, errors: &mut Vec<FieldError>, under: &str) {
        if self.skipped_lines > SKIPPED_MAX {
            let error = FieldError::new(format!("{under}/skipped_lines"), Code::TooMany);
            errors.push(error.with("max", SKIPPED_MAX));
        }
        let mut need =
            |name: &str, column: &str| check_text(errors, &format!("{under}/{name}"), column, CODE_MAX_CHARS * 4);
        need("date", &self.date);
        need("reference", &self.reference);
        if self.amount.trim().is_empty() {
            need("debit", &self.debit);
            need("credit", &self.credit);
        }
    }

    /// The columns that a statement must have, those that are not used left out; with where each is
    /// among them: date, amount or debit and credit, reference, end-to-end id, text.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let amounts = if self.amount.trim().is_empty() { vec![&self.debit, &self.credit] } else { vec![&self.amount] };
        let optional = [&self.end_to_end_id, &self.text].into_iter().filter(|column| !column.trim().is_empty());
        std::iter::once(&self.date)
            .chain(amounts)
            .chain([&self.reference])
            .chain(optional)
            .map(|column| column.trim())
            .collect()
    }

    /// Reads a row whose cells are in the order of [`Profile::columns`].
    ///
    /// # Errors
    /// Every cell that is wrong.
    pub fn read(&self, line: u64, cells: &[String], currency: Currency) -> Result<StatementLine, Vec<RowError>> {
        let mut errors = Vec::new();
        let mut cells = cells.iter().map(|cell| cell.trim());
        let mut next = || cells.next().unwrap_or_default();
        let day = next();
        let booked_on = self.date_format.parse_date(day);
        if let Err(code) = booked_on {
            errors.push(RowError::new(line, self.date.trim(), code));
        }
        let mut amount_of = |column: &str, text: &str| {
            if text.is_empty() {
                return None;
            }
            match Money::parse(&plain_decimal(text, self.is_decimal_comma), currency) {
                Ok(amount) => Some(amount.minor()),
                Err(code) => {
                    errors.push(RowError::new(line, column.trim(), code));
                    None
                }
            }
        };
        let (minor, column) = if self.amount.trim().is_empty() {
            let (debit, credit) = (amount_of(&self.debit, next()), amount_of(&self.credit, next()));
            // Some banks write what went out with a minus, others without.
            (credit.unwrap_or(0) - debit.unwrap_or(0).abs(), self.credit.trim())
        } else {
            (amount_of(&self.amount, next()).unwrap_or(0), self.amount.trim())
        };
        if minor == 0 && errors.is_empty() {
            errors.push(RowError::new(line, column, Code::Required));
        }
        let reference = next().to_owned();
        if reference.is_empty() {
            errors.push(RowError::new(line, self.reference.trim(), Code::Required));
        } else if reference.chars().count() > REFERENCE_MAX_CHARS {
            errors.push(RowError::new(line, self.reference.trim(), Code::TooLong).with("max", REFERENCE_MAX_CHARS));
        }
        let mut optional = |column: &str| if column.trim().is_empty() { String::new() } else { next().to_owned() };
        let end_to_end_id = optional(&self.end_to_end_id);
        let text: String = optional(&self.text).chars().take(CELL_MAX_CHARS).collect();
        match booked_on {
            Ok(booked_on) if errors.is_empty() => Ok(StatementLine {
                line,
                booked_on,
                amount: Money::from_minor(minor, currency),
                reference,
                end_to_end_id,
                text,
            }),
            _ => Err(errors),
        }
    }
}

/// A line of a statement, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StatementLine {
    /// The line in the file.
    pub line: u64,
    /// The day on which the bank booked it.
    pub booked_on: Date,
    /// Positive: it came in.
    pub amount: Money,
    /// The bank's reference; unique in the account.
    pub reference: String,
    /// The end-to-end id; may be empty.
    pub end_to_end_id: String,
    /// What the bank says about it.
    pub text: String,
}

/// The lines whose reference stands twice in a file.
#[must_use]
pub fn repeated(lines: &[StatementLine]) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    lines.iter().filter(|line| !seen.insert(line.reference.as_str())).map(|line| line.line).collect()
}

/// A bank account of the fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HouseAccount {
    /// Its id.
    pub id: AccountId,
    /// The bank and what the account is for.
    pub name: String,
    /// The account's number.
    pub iban: String,
    /// Its currency.
    pub currency: Currency,
    /// How its bank writes statements.
    pub profile: Profile,
    /// The day of the last line that was taken in.
    pub last_line_on: Option<Date>,
    /// For `If-Match`.
    pub version: i64,
}

/// Write down a bank account of the fund, or write it anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HouseAccountDraft {
    /// The bank and what the account is for.
    pub name: String,
    /// The account's number; unique.
    pub iban: String,
    /// Its currency; fixed once it is written down.
    pub currency: Currency,
    /// How its bank writes statements.
    pub profile: Profile,
}

impl HouseAccountDraft {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/name", &self.name, NAME_MAX_CHARS);
        check_text(&mut errors, "/iban", &self.iban, REFERENCE_MAX_CHARS);
        self.profile.errors(&mut errors, "/profile");
        errors
    }
}

/// A statement's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatementUpload {
    /// What the file is called; may be empty.
    pub file_name: String,
    /// Its content.
    pub text: String,
}

/// What a statement would bring: stored only when nothing is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StatementPreview {
    /// The lines that can be read.
    pub lines: Vec<StatementLine>,
    /// What is wrong, by line.
    pub errors: Vec<RowError>,
    /// What came in.
    pub credit: Money,
    /// What went out, positive.
    pub debit: Money,
}

/// How many lines a statement brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StatementImported {
    /// The lines.
    pub lines: usize,
}

crate::words! {
    /// Why a line and an entry are the same event.
    MatchRule {
        /// The payment's end-to-end id.
        EndToEndId = "end_to_end_id",
        /// The bank's reference, as it was typed at the booking.
        Reference = "reference",
        /// The same amount on the same day, and no other of either.
        AmountAndDate = "amount_and_date",
        /// Somebody says so, with a reason.
        ByHand = "by_hand",
    }
}

/// A line of a bank's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BankLine {
    /// Its id.
    pub id: LineId,
    /// The account's name.
    pub account: String,
    /// The day on which the bank booked it.
    pub booked_on: Date,
    /// Positive: it came in.
    pub amount: Money,
    /// The bank's reference.
    pub reference: String,
    /// The end-to-end id; may be empty.
    pub end_to_end_id: String,
    /// What the bank says about it.
    pub text: String,
}

/// A journal entry that moved cash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CashEntry {
    /// The entry.
    pub id: EntryId,
    /// What happened.
    pub kind: EntryKind,
    /// The posting date.
    pub posted_on: Date,
    /// In the fund's currency; positive: it came in.
    pub amount: Money,
    /// A receipt in the donor's own currency.
    pub own: Option<Money>,
    /// The bank's reference, as it was typed.
    pub reference: String,
    /// The payment's end-to-end id; may be empty.
    pub end_to_end_id: String,
    /// What it is about: the payment's number, the contribution's reference.
    pub about: String,
}

impl CashEntry {
    /// The amount in an account's currency; none when it has none in it.
    #[must_use]
    pub fn in_currency(&self, currency: Currency) -> Option<Money> {
        [Some(self.amount), self.own].into_iter().flatten().find(|amount| amount.currency() == currency)
    }

    fn agrees(&self, line: &BankLine) -> bool {
        self.in_currency(line.amount.currency()) == Some(line.amount)
    }

    /// By which of the certain rules a line is this entry; none when only somebody can say so.
    #[must_use]
    pub fn rule(&self, line: &BankLine) -> Option<MatchRule> {
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        if same(&self.end_to_end_id, &line.end_to_end_id) {
            Some(MatchRule::EndToEndId)
        } else if same(&self.reference, &line.reference) {
            Some(MatchRule::Reference)
        } else if self.agrees(line) && self.posted_on == line.booked_on {
            Some(MatchRule::AmountAndDate)
        } else {
            None
        }
    }
}

/// A line and an entry that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Pair {
    /// The line.
    pub line: BankLine,
    /// The entry.
    pub entry: CashEntry,
    /// Why.
    pub rule: MatchRule,
}

/// Lines and entries that nobody has matched, in groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Groups {
    /// Certain, and of one amount: to be confirmed.
    pub matched: Vec<Pair>,
    /// Certain, but of different amounts: to be explained.
    pub different: Vec<Pair>,
    /// On the statement, not in the journal.
    pub bank_only: Vec<BankLine>,
    /// In the journal, not on a statement.
    pub system_only: Vec<CashEntry>,
}

/// Groups what nobody has matched: by end-to-end id, then by the bank's reference, then by amount and
/// date where there is exactly one of both. Each line and each entry is in one group, once.
#[must_use]
pub fn group(lines: Vec<BankLine>, entries: Vec<CashEntry>) -> Groups {
    let mut groups = Groups::default();
    let mut lines: Vec<Option<BankLine>> = lines.into_iter().map(Some).collect();
    let mut entries: Vec<Option<CashEntry>> = entries.into_iter().map(Some).collect();
    for rule in [MatchRule::EndToEndId, MatchRule::Reference, MatchRule::AmountAndDate] {
        // What each line and entry is known by under this rule; the same on either side.
        let line_key = |line: &BankLine| match rule {
            MatchRule::EndToEndId => vec![line.end_to_end_id.clone()],
            MatchRule::Reference => vec![line.reference.clone()],
            _ => vec![format!("{} {}", line.booked_on, line.amount)],
        };
        let entry_key = |entry: &CashEntry| match rule {
            MatchRule::EndToEndId => vec![entry.end_to_end_id.clone()],
            MatchRule::Reference => vec![entry.reference.clone()],
            _ => {
                let amounts = [Some(entry.amount), entry.own].into_iter().flatten();
                let keys: BTreeSet<String> = amounts.map(|amount| format!("{} {amount}", entry.posted_on)).collect();
                keys.into_iter().collect()
            }
        };
        let by_line = places(&lines, line_key);
        let by_entry = places(&entries, entry_key);
        for (key, line_places) in by_line.iter().filter(|(key, _)| !key.is_empty()) {
            let (Some(entry_places), &[line_at]) = (by_entry.get(key), line_places.as_slice()) else { continue };
            let &[entry_at] = entry_places.as_slice() else { continue };
            let (Some(line_place), Some(entry_place)) = (lines.get_mut(line_at), entries.get_mut(entry_at)) else {
                continue;
            };
            // One of them may have gone by another of the entry's amounts.
            let (Some(line), Some(entry)) = (line_place.clone(), entry_place.clone()) else { continue };
            *line_place = None;
            *entry_place = None;
            let pair = Pair { line, entry, rule };
            if pair.entry.agrees(&pair.line) { groups.matched.push(pair) } else { groups.different.push(pair) }
        }
    }
    groups.bank_only = lines.into_iter().flatten().collect();
    groups.system_only = entries.into_iter().flatten().collect();
    groups
}

fn places<T>(items: &[Option<T>], keys: impl Fn(&T) -> Vec<String>) -> BTreeMap<String, Vec<usize>> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        for key in item.iter().flat_map(&keys) {
            places.entry(key).or_default().push(at);
        }
    }
    places
}

/// A match that somebody confirmed: both, or one of them explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Match {
    /// Its id.
    pub id: MatchId,
    /// The line.
    pub line: Option<BankLine>,
    /// The entry.
    pub entry: Option<CashEntry>,
    /// Why.
    pub rule: MatchRule,
    /// What somebody said; empty for a certain match.
    pub reason: String,
    /// Who confirmed it.
    pub matched_by: Step,
}

/// Some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Days {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        if self.until < self.from {
            vec![FieldError::new("/until", Code::DateOrder)]
        } else if self.until > self.from.plus_days(DAYS_MAX) {
            vec![FieldError::new("/until", Code::TooMany).with("max", DAYS_MAX)]
        } else {
            Vec::new()
        }
    }
}

/// The bank and the journal, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Reconciliation {
    /// What nobody has confirmed.
    pub groups: Groups,
    /// What is confirmed, the latest first.
    pub confirmed: Vec<Match>,
    /// What no confirmed match explains, per currency; empty when the days can be locked.
    pub unexplained: Vec<Money>,
    /// Whether there is more than [`GROUP_MAX`] of anything: then fewer days show all.
    pub is_cut: bool,
}

/// A line and an entry that are the same event, or one of them with what explains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MatchDraft {
    /// The line.
    pub line_id: Option<LineId>,
    /// The entry.
    pub entry_id: Option<EntryId>,
    /// Needed unless the match is certain and of one amount.
    pub reason: String,
}

/// Confirm matches: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// At most [`GROUP_MAX`].
    pub matches: Vec<MatchDraft>,
}

impl MatchDraft {
    /// The rule by which it holds, or what is wrong with it. A different amount is a matter of a
    /// person's word, whatever the references say.
    ///
    /// # Errors
    /// [`Code::Required`] without either, [`Code::ReasonRequired`], [`Code::TooLong`].
    pub fn rule(&self, line: Option<&BankLine>, entry: Option<&CashEntry>) -> Result<MatchRule, Code> {
        if self.reason.chars().count() > REASON_MAX_CHARS {
            return Err(Code::TooLong);
        }
        let certain = match (line, entry) {
            (None, None) => return Err(Code::Required),
            (Some(line), Some(entry)) if entry.agrees(line) => entry.rule(line),
            _ => None,
        };
        match certain {
            Some(rule) => Ok(rule),
            None if self.reason.trim().is_empty() => Err(Code::ReasonRequired),
            None => Ok(MatchRule::ByHand),
        }
    }
}

/// How many matches were confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Confirmed {
    /// The matches.
    pub matches: usize,
}

crate::endpoints! {
    /// The fund's bank accounts, with how each bank writes statements.
    ListHouseAccounts { fund_id: FundId } Get "/funds/{fund_id}/accounts" query Nothing, Nothing => Page<HouseAccount>, flags [], problems [];

    /// Writes a bank account down.
    AddHouseAccount { fund_id: FundId } Post "/funds/{fund_id}/accounts" query Nothing, HouseAccountDraft => HouseAccount, flags [], problems [Duplicate];

    /// Writes a bank account's name and profile anew.
    UpdateHouseAccount { account_id: AccountId } Put "/accounts/{account_id}" query Nothing, HouseAccountDraft => HouseAccount, flags [IfMatch], problems [Duplicate];

    /// Says line by line what a statement would bring; stores nothing.
    PreviewStatement { account_id: AccountId } Post "/accounts/{account_id}/statements/preview" query Nothing, StatementUpload => StatementPreview, flags [], problems [FileTwice];

    /// Takes a statement in, all of it or nothing; the same file or line twice is refused.
    ImportStatement { account_id: AccountId } Post "/accounts/{account_id}/statements" query Nothing, StatementUpload => StatementImported, flags [], problems [FileTwice, PeriodLocked];

    /// The bank and the journal side by side: matched, different, bank only, system only.
    GetReconciliation { fund_id: FundId, from: Date, until: Date } Get "/funds/{fund_id}/reconciliation/{from}/{until}" query Nothing, Nothing => Reconciliation, flags [], problems [];

    /// Confirms matches, all or none; what is not certain needs a reason.
    ConfirmMatches { fund_id: FundId } Post "/funds/{fund_id}/matches" query Nothing, ConfirmRequest => Confirmed, flags [], problems [MatchedAlready];

    /// Undoes a match outside locked periods, with a reason.
    UndoMatch { match_id: MatchId } Post "/matches/{match_id}/undo" query Nothing, ReasonRequest => Confirmed, flags [], problems [WrongState, PeriodLocked];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn profile() -> Profile {
        Profile {
            skipped_lines: 0,
            delimiter: Delimiter::Semicolon,
            date_format: DateFormat::Dotted,
            is_decimal_comma: true,
            date: "Buchung".into(),
            amount: String::new(),
            debit: "Soll".into(),
            credit: "Haben".into(),
            reference: "Referenz".into(),
            end_to_end_id: String::new(),
            text: "Text".into(),
        }
    }

    fn line(amount: &str, on: &str, reference: &str, end_to_end_id: &str) -> BankLine {
        BankLine {
            id: LineId(Uuid::now_v7_of(reference)),
            account: String::new(),
            booked_on: day(on),
            amount: eur(amount),
            reference: reference.into(),
            end_to_end_id: end_to_end_id.into(),
            text: String::new(),
        }
    }

    fn entry(amount: &str, on: &str, reference: &str, end_to_end_id: &str) -> CashEntry {
        CashEntry {
            id: EntryId(Uuid::now_v7_of(reference)),
            kind: EntryKind::Disbursement,
            posted_on: day(on),
            amount: eur(amount),
            own: None,
            reference: reference.into(),
            end_to_end_id: end_to_end_id.into(),
            about: String::new(),
        }
    }

    /// Ids of tests: any will do.
    trait Named {
        fn now_v7_of(name: &str) -> Self;
    }
    impl Named for Uuid {
        fn now_v7_of(name: &str) -> Self {
            let mut bytes = [0; 16];
            for (at, byte) in name.bytes().take(16).enumerate() {
                bytes[at] = byte;
            }
            Self::from_bytes(bytes)
        }
    }

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn a_banks_own_columns_dates_and_signs_are_read() {
        let profile = profile();
        assert_eq!(profile.columns(), ["Buchung", "Soll", "Haben", "Referenz", "Text"]);
        let read = profile.read(2, &texts(&["12.03.2026", "1.234,50", "", "R1", "Out"]), Currency::EUR).unwrap();
        assert_eq!((read.amount, read.booked_on, read.text.as_str()), (eur("-1234.50"), day("2026-03-12"), "Out"));
        let read = profile.read(3, &texts(&["12.03.2026", "", "5,00", "R2", ""]), Currency::EUR).unwrap();
        assert_eq!(read.amount, eur("5"));
        let wrong = profile.read(4, &texts(&["2026-03-12", "x", "", "", ""]), Currency::EUR).unwrap_err();
        let wrong: Vec<_> = wrong.iter().map(|e| (e.column.as_str(), e.code)).collect();
        assert_eq!(wrong, [("Buchung", Code::DateFormat), ("Soll", Code::AmountFormat), ("Referenz", Code::Required)]);
        let empty = profile.read(5, &texts(&["12.03.2026", "", "", "R3", ""]), Currency::EUR).unwrap_err();
        assert_eq!((empty[0].column.as_str(), empty[0].code), ("Haben", Code::Required));
    }

    #[test]
    fn what_belongs_together_is_found_by_id_then_reference_then_amount_and_day() {
        let lines = vec![
            line("-40000", "2026-03-12", "B1", "E1"),
            line("-10", "2026-03-12", "B2", ""),
            line("-70", "2026-03-13", "B3", ""),
            line("-5", "2026-03-14", "B4", ""),
            line("-5", "2026-03-14", "B5", ""),
            line("-0.80", "2026-03-15", "B6", ""),
        ];
        let entries = vec![
            // The same id on another day and with another reference.
            entry("-40000", "2026-03-10", "X1", "E1"),
            // The same reference, another amount.
            entry("-11", "2026-03-12", "B2", ""),
            entry("-70", "2026-03-13", "X3", ""),
            // Two lines of this amount on this day: nobody can tell.
            entry("-5", "2026-03-14", "X4", ""),
        ];
        let groups = group(lines, entries);
        let pairs = |pairs: &[Pair]| -> Vec<_> { pairs.iter().map(|p| (p.line.reference.clone(), p.rule)).collect() };
        assert_eq!(
            pairs(&groups.matched),
            [("B1".to_owned(), MatchRule::EndToEndId), ("B3".to_owned(), MatchRule::AmountAndDate)]
        );
        assert_eq!(pairs(&groups.different), [("B2".to_owned(), MatchRule::Reference)]);
        assert_eq!(groups.bank_only.iter().map(|l| l.reference.as_str()).collect::<Vec<_>>(), ["B4", "B5", "B6"]);
        assert_eq!(groups.system_only.iter().map(|e| e.reference.as_str()).collect::<Vec<_>>(), ["X4"]);
    }

    #[test]
    fn a_receipt_in_the_donors_currency_is_found_on_either_account() {
        let chf = |text: &str| Money::parse(text, Currency::CHF).unwrap();
        let receipt = CashEntry { own: Some(chf("380000")), ..entry("400000", "2026-03-02", "X", "") };
        let on_chf = BankLine { amount: chf("380000"), ..line("1", "2026-03-02", "B", "") };
        for line in [on_chf, line("400000", "2026-03-02", "B", "")] {
            assert_eq!(group(vec![line], vec![receipt.clone()]).matched.len(), 1);
        }
    }

    #[test]
    fn what_is_not_certain_needs_a_reason() {
        let (line, same) = (line("-10", "2026-03-12", "B2", ""), entry("-10", "2026-03-12", "B2", ""));
        let other = entry("-11", "2026-03-12", "B2", "");
        let draft = |reason: &str| MatchDraft { line_id: None, entry_id: None, reason: reason.into() };
        assert_eq!(draft("").rule(Some(&line), Some(&same)), Ok(MatchRule::Reference));
        assert_eq!(draft("").rule(Some(&line), Some(&other)), Err(Code::ReasonRequired));
        assert_eq!(draft("Bank's fee").rule(Some(&line), Some(&other)), Ok(MatchRule::ByHand));
        assert_eq!(draft(" ").rule(Some(&line), None), Err(Code::ReasonRequired));
        assert_eq!(draft("x").rule(None, None), Err(Code::Required));
    }

    proptest! {
        #[test]
        fn every_line_and_every_entry_is_in_one_group_once(
            lines in prop::collection::vec((1..4_i64, 1..4_u8, 0..4_u8, 0..4_u8), 0..12),
            entries in prop::collection::vec((1..4_i64, 1..4_u8, 0..4_u8, 0..4_u8), 0..12),
        ) {
            let name = |n: u8| if n == 0 { String::new() } else { format!("N{n}") };
            let (lines, entries): (Vec<_>, Vec<_>) = (
                lines.iter().map(|(a, d, r, e)| line(&a.to_string(), &format!("2026-03-0{d}"), &name(*r), &name(*e))).collect(),
                entries.iter().map(|(a, d, r, e)| entry(&a.to_string(), &format!("2026-03-0{d}"), &name(*r), &name(*e))).collect(),
            );
            let (line_count, entry_count) = (lines.len(), entries.len());
            let sum = |amounts: &mut dyn Iterator<Item = Money>| amounts.map(|m| m.minor()).sum::<i64>();
            let before = sum(&mut lines.iter().map(|l| l.amount)) - sum(&mut entries.iter().map(|e| e.amount));
            let groups = group(lines, entries);
            let pairs = groups.matched.len() + groups.different.len();
            prop_assert_eq!(pairs + groups.bank_only.len(), line_count);
            prop_assert_eq!(pairs + groups.system_only.len(), entry_count);
            prop_assert!(groups.matched.iter().all(|p| p.line.amount == p.entry.amount));
            prop_assert!(groups.different.iter().all(|p| p.line.amount != p.entry.amount));
            let apart = sum(&mut groups.different.iter().map(|p| p.line.amount))
                - sum(&mut groups.different.iter().map(|p| p.entry.amount))
                + sum(&mut groups.bank_only.iter().map(|l| l.amount))
                - sum(&mut groups.system_only.iter().map(|e| e.amount));
            prop_assert_eq!(before, apart, "what is left over is the whole difference");
        }
    }
}
