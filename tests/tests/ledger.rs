//! The ledger by contribution: earmarks, corrections, what comes back, and the check that proves it
//! (M22, M24, M31, M43, M60, M61, M70, V7).

use catalytic_fund::db::Db;
use catalytic_fund::fund::ledger::{self, OnAgreement};
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, fund, jobs, on, transact};
use shared::calls::{ExtendCall, ExtendCallRequest, GetCall};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::corrections::*;
use shared::fund::*;
use shared::grants::{
    ApproveDisbursement, DisbursementDraft, Grant, InstructDisbursement, PrepareDisbursement, VerifyDisbursement,
};
use shared::ids::{DecisionId, DisbursementId, OrganisationId, ProposalId};
use shared::money::{Money, Rate};
use shared::problem::Code;
use sqlx::AssertSqlSafe;
use tests::both;
use tests::money::{World, chf, day, eur, key, today};
use uuid::Uuid;

/// A contribution in euros with an earmark, signed, and received as far as `received` says.
async fn earmarked(
    world: &World<'_>,
    donor: OrganisationId,
    reference: &str,
    signed: &str,
    earmark: Earmark,
) -> Contribution {
    let draft = ContributionDraft {
        donor_id: donor,
        reference: reference.into(),
        signed: eur(signed),
        budget_rate: Rate::ONE,
        rate_source: String::new(),
        rate_id: None,
        pledged_on: today(),
        earmark,
        valid_from: None,
        valid_until: None,
    };
    let pledged =
        world.once(&world.preparer, CreateContribution { fund_id: world.fund_id }, None, &draft).await.unwrap();
    let sign = SignContribution { contribution_id: pledged.id };
    world
        .once(&world.approver, sign, Some(pledged.version), &SignContributionRequest { signed_on: today() })
        .await
        .unwrap()
}

fn refuse_of(contribution: &Contribution) -> RefuseContribution {
    RefuseContribution { contribution_id: contribution.id }
}

fn only(country: &str) -> Earmark {
    Earmark { countries: vec![country.into()], ..Earmark::default() }
}

/// An organisation votes yes on a decided proposal.
async fn votes_yes(world: &World<'_>, decided: (ProposalId, DecisionId), organisation: OrganisationId) {
    let now = world.app.app.clock.now();
    transact!(world.app.app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO motion_voters (motion_id, organisation_id, is_recused)
             SELECT motion_id, $2, FALSE FROM decisions WHERE id = $1",
            decided.1,
            organisation
        )?;
        execute!(
            tx,
            "INSERT INTO ballots (id, motion_id, organisation_id, person_id, choice, reason, cast_at)
             SELECT $1, motion_id, $3, $4, 'yes', '', $5 FROM decisions WHERE id = $2",
            Uuid::now_v7(),
            decided.1,
            organisation,
            world.head.id,
            now
        )?;
        Ok::<(), ApiError>(())
    })
    .unwrap();
}

/// The newest entry of a kind: `account reference amount` per posting.
async fn newest(world: &World<'_>, kind: EntryKind) -> Vec<String> {
    let query = JournalQuery { kind: Some(kind), ..JournalQuery::default() };
    let journal = world.app.get(&world.head, ListJournal { fund_id: world.fund_id }, &query).await.unwrap();
    let entry = journal.entries.items.into_iter().next().unwrap();
    entry.postings.iter().map(|p| format!("{} {} {}", p.account, p.contribution, p.amount.amount())).collect()
}

async fn clean(world: &World<'_>) {
    let check = fund::check::examine(&world.app.app.db).await.unwrap();
    assert_eq!(check.findings, []);
}

fn on_agreement(grant: &Grant, amount: &str) -> OnAgreement {
    OnAgreement { agreement_id: grant.id, source: Uuid::now_v7(), amount: eur(amount), posted_on: today() }
}

/// Pays on an agreement through the ledger alone.
async fn paid(world: &World<'_>, grant: &Grant, amount: &str) -> Result<DisbursementId, Code> {
    let ctx = world.app.app.system_ctx();
    let disbursement_id = DisbursementId(Uuid::now_v7());
    let pay = ledger::Disburse {
        fund_id: world.fund_id,
        call_id: world.call_id,
        proposal_id: grant.proposal_id,
        agreement_id: grant.id,
        disbursement_id,
        amount: eur(amount),
        posted_on: today(),
    };
    let done = transact!(world.app.app.db, |tx| ledger::disburse(tx, &ctx, pay).await);
    done.map(|()| disbursement_id).map_err(|error| error.code().unwrap())
}

/// A payment of a grant's whole first tranche, up to its approval.
async fn approved(world: &World<'_>, grant: &Grant) -> DisbursementId {
    let draft = DisbursementDraft { tranche_id: grant.tranches[0].id, amount: grant.tranches[0].planned };
    let endpoint = PrepareDisbursement { agreement_id: grant.id };
    let grant = world.once(&world.preparer, endpoint, None, &draft).await.unwrap();
    let disbursement_id = grant.disbursements.last().unwrap().id;
    world.once(&world.desk, VerifyDisbursement { disbursement_id }, Some(1), &Nothing {}).await.unwrap();
    world.once(&world.approver, ApproveDisbursement { disbursement_id }, Some(2), &Nothing {}).await.unwrap();
    disbursement_id
}

/// Runs one operation of the ledger in the program's name.
macro_rules! booked {
    ($world:expr, |$tx:ident, $ctx:ident| $body:expr) => {{
        let $ctx = $world.app.app.system_ctx();
        transact!($world.app.app.db, |$tx| $body.await)
    }};
}

