//! A call with two stages, with concept notes in different states.

use chrono::Duration;
use shared::calls::{CallDetail, ConceptRules, LocalTime, PublishCall, UpdateCall, UpdateCallRequest};
use shared::concepts::{
    ConceptDecision, ConceptScreening, CreateConcept, DecideConcept, DecideConceptRequest, GetConcept, SaveConcept,
    SaveConceptRequest, ScreenConcept, ScreenConceptRequest, SubmitConcept,
};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::{CallId, ConceptId, FundId};
use shared::money::Money;
use shared::people::Language;
use shared::proposals::CreateProposalRequest;

use super::World;
use super::story::CallPlan;

use Language::{En, Fr};

/// A note: applicant, organisation, country, language, currency, title, amount, summary.
type Line =
    (&'static str, &'static str, &'static str, Language, &'static str, &'static str, &'static str, &'static str);

/// Invited, eligible, ineligible, not invited, submitted, being written: in this order.
const NOTES: [Line; 6] = [
    (
        "applicant_gm",
        "GM-OP",
        "GM",
        En,
        "EUR",
        "One register for health insurance and cash transfers",
        "60000.00",
        "Two programmes keep two lists of the same families. We join them in openIMIS, region by region, so that a family registers once and neither programme pays twice. The operator keeps the register; the grant pays for the cleaning of the lists and for the link.",
    ),
    (
        "applicant_lead",
        "CM-IP",
        "CM",
        Fr,
        "XAF",
        "Couverture santé des travailleurs domestiques",
        "39000000",
        "Les travailleurs domestiques cotisent rarement : leurs employeurs ne savent ni où ni comment. Nous ouvrons dans openIMIS un parcours d’affiliation par téléphone, testé dans deux villes avec les syndicats, puis repris par la caisse sur son propre budget.",
    ),
    (
        "applicant_td",
        "TD-MIN",
        "TD",
        Fr,
        "EUR",
        "Véhicules pour les équipes d’inscription",
        "45000.00",
        "Les équipes d’inscription ne peuvent pas rejoindre les zones nomades. Nous demandons trois véhicules et leur entretien pendant deux ans.",
    ),
    (
        "applicant_mr",
        "MR-OP",
        "MR",
        Fr,
        "EUR",
        "Application mobile pour les assurés",
        "90000.00",
        "Une application permet à chaque assuré de suivre ses droits et ses remboursements. Elle s’appuie sur l’interface d’openIMIS et existe en trois langues.",
    ),
    (
        "applicant_ne",
        "NE-OP",
        "NE",
        Fr,
        "XOF",
        "Assurance maladie des apprentis",
        "30000000",
        "Les apprentis des métiers artisanaux sont couverts par la loi et absents des registres. Les chambres de métiers les inscrivent dans openIMIS au moment du contrat d’apprentissage ; trois régions commencent.",
    ),
    (
        "applicant_np",
        "NP-IP",
        "NP",
        En,
        "EUR",
        "Reminders before a policy lapses",
        "25000.00",
        "One family in four forgets to renew. A message in the family’s own language, two weeks before,",
    ),
];

/// Publishes the call; notes are taken until `closes`.
///
/// # Errors
/// The problem that the service answers.
pub async fn publish(
    world: &mut World,
    fund: FundId,
    plan: &CallPlan<'_>,
    closes: LocalTime,
) -> anyhow::Result<CallDetail> {
    let draft = world.draft_call(fund, plan).await?;
    let call_id = draft.call.id;
    let request = UpdateCallRequest {
        code: draft.call.code,
        title: draft.call.title,
        window: draft.call.window,
        envelope: draft.call.envelope,
        zone: draft.call.zone,
        opens_local: draft.opens_local,
        closes_local: draft.closes_local,
        definition: shared::calls::Definition { concept: Some(ConceptRules::at(closes)), ..draft.definition },
    };
    let draft = world.call_at("desk_officer", UpdateCall { call_id }, draft.version, &request).await?;
    world.call_at("head_of_desk", PublishCall { call_id }, draft.version, &Nothing {}).await
}

async fn write(world: &mut World, call_id: CallId, line: &Line, is_submitted: bool) -> anyhow::Result<ConceptId> {
    let (applicant, organisation, country, language, currency, title, amount, summary) = *line;
    let failed = |code: shared::problem::Code| anyhow::anyhow!(code.as_str());
    let currency = Currency::parse(currency).map_err(failed)?;
    let request = CreateProposalRequest {
        organisation_id: world.organisation(organisation)?,
        title: title.to_owned(),
        country: country.to_owned(),
        language,
        currency,
    };
    let made = world.call(applicant, CreateConcept { call_id }, &request).await?;
    world.wait(Duration::minutes(40));
    let request = SaveConceptRequest {
        title: title.to_owned(),
        country: country.to_owned(),
        requested: Some(Money::parse(amount, currency).map_err(failed)?),
        summary: summary.to_owned(),
    };
    let concept_id = made.id;
    let saved = world.call_at(applicant, SaveConcept { concept_id }, made.version, &request).await?;
    if is_submitted {
        world.call_at(applicant, SubmitConcept { concept_id }, saved.version, &Nothing {}).await?;
    }
    Ok(concept_id)
}

async fn screen(world: &mut World, concept_id: ConceptId, reason: &str) -> anyhow::Result<()> {
    let outcome = if reason.is_empty() { ConceptScreening::Eligible } else { ConceptScreening::Ineligible };
    let version = world.get("desk_officer", GetConcept { concept_id }, &Nothing {}).await?.version;
    let request = ScreenConceptRequest { outcome, reason: reason.to_owned() };
    world.call_at("desk_officer", ScreenConcept { concept_id }, version, &request).await?;
    Ok(())
}

async fn decide(world: &mut World, concept_id: ConceptId, reason: &str) -> anyhow::Result<()> {
    let outcome = if reason.is_empty() { ConceptDecision::Invited } else { ConceptDecision::NotInvited };
    let version = world.get("head_of_desk", GetConcept { concept_id }, &Nothing {}).await?.version;
    let request = DecideConceptRequest { outcome, reason: reason.to_owned() };
    world.call_at("head_of_desk", DecideConcept { concept_id }, version, &request).await?;
    Ok(())
}

/// Has the notes written, and some of them checked and decided.
///
/// # Errors
/// The problem that the service answers.
pub async fn play(world: &mut World, call: CallId) -> anyhow::Result<()> {
    let mut notes = Vec::new();
    for (n, line) in NOTES.iter().enumerate() {
        world.wait(Duration::hours(1));
        notes.push(write(world, call, line, n + 1 < NOTES.len()).await?);
    }
    world.wait(Duration::hours(3));
    let [invited, eligible, ineligible, not_invited, ..] = *notes.as_slice() else { anyhow::bail!("the notes") };
    for note in [invited, eligible, not_invited] {
        screen(world, note, "").await?;
    }
    screen(world, ineligible, "L’appel finance openIMIS et son usage ; les véhicules n’en font pas partie.").await?;
    decide(world, invited, "").await?;
    decide(
        world,
        not_invited,
        "La communauté développe déjà une telle application ; nous vous invitons à rejoindre ce travail.",
    )
    .await
}
