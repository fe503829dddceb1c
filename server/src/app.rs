//! The application: what handlers share, and the router with its layers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, middleware};
use shared::ids::PersonId;
use shared::time::Timestamp;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration as CookieDuration;
use tower_sessions::{Expiry, SessionManagerLayer};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::password::Passwords;
use crate::auth::rate::Rates;
use crate::auth::session_store::Sessions;
use crate::clock::{Clock, Ids};
use crate::db::Db;
use crate::http::{layers, openapi, pages, routes::Routes};

/// The largest request body: a whole proposal is far below.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// A session ends so long after its last use.
pub const SESSION_HOURS: i64 = 2;

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The present.
    pub clock: Clock,
    /// New ids.
    pub ids: Arc<Ids>,
    /// Password hashing, a few at a time.
    pub passwords: Passwords,
    /// Sign-in limits.
    pub rates: Arc<Rates>,
    /// Where the browser's files are.
    pub assets: PathBuf,
}

/// Who does something, when, and where new ids come from: one per request.
pub struct Ctx<'a> {
    /// Who; none for the program itself.
    pub actor: Option<&'a Actor>,
    /// The request's one present.
    pub now: Timestamp,
    ids: &'a Ids,
}

impl Ctx<'_> {
    /// A new id.
    #[must_use]
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.ids.next(self.now))
    }

    /// Who; none for the program itself.
    #[must_use]
    pub fn person_id(&self) -> Option<PersonId> {
        self.actor.map(|actor| actor.person_id)
    }
}

impl App {
    /// Over a database and a clock.
    #[must_use]
    pub fn new(db: Db, clock: Clock, assets: PathBuf) -> Self {
        Self { db, clock, ids: Arc::default(), passwords: Passwords::default(), rates: Arc::default(), assets }
    }

    /// The context of a request by an actor.
    #[must_use]
    pub fn ctx<'a>(&'a self, actor: &'a Actor) -> Ctx<'a> {
        Ctx { actor: Some(actor), now: self.clock.now(), ids: &self.ids }
    }

    /// The context of something that the program does by itself.
    #[must_use]
    pub fn system_ctx(&self) -> Ctx<'_> {
        Ctx { actor: None, now: self.clock.now(), ids: &self.ids }
    }

    /// Every endpoint with its handler.
    #[must_use]
    pub fn routes() -> Routes {
        Routes::new()
            .merge(crate::people::routes::routes())
            .merge(crate::home::routes::routes())
            .merge(crate::forecast::routes::routes())
            .merge(crate::fund::routes::routes())
            .merge(crate::calls::routes::routes())
            .merge(crate::concepts::routes::routes())
            .merge(crate::proposals::routes::routes())
            .merge(crate::reviews::routes::routes())
            .merge(crate::votes::routes::routes())
            .merge(crate::grants::routes::routes())
            .merge(crate::waitlist::routes::routes())
            .merge(crate::rates::routes::routes())
            .merge(crate::periods::routes::routes())
            .merge(crate::bank::routes::routes())
            .merge(crate::batches::routes::routes())
            .merge(crate::audit_log::routes::routes())
            .merge(crate::reports::routes::routes())
            .merge(crate::amendments::routes::routes())
            .merge(crate::exports::routes::routes())
    }

    /// The whole application as a service.
    pub fn router(&self) -> Router {
        let sessions = SessionManagerLayer::new(Sessions::new(self.db.clone()))
            .with_name("__Host-session")
            .with_secure(true)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_path("/")
            .with_expiry(Expiry::OnInactivity(CookieDuration::hours(SESSION_HOURS)));
        let api = Self::routes()
            .into_router()
            .route(
                &format!("{}/openapi.json", shared::endpoint::BASE),
                get(|| async { ([(axum::http::header::CONTENT_TYPE, "application/json")], openapi::COMMITTED) }),
            )
            .layer(sessions)
            .layer(CompressionLayer::new());
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .merge(api)
            .merge(pages::router(&self.assets))
            .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
            .layer(CsrfLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
            .layer(middleware::from_fn(layers::problems))
            .layer(middleware::from_fn(layers::safety))
            .layer(middleware::from_fn_with_state(self.clone(), layers::clock))
            .layer(TraceLayer::new_for_http())
            .layer(PropagateRequestIdLayer::new(layers::REQUEST_ID))
            .layer(SetRequestIdLayer::new(layers::REQUEST_ID, MakeRequestUuid))
            .with_state(self.clone())
    }
}
