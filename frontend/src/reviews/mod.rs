//! Reviews and ranking.

use leptos::prelude::*;
use shared::ids::{CallId, ReviewId};

use crate::components::Page;
use crate::i18n::t;

/// My reviews.
pub fn list_page() -> AnyView {
    view! { <Page title=t("reviews-title")>""</Page> }.into_any()
}

/// One review.
pub fn review_page(_review: ReviewId) -> AnyView {
    view! { <Page title=t("reviews-title")>""</Page> }.into_any()
}

/// The ranking of a call.
pub fn ranking_page(_call: CallId) -> AnyView {
    view! { <Page title=t("reviews-title")>""</Page> }.into_any()
}
