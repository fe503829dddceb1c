//! How fast the pages that matter are, over a fund that has run for years (`cargo xtask bench`).
//!
//! Seeds 10 000 proposals and 100 000 postings, asks the whole application in process, and prints
//! p50 and p99 of the server's time beside the budgets; then a million postings and as many entries of
//! the audit log. On SQLite, and on PostgreSQL when `TEST_POSTGRES_URL` names a server. At last the
//! program itself: how long it takes to start, and its memory when idle.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, header};
use catalytic_fund::audit::{self, sha256_hex};
use catalytic_fund::db::{Db, Tx};
use catalytic_fund::fund::check::examine;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::proposals::content::canonical;
use catalytic_fund::{execute, on, transact};
use clap::Parser;
use futures::StreamExt;
use shared::audit::AuditFinding;
use shared::calls::{Definition, GetCall};
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing};
use shared::exports::{ExportName, ExportQuery, GetManifest, TakeExport};
use shared::fund::{Account, ConfirmReceipt, EntryKind, GetFundStatus, JournalQuery, ListJournal, StatusQuery};
use shared::home::GetHome;
use shared::ids::{AgreementId, CallId, EntryId, FundId, OrganisationId, PersonId, ProposalId};
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
use tests::money::{World, eur};
use tests::{Person, START, TestApp, fresh_postgres};
use tower::ServiceExt;
use uuid::Uuid;

/// How many calls share the proposals: 200 proposals a call are five times what a Steering Group reads.
const CALLS: usize = 50;

/// How many sheets each ranked proposal has.
const SHEETS: usize = 3;

/// Over how many days the entries are spread.
const DAYS: usize = 1000;

/// How many payments each agreement has at first.
const PAYMENTS: usize = 10;

/// An agreement's amount and that of a payment, in minor units.
const GRANT: i64 = 1_000_000;
const PAID: i64 = 5_000;

/// So many payments exhaust an agreement.
const PAYMENTS_MAX: usize = 200;

/// How many postings an agreement makes: reserved, committed, paid; two sides, two donors.
const POSTINGS_EACH: usize = (2 + PAYMENTS) * 4;

/// Rows of one statement.
const BATCH: usize = 400;

/// A list or detail, and a dashboard (BLUEPRINT §8).
const LIST: Duration = Duration::from_millis(5);
const DASHBOARD: Duration = Duration::from_millis(20);

/// Budgets of the ledger's check, of the chain's, of the start, and of memory (issue 3; BLUEPRINT §8).
const CHECK: Duration = Duration::from_secs(10);
const VERIFY: Duration = Duration::from_secs(10);
const STARTED: Duration = Duration::from_millis(200);
const STREAM_KIB: u64 = 64 * 1024;
const IDLE_KIB: u64 = 40 * 1024;

#[derive(Parser)]
struct Options {
    /// How many proposals.
    #[arg(long, default_value_t = 10_000)]
    proposals: usize,
    /// How many postings, at least.
    #[arg(long, default_value_t = 100_000)]
    postings: usize,
    /// How many postings, at least, in the second pass; 0 leaves it out.
    #[arg(long, default_value_t = 1_000_000)]
    large: usize,
    /// How many entries of the audit log in the second pass.
    #[arg(long, default_value_t = 1_000_000)]
    entries: usize,
    /// How many receipts are booked one by one.
    #[arg(long, default_value_t = 200)]
    events: usize,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 300)]
    runs: usize,
    /// Keep the SQLite database here, to look at its queries.
    #[arg(long)]
    keep: Option<PathBuf>,
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
    fund: Uuid,
    preparer: Person,
    approver: Person,
    desk: Person,
    account: Uuid,
    sources: [(Uuid, Uuid); 2],
    calls: Vec<Uuid>,
    proposals: Vec<Uuid>,
    /// Motion, decision, agreement and tranche of the first proposals.
    awards: Vec<[Uuid; 4]>,
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
    let people = [
        app.person(Role::DeskOfficer).await,
        app.person(Role::FinancePreparer).await,
        app.person(Role::FinanceApprover).await,
    ];
    let [desk, preparer, approver] = [0, 1, 2].map(|at: usize| people[at].id.0);
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
    let sources = donors.map(|donor| (donor, id()));
    transact!(app.app.db, |tx| {
        let signed: i64 = i64::try_from(agreements).unwrap() * GRANT * 2;
        let mut money = Bookings::new(fund, preparer, now);
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
            // On the first of all days: whatever is paid was there (M31).
            money.entry("contribution", DAYS - 1, id(), [("cash", share), ("headroom", -share)], &[*source], None);
        }
        for chunk in (0..agreements).collect::<Vec<_>>().chunks(BATCH) {
            let (mut motions, mut decisions, mut grants, mut tranches) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
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
            money.write(tx).await?;
        }
        Ok::<(), ApiError>(())
    })
    .unwrap();
    let [desk, preparer, approver] = people;
    let seeded = Seeded { fund, preparer, approver, desk, account, sources, calls, proposals, awards };
    pay(app, &seeded, 0..PAYMENTS).await;
    seeded
}

