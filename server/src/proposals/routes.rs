//! Endpoints of proposals.

use axum::Json;
use axum::extract::State;
use shared::endpoint::Page;
use shared::problem::Code;
use shared::proposals::{
    CheckProposal, CreateProposal, GetAnswer, GetBudget, GetProposal, GetVersion, ListProposals, ListVersions,
    ProposalVersion, ReopenProposal, SaveAnswer, SaveBudget, ScreenProposal, SubmitProposal, UpdateProposal,
    WithdrawProposal,
};

use super::{content, service, store};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

/// The most versions that a list shows: a person cannot submit more often between opening and deadline.
const VERSIONS: i64 = 100;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListProposals, _>(list)
        .on::<CreateProposal, _>(create)
        .on::<GetProposal, _>(get)
        .on::<UpdateProposal, _>(update)
        .on::<GetAnswer, _>(get_answer)
        .on::<SaveAnswer, _>(save_answer)
        .on::<GetBudget, _>(get_budget)
        .on::<SaveBudget, _>(save_budget)
        .on::<CheckProposal, _>(check)
        .on::<SubmitProposal, _>(submit)
        .on::<ReopenProposal, _>(reopen)
        .on::<WithdrawProposal, _>(withdraw)
        .on::<ScreenProposal, _>(screen)
        .on::<ListVersions, _>(list_versions)
        .on::<GetVersion, _>(get_version)
}

async fn list(State(app): State<App>, actor: Actor, call: Call<ListProposals>) -> Reply<ListProposals> {
    let visible = policy::proposals::list(&actor)?;
    let filter = store::Filter {
        call_id: call.query.call_id,
        state: call.query.state,
        search: call.query.search,
        is_mine: call.query.mine.unwrap_or_default(),
        after: call.query.after.map(|after| after.parse()).transpose().map_err(|_| Code::BadRequest)?,
    };
    let mut tx = app.db.read().await?;
    let (rows, next) = service::list(&mut tx, &visible, &filter).await?;
    Ok(Json(Page { items: rows.iter().map(store::ProposalRow::summary).collect(), next }))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateProposal>) -> Reply<CreateProposal> {
    let ctx = app.ctx(&actor);
    let organisation = policy::proposals::create(&actor, call.body.organisation_id)?;
    let status = transact!(app.db, |tx| service::create(tx, &ctx, &organisation, call.at.call_id, &call.body).await)?;
    Ok(Json(status))
}

async fn get(State(app): State<App>, actor: Actor, call: Call<GetProposal>) -> Reply<GetProposal> {
    let mut tx = app.db.read().await?;
    let readable = policy::proposals::read(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::get(&mut tx, &app.ctx(&actor), &readable).await?))
}

async fn update(State(app): State<App>, actor: Actor, call: Call<UpdateProposal>) -> Reply<UpdateProposal> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let proposal = policy::proposals::write(tx, &actor, call.at.proposal_id).await?;
        service::update_details(tx, &ctx, &proposal, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn get_answer(State(app): State<App>, actor: Actor, call: Call<GetAnswer>) -> Reply<GetAnswer> {
    let mut tx = app.db.read().await?;
    let proposal = policy::proposals::write(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::answer(&mut tx, &proposal, &call.at.question).await?))
}

async fn save_answer(State(app): State<App>, actor: Actor, call: Call<SaveAnswer>) -> Reply<SaveAnswer> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let proposal = policy::proposals::write(tx, &actor, call.at.proposal_id).await?;
        service::save_answer(tx, &ctx, &proposal, &call.at.question, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn get_budget(State(app): State<App>, actor: Actor, call: Call<GetBudget>) -> Reply<GetBudget> {
    let mut tx = app.db.read().await?;
    let proposal = policy::proposals::write(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::budget(&mut tx, &proposal).await?))
}

async fn save_budget(State(app): State<App>, actor: Actor, call: Call<SaveBudget>) -> Reply<SaveBudget> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let proposal = policy::proposals::write(tx, &actor, call.at.proposal_id).await?;
        service::save_budget(tx, &ctx, &proposal, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn check(State(app): State<App>, actor: Actor, call: Call<CheckProposal>) -> Reply<CheckProposal> {
    let mut tx = app.db.read().await?;
    let proposal = policy::proposals::write(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::check_working(&mut tx, &proposal).await?))
}

async fn submit(State(app): State<App>, actor: Actor, call: Call<SubmitProposal>) -> Reply<SubmitProposal> {
    let ctx = app.ctx(&actor);
    let receipt = transact!(app.db, |tx| {
        let proposal = policy::proposals::write(tx, &actor, call.at.proposal_id).await?;
        service::submit(tx, &ctx, &proposal, call.if_match, &call.body).await
    })?;
    Ok(Json(receipt))
}

async fn reopen(State(app): State<App>, actor: Actor, call: Call<ReopenProposal>) -> Reply<ReopenProposal> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let proposal = policy::proposals::write(tx, &actor, call.at.proposal_id).await?;
        service::reopen(tx, &ctx, &proposal, call.if_match).await
    })?;
    Ok(Json(status))
}

async fn withdraw(State(app): State<App>, actor: Actor, call: Call<WithdrawProposal>) -> Reply<WithdrawProposal> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let proposal = policy::proposals::write(tx, &actor, call.at.proposal_id).await?;
        service::withdraw(tx, &ctx, &proposal, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn screen(State(app): State<App>, actor: Actor, call: Call<ScreenProposal>) -> Reply<ScreenProposal> {
    let ctx = app.ctx(&actor);
    let status = transact!(app.db, |tx| {
        let proposal = policy::proposals::screen(tx, &actor, call.at.proposal_id).await?;
        service::screen(tx, &ctx, &proposal, call.if_match, &call.body).await
    })?;
    Ok(Json(status))
}

async fn list_versions(State(app): State<App>, actor: Actor, call: Call<ListVersions>) -> Reply<ListVersions> {
    let mut tx = app.db.read().await?;
    let readable = policy::proposals::read(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(Page { items: store::receipts(&mut tx, readable.row.id, VERSIONS).await?, next: None }))
}

async fn get_version(State(app): State<App>, actor: Actor, call: Call<GetVersion>) -> Reply<GetVersion> {
    let mut tx = app.db.read().await?;
    let readable = policy::proposals::read(&mut tx, &actor, call.at.proposal_id).await?;
    let (receipt, content) = content::version(&mut tx, &readable.row, Some(call.at.number), readable.budget).await?;
    Ok(Json(ProposalVersion { receipt, content }))
}
