//! The ledger's check: when it ran, and what it found.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::fund::corrections::{Finding, GetLedgerCheck, LedgerCheck, RunLedgerCheck};
use shared::ids::FundId;

use super::{act, fund_id, set_up, tabs};
use crate::api;
use crate::components::{Button, Column, DataTable, Notice, Page, Row};
use crate::i18n::{t, word};
use crate::load::{Load, load};
use crate::routes::Path;

/// The check.
pub fn check_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up::page(),
    }
}

fn of(fund_id: FundId) -> AnyView {
    let check = load(move || async move { api::call(&GetLedgerCheck { fund_id }, &Nothing {}, &Nothing {}).await });
    let busy = RwSignal::new(false);
    let run = Callback::new(move |()| {
        busy.set(true);
        act(
            async move {
                let done = api::call(&RunLedgerCheck { fund_id }, &Nothing {}, &Nothing {}).await;
                busy.set(false);
                let postings = done?.postings;
                Ok(crate::t!("ledger-checked", count = postings))
            },
            Callback::new(move |()| check.reload()),
        );
    });
    view! {
        <Page
            title=t("ledger-check-title")
            wide=true
            action=move || view! { <Button label=t("ledger-check-run") busy on_press=run/> }.into_any()
        >
            {tabs()}
            <p class="muted">{t("ledger-check-lead")}</p>
            {move || check.view(show)}
            <p><a href=Path::Ledger.to_string()>{t("ledger-title")}</a></p>
        </Page>
    }
    .into_any()
}

fn show(check: &LedgerCheck) -> AnyView {
    let Some(at) = check.checked_at else { return view! { <p>{t("ledger-check-never")}</p> }.into_any() };
    let (postings, millis, found) = (check.postings, check.millis, check.findings.len());
    let told = view! {
        <p>
            {crate::t!("ledger-check-at", at = at, count = postings, millis = millis)}
        </p>
    };
    if found == 0 {
        return view! { {told}<p><strong>{t("ledger-check-clean")}</strong></p> }.into_any();
    }
    let findings = check.findings.clone();
    let columns = vec![
        Column::text(t("ledger-check-rule")),
        Column::text(t("ledger-check-row")),
        Column::number(t("ledger-check-expected")),
        Column::number(t("ledger-check-found")),
    ];
    let rows = Callback::new(move |()| Load::Ready(findings.iter().map(finding_row).collect()));
    view! {
        {told}
        <Notice><p>{crate::t!("ledger-check-findings", count = found)}</p></Notice>
        <DataTable caption=t("ledger-check-title") hide_caption=true columns rows/>
    }
    .into_any()
}

fn finding_row(finding: &Finding) -> Row {
    Row(vec![
        view! { <strong>{finding.rule.clone()}</strong>" · "{word("ledger-finding", finding.check.as_str())} }
            .into_any(),
        view! { {finding.about.clone()}<br/><span class="muted">{finding.id.clone()}</span> }.into_any(),
        finding.expected.to_string().into_any(),
        finding.found.to_string().into_any(),
    ])
}
