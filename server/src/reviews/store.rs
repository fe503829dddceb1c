//! SQL of declarations, score sheets and ranking.

use std::collections::BTreeMap;

use shared::calls::Definition;
use shared::currency::Currency;
use shared::ids::{CallId, DeclarationId, FundId, OrganisationId, PersonId, ProposalId, ReviewId};
use shared::money::Money;
use shared::people::{Language, OrganisationRef};
use shared::permission::Role;
use shared::problem::Code;
use shared::proposals::ProposalState;
use shared::reviews::{
    Assignment, CallRef, Candidate, Conflict, DECLARING, Declaration, DeclareRequest, Light, MyCounts, Resolution,
    ReviewState, Score, Sheet, Standing, Subject, shares_organisation,
};
use shared::time::{Date, Timestamp};

use crate::auth::actor::Actor;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// Whether the actor may open a proposal's content, as far as conflicts of interest go (K1, K2):
/// reviewers, voters and finance approvers declare first, and nobody of the applicant or a partner
/// gets in through such a role. Applicants open their own proposals by their own right: do not ask
/// here for them.
///
/// # Errors
/// [`Code::DeclarationRequired`], or [`Code::ConflictOfInterest`].
pub async fn may_open(tx: &mut Tx, actor: &Actor, proposal_id: ProposalId) -> Result<(), ApiError> {
    if !actor.roles().any(|role| DECLARING.contains(&role)) {
        return Ok(());
    }
    if is_found(tx, actor, proposal_id).await? {
        return Err(Code::ConflictOfInterest.into());
    }
    match own_declaration(tx, actor.person_id, proposal_id).await? {
        None => Err(Code::DeclarationRequired.into()),
        Some(declaration) if keeps_out(&declaration) => Err(Code::ConflictOfInterest.into()),
        Some(_) => Ok(()),
    }
}

/// Whether a declaration keeps its person from the proposal (K2, K3).
#[must_use]
pub fn keeps_out(declaration: &Declaration) -> bool {
    declaration.conflict == Conflict::Hard || declaration.resolution == Some(Resolution::Recused)
}

/// Whether the actor is of the applicant or of a partner (K2).
///
/// # Errors
/// When the database fails.
pub async fn is_found(tx: &mut Tx, actor: &Actor, proposal_id: ProposalId) -> Result<bool, ApiError> {
    let own = actor.all_organisations();
    if own.is_empty() {
        return Ok(false);
    }
    let sides: Vec<OrganisationId> = on!(tx, |c| sqlx::query_scalar(
        "SELECT organisation_id FROM proposals WHERE id = $1
         UNION SELECT organisation_id FROM proposal_partners WHERE proposal_id = $1"
    )
    .bind(proposal_id)
    .fetch_all(c)
    .await)?;
    Ok(sides.iter().any(|side| shares_organisation(&own, *side, &[])))
}

/// A proposal as far as it may be known before its content is opened.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SubjectRow {
    /// Its id.
    pub proposal_id: ProposalId,
    number: Option<String>,
    title: String,
    country: String,
    language: Language,
    organisation_id: OrganisationId,
    organisation_code: String,
    organisation_name: String,
    requested_eur_minor: i64,
    /// Its state.
    pub state: ProposalState,
    /// Its call.
    pub call_id: CallId,
    /// When it was submitted.
    pub submitted_at: Option<Timestamp>,
}

impl SubjectRow {
    /// What is asked for, in EUR.
    #[must_use]
    pub fn requested(&self) -> Money {
        Money::from_minor(self.requested_eur_minor, Currency::EUR)
    }

    /// As it travels.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            id: self.proposal_id,
            number: self.number.clone().unwrap_or_default(),
            title: self.title.clone(),
            country: self.country.clone(),
            language: self.language,
            organisation: OrganisationRef {
                id: self.organisation_id,
                code: self.organisation_code.clone(),
                name: self.organisation_name.clone(),
            },
            requested: self.requested(),
        }
    }
}

