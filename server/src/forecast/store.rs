//! SQL of what is still to be paid: one set of rows, summed by day, listed by page, or streamed.

use futures::TryStreamExt;
use shared::currency::Currency;
use shared::grants::TrancheState;
use shared::ids::{AgreementId, CallId, FundId, TrancheId};
use shared::time::Date;
use sqlx::{Database, QueryBuilder};

use crate::db::Tx;
use crate::db::paging::PAGE;
use crate::exports::store::Each;
use crate::http::error::ApiError;
use crate::on;

/// What is still to be paid of a tranche `t`, in minor units: what may be paid, or else the plan with
/// what was moved to it, less what was paid and did not come back.
const LEFT: &str =
    "(COALESCE(t.payable_minor, t.planned_minor + t.carried_minor) - CAST(COALESCE((SELECT SUM(d.amount_minor)
    FROM disbursements d WHERE d.tranche_id = t.id AND d.state IN ('paid', 'reconciled')), 0) AS BIGINT))";

/// Which tranches of signed agreements: all when nothing is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen {
    /// Of one fund.
    pub fund_id: Option<FundId>,
    /// Of one call.
    pub call_id: Option<CallId>,
    /// Due on this day or later.
    pub from: Option<Date>,
    /// Due on this day or earlier.
    pub until: Option<Date>,
}

/// A tranche that is not paid up.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ForecastRow {
    /// Its id.
    pub id: TrancheId,
    /// When it is due.
    pub due_on: Date,
    /// The call's code.
    pub call: String,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement: String,
    /// The recipient's code.
    pub recipient: String,
    /// Its name.
    pub recipient_name: String,
    /// The tranche's number.
    pub tranche: i64,
    /// How far it is.
    pub state: TrancheState,
    /// What is still to be paid of it.
    pub left_minor: i64,
    /// In the fund's currency.
    pub currency: Currency,
}

/// Adds which tranches `t` of agreements `a` count: never more in all than the agreements have left.
fn choose<DB: Database>(query: &mut QueryBuilder<DB>, chosen: &Chosen)
where
    FundId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    CallId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Date: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    query.push(" WHERE a.signed_at IS NOT NULL AND a.state <> 'closed' AND t.state <> 'paid' AND ");
    query.push(LEFT).push(" > 0");
    if let Some(fund_id) = chosen.fund_id {
        query.push(" AND a.fund_id = ").push_bind(fund_id);
    }
    if let Some(call_id) = chosen.call_id {
        query.push(" AND a.call_id = ").push_bind(call_id);
    }
    if let Some(from) = chosen.from {
        query.push(" AND t.due_on >= ").push_bind(from);
    }
    if let Some(until) = chosen.until {
        query.push(" AND t.due_on <= ").push_bind(until);
    }
}

/// What the rows begin with.
fn rows<DB: Database>() -> QueryBuilder<DB> {
    let mut query = QueryBuilder::new(
        "SELECT t.id, t.due_on, c.code AS call, a.id AS agreement_id, a.number AS agreement, o.code AS recipient,
             o.name AS recipient_name, t.number AS tranche, t.state, ",
    );
    query.push(LEFT).push(
        " AS left_minor, f.currency FROM tranches t JOIN agreements a ON a.id = t.agreement_id
         JOIN funds f ON f.id = a.fund_id JOIN calls c ON c.id = a.call_id
         JOIN organisations o ON o.id = a.organisation_id",
    );
    query
}

/// What is left to pay per day that tranches are due on, earliest first.
///
/// # Errors
/// When the database fails.
pub async fn days(tx: &mut Tx, chosen: &Chosen) -> Result<Vec<(Date, i64)>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new("SELECT t.due_on, CAST(SUM(");
        query.push(LEFT).push(") AS BIGINT) FROM tranches t JOIN agreements a ON a.id = t.agreement_id");
        choose(&mut query, chosen);
        query.push(" GROUP BY t.due_on ORDER BY t.due_on");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A page of tranches, earliest first, and one more.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx, chosen: &Chosen, after: Option<TrancheId>) -> Result<Vec<ForecastRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = rows();
        choose(&mut query, chosen);
        if let Some(after) = after {
            query.push(" AND (t.due_on, t.id) > (SELECT l.due_on, l.id FROM tranches l WHERE l.id = ");
            query.push_bind(after).push(")");
        }
        query.push(" ORDER BY t.due_on, t.id LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Streams all of them by due date, agreement and number.
///
/// # Errors
/// When the database fails or the taker does.
pub async fn stream(tx: &mut Tx, chosen: &Chosen, each: &mut impl Each<ForecastRow>) -> Result<(), ApiError> {
    on!(tx, |c| {
        let mut query = rows();
        choose(&mut query, chosen);
        query.push(" ORDER BY t.due_on, a.number, t.number");
        let mut found = query.build_query_as::<ForecastRow>().fetch(c);
        while let Some(row) = found.try_next().await? {
            each.take(row).await?;
        }
    });
    Ok(())
}
