//! SQL of exchange rates.

use shared::currency::Currency;
use shared::ids::{PersonId, RateId};
use shared::money::Rate;
use shared::rates::{RateDraft, RateKind, RateQuery, RateState};
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;

use crate::app::Ctx;
use crate::db::paging::PAGE;
use crate::db::{Tx, exactly_one};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A rate.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RateRow {
    /// Its id.
    pub id: RateId,
    /// The currency.
    pub currency: Currency,
    /// The day; the month's first for a monthly average.
    pub valid_on: Date,
    /// What it is for.
    pub kind: RateKind,
    /// Units per 1 EUR, in billionths.
    pub rate_nano: Rate,
    /// Where it comes from.
    pub source: String,
    /// How far it is.
    pub state: RateState,
    /// What it corrects.
    pub replaces: Option<RateId>,
    /// The value that it corrects.
    pub replaced_nano: Option<Rate>,
    /// Whether an approved correction stands in its place.
    pub is_replaced: bool,
    /// Who entered it.
    pub entered_by: PersonId,
    /// Their name.
    pub entered_name: String,
    /// When.
    pub entered_at: Timestamp,
    /// Who approved it.
    pub approved_name: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

const RATES: &str =
    "SELECT r.id, r.currency, r.valid_on, r.kind, r.rate_nano, r.source, r.state, r.replaces, o.rate_nano AS replaced_nano,
         EXISTS (SELECT 1 FROM fx_rates n WHERE n.replaces = r.id AND n.state = 'approved') AS is_replaced,
         r.entered_by, e.name AS entered_name, r.entered_at, a.name AS approved_name, r.approved_at
     FROM fx_rates r JOIN people e ON e.id = r.entered_by LEFT JOIN people a ON a.id = r.approved_by
     LEFT JOIN fx_rates o ON o.id = r.replaces WHERE 1 = 1";

/// A page of rates, the latest entered first.
///
/// # Errors
/// When the database fails.
pub async fn rates(tx: &mut Tx, filter: &RateQuery) -> Result<Vec<RateRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(RATES);
        if let Some(currency) = filter.currency {
            query.push(" AND r.currency = ").push_bind(currency);
        }
        if let Some(kind) = filter.kind {
            query.push(" AND r.kind = ").push_bind(kind);
        }
        if let Some(state) = filter.state {
            query.push(" AND r.state = ").push_bind(state);
        }
        if let Some(from) = filter.from {
            query.push(" AND r.valid_on >= ").push_bind(from);
        }
        if let Some(until) = filter.until {
            query.push(" AND r.valid_on <= ").push_bind(until);
        }
        if let Some(after) = filter.after {
            query.push(" AND r.id < ").push_bind(after);
        }
        query.push(" ORDER BY r.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Rates by id, the latest entered first.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(tx: &mut Tx, ids: &[RateId]) -> Result<Vec<RateRow>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(RATES);
        query.push(" AND r.id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(") ORDER BY r.id DESC");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// The approved rate that no approved correction has replaced.
///
/// # Errors
/// When the database fails.
pub async fn at(tx: &mut Tx, currency: Currency, valid_on: Date, kind: RateKind) -> Result<Option<Rate>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "SELECT r.rate_nano FROM fx_rates r
         WHERE r.currency = $1 AND r.valid_on = $2 AND r.kind = $3 AND r.state = 'approved'
             AND NOT EXISTS (SELECT 1 FROM fx_rates n WHERE n.replaces = r.id AND n.state = 'approved')"
    )
    .bind(currency)
    .bind(valid_on)
    .bind(kind)
    .fetch_optional(c)
    .await)?)
}

