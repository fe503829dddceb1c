//! SQL of concept notes.

use shared::concepts::{ConceptContent, ConceptLink, ConceptState, ConceptSummary, Waiver};
use shared::currency::Currency;
use shared::ids::{CallId, ConceptId, OrganisationId, PersonId, ProposalId};
use shared::money::{BasisPoints, Money};
use shared::people::{Language, OrganisationRef};
use shared::proposals::Receipt;
use shared::time::Timestamp;
use sqlx::AssertSqlSafe;

use crate::auth::policy::concepts::Visible;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A concept note.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ConceptRow {
    /// Its id.
    pub id: ConceptId,
    /// Given at the submission.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// The call it answers.
    pub call_id: CallId,
    /// That call's code.
    pub call_code: String,
    /// The applicant.
    pub organisation_id: OrganisationId,
    organisation_code: String,
    organisation_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The language it is written in.
    pub language: Language,
    /// The currency that it and the full proposal ask in.
    pub currency: Currency,
    requested_minor: Option<i64>,
    /// Plain text.
    pub summary: String,
    /// Its state.
    pub state: ConceptState,
    /// Grows with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
    sha256: Option<String>,
    receipt: Option<String>,
    submitted_by: Option<String>,
    /// When it was submitted.
    pub submitted_at: Option<Timestamp>,
    /// Of the last step that has one.
    pub reason: Option<String>,
    /// What the applicant says against its being found ineligible.
    pub appeal: Option<String>,
    waiver_reason: Option<String>,
    waived_by: Option<String>,
    waived_at: Option<Timestamp>,
    concepts_close_at: Option<Timestamp>,
    concept_tolerance_bp: Option<i64>,
    closes_at: Timestamp,
    /// The full proposal.
    pub proposal_id: Option<ProposalId>,
}

impl ConceptRow {
    fn organisation(&self) -> OrganisationRef {
        OrganisationRef {
            id: self.organisation_id,
            code: self.organisation_code.clone(),
            name: self.organisation_name.clone(),
        }
    }

    /// What the grant shall pay.
    #[must_use]
    pub fn requested(&self) -> Option<Money> {
        self.requested_minor.map(|minor| Money::from_minor(minor, self.currency))
    }

    /// As lists show it; `is_own` for the applicant's own people, who alone know of a draft proposal.
    #[must_use]
    pub fn summary(&self, is_own: bool) -> ConceptSummary {
        let due_at = match self.state {
            ConceptState::Invited => self.closes_at,
            _ => self.concepts_close_at.unwrap_or(self.closes_at),
        };
        ConceptSummary {
            id: self.id,
            number: self.number.clone(),
            title: self.title.clone(),
            call_id: self.call_id,
            call_code: self.call_code.clone(),
            organisation: self.organisation(),
            country: self.country.clone(),
            language: self.language,
            state: self.state,
            requested: self.requested(),
            due_at,
            submitted_at: self.submitted_at,
            updated_at: self.updated_at,
            proposal_id: self.proposal_id.filter(|_| is_own),
        }
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> ConceptContent {
        ConceptContent {
            call: self.call_code.clone(),
            organisation: self.organisation(),
            language: self.language,
            currency: self.currency,
            title: self.title.clone(),
            country: self.country.clone(),
            requested: self.requested(),
            summary: self.summary.clone(),
        }
    }

    /// The proof of its submission.
    #[must_use]
    pub fn receipt(&self) -> Option<Receipt> {
        Some(Receipt {
            receipt: self.receipt.clone()?,
            number: self.number.clone()?,
            version_number: 1,
            sha256: self.sha256.clone()?,
            submitted_at: self.submitted_at?,
            submitted_by: self.submitted_by.clone()?,
        })
    }

    /// The waiver for its full proposal (M11).
    #[must_use]
    pub fn waiver(&self) -> Option<Waiver> {
        Some(Waiver {
            reason: self.waiver_reason.clone()?,
            granted_by: self.waived_by.clone()?,
            granted_at: self.waived_at?,
        })
    }

    /// What it binds its full proposal to (M11); none of a draft.
    #[must_use]
    pub fn link(&self) -> Option<ConceptLink> {
        Some(ConceptLink {
            id: self.id,
            number: self.number.clone()?,
            requested: self.requested()?,
            tolerance: BasisPoints(self.concept_tolerance_bp.and_then(|bp| i32::try_from(bp).ok())?),
            waiver: self.waiver(),
        })
    }
}

const SELECT: &str = "SELECT n.id, n.number, n.title, n.call_id, c.code AS call_code, n.organisation_id,
        o.code AS organisation_code, o.name AS organisation_name, n.country, n.language, n.currency, n.requested_minor,
        n.summary, n.state, n.version, n.updated_at, n.sha256, n.receipt, s.name AS submitted_by, n.submitted_at,
        n.reason, n.appeal, n.waiver_reason, w.name AS waived_by, n.waived_at, c.concepts_close_at,
        c.concept_tolerance_bp, c.closes_at, p.id AS proposal_id
    FROM concept_notes n JOIN calls c ON c.id = n.call_id JOIN organisations o ON o.id = n.organisation_id
    LEFT JOIN people s ON s.id = n.submitted_by LEFT JOIN people w ON w.id = n.waived_by
    LEFT JOIN proposals p ON p.concept_id = n.id";

/// A concept note.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, id: ConceptId) -> Result<Option<ConceptRow>, ApiError> {
    let sql = format!("{SELECT} WHERE n.id = $1");
    Ok(on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(c).await)?)
}

