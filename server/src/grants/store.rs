//! SQL of awards, agreements and their history.

use shared::calls::Definition;
use shared::currency::Currency;
use shared::grants::{AgreementDraft, AgreementState, GrantQuery};
use shared::ids::{AgreementId, CallId, DecisionId, FundId, OrganisationId, PersonId, ProposalId};
use shared::money::Money;
use shared::reports::{Reporting, ReportingMethod};
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::paging::{PAGE, contains};
use crate::db::{Tx, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

// --- awards ---

/// An approved decision with an open reservation and no agreement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AwardRow {
    /// The decision.
    pub decision_id: DecisionId,
    /// The fund.
    pub fund_id: FundId,
    /// Its currency.
    pub fund_currency: Currency,
    /// The call.
    pub call_id: CallId,
    /// The call's definition, as JSON.
    pub definition: String,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub proposal_number: String,
    /// Its title.
    pub title: String,
    /// Its currency.
    pub currency: Currency,
    /// What the project costs in all, in the proposal's currency.
    pub total_minor: i64,
    /// How long it takes.
    pub duration_months: Option<i64>,
    /// The recipient.
    pub organisation_id: OrganisationId,
    /// Its code.
    pub organisation_code: String,
    /// Its name.
    pub organisation_name: String,
    /// What was approved, in the fund's currency.
    pub amount_minor: i64,
    /// When it was decided.
    pub decided_at: Timestamp,
}

impl AwardRow {
    /// The call's definition.
    ///
    /// # Errors
    /// When the stored JSON is not one.
    pub fn definition(&self) -> Result<Definition, ApiError> {
        Ok(serde_json::from_str(&self.definition)?)
    }
}

const AWARDS: &str =
    "SELECT d.id AS decision_id, e.fund_id, f.currency AS fund_currency, c.id AS call_id, c.definition, pr.id AS proposal_id,
         COALESCE(pr.number, '') AS proposal_number, pr.title, pr.currency, pr.total_minor, pr.duration_months,
         o.id AS organisation_id, o.code AS organisation_code, o.name AS organisation_name,
         d.amount_minor, d.decided_at
     FROM decisions d JOIN journal_entries e ON e.source_id = d.id AND e.kind = 'reservation'
     JOIN funds f ON f.id = e.fund_id JOIN proposals pr ON pr.id = d.proposal_id JOIN calls c ON c.id = pr.call_id
     JOIN organisations o ON o.id = pr.organisation_id
     WHERE d.amount_minor IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journal_entries r WHERE r.reverses = e.id)
         AND NOT EXISTS (SELECT 1 FROM agreements a WHERE a.proposal_id = d.proposal_id AND a.state <> 'void')";

