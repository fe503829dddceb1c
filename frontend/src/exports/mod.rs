//! Exports and the audit log.

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The exports.
pub fn page() -> AnyView {
    view! { <Page title=t("exports-title")>""</Page> }.into_any()
}

/// The audit log.
pub fn audit_page() -> AnyView {
    view! { <Page title=t("exports-title")>""</Page> }.into_any()
}
