//! Endpoints of grants.

use axum::Json;
use axum::extract::State;
use shared::grants::{
    ApproveAgreement, ApproveDisbursement, CreateAgreement, GetGrant, InstructDisbursement, ListAwards, ListGrants,
    ListPayments, PayDisbursement, PrepareDisbursement, ReplaceTranchePlan, SecondApproveDisbursement, SendAgreement,
    SignAgreement, VerifyDisbursement,
};
use shared::permission::Permission;

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

async fn awards(State(app): State<App>, actor: Actor, call: Call<ListAwards>) -> Reply<ListAwards> {
    let granted = policy::grants::everything(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::awards(&mut tx, granted, call.query.after).await?))
}

async fn grants(State(app): State<App>, actor: Actor, call: Call<ListGrants>) -> Reply<ListGrants> {
    let recipients = policy::grants::listed(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::grants(&mut tx, recipients, &call.query).await?))
}

async fn grant(State(app): State<App>, actor: Actor, call: Call<GetGrant>) -> Reply<GetGrant> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let row = policy::grants::agreement(&mut tx, &actor, call.at.agreement_id, Permission::ReadGrant).await?;
    Ok(Json(service::grant(&mut tx, &ctx, row).await?))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateAgreement>) -> Reply<CreateAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let granted = actor.require(Permission::WriteAgreement)?;
        service::create(tx, &ctx, granted, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn replace_plan(
    State(app): State<App>,
    actor: Actor,
    call: Call<ReplaceTranchePlan>,
) -> Reply<ReplaceTranchePlan> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::WriteAgreement).await?;
        service::replace_plan(tx, &ctx, row, call.if_match, &call.body.tranches).await
    })?;
    Ok(Json(grant))
}

async fn approve(State(app): State<App>, actor: Actor, call: Call<ApproveAgreement>) -> Reply<ApproveAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::ApproveAgreement).await?;
        service::approve(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn send(State(app): State<App>, actor: Actor, call: Call<SendAgreement>) -> Reply<SendAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::WriteAgreement).await?;
        service::send(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn sign(State(app): State<App>, actor: Actor, call: Call<SignAgreement>) -> Reply<SignAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::SignAgreement).await?;
        service::sign(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(grant))
}

async fn payments(State(app): State<App>, actor: Actor, call: Call<ListPayments>) -> Reply<ListPayments> {
    let ctx = app.ctx(&actor);
    let granted = policy::grants::everything(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::payments(&mut tx, &ctx, granted, &call.query).await?))
}

async fn prepare(State(app): State<App>, actor: Actor, call: Call<PrepareDisbursement>) -> Reply<PrepareDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let right = Permission::PrepareDisbursement;
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, right).await?;
        service::prepare(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn verify(State(app): State<App>, actor: Actor, call: Call<VerifyDisbursement>) -> Reply<VerifyDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::VerifyDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        service::verify(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn approve_payment(
    State(app): State<App>,
    actor: Actor,
    call: Call<ApproveDisbursement>,
) -> Reply<ApproveDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::ApproveDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        service::approve_payment(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn approve_second(
    State(app): State<App>,
    actor: Actor,
    call: Call<SecondApproveDisbursement>,
) -> Reply<SecondApproveDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::ApproveLargeDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        service::approve_second(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn instruct(
    State(app): State<App>,
    actor: Actor,
    call: Call<InstructDisbursement>,
) -> Reply<InstructDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::PrepareDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        service::instruct(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn pay(State(app): State<App>, actor: Actor, call: Call<PayDisbursement>) -> Reply<PayDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let right = Permission::PrepareDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        service::pay(tx, &ctx, row, call.if_match, &call.body).await
    }))?;
    Ok(Json(grant))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListAwards, _>(awards)
        .on::<ListGrants, _>(grants)
        .on::<CreateAgreement, _>(create)
        .on::<GetGrant, _>(grant)
        .on::<ReplaceTranchePlan, _>(replace_plan)
        .on::<ApproveAgreement, _>(approve)
        .on::<SendAgreement, _>(send)
        .on::<SignAgreement, _>(sign)
        .on::<ListPayments, _>(payments)
        .on::<PrepareDisbursement, _>(prepare)
        .on::<VerifyDisbursement, _>(verify)
        .on::<ApproveDisbursement, _>(approve_payment)
        .on::<SecondApproveDisbursement, _>(approve_second)
        .on::<InstructDisbursement, _>(instruct)
        .on::<PayDisbursement, _>(pay)
}
