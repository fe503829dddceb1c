//! A page's frame, and what a page says when it has nothing to show.

use leptos::html;
use leptos::prelude::*;

use crate::api::ApiError;
use crate::components::button::Button;
use crate::components::status::Tone;
use crate::i18n::{Text, t};
use crate::router;
use crate::routes::Path;
use crate::session;

/// A step of the way to a page.
pub struct Crumb(
    /// What it is called.
    pub Text,
    /// Where it leads.
    pub Path,
);

/// A page: the way to it, its heading, its main action, its content.
///
/// Sets the window's title; after a move within the application the heading takes the focus.
#[component]
pub fn Page(
    /// The heading.
    #[prop(into)]
    title: Text,
    /// The way to it, without itself.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// The page's main action, always at the same place.
    #[prop(optional, into)]
    action: ViewFn,
    /// A state badge or a line beneath the heading.
    #[prop(optional, into)]
    lead: ViewFn,
    /// Uses the whole width, for tables.
    #[prop(optional)]
    wide: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    let window_title = title.clone();
    Effect::new(move |_| document().set_title(&format!("{} – {}", window_title.get(), session::fund_name())));
    Effect::new(move |done: Option<bool>| {
        if done != Some(true)
            && router::has_moved()
            && let Some(h1) = heading.get()
        {
            let _ = h1.focus();
            return true;
        }
        done.unwrap_or(false)
    });
    let way = (!crumbs.is_empty()).then(|| {
        let steps = crumbs
            .into_iter()
            .map(|Crumb(text, path)| view! { <li><a href=path.to_string()>{text}</a></li> }.into_any())
            .collect_view();
        view! { <nav class="crumbs" aria-label=t("breadcrumb")><ol>{steps}</ol></nav> }.into_any()
    });
    view! {
        <div class="page" class:wide=wide>
            {way}
            <div class="page-head">
                <h1 tabindex="-1" node_ref=heading>{title}</h1>
                <div class="page-action">{move || action.run()}</div>
            </div>
            {move || lead.run()}
            {children()}
        </div>
    }
}

/// Lines that stand for what is being read, so that nothing jumps when it comes.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">{t("loading")}</span>
            <div></div>
            <div></div>
            <div></div>
        </div>
    }
}

/// A reading that failed: what happened, and "Try again" where that can help.
#[component]
pub fn Failure(
    /// What happened.
    error: ApiError,
    /// Reads again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let gone = matches!(error, ApiError::Problem(ref p) if matches!(p.status, 403 | 404));
    let reference = match &error {
        ApiError::Problem(problem) if problem.status >= 500 => problem.request_id.clone(),
        _ => None,
    };
    let text = Text::new(move || error.text());
    view! {
        <div class="notice problem" role="alert">
            <p>{text}</p>
            {reference.map(|id| view! { <p class="muted">{crate::t!("error-reference", id = id)}</p> }.into_any())}
            {(!gone).then(|| view! { <Button label=t("try-again") on_press=retry/> }.into_any())}
        </div>
    }
}

/// A message on the page that stays: something to know before going on.
#[component]
pub fn Notice(
    /// Its hue.
    #[prop(optional)]
    tone: Tone,
    /// Its heading.
    #[prop(optional, into)]
    title: Option<Text>,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("notice {}", tone.class())>
            {title.map(|title| view! { <p class="notice-title">{title}</p> }.into_any())}
            {children()}
        </div>
    }
}

/// Nothing here yet: what will be here, and what to do first.
#[component]
pub fn EmptyState(
    /// What will be here.
    #[prop(into)]
    title: Text,
    /// What to do first, in a sentence.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// The button or link to do it with.
    #[prop(optional, into)]
    action: ViewFn,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            {hint.map(|hint| view! { <p class="muted">{hint}</p> }.into_any())}
            {action.run()}
        </div>
    }
}

/// Names and their values, one below the other.
#[component]
pub fn DefinitionList(
    /// Each name with its value.
    items: Vec<(Text, AnyView)>,
) -> impl IntoView {
    let rows = items
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any())
        .collect_view();
    view! { <dl class="definitions">{rows}</dl> }
}

/// One of several views of the same thing; each has an address of its own.
#[derive(Clone)]
pub struct Tab {
    /// What it is called.
    pub label: Text,
    /// Where it leads.
    pub href: String,
    /// Whether it is the one in sight.
    pub current: bool,
}

/// Links between the views of the same thing.
#[component]
pub fn Tabs(
    /// What they are views of, for screen readers.
    #[prop(into)]
    label: Text,
    /// The views.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| {
            view! { <li><a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}</a></li> }.into_any()
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label><ul>{links}</ul></nav> }
}
