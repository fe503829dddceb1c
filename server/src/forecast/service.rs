//! What is still to be paid, by quarter and tranche by tranche.

use shared::endpoint::Page;
use shared::forecast::{Forecast, ForecastQuery, ForecastTranche, ForecastTrancheQuery};
use shared::fund::Account;
use shared::grants::TrancheState;
use shared::money::Money;
use shared::time::Date;

use super::store::{self, Chosen};
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::store::{FundRow, journal};
use crate::http::error::ApiError;

/// The forecast by quarter: the sums of the rows that [`tranches`] and the export list (M3).
///
/// # Errors
/// When the database fails.
pub async fn forecast(
    tx: &mut Tx,
    fund: Granted<FundRow>,
    query: &ForecastQuery,
    today: Date,
) -> Result<Forecast, ApiError> {
    let chosen = Chosen { fund_id: Some(fund.id), call_id: query.call_id, ..Chosen::default() };
    let days = store::days(tx, &chosen).await?;
    let cash = journal::balance(tx, fund.id, fund.currency, Account::Cash).await?;
    let receivable = journal::balance(tx, fund.id, fund.currency, Account::Receivable).await?;
    let days = days.into_iter().map(|(day, minor)| (day, Money::from_minor(minor, fund.currency)));
    Ok(Forecast::add_up(days, [cash, receivable], query.call_id.is_none(), today)?)
}

/// A page of the tranches that are to be paid.
///
/// # Errors
/// When the database fails.
pub async fn tranches(
    tx: &mut Tx,
    fund: Granted<FundRow>,
    query: &ForecastTrancheQuery,
    today: Date,
) -> Result<Page<ForecastTranche>, ApiError> {
    let chosen = Chosen { fund_id: Some(fund.id), call_id: query.call_id, from: query.from, until: query.until };
    let mut rows = store::page(tx, &chosen, query.after).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    let items = rows
        .into_iter()
        .map(|row| ForecastTranche {
            id: row.id,
            due_on: row.due_on,
            call: row.call,
            agreement_id: row.agreement_id,
            agreement: row.agreement,
            recipient: row.recipient_name,
            number: row.tranche,
            state: TrancheState::at(row.state, row.due_on, today),
            left: Money::from_minor(row.left_minor, row.currency),
        })
        .collect();
    Ok(Page { items, next })
}
