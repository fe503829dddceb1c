//! How fast the pages that matter are, over a fund that has run for years (`cargo xtask bench`).
//!
//! Seeds 10 000 proposals and 100 000 postings, asks the whole application in process, and prints
//! p50 and p99 of the server's time beside the budgets. On SQLite, and on PostgreSQL when
//! `TEST_POSTGRES_URL` names a server.

use std::time::{Duration, Instant};

use catalytic_fund::audit::sha256_hex;
use catalytic_fund::db::{Db, Tx};
use catalytic_fund::http::error::ApiError;
use catalytic_fund::proposals::content::canonical;
use catalytic_fund::{on, transact};
use clap::Parser;
use shared::calls::{Definition, GetCall};
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing};
use shared::exports::{ExportName, ExportQuery, GetManifest, TakeExport};
use shared::fund::{GetFundStatus, JournalQuery, ListJournal, StatusQuery};
use shared::home::GetHome;
use shared::ids::{CallId, FundId, OrganisationId, ProposalId};
use shared::money::{Money, Quantity};
use shared::people::{Language, OrganisationKind, OrganisationRef};
use shared::permission::Role;
use shared::proposals::{
    Answer, Budget, BudgetLine, Content, Details, GetProposal, LineSource, ListProposals, ProposalQuery, ProposalState,
    check_budget,
};
use shared::reviews::{GetRanking, RankingQuery};
use shared::time::{Date, Timestamp};
use sqlx::QueryBuilder;
use tests::{Person, START, TestApp};
use uuid::Uuid;

/// How many calls share the proposals: 200 proposals a call are five times what a Steering Group reads.
const CALLS: usize = 50;

/// How many sheets each ranked proposal has.
const SHEETS: usize = 3;

/// How many payments each agreement has.
const PAYMENTS: usize = 10;

/// How many postings an agreement makes: reserved, committed, paid; two sides, two donors.
const POSTINGS_EACH: usize = (2 + PAYMENTS) * 4;

/// Rows of one statement.
const BATCH: usize = 400;

/// A list or detail, and a dashboard (BLUEPRINT §8).
const LIST: Duration = Duration::from_millis(5);
const DASHBOARD: Duration = Duration::from_millis(20);

#[derive(Parser)]
struct Options {
    /// How many proposals.
    #[arg(long, default_value_t = 10_000)]
    proposals: usize,
    /// How many postings, at least.
    #[arg(long, default_value_t = 100_000)]
    postings: usize,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 300)]
    runs: usize,
}

/// A value of a seeded row.
enum V {
    Id(Uuid),
    Text(String),
    Int(i64),
    Flag(bool),
    At(Timestamp),
    Day(Date),
    NoId,
}

fn text(text: impl Into<String>) -> V {
    V::Text(text.into())
}

