//! Around the golden scenario, a portfolio as the initiative would have it: some forty proposals
//! from nine countries in all states. Every time is relative to the day the demo is made, so that
//! what is open stays open for whoever looks.

use chrono::Duration;
use shared::calls::{CallPhase, CallSummary, FundingWindow, LocalTime};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::{FundId, ProposalId};
use shared::people::Language;
use shared::proposals::{GetProposal, ScreeningOutcome, WithdrawProposal, WithdrawProposalRequest};
use shared::time::Timestamp;
use shared::votes::{Choice, Outcome};

use super::World;
use super::concepts;
use super::desk;
use super::golden;
use super::story::{CallPlan, ProposalPlan};

use Language::{En, Fr};

/// A proposal's line: applicant, organisation, country, language, currency, title, grant, own part, months.
type Line =
    (&'static str, &'static str, &'static str, Language, &'static str, &'static str, &'static str, &'static str, i64);

/// Software development: scored, one approved, one rejected, one before the voters.
const SOFTWARE: [Line; 6] = [
    (
        "applicant_np",
        "NP-IP",
        "NP",
        En,
        "EUR",
        "Offline claims entry for remote health posts",
        "62000.00",
        "8000.00",
        12,
    ),
    (
        "applicant_lead",
        "CM-IP",
        "CM",
        Fr,
        "EUR",
        "Paiement des prestataires par fichier bancaire et mobile",
        "48000.00",
        "0.00",
        10,
    ),
    (
        "applicant_tz",
        "TZ-NGO",
        "TZ",
        En,
        "EUR",
        "Screen-reader support across the openIMIS interface",
        "35000.00",
        "5000.00",
        9,
    ),
    (
        "applicant_cm_uni",
        "CM-UNI",
        "CM",
        Fr,
        "XAF",
        "Moteur de règles pour le contrôle médical des demandes de remboursement",
        "26238280",
        "0",
        12,
    ),
    ("applicant_gm", "GM-OP", "GM", En, "EUR", "Import of civil registration records", "28000.00", "4000.00", 8),
    (
        "applicant_cd",
        "CD-OP",
        "CD",
        Fr,
        "EUR",
        "Tableaux de bord provinciaux à partir des données d’openIMIS",
        "31000.00",
        "0.00",
        9,
    ),
];

/// Country implementation: under review.
const REVIEWED: [Line; 12] = [
    (
        "applicant_ne",
        "NE-OP",
        "NE",
        Fr,
        "XOF",
        "Registre unique des bénéficiaires de l’assistance sociale",
        "58000000",
        "6000000",
        18,
    ),
    (
        "applicant_td",
        "TD-MIN",
        "TD",
        Fr,
        "XAF",
        "Mise en place d’openIMIS pour la couverture santé universelle",
        "72000000",
        "8000000",
        20,
    ),
    (
        "applicant_mr",
        "MR-OP",
        "MR",
        Fr,
        "EUR",
        "Gestion des cotisations du secteur informel",
        "84000.00",
        "12000.00",
        15,
    ),
    (
        "applicant_st",
        "ST-MIN",
        "ST",
        Fr,
        "EUR",
        "Transferts sociaux : inscription et paiement",
        "42000.00",
        "3000.00",
        12,
    ),
    (
        "applicant_tz",
        "TZ-NGO",
        "TZ",
        En,
        "EUR",
        "Community health fund: renewal by mobile phone",
        "66000.00",
        "9000.00",
        14,
    ),
    (
        "applicant_cd",
        "CD-OP",
        "CD",
        Fr,
        "EUR",
        "Mutuelles de santé : un système commun pour trois provinces",
        "95000.00",
        "15000.00",
        18,
    ),
    (
        "applicant_np_op",
        "NP-OP",
        "NP",
        En,
        "NPR",
        "Provider contracting and claims audit",
        "9700000.00",
        "1200000.00",
        12,
    ),
    (
        "applicant_lead",
        "CM-IP",
        "CM",
        Fr,
        "XAF",
        "Extension du chèque santé à deux nouvelles régions",
        "45000000",
        "5000000",
        16,
    ),
    (
        "applicant_gm",
        "GM-OP",
        "GM",
        En,
        "EUR",
        "Registration of the informal sector in two regions",
        "54000.00",
        "6000.00",
        12,
    ),
    (
        "applicant_cm_uni",
        "CM-UNI",
        "CM",
        Fr,
        "EUR",
        "Évaluation et formation continue des agents d’inscription",
        "38000.00",
        "4000.00",
        12,
    ),
    (
        "applicant_ne",
        "NE-OP",
        "NE",
        Fr,
        "EUR",
        "Interopérabilité avec le registre d’état civil",
        "47000.00",
        "5000.00",
        12,
    ),
    (
        "applicant_td",
        "TD-MIN",
        "TD",
        Fr,
        "EUR",
        "Centre d’appel et gestion des plaintes des assurés",
        "29000.00",
        "2000.00",
        10,
    ),
];

/// Community and capacity: being screened.
const SCREENED: [Line; 7] = [
    ("applicant_tz", "TZ-NGO", "TZ", En, "EUR", "A regional pool of openIMIS trainers", "22000.00", "3000.00", 10),
    ("applicant_np", "NP-IP", "NP", En, "EUR", "Documentation sprints in English and Nepali", "14000.00", "1000.00", 6),
    (
        "applicant_lead",
        "CM-IP",
        "CM",
        Fr,
        "EUR",
        "Communauté francophone : rencontres et traductions",
        "18000.00",
        "2000.00",
        9,
    ),
    (
        "applicant_st",
        "ST-MIN",
        "ST",
        Fr,
        "EUR",
        "Échange d’expérience avec une administration voisine",
        "11000.00",
        "0.00",
        6,
    ),
    ("applicant_mr", "MR-OP", "MR", Fr, "EUR", "Formation d’administrateurs système", "16500.00", "1500.00", 8),
    ("applicant_gm", "GM-OP", "GM", En, "EUR", "Peer learning between scheme operators", "12500.00", "0.00", 6),
    ("applicant_cd", "CD-OP", "CD", Fr, "EUR", "Guide pratique de la reprise de données", "13000.00", "0.00", 6),
];

/// Country implementation: the open call; some submitted, some being written.
const OPEN: [Line; 12] = [
    (
        "applicant_ne",
        "NE-OP",
        "NE",
        Fr,
        "XOF",
        "Assurance maladie : inscription en zone pastorale",
        "52000000",
        "5000000",
        15,
    ),
    (
        "applicant_lead",
        "CM-IP",
        "CM",
        Fr,
        "XAF",
        "Prise en charge des personnes vivant avec un handicap",
        "39000000",
        "4000000",
        14,
    ),
    (
        "applicant_np",
        "NP-IP",
        "NP",
        En,
        "EUR",
        "Claims analytics for the health insurance board",
        "57000.00",
        "6000.00",
        12,
    ),
    ("applicant_td", "TD-MIN", "TD", Fr, "XAF", "Registre des ménages vulnérables", "48000000", "3000000", 18),
    ("applicant_gm", "GM-OP", "GM", En, "EUR", "Mobile premium collection", "33000.00", "3000.00", 10),
    ("applicant_mr", "MR-OP", "MR", Fr, "EUR", "Dématérialisation des ordonnances", "61000.00", "7000.00", 14),
    ("applicant_st", "ST-MIN", "ST", Fr, "EUR", "Suivi des transferts aux familles", "27000.00", "0.00", 10),
    ("applicant_tz", "TZ-NGO", "TZ", En, "EUR", "Enrolment through village health workers", "44000.00", "4000.00", 12),
    (
        "applicant_cd",
        "CD-OP",
        "CD",
        Fr,
        "EUR",
        "Paiement à la performance des centres de santé",
        "73000.00",
        "8000.00",
        16,
    ),
    ("applicant_np_op", "NP-OP", "NP", En, "EUR", "Member service portal", "51000.00", "5000.00", 12),
    ("applicant_cm_uni", "CM-UNI", "CM", Fr, "EUR", "Observatoire de la qualité des données", "24000.00", "2000.00", 9),
    ("applicant_ne", "NE-OP", "NE", Fr, "EUR", "Carte d’assuré à code QR", "36000.00", "3000.00", 10),
];

fn plan(line: &Line) -> anyhow::Result<ProposalPlan<'static>> {
    let (applicant, organisation, country, language, currency, title, grant, own, months) = *line;
    let currency = Currency::parse(currency).map_err(|code| anyhow::anyhow!(code.as_str()))?;
    Ok(ProposalPlan { applicant, organisation, country, language, currency, title, grant, own, months })
}

