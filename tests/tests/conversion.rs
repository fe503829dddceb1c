//! Agreements that report in another currency: what arrived, the reporting rate, rounding (M50, M51, M53, M70).

use catalytic_fund::fund::check::examine;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, transact};
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing};
use shared::exports::{ExportName, ExportQuery, GetManifest, Manifest, TakeExport};
use shared::grants::*;
use shared::home::{GetHome, TaskKind};
use shared::ids::{DisbursementId, ReportId};
use shared::money::Money;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::rates::{AddRate, ApproveRates, RateApproval, RateDraft, RateKind};
use shared::reports::*;
use shared::time::Date;
use tests::money::{World, day, eur, rate, today};
use tests::{Person, both};

const GOLDEN: [&str; 3] = ["40000", "50000", "10000"];

fn xaf(text: &str) -> Money {
    Money::parse(text, Currency::XAF).unwrap()
}

fn npr(text: &str) -> Money {
    Money::parse(text, Currency::parse("NPR").unwrap()).unwrap()
}

/// Pays an amount on the first tranche, all four steps.
async fn pay(world: &World<'_>, grant: &Grant, amount: &str) -> (Grant, DisbursementId) {
    let app = world.app;
    let draft = DisbursementDraft { tranche_id: grant.tranches[0].id, amount: eur(amount) };
    let endpoint = PrepareDisbursement { agreement_id: grant.id };
    let grant = world.once(&world.preparer, endpoint, None, &draft).await.unwrap();
    let disbursement_id = grant.disbursements.last().unwrap().id;
    let at = version(&grant, disbursement_id);
    let grant = app.call_at(&world.desk, VerifyDisbursement { disbursement_id }, at, &Nothing {}).await.unwrap();
    let at = version(&grant, disbursement_id);
    let grant = app.call_at(&world.approver, ApproveDisbursement { disbursement_id }, at, &Nothing {}).await.unwrap();
    let at = version(&grant, disbursement_id);
    let grant = app.call_at(&world.preparer, InstructDisbursement { disbursement_id }, at, &Nothing {}).await.unwrap();
    let payment = Payment { bank_reference: disbursement_id.to_string(), value_date: app.app.clock.now().date() };
    let at = version(&grant, disbursement_id);
    let endpoint = PayDisbursement { disbursement_id };
    (world.once(&world.preparer, endpoint, Some(at), &payment).await.unwrap(), disbursement_id)
}

fn version(grant: &Grant, id: DisbursementId) -> i64 {
    grant.disbursements.iter().find(|d| d.id == id).unwrap().version
}

async fn seen(world: &World<'_>, grant: &Grant) -> Grant {
    world.app.call(&world.head, GetGrant { agreement_id: grant.id }, &Nothing {}).await.unwrap()
}

fn advice(received: Money, credited_on: Date) -> CreditDraft {
    CreditDraft { received, credited_on, reference: "Credit advice 17".into() }
}

async fn told(
    world: &World<'_>,
    by: &Person,
    grant: &Grant,
    disbursement_id: DisbursementId,
    draft: &CreditDraft,
) -> Result<Grant, Problem> {
    let at = version(&seen(world, grant).await, disbursement_id);
    world.app.call_at(by, RecordCredit { disbursement_id }, at, draft).await
}

async fn confirmed(
    world: &World<'_>,
    by: &Person,
    grant: &Grant,
    disbursement_id: DisbursementId,
) -> Result<Grant, Problem> {
    let at = version(&seen(world, grant).await, disbursement_id);
    world.app.call_at(by, ConfirmCredit { disbursement_id }, at, &Nothing {}).await
}

/// Pays, and what arrives is told and confirmed.
async fn transfer(world: &World<'_>, grant: &Grant, paid: &str, received: Money) -> Grant {
    let (grant, id) = pay(world, grant, paid).await;
    told(world, &world.lead, &grant, id, &advice(received, world.app.app.clock.now().date())).await.unwrap();
    confirmed(world, &world.approver, &grant, id).await.unwrap()
}

fn spent(lines: &[(&str, Money)]) -> ReportDraft {
    let line = |(category, reported): &(&str, Money)| LineDraft {
        category: (*category).into(),
        reported: *reported,
        note: String::new(),
    };
    ReportDraft { narrative: "Work went on.".into(), lines: lines.iter().map(line).collect() }
}

async fn saved(world: &World<'_>, report_id: ReportId, draft: &ReportDraft) -> Result<Report, Problem> {
    let now = world.app.call(&world.lead, GetReport { report_id }, &Nothing {}).await.unwrap();
    world.app.call_at(&world.lead, SaveReport { report_id }, now.version, draft).await
}

