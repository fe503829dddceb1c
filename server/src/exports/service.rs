//! What each file holds: one function turns stored rows into cells, for the file, the manifest and
//! the preview alike (M3).

use shared::currency::Currency;
use shared::exports::{Catalogue, Cell, Choosable, ExportKind, ExportName, ExportQuery, Manifest};
use shared::fund::{Account, DonorStatement, DonorStatus, FundStatus, Line, StatementQuery};
use shared::ids::{EntryId, OrganisationId};
use shared::money::Money;
use shared::people::OrganisationRef;
use shared::problem::{Code, check};
use shared::reports::ReportingRate;
use shared::reviews::{RankRow, RankingQuery};

use super::sink::{Column, Finished, Sink};
use super::store::{
    self, AmendedRow, BudgetRow, Each, ExpenditureRow, FxRateRow, PostingRow, ReconciledRow, Taken, VoteRow,
};
use crate::app::{App, Ctx};
use crate::auth::actor::Actor;
use crate::auth::policy::Granted;
use crate::auth::policy::exports::{self as policy, Reach};
use crate::db::Tx;
use crate::forecast::store::{Chosen, ForecastRow};
use crate::http::error::ApiError;
use crate::{audit, forecast, fund, reviews, transact};

/// What the reader may take, and what to choose from.
///
/// # Errors
/// When the database fails.
pub async fn catalogue(tx: &mut Tx, actor: &Actor) -> Result<Catalogue, ApiError> {
    let any = ExportQuery::default();
    let reach = |name| policy::take(actor, name, &any).ok().map(|granted| (name, granted.into_inner()));
    let allowed: Vec<(ExportName, Reach)> = ExportName::ALL.iter().filter_map(|name| reach(*name)).collect();
    let donors: Vec<Choosable> = match allowed.first() {
        Some((_, Reach::All)) => store::donors(tx).await?,
        Some((_, Reach::Donors(own))) => {
            store::donors(tx).await?.into_iter().filter(|d| own.contains(&OrganisationId(d.id))).collect()
        }
        Some((_, Reach::Recipients(_))) | None => Vec::new(),
    };
    let kind = |(name, _): (ExportName, Reach)| ExportKind {
        name,
        parameters: name.parameters().to_vec(),
        required: name.required(),
    };
    Ok(Catalogue {
        exports: allowed.into_iter().map(kind).collect(),
        funds: store::funds(tx).await?,
        calls: store::calls(tx).await?,
        donors,
    })
}

/// Writes the table that is asked for into a sink.
///
/// # Errors
/// When the parameters are wrong, the database fails, or the reader is gone.
pub async fn produce(
    tx: &mut Tx,
    reach: &Granted<Reach>,
    name: ExportName,
    query: &ExportQuery,
    mut sink: Sink,
) -> Result<Finished, ApiError> {
    check(query.errors(name))?;
    match name {
        ExportName::Commitments => commitments(tx, reach, query, &mut sink).await?,
        ExportName::Disbursements => disbursements(tx, reach, query, &mut sink).await?,
        ExportName::DonorSplit => donor_split(tx, reach, query, &mut sink).await?,
        ExportName::FundStatus => {
            let fund = policy::fund(tx, reach, query).await?;
            let status = fund::service::status(tx, fund, query.as_of).await?;
            fund_status(&status, reach, query, &mut sink).await?;
        }
        ExportName::Ranking => ranking(tx, query, &mut sink).await?,
        ExportName::Votes => votes(tx, query, &mut sink).await?,
        ExportName::DonorStatement => {
            let fund = policy::fund(tx, reach, query).await?;
            let code = fund.code.clone();
            let asked = StatementQuery { donor_id: query.donor_id, as_of: query.as_of };
            let statement = fund::service::donor_statement(tx, fund, reach, &asked).await?;
            donor_statement(&code, &statement, &mut sink).await?;
        }
        ExportName::TrancheForecast => tranche_forecast(tx, query, &mut sink).await?,
        ExportName::FxRates => fx_rates(tx, query, &mut sink).await?,
        ExportName::Expenditures => expenditures(tx, reach, query, &mut sink).await?,
        ExportName::BudgetVsActual => budget_vs_actual(tx, reach, query, &mut sink).await?,
        ExportName::Amendments => amendments(tx, reach, query, &mut sink).await?,
        ExportName::Reconciliation => reconciliation(tx, query, &mut sink).await?,
    }
    sink.finish()
}

