//! May they? The one place that decides: the rights table is `shared::permission`, the functions
//! here load a row, apply the table's scope, and hand out a proof.
//!
//! A service that needs a right takes a [`Granted`]; only this module can make one, so an
//! unchecked call does not compile. What somebody may not know of is `not_found`.

pub mod amendments;
pub mod audit_log;
pub mod calls;
pub mod concepts;
pub mod exports;
pub mod fund;
pub mod grants;
pub mod proposals;
pub mod reports;
pub mod reviews;
pub mod votes;

use shared::permission::{Permission, Scope};
use shared::problem::Code;

use super::actor::Actor;
use crate::http::error::ApiError;

/// Proof that a right was checked, with the row it was checked for.
#[derive(Debug)]
pub struct Granted<T> {
    row: T,
}

impl<T> Granted<T> {
    fn new(row: T) -> Self {
        Self { row }
    }

    /// The row, for good.
    pub fn into_inner(self) -> T {
        self.row
    }
}

impl<T> std::ops::Deref for Granted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.row
    }
}

/// Of two rights of which either suffices, one that the actor holds; the second when neither.
#[must_use]
pub fn either(actor: &Actor, [one, other]: [Permission; 2]) -> Permission {
    if actor.scope(one) > Scope::Nothing { one } else { other }
}

/// Proof that the actor holds a right at all.
///
/// # Errors
/// [`Code::Forbidden`] otherwise.
pub fn require(actor: &Actor, permission: Permission) -> Result<Granted<()>, ApiError> {
    if actor.scope(permission) > Scope::Nothing { Ok(Granted::new(())) } else { Err(Code::Forbidden.into()) }
}
