//! Endpoints of exports.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use shared::exports::{
    Catalogue, ExportName, ExportQuery, GetManifest, ListExports, Manifest, Preview, PreviewExport, TakeExport,
};
use shared::problem::{Code, Problem, check};
use tokio::sync::mpsc;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::service;
use super::sink::{Chunk, Sink};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::auth::policy::Granted;
use crate::auth::policy::exports::Reach;
use crate::http::error::ApiError;
use crate::http::extract::Call;
use crate::http::routes::Routes;

/// How many exports run at a time: each holds a database connection while its reader reads.
static RUNNING: Semaphore = Semaphore::const_new(4);

/// How long one waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// How many chunks wait for a slow reader.
const CHUNKS: usize = 4;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListExports, _>(list)
        .on::<TakeExport, _>(take)
        .on::<GetManifest, _>(manifest)
        .on::<PreviewExport, _>(preview)
}

async fn list(State(app): State<App>, actor: Actor, _: Call<ListExports>) -> Result<Json<Catalogue>, ApiError> {
    actor.require(shared::permission::Permission::Export)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::catalogue(&mut tx, &actor).await?))
}

/// Waits for a turn.
async fn turn() -> Result<SemaphorePermit<'static>, ApiError> {
    match tokio::time::timeout(TURN, RUNNING.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Problem::new(Code::TooManyRequests).with("seconds", TURN.as_secs()).into()),
    }
}

async fn figures(app: &App, actor: &Actor, name: ExportName, query: &ExportQuery) -> Result<Preview, ApiError> {
    check(query.errors(name))?;
    let reach = policy::exports::take(actor, name, query)?;
    app.rates.count_export(actor.person_id)?;
    let _turn = turn().await?;
    let mut tx = app.db.read().await?;
    Ok(service::produce(&mut tx, &reach, name, query, Sink::new(name, query, None)).await?.preview)
}

async fn manifest(State(app): State<App>, actor: Actor, call: Call<GetManifest>) -> Result<Json<Manifest>, ApiError> {
    Ok(Json(figures(&app, &actor, call.at.name, &call.query).await?.manifest))
}

async fn preview(State(app): State<App>, actor: Actor, call: Call<PreviewExport>) -> Result<Json<Preview>, ApiError> {
    Ok(Json(figures(&app, &actor, call.at.name, &call.query).await?))
}

async fn take(State(app): State<App>, actor: Actor, call: Call<TakeExport>) -> Result<Response, ApiError> {
    let (name, query) = (call.at.name, call.query);
    check(query.errors(name))?;
    let reach = policy::exports::take(&actor, name, &query)?;
    app.rates.count_export(actor.person_id)?;
    let turn = turn().await?;
    service::announce(&app, &actor, name, &query).await?;
    let file = query.file_name(name);
    let (to, mut from) = mpsc::channel::<Chunk>(CHUNKS);
    tokio::spawn(async move {
        let _turn = turn;
        let failed = to.clone();
        if let Err(error) = send(&app, &actor, &reach, (name, &query), to).await {
            tracing::warn!(%error, %name, "an export was not completed");
            let _ = failed.send(Err(error)).await;
        }
    });
    // What goes wrong before the first byte is told as a problem; later the transfer breaks off.
    let first = from.recv().await.ok_or_else(|| ApiError::internal("an export without a chunk"))??;
    let rest = futures::stream::unfold(from, |mut from| async move { from.recv().await.map(|chunk| (chunk, from)) });
    // Fused: the compression asks once more after the end.
    let body = futures::stream::once(async move { Ok::<Bytes, ApiError>(first) }).chain(rest).fuse();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Reads in one snapshot, writes, and logs the file before its last chunk leaves.
async fn send(
    app: &App,
    actor: &Actor,
    reach: &Granted<Reach>,
    (name, query): (ExportName, &ExportQuery),
    to: mpsc::Sender<Chunk>,
) -> Result<(), ApiError> {
    let mut tx = app.db.read().await?;
    let finished = service::produce(&mut tx, reach, name, query, Sink::new(name, query, Some(to))).await?;
    drop(tx);
    service::log(app, actor, &finished.preview.manifest).await?;
    finished.send().await?;
    Ok(())
}
