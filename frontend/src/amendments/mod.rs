//! Amendments of an agreement: a new budget beside the old one, and the steps until both have signed it.

mod write;

use leptos::prelude::*;
use shared::amendments::{
    Amendment, AmendmentAction, AmendmentState, AmendmentStep, AmendmentSummary, ApproveAmendment, Basis,
    CheckAmendment, CountersignAmendment, GetAmendment, GetGrantBudget, RefuseAmendment, SignAmendment,
};
use shared::endpoint::Nothing;
use shared::grants::{Because, Grant};
use shared::ids::{AgreementId, AmendmentId};
use shared::money::Money;
use shared::permission::Permission;

use crate::api::Answer;
use crate::calls::category;
use crate::components::{
    ButtonKind, Column, ConfirmButton, Crumb, DataTable, DefinitionList, EmptyState, Notice, Page, Row, StatusBadge,
    Tone,
};
use crate::fund::{act, amount, money, step};
use crate::grants::because_button;
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, format, session};

fn badge(state: AmendmentState) -> AnyView {
    let tone = match state {
        AmendmentState::Draft => Tone::Neutral,
        AmendmentState::Submitted => Tone::Attention,
        AmendmentState::DeskOk | AmendmentState::FinanceOk | AmendmentState::Signed => Tone::Info,
        AmendmentState::Effective => Tone::Good,
        AmendmentState::Refused => Tone::Problem,
    };
    view! { <StatusBadge word=word("amendment-state", state.as_str()) tone/> }.into_any()
}

fn name(number: i64) -> Text {
    crate::t!("amendment-number", number = number)
}

/// More or less, with its sign.
fn signed(by: Money) -> String {
    let shown = format::amount(by);
    if by.is_positive() { format!("+{shown}") } else { shown }
}

/// The amendments on the page of a grant, and the way to another one.
pub(crate) fn section(grant: &Grant) -> AnyView {
    if grant.signed.is_none() {
        return ().into_any();
    }
    let row = |amendment: &AmendmentSummary| {
        let moved = amendment.moved;
        Row(vec![
            view! {
                <a href=Path::Amendment(amendment.id).to_string()>{name(amendment.number)}</a>
                <br/>
                <span class="muted">{word("amendment-kind", amendment.kind.as_str())}</span>
            }
            .into_any(),
            view! { {amount(moved)} }.into_any(),
            badge(amendment.state),
            view! {
                {step("amendment-begun-by", &amendment.created)}
                {amendment.effective.as_ref().map(|by| view! { <br/>{step("amendment-in-force-by", by)} }.into_any())}
            }
            .into_any(),
        ])
    };
    let list = grant.amendments.clone();
    let rows = Callback::new(move |()| Load::Ready(list.iter().map(row).collect()));
    let columns = vec![
        Column::text(t("amendment")),
        Column::number(t("amendment-moved-eur")),
        Column::text(t("state")),
        Column::text(t("payment-steps")),
    ];
    let is_open = grant.amendments.iter().any(|amendment| amendment.state.is_open());
    let may_ask = grant.state.takes_amendment() && !is_open && session::may(Permission::WriteAmendment);
    let agreement_id = grant.id;
    view! {
        <h2 id="amendments">{t("amendments-title")}</h2>
        <DataTable
            caption=t("amendments-title")
            hide_caption=true
            columns
            rows
            empty=|| view! { <EmptyState title=t("amendments-none") hint=t("amendments-none-hint")/> }
        />
        {may_ask.then(|| view! { <p>{ask(agreement_id)}</p> }.into_any())}
    }
    .into_any()
}

/// The way to a new amendment, as a link.
pub(crate) fn ask(agreement_id: AgreementId) -> AnyView {
    view! { <a class="button" href=Path::AmendmentNew(agreement_id).to_string()>{t("amendment-ask")}</a> }.into_any()
}

/// What is to be done when a category has grown too far for a report (M40), with the way to it.
pub(crate) fn needed(agreement_id: AgreementId) -> AnyView {
    let way = if session::may(Permission::WriteAmendment) {
        ask(agreement_id)
    } else {
        let grant = format!("{}#amendments", Path::Grant(agreement_id));
        view! { <a href=grant>{t("amendments-of-grant")}</a> }.into_any()
    };
    view! { <Notice tone=Tone::Attention title=t("amendment-needed")><p>{t("amendment-needed-hint")}</p><p>{way}</p></Notice> }
        .into_any()
}

/// A new amendment.
pub fn new_page(agreement_id: AgreementId) -> AnyView {
    let basis =
        load(move || async move { api::call(&GetGrantBudget { agreement_id }, &Nothing {}, &Nothing {}).await });
    let crumb = Text::new(move || basis.with(|b| b.agreement.clone()).unwrap_or_else(|| t("grant").get()));
    view! {
        <Page
            title=t("amendment-new")
            crumbs=vec![Crumb(t("grants-title"), Path::Grants), Crumb(crumb, Path::Grant(agreement_id))]
            wide=true
        >
            {move || basis.view(begin)}
        </Page>
    }
    .into_any()
}

