//! SQL of exports. Rows are streamed in the file's order; nothing is collected.

use shared::amendments::{AmendmentKind, AmendmentState};
use shared::bank::MatchRule;
use shared::currency::Currency;
use shared::exports::{Choosable, ExportQuery};
use shared::fund::{Account, EntryKind};
use shared::ids::{AgreementId, AmendmentId, EntryId, LineId, MotionId, OrganisationId, PersonId, RateId, ReportId};
use shared::money::{Money, Rate};
use shared::rates::{RateKind, RateState};
use shared::reviews::CallRef;
use shared::time::{Date, Timestamp};
use shared::votes::{Choice, MotionState, Outcome};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::auth::policy::exports::Reach;
use crate::db::{Tx, dialect};
use crate::http::error::ApiError;
use crate::{execute, on};

/// The most funds, calls or donors to choose from.
const CHOICES_MAX: i64 = 500;

/// A posting with all that a file can say of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PostingRow {
    /// The entry.
    pub entry_id: EntryId,
    /// The posting date.
    pub posted_on: Date,
    /// What happened.
    pub kind: EntryKind,
    /// The fund's code.
    pub fund: String,
    /// The account.
    pub account: Account,
    /// Debit positive.
    pub amount_minor: i64,
    /// In this currency.
    pub currency: Currency,
    /// The donor whose money it is.
    pub donor_id: OrganisationId,
    /// Its code.
    pub donor: String,
    /// Its name.
    pub donor_name: String,
    /// The call's code.
    pub call: Option<String>,
    /// The proposal's number.
    pub proposal: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
    /// Its number.
    pub agreement: Option<String>,
    /// The recipient's code.
    pub recipient: Option<String>,
    /// Its name.
    pub recipient_name: Option<String>,
    /// The payment's number.
    pub disbursement: Option<String>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The tranche's number.
    pub tranche: Option<i64>,
}

impl PostingRow {
    /// The amount as people say it: positive when the account grows.
    #[must_use]
    pub fn natural(&self) -> Money {
        Money::from_minor(self.account.natural(self.amount_minor), self.currency)
    }
}

enum Value {
    Id(Uuid),
    Text(&'static str),
    Date(Date),
    Instant(Timestamp),
}

/// Conditions with their values, numbered as they come.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn and(&mut self, left: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.values.push(value);
            self.sql += &format!(" AND {left} ${}", self.values.len());
        }
    }

    /// `column` is one of these; never NULL.
    fn is_one_of(&mut self, column: &str, ids: &[OrganisationId]) -> String {
        let places: Vec<String> = ids
            .iter()
            .map(|id| {
                self.values.push(Value::Id(id.0));
                format!("${}", self.values.len())
            })
            .collect();
        if places.is_empty() {
            "FALSE".to_owned()
        } else {
            format!("COALESCE({column} IN ({}), FALSE)", places.join(", "))
        }
    }

    fn and_in(&mut self, column: &str, ids: &[OrganisationId]) {
        let is_one = self.is_one_of(column, ids);
        self.sql += &format!(" AND {is_one}");
    }
}

/// Entries of one donor alone: what it promised and sent.
const OF_ONE_DONOR: &str = "('contribution', 'termination', 'receipt', 'receipt_reversal')";

/// Which postings: those of an account, or of all; as asked for; within reach.
fn chosen(account: Option<Account>, query: &ExportQuery, reach: &Reach) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.and("x.account =", account.map(|a| Value::Text(a.as_str())));
    conditions.and("e.fund_id =", query.fund_id.map(|id| Value::Id(id.0)));
    conditions.and("x.call_id =", query.call_id.map(|id| Value::Id(id.0)));
    conditions.and("x.donor_id =", query.donor_id.map(|id| Value::Id(id.0)));
    conditions.and("e.posted_on >=", query.from.map(Value::Date));
    conditions.and("e.posted_on <=", query.last_day().map(Value::Date));
    if let Reach::Recipients(own) = reach {
        conditions.and_in("a.organisation_id", own);
    }
    conditions
}

/// Binds values in their order.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Id(id) => query.bind(*id),
                Value::Text(text) => query.bind(*text),
                Value::Date(date) => query.bind(*date),
                Value::Instant(at) => query.bind(*at),
            };
        }
        query
    }};
}

