//! What the program does by itself, by the clock.

use crate::app::App;
use crate::http::error::ApiError;
use crate::votes;

/// Does what is due now: closes votes whose time has come. Running it twice does nothing more.
///
/// # Errors
/// When the database fails; what is due stays due.
pub async fn run_due(app: &App) -> Result<(), ApiError> {
    app.rates.tidy();
    votes::service::close_due(app).await
}
