//! Endpoints of home.

use axum::Json;
use axum::extract::State;
use shared::home::{GetHome, Home};

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::http::error::ApiError;
use crate::http::extract::Call;
use crate::http::routes::Routes;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().on::<GetHome, _>(home)
}

async fn home(State(app): State<App>, actor: Actor, _: Call<GetHome>) -> Result<Json<Home>, ApiError> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    Ok(Json(service::home(&mut tx, &actor, ctx.now).await?))
}
