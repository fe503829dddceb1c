//! SQL of reports and the budget that they are held against.

use shared::ids::{AgreementId, PersonId, ReportId};
use shared::money::Money;
use shared::reports::{Disallowance, LineDraft, PlannedReport, ReportState, ReportingRate};
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::{Tx, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

// --- the budget ---

/// Writes what the project was signed to cost, by category.
///
/// # Errors
/// When the database fails.
pub async fn insert_budget(tx: &mut Tx, agreement_id: AgreementId, budget: &[(String, Money)]) -> Result<(), ApiError> {
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO agreement_budget (agreement_id, version, position, category, planned_minor) ",
        );
        insert.push_values(budget.iter().zip(1_i64..), |mut row, ((category, planned), position)| {
            row.push_bind(agreement_id)
                .push_bind(1_i64)
                .push_bind(position)
                .push_bind(category.clone())
                .push_bind(planned.minor());
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// A category of the budget, with what one report says about it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LineRow {
    /// The category.
    pub category: String,
    /// As signed or last amended.
    pub planned_minor: i64,
    /// Accepted in reports before this one.
    pub before_minor: i64,
    /// Reported in this one.
    pub reported_minor: i64,
    /// Disallowed in this one.
    pub disallowed_minor: i64,
    /// Why.
    pub disallowed_reason: String,
    /// Once accepted: what it is in the fund's currency.
    pub accepted_minor: Option<i64>,
    /// What the recipient says.
    pub note: String,
}

impl LineRow {
    /// Reported − disallowed, in the currency that the recipient reports in.
    #[must_use]
    pub fn spent_minor(&self) -> i64 {
        self.reported_minor - self.disallowed_minor
    }
}

/// The lines of a report against a version of the budget, in the budget's order.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &mut Tx, report: &ReportRow, budget_version: i64) -> Result<Vec<LineRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT b.category, b.planned_minor,
             CAST(COALESCE((SELECT SUM(x.accepted_minor) FROM report_lines x
                 JOIN reports r ON r.id = x.report_id
                 WHERE r.agreement_id = b.agreement_id AND r.number < $3 AND r.accepted_at IS NOT NULL
                     AND x.category = b.category), 0) AS BIGINT) AS before_minor,
             COALESCE(l.reported_minor, 0) AS reported_minor, COALESCE(l.disallowed_minor, 0) AS disallowed_minor,
             COALESCE(l.disallowed_reason, '') AS disallowed_reason, l.accepted_minor, COALESCE(l.note, '') AS note
         FROM agreement_budget b LEFT JOIN report_lines l ON l.report_id = $2 AND l.category = b.category
         WHERE b.agreement_id = $1 AND b.version = $4 ORDER BY b.position"
    )
    .bind(report.agreement_id)
    .bind(report.id)
    .bind(report.number)
    .bind(budget_version)
    .fetch_all(c)
    .await)?)
}

/// What the reports accepted before one come to.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct BeforeRow {
    /// Spent, in the currency that the recipient reports in.
    pub spent_minor: i64,
    /// What rounding left of the totals.
    pub rounding_minor: i64,
}

/// What the reports accepted before this one come to.
///
/// # Errors
/// When the database fails.
pub async fn before(tx: &mut Tx, report: &ReportRow) -> Result<BeforeRow, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT CAST(COALESCE((SELECT SUM(l.reported_minor - l.disallowed_minor) FROM report_lines l
                 JOIN reports x ON x.id = l.report_id
                 WHERE x.agreement_id = $1 AND x.number < $2 AND x.accepted_at IS NOT NULL), 0) AS BIGINT) AS spent_minor,
             CAST(COALESCE(SUM(r.rounding_minor), 0) AS BIGINT) AS rounding_minor
         FROM reports r WHERE r.agreement_id = $1 AND r.number < $2 AND r.accepted_at IS NOT NULL"
    )
    .bind(report.agreement_id)
    .bind(report.number)
    .fetch_one(c)
    .await
    })?)
}

