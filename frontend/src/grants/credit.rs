//! What arrived with a payment, where the recipient reports in another currency (M51): told by one
//! person, confirmed by another (M70).

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::grants::{ConfirmCredit, Credit, CreditDraft, Disbursement, RecordCredit};
use shared::ids::DisbursementId;
use shared::permission::Permission;
use shared::time::Date;

use crate::components::{Button, ConfirmButton, DateInput, Dialog, FormBox, MoneyInput, TextInput, toast};
use crate::form::Form;
use crate::fund::{act, date, read_date, read_money, step};
use crate::i18n::t;
use crate::{api, clock, session};

/// What arrived with a paid payment, and the reader's step on it.
pub(super) fn section(payment: &Disbursement, currency: Currency, reload: Callback<()>) -> AnyView {
    let Some(paid_on) = payment.value_date.filter(|_| payment.state.is_paid()) else { return ().into_any() };
    let shown = payment.credit.as_ref().map(told);
    let is_open = payment.credit.as_ref().is_none_or(|credit| credit.confirmed.is_none());
    let record = (is_open && session::may(Permission::RecordCredit)).then(|| {
        let open = RwSignal::new(false);
        let (id, version, credit) = (payment.id, payment.version, payment.credit.clone());
        let done = Callback::new(move |()| {
            open.set(false);
            reload.run(());
        });
        view! {
            <Button label=t("credit-record") on_press=move |()| open.set(true)/>
            <Dialog open title=t("credit-record")>
                {record_form((id, version), currency, paid_on, credit.clone(), done)}
            </Dialog>
        }
        .into_any()
    });
    let may_confirm = session::may(Permission::ApproveDisbursement);
    let confirm = payment.credit.as_ref().filter(|credit| credit.confirmed.is_none() && may_confirm).map(|credit| {
        if credit.is_own {
            return view! { <p class="muted">{t("another-person")}</p> }.into_any();
        }
        let (disbursement_id, version, received) = (payment.id, payment.version, credit.received);
        let press = Callback::new(move |()| {
            act(
                async move {
                    let endpoint = ConfirmCredit { disbursement_id };
                    api::call_if_match(&endpoint, &Nothing {}, &Nothing {}, version).await?;
                    Ok(t("step-done"))
                },
                reload,
            );
        });
        let label = crate::t!("credit-confirm", amount = received);
        view! { <ConfirmButton label explain=t("credit-confirm-explain") on_confirm=press/> }.into_any()
    });
    view! { <div>{shown}{record}{confirm}</div> }.into_any()
}

fn told(credit: &Credit) -> AnyView {
    let received = credit.received;
    let by = match &credit.confirmed {
        Some(confirmed) => step("step-confirmed", confirmed),
        None => step("credit-told", &credit.recorded),
    };
    view! {
        <p>
            {crate::t!("credit-arrived", amount = received)}
            <br/>
            <span class="muted">{credit.reference.clone()}" · "{date(credit.credited_on)}</span>
            <br/>
            {by}
        </p>
    }
    .into_any()
}

fn record_form(
    (disbursement_id, version): (DisbursementId, i64),
    currency: Currency,
    paid_on: Date,
    before: Option<Credit>,
    on_done: Callback<()>,
) -> AnyView {
    let form = Form::new();
    let received = RwSignal::new(before.as_ref().map(|credit| credit.received.amount()).unwrap_or_default());
    let day = before.as_ref().map_or_else(|| clock::now().date(), |credit| credit.credited_on);
    let credited_on = RwSignal::new(day.to_string());
    let reference = RwSignal::new(before.map(|credit| credit.reference).unwrap_or_default());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let draft = CreditDraft {
            received: read_money(&mut errors, "/received", &received.get_untracked(), currency),
            credited_on: read_date(&mut errors, "/credited_on", &credited_on.get_untracked(), today),
            reference: reference.get_untracked().trim().to_owned(),
        };
        if errors.is_empty() {
            errors = draft.errors(currency, paid_on, today);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            api::call_if_match(&RecordCredit { disbursement_id }, &Nothing {}, &draft, version).await?;
            toast(t("credit-recorded"));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <p>{t("credit-record-explain")}</p>
        <FormBox form submit=t("credit-record") on_submit=send>
            <MoneyInput
                pointer="/received"
                label=t("credit-received")
                value=received
                currency=Signal::derive(move || currency)
            />
            <DateInput pointer="/credited_on" label=t("credit-day") value=credited_on/>
            <TextInput pointer="/reference" label=t("credit-reference") value=reference/>
        </FormBox>
    }
    .into_any()
}
