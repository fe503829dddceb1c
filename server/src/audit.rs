//! The audit log: who, when, what, before, after, why; append-only and hash-chained (M72).
//!
//! Each entry is written in the transaction of the change it tells of. Its hash covers the one
//! before it, so that a changed, removed or inserted entry breaks the chain.

use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::audit::{AuditCheck, AuditFinding, AuditHead, NotedHead};
use shared::ids::PersonId;
use shared::time::Timestamp;
use uuid::Uuid;

use crate::app::Ctx;
use crate::db::{Db, Tx};
use crate::http::error::ApiError;
use crate::{execute, on};

/// What happened to what.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a, B: Serialize, A: Serialize> {
    /// `proposal.submitted`, `disbursement.paid`, …
    pub action: &'a str,
    /// The kind of thing: `proposal`, `disbursement`, …
    pub kind: &'a str,
    /// The thing.
    pub id: Uuid,
    /// As it was.
    pub before: Option<B>,
    /// As it is.
    pub after: Option<A>,
    /// Why, where a reason is asked for.
    pub reason: Option<&'a str>,
}

/// SHA-256 over the parts, in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// An entry as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    /// Its place: 1, 2, 3, …
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who; none for the program itself.
    pub person_id: Option<PersonId>,
    /// What happened.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which thing.
    pub object_id: Uuid,
    /// As it was, as JSON.
    pub before_state: Option<String>,
    /// As it is, as JSON.
    pub after_state: Option<String>,
    /// Why, where a reason is asked for.
    pub reason: Option<String>,
    /// The hash of the entry before.
    pub previous_hash: String,
    /// Its own hash.
    pub hash: String,
}

impl Row {
    /// The hash of the canonical bytes: each field with its length, so that no two entries read the same.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut bytes = Vec::new();
        let mut field = |text: Option<&str>| match text {
            Some(text) => {
                bytes.extend_from_slice(text.len().to_string().as_bytes());
                bytes.push(b':');
                bytes.extend_from_slice(text.as_bytes());
            }
            None => bytes.push(b'-'),
        };
        field(Some(&self.previous_hash));
        field(Some(&self.seq.to_string()));
        field(Some(&self.at.micros().to_string()));
        field(self.person_id.map(|id| id.to_string()).as_deref());
        field(Some(&self.action));
        field(Some(&self.object_kind));
        field(Some(&self.object_id.to_string()));
        field(self.before_state.as_deref());
        field(self.after_state.as_deref());
        field(self.reason.as_deref());
        sha256_hex(&[&bytes])
    }
}

/// Writes an entry in the name of the context's actor.
///
/// # Errors
/// When the database fails.
pub async fn record<B: Serialize, A: Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    entry: Entry<'_, B, A>,
) -> Result<(), ApiError> {
    let (seq, previous_hash): (i64, String) =
        on!(tx, |c| sqlx::query_as("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_one(c).await)?;
    let mut row = Row {
        seq: seq + 1,
        at: ctx.now,
        person_id: ctx.person_id(),
        action: entry.action.to_owned(),
        object_kind: entry.kind.to_owned(),
        object_id: entry.id,
        before_state: entry.before.map(|b| serde_json::to_string(&b)).transpose()?,
        after_state: entry.after.map(|a| serde_json::to_string(&a)).transpose()?,
        reason: entry.reason.map(ToOwned::to_owned),
        previous_hash,
        hash: String::new(),
    };
    row.hash = row.digest();
    execute!(
        tx,
        "INSERT INTO audit_log (seq, at, person_id, action, object_kind, object_id, before_state, after_state, reason, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row.seq,
        row.at,
        row.person_id,
        &row.action,
        &row.object_kind,
        row.object_id,
        &row.before_state,
        &row.after_state,
        &row.reason,
        &row.previous_hash,
        &row.hash,
    )?;
    let changed = execute!(tx, "UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1", row.seq, &row.hash)?;
    crate::db::exactly_one(changed)
}

/// How many entries are in memory at a time.
const BATCH: i64 = 1_000;

/// Walks the chain from its start, a batch at a time, and names the first entry that does not fit; a
/// head that was noted elsewhere shows a tail that was cut and a chain that was written anew (M72).
///
/// # Errors
/// When the database fails.
pub async fn verify(db: &Db, noted: Option<&NotedHead>) -> Result<AuditCheck, ApiError> {
    let mut tx = db.read().await?;
    let mut previous = String::new();
    let mut seq = 0;
    let mut is_other = false;
    let broken = |entries: i64| AuditCheck { finding: AuditFinding::Broken, entries, seq: Some(entries + 1) };
    loop {
        let rows: Vec<Row> = on!(&mut tx, |c| {
            sqlx::query_as(
            "SELECT seq, at, person_id, action, object_kind, object_id, before_state, after_state, reason, previous_hash, hash
             FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT $2"
        )
        .bind(seq)
        .bind(BATCH)
        .fetch_all(c)
        .await
        })?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 || row.previous_hash != previous || row.digest() != row.hash {
                return Ok(broken(seq));
            }
            seq = row.seq;
            is_other |= noted.is_some_and(|noted| noted.seq == seq && noted.hash != row.hash);
            previous = row.hash;
        }
    }
    // What is missing at the end: against the head in the database, and against the one noted outside.
    let kept = head(&mut tx).await?;
    let last = kept.seq.max(noted.map_or(0, |noted| noted.seq));
    Ok(if last > seq {
        AuditCheck { finding: AuditFinding::Cut, entries: seq, seq: Some(seq + 1) }
    } else if kept.seq != seq || kept.hash != previous {
        broken(kept.seq)
    } else if is_other {
        AuditCheck { finding: AuditFinding::Rewritten, entries: seq, seq: noted.map(|noted| noted.seq) }
    } else {
        AuditCheck { finding: AuditFinding::Whole, entries: seq, seq: None }
    })
}

/// The chain's head.
///
/// # Errors
/// When the database fails.
pub async fn head(tx: &mut Tx) -> Result<AuditHead, ApiError> {
    let (seq, hash, at): (i64, String, Option<Timestamp>) = on!(tx, |c| sqlx::query_as(
        "SELECT h.seq, h.hash, a.at FROM audit_head h LEFT JOIN audit_log a ON a.seq = h.seq WHERE h.id = 1"
    )
    .fetch_one(c)
    .await)?;
    Ok(AuditHead { seq, hash, at })
}
