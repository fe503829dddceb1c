//! Short messages that come and go: "Role added".

use std::time::Duration;

use leptos::prelude::*;

use crate::i18n::Text;

const SHOWN_FOR: Duration = Duration::from_secs(6);

thread_local! {
    static TOASTS: ArcRwSignal<Vec<(u32, Text)>> = ArcRwSignal::new(Vec::new());
    static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Says that something is done. Errors do not belong here: they stay where they can be mended.
pub fn toast(text: Text) {
    let id = NEXT.get();
    NEXT.set(id.wrapping_add(1));
    let toasts = TOASTS.with(Clone::clone);
    toasts.update(|all| all.push((id, text)));
    set_timeout(move || TOASTS.with(Clone::clone).update(|all| all.retain(|(other, _)| *other != id)), SHOWN_FOR);
}

/// Where toasts appear, once per page; screen readers hear them.
#[component]
pub fn Toasts() -> impl IntoView {
    let toasts = TOASTS.with(Clone::clone);
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {move || {
                toasts.get().into_iter().map(|(_, text)| view! { <p class="toast">{text}</p> }.into_any()).collect_view()
            }}
        </div>
    }
}
