//! What people write in the worked example.

use shared::currency::Currency;
use shared::grants::{AccountDraft, Address};
use shared::people::Language;

/// A recipient's bank account; the number is the one that standards give as an example.
pub fn account() -> AccountDraft {
    AccountDraft {
        holder: "Partenaire de mise en œuvre".to_owned(),
        iban: "CM21 1000 2000 3002 7797 6315 008".to_owned(),
        account_number: String::new(),
        bic: String::new(),
        bank: "Banque de démonstration".to_owned(),
        currency: Currency::EUR,
        address: Address {
            street: "12, avenue de l’Indépendance".to_owned(),
            postcode: String::new(),
            town: "Yaoundé".to_owned(),
            country: "CM".to_owned(),
        },
    }
}

/// A country's name with its article, as a sentence needs it.
fn country(code: &str, language: Language) -> &'static str {
    let (en, fr) = match code {
        "CM" => ("Cameroon", "le Cameroun"),
        "TD" => ("Chad", "le Tchad"),
        "CD" => ("the Democratic Republic of the Congo", "la République démocratique du Congo"),
        "GM" => ("The Gambia", "la Gambie"),
        "MR" => ("Mauritania", "la Mauritanie"),
        "NP" => ("Nepal", "le Népal"),
        "NE" => ("Niger", "le Niger"),
        "TZ" => ("Tanzania", "la Tanzanie"),
        "ST" => ("São Tomé and Príncipe", "Sao Tomé-et-Principe"),
        _ => ("the country", "le pays"),
    };
    match language {
        Language::En => en,
        Language::Fr => fr,
    }
}

/// An answer to a question of the default form.
pub fn answer(question: &str, language: Language, code: &str) -> String {
    let (en, fr) = match question {
        "summary" => (
            "The project sets up openIMIS for the health insurance scheme of {}: registration of members, claims, and payment of providers. Three regions start; the others follow from the scheme’s own budget.",
            "Le projet met en place openIMIS pour le régime d’assurance maladie : {}. Il couvre l’inscription des assurés, les demandes de remboursement et le paiement des prestataires. Trois régions commencent ; les autres suivent sur le budget propre du régime.",
        ),
        "situation" => (
            "Members of the scheme in {} are registered on paper today. Lists are typed twice a year, so newborns and people who move wait for months. Claims arrive in boxes; four in ten are sent back because a field is missing.\n\nThe scheme has servers, trained staff in its head office and a budget line for running costs. What is missing is the system itself and people in the regions who can use it.",
            "Aujourd’hui, les assurés du régime sont inscrits sur papier ({}). Les listes sont saisies deux fois par an : les nouveau-nés et les personnes qui déménagent attendent des mois. Les demandes de remboursement arrivent en cartons ; quatre sur dix sont renvoyées parce qu’un champ manque.\n\nLe régime dispose de serveurs, d’un personnel formé au siège et d’une ligne budgétaire pour le fonctionnement. Il manque le système lui-même, et des agents régionaux qui sachent s’en servir.",
        ),
        "inclusion" => (
            "Informal workers and rural families in {} are covered by law and missing in practice. Registration teams go to markets and health centres, and work offline where there is no network. Figures are kept by sex, age and disability.",
            "Les travailleurs de l’informel et les familles rurales sont couverts par la loi, mais absents dans les faits ({}). Les équipes d’inscription se rendent sur les marchés et dans les centres de santé, et travaillent hors ligne là où il n’y a pas de réseau. Les chiffres sont ventilés par sexe, âge et handicap.",
        ),
        "catalytic_effect" => (
            "Once the first regions of {} work with openIMIS, the ministry extends it to all regions from its own budget; the decision is taken and dated. Two neighbouring schemes have asked to see the set-up.",
            "Une fois les premières régions équipées, le ministère étend openIMIS à toutes les régions sur son propre budget ({}) ; la décision est prise et datée. Deux régimes voisins ont demandé à voir l’installation.",
        ),
        "ownership" => (
            "The ministry of {} leads the project, names its director and hosts the system. A letter of support and the budget line are attached to the scheme’s plan.",
            "Le ministère dirige le projet, nomme son directeur et héberge le système ({}). Une lettre de soutien et la ligne budgétaire figurent dans le plan du régime.",
        ),
        "approach" => (
            "We use the current release of openIMIS with its modules for insurees, policies, claims and payments. For {} we configure products and price lists, move existing records after cleaning, and test with two health facilities before each region goes live.",
            "Nous utilisons la version actuelle d’openIMIS avec ses modules assurés, polices, demandes de remboursement et paiements. Nous paramétrons produits et tarifs ({}), reprenons les données existantes après nettoyage, et testons avec deux formations sanitaires avant chaque mise en service régionale.",
        ),
        "interoperability" => (
            "openIMIS exchanges data with the health information system of {} by FHIR. Personal data stays in the country, access is by role and logged, and a data protection assessment comes before the first record.",
            "openIMIS échange ses données avec le système d’information sanitaire par FHIR ({}). Les données personnelles restent dans le pays, les accès sont attribués par rôle et journalisés, et une analyse d’impact précède le premier enregistrement.",
        ),
        "core_contribution" => (
            "Offline registration and the provider payment file made for {} go to the openIMIS core, with tests and documentation, for the April release.",
            "L’inscription hors ligne et le fichier de paiement des prestataires, réalisés pour ce projet ({}), rejoignent le noyau d’openIMIS, avec tests et documentation, pour la version d’avril.",
        ),
        "team" => (
            "A project lead, two developers, a trainer and a data officer, all working in {}; the scheme adds four staff of its own.",
            "Un chef de projet, deux développeurs, un formateur et un responsable des données, tous sur place ({}) ; le régime y ajoute quatre agents.",
        ),
        "local_capacity" => (
            "By the end, the scheme’s team in {} installs releases, adds products and trains new users without outside help. Thirty regional officers are certified as trainers.",
            "À la fin, l’équipe du régime installe les versions, ajoute des produits et forme les nouveaux utilisateurs sans aide extérieure ({}). Trente agents régionaux sont certifiés formateurs.",
        ),
        "work_plan" => (
            "Months 1–3: configuration and data cleaning. Months 4–6: first region of {} live. Months 7–10: second and third region. Months 11–12: handover, first report of the scheme from openIMIS data.",
            "Mois 1 à 3 : paramétrage et nettoyage des données. Mois 4 à 6 : première région en service ({}). Mois 7 à 10 : deuxième et troisième régions. Mois 11 et 12 : transfert, premier rapport du régime à partir des données d’openIMIS.",
        ),
        "risks" => (
            "Weak networks in parts of {}: offline work and weekly synchronisation. Staff turnover: two people for each task. Late budget: regions start one by one.",
            "Réseaux faibles dans certaines zones ({}) : travail hors ligne et synchronisation hebdomadaire. Rotation du personnel : deux personnes par tâche. Budget tardif : les régions démarrent l’une après l’autre.",
        ),
        "sustainability" => (
            "Running costs are in the scheme’s budget from the second year: hosting, two administrators, yearly training. {} pays them from contributions.",
            "Les coûts de fonctionnement figurent au budget du régime dès la deuxième année : hébergement, deux administrateurs, formation annuelle ({}). Ils sont financés par les cotisations.",
        ),
        "refinancing" => (
            "Two per cent of the scheme’s service contract in {} go to the global initiative; they are planned in the offer to the scheme, not in this grant.",
            "Deux pour cent du contrat de service du régime reviennent à l’initiative mondiale ({}) ; ils sont prévus dans l’offre au régime, pas dans cette subvention.",
        ),
        _ => (
            "Prices in {} were compared with three offers; salaries follow the public scale; travel is by the day and at local rates.",
            "Les prix ont été comparés à trois offres ({}) ; les salaires suivent le barème public ; les déplacements sont comptés à la journée, au tarif local.",
        ),
    };
    let text = match language {
        Language::En => en,
        Language::Fr => fr,
    };
    text.replace("{}", country(code, language))
}