/// Hands every row of a streamed query to `$each`.
macro_rules! each {
    ($tx:expr, $sql:expr, $values:expr, |$row:ident: $type:ty| $each:expr) => {
        on!($tx, |c| {
            let mut rows = bound!(sqlx::query_as::<_, $type>(AssertSqlSafe($sql)), $values).fetch(c);
            while let Some($row) = futures::TryStreamExt::try_next(&mut rows).await? {
                $each
            }
        })
    };
}

/// What takes streamed rows.
pub trait Each<T> {
    /// Takes the next row.
    fn take(&mut self, row: T) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// Streams postings in the order of booking: by posting date, entry, line. For a donor the others'
/// postings of an account follow one another, whatever their order was, so that they make one row; what
/// another one promised and sent alone is left out ([`of_others`]).
///
/// # Errors
/// When the database fails or the taker does.
pub async fn postings(
    tx: &mut Tx,
    account: Option<Account>,
    query: &ExportQuery,
    reach: &Reach,
    each: &mut impl Each<PostingRow>,
) -> Result<(), ApiError> {
    let mut conditions = chosen(account, query, reach);
    let mut order = "x.line".to_owned();
    if let Reach::Donors(own) = reach {
        let is_own = conditions.is_one_of("x.donor_id", own);
        conditions.sql += &format!(" AND ({is_own} OR e.kind NOT IN {OF_ONE_DONOR})");
        order = format!("x.account, CASE WHEN {is_own} THEN 0 ELSE 1 END, x.line");
    }
    let sql = format!(
        "SELECT e.id AS entry_id, e.posted_on, e.kind, f.code AS fund, x.account, x.amount_minor, x.currency,
             x.donor_id, d.code AS donor, d.name AS donor_name, c.code AS call, p.number AS proposal, p.country,
             x.agreement_id, a.number AS agreement, r.code AS recipient, r.name AS recipient_name,
             b.number AS disbursement, b.bank_reference, t.number AS tranche
         FROM journal_entries e
         JOIN postings x ON x.entry_id = e.id
         JOIN funds f ON f.id = e.fund_id
         JOIN organisations d ON d.id = x.donor_id
         LEFT JOIN calls c ON c.id = x.call_id
         LEFT JOIN proposals p ON p.id = x.proposal_id
         LEFT JOIN agreements a ON a.id = x.agreement_id
         LEFT JOIN organisations r ON r.id = a.organisation_id
         LEFT JOIN disbursements b ON b.id = e.source_id
         LEFT JOIN tranches t ON t.id = b.tranche_id
         WHERE TRUE{} ORDER BY e.posted_on, e.id, {order}",
        conditions.sql
    );
    each!(tx, sql.as_str(), &conditions.values, |row: PostingRow| each.take(row).await?);
    Ok(())
}

/// What all other donors together promised and sent, by event and account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OthersRow {
    /// What happened.
    pub kind: EntryKind,
    /// The fund's code.
    pub fund: String,
    /// The account.
    pub account: Account,
    /// Debit positive.
    pub amount_minor: i64,
    /// In this currency.
    pub currency: Currency,
}

/// What donors other than one's own promised and sent, in one sum for each event and account: an entry of
/// theirs would tell each one's amount.
///
/// # Errors
/// When the database fails.
pub async fn of_others(
    tx: &mut Tx,
    query: &ExportQuery,
    reach: &Reach,
    own: &[OrganisationId],
) -> Result<Vec<OthersRow>, ApiError> {
    let mut conditions = chosen(None, query, reach);
    let is_own = conditions.is_one_of("x.donor_id", own);
    let sql = format!(
        "SELECT e.kind, f.code AS fund, x.account, CAST(SUM(x.amount_minor) AS BIGINT) AS amount_minor, x.currency
         FROM journal_entries e JOIN postings x ON x.entry_id = e.id JOIN funds f ON f.id = e.fund_id
         WHERE TRUE{} AND NOT {is_own} AND e.kind IN {OF_ONE_DONOR}
         GROUP BY f.code, e.kind, x.account, x.currency ORDER BY f.code, e.kind, x.account, x.currency",
        conditions.sql
    );
    Ok(on!(tx, |c| bound!(sqlx::query_as(AssertSqlSafe(sql.as_str())), &conditions.values).fetch_all(c).await)?)
}

