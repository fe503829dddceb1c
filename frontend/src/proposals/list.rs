//! The proposals: an applicant's own with what is due, the desk's with filters.

use leptos::ev;
use leptos::prelude::*;
use shared::calls::{CallQuery, ListCalls};
use shared::endpoint::Nothing;
use shared::permission::{Permission, Scope};
use shared::proposals::{ListProposals, ProposalQuery, ProposalState, ProposalSummary};

use super::parts::state_badge;
use crate::components::{
    Button, ButtonKind, Column, DataTable, EmptyState, LoadMore, Page, Row, Select, StatusBadge, TextInput, Tone,
};
use crate::i18n::{Text, t, word};
use crate::load::{load, paged};
use crate::routes::Path;
use crate::{api, browser, calls, clock, format, router, session};

/// The proposals.
pub fn list_page() -> AnyView {
    let writes = session::may(Permission::WriteProposal);
    let reads_others = session::scope(Permission::ReadProposal) > Scope::Own;
    let list = paged(|after| {
        let query = ProposalQuery {
            call_id: router::query("call").and_then(|id| id.parse().ok()),
            state: router::query("state").and_then(|state| ProposalState::parse(&state)),
            search: router::query("search"),
            mine: None,
            after,
        };
        async move { api::call(&ListProposals {}, &query, &Nothing {}).await }
    });
    let rows = Callback::new(move |()| list.rows(|proposal| row(proposal, reads_others)));
    let mut columns = vec![Column::main(t("proposal"))];
    if reads_others {
        columns.push(Column::text(t("proposal-applicant")));
    }
    columns.extend([
        Column::text(t("proposal-call")),
        Column::text(t("proposal-state")),
        Column::number(t("proposal-requested")),
        Column::text(if reads_others { t("proposal-submitted-at") } else { t("proposal-next") }),
    ]);
    let title = if reads_others { t("proposals-title") } else { t("proposals-mine") };
    let is_filtered = Memo::new(|_| ["call", "state", "search"].iter().any(|name| router::query(name).is_some()));
    let empty = move || {
        if is_filtered.get() {
            view! { <EmptyState title=t("proposals-none-found") hint=t("proposals-none-found-hint")/> }.into_any()
        } else if writes {
            view! {
                <EmptyState
                    title=t("proposals-empty-mine")
                    hint=t("proposals-empty-mine-hint")
                    action=|| view! { <a class="button primary" href=Path::Calls.to_string()>{t("proposal-new-calls")}</a> }
                />
            }
            .into_any()
        } else {
            view! { <EmptyState title=t("proposals-empty") hint=t("proposals-empty-hint")/> }.into_any()
        }
    };
    view! {
        <Page
            title
            wide=true
            action=move || writes.then(|| view! {
                <a class=ButtonKind::Primary.class() href=Path::ProposalNew.to_string()>{t("proposal-new")}</a>
            }.into_any())
        >
            <p><a href=Path::Concepts.to_string()>{t("concepts-title")}</a></p>
            <Filters/>
            <DataTable
                caption=t("proposals-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn row(proposal: &ProposalSummary, reads_others: bool) -> Row {
    let number = proposal.number.clone();
    let (requested, eur) = (proposal.requested, proposal.requested_eur);
    let country = proposal.country.clone();
    let title = view! {
        <a href=Path::Proposal(proposal.id).to_string()>{proposal.title.clone()}</a>
        {number.map(|number| view! { <br/><span class="muted">{number}</span> }.into_any())}
    }
    .into_any();
    let state = view! {
        {state_badge(proposal.state)}
        {proposal.is_reopened.then(|| view! { " "<StatusBadge word=t("proposal-is-reopened") tone=Tone::Attention/> }.into_any())}
    }
    .into_any();
    let amount = view! {
        <span>{Text::new(move || format::money(requested))}</span>
        {(requested.currency() != eur.currency()).then(|| view! {
            <br/><span class="muted">{Text::new(move || format::money(eur))}</span>
        }.into_any())}
    }
    .into_any();
    let mut cells = vec![title];
    if reads_others {
        cells.push(
            view! {
                {proposal.organisation.name.clone()}
                <br/>
                <span class="muted">{Text::new(move || format::country(&country))}</span>
            }
            .into_any(),
        );
    }
    cells.extend([
        view! { <span class="nowrap">{proposal.call_code.clone()}</span> }.into_any(),
        state,
        amount,
        if reads_others { submitted(proposal) } else { due(proposal) },
    ]);
    Row(cells)
}

fn submitted(proposal: &ProposalSummary) -> AnyView {
    match proposal.submitted_at {
        Some(at) => view! { <span class="nowrap">{Text::new(move || format::date(at.date()))}</span> }.into_any(),
        None => view! { <span class="muted">{t("proposal-not-submitted")}</span> }.into_any(),
    }
}

/// What the applicant has to do, and until when.
fn due(proposal: &ProposalSummary) -> AnyView {
    let at = proposal.due_at;
    let waits = matches!(proposal.state, ProposalState::Draft | ProposalState::MoreInfo) || proposal.is_reopened;
    if !waits {
        return submitted(proposal);
    }
    let text = Text::new(move || match format::left_until(at) {
        Some(left) => crate::t!("proposal-submit-within", left = left).get(),
        None => t("deadline-passed").get(),
    });
    let is_late = at <= clock::now();
    view! {
        <span class:muted=is_late>{text}</span>
        <br/>
        <span class="muted nowrap">{Text::new(move || format::instant(at))}</span>
    }
    .into_any()
}

/// Call, state and words to look for, kept in the address; what is set shows as pills.
#[component]
fn Filters() -> impl IntoView {
    let search = RwSignal::new(browser::query_param("search").unwrap_or_default());
    let state = RwSignal::new(browser::query_param("state").unwrap_or_default());
    let call = RwSignal::new(browser::query_param("call").unwrap_or_default());
    let calls = load(|| async { api::call(&ListCalls {}, &CallQuery::default(), &Nothing {}).await });
    let call_name = move |id: &str| {
        calls
            .with(|page| page.items.iter().find(|c| c.id.to_string() == id).map(|c| c.code.clone()))
            .flatten()
            .unwrap_or_else(|| id.to_owned())
    };
    let call_options = Signal::derive(move || {
        calls
            .with(|page| {
                page.items
                    .iter()
                    .map(|c| {
                        let title = calls::local(&c.title);
                        let code = c.code.clone();
                        (c.id.to_string(), Text::new(move || format!("{code} · {}", title.get())))
                    })
                    .collect()
            })
            .unwrap_or_default()
    });
    let states: Vec<_> =
        ProposalState::ALL.iter().map(|s| (s.as_str().to_owned(), word("proposal-state", s.as_str()))).collect();
    // A choice filters at once; words wait for the button.
    Effect::new(move |before: Option<(String, String)>| {
        let now = (state.get(), call.get());
        if before.is_some_and(|before| before != now) {
            router::set_query(&[("state", Some(&now.0)), ("call", Some(&now.1))]);
        }
        now
    });
    let look = move |event: ev::SubmitEvent| {
        event.prevent_default();
        router::set_query(&[("search", Some(search.get_untracked().trim()))]);
    };
    let pill = move |name: &'static str, value: RwSignal<String>, label: Text| {
        let text = label.clone();
        let remove = move |_| {
            value.set(String::new());
            router::set_query(&[(name, None)]);
        };
        view! {
            <li>
                <button type="button" class="pill" on:click=remove aria-label=crate::t!("filter-remove", what = label)>
                    {text}
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg>
                </button>
            </li>
        }
        .into_any()
    };
    let pills = move || {
        let mut all = Vec::new();
        if let Some(id) = router::query("call") {
            all.push(pill("call", call, Text::from(call_name(&id))));
        }
        if let Some(found) = router::query("state").and_then(|s| ProposalState::parse(&s)) {
            all.push(pill("state", state, word("proposal-state", found.as_str())));
        }
        if let Some(words) = router::query("search") {
            all.push(pill("search", search, crate::t!("filter-words", words = words)));
        }
        (!all.is_empty()).then(|| view! { <ul class="pills" aria-label=t("filters")>{all}</ul> }.into_any())
    };
    view! {
        <form class="search filters" role="search" on:submit=look>
            <Select pointer="/call" label=t("proposal-call") value=call options=call_options optional=true none=t("filter-any-call")/>
            <Select pointer="/state" label=t("proposal-state") value=state options=states optional=true none=t("filter-any-state")/>
            <TextInput pointer="/search" label=t("proposal-search") value=search kind="search" optional=true/>
            <Button label=t("search")/>
        </form>
        {pills}
    }
}
