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

/// What Windows-1252 has at 0x80 to 0x9F; elsewhere its bytes are the first 256 characters of Unicode.
/// Its five holes stay the control characters that browsers take them for.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A file's text as banks write it: UTF-8 or UTF-16 with a byte order mark, UTF-16 or UTF-8 without
/// one, and whatever is none of these as Windows-1252, in which every byte is a character.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => return utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf_16(rest, u16::from_be_bytes),
        // A table begins with a letter: its other byte is zero in UTF-16.
        [1..=255, 0, ..] => return utf_16(bytes, u16::from_le_bytes),
        [0, 1..=255, ..] => return utf_16(bytes, u16::from_be_bytes),
        _ => {}
    }
    let windows = |byte: &u8| match byte {
        0x80..=0x9f => WINDOWS_1252.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        byte => char::from(*byte),
    };
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(windows).collect(), str::to_owned)
}

/// Whether a text was read in an encoding that it is not written in: nothing of it is taken in.
#[must_use]
pub fn is_garbled(text: &str) -> bool {
    text.contains(['\0', char::REPLACEMENT_CHARACTER])
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
    fn a_banks_file_is_read_in_the_encoding_that_it_is_written_in() {
        let text = "Buchungstag;Empfänger\r\n02.03.2026;Hôpital d’Ebolowa – 5 €\r\n";
        let utf_16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let windows: Vec<u8> = text
            .chars()
            .map(|c| match WINDOWS_1252.iter().position(|other| *other == c) {
                Some(at) => 0x80 + u8::try_from(at).unwrap(),
                None => u8::try_from(u32::from(c)).unwrap(),
            })
            .collect();
        let mark = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for (name, bytes) in [
            ("UTF-8", text.as_bytes().to_vec()),
            ("UTF-8, marked", mark(&[0xef, 0xbb, 0xbf], text.as_bytes())),
            ("UTF-16LE, marked", mark(&[0xff, 0xfe], &utf_16(u16::to_le_bytes))),
            ("UTF-16BE, marked", mark(&[0xfe, 0xff], &utf_16(u16::to_be_bytes))),
            ("UTF-16LE", utf_16(u16::to_le_bytes)),
            ("UTF-16BE", utf_16(u16::to_be_bytes)),
            ("Windows-1252", windows.clone()),
        ] {
            assert_eq!(decode(&bytes), text, "{name}");
            assert!(!is_garbled(&decode(&bytes)), "{name}");
        }
        assert_eq!(decode(&[]), "");
        // Half a character at the end, and a text that somebody else read as UTF-8.
        assert!(is_garbled(&decode(&mark(&[0xff, 0xfe], &[0x3d, 0xd8]))));
        assert!(is_garbled(&String::from_utf8_lossy(&windows)));
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
