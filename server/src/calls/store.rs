//! SQL of calls.

use shared::calls::{Bilingual, CallPhase, CallState, CallSummary, Definition, FundingWindow};
use shared::currency::Currency;
use shared::ids::{CallId, FundId, PersonId};
use shared::money::Money;
use shared::time::Timestamp;
use uuid::Uuid;

use crate::app::Ctx;
use crate::db::{Tx, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A call without its definition.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CallHead {
    /// Its id.
    pub id: CallId,
    /// The fund that pays.
    pub fund_id: FundId,
    /// The fund's currency, in which the envelope is.
    pub currency: Currency,
    /// Short and unique.
    pub code: String,
    /// Its title in English.
    pub title_en: String,
    /// Its title in French.
    pub title_fr: String,
    /// What it funds.
    pub funding_window: FundingWindow,
    /// In minor units of the fund's currency.
    pub envelope_minor: i64,
    /// From when proposals are taken.
    pub opens_at: Timestamp,
    /// From when on none is taken any more.
    pub closes_at: Timestamp,
    /// In a call with two stages: from when on no concept note is taken any more.
    pub concepts_close_at: Option<Timestamp>,
    /// IANA name.
    pub zone: String,
    /// What is stored of its state.
    pub phase: CallPhase,
}

impl CallHead {
    /// The envelope, in the fund's currency.
    #[must_use]
    pub fn envelope(&self) -> Money {
        Money::from_minor(self.envelope_minor, self.currency)
    }

    /// The state at an instant.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> CallState {
        CallState::at(self.phase, self.opens_at, self.closes_at, now)
    }

    /// As shown in a list at an instant.
    #[must_use]
    pub fn summary(&self, now: Timestamp) -> CallSummary {
        CallSummary {
            id: self.id,
            code: self.code.clone(),
            title: Bilingual { en: self.title_en.clone(), fr: self.title_fr.clone() },
            window: self.funding_window,
            state: self.state(now),
            envelope: self.envelope(),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            concepts_close_at: self.concepts_close_at,
            zone: self.zone.clone(),
        }
    }
}

/// A call. Reads as its [`CallHead`].
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CallRow {
    /// All but the definition.
    #[sqlx(flatten)]
    pub head: CallHead,
    definition: String,
    /// Grows with every change.
    pub version: i64,
    /// When it was published; none while a draft.
    pub published_at: Option<Timestamp>,
    /// When sheets were unblinded (S9); none while blind (S8).
    pub unblinded_at: Option<Timestamp>,
    /// Until when decisions are told to their applicants (V10).
    pub results_released_at: Option<Timestamp>,
}

impl std::ops::Deref for CallRow {
    type Target = CallHead;
    fn deref(&self) -> &CallHead {
        &self.head
    }
}

impl CallRow {
    /// What the call asks, scores and allows.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn definition(&self) -> Result<Definition, ApiError> {
        Ok(serde_json::from_str(&self.definition)?)
    }
}

/// What a draft is written with.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Short and unique.
    pub code: &'a str,
    /// Its title.
    pub title: &'a Bilingual,
    /// What it funds.
    pub window: FundingWindow,
    /// In the fund's currency.
    pub envelope: Money,
    /// From when proposals are taken.
    pub opens_at: Timestamp,
    /// From when on none is taken any more.
    pub closes_at: Timestamp,
    /// From when on no concept note is taken any more.
    pub concepts_close_at: Option<Timestamp>,
    /// IANA name.
    pub zone: &'a str,
    /// What it asks, scores and allows.
    pub definition: &'a Definition,
}

impl Draft<'_> {
    fn search_key(&self) -> String {
        shared::people::search_key(&[self.code, &self.title.en, &self.title.fr])
    }

    /// How far a full proposal may ask from its concept note (M11), in basis points.
    fn tolerance(&self) -> Option<i64> {
        self.definition.concept.as_ref().map(|concept| concept.tolerance.0.into())
    }
}

/// A call.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, id: CallId) -> Result<Option<CallRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT c.id, c.fund_id, f.currency, c.code, c.title_en, c.title_fr, c.funding_window, c.envelope_minor,
                c.opens_at, c.closes_at, c.concepts_close_at, c.zone, c.phase, c.definition, c.version, c.published_at, c.unblinded_at,
                c.results_released_at
         FROM calls c JOIN funds f ON f.id = c.fund_id WHERE c.id = $1"
    )
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// Calls, newest first: those that were published, and the others too `with_drafts`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    with_drafts: bool,
    state: Option<CallState>,
    now: Timestamp,
    after: Option<CallId>,
    limit: i64,
) -> Result<Vec<CallHead>, ApiError> {
    // The CASE says what `CallState::at` says; a test compares the two.
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT c.id, c.fund_id, f.currency, c.code, c.title_en, c.title_fr, c.funding_window, c.envelope_minor,
                c.opens_at, c.closes_at, c.concepts_close_at, c.zone, c.phase
         FROM calls c JOIN funds f ON f.id = c.fund_id
         WHERE (c.published_at IS NOT NULL OR $1)
           AND ($2 IS NULL OR $2 = CASE WHEN c.phase <> 'published' THEN c.phase WHEN c.opens_at > $3 THEN 'published'
                                        WHEN c.closes_at > $3 THEN 'open' ELSE 'closed' END)
           AND ($4 IS NULL OR c.id < $4)
         ORDER BY c.id DESC LIMIT $5"
    )
    .bind(with_drafts)
    .bind(state)
    .bind(now)
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// The calls that are open or will open, soonest deadline first.
///
/// # Errors
/// When the database fails.
pub async fn list_upcoming(
    tx: &mut Tx,
    now: Timestamp,
    after: Option<(Timestamp, CallId)>,
    limit: i64,
) -> Result<Vec<CallHead>, ApiError> {
    let (after_at, after_id) = after.unzip();
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT c.id, c.fund_id, f.currency, c.code, c.title_en, c.title_fr, c.funding_window, c.envelope_minor,
                c.opens_at, c.closes_at, c.concepts_close_at, c.zone, c.phase
         FROM calls c JOIN funds f ON f.id = c.fund_id
         WHERE c.phase = 'published' AND c.closes_at > $1
           AND ($2 IS NULL OR c.closes_at > $2 OR (c.closes_at = $2 AND c.id > $3))
         ORDER BY c.closes_at, c.id LIMIT $4"
    )
    .bind(now)
    .bind(after_at)
    .bind(after_id)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// A fund's currency.
