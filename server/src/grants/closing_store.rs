//! SQL of recoveries, refunds and closure.

use shared::grants::{AgreementState, RecoveryState, RefundDraft};
use shared::ids::{AgreementId, PersonId, RecoveryId, RefundId};
use shared::money::Money;
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A recovery with the persons of its steps.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RecoveryRow {
    /// Its id.
    pub id: RecoveryId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub number: String,
    /// How much.
    pub amount_minor: i64,
    /// What has come back.
    pub refunded_minor: i64,
    /// How far it is.
    pub state: RecoveryState,
    /// Who raised it, by name.
    pub raised_name: String,
    /// When.
    pub raised_at: Timestamp,
    /// Until when it is due.
    pub due_on: Option<Date>,
    /// Why finance proposes to give it up.
    pub write_off_reason: String,
    /// Who proposed it.
    pub write_off_proposed_by: Option<PersonId>,
    /// By name.
    pub write_off_proposed_name: Option<String>,
    /// When.
    pub write_off_proposed_at: Option<Timestamp>,
    /// Where the decision is kept.
    pub write_off_reference: String,
    /// Who recorded it, by name.
    pub written_off_name: Option<String>,
    /// When.
    pub written_off_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const RECOVERIES: &str =
    "SELECT v.id, v.agreement_id, v.number, v.amount_minor, v.refunded_minor, v.state, p1.name AS raised_name, v.raised_at,
         v.due_on, v.write_off_reason, v.write_off_proposed_by, p2.name AS write_off_proposed_name, v.write_off_proposed_at,
         v.write_off_reference, p3.name AS written_off_name, v.written_off_at, v.version
     FROM recoveries v JOIN people p1 ON p1.id = v.raised_by LEFT JOIN people p2 ON p2.id = v.write_off_proposed_by
     LEFT JOIN people p3 ON p3.id = v.written_off_by WHERE ";

/// An agreement's recoveries, oldest first: one at a time is open, so there are few.
///
/// # Errors
/// When the database fails.
pub async fn recoveries(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<RecoveryRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(RECOVERIES);
        query.push("v.agreement_id = ").push_bind(agreement_id).push(" ORDER BY v.id LIMIT 100");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A recovery by id.
///
/// # Errors
/// When the database fails.
pub async fn recovery(tx: &mut Tx, id: RecoveryId) -> Result<Option<RecoveryRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(RECOVERIES);
        query.push("v.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A refund with the persons of its steps.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RefundRow {
    /// Its id.
    pub id: RefundId,
    /// On which recovery.
    pub recovery_id: RecoveryId,
    /// How much.
    pub amount_minor: i64,
    /// The bank's reference.
    pub bank_reference: String,
    /// When it arrived.
    pub received_on: Date,
    /// Who recorded it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who confirmed it, by name.
    pub confirmed_name: Option<String>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
}

const REFUNDS: &str =
    "SELECT x.id, x.recovery_id, x.amount_minor, x.bank_reference, x.received_on, x.prepared_by, p1.name AS prepared_name,
         x.prepared_at, p2.name AS confirmed_name, x.confirmed_at
     FROM refunds x JOIN recoveries v ON v.id = x.recovery_id JOIN people p1 ON p1.id = x.prepared_by
     LEFT JOIN people p2 ON p2.id = x.confirmed_by WHERE x.refused_by IS NULL AND ";

/// The refunds on an agreement's recoveries, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn refunds(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<RefundRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(REFUNDS);
        query.push("v.agreement_id = ").push_bind(agreement_id).push(" ORDER BY x.id LIMIT 500");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A refund by id.
///
/// # Errors
/// When the database fails.
pub async fn refund(tx: &mut Tx, id: RefundId) -> Result<Option<RefundRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(REFUNDS);
        query.push("x.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// Writes a recovery.
///
/// # Errors
/// When the database fails.
pub async fn insert_recovery(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement_id: AgreementId,
    number: &str,
    amount: Money,
    by: PersonId,
) -> Result<RecoveryId, ApiError> {
    let id: RecoveryId = ctx.id();
    execute!(
        tx,
        "INSERT INTO recoveries (id, agreement_id, number, amount_minor, state, raised_by, raised_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        agreement_id,
        number,
        amount.minor(),
        RecoveryState::Raised,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// The recipient knows of a recovery.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_notified(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: RecoveryId,
    version: i64,
    due_on: Date,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE recoveries SET state = $3, notified_at = $4, due_on = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        RecoveryState::Notified,
        ctx.now,
        due_on,
    )?)
}

/// Writes a refund that waits for its confirmation.
///
/// # Errors
/// When the bank's reference was used; when the database fails.
pub async fn insert_refund(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    recovery_id: RecoveryId,
    draft: &RefundDraft,
    by: PersonId,
) -> Result<RefundId, ApiError> {
    let id: RefundId = ctx.id();
    execute!(
        tx,
        "INSERT INTO refunds (id, recovery_id, amount_minor, bank_reference, received_on, prepared_by, prepared_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        recovery_id,
        draft.amount.minor(),
        draft.bank_reference.trim(),
        draft.received_on,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// A refund is confirmed, and counts on its recovery.
///
/// # Errors
/// When the database fails.
pub async fn set_refund_confirmed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    refund: &RefundRow,
    by: PersonId,
    state: RecoveryState,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE refunds SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1 AND confirmed_by IS NULL",
        refund.id,
        by,
        ctx.now,
    )?)?;
    exactly_one(execute!(
        tx,
        "UPDATE recoveries SET refunded_minor = refunded_minor + $2, state = $3, version = version + 1 WHERE id = $1",
        refund.recovery_id,
        refund.amount_minor,
        state,
    )?)
}

/// A payment came back: less is owed, or nothing.
///
/// # Errors
/// When the database fails.
pub async fn set_adjusted(
    tx: &mut Tx,
    id: RecoveryId,
    amount_minor: i64,
    state: RecoveryState,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE recoveries SET amount_minor = $2, state = $3, version = version + 1 WHERE id = $1",
        id,
        amount_minor,
        state,
    )?)
}

