//! The ledger's check in SQL: each query derives again, from the journal alone, what must hold, and
//! gives the rows where it does not. Set by set, never row by row.

use shared::fund::corrections::{CheckKey, Finding, LedgerCheck};
use shared::time::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::app::Ctx;
use crate::db::{Tx, dialect};
use crate::http::error::ApiError;
use crate::{execute, on};

/// At most so many findings of each check are named.
const FINDINGS_MAX: i64 = 100;

/// One check: the rule, its key, and a query that gives `id, about, expected, found` of what breaks it.
struct Check {
    rule: &'static str,
    key: CheckKey,
    sql: &'static str,
}

/// `{day}` stands for the day of an instant, which the engines say differently.
const CHECKS: &[Check] = &[
    Check {
        rule: "M25",
        key: CheckKey::EntryBalance,
        sql: "SELECT p.entry_id AS id, k.reference AS about, CAST(0 AS BIGINT) AS expected, p.found FROM (
                  SELECT entry_id, contribution_id, CAST(SUM(amount_minor) AS BIGINT) AS found FROM postings
                  GROUP BY entry_id, contribution_id, currency, call_id, proposal_id, agreement_id HAVING SUM(amount_minor) <> 0
              ) p LEFT JOIN contributions k ON k.id = p.contribution_id",
    },
    Check {
        rule: "M25",
        key: CheckKey::EntryWithoutPostings,
        sql: "SELECT e.id, e.kind AS about, CAST(2 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS found FROM journal_entries e
              WHERE NOT EXISTS (SELECT 1 FROM postings p WHERE p.entry_id = e.id)",
    },
    Check {
        rule: "M25",
        key: CheckKey::PostingWithoutEntry,
        sql: "SELECT DISTINCT p.entry_id AS id, p.account AS about, CAST(1 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS found
              FROM postings p WHERE NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.id = p.entry_id)",
    },
    Check {
        rule: "M25",
        key: CheckKey::PostingBelongs,
        sql: "SELECT p.entry_id AS id, p.account AS about, CAST(0 AS BIGINT) AS expected, p.line AS found
              FROM postings p JOIN contributions k ON k.id = p.contribution_id JOIN funds f ON f.id = k.fund_id
              JOIN journal_entries e ON e.id = p.entry_id
              WHERE p.fund_id <> k.fund_id OR p.donor_id <> k.donor_id OR p.currency <> f.currency OR e.fund_id <> p.fund_id",
    },
    Check {
        rule: "M25",
        key: CheckKey::FundBalance,
        sql: "SELECT x.fund_id AS id, x.account AS about, CAST(SUM(x.expected) AS BIGINT) AS expected,
                  CAST(SUM(x.found) AS BIGINT) AS found FROM (
                  SELECT fund_id, account, SUM(amount_minor) AS expected, 0 AS found FROM postings GROUP BY fund_id, account
                  UNION ALL SELECT fund_id, account, 0, balance_minor FROM fund_balances
              ) x GROUP BY x.fund_id, x.account HAVING SUM(x.expected) <> SUM(x.found)",
    },
    Check {
        rule: "M31",
        key: CheckKey::UnearmarkedCash,
        sql: "SELECT b.fund_id AS id, b.account AS about, CAST(x.expected AS BIGINT) AS expected, b.unearmarked_minor AS found
              FROM fund_balances b JOIN (
                  SELECT k.fund_id, c.account, SUM(CASE WHEN k.is_earmarked THEN 0 ELSE c.balance_minor END) AS expected
                  FROM contribution_balances c JOIN contributions k ON k.id = c.contribution_id GROUP BY k.fund_id, c.account
              ) x ON x.fund_id = b.fund_id AND x.account = b.account WHERE x.expected <> b.unearmarked_minor",
    },
    Check {
        rule: "M25",
        key: CheckKey::ContributionBalance,
        sql: "SELECT x.id, x.account AS about, CAST(SUM(x.expected) AS BIGINT) AS expected,
                  CAST(SUM(x.found) AS BIGINT) AS found FROM (
                  SELECT contribution_id AS id, account, SUM(amount_minor) AS expected, 0 AS found
                  FROM postings GROUP BY contribution_id, account
                  UNION ALL SELECT contribution_id, account, 0, balance_minor FROM contribution_balances
              ) x GROUP BY x.id, x.account HAVING SUM(x.expected) <> SUM(x.found)",
    },
    Check {
        rule: "M21",
        key: CheckKey::CallBalance,
        sql: "SELECT x.id, x.account AS about, CAST(SUM(x.expected) AS BIGINT) AS expected,
                  CAST(SUM(x.found) AS BIGINT) AS found FROM (
                  SELECT call_id AS id, account, -SUM(amount_minor) AS expected, 0 AS found FROM postings
                  WHERE account IN ('reserved', 'committed') AND call_id IS NOT NULL GROUP BY call_id, account
                  UNION ALL SELECT call_id, 'reserved', 0, reserved_minor FROM call_balances
                  UNION ALL SELECT call_id, 'committed', 0, committed_minor FROM call_balances
                  UNION ALL SELECT id, 'envelope', envelope_minor, 0 FROM calls
                  UNION ALL SELECT call_id, 'envelope', 0, envelope_minor FROM call_balances
              ) x GROUP BY x.id, x.account HAVING SUM(x.expected) <> SUM(x.found)",
    },
    Check {
        rule: "M31",
        key: CheckKey::AgreementBalance,
        sql: "SELECT x.id, x.account AS about, CAST(SUM(x.expected) AS BIGINT) AS expected,
                  CAST(SUM(x.found) AS BIGINT) AS found FROM (
                  SELECT agreement_id AS id, account,
                      SUM(CASE WHEN account IN ('committed', 'written_off') THEN -amount_minor ELSE amount_minor END) AS expected,
                      0 AS found
                  FROM postings WHERE agreement_id IS NOT NULL
                      AND account IN ('committed', 'disbursed', 'written_off', 'accepted_spend')
                  GROUP BY agreement_id, account
                  UNION ALL SELECT agreement_id, 'committed', 0, committed_minor FROM agreement_balances
                  UNION ALL SELECT agreement_id, 'disbursed', 0, disbursed_minor FROM agreement_balances
                  UNION ALL SELECT agreement_id, 'written_off', 0, written_off_minor FROM agreement_balances
                  UNION ALL SELECT agreement_id, 'accepted_spend', 0, accepted_minor FROM agreement_balances
              ) x GROUP BY x.id, x.account HAVING SUM(x.expected) <> SUM(x.found)",
    },
    Check {
        rule: "M20",
        key: CheckKey::ContributionFigures,
        sql: "SELECT k.id, 'receivable' AS about,
                  k.signed_eur_minor - k.terminated_eur_minor - k.received_eur_minor + CAST(COALESCE(r.gain, 0) AS BIGINT) AS expected,
                  COALESCE(b.balance_minor, 0) AS found
              FROM contributions k
              LEFT JOIN contribution_balances b ON b.contribution_id = k.id AND b.account = 'receivable'
              LEFT JOIN (SELECT contribution_id, SUM(gain_minor) AS gain FROM receipts WHERE state = 'confirmed'
                  GROUP BY contribution_id) r ON r.contribution_id = k.id
              WHERE k.signed_on IS NOT NULL AND COALESCE(b.balance_minor, 0)
                  <> k.signed_eur_minor - k.terminated_eur_minor - k.received_eur_minor + COALESCE(r.gain, 0)",
    },
    Check {
        rule: "M21",
        key: CheckKey::FundLimit,
        sql: "SELECT fund_id AS id, account AS about, CAST(0 AS BIGINT) AS expected, balance_minor AS found FROM fund_balances
              WHERE (account IN ('cash', 'receivable', 'disbursed', 'accepted_spend') AND balance_minor < 0)
                  OR (account NOT IN ('cash', 'receivable', 'disbursed', 'accepted_spend') AND balance_minor > 0)",
    },
    Check {
        rule: "M21",
        key: CheckKey::EnvelopeLimit,
        sql: "SELECT call_id AS id, 'envelope' AS about, envelope_minor AS expected, reserved_minor + committed_minor AS found
              FROM call_balances WHERE reserved_minor + committed_minor > envelope_minor",
    },
    Check {
        rule: "M22",
        key: CheckKey::ContributionLimit,
        sql: "SELECT contribution_id AS id, account AS about, CAST(0 AS BIGINT) AS expected, balance_minor AS found
              FROM contribution_balances
              WHERE (account IN ('receivable', 'disbursed', 'accepted_spend') AND balance_minor < 0)
                  OR (account NOT IN ('cash', 'receivable', 'disbursed', 'accepted_spend') AND balance_minor > 0)",
    },
    Check {
        rule: "M31",
        key: CheckKey::EarmarkedCash,
        sql: "SELECT contribution_id AS id, account AS about, CAST(0 AS BIGINT) AS expected, balance_minor AS found
              FROM contribution_balances WHERE account = 'cash' AND is_earmarked AND balance_minor < 0
              UNION ALL SELECT fund_id, account, CAST(0 AS BIGINT), unearmarked_minor FROM fund_balances
              WHERE account = 'cash' AND unearmarked_minor < 0",
    },
    Check {
        rule: "M31",
        key: CheckKey::CashEachDay,
        sql: "SELECT x.fund_id AS id, CAST(x.posted_on AS TEXT) AS about, CAST(0 AS BIGINT) AS expected,
                  CAST(x.held AS BIGINT) AS found FROM (
                  SELECT p.fund_id, e.posted_on, SUM(SUM(p.amount_minor)) OVER (PARTITION BY p.fund_id ORDER BY e.posted_on) AS held
                  FROM postings p JOIN journal_entries e ON e.id = p.entry_id WHERE p.account = 'cash'
                  GROUP BY p.fund_id, e.posted_on
              ) x WHERE x.held < 0",
    },
    Check {
        rule: "M31",
        key: CheckKey::AgreementLimit,
        sql: "SELECT agreement_id AS id, 'disbursed' AS about, committed_minor + written_off_minor AS expected,
                  disbursed_minor AS found FROM agreement_balances WHERE disbursed_minor > committed_minor + written_off_minor",
    },
    Check {
        rule: "M23",
        key: CheckKey::CommitmentAmount,
        sql: "SELECT m.id, a.number AS about, CAST(r.amount AS BIGINT) AS expected, CAST(m.amount AS BIGINT) AS found FROM
                  (SELECT e.id, e.source_id, SUM(-p.amount_minor) AS amount FROM journal_entries e
                      JOIN postings p ON p.entry_id = e.id AND p.account = 'committed' WHERE e.kind = 'commitment'
                      GROUP BY e.id, e.source_id) m
                  JOIN agreements a ON a.id = m.source_id
                  LEFT JOIN (SELECT e.source_id, SUM(-p.amount_minor) AS amount FROM journal_entries e
                      JOIN postings p ON p.entry_id = e.id AND p.account = 'reserved' WHERE e.kind = 'reservation'
                          AND NOT EXISTS (SELECT 1 FROM journal_entries g WHERE g.reverses = e.id)
                      GROUP BY e.source_id) r ON r.source_id = a.decision_id
              WHERE COALESCE(r.amount, 0) <> m.amount",
    },
    Check {
        rule: "M24",
        key: CheckKey::Earmark,
        sql: "SELECT DISTINCT p.entry_id AS id, k.reference AS about, CAST(0 AS BIGINT) AS expected, CAST(1 AS BIGINT) AS found
              FROM journal_entries e JOIN postings p ON p.entry_id = e.id AND p.account = 'reserved'
              JOIN contributions k ON k.id = p.contribution_id AND k.is_earmarked
              JOIN proposals q ON q.id = p.proposal_id JOIN calls c ON c.id = p.call_id
              WHERE e.kind = 'reservation' AND (
                  EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'excluded_country' AND m.value = q.country)
                  OR (EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'country')
                      AND NOT EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'country' AND m.value = q.country))
                  OR (EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'window')
                      AND NOT EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'window' AND m.value = c.funding_window))
                  OR (EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'call')
                      AND NOT EXISTS (SELECT 1 FROM earmarks m WHERE m.contribution_id = k.id AND m.kind = 'call' AND m.call_id = c.id)))",
    },
    Check {
        rule: "M60",
        key: CheckKey::PaymentParts,
        sql: "SELECT e.id, d.number AS about, d.amount_minor AS expected, CAST(e.amount AS BIGINT) AS found
              FROM (SELECT e.id, e.source_id, SUM(p.amount_minor) AS amount FROM journal_entries e
                  JOIN postings p ON p.entry_id = e.id AND p.account = 'disbursed' WHERE e.kind = 'disbursement'
                  GROUP BY e.id, e.source_id) e
              JOIN disbursements d ON d.id = e.source_id WHERE d.amount_minor <> e.amount",
    },
    Check {
        rule: "M60",
        key: CheckKey::AllocationParts,
        sql: "SELECT e.id, a.reason AS about, a.amount_minor AS expected, CAST(e.amount AS BIGINT) AS found
              FROM (SELECT e.id, e.source_id, SUM(p.amount_minor) AS amount FROM journal_entries e
                  JOIN postings p ON p.entry_id = e.id AND p.account = 'headroom' WHERE e.kind = 'allocation'
                  GROUP BY e.id, e.source_id) e
              JOIN allocations a ON a.id = e.source_id WHERE a.amount_minor <> e.amount",
    },
    Check {
        rule: "M34",
        key: CheckKey::PaymentBooked,
        sql: "SELECT d.id, d.number AS about, d.amount_minor AS expected, CAST(0 AS BIGINT) AS found FROM disbursements d
              WHERE d.state IN ('paid', 'reconciled')
                  AND NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.kind = 'disbursement' AND e.source_id = d.id)",
    },
    Check {
        rule: "M61",
        key: CheckKey::ReversalPoints,
        sql: "SELECT e.id, e.kind AS about, CAST(1 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS found FROM journal_entries e
              WHERE (e.reverses IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journal_entries o WHERE o.id = e.reverses))
                  OR (e.reverses IS NULL AND e.kind IN ('release', 'disbursement_reversal', 'expenditure_reversal',
                      'receipt_reversal', 'allocation_reversal'))",
    },
    Check {
        rule: "M61",
        key: CheckKey::ReversedOnce,
        sql: "SELECT e.reverses AS id, 'reverses' AS about, CAST(1 AS BIGINT) AS expected, COUNT(*) AS found
              FROM journal_entries e WHERE e.reverses IS NOT NULL GROUP BY e.reverses HAVING COUNT(*) > 1",
    },
    Check {
        rule: "M61",
        key: CheckKey::ReversalSplit,
        sql: "SELECT x.id, x.account AS about, CAST(0 AS BIGINT) AS expected, CAST(SUM(x.amount_minor) AS BIGINT) AS found FROM (
                  SELECT e.id, p.account, p.contribution_id, p.amount_minor FROM journal_entries e
                  JOIN postings p ON p.entry_id = e.id WHERE e.reverses IS NOT NULL
                  UNION ALL SELECT e.id, p.account, p.contribution_id, p.amount_minor FROM journal_entries e
                  JOIN postings p ON p.entry_id = e.reverses WHERE e.reverses IS NOT NULL
              ) x GROUP BY x.id, x.account, x.contribution_id HAVING SUM(x.amount_minor) <> 0",
    },
    Check {
        rule: "M53",
        key: CheckKey::ReportParts,
        sql: "SELECT r.id, a.number AS about, CAST(COALESCE(l.amount, 0) AS BIGINT) + r.rounding_minor AS expected,
                  r.accepted_minor AS found
              FROM reports r JOIN agreements a ON a.id = r.agreement_id
              LEFT JOIN (SELECT report_id, SUM(accepted_minor) AS amount FROM report_lines GROUP BY report_id) l
                  ON l.report_id = r.id
              WHERE r.accepted_minor <> COALESCE(l.amount, 0) + r.rounding_minor",
    },
    Check {
        rule: "M71",
        key: CheckKey::PostingDate,
        sql: "SELECT e.id, e.kind AS about, CAST(0 AS BIGINT) AS expected, CAST(1 AS BIGINT) AS found FROM journal_entries e
              WHERE e.posted_on > {day}
                  OR EXISTS (SELECT 1 FROM journal_entries o WHERE o.id = e.reverses AND o.posted_on > e.posted_on)",
    },
];

