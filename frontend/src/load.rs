//! Reading from the server into a page.
//!
//! ```ignore
//! let call = load(move || async move { api::call(&ReadCall { call_id }, &Nothing {}, &Nothing {}).await });
//! view! { {move || call.view(|call| view! { <p>{call.title.clone()}</p> }.into_any())} }
//! ```

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::endpoint::Page;

use crate::api::{Answer, ApiError};
use crate::components::{Failure, Skeleton};

/// How far a reading is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load<T> {
    /// Nothing yet.
    Loading,
    /// Here it is.
    Ready(T),
    /// It failed.
    Failed(ApiError),
}

/// A reading, and the means to do it again.
pub struct Loader<T: Send + Sync + 'static> {
    state: RwSignal<Load<T>>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Loader<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loader<T> {}

impl<T: Send + Sync + 'static> Loader<T> {
    /// Reads again; what is shown stays until the answer comes.
    pub fn reload(self) {
        self.again.update(|n| *n = n.wrapping_add(1));
    }

    /// Puts a newer value in, such as the answer of a change.
    pub fn set(self, value: T) {
        let _ = self.state.try_set(Load::Ready(value));
    }

    /// The state, followed.
    #[must_use]
    pub fn state(self) -> RwSignal<Load<T>> {
        self.state
    }

    /// Looks at the value once it is there, followed.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.state.with(|state| match state {
            Load::Ready(value) => Some(look(value)),
            _ => None,
        })
    }

    /// The value's view, a skeleton before, the failure with "Try again" instead.
    pub fn view(self, show: impl FnOnce(&T) -> AnyView) -> AnyView {
        self.state.with(|state| match state {
            Load::Ready(value) => show(value),
            Load::Loading => view! { <Skeleton/> }.into_any(),
            Load::Failed(error) => {
                let retry = Callback::new(move |()| self.reload());
                view! { <Failure error=error.clone() retry/> }.into_any()
            }
        })
    }
}

/// Starts reading, and reads again whenever a signal changes that `fetch` reads before its first
/// `await`. An answer that a newer reading has overtaken is dropped.
pub fn load<T, F>(fetch: impl Fn() -> F + 'static) -> Loader<T>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + 'static,
{
    let loader = Loader { state: RwSignal::new(Load::Loading), again: RwSignal::new(0) };
    let start = move || -> Reading {
        let answer = fetch();
        Box::pin(async move {
            let result = answer.await;
            let finish: Box<dyn FnOnce()> = Box::new(move || {
                let _ = loader.state.try_set(match result {
                    Ok(value) => Load::Ready(value),
                    Err(error) => Load::Failed(error),
                });
            });
            finish
        })
    };
    read_again(loader.again, Box::new(start));
    loader
}

/// A reading whose answer waits to be put in its place.
type Reading = Pin<Box<dyn Future<Output = Box<dyn FnOnce()>>>>;

/// The part of [`load`] that does not depend on what is read, compiled once.
fn read_again(again: RwSignal<u32>, start: Box<dyn Fn() -> Reading>) {
    let round = StoredValue::new(0_u32);
    Effect::new(move |_| {
        again.track();
        let mine = round.get_value().wrapping_add(1);
        round.set_value(mine);
        let reading = start();
        spawn_local(async move {
            let finish = reading.await;
            if round.try_get_value() == Some(mine) {
                finish();
            }
        });
    });
}

type Fetch<T> = Rc<dyn Fn(Option<String>) -> Answer<Page<T>>>;

/// A list that is read page by page and grows.
pub struct Paged<T: Send + Sync + 'static> {
    first: Loader<Page<T>>,
    busy: RwSignal<bool>,
    fetch: StoredValue<Fetch<T>, LocalStorage>,
}

impl<T: Send + Sync + 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Paged<T> {}

impl<T: Send + Sync + 'static> Paged<T> {
    /// The first page's reading, to which later pages are added.
    #[must_use]
    pub fn loader(self) -> Loader<Page<T>> {
        self.first
    }

    /// Begins again at the first page.
    pub fn reload(self) {
        self.first.reload();
    }

    /// Whether there is more, followed.
    #[must_use]
    pub fn has_more(self) -> bool {
        self.first.with(|page| page.next.is_some()).unwrap_or(false)
    }

    /// Whether more is under way, followed.
    #[must_use]
    pub fn busy(self) -> bool {
        self.busy.get()
    }

    /// Reads the next page and adds it.
    pub fn more(self) {
        let after = self.first.state.with_untracked(|state| match state {
            Load::Ready(page) => page.next.clone(),
            _ => None,
        });
        if after.is_none() || self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let fetch = self.fetch.get_value();
        spawn_local(async move {
            let result = fetch(after.clone()).await;
            let _ = self.busy.try_set(false);
            let _ = self.first.state.try_update(|state| match (state, result) {
                // A reload in between has changed the list: then this page no longer follows.
                (Load::Ready(page), Ok(mut more)) if page.next == after => {
                    page.items.append(&mut more.items);
                    page.next = more.next;
                }
                (_, Err(error)) => crate::components::toast(crate::i18n::Text::from(error.text())),
                _ => {}
            });
        });
    }
}

/// Starts reading a list; `fetch` gets where to go on from and reads again as [`load`] does.
pub fn paged<T, F>(fetch: impl Fn(Option<String>) -> F + 'static) -> Paged<T>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<Page<T>, ApiError>> + 'static,
{
    let fetch: Fetch<T> = Rc::new(move |after| Box::pin(fetch(after)));
    let stored = StoredValue::new_local(fetch.clone());
    Paged { first: load(move || fetch(None)), busy: RwSignal::new(false), fetch: stored }
}