///
/// # Errors
/// When the database fails.
pub async fn fund_currency(tx: &mut Tx, id: FundId) -> Result<Option<Currency>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT currency FROM funds WHERE id = $1").bind(id).fetch_optional(c).await)?)
}

/// Reserved plus committed of a call's envelope, in minor units of the fund's currency (M21).
///
/// # Errors
/// When the database fails.
pub async fn used_minor(tx: &mut Tx, id: CallId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT reserved_minor + committed_minor FROM call_balances WHERE call_id = $1"
    )
    .bind(id)
    .fetch_one(c)
    .await)?)
}

/// How many decisions of a call were made since its results were last released (V10).
///
/// # Errors
/// When the database fails.
pub async fn unreleased(tx: &mut Tx, id: CallId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT COUNT(*) FROM decisions d JOIN proposals p ON p.id = d.proposal_id JOIN calls c ON c.id = p.call_id
         WHERE c.id = $1 AND (c.results_released_at IS NULL OR d.decided_at > c.results_released_at)"
    )
    .bind(id)
    .fetch_one(c)
    .await)?)
}

/// Releases what was decided until now (V10).
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn set_released(
    tx: &mut Tx,
    id: CallId,
    version: i64,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE calls SET results_released_at = $3, results_released_by = $4, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        now,
        by,
    )?)
}

/// Stores a new draft.
///
/// # Errors
/// When the code is taken or the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: CallId,
    fund_id: FundId,
    draft: &Draft<'_>,
    created_by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO calls (id, fund_id, code, title_en, title_fr, funding_window, envelope_minor, opens_at, closes_at,
                            zone, phase, definition, search_key, created_by, created_at, concepts_close_at,
                            concept_tolerance_bp)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'draft', $11, $12, $13, $14, $15, $16)",
        id,
        fund_id,
        draft.code,
        &draft.title.en,
        &draft.title.fr,
        draft.window,
        draft.envelope.minor(),
        draft.opens_at,
        draft.closes_at,
        draft.zone,
        serde_json::to_string(draft.definition)?,
        draft.search_key(),
        created_by,
        now,
        draft.concepts_close_at,
        draft.tolerance(),
    )?;
    Ok(())
}

/// Replaces a draft.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the code is taken or the database fails.
pub async fn update(tx: &mut Tx, id: CallId, version: i64, draft: &Draft<'_>) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE calls SET code = $3, title_en = $4, title_fr = $5, funding_window = $6, envelope_minor = $7, opens_at = $8,
                          closes_at = $9, zone = $10, definition = $11, search_key = $12, concepts_close_at = $13,
                          concept_tolerance_bp = $14, version = version + 1
         WHERE id = $1 AND version = $2 AND phase = 'draft'",
        id,
        version,
        draft.code,
        &draft.title.en,
        &draft.title.fr,
        draft.window,
        draft.envelope.minor(),
        draft.opens_at,
        draft.closes_at,
        draft.zone,
        serde_json::to_string(draft.definition)?,
        draft.search_key(),
        draft.concepts_close_at,
        draft.tolerance(),
    )?)
}

/// Publishes a draft.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn publish(
    tx: &mut Tx,
    id: CallId,
    version: i64,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE calls SET phase = 'published', published_by = $3, published_at = $4, version = version + 1
         WHERE id = $1 AND version = $2 AND phase = 'draft'",
        id,
        version,
        by,
        now,
    )?)
}

/// Sets envelope and deadline, and keeps what they were.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the envelope would be exceeded (M21) or the
/// database fails.
pub async fn extend(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    call: &CallHead,
    version: i64,
    (envelope, closes_at): (Money, Timestamp),
    reason: &str,
) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO call_corrigenda (id, call_id, made_at, made_by, reason, envelope_before_minor, envelope_minor,
             closes_before, closes_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ctx.id::<Uuid>(),
        call.id,
        ctx.now,
        ctx.person_id(),
        reason,
        call.envelope_minor,
        envelope.minor(),
        call.closes_at,
        closes_at,
    )?;
    fresh(execute!(
        tx,
        "UPDATE calls SET envelope_minor = $3, closes_at = $4, version = version + 1 WHERE id = $1 AND version = $2",
        call.id,
        version,
        envelope.minor(),
        closes_at,
    )?)
}

/// Sets the phase.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`]; when the database fails.
pub async fn set_phase(tx: &mut Tx, id: CallId, version: i64, phase: CallPhase) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE calls SET phase = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        phase,
    )?)
}
