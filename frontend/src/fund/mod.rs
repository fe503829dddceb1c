//! The fund: contributions, status, journal.

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The status of the fund.
pub fn status_page() -> AnyView {
    view! { <Page title=t("fund-title")>""</Page> }.into_any()
}

/// Contributions and receipts.
pub fn contributions_page() -> AnyView {
    view! { <Page title=t("fund-title")>""</Page> }.into_any()
}

/// The journal.
pub fn ledger_page() -> AnyView {
    view! { <Page title=t("fund-title")>""</Page> }.into_any()
}
