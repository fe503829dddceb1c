//! Money set aside for administration or as reserve.

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::{
    Allocation, AllocationDraft, AllocationQuery, BookingState, ConfirmAllocation, EntryKind, GetPosition,
    ListAllocations, PositionQuery, PrepareAllocation, Purpose,
};
use shared::ids::FundId;
use shared::permission::Permission;
use shared::problem::{Code, FieldError};

use super::contributions::booking_badge;
use super::corrections::{Asked, ask_button, ask_dialog};
use super::{
    act, amount, date, figure, fund_id, on_day, position_bar, read_date, read_money, rows_of, set_up, step, tabs,
};
use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, DataTable, DateInput, Dialog, EmptyState, FormBox, LoadMore, MoneyInput,
    Page, RadioGroup, Row, TextInput, toast,
};
use crate::form::Form;
use crate::i18n::{t, word};
use crate::load::{load, paged};
use crate::{api, clock, session};

/// What is set aside.
pub fn allocations_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up::page(),
    }
}

fn of(fund_id: FundId) -> AnyView {
    let list = paged(move |after| {
        let query = AllocationQuery { after: after.and_then(|after| after.parse().ok()), state: None };
        async move { api::call(&ListAllocations { fund_id }, &query, &Nothing {}).await }
    });
    let position =
        load(move || async move { api::call(&GetPosition { fund_id }, &PositionQuery::default(), &Nothing {}).await });
    let reload = Callback::new(move |()| {
        list.reload();
        position.reload();
    });
    let adding = RwSignal::new(false);
    let asked = RwSignal::new(None::<Asked>);
    let done = Callback::new(move |()| {
        adding.set(false);
        reload.run(());
    });
    let columns = vec![
        Column::text(t("allocation-purpose")),
        Column::text(t("state")),
        Column::number(t("amount-eur")),
        Column::text(t("posted-on")),
        Column::text(t("reason")),
        Column::text(t("four-eyes")),
        Column::text(t("actions")),
    ];
    let rows = Callback::new(move |()| list.rows(move |row| allocation_row(row, reload, asked)));
    view! {
        <Page
            title=t("allocations-title")
            wide=true
            action=move || {
                session::may(Permission::PrepareFund).then(|| view! {
                    <Button label=t("allocation-new") kind=ButtonKind::Primary on_press=move |()| adding.set(true)/>
                }.into_any())
            }
        >
            {tabs()}
            {move || position.view(|position| position_bar(position, None))}
            <DataTable
                caption=t("allocations-title")
                hide_caption=true
                columns
                rows
                retry=reload
                empty=|| view! { <EmptyState title=t("allocations-empty") hint=t("allocations-empty-hint")/> }
            />
            <LoadMore list/>
            {ask_dialog(asked, reload)}
            <Dialog open=adding title=t("allocation-new")><SetAside fund_id on_done=done/></Dialog>
        </Page>
    }
    .into_any()
}

fn allocation_row(row: &Allocation, reload: Callback<()>, asked: RwSignal<Option<Asked>>) -> Row {
    let (id, version, set_aside) = (row.id, row.version, row.amount);
    let key = StoredValue::new(api::new_key());
    let confirm = Callback::new(move |()| {
        act(
            async move {
                let endpoint = ConfirmAllocation { allocation_id: id };
                let done = api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)).await?;
                Ok(crate::t!("allocation-confirmed", amount = done.amount))
            },
            reload,
        );
    });
    let actions = match row.state {
        BookingState::Confirmed => ask_button(Asked::ReverseAllocation(id), asked),
        BookingState::Cancelled | BookingState::Reversed => ().into_any(),
        BookingState::Prepared if row.is_own => view! { <span class="muted">{t("another-person")}</span> }.into_any(),
        BookingState::Prepared if session::may(Permission::ApproveFund) => view! {
            <ConfirmButton
                label=crate::t!("allocation-confirm", amount = set_aside)
                explain=crate::t!("allocation-confirm-explain", amount = set_aside)
                on_confirm=confirm
            />
        }
        .into_any(),
        BookingState::Prepared => view! { <span class="muted">{t("waits-for-approver")}</span> }.into_any(),
    };
    Row(vec![
        view! { {word("purpose", row.purpose.as_str())} }.into_any(),
        booking_badge(row.state),
        match row.state {
            BookingState::Confirmed | BookingState::Reversed => {
                let days = on_day(row.posted_on);
                figure(set_aside, rows_of(row.purpose.account(), Some(EntryKind::Allocation), &days))
            }
            BookingState::Prepared | BookingState::Cancelled => view! { {amount(set_aside)} }.into_any(),
        },
        view! { {date(row.posted_on)} }.into_any(),
        row.reason.clone().into_any(),
        view! {
            {step("step-recorded", &row.prepared_by)}
            {row.confirmed_by.as_ref().map(|by| view! { <br/>{step("step-confirmed", by)} }.into_any())}
        }
        .into_any(),
        view! {
            {actions}
            {(row.state == BookingState::Prepared).then(|| ask_button(Asked::CancelAllocation(id, version), asked))}
        }
        .into_any(),
    ])
}

#[component]
fn SetAside(fund_id: FundId, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let [purpose, typed, reason] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let posted_on = RwSignal::new(clock::now().date().to_string());
    let key = StoredValue::new(api::new_key());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let set_aside = read_money(&mut errors, "/amount", &typed.get_untracked(), Currency::EUR);
        let posted_on = read_date(&mut errors, "/posted_on", &posted_on.get_untracked(), today);
        let Some(purpose) = Purpose::parse(&purpose.get_untracked()) else {
            errors.push(FieldError::new("/purpose", Code::Required));
            form.check(errors);
            return;
        };
        let reason = reason.get_untracked().trim().to_owned();
        let draft = AllocationDraft { purpose, amount: set_aside, posted_on, reason };
        if errors.is_empty() {
            errors = draft.errors(Currency::EUR, today);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = PrepareAllocation { fund_id };
            let made = api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(crate::t!("allocation-recorded", amount = made.amount));
            on_done.run(());
            Ok(())
        });
    });
    let purposes = Purpose::ALL.iter().map(|p| (p.as_str().to_owned(), word("purpose", p.as_str()), None)).collect();
    view! {
        <FormBox form submit=t("allocation-record") on_submit=send>
            <RadioGroup pointer="/purpose" label=t("allocation-purpose") value=purpose options=purposes/>
            <MoneyInput pointer="/amount" label=t("amount") value=typed currency=Signal::derive(|| Currency::EUR)/>
            <DateInput pointer="/posted_on" label=t("posted-on") value=posted_on/>
            <TextInput pointer="/reason" label=t("reason") hint=t("allocation-reason-hint") value=reason/>
            <p class="muted">{t("allocation-record-note")}</p>
        </FormBox>
    }
}
