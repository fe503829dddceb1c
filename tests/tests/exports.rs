//! Exports (DOMAIN §6): files, manifests, identities across files, who may take what.

use catalytic_fund::audit::sha256_hex;
use catalytic_fund::demo::{World, cast, golden};
use catalytic_fund::fund::ledger;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, on, transact};
use shared::currency::Currency;
use shared::endpoint::{BASE, Endpoint, Nothing};
use shared::exports::*;
use shared::forecast::{ForecastQuery, ForecastTrancheQuery, GetForecast, ListForecast};
use shared::fund::{GetDonorStatement, GetFundStatus, StatementQuery, StatusQuery};
use shared::ids::{CallId, DecisionId, FundId, MotionId, OrganisationId};
use shared::money::Money;
use shared::permission::Role;
use shared::problem::Code;
use shared::time::{Date, Timestamp};
use shared::votes::{Choice, GetMotion, Outcome};
use tests::{Person, Raw, TestApp, both};

/// The golden scenario to the first payment, with P2's reservation given back.
struct Told {
    world: World,
    fund_id: FundId,
    call_id: CallId,
    motions: Vec<MotionId>,
    /// The day before the payment.
    before_payment: Date,
}

async fn tell(app: &TestApp) -> Told {
    let mut world = World::new(app.app.db.clone(), Timestamp::parse(tests::START).unwrap());
    let fund_id = cast::assemble(&mut world).await.unwrap();
    golden::fund(&mut world, fund_id).await.unwrap();
    let story = golden::rank(&mut world, fund_id).await.unwrap();
    let mut motions = Vec::new();
    for which in 0..3 {
        motions.push(golden::decide(&mut world, &story, which).await.unwrap());
    }
    let grant = golden::sign(&mut world, &story).await.unwrap();
    let before_payment = world.app.clock.now().date();
    golden::pay_first(&mut world, &grant).await.unwrap();
    let second = world.get("steering_voter", GetMotion { motion_id: motions[1] }, &Nothing {}).await.unwrap();
    let decision: DecisionId = second.result.unwrap().decision.unwrap().id;
    transact!(app.app.db, |tx| ledger::release(tx, &world.app.system_ctx(), decision).await).unwrap();
    app.app.clock.set(world.app.clock.now());
    Told { world, fund_id, call_id: story.call, motions, before_payment }
}

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

async fn take(app: &TestApp, by: &Person, name: ExportName, query: &ExportQuery) -> Raw {
    app.raw(Some(by), "GET", &TakeExport { name }.url(query), None, &[]).await
}

async fn manifest(app: &TestApp, by: &Person, name: ExportName, query: &ExportQuery) -> Manifest {
    app.get(by, GetManifest { name }, query).await.unwrap()
}

/// A file's header and rows, read back.
fn read(raw: &Raw) -> (Vec<String>, Vec<Vec<String>>) {
    assert!(raw.status.is_success(), "{}", raw.text());
    let text = raw.text();
    assert!(text.ends_with("\r\n"), "RFC 4180 ends lines with CRLF");
    // Nothing here needs quotes but what holds a comma.
    let mut rows = text.trim_end().split("\r\n").map(|line| {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                c => cell.push(c),
            }
        }
        cells.push(cell);
        cells
    });
    (rows.next().unwrap(), rows.collect())
}

/// The sum of a column over the rows that a filter keeps, from the file itself.
fn sum(file: &(Vec<String>, Vec<Vec<String>>), column: &str, keep: impl Fn(&dyn Fn(&str) -> String) -> bool) -> Money {
    let at = |name: &str| file.0.iter().position(|c| c == name).unwrap_or_else(|| panic!("no column {name}"));
    let kept = file.1.iter().filter(|row| keep(&|name| row[at(name)].clone()));
    Money::sum(Currency::EUR, kept.map(|row| eur(&row[at(column)]))).unwrap()
}