/// A refund is refused: it counts for nothing, and its bank reference is free again.
///
/// # Errors
/// When it is confirmed, or the database fails.
pub async fn set_refund_refused(tx: &mut Tx, ctx: &Ctx<'_>, id: RefundId, by: PersonId) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE refunds SET refused_by = $2, refused_at = $3 WHERE id = $1 AND confirmed_by IS NULL",
        id,
        by,
        ctx.now,
    )?)
}

/// Nobody proposes any more to give a recovery up.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn drop_write_off(tx: &mut Tx, id: RecoveryId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE recoveries SET write_off_reason = '', write_off_proposed_by = NULL, write_off_proposed_at = NULL,
             version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
    )?)
}

/// Finance proposes to give a recovery up.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_write_off_proposed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: RecoveryId,
    version: i64,
    by: PersonId,
    reason: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE recoveries SET write_off_reason = $3, write_off_proposed_by = $4, write_off_proposed_at = $5,
             version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        reason.trim(),
        by,
        ctx.now,
    )?)
}

/// The Steering Group gave a recovery up.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_written_off(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: RecoveryId,
    version: i64,
    by: PersonId,
    reference: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE recoveries SET state = $3, write_off_reference = $4, written_off_by = $5, written_off_at = $6,
             version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        RecoveryState::WrittenOff,
        reference.trim(),
        by,
        ctx.now,
    )?)
}

/// The final report is accepted: the final grant is known (M42).
///
/// # Errors
/// When the database fails.
pub async fn set_final(tx: &mut Tx, id: AgreementId, final_grant: Money) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE agreements SET final_minor = $2, state = $3, version = version + 1
         WHERE id = $1 AND final_minor IS NULL AND state IN ('active', 'ended')",
        id,
        final_grant.minor(),
        AgreementState::Closing,
    )?)
}

/// Closes an agreement.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_closed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: AgreementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET state = $3, closed_by = $4, closed_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        AgreementState::Closed,
        by,
        ctx.now,
    )?)
}
