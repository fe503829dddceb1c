//! Making a file for the bank: the payments are instructed in the same transaction, by the same step
//! as one alone.

use csv::{Terminator, WriterBuilder};
use shared::batches::{Batch, BatchQuery, BatchRequest, Candidate, Candidates, Facts};
use shared::endpoint::Page;
use shared::exports::{Cell, Dialect};
use shared::fund::{Account, Step};
use shared::grants::{BlockReason, DisbursementState, Guards, TrancheAt};
use shared::ids::{BatchId, DisbursementId};
use shared::money::Money;
use shared::permission::Permission;
use shared::problem::{Code, FieldError, Problem, check};

use super::store::{self, BatchRow, CandidateRow, NewBatch};
use crate::app::Ctx;
use crate::auth::actor::Actor;
use crate::auth::policy::{self, Granted};
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::service::person;
use crate::fund::store as fund_store;
use crate::http::error::ApiError;
use crate::{audit, grants};

fn facts(row: &CandidateRow, available_minor: i64) -> Facts {
    // As when one payment alone is ordered (M32).
    let guards = Guards {
        agreement: row.agreement_state,
        has_account: true,
        is_report_missing: row.is_report_missing,
        is_final: row.is_final,
        has_overdue_recovery: row.has_overdue_recovery,
    };
    let reasons = guards.not_releasable(TrancheAt {
        number: row.tranche_number,
        is_retention: row.is_retention,
        state: row.tranche_state,
        is_earlier_open: false,
        left: Money::from_minor(row.amount_minor, row.currency),
    });
    let stands = |reason| reasons.contains(&reason);
    Facts {
        is_verified: row.state != DisbursementState::Draft,
        is_approved: row.state == DisbursementState::Approved,
        is_above_limit: row.of_tranche_minor > row.second_approval_above_minor,
        is_second_approved: row.second_approved_by.is_some(),
        is_agreement_payable: !stands(BlockReason::AgreementNotActive),
        is_reported: !stands(BlockReason::ReportNotAccepted) && !stands(BlockReason::FinalReportNotAccepted),
        has_overdue_recovery: stands(BlockReason::RecoveryOverdue),
        is_account_verified: row.is_account_verified,
        is_covered: row.amount_minor <= available_minor,
    }
}

/// The cash that no order has taken yet.
async fn available(tx: &mut Tx, row: &CandidateRow) -> Result<Money, ApiError> {
    let cash = fund_store::balance(tx, row.fund_id, row.currency, Account::Cash).await?;
    Ok(cash.checked_sub(Money::from_minor(store::on_its_way(tx, row.fund_id).await?, row.currency))?)
}

/// An account's number but for its last four characters.
fn masked(number: &str) -> String {
    let last: Vec<char> = number.chars().rev().take(4).collect();
    format!("•••• {}", last.into_iter().rev().collect::<String>())
}

/// What the bank does not have yet, each with why it can or cannot be paid.
///
/// # Errors
/// When the database fails.
pub async fn candidates(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>) -> Result<Candidates, ApiError> {
    let rows = store::candidates(tx, ctx.now.date()).await?;
    let available = match rows.first() {
        Some(row) => available(tx, row).await?,
        None => Money::zero(shared::currency::Currency::EUR),
    };
    let mut items: Vec<Candidate> = rows
        .into_iter()
        .map(|row| Candidate {
            obstacles: facts(&row, available.minor()).obstacles(),
            disbursement_id: row.id,
            amount: Money::from_minor(row.amount_minor, row.currency),
            account: masked(&row.account_number),
            number: row.number,
            agreement_id: row.agreement_id,
            recipient: row.recipient,
            end_to_end_id: row.end_to_end_id,
        })
        .collect();
    items.sort_by_key(|item| !item.obstacles.is_empty());
    Ok(Candidates { items, available })
}

fn batch_of(row: BatchRow) -> Batch {
    Batch {
        id: row.id,
        file: row.file,
        rows: row.rows,
        total: Money::from_minor(row.total_minor, row.currency),
        sha256: row.sha256,
        made_by: Step { by: row.made_name, at: row.made_at },
    }
}

/// A page of files, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, _: Granted<()>, query: &BatchQuery) -> Result<Page<Batch>, ApiError> {
    let mut rows = store::batches(tx, query.after, None).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    Ok(Page { items: rows.into_iter().map(batch_of).collect(), next })
}

/// A file's name and content.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn file(tx: &mut Tx, _: Granted<()>, id: BatchId) -> Result<(String, String), ApiError> {
    store::file(tx, id).await?.ok_or_else(|| Code::NotFound.into())
}

