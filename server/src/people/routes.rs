//! Endpoints of people, organisations, bodies and sessions.

use std::net::{IpAddr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use shared::endpoint::{Nothing, Page};
use shared::ids::PersonId;
use shared::people::{
    AddMembership, CreateBody, CreateOrganisation, CreatePerson, EndMembership, GetLink, GetSession, ListBodies,
    ListOrganisations, ListPeople, OneTimeLink, SignIn, SignOut, SignOutEverywhere, SignedIn, UseLink, check_password,
};
use shared::permission::Permission;
use shared::problem::{Code, check};
use tower_sessions::Session;

use super::{service, store};
use crate::app::App;
use crate::auth::actor::{Actor, RIGHTS, actor_of};
use crate::auth::session_store::PERSON;
use crate::db::paging::PAGE;
use crate::http::Reply;
use crate::http::error::ApiError;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::transact;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<GetSession, _>(get_session)
        .on::<SignIn, _>(sign_in)
        .on::<SignOut, _>(sign_out)
        .on::<SignOutEverywhere, _>(sign_out_everywhere)
        .on::<GetLink, _>(get_link)
        .on::<UseLink, _>(use_link)
        .on::<ListPeople, _>(list_people)
        .on::<CreatePerson, _>(create_person)
        .on::<AddMembership, _>(add_membership)
        .on::<EndMembership, _>(end_membership)
        .on::<ListOrganisations, _>(list_organisations)
        .on::<CreateOrganisation, _>(create_organisation)
        .on::<ListBodies, _>(list_bodies)
        .on::<CreateBody, _>(create_body)
}

/// The caller's address; none when the server is called in process.
struct Address(Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}

fn session_failed(error: tower_sessions::session::Error) -> ApiError {
    ApiError::internal(error.to_string())
}

async fn session_state(app: &App, actor: Option<Actor>) -> Result<shared::people::Session, ApiError> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let fund = store::fund(&mut tx).await?;
    let person = match actor {
        None => None,
        Some(actor) => store::get(&mut tx, actor.person_id).await?.map(|row| SignedIn {
            person_id: row.id,
            name: row.name,
            email: row.email,
            language: row.language,
            memberships: actor.memberships,
            session_ends_at: service::session_ends_at(now),
        }),
    };
    Ok(shared::people::Session { now, fund, person })
}

/// Makes the session a person's, under a new id.
async fn enter(
    app: &App,
    session: &Session,
    person: PersonId,
    rights_version: i64,
) -> Result<shared::people::Session, ApiError> {
    session.cycle_id().await.map_err(session_failed)?;
    session.insert(PERSON, person).await.map_err(session_failed)?;
    session.insert(RIGHTS, rights_version).await.map_err(session_failed)?;
    let actor = actor_of(app, session).await?;
    session_state(app, actor).await
}

async fn get_session(State(app): State<App>, session: Session, _call: Call<GetSession>) -> Reply<GetSession> {
    let actor = actor_of(&app, &session).await?;
    Ok(Json(session_state(&app, actor).await?))
}

async fn sign_in(
    State(app): State<App>,
    session: Session,
    Address(address): Address,
    call: Call<SignIn>,
) -> Reply<SignIn> {
    let email = call.body.email.trim().to_lowercase();
    app.rates.count(&email, address)?;
    let mut tx = app.db.read().await?;
    let person = store::by_email(&mut tx, &email).await?;
    drop(tx);
    let stored = person.as_ref().and_then(|p| p.password_hash.clone());
    let fits = app.passwords.verify(&call.body.password, stored).await?;
    let person = person.filter(|_| fits).ok_or(Code::CredentialsWrong)?;
    Ok(Json(enter(&app, &session, person.id, person.rights_version).await?))
}

async fn sign_out(_actor: Actor, session: Session, _call: Call<SignOut>) -> Reply<SignOut> {
    session.flush().await.map_err(session_failed)?;
    Ok(Json(Nothing {}))
}

async fn sign_out_everywhere(
    State(app): State<App>,
    actor: Actor,
    session: Session,
    _call: Call<SignOutEverywhere>,
) -> Reply<SignOutEverywhere> {
    let ctx = app.ctx(&actor);
    transact!(app.db, |tx| service::end_sessions(tx, &ctx, actor.person_id).await)?;
    session.flush().await.map_err(session_failed)?;
    Ok(Json(Nothing {}))
}

