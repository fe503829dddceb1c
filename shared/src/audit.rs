//! The audit log as it is read: who, when, what, before, after, why; and its head, to be kept elsewhere (M72).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::endpoint::{Nothing, Page};
use crate::problem::{Code, FieldError};
use crate::time::{Date, Timestamp};

/// A value that an entry changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Change {
    /// Where: `amount.currency`, `lines.3`; empty for the whole.
    pub path: String,
    /// As it was; none when it was not there.
    pub before: Option<String>,
    /// As it is; none when it is gone.
    pub after: Option<String>,
}

/// The values of a JSON text, each under its path.
fn flat(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(name, value)| flat(&under(name), value, into)),
        Value::Array(items) => {
            // Counted from 1, with leading zeros, so that paths sort as people read them.
            for (at, item) in items.iter().enumerate() {
                flat(&under(&format!("{:03}", at + 1)), item, into);
            }
        }
        Value::String(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        other => {
            into.insert(path.to_owned(), other.to_string());
        }
    }
}

/// What differs between two states, by path: one side is missing where something came or went.
#[must_use]
pub fn changes(before: Option<&str>, after: Option<&str>) -> Vec<Change> {
    let values = |json: Option<&str>| {
        let mut values = BTreeMap::new();
        match json.map(serde_json::from_str::<Value>) {
            Some(Ok(value)) => flat("", &value, &mut values),
            // Not ours to hide: what cannot be read is shown as it stands.
            Some(Err(_)) => {
                values.insert(String::new(), json.unwrap_or_default().to_owned());
            }
            None => {}
        }
        values
    };
    let (mut before, after) = (values(before), values(after));
    let mut changes: Vec<Change> = after
        .into_iter()
        .filter_map(|(path, now)| {
            let was = before.remove(&path);
            (was.as_deref() != Some(now.as_str())).then_some(Change { path, before: was, after: Some(now) })
        })
        .collect();
    changes.extend(before.into_iter().map(|(path, was)| Change { path, before: Some(was), after: None }));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its number in the chain.
    pub seq: i64,
    /// When, in UTC.
    pub at: Timestamp,
    /// Who; none for the program itself.
    pub by: Option<String>,
    /// What was done: `period.locked`.
    pub action: String,
    /// To what kind of thing.
    pub kind: String,
    /// To which.
    pub object_id: Uuid,
    /// What it changed.
    pub changes: Vec<Change>,
    /// Whether the reader may not see what it changed.
    pub is_hidden: bool,
    /// Why.
    pub reason: Option<String>,
    /// The entry's hash, which the next one covers.
    pub hash: String,
}

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// By somebody whose name or address has this in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// On this kind of thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of an action whose name has this in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// On this thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<Uuid>,
    /// The first day, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
}

/// The chain's head: noted elsewhere, it shows later whether the log was rewritten or its tail cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AuditHead {
    /// The last entry's number; 0 when there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// When it was written.
    pub at: Option<Timestamp>,
}

/// A head as somebody noted it: `1234:9f86d0…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedHead {
    /// The entry's number.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl NotedHead {
    /// Reads `SEQ:HASH`.
    ///
    /// # Errors
    /// [`Code::WrongType`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let (seq, hash) = text.trim().split_once(':').ok_or(Code::WrongType)?;
        let seq: i64 = seq.trim().parse().map_err(|_| Code::WrongType)?;
        let hash = hash.trim().to_ascii_lowercase();
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if seq > 0 && is_hash { Ok(Self { seq, hash }) } else { Err(Code::WrongType) }
    }
}

impl std::fmt::Display for AuditHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// Check the chain against a head that was noted earlier.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckQuery {
    /// The head as it was copied, `SEQ:HASH`; none to check the chain alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

impl CheckQuery {
    /// The noted head.
    ///
    /// # Errors
    /// A field error at `/head`.
    pub fn noted(&self) -> Result<Option<NotedHead>, FieldError> {
        let noted = self.head.as_deref().filter(|head| !head.trim().is_empty()).map(NotedHead::parse);
        noted.transpose().map_err(|code| FieldError::new("/head", code))
    }
}

crate::words! {
    /// What a check of the chain found.
    AuditFinding {
        /// Every entry follows from the one before it.
        Whole = "whole",
        /// An entry was changed, removed, inserted or moved.
        Broken = "broken",
        /// Entries at the end are missing.
        Cut = "cut",
        /// The chain is whole, but it is another one than the head was noted of.
        Rewritten = "rewritten",
    }
}

/// What a check of the chain found, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AuditCheck {
    /// What.
    pub finding: AuditFinding,
    /// How many entries were read and fit.
    pub entries: i64,
    /// The first entry that does not fit or is missing; the noted head's for a chain that was rewritten.
    pub seq: Option<i64>,
}

crate::endpoints! {
    /// The audit log, the latest entry first: all of it, or what the reader or their organisation did (M72).
    ListAudit {} Get "/audit" query AuditQuery, Nothing => Page<AuditEntry>, flags [], problems [];

    /// The chain's head, to be noted elsewhere (M72).
    GetAuditHead {} Get "/audit/head" query Nothing, Nothing => AuditHead, flags [], problems [];

    /// Walks the chain and names the first entry that does not fit, or that is missing against a noted head (M72).
    CheckAudit {} Get "/audit/check" query CheckQuery, Nothing => AuditCheck, flags [], problems [Invalid, TooManyRequests];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change { path: path.into(), before: before.map(Into::into), after: after.map(Into::into) }
    }

    #[test]
    fn m72_a_change_names_what_differs_and_nothing_else() {
        let before = r#"{"state":"draft","amount":{"amount":"1.00","currency":"EUR"},"notes":["a","b"],"by":null}"#;
        let after = r#"{"state":"verified","amount":{"amount":"1.00","currency":"EUR"},"notes":["a"],"by":"Ann"}"#;
        assert_eq!(
            changes(Some(before), Some(after)),
            [
                change("by", None, Some("Ann")),
                change("notes.002", Some("b"), None),
                change("state", Some("draft"), Some("verified")),
            ]
        );
        assert_eq!(changes(None, Some("\"open\"")), [change("", None, Some("open"))]);
        assert_eq!(changes(Some("not json"), None), [change("", Some("not json"), None)]);
        assert_eq!(changes(None, None), []);
    }

    #[test]
    fn m72_a_noted_head_reads_as_it_was_copied() {
        let head = AuditHead { seq: 12, hash: "ab".repeat(32), at: None };
        let noted = NotedHead::parse(&format!(" {head}\n")).unwrap();
        assert_eq!((noted.seq, noted.hash), (12, head.hash.clone()));
        for wrong in ["", "12", "0:ab", "x:ab", "12:xyz", &format!("-1:{}", head.hash), &format!("12:{}0", head.hash)] {
            assert_eq!(NotedHead::parse(wrong), Err(Code::WrongType), "{wrong}");
        }
    }
}