/// Written, handed in and checked.
async fn checked(
    world: &World<'_>,
    report_id: ReportId,
    lines: &[(&str, Money)],
    disallowed: &[(&str, Money)],
) -> Report {
    let report = saved(world, report_id, &spent(lines)).await.unwrap();
    let report = world.app.call_at(&world.lead, SubmitReport { report_id }, report.version, &Nothing {}).await.unwrap();
    let item = |(category, amount): &(&str, Money)| Disallowance {
        category: (*category).into(),
        amount: *amount,
        reason: "No receipt".into(),
    };
    let request = ReportCheck { disallowances: disallowed.iter().map(item).collect() };
    world.app.call_at(&world.preparer, CheckReport { report_id }, report.version, &request).await.unwrap()
}

async fn accept(world: &World<'_>, report: &Report) -> Result<Report, Problem> {
    let endpoint = AcceptReport { report_id: report.summary.id };
    world.once(&world.approver, endpoint, Some(report.version), &Nothing {}).await
}

async fn accepted(world: &World<'_>, report_id: ReportId, lines: &[(&str, Money)]) -> Report {
    let report = checked(world, report_id, lines, &[]).await;
    accept(world, &report).await.unwrap()
}

fn per_euro(report: &Report) -> String {
    let reporting = report.reporting.unwrap();
    report.rate.unwrap().units_per_one(reporting.currency, Currency::EUR).unwrap().to_string()
}

fn total(manifest: &Manifest, kind: &str, column: &str) -> Money {
    let found = manifest.totals.iter().find(|total| total.kind == kind && total.column == column);
    found.unwrap_or_else(|| panic!("no total of {column} for {kind}: {:?}", manifest.totals)).amount
}

/// A month's average, entered and approved.
async fn monthly(world: &World<'_>, valid_on: Date, value: &str) {
    let draft = RateDraft {
        currency: Currency::XAF,
        valid_on,
        kind: RateKind::MonthlyAverage,
        rate: rate(value),
        source: "BEAC".into(),
    };
    let entered = world.app.call(&world.preparer, AddRate {}, &draft).await.unwrap();
    let approval = RateApproval { rate_ids: vec![entered.id] };
    world.app.call(&world.approver, ApproveRates {}, &approval).await.unwrap();
}