/// Six scores that differ from proposal to proposal and from reviewer to reviewer, between 2 and 5.
fn scores(proposal: usize, reviewer: usize) -> Vec<i64> {
    (0..6_usize)
        .map(|criterion| {
            let spread = (proposal * 7 + reviewer * 5 + criterion * 3) % 5;
            let high = i64::from(proposal % 3 != 2);
            match spread {
                0 => 2 + high,
                1 | 2 => 3 + high,
                3 => 4,
                _ => 3,
            }
        })
        .collect()
}

/// A call that opens and closes so many days from the day of the story.
fn call_plan<'a>(
    today: Timestamp,
    code: &'a str,
    title: (&'a str, &'a str),
    window: FundingWindow,
    envelope: &'a str,
    zone: &'a str,
    days: (i64, i64),
) -> CallPlan<'a> {
    let midnight = today.date().naive().and_time(chrono::NaiveTime::MIN);
    let opens = LocalTime::new(midnight + Duration::days(days.0) + Duration::hours(8));
    // The minute before midnight, as calls do.
    let closes = LocalTime::new(midnight + Duration::days(days.1) + Duration::minutes(23 * 60 + 59));
    CallPlan { code, title, window, envelope, zone, opens, closes }
}

/// Fills an empty stage with everything, ending at `today`.
///
/// # Errors
/// The problem that the service answers.
pub async fn play(world: &mut World, fund: FundId, today: Timestamp) -> anyhow::Result<()> {
    let day = |days: i64| today.plus(Duration::days(days));
    world.pass(day(-250)).await?;
    golden::play(world, fund).await?;
    software(world, fund, today).await?;
    under_review_and_screening(world, fund, today).await?;
    open(world, fund, today).await?;
    world.pass(day(-1)).await?;
    world.pledge(fund, "EU", "EU-2026-1", "500000.00", Currency::EUR, "1").await?;
    desk::play(world, fund).await?;
    let draft = call_plan(
        today,
        "CIF-06",
        ("Country implementation, third call", "Mise en œuvre dans les pays, troisième appel"),
        FundingWindow::CountryImplementation,
        "150000.00",
        "Africa/Dakar",
        (30, 75),
    );
    world.draft_call(fund, &draft).await?;
    world.pass(today).await
}

