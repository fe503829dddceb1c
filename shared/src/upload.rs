//! Tables that people upload: RFC 4180 in either dialect of DOMAIN §6, and what is wrong with a row.
//!
//! Nothing of a file is stored until all of it is right and somebody has seen what it will do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::problem::{Code, FieldError};
use crate::time::Date;

/// The most rows that one file may have.
pub const ROWS_MAX: usize = 2_000;

/// The longest text of a cell, in characters.
pub const CELL_MAX_CHARS: usize = 500;

/// What is wrong with a cell, or with a row as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RowError {
    /// The line in the file, counted from 1, the header's included; 0 for the file as a whole.
    pub line: u64,
    /// The column; empty for the row as a whole.
    pub column: String,
    /// What.
    pub code: Code,
    /// Values for the message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl RowError {
    /// What is wrong with a cell.
    #[must_use]
    pub fn new(line: u64, column: &str, code: Code) -> Self {
        Self { line, column: column.to_owned(), code, params: BTreeMap::new() }
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// As a field error of the upload: `/rows/<line>/<column>`.
    #[must_use]
    pub fn field(&self) -> FieldError {
        let pointer = format!("/rows/{}/{}", self.line, self.column);
        FieldError { pointer: pointer.trim_end_matches('/').to_owned(), code: self.code, params: self.params.clone() }
    }
}

/// A decimal as a dialect writes it, made plain: `1.234,50` with a comma is `1234.50`. Spaces and the
/// dialect's own thousands separator go; anything doubtful stays for the parser to refuse.
#[must_use]
pub fn plain_decimal(text: &str, decimal_comma: bool) -> String {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}' && *c != '\'').collect();
    let (decimal, group) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let (whole, fraction) = text.split_once(decimal).map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    if !is_grouped(whole.trim_start_matches(['-', '+']), group) {
        return text;
    }
    let whole: String = whole.strip_prefix('+').unwrap_or(whole).chars().filter(|c| *c != group).collect();
    match fraction {
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole,
    }
}

/// Whether separators stand where groups of three end.
fn is_grouped(whole: &str, group: char) -> bool {
    let mut groups = whole.split(group);
    let first = groups.next().unwrap_or_default();
    let mut is_first = true;
    let all = groups.all(|part| {
        is_first = false;
        part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit())
    });
    all && (is_first || (1..=3).contains(&first.len()))
}

crate::words! {
    /// How a file writes dates.
    DateFormat {
        /// `2026-03-12`
        Iso = "iso",
        /// `12.03.2026`
        Dotted = "dotted",
        /// `12/03/2026`
        Slashed = "slashed",
        /// `03/12/2026`
        American = "american",
        /// `20260312`
        Compact = "compact",
    }
}

impl DateFormat {
    /// Reads a date as this format writes it.
    ///
    /// # Errors
    /// [`Code::DateFormat`].
    pub fn parse_date(self, text: &str) -> Result<Date, Code> {
        let split = |separator: char| {
            let mut parts = text.split(separator);
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some(a), Some(b), Some(c), None) => Ok((a, b, c)),
                _ => Err(Code::DateFormat),
            }
        };
        let (year, month, day) = match self {
            Self::Iso => return Date::parse(text),
            Self::Dotted => split('.').map(|(d, m, y)| (y, m, d))?,
            Self::Slashed => split('/').map(|(d, m, y)| (y, m, d))?,
            Self::American => split('/').map(|(m, d, y)| (y, m, d))?,
            Self::Compact => match (text.get(..4), text.get(4..6), text.get(6..)) {
                (Some(y), Some(m), Some(d)) if text.len() == 8 => (y, m, d),
                _ => return Err(Code::DateFormat),
            },
        };
        Date::parse(&format!("{year:0>4}-{month:0>2}-{day:0>2}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_both_dialects_become_plain_and_doubtful_ones_stay() {
        for (text, comma, plain) in [
            ("1450000.00", false, "1450000.00"),
            ("1,450,000.00", false, "1450000.00"),
            ("1450000,00", true, "1450000.00"),
            ("1.450.000,00", true, "1450000.00"),
            ("-1 234,5", true, "-1234.5"),
            ("+12.50", false, "12.50"),
            ("1'000.05", false, "1000.05"),
            // Not groups of three: the parser refuses what is left.
            ("1,45", false, "1,45"),
            ("1.45", true, "1.45"),
            ("655,957", false, "655957"),
            ("1,2,3", false, "1,2,3"),
        ] {
            assert_eq!(plain_decimal(text, comma), plain, "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_the_banks_format_only() {
        let day = Date::parse("2026-03-12").unwrap();
        for (format, text) in [
            (DateFormat::Iso, "2026-03-12"),
            (DateFormat::Dotted, "12.03.2026"),
            (DateFormat::Dotted, "12.3.2026"),
            (DateFormat::Slashed, "12/03/2026"),
            (DateFormat::American, "03/12/2026"),
            (DateFormat::Compact, "20260312"),
        ] {
            assert_eq!(format.parse_date(text), Ok(day), "{text}");
        }
        for (format, text) in [
            (DateFormat::Iso, "12.03.2026"),
            (DateFormat::Slashed, "03/13/2026"),
            (DateFormat::Compact, "2026031"),
            (DateFormat::Dotted, "12.03"),
            (DateFormat::Compact, "2026é31"),
        ] {
            assert_eq!(format.parse_date(text), Err(Code::DateFormat), "{text}");
        }
    }
}
