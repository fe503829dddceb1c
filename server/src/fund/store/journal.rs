//! SQL of the journal and of the balances that its triggers keep.

use shared::currency::Currency;
use shared::fund::{Account, EntryKind, JournalQuery, Share};
use shared::ids::{
    AgreementId, AllocationId, CallId, ContributionId, DecisionId, EntryId, FundId, OrganisationId, ProposalId,
};
use shared::money::Money;
use shared::time::{Date, Timestamp};
use sqlx::{AssertSqlSafe, Database, QueryBuilder};
use uuid::Uuid;

use super::ContributionRow;
use crate::app::Ctx;
use crate::db::Tx;
use crate::db::paging::PAGE;
use crate::http::error::ApiError;
use crate::{execute, on};

// --- balances ---

/// An account's balance: debit positive, in minor units.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct BalanceRow {
    /// The account.
    pub account: Account,
    /// Its balance.
    pub balance_minor: i64,
}

/// The balances of a fund's accounts.
///
/// # Errors
/// When the database fails.
pub async fn fund_balances(tx: &mut Tx, fund_id: FundId) -> Result<Vec<BalanceRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as("SELECT account, balance_minor FROM fund_balances WHERE fund_id = $1")
        .bind(fund_id)
        .fetch_all(c)
        .await)?)
}

/// One account's balance as people say it; zero when nothing was posted to it.
///
/// # Errors
/// When the database fails.
pub async fn balance(tx: &mut Tx, fund_id: FundId, currency: Currency, account: Account) -> Result<Money, ApiError> {
    let minor: Option<i64> =
        on!(tx, |c| sqlx::query_scalar("SELECT balance_minor FROM fund_balances WHERE fund_id = $1 AND account = $2")
            .bind(fund_id)
            .bind(account)
            .fetch_optional(c)
            .await)?;
    Ok(Money::from_minor(account.natural(minor.unwrap_or(0)), currency))
}

/// What a call has used of its envelope, in minor units of the fund's currency.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct CallBalanceRow {
    /// The envelope.
    pub envelope_minor: i64,
    /// Approved, not signed.
    pub reserved_minor: i64,
    /// Signed agreements.
    pub committed_minor: i64,
}

/// What a call of the fund has used.
///
/// # Errors
/// When the database fails.
pub async fn call_balance(tx: &mut Tx, fund_id: FundId, call_id: CallId) -> Result<Option<CallBalanceRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT b.envelope_minor, b.reserved_minor, b.committed_minor
         FROM call_balances b JOIN calls c ON c.id = b.call_id WHERE b.call_id = $1 AND c.fund_id = $2"
    )
    .bind(call_id)
    .bind(fund_id)
    .fetch_optional(c)
    .await)?)
}

/// Committed − disbursed of an agreement (M31).
///
/// # Errors
/// When the database fails.
pub async fn agreement_remaining(
    tx: &mut Tx,
    agreement_id: AgreementId,
    currency: Currency,
) -> Result<Money, ApiError> {
    let minor: Option<i64> = on!(tx, |c| sqlx::query_scalar(
        "SELECT committed_minor - disbursed_minor FROM agreement_balances WHERE agreement_id = $1"
    )
    .bind(agreement_id)
    .fetch_optional(c)
    .await)?;
    Ok(Money::from_minor(minor.unwrap_or(0), currency))
}

/// A signed contribution and what is used of it, in minor units of the fund's currency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HoldingRow {
    /// The contribution.
    pub contribution_id: ContributionId,
    /// Its reference.
    pub reference: String,
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor_code: String,
    /// When it was signed.
    pub signed_on: Date,
    /// Promised from this day on.
    pub valid_from: Option<Date>,
    /// Promised until this day.
    pub valid_until: Option<Date>,
    /// What was signed and still holds.
    pub weight_minor: i64,
    /// What it bore since the shares last changed, in the accounts that were asked about (M60, M61).
    pub cumulative_minor: i64,
    /// Not used.
    pub headroom_minor: i64,
    /// Approved, not signed.
    pub reserved_minor: i64,
    /// Signed agreements.
    pub committed_minor: i64,
}

