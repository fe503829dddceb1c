//! The frame around every page: header, navigation, what is over the page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::endpoint::Nothing;
use shared::people::{Language, SignOut, SignOutEverywhere, SignedIn};
use shared::permission::{Permission, Scope};

use crate::api::{self, ApiError};
use crate::components::{Button, ButtonKind, Dialog, Failure, Skeleton, Toasts};
use crate::i18n::{self, Text, t, word};
use crate::people::SignInForm;
use crate::routes::Path;
use crate::{browser, clock, pages, people, router, session};

/// Starts the application in the page.
pub fn start() {
    let language = i18n::current();
    i18n::with_texts(language, move || {
        i18n::show_language(language);
        show();
    });
}

fn show() {
    show_theme(stored_theme());
    clock::start();
    router::start();
    // What index.html shows while this program is on its way.
    if let Some(waiting) = document().get_element_by_id("waiting") {
        waiting.remove();
    }
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let failed = RwSignal::new(None::<ApiError>);
    let read = move || {
        spawn_local(async move {
            failed.set(session::read().await.err());
        });
    };
    read();
    let path = Memo::new(move |_| router::path());
    let known = Memo::new(move |_| session::session().is_some());
    let who = Memo::new(move |_| session::person().map(|p| p.person_id));
    let content = move || {
        if let Some(error) = failed.get() {
            return view! { <div class="page"><Failure error retry=Callback::new(move |()| read())/></div> }.into_any();
        }
        if !known.get() {
            return view! { <div class="page"><Skeleton/></div> }.into_any();
        }
        let path = path.get();
        if who.get().is_none() && !is_public(&path) {
            return people::sign_in_page();
        }
        // Made once: signing in again, say, must not make it anew, and lose what was typed since.
        untrack(|| pages::page(path))
    };
    view! {
        <a class="skip-link" href="#main">{t("skip-to-content")}</a>
        <Header/>
        <div class="frame" class:with-nav=move || who.get().is_some()>
            {move || who.get().map(|_| view! { <Navigation path/> }.into_any())}
            <main id="main" tabindex="-1">{content}</main>
        </div>
        <Toasts/>
        <SignInDialog/>
    }
}

/// What a visitor may open without signing in.
fn is_public(path: &Path) -> bool {
    matches!(
        path,
        Path::Home | Path::SignIn | Path::SetUp(_) | Path::Calls | Path::Call(_) | Path::CallPrint(_) | Path::NotFound
    )
}

/// Where the navigation leads, for those who may; the order is that of a grant's life.
fn entries() -> Vec<(&'static str, Path)> {
    use Permission as P;
    let may = session::may;
    [
        (true, "nav-home", Path::Home),
        (true, "nav-calls", Path::Calls),
        (may(P::ReadProposal), "nav-proposals", Path::Proposals),
        (may(P::WriteSheet), "nav-reviews", Path::Reviews),
        (session::scope(P::ReadVotes) == Scope::All, "nav-motions", Path::Motions),
        (may(P::ReadFund), "nav-fund", Path::Fund),
        (may(P::ReadGrant), "nav-grants", Path::Grants),
        (may(P::ManageAccounts), "nav-people", Path::People),
        (may(P::Export), "nav-exports", Path::Exports),
    ]
    .into_iter()
    .filter_map(|(shown, key, path)| shown.then_some((key, path)))
    .collect()
}

/// The entry that a page belongs to.
fn section(path: &Path) -> Path {
    let text = match path {
        Path::CallRanking(_) => Path::Calls.to_string(),
        Path::Concepts | Path::Concept(_) => Path::Proposals.to_string(),
        Path::Payments | Path::Batches => Path::Grants.to_string(),
        Path::Organisations | Path::Bodies => Path::People.to_string(),
        Path::Audit => Path::Exports.to_string(),
        Path::MotionNew(_) => Path::Motions.to_string(),
        Path::ProposalDeclaration(_) => Path::Reviews.to_string(),
        other => other.to_string(),
    };
    let first = text.split('/').nth(1).unwrap_or_default();
    Path::parse(&format!("/{first}"))
}

#[component]
fn Navigation(path: Memo<Path>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        path.track();
        open.set(false);
    });
    let links = move || {
        let here = section(&path.get());
        entries()
            .into_iter()
            .map(|(key, to)| {
                let current = (to == here).then_some("page");
                view! { <li><a href=to.to_string() aria-current=current>{t(key)}</a></li> }.into_any()
            })
            .collect_view()
    };
    view! {
        <nav class="main-nav" class:open=move || open.get() aria-label=t("nav-label")>
            <button
                type="button"
                class="button nav-toggle"
                aria-expanded=move || open.get().to_string()
                aria-controls="nav-list"
                on:click=move |_| open.update(|o| *o = !*o)
            >
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 4h12M2 8h12M2 12h12"/></svg>
                {t("nav-menu")}
            </button>
            <ul id="nav-list">{links}</ul>
        </nav>
    }
}