/// A page of awards, newest first, and one more.
///
/// # Errors
/// When the database fails.
pub async fn awards(tx: &mut Tx, after: Option<DecisionId>) -> Result<Vec<AwardRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(AWARDS);
        if let Some(after) = after {
            query.push(" AND d.id < ").push_bind(after);
        }
        query.push(" ORDER BY d.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// The award of a decision.
///
/// # Errors
/// When the database fails.
pub async fn award(tx: &mut Tx, decision_id: DecisionId) -> Result<Option<AwardRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(AWARDS);
        query.push(" AND d.id = ").push_bind(decision_id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

// --- agreements ---

/// An agreement with its parties.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AgreementRow {
    /// Its id.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// The fund.
    pub fund_id: FundId,
    /// Its name.
    pub fund_name: String,
    /// Its currency.
    pub currency: Currency,
    /// Above this a payment needs the head of desk as well (M70).
    pub second_approval_above_minor: i64,
    /// The call.
    pub call_id: CallId,
    /// Its code.
    pub call_code: String,
    /// Its definition, as JSON.
    pub definition: String,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub proposal_number: String,
    /// Its title.
    pub title: String,
    /// Its country.
    pub country: String,
    /// The decision.
    pub decision_id: DecisionId,
    /// The recipient.
    pub organisation_id: OrganisationId,
    /// Its code.
    pub organisation_code: String,
    /// Its name.
    pub organisation_name: String,
    /// What was agreed, in minor units of the fund's currency.
    pub amount_minor: i64,
    /// What the project costs in all.
    pub total_minor: i64,
    /// In which currency the recipient reports, when it is not the fund's.
    pub reporting_currency: Option<Currency>,
    /// How that is converted.
    pub reporting_method: Option<ReportingMethod>,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// How far it is.
    pub state: AgreementState,
    /// Who wrote it.
    pub created_by: PersonId,
    /// By name.
    pub created_name: String,
    /// When.
    pub created_at: Timestamp,
    /// Who replaced its plan, last.
    pub planned_by: Option<PersonId>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// By name.
    pub approved_name: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Who signed it, by name.
    pub signed_name: Option<String>,
    /// When.
    pub signed_at: Option<Timestamp>,
    /// Committed: nothing before the signature, the final grant once it is closed.
    pub committed_minor: i64,
    /// Paid so far, less what came back.
    pub disbursed_minor: i64,
    /// Of that, what was given up.
    pub written_off_minor: i64,
    /// The final grant, once the final report is accepted (M42).
    pub final_minor: Option<i64>,
    /// Who closed it, by name.
    pub closed_name: Option<String>,
    /// When.
    pub closed_at: Option<Timestamp>,
    /// Since when the recipient owes something back, on any agreement.
    pub recovery_due_on: Option<Date>,
    /// Eligible cost accepted so far.
    pub accepted_minor: i64,
    /// The grant's share of it.
    pub accepted_share_minor: i64,
    /// The version of the budget that counts: as signed, or as last amended (M40).
    pub budget_version: i64,
    /// For `If-Match`.
    pub version: i64,
}

impl AgreementRow {
    /// An amount of the agreement.
    #[must_use]
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    /// In which currency the recipient reports, when it is not the fund's (M51).
    #[must_use]
    pub fn reporting(&self) -> Option<Reporting> {
        self.reporting_currency.zip(self.reporting_method).map(|(currency, method)| Reporting { currency, method })
    }

    /// An amount as the recipient reports it.
    #[must_use]
    pub fn reported(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.reporting_currency.unwrap_or(self.currency))
    }

    /// Committed − disbursed (DOMAIN §6). What was written off has left the commitment and stays disbursed.
    #[must_use]
    pub fn undisbursed(&self) -> Money {
        self.money(self.committed_minor + self.written_off_minor - self.disbursed_minor)
    }

    /// Final grant − net disbursed, as far as it was not given up (M43): to pay when positive, to recover when
    /// negative. None before the final grant is known.
    #[must_use]
    pub fn balance(&self) -> Option<Money> {
        self.final_minor.map(|minor| self.money(minor - self.disbursed_minor + self.written_off_minor))
    }

    /// Whether somebody wrote it, or the plan that it has now (M70).
    #[must_use]
    pub fn is_written_by(&self, person: PersonId) -> bool {
        self.created_by == person || self.planned_by == Some(person)
    }

    /// The call's definition.
    ///
    /// # Errors
    /// When the stored JSON is not one.
    pub fn definition(&self) -> Result<Definition, ApiError> {
        Ok(serde_json::from_str(&self.definition)?)
    }
}

