//! Periods lock, and no posting goes into a locked one (M70, M71).

use catalytic_fund::fund::ledger;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, transact};
use shared::endpoint::Nothing;
use shared::fund::*;
use shared::periods::*;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::rates::ReasonRequest;
use shared::time::Date;
use tests::both;
use tests::money::{World, chf, day, eur, key};

const MARCH: &str = "2026-03-01";

async fn year(world: &World<'_>) -> Periods {
    let endpoint = ListPeriods { fund_id: world.fund_id };
    world.app.get(&world.preparer, endpoint, &PeriodQuery::default()).await.unwrap()
}

async fn march(world: &World<'_>) -> Period {
    year(world).await.periods.remove(2)
}

async fn propose(world: &World<'_>, kind: PeriodKind, first_day: Date) -> Result<Period, Problem> {
    let endpoint = ProposeLock { fund_id: world.fund_id };
    world.app.call(&world.preparer, endpoint, &LockProposal { kind, first_day }).await
}

async fn decide(world: &World<'_>, period: &Period, is_accepted: bool) -> Result<Period, Problem> {
    let endpoint = DecidePeriod { period_id: period.id.unwrap() };
    let decision = PeriodDecision { is_accepted, reason: if is_accepted { String::new() } else { "Not yet".into() } };
    world.app.call_at(&world.approver, endpoint, period.version, &decision).await
}

/// As if every cash entry were on the bank's statements.
async fn reconcile(world: &World<'_>) {
    transact!(world.app.app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO bank_matches (id, fund_id, entry_id, rule, reason, matched_by, matched_at)
             SELECT e.id, e.fund_id, e.id, 'by_hand', 'Seen on paper', $1, $2 FROM journal_entries e
             WHERE EXISTS (SELECT 1 FROM postings p WHERE p.entry_id = e.id AND p.account = 'cash')
                 AND NOT EXISTS (SELECT 1 FROM bank_matches m WHERE m.entry_id = e.id)",
            world.preparer.id,
            world.app.app.clock.now()
        )?;
        Ok::<(), ApiError>(())
    })
    .unwrap();
}

async fn locked(world: &World<'_>) -> Period {
    world.app.set_clock("2026-04-02T09:00:00Z");
    reconcile(world).await;
    let proposed = propose(world, PeriodKind::Month, day(MARCH)).await.unwrap();
    decide(world, &proposed, true).await.unwrap()
}

