//! The first page.

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// What waits for the reader; for visitors, the open calls.
pub fn page() -> AnyView {
    view! { <Page title=t("home-title")>""</Page> }.into_any()
}
