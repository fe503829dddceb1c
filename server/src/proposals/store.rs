//! SQL of proposals, their answers, budgets and submitted versions.

use shared::currency::Currency;
use shared::ids::{CallId, OrganisationId, PersonId, ProposalId, VersionId};
use shared::money::{Money, Quantity};
use shared::people::{Language, OrganisationRef, search_key};
use shared::proposals::{
    Budget, BudgetLine, Details, LineSource, ProposalState, ProposalSummary, Receipt, Totals, WorkingAnswer,
};
use shared::time::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::service::Start;
use crate::auth::policy::proposals::Visible;
use crate::db::paging::contains;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A proposal.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProposalRow {
    /// Its id.
    pub id: ProposalId,
    /// Given at the first submission.
    pub number: Option<String>,
    /// As last submitted; while never submitted, as it stands.
    pub title: String,
    /// The call it answers.
    pub call_id: CallId,
    /// That call's code.
    pub call_code: String,
    /// The applicant.
    pub organisation_id: OrganisationId,
    /// Its code.
    pub organisation_code: String,
    /// Its name.
    pub organisation_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The language it is written in.
    pub language: Language,
    /// The currency of its budget.
    pub currency: Currency,
    /// How long the project lasts (M9).
    pub duration_months: Option<i64>,
    /// Its state.
    pub state: ProposalState,
    /// In minor units of `currency`.
    pub requested_minor: i64,
    /// The project total, in minor units of `currency`.
    pub total_minor: i64,
    /// The request in euro cents.
    pub requested_eur_minor: i64,
    details: String,
    /// Of the whole.
    pub version: i64,
    /// Of the details.
    pub details_version: i64,
    /// Of the budget.
    pub budget_version: i64,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When it was last submitted.
    pub submitted_at: Option<Timestamp>,
    /// Since when the working copy of a submitted proposal is open again.
    pub reopened_at: Option<Timestamp>,
    /// Until when the desk has asked for more.
    pub due_at: Option<Timestamp>,
    /// What the desk asks for, why it is ineligible, or why it was withdrawn.
    pub reason: Option<String>,
    /// The call's deadline.
    pub closes_at: Timestamp,
    /// Whether the applicant was told what was decided (V10).
    pub is_released: bool,
}

impl ProposalRow {
    /// The applicant.
    #[must_use]
    pub fn organisation(&self) -> OrganisationRef {
        OrganisationRef {
            id: self.organisation_id,
            code: self.organisation_code.clone(),
            name: self.organisation_name.clone(),
        }
    }

    /// Title, country, duration and partners of the working copy.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn details(&self) -> Result<Details, ApiError> {
        Ok(serde_json::from_str(&self.details)?)
    }

    /// What is requested, in the proposal's currency.
    #[must_use]
    pub fn requested(&self) -> Money {
        Money::from_minor(self.requested_minor, self.currency)
    }

    /// The project total, in the proposal's currency.
    #[must_use]
    pub fn total(&self) -> Money {
        Money::from_minor(self.total_minor, self.currency)
    }

    /// What is requested, in EUR at the call's budget rate.
    #[must_use]
    pub fn requested_eur(&self) -> Money {
        Money::from_minor(self.requested_eur_minor, Currency::EUR)
    }

    /// Until when the applicant can submit.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        match (self.state, self.due_at) {
            (ProposalState::MoreInfo, Some(due_at)) => due_at,
            _ => self.closes_at,
        }
    }

    /// Until its result is released, a decided proposal looks as one that is deliberated (V10).
    pub fn hide_unreleased(&mut self) {
        if self.state == ProposalState::Decided && !self.is_released {
            self.state = ProposalState::Deliberated;
        }
    }

    /// As lists show it.
    #[must_use]
    pub fn summary(&self) -> ProposalSummary {
        ProposalSummary {
            id: self.id,
            number: self.number.clone(),
            title: self.title.clone(),
            call_id: self.call_id,
            call_code: self.call_code.clone(),
            organisation: self.organisation(),
            country: self.country.clone(),
            language: self.language,
            state: self.state,
            is_reopened: self.reopened_at.is_some(),
            requested: self.requested(),
            requested_eur: self.requested_eur(),
            due_at: self.due(),
            submitted_at: self.submitted_at,
            updated_at: self.updated_at,
        }
    }
}