const AGREEMENTS: &str =
    "SELECT a.id, a.number, a.fund_id, f.name AS fund_name, f.currency, f.second_approval_above_minor, a.call_id,
         c.code AS call_code, c.definition, a.proposal_id, COALESCE(pr.number, '') AS proposal_number, pr.title, pr.country,
         a.decision_id, a.organisation_id, o.code AS organisation_code, o.name AS organisation_name, a.amount_minor,
         a.total_minor, a.reporting_currency, a.reporting_method, a.starts_on, a.ends_on, a.state, a.created_by, w.name AS created_name, a.created_at, a.planned_by, a.approved_by,
         p.name AS approved_name, a.approved_at, a.sent_at, s.name AS signed_name, a.signed_at, b.committed_minor, b.disbursed_minor,
         b.written_off_minor, a.version, a.final_minor, z.name AS closed_name, a.closed_at,
         (SELECT MIN(v.due_on) FROM recoveries v JOIN agreements y ON y.id = v.agreement_id
             WHERE y.organisation_id = a.organisation_id AND v.state NOT IN ('settled', 'written_off', 'cancelled'))
             AS recovery_due_on,
         CAST(COALESCE((SELECT SUM(r.accepted_minor) FROM reports r WHERE r.agreement_id = a.id), 0) AS BIGINT) AS accepted_minor,
         CAST(COALESCE((SELECT SUM(r.accepted_share_minor) FROM reports r WHERE r.agreement_id = a.id), 0) AS BIGINT)
             AS accepted_share_minor,
         COALESCE((SELECT MAX(u.version) FROM agreement_budget u WHERE u.agreement_id = a.id), 1) AS budget_version
     FROM agreements a JOIN agreement_balances b ON b.agreement_id = a.id JOIN funds f ON f.id = a.fund_id
     JOIN calls c ON c.id = a.call_id JOIN proposals pr ON pr.id = a.proposal_id
     JOIN organisations o ON o.id = a.organisation_id JOIN people w ON w.id = a.created_by
     LEFT JOIN people p ON p.id = a.approved_by LEFT JOIN people s ON s.id = a.signed_by
     LEFT JOIN people z ON z.id = a.closed_by WHERE ";

/// An agreement by id.
///
/// # Errors
/// When the database fails.
pub async fn agreement(tx: &mut Tx, id: AgreementId) -> Result<Option<AgreementRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(AGREEMENTS);
        query.push("a.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A page of agreements, newest first, and one more; for recipients only what was sent to them.
///
/// # Errors
/// When the database fails.
pub async fn agreements(
    tx: &mut Tx,
    recipients: Option<&[OrganisationId]>,
    filter: &GrantQuery,
) -> Result<Vec<AgreementRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(AGREEMENTS);
        query.push("1 = 1");
        if let Some(recipients) = recipients {
            query.push(" AND a.sent_at IS NOT NULL AND a.organisation_id IN (NULL");
            for id in recipients {
                query.push(", ").push_bind(*id);
            }
            query.push(")");
        }
        if let Some(state) = filter.state {
            query.push(" AND a.state = ").push_bind(state);
        }
        if let Some(call_id) = filter.call_id {
            query.push(" AND a.call_id = ").push_bind(call_id);
        }
        if let Some(search) = filter.search.as_deref().filter(|text| !text.trim().is_empty()) {
            let pattern = contains(search);
            query.push(" AND (LOWER(a.number) LIKE ").push_bind(pattern.clone()).push(" ESCAPE '!'");
            query.push(" OR pr.search_key LIKE ").push_bind(pattern.clone()).push(" ESCAPE '!'");
            query.push(" OR o.search_key LIKE ").push_bind(pattern).push(" ESCAPE '!')");
        }
        if let Some(after) = filter.after {
            query.push(" AND a.id < ").push_bind(after);
        }
        query.push(" ORDER BY a.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Writes a draft agreement; `total` is the project's cost in the fund's currency.
///
/// # Errors
/// When the number is taken or the proposal has one, or the database fails.
pub async fn insert_agreement(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    award: &AwardRow,
    by: PersonId,
    draft: &AgreementDraft,
    total: Money,
) -> Result<AgreementId, ApiError> {
    let id: AgreementId = ctx.id();
    execute!(
        tx,
        "INSERT INTO agreements (id, number, fund_id, call_id, proposal_id, decision_id, organisation_id, amount_minor,
             total_minor, starts_on, ends_on, state, created_by, created_at, reporting_currency, reporting_method)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        id,
        draft.number.trim(),
        award.fund_id,
        award.call_id,
        award.proposal_id,
        award.decision_id,
        award.organisation_id,
        award.amount_minor,
        total.minor(),
        draft.starts_on,
        draft.ends_on,
        AgreementState::Draft,
        by,
        ctx.now,
        draft.reporting.map(|reporting| reporting.currency),
        draft.reporting.map(|reporting| reporting.method),
    )?;
    Ok(id)
}

/// Keeps who replaced a draft's plan.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_planned(tx: &mut Tx, id: AgreementId, version: i64, by: PersonId) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET planned_by = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        by,
    )?)
}

/// Counts a change of a draft.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn touch(tx: &mut Tx, id: AgreementId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(tx, "UPDATE agreements SET version = version + 1 WHERE id = $1 AND version = $2", id, version)?)
}

