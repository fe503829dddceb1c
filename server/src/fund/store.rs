//! SQL of the fund's money.

pub mod check;
pub mod corrections;
pub mod earmarks;
pub mod journal;

pub use journal::{balance, booked_parts};

use shared::currency::Currency;
use shared::fund::{
    Account, AllocationDraft, AllocationQuery, BookingState, ContributionDraft, ContributionQuery, ContributionState,
    EntryKind, FundDraft, Purpose, ReceiptBooking, ReceiptDraft, ReceiptQuery, SplitMethod,
};
use shared::ids::{AllocationId, CallId, ContributionId, FundId, OrganisationId, PersonId, RateId, ReceiptId};
use shared::money::{Money, Rate};
use shared::people::OrganisationRef;
use shared::time::{Date, Timestamp};
use sqlx::{AssertSqlSafe, QueryBuilder};

use crate::app::Ctx;
use crate::db::paging::PAGE;
use crate::db::{Tx, dialect, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

// --- funds and balances ---

/// A fund.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FundRow {
    /// Its id.
    pub id: FundId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Above this a payment needs the head of desk as well, in minor units (M70).
    pub second_approval_above_minor: i64,
    /// How approvals are split over donors (M60).
    pub split_method: SplitMethod,
}

/// A fund by id.
///
/// # Errors
/// When the database fails.
pub async fn fund(tx: &mut Tx, id: FundId) -> Result<Option<FundRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT id, code, name, currency, second_approval_above_minor, split_method FROM funds WHERE id = $1"
    )
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// Whether there is a fund.
///
/// # Errors
/// When the database fails.
pub async fn has_fund(tx: &mut Tx) -> Result<bool, ApiError> {
    let funds: i64 = on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM funds").fetch_one(c).await)?;
    Ok(funds > 0)
}

/// Writes a fund.
///
/// # Errors
/// When the database fails.
pub async fn insert_fund(tx: &mut Tx, ctx: &Ctx<'_>, draft: &FundDraft) -> Result<FundId, ApiError> {
    let id: FundId = ctx.id();
    execute!(
        tx,
        "INSERT INTO funds (id, code, name, currency, second_approval_above_minor, split_method, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        draft.code.trim(),
        draft.name.trim(),
        draft.second_approval_above.currency(),
        draft.second_approval_above.minor(),
        draft.split_method,
        ctx.now,
    )?;
    Ok(id)
}

/// The organisations that give money, by code: there are few.
///
/// # Errors
/// When the database fails.
pub async fn funders(tx: &mut Tx) -> Result<Vec<OrganisationRef>, ApiError> {
    let rows: Vec<(OrganisationId, String, String)> = on!(tx, |c| sqlx::query_as(
        "SELECT id, code, name FROM organisations WHERE kind = 'funder' ORDER BY code LIMIT 100"
    )
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, code, name)| OrganisationRef { id, code, name }).collect())
}

/// The organisations that signed contributions, by code.
///
/// # Errors
/// When the database fails.
pub async fn donors(tx: &mut Tx, fund_id: FundId) -> Result<Vec<OrganisationRef>, ApiError> {
    let rows: Vec<(OrganisationId, String, String)> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT o.id, o.code, o.name FROM organisations o
         WHERE o.id IN (SELECT c.donor_id FROM contributions c WHERE c.fund_id = $1 AND c.signed_on IS NOT NULL) ORDER BY o.code"
    )
    .bind(fund_id)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(|(id, code, name)| OrganisationRef { id, code, name }).collect())
}

// --- the status ---

/// A donor's balance in an account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DonorBalanceRow {
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The account.
    pub account: Account,
    /// Debit positive.
    pub balance_minor: i64,
}

