//! SQL of payments.

use shared::currency::Currency;
use shared::grants::{
    AgreementState, CreditDraft, DisbursementState, Payment, PaymentView, ReversalDraft, TrancheState,
};
use shared::ids::{AgreementId, DisbursementId, FundId, OrganisationId, PersonId, RecipientAccountId, TrancheId};
use shared::money::Money;
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::tranches_store::{EARLIER_OPEN, REPORT_MISSING};
use crate::app::Ctx;
use crate::db::paging::PAGE;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

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
    /// What all payments of the tranche come to: what the limit is compared with (M70).
    pub of_tranche_minor: i64,
    /// How far it is.
    pub state: DisbursementState,
    /// Who prepared it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who prepared it again after it failed.
    pub retried_by: Option<PersonId>,
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
    /// Names it on its way through the banks.
    pub end_to_end_id: String,
    /// Where it goes.
    pub account_id: RecipientAccountId,
    /// In whose name the account is.
    pub holder: String,
    /// Its bank.
    pub bank: String,
    /// Its number.
    pub account_number: String,
    /// Why it failed, was cancelled or went back to draft.
    pub reason: String,
    /// Why it came back.
    pub reversal_reason: String,
    /// On which day.
    pub reversed_on: Option<Date>,
    /// Who recorded that.
    pub reversal_prepared_by: Option<PersonId>,
    /// By name.
    pub reversal_prepared_name: Option<String>,
    /// When.
    pub reversal_prepared_at: Option<Timestamp>,
    /// Who approved it, by name.
    pub reversal_approved_name: Option<String>,
    /// When.
    pub reversal_approved_at: Option<Timestamp>,
    /// When the bank's statement showed it.
    pub reconciled_at: Option<Timestamp>,
    /// What arrived, in the reporting currency.
    pub credit_minor: Option<i64>,
    /// On which day.
    pub credited_on: Option<Date>,
    /// The credit advice's reference.
    pub credit_reference: String,
    /// Who told it.
    pub credit_recorded_by: Option<PersonId>,
    /// By name.
    pub credit_recorded_name: Option<String>,
    /// When.
    pub credit_recorded_at: Option<Timestamp>,
    /// Who confirmed it, by name.
    pub credit_confirmed_name: Option<String>,
    /// When.
    pub credit_confirmed_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

/// What all payments of tranche `t` come to that count: the limit of M70 cannot be passed by splitting.
pub const OF_TRANCHE: &str = "(SELECT CAST(COALESCE(SUM(x.amount_minor), 0) AS BIGINT) FROM disbursements x
    WHERE x.tranche_id = t.id AND x.state NOT IN ('cancelled', 'reversed')) AS of_tranche_minor";

const DISBURSEMENTS: &str =
    "SELECT d.id, d.agreement_id, d.tranche_id, t.number AS tranche_number, d.number, d.amount_minor, d.state,
         d.prepared_by, p1.name AS prepared_name, d.prepared_at, d.retried_by, d.verified_by, p2.name AS verified_name, d.verified_at,
         d.approved_by, p3.name AS approved_name, d.approved_at, d.second_approved_by, p4.name AS second_approved_name,
         d.second_approved_at, d.instructed_at, d.bank_reference, d.value_date, p5.name AS paid_name, d.paid_at, d.version,
         d.end_to_end_id, d.account_id, k.holder, k.bank, k.account_number, d.reason, d.reversal_reason, d.reversed_on,
         d.reversal_prepared_by, p6.name AS reversal_prepared_name, d.reversal_prepared_at,
         p7.name AS reversal_approved_name, d.reversal_approved_at, d.reconciled_at, d.credit_minor, d.credited_on,
         d.credit_reference, d.credit_recorded_by, p8.name AS credit_recorded_name, d.credit_recorded_at,
         p9.name AS credit_confirmed_name, d.credit_confirmed_at, ";

const DISBURSEMENTS_FROM: &str =
    " FROM disbursements d JOIN tranches t ON t.id = d.tranche_id JOIN bank_accounts k ON k.id = d.account_id
     JOIN people p1 ON p1.id = d.prepared_by LEFT JOIN people p6 ON p6.id = d.reversal_prepared_by
     LEFT JOIN people p7 ON p7.id = d.reversal_approved_by LEFT JOIN people p8 ON p8.id = d.credit_recorded_by
     LEFT JOIN people p9 ON p9.id = d.credit_confirmed_by
     LEFT JOIN people p2 ON p2.id = d.verified_by LEFT JOIN people p3 ON p3.id = d.approved_by
     LEFT JOIN people p4 ON p4.id = d.second_approved_by LEFT JOIN people p5 ON p5.id = d.paid_by WHERE ";

