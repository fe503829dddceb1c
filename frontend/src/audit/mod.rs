//! The audit log: who, when, what, before and after, why; its head to be copied and checked (M72).

use leptos::prelude::*;
use shared::audit::{
    AuditCheck, AuditEntry, AuditFinding, AuditQuery, Change, CheckAudit, CheckQuery, GetAuditHead, ListAudit,
};
use shared::endpoint::Nothing;
use shared::permission::{Permission, Scope};
use shared::time::Date;

use crate::components::{
    Button, ButtonKind, Column, Crumb, DataTable, DateInput, EmptyState, FormBox, LoadMore, Notice, Page, Row,
    TextInput, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t};
use crate::load::{load, paged};
use crate::routes::Path;
use crate::{api, browser, format, router, session};

/// What the address asks for, followed.
fn asked(after: Option<String>) -> AuditQuery {
    let day = |name| router::query(name).and_then(|day| Date::parse(&day).ok());
    AuditQuery {
        who: router::query("who"),
        kind: router::query("kind"),
        action: router::query("action"),
        object_id: router::query("object_id").and_then(|id| id.parse().ok()),
        from: day("from"),
        until: day("until"),
        after: after.and_then(|after| after.parse().ok()),
    }
}

/// The audit log.
pub fn audit_page() -> AnyView {
    let list = paged(move |after| {
        let query = asked(after);
        async move { api::call(&ListAudit {}, &query, &Nothing {}).await }
    });
    let names = ["who", "kind", "action", "object_id", "from", "until"];
    let values = names.map(|name| RwSignal::new(untrack(|| router::query(name)).unwrap_or_default()));
    let [who, kind, action, object_id, from, until] = values;
    let form = Form::new();
    let show = Callback::new(move |()| {
        let texts = values.map(|value| value.get_untracked().trim().to_owned());
        let changes: Vec<_> = names.iter().zip(&texts).map(|(name, text)| (*name, Some(text.as_str()))).collect();
        router::set_query(&changes);
    });
    let everything = session::scope(Permission::ReadAudit) == Scope::All;
    let columns = vec![
        Column::number(t("audit-seq")),
        Column::text(t("audit-when")),
        Column::text(t("audit-who")),
        Column::text(t("audit-what")),
        Column::text(t("audit-changes")),
    ];
    let rows = Callback::new(move |()| list.rows(entry_row));
    view! {
        <Page title=t("audit-title") crumbs=vec![Crumb(t("exports-title"), Path::Exports)] wide=true>
            <p class="muted">{if everything { t("audit-lead") } else { t("audit-lead-own") }}</p>
            {everything.then(|| view! { <Chain/> }.into_any())}
            <FormBox form submit=t("audit-show") on_submit=show>
                <div class="grid">
                    <TextInput pointer="/who" label=t("audit-who") value=who optional=true/>
                    <TextInput pointer="/kind" label=t("audit-kind") hint=t("audit-kind-hint") value=kind optional=true/>
                    <TextInput pointer="/action" label=t("audit-action") hint=t("audit-action-hint") value=action optional=true/>
                    <TextInput pointer="/object_id" label=t("audit-object") value=object_id optional=true/>
                    <DateInput pointer="/from" label=t("from-day") value=from optional=true/>
                    <DateInput pointer="/until" label=t("until-day") value=until optional=true/>
                </div>
            </FormBox>
            <DataTable
                caption=t("audit-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("audit-empty") hint=t("audit-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

/// The head to be copied, and the check against one that was noted.
#[component]
fn Chain() -> impl IntoView {
    let head = load(|| async { api::call(&GetAuditHead {}, &Nothing {}, &Nothing {}).await });
    let form = Form::new();
    let noted = RwSignal::new(String::new());
    let found = RwSignal::new(None::<AuditCheck>);
    let check = Callback::new(move |()| {
        let text = noted.get_untracked().trim().to_owned();
        let query = CheckQuery { head: (!text.is_empty()).then_some(text) };
        if let Err(error) = query.noted() {
            form.check(vec![error]);
            return;
        }
        form.submit(async move {
            let result = api::call(&CheckAudit {}, &query, &Nothing {}).await?;
            let _ = found.try_set(Some(result));
            Ok(())
        });
    });
    view! {
        <section class="card">
            <h2>{t("audit-chain")}</h2>
            {move || head.view(|head| {
                let (text, copied, at) = (head.to_string(), head.to_string(), head.at);
                let copy = move |()| toast(t(if browser::copy(&copied) { "export-copied" } else { "export-not-copied" }));
                view! {
                    <p>
                        <code class="hash">{text}</code>" "
                        {at.map(|at| view! { <span class="muted">{Text::new(move || format::instant(at))}</span> }.into_any())}" "
                        <Button label=t("audit-copy") kind=ButtonKind::Secondary on_press=copy/>
                    </p>
                }.into_any()
            })}
            <p class="muted">{t("audit-chain-hint")}</p>
            <FormBox form submit=t("audit-check") on_submit=check>
                <TextInput pointer="/head" label=t("audit-noted") hint=t("audit-noted-hint") value=noted optional=true/>
            </FormBox>
            <div role="status">{move || found.get().map(|found| finding(&found))}</div>
        </section>
    }
}

fn finding(found: &AuditCheck) -> AnyView {
    let (entries, seq) = (found.entries, found.seq.unwrap_or_default());
    let (tone, text) = match found.finding {
        AuditFinding::Whole => (Tone::Good, crate::t!("audit-whole", count = entries)),
        AuditFinding::Broken => (Tone::Problem, crate::t!("audit-broken", seq = seq)),
        AuditFinding::Cut => (Tone::Problem, crate::t!("audit-cut", seq = seq)),
        AuditFinding::Rewritten => (Tone::Problem, crate::t!("audit-rewritten", seq = seq)),
    };
    view! { <Notice tone><p>{text}</p></Notice> }.into_any()
}

fn change(change: &Change) -> AnyView {
    let value = |text: &Option<String>| text.clone().map(|text| view! { <q>{text}</q> }.into_any());
    let path = (!change.path.is_empty()).then(|| view! { <code>{change.path.clone()}</code>" " }.into_any());
    match (&change.before, &change.after) {
        (Some(_), None) => view! { <li>{path}<del>{value(&change.before)}</del></li> }.into_any(),
        (None, _) => view! { <li>{path}{value(&change.after)}</li> }.into_any(),
        (Some(_), Some(_)) => {
            view! { <li>{path}<del>{value(&change.before)}</del>" → "{value(&change.after)}</li> }.into_any()
        }
    }
}

/// So many changes are in sight; the others open.
const SHOWN: usize = 4;

fn entry_row(entry: &AuditEntry) -> Row {
    let at = entry.at;
    let (first, rest) = entry.changes.split_at(entry.changes.len().min(SHOWN));
    let count = rest.len();
    let first = first.iter().map(change).collect_view();
    let rest = (count > 0).then(|| {
        let rest = rest.iter().map(change).collect_view();
        view! { <details><summary>{crate::t!("audit-more", count = count)}</summary><ul class="plain">{rest}</ul></details> }
            .into_any()
    });
    let by = entry.by.clone().map_or_else(|| view! { {t("audit-program")} }.into_any(), |by| by.into_any());
    let object = entry.object_id.to_string();
    let url = format!("{}?object_id={object}", Path::Audit);
    Row(vec![
        entry.seq.to_string().into_any(),
        view! { {Text::new(move || format::instant(at))} }.into_any(),
        by,
        view! {
            <strong>{entry.action.clone()}</strong>
            <br/><a href=url>{t("audit-history")}</a>
            {entry.reason.clone().map(|reason| view! { <br/>{reason} }.into_any())}
        }
        .into_any(),
        view! {
            {entry.is_hidden.then(|| view! { <span class="muted">{t("audit-hidden")}</span> }.into_any())}
            <ul class="plain">{first}</ul>{rest}
            <span class="muted hash">{entry.hash.get(..12).unwrap_or_default().to_owned()}</span>
        }
        .into_any(),
    ])
}
