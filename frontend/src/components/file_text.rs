//! A table to be taken in: choose a file, or paste what is in it.

use leptos::prelude::*;

use super::text_area::TextArea;
use crate::browser;
use crate::form::field_id;
use crate::i18n::Text;

/// A file's text. What is chosen replaces what stands in the field.
#[component]
pub fn FileText(
    /// Where the text goes in the request, `/text`.
    #[prop(into)]
    pointer: String,
    /// What the field is called.
    #[prop(into)]
    label: Text,
    /// What the choice of a file is called.
    #[prop(into)]
    choose: Text,
    /// What the file must have.
    #[prop(into)]
    hint: Text,
    /// The text.
    value: RwSignal<String>,
    /// The chosen file's name; empty when the text was pasted.
    #[prop(optional, into)]
    name: Option<RwSignal<String>>,
) -> impl IntoView {
    let id = format!("{}-file", field_id(&pointer));
    let input = id.clone();
    let chosen = move |_| {
        let input = input.clone();
        leptos::task::spawn_local(async move {
            if let Some((file, text)) = browser::file_text(&input).await {
                let _ = value.try_set(text);
                if let Some(name) = name {
                    let _ = name.try_set(file);
                }
            }
        });
    };
    view! {
        <div class="field">
            <label for=id.clone()>{choose}</label>
            <input id=id type="file" accept=".csv,.txt,text/csv,text/plain" on:change=chosen/>
        </div>
        <TextArea pointer label hint value/>
    }
}
