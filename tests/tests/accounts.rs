//! Recipients' bank accounts (M32, M35, M70) and the ways a payment can go wrong (M34, M61).

use shared::endpoint::Nothing;
use shared::fund::LineKey;
use shared::grants::*;
use shared::ids::DisbursementId;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::time::Date;
use tests::money::{IBAN, World, account_draft, eur, today};
use tests::{Person, both};
use uuid::Uuid;

const GOLDEN: [&str; 3] = ["40000", "50000", "10000"];
const OTHER: &str = "DE89370400440532013000";

async fn prepared(world: &World<'_>, grant: &Grant, amount: &str) -> Result<Grant, Problem> {
    let draft = DisbursementDraft { tranche_id: grant.tranches[0].id, amount: eur(amount) };
    world.once(&world.preparer, PrepareDisbursement { agreement_id: grant.id }, None, &draft).await
}

fn last(grant: &Grant) -> (DisbursementId, i64) {
    let payment = grant.disbursements.last().unwrap();
    (payment.id, payment.version)
}

async fn approved(world: &World<'_>, grant: &Grant, amount: &str) -> Grant {
    let grant = prepared(world, grant, amount).await.unwrap();
    let (disbursement_id, version) = last(&grant);
    let grant =
        world.app.call_at(&world.desk, VerifyDisbursement { disbursement_id }, version, &Nothing {}).await.unwrap();
    let version = last(&grant).1;
    world.app.call_at(&world.approver, ApproveDisbursement { disbursement_id }, version, &Nothing {}).await.unwrap()
}

async fn instructed(world: &World<'_>, grant: &Grant, amount: &str) -> Grant {
    let grant = approved(world, grant, amount).await;
    let (disbursement_id, version) = last(&grant);
    world.app.call_at(&world.preparer, InstructDisbursement { disbursement_id }, version, &Nothing {}).await.unwrap()
}

async fn paid(world: &World<'_>, grant: &Grant, amount: &str, reference: &str) -> Grant {
    let grant = instructed(world, grant, amount).await;
    let (disbursement_id, version) = last(&grant);
    let payment = Payment { bank_reference: reference.into(), value_date: today() };
    world.once(&world.preparer, PayDisbursement { disbursement_id }, Some(version), &payment).await.unwrap()
}

async fn seen(world: &World<'_>, by: &Person, grant: &Grant) -> Grant {
    world.app.call(by, GetGrant { agreement_id: grant.id }, &Nothing {}).await.unwrap()
}