/// Keeps what the lines of a report are accepted at, in the fund's currency. Categories without a line
/// have nothing to keep.
///
/// # Errors
/// When the database fails.
pub async fn accept_lines(tx: &mut Tx, id: ReportId, lines: &[(String, Money)]) -> Result<(), ApiError> {
    on!(tx, |c| {
        let mut update = QueryBuilder::new("UPDATE report_lines SET accepted_minor = CASE category");
        for (category, accepted) in lines {
            update.push(" WHEN ").push_bind(category.clone()).push(" THEN CAST(").push_bind(accepted.minor());
            update.push(" AS BIGINT)");
        }
        update.push(" ELSE CAST(0 AS BIGINT) END WHERE report_id = ").push_bind(id);
        update.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Replaces the lines of a report; what was disallowed is checked anew.
///
/// # Errors
/// When the database fails.
pub async fn replace_lines(tx: &mut Tx, id: ReportId, lines: &[LineDraft]) -> Result<(), ApiError> {
    execute!(tx, "DELETE FROM report_lines WHERE report_id = $1", id)?;
    let said: Vec<&LineDraft> =
        lines.iter().filter(|line| line.reported.is_positive() || !line.note.trim().is_empty()).collect();
    if said.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut insert = QueryBuilder::new("INSERT INTO report_lines (report_id, category, reported_minor, note) ");
        insert.push_values(said, |mut row, line| {
            row.push_bind(id)
                .push_bind(line.category.clone())
                .push_bind(line.reported.minor())
                .push_bind(line.note.trim().to_owned());
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Replaces what is disallowed of a report.
///
/// # Errors
/// When the database fails.
pub async fn replace_disallowances(tx: &mut Tx, id: ReportId, items: &[Disallowance]) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE report_lines SET disallowed_minor = 0, disallowed_reason = '' WHERE report_id = $1 AND disallowed_minor > 0",
        id
    )?;
    if items.is_empty() {
        return Ok(());
    }
    let changed = on!(tx, |c| {
        let mut update = QueryBuilder::new("UPDATE report_lines SET disallowed_minor = CASE category");
        for item in items {
            update.push(" WHEN ").push_bind(item.category.clone()).push(" THEN CAST(").push_bind(item.amount.minor());
            update.push(" AS BIGINT)");
        }
        update.push(" END, disallowed_reason = CASE category");
        for item in items {
            update
                .push(" WHEN ")
                .push_bind(item.category.clone())
                .push(" THEN ")
                .push_bind(item.reason.trim().to_owned());
        }
        update.push(" END WHERE report_id = ").push_bind(id).push(" AND category IN (");
        let mut list = update.separated(", ");
        for item in items {
            list.push_bind(item.category.clone());
        }
        update.push(")");
        update.build().execute(c).await.map(|done| crate::db::Affected::rows(&done))
    })?;
    if usize::try_from(changed).is_ok_and(|changed| changed == items.len()) {
        Ok(())
    } else {
        Err(ApiError::internal("a disallowance without its line"))
    }
}

// --- reports ---

/// A report with the persons of its steps.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReportRow {
    /// Its id.
    pub id: ReportId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its place in the calendar.
    pub number: i64,
    /// The last one.
    pub is_final: bool,
    /// First day that it covers.
    pub period_from: Date,
    /// Last day that it covers.
    pub period_to: Date,
    /// When it is due.
    pub due_on: Date,
    /// How far it is.
    pub state: ReportState,
    /// The narrative.
    pub narrative: String,
    /// What finance asks, or why it was rejected.
    pub remark: String,
    /// The sum of what was reported.
    pub reported_minor: i64,
    /// Who handed it in.
    pub submitted_by: Option<PersonId>,
    /// By name.
    pub submitted_name: Option<String>,
    /// When.
    pub submitted_at: Option<Timestamp>,
    /// Who checked it.
    pub checked_by: Option<PersonId>,
    /// By name.
    pub checked_name: Option<String>,
    /// When.
    pub checked_at: Option<Timestamp>,
    /// Who approved its shifts, by name.
    pub shift_approved_name: Option<String>,
    /// When.
    pub shift_approved_at: Option<Timestamp>,
    /// Who accepted it, by name.
    pub accepted_name: Option<String>,
    /// When.
    pub accepted_at: Option<Timestamp>,
    /// Eligible cost, once accepted.
    pub accepted_minor: Option<i64>,
    /// The grant's share of it.
    pub accepted_share_minor: Option<i64>,
    /// The rate it was accepted with: minor units of the fund's currency…
    pub rate_fund_minor: Option<i64>,
    /// … for so many of the reporting currency (M51).
    pub rate_reporting_minor: Option<i64>,
    /// What rounding the lines left of the total (M53).
    pub rounding_minor: i64,
    /// Once accepted: the version of the budget that it was held against.
    pub budget_version: Option<i64>,
    /// For `If-Match`.
    pub version: i64,
}

const REPORTS: &str =
    "SELECT r.id, r.agreement_id, r.number, r.is_final, r.period_from, r.period_to, r.due_on, r.state, r.narrative, r.remark,
         CAST(COALESCE((SELECT SUM(l.reported_minor) FROM report_lines l WHERE l.report_id = r.id), 0) AS BIGINT)
             AS reported_minor,
         r.submitted_by, p1.name AS submitted_name, r.submitted_at, r.checked_by, p2.name AS checked_name, r.checked_at,
         p3.name AS shift_approved_name, r.shift_approved_at, p4.name AS accepted_name, r.accepted_at, r.accepted_minor,
         r.accepted_share_minor, r.rate_fund_minor, r.rate_reporting_minor, r.rounding_minor, r.budget_version, r.version
     FROM reports r LEFT JOIN people p1 ON p1.id = r.submitted_by LEFT JOIN people p2 ON p2.id = r.checked_by
     LEFT JOIN people p3 ON p3.id = r.shift_approved_by LEFT JOIN people p4 ON p4.id = r.accepted_by WHERE ";

/// A report by id.
///
/// # Errors
/// When the database fails.
pub async fn report(tx: &mut Tx, id: ReportId) -> Result<Option<ReportRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(REPORTS);
        query.push("r.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// An agreement's reports in the calendar's order; a plan has few tranches, so there are few.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<ReportRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(REPORTS);
        query.push("r.agreement_id = ").push_bind(agreement_id).push(" ORDER BY r.number LIMIT 100");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Replaces a draft agreement's report calendar.
///
/// # Errors
/// When the database fails.
pub async fn replace_calendar(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement_id: AgreementId,
    calendar: &[PlannedReport],
) -> Result<(), ApiError> {
    execute!(tx, "DELETE FROM reports WHERE agreement_id = $1", agreement_id)?;
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO reports (id, agreement_id, number, is_final, period_from, period_to, due_on, state) ",
        );
        insert.push_values(calendar.iter().zip(1_i64..), |mut row, (planned, number)| {
            row.push_bind(ctx.id::<ReportId>())
                .push_bind(agreement_id)
                .push_bind(number)
                .push_bind(planned.is_final)
                .push_bind(planned.from)
                .push_bind(planned.to)
                .push_bind(planned.due_on)
                .push_bind(ReportState::Scheduled);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Saves the narrative of a report that lies with the recipient.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_saved(
    tx: &mut Tx,
    id: ReportId,
    version: i64,
    state: ReportState,
    narrative: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE reports SET state = $3, narrative = $4, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        narrative.trim(),
    )?)
}

/// Marks a report as handed in; checks and approvals are made anew.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_submitted(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: ReportId,
    version: i64,
    state: ReportState,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE reports SET state = $3, submitted_by = $4, submitted_at = $5, checked_by = NULL, checked_at = NULL,
             shift_approved_by = NULL, shift_approved_at = NULL, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        by,
        ctx.now,
    )?)
}

/// Marks a report as checked; the Desk's approval of shifts is made anew.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_checked(tx: &mut Tx, ctx: &Ctx<'_>, id: ReportId, version: i64, by: PersonId) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE reports SET state = $3, checked_by = $4, checked_at = $5, shift_approved_by = NULL,
             shift_approved_at = NULL, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        ReportState::InCheck,
        by,
        ctx.now,
    )?)
}

