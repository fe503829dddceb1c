//! Sign-in, sessions, set-up link, accounts and memberships.

use axum::http::StatusCode;
use catalytic_fund::{people, transact};
use shared::endpoint::Nothing;
use shared::people::*;
use shared::permission::Role;
use shared::problem::Code;
use tests::{Person, TestApp, both};

const PASSWORD: &str = "correct horse battery";

/// Uses a fresh set-up link over HTTP, and gives the administrator's session.
async fn set_up(app: &TestApp) -> Person {
    let ctx = app.app.system_ctx();
    let path = transact!(app.app.db, |tx| people::service::set_up_link(tx, &ctx).await).unwrap().unwrap();
    let token = path.rsplit('/').next().unwrap().to_owned();
    let body = UseLinkRequest {
        email: Some("Admin@Example.org".into()),
        name: Some("Admin".into()),
        password: PASSWORD.into(),
    };
    let url = format!("/api/v1/links/{token}");
    let raw = app.raw(None, "POST", &url, Some(serde_json::to_string(&body).unwrap()), &[]).await;
    assert_eq!(raw.status, StatusCode::OK, "{}", raw.text());
    let again = app.raw(None, "POST", &url, Some(serde_json::to_string(&body).unwrap()), &[]).await;
    assert_eq!(again.status, StatusCode::GONE, "the link works once");
    let session: Session = serde_json::from_slice(&raw.bytes).unwrap();
    Person::new(session.person.unwrap().person_id, cookie(&raw))
}

fn cookie(raw: &tests::Raw) -> String {
    let set = raw.headers.get("set-cookie").expect("a session cookie").to_str().unwrap();
    for attribute in ["__Host-session=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

async fn sign_in(app: &TestApp, before: Option<&Person>, password: &str) -> tests::Raw {
    let body = SignInRequest { email: "ADMIN@example.org".into(), password: password.into() };
    app.raw(before, "POST", "/api/v1/session", Some(serde_json::to_string(&body).unwrap()), &[]).await
}

both! {
    async fn a_set_up_link_makes_the_first_administrator_once(app: TestApp) {
        let admin = set_up(&app).await;
        let session = app.call(&admin, GetSession {}, &Nothing {}).await.unwrap();
        assert_eq!(session.person.unwrap().memberships[0].role, Role::Admin);
        let ctx = app.app.system_ctx();
        assert!(transact!(app.app.db, |tx| people::service::set_up_link(tx, &ctx).await).unwrap().is_none());
    }

    async fn signing_in_renews_the_session_id_and_signing_out_ends_it(app: TestApp) {
        let admin = set_up(&app).await;
        let wrong = sign_in(&app, None, "wrong password").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert!(wrong.text().contains("credentials_wrong"));
        let old = Person::new(admin.id, admin.cookie());
        let raw = sign_in(&app, Some(&admin), PASSWORD).await;
        let renewed = Person::new(admin.id, cookie(&raw));
        assert_ne!(renewed.cookie(), old.cookie());
        assert_eq!(app.get(&old, ListPeople {}, &SearchQuery::default()).await.unwrap_err().code, Code::SignInRequired);
        app.get(&renewed, ListPeople {}, &SearchQuery::default()).await.unwrap();
        app.call(&renewed, SignOut {}, &Nothing {}).await.unwrap();
        assert_eq!(app.get(&renewed, ListPeople {}, &SearchQuery::default()).await.unwrap_err().code, Code::SignInRequired);
    }

    async fn signing_out_everywhere_ends_every_session(app: TestApp) {
        let admin = set_up(&app).await;
        let other = Person::new(admin.id, cookie(&sign_in(&app, None, PASSWORD).await));
        app.call(&admin, SignOutEverywhere {}, &Nothing {}).await.unwrap();
        for session in [&admin, &other] {
            assert_eq!(app.get(session, ListPeople {}, &SearchQuery::default()).await.unwrap_err().code, Code::SignInRequired);
        }
    }

    async fn a_change_of_rights_renews_the_session_id(app: TestApp) {
        let admin = set_up(&app).await;
        let person = app.person(Role::DeskOfficer).await;
        app.call(&person, GetSession {}, &Nothing {}).await.unwrap();
        let before = person.cookie();
        let request = AddMembershipRequest {
            role: Role::HeadOfDesk,
            organisation_id: None,
            body_id: None,
            is_alternate: false,
            valid_from: app.app.clock.now().date(),
            valid_until: None,
        };
        app.call(&admin, AddMembership { person_id: person.id }, &request).await.unwrap();
        let raw = app.raw(Some(&person), "GET", "/api/v1/session", None, &[]).await;
        assert_ne!(cookie(&raw), before);
        let old = Person::new(person.id, before);
        assert_eq!(app.call(&old, GetSession {}, &Nothing {}).await.unwrap().person, None);
        assert!(raw.text().contains("head_of_desk"));
    }

    async fn memberships_are_dated_and_checked(app: TestApp) {
        let admin = set_up(&app).await;
        let person = app.person(Role::Reviewer).await;
        let today = app.app.clock.now().date();
        let mut request = AddMembershipRequest {
            role: Role::Auditor,
            organisation_id: None,
            body_id: None,
            is_alternate: false,
            valid_from: today,
            valid_until: None,
        };
        let problem = app.call(&admin, AddMembership { person_id: person.id }, &request).await.unwrap_err();
        assert_eq!((problem.errors[0].pointer.as_str(), problem.errors[0].code), ("/valid_until", Code::Required));
        request.valid_until = Some(today.plus_days(1));
        let listed = app.call(&admin, AddMembership { person_id: person.id }, &request).await.unwrap();
        assert_eq!(listed.memberships.len(), 2);
        let roles = |s: Session| s.person.unwrap().memberships.into_iter().map(|m| m.role).collect::<Vec<_>>();
        assert_eq!(roles(app.call(&person, GetSession {}, &Nothing {}).await.unwrap()), [Role::Auditor, Role::Reviewer]);
        app.advance(chrono::Duration::days(2));
        assert_eq!(roles(app.call(&person, GetSession {}, &Nothing {}).await.unwrap()), [Role::Reviewer]);
    }

    async fn an_invited_person_sets_a_password(app: TestApp) {
        let admin = set_up(&app).await;
        let request = CreatePersonRequest { name: "Desk officer".into(), email: "desk@example.org".into(), language: Language::Fr };
        let invitation = app.call(&admin, CreatePerson {}, &request).await.unwrap();
        let duplicate = app.call(&admin, CreatePerson {}, &request).await.unwrap_err();
        assert_eq!((duplicate.code, duplicate.errors[0].pointer.as_str()), (Code::Duplicate, "/email"));
        let token = invitation.link.rsplit('/').next().unwrap().to_owned();
        let short = UseLinkRequest { email: None, name: None, password: "short".into() };
        let problem = app.send(None, UseLink { token: token.clone() }, &Nothing {}, &short, &[]).await.unwrap_err();
        assert_eq!(problem.errors[0].code, Code::PasswordTooShort);
        let body = UseLinkRequest { password: PASSWORD.into(), ..short };
        let session = app.send(None, UseLink { token }, &Nothing {}, &body, &[]).await.unwrap();
        assert_eq!(session.person.unwrap().email, "desk@example.org");
    }

    async fn guessing_passwords_is_limited(app: TestApp) {
        set_up(&app).await;
        for _ in 0..10 {
            assert_eq!(sign_in(&app, None, "wrong password").await.status, StatusCode::UNAUTHORIZED);
        }
        let limited = sign_in(&app, None, PASSWORD).await;
        assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(limited.headers.contains_key("retry-after"));
    }
}