/// Publishes a call, waits for its opening, and has the proposals submitted over the following days.
async fn collect(
    world: &mut World,
    fund: FundId,
    plan_of: &CallPlan<'_>,
    lines: &[Line],
) -> anyhow::Result<(CallSummary, Vec<ProposalId>)> {
    let call = world.publish_call(fund, plan_of).await?.call;
    world.pass(call.opens_at.plus(Duration::hours(2))).await?;
    let mut proposals = Vec::new();
    for line in lines {
        world.wait(Duration::hours(9));
        proposals.push(world.submit(call.id, &plan(line)?).await?.0);
    }
    Ok((call, proposals))
}

async fn software(world: &mut World, fund: FundId, today: Timestamp) -> anyhow::Result<()> {
    let day = |days: i64| today.plus(Duration::days(days));
    world.pass(day(-110)).await?;
    let plan_of = call_plan(
        today,
        "CIF-02",
        ("Software development, first call", "Développement logiciel, premier appel"),
        FundingWindow::SoftwareDevelopment,
        "150000.00",
        "Europe/Berlin",
        (-108, -95),
    );
    let (call, proposals) = collect(world, fund, &plan_of, &SOFTWARE).await?;
    world.pass(call.closes_at.plus(Duration::days(1))).await?;
    world.move_call(call.id, CallPhase::Screening).await?;
    for proposal in &proposals {
        world.screen(*proposal, ScreeningOutcome::Screened, "").await?;
    }
    world.move_call(call.id, CallPhase::Review).await?;
    let reviewers = ["reviewer", "reviewer2", "reviewer3"];
    world.assign(call.id, &proposals, &reviewers).await?;
    for (n, reviewer) in reviewers.iter().enumerate() {
        world.wait(Duration::days(3));
        for (p, proposal) in proposals.iter().enumerate() {
            world.score(reviewer, *proposal, &scores(p, n), "25000.00").await?;
        }
    }
    world.unblind(call.id).await?;
    world.move_call(call.id, CallPhase::Deliberation).await?;
    let ranking = world
        .get(
            "steering_voter",
            shared::reviews::GetRanking { call_id: call.id },
            &shared::reviews::RankingQuery::default(),
        )
        .await?;
    let ranked: Vec<_> = ranking.items.iter().map(|row| (row.proposal.id, row.proposal.requested.amount())).collect();
    anyhow::ensure!(ranked.len() == SOFTWARE.len(), "every software proposal is ranked");
    world.pass(day(-80)).await?;
    world.carry(ranked[0].0, Outcome::Approved, Some(&ranked[0].1)).await?;
    world.wait(Duration::days(1));
    world.carry(ranked[5].0, Outcome::Rejected, None).await?;
    world.release_results(call.id).await?;
    Ok(())
}

