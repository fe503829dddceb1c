//! Proposals: forms, budgets, submission.

use leptos::prelude::*;
use shared::ids::ProposalId;

use crate::components::Page;
use crate::i18n::t;

/// The proposals.
pub fn list_page() -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}

/// Starting a proposal for the call in `?call=`.
pub fn new_page() -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}

/// One proposal.
pub fn proposal_page(_proposal: ProposalId) -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}

/// One section of the form.
pub fn section_page(_proposal: ProposalId, _section: String) -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}

/// The budget.
pub fn budget_page(_proposal: ProposalId) -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}

/// Checking the answers and submitting.
pub fn check_page(_proposal: ProposalId) -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}

/// The receipt of a submission.
pub fn receipt_page(_proposal: ProposalId) -> AnyView {
    view! { <Page title=t("proposals-title")>""</Page> }.into_any()
}
