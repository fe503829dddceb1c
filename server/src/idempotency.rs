//! Requests that move money happen once: a retry with the same key returns the first answer (M34).

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::ids::PersonId;
use shared::problem::Code;

use crate::app::Ctx;
use crate::db::Tx;
use crate::http::error::ApiError;
use crate::{execute, on};

/// What a key stands for: read before the work, in the same transaction.
pub enum Key<T> {
    /// It was done before; this was the answer.
    Done(T),
    /// It is new: do the work, then [`keep`] the answer.
    New,
}

/// Looks a key up. Keys are per person.
///
/// # Errors
/// [`Code::IdempotencyKeyReused`] when the key was used for another request.
pub async fn look_up<T: DeserializeOwned>(
    tx: &mut Tx,
    person: PersonId,
    key: &str,
    request_hash: &str,
) -> Result<Key<T>, ApiError> {
    let row: Option<(String, String)> = on!(tx, |c| sqlx::query_as(
        "SELECT request_hash, response FROM idempotency_keys WHERE person_id = $1 AND key = $2"
    )
    .bind(person)
    .bind(key)
    .fetch_optional(c)
    .await)?;
    match row {
        None => Ok(Key::New),
        Some((hash, response)) if hash == request_hash => Ok(Key::Done(serde_json::from_str(&response)?)),
        Some(_) => Err(Code::IdempotencyKeyReused.into()),
    }
}

/// Keeps the first answer, in the transaction that did the work.
///
/// # Errors
/// When the database fails.
pub async fn keep<T: Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    person: PersonId,
    key: &str,
    request_hash: &str,
    response: &T,
) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO idempotency_keys (person_id, key, request_hash, response, created_at) VALUES ($1, $2, $3, $4, $5)",
        person,
        key,
        request_hash,
        serde_json::to_string(response)?,
        ctx.now
    )?;
    Ok(())
}

/// Does the work of a call once: a retry with the same key gets the first answer (M34). Runs inside
/// the transaction of the work.
///
/// ```ignore
/// transact!(app.db, |tx| once!(tx, &ctx, call, service::pay(tx, &ctx, …).await))
/// ```
#[macro_export]
macro_rules! once {
    ($tx:expr, $ctx:expr, $call:expr, $work:expr) => {{
        let person = $ctx.person_id().ok_or(shared::problem::Code::SignInRequired)?;
        match $crate::idempotency::look_up($tx, person, &$call.idempotency_key, &$call.request_hash).await? {
            $crate::idempotency::Key::Done(answer) => Ok(answer),
            $crate::idempotency::Key::New => {
                let answer = $work?;
                $crate::idempotency::keep($tx, $ctx, person, &$call.idempotency_key, &$call.request_hash, &answer)
                    .await?;
                Ok(answer)
            }
        }
    }};
}
