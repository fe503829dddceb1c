//! Reading tables that people upload: RFC 4180, either dialect of DOMAIN §6 (comma and point, or
//! semicolon and comma), with the lines of what is wrong.

use csv::ReaderBuilder;
use shared::problem::Code;
use shared::upload::{ROWS_MAX, RowError, is_garbled};

/// A row with its cells in the order that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on, the header being 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// A table's rows, and what is wrong with the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The rows that have as many cells as the header.
    pub rows: Vec<Row>,
    /// What is wrong.
    pub errors: Vec<RowError>,
    /// Whether the file is written with semicolons, and so with decimal commas.
    pub is_semicolon: bool,
}

/// Whether the header is written with semicolons.
fn is_semicolon(text: &str) -> bool {
    let header = text.lines().next().unwrap_or_default();
    header.matches(';').count() > header.matches(',').count()
}

/// The guard that our own exports put before a text that looks like a formula, taken off again.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

/// Counts lines as records go by.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at a byte, where the end of the one before may still stand.
    fn at(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let mut to = usize::try_from(byte).unwrap_or(bytes.len()).min(bytes.len());
        to += bytes[to..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let passed = bytes[self.at..to.max(self.at)].iter().filter(|b| **b == b'\n').count();
        self.line += u64::try_from(passed).unwrap_or_default();
        self.at = to.max(self.at);
        self.line
    }
}

/// What comes after a file's first lines.
fn past(text: &str, lines: u32) -> &str {
    (0..lines).fold(text, |text, _| text.split_once('\n').map_or("", |(_, rest)| rest))
}

/// Reads the named columns of a file, whose header stands after some lines; the delimiter is found by
/// the header unless it is given. Of a garbled file nothing is read.
#[must_use]
pub fn read(text: &str, delimiter: Option<u8>, skipped_lines: u32, columns: &[&str]) -> Table {
    if is_garbled(text) {
        return Table { errors: vec![RowError::new(0, "", Code::FileGarbled)], ..Table::default() };
    }
    let text = past(text.strip_prefix('\u{feff}').unwrap_or(text), skipped_lines);
    let by_header = if is_semicolon(text) { b';' } else { b',' };
    let delimiter = delimiter.unwrap_or(by_header);
    let mut table = Table { is_semicolon: delimiter == b';', ..Table::default() };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header: Vec<String> = match records.next() {
        Some(Ok(header)) => header.iter().map(|cell| cell.trim().to_lowercase()).collect(),
        _ => {
            table.errors.push(RowError::new(0, "", Code::FileEmpty));
            return table;
        }
    };
    let place = |column: &&str| header.iter().position(|name| *name == column.trim().to_lowercase());
    let missing: Vec<&str> = columns.iter().filter(|column| place(column).is_none()).copied().collect();
    if !missing.is_empty() {
        let header_line = u64::from(skipped_lines) + 1;
        table.errors.push(RowError::new(header_line, "", Code::ColumnsMissing).with("columns", missing.join(", ")));
        return table;
    }
    let places: Vec<usize> = columns.iter().filter_map(place).collect();
    let mut lines = Lines { text, at: 0, line: u64::from(skipped_lines) + 1 };
    // A text is UTF-8 already, and rows may have any number of cells: every record can be read.
    for record in records.map_while(Result::ok) {
        let line = record.position().map_or(0, |position| lines.at(position.byte()));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() != header.len() {
            let error = RowError::new(line, "", Code::CellsCount);
            table.errors.push(error.with("expected", header.len()).with("found", record.len()));
            continue;
        }
        if table.rows.len() == ROWS_MAX {
            table.errors.push(RowError::new(line, "", Code::TooMany).with("max", ROWS_MAX));
            break;
        }
        let cells = places.iter().filter_map(|at| record.get(*at)).map(|cell| unguarded(cell).to_owned()).collect();
        table.rows.push(Row { line, cells });
    }
    if table.rows.is_empty() && table.errors.is_empty() {
        table.errors.push(RowError::new(0, "", Code::FileEmpty));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(table: &Table) -> Vec<(u64, Vec<&str>)> {
        table.rows.iter().map(|row| (row.line, row.cells.iter().map(String::as_str).collect())).collect()
    }

    #[test]
    fn both_dialects_quotes_and_lines_are_read() {
        let comma = read(
            "date,rate,source\r\n2026-03-01,0.95,\"ECB, \"\"fixing\"\"\r\nof the day\"\r\n\r\n2026-03-02,0.96,-\r\n",
            None,
            0,
            &["rate", "source"],
        );
        assert_eq!(cells(&comma), [(2, vec!["0.95", "ECB, \"fixing\"\r\nof the day"]), (5, vec!["0.96", "-"])]);
        assert!(!comma.is_semicolon);
        let excel = read("\u{feff}Date;Rate;Source\n2026-03-01;0,95;'=A1\n", None, 0, &["rate", "source"]);
        assert_eq!((cells(&excel), excel.is_semicolon), (vec![(2, vec!["0,95", "=A1"])], true));
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        let table = read("a,b\n1,2\n1\n1,2,3\n", None, 0, &["a", "b"]);
        assert_eq!(table.rows.len(), 1);
        let found: Vec<_> = table.errors.iter().map(|e| (e.line, e.code, e.params["found"].as_str())).collect();
        assert_eq!(found, [(3, Code::CellsCount, "1"), (4, Code::CellsCount, "3")]);
        let missing = read("a,c\n1,2\n", None, 0, &["a", "b", "d"]);
        assert_eq!(
            (missing.errors[0].code, missing.errors[0].params["columns"].as_str()),
            (Code::ColumnsMissing, "b, d")
        );
        for empty in ["", "a,b\n", "a,b\n,\n"] {
            assert_eq!(read(empty, None, 0, &["a"]).errors[0].code, Code::FileEmpty, "{empty:?}");
        }
    }
}