both! {
    async fn m51_the_weighted_average_of_own_transfers_is_147(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "NPR", ReportingMethod::WeightedAverage).await;
        let reporting = Reporting { currency: Currency::parse("NPR").unwrap(), method: ReportingMethod::WeightedAverage };
        assert_eq!(grant.reporting, Some(reporting));
        let report_id = grant.reports[0].id;
        // In the reporting currency alone.
        let wrong = saved(&world, report_id, &spent(&[("staff", eur("1"))])).await.unwrap_err();
        assert_eq!((wrong.errors[0].pointer.as_str(), wrong.errors[0].code), ("/lines/0/reported", Code::CurrencyMismatch));
        let report = checked(&world, report_id, &[("staff", npr("735000"))], &[]).await;
        assert_eq!(report.rate_missing.as_ref().unwrap().code, Code::TransferMissing);
        assert_eq!((report.accepted, report.rate), (None, None));
        assert_eq!(accept(&world, &report).await.unwrap_err().code, Code::TransferMissing);
        let grant = transfer(&world, &grant, "10000", npr("1450000")).await;
        let (grant, second) = pay(&world, &grant, "20000").await;
        let waiting = accept(&world, &report).await.unwrap_err();
        assert_eq!((waiting.code, &waiting.params["number"]), (Code::CreditUnconfirmed, &grant.disbursements[1].number));
        told(&world, &world.preparer, &grant, second, &advice(npr("2960000"), today())).await.unwrap();
        assert_eq!(accept(&world, &report).await.unwrap_err().code, Code::CreditUnconfirmed, "told by one person only");
        let grant = confirmed(&world, &world.approver, &grant, second).await.unwrap();
        let credit = grant.disbursements[1].credit.clone().unwrap();
        assert_eq!((credit.received, credit.confirmed.is_some()), (npr("2960000"), true));
        // NPR 735 000 ÷ 147 = EUR 5 000.00, of which the grant bears four fifths.
        let report = accept(&world, &report).await.unwrap();
        assert_eq!(per_euro(&report), "147");
        assert_eq!((report.summary.reported, report.summary.accepted), (npr("735000"), Some(eur("5000.00"))));
        assert_eq!((report.summary.share, report.rounding), (Some(eur("4000.00")), eur("0")));
        let grant = seen(&world, &grant).await;
        assert_eq!(grant.closure.unwrap().accepted_total, eur("5000.00"));
        assert_eq!(examine(&app.app.db).await.unwrap().findings, []);
    }

    async fn m51_what_was_accepted_keeps_its_rate(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "NPR", ReportingMethod::WeightedAverage).await;
        let grant = transfer(&world, &grant, "10000", npr("1450000")).await;
        let first = accepted(&world, grant.reports[0].id, &[("staff", npr("145000"))]).await;
        assert_eq!((per_euro(&first), first.accepted), ("145".into(), Some(eur("1000.00"))));
        transfer(&world, &grant, "20000", npr("2960000")).await;
        let second = checked(&world, grant.reports[1].id, &[("staff", npr("147000"))], &[]).await;
        assert_eq!((per_euro(&second), second.accepted), ("147".into(), Some(eur("1000.00"))));
        assert_eq!(second.lines[0].cumulative, eur("2000.00"));
        let report_id = first.summary.id;
        let again = app.call(&world.head, GetReport { report_id }, &Nothing {}).await.unwrap();
        assert_eq!((again.rate, again.accepted), (first.rate, first.accepted));
        // The database refuses to change it, and what arrived, and how the recipient reports.
        let refused = [
            "UPDATE reports SET rate_fund_minor = 1 WHERE accepted_by IS NOT NULL",
            "UPDATE reports SET rounding_minor = 1 WHERE accepted_by IS NOT NULL",
            "UPDATE report_lines SET accepted_minor = 1 WHERE accepted_minor IS NOT NULL",
            "DELETE FROM report_lines WHERE accepted_minor IS NOT NULL",
            "UPDATE disbursements SET credit_minor = 1",
            "UPDATE agreements SET reporting_method = 'fifo'",
        ];
        for sql in refused {
            let result = transact!(app.app.db, |tx| {
                execute!(tx, sql)?;
                Ok::<(), ApiError>(())
            });
            assert!(result.is_err(), "{sql}");
        }
    }

    async fn m51_first_in_first_out_goes_on_from_report_to_report(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "XAF", ReportingMethod::Fifo).await;
        let grant = transfer(&world, &grant, "1000", xaf("655957")).await;
        let grant = transfer(&world, &grant, "2000", xaf("1300000")).await;
        // 500 000 ÷ 655.957 = 762.2451
        let first = accepted(&world, grant.reports[0].id, &[("staff", xaf("500000"))]).await;
        assert_eq!(first.accepted, Some(eur("762.25")));
        // The 155 957 that are left at 655.957, and 344 043 at 650: 237.7549 + 529.2969 = 767.0518.
        let second = checked(&world, grant.reports[1].id, &[("staff", xaf("500000"))], &[]).await;
        assert_eq!(second.accepted, Some(eur("767.05")));
        // Of 2 000 000, all 1 455 957 that are left and 544 043 beyond the last transfer at its rate:
        // 3 000 − 762.2451 + 544 043 ÷ 650 = 3 074.7444. What is not eligible spends no transfer.
        let because = Because { reason: "All?".into() };
        let endpoint = AskReport { report_id: second.summary.id };
        app.call_at(&world.preparer, endpoint, second.version, &because).await.unwrap();
        let lines = [("staff", xaf("2000000")), ("travel", xaf("70000"))];
        let second = checked(&world, second.summary.id, &lines, &[("travel", xaf("70000"))]).await;
        assert_eq!((second.accepted, second.disallowed), (Some(eur("3074.74")), xaf("70000")));
    }

    async fn m51_monthly_averages_come_from_the_table_and_a_missing_one_is_an_error(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "XAF", ReportingMethod::MonthlyAverage).await;
        let report = checked(&world, grant.reports[0].id, &[("staff", xaf("655957"))], &[]).await;
        let missing = accept(&world, &report).await.unwrap_err();
        assert_eq!((missing.code, missing.params["day"].as_str()), (Code::RateMissing, "2026-03-01"));
        monthly(&world, today(), "655.957").await;
        let report = accept(&world, &report).await.unwrap();
        assert_eq!((per_euro(&report), report.accepted), ("655.957".into(), Some(eur("1000.00"))));
        // The second report runs from March to March: every month of it needs its average.
        let second = checked(&world, grant.reports[1].id, &[("staff", xaf("1"))], &[]).await;
        let missing = second.rate_missing.unwrap();
        assert_eq!((missing.code, missing.params["day"].as_str()), (Code::RateMissing, "2026-04-01"));
    }

    async fn m53_the_rounding_difference_is_booked_apart_from_every_cost_line(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "XAF", ReportingMethod::WeightedAverage).await;
        let grant = transfer(&world, &grant, "1000", xaf("655957")).await;
        // Three times 1 000 ÷ 655.957 = 1.52449: lines of 1.52, together 4.57.
        let lines = [("staff", xaf("1000")), ("travel", xaf("1000")), ("indirect", xaf("1000"))];
        let report = accepted(&world, grant.reports[0].id, &lines).await;
        let converted: Vec<_> = report.lines.iter().map(|line| line.accepted.unwrap().amount()).collect();
        assert_eq!(converted, ["1.52", "1.52", "0.00", "1.52"]);
        assert_eq!((report.rounding, report.accepted), (eur("0.01"), Some(eur("4.57"))));
        assert_eq!((report.cumulative, report.summary.accepted), (eur("4.57"), Some(eur("4.57"))));
        // The grant bears four fifths of 4.57: 3.656.
        assert_eq!(report.summary.share, Some(eur("3.66")));
        // The next: 4 ÷ 655.957 = 0.0061 three times is 0.03, in all 0.02; the differences are not netted into a line.
        let lines = [("staff", xaf("4")), ("travel", xaf("4")), ("indirect", xaf("4"))];
        let report = accepted(&world, grant.reports[1].id, &lines).await;
        assert_eq!((report.rounding_before, report.rounding), (eur("0.01"), eur("-0.01")));
        let shown = Money::sum(Currency::EUR, report.lines.iter().map(|line| line.cumulative)).unwrap();
        let with = shown.checked_add(report.rounding_before).unwrap().checked_add(report.rounding).unwrap();
        assert_eq!((shown, with, report.cumulative), (eur("4.59"), eur("4.59"), eur("4.59")));
        // 4.59 × 4/5 = 3.672 is the final grant.
        let grant = seen(&world, &grant).await;
        assert_eq!(grant.closure.unwrap().final_grant, Some(eur("3.67")));
        // The files: costs and rounding are what was accepted, the share what the journal booked.
        let query = ExportQuery::default();
        let spent = app.get(&world.head, GetManifest { name: ExportName::Expenditures }, &query).await.unwrap();
        assert_eq!((total(&spent, "cost", "amount"), total(&spent, "cost", "reported")), (eur("4.59"), xaf("3012")));
        assert_eq!(total(&spent, "rounding", "amount"), eur("0.00"));
        assert_eq!(total(&spent, "grant_share", "amount"), eur("3.67"));
        let actual = app.get(&world.head, GetManifest { name: ExportName::BudgetVsActual }, &query).await.unwrap();
        assert_eq!((total(&actual, "cost", "planned"), total(&actual, "cost", "accepted")), (eur("125000"), eur("4.59")));
        let raw = app.raw(Some(&world.head), "GET", &TakeExport { name: ExportName::Expenditures }.url(&query), None, &[]).await;
        let text = raw.text();
        assert_eq!(text.matches(",rounding,,").count(), 2, "{text}");
        assert!(text.contains(",655.957,1.52,EUR"), "{text}");
        // A recipient takes its own.
        let own = app.get(&world.lead, GetManifest { name: ExportName::Expenditures }, &query).await.unwrap();
        assert_eq!(own.totals, spent.totals);
        assert_eq!(examine(&app.app.db).await.unwrap().findings, []);
    }

    async fn m51_m70_what_arrived_is_told_by_one_person_and_confirmed_by_another(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "XAF", ReportingMethod::WeightedAverage).await;
        let (grant, id) = pay(&world, &grant, "1000").await;
        let early = confirmed(&world, &world.approver, &grant, id).await.unwrap_err();
        assert_eq!(early.code, Code::WrongState, "nothing was told");
        for (draft, pointer, code) in [
            (advice(eur("1000"), today()), "/received", Code::CurrencyMismatch),
            (advice(xaf("0"), today()), "/received", Code::AmountNotPositive),
            (advice(xaf("655957"), today().plus_days(1)), "/credited_on", Code::DateInFuture),
            (advice(xaf("655957"), day("2026-03-01")), "/credited_on", Code::DateOrder),
            (CreditDraft { reference: " ".into(), ..advice(xaf("655957"), today()) }, "/reference", Code::Required),
        ] {
            let wrong = told(&world, &world.lead, &grant, id, &draft).await.unwrap_err();
            assert_eq!((wrong.errors[0].pointer.as_str(), wrong.errors[0].code), (pointer, code));
        }
        // XAF has no decimals (M1).
        let body = r#"{"received":{"amount":"655957.50","currency":"XAF"},"credited_on":"2026-03-02","reference":"A"}"#;
        let (url, at) = (RecordCredit { disbursement_id: id }.url(&Nothing {}), version(&grant, id).to_string());
        let headers = [("if-match", at.as_str())];
        let raw = app.raw(Some(&world.lead), "POST", &url, Some(body.into()), &headers).await;
        assert!(raw.text().contains(Code::AmountPrecision.as_str()), "{}", raw.text());
        assert_eq!(told(&world, &world.desk, &grant, id, &advice(xaf("1"), today())).await.unwrap_err().code, Code::Forbidden);
        let grant = told(&world, &world.lead, &grant, id, &advice(xaf("655950"), today())).await.unwrap();
        assert!(grant.disbursements[0].credit.as_ref().unwrap().is_own);
        // A slip is told anew as long as nobody has confirmed it; whoever told it cannot.
        let grant = told(&world, &world.preparer, &grant, id, &advice(xaf("655957"), today())).await.unwrap();
        app.add_role(world.preparer.id, Role::FinanceApprover, None, false).await;
        for (person, waits) in [(&world.approver, 1), (&world.preparer, 0)] {
            let home = app.call(person, GetHome {}, &Nothing {}).await.unwrap();
            let tasks = home.tasks.iter().filter(|task| task.kind == TaskKind::ConfirmCredit && task.id == grant.id.0);
            assert_eq!(tasks.count(), waits);
        }
        assert_eq!(confirmed(&world, &world.preparer, &grant, id).await.unwrap_err().code, Code::SeparationOfDuties);
        let grant = confirmed(&world, &world.approver, &grant, id).await.unwrap();
        let late = told(&world, &world.lead, &grant, id, &advice(xaf("1"), today())).await.unwrap_err();
        assert_eq!(late.code, Code::WrongState);
        // A payment that came back no longer counts.
        let back = ReversalDraft { reason: "Came back".into(), reversed_on: today() };
        let endpoint = PrepareReversal { disbursement_id: id };
        let grant = app.call_at(&world.preparer, endpoint, version(&grant, id), &back).await.unwrap();
        let endpoint = ApproveReversal { disbursement_id: id };
        world.once(&world.approver, endpoint, Some(version(&grant, id)), &Nothing {}).await.unwrap();
        let report = checked(&world, grant.reports[0].id, &[("staff", xaf("1"))], &[]).await;
        assert_eq!(accept(&world, &report).await.unwrap_err().code, Code::TransferMissing);
        // Nobody tells it of a grant that reports in the fund's currency.
        let plain = world.active("1000", &["400", "500", "100"]).await;
        let (plain, id) = pay(&world, &plain, "400").await;
        assert_eq!(told(&world, &world.lead, &plain, id, &advice(eur("400"), today())).await.unwrap_err().code, Code::WrongState);
    }

    async fn m51_the_reporting_currency_is_not_the_funds_and_can_be_left_out(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision_id = world.approved("1000").await;
        let draft = world.draft(decision_id, &["400", "500", "100"]);
        let own = Reporting { currency: Currency::EUR, method: ReportingMethod::Fifo };
        let same = AgreementDraft { reporting: Some(own), ..draft.clone() };
        let refused = world.once(&world.desk, CreateAgreement {}, None, &same).await.unwrap_err();
        assert_eq!((refused.errors[0].pointer.as_str(), refused.errors[0].code), ("/reporting/currency", Code::NotAChoice));
        let mut plain = serde_json::to_value(&draft).unwrap();
        plain.as_object_mut().unwrap().remove("reporting");
        assert_eq!(serde_json::from_value::<AgreementDraft>(plain).unwrap(), draft);
        let grant = world.once(&world.desk, CreateAgreement {}, None, &draft).await.unwrap();
        assert_eq!(grant.reporting, None);
    }

    async fn m33_the_burn_rule_counts_converted_spend(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.reporting("100000", &GOLDEN, "XAF", ReportingMethod::WeightedAverage).await;
        let grant = transfer(&world, &grant, "40000", xaf("26238280")).await;
        // 655.957 per euro: XAF 22 958 489 is EUR 34 999.99, of which the grant bears 27 999.99: under 70 %.
        let report = accepted(&world, grant.reports[0].id, &[("staff", xaf("22958489"))]).await;
        assert_eq!((report.accepted, report.summary.share), (Some(eur("34999.99")), Some(eur("27999.99"))));
        let endpoint = RequestTranche { tranche_id: grant.tranches[1].id };
        let grant = app.call(&world.lead, endpoint, &Nothing {}).await.unwrap();
        assert_eq!(grant.tranches[1].burn_payable, Some(eur("37999.99")));
    }
}
