//! What waits for each role on the first page.

use catalytic_fund::demo::{World, cast, golden};
use chrono::Duration;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::Purpose;
use shared::fund::corrections::{CorrectionRequest, PrepareAllocationReversal};
use shared::grants::EnterAccount;
use shared::home::{GetHome, Home, Task, TaskKind};
use shared::money::Money;
use shared::people::OrganisationKind;
use shared::periods::{LockProposal, PeriodKind, ProposeLock};
use shared::permission::Role;
use shared::problem::Code;
use shared::rates::{AddRate, RateDraft, RateKind};
use shared::time::Timestamp;
use shared::votes::{Choice, Outcome};
use tests::{Person, TestApp, both};

async fn home(app: &TestApp, by: &Person) -> Home {
    app.call(by, GetHome {}, &Nothing {}).await.unwrap()
}

/// What waits for an account of the story, of one kind.
async fn waiting(world: &mut World, who: &str, kind: TaskKind) -> Vec<Task> {
    let home = world.get(who, GetHome {}, &Nothing {}).await.unwrap();
    let tasks: Vec<Task> = home.tasks.into_iter().chain(home.news).filter(|task| task.kind == kind).collect();
    let counted = home.counts.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
    if !kind.is_news() {
        assert_eq!(counted, i64::try_from(tasks.len()).unwrap(), "{kind}");
    }
    tasks
}

fn eur(text: &str) -> Option<Money> {
    Money::parse(text, Currency::EUR).ok()
}

