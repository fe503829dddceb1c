//! One grant: where it stands, its parties, its plan, its payments, its history.

use std::future::Future;

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::grants::{
    AgreementState, ApproveAgreement, Because, BlockReason, Disbursement, Event, GetGrant, Grant, PaymentStep,
    SendAgreement, SignAgreement, TakeBackAgreement, Tranche,
};
use shared::ids::AgreementId;
use shared::money::Money;
use shared::permission::{Permission, Scope};

use super::because::because_button;
use super::pay::{Waiting, prepare_button, step_button};
use super::{account, agreement_badge, closing, credit, may_do, pay, payment_badge, plan, tranche, tranche_badge, why};
use crate::api::ApiError;
use crate::components::{
    Bar, Button, ButtonKind, Column, ConfirmButton, Crumb, DataTable, DefinitionList, Dialog, EmptyState, Page, Part,
    PartKind, Row,
};
use crate::fund::{act, amount, date, money, step};
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{amendments, api, format, reports, session};

/// One grant.
pub fn agreement_page(agreement_id: AgreementId) -> AnyView {
    let grant = load(move || async move { api::call(&GetGrant { agreement_id }, &Nothing {}, &Nothing {}).await });
    let title = Text::new(move || grant.with(|g| g.number.clone()).unwrap_or_else(|| t("grant").get()));
    view! {
        <Page
            title
            crumbs=vec![Crumb(t("grants-title"), Path::Grants)]
            wide=true
            action=move || grant.with(|g| next_action(g, grant))
            lead=move || grant.with(|g| view! { <p>{agreement_badge(g.state)}" "{g.title.clone()}</p> }.into_any())
        >
            {move || grant.view(|g| whole(g, grant))}
        </Page>
    }
    .into_any()
}

/// The agreement's next step, for who may do it; else who comes next.
fn next_action(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    let (agreement_id, version, agreed) = (grant.id, grant.version, grant.amount);
    let (recipient, again) = (grant.organisation.name.clone(), grant.organisation.name.clone());
    let reload = Callback::new(move |()| loader.reload());
    let waits = |key: &'static str| view! { <p class="muted">{t(key)}</p> }.into_any();
    let button = |label: Text, explain: Text, run: Callback<()>| {
        view! { <ConfirmButton label explain kind=ButtonKind::Primary on_confirm=run/> }.into_any()
    };
    match grant.state {
        AgreementState::Draft if session::may(Permission::ApproveAgreement) && !grant.is_own => {
            let run = Callback::new(move |()| {
                let call = async move {
                    api::call_if_match(&ApproveAgreement { agreement_id }, &Nothing {}, &Nothing {}, version).await
                };
                act(done("agreement-approved", call), reload);
            });
            button(crate::t!("agreement-approve", amount = agreed), t("agreement-approve-explain"), run)
        }
        AgreementState::Draft => waits("agreement-waits-approval"),
        AgreementState::InternallyApproved if session::may(Permission::WriteAgreement) => {
            let run = Callback::new(move |()| {
                let call = async move {
                    api::call_if_match(&SendAgreement { agreement_id }, &Nothing {}, &Nothing {}, version).await
                };
                act(done("agreement-sent", call), reload);
            });
            button(
                crate::t!("agreement-send", recipient = recipient),
                crate::t!("agreement-send-explain", recipient = again),
                run,
            )
        }
        AgreementState::InternallyApproved => waits("agreement-waits-sending"),
        AgreementState::Sent if session::may(Permission::SignAgreement) => {
            let key = StoredValue::new(api::new_key());
            let run = Callback::new(move |()| {
                let call = async move {
                    let endpoint = SignAgreement { agreement_id };
                    api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)).await
                };
                act(done("agreement-signed", call), reload);
            });
            button(crate::t!("agreement-sign", amount = agreed), t("agreement-sign-explain"), run)
        }
        AgreementState::Sent => waits("agreement-waits-signature"),
        _ => ().into_any(),
    }
}

/// The way back to a draft, for what is approved and not signed.
fn take_back(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    if !grant.state.is_revocable() || !session::may(Permission::WriteAgreement) {
        return ().into_any();
    }
    let (agreement_id, version) = (grant.id, grant.version);
    because_button(
        t("agreement-take-back"),
        t("agreement-take-back-explain"),
        move |because: Because| api::call_if_match(&TakeBackAgreement { agreement_id }, &Nothing {}, &because, version),
        Callback::new(move |grant| loader.set(grant)),
    )
}

async fn done(key: &'static str, call: impl Future<Output = Result<Grant, ApiError>>) -> Result<Text, ApiError> {
    call.await?;
    Ok(t(key))
}

