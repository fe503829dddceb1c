//! Motions, votes, decisions.

mod list;
mod motion;
mod write;

use leptos::prelude::*;
use shared::votes::{Choice, MotionState, MotionSummary};

use crate::components::{StatusBadge, Tone};
use crate::i18n::word;

pub use list::list_page;
pub use motion::motion_page;
pub use write::{edit_page, new_page};

/// A motion's state as a badge.
fn motion_badge(state: MotionState) -> AnyView {
    let tone = match state {
        MotionState::Draft => Tone::Neutral,
        MotionState::Open => Tone::Attention,
        MotionState::Carried => Tone::Good,
        MotionState::NotCarried => Tone::Problem,
        MotionState::NoQuorum => Tone::Neutral,
    };
    view! { <StatusBadge word=word("motion-state", state.as_str()) tone/> }.into_any()
}

/// A vote as a badge.
fn choice_badge(choice: Choice) -> AnyView {
    let tone = match choice {
        Choice::Yes => Tone::Good,
        Choice::No => Tone::Problem,
        Choice::Abstain => Tone::Neutral,
    };
    view! { <StatusBadge word=word("choice", choice.as_str()) tone/> }.into_any()
}

/// What was decided, or what the motion proposes, as a word.
fn outcome(motion: &MotionSummary) -> AnyView {
    match motion.decided {
        Some(decided) => word("decision", decided.as_str()),
        None => word("outcome", motion.outcome.as_str()),
    }
    .into_render()
    .into_any()
}
