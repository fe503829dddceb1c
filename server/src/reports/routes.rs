//! Endpoints of reports.

use axum::Json;
use axum::extract::State;
use shared::permission::Permission;
use shared::reports::{
    AcceptReport, ApproveShift, AskReport, CheckReport, GetReport, RejectReport, SaveReport, SubmitReport,
};

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy::reports::report;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

async fn get(State(app): State<App>, actor: Actor, call: Call<GetReport>) -> Reply<GetReport> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let pair = report(&mut tx, &actor, call.at.report_id, Permission::ReadGrant).await?;
    Ok(Json(service::report(&mut tx, &ctx, pair).await?))
}

async fn save(State(app): State<App>, actor: Actor, call: Call<SaveReport>) -> Reply<SaveReport> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let pair = report(tx, &actor, call.at.report_id, Permission::WriteReport).await?;
        service::save(tx, &ctx, pair, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn submit(State(app): State<App>, actor: Actor, call: Call<SubmitReport>) -> Reply<SubmitReport> {
    let ctx = app.ctx(&actor);
    let submitted = transact!(app.db, |tx| {
        let pair = report(tx, &actor, call.at.report_id, Permission::WriteReport).await?;
        service::submit(tx, &ctx, pair, call.if_match).await
    })?;
    Ok(Json(submitted))
}

async fn check(State(app): State<App>, actor: Actor, call: Call<CheckReport>) -> Reply<CheckReport> {
    let ctx = app.ctx(&actor);
    let checked = transact!(app.db, |tx| {
        let pair = report(tx, &actor, call.at.report_id, Permission::CheckReport).await?;
        service::check_report(tx, &ctx, pair, call.if_match, &call.body).await
    })?;
    Ok(Json(checked))
}

async fn ask(State(app): State<App>, actor: Actor, call: Call<AskReport>) -> Reply<AskReport> {
    let ctx = app.ctx(&actor);
    let asked = transact!(app.db, |tx| {
        let pair = report(tx, &actor, call.at.report_id, Permission::CheckReport).await?;
        service::ask(tx, &ctx, pair, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(asked))
}

async fn approve_shift(State(app): State<App>, actor: Actor, call: Call<ApproveShift>) -> Reply<ApproveShift> {
    let ctx = app.ctx(&actor);
    let approved = transact!(app.db, |tx| {
        let pair = report(tx, &actor, call.at.report_id, Permission::ApproveShift).await?;
        service::approve_shift(tx, &ctx, pair, call.if_match).await
    })?;
    Ok(Json(approved))
}

async fn accept(State(app): State<App>, actor: Actor, call: Call<AcceptReport>) -> Reply<AcceptReport> {
    let ctx = app.ctx(&actor);
    let accepted = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let pair = report(tx, &actor, call.at.report_id, Permission::AcceptReport).await?;
        service::accept(tx, &ctx, pair, call.if_match).await
    }))?;
    Ok(Json(accepted))
}

async fn reject(State(app): State<App>, actor: Actor, call: Call<RejectReport>) -> Reply<RejectReport> {
    let ctx = app.ctx(&actor);
    let rejected = transact!(app.db, |tx| {
        let pair = report(tx, &actor, call.at.report_id, Permission::AcceptReport).await?;
        service::reject(tx, &ctx, pair, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(rejected))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<GetReport, _>(get)
        .on::<SaveReport, _>(save)
        .on::<SubmitReport, _>(submit)
        .on::<CheckReport, _>(check)
        .on::<AskReport, _>(ask)
        .on::<ApproveShift, _>(approve_shift)
        .on::<AcceptReport, _>(accept)
        .on::<RejectReport, _>(reject)
}
