//! Reviews and ranking.

mod assign;
mod declare;
mod list;
mod ranking;
mod reading;
mod score;
mod scores;

use leptos::prelude::*;
use shared::calls::Bilingual;
use shared::reviews::{CallRef, ReviewState, Subject};

use crate::components::{DefinitionList, StatusBadge, Tone};
use crate::format;
use crate::i18n::{self, Language, Text, t, word};

pub use assign::assign_page;
pub use declare::declaration_page;
pub use list::list_page;
pub use ranking::{envelope_bar, fund_bar, ranking_page};
pub use score::review_page;
pub use scores::{scores_page, summary};

/// A text of the call in the reader's language.
pub fn bilingual(text: &Bilingual) -> Text {
    let text = text.clone();
    Text::new(move || text.get(i18n::language()).to_owned())
}

/// A call's title in the reader's language.
pub fn call_title(call: &CallRef) -> Text {
    let call = call.clone();
    Text::new(move || match i18n::language() {
        Language::En => call.title_en.clone(),
        Language::Fr => call.title_fr.clone(),
    })
}

/// A country's name, followed.
pub fn country(code: &str) -> Text {
    let code = code.to_owned();
    Text::new(move || format::country(&code))
}

/// What everybody may know of a proposal: who, where, how much.
pub fn subject_facts(subject: &Subject) -> AnyView {
    let requested = subject.requested;
    let organisation = subject.organisation.name.clone();
    let items = vec![
        (t("organisation"), organisation.into_any()),
        (t("country"), country(&subject.country).into_render().into_any()),
        (t("review-requested"), Text::new(move || format::money(requested)).into_render().into_any()),
    ];
    view! { <DefinitionList items/> }.into_any()
}

/// A review's state as a badge.
pub fn review_badge(state: ReviewState) -> AnyView {
    let tone = match state {
        ReviewState::Assigned => Tone::Attention,
        ReviewState::Accepted => Tone::Info,
        ReviewState::Submitted => Tone::Good,
        ReviewState::Recused => Tone::Neutral,
        ReviewState::Void => Tone::Problem,
    };
    view! { <StatusBadge word=word("review-state", state.as_str()) tone/> }.into_any()
}