/// Says in the audit log that somebody takes a file, before its first byte leaves.
///
/// # Errors
/// When the database fails.
pub async fn announce(app: &App, actor: &Actor, name: ExportName, query: &ExportQuery) -> Result<(), ApiError> {
    let ctx = app.ctx(actor);
    let id: uuid::Uuid = ctx.id();
    transact!(app.db, |tx| {
        let after = Some((name, query));
        let entry =
            audit::Entry { action: "export.taken", kind: "export", id, before: None::<()>, after, reason: None };
        audit::record(tx, &ctx, entry).await
    })
}

/// Logs a complete file, before its last byte leaves.
///
/// # Errors
/// When the database fails.
pub async fn log(app: &App, actor: &Actor, manifest: &Manifest) -> Result<(), ApiError> {
    let ctx: Ctx<'_> = app.ctx(actor);
    let parameters = serde_json::to_string(&manifest.parameters)?;
    let taken = Taken {
        id: ctx.id(),
        person_id: actor.person_id,
        name: &manifest.name,
        parameters: &parameters,
        rows: manifest.rows,
        sha256: &manifest.sha256,
        at: ctx.now,
    };
    transact!(app.db, |tx| store::log(tx, &taken).await)
}

// --- the journal's files ---

/// One or more postings of an entry that make one row.
struct Group {
    head: PostingRow,
    amount: Money,
    /// Per column of a donor, then the rest.
    parts: Vec<Money>,
}

/// How an entry's postings become rows.
trait Shape {
    /// Whether a posting belongs to the row that is being made.
    fn joins(&self, head: &PostingRow, next: &PostingRow) -> bool;
    /// Which of the parts it adds to; none where there are no parts.
    fn part(&self, row: &PostingRow) -> Option<usize>;
    /// How many parts there are.
    fn parts(&self) -> usize;
    /// The row's kind and cells.
    fn cells(&self, group: &Group) -> (&'static str, Vec<Cell>);
}

/// Gathers the postings of a row, which come one after the other, and passes the row on.
struct Gather<'a, S: Shape> {
    shape: S,
    open: Option<Group>,
    sink: &'a mut Sink,
}

impl<S: Shape + Send + Sync> Gather<'_, S> {
    async fn close(&mut self) -> Result<(), ApiError> {
        let Some(group) = self.open.take() else { return Ok(()) };
        let (kind, cells) = self.shape.cells(&group);
        self.sink.row(kind, cells).await
    }
}

impl<S: Shape + Send + Sync> Each<PostingRow> for Gather<'_, S> {
    async fn take(&mut self, row: PostingRow) -> Result<(), ApiError> {
        if !self.open.as_ref().is_some_and(|group| self.shape.joins(&group.head, &row)) {
            self.close().await?;
        }
        let (amount, part) = (row.natural(), self.shape.part(&row));
        let zero = Money::zero(row.currency);
        let parts = self.shape.parts();
        let group = self.open.get_or_insert_with(|| Group { head: row, amount: zero, parts: vec![zero; parts] });
        group.amount = group.amount.checked_add(amount)?;
        if let Some(sum) = part.and_then(|at| group.parts.get_mut(at)) {
            *sum = sum.checked_add(amount)?;
        }
        Ok(())
    }
}

async fn gather<S: Shape + Send + Sync>(
    tx: &mut Tx,
    reach: &Reach,
    query: &ExportQuery,
    account: Option<Account>,
    shape: S,
    sink: &mut Sink,
) -> Result<(), ApiError> {
    let mut gather = Gather { shape, open: None, sink };
    store::postings(tx, account, query, reach, &mut gather).await?;
    gather.close().await
}

/// The same entry and grant.
fn same(head: &PostingRow, next: &PostingRow) -> bool {
    (head.entry_id, head.agreement_id, head.currency) == (next.entry_id, next.agreement_id, next.currency)
}

