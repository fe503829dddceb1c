//! Endpoints of the fund's money.

use axum::Json;
use axum::extract::State;
use shared::exports::{ExportName, ExportQuery};
use shared::fund::corrections::{
    CancelAllocation, CancelCorrection, CancelReceipt, ConfirmCorrection, GetLedgerCheck, LedgerCheck, ListCorrections,
    PrepareAllocationReversal, PrepareReceiptReversal, PrepareTermination, RefuseContribution, RunLedgerCheck,
};
use shared::fund::{
    ConfirmAllocation, ConfirmReceipt, CreateContribution, CreateFund, GetDonorStatement, GetFundStatus, GetPosition,
    ListAllocations, ListContributions, ListDonors, ListJournal, ListReceipts, PrepareAllocation, PrepareReceipt,
    SignContribution,
};
use shared::permission::Permission;

use super::ledger::{self, For};
use super::{check, corrections, service, store};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

/// Who prepares may drop what is not booked, who confirms may refuse it.
const DROPS: [Permission; 2] = [Permission::ApproveFund, Permission::PrepareFund];

async fn create_fund(State(app): State<App>, actor: Actor, call: Call<CreateFund>) -> Reply<CreateFund> {
    let ctx = app.ctx(&actor);
    let fund = transact!(app.db, |tx| {
        let granted = actor.require(Permission::ManageAccounts)?;
        service::create_fund(tx, &ctx, granted, &call.body).await
    })?;
    Ok(Json(fund))
}

async fn donors(State(app): State<App>, actor: Actor, call: Call<ListDonors>) -> Reply<ListDonors> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::donors(&mut tx, fund).await?))
}

async fn status(State(app): State<App>, actor: Actor, call: Call<GetFundStatus>) -> Reply<GetFundStatus> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::status(&mut tx, fund, call.query.as_of).await?))
}

async fn donor_statement(
    State(app): State<App>,
    actor: Actor,
    call: Call<GetDonorStatement>,
) -> Reply<GetDonorStatement> {
    // The page shows what the file holds, to those who may have the file.
    let asked = ExportQuery {
        fund_id: Some(call.at.fund_id),
        donor_id: call.query.donor_id,
        as_of: call.query.as_of,
        ..ExportQuery::default()
    };
    let reach = policy::exports::take(&actor, ExportName::DonorStatement, &asked)?;
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::donor_statement(&mut tx, fund, &reach, &call.query).await?))
}

async fn position(State(app): State<App>, actor: Actor, call: Call<GetPosition>) -> Reply<GetPosition> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    let whose = match (call.query.proposal_id, call.query.call_id) {
        (Some(id), _) => For::Proposal(id),
        (None, Some(id)) => For::Call(id),
        (None, None) => For::Fund,
    };
    Ok(Json(ledger::position(&mut tx, app.clock.now().date(), fund.id, whose).await?))
}

async fn contributions(
    State(app): State<App>,
    actor: Actor,
    call: Call<ListContributions>,
) -> Reply<ListContributions> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::contributions(&mut tx, &ctx, fund, &call.query).await?))
}

async fn create_contribution(
    State(app): State<App>,
    actor: Actor,
    call: Call<CreateContribution>,
) -> Reply<CreateContribution> {
    let ctx = app.ctx(&actor);
    let contribution = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let fund = policy::fund::fund(tx, &actor, call.at.fund_id, Permission::PrepareFund).await?;
        service::create_contribution(tx, &ctx, fund, &call.body).await
    }))?;
    Ok(Json(contribution))
}

async fn sign_contribution(
    State(app): State<App>,
    actor: Actor,
    call: Call<SignContribution>,
) -> Reply<SignContribution> {
    let ctx = app.ctx(&actor);
    let contribution = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::contribution(tx, &actor, call.at.contribution_id, Permission::ApproveFund).await?;
        service::sign_contribution(tx, &ctx, row, call.if_match, call.body.signed_on).await
    }))?;
    Ok(Json(contribution))
}

async fn receipts(State(app): State<App>, actor: Actor, call: Call<ListReceipts>) -> Reply<ListReceipts> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::receipts(&mut tx, &ctx, fund, &call.query).await?))
}

async fn prepare_receipt(State(app): State<App>, actor: Actor, call: Call<PrepareReceipt>) -> Reply<PrepareReceipt> {
    let ctx = app.ctx(&actor);
    let receipt = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::contribution(tx, &actor, call.at.contribution_id, Permission::PrepareFund).await?;
        service::prepare_receipt(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(receipt))
}

async fn confirm_receipt(State(app): State<App>, actor: Actor, call: Call<ConfirmReceipt>) -> Reply<ConfirmReceipt> {
    let ctx = app.ctx(&actor);
    let receipt = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::receipt(tx, &actor, call.at.receipt_id, Permission::ApproveFund).await?;
        service::confirm_receipt(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(receipt))
}

async fn allocations(State(app): State<App>, actor: Actor, call: Call<ListAllocations>) -> Reply<ListAllocations> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::allocations(&mut tx, &ctx, fund, &call.query).await?))
}

async fn prepare_allocation(
    State(app): State<App>,
    actor: Actor,
    call: Call<PrepareAllocation>,
) -> Reply<PrepareAllocation> {
    let ctx = app.ctx(&actor);
    let allocation = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let fund = policy::fund::fund(tx, &actor, call.at.fund_id, Permission::PrepareFund).await?;
        service::prepare_allocation(tx, &ctx, fund, &call.body).await
    }))?;
    Ok(Json(allocation))
}

