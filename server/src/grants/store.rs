//! SQL of agreements, tranches and disbursements.

use shared::calls::Definition;
use shared::currency::Currency;
use shared::grants::{
    AgreementDraft, AgreementState, DisbursementState, GrantQuery, Payment, PaymentView, PlannedTranche, TrancheState,
};
use shared::ids::{
    AgreementId, CallId, DecisionId, DisbursementId, FundId, OrganisationId, PersonId, ProposalId, TrancheId,
};
use shared::money::Money;
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::paging::{PAGE, contains};
use crate::db::{Tx, exactly_one, fresh};
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
         AND NOT EXISTS (SELECT 1 FROM agreements a WHERE a.proposal_id = d.proposal_id)";

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
    /// Paid so far.
    pub disbursed_minor: i64,
    /// For `If-Match`.
    pub version: i64,
}

impl AgreementRow {
    /// An amount of the agreement.
    #[must_use]
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
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
         a.total_minor, a.starts_on, a.ends_on, a.state, a.created_by, w.name AS created_name, a.created_at, a.approved_by,
         p.name AS approved_name, a.approved_at, a.sent_at, s.name AS signed_name, a.signed_at, b.disbursed_minor, a.version
     FROM agreements a JOIN agreement_balances b ON b.agreement_id = a.id JOIN funds f ON f.id = a.fund_id
     JOIN calls c ON c.id = a.call_id JOIN proposals pr ON pr.id = a.proposal_id
     JOIN organisations o ON o.id = a.organisation_id JOIN people w ON w.id = a.created_by
     LEFT JOIN people p ON p.id = a.approved_by LEFT JOIN people s ON s.id = a.signed_by WHERE ";

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
             total_minor, starts_on, ends_on, state, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
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
    )?;
    Ok(id)
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

// --- tranches ---

/// A tranche and what was paid of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TrancheRow {
    /// Its id.
    pub id: TrancheId,
    /// Its place, from 1.
    pub number: i64,
    /// As planned.
    pub planned_minor: i64,
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
    /// As stored: planned or paid.
    pub state: TrancheState,
}

/// An agreement's tranches, in order.
///
/// # Errors
/// When the database fails.
pub async fn tranches(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<TrancheRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT t.id, t.number, t.planned_minor, t.due_on, t.condition, t.is_retention, t.state,
             CAST(COALESCE(SUM(CASE WHEN d.state = $2 THEN d.amount_minor ELSE 0 END), 0) AS BIGINT) AS paid_minor,
             CAST(COALESCE(SUM(CASE WHEN d.state <> $2 THEN d.amount_minor ELSE 0 END), 0) AS BIGINT) AS on_its_way_minor
         FROM tranches t LEFT JOIN disbursements d ON d.tranche_id = t.id
         WHERE t.agreement_id = $1
         GROUP BY t.id, t.number, t.planned_minor, t.due_on, t.condition, t.is_retention, t.state ORDER BY t.number"
    )
    .bind(agreement_id)
    .bind(DisbursementState::Paid)
    .fetch_all(c)
    .await
    })?)
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

/// Marks a tranche as paid in full.
///
/// # Errors
/// When the database fails.
pub async fn set_tranche_paid(tx: &mut Tx, id: TrancheId) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE tranches SET state = $2 WHERE id = $1", id, TrancheState::Paid)?)
}

// --- disbursements ---

/// A disbursement with the persons of its steps.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DisbursementRow {
    /// Its id.
    pub id: DisbursementId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The tranche.
    pub tranche_id: TrancheId,
    /// The tranche's place.
    pub tranche_number: i64,
    /// Its number.
    pub number: String,
    /// The amount.
    pub amount_minor: i64,
    /// How far it is.
    pub state: DisbursementState,
    /// Who prepared it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who verified it.
    pub verified_by: Option<PersonId>,
    /// By name.
    pub verified_name: Option<String>,
    /// When.
    pub verified_at: Option<Timestamp>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// By name.
    pub approved_name: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// Who approved it as well.
    pub second_approved_by: Option<PersonId>,
    /// By name.
    pub second_approved_name: Option<String>,
    /// When.
    pub second_approved_at: Option<Timestamp>,
    /// When the bank got the order.
    pub instructed_at: Option<Timestamp>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The value date.
    pub value_date: Option<Date>,
    /// Who recorded the payment, by name.
    pub paid_name: Option<String>,
    /// When.
    pub paid_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const DISBURSEMENTS: &str =
    "SELECT d.id, d.agreement_id, d.tranche_id, t.number AS tranche_number, d.number, d.amount_minor, d.state,
         d.prepared_by, p1.name AS prepared_name, d.prepared_at, d.verified_by, p2.name AS verified_name, d.verified_at,
         d.approved_by, p3.name AS approved_name, d.approved_at, d.second_approved_by, p4.name AS second_approved_name,
         d.second_approved_at, d.instructed_at, d.bank_reference, d.value_date, p5.name AS paid_name, d.paid_at, d.version
     FROM disbursements d JOIN tranches t ON t.id = d.tranche_id JOIN people p1 ON p1.id = d.prepared_by
     LEFT JOIN people p2 ON p2.id = d.verified_by LEFT JOIN people p3 ON p3.id = d.approved_by
     LEFT JOIN people p4 ON p4.id = d.second_approved_by LEFT JOIN people p5 ON p5.id = d.paid_by WHERE ";

