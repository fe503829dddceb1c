//! Plays requests through the whole service, in process, at times of the story's choosing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use shared::endpoint::{Endpoint, Method, Nothing};
use shared::ids::{OrganisationId, PersonId};
use shared::problem::Problem;
use shared::time::Timestamp;
use time::OffsetDateTime;
use tower::ServiceExt as _;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::SessionStore as _;

use crate::app::App;
use crate::auth::session_store::{PERSON, Sessions};
use crate::clock::Clock;
use crate::db::Db;

/// An account of the story.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account.
    pub id: PersonId,
    /// What to sign in with.
    pub email: String,
    cookie: String,
}

/// The story's stage: the service, its clock, who acts on it.
pub struct World {
    /// The application, on a clock that the story sets.
    pub app: App,
    /// Accounts by role; a second holder of a role has a number after it.
    pub people: BTreeMap<String, Actor>,
    /// Organisations by code.
    pub organisations: BTreeMap<String, OrganisationId>,
    router: Router,
}

impl World {
    /// An empty stage at an instant.
    #[must_use]
    pub fn new(db: Db, start: Timestamp) -> Self {
        let app = App::new(db, Clock::manual(start), PathBuf::new());
        Self { router: app.router(), app, people: BTreeMap::new(), organisations: BTreeMap::new() }
    }

    /// Sets the clock.
    ///
    /// # Errors
    /// When the text is not an instant.
    pub fn at(&self, instant: &str) -> anyhow::Result<()> {
        self.app.clock.set(Timestamp::parse(instant).with_context(|| instant.to_owned())?);
        Ok(())
    }

    /// Moves the clock on.
    pub fn wait(&self, by: chrono::Duration) {
        self.app.clock.set(self.app.clock.now().plus(by));
    }

    /// An organisation by its code.
    ///
    /// # Errors
    /// When there is none.
    pub fn organisation(&self, code: &str) -> anyhow::Result<OrganisationId> {
        self.organisations.get(code).copied().with_context(|| format!("no organisation {code}"))
    }

    /// Puts a person on the stage, signed in.
    ///
    /// # Errors
    /// When the session cannot be stored.
    pub async fn enter(&mut self, key: &str, id: PersonId, email: &str) -> anyhow::Result<()> {
        let mut record = Record {
            id: Id::default(),
            data: [(PERSON.to_owned(), serde_json::to_value(id)?), (crate::auth::actor::RIGHTS.to_owned(), 0.into())]
                .into(),
            expiry_date: OffsetDateTime::now_utc() + time::Duration::hours(1),
        };
        Sessions::new(self.app.db.clone()).create(&mut record).await?;
        let cookie = format!("__Host-session={}", record.id);
        self.people.insert(key.to_owned(), Actor { id, email: email.to_owned(), cookie });
        Ok(())
    }

    /// Calls an endpoint as a person.
    ///
    /// # Errors
    /// The problem that the service answers, with the endpoint's name.
    pub async fn call<E: Endpoint<Query = Nothing>>(
        &mut self,
        who: &str,
        endpoint: E,
        body: &E::Request,
    ) -> anyhow::Result<E::Response> {
        self.send(who, endpoint, &Nothing {}, body, &[]).await
    }

    /// Calls an endpoint that wants the version that was read.
    ///
    /// # Errors
    /// As [`World::call`].
    pub async fn call_at<E: Endpoint<Query = Nothing>>(
        &mut self,
        who: &str,
        endpoint: E,
        version: i64,
        body: &E::Request,
    ) -> anyhow::Result<E::Response> {
        self.send(who, endpoint, &Nothing {}, body, &[("if-match", &version.to_string())]).await
    }

    /// Reads an endpoint.
    ///
    /// # Errors
    /// As [`World::call`].
    pub async fn get<E: Endpoint<Request = Nothing>>(
        &mut self,
        who: &str,
        endpoint: E,
        query: &E::Query,
    ) -> anyhow::Result<E::Response> {
        self.send(who, endpoint, query, &Nothing {}, &[]).await
    }

    /// Calls an endpoint with everything given.
    ///
    /// # Errors
    /// As [`World::call`].
    pub async fn send<E: Endpoint>(
        &mut self,
        who: &str,
        endpoint: E,
        query: &E::Query,
        body: &E::Request,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<E::Response> {
        let actor = self.people.get_mut(who).with_context(|| format!("nobody is {who}"))?;
        let mut request = Request::builder()
            .method(E::INFO.method.as_str())
            .uri(endpoint.url(query))
            .header(header::COOKIE, &actor.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = if matches!(E::INFO.method, Method::Post | Method::Put) {
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(serde_json::to_string(body)?))?
        } else {
            request.body(Body::empty())?
        };
        let response = self.router.clone().oneshot(request).await?;
        let renewed = response.headers().get(header::SET_COOKIE).and_then(|v| v.to_str().ok());
        if let Some(cookie) = renewed.and_then(|v| v.split(';').next()) {
            cookie.clone_into(&mut actor.cookie);
        }
        let is_success = response.status().is_success();
        let bytes = to_bytes(response.into_body(), usize::MAX).await?;
        if is_success {
            return serde_json::from_slice(&bytes).with_context(|| format!("{} by {who}", E::INFO.name));
        }
        let problem: Problem = serde_json::from_slice(&bytes)?;
        anyhow::bail!("{} by {who}: {}", E::INFO.name, serde_json::to_string(&problem)?)
    }
}
