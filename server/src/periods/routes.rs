//! Endpoints of periods.

use axum::Json;
use axum::extract::State;
use shared::periods::{DecidePeriod, ListPeriods, ProposeLock, ProposeUnlock};
use shared::permission::Permission;

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

async fn list(State(app): State<App>, actor: Actor, call: Call<ListPeriods>) -> Reply<ListPeriods> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadRates).await?;
    Ok(Json(service::list(&mut tx, &ctx, fund, &call.query).await?))
}

async fn propose_lock(State(app): State<App>, actor: Actor, call: Call<ProposeLock>) -> Reply<ProposeLock> {
    let ctx = app.ctx(&actor);
    let period = transact!(app.db, |tx| {
        let fund = policy::fund::fund(tx, &actor, call.at.fund_id, Permission::PrepareRates).await?;
        service::propose_lock(tx, &ctx, fund, &call.body).await
    })?;
    Ok(Json(period))
}

async fn propose_unlock(State(app): State<App>, actor: Actor, call: Call<ProposeUnlock>) -> Reply<ProposeUnlock> {
    let ctx = app.ctx(&actor);
    let period = transact!(app.db, |tx| {
        let row = policy::fund::period(tx, &actor, call.at.period_id, Permission::PrepareRates).await?;
        service::propose_unlock(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(period))
}

async fn decide(State(app): State<App>, actor: Actor, call: Call<DecidePeriod>) -> Reply<DecidePeriod> {
    let ctx = app.ctx(&actor);
    let period = transact!(app.db, |tx| {
        let row = policy::fund::period(tx, &actor, call.at.period_id, Permission::ApproveRates).await?;
        service::decide(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(period))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListPeriods, _>(list)
        .on::<ProposeLock, _>(propose_lock)
        .on::<ProposeUnlock, _>(propose_unlock)
        .on::<DecidePeriod, _>(decide)
}
