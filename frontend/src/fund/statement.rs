//! What became of a donor's money: in its own currency and in euros, beside the whole fund.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::{ExportName, ExportQuery};
use shared::fund::{
    Account, DonorStatement, DonorStatus, EntryKind, GetDonorStatement, Line, OwnCurrency, StatementQuery,
};
use shared::ids::FundId;
use shared::time::Date;

use super::status::{line_name, until};
use super::{amount, figure, fund_id, money, rows_of, set_up, tabs};
use crate::components::{Column, DataTable, DateInput, EmptyState, ExportLink, Notice, Page, Row};
use crate::i18n::t;
use crate::load::{Load, load};
use crate::routes::Path;
use crate::{api, router};

/// The donors' statements.
pub fn statement_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up::page(),
    }
}

fn of(fund_id: FundId) -> AnyView {
    let as_of = RwSignal::new(router::query("as_of").unwrap_or_default());
    Effect::new(move |_| {
        let day = as_of.get();
        if day.is_empty() || Date::parse(&day).is_ok() {
            router::set_query(&[("as_of", Some(&day))]);
        }
    });
    let asked = move || StatementQuery {
        donor_id: router::query("donor").and_then(|id| id.parse().ok()),
        as_of: router::query("as_of").and_then(|day| Date::parse(&day).ok()),
    };
    let statement = load(move || {
        let query = asked();
        async move { api::call(&GetDonorStatement { fund_id }, &query, &Nothing {}).await }
    });
    // The page's donor and day are the file's.
    let shown = Signal::derive(move || {
        let StatementQuery { donor_id, as_of } = asked();
        ExportQuery { fund_id: Some(fund_id), donor_id, as_of, ..ExportQuery::default() }
    });
    let all = move || {
        router::query("donor").map(|_| {
            let to_all = move |_| router::set_query(&[("donor", None)]);
            view! { <p><button type="button" class="button" on:click=to_all>{t("donor-statement-all")}</button></p> }
                .into_any()
        })
    };
    view! {
        <Page
            title=t("donor-statement-title")
            wide=true
            action=move || view! { <ExportLink name=ExportName::DonorStatement query=shown/> }
        >
            {tabs()}
            <p class="muted">{t("donor-statement-lead")}</p>
            <div class="search">
                <DateInput pointer="/as_of" label=t("fund-as-of") hint=t("fund-as-of-hint") value=as_of optional=true/>
            </div>
            {all}
            {move || statement.view(whole)}
        </Page>
    }
    .into_any()
}

fn whole(seen: &DonorStatement) -> AnyView {
    if seen.donors.is_empty() {
        return view! { <EmptyState title=t("donor-statement-empty") hint=t("donor-statement-empty-hint")/> }
            .into_any();
    }
    let until = seen.as_of;
    view! {
        {until.map(|day| view! { <Notice><p>{crate::t!("fund-as-of-notice", day = day)}</p></Notice> }.into_any())}
        {seen.donors.iter().map(|donor| one(donor, seen)).collect_view()}
    }
    .into_any()
}

fn one(donor: &DonorStatus, seen: &DonorStatement) -> AnyView {
    let id = donor.donor.id.to_string();
    let only = format!("{}?donor={id}", Path::Statement);
    let day = seen.as_of;
    let theirs = move |id: &str| [vec![("donor", id.to_owned())], until(day)].concat();
    let contributions = format!("{}?donor={id}", Path::Contributions);
    let own_columns = vec![
        Column::text(t("currency")),
        Column::number(t("contribution-signed")),
        Column::number(t("contribution-received")),
        Column::number(t("gain")),
    ];
    let (own, to_rows) = (donor.own.clone(), rows_of(Account::Headroom, Some(EntryKind::Receipt), &theirs(&id)));
    let to_contributions = contributions.clone();
    let own_rows = Callback::new(move |()| {
        let row = |own: &OwnCurrency| {
            let (signed, received) = (own.signed, own.received);
            let to = to_contributions.clone();
            Row(vec![
                own.signed.currency().code().into_any(),
                view! { <a class="amount" href=to.clone()>{money(signed)}</a> }.into_any(),
                view! { <a class="amount" href=to>{money(received)}</a> }.into_any(),
                figure(own.gain, to_rows.clone()),
            ])
        };
        Load::Ready(own.iter().map(row).collect())
    });
    let columns = vec![
        Column::text(t("fund-line")),
        Column::number(t("donor-statement-donor-eur")),
        Column::number(t("donor-statement-fund-eur")),
    ];
    let (lines, all, signed, all_signed) = (donor.lines.clone(), seen.whole.clone(), donor.signed, seen.signed);
    let rows = Callback::new(move |()| {
        let mut rows = vec![Row(vec![
            view! { {t("contribution-signed")} }.into_any(),
            figure(signed, contributions.clone()),
            figure(all_signed, Path::Contributions.to_string()),
        ])];
        rows.extend(lines.iter().map(|line| line_row(line, &all, &theirs(&id), &until(day))));
        Load::Ready(rows)
    });
    let (code, again) = (donor.donor.code.clone(), donor.donor.code.clone());
    let own_caption = crate::t!("donor-statement-own", donor = code.clone());
    let caption = crate::t!("donor-statement-eur", donor = again.clone());
    view! {
        <section>
            <h2>
                <a href=only>{donor.donor.code.clone()}</a>
                " · "
                {donor.donor.name.clone()}
            </h2>
            <DataTable caption=own_caption columns=own_columns rows=own_rows/>
            <DataTable caption columns rows/>
        </section>
    }
    .into_any()
}

/// A figure of the donor beside the same of the whole fund.
fn line_row(line: &Line, all: &[Line], theirs: &[(&str, String)], everybody: &[(&str, String)]) -> Row {
    let whole = all.iter().find(|other| other.key == line.key);
    Row(vec![
        view! { {line_name(line.key)} }.into_any(),
        figure(line.amount, rows_of(line.account, line.kind, theirs)),
        match whole {
            Some(whole) => figure(whole.amount, rows_of(whole.account, whole.kind, everybody)),
            None => view! { {amount(line.amount)} }.into_any(),
        },
    ])
}
