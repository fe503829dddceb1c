//! The golden scenario (DOMAIN §7), to the cent, through the API, on both databases.

use catalytic_fund::demo::{World, cast, golden};
use shared::endpoint::Nothing;
use shared::fund::{GetPosition, Position, PositionQuery};
use shared::grants::AgreementState;
use shared::ids::{CallId, FundId};
use shared::money::Money;
use shared::time::Timestamp;
use shared::votes::{GetMotion, MotionState, Outcome};
use tests::both;

fn eur(text: &str) -> Money {
    Money::parse(text, shared::currency::Currency::EUR).unwrap()
}

async fn position(world: &mut World, fund_id: FundId, call: Option<CallId>) -> Position {
    world.get("desk_officer", GetPosition { fund_id }, &PositionQuery { call_id: call }).await.unwrap()
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
    }
}