/// A disbursement by id.
///
/// # Errors
/// When the database fails.
pub async fn disbursement(tx: &mut Tx, id: DisbursementId) -> Result<Option<DisbursementRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(DISBURSEMENTS);
        query.push(OF_TRANCHE).push(DISBURSEMENTS_FROM);
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
        query.push(OF_TRANCHE).push(DISBURSEMENTS_FROM);
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
    (tranche_id, account_id): (TrancheId, RecipientAccountId),
    number: &str,
    amount: Money,
    by: PersonId,
) -> Result<DisbursementId, ApiError> {
    let id: DisbursementId = ctx.id();
    execute!(
        tx,
        "INSERT INTO disbursements (id, agreement_id, tranche_id, account_id, number, end_to_end_id, amount_minor, state,
             prepared_by, prepared_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        agreement_id,
        tranche_id,
        account_id,
        number,
        // Unique, and 32 of the 35 characters that banks carry.
        id.0.simple().to_string(),
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

/// Marks a disbursement as cancelled or failed, and why.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_stopped(
    tx: &mut Tx,
    id: DisbursementId,
    version: i64,
    state: DisbursementState,
    reason: &str,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, reason = $4, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        state,
        reason.trim(),
    )?)
}

/// A failed disbursement is a draft again: everybody's step is done anew. Who wrote its amount stays its
/// preparer (M70).
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_retried(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
    account_id: RecipientAccountId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, account_id = $4, retried_by = $5, retried_at = $6, verified_by = NULL,
             verified_at = NULL, approved_by = NULL, approved_at = NULL, second_approved_by = NULL,
             second_approved_at = NULL, instructed_at = NULL, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        DisbursementState::Draft,
        account_id,
        by,
        ctx.now,
    )?)
}

/// Keeps that a paid disbursement came back, for somebody else to approve.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_reversal(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
    draft: &ReversalDraft,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET reversal_reason = $3, reversed_on = $4, reversal_prepared_by = $5,
             reversal_prepared_at = $6, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        draft.reason.trim(),
        draft.reversed_on,
        by,
        ctx.now,
    )?)
}

/// Nothing is said any more of a paid disbursement's coming back.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn drop_reversal(tx: &mut Tx, id: DisbursementId, version: i64) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET reversal_reason = '', reversed_on = NULL, reversal_prepared_by = NULL,
             reversal_prepared_at = NULL, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
    )?)
}

/// Marks a disbursement as reversed.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_reversed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET state = $3, reversal_approved_by = $4, reversal_approved_at = $5,
             version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        DisbursementState::Reversed,
        by,
        ctx.now,
    )?)
}

/// Marks a paid disbursement as found in the bank's statement.
///
/// # Errors
/// When it is not paid, or the line is used; when the database fails.
pub async fn set_reconciled(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    statement_line: Uuid,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE disbursements SET state = $2, statement_line_id = $3, reconciled_at = $4, version = version + 1
         WHERE id = $1 AND state = 'paid'",
        id,
        DisbursementState::Reconciled,
        statement_line,
        ctx.now,
    )?)
}

/// Keeps what arrived with a payment, for somebody else to confirm (M51, M70).
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_credit(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
    draft: &CreditDraft,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET credit_minor = $3, credited_on = $4, credit_reference = $5, credit_recorded_by = $6,
             credit_recorded_at = $7, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        draft.received.minor(),
        draft.credited_on,
        draft.reference.trim(),
        by,
        ctx.now,
    )?)
}

/// Marks what arrived with a payment as confirmed.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_credit_confirmed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: DisbursementId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE disbursements SET credit_confirmed_by = $3, credit_confirmed_at = $4, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        by,
        ctx.now,
    )?)
}

/// What arrived with a paid disbursement, as far as its report's rate needs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TransferRow {
    /// The payment's number.
    pub number: String,
    /// What was paid.
    pub amount_minor: i64,
    /// What arrived; none while it is not confirmed.
    pub received_minor: Option<i64>,
}

