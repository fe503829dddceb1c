//! What the program does by itself, by the clock.

use crate::app::App;
use crate::http::error::ApiError;
use crate::{fund, grants, votes, waitlist};

/// Does what is due now: closes votes whose time has come, gives back reservations that have lapsed
/// (M23), ends agreements after their last day, checks the ledger each night. Running it twice does
/// nothing more; what fails holds up nothing else.
///
/// # Errors
/// When the database fails; what is due stays due.
pub async fn run_due(app: &App) -> Result<(), ApiError> {
    app.rates.tidy();
    let closed = votes::service::close_due(app).await;
    let lapsed = waitlist::service::lapse_due(app).await;
    let checked = fund::check::run_nightly(app).await;
    grants::service::end_due(app).await?;
    closed.and(lapsed.map(|_| ())).and(checked)
}
