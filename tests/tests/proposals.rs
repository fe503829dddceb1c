//! Proposals: drafts and autosave, budgets (M1, M5–M10), submission, versions, screening, who sees what.

use axum::http::StatusCode;
use catalytic_fund::{execute, transact};
use serde_json::json;
use shared::calls::*;
use shared::currency::Currency;
use shared::endpoint::{BASE, Nothing};
use shared::ids::{CallId, FundId, OrganisationId, ProposalId};
use shared::money::{Money, Quantity};
use shared::people::{Language, OrganisationKind};
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::proposals::*;
use shared::time::Date;
use tests::{Person, TestApp, both};

/// The deadline of the test's call: 17:00 in Niamey.
const CLOSES: &str = "2026-03-12T16:00:00Z";

/// A call that is open, an applicant with two writers, a desk officer.
struct Office {
    call: CallId,
    applicant: OrganisationId,
    lead: Person,
    member: Person,
    desk: Person,
}

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

async fn office(app: &TestApp) -> Office {
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
    let desk = app.person(Role::DeskOfficer).await;
    let head = app.person(Role::HeadOfDesk).await;
    let request = CreateCallRequest {
        fund_id: fund,
        code: "CIF-2026-01".into(),
        title: Bilingual { en: "First call".into(), fr: "Premier appel".into() },
        window: FundingWindow::CountryImplementation,
        envelope: eur("200000"),
        zone: "Africa/Niamey".into(),
        opens_local: LocalTime::parse("2026-03-01T08:00").unwrap(),
        closes_local: LocalTime::parse("2026-03-12T17:00").unwrap(),
        copy_of: None,
    };
    let call = app.call(&desk, CreateCall {}, &request).await.unwrap();
    let call_id = call.call.id;
    app.call_at(&head, PublishCall { call_id }, call.version, &Nothing {}).await.unwrap();
    let applicant = app.organisation("UNS", OrganisationKind::University).await;
    let lead = app.person_of(Role::ApplicantLead, Some(applicant)).await;
    let member = app.person_of(Role::ApplicantMember, Some(applicant)).await;
    Office { call: call_id, applicant, lead, member, desk }
}

impl Office {
    async fn draft_in(&self, app: &TestApp, currency: Currency) -> ProposalId {
        let request = CreateProposalRequest {
            organisation_id: self.applicant,
            title: "Assurance maladie à Niamey".into(),
            country: "NE".into(),
            language: Language::Fr,
            currency,
        };
        app.call(&self.lead, CreateProposal { call_id: self.call }, &request).await.unwrap().id
    }

    async fn draft(&self, app: &TestApp) -> ProposalId {
        self.draft_in(app, Currency::EUR).await
    }

    async fn read(&self, app: &TestApp, proposal_id: ProposalId) -> Proposal {
        app.get(&self.lead, GetProposal { proposal_id }, &Nothing {}).await.unwrap()
    }

    async fn save_budget(
        &self,
        app: &TestApp,
        proposal_id: ProposalId,
        version: i64,
        lines: Vec<BudgetLine>,
    ) -> Result<SavedBudget, Problem> {
        app.call_at(&self.lead, SaveBudget { proposal_id }, version, &SaveBudgetRequest { lines }).await
    }

    /// Fills in everything that is required.
    async fn complete(&self, app: &TestApp, proposal_id: ProposalId) {
        let proposal = self.read(app, proposal_id).await;
        let working = proposal.working.unwrap();
        let details = UpdateProposalRequest {
            title: proposal.content.details.title,
            country: "NE".into(),
            duration_months: Some(12),
            partners: vec![],
        };
        app.call_at(&self.lead, UpdateProposal { proposal_id }, working.details_version, &details).await.unwrap();
        for answer in working.answers {
            self.answer(app, proposal_id, &answer.question, answer.version, "Une réponse.").await.unwrap();
        }
        self.save_budget(app, proposal_id, working.budget_version, vec![line("staff", eur("50000.00"))]).await.unwrap();
    }

    async fn answer(
        &self,
        app: &TestApp,
        proposal_id: ProposalId,
        question: &str,
        version: i64,
        body: &str,
    ) -> Result<WorkingAnswer, Problem> {
        let endpoint = SaveAnswer { proposal_id, question: question.into() };
        app.call_at(&self.lead, endpoint, version, &SaveAnswerRequest { body: body.into() }).await
    }