fn text(text: Option<&String>) -> Cell {
    Cell::maybe(text, |text| Cell::text(text.as_str()))
}

/// What both files of grants begin with.
fn grant_cells(row: &PostingRow) -> Vec<Cell> {
    vec![
        Cell::Id(EntryId::from(row.entry_id.0).0),
        Cell::Date(row.posted_on),
        Cell::text(row.kind.as_str()),
        Cell::text(row.fund.as_str()),
        text(row.call.as_ref()),
        Cell::maybe(row.agreement_id, |id| Cell::Id(id.0)),
        text(row.agreement.as_ref()),
        text(row.proposal.as_ref()),
        text(row.recipient.as_ref()),
        text(row.recipient_name.as_ref()),
        text(row.country.as_ref()),
    ]
}

const GRANT_COLUMNS: &[&str] = &[
    "entry_id",
    "posted_on",
    "event",
    "fund",
    "call",
    "agreement_id",
    "agreement",
    "proposal",
    "recipient",
    "recipient_name",
    "country",
];

fn plain(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::plain(*name)).collect()
}

struct Commitment;

impl Shape for Commitment {
    fn joins(&self, head: &PostingRow, next: &PostingRow) -> bool {
        same(head, next)
    }
    fn part(&self, _: &PostingRow) -> Option<usize> {
        None
    }
    fn parts(&self) -> usize {
        0
    }
    fn cells(&self, group: &Group) -> (&'static str, Vec<Cell>) {
        let mut cells = grant_cells(&group.head);
        cells.extend([Cell::Amount(group.amount), Cell::text(group.head.currency.code())]);
        ("", cells)
    }
}

async fn commitments(tx: &mut Tx, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(GRANT_COLUMNS);
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    sink.head(columns)?;
    gather(tx, reach, query, Some(Account::Committed), Commitment, sink).await
}

/// Donors by column; those that the reader may not name are the last column together.
struct Disbursement {
    donors: Vec<OrganisationId>,
    has_parts: bool,
    has_others: bool,
}

impl Shape for Disbursement {
    fn joins(&self, head: &PostingRow, next: &PostingRow) -> bool {
        same(head, next)
    }
    fn part(&self, row: &PostingRow) -> Option<usize> {
        Some(self.donors.iter().position(|id| *id == row.donor_id).unwrap_or(self.donors.len()))
    }
    fn parts(&self) -> usize {
        if self.has_parts { self.donors.len() + usize::from(self.has_others) } else { 0 }
    }
    fn cells(&self, group: &Group) -> (&'static str, Vec<Cell>) {
        let head = &group.head;
        let mut cells = grant_cells(head);
        cells.extend([
            Cell::maybe(head.tranche, Cell::Count),
            text(head.disbursement.as_ref()),
            text(head.bank_reference.as_ref()),
            Cell::Amount(group.amount),
            Cell::text(head.currency.code()),
        ]);
        cells.extend(group.parts.iter().map(|part| Cell::Amount(*part)));
        ("", cells)
    }
}

async fn disbursements(tx: &mut Tx, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let bearing = store::donors_of(tx, Account::Disbursed, query, reach).await?;
    let all = bearing.len();
    let named: Vec<_> = match reach {
        Reach::All => bearing,
        Reach::Donors(own) => bearing.into_iter().filter(|(id, _)| own.contains(id)).collect(),
        Reach::Recipients(_) => Vec::new(),
    };
    let has_parts = !matches!(reach, Reach::Recipients(_));
    let has_others = has_parts && named.len() < all;
    let mut columns = plain(GRANT_COLUMNS);
    columns.extend(plain(&["tranche", "disbursement", "bank_reference"]));
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    columns.extend(named.iter().map(|(_, code)| Column::summed(format!("donor_{code}"))));
    columns.extend(has_others.then(|| Column::summed("other_donors")));
    sink.head(columns)?;
    let shape = Disbursement { donors: named.into_iter().map(|(id, _)| id).collect(), has_parts, has_others };
    gather(tx, reach, query, Some(Account::Disbursed), shape, sink).await
}

/// One row per posting; those of donors that the reader may not name are one row per account of an entry,
/// and what these promised and sent is one row per event and account.
struct DonorSplit {
    named: Option<Vec<OrganisationId>>,
}