both! {
    async fn every_role_has_a_calm_first_page(app: TestApp) {
        let organisation = app.organisation("PNH", OrganisationKind::Ministry).await;
        for role in Role::ALL {
            let person = app.person_of(*role, Some(organisation)).await;
            let home = home(&app, &person).await;
            assert!(home.tasks.iter().all(|task| task.kind == TaskKind::InvitePerson), "{role}: {home:?}");
            assert!(home.news.is_empty());
        }
        // One who holds everything has every part in one statement.
        let all = app.person_of(Role::ApplicantLead, Some(organisation)).await;
        for role in Role::ALL {
            app.add_role(all.id, *role, Some(organisation), false).await;
        }
        let home = home(&app, &all).await;
        assert_eq!(home.counts.len(), 1);
        assert_eq!(home.counts[0].kind, TaskKind::InvitePerson);
        assert!(home.counts[0].count > 10 && home.tasks.len() == 10, "{home:?}");
    }

    async fn visitors_have_no_tasks(app: TestApp) {
        let answer = app.send(None, GetHome {}, &Nothing {}, &Nothing {}, &[]).await;
        assert_eq!(answer.unwrap_err().code, Code::SignInRequired);
    }

    async fn each_step_of_a_grant_waits_for_its_person_and_then_no_more(app: TestApp) {
        use TaskKind as K;
        let mut world = World::new(app.app.db.clone(), Timestamp::parse(tests::START).unwrap());
        let world = &mut world;
        let fund = cast::assemble(world).await.unwrap();

        world.pledge(fund, "EU", "EU-1", "1000.00", Currency::EUR, "1").await.unwrap();
        let pledged = waiting(world, "finance_approver", K::SignContribution).await;
        assert_eq!((pledged.len(), pledged[0].title.en.as_str(), pledged[0].amount), (1, "EU-1", eur("1000")));
        assert_eq!(waiting(world, "finance_preparer", K::SignContribution).await, []);

        golden::fund(world, fund).await.unwrap();
        let story = golden::rank(world, fund).await.unwrap();
        assert_eq!(waiting(world, "steering_facilitator", K::WriteMotion).await.len(), 3);

        // A vote waits for the organisation until it has voted (V2), not for others.
        let [first, ..] = story.proposals;
        let (motion, closes_at) = world.open_motion(first, Outcome::Approved, Some("100000.00"), "").await.unwrap();
        let votes = waiting(world, "steering_voter", K::Vote).await;
        assert_eq!((votes[0].id, votes[0].due_at, votes[0].amount), (motion.0, Some(closes_at), eur("100000")));
        assert!(!votes[0].is_overdue);
        world.vote("steering_voter", motion, first, Choice::Yes).await.unwrap();
        assert_eq!(waiting(world, "steering_voter", K::Vote).await, []);
        assert_eq!(waiting(world, "steering_alternate", K::Vote).await.len(), 1);
        world.vote("steering_voter2", motion, first, Choice::Yes).await.unwrap();
        assert_eq!(waiting(world, "steering_alternate", K::Vote).await, []);
        world.pass(closes_at).await.unwrap();

        // The result is news for the applicant once it is released (V10), the agreement waits for the desk.
        assert_eq!(waiting(world, "applicant_lead", K::ReadResult).await, []);
        world.release_results(story.call).await.unwrap();
        assert_eq!(waiting(world, "applicant_lead", K::ReadResult).await[0].id, first.0);
        assert_eq!(waiting(world, "desk_officer", K::DraftAgreement).await[0].amount, eur("100000"));
        let grant = golden::sign(world, &story).await.unwrap();
        assert_eq!(waiting(world, "desk_officer", K::DraftAgreement).await, []);

        // The first tranche is due in 24 days: it waits from two weeks before on, and is overdue after.
        assert_eq!(waiting(world, "finance_preparer", K::PrepareDisbursement).await, []);
        world.wait(Duration::days(20));
        let due = waiting(world, "finance_preparer", K::PrepareDisbursement).await;
        assert_eq!((due[0].id, due[0].amount, due[0].is_overdue), (grant.id.0, eur("40000"), false));
        world.wait(Duration::days(10));
        assert!(waiting(world, "finance_preparer", K::PrepareDisbursement).await[0].is_overdue);

        // Prepared and verified, it waits for the approver alone (M70).
        let prepared = world.prepare_payment(&grant, 0, "40000.00").await.unwrap();
        assert_eq!(waiting(world, "finance_preparer", K::PrepareDisbursement).await, []);
        assert_eq!(waiting(world, "finance_approver", K::ApproveDisbursement).await[0].id, prepared.id.0);
        assert_eq!(waiting(world, "desk_officer", K::VerifyDisbursement).await, []);

        // Overdue comes first.
        let home = world.get("finance_approver", GetHome {}, &Nothing {}).await.unwrap();
        assert_eq!(home.tasks[0].kind, K::ApproveDisbursement);
        assert!(home.tasks[0].is_overdue);
    }

    async fn m70_each_step_of_two_persons_waits_for_the_other_one(app: TestApp) {
        use TaskKind as K;
        let world = tests::money::World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        let agreement_id = grant.id;
        let draft = RateDraft {
            currency: Currency::XOF,
            valid_on: tests::money::today(),
            kind: RateKind::Bank,
            rate: tests::money::rate("655.957"),
            source: "BCEAO".into(),
        };
        app.call(&world.preparer, AddRate {}, &draft).await.unwrap();
        let january = LockProposal { kind: PeriodKind::Month, first_day: tests::money::day("2026-01-01") };
        app.call(&world.preparer, ProposeLock { fund_id: world.fund_id }, &january).await.unwrap();
        let aside = world.set_aside(Purpose::Reserve, "1").await;
        let reason = CorrectionRequest { reason: "Decided anew".into() };
        let free = PrepareAllocationReversal { allocation_id: aside.id };
        world.once(&world.preparer, free, None, &reason).await.unwrap();
        let other = tests::money::account_draft("DE89370400440532013000");
        world.once(&world.preparer, EnterAccount { agreement_id }, None, &other).await.unwrap();
        app.add_role(world.preparer.id, Role::FinanceApprover, None, false).await;
        let of = async |person: &Person| -> Vec<(TaskKind, i64)> {
            home(&app, person).await.counts.into_iter().map(|count| (count.kind, count.count)).collect()
        };
        let waits = [(K::VerifyAccount, 1), (K::ConfirmCorrection, 1), (K::ApproveRate, 1), (K::DecidePeriod, 1)];
        assert_eq!(of(&world.approver).await, waits);
        // Nothing of it waits for who did the first step, whatever roles they hold.
        assert!(of(&world.preparer).await.iter().all(|(kind, _)| !waits.iter().any(|(waiting, _)| waiting == kind)));
        // A report waits for its recipient, and is overdue the day after.
        let due_on = grant.reports[0].due_on;
        app.set_clock(&format!("{due_on}T09:00:00Z"));
        let tasks = home(&app, &world.lead).await.tasks;
        let report = tasks.iter().find(|task| task.kind == K::WriteReport).unwrap();
        assert_eq!((report.id, report.due_on, report.is_overdue), (grant.reports[0].id.0, Some(due_on), false));
        app.advance(Duration::days(1));
        assert!(home(&app, &world.lead).await.tasks.iter().any(|task| task.kind == K::WriteReport && task.is_overdue));
    }

    async fn s8_home_tells_a_reviewer_of_own_sheets_only(app: TestApp) {
        let mut world = World::new(app.app.db.clone(), Timestamp::parse(tests::START).unwrap());
        let world = &mut world;
        let fund = cast::assemble(world).await.unwrap();
        golden::fund(world, fund).await.unwrap();
        golden::rank(world, fund).await.unwrap();
        for who in ["reviewer", "reviewer2", "reviewer4"] {
            assert_eq!(waiting(world, who, TaskKind::Declare).await, [], "{who}");
            assert_eq!(waiting(world, who, TaskKind::WriteSheet).await, [], "{who}");
        }
    }
}
