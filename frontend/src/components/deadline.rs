//! A deadline: date, time, zone by name, what is left, the reader's own time.

use leptos::prelude::*;
use shared::time::Timestamp;

use crate::i18n::{Text, t};
use crate::{browser, format};

/// A deadline card. What is left is counted by the server's clock and goes on while the page is open.
#[component]
pub fn Deadline(
    /// The instant.
    at: Timestamp,
    /// The zone that the call names, `Europe/Berlin`.
    #[prop(into)]
    zone: String,
    /// What ends then.
    #[prop(into)]
    label: Text,
) -> impl IntoView {
    let own_zone = browser::zone();
    let differs = own_zone != zone;
    let shown_zone = zone.clone();
    let in_zone = Text::new(move || format::instant_in(at, &zone));
    let own = Text::new(move || {
        let time = format::instant_in(at, &own_zone);
        crate::t!("deadline-own", time = time).get()
    });
    let left = Text::new(move || match format::left_until(at) {
        Some(left) => crate::t!("deadline-left", left = left).get(),
        None => t("deadline-passed").get(),
    });
    view! {
        <div class="deadline">
            <p class="deadline-label">{label}</p>
            <p class="deadline-time">
                <time datetime=at.to_string()>{in_zone}</time>
                " "
                <span class="muted">{format!("({})", shown_zone.replace('_', " "))}</span>
            </p>
            <p class="deadline-left">{left}</p>
            {differs.then(|| view! { <p class="muted">{own}</p> }.into_any())}
        </div>
    }
}