/// Gives a report back to the recipient, with a question or a reason.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_returned(
    tx: &mut Tx,
    id: ReportId,
    version: i64,
    state: ReportState,
    remark: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE reports SET state = $3, remark = $4, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        remark.trim(),
    )?)
}

/// Keeps the Desk's approval of a report's shifts.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_shift_approved(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: ReportId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE reports SET shift_approved_by = $3, shift_approved_at = $4, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        by,
        ctx.now,
    )?)
}

/// What a report was accepted with.
#[derive(Debug, Clone, Copy)]
pub struct Acceptance {
    /// Accepted, whole or not.
    pub state: ReportState,
    /// Eligible cost, rounding included.
    pub accepted: Money,
    /// The grant's share of it.
    pub share: Money,
    /// What converted it (M51).
    pub rate: Option<ReportingRate>,
    /// What rounding the lines left of the total (M53).
    pub rounding: Money,
    /// The version of the budget that it was held against (M40).
    pub budget_version: i64,
}

/// Marks a report as accepted.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_accepted(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: ReportId,
    version: i64,
    by: PersonId,
    acceptance: Acceptance,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE reports SET state = $3, accepted_by = $4, accepted_at = $5, accepted_minor = $6,
             accepted_share_minor = $7, rate_fund_minor = $8, rate_reporting_minor = $9, rounding_minor = $10,
             budget_version = $11, remark = '', version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        acceptance.state,
        by,
        ctx.now,
        acceptance.accepted.minor(),
        acceptance.share.minor(),
        acceptance.rate.map(|rate| rate.fraction().numerator()),
        acceptance.rate.map(|rate| rate.fraction().denominator()),
        acceptance.rounding.minor(),
        acceptance.budget_version,
    )?)
}