/// The columns of [`SubjectRow`], over `proposals p` and `organisations o`.
macro_rules! subject_columns {
    () => {
        "p.id AS proposal_id, p.number, p.title, p.country, p.language, p.organisation_id, o.code AS organisation_code,
         o.name AS organisation_name, p.requested_eur_minor, p.state, p.call_id, p.submitted_at"
    };
}
pub(crate) use subject_columns;

/// A proposal.
///
/// # Errors
/// When the database fails.
pub async fn subject(tx: &mut Tx, id: ProposalId) -> Result<Option<SubjectRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(concat!(
        "SELECT ",
        subject_columns!(),
        " FROM proposals p JOIN organisations o ON o.id = p.organisation_id WHERE p.id = $1"
    ))
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// The partners that a proposal names.
///
/// # Errors
/// When the database fails.
pub async fn partners(tx: &mut Tx, id: ProposalId) -> Result<Vec<OrganisationRef>, ApiError> {
    let rows: Vec<(OrganisationId, String, String)> = on!(tx, |c| sqlx::query_as(
        "SELECT o.id, o.code, o.name FROM proposal_partners pp JOIN organisations o ON o.id = pp.organisation_id
         WHERE pp.proposal_id = $1 ORDER BY o.code"
    )
    .bind(id)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, code, name)| OrganisationRef { id, code, name }).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct DeclarationRow {
    id: DeclarationId,
    proposal_id: ProposalId,
    person_id: PersonId,
    person: String,
    conflict: Conflict,
    explanation: String,
    declared_at: Timestamp,
    resolution: Option<Resolution>,
    resolution_reason: String,
}

impl From<DeclarationRow> for Declaration {
    fn from(row: DeclarationRow) -> Self {
        Self {
            id: row.id,
            person_id: row.person_id,
            person: row.person,
            conflict: row.conflict,
            explanation: row.explanation,
            declared_at: row.declared_at,
            resolution: row.resolution,
            resolution_reason: row.resolution_reason,
        }
    }
}

macro_rules! declaration_columns {
    () => {
        "SELECT d.id, d.proposal_id, d.person_id, h.name AS person, d.conflict, d.explanation, d.declared_at, d.resolution,
                d.resolution_reason
         FROM declarations d JOIN people h ON h.id = d.person_id "
    };
}

/// What a person declared on a proposal.
///
/// # Errors
/// When the database fails.
pub async fn own_declaration(
    tx: &mut Tx,
    person_id: PersonId,
    proposal_id: ProposalId,
) -> Result<Option<Declaration>, ApiError> {
    let row: Option<DeclarationRow> =
        on!(tx, |c| sqlx::query_as(concat!(declaration_columns!(), "WHERE d.person_id = $1 AND d.proposal_id = $2"))
            .bind(person_id)
            .bind(proposal_id)
            .fetch_optional(c)
            .await)?;
    Ok(row.map(Into::into))
}

/// A declaration, with its proposal.
///
/// # Errors
/// When the database fails.
pub async fn declaration(tx: &mut Tx, id: DeclarationId) -> Result<Option<(Declaration, ProposalId)>, ApiError> {
    let row: Option<DeclarationRow> = on!(tx, |c| sqlx::query_as(concat!(declaration_columns!(), "WHERE d.id = $1"))
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| {
        let proposal_id = row.proposal_id;
        (row.into(), proposal_id)
    }))
}

/// The declarations on a proposal, after an id.
///
/// # Errors
/// When the database fails.
pub async fn declarations(
    tx: &mut Tx,
    proposal_id: ProposalId,
    after: Option<DeclarationId>,
    limit: i64,
) -> Result<Vec<Declaration>, ApiError> {
    let rows: Vec<DeclarationRow> = on!(tx, |c| sqlx::query_as(concat!(
        declaration_columns!(),
        "WHERE d.proposal_id = $1 AND ($2 IS NULL OR d.id > $2) ORDER BY d.id LIMIT $3"
    ))
    .bind(proposal_id)
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Keeps what a person declares on a proposal, in place of what they declared before; a new
/// declaration waits for a new resolution.
///
/// # Errors
/// When the database fails.
pub async fn declare(
    tx: &mut Tx,
    id: DeclarationId,
    person_id: PersonId,
    proposal_id: ProposalId,
    request: &DeclareRequest,
    now: Timestamp,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "INSERT INTO declarations (id, proposal_id, person_id, conflict, explanation, declared_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (proposal_id, person_id) DO UPDATE SET conflict = excluded.conflict,
             explanation = excluded.explanation, declared_at = excluded.declared_at, resolution = NULL,
             resolution_reason = '', resolved_by = NULL",
        id,
        proposal_id,
        person_id,
        request.conflict,
        request.explanation.trim(),
        now
    )?)
}

