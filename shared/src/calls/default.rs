//! The definition that a new call starts from: the defaults of DOMAIN, all of them changeable.

use super::{
    Bilingual, BudgetRules, CATEGORIES, CallCurrency, Criterion, Definition, GrantRules, Question, ReviewRules, Rubric,
    Section, VoteRules,
};
use crate::currency::Currency;
use crate::money::{BasisPoints, Money, Rate};
use crate::people::Language;

fn both(en: &str, fr: &str) -> Bilingual {
    Bilingual { en: en.to_owned(), fr: fr.to_owned() }
}

fn question(key: &str, max_words: u32, label: (&str, &str), hint: (&str, &str)) -> Question {
    Question {
        key: key.to_owned(),
        label: both(label.0, label.1),
        hint: both(hint.0, hint.1),
        max_words,
        is_required: true,
    }
}

fn section(key: &str, title: (&str, &str), questions: Vec<Question>) -> Section {
    Section { key: key.to_owned(), title: both(title.0, title.1), questions }
}

fn criterion(key: &str, weight: i64, label: (&str, &str), anchors: [(&str, &str); 6]) -> Criterion {
    Criterion {
        key: key.to_owned(),
        label: both(label.0, label.1),
        weight,
        minimum: None,
        anchors: anchors.iter().map(|(en, fr)| both(en, fr)).collect(),
    }
}

impl Definition {
    /// A call for country implementations: form, rubric and rules as DOMAIN gives them in brackets.
    #[must_use]
    pub fn catalytic_default() -> Self {
        Self {
            about: both(
                "The fund supports countries that set up or widen openIMIS for health insurance or social protection. A grant starts what others then carry on: it pays for the step that is missing, not for running a scheme.",
                "Le fonds soutient les pays qui mettent en place ou étendent openIMIS pour l’assurance maladie ou la protection sociale. Une subvention lance ce que d’autres poursuivent : elle finance l’étape qui manque, pas le fonctionnement d’un régime.",
            ),
            eligibility: both(
                "Ministries, scheme operators, implementation partners, NGOs and universities with a legal seat. The scheme or the ministry in charge endorses the proposal. An organisation may take part in several proposals, but may lead only one in this call.",
                "Ministères, gestionnaires de régimes, partenaires de mise en œuvre, ONG et universités dotés d’un siège légal. Le régime ou le ministère compétent approuve la proposition. Une organisation peut participer à plusieurs propositions, mais n’en piloter qu’une seule dans cet appel.",
            ),
            languages: vec![Language::En, Language::Fr],
            countries: Vec::new(),
            currencies: currencies(),
            sections: sections(),
            rubric: Rubric { scale_max: 5, criteria: criteria() },
            budget: BudgetRules {
                categories: CATEGORIES.iter().map(|c| (*c).to_owned()).collect(),
                indirect_cap: BasisPoints::percent(7),
                contingency_cap: BasisPoints::percent(5),
                min_grant: Money::from_minor(1_000_000, Currency::EUR),
                max_grant: Money::from_minor(20_000_000, Currency::EUR),
                max_months: 24,
                cofunding_min: BasisPoints::percent(0),
                in_kind_counts_up_to: BasisPoints::percent(50),
            },
            review: ReviewRules {
                min_sheets: 3,
                min_tag_sheets: 1,
                fundable_min: 60,
                divergence_percent: 30,
                extreme_scores: vec![0, 1, 5],
            },
            vote: VoteRules { min_business_days: 5, reservation_days: 90 },
            grant: GrantRules { first_tranche_cap: BasisPoints::percent(40), retention_min: BasisPoints::percent(10) },
            concept: None,
        }
    }
}

/// The euro, and the CFA francs at their fixed parity.
fn currencies() -> Vec<CallCurrency> {
    let parity = Rate::from_scaled(655_957_000_000).unwrap_or(Rate::ONE);
    vec![
        CallCurrency { currency: Currency::EUR, budget_rate: Rate::ONE },
        CallCurrency { currency: Currency::XAF, budget_rate: parity },
        CallCurrency { currency: Currency::XOF, budget_rate: parity },
    ]
}

