//! Endpoints of payment files.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use shared::batches::{CreateBatch, GetBatchFile, ListBatches, ListCandidates};
use shared::permission::Permission;

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::http::Reply;
use crate::http::error::ApiError;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

async fn candidates(State(app): State<App>, actor: Actor, _: Call<ListCandidates>) -> Reply<ListCandidates> {
    let may = actor.require(Permission::PrepareDisbursement)?;
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    Ok(Json(service::candidates(&mut tx, &ctx, may).await?))
}

async fn list(State(app): State<App>, actor: Actor, call: Call<ListBatches>) -> Reply<ListBatches> {
    let may = actor.require(Permission::PrepareDisbursement)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::list(&mut tx, may, &call.query).await?))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateBatch>) -> Reply<CreateBatch> {
    let ctx = app.ctx(&actor);
    let batch = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let may = actor.require(Permission::PrepareDisbursement)?;
        service::create(tx, &ctx, &actor, may, &call.body).await
    }))?;
    Ok(Json(batch))
}

async fn file(State(app): State<App>, actor: Actor, call: Call<GetBatchFile>) -> Result<Response, ApiError> {
    let may = actor.require(Permission::PrepareDisbursement)?;
    let mut tx = app.db.read().await?;
    let (name, content) = service::file(&mut tx, may, call.at.batch_id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, content).into_response())
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListCandidates, _>(candidates)
        .on::<ListBatches, _>(list)
        .on::<CreateBatch, _>(create)
        .on::<GetBatchFile, _>(file)
}