impl HoldingRow {
    /// Its share in a split, within what is not used of it (M22, M60).
    #[must_use]
    pub fn share(&self) -> Share {
        Share {
            donor_id: self.donor_id,
            donor_code: self.donor_code.clone(),
            contribution_id: self.contribution_id,
            reference: self.reference.clone(),
            weight_minor: self.weight_minor,
            cumulative_minor: self.cumulative_minor,
            limit_minor: self.headroom_minor,
        }
    }
}

/// The signed contributions with what each bore in two credit accounts since the shares last changed
/// and what each has left, by donor code and reference.
///
/// # Errors
/// When the database fails.
pub async fn holdings(tx: &mut Tx, fund_id: FundId, accounts: [Account; 2]) -> Result<Vec<HoldingRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT k.id AS contribution_id, k.reference, k.donor_id, o.code AS donor_code, k.signed_on, k.valid_from, k.valid_until,
             k.signed_eur_minor - k.terminated_eur_minor AS weight_minor,
             CAST(COALESCE(SUM(CASE WHEN b.account IN ($2, $3) THEN b.at_share_change_minor - b.balance_minor ELSE 0 END), 0)
                 AS BIGINT) AS cumulative_minor,
             CAST(COALESCE(SUM(CASE b.account WHEN 'headroom' THEN -b.balance_minor ELSE 0 END), 0) AS BIGINT) AS headroom_minor,
             CAST(COALESCE(SUM(CASE b.account WHEN 'reserved' THEN -b.balance_minor ELSE 0 END), 0) AS BIGINT) AS reserved_minor,
             CAST(COALESCE(SUM(CASE b.account WHEN 'committed' THEN -b.balance_minor ELSE 0 END), 0) AS BIGINT) AS committed_minor
         FROM contributions k JOIN organisations o ON o.id = k.donor_id
         LEFT JOIN contribution_balances b ON b.contribution_id = k.id
         WHERE k.fund_id = $1 AND k.signed_on IS NOT NULL
         GROUP BY k.id, k.reference, k.donor_id, o.code, k.signed_on, k.valid_from, k.valid_until, k.signed_eur_minor,
             k.terminated_eur_minor
         ORDER BY o.code, k.reference"
    )
    .bind(fund_id)
    .bind(accounts[0])
    .bind(accounts[1])
    .fetch_all(c)
    .await
    })?)
}

/// One account of a contribution: debit positive, in minor units; zero when nothing was posted to it.
///
/// # Errors
/// When the database fails.
pub async fn contribution_balance(tx: &mut Tx, id: ContributionId, account: Account) -> Result<i64, ApiError> {
    let minor: Option<i64> = on!(tx, |c| sqlx::query_scalar(
        "SELECT balance_minor FROM contribution_balances WHERE contribution_id = $1 AND account = $2"
    )
    .bind(id)
    .bind(account)
    .fetch_optional(c)
    .await)?;
    Ok(minor.unwrap_or(0))
}

/// The cash that a contribution may use: its own when it is earmarked, else that of all without an
/// earmark, which prefinance each other (M31).
///
/// # Errors
/// When the database fails.
pub async fn cash_of(tx: &mut Tx, contribution: &ContributionRow, currency: Currency) -> Result<Money, ApiError> {
    let minor = if contribution.is_earmarked {
        contribution_balance(tx, contribution.id, Account::Cash).await?
    } else {
        unearmarked_cash(tx, contribution.fund_id).await?
    };
    Ok(Money::from_minor(minor, currency))
}

/// The cash of the fund's contributions without an earmark, in minor units.
///
/// # Errors
/// When the database fails.
pub async fn unearmarked_cash(tx: &mut Tx, fund_id: FundId) -> Result<i64, ApiError> {
    let minor: Option<i64> = on!(tx, |c| sqlx::query_scalar(
        "SELECT unearmarked_minor FROM fund_balances WHERE fund_id = $1 AND account = 'cash'"
    )
    .bind(fund_id)
    .fetch_optional(c)
    .await)?;
    Ok(minor.unwrap_or(0))
}

/// What came into a part of the cash on a day, less what went.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct CashMove {
    /// Of a contribution with an earmark; none for all that have none.
    pub contribution_id: Option<ContributionId>,
    /// In minor units.
    pub amount_minor: i64,
}