fn whole(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    view! {
        {tracker(grant)}
        {due_from_me(grant)}
        {take_back(grant, loader)}
        {grant_bar(grant)}
        {parties(grant)}
        <h2>{t("plan-title")}</h2>
        {tranches(grant, loader)}
        <h2>{t("payments-title")}</h2>
        {payments(grant, loader)}
        <h2>{t("reports-title")}</h2>
        {reports::calendar(&grant.reports)}
        {amendments::section(grant)}
        {account::section(grant, loader)}
        {closing::section(grant, loader)}
        <h2>{t("history-title")}</h2>
        {history(&grant.history)}
    }
    .into_any()
}

/// What waits for the recipient, first: reports to write, tranches to request, the account to enter.
fn due_from_me(grant: &Grant) -> AnyView {
    if !session::may(Permission::WriteReport) || grant.signed.is_none() || grant.state == AgreementState::Closed {
        return ().into_any();
    }
    let today = crate::clock::now().date();
    let report = grant.reports.iter().find(|report| report.state.is_with_recipient()).map(|report| {
        let due_on = report.due_on;
        let late = report.is_overdue.then(|| view! { " "<strong class="overdue">{t("overdue")}</strong> }.into_any());
        view! { <li><a href=Path::Report(report.id).to_string()>{t("report-write")}</a>" · "{date(due_on)}{late}</li> }
            .into_any()
    });
    let credit = grant
        .disbursements
        .iter()
        .find(|payment| grant.reporting.is_some() && payment.state.is_paid() && payment.credit.is_none())
        .map(|payment| {
            let number = payment.number.clone();
            view! { <li>{crate::t!("credit-due", number = number)}</li> }.into_any()
        });
    let account = grant.accounts.is_empty().then(|| view! { <li>{t("payee-enter")}</li> }.into_any());
    let tranche = grant
        .tranches
        .iter()
        .find(|tranche| {
            tranche.blocked.contains(&BlockReason::NotRequested)
                && !tranche.blocked.contains(&BlockReason::EarlierTrancheOpen)
                && tranche.due_on <= today
        })
        .map(|tranche| {
            let left = tranche.left;
            view! { <li>{crate::t!("tranche-request", amount = left)}</li> }.into_any()
        });
    if report.is_none() && account.is_none() && tranche.is_none() && credit.is_none() {
        return ().into_any();
    }
    view! { <section class="notice attention"><h2>{t("due-from-me")}</h2><ul>{account}{credit}{report}{tranche}</ul></section> }
        .into_any()
}

