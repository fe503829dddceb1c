//! SQL of recipients' bank accounts.

use shared::currency::Currency;
use shared::grants::accounts::plain;
use shared::grants::{AccountDraft, AccountState, DisbursementState};
use shared::ids::{DisbursementId, OrganisationId, PersonId, RecipientAccountId};
use shared::time::Timestamp;

use crate::app::Ctx;
use crate::db::{Tx, exactly_one};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A bank account with the persons of its steps.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountRow {
    /// Its id.
    pub id: RecipientAccountId,
    /// In whose name it is.
    pub holder: String,
    /// Its number: never leaves the server but for the payment step.
    pub account_number: String,
    /// Whether it is an IBAN.
    pub is_iban: bool,
    /// The bank's BIC.
    pub bic: Option<String>,
    /// The bank.
    pub bank: String,
    /// Its currency.
    pub currency: Currency,
    /// Street and number.
    pub street: String,
    /// Postcode.
    pub postcode: String,
    /// Town.
    pub town: String,
    /// Country.
    pub country: String,
    /// How far it is.
    pub state: AccountState,
    /// Who entered it.
    pub entered_by: PersonId,
    /// By name.
    pub entered_name: String,
    /// When.
    pub entered_at: Timestamp,
    /// Who verified or refused it, by name.
    pub checked_name: Option<String>,
    /// When.
    pub checked_at: Option<Timestamp>,
    /// Why it was refused.
    pub reason: String,
    /// For `If-Match`.
    pub version: i64,
}

/// An organisation's account in use, and a change that waits, in this order.
///
/// # Errors
/// When the database fails.
pub async fn accounts(tx: &mut Tx, organisation_id: OrganisationId) -> Result<Vec<AccountRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT a.id, a.holder, a.account_number, a.is_iban, a.bic, a.bank, a.currency, a.street, a.postcode, a.town,
             a.country, a.state, a.entered_by, e.name AS entered_name, a.entered_at, k.name AS checked_name, a.checked_at,
             a.reason, a.version
         FROM bank_accounts a JOIN people e ON e.id = a.entered_by LEFT JOIN people k ON k.id = a.checked_by
         WHERE a.organisation_id = $1 AND a.state IN ('verified', 'entered') ORDER BY a.state DESC"
    )
    .bind(organisation_id)
    .fetch_all(c)
    .await
    })?)
}

/// The organisation's account in use.
///
/// # Errors
/// When the database fails.
pub async fn verified(tx: &mut Tx, organisation_id: OrganisationId) -> Result<Option<RecipientAccountId>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM bank_accounts WHERE organisation_id = $1 AND state = 'verified'"
    )
    .bind(organisation_id)
    .fetch_optional(c)
    .await)?)
}

/// Writes an account that was entered.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    organisation_id: OrganisationId,
    draft: &AccountDraft,
    by: PersonId,
) -> Result<RecipientAccountId, ApiError> {
    let id: RecipientAccountId = ctx.id();
    let bic = plain(&draft.bic);
    execute!(
        tx,
        "INSERT INTO bank_accounts (id, organisation_id, holder, account_number, is_iban, bic, bank, currency, street,
             postcode, town, country, state, entered_by, entered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        id,
        organisation_id,
        draft.holder.trim(),
        draft.number(),
        draft.is_iban(),
        (!bic.is_empty()).then_some(bic),
        draft.bank.trim(),
        draft.currency,
        draft.address.street.trim(),
        draft.address.postcode.trim(),
        draft.address.town.trim(),
        &draft.address.country,
        AccountState::Entered,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// The account in use is no longer.
///
/// # Errors
/// When the database fails.
pub async fn replace(tx: &mut Tx, organisation_id: OrganisationId) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE bank_accounts SET state = 'replaced', version = version + 1 WHERE organisation_id = $1 AND state = 'verified'",
        organisation_id,
    )?;
    Ok(())
}

/// Verified or refused.
///
/// # Errors
/// When the database fails.
pub async fn set_checked(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: RecipientAccountId,
    state: AccountState,
    by: PersonId,
    reason: &str,
) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE bank_accounts SET state = $2, checked_by = $3, checked_at = $4, reason = $5, version = version + 1
         WHERE id = $1 AND state = 'entered'",
        id,
        state,
        by,
        ctx.now,
        reason,
    )?)
}

/// A payment that a changed account sends back to draft (M35).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VoidedRow {
    /// The payment.
    pub id: DisbursementId,
    /// How far it was.
    pub state: DisbursementState,
}

/// The organisation's verified and approved payments that are not ordered yet.
///
/// # Errors
/// When the database fails.
pub async fn to_void(tx: &mut Tx, organisation_id: OrganisationId) -> Result<Vec<VoidedRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT d.id, d.state FROM disbursements d JOIN agreements a ON a.id = d.agreement_id
         WHERE a.organisation_id = $1 AND d.state IN ('verified', 'approved') ORDER BY d.id"
    )
    .bind(organisation_id)
    .fetch_all(c)
    .await)?)
}

/// Every payment of the organisation that is not ordered yet goes to the account in use now; those
/// that were verified or approved are drafts again (M35).
///
/// # Errors
/// When the database fails.
pub async fn redirect(
    tx: &mut Tx,
    organisation_id: OrganisationId,
    account_id: RecipientAccountId,
    reason: &str,
) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE disbursements SET account_id = $2, reason = CASE WHEN state = 'draft' THEN reason ELSE $3 END,
             state = 'draft', verified_by = NULL, verified_at = NULL, approved_by = NULL, approved_at = NULL,
             second_approved_by = NULL, second_approved_at = NULL, version = version + 1
         WHERE state IN ('draft', 'verified', 'approved')
             AND agreement_id IN (SELECT id FROM agreements WHERE organisation_id = $1)",
        organisation_id,
        account_id,
        reason,
    )?;
    Ok(())
}