/// The approved monthly averages that count, of these months, by month.
///
/// # Errors
/// When the database fails.
pub async fn monthly_averages(tx: &mut Tx, currency: Currency, months: &[Date]) -> Result<Vec<(Date, Rate)>, ApiError> {
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Ok(Vec::new()) };
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT r.valid_on, r.rate_nano FROM fx_rates r
         WHERE r.currency = $1 AND r.valid_on BETWEEN $2 AND $3 AND r.kind = 'monthly_average' AND r.state = 'approved'
             AND NOT EXISTS (SELECT 1 FROM fx_rates n WHERE n.replaces = r.id AND n.state = 'approved')
         ORDER BY r.valid_on"
    )
    .bind(currency)
    .bind(*first)
    .bind(*last)
    .fetch_all(c)
    .await)?)
}

/// A rate that a draft may meet: the one that counts, or one that waits for approval.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct StandingRow {
    /// Its id.
    pub id: RateId,
    /// The currency.
    pub currency: Currency,
    /// Its date.
    pub valid_on: Date,
    /// What it is for.
    pub kind: RateKind,
    /// Units per 1 EUR.
    pub rate_nano: Rate,
    /// Entered or approved.
    pub state: RateState,
}

/// The rates that drafts of these currencies and days may meet.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &mut Tx, drafts: &[&RateDraft]) -> Result<Vec<StandingRow>, ApiError> {
    let days = || drafts.iter().map(|draft| draft.date());
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(Vec::new()) };
    let mut currencies: Vec<Currency> = drafts.iter().map(|draft| draft.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT r.id, r.currency, r.valid_on, r.kind, r.rate_nano, r.state FROM fx_rates r
             WHERE r.state <> 'withdrawn'
                 AND NOT EXISTS (SELECT 1 FROM fx_rates n WHERE n.replaces = r.id AND n.state = 'approved')
                 AND r.valid_on >= ",
        );
        query.push_bind(first).push(" AND r.valid_on <= ").push_bind(last).push(" AND r.currency IN (");
        let mut list = query.separated(", ");
        for currency in &currencies {
            list.push_bind(*currency);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A rate to be written, and what it corrects.
#[derive(Debug, Clone, Copy)]
pub struct NewRate<'a> {
    /// Its id.
    pub id: RateId,
    /// What it says.
    pub draft: &'a RateDraft,
    /// What it corrects.
    pub replaces: Option<RateId>,
}

/// Writes rates that wait for approval.
///
/// # Errors
/// When one waits already, or the database fails.
pub async fn insert(tx: &mut Tx, ctx: &Ctx<'_>, by: PersonId, rates: &[NewRate<'_>]) -> Result<(), ApiError> {
    if rates.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO fx_rates (id, currency, valid_on, kind, rate_nano, source, state, replaces, entered_by, entered_at) ",
        );
        insert.push_values(rates, |mut row, new| {
            row.push_bind(new.id)
                .push_bind(new.draft.currency)
                .push_bind(new.draft.date())
                .push_bind(new.draft.kind)
                .push_bind(new.draft.rate)
                .push_bind(new.draft.source.trim())
                .push_bind(RateState::Entered)
                .push_bind(new.replaces)
                .push_bind(by)
                .push_bind(ctx.now);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Approves entered rates.
///
/// # Errors
/// When not all of them were entered ones, or the database refuses.
pub async fn approve(tx: &mut Tx, ctx: &Ctx<'_>, by: PersonId, ids: &[RateId]) -> Result<(), ApiError> {
    let changed = on!(tx, |c| {
        let mut query = QueryBuilder::new("UPDATE fx_rates SET state = 'approved', approved_by = ");
        query.push_bind(by).push(", approved_at = ").push_bind(ctx.now).push(" WHERE state = 'entered' AND id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(")");
        query.build().execute(c).await.map(|done| crate::db::Affected::rows(&done))
    })?;
    if usize::try_from(changed) == Ok(ids.len()) {
        Ok(())
    } else {
        Err(ApiError::internal(format!("{changed} rates approved instead of {}", ids.len())))
    }
}

/// Takes an entered rate back.
///
/// # Errors
/// When it was not an entered one, or the database fails.
pub async fn withdraw(tx: &mut Tx, id: RateId) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE fx_rates SET state = 'withdrawn' WHERE id = $1 AND state = 'entered'", id)?)
}