const SELECT: &str = "SELECT p.id, p.number, p.title, p.call_id, c.code AS call_code, p.organisation_id,
        o.code AS organisation_code, o.name AS organisation_name, p.country, p.language, p.currency,
        p.duration_months, p.state, p.requested_minor, p.total_minor, p.requested_eur_minor, p.details,
        p.version, p.details_version, p.budget_version, p.updated_at, p.submitted_at, p.reopened_at,
        p.due_at, p.reason, c.closes_at, EXISTS (SELECT 1 FROM decisions d WHERE d.proposal_id = p.id
            AND d.decided_at <= c.results_released_at) AS is_released
    FROM proposals p JOIN calls c ON c.id = p.call_id JOIN organisations o ON o.id = p.organisation_id";

/// The state as [`ProposalRow::hide_unreleased`] leaves it.
const STATE_TOLD: &str = "CASE WHEN p.state = 'decided' AND NOT EXISTS (SELECT 1 FROM decisions d
    WHERE d.proposal_id = p.id AND d.decided_at <= c.results_released_at) THEN 'deliberated' ELSE p.state END";

/// A proposal.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, id: ProposalId) -> Result<Option<ProposalRow>, ApiError> {
    let sql = format!("{SELECT} WHERE p.id = $1");
    Ok(on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(c).await)?)
}

/// Which proposals a list shows.
#[derive(Debug, Default)]
pub struct Filter {
    /// Of this call.
    pub call_id: Option<CallId>,
    /// In this state.
    pub state: Option<ProposalState>,
    /// Part of number, title or applicant, any case.
    pub search: Option<String>,
    /// Only those of the caller's own organisations.
    pub is_mine: bool,
    /// Older than this one.
    pub after: Option<ProposalId>,
}

/// Conditions with their values, numbered as they come.
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

enum Value {
    Id(Uuid),
    Text(String),
    Number(i64),
}

impl Conditions {
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn ids(&mut self, ids: impl IntoIterator<Item = Uuid>) -> String {
        ids.into_iter().map(|id| self.bind(Value::Id(id))).collect::<Vec<_>>().join(", ")
    }
}

/// The proposals that a caller may know of, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, visible: &Visible, filter: &Filter, limit: i64) -> Result<Vec<ProposalRow>, ApiError> {
    let mut where_ = Conditions { sql: String::new(), values: Vec::new() };
    let own = where_.ids(visible.own.iter().map(|id| id.0));
    let own = if own.is_empty() { "FALSE".to_owned() } else { format!("p.organisation_id IN ({own})") };
    let others = if filter.is_mine {
        "FALSE".to_owned()
    } else if visible.all_submitted {
        "p.number IS NOT NULL".to_owned()
    } else {
        let mut reach = Vec::new();
        if let Some(person) = visible.assigned_to {
            let person = where_.bind(Value::Id(person.0));
            reach.push(format!(
                "EXISTS (SELECT 1 FROM reviews r WHERE r.proposal_id = p.id AND r.reviewer_id = {person})"
            ));
        }
        let endorsed = where_.ids(visible.endorsed.iter().map(|id| id.0));
        if !endorsed.is_empty() {
            reach.push(format!("p.organisation_id IN ({endorsed})"));
        }
        if reach.is_empty() { "FALSE".to_owned() } else { format!("p.number IS NOT NULL AND ({})", reach.join(" OR ")) }
    };
    where_.sql = match (own.as_str(), others.as_str()) {
        (own, "FALSE") => own.to_owned(),
        ("FALSE", others) => others.to_owned(),
        (own, others) => format!("({own} OR {others})"),
    };
    if let Some(call) = filter.call_id {
        let call = where_.bind(Value::Id(call.0));
        where_.sql += &format!(" AND p.call_id = {call}");
    }
    if let Some(state) = filter.state {
        let state = where_.bind(Value::Text(state.as_str().to_owned()));
        let shown = if visible.sees_decisions { "p.state" } else { STATE_TOLD };
        where_.sql += &format!(" AND {shown} = {state}");
    }
    if let Some(search) = filter.search.as_deref().filter(|s| !s.trim().is_empty()) {
        let pattern = where_.bind(Value::Text(contains(search)));
        // By an index that holds the keys: whole rows are ten times as long.
        where_.sql +=
            &format!(" AND p.id IN (SELECT s.id FROM proposals s WHERE s.search_key LIKE {pattern} ESCAPE '!')");
    }
    if let Some(after) = filter.after {
        let after = where_.bind(Value::Id(after.0));
        where_.sql += &format!(" AND p.id < {after}");
    }
    let limit = where_.bind(Value::Number(limit));
    let sql = format!("{SELECT} WHERE {} ORDER BY p.id DESC LIMIT {limit}", where_.sql);
    Ok(on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()));
        for value in &where_.values {
            query = match value {
                Value::Id(id) => query.bind(*id),
                Value::Text(text) => query.bind(text.as_str()),
                Value::Number(number) => query.bind(*number),
            };
        }
        query.fetch_all(c).await
    })?)
}

