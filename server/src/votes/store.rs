//! SQL of motions, ballots and decisions.

use std::collections::BTreeMap;

use shared::currency::Currency;
use shared::ids::{BallotId, CallId, DecisionId, MotionId, OrganisationId, PersonId, ProposalId};
use shared::money::Money;
use shared::people::OrganisationRef;
use shared::permission::Role;
use shared::problem::Code;
use shared::reviews::{CallRef, Conflict, Resolution};
use shared::time::{Date, Timestamp};
use shared::votes::{
    BallotRequest, Choice, Decision, Feedback, MotionRequest, MotionState, MotionSummary, NamedVote, Outcome,
};

use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::reviews::store::{SubjectRow, subject_columns};
use crate::{execute, on};

/// A motion with its proposal and what one organisation has to do with it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MotionRow {
    /// Its id.
    pub id: MotionId,
    /// Its number.
    pub motion_number: String,
    /// What is proposed.
    pub outcome: Outcome,
    amount_minor: Option<i64>,
    /// Conditions.
    pub conditions: String,
    /// Why it departs from the rank order (V1).
    pub off_rank_reason: String,
    /// Where it stands.
    pub motion_state: MotionState,
    /// Since when the vote is open.
    pub opens_at: Option<Timestamp>,
    /// Until when.
    pub closes_at: Option<Timestamp>,
    /// When the server closed it.
    pub closed_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
    call_code: String,
    call_title_en: String,
    call_title_fr: String,
    my_choice: Option<Choice>,
    my_recusal: Option<bool>,
    decided: Option<Outcome>,
    /// On what.
    #[sqlx(flatten)]
    pub on: SubjectRow,
}

impl MotionRow {
    /// How much, in EUR.
    #[must_use]
    pub fn amount(&self) -> Option<Money> {
        self.amount_minor.map(|minor| Money::from_minor(minor, Currency::EUR))
    }

    /// As the list shows it.
    #[must_use]
    pub fn summary(&self) -> MotionSummary {
        MotionSummary {
            id: self.id,
            number: self.motion_number.clone(),
            proposal: self.on.subject(),
            call: CallRef {
                id: self.on.call_id,
                code: self.call_code.clone(),
                title_en: self.call_title_en.clone(),
                title_fr: self.call_title_fr.clone(),
            },
            outcome: self.outcome,
            amount: self.amount(),
            state: self.motion_state,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            my_choice: self.my_choice,
            is_waiting_for_me: self.motion_state == MotionState::Open
                && self.my_recusal == Some(false)
                && self.my_choice.is_none(),
            decided: self.decided,
        }
    }
}

/// Motions as one organisation's voter sees them; `$1` is the organisation.
macro_rules! select_motions {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.number AS motion_number, m.outcome, m.amount_minor, m.conditions, m.off_rank_reason,
                    m.state AS motion_state, m.opens_at, m.closes_at, m.closed_at, m.version, k.code AS call_code,
                    k.title_en AS call_title_en, k.title_fr AS call_title_fr, b.choice AS my_choice,
                    v.is_recused AS my_recusal, d.outcome AS decided, ",
            subject_columns!(),
            " FROM motions m JOIN proposals p ON p.id = m.proposal_id JOIN organisations o ON o.id = p.organisation_id
              JOIN calls k ON k.id = p.call_id
              LEFT JOIN motion_voters v ON v.motion_id = m.id AND v.organisation_id = $1
              LEFT JOIN ballots b ON b.motion_id = m.id AND b.organisation_id = $1
              LEFT JOIN decisions d ON d.motion_id = m.id ",
            $rest
        )
    };
}

/// A motion.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, id: MotionId, seat: Option<OrganisationId>) -> Result<Option<MotionRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(select_motions!("WHERE m.id = $2")).bind(seat).bind(id).fetch_optional(c).await)?)
}

/// Where a list of motions goes on: the group (open, draft, closed) and the last id.
pub type After = Option<(i64, MotionId)>;

