//! The golden scenario (DOMAIN §7), to the cent, through the API, on both databases.

use catalytic_fund::demo::{World, cast, golden};
use chrono::Duration;
use shared::endpoint::{Endpoint, Nothing};
use shared::fund::{GetPosition, Position, PositionQuery};
use shared::grants::{AgreementState, CloseGrant, DecideTranche, GetGrant, Grant, RequestTranche, TrancheDecision};
use shared::ids::{CallId, FundId};
use shared::money::Money;
use shared::reports::{
    AcceptReport, CheckReport, GetReport, LineDraft, Report, ReportCheck, ReportDraft, SaveReport, SubmitReport,
};
use shared::time::Timestamp;
use shared::votes::{GetMotion, MotionState, Outcome};
use tests::both;

fn eur(text: &str) -> Money {
    Money::parse(text, shared::currency::Currency::EUR).unwrap()
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