/// The donors that bear a part of what is asked for, by code.
///
/// # Errors
/// When the database fails.
pub async fn donors_of(
    tx: &mut Tx,
    account: Account,
    query: &ExportQuery,
    reach: &Reach,
) -> Result<Vec<(OrganisationId, String)>, ApiError> {
    let conditions = chosen(Some(account), query, reach);
    let sql = format!(
        "SELECT DISTINCT d.id, d.code FROM journal_entries e JOIN postings x ON x.entry_id = e.id
         JOIN organisations d ON d.id = x.donor_id LEFT JOIN agreements a ON a.id = x.agreement_id
         WHERE TRUE{} ORDER BY d.code",
        conditions.sql
    );
    Ok(on!(tx, |c| bound!(sqlx::query_as(AssertSqlSafe(sql.as_str())), &conditions.values).fetch_all(c).await)?)
}

/// An organisation's place in a vote: its ballot is hidden until the motion is closed (V4).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VoteRow {
    /// The motion.
    pub motion_id: MotionId,
    /// Its number.
    pub motion: String,
    /// The call's code.
    pub call: String,
    /// The proposal's number.
    pub proposal: Option<String>,
    /// What was proposed.
    pub outcome: Outcome,
    /// How much.
    pub amount_minor: Option<i64>,
    /// In the fund's currency.
    pub currency: Currency,
    /// Where it stands.
    pub state: MotionState,
    /// Since when the vote is open.
    pub opens_at: Option<Timestamp>,
    /// Until when.
    pub closes_at: Option<Timestamp>,
    /// The organisation's code.
    pub organisation: String,
    /// Its name.
    pub organisation_name: String,
    /// Whether it is recused (V5).
    pub is_recused: bool,
    /// Its vote.
    pub choice: Option<Choice>,
    /// Why.
    pub reason: Option<String>,
    /// Who voted for it.
    pub voted_by: Option<String>,
    /// Why the alternate voted (V2).
    pub alternate_note: Option<String>,
    /// When.
    pub cast_at: Option<Timestamp>,
}

/// Streams the places in votes, by motion and organisation. Ballots of open motions are not read.
///
/// # Errors
/// When the database fails or the taker does.
pub async fn votes(tx: &mut Tx, query: &ExportQuery, each: &mut impl Each<VoteRow>) -> Result<(), ApiError> {
    let midnight = |day: Date| Timestamp::parse(&format!("{day}T00:00:00Z")).ok().map(Value::Instant);
    let mut conditions = Conditions::default();
    conditions.and("p.call_id =", query.call_id.map(|id| Value::Id(id.0)));
    conditions.and("m.state =", query.state.map(|s| Value::Text(s.as_str())));
    conditions.and("m.closes_at >=", query.from.and_then(midnight));
    conditions.and("m.closes_at <", query.until.and_then(|day| midnight(day.plus_days(1))));
    let sql = format!(
        "SELECT m.id AS motion_id, m.number AS motion, c.code AS call, p.number AS proposal, m.outcome, m.amount_minor,
             f.currency, m.state, m.opens_at, m.closes_at, o.code AS organisation, o.name AS organisation_name,
             v.is_recused, b.choice, b.reason, h.name AS voted_by, b.alternate_note, b.cast_at
         FROM motions m
         JOIN motion_voters v ON v.motion_id = m.id
         JOIN organisations o ON o.id = v.organisation_id
         JOIN proposals p ON p.id = m.proposal_id
         JOIN calls c ON c.id = p.call_id
         JOIN funds f ON f.id = c.fund_id
         LEFT JOIN ballots b ON b.motion_id = m.id AND b.organisation_id = v.organisation_id AND m.state <> 'open'
         LEFT JOIN people h ON h.id = b.person_id
         WHERE TRUE{} ORDER BY m.id, o.code",
        conditions.sql
    );
    each!(tx, sql.as_str(), &conditions.values, |row: VoteRow| each.take(row).await?);
    Ok(())
}

/// An exchange rate with who entered and approved it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FxRateRow {
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
    /// Where it comes from.
    pub source: String,
    /// How far it is.
    pub state: RateState,
    /// The approved rate that it corrects.
    pub replaces: Option<RateId>,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    pub entered_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