/// Whether a review of the proposal is assigned to the person.
///
/// # Errors
/// When the database fails.
pub async fn is_assigned(tx: &mut Tx, id: ProposalId, person: PersonId) -> Result<bool, ApiError> {
    let count: i64 =
        on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM reviews WHERE proposal_id = $1 AND reviewer_id = $2")
            .bind(id)
            .bind(person)
            .fetch_one(c)
            .await)?;
    Ok(count > 0)
}

/// Whether a vote on the proposal has been opened.
///
/// # Errors
/// When the database fails.
pub async fn vote_has_opened(tx: &mut Tx, id: ProposalId) -> Result<bool, ApiError> {
    let count: i64 = on!(tx, |c| sqlx::query_scalar(
        "SELECT COUNT(*) FROM motions WHERE proposal_id = $1 AND opened_by IS NOT NULL"
    )
    .bind(id)
    .fetch_one(c)
    .await)?;
    Ok(count > 0)
}

/// Organisations by id, in the order of their names; unknown ids are left out.
///
/// # Errors
/// When the database fails.
pub async fn organisations(tx: &mut Tx, ids: &[OrganisationId]) -> Result<Vec<OrganisationRef>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT id, code, name FROM organisations WHERE id IN ({places}) ORDER BY search_key");
    let rows: Vec<(OrganisationId, String, String)> = on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()));
        for id in ids {
            query = query.bind(*id);
        }
        query.fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id, code, name)| OrganisationRef { id, code, name }).collect())
}

/// A new draft.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    /// Its id.
    pub id: ProposalId,
    /// What it starts with.
    pub start: &'a Start<'a>,
    /// Who starts it.
    pub created_by: Option<PersonId>,
    /// When.
    pub now: Timestamp,
}

fn key(number: Option<&str>, title: &str, organisation: &OrganisationRef) -> String {
    search_key(&[number.unwrap_or_default(), title, &organisation.name, &organisation.code])
}

/// Stores a new draft.
///
/// # Errors
/// When the database fails.
pub(crate) async fn insert(tx: &mut Tx, draft: &Draft<'_>) -> Result<(), ApiError> {
    let start = draft.start;
    let rows = execute!(
        tx,
        "INSERT INTO proposals (id, call_id, concept_id, organisation_id, title, country, language, currency, state, details,
            search_key, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        draft.id,
        start.call_id,
        start.concept_id,
        start.organisation.id,
        &start.details.title,
        &start.details.country,
        start.language,
        start.currency,
        ProposalState::Draft,
        serde_json::to_string(start.details)?,
        key(None, &start.details.title, start.organisation),
        draft.created_by,
        draft.now,
    )?;
    exactly_one(rows)
}

