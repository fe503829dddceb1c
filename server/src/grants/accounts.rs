//! Recipients' bank accounts: one person types, another types again, a change voids what was approved (M35, M70).

use serde_json::json;
use shared::fund::Step;
use shared::grants::accounts::{last_four, plain};
use shared::grants::{
    AccountCheck, AccountDraft, AccountRefusal, AccountState, Address, BankAccount, DisbursementState, EventKind,
    Grant, reason_errors,
};
use shared::ids::{OrganisationId, RecipientAccountId};
use shared::problem::{Code, Problem, check};

use super::accounts_store::{self as store, AccountRow};
use super::service::{read, record, record_with_reason, wrong_state};
use super::store::AgreementRow;
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::service::{person, step};
use crate::http::error::ApiError;

/// What the history says of a payment that a changed account sent back to draft.
const CHANGED: &str = "account_changed";

/// An organisation's account in use, and a change that waits, masked.
pub(super) async fn all(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    organisation_id: OrganisationId,
) -> Result<Vec<BankAccount>, ApiError> {
    let rows = store::accounts(tx, organisation_id).await?;
    Ok(rows
        .into_iter()
        .map(|row| BankAccount {
            id: row.id,
            last_four: last_four(&row.account_number),
            holder: row.holder,
            is_iban: row.is_iban,
            bic: row.bic,
            bank: row.bank,
            currency: row.currency,
            address: Address { street: row.street, postcode: row.postcode, town: row.town, country: row.country },
            state: row.state,
            is_own: ctx.person_id() == Some(row.entered_by),
            entered: Step { by: row.entered_name, at: row.entered_at },
            checked: step(row.checked_name, row.checked_at),
            reason: row.reason,
            version: row.version,
        })
        .collect())
}

/// Enters the recipient's account, or a change of it. Nothing changes until another person verifies it.
///
/// # Errors
/// Field errors; [`Code::WrongState`] while another one waits.
pub async fn enter(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    draft: &AccountDraft,
) -> Result<Grant, ApiError> {
    check(draft.errors())?;
    if store::accounts(tx, row.organisation_id).await?.iter().any(|account| account.state == AccountState::Entered) {
        return Err(wrong_state(AccountState::Entered));
    }
    let id = store::insert(tx, ctx, row.organisation_id, draft, person(ctx)?).await?;
    let after = json!({
        "state": AccountState::Entered, "organisation": row.organisation_id, "holder": draft.holder, "bank": draft.bank,
        "last_four": last_four(&draft.number()),
    });
    record(tx, ctx, EventKind::AccountEntered, id.0, None, after).await?;
    read(tx, ctx, row.id).await
}

/// The recipient's account that waits, to be decided on by another person (M70).
async fn waiting(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    organisation_id: OrganisationId,
    id: RecipientAccountId,
) -> Result<AccountRow, ApiError> {
    let account = store::accounts(tx, organisation_id).await?.into_iter().find(|account| account.id == id);
    let account = account.ok_or(Code::NotFound)?;
    if account.state != AccountState::Entered {
        return Err(wrong_state(account.state));
    }
    if account.entered_by == person(ctx)? {
        return Err(Code::SeparationOfDuties.into());
    }
    Ok(account)
}

/// Verifies an account by typing its number again. It is in use from now on; verified and approved
/// payments that are not ordered yet go back to draft (M35).
///
/// # Errors
/// [`Code::AccountMismatch`] at the field, [`Code::SeparationOfDuties`], [`Code::WrongState`], [`Code::NotFound`].
pub async fn verify(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    request: &AccountCheck,
) -> Result<Grant, ApiError> {
    let account = waiting(tx, ctx, row.organisation_id, request.account_id).await?;
    if plain(&request.number) != account.account_number {
        return Err(Problem::field("/number", Code::AccountMismatch).into());
    }
    store::replace(tx, row.organisation_id).await?;
    store::set_checked(tx, ctx, account.id, AccountState::Verified, person(ctx)?, "").await?;
    let (before, after) = (json!({ "state": account.state }), json!({ "state": AccountState::Verified }));
    record(tx, ctx, EventKind::AccountVerified, account.id.0, Some(before), after).await?;
    let voided = store::to_void(tx, row.organisation_id).await?;
    store::redirect(tx, row.organisation_id, account.id, CHANGED).await?;
    for payment in voided {
        let (before, after) = (json!({ "state": payment.state }), json!({ "state": DisbursementState::Draft }));
        let event = EventKind::DisbursementVoided;
        record_with_reason(tx, ctx, event, payment.id.0, Some(before), after, Some(CHANGED)).await?;
    }
    read(tx, ctx, row.id).await
}

/// Refuses an account that was entered; the one in use stays.
///
/// # Errors
/// Field errors, [`Code::SeparationOfDuties`], [`Code::WrongState`], [`Code::NotFound`].
pub async fn refuse(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AgreementRow>,
    request: &AccountRefusal,
) -> Result<Grant, ApiError> {
    check(reason_errors(&request.reason))?;
    let account = waiting(tx, ctx, row.organisation_id, request.account_id).await?;
    let reason = request.reason.trim();
    store::set_checked(tx, ctx, account.id, AccountState::Refused, person(ctx)?, reason).await?;
    let (before, after) = (json!({ "state": account.state }), json!({ "state": AccountState::Refused }));
    record_with_reason(tx, ctx, EventKind::AccountRefused, account.id.0, Some(before), after, Some(reason)).await?;
    read(tx, ctx, row.id).await
}
