//! Exchange rates: entered by one person, approved by another; a correction is a new one (M50, M70).

mod upload;

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::exports::{ExportName, ExportQuery};
use shared::ids::RateId;
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::rates::{
    AddRate, ApproveRates, FxRate, ListRates, RateApproval, RateDraft, RateKind, RateQuery, RateState, ReasonRequest,
    WithdrawRate,
};
use shared::time::Date;

pub(crate) use upload::row_errors;
pub use upload::upload_page;

use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, DataTable, DateInput, Dialog, EmptyState, ExportLink, FormBox, LoadMore,
    Page, RadioGroup, Row, Select, StatusBadge, TextInput, Tone, toast,
};
use crate::form::Form;
use crate::fund::{act, date, parse_rate, read_date, step, tabs};
use crate::i18n::{Text, t, word};
use crate::load::{Paged, paged};
use crate::routes::Path;
use crate::{api, clock, format, router, session};

/// What the address asks for, followed.
fn asked(after: Option<String>) -> RateQuery {
    let day = |name| router::query(name).and_then(|day| Date::parse(&day).ok());
    RateQuery {
        currency: router::query("currency").and_then(|code| Currency::parse(&code.to_uppercase()).ok()),
        kind: router::query("kind").and_then(|kind| RateKind::parse(&kind)),
        state: router::query("state").and_then(|state| RateState::parse(&state)),
        from: day("from"),
        until: day("until"),
        after: after.and_then(|after| after.parse().ok()),
    }
}

fn filter(name: &'static str) -> RwSignal<String> {
    let value = RwSignal::new(router::query(name).unwrap_or_default());
    Effect::new(move |_| router::set_query(&[(name, Some(&value.get()))]));
    value
}

/// The kinds with their words.
fn kinds() -> Vec<(String, Text)> {
    RateKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), word("rate-kind", kind.as_str()))).collect()
}

/// A rate with the currency that it is of: `CHF 0.95`.
fn rate_text(currency: Currency, rate: shared::money::Rate) -> Text {
    Text::new(move || format!("{}\u{a0}{}", currency.code(), format::decimal(&rate.to_string())))
}

/// The rates.
pub fn list_page() -> AnyView {
    let list = paged(move |after| {
        let query = asked(after);
        async move { api::call(&ListRates {}, &query, &Nothing {}).await }
    });
    let ticked = RwSignal::new(BTreeSet::<RateId>::new());
    let reload = Callback::new(move |()| {
        ticked.set(BTreeSet::new());
        list.reload();
    });
    let adding = RwSignal::new(false);
    let done = Callback::new(move |()| {
        adding.set(false);
        reload.run(());
    });
    let withdrawing = RwSignal::new(None::<RateId>);
    let withdraw_open = RwSignal::new(false);
    Effect::new(move |_| withdraw_open.set(withdrawing.with(Option::is_some)));
    let withdrawn = Callback::new(move |()| {
        withdrawing.set(None);
        reload.run(());
    });
    let states: Vec<_> =
        RateState::ALL.iter().map(|state| (state.as_str().to_owned(), word("rate-state", state.as_str()))).collect();
    let [currency, kind, state, from, until] = ["currency", "kind", "state", "from", "until"].map(filter);
    let export = Signal::derive(move || {
        let query = asked(None);
        ExportQuery { from: query.from, until: query.until, ..ExportQuery::default() }
    });
    let columns = vec![
        Column::text(t("currency")),
        Column::text(t("rate-date")),
        Column::text(t("rate-kind")),
        Column::number(t("rate-per-euro")),
        Column::text(t("rate-source")),
        Column::text(t("state")),
        Column::text(t("four-eyes")),
        Column::text(t("actions")),
    ];
    let rows = Callback::new(move |()| list.rows(move |row| rate_row(row, ticked, withdrawing)));
    view! {
        <Page
            title=t("rates-title")
            wide=true
            action=move || view! {
                <ExportLink name=ExportName::FxRates query=export/>
                {session::may(Permission::PrepareRates).then(|| view! {
                    <a class=ButtonKind::Secondary.class() href=Path::RateUpload.to_string()>{t("rates-upload")}</a>
                    <Button label=t("rate-add") kind=ButtonKind::Primary on_press=move |()| adding.set(true)/>
                }.into_any())}
            }
        >
            {tabs()}
            <p class="muted">{t("rates-lead")}</p>
            <div class="search filters">
                <TextInput pointer="/currency" label=t("currency") value=currency class="narrow" optional=true/>
                <Select pointer="/kind" label=t("rate-kind") value=kind options=kinds() optional=true none=t("any")/>
                <Select pointer="/state" label=t("state") value=state options=states optional=true none=t("any-state")/>
                <DateInput pointer="/from" label=t("from-day") value=from optional=true/>
                <DateInput pointer="/until" label=t("until-day") value=until optional=true/>
            </div>
            {approve_bar(list, ticked, reload)}
            <DataTable
                caption=t("rates-title")
                hide_caption=true
                columns
                rows
                retry=reload
                empty=|| view! { <EmptyState title=t("rates-empty") hint=t("rates-empty-hint")/> }
            />
            <LoadMore list/>
            <Dialog open=adding title=t("rate-add")><Add on_done=done/></Dialog>
            <Dialog open=withdraw_open title=t("rate-withdraw")>
                {move || withdrawing.get().map(|rate_id| view! { <Withdraw rate_id on_done=withdrawn/> }.into_any())}
            </Dialog>
        </Page>
    }
    .into_any()
}

