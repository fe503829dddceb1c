//! What a proposal says: the working copy put together, a version read back, both cut to what the
//! reader may see.

use shared::calls::Definition;
use shared::problem::Code;
use shared::proposals::{Answer, Budget, Content, Receipt, WorkingAnswer, check_budget};

use super::store::{self, ProposalRow};
use crate::auth::policy::proposals::BudgetView;
use crate::db::Tx;
use crate::http::error::ApiError;

/// The answers of the working copy: every question of the form in its order, with a version.
///
/// # Errors
/// When the database fails.
pub async fn answers(tx: &mut Tx, row: &ProposalRow, definition: &Definition) -> Result<Vec<WorkingAnswer>, ApiError> {
    let saved = store::answers(tx, row.id).await?;
    let questions = definition.sections.iter().flat_map(|section| &section.questions);
    Ok(questions
        .map(|question| {
            saved.iter().find(|answer| answer.question == question.key).cloned().unwrap_or_else(|| empty(&question.key))
        })
        .collect())
}

/// An answer that nobody has saved yet.
#[must_use]
pub fn empty(question: &str) -> WorkingAnswer {
    WorkingAnswer { question: question.to_owned(), body: String::new(), version: 0, saved_by: None, saved_at: None }
}

/// The budget of the working copy.
///
/// # Errors
/// When the database fails.
pub async fn budget(tx: &mut Tx, row: &ProposalRow, definition: &Definition) -> Result<Budget, ApiError> {
    let lines = store::lines(tx, row.id, row.currency).await?;
    let (totals, _) = check_budget(&definition.budget, &definition.currencies, row.currency, &lines, None);
    Ok(Budget { lines: Some(lines), totals })
}

/// The working copy as one document.
///
/// # Errors
/// When the database fails.
pub async fn working(tx: &mut Tx, row: &ProposalRow, definition: &Definition) -> Result<Content, ApiError> {
    let answers = answers(tx, row, definition).await?;
    Ok(Content {
        call: row.call_code.clone(),
        organisation: row.organisation(),
        language: row.language,
        currency: row.currency,
        details: row.details()?,
        answers: answers.into_iter().map(|a| Answer { question: a.question, body: a.body }).collect(),
        budget: Some(budget(tx, row, definition).await?),
    })
}

/// A submitted version, cut to what the reader may see of the budget. `None` asks for the last one.
///
/// # Errors
/// [`Code::NotFound`]; when the database fails.
pub async fn version(
    tx: &mut Tx,
    row: &ProposalRow,
    number: Option<i64>,
    view: BudgetView,
) -> Result<(Receipt, Content), ApiError> {
    let (receipt, json) = store::version(tx, row.id, number).await?.ok_or(Code::NotFound)?;
    let mut content: Content = serde_json::from_str(&json)?;
    match view {
        BudgetView::Lines => {}
        BudgetView::Totals => content.budget = content.budget.map(|budget| Budget { lines: None, ..budget }),
        BudgetView::Requested => content.budget = None,
    }
    Ok((receipt, content))
}

/// The form in which a version is kept and hashed: JSON with its names in order, without spaces.
///
/// # Errors
/// When it cannot be written.
pub fn canonical(content: &impl serde::Serialize) -> Result<String, ApiError> {
    let value = serde_json::to_value(content)?;
    Ok(serde_json::to_string(&value)?)
}
