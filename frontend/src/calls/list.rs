//! The calls: cards for visitors, a table for those who work with them.

use leptos::prelude::*;
use shared::calls::{CallQuery, CallState, CallSummary, ListCalls, ListPublicCalls, PublicCallQuery};
use shared::endpoint::Nothing;
use shared::permission::Permission;

use super::show::{badge, deadline, local};
use crate::components::{ButtonKind, Column, DataTable, EmptyState, LoadMore, Page, Row, Select};
use crate::i18n::{Text, t, word};
use crate::load::paged;
use crate::routes::Path;
use crate::{api, format, router, session};

/// What a visitor sees first: what the fund is, and the calls that are open or will open.
pub fn public_page() -> AnyView {
    let list =
        paged(|after| async move { api::call(&ListPublicCalls {}, &PublicCallQuery { after }, &Nothing {}).await });
    let cards = move || {
        list.loader().view(|page| {
            if page.items.is_empty() {
                return view! { <EmptyState title=t("public-calls-empty") hint=t("public-calls-empty-hint")/> }
                    .into_any();
            }
            page.items.iter().map(card).collect_view().into_any()
        })
    };
    view! {
        <Page title=t("public-calls-title")>
            <p class="lead">{crate::t!("public-about", fund = Text::new(session::fund_name))}</p>
            {cards}
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn card(call: &CallSummary) -> AnyView {
    let envelope = call.envelope;
    let to = Path::Call(call.id).to_string();
    view! {
        <article class="card">
            <h2><a href=to.clone()>{local(&call.title)}</a></h2>
            <p>
                {badge(call)}
                " "
                <span class="muted">{word("funding-window", call.window.as_str())}</span>
            </p>
            {deadline(call)}
            <p>{t("call-envelope")}{t("colon")}<strong class="amount">{Text::new(move || format::money(envelope))}</strong></p>
        </article>
    }
    .into_any()
}

/// The calls, newest first; for visitors, those that are open or will open.
pub fn list_page() -> AnyView {
    if session::person().is_none() {
        return public_page();
    }
    let list = paged(|after| {
        let state = router::query("state").and_then(|state| CallState::parse(&state));
        async move { api::call(&ListCalls {}, &CallQuery { state, after }, &Nothing {}).await }
    });
    let filter = RwSignal::new(router::query("state").unwrap_or_default());
    Effect::new(move |_| {
        let state = filter.get();
        router::set_query(&[("state", Some(&state))]);
    });
    let sees_drafts = session::may(Permission::ReadDraftCalls) || session::may(Permission::PublishCall);
    let states: Vec<_> = CallState::ALL
        .iter()
        .filter(|state| sees_drafts || **state != CallState::Draft)
        .map(|state| (state.as_str().to_owned(), word("call-state", state.as_str())))
        .collect();
    let columns = vec![
        Column::main(t("call-title")),
        Column::text(t("call-state")),
        Column::text(t("call-closes")),
        Column::number(t("call-envelope")),
    ];
    let rows = Callback::new(move |()| list.rows(row));
    view! {
        <Page title=t("calls-title") wide=true action=new_action>
            <div class="search">
                <Select pointer="/state" label=t("call-state") value=filter options=states optional=true none=t("call-state-any")/>
            </div>
            <DataTable
                caption=t("calls-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("calls-empty") hint=t("calls-empty-hint") action=new_action/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn new_action() -> AnyView {
    (move || {
        session::may(Permission::WriteCall).then(|| {
            let class = ButtonKind::Primary.class();
            view! { <a class=class href=Path::CallNew.to_string()>{t("call-new-title")}</a> }.into_any()
        })
    })
    .into_any()
}

fn row(call: &CallSummary) -> Row {
    let (closes_at, zone, envelope) = (call.closes_at, call.zone.clone(), call.envelope);
    Row(vec![
        view! {
            <div>
                <a href=Path::Call(call.id).to_string()><strong>{local(&call.title)}</strong></a>
                <br/>
                <span class="muted">{call.code.clone()}" · "{word("funding-window", call.window.as_str())}</span>
            </div>
        }
        .into_any(),
        badge(call),
        view! { <time datetime=closes_at.to_string()>{Text::new(move || format::instant_in(closes_at, &zone))}</time> }
            .into_any(),
        view! { <span class="amount">{Text::new(move || format::money(envelope))}</span> }.into_any(),
    ])
}
