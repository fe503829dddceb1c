//! Saving by itself, so that no word is lost: first on this device, then on the server.
//!
//! Whatever is typed goes into the device's storage at once, with the version it was typed on, and
//! leaves it only when the server has confirmed it. The server is asked after a pause, on leaving
//! the field or the page, and again when the connection is back. A newer version on the server
//! stops saving until the reader has chosen or combined.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::problem::Code;
use shared::time::Timestamp;

use crate::api::ApiError;
use crate::browser;
use crate::components::Saved;

/// How long the reader pauses before the text is sent.
const PAUSE: Duration = Duration::from_millis(1200);

/// How long to wait before asking a server again that could not be reached.
const RETRY: Duration = Duration::from_secs(8);

type Answer = Pin<Box<dyn Future<Output = Result<(i64, Timestamp), ApiError>>>>;
type Send = Rc<dyn Fn(String, i64) -> Answer>;

/// A text that was typed on this device and never confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalCopy {
    /// The server's version that it was typed on.
    pub version: i64,
    /// The text.
    pub text: String,
}

/// Reads what this device keeps under a key.
#[must_use]
pub fn local_copy(key: &str) -> Option<LocalCopy> {
    let kept = browser::stored(key)?;
    let (version, text) = kept.split_once('\n')?;
    Some(LocalCopy { version: version.parse().ok()?, text: text.to_owned() })
}

fn keep(key: &str, version: i64, text: &str) -> bool {
    browser::store(key, &format!("{version}\n{text}"))
}

/// Forgets a local copy that the server has, unless something newer was typed meanwhile.
fn forget(key: &str, confirmed: &str) {
    if local_copy(key).is_some_and(|copy| copy.text == confirmed) {
        browser::forget(key);
    }
}

/// What saves one text.
#[derive(Clone, Copy)]
pub struct Autosave {
    /// Where it stands, for the reader.
    pub state: RwSignal<Saved>,
    /// Why the server refused it.
    pub error: RwSignal<Option<ApiError>>,
    /// Whether the server has a newer version: nothing is sent until [`Autosave::resolve`].
    pub is_stale: RwSignal<bool>,
    value: Signal<String>,
    key: StoredValue<String>,
    version: StoredValue<i64>,
    confirmed: StoredValue<String>,
    is_busy: StoredValue<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
    send: StoredValue<Send, LocalStorage>,
}

impl Autosave {
    /// Watches `value`, which the server has as `confirmed` at `version`, and sends what changes.
    pub fn new<F>(
        key: String,
        version: i64,
        confirmed: String,
        saved_at: Option<Timestamp>,
        value: Signal<String>,
        send: impl Fn(String, i64) -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(i64, Timestamp), ApiError>> + 'static,
    {
        let send: Send = Rc::new(move |text, version| Box::pin(send(text, version)));
        let autosave = Self {
            state: RwSignal::new(saved_at.map_or(Saved::Nothing, Saved::At)),
            error: RwSignal::new(None),
            is_stale: RwSignal::new(false),
            value,
            key: StoredValue::new(key),
            version: StoredValue::new(version),
            confirmed: StoredValue::new(confirmed),
            is_busy: StoredValue::new(false),
            timer: StoredValue::new(None),
            send: StoredValue::new_local(send),
        };
        Effect::new(move |_| {
            let text = autosave.value.get();
            autosave.changed(&text);
        });
        let back = window_event_listener(ev::online, move |_| autosave.flush());
        let hidden = window_event_listener(ev::visibilitychange, move |_| autosave.flush());
        let closing = window_event_listener(ev::beforeunload, move |event| {
            autosave.flush();
            // Only a device that keeps nothing needs to hold the reader back.
            if autosave.is_unsaved() && local_copy(&autosave.key.get_value()).is_none() {
                event.prevent_default();
            }
        });
        on_cleanup(move || {
            autosave.flush();
            autosave.stop_waiting();
            back.remove();
            hidden.remove();
            closing.remove();
        });
        autosave
    }

    /// Whether something is on the page that the server has not confirmed.
    #[must_use]
    pub fn is_unsaved(self) -> bool {
        self.value.try_get_untracked().is_some_and(|text| self.confirmed.with_value(|c| *c != text))
    }

    /// Keeps what was typed on this device and plans to send it.
    fn changed(self, text: &str) {
        if self.confirmed.with_value(|confirmed| confirmed == text) {
            return;
        }
        self.key.with_value(|key| keep(key, self.version.get_value(), text));
        if !self.is_stale.get_untracked() {
            self.wait(PAUSE);
        }
    }

    fn stop_waiting(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    fn wait(self, pause: Duration) {
        self.stop_waiting();
        let _ = self.timer.try_set_value(set_timeout_with_handle(move || self.flush(), pause).ok());
    }

    /// Sends what has changed, now.
    pub fn flush(self) {
        let Some(text) = self.value.try_get_untracked() else { return };
        let is_ready = self.is_unsaved() && !self.is_busy.get_value() && !self.is_stale.get_untracked();
        if !is_ready {
            return;
        }
        self.stop_waiting();
        self.is_busy.set_value(true);
        self.state.set(Saved::Saving);
        let answer = self.send.with_value(|send| send(text.clone(), self.version.get_value()));
        let key = self.key.get_value();
        spawn_local(async move {
            let result = answer.await;
            if result.is_ok() {
                forget(&key, &text);
            }
            // The page may be gone when the answer comes.
            if self.is_busy.try_set_value(false).is_none() {
                self.took(text, result);
            }
        });
    }

    /// Takes the server's answer over.
    fn took(self, sent: String, result: Result<(i64, Timestamp), ApiError>) {
        match result {
            Ok((version, at)) => {
                self.version.set_value(version);
                self.confirmed.set_value(sent);
                self.error.set(None);
                self.state.set(Saved::At(at));
                if let Some(text) = self.value.try_get_untracked() {
                    // More was typed meanwhile: it stands on the new version.
                    self.changed(&text);
                }
            }
            Err(ApiError::Offline) => {
                self.state.set(Saved::Offline);
                self.wait(RETRY);
            }
            Err(error) => {
                self.state.set(Saved::Failed);
                match error.code() {
                    Some(Code::StaleVersion) => self.is_stale.set(true),
                    Some(Code::Internal | Code::Timeout | Code::TooManyRequests) => self.wait(RETRY),
                    _ => {}
                }
                self.error.set(Some(error));
            }
        }
    }

    /// Goes on from a newer version of the server's: what is on the page now is what counts.
    pub fn resolve(self, version: i64, confirmed: String) {
        self.version.set_value(version);
        self.confirmed.set_value(confirmed);
        self.error.set(None);
        self.is_stale.set(false);
        if self.is_unsaved() {
            self.key.with_value(|key| keep(key, version, &self.value.get_untracked()));
            self.flush();
        } else {
            self.key.with_value(|key| browser::forget(key));
            self.state.set(Saved::Nothing);
        }
    }
}
