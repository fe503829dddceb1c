//! Contributions and what arrived on them: recorded by one person, confirmed by another (M70).

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::{
    Account, BookingState, ConfirmReceipt, Contribution, ContributionDraft, ContributionQuery, ContributionState,
    CreateContribution, EntryKind, ListContributions, ListDonors, ListReceipts, PrepareReceipt, Receipt, ReceiptDraft,
    ReceiptQuery, SignContribution, SignContributionRequest,
};
use shared::ids::FundId;
use shared::money::Money;
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::rates::RateKind;

use super::corrections::{Asked, ask_button, ask_dialog};
use super::earmark::{EarmarkFields, told};
use super::rate_choice::RateChoice;
use super::{
    act, amount, date, figure, fund_id, money, on_day, preview, read_date, read_money, rows_of, set_up, step, tabs,
};
use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, DataTable, DateInput, Dialog, EmptyState, FormBox, LoadMore, MoneyInput,
    Page, Row, Select, StatusBadge, TextInput, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t, word};
use crate::load::{Paged, load, paged};
use crate::routes::Path;
use crate::{api, clock, router, session};

/// Contributions and receipts.
pub fn contributions_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up::page(),
    }
}

fn of(fund_id: FundId) -> AnyView {
    let list = paged(move |after| {
        let query = ContributionQuery {
            donor_id: router::query("donor").and_then(|id| id.parse().ok()),
            state: router::query("state").and_then(|state| ContributionState::parse(&state)),
            after: after.and_then(|after| after.parse().ok()),
        };
        async move { api::call(&ListContributions { fund_id }, &query, &Nothing {}).await }
    });
    let receipts = paged(move |after| {
        let query = ReceiptQuery {
            donor_id: router::query("donor").and_then(|id| id.parse().ok()),
            contribution_id: router::query("contribution").and_then(|id| id.parse().ok()),
            after: after.and_then(|after| after.parse().ok()),
            ..ReceiptQuery::default()
        };
        async move { api::call(&ListReceipts { fund_id }, &query, &Nothing {}).await }
    });
    let reload = Callback::new(move |()| {
        list.reload();
        receipts.reload();
    });
    let adding = RwSignal::new(false);
    let asked = RwSignal::new(None::<Asked>);
    let signing = RwSignal::new(None::<Contribution>);
    let receiving = RwSignal::new(None::<Contribution>);
    let (sign_open, receive_open) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| sign_open.set(signing.with(Option::is_some)));
    Effect::new(move |_| receive_open.set(receiving.with(Option::is_some)));
    let done = Callback::new(move |()| {
        adding.set(false);
        signing.set(None);
        receiving.set(None);
        reload.run(());
    });
    let columns = vec![
        Column::text(t("contribution")),
        Column::text(t("state")),
        Column::number(t("contribution-signed")),
        Column::number(t("contribution-received")),
        Column::number(t("contribution-receivable")),
        Column::text(t("four-eyes")),
        Column::text(t("actions")),
    ];
    let rows = Callback::new(move |()| list.rows(move |row| contribution_row(row, signing, receiving, asked)));
    let states: Vec<_> = ContributionState::ALL
        .iter()
        .map(|state| (state.as_str().to_owned(), word("contribution-state", state.as_str())))
        .collect();
    // Figures elsewhere open one donor's or one contribution's rows here.
    let narrowed = move || {
        let is_narrow = router::query("donor").is_some() || router::query("contribution").is_some();
        is_narrow.then(|| {
            view! { <p>{t("contributions-narrowed")}" "<a href=Path::Contributions.to_string()>{t("contributions-all")}</a></p> }
                .into_any()
        })
    };
    let filter = RwSignal::new(router::query("state").unwrap_or_default());
    Effect::new(move |_| router::set_query(&[("state", Some(&filter.get()))]));
    view! {
        <Page
            title=t("contributions-title")
            wide=true
            action=move || {
                session::may(Permission::PrepareFund).then(|| view! {
                    <Button label=t("contribution-new") kind=ButtonKind::Primary on_press=move |()| adding.set(true)/>
                }.into_any())
            }
        >
            {tabs()}
            <div class="search">
                <Select pointer="/state" label=t("state") value=filter options=states optional=true none=t("any-state")/>
            </div>
            {narrowed}
            <DataTable
                caption=t("contributions-title")
                hide_caption=true
                columns
                rows
                retry=reload
                empty=|| view! { <EmptyState title=t("contributions-empty") hint=t("contributions-empty-hint")/> }
            />
            <LoadMore list/>
            <h2>{t("receipts-title")}</h2>
            {receipts_table(receipts, reload, asked)}
            {ask_dialog(asked, reload)}
            <Dialog open=adding title=t("contribution-new")><Pledge fund_id on_done=done/></Dialog>
            <Dialog open=sign_open title=t("contribution-sign")>
                {move || signing.get().map(|contribution| view! { <Sign contribution on_done=done/> }.into_any())}
            </Dialog>
            <Dialog open=receive_open title=t("receipt-new")>
                {move || receiving.get().map(|contribution| view! { <Receive contribution on_done=done/> }.into_any())}
            </Dialog>
        </Page>
    }
    .into_any()
}

