//! Organisations: the list, and adding one.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::people::{
    CreateOrganisation, CreateOrganisationRequest, ListOrganisations, NAME_MAX_CHARS, OrganisationKind, SearchQuery,
    check_text,
};

use super::list::{SearchBox, tabs};
use crate::components::{
    Button, ButtonKind, Column, DataTable, Dialog, EmptyState, FormBox, LoadMore, Page, Row, Select, TextInput, toast,
};
use crate::form::{Form, required};
use crate::i18n::{t, word};
use crate::load::paged;
use crate::{api, router};

/// The organisations, by name.
pub fn organisations_page() -> AnyView {
    let list = paged(|after| {
        let query = SearchQuery { search: router::query("search"), after };
        async move { api::call(&ListOrganisations {}, &query, &Nothing {}).await }
    });
    let adding = RwSignal::new(false);
    let added = Callback::new(move |()| {
        adding.set(false);
        list.reload();
    });
    let rows = Callback::new(move |()| {
        list.rows(|organisation| {
            Row(vec![
                view! { <strong>{organisation.name.clone()}</strong> }.into_any(),
                organisation.code.clone().into_any(),
                word("organisation-kind", organisation.kind.as_str()).into_render().into_any(),
                organisation.country.clone().unwrap_or_default().into_any(),
            ])
        })
    });
    let columns = vec![
        Column::text(t("name")),
        Column::text(t("organisation-code")),
        Column::text(t("organisation-kind")),
        Column::text(t("country")),
    ];
    view! {
        <Page
            title=t("organisations-title")
            wide=true
            action=move || {
                view! {
                    <Button label=t("organisation-add") kind=ButtonKind::Primary on_press=move |()| adding.set(true)/>
                }
            }
        >
            {tabs()}
            <SearchBox/>
            <DataTable
                caption=t("organisations-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("organisations-empty") hint=t("organisations-empty-hint")/> }
            />
            <LoadMore list/>
            <Dialog open=adding title=t("organisation-add")>
                <AddOrganisation on_done=added/>
            </Dialog>
        </Page>
    }
    .into_any()
}

#[component]
fn AddOrganisation(
    /// What follows.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let name = RwSignal::new(String::new());
    let code = RwSignal::new(String::new());
    let kind = RwSignal::new(String::new());
    let country = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        check_text(&mut errors, "/name", &name.get_untracked(), NAME_MAX_CHARS);
        errors.extend(required("/code", &code.get_untracked()));
        errors.extend(required("/kind", &kind.get_untracked()));
        let Some(kind) = OrganisationKind::parse(&kind.get_untracked()).filter(|_| errors.is_empty()) else {
            form.check(errors);
            return;
        };
        let country = country.get_untracked().trim().to_uppercase();
        let request = CreateOrganisationRequest {
            code: code.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            kind,
            country: (!country.is_empty()).then_some(country),
        };
        form.submit(async move {
            let organisation = api::call(&CreateOrganisation {}, &Nothing {}, &request).await?;
            toast(crate::t!("organisation-added", name = organisation.name));
            on_done.run(());
            Ok(())
        });
    });
    let kinds: Vec<_> =
        OrganisationKind::ALL.iter().map(|k| (k.as_str().to_owned(), word("organisation-kind", k.as_str()))).collect();
    view! {
        <FormBox form submit=t("organisation-add") on_submit=send>
            <TextInput pointer="/name" label=t("name") value=name/>
            <TextInput pointer="/code" label=t("organisation-code") hint=t("organisation-code-hint") value=code class="narrow"/>
            <Select pointer="/kind" label=t("organisation-kind") value=kind options=kinds/>
            <TextInput pointer="/country" label=t("country") hint=t("country-hint") value=country class="narrow" optional=true/>
        </FormBox>
    }
}
