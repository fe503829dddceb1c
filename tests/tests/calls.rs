//! Calls: drafts and who sees them, publication that freezes, opening and closing by the clock.

use axum::http::StatusCode;
use catalytic_fund::{execute, on, transact};
use shared::calls::*;
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing, Page};
use shared::ids::{CallId, FundId};
use shared::money::Money;
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use tests::{Person, TestApp, both};

/// A change to a request.
type Edit<'a> = &'a (dyn Fn(&mut CreateCallRequest) + Sync);

/// A fund, a desk officer and a head of desk.
struct Desk {
    fund_id: FundId,
    officer: Person,
    head: Person,
}

async fn desk(app: &TestApp) -> Desk {
    let ctx = app.app.system_ctx();
    let fund_id: FundId = ctx.id();
    transact!(app.app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO funds (id, code, name, currency, second_approval_above_minor, created_at)
             VALUES ($1, 'CF', 'Catalytic Fund', 'EUR', 5000000, $2)",
            fund_id,
            ctx.now,
        )?;
        Ok(())
    })
    .unwrap();
    Desk { fund_id, officer: app.person(Role::DeskOfficer).await, head: app.person(Role::HeadOfDesk).await }
}

fn local(text: &str) -> LocalTime {
    LocalTime::parse(text).unwrap()
}

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

/// Opens at 09:00 UTC on 9 March 2026 and closes at 16:00 UTC on 9 April, told in Douala (UTC+1).
fn request(desk: &Desk, code: &str) -> CreateCallRequest {
    CreateCallRequest {
        fund_id: desk.fund_id,
        code: code.into(),
        title: Bilingual { en: "Country implementation".into(), fr: "Mise en œuvre dans un pays".into() },
        window: FundingWindow::CountryImplementation,
        envelope: eur("200000"),
        zone: "Africa/Douala".into(),
        opens_local: local("2026-03-09T10:00"),
        closes_local: local("2026-04-09T17:00"),
        copy_of: None,
    }
}

async fn draft(app: &TestApp, desk: &Desk, code: &str) -> CallDetail {
    app.call(&desk.officer, CreateCall {}, &request(desk, code)).await.unwrap()
}

async fn published(app: &TestApp, desk: &Desk, code: &str) -> CallDetail {
    let draft = draft(app, desk, code).await;
    publish(app, desk, &draft).await.unwrap()
}

async fn publish(app: &TestApp, desk: &Desk, draft: &CallDetail) -> Result<CallDetail, Problem> {
    app.call_at(&desk.head, PublishCall { call_id: draft.call.id }, draft.version, &Nothing {}).await
}

fn change(detail: &CallDetail) -> UpdateCallRequest {
    UpdateCallRequest {
        code: detail.call.code.clone(),
        title: detail.call.title.clone(),
        window: detail.call.window,
        envelope: detail.call.envelope,
        zone: detail.call.zone.clone(),
        opens_local: detail.opens_local,
        closes_local: detail.closes_local,
        definition: detail.definition.clone(),
    }
}

fn extension(envelope: &str, closes: &str) -> ExtendCallRequest {
    ExtendCallRequest { envelope: eur(envelope), closes_local: local(closes), reason: "More time is needed".into() }
}

async fn visitor<E: Endpoint<Query = Nothing, Request = Nothing>>(
    app: &TestApp,
    endpoint: E,
) -> Result<E::Response, Problem> {
    app.send(None, endpoint, &Nothing {}, &Nothing {}, &[]).await
}

async fn state(app: &TestApp, call_id: CallId) -> CallState {
    visitor(app, GetPublicCall { call_id }).await.unwrap().call.state
}

/// The pointers and codes of a problem's field errors.
fn fields(problem: &Problem) -> Vec<(&str, Code)> {
    problem.errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect()
}