/// What came and went after a day, by part of the cash and day, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn cash_after(tx: &mut Tx, fund_id: FundId, day: Date) -> Result<Vec<CashMove>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT CASE WHEN k.is_earmarked THEN k.id END AS contribution_id,
             CAST(SUM(p.amount_minor) AS BIGINT) AS amount_minor
         FROM journal_entries e JOIN postings p ON p.entry_id = e.id AND p.account = 'cash'
         JOIN contributions k ON k.id = p.contribution_id WHERE e.fund_id = $1 AND e.posted_on > $2
         GROUP BY 1, e.posted_on ORDER BY e.posted_on DESC"
    )
    .bind(fund_id)
    .bind(day)
    .fetch_all(c)
    .await)?)
}

/// What an agreement belongs to.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct AgreementRef {
    /// The fund.
    pub fund_id: FundId,
    /// The call.
    pub call_id: CallId,
    /// The proposal.
    pub proposal_id: ProposalId,
}

/// What an agreement belongs to.
///
/// # Errors
/// When the database fails.
pub async fn agreement_ref(tx: &mut Tx, id: AgreementId) -> Result<Option<AgreementRef>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as("SELECT fund_id, call_id, proposal_id FROM agreements WHERE id = $1")
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// What a contribution carries of an agreement, in minor units, as people say it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CarriedRow {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// Its reference.
    pub reference: String,
    /// Whether it has an earmark.
    pub is_earmarked: bool,
    /// Its cash, over all agreements.
    pub cash_minor: i64,
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor_code: String,
    /// Committed, less what was given back or written off.
    pub committed_minor: i64,
    /// Paid, less what came back.
    pub disbursed_minor: i64,
    /// Given up.
    pub written_off_minor: i64,
    /// Accepted spend.
    pub accepted_minor: i64,
}

impl CarriedRow {
    /// What can still be paid of its part (M31).
    #[must_use]
    pub fn unpaid(&self) -> i64 {
        self.committed_minor + self.written_off_minor - self.disbursed_minor
    }
}

/// What each contribution carries of an agreement, by donor code and reference.
///
/// # Errors
/// When the database fails.
pub async fn carried(tx: &mut Tx, id: AgreementId) -> Result<Vec<CarriedRow>, ApiError> {
    let sql = format!("{CARRIED} WHERE p.agreement_id = $1 {CARRIED_ORDER}");
    Ok(on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(id).fetch_all(c).await)?)
}

/// What the bank has the order to pay on an agreement, in minor units.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct OrderedRow {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// What is on its way.
    pub ordered_minor: i64,
}

/// What the bank has orders for and has not paid yet, per agreement of a fund.
///
/// # Errors
/// When the database fails.
pub async fn ordered(tx: &mut Tx, fund_id: FundId) -> Result<Vec<OrderedRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT d.agreement_id, CAST(SUM(d.amount_minor) AS BIGINT) AS ordered_minor
         FROM disbursements d JOIN agreements a ON a.id = d.agreement_id
         WHERE d.state = 'instructed' AND a.fund_id = $1 GROUP BY d.agreement_id ORDER BY d.agreement_id"
    )
    .bind(fund_id)
    .fetch_all(c)
    .await)?)
}

/// As [`carried`], of one agreement and of all that the bank has an order for.
///
/// # Errors
/// When the database fails.
pub async fn carried_with_ordered(tx: &mut Tx, fund_id: FundId, id: AgreementId) -> Result<Vec<CarriedRow>, ApiError> {
    let sql = format!(
        "{CARRIED} WHERE p.fund_id = $1 AND (p.agreement_id = $2 OR p.agreement_id IN
             (SELECT d.agreement_id FROM disbursements d WHERE d.state = 'instructed')) {CARRIED_ORDER}"
    );
    Ok(on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(fund_id).bind(id).fetch_all(c).await)?)
}

