//! Endpoints of amendments.

use axum::Json;
use axum::extract::State;
use shared::amendments::{
    AmendmentStep, ApproveAmendment, CheckAmendment, CountersignAmendment, CreateAmendment, GetAmendment,
    GetGrantBudget, RefuseAmendment, SaveAmendment, SignAmendment, SubmitAmendment,
};
use shared::permission::Permission;

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::auth::policy::amendments::{amendment, refusal};
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

async fn budget(State(app): State<App>, actor: Actor, call: Call<GetGrantBudget>) -> Reply<GetGrantBudget> {
    let mut tx = app.db.read().await?;
    let row = policy::grants::agreement(&mut tx, &actor, call.at.agreement_id, Permission::ReadGrant).await?;
    Ok(Json(service::budget(&mut tx, row).await?))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateAmendment>) -> Reply<CreateAmendment> {
    let ctx = app.ctx(&actor);
    let made = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let right = Permission::WriteAmendment;
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, right).await?;
        service::create(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(made))
}

async fn get(State(app): State<App>, actor: Actor, call: Call<GetAmendment>) -> Reply<GetAmendment> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let pair = amendment(&mut tx, &actor, call.at.amendment_id, Permission::ReadGrant).await?;
    Ok(Json(service::amendment(&mut tx, &ctx, pair).await?))
}

async fn save(State(app): State<App>, actor: Actor, call: Call<SaveAmendment>) -> Reply<SaveAmendment> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let pair = amendment(tx, &actor, call.at.amendment_id, Permission::WriteAmendment).await?;
        service::save(tx, &ctx, pair, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn submit(State(app): State<App>, actor: Actor, call: Call<SubmitAmendment>) -> Reply<SubmitAmendment> {
    let ctx = app.ctx(&actor);
    let submitted = transact!(app.db, |tx| {
        let pair = amendment(tx, &actor, call.at.amendment_id, Permission::WriteAmendment).await?;
        service::advance(tx, &ctx, pair, call.if_match, AmendmentStep::Submit).await
    })?;
    Ok(Json(submitted))
}

async fn check(State(app): State<App>, actor: Actor, call: Call<CheckAmendment>) -> Reply<CheckAmendment> {
    let ctx = app.ctx(&actor);
    let checked = transact!(app.db, |tx| {
        let pair = amendment(tx, &actor, call.at.amendment_id, Permission::CheckAmendment).await?;
        service::advance(tx, &ctx, pair, call.if_match, AmendmentStep::Check).await
    })?;
    Ok(Json(checked))
}

async fn approve(State(app): State<App>, actor: Actor, call: Call<ApproveAmendment>) -> Reply<ApproveAmendment> {
    let ctx = app.ctx(&actor);
    let approved = transact!(app.db, |tx| {
        let pair = amendment(tx, &actor, call.at.amendment_id, Permission::ApproveAmendment).await?;
        service::advance(tx, &ctx, pair, call.if_match, AmendmentStep::Approve).await
    })?;
    Ok(Json(approved))
}

async fn sign(State(app): State<App>, actor: Actor, call: Call<SignAmendment>) -> Reply<SignAmendment> {
    let ctx = app.ctx(&actor);
    let signed = transact!(app.db, |tx| {
        let pair = amendment(tx, &actor, call.at.amendment_id, Permission::SignAmendment).await?;
        service::advance(tx, &ctx, pair, call.if_match, AmendmentStep::Sign).await
    })?;
    Ok(Json(signed))
}

async fn countersign(
    State(app): State<App>,
    actor: Actor,
    call: Call<CountersignAmendment>,
) -> Reply<CountersignAmendment> {
    let ctx = app.ctx(&actor);
    let signed = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let pair = amendment(tx, &actor, call.at.amendment_id, Permission::SignAgreement).await?;
        service::advance(tx, &ctx, pair, call.if_match, AmendmentStep::Countersign).await
    }))?;
    Ok(Json(signed))
}

async fn refuse(State(app): State<App>, actor: Actor, call: Call<RefuseAmendment>) -> Reply<RefuseAmendment> {
    let ctx = app.ctx(&actor);
    let refused = transact!(app.db, |tx| {
        let pair = refusal(tx, &actor, call.at.amendment_id).await?;
        service::refuse(tx, &ctx, pair, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(refused))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<GetGrantBudget, _>(budget)
        .on::<CreateAmendment, _>(create)
        .on::<GetAmendment, _>(get)
        .on::<SaveAmendment, _>(save)
        .on::<SubmitAmendment, _>(submit)
        .on::<CheckAmendment, _>(check)
        .on::<ApproveAmendment, _>(approve)
        .on::<SignAmendment, _>(sign)
        .on::<CountersignAmendment, _>(countersign)
        .on::<RefuseAmendment, _>(refuse)
}