/// An activity and its unit, by the category of a budget line.
pub fn activity(category: &str, language: Language) -> (&'static str, &'static str) {
    match (category, language) {
        ("staff", Language::En) => ("Project team", "month"),
        ("staff", Language::Fr) => ("Équipe de projet", "mois"),
        ("software_adaptation", Language::En) => ("Configuration and payment file", "package"),
        ("software_adaptation", Language::Fr) => ("Paramétrage et fichier de paiement", "lot"),
        ("training", Language::En) => ("Training of regional officers", "session"),
        ("training", Language::Fr) => ("Formation des agents régionaux", "session"),
        ("travel", Language::En) => ("Travel to the regions", "mission"),
        ("travel", Language::Fr) => ("Déplacements en région", "mission"),
        (_, Language::En) => ("Staff of the scheme", "month"),
        (_, Language::Fr) => ("Personnel du régime", "mois"),
    }
}

/// What a reviewer says about a score.
pub fn comment(score: i64) -> &'static str {
    match score {
        5 => "Commitments are signed and dated; nothing is left open.",
        4 => "Convincing; one or two points to settle in the agreement.",
        3 => "Sound, but the plan stays general in places.",
        2 => "Weak: who does what, and by when, is not said.",
        _ => "Not shown.",
    }
}

/// What reviewers praise and what they miss, by the last score on the sheet.
pub fn judgement(last: i64) -> (&'static str, &'static str) {
    match last {
        5 => (
            "The ministry leads, the budget line exists, and the first regions are well chosen.",
            "The plan for moving old records is short.",
        ),
        4 => (
            "What is built for one scheme is given back to all: the export, the translations, the training material.",
            "The second year’s hosting is not priced, and nobody is named who will run it.",
        ),
        3 => (
            "The team has done this before, in two districts, and says what it learned there.",
            "Travel takes a large part of the budget; more could be done from a distance.",
        ),
        _ => (
            "The need is well described, with figures of this year.",
            "The steps after the first six months stay vague.",
        ),
    }
}

/// Why somebody does not say yes.
pub const NO_REASON: &str = "The plan for the second year should be settled first.";
