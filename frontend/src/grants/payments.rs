//! The payments: what is due, in which step, by whom next, and why a row cannot go on.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::ExportName;
use shared::fund::Account;
use shared::grants::{ListPayments, PaymentQuery, PaymentRow, PaymentStep, PaymentView, Payments};
use shared::money::Money;
use shared::permission::Permission;

use super::pay::{Waiting, prepare_button, step_button};
use super::{may_do, payment_badge, tabs, why};
use crate::components::{
    ButtonKind, Column, DataTable, DefinitionList, EmptyState, ExportLink, LoadMore, Page, Row, Select, Tab, Tabs,
};
use crate::fund::{date, figure, money, on_day, rows_of};
use crate::i18n::{t, word};
use crate::load::{Load, paged};
use crate::routes::Path;
use crate::{api, clock, router, session};

/// What the page's head says.
#[derive(Clone, Copy)]
struct Sums {
    sum: Money,
    cash: Money,
    limit: Money,
}

/// The payments.
pub fn payments_page() -> AnyView {
    let view_of = || router::query("view").and_then(|v| PaymentView::parse(&v)).unwrap_or(PaymentView::Open);
    let sums = RwSignal::new(None::<Sums>);
    let list = paged(move |after| {
        let query = PaymentQuery { view: view_of(), after };
        async move {
            let Payments { rows, sum, cash, second_approval_above: limit } =
                api::call(&ListPayments {}, &query, &Nothing {}).await?;
            let _ = sums.try_set(Some(Sums { sum, cash, limit }));
            Ok(rows)
        }
    });
    let reload = Callback::new(move |()| list.reload());
    let step = RwSignal::new(router::query("step").unwrap_or_default());
    Effect::new(move |_| router::set_query(&[("step", Some(&step.get()))]));
    let steps: Vec<_> = PaymentStep::ALL
        .iter()
        .filter(|step| **step != PaymentStep::Done)
        .map(|step| (step.as_str().to_owned(), word("payment-step", step.as_str())))
        .collect();
    let rows = Callback::new(move |()| {
        let wanted = PaymentStep::parse(&step.get());
        list.loader().state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(page) => Load::Ready(
                page.items
                    .iter()
                    .filter(|row| wanted.is_none_or(|wanted| row.next == wanted))
                    .map(|row| payment_row(row, reload))
                    .collect(),
            ),
        })
    });
    let views = move || {
        let here = view_of();
        let tab = |view: PaymentView| Tab {
            label: word("payment-view", view.as_str()),
            href: format!("{}?view={view}", Path::Payments),
            current: view == here,
        };
        let tabs = PaymentView::ALL.iter().copied().map(tab).collect();
        view! { <Tabs label=t("payment-views") tabs/> }.into_any()
    };
    let head = move || {
        sums.get().map(|Sums { sum, cash, limit }| {
            let shown = |m: Money| view! { <span class="amount">{money(m)}</span> }.into_any();
            let items = vec![
                (word("payment-sum", view_of().as_str()), shown(sum)),
                (
                    t("fund-line-cash"),
                    if session::may(Permission::ReadFund) {
                        view! { <a class="amount" href=rows_of(Account::Cash, None, &[])>{money(cash)}</a> }.into_any()
                    } else {
                        shown(cash)
                    },
                ),
                (t("fund-limit"), shown(limit)),
            ];
            view! { <DefinitionList items/> }.into_any()
        })
    };
    let table = move || {
        let columns = vec![
            Column::text(t("payment")),
            Column::text(t("recipient")),
            Column::text(if view_of() == PaymentView::Open { t("tranche-due-on") } else { t("payment-value-date") }),
            Column::number(t("amount-eur")),
            Column::text(t("state")),
            Column::text(t("payment-next")),
            Column::text(t("actions")),
        ];
        view! {
            <DataTable
                caption=t("payments-title")
                hide_caption=true
                columns
                rows
                retry=reload
                empty=|| view! { <EmptyState title=t("payments-empty") hint=t("payments-empty-hint")/> }
            />
        }
        .into_any()
    };
    view! {
        <Page title=t("payments-title") wide=true action=|| view! {
            <ExportLink name=ExportName::Disbursements/>
            {session::may(Permission::PrepareDisbursement).then(|| view! {
                <a class=ButtonKind::Secondary.class() href=Path::Batches.to_string()>{t("batches-link")}</a>
            }.into_any())}
        }>
            {tabs()}
            {views}
            {head}
            {move || (view_of() == PaymentView::Open).then(|| view! {
                <div class="search">
                    <Select pointer="/step" label=t("payment-next") value=step options=steps.clone() optional=true none=t("any")/>
                </div>
            }.into_any())}
            {table}
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn payment_row(row: &PaymentRow, reload: Callback<()>) -> Row {
    let number = row.tranche_number;
    let day = row.value_date.unwrap_or(row.due_on);
    let is_overdue = row.value_date.is_none() && row.due_on < clock::now().date();
    let is_open = row.blocked.is_empty() && may_do(row.next, row.is_own);
    let action = match (row.disbursement_id, row.version) {
        (Some(id), Some(version)) if is_open => step_button(
            Waiting {
                id,
                version,
                number: row.number.clone().unwrap_or_default(),
                recipient: row.organisation.name.clone(),
                amount: row.amount,
                next: row.next,
            },
            reload,
        ),
        (None, _) if is_open => prepare_button(row.agreement_id, row.tranche_id, row.amount, reload),
        _ => ().into_any(),
    };
    let state = match &row.bank_reference {
        Some(reference) => {
            let reference = reference.clone();
            view! { {payment_badge(row.state)}<br/><span class="muted">{reference}</span> }.into_any()
        }
        None => payment_badge(row.state),
    };
    Row(vec![
        view! {
            <a href=Path::Grant(row.agreement_id).to_string()>{row.number.clone().unwrap_or_else(|| row.agreement.clone())}</a>
            <br/>
            <span class="muted">{crate::t!("tranche-number", number = number)}</span>
        }
        .into_any(),
        row.organisation.name.clone().into_any(),
        view! {
            {date(day)}
            {is_overdue.then(|| view! { <br/><strong class="overdue">{t("overdue")}</strong> }.into_any())}
        }
        .into_any(),
        match row.value_date.filter(|_| session::may(Permission::ReadFund)) {
            Some(paid_on) => {
                let of = [vec![("agreement", row.agreement_id.to_string())], on_day(paid_on)].concat();
                figure(row.amount, rows_of(Account::Disbursed, None, &of))
            }
            None => figure(row.amount, Path::Grant(row.agreement_id).to_string()),
        },
        state,
        if row.next == PaymentStep::Done { ().into_any() } else { why(row.next, &row.blocked, row.is_own) },
        action,
    ])
}
