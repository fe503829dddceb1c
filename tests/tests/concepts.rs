//! Concept notes: calls with two stages, drafts, submission, eligibility and its appeal, invitation, and how
//! near the full proposal stays to its note (M11).

use catalytic_fund::{execute, transact};
use shared::calls::*;
use shared::concepts::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::home::{GetHome, TaskKind};
use shared::ids::{CallId, ConceptId, FundId, OrganisationId, ProposalId};
use shared::money::{BasisPoints, Money, Quantity};
use shared::people::{Language, OrganisationKind};
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::proposals::*;
use tests::{Person, TestApp, both};

/// A call with two stages that is open, an applicant with two writers, the desk and its head.
struct Office {
    call: CallId,
    applicant: OrganisationId,
    lead: Person,
    member: Person,
    desk: Person,
    head: Person,
}

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn local(text: &str) -> LocalTime {
    LocalTime::parse(text).unwrap()
}

fn field(problem: &Problem) -> (&str, Code) {
    let error = problem.errors.first().unwrap_or_else(|| panic!("{problem:?}"));
    (error.pointer.as_str(), error.code)
}

/// The draft of a call that opens on 1 March at 8:00 and closes on 31 March at 17:00, in Niamey.
async fn call_draft(app: &TestApp, desk: &Person) -> CallDetail {
    let ctx = app.app.system_ctx();
    let fund: FundId = ctx.id();
    transact!(app.app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO funds (id, code, name, currency, second_approval_above_minor, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            fund,
            "CIF",
            "Catalytic Implementation Fund",
            Currency::EUR,
            5_000_000_i64,
            ctx.now,
        )?;
        Ok(())
    })
    .unwrap();
    let request = CreateCallRequest {
        fund_id: fund,
        code: "CIF-2026-02".into(),
        title: Bilingual { en: "Two stages".into(), fr: "Deux étapes".into() },
        window: FundingWindow::CountryImplementation,
        envelope: eur("400000"),
        zone: "Africa/Niamey".into(),
        opens_local: local("2026-03-01T08:00"),
        closes_local: local("2026-03-31T17:00"),
        copy_of: None,
    };
    app.call(desk, CreateCall {}, &request).await.unwrap()
}

/// The draft's content again, with a first stage.
fn with_stage(call: &CallDetail, concept: Option<ConceptRules>) -> UpdateCallRequest {
    UpdateCallRequest {
        code: call.call.code.clone(),
        title: call.call.title.clone(),
        window: call.call.window,
        envelope: call.call.envelope,
        zone: call.call.zone.clone(),
        opens_local: call.opens_local,
        closes_local: call.closes_local,
        definition: Definition { concept, ..call.definition.clone() },
    }
}

async fn office(app: &TestApp) -> Office {
    let desk = app.person(Role::DeskOfficer).await;
    let head = app.person(Role::HeadOfDesk).await;
    let draft = call_draft(app, &desk).await;
    let call_id = draft.call.id;
    let request = with_stage(&draft, Some(ConceptRules::at(local("2026-03-10T17:00"))));
    let call = app.call_at(&desk, UpdateCall { call_id }, draft.version, &request).await.unwrap();
    app.call_at(&head, PublishCall { call_id }, call.version, &Nothing {}).await.unwrap();
    let applicant = app.organisation("UNS", OrganisationKind::University).await;
    let lead = app.person_of(Role::ApplicantLead, Some(applicant)).await;
    let member = app.person_of(Role::ApplicantMember, Some(applicant)).await;
    Office { call: call_id, applicant, lead, member, desk, head }
}

impl Office {
    fn start(&self) -> CreateProposalRequest {
        CreateProposalRequest {
            organisation_id: self.applicant,
            title: "Assurance maladie à Niamey".into(),
            country: "NE".into(),
            language: Language::Fr,
            currency: Currency::EUR,
        }
    }