fn may_approve(rate: &FxRate) -> bool {
    rate.state == RateState::Entered && !rate.is_own && session::may(Permission::ApproveRates)
}

/// Ticks all that can be approved, and approves what is ticked, all at once.
fn approve_bar(list: Paged<FxRate>, ticked: RwSignal<BTreeSet<RateId>>, reload: Callback<()>) -> AnyView {
    let open = move || {
        list.loader()
            .with(|page| {
                page.items.iter().filter(|rate| may_approve(rate)).map(|rate| rate.id).collect::<BTreeSet<_>>()
            })
            .unwrap_or_default()
    };
    let approve = Callback::new(move |()| {
        let rate_ids: Vec<RateId> = ticked.get_untracked().into_iter().collect();
        act(
            async move {
                let done = api::call(&ApproveRates {}, &Nothing {}, &RateApproval { rate_ids }).await?;
                Ok(crate::t!("rates-approved", count = done.items.len()))
            },
            reload,
        );
    });
    (move || {
        let open = open();
        (!open.is_empty()).then(|| {
            let all = open.clone();
            let chosen = ticked.with(BTreeSet::len);
            view! {
                <div class="actions">
                    <Button label=crate::t!("rates-tick-all", count = open.len()) on_press=move |()| ticked.set(all.clone())/>
                    {(chosen > 0).then(|| view! {
                        <ConfirmButton
                            label=crate::t!("rates-approve", count = chosen)
                            explain=t("rates-approve-explain")
                            kind=ButtonKind::Primary
                            on_confirm=approve
                        />
                    }.into_any())}
                </div>
            }
            .into_any()
        })
    })
    .into_any()
}

