//! Endpoints of concept notes.

use axum::Json;
use axum::extract::State;
use shared::concepts::{
    AppealConcept, CreateConcept, DecideConcept, GetConcept, ListConcepts, SaveConcept, ScreenConcept, StartProposal,
    SubmitConcept, WaiveConcept, WithdrawConcept,
};
use shared::endpoint::Page;
use shared::permission::Permission;
use shared::problem::Code;

use super::{service, store};
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
        .on::<ListConcepts, _>(list)
        .on::<CreateConcept, _>(create)
        .on::<GetConcept, _>(get)
        .on::<SaveConcept, _>(save)
        .on::<SubmitConcept, _>(submit)
        .on::<WithdrawConcept, _>(withdraw)
        .on::<AppealConcept, _>(appeal)
        .on::<ScreenConcept, _>(screen)
        .on::<DecideConcept, _>(decide)
        .on::<WaiveConcept, _>(waive)
        .on::<StartProposal, _>(start)
}

async fn list(State(app): State<App>, actor: Actor, call: Call<ListConcepts>) -> Reply<ListConcepts> {
    let visible = policy::concepts::list(&actor)?;
    let filter = store::Filter {
        call_id: call.query.call_id,
        state: call.query.state,
        after: call.query.after.map(|after| after.parse()).transpose().map_err(|_| Code::BadRequest)?,
    };
    let mut tx = app.db.read().await?;
    let (items, next) = service::list(&mut tx, &visible, &filter).await?;
    Ok(Json(Page { items, next }))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateConcept>) -> Reply<CreateConcept> {
    let ctx = app.ctx(&actor);
    let organisation = policy::proposals::create(&actor, call.body.organisation_id)?;
    let status = transact!(app.db, |tx| service::create(tx, &ctx, &organisation, call.at.call_id, &call.body).await)?;
    Ok(Json(status))
}

async fn get(State(app): State<App>, actor: Actor, call: Call<GetConcept>) -> Reply<GetConcept> {
    let mut tx = app.db.read().await?;
    let readable = policy::concepts::read(&mut tx, &actor, call.at.concept_id).await?;
    Ok(Json(service::get(&mut tx, &app.ctx(&actor), &readable).await?))
}

async fn save(State(app): State<App>, actor: Actor, call: Call<SaveConcept>) -> Reply<SaveConcept> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let note = policy::concepts::write(tx, &actor, call.at.concept_id).await?;
        service::save(tx, &ctx, &note, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn submit(State(app): State<App>, actor: Actor, call: Call<SubmitConcept>) -> Reply<SubmitConcept> {
    let ctx = app.ctx(&actor);
    let receipt = transact!(app.db, |tx| {
        let note = policy::concepts::write(tx, &actor, call.at.concept_id).await?;
        service::submit(tx, &ctx, &note, call.if_match).await
    })?;
    Ok(Json(receipt))
}

async fn withdraw(State(app): State<App>, actor: Actor, call: Call<WithdrawConcept>) -> Reply<WithdrawConcept> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let note = policy::concepts::write(tx, &actor, call.at.concept_id).await?;
        service::withdraw(tx, &ctx, &note, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn appeal(State(app): State<App>, actor: Actor, call: Call<AppealConcept>) -> Reply<AppealConcept> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let note = policy::concepts::write(tx, &actor, call.at.concept_id).await?;
        service::appeal(tx, &ctx, &note, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn screen(State(app): State<App>, actor: Actor, call: Call<ScreenConcept>) -> Reply<ScreenConcept> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let note = policy::concepts::act(tx, &actor, call.at.concept_id, Permission::ScreenProposal).await?;
        service::screen(tx, &ctx, &note, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn decide(State(app): State<App>, actor: Actor, call: Call<DecideConcept>) -> Reply<DecideConcept> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let note = policy::concepts::act(tx, &actor, call.at.concept_id, Permission::DecideConcept).await?;
        service::decide(tx, &ctx, &note, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn waive(State(app): State<App>, actor: Actor, call: Call<WaiveConcept>) -> Reply<WaiveConcept> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let note = policy::concepts::act(tx, &actor, call.at.concept_id, Permission::DecideConcept).await?;
        service::waive(tx, &ctx, &note, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn start(State(app): State<App>, actor: Actor, call: Call<StartProposal>) -> Reply<StartProposal> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let note = policy::concepts::write(tx, &actor, call.at.concept_id).await?;
        service::start(tx, &ctx, &note).await
    })?;
    Ok(Json(status))
}
