//! The golden scenario (DOMAIN §7) and a second one with three donors, an earmark, francs and CFA francs, to the
//! cent, through the API, on both databases.

use catalytic_fund::demo::story::{CallPlan, ProposalPlan};
use catalytic_fund::demo::{World, cast, golden};
use catalytic_fund::fund::check::examine;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{people, transact};
use chrono::Duration;
use shared::calls::{CallPhase, FundingWindow, LocalTime};
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing};
use shared::exports::{ExportName, ExportQuery, GetManifest, Manifest};
use shared::fund::{
    ContributionDraft, CreateContribution, Earmark, GetPosition, Position, PositionQuery, SignContribution,
    SignContributionRequest,
};
use shared::grants::{
    AgreementState, ApproveReversal, CloseGrant, ConfirmCredit, CreditDraft, DecideTranche, DisbursementState,
    GetGrant, Grant, PrepareReversal, RecordCredit, RequestTranche, ReversalDraft, TrancheDecision,
};
use shared::ids::{CallId, FundId, ProposalId};
use shared::money::{Money, Rate};
use shared::people::{AddMembershipRequest, CreatePersonRequest, Language};
use shared::permission::Role;
use shared::proposals::ScreeningOutcome;
use shared::reports::{
    AcceptReport, CheckReport, Disallowance, GetReport, LineDraft, Report, ReportCheck, ReportDraft, Reporting,
    ReportingMethod, SaveReport, SubmitReport,
};
use shared::time::Timestamp;
use shared::votes::{Choice, GetMotion, MotionState, Outcome};
use tests::both;

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

async fn position(world: &mut World, fund_id: FundId, call: Option<CallId>) -> Position {
    world
        .get("desk_officer", GetPosition { fund_id }, &PositionQuery { call_id: call, proposal_id: None })
        .await
        .unwrap()
}

/// Calls an endpoint that moves money.
async fn once<E: Endpoint<Query = Nothing>>(
    world: &mut World,
    who: &str,
    endpoint: E,
    version: Option<i64>,
    body: &E::Request,
) -> E::Response {
    let (key, version) = (uuid::Uuid::now_v7().to_string(), version.map(|v| v.to_string()));
    let mut headers = vec![("idempotency-key", key.as_str())];
    headers.extend(version.as_deref().map(|v| ("if-match", v)));
    world.send(who, endpoint, &Nothing {}, body, &headers).await.unwrap()
}

/// The recipient writes and hands a report in, finance checks and accepts it.
async fn accept(world: &mut World, grant: &Grant, which: usize, lines: &[(&str, &str)]) -> Report {
    let report_id = grant.reports[which].id;
    let line = |(category, amount): &(&str, &str)| LineDraft {
        category: (*category).into(),
        reported: eur(amount),
        note: String::new(),
    };
    let draft = ReportDraft { narrative: "As planned.".into(), lines: lines.iter().map(line).collect() };
    let report = world.get("applicant_lead", GetReport { report_id }, &Nothing {}).await.unwrap();
    let report = world.call_at("applicant_lead", SaveReport { report_id }, report.version, &draft).await.unwrap();
    let report =
        world.call_at("applicant_lead", SubmitReport { report_id }, report.version, &Nothing {}).await.unwrap();
    let check = ReportCheck { disallowances: Vec::new() };
    let report = world.call_at("finance_preparer", CheckReport { report_id }, report.version, &check).await.unwrap();
    once(world, "finance_approver", AcceptReport { report_id }, Some(report.version), &Nothing {}).await
}

