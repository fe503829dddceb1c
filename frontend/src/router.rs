//! Moving between addresses without loading the page anew.
//!
//! Links are plain `<a href=Path::Call(id).to_string()>`; a click on one is caught here. The query
//! holds what a page shows ([`query`], [`set_query`]), so that an address can be shared.

use std::cell::Cell;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::routes::Path;

#[derive(Clone, PartialEq, Eq)]
struct Place {
    path: String,
    search: String,
}

thread_local! {
    static PLACE: ArcRwSignal<Place> = ArcRwSignal::new(present());
    static MOVED: Cell<bool> = const { Cell::new(false) };
}

fn present() -> Place {
    let location = window().location();
    Place { path: location.pathname().unwrap_or_default(), search: location.search().unwrap_or_default() }
}

fn take_over() {
    let place = PLACE.with(Clone::clone);
    let new = present();
    let old = place.get_untracked();
    if old.path != new.path {
        MOVED.set(true);
    }
    if old != new {
        place.set(new);
    }
}

/// The present address, followed.
#[must_use]
pub fn path() -> Path {
    Path::parse(&PLACE.with(Clone::clone).get().path)
}

/// The address now, not followed.
#[must_use]
pub fn path_now() -> Path {
    Path::parse(&present().path)
}

/// Whether the reader has moved since the program started: then the new page takes the focus.
#[must_use]
pub fn has_moved() -> bool {
    MOVED.get()
}

/// A parameter of the query, followed; nothing when absent or empty.
#[must_use]
pub fn query(name: &str) -> Option<String> {
    let search = PLACE.with(Clone::clone).get().search;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name).filter(|v| !v.is_empty())
}

/// Sets parameters of the query (`None` removes) without a new entry in the history.
pub fn set_query(changes: &[(&str, Option<&str>)]) {
    let place = present();
    let Ok(params) = web_sys::UrlSearchParams::new_with_str(&place.search) else { return };
    for (name, value) in changes {
        match value {
            Some(value) if !value.is_empty() => params.set(name, value),
            _ => params.delete(name),
        }
    }
    let search: String = params.to_string().into();
    let url = if search.is_empty() { place.path } else { format!("{}?{search}", place.path) };
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
    take_over();
}

/// Goes to an address.
pub fn go(path: &Path) {
    go_to(&path.to_string());
}

/// Goes to an address as text, within this application.
pub fn go_to(url: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(url));
    }
    window().scroll_to_with_x_and_y(0.0, 0.0);
    take_over();
}

/// Takes another address's place in the history: after saving, "back" leads past the form.
pub fn replace(path: &Path) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path.to_string()));
    }
    window().scroll_to_with_x_and_y(0.0, 0.0);
    take_over();
}

/// Listens to links and to the browser's back and forward, once.
pub fn start() {
    let _ = window_event_listener(ev::popstate, |_| take_over());
    let _ = window_event_listener(ev::click, |event| {
        if event.default_prevented()
            || event.button() != 0
            || event.meta_key()
            || event.ctrl_key()
            || event.shift_key()
            || event.alt_key()
        {
            return;
        }
        let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let Some(link) = target.and_then(|e| e.closest("a[href]").ok().flatten()) else { return };
        let Ok(link) = link.dyn_into::<web_sys::HtmlAnchorElement>() else { return };
        let location = window().location();
        let ours = location.origin().is_ok_and(|origin| origin == link.origin());
        let server = link.pathname().starts_with(shared::endpoint::BASE);
        let elsewhere = !link.target().is_empty() || link.has_attribute("download") || !link.hash().is_empty();
        if ours && !server && !elsewhere {
            event.prevent_default();
            go_to(&format!("{}{}", link.pathname(), link.search()));
        }
    });
}