/// Streams the exchange rates, by date, currency and kind.
///
/// # Errors
/// When the database fails or the taker does.
pub async fn fx_rates(tx: &mut Tx, query: &ExportQuery, each: &mut impl Each<FxRateRow>) -> Result<(), ApiError> {
    let mut conditions = Conditions::default();
    conditions.and("r.valid_on >=", query.from.map(Value::Date));
    conditions.and("r.valid_on <=", query.last_day().map(Value::Date));
    let sql = format!(
        "SELECT r.id, r.currency, r.valid_on, r.kind, r.rate_nano, r.source, r.state, r.replaces, e.name AS entered_by,
             r.entered_at, a.name AS approved_by, r.approved_at
         FROM fx_rates r JOIN people e ON e.id = r.entered_by LEFT JOIN people a ON a.id = r.approved_by
         WHERE TRUE{} ORDER BY r.valid_on, r.currency, r.kind, r.id",
        conditions.sql
    );
    each!(tx, sql.as_str(), &conditions.values, |row: FxRateRow| each.take(row).await?);
    Ok(())
}

/// What an accepted report says of a category, its rounding difference, or the grant's share of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ExpenditureRow {
    /// The report.
    pub report_id: ReportId,
    /// When it was accepted.
    pub accepted_on: Date,
    /// The fund's code.
    pub fund: String,
    /// The call's code.
    pub call: String,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement: String,
    /// The proposal's number.
    pub proposal: Option<String>,
    /// The recipient's code.
    pub recipient: String,
    /// Its name.
    pub recipient_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The report's number.
    pub report: i64,
    /// First day that it covers.
    pub period_from: Date,
    /// Last day that it covers.
    pub period_to: Date,
    /// `cost`, `rounding` or `grant_share`.
    pub kind: String,
    /// The category of a cost.
    pub category: Option<String>,
    /// Reported, in the currency that the recipient reports in.
    pub reported_minor: Option<i64>,
    /// Disallowed of it.
    pub disallowed_minor: Option<i64>,
    /// The currency that the recipient reports in.
    pub reported_currency: Currency,
    /// The rate used: minor units of the fund's currency…
    pub rate_fund_minor: Option<i64>,
    /// … for so many of the reporting currency.
    pub rate_reporting_minor: Option<i64>,
    /// Accepted, in the fund's currency.
    pub amount_minor: i64,
    /// The fund's currency.
    pub currency: Currency,
}

/// Which grants: as asked for, within reach.
fn of_grants(query: &ExportQuery, reach: &Reach) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.and("a.fund_id =", query.fund_id.map(|id| Value::Id(id.0)));
    conditions.and("a.call_id =", query.call_id.map(|id| Value::Id(id.0)));
    if let Reach::Recipients(own) = reach {
        conditions.and_in("a.organisation_id", own);
    }
    conditions
}

/// Streams what accepted reports say, by the day of acceptance: their costs, then what rounding left of
/// the total, which is no cost (M53), then the grant's share (M42).
///
/// # Errors
/// When the database fails or the taker does.
pub async fn expenditures(
    tx: &mut Tx,
    query: &ExportQuery,
    reach: &Reach,
    each: &mut impl Each<ExpenditureRow>,
) -> Result<(), ApiError> {
    let day = dialect::day_of(tx, "r.accepted_at");
    let mut conditions = of_grants(query, reach);
    conditions.and(&format!("{day} >="), query.from.map(Value::Date));
    conditions.and(&format!("{day} <="), query.last_day().map(Value::Date));
    let sql = format!(
        "SELECT r.id AS report_id, {day} AS accepted_on, f.code AS fund, c.code AS call, a.id AS agreement_id,
             a.number AS agreement, p.number AS proposal, o.code AS recipient, o.name AS recipient_name, p.country,
             r.number AS report, r.period_from, r.period_to, x.kind, x.category, x.reported_minor, x.disallowed_minor,
             COALESCE(a.reporting_currency, f.currency) AS reported_currency, r.rate_fund_minor, r.rate_reporting_minor,
             x.amount_minor, f.currency
         FROM reports r JOIN agreements a ON a.id = r.agreement_id JOIN funds f ON f.id = a.fund_id
         JOIN calls c ON c.id = a.call_id JOIN proposals p ON p.id = a.proposal_id
         JOIN organisations o ON o.id = a.organisation_id
         JOIN (SELECT l.report_id, 'cost' AS kind, b.position, l.category, l.reported_minor, l.disallowed_minor,
                 l.accepted_minor AS amount_minor
             FROM report_lines l JOIN reports q ON q.id = l.report_id
             JOIN agreement_budget b ON b.agreement_id = q.agreement_id AND b.version = q.budget_version
                 AND b.category = l.category
             UNION ALL SELECT q.id, 'rounding', 1000, NULL, NULL, NULL, q.rounding_minor FROM reports q
             WHERE q.rounding_minor <> 0
             UNION ALL SELECT q.id, 'grant_share', 1001, NULL, NULL, NULL, q.accepted_share_minor FROM reports q
         ) x ON x.report_id = r.id
         WHERE r.accepted_at IS NOT NULL{} ORDER BY accepted_on, a.number, r.number, x.position",
        conditions.sql
    );
    each!(tx, sql.as_str(), &conditions.values, |row: ExpenditureRow| each.take(row).await?);
    Ok(())
}

