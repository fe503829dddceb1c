//! SQL of the bank: accounts, statements, matches.

use shared::bank::{BankLine, CashEntry, Days, GROUP_MAX, HouseAccountDraft, MatchRule, StatementLine};
use shared::currency::Currency;
use shared::fund::EntryKind;
use shared::ids::{AccountId, DisbursementId, EntryId, FundId, LineId, MatchId, PersonId};
use shared::money::Money;
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::app::Ctx;
use crate::db::{Tx, exactly_one, fresh};
use crate::http::error::ApiError;
use crate::{execute, on};

/// A bank account of the fund.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// The fund.
    pub fund_id: FundId,
    /// The bank and what the account is for.
    pub name: String,
    /// The account's number.
    pub iban: String,
    /// Its currency.
    pub currency: Currency,
    /// How its bank writes statements, as JSON.
    pub profile: String,
    /// The day of the last line that was taken in.
    pub last_line_on: Option<Date>,
    /// For `If-Match`.
    pub version: i64,
}

const ACCOUNTS: &str = "SELECT a.id, a.fund_id, a.name, a.iban, a.currency, a.profile, a.version,
         (SELECT MAX(l.booked_on) FROM statement_lines l WHERE l.account_id = a.id) AS last_line_on FROM house_accounts a";

/// The fund's bank accounts, by name: there are few.
///
/// # Errors
/// When the database fails.
pub async fn accounts(tx: &mut Tx, fund_id: FundId) -> Result<Vec<AccountRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!("{ACCOUNTS} WHERE a.fund_id = $1 ORDER BY a.name, a.id LIMIT 100"));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(fund_id).fetch_all(c).await)?)
}

/// A bank account by id.
///
/// # Errors
/// When the database fails.
pub async fn account(tx: &mut Tx, id: AccountId) -> Result<Option<AccountRow>, ApiError> {
    let sql = sqlx::AssertSqlSafe(format!("{ACCOUNTS} WHERE a.id = $1"));
    Ok(on!(tx, |c| sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// Writes a bank account down.
///
/// # Errors
/// When its number is taken, or the database fails.
pub async fn insert_account(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    draft: &HouseAccountDraft,
) -> Result<AccountId, ApiError> {
    let id: AccountId = ctx.id();
    execute!(
        tx,
        "INSERT INTO house_accounts (id, fund_id, name, iban, currency, profile) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        fund_id,
        draft.name.trim(),
        draft.iban.trim(),
        draft.currency,
        serde_json::to_string(&draft.profile)?,
    )?;
    Ok(id)
}

/// Writes an account's name, number and profile anew.
///
/// # Errors
/// [`shared::problem::Code::StaleVersion`], or when the database fails.
pub async fn update_account(
    tx: &mut Tx,
    (id, version): (AccountId, i64),
    draft: &HouseAccountDraft,
) -> Result<(), ApiError> {
    fresh(execute!(
        tx,
        "UPDATE house_accounts SET name = $3, iban = $4, profile = $5, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        draft.name.trim(),
        draft.iban.trim(),
        serde_json::to_string(&draft.profile)?,
    )?)
}

/// Whether a file was taken in before.
///
/// # Errors
/// When the database fails.
pub async fn has_file(tx: &mut Tx, account_id: AccountId, sha256: &str) -> Result<bool, ApiError> {
    let found: Option<i64> = on!(tx, |c| sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM statements WHERE account_id = $1 AND sha256 = $2"
    )
    .bind(account_id)
    .bind(sha256)
    .fetch_optional(c)
    .await)?;
    Ok(found.is_some())
}

/// Which of some references an account has lines of.
///
/// # Errors
/// When the database fails.
pub async fn taken(tx: &mut Tx, account_id: AccountId, references: &[&str]) -> Result<Vec<String>, ApiError> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new("SELECT reference FROM statement_lines WHERE account_id = ");
        query.push_bind(account_id).push(" AND reference IN (");
        let mut list = query.separated(", ");
        for reference in references {
            list.push_bind(*reference);
        }
        query.push(")");
        query.build_query_scalar().fetch_all(c).await
    })?)
}

/// Writes a statement with its lines.
///
/// # Errors
/// When the file or a reference is known, a line lies in a locked period, or the database fails.
pub async fn insert_statement(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    account: &AccountRow,
    by: PersonId,
    (file_name, sha256): (&str, &str),
    lines: &[StatementLine],
) -> Result<Uuid, ApiError> {
    let id: Uuid = ctx.id();
    execute!(
        tx,
        "INSERT INTO statements (id, account_id, file_name, sha256, imported_by, imported_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        account.id,
        file_name,
        sha256,
        by,
        ctx.now,
    )?;
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO statement_lines (id, statement_id, fund_id, account_id, booked_on, amount_minor, currency, reference, end_to_end_id, text) ",
        );
        insert.push_values(lines, |mut row, line| {
            let line_id: LineId = ctx.id();
            row.push_bind(line_id)
                .push_bind(id)
                .push_bind(account.fund_id)
                .push_bind(account.id)
                .push_bind(line.booked_on)
                .push_bind(line.amount.minor())
                .push_bind(line.amount.currency())
                .push_bind(line.reference.as_str())
                .push_bind(line.end_to_end_id.as_str())
                .push_bind(line.text.as_str());
        });
        insert.build().execute(c).await.map(|_| ())
    })
    .map_err(|e| ApiError::from(e).period_locked())?;
    Ok(id)
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: LineId,
    account: String,
    booked_on: Date,
    amount_minor: i64,
    currency: Currency,
    reference: String,
    end_to_end_id: String,
    text: String,
}