const COLUMNS: [&str; 11] = [
    "end_to_end_id",
    "account_holder",
    "account",
    "bic",
    "street",
    "postcode",
    "town",
    "country",
    "amount",
    "currency",
    "remittance",
];

/// The file: RFC 4180, comma and decimal point; texts are guarded against being taken for formulas,
/// amounts are not.
fn written(rows: &[CandidateRow]) -> Result<String, ApiError> {
    let broken = |error: &dyn std::fmt::Display| ApiError::internal(format!("CSV: {error}"));
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|e| broken(&e))?;
    for row in rows {
        let cells = [
            Cell::text(row.end_to_end_id.as_str()),
            Cell::text(row.holder.as_str()),
            Cell::text(row.account_number.as_str()),
            Cell::maybe(row.bic.as_deref(), Cell::text),
            Cell::text(row.street.as_str()),
            Cell::text(row.postcode.as_str()),
            Cell::text(row.town.as_str()),
            Cell::text(row.country.as_str()),
            Cell::Amount(Money::from_minor(row.amount_minor, row.currency)),
            Cell::text(row.currency.code()),
            Cell::text(format!("{} tranche {} {}", row.agreement_number, row.tranche_number, row.number)),
        ];
        writer.write_record(cells.iter().map(|cell| cell.written(Dialect::Standard))).map_err(|e| broken(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| broken(&e))?;
    String::from_utf8(bytes).map_err(|e| broken(&e))
}

/// Makes a file and moves its payments to instructed: all of them, or none.
///
/// # Errors
/// Field errors, [`Code::NotPayable`] at each payment that cannot be paid with the reasons among them;
/// [`Code::InsufficientCash`] with what is missing for all together.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    actor: &Actor,
    _: Granted<()>,
    request: &BatchRequest,
) -> Result<Batch, ApiError> {
    check(request.errors())?;
    let rows = store::by_ids(tx, &request.disbursement_ids, ctx.now.date()).await?;
    let place = |id: DisbursementId| {
        let at = request.disbursement_ids.iter().position(|asked| *asked == id).unwrap_or_default();
        format!("/disbursement_ids/{at}")
    };
    let unknown = request.disbursement_ids.iter().filter(|id| !rows.iter().any(|row| row.id == **id));
    check(unknown.map(|id| FieldError::new(place(*id), Code::NotFound)).collect())?;
    let Some(first) = rows.first() else { return Err(Code::NotFound.into()) };
    let available = available(tx, first).await?;
    let mut errors = Vec::new();
    for row in &rows {
        let obstacles = facts(row, i64::MAX).obstacles();
        let is_open =
            matches!(row.state, DisbursementState::Draft | DisbursementState::Verified | DisbursementState::Approved);
        if !obstacles.is_empty() || !is_open || row.fund_id != first.fund_id {
            let reasons: Vec<&str> = obstacles.iter().map(|obstacle| obstacle.as_str()).collect();
            errors.push(FieldError::new(place(row.id), Code::NotPayable).with("reasons", reasons.join(",")));
        }
    }
    check(errors)?;
    let total = Money::sum(first.currency, rows.iter().map(|row| Money::from_minor(row.amount_minor, row.currency)))?;
    let missing = total.checked_sub(available)?;
    if missing.is_positive() {
        return Err(Problem::new(Code::InsufficientCash).with("missing", missing).into());
    }
    // The step of one payment alone, with all that it checks and records: a file has at most a hundred.
    for row in &rows {
        let granted = policy::grants::disbursement(tx, actor, row.id, Permission::PrepareDisbursement).await?;
        grants::payments::instruct(tx, ctx, granted, row.version).await?;
    }
    let id: BatchId = ctx.id();
    let content = written(&rows)?;
    let sha256 = audit::sha256_hex(&[content.as_bytes()]);
    let name = format!("payments_{}_{}.csv", ctx.now.date(), sha256.get(..8).unwrap_or_default());
    let payments: Vec<DisbursementId> = rows.iter().map(|row| row.id).collect();
    let new = NewBatch {
        id,
        fund_id: first.fund_id,
        file: &name,
        content: &content,
        sha256: &sha256,
        total,
        payments: &payments,
    };
    store::insert(tx, ctx, person(ctx)?, new).await?;
    let batch = batch_of(store::batches(tx, None, Some(id)).await?.pop().ok_or(Code::NotFound)?);
    let after = Some((&batch, &payments));
    let entry =
        audit::Entry { action: "batch.made", kind: "payment_batch", id: id.0, before: None::<()>, after, reason: None };
    audit::record(tx, ctx, entry).await?;
    Ok(batch)
}