/// Where the agreement stands: every state in order, the present one marked.
fn tracker(grant: &Grant) -> AnyView {
    if grant.state == AgreementState::Void {
        return ().into_any();
    }
    // The way of a grant; one that is suspended stands where it was.
    let way = [
        AgreementState::Draft,
        AgreementState::InternallyApproved,
        AgreementState::Sent,
        AgreementState::Active,
        AgreementState::Ended,
        AgreementState::Closing,
        AgreementState::Closed,
    ];
    let here = if grant.state == AgreementState::Suspended { AgreementState::Active } else { grant.state };
    let reached = way.iter().position(|state| *state == here).unwrap_or_default();
    let steps = way
        .iter()
        .enumerate()
        .map(|(at, state)| {
            let by = match state {
                AgreementState::Draft => Some(step("step-by", &grant.created)),
                AgreementState::InternallyApproved => grant.approved.as_ref().map(|by| step("step-by", by)),
                AgreementState::Sent => grant
                    .sent_at
                    .map(|at| view! { <span class="muted">{Text::new(move || format::instant(at))}</span> }.into_any()),
                AgreementState::Active => grant.signed.as_ref().map(|by| step("step-by", by)),
                AgreementState::Closed => {
                    grant.closure.as_ref().and_then(|closure| closure.closed.as_ref()).map(|by| step("step-by", by))
                }
                _ => None,
            };
            let class = if at <= reached { "reached" } else { "ahead" };
            let current = (at == reached).then_some("step");
            view! {
                <li class=class aria-current=current>
                    <strong>{word("agreement-state", state.as_str())}</strong>
                    {by.map(|by| view! { <br/>{by} }.into_any())}
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ol class="tracker">{steps}</ol> }.into_any()
}

fn grant_bar(grant: &Grant) -> AnyView {
    if grant.signed.is_none() {
        return ().into_any();
    }
    let mut parts = vec![
        Part { label: t("fund-line-disbursed"), amount: grant.disbursed, kind: PartKind::Paid, href: None },
        Part { label: t("grant-undisbursed"), amount: grant.undisbursed, kind: PartKind::Committed, href: None },
    ];
    // The parts sum to the whole: what a closed grant did not need went back.
    let back = grant.amount.minor() - grant.disbursed.minor() - grant.undisbursed.minor();
    if back > 0 {
        let amount = Money::from_minor(back, grant.amount.currency());
        parts.push(Part { label: t("closure-decommitted"), amount, kind: PartKind::Left, href: None });
    }
    view! { <Bar label=t("grant-amount") total=grant.amount parts/> }.into_any()
}

fn parties(grant: &Grant) -> AnyView {
    let text = |value: Text| view! { {value} }.into_any();
    let rate = grant.funding_rate;
    let (amount, total) = (grant.amount, grant.total);
    let percent = shared::fraction::Fraction::new(rate.numerator().saturating_mul(100), rate.denominator());
    let shown = percent.map(|p| p.two_decimals()).unwrap_or_default();
    let mut items = vec![
        (t("grant-fund"), grant.fund.clone().into_any()),
        (
            t("recipient"),
            view! { {grant.organisation.name.clone()}" ("{grant.organisation.code.clone()}")" }.into_any(),
        ),
        (
            t("proposal"),
            view! {
                <a href=Path::Proposal(grant.proposal_id).to_string()>{grant.proposal_number.clone()}</a>
                " · "{grant.call.clone()}
            }
            .into_any(),
        ),
        (t("grant-period"), view! { {date(grant.starts_on)}" – "{date(grant.ends_on)} }.into_any()),
        (
            t("grant-rate"),
            text(Text::new(move || {
                let percent = format::decimal(&shown);
                crate::t!("grant-rate-text", amount = amount, total = total, percent = percent.clone()).get()
            })),
        ),
    ];
    if let Some(reporting) = grant.reporting {
        items.push((t("reporting"), reports::reporting(reporting)));
    }
    view! { <DefinitionList items/> }.into_any()
}

fn tranches(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    let editing = RwSignal::new(false);
    let reload = Callback::new(move |()| loader.reload());
    let agreement_id = grant.id;
    let row = move |tranche: &Tranche| {
        let (number, left) = (tranche.number, tranche.left);
        let can = tranche.blocked.is_empty() && session::may(Permission::PrepareDisbursement);
        let blocked = tranche.blocked.clone();
        let moved = tranche.carried;
        let carried = moved.is_positive().then(|| {
            view! { <br/><span class="muted">{crate::t!("tranche-carried", amount = moved)}</span> }.into_any()
        });
        let reason = (!tranche.reason.is_empty())
            .then(|| view! { <br/><span class="muted">{tranche.reason.clone()}</span> }.into_any());
        Row(vec![
            view! {
                <strong>{crate::t!("tranche-number", number = number)}</strong>
                {tranche.is_retention.then(|| view! { " "<span class="muted">{t("tranche-retention")}</span> }.into_any())}
                <br/>
                <span class="muted">{tranche.condition.clone()}</span>
                {carried}
                {reason}
            }
            .into_any(),
            view! { {date(tranche.due_on)} }.into_any(),
            view! { {amount(tranche.payable)} }.into_any(),
            view! { {amount(tranche.paid)} }.into_any(),
            view! { {amount(left)} }.into_any(),
            tranche_badge(tranche.state),
            if can {
                prepare_button(agreement_id, tranche.id, left, reload)
            } else if tranche.state == shared::grants::TrancheState::Paid {
                ().into_any()
            } else {
                view! { {why(PaymentStep::Prepare, &blocked, false)}{tranche::steps(tranche, loader)} }.into_any()
            },
        ])
    };
    let columns = vec![
        Column::text(t("tranche")),
        Column::text(t("tranche-due-on")),
        Column::number(t("planned-eur")),
        Column::number(t("paid-eur")),
        Column::number(t("left-eur")),
        Column::text(t("state")),
        Column::text(t("payment-next")),
    ];
    let list = grant.tranches.clone();
    let rows = Callback::new(move |()| Load::Ready(list.iter().map(row).collect()));
    let may_edit = grant.state == AgreementState::Draft && session::may(Permission::WriteAgreement);
    let saved = Callback::new(move |grant: Grant| {
        editing.set(false);
        loader.set(grant);
    });
    let for_form = grant.clone();
    view! {
        <DataTable caption=t("plan-title") hide_caption=true columns rows/>
        {may_edit.then(|| view! {
            <p><Button label=t("plan-change") on_press=move |()| editing.set(true)/></p>
            <Dialog open=editing title=t("plan-change")>{plan::plan_form(&for_form, saved)}</Dialog>
        }.into_any())}
    }
    .into_any()
}

fn payments(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    let reload = Callback::new(move |()| loader.reload());
    let recipient = grant.organisation.name.clone();
    let sees_split = session::scope(Permission::ReadGrant) == Scope::All;
    let currency = grant.reporting.map(|reporting| reporting.currency);
    let row = move |payment: &Disbursement| {
        let credit = currency.map(|currency| credit::section(payment, currency, reload));
        payment_row(payment, recipient.clone(), sees_split, credit, reload)
    };
    let mut columns = vec![
        Column::text(t("payment")),
        Column::number(t("amount-eur")),
        Column::text(t("state")),
        Column::text(t("payment-steps")),
    ];
    if sees_split {
        columns.push(Column::number(t("donor-split")));
    }
    columns.push(Column::text(t("payment-next")));
    let list = grant.disbursements.clone();
    let rows = Callback::new(move |()| Load::Ready(list.iter().map(&row).collect()));
    view! {
        <DataTable
            caption=t("payments-title")
            hide_caption=true
            columns
            rows
            empty=|| view! { <EmptyState title=t("grant-no-payment") hint=t("grant-no-payment-hint")/> }
        />
    }
    .into_any()
}

fn payment_row(
    payment: &Disbursement,
    recipient: String,
    sees_split: bool,
    credit: Option<AnyView>,
    reload: Callback<()>,
) -> Row {
    let number = payment.tranche_number;
    let steps = [
        ("step-prepared", Some(&payment.prepared)),
        ("step-verified", payment.verified.as_ref()),
        ("step-approved", payment.approved.as_ref()),
        ("step-second-approved", payment.second_approved.as_ref()),
        ("step-paid", payment.paid.as_ref()),
    ]
    .into_iter()
    .filter_map(|(label, by)| by.map(|by| view! { <div>{step(label, by)}</div> }.into_any()))
    .collect_view();
    let parts = payment
        .split
        .iter()
        .filter(|_| sees_split)
        .map(|part| {
            view! { <div>{part.donor.code.clone()}" "<span class="amount">{amount(part.amount)}</span></div> }
                .into_any()
        })
        .collect_view();
    let next = if may_do(payment.next, payment.is_own) {
        step_button(
            Waiting {
                id: payment.id,
                version: payment.version,
                number: payment.number.clone(),
                recipient,
                amount: payment.amount,
                next: payment.next,
            },
            reload,
        )
    } else if payment.next == PaymentStep::Done {
        ().into_any()
    } else {
        why(payment.next, &[], payment.is_own)
    };
    let bank = payment
        .bank_reference
        .clone()
        .zip(payment.value_date)
        .map(|(reference, day)| view! { <br/><span class="muted">{reference}" · "{date(day)}</span> }.into_any());
    let account = format!("{} •••• {}", payment.to.bank, payment.to.last_four);
    let whole_number = payment.to.number.clone().map(|number| view! { <br/><strong>{number}</strong> }.into_any());
    let reason = (!payment.reason.is_empty())
        .then(|| view! { <br/><span class="muted">{said(payment.reason.clone())}</span> }.into_any());
    let more = pay::more(payment, reload);
    let mut cells = vec![
        view! {
            <strong>{payment.number.clone()}</strong>
            <br/>
            <span class="muted">{crate::t!("tranche-number", number = number)}</span>
            {bank}
            <br/>
            <span class="muted">{account}</span>
            {whole_number}
        }
        .into_any(),
        view! { {money(payment.amount)} }.into_any(),
        view! { {payment_badge(Some(payment.state))}{reason} }.into_any(),
        steps.into_any(),
    ];
    if sees_split {
        cells.push(parts.into_any());
    }
    cells.push(view! { {next}{more}{credit} }.into_any());
    Row(cells)
}

/// A reason as it was given; the program's own is a word.
fn said(reason: String) -> AnyView {
    if reason == "account_changed" { view! { {t("reason-account-changed")} }.into_any() } else { reason.into_any() }
}

fn history(events: &[Event]) -> AnyView {
    let items = events
        .iter()
        .rev()
        .map(|event| {
            let at = event.at;
            let (by, number, reason) = (event.by.clone(), event.disbursement.clone(), event.reason.clone());
            view! {
                <li>
                    {word("event", event.kind.as_str())}
                    {number.map(|number| format!(" {number}"))}
                    {reason.map(|reason| view! { <br/><span>{said(reason)}</span> }.into_any())}
                    <br/>
                    <span class="muted">{by}" · "{Text::new(move || format::instant(at))}</span>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ol class="plain history">{items}</ol> }.into_any()
}
