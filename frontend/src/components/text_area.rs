//! Longer texts, with a word limit that marks what is too much and cuts nothing.

use leptos::prelude::*;
use shared::proposals::{count_words, over_limit_at};

use super::field::Field;
use crate::form::field_id;
use crate::i18n::Text;

/// A text of several lines.
#[component]
pub fn TextArea(
    /// Where its value goes in the request.
    #[prop(into)]
    pointer: String,
    /// What it is called.
    #[prop(into)]
    label: Text,
    /// What is in it.
    value: RwSignal<String>,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The most words it may have, counted as the server counts them.
    #[prop(optional_no_strip)]
    max_words: Option<usize>,
    /// How many lines are in sight at first.
    #[prop(default = 6)]
    lines: u32,
    /// Shown, but not to be changed.
    #[prop(optional, into)]
    read_only: Signal<bool>,
) -> impl IntoView {
    let id = field_id(&pointer);
    let count_id = format!("{id}-count");
    let described = {
        let has_hint = hint.is_some();
        let (id, count_id) = (id.clone(), count_id.clone());
        move || if has_hint { format!("{id}-hint {id}-error {count_id}") } else { format!("{id}-error {count_id}") }
    };
    let words = Memo::new(move |_| value.with(|v| count_words(v)));
    let over = move || max_words.is_some_and(|max| words.get() > max);
    let counter = max_words.map(|max| {
        let text = Text::new(move || {
            let words = words.get();
            if words > max {
                crate::t!("words-over", over = words - max, max = max).get()
            } else {
                crate::t!("words-left", left = max - words, max = max).get()
            }
        });
        let too_much = move || {
            let max = max_words.filter(|_| over())?;
            let rest = value.with(|v| over_limit_at(v, max).map(|from| v[from..].to_owned()))?;
            Some(
                view! { <p class="over-limit">{crate::i18n::t("words-over-from")}" "<mark>{rest}</mark></p> }
                    .into_any(),
            )
        };
        view! {
            <p class="word-count" class:over=over id=count_id aria-live="polite">{text}</p>
            {too_much}
        }
        .into_any()
    });
    let control = view! {
        <textarea
            id=id.clone()
            name=id
            rows=lines
            class:over=over
            readonly=move || read_only.get()
            aria-required=(!optional).then_some("true")
            aria-describedby=described
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
        {counter}
    };
    match hint {
        Some(hint) => view! { <Field pointer label hint optional>{control}</Field> }.into_any(),
        None => view! { <Field pointer label optional>{control}</Field> }.into_any(),
    }
}