/// What the note that a proposal follows binds it to (M11); none in a call with one stage.
///
/// # Errors
/// When the database fails.
pub async fn link_of(tx: &mut Tx, proposal: ProposalId) -> Result<Option<ConceptLink>, ApiError> {
    let sql = format!("{SELECT} WHERE p.id = $1");
    let row: Option<ConceptRow> =
        on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(proposal).fetch_optional(c).await)?;
    Ok(row.and_then(|row| row.link()))
}

/// Which notes a list shows.
#[derive(Debug, Default)]
pub struct Filter {
    /// Of this call.
    pub call_id: Option<CallId>,
    /// In this state.
    pub state: Option<ConceptState>,
    /// Older than this one.
    pub after: Option<ConceptId>,
}

/// The notes that a caller may know of, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, visible: &Visible, filter: &Filter, limit: i64) -> Result<Vec<ConceptRow>, ApiError> {
    let mut place = 4;
    let mut places = |ids: &[OrganisationId]| {
        let names: Vec<String> = ids
            .iter()
            .map(|_| {
                place += 1;
                format!("${place}")
            })
            .collect();
        if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
    };
    let (own, endorsed) = (places(&visible.own), places(&visible.endorsed));
    let all = if visible.all_submitted { "TRUE" } else { "FALSE" };
    let sql = format!(
        "{SELECT} WHERE ($1 IS NULL OR n.call_id = $1) AND ($2 IS NULL OR n.state = $2) AND ($3 IS NULL OR n.id < $3)
             AND (n.organisation_id IN ({own})
                 OR n.number IS NOT NULL AND ({all} OR n.organisation_id IN ({endorsed})))
         ORDER BY n.id DESC LIMIT $4"
    );
    Ok(on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
            .bind(filter.call_id)
            .bind(filter.state)
            .bind(filter.after)
            .bind(limit);
        for id in visible.own.iter().chain(&visible.endorsed) {
            query = query.bind(*id);
        }
        query.fetch_all(c).await
    })?)
}

/// A new draft.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Its id.
    pub id: ConceptId,
    /// The call it answers.
    pub call_id: CallId,
    /// The applicant.
    pub organisation_id: OrganisationId,
    /// Its title.
    pub title: &'a str,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// The language it will be written in.
    pub language: Language,
    /// The currency that it will ask in.
    pub currency: Currency,
    /// Who starts it.
    pub created_by: Option<PersonId>,
    /// When.
    pub now: Timestamp,
}

/// Stores a new draft.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, draft: &Draft<'_>) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "INSERT INTO concept_notes (id, call_id, organisation_id, title, country, language, currency, state, created_by,
             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        draft.id,
        draft.call_id,
        draft.organisation_id,
        draft.title,
        draft.country,
        draft.language,
        draft.currency,
        ConceptState::Draft,
        draft.created_by,
        draft.now,
    )?;
    exactly_one(rows)
}

/// Replaces what a draft says, when it is still at `version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn save(
    tx: &mut Tx,
    id: ConceptId,
    version: i64,
    content: &ConceptContent,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE concept_notes SET title = $3, country = $4, requested_minor = $5, summary = $6, updated_at = $7,
             version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        &content.title,
        &content.country,
        content.requested.map(Money::minor),
        &content.summary,
        now,
    )?;
    fresh(rows)
}

/// How many notes of a call have a number.
///
/// # Errors
/// When the database fails.
pub async fn count_numbered(tx: &mut Tx, call: CallId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM concept_notes WHERE call_id = $1 AND number IS NOT NULL")
        .bind(call)
        .fetch_one(c)
        .await)?)
}

/// What a submission stores for good.
#[derive(Debug)]
pub struct Submission<'a> {
    /// The note's number.
    pub number: &'a str,
    /// Its canonical JSON.
    pub content: &'a str,
    /// The hash of that.
    pub sha256: &'a str,
    /// The receipt's id.
    pub receipt: &'a str,
    /// Who submitted it.
    pub by: Option<PersonId>,
    /// When.
    pub now: Timestamp,
}

/// Locks a draft as submitted, when it is still at `version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn submit(tx: &mut Tx, id: ConceptId, version: i64, submission: &Submission<'_>) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE concept_notes SET state = $3, number = $4, content = $5, sha256 = $6, receipt = $7, submitted_by = $8,
             submitted_at = $9, updated_at = $9, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        ConceptState::Submitted,
        submission.number,
        submission.content,
        submission.sha256,
        submission.receipt,
        submission.by,
        submission.now,
    )?;
    fresh(rows)
}

/// Sets a state with its reason, when the note is still at `version`.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn set_state(
    tx: &mut Tx,
    id: ConceptId,
    version: i64,
    state: ConceptState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE concept_notes SET state = $3, reason = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        reason,
        now,
    )?;
    fresh(rows)
}

/// Sends a note back to the desk with the applicant's appeal; the desk's reason stays.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn appeal(tx: &mut Tx, id: ConceptId, version: i64, text: &str, now: Timestamp) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE concept_notes SET state = $3, appeal = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        ConceptState::Submitted,
        text,
        now,
    )?;
    fresh(rows)
}

/// Waives the tolerance for the note's full proposal (M11).
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn waive(
    tx: &mut Tx,
    id: ConceptId,
    version: i64,
    reason: &str,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE concept_notes SET waiver_reason = $3, waived_by = $4, waived_at = $5, updated_at = $5,
             version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        reason,
        by,
        now,
    )?;
    fresh(rows)
}