/// Keeps what the head of desk made of a soft conflict.
///
/// # Errors
/// When the database fails.
pub async fn resolve(
    tx: &mut Tx,
    id: DeclarationId,
    resolution: Resolution,
    reason: &str,
    by: Option<PersonId>,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE declarations SET resolution = $2, resolution_reason = $3, resolved_by = $4 WHERE id = $1",
        id,
        resolution,
        reason,
        by
    )?)
}

/// An assignment with its sheet's own fields.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReviewRow {
    /// Its id.
    pub id: ReviewId,
    /// Whose.
    pub reviewer_id: PersonId,
    /// Where it stands.
    pub review_state: ReviewState,
    /// By when.
    pub due_on: Date,
    strengths: String,
    weaknesses: String,
    light: Option<Light>,
    suggested_minor: Option<i64>,
    /// `Σ weight × score`, once submitted.
    pub points: Option<i64>,
    /// For `If-Match`.
    pub version: i64,
    /// When the sheet was submitted.
    pub sheet_submitted_at: Option<Timestamp>,
    /// On what.
    #[sqlx(flatten)]
    pub on: SubjectRow,
}

macro_rules! review_columns {
    () => {
        "r.id, r.reviewer_id, r.state AS review_state, r.due_on, r.strengths, r.weaknesses, r.light, r.suggested_minor,
         r.points, r.version, r.submitted_at AS sheet_submitted_at, "
    };
}

/// An assignment.
///
/// # Errors
/// When the database fails.
pub async fn review(tx: &mut Tx, id: ReviewId) -> Result<Option<ReviewRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(concat!(
        "SELECT ",
        review_columns!(),
        subject_columns!(),
        " FROM reviews r JOIN proposals p ON p.id = r.proposal_id JOIN organisations o ON o.id = p.organisation_id
          WHERE r.id = $1"
    ))
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// A person's assignment on a proposal: its id and where it stands.
///
/// # Errors
/// When the database fails.
pub async fn review_of(
    tx: &mut Tx,
    person_id: PersonId,
    proposal_id: ProposalId,
) -> Result<Option<(ReviewId, ReviewState)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as("SELECT id, state FROM reviews WHERE reviewer_id = $1 AND proposal_id = $2")
        .bind(person_id)
        .bind(proposal_id)
        .fetch_optional(c)
        .await)?)
}

#[derive(Debug, sqlx::FromRow)]
struct ScoreRow {
    review_id: ReviewId,
    criterion: String,
    score: Option<i64>,
    comment: String,
}

impl From<ScoreRow> for Score {
    fn from(row: ScoreRow) -> Self {
        Self { criterion: row.criterion, score: row.score, comment: row.comment }
    }
}

/// The sheet of an assignment.
///
/// # Errors
/// When the database fails.
pub async fn sheet(tx: &mut Tx, row: &ReviewRow) -> Result<Sheet, ApiError> {
    let scores: Vec<ScoreRow> = on!(tx, |c| sqlx::query_as(
        "SELECT review_id, criterion, score, comment FROM review_scores WHERE review_id = $1 ORDER BY criterion"
    )
    .bind(row.id)
    .fetch_all(c)
    .await)?;
    Ok(Sheet {
        scores: scores.into_iter().map(Into::into).collect(),
        strengths: row.strengths.clone(),
        weaknesses: row.weaknesses.clone(),
        light: row.light,
        suggested: row.suggested_minor.map(|minor| Money::from_minor(minor, Currency::EUR)),
    })
}