/// The group that a state is listed in: open first, then drafts, then what is closed.
#[must_use]
pub fn group(state: MotionState) -> i64 {
    match state {
        MotionState::Open => 0,
        MotionState::Draft => 1,
        _ => 2,
    }
}

/// Motions, open ones first, newest first within a group.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    seat: Option<OrganisationId>,
    state: Option<MotionState>,
    proposal_id: Option<ProposalId>,
    after: After,
    limit: i64,
) -> Result<Vec<MotionRow>, ApiError> {
    let (after_group, after_id) = after.unzip();
    Ok(on!(tx, |c| sqlx::query_as(select_motions!(
        "WHERE ($2 IS NULL OR m.state = $2) AND ($3 IS NULL OR m.proposal_id = $3)
           AND ($4 IS NULL OR CASE m.state WHEN 'open' THEN 0 WHEN 'draft' THEN 1 ELSE 2 END > $4
                OR (CASE m.state WHEN 'open' THEN 0 WHEN 'draft' THEN 1 ELSE 2 END = $4 AND m.id < $5))
         ORDER BY CASE m.state WHEN 'open' THEN 0 WHEN 'draft' THEN 1 ELSE 2 END, m.id DESC LIMIT $6"
    ))
    .bind(seat)
    .bind(state)
    .bind(proposal_id)
    .bind(after_group)
    .bind(after_id)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// How many motions a call has had, for the next number.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, call_id: CallId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT COUNT(*) FROM motions m JOIN proposals p ON p.id = m.proposal_id WHERE p.call_id = $1"
    )
    .bind(call_id)
    .fetch_one(c)
    .await)?)
}

/// The proposals of a call with a motion that is written or open: whether it gives money.
///
/// # Errors
/// When the database fails.
pub async fn pending(tx: &mut Tx, call_id: CallId) -> Result<BTreeMap<ProposalId, Outcome>, ApiError> {
    let rows: Vec<(ProposalId, Outcome)> = on!(tx, |c| sqlx::query_as(
        "SELECT m.proposal_id, m.outcome FROM motions m JOIN proposals p ON p.id = m.proposal_id
         WHERE p.call_id = $1 AND m.state IN ('draft', 'open')"
    )
    .bind(call_id)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().collect())
}

/// Writes a motion.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: MotionId,
    number: &str,
    request: &MotionRequest,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "INSERT INTO motions (id, proposal_id, number, outcome, amount_minor, conditions, off_rank_reason, state, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $9)",
        id,
        request.proposal_id,
        number,
        request.outcome,
        request.amount.map(Money::minor),
        request.conditions.trim(),
        request.off_rank_reason.trim(),
        by,
        now
    )?)
}

/// Writes a draft anew over the version that was read.
///
/// # Errors
/// [`Code::StaleVersion`].
pub async fn update(tx: &mut Tx, id: MotionId, version: i64, request: &MotionRequest) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE motions SET outcome = $3, amount_minor = $4, conditions = $5, off_rank_reason = $6, version = version + 1
         WHERE id = $1 AND version = $2 AND state = 'draft'",
        id,
        version,
        request.outcome,
        request.amount.map(Money::minor),
        request.conditions.trim(),
        request.off_rank_reason.trim()
    )?)
}

/// Puts a draft before the voters over the version that was read.
///
/// # Errors
/// [`Code::StaleVersion`].
pub async fn open(
    tx: &mut Tx,
    id: MotionId,
    version: i64,
    opens_at: Timestamp,
    closes_at: Timestamp,
    by: Option<PersonId>,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE motions SET state = 'open', opens_at = $3, closes_at = $4, opened_by = $5, version = version + 1
         WHERE id = $1 AND version = $2 AND state = 'draft'",
        id,
        version,
        opens_at,
        closes_at,
        by
    )?)
}

/// A person who votes for an organisation today, and what they declared on a proposal.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VoterRow {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// What the person declared.
    pub conflict: Option<Conflict>,
    /// What the head of desk made of it.
    pub resolution: Option<Resolution>,
}