fn begin(basis: &Basis) -> AnyView {
    if let Some(open) = basis.open {
        return view! {
            <Notice tone=Tone::Info title=t("amendment-open-already")>
                <p><a href=Path::Amendment(open).to_string()>{t("amendment-open-show")}</a></p>
            </Notice>
        }
        .into_any();
    }
    if !basis.state.takes_amendment() {
        return view! { <Notice tone=Tone::Attention title=t("amendment-not-now")><p>{t("amendment-not-now-hint")}</p></Notice> }
            .into_any();
    }
    write::form(basis, None)
}

/// One amendment.
pub fn amendment_page(amendment_id: AmendmentId) -> AnyView {
    let amendment =
        load(move || async move { api::call(&GetAmendment { amendment_id }, &Nothing {}, &Nothing {}).await });
    let title = Text::new(move || {
        let found = amendment.with(|a| (a.basis.agreement.clone(), a.summary.number));
        found
            .map_or_else(|| t("amendment").get(), |(agreement, number)| format!("{agreement} · {}", name(number).get()))
    });
    view! {
        <Page
            title
            crumbs=vec![Crumb(t("grants-title"), Path::Grants)]
            wide=true
            lead=move || amendment.with(|a| view! { <p>{badge(a.summary.state)}</p> }.into_any())
        >
            {move || amendment.view(|a| whole(a, amendment))}
        </Page>
    }
    .into_any()
}

fn whole(amendment: &Amendment, loader: Loader<Amendment>) -> AnyView {
    let can = |action: AmendmentAction| amendment.actions.contains(&action);
    let refusal = Some(amendment.refusal.clone())
        .filter(|why| !why.is_empty())
        .map(|why| view! { <Notice tone=Tone::Problem title=t("amendment-refused")><p>{why}</p></Notice> }.into_any());
    let body = if can(AmendmentAction::Edit) {
        write::form(&amendment.basis, Some((amendment, loader)))
    } else {
        view! {
            <h2>{t("reason")}</h2>
            <p class="prose">{amendment.reason.clone()}</p>
            {compared(amendment)}
            {waits(amendment)}
        }
        .into_any()
    };
    view! {
        {refusal}
        {head(amendment)}
        {body}
        <div class="actions">{advance(amendment, loader)}{refuse(amendment, loader)}</div>
    }
    .into_any()
}

fn head(amendment: &Amendment) -> AnyView {
    let shown = |m: Money| view! { <span class="amount">{money(m)}</span> }.into_any();
    let basis = &amendment.basis;
    let agreement = basis.agreement.clone();
    let mut items = vec![
        (t("grant"), view! { <a href=Path::Grant(basis.agreement_id).to_string()>{agreement}</a> }.into_any()),
        (t("recipient"), basis.organisation.name.clone().into_any()),
        (t("amendment-total"), shown(basis.total)),
        (t("amendment-moved"), shown(amendment.summary.moved)),
        (t("amendment-begun"), step("step-by", &amendment.summary.created)),
    ];
    for (label, by) in [
        ("amendment-submitted", &amendment.submitted),
        ("amendment-checked", &amendment.checked),
        ("amendment-approved", &amendment.approved),
        ("amendment-signed", &amendment.signed),
        ("amendment-effective-since", &amendment.summary.effective),
        ("amendment-refused", &amendment.refused),
    ] {
        if let Some(by) = by {
            items.push((t(label), step("step-by", by)));
        }
    }
    view! { <DefinitionList items/> }.into_any()
}

/// The budget's columns, the new amounts last.
fn columns() -> Vec<Column> {
    vec![
        Column::text(t("budget-category")),
        Column::number(t("amendment-signed-eur")),
        Column::number(t("amendment-last-eur")),
        Column::number(t("amendment-spent-eur")),
        Column::number(t("amendment-new-eur")),
        Column::number(t("amendment-difference-eur")),
    ]
}