impl DonorSplit {
    fn is_named(&self, donor: OrganisationId) -> bool {
        self.named.as_ref().is_none_or(|named| named.contains(&donor))
    }
}

impl Shape for DonorSplit {
    fn joins(&self, head: &PostingRow, next: &PostingRow) -> bool {
        same(head, next)
            && head.account == next.account
            && !self.is_named(head.donor_id)
            && !self.is_named(next.donor_id)
    }
    fn part(&self, _: &PostingRow) -> Option<usize> {
        None
    }
    fn parts(&self) -> usize {
        0
    }
    fn cells(&self, group: &Group) -> (&'static str, Vec<Cell>) {
        let head = &group.head;
        let name = |name: &String| if self.is_named(head.donor_id) { Cell::text(name.as_str()) } else { Cell::Empty };
        let cells = vec![
            Cell::Id(head.entry_id.0),
            Cell::Date(head.posted_on),
            Cell::text(head.kind.as_str()),
            Cell::text(head.account.as_str()),
            Cell::text(head.fund.as_str()),
            name(&head.donor),
            name(&head.donor_name),
            text(head.call.as_ref()),
            text(head.proposal.as_ref()),
            text(head.agreement.as_ref()),
            Cell::Amount(group.amount),
            Cell::text(head.currency.code()),
        ];
        (head.account.as_str(), cells)
    }
}

async fn donor_split(tx: &mut Tx, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&[
        "entry_id",
        "posted_on",
        "event",
        "kind",
        "fund",
        "donor",
        "donor_name",
        "call",
        "proposal",
        "agreement",
    ]);
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    sink.head(columns)?;
    let named = match reach {
        Reach::All => None,
        Reach::Donors(own) => Some(own.clone()),
        Reach::Recipients(_) => Some(Vec::new()),
    };
    gather(tx, reach, query, None, DonorSplit { named }, sink).await?;
    if let Reach::Donors(own) = reach {
        for row in store::of_others(tx, query, reach, own).await? {
            let amount = Money::from_minor(row.account.natural(row.amount_minor), row.currency);
            let cells = vec![
                Cell::Empty,
                Cell::Empty,
                Cell::text(row.kind.as_str()),
                Cell::text(row.account.as_str()),
                Cell::text(row.fund.as_str()),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Amount(amount),
                Cell::text(row.currency.code()),
            ];
            sink.row(row.account.as_str(), cells).await?;
        }
    }
    Ok(())
}

// --- the fund's status ---

async fn fund_status(status: &FundStatus, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&["fund", "section", "line", "donor", "donor_name", "call"]);
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    sink.head(columns)?;
    let cells = |section: &str, line: &str, donor: Option<&OrganisationRef>, call: Option<&String>, amount: Money| {
        vec![
            Cell::text(status.code.as_str()),
            Cell::text(section),
            Cell::text(line),
            text(donor.map(|d| &d.code)),
            text(donor.map(|d| &d.name)),
            text(call),
            Cell::Amount(amount),
            Cell::text(amount.currency().code()),
        ]
    };
    let whole: [(&str, &[Line]); 3] = [("sources", &status.sources), ("uses", &status.uses), ("cash", &status.cash)];
    for (section, lines) in whole.into_iter().filter(|_| query.donor_id.is_none()) {
        for line in lines {
            let key = line.key.as_str();
            // Sources and uses add up; cash is received − disbursed.
            let kind = if section == "cash" { format!("cash.{key}") } else { section.to_owned() };
            sink.row(&kind, cells(section, key, None, None, line.amount)).await?;
        }
    }
    for donor in &status.donors {
        let is_asked = query.donor_id.is_none_or(|id| id == donor.donor.id);
        let is_theirs = !matches!(reach, Reach::Donors(own) if !own.contains(&donor.donor.id));
        if !(is_asked && is_theirs) {
            continue;
        }
        for line in &donor.lines {
            let key = line.key.as_str();
            sink.row(&format!("donor.{key}"), cells("donor", key, Some(&donor.donor), None, line.amount)).await?;
        }
    }
    for call in status.calls.iter().filter(|_| query.donor_id.is_none()) {
        let lines = [
            ("envelope", call.envelope),
            ("reserved", call.reserved),
            ("committed", call.committed),
            ("disbursed", call.disbursed),
            ("left", call.left),
        ];
        for (key, amount) in lines {
            sink.row(&format!("call.{key}"), cells("call", key, None, Some(&call.code), amount)).await?;
        }
    }
    Ok(())
}

