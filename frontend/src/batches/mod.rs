//! Payments given to the bank together: each row says why it can or cannot be paid; the file is kept
//! with its hash.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::batches::{
    Batch, BatchQuery, BatchRequest, Candidate, Candidates, CreateBatch, GetBatchFile, ListBatches, ListCandidates,
    PAYMENTS_MAX,
};
use shared::endpoint::{Endpoint, Nothing};
use shared::ids::DisbursementId;
use shared::money::Money;

use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, Crumb, DataTable, DefinitionList, EmptyState, LoadMore, Page, Row, toast,
};
use crate::fund::{act, amount, money, step};
use crate::i18n::{t, word};
use crate::load::{Load, load, paged};
use crate::routes::Path;
use crate::{api, browser};

type Ticked = RwSignal<BTreeSet<DisbursementId>>;

/// The payment files.
pub fn batches_page() -> AnyView {
    let candidates = load(|| async { api::call(&ListCandidates {}, &Nothing {}, &Nothing {}).await });
    let list = paged(|after| {
        let query = BatchQuery { after: after.and_then(|after| after.parse().ok()) };
        async move { api::call(&ListBatches {}, &query, &Nothing {}).await }
    });
    let ticked: Ticked = RwSignal::new(BTreeSet::new());
    let key = RwSignal::new(api::new_key());
    let reload = Callback::new(move |()| {
        ticked.set(BTreeSet::new());
        key.set(api::new_key());
        candidates.reload();
        list.reload();
    });
    let rows = Callback::new(move |()| {
        candidates.state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(seen) => Load::Ready(seen.items.iter().map(|item| candidate_row(item, ticked)).collect()),
        })
    });
    let files = Callback::new(move |()| list.rows(file_row));
    view! {
        <Page title=t("batches-title") crumbs=vec![Crumb(t("payments-title"), Path::Payments)] wide=true>
            <p class="muted">{t("batches-lead")}</p>
            {move || candidates.with(|seen| head(seen, ticked, key, reload))}
            <DataTable
                caption=t("batches-title")
                hide_caption=true
                columns=vec![
                    Column::text(t("payment")),
                    Column::text(t("recipient")),
                    Column::text(t("batch-account")),
                    Column::number(t("amount-eur")),
                    Column::text(t("batch-can")),
                ]
                rows
                retry=reload
                empty=|| view! { <EmptyState title=t("batch-none") hint=t("batch-none-hint")/> }
            />
            <h2>{t("batch-files")}</h2>
            <DataTable
                caption=t("batch-files")
                hide_caption=true
                columns=vec![
                    Column::text(t("batch-file")),
                    Column::number(t("batch-payments")),
                    Column::number(t("amount-eur")),
                    Column::text(t("batch-made-by")),
                    Column::text(t("actions")),
                ]
                rows=files
                retry=reload
                empty=|| view! { <EmptyState title=t("batch-files-none")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

/// What there is, what is chosen, and the file to be made of it.
fn head(seen: &Candidates, ticked: Ticked, key: RwSignal<String>, reload: Callback<()>) -> AnyView {
    if seen.items.is_empty() {
        return ().into_any();
    }
    let ready = seen.items.iter().filter(|item| item.obstacles.is_empty());
    let payable: BTreeSet<_> = ready.map(|item| item.disbursement_id).take(PAYMENTS_MAX).collect();
    let chosen = seen.items.iter().filter(|item| ticked.with(|ids| ids.contains(&item.disbursement_id)));
    let (available, currency) = (seen.available, seen.available.currency());
    let amounts: Vec<Money> = chosen.map(|item| item.amount).collect();
    let count = amounts.len();
    let sum = Money::sum(currency, amounts).unwrap_or(Money::zero(currency));
    let is_covered = sum.minor() <= available.minor();
    let items = vec![
        (t("batch-available"), view! { <span class="amount">{money(available)}</span> }.into_any()),
        (t("batch-chosen"), view! { <span class="amount">{money(sum)}</span> }.into_any()),
    ];
    let create = Callback::new(move |()| {
        let request = BatchRequest { disbursement_ids: ticked.get_untracked().into_iter().collect() };
        act(
            async move {
                let made = api::call_once(&CreateBatch {}, &Nothing {}, &request, &key.get_untracked(), None).await?;
                Ok(crate::t!("batch-made", count = made.rows, amount = made.total))
            },
            reload,
        );
    });
    let ready = payable.len();
    view! {
        <DefinitionList items/>
        <p class="actions">
            {(ready > 0).then(|| view! {
                <Button label=crate::t!("batch-tick-all", count = ready) on_press=move |()| ticked.set(payable.clone())/>
            }.into_any())}
            {(count > 0 && is_covered).then(|| view! {
                <ConfirmButton
                    label=crate::t!("batch-create", count = count)
                    explain=crate::t!("batch-create-explain", count = count, amount = sum)
                    kind=ButtonKind::Primary
                    on_confirm=create
                />
            }.into_any())}
            {(!is_covered).then(|| view! { <strong class="overdue">{t("batch-not-covered")}</strong> }.into_any())}
        </p>
    }
    .into_any()
}

fn candidate_row(item: &Candidate, ticked: Ticked) -> Row {
    let id = item.disbursement_id;
    let can = if item.obstacles.is_empty() {
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    class="assign-tick"
                    prop:checked=move || ticked.with(|ids| ids.contains(&id))
                    on:change=move |event| {
                        let is_on = event_target_checked(&event);
                        ticked.update(|ids| if is_on { ids.insert(id); } else { ids.remove(&id); });
                    }
                />
                {t("batch-ready")}
            </label>
        }
        .into_any()
    } else {
        let reasons = item
            .obstacles
            .iter()
            .map(|obstacle| view! { <li>{word("obstacle", obstacle.as_str())}</li> }.into_any())
            .collect_view();
        view! { <ul class="plain reasons">{reasons}</ul> }.into_any()
    };
    Row(vec![
        view! {
            <a href=Path::Grant(item.agreement_id).to_string()>{item.number.clone()}</a>
            <br/><span class="muted hash">{item.end_to_end_id.clone()}</span>
        }
        .into_any(),
        item.recipient.clone().into_any(),
        item.account.clone().into_any(),
        view! { {amount(item.amount)} }.into_any(),
        can,
    ])
}

fn file_row(batch: &Batch) -> Row {
    let hash = batch.sha256.clone();
    let copy = move |()| toast(t(if browser::copy(&hash) { "export-copied" } else { "export-not-copied" }));
    let url = GetBatchFile { batch_id: batch.id }.url(&Nothing {});
    Row(vec![
        view! { {batch.file.clone()}<br/><span class="muted hash">{batch.sha256.clone()}</span> }.into_any(),
        batch.rows.to_string().into_any(),
        view! { {amount(batch.total)} }.into_any(),
        step("step-recorded", &batch.made_by),
        view! {
            <a class=ButtonKind::Secondary.class() href=url download=batch.file.clone()>{t("export-download")}</a>
            <Button label=t("batch-copy-hash") kind=ButtonKind::Quiet on_press=copy/>
        }
        .into_any(),
    ])
}