/// Writes a sheet over the version that the author had read; `points` makes it submitted.
///
/// # Errors
/// [`Code::StaleVersion`].
pub async fn write_sheet(
    tx: &mut Tx,
    id: ReviewId,
    version: i64,
    sheet: &Sheet,
    points: Option<i64>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let state = if points.is_some() { ReviewState::Submitted } else { ReviewState::Accepted };
    fresh(execute!(
        tx,
        "UPDATE reviews SET strengths = $3, weaknesses = $4, light = $5, suggested_minor = $6, points = $7, state = $8,
             submitted_at = $9, version = version + 1
         WHERE id = $1 AND version = $2 AND state = 'accepted'",
        id,
        version,
        &sheet.strengths,
        &sheet.weaknesses,
        sheet.light,
        sheet.suggested.map(Money::minor),
        points,
        state,
        points.map(|_| now)
    )?)?;
    execute!(tx, "DELETE FROM review_scores WHERE review_id = $1", id)?;
    if sheet.scores.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut insert = sqlx::QueryBuilder::new("INSERT INTO review_scores (review_id, criterion, score, comment) ");
        insert.push_values(&sheet.scores, |mut row, score| {
            row.push_bind(id).push_bind(&score.criterion).push_bind(score.score).push_bind(&score.comment);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Moves an assignment to another state.
///
/// # Errors
/// When the database fails.
pub async fn set_review_state(tx: &mut Tx, id: ReviewId, to: ReviewState) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE reviews SET state = $2, version = version + 1 WHERE id = $1", id, to)?)
}

/// A person's own assignment in the list.
#[derive(Debug, sqlx::FromRow)]
pub struct MyRow {
    /// Its id.
    pub id: ReviewId,
    /// Where it stands.
    pub review_state: ReviewState,
    /// By when.
    pub due_on: Date,
    /// How many criteria have a score.
    pub scored: i64,
    /// The call's code.
    pub call_code: String,
    /// The call's title in English.
    pub call_title_en: String,
    /// The call's title in French.
    pub call_title_fr: String,
    /// The call's definition, as JSON.
    pub definition: String,
    /// On what.
    #[sqlx(flatten)]
    pub on: SubjectRow,
}

/// A person's own assignments by due date, then id, after such a pair.
///
/// # Errors
/// When the database fails.
pub async fn my_reviews(
    tx: &mut Tx,
    person_id: PersonId,
    state: Option<ReviewState>,
    after: Option<(Date, ReviewId)>,
    limit: i64,
) -> Result<Vec<MyRow>, ApiError> {
    let (after_date, after_id) = after.unzip();
    Ok(on!(tx, |c| {
        sqlx::query_as(concat!(
        "SELECT r.id, r.state AS review_state, r.due_on, k.code AS call_code, k.title_en AS call_title_en,
                k.title_fr AS call_title_fr, k.definition,
                CAST((SELECT COUNT(*) FROM review_scores s WHERE s.review_id = r.id AND s.score IS NOT NULL) AS BIGINT) AS scored, ",
        subject_columns!(),
        " FROM reviews r JOIN proposals p ON p.id = r.proposal_id JOIN organisations o ON o.id = p.organisation_id
          JOIN calls k ON k.id = p.call_id
          WHERE r.reviewer_id = $1 AND ($2 IS NULL OR r.state = $2)
            AND ($3 IS NULL OR r.due_on > $3 OR (r.due_on = $3 AND r.id > $4))
          ORDER BY r.due_on, r.id LIMIT $5"
    ))
    .bind(person_id)
    .bind(state)
    .bind(after_date)
    .bind(after_id)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// How many of a person's assignments are in which state.
///
/// # Errors
/// When the database fails.
pub async fn my_counts(tx: &mut Tx, person_id: PersonId) -> Result<MyCounts, ApiError> {
    let rows: Vec<(ReviewState, i64)> =
        on!(tx, |c| sqlx::query_as("SELECT state, COUNT(*) FROM reviews WHERE reviewer_id = $1 GROUP BY state")
            .bind(person_id)
            .fetch_all(c)
            .await)?;
    let mut counts = MyCounts::default();
    for (state, n) in rows {
        match state {
            ReviewState::Assigned => counts.to_start += n,
            ReviewState::Accepted => counts.to_continue += n,
            ReviewState::Submitted => counts.submitted += n,
            ReviewState::Recused | ReviewState::Void => counts.recused += n,
        }
    }
    Ok(counts)
}

/// The assignment that waits next for a person, other than one.
///
/// # Errors
/// When the database fails.
pub async fn next_review(tx: &mut Tx, person_id: PersonId, other_than: ReviewId) -> Result<Option<ReviewId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM reviews WHERE reviewer_id = $1 AND id <> $2 AND state IN ('accepted', 'assigned')
         ORDER BY due_on, id LIMIT 1"
    )
    .bind(person_id)
    .bind(other_than)
    .fetch_optional(c)
    .await)?)
}

/// Everybody who reviews today, by name: whether for the TAG, and how many sheets they still have to
/// write.
///
/// # Errors
/// When the database fails.
pub async fn candidates(tx: &mut Tx, today: Date) -> Result<Vec<Candidate>, ApiError> {
    let rows: Vec<(PersonId, String, i64, i64)> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT h.id, h.name,
                CAST(MAX(CASE WHEN b.kind = 'technical_advisory_group' THEN 1 ELSE 0 END) AS BIGINT),
                (SELECT COUNT(*) FROM reviews r WHERE r.reviewer_id = h.id AND r.state IN ('assigned', 'accepted'))
         FROM people h JOIN memberships m ON m.person_id = h.id LEFT JOIN bodies b ON b.id = m.body_id
         WHERE m.role = $1 AND m.valid_from <= $2 AND (m.valid_until IS NULL OR m.valid_until >= $2) AND h.disabled_at IS NULL
         GROUP BY h.id, h.name ORDER BY h.name, h.id LIMIT 500"
    )
    .bind(Role::Reviewer)
    .bind(today)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(|(id, name, tag, open)| Candidate { id, name, is_tag: tag > 0, open }).collect())
}