// --- ranking and votes ---

async fn ranking(tx: &mut Tx, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&[
        "rank",
        "is_tied",
        "proposal_id",
        "proposal",
        "title",
        "country",
        "applicant",
        "applicant_name",
        "state",
    ]);
    columns.extend([Column::summed("requested"), Column::plain("cumulative")]);
    columns.extend(plain(&[
        "currency",
        "score",
        "score_numerator",
        "score_denominator",
        "lowest",
        "highest",
        "sheets",
        "tag_sheets",
        "pending",
        "is_fundable",
        "is_divergent",
        "is_within_envelope",
    ]));
    sink.head(columns)?;
    let call_id = query.call_id.ok_or(Code::NotFound)?;
    let filter = RankingQuery { country: query.country.clone(), fundable: query.fundable, after: None };
    let ranked = reviews::ranked::read(tx, call_id).await?;
    for row in ranked.rows()?.into_iter().filter(|row| filter.keeps(row)) {
        sink.row("", rank_cells(&row)).await?;
    }
    Ok(())
}

/// Before unblinding, everything that follows from scores is empty (S8).
fn rank_cells(row: &RankRow) -> Vec<Cell> {
    vec![
        Cell::maybe(row.rank, Cell::Count),
        Cell::maybe(row.score, |_| Cell::Flag(row.is_tied)),
        Cell::Id(row.proposal.id.0),
        Cell::text(row.proposal.number.as_str()),
        Cell::text(row.proposal.title.as_str()),
        Cell::text(row.proposal.country.as_str()),
        Cell::text(row.proposal.organisation.code.as_str()),
        Cell::text(row.proposal.organisation.name.as_str()),
        Cell::text(row.state.as_str()),
        Cell::Amount(row.proposal.requested),
        Cell::maybe(row.cumulative, Cell::Amount),
        Cell::text(row.proposal.requested.currency().code()),
        Cell::maybe(row.score, Cell::Mean),
        Cell::maybe(row.score, |score| Cell::Count(score.numerator())),
        Cell::maybe(row.score, |score| Cell::Count(score.denominator())),
        Cell::maybe(row.lowest, Cell::Mean),
        Cell::maybe(row.highest, Cell::Mean),
        Cell::Count(row.sheets),
        Cell::Count(row.tag_sheets),
        Cell::Count(row.pending),
        Cell::maybe(row.is_fundable, Cell::Flag),
        Cell::maybe(row.is_divergent, Cell::Flag),
        Cell::maybe(row.is_within, Cell::Flag),
    ]
}

struct Votes<'a>(&'a mut Sink);

impl Each<VoteRow> for Votes<'_> {
    async fn take(&mut self, row: VoteRow) -> Result<(), ApiError> {
        let amount = row.amount_minor.map(|minor| Money::from_minor(minor, row.currency));
        let cells = vec![
            Cell::Id(row.motion_id.0),
            Cell::Text(row.motion),
            Cell::Text(row.call),
            Cell::maybe(row.proposal, Cell::Text),
            Cell::text(row.outcome.as_str()),
            Cell::maybe(amount, Cell::Amount),
            Cell::text(row.currency.code()),
            Cell::text(row.state.as_str()),
            Cell::maybe(row.opens_at, Cell::Instant),
            Cell::maybe(row.closes_at, Cell::Instant),
            Cell::Text(row.organisation),
            Cell::Text(row.organisation_name),
            Cell::Flag(row.is_recused),
            Cell::maybe(row.choice, |choice| Cell::text(choice.as_str())),
            Cell::maybe(row.reason, Cell::Text),
            Cell::maybe(row.voted_by, Cell::Text),
            Cell::maybe(row.alternate_note, Cell::Text),
            Cell::maybe(row.cast_at, Cell::Instant),
        ];
        self.0.row("", cells).await
    }
}