both! {
    async fn m20_to_m60_the_golden_scenario_holds_to_the_cent(app: TestApp) {
        let mut world = World::new(app.app.db.clone(), Timestamp::parse(tests::START).unwrap());
        let fund = cast::assemble(&mut world).await.unwrap();

        // BMZ 600 000 and SDC CHF 380 000 at 0.95, less administration and reserve (M20, M52).
        golden::fund(&mut world, fund).await.unwrap();
        let at = position(&mut world, fund, None).await;
        assert_eq!((at.allocable, at.headroom), (eur("900000.00"), eur("900000.00")));

        // P1, P2, P3 are fundable, in that rank.
        let story = golden::rank(&mut world, fund).await.unwrap();
        let query = shared::reviews::RankingQuery::default();
        let ranking = world.get("steering_voter", shared::reviews::GetRanking { call_id: story.call }, &query).await.unwrap();
        let order: Vec<_> = ranking.items.iter().map(|row| (row.proposal.id, row.rank, row.is_fundable)).collect();
        let expected: Vec<_> = story.proposals.iter().zip(1..).map(|(id, rank)| (*id, Some(rank), Some(true))).collect();
        assert_eq!(order, expected);

        // P1 approved: reserved 100 000. P2 approved: 10 000 left (M21, M23).
        golden::decide(&mut world, &story, 0).await.unwrap();
        let at = position(&mut world, fund, Some(story.call)).await;
        assert_eq!((at.reserved, at.envelope_left), (eur("100000.00"), Some(eur("100000.00"))));
        golden::decide(&mut world, &story, 1).await.unwrap();
        let at = position(&mut world, fund, Some(story.call)).await;
        assert_eq!((at.reserved, at.envelope_left), (eur("190000.00"), Some(eur("10000.00"))));

        // P3's vote is carried and becomes contingent, short by 50 000 (V8).
        let motion_id = golden::decide(&mut world, &story, 2).await.unwrap();
        let motion = world.get("steering_voter", GetMotion { motion_id }, &Nothing {}).await.unwrap();
        assert_eq!(motion.summary.state, MotionState::Carried);
        assert_eq!(motion.summary.decided, Some(Outcome::ApprovedContingent));
        assert_eq!(motion.result.unwrap().decision.unwrap().missing, Some(eur("50000.00")));
        let at = position(&mut world, fund, Some(story.call)).await;
        assert_eq!((at.reserved, at.envelope_left), (eur("190000.00"), Some(eur("10000.00"))));

        // P1 signed: the reservation becomes a commitment one to one (M23).
        let grant = golden::sign(&mut world, &story).await.unwrap();
        assert_eq!(grant.state, AgreementState::Active);
        assert_eq!((grant.amount, grant.total), (eur("100000.00"), eur("125000.00")));
        let at = position(&mut world, fund, Some(story.call)).await;
        assert_eq!((at.reserved, at.committed, at.envelope_left), (eur("90000.00"), eur("100000.00"), Some(eur("10000.00"))));
        assert_eq!(at.headroom, eur("710000.00"));

        // The first tranche paid: BMZ 24 000, SDC 16 000 (M60).
        let grant = golden::pay_first(&mut world, &grant).await.unwrap();
        assert_eq!((grant.disbursed, grant.undisbursed), (eur("40000.00"), eur("60000.00")));
        let split: Vec<_> = grant.disbursements[0].split.iter().map(|part| (part.donor.code.as_str(), part.amount)).collect();
        assert_eq!(split, [("BMZ", eur("24000.00")), ("SDC", eur("16000.00"))]);

        // Accepted spend 27 999.99 is under 70 %: the second tranche pays 50 000 − 12 000.01 (M33).
        world.wait(Duration::days(240));
        let report = accept(&mut world, &grant, 0, &[("staff", "34999.99")]).await;
        assert_eq!(report.summary.share, Some(eur("27999.99")));
        let tranche_id = grant.tranches[1].id;
        world.call("applicant_lead", RequestTranche { tranche_id }, &Nothing {}).await.unwrap();
        let decision = TrancheDecision { is_released: true, reduced_to: None, reason: String::new() };
        let grant = once(&mut world, "desk_officer", DecideTranche { tranche_id }, None, &decision).await;
        assert_eq!((grant.tranches[1].left, grant.tranches[2].carried), (eur("37999.99"), eur("12000.01")));
        let grant = world.pay(&grant, 1, "37999.99", "BANK-OUT-2").await.unwrap();
        assert_eq!(grant.disbursed, eur("77999.99"));

        // Accepted total cost in the end 112 500.00: final grant 90 000.00, balance 12 000.01 paid (M42, M43).
        world.wait(Duration::days(320));
        let lines = [
            ("staff", "5000.01"), ("software_adaptation", "30000"), ("training", "20000"), ("travel", "10000"),
            ("local_partners", "12500"),
        ];
        let report = accept(&mut world, &grant, 1, &lines).await;
        assert_eq!(report.cumulative, eur("112500.00"));
        let agreement_id = grant.id;
        let grant = world.get("desk_officer", GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        let closure = grant.closure.clone().unwrap();
        assert_eq!((closure.final_grant, closure.balance), (Some(eur("90000.00")), Some(eur("12000.01"))));
        let grant = world.pay(&grant, 2, "12000.01", "BANK-OUT-3").await.unwrap();
        assert_eq!(grant.disbursed, eur("90000.00"));
        let split = shared::fund::StatusQuery::default();
        let status = world.get("head_of_desk", shared::fund::GetFundStatus { fund_id: fund }, &split).await.unwrap();
        assert_eq!(status.calls[0].disbursed, eur("90000.00"));

        // Closed: 10 000.00 decommitted, envelope left 20 000, P3 still short by 40 000.
        let closed = once(&mut world, "head_of_desk", CloseGrant { agreement_id }, Some(grant.version), &Nothing {}).await;
        assert_eq!((closed.state, closed.closure.unwrap().decommitted), (AgreementState::Closed, Some(eur("10000.00"))));
        let at = position(&mut world, fund, Some(story.call)).await;
        assert_eq!((at.reserved, at.committed, at.envelope_left), (eur("90000.00"), eur("90000.00"), Some(eur("20000.00"))));
        assert_eq!(at.headroom, eur("720000.00"));
        let short = at.shortfall(eur("60000.00")).unwrap();
        assert_eq!((short.code, short.missing), (shared::problem::Code::EnvelopeExceeded, eur("40000.00")));
    }
}

fn xaf(text: &str) -> Money {
    Money::parse(text, Currency::XAF).unwrap()
}

/// P1 of the second scenario: XAF 59 036 130 are EUR 90 000.00 at the call's 655.957, the whole project
/// XAF 78 714 840 = EUR 120 000.00. So the grant bears three quarters.
const DOUALA: ProposalPlan<'static> = ProposalPlan {
    applicant: "applicant_lead",
    organisation: "CM-IP",
    country: "CM",
    language: Language::Fr,
    currency: Currency::XAF,
    title: "openIMIS pour les mutuelles de santé du littoral",
    grant: "59036130",
    own: "19678710",
    months: 18,
};