/// An agreement's payments that did not come back, in the order in which they arrived (M51).
///
/// # Errors
/// When the database fails.
pub async fn transfers(tx: &mut Tx, agreement_id: AgreementId) -> Result<Vec<TransferRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT d.number, d.amount_minor, CASE WHEN d.credit_confirmed_by IS NULL THEN NULL ELSE d.credit_minor END
             AS received_minor
         FROM disbursements d WHERE d.agreement_id = $1 AND d.state IN ('paid', 'reconciled')
         ORDER BY COALESCE(d.credited_on, d.value_date), d.id LIMIT 100"
    )
    .bind(agreement_id)
    .fetch_all(c)
    .await)?)
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
    /// What all payments of the tranche come to: what the limit is compared with (M70).
    pub of_tranche_minor: i64,
    /// The payment.
    pub disbursement_id: Option<DisbursementId>,
    /// Its number.
    pub number: Option<String>,
    /// How far it is.
    pub state: Option<DisbursementState>,
    /// Who prepared it.
    pub prepared_by: Option<PersonId>,
    /// Who prepared it again after it failed.
    pub retried_by: Option<PersonId>,
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
    /// The account's number: the payment's, or the recipient's in use.
    pub account_number: Option<String>,
    /// Who recorded that it came back.
    pub reversal_prepared_by: Option<PersonId>,
    /// How far the agreement is.
    pub agreement_state: AgreementState,
    /// Whether the final grant is known.
    pub is_final: bool,
    /// The tranche is the last one.
    pub is_retention: bool,
    /// How far the tranche is, as stored.
    pub tranche_state: TrancheState,
    /// The Desk has not released an earlier tranche.
    pub is_earlier_open: bool,
    /// A report that the tranche waits for is not accepted.
    pub is_report_missing: bool,
    /// The recipient owes something back that is overdue.
    pub has_overdue_recovery: bool,
}

/// What a row is about to pay: its payment, or what no payment has taken of the tranche yet.
const PAYMENT_AMOUNT: &str =
    "CAST(COALESCE(d.amount_minor, COALESCE(t.payable_minor, t.planned_minor + t.carried_minor)
    - COALESCE((SELECT SUM(x.amount_minor) FROM disbursements x
        WHERE x.tranche_id = t.id AND x.state NOT IN ('cancelled', 'reversed')), 0)) AS BIGINT)";

const PAYMENT_COLUMNS: &str = " AS amount_minor, a.id AS agreement_id, a.number AS agreement_number, a.organisation_id,
    o.code AS organisation_code, o.name AS organisation_name, f.currency, f.second_approval_above_minor,
    t.id AS tranche_id, t.number AS tranche_number, t.due_on, d.id AS disbursement_id, d.number, d.state, d.prepared_by,
    d.retried_by, d.verified_by, d.approved_by, d.second_approved_by, d.bank_reference, d.value_date, d.version,
    COALESCE((SELECT k.account_number FROM bank_accounts k WHERE k.id = d.account_id), (SELECT k.account_number
        FROM bank_accounts k WHERE k.organisation_id = a.organisation_id AND k.state = 'verified')) AS account_number,
    d.reversal_prepared_by, a.state AS agreement_state, a.final_minor IS NOT NULL AS is_final, t.is_retention,
    t.state AS tranche_state, ";

/// Whether the recipient of agreement `a` owes something back since before a date that follows (M32).
pub const RECOVERY_OVERDUE: &str = "EXISTS (SELECT 1 FROM recoveries v JOIN agreements y ON y.id = v.agreement_id
    WHERE y.organisation_id = a.organisation_id AND v.state NOT IN ('settled', 'written_off', 'cancelled') AND v.due_on < ";

/// Which rows a view has: open ones are the payments on their way and, beside them, what no payment has taken
/// of a tranche yet.
const fn payments_from(view: PaymentView) -> &'static str {
    match view {
        PaymentView::Open => {
            " FROM tranches t JOIN agreements a ON a.id = t.agreement_id JOIN funds f ON f.id = a.fund_id
              JOIN organisations o ON o.id = a.organisation_id
              JOIN (SELECT 0 AS is_rest UNION ALL SELECT 1) k ON TRUE
              LEFT JOIN disbursements d ON k.is_rest = 0 AND d.tranche_id = t.id
                  AND d.state IN ('draft', 'verified', 'approved', 'instructed', 'failed')
              WHERE a.state IN ('active', 'suspended', 'ended', 'closing') AND t.state <> 'paid'
                  AND (d.id IS NOT NULL OR k.is_rest = 1 AND COALESCE(t.payable_minor, t.planned_minor + t.carried_minor)
                      > COALESCE((SELECT SUM(x.amount_minor) FROM disbursements x WHERE x.tranche_id = t.id
                          AND x.state NOT IN ('cancelled', 'reversed')), 0))"
        }
        PaymentView::Paid => {
            " FROM disbursements d JOIN tranches t ON t.id = d.tranche_id JOIN agreements a ON a.id = t.agreement_id
              JOIN funds f ON f.id = a.fund_id JOIN organisations o ON o.id = a.organisation_id
              WHERE d.state IN ('paid', 'reconciled')"
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
    today: Date,
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
        query.push(PAYMENT_AMOUNT).push(PAYMENT_COLUMNS).push(EARLIER_OPEN).push(" AS is_earlier_open, ");
        query.push(OF_TRANCHE).push(", ");
        query.push(REPORT_MISSING).push_bind(today).push(")) AS is_report_missing, ");
        query.push(RECOVERY_OVERDUE).push_bind(today).push(") AS has_overdue_recovery").push(payments_from(view));
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