    async fn draft(&self, app: &TestApp) -> ConceptId {
        app.call(&self.lead, CreateConcept { call_id: self.call }, &self.start()).await.unwrap().id
    }

    async fn save(
        &self,
        app: &TestApp,
        concept_id: ConceptId,
        version: i64,
        requested: Option<Money>,
        summary: &str,
    ) -> Result<SavedConcept, Problem> {
        let request = SaveConceptRequest {
            title: "Assurance maladie à Niamey".into(),
            country: "NE".into(),
            requested,
            summary: summary.into(),
        };
        app.call_at(&self.lead, SaveConcept { concept_id }, version, &request).await
    }

    async fn read(&self, app: &TestApp, by: &Person, concept_id: ConceptId) -> Concept {
        app.get(by, GetConcept { concept_id }, &Nothing {}).await.unwrap()
    }

    async fn submit(&self, app: &TestApp, concept_id: ConceptId) -> Result<Receipt, Problem> {
        let version = self.read(app, &self.lead, concept_id).await.version;
        app.call_at(&self.lead, SubmitConcept { concept_id }, version, &Nothing {}).await
    }

    async fn submitted(&self, app: &TestApp) -> ConceptId {
        let id = self.draft(app).await;
        self.save(app, id, 1, Some(eur("100000.00")), "Un résumé.").await.unwrap();
        self.submit(app, id).await.unwrap();
        id
    }

    async fn screen(
        &self,
        app: &TestApp,
        concept_id: ConceptId,
        outcome: ConceptScreening,
        reason: &str,
    ) -> Result<ConceptStatus, Problem> {
        let version = self.read(app, &self.desk, concept_id).await.version;
        let request = ScreenConceptRequest { outcome, reason: reason.into() };
        app.call_at(&self.desk, ScreenConcept { concept_id }, version, &request).await
    }

    async fn decide(
        &self,
        app: &TestApp,
        concept_id: ConceptId,
        outcome: ConceptDecision,
        reason: &str,
    ) -> Result<ConceptStatus, Problem> {
        let version = self.read(app, &self.head, concept_id).await.version;
        let request = DecideConceptRequest { outcome, reason: reason.into() };
        app.call_at(&self.head, DecideConcept { concept_id }, version, &request).await
    }

    async fn waive(&self, app: &TestApp, concept_id: ConceptId, reason: &str) -> Result<ConceptStatus, Problem> {
        let version = self.read(app, &self.head, concept_id).await.version;
        let request = ConceptReasonRequest { reason: reason.into() };
        app.call_at(&self.head, WaiveConcept { concept_id }, version, &request).await
    }

    async fn appeal(&self, app: &TestApp, concept_id: ConceptId, text: &str) -> Result<ConceptStatus, Problem> {
        let version = self.read(app, &self.lead, concept_id).await.version;
        let request = ConceptReasonRequest { reason: text.into() };
        app.call_at(&self.lead, AppealConcept { concept_id }, version, &request).await
    }

    async fn invited(&self, app: &TestApp) -> ConceptId {
        let id = self.submitted(app).await;
        self.screen(app, id, ConceptScreening::Eligible, "").await.unwrap();
        self.decide(app, id, ConceptDecision::Invited, "").await.unwrap();
        id
    }

    /// A full proposal with everything but a budget.
    async fn started(&self, app: &TestApp, concept_id: ConceptId) -> ProposalId {
        let id = app.call(&self.lead, StartProposal { concept_id }, &Nothing {}).await.unwrap().id;
        let proposal = self.proposal(app, id).await;
        let working = proposal.working.unwrap();
        let Details { title, country, .. } = proposal.content.details;
        let details = UpdateProposalRequest { title, country, duration_months: Some(12), partners: vec![] };
        let endpoint = UpdateProposal { proposal_id: id };
        app.call_at(&self.lead, endpoint, working.details_version, &details).await.unwrap();
        for answer in working.answers {
            let endpoint = SaveAnswer { proposal_id: id, question: answer.question.clone() };
            let body = SaveAnswerRequest { body: "Une réponse.".into() };
            app.call_at(&self.lead, endpoint, answer.version, &body).await.unwrap();
        }
        id
    }