fn tone(state: ContributionState) -> Tone {
    match state {
        ContributionState::Pledged => Tone::Attention,
        ContributionState::Signed | ContributionState::PartlyReceived => Tone::Info,
        ContributionState::Received => Tone::Good,
        ContributionState::Terminated | ContributionState::Refused => Tone::Neutral,
    }
}

/// An amount that opens its rows and, below it, what it is in euros.
fn with_eur(own: Money, eur: Money, rows: Option<String>) -> AnyView {
    let shown = match rows {
        Some(url) => view! { <a class="amount" href=url>{money(own)}</a> }.into_any(),
        None => view! { {money(own)} }.into_any(),
    };
    view! {
        {shown}
        {(own.currency() != eur.currency()).then(|| view! { <br/><span class="muted">{money(eur)}</span> }.into_any())}
    }
    .into_any()
}

fn contribution_row(
    row: &Contribution,
    signing: RwSignal<Option<Contribution>>,
    receiving: RwSignal<Option<Contribution>>,
    asked: RwSignal<Option<Asked>>,
) -> Row {
    let (gain, ended) = (row.gain, row.terminated);
    let (rate, source) = (row.budget_rate.to_string(), row.rate_source.clone());
    let is_foreign = row.signed.currency() != row.signed_eur.currency();
    let (for_sign, for_receipt) = (row.clone(), row.clone());
    let actions = match row.state {
        ContributionState::Pledged if row.is_own => {
            view! { <span class="muted">{t("another-person")}</span> }.into_any()
        }
        ContributionState::Pledged if session::may(Permission::ApproveFund) => {
            view! { <Button label=t("contribution-sign") on_press=move |()| signing.set(Some(for_sign.clone()))/> }
                .into_any()
        }
        ContributionState::Signed | ContributionState::PartlyReceived if session::may(Permission::PrepareFund) => {
            view! {
                <Button label=t("receipt-new") on_press=move |()| receiving.set(Some(for_receipt.clone()))/>
                {ask_button(Asked::End(row.id), asked)}
            }
            .into_any()
        }
        _ => ().into_any(),
    };
    // What is not signed has no rows.
    let of = vec![("contribution", row.id.to_string())];
    let is_signed = row.signed_on.is_some();
    let rows = move |account, kind| is_signed.then(|| rows_of(account, kind, &of));
    let refuse =
        (row.state == ContributionState::Pledged).then(|| ask_button(Asked::Refuse(row.id, row.version), asked));
    Row(vec![
        view! {
            <strong>{row.donor.code.clone()}</strong>" · "{row.reference.clone()}
            <br/>
            <span class="muted">{row.donor.name.clone()}</span>
            {told(row)}
        }
        .into_any(),
        view! { <StatusBadge word=word("contribution-state", row.state.as_str()) tone=tone(row.state)/> }.into_any(),
        view! {
            {with_eur(row.signed, row.signed_eur, rows(Account::Receivable, Some(EntryKind::Contribution)))}
            {is_foreign.then(|| view! { <br/><span class="muted">{crate::t!("budget-rate-is", rate = rate)}" · "{source}</span> }.into_any())}
        }
        .into_any(),
        view! {
            {with_eur(row.received, row.received_eur, rows(Account::Cash, Some(EntryKind::Receipt)))}
            {(gain.minor() != 0).then(|| view! {
                <br/>
                <a class="muted" href=rows(Account::Headroom, Some(EntryKind::Receipt))>{crate::t!("fund-own-gain", amount = gain)}</a>
            }.into_any())}
        }
        .into_any(),
        view! {
            {with_eur(row.receivable, row.receivable, rows(Account::Receivable, None))}
            {(ended.minor() != 0).then(|| view! { <br/><span class="muted">{crate::t!("contribution-ended", amount = ended)}</span> }.into_any())}
        }
        .into_any(),
        view! {
            {step("step-recorded", &row.prepared_by)}
            {row.signed_by.as_ref().map(|by| view! { <br/>{step("step-confirmed", by)} }.into_any())}
        }
        .into_any(),
        view! { {actions}{refuse} }.into_any(),
    ])
}

