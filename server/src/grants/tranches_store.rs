//! SQL of tranches.

use shared::grants::{PlannedTranche, TrancheState};
use shared::ids::{AgreementId, PersonId, TrancheId};
use shared::money::Money;
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::{Tx, exactly_one};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A tranche and what was paid of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TrancheRow {
    /// Its id.
    pub id: TrancheId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its place, from 1.
    pub number: i64,
    /// As planned.
    pub planned_minor: i64,
    /// What earlier ones moved here.
    pub carried_minor: i64,
    /// What may be paid of it.
    pub payable_minor: i64,
    /// Paid.
    pub paid_minor: i64,
    /// Prepared, and not paid yet.
    pub on_its_way_minor: i64,
    /// When it is due.
    pub due_on: Date,
    /// What must have happened.
    pub condition: String,
    /// The last one.
    pub is_retention: bool,
    /// As stored: due follows from the day.
    pub state: TrancheState,
    /// Who asked for it, by name.
    pub requested_name: Option<String>,
    /// When.
    pub requested_at: Option<Timestamp>,
    /// Who decided on it, by name.
    pub decided_name: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was reduced or withheld.
    pub reason: String,
    /// The Desk has not released an earlier one.
    pub is_earlier_open: bool,
    /// A report due by today or by the tranche's day is not accepted (M32).
    pub is_report_missing: bool,
}

/// Whether a tranche before `t` is not released. The signature releases the first.
pub const EARLIER_OPEN: &str = "EXISTS (SELECT 1 FROM tranches e WHERE e.agreement_id = t.agreement_id
    AND e.number > 1 AND e.number < t.number AND e.state NOT IN ('released', 'reduced', 'paid'))";

/// Whether a report that tranche `t` waits for is not accepted; a date follows (M32).
pub const REPORT_MISSING: &str = "EXISTS (SELECT 1 FROM reports r WHERE r.agreement_id = t.agreement_id
    AND r.state NOT IN ('accepted', 'accepted_with_disallowance') AND (r.due_on <= t.due_on OR r.due_on <= ";

/// What disbursements of tranche `t` take of it while they are on their way.
const ON_ITS_WAY: &str = "SELECT SUM(d.amount_minor) FROM disbursements d WHERE d.tranche_id = t.id
    AND d.state IN ('draft', 'verified', 'approved', 'instructed', 'failed')";

async fn read(
    tx: &mut Tx,
    today: Date,
    agreement_id: Option<AgreementId>,
    id: Option<TrancheId>,
) -> Result<Vec<TrancheRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT t.id, t.agreement_id, t.number, t.planned_minor, t.carried_minor,
                 COALESCE(t.payable_minor, t.planned_minor + t.carried_minor) AS payable_minor, t.due_on, t.condition,
                 t.is_retention, t.state, p1.name AS requested_name, t.requested_at, p2.name AS decided_name, t.decided_at,
                 t.reason, CAST(COALESCE((SELECT SUM(d.amount_minor) FROM disbursements d WHERE d.tranche_id = t.id
                     AND d.state IN ('paid', 'reconciled')), 0) AS BIGINT) AS paid_minor,
                 CAST(COALESCE((",
        );
        query.push(ON_ITS_WAY).push("), 0) AS BIGINT) AS on_its_way_minor, ");
        query.push(EARLIER_OPEN).push(" AS is_earlier_open, ");
        query.push(REPORT_MISSING).push_bind(today).push(")) AS is_report_missing");
        query.push(
            " FROM tranches t LEFT JOIN people p1 ON p1.id = t.requested_by LEFT JOIN people p2 ON p2.id = t.decided_by
              WHERE ",
        );
        if let Some(id) = id {
            query.push("t.id = ").push_bind(id);
        } else {
            query.push("t.agreement_id = ").push_bind(agreement_id).push(" ORDER BY t.number");
        }
        query.build_query_as().fetch_all(c).await
    })?)
}

/// An agreement's tranches, in order.
///
/// # Errors
/// When the database fails.
pub async fn tranches(tx: &mut Tx, agreement_id: AgreementId, today: Date) -> Result<Vec<TrancheRow>, ApiError> {
    read(tx, today, Some(agreement_id), None).await
}

/// A tranche by id.
///
/// # Errors
/// When the database fails.
pub async fn tranche(tx: &mut Tx, id: TrancheId, today: Date) -> Result<Option<TrancheRow>, ApiError> {
    Ok(read(tx, today, None, Some(id)).await?.pop())
}

