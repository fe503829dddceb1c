//! What is still to be paid by quarter, with what, and the tranches that make it up.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::{ExportName, ExportQuery};
use shared::forecast::{
    Forecast, ForecastQuery, ForecastTranche, ForecastTrancheQuery, GetForecast, ListForecast, QuarterForecast,
};
use shared::fund::Account;
use shared::ids::FundId;
use shared::money::Money;
use shared::time::Date;

use crate::components::{
    Column, DataTable, DefinitionList, EmptyState, ExportLink, LoadMore, Notice, Page, Row, StatusBadge, Tone,
};
use crate::fund::{amount, date, figure, fund_id, money, rows_of, set_up_page, tabs};
use crate::i18n::{t, word};
use crate::load::{Load, load, paged};
use crate::routes::Path;
use crate::{api, router};

/// The forecast.
pub fn forecast_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up_page(),
    }
}

/// A day of the address.
fn day(name: &str) -> Option<Date> {
    router::query(name).and_then(|day| Date::parse(&day).ok())
}

fn of(fund_id: FundId) -> AnyView {
    let forecast =
        load(move || async move { api::call(&GetForecast { fund_id }, &ForecastQuery::default(), &Nothing {}).await });
    let list = paged(move |after| {
        let query = ForecastTrancheQuery {
            call_id: None,
            from: day("from"),
            until: day("until"),
            after: after.and_then(|after| after.parse().ok()),
        };
        async move { api::call(&ListForecast { fund_id }, &query, &Nothing {}).await }
    });
    // The list's days are the file's days.
    let shown = Signal::derive(move || ExportQuery {
        fund_id: Some(fund_id),
        from: day("from"),
        until: day("until"),
        ..ExportQuery::default()
    });
    let columns = vec![
        Column::text(t("forecast-due-on")),
        Column::main(t("grant")),
        Column::text(t("state")),
        Column::number(t("forecast-left")),
    ];
    let rows = Callback::new(move |()| list.rows(tranche_row));
    let chosen = move || match (day("from"), day("until")) {
        (None, None) => ().into_any(),
        (Some(from), Some(until)) => chosen(crate::t!("forecast-between", from = from, until = until)),
        (Some(from), None) => chosen(crate::t!("forecast-from", from = from)),
        (None, Some(until)) => chosen(crate::t!("forecast-until", until = until)),
    };
    view! {
        <Page
            title=t("forecast-title")
            wide=true
            action=move || view! { <ExportLink name=ExportName::TrancheForecast query=shown/> }
        >
            {tabs()}
            <p class="muted">{t("forecast-lead")}</p>
            {move || forecast.view(whole)}
            <h2 id="tranches">{t("forecast-tranches")}</h2>
            <div role="status">{chosen}</div>
            <DataTable
                caption=t("forecast-tranches")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("forecast-empty") hint=t("forecast-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

/// Which days the list below is about, and the way back to all.
fn chosen(text: crate::i18n::Text) -> AnyView {
    view! { <p>{text}" "<a href=Path::Forecast.to_string()>{t("forecast-all")}</a></p> }.into_any()
}

/// An amount that opens the tranches due in some days.
fn tranches(shown: Money, from: Option<Date>, until: Option<Date>) -> AnyView {
    let days: Vec<String> =
        [("from", from), ("until", until)].into_iter().filter_map(|(n, d)| d.map(|d| format!("{n}={d}"))).collect();
    figure(shown, format!("{}?{}", Path::Forecast, days.join("&")))
}

fn whole(forecast: &Forecast) -> AnyView {
    let (cash, receivable, total) = (forecast.cash, forecast.receivable, forecast.total);
    let short = forecast.quarters.iter().find(|q| q.cash_after.is_some_and(|left| left.minor() < 0));
    let short = short.map(|quarter| {
        let name = quarter.quarter.clone();
        let missing = quarter.cash_after.map_or(total, |left| Money::from_minor(-left.minor(), left.currency()));
        view! {
            <Notice tone=Tone::Attention>
                <p>{crate::t!("forecast-short", quarter = name, missing = missing)}</p>
            </Notice>
        }
        .into_any()
    });
    let money_link = |shown: Money, url: String| view! { <a class="amount" href=url>{money(shown)}</a> }.into_any();
    let facts = vec![
        (t("fund-line-cash"), money_link(cash, rows_of(Account::Cash, None, &[]))),
        (t("forecast-receivable"), money_link(receivable, rows_of(Account::Receivable, None, &[]))),
        (t("forecast-total"), money_link(total, Path::Forecast.to_string())),
    ];
    let columns = vec![
        Column::text(t("forecast-quarter")),
        Column::number(t("forecast-due")),
        Column::number(t("forecast-planned")),
        Column::number(t("total")),
        Column::number(t("forecast-cumulative")),
        Column::number(t("forecast-cash-after")),
    ];
    let (quarters, today) = (forecast.quarters.clone(), forecast.today);
    let (due, planned) = (forecast.due, forecast.planned);
    let rows = Callback::new(move |()| Load::Ready(quarters.iter().map(|q| quarter_row(q, today)).collect()));
    let foot = Callback::new(move |()| {
        Row(vec![
            view! { {t("total")} }.into_any(),
            tranches(due, None, Some(today)),
            tranches(planned, Some(today.plus_days(1)), None),
            figure(total, Path::Forecast.to_string()),
            ().into_any(),
            ().into_any(),
        ])
    });
    view! {
        <DefinitionList items=facts/>
        {short}
        <DataTable
            caption=t("forecast-by-quarter")
            columns
            rows
            foot
            empty=|| view! { <EmptyState title=t("forecast-none") hint=t("forecast-empty-hint")/> }
        />
    }
    .into_any()
}

fn quarter_row(row: &QuarterForecast, today: Date) -> Row {
    let (from, until) = (row.first_day, row.last_day);
    let left = row.cash_after.map(|left| view! { {amount(left)} }.into_any());
    Row(vec![
        view! { <strong>{row.quarter.clone()}</strong> }.into_any(),
        tranches(row.due, Some(from), Some(until.min(today))),
        tranches(row.planned, Some(from.max(today.plus_days(1))), Some(until)),
        tranches(row.total, Some(from), Some(until)),
        tranches(row.cumulative, None, Some(until)),
        left.into_any(),
    ])
}

fn tranche_row(row: &ForecastTranche) -> Row {
    let number = row.number;
    Row(vec![
        view! { {date(row.due_on)} }.into_any(),
        view! {
            <a href=Path::Grant(row.agreement_id).to_string()>{row.agreement.clone()}</a>
            " · "
            {crate::t!("tranche-number", number = number)}
            <br/>
            <span class="muted">{row.recipient.clone()}" · "{row.call.clone()}</span>
        }
        .into_any(),
        view! { <StatusBadge word=word("tranche-state", row.state.as_str()) tone=Tone::Neutral/> }.into_any(),
        view! { {amount(row.left)} }.into_any(),
    ])
}
