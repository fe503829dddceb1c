//! The agreements, and the awards that wait for one.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::ExportName;
use shared::fund::Account;
use shared::grants::{AgreementState, Award, AwardQuery, GrantQuery, GrantRow, ListAwards, ListGrants};
use shared::money::Money;
use shared::permission::{Permission, Scope};

use super::{agreement_badge, plan, tabs};
use crate::components::{
    Button, ButtonKind, Column, DataTable, Dialog, EmptyState, ExportLink, LoadMore, Page, Row, Select, TextInput,
};
use crate::fund::{amount, date, figure, money, rows_of};
use crate::i18n::{t, word};
use crate::load::paged;
use crate::routes::Path;
use crate::{api, format, router, session};

/// The agreements that the reader may see.
pub fn list_page() -> AnyView {
    let list = paged(|after| {
        let query = GrantQuery {
            state: router::query("state").and_then(|state| AgreementState::parse(&state)),
            call_id: router::query("call").and_then(|id| id.parse().ok()),
            search: router::query("search"),
            after: after.and_then(|after| after.parse().ok()),
        };
        async move { api::call(&ListGrants {}, &query, &Nothing {}).await }
    });
    let columns = vec![
        Column::main(t("grant")),
        Column::text(t("recipient")),
        Column::text(t("state")),
        Column::number(t("grant-amount-eur")),
        Column::number(t("grant-disbursed-eur")),
        Column::number(t("grant-undisbursed-eur")),
    ];
    let rows = Callback::new(move |()| list.rows(grant_row));
    let states: Vec<_> = AgreementState::ALL
        .iter()
        .map(|state| (state.as_str().to_owned(), word("agreement-state", state.as_str())))
        .collect();
    let state = RwSignal::new(router::query("state").unwrap_or_default());
    Effect::new(move |_| router::set_query(&[("state", Some(&state.get()))]));
    let search = RwSignal::new(router::query("search").unwrap_or_default());
    let find = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        router::set_query(&[("search", Some(search.get_untracked().trim()))]);
    };
    view! {
        <Page title=t("grants-title") wide=true action=|| view! { <ExportLink name=ExportName::Commitments/> }>
            {tabs()}
            {(session::scope(Permission::ReadGrant) == Scope::All).then(awards)}
            <form class="search" role="search" on:submit=find>
                <TextInput pointer="/search" label=t("grants-search") value=search kind="search" optional=true/>
                <Select pointer="/state" label=t("state") value=state options=states optional=true none=t("any-state")/>
                <Button label=t("search")/>
            </form>
            <DataTable
                caption=t("grants-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("grants-empty") hint=t("grants-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn grant_row(row: &GrantRow) -> Row {
    let country = row.country.clone();
    Row(vec![
        view! {
            <a href=Path::Grant(row.id).to_string()><strong>{row.number.clone()}</strong></a>
            <br/>
            {row.title.clone()}
            <br/>
            <span class="muted">{row.call.clone()}" · "{date(row.starts_on)}" – "{date(row.ends_on)}</span>
        }
        .into_any(),
        view! {
            {row.organisation.name.clone()}
            <br/>
            <span class="muted">{move || format::country(&country)}</span>
        }
        .into_any(),
        agreement_badge(row.state),
        opens(row, row.amount, Some(Account::Committed)),
        opens(row, row.disbursed, Some(Account::Disbursed)),
        opens(row, row.undisbursed, None),
    ])
}

/// A figure that opens its rows: in the journal for the fund's readers, on the grant's page for others.
fn opens(row: &GrantRow, shown: Money, account: Option<Account>) -> AnyView {
    let url = match account.filter(|_| session::may(Permission::ReadFund)) {
        Some(account) => rows_of(account, None, &[("agreement", row.id.to_string())]),
        None => Path::Grant(row.id).to_string(),
    };
    figure(shown, url)
}

/// Approved decisions whose money is reserved: each waits for its agreement.
fn awards() -> AnyView {
    let list = paged(|after| {
        let query = AwardQuery { after: after.and_then(|after| after.parse().ok()) };
        async move { api::call(&ListAwards {}, &query, &Nothing {}).await }
    });
    let drafting = RwSignal::new(None::<Award>);
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(drafting.with(Option::is_some)));
    let row = move |award: &Award| {
        let (decided_at, mine) = (award.decided_at, award.clone());
        Row(vec![
            view! {
                <a href=Path::Proposal(award.proposal_id).to_string()>{award.proposal_number.clone()}</a>
                <br/>
                {award.title.clone()}
            }
            .into_any(),
            award.organisation.name.clone().into_any(),
            view! { {amount(award.amount)} }.into_any(),
            view! { {date(decided_at.date())} }.into_any(),
            if session::may(Permission::WriteAgreement) {
                view! {
                    <Button
                        label=t("agreement-write")
                        kind=ButtonKind::Primary
                        on_press=move |()| drafting.set(Some(mine.clone()))
                    />
                }
                .into_any()
            } else {
                view! { <span class="muted">{t("waits-for-desk")}</span> }.into_any()
            },
        ])
    };
    let rows = Callback::new(move |()| list.rows(row));
    let shown = move || {
        let some = list.loader().with(|page| !page.items.is_empty()).unwrap_or(false);
        some.then(|| {
            let columns = vec![
                Column::main(t("proposal")),
                Column::text(t("recipient")),
                Column::number(t("grant-amount-eur")),
                Column::text(t("decided-on")),
                Column::text(t("actions")),
            ];
            view! {
                <h2>{t("awards-title")}</h2>
                <DataTable caption=t("awards-title") hide_caption=true columns rows/>
                <LoadMore list/>
                <h2>{t("agreements-title")}</h2>
            }
            .into_any()
        })
    };
    view! {
        {shown}
        <Dialog open title=t("agreement-write")>
            {move || drafting.get().map(|award| {
                let (sum, name) = (award.amount, award.organisation.name.clone());
                view! {
                    <p>{crate::t!("agreement-write-text", recipient = name)}" "<strong>{money(sum)}</strong></p>
                    {plan::draft_form(award)}
                }.into_any()
            })}
        </Dialog>
    }
    .into_any()
}