/// The proposals of a call that are screened or further, by number, after a number.
///
/// # Errors
/// When the database fails.
pub async fn assignable(tx: &mut Tx, call_id: CallId, after: &str, limit: i64) -> Result<Vec<SubjectRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(concat!(
        "SELECT ",
        subject_columns!(),
        " FROM proposals p JOIN organisations o ON o.id = p.organisation_id
          WHERE p.call_id = $1 AND p.number > $2
            AND p.state IN ('screened', 'in_review', 'scored', 'deliberated', 'decided')
          ORDER BY p.number LIMIT $3"
    ))
    .bind(call_id)
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// A span of a call's proposals by number: after the first, up to and with the last.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The call.
    pub call_id: CallId,
    /// Excluded.
    pub after: &'a str,
    /// Included.
    pub last: &'a str,
}

#[derive(Debug, sqlx::FromRow)]
struct AssignmentRow {
    proposal_id: ProposalId,
    id: ReviewId,
    reviewer_id: PersonId,
    reviewer: String,
    is_tag: bool,
    state: ReviewState,
    due_on: Date,
}

/// The reviewers of a span of proposals.
///
/// # Errors
/// When the database fails.
pub async fn assignments(tx: &mut Tx, span: Span<'_>) -> Result<Vec<(ProposalId, Assignment)>, ApiError> {
    let rows: Vec<AssignmentRow> = on!(tx, |c| sqlx::query_as(
        "SELECT r.proposal_id, r.id, r.reviewer_id, h.name AS reviewer, r.is_tag, r.state, r.due_on
         FROM reviews r JOIN people h ON h.id = r.reviewer_id JOIN proposals p ON p.id = r.proposal_id
         WHERE p.call_id = $1 AND p.number > $2 AND p.number <= $3 ORDER BY h.name, r.id"
    )
    .bind(span.call_id)
    .bind(span.after)
    .bind(span.last)
    .fetch_all(c)
    .await)?;
    let assignment = |row: AssignmentRow| Assignment {
        id: row.id,
        reviewer_id: row.reviewer_id,
        reviewer: row.reviewer,
        is_tag: row.is_tag,
        state: row.state,
        due_on: row.due_on,
    };
    Ok(rows.into_iter().map(|row| (row.proposal_id, assignment(row))).collect())
}