async fn confirm_allocation(
    State(app): State<App>,
    actor: Actor,
    call: Call<ConfirmAllocation>,
) -> Reply<ConfirmAllocation> {
    let ctx = app.ctx(&actor);
    let allocation = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::allocation(tx, &actor, call.at.allocation_id, Permission::ApproveFund).await?;
        service::confirm_allocation(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(allocation))
}

async fn journal(State(app): State<App>, actor: Actor, call: Call<ListJournal>) -> Reply<ListJournal> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::journal(&mut tx, fund, &call.query).await?))
}

async fn list_corrections(State(app): State<App>, actor: Actor, call: Call<ListCorrections>) -> Reply<ListCorrections> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(corrections::corrections(&mut tx, &ctx, fund, &call.query).await?))
}

async fn prepare_termination(
    State(app): State<App>,
    actor: Actor,
    call: Call<PrepareTermination>,
) -> Reply<PrepareTermination> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::contribution(tx, &actor, call.at.contribution_id, Permission::PrepareFund).await?;
        corrections::prepare_termination(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(done))
}

async fn prepare_receipt_reversal(
    State(app): State<App>,
    actor: Actor,
    call: Call<PrepareReceiptReversal>,
) -> Reply<PrepareReceiptReversal> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::receipt(tx, &actor, call.at.receipt_id, Permission::PrepareFund).await?;
        corrections::prepare_receipt_reversal(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(done))
}

async fn prepare_allocation_reversal(
    State(app): State<App>,
    actor: Actor,
    call: Call<PrepareAllocationReversal>,
) -> Reply<PrepareAllocationReversal> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::allocation(tx, &actor, call.at.allocation_id, Permission::PrepareFund).await?;
        corrections::prepare_allocation_reversal(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(done))
}

async fn confirm_correction(
    State(app): State<App>,
    actor: Actor,
    call: Call<ConfirmCorrection>,
) -> Reply<ConfirmCorrection> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::fund::correction(tx, &actor, call.at.correction_id, Permission::ApproveFund).await?;
        corrections::confirm(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(done))
}

async fn cancel_correction(
    State(app): State<App>,
    actor: Actor,
    call: Call<CancelCorrection>,
) -> Reply<CancelCorrection> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| {
        let row = policy::fund::correction(tx, &actor, call.at.correction_id, policy::either(&actor, DROPS)).await?;
        corrections::cancel(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(done))
}

async fn cancel_receipt(State(app): State<App>, actor: Actor, call: Call<CancelReceipt>) -> Reply<CancelReceipt> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| {
        let row = policy::fund::receipt(tx, &actor, call.at.receipt_id, policy::either(&actor, DROPS)).await?;
        corrections::cancel_receipt(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(done))
}

async fn cancel_allocation(
    State(app): State<App>,
    actor: Actor,
    call: Call<CancelAllocation>,
) -> Reply<CancelAllocation> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| {
        let row = policy::fund::allocation(tx, &actor, call.at.allocation_id, policy::either(&actor, DROPS)).await?;
        corrections::cancel_allocation(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(done))
}

async fn refuse_contribution(
    State(app): State<App>,
    actor: Actor,
    call: Call<RefuseContribution>,
) -> Reply<RefuseContribution> {
    let ctx = app.ctx(&actor);
    let done = transact!(app.db, |tx| {
        let right = policy::either(&actor, DROPS);
        let row = policy::fund::contribution(tx, &actor, call.at.contribution_id, right).await?;
        corrections::refuse_contribution(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(done))
}

async fn ledger_check(State(app): State<App>, actor: Actor, call: Call<GetLedgerCheck>) -> Reply<GetLedgerCheck> {
    let mut tx = app.db.read().await?;
    policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    let none = LedgerCheck { checked_at: None, postings: 0, millis: 0, findings: Vec::new() };
    Ok(Json(store::check::last(&mut tx).await?.unwrap_or(none)))
}

async fn run_ledger_check(State(app): State<App>, actor: Actor, call: Call<RunLedgerCheck>) -> Reply<RunLedgerCheck> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    drop(tx);
    Ok(Json(check::run(&app, &ctx).await?))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<CreateFund, _>(create_fund)
        .on::<ListDonors, _>(donors)
        .on::<GetFundStatus, _>(status)
        .on::<GetDonorStatement, _>(donor_statement)
        .on::<GetPosition, _>(position)
        .on::<ListContributions, _>(contributions)
        .on::<CreateContribution, _>(create_contribution)
        .on::<SignContribution, _>(sign_contribution)
        .on::<ListReceipts, _>(receipts)
        .on::<PrepareReceipt, _>(prepare_receipt)
        .on::<ConfirmReceipt, _>(confirm_receipt)
        .on::<ListAllocations, _>(allocations)
        .on::<PrepareAllocation, _>(prepare_allocation)
        .on::<ConfirmAllocation, _>(confirm_allocation)
        .on::<ListJournal, _>(journal)
        .on::<ListCorrections, _>(list_corrections)
        .on::<PrepareTermination, _>(prepare_termination)
        .on::<PrepareReceiptReversal, _>(prepare_receipt_reversal)
        .on::<PrepareAllocationReversal, _>(prepare_allocation_reversal)
        .on::<ConfirmCorrection, _>(confirm_correction)
        .on::<CancelCorrection, _>(cancel_correction)
        .on::<CancelReceipt, _>(cancel_receipt)
        .on::<CancelAllocation, _>(cancel_allocation)
        .on::<RefuseContribution, _>(refuse_contribution)
        .on::<GetLedgerCheck, _>(ledger_check)
        .on::<RunLedgerCheck, _>(run_ledger_check)
}
