//! Endpoints of votes.

use axum::Json;
use axum::extract::State;
use shared::endpoint::Page;
use shared::permission::Permission;
use shared::votes::{
    CastBallot, CreateMotion, GetDecision, GetMotion, GetOutcome, ListMotions, OpenMotion, UpdateMotion,
};

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListMotions, _>(list_motions)
        .on::<CreateMotion, _>(create_motion)
        .on::<GetMotion, _>(get_motion)
        .on::<UpdateMotion, _>(update_motion)
        .on::<OpenMotion, _>(open_motion)
        .on::<CastBallot, _>(cast_ballot)
        .on::<GetDecision, _>(get_decision)
        .on::<GetOutcome, _>(get_outcome)
}

async fn list_motions(State(app): State<App>, actor: Actor, call: Call<ListMotions>) -> Reply<ListMotions> {
    policy::votes::read_all(&actor)?;
    let mut tx = app.db.read().await?;
    let (items, next) = service::list(&mut tx, &actor, &call.query).await?;
    Ok(Json(Page { items, next }))
}

async fn create_motion(State(app): State<App>, actor: Actor, call: Call<CreateMotion>) -> Reply<CreateMotion> {
    let may = actor.require(Permission::WriteMotion)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::create(tx, &ctx, &actor, &may, &call.body).await)?))
}

async fn get_motion(State(app): State<App>, actor: Actor, call: Call<GetMotion>) -> Reply<GetMotion> {
    let mut tx = app.db.read().await?;
    let row = policy::votes::motion(&mut tx, &actor, call.at.motion_id).await?;
    Ok(Json(service::view(&mut tx, &actor, app.clock.now().date(), &row).await?))
}

async fn update_motion(State(app): State<App>, actor: Actor, call: Call<UpdateMotion>) -> Reply<UpdateMotion> {
    let ctx = app.ctx(&actor);
    let motion = transact!(app.db, |tx| {
        let row = policy::votes::write(tx, &actor, call.at.motion_id).await?;
        service::update(tx, &ctx, &actor, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(motion))
}

async fn open_motion(State(app): State<App>, actor: Actor, call: Call<OpenMotion>) -> Reply<OpenMotion> {
    let ctx = app.ctx(&actor);
    let motion = transact!(app.db, |tx| {
        let row = policy::votes::write(tx, &actor, call.at.motion_id).await?;
        service::open(tx, &ctx, &actor, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(motion))
}

async fn cast_ballot(State(app): State<App>, actor: Actor, call: Call<CastBallot>) -> Reply<CastBallot> {
    let ctx = app.ctx(&actor);
    let motion = transact!(app.db, |tx| {
        let seated = policy::votes::vote(tx, &actor, call.at.motion_id).await?;
        service::cast(tx, &ctx, &actor, &seated, &call.body).await
    })?;
    Ok(Json(motion))
}

async fn get_decision(State(app): State<App>, actor: Actor, call: Call<GetDecision>) -> Reply<GetDecision> {
    let may = policy::votes::read_all(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::decision(&mut tx, &may, call.at.decision_id).await?))
}

async fn get_outcome(State(app): State<App>, actor: Actor, call: Call<GetOutcome>) -> Reply<GetOutcome> {
    let mut tx = app.db.read().await?;
    let row = policy::votes::outcome(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::outcome(&mut tx, &actor, &row).await?))
}
