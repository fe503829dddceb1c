//! Agreements, tranche plans, payments (M23, M30, M31, M32, M34, M60, M70).

use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, fund, jobs, on, transact};
use shared::batches::{BatchRequest, CreateBatch, ListCandidates, Obstacle};
use shared::endpoint::Nothing;
use shared::fund::{
    ConfirmReceipt, ContributionDraft, CreateContribution, Earmark, EntryKind, JournalQuery, LineKey, ListJournal,
    PrepareReceipt, ReceiptDraft, SignContribution, SignContributionRequest,
};
use shared::grants::*;
use shared::home::{GetHome, TaskKind};
use shared::ids::{AgreementId, DisbursementId};
use shared::money::{Money, Rate};
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::rates::ReasonRequest;
use shared::waitlist::{GetWaitlist, ReleaseReservation, ReserveRequest, ReserveWaiting};
use tests::money::{IBAN, World, account_draft, eur, key, rate, today};
use tests::{Person, both};
use uuid::Uuid;

const GOLDEN: [&str; 3] = ["40000", "50000", "10000"];

async fn prepare(world: &World<'_>, grant: &Grant, tranche: usize, amount: Money) -> Result<Grant, Problem> {
    let draft = DisbursementDraft { tranche_id: grant.tranches[tranche].id, amount };
    world.once(&world.preparer, PrepareDisbursement { agreement_id: grant.id }, None, &draft).await
}

/// A payment's id and version, the last one of the grant.
fn last(grant: &Grant) -> (DisbursementId, i64) {
    let payment = grant.disbursements.last().unwrap();
    (payment.id, payment.version)
}

async fn verify(world: &World<'_>, by: &Person, grant: &Grant) -> Result<Grant, Problem> {
    let (disbursement_id, version) = last(grant);
    world.app.call_at(by, VerifyDisbursement { disbursement_id }, version, &Nothing {}).await
}

async fn approve(world: &World<'_>, by: &Person, grant: &Grant) -> Result<Grant, Problem> {
    let (disbursement_id, version) = last(grant);
    world.app.call_at(by, ApproveDisbursement { disbursement_id }, version, &Nothing {}).await
}

async fn instruct(world: &World<'_>, grant: &Grant) -> Result<Grant, Problem> {
    let (disbursement_id, version) = last(grant);
    world.app.call_at(&world.preparer, InstructDisbursement { disbursement_id }, version, &Nothing {}).await
}

async fn instructed(world: &World<'_>, grant: &Grant, tranche: usize, amount: Money) -> Grant {
    let grant = prepare(world, grant, tranche, amount).await.unwrap();
    let grant = verify(world, &world.desk, &grant).await.unwrap();
    let grant = approve(world, &world.approver, &grant).await.unwrap();
    instruct(world, &grant).await.unwrap()
}

/// Prepared, verified and approved on the first tranche.
async fn approved_payment(world: &World<'_>, grant: &Grant, amount: Money) -> Grant {
    let grant = prepare(world, grant, 0, amount).await.unwrap();
    let grant = verify(world, &world.desk, &grant).await.unwrap();
    approve(world, &world.approver, &grant).await.unwrap()
}

fn payment(reference: &str) -> Payment {
    Payment { bank_reference: reference.into(), value_date: today() }
}

async fn pay(world: &World<'_>, grant: &Grant, key: &str, payment: &Payment) -> Result<Grant, Problem> {
    let (disbursement_id, version) = last(grant);
    world.with_key(&world.preparer, PayDisbursement { disbursement_id }, Some(version), payment, key).await
}

/// Changes the plan of a fresh draft and gives the answer.
async fn replan(world: &World<'_>, plan: &[&str]) -> Result<Grant, Problem> {
    let decision_id = world.approved("100000").await;
    let draft = world.draft(decision_id, &GOLDEN);
    let grant = world.once(&world.desk, CreateAgreement {}, None, &draft).await.unwrap();
    let request = TranchePlan { tranches: world.plan(plan) };
    world.app.call_at(&world.desk, ReplaceTranchePlan { agreement_id: grant.id }, grant.version, &request).await
}

/// A draft, approved and sent to the recipient.
async fn dispatched(world: &World<'_>, grant: &Grant) -> Grant {
    let agreement_id = grant.id;
    let approve = ApproveAgreement { agreement_id };
    let grant = world.app.call_at(&world.head, approve, grant.version, &Nothing {}).await.unwrap();
    world.app.call_at(&world.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap()
}

/// An agreement written and sent.
async fn sent(world: &World<'_>, draft: &AgreementDraft) -> Grant {
    let grant = world.once(&world.desk, CreateAgreement {}, None, draft).await.unwrap();
    dispatched(world, &grant).await
}

/// An instructed payment written past the service, to test what stands behind it.
async fn smuggle(world: &World<'_>, grant: &Grant, minor: i64) -> DisbursementId {
    let id = DisbursementId(Uuid::now_v7());
    let number = id.0.to_string();
    let now = world.app.app.clock.now();
    transact!(world.app.app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO disbursements (id, agreement_id, tranche_id, number, amount_minor, state, prepared_by, prepared_at,
                 verified_by, approved_by, account_id, end_to_end_id)
             VALUES ($1, $2, $3, $4, $5, 'instructed', $6, $7, $8, $9, $10, $11)",
            id, grant.id, grant.tranches[0].id, &number, minor, world.preparer.id, now, world.desk.id, world.approver.id,
            grant.accounts[0].id, id.0.simple().to_string()
        )?;
        Ok::<(), ApiError>(())
    })
    .unwrap();
    id
}