/// Everything that does not hold, check by check.
///
/// # Errors
/// When the database fails.
pub async fn findings(tx: &mut Tx) -> Result<Vec<Finding>, ApiError> {
    let mut all = Vec::new();
    let day = dialect::day_of(tx, "e.created_at");
    for check in CHECKS {
        let sql = format!("{} LIMIT {FINDINGS_MAX}", check.sql.replace("{day}", &day));
        let rows: Vec<(Uuid, Option<String>, i64, i64)> =
            on!(tx, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).fetch_all(c).await)?;
        all.extend(rows.into_iter().map(|(id, about, expected, found)| Finding {
            rule: check.rule.to_owned(),
            check: check.key,
            id: id.to_string(),
            about: about.unwrap_or_default(),
            expected,
            found,
        }));
    }
    Ok(all)
}

/// How many postings there are.
///
/// # Errors
/// When the database fails.
pub async fn postings(tx: &mut Tx) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM postings").fetch_one(c).await)?)
}

/// Keeps what a check found.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, ctx: &Ctx<'_>, check: &LedgerCheck) -> Result<Uuid, ApiError> {
    let id = ctx.id::<Uuid>();
    execute!(
        tx,
        "INSERT INTO ledger_checks (id, checked_at, postings, millis, findings) VALUES ($1, $2, $3, $4, $5)",
        id,
        check.checked_at,
        check.postings,
        check.millis,
        serde_json::to_string(&check.findings)?,
    )?;
    Ok(id)
}

/// The last check that was kept.
///
/// # Errors
/// When the database fails.
pub async fn last(tx: &mut Tx) -> Result<Option<LedgerCheck>, ApiError> {
    let row: Option<(Timestamp, i64, i64, String)> = on!(tx, |c| sqlx::query_as(
        "SELECT checked_at, postings, millis, findings FROM ledger_checks ORDER BY id DESC LIMIT 1"
    )
    .fetch_optional(c)
    .await)?;
    row.map(|(checked_at, postings, millis, findings)| {
        let findings = serde_json::from_str(&findings)?;
        Ok(LedgerCheck { checked_at: Some(checked_at), postings, millis, findings })
    })
    .transpose()
}