fn total(manifest: &Manifest, kind: &str, column: &str) -> Money {
    let found = manifest.totals.iter().find(|total| total.kind == kind && total.column == column);
    found.map_or(eur("0"), |total| total.amount)
}

/// Each file with what it must be asked for.
fn all(told: &Told) -> Vec<(ExportName, ExportQuery)> {
    let query = |name: ExportName| ExportQuery {
        fund_id: name.parameters().contains(&Parameter::FundId).then_some(told.fund_id),
        call_id: (name == ExportName::Ranking).then_some(told.call_id),
        ..ExportQuery::default()
    };
    ExportName::ALL.iter().map(|name| (*name, query(*name))).collect()
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.app.db.read().await.unwrap();
    on!(&mut tx, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

async fn person_for(app: &TestApp, told: &Told, role: Role, code: &str) -> Person {
    let organisation: OrganisationId = told.world.organisation(code).unwrap();
    app.person_of(role, Some(organisation)).await
}

both! {
    async fn a_browser_that_asks_for_compression_gets_the_whole_file(app: TestApp) {
        tell(&app).await;
        let auditor = app.person(Role::Auditor).await;
        let url = TakeExport { name: ExportName::Disbursements }.url(&ExportQuery::default());
        for (asked, begins) in [("gzip", &[0x1f_u8, 0x8b][..]), ("br", &[]), ("gzip, deflate, br, zstd", &[])] {
            let file = app.raw(Some(&auditor), "GET", &url, None, &[("accept-encoding", asked)]).await;
            assert!(file.status.is_success(), "{asked}: {}", file.status);
            assert!(file.headers.contains_key("content-encoding"), "{asked}");
            assert!(!file.bytes.is_empty() && file.bytes.starts_with(begins), "{asked}");
        }
    }
}

both! {
    async fn m3_the_files_agree_with_each_other_with_their_manifests_and_with_the_screen(app: TestApp) {
        let told = tell(&app).await;
        let head = app.person(Role::HeadOfDesk).await;
        app.add_role(head.id, Role::FinanceApprover, None, false).await;
        let mut files = std::collections::BTreeMap::new();
        for (name, query) in all(&told) {
            let raw = take(&app, &head, name, &query).await;
            let manifest = manifest(&app, &head, name, &query).await;
            let preview = app.get(&head, PreviewExport { name }, &query).await.unwrap();
            assert_eq!(preview.manifest, manifest, "{name}");
            assert_eq!(manifest.sha256, sha256_hex(&[&raw.bytes]), "{name}");
            assert_eq!(manifest.bytes, i64::try_from(raw.bytes.len()).unwrap());
            let file = read(&raw);
            assert_eq!((i64::try_from(file.1.len()).unwrap(), &file.0), (manifest.rows, &manifest.columns), "{name}");
            assert_eq!(preview.first.len(), file.1.len().min(PREVIEW_ROWS));
            assert!(file.1.iter().all(|row| row.len() == file.0.len()), "{name}");
            // The same parameters give the same bytes.
            assert_eq!(take(&app, &head, name, &query).await.bytes, raw.bytes, "{name}");
            files.insert(name, (file, manifest));
        }
        let (commitments, of_commitments) = &files[&ExportName::Commitments];
        let (disbursements, of_disbursements) = &files[&ExportName::Disbursements];
        let (split, of_split) = &files[&ExportName::DonorSplit];
        let (status, of_status) = &files[&ExportName::FundStatus];
        let any = |_: &dyn Fn(&str) -> String| true;

        // Σ disbursements = Σ donor_split(disbursed) = fund_status.disbursed.
        let disbursed = eur("40000.00");
        assert_eq!(sum(disbursements, "amount", any), disbursed);
        assert_eq!(total(of_disbursements, "", "amount"), disbursed);
        assert_eq!(sum(split, "amount", |cell| cell("kind") == "disbursed"), disbursed);
        assert_eq!(total(of_split, "disbursed", "amount"), disbursed);
        assert_eq!(sum(status, "amount", |cell| cell("section") == "cash" && cell("line") == "disbursed"), disbursed);
        assert_eq!(sum(status, "amount", |cell| cell("section") == "donor" && cell("line") == "disbursed"), disbursed);
        assert_eq!(sum(status, "amount", |cell| cell("section") == "call" && cell("line") == "disbursed"), disbursed);
        assert_eq!(total(of_status, "donor.disbursed", "amount"), disbursed);

        // Σ commitments = fund_status.committed.
        let committed = eur("100000.00");
        assert_eq!(sum(commitments, "amount", any), committed);
        assert_eq!(total(of_commitments, "", "amount"), committed);
        assert_eq!(total(of_split, "committed", "amount"), committed);
        assert_eq!(sum(status, "amount", |cell| cell("section") == "uses" && cell("line") == "committed"), committed);
        assert_eq!(total(of_status, "call.committed", "amount"), committed);
        assert_eq!(total(of_status, "sources", "amount"), total(of_status, "uses", "amount"));

        // Σ donor statements = fund_status; what is still to be paid = committed − disbursed.
        let (_, of_donors) = &files[&ExportName::DonorStatement];
        assert_eq!(total(of_donors, "fund_currency.disbursed", "amount"), disbursed);
        assert_eq!(total(of_donors, "fund_currency.committed", "amount"), committed);
        let in_francs = of_donors.totals.iter().find(|t| t.kind == "own_currency.received" && t.amount.currency() == Currency::CHF);
        assert_eq!(in_francs.unwrap().amount, Money::parse("380000.00", Currency::CHF).unwrap());
        let (forecast, _) = &files[&ExportName::TrancheForecast];
        assert_eq!(sum(forecast, "amount", any), eur("60000.00"));

        // Each donor's part is a column, and the parts are the whole (M60).
        assert_eq!(sum(disbursements, "donor_BMZ", any), eur("24000.00"));
        assert_eq!(sum(disbursements, "donor_SDC", any), eur("16000.00"));

        // P2's reservation was given back: a negative amount is a number, without a quote before it.
        assert_eq!(total(of_split, "reserved", "amount"), eur("0.00"));
        let back = sum(split, "amount", |cell| cell("event") == "release" && cell("kind") == "reserved");
        assert_eq!(back, eur("-90000.00"));

        // Every posting is in the file, and its debits are its credits.
        let postings = count(&app, "SELECT COUNT(*) FROM postings").await;
        assert_eq!(of_split.rows, postings);
    }

    async fn m3_the_forecast_and_the_donor_statement_show_what_their_files_hold(app: TestApp) {
        let told = tell(&app).await;
        let (fund_id, any) = (told.fund_id, |_: &dyn Fn(&str) -> String| true);
        let head = app.person(Role::HeadOfDesk).await;
        let of_fund = ExportQuery { fund_id: Some(fund_id), ..ExportQuery::default() };

        let forecast = app.get(&head, GetForecast { fund_id }, &ForecastQuery::default()).await.unwrap();
        let file = read(&take(&app, &head, ExportName::TrancheForecast, &of_fund).await);
        assert_eq!((forecast.total, sum(&file, "amount", any)), (eur("60000"), eur("60000")));
        assert_eq!((forecast.cash, forecast.receivable), (eur("960000"), eur("0")));
        assert_eq!(forecast.due.checked_add(forecast.planned).unwrap(), forecast.total);
        assert_eq!(forecast.quarters.last().unwrap().cumulative, forecast.total);
        assert_eq!(forecast.quarters.last().unwrap().cash_after, Some(eur("900000")));
        for quarter in &forecast.quarters {
            let days = ForecastTrancheQuery {
                from: Some(quarter.first_day),
                until: Some(quarter.last_day),
                ..ForecastTrancheQuery::default()
            };
            // The figure is the sum of the rows that it opens, and of the file with the same filter.
            let rows = app.get(&head, ListForecast { fund_id }, &days).await.unwrap().items;
            assert_eq!(Money::sum(Currency::EUR, rows.iter().map(|row| row.left)).unwrap(), quarter.total);
            let asked = ExportQuery { from: days.from, until: days.until, ..of_fund.clone() };
            let file = read(&take(&app, &head, ExportName::TrancheForecast, &asked).await);
            assert_eq!(sum(&file, "amount", any), quarter.total);
            let dues: Vec<_> = rows.iter().map(|row| row.due_on).collect();
            assert!(dues.is_sorted());
        }

        let status = app.get(&head, GetFundStatus { fund_id }, &StatusQuery::default()).await.unwrap();
        let statement = app.get(&head, GetDonorStatement { fund_id }, &StatementQuery::default()).await.unwrap();
        assert_eq!(statement.donors, status.donors);
        assert_eq!(statement.signed, eur("1000000"));
        for line in &statement.whole {
            let of_donors = statement.donors.iter().flat_map(|d| &d.lines).filter(|l| l.key == line.key);
            assert_eq!(Money::sum(Currency::EUR, of_donors.map(|l| l.amount)).unwrap(), line.amount, "{}", line.key);
        }
        // A voter sees its own organisation's statement beside the whole, in the page as in the file.
        let voter = person_for(&app, &told, Role::SteeringVoter, "SDC").await;
        let seen = app.get(&voter, GetDonorStatement { fund_id }, &StatementQuery::default()).await.unwrap();
        assert_eq!(seen.donors.iter().map(|d| d.donor.code.as_str()).collect::<Vec<_>>(), ["SDC"]);
        assert_eq!(seen.whole, statement.whole);
        let (_, rows) = read(&take(&app, &voter, ExportName::DonorStatement, &of_fund).await);
        assert!(rows.iter().all(|row| row[1] == "SDC"), "{rows:?}");
        let others = StatementQuery { donor_id: told.world.organisation("BMZ").ok(), as_of: None };
        assert_eq!(app.get(&voter, GetDonorStatement { fund_id }, &others).await.unwrap_err().code, Code::Forbidden);
    }

    async fn every_file_that_is_taken_is_logged(app: TestApp) {
        let told = tell(&app).await;
        let head = app.person(Role::HeadOfDesk).await;
        app.add_role(head.id, Role::FinanceApprover, None, false).await;
        let audited = "SELECT COUNT(*) FROM audit_log WHERE action = 'export.taken'";
        for (n, (name, query)) in all(&told).into_iter().enumerate() {
            manifest(&app, &head, name, &query).await;
            assert_eq!(count(&app, audited).await, i64::try_from(n).unwrap(), "a manifest is no file");
            let raw = take(&app, &head, name, &query).await;
            assert_eq!(count(&app, audited).await, i64::try_from(n).unwrap() + 1);
            let mut tx = app.app.db.read().await.unwrap();
            let (logged, rows, hash, parameters): (String, i64, String, String) = on!(&mut tx, |c| sqlx::query_as(
                "SELECT name, rows, sha256, parameters FROM export_log ORDER BY id DESC LIMIT 1"
            ).fetch_one(c).await).unwrap();
            assert_eq!((logged.as_str(), hash), (name.as_str(), sha256_hex(&[&raw.bytes])));
            assert_eq!(rows, i64::try_from(read(&raw).1.len()).unwrap());
            assert_eq!(serde_json::from_str::<ExportQuery>(&parameters).unwrap(), query);
        }
        let all = i64::try_from(ExportName::ALL.len()).unwrap();
        assert_eq!(count(&app, "SELECT COUNT(*) FROM export_log").await, all);
    }

    async fn the_excel_dialect_has_its_mark_semicolons_and_decimal_commas(app: TestApp) {
        let told = tell(&app).await;
        let head = app.person(Role::HeadOfDesk).await;
        let query = ExportQuery { fund_id: Some(told.fund_id), dialect: Some(Dialect::Excel), ..ExportQuery::default() };
        let raw = take(&app, &head, ExportName::Disbursements, &query).await;
        assert!(raw.bytes.starts_with(b"\xEF\xBB\xBFentry_id;posted_on;"), "{}", raw.text());
        assert!(raw.text().contains(";BANK-OUT-1;40000,00;EUR;24000,00;16000,00\r\n"), "{}", raw.text());
        assert_eq!(raw.headers["content-type"], "text/csv; charset=utf-8; header=present");
        assert_eq!(raw.headers["content-disposition"], "attachment; filename=\"disbursements.csv\"");
        assert_eq!(manifest(&app, &head, ExportName::Disbursements, &query).await.sha256, sha256_hex(&[&raw.bytes]));
        let standard = ExportQuery { dialect: None, ..query };
        let raw = take(&app, &head, ExportName::Disbursements, &standard).await;
        assert!(raw.text().contains(",BANK-OUT-1,40000.00,EUR,24000.00,16000.00\r\n"), "{}", raw.text());
    }

    async fn a_title_that_looks_like_a_formula_stays_a_text(app: TestApp) {
        let told = tell(&app).await;
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE proposals SET title = '=HYPERLINK(\"x\"),1' WHERE call_id = $1", told.call_id)?;
            Ok::<(), ApiError>(())
        }).unwrap();
        let head = app.person(Role::HeadOfDesk).await;
        let query = ExportQuery { call_id: Some(told.call_id), ..ExportQuery::default() };
        let raw = take(&app, &head, ExportName::Ranking, &query).await;
        assert_eq!(raw.text().matches(r#","'=HYPERLINK(""x""),1","#).count(), 3, "{}", raw.text());
    }

    async fn a_period_and_an_as_of_date_cut_the_files_and_later_bookings_change_nothing(app: TestApp) {
        let mut told = tell(&app).await;
        let head = app.person(Role::HeadOfDesk).await;
        let of = |query: ExportQuery| ExportQuery { fund_id: Some(told.fund_id), ..query };
        let before = of(ExportQuery { as_of: Some(told.before_payment), ..ExportQuery::default() });
        let file = manifest(&app, &head, ExportName::Disbursements, &before).await;
        assert_eq!((file.rows, file.file.as_str()), (0, format!("disbursements_as-of-{}.csv", told.before_payment).as_str()));
        assert!(!file.columns.iter().any(|column| column.starts_with("donor_")), "nobody bears a part of nothing");
        let status = manifest(&app, &head, ExportName::FundStatus, &before).await;
        assert_eq!(total(&status, "cash.disbursed", "amount"), eur("0"));
        assert_eq!(total(&status, "donor.committed", "amount"), eur("100000.00"));
        let since = of(ExportQuery { from: Some(told.before_payment.plus_days(1)), ..ExportQuery::default() });
        assert_eq!(manifest(&app, &head, ExportName::Commitments, &since).await.rows, 0);
        assert_eq!(total(&manifest(&app, &head, ExportName::Disbursements, &since).await, "", "amount"), eur("40000.00"));

        let mut kept = Vec::new();
        for name in [ExportName::Commitments, ExportName::Disbursements, ExportName::DonorSplit] {
            kept.push((name, take(&app, &head, name, &before).await.bytes));
        }
        // A new donor and later money: the period is as it was.
        let fund_id = told.fund_id;
        told.world.wait(chrono::Duration::days(30));
        told.world.contribution(fund_id, "EU", "EU-1", "1000.00", Currency::EUR, "1").await.unwrap();
        for (name, bytes) in kept {
            assert_eq!(take(&app, &head, name, &before).await.bytes, bytes, "{name}");
        }
    }

    async fn m60_among_three_donors_the_others_parts_are_one_sum_whatever_their_order(app: TestApp) {
        let fund = tests::money::World::new(&app, "200000").await;
        let eu = app.organisation("EU", shared::people::OrganisationKind::Funder).await;
        for (donor, reference, amount) in [(fund.bmz, "BMZ-1", "10000"), (eu, "EU-1", "10001"), (fund.sdc, "SDC-1", "10002")] {
            let signed = fund.signed(donor, reference, eur(amount), "1").await;
            fund.received(&signed, eur(amount), "1").await;
        }
        fund.approved("100").await;
        let voter = app.person_of(Role::SteeringVoter, Some(eu)).await;
        let query = ExportQuery { fund_id: Some(fund.fund_id), ..ExportQuery::default() };
        let (columns, rows) = read(&take(&app, &voter, ExportName::DonorSplit, &query).await);
        let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
        let of = |event: &str, kind: &str| -> Vec<[String; 3]> {
            let found = rows.iter().filter(|row| row[at("event")] == event && row[at("kind")] == kind);
            found.map(|row| ["donor", "entry_id", "amount"].map(|name| row[at(name)].clone())).collect()
        };
        let shown = |rows: Vec<[String; 3]>| rows.into_iter().map(|[donor, _, amount]| [donor, amount]).collect::<Vec<_>>();
        let named = |donor: &str, amount: &str| [donor.to_owned(), amount.to_owned()];
        assert_eq!(shown(of("reservation", "reserved")), [named("EU", "33.33"), named("", "66.67")]);
        // What another donor promised and sent is no row of its own either.
        for (event, kind) in [("contribution", "receivable"), ("receipt", "cash")] {
            let rows = of(event, kind);
            assert_eq!(rows.iter().map(|row| row[1].is_empty()).collect::<Vec<_>>(), [false, true]);
            assert_eq!(shown(rows), [named("EU", "10001.00"), named("", "20002.00")]);
        }
        let sums = manifest(&app, &voter, ExportName::DonorSplit, &query).await;
        assert_eq!((total(&sums, "reserved", "amount"), total(&sums, "cash", "amount")), (eur("100"), eur("30003")));
    }

    async fn a_donor_sees_its_own_part_by_name_and_the_others_as_one_sum(app: TestApp) {
        let told = tell(&app).await;
        let voter = person_for(&app, &told, Role::SteeringVoter, "BMZ").await;
        let query = ExportQuery { fund_id: Some(told.fund_id), ..ExportQuery::default() };
        let disbursements = read(&take(&app, &voter, ExportName::Disbursements, &query).await);
        assert_eq!(disbursements.0[disbursements.0.len() - 2..], ["donor_BMZ", "other_donors"]);
        assert_eq!(sum(&disbursements, "amount", |_| true), eur("40000.00"));
        assert_eq!(sum(&disbursements, "other_donors", |_| true), eur("16000.00"));
        for name in [ExportName::DonorSplit, ExportName::FundStatus, ExportName::Disbursements] {
            let raw = take(&app, &voter, name, &query).await;
            assert!(!raw.text().contains("SDC"), "{name}: {}", raw.text());
        }
        // Unnamed, but summed: the identity holds for them too.
        let split = manifest(&app, &voter, ExportName::DonorSplit, &query).await;
        assert_eq!(total(&split, "disbursed", "amount"), eur("40000.00"));
        let own = ExportQuery { donor_id: told.world.organisation("BMZ").ok(), ..query.clone() };
        let split = manifest(&app, &voter, ExportName::DonorSplit, &own).await;
        assert_eq!(total(&split, "disbursed", "amount"), eur("24000.00"));
        let other = ExportQuery { donor_id: told.world.organisation("SDC").ok(), ..query };
        let refused = app.get(&voter, GetManifest { name: ExportName::DonorSplit }, &other).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        let catalogue = app.call(&voter, ListExports {}, &Nothing {}).await.unwrap();
        assert_eq!(catalogue.donors.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), ["BMZ"]);
        assert_eq!(catalogue.exports.len(), 12, "not the bank's texts, which name other donors");
    }

    async fn an_applicant_takes_its_own_grant_and_nothing_else(app: TestApp) {
        let told = tell(&app).await;
        let recipient = person_for(&app, &told, Role::ApplicantLead, "CM-IP").await;
        let other = person_for(&app, &told, Role::ApplicantLead, "TD-MIN").await;
        let any = ExportQuery::default();
        for (name, amount) in [(ExportName::Commitments, "100000.00"), (ExportName::Disbursements, "40000.00")] {
            let own = manifest(&app, &recipient, name, &any).await;
            assert_eq!((own.rows, total(&own, "", "amount")), (1, eur(amount)));
            assert!(!own.columns.iter().any(|column| column.contains("donor")), "{:?}", own.columns);
            assert_eq!(manifest(&app, &other, name, &any).await.rows, 0);
        }
        // Its own budget against what is accepted, nothing yet; and no spending of anybody else.
        let budget = manifest(&app, &recipient, ExportName::BudgetVsActual, &any).await;
        assert_eq!((total(&budget, "cost", "planned"), total(&budget, "cost", "accepted")), (eur("125000.00"), eur("0.00")));
        assert_eq!(manifest(&app, &other, ExportName::BudgetVsActual, &any).await.rows, 0);
        assert_eq!(manifest(&app, &recipient, ExportName::Expenditures, &any).await.rows, 0);
        for (name, query) in all(&told).into_iter().filter(|(name, _)| !name.is_by_recipient()) {
            let raw = take(&app, &recipient, name, &query).await;
            assert_eq!(raw.status, 403, "{name}");
        }
        let catalogue = app.call(&recipient, ListExports {}, &Nothing {}).await.unwrap();
        let names: Vec<_> = catalogue.exports.iter().map(|export| export.name).collect();
        assert_eq!(names, ExportName::ALL.iter().copied().filter(|name| name.is_by_recipient()).collect::<Vec<_>>());
        assert_eq!(names.len(), 5);
        assert!(catalogue.donors.is_empty());
    }

    async fn who_has_no_export_gets_none(app: TestApp) {
        let told = tell(&app).await;
        for role in [Role::Admin, Role::Reviewer, Role::Advisor, Role::Hub, Role::Endorser] {
            let person = person_for(&app, &told, role, "NE-OP").await;
            for (name, query) in all(&told) {
                assert_eq!(take(&app, &person, name, &query).await.status, 403, "{role} {name}");
            }
        }
        let preparer = app.person(Role::FinancePreparer).await;
        let query = ExportQuery { call_id: Some(told.call_id), ..ExportQuery::default() };
        assert_eq!(take(&app, &preparer, ExportName::Ranking, &query).await.status, 403, "finance sees no scores");
        let url = TakeExport { name: ExportName::Votes }.url(&ExportQuery::default());
        assert_eq!(app.raw(None, "GET", &url, None, &[]).await.status, 401);
    }

    async fn s8_before_unblinding_the_ranking_says_nothing_of_scores(app: TestApp) {
        let told = tell(&app).await;
        let head = app.person(Role::HeadOfDesk).await;
        let query = ExportQuery { call_id: Some(told.call_id), ..ExportQuery::default() };
        let open = read(&take(&app, &head, ExportName::Ranking, &query).await);
        assert_eq!(open.1.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
        let set = |sql: &'static str| {
            let db = app.app.db.clone();
            async move {
                transact!(db, |tx| {
                    execute!(tx, sql)?;
                    Ok::<(), ApiError>(())
                })
                .unwrap();
            }
        };
        set("UPDATE calls SET unblinded_at = NULL").await;
        let blind = take(&app, &head, ExportName::Ranking, &query).await;
        let at = |name: &str| open.0.iter().position(|column| column == name).unwrap();
        for row in &read(&blind).1 {
            for name in ["rank", "is_tied", "cumulative", "score", "score_numerator", "lowest", "highest", "is_fundable"] {
                assert_eq!(row[at(name)], "", "{name}");
            }
        }
        set("UPDATE reviews SET points = points + 5, light = 'red', strengths = 'changed'").await;
        set("UPDATE review_scores SET score = 1").await;
        assert_eq!(take(&app, &head, ExportName::Ranking, &query).await.bytes, blind.bytes, "no hidden fact shows");
    }

    async fn v4_a_vote_shows_once_the_motion_is_closed(app: TestApp) {
        let mut told = tell(&app).await;
        let head = app.person(Role::HeadOfDesk).await;
        let any = ExportQuery::default();
        let closed = read(&take(&app, &head, ExportName::Votes, &any).await);
        assert_eq!((closed.1.len(), told.motions.len()), (6, 3), "two voters on each of three motions");
        assert!(closed.1.iter().all(|row| row.contains(&"yes".to_owned())));
        // P3 comes to the vote again.
        let proposal = told.world.get("steering_voter", GetMotion { motion_id: told.motions[2] }, &Nothing {}).await.unwrap();
        let proposal_id = proposal.summary.proposal.id;
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE proposals SET state = 'scored' WHERE id = $1", proposal_id)?;
            execute!(tx, "UPDATE calls SET phase = 'deliberation' WHERE id = $1", told.call_id)?;
            Ok::<(), ApiError>(())
        }).unwrap();
        let reason = "It was short of money only.";
        let opened = told.world.open_motion(proposal_id, Outcome::Approved, Some("60000.00"), reason).await;
        let (motion_id, closes_at) = opened.unwrap();
        let before = take(&app, &head, ExportName::Votes, &any).await;
        assert_eq!(read(&before).1.len(), 8);
        told.world.vote("steering_voter", motion_id, proposal_id, Choice::No).await.unwrap();
        assert_eq!(take(&app, &head, ExportName::Votes, &any).await.bytes, before.bytes, "whoever has voted is not told");
        told.world.pass(closes_at).await.unwrap();
        let after = read(&take(&app, &head, ExportName::Votes, &any).await);
        assert_eq!(after.1.iter().filter(|row| row.contains(&"no".to_owned())).count(), 1);
    }

    async fn wrong_parameters_are_named(app: TestApp) {
        let head = app.person(Role::HeadOfDesk).await;
        let wrong = |path: &str| {
            let url = format!("{BASE}/exports/{path}");
            let (app, head) = (&app, &head);
            async move {
                let raw = app.raw(Some(head), "GET", &url, None, &[]).await;
                let problem: shared::problem::Problem = serde_json::from_slice(&raw.bytes).unwrap();
                let error = problem.errors.first().map(|e| (e.pointer.clone(), e.code));
                (raw.status.as_u16(), problem.code, error)
            }
        };
        let field = |pointer: &str, code| (422, Code::Invalid, Some((pointer.to_owned(), code)));
        assert_eq!(wrong("everything").await, (404, Code::NotFound, None));
        assert_eq!(wrong("ranking").await, field("/call_id", Code::Required));
        assert_eq!(wrong("fund_status").await, field("/fund_id", Code::Required));
        assert_eq!(wrong("votes?as_of=2026-01-01").await, field("/as_of", Code::UnknownField));
        assert_eq!(wrong("commitments?from=1.1.2026").await, field("/from", Code::DateFormat));
        assert_eq!(wrong("commitments?from=2026-02-01&until=2026-01-31").await, field("/until", Code::DateOrder));
        assert_eq!(wrong("commitments?dialect=lotus").await, field("/dialect", Code::NotAChoice));
        assert_eq!(wrong("commitments?sheet=1").await, field("/sheet", Code::UnknownField));
        let nowhere = FundId(uuid::Uuid::now_v7());
        assert_eq!(wrong(&format!("fund_status?fund_id={nowhere}")).await, (404, Code::NotFound, None));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM export_log").await, 0);
    }
}