/// A disbursement by id.
///
/// # Errors
/// When the database fails.
pub async fn disbursement(tx: &mut Tx, id: DisbursementId) -> Result<Option<DisbursementRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(DISBURSEMENTS);
        query.push("d.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// An agreement's disbursements, oldest first. A plan has few tranches, so there are few.
///
/// # Errors
/// When the database fails.
pub async fn disbursements(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<DisbursementRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(DISBURSEMENTS);
        query.push("d.agreement_id = ").push_bind(agreement_id).push(" ORDER BY d.id LIMIT 100");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// How many disbursements an agreement has.
///
/// # Errors
/// When the database fails.
pub async fn count_disbursements(tx: &mut Tx, agreement_id: AgreementId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM disbursements WHERE agreement_id = $1")
        .bind(agreement_id)
        .fetch_one(c)
        .await)?)
}

/// Writes a prepared disbursement.
///
/// # Errors
/// When the database fails.
pub async fn insert_disbursement(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement_id: AgreementId,
    tranche_id: TrancheId,
    number: &str,
    amount: Money,
    by: PersonId,
) -> Result<DisbursementId, ApiError> {
    let id: DisbursementId = ctx.id();
    execute!(
        tx,
        "INSERT INTO disbursements (id, agreement_id, tranche_id, number, amount_minor, state, prepared_by, prepared_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        agreement_id,
        tranche_id,
        number,
        amount.minor(),
        DisbursementState::Draft,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// Marks a disbursement as verified.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_verified(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, verified_by = $4, verified_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        DisbursementState::Verified,
        by,
        ctx.now,
    )?)
}

/// Marks a disbursement as approved by finance.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_disbursement_approved(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, approved_by = $4, approved_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        DisbursementState::Approved,
        by,
        ctx.now,
    )?)
}

/// Keeps the head of desk's approval.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_second_approved(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET second_approved_by = $3, second_approved_at = $4, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        by,
        ctx.now,
    )?)
}

/// Marks a disbursement as ordered from the bank.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_instructed(tx: &mut Tx, ctx: &Ctx<'_>, id: DisbursementId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, instructed_at = $4, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        DisbursementState::Instructed,
        ctx.now,
    )?)
}

/// Marks a disbursement as paid.
///
/// # Errors
/// `stale_version` when somebody changed it since; when the bank's reference was used.
pub async fn set_paid(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
    payment: &Payment,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, bank_reference = $4, value_date = $5, paid_by = $6, paid_at = $7,
             version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        DisbursementState::Paid,
        payment.bank_reference.trim(),
        payment.value_date,
        by,
        ctx.now,
    )?)
}

// --- the payments page ---

/// A tranche to be paid, or a payment.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PaymentRow {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement_number: String,
    /// The recipient.
    pub organisation_id: OrganisationId,
    /// Its code.
    pub organisation_code: String,
    /// Its name.
    pub organisation_name: String,
    /// The fund's currency.
    pub currency: Currency,
    /// Above this a payment needs the head of desk as well.
    pub second_approval_above_minor: i64,
    /// The tranche.
    pub tranche_id: TrancheId,
    /// Its place.
    pub tranche_number: i64,
    /// When it is due.
    pub due_on: Date,
    /// The payment's amount, or what is left of the tranche.
    pub amount_minor: i64,
    /// The payment.
    pub disbursement_id: Option<DisbursementId>,
    /// Its number.
    pub number: Option<String>,
    /// How far it is.
    pub state: Option<DisbursementState>,
    /// Who prepared it.
    pub prepared_by: Option<PersonId>,
    /// Who verified it.
    pub verified_by: Option<PersonId>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// Who approved it as well.
    pub second_approved_by: Option<PersonId>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The value date.
    pub value_date: Option<Date>,
    /// For `If-Match`.
    pub version: Option<i64>,
}

