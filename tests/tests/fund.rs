//! Contributions, receipts, allocations, the ledger and its limits (M20–M25, M52, M60, M61, M70).

use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, fund, on, transact};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::*;
use shared::ids::{ContributionId, FundId};
use shared::money::Money;
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::Code;
use shared::rates::{AddRate, ApproveRates, RateApproval, RateDraft, RateKind};
use tests::both;
use tests::money::{World, chf, day, eur, key, rate, today};
use uuid::Uuid;

fn line(lines: &[Line], key: LineKey) -> String {
    lines.iter().find(|line| line.key == key).unwrap().amount.amount()
}

async fn journal(world: &World<'_>, query: &JournalQuery) -> Journal {
    world.app.get(&world.head, ListJournal { fund_id: world.fund_id }, query).await.unwrap()
}

/// Each donor's part of the newest entry of a kind, by donor code, in one account.
async fn parts(world: &World<'_>, kind: EntryKind, account: Account) -> Vec<String> {
    let query = JournalQuery { kind: Some(kind), account: Some(account), ..JournalQuery::default() };
    let newest = journal(world, &query).await.entries.items.remove(0);
    newest.postings.into_iter().map(|p| format!("{} {}", p.donor.code, p.amount.amount())).collect()
}

both! {
    async fn m31_nothing_is_booked_before_what_it_rests_on(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        for (received_on, min) in [(today().plus_days(-1), today()), (day("0206-03-12"), shared::time::Date::FIRST)] {
            let draft = ReceiptDraft { amount: eur("1"), bank_rate: rate("1"), rate_source: String::new(), rate_id: None, received_on, bank_reference: "B-1".into() };
            let endpoint = PrepareReceipt { contribution_id: bmz.id };
            let refused = world.once(&world.preparer, endpoint, None, &draft).await.unwrap_err();
            let error = &refused.errors[0];
            assert_eq!((error.pointer.as_str(), error.code, &error.params["min"]), ("/received_on", Code::DateTooEarly, &min.to_string()));
        }
        let draft = AllocationDraft {
            purpose: Purpose::Reserve,
            amount: eur("1"),
            posted_on: today().plus_days(-1),
            reason: "Decided for the year".into(),
        };
        let refused = world.once(&world.preparer, PrepareAllocation { fund_id: world.fund_id }, None, &draft).await.unwrap_err();
        assert_eq!((refused.errors[0].pointer.as_str(), refused.errors[0].code), ("/posted_on", Code::DateTooEarly));
    }

    async fn m50_the_rate_that_is_used_is_of_the_table_or_says_where_it_is_from(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let entered = RateDraft {
            currency: Currency::CHF,
            valid_on: day("2026-01-01"),
            kind: RateKind::Budget,
            rate: rate("0.95"),
            source: "The year's budget".into(),
        };
        let entered = app.call(&world.preparer, AddRate {}, &entered).await.unwrap();
        let draft = ContributionDraft {
            donor_id: world.sdc,
            reference: "SDC-1".into(),
            signed: chf("380000"),
            budget_rate: rate("0.95"),
            rate_source: String::new(),
            rate_id: Some(entered.id),
            pledged_on: today(),
            earmark: Earmark::default(),
            valid_from: None,
            valid_until: None,
        };
        let create = async |draft: &ContributionDraft| {
            let made = world.once(&world.preparer, CreateContribution { fund_id: world.fund_id }, None, draft).await;
            made.map_err(|problem| (problem.errors[0].pointer.clone(), problem.errors[0].code))
        };
        let not_a_choice = || Err(("/rate_id".to_owned(), Code::NotAChoice));
        assert_eq!(create(&draft).await, not_a_choice(), "nobody has approved it");
        app.call(&world.approver, ApproveRates {}, &RateApproval { rate_ids: vec![entered.id] }).await.unwrap();
        for wrong in [
            ContributionDraft { budget_rate: rate("0.96"), ..draft.clone() },
            ContributionDraft { pledged_on: day("2025-12-31"), ..draft.clone() },
            ContributionDraft { signed: Money::parse("5", Currency::XOF).unwrap(), ..draft.clone() },
        ] {
            assert_eq!(create(&wrong).await, not_a_choice());
        }
        let silent = ContributionDraft { rate_id: None, ..draft.clone() };
        assert_eq!(create(&silent).await, Err(("/rate_source".to_owned(), Code::Required)));
        let made = create(&draft).await.unwrap();
        assert_eq!((made.rate_id, made.rate_source.as_str()), (Some(entered.id), "The year's budget"));
        let typed = ContributionDraft { rate_source: " The agreement ".into(), reference: "SDC-2".into(), ..silent };
        assert_eq!(create(&typed).await.unwrap().rate_source, "The agreement");

        // The bank's rate is another thing than the budget's (M51).
        let sign = SignContribution { contribution_id: made.id };
        let signed_on = SignContributionRequest { signed_on: today() };
        let made = world.once(&world.approver, sign, Some(made.version), &signed_on).await.unwrap();
        let receipt = ReceiptDraft {
            amount: chf("1000"),
            bank_rate: rate("0.95"),
            rate_source: "Advice 17".into(),
            rate_id: Some(entered.id),
            received_on: today(),
            bank_reference: "B-1".into(),
        };
        let prepare = || PrepareReceipt { contribution_id: made.id };
        let refused = world.once(&world.preparer, prepare(), None, &receipt).await.unwrap_err();
        assert_eq!((refused.errors[0].pointer.as_str(), refused.errors[0].code), ("/rate_id", Code::NotAChoice));
        let receipt = ReceiptDraft { rate_id: None, ..receipt };
        let booked = world.once(&world.preparer, prepare(), None, &receipt).await.unwrap();
        assert_eq!((booked.rate_id, booked.rate_source.as_str()), (None, "Advice 17"));

        // What was used never changes, whatever the program does.
        for sql in [
            "UPDATE contributions SET budget_rate_nano = budget_rate_nano + 1",
            "UPDATE contributions SET rate_id = NULL",
            "UPDATE receipts SET bank_rate_nano = bank_rate_nano + 1",
            "UPDATE receipts SET rate_source = 'Another one'",
        ] {
            let mut tx = app.app.db.begin().await.unwrap();
            assert!(execute!(&mut tx, sql).is_err(), "{sql}");
        }
    }

    async fn m20_the_golden_fund_has_900_000_to_allocate(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let status = world.status().await;
        assert_eq!(status.position.allocable, eur("900000"));
        assert_eq!(status.position.headroom, eur("900000"));
        assert_eq!(line(&status.sources, LineKey::Received), "1000000.00");
        assert_eq!(line(&status.sources, LineKey::Receivable), "0.00");
        assert_eq!(line(&status.uses, LineKey::Administration), "50000.00");
        assert_eq!(line(&status.cash, LineKey::Cash), "1000000.00");
        let uses = Money::sum(Currency::EUR, status.uses.iter().map(|l| l.amount)).unwrap();
        assert_eq!((uses, status.total), (eur("1000000"), eur("1000000")));
        let donors: Vec<_> = status.donors.iter().map(|d| (d.donor.code.as_str(), d.signed.amount())).collect();
        assert_eq!(donors, [("BMZ", "600000.00".into()), ("SDC", "400000.00".into())]);
        assert_eq!(status.donors[1].own[0].received, chf("380000"));
        assert_eq!(line(&status.donors[1].lines, LineKey::Administration), "20000.00");
    }

    async fn m20_what_is_signed_counts_at_the_budget_rate_until_it_arrives(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let sdc = world.signed(world.sdc, "SDC-1", chf("380000"), "0.95").await;
        assert_eq!(sdc.state, ContributionState::Signed);
        assert_eq!(world.status().await.position.allocable, eur("400000"));
        world.received(&sdc, chf("95000"), "0.94").await;
        let status = world.status().await;
        // 95 000 / 0.94 = 101 063.83, the rest 300 000.00 at the budget rate.
        assert_eq!(line(&status.sources, LineKey::Received), "101063.83");
        assert_eq!(line(&status.sources, LineKey::Receivable), "300000.00");
        assert_eq!(status.position.allocable, eur("401063.83"));
    }

    async fn m52_own_currency_booked_euros_and_gain_stay_apart(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let sdc = world.signed(world.sdc, "SDC-1", chf("100"), "0.93").await;
        assert_eq!(sdc.signed_eur, eur("107.53"));
        for (amount, bank) in [("33.33", "0.95"), ("33.33", "0.91"), ("33.34", "0.93")] {
            world.received(&sdc, chf(amount), bank).await;
        }
        let list = app.get(&world.head, ListContributions { fund_id: world.fund_id }, &ContributionQuery::default()).await.unwrap();
        let sdc = &list.items[0];
        assert_eq!((sdc.state, sdc.received, sdc.receivable), (ContributionState::Received, chf("100"), eur("0")));
        // 35.08 + 36.63 + 35.85 booked; the last receipt cleared the receivable exactly.
        assert_eq!((sdc.received_eur, sdc.gain), (eur("107.56"), eur("0.03")));
        let status = world.status().await;
        assert_eq!(status.donors[0].own[0].gain, eur("0.03"));
        assert_eq!(line(&status.sources, LineKey::Receivable), "0.00");
        assert_eq!(status.position.allocable, eur("107.56"));
    }

    async fn m52_more_than_signed_never_arrives(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("100"), "1").await;
        let problem = world.prepared(&bmz, eur("100.01"), "1").await.unwrap_err();
        assert_eq!((problem.errors[0].code, problem.errors[0].params["max"].as_str()), (Code::AboveSigned, "EUR 100.00"));
        // Two that fit singly but not together: the second is refused when it is confirmed.
        let (one, two) = (world.prepared(&bmz, eur("60"), "1").await.unwrap(), world.prepared(&bmz, eur("60"), "1").await.unwrap());
        world.once(&world.approver, ConfirmReceipt { receipt_id: one.id }, Some(one.version), &Nothing {}).await.unwrap();
        let problem =
            world.once(&world.approver, ConfirmReceipt { receipt_id: two.id }, Some(two.version), &Nothing {}).await.unwrap_err();
        assert_eq!(problem.errors[0].code, Code::AboveSigned);
        assert_eq!(line(&world.status().await.sources, LineKey::Received), "60.00");
    }

    async fn m21_a_loss_on_arrival_cannot_push_the_headroom_below_zero(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let sdc = world.signed(world.sdc, "SDC-1", chf("95"), "0.95").await;
        world.set_aside(Purpose::Administration, "100").await;
        let receipt = world.prepared(&sdc, chf("95"), "1").await.unwrap();
        let problem = world
            .once(&world.approver, ConfirmReceipt { receipt_id: receipt.id }, Some(receipt.version), &Nothing {})
            .await
            .unwrap_err();
        assert_eq!((problem.code, problem.params["missing"].as_str()), (Code::InsufficientHeadroom, "EUR 5.00"));
        assert_eq!(line(&world.status().await.sources, LineKey::Received), "0.00");
    }

    async fn m21_the_envelope_and_the_headroom_name_what_is_missing(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        world.approved("100000").await;
        world.approved("90000").await;
        let p3 = world.decided(eur("60000")).await;
        let short = world.reserve(p3, eur("60000")).await.unwrap_err();
        assert_eq!((short.code, short.missing), (Code::EnvelopeExceeded, eur("50000")));
        let query = PositionQuery { call_id: Some(world.call_id), proposal_id: None };
        let position = app.get(&world.head, GetPosition { fund_id: world.fund_id }, &query).await.unwrap();
        assert_eq!((position.reserved, position.envelope_left), (eur("190000"), Some(eur("10000"))));
        let status = world.status().await;
        assert_eq!((status.calls[0].reserved, status.calls[0].left), (eur("190000"), eur("10000")));
        let over = world.allocation(Purpose::Reserve, "710000.01").await;
        let problem = world
            .once(&world.approver, ConfirmAllocation { allocation_id: over.id }, Some(over.version), &Nothing {})
            .await
            .unwrap_err();
        assert_eq!((problem.code, problem.params["missing"].as_str()), (Code::InsufficientHeadroom, "EUR 0.01"));
    }

    async fn m21_two_concurrent_approvals_for_the_last_of_the_headroom_100_times(app: TestApp) {
        let world = World::funded(&app, "2000000").await;
        world.approved("800000").await;
        for _ in 0..100 {
            let (a, b) = (world.decided(eur("100000")).await, world.decided(eur("100000")).await);
            let (first, second) =
                futures::future::join(world.reserve(a, eur("100000")), world.reserve(b, eur("100000"))).await;
            let (won, lost) = if first.is_ok() { (a, second) } else { (b, first) };
            let short = lost.expect_err("exactly one succeeds");
            assert_eq!((short.code, short.missing), (Code::InsufficientHeadroom, eur("100000")));
            let position = world.status().await.position;
            assert_eq!((position.headroom, position.reserved), (eur("0"), eur("900000")));
            let ctx = app.app.system_ctx();
            transact!(app.app.db, |tx| fund::ledger::release(tx, &ctx, won.1).await).unwrap();
        }
    }

    async fn m23_a_release_gives_back_one_to_one_once_and_names_what_it_reverses(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let decision = world.approved("100000").await;
        let reserved = parts(&world, EntryKind::Reservation, Account::Reserved).await;
        assert_eq!(reserved, ["BMZ -60000.00", "SDC -40000.00"]);
        let ctx = app.app.system_ctx();
        transact!(app.app.db, |tx| fund::ledger::release(tx, &ctx, decision).await).unwrap();
        let released = journal(&world, &JournalQuery { kind: Some(EntryKind::Release), ..JournalQuery::default() }).await;
        let reservation = journal(&world, &JournalQuery { kind: Some(EntryKind::Reservation), ..JournalQuery::default() }).await;
        assert_eq!(released.entries.items[0].reverses, Some(reservation.entries.items[0].id));
        assert_eq!(world.status().await.position.headroom, eur("900000"));
        let again = transact!(app.app.db, |tx| fund::ledger::release(tx, &ctx, decision).await).unwrap_err();
        assert_eq!(again.code(), Some(Code::WrongState));
    }

    async fn m60_cents_go_to_the_largest_deficit_over_all_that_was_approved(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let eu = app.organisation("EU", OrganisationKind::Funder).await;
        for (donor, code) in [(world.bmz, "BMZ"), (world.sdc, "SDC"), (eu, "EU")] {
            world.signed(donor, code, eur("10000"), "1").await;
        }
        world.approved("100").await;
        let first = parts(&world, EntryKind::Reservation, Account::Reserved).await;
        assert_eq!(first, ["BMZ -33.34", "EU -33.33", "SDC -33.33"]);
        world.approved("100").await;
        let second = parts(&world, EntryKind::Reservation, Account::Reserved).await;
        assert_eq!(second, ["BMZ -33.33", "EU -33.34", "SDC -33.33"]);
        // Each account counts its own deficits.
        world.set_aside(Purpose::Reserve, "100").await;
        let aside = parts(&world, EntryKind::Allocation, Account::Reserve).await;
        assert_eq!(aside, ["BMZ -33.34", "EU -33.33", "SDC -33.33"]);
    }

    async fn m61_a_new_contribution_changes_later_postings_only(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.signed(world.bmz, "BMZ-1", eur("10000"), "1").await;
        let decision = world.approved("100.01").await;
        world.signed(world.sdc, "SDC-1", eur("10000"), "1").await;
        assert_eq!(parts(&world, EntryKind::Reservation, Account::Reserved).await, ["BMZ -100.01"]);
        // What BMZ bore alone is no deficit of SDC's.
        world.approved("100.01").await;
        assert_eq!(parts(&world, EntryKind::Reservation, Account::Reserved).await, ["BMZ -50.01", "SDC -50.00"]);
        world.approved("100.01").await;
        assert_eq!(parts(&world, EntryKind::Reservation, Account::Reserved).await, ["BMZ -50.00", "SDC -50.01"]);
        // A reversal uses the original's split.
        let ctx = app.app.system_ctx();
        transact!(app.app.db, |tx| fund::ledger::release(tx, &ctx, decision).await).unwrap();
        assert_eq!(parts(&world, EntryKind::Release, Account::Reserved).await, ["BMZ 100.01"]);
    }

    async fn m60_without_a_signed_contribution_nothing_can_be_split(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.pledged(world.bmz, "BMZ-1", eur("10000"), "1").await;
        assert_eq!(world.status().await.position.allocable, eur("0"), "a pledge is no money");
        let aside = world.allocation(Purpose::Reserve, "1").await;
        let problem = world
            .once(&world.approver, ConfirmAllocation { allocation_id: aside.id }, Some(aside.version), &Nothing {})
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::InsufficientHeadroom);
    }

    async fn m25_the_database_refuses_to_change_or_unbalance_the_journal(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let refused = async |sql: &'static str, why: &str| {
            let mut tx = app.app.db.begin().await.unwrap();
            let error = execute!(&mut tx, sql).unwrap_err().to_string();
            assert!(error.contains(why), "{sql}: {error}");
        };
        refused("UPDATE postings SET amount_minor = 1", "append-only").await;
        refused("DELETE FROM postings", "append-only").await;
        refused("UPDATE journal_entries SET posted_on = '2026-01-01'", "append-only").await;
        refused("DELETE FROM journal_entries", "append-only").await;

        let post = async |account: &'static str, amounts: &[i64], entry: Uuid| {
            let mut tx = app.app.db.begin().await.unwrap();
            let (fund_id, donor, now) = (world.fund_id, world.bmz, app.app.clock.now());
            for (line, minor) in amounts.iter().enumerate() {
                let line = i64::try_from(line).unwrap() + 1;
                execute!(
                    &mut tx,
                    "INSERT INTO postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id, contribution_id)
                     VALUES ($1, $2, $3, $4, 'EUR', $5, $6, (SELECT id FROM contributions WHERE donor_id = $6))",
                    entry, line, fund_id, if line == 1 { account } else { "headroom" }, *minor, donor
                )?;
            }
            execute!(
                &mut tx,
                "INSERT INTO journal_entries (id, fund_id, kind, posted_on, created_at, source_id)
                 VALUES ($1, $2, 'allocation', $3, $4, $1)",
                entry, fund_id, today(), now
            )?;
            tx.commit().await
        };
        let fails = |result: Result<(), ApiError>, why: &str| {
            let error = result.unwrap_err().to_string().to_lowercase();
            assert!(error.contains(why), "{error}");
        };
        fails(post("reserve", &[100, -99], Uuid::now_v7()).await, "does not balance");
        fails(post("reserve", &[100], Uuid::now_v7()).await, "does not balance");
        fails(post("reserve", &[], Uuid::now_v7()).await, "does not balance");
        // Limits stand behind the service: cash, headroom and receivable cannot cross zero.
        fails(post("cash", &[-100_000_001, 100_000_001], Uuid::now_v7()).await, "check constraint");
        fails(post("receivable", &[-1, 1], Uuid::now_v7()).await, "check constraint");
        fails(post("reserve", &[-90_000_001, 90_000_001], Uuid::now_v7()).await, "check constraint");
        let entry = Uuid::now_v7();
        post("reserve", &[-100, 100], entry).await.unwrap();
        fails(post("reserve", &[-100, 100], entry).await, "");
        // A sealed entry takes no further posting.
        let mut tx = app.app.db.begin().await.unwrap();
        let error = execute!(
            &mut tx,
            "INSERT INTO postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id, contribution_id)
             VALUES ($1, 9, $2, 'cash', 'EUR', 1, $3, (SELECT id FROM contributions WHERE donor_id = $3))",
            entry, world.fund_id, world.bmz
        )
        .unwrap_err();
        assert!(error.to_string().contains("sealed"), "{error}");
        drop(tx);
        // An entry without its postings' seal never commits.
        let mut tx = app.app.db.begin().await.unwrap();
        execute!(
            &mut tx,
            "INSERT INTO postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id, contribution_id)
             VALUES ($1, 1, $2, 'cash', 'EUR', 1, $3, (SELECT id FROM contributions WHERE donor_id = $3))",
            Uuid::now_v7(), world.fund_id, world.bmz
        )
        .unwrap();
        tx.commit().await.unwrap_err();
        assert_eq!(world.status().await.position.allocable, eur("899999"));
    }

    async fn m25_every_figure_is_the_sum_of_the_rows_that_it_opens(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        world.approved("100000").await;
        let status = world.status().await;
        let own = status.donors.iter().map(|d| (Some(d.donor.id), &d.lines));
        let all = [status.sources.clone(), status.uses.clone(), status.cash.clone()].concat();
        for (donor_id, lines) in own.chain([(None, &all)]) {
            for line in lines {
                let query = JournalQuery { account: Some(line.account), kind: line.kind, donor_id, ..JournalQuery::default() };
                let found = journal(&world, &query).await;
                let minor = line.account.natural(found.sum.minor());
                assert_eq!(Money::from_minor(minor, Currency::EUR), line.amount, "{:?}", line.key);
                let listed: i64 = found.entries.items.iter().flat_map(|e| &e.postings).map(|p| p.amount.minor()).sum();
                assert_eq!(listed, found.sum.minor(), "{:?}", line.key);
            }
        }
        for entry in journal(&world, &JournalQuery::default()).await.entries.items {
            assert_eq!(entry.postings.iter().map(|p| p.amount.minor()).sum::<i64>(), 0);
        }
    }

    async fn m25_the_status_of_a_day_is_summed_over_the_journal_up_to_it(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let before = world.status().await;
        app.set_clock("2026-04-01T09:00:00Z");
        world.approved("100000").await;
        let as_of = |day| StatusQuery { as_of: Some(day) };
        let endpoint = || GetFundStatus { fund_id: world.fund_id };
        let march = app.get(&world.head, endpoint(), &as_of(day("2026-03-31"))).await.unwrap();
        assert_eq!((&march.uses, &march.position, march.total), (&before.uses, &before.position, before.total));
        assert_eq!(march.calls[0].reserved, eur("0"));
        let april = app.get(&world.head, endpoint(), &as_of(day("2026-04-01"))).await.unwrap();
        let now = world.status().await;
        assert_eq!(FundStatus { as_of: None, ..april }, now);
        let none = app.get(&world.head, endpoint(), &as_of(day("2026-03-01"))).await.unwrap();
        assert_eq!((none.total, none.donors), (eur("0"), vec![]));
    }

    async fn m70_whoever_prepared_cannot_confirm_whatever_roles_they_hold(app: TestApp) {
        let world = World::new(&app, "200000").await;
        // A later change of roles never enables self-approval.
        app.add_role(world.preparer.id, Role::FinanceApprover, None, false).await;
        let pledged = world.pledged(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let request = SignContributionRequest { signed_on: today() };
        let sign = SignContribution { contribution_id: pledged.id };
        let refused = world.once(&world.preparer, sign, Some(pledged.version), &request).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);
        let signed = world.signed(world.bmz, "BMZ-2", eur("1000"), "1").await;
        let receipt = world.prepared(&signed, eur("10"), "1").await.unwrap();
        let confirm = ConfirmReceipt { receipt_id: receipt.id };
        let refused = world.once(&world.preparer, confirm, Some(receipt.version), &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);
        let aside = world.allocation(Purpose::Reserve, "10").await;
        let confirm = ConfirmAllocation { allocation_id: aside.id };
        let refused = world.once(&world.preparer, confirm, Some(aside.version), &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::SeparationOfDuties);

        for (table, column, id) in [
            ("contributions", "signed_by", pledged.id.0),
            ("receipts", "confirmed_by", receipt.id.0),
            ("allocations", "confirmed_by", aside.id.0),
        ] {
            let mut tx = app.app.db.begin().await.unwrap();
            let sql = format!("UPDATE {table} SET {column} = prepared_by WHERE id = $1");
            let result = on!(&mut tx, |c| sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(c).await.map(|_| ()));
            let error = result.unwrap_err().to_string().to_lowercase();
            assert!(error.contains("check"), "{table}: {error}");
        }
    }

    async fn m34_a_double_click_records_once(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let draft = ContributionDraft {
            donor_id: world.bmz,
            reference: "BMZ-1".into(),
            signed: eur("1000"),
            budget_rate: shared::money::Rate::ONE,
            rate_source: String::new(),
            rate_id: None,
            pledged_on: today(),
            earmark: Earmark::default(),
            valid_from: None,
            valid_until: None,
        };
        let create = || CreateContribution { fund_id: world.fund_id };
        app.get(&world.preparer, ListDonors { fund_id: world.fund_id }, &Nothing {}).await.unwrap();
        let key = key();
        let (one, two) = futures::future::join(
            world.with_key(&world.preparer, create(), None, &draft, &key),
            world.with_key(&world.preparer, create(), None, &draft, &key),
        )
        .await;
        assert_eq!(one.unwrap(), two.unwrap());
        let other = ContributionDraft { signed: eur("2000"), ..draft.clone() };
        let reused = world.with_key(&world.preparer, create(), None, &other, &key).await.unwrap_err();
        assert_eq!(reused.code, Code::IdempotencyKeyReused);
        let again = world.once(&world.preparer, create(), None, &draft).await.unwrap_err();
        assert_eq!(again.code, Code::Duplicate);
        let list = app.get(&world.head, ListContributions { fund_id: world.fund_id }, &ContributionQuery::default()).await.unwrap();
        assert_eq!(list.items.len(), 1);
    }

    async fn there_is_one_fund_and_the_administrator_names_it(app: TestApp) {
        let (admin, head) = (app.person(Role::Admin).await, app.person(Role::HeadOfDesk).await);
        let draft = FundDraft { code: "CIF".into(), name: "Catalytic Fund".into(), second_approval_above: eur("50000"), split_method: SplitMethod::EarmarkedFirst };
        assert_eq!(app.call(&head, CreateFund {}, &draft).await.unwrap_err().code, Code::Forbidden);
        let unnamed = FundDraft { name: " ".into(), ..draft.clone() };
        assert_eq!(app.call(&admin, CreateFund {}, &unnamed).await.unwrap_err().errors[0].pointer, "/name");
        let fund = app.call(&admin, CreateFund {}, &draft).await.unwrap();
        assert_eq!(app.call(&admin, CreateFund {}, &draft).await.unwrap_err().code, Code::Duplicate);
        let status = app.get(&head, GetFundStatus { fund_id: fund.id }, &StatusQuery::default()).await.unwrap();
        assert_eq!((status.total, status.second_approval_above), (eur("0"), eur("50000")));
        assert_eq!(status.split_method, SplitMethod::EarmarkedFirst);
    }

    async fn bad_amounts_name_the_field_and_store_nothing(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let url = format!("/api/v1/funds/{}/contributions", world.fund_id);
        let long = "9".repeat(30);
        for (amount, currency, code) in [
            ("1e3", "EUR", "amount_format"),
            ("1_000", "EUR", "amount_format"),
            (" 1", "EUR", "amount_format"),
            ("NaN", "EUR", "amount_format"),
            ("1.000,00", "EUR", "amount_format"),
            (long.as_str(), "EUR", "amount_range"),
            ("-5", "EUR", "amount_not_positive"),
            ("0", "EUR", "amount_not_positive"),
            ("100.50", "XAF", "amount_precision"),
            ("1.005", "EUR", "amount_precision"),
            ("1", "XXX", "currency_unknown"),
        ] {
            let body = serde_json::json!({
                "donor_id": world.bmz, "reference": "R", "budget_rate": "1", "pledged_on": "2026-03-02",
                "signed": { "amount": amount, "currency": currency },
            });
            let raw = app.raw(Some(&world.preparer), "POST", &url, Some(body.to_string()), &[("idempotency-key", &key())]).await;
            assert_eq!(raw.status, 422, "{amount}: {}", raw.text());
            let problem: serde_json::Value = serde_json::from_slice(&raw.bytes).unwrap();
            assert_eq!(problem["errors"][0]["code"], code, "{amount}");
            assert!(problem["errors"][0]["pointer"].as_str().unwrap().starts_with("/signed"), "{problem}");
        }
        let no_key = app.raw(Some(&world.preparer), "POST", &url, Some("{}".into()), &[]).await;
        assert!(no_key.text().contains("idempotency_key_required"));
        let list = app.get(&world.head, ListContributions { fund_id: world.fund_id }, &ContributionQuery::default()).await.unwrap();
        assert!(list.items.is_empty());
    }

    async fn a_stale_version_changes_nothing(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let pledged = world.pledged(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let request = SignContributionRequest { signed_on: today() };
        let sign = SignContribution { contribution_id: pledged.id };
        let stale = world.once(&world.approver, sign, Some(pledged.version + 1), &request).await.unwrap_err();
        assert_eq!(stale.code, Code::StaleVersion);
        assert_eq!(world.status().await.total, eur("0"));
        let early = SignContributionRequest { signed_on: today().plus_days(1) };
        let sign = SignContribution { contribution_id: pledged.id };
        let future = world.once(&world.approver, sign, Some(pledged.version), &early).await.unwrap_err();
        assert_eq!(future.errors[0].code, Code::DateInFuture);
    }

    async fn the_funds_rows_are_for_its_readers(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let pledged = world.pledged(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let status = GetFundStatus { fund_id: world.fund_id };
        assert_eq!(app.get(&world.lead, status, &StatusQuery::default()).await.unwrap_err().code, Code::Forbidden);
        let request = SignContributionRequest { signed_on: today() };
        for (person, code) in [(&world.lead, Code::NotFound), (&world.desk, Code::Forbidden)] {
            let sign = SignContribution { contribution_id: pledged.id };
            assert_eq!(world.once(person, sign, Some(1), &request).await.unwrap_err().code, code);
        }
        let sign = SignContribution { contribution_id: ContributionId(Uuid::now_v7()) };
        assert_eq!(world.once(&world.approver, sign, Some(1), &request).await.unwrap_err().code, Code::NotFound);
        let other = GetFundStatus { fund_id: FundId(Uuid::now_v7()) };
        assert_eq!(app.get(&world.head, other, &StatusQuery::default()).await.unwrap_err().code, Code::NotFound);
        let visitor = app.send(None, GetFundStatus { fund_id: world.fund_id }, &StatusQuery::default(), &Nothing {}, &[]).await;
        assert_eq!(visitor.unwrap_err().code, Code::SignInRequired);
    }

    async fn the_journal_pages_by_keyset(app: TestApp) {
        let world = World::funded(&app, "2000000").await;
        for _ in 0..60 {
            world.approved("1").await;
        }
        let all = JournalQuery::default;
        let account = Some(Account::Reserved);
        // What leads to the entries: they themselves, an account, a call, a donor.
        for query in [
            JournalQuery { kind: Some(EntryKind::Reservation), ..all() },
            JournalQuery { account, ..all() },
            JournalQuery { call_id: Some(world.call_id), ..all() },
            JournalQuery { account, donor_id: Some(world.sdc), ..all() },
        ] {
            let first = journal(&world, &query).await;
            let after = first.entries.next.unwrap().parse().unwrap();
            let second = journal(&world, &JournalQuery { after: Some(after), ..query }).await;
            assert_eq!((first.entries.items.len(), second.entries.items.len(), second.entries.next), (50, 10, None));
            assert!(first.entries.items.last().unwrap().id > second.entries.items[0].id);
            assert_eq!(first.sum, second.sum);
        }
    }

    async fn m25_each_filter_of_the_journal_gives_the_postings_that_it_names(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        app.advance(chrono::Duration::days(3));
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        world.approved("20000").await;
        let all = journal(&world, &JournalQuery::default()).await.entries;
        assert!(all.next.is_none());
        let first = &all.items[0].postings[0];
        let (donor, contribution) = (first.donor.id, first.contribution_id);
        let none = JournalQuery::default;
        let of_postings = [
            none(),
            JournalQuery { donor_id: Some(donor), ..none() },
            JournalQuery { contribution_id: Some(contribution), ..none() },
            JournalQuery { call_id: Some(world.call_id), ..none() },
            JournalQuery { agreement_id: Some(grant.id), ..none() },
            JournalQuery { donor_id: Some(donor), call_id: Some(world.call_id), agreement_id: Some(grant.id), ..none() },
        ];
        let of_entries = [
            (None, None, None),
            (Some(EntryKind::Reservation), None, None),
            (None, Some(today().plus_days(1)), None),
            (Some(EntryKind::Allocation), None, Some(today())),
        ];
        let accounts = std::iter::once(None).chain(Account::ALL.iter().copied().map(Some));
        let mut found = 0;
        for account in accounts {
            for of_postings in &of_postings {
                for (kind, from, until) in of_entries {
                    let query = JournalQuery { account, kind, from, until, ..of_postings.clone() };
                    let asked = |entry: &JournalEntry, posting: &Posting| {
                        kind.is_none_or(|kind| entry.kind == kind)
                            && from.is_none_or(|day| entry.posted_on >= day)
                            && until.is_none_or(|day| entry.posted_on <= day)
                            && account.is_none_or(|account| posting.account == account)
                            && query.donor_id.is_none_or(|id| posting.donor.id == id)
                            && query.contribution_id.is_none_or(|id| posting.contribution_id == id)
                            && (query.call_id.is_none() || posting.call.is_some())
                            && (query.agreement_id.is_none() || posting.agreement_id == query.agreement_id)
                    };
                    let expected: Vec<_> = all
                        .items
                        .iter()
                        .flat_map(|entry| entry.postings.iter().map(move |posting| (entry, posting)))
                        .filter(|(entry, posting)| asked(entry, posting))
                        .map(|(entry, posting)| (entry.id, posting.account, posting.amount))
                        .collect();
                    let given = journal(&world, &query).await;
                    let rows: Vec<_> = given
                        .entries
                        .items
                        .iter()
                        .flat_map(|entry| entry.postings.iter().map(|p| (entry.id, p.account, p.amount)))
                        .collect();
                    assert_eq!(rows, expected, "{query:?}");
                    let sum = Money::sum(Currency::EUR, expected.iter().map(|row| row.2)).unwrap();
                    assert_eq!(given.sum, sum, "{query:?}");
                    found += usize::from(!rows.is_empty());
                }
            }
        }
        assert!(found > 40, "{found} of the filters found something");
    }
}