#[component]
fn Header() -> impl IntoView {
    let other = || match i18n::language() {
        Language::En => Language::Fr,
        Language::Fr => Language::En,
    };
    view! {
        <header class="header">
            <a class="brand" href="/">
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path class="brand-a" d="M12 2a10 10 0 0 1 10 10h-6a4 4 0 0 0-4-4z"/>
                    <path class="brand-b" d="M12 22A10 10 0 0 1 2 12h6a4 4 0 0 0 4 4z"/>
                </svg>
                <span>{Text::new(session::fund_name)}</span>
            </a>
            <div class="header-tools">
                <button
                    type="button"
                    class="button quiet"
                    lang=move || other().as_str()
                    on:click=move |_| i18n::choose_language(other())
                >
                    <span class="long">{move || i18n::own_name(other())}</span>
                    <span class="short" aria-hidden="true">{move || other().as_str().to_uppercase()}</span>
                </button>
                <ThemeButton/>
                {move || match session::session() {
                    None => ().into_any(),
                    Some(session) => match session.person {
                        Some(person) => account(person),
                        None => view! { <a class="button quiet" href=Path::SignIn.to_string()>{t("sign-in")}</a> }.into_any(),
                    },
                }}
            </div>
        </header>
    }
}

/// Who is signed in, as what, and the way out.
fn account(person: SignedIn) -> AnyView {
    let leave = |everywhere: bool| {
        spawn_local(async move {
            let none = Nothing {};
            let result = if everywhere {
                api::call(&SignOutEverywhere {}, &none, &none).await
            } else {
                api::call(&SignOut {}, &none, &none).await
            };
            match result {
                Ok(_) => {
                    // A fresh program: nothing of what was on the page stays in memory.
                    let _ = window().location().set_href("/");
                }
                Err(error) => crate::components::toast(Text::from(error.text())),
            }
        });
    };
    let roles = person
        .memberships
        .iter()
        .map(|m| {
            let organisation = m.organisation.as_ref().map(|o| format!(" · {}", o.code));
            view! { <li>{word("role", m.role.as_str())}{organisation}</li> }.into_any()
        })
        .collect_view();
    view! {
        <button type="button" class="button quiet account-button" popovertarget="account">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 8a3 3 0 1 0 0-6a3 3 0 0 0 0 6zM2.5 14a5.5 5.5 0 0 1 11 0"/></svg>
            <span>{person.name.clone()}</span>
        </button>
        <div id="account" class="account" popover="auto">
            <p><strong>{person.name}</strong></p>
            <p class="muted">{person.email}</p>
            <ul class="plain">{roles}</ul>
            <Button label=t("sign-out") on_press=move |()| leave(false)/>
            <Button label=t("sign-out-everywhere") kind=ButtonKind::Quiet on_press=move |()| leave(true)/>
        </div>
    }
    .into_any()
}

const THEME_KEY: &str = "theme";

fn stored_theme() -> Option<&'static str> {
    match browser::stored(THEME_KEY)?.as_str() {
        "dark" => Some("dark"),
        "light" => Some("light"),
        _ => None,
    }
}

fn show_theme(theme: Option<&'static str>) {
    let Some(html) = document().document_element() else { return };
    let _ = match theme {
        Some(theme) => html.set_attribute("data-theme", theme),
        None => html.remove_attribute("data-theme"),
    };
}

/// Light, dark, or as the system says: each press goes on to the next.
#[component]
fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(stored_theme());
    let next = move |_| {
        let next = match theme.get_untracked() {
            None => Some("light"),
            Some("light") => Some("dark"),
            Some(_) => None,
        };
        theme.set(next);
        show_theme(next);
        match next {
            Some(name) => {
                browser::store(THEME_KEY, name);
            }
            None => browser::forget(THEME_KEY),
        }
    };
    let name = Text::new(move || {
        t(match theme.get() {
            None => "theme-system",
            Some("light") => "theme-light",
            Some(_) => "theme-dark",
        })
        .get()
    });
    view! {
        <button type="button" class="icon-button" aria-label=name.clone() title=name on:click=next>
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z"/>
                <path class="filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z"/>
            </svg>
        </button>
    }
}

/// Asks to sign in again over the page, whose text stays.
#[component]
fn SignInDialog() -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(session::is_asking()));
    // Closing the dialog without signing in gives up what waited.
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is && session::is_asking() {
            session::answer(false);
        }
        is
    });
    view! {
        <Dialog open title=t("sign-in-again")>
            <p>{t("sign-in-again-text")}</p>
            <SignInForm on_done=Callback::new(|()| session::answer(true))/>
        </Dialog>
    }
}