async fn votes(tx: &mut Tx, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    sink.head(plain(&[
        "motion_id",
        "motion",
        "call",
        "proposal",
        "outcome",
        "amount",
        "currency",
        "state",
        "opens_at",
        "closes_at",
        "organisation",
        "organisation_name",
        "is_recused",
        "choice",
        "reason",
        "voted_by",
        "alternate_note",
        "cast_at",
    ]))?;
    store::votes(tx, query, &mut Votes(sink)).await
}

// --- exchange rates ---

struct Rates<'a>(&'a mut Sink);

impl Each<FxRateRow> for Rates<'_> {
    async fn take(&mut self, row: FxRateRow) -> Result<(), ApiError> {
        let cells = vec![
            Cell::Id(row.id.0),
            Cell::text(row.currency.code()),
            Cell::Date(row.valid_on),
            Cell::text(row.kind.as_str()),
            Cell::Rate(row.rate_nano),
            Cell::Text(row.source),
            Cell::text(row.state.as_str()),
            Cell::maybe(row.replaces, |id| Cell::Id(id.0)),
            Cell::Text(row.entered_by),
            Cell::Instant(row.entered_at),
            Cell::maybe(row.approved_by, Cell::Text),
            Cell::maybe(row.approved_at, Cell::Instant),
        ];
        self.0.row("", cells).await
    }
}

/// The first columns are those of an upload, in its order: the file can be taken in elsewhere.
async fn fx_rates(tx: &mut Tx, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    sink.head(plain(&[
        "rate_id",
        "currency",
        "date",
        "kind",
        "rate",
        "source",
        "state",
        "replaces",
        "entered_by",
        "entered_at",
        "approved_by",
        "approved_at",
    ]))?;
    store::fx_rates(tx, query, &mut Rates(sink)).await
}

// --- what recipients spent ---

struct Expenditures<'a>(&'a mut Sink);

impl Each<ExpenditureRow> for Expenditures<'_> {
    async fn take(&mut self, row: ExpenditureRow) -> Result<(), ApiError> {
        let reported = |minor: Option<i64>| {
            Cell::maybe(minor, |minor| Cell::Amount(Money::from_minor(minor, row.reported_currency)))
        };
        let rate = row.rate_fund_minor.zip(row.rate_reporting_minor);
        let rate = rate.and_then(|(fund, reporting)| ReportingRate::of(fund, reporting));
        let cells = vec![
            Cell::Id(row.report_id.0),
            Cell::Date(row.accepted_on),
            Cell::Text(row.fund),
            Cell::Text(row.call),
            Cell::Id(row.agreement_id.0),
            Cell::Text(row.agreement),
            Cell::maybe(row.proposal, Cell::Text),
            Cell::Text(row.recipient),
            Cell::Text(row.recipient_name),
            Cell::Text(row.country),
            Cell::Count(row.report),
            Cell::Date(row.period_from),
            Cell::Date(row.period_to),
            Cell::text(row.kind.as_str()),
            Cell::maybe(row.category, Cell::Text),
            reported(row.reported_minor),
            reported(row.disallowed_minor),
            Cell::text(row.reported_currency.code()),
            Cell::maybe(rate.and_then(|rate| rate.units_per_one(row.reported_currency, row.currency)), Cell::Rate),
            Cell::Amount(Money::from_minor(row.amount_minor, row.currency)),
            Cell::text(row.currency.code()),
        ];
        self.0.row(&row.kind, cells).await
    }
}

/// Costs and the rounding difference sum to what a report accepts (M53); the grant's share beside them
/// is what the journal books (M42).
async fn expenditures(tx: &mut Tx, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&[
        "report_id",
        "accepted_on",
        "fund",
        "call",
        "agreement_id",
        "agreement",
        "proposal",
        "recipient",
        "recipient_name",
        "country",
        "report",
        "period_from",
        "period_to",
        "kind",
        "category",
    ]);
    columns.extend([Column::summed("reported"), Column::summed("disallowed")]);
    columns.extend(plain(&["reported_currency", "rate"]));
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    sink.head(columns)?;
    store::expenditures(tx, query, reach, &mut Expenditures(sink)).await
}