const CARRIED: &str =
        "SELECT p.agreement_id, p.contribution_id, k.reference, k.is_earmarked, k.donor_id, o.code AS donor_code,
             COALESCE((SELECT b.balance_minor FROM contribution_balances b
                 WHERE b.contribution_id = p.contribution_id AND b.account = 'cash'), 0) AS cash_minor,
             CAST(SUM(CASE p.account WHEN 'committed' THEN -p.amount_minor ELSE 0 END) AS BIGINT) AS committed_minor,
             CAST(SUM(CASE p.account WHEN 'disbursed' THEN p.amount_minor ELSE 0 END) AS BIGINT) AS disbursed_minor,
             CAST(SUM(CASE p.account WHEN 'written_off' THEN -p.amount_minor ELSE 0 END) AS BIGINT) AS written_off_minor,
             CAST(SUM(CASE p.account WHEN 'accepted_spend' THEN p.amount_minor ELSE 0 END) AS BIGINT) AS accepted_minor
     FROM postings p JOIN contributions k ON k.id = p.contribution_id JOIN organisations o ON o.id = k.donor_id";

const CARRIED_ORDER: &str =
    "GROUP BY p.agreement_id, p.contribution_id, k.reference, k.is_earmarked, k.donor_id, o.code
     ORDER BY p.agreement_id, o.code, k.reference";

/// From now on deficits are counted anew: a new contribution changes later splits only (M61).
///
/// # Errors
/// When the database fails.
pub async fn start_share_epoch(tx: &mut Tx, fund_id: FundId) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE contribution_balances SET at_share_change_minor = balance_minor
         WHERE contribution_id IN (SELECT id FROM contributions WHERE fund_id = $1)",
        fund_id
    )?;
    Ok(())
}

// --- the journal ---

/// An entry to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry {
    /// The fund.
    pub fund_id: FundId,
    /// The postings' currency.
    pub currency: Currency,
    /// What happened.
    pub kind: EntryKind,
    /// The posting date.
    pub posted_on: Date,
    /// The row that caused it.
    pub source_id: Uuid,
    /// What it reverses.
    pub reverses: Option<EntryId>,
}

/// A posting to be written: debit positive, in minor units of the entry's currency.
#[derive(Debug, Clone, Copy)]
pub struct NewPosting {
    /// The account.
    pub account: Account,
    /// The amount, not zero.
    pub amount_minor: i64,
    /// The donor whose money it is.
    pub donor_id: OrganisationId,
    /// The contribution that it is of.
    pub contribution_id: ContributionId,
    /// The call.
    pub call_id: Option<CallId>,
    /// The proposal.
    pub proposal_id: Option<ProposalId>,
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
}

/// Writes the postings, then the entry that seals them; the database refuses what does not balance.
/// A reversal of an entry in a locked period names that period (M71).
///
/// # Errors
/// [`shared::problem::Code::PeriodLocked`], or when the database refuses otherwise or fails.
pub async fn insert_entry(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    entry: &NewEntry,
    postings: &[NewPosting],
) -> Result<EntryId, ApiError> {
    let id: EntryId = ctx.id();
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id,
                 contribution_id, call_id, proposal_id, agreement_id) ",
        );
        insert.push_values(postings.iter().zip(1_i64..), |mut row, (posting, line)| {
            row.push_bind(id)
                .push_bind(line)
                .push_bind(entry.fund_id)
                .push_bind(posting.account)
                .push_bind(entry.currency)
                .push_bind(posting.amount_minor)
                .push_bind(posting.donor_id)
                .push_bind(posting.contribution_id)
                .push_bind(posting.call_id)
                .push_bind(posting.proposal_id)
                .push_bind(posting.agreement_id);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    execute!(
        tx,
        "INSERT INTO journal_entries (id, fund_id, kind, posted_on, created_at, person_id, source_id, reverses, attempt, corrects_period_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
             (SELECT COUNT(*) + 1 FROM journal_entries g WHERE g.kind = 'release' AND g.source_id = $7),
             (SELECT p.id FROM journal_entries r JOIN periods p ON p.fund_id = r.fund_id
                  AND r.posted_on BETWEEN p.first_day AND p.last_day AND p.state IN ('locked', 'unlock_proposed')
              WHERE r.id = $8 ORDER BY p.kind LIMIT 1))",
        id,
        entry.fund_id,
        entry.kind,
        entry.posted_on,
        ctx.now,
        ctx.person_id(),
        entry.source_id,
        entry.reverses,
    )
    .map_err(|e| ApiError::from(e).period_locked())?;
    Ok(id)
}

