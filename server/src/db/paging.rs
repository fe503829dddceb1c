//! Paging by keyset and searching, the same everywhere.

/// A pattern for `LIKE … ESCAPE '!'` that finds a text anywhere in a search key.
#[must_use]
pub fn contains(search: &str) -> String {
    let escaped = search.trim().to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// Cuts the one row too many that was fetched, and gives the last kept row's key.
pub fn next_page<T>(rows: &mut Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or_default();
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(key)
}

/// How many rows a page has unless asked otherwise.
pub const PAGE: i64 = 50;
