//! SQL of amendments and the versions of a budget.

use shared::amendments::{AmendedCategory, AmendmentDraft, AmendmentKind, AmendmentState, AmendmentStep, Basis};
use shared::ids::{AgreementId, AmendmentId, PersonId};
use shared::money::Money;
use shared::time::Timestamp;
use sqlx::{AssertSqlSafe, QueryBuilder};

use crate::app::Ctx;
use crate::db::{Tx, fresh};
use crate::grants::store::AgreementRow;
use crate::http::error::ApiError;
use crate::{execute, on};

/// A category of a version of a budget.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BudgetRow {
    /// The category.
    pub category: String,
    /// As signed; nothing where an amendment brought it.
    pub signed_minor: i64,
    /// In this version.
    pub last_minor: i64,
    /// Accepted in reports so far.
    pub spent_minor: i64,
}

/// A version of an agreement's budget, in its order, beside what was signed and what is spent.
///
/// # Errors
/// When the database fails.
pub async fn budget(tx: &mut Tx, agreement_id: AgreementId, version: i64) -> Result<Vec<BudgetRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT b.category, COALESCE(s.planned_minor, 0) AS signed_minor, b.planned_minor AS last_minor,
             CAST(COALESCE((SELECT SUM(l.accepted_minor) FROM report_lines l JOIN reports r ON r.id = l.report_id
                 WHERE r.agreement_id = b.agreement_id AND r.accepted_at IS NOT NULL AND l.category = b.category), 0)
                 AS BIGINT) AS spent_minor
         FROM agreement_budget b
         LEFT JOIN agreement_budget s ON s.agreement_id = b.agreement_id AND s.version = 1 AND s.category = b.category
         WHERE b.agreement_id = $1 AND b.version = $2 ORDER BY b.position"
    )
    .bind(agreement_id)
    .bind(version)
    .fetch_all(c)
    .await)?)
}

/// An amendment with the persons of its steps.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AmendmentRow {
    /// Its id.
    pub id: AmendmentId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its place among the agreement's amendments.
    pub number: i64,
    /// What it changes.
    pub kind: AmendmentKind,
    /// How far it is.
    pub state: AmendmentState,
    /// Why.
    pub reason: String,
    /// The version of the budget that it changes.
    pub base_version: i64,
    /// The sum of what its categories gain.
    pub moved_minor: i64,
    /// Who began it, by name.
    pub created_name: String,
    /// When.
    pub created_at: Timestamp,
    /// Who handed it in, by name.
    pub submitted_name: Option<String>,
    /// When.
    pub submitted_at: Option<Timestamp>,
    /// Who checked it for the Desk.
    pub desk_by: Option<PersonId>,
    /// By name.
    pub desk_name: Option<String>,
    /// When.
    pub desk_at: Option<Timestamp>,
    /// Who approved it for finance.
    pub finance_by: Option<PersonId>,
    /// By name.
    pub finance_name: Option<String>,
    /// When.
    pub finance_at: Option<Timestamp>,
    /// Who signed it for the fund.
    pub signed_by: Option<PersonId>,
    /// By name.
    pub signed_name: Option<String>,
    /// When.
    pub signed_at: Option<Timestamp>,
    /// Who signed it for the recipient, by name.
    pub countersigned_name: Option<String>,
    /// When.
    pub countersigned_at: Option<Timestamp>,
    /// Who refused it, by name.
    pub refused_name: Option<String>,
    /// When.
    pub refused_at: Option<Timestamp>,
    /// Why.
    pub refusal: String,
    /// For `If-Match`.
    pub version: i64,
}