/// Replaces the working copy's details, when they are still at `details_version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn update_details(
    tx: &mut Tx,
    id: ProposalId,
    details_version: i64,
    details: &Details,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET details = $3, details_version = details_version + 1, version = version + 1, updated_at = $4
         WHERE id = $1 AND details_version = $2",
        id,
        details_version,
        serde_json::to_string(details)?,
        now,
    )?;
    fresh(rows)
}

/// Takes the details over into what lists, search and conflict checks read.
///
/// # Errors
/// When the database fails.
pub async fn show_details(
    tx: &mut Tx,
    row: &ProposalRow,
    number: Option<&str>,
    details: &Details,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET title = $2, country = $3, duration_months = $4, search_key = $5 WHERE id = $1",
        row.id,
        &details.title,
        &details.country,
        details.duration_months,
        key(number, &details.title, &row.organisation()),
    )?;
    exactly_one(rows)?;
    execute!(tx, "DELETE FROM proposal_partners WHERE proposal_id = $1", row.id)?;
    if details.partners.is_empty() {
        return Ok(());
    }
    let places = (2..=details.partners.len() + 1).map(|n| format!("($1, ${n})")).collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO proposal_partners (proposal_id, organisation_id) VALUES {places}");
    on!(tx, |c| {
        let mut query = sqlx::query(AssertSqlSafe(sql.as_str())).bind(row.id);
        for partner in &details.partners {
            query = query.bind(partner.id);
        }
        query.execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Takes the budget's sums over into what lists, ranking and exports read.
///
/// # Errors
/// When the database fails.
pub async fn show_totals(tx: &mut Tx, id: ProposalId, totals: &Totals) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET requested_minor = $2, total_minor = $3, requested_eur_minor = $4 WHERE id = $1",
        id,
        totals.requested.minor(),
        totals.total.minor(),
        totals.requested_eur.minor(),
    )?;
    exactly_one(rows)
}

/// Notes that a part of the working copy changed.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: ProposalId, now: Timestamp) -> Result<(), ApiError> {
    let rows = execute!(tx, "UPDATE proposals SET version = version + 1, updated_at = $2 WHERE id = $1", id, now)?;
    exactly_one(rows)
}

#[derive(Debug, sqlx::FromRow)]
struct AnswerRow {
    question: String,
    body: String,
    version: i64,
    saved_by: String,
    updated_at: Timestamp,
}

impl From<AnswerRow> for WorkingAnswer {
    fn from(row: AnswerRow) -> Self {
        Self {
            question: row.question,
            body: row.body,
            version: row.version,
            saved_by: Some(row.saved_by),
            saved_at: Some(row.updated_at),
        }
    }
}

/// The answers of the working copy, in no order.
///
/// # Errors
/// When the database fails.
pub async fn answers(tx: &mut Tx, id: ProposalId) -> Result<Vec<WorkingAnswer>, ApiError> {
    let rows: Vec<AnswerRow> = on!(tx, |c| sqlx::query_as(
        "SELECT a.question, a.body, a.version, a.updated_at, p.name AS saved_by
         FROM answers a JOIN people p ON p.id = a.updated_by WHERE a.proposal_id = $1"
    )
    .bind(id)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// One answer of the working copy.
///
/// # Errors
/// When the database fails.
pub async fn answer(tx: &mut Tx, id: ProposalId, question: &str) -> Result<Option<WorkingAnswer>, ApiError> {
    let row: Option<AnswerRow> = on!(tx, |c| sqlx::query_as(
        "SELECT a.question, a.body, a.version, a.updated_at, p.name AS saved_by
         FROM answers a JOIN people p ON p.id = a.updated_by WHERE a.proposal_id = $1 AND a.question = $2"
    )
    .bind(id)
    .bind(question)
    .fetch_optional(c)
    .await)?;
    Ok(row.map(Into::into))
}

/// Saves an answer that is at `version`; 0 means that there is none yet.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn save_answer(
    tx: &mut Tx,
    id: ProposalId,
    question: &str,
    version: i64,
    body: &str,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = if version == 0 {
        execute!(
            tx,
            "INSERT INTO answers (proposal_id, question, body, updated_by, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            id,
            question,
            body,
            by,
            now,
        )?
    } else {
        execute!(
            tx,
            "UPDATE answers SET body = $4, version = version + 1, updated_by = $5, updated_at = $6
             WHERE proposal_id = $1 AND question = $2 AND version = $3",
            id,
            question,
            version,
            body,
            by,
            now,
        )?
    };
    fresh(rows)
}

#[derive(Debug, sqlx::FromRow)]
struct LineRow {
    category: String,
    activity: String,
    unit: String,
    quantity_milli: Option<Quantity>,
    unit_cost_minor: Option<i64>,
    total_minor: Option<i64>,
    period: String,
    source: LineSource,
}

/// The lines of the working copy's budget, in order.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &mut Tx, id: ProposalId, currency: Currency) -> Result<Vec<BudgetLine>, ApiError> {
    let rows: Vec<LineRow> = on!(tx, |c| sqlx::query_as(
        "SELECT category, activity, unit, quantity_milli, unit_cost_minor, total_minor, period, source
         FROM budget_lines WHERE proposal_id = $1 ORDER BY position"
    )
    .bind(id)
    .fetch_all(c)
    .await)?;
    let money = |minor: Option<i64>| minor.map(|minor| Money::from_minor(minor, currency));
    Ok(rows
        .into_iter()
        .map(|row| BudgetLine {
            category: row.category,
            activity: row.activity,
            unit: row.unit,
            quantity: row.quantity_milli,
            unit_cost: money(row.unit_cost_minor),
            period: row.period,
            source: row.source,
            total: money(row.total_minor),
        })
        .collect())
}

