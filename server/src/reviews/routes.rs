//! Endpoints of reviews.

use axum::Json;
use axum::extract::State;
use shared::endpoint::Page;
use shared::permission::Permission;
use shared::reviews::{
    AssignReviewers, CheckConflict, Declare, GetRanking, GetScores, GetSheet, ListAssignments, ListDeclarations,
    ListMyReviews, ResolveConflict, SaveSheet, SubmitSheet, Unblind,
};

use super::{ranked, service, store};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::db::paging::{PAGE, next_page};
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListMyReviews, _>(list_my_reviews)
        .on::<ListAssignments, _>(list_assignments)
        .on::<AssignReviewers, _>(assign_reviewers)
        .on::<CheckConflict, _>(check_conflict)
        .on::<Declare, _>(declare)
        .on::<ListDeclarations, _>(list_declarations)
        .on::<ResolveConflict, _>(resolve_conflict)
        .on::<GetSheet, _>(get_sheet)
        .on::<SaveSheet, _>(save_sheet)
        .on::<SubmitSheet, _>(submit_sheet)
        .on::<GetRanking, _>(get_ranking)
        .on::<Unblind, _>(unblind)
        .on::<GetScores, _>(get_scores)
}

async fn list_my_reviews(State(app): State<App>, actor: Actor, call: Call<ListMyReviews>) -> Reply<ListMyReviews> {
    actor.require(Permission::WriteSheet)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::my_reviews(&mut tx, &actor, call.query.state, call.query.after.as_deref()).await?))
}

async fn list_assignments(State(app): State<App>, actor: Actor, call: Call<ListAssignments>) -> Reply<ListAssignments> {
    actor.require(Permission::ReadDeclarations)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::assignments(&mut tx, app.clock.now(), call.at.call_id, call.query.after.as_deref()).await?))
}

async fn assign_reviewers(State(app): State<App>, actor: Actor, call: Call<AssignReviewers>) -> Reply<AssignReviewers> {
    let may = actor.require(Permission::AssignReviewers)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::assign(tx, &ctx, &may, call.at.call_id, &call.body).await)?))
}

async fn check_conflict(State(app): State<App>, actor: Actor, call: Call<CheckConflict>) -> Reply<CheckConflict> {
    let mut tx = app.db.read().await?;
    let row = policy::reviews::declarable(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::conflict_check(&mut tx, &actor, &row).await?))
}

async fn declare(State(app): State<App>, actor: Actor, call: Call<Declare>) -> Reply<Declare> {
    let ctx = app.ctx(&actor);
    let checked = transact!(app.db, |tx| {
        let row = policy::reviews::declarable(tx, &actor, call.at.proposal_id).await?;
        service::declare(tx, &ctx, &actor, &row, &call.body).await
    })?;
    Ok(Json(checked))
}

async fn list_declarations(
    State(app): State<App>,
    actor: Actor,
    call: Call<ListDeclarations>,
) -> Reply<ListDeclarations> {
    actor.require(Permission::ReadDeclarations)?;
    let after = call.query.after.as_deref().and_then(|id| id.parse().ok());
    let mut tx = app.db.read().await?;
    let mut items = store::declarations(&mut tx, call.at.proposal_id, after, PAGE + 1).await?;
    let next = next_page(&mut items, PAGE, |row| row.id.to_string());
    Ok(Json(Page { items, next }))
}

async fn resolve_conflict(State(app): State<App>, actor: Actor, call: Call<ResolveConflict>) -> Reply<ResolveConflict> {
    let may = actor.require(Permission::ResolveConflict)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::resolve(tx, &ctx, &may, call.at.declaration_id, &call.body).await)?))
}

async fn get_sheet(State(app): State<App>, actor: Actor, call: Call<GetSheet>) -> Reply<GetSheet> {
    let mut tx = app.db.read().await?;
    let row = policy::reviews::own_sheet(&mut tx, &actor, call.at.review_id).await?;
    Ok(Json(service::sheet_view(&mut tx, &row).await?))
}

async fn save_sheet(State(app): State<App>, actor: Actor, call: Call<SaveSheet>) -> Reply<SaveSheet> {
    let ctx = app.ctx(&actor);
    let saved = transact!(app.db, |tx| {
        let row = policy::reviews::own_sheet(tx, &actor, call.at.review_id).await?;
        service::save_sheet(tx, &ctx, &row, call.if_match, &call.body).await
    })?;
    Ok(Json(saved))
}

async fn submit_sheet(State(app): State<App>, actor: Actor, call: Call<SubmitSheet>) -> Reply<SubmitSheet> {
    let ctx = app.ctx(&actor);
    let view = transact!(app.db, |tx| {
        let row = policy::reviews::own_sheet(tx, &actor, call.at.review_id).await?;
        service::submit_sheet(tx, &ctx, &row, call.if_match, &call.body).await?;
        let row = policy::reviews::own_sheet(tx, &actor, call.at.review_id).await?;
        service::sheet_view(tx, &row).await
    })?;
    Ok(Json(view))
}

async fn get_ranking(State(app): State<App>, actor: Actor, call: Call<GetRanking>) -> Reply<GetRanking> {
    policy::reviews::ranking(&actor)?;
    let mut tx = app.db.read().await?;
    let ranked = ranked::read(&mut tx, call.at.call_id).await?;
    Ok(Json(service::ranking(&mut tx, app.clock.now().date(), &ranked, &call.query).await?))
}

async fn unblind(State(app): State<App>, actor: Actor, call: Call<Unblind>) -> Reply<Unblind> {
    let may = actor.require(Permission::Unblind)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::unblind(tx, &ctx, &may, call.at.call_id, &call.body).await)?))
}

async fn get_scores(State(app): State<App>, actor: Actor, call: Call<GetScores>) -> Reply<GetScores> {
    let mut tx = app.db.read().await?;
    let row = policy::reviews::scores(&mut tx, &actor, call.at.proposal_id).await?;
    Ok(Json(service::scores(&mut tx, &row).await?))
}