/// Marks a draft as approved internally.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_approved(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: AgreementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET state = $3, approved_by = $4, approved_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        AgreementState::InternallyApproved,
        by,
        ctx.now,
    )?)
}

/// Whether the applicant was told of a decision (V10).
///
/// # Errors
/// When the database fails.
pub async fn is_released(tx: &mut Tx, id: DecisionId) -> Result<bool, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT COALESCE(d.decided_at <= c.results_released_at, FALSE)
         FROM decisions d JOIN proposals p ON p.id = d.proposal_id JOIN calls c ON c.id = p.call_id WHERE d.id = $1"
    )
    .bind(id)
    .fetch_one(c)
    .await)?)
}

/// Marks an agreement as sent.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_sent(tx: &mut Tx, ctx: &Ctx<'_>, id: AgreementId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET state = $3, sent_at = $4, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        AgreementState::Sent,
        ctx.now,
    )?)
}

/// Marks an agreement as signed and active.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_signed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: AgreementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET state = $3, signed_by = $4, signed_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        AgreementState::Active,
        by,
        ctx.now,
    )?)
}

/// Makes an approved or sent agreement a draft again: it needs a new approval.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_draft(tx: &mut Tx, id: AgreementId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET state = $3, approved_by = NULL, approved_at = NULL, sent_at = NULL, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        AgreementState::Draft,
    )?)
}

/// The agreement on a decision that nobody signed, with its state and version.
///
/// # Errors
/// When the database fails.
pub async fn unsigned(
    tx: &mut Tx,
    decision_id: DecisionId,
) -> Result<Option<(AgreementId, AgreementState, i64)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT id, state, version FROM agreements WHERE decision_id = $1 AND signed_at IS NULL AND state <> 'void'"
    )
    .bind(decision_id)
    .fetch_optional(c)
    .await)?)
}

/// Moves an agreement to another state.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_state(tx: &mut Tx, id: AgreementId, version: i64, state: AgreementState) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE agreements SET state = $3, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state,
    )?)
}

/// Active agreements whose last day has passed, at most 100 at a time.
///
/// # Errors
/// When the database fails.
pub async fn past_their_end(tx: &mut Tx, today: Date) -> Result<Vec<AgreementId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM agreements WHERE state = 'active' AND ends_on < $1 ORDER BY id LIMIT 100"
    )
    .bind(today)
    .fetch_all(c)
    .await)?)
}

// --- history ---

/// A step in an agreement's history.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by_name: Option<String>,
    /// What.
    pub action: String,
    /// The disbursement's number.
    pub disbursement: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The audit entries of an agreement and what belongs to it, oldest first. `organisation_id` is given to
/// those who may see the recipient's accounts.
///
/// # Errors
/// When the database fails.
pub async fn history(
    tx: &mut Tx,
    id: AgreementId,
    organisation_id: Option<OrganisationId>,
) -> Result<Vec<EventRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT l.at, p.name AS by_name, l.action, d.number AS disbursement, l.reason
         FROM audit_log l LEFT JOIN people p ON p.id = l.person_id LEFT JOIN disbursements d ON d.id = l.object_id
         WHERE l.object_id IN (SELECT x.id FROM agreements x WHERE x.id = $1
             UNION ALL SELECT x.id FROM disbursements x WHERE x.agreement_id = $1
             UNION ALL SELECT x.id FROM tranches x WHERE x.agreement_id = $1
             UNION ALL SELECT x.id FROM reports x WHERE x.agreement_id = $1
             UNION ALL SELECT x.id FROM amendments x WHERE x.agreement_id = $1
             UNION ALL SELECT x.id FROM recoveries x WHERE x.agreement_id = $1
             UNION ALL SELECT x.id FROM refunds x JOIN recoveries y ON y.id = x.recovery_id WHERE y.agreement_id = $1
             UNION ALL SELECT x.id FROM bank_accounts x WHERE x.organisation_id = $2)
         ORDER BY l.seq LIMIT 500"
    )
    .bind(id)
    .bind(organisation_id)
    .fetch_all(c)
    .await)?)
}