async fn under_review_and_screening(world: &mut World, fund: FundId, today: Timestamp) -> anyhow::Result<()> {
    let day = |days: i64| today.plus(Duration::days(days));
    world.pass(day(-50)).await?;
    let plan_of = call_plan(
        today,
        "CIF-03",
        ("Country implementation, second call", "Mise en œuvre dans les pays, deuxième appel"),
        FundingWindow::CountryImplementation,
        "250000.00",
        "Africa/Niamey",
        (-48, -38),
    );
    let (call, proposals) = collect(world, fund, &plan_of, &REVIEWED).await?;
    world.pass(call.closes_at.plus(Duration::days(1))).await?;
    let plan_of = call_plan(
        today,
        "CIF-04",
        ("Community and capacity building", "Communauté et renforcement des capacités"),
        FundingWindow::CommunityCapacity,
        "60000.00",
        "Africa/Nairobi",
        (-34, -20),
    );
    world.move_call(call.id, CallPhase::Screening).await?;
    for proposal in &proposals {
        world.screen(*proposal, ScreeningOutcome::Screened, "").await?;
    }
    let (small, small_proposals) = collect(world, fund, &plan_of, &SCREENED).await?;

    world.pass(day(-19)).await?;
    world.move_call(call.id, CallPhase::Review).await?;
    // The reviewer from the university in Cameroon cannot be assigned to its own proposal (K2).
    let outside: Vec<ProposalId> = proposals.iter().enumerate().filter(|(n, _)| *n != 9).map(|(_, id)| *id).collect();
    world.assign(call.id, &proposals, &["reviewer", "reviewer2", "reviewer3"]).await?;
    world.assign(call.id, &outside[..4], &["reviewer4"]).await?;
    world.pass(day(-15)).await?;
    for (p, proposal) in proposals.iter().enumerate() {
        world.score("reviewer", *proposal, &scores(p, 0), "20000.00").await?;
        if p < 7 {
            world.score("reviewer2", *proposal, &scores(p, 1), "20000.00").await?;
        }
    }
    // A sheet that its author has begun.
    world.score("reviewer2", proposals[7], &[4, 4, 3], "20000.00").await?;
    world.declare("reviewer3", proposals[0]).await?;

    world.pass(small.closes_at.plus(Duration::days(8))).await?;
    world.move_call(small.id, CallPhase::Screening).await?;
    world.screen(small_proposals[0], ScreeningOutcome::Screened, "").await?;
    world.screen(small_proposals[1], ScreeningOutcome::Screened, "").await?;
    world
        .screen(small_proposals[3], ScreeningOutcome::Ineligible, "The activity starts before the agreement would.")
        .await?;
    world
        .screen(
            small_proposals[4],
            ScreeningOutcome::MoreInfo,
            "Please say which administrators are trained, and where.",
        )
        .await?;
    Ok(())
}

async fn open(world: &mut World, fund: FundId, today: Timestamp) -> anyhow::Result<()> {
    let day = |days: i64| today.plus(Duration::days(days));
    world.pass(day(-9)).await?;
    let plan_of = call_plan(
        today,
        "CIF-05",
        ("Reaching those left out", "Atteindre les exclus de la protection sociale"),
        FundingWindow::CountryImplementation,
        "200000.00",
        "Africa/Niamey",
        (-8, 12),
    );
    let staged = call_plan(
        today,
        "CIF-07",
        ("Joining up schemes", "Relier les régimes entre eux"),
        FundingWindow::CountryImplementation,
        "240000.00",
        "Africa/Douala",
        (-8, 40),
    );
    let notes_close =
        LocalTime::new(today.date().naive().and_time(chrono::NaiveTime::MIN) + Duration::hours(5 * 24 + 17));
    let staged = concepts::publish(world, fund, &staged, notes_close).await?.call.id;
    let (call, submitted) = collect(world, fund, &plan_of, &OPEN[..5]).await?;
    for (line, answers) in OPEN[5..].iter().zip([14, 9, 6, 4, 2, 1, 0]) {
        world.wait(Duration::hours(5));
        world.write(call.id, &plan(line)?, answers).await?;
    }
    let withdrawn = submitted[4];
    let version = world.get(OPEN[4].0, GetProposal { proposal_id: withdrawn }, &Nothing {}).await?.version;
    let reason = WithdrawProposalRequest { reason: "The operator has found other money for it.".to_owned() };
    world.call_at(OPEN[4].0, WithdrawProposal { proposal_id: withdrawn }, version, &reason).await?;

    concepts::play(world, staged).await?;

    // A motion of the software call is before the voters; one of the two has voted.
    world.pass(day(-2)).await?;
    let calls =
        world.get("steering_facilitator", shared::calls::ListCalls {}, &shared::calls::CallQuery::default()).await?;
    let Some(software) = calls.items.iter().find(|call| call.code == "CIF-02") else {
        anyhow::bail!("the software call")
    };
    let query = shared::reviews::RankingQuery::default();
    let ranking =
        world.get("steering_facilitator", shared::reviews::GetRanking { call_id: software.id }, &query).await?;
    let Some(next) = ranking.items.get(1) else { anyhow::bail!("a second in the ranking") };
    let (proposal, amount) = (next.proposal.id, next.proposal.requested.amount());
    let (motion, _) = world.open_motion(proposal, Outcome::Approved, Some(&amount), "").await?;
    world.wait(Duration::hours(3));
    world.vote("steering_voter", motion, proposal, Choice::Yes).await
}