/// The budget before and after, beside each other.
fn compared(amendment: &Amendment) -> AnyView {
    let zero = Money::zero(amendment.basis.total.currency());
    let line = |new: &shared::amendments::AmendedCategory| {
        let old = amendment.basis.lines.iter().find(|line| line.category == new.category);
        let (signed, spent) = old.map_or((zero, zero), |line| (line.signed, line.spent));
        (new.category.clone(), [signed, amendment.basis.last(&new.category), spent, new.planned])
    };
    let lines: Vec<(String, [Money; 4])> = amendment.lines.iter().map(line).collect();
    let sums = |at: usize| Money::sum(zero.currency(), lines.iter().map(|(_, amounts)| amounts[at])).unwrap_or(zero);
    let totals = [sums(0), sums(1), sums(2), sums(3)];
    let cells = |first: AnyView, amounts: [Money; 4]| {
        let [_, last, _, new] = amounts;
        let by = new.checked_sub(last).unwrap_or(new);
        let changed = by.minor() != 0;
        let mut cells = vec![first];
        cells.extend(amounts.map(|shown| view! { {amount(shown)} }.into_any()));
        let by = Text::new(move || signed(by));
        cells.push(if changed { view! { <strong>{by}</strong> }.into_any() } else { view! { {by} }.into_any() });
        Row(cells)
    };
    let rows = Callback::new(move |()| {
        let row = |(key, amounts): &(String, [Money; 4])| cells(view! { {category(key)} }.into_any(), *amounts);
        Load::Ready(lines.iter().map(row).collect())
    });
    let foot = Callback::new(move |()| cells(view! { {t("total")} }.into_any(), totals));
    view! {
        <h2>{t("amendment-compared")}</h2>
        <DataTable caption=t("amendment-compared") hide_caption=true columns=columns() rows foot/>
    }
    .into_any()
}

fn run(call: Answer<Amendment>, loader: Loader<Amendment>) {
    act(
        async move {
            loader.set(call.await?);
            Ok(t("step-done"))
        },
        Callback::new(|()| ()),
    );
}

/// Who comes next, for who cannot do the next step.
fn waits(amendment: &Amendment) -> AnyView {
    let may = amendment.actions.contains(&AmendmentAction::Advance);
    let Some(next) = amendment.summary.state.next().filter(|_| !may) else { return ().into_any() };
    let own = amendment.is_own.then(|| view! { " "{t("amendment-own")} }.into_any());
    view! { <p class="muted">{word("amendment-waits", next.as_str())}{own}</p> }.into_any()
}

/// The next step, for who may do it.
fn advance(amendment: &Amendment, loader: Loader<Amendment>) -> AnyView {
    let may = amendment.actions.contains(&AmendmentAction::Advance);
    let Some(next) = amendment.summary.state.next().filter(|_| may) else { return ().into_any() };
    let (amendment_id, version, moved) = (amendment.summary.id, amendment.version, amendment.summary.moved);
    let (number, recipient) = (amendment.summary.number, amendment.basis.organisation.name.clone());
    let (label, explain) = match next {
        // A draft has its own form.
        AmendmentStep::Submit => return ().into_any(),
        AmendmentStep::Check => (crate::t!("amendment-check", number = number), t("amendment-check-explain")),
        AmendmentStep::Approve => {
            (crate::t!("amendment-approve", amount = moved, number = number), t("amendment-approve-explain"))
        }
        AmendmentStep::Sign => (crate::t!("amendment-sign", number = number), t("amendment-sign-explain")),
        AmendmentStep::Countersign => (
            crate::t!("amendment-countersign", number = number, recipient = recipient.clone()),
            t("amendment-countersign-explain"),
        ),
    };
    let key = StoredValue::new(api::new_key());
    let press = Callback::new(move |()| {
        let none = Nothing {};
        let call = match next {
            AmendmentStep::Submit => return,
            AmendmentStep::Check => api::call_if_match(&CheckAmendment { amendment_id }, &none, &none, version),
            AmendmentStep::Approve => api::call_if_match(&ApproveAmendment { amendment_id }, &none, &none, version),
            AmendmentStep::Sign => api::call_if_match(&SignAmendment { amendment_id }, &none, &none, version),
            AmendmentStep::Countersign => {
                let endpoint = CountersignAmendment { amendment_id };
                api::call_once(&endpoint, &none, &none, &key.get_value(), Some(version))
            }
        };
        run(call, loader);
    });
    view! { <div class="actions"><ConfirmButton label explain kind=ButtonKind::Primary on_confirm=press/></div> }
        .into_any()
}

fn refuse(amendment: &Amendment, loader: Loader<Amendment>) -> AnyView {
    if !amendment.actions.contains(&AmendmentAction::Refuse) {
        return ().into_any();
    }
    let (amendment_id, version, number) = (amendment.summary.id, amendment.version, amendment.summary.number);
    let (label, explain) = if amendment.summary.state == AmendmentState::Draft {
        (crate::t!("amendment-drop", number = number), t("amendment-drop-explain"))
    } else {
        (crate::t!("amendment-refuse", number = number), t("amendment-refuse-explain"))
    };
    because_button(
        label,
        explain,
        move |because: Because| api::call_if_match(&RefuseAmendment { amendment_id }, &Nothing {}, &because, version),
        Callback::new(move |refused| loader.set(refused)),
    )
}
