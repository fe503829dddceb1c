//! The golden scenario (DOMAIN §7), up to the first paid tranche.

use chrono::Duration;
use shared::calls::{CallPhase, FundingWindow, LocalTime};
use shared::currency::Currency;
use shared::fund::Purpose;
use shared::grants::Grant;
use shared::ids::{CallId, FundId, MotionId, ProposalId};
use shared::people::Language;
use shared::proposals::ScreeningOutcome;
use shared::votes::Outcome;

use super::World;
use super::story::{CallPlan, ProposalPlan};

/// What the scenario has made so far.
#[derive(Debug, Clone)]
pub struct Golden {
    /// The fund.
    pub fund: FundId,
    /// The call with an envelope of 200 000.
    pub call: CallId,
    /// P1, P2 and P3.
    pub proposals: [ProposalId; 3],
}

/// P1, P2 and P3: 100 000 of 125 000, 90 000, 60 000.
pub const PROPOSALS: [ProposalPlan<'static>; 3] = [
    ProposalPlan {
        applicant: "applicant_lead",
        organisation: "CM-IP",
        country: "CM",
        language: Language::Fr,
        currency: Currency::EUR,
        title: "openIMIS pour le chèque santé : inscription et gestion des prestations dans trois régions",
        grant: "100000.00",
        own: "25000.00",
        months: 18,
    },
    ProposalPlan {
        applicant: "applicant_np",
        organisation: "NP-IP",
        country: "NP",
        language: Language::En,
        currency: Currency::EUR,
        title: "Claims review and provider payment for the health insurance programme in two provinces",
        grant: "90000.00",
        own: "15000.00",
        months: 15,
    },
    ProposalPlan {
        applicant: "applicant_gm",
        organisation: "GM-OP",
        country: "GM",
        language: Language::En,
        currency: Currency::EUR,
        title: "Member registration for the national health insurance scheme, first regions",
        grant: "60000.00",
        own: "10000.00",
        months: 12,
    },
];

/// Scores of three reviewers on each proposal: all fundable, in the order P1, P2, P3.
const SCORES: [[[i64; 6]; 3]; 3] = [
    [[5, 4, 4, 4, 4, 4], [4, 5, 4, 4, 4, 4], [5, 4, 4, 4, 3, 4]],
    [[4, 4, 4, 4, 3, 4], [4, 4, 4, 3, 3, 4], [4, 4, 3, 4, 4, 4]],
    [[4, 3, 4, 3, 4, 3], [3, 4, 3, 4, 3, 3], [4, 3, 3, 3, 3, 4]],
];

/// The donors' money: BMZ pays EUR 600 000; SDC signs CHF 380 000, received at 0.95. Administration
/// and reserve take 50 000 each: allocable 900 000.
///
/// # Errors
/// The problem that the service answers.
pub async fn fund(world: &mut World, fund: FundId) -> anyhow::Result<()> {
    let bmz = world.contribution(fund, "BMZ", "BMZ-2026-1", "600000.00", Currency::EUR, "1").await?;
    let sdc = world.contribution(fund, "SDC", "SDC-2026-1", "380000.00", Currency::CHF, "0.95").await?;
    world.wait(Duration::days(2));
    world.receive(bmz, "600000.00", Currency::EUR, "1", "BMZ-IN-1").await?;
    world.receive(sdc, "380000.00", Currency::CHF, "0.95", "SDC-IN-1").await?;
    world.set_aside(fund, Purpose::Administration, "50000.00", "Running the Coordination Desk").await?;
    world.set_aside(fund, Purpose::Reserve, "50000.00", "Reserve").await
}

/// The call and its three proposals, scored and unblinded; the call is in deliberation.
///
/// # Errors
/// The problem that the service answers.
pub async fn rank(world: &mut World, fund: FundId) -> anyhow::Result<Golden> {
    let now = world.app.clock.now().utc().naive_utc();
    let plan = CallPlan {
        code: "CIF-01",
        title: ("Country implementation, first call", "Mise en œuvre dans les pays, premier appel"),
        window: FundingWindow::CountryImplementation,
        envelope: "200000.00",
        zone: "Africa/Douala",
        opens: LocalTime::new(now + Duration::days(1)),
        closes: LocalTime::new(now + Duration::days(30)),
    };
    let call = world.publish_call(fund, &plan).await?.call;
    world.pass(call.opens_at.plus(Duration::days(5))).await?;
    let mut proposals = Vec::new();
    for plan in &PROPOSALS {
        world.wait(Duration::days(3));
        proposals.push(world.submit(call.id, plan).await?.0);
    }
    let Ok(proposals) = <[ProposalId; 3]>::try_from(proposals) else { anyhow::bail!("three proposals") };
    world.pass(call.closes_at.plus(Duration::days(1))).await?;
    world.move_call(call.id, CallPhase::Screening).await?;
    for proposal in proposals {
        world.screen(proposal, ScreeningOutcome::Screened, "").await?;
    }
    world.move_call(call.id, CallPhase::Review).await?;
    let reviewers = ["reviewer", "reviewer2", "reviewer3"];
    world.assign(call.id, &proposals, &reviewers).await?;
    for (n, reviewer) in reviewers.iter().enumerate() {
        world.wait(Duration::days(2));
        for (p, proposal) in proposals.iter().enumerate() {
            let suggested = PROPOSALS[p].grant;
            world.score(reviewer, *proposal, &SCORES[p][n], suggested).await?;
        }
    }
    world.unblind(call.id).await?;
    world.move_call(call.id, CallPhase::Deliberation).await?;
    Ok(Golden { fund, call: call.id, proposals })
}

/// The vote on one of the three: both voters say yes to what it asks.
///
/// # Errors
/// The problem that the service answers.
pub async fn decide(world: &mut World, golden: &Golden, which: usize) -> anyhow::Result<MotionId> {
    world.wait(Duration::days(1));
    world.carry(golden.proposals[which], Outcome::Approved, Some(PROPOSALS[which].grant)).await
}

/// P1's agreement, signed, with tranches of 40 000, 50 000 and 10 000.
///
/// # Errors
/// The problem that the service answers.
pub async fn sign(world: &mut World, golden: &Golden) -> anyhow::Result<Grant> {
    world.wait(Duration::days(7));
    world.release_results(golden.call).await?;
    let tranches = [
        ("40000.00", 30, "Agreement signed"),
        ("50000.00", 240, "First report accepted"),
        ("10000.00", 540, "Final report accepted"),
    ];
    world.agree(golden.proposals[0], "applicant_lead", "CIF-01-A1", &tranches, None).await
}

/// P1's first tranche, paid: BMZ 24 000, SDC 16 000.
///
/// # Errors
/// The problem that the service answers.
pub async fn pay_first(world: &mut World, grant: &Grant) -> anyhow::Result<Grant> {
    world.wait(Duration::days(10));
    world.pay(grant, 0, "40000.00", "BANK-OUT-1").await
}

/// The whole of it.
///
/// # Errors
/// The problem that the service answers.
pub async fn play(world: &mut World, fund_id: FundId) -> anyhow::Result<Golden> {
    fund(world, fund_id).await?;
    let golden = rank(world, fund_id).await?;
    for which in 0..3 {
        decide(world, &golden, which).await?;
    }
    let grant = sign(world, &golden).await?;
    pay_first(world, &grant).await?;
    world.move_call(golden.call, CallPhase::Decided).await?;
    Ok(golden)
}
