//! The OpenAPI document: committed, complete, and what the server says.

use catalytic_fund::app::App;
use catalytic_fund::http::openapi;
use shared::endpoint::{BASE, Flag, all};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

fn document() -> serde_json::Value {
    serde_json::from_str(&openapi::document(&App::routes()).to_json().unwrap()).unwrap()
}

#[test]
fn every_declared_endpoint_is_served_and_described_with_its_problems() {
    let document = document();
    let served: Vec<&str> = App::routes().served.iter().map(|info| info.name).collect();
    for info in all() {
        assert!(served.contains(&info.name), "{} is declared but not served", info.name);
        let operation = &document["paths"][format!("{BASE}{}", info.path)][info.method.as_str().to_lowercase()];
        assert_eq!(operation["operationId"], info.name);
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{}", info.name);
        let responses = operation["responses"].as_object().unwrap();
        for code in info.problems {
            let told = responses[&code.status().to_string()]["description"].as_str().unwrap();
            assert!(told.split(" · ").any(|c| c == code.as_str()), "{}: {}", info.name, code.as_str());
        }
        assert_eq!(responses.contains_key("401"), !info.has(Flag::Public) || told_401(&info), "{}", info.name);
    }
    assert_eq!(served.len(), all().len(), "an endpoint is served that is not declared");
}

fn told_401(info: &shared::endpoint::Info) -> bool {
    info.problems.iter().any(|code| code.status() == 401)
}

#[test]
fn every_reference_leads_to_a_schema() {
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
}

#[test]
fn the_committed_document_is_what_the_server_says() {
    let said = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(COMMITTED, &said).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(said == committed, "docs/openapi.json is old: run `UPDATE=1 cargo test -p tests --test openapi`");
}
