//! Endpoints of the forecast.

use axum::Json;
use axum::extract::State;
use shared::forecast::{GetForecast, ListForecast};
use shared::permission::Permission;

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;

async fn forecast(State(app): State<App>, actor: Actor, call: Call<GetForecast>) -> Reply<GetForecast> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::forecast(&mut tx, fund, &call.query, app.clock.now().date()).await?))
}

async fn tranches(State(app): State<App>, actor: Actor, call: Call<ListForecast>) -> Reply<ListForecast> {
    let mut tx = app.db.read().await?;
    let fund = policy::fund::fund(&mut tx, &actor, call.at.fund_id, Permission::ReadFund).await?;
    Ok(Json(service::tranches(&mut tx, fund, &call.query, app.clock.now().date()).await?))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().on::<GetForecast, _>(forecast).on::<ListForecast, _>(tranches)
}