struct Budgets<'a>(&'a mut Sink);

impl Each<BudgetRow> for Budgets<'_> {
    async fn take(&mut self, row: BudgetRow) -> Result<(), ApiError> {
        let money = |minor| Cell::Amount(Money::from_minor(minor, row.currency));
        let cells = vec![
            Cell::Text(row.call),
            Cell::Id(row.agreement_id.0),
            Cell::Text(row.agreement),
            Cell::Text(row.recipient),
            Cell::Text(row.recipient_name),
            Cell::Text(row.country),
            Cell::text(row.kind.as_str()),
            Cell::maybe(row.category, Cell::Text),
            money(row.planned_minor),
            money(row.accepted_minor),
            money(row.planned_minor - row.accepted_minor),
            Cell::text(row.currency.code()),
        ];
        self.0.row(&row.kind, cells).await
    }
}

async fn budget_vs_actual(tx: &mut Tx, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns =
        plain(&["call", "agreement_id", "agreement", "recipient", "recipient_name", "country", "kind", "category"]);
    columns.extend(["planned", "accepted", "left"].map(Column::summed));
    columns.push(Column::plain("currency"));
    sink.head(columns)?;
    store::budget_vs_actual(tx, query, reach, &mut Budgets(sink)).await
}

struct Amended<'a>(&'a mut Sink);

impl Each<AmendedRow> for Amended<'_> {
    async fn take(&mut self, row: AmendedRow) -> Result<(), ApiError> {
        let money = |minor| Cell::Amount(Money::from_minor(minor, row.currency));
        let cells = vec![
            Cell::Id(row.amendment_id.0),
            Cell::Date(row.decided_on),
            Cell::Text(row.fund),
            Cell::Text(row.call),
            Cell::Id(row.agreement_id.0),
            Cell::Text(row.agreement),
            Cell::maybe(row.proposal, Cell::Text),
            Cell::Text(row.recipient),
            Cell::Text(row.recipient_name),
            Cell::Text(row.country),
            Cell::Count(row.number),
            Cell::text(row.kind.as_str()),
            Cell::text(row.state.as_str()),
            Cell::Text(row.category),
            money(row.before_minor),
            money(row.after_minor),
            money(row.after_minor - row.before_minor),
            Cell::text(row.currency.code()),
            Cell::Text(row.reason),
            Cell::Text(row.refusal),
        ];
        self.0.row(row.state.as_str(), cells).await
    }
}

async fn amendments(tx: &mut Tx, reach: &Reach, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&[
        "amendment_id",
        "decided_on",
        "fund",
        "call",
        "agreement_id",
        "agreement",
        "proposal",
        "recipient",
        "recipient_name",
        "country",
        "amendment",
        "kind",
        "state",
        "category",
    ]);
    columns.extend(["before", "after", "difference"].map(Column::summed));
    columns.extend(plain(&["currency", "reason", "refusal"]));
    sink.head(columns)?;
    store::amendments(tx, query, reach, &mut Amended(sink)).await
}

// --- the bank ---

struct Reconciled<'a>(&'a mut Sink);

impl Each<ReconciledRow> for Reconciled<'_> {
    async fn take(&mut self, row: ReconciledRow) -> Result<(), ApiError> {
        let money = |minor: Option<i64>, currency: Option<Currency>| {
            Cell::maybe(minor.zip(currency), |(minor, currency)| Cell::Amount(Money::from_minor(minor, currency)))
        };
        let group = match (&row.rule, row.line_id, row.entry_id) {
            (Some(_), ..) => "matched",
            (None, Some(_), _) => "bank_only",
            (None, None, _) => "system_only",
        };
        let cells = vec![
            Cell::text(group),
            Cell::maybe(row.line_id, |id| Cell::Id(id.0)),
            Cell::maybe(row.account, Cell::Text),
            Cell::maybe(row.booked_on, Cell::Date),
            Cell::maybe(row.bank_reference, Cell::Text),
            Cell::maybe(row.end_to_end_id, Cell::Text),
            Cell::maybe(row.text, Cell::Text),
            money(row.line_minor, row.line_currency),
            Cell::maybe(row.line_currency, |currency| Cell::text(currency.code())),
            Cell::maybe(row.entry_id, |id| Cell::Id(id.0)),
            Cell::maybe(row.posted_on, Cell::Date),
            Cell::maybe(row.event, |event| Cell::text(event.as_str())),
            money(row.entry_minor, row.entry_currency),
            Cell::maybe(row.entry_currency, |currency| Cell::text(currency.code())),
            Cell::maybe(row.rule, |rule| Cell::text(rule.as_str())),
            Cell::maybe(row.reason, Cell::Text),
            Cell::maybe(row.matched_by, Cell::Text),
            Cell::maybe(row.matched_at, Cell::Instant),
        ];
        self.0.row(group, cells).await
    }
}

