//! Endpoints of reviews.

use crate::http::routes::Routes;

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
}