/// P2, for another country: never from money that is earmarked for Cameroon.
const POKHARA: ProposalPlan<'static> = ProposalPlan {
    applicant: "applicant_np",
    organisation: "NP-IP",
    country: "NP",
    language: Language::En,
    currency: Currency::EUR,
    title: "Claims review in one province",
    grant: "60000.00",
    own: "15000.00",
    months: 12,
};

/// A voter for the European Union: it votes on what its earmark pays (V7).
async fn enter_eu_voter(world: &mut World) {
    let (app, email) = (world.app.clone(), cast::email("steering_voter3"));
    let organisation_id = Some(world.organisation("EU").unwrap());
    let person =
        CreatePersonRequest { name: "Steering voter, EU".into(), email: email.clone(), language: Language::En };
    let ctx = app.system_ctx();
    let id = transact!(app.db, |tx| {
        let id = people::service::add_person(tx, &ctx, &person, None).await?;
        let membership = AddMembershipRequest {
            role: Role::SteeringVoter,
            organisation_id,
            body_id: None,
            is_alternate: false,
            valid_from: ctx.now.date(),
            valid_until: None,
        };
        people::service::add_membership(tx, &ctx, id, &membership).await?;
        Ok::<_, ApiError>(id)
    })
    .unwrap();
    world.enter("steering_voter3", id, &email).await.unwrap();
}

/// The call with both proposals, scored and unblinded.
async fn deliberated(world: &mut World, fund_id: FundId) -> (CallId, ProposalId, ProposalId) {
    let now = world.app.clock.now().utc().naive_utc();
    let plan = CallPlan {
        code: "CIF-02",
        title: ("Country implementation, second call", "Mise en œuvre dans les pays, deuxième appel"),
        window: FundingWindow::CountryImplementation,
        envelope: "200000.00",
        zone: "Africa/Douala",
        opens: LocalTime::new(now + Duration::days(1)),
        closes: LocalTime::new(now + Duration::days(30)),
    };
    let call = world.publish_call(fund_id, &plan).await.unwrap().call;
    world.pass(call.opens_at.plus(Duration::days(5))).await.unwrap();
    let douala = world.submit(call.id, &DOUALA).await.unwrap().0;
    let pokhara = world.submit(call.id, &POKHARA).await.unwrap().0;
    world.pass(call.closes_at.plus(Duration::days(1))).await.unwrap();
    world.move_call(call.id, CallPhase::Screening).await.unwrap();
    for proposal in [douala, pokhara] {
        world.screen(proposal, ScreeningOutcome::Screened, "").await.unwrap();
    }
    world.move_call(call.id, CallPhase::Review).await.unwrap();
    let reviewers = ["reviewer", "reviewer2", "reviewer3"];
    world.assign(call.id, &[douala, pokhara], &reviewers).await.unwrap();
    for reviewer in reviewers {
        world.score(reviewer, douala, &[5, 4, 4, 4, 4, 4], "90000.00").await.unwrap();
        world.score(reviewer, pokhara, &[4, 4, 4, 4, 3, 4], "60000.00").await.unwrap();
    }
    world.unblind(call.id).await.unwrap();
    world.move_call(call.id, CallPhase::Deliberation).await.unwrap();
    (call.id, douala, pokhara)
}