fn receipts_table(list: Paged<Receipt>, reload: Callback<()>, asked: RwSignal<Option<Asked>>) -> AnyView {
    let columns = vec![
        Column::text(t("receipt")),
        Column::text(t("state")),
        Column::number(t("amount")),
        Column::number(t("booked-eur")),
        Column::number(t("gain")),
        Column::text(t("four-eyes")),
        Column::text(t("actions")),
    ];
    let rows = Callback::new(move |()| list.rows(move |row| receipt_row(row, reload, asked)));
    view! {
        <DataTable
            caption=t("receipts-title")
            hide_caption=true
            columns
            rows
            retry=reload
            empty=|| view! { <EmptyState title=t("receipts-empty") hint=t("receipts-empty-hint")/> }
        />
        <LoadMore list/>
    }
    .into_any()
}

fn receipt_row(row: &Receipt, reload: Callback<()>, asked: RwSignal<Option<Asked>>) -> Row {
    let (id, version, arrived, eur) = (row.id, row.version, row.amount, row.eur);
    let key = StoredValue::new(api::new_key());
    let confirm = Callback::new(move |()| {
        act(
            async move {
                let endpoint = ConfirmReceipt { receipt_id: id };
                let done = api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)).await?;
                Ok(crate::t!("receipt-confirmed", amount = done.amount))
            },
            reload,
        );
    });
    let actions = match row.state {
        BookingState::Confirmed => ask_button(Asked::ReverseReceipt(id), asked),
        BookingState::Cancelled | BookingState::Reversed => ().into_any(),
        BookingState::Prepared if row.is_own => view! { <span class="muted">{t("another-person")}</span> }.into_any(),
        BookingState::Prepared if session::may(Permission::ApproveFund) => view! {
            <ConfirmButton
                label=crate::t!("receipt-confirm", amount = arrived)
                explain=crate::t!("receipt-confirm-explain", amount = eur)
                on_confirm=confirm
            />
        }
        .into_any(),
        BookingState::Prepared => view! { <span class="muted">{t("waits-for-approver")}</span> }.into_any(),
    };
    let of = [vec![("contribution", row.contribution_id.to_string())], on_day(row.received_on)].concat();
    let is_booked = matches!(row.state, BookingState::Confirmed | BookingState::Reversed);
    let opens = move |shown: Money, account| match is_booked {
        true => figure(shown, rows_of(account, None, &of)),
        false => view! { {amount(shown)} }.into_any(),
    };
    let (rate, source) = (row.bank_rate.to_string(), row.rate_source.clone());
    let is_foreign = arrived.currency() != eur.currency();
    Row(vec![
        view! {
            <strong>{row.donor.code.clone()}</strong>" · "{row.reference.clone()}
            <br/>
            <span class="muted">{date(row.received_on)}" · "{row.bank_reference.clone()}</span>
        }
        .into_any(),
        booking_badge(row.state),
        view! {
            {money(arrived)}
            {is_foreign.then(|| view! { <br/><span class="muted">{crate::t!("bank-rate-is", rate = rate)}" · "{source}</span> }.into_any())}
        }
        .into_any(),
        opens(eur, Account::Cash),
        opens(row.gain, Account::Headroom),
        view! {
            {step("step-recorded", &row.prepared_by)}
            {row.confirmed_by.as_ref().map(|by| view! { <br/>{step("step-confirmed", by)} }.into_any())}
        }
        .into_any(),
        view! {
            {actions}
            {(row.state == BookingState::Prepared).then(|| ask_button(Asked::CancelReceipt(id, version), asked))}
        }
        .into_any(),
    ])
}

