//! Agreements, tranches, payments.

use leptos::prelude::*;
use shared::ids::AgreementId;

use crate::components::Page;
use crate::i18n::t;

/// The agreements.
pub fn list_page() -> AnyView {
    view! { <Page title=t("grants-title")>""</Page> }.into_any()
}

/// One agreement.
pub fn agreement_page(_agreement: AgreementId) -> AnyView {
    view! { <Page title=t("grants-title")>""</Page> }.into_any()
}

/// The payments.
pub fn payments_page() -> AnyView {
    view! { <Page title=t("grants-title")>""</Page> }.into_any()
}
