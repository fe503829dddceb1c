//! Who is signed in, and signing in over the page when a session has ended.

use std::cell::RefCell;

use futures::channel::oneshot;
use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::people::{GetSession, Session, SignedIn};
use shared::permission::{Permission, Scope};

use crate::api::{self, ApiError};
use crate::i18n::{self, t};

thread_local! {
    static SESSION: ArcRwSignal<Option<Session>> = ArcRwSignal::new(None);
    static ASKING: ArcRwSignal<bool> = ArcRwSignal::new(false);
    static WAITING: RefCell<Vec<oneshot::Sender<bool>>> = const { RefCell::new(Vec::new()) };
}

/// The session, followed; nothing until the server has been asked.
#[must_use]
pub fn session() -> Option<Session> {
    SESSION.with(Clone::clone).get()
}

/// Who is signed in, followed.
#[must_use]
pub fn person() -> Option<SignedIn> {
    SESSION.with(Clone::clone).with(|s| s.as_ref().and_then(|s| s.person.clone()))
}

/// Whether the person holds a right at all, followed: for showing or hiding, the server decides.
#[must_use]
pub fn may(permission: Permission) -> bool {
    scope(permission) > Scope::Nothing
}

/// How far a right reaches for the person, followed.
#[must_use]
pub fn scope(permission: Permission) -> Scope {
    SESSION
        .with(Clone::clone)
        .with(|s| s.as_ref().and_then(|s| s.person.as_ref()).map_or(Scope::Nothing, |p| p.scope(permission)))
}

/// The fund's name, followed.
#[must_use]
pub fn fund_name() -> String {
    SESSION
        .with(Clone::clone)
        .with(|s| s.as_ref().and_then(|s| s.fund.as_ref()).map(|f| f.name.clone()))
        .unwrap_or_else(|| t("product").get())
}

/// Takes over a session that the server gave.
pub fn set(session: Session) {
    // What the reader chose on this device wins over the account's language.
    if let Some(person) = &session.person
        && !i18n::was_chosen()
    {
        i18n::show_language(person.language);
    }
    SESSION.with(Clone::clone).set(Some(session));
}

/// Asks the server who is signed in.
///
/// # Errors
/// When the server cannot be reached or fails.
pub async fn read() -> Result<(), ApiError> {
    set(api::call(&GetSession {}, &Nothing {}, &Nothing {}).await?);
    Ok(())
}

/// Opens the sign-in dialog over the page; `true` once signed in, `false` when dismissed.
pub async fn ask_to_sign_in() -> bool {
    let (sender, receiver) = oneshot::channel();
    WAITING.with_borrow_mut(|waiting| waiting.push(sender));
    ASKING.with(Clone::clone).set(true);
    receiver.await.unwrap_or(false)
}

/// Whether the dialog should be open, followed.
#[must_use]
pub fn is_asking() -> bool {
    ASKING.with(Clone::clone).get()
}

/// Ends the asking: those that wait go on, or give up.
pub fn answer(signed_in: bool) {
    for sender in WAITING.take() {
        let _ = sender.send(signed_in);
    }
    ASKING.with(Clone::clone).set(false);
}