/// The balances per donor and account, by donor code: now, or summed over the journal up to a day.
///
/// # Errors
/// When the database fails.
pub async fn donor_balances(
    tx: &mut Tx,
    fund_id: FundId,
    as_of: Option<Date>,
) -> Result<Vec<DonorBalanceRow>, ApiError> {
    Ok(match as_of {
        None => on!(tx, |c| sqlx::query_as(
            "SELECT k.donor_id, o.code, o.name, b.account, CAST(SUM(b.balance_minor) AS BIGINT) AS balance_minor
             FROM contributions k JOIN contribution_balances b ON b.contribution_id = k.id
             JOIN organisations o ON o.id = k.donor_id
             WHERE k.fund_id = $1 GROUP BY k.donor_id, o.code, o.name, b.account ORDER BY o.code"
        )
        .bind(fund_id)
        .fetch_all(c)
        .await)?,
        Some(day) => on!(tx, |c| sqlx::query_as(
            "SELECT p.donor_id, o.code, o.name, p.account, CAST(SUM(p.amount_minor) AS BIGINT) AS balance_minor
             FROM journal_entries e JOIN postings p ON p.entry_id = e.id JOIN organisations o ON o.id = p.donor_id
             WHERE e.fund_id = $1 AND e.posted_on <= $2
             GROUP BY p.donor_id, o.code, o.name, p.account ORDER BY o.code"
        )
        .bind(fund_id)
        .bind(day)
        .fetch_all(c)
        .await)?,
    })
}

/// A donor's contributions in one of its currencies.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnCurrencyRow {
    /// The donor.
    pub donor_id: OrganisationId,
    /// The currency.
    pub currency: Currency,
    /// Signed, in that currency.
    pub signed_minor: i64,
    /// Received, in that currency.
    pub received_minor: i64,
    /// Signed, in the fund's currency.
    pub signed_eur_minor: i64,
    /// Gain or loss, in the fund's currency.
    pub gain_minor: i64,
}

/// What donors signed and paid in their own currencies, now or up to a day. A receipt that was reversed
/// later counts until then, as in the journal (M3).
///
/// # Errors
/// When the database fails.
pub async fn own_currencies(
    tx: &mut Tx,
    fund_id: FundId,
    as_of: Option<Date>,
) -> Result<Vec<OwnCurrencyRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT c.donor_id, c.currency, CAST(SUM(c.signed_minor) AS BIGINT) AS signed_minor,
             CAST(SUM(COALESCE(r.amount_minor, 0)) AS BIGINT) AS received_minor,
             CAST(SUM(c.signed_eur_minor) AS BIGINT) AS signed_eur_minor,
             CAST(SUM(COALESCE(r.gain_minor, 0)) AS BIGINT) AS gain_minor
         FROM contributions c LEFT JOIN (
             SELECT contribution_id, SUM(amount_minor) AS amount_minor, SUM(gain_minor) AS gain_minor
             FROM receipts b JOIN journal_entries e ON e.kind = $3 AND e.source_id = b.id
             WHERE e.posted_on <= COALESCE($2, e.posted_on) AND NOT EXISTS (SELECT 1 FROM journal_entries x
                 WHERE x.reverses = e.id AND x.posted_on <= COALESCE($2, x.posted_on))
             GROUP BY contribution_id
         ) r ON r.contribution_id = c.id
         WHERE c.fund_id = $1 AND c.signed_on IS NOT NULL AND c.signed_on <= COALESCE($2, c.signed_on)
         GROUP BY c.donor_id, c.currency ORDER BY c.currency"
    )
    .bind(fund_id)
    .bind(as_of)
    .bind(EntryKind::Receipt)
    .fetch_all(c)
    .await)?)
}

/// A call and what it has used, in minor units of the fund's currency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CallStatusRow {
    /// The call.
    pub call_id: CallId,
    /// Its code.
    pub code: String,
    /// Its title in English.
    pub title_en: String,
    /// Its title in French.
    pub title_fr: String,
    /// Its envelope.
    pub envelope_minor: i64,
    /// Approved, not signed.
    pub reserved_minor: i64,
    /// Signed agreements.
    pub committed_minor: i64,
    /// Paid.
    pub disbursed_minor: i64,
}

