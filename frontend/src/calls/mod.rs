//! Calls for proposals.

use leptos::prelude::*;
use shared::ids::CallId;

use crate::components::Page;
use crate::i18n::t;

/// The calls.
pub fn list_page() -> AnyView {
    view! { <Page title=t("calls-title")>""</Page> }.into_any()
}

/// Writing a new call.
pub fn new_page() -> AnyView {
    view! { <Page title=t("call-new-title")>""</Page> }.into_any()
}

/// One call.
pub fn call_page(_call: CallId) -> AnyView {
    view! { <Page title=t("calls-title")>""</Page> }.into_any()
}

/// Editing a call.
pub fn edit_page(_call: CallId) -> AnyView {
    view! { <Page title=t("calls-title")>""</Page> }.into_any()
}

/// A call for printing.
pub fn print_page(_call: CallId) -> AnyView {
    view! { <Page title=t("calls-title")>""</Page> }.into_any()
}
