//! Bodies of the initiative: the list, and adding one.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::people::{CreateBody, CreateBodyRequest, ListBodies, NAME_MAX_CHARS, check_text};
use shared::permission::BodyKind;

use super::list::tabs;
use crate::api;
use crate::components::{
    Button, ButtonKind, Column, DataTable, Dialog, EmptyState, FormBox, Page, Row, Select, TextInput, toast,
};
use crate::form::{Form, required};
use crate::i18n::{t, word};
use crate::load::paged;

/// The bodies, by name. There are few, so the list has one page.
pub fn bodies_page() -> AnyView {
    let list = paged(|_| async { api::call(&ListBodies {}, &Nothing {}, &Nothing {}).await });
    let adding = RwSignal::new(false);
    let added = Callback::new(move |()| {
        adding.set(false);
        list.reload();
    });
    let rows = Callback::new(move |()| {
        list.rows(|body| {
            Row(vec![
                view! { <strong>{body.name.clone()}</strong> }.into_any(),
                word("body-kind", body.kind.as_str()).into_render().into_any(),
            ])
        })
    });
    view! {
        <Page
            title=t("bodies-title")
            wide=true
            action=move || {
                view! { <Button label=t("body-add") kind=ButtonKind::Primary on_press=move |()| adding.set(true)/> }
            }
        >
            {tabs()}
            <DataTable
                caption=t("bodies-title")
                hide_caption=true
                columns=vec![Column::text(t("name")), Column::text(t("body-kind"))]
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("bodies-empty") hint=t("bodies-empty-hint")/> }
            />
            <Dialog open=adding title=t("body-add")>
                <AddBody on_done=added/>
            </Dialog>
        </Page>
    }
    .into_any()
}

#[component]
fn AddBody(
    /// What follows.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let name = RwSignal::new(String::new());
    let kind = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let name = name.get_untracked().trim().to_owned();
        let mut errors = Vec::new();
        check_text(&mut errors, "/name", &name, NAME_MAX_CHARS);
        errors.extend(required("/kind", &kind.get_untracked()));
        let Some(kind) = BodyKind::parse(&kind.get_untracked()).filter(|_| errors.is_empty()) else {
            form.check(errors);
            return;
        };
        let request = CreateBodyRequest { name, kind };
        form.submit(async move {
            let body = api::call(&CreateBody {}, &Nothing {}, &request).await?;
            toast(crate::t!("body-added", name = body.name));
            on_done.run(());
            Ok(())
        });
    });
    let kinds: Vec<_> = BodyKind::ALL.iter().map(|k| (k.as_str().to_owned(), word("body-kind", k.as_str()))).collect();
    view! {
        <FormBox form submit=t("body-add") on_submit=send>
            <TextInput pointer="/name" label=t("name") value=name/>
            <Select pointer="/kind" label=t("body-kind") value=kind options=kinds/>
        </FormBox>
    }
}
