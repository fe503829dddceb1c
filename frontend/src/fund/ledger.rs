//! The journal: every entry with its postings, filtered by what a figure sums.

use leptos::prelude::*;
use shared::endpoint::{Nothing, Page as Items};
use shared::fund::{
    Account, ContributionQuery, EntryKind, GetFundStatus, JournalEntry, JournalQuery, ListContributions, ListJournal,
    Posting, StatusQuery,
};
use shared::ids::FundId;
use shared::money::Money;
use shared::time::Date;

use super::{amount, date, fund_id, money, set_up, tabs};
use crate::components::{Button, Column, DataTable, DateInput, EmptyState, LoadMore, Page, Row, Select};
use crate::i18n::{Text, t, word};
use crate::load::{Load, load, paged};
use crate::routes::Path;
use crate::{api, format, router};

/// The journal.
pub fn ledger_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up::page(),
    }
}

/// What the address asks for.
fn asked(after: Option<String>) -> JournalQuery {
    let day = |name| router::query(name).and_then(|day| Date::parse(&day).ok());
    JournalQuery {
        account: router::query("account").and_then(|account| Account::parse(&account)),
        kind: router::query("kind").and_then(|kind| EntryKind::parse(&kind)),
        net: router::query("net").map(|_| true),
        donor_id: router::query("donor").and_then(|id| id.parse().ok()),
        contribution_id: router::query("contribution").and_then(|id| id.parse().ok()),
        call_id: router::query("call").and_then(|id| id.parse().ok()),
        agreement_id: router::query("agreement").and_then(|id| id.parse().ok()),
        from: day("from"),
        until: day("until"),
        after: after.and_then(|after| after.parse().ok()),
    }
}

/// A filter that lives in the address.
fn filter(name: &'static str) -> RwSignal<String> {
    let value = RwSignal::new(router::query(name).unwrap_or_default());
    Effect::new(move |_| router::set_query(&[(name, Some(&value.get()))]));
    value
}