/// A signed agreement whose recipient has no account yet.
async fn signed(world: &World<'_>) -> Grant {
    let decision_id = world.approved("100000").await;
    let grant = world.once(&world.desk, CreateAgreement {}, None, &world.draft(decision_id, &GOLDEN)).await.unwrap();
    let agreement_id = grant.id;
    let app = world.app;
    let grant = app.call_at(&world.head, ApproveAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
    let grant = app.call_at(&world.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
    world.once(&world.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await.unwrap()
}

fn because(reason: &str) -> Because {
    Because { reason: reason.into() }
}

fn back(on: Date) -> ReversalDraft {
    ReversalDraft { reason: "The account is closed".into(), reversed_on: on }
}

both! {
    async fn m32_a_payment_needs_a_verified_account_that_two_persons_typed(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        assert_eq!(grant.tranches[0].blocked, [BlockReason::AccountNotVerified]);
        let refused = prepared(&world, &grant, "1").await.unwrap_err();
        assert_eq!((refused.code, refused.params["reasons"].as_str()), (Code::TrancheBlocked, "account_not_verified"));
        let open = PaymentQuery { view: PaymentView::Open, after: None };
        let rows = app.get(&world.preparer, ListPayments {}, &open).await.unwrap().rows.items;
        assert!(rows.iter().all(|row| row.blocked.contains(&BlockReason::AccountNotVerified) && row.account.is_none()));
        // The recipient enters it; who entered it cannot verify it, whatever role they get.
        let agreement_id = grant.id;
        let enter = || EnterAccount { agreement_id };
        let entered = world.once(&world.lead, enter(), None, &account_draft(IBAN)).await.unwrap();
        assert_eq!((entered.accounts[0].state, entered.accounts[0].last_four.as_str()), (AccountState::Entered, "5008"));
        let account_id = entered.accounts[0].id;
        let check = |number: &str| AccountCheck { account_id, number: number.into() };
        let verify = || VerifyAccount { agreement_id };
        app.add_role(world.lead.id, Role::FinanceApprover, None, false).await;
        let own = world.once(&world.lead, verify(), None, &check(IBAN)).await.unwrap_err();
        assert_eq!(own.code, Code::ConflictOfInterest, "nor does anybody of the recipient's (K2)");
        let wrong = world.once(&world.approver, verify(), None, &check(OTHER)).await.unwrap_err();
        assert_eq!((wrong.errors[0].pointer.as_str(), wrong.errors[0].code), ("/number", Code::AccountMismatch));
        assert_eq!(world.once(&world.preparer, verify(), None, &check(IBAN)).await.unwrap_err().code, Code::Forbidden);
        let second = world.once(&world.preparer, enter(), None, &account_draft(OTHER)).await.unwrap_err();
        assert_eq!(second.code, Code::WrongState, "one change waits at most");
        let verified = world.once(&world.approver, verify(), None, &check("cm2110002000300277976315008")).await.unwrap();
        assert_eq!(verified.accounts[0].state, AccountState::Verified);
        let grant = prepared(&world, &verified, "40000").await.unwrap();
        assert_eq!(grant.disbursements[0].to.last_four, "5008");
        let id = &grant.disbursements[0].end_to_end_id;
        assert!(id.len() <= 35 && !id.is_empty());
        let bad = world.once(&world.preparer, enter(), None, &account_draft("CM22 1000")).await.unwrap_err();
        assert_eq!((bad.errors[0].pointer.as_str(), bad.errors[0].code), ("/iban", Code::IbanFormat));
    }

    async fn m35_a_changed_account_sends_approved_payments_back_to_draft(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let first = world.active("100000", &GOLDEN).await;
        let first = approved(&world, &first, "30000").await;
        let second = world.active("1000", &["400", "500", "100"]).await;
        let second = instructed(&world, &second, "400").await;
        let third = paid(&world, &first, "10000", "BANK-1").await;
        let agreement_id = first.id;
        let entered = world.once(&world.preparer, EnterAccount { agreement_id }, None, &account_draft(OTHER)).await.unwrap();
        let payment = |grant: &Grant, at: usize| {
            let payment = &grant.disbursements[at];
            (payment.state, payment.to.last_four.clone(), payment.reason.clone())
        };
        assert_eq!(payment(&entered, 0).0, DisbursementState::Approved, "entered is not in use yet");
        let states: Vec<_> = entered.accounts.iter().map(|account| account.state).collect();
        assert_eq!(states, [AccountState::Verified, AccountState::Entered]);
        let account_id = entered.accounts[1].id;
        let check = AccountCheck { account_id, number: OTHER.into() };
        let changed = world.once(&world.approver, VerifyAccount { agreement_id }, None, &check).await.unwrap();
        assert_eq!(payment(&changed, 0), (DisbursementState::Draft, "3000".into(), "account_changed".into()));
        assert_eq!(changed.disbursements[0].verified, None);
        assert_eq!(changed.disbursements[0].approved, None);
        // What was paid stays as it was, and so does what the bank has: it ends as paid or failed.
        assert_eq!(payment(&changed, 1), (DisbursementState::Paid, "5008".into(), String::new()));
        assert_eq!(third.disbursements[1].id, changed.disbursements[1].id);
        let second = seen(&world, &world.desk, &second).await;
        assert_eq!(payment(&second, 0), (DisbursementState::Instructed, "5008".into(), String::new()));
        let told: Vec<_> = changed.history.iter().filter(|event| event.kind == EventKind::DisbursementVoided).collect();
        assert_eq!((told.len(), told[0].reason.as_deref()), (1, Some("account_changed")));
        let (disbursement_id, stale) = (first.disbursements[0].id, first.disbursements[0].version);
        let stale = app.call_at(&world.preparer, InstructDisbursement { disbursement_id }, stale, &Nothing {}).await.unwrap_err();
        assert_eq!(stale.code, Code::WrongState);
        let (disbursement_id, version) = (changed.disbursements[0].id, changed.disbursements[0].version);
        let again = app.call_at(&world.desk, VerifyDisbursement { disbursement_id }, version, &Nothing {}).await.unwrap();
        assert_eq!(again.disbursements[0].state, DisbursementState::Verified);
    }

    async fn m35_a_refused_change_leaves_the_account_in_use(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = approved(&world, &grant, "40000").await;
        let agreement_id = grant.id;
        let entered = world.once(&world.lead, EnterAccount { agreement_id }, None, &account_draft(OTHER)).await.unwrap();
        let refusal = AccountRefusal { account_id: entered.accounts[1].id, reason: "Not on the letterhead".into() };
        let refused = app.call(&world.approver, RefuseAccount { agreement_id }, &refusal).await.unwrap();
        assert_eq!((refused.accounts.len(), refused.accounts[0].last_four.as_str()), (1, "5008"));
        assert_eq!(refused.disbursements[0].state, DisbursementState::Approved);
        let again = app.call(&world.approver, RefuseAccount { agreement_id }, &refusal).await.unwrap_err();
        assert_eq!(again.code, Code::NotFound);
    }

    async fn m35_the_number_is_shown_to_finance_at_the_payment_step_alone(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let endorser = app.person_of(Role::Endorser, Some(world.applicant)).await;
        let auditor = app.person(Role::Auditor).await;
        let whole = IBAN.replace(' ', "");
        let grant = world.active("100000", &GOLDEN).await;
        let grant = prepared(&world, &grant, "40000").await.unwrap();
        assert_eq!(seen(&world, &world.preparer, &grant).await.disbursements[0].to.number, None, "not while it is prepared");
        let (disbursement_id, version) = last(&grant);
        let grant = app.call_at(&world.desk, VerifyDisbursement { disbursement_id }, version, &Nothing {}).await.unwrap();
        let grant = app.call_at(&world.approver, ApproveDisbursement { disbursement_id }, last(&grant).1, &Nothing {}).await.unwrap();
        for (person, expected) in [
            (&world.preparer, Some(whole.clone())),
            (&world.approver, Some(whole.clone())),
            (&world.desk, None),
            (&world.head, None),
            (&world.lead, None),
            (&endorser, None),
            (&auditor, None),
        ] {
            // The recipient's side sees no payment before it is paid.
            let seen = seen(&world, person, &grant).await;
            assert_eq!(seen.disbursements.first().and_then(|payment| payment.to.number.clone()), expected);
        }
        assert_eq!(seen(&world, &endorser, &grant).await.accounts, [], "an endorser sees no account");
        assert_eq!(seen(&world, &auditor, &grant).await.accounts.len(), 1);
        // Nothing that anybody else can read holds it: not the grant, not the list, not the history.
        for person in [&world.desk, &world.lead, &auditor] {
            let text = serde_json::to_string(&seen(&world, person, &grant).await).unwrap();
            assert!(!text.contains(&whole));
        }
        let logged: i64 = catalytic_fund::on!(&mut app.app.db.read().await.unwrap(), |c| sqlx::query_scalar(
            "SELECT COUNT(*) FROM audit_log WHERE after_state LIKE '%1000200030027797631%'"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(logged, 0);
    }

    async fn a_payment_is_cancelled_with_a_reason_and_its_tranche_is_free(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = approved(&world, &grant, "40000").await;
        let (disbursement_id, version) = last(&grant);
        let cancel = || CancelDisbursement { disbursement_id };
        let silent = app.call_at(&world.approver, cancel(), version, &because(" ")).await.unwrap_err();
        assert_eq!(silent.errors[0].pointer, "/reason");
        assert_eq!(app.call_at(&world.lead, cancel(), version, &because("No")).await.unwrap_err().code, Code::Forbidden);
        let grant = app.call_at(&world.approver, cancel(), version, &because("Twice")).await.unwrap();
        let payment = &grant.disbursements[0];
        assert_eq!((payment.state, payment.reason.as_str(), payment.next), (DisbursementState::Cancelled, "Twice", PaymentStep::Done));
        assert_eq!(grant.tranches[0].left, eur("40000"));
        let grant = instructed(&world, &grant, "40000").await;
        let (disbursement_id, version) = last(&grant);
        let late = app.call_at(&world.preparer, CancelDisbursement { disbursement_id }, version, &because("Late")).await.unwrap_err();
        assert_eq!(late.code, Code::WrongState, "the bank has it");
    }

    async fn a_failed_payment_is_prepared_again_from_the_start(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = instructed(&world, &grant, "40000").await;
        let (disbursement_id, version) = last(&grant);
        let id = grant.disbursements[0].end_to_end_id.clone();
        let failed = app
            .call_at(&world.preparer, FailDisbursement { disbursement_id }, version, &because("Account unknown"))
            .await
            .unwrap();
        assert_eq!((failed.disbursements[0].state, failed.disbursements[0].next), (DisbursementState::Failed, PaymentStep::Retry));
        assert_eq!((failed.disbursed, failed.tranches[0].left), (eur("0"), eur("0")), "its tranche is not free");
        let version = last(&failed).1;
        let again = app.call_at(&world.preparer, RetryDisbursement { disbursement_id }, version, &Nothing {}).await.unwrap();
        let payment = &again.disbursements[0];
        assert_eq!((payment.state, payment.verified.clone(), payment.instructed_at), (DisbursementState::Draft, None, None));
        assert_eq!(payment.end_to_end_id, id);
        assert!(again.history.iter().any(|event| event.reason.as_deref() == Some("Account unknown")));
    }

    async fn m70_whoever_prepared_a_payment_does_not_approve_what_another_prepared_again(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = instructed(&world, &grant, "40000").await;
        let (disbursement_id, version) = last(&grant);
        let fail = FailDisbursement { disbursement_id };
        let grant = app.call_at(&world.preparer, fail, version, &because("Account unknown")).await.unwrap();
        let second = app.person(Role::FinancePreparer).await;
        let retry = RetryDisbursement { disbursement_id };
        app.call_at(&second, retry, last(&grant).1, &Nothing {}).await.unwrap();
        for person in [&world.preparer, &second] {
            app.add_role(person.id, Role::FinanceApprover, None, false).await;
            app.add_role(person.id, Role::DeskOfficer, None, false).await;
            assert!(seen(&world, person, &grant).await.disbursements[0].is_own);
            let verify = VerifyDisbursement { disbursement_id };
            let own = app.call_at(person, verify, last(&grant).1 + 1, &Nothing {}).await.unwrap_err();
            assert_eq!(own.code, Code::SeparationOfDuties);
        }
        let verify = VerifyDisbursement { disbursement_id };
        let grant = app.call_at(&world.desk, verify, last(&grant).1 + 1, &Nothing {}).await.unwrap();
        let approve = || ApproveDisbursement { disbursement_id };
        for person in [&world.preparer, &second] {
            let own = app.call_at(person, approve(), last(&grant).1, &Nothing {}).await.unwrap_err();
            assert_eq!(own.code, Code::SeparationOfDuties);
            let query = PaymentQuery { view: PaymentView::Open, after: None };
            let page = app.get(person, ListPayments {}, &query).await.unwrap();
            assert!(page.rows.items.iter().find(|row| row.disbursement_id == Some(disbursement_id)).unwrap().is_own);
            let sql = "UPDATE disbursements SET approved_by = $2 WHERE id = $1";
            let mut tx = app.app.db.begin().await.unwrap();
            let error = catalytic_fund::execute!(&mut tx, sql, disbursement_id, person.id).unwrap_err().to_string();
            assert!(error.to_lowercase().contains("check constraint"), "{error}");
        }
        app.call_at(&world.approver, approve(), last(&grant).1, &Nothing {}).await.unwrap();
    }

    async fn m61_a_reversal_takes_four_eyes_and_the_payments_own_split(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = paid(&world, &grant, "40000", "BANK-1").await;
        assert_eq!(grant.tranches[0].state, TrancheState::Paid);
        let (disbursement_id, version) = last(&grant);
        let prepare = || PrepareReversal { disbursement_id };
        let early = app.call_at(&world.preparer, prepare(), version, &back(today().plus_days(-1))).await.unwrap_err();
        assert_eq!(early.errors[0].code, Code::DateOrder);
        let waiting = app.call_at(&world.preparer, prepare(), version, &back(today())).await.unwrap();
        assert_eq!((waiting.disbursements[0].next, waiting.disbursed), (PaymentStep::ApproveReversal, eur("40000")));
        let version = last(&waiting).1;
        let twice = app.call_at(&world.preparer, prepare(), version, &back(today())).await.unwrap_err();
        assert_eq!(twice.code, Code::WrongState);
        // M70: who approves may refuse; it stays paid, and can come back another day.
        let why = Because { reason: "The bank's note is of another payment".into() };
        let refuse = || RefuseReversal { disbursement_id };
        let refused = app.call_at(&world.approver, refuse(), version, &why).await.unwrap();
        let payment = &refused.disbursements[0];
        assert_eq!((payment.state, payment.reversal.is_none()), (DisbursementState::Paid, true));
        let nothing = app.call_at(&world.approver, refuse(), payment.version, &why).await.unwrap_err();
        assert_eq!(nothing.code, Code::WrongState);
        let waiting = app.call_at(&world.preparer, prepare(), payment.version, &back(today())).await.unwrap();
        let version = last(&waiting).1;
        app.add_role(world.preparer.id, Role::FinanceApprover, None, false).await;
        let approve = || ApproveReversal { disbursement_id };
        let own = world.once(&world.preparer, approve(), Some(version), &Nothing {}).await.unwrap_err();
        assert_eq!(own.code, Code::SeparationOfDuties);
        let reversed = world.once(&world.approver, approve(), Some(version), &Nothing {}).await.unwrap();
        let payment = &reversed.disbursements[0];
        assert_eq!((payment.state, payment.bank_reference.as_deref()), (DisbursementState::Reversed, Some("BANK-1")));
        assert_eq!((reversed.disbursed, reversed.tranches[0].left), (eur("0"), eur("40000")));
        assert_eq!(reversed.tranches[0].state, TrancheState::Due);
        let status = world.status().await;
        let line = |key| status.cash.iter().find(|l| l.key == key).unwrap().amount;
        assert_eq!((line(LineKey::Disbursed), line(LineKey::Cash)), (eur("0"), eur("1000000")));
        let again = paid(&world, &reversed, "40000", "BANK-2").await;
        assert_eq!(again.disbursed, eur("40000"));
    }

    async fn a_payment_is_reconciled_by_one_line_of_the_statement_once(app: TestApp) {
        use catalytic_fund::grants::payments::reconcile;
        use catalytic_fund::transact;
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &GOLDEN).await;
        let grant = instructed(&world, &grant, "30000").await;
        let (open, version) = last(&grant);
        let ctx = app.app.system_ctx();
        let line = Uuid::now_v7();
        let early = transact!(app.app.db, |tx| reconcile(tx, &ctx, open, line).await).unwrap_err();
        assert_eq!(early.code(), Some(Code::WrongState));
        let payment = Payment { bank_reference: "BANK-1".into(), value_date: today() };
        let endpoint = PayDisbursement { disbursement_id: open };
        let grant = world.once(&world.preparer, endpoint, Some(version), &payment).await.unwrap();
        transact!(app.app.db, |tx| reconcile(tx, &ctx, open, line).await).unwrap();
        let twice = transact!(app.app.db, |tx| reconcile(tx, &ctx, open, Uuid::now_v7()).await).unwrap_err();
        assert_eq!(twice.code(), Some(Code::WrongState));
        let other = paid(&world, &grant, "10000", "BANK-2").await;
        let used = transact!(app.app.db, |tx| reconcile(tx, &ctx, last(&other).0, line).await).unwrap_err();
        assert!(used.is_duplicate(), "a line shows one payment");
        let grant = seen(&world, &world.preparer, &other).await;
        assert_eq!((grant.disbursements[0].state, grant.disbursed), (DisbursementState::Reconciled, eur("40000")));
        // What is reconciled can still come back.
        let (disbursement_id, version) = (open, grant.disbursements[0].version);
        app.call_at(&world.preparer, PrepareReversal { disbursement_id }, version, &back(today())).await.unwrap();
    }
}
