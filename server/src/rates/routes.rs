//! Endpoints of exchange rates.

use axum::Json;
use axum::extract::State;
use shared::permission::Permission;
use shared::rates::{AddRate, ApproveRates, GetRateAt, ListRates, PreviewRates, UploadRates, WithdrawRate};

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

async fn list(State(app): State<App>, actor: Actor, call: Call<ListRates>) -> Reply<ListRates> {
    let (ctx, may) = (app.ctx(&actor), actor.require(Permission::ReadRates)?);
    let mut tx = app.db.read().await?;
    Ok(Json(service::list(&mut tx, &ctx, may, &call.query).await?))
}

async fn at(State(app): State<App>, actor: Actor, call: Call<GetRateAt>) -> Reply<GetRateAt> {
    let may = actor.require(Permission::ReadRates)?;
    let mut tx = app.db.read().await?;
    let asked = call.at;
    Ok(Json(service::value_at(&mut tx, may, asked.currency, asked.day, asked.kind).await?))
}

async fn add(State(app): State<App>, actor: Actor, call: Call<AddRate>) -> Reply<AddRate> {
    let ctx = app.ctx(&actor);
    let rate = transact!(app.db, |tx| {
        let may = actor.require(Permission::PrepareRates)?;
        service::add(tx, &ctx, may, &call.body).await
    })?;
    Ok(Json(rate))
}

async fn approve(State(app): State<App>, actor: Actor, call: Call<ApproveRates>) -> Reply<ApproveRates> {
    let ctx = app.ctx(&actor);
    let rates = transact!(app.db, |tx| {
        let may = actor.require(Permission::ApproveRates)?;
        service::approve(tx, &ctx, may, &call.body).await
    })?;
    Ok(Json(rates))
}

async fn withdraw(State(app): State<App>, actor: Actor, call: Call<WithdrawRate>) -> Reply<WithdrawRate> {
    let ctx = app.ctx(&actor);
    let rate = transact!(app.db, |tx| {
        let may = actor.require(policy::either(&actor, [Permission::ApproveRates, Permission::PrepareRates]))?;
        service::withdraw(tx, &ctx, may, call.at.rate_id, &call.body).await
    })?;
    Ok(Json(rate))
}

async fn preview(State(app): State<App>, actor: Actor, call: Call<PreviewRates>) -> Reply<PreviewRates> {
    let (ctx, may) = (app.ctx(&actor), actor.require(Permission::PrepareRates)?);
    let mut tx = app.db.read().await?;
    Ok(Json(service::preview(&mut tx, &ctx, may, &call.body).await?))
}

async fn upload(State(app): State<App>, actor: Actor, call: Call<UploadRates>) -> Reply<UploadRates> {
    let ctx = app.ctx(&actor);
    let uploaded = transact!(app.db, |tx| {
        let may = actor.require(Permission::PrepareRates)?;
        service::upload(tx, &ctx, may, &call.body).await
    })?;
    Ok(Json(uploaded))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListRates, _>(list)
        .on::<GetRateAt, _>(at)
        .on::<AddRate, _>(add)
        .on::<ApproveRates, _>(approve)
        .on::<WithdrawRate, _>(withdraw)
        .on::<PreviewRates, _>(preview)
        .on::<UploadRates, _>(upload)
}