    async fn proposal(&self, app: &TestApp, proposal_id: ProposalId) -> Proposal {
        app.get(&self.lead, GetProposal { proposal_id }, &Nothing {}).await.unwrap()
    }

    /// Asks for that much, and submits.
    async fn ask(&self, app: &TestApp, proposal_id: ProposalId, amount: &str) -> Result<Receipt, Problem> {
        let version = self.proposal(app, proposal_id).await.working.unwrap().budget_version;
        let line = BudgetLine {
            category: "staff".into(),
            activity: "Formation".into(),
            unit: "forfait".into(),
            quantity: Quantity::parse("1").ok(),
            unit_cost: Some(eur(amount)),
            period: String::new(),
            source: LineSource::Grant,
            total: None,
        };
        let lines = SaveBudgetRequest { lines: vec![line] };
        app.call_at(&self.lead, SaveBudget { proposal_id }, version, &lines).await.unwrap();
        let version = self.proposal(app, proposal_id).await.version;
        let request = SubmitProposalRequest { is_declared: true };
        app.call_at(&self.lead, SubmitProposal { proposal_id }, version, &request).await
    }

    /// How many tasks of a kind wait for somebody.
    async fn waiting(&self, app: &TestApp, by: &Person, kind: TaskKind) -> usize {
        let home = app.call(by, GetHome {}, &Nothing {}).await.unwrap();
        home.tasks.iter().filter(|task| task.kind == kind).count()
    }
}