impl Seeded {
    fn fund_id(&self) -> FundId {
        FundId(self.fund)
    }

    fn call(&self, n: usize) -> CallId {
        CallId(self.calls[n % CALLS])
    }

    fn proposal(&self, n: usize) -> ProposalId {
        ProposalId(self.proposals[n * 7919 % self.proposals.len()])
    }

    fn agreement(&self, n: usize) -> AgreementId {
        AgreementId(self.awards[n * 7919 % self.awards.len()][2])
    }
}

/// Pays every agreement again and again: its first payments long ago, its last ones today.
async fn pay(app: &TestApp, seeded: &Seeded, payments: Range<usize>) {
    let now = Timestamp::parse(START).unwrap();
    let [desk, preparer, approver] = [&seeded.desk, &seeded.preparer, &seeded.approver].map(|person| person.id.0);
    for p in payments {
        for (chunk, at) in seeded.awards.chunks(BATCH).zip((0..).step_by(BATCH)) {
            transact!(app.app.db, |tx| {
                let mut money = Bookings::new(seeded.fund, preparer, now);
                let mut rows = Vec::with_capacity(chunk.len());
                for (award, n) in chunk.iter().zip(at..) {
                    let [_, _, agreement, tranche] = *award;
                    let payment = id();
                    let days_ago = (PAYMENTS_MAX - 1 - p) * 5 + n % 5;
                    let day = now.date().plus_days(-i64::try_from(days_ago).unwrap());
                    rows.push(vec![
                        V::Id(payment),
                        V::Id(agreement),
                        V::Id(tranche),
                        V::Id(seeded.account),
                        text(format!("D-{n:06}-{p}")),
                        text(payment.simple().to_string()),
                        V::Int(PAID),
                        text("paid"),
                        V::Id(preparer),
                        V::At(now),
                        V::Id(desk),
                        V::Id(approver),
                        text(format!("BANK-{n}-{p}")),
                        V::Day(day),
                        V::Id(preparer),
                        V::At(now.plus(chrono::Duration::days(-400))),
                    ]);
                    money.entry(
                        "disbursement",
                        days_ago,
                        payment,
                        [("disbursed", PAID), ("cash", -PAID)],
                        &seeded.sources,
                        Some([seeded.calls[n % CALLS], seeded.proposals[n], agreement]),
                    );
                }
                insert(
                    tx,
                    "disbursements (id, agreement_id, tranche_id, account_id, number, end_to_end_id, amount_minor, state,
                         prepared_by, prepared_at, verified_by, approved_by, bank_reference, value_date, paid_by, paid_at)",
                    rows,
                )
                .await?;
                money.write(tx).await
            })
            .unwrap();
        }
    }
}

