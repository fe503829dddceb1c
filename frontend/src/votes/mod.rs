//! Motions, votes, decisions.

use leptos::prelude::*;
use shared::ids::{MotionId, ProposalId};

use crate::components::Page;
use crate::i18n::t;

/// The motions.
pub fn list_page() -> AnyView {
    view! { <Page title=t("motions-title")>""</Page> }.into_any()
}

/// One motion.
pub fn motion_page(_motion: MotionId) -> AnyView {
    view! { <Page title=t("motions-title")>""</Page> }.into_any()
}

/// Writing a motion on a proposal.
pub fn new_page(_proposal: ProposalId) -> AnyView {
    view! { <Page title=t("motions-title")>""</Page> }.into_any()
}
