//! The fund's status: what there is, what it is used for, whose it is.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::{ExportName, ExportQuery};
use shared::fund::{Account, DonorStatus, FundStatus, GetFundStatus, Line, LineKey, Position, StatusQuery};
use shared::ids::FundId;
use shared::money::Money;
use shared::permission::{Permission, Scope};
use shared::time::Date;

use super::{amount, figure, fund_id, money, rows_of, set_up, tabs};
use crate::components::{Bar, Column, DataTable, DateInput, EmptyState, ExportLink, Notice, Page, Part, PartKind, Row};
use crate::i18n::{self, Language, Text, t, word};
use crate::load::{Load, load};
use crate::routes::Path;
use crate::{api, router, session};

/// The status of the fund.
pub fn status_page() -> AnyView {
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
    let status = load(move || {
        let query = StatusQuery { as_of: router::query("as_of").and_then(|day| Date::parse(&day).ok()) };
        async move { api::call(&GetFundStatus { fund_id }, &query, &Nothing {}).await }
    });
    // The screen's day is the file's day.
    let shown = Signal::derive(move || ExportQuery {
        fund_id: Some(fund_id),
        as_of: Date::parse(&as_of.get()).ok(),
        ..ExportQuery::default()
    });
    view! {
        <Page
            title=t("fund-status-title")
            wide=true
            action=move || view! { <ExportLink name=ExportName::FundStatus query=shown/> }
        >
            {tabs()}
            <div class="search">
                <DateInput pointer="/as_of" label=t("fund-as-of") hint=t("fund-as-of-hint") value=as_of optional=true/>
            </div>
            {move || status.view(whole)}
        </Page>
    }
    .into_any()
}

fn whole(status: &FundStatus) -> AnyView {
    if !status.total.is_positive() {
        return view! {
            <EmptyState
                title=t("fund-empty")
                hint=t("fund-empty-hint")
                action=|| {
                    session::may(Permission::PrepareFund).then(|| view! {
                        <a class="button primary" href=Path::Contributions.to_string()>{t("contribution-new")}</a>
                    }.into_any())
                }
            />
        }
        .into_any();
    }
    let until = status.as_of;
    view! {
        {until.map(|day| view! { <Notice><p>{crate::t!("fund-as-of-notice", day = day)}</p></Notice> }.into_any())}
        {position_bar(&status.position, until)}
        <div class="grid top">
            {lines(t("fund-sources"), &status.sources, Some(status.total), until)}
            {lines(t("fund-uses"), &status.uses, Some(status.total), until)}
            {lines(t("fund-cash"), &status.cash, None, until)}
        </div>
        <h2>{t("fund-by-donor")}</h2>
        <p class="hint">{t("fund-split")} ": " {word("split", status.split_method.as_str())}</p>
        {donors(status)}
        <h2>{t("fund-by-call")}</h2>
        {calls(status)}
    }
    .into_any()
}

/// The one bar: allocable, and what of it is committed, reserved and left (M20, M21), up to a day.
pub fn position_bar(position: &Position, day: Option<Date>) -> AnyView {
    let part = |account: Account, key: &'static str, amount: Money, kind: PartKind| {
        let href = Some(rows_of(account, None, &until(day)));
        Part { label: t(key), amount, kind, href }
    };
    let parts = vec![
        part(Account::Committed, "fund-line-committed", position.committed, PartKind::Committed),
        part(Account::Reserved, "fund-line-reserved", position.reserved, PartKind::Reserved),
        part(Account::Headroom, "fund-line-headroom", position.headroom, PartKind::Left),
    ];
    view! { <Bar label=t("fund-allocable") total=position.allocable parts/> }.into_any()
}

/// The last posting date that a figure counts, for the rows that it opens.
pub(super) fn until(day: Option<Date>) -> Vec<(&'static str, String)> {
    day.map(|day| ("until", day.to_string())).into_iter().collect()
}

pub(super) fn line_name(key: LineKey) -> Text {
    word("fund-line", key.as_str())
}

fn lines(caption: Text, lines: &[Line], total: Option<Money>, day: Option<Date>) -> AnyView {
    let lines = lines.to_vec();
    let columns = vec![Column::text(t("fund-line")), Column::number(t("amount-eur"))];
    let rows = Callback::new(move |()| {
        Load::Ready(
            lines
                .iter()
                .map(|line| {
                    Row(vec![
                        view! { {line_name(line.key)} }.into_any(),
                        figure(line.amount, rows_of(line.account, line.kind, &until(day))),
                    ])
                })
                .collect(),
        )
    });
    let sum = move |total: Money| {
        Callback::new(move |()| {
            Row(vec![view! { {t("total")} }.into_any(), view! { <strong>{amount(total)}</strong> }.into_any()])
        })
    };
    match total {
        Some(total) => view! { <DataTable caption columns rows foot=sum(total)/> }.into_any(),
        None => view! { <DataTable caption columns rows/> }.into_any(),
    }
}

/// The figures of a donor, in the columns' order.
const DONOR_LINES: [LineKey; 8] = [
    LineKey::Received,
    LineKey::Receivable,
    LineKey::Administration,
    LineKey::Reserve,
    LineKey::Reserved,
    LineKey::Committed,
    LineKey::Disbursed,
    LineKey::Headroom,
];