/// The conflicts declared on a span of proposals, soft and hard.
///
/// # Errors
/// When the database fails.
pub async fn conflicts(tx: &mut Tx, span: Span<'_>) -> Result<Vec<(ProposalId, Declaration)>, ApiError> {
    let rows: Vec<DeclarationRow> = on!(tx, |c| sqlx::query_as(concat!(
        declaration_columns!(),
        "JOIN proposals p ON p.id = d.proposal_id
         WHERE p.call_id = $1 AND p.number > $2 AND p.number <= $3 AND d.conflict <> 'none' ORDER BY h.name, d.id"
    ))
    .bind(span.call_id)
    .bind(span.after)
    .bind(span.last)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|row| (row.proposal_id, row.into())).collect())
}

/// The reviewers who are of the applicant or a partner (K2), or have declared a hard conflict, on a
/// span of proposals.
///
/// # Errors
/// When the database fails.
pub async fn excluded(tx: &mut Tx, span: Span<'_>, today: Date) -> Result<Vec<(ProposalId, PersonId)>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT p.id, m.person_id FROM proposals p
         JOIN memberships m ON m.organisation_id = p.organisation_id
             OR m.organisation_id IN (SELECT pp.organisation_id FROM proposal_partners pp WHERE pp.proposal_id = p.id)
         WHERE p.call_id = $1 AND p.number > $2 AND p.number <= $3
           AND m.valid_from <= $4 AND (m.valid_until IS NULL OR m.valid_until >= $4)
           AND EXISTS (SELECT 1 FROM memberships r WHERE r.person_id = m.person_id AND r.role = 'reviewer'
                       AND r.valid_from <= $4 AND (r.valid_until IS NULL OR r.valid_until >= $4))
         UNION
         SELECT p.id, d.person_id FROM proposals p JOIN declarations d ON d.proposal_id = p.id
         WHERE p.call_id = $1 AND p.number > $2 AND p.number <= $3 AND (d.conflict = 'hard' OR d.resolution = 'recused')"
    )
    .bind(span.call_id)
    .bind(span.after)
    .bind(span.last)
    .bind(today)
    .fetch_all(c)
    .await
    })?)
}

/// A new assignment.
#[derive(Debug, Clone, Copy)]
pub struct NewReview {
    /// Its id.
    pub id: ReviewId,
    /// On what.
    pub proposal_id: ProposalId,
    /// Whose.
    pub reviewer_id: PersonId,
    /// Whether for the TAG.
    pub is_tag: bool,
}

/// Adds assignments; those that are there already stay as they are.
///
/// # Errors
/// When the database fails.
pub async fn assign(
    tx: &mut Tx,
    reviews: &[NewReview],
    due_on: Date,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<u64, ApiError> {
    if reviews.is_empty() {
        return Ok(0);
    }
    Ok(on!(tx, |c| {
        let mut insert = sqlx::QueryBuilder::new(
            "INSERT INTO reviews (id, proposal_id, reviewer_id, is_tag, state, due_on, assigned_by, assigned_at) ",
        );
        insert.push_values(reviews, |mut row, review| {
            row.push_bind(review.id)
                .push_bind(review.proposal_id)
                .push_bind(review.reviewer_id)
                .push_bind(review.is_tag)
                .push_bind(ReviewState::Assigned)
                .push_bind(due_on)
                .push_bind(by)
                .push_bind(now);
        });
        insert.push(" ON CONFLICT (proposal_id, reviewer_id) DO NOTHING");
        insert.build().execute(c).await.map(|done| crate::db::Affected::rows(&done))
    })?)
}

/// A proposal in the ranking with the sums of its valid submitted sheets.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StandingRow {
    /// The proposal.
    #[sqlx(flatten)]
    pub on: SubjectRow,
    sheets: i64,
    tag_sheets: i64,
    /// Sheets that are still to come.
    pub pending: i64,
    points: i64,
    lowest: i64,
    highest: i64,
}