impl From<LineRow> for BankLine {
    fn from(row: LineRow) -> Self {
        Self {
            id: row.id,
            account: row.account,
            booked_on: row.booked_on,
            amount: Money::from_minor(row.amount_minor, row.currency),
            reference: row.reference,
            end_to_end_id: row.end_to_end_id,
            text: row.text,
        }
    }
}

const LINES: &str =
    "SELECT l.id, a.name AS account, l.booked_on, l.amount_minor, l.currency, l.reference, l.end_to_end_id, l.text
     FROM statement_lines l JOIN house_accounts a ON a.id = l.account_id WHERE l.fund_id = ";

/// Which lines or entries.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a, T> {
    /// Those of some days that no match explains, at most one more than [`GROUP_MAX`].
    Open(&'a Days),
    /// Those with these ids.
    Ids(&'a [T]),
}

fn limit() -> i64 {
    i64::try_from(GROUP_MAX).unwrap_or(i64::MAX - 1) + 1
}

/// Lines of statements, by day.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &mut Tx, fund_id: FundId, which: Which<'_, LineId>) -> Result<Vec<BankLine>, ApiError> {
    if matches!(which, Which::Ids([])) {
        return Ok(Vec::new());
    }
    let rows: Vec<LineRow> = on!(tx, |c| {
        let mut query = QueryBuilder::new(LINES);
        query.push_bind(fund_id);
        match which {
            Which::Open(days) => {
                query.push(" AND l.booked_on >= ").push_bind(days.from);
                query.push(" AND l.booked_on <= ").push_bind(days.until);
                query.push(
                    " AND NOT EXISTS (SELECT 1 FROM bank_matches m WHERE m.line_id = l.id AND m.undone_at IS NULL)",
                );
                query.push(" ORDER BY l.booked_on, l.id LIMIT ").push_bind(limit());
            }
            Which::Ids(ids) => {
                query.push(" AND l.id IN (");
                let mut list = query.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                query.push(")");
            }
        }
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(BankLine::from).collect())
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: EntryId,
    kind: EntryKind,
    posted_on: Date,
    amount_minor: i64,
    currency: Currency,
    own_minor: Option<i64>,
    own_currency: Option<Currency>,
    reference: Option<String>,
    end_to_end_id: String,
    about: Option<String>,
}

impl From<EntryRow> for CashEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            posted_on: row.posted_on,
            amount: Money::from_minor(row.amount_minor, row.currency),
            own: row.own_minor.zip(row.own_currency).map(|(minor, currency)| Money::from_minor(minor, currency)),
            reference: row.reference.unwrap_or_default(),
            end_to_end_id: row.end_to_end_id,
            about: row.about.unwrap_or_default(),
        }
    }
}