both! {
    async fn m24_an_earmark_is_a_hard_filter_on_headroom_and_split(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        // The proposals of this world are in CM.
        earmarked(&world, world.sdc, "SDC-NP", "9000", only("NP")).await;
        let decided = world.decided(eur("1500")).await;
        let position = async |query| app.get(&world.head, GetPosition { fund_id: world.fund_id }, &query).await.unwrap();
        let whole = position(PositionQuery::default()).await;
        assert_eq!((whole.headroom, whole.earmarked), (eur("10000"), eur("0")));
        let own = position(PositionQuery { proposal_id: Some(decided.0), call_id: None }).await;
        assert_eq!((own.headroom, own.earmarked, own.envelope_left), (eur("1000"), eur("9000"), Some(eur("200000"))));
        let short = world.reserve(decided, eur("1500")).await.unwrap_err();
        assert_eq!((short.code, short.missing), (Code::EarmarkedElsewhere, eur("500")));
        world.reserve(decided, eur("1000")).await.unwrap();
        assert_eq!(newest(&world, EntryKind::Reservation).await, ["headroom BMZ-1 1000.00", "reserved BMZ-1 -1000.00"]);
        // An exclusion is a filter too.
        let without = Earmark { excluded_countries: vec!["CM".into()], ..Earmark::default() };
        earmarked(&world, world.bmz, "BMZ-X", "9000", without).await;
        let more = world.decided(eur("1")).await;
        assert_eq!(world.reserve(more, eur("1")).await.unwrap_err().code, Code::EarmarkedElsewhere);
        clean(&world).await;
    }

    async fn v7_earmarked_money_is_used_only_with_its_donors_yes(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        earmarked(&world, world.sdc, "SDC-CM", "1000", only("CM")).await;
        let silent = world.decided(eur("100")).await;
        world.reserve(silent, eur("100")).await.unwrap();
        assert_eq!(newest(&world, EntryKind::Reservation).await, ["headroom BMZ-1 100.00", "reserved BMZ-1 -100.00"]);
        let voted = world.decided(eur("100")).await;
        // What the motion's page shows before the vote is what the vote does.
        let uses = async |amount: Option<&str>| {
            let asked = amount.map(eur);
            let uses = booked!(world, |tx, ctx| ledger::earmark_uses(tx, ctx.now.date(), world.fund_id, voted.0, asked));
            let uses = uses.unwrap().into_iter();
            uses.map(|own| (own.reference, own.headroom, own.uses, own.left)).collect::<Vec<_>>()
        };
        let sdc = |taken: Option<&str>, left: &str| vec![("SDC-CM".to_owned(), eur("1000"), taken.map(eur), eur(left))];
        assert_eq!(uses(Some("100")).await, sdc(Some("50"), "950"));
        assert_eq!(uses(None).await, sdc(None, "1000"));
        assert_eq!(uses(Some("1900.01")).await, sdc(None, "1000"), "what does not fit takes nothing");
        votes_yes(&world, voted, world.sdc).await;
        world.reserve(voted, eur("100")).await.unwrap();
        assert_eq!(newest(&world, EntryKind::Reservation).await, [
            "headroom BMZ-1 50.00", "headroom SDC-CM 50.00", "reserved BMZ-1 -50.00", "reserved SDC-CM -50.00",
        ]);
        let over = world.decided(eur("900")).await;
        assert_eq!(world.reserve(over, eur("900")).await.unwrap_err().code, Code::EarmarkedElsewhere);
    }

    async fn m60_the_funds_method_says_which_contributions_carry_a_grant(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let choose = async |method: SplitMethod| {
            transact!(app.app.db, |tx| {
                execute!(tx, "UPDATE funds SET split_method = $1", method)?;
                Ok::<(), ApiError>(())
            })
            .unwrap();
        };
        let older = world.signed(world.sdc, "SDC-1", eur("400"), "1").await;
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE contributions SET signed_on = $2 WHERE id = $1", older.id, day("2026-01-01"))?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        world.signed(world.bmz, "BMZ-1", eur("600"), "1").await;
        earmarked(&world, world.sdc, "SDC-CM", "500", only("CM")).await;
        let reserved = async |amount: &str| {
            let decided = world.decided(eur(amount)).await;
            votes_yes(&world, decided, world.sdc).await;
            world.reserve(decided, eur(amount)).await.unwrap();
            let postings = newest(&world, EntryKind::Reservation).await.into_iter();
            postings.filter(|posting| posting.starts_with("headroom")).collect::<Vec<_>>()
        };
        choose(SplitMethod::EarmarkedFirst).await;
        assert_eq!(reserved("450").await, ["headroom SDC-CM 450.00"]);
        assert_eq!(reserved("150").await, ["headroom BMZ-1 60.00", "headroom SDC-1 40.00", "headroom SDC-CM 50.00"]);
        choose(SplitMethod::Fifo).await;
        assert_eq!(reserved("400").await, ["headroom BMZ-1 40.00", "headroom SDC-1 360.00"]);
        let kept = world.decided(eur("500.01")).await;
        let short = world.reserve(kept, eur("500.01")).await.unwrap_err();
        assert_eq!((short.code, short.missing), (Code::InsufficientHeadroom, eur("0.01")));
        clean(&world).await;
    }

    async fn v7_a_recused_donors_yes_opens_none_of_its_money(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        earmarked(&world, world.sdc, "SDC-CM", "1000", only("CM")).await;
        let voted = world.decided(eur("100")).await;
        votes_yes(&world, voted, world.sdc).await;
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE motion_voters SET is_recused = TRUE WHERE organisation_id = $1", world.sdc)?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        world.reserve(voted, eur("100")).await.unwrap();
        assert_eq!(newest(&world, EntryKind::Reservation).await, ["headroom BMZ-1 100.00", "reserved BMZ-1 -100.00"]);
    }

    async fn m24_money_is_not_promised_outside_its_period(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let draft = ContributionDraft {
            donor_id: world.bmz,
            reference: "BMZ-1".into(),
            signed: eur("1000"),
            budget_rate: Rate::ONE,
            rate_source: String::new(),
            rate_id: None,
            pledged_on: today(),
            earmark: Earmark::default(),
            valid_from: None,
            valid_until: Some(day("2026-03-31")),
        };
        let create = || CreateContribution { fund_id: world.fund_id };
        let wrong = ContributionDraft { valid_from: Some(day("2026-04-01")), ..draft.clone() };
        let refused = world.once(&world.preparer, create(), None, &wrong).await.unwrap_err();
        assert_eq!((refused.errors[0].pointer.as_str(), refused.errors[0].code), ("/valid_until", Code::DateOrder));
        let unknown = Earmark { calls: vec![shared::ids::CallId(Uuid::now_v7())], ..Earmark::default() };
        let refused =
            world.once(&world.preparer, create(), None, &ContributionDraft { earmark: unknown, ..draft.clone() }).await.unwrap_err();
        assert_eq!(refused.errors[0].pointer, "/earmark/calls");
        let own = Earmark { calls: vec![world.call_id], ..only("CM") };
        let pledged =
            world.once(&world.preparer, create(), None, &ContributionDraft { earmark: own.clone(), ..draft }).await.unwrap();
        assert_eq!((pledged.earmark, pledged.earmark_calls), (own, vec!["CIF-1".to_owned()]));
        let sign = SignContribution { contribution_id: pledged.id };
        world.once(&world.approver, sign, Some(pledged.version), &SignContributionRequest { signed_on: today() }).await.unwrap();
        app.set_clock("2026-04-01T09:00:00Z");
        let decided = world.decided(eur("100")).await;
        votes_yes(&world, decided, world.bmz).await;
        assert_eq!(world.reserve(decided, eur("100")).await.unwrap_err().code, Code::EarmarkedElsewhere);
        app.set_clock("2026-03-31T09:00:00Z");
        world.reserve(decided, eur("100")).await.unwrap();
    }

    async fn m31_earmarked_cash_pays_its_own_part_and_nothing_else(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let two = world.signed(world.bmz, "BMZ-2", eur("1000"), "1").await;
        let sdc = earmarked(&world, world.sdc, "SDC-CM", "2000", only("CM")).await;
        world.received(&bmz, eur("1000"), "1").await;
        world.received(&sdc, eur("100"), "1").await;
        let decided = world.decided(eur("2000")).await;
        votes_yes(&world, decided, world.sdc).await;
        world.reserve(decided, eur("2000")).await.unwrap();
        let grant = world.signed_agreement(decided.1, &["800", "1000", "200"]).await;
        // 400 of 800 would be the earmark's; it has 100, though the fund has 1 100.
        assert_eq!(paid(&world, &grant, "800").await, Err(Code::InsufficientCash));
        paid(&world, &grant, "200").await.unwrap();
        // BMZ-2 has received nothing: BMZ-1 prefinances it.
        assert_eq!(newest(&world, EntryKind::Disbursement).await, [
            "disbursed BMZ-1 50.00", "disbursed BMZ-2 50.00", "disbursed SDC-CM 100.00",
            "cash BMZ-1 -50.00", "cash BMZ-2 -50.00", "cash SDC-CM -100.00",
        ]);
        world.received(&sdc, eur("1900"), "1").await;
        // Now the earmark is rich; the others have 900 for their half.
        paid(&world, &grant, "1800").await.unwrap();
        assert_eq!(paid(&world, &grant, "0.01").await, Err(Code::AboveRemaining));
        let _ = two;
        clean(&world).await;
        // The database itself refuses what the service would have let through.
        let mut tx = app.app.db.begin().await.unwrap();
        let error = execute!(
            &mut tx,
            "INSERT INTO postings (entry_id, line, fund_id, account, currency, amount_minor, donor_id, contribution_id)
             VALUES ($1, 1, $2, 'cash', 'EUR', -100001, $3, $4)",
            Uuid::now_v7(), world.fund_id, world.sdc, sdc.id
        )
        .unwrap_err();
        assert!(error.to_string().to_lowercase().contains("check"), "{error}");
    }

    async fn m31_the_bank_gets_no_order_that_an_earmarks_cash_does_not_carry(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let sdc = earmarked(&world, world.sdc, "SDC-CM", "1000", only("CM")).await;
        world.received(&bmz, eur("1000"), "1").await;
        world.received(&sdc, eur("100"), "1").await;
        let mut grants = Vec::new();
        for (amount, plan) in [("1000", ["400", "500", "100"]), ("500", ["200", "250", "50"])] {
            let decided = world.decided(eur(amount)).await;
            votes_yes(&world, decided, world.sdc).await;
            world.reserve(decided, eur(amount)).await.unwrap();
            grants.push(world.signed_agreement(decided.1, &plan).await);
        }
        let (one, two) = (approved(&world, &grants[0]).await, approved(&world, &grants[1]).await);
        let order = async |disbursement_id| {
            let endpoint = InstructDisbursement { disbursement_id };
            let answer = world.once(&world.preparer, endpoint, Some(3), &Nothing {}).await;
            answer.map(|_| ()).map_err(|problem| (problem.code, problem.params["missing"].clone()))
        };
        // 200 of 400 would be the earmark's; it has 100, though the fund has 1 100.
        assert_eq!(order(one).await, Err((Code::InsufficientCash, "EUR 100.00".into())));
        world.received(&sdc, eur("100"), "1").await;
        order(one).await.unwrap();
        // What the bank has an order for is spoken for: the second one's 100 are not there any more.
        assert_eq!(order(two).await, Err((Code::InsufficientCash, "EUR 100.00".into())));
        world.received(&sdc, eur("100"), "1").await;
        order(two).await.unwrap();
        clean(&world).await;
    }

    async fn m22_a_contribution_cannot_shrink_below_what_is_in_use(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        world.received(&bmz, eur("300"), "1").await;
        let decision = world.approved("400").await;
        let end = || PrepareTermination { contribution_id: bmz.id };
        let reason = CorrectionRequest { reason: "The donor's parliament did not agree".into() };
        let ended = world.once(&world.preparer, end(), None, &reason).await.unwrap();
        assert_eq!((ended.amount, ended.about.as_str()), (eur("700"), "BMZ-1"));
        assert_eq!(world.once(&world.preparer, end(), None, &reason).await.unwrap_err().code, Code::Duplicate);
        let confirm = || ConfirmCorrection { correction_id: ended.id };
        // M70: another person, whatever roles the first one holds.
        app.add_role(world.preparer.id, shared::permission::Role::FinanceApprover, None, false).await;
        let own = world.once(&world.preparer, confirm(), Some(ended.version), &Nothing {}).await.unwrap_err();
        assert_eq!(own.code, Code::SeparationOfDuties);
        let used = world.once(&world.approver, confirm(), Some(ended.version), &Nothing {}).await.unwrap_err();
        assert_eq!((used.code, used.params["missing"].as_str()), (Code::InsufficientHeadroom, "EUR 100.00"));
        booked!(world, |tx, ctx| ledger::release(tx, &ctx, decision)).unwrap();
        let done = world.once(&world.approver, confirm(), Some(ended.version), &Nothing {}).await.unwrap();
        assert_eq!(done.state, CorrectionState::Confirmed);
        let list = app.get(&world.head, ListContributions { fund_id: world.fund_id }, &ContributionQuery::default()).await.unwrap();
        let bmz = &list.items[0];
        assert_eq!((bmz.state, bmz.terminated, bmz.receivable), (ContributionState::Terminated, eur("700"), eur("0")));
        assert_eq!((bmz.headroom, world.status().await.position.allocable), (eur("300"), eur("300")));
        let late = world.prepared(bmz, eur("1"), "1").await.unwrap_err();
        assert_eq!(late.code, Code::WrongState);
        clean(&world).await;
    }

    async fn m52_a_loss_that_headroom_does_not_cover_is_taken_from_the_contributions_reserve(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let sdc = world.signed(world.sdc, "SDC-1", chf("950"), "0.95").await;
        let aside = world.set_aside(Purpose::Reserve, "100").await;
        world.approved("890").await;
        // Headroom 10: at 1.20 the loss of 208.33 is more than that and the reserve together.
        let large = world.prepared(&sdc, chf("950"), "1.2").await.unwrap();
        let confirm = ConfirmReceipt { receipt_id: large.id };
        let refused = world.once(&world.approver, confirm, Some(large.version), &Nothing {}).await.unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::InsufficientHeadroom, "EUR 98.33"));
        let reason = CorrectionRequest { reason: "The rate was mistyped".into() };
        app.call_at(&world.preparer, CancelReceipt { receipt_id: large.id }, large.version, &reason).await.unwrap();
        // At 1.00 it is 50: ten of headroom, forty of the reserve.
        let receipt = world.received(&sdc, chf("950"), "1").await;
        assert_eq!(receipt.gain, eur("-50"));
        let status = world.status().await;
        assert_eq!((status.position.headroom, status.position.reserved), (eur("0"), eur("890")));
        let reserve = |status: &FundStatus| {
            status.uses.iter().find(|line| line.account == Account::Reserve).unwrap().amount
        };
        assert_eq!(reserve(&status), eur("60"));
        clean(&world).await;
        // What it took is no longer there to be freed.
        let reversal = PrepareAllocationReversal { allocation_id: aside.id };
        let reversal = world.once(&world.preparer, reversal, None, &reason).await.unwrap();
        let confirm = ConfirmCorrection { correction_id: reversal.id };
        let gone = world.once(&world.approver, confirm, Some(reversal.version), &Nothing {}).await.unwrap_err();
        assert_eq!((gone.code, gone.params["missing"].as_str()), (Code::InsufficientHeadroom, "EUR 40.00"));
    }

    async fn m3_the_figures_of_a_past_day_stay_as_they_were(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let sdc = world.signed(world.sdc, "SDC-1", chf("950"), "0.95").await;
        let receipt = world.received(&sdc, chf("950"), "1").await;
        let past = today();
        let seen = async || {
            let (fund_id, of) = (world.fund_id, StatusQuery { as_of: Some(past) });
            let status = app.get(&world.head, GetFundStatus { fund_id }, &of).await.unwrap();
            let of = StatementQuery { as_of: Some(past), ..StatementQuery::default() };
            (status, app.get(&world.head, GetDonorStatement { fund_id }, &of).await.unwrap())
        };
        let before = seen().await;
        app.app.clock.set(app.app.clock.now().plus(chrono::Duration::days(40)));
        // A month later the receipt is undone, the envelope grows and another call is published.
        let reason = CorrectionRequest { reason: "It was the other donor's".into() };
        let reversal = PrepareReceiptReversal { receipt_id: receipt.id };
        let reversal = world.once(&world.preparer, reversal, None, &reason).await.unwrap();
        let confirm = ConfirmCorrection { correction_id: reversal.id };
        world.once(&world.approver, confirm, Some(reversal.version), &Nothing {}).await.unwrap();
        let call = app.get(&world.head, GetCall { call_id: world.call_id }, &Nothing {}).await.unwrap();
        let larger = ExtendCallRequest { envelope: eur("300000"), closes_local: call.closes_local, reason: "More came".into() };
        app.call_at(&world.head, ExtendCall { call_id: world.call_id }, call.version, &larger).await.unwrap();
        transact!(app.app.db, |tx| {
            execute!(
                tx,
                "INSERT INTO calls (id, fund_id, code, title_en, title_fr, funding_window, envelope_minor, opens_at, closes_at,
                     zone, phase, definition, search_key, created_by, created_at, published_at)
                 SELECT $1, fund_id, 'CIF-2', title_en, title_fr, funding_window, envelope_minor, opens_at, closes_at, zone,
                     'published', definition, search_key, created_by, $2, $2 FROM calls",
                uuid::Uuid::now_v7(),
                app.app.clock.now()
            )?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        assert_eq!(seen().await, before);
        let status = world.status().await;
        assert_eq!(status.calls.iter().map(|call| call.envelope).collect::<Vec<_>>(), [eur("300000"), eur("300000")]);
        assert_eq!(status.donors[0].lines[0].amount, eur("0"));
    }

    async fn m70_a_booked_receipt_is_reversed_by_two_people_and_booked_anew(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let sdc = world.signed(world.sdc, "SDC-1", eur("1000"), "1").await;
        let draft = ReceiptDraft { amount: eur("600"), bank_rate: Rate::ONE, rate_source: String::new(), rate_id: None, received_on: today(), bank_reference: "B-1".into() };
        let prepare = |on: &Contribution| PrepareReceipt { contribution_id: on.id };
        let receipt = world.once(&world.preparer, prepare(&bmz), None, &draft).await.unwrap();
        let reason = CorrectionRequest { reason: "It was the other donor's".into() };
        let early = PrepareReceiptReversal { receipt_id: receipt.id };
        assert_eq!(world.once(&world.preparer, early, None, &reason).await.unwrap_err().code, Code::WrongState);
        // Not booked yet: it is dropped, and the bank's reference is free again.
        app.call_at(&world.preparer, CancelReceipt { receipt_id: receipt.id }, receipt.version, &reason).await.unwrap();
        let receipt = world.once(&world.preparer, prepare(&bmz), None, &draft).await.unwrap();
        let confirm = ConfirmReceipt { receipt_id: receipt.id };
        let receipt = world.once(&world.approver, confirm, Some(receipt.version), &Nothing {}).await.unwrap();
        let cancel = CancelReceipt { receipt_id: receipt.id };
        assert_eq!(app.call_at(&world.preparer, cancel, receipt.version, &reason).await.unwrap_err().code, Code::WrongState);
        let reversal = PrepareReceiptReversal { receipt_id: receipt.id };
        let reversal = world.once(&world.preparer, reversal, None, &reason).await.unwrap();
        let confirm = ConfirmCorrection { correction_id: reversal.id };
        world.once(&world.approver, confirm, Some(reversal.version), &Nothing {}).await.unwrap();
        let right = world.once(&world.preparer, prepare(&sdc), None, &draft).await.unwrap();
        let confirm = ConfirmReceipt { receipt_id: right.id };
        world.once(&world.approver, confirm, Some(right.version), &Nothing {}).await.unwrap();
        let status = world.status().await;
        let received: Vec<_> = status.donors.iter().map(|d| d.lines[0].amount).collect();
        assert_eq!(received, [eur("0"), eur("600")]);
        // What the figure opens includes the reversal.
        for donor in &status.donors {
            let line = &donor.lines[0];
            let query = JournalQuery {
                account: Some(line.account), kind: line.kind, net: Some(true), donor_id: Some(donor.donor.id), ..JournalQuery::default()
            };
            let rows = app.get(&world.head, ListJournal { fund_id: world.fund_id }, &query).await.unwrap();
            assert_eq!(rows.sum, line.amount);
        }
        clean(&world).await;
    }

    async fn m70_who_confirms_may_refuse_with_a_reason(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let why = CorrectionRequest { reason: "The amount is another one".into() };
        let silent = CorrectionRequest { reason: " ".into() };
        let pledge = world.pledged(world.sdc, "SDC-1", eur("500"), "1").await;
        let refuse = || RefuseContribution { contribution_id: pledge.id };
        let problem = app.call_at(&world.approver, refuse(), pledge.version, &silent).await.unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/reason");
        app.call_at(&world.approver, refuse(), pledge.version, &why).await.unwrap();
        let sign = SignContribution { contribution_id: pledge.id };
        let signed_on = SignContributionRequest { signed_on: today() };
        let late = world.once(&world.approver, sign, Some(pledge.version + 1), &signed_on).await.unwrap_err();
        assert_eq!(late.code, Code::WrongState);
        let signed = refuse_of(&bmz);
        assert_eq!(app.call_at(&world.approver, signed, bmz.version, &why).await.unwrap_err().code, Code::WrongState);
        let receipt = world.prepared(&bmz, eur("100"), "1").await.unwrap();
        app.call_at(&world.approver, CancelReceipt { receipt_id: receipt.id }, receipt.version, &why).await.unwrap();
        let aside = world.allocation(Purpose::Reserve, "10").await;
        app.call_at(&world.approver, CancelAllocation { allocation_id: aside.id }, aside.version, &why).await.unwrap();
        let end = PrepareTermination { contribution_id: bmz.id };
        let end = world.once(&world.preparer, end, None, &why).await.unwrap();
        let cancel = || CancelCorrection { correction_id: end.id };
        let refused = app.call_at(&world.approver, cancel(), end.version, &why).await.unwrap();
        assert_eq!(refused.state, CorrectionState::Cancelled);
        // Nobody else may.
        for person in [&world.desk, &world.head] {
            let problem = app.call_at(person, cancel(), end.version, &why).await.unwrap_err();
            assert_eq!(problem.code, Code::Forbidden);
        }
        assert_eq!(world.status().await.position.headroom, eur("1000"));
        clean(&world).await;
    }

    async fn m71_money_set_aside_is_freed_by_two_people(app: TestApp) {
        let world = World::new(&app, "200000").await;
        world.signed(world.bmz, "BMZ-1", eur("1000"), "1").await;
        let aside = world.set_aside(Purpose::Reserve, "400").await;
        let reason = CorrectionRequest { reason: "Decided anew".into() };
        let free = PrepareAllocationReversal { allocation_id: aside.id };
        let free = world.once(&world.preparer, free, None, &reason).await.unwrap();
        let cancelled =
            app.call_at(&world.preparer, CancelCorrection { correction_id: free.id }, free.version, &reason).await.unwrap();
        assert_eq!(cancelled.state, CorrectionState::Cancelled);
        let free = PrepareAllocationReversal { allocation_id: aside.id };
        let free = world.once(&world.preparer, free, None, &reason).await.unwrap();
        let confirm = ConfirmCorrection { correction_id: free.id };
        world.once(&world.approver, confirm, Some(free.version), &Nothing {}).await.unwrap();
        assert_eq!(world.status().await.position.headroom, eur("1000"));
        let list =
            app.get(&world.head, ListCorrections { fund_id: world.fund_id }, &CorrectionQuery::default()).await.unwrap();
        assert_eq!(list.items.len(), 2);
        let dropped = world.allocation(Purpose::Reserve, "10").await;
        app.call_at(&world.preparer, CancelAllocation { allocation_id: dropped.id }, dropped.version, &reason).await.unwrap();
        clean(&world).await;
    }

    async fn m61_what_comes_back_uses_the_originals_split(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        let first = paid(&world, &grant, "33.33").await.unwrap();
        let original = newest(&world, EntryKind::Disbursement).await;
        assert_eq!(original, [
            "disbursed BMZ-1 20.00", "disbursed SDC-1 13.33", "cash BMZ-1 -20.00", "cash SDC-1 -13.33",
        ]);
        // A new contribution changes nothing for a signed agreement.
        world.signed(world.bmz, "BMZ-2", eur("100000"), "1").await;
        booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, first, today())).unwrap();
        assert_eq!(newest(&world, EntryKind::DisbursementReversal).await, [
            "cash BMZ-1 20.00", "cash SDC-1 13.33", "disbursed BMZ-1 -20.00", "disbursed SDC-1 -13.33",
        ]);
        let again = booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, first, today())).unwrap_err();
        assert_eq!(again.code(), Some(Code::WrongState));

        let second = paid(&world, &grant, "40000").await.unwrap();
        let early = booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, second, today().plus_days(-1))).unwrap_err();
        assert_eq!(early.code(), Some(Code::DateOrder));
        booked!(world, |tx, ctx| ledger::refund(tx, &ctx, on_agreement(&grant, "100"))).unwrap();
        assert_eq!(newest(&world, EntryKind::Refund).await, [
            "cash BMZ-1 60.00", "cash SDC-1 40.00", "disbursed BMZ-1 -60.00", "disbursed SDC-1 -40.00",
        ]);
        let whole = booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, second, today())).unwrap_err();
        assert_eq!(whole.code(), Some(Code::AboveRemaining), "some of it came back already");
        let over = booked!(world, |tx, ctx| ledger::refund(tx, &ctx, on_agreement(&grant, "39900.01"))).unwrap_err();
        assert_eq!(over.code(), Some(Code::AboveRemaining));
        clean(&world).await;
    }

    async fn m43_closing_decommits_and_what_is_given_up_stays_disbursed(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        paid(&world, &grant, "40000").await.unwrap();
        let spend = on_agreement(&grant, "30000");
        booked!(world, |tx, ctx| ledger::accept_expenditure(tx, &ctx, spend)).unwrap();
        assert_eq!(newest(&world, EntryKind::Expenditure).await, [
            "accepted_spend BMZ-1 18000.00", "accepted_spend SDC-1 12000.00",
            "advances_cleared BMZ-1 -18000.00", "advances_cleared SDC-1 -12000.00",
        ]);
        booked!(world, |tx, ctx| ledger::reverse_expenditure(tx, &ctx, spend.source, today())).unwrap();
        booked!(world, |tx, ctx| ledger::accept_expenditure(tx, &ctx, on_agreement(&grant, "30000"))).unwrap();
        let over = booked!(world, |tx, ctx| ledger::decommit(tx, &ctx, on_agreement(&grant, "60000.01"))).unwrap_err();
        assert_eq!(over.code(), Some(Code::AboveRemaining));
        booked!(world, |tx, ctx| ledger::decommit(tx, &ctx, on_agreement(&grant, "60000"))).unwrap();
        // 10 000 too much was paid; 4 000 come back, 6 000 are given up.
        booked!(world, |tx, ctx| ledger::refund(tx, &ctx, on_agreement(&grant, "4000"))).unwrap();
        booked!(world, |tx, ctx| ledger::decommit(tx, &ctx, on_agreement(&grant, "4000"))).unwrap();
        let over = booked!(world, |tx, ctx| ledger::write_off(tx, &ctx, on_agreement(&grant, "36000.01"))).unwrap_err();
        assert_eq!(over.code(), Some(Code::AboveRemaining));
        booked!(world, |tx, ctx| ledger::write_off(tx, &ctx, on_agreement(&grant, "6000"))).unwrap();
        let status = world.status().await;
        let line = |lines: &[Line], key| lines.iter().find(|l| l.key == key).unwrap().amount;
        assert_eq!(line(&status.uses, LineKey::Committed), eur("30000"));
        assert_eq!(line(&status.uses, LineKey::WrittenOff), eur("6000"));
        assert_eq!(line(&status.cash, LineKey::Disbursed), eur("36000"));
        assert_eq!(line(&status.cash, LineKey::Received), eur("1000000"));
        let uses = Money::sum(Currency::EUR, status.uses.iter().map(|l| l.amount)).unwrap();
        assert_eq!((uses, status.position.headroom), (status.total, eur("864000")));
        clean(&world).await;
    }

    async fn m21_of_200_concurrent_approvals_for_the_last_cent_one_wins(app: TestApp) {
        let world = World::funded(&app, "2000000").await;
        world.approved("899999.99").await;
        let mut all = Vec::new();
        for _ in 0..200 {
            all.push(world.decided(eur("0.01")).await);
        }
        let answers = futures::future::join_all(all.iter().map(|decided| world.reserve(*decided, eur("0.01")))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let short = |answer: &Result<(), Shortfall>| answer.as_ref().err().map(|s| (s.code, s.missing));
        let refused = Some((Code::InsufficientHeadroom, eur("0.01")));
        assert_eq!(answers.iter().filter(|answer| short(answer) == refused).count(), 199);
        assert_eq!(world.status().await.position.headroom, eur("0"));
        clean(&world).await;
    }

    async fn m31_of_200_concurrent_payments_for_the_last_cent_one_wins(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        paid(&world, &grant, "99999.99").await.unwrap();
        let answers = futures::future::join_all((0..200).map(|_| paid(&world, &grant, "0.01"))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| **answer == Err(Code::AboveRemaining)).count(), 199);
        clean(&world).await;
    }

    async fn m25_the_check_names_what_was_broken_by_hand(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        let first = paid(&world, &grant, "40000").await.unwrap();
        booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, first, today())).unwrap();
        clean(&world).await;
        unguard(&app.app.db).await;
        for (key, rule, sql) in BREAKS {
            let found = broken(&app.app.db, sql).await;
            let hit = found.iter().find(|finding| finding.check == *key);
            let hit = hit.unwrap_or_else(|| panic!("{key:?}: {sql} is not found: {found:?}"));
            assert_eq!(hit.rule, *rule);
            assert_ne!(hit.expected, hit.found, "{key}");
        }
        let tested: std::collections::BTreeSet<_> = BREAKS.iter().map(|(key, ..)| *key).collect();
        let all: std::collections::BTreeSet<_> = CheckKey::ALL.iter().copied().collect();
        assert_eq!(tested, all, "every check has a test that breaks its rule");
    }

    async fn m25_the_check_runs_each_night_and_on_demand_and_is_kept(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let get = || GetLedgerCheck { fund_id: world.fund_id };
        assert_eq!(app.get(&world.head, get(), &Nothing {}).await.unwrap().checked_at, None);
        jobs::run_due(&app.app).await.unwrap();
        let first = app.get(&world.head, get(), &Nothing {}).await.unwrap();
        assert_eq!((first.checked_at, first.postings, first.findings.len()), (Some(app.app.clock.now()), 16, 0));
        app.advance(chrono::Duration::hours(1));
        jobs::run_due(&app.app).await.unwrap();
        assert_eq!(app.get(&world.head, get(), &Nothing {}).await.unwrap().checked_at, first.checked_at);
        let run = app.call(&world.head, RunLedgerCheck { fund_id: world.fund_id }, &Nothing {}).await.unwrap();
        assert_eq!(run.checked_at, Some(app.app.clock.now()));
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE fund_balances SET balance_minor = balance_minor + 1 WHERE account = 'cash'")?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        app.advance(chrono::Duration::hours(24));
        jobs::run_due(&app.app).await.unwrap();
        let found = app.get(&world.head, get(), &Nothing {}).await.unwrap();
        assert_eq!((found.findings[0].check, found.findings[0].found - found.findings[0].expected), (CheckKey::FundBalance, 1));
        let mut tx = app.app.db.read().await.unwrap();
        let told: i64 =
            on!(&mut tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM audit_log WHERE action = 'ledger.findings'").fetch_one(c).await)
                .unwrap();
        assert_eq!(told, 1);
        let _ = key();
    }
}