/// The fund's calls, except drafts, by code, with what they have used now or up to a day; then with the
/// envelope of that day, and without those published later (M3).
///
/// # Errors
/// When the database fails.
pub async fn call_statuses(tx: &mut Tx, fund_id: FundId, as_of: Option<Date>) -> Result<Vec<CallStatusRow>, ApiError> {
    Ok(match as_of {
        None => on!(tx, |c| {
            sqlx::query_as(
            "SELECT c.id AS call_id, c.code, c.title_en, c.title_fr, b.envelope_minor, b.reserved_minor, b.committed_minor,
                 CAST(COALESCE(d.disbursed_minor, 0) AS BIGINT) AS disbursed_minor
             FROM calls c JOIN call_balances b ON b.call_id = c.id
             LEFT JOIN (SELECT a.call_id, SUM(ab.disbursed_minor) AS disbursed_minor
                 FROM agreements a JOIN agreement_balances ab ON ab.agreement_id = a.id GROUP BY a.call_id) d ON d.call_id = c.id
             WHERE c.fund_id = $1 AND c.phase <> 'draft' ORDER BY c.code"
        )
        .bind(fund_id)
        .fetch_all(c)
        .await
        })?,
        Some(day) => {
            let (published_on, made_on) = (dialect::day_of(tx, "c.published_at"), dialect::day_of(tx, "g.made_at"));
            let sql = format!(
                "SELECT c.id AS call_id, c.code, c.title_en, c.title_fr,
                 COALESCE((SELECT g.envelope_before_minor FROM call_corrigenda g WHERE g.call_id = c.id AND {made_on} > $2
                     ORDER BY g.made_at, g.id LIMIT 1), c.envelope_minor) AS envelope_minor,
                 CAST(COALESCE(SUM(CASE p.account WHEN 'reserved' THEN -p.amount_minor ELSE 0 END), 0) AS BIGINT) AS reserved_minor,
                 CAST(COALESCE(SUM(CASE p.account WHEN 'committed' THEN -p.amount_minor ELSE 0 END), 0) AS BIGINT) AS committed_minor,
                 CAST(COALESCE(SUM(CASE p.account WHEN 'disbursed' THEN p.amount_minor ELSE 0 END), 0) AS BIGINT) AS disbursed_minor
             FROM calls c
             LEFT JOIN (postings p JOIN journal_entries e ON e.id = p.entry_id AND e.posted_on <= $2) ON p.call_id = c.id
             WHERE c.fund_id = $1 AND {published_on} <= $2
             GROUP BY c.id, c.code, c.title_en, c.title_fr, c.envelope_minor ORDER BY c.code"
            );
            on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(fund_id).bind(day).fetch_all(c).await)?
        }
    })
}

// --- contributions ---

/// A contribution.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ContributionRow {
    /// Its id.
    pub id: ContributionId,
    /// The fund.
    pub fund_id: FundId,
    /// The fund's currency.
    pub fund_currency: Currency,
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor_code: String,
    /// Its name.
    pub donor_name: String,
    /// Unique.
    pub reference: String,
    /// The donor's currency.
    pub currency: Currency,
    /// Signed, in the donor's currency.
    pub signed_minor: i64,
    /// Budget rate.
    pub budget_rate_nano: Rate,
    /// Where it is from.
    pub rate_source: String,
    /// The rate of the table that it is.
    pub rate_id: Option<RateId>,
    /// Signed, in the fund's currency.
    pub signed_eur_minor: i64,
    /// Received, in the donor's currency.
    pub received_minor: i64,
    /// Received, as booked.
    pub received_eur_minor: i64,
    /// Gain or loss on what was received.
    pub gain_minor: i64,
    /// What will not come, in the donor's currency (M22).
    pub terminated_minor: i64,
    /// What will not come, in the fund's currency.
    pub terminated_eur_minor: i64,
    /// Whether rows limit what it may be used for (M24).
    pub is_earmarked: bool,
    /// What is not used of it.
    pub headroom_minor: i64,
    /// Promised from this day on.
    pub valid_from: Option<Date>,
    /// Promised until this day.
    pub valid_until: Option<Date>,
    /// How far it is.
    pub state: ContributionState,
    /// The day of the pledge.
    pub pledged_on: Date,
    /// The day of the signature.
    pub signed_on: Option<Date>,
    /// Who recorded it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who confirmed the signature, by name.
    pub signed_name: Option<String>,
    /// When.
    pub signed_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const CONTRIBUTIONS: &str =
    "SELECT c.id, c.fund_id, f.currency AS fund_currency, c.donor_id, o.code AS donor_code, o.name AS donor_name, c.reference,
         c.currency, c.signed_minor, c.budget_rate_nano, c.rate_source, c.rate_id, c.signed_eur_minor, c.received_minor, c.received_eur_minor,
         CAST(COALESCE((SELECT SUM(r.gain_minor) FROM receipts r WHERE r.contribution_id = c.id AND r.state = 'confirmed'), 0) AS BIGINT) AS gain_minor,
         c.terminated_minor, c.terminated_eur_minor, c.is_earmarked, c.valid_from, c.valid_until,
         COALESCE((SELECT -b.balance_minor FROM contribution_balances b WHERE b.contribution_id = c.id AND b.account = 'headroom'), 0) AS headroom_minor,
         c.state, c.pledged_on, c.signed_on, c.prepared_by, p.name AS prepared_name, c.prepared_at,
         s.name AS signed_name, c.signed_at, c.version
     FROM contributions c JOIN funds f ON f.id = c.fund_id JOIN organisations o ON o.id = c.donor_id
     JOIN people p ON p.id = c.prepared_by LEFT JOIN people s ON s.id = c.signed_by WHERE ";