fn rate_row(rate: &FxRate, ticked: RwSignal<BTreeSet<RateId>>, withdrawing: RwSignal<Option<RateId>>) -> Row {
    let id = rate.id;
    let tone = match rate.state {
        RateState::Entered => Tone::Attention,
        RateState::Approved if rate.is_replaced => Tone::Neutral,
        RateState::Approved => Tone::Good,
        RateState::Withdrawn => Tone::Neutral,
    };
    let state = if rate.is_replaced { t("rate-is-replaced") } else { word("rate-state", rate.state.as_str()) };
    let (currency, valid_on, corrects) = (rate.currency, rate.valid_on, rate.replaced_rate);
    let per_euro = rate.rate.to_string();
    let name = crate::t!("rate-tick", currency = currency.code(), day = valid_on);
    let tick = may_approve(rate).then(|| {
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    class="assign-tick"
                    aria-label=name
                    prop:checked=move || ticked.with(|ids| ids.contains(&id))
                    on:change=move |event| {
                        let is_on = event_target_checked(&event);
                        ticked.update(|ids| if is_on { ids.insert(id); } else { ids.remove(&id); });
                    }
                />
                {t("rate-approve")}
            </label>
        }
        .into_any()
    });
    let is_open = rate.state == RateState::Entered;
    let may_withdraw = session::may(Permission::PrepareRates) || session::may(Permission::ApproveRates);
    let withdraw = (is_open && may_withdraw).then(|| {
        view! { <Button label=t("rate-withdraw") kind=ButtonKind::Quiet on_press=move |()| withdrawing.set(Some(id))/> }
            .into_any()
    });
    let waits = (is_open && rate.is_own).then(|| view! { <span class="muted">{t("another-person")}</span> }.into_any());
    Row(vec![
        rate.currency.code().into_any(),
        view! { {date(rate.valid_on)} }.into_any(),
        view! { {word("rate-kind", rate.kind.as_str())} }.into_any(),
        view! {
            {move || format::decimal(&per_euro)}
            {corrects.map(|old| view! {
                <br/><span class="muted">{crate::t!("rate-corrects", rate = rate_text(currency, old))}</span>
            }.into_any())}
        }
        .into_any(),
        rate.source.clone().into_any(),
        view! { <StatusBadge word=state tone/> }.into_any(),
        view! {
            {step("rate-entered", &rate.entered_by)}
            {rate.approved_by.as_ref().map(|by| view! { <br/>{step("rate-approved", by)} }.into_any())}
        }
        .into_any(),
        view! { {tick}{waits}{withdraw} }.into_any(),
    ])
}

#[component]
fn Add(#[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let [currency, kind, rate, source] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let valid_on = RwSignal::new(clock::now().date().to_string());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let code = currency.get_untracked().trim().to_uppercase();
        let required = |text: &str, code| if text.is_empty() { Code::Required } else { code };
        let read_currency = Currency::parse(&code)
            .map_err(|wrong| errors.push(FieldError::new("/currency", required(&code, wrong))))
            .ok();
        let valid_on = read_date(&mut errors, "/valid_on", &valid_on.get_untracked(), today);
        let read_kind = RateKind::parse(&kind.get_untracked());
        if read_kind.is_none() {
            errors.push(FieldError::new("/kind", Code::Required));
        }
        let read_rate =
            parse_rate(&rate.get_untracked()).map_err(|code| errors.push(FieldError::new("/rate", code))).ok();
        let (Some(currency), Some(kind), Some(rate)) = (read_currency, read_kind, read_rate) else {
            form.check(errors);
            return;
        };
        let draft = RateDraft { currency, valid_on, kind, rate, source: source.get_untracked().trim().to_owned() };
        errors.extend(draft.errors(today));
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            api::call(&AddRate {}, &Nothing {}, &draft).await?;
            toast(t("rate-added"));
            on_done.run(());
            Ok(())
        });
    });
    let options = kinds().into_iter().map(|(value, label)| (value, label, None)).collect();
    view! {
        <FormBox form submit=t("rate-enter") on_submit=send>
            <TextInput pointer="/currency" label=t("currency") hint=t("currency-hint") value=currency class="narrow"/>
            <RadioGroup pointer="/kind" label=t("rate-kind") value=kind options/>
            <DateInput pointer="/valid_on" label=t("rate-date") hint=t("rate-date-hint") value=valid_on/>
            <TextInput pointer="/rate" label=t("rate-per-euro") hint=t("rate-per-euro-hint") value=rate class="narrow"/>
            <TextInput pointer="/source" label=t("rate-source") hint=t("rate-source-hint") value=source/>
            <p class="muted">{t("rate-add-note")}</p>
        </FormBox>
    }
}

#[component]
fn Withdraw(rate_id: RateId, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let request = ReasonRequest { reason: reason.get_untracked().trim().to_owned() };
        if !form.check(request.errors()) {
            return;
        }
        form.submit(async move {
            api::call(&WithdrawRate { rate_id }, &Nothing {}, &request).await?;
            toast(t("rate-withdrawn"));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("rate-withdraw") on_submit=send>
            <TextInput pointer="/reason" label=t("reason") value=reason/>
        </FormBox>
    }
}
