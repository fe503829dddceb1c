//! States: a word, a shape and a hue, never a hue alone.

use leptos::prelude::*;
use shared::time::Timestamp;

use crate::i18n::{Text, t};

/// The hue and shape of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Not begun, or of no concern: a ring.
    #[default]
    Neutral,
    /// Under way: a half-filled ring.
    Info,
    /// Done: a tick.
    Good,
    /// Waits for somebody: a diamond.
    Attention,
    /// Refused, late or broken: a cross.
    Problem,
}

impl Tone {
    /// The class that carries the hue.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Good => "good",
            Self::Attention => "attention",
            Self::Problem => "problem",
        }
    }

    const fn shape(self) -> &'static str {
        match self {
            Self::Neutral => "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z",
            Self::Info => "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM6 3.5v5a2.5 2.5 0 0 0 0-5z",
            Self::Good => "M2 6.5l2.8 2.8L10 3.5",
            Self::Attention => "M6 1.2L10.8 6L6 10.8L1.2 6z",
            Self::Problem => "M2.5 2.5l7 7M9.5 2.5l-7 7",
        }
    }
}

/// A status in a list or beside a heading.
#[component]
pub fn StatusBadge(
    /// The word, usually `word("call-state", state.as_str())`.
    #[prop(into)]
    word: Text,
    /// Its hue and shape.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    view! {
        <span class=format!("badge {}", tone.class())>
            <svg viewBox="0 0 12 12" aria-hidden="true"><path d=tone.shape()/></svg>
            {word}
        </span>
    }
}

/// Where a text that saves itself stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Saved {
    /// Nothing to save yet.
    #[default]
    Nothing,
    /// Being saved.
    Saving,
    /// Saved at this time.
    At(Timestamp),
    /// The server cannot be reached; kept on this device.
    Offline,
    /// The server refused it; still on the page.
    Failed,
}

/// Says how the text on the page is kept: "saved 14:02".
#[component]
pub fn SaveState(
    /// The state to show.
    #[prop(into)]
    state: Signal<Saved>,
) -> impl IntoView {
    let show = move || {
        let (tone, text) = match state.get() {
            Saved::Nothing => return ().into_any(),
            Saved::Saving => (Tone::Info, t("save-saving")),
            Saved::At(at) => (Tone::Good, crate::t!("save-saved", time = crate::format::time(at))),
            Saved::Offline => (Tone::Attention, t("save-offline")),
            Saved::Failed => (Tone::Problem, t("save-failed")),
        };
        view! { <StatusBadge word=text tone/> }.into_any()
    };
    view! { <span class="save-state" role="status">{show}</span> }
}
