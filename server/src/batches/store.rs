//! SQL of payment files.

use shared::currency::Currency;
use shared::grants::{AgreementState, DisbursementState, TrancheState};
use shared::ids::{AgreementId, BatchId, DisbursementId, FundId, PersonId};
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::Tx;
use crate::db::paging::PAGE;
use crate::grants::payments_store::{OF_TRANCHE, RECOVERY_OVERDUE};
use crate::grants::tranches_store::REPORT_MISSING;
use crate::http::error::ApiError;
use crate::{execute, on};

/// The most payments that are shown: more are for another day.
const CANDIDATES: i64 = 500;

/// A payment that the bank does not have, with where it goes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CandidateRow {
    /// The payment.
    pub id: DisbursementId,
    /// Its number.
    pub number: String,
    /// Its agreement.
    pub agreement_id: AgreementId,
    /// The agreement's number.
    pub agreement_number: String,
    /// How far the agreement is.
    pub agreement_state: AgreementState,
    /// The fund.
    pub fund_id: FundId,
    /// The fund's currency.
    pub currency: Currency,
    /// Above this the head of desk approves as well.
    pub second_approval_above_minor: i64,
    /// The tranche.
    pub tranche_number: i64,
    /// How far the tranche is, as stored.
    pub tranche_state: TrancheState,
    /// The tranche is the last one.
    pub is_retention: bool,
    /// Whether the final grant is known.
    pub is_final: bool,
    /// A report that the tranche waits for is not accepted (M32).
    pub is_report_missing: bool,
    /// The recipient owes something back that is overdue (M32).
    pub has_overdue_recovery: bool,
    /// How far the payment is.
    pub state: DisbursementState,
    /// How much.
    pub amount_minor: i64,
    /// What all payments of its tranche come to: what the limit is compared with (M70).
    pub of_tranche_minor: i64,
    /// Who approved it as well.
    pub second_approved_by: Option<PersonId>,
    /// Names it on its way through the banks.
    pub end_to_end_id: String,
    /// The recipient's name.
    pub recipient: String,
    /// In whose name the account is.
    pub holder: String,
    /// The account's number.
    pub account_number: String,
    /// The bank's code.
    pub bic: Option<String>,
    /// The holder's street.
    pub street: String,
    /// The holder's postcode.
    pub postcode: String,
    /// The holder's town.
    pub town: String,
    /// The holder's country.
    pub country: String,
    /// Whether the account is the recipient's verified one still (M35).
    pub is_account_verified: bool,
    /// For `If-Match`.
    pub version: i64,
}

const ROWS: &str =
    "SELECT d.id, d.number, d.agreement_id, a.number AS agreement_number, a.state AS agreement_state, a.fund_id,
         f.currency, f.second_approval_above_minor, t.number AS tranche_number, t.state AS tranche_state, t.is_retention,
         a.final_minor IS NOT NULL AS is_final, d.state, d.amount_minor,
         d.second_approved_by, d.end_to_end_id, o.name AS recipient, k.holder, k.account_number, k.bic, k.street,
         k.postcode, k.town, k.country, k.state = 'verified' AS is_account_verified, d.version, ";

const FROM: &str = " FROM disbursements d JOIN agreements a ON a.id = d.agreement_id JOIN funds f ON f.id = a.fund_id
     JOIN tranches t ON t.id = d.tranche_id JOIN organisations o ON o.id = a.organisation_id
     JOIN bank_accounts k ON k.id = d.account_id WHERE ";

/// The rows' columns and tables, up to the condition.
macro_rules! rows {
    ($today:expr) => {{
        let mut query = QueryBuilder::new(ROWS);
        query.push(OF_TRANCHE).push(", ");
        query.push(REPORT_MISSING).push_bind($today).push(")) AS is_report_missing, ");
        query.push(RECOVERY_OVERDUE).push_bind($today).push(") AS has_overdue_recovery").push(FROM);
        query
    }};
}

/// The payments that the bank does not have, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn candidates(tx: &mut Tx, today: Date) -> Result<Vec<CandidateRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = rows!(today);
        query.push(
            "d.state IN ('draft', 'verified', 'approved') ORDER BY CASE d.state WHEN 'approved' THEN 0 ELSE 1 END",
        );
        query.push(", d.id LIMIT ").push_bind(CANDIDATES);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Payments by id, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(tx: &mut Tx, ids: &[DisbursementId], today: Date) -> Result<Vec<CandidateRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = rows!(today);
        query.push("d.id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(") ORDER BY d.id");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// What the bank was told to pay and has not yet, in minor units.
///
/// # Errors
/// When the database fails.
pub async fn on_its_way(tx: &mut Tx, fund_id: FundId) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(d.amount_minor), 0) AS BIGINT) FROM disbursements d
         JOIN agreements a ON a.id = d.agreement_id WHERE a.fund_id = $1 AND d.state = 'instructed'"
    )
    .bind(fund_id)
    .fetch_one(c)
    .await)?)
}

/// A file that was made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BatchRow {
    /// Its id.
    pub id: BatchId,
    /// What the file is called.
    pub file: String,
    /// How many payments.
    pub rows: i64,
    /// What they sum to.
    pub total_minor: i64,
    /// In this currency.
    pub currency: Currency,
    /// The file's hash.
    pub sha256: String,
    /// Who made it.
    pub made_name: String,
    /// When.
    pub made_at: Timestamp,
}

/// A page of files, the latest first; or one of them.
///
/// # Errors
/// When the database fails.
pub async fn batches(tx: &mut Tx, after: Option<BatchId>, only: Option<BatchId>) -> Result<Vec<BatchRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT b.id, b.file, b.rows, b.total_minor, b.currency, b.sha256, w.name AS made_name, b.made_at
             FROM payment_batches b JOIN people w ON w.id = b.made_by WHERE 1 = 1",
        );
        if let Some(after) = after {
            query.push(" AND b.id < ").push_bind(after);
        }
        if let Some(only) = only {
            query.push(" AND b.id = ").push_bind(only);
        }
        query.push(" ORDER BY b.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A file's name and content.
///
/// # Errors
/// When the database fails.
pub async fn file(tx: &mut Tx, id: BatchId) -> Result<Option<(String, String)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as("SELECT file, content FROM payment_batches WHERE id = $1")
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// A file to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewBatch<'a> {
    /// Its id.
    pub id: BatchId,
    /// The fund.
    pub fund_id: FundId,
    /// What the file is called.
    pub file: &'a str,
    /// Its content.
    pub content: &'a str,
    /// Its hash.
    pub sha256: &'a str,
    /// What the payments sum to.
    pub total: shared::money::Money,
    /// The payments.
    pub payments: &'a [DisbursementId],
}

/// Writes a file with the payments in it.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, ctx: &Ctx<'_>, by: PersonId, new: NewBatch<'_>) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO payment_batches (id, fund_id, file, content, sha256, rows, total_minor, currency, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.fund_id,
        new.file,
        new.content,
        new.sha256,
        i64::try_from(new.payments.len()).unwrap_or(i64::MAX),
        new.total.minor(),
        new.total.currency(),
        by,
        ctx.now,
    )?;
    on!(tx, |c| {
        let mut insert = QueryBuilder::new("INSERT INTO payment_batch_items (batch_id, disbursement_id) ");
        insert.push_values(new.payments, |mut row, id| {
            row.push_bind(new.id).push_bind(*id);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}