/// Replaces the budget's lines, when it is still at `budget_version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn replace_lines(
    tx: &mut Tx,
    id: ProposalId,
    budget_version: i64,
    budget: &Budget,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET budget_version = budget_version + 1, version = version + 1, updated_at = $3
         WHERE id = $1 AND budget_version = $2",
        id,
        budget_version,
        now,
    )?;
    fresh(rows)?;
    execute!(tx, "DELETE FROM budget_lines WHERE proposal_id = $1", id)?;
    let lines = budget.lines.as_deref().unwrap_or_default();
    if lines.is_empty() {
        return Ok(());
    }
    let places = (0..lines.len())
        .map(|row| {
            let columns: Vec<String> = (2..=10).map(|column| format!("${}", row * 9 + column)).collect();
            format!("($1, {})", columns.join(", "))
        })
        .collect::<Vec<_>>()
        .join(", ");
    let sql = format!(
        "INSERT INTO budget_lines (proposal_id, position, category, activity, unit, quantity_milli, unit_cost_minor,
            total_minor, period, source) VALUES {places}"
    );
    on!(tx, |c| {
        let mut query = sqlx::query(AssertSqlSafe(sql.as_str())).bind(id);
        for (position, line) in (1_i64..).zip(lines) {
            query = query
                .bind(position)
                .bind(&line.category)
                .bind(&line.activity)
                .bind(&line.unit)
                .bind(line.quantity)
                .bind(line.unit_cost.map(Money::minor))
                .bind(line.total.map(Money::minor))
                .bind(&line.period)
                .bind(line.source);
        }
        query.execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// How many proposals of a call have a number.
///
/// # Errors
/// When the database fails.
pub async fn count_numbered(tx: &mut Tx, call: CallId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM proposals WHERE call_id = $1 AND number IS NOT NULL")
        .bind(call)
        .fetch_one(c)
        .await)?)
}

/// Locks the working copy as submitted, when the whole is still at `version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn submit(tx: &mut Tx, id: ProposalId, version: i64, number: &str, now: Timestamp) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET state = $3, number = $4, submitted_at = $5, updated_at = $5, version = version + 1,
            reopened_at = NULL, due_at = NULL, reason = NULL
         WHERE id = $1 AND version = $2",
        id,
        version,
        ProposalState::Submitted,
        number,
        now,
    )?;
    fresh(rows)
}

/// A version to store for good.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// Its id.
    pub id: VersionId,
    /// Whose version.
    pub proposal_id: ProposalId,
    /// Its receipt.
    pub receipt: &'a Receipt,
    /// Its canonical JSON.
    pub content: &'a str,
    /// Who submitted it.
    pub submitted_by: Option<PersonId>,
}