/// How far a booking is, as a badge.
pub(super) fn booking_badge(state: BookingState) -> AnyView {
    let tone = match state {
        BookingState::Prepared => Tone::Attention,
        BookingState::Confirmed => Tone::Good,
        BookingState::Cancelled | BookingState::Reversed => Tone::Neutral,
    };
    view! { <StatusBadge word=word("booking-state", state.as_str()) tone/> }.into_any()
}

/// What the amount is in euros, as soon as it can be told.
fn eur_preview(amount: RwSignal<String>, rate: RwSignal<String>, currency: Signal<Currency>) -> AnyView {
    let shown = move || {
        let eur = preview(&amount.get(), &rate.get(), currency.get())?;
        Some(view! { <p class="preview">{crate::t!("preview-eur", amount = eur)}</p> }.into_any())
    };
    view! { <div role="status">{shown}</div> }.into_any()
}

#[component]
fn Pledge(fund_id: FundId, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let [donor, reference, code, signed] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let pledged_on = RwSignal::new(clock::now().date().to_string());
    let rate = RateChoice::new(RateKind::Budget, "/budget_rate");
    let [valid_from, valid_until] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let earmark = EarmarkFields::new();
    let key = StoredValue::new(api::new_key());
    let currency = Signal::derive(move || Currency::parse(&code.get().trim().to_uppercase()).unwrap_or(Currency::EUR));
    let donors = load(move || async move { api::call(&ListDonors { fund_id }, &Nothing {}, &Nothing {}).await });
    let options = Signal::derive(move || {
        donors
            .with(|page| {
                let name = |o: &shared::people::OrganisationRef| Text::from(format!("{} · {}", o.code, o.name));
                page.items.iter().map(|o| (o.id.to_string(), name(o))).collect()
            })
            .unwrap_or_default()
    });
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let typed = code.get_untracked().trim().to_uppercase();
        if typed.is_empty() {
            errors.push(FieldError::new("/currency", Code::Required));
        } else if let Err(code) = Currency::parse(&typed) {
            errors.push(FieldError::new("/currency", code));
        }
        let currency = currency.get_untracked();
        let signed = read_money(&mut errors, "/signed", &signed.get_untracked(), currency);
        let (budget_rate, rate_source, rate_id) = rate.read(&mut errors, currency);
        let today = clock::now().date();
        let pledged_on = read_date(&mut errors, "/pledged_on", &pledged_on.get_untracked(), today);
        let Ok(donor_id) = donor.get_untracked().parse() else {
            errors.push(FieldError::new("/donor_id", Code::Required));
            form.check(errors);
            return;
        };
        let reference = reference.get_untracked().trim().to_owned();
        let mut optional = |pointer: &str, value: RwSignal<String>| {
            let text = value.get_untracked();
            (!text.is_empty()).then(|| read_date(&mut errors, pointer, &text, today))
        };
        let (valid_from, valid_until) = (optional("/valid_from", valid_from), optional("/valid_until", valid_until));
        let earmark = earmark.read();
        let draft = ContributionDraft {
            donor_id,
            reference,
            signed,
            budget_rate,
            rate_source,
            rate_id,
            pledged_on,
            earmark,
            valid_from,
            valid_until,
        };
        if errors.is_empty() {
            errors = draft.errors();
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = CreateContribution { fund_id };
            let made = api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(crate::t!("contribution-recorded", reference = made.reference));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("contribution-record") on_submit=send>
            <Select pointer="/donor_id" label=t("donor") hint=t("donor-hint") value=donor options/>
            <TextInput pointer="/reference" label=t("contribution-reference") hint=t("contribution-reference-hint") value=reference/>
            <TextInput pointer="/currency" label=t("currency") hint=t("currency-hint") value=code class="narrow"/>
            <MoneyInput pointer="/signed" label=t("contribution-signed") value=signed currency/>
            <DateInput pointer="/pledged_on" label=t("contribution-pledged-on") value=pledged_on/>
            {rate.view(currency, pledged_on)}
            {eur_preview(signed, rate.rate, currency)}
            <DateInput pointer="/valid_from" label=t("contribution-valid-from") value=valid_from optional=true/>
            <DateInput pointer="/valid_until" label=t("contribution-valid-until") value=valid_until optional=true/>
            {earmark.view()}
            <p class="muted">{t("contribution-record-note")}</p>
        </FormBox>
    }
}