impl StandingRow {
    /// As the rules take it.
    #[must_use]
    pub fn standing(&self, criteria: Vec<i64>) -> Standing {
        Standing {
            sheets: self.sheets,
            tag_sheets: self.tag_sheets,
            points: self.points,
            lowest: self.lowest,
            highest: self.highest,
            criteria,
            requested: self.on.requested(),
            // Everything that is ranked was submitted.
            submitted_at: self.on.submitted_at.unwrap_or_else(|| Timestamp::new(chrono::DateTime::UNIX_EPOCH)),
        }
    }
}

/// The proposals of a call from review on, with the sums of their sheets, by number.
///
/// # Errors
/// When the database fails.
pub async fn standings(tx: &mut Tx, call_id: CallId) -> Result<Vec<StandingRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(concat!(
        "SELECT ",
        subject_columns!(),
        ", CAST(COALESCE(SUM(CASE WHEN r.state = 'submitted' THEN 1 ELSE 0 END), 0) AS BIGINT) AS sheets,
           CAST(COALESCE(SUM(CASE WHEN r.state = 'submitted' AND r.is_tag THEN 1 ELSE 0 END), 0) AS BIGINT) AS tag_sheets,
           CAST(COALESCE(SUM(CASE WHEN r.state IN ('assigned', 'accepted') THEN 1 ELSE 0 END), 0) AS BIGINT) AS pending,
           CAST(COALESCE(SUM(CASE WHEN r.state = 'submitted' THEN r.points END), 0) AS BIGINT) AS points,
           CAST(COALESCE(MIN(CASE WHEN r.state = 'submitted' THEN r.points END), 0) AS BIGINT) AS lowest,
           CAST(COALESCE(MAX(CASE WHEN r.state = 'submitted' THEN r.points END), 0) AS BIGINT) AS highest
         FROM proposals p JOIN organisations o ON o.id = p.organisation_id LEFT JOIN reviews r ON r.proposal_id = p.id
         WHERE p.call_id = $1 AND p.state IN ('in_review', 'scored', 'deliberated', 'decided')
         GROUP BY p.id, o.id ORDER BY p.number"
    ))
    .bind(call_id)
    .fetch_all(c)
    .await
    })?)
}

/// The sums of scores per proposal and criterion over a call's valid submitted sheets.
///
/// # Errors
/// When the database fails.
pub async fn criterion_sums(
    tx: &mut Tx,
    call_id: CallId,
) -> Result<BTreeMap<ProposalId, BTreeMap<String, i64>>, ApiError> {
    let rows: Vec<(ProposalId, String, i64)> = on!(tx, |c| sqlx::query_as(
        "SELECT p.id, s.criterion, CAST(COALESCE(SUM(s.score), 0) AS BIGINT)
         FROM proposals p JOIN reviews r ON r.proposal_id = p.id JOIN review_scores s ON s.review_id = r.id
         WHERE p.call_id = $1 AND r.state = 'submitted' GROUP BY p.id, s.criterion"
    )
    .bind(call_id)
    .fetch_all(c)
    .await)?;
    let mut sums: BTreeMap<ProposalId, BTreeMap<String, i64>> = BTreeMap::new();
    for (proposal, criterion, sum) in rows {
        sums.entry(proposal).or_default().insert(criterion, sum);
    }
    Ok(sums)
}

