//! Concept notes: the list, and one note to write, read, check and decide.

mod list;
mod note;
mod steps;
mod write;

pub use list::list_page;
pub use note::concept_page;

use leptos::prelude::*;
use shared::concepts::ConceptState;

use crate::components::{StatusBadge, Tone};
use crate::i18n::word;

/// A note's state as a badge.
fn state_badge(state: ConceptState) -> AnyView {
    let tone = match state {
        ConceptState::Draft => Tone::Neutral,
        ConceptState::Submitted | ConceptState::Eligible => Tone::Info,
        ConceptState::Invited => Tone::Good,
        ConceptState::Ineligible | ConceptState::NotInvited | ConceptState::Withdrawn => Tone::Problem,
    };
    view! { <StatusBadge word=word("concept-state", state.as_str()) tone/> }.into_any()
}