/// A contribution's credit of an open reservation.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct ReservationRow {
    /// The entry.
    pub entry_id: EntryId,
    /// The fund.
    pub fund_id: FundId,
    /// The currency.
    pub currency: Currency,
    /// The donor.
    pub donor_id: OrganisationId,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// Negative: a credit.
    pub amount_minor: i64,
    /// The call.
    pub call_id: Option<CallId>,
    /// The proposal.
    pub proposal_id: Option<ProposalId>,
}

/// The split of a decision's reservation, unless it was released or turned into a commitment.
///
/// # Errors
/// When the database fails.
pub async fn open_reservation(tx: &mut Tx, source: DecisionId) -> Result<Vec<ReservationRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT p.entry_id, p.fund_id, p.currency, p.donor_id, p.contribution_id, p.amount_minor, p.call_id, p.proposal_id
         FROM journal_entries e JOIN postings p ON p.entry_id = e.id AND p.account = $3
         WHERE e.kind = $2 AND e.source_id = $1
             AND NOT EXISTS (SELECT 1 FROM journal_entries r WHERE r.reverses = e.id)
             AND NOT EXISTS (SELECT 1 FROM agreements a JOIN journal_entries m ON m.kind = $4 AND m.source_id = a.id
                 WHERE a.decision_id = $1)
         ORDER BY p.line"
    )
    .bind(source)
    .bind(EntryKind::Reservation)
    .bind(Account::Reserved)
    .bind(EntryKind::Commitment)
    .fetch_all(c)
    .await
    })?)
}

/// What is no longer there of money set aside, contribution by contribution; none when all of it is.
///
/// # Errors
/// When the database fails.
pub async fn lost_of_allocation(tx: &mut Tx, id: AllocationId) -> Result<Option<(i64, Currency)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT CAST(SUM(b.balance_minor - p.amount_minor) AS BIGINT), p.currency
         FROM journal_entries e JOIN postings p ON p.entry_id = e.id AND p.account <> $3
         JOIN contribution_balances b ON b.contribution_id = p.contribution_id AND b.account = p.account
         WHERE e.kind = $2 AND e.source_id = $1 AND b.balance_minor > p.amount_minor GROUP BY p.currency"
    )
    .bind(id)
    .bind(EntryKind::Allocation)
    .bind(Account::Headroom)
    .fetch_optional(c)
    .await)?)
}

/// A posting of an entry that stands.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct EntryRow {
    /// The entry.
    pub entry_id: EntryId,
    /// The fund.
    pub fund_id: FundId,
    /// The entry's posting date.
    pub posted_on: Date,
    /// The account.
    pub account: Account,
    /// The currency.
    pub currency: Currency,
    /// Debit positive.
    pub amount_minor: i64,
    /// The donor.
    pub donor_id: OrganisationId,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// The call.
    pub call_id: Option<CallId>,
    /// The proposal.
    pub proposal_id: Option<ProposalId>,
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
}

impl EntryRow {
    /// The posting that undoes it.
    #[must_use]
    pub fn opposite(&self) -> NewPosting {
        NewPosting {
            account: self.account,
            amount_minor: -self.amount_minor,
            donor_id: self.donor_id,
            contribution_id: self.contribution_id,
            call_id: self.call_id,
            proposal_id: self.proposal_id,
            agreement_id: self.agreement_id,
        }
    }
}

/// The postings that a source booked, unless the entry was reversed.
///
/// # Errors
/// When the database fails.
pub async fn open_entry(tx: &mut Tx, kind: EntryKind, source: Uuid) -> Result<Vec<EntryRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT p.entry_id, p.fund_id, e.posted_on, p.account, p.currency, p.amount_minor, p.donor_id, p.contribution_id,
             p.call_id, p.proposal_id, p.agreement_id
         FROM journal_entries e JOIN postings p ON p.entry_id = e.id
         WHERE e.kind = $1 AND e.source_id = $2 AND NOT EXISTS (SELECT 1 FROM journal_entries r WHERE r.reverses = e.id)
         ORDER BY p.line"
    )
    .bind(kind)
    .bind(source)
    .fetch_all(c)
    .await
    })?)
}

