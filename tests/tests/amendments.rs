//! Amendments: a budget moved between categories, from hand to hand, and what counts against it then (M40, M70, K2).

use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, on, transact};
use shared::amendments::*;
use shared::audit::{AuditQuery, ListAudit};
use shared::endpoint::{Endpoint, Nothing};
use shared::exports::{ExportName, ExportQuery, GetManifest, Manifest, PreviewExport};
use shared::grants::{Because, EventKind, GetGrant, Grant, SuspendAgreement};
use shared::home::{GetHome, TaskKind};
use shared::ids::{AmendmentId, ReportId};
use shared::money::Money;
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::reports::*;
use tests::money::{World, eur};
use tests::{Person, TestApp, both};

/// Staff 103 125, travel 12 500, indirect 6 250, contingency 3 125: 125 000.
const SIGNED: [(&str, &str); 4] =
    [("staff", "103125"), ("travel", "12500"), ("indirect", "6250"), ("contingency", "3125")];

/// Five thousand from staff to travel, five thousand to a new category.
const MOVED: [(&str, &str); 5] =
    [("staff", "93125"), ("travel", "17500"), ("training", "5000"), ("indirect", "6250"), ("contingency", "3125")];

async fn signed(world: &World<'_>) -> Grant {
    world.active("100000", &["40000", "50000", "10000"]).await
}

fn draft(lines: &[(&str, &str)]) -> AmendmentDraft {
    let line =
        |(category, planned): &(&str, &str)| AmendedCategory { category: (*category).into(), planned: eur(planned) };
    AmendmentDraft {
        kind: AmendmentKind::Reallocation,
        reason: "The districts lie further apart".into(),
        lines: lines.iter().map(line).collect(),
    }
}

async fn begun(world: &World<'_>, by: &Person, grant: &Grant, draft: &AmendmentDraft) -> Result<Amendment, Problem> {
    world.once(by, CreateAmendment { agreement_id: grant.id }, None, draft).await
}

