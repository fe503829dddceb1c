//! Endpoints of what waits for money.

use axum::Json;
use axum::extract::State;
use shared::waitlist::{GetWaitlist, ReleaseReservation, ReserveWaiting};

use super::service;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

async fn list(State(app): State<App>, actor: Actor, call: Call<GetWaitlist>) -> Reply<GetWaitlist> {
    let of = policy::votes::waitlist(&actor, call.at.call_id)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::list(&mut tx, app.clock.now().date(), &of).await?))
}

async fn reserve(State(app): State<App>, actor: Actor, call: Call<ReserveWaiting>) -> Reply<ReserveWaiting> {
    let ctx = app.ctx(&actor);
    let waitlist = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let of = policy::votes::award(tx, &actor, call.at.decision_id).await?;
        service::reserve(tx, &ctx, &of, call.at.decision_id, &call.body).await
    }))?;
    Ok(Json(waitlist))
}

async fn release(State(app): State<App>, actor: Actor, call: Call<ReleaseReservation>) -> Reply<ReleaseReservation> {
    let ctx = app.ctx(&actor);
    let waitlist = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let of = policy::votes::award(tx, &actor, call.at.decision_id).await?;
        service::release(tx, &ctx, &of, call.at.decision_id, &call.body).await
    }))?;
    Ok(Json(waitlist))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().on::<GetWaitlist, _>(list).on::<ReserveWaiting, _>(reserve).on::<ReleaseReservation, _>(release)
}
