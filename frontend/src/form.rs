//! A form's errors and its one request in flight.
//!
//! A field names itself by the JSON pointer of what it fills in the request, `/email`. The server
//! names wrong fields the same way, so errors find their fields without a table.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::problem::{Code, FieldError, Problem};

use crate::api::{Answer, ApiError};
use crate::i18n::{self, Text};

/// The element id of the field for a JSON pointer: `/lines/3/unit_cost` is `f-lines-3-unit_cost`.
#[must_use]
pub fn field_id(pointer: &str) -> String {
    format!("f{}", pointer.replace('/', "-"))
}

/// One form: what was wrong in its last try, and whether a try is under way.
#[derive(Clone, Copy)]
pub struct Form {
    error: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    labels: StoredValue<Vec<(String, Text)>>,
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

impl Form {
    /// A form without errors.
    #[must_use]
    pub fn new() -> Self {
        Self { error: RwSignal::new(None), busy: RwSignal::new(false), labels: StoredValue::new(Vec::new()) }
    }

    /// Whether a request is under way, followed.
    #[must_use]
    pub fn busy(self) -> bool {
        self.busy.get()
    }

    /// Sends: one at a time; what goes wrong appears in the summary and at its fields.
    pub fn submit(self, work: impl Future<Output = Result<(), ApiError>> + 'static) {
        self.run(Box::pin(work));
    }

    /// Compiled once, not for each form.
    fn run(self, work: Answer<()>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let result = work.await;
            // The form may be gone when the answer comes.
            let _ = self.busy.try_set(false);
            let _ = self.error.try_set(result.err());
        });
    }

    /// Shows an error, or none.
    pub fn set_error(self, error: Option<ApiError>) {
        self.error.set(error);
    }

    /// Checks before sending: `true` when there is nothing to mend, else the errors are shown.
    pub fn check(self, errors: Vec<FieldError>) -> bool {
        if errors.is_empty() {
            return true;
        }
        self.error.set(Some(ApiError::Problem(Problem::fields(errors))));
        false
    }

    /// The last error, followed.
    #[must_use]
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// What is wrong with a field, followed.
    #[must_use]
    pub fn field_error(self, pointer: &str) -> Option<String> {
        self.error.with(|error| match error {
            Some(ApiError::Problem(problem)) => {
                problem.errors.iter().find(|e| e.pointer == pointer).map(i18n::field_error_text)
            }
            _ => None,
        })
    }

    /// Tells the form how a field is called, for the summary.
    pub fn register(self, pointer: &str, label: Text) {
        self.labels.update_value(|labels| {
            labels.retain(|(p, _)| p != pointer);
            labels.push((pointer.to_owned(), label));
        });
    }

    /// The name of a field, when it is on the page.
    #[must_use]
    pub fn label(self, pointer: &str) -> Option<Text> {
        self.labels.with_value(|labels| labels.iter().find(|(p, _)| p == pointer).map(|(_, label)| label.clone()))
    }
}

/// A field that must be filled: the error when it is blank.
#[must_use]
pub fn required(pointer: &str, value: &str) -> Option<FieldError> {
    value.trim().is_empty().then(|| FieldError::new(pointer, Code::Required))
}