/// Replaces an agreement's plan; nothing was prepared on it yet.
///
/// # Errors
/// When the database fails.
pub async fn replace_tranches(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement_id: AgreementId,
    plan: &[PlannedTranche],
) -> Result<(), ApiError> {
    execute!(tx, "DELETE FROM tranches WHERE agreement_id = $1", agreement_id)?;
    let last = i64::try_from(plan.len()).unwrap_or_default();
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO tranches (id, agreement_id, number, planned_minor, due_on, condition, is_retention, state) ",
        );
        insert.push_values(plan.iter().zip(1_i64..), |mut row, (tranche, number)| {
            row.push_bind(ctx.id::<TrancheId>())
                .push_bind(agreement_id)
                .push_bind(number)
                .push_bind(tranche.amount.minor())
                .push_bind(tranche.due_on)
                .push_bind(tranche.condition.trim().to_owned())
                .push_bind(number == last)
                .push_bind(TrancheState::Planned);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Marks a tranche as requested.
///
/// # Errors
/// When the database fails.
pub async fn set_requested(tx: &mut Tx, ctx: &Ctx<'_>, id: TrancheId, by: PersonId) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE tranches SET state = $2, requested_by = $3, requested_at = $4 WHERE id = $1",
        id,
        TrancheState::Requested,
        by,
        ctx.now,
    )?)
}

/// The Desk's word on a tranche; `payable` once it is released.
///
/// # Errors
/// When the database fails.
pub async fn set_decided(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: TrancheId,
    by: PersonId,
    state: TrancheState,
    payable: Option<Money>,
    reason: &str,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE tranches SET state = $2, payable_minor = $3, decided_by = $4, decided_at = $5, reason = $6 WHERE id = $1",
        id,
        state,
        payable.map(Money::minor),
        by,
        ctx.now,
        reason.trim(),
    )?)
}

/// Moves an amount on to the tranche of this number (M33).
///
/// # Errors
/// When that one is released already: it would be payable nowhere; when the database fails.
pub async fn carry(tx: &mut Tx, agreement_id: AgreementId, number: i64, rest: Money) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE tranches SET carried_minor = carried_minor + $3
         WHERE agreement_id = $1 AND number = $2 AND payable_minor IS NULL",
        agreement_id,
        number,
        rest.minor(),
    )?)
}

/// Marks a tranche as paid in full.
///
/// # Errors
/// When the database fails.
pub async fn set_tranche_paid(tx: &mut Tx, id: TrancheId) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE tranches SET state = $2 WHERE id = $1", id, TrancheState::Paid)?)
}

/// A tranche that was paid in full is open again, since a payment came back.
///
/// # Errors
/// When the database fails.
pub async fn reopen(tx: &mut Tx, id: TrancheId) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE tranches SET state = CASE WHEN payable_minor IS NULL THEN 'planned'
             WHEN payable_minor < planned_minor + carried_minor THEN 'reduced' ELSE 'released' END
         WHERE id = $1 AND state = 'paid'",
        id,
    )?;
    Ok(())
}

/// The final grant is known: what was not paid of earlier tranches is no longer payable, the retention
/// is the balance (M43): final grant − net disbursed, as far as it was not given up.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &mut Tx, agreement_id: AgreementId, final_grant: Money) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE tranches SET state = CASE WHEN state = 'paid' THEN 'paid' ELSE 'reduced' END,
             payable_minor = (SELECT CAST(COALESCE(SUM(d.amount_minor), 0) AS BIGINT) FROM disbursements d
                 WHERE d.tranche_id = tranches.id AND d.state IN ('paid', 'reconciled'))
         WHERE agreement_id = $1 AND NOT is_retention",
        agreement_id,
    )?;
    let (balance, paid): (i64, i64) = on!(tx, |c| sqlx::query_as(
        "SELECT CAST($2 AS BIGINT) - b.disbursed_minor + b.written_off_minor,
             CAST(COALESCE((SELECT SUM(d.amount_minor) FROM disbursements d JOIN tranches t ON t.id = d.tranche_id
                 WHERE d.agreement_id = $1 AND t.is_retention AND d.state IN ('paid', 'reconciled')), 0) AS BIGINT)
         FROM agreement_balances b WHERE b.agreement_id = $1"
    )
    .bind(agreement_id)
    .bind(final_grant.minor())
    .fetch_one(c)
    .await)?;
    exactly_one(execute!(
        tx,
        "UPDATE tranches SET payable_minor = $2,
             state = CASE WHEN $2 < planned_minor + carried_minor THEN 'reduced' ELSE 'released' END
         WHERE agreement_id = $1 AND is_retention",
        agreement_id,
        balance.max(0) + paid,
    )?)
}