const AMENDMENTS: &str = "SELECT m.id, m.agreement_id, m.number, m.kind, m.state, m.reason, m.base_version,
         CAST(COALESCE((SELECT SUM(l.planned_minor - COALESCE(b.planned_minor, 0)) FROM amendment_lines l
             LEFT JOIN agreement_budget b ON b.agreement_id = m.agreement_id AND b.version = m.base_version
                 AND b.category = l.category
             WHERE l.amendment_id = m.id AND l.planned_minor > COALESCE(b.planned_minor, 0)), 0) AS BIGINT) AS moved_minor,
         p1.name AS created_name, m.created_at, p2.name AS submitted_name, m.submitted_at, m.desk_by, p3.name AS desk_name,
         m.desk_at, m.finance_by, p4.name AS finance_name, m.finance_at, m.signed_by, p5.name AS signed_name, m.signed_at,
         p6.name AS countersigned_name, m.countersigned_at, p7.name AS refused_name, m.refused_at, m.refusal, m.version
     FROM amendments m JOIN people p1 ON p1.id = m.created_by LEFT JOIN people p2 ON p2.id = m.submitted_by
     LEFT JOIN people p3 ON p3.id = m.desk_by LEFT JOIN people p4 ON p4.id = m.finance_by
     LEFT JOIN people p5 ON p5.id = m.signed_by LEFT JOIN people p6 ON p6.id = m.countersigned_by
     LEFT JOIN people p7 ON p7.id = m.refused_by WHERE ";

/// An amendment by id.
///
/// # Errors
/// When the database fails.
pub async fn amendment(tx: &mut Tx, id: AmendmentId) -> Result<Option<AmendmentRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(AMENDMENTS);
        query.push("m.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// An agreement's amendments, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn amendments(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<AmendmentRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(AMENDMENTS);
        query.push("m.agreement_id = ").push_bind(agreement_id).push(" ORDER BY m.number LIMIT 100");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// The amendment of an agreement that is under way.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &mut Tx, agreement_id: AgreementId) -> Result<Option<AmendmentId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM amendments WHERE agreement_id = $1 AND state NOT IN ('effective', 'refused')"
    )
    .bind(agreement_id)
    .fetch_optional(c)
    .await)?)
}

#[derive(sqlx::FromRow)]
struct LineRow {
    category: String,
    planned_minor: i64,
}

/// The new budget of an amendment, in its order.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &mut Tx, agreement: &AgreementRow, id: AmendmentId) -> Result<Vec<AmendedCategory>, ApiError> {
    let rows: Vec<LineRow> = on!(tx, |c| sqlx::query_as(
        "SELECT category, planned_minor FROM amendment_lines WHERE amendment_id = $1 ORDER BY position"
    )
    .bind(id)
    .fetch_all(c)
    .await)?;
    let line = |row: LineRow| AmendedCategory { category: row.category, planned: agreement.money(row.planned_minor) };
    Ok(rows.into_iter().map(line).collect())
}

/// Somebody who wrote at an amendment.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct WriterRow {
    /// Who.
    pub person_id: PersonId,
    /// For the fund, not for the recipient.
    pub is_for_fund: bool,
}

/// Everybody who wrote at an amendment.
///
/// # Errors
/// When the database fails.
pub async fn writers(tx: &mut Tx, id: AmendmentId) -> Result<Vec<WriterRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as("SELECT person_id, is_for_fund FROM amendment_writers WHERE amendment_id = $1")
        .bind(id)
        .fetch_all(c)
        .await)?)
}

/// Writes a draft.
///
/// # Errors
/// When another amendment is under way, or the database fails.
pub async fn insert(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement: &AgreementRow,
    by: PersonId,
    draft: &AmendmentDraft,
) -> Result<AmendmentId, ApiError> {
    let id: AmendmentId = ctx.id();
    execute!(
        tx,
        "INSERT INTO amendments (id, agreement_id, number, kind, state, reason, base_version, created_by, created_at)
         SELECT $1, $2, COALESCE(MAX(m.number), 0) + 1, $3, $4, $5, $6, $7, $8 FROM amendments m WHERE m.agreement_id = $2",
        id,
        agreement.id,
        draft.kind,
        AmendmentState::Draft,
        draft.reason.trim(),
        agreement.budget_version,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// Keeps that somebody wrote at an amendment.
///
/// # Errors
/// When the database fails.
pub async fn insert_writer(tx: &mut Tx, id: AmendmentId, by: PersonId, is_for_fund: bool) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO amendment_writers (amendment_id, person_id, is_for_fund) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        id,
        by,
        is_for_fund,
    )?;
    Ok(())
}

