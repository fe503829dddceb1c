//! Who is in the worked example: bodies, organisations, accounts named after roles.

use shared::ids::{BodyId, FundId};
use shared::people::{
    AddMembershipRequest, CreateBodyRequest, CreateOrganisationRequest, CreatePersonRequest, Language, OrganisationKind,
};
use shared::permission::{BodyKind, Role};

use super::World;
use crate::{execute, people, transact};

/// The password of every demo account.
pub const PASSWORD: &str = "catalytic-demo-2026";

/// Bodies by kind.
const BODIES: &[(&str, BodyKind)] = &[
    ("Steering Group", BodyKind::SteeringGroup),
    ("Coordination Desk", BodyKind::CoordinationDesk),
    ("Technical Advisory Group", BodyKind::TechnicalAdvisoryGroup),
    ("Implementers Committee", BodyKind::Committee),
    ("AeHIN", BodyKind::KnowledgeHub),
    ("Jembi", BodyKind::KnowledgeHub),
];

use OrganisationKind as K;

/// Organisations: code, name, kind, country.
const ORGANISATIONS: &[(&str, &str, K, Option<&str>)] = &[
    ("BMZ", "Federal Ministry for Economic Cooperation and Development", K::Funder, Some("DE")),
    ("SDC", "Swiss Agency for Development and Cooperation", K::Funder, Some("CH")),
    ("EU", "European Union", K::Funder, None),
    ("DESK", "openIMIS Initiative, Coordination Desk", K::Initiative, None),
    ("AEHIN", "Asia eHealth Information Network (AeHIN)", K::Network, None),
    ("JEMBI", "Jembi Health Systems", K::Network, Some("ZA")),
    ("CM-IP", "Implementation partner, Cameroon", K::Partner, Some("CM")),
    ("CM-UNI", "University partner, Cameroon", K::University, Some("CM")),
    ("TD-MIN", "Ministry in charge of social protection, Chad", K::Ministry, Some("TD")),
    ("CD-OP", "Scheme operator, Democratic Republic of the Congo", K::SchemeOperator, Some("CD")),
    ("GM-OP", "Scheme operator, The Gambia", K::SchemeOperator, Some("GM")),
    ("MR-OP", "Scheme operator, Mauritania", K::SchemeOperator, Some("MR")),
    ("NP-IP", "Implementation partner, Nepal", K::Partner, Some("NP")),
    ("NP-OP", "Scheme operator, Nepal", K::SchemeOperator, Some("NP")),
    ("NE-OP", "Scheme operator, Niger", K::SchemeOperator, Some("NE")),
    ("TZ-NGO", "Non-governmental partner, Tanzania", K::Ngo, Some("TZ")),
    ("ST-MIN", "Ministry in charge of social protection, São Tomé and Príncipe", K::Ministry, Some("ST")),
];

/// An account: key, name, role, organisation, body, language, whether an alternate.
type Account = (&'static str, &'static str, Role, Option<&'static str>, Option<&'static str>, Language, bool);

use Language::{En, Fr};

