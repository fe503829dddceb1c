//! The first page.

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;
use crate::{calls, session};

/// What waits for the reader; for visitors, the open calls.
pub fn page() -> AnyView {
    if session::person().is_none() {
        return calls::public_page();
    }
    view! { <Page title=t("home-title")>""</Page> }.into_any()
}