/// A category of a budget with what is accepted of it, or the rounding differences of a grant.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BudgetRow {
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
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// `cost` or `rounding`.
    pub kind: String,
    /// The category of a cost.
    pub category: Option<String>,
    /// As signed or last amended.
    pub planned_minor: i64,
    /// Accepted.
    pub accepted_minor: i64,
    /// The fund's currency.
    pub currency: Currency,
}

/// Streams budgets as they are, or were on a day, against what is accepted, by agreement and category; what rounding left of the
/// totals is a row of its own (M53).
///
/// # Errors
/// When the database fails or the taker does.
pub async fn budget_vs_actual(
    tx: &mut Tx,
    query: &ExportQuery,
    reach: &Reach,
    each: &mut impl Each<BudgetRow>,
) -> Result<(), ApiError> {
    let day = dialect::day_of(tx, "r.accepted_at");
    let mut conditions = of_grants(query, reach);
    let (mut until, mut in_effect) = (String::new(), String::new());
    if let Some(as_of) = query.as_of {
        conditions.values.push(Value::Date(as_of));
        until = format!(" AND {day} <= ${}", conditions.values.len());
        let effective = dialect::day_of(tx, "m.countersigned_at");
        in_effect = format!(" AND {effective} <= ${}", conditions.values.len());
    }
    let sql = format!(
        "SELECT c.code AS call, a.id AS agreement_id, a.number AS agreement, o.code AS recipient,
             o.name AS recipient_name, p.country, x.kind, x.category, x.planned_minor, x.accepted_minor, f.currency
         FROM agreements a JOIN funds f ON f.id = a.fund_id JOIN calls c ON c.id = a.call_id
         JOIN proposals p ON p.id = a.proposal_id JOIN organisations o ON o.id = a.organisation_id
         JOIN (SELECT b.agreement_id, 'cost' AS kind, b.position, b.category, b.planned_minor,
                 CAST(COALESCE((SELECT SUM(l.accepted_minor) FROM report_lines l JOIN reports r ON r.id = l.report_id
                     WHERE r.agreement_id = b.agreement_id AND l.category = b.category AND r.accepted_at IS NOT NULL{until}
                 ), 0) AS BIGINT) AS accepted_minor
             FROM agreement_budget b WHERE b.version = (SELECT COALESCE(MAX(m.base_version), 0) + 1 FROM amendments m
                 WHERE m.agreement_id = b.agreement_id AND m.state = 'effective'{in_effect})
             UNION ALL SELECT r.agreement_id, 'rounding', 1000, NULL, 0, CAST(SUM(r.rounding_minor) AS BIGINT)
             FROM reports r WHERE r.accepted_at IS NOT NULL{until} GROUP BY r.agreement_id HAVING SUM(r.rounding_minor) <> 0
         ) x ON x.agreement_id = a.id
         WHERE a.signed_at IS NOT NULL{} ORDER BY a.number, x.position",
        conditions.sql
    );
    each!(tx, sql.as_str(), &conditions.values, |row: BudgetRow| each.take(row).await?);
    Ok(())
}

/// A category of an amendment that took effect or was refused.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AmendedRow {
    /// The amendment.
    pub amendment_id: AmendmentId,
    /// When it took effect or was refused.
    pub decided_on: Date,
    /// The fund's code.
    pub fund: String,
    /// The call's code.
    pub call: String,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its number.
    pub agreement: String,
    /// The proposal's number.
    pub proposal: Option<String>,
    /// The recipient's code.
    pub recipient: String,
    /// Its name.
    pub recipient_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The amendment's place among the agreement's.
    pub number: i64,
    /// What it changes.
    pub kind: AmendmentKind,
    /// Whether it took effect.
    pub state: AmendmentState,
    /// The category.
    pub category: String,
    /// What it had.
    pub before_minor: i64,
    /// What the amendment gives it.
    pub after_minor: i64,
    /// The fund's currency.
    pub currency: Currency,
    /// Why it was asked for.
    pub reason: String,
    /// Why it was refused.
    pub refusal: String,
}