/// A donor's part of a booked source.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PartRow {
    /// The row that was booked.
    pub source_id: Uuid,
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor_code: String,
    /// Its name.
    pub donor_name: String,
    /// Debit positive.
    pub amount_minor: i64,
}

/// Each donor's postings to an account by entries of a kind with these sources, by donor code.
///
/// # Errors
/// When the database fails.
pub async fn booked_parts(
    tx: &mut Tx,
    kind: EntryKind,
    sources: &[Uuid],
    account: Account,
) -> Result<Vec<PartRow>, ApiError> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT e.source_id, p.donor_id, o.code AS donor_code, o.name AS donor_name,
                 CAST(SUM(p.amount_minor) AS BIGINT) AS amount_minor
             FROM journal_entries e JOIN postings p ON p.entry_id = e.id JOIN organisations o ON o.id = p.donor_id
             WHERE e.kind = ",
        );
        query.push_bind(kind).push(" AND p.account = ").push_bind(account).push(" AND e.source_id IN (");
        let mut list = query.separated(", ");
        for source in sources {
            list.push_bind(*source);
        }
        query.push(") GROUP BY e.source_id, p.donor_id, o.code, o.name ORDER BY e.source_id, o.code");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A posting with its entry, for the ledger's pages.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JournalRow {
    /// The entry.
    pub id: EntryId,
    /// What happened.
    pub kind: EntryKind,
    /// The posting date.
    pub posted_on: Date,
    /// When it was booked.
    pub created_at: Timestamp,
    /// Who booked it.
    pub by_name: Option<String>,
    /// What it reverses.
    pub reverses: Option<EntryId>,
    /// The first day of the locked period that it corrects.
    pub corrects_from: Option<Date>,
    /// The last day of that period.
    pub corrects_until: Option<Date>,
    /// The account.
    pub account: Account,
    /// The currency.
    pub currency: Currency,
    /// Debit positive.
    pub amount_minor: i64,
    /// The donor.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor_code: String,
    /// Its name.
    pub donor_name: String,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// Its reference.
    pub contribution: String,
    /// The call's code.
    pub call_code: Option<String>,
    /// The proposal's number.
    pub proposal_number: Option<String>,
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
    /// Its number.
    pub agreement_number: Option<String>,
}

/// The column of postings whose index leads to what a filter asks for, newest entry first; what else
/// it asks is looked at row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    Agreement,
    Contribution,
    Call,
    Donor,
    Fund,
}

/// What leads to the postings that a filter matches; none when entries do, by day, kind or age.
fn lead(filter: &JournalQuery) -> Option<Lead> {
    if filter.agreement_id.is_some() {
        return Some(Lead::Agreement);
    }
    if filter.kind.is_some() || filter.from.is_some() || filter.until.is_some() {
        return None;
    }
    if filter.contribution_id.is_some() {
        Some(Lead::Contribution)
    } else if filter.call_id.is_some() {
        Some(Lead::Call)
    } else if filter.donor_id.is_some() {
        Some(Lead::Donor)
    } else {
        filter.account.map(|_| Lead::Fund)
    }
}

/// Adds what is asked of a column. SQLite has no statistics and would as soon follow the index of a
/// column that half the journal shares; it follows none for what is said by a negation.
fn asked<DB: Database, T>(query: &mut QueryBuilder<DB>, column: &str, value: Option<T>, is_lead: bool)
where
    T: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    match value {
        None => {}
        Some(value) if is_lead => {
            query.push(" AND ").push(column).push(" = ").push_bind(value);
        }
        Some(value) => {
            query.push(" AND NOT (").push(column).push(" <> ").push_bind(value).push(")");
        }
    }
}