#[component]
fn Sign(contribution: Contribution, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let signed_on = RwSignal::new(clock::now().date().to_string());
    let key = StoredValue::new(api::new_key());
    let (id, version, eur) = (contribution.id, contribution.version, contribution.signed_eur);
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let signed_on = read_date(&mut errors, "/signed_on", &signed_on.get_untracked(), today);
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = SignContribution { contribution_id: id };
            let request = SignContributionRequest { signed_on };
            let done = api::call_once(&endpoint, &Nothing {}, &request, &key.get_value(), Some(version)).await?;
            toast(crate::t!("contribution-signed-done", reference = done.reference));
            on_done.run(());
            Ok(())
        });
    });
    let (donor, signed) = (contribution.donor.name.clone(), contribution.signed);
    view! {
        <p>{crate::t!("contribution-sign-explain", donor = donor, amount = signed, eur = eur)}</p>
        <FormBox form submit=crate::t!("contribution-sign-amount", amount = signed) on_submit=send>
            <DateInput pointer="/signed_on" label=t("contribution-signed-on") value=signed_on/>
        </FormBox>
    }
}

#[component]
fn Receive(contribution: Contribution, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let currency = contribution.signed.currency();
    let left = contribution.signed.checked_sub(contribution.received).ok();
    let rate = RateChoice::new(RateKind::Bank, "/bank_rate");
    let [typed, bank_reference] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let received_on = RwSignal::new(clock::now().date().to_string());
    let key = StoredValue::new(api::new_key());
    let id = contribution.id;
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let (bank_rate, rate_source, rate_id) = rate.read(&mut errors, currency);
        let draft = ReceiptDraft {
            amount: read_money(&mut errors, "/amount", &typed.get_untracked(), currency),
            bank_rate,
            rate_source,
            rate_id,
            received_on: read_date(&mut errors, "/received_on", &received_on.get_untracked(), today),
            bank_reference: bank_reference.get_untracked().trim().to_owned(),
        };
        if errors.is_empty() {
            errors = draft.errors(currency, today);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = PrepareReceipt { contribution_id: id };
            let made = api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(crate::t!("receipt-recorded", amount = made.amount));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        {left.map(|left| view! {
            <p>{crate::t!("receipt-left", reference = contribution.reference.clone(), amount = left)}</p>
        }.into_any())}
        <FormBox form submit=t("receipt-record") on_submit=send>
            <MoneyInput pointer="/amount" label=t("receipt-amount") value=typed currency=Signal::derive(move || currency)/>
            <DateInput pointer="/received_on" label=t("receipt-received-on") value=received_on/>
            {rate.view(Signal::derive(move || currency), received_on)}
            {eur_preview(typed, rate.rate, Signal::derive(move || currency))}
            <TextInput pointer="/bank_reference" label=t("bank-reference") hint=t("bank-reference-hint") value=bank_reference/>
            <p class="muted">{t("receipt-record-note")}</p>
        </FormBox>
    }
}