/// Streams amendments that took effect or were refused, by that day, agreement and number; a row for each category.
///
/// # Errors
/// When the database fails or the taker does.
pub async fn amendments(
    tx: &mut Tx,
    query: &ExportQuery,
    reach: &Reach,
    each: &mut impl Each<AmendedRow>,
) -> Result<(), ApiError> {
    let day = dialect::day_of(tx, "COALESCE(m.countersigned_at, m.refused_at)");
    let mut conditions = of_grants(query, reach);
    conditions.and(&format!("{day} >="), query.from.map(Value::Date));
    conditions.and(&format!("{day} <="), query.last_day().map(Value::Date));
    let sql = format!(
        "SELECT m.id AS amendment_id, {day} AS decided_on, f.code AS fund, c.code AS call, a.id AS agreement_id,
             a.number AS agreement, p.number AS proposal, o.code AS recipient, o.name AS recipient_name, p.country,
             m.number, m.kind, m.state, l.category, COALESCE(b.planned_minor, 0) AS before_minor,
             l.planned_minor AS after_minor, f.currency, m.reason, m.refusal
         FROM amendments m JOIN agreements a ON a.id = m.agreement_id JOIN funds f ON f.id = a.fund_id
         JOIN calls c ON c.id = a.call_id JOIN proposals p ON p.id = a.proposal_id
         JOIN organisations o ON o.id = a.organisation_id
         JOIN amendment_lines l ON l.amendment_id = m.id
         LEFT JOIN agreement_budget b ON b.agreement_id = m.agreement_id AND b.version = m.base_version
             AND b.category = l.category
         WHERE m.state IN ('effective', 'refused'){} ORDER BY decided_on, a.number, m.number, l.position",
        conditions.sql
    );
    each!(tx, sql.as_str(), &conditions.values, |row: AmendedRow| each.take(row).await?);
    Ok(())
}

/// A line of a bank's statement, a cash entry, or both together.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReconciledRow {
    /// The line.
    pub line_id: Option<LineId>,
    /// The account's name.
    pub account: Option<String>,
    /// When the bank booked it.
    pub booked_on: Option<Date>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The end-to-end id.
    pub end_to_end_id: Option<String>,
    /// What the bank says.
    pub text: Option<String>,
    /// Positive: it came in.
    pub line_minor: Option<i64>,
    /// In this currency.
    pub line_currency: Option<Currency>,
    /// The entry.
    pub entry_id: Option<EntryId>,
    /// Its posting date.
    pub posted_on: Option<Date>,
    /// What happened.
    pub event: Option<EntryKind>,
    /// Positive: cash came in.
    pub entry_minor: Option<i64>,
    /// In this currency.
    pub entry_currency: Option<Currency>,
    /// Why they belong together; none when nobody has matched it.
    pub rule: Option<MatchRule>,
    /// What somebody said.
    pub reason: Option<String>,
    /// Who confirmed it.
    pub matched_by: Option<String>,
    /// When.
    pub matched_at: Option<Timestamp>,
}