fn of(fund_id: FundId) -> AnyView {
    let sum = RwSignal::new(None::<Money>);
    let list = paged(move |after| {
        let query = asked(after);
        async move {
            let journal = api::call(&ListJournal { fund_id }, &query, &Nothing {}).await?;
            let shown = query
                .account
                .map(|account| Money::from_minor(account.natural(journal.sum.minor()), journal.sum.currency()));
            let _ = sum.try_set(shown);
            Ok(Items { items: journal.entries.items, next: journal.entries.next })
        }
    });
    let status =
        load(move || async move { api::call(&GetFundStatus { fund_id }, &StatusQuery::default(), &Nothing {}).await });
    let donors = Signal::derive(move || {
        status
            .with(|s| s.donors.iter().map(|d| (d.donor.id.to_string(), Text::from(d.donor.code.clone()))).collect())
            .unwrap_or_default()
    });
    let calls = Signal::derive(move || {
        status
            .with(|s| s.calls.iter().map(|c| (c.call_id.to_string(), Text::from(c.code.clone()))).collect())
            .unwrap_or_default()
    });
    let accounts: Vec<_> = Account::ALL.iter().map(|a| (a.as_str().to_owned(), word("account", a.as_str()))).collect();
    let kinds: Vec<_> =
        EntryKind::ALL.iter().map(|k| (k.as_str().to_owned(), word("entry-kind", k.as_str()))).collect();
    let contributions = load(move || async move {
        api::call(&ListContributions { fund_id }, &ContributionQuery::default(), &Nothing {}).await
    });
    let contributions = Signal::derive(move || {
        contributions
            .with(|page| page.items.iter().map(|c| (c.id.to_string(), Text::from(c.reference.clone()))).collect())
            .unwrap_or_default()
    });
    let names = ["account", "kind", "donor", "contribution", "call", "from", "until"];
    let filters @ [account, kind, donor, contribution, call, from, until] = names.map(filter);
    let clear = move |()| {
        for value in filters {
            value.set(String::new());
        }
        router::set_query(&[("agreement", None), ("net", None)]);
    };
    let columns = vec![
        Column::text(t("entry")),
        Column::text(t("account")),
        Column::text(t("donor")),
        Column::text(t("entry-about")),
        Column::number(t("debit-eur")),
        Column::number(t("credit-eur")),
    ];
    let rows = Callback::new(move |()| {
        list.loader().state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(page) => Load::Ready(page.items.iter().flat_map(entry_rows).collect()),
        })
    });
    view! {
        <Page title=t("ledger-title") wide=true>
            {tabs()}
            <p class="muted">
                {t("ledger-lead")}" "<a href=Path::LedgerCheck.to_string()>{t("ledger-check-title")}</a>
            </p>
            <div class="search filters">
                <Select pointer="/account" label=t("account") value=account options=accounts optional=true none=t("any")/>
                <Select pointer="/kind" label=t("entry-kind") value=kind options=kinds optional=true none=t("any")/>
                <Select pointer="/donor" label=t("donor") value=donor options=donors optional=true none=t("any")/>
                <Select
                    pointer="/contribution"
                    label=t("contribution")
                    value=contribution
                    options=contributions
                    optional=true
                    none=t("any")
                />
                <Select pointer="/call" label=t("call") value=call options=calls optional=true none=t("any")/>
                <DateInput pointer="/from" label=t("from-day") value=from optional=true/>
                <DateInput pointer="/until" label=t("until-day") value=until optional=true/>
                <Button label=t("clear-filters") on_press=clear/>
            </div>
            <div role="status">
                {move || sum.get().map(|sum| view! {
                    <p class="sum">{t("ledger-sum")}" "<strong class="amount">{money(sum)}</strong></p>
                }.into_any())}
            </div>
            <DataTable
                caption=t("ledger-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("ledger-empty") hint=t("ledger-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn about(posting: &Posting) -> AnyView {
    let subject = posting.proposal.clone().or_else(|| posting.call.clone()).unwrap_or_default();
    match (posting.agreement_id, posting.agreement.clone()) {
        (Some(id), Some(number)) => {
            view! { <a class="nowrap" href=Path::Grant(id).to_string()>{number}</a> }.into_any()
        }
        _ => view! { <span class="nowrap">{subject}</span> }.into_any(),
    }
}

/// A row for each posting; the first of an entry says who booked it.
fn entry_rows(entry: &JournalEntry) -> Vec<Row> {
    let (posted_on, created_at) = (entry.posted_on, entry.created_at);
    entry
        .postings
        .iter()
        .enumerate()
        .map(|(at, posting)| {
            let minor = posting.amount.minor();
            let shown = Money::from_minor(minor.abs(), posting.amount.currency());
            let side = |is_here: bool| if is_here { view! { {amount(shown)} }.into_any() } else { ().into_any() };
            let by = (at == 0).then(|| {
                view! {
                    <br/>
                    <span class="muted">{entry.by.clone()}" "{Text::new(move || format::instant(created_at))}</span>
                    {entry.corrects.map(|(from, until)| {
                        view! { <br/><span class="muted">{crate::t!("entry-corrects", from = from, until = until)}</span> }.into_any()
                    })}
                    {entry.reverses.map(|_| view! { <br/><span class="muted">{t("entry-reverses")}</span> }.into_any())}
                }
                .into_any()
            });
            Row(vec![
                view! { {date(posted_on)}" · "{word("entry-kind", entry.kind.as_str())}{by} }.into_any(),
                view! { {word("account", posting.account.as_str())} }.into_any(),
                view! { {posting.donor.code.clone()}<br/><span class="muted nowrap">{posting.contribution.clone()}</span> }.into_any(),
                about(posting),
                side(minor > 0),
                side(minor < 0),
            ])
        })
        .collect()
}