    async fn submit(&self, app: &TestApp, proposal_id: ProposalId) -> Result<Receipt, Problem> {
        let version = self.read(app, proposal_id).await.version;
        let request = SubmitProposalRequest { is_declared: true };
        app.call_at(&self.lead, SubmitProposal { proposal_id }, version, &request).await
    }

    async fn submitted(&self, app: &TestApp) -> (ProposalId, Receipt) {
        let id = self.draft(app).await;
        self.complete(app, id).await;
        (id, self.submit(app, id).await.unwrap())
    }

    async fn screen(
        &self,
        app: &TestApp,
        proposal_id: ProposalId,
        outcome: ScreeningOutcome,
        reason: &str,
        due_on: Option<&str>,
    ) -> Result<ProposalStatus, Problem> {
        let version = app.get(&self.desk, GetProposal { proposal_id }, &Nothing {}).await.unwrap().version;
        let due_on = due_on.map(|day| Date::parse(day).unwrap());
        let request = ScreenProposalRequest { outcome, reason: reason.into(), due_on };
        app.call_at(&self.desk, ScreenProposal { proposal_id }, version, &request).await
    }
}

fn line(category: &str, unit_cost: Money) -> BudgetLine {
    BudgetLine {
        category: category.into(),
        activity: "Formation".into(),
        unit: "forfait".into(),
        quantity: Quantity::parse("1").ok(),
        unit_cost: Some(unit_cost),
        period: String::new(),
        source: LineSource::Grant,
        total: None,
    }
}

fn field(problem: &Problem) -> (&str, Code) {
    let error = problem.errors.first().unwrap_or_else(|| panic!("{problem:?}"));
    (error.pointer.as_str(), error.code)
}