/// Streams the bank's lines by day, each with the entry that it is matched with, then the cash entries
/// without a line.
///
/// # Errors
/// When the database fails or the taker does.
pub async fn reconciliation(
    tx: &mut Tx,
    query: &ExportQuery,
    each: &mut impl Each<ReconciledRow>,
) -> Result<(), ApiError> {
    const CASH: &str = "(SELECT p.entry_id, p.currency, CAST(SUM(p.amount_minor) AS BIGINT) AS minor FROM postings p
        WHERE p.account = 'cash' GROUP BY p.entry_id, p.currency)";
    let of = |fund: &str, day: &str| {
        let mut conditions = Conditions::default();
        conditions.and(&format!("{fund} ="), query.fund_id.map(|id| Value::Id(id.0)));
        conditions.and(&format!("{day} >="), query.from.map(Value::Date));
        conditions.and(&format!("{day} <="), query.last_day().map(Value::Date));
        conditions
    };
    let lines = of("l.fund_id", "l.booked_on");
    let sql = format!(
        "SELECT l.id AS line_id, a.name AS account, l.booked_on, l.reference AS bank_reference, l.end_to_end_id, l.text,
             l.amount_minor AS line_minor, l.currency AS line_currency, m.entry_id, e.posted_on, e.kind AS event,
             s.minor AS entry_minor, s.currency AS entry_currency, m.rule, m.reason, w.name AS matched_by, m.matched_at
         FROM statement_lines l JOIN house_accounts a ON a.id = l.account_id
         LEFT JOIN bank_matches m ON m.line_id = l.id AND m.undone_at IS NULL
         LEFT JOIN people w ON w.id = m.matched_by
         LEFT JOIN journal_entries e ON e.id = m.entry_id LEFT JOIN {CASH} s ON s.entry_id = e.id
         WHERE TRUE{} ORDER BY l.booked_on, l.id",
        lines.sql
    );
    each!(tx, sql.as_str(), &lines.values, |row: ReconciledRow| each.take(row).await?);
    let entries = of("e.fund_id", "e.posted_on");
    let sql = format!(
        "SELECT NULL AS line_id, NULL AS account, NULL AS booked_on, NULL AS bank_reference, NULL AS end_to_end_id,
             NULL AS text, NULL AS line_minor, NULL AS line_currency, e.id AS entry_id, e.posted_on, e.kind AS event,
             s.minor AS entry_minor, s.currency AS entry_currency, m.rule, m.reason, w.name AS matched_by, m.matched_at
         FROM journal_entries e JOIN {CASH} s ON s.entry_id = e.id AND s.minor <> 0
         LEFT JOIN bank_matches m ON m.entry_id = e.id AND m.undone_at IS NULL
         LEFT JOIN people w ON w.id = m.matched_by
         WHERE m.line_id IS NULL{} ORDER BY e.posted_on, e.id",
        entries.sql
    );
    each!(tx, sql.as_str(), &entries.values, |row: ReconciledRow| each.take(row).await?);
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ChoosableRow {
    id: Uuid,
    code: String,
    name: String,
}

impl From<ChoosableRow> for Choosable {
    fn from(ChoosableRow { id, code, name }: ChoosableRow) -> Self {
        Self { id, code, name }
    }
}

/// The funds, by code.
///
/// # Errors
/// When the database fails.
pub async fn funds(tx: &mut Tx) -> Result<Vec<Choosable>, ApiError> {
    let rows: Vec<ChoosableRow> =
        on!(tx, |c| sqlx::query_as("SELECT id, code, name FROM funds ORDER BY code LIMIT $1")
            .bind(CHOICES_MAX)
            .fetch_all(c)
            .await)?;
    Ok(rows.into_iter().map(Choosable::from).collect())
}

/// The donors that signed contributions, by code.
///
/// # Errors
/// When the database fails.
pub async fn donors(tx: &mut Tx) -> Result<Vec<Choosable>, ApiError> {
    let rows: Vec<ChoosableRow> = on!(tx, |c| sqlx::query_as(
        "SELECT DISTINCT o.id, o.code, o.name FROM contributions k JOIN organisations o ON o.id = k.donor_id
         WHERE k.signed_on IS NOT NULL ORDER BY o.code LIMIT $1"
    )
    .bind(CHOICES_MAX)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(Choosable::from).collect())
}

/// The published calls, newest first.
///
/// # Errors
/// When the database fails.
pub async fn calls(tx: &mut Tx) -> Result<Vec<CallRef>, ApiError> {
    let rows: Vec<(shared::ids::CallId, String, String, String)> = on!(tx, |c| sqlx::query_as(
        "SELECT id, code, title_en, title_fr FROM calls WHERE published_at IS NOT NULL ORDER BY id DESC LIMIT $1"
    )
    .bind(CHOICES_MAX)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, code, title_en, title_fr)| CallRef { id, code, title_en, title_fr }).collect())
}

/// A file that was taken.
#[derive(Debug)]
pub struct Taken<'a> {
    /// The row's id.
    pub id: Uuid,
    /// By whom.
    pub person_id: PersonId,
    /// Which export.
    pub name: &'a str,
    /// What was asked for, as JSON.
    pub parameters: &'a str,
    /// How many rows.
    pub rows: i64,
    /// The file's hash.
    pub sha256: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Logs a file that was taken.
///
/// # Errors
/// When the database fails.
pub async fn log(tx: &mut Tx, taken: &Taken<'_>) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO export_log (id, person_id, name, parameters, rows, sha256, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        taken.id,
        taken.person_id,
        taken.name,
        taken.parameters,
        taken.rows,
        taken.sha256,
        taken.at,
    )?;
    Ok(())
}