fn donors(status: &FundStatus) -> AnyView {
    let columns = [
        Column::text(t("donor")),
        Column::number(t("fund-own-currency")),
        Column::number(t("contribution-signed-eur")),
    ]
    .into_iter()
    .chain(DONOR_LINES.map(|key| Column::number(line_name(key))))
    .collect();
    let day = status.as_of;
    let (donors, currency) = (status.donors.clone(), status.currency);
    // Each sum opens what the donors' figures above it open, together.
    let sums: Vec<(Money, Option<String>)> = DONOR_LINES
        .iter()
        .map(|key| {
            let line = donors.iter().flat_map(|d| &d.lines).find(|line| line.key == *key);
            let url = line.map(|line| rows_of(line.account, line.kind, &until(day)));
            (sum(&donors, *key).unwrap_or(Money::zero(currency)), url)
        })
        .collect();
    let signed = Money::sum(currency, donors.iter().map(|d| d.signed)).unwrap_or(Money::zero(currency));
    let rows = Callback::new(move |()| Load::Ready(donors.iter().map(|donor| donor_row(donor, day)).collect()));
    let foot = Callback::new(move |()| {
        let mut cells =
            vec![view! { {t("total")} }.into_any(), ().into_any(), figure(signed, Path::Contributions.to_string())];
        cells.extend(sums.iter().map(|(sum, url)| match url {
            Some(url) => figure(*sum, url.clone()),
            None => view! { {amount(*sum)} }.into_any(),
        }));
        Row(cells)
    });
    view! { <DataTable caption=t("fund-by-donor") hide_caption=true columns rows foot/> }.into_any()
}

fn sum(donors: &[DonorStatus], key: LineKey) -> Option<Money> {
    let mut lines = donors.iter().flat_map(|d| &d.lines).filter(|line| line.key == key).map(|line| line.amount);
    let first = lines.next()?;
    lines.try_fold(first, Money::checked_add).ok()
}

fn donor_row(donor: &DonorStatus, day: Option<Date>) -> Row {
    let own = donor
        .own
        .iter()
        .map(|own| {
            let (signed, received, gain) = (own.signed, own.received, own.gain);
            view! {
                <div>
                    {money(signed)}
                    <br/>
                    <span class="muted">{crate::t!("fund-own-received", amount = received)}</span>
                    {(gain.minor() != 0).then(|| view! { <br/><span class="muted">{crate::t!("fund-own-gain", amount = gain)}</span> }.into_any())}
                </div>
            }
            .into_any()
        })
        .collect_view();
    let (id, signed) = (donor.donor.id.to_string(), donor.signed);
    let mut cells = vec![
        view! { <strong>{donor.donor.code.clone()}</strong><br/><span class="muted">{donor.donor.name.clone()}</span> }
            .into_any(),
        own.into_any(),
        view! { <a class="amount" href=format!("{}?donor={id}", Path::Contributions)>{amount(signed)}</a> }.into_any(),
    ];
    for key in DONOR_LINES {
        let found = donor.lines.iter().find(|line| line.key == key);
        cells.push(match found {
            Some(line) => {
                let more = [vec![("donor", id.clone())], until(day)].concat();
                figure(line.amount, rows_of(line.account, line.kind, &more))
            }
            None => ().into_any(),
        });
    }
    Row(cells)
}

fn calls(status: &FundStatus) -> AnyView {
    let columns = vec![
        Column::main(t("call")),
        Column::number(t("call-envelope")),
        Column::number(t("fund-line-reserved")),
        Column::number(t("fund-line-committed")),
        Column::number(t("fund-line-disbursed")),
        Column::number(t("fund-envelope-left")),
        Column::number(t("fund-waiting")),
    ];
    let (calls, waiting, day) = (status.calls.clone(), status.waiting.clone(), status.as_of);
    let rows = Callback::new(move |()| {
        let row = |call: &shared::fund::CallStatus| {
            let (en, fr) = (call.title_en.clone(), call.title_fr.clone());
            let title = Text::new(move || match i18n::language() {
                Language::En => en.clone(),
                Language::Fr => fr.clone(),
            });
            let waits = waiting.iter().find(|waits| waits.call_id == call.call_id).map(|waits| {
                let (count, waiting) = (waits.count, waits.amount);
                // The waitlist stands under the ranking, which finance does not see.
                let shown = match session::scope(Permission::ReadScores) {
                    Scope::All => figure(waiting, Path::CallRanking(call.call_id).to_string()),
                    _ => view! { {amount(waiting)} }.into_any(),
                };
                view! {
                    {shown}
                    <br/>
                    <span class="muted">{crate::t!("fund-waiting-count", count = count)}</span>
                }
                .into_any()
            });
            let rows =
                |account| rows_of(account, None, &[vec![("call", call.call_id.to_string())], until(day)].concat());
            Row(vec![
                view! {
                    <a href=Path::Call(call.call_id).to_string()>{title}</a>
                    <br/>
                    <span class="muted">{call.code.clone()}</span>
                }
                .into_any(),
                figure(call.envelope, Path::Call(call.call_id).to_string()),
                figure(call.reserved, rows(Account::Reserved)),
                figure(call.committed, rows(Account::Committed)),
                figure(call.disbursed, rows(Account::Disbursed)),
                view! { <strong>{amount(call.left)}</strong> }.into_any(),
                waits.into_any(),
            ])
        };
        Load::Ready(calls.iter().map(row).collect())
    });
    view! {
        <DataTable
            caption=t("fund-by-call")
            hide_caption=true
            columns
            rows
            empty=|| view! { <EmptyState title=t("fund-no-call")/> }
        />
    }
    .into_any()
}