both! {
    async fn m1_m5_bad_amounts_are_field_errors_and_store_nothing(app: TestApp) {
        let office = office(&app).await;
        let euros = office.draft(&app).await;
        let francs = office.draft_in(&app, Currency::XAF).await;
        let many = "9".repeat(30);
        for (currency, amount, code) in [
            ("EUR", "1e3", "amount_format"),
            ("EUR", "1_000", "amount_format"),
            ("EUR", " 1", "amount_format"),
            ("EUR", "NaN", "amount_format"),
            ("EUR", "1.000,00", "amount_format"),
            ("EUR", "", "amount_format"),
            ("EUR", many.as_str(), "amount_range"),
            ("EUR", "1.005", "amount_precision"),
            ("EUR", "-1", "amount_not_positive"),
            ("EUR", "0", "amount_not_positive"),
            ("XAF", "100.50", "amount_precision"),
            ("XAF", "-100", "amount_not_positive"),
        ] {
            let id = if currency == "XAF" { francs } else { euros };
            let body = json!({ "lines": [{
                "category": "staff", "activity": "a", "unit": "u", "quantity": "1", "period": "", "source": "grant",
                "unit_cost": { "amount": amount, "currency": currency },
            }]});
            let raw = app
                .raw(Some(&office.lead), "PUT", &format!("{BASE}/proposals/{id}/budget"), Some(body.to_string()), &[("if-match", "1")])
                .await;
            assert_eq!(raw.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount:?}: {}", raw.text());
            let problem: Problem = serde_json::from_slice(&raw.bytes).unwrap();
            let error = &problem.errors[0];
            assert_eq!((error.pointer.as_str(), error.code.as_str()), ("/lines/0/unit_cost", code), "{amount:?}");
        }
        for (quantity, code) in [("1e3", Code::AmountFormat), ("0", Code::AmountNotPositive), ("-1", Code::AmountNotPositive), ("0.0001", Code::AmountPrecision)] {
            let body = json!({ "lines": [{
                "category": "staff", "activity": "a", "unit": "u", "quantity": quantity, "period": "", "source": "grant",
                "unit_cost": { "amount": "1.00", "currency": "EUR" },
            }]});
            let raw = app
                .raw(Some(&office.lead), "PUT", &format!("{BASE}/proposals/{euros}/budget"), Some(body.to_string()), &[("if-match", "1")])
                .await;
            let problem: Problem = serde_json::from_slice(&raw.bytes).unwrap();
            assert_eq!(field(&problem), ("/lines/0/quantity", code), "{quantity:?}");
        }
        for id in [euros, francs] {
            let budget = app.get(&office.lead, GetBudget { proposal_id: id }, &Nothing {}).await.unwrap();
            assert_eq!((budget.budget_version, budget.budget.lines), (1, Some(vec![])), "nothing is stored");
        }
    }

    async fn m5_a_budget_has_one_currency(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        let lines = vec![line("staff", eur("1.00")), line("travel", Money::from_minor(5, Currency::XAF))];
        let problem = office.save_budget(&app, id, 1, lines).await.unwrap_err();
        assert_eq!(field(&problem), ("/lines/1/unit_cost", Code::CurrencyMismatch));
    }

    async fn m6_m7_the_server_computes_totals_and_keeps_the_lines_in_order(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        let half = BudgetLine { quantity: Quantity::parse("2.5").ok(), ..line("travel", eur("0.01")) };
        let unfinished = BudgetLine { unit_cost: None, ..line("", eur("1")) };
        let saved = office.save_budget(&app, id, 1, vec![line("staff", eur("333.33")), half, unfinished]).await.unwrap();
        let totals: Vec<_> = saved.budget.lines.unwrap().into_iter().map(|l| l.total).collect();
        assert_eq!(totals, [Some(eur("333.33")), Some(eur("0.03")), None]);
        assert_eq!(saved.budget.totals.total, eur("333.36"));
        assert_eq!(saved.budget_version, 2);
        let read = app.get(&office.member, GetBudget { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(read.budget.lines.unwrap().len(), 3);
        assert_eq!(read.budget.totals.total, eur("333.36"), "the sum of what is shown (M3)");
        let row = app.get(&office.lead, ListProposals {}, &ProposalQuery::default()).await.unwrap().items.remove(0);
        assert_eq!(row.requested, eur("333.36"));

        let stated = BudgetLine { total: Some(eur("333.34")), ..line("staff", eur("333.33")) };
        let problem = office.save_budget(&app, id, 2, vec![line("staff", eur("1")), stated]).await.unwrap_err();
        assert_eq!(field(&problem), ("/lines/1/total", Code::LineTotalMismatch));
        assert_eq!(problem.errors[0].params["expected"], "EUR 333.33");
    }

    async fn m8_m9_a_budget_that_breaks_a_cap_is_kept_and_blocks_submission(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        office.complete(&app, id).await;
        let broken = vec![line("staff", eur("100000.00")), line("indirect", eur("7000.01"))];
        let saved = office.save_budget(&app, id, 2, broken).await.unwrap();
        assert_eq!((saved.errors[0].pointer.as_str(), saved.errors[0].code), ("/totals/indirect", Code::IndirectCap));
        let problem = office.submit(&app, id).await.unwrap_err();
        assert_eq!(field(&problem), ("/budget/totals/indirect", Code::IndirectCap));
        assert_eq!(problem.errors[0].params["max"], "EUR 7000.00", "the amount that would pass");
        let passes = vec![line("staff", eur("100000.00")), line("indirect", eur("7000.00"))];
        office.save_budget(&app, id, 3, passes).await.unwrap();
        office.submit(&app, id).await.unwrap();
    }

    async fn m51_the_request_in_francs_is_shown_in_euro_at_the_calls_rate(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft_in(&app, Currency::XAF).await;
        let saved = office.save_budget(&app, id, 1, vec![line("staff", Money::from_minor(32_797_850, Currency::XAF))]).await.unwrap();
        assert_eq!(saved.budget.totals.requested_eur, eur("50000.00"));
        let row = app.get(&office.lead, ListProposals {}, &ProposalQuery::default()).await.unwrap().items.remove(0);
        assert_eq!((row.requested.to_string(), row.requested_eur), ("XAF 32797850".into(), eur("50000.00")));
    }

    async fn autosave_keeps_every_word_and_a_retry_is_no_conflict(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        let question = office.read(&app, id).await.working.unwrap().answers[0].question.clone();
        let first = office.answer(&app, id, &question, 0, "un\r\n\r\n• deux\u{0}").await.unwrap();
        assert_eq!((first.body.as_str(), first.version), ("un\n\n• deux", 1));
        let again = office.answer(&app, id, &question, 0, "un\n\n• deux").await.unwrap();
        assert_eq!(again.version, 1, "the answer to the first try was lost on the way");
        office.answer(&app, id, &question, 1, "un deux trois").await.unwrap();
        let stale = office.answer(&app, id, &question, 1, "autre chose").await.unwrap_err();
        assert_eq!((stale.code, stale.params["version"].as_str()), (Code::StaleVersion, "2"));
        let theirs = app.get(&office.member, GetAnswer { proposal_id: id, question: question.clone() }, &Nothing {}).await.unwrap();
        assert_eq!((theirs.body.as_str(), theirs.version), ("un deux trois", 2));
        let unknown = office.answer(&app, id, "no_such_question", 0, "x").await.unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
        let long = "mot ".repeat(2_000);
        office.answer(&app, id, &question, 2, &long).await.expect("a text over its limit is kept");
        let proposal = office.read(&app, id).await;
        assert!(proposal.working.unwrap().missing.iter().any(|e| e.code == Code::TooManyWords));
        let other = office.read(&app, id).await.working.unwrap().answers[1].clone();
        assert_eq!(other.version, 0, "each answer has a version of its own");
    }

    async fn a_submission_is_locked_hashed_and_numbered(app: TestApp) {
        let office = office(&app).await;
        let (id, receipt) = office.submitted(&app).await;
        assert_eq!((receipt.number.as_str(), receipt.version_number), ("CIF-2026-01-001", 1));
        assert_eq!(receipt.submitted_at.to_string(), "2026-03-02T09:00:00Z");
        let proposal = office.read(&app, id).await;
        assert_eq!(proposal.summary.state, ProposalState::Submitted);
        assert_eq!(proposal.receipt.as_ref(), Some(&receipt));
        let version = app.get(&office.desk, GetVersion { proposal_id: id, number: 1 }, &Nothing {}).await.unwrap();
        let canonical = serde_json::to_string(&serde_json::to_value(&version.content).unwrap()).unwrap();
        assert_eq!(catalytic_fund::audit::sha256_hex(&[canonical.as_bytes()]), receipt.sha256);

        let twice = office.submit(&app, id).await.unwrap_err();
        assert_eq!((twice.code, twice.params["state"].as_str()), (Code::WrongState, "submitted"));
        let locked = office.answer(&app, id, "summary", 1, "other").await.unwrap_err();
        assert_eq!(locked.code, Code::WrongState);
        let (_, second) = office.submitted(&app).await;
        assert_eq!(second.number, "CIF-2026-01-002");
    }

    async fn a_double_submission_wins_once(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        office.complete(&app, id).await;
        let (a, b) = tokio::join!(office.submit(&app, id), office.submit(&app, id));
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
        let versions = app.get(&office.lead, ListVersions { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(versions.items.len(), 1);
    }

    async fn an_incomplete_or_undeclared_proposal_is_not_submitted(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        let problem = office.submit(&app, id).await.unwrap_err();
        let codes: Vec<Code> = problem.errors.iter().map(|e| e.code).collect();
        for code in [Code::Required, Code::AnswerMissing, Code::BudgetEmpty] {
            assert!(codes.contains(&code), "{code:?} in {codes:?}");
        }
        let check = app.get(&office.lead, CheckProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(check.missing, problem.errors, "the list is the same before and at submission");
        office.complete(&app, id).await;
        let version = office.read(&app, id).await.version;
        let undeclared = SubmitProposalRequest { is_declared: false };
        let problem = app.call_at(&office.lead, SubmitProposal { proposal_id: id }, version, &undeclared).await.unwrap_err();
        assert_eq!(field(&problem), ("/is_declared", Code::Required));
        let declared = SubmitProposalRequest { is_declared: true };
        let problem = app.call_at(&office.lead, SubmitProposal { proposal_id: id }, version - 1, &declared).await.unwrap_err();
        assert_eq!(problem.code, Code::StaleVersion);
        let raw = app.raw(Some(&office.lead), "POST", &format!("{BASE}/proposals/{id}/submission"), Some(r#"{"is_declared":true}"#.into()), &[]).await;
        assert_eq!(raw.status.as_u16(), 428);
        assert_eq!(office.read(&app, id).await.summary.state, ProposalState::Draft);
    }

    async fn the_deadline_is_exact_and_the_draft_is_kept(app: TestApp) {
        let office = office(&app).await;
        let in_time = office.draft(&app).await;
        let late = office.draft(&app).await;
        office.complete(&app, in_time).await;
        office.complete(&app, late).await;
        app.set_clock("2026-03-12T15:59:59.999999Z");
        office.submit(&app, in_time).await.expect("a microsecond before the deadline");
        app.set_clock(CLOSES);
        let problem = office.submit(&app, late).await.unwrap_err();
        assert_eq!(problem.code, Code::DeadlinePassed);
        let kept = office.read(&app, late).await;
        assert_eq!(kept.summary.state, ProposalState::Draft);
        assert_eq!(kept.content.answers[0].body, "Une réponse.");
        assert!(!kept.actions.contains(&ProposalAction::Edit));
        let problem = office.answer(&app, late, "summary", 1, "too late").await.unwrap_err();
        assert_eq!(problem.code, Code::DeadlinePassed);
        let request = CreateProposalRequest {
            organisation_id: office.applicant, title: "T".into(), country: "NE".into(), language: Language::Fr, currency: Currency::EUR,
        };
        let problem = app.call(&office.lead, CreateProposal { call_id: office.call }, &request).await.unwrap_err();
        assert_eq!(problem.code, Code::DeadlinePassed);
    }

    async fn reopening_never_endangers_what_was_submitted(app: TestApp) {
        let office = office(&app).await;
        let (id, first) = office.submitted(&app).await;
        let version = office.read(&app, id).await.version;
        app.call_at(&office.lead, ReopenProposal { proposal_id: id }, version, &Nothing {}).await.unwrap();
        office.answer(&app, id, "summary", 1, "Une meilleure réponse.").await.unwrap();
        let row = app.get(&office.lead, ListProposals {}, &ProposalQuery::default()).await.unwrap().items.remove(0);
        assert_eq!((row.state, row.is_reopened), (ProposalState::Submitted, true));
        let theirs = app.get(&office.desk, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(theirs.content.answer("summary"), "Une réponse.", "others read what was submitted");
        assert!(theirs.working.is_none());

        let second = office.submit(&app, id).await.unwrap();
        assert_eq!((second.number.as_str(), second.version_number), (first.number.as_str(), 2));
        let theirs = app.get(&office.desk, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(theirs.content.answer("summary"), "Une meilleure réponse.");
        let old = app.get(&office.desk, GetVersion { proposal_id: id, number: 1 }, &Nothing {}).await.unwrap();
        assert_eq!(old.content.answer("summary"), "Une réponse.", "every version stays");

        let version = office.read(&app, id).await.version;
        app.call_at(&office.lead, ReopenProposal { proposal_id: id }, version, &Nothing {}).await.unwrap();
        office.answer(&app, id, "summary", 2, "Jamais envoyée.").await.unwrap();
        app.set_clock(CLOSES);
        assert_eq!(office.submit(&app, id).await.unwrap_err().code, Code::DeadlinePassed);
        let theirs = app.get(&office.desk, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(theirs.content.answer("summary"), "Une meilleure réponse.", "version 2 counts");
        assert_eq!(office.read(&app, id).await.content.answer("summary"), "Jamais envoyée.", "the unsent text is kept");
        office.screen(&app, id, ScreeningOutcome::Screened, "", None).await.unwrap();
    }

    async fn two_people_write_at_once_and_a_stale_budget_is_told(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        office.answer(&app, id, "summary", 0, "Texte").await.unwrap();
        let saved = office.save_budget(&app, id, 1, vec![line("staff", eur("1"))]).await.unwrap();
        let stale = office.save_budget(&app, id, 1, vec![line("staff", eur("2"))]).await.unwrap_err();
        assert_eq!((stale.code, stale.params["version"].as_str()), (Code::StaleVersion, "2"));
        let same = office.save_budget(&app, id, 1, vec![line("staff", eur("1"))]).await.unwrap();
        assert_eq!(same.budget_version, saved.budget_version, "a retry is no conflict");
        let details = UpdateProposalRequest { title: "T".into(), country: "NE".into(), duration_months: Some(3), partners: vec![] };
        app.call_at(&office.member, UpdateProposal { proposal_id: id }, 1, &details).await.unwrap();
        let other = UpdateProposalRequest { duration_months: Some(4), ..details };
        let stale = app.call_at(&office.lead, UpdateProposal { proposal_id: id }, 1, &other).await.unwrap_err();
        assert_eq!(stale.code, Code::StaleVersion);
    }

    async fn details_are_checked_field_by_field(app: TestApp) {
        let office = office(&app).await;
        let id = office.draft(&app).await;
        let good = UpdateProposalRequest { title: "T".into(), country: "NE".into(), duration_months: Some(3), partners: vec![] };
        for (request, pointer, code) in [
            (UpdateProposalRequest { title: " ".into(), ..good.clone() }, "/title", Code::Required),
            (UpdateProposalRequest { title: "x".repeat(201), ..good.clone() }, "/title", Code::TooLong),
            (UpdateProposalRequest { country: "Niger".into(), ..good.clone() }, "/country", Code::NotAChoice),
            (UpdateProposalRequest { duration_months: Some(0), ..good.clone() }, "/duration_months", Code::AmountNotPositive),
            (UpdateProposalRequest { partners: vec![office.applicant], ..good.clone() }, "/partners/0", Code::NotAChoice),
        ] {
            let problem = app.call_at(&office.lead, UpdateProposal { proposal_id: id }, 1, &request).await.unwrap_err();
            assert_eq!(field(&problem), (pointer, code));
        }
        let raw = app
            .raw(Some(&office.lead), "PUT", &format!("{BASE}/proposals/{id}"), Some(json!({"title": "T", "country": "NE", "duration_months": null, "partners": [], "state": "decided"}).to_string()), &[("if-match", "1")])
            .await;
        assert!(raw.text().contains("unknown_field"), "{}", raw.text());
        let partner = app.organisation("AEHIN", OrganisationKind::Network).await;
        let named = UpdateProposalRequest { partners: vec![partner], ..good };
        let saved = app.call_at(&office.lead, UpdateProposal { proposal_id: id }, 1, &named).await.unwrap();
        assert_eq!(saved.details.partners[0].code, "AEHIN");
    }

    async fn others_organisations_do_not_know_of_it(app: TestApp) {
        let office = office(&app).await;
        let (id, _) = office.submitted(&app).await;
        let draft = office.draft(&app).await;
        let elsewhere = app.organisation("OTHER", OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(elsewhere)).await;
        for proposal_id in [id, draft] {
            assert_eq!(app.get(&stranger, GetProposal { proposal_id }, &Nothing {}).await.unwrap_err().code, Code::NotFound);
            let body = SaveAnswerRequest { body: "mine".into() };
            let endpoint = SaveAnswer { proposal_id, question: "summary".into() };
            assert_eq!(app.call_at(&stranger, endpoint, 0, &body).await.unwrap_err().code, Code::NotFound);
            let reason = WithdrawProposalRequest { reason: "x".into() };
            assert_eq!(app.call_at(&stranger, WithdrawProposal { proposal_id }, 1, &reason).await.unwrap_err().code, Code::NotFound);
        }
        assert!(app.get(&stranger, ListProposals {}, &ProposalQuery::default()).await.unwrap().items.is_empty());
        let request = CreateProposalRequest {
            organisation_id: office.applicant, title: "T".into(), country: "NE".into(), language: Language::Fr, currency: Currency::EUR,
        };
        assert_eq!(app.call(&stranger, CreateProposal { call_id: office.call }, &request).await.unwrap_err().code, Code::NotFound);
        assert_eq!(app.call(&office.desk, CreateProposal { call_id: office.call }, &request).await.unwrap_err().code, Code::Forbidden);
        assert_eq!(app.get(&office.desk, GetProposal { proposal_id: draft }, &Nothing {}).await.unwrap_err().code, Code::NotFound, "a draft is the applicant's own");
        let endpoint = SaveAnswer { proposal_id: id, question: "summary".into() };
        let problem = app.call_at(&office.desk, endpoint, 1, &SaveAnswerRequest { body: "x".into() }).await.unwrap_err();
        assert_eq!(problem.code, Code::Forbidden, "known, but not the desk's to write");
    }

    async fn advisors_and_hubs_see_no_budget_detail(app: TestApp) {
        let office = office(&app).await;
        let (id, _) = office.submitted(&app).await;
        for role in [Role::Advisor, Role::Hub] {
            let person = app.person(role).await;
            let read = app.get(&person, GetProposal { proposal_id: id }, &Nothing {}).await;
            let content = match read {
                Ok(proposal) => proposal.content,
                Err(problem) => {
                    assert_eq!(problem.code, Code::DeclarationRequired);
                    continue;
                }
            };
            assert_eq!(content.budget, None, "{role}");
            let version = app.get(&person, GetVersion { proposal_id: id, number: 1 }, &Nothing {}).await.unwrap();
            assert_eq!(version.content.budget, None, "{role}");
        }
        let desk = app.get(&office.desk, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        assert_eq!(desk.content.budget.unwrap().lines.unwrap().len(), 1);
        let endorser = app.person_of(Role::Endorser, Some(office.applicant)).await;
        let read = app.get(&endorser, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap();
        let budget = read.content.budget.unwrap();
        assert_eq!((budget.lines, budget.totals.total), (None, eur("50000.00")), "an endorser sees the sums");
    }

    async fn k1_voters_and_reviewers_declare_before_they_read(app: TestApp) {
        let office = office(&app).await;
        let (id, _) = office.submitted(&app).await;
        let funder = app.organisation("BMZ", OrganisationKind::Funder).await;
        let voter = app.person_of(Role::SteeringVoter, Some(funder)).await;
        for result in [
            app.get(&voter, GetProposal { proposal_id: id }, &Nothing {}).await.map(|_| ()),
            app.get(&voter, GetVersion { proposal_id: id, number: 1 }, &Nothing {}).await.map(|_| ()),
            app.get(&voter, ListVersions { proposal_id: id }, &Nothing {}).await.map(|_| ()),
        ] {
            assert_eq!(result.unwrap_err().code, Code::DeclarationRequired);
        }
        let reviewer = app.person(Role::Reviewer).await;
        let unassigned = app.get(&reviewer, GetProposal { proposal_id: id }, &Nothing {}).await.unwrap_err();
        assert_eq!(unassigned.code, Code::NotFound, "a reviewer knows of what is assigned");
    }

    async fn screening_waits_for_the_deadline_and_gives_reasons(app: TestApp) {
        let office = office(&app).await;
        let (eligible, _) = office.submitted(&app).await;
        let (ineligible, _) = office.submitted(&app).await;
        let early = office.screen(&app, eligible, ScreeningOutcome::Screened, "", None).await.unwrap_err();
        assert_eq!(early.code, Code::WrongState, "the applicant may still change it");
        app.set_clock(CLOSES);
        let status = office.screen(&app, eligible, ScreeningOutcome::Screened, "", None).await.unwrap();
        assert_eq!(status.state, ProposalState::Screened);
        let bare = office.screen(&app, ineligible, ScreeningOutcome::Ineligible, " ", None).await.unwrap_err();
        assert_eq!(field(&bare), ("/reason", Code::Required));
        office.screen(&app, ineligible, ScreeningOutcome::Ineligible, "Hors zone.", None).await.unwrap();
        let read = office.read(&app, ineligible).await;
        assert_eq!((read.summary.state, read.reason.as_deref()), (ProposalState::Ineligible, Some("Hors zone.")));
        let again = office.screen(&app, ineligible, ScreeningOutcome::Screened, "", None).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
        let version = office.read(&app, eligible).await.version;
        let request = ScreenProposalRequest { outcome: ScreeningOutcome::Screened, reason: String::new(), due_on: None };
        let problem = app.call_at(&office.lead, ScreenProposal { proposal_id: eligible }, version, &request).await.unwrap_err();
        assert_eq!(problem.code, Code::Forbidden);
    }

    async fn more_info_opens_the_working_copy_until_its_day_is_over(app: TestApp) {
        let office = office(&app).await;
        let (id, _) = office.submitted(&app).await;
        app.set_clock(CLOSES);
        let bare = office.screen(&app, id, ScreeningOutcome::MoreInfo, "Le statut ?", None).await.unwrap_err();
        assert_eq!(field(&bare), ("/due_on", Code::Required));
        let past = office.screen(&app, id, ScreeningOutcome::MoreInfo, "Le statut ?", Some("2026-03-11")).await.unwrap_err();
        assert_eq!(field(&past), ("/due_on", Code::DateOrder));
        office.screen(&app, id, ScreeningOutcome::MoreInfo, "Le statut ?", Some("2026-03-20")).await.unwrap();
        let read = office.read(&app, id).await;
        assert_eq!(read.summary.due_at.to_string(), "2026-03-20T23:00:00Z", "the end of the day in Niamey");
        office.answer(&app, id, "summary", 1, "Avec le statut.").await.unwrap();
        app.set_clock("2026-03-20T22:59:59Z");
        let receipt = office.submit(&app, id).await.unwrap();
        assert_eq!(receipt.version_number, 2);
        office.screen(&app, id, ScreeningOutcome::MoreInfo, "Encore ?", Some("2026-03-25")).await.unwrap();
        app.set_clock("2026-03-25T23:00:00Z");
        assert_eq!(office.answer(&app, id, "summary", 2, "x").await.unwrap_err().code, Code::DeadlinePassed);
        assert_eq!(office.submit(&app, id).await.unwrap_err().code, Code::DeadlinePassed);
        office.screen(&app, id, ScreeningOutcome::Screened, "", None).await.expect("the desk goes on with version 2");
    }

    async fn a_proposal_is_withdrawn_with_a_reason_and_leaves_a_trace(app: TestApp) {
        let office = office(&app).await;
        let (id, _) = office.submitted(&app).await;
        let version = office.read(&app, id).await.version;
        let bare = WithdrawProposalRequest { reason: String::new() };
        let problem = app.call_at(&office.lead, WithdrawProposal { proposal_id: id }, version, &bare).await.unwrap_err();
        assert_eq!(field(&problem), ("/reason", Code::Required));
        let request = WithdrawProposalRequest { reason: "Autre financement.".into() };
        let status = app.call_at(&office.member, WithdrawProposal { proposal_id: id }, version, &request).await.unwrap();
        assert_eq!(status.state, ProposalState::Withdrawn);
        let again = app.call_at(&office.lead, WithdrawProposal { proposal_id: id }, status.version, &request).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
        let mut tx = app.app.db.read().await.unwrap();
        let actions: Vec<(String, Option<String>)> = catalytic_fund::on!(&mut tx, |c| sqlx::query_as(
            "SELECT action, reason FROM audit_log WHERE object_id = $1 ORDER BY seq"
        )
        .bind(id)
        .fetch_all(c)
        .await)
        .unwrap();
        assert_eq!(actions.first().unwrap().0, "proposal.created");
        assert!(actions.iter().any(|(action, _)| action == "proposal.submitted"));
        assert_eq!(actions.last().unwrap(), &("proposal.withdrawn".to_owned(), Some("Autre financement.".to_owned())));
    }

    async fn the_list_is_filtered_searched_and_paged(app: TestApp) {
        let office = office(&app).await;
        for _ in 0..51 {
            office.draft(&app).await;
        }
        let (id, _) = office.submitted(&app).await;
        let first = app.get(&office.lead, ListProposals {}, &ProposalQuery::default()).await.unwrap();
        assert_eq!((first.items.len(), first.items[0].id), (50, id), "newest first");
        let rest = app.get(&office.lead, ListProposals {}, &ProposalQuery { after: first.next, ..Default::default() }).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (2, None));
        for query in [
            ProposalQuery { state: Some(ProposalState::Submitted), ..Default::default() },
            ProposalQuery { search: Some("cif-2026-01-001".into()), ..Default::default() },
            ProposalQuery { mine: Some(true), search: Some("CIF-2026-01-0".into()), call_id: Some(office.call), ..Default::default() },
        ] {
            let found = app.get(&office.lead, ListProposals {}, &query).await.unwrap();
            assert_eq!(found.items.iter().map(|p| p.id).collect::<Vec<_>>(), [id], "{query:?}");
        }
        let nothing = ProposalQuery { search: Some("100%".into()), ..Default::default() };
        assert!(app.get(&office.lead, ListProposals {}, &nothing).await.unwrap().items.is_empty());
        for role in [Role::DeskOfficer, Role::Advisor, Role::Auditor] {
            let person = app.person(role).await;
            let seen = app.get(&person, ListProposals {}, &ProposalQuery::default()).await.unwrap();
            assert_eq!(seen.items.iter().map(|p| p.id).collect::<Vec<_>>(), [id], "{role} sees what was submitted");
        }
        let admin = app.person(Role::Admin).await;
        let refused = app.get(&admin, ListProposals {}, &ProposalQuery::default()).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        let wrong = app.raw(Some(&office.lead), "GET", &format!("{BASE}/proposals?state=lost"), None, &[]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