/// Entries of the audit log, chained to those that are there.
async fn grow_audit_log(app: &TestApp, by: PersonId, entries: usize) {
    let at = Timestamp::parse(START).unwrap();
    let head = audit::head(&mut app.app.db.read().await.unwrap()).await.unwrap();
    let (mut seq, mut previous) = (head.seq, head.hash);
    for chunk in (0..entries).collect::<Vec<_>>().chunks(BATCH * 25) {
        let mut rows = Vec::with_capacity(chunk.len());
        for n in chunk {
            seq += 1;
            let mut row = audit::Row {
                seq,
                at,
                person_id: Some(by),
                action: "disbursement.paid".into(),
                object_kind: "disbursement".into(),
                object_id: id(),
                before_state: Some(r#"{"state":"instructed"}"#.into()),
                after_state: Some(format!(r#"{{"state":"paid","bank_reference":"BANK-{n}"}}"#)),
                reason: None,
                previous_hash: previous,
                hash: String::new(),
            };
            row.hash = row.digest();
            previous = row.hash.clone();
            rows.push(row);
        }
        transact!(app.app.db, |tx| {
            let values = rows.iter().map(|row| {
                vec![
                    V::Int(row.seq),
                    V::At(row.at),
                    V::Id(by.0),
                    text(row.action.as_str()),
                    text(row.object_kind.as_str()),
                    V::Id(row.object_id),
                    text(row.before_state.clone().unwrap_or_default()),
                    text(row.after_state.clone().unwrap_or_default()),
                    text(row.previous_hash.as_str()),
                    text(row.hash.as_str()),
                ]
            });
            let columns = "audit_log (seq, at, person_id, action, object_kind, object_id, before_state, after_state,
                 previous_hash, hash)";
            insert(tx, columns, values.collect()).await?;
            execute!(tx, "UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1", seq, &previous)?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
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
        let day = self.now.date().plus_days(-i64::try_from(n % DAYS).unwrap());
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
    resident_of("self")
}

fn resident_of(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

/// A figure beside its budget.
fn tell(name: &str, figure: &str, budget: &str, is_within: bool) {
    println!("{name:<28} {figure:>19} {budget:>8}  {}", if is_within { "within" } else { "OVER" });
}

fn per_second(count: usize, took: Duration) -> u128 {
    u128::try_from(count).unwrap() * 1_000_000 / took.as_micros().max(1)
}

/// What the server's own housekeeping would have done by then.
async fn tidy(db: &Db) {
    if let Db::Postgres(pool) = db {
        sqlx::query("VACUUM ANALYZE").execute(pool).await.unwrap();
    }
}

fn headings() {
    println!("{:<28} {:>9} {:>9} {:>8}  {:<6} {:>11}", "page", "p50", "p99", "budget", "", "answer");
}

async fn postings(app: &TestApp) -> usize {
    let mut tx = app.app.db.read().await.unwrap();
    let count: i64 = on!(&mut tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM postings").fetch_one(c).await).unwrap();
    usize::try_from(count).unwrap()
}

/// The proposals' pages, which must not notice how long the journal is.
async fn measure_proposals(app: &TestApp, seeded: &Seeded, head: &Person, runs: usize) {
    let desk = &seeded.desk;
    let all = ProposalQuery::default;
    measure(app, desk, "proposal list", runs, LIST, |_| ListProposals {}.url(&all())).await;
    let state = Some(ProposalState::Scored);
    measure(app, desk, "… of a state", runs, LIST, |_| ListProposals {}.url(&ProposalQuery { state, ..all() })).await;
    let call_id = Some(seeded.call(3));
    measure(app, desk, "… of a call", runs, LIST, |_| ListProposals {}.url(&ProposalQuery { call_id, ..all() })).await;
    measure(app, desk, "… searched", runs, LIST, |n| {
        ListProposals {}.url(&ProposalQuery { search: Some(format!("{:04}", n * 13 % 10_000)), ..all() })
    })
    .await;
    measure(app, desk, "a proposal", runs, LIST, |n| GetProposal { proposal_id: seeded.proposal(n) }.url(&Nothing {}))
        .await;
    measure(app, desk, "a call", runs, LIST, |_| GetCall { call_id: seeded.call(0) }.url(&Nothing {})).await;
    measure(app, head, "ranking", runs, DASHBOARD, |n| {
        GetRanking { call_id: seeded.call(n) }.url(&RankingQuery::default())
    })
    .await;
    let auditor = app.person(Role::Auditor).await;
    for (name, by) in [("home of the desk", desk), ("home of the head", head), ("home of an auditor", &auditor)] {
        measure(app, by, name, runs, DASHBOARD, |_| GetHome {}.url(&Nothing {})).await;
    }
}

/// The fund's status and the journal, whole and filtered, at its end and far back.
async fn measure_ledger(app: &TestApp, seeded: &Seeded, head: &Person, runs: usize) {
    let fund_id = seeded.fund_id();
    measure(app, head, "fund status", runs, DASHBOARD, |_| GetFundStatus { fund_id }.url(&StatusQuery::default()))
        .await;
    let mut tx = app.app.db.read().await.unwrap();
    let far: Uuid = on!(&mut tx, |c| sqlx::query_scalar(
        "SELECT id FROM journal_entries WHERE fund_id = $1 ORDER BY id LIMIT 1 OFFSET 6000"
    )
    .bind(seeded.fund)
    .fetch_one(c)
    .await)
    .unwrap();
    drop(tx);
    let all = JournalQuery::default;
    let after = Some(EntryId(far));
    let donor_id = Some(OrganisationId(seeded.sources[1].0));
    let today = Timestamp::parse(START).unwrap().date();
    let (from, until) = (Some(today.plus_days(-700)), Some(today.plus_days(-670)));
    let account = Some(Account::Cash);
    let filters = [
        ("journal", all()),
        ("… far back", JournalQuery { after, ..all() }),
        ("… of an account", JournalQuery { account, ..all() }),
        ("… of an account, far back", JournalQuery { account, after, ..all() }),
        ("… of a donor", JournalQuery { donor_id, ..all() }),
        ("… of a donor's account", JournalQuery { donor_id, account, ..all() }),
        ("… of a call", JournalQuery { call_id: Some(seeded.call(7)), ..all() }),
        ("… of a month", JournalQuery { from, until, ..all() }),
        ("… of a kind", JournalQuery { kind: Some(EntryKind::Commitment), ..all() }),
    ];
    for (name, query) in &filters {
        measure(app, head, name, runs, LIST, |_| ListJournal { fund_id }.url(query)).await;
    }
    measure(app, head, "… of an agreement", runs, LIST, |n| {
        ListJournal { fund_id }.url(&JournalQuery { agreement_id: Some(seeded.agreement(n)), ..all() })
    })
    .await;
}

/// The longest file, every posting: how fast it streams, and how much memory that takes.
async fn measure_export(app: &TestApp, seeded: &Seeded, head: &Person) {
    let query = ExportQuery { fund_id: Some(seeded.fund_id()), ..ExportQuery::default() };
    let name = ExportName::DonorSplit;
    let rows = postings(app).await;
    let url = TakeExport { name }.url(&query);
    let request = Request::builder().uri(url).header(header::COOKIE, head.cookie()).body(Body::empty()).unwrap();
    let before = resident_kib().unwrap_or_default();
    let start = Instant::now();
    let response = app.router.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success());
    let mut body = response.into_body().into_data_stream();
    let (mut bytes, mut most) = (0, before);
    while let Some(chunk) = body.next().await {
        bytes += chunk.unwrap().len();
        most = most.max(resident_kib().unwrap_or_default());
    }
    let took = start.elapsed();
    println!("{name}: {rows} rows, {bytes} B in {}, {} rows/s", ms(took), per_second(rows, took));
    let grown = most.saturating_sub(before);
    tell("… memory while streaming", &format!("+{grown} KiB"), "64 MiB", grown <= STREAM_KIB);
    let manifest = app.get(head, GetManifest { name }, &query).await.unwrap();
    assert_eq!(manifest.rows, i64::try_from(rows).unwrap());
}

async fn measure_checks(app: &TestApp, seeded: &Seeded, options: &Options) {
    let start = Instant::now();
    let check = examine(&app.app.db).await.unwrap();
    let took = start.elapsed();
    assert!(check.findings.is_empty(), "{:?}", check.findings);
    tell("ledger check", &ms(took), "10 s", took <= CHECK);
    grow_audit_log(app, seeded.preparer.id, options.entries).await;
    tidy(&app.app.db).await;
    let before = resident_kib().unwrap_or_default();
    let start = Instant::now();
    let verified = audit::verify(&app.app.db, None).await.unwrap();
    let took = start.elapsed();
    assert_eq!(verified.finding, AuditFinding::Whole);
    let entries = usize::try_from(verified.entries).unwrap();
    tell("audit verify", &ms(took), "10 s", took <= VERIFY);
    let grown = resident_kib().unwrap_or_default().saturating_sub(before);
    println!("… {entries} entries, {} entries/s, memory +{grown} KiB", per_second(entries, took));
}

/// Receipts confirmed one by one through the API, beside what the engine does with one bare row a
/// transaction on the same connection.
async fn measure_posting(app: &TestApp, seeded: &Seeded, head: &Person, events: usize) {
    let world = World {
        app,
        fund_id: seeded.fund_id(),
        preparer: seeded.preparer.clone(),
        approver: seeded.approver.clone(),
        desk: seeded.desk.clone(),
        head: head.clone(),
        lead: seeded.desk.clone(),
        applicant: OrganisationId(seeded.sources[0].0),
        bmz: OrganisationId(seeded.sources[0].0),
        sdc: OrganisationId(seeded.sources[1].0),
        call_id: seeded.call(0),
    };
    let contribution = world.signed(world.bmz, "MEASURED", eur("1000000.00"), "1").await;
    let mut receipts = Vec::with_capacity(events);
    for _ in 0..events {
        receipts.push(world.prepared(&contribution, eur("1.00"), "1").await.unwrap());
    }
    let start = Instant::now();
    for receipt in &receipts {
        let endpoint = ConfirmReceipt { receipt_id: receipt.id };
        world.once(&world.approver, endpoint, Some(receipt.version), &Nothing {}).await.unwrap();
    }
    let posted = per_second(events, start.elapsed());
    const TABLE: &str = "CREATE TABLE bare (n BIGINT PRIMARY KEY)";
    const ROW: &str = "INSERT INTO bare (n) VALUES ($1)";
    let start = match &app.app.db {
        Db::Sqlite { write, .. } => {
            sqlx::query(TABLE).execute(write).await.unwrap();
            let start = Instant::now();
            for n in 0..i64::try_from(events).unwrap() {
                sqlx::query(ROW).bind(n).execute(write).await.unwrap();
            }
            start
        }
        Db::Postgres(pool) => {
            sqlx::query(TABLE).execute(pool).await.unwrap();
            let start = Instant::now();
            for n in 0..i64::try_from(events).unwrap() {
                sqlx::query(ROW).bind(n).execute(pool).await.unwrap();
            }
            start
        }
    };
    let bare = per_second(events, start.elapsed());
    println!("receipts booked: {posted}/s; the engine's bare single-row transactions: {bare}/s");
}

async fn run(app: &TestApp, engine: &str, options: &Options) {
    let start = Instant::now();
    let seeded = seed(app, options).await;
    tidy(&app.app.db).await;
    let head = app.person(Role::HeadOfDesk).await;
    println!(
        "\n{engine}: {} proposals, {} postings, seeded in {} s",
        seeded.proposals.len(),
        postings(app).await,
        start.elapsed().as_secs()
    );
    headings();
    measure_proposals(app, &seeded, &head, options.runs).await;
    measure_ledger(app, &seeded, &head, options.runs).await;
    if options.large > 0 {
        let start = Instant::now();
        let each = options.large.div_ceil(seeded.awards.len() * 4);
        pay(app, &seeded, PAYMENTS..each.min(PAYMENTS_MAX)).await;
        tidy(&app.app.db).await;
        println!("\n{engine}: {} postings, seeded in {} s", postings(app).await, start.elapsed().as_secs());
        headings();
        measure_proposals(app, &seeded, &head, options.runs).await;
        measure_ledger(app, &seeded, &head, options.runs).await;
        measure_checks(app, &seeded, options).await;
    }
    measure_export(app, &seeded, &head).await;
    measure_posting(app, &seeded, &head, options.events).await;
}

/// Starts the program on the example and gives how long it took to answer, and its memory then.
fn start_program(program: &Path, data: &Path, patience: Duration) -> (Duration, Option<u64>) {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["demo", "--listen", &address, "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let answers = || {
        let mut stream = TcpStream::connect(&address).ok()?;
        write!(stream, "GET /api/v1/openapi.json HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        answer.starts_with(b"HTTP/1.1 200").then_some(())
    };
    while answers().is_none() {
        assert!(start.elapsed() < patience, "the program does not answer");
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed();
    // What it does once at the start is done by then.
    std::thread::sleep(Duration::from_secs(2));
    let memory = resident_of(&child.id().to_string());
    child.kill().unwrap();
    child.wait().unwrap();
    (took, memory)
}

fn measure_program() {
    let program = std::env::current_exe().unwrap().with_file_name("catalytic-fund");
    if !program.exists() {
        println!("\nThe program: skipped, it is not built");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    // The first start makes the example.
    start_program(&program, data.path(), Duration::from_secs(300));
    let (took, memory) = start_program(&program, data.path(), Duration::from_secs(30));
    println!("\nThe program, on the example");
    tell("start", &ms(took), "200 ms", took <= STARTED);
    if let Some(memory) = memory {
        tell("memory when idle", &format!("{memory} KiB"), "40 MiB", memory <= IDLE_KIB);
    }
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    // Beside the build and not in the system's folder for temporary files, which may lie in memory:
    // a commit there costs nothing.
    let beside = std::env::current_exe().unwrap();
    let folder = tempfile::tempdir_in(beside.parent().unwrap()).unwrap();
    let file = options.keep.clone().unwrap_or_else(|| folder.path().join("bench.db"));
    let app = TestApp::at(&format!("sqlite:{}", file.display())).await;
    run(&app, "SQLite", &options).await;
    app.app.db.close().await;
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(server) => {
            let app = TestApp::at(&fresh_postgres(&server).await).await;
            run(&app, "PostgreSQL", &options).await;
        }
        Err(_) => println!("\nPostgreSQL: skipped, TEST_POSTGRES_URL is not set"),
    }
    measure_program();
}