/// Everybody who votes today, by organisation.
///
/// # Errors
/// When the database fails.
pub async fn voters_today(tx: &mut Tx, proposal_id: ProposalId, today: Date) -> Result<Vec<VoterRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT m.organisation_id, d.conflict, d.resolution FROM memberships m JOIN people h ON h.id = m.person_id
         LEFT JOIN declarations d ON d.person_id = m.person_id AND d.proposal_id = $1
         WHERE m.role = $2 AND m.organisation_id IS NOT NULL AND h.disabled_at IS NULL
           AND m.valid_from <= $3 AND (m.valid_until IS NULL OR m.valid_until >= $3)
         ORDER BY m.organisation_id"
    )
    .bind(proposal_id)
    .bind(Role::SteeringVoter)
    .bind(today)
    .fetch_all(c)
    .await)?)
}

/// Fixes who votes on a motion.
///
/// # Errors
/// When the database fails.
pub async fn set_voters(tx: &mut Tx, id: MotionId, voters: &BTreeMap<OrganisationId, bool>) -> Result<(), ApiError> {
    if voters.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut insert = sqlx::QueryBuilder::new("INSERT INTO motion_voters (motion_id, organisation_id, is_recused) ");
        insert.push_values(voters, |mut row, (organisation, is_recused)| {
            row.push_bind(id).push_bind(*organisation).push_bind(*is_recused);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// The organisations with a vote on a motion, by code, and whether they are recused.
///
/// # Errors
/// When the database fails.
pub async fn voters(tx: &mut Tx, id: MotionId) -> Result<Vec<(OrganisationRef, bool)>, ApiError> {
    let rows: Vec<(OrganisationId, String, String, bool)> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT o.id, o.code, o.name, v.is_recused FROM motion_voters v JOIN organisations o ON o.id = v.organisation_id
         WHERE v.motion_id = $1 ORDER BY o.code"
    )
    .bind(id)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(|(id, code, name, recused)| (OrganisationRef { id, code, name }, recused)).collect())
}

/// Takes an organisation out of an open vote (K3): its ballot, if any, no longer counts.
///
/// # Errors
/// When the database fails.
pub async fn recuse(tx: &mut Tx, id: MotionId, organisation_id: OrganisationId) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE motion_voters SET is_recused = TRUE WHERE motion_id = $1 AND organisation_id = $2",
        id,
        organisation_id
    )?)
}

/// Casts a ballot.
///
/// # Errors
/// [`Code::AlreadyVoted`] when the organisation has voted (V2).
pub async fn cast(
    tx: &mut Tx,
    id: BallotId,
    motion_id: MotionId,
    organisation_id: OrganisationId,
    person_id: PersonId,
    ballot: &BallotRequest,
    now: Timestamp,
) -> Result<(), ApiError> {
    let inserted = execute!(
        tx,
        "INSERT INTO ballots (id, motion_id, organisation_id, person_id, choice, reason, alternate_note, cast_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        motion_id,
        organisation_id,
        person_id,
        ballot.choice,
        ballot.reason.trim(),
        ballot.alternate_note.as_deref().map(str::trim),
        now
    );
    let rows = inserted.map_err(|e| ApiError::from(e).duplicate_as(Code::AlreadyVoted))?;
    exactly_one(rows)
}

#[derive(Debug, sqlx::FromRow)]
struct BallotRow {
    organisation_id: OrganisationId,
    code: String,
    name: String,
    person: String,
    choice: Choice,
    reason: String,
    alternate_note: Option<String>,
    cast_at: Timestamp,
}

impl From<BallotRow> for NamedVote {
    fn from(row: BallotRow) -> Self {
        Self {
            organisation: OrganisationRef { id: row.organisation_id, code: row.code, name: row.name },
            person: row.person,
            choice: row.choice,
            reason: row.reason,
            alternate_note: row.alternate_note,
            cast_at: row.cast_at,
        }
    }
}