async fn get_link(State(app): State<App>, Address(address): Address, call: Call<GetLink>) -> Reply<GetLink> {
    app.rates.count(&service::link_hash(&call.at.token), address)?;
    let mut tx = app.db.read().await?;
    let link = store::usable_link(&mut tx, &service::link_hash(&call.at.token), app.clock.now()).await?;
    let link = link.ok_or(Code::LinkExpired)?;
    let person = match link.person_id {
        Some(id) => store::get(&mut tx, id).await?,
        None => None,
    };
    let (email, name) = person.map(|p| (p.email, p.name)).unzip();
    Ok(Json(OneTimeLink { purpose: link.purpose, email, name }))
}

async fn use_link(
    State(app): State<App>,
    session: Session,
    Address(address): Address,
    call: Call<UseLink>,
) -> Reply<UseLink> {
    app.rates.count(&service::link_hash(&call.at.token), address)?;
    let mut errors = Vec::new();
    check_password(&mut errors, "/password", &call.body.password);
    check(errors)?;
    let hash = app.passwords.hash(&call.body.password).await?;
    let ctx = app.system_ctx();
    let person_id = transact!(app.db, |tx| {
        service::use_link(tx, &ctx, &call.at.token, call.body.name.as_deref(), call.body.email.as_deref(), &hash).await
    })?;
    let mut tx = app.db.read().await?;
    let rights_version = store::rights_version(&mut tx, person_id).await?.ok_or(Code::NotFound)?;
    drop(tx);
    Ok(Json(enter(&app, &session, person_id, rights_version).await?))
}

async fn list_people(State(app): State<App>, actor: Actor, call: Call<ListPeople>) -> Reply<ListPeople> {
    actor.require(Permission::ManageAccounts)?;
    let mut tx = app.db.read().await?;
    let search = call.query.search.as_deref().unwrap_or_default();
    let after = call.query.after.as_deref().unwrap_or_default();
    let (items, next) = store::list(&mut tx, search, after, PAGE).await?;
    Ok(Json(Page { items, next }))
}

async fn create_person(State(app): State<App>, actor: Actor, call: Call<CreatePerson>) -> Reply<CreatePerson> {
    let may = actor.require(Permission::ManageAccounts)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::invite(tx, &ctx, &may, &call.body).await)?))
}

async fn add_membership(State(app): State<App>, actor: Actor, call: Call<AddMembership>) -> Reply<AddMembership> {
    actor.require(Permission::ManageAccounts)?;
    let ctx = app.ctx(&actor);
    let person = transact!(app.db, |tx| {
        service::add_membership(tx, &ctx, call.at.person_id, &call.body).await?;
        service::person(tx, call.at.person_id).await
    })?;
    Ok(Json(person))
}

async fn end_membership(State(app): State<App>, actor: Actor, call: Call<EndMembership>) -> Reply<EndMembership> {
    let may = actor.require(Permission::ManageAccounts)?;
    let ctx = app.ctx(&actor);
    let person = transact!(app.db, |tx| {
        let person_id = service::end_membership(tx, &ctx, &may, call.at.membership_id, &call.body).await?;
        service::person(tx, person_id).await
    })?;
    Ok(Json(person))
}

async fn list_organisations(
    State(app): State<App>,
    _actor: Actor,
    call: Call<ListOrganisations>,
) -> Reply<ListOrganisations> {
    let mut tx = app.db.read().await?;
    let search = call.query.search.as_deref().unwrap_or_default();
    let after = call.query.after.as_deref().unwrap_or_default();
    let (items, next) = store::organisations(&mut tx, search, after, PAGE).await?;
    Ok(Json(Page { items, next }))
}

async fn create_organisation(
    State(app): State<App>,
    actor: Actor,
    call: Call<CreateOrganisation>,
) -> Reply<CreateOrganisation> {
    actor.require(Permission::ManageAccounts)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::add_organisation(tx, &ctx, &call.body).await)?))
}

async fn list_bodies(State(app): State<App>, _actor: Actor, _call: Call<ListBodies>) -> Reply<ListBodies> {
    let mut tx = app.db.read().await?;
    Ok(Json(Page { items: store::bodies(&mut tx).await?, next: None }))
}

async fn create_body(State(app): State<App>, actor: Actor, call: Call<CreateBody>) -> Reply<CreateBody> {
    actor.require(Permission::ManageAccounts)?;
    let ctx = app.ctx(&actor);
    Ok(Json(transact!(app.db, |tx| service::add_body(tx, &ctx, &call.body).await)?))
}
