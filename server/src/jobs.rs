//! What the program does by itself, by the clock.

use crate::app::App;
use crate::http::error::ApiError;

/// Does what is due now. Running it twice does nothing more.
///
/// # Errors
/// When the database fails; what is due stays due.
pub async fn run_due(app: &App) -> Result<(), ApiError> {
    app.rates.tidy();
    Ok(())
}
