//! The whole application in process, on a fresh database of either engine, with a clock that tests set.
//!
//! ```ignore
//! both! {
//!     async fn m21_concurrent_approvals(app: TestApp) {
//!         let desk = app.person(Role::DeskOfficer).await;
//!         let call = app.call(&desk, CreateCall {}, &request).await.unwrap();
//!     }
//! }
//! ```

pub mod money;
pub mod under_review;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use catalytic_fund::app::App;
use catalytic_fund::auth::session_store::{PERSON, Sessions};
use catalytic_fund::clock::Clock;
use catalytic_fund::db::Db;
use catalytic_fund::{people, transact};
use shared::endpoint::{Endpoint, Method, Nothing};
use shared::ids::{OrganisationId, PersonId};
use shared::people::{
    AddMembershipRequest, CreateOrganisationRequest, CreatePersonRequest, Language, OrganisationKind,
};
use shared::permission::Role;
use shared::problem::Problem;
use shared::time::Timestamp;
use sqlx::Connection;
use tower::ServiceExt;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::SessionStore;

/// Where every test's clock starts: a Monday.
pub const START: &str = "2026-03-02T09:00:00Z";

/// Makes each test two: one on SQLite, one on PostgreSQL. The latter says so and passes when
/// `TEST_POSTGRES_URL` is not set.
#[macro_export]
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        mod $name {
            use super::*;

            $(#[$attribute])*
            async fn run($app: $crate::TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::TestApp::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                match $crate::TestApp::postgres().await {
                    Some(app) => run(app).await,
                    None => println!("skipped: TEST_POSTGRES_URL is not set"),
                }
            }
        }
    )+};
}

/// The application under test.
pub struct TestApp {
    /// What handlers share.
    pub app: App,
    /// The whole service with its layers.
    pub router: Router,
    /// Keeps the SQLite file while the test runs.
    _folder: Option<tempfile::TempDir>,
}

/// A signed-in person of a test. Clones share the session, as tabs of one browser do.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub id: PersonId,
    cookie: Arc<Mutex<String>>,
}

impl Person {
    /// With a session's cookie, `name=value`.
    #[must_use]
    pub fn new(id: PersonId, cookie: String) -> Self {
        Self { id, cookie: Arc::new(Mutex::new(cookie)) }
    }

