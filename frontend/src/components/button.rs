//! Buttons: verbs with their object.

use leptos::prelude::*;

use super::dialog::Dialog;
use crate::i18n::{Text, t};

/// How much a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// The page's main action: one per page.
    Primary,
    /// Any other.
    #[default]
    Secondary,
    /// Undoes or refuses.
    Danger,
    /// As quiet as a link.
    Quiet,
}

impl ButtonKind {
    /// The classes, also for links that look like buttons.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Secondary => "button",
            Self::Danger => "button danger",
            Self::Quiet => "button quiet",
        }
    }
}

/// A button. Without `on_press` it submits the form that it is in.
#[component]
pub fn Button(
    /// What it does.
    #[prop(into)]
    label: Text,
    /// How much it stands out.
    #[prop(optional)]
    kind: ButtonKind,
    /// What pressing does.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// While true, it says that it works and does nothing more.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let submits = on_press.is_none();
    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=kind.class()
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |event| {
                if busy.get_untracked() {
                    event.prevent_default();
                } else if let Some(press) = on_press {
                    press.run(());
                }
            }
        >
            {move || busy.get().then(|| view! { <span class="spinner" aria-hidden="true"></span> }.into_any())}
            {label}
        </button>
    }
}

/// A button whose action cannot simply be undone: it first says what will happen.
#[component]
pub fn ConfirmButton(
    /// What it does, on the button and again on the confirmation.
    #[prop(into)]
    label: Text,
    /// What will happen, in a sentence.
    #[prop(into)]
    explain: Text,
    /// What to do when confirmed.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// How much it stands out.
    #[prop(optional)]
    kind: ButtonKind,
    /// While true, it works.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let confirm_kind = if kind == ButtonKind::Danger { ButtonKind::Danger } else { ButtonKind::Primary };
    let confirm = Callback::new(move |()| {
        open.set(false);
        on_confirm.run(());
    });
    let title = label.clone();
    view! {
        <Button label=label.clone() kind busy on_press=move |()| open.set(true)/>
        <Dialog open title>
            <p>{explain.clone()}</p>
            <div class="actions">
                <Button label=label.clone() kind=confirm_kind on_press=confirm/>
                <Button label=t("cancel") on_press=move |()| open.set(false)/>
            </div>
        </Dialog>
    }
}