#[expect(clippy::too_many_lines, reason = "a text in two languages, not logic")]
fn sections() -> Vec<Section> {
    vec![
        section(
            "need",
            ("Situation and need", "Situation et besoin"),
            vec![
                question(
                    "summary",
                    150,
                    ("Sum up the project", "Résumez le projet"),
                    (
                        "For readers who see nothing else: where, for whom, what will have changed at the end. It is published if the project is funded.",
                        "Pour qui ne lira rien d’autre : où, pour qui, ce qui aura changé à la fin. Ce texte est publié si le projet est financé.",
                    ),
                ),
                question(
                    "situation",
                    400,
                    (
                        "What is the situation of the scheme, and what is missing?",
                        "Quelle est la situation du régime, et que manque-t-il ?",
                    ),
                    (
                        "Population covered and to be covered, processes and systems in use today, the gap that this project closes. Give figures and their source.",
                        "Population couverte et à couvrir, processus et systèmes utilisés aujourd’hui, lacune que le projet comble. Donnez des chiffres et leur source.",
                    ),
                ),
                question(
                    "inclusion",
                    250,
                    (
                        "Who is left out today, and how does the project reach them?",
                        "Qui est laissé de côté aujourd’hui, et comment le projet l’atteint-il ?",
                    ),
                    (
                        "Women, people with disabilities, informal workers, remote areas: what you know, what you do, how you will see that it works.",
                        "Femmes, personnes handicapées, travailleurs de l’économie informelle, zones isolées : ce que vous savez, ce que vous faites, comment vous verrez que cela fonctionne.",
                    ),
                ),
            ],
        ),
        section(
            "effect",
            ("Catalytic effect and ownership", "Effet catalyseur et appropriation"),
            vec![
                question(
                    "catalytic_effect",
                    350,
                    (
                        "What will this grant set in motion that would not happen without it?",
                        "Que déclenchera cette subvention qui n’aurait pas lieu sans elle ?",
                    ),
                    (
                        "Decisions, budgets, partners or other countries that follow. Say who has committed to what, and by when.",
                        "Les décisions, budgets, partenaires ou autres pays qui suivront. Dites qui s’est engagé à quoi, et pour quand.",
                    ),
                ),
                question(
                    "ownership",
                    300,
                    ("How does the country own the project?", "Comment le pays s’approprie-t-il le projet ?"),
                    (
                        "Mandate and legal basis, who decides, staff and budget that the scheme or ministry puts in, place in the national digital strategy.",
                        "Mandat et base légale, qui décide, personnel et budget apportés par le régime ou le ministère, place dans la stratégie numérique nationale.",
                    ),
                ),
            ],
        ),
        section(
            "approach",
            ("Technical approach", "Approche technique"),
            vec![
                question(
                    "approach",
                    500,
                    ("How will you implement openIMIS?", "Comment allez-vous mettre en œuvre openIMIS ?"),
                    (
                        "Modules and release, configuration and adaptation, data to migrate, hosting and operation, testing and acceptance.",
                        "Modules et version, paramétrage et adaptations, données à reprendre, hébergement et exploitation, tests et recette.",
                    ),
                ),
                question(
                    "interoperability",
                    300,
                    (
                        "How will it exchange and protect data?",
                        "Comment les données seront-elles échangées et protégées ?",
                    ),
                    (
                        "Registries and systems it connects to, standards such as HL7 FHIR, data protection law, access and backup.",
                        "Registres et systèmes raccordés, normes telles que HL7 FHIR, loi sur la protection des données, accès et sauvegardes.",
                    ),
                ),
                question(
                    "core_contribution",
                    300,
                    (
                        "What will the openIMIS core and community gain?",
                        "Qu’y gagneront le cœur d’openIMIS et sa communauté ?",
                    ),
                    (
                        "Say for each development whether it goes into the core or stays in the country, and how it is documented, reviewed and handed over.",
                        "Dites pour chaque développement s’il rejoint le cœur ou reste propre au pays, et comment il est documenté, relu et remis.",
                    ),
                ),
            ],
        ),
        section(
            "capacity",
            ("Team and local capacity", "Équipe et capacités locales"),
            vec![
                question(
                    "team",
                    350,
                    ("Who will do the work?", "Qui fera le travail ?"),
                    (
                        "Roles, days and experience of each organisation; who leads, who decides. No CVs.",
                        "Rôles, jours et expérience de chaque organisation ; qui pilote, qui décide. Pas de CV.",
                    ),
                ),
                question(
                    "local_capacity",
                    300,
                    (
                        "What will local people be able to do on their own at the end?",
                        "Que sauront faire seules les équipes locales à la fin ?",
                    ),
                    (
                        "Local companies and universities involved, who is trained in what, who operates and maintains the system afterwards.",
                        "Entreprises et universités locales associées, qui est formé à quoi, qui exploite et maintient le système ensuite.",
                    ),
                ),
            ],
        ),
        section(
            "plan",
            ("Work plan and risks", "Plan de travail et risques"),
            vec![
                question(
                    "work_plan",
                    400,
                    ("What are the milestones, and when?", "Quels sont les jalons, et quand ?"),
                    (
                        "Three to eight milestones, each with its month, its result and how one can check it. Tranches are paid on them.",
                        "Trois à huit jalons, chacun avec son mois, son résultat et la façon de le vérifier. Les tranches sont versées sur cette base.",
                    ),
                ),
                question(
                    "risks",
                    300,
                    (
                        "What could go wrong, and what will you do then?",
                        "Qu’est-ce qui pourrait mal tourner, et que ferez-vous alors ?",
                    ),
                    (
                        "The five main risks, political and technical, with how likely they are, who watches them and the answer.",
                        "Les cinq risques principaux, politiques et techniques : leur probabilité, qui les suit, la réponse prévue.",
                    ),
                ),
            ],
        ),
        section(
            "future",
            ("Sustainability and value", "Pérennité et valeur"),
            vec![
                question(
                    "sustainability",
                    350,
                    (
                        "Who pays and runs the system after the grant?",
                        "Qui finance et exploite le système après la subvention ?",
                    ),
                    (
                        "Yearly running cost, who bears it and on what decision, co-funding already secured.",
                        "Coût annuel de fonctionnement, qui le prend en charge et sur quelle décision, cofinancements déjà acquis.",
                    ),
                ),
                question(
                    "refinancing",
                    200,
                    (
                        "Will the project refinance the global initiative?",
                        "Le projet contribuera-t-il au refinancement de l’initiative mondiale ?",
                    ),
                    (
                        "A share of a contract, a fixed sum, in kind, or none: explain. It may not be charged to the grant, and “none” with a reason is a full answer.",
                        "Une part d’un contrat, une somme fixe, un apport en nature ou rien : expliquez. Cette contribution ne peut être imputée à la subvention ; « rien », motivé, est une réponse complète.",
                    ),
                ),
                question(
                    "value_for_money",
                    250,
                    ("Why is this the right price?", "Pourquoi est-ce le juste prix ?"),
                    (
                        "How you arrived at the main costs, cheaper ways you looked at, what is reused instead of built.",
                        "Comment vous avez établi les principaux coûts, les solutions moins chères examinées, ce qui est réutilisé plutôt que construit.",
                    ),
                ),
            ],
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a text in two languages, not logic")]
fn criteria() -> Vec<Criterion> {
    vec![
        criterion(
            "catalytic_effect",
            25,
            ("Catalytic effect and relevance", "Effet catalyseur et pertinence"),
            [
                ("No effect beyond the grant is shown.", "Aucun effet au-delà de la subvention n’est démontré."),
                ("An effect is claimed, without any ground for it.", "Un effet est affirmé, sans rien pour l’étayer."),
                (
                    "The need is real, but little would follow from the grant.",
                    "Le besoin est réel, mais la subvention entraînerait peu de suites.",
                ),
                (
                    "A relevant need; what follows is plausible, nobody has committed yet.",
                    "Besoin pertinent ; les suites sont plausibles, personne ne s’est encore engagé.",
                ),
                (
                    "A relevant need, and named partners have committed to what follows.",
                    "Besoin pertinent, et des partenaires nommés se sont engagés pour la suite.",
                ),
                (
                    "The missing step: dated commitments follow that would not come without it.",
                    "L’étape qui manquait : des engagements datés en découlent, impossibles sans elle.",
                ),
            ],
        ),
        criterion(
            "country_ownership",
            20,
            ("Country ownership and readiness", "Appropriation et préparation du pays"),
            [
                ("The country is not involved.", "Le pays n’est pas associé."),
                ("Informed, but has not agreed.", "Informé, mais sans accord."),
                (
                    "Agrees in words; mandate or legal basis is missing.",
                    "Accord de principe ; le mandat ou la base légale fait défaut.",
                ),
                (
                    "Mandate in place; staff or budget still open.",
                    "Mandat établi ; personnel ou budget encore ouverts.",
                ),
                (
                    "Mandate, staff and an endorsement by the authority in charge.",
                    "Mandat, personnel et approbation de l’autorité compétente.",
                ),
                (
                    "The authority leads, with own staff and budget; ready to start.",
                    "L’autorité pilote, avec son personnel et son budget ; prête à démarrer.",
                ),
            ],
        ),
        criterion(
            "technical_soundness",
            20,
            (
                "Technical soundness and contribution to openIMIS core",
                "Solidité technique et contribution au cœur d’openIMIS",
            ),
            [
                ("Cannot work as described.", "Ne peut pas fonctionner tel que décrit."),
                ("Serious gaps; a fork without return.", "Lacunes graves ; une dérivation sans retour."),
                (
                    "Feasible in part; core and country-specific work are mixed up.",
                    "Faisable en partie ; cœur et développements propres au pays sont confondus.",
                ),
                (
                    "Feasible; interoperability or data protection needs work.",
                    "Faisable ; l’interopérabilité ou la protection des données est à renforcer.",
                ),
                (
                    "Sound, on standards; useful parts go into the core.",
                    "Solide, fondée sur des normes ; des éléments utiles rejoignent le cœur.",
                ),
                (
                    "Excellent; agreed contributions that many countries will use.",
                    "Excellente ; des contributions convenues que de nombreux pays utiliseront.",
                ),
            ],
        ),
        criterion(
            "team_capacity",
            15,
            ("Team and local capacity", "Équipe et capacités locales"),
            [
                ("No team is named.", "Aucune équipe n’est désignée."),
                ("The team lacks key skills.", "Des compétences essentielles manquent."),
                (
                    "Skills from abroad only; little is passed on.",
                    "Compétences uniquement extérieures ; peu de transmission.",
                ),
                (
                    "Able team; local people trained, but not in charge.",
                    "Équipe compétente ; des équipes locales formées, mais sans responsabilité.",
                ),
                (
                    "Able team with responsible local partners.",
                    "Équipe compétente avec des partenaires locaux responsables.",
                ),
                (
                    "Proven team, led locally; operates the system alone at the end.",
                    "Équipe éprouvée, pilotée localement ; exploite seule le système à la fin.",
                ),
            ],
        ),
        criterion(
            "sustainability",
            10,
            ("Sustainability and co-funding", "Pérennité et cofinancement"),
            [
                ("Ends with the grant.", "S’arrête avec la subvention."),
                ("Running costs are not known.", "Les coûts de fonctionnement ne sont pas connus."),
                ("Costs are known, nobody to bear them.", "Les coûts sont connus, personne pour les assumer."),
                ("A plausible bearer; co-funding announced.", "Un financeur plausible ; cofinancement annoncé."),
                ("Bearer agreed; co-funding partly secured.", "Financeur convenu ; cofinancement en partie acquis."),
                (
                    "Running costs budgeted and co-funding secured.",
                    "Coûts de fonctionnement budgétés et cofinancement acquis.",
                ),
            ],
        ),
        criterion(
            "value_for_money",
            10,
            ("Value for money", "Rapport qualité-prix"),
            [
                ("The budget cannot be followed.", "Le budget est incompréhensible."),
                ("Much too dear for what it brings.", "Bien trop cher pour ce qu’il apporte."),
                ("Several costs are not explained.", "Plusieurs coûts ne sont pas expliqués."),
                (
                    "Reasonable as a whole, single costs to be discussed.",
                    "Raisonnable dans l’ensemble, certains coûts à discuter.",
                ),
                ("Well founded, and existing work is reused.", "Bien fondé, et l’existant est réutilisé."),
                (
                    "Exemplary: every cost founded, cheaper ways examined.",
                    "Exemplaire : chaque coût est fondé, des solutions moins chères ont été examinées.",
                ),
            ],
        ),
    ]
}