both! {
    async fn m71_only_what_has_ended_is_confirmed_and_is_reconciled_can_be_locked(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let refused = |problem: Problem| (problem.code, problem.params.get("amount").cloned().unwrap_or_default());
        assert_eq!(refused(propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap_err()).0, Code::PeriodNotEnded);
        app.set_clock("2026-04-02T09:00:00Z");
        // EUR 600 000.00 and CHF 380 000 booked as EUR 400 000.00 are on no statement.
        assert_eq!(
            refused(propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap_err()),
            (Code::Unreconciled, "EUR 1000000.00".into())
        );
        assert_eq!(march(&world).await.unexplained, [eur("1000000")]);
        reconcile(&world).await;
        assert_eq!(march(&world).await.unexplained, []);
        app.set_clock("2026-03-31T09:00:00Z");
        let waits = world.allocation(Purpose::Reserve, "1").await;
        app.set_clock("2026-04-02T09:00:00Z");
        assert_eq!(refused(propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap_err()).0, Code::BookingsWaiting);
        world.once(&world.approver, ConfirmAllocation { allocation_id: waits.id }, Some(waits.version), &Nothing {}).await.unwrap();
        let proposed = propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap();
        assert_eq!((proposed.state, proposed.is_own), (PeriodState::LockProposed, true));
        assert_eq!(propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap_err().code, Code::WrongState);
        assert_eq!(propose(&world, PeriodKind::Month, day("2026-03-02")).await.unwrap_err().errors[0].code, Code::NotAChoice);
        let locked = decide(&world, &proposed, true).await.unwrap();
        assert_eq!((locked.state, locked.decided_by.is_some()), (PeriodState::Locked, true));
        let listed = year(&world).await;
        assert_eq!((listed.periods.len(), listed.periods[2].state, listed.periods[3].state), (13, PeriodState::Locked, PeriodState::Open));
        // The year is not over.
        assert_eq!(propose(&world, PeriodKind::Year, day("2026-01-01")).await.unwrap_err().code, Code::PeriodNotEnded);
    }

    async fn m70_another_person_locks_and_another_unlocks_with_a_reason(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        app.add_role(world.preparer.id, Role::FinanceApprover, None, false).await;
        app.set_clock("2026-04-02T09:00:00Z");
        reconcile(&world).await;
        let proposed = propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap();
        let endpoint = || DecidePeriod { period_id: proposed.id.unwrap() };
        let yes = PeriodDecision { is_accepted: true, reason: String::new() };
        assert_eq!(app.call_at(&world.preparer, endpoint(), proposed.version, &yes).await.unwrap_err().code, Code::SeparationOfDuties);
        let no = PeriodDecision { is_accepted: false, reason: String::new() };
        assert_eq!(app.call_at(&world.approver, endpoint(), proposed.version, &no).await.unwrap_err().errors[0].pointer, "/reason");
        assert_eq!(decide(&world, &proposed, false).await.unwrap().state, PeriodState::Open);
        let again = propose(&world, PeriodKind::Month, day(MARCH)).await.unwrap();
        assert_eq!(decide(&world, &proposed, true).await.unwrap_err().code, Code::StaleVersion);
        let locked = decide(&world, &again, true).await.unwrap();
        let unlock = |reason: &str| {
            let request = ReasonRequest { reason: reason.into() };
            let endpoint = ProposeUnlock { period_id: locked.id.unwrap() };
            let (app, world, version) = (&app, &world, locked.version);
            async move { app.call_at(&world.preparer, endpoint, version, &request).await }
        };
        assert_eq!(unlock(" ").await.unwrap_err().errors[0].pointer, "/reason");
        let asked = unlock("A receipt was forgotten").await.unwrap();
        assert_eq!((asked.state, asked.reason.as_str()), (PeriodState::UnlockProposed, "A receipt was forgotten"));
        let own = DecidePeriod { period_id: locked.id.unwrap() };
        assert_eq!(app.call_at(&world.preparer, own, asked.version, &yes).await.unwrap_err().code, Code::SeparationOfDuties);
        // Whatever the program does, the database takes neither the proposer's decision nor a skipped step.
        for sql in [
            "UPDATE periods SET state = 'open', decided_by = proposed_by, decided_at = proposed_at WHERE id = $1",
            "UPDATE periods SET state = 'lock_proposed' WHERE id = $1",
            "UPDATE periods SET last_day = first_day WHERE id = $1",
            "DELETE FROM periods WHERE id = $1",
        ] {
            let refused: Result<(), ApiError> = transact!(app.app.db, |tx| execute!(tx, sql, locked.id).map(|_| ()).map_err(ApiError::from));
            assert!(refused.is_err(), "{sql}");
        }
        assert_eq!(decide(&world, &asked, true).await.unwrap().state, PeriodState::Open);
    }

    async fn m71_a_posting_dated_into_a_locked_period_is_refused_at_its_field(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        app.set_clock("2026-03-30T09:00:00Z");
        let pledged = world.pledged(world.sdc, "SDC-2", chf("100"), "0.95").await;
        let bmz = world.signed(world.bmz, "BMZ-2", eur("100"), "1").await;
        locked(&world).await;
        let at_field = |problem: Problem| (problem.status, problem.errors[0].pointer.clone(), problem.errors[0].code);
        let draft = AllocationDraft { purpose: Purpose::Reserve, amount: eur("1"), posted_on: day("2026-03-31"), reason: "Late".into() };
        let refused = world.once(&world.preparer, PrepareAllocation { fund_id: world.fund_id }, None, &draft).await.unwrap_err();
        assert_eq!(refused.errors[0].params["last_day"], "2026-03-31");
        assert_eq!(at_field(refused), (422, "/posted_on".into(), Code::PeriodLocked));
        let receipt = ReceiptDraft { amount: eur("1"), bank_rate: shared::money::Rate::ONE, rate_source: String::new(), rate_id: None, received_on: day("2026-03-31"), bank_reference: key() };
        let refused = world.once(&world.preparer, PrepareReceipt { contribution_id: bmz.id }, None, &receipt).await.unwrap_err();
        assert_eq!(at_field(refused), (422, "/received_on".into(), Code::PeriodLocked));
        let signature = SignContributionRequest { signed_on: day("2026-03-31") };
        let endpoint = SignContribution { contribution_id: pledged.id };
        let refused = world.once(&world.approver, endpoint, Some(pledged.version), &signature).await.unwrap_err();
        assert_eq!(at_field(refused), (422, "/signed_on".into(), Code::PeriodLocked));
        // The same on the first day of the open month goes through.
        let draft = AllocationDraft { posted_on: day("2026-04-01"), ..draft };
        world.once(&world.preparer, PrepareAllocation { fund_id: world.fund_id }, None, &draft).await.unwrap();
    }

    async fn m71_the_database_itself_refuses_a_posting_into_a_locked_period(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        locked(&world).await;
        let ctx = app.app.system_ctx();
        let book = |on: &str| {
            let (app, ctx, fund_id, on) = (&app, &ctx, world.fund_id, day(on));
            async move {
                let id = shared::ids::AllocationId(uuid::Uuid::now_v7());
                transact!(app.app.db, |tx| ledger::allocate(tx, ctx, fund_id, id, Account::Reserve, eur("1"), on).await)
            }
        };
        assert_eq!(book("2026-03-31").await.unwrap_err().code(), Some(Code::PeriodLocked));
        assert_eq!(book("2026-03-01").await.unwrap_err().code(), Some(Code::PeriodLocked));
        book("2026-02-28").await.unwrap();
        book("2026-04-01").await.unwrap();
    }

    async fn m71_a_correction_goes_to_the_open_period_and_names_the_one_it_relates_to(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision = world.approved("100000").await;
        let open = world.approved("50000").await;
        transact!(app.app.db, |tx| ledger::release(tx, &app.app.system_ctx(), open).await).unwrap();
        locked(&world).await;
        transact!(app.app.db, |tx| ledger::release(tx, &app.app.system_ctx(), decision).await).unwrap();
        let query = JournalQuery { kind: Some(EntryKind::Release), ..JournalQuery::default() };
        let entries = app.get(&world.head, ListJournal { fund_id: world.fund_id }, &query).await.unwrap().entries.items;
        let corrects: Vec<_> = entries.iter().map(|entry| (entry.posted_on, entry.corrects)).collect();
        assert_eq!(
            corrects,
            [(day("2026-04-02"), Some((day(MARCH), day("2026-03-31")))), (day("2026-03-02"), None)]
        );
    }
}