both! {
    async fn the_golden_first_tranche_is_24_000_and_16_000(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        assert_eq!((grant.state, grant.amount, grant.total), (AgreementState::Active, eur("100000"), eur("125000")));
        assert_eq!((grant.funding_rate.numerator(), grant.funding_rate.denominator()), (4, 5));
        let grant = instructed(&world, &grant, 0, eur("40000")).await;
        assert_eq!(grant.disbursements[0].next, PaymentStep::Pay);
        let grant = pay(&world, &grant, &key(), &payment("BANK-1")).await.unwrap();
        let paid = &grant.disbursements[0];
        assert_eq!((paid.state, grant.disbursed, grant.undisbursed), (DisbursementState::Paid, eur("40000"), eur("60000")));
        let split: Vec<_> = paid.split.iter().map(|part| (part.donor.code.as_str(), part.amount)).collect();
        assert_eq!(split, [("BMZ", eur("24000")), ("SDC", eur("16000"))]);
        assert_eq!(grant.tranches[0].state, TrancheState::Paid);
        let status = world.status().await;
        let line = |key| status.cash.iter().find(|l| l.key == key).unwrap().amount;
        assert_eq!((line(LineKey::Disbursed), line(LineKey::Cash)), (eur("40000"), eur("960000")));
        assert_eq!((status.calls[0].committed, status.calls[0].disbursed), (eur("100000"), eur("40000")));
        let events: Vec<_> = grant.history.iter().map(|event| event.kind).collect();
        assert_eq!(events.first(), Some(&EventKind::AgreementDrafted));
        assert_eq!(events.last(), Some(&EventKind::DisbursementPaid));
    }

    async fn m23_signature_turns_the_reservation_into_a_commitment_one_to_one(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision_id = world.approved("100000.01").await;
        let awards = app.get(&world.desk, ListAwards {}, &AwardQuery::default()).await.unwrap();
        assert_eq!((awards.items.len(), awards.items[0].first_tranche_max, awards.items[0].retention_min), (1, eur("40000.00"), eur("10000.01")));
        let draft = world.draft(decision_id, &["40000", "50000", "10000.01"]);
        let grant = world.once(&world.desk, CreateAgreement {}, None, &draft).await.unwrap();
        assert_eq!(app.get(&world.desk, ListAwards {}, &AwardQuery::default()).await.unwrap().items, []);
        // A later contribution does not change the reservation's split.
        world.signed(world.sdc, "SDC-2", eur("200000"), "1").await;
        let agreement_id = grant.id;
        let early = world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await.unwrap_err();
        assert_eq!(early.code, Code::NotFound, "the recipient does not know of a draft");
        let grant = app.call_at(&world.head, ApproveAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        let grant = app.call_at(&world.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        let before = world.status().await.position;
        let grant = world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await.unwrap();
        let after = world.status().await.position;
        assert_eq!((before.reserved, before.committed), (eur("100000.01"), eur("0")));
        assert_eq!((after.reserved, after.committed, after.headroom), (eur("0"), eur("100000.01"), before.headroom));
        let query = JournalQuery { kind: Some(EntryKind::Commitment), agreement_id: Some(grant.id), ..JournalQuery::default() };
        let journal = app.get(&world.head, ListJournal { fund_id: world.fund_id }, &query).await.unwrap();
        let parts: Vec<_> = journal.entries.items[0].postings.iter().map(|p| format!("{} {} {}", p.account, p.donor.code, p.amount.amount())).collect();
        assert_eq!(parts, [
            "reserved BMZ 60000.01", "reserved SDC 40000.00", "committed BMZ -60000.01", "committed SDC -40000.00",
        ]);
        let again = world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
    }

    async fn m23_a_failed_signature_leaves_nothing_behind(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision_id = world.approved("100000").await;
        let grant = world.once(&world.desk, CreateAgreement {}, None, &world.draft(decision_id, &GOLDEN)).await.unwrap();
        let agreement_id = grant.id;
        let grant = app.call_at(&world.head, ApproveAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        let grant = app.call_at(&world.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        let ctx = app.app.system_ctx();
        transact!(app.app.db, |tx| catalytic_fund::fund::ledger::release(tx, &ctx, decision_id).await).unwrap();
        let refused = world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::WrongState);
        let grant = app.call(&world.desk, GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        assert_eq!((grant.state, grant.signed), (AgreementState::Sent, None));
    }

    async fn m23_what_was_given_back_voids_the_unsigned_agreement_and_can_be_reserved_anew(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision_id = world.approved("100000").await;
        let first = sent(&world, &world.draft(decision_id, &GOLDEN)).await;
        let agreement_id = first.id;
        let because = ReasonRequest { reason: "The applicant declined".into() };
        let freed = world.once(&world.desk, ReleaseReservation { decision_id }, None, &because).await.unwrap();
        assert_eq!((freed.reserved.len(), freed.waiting.len()), (0, 1));
        assert!(freed.waiting[0].given_back_at.is_some() && freed.waiting[0].is_next);
        let grant = app.call(&world.desk, GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        assert_eq!((grant.state, &grant.history.last().unwrap().reason), (AgreementState::Void, &Some(because.reason)));
        let refused = world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await;
        assert_eq!(refused.unwrap_err().code, Code::WrongState);
        // The same decision gets money and an agreement again, and lapses like any other.
        let again = ReserveRequest { reason: String::new() };
        let reserved = world.once(&world.desk, ReserveWaiting { decision_id }, None, &again).await.unwrap();
        assert_eq!((reserved.reserved.len(), reserved.waiting.len()), (1, 0));
        let twice = world.once(&world.desk, ReserveWaiting { decision_id }, None, &again).await.unwrap_err();
        assert_eq!(twice.code, Code::WrongState);
        let draft = AgreementDraft { number: "GA-SECOND".into(), ..world.draft(decision_id, &GOLDEN) };
        let second = sent(&world, &draft).await;
        app.app.clock.set(reserved.reserved[0].lapses_at);
        jobs::run_due(&app.app).await.unwrap();
        let lapsed = app.call(&world.desk, GetGrant { agreement_id: second.id }, &Nothing {}).await.unwrap();
        assert_eq!(lapsed.state, AgreementState::Void);
        world.once(&world.desk, ReserveWaiting { decision_id }, None, &again).await.unwrap();
        let third = sent(&world, &AgreementDraft { number: "GA-THIRD".into(), ..draft }).await;
        let endpoint = SignAgreement { agreement_id: third.id };
        let signed = world.once(&world.lead, endpoint, Some(third.version), &Nothing {}).await.unwrap();
        assert_eq!(signed.state, AgreementState::Active);
        assert_eq!(world.status().await.position.committed, eur("100000"));
        let check = fund::check::examine(&app.app.db).await.unwrap();
        assert_eq!(check.findings, []);
    }

    async fn m23_an_approved_or_sent_agreement_is_taken_back_with_a_reason(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision_id = world.approved("100000").await;
        let grant = sent(&world, &world.draft(decision_id, &GOLDEN)).await;
        let agreement_id = grant.id;
        let take_back = async |by: &Person, version: i64, reason: &str| {
            let because = Because { reason: reason.into() };
            app.call_at(by, TakeBackAgreement { agreement_id }, version, &because).await
        };
        assert_eq!(take_back(&world.desk, grant.version, " ").await.unwrap_err().errors[0].pointer, "/reason");
        assert_eq!(take_back(&world.lead, grant.version, "No").await.unwrap_err().code, Code::Forbidden);
        let draft = take_back(&world.desk, grant.version, "The second tranche is too late").await.unwrap();
        assert_eq!((draft.state, draft.approved.is_none(), draft.sent_at), (AgreementState::Draft, true, None));
        assert_eq!(take_back(&world.desk, draft.version, "Again").await.unwrap_err().code, Code::WrongState);
        let unseen = app.call(&world.lead, GetGrant { agreement_id }, &Nothing {}).await.unwrap_err();
        assert_eq!(unseen.code, Code::NotFound);
        let approved = app.call_at(&world.head, ApproveAgreement { agreement_id }, draft.version, &Nothing {}).await.unwrap();
        let draft = take_back(&world.desk, approved.version, "Once more").await.unwrap();
        let grant = dispatched(&world, &draft).await;
        let signed = world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await.unwrap();
        assert_eq!(take_back(&world.desk, signed.version, "Too late").await.unwrap_err().code, Code::WrongState);
    }

    async fn v10_no_agreement_is_sent_before_the_results_are_released(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision_id = world.approved("100000").await;
        let grant = world.once(&world.desk, CreateAgreement {}, None, &world.draft(decision_id, &GOLDEN)).await.unwrap();
        let agreement_id = grant.id;
        let grant = app.call_at(&world.head, ApproveAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE calls SET results_released_at = NULL, results_released_by = NULL")?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        let refused = app.call_at(&world.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::ResultsNotReleased);
    }

    async fn m60_a_recipient_sees_no_donor_and_no_draft_an_endorser_no_money(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let active = world.active("100000", &GOLDEN).await;
        let agreement_id = active.id;
        let endorser = app.person_of(Role::Endorser, Some(world.applicant)).await;
        let seen = async |by: &Person| app.call(by, GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        let kinds = |grant: &Grant| grant.history.iter().map(|event| event.kind).collect::<Vec<_>>();
        let draft = prepare(&world, &active, 0, eur("40000")).await.unwrap();
        assert_eq!((draft.disbursements.len(), draft.disbursements[0].split.len()), (1, 2));
        let recipient = seen(&world.lead).await;
        assert_eq!((recipient.disbursements.len(), recipient.tranches.len()), (0, 3));
        assert!(!kinds(&recipient).contains(&EventKind::DisbursementPrepared));
        let verified = verify(&world, &world.desk, &draft).await.unwrap();
        let approved = approve(&world, &world.approver, &verified).await.unwrap();
        instruct(&world, &approved).await.unwrap();
        let recipient = seen(&world.lead).await;
        assert_eq!(recipient.disbursements[0].state, DisbursementState::Instructed);
        assert_eq!(recipient.disbursements[0].split, []);
        assert!(kinds(&recipient).ends_with(&[EventKind::DisbursementInstructed]));
        let told = seen(&endorser).await;
        assert_eq!((told.disbursements.len(), told.tranches.len(), told.recoveries.len()), (0, 0, 0));
        assert!(told.closure.is_none() && !told.reports.is_empty());
        assert!(kinds(&told).iter().all(|kind| kind.is_on_agreement_or_report()), "{:?}", kinds(&told));
        assert!(kinds(&told).contains(&EventKind::AgreementSigned));
    }

    async fn k2_who_belongs_to_the_recipient_does_nothing_of_the_funds_part(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let active = world.active("100000", &GOLDEN).await;
        let agreement_id = active.id;
        let draft = prepare(&world, &active, 0, eur("40000")).await.unwrap();
        let insider = app.person_of(Role::ApplicantMember, Some(world.applicant)).await;
        for role in [Role::FinancePreparer, Role::FinanceApprover, Role::DeskOfficer, Role::HeadOfDesk] {
            app.add_role(insider.id, role, None, false).await;
        }
        let code = |result: Result<Grant, Problem>| result.unwrap_err().code;
        let request = DisbursementDraft { tranche_id: active.tranches[0].id, amount: eur("1") };
        let prepared = world.once(&insider, PrepareDisbursement { agreement_id }, None, &request).await;
        assert_eq!(code(prepared), Code::ConflictOfInterest);
        assert_eq!(code(verify(&world, &insider, &draft).await), Code::ConflictOfInterest);
        let verified = verify(&world, &world.desk, &draft).await.unwrap();
        assert_eq!(code(approve(&world, &insider, &verified).await), Code::ConflictOfInterest);
        let because = Because { reason: "Wait".into() };
        let suspended = app.call_at(&insider, SuspendAgreement { agreement_id }, active.version, &because).await;
        assert_eq!(code(suspended), Code::ConflictOfInterest);
        let entered = world.once(&insider, EnterAccount { agreement_id }, None, &account_draft(IBAN)).await;
        assert_eq!(code(entered), Code::ConflictOfInterest);
        // Nor a file to the bank, nor a new agreement.
        let approved = approve(&world, &world.approver, &verified).await.unwrap();
        let batch = BatchRequest { disbursement_ids: vec![last(&approved).0] };
        let refused = world.once(&insider, CreateBatch {}, None, &batch).await.unwrap_err();
        assert_eq!(refused.code, Code::ConflictOfInterest);
        let award = world.approved("1000").await;
        let written = world.once(&insider, CreateAgreement {}, None, &world.draft(award, &["400", "500", "100"])).await;
        assert_eq!(code(written), Code::ConflictOfInterest);
        // For the recipient, as its lead, the same person may act; and read.
        app.add_role(insider.id, Role::ApplicantLead, Some(world.applicant), false).await;
        let other = AccountDraft { bank: "Another bank".into(), ..account_draft(IBAN) };
        assert!(world.once(&insider, EnterAccount { agreement_id }, None, &other).await.is_ok());
        assert!(app.call(&insider, GetGrant { agreement_id }, &Nothing {}).await.is_ok());
    }

    async fn m3_what_no_payment_has_taken_of_a_tranche_stays_on_the_payments_page(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let active = world.active("100000", &GOLDEN).await;
        let open = async || {
            let query = PaymentQuery { view: PaymentView::Open, after: None };
            let page = app.get(&world.preparer, ListPayments {}, &query).await.unwrap();
            assert_eq!(Money::sum(page.sum.currency(), page.rows.items.iter().map(|row| row.amount)).unwrap(), page.sum);
            page
        };
        assert_eq!(open().await.sum, eur("100000"));
        prepare(&world, &active, 0, eur("15000")).await.unwrap();
        let page = open().await;
        let first = page.rows.items.iter().filter(|row| row.tranche_number == 1);
        let mut rows: Vec<_> = first.map(|row| (row.amount, row.next, row.number.is_some())).collect();
        rows.sort_by_key(|row| row.2);
        assert_eq!(rows, [(eur("25000"), PaymentStep::Prepare, false), (eur("15000"), PaymentStep::Verify, true)]);
        assert_eq!(page.sum, eur("100000"));
        let task = async || {
            let home = app.get(&world.preparer, GetHome {}, &Nothing {}).await.unwrap();
            home.tasks.into_iter().filter(|task| task.kind == TaskKind::PrepareDisbursement).map(|task| task.amount).collect::<Vec<_>>()
        };
        assert_eq!(task().await, [Some(eur("25000"))]);
        prepare(&world, &active, 0, eur("25000")).await.unwrap();
        assert_eq!((open().await.sum, task().await), (eur("100000"), vec![]));
    }

    async fn m24_the_waitlist_says_what_may_go_to_each_proposal_and_who_is_served_next(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.signed(world.bmz, "BMZ-1", eur("20000"), "1").await;
        let for_nepal = ContributionDraft {
            donor_id: world.sdc,
            reference: "SDC-NP".into(),
            signed: eur("60000"),
            budget_rate: Rate::ONE,
            rate_source: String::new(),
            rate_id: None,
            pledged_on: today(),
            earmark: Earmark { countries: vec!["NP".into()], ..Earmark::default() },
            valid_from: None,
            valid_until: None,
        };
        let pledged = world.once(&world.preparer, CreateContribution { fund_id: world.fund_id }, None, &for_nepal).await.unwrap();
        let endpoint = SignContribution { contribution_id: pledged.id };
        let signed = SignContributionRequest { signed_on: today() };
        world.once(&world.approver, endpoint, Some(pledged.version), &signed).await.unwrap();
        let (first, second) = (world.decided(eur("50000")).await.1, world.decided(eur("15000")).await.1);
        let list = app.get(&world.desk, GetWaitlist { call_id: world.call_id }, &Nothing {}).await.unwrap();
        let rows: Vec<_> = list
            .waiting
            .iter()
            .map(|row| (row.decision_id, row.shortfall.map(|short| (short.code, short.missing)), row.is_next))
            .collect();
        let short = (Code::EarmarkedElsewhere, eur("30000"));
        assert_eq!(rows, [(first, Some(short), false), (second, None, true)]);
        // What the list says is what reserving answers; who is served next needs no reason.
        let none = ReserveRequest { reason: String::new() };
        let because = ReserveRequest { reason: "Its ministry waits".into() };
        let refused = world.once(&world.desk, ReserveWaiting { decision_id: first }, None, &because).await.unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::EarmarkedElsewhere, "EUR 30000.00"));
        assert!(world.once(&world.desk, ReserveWaiting { decision_id: second }, None, &none).await.is_ok());
    }

    async fn m30_a_plan_that_does_not_fit_names_the_amounts_at_the_fields(app: TestApp) {
        let world = World::funded(&app, "2000000").await;
        let wrong = async |plan: &[&str]| {
            let problem = replan(&world, plan).await.unwrap_err();
            let error = problem.errors.into_iter().next().unwrap();
            (error.pointer, error.code, error.params.into_values().collect::<Vec<_>>())
        };
        let (pointer, code, params) = wrong(&["40000.01", "49999.99", "10000"]).await;
        assert_eq!((pointer.as_str(), code), ("/tranches/0/amount", Code::FirstTrancheCap));
        assert!(params.contains(&"EUR 40000.00".to_owned()));
        let (pointer, code, params) = wrong(&["40000", "50000.01", "9999.99"]).await;
        assert_eq!((pointer.as_str(), code), ("/tranches/2/amount", Code::RetentionMin));
        assert!(params.contains(&"EUR 10000.00".to_owned()));
        let (pointer, code, params) = wrong(&["40000", "49999.99", "10000"]).await;
        assert_eq!((pointer.as_str(), code), ("/tranches", Code::TrancheSum));
        assert!(params.contains(&"EUR 0.01".to_owned()));
        let grant = replan(&world, &["30000", "30000", "30000", "10000"]).await.unwrap();
        let planned: Vec<_> = grant.tranches.iter().map(|t| (t.number, t.planned, t.is_retention)).collect();
        assert_eq!(planned[3], (4, eur("10000"), true));
        assert_eq!(planned.iter().filter(|t| t.2).count(), 1);
        let request = TranchePlan { tranches: world.plan(&GOLDEN) };
        let endpoint = || ReplaceTranchePlan { agreement_id: grant.id };
        let stale = app.call_at(&world.desk, endpoint(), grant.version - 1, &request).await.unwrap_err();
        assert_eq!(stale.code, Code::StaleVersion);
        let blind = app.call(&world.desk, endpoint(), &request).await.unwrap_err();
        assert_eq!(blind.code, Code::IfMatchRequired);
        app.call_at(&world.head, ApproveAgreement { agreement_id: grant.id }, grant.version, &Nothing {}).await.unwrap();
        let frozen = app.call_at(&world.desk, endpoint(), grant.version + 1, &request).await.unwrap_err();
        assert_eq!(frozen.code, Code::WrongState);
    }

    async fn m31_above_what_remains_is_refused_never_clipped(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let refused = prepare(&world, &grant, 0, eur("40000.01")).await.unwrap_err();
        assert_eq!((refused.code, refused.params["remaining"].as_str(), refused.params["missing"].as_str()), (Code::AboveRemaining, "EUR 40000.00", "EUR 0.01"));
        // What is on its way counts, too.
        prepare(&world, &grant, 0, eur("30000")).await.unwrap();
        let refused = prepare(&world, &grant, 0, eur("10000.01")).await.unwrap_err();
        assert_eq!(refused.params["remaining"], "EUR 10000.00");
        prepare(&world, &grant, 0, eur("10000")).await.unwrap();
        let refused = prepare(&world, &grant, 0, eur("0.01")).await.unwrap_err();
        assert_eq!((refused.code, refused.params["remaining"].as_str()), (Code::AboveRemaining, "EUR 0.00"));
    }

    async fn m31_only_received_cash_can_be_paid(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("100000"), "1").await;
        world.received(&bmz, eur("39999.99"), "1").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = prepare(&world, &grant, 0, eur("40000")).await.unwrap();
        let grant = verify(&world, &world.desk, &grant).await.unwrap();
        let grant = approve(&world, &world.approver, &grant).await.unwrap();
        let query = PaymentQuery { view: PaymentView::Open, after: None };
        let rows = app.get(&world.head, ListPayments {}, &query).await.unwrap().rows.items;
        assert_eq!(rows[0].blocked, [BlockReason::InsufficientCash]);
        let refused = instruct(&world, &grant).await.unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::InsufficientCash, "EUR 0.01"));
        world.received(&bmz, eur("0.01"), "1").await;
        instruct(&world, &grant).await.unwrap();
        let id = smuggle(&world, &grant, 4_000_001).await;
        let refused = world
            .once(&world.preparer, PayDisbursement { disbursement_id: id }, Some(1), &payment("BANK-1"))
            .await
            .unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::InsufficientCash, "EUR 0.01"));
    }

    async fn m31_two_concurrent_payments_of_the_last_of_an_agreement_100_times(app: TestApp) {
        let world = World::funded(&app, "2000000").await;
        app.get(&world.preparer, ListPayments {}, &PaymentQuery { view: PaymentView::Open, after: None }).await.unwrap();
        for round in 0..100 {
            let grant = world.active("1000", &["400", "500", "100"]).await;
            let (a, b) = (smuggle(&world, &grant, 100_000).await, smuggle(&world, &grant, 100_000).await);
            let (one, two) = (payment(&format!("A-{round}")), payment(&format!("B-{round}")));
            let (first, second) = futures::future::join(
                world.once(&world.preparer, PayDisbursement { disbursement_id: a }, Some(1), &one),
                world.once(&world.preparer, PayDisbursement { disbursement_id: b }, Some(1), &two),
            )
            .await;
            let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
            assert_eq!(won.unwrap().disbursed, eur("1000"));
            let lost = lost.expect_err("exactly one wins");
            assert_eq!((lost.code, lost.params["missing"].as_str()), (Code::AboveRemaining, "EUR 1000.00"));
        }
        let status = world.status().await;
        let disbursed = status.cash.iter().find(|l| l.key == LineKey::Disbursed).unwrap().amount;
        assert_eq!(disbursed, eur("100000"));
    }

    async fn m31_two_concurrent_preparations_of_the_last_of_a_tranche(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        app.get(&world.preparer, ListPayments {}, &PaymentQuery { view: PaymentView::Open, after: None }).await.unwrap();
        for _ in 0..10 {
            let (first, second) = futures::future::join(
                prepare(&world, &grant, 0, eur("40000")),
                prepare(&world, &grant, 0, eur("40000")),
            )
            .await;
            let lost = if first.is_ok() { second } else { first }.expect_err("exactly one wins");
            assert_eq!((lost.code, lost.params["missing"].as_str()), (Code::AboveRemaining, "EUR 40000.00"));
            transact!(app.app.db, |tx| {
                execute!(tx, "DELETE FROM disbursements WHERE agreement_id = $1", grant.id)?;
                Ok::<(), ApiError>(())
            })
            .unwrap();
        }
    }

    async fn m31_the_database_itself_keeps_payments_within_the_agreement(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let mut tx = app.app.db.begin().await.unwrap();
        let entry = Uuid::now_v7();
        let error = execute!(
            &mut tx,
            "INSERT INTO postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id, contribution_id, agreement_id)
             VALUES ($1, 1, $2, 'disbursed', 'EUR', 10000001, $3, (SELECT id FROM contributions WHERE donor_id = $3), $4)",
            entry, world.fund_id, world.bmz, grant.id
        )
        .unwrap_err()
        .to_string();
        assert!(error.to_lowercase().contains("check constraint"), "{error}");
    }

    async fn m32_later_tranches_wait_for_an_accepted_report(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        assert_eq!(grant.tranches[0].blocked, []);
        assert_eq!(grant.tranches[1].blocked, [BlockReason::ReportNotAccepted, BlockReason::NotRequested]);
        assert_eq!(grant.tranches[2].blocked, [BlockReason::FinalReportNotAccepted, BlockReason::ReportNotAccepted]);
        let refused = prepare(&world, &grant, 1, eur("1")).await.unwrap_err();
        assert_eq!((refused.code, refused.params["reasons"].as_str()), (Code::TrancheBlocked, "report_not_accepted,not_requested"));
        let decision_id = world.approved("1000").await;
        let draft = world.once(&world.desk, CreateAgreement {}, None, &world.draft(decision_id, &["400", "500", "100"])).await.unwrap();
        let refused = prepare(&world, &draft, 0, eur("1")).await.unwrap_err();
        assert_eq!(refused.params["reasons"], "agreement_not_active");
    }

    async fn m34_a_double_click_on_pay_returns_the_first_result(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = instructed(&world, &grant, 0, eur("40000")).await;
        let (key, request) = (key(), payment("BANK-1"));
        let (one, two) =
            futures::future::join(pay(&world, &grant, &key, &request), pay(&world, &grant, &key, &request)).await;
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one, two);
        app.advance(chrono::Duration::hours(1));
        assert_eq!(pay(&world, &grant, &key, &request).await.unwrap(), one, "a late retry, too");
        let other = pay(&world, &grant, &key, &payment("BANK-2")).await.unwrap_err();
        assert_eq!(other.code, Code::IdempotencyKeyReused);
        let again = pay(&world, &grant, &tests::money::key(), &payment("BANK-2")).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
        assert_eq!(one.disbursed, eur("40000"));
        // A bank reference pays once.
        let second = world.active("1000", &["400", "500", "100"]).await;
        let second = instructed(&world, &second, 0, eur("400")).await;
        let used = pay(&world, &second, &tests::money::key(), &payment("BANK-1")).await.unwrap_err();
        assert_eq!(used.code, Code::BankReferenceUsed);
        let early = Payment { value_date: today().plus_days(1), ..payment("BANK-3") };
        let early = pay(&world, &second, &tests::money::key(), &early).await.unwrap_err();
        assert_eq!(early.errors[0].pointer, "/value_date");
        let (disbursement_id, _) = last(&second);
        let no_key = app.call_at(&world.preparer, PayDisbursement { disbursement_id }, 4, &payment("BANK-3")).await.unwrap_err();
        assert_eq!(no_key.code, Code::IdempotencyKeyRequired);
    }

    async fn m34_two_persons_pay_the_same_payment_at_once(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = instructed(&world, &grant, 0, eur("40000")).await;
        let (keys, requests) = ([key(), key()], [payment("BANK-1"), payment("BANK-2")]);
        let (first, second) = futures::future::join(
            pay(&world, &grant, &keys[0], &requests[0]),
            pay(&world, &grant, &keys[1], &requests[1]),
        )
        .await;
        let lost = if first.is_ok() { second } else { first }.expect_err("exactly one wins");
        assert_eq!(lost.code, Code::WrongState);
    }

    async fn m70_preparer_verifier_and_approver_are_different_persons(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        // Everybody gets every role afterwards: the person counts, not the role.
        for person in [&world.preparer, &world.desk, &world.approver] {
            for role in [Role::DeskOfficer, Role::FinanceApprover, Role::FinancePreparer, Role::HeadOfDesk] {
                app.add_role(person.id, role, None, false).await;
            }
        }
        let grant = prepare(&world, &grant, 0, eur("40000")).await.unwrap();
        let own = |result: Result<Grant, Problem>| assert_eq!(result.unwrap_err().code, Code::SeparationOfDuties);
        own(verify(&world, &world.preparer, &grant).await);
        let grant = verify(&world, &world.desk, &grant).await.unwrap();
        own(approve(&world, &world.preparer, &grant).await);
        own(approve(&world, &world.desk, &grant).await);
        let grant = approve(&world, &world.approver, &grant).await.unwrap();
        assert_eq!(grant.disbursements[0].next, PaymentStep::Instruct);
        let (id, _) = last(&grant);
        for (column, other) in [
            ("verified_by", "prepared_by"),
            ("approved_by", "prepared_by"),
            ("approved_by", "verified_by"),
            ("second_approved_by", "prepared_by"),
            ("second_approved_by", "verified_by"),
            ("second_approved_by", "approved_by"),
        ] {
            let mut tx = app.app.db.begin().await.unwrap();
            let sql = format!("UPDATE disbursements SET {column} = {other} WHERE id = $1");
            let result = on!(&mut tx, |c| sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(c).await.map(|_| ()));
            let error = result.unwrap_err().to_string().to_lowercase();
            assert!(error.contains("check constraint"), "{column} = {other}: {error}");
        }
    }

    async fn m70_above_the_limit_the_head_of_desk_approves_as_well(app: TestApp) {
        let world = World::funded(&app, "500000").await;
        let grant = world.active("125000.03", &["50000.01", "62500.01", "12500.01"]).await;
        let grant = prepare(&world, &grant, 0, eur("50000.01")).await.unwrap();
        let grant = verify(&world, &world.desk, &grant).await.unwrap();
        let grant = approve(&world, &world.approver, &grant).await.unwrap();
        assert_eq!(grant.disbursements[0].next, PaymentStep::SecondApprove);
        let refused = instruct(&world, &grant).await.unwrap_err();
        assert_eq!((refused.code, refused.params["limit"].as_str()), (Code::SecondApprovalRequired, "EUR 50000.00"));
        let (disbursement_id, version) = last(&grant);
        let second = || SecondApproveDisbursement { disbursement_id };
        let refused = app.call_at(&world.approver, second(), version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        app.add_role(world.approver.id, Role::HeadOfDesk, None, false).await;
        let refused = app.call_at(&world.approver, second(), version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);
        let grant = app.call_at(&world.head, second(), version, &Nothing {}).await.unwrap();
        instruct(&world, &grant).await.unwrap();
    }

    async fn m70_whoever_wrote_an_agreement_cannot_approve_it(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        app.add_role(world.desk.id, Role::HeadOfDesk, None, false).await;
        let decision_id = world.approved("100000").await;
        let grant = world.once(&world.desk, CreateAgreement {}, None, &world.draft(decision_id, &GOLDEN)).await.unwrap();
        let approve = || ApproveAgreement { agreement_id: grant.id };
        let refused = app.call_at(&world.desk, approve(), grant.version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);
        app.call_at(&world.head, approve(), grant.version, &Nothing {}).await.unwrap();
    }

    async fn m70_whoever_replaced_the_plan_cannot_approve_it(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        app.add_role(world.head.id, Role::DeskOfficer, None, false).await;
        let decision_id = world.approved("100000").await;
        let grant = world.once(&world.desk, CreateAgreement {}, None, &world.draft(decision_id, &GOLDEN)).await.unwrap();
        let agreement_id = grant.id;
        let request = TranchePlan { tranches: world.plan(&["20000", "70000", "10000"]) };
        let replace = ReplaceTranchePlan { agreement_id };
        let grant = app.call_at(&world.head, replace, grant.version, &request).await.unwrap();
        assert!(grant.is_own, "the reader wrote what stands there now");
        let approve = || ApproveAgreement { agreement_id };
        let refused = app.call_at(&world.head, approve(), grant.version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);
        let mut tx = app.app.db.begin().await.unwrap();
        let sql = "UPDATE agreements SET approved_by = $2 WHERE id = $1";
        let error = execute!(&mut tx, sql, agreement_id, world.head.id).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("check constraint"), "{error}");
        drop(tx);
        let other = app.person(Role::HeadOfDesk).await;
        let grant = app.call_at(&other, approve(), grant.version, &Nothing {}).await.unwrap();
        let grant = app.call_at(&world.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        app.add_role(world.head.id, Role::ApplicantLead, Some(world.applicant), false).await;
        let sign = SignAgreement { agreement_id };
        let refused = world.once(&world.head, sign, Some(grant.version), &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);
    }

    async fn m70_the_limit_counts_all_payments_of_a_tranche(app: TestApp) {
        let world = World::funded(&app, "500000").await;
        let grant = world.active("150000", &["60000", "75000", "15000"]).await;
        let grant = approved_payment(&world, &grant, eur("30000")).await;
        assert_eq!(grant.disbursements[0].next, PaymentStep::Instruct);
        let first = last(&grant);
        let grant = prepare(&world, &grant, 0, eur("20000.01")).await.unwrap();
        assert_eq!(grant.disbursements[0].next, PaymentStep::SecondApprove, "50 000.01 together");
        let instruct = |(disbursement_id, version): (DisbursementId, i64)| {
            app.call_at(&world.preparer, InstructDisbursement { disbursement_id }, version, const { &Nothing {} })
        };
        assert_eq!(instruct(first).await.unwrap_err().code, Code::SecondApprovalRequired);
        let open = PaymentQuery { view: PaymentView::Open, after: None };
        let page = app.get(&world.head, ListPayments {}, &open).await.unwrap();
        let row = page.rows.items.iter().find(|row| row.disbursement_id == Some(first.0)).unwrap();
        assert_eq!(row.next, PaymentStep::SecondApprove);
        let listed = app.get(&world.preparer, ListCandidates {}, &Nothing {}).await.unwrap();
        assert_eq!(listed.items.iter().find(|item| item.disbursement_id == first.0).unwrap().obstacles, [Obstacle::SecondApproval]);
        let tasks = async |person: &Person| {
            let home = app.call(person, GetHome {}, &Nothing {}).await.unwrap();
            home.tasks.into_iter().map(|group| group.kind).collect::<Vec<_>>()
        };
        assert!(tasks(&world.head).await.contains(&TaskKind::SecondApprove));
        assert!(!tasks(&world.preparer).await.contains(&TaskKind::Instruct));
        // What was cancelled counts no more; what was paid does.
        let (disbursement_id, version) = last(&grant);
        let because = Because { reason: "Not now".into() };
        app.call_at(&world.preparer, CancelDisbursement { disbursement_id }, version, &because).await.unwrap();
        let grant = instruct(first).await.unwrap();
        let payment = payment("BANK-1");
        let (disbursement_id, version) = (first.0, grant.disbursements[0].version);
        let endpoint = PayDisbursement { disbursement_id };
        let grant = world.once(&world.preparer, endpoint, Some(version), &payment).await.unwrap();
        let grant = approved_payment(&world, &grant, eur("20000.01")).await;
        assert_eq!(grant.disbursements[2].next, PaymentStep::SecondApprove);
    }

    async fn m31_a_payment_dated_back_meets_the_commitment_and_the_cash_of_that_day(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("100000"), "1").await;
        let grant = world.active("100000", &GOLDEN).await;
        app.advance(chrono::Duration::days(3));
        let arrived = ReceiptDraft { amount: eur("40000"), bank_rate: rate("1"), rate_source: String::new(), rate_id: None, received_on: today().plus_days(2), bank_reference: key() };
        let receipt = world.once(&world.preparer, PrepareReceipt { contribution_id: bmz.id }, None, &arrived).await.unwrap();
        let confirm = ConfirmReceipt { receipt_id: receipt.id };
        world.once(&world.approver, confirm, Some(receipt.version), &Nothing {}).await.unwrap();
        let grant = approved_payment(&world, &grant, eur("40000")).await;
        let grant = instruct(&world, &grant).await.unwrap();
        let dated = |days: i64| Payment { value_date: today().plus_days(days), ..payment("BANK-1") };
        let early = pay(&world, &grant, &key(), &dated(-1)).await.unwrap_err();
        let error = &early.errors[0];
        assert_eq!((error.pointer.as_str(), error.code), ("/value_date", Code::DateTooEarly));
        assert_eq!(error.params["min"], today().to_string());
        let uncovered = pay(&world, &grant, &key(), &dated(1)).await.unwrap_err();
        assert_eq!((uncovered.code, uncovered.params["missing"].as_str()), (Code::InsufficientCash, "EUR 40000.00"));
        pay(&world, &grant, &key(), &dated(2)).await.unwrap();
        let check = catalytic_fund::fund::check::examine(&app.app.db).await.unwrap();
        assert_eq!(check.findings, []);
    }

    async fn recipients_see_their_own_sent_agreements_only(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let other = app.organisation("OTHER", OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(other)).await;
        let grant = world.active("100000", &GOLDEN).await;
        let agreement_id = grant.id;
        let hidden = async |person: &Person| app.call(person, GetGrant { agreement_id }, &Nothing {}).await.unwrap_err().code;
        assert_eq!(hidden(&stranger).await, Code::NotFound);
        app.call(&world.lead, GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        let list = |person| app.get(person, ListGrants {}, const { &GrantQuery { state: None, call_id: None, search: None, after: None } });
        assert_eq!(list(&stranger).await.unwrap().items, []);
        assert_eq!(list(&world.lead).await.unwrap().items.len(), 1);
        assert_eq!(list(&world.head).await.unwrap().items[0].number, grant.number);
        let query = PaymentQuery { view: PaymentView::Open, after: None };
        assert_eq!(app.get(&world.lead, ListPayments {}, &query).await.unwrap_err().code, Code::Forbidden);
        let draft = DisbursementDraft { tranche_id: grant.tranches[0].id, amount: eur("1") };
        let prepare = || PrepareDisbursement { agreement_id };
        assert_eq!(world.once(&world.lead, prepare(), None, &draft).await.unwrap_err().code, Code::Forbidden);
        assert_eq!(world.once(&stranger, prepare(), None, &draft).await.unwrap_err().code, Code::NotFound);
        let nobody = GetGrant { agreement_id: AgreementId(Uuid::now_v7()) };
        assert_eq!(app.call(&world.head, nobody, &Nothing {}).await.unwrap_err().code, Code::NotFound);
    }

    async fn the_payments_page_says_why_each_row_can_or_cannot_go_on(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let open = PaymentQuery { view: PaymentView::Open, after: None };
        let page = app.get(&world.desk, ListPayments {}, &open).await.unwrap();
        let rows: Vec<_> = page.rows.items.iter().map(|r| (r.tranche_number, r.next, r.blocked.clone())).collect();
        assert!(rows.contains(&(1, PaymentStep::Prepare, vec![])));
        assert!(rows.contains(&(2, PaymentStep::Prepare, vec![BlockReason::ReportNotAccepted, BlockReason::NotRequested])));
        assert_eq!((page.sum, page.cash, page.second_approval_above), (eur("100000"), eur("1000000"), eur("50000")));
        let grant = instructed(&world, &grant, 0, eur("30000")).await;
        let page = app.get(&world.desk, ListPayments {}, &open).await.unwrap();
        // The payment on its way, and what it leaves of its tranche.
        let first: Vec<_> = page.rows.items.iter().filter(|r| r.tranche_number == 1).collect();
        let mut seen: Vec<_> = first.iter().map(|r| (r.amount, r.next, r.is_own)).collect();
        seen.sort_by_key(|(amount, ..)| amount.minor());
        assert_eq!(seen, [(eur("10000"), PaymentStep::Prepare, false), (eur("30000"), PaymentStep::Pay, true)]);
        pay(&world, &grant, &key(), &payment("BANK-1")).await.unwrap();
        let page = app.get(&world.desk, ListPayments {}, &open).await.unwrap();
        let first = page.rows.items.iter().find(|r| r.tranche_number == 1).unwrap();
        assert_eq!((first.amount, first.next, page.sum), (eur("10000"), PaymentStep::Prepare, eur("70000")));
        let paid = PaymentQuery { view: PaymentView::Paid, after: None };
        let page = app.get(&world.desk, ListPayments {}, &paid).await.unwrap();
        assert_eq!((page.sum, page.rows.items[0].bank_reference.as_deref()), (eur("30000"), Some("BANK-1")));
    }

    async fn the_payments_page_goes_on_where_it_ended(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        for _ in 0..18 {
            world.active("100", &["40", "50", "10"]).await;
        }
        let first = app.get(&world.desk, ListPayments {}, &PaymentQuery { view: PaymentView::Open, after: None }).await.unwrap();
        let query = PaymentQuery { view: PaymentView::Open, after: first.rows.next.clone() };
        let second = app.get(&world.desk, ListPayments {}, &query).await.unwrap();
        assert_eq!((first.rows.items.len(), second.rows.items.len(), second.rows.next), (50, 4, None));
        assert_eq!((first.sum, second.sum), (eur("1800"), eur("1800")));
        let bad = PaymentQuery { view: PaymentView::Open, after: Some("x".into()) };
        assert_eq!(app.get(&world.desk, ListPayments {}, &bad).await.unwrap_err().errors[0].pointer, "/after");
    }
}