/// What a row is about to pay: its payment, or what no payment has taken of the tranche yet.
const PAYMENT_AMOUNT: &str = "CAST(COALESCE(d.amount_minor, t.planned_minor - COALESCE((SELECT SUM(x.amount_minor)
    FROM disbursements x WHERE x.tranche_id = t.id), 0)) AS BIGINT)";

const PAYMENT_COLUMNS: &str = " AS amount_minor, a.id AS agreement_id, a.number AS agreement_number, a.organisation_id,
    o.code AS organisation_code, o.name AS organisation_name, f.currency, f.second_approval_above_minor,
    t.id AS tranche_id, t.number AS tranche_number, t.due_on, d.id AS disbursement_id, d.number, d.state, d.prepared_by,
    d.verified_by, d.approved_by, d.second_approved_by, d.bank_reference, d.value_date, d.version";

/// Which rows a view has.
const fn payments_from(view: PaymentView) -> &'static str {
    match view {
        PaymentView::Open => {
            " FROM tranches t JOIN agreements a ON a.id = t.agreement_id JOIN funds f ON f.id = a.fund_id
              JOIN organisations o ON o.id = a.organisation_id
              LEFT JOIN disbursements d ON d.tranche_id = t.id AND d.state <> 'paid'
              WHERE a.state = 'active' AND t.state <> 'paid'"
        }
        PaymentView::Paid => {
            " FROM disbursements d JOIN tranches t ON t.id = d.tranche_id JOIN agreements a ON a.id = t.agreement_id
              JOIN funds f ON f.id = a.fund_id JOIN organisations o ON o.id = a.organisation_id
              WHERE d.state = 'paid'"
        }
    }
}

/// Where a page of payments ended: the row's date, its tranche, its payment or again its tranche.
#[derive(Debug, Clone, Copy)]
pub struct PaymentCursor {
    /// Due date of an open row, value date of a paid one.
    pub day: Date,
    /// The tranche.
    pub tranche_id: TrancheId,
    /// The payment; the tranche when there is none.
    pub last_id: uuid::Uuid,
}

/// A page of payments and one more row: open ones by due date, paid ones newest first.
///
/// # Errors
/// When the database fails.
pub async fn payments(
    tx: &mut Tx,
    view: PaymentView,
    after: Option<PaymentCursor>,
) -> Result<Vec<PaymentRow>, ApiError> {
    let (key, compare, order) = match view {
        PaymentView::Open => {
            ("(t.due_on, t.id, COALESCE(d.id, t.id))", " > ", " ORDER BY t.due_on, t.id, COALESCE(d.id, t.id) LIMIT ")
        }
        PaymentView::Paid => {
            ("(d.value_date, t.id, d.id)", " < ", " ORDER BY d.value_date DESC, t.id DESC, d.id DESC LIMIT ")
        }
    };
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new("SELECT ");
        query.push(PAYMENT_AMOUNT).push(PAYMENT_COLUMNS).push(payments_from(view));
        if let Some(after) = after {
            query.push(" AND ").push(key).push(compare).push("(").push_bind(after.day).push(", ");
            query.push_bind(after.tranche_id).push(", ").push_bind(after.last_id).push(")");
        }
        query.push(order).push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// What all rows of a view sum to, in minor units.
///
/// # Errors
/// When the database fails.
pub async fn payments_sum(tx: &mut Tx, view: PaymentView) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::<_>::new("SELECT CAST(COALESCE(SUM(");
        query.push(PAYMENT_AMOUNT).push("), 0) AS BIGINT)").push(payments_from(view));
        query.build_query_scalar().fetch_one(c).await
    })?)
}

/// The house's fund; the payments page tells its cash.
///
/// # Errors
/// When the database fails.
pub async fn first_fund(tx: &mut Tx) -> Result<Option<FundId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT id FROM funds ORDER BY created_at, id LIMIT 1").fetch_optional(c).await)?)
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
}

/// The audit entries of an agreement and its disbursements, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn history(tx: &mut Tx, id: AgreementId) -> Result<Vec<EventRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT l.at, p.name AS by_name, l.action, d.number AS disbursement
         FROM audit_log l LEFT JOIN people p ON p.id = l.person_id LEFT JOIN disbursements d ON d.id = l.object_id
         WHERE l.object_id = $1 OR l.object_id IN (SELECT x.id FROM disbursements x WHERE x.agreement_id = $1)
         ORDER BY l.seq LIMIT 500"
    )
    .bind(id)
    .fetch_all(c)
    .await)?)
}