async fn reconciliation(tx: &mut Tx, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&["group", "line_id", "account", "booked_on", "bank_reference", "end_to_end_id", "text"]);
    columns.extend([Column::summed("bank_amount"), Column::plain("bank_currency")]);
    columns.extend(plain(&["entry_id", "posted_on", "event"]));
    columns.extend([Column::summed("booked_amount"), Column::plain("booked_currency")]);
    columns.extend(plain(&["rule", "reason", "matched_by", "matched_at"]));
    sink.head(columns)?;
    store::reconciliation(tx, query, &mut Reconciled(sink)).await
}

// --- donors and what is to come ---

/// What each donor signed and paid in its own currency, then every figure of the fund's status that is
/// its part: the statements of all donors sum to that status.
async fn donor_statement(fund: &str, statement: &DonorStatement, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&["fund", "donor", "donor_name", "section", "line"]);
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    sink.head(columns)?;
    for of_donor in &statement.donors {
        let donor = &of_donor.donor;
        for (section, line, amount) in statement_lines(of_donor) {
            let cells = vec![
                Cell::text(fund),
                Cell::text(donor.code.as_str()),
                Cell::text(donor.name.as_str()),
                Cell::text(section),
                Cell::text(line),
                Cell::Amount(amount),
                Cell::text(amount.currency().code()),
            ];
            sink.row(&format!("{section}.{line}"), cells).await?;
        }
    }
    Ok(())
}

/// Section, line and amount of a donor's statement.
fn statement_lines(statement: &DonorStatus) -> Vec<(&'static str, &'static str, Money)> {
    let mut lines = Vec::new();
    for own in &statement.own {
        lines.push(("own_currency", "signed", own.signed));
        lines.push(("own_currency", "received", own.received));
        lines.push(("exchange", "gain", own.gain));
    }
    lines.push(("fund_currency", "signed", statement.signed));
    lines.extend(statement.lines.iter().map(|line| ("fund_currency", line.key.as_str(), line.amount)));
    lines
}

struct Forecast<'a>(&'a mut Sink);

impl Each<ForecastRow> for Forecast<'_> {
    async fn take(&mut self, row: ForecastRow) -> Result<(), ApiError> {
        let quarter = shared::forecast::Quarter::of(row.due_on).to_string();
        let left = Money::from_minor(row.left_minor, row.currency);
        let cells = vec![
            Cell::text(quarter.as_str()),
            Cell::Date(row.due_on),
            Cell::Text(row.call),
            Cell::Id(row.agreement_id.0),
            Cell::Text(row.agreement),
            Cell::Text(row.recipient),
            Cell::Text(row.recipient_name),
            Cell::Count(row.tranche),
            Cell::text(row.state.as_str()),
            Cell::Amount(left),
            Cell::text(row.currency.code()),
        ];
        self.0.row(&quarter, cells).await
    }
}

async fn tranche_forecast(tx: &mut Tx, query: &ExportQuery, sink: &mut Sink) -> Result<(), ApiError> {
    let mut columns = plain(&[
        "quarter",
        "due_on",
        "call",
        "agreement_id",
        "agreement",
        "recipient",
        "recipient_name",
        "tranche",
        "state",
    ]);
    columns.extend([Column::summed("amount"), Column::plain("currency")]);
    sink.head(columns)?;
    let chosen = Chosen { fund_id: query.fund_id, call_id: query.call_id, from: query.from, until: query.last_day() };
    forecast::store::stream(tx, &chosen, &mut Forecast(sink)).await
}