async fn step<E>(world: &World<'_>, by: &Person, endpoint: E, at: &Amendment) -> Result<Amendment, Problem>
where
    E: Endpoint<Query = Nothing, Request = Nothing, Response = Amendment>,
{
    world.once(by, endpoint, Some(at.version), &Nothing {}).await
}

async fn submitted(world: &World<'_>, grant: &Grant, lines: &[(&str, &str)]) -> Amendment {
    let made = begun(world, &world.lead, grant, &draft(lines)).await.unwrap();
    step(world, &world.lead, SubmitAmendment { amendment_id: made.summary.id }, &made).await.unwrap()
}

async fn signed_for_the_fund(world: &World<'_>, grant: &Grant, lines: &[(&str, &str)]) -> Amendment {
    let at = submitted(world, grant, lines).await;
    let amendment_id = at.summary.id;
    let at = step(world, &world.desk, CheckAmendment { amendment_id }, &at).await.unwrap();
    let at = step(world, &world.approver, ApproveAmendment { amendment_id }, &at).await.unwrap();
    step(world, &world.head, SignAmendment { amendment_id }, &at).await.unwrap()
}

async fn effective(world: &World<'_>, grant: &Grant, lines: &[(&str, &str)]) -> Amendment {
    let at = signed_for_the_fund(world, grant, lines).await;
    let amendment_id = at.summary.id;
    step(world, &world.lead, CountersignAmendment { amendment_id }, &at).await.unwrap()
}

async fn refuse(world: &World<'_>, by: &Person, at: &Amendment) -> Result<Amendment, Problem> {
    let because = Because { reason: "Not needed".into() };
    world.app.call_at(by, RefuseAmendment { amendment_id: at.summary.id }, at.version, &because).await
}

async fn read(world: &World<'_>, by: &Person, amendment_id: AmendmentId) -> Amendment {
    world.app.call(by, GetAmendment { amendment_id }, &Nothing {}).await.unwrap()
}

/// A report that finance has checked.
async fn checked(world: &World<'_>, report_id: ReportId, lines: &[(&str, &str)]) -> Report {
    let app = world.app;
    let line = |(category, amount): &(&str, &str)| LineDraft {
        category: (*category).into(),
        reported: eur(amount),
        note: String::new(),
    };
    let draft = ReportDraft { narrative: "Work went on.".into(), lines: lines.iter().map(line).collect() };
    let at = app.call(&world.lead, GetReport { report_id }, &Nothing {}).await.unwrap();
    let at = app.call_at(&world.lead, SaveReport { report_id }, at.version, &draft).await.unwrap();
    let at = app.call_at(&world.lead, SubmitReport { report_id }, at.version, &Nothing {}).await.unwrap();
    let all = ReportCheck { disallowances: Vec::new() };
    app.call_at(&world.preparer, CheckReport { report_id }, at.version, &all).await.unwrap()
}

async fn accept(world: &World<'_>, report: &Report) -> Result<Report, Problem> {
    let endpoint = AcceptReport { report_id: report.summary.id };
    world.once(&world.approver, endpoint, Some(report.version), &Nothing {}).await
}

async fn report(world: &World<'_>, report_id: ReportId) -> Report {
    world.app.call(&world.head, GetReport { report_id }, &Nothing {}).await.unwrap()
}

fn codes(problem: &Problem) -> Vec<(&str, Code)> {
    problem.errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect()
}

async fn entries(app: &TestApp) -> i64 {
    let mut tx = app.app.db.read().await.unwrap();
    on!(&mut tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM journal_entries").fetch_one(c).await).unwrap()
}

fn total(manifest: &Manifest, kind: &str, column: &str) -> Option<Money> {
    manifest.totals.iter().find(|t| t.kind == kind && t.column == column).map(|t| t.amount)
}

both! {
    async fn m40_above_a_quarter_a_report_waits_for_an_amendment_and_then_counts_against_it(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let report_id = grant.reports[0].id;
        // Travel is planned at 12 500: 15 625.00 is 25 %.
        let large = checked(&world, report_id, &[("travel", "15625.01")]).await;
        assert_eq!(large.band, ShiftBand::Amendment);
        let refused = accept(&world, &large).await.unwrap_err();
        assert_eq!((refused.code, refused.params["category"].as_str()), (Code::ShiftTooLarge, "travel"));
        // Nothing changes before the last signature, and nothing is booked with it.
        let booked = entries(&app).await;
        let at = signed_for_the_fund(&world, &grant, &MOVED).await;
        assert_eq!(report(&world, report_id).await.lines[1].planned, eur("12500"));
        assert_eq!(accept(&world, &report(&world, report_id).await).await.unwrap_err().code, Code::ShiftTooLarge);
        let amendment_id = at.summary.id;
        let at = step(&world, &world.lead, CountersignAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!((at.summary.state, at.summary.moved), (AmendmentState::Effective, eur("10000")));
        assert_eq!(entries(&app).await, booked, "a reallocation posts nothing");
        // The base is the amended budget: 17 500, and 19 250.00 is its 10 %.
        let now = report(&world, report_id).await;
        assert_eq!((now.lines[1].planned, now.lines[1].band, now.planned), (eur("17500"), ShiftBand::Within, eur("125000")));
        let done = accept(&world, &now).await.unwrap();
        assert_eq!(done.summary.state, ReportState::Accepted);
        let report_id = grant.reports[1].id;
        let more = checked(&world, report_id, &[("travel", "3625")]).await;
        assert_eq!((more.lines[1].cumulative, more.band), (eur("19250.01"), ShiftBand::Desk));
        // The new category can be reported, and shifts from its own plan.
        let training = more.lines.iter().find(|line| line.category == "training").unwrap();
        assert_eq!((training.planned, training.band), (eur("5000"), ShiftBand::Within));
    }

    async fn m40_an_accepted_report_keeps_the_budget_it_was_held_against(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let report_id = grant.reports[0].id;
        let early = checked(&world, report_id, &[("travel", "13750")]).await;
        accept(&world, &early).await.unwrap();
        let first = effective(&world, &grant, &MOVED).await;
        // A second amendment starts from the first.
        let basis = app.call(&world.lead, GetGrantBudget { agreement_id: grant.id }, &Nothing {}).await.unwrap();
        let shown: Vec<_> = basis.lines.iter().map(|l| (l.category.as_str(), l.signed, l.last, l.spent)).collect();
        assert_eq!(shown[1], ("travel", eur("12500"), eur("17500"), eur("13750")));
        assert_eq!(shown[4], ("training", eur("0"), eur("5000"), eur("0")), "what is new comes last");
        assert_eq!((basis.open, basis.others.contains(&"training".to_owned())), (None, false));
        let again: Vec<_> = MOVED.iter().map(|(c, a)| if *c == "staff" { (*c, "98125") } else if *c == "training" { (*c, "0") } else { (*c, *a) }).collect();
        let second = effective(&world, &grant, &again).await;
        assert_eq!((second.summary.number, second.summary.moved), (2, eur("5000")));
        // What is past stays readable as it was.
        let first = read(&world, &world.head, first.summary.id).await;
        assert_eq!((first.basis.lines[1].last, first.lines[1].planned), (eur("12500"), eur("17500")));
        let second = read(&world, &world.head, second.summary.id).await;
        assert_eq!((second.basis.lines[4].last, second.lines[4].planned), (eur("5000"), eur("0")));
        let old = report(&world, report_id).await;
        assert_eq!((old.lines.len(), old.lines[1].planned, old.lines[1].band), (4, eur("12500"), ShiftBand::Free));
        let open = report(&world, grant.reports[1].id).await;
        assert_eq!((open.lines.len(), open.lines[4].planned), (5, eur("0")));
    }

    async fn m40_another_total_is_refused_and_so_is_another_purpose(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        for kind in [AmendmentKind::Scope, AmendmentKind::CostChange] {
            let other = AmendmentDraft { kind, ..draft(&MOVED) };
            let refused = begun(&world, &world.lead, &grant, &other).await.unwrap_err();
            assert_eq!(codes(&refused), [("/kind", Code::DecisionRequired)]);
        }
        let foreign = draft(&[("catering", "1")]);
        let refused = begun(&world, &world.lead, &grant, &foreign).await.unwrap_err();
        assert_eq!(codes(&refused), [("/lines/0/category", Code::CategoryUnknown)]);
        // A draft may be a cent short; it is not handed in so.
        let mut short = draft(&MOVED);
        short.lines[0].planned = eur("93124.99");
        let at = begun(&world, &world.lead, &grant, &short).await.unwrap();
        let amendment_id = at.summary.id;
        let refused = step(&world, &world.lead, SubmitAmendment { amendment_id }, &at).await.unwrap_err();
        assert_eq!(codes(&refused), [("/lines", Code::DecisionRequired)]);
        assert_eq!(refused.errors[0].params["difference"], "EUR 0.01");
        // One at a time; a stale save is refused.
        let second = begun(&world, &world.desk, &grant, &draft(&MOVED)).await.unwrap_err();
        assert_eq!(second.code, Code::AmendmentOpen);
        let save = SaveAmendment { amendment_id };
        let saved = app.call_at(&world.lead, save, at.version, &draft(&MOVED)).await.unwrap();
        let stale = app.call_at(&world.lead, SaveAmendment { amendment_id }, at.version, &draft(&MOVED)).await.unwrap_err();
        assert_eq!(stale.code, Code::StaleVersion);
        let at = step(&world, &world.lead, SubmitAmendment { amendment_id }, &saved).await.unwrap();
        let late = app.call_at(&world.lead, SaveAmendment { amendment_id }, at.version, &draft(&MOVED)).await.unwrap_err();
        assert_eq!(late.code, Code::WrongState);
        // Refused by whom it waits for, it changes nothing and makes room for another.
        assert_eq!(refuse(&world, &world.lead, &at).await.unwrap_err().code, Code::Forbidden);
        let at = refuse(&world, &world.desk, &at).await.unwrap();
        assert_eq!((at.summary.state, at.refusal.as_str(), at.actions.len()), (AmendmentState::Refused, "Not needed", 0));
        assert_eq!(refuse(&world, &world.desk, &at).await.unwrap_err().code, Code::WrongState);
        let next = begun(&world, &world.desk, &grant, &draft(&MOVED)).await.unwrap();
        assert_eq!(next.summary.number, 2);
        let dropped = refuse(&world, &world.desk, &next).await.unwrap();
        assert_eq!(dropped.summary.state, AmendmentState::Refused);
    }

    async fn m40_m8_indirect_cost_and_contingency_do_not_pass_their_caps(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        // All but indirect cost and contingency: 113 781.25 + x; indirect may be 7 % of it.
        let with = |indirect: &'static str, staff: &'static str| {
            [("staff", staff), ("travel", "12500"), ("indirect", indirect), ("contingency", "3125")]
        };
        // 125 000 − 3 125 = 121 875 = direct × 1.07: 113 901.86 and 7 973.13 (7 973.1302).
        let at = begun(&world, &world.lead, &grant, &draft(&with("7973.14", "101401.86"))).await.unwrap();
        let amendment_id = at.summary.id;
        let refused = step(&world, &world.lead, SubmitAmendment { amendment_id }, &at).await.unwrap_err();
        assert_eq!(codes(&refused), [("/lines/3/planned", Code::IndirectCap)], "in the budget's order");
        assert_eq!(refused.errors[0].params["max"], "EUR 7973.13");
        let passes = draft(&with("7973.13", "101401.87"));
        let at = app.call_at(&world.lead, SaveAmendment { amendment_id }, at.version, &passes).await.unwrap();
        let at = step(&world, &world.lead, SubmitAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(at.summary.state, AmendmentState::Submitted);
    }

    async fn m40_what_is_spent_meanwhile_is_looked_at_again(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let lines = [("staff", "105625"), ("travel", "10000"), ("indirect", "6250"), ("contingency", "3125")];
        let at = signed_for_the_fund(&world, &grant, &lines).await;
        let spent = checked(&world, grant.reports[0].id, &[("travel", "10000.01")]).await;
        accept(&world, &spent).await.unwrap();
        let amendment_id = at.summary.id;
        let refused = step(&world, &world.lead, CountersignAmendment { amendment_id }, &at).await.unwrap_err();
        assert_eq!(codes(&refused), [("/lines/1/planned", Code::BelowSpent)]);
        assert_eq!(refused.errors[0].params["min"], "EUR 10000.01");
        assert_eq!(report(&world, grant.reports[1].id).await.lines[1].planned, eur("12500"));
        refuse(&world, &world.lead, &at).await.unwrap();
    }

    async fn m70_writer_desk_finance_and_head_are_different_persons(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let code = |result: Result<Amendment, Problem>| result.unwrap_err().code;
        // Written by a desk officer who then holds every role.
        let at = begun(&world, &world.desk, &grant, &draft(&MOVED)).await.unwrap();
        let amendment_id = at.summary.id;
        let all = async |person: &Person| {
            for role in [Role::DeskOfficer, Role::FinanceApprover, Role::HeadOfDesk] {
                app.add_role(person.id, role, None, false).await;
            }
        };
        all(&world.desk).await;
        let other = app.person(Role::DeskOfficer).await;
        // Another one edits it: both have written it.
        let at = app.call_at(&other, SaveAmendment { amendment_id }, at.version, &draft(&MOVED)).await.unwrap();
        let at = step(&world, &world.desk, SubmitAmendment { amendment_id }, &at).await.unwrap();
        for writer in [&world.desk, &other] {
            assert_eq!(code(step(&world, writer, CheckAmendment { amendment_id }, &at).await), Code::SeparationOfDuties);
            assert!(read(&world, writer, amendment_id).await.is_own);
        }
        let third = app.person(Role::DeskOfficer).await;
        all(&third).await;
        let at = step(&world, &third, CheckAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(code(step(&world, &third, CheckAmendment { amendment_id }, &at).await), Code::WrongState);
        for person in [&world.desk, &third] {
            assert_eq!(code(step(&world, person, ApproveAmendment { amendment_id }, &at).await), Code::SeparationOfDuties);
        }
        all(&world.approver).await;
        let at = step(&world, &world.approver, ApproveAmendment { amendment_id }, &at).await.unwrap();
        for person in [&world.desk, &third, &world.approver] {
            assert_eq!(code(step(&world, person, SignAmendment { amendment_id }, &at).await), Code::SeparationOfDuties);
        }
        let at = step(&world, &world.head, SignAmendment { amendment_id }, &at).await.unwrap();
        // Who wrote or acted for the fund does not sign for the recipient, whatever they are now.
        for person in [&world.desk, &world.approver, &world.head] {
            app.add_role(person.id, Role::ApplicantLead, Some(world.applicant), false).await;
            assert_eq!(code(step(&world, person, CountersignAmendment { amendment_id }, &at).await), Code::SeparationOfDuties);
        }
        let at = step(&world, &world.lead, CountersignAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(at.summary.state, AmendmentState::Effective);
        assert_eq!(at.summary.effective.unwrap().by, read(&world, &world.head, amendment_id).await.summary.effective.unwrap().by);
    }

    async fn k2_who_belongs_to_the_recipient_does_nothing_of_the_funds_part(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let insider = app.person_of(Role::ApplicantMember, Some(world.applicant)).await;
        for role in [Role::FinanceApprover, Role::DeskOfficer, Role::HeadOfDesk] {
            app.add_role(insider.id, role, None, false).await;
        }
        let code = |result: Result<Amendment, Problem>| result.unwrap_err().code;
        assert_eq!(code(begun(&world, &insider, &grant, &draft(&MOVED)).await), Code::ConflictOfInterest);
        let at = submitted(&world, &grant, &MOVED).await;
        let amendment_id = at.summary.id;
        assert_eq!(code(step(&world, &insider, CheckAmendment { amendment_id }, &at).await), Code::ConflictOfInterest);
        assert_eq!(code(refuse(&world, &insider, &at).await), Code::ConflictOfInterest);
        let at = step(&world, &world.desk, CheckAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(code(step(&world, &insider, ApproveAmendment { amendment_id }, &at).await), Code::ConflictOfInterest);
        let at = step(&world, &world.approver, ApproveAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(code(step(&world, &insider, SignAmendment { amendment_id }, &at).await), Code::ConflictOfInterest);
        // Others may not know of it; finance prepares nothing here.
        let elsewhere = app.organisation("ELSE", OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(elsewhere)).await;
        let unknown = app.call(&stranger, GetAmendment { amendment_id }, &Nothing {}).await.unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
        assert_eq!(code(step(&world, &world.preparer, ApproveAmendment { amendment_id }, &at).await), Code::Forbidden);
    }

    async fn an_amendment_waits_for_the_next_person_alone_and_its_history_is_told(app: TestApp) {
        use TaskKind as K;
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let waits = async |person: &Person| -> Vec<(TaskKind, uuid::Uuid)> {
            let home = app.call(person, GetHome {}, &Nothing {}).await.unwrap();
            let kinds = [K::CheckAmendment, K::ApproveAmendment, K::SignAmendment, K::CountersignAmendment];
            home.tasks.into_iter().filter(|t| kinds.contains(&t.kind)).map(|t| (t.kind, t.id)).collect()
        };
        let at = submitted(&world, &grant, &MOVED).await;
        let amendment_id = at.summary.id;
        app.add_role(world.desk.id, Role::FinanceApprover, None, false).await;
        assert_eq!(waits(&world.desk).await, [(K::CheckAmendment, amendment_id.0)]);
        assert_eq!(waits(&world.approver).await, []);
        let at = step(&world, &world.desk, CheckAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(waits(&world.desk).await, [], "not for who has checked it");
        assert_eq!(waits(&world.approver).await, [(K::ApproveAmendment, amendment_id.0)]);
        let at = step(&world, &world.approver, ApproveAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(waits(&world.head).await, [(K::SignAmendment, amendment_id.0)]);
        let at = step(&world, &world.head, SignAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(waits(&world.lead).await, [(K::CountersignAmendment, amendment_id.0)]);
        step(&world, &world.lead, CountersignAmendment { amendment_id }, &at).await.unwrap();
        assert_eq!(waits(&world.lead).await, []);
        let seen = app.call(&world.lead, GetGrant { agreement_id: grant.id }, &Nothing {}).await.unwrap();
        let told: Vec<_> = seen.history.iter().map(|e| e.kind).filter(|k| k.as_str().starts_with("amendment")).collect();
        assert_eq!(told, [
            EventKind::AmendmentDrafted, EventKind::AmendmentSubmitted, EventKind::AmendmentChecked,
            EventKind::AmendmentApproved, EventKind::AmendmentSigned, EventKind::AmendmentEffective,
        ]);
        assert_eq!((seen.amendments.len(), seen.amendments[0].state), (1, AmendmentState::Effective));
        // Its lead reads in the audit log what the organisation did.
        let log = app.get(&world.lead, ListAudit {}, &AuditQuery { object_id: Some(amendment_id.0), ..AuditQuery::default() }).await.unwrap();
        assert_eq!(log.items[0].action, "amendment.effective");
        // Not before the signature, and not while it is a draft of nobody.
        let because = Because { reason: "An audit".into() };
        let suspended = app.call_at(&world.head, SuspendAgreement { agreement_id: grant.id }, seen.version, &because).await;
        assert!(suspended.is_ok());
        assert!(begun(&world, &world.lead, &grant, &draft(&SIGNED)).await.is_ok(), "a suspended one may be put right");
        let award = world.approved("1000").await;
        let unsigned = world.once(&world.desk, shared::grants::CreateAgreement {}, None, &world.draft(award, &["400", "500", "100"])).await.unwrap();
        let early = begun(&world, &world.desk, &unsigned, &draft(&[])).await.unwrap_err();
        assert_eq!(early.code, Code::WrongState);
    }

    async fn m40_the_database_keeps_versions_steps_and_persons(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        let first = effective(&world, &grant, &MOVED).await;
        let open = submitted(&world, &grant, &SIGNED).await;
        let desk = world.desk.id;
        for (sql, why) in [
            ("UPDATE agreement_budget SET planned_minor = 1", "append-only"),
            ("DELETE FROM agreement_budget", "append-only"),
            ("INSERT INTO agreement_budget SELECT agreement_id, 3, 9, 'training', 1 FROM agreement_budget WHERE category = 'staff' AND version = 1", "by an amendment"),
            ("INSERT INTO agreement_budget SELECT agreement_id, 1, 9, 'training', 1 FROM agreement_budget WHERE category = 'staff' AND version = 1", "by an amendment"),
            ("UPDATE amendments SET state = 'draft'", "not a step"),
            ("UPDATE amendments SET reason = 'Other' WHERE state = 'submitted'", "not a step"),
            ("UPDATE amendments SET refusal = 'x' WHERE state = 'effective'", "not a step"),
            ("UPDATE amendments SET state = 'effective' WHERE state = 'submitted'", "amendment"),
            ("DELETE FROM amendments", "append-only"),
            ("DELETE FROM amendment_lines", "handed in"),
            ("UPDATE amendment_lines SET planned_minor = 1", "append-only"),
            ("DELETE FROM amendment_writers", "append-only"),
        ] {
            let error = transact!(app.app.db, |tx| {
                execute!(tx, sql)?;
                Ok::<(), ApiError>(())
            }).unwrap_err().to_string();
            assert!(error.contains(why), "{sql}: {error}");
        }
        // Whoever wrote at it cannot check it, even past the program.
        let (amendment_id, now) = (open.summary.id, app.app.clock.now());
        let error = transact!(app.app.db, |tx| {
            execute!(tx, "INSERT INTO amendment_writers (amendment_id, person_id, is_for_fund) VALUES ($1, $2, $3)", amendment_id, desk, true)?;
            execute!(tx, "UPDATE amendments SET state = 'desk_ok', desk_by = $2, desk_at = $3 WHERE id = $1", amendment_id, desk, now)?;
            Ok::<(), ApiError>(())
        }).unwrap_err().to_string();
        assert!(error.contains("another person"), "{error}");
        assert_eq!(read(&world, &world.head, first.summary.id).await.lines.len(), 5);
    }

    async fn the_file_of_amendments_sums_to_nothing_moved_in_all(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = signed(&world).await;
        effective(&world, &grant, &MOVED).await;
        let later = submitted(&world, &grant, &SIGNED).await;
        let name = ExportName::Amendments;
        let query = ExportQuery::default();
        let file = app.get(&world.head, PreviewExport { name }, &query).await.unwrap();
        assert_eq!((file.manifest.rows, file.first.len()), (5, 5), "what is under way is not decided");
        let of = |kind: &str, column: &str| total(&file.manifest, kind, column);
        assert_eq!((of("effective", "before"), of("effective", "after")), (Some(eur("125000")), Some(eur("125000"))));
        assert_eq!(of("effective", "difference"), Some(eur("0")));
        let before = ExportQuery { until: Some(tests::money::today().plus_days(-1)), ..query.clone() };
        assert_eq!(app.get(&world.head, GetManifest { name }, &before).await.unwrap().rows, 0);
        refuse(&world, &world.desk, &later).await.unwrap();
        let file = app.get(&world.lead, GetManifest { name }, &query).await.unwrap();
        assert_eq!((file.rows, total(&file, "refused", "after")), (10, Some(eur("125000"))));
        let elsewhere = app.organisation("ELSE", OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(elsewhere)).await;
        assert_eq!(app.get(&stranger, GetManifest { name }, &query).await.unwrap().rows, 0);
        // Budget and actual follows, and tells of a day before as it was then.
        let name = ExportName::BudgetVsActual;
        let file = app.get(&world.head, GetManifest { name }, &query).await.unwrap();
        assert_eq!((file.rows, total(&file, "cost", "planned")), (5, Some(eur("125000"))));
        let file = app.get(&world.head, GetManifest { name }, &ExportQuery { as_of: before.until, ..query }).await.unwrap();
        assert_eq!((file.rows, total(&file, "cost", "planned")), (4, Some(eur("125000"))));
    }
}