/// The audit log's actions on a call.
async fn audited(app: &TestApp, call: CallId) -> Vec<String> {
    let mut tx = app.app.db.read().await.unwrap();
    on!(&mut tx, |c| sqlx::query_scalar("SELECT action FROM audit_log WHERE object_id = $1 ORDER BY seq")
        .bind(call)
        .fetch_all(c)
        .await)
    .unwrap()
}

both! {
    async fn a_visitor_sees_drafts_as_404(app: TestApp) {
        let desk = desk(&app).await;
        let draft = draft(&app, &desk, "CI-1").await;
        let call_id = draft.call.id;
        assert_eq!(draft.call.state, CallState::Draft);
        let ministry = app.organisation("MIN", OrganisationKind::Ministry).await;
        let applicant = app.person_of(Role::ApplicantLead, Some(ministry)).await;
        let unknown = visitor(&app, GetPublicCall { call_id: CallId(uuid::Uuid::now_v7()) }).await.unwrap_err();
        let hidden = visitor(&app, GetPublicCall { call_id }).await.unwrap_err();
        assert_eq!((hidden.code, hidden.status), (Code::NotFound, 404));
        assert_eq!((&hidden.params, &hidden.errors), (&unknown.params, &unknown.errors), "told apart from no call at all");
        for by in [&applicant, &app.person(Role::FinanceApprover).await] {
            assert_eq!(app.call(by, GetCall { call_id }, &Nothing {}).await.unwrap_err().code, Code::NotFound);
            let update = UpdateCall { call_id };
            assert_eq!(app.call_at(by, update, 1, &change(&draft)).await.unwrap_err().code, Code::NotFound);
            assert_eq!(app.get(by, ListCalls {}, &CallQuery::default()).await.unwrap().items, []);
        }
        for role in [Role::Reviewer, Role::Auditor, Role::SteeringFacilitator, Role::HeadOfDesk, Role::Hub] {
            let by = app.person(role).await;
            assert_eq!(app.call(&by, GetCall { call_id }, &Nothing {}).await.unwrap().call.state, CallState::Draft);
            assert_eq!(app.get(&by, ListCalls {}, &CallQuery::default()).await.unwrap().items.len(), 1);
        }
        assert_eq!(visitor_list(&app).await.items, []);

        publish(&app, &desk, &draft).await.unwrap();
        assert_eq!(visitor(&app, GetPublicCall { call_id }).await.unwrap().call.code, "CI-1");
        assert_eq!(visitor_list(&app).await.items.len(), 1);
        let seen = app.call(&applicant, GetCall { call_id }, &Nothing {}).await.unwrap();
        assert_eq!((seen.call.state, seen.used), (CallState::Published, None));
        // What an applicant knows of is not theirs to change: 403 instead of 404.
        let refused = app.call_at(&applicant, PublishCall { call_id }, seen.version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
    }

    async fn s1_weights_that_do_not_sum_to_100_keep_a_call_from_being_published(app: TestApp) {
        let desk = desk(&app).await;
        let draft = draft(&app, &desk, "CI-1").await;
        let call_id = draft.call.id;
        assert_eq!(draft.blocking, []);
        let mut wrong = change(&draft);
        wrong.definition.rubric.criteria[0].weight = 26;
        let saved = app.call_at(&desk.officer, UpdateCall { call_id }, draft.version, &wrong).await.unwrap();
        assert_eq!(saved.blocking[0].code, Code::WeightsSum);
        let refused = publish(&app, &desk, &saved).await.unwrap_err();
        assert_eq!((refused.status, fields(&refused)), (422, vec![("/definition/rubric/criteria", Code::WeightsSum)]));
        assert_eq!(refused.errors[0].params["sum"], "101");
        assert_eq!(visitor(&app, GetPublicCall { call_id }).await.unwrap_err().code, Code::NotFound);

        wrong.definition.rubric.criteria[0].weight = 25;
        wrong.definition.budget.min_grant = eur("200000.01");
        let saved = app.call_at(&desk.officer, UpdateCall { call_id }, saved.version, &wrong).await.unwrap();
        let refused = publish(&app, &desk, &saved).await.unwrap_err();
        assert_eq!(fields(&refused), [("/definition/budget/max_grant", Code::MinAboveMax)]);

        let saved = app.call_at(&desk.officer, UpdateCall { call_id }, saved.version, &change(&draft)).await.unwrap();
        assert_eq!(publish(&app, &desk, &saved).await.unwrap().call.state, CallState::Published);
        let again = publish(&app, &desk, &saved).await.unwrap_err();
        assert_eq!((again.code, again.params["state"].as_str()), (Code::WrongState, "published"));
    }

    async fn a_call_opens_and_closes_by_the_servers_clock_to_the_second(app: TestApp) {
        let desk = desk(&app).await;
        let call = published(&app, &desk, "CI-1").await.call;
        // What is left is counted by the server's clock, which every answer tells.
        let raw = app.raw(None, "GET", "/api/v1/public/calls", None, &[]).await;
        assert_eq!(raw.headers["date"], "Mon, 02 Mar 2026 09:00:00 GMT");
        // Told in Douala, an hour ahead of UTC.
        assert_eq!(call.opens_at.to_string(), "2026-03-09T09:00:00Z");
        assert_eq!(call.closes_at.to_string(), "2026-04-09T16:00:00Z");
        for (now, expected) in [
            ("2026-03-09T08:59:59.999999Z", CallState::Published),
            ("2026-03-09T09:00:00Z", CallState::Open),
            ("2026-04-09T15:59:59Z", CallState::Open),
            ("2026-04-09T15:59:59.999999Z", CallState::Open),
            ("2026-04-09T16:00:00Z", CallState::Closed),
            ("2026-04-09T16:00:01Z", CallState::Closed),
        ] {
            app.set_clock(now);
            assert_eq!(state(&app, call.id).await, expected, "{now}");
            assert_eq!(visitor_list(&app).await.items.len(), usize::from(expected != CallState::Closed), "{now}");
            // The database filters by the same rule.
            for asked in CallState::ALL {
                let query = CallQuery { state: Some(*asked), after: None };
                let found = app.get(&desk.officer, ListCalls {}, &query).await.unwrap().items;
                assert_eq!(found.len(), usize::from(*asked == expected), "{now} {asked}");
            }
        }
    }

    async fn after_publication_only_a_later_deadline_or_a_larger_envelope_is_possible(app: TestApp) {
        let desk = desk(&app).await;
        let call = published(&app, &desk, "CI-1").await;
        let call_id = call.call.id;
        let mut wrong = change(&call);
        wrong.title.en = "Another title".into();
        let refused = app.call_at(&desk.officer, UpdateCall { call_id }, call.version, &wrong).await.unwrap_err();
        assert_eq!((refused.code, refused.status), (Code::CallFrozen, 409));
        for (request, pointer) in [
            (extension("199999.99", "2026-04-09T17:00"), "/envelope"),
            (extension("200000", "2026-04-09T16:59:59"), "/closes_local"),
        ] {
            let extend = ExtendCall { call_id };
            let refused = app.call_at(&desk.head, extend, call.version, &request).await.unwrap_err();
            assert_eq!((refused.code, fields(&refused)), (Code::CallFrozen, vec![(pointer, Code::CallFrozen)]));
        }
        let longer = extension("250000", "2026-04-16T17:00");
        let refused = app.call_at(&desk.officer, ExtendCall { call_id }, call.version, &longer).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden, "extending binds the fund: the head of desk's");
        let call = app.call_at(&desk.head, ExtendCall { call_id }, call.version, &longer).await.unwrap();
        assert_eq!(call.call.closes_at.to_string(), "2026-04-16T16:00:00Z");
        assert_eq!(call.call.envelope, eur("250000"));
        assert_eq!(call.definition, Definition::catalytic_default());

        // Once the deadline has passed it stays; the envelope can still grow.
        app.set_clock("2026-04-16T16:00:00Z");
        let late = extension("250000", "2026-04-23T17:00");
        let refused = app.call_at(&desk.head, ExtendCall { call_id }, call.version, &late).await.unwrap_err();
        assert_eq!(fields(&refused), [("/closes_local", Code::CallFrozen)]);
        let larger = extension("300000", "2026-04-16T17:00");
        let call = app.call_at(&desk.head, ExtendCall { call_id }, call.version, &larger).await.unwrap();
        assert_eq!((call.call.state, call.call.envelope), (CallState::Closed, eur("300000")));
        let mut silent = extension("400000", "2026-04-16T17:00");
        silent.reason = " ".into();
        let refused = app.call_at(&desk.head, ExtendCall { call_id }, call.version, &silent).await.unwrap_err();
        assert_eq!(fields(&refused), [("/reason", Code::ReasonRequired)]);
        assert_eq!(audited(&app, call_id).await, ["call.created", "call.published", "call.extended", "call.extended"]);
    }

    async fn m21_the_envelope_never_falls_below_reserved_and_committed(app: TestApp) {
        let desk = desk(&app).await;
        let call = published(&app, &desk, "CI-1").await;
        let call_id = call.call.id;
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE call_balances SET reserved_minor = 12000000, committed_minor = 8000000 WHERE call_id = $1", call_id)?;
            Ok(())
        })
        .unwrap();
        let read = app.call(&desk.officer, GetCall { call_id }, &Nothing {}).await.unwrap();
        assert_eq!(read.used, Some(eur("200000")));
        let less = extension("199999.99", "2026-04-09T17:00");
        let refused = app.call_at(&desk.head, ExtendCall { call_id }, call.version, &less).await.unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::EnvelopeExceeded, "EUR 0.01"));
        // Whatever the program does, the database holds it too.
        let forced = transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE calls SET envelope_minor = 19999999 WHERE id = $1", call_id)?;
            Ok(())
        });
        assert!(forced.is_err());
        let same = extension("200000", "2026-04-09T17:00");
        assert!(app.call_at(&desk.head, ExtendCall { call_id }, call.version, &same).await.is_ok());
    }

    async fn a_stale_version_changes_nothing(app: TestApp) {
        let desk = desk(&app).await;
        let draft = draft(&app, &desk, "CI-1").await;
        let call_id = draft.call.id;
        let mut mine = change(&draft);
        mine.title.en = "Mine".into();
        let saved = app.call_at(&desk.officer, UpdateCall { call_id }, draft.version, &mine).await.unwrap();
        assert_eq!(saved.version, draft.version + 1);
        let mut theirs = change(&draft);
        theirs.title.en = "Theirs".into();
        let refused = app.call_at(&desk.officer, UpdateCall { call_id }, draft.version, &theirs).await.unwrap_err();
        assert_eq!((refused.code, refused.status), (Code::StaleVersion, 412));
        assert_eq!(refused.params["version"], saved.version.to_string());
        assert_eq!(publish(&app, &desk, &draft).await.unwrap_err().code, Code::StaleVersion);
        let missing = app.call(&desk.officer, UpdateCall { call_id }, &mine).await.unwrap_err();
        assert_eq!((missing.code, missing.status), (Code::IfMatchRequired, 428));
        let read = app.call(&desk.officer, GetCall { call_id }, &Nothing {}).await.unwrap();
        assert_eq!(read.call.title.en, "Mine");
        assert_eq!(audited(&app, call_id).await, ["call.created", "call.updated"]);
    }

    async fn the_desk_writes_and_the_head_of_desk_publishes(app: TestApp) {
        let desk = desk(&app).await;
        let draft = draft(&app, &desk, "CI-1").await;
        let call_id = draft.call.id;
        let body = request(&desk, "CI-2");
        for role in [Role::HeadOfDesk, Role::Admin, Role::FinancePreparer, Role::SteeringFacilitator, Role::Auditor] {
            let by = app.person(role).await;
            assert_eq!(app.call(&by, CreateCall {}, &body).await.unwrap_err().code, Code::Forbidden, "{role}");
        }
        assert_eq!(visitor_create(&app, &body).await.code, Code::SignInRequired);
        let refused = app.call_at(&desk.officer, PublishCall { call_id }, draft.version, &Nothing {}).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        let refused = app.call_at(&desk.head, UpdateCall { call_id }, draft.version, &change(&draft)).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert!(publish(&app, &desk, &draft).await.is_ok());
    }

    async fn a_closed_call_moves_from_phase_to_phase(app: TestApp) {
        let desk = desk(&app).await;
        let mut call = published(&app, &desk, "CI-1").await;
        let call_id = call.call.id;
        let step = async |version: i64, to: CallPhase| {
            app.call_at(&desk.officer, MoveCall { call_id }, version, &MoveCallRequest { to }).await
        };
        app.set_clock("2026-04-09T15:59:59Z");
        assert_eq!(step(call.version, CallPhase::Screening).await.unwrap_err().code, Code::WrongState, "still open");
        app.set_clock("2026-04-09T16:00:00Z");
        assert_eq!(step(call.version, CallPhase::Review).await.unwrap_err().code, Code::WrongState, "skips a phase");
        for (to, expected) in [
            (CallPhase::Screening, CallState::Screening),
            (CallPhase::Review, CallState::Review),
            (CallPhase::Deliberation, CallState::Deliberation),
            (CallPhase::Decided, CallState::Decided),
            (CallPhase::Completed, CallState::Completed),
        ] {
            call = step(call.version, to).await.unwrap();
            assert_eq!(call.call.state, expected);
        }
        let cancel = CancelCallRequest { reason: "Too late".into() };
        let refused = app.call_at(&desk.head, CancelCall { call_id }, call.version, &cancel).await.unwrap_err();
        assert_eq!(refused.code, Code::WrongState);
        assert_eq!(audited(&app, call_id).await.iter().filter(|a| *a == "call.moved").count(), 5);
    }

    async fn a_call_is_called_off_before_the_vote_with_a_reason(app: TestApp) {
        let desk = desk(&app).await;
        let call = published(&app, &desk, "CI-1").await;
        let call_id = call.call.id;
        let cancel = |reason: &str| CancelCallRequest { reason: reason.into() };
        let refused = app.call_at(&desk.head, CancelCall { call_id }, call.version, &cancel("")).await.unwrap_err();
        assert_eq!(fields(&refused), [("/reason", Code::ReasonRequired)]);
        let refused = app.call_at(&desk.officer, CancelCall { call_id }, call.version, &cancel("Why")).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        let done = app.call_at(&desk.head, CancelCall { call_id }, call.version, &cancel("No money")).await.unwrap();
        assert_eq!(done.call.state, CallState::Cancelled);
        assert_eq!(state(&app, call_id).await, CallState::Cancelled, "who knew of it learns that it is off");
        assert_eq!(visitor_list(&app).await.items, []);
        let draft = draft(&app, &desk, "CI-2").await;
        let id = draft.call.id;
        app.call_at(&desk.head, CancelCall { call_id: id }, draft.version, &cancel("No need")).await.unwrap();
        assert_eq!(visitor(&app, GetPublicCall { call_id: id }).await.unwrap_err().code, Code::NotFound);
    }

    async fn zones_times_and_amounts_are_checked_field_by_field(app: TestApp) {
        let desk = desk(&app).await;
        let create = async |edit: &Edit| {
            let mut body = request(&desk, "CI-1");
            edit(&mut body);
            app.call(&desk.officer, CreateCall {}, &body).await.unwrap_err()
        };
        let wrong: &[(Edit, &str, Code)] = &[
            (&|b| b.zone = "Douala".into(), "/zone", Code::ZoneUnknown),
            (&|b| b.zone = "+01:00".into(), "/zone", Code::ZoneUnknown),
            (
                &|b| {
                    b.zone = "Europe/Berlin".into();
                    b.opens_local = local("2026-03-29T02:30");
                },
                "/opens_local",
                Code::LocalTimeSkipped,
            ),
            (
                &|b| {
                    b.zone = "Europe/Berlin".into();
                    b.closes_local = local("2026-10-25T02:30");
                },
                "/closes_local",
                Code::LocalTimeTwice,
            ),
            (&|b| b.closes_local = b.opens_local, "/closes_local", Code::DateOrder),
            (&|b| b.envelope = Money::from_minor(1000, Currency::XAF), "/envelope", Code::CurrencyMismatch),
            (&|b| b.envelope = eur("0"), "/envelope", Code::AmountNotPositive),
            (&|b| b.envelope = eur("-1"), "/envelope", Code::AmountNotPositive),
            (&|b| b.title.fr = " ".into(), "/title/fr", Code::Required),
            (&|b| b.code = "x".repeat(31), "/code", Code::TooLong),
            (&|b| b.fund_id = FundId(uuid::Uuid::now_v7()), "/fund_id", Code::NotFound),
            (&|b| b.copy_of = Some(CallId(uuid::Uuid::now_v7())), "/copy_of", Code::NotFound),
        ];
        for (edit, pointer, code) in wrong {
            let problem = create(edit).await;
            assert_eq!((problem.status, fields(&problem)), (422, vec![(*pointer, *code)]));
        }
        // What the types keep out: nothing is stored, and each has its code.
        let good = serde_json::to_value(request(&desk, "CI-1")).unwrap();
        for (pointer, value, code) in [
            ("/envelope/amount", serde_json::json!("1e3"), Code::AmountFormat),
            ("/envelope/amount", serde_json::json!("1_000"), Code::AmountFormat),
            ("/envelope/amount", serde_json::json!(" 1"), Code::AmountFormat),
            ("/envelope/amount", serde_json::json!("NaN"), Code::AmountFormat),
            ("/envelope/amount", serde_json::json!("1.000,00"), Code::AmountFormat),
            ("/envelope/amount", serde_json::json!("9".repeat(30)), Code::AmountRange),
            ("/envelope/amount", serde_json::json!("0.001"), Code::AmountPrecision),
            ("/opens_local", serde_json::json!("2026-02-30T10:00"), Code::DateFormat),
            ("/opens_local", serde_json::json!("2026-03-09T10:00Z"), Code::DateFormat),
            ("/window", serde_json::json!("yachts"), Code::NotAChoice),
            ("/title", serde_json::json!("text"), Code::WrongType),
        ] {
            let mut body = good.clone();
            *body.pointer_mut(pointer).unwrap() = value;
            let raw = app.raw(Some(&desk.officer), "POST", "/api/v1/calls", Some(body.to_string()), &[]).await;
            assert_eq!(raw.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", raw.text());
            let problem: Problem = serde_json::from_slice(&raw.bytes).unwrap();
            assert_eq!(problem.errors[0].code, code, "{}", raw.text());
        }
        let mut body = good.clone();
        body["surprise"] = 1.into();
        let raw = app.raw(Some(&desk.officer), "POST", "/api/v1/calls", Some(body.to_string()), &[]).await;
        assert!(raw.text().contains("unknown_field"), "{}", raw.text());
        assert_eq!(app.get(&desk.officer, ListCalls {}, &CallQuery::default()).await.unwrap().items, []);
    }

    async fn a_draft_too_large_is_refused_and_one_that_is_past_cannot_be_published(app: TestApp) {
        let desk = desk(&app).await;
        let draft = draft(&app, &desk, "CI-1").await;
        let call_id = draft.call.id;
        let mut long = change(&draft);
        long.definition.sections[0].questions[0].label.en = "x".repeat(301);
        let refused = app.call_at(&desk.officer, UpdateCall { call_id }, draft.version, &long).await.unwrap_err();
        assert_eq!(fields(&refused), [("/definition/sections/0/questions/0/label/en", Code::TooLong)]);
        // An unfinished draft is kept.
        let mut unfinished = change(&draft);
        unfinished.definition.sections[0].questions[0].label.en.clear();
        let saved = app.call_at(&desk.officer, UpdateCall { call_id }, draft.version, &unfinished).await.unwrap();
        assert_eq!(saved.blocking[0].code, Code::Required);
        app.set_clock("2026-04-09T16:00:00Z");
        let saved = app.call_at(&desk.officer, UpdateCall { call_id }, saved.version, &change(&draft)).await.unwrap();
        let refused = publish(&app, &desk, &saved).await.unwrap_err();
        assert_eq!(fields(&refused), [("/closes_local", Code::DeadlinePassed)]);
    }

    async fn a_copy_takes_the_definition_and_a_code_is_used_once(app: TestApp) {
        let desk = desk(&app).await;
        let first = draft(&app, &desk, "CI-1").await;
        let mut edited = change(&first);
        edited.definition.budget.max_months = 36;
        let call_id = first.call.id;
        app.call_at(&desk.officer, UpdateCall { call_id }, first.version, &edited).await.unwrap();
        let mut copy = request(&desk, "CI-2");
        copy.copy_of = Some(call_id);
        let copy = app.call(&desk.officer, CreateCall {}, &copy).await.unwrap();
        assert_eq!(copy.definition.budget.max_months, 36);
        let taken = app.call(&desk.officer, CreateCall {}, &request(&desk, "CI-1")).await.unwrap_err();
        assert_eq!((taken.code, fields(&taken)), (Code::Duplicate, vec![("/code", Code::Duplicate)]));
        let mut renamed = change(&copy);
        renamed.code = "CI-1".into();
        let update = UpdateCall { call_id: copy.call.id };
        assert_eq!(app.call_at(&desk.officer, update, copy.version, &renamed).await.unwrap_err().code, Code::Duplicate);
    }

    async fn lists_are_paged_by_keyset_without_gap_or_repeat(app: TestApp) {
        let desk = desk(&app).await;
        for n in 0..103 {
            let draft = draft(&app, &desk, &format!("CI-{n}")).await;
            publish(&app, &desk, &draft).await.unwrap();
        }
        let first = app.get(&desk.officer, ListCalls {}, &CallQuery::default()).await.unwrap();
        assert_eq!((first.items.len(), first.items[0].code.as_str()), (100, "CI-102"));
        let query = CallQuery { state: None, after: first.next };
        let second = app.get(&desk.officer, ListCalls {}, &query).await.unwrap();
        let codes: Vec<_> = second.items.iter().map(|c| c.code.as_str()).collect();
        assert_eq!((codes, second.next), (vec!["CI-2", "CI-1", "CI-0"], None));

        let first = visitor_list(&app).await;
        assert_eq!((first.items.len(), first.items[0].code.as_str()), (100, "CI-0"));
        let query = PublicCallQuery { after: first.next };
        let second = app.send(None, ListPublicCalls {}, &query, &Nothing {}, &[]).await.unwrap();
        let codes: Vec<_> = second.items.iter().map(|c| c.code.as_str()).collect();
        assert_eq!((codes, second.next), (vec!["CI-100", "CI-101", "CI-102"], None));
        let query = PublicCallQuery { after: Some("nonsense".into()) };
        let refused = app.send(None, ListPublicCalls {}, &query, &Nothing {}, &[]).await.unwrap_err();
        assert_eq!(refused.code, Code::BadRequest);
    }
}

async fn visitor_list(app: &TestApp) -> Page<CallSummary> {
    app.send(None, ListPublicCalls {}, &PublicCallQuery::default(), &Nothing {}, &[]).await.unwrap()
}

async fn visitor_create(app: &TestApp, body: &CreateCallRequest) -> Problem {
    app.send(None, CreateCall {}, &Nothing {}, body, &[]).await.unwrap_err()
}
