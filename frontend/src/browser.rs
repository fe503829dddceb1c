//! What the browser keeps and knows: storage, the address, focus.

use leptos::prelude::*;
use shared::time::Timestamp;
use wasm_bindgen::JsCast;

/// What was stored under a key on this device; nothing where storage is switched off.
#[must_use]
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a value on this device; whether that worked.
pub fn store(key: &str, value: &str) -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.is_some_and(|s| s.set_item(key, value).is_ok())
}

/// Forgets a value on this device.
pub fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// A parameter of the present address, not followed: see [`crate::router::query`] for that.
#[must_use]
pub fn query_param(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// Whether the address is this one: for what stands in no release, such as the gallery.
#[cfg(debug_assertions)]
pub fn at(path: &str) -> bool {
    window().location().pathname().is_ok_and(|p| p == path)
}

/// Puts the focus on an element, when there is one.
pub fn focus(id: &str) -> bool {
    document()
        .get_element_by_id(id)
        .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok())
        .is_some_and(|e| e.focus().is_ok())
}

/// Puts a text on the clipboard; whether the browser offers one.
pub fn copy(text: &str) -> bool {
    let property = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let clipboard = property(&window().navigator(), "clipboard").filter(|c| !c.is_undefined());
    let write =
        clipboard.as_ref().and_then(|c| property(c, "writeText")).and_then(|f| f.dyn_into::<js_sys::Function>().ok());
    clipboard.zip(write).is_some_and(|(clipboard, write)| write.call1(&clipboard, &text.into()).is_ok())
}

/// The name and text of the file that an input holds, in whichever encoding banks write.
pub async fn file_text(input_id: &str) -> Option<(String, String)> {
    let property = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let input: wasm_bindgen::JsValue = document().get_element_by_id(input_id)?.into();
    let file = property(&property(&input, "files")?, "0").filter(|file| !file.is_undefined())?;
    let read = property(&file, "arrayBuffer")?.dyn_into::<js_sys::Function>().ok()?;
    let promise = read.call0(&file).ok()?.dyn_into::<js_sys::Promise>().ok()?;
    let bytes = js_sys::Uint8Array::new(&js_sys::futures::JsFuture::from(promise).await.ok()?);
    let text = shared::upload::decode(&bytes.to_vec());
    Some((property(&file, "name")?.as_string()?, text))
}

/// The zone of the reader's clock, `Europe/Zurich`.
#[must_use]
pub fn zone() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok().and_then(|z| z.as_string()).unwrap_or_else(|| "UTC".into())
}

/// The time zones that the browser knows by name, with UTC.
#[must_use]
pub fn zones() -> Vec<String> {
    let intl = js_sys::Reflect::get(&js_sys::global(), &"Intl".into()).unwrap_or_default();
    let list = js_sys::Reflect::get(&intl, &"supportedValuesOf".into())
        .ok()
        .and_then(|f| f.dyn_into::<js_sys::Function>().ok())
        .and_then(|f| f.call1(&intl, &"timeZone".into()).ok())
        .map(|list| js_sys::Array::from(&list));
    let mut zones: Vec<String> = list.iter().flat_map(|list| list.iter()).filter_map(|zone| zone.as_string()).collect();
    if !zones.iter().any(|zone| zone == "UTC") {
        zones.push("UTC".into());
    }
    zones
}

/// An instant as a `datetime-local` input takes it, in the reader's zone: `2026-03-09T10:00`.
#[must_use]
pub fn local_input(at: Timestamp) -> String {
    let date = js_sys::Date::new(&at.to_string().into());
    let two = |n: u32| format!("{n:02}");
    format!(
        "{}-{}-{}T{}:{}",
        date.get_full_year(),
        two(date.get_month() + 1),
        two(date.get_date()),
        two(date.get_hours()),
        two(date.get_minutes())
    )
}

/// What a `datetime-local` input says in the reader's zone, as an instant.
#[must_use]
pub fn instant_of_input(text: &str) -> Option<Timestamp> {
    let date = js_sys::Date::new(&text.into());
    if date.get_time().is_nan() {
        return None;
    }
    let iso: String = date.to_iso_string().into();
    Timestamp::parse(&iso).ok()
}
