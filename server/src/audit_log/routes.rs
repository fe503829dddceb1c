//! Endpoints of the audit log.

use axum::Json;
use axum::extract::State;
use shared::audit::{CheckAudit, GetAuditHead, ListAudit};

use super::service;
use crate::app::App;
use crate::audit;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;

async fn list(State(app): State<App>, actor: Actor, call: Call<ListAudit>) -> Reply<ListAudit> {
    let reader = policy::audit_log::reader(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::list(&mut tx, reader, &call.query).await?))
}

async fn head(State(app): State<App>, actor: Actor, _: Call<GetAuditHead>) -> Reply<GetAuditHead> {
    policy::audit_log::everything(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(audit::head(&mut tx).await?))
}

async fn check(State(app): State<App>, actor: Actor, call: Call<CheckAudit>) -> Reply<CheckAudit> {
    policy::audit_log::everything(&actor)?;
    let noted = call.query.noted()?;
    // It reads the whole log: not more often than an export.
    app.rates.count_export(actor.person_id)?;
    Ok(Json(audit::verify(&app.db, noted.as_ref()).await?))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().on::<ListAudit, _>(list).on::<GetAuditHead, _>(head).on::<CheckAudit, _>(check)
}