/// The valid submitted sheets on a proposal with their authors' names and points, by name.
///
/// # Errors
/// When the database fails.
pub async fn open_sheets(tx: &mut Tx, proposal_id: ProposalId) -> Result<Vec<(String, bool, i64, Sheet)>, ApiError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ReviewId,
        reviewer: String,
        is_tag: bool,
        points: i64,
        strengths: String,
        weaknesses: String,
        light: Option<Light>,
        suggested_minor: Option<i64>,
    }
    let rows: Vec<Row> = on!(&mut *tx, |c| sqlx::query_as(
        "SELECT r.id, h.name AS reviewer, r.is_tag, r.points, r.strengths, r.weaknesses, r.light, r.suggested_minor
         FROM reviews r JOIN people h ON h.id = r.reviewer_id
         WHERE r.proposal_id = $1 AND r.state = 'submitted' ORDER BY h.name, r.id"
    )
    .bind(proposal_id)
    .fetch_all(c)
    .await)?;
    let scores: Vec<ScoreRow> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT s.review_id, s.criterion, s.score, s.comment FROM review_scores s JOIN reviews r ON r.id = s.review_id
         WHERE r.proposal_id = $1 AND r.state = 'submitted' ORDER BY s.criterion"
    )
    .bind(proposal_id)
    .fetch_all(c)
    .await
    })?;
    let mut by_review: BTreeMap<ReviewId, Vec<Score>> = BTreeMap::new();
    for row in scores {
        by_review.entry(row.review_id).or_default().push(row.into());
    }
    let open = |row: Row| {
        let sheet = Sheet {
            scores: by_review.remove(&row.id).unwrap_or_default(),
            strengths: row.strengths,
            weaknesses: row.weaknesses,
            light: row.light,
            suggested: row.suggested_minor.map(|minor| Money::from_minor(minor, Currency::EUR)),
        };
        (row.reviewer, row.is_tag, row.points, sheet)
    };
    Ok(rows.into_iter().map(open).collect())
}

/// Marks a call's sheets as unblinded.
///
/// # Errors
/// When the database fails.
pub async fn unblind(tx: &mut Tx, call_id: CallId, now: Timestamp) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE calls SET unblinded_at = $2 WHERE id = $1 AND unblinded_at IS NULL",
        call_id,
        now
    )?)
}

/// Moves every proposal of a call from one state to another; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn move_all(
    tx: &mut Tx,
    call_id: CallId,
    from: ProposalState,
    to: ProposalState,
    now: Timestamp,
) -> Result<u64, ApiError> {
    Ok(execute!(
        tx,
        "UPDATE proposals SET state = $3, updated_at = $4, version = version + 1 WHERE call_id = $1 AND state = $2",
        call_id,
        from,
        to,
        now
    )?)
}

/// What reviewing and voting need to know of a call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CallHead {
    /// Its id.
    pub id: CallId,
    /// Its fund.
    pub fund_id: FundId,
    code: String,
    title_en: String,
    title_fr: String,
    envelope_minor: i64,
    /// When its sheets were unblinded; none while blind (S8).
    pub unblinded_at: Option<Timestamp>,
    definition: String,
}

impl CallHead {
    /// As other pages name it.
    #[must_use]
    pub fn reference(&self) -> CallRef {
        CallRef {
            id: self.id,
            code: self.code.clone(),
            title_en: self.title_en.clone(),
            title_fr: self.title_fr.clone(),
        }
    }

    /// The most that the call can give, in EUR.
    #[must_use]
    pub fn envelope(&self) -> Money {
        Money::from_minor(self.envelope_minor, Currency::EUR)
    }

    /// What the call scores and allows.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn definition(&self) -> Result<Definition, ApiError> {
        Ok(serde_json::from_str(&self.definition)?)
    }
}

/// A call.
///
/// # Errors
/// When the database fails.
pub async fn call(tx: &mut Tx, id: CallId) -> Result<Option<CallHead>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT id, fund_id, code, title_en, title_fr, envelope_minor, unblinded_at, definition FROM calls WHERE id = $1"
    )
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// Puts screened or scored proposals under review.
///
/// # Errors
/// When the database fails.
pub async fn start_review(tx: &mut Tx, ids: &[ProposalId], now: Timestamp) -> Result<(), ApiError> {
    if ids.is_empty() {
        return Ok(());
    }
    let changed = on!(tx, |c| {
        let mut update =
            sqlx::QueryBuilder::new("UPDATE proposals SET version = version + 1, state = 'in_review', updated_at = ");
        update.push_bind(now).push(" WHERE state IN ('screened', 'scored') AND id IN (");
        let mut list = update.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        update.push(")");
        update.build().execute(c).await.map(|done| crate::db::Affected::rows(&done))
    })?;
    if changed == ids.len() as u64 { Ok(()) } else { Err(Code::WrongState.into()) }
}
