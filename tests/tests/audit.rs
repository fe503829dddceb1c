//! The audit log (M72): read by right, verified to its first broken entry, its head checked later.

use catalytic_fund::audit::{head, verify};
use catalytic_fund::db::Db;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, transact};
use shared::audit::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::grants::{Because, SuspendAgreement};
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::rates::{AddRate, RateDraft, RateKind};
use shared::time::Date;
use tests::money::{World, day, rate};
use tests::{Person, TestApp, both};

/// Does what no program may: past the guards of the database.
async fn tamper(app: &TestApp, statements: &[&'static str]) {
    for table in ["update", "delete"] {
        let drop = format!("DROP TRIGGER IF EXISTS audit_log_no_{table}");
        match &app.app.db {
            Db::Sqlite { write, .. } => sqlx::query(sqlx::AssertSqlSafe(drop)).execute(write).await.map(|_| ()),
            Db::Postgres(pool) => {
                sqlx::query(sqlx::AssertSqlSafe(format!("{drop} ON audit_log"))).execute(pool).await.map(|_| ())
            }
        }
        .unwrap();
    }
    for sql in statements {
        match &app.app.db {
            Db::Sqlite { write, .. } => sqlx::query(*sql).execute(write).await.map(|_| ()),
            Db::Postgres(pool) => sqlx::query(*sql).execute(pool).await.map(|_| ()),
        }
        .unwrap();
    }
}

/// Six entries or more.
async fn busy(app: &TestApp) -> AuditHead {
    for role in [Role::DeskOfficer, Role::HeadOfDesk, Role::Reviewer] {
        app.person(role).await;
    }
    let head = noted(app).await;
    assert!(head.seq >= 6, "{head}");
    head
}

async fn noted(app: &TestApp) -> AuditHead {
    head(&mut app.app.db.read().await.unwrap()).await.unwrap()
}

async fn found(app: &TestApp, noted: Option<&AuditHead>) -> (AuditFinding, Option<i64>) {
    let noted = noted.map(|head| NotedHead::parse(&head.to_string()).unwrap());
    let check = verify(&app.app.db, noted.as_ref()).await.unwrap();
    (check.finding, check.seq)
}

async fn list(app: &TestApp, by: &Person, query: &AuditQuery) -> Result<Vec<AuditEntry>, Problem> {
    app.get(by, ListAudit {}, query).await.map(|page| page.items)
}

both! {
    async fn m72_the_database_refuses_to_change_the_log(app: TestApp) {
        let head = busy(&app).await;
        for sql in ["UPDATE audit_log SET action = 'nothing' WHERE seq = 2", "DELETE FROM audit_log WHERE seq = 2"] {
            let refused = match &app.app.db {
                Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()),
                Db::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ()),
            };
            assert!(refused.unwrap_err().to_string().contains("append-only"));
        }
        assert_eq!(found(&app, None).await, (AuditFinding::Whole, None));
        assert_eq!(found(&app, Some(&head)).await, (AuditFinding::Whole, None));
    }

    async fn m72_a_changed_entry_is_found(app: TestApp) {
        busy(&app).await;
        tamper(&app, &["UPDATE audit_log SET after_state = '{}' WHERE seq = 3"]).await;
        assert_eq!(found(&app, None).await, (AuditFinding::Broken, Some(3)));
    }

    async fn m72_a_removed_entry_is_found(app: TestApp) {
        busy(&app).await;
        tamper(&app, &["DELETE FROM audit_log WHERE seq = 2"]).await;
        assert_eq!(found(&app, None).await, (AuditFinding::Broken, Some(2)));
    }

    async fn m72_entries_in_another_order_are_found(app: TestApp) {
        busy(&app).await;
        tamper(
            &app,
            &[
                "UPDATE audit_log SET seq = 1000 WHERE seq = 4",
                "UPDATE audit_log SET seq = 4 WHERE seq = 5",
                "UPDATE audit_log SET seq = 5 WHERE seq = 1000",
            ],
        )
        .await;
        assert_eq!(found(&app, None).await, (AuditFinding::Broken, Some(4)));
    }

    async fn m72_a_tail_that_is_cut_with_its_head_shows_against_a_head_that_was_noted(app: TestApp) {
        let head = busy(&app).await;
        tamper(&app, &["DELETE FROM audit_log WHERE seq > 4"]).await;
        assert_eq!(found(&app, None).await, (AuditFinding::Cut, Some(5)), "the database's own head knows more");
        tamper(&app, &["UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_log WHERE seq = 4)"]).await;
        assert_eq!(found(&app, None).await, (AuditFinding::Whole, None), "from inside nothing shows");
        assert_eq!(found(&app, Some(&head)).await, (AuditFinding::Cut, Some(5)));
        // Written on after the cut: as long as before, and yet another chain.
        app.person(Role::Advisor).await;
        app.person(Role::Hub).await;
        assert_eq!(found(&app, None).await, (AuditFinding::Whole, None));
        assert_eq!(found(&app, Some(&head)).await, (AuditFinding::Rewritten, Some(head.seq)));
    }

    async fn m72_the_page_copies_a_head_and_checks_it_later(app: TestApp) {
        let auditor = app.person(Role::Auditor).await;
        let head = app.get(&auditor, GetAuditHead {}, &Nothing {}).await.unwrap();
        assert!(head.at.is_some());
        busy(&app).await;
        let check = |head: &str| CheckQuery { head: Some(head.into()) };
        let found = app.get(&auditor, CheckAudit {}, &check(&head.to_string())).await.unwrap();
        assert_eq!(found.finding, AuditFinding::Whole);
        let other = format!("{}:{}", head.seq, "0".repeat(64));
        let found = app.get(&auditor, CheckAudit {}, &check(&other)).await.unwrap();
        assert_eq!((found.finding, found.seq), (AuditFinding::Rewritten, Some(head.seq)));
        let wrong = app.get(&auditor, CheckAudit {}, &check("12")).await.unwrap_err();
        assert_eq!((wrong.errors[0].pointer.as_str(), wrong.errors[0].code), ("/head", Code::WrongType));
    }

    async fn m72_who_reads_what_filters_and_pages(app: TestApp) {
        let voter = app.person_of(Role::SteeringVoter, Some(app.organisation("BMZ", OrganisationKind::Funder).await)).await;
        let desk = app.person(Role::DeskOfficer).await;
        let preparer = app.person(Role::FinancePreparer).await;
        let draft = |on: &str| RateDraft { currency: Currency::CHF, valid_on: day(on), kind: RateKind::Bank, rate: rate("0.95"), source: "ECB".into() };
        for on in 1..=28 {
            app.call(&preparer, AddRate {}, &draft(&format!("2026-02-{on:02}"))).await.unwrap();
            app.call(&preparer, AddRate {}, &draft(&format!("2026-01-{on:02}"))).await.unwrap();
        }
        let any = AuditQuery::default();
        assert_eq!(list(&app, &desk, &any).await.unwrap(), [], "the desk reads what it did itself");
        let own = list(&app, &preparer, &any).await.unwrap();
        assert!(own.len() == 50 && own.iter().all(|entry| entry.action == "rate.entered"));
        assert_eq!(list(&app, &app.person(Role::Reviewer).await, &any).await.unwrap_err().code, Code::Forbidden);
        let page = app.get(&voter, ListAudit {}, &any).await.unwrap();
        let after = AuditQuery { after: page.next.as_deref().and_then(|seq| seq.parse().ok()), ..any.clone() };
        let next = list(&app, &voter, &after).await.unwrap();
        assert_eq!(page.items.last().unwrap().seq - 1, next[0].seq, "the pages join");
        let change = &own[0].changes.iter().find(|c| c.path == "rate").unwrap();
        assert_eq!((change.before.as_deref(), change.after.as_deref()), (None, Some("0.95")));
        let count = async |query: AuditQuery| list(&app, &voter, &query).await.unwrap().len();
        assert_eq!(count(AuditQuery { object_id: Some(own[0].object_id), ..any.clone() }).await, 1);
        assert_eq!(count(AuditQuery { kind: Some("rate".into()), action: Some("withdrawn".into()), ..any.clone() }).await, 0);
        assert_eq!(count(AuditQuery { who: own[0].by.clone(), kind: Some("rate".into()), ..any.clone() }).await, 50);
        let on = |day: Date| AuditQuery { from: Some(day), until: Some(day), kind: Some("rate".into()), ..any.clone() };
        assert_eq!((count(on(day("2026-03-02"))).await, count(on(day("2026-03-01"))).await), (50, 0));
        assert_eq!(app.get(&desk, GetAuditHead {}, &Nothing {}).await.unwrap_err().code, Code::Forbidden);
    }

    async fn m72_an_applicant_lead_reads_what_the_own_organisation_did_with_what_is_its_own(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(app.organisation("NP-IP", OrganisationKind::Ngo).await)).await;
        let reader = app.person_of(Role::ApplicantLead, Some(world.applicant)).await;
        let any = AuditQuery::default();
        let seen = async || list(&app, &reader, &any).await.unwrap().into_iter().map(|entry| entry.action).collect::<Vec<_>>();
        assert_eq!(seen().await, ["agreement.signed"]);
        assert_eq!(list(&app, &stranger, &any).await.unwrap(), []);
        // A colleague who also prepares the fund's money does that for the fund.
        app.add_role(world.lead.id, Role::FinancePreparer, None, false).await;
        let draft = RateDraft { currency: Currency::CHF, valid_on: day("2026-02-01"), kind: RateKind::Bank, rate: rate("0.95"), source: "ECB".into() };
        app.call(&world.lead, AddRate {}, &draft).await.unwrap();
        assert_eq!(seen().await, ["agreement.signed"]);
        // Somebody who has left and now works for the fund, even on the organisation's own grant.
        transact!(app.app.db, |tx| {
            execute!(tx, "UPDATE memberships SET valid_from = '2025-01-01', valid_until = '2025-12-31' WHERE person_id = $1 AND role = 'applicant_lead'", world.lead.id)?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        app.add_role(world.lead.id, Role::HeadOfDesk, None, false).await;
        let because = Because { reason: "Under inquiry".into() };
        let endpoint = SuspendAgreement { agreement_id: grant.id };
        app.call_at(&world.lead, endpoint, grant.version, &because).await.unwrap();
        assert_eq!(seen().await, Vec::<String>::new());
    }
}