async fn insert(tx: &mut Tx, table: &str, rows: Vec<Vec<V>>) -> Result<(), ApiError> {
    for rows in rows.chunks(BATCH) {
        on!(tx, |c| {
            let mut statement = QueryBuilder::new(format!("INSERT INTO {table} "));
            statement.push_values(rows, |mut row, values| {
                for value in values {
                    match value {
                        V::Id(id) => row.push_bind(*id),
                        V::Text(text) => row.push_bind(text.as_str()),
                        V::Int(int) => row.push_bind(*int),
                        V::Flag(flag) => row.push_bind(*flag),
                        V::At(at) => row.push_bind(*at),
                        V::Day(day) => row.push_bind(*day),
                        V::NoId => row.push_bind(None::<Uuid>),
                    };
                }
            });
            statement.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// What was seeded.
struct Seeded {
    fund_id: FundId,
    calls: Vec<CallId>,
    proposals: Vec<ProposalId>,
    postings: usize,
}

fn id() -> Uuid {
    Uuid::now_v7()
}

fn content(definition: &Definition, call: &str, organisation: &OrganisationRef) -> Content {
    let eur = |minor| Money::from_minor(minor, Currency::EUR);
    let line = |n: usize| BudgetLine {
        category: definition.budget.categories[n % 4].clone(),
        activity: format!("Activity {n}: workshops in the districts"),
        unit: "month".into(),
        quantity: Quantity::parse("4").ok(),
        unit_cost: Some(eur(100_000)),
        period: "Months 1–6".into(),
        source: LineSource::Grant,
        total: Some(eur(400_000)),
    };
    let lines: Vec<BudgetLine> = (0..20).map(line).collect();
    let totals = check_budget(&definition.budget, &definition.currencies, Currency::EUR, &lines, Some(12)).0;
    let body = "The scheme covers two districts today. The grant pays for the step to the next ten. ".repeat(12);
    let questions = definition.sections.iter().flat_map(|section| &section.questions);
    Content {
        call: call.to_owned(),
        organisation: organisation.clone(),
        language: Language::En,
        currency: Currency::EUR,
        details: Details {
            title: "Health insurance in ten districts".into(),
            country: "CM".into(),
            duration_months: Some(12),
            partners: Vec::new(),
        },
        answers: questions.map(|q| Answer { question: q.key.clone(), body: body.clone() }).collect(),
        budget: Some(Budget { lines: Some(lines), totals }),
    }
}

/// The donors' parts of an amount: 60 and 40 of a hundred.
fn parts(minor: i64) -> [i64; 2] {
    [minor / 10 * 6, minor / 10 * 4]
}

async fn seed(app: &TestApp, options: &Options) -> Seeded {
    let desk = app.person(Role::DeskOfficer).await.id.0;
    let preparer = app.person(Role::FinancePreparer).await.id.0;
    let approver = app.person(Role::FinanceApprover).await.id.0;
    let mut reviewers = Vec::new();
    for _ in 0..SHEETS {
        reviewers.push(app.person(Role::Reviewer).await.id.0);
    }
    let donors = [
        app.organisation("BMZ", OrganisationKind::Funder).await.0,
        app.organisation("SDC", OrganisationKind::Funder).await.0,
    ];
    let agreements = options.postings.div_ceil(POSTINGS_EACH).min(options.proposals);
    let definition = Definition::catalytic_default();
    let definition_json = serde_json::to_string(&definition).unwrap();
    let now = Timestamp::parse(START).unwrap();
    let fund = id();
    let calls: Vec<Uuid> = (0..CALLS).map(|_| id()).collect();
    let organisations: Vec<Uuid> = (0..500).map(|_| id()).collect();
    let account = id();
    let proposals: Vec<Uuid> = (0..options.proposals).map(|_| id()).collect();
    let awards: Vec<[Uuid; 4]> = (0..agreements).map(|_| [id(), id(), id(), id()]).collect();
    const GRANT: i64 = 1_000_000;
    const PAID: i64 = 90_000;

    transact!(app.app.db, |tx| {
        let fund_row = vec![V::Id(fund), text("CIF"), text("Catalytic Fund"), text("EUR"), V::Int(5_000_000), V::At(now)];
        insert(tx, "funds (id, code, name, currency, second_approval_above_minor, created_at)", vec![fund_row]).await?;
        let call_rows = calls.iter().enumerate().map(|(n, call)| {
            vec![
                V::Id(*call),
                V::Id(fund),
                text(format!("CIF-{n:02}")),
                text("Country implementation"),
                text("Mise en œuvre dans les pays"),
                text("country_implementation"),
                V::Int(10_000_000_000),
                V::At(now.plus(chrono::Duration::days(-90))),
                V::At(now.plus(chrono::Duration::days(-60))),
                text("Europe/Berlin"),
                text("deliberation"),
                text(definition_json.clone()),
                text("country implementation"),
                V::Id(desk),
                V::At(now),
                V::Id(desk),
                V::At(now),
                V::At(now),
            ]
        });
        insert(
            tx,
            "calls (id, fund_id, code, title_en, title_fr, funding_window, envelope_minor, opens_at, closes_at, zone, phase,
                 definition, search_key, created_by, created_at, published_by, published_at, unblinded_at)",
            call_rows.collect(),
        )
        .await?;
        let organisation_rows = organisations.iter().enumerate().map(|(n, organisation)| {
            let name = format!("Organisation {n}");
            vec![V::Id(*organisation), text(format!("ORG{n}")), text(name.clone()), text("ngo"), text(name.to_lowercase()), V::At(now)]
        });
        insert(tx, "organisations (id, code, name, kind, search_key, created_at)", organisation_rows.collect()).await?;
        insert(
            tx,
            "bank_accounts (id, organisation_id, holder, account_number, is_iban, bank, currency, street, postcode, town, country,
                 state, entered_by, entered_at, checked_by)",
            vec![vec![
                V::Id(account),
                V::Id(organisations[0]),
                text("Organisation 0"),
                text("DE89370400440532013000"),
                V::Flag(true),
                text("A bank"),
                text("EUR"),
                text("1, Main Street"),
                text("10115"),
                text("Berlin"),
                text("DE"),
                text("verified"),
                V::Id(preparer),
                V::At(now),
                V::Id(approver),
            ]],
        )
        .await?;

        let proposal_rows = proposals.iter().enumerate().map(|(n, proposal)| {
            let number = format!("CIF-{n:06}");
            let state = if n < agreements { ProposalState::Decided } else { ProposalState::Scored };
            vec![
                V::Id(*proposal),
                V::Id(calls[n % CALLS]),
                V::Id(organisations[n % organisations.len()]),
                text(number.clone()),
                text("Health insurance in ten districts"),
                text("CM"),
                text("en"),
                text("EUR"),
                V::Int(12),
                text(state.as_str()),
                V::Int(8_000_000),
                V::Int(10_000_000),
                V::Int(8_000_000),
                text(r#"{"title":"Health insurance in ten districts","country":"CM","duration_months":12,"partners":[]}"#),
                text(format!("{} health insurance in ten districts", number.to_lowercase())),
                V::Id(desk),
                V::At(now),
                V::At(now),
                V::At(now.plus(chrono::Duration::seconds(i64::try_from(n).unwrap()))),
            ]
        });
        insert(
            tx,
            "proposals (id, call_id, organisation_id, number, title, country, language, currency, duration_months, state,
                 requested_minor, total_minor, requested_eur_minor, details, search_key, created_by, created_at, updated_at,
                 submitted_at)",
            proposal_rows.collect(),
        )
        .await?;
        for (chunk, at) in proposals.chunks(BATCH).zip((0..).step_by(BATCH)) {
            let mut rows = Vec::with_capacity(chunk.len());
            for (proposal, n) in chunk.iter().zip(at..) {
                let organisation = OrganisationRef {
                    id: OrganisationId(organisations[n % organisations.len()]),
                    code: format!("ORG{}", n % organisations.len()),
                    name: format!("Organisation {}", n % organisations.len()),
                };
                let json = canonical(&content(&definition, &format!("CIF-{:02}", n % CALLS), &organisation))?;
                let sha256 = sha256_hex(&[json.as_bytes()]);
                rows.push(vec![
                    V::Id(id()),
                    V::Id(*proposal),
                    V::Int(1),
                    text(format!("CIF-{n:06}.1")),
                    text(json),
                    text(sha256),
                    V::Id(desk),
                    V::At(now),
                ]);
            }
            insert(
                tx,
                "proposal_versions (id, proposal_id, number, receipt, content, sha256, submitted_by, submitted_at)",
                rows,
            )
            .await?;
        }
        Ok::<(), ApiError>(())
    })
    .unwrap();

    // Three sheets on each proposal, with scores that differ.
    let scores = |n: usize, sheet: usize| -> Vec<i64> {
        (0..definition.rubric.criteria.len()).map(|c| i64::try_from((n * 7 + sheet * 3 + c * 5) % 6).unwrap()).collect()
    };
    transact!(app.app.db, |tx| {
        for (chunk, at) in proposals.chunks(BATCH).zip((0..).step_by(BATCH)) {
            let (mut sheets, mut criteria) = (Vec::new(), Vec::new());
            for (proposal, n) in chunk.iter().zip(at..) {
                for (sheet, reviewer) in reviewers.iter().enumerate() {
                    let review = id();
                    let scores = scores(n, sheet);
                    let points = definition.rubric.criteria.iter().zip(&scores).map(|(c, s)| c.weight * s).sum();
                    sheets.push(vec![
                        V::Id(review),
                        V::Id(*proposal),
                        V::Id(*reviewer),
                        V::Flag(sheet == 0),
                        text("submitted"),
                        V::Day(now.date()),
                        V::Int(points),
                        V::Id(desk),
                        V::At(now),
                        V::At(now),
                    ]);
                    let rows = definition.rubric.criteria.iter().zip(scores);
                    criteria.extend(rows.map(|(c, s)| vec![V::Id(review), text(c.key.clone()), V::Int(s), text("")]));
                }
            }
            insert(
                tx,
                "reviews (id, proposal_id, reviewer_id, is_tag, state, due_on, points, assigned_by, assigned_at, submitted_at)",
                sheets,
            )
            .await?;
            insert(tx, "review_scores (review_id, criterion, score, comment)", criteria).await?;
        }
        Ok::<(), ApiError>(())
    })
    .unwrap();

    // Money: contributions, then each agreement's life.
    transact!(app.app.db, |tx| {
        let signed: i64 = i64::try_from(agreements).unwrap() * GRANT * 2;
        let mut money = Bookings::new(fund, preparer, now);
        let sources = donors.map(|donor| (donor, id()));
        for (source, share) in sources.iter().zip(parts(signed)) {
            let (donor, contribution_id) = source;
            let contribution = vec![
                V::Id(*contribution_id),
                V::Id(fund),
                V::Id(*donor),
                text(format!("C-{donor}")),
                text("EUR"),
                V::Int(share),
                V::Int(1_000_000_000),
                V::Int(share),
                V::Int(share),
                V::Int(share),
                text("received"),
                V::Day(now.date()),
                V::Day(now.date()),
                V::Id(preparer),
                V::At(now),
            ];
            insert(
                tx,
                "contributions (id, fund_id, donor_id, reference, currency, signed_minor, budget_rate_nano, signed_eur_minor,
                     received_minor, received_eur_minor, state, pledged_on, signed_on, prepared_by, prepared_at)",
                vec![contribution],
            )
            .await?;
            money.entry("contribution", 0, id(), [("cash", share), ("headroom", -share)], &[*source], None);
        }
        for chunk in (0..agreements).collect::<Vec<_>>().chunks(BATCH) {
            let (mut motions, mut decisions, mut grants, mut tranches, mut payments) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for n in chunk.iter().copied() {
                let [motion, decision, agreement, tranche] = awards[n];
                let (call, proposal) = (calls[n % CALLS], proposals[n]);
                motions.push(vec![
                    V::Id(motion),
                    V::Id(proposal),
                    text(format!("M-{n}")),
                    text("approved"),
                    V::Int(GRANT),
                    text(""),
                    text(""),
                    text("carried"),
                    V::Id(desk),
                    V::At(now),
                ]);
                decisions.push(vec![
                    V::Id(decision),
                    V::Id(motion),
                    V::Id(proposal),
                    text("approved"),
                    V::Int(GRANT),
                    text(""),
                    text("{}"),
                    V::At(now),
                ]);
                grants.push(vec![
                    V::Id(agreement),
                    text(format!("GA-{n:06}")),
                    V::Id(fund),
                    V::Id(call),
                    V::Id(proposal),
                    V::Id(decision),
                    V::Id(organisations[n % organisations.len()]),
                    V::Int(GRANT),
                    V::Int(GRANT * 2),
                    V::Day(now.date()),
                    V::Day(now.date().plus_days(365)),
                    text("active"),
                    V::Id(desk),
                    V::At(now),
                ]);
                tranches.push(vec![
                    V::Id(tranche),
                    V::Id(agreement),
                    V::Int(1),
                    V::Int(GRANT),
                    V::Day(now.date()),
                    text(""),
                    V::Flag(true),
                    text("paid"),
                ]);
                let about = |agreement| Some([call, proposal, agreement]);
                money.entry(
                    "reservation",
                    n,
                    decision,
                    [("headroom", GRANT), ("reserved", -GRANT)],
                    &sources,
                    about(Uuid::nil()),
                );
                money.entry(
                    "commitment",
                    n,
                    agreement,
                    [("reserved", GRANT), ("committed", -GRANT)],
                    &sources,
                    about(agreement),
                );
                for p in 0..PAYMENTS {
                    let payment = id();
                    payments.push(vec![
                        V::Id(payment),
                        V::Id(agreement),
                        V::Id(tranche),
                        V::Id(account),
                        text(format!("D-{n:06}-{p}")),
                        text(payment.simple().to_string()),
                        V::Int(PAID),
                        text("paid"),
                        V::Id(preparer),
                        V::At(now),
                        V::Id(desk),
                        V::Id(approver),
                        text(format!("BANK-{n}-{p}")),
                        V::Day(now.date()),
                        V::Id(preparer),
                        V::At(now.plus(chrono::Duration::days(-400))),
                    ]);
                    money.entry(
                        "disbursement",
                        n + p,
                        payment,
                        [("disbursed", PAID), ("cash", -PAID)],
                        &sources,
                        about(agreement),
                    );
                }
            }
            insert(
                tx,
                "motions (id, proposal_id, number, outcome, amount_minor, conditions, off_rank_reason, state, created_by, created_at)",
                motions,
            )
            .await?;
            insert(
                tx,
                "decisions (id, motion_id, proposal_id, outcome, amount_minor, conditions, record, decided_at)",
                decisions,
            )
            .await?;
            insert(
                tx,
                "agreements (id, number, fund_id, call_id, proposal_id, decision_id, organisation_id, amount_minor, total_minor,
                     starts_on, ends_on, state, created_by, created_at)",
                grants,
            )
            .await?;
            insert(
                tx,
                "tranches (id, agreement_id, number, planned_minor, due_on, condition, is_retention, state)",
                tranches,
            )
            .await?;
            insert(
                tx,
                "disbursements (id, agreement_id, tranche_id, account_id, number, end_to_end_id, amount_minor, state, prepared_by, prepared_at, verified_by,
                     approved_by, bank_reference, value_date, paid_by, paid_at)",
                payments,
            )
            .await?;
            money.write(tx).await?;
        }
        Ok::<(), ApiError>(())
    })
    .unwrap();
    Seeded {
        fund_id: FundId(fund),
        calls: calls.into_iter().map(CallId).collect(),
        proposals: proposals.into_iter().map(ProposalId).collect(),
        postings: agreements * POSTINGS_EACH + 4,
    }
}