/// Accounts, in the order in which the demo prints them.
pub const ACCOUNTS: &[Account] = &[
    ("admin", "Administrator", Role::Admin, None, None, En, false),
    ("desk_officer", "Desk officer", Role::DeskOfficer, Some("DESK"), Some("Coordination Desk"), En, false),
    ("finance_preparer", "Finance preparer", Role::FinancePreparer, Some("DESK"), Some("Coordination Desk"), En, false),
    ("finance_approver", "Finance approver", Role::FinanceApprover, Some("DESK"), Some("Coordination Desk"), En, false),
    ("head_of_desk", "Head of Desk", Role::HeadOfDesk, Some("DESK"), Some("Coordination Desk"), En, false),
    ("steering_voter", "Steering voter, BMZ", Role::SteeringVoter, Some("BMZ"), Some("Steering Group"), En, false),
    ("steering_voter2", "Steering voter, SDC", Role::SteeringVoter, Some("SDC"), Some("Steering Group"), Fr, false),
    (
        "steering_alternate",
        "Steering alternate, SDC",
        Role::SteeringVoter,
        Some("SDC"),
        Some("Steering Group"),
        En,
        true,
    ),
    (
        "steering_facilitator",
        "Steering facilitator",
        Role::SteeringFacilitator,
        None,
        Some("Steering Group"),
        En,
        false,
    ),
    ("reviewer", "Reviewer 1, TAG", Role::Reviewer, None, Some("Technical Advisory Group"), En, false),
    ("reviewer2", "Reviewer 2, TAG", Role::Reviewer, None, Some("Technical Advisory Group"), Fr, false),
    ("reviewer3", "Reviewer 3", Role::Reviewer, None, None, En, false),
    ("reviewer4", "Reviewer 4", Role::Reviewer, Some("CM-UNI"), None, Fr, false),
    ("advisor", "Adviser, Implementers Committee", Role::Advisor, None, Some("Implementers Committee"), En, false),
    ("hub", "Regional hub, AeHIN", Role::Hub, Some("AEHIN"), Some("AeHIN"), En, false),
    ("hub2", "Regional hub, Jembi", Role::Hub, Some("JEMBI"), Some("Jembi"), En, false),
    ("applicant_lead", "Applicant lead, Cameroon", Role::ApplicantLead, Some("CM-IP"), None, Fr, false),
    ("applicant_member", "Applicant member, Cameroon", Role::ApplicantMember, Some("CM-IP"), None, Fr, false),
    (
        "applicant_cm_uni",
        "Applicant lead, university in Cameroon",
        Role::ApplicantLead,
        Some("CM-UNI"),
        None,
        Fr,
        false,
    ),
    ("applicant_td", "Applicant lead, Chad", Role::ApplicantLead, Some("TD-MIN"), None, Fr, false),
    ("applicant_cd", "Applicant lead, DR Congo", Role::ApplicantLead, Some("CD-OP"), None, Fr, false),
    ("applicant_gm", "Applicant lead, The Gambia", Role::ApplicantLead, Some("GM-OP"), None, En, false),
    ("applicant_mr", "Applicant lead, Mauritania", Role::ApplicantLead, Some("MR-OP"), None, Fr, false),
    ("applicant_np", "Applicant lead, Nepal", Role::ApplicantLead, Some("NP-IP"), None, En, false),
    ("applicant_np_op", "Applicant lead, scheme in Nepal", Role::ApplicantLead, Some("NP-OP"), None, En, false),
    ("applicant_ne", "Applicant lead, Niger", Role::ApplicantLead, Some("NE-OP"), None, Fr, false),
    ("applicant_tz", "Applicant lead, Tanzania", Role::ApplicantLead, Some("TZ-NGO"), None, En, false),
    ("applicant_st", "Applicant lead, São Tomé and Príncipe", Role::ApplicantLead, Some("ST-MIN"), None, Fr, false),
    ("endorser", "Endorser, Niger", Role::Endorser, Some("NE-OP"), None, Fr, false),
    ("auditor", "Auditor", Role::Auditor, None, None, En, false),
];

/// What an account signs in with.
#[must_use]
pub fn email(key: &str) -> String {
    format!("{}@demo.example", key.replace('_', "."))
}

/// Fills an empty stage with the fund, its bodies, organisations and accounts.
///
/// # Errors
/// When the database fails.
pub async fn assemble(world: &mut World) -> anyhow::Result<FundId> {
    let hash = world.app.passwords.hash(PASSWORD).await?;
    let app = world.app.clone();
    let ctx = app.system_ctx();
    let fund: FundId = ctx.id();
    let (organisations, people) = transact!(app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO funds (id, code, name, currency, second_approval_above_minor, created_at) VALUES ($1, $2, $3, 'EUR', $4, $5)",
            fund,
            "CIF",
            "openIMIS Catalytic Implementation Fund",
            5_000_000_i64,
            ctx.now
        )?;
        let mut bodies: Vec<(&str, BodyId)> = Vec::new();
        for (name, kind) in BODIES {
            let request = CreateBodyRequest { name: (*name).to_owned(), kind: *kind };
            bodies.push((name, people::service::add_body(tx, &ctx, &request).await?.id));
        }
        let mut organisations = std::collections::BTreeMap::new();
        for (code, name, kind, country) in ORGANISATIONS {
            let request = CreateOrganisationRequest {
                code: (*code).to_owned(),
                name: (*name).to_owned(),
                kind: *kind,
                country: country.map(ToOwned::to_owned),
            };
            organisations.insert((*code).to_owned(), people::service::add_organisation(tx, &ctx, &request).await?.id);
        }
        let mut accounts = Vec::new();
        for (key, name, role, organisation, body, language, is_alternate) in ACCOUNTS {
            let request = CreatePersonRequest { name: (*name).to_owned(), email: email(key), language: *language };
            let person = people::service::add_person(tx, &ctx, &request, Some(hash.clone())).await?;
            let membership = AddMembershipRequest {
                role: *role,
                organisation_id: organisation.and_then(|code| organisations.get(code).copied()),
                body_id: body.and_then(|name| bodies.iter().find(|(n, _)| *n == name).map(|(_, id)| *id)),
                is_alternate: *is_alternate,
                valid_from: ctx.now.date(),
                valid_until: (*role == Role::Auditor).then(|| ctx.now.date().plus_days(730)),
            };
            people::service::add_membership(tx, &ctx, person, &membership).await?;
            accounts.push((*key, person));
        }
        Ok((organisations, accounts))
    })?;
    world.organisations = organisations;
    for (key, id) in people {
        world.enter(key, id, &email(key)).await?;
    }
    Ok(fund)
}