/// What arrived with the last payment: told by the recipient, confirmed by finance.
async fn arrived(world: &mut World, grant: &Grant, received: &str) -> Grant {
    let payment = grant.disbursements.last().unwrap();
    let (disbursement_id, version) = (payment.id, payment.version);
    let credited_on = world.app.clock.now().date();
    let draft = CreditDraft { received: xaf(received), credited_on, reference: "Avis de crédit".into() };
    let endpoint = RecordCredit { disbursement_id };
    let grant = world.call_at("applicant_lead", endpoint, version, &draft).await.unwrap();
    let version = grant.disbursements.last().unwrap().version;
    world.call_at("finance_approver", ConfirmCredit { disbursement_id }, version, &Nothing {}).await.unwrap()
}

/// A report in CFA francs from its first line to its acceptance.
async fn accept_in_xaf(
    world: &mut World,
    grant: &Grant,
    which: usize,
    lines: &[(&str, &str)],
    disallowed: &[(&str, &str)],
) -> Report {
    let report_id = grant.reports[which].id;
    let line = |(category, amount): &(&str, &str)| LineDraft {
        category: (*category).into(),
        reported: xaf(amount),
        note: String::new(),
    };
    let draft = ReportDraft { narrative: "Comme prévu.".into(), lines: lines.iter().map(line).collect() };
    let report = world.get("applicant_lead", GetReport { report_id }, &Nothing {}).await.unwrap();
    let report = world.call_at("applicant_lead", SaveReport { report_id }, report.version, &draft).await.unwrap();
    let report =
        world.call_at("applicant_lead", SubmitReport { report_id }, report.version, &Nothing {}).await.unwrap();
    let item = |(category, amount): &(&str, &str)| Disallowance {
        category: (*category).into(),
        amount: xaf(amount),
        reason: "No receipt".into(),
    };
    let check = ReportCheck { disallowances: disallowed.iter().map(item).collect() };
    let report = world.call_at("finance_preparer", CheckReport { report_id }, report.version, &check).await.unwrap();
    once(world, "finance_approver", AcceptReport { report_id }, Some(report.version), &Nothing {}).await
}

/// Each donor's part of the last payment.
fn parts(grant: &Grant) -> Vec<(&str, String)> {
    let split = &grant.disbursements.last().unwrap().split;
    split.iter().map(|part| (part.donor.code.as_str(), part.amount.amount())).collect()
}

fn total(manifest: &Manifest, kind: &str, column: &str) -> Option<Money> {
    let found = manifest.totals.iter().find(|total| total.kind == kind && total.column == column);
    found.map(|total| total.amount)
}

