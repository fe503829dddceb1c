//! [`Actor`]: the person behind a request, with what they hold today.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use shared::ids::{OrganisationId, PersonId};
use shared::people::Membership;
use shared::permission::{Permission, Role, Scope};
use shared::problem::Code;
use tower_sessions::Session;

use super::policy::Granted;
use super::session_store::PERSON;
use crate::app::App;
use crate::http::error::ApiError;
use crate::people::store;

/// Where a session keeps the version of the rights it was made for.
pub const RIGHTS: &str = "rights";

/// Where a session keeps when it was last prolonged, in seconds since 1970.
const TOUCHED: &str = "touched";

/// A session is prolonged at most this often, so that reading pages does not write.
const TOUCH_SECONDS: i64 = 600;

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person.
    pub person_id: PersonId,
    /// Memberships that are valid today.
    pub memberships: Vec<Membership>,
}

impl Actor {
    /// The roles held today.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        self.memberships.iter().map(|m| m.role)
    }

    /// Whether a role is held today.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles().any(|held| held == role)
    }

    /// How far a right reaches.
    #[must_use]
    pub fn scope(&self, permission: Permission) -> Scope {
        shared::permission::scope(self.roles(), permission)
    }

    /// The organisations for which a right is held.
    #[must_use]
    pub fn organisations(&self, permission: Permission) -> Vec<OrganisationId> {
        self.memberships
            .iter()
            .filter(|m| m.role.scope(permission) > Scope::Nothing)
            .filter_map(|m| m.organisation.as_ref().map(|o| o.id))
            .collect()
    }

    /// Every organisation the person belongs to today, for conflicts of interest (K2).
    #[must_use]
    pub fn all_organisations(&self) -> Vec<OrganisationId> {
        self.memberships.iter().filter_map(|m| m.organisation.as_ref().map(|o| o.id)).collect()
    }

    /// Proof that the person holds a right at all.
    ///
    /// # Errors
    /// [`Code::Forbidden`] otherwise.
    pub fn require(&self, permission: Permission) -> Result<Granted<()>, ApiError> {
        super::policy::require(self, permission)
    }
}

impl FromRequestParts<App> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, e)| ApiError::internal(e))?;
        actor_of(app, &session).await?.ok_or_else(|| Code::SignInRequired.into())
    }
}

/// The person a session belongs to; none when nobody is signed in or the account is closed.
///
/// # Errors
/// When the database fails.
pub async fn actor_of(app: &App, session: &Session) -> Result<Option<Actor>, ApiError> {
    let failed = |e: tower_sessions::session::Error| ApiError::internal(e.to_string());
    let Some(person_id) = session.get::<PersonId>(PERSON).await.map_err(failed)? else { return Ok(None) };
    let mut tx = app.db.read().await?;
    let Some(rights_version) = store::rights_version(&mut tx, person_id).await? else { return Ok(None) };
    let memberships = store::memberships_on(&mut tx, person_id, app.clock.now().date()).await?;
    drop(tx);
    // A change of rights gets a new session id.
    if session.get::<i64>(RIGHTS).await.map_err(failed)? != Some(rights_version) {
        session.cycle_id().await.map_err(failed)?;
        session.insert(RIGHTS, rights_version).await.map_err(failed)?;
    }
    let now = chrono::Utc::now().timestamp();
    if session.get::<i64>(TOUCHED).await.map_err(failed)?.is_none_or(|at| now - at > TOUCH_SECONDS) {
        session.insert(TOUCHED, now).await.map_err(failed)?;
    }
    Ok(Some(Actor { person_id, memberships }))
}
