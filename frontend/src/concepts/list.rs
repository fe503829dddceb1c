//! The concept notes: an applicant's own, the desk's of a call.

use leptos::prelude::*;
use shared::concepts::{ConceptQuery, ConceptState, ConceptSummary, ListConcepts};
use shared::endpoint::Nothing;

use super::state_badge;
use crate::components::{Column, Crumb, DataTable, EmptyState, LoadMore, Page, Row, Select};
use crate::i18n::{Text, t, word};
use crate::load::paged;
use crate::routes::Path;
use crate::{api, format, router};

/// The concept notes, of the call in `?call=` or of all.
pub fn list_page() -> AnyView {
    let list = paged(|after| {
        let query = ConceptQuery {
            call_id: router::query("call").and_then(|id| id.parse().ok()),
            state: router::query("state").and_then(|state| ConceptState::parse(&state)),
            after,
        };
        async move { api::call(&ListConcepts {}, &query, &Nothing {}).await }
    });
    let filter = RwSignal::new(router::query("state").unwrap_or_default());
    Effect::new(move |_| router::set_query(&[("state", Some(&filter.get()))]));
    let states: Vec<_> =
        ConceptState::ALL.iter().map(|s| (s.as_str().to_owned(), word("concept-state", s.as_str()))).collect();
    let columns = vec![
        Column::main(t("concept")),
        Column::text(t("proposal-applicant")),
        Column::text(t("proposal-call")),
        Column::text(t("proposal-state")),
        Column::number(t("proposal-requested")),
    ];
    let rows = Callback::new(move |()| list.rows(row));
    view! {
        <Page title=t("concepts-title") crumbs=vec![Crumb(t("proposals-title"), Path::Proposals)] wide=true>
            <div class="search">
                <Select pointer="/state" label=t("proposal-state") value=filter options=states optional=true none=t("filter-any-state")/>
            </div>
            <DataTable
                caption=t("concepts-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("concepts-empty") hint=t("concepts-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn row(note: &ConceptSummary) -> Row {
    let (country, requested) = (note.country.clone(), note.requested);
    Row(vec![
        view! {
            <a href=Path::Concept(note.id).to_string()>{note.title.clone()}</a>
            {note.number.clone().map(|number| view! { <br/><span class="muted">{number}</span> }.into_any())}
        }
        .into_any(),
        view! {
            {note.organisation.name.clone()}
            <br/>
            <span class="muted">{Text::new(move || format::country(&country))}</span>
        }
        .into_any(),
        view! { <span class="nowrap">{note.call_code.clone()}</span> }.into_any(),
        state_badge(note.state),
        view! { <span>{Text::new(move || requested.map(format::money).unwrap_or_default())}</span> }.into_any(),
    ])
}