/// A contribution by id.
///
/// # Errors
/// When the database fails.
pub async fn contribution(tx: &mut Tx, id: ContributionId) -> Result<Option<ContributionRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(CONTRIBUTIONS);
        query.push("c.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A page of contributions, newest first, and one more.
///
/// # Errors
/// When the database fails.
pub async fn contributions(
    tx: &mut Tx,
    fund_id: FundId,
    filter: &ContributionQuery,
) -> Result<Vec<ContributionRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(CONTRIBUTIONS);
        query.push("c.fund_id = ").push_bind(fund_id);
        if let Some(donor_id) = filter.donor_id {
            query.push(" AND c.donor_id = ").push_bind(donor_id);
        }
        if let Some(state) = filter.state {
            query.push(" AND c.state = ").push_bind(state);
        }
        if let Some(after) = filter.after {
            query.push(" AND c.id < ").push_bind(after);
        }
        query.push(" ORDER BY c.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Whether an organisation gives money.
///
/// # Errors
/// When the database fails.
pub async fn is_funder(tx: &mut Tx, id: OrganisationId) -> Result<bool, ApiError> {
    let found: Option<i64> = on!(tx, |c| sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM organisations WHERE id = $1 AND kind = 'funder'"
    )
    .bind(id)
    .fetch_optional(c)
    .await)?;
    Ok(found.is_some())
}

/// Writes a pledged contribution; `eur` is the signed amount at the budget rate.
///
/// # Errors
/// When the reference is taken, or the database fails.
pub async fn insert_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    by: PersonId,
    draft: &ContributionDraft,
    rate_source: &str,
    eur: Money,
) -> Result<ContributionId, ApiError> {
    let id: ContributionId = ctx.id();
    execute!(
        tx,
        "INSERT INTO contributions (id, fund_id, donor_id, reference, currency, signed_minor, budget_rate_nano,
             signed_eur_minor, state, pledged_on, prepared_by, prepared_at, is_earmarked, valid_from, valid_until,
             rate_source, rate_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        id,
        fund_id,
        draft.donor_id,
        draft.reference.trim(),
        draft.signed.currency(),
        draft.signed.minor(),
        draft.budget_rate,
        eur.minor(),
        ContributionState::Pledged,
        draft.pledged_on,
        by,
        ctx.now,
        draft.earmark.is_any(),
        draft.valid_from,
        draft.valid_until,
        rate_source,
        draft.rate_id,
    )?;
    earmarks::insert(tx, id, &draft.earmark).await?;
    Ok(id)
}

/// Marks a contribution as signed.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_signed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: ContributionId,
    version: i64,
    by: PersonId,
    signed_on: Date,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE contributions SET state = $3, signed_on = $4, signed_by = $5, signed_at = $6, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        ContributionState::Signed,
        signed_on,
        by,
        ctx.now,
    )?)
}

