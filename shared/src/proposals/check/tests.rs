use super::super::{Answer, Budget, LineSource};
use super::*;
use crate::currency::Currency;
use crate::money::{Money, Quantity};
use crate::people::{Language, OrganisationRef};

/// A proposal that lacks nothing.
fn complete(definition: &Definition) -> Content {
    let line = BudgetLine {
        category: "staff".into(),
        activity: "Formation des agents".into(),
        unit: "mois".into(),
        quantity: Quantity::parse("10").ok(),
        unit_cost: Money::parse("5000", Currency::EUR).ok(),
        period: "mois 1–10".into(),
        source: LineSource::Grant,
        total: None,
    };
    let lines = vec![line];
    let (totals, _) = check_budget(
        &definition.budget,
        &definition.currencies,
        Currency::EUR,
        &lines,
        Some(definition.budget.max_months),
    );
    Content {
        call: "CIF-2026-01".into(),
        organisation: OrganisationRef { id: uuid::Uuid::nil().into(), code: "UNS".into(), name: "Université".into() },
        language: Language::Fr,
        currency: Currency::EUR,
        details: Details {
            title: "Couverture santé".into(),
            country: definition.countries.first().cloned().unwrap_or_else(|| "NE".into()),
            duration_months: Some(definition.budget.max_months),
            partners: vec![],
        },
        answers: definition
            .sections
            .iter()
            .flat_map(|s| &s.questions)
            .map(|q| Answer { question: q.key.clone(), body: "oui".into() })
            .collect(),
        budget: Some(Budget { lines: Some(lines), totals }),
    }
}

fn state(tasks: &[Task], key: &str) -> TaskState {
    tasks.iter().find(|t| t.key == key).unwrap().state
}

#[test]
fn a_complete_proposal_misses_nothing() {
    let definition = Definition::catalytic_default();
    let content = complete(&definition);
    assert_eq!(missing(&definition, &content, None), []);
    assert!(tasks(&definition, &content, None).iter().all(|t| t.state == TaskState::Complete));
}

#[test]
fn an_empty_draft_has_started_nothing_but_its_details() {
    let definition = Definition::catalytic_default();
    let mut content = complete(&definition);
    content.answers.clear();
    content.budget = None;
    content.details.duration_months = None;
    let tasks = tasks(&definition, &content, None);
    assert_eq!(state(&tasks, "details"), TaskState::InProgress);
    assert_eq!(state(&tasks, "budget"), TaskState::NotStarted);
    for section in &definition.sections {
        assert_eq!(state(&tasks, &section.key), TaskState::NotStarted);
    }
    let required = definition.sections.iter().flat_map(|s| &s.questions).filter(|q| q.is_required).count();
    let answers = missing(&definition, &content, None).iter().filter(|e| e.code == Code::AnswerMissing).count();
    assert_eq!(answers, required);
}

#[test]
fn a_text_over_its_limit_is_named_with_both_numbers() {
    let definition = Definition::catalytic_default();
    let question = definition.sections[0].questions[0].clone();
    let mut content = complete(&definition);
    let max = usize::try_from(question.max_words).unwrap();
    content.answers[0].body = vec!["mot"; max].join(" : ");
    assert_eq!(missing(&definition, &content, None), [], "punctuation set apart is no word");
    content.answers[0].body.push_str(" encore");
    let errors = missing(&definition, &content, None);
    assert_eq!((errors.len(), errors[0].code), (1, Code::TooManyWords));
    assert_eq!(errors[0].pointer, format!("/answers/{}", question.key));
    assert_eq!(errors[0].params["words"], (max + 1).to_string());
    assert_eq!(state(&tasks(&definition, &content, None), &definition.sections[0].key), TaskState::OverLimit);
}

#[test]
fn m8_a_broken_budget_rule_is_named_in_the_list() {
    let definition = Definition::catalytic_default();
    let mut content = complete(&definition);
    let budget = content.budget.as_mut().unwrap();
    let lines = budget.lines.as_mut().unwrap();
    let indirect = BudgetLine { category: "indirect".into(), ..lines[0].clone() };
    lines.push(indirect);
    let errors = missing(&definition, &content, None);
    assert!(errors.iter().any(|e| (e.pointer.as_str(), e.code) == ("/budget/totals/indirect", Code::IndirectCap)));
    assert_eq!(state(&tasks(&definition, &content, None), "budget"), TaskState::OverLimit);
}

#[test]
fn a_country_outside_the_call_is_refused() {
    let definition = Definition { countries: vec!["NE".into()], ..Definition::catalytic_default() };
    for (country, code) in
        [("NE", None), ("TD", Some(Code::NotAChoice)), ("ne", Some(Code::NotAChoice)), ("", Some(Code::Required))]
    {
        assert_eq!(check_details(&definition, "T", country, 0).first().map(|e| e.code), code, "{country}");
    }
}