/// Adds what a filter asks of postings `p`, but for the account.
fn posting_filter<DB: Database>(
    query: &mut QueryBuilder<DB>,
    fund_id: FundId,
    filter: &JournalQuery,
    lead: Option<Lead>,
) where
    FundId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    OrganisationId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    ContributionId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    CallId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    AgreementId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    asked(query, "p.fund_id", Some(fund_id), lead == Some(Lead::Fund));
    asked(query, "p.donor_id", filter.donor_id, lead == Some(Lead::Donor));
    asked(query, "p.contribution_id", filter.contribution_id, lead == Some(Lead::Contribution));
    asked(query, "p.call_id", filter.call_id, lead == Some(Lead::Call));
    asked(query, "p.agreement_id", filter.agreement_id, lead == Some(Lead::Agreement));
}

/// Whether a filter asks anything of postings.
fn is_of_postings(filter: &JournalQuery) -> bool {
    filter.account.is_some()
        || filter.donor_id.is_some()
        || filter.contribution_id.is_some()
        || filter.call_id.is_some()
        || filter.agreement_id.is_some()
}

/// Adds what a filter asks of entries `e`.
fn entry_filter<DB: Database>(query: &mut QueryBuilder<DB>, filter: &JournalQuery)
where
    EntryKind: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Date: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    if let Some(kind) = filter.kind {
        query.push(" AND (e.kind = ").push_bind(kind);
        if filter.net == Some(true) {
            query.push(" OR EXISTS (SELECT 1 FROM journal_entries o WHERE o.id = e.reverses AND o.kind = ");
            query.push_bind(kind).push(")");
        }
        query.push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND e.posted_on >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" AND e.posted_on <= ").push_bind(until);
    }
}

/// Adds the query of the ids of a page of entries that a filter matches, newest first, and one more.
///
/// Where postings lead, each account is asked for its newest ones by itself: an index that ends with
/// the entry gives them in order, however long the journal is.
fn page_of_entries<DB: Database>(query: &mut QueryBuilder<DB>, fund_id: FundId, filter: &JournalQuery)
where
    for<'q> i64: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Account: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    EntryKind: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    EntryId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Date: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    FundId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    OrganisationId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    ContributionId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    CallId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    AgreementId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    let Some(lead) = lead(filter) else {
        query.push("SELECT e.id FROM journal_entries e WHERE e.fund_id = ").push_bind(fund_id);
        entry_filter(query, filter);
        if let Some(after) = filter.after {
            query.push(" AND e.id < ").push_bind(after);
        }
        if is_of_postings(filter) {
            query.push(" AND EXISTS (SELECT 1 FROM postings p WHERE p.entry_id = e.id");
            asked(query, "p.account", filter.account, false);
            posting_filter(query, fund_id, filter, None);
            query.push(")");
        }
        query.push(" ORDER BY e.id DESC LIMIT ").push_bind(PAGE + 1);
        return;
    };
    let accounts = filter.account.as_ref().map_or(Account::ALL, std::slice::from_ref);
    query.push("SELECT DISTINCT m.id FROM (");
    for (at, account) in accounts.iter().enumerate() {
        query.push(if at == 0 { "" } else { " UNION ALL " });
        query.push("SELECT * FROM (SELECT DISTINCT p.entry_id AS id FROM postings p WHERE 1 = 1");
        asked(query, "p.account", Some(*account), true);
        posting_filter(query, fund_id, filter, Some(lead));
        if let Some(after) = filter.after {
            query.push(" AND p.entry_id < ").push_bind(after);
        }
        if filter.kind.is_some() || filter.from.is_some() || filter.until.is_some() {
            query.push(" AND EXISTS (SELECT 1 FROM journal_entries e WHERE e.id = p.entry_id");
            entry_filter(query, filter);
            query.push(")");
        }
        query.push(" ORDER BY p.entry_id DESC LIMIT ").push_bind(PAGE + 1).push(") AS newest");
    }
    query.push(") AS m ORDER BY m.id DESC LIMIT ").push_bind(PAGE + 1);
}