/// Adds a booked receipt to its contribution.
///
/// # Errors
/// When the database fails.
pub async fn add_received(
    tx: &mut Tx,
    id: ContributionId,
    amount_minor: i64,
    booking: &ReceiptBooking,
) -> Result<(), ApiError> {
    let state = if booking.is_last { ContributionState::Received } else { ContributionState::PartlyReceived };
    exactly_one(execute!(
        tx,
        "UPDATE contributions SET received_minor = received_minor + $2, received_eur_minor = received_eur_minor + $3,
             state = $4, version = version + 1 WHERE id = $1",
        id,
        amount_minor,
        booking.cash.minor(),
        state,
    )?)
}

// --- receipts ---

/// A receipt.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReceiptRow {
    /// Its id.
    pub id: ReceiptId,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// The contribution's reference.
    pub reference: String,
    /// The fund's currency.
    pub fund_currency: Currency,
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor_code: String,
    /// Its name.
    pub donor_name: String,
    /// The donor's currency.
    pub currency: Currency,
    /// In the donor's currency.
    pub amount_minor: i64,
    /// The bank's rate.
    pub bank_rate_nano: Rate,
    /// Where it is from.
    pub rate_source: String,
    /// The rate of the table that it is.
    pub rate_id: Option<RateId>,
    /// In the fund's currency.
    pub eur_minor: i64,
    /// Gain or loss.
    pub gain_minor: i64,
    /// The day it arrived.
    pub received_on: Date,
    /// The bank's reference.
    pub bank_reference: String,
    /// How far it is.
    pub state: BookingState,
    /// Who recorded it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who confirmed it, by name.
    pub confirmed_name: Option<String>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const RECEIPTS: &str =
    "SELECT r.id, r.contribution_id, c.reference, f.currency AS fund_currency, c.donor_id, o.code AS donor_code,
         o.name AS donor_name, c.currency, r.amount_minor, r.bank_rate_nano, r.rate_source, r.rate_id, r.eur_minor, r.gain_minor, r.received_on,
         r.bank_reference, r.state, r.prepared_by, p.name AS prepared_name, r.prepared_at, s.name AS confirmed_name,
         r.confirmed_at, r.version
     FROM receipts r JOIN contributions c ON c.id = r.contribution_id JOIN funds f ON f.id = c.fund_id
     JOIN organisations o ON o.id = c.donor_id JOIN people p ON p.id = r.prepared_by
     LEFT JOIN people s ON s.id = r.confirmed_by WHERE ";

/// A receipt by id.
///
/// # Errors
/// When the database fails.
pub async fn receipt(tx: &mut Tx, id: ReceiptId) -> Result<Option<ReceiptRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(RECEIPTS);
        query.push("r.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A page of receipts, newest first, and one more.
///
/// # Errors
/// When the database fails.
pub async fn receipts(tx: &mut Tx, fund_id: FundId, filter: &ReceiptQuery) -> Result<Vec<ReceiptRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(RECEIPTS);
        query.push("c.fund_id = ").push_bind(fund_id);
        if let Some(donor_id) = filter.donor_id {
            query.push(" AND c.donor_id = ").push_bind(donor_id);
        }
        if let Some(contribution_id) = filter.contribution_id {
            query.push(" AND r.contribution_id = ").push_bind(contribution_id);
        }
        if let Some(state) = filter.state {
            query.push(" AND r.state = ").push_bind(state);
        }
        if let Some(after) = filter.after {
            query.push(" AND r.id < ").push_bind(after);
        }
        query.push(" ORDER BY r.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// Writes a prepared receipt.
///
/// # Errors
/// When the bank's reference was used, or the database fails.
pub async fn insert_receipt(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    contribution_id: ContributionId,
    by: PersonId,
    draft: &ReceiptDraft,
    rate_source: &str,
    booking: &ReceiptBooking,
) -> Result<ReceiptId, ApiError> {
    let id: ReceiptId = ctx.id();
    execute!(
        tx,
        "INSERT INTO receipts (id, contribution_id, amount_minor, bank_rate_nano, eur_minor, gain_minor, received_on,
             bank_reference, state, prepared_by, prepared_at, rate_source, rate_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id,
        contribution_id,
        draft.amount.minor(),
        draft.bank_rate,
        booking.cash.minor(),
        booking.gain.minor(),
        draft.received_on,
        draft.bank_reference.trim(),
        BookingState::Prepared,
        by,
        ctx.now,
        rate_source,
        draft.rate_id,
    )?;
    Ok(id)
}

/// Marks a receipt as confirmed, with what it was booked as.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_receipt_confirmed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: ReceiptId,
    version: i64,
    by: PersonId,
    booking: &ReceiptBooking,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE receipts SET state = $3, confirmed_by = $4, confirmed_at = $5, eur_minor = $6, gain_minor = $7,
             version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        BookingState::Confirmed,
        by,
        ctx.now,
        booking.cash.minor(),
        booking.gain.minor(),
    )?)
}