/// What each check must find: its key, its rule, and how to break it once triggers and checks are off.
const BREAKS: &[(CheckKey, &str, &str)] = &[
    (CheckKey::EntryBalance, "M25", "UPDATE postings SET amount_minor = amount_minor + 1 WHERE line = 1"),
    (CheckKey::EntryWithoutPostings, "M25", "DELETE FROM postings"),
    (CheckKey::PostingWithoutEntry, "M25", "DELETE FROM journal_entries WHERE kind = 'disbursement'"),
    (CheckKey::PostingBelongs, "M25", "UPDATE postings SET currency = 'CHF' WHERE account = 'receivable'"),
    (CheckKey::FundBalance, "M25", "UPDATE fund_balances SET balance_minor = balance_minor - 1 WHERE account = 'headroom'"),
    (CheckKey::UnearmarkedCash, "M31", "UPDATE fund_balances SET unearmarked_minor = unearmarked_minor + 1 WHERE account = 'cash'"),
    (CheckKey::ContributionBalance, "M25", "UPDATE contribution_balances SET balance_minor = balance_minor + 1 WHERE account = 'cash'"),
    (CheckKey::CallBalance, "M21", "UPDATE call_balances SET committed_minor = committed_minor + 1"),
    (CheckKey::AgreementBalance, "M31", "UPDATE agreement_balances SET accepted_minor = 1"),
    (CheckKey::ContributionFigures, "M20", "UPDATE contributions SET received_eur_minor = received_eur_minor - 1"),
    (CheckKey::FundLimit, "M21", "UPDATE fund_balances SET balance_minor = 1 WHERE account = 'headroom'"),
    (CheckKey::EnvelopeLimit, "M21", "UPDATE call_balances SET envelope_minor = 1"),
    (CheckKey::ContributionLimit, "M22", "UPDATE contribution_balances SET balance_minor = 1 WHERE account = 'headroom'"),
    (CheckKey::EarmarkedCash, "M31", "UPDATE contribution_balances SET is_earmarked = NOT is_earmarked, balance_minor = -1 WHERE account = 'cash'"),
    (CheckKey::CashEachDay, "M31", "UPDATE journal_entries SET posted_on = '2026-01-15' WHERE kind = 'disbursement'"),
    (CheckKey::AgreementLimit, "M31", "UPDATE agreement_balances SET disbursed_minor = committed_minor + 1"),
    (CheckKey::CommitmentAmount, "M23", "UPDATE postings SET amount_minor = amount_minor - 1 WHERE account = 'committed'"),
    (CheckKey::Earmark, "M24", "INSERT INTO earmarks (contribution_id, kind, value) SELECT id, 'country', 'NP' FROM contributions"),
    (CheckKey::PaymentParts, "M60", "INSERT INTO disbursements (id, agreement_id, tranche_id, account_id, number, end_to_end_id, amount_minor, state, prepared_by, prepared_at)
        SELECT e.source_id, t.agreement_id, t.id, t.id, 'X-1', 'X-1', 1, 'draft', a.created_by, a.created_at FROM journal_entries e, tranches t
        JOIN agreements a ON a.id = t.agreement_id WHERE e.kind = 'disbursement' AND t.number = 1"),
    (CheckKey::AllocationParts, "M60", "UPDATE allocations SET amount_minor = amount_minor + 1"),
    (CheckKey::PaymentBooked, "M34", "INSERT INTO disbursements (id, agreement_id, tranche_id, account_id, number, end_to_end_id, amount_minor, state, prepared_by, prepared_at, bank_reference, value_date, paid_by, paid_at)
        SELECT t.id, t.agreement_id, t.id, t.id, 'X-1', 'X-1', 1, 'paid', a.created_by, a.created_at, 'X', a.starts_on, a.created_by, a.created_at FROM tranches t
        JOIN agreements a ON a.id = t.agreement_id WHERE t.number = 1"),
    (CheckKey::ReversalPoints, "M61", "UPDATE journal_entries SET reverses = NULL WHERE kind = 'disbursement_reversal'"),
    (CheckKey::ReversedOnce, "M61", "UPDATE journal_entries SET reverses = (SELECT o.id FROM journal_entries o WHERE o.kind = 'disbursement') WHERE kind <> 'disbursement'"),
    (CheckKey::ReversalSplit, "M61", "UPDATE journal_entries SET reverses = (SELECT o.id FROM journal_entries o WHERE o.kind = 'commitment') WHERE kind = 'disbursement_reversal'"),
    (CheckKey::ReportParts, "M53", "UPDATE reports SET accepted_by = (SELECT created_by FROM agreements), accepted_minor = 1, accepted_share_minor = 0"),
    (CheckKey::PostingDate, "M71", "UPDATE journal_entries SET posted_on = '2027-01-01' WHERE kind = 'commitment'"),
];

/// Takes away what refuses to break a rule: triggers, foreign keys, unique indexes, checks.
async fn unguard(db: &Db) {
    match db {
        Db::Sqlite { write, .. } => {
            let triggers: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                .fetch_all(write)
                .await
                .unwrap();
            for name in triggers {
                sqlx::query(AssertSqlSafe(format!("DROP TRIGGER {name}"))).execute(write).await.unwrap();
            }
            sqlx::query("PRAGMA foreign_keys = OFF").execute(write).await.unwrap();
            sqlx::query("PRAGMA ignore_check_constraints = ON").execute(write).await.unwrap();
            // A unique constraint of a table cannot be dropped: the table is made anew without it.
            for sql in [
                "CREATE TABLE loose AS SELECT * FROM journal_entries",
                "DROP TABLE journal_entries",
                "ALTER TABLE loose RENAME TO journal_entries",
            ] {
                sqlx::query(sql).execute(write).await.unwrap();
            }
        }
        Db::Postgres(pool) => {
            let drops: Vec<String> = sqlx::query_scalar(
                "SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', conrelid::regclass, conname) FROM pg_constraint
                 WHERE contype IN ('f', 'c', 'u') AND connamespace = 'public'::regnamespace ORDER BY contype = 'u'",
            )
            .fetch_all(pool)
            .await
            .unwrap();
            let triggers: Vec<String> = sqlx::query_scalar(
                "SELECT format('DROP TRIGGER IF EXISTS %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal",
            )
            .fetch_all(pool)
            .await
            .unwrap();
            for sql in triggers.into_iter().chain(drops) {
                sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
            }
        }
    }
}

/// Breaks a rule, checks, and undoes the break.
async fn broken(db: &Db, sql: &'static str) -> Vec<Finding> {
    let mut tx = db.begin().await.unwrap();
    let changed = execute!(&mut tx, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(changed > 0, "{sql} changes nothing");
    if sql.contains("earmarks") {
        execute!(&mut tx, "UPDATE contributions SET is_earmarked = NOT is_earmarked").unwrap();
    }
    let findings = fund::store::check::findings(&mut tx).await.unwrap();
    tx.rollback().await.unwrap();
    findings
}
