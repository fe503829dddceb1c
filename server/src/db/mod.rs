//! Two databases, one SQL: SQLite (embedded, default) and PostgreSQL.
//!
//! [`on!`] runs the same expression on either; [`transact!`] is the only way to write. Writers
//! queue on both engines (SQLite has one writer; on PostgreSQL each write transaction first locks
//! the audit chain's head), so what a service has checked still holds when it commits.

pub mod dialect;
pub mod paging;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, Postgres, Sqlite, SqlitePool};

use crate::http::error::ApiError;

/// A connected database.
#[derive(Debug, Clone)]
pub enum Db {
    /// The embedded engine: one writer, many readers.
    Sqlite {
        /// Readers, opened read-only.
        read: SqlitePool,
        /// The one writer.
        write: SqlitePool,
    },
    /// A PostgreSQL server, version 14 or later.
    Postgres(PgPool),
}

/// A transaction, reading or writing.
pub enum Tx {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// How often a write is tried again after a serialization failure or deadlock.
pub const WRITE_TRIES: u32 = 8;

impl Db {
    /// Connects to `sqlite:PATH` or `postgres://…` and brings the schema up to date.
    ///
    /// # Errors
    /// When the address is wrong, the server cannot be reached or a migration fails.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let db = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)?.application_name("catalytic-fund");
            let pool = PgPoolOptions::new()
                .max_connections(16)
                // As long as a request may take: in a crowd the last one waits, too.
                .acquire_timeout(Duration::from_secs(30))
                .connect_with(options)
                .await
                .context("connecting to PostgreSQL")?;
            Self::Postgres(pool)
        } else if let Some(path) = url.strip_prefix("sqlite:") {
            Self::connect_sqlite(Path::new(path)).await?
        } else {
            anyhow::bail!("the database address must start with sqlite: or postgres://");
        };
        db.migrate().await.context("bringing the schema up to date")?;
        Ok(db)
    }

    async fn connect_sqlite(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Money: an acknowledged commit survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // When the disk is full SQLite has undone the transaction by itself, and the connection still
            // counts it as open: such a one is replaced, or nothing could ever be written again.
            .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await
            .with_context(|| format!("opening {}", path.display()))?;
        let read = SqlitePoolOptions::new().max_connections(8).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { read, write })
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite { write, .. } => sqlx::migrate!("../migrations/sqlite").run(write).await?,
            Self::Postgres(pool) => sqlx::migrate!("../migrations/postgres").run(pool).await?,
        }
        Ok(())
    }

    /// Starts a read-only transaction: every query in it sees the same moment.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self) -> Result<Tx, ApiError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin_with(dialect::POSTGRES_BEGIN_READ).await?),
        })
    }

    /// Starts a write transaction; [`transact!`] is how to use it.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(&self) -> Result<Tx, ApiError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with(dialect::SQLITE_BEGIN_WRITE).await?),
            Self::Postgres(pool) => {
                let mut tx = pool.begin_with(dialect::POSTGRES_BEGIN_WRITE).await?;
                // Before the first query, so that the snapshot is taken when the lock is ours.
                sqlx::query(dialect::POSTGRES_QUEUE_WRITERS).execute(&mut *tx).await?;
                Tx::Postgres(tx)
            }
        })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes everything done in this transaction last.
    ///
    /// # Errors
    /// When the database refuses, for example because of a concurrent change.
    pub async fn commit(self) -> Result<(), ApiError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything done in this transaction.
    ///
    /// # Errors
    /// When the connection broke; then the database undoes it by itself.
    pub async fn rollback(self) -> Result<(), ApiError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

/// Runs one expression on whichever engine the transaction is on; `$c` is the connection.
///
/// ```ignore
/// on!(tx, |c| sqlx::query_as::<_, CallRow>(SQL).bind(id).fetch_optional(c).await)?
/// ```
#[macro_export]
macro_rules! on {
    ($tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::db::Tx::Sqlite(transaction) => {
                let $c = &mut **transaction;
                $body
            }
            $crate::db::Tx::Postgres(transaction) => {
                let $c = &mut **transaction;
                $body
            }
        }
    };
}

/// Fixes the error type of a write's body.
#[doc(hidden)]
pub fn body<T, F: Future<Output = Result<T, ApiError>>>(future: F) -> F {
    future
}

/// Runs the body in one write transaction and commits it; nothing stays when the body fails.
///
/// The body must be repeatable: it is run again, at most [`WRITE_TRIES`] times, when the database
/// asks for it. It must not wait for the network or hash a password.
///
/// ```ignore
/// let receipt = transact!(app.db, |tx| service::submit(tx, &ctx, …).await)?;
/// ```
#[macro_export]
macro_rules! transact {
    ($db:expr, |$tx:ident| $body:expr) => {{
        let mut tries = 1;
        loop {
            let mut owned = match $db.begin().await {
                Ok(transaction) => transaction,
                Err(error) => break Err(error),
            };
            let outcome = {
                let $tx = &mut owned;
                $crate::db::body(async { $body }).await
            };
            let outcome = match outcome {
                Ok(value) => owned.commit().await.map(|()| value),
                Err(error) => {
                    // The first error is the one worth telling; a broken connection undoes by itself.
                    let _ = owned.rollback().await;
                    Err(error)
                }
            };
            match outcome {
                Err(error) if error.is_retryable() && tries < $crate::db::WRITE_TRIES => tries += 1,
                outcome => break outcome,
            }
        }
    }};
}

/// Asserts that a statement changed exactly one row.
///
/// # Errors
/// An internal error otherwise: the row was read in the same transaction.
pub fn exactly_one(rows_affected: u64) -> Result<(), ApiError> {
    if rows_affected == 1 {
        Ok(())
    } else {
        Err(ApiError::internal(format!("{rows_affected} rows changed instead of one")))
    }
}

/// Asserts that a versioned UPDATE found the version that the caller had read.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`] when somebody changed the row since.
pub fn fresh(rows_affected: u64) -> Result<(), ApiError> {
    match rows_affected {
        1 => Ok(()),
        0 => Err(shared::problem::Code::StaleVersion.into()),
        rows => Err(ApiError::internal(format!("{rows} rows changed instead of one"))),
    }
}

/// A result that says how many rows a statement changed, on either engine.
pub trait Affected {
    /// The number of rows.
    fn rows(&self) -> u64;
}

impl Affected for sqlx::sqlite::SqliteQueryResult {
    fn rows(&self) -> u64 {
        self.rows_affected()
    }
}

impl Affected for sqlx::postgres::PgQueryResult {
    fn rows(&self) -> u64 {
        self.rows_affected()
    }
}

/// Executes a statement on either engine and gives the number of changed rows.
///
/// ```ignore
/// let rows = execute!(tx, "UPDATE … WHERE id = $1", id, name)?;
/// ```
#[macro_export]
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on!($tx, |c| sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| $crate::db::Affected::rows(&done)))
    };
}