/// Stores a submitted version.
///
/// # Errors
/// When the database fails.
pub async fn insert_version(tx: &mut Tx, version: &NewVersion<'_>) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "INSERT INTO proposal_versions (id, proposal_id, number, receipt, content, sha256, submitted_by, submitted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        version.id,
        version.proposal_id,
        version.receipt.version_number,
        &version.receipt.receipt,
        version.content,
        &version.receipt.sha256,
        version.submitted_by,
        version.receipt.submitted_at,
    )?;
    exactly_one(rows)
}

#[derive(Debug, sqlx::FromRow)]
struct ReceiptRow {
    receipt: String,
    number: String,
    version_number: i64,
    sha256: String,
    submitted_at: Timestamp,
    submitted_by: String,
}

impl From<ReceiptRow> for Receipt {
    fn from(row: ReceiptRow) -> Self {
        Self {
            receipt: row.receipt,
            number: row.number,
            version_number: row.version_number,
            sha256: row.sha256,
            submitted_at: row.submitted_at,
            submitted_by: row.submitted_by,
        }
    }
}

/// The receipts of a proposal's versions, newest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn receipts(tx: &mut Tx, id: ProposalId, limit: i64) -> Result<Vec<Receipt>, ApiError> {
    let rows: Vec<ReceiptRow> = on!(tx, |c| sqlx::query_as(
        "SELECT v.receipt, p.number, v.number AS version_number, v.sha256, v.submitted_at, s.name AS submitted_by
         FROM proposal_versions v JOIN proposals p ON p.id = v.proposal_id JOIN people s ON s.id = v.submitted_by
         WHERE v.proposal_id = $1 ORDER BY v.number DESC LIMIT $2"
    )
    .bind(id)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A submitted version: its receipt and its canonical JSON. `None` asks for the last one.
///
/// # Errors
/// When the database fails.
pub async fn version(tx: &mut Tx, id: ProposalId, number: Option<i64>) -> Result<Option<(Receipt, String)>, ApiError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        receipt: ReceiptRow,
        content: String,
    }
    let row: Option<Row> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT v.receipt, p.number, v.number AS version_number, v.sha256, v.submitted_at, s.name AS submitted_by, v.content
         FROM proposal_versions v JOIN proposals p ON p.id = v.proposal_id JOIN people s ON s.id = v.submitted_by
         WHERE v.proposal_id = $1 AND v.number = COALESCE($2, v.number) ORDER BY v.number DESC LIMIT 1"
    )
    .bind(id)
    .bind(number)
    .fetch_optional(c)
    .await
    })?;
    Ok(row.map(|row| (row.receipt.into(), row.content)))
}

/// Opens the working copy of a submitted proposal again.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn reopen(tx: &mut Tx, id: ProposalId, version: i64, now: Timestamp) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET reopened_at = $3, updated_at = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        now,
    )?;
    fresh(rows)
}

/// Sets a state with its reason and the date that goes with it, when the whole is still at `version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn close(
    tx: &mut Tx,
    id: ProposalId,
    version: i64,
    state: ProposalState,
    reason: Option<&str>,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE proposals SET state = $3, reason = $4, due_at = $5, updated_at = $6, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        reason,
        due_at,
        now,
    )?;
    fresh(rows)
}

/// Moves a proposal from one state to another, for reviews, votes and grants. It stays unchanged
/// otherwise: its applicant learns nothing from a version or a time (V10).
///
/// # Errors
/// An internal error when the states do not follow each other or it is not in `from`: the caller
/// has read it in the same transaction.
pub async fn set_state(tx: &mut Tx, id: ProposalId, from: ProposalState, to: ProposalState) -> Result<(), ApiError> {
    if !from.may_become(to) {
        return Err(ApiError::internal(format!("a proposal does not go from {from} to {to}")));
    }
    let rows = execute!(tx, "UPDATE proposals SET state = $3 WHERE id = $1 AND state = $2", id, from, to,)?;
    exactly_one(rows)
}