/// Writes the new budget: the categories that there are keep their places, and stay with nothing where they are not
/// named; new ones come after.
///
/// # Errors
/// When the database fails.
pub async fn insert_lines(tx: &mut Tx, id: AmendmentId, basis: &Basis, draft: &AmendmentDraft) -> Result<(), ApiError> {
    let planned = |category: &str| {
        let line = draft.lines.iter().find(|line| line.category == category);
        line.map_or(Money::zero(basis.total.currency()), |line| line.planned)
    };
    let kept = basis.lines.iter().map(|line| (line.category.clone(), planned(&line.category)));
    let new = basis.others.iter().map(|category| (category.clone(), planned(category)));
    let lines: Vec<_> = kept.chain(new.filter(|(_, planned)| planned.is_positive())).collect();
    on!(tx, |c| {
        let mut insert =
            QueryBuilder::new("INSERT INTO amendment_lines (amendment_id, position, category, planned_minor) ");
        insert.push_values(lines.iter().zip(1_i64..), |mut row, ((category, planned), position)| {
            row.push_bind(id).push_bind(position).push_bind(category.clone()).push_bind(planned.minor());
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Forgets the new budget of a draft.
///
/// # Errors
/// When the database fails.
pub async fn delete_lines(tx: &mut Tx, id: AmendmentId) -> Result<(), ApiError> {
    execute!(tx, "DELETE FROM amendment_lines WHERE amendment_id = $1", id)?;
    Ok(())
}

/// Saves what a draft says besides its budget.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_saved(tx: &mut Tx, id: AmendmentId, version: i64, draft: &AmendmentDraft) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE amendments SET reason = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        draft.reason.trim(),
    )?)
}

/// Keeps a step with who did it.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_step(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: AmendmentId,
    version: i64,
    step: AmendmentStep,
    by: PersonId,
) -> Result<(), ApiError> {
    let name = match step {
        AmendmentStep::Submit => "submitted",
        AmendmentStep::Check => "desk",
        AmendmentStep::Approve => "finance",
        AmendmentStep::Sign => "signed",
        AmendmentStep::Countersign => "countersigned",
    };
    let sql = format!(
        "UPDATE amendments SET state = $3, {name}_by = $4, {name}_at = $5, version = version + 1
         WHERE id = $1 AND version = $2"
    );
    let changed = on!(tx, |c| sqlx::query(AssertSqlSafe(sql.as_str()))
        .bind(id)
        .bind(version)
        .bind(step.to())
        .bind(by)
        .bind(ctx.now)
        .execute(c)
        .await
        .map(|done| crate::db::Affected::rows(&done)))?;
    fresh(changed)
}

/// Marks an amendment as refused.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_refused(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: AmendmentId,
    version: i64,
    by: PersonId,
    reason: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE amendments SET state = $3, refused_by = $4, refused_at = $5, refusal = $6, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        AmendmentState::Refused,
        by,
        ctx.now,
        reason.trim(),
    )?)
}

/// Makes the new budget of a signed amendment the agreement's next version, for good.
///
/// # Errors
/// When the database refuses it.
pub async fn take_effect(tx: &mut Tx, row: &AmendmentRow) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO agreement_budget (agreement_id, version, position, category, planned_minor)
         SELECT m.agreement_id, m.base_version + 1, l.position, l.category, l.planned_minor
         FROM amendments m JOIN amendment_lines l ON l.amendment_id = m.id WHERE m.id = $1",
        row.id,
    )?;
    Ok(())
}
