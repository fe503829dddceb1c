//! What the API answers to requests that are wrong, hostile or too large: a status, a code, never
//! a stack trace or SQL, and nothing stored.

use axum::http::StatusCode;
use shared::people::{ListOrganisations, OrganisationKind, SearchQuery};
use shared::permission::Role;
use shared::problem::{Code, Problem};
use tests::{Raw, both};

const ORGANISATIONS: &str = "/api/v1/organisations";

fn problem(raw: &Raw) -> Problem {
    assert_eq!(raw.headers["content-type"], "application/problem+json", "{}", raw.text());
    let problem: Problem = serde_json::from_slice(&raw.bytes).unwrap();
    assert_eq!(problem.status, raw.status.as_u16());
    assert_eq!(problem.request_id.as_deref(), raw.headers["x-request-id"].to_str().ok(), "it names the request");
    problem
}

both! {
    async fn wrong_bodies_are_named_and_nothing_is_stored(app: TestApp) {
        let admin = app.person(Role::Admin).await;
        let good = r#"{"code":"X","name":"X","kind":"ngo","country":null}"#;
        let large = format!(r#"{{"code":"X","name":"{}","kind":"ngo","country":null}}"#, "x".repeat(2 * 1024 * 1024));
        for (body, headers, status, code) in [
            ("{", [("content-type", "application/json")], 400, Code::BadRequest),
            ("[]", [("content-type", "application/json")], 422, Code::Invalid),
            ("", [("content-type", "application/json")], 400, Code::BadRequest),
            (good, [("content-type", "text/plain")], 415, Code::ContentType),
            (good, [("content-type", "application/x-www-form-urlencoded")], 415, Code::ContentType),
            (good, [("sec-fetch-site", "cross-site")], 403, Code::CrossSite),
            (good, [("origin", "https://example.com")], 403, Code::CrossSite),
            (&large, [("content-type", "application/json")], 413, Code::BodyTooLarge),
        ] {
            let raw = app.raw(Some(&admin), "POST", ORGANISATIONS, Some(body.to_owned()), &headers).await;
            let problem = problem(&raw);
            assert_eq!((problem.status, problem.code), (status, code), "{:.80} {headers:?}", body);
        }
        for (body, pointer, code) in [
            (r#"{"code":"X","name":"X","kind":"ngo","country":null,"admin":true}"#, "/admin", Code::UnknownField),
            (r#"{"code":"X","kind":"ngo","country":null}"#, "/name", Code::Required),
            (r#"{"code":1,"name":"X","kind":"ngo","country":null}"#, "/code", Code::WrongType),
            (r#"{"code":"X","name":"X","kind":"bank","country":null}"#, "/kind", Code::NotAChoice),
            (r#"{"code":"X","name":" ","kind":"ngo","country":null}"#, "/name", Code::Required),
            (r#"{"code":"X","name":"X","kind":"ngo","country":"Chad"}"#, "/country", Code::NotAChoice),
        ] {
            let problem = problem(&app.raw(Some(&admin), "POST", ORGANISATIONS, Some(body.to_owned()), &[]).await);
            assert_eq!((problem.status, problem.code), (422, Code::Invalid), "{body}");
            assert_eq!((problem.errors[0].pointer.as_str(), problem.errors[0].code), (pointer, code), "{body}");
        }
        let stored = app.get(&admin, ListOrganisations {}, &SearchQuery::default()).await.unwrap();
        assert_eq!(stored.items, Vec::new());
    }

    async fn wrong_addresses_and_methods_are_problems(app: TestApp) {
        let admin = app.person(Role::Admin).await;
        for (method, url, status, code) in [
            ("GET", "/api/v1/nothing", 404, Code::NotFound),
            ("GET", "/api/v1/calls/not-an-id", 404, Code::NotFound),
            ("PATCH", ORGANISATIONS, 405, Code::MethodNotAllowed),
            ("GET", "/api/v1/organisations?nonsense=1", 422, Code::Invalid),
        ] {
            let problem = problem(&app.raw(Some(&admin), method, url, None, &[]).await);
            assert_eq!((problem.status, problem.code), (status, code), "{method} {url}");
        }
        let nobody = problem(&app.raw(None, "GET", ORGANISATIONS, None, &[]).await);
        assert_eq!((nobody.status, nobody.code), (401, Code::SignInRequired));
    }

    async fn searching_takes_any_text_literally(app: TestApp) {
        let admin = app.person(Role::Admin).await;
        app.organisation("A_B", OrganisationKind::Ngo).await;
        app.organisation("AXB", OrganisationKind::Ngo).await;
        for (search, found) in [("a_b", 1), ("%", 0), ("!", 0), ("' OR 1=1 --", 0), ("\\", 0), ("organisation", 2)] {
            let query = SearchQuery { search: Some(search.into()), after: None };
            let page = app.get(&admin, ListOrganisations {}, &query).await.unwrap();
            assert_eq!(page.items.len(), found, "{search}");
        }
    }

    async fn safety_headers_are_on_every_answer(app: TestApp) {
        for url in ["/api/v1/session", "/api/v1/nothing", "/"] {
            let raw = app.raw(None, "GET", url, None, &[]).await;
            assert_eq!(raw.headers["x-content-type-options"], "nosniff", "{url}");
            assert_eq!(raw.headers["x-frame-options"], "DENY", "{url}");
            assert_eq!(raw.headers["referrer-policy"], "same-origin", "{url}");
        }
        let raw = app.raw(None, "GET", "/api/v1/session", None, &[]).await;
        assert_eq!(raw.status, StatusCode::OK);
        assert_eq!(raw.headers["cache-control"], "no-store");
    }
}
