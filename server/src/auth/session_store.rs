//! Sessions in our own database (the published store sits on an older sqlx).

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use shared::ids::PersonId;
use shared::time::Timestamp;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};

use crate::audit::sha256_hex;
use crate::db::{Affected, Db, Tx};
use crate::http::error::ApiError;
use crate::{execute, on};

/// Where a session keeps who is signed in.
pub const PERSON: &str = "person";

/// The store.
#[derive(Debug, Clone)]
pub struct Sessions {
    db: Db,
}

/// Runs a statement in a transaction of its own: sessions are not part of the audit chain.
macro_rules! alone {
    ($db:expr, $sql:expr $(, $bind:expr)*) => {
        match $db {
            Db::Sqlite { write, .. } => sqlx::query($sql)$(.bind($bind))*.execute(write).await.map(|done| Affected::rows(&done)),
            Db::Postgres(pool) => sqlx::query($sql)$(.bind($bind))*.execute(pool).await.map(|done| Affected::rows(&done)),
        }
        .map_err(backend)
    };
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

fn hash(id: &Id) -> String {
    sha256_hex(&[id.to_string().as_bytes()])
}

fn to_timestamp(at: OffsetDateTime) -> Result<Timestamp> {
    let micros = i64::try_from(at.unix_timestamp_nanos() / 1_000).map_err(backend)?;
    Timestamp::from_micros(micros).ok_or_else(|| Error::Encode("expiry out of range".into()))
}

impl Sessions {
    /// Over a database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn write(&self, record: &Record) -> Result<()> {
        let person = match record.data.get(PERSON) {
            Some(value) => {
                serde_json::from_value::<Option<PersonId>>(value.clone()).map_err(|e| Error::Encode(e.to_string()))?
            }
            None => None,
        };
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let expires_at = to_timestamp(record.expiry_date)?;
        alone!(
            &self.db,
            "INSERT INTO sessions (id_hash, person_id, data, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id_hash) DO UPDATE SET person_id = excluded.person_id, data = excluded.data, expires_at = excluded.expires_at",
            hash(&record.id),
            person,
            &data,
            expires_at
        )?;
        Ok(())
    }

    /// Removes sessions that have ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self) -> Result<()> {
        alone!(&self.db, "DELETE FROM sessions WHERE expires_at < $1", to_timestamp(OffsetDateTime::now_utc())?)?;
        Ok(())
    }
}

/// Ends every session of a person.
///
/// # Errors
/// When the database fails.
pub async fn end_all(tx: &mut Tx, person: PersonId) -> std::result::Result<(), ApiError> {
    execute!(tx, "DELETE FROM sessions WHERE person_id = $1", person)?;
    Ok(())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // 128 random bits: a collision does not happen, and an upsert would only hide one.
        self.write(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.write(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut tx = self.db.read().await.map_err(backend)?;
        let row: Option<(String, Timestamp)> =
            on!(&mut tx, |c| sqlx::query_as("SELECT data, expires_at FROM sessions WHERE id_hash = $1")
                .bind(hash(id))
                .fetch_optional(c)
                .await)
            .map_err(backend)?;
        let Some((data, expires_at)) = row else { return Ok(None) };
        let expiry_date =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires_at.micros()) * 1_000).map_err(backend)?;
        if expiry_date <= OffsetDateTime::now_utc() {
            return Ok(None);
        }
        let data: HashMap<String, Value> = serde_json::from_str(&data).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        alone!(&self.db, "DELETE FROM sessions WHERE id_hash = $1", hash(id))?;
        Ok(())
    }
}