both! {
    async fn m11_a_full_proposal_asks_within_the_tolerance_of_its_note(app: TestApp) {
        let office = office(&app).await;
        let note = office.invited(&app).await;
        let id = office.started(&app, note).await;
        let link = office.proposal(&app, id).await.concept.unwrap();
        assert_eq!((link.requested, link.tolerance), (eur("100000.00"), BasisPoints::percent(20)));
        for amount in ["79999.99", "120000.01"] {
            let problem = office.ask(&app, id, amount).await.unwrap_err();
            assert_eq!(field(&problem), ("/budget/totals/requested", Code::FarFromConcept), "{amount}");
            assert_eq!(problem.errors[0].params["min"], "EUR 80000.00");
            assert_eq!(problem.errors[0].params["max"], "EUR 120000.00");
            let shown = app.get(&office.lead, CheckProposal { proposal_id: id }, &Nothing {}).await.unwrap().missing;
            assert_eq!(shown, problem.errors, "the check shows what the submission says");
        }
        let receipt = office.ask(&app, id, "80000.00").await.unwrap();
        assert_eq!(receipt.number, "CIF-2026-02-001");
        // A further version is held against the note too.
        let version = office.proposal(&app, id).await.version;
        app.call_at(&office.lead, ReopenProposal { proposal_id: id }, version, &Nothing {}).await.unwrap();
        assert_eq!(office.ask(&app, id, "120000.01").await.unwrap_err().errors[0].code, Code::FarFromConcept);
        office.ask(&app, id, "120000.00").await.unwrap();
    }

    async fn m11_a_waiver_with_a_reason_lifts_the_tolerance(app: TestApp) {
        let office = office(&app).await;
        let note = office.invited(&app).await;
        let id = office.started(&app, note).await;
        assert_eq!(office.ask(&app, id, "150000.00").await.unwrap_err().errors[0].code, Code::FarFromConcept);
        assert_eq!(field(&office.waive(&app, note, " ").await.unwrap_err()), ("/reason", Code::Required));
        let request = ConceptReasonRequest { reason: "Me too".into() };
        for by in [&office.lead, &office.desk] {
            let refused = app.call_at(by, WaiveConcept { concept_id: note }, 5, &request).await.unwrap_err();
            assert_eq!(refused.code, Code::Forbidden);
        }
        office.waive(&app, note, "Une troisième région s’y joint.").await.unwrap();
        assert_eq!(office.waive(&app, note, "Encore").await.unwrap_err().code, Code::WrongState, "once");
        office.ask(&app, id, "150000.00").await.unwrap();
        // Whoever reads the proposal reads why: here the desk, as reviewers and voters do.
        let read = app.get(&office.desk, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        let waiver = read.concept.unwrap().waiver.unwrap();
        assert_eq!(waiver.reason, "Une troisième région s’y joint.");
        let auditor = app.person(Role::Auditor).await;
        let query = shared::audit::AuditQuery { action: Some("concept_note.waived".into()), ..Default::default() };
        let log = app.get(&auditor, shared::audit::ListAudit {}, &query).await.unwrap().items;
        assert_eq!(log.iter().map(|e| e.reason.as_deref()).collect::<Vec<_>>(), [Some(waiver.reason.as_str())]);
    }

    async fn m11_the_database_holds_the_tolerance_whatever_the_program_does(app: TestApp) {
        let office = office(&app).await;
        let note = office.invited(&app).await;
        let id = office.started(&app, note).await;
        office.ask(&app, id, "100000.00").await.unwrap();
        let again = async |number: i64| transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE proposals SET requested_minor = $2 WHERE id = $1", id, 12_000_000 + number)?;
            execute!(
                tx,
                "INSERT INTO proposal_versions (id, proposal_id, number, receipt, content, sha256, submitted_by, submitted_at)
                 SELECT $2, proposal_id, 2 + $3, receipt || 'x', content, sha256, submitted_by, submitted_at
                 FROM proposal_versions WHERE proposal_id = $1 AND number = 1",
                id,
                app.app.system_ctx().id::<ConceptId>(),
                number,
            )?;
            Ok(())
        });
        assert!(again(1).await.is_err());
        assert!(again(0).await.is_ok());
        for sql in [
            "UPDATE concept_notes SET requested_minor = 1 WHERE id = $1",
            "UPDATE concept_notes SET waiver_reason = 'x' WHERE id = $1",
            "UPDATE proposals SET concept_id = NULL WHERE concept_id = $1",
            "UPDATE calls SET concept_tolerance_bp = 10000 WHERE id = (SELECT call_id FROM concept_notes WHERE id = $1)",
            "INSERT INTO proposals (id, call_id, organisation_id, title, country, language, currency, state, details,
                 search_key, created_by, created_at, updated_at)
             SELECT $1, call_id, organisation_id, title, country, language, currency, 'draft', '{}', '', created_by,
                 created_at, updated_at FROM concept_notes WHERE id = $1",
        ] {
            let result = transact!(app.app.db, |tx| {
                execute!(tx, sql, note)?;
                Ok(())
            });
            assert!(result.is_err(), "{sql}");
        }
    }

    async fn a_full_proposal_follows_an_invited_note_of_ones_own_once(app: TestApp) {
        let office = office(&app).await;
        let direct = app.call(&office.lead, CreateProposal { call_id: office.call }, &office.start()).await.unwrap_err();
        assert_eq!(direct.code, Code::ConceptFirst);
        let note = office.submitted(&app).await;
        let start = StartProposal { concept_id: note };
        assert_eq!(app.call(&office.lead, start, &Nothing {}).await.unwrap_err().code, Code::WrongState);
        office.screen(&app, note, ConceptScreening::Eligible, "").await.unwrap();
        assert_eq!(office.waiting(&app, &office.head, TaskKind::DecideConcept).await, 1);
        let by_desk = DecideConceptRequest { outcome: ConceptDecision::Invited, reason: String::new() };
        let refused = app.call_at(&office.desk, DecideConcept { concept_id: note }, 4, &by_desk).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        office.decide(&app, note, ConceptDecision::Invited, "").await.unwrap();
        assert_eq!(office.waiting(&app, &office.lead, TaskKind::StartProposal).await, 1);
        let other = app.organisation("OTH", OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(other)).await;
        let start = StartProposal { concept_id: note };
        assert_eq!(app.call(&stranger, start, &Nothing {}).await.unwrap_err().code, Code::NotFound);
        assert_eq!(app.call(&office.desk, StartProposal { concept_id: note }, &Nothing {}).await.unwrap_err().code, Code::Forbidden);
        let made = app.call(&office.member, StartProposal { concept_id: note }, &Nothing {}).await.unwrap();
        let proposal = office.proposal(&app, made.id).await;
        let carried = (proposal.content.details.title.as_str(), proposal.content.details.country.as_str());
        assert_eq!(carried, ("Assurance maladie à Niamey", "NE"));
        assert_eq!((proposal.content.language, proposal.content.currency), (Language::Fr, Currency::EUR));
        let twice = app.call(&office.lead, StartProposal { concept_id: note }, &Nothing {}).await.unwrap_err();
        assert_eq!(twice.code, Code::WrongState);
        assert_eq!(office.waiting(&app, &office.lead, TaskKind::StartProposal).await, 0);
        let seen = office.read(&app, &office.desk, note).await;
        assert_eq!(seen.summary.proposal_id, None, "a draft proposal is nobody else's to know of");
        assert_eq!(office.read(&app, &office.lead, note).await.summary.proposal_id, Some(made.id));
    }

    async fn a_note_is_submitted_before_its_closing_and_locked_with_a_receipt(app: TestApp) {
        let office = office(&app).await;
        let late = office.draft(&app).await;
        office.save(&app, late, 1, None, "Un début.").await.unwrap();
        assert_eq!(office.waiting(&app, &office.lead, TaskKind::FinishConcept).await, 1);
        let stale = office.save(&app, late, 1, None, "Autre chose.").await.unwrap_err();
        assert_eq!((stale.code, stale.params["version"].as_str()), (Code::StaleVersion, "2"));
        assert_eq!(office.save(&app, late, 1, None, "Un début.").await.unwrap().version, 2, "a retry is no conflict");
        let problem = office.submit(&app, late).await.unwrap_err();
        assert_eq!(field(&problem), ("/requested", Code::Required));
        let id = office.draft(&app).await;
        let francs = Money::from_minor(100, Currency::XAF);
        assert_eq!(field(&office.save(&app, id, 1, Some(francs), "x").await.unwrap_err()), ("/requested", Code::CurrencyMismatch));
        assert_eq!(field(&office.save(&app, id, 1, Some(eur("-1")), "x").await.unwrap_err()), ("/requested", Code::AmountNotPositive));
        office.save(&app, id, 1, Some(eur("200000.01")), &"mot ".repeat(501)).await.expect("kept, whatever its length");
        let problem = office.submit(&app, id).await.unwrap_err();
        let codes: Vec<_> = problem.errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
        assert_eq!(codes, [("/requested", Code::RequestAboveMax), ("/summary", Code::TooManyWords)]);
        office.save(&app, id, 2, Some(eur("100000.00")), "Un résumé.").await.unwrap();
        app.set_clock("2026-03-10T15:59:59.999999Z");
        let receipt = office.submit(&app, id).await.unwrap();
        assert_eq!((receipt.number.as_str(), receipt.version_number), ("CIF-2026-02-C001", 1));
        let content = serde_json::to_value(office.read(&app, &office.desk, id).await.content).unwrap();
        let canonical = serde_json::to_string(&content).unwrap();
        assert_eq!(catalytic_fund::audit::sha256_hex(&[canonical.as_bytes()]), receipt.sha256);
        assert_eq!(office.submit(&app, id).await.unwrap_err().code, Code::WrongState);
        assert_eq!(office.save(&app, id, 4, None, "x").await.unwrap_err().code, Code::WrongState);
        // 17:00 in Niamey.
        app.set_clock("2026-03-10T16:00:00Z");
        assert_eq!(office.save(&app, late, 2, Some(eur("100000.00")), "x").await.unwrap_err().code, Code::DeadlinePassed);
        assert_eq!(office.submit(&app, late).await.unwrap_err().code, Code::DeadlinePassed);
        let new = app.call(&office.lead, CreateConcept { call_id: office.call }, &office.start()).await.unwrap_err();
        assert_eq!(new.code, Code::DeadlinePassed);
        let kept = office.read(&app, &office.member, late).await;
        assert_eq!((kept.content.summary.as_str(), kept.summary.state), ("Un début.", ConceptState::Draft), "the draft is kept");
    }

    async fn an_ineligible_note_is_appealed_once(app: TestApp) {
        let office = office(&app).await;
        let id = office.submitted(&app).await;
        assert_eq!(office.waiting(&app, &office.desk, TaskKind::ScreenConcept).await, 1);
        let early = office.decide(&app, id, ConceptDecision::Invited, "").await.unwrap_err();
        assert_eq!(early.code, Code::WrongState);
        assert_eq!(office.appeal(&app, id, "Pourquoi ?").await.unwrap_err().code, Code::WrongState);
        let silent = office.screen(&app, id, ConceptScreening::Ineligible, "").await.unwrap_err();
        assert_eq!(field(&silent), ("/reason", Code::Required));
        office.screen(&app, id, ConceptScreening::Ineligible, "No scheme is named.").await.unwrap();
        office.appeal(&app, id, "Le régime est nommé au deuxième paragraphe.").await.unwrap();
        let again = office.read(&app, &office.desk, id).await;
        assert_eq!(again.summary.state, ConceptState::Submitted);
        assert_eq!(again.reason.as_deref(), Some("No scheme is named."));
        assert_eq!(again.appeal.as_deref(), Some("Le régime est nommé au deuxième paragraphe."));
        office.screen(&app, id, ConceptScreening::Ineligible, "It is not in the country.").await.unwrap();
        assert_eq!(office.appeal(&app, id, "Encore").await.unwrap_err().code, Code::WrongState, "one appeal");
        assert_eq!(office.read(&app, &office.lead, id).await.actions, []);

        let id = office.submitted(&app).await;
        office.screen(&app, id, ConceptScreening::Eligible, "").await.unwrap();
        assert_eq!(field(&office.decide(&app, id, ConceptDecision::NotInvited, "").await.unwrap_err()), ("/reason", Code::Required));
        office.decide(&app, id, ConceptDecision::NotInvited, "Three notes go further.").await.unwrap();
        assert_eq!(office.read(&app, &office.lead, id).await.reason.as_deref(), Some("Three notes go further."));
        let withdrawn = office.submitted(&app).await;
        let request = ConceptReasonRequest { reason: "Autre financement".into() };
        app.call_at(&office.lead, WithdrawConcept { concept_id: withdrawn }, 3, &request).await.unwrap();
        assert_eq!(office.screen(&app, withdrawn, ConceptScreening::Eligible, "").await.unwrap_err().code, Code::WrongState);
    }

    async fn a_draft_note_is_its_organisations_alone(app: TestApp) {
        let office = office(&app).await;
        let draft = office.draft(&app).await;
        let other = app.organisation("OTH", OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(other)).await;
        let reviewer = app.person(Role::Reviewer).await;
        let listed = async |by: &Person| app.get(by, ListConcepts {}, &ConceptQuery::default()).await.unwrap().items.len();
        for by in [&office.desk, &office.head, &stranger, &reviewer] {
            let refused = app.get(by, GetConcept { concept_id: draft }, &Nothing {}).await.unwrap_err();
            assert_eq!(refused.code, Code::NotFound);
            assert_eq!(listed(by).await, 0);
        }
        assert_eq!(listed(&office.member).await, 1);
        let id = office.submitted(&app).await;
        for (by, sees) in [(&office.desk, true), (&office.head, true), (&stranger, false), (&reviewer, false)] {
            assert_eq!(app.get(by, GetConcept { concept_id: id }, &Nothing {}).await.is_ok(), sees);
            assert_eq!(listed(by).await, usize::from(sees));
        }
        assert_eq!(listed(&office.lead).await, 2);
        let query = ConceptQuery { call_id: Some(office.call), state: Some(ConceptState::Submitted), after: None };
        assert_eq!(app.get(&office.lead, ListConcepts {}, &query).await.unwrap().items.len(), 1);
    }

    async fn the_stages_of_a_call_are_in_order_and_frozen_at_publication(app: TestApp) {
        let desk = app.person(Role::DeskOfficer).await;
        let head = app.person(Role::HeadOfDesk).await;
        let draft = call_draft(&app, &desk).await;
        let call_id = draft.call.id;
        for at in ["2026-03-01T08:00", "2026-03-31T17:00"] {
            let request = with_stage(&draft, Some(ConceptRules::at(local(at))));
            let problem = app.call_at(&desk, UpdateCall { call_id }, draft.version, &request).await.unwrap_err();
            assert_eq!(field(&problem), ("/definition/concept/closes_local", Code::DateOrder));
        }
        let request = with_stage(&draft, Some(ConceptRules::at(local("2026-03-10T17:00"))));
        let call = app.call_at(&desk, UpdateCall { call_id }, draft.version, &request).await.unwrap();
        assert_eq!(call.call.concepts_close_at.unwrap().to_string(), "2026-03-10T16:00:00Z");
        assert_eq!(call.blocking, []);
        // One that was copied may not fit the new call's times: it is told before publication.
        let copy = CreateCallRequest {
            fund_id: catalytic_fund::calls::store::get(&mut app.app.db.read().await.unwrap(), call_id).await.unwrap().unwrap().fund_id,
            code: "CIF-2026-03".into(),
            title: call.call.title.clone(),
            window: call.call.window,
            envelope: call.call.envelope,
            zone: "Africa/Niamey".into(),
            opens_local: local("2026-04-01T08:00"),
            closes_local: local("2026-04-30T17:00"),
            copy_of: Some(call_id),
        };
        let copied = app.call(&desk, CreateCall {}, &copy).await.unwrap();
        let blocking: Vec<_> = copied.blocking.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
        assert_eq!(blocking, [("/definition/concept/closes_local", Code::DateOrder)]);
        let published = app.call_at(&head, PublishCall { call_id }, call.version, &Nothing {}).await.unwrap();
        let one_stage = with_stage(&call, None);
        let frozen = app.call_at(&desk, UpdateCall { call_id }, published.version, &one_stage).await.unwrap_err();
        assert_eq!(frozen.code, Code::CallFrozen);
        let public = app.send(None, GetPublicCall { call_id }, &Nothing {}, &Nothing {}, &[]).await.unwrap();
        assert_eq!(public.call.concepts_close_at, call.call.concepts_close_at);
    }

    async fn a_call_with_one_stage_takes_no_notes(app: TestApp) {
        let desk = app.person(Role::DeskOfficer).await;
        let head = app.person(Role::HeadOfDesk).await;
        let draft = call_draft(&app, &desk).await;
        let call_id = draft.call.id;
        app.call_at(&head, PublishCall { call_id }, draft.version, &Nothing {}).await.unwrap();
        let applicant = app.organisation("UNS", OrganisationKind::University).await;
        let lead = app.person_of(Role::ApplicantLead, Some(applicant)).await;
        let request = CreateProposalRequest {
            organisation_id: applicant,
            title: "Assurance maladie".into(),
            country: "NE".into(),
            language: Language::Fr,
            currency: Currency::EUR,
        };
        let refused = app.call(&lead, CreateConcept { call_id }, &request).await.unwrap_err();
        assert_eq!(refused.code, Code::OneStage);
        app.call(&lead, CreateProposal { call_id }, &request).await.unwrap();
    }
}