both! {
    async fn m24_m51_m52_m53_m61_the_second_scenario_holds_to_the_cent(app: TestApp) {
        let mut world = World::new(app.app.db.clone(), Timestamp::parse(tests::START).unwrap());
        let fund_id = cast::assemble(&mut world).await.unwrap();
        enter_eu_voter(&mut world).await;

        // BMZ EUR 200 000. SDC CHF 190 000, budgeted at 0.95 = EUR 200 000.00, received at 0.94 = 202 127.66
        // (190 000 ÷ 0.94 = 202 127.6596): a gain of 2 127.66 apart (M52). EU EUR 200 000 for Cameroon only (M24).
        let bmz = world.contribution(fund_id, "BMZ", "BMZ-2", "200000.00", Currency::EUR, "1").await.unwrap();
        let sdc = world.contribution(fund_id, "SDC", "SDC-2", "190000.00", Currency::CHF, "0.95").await.unwrap();
        let today = world.app.clock.now().date();
        let earmarked = ContributionDraft {
            donor_id: world.organisation("EU").unwrap(),
            reference: "EU-2".into(),
            signed: eur("200000.00"),
            budget_rate: Rate::ONE,
            rate_source: "The agreement".into(),
            rate_id: None,
            pledged_on: today,
            earmark: Earmark { countries: vec!["CM".into()], ..Earmark::default() },
            valid_from: None,
            valid_until: None,
        };
        let eu = once(&mut world, "finance_preparer", CreateContribution { fund_id }, None, &earmarked).await;
        let signed = SignContributionRequest { signed_on: today };
        let endpoint = SignContribution { contribution_id: eu.id };
        once(&mut world, "finance_approver", endpoint, Some(eu.version), &signed).await;
        world.receive(bmz, "200000.00", Currency::EUR, "1", "IN-1").await.unwrap();
        world.receive(sdc, "190000.00", Currency::CHF, "0.94", "IN-2").await.unwrap();
        world.receive(eu.id, "200000.00", Currency::EUR, "1", "IN-3").await.unwrap();
        let at = position(&mut world, fund_id, None).await;
        assert_eq!((at.allocable, at.headroom), (eur("602127.66"), eur("602127.66")));

        // For Nepal, what is earmarked for Cameroon does not count: 200 000 + 202 127.66.
        let (call_id, douala, pokhara) = deliberated(&mut world, fund_id).await;
        let query = PositionQuery { call_id: None, proposal_id: Some(pokhara) };
        let at = world.get("desk_officer", GetPosition { fund_id }, &query).await.unwrap();
        assert_eq!((at.headroom, at.earmarked), (eur("402127.66"), eur("200000.00")));

        // All three vote yes, the EU too, whose earmark is used (V7): 90 000 reserved, 30 000 of each donor.
        world.wait(Duration::days(1));
        let (motion_id, closes_at) =
            world.open_motion(douala, Outcome::Approved, Some("90000.00"), "").await.unwrap();
        for voter in ["steering_voter", "steering_voter2", "steering_voter3"] {
            world.vote(voter, motion_id, douala, Choice::Yes).await.unwrap();
        }
        world.pass(closes_at).await.unwrap();
        let at = position(&mut world, fund_id, Some(call_id)).await;
        assert_eq!((at.reserved, at.envelope_left), (eur("90000.00"), Some(eur("110000.00"))));
        let at = world.get("desk_officer", GetPosition { fund_id }, &query).await.unwrap();
        assert_eq!((at.headroom, at.earmarked), (eur("342127.66"), eur("170000.00")));

        // The agreement reports in CFA francs at the weighted average of its transfers (M51).
        world.wait(Duration::days(7));
        world.release_results(call_id).await.unwrap();
        let tranches = [("36000.00", 30, "Signed"), ("45000.00", 240, "Report 1"), ("9000.00", 540, "Final report")];
        let reporting = Reporting { currency: Currency::XAF, method: ReportingMethod::WeightedAverage };
        world.release_results(call_id).await.unwrap();
        let grant = world.agree(douala, "applicant_lead", "CIF-02-A1", &tranches, Some(reporting)).await.unwrap();
        assert_eq!((grant.amount, grant.total, grant.reporting), (eur("90000.00"), eur("120000.00"), Some(reporting)));
        let agreement_id = grant.id;

        // 100.00 over three: 33.34/33.33/33.33 by donor code. The next 35 900.00 is 11 966.66 each and two cents
        // over, which go to those who have borne less (M60).
        let grant = world.pay(&grant, 0, "100.00", "OUT-1").await.unwrap();
        assert_eq!(parts(&grant), [("BMZ", "33.34".into()), ("EU", "33.33".into()), ("SDC", "33.33".into())]);
        let first = grant.disbursements[0].clone();
        let grant = world.pay(&grant, 0, "35900.00", "OUT-2").await.unwrap();
        assert_eq!(parts(&grant), [("BMZ", "11966.66".into()), ("EU", "11966.67".into()), ("SDC", "11966.67".into())]);
        let grant = arrived(&mut world, &grant, "23515000").await;

        // The 100.00 came back, by its own split (M61): 11 966.66 / .67 / .67 are left. Paid again, the cent is
        // BMZ's: 12 000.00 each.
        let disbursement_id = first.id;
        let version = grant.disbursements[0].version;
        let back = ReversalDraft { reason: "Account closed".into(), reversed_on: world.app.clock.now().date() };
        let endpoint = PrepareReversal { disbursement_id };
        let grant = world.call_at("finance_preparer", endpoint, version, &back).await.unwrap();
        let version = grant.disbursements[0].version;
        let endpoint = ApproveReversal { disbursement_id };
        let grant = once(&mut world, "finance_approver", endpoint, Some(version), &Nothing {}).await;
        assert_eq!((grant.disbursed, grant.disbursements[0].state), (eur("35900.00"), DisbursementState::Reversed));
        let grant = world.pay(&grant, 0, "100.00", "OUT-3").await.unwrap();
        assert_eq!(parts(&grant), [("BMZ", "33.34".into()), ("EU", "33.33".into()), ("SDC", "33.33".into())]);
        let grant = arrived(&mut world, &grant, "65000").await;
        assert_eq!(grant.disbursed, eur("36000.00"));

        // EUR 36 000 brought XAF 23 580 000: 655. Lines at 655: 18 320.61 + 15 267.18 + 7 633.59 + 3 053.44 +
        // 3 725.19 = 48 000.01; their XAF 31 440 000 in all are 48 000.00: a difference of −0.01 (M53).
        world.wait(Duration::days(240));
        let lines = [
            ("staff", "12000000"), ("software_adaptation", "10000000"), ("training", "5000000"), ("travel", "2050000"),
            ("local_partners", "2440000"),
        ];
        let report = accept_in_xaf(&mut world, &grant, 0, &lines, &[("travel", "50000")]).await;
        let converted = Money::sum(Currency::EUR, report.lines.iter().filter_map(|line| line.accepted)).unwrap();
        assert_eq!((converted, report.rounding, report.accepted), (eur("48000.01"), eur("-0.01"), Some(eur("48000.00"))));
        // Three quarters of it, all of the first tranche: the second is paid whole (M33).
        assert_eq!((report.summary.share, report.summary.reported), (Some(eur("36000.00")), xaf("31490000")));
        let tranche_id = grant.tranches[1].id;
        world.call("applicant_lead", RequestTranche { tranche_id }, &Nothing {}).await.unwrap();
        let decision = TrancheDecision { is_released: true, reduced_to: None, reason: String::new() };
        let grant = once(&mut world, "desk_officer", DecideTranche { tranche_id }, None, &decision).await;
        let grant = world.pay(&grant, 1, "45000.00", "OUT-4").await.unwrap();
        assert_eq!(parts(&grant), [("BMZ", "15000.00".into()), ("EU", "15000.00".into()), ("SDC", "15000.00".into())]);
        let grant = arrived(&mut world, &grant, "29700000").await;

        // EUR 81 000 brought XAF 53 280 000: 657.777… = 5 920 ÷ 9. XAF 42 000 000 are 63 851.3514, the lines
        // 16 722.97 + 11 554.05 + 9 881.76 + 5 472.97 + 20 219.59 = 63 851.34: a difference of 0.01.
        world.wait(Duration::days(320));
        let lines = [
            ("staff", "11000000"), ("software_adaptation", "7600000"), ("training", "6500000"), ("travel", "3600000"),
            ("local_partners", "13300000"),
        ];
        let report = accept_in_xaf(&mut world, &grant, 1, &lines, &[]).await;
        assert_eq!((report.rounding_before, report.rounding), (eur("-0.01"), eur("0.01")));
        assert_eq!((report.accepted, report.cumulative), (Some(eur("63851.35")), eur("111851.35")));
        let first = world.get("head_of_desk", GetReport { report_id: grant.reports[0].id }, &Nothing {}).await.unwrap();
        assert_eq!(first.accepted, Some(eur("48000.00")), "its rate was frozen (M51)");

        // 111 851.35 × 3/4 = 83 888.5125: final grant 83 888.51, of which 81 000 are paid (M42, M43). The balance of
        // 2 888.51 over three equal donors: 962.83 each, the two cents by donor code.
        let grant = world.get("desk_officer", GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        let closure = grant.closure.clone().unwrap();
        assert_eq!((closure.final_grant, closure.balance), (Some(eur("83888.51")), Some(eur("2888.51"))));
        let grant = world.pay(&grant, 2, "2888.51", "OUT-5").await.unwrap();
        assert_eq!(parts(&grant), [("BMZ", "962.84".into()), ("EU", "962.84".into()), ("SDC", "962.83".into())]);

        // Closed: 6 111.49 go back, to each what it has not paid of its 30 000: BMZ and EU 2 037.16, SDC 2 037.17.
        let closed = once(&mut world, "head_of_desk", CloseGrant { agreement_id }, Some(grant.version), &Nothing {}).await;
        assert_eq!((closed.state, closed.closure.unwrap().decommitted), (AgreementState::Closed, Some(eur("6111.49"))));
        let at = position(&mut world, fund_id, Some(call_id)).await;
        assert_eq!((at.committed, at.envelope_left), (eur("83888.51"), Some(eur("116111.49"))));
        // 602 127.66 − 83 888.51; the EU's part is Cameroon's again: 170 000 + 2 037.16.
        let at = position(&mut world, fund_id, None).await;
        assert_eq!(at.headroom, eur("518239.15"));
        let at = world.get("desk_officer", GetPosition { fund_id }, &query).await.unwrap();
        assert_eq!((at.headroom, at.earmarked), (eur("346201.99"), eur("172037.16")));
        assert_eq!(examine(&app.app.db).await.unwrap().findings, []);

        // Across the files: Σ disbursements = Σ donor_split = fund_status = Σ donor statements.
        let disbursed = Some(eur("83888.51"));
        let mut files = std::collections::BTreeMap::new();
        for name in [
            ExportName::Commitments, ExportName::Disbursements, ExportName::DonorSplit, ExportName::FundStatus,
            ExportName::DonorStatement, ExportName::Expenditures, ExportName::BudgetVsActual,
        ] {
            let query = ExportQuery { fund_id: Some(fund_id), ..ExportQuery::default() };
            files.insert(name, world.get("head_of_desk", GetManifest { name }, &query).await.unwrap());
        }
        let of = |name: ExportName, kind: &str, column: &str| total(&files[&name], kind, column);
        assert_eq!(of(ExportName::Disbursements, "", "amount"), disbursed);
        assert_eq!(of(ExportName::DonorSplit, "disbursed", "amount"), disbursed);
        assert_eq!(of(ExportName::FundStatus, "cash.disbursed", "amount"), disbursed);
        assert_eq!(of(ExportName::FundStatus, "donor.disbursed", "amount"), disbursed);
        assert_eq!(of(ExportName::FundStatus, "call.disbursed", "amount"), disbursed);
        assert_eq!(of(ExportName::DonorStatement, "fund_currency.disbursed", "amount"), disbursed);
        for (column, part) in [("donor_BMZ", "27962.84"), ("donor_EU", "27962.84"), ("donor_SDC", "27962.83")] {
            assert_eq!(of(ExportName::Disbursements, "", column), Some(eur(part)), "{column}");
        }
        assert_eq!(of(ExportName::Commitments, "", "amount"), disbursed, "committed = final grant = paid");
        assert_eq!(of(ExportName::DonorStatement, "fund_currency.committed", "amount"), disbursed);
        // SDC: pledged and received in francs, booked in euros, the gain apart (M52).
        let chf = Money::parse("190000.00", Currency::CHF).unwrap();
        let in_francs = |kind: &str| {
            let totals = &files[&ExportName::DonorStatement].totals;
            totals.iter().find(|t| t.kind == kind && t.amount.currency() == Currency::CHF).map(|t| t.amount)
        };
        assert_eq!((in_francs("own_currency.signed"), in_francs("own_currency.received")), (Some(chf), Some(chf)));
        assert_eq!(of(ExportName::DonorStatement, "exchange.gain", "amount"), Some(eur("2127.66")));
        // Costs and rounding are what was accepted; the shares of it are the final grant (M3, M53).
        assert_eq!(of(ExportName::Expenditures, "cost", "amount"), Some(eur("111851.35")));
        assert_eq!(of(ExportName::Expenditures, "rounding", "amount"), Some(eur("0.00")));
        assert_eq!(of(ExportName::Expenditures, "grant_share", "amount"), disbursed);
        assert_eq!(of(ExportName::Expenditures, "cost", "reported"), Some(xaf("73490000")));
        assert_eq!(of(ExportName::Expenditures, "cost", "disallowed"), Some(xaf("50000")));
        assert_eq!(of(ExportName::BudgetVsActual, "cost", "planned"), Some(eur("120000.00")));
        assert_eq!(of(ExportName::BudgetVsActual, "cost", "accepted"), Some(eur("111851.35")));
    }
}