/// Journal entries on their way into the database: postings first, then the entries that seal them.
struct Bookings {
    fund: Uuid,
    person: Uuid,
    now: Timestamp,
    postings: Vec<Vec<V>>,
    entries: Vec<Vec<V>>,
}

impl Bookings {
    fn new(fund: Uuid, person: Uuid, now: Timestamp) -> Self {
        Self { fund, person, now, postings: Vec::new(), entries: Vec::new() }
    }

    /// Two sides, split over donors; `n` spreads the posting dates over three years.
    fn entry(
        &mut self,
        kind: &str,
        n: usize,
        source: Uuid,
        sides: [(&str, i64); 2],
        sources: &[(Uuid, Uuid)],
        about: Option<[Uuid; 3]>,
    ) {
        let entry = id();
        let mut line = 0;
        for (account, amount) in sides {
            let amounts = if let [_] = sources { vec![amount] } else { parts(amount).to_vec() };
            for ((donor, contribution), minor) in sources.iter().zip(amounts) {
                line += 1;
                let optional = |id: Option<Uuid>| id.filter(|id| !id.is_nil()).map_or(V::NoId, V::Id);
                self.postings.push(vec![
                    V::Id(entry),
                    V::Int(line),
                    V::Id(self.fund),
                    text(account),
                    text("EUR"),
                    V::Int(minor),
                    V::Id(*donor),
                    V::Id(*contribution),
                    optional(about.map(|a| a[0])),
                    optional(about.map(|a| a[1])),
                    optional(about.map(|a| a[2])),
                ]);
            }
        }
        let day = self.now.date().plus_days(-i64::try_from(n % 1000).unwrap());
        self.entries.push(vec![
            V::Id(entry),
            V::Id(self.fund),
            text(kind),
            V::Day(day),
            V::At(self.now),
            V::Id(self.person),
            V::Id(source),
        ]);
    }

