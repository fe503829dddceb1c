//! Endpoints of the bank.

use axum::Json;
use axum::extract::State;
use shared::bank::{
    AddHouseAccount, ConfirmMatches, Days, GetReconciliation, ImportStatement, ListHouseAccounts, PreviewStatement,
    UndoMatch, UpdateHouseAccount,
};
use shared::permission::Permission;

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

async fn accounts(State(app): State<App>, actor: Actor, call: Call<ListHouseAccounts>) -> Reply<ListHouseAccounts> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadRates).await?;
    Ok(Json(service::accounts(&mut tx, fund).await?))
}

async fn add_account(State(app): State<App>, actor: Actor, call: Call<AddHouseAccount>) -> Reply<AddHouseAccount> {
    let ctx = app.ctx(&actor);
    let account = transact!(app.db, |tx| {
        let fund = policy::fund::fund(tx, &actor, call.at.fund_id, Permission::PrepareRates).await?;
        service::add_account(tx, &ctx, fund, &call.body).await
    })?;
    Ok(Json(account))
}

async fn update_account(
    State(app): State<App>,
    actor: Actor,
    call: Call<UpdateHouseAccount>,
) -> Reply<UpdateHouseAccount> {
    let ctx = app.ctx(&actor);
    let account = transact!(app.db, |tx| {
        let row = policy::fund::house_account(tx, &actor, call.at.account_id, Permission::PrepareRates).await?;
        service::update_account(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(account))
}

async fn preview(State(app): State<App>, actor: Actor, call: Call<PreviewStatement>) -> Reply<PreviewStatement> {
    let mut tx = app.db.read().await?;
    let row = policy::fund::house_account(&mut tx, &actor, call.at.account_id, Permission::PrepareRates).await?;
    Ok(Json(service::preview(&mut tx, row, &call.body).await?))
}

async fn import(State(app): State<App>, actor: Actor, call: Call<ImportStatement>) -> Reply<ImportStatement> {
    let ctx = app.ctx(&actor);
    let imported = transact!(app.db, |tx| {
        let row = policy::fund::house_account(tx, &actor, call.at.account_id, Permission::PrepareRates).await?;
        service::import(tx, &ctx, row, &call.body).await
    })?;
    Ok(Json(imported))
}

async fn reconciliation(
    State(app): State<App>,
    actor: Actor,
    call: Call<GetReconciliation>,
) -> Reply<GetReconciliation> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadRates).await?;
    let days = Days { from: call.at.from, until: call.at.until };
    Ok(Json(service::reconciliation(&mut tx, fund, &days).await?))
}

async fn confirm(State(app): State<App>, actor: Actor, call: Call<ConfirmMatches>) -> Reply<ConfirmMatches> {
    let ctx = app.ctx(&actor);
    let confirmed = transact!(app.db, |tx| {
        let fund = policy::fund::fund(tx, &actor, call.at.fund_id, Permission::PrepareRates).await?;
        service::confirm(tx, &ctx, fund, &call.body).await
    })?;
    Ok(Json(confirmed))
}

async fn undo(State(app): State<App>, actor: Actor, call: Call<UndoMatch>) -> Reply<UndoMatch> {
    let ctx = app.ctx(&actor);
    let undone = transact!(app.db, |tx| {
        let row = policy::fund::bank_match(tx, &actor, call.at.match_id, Permission::PrepareRates).await?;
        service::undo(tx, &ctx, row, &call.body).await
    })?;
    Ok(Json(undone))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListHouseAccounts, _>(accounts)
        .on::<AddHouseAccount, _>(add_account)
        .on::<UpdateHouseAccount, _>(update_account)
        .on::<PreviewStatement, _>(preview)
        .on::<ImportStatement, _>(import)
        .on::<GetReconciliation, _>(reconciliation)
        .on::<ConfirmMatches, _>(confirm)
        .on::<UndoMatch, _>(undo)
}
