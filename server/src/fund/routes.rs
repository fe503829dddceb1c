//! Endpoints of the fund's money.

use axum::Json;
use axum::extract::State;
use shared::fund::{
    ConfirmAllocation, ConfirmReceipt, CreateContribution, CreateFund, GetFundStatus, GetPosition, ListAllocations,
    ListContributions, ListDonors, ListJournal, ListReceipts, PrepareAllocation, PrepareReceipt, SignContribution,
};
use shared::permission::Permission;

use super::{ledger, service};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

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

async fn position(State(app): State<App>, actor: Actor, call: Call<GetPosition>) -> Reply<GetPosition> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(ledger::position(&mut tx, fund.id, call.query.call_id).await?))
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

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<CreateFund, _>(create_fund)
        .on::<ListDonors, _>(donors)
        .on::<GetFundStatus, _>(status)
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
}