/// The postings that the filter matches, of one page of entries, newest entry first; one entry more
/// than a page holds.
///
/// # Errors
/// When the database fails.
pub async fn journal(tx: &mut Tx, fund_id: FundId, filter: &JournalQuery) -> Result<Vec<JournalRow>, ApiError> {
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new("WITH page AS (");
        page_of_entries(&mut query, fund_id, filter);
        query.push(
            ") SELECT e.id, e.kind, e.posted_on, e.created_at, w.name AS by_name, e.reverses,
                 pd.first_day AS corrects_from, pd.last_day AS corrects_until, p.account, p.currency,
                 p.amount_minor, p.donor_id, o.code AS donor_code, o.name AS donor_name, p.contribution_id, k.reference AS contribution, ca.code AS call_code,
                 pr.number AS proposal_number, p.agreement_id, a.number AS agreement_number
             FROM page JOIN journal_entries e ON e.id = page.id JOIN postings p ON p.entry_id = e.id
             JOIN organisations o ON o.id = p.donor_id JOIN contributions k ON k.id = p.contribution_id
             LEFT JOIN people w ON w.id = e.person_id LEFT JOIN periods pd ON pd.id = e.corrects_period_id
             LEFT JOIN calls ca ON ca.id = p.call_id LEFT JOIN proposals pr ON pr.id = p.proposal_id
             LEFT JOIN agreements a ON a.id = p.agreement_id WHERE 1 = 1",
        );
        asked(&mut query, "p.account", filter.account, false);
        posting_filter(&mut query, fund_id, filter, None);
        query.push(" ORDER BY e.id DESC, p.line");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// The sum of what the filter matches where a running balance has it: the ledger's check proves them.
///
/// # Errors
/// When the database fails.
pub async fn balance_sum(tx: &mut Tx, fund_id: FundId, filter: &JournalQuery) -> Result<Option<i64>, ApiError> {
    let Some(account) = filter.account else { return Ok(Some(0)) };
    if filter.kind.is_some() || filter.from.is_some() || filter.until.is_some() || filter.agreement_id.is_some() {
        return Ok(None);
    }
    match (filter.call_id, filter.donor_id.is_some() || filter.contribution_id.is_some(), account) {
        (None, ..) => {}
        (Some(call_id), false, Account::Reserved | Account::Committed) => {
            let of = call_balance(tx, fund_id, call_id).await?;
            let minor =
                of.map_or(0, |b| if account == Account::Reserved { b.reserved_minor } else { b.committed_minor });
            return Ok(Some(-minor));
        }
        (Some(call_id), false, Account::Disbursed) => {
            let minor = on!(tx, |c| {
                sqlx::query_scalar(
                "SELECT CAST(COALESCE(SUM(b.disbursed_minor), 0) AS BIGINT)
                 FROM agreements a JOIN agreement_balances b ON b.agreement_id = a.id WHERE a.call_id = $1 AND a.fund_id = $2"
            )
            .bind(call_id)
            .bind(fund_id)
            .fetch_one(c)
            .await
            })?;
            return Ok(Some(minor));
        }
        _ => return Ok(None),
    }
    Ok(Some(on!(tx, |c| {
        sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(b.balance_minor), 0) AS BIGINT)
         FROM contributions k JOIN contribution_balances b ON b.contribution_id = k.id
         WHERE k.fund_id = $1 AND b.account = $2 AND k.donor_id = COALESCE($3, k.donor_id) AND k.id = COALESCE($4, k.id)"
    )
    .bind(fund_id)
    .bind(account)
    .bind(filter.donor_id)
    .bind(filter.contribution_id)
    .fetch_one(c)
    .await
    })?))
}

/// Debits − credits of all postings that the filter matches, in minor units.
///
/// # Errors
/// When the database fails.
pub async fn journal_sum(tx: &mut Tx, fund_id: FundId, filter: &JournalQuery) -> Result<i64, ApiError> {
    let lead = lead(filter);
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new("SELECT CAST(COALESCE(SUM(p.amount_minor), 0) AS BIGINT) FROM ");
        // A cross join is read in the order in which it is written (SQLite): what leads comes first.
        query.push(match lead {
            Some(_) => "postings p CROSS JOIN journal_entries e WHERE e.id = p.entry_id",
            None => "journal_entries e CROSS JOIN postings p WHERE p.entry_id = e.id",
        });
        query.push(" AND e.fund_id = ").push_bind(fund_id);
        entry_filter(&mut query, filter);
        asked(&mut query, "p.account", filter.account, lead.is_some());
        posting_filter(&mut query, fund_id, filter, lead);
        query.build_query_scalar().fetch_one(c).await
    })?)
}