    /// The session's cookie, `name=value`.
    #[must_use]
    pub fn cookie(&self) -> String {
        self.cookie.lock().unwrap().clone()
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Raw {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: axum::http::HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Raw {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

static NEXT: AtomicU32 = AtomicU32::new(1);

impl TestApp {
    /// On a fresh SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        Self::over(db, Some(folder))
    }

    /// On a fresh database of the test server; none when there is no server.
    pub async fn postgres() -> Option<Self> {
        let url = std::env::var("TEST_POSTGRES_URL").ok()?;
        Some(Self::over(Db::connect(&fresh_postgres(&url).await).await.unwrap(), None))
    }

    /// On a database that is there, by its address.
    pub async fn at(database: &str) -> Self {
        Self::over(Db::connect(database).await.unwrap(), None)
    }

    fn over(db: Db, folder: Option<tempfile::TempDir>) -> Self {
        let app = App::new(db, Clock::manual(Timestamp::parse(START).unwrap()), PathBuf::from("frontend/dist"));
        Self { router: app.router(), app, _folder: folder }
    }

    /// Sets the clock.
    pub fn set_clock(&self, to: &str) {
        self.app.clock.set(Timestamp::parse(to).unwrap());
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: chrono::Duration) {
        self.app.clock.set(self.app.clock.now().plus(by));
    }

    /// Adds an organisation.
    pub async fn organisation(&self, code: &str, kind: OrganisationKind) -> OrganisationId {
        let ctx = self.app.system_ctx();
        let request =
            CreateOrganisationRequest { code: code.into(), name: format!("{code} organisation"), kind, country: None };
        transact!(self.app.db, |tx| people::service::add_organisation(tx, &ctx, &request).await).unwrap().id
    }

    /// Adds a person who holds a role without an organisation, signed in.
    pub async fn person(&self, role: Role) -> Person {
        self.person_of(role, None).await
    }

    /// Adds a person who holds a role for an organisation, signed in.
    pub async fn person_of(&self, role: Role, organisation_id: Option<OrganisationId>) -> Person {
        let person = self.visitor_account().await;
        self.add_role(person.id, role, organisation_id, false).await;
        person
    }

    /// Adds a person who holds nothing, signed in.
    pub async fn visitor_account(&self) -> Person {
        let ctx = self.app.system_ctx();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let request = CreatePersonRequest {
            name: format!("Person {number}"),
            email: format!("person-{number}@example.org"),
            language: Language::En,
        };
        let id = transact!(self.app.db, |tx| people::service::add_person(tx, &ctx, &request, None).await).unwrap();
        Person::new(id, self.session(id).await)
    }

    /// Gives a person one more role from today on.
    pub async fn add_role(
        &self,
        person: PersonId,
        role: Role,
        organisation_id: Option<OrganisationId>,
        is_alternate: bool,
    ) {
        let ctx = self.app.system_ctx();
        let today = ctx.now.date();
        let request = AddMembershipRequest {
            role,
            organisation_id,
            body_id: None,
            is_alternate,
            valid_from: today,
            valid_until: (role == Role::Auditor).then(|| today.plus_days(365)),
        };
        transact!(self.app.db, |tx| people::service::add_membership(tx, &ctx, person, &request).await).unwrap();
    }

    async fn session(&self, person: PersonId) -> String {
        let mut record = Record {
            id: Id::default(),
            data: [(PERSON.to_owned(), serde_json::to_value(person).unwrap())].into(),
            expiry_date: time::OffsetDateTime::now_utc() + time::Duration::hours(2),
        };
        Sessions::new(self.app.db.clone()).create(&mut record).await.unwrap();
        format!("__Host-session={}", record.id)
    }

    /// Calls an endpoint without query parameters.
    ///
    /// # Errors
    /// The problem that the server answers.
    pub async fn call<E: Endpoint<Query = Nothing>>(
        &self,
        by: &Person,
        endpoint: E,
        body: &E::Request,
    ) -> Result<E::Response, Problem> {
        self.send(Some(by), endpoint, &Nothing {}, body, &[]).await
    }

    /// Reads an endpoint with query parameters.
    ///
    /// # Errors
    /// The problem that the server answers.
    pub async fn get<E: Endpoint<Request = Nothing>>(
        &self,
        by: &Person,
        endpoint: E,
        query: &E::Query,
    ) -> Result<E::Response, Problem> {
        self.send(Some(by), endpoint, query, &Nothing {}, &[]).await
    }

    /// Calls an endpoint that wants the version that was read.
    ///
    /// # Errors
    /// The problem that the server answers.
    pub async fn call_at<E: Endpoint<Query = Nothing>>(
        &self,
        by: &Person,
        endpoint: E,
        version: i64,
        body: &E::Request,
    ) -> Result<E::Response, Problem> {
        self.send(Some(by), endpoint, &Nothing {}, body, &[("if-match", &version.to_string())]).await
    }

    /// Calls an endpoint with everything given; `by` is none for a visitor.
    ///
    /// # Errors
    /// The problem that the server answers.
    pub async fn send<E: Endpoint>(
        &self,
        by: Option<&Person>,
        endpoint: E,
        query: &E::Query,
        body: &E::Request,
        headers: &[(&str, &str)],
    ) -> Result<E::Response, Problem> {
        let body = matches!(E::INFO.method, Method::Post | Method::Put).then(|| serde_json::to_string(body).unwrap());
        let raw = self.raw(by, E::INFO.method.as_str(), &endpoint.url(query), body, headers).await;
        if raw.status.is_success() {
            Ok(serde_json::from_slice(&raw.bytes).unwrap_or_else(|e| panic!("{}: {e}: {}", E::INFO.name, raw.text())))
        } else {
            Err(serde_json::from_slice(&raw.bytes)
                .unwrap_or_else(|e| panic!("{} {}: not a problem: {e}: {}", E::INFO.name, raw.status, raw.text())))
        }
    }

    /// Sends any request; a body is sent as `application/json` unless `headers` say otherwise.
    pub async fn raw(
        &self,
        by: Option<&Person>,
        method: &str,
        url: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Raw {
        let mut request = Request::builder().method(method).uri(url);
        if let Some(person) = by {
            request = request.header(header::COOKIE, person.cookie());
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let renewed =
            parts.headers.get(header::SET_COOKIE).and_then(|v| v.to_str().ok()).and_then(|v| v.split(';').next());
        if let (Some(person), Some(cookie)) = (by, renewed) {
            *person.cookie.lock().unwrap() = cookie.to_owned();
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Raw { status: parts.status, headers: parts.headers, bytes }
    }
}

/// Makes a database of its own on a PostgreSQL server, and gives its address.
pub async fn fresh_postgres(server: &str) -> String {
    let name = format!("test_{}_{}", std::process::id(), uuid::Uuid::now_v7().simple());
    let mut admin = sqlx::PgConnection::connect(server).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}