// --- allocations ---

/// Money set aside.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AllocationRow {
    /// Its id.
    pub id: AllocationId,
    /// The fund.
    pub fund_id: FundId,
    /// The fund's currency.
    pub currency: Currency,
    /// What for.
    pub purpose: Purpose,
    /// How much.
    pub amount_minor: i64,
    /// The posting date.
    pub posted_on: Date,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: BookingState,
    /// Who recorded it.
    pub prepared_by: PersonId,
    /// By name.
    pub prepared_name: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who confirmed it, by name.
    pub confirmed_name: Option<String>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
    /// For `If-Match`.
    pub version: i64,
}

const ALLOCATIONS: &str =
    "SELECT l.id, l.fund_id, f.currency, l.purpose, l.amount_minor, l.posted_on, l.reason, l.state, l.prepared_by,
         p.name AS prepared_name, l.prepared_at, s.name AS confirmed_name, l.confirmed_at, l.version
     FROM allocations l JOIN funds f ON f.id = l.fund_id JOIN people p ON p.id = l.prepared_by
     LEFT JOIN people s ON s.id = l.confirmed_by WHERE ";

/// An allocation by id.
///
/// # Errors
/// When the database fails.
pub async fn allocation(tx: &mut Tx, id: AllocationId) -> Result<Option<AllocationRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(ALLOCATIONS);
        query.push("l.id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A page of allocations, newest first, and one more.
///
/// # Errors
/// When the database fails.
pub async fn allocations(
    tx: &mut Tx,
    fund_id: FundId,
    filter: &AllocationQuery,
) -> Result<Vec<AllocationRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(ALLOCATIONS);
        query.push("l.fund_id = ").push_bind(fund_id);
        if let Some(state) = filter.state {
            query.push(" AND l.state = ").push_bind(state);
        }
        if let Some(after) = filter.after {
            query.push(" AND l.id < ").push_bind(after);
        }
        query.push(" ORDER BY l.id DESC LIMIT ").push_bind(PAGE + 1);
        query.build_query_as().fetch_all(c).await
    })?)
}

/// The day of a fund's first signed contribution: before it there is nothing to set aside.
///
/// # Errors
/// When the database fails.
pub async fn first_signature(tx: &mut Tx, fund_id: FundId) -> Result<Option<Date>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT MIN(signed_on) FROM contributions WHERE fund_id = $1")
        .bind(fund_id)
        .fetch_one(c)
        .await)?)
}

/// Writes a prepared allocation.
///
/// # Errors
/// When the database fails.
pub async fn insert_allocation(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    by: PersonId,
    draft: &AllocationDraft,
) -> Result<AllocationId, ApiError> {
    let id: AllocationId = ctx.id();
    execute!(
        tx,
        "INSERT INTO allocations (id, fund_id, purpose, amount_minor, posted_on, reason, state, prepared_by, prepared_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        fund_id,
        draft.purpose,
        draft.amount.minor(),
        draft.posted_on,
        draft.reason.trim(),
        BookingState::Prepared,
        by,
        ctx.now,
    )?;
    Ok(id)
}

/// Marks an allocation as confirmed.
///
/// # Errors
/// `stale_version` when somebody changed it since.
pub async fn set_allocation_confirmed(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: AllocationId,
    version: i64,
    by: PersonId,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE allocations SET state = $3, confirmed_by = $4, confirmed_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        BookingState::Confirmed,
        by,
        ctx.now,
    )?)
}