    async fn write(&mut self, tx: &mut Tx) -> Result<(), ApiError> {
        let columns =
            "postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id, contribution_id, call_id,
             proposal_id, agreement_id)";
        insert(tx, columns, std::mem::take(&mut self.postings)).await?;
        let columns = "journal_entries (id, fund_id, kind, posted_on, created_at, person_id, source_id)";
        insert(tx, columns, std::mem::take(&mut self.entries)).await
    }
}

/// Asks for a page again and again, and prints how long the server took.
async fn measure(app: &TestApp, by: &Person, name: &str, runs: usize, budget: Duration, url: impl Fn(usize) -> String) {
    let mut times = Vec::with_capacity(runs);
    let mut bytes = 0;
    for run in 0..runs + 20 {
        let url = url(run);
        let start = Instant::now();
        let answer = app.raw(Some(by), "GET", &url, None, &[]).await;
        let took = start.elapsed();
        assert!(answer.status.is_success(), "{url}: {}", answer.text());
        bytes = answer.bytes.len();
        // The first ones fill the caches.
        if run >= 20 {
            times.push(took);
        }
    }
    times.sort();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let verdict = if p50 <= budget { "within" } else { "OVER" };
    println!("{name:<28} {:>9} {:>9} {:>8}  {verdict:<6} {bytes:>9} B", ms(p50), ms(p99), ms(budget));
}