/// Entries are chosen before their cash is summed: summed first, it would be that of the whole journal.
const CHOSEN: &str = "SELECT e.id, e.kind, e.posted_on, CAST(s.minor AS BIGINT) AS amount_minor, s.currency,
         r.amount_minor AS own_minor, k.currency AS own_currency,
         COALESCE(d.bank_reference, r.bank_reference) AS reference, COALESCE(d.end_to_end_id, '') AS end_to_end_id,
         COALESCE(d.number, k.reference) AS about
     FROM (SELECT e.id, p.currency, SUM(p.amount_minor) AS minor
           FROM journal_entries e CROSS JOIN postings p
           WHERE p.entry_id = e.id AND NOT (p.account <> 'cash') AND e.fund_id = ";

const WITH_THEIR_CASH: &str =
    " GROUP BY e.id, e.posted_on, p.currency HAVING SUM(p.amount_minor) <> 0 ORDER BY e.posted_on, e.id LIMIT ";

const ENTRIES: &str = ") s JOIN journal_entries e ON e.id = s.id
     LEFT JOIN disbursements d ON d.id = e.source_id
     LEFT JOIN receipts r ON r.id = e.source_id
     LEFT JOIN contributions k ON k.id = r.contribution_id
     ORDER BY e.posted_on, e.id";

/// Journal entries that moved cash, by day.
///
/// # Errors
/// When the database fails.
pub async fn entries(tx: &mut Tx, fund_id: FundId, which: Which<'_, EntryId>) -> Result<Vec<CashEntry>, ApiError> {
    if matches!(which, Which::Ids([])) {
        return Ok(Vec::new());
    }
    let rows: Vec<EntryRow> = on!(tx, |c| {
        let mut query = QueryBuilder::new(CHOSEN);
        query.push_bind(fund_id);
        match which {
            Which::Open(days) => {
                query.push(" AND e.posted_on >= ").push_bind(days.from);
                query.push(" AND e.posted_on <= ").push_bind(days.until);
                query.push(
                    " AND NOT EXISTS (SELECT 1 FROM bank_matches m WHERE m.entry_id = e.id AND m.undone_at IS NULL)",
                );
                query.push(WITH_THEIR_CASH).push_bind(limit());
            }
            Which::Ids(ids) => {
                query.push(" AND e.id IN (");
                let mut list = query.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                query.push(")").push(WITH_THEIR_CASH).push_bind(i64::MAX);
            }
        }
        query.push(ENTRIES);
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(CashEntry::from).collect())
}

/// A confirmed match.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MatchRow {
    /// Its id.
    pub id: MatchId,
    /// The fund.
    pub fund_id: FundId,
    /// The line.
    pub line_id: Option<LineId>,
    /// The entry.
    pub entry_id: Option<EntryId>,
    /// Why.
    pub rule: MatchRule,
    /// What somebody said.
    pub reason: String,
    /// Who confirmed it.
    pub matched_name: String,
    /// When.
    pub matched_at: Timestamp,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

/// The confirmed matches of lines or entries of some days, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn matches(tx: &mut Tx, fund_id: FundId, days: &Days) -> Result<Vec<MatchRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT m.id, m.fund_id, m.line_id, m.entry_id, m.rule, m.reason, w.name AS matched_name, m.matched_at, m.undone_at
         FROM bank_matches m JOIN people w ON w.id = m.matched_by
         LEFT JOIN statement_lines l ON l.id = m.line_id LEFT JOIN journal_entries e ON e.id = m.entry_id
         WHERE m.fund_id = $1 AND m.undone_at IS NULL
             AND (l.booked_on BETWEEN $2 AND $3 OR e.posted_on BETWEEN $2 AND $3)
         ORDER BY m.id DESC LIMIT $4"
    )
    .bind(fund_id)
    .bind(days.from)
    .bind(days.until)
    .bind(limit())
    .fetch_all(c)
    .await
    })?)
}

/// A match by id.
///
/// # Errors
/// When the database fails.
pub async fn one_match(tx: &mut Tx, id: MatchId) -> Result<Option<MatchRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT m.id, m.fund_id, m.line_id, m.entry_id, m.rule, m.reason, w.name AS matched_name, m.matched_at, m.undone_at
         FROM bank_matches m JOIN people w ON w.id = m.matched_by WHERE m.id = $1"
    )
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// A match to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewMatch<'a> {
    /// The line.
    pub line_id: Option<LineId>,
    /// The entry.
    pub entry_id: Option<EntryId>,
    /// Why.
    pub rule: MatchRule,
    /// What somebody said.
    pub reason: &'a str,
}

/// Writes matches.
///
/// # Errors
/// When a line or entry is matched already, or the database fails.
pub async fn insert_matches(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund_id: FundId,
    by: PersonId,
    matches: &[NewMatch<'_>],
) -> Result<(), ApiError> {
    on!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "INSERT INTO bank_matches (id, fund_id, line_id, entry_id, rule, reason, matched_by, matched_at) ",
        );
        insert.push_values(matches, |mut row, new| {
            let id: MatchId = ctx.id();
            row.push_bind(id)
                .push_bind(fund_id)
                .push_bind(new.line_id)
                .push_bind(new.entry_id)
                .push_bind(new.rule)
                .push_bind(new.reason)
                .push_bind(by)
                .push_bind(ctx.now);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Undoes a match.
///
/// # Errors
/// [`shared::problem::Code::PeriodLocked`], or when the database refuses otherwise or fails.
pub async fn undo(tx: &mut Tx, ctx: &Ctx<'_>, id: MatchId, by: PersonId) -> Result<(), ApiError> {
    let rows = execute!(
        tx,
        "UPDATE bank_matches SET undone_by = $2, undone_at = $3 WHERE id = $1 AND undone_at IS NULL",
        id,
        by,
        ctx.now
    )
    .map_err(|e| ApiError::from(e).period_locked())?;
    exactly_one(rows)
}

/// The paid payments that these entries booked, each with its entry.
///
/// # Errors
/// When the database fails.
pub async fn paid(tx: &mut Tx, entries: &[EntryId]) -> Result<Vec<(EntryId, DisbursementId)>, ApiError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT e.id, d.id FROM journal_entries e JOIN disbursements d ON d.id = e.source_id
             WHERE e.kind = 'disbursement' AND d.state = 'paid' AND e.id IN (",
        );
        let mut list = query.separated(", ");
        for id in entries {
            list.push_bind(*id);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })?)
}

/// A payment whose match is undone is paid again, and not reconciled.
///
/// # Errors
/// When the database fails.
pub async fn unreconcile(tx: &mut Tx, line_id: LineId) -> Result<(), ApiError> {
    execute!(
        tx,
        "UPDATE disbursements SET state = 'paid', statement_line_id = NULL, reconciled_at = NULL, version = version + 1
         WHERE statement_line_id = $1 AND state = 'reconciled'",
        line_id
    )?;
    Ok(())
}
