//! What a proposal still lacks: one list, the same in the browser and at submission.

use serde::{Deserialize, Serialize};

use super::{BudgetLine, Content, Details, PARTNERS_MAX, TITLE_MAX_CHARS, check_budget, count_words};
use crate::calls::{Definition, Section};
use crate::concepts::ConceptLink;
use crate::people::check_text;
use crate::problem::{Code, FieldError};

crate::words! {
    /// How far a task is.
    TaskState {
        /// Nothing is there.
        NotStarted = "not_started",
        /// Something is there, something is missing.
        InProgress = "in_progress",
        /// A text is over its limit, or a rule is broken.
        OverLimit = "over_limit",
        /// All is there.
        Complete = "complete",
    }
}

/// A task of the task list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Task {
    /// `details`, a section's key, or `budget`.
    pub key: String,
    /// How far it is.
    pub state: TaskState,
}

/// What cannot be stored of the details: an empty or too long title, a country outside the call, too
/// many partners.
#[must_use]
pub fn check_details(definition: &Definition, title: &str, country: &str, partners: usize) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check_text(&mut errors, "/title", title, TITLE_MAX_CHARS);
    let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    if country.is_empty() {
        errors.push(FieldError::new("/country", Code::Required));
    } else if !is_code || !(definition.countries.is_empty() || definition.countries.iter().any(|c| c == country)) {
        errors.push(FieldError::new("/country", Code::NotAChoice));
    }
    if partners > PARTNERS_MAX {
        errors.push(FieldError::new("/partners", Code::TooLong).with("max", PARTNERS_MAX));
    }
    errors
}

/// Everything that is missing or wrong before a proposal can be submitted. Pointers: `/title`,
/// `/country`, `/duration_months`, `/answers/{question}`, `/budget/lines/{index}/{field}`,
/// `/budget/totals/{sum}`. A proposal that follows a concept note asks within the tolerance of it (M11).
#[must_use]
pub fn missing(definition: &Definition, content: &Content, concept: Option<&ConceptLink>) -> Vec<FieldError> {
    let Details { title, country, duration_months, partners } = &content.details;
    let mut errors = check_details(definition, title, country, partners.len());
    let lines: &[BudgetLine] = content.budget.as_ref().and_then(|b| b.lines.as_deref()).unwrap_or_default();
    let (totals, mut budget) =
        check_budget(&definition.budget, &definition.currencies, content.currency, lines, *duration_months);
    budget.extend(concept.and_then(|concept| concept.check(totals.requested)));
    let (of_details, of_budget): (Vec<_>, Vec<_>) = budget.into_iter().partition(|e| e.pointer == "/duration_months");
    errors.extend(of_details);
    for question in definition.sections.iter().flat_map(|s| &s.questions) {
        errors.extend(
            check_answer(question.max_words, question.is_required, content.answer(&question.key))
                .map(|error| FieldError { pointer: format!("/answers/{}", question.key), ..error }),
        );
    }
    errors.extend(of_budget.into_iter().map(|e| FieldError { pointer: format!("/budget{}", e.pointer), ..e }));
    errors
}

/// What is wrong with one answer; the pointer is left to the caller.
fn check_answer(max_words: u32, is_required: bool, body: &str) -> Option<FieldError> {
    let words = count_words(body);
    if words > usize::try_from(max_words).unwrap_or(usize::MAX) {
        return Some(FieldError::new("", Code::TooManyWords).with("max", max_words).with("words", words));
    }
    (words == 0 && is_required).then(|| FieldError::new("", Code::AnswerMissing))
}

/// The task list: details, each section, the budget.
#[must_use]
pub fn tasks(definition: &Definition, content: &Content, concept: Option<&ConceptLink>) -> Vec<Task> {
    let errors = missing(definition, content, concept);
    let wrong = |belongs: &dyn Fn(&str) -> bool| -> Vec<Code> {
        errors.iter().filter(|e| belongs(&e.pointer)).map(|e| e.code).collect()
    };
    let task = |key: &str, is_started: bool, codes: Vec<Code>| {
        let is_gap = |code: &Code| matches!(code, Code::Required | Code::AnswerMissing | Code::BudgetEmpty);
        let state = match (is_started, codes.as_slice()) {
            (_, codes) if codes.iter().any(|c| !is_gap(c)) => TaskState::OverLimit,
            (false, _) => TaskState::NotStarted,
            (true, []) => TaskState::Complete,
            (true, _) => TaskState::InProgress,
        };
        Task { key: key.to_owned(), state }
    };
    let section = |section: &Section| {
        let keys: Vec<String> = section.questions.iter().map(|q| format!("/answers/{}", q.key)).collect();
        let is_started = section.questions.iter().any(|q| count_words(content.answer(&q.key)) > 0);
        task(&section.key, is_started, wrong(&|pointer| keys.iter().any(|k| k == pointer)))
    };
    let has_lines = content.budget.as_ref().and_then(|b| b.lines.as_ref()).is_some_and(|lines| !lines.is_empty());
    std::iter::once(task("details", true, wrong(&|p| !p.starts_with("/answers/") && !p.starts_with("/budget/"))))
        .chain(definition.sections.iter().map(section))
        .chain(std::iter::once(task("budget", has_lines, wrong(&|p| p.starts_with("/budget/")))))
        .collect()
}

#[cfg(test)]
mod tests;