fn ms(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}

/// Resident memory in KiB, where the system tells it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

async fn run(app: &TestApp, engine: &str, options: &Options) {
    let start = Instant::now();
    let seeded = seed(app, options).await;
    if let Db::Postgres(pool) = &app.app.db {
        // What the server's own housekeeping would have done by then.
        sqlx::query("ANALYZE").execute(pool).await.unwrap();
    }
    println!(
        "\n{engine}: {} proposals, {} postings, seeded in {} s",
        seeded.proposals.len(),
        seeded.postings,
        start.elapsed().as_secs()
    );
    println!("{:<28} {:>9} {:>9} {:>8}  {:<6} {:>11}", "page", "p50", "p99", "budget", "", "answer");
    let desk = app.person(Role::DeskOfficer).await;
    let head = app.person(Role::HeadOfDesk).await;
    let runs = options.runs;
    let pick = |n: usize| seeded.proposals[n * 7919 % seeded.proposals.len()];
    let all = ProposalQuery::default;
    measure(app, &desk, "proposal list", runs, LIST, |_| ListProposals {}.url(&all())).await;
    let state = Some(ProposalState::Scored);
    measure(app, &desk, "… of a state", runs, LIST, |_| ListProposals {}.url(&ProposalQuery { state, ..all() })).await;
    let call_id = Some(seeded.calls[3]);
    measure(app, &desk, "… of a call", runs, LIST, |_| ListProposals {}.url(&ProposalQuery { call_id, ..all() })).await;
    measure(app, &desk, "… searched", runs, LIST, |n| {
        ListProposals {}.url(&ProposalQuery { search: Some(format!("{:04}", n * 13 % 10_000)), ..all() })
    })
    .await;
    measure(app, &desk, "a proposal", runs, LIST, |n| GetProposal { proposal_id: pick(n) }.url(&Nothing {})).await;
    measure(app, &desk, "a call", runs, LIST, |_| GetCall { call_id: seeded.calls[0] }.url(&Nothing {})).await;
    measure(app, &head, "ranking", runs, DASHBOARD, |n| {
        GetRanking { call_id: seeded.calls[n % CALLS] }.url(&RankingQuery::default())
    })
    .await;
    let fund_id = seeded.fund_id;
    measure(app, &head, "fund status", runs, DASHBOARD, |_| GetFundStatus { fund_id }.url(&StatusQuery::default()))
        .await;
    measure(app, &head, "journal", runs, LIST, |_| ListJournal { fund_id }.url(&JournalQuery::default())).await;
    measure(app, &desk, "home of the desk", runs, DASHBOARD, |_| GetHome {}.url(&Nothing {})).await;
    measure(app, &head, "home of the head", runs, DASHBOARD, |_| GetHome {}.url(&Nothing {})).await;

    // The longest file: every posting. The manifest makes it without keeping it.
    let query = ExportQuery { fund_id: Some(fund_id), ..ExportQuery::default() };
    let name = ExportName::DonorSplit;
    let before = resident_kib();
    let start = Instant::now();
    let manifest = app.get(&head, GetManifest { name }, &query).await.unwrap();
    let took = start.elapsed();
    let grown = before.zip(resident_kib()).map_or(0, |(before, after)| after.saturating_sub(before));
    assert_eq!(manifest.rows, i64::try_from(seeded.postings).unwrap());
    println!(
        "{name}: {} rows, {} B in {}, {} rows/s, memory +{grown} KiB",
        manifest.rows,
        manifest.bytes,
        ms(took),
        u128::try_from(manifest.rows).unwrap() * 1000 / took.as_millis().max(1)
    );
    let start = Instant::now();
    let file = app.raw(Some(&head), "GET", &TakeExport { name }.url(&query), None, &[]).await;
    assert_eq!(sha256_hex(&[&file.bytes]), manifest.sha256, "the file is what its manifest says");
    println!("{name} taken: {}", ms(start.elapsed()));
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    run(&TestApp::sqlite().await, "SQLite", &options).await;
    match TestApp::postgres().await {
        Some(app) => run(&app, "PostgreSQL", &options).await,
        None => println!("\nPostgreSQL: skipped, TEST_POSTGRES_URL is not set"),
    }
}
