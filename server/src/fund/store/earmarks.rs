//! SQL of what contributions may be used for (M24, V7).

use std::collections::BTreeMap;

use shared::calls::FundingWindow;
use shared::fund::{Earmark, GrantUse};
use shared::ids::{CallId, ContributionId, FundId, OrganisationId, ProposalId};
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::db::Tx;
use crate::http::error::ApiError;
use crate::on;

type Row = (ContributionId, String, String, Option<CallId>);

fn gather(rows: Vec<Row>) -> BTreeMap<Uuid, Earmark> {
    let mut all: BTreeMap<Uuid, Earmark> = BTreeMap::new();
    for (id, kind, value, call_id) in rows {
        let earmark = all.entry(id.0).or_default();
        match kind.as_str() {
            "country" => earmark.countries.push(value),
            "excluded_country" => earmark.excluded_countries.push(value),
            "window" => earmark.windows.extend(FundingWindow::parse(&value)),
            _ => earmark.calls.extend(call_id),
        }
    }
    all
}

/// The earmarks of a fund's contributions, by contribution.
///
/// # Errors
/// When the database fails.
pub async fn of_fund(tx: &mut Tx, fund_id: FundId) -> Result<BTreeMap<Uuid, Earmark>, ApiError> {
    let rows = on!(tx, |c| sqlx::query_as(
        "SELECT m.contribution_id, m.kind, m.value, m.call_id FROM contributions k
         JOIN earmarks m ON m.contribution_id = k.id WHERE k.fund_id = $1 ORDER BY m.kind, m.value"
    )
    .bind(fund_id)
    .fetch_all(c)
    .await)?;
    Ok(gather(rows))
}

/// Writes a contribution's earmark.
///
/// # Errors
/// When a call is not known, or the database fails.
pub async fn insert(tx: &mut Tx, id: ContributionId, earmark: &Earmark) -> Result<(), ApiError> {
    let none = None::<CallId>;
    let countries = earmark.countries.iter().map(|country| ("country", country.clone(), none));
    let excluded = earmark.excluded_countries.iter().map(|country| ("excluded_country", country.clone(), none));
    let windows = earmark.windows.iter().map(|window| ("window", window.as_str().to_owned(), none));
    let calls = earmark.calls.iter().map(|call| ("call", call.to_string(), Some(*call)));
    let rows: Vec<_> = countries.chain(excluded).chain(windows).chain(calls).collect();
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut insert = QueryBuilder::new("INSERT INTO earmarks (contribution_id, kind, value, call_id) ");
        insert.push_values(rows, |mut row, (kind, value, call_id)| {
            row.push_bind(id).push_bind(kind).push_bind(value).push_bind(call_id);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// How many of the calls are calls of the fund.
///
/// # Errors
/// When the database fails.
pub async fn known_calls(tx: &mut Tx, fund_id: FundId, calls: &[CallId]) -> Result<usize, ApiError> {
    if calls.is_empty() {
        return Ok(0);
    }
    let found: i64 = on!(tx, |c| {
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM calls WHERE fund_id = ");
        query.push_bind(fund_id).push(" AND id IN (");
        let mut list = query.separated(", ");
        for call in calls {
            list.push_bind(*call);
        }
        query.push(")");
        query.build_query_scalar().fetch_one(c).await
    })?;
    Ok(usize::try_from(found).unwrap_or(0))
}

/// The codes of the fund's calls, by id: there are few.
///
/// # Errors
/// When the database fails.
pub async fn call_codes(tx: &mut Tx, fund_id: FundId) -> Result<BTreeMap<Uuid, String>, ApiError> {
    let rows: Vec<(CallId, String)> = on!(tx, |c| sqlx::query_as(
        "SELECT DISTINCT c.id, c.code FROM earmarks m JOIN calls c ON c.id = m.call_id WHERE c.fund_id = $1"
    )
    .bind(fund_id)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, code)| (id.0, code)).collect())
}

/// A call of the fund, as an earmark sees it.
///
/// # Errors
/// When the database fails.
pub async fn call_use(tx: &mut Tx, fund_id: FundId, id: CallId) -> Result<Option<GrantUse>, ApiError> {
    let window: Option<FundingWindow> =
        on!(tx, |c| sqlx::query_scalar("SELECT funding_window FROM calls WHERE id = $1 AND fund_id = $2")
            .bind(id)
            .bind(fund_id)
            .fetch_optional(c)
            .await)?;
    Ok(window.map(|window| GrantUse { country: None, call_id: id, window }))
}

/// A proposal to the fund, as an earmark sees it.
///
/// # Errors
/// When the database fails.
pub async fn proposal_use(tx: &mut Tx, fund_id: FundId, id: ProposalId) -> Result<Option<GrantUse>, ApiError> {
    let row: Option<(String, CallId, FundingWindow)> = on!(tx, |c| sqlx::query_as(
        "SELECT p.country, c.id, c.funding_window FROM proposals p JOIN calls c ON c.id = p.call_id
         WHERE p.id = $1 AND c.fund_id = $2"
    )
    .bind(id)
    .bind(fund_id)
    .fetch_optional(c)
    .await)?;
    Ok(row.map(|(country, call_id, window)| GrantUse { country: Some(country), call_id, window }))
}

/// A proposal and an organisation that voted yes in the last carried motion on it.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct YesRow {
    /// The proposal.
    pub proposal_id: ProposalId,
    /// The organisation.
    pub organisation_id: OrganisationId,
}

/// Who voted yes in the last carried motion on each proposal of a call (V7); a recused one's ballot is
/// void (K3).
///
/// # Errors
/// When the database fails.
pub async fn voted_yes(tx: &mut Tx, call_id: CallId) -> Result<Vec<YesRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT m.proposal_id, b.organisation_id
         FROM motions m JOIN proposals p ON p.id = m.proposal_id JOIN ballots b ON b.motion_id = m.id AND b.choice = 'yes'
         JOIN motion_voters v ON v.motion_id = m.id AND v.organisation_id = b.organisation_id AND NOT v.is_recused
         WHERE p.call_id = $1 AND m.state = 'carried'
             AND NOT EXISTS (SELECT 1 FROM motions n WHERE n.proposal_id = m.proposal_id AND n.state = 'carried' AND n.id > m.id)"
    )
    .bind(call_id)
    .fetch_all(c)
    .await
    })?)
}
