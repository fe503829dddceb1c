//! The endpoints of calls.

use axum::Json;
use axum::extract::State;
use shared::calls::{
    CancelCall, CreateCall, ExtendCall, GetCall, GetPublicCall, ListCalls, ListPublicCalls, MoveCall, PublishCall,
    ReleaseResults, UpdateCall,
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

/// The endpoints with their handlers.
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListPublicCalls, _>(list_public)
        .on::<GetPublicCall, _>(get_public)
        .on::<ListCalls, _>(list)
        .on::<GetCall, _>(get)
        .on::<CreateCall, _>(create)
        .on::<UpdateCall, _>(update)
        .on::<PublishCall, _>(publish)
        .on::<ExtendCall, _>(extend)
        .on::<MoveCall, _>(advance)
        .on::<ReleaseResults, _>(release_results)
        .on::<CancelCall, _>(cancel)
}

async fn list_public(State(app): State<App>, call: Call<ListPublicCalls>) -> Reply<ListPublicCalls> {
    let mut tx = app.db.read().await?;
    Ok(Json(service::list_public(&mut tx, app.clock.now(), &call.query).await?))
}

async fn get_public(State(app): State<App>, call: Call<GetPublicCall>) -> Reply<GetPublicCall> {
    let mut tx = app.db.read().await?;
    let row = policy::calls::published(&mut tx, call.at.call_id).await?;
    Ok(Json(service::public(&row, app.clock.now())?))
}

async fn list(State(app): State<App>, actor: Actor, call: Call<ListCalls>) -> Reply<ListCalls> {
    let mut tx = app.db.read().await?;
    Ok(Json(service::list(&mut tx, &actor, app.clock.now(), &call.query).await?))
}

async fn get(State(app): State<App>, actor: Actor, call: Call<GetCall>) -> Reply<GetCall> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let row = policy::calls::read(&mut tx, &ctx, call.at.call_id).await?;
    Ok(Json(service::detail(&mut tx, &ctx, &row).await?))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateCall>) -> Reply<CreateCall> {
    let ctx = app.ctx(&actor);
    let may = actor.require(Permission::WriteCall)?;
    let detail = transact!(app.db, |tx| service::create(tx, &ctx, &may, &call.body).await)?;
    Ok(Json(detail))
}

async fn update(State(app): State<App>, actor: Actor, call: Call<UpdateCall>) -> Reply<UpdateCall> {
    let ctx = app.ctx(&actor);
    let detail = transact!(app.db, |tx| {
        let row = policy::calls::change(tx, &ctx, call.at.call_id, Permission::WriteCall).await?;
        service::update(tx, &ctx, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(detail))
}

async fn publish(State(app): State<App>, actor: Actor, call: Call<PublishCall>) -> Reply<PublishCall> {
    let ctx = app.ctx(&actor);
    let detail = transact!(app.db, |tx| {
        let row = policy::calls::change(tx, &ctx, call.at.call_id, Permission::PublishCall).await?;
        service::publish(tx, &ctx, &row, call.if_match).await
    })?;
    Ok(Json(detail))
}

async fn extend(State(app): State<App>, actor: Actor, call: Call<ExtendCall>) -> Reply<ExtendCall> {
    let ctx = app.ctx(&actor);
    let detail = transact!(app.db, |tx| {
        let row = policy::calls::change(tx, &ctx, call.at.call_id, Permission::PublishCall).await?;
        service::extend(tx, &ctx, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(detail))
}

async fn advance(State(app): State<App>, actor: Actor, call: Call<MoveCall>) -> Reply<MoveCall> {
    let ctx = app.ctx(&actor);
    let detail = transact!(app.db, |tx| {
        let row = policy::calls::change(tx, &ctx, call.at.call_id, Permission::WriteCall).await?;
        service::advance(tx, &ctx, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(detail))
}

async fn release_results(State(app): State<App>, actor: Actor, call: Call<ReleaseResults>) -> Reply<ReleaseResults> {
    let ctx = app.ctx(&actor);
    let detail = transact!(app.db, |tx| {
        let row = policy::calls::change(tx, &ctx, call.at.call_id, Permission::PublishCall).await?;
        service::release_results(tx, &ctx, &row, call.if_match).await
    })?;
    Ok(Json(detail))
}

async fn cancel(State(app): State<App>, actor: Actor, call: Call<CancelCall>) -> Reply<CancelCall> {
    let ctx = app.ctx(&actor);
    let detail = transact!(app.db, |tx| {
        let row = policy::calls::change(tx, &ctx, call.at.call_id, Permission::PublishCall).await?;
        service::cancel(tx, &ctx, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(detail))
}
