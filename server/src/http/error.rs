//! Errors of the API: a problem that is told, or a failure that is logged and told as `internal`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::problem::{Code, FieldError, Problem};

/// What a handler answers when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Told to the caller as it is.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The database failed; logged, told as `internal`.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Something that cannot happen did; logged, told as `internal`.
    #[error("internal: {0}")]
    Internal(String),
}

impl ApiError {
    /// Something that cannot happen.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(what.into())
    }

    /// Whether the same transaction may succeed when run again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            // Serialization failure and deadlock on PostgreSQL; busy on SQLite.
            Self::Database(sqlx::Error::Database(e)) => {
                matches!(e.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
            }
            _ => false,
        }
    }

    /// Whether a UNIQUE constraint refused.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    /// Tells a refused duplicate as a problem of its own; other errors stay.
    #[must_use]
    pub fn duplicate_as(self, problem: impl Into<Problem>) -> Self {
        if self.is_duplicate() { problem.into().into() } else { self }
    }

    /// Tells what the database refused because of a locked period (M71); other errors stay.
    #[must_use]
    pub fn period_locked(self) -> Self {
        match &self {
            Self::Database(sqlx::Error::Database(e)) if e.message().contains("the period is locked") => {
                Code::PeriodLocked.into()
            }
            _ => self,
        }
    }

    /// Whether the disk, or what the database may use of it, is full: then nothing of the transaction stays.
    fn is_storage_full(&self) -> bool {
        // SQLITE_FULL; disk_full of PostgreSQL.
        matches!(self, Self::Database(sqlx::Error::Database(e)) if matches!(e.code().as_deref(), Some("13" | "53100")))
    }

    /// The problem's code, when it is one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Problem::fields(vec![error]).into()
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("JSON: {error}"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Problem(problem) => *problem,
            failure => {
                tracing::error!(%failure, "request failed");
                Problem::new(if failure.is_storage_full() { Code::StorageFull } else { Code::Internal })
            }
        };
        // The outermost layer writes the body: only there the request's id is known.
        let mut response =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        if problem.code == Code::TooManyRequests
            && let Some(seconds) = problem.params.get("seconds").and_then(|s| HeaderValue::from_str(s).ok())
        {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(problem);
        response
    }
}