/// The ballots that count, by the organisations' codes; only one organisation's when it is named.
///
/// # Errors
/// When the database fails.
pub async fn ballots(tx: &mut Tx, id: MotionId, only: Option<OrganisationId>) -> Result<Vec<NamedVote>, ApiError> {
    let rows: Vec<BallotRow> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT b.organisation_id, o.code, o.name, h.name AS person, b.choice, b.reason, b.alternate_note, b.cast_at
         FROM ballots b JOIN organisations o ON o.id = b.organisation_id JOIN people h ON h.id = b.person_id
         JOIN motion_voters v ON v.motion_id = b.motion_id AND v.organisation_id = b.organisation_id
         WHERE b.motion_id = $1 AND NOT v.is_recused AND ($2 IS NULL OR b.organisation_id = $2) ORDER BY o.code"
    )
    .bind(id)
    .bind(only)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The open motions whose time has come, earliest first.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<MotionId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM motions WHERE state = 'open' AND closes_at <= $1 ORDER BY closes_at, id LIMIT $2"
    )
    .bind(now)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// The open motion on a proposal, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn open_on(tx: &mut Tx, proposal_id: ProposalId) -> Result<Option<MotionId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT id FROM motions WHERE proposal_id = $1 AND state = 'open'")
        .bind(proposal_id)
        .fetch_optional(c)
        .await)?)
}

/// Closes a motion.
///
/// # Errors
/// When the database fails.
pub async fn close(tx: &mut Tx, id: MotionId, result: MotionState, now: Timestamp) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE motions SET state = $2, closed_at = $3, version = version + 1 WHERE id = $1 AND state = 'open'",
        id,
        result,
        now
    )?)
}

/// Keeps a decision with its record, for good (V9).
///
/// # Errors
/// When the database fails.
pub async fn decide(tx: &mut Tx, decision: &Decision, record: &str) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "INSERT INTO decisions (id, motion_id, proposal_id, outcome, amount_minor, conditions, record, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        decision.id,
        decision.motion_id,
        decision.proposal_id,
        decision.outcome,
        decision.amount.map(Money::minor),
        &decision.conditions,
        record,
        decision.decided_at
    )?)
}

/// A decision's record.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &mut Tx, id: DecisionId) -> Result<Option<String>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT record FROM decisions WHERE id = $1").bind(id).fetch_optional(c).await)?)
}

/// The record of the decision that a motion led to.
///
/// # Errors
/// When the database fails.
pub async fn record_of_motion(tx: &mut Tx, id: MotionId) -> Result<Option<String>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT record FROM decisions WHERE motion_id = $1")
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// What was decided on a proposal, latest first.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OutcomeRow {
    /// What.
    pub outcome: Outcome,
    amount_minor: Option<i64>,
    /// Conditions.
    pub conditions: String,
    /// When.
    pub decided_at: Timestamp,
}

impl OutcomeRow {
    /// How much, in EUR.
    #[must_use]
    pub fn amount(&self) -> Option<Money> {
        self.amount_minor.map(|minor| Money::from_minor(minor, Currency::EUR))
    }
}

/// What the valid sheets on a proposal say, in the order of their texts (V10).
///
/// # Errors
/// When the database fails.
pub async fn feedback(tx: &mut Tx, proposal_id: ProposalId) -> Result<Vec<Feedback>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT strengths, weaknesses FROM reviews WHERE proposal_id = $1 AND state = 'submitted'
         ORDER BY strengths, weaknesses"
    )
    .bind(proposal_id)
    .fetch_all(c)
    .await)?)
}

/// The latest decision on a proposal; `is_released` asks for what its applicant was told (V10).
///
/// # Errors
/// When the database fails.
pub async fn outcome(tx: &mut Tx, proposal_id: ProposalId, is_released: bool) -> Result<Option<OutcomeRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT d.outcome, d.amount_minor, d.conditions, d.decided_at
         FROM decisions d JOIN proposals p ON p.id = d.proposal_id JOIN calls c ON c.id = p.call_id
         WHERE d.proposal_id = $1 AND (NOT $2 OR d.decided_at <= c.results_released_at)
         ORDER BY d.decided_at DESC, d.id DESC LIMIT 1"
    )
    .bind(proposal_id)
    .bind(is_released)
    .fetch_optional(c)
    .await)?)
}
