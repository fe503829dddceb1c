//! The steps of a payment, from any page: each button says what it will do.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::grants::{
    ApproveDisbursement, ApproveReversal, CancelDisbursement, Disbursement, DisbursementDraft, FailDisbursement, Grant,
    InstructDisbursement, PayDisbursement, Payment, PaymentStep, PrepareDisbursement, PrepareReversal, RefuseReversal,
    RetryDisbursement, ReversalDraft, SecondApproveDisbursement, VerifyDisbursement,
};
use shared::ids::{AgreementId, DisbursementId, TrancheId};
use shared::money::Money;
use shared::permission::Permission;

use super::because::because_button;
use crate::api::ApiError;
use crate::components::{Button, ButtonKind, ConfirmButton, DateInput, Dialog, FormBox, MoneyInput, TextInput, toast};
use crate::form::Form;
use crate::fund::{act, money, read_date, read_money};
use crate::i18n::{Text, t};
use crate::{api, clock, session};

/// A payment that waits for a step.
#[derive(Clone)]
pub(super) struct Waiting {
    /// The payment.
    pub id: DisbursementId,
    /// The version that was read.
    pub version: i64,
    /// Its number.
    pub number: String,
    /// To whom.
    pub recipient: String,
    /// How much.
    pub amount: Money,
    /// What comes next.
    pub next: PaymentStep,
}

/// The button of a payment's next step; `on_done` follows with or without success, so that the
/// page shows what is true.
pub(super) fn step_button(waiting: Waiting, on_done: Callback<()>) -> AnyView {
    let amount = waiting.amount;
    let (label, explain) = match waiting.next {
        PaymentStep::Verify => (crate::t!("payment-verify", amount = amount), t("payment-verify-explain")),
        PaymentStep::Approve => (crate::t!("payment-approve", amount = amount), t("payment-approve-explain")),
        PaymentStep::SecondApprove => {
            (crate::t!("payment-approve-second", amount = amount), t("payment-approve-second-explain"))
        }
        PaymentStep::Instruct => (crate::t!("payment-instruct", amount = amount), t("payment-instruct-explain")),
        PaymentStep::Retry => (crate::t!("payment-retry", amount = amount), t("payment-retry-explain")),
        PaymentStep::ApproveReversal => {
            (crate::t!("payment-approve-reversal", amount = amount), t("payment-approve-reversal-explain"))
        }
        PaymentStep::Pay => return pay_button(waiting, on_done),
        PaymentStep::Prepare | PaymentStep::Done => return ().into_any(),
    };
    let (number, recipient) = (waiting.number.clone(), waiting.recipient.clone());
    let to = crate::t!("payment-to", number = number, recipient = recipient);
    let explain = Text::new(move || format!("{} {}", to.get(), explain.get()));
    let key = StoredValue::new(api::new_key());
    let confirm = Callback::new(move |()| {
        let waiting = waiting.clone();
        act(
            async move {
                let number = run(&waiting, key).await.map(|_| waiting.number.clone())?;
                Ok(crate::t!("payment-goes-on", number = number))
            },
            on_done,
        );
    });
    view! { <ConfirmButton label explain kind=ButtonKind::Primary on_confirm=confirm/> }.into_any()
}

/// Does a step that needs no further words.
async fn run(waiting: &Waiting, key: StoredValue<String>) -> Result<Grant, ApiError> {
    let (disbursement_id, version, none) = (waiting.id, waiting.version, Nothing {});
    match waiting.next {
        PaymentStep::Verify => api::call_if_match(&VerifyDisbursement { disbursement_id }, &none, &none, version).await,
        PaymentStep::Approve => {
            api::call_if_match(&ApproveDisbursement { disbursement_id }, &none, &none, version).await
        }
        PaymentStep::SecondApprove => {
            api::call_if_match(&SecondApproveDisbursement { disbursement_id }, &none, &none, version).await
        }
        PaymentStep::Retry => api::call_if_match(&RetryDisbursement { disbursement_id }, &none, &none, version).await,
        PaymentStep::ApproveReversal => {
            let endpoint = ApproveReversal { disbursement_id };
            api::call_once(&endpoint, &none, &none, &key.get_value(), Some(version)).await
        }
        _ => api::call_if_match(&InstructDisbursement { disbursement_id }, &none, &none, version).await,
    }
}

/// Records that the bank has paid: its reference and the value date.
fn pay_button(waiting: Waiting, on_done: Callback<()>) -> AnyView {
    let open = RwSignal::new(false);
    let amount = waiting.amount;
    let done = Callback::new(move |()| {
        open.set(false);
        on_done.run(());
    });
    view! {
        <Button label=crate::t!("payment-pay", amount = amount) kind=ButtonKind::Primary on_press=move |()| open.set(true)/>
        <Dialog open title=t("payment-pay-title")>{pay_form(waiting.clone(), done)}</Dialog>
    }
    .into_any()
}

fn pay_form(waiting: Waiting, on_done: Callback<()>) -> AnyView {
    let form = Form::new();
    let reference = RwSignal::new(String::new());
    let value_date = RwSignal::new(clock::now().date().to_string());
    // One intention, one key: however often it is sent, it is paid once (M34).
    let key = StoredValue::new(api::new_key());
    let (id, version, amount) = (waiting.id, waiting.version, waiting.amount);
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let payment = Payment {
            bank_reference: reference.get_untracked().trim().to_owned(),
            value_date: read_date(&mut errors, "/value_date", &value_date.get_untracked(), today),
        };
        if errors.is_empty() {
            errors = payment.errors(today);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = PayDisbursement { disbursement_id: id };
            api::call_once(&endpoint, &Nothing {}, &payment, &key.get_value(), Some(version)).await?;
            toast(crate::t!("payment-paid", amount = amount));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <p>{crate::t!("payment-to", number = waiting.number, recipient = waiting.recipient)}" "<strong>{money(amount)}</strong></p>
        <FormBox form submit=crate::t!("payment-pay", amount = amount) on_submit=send>
            <TextInput pointer="/bank_reference" label=t("bank-reference") hint=t("bank-reference-hint") value=reference/>
            <DateInput pointer="/value_date" label=t("payment-value-date") hint=t("payment-value-date-hint") value=value_date/>
            <p class="muted">{t("payment-pay-note")}</p>
        </FormBox>
    }
    .into_any()
}

/// Prepares a payment on a tranche: what is left of it, or less.
pub(super) fn prepare_button(
    agreement: AgreementId,
    tranche: TrancheId,
    left: Money,
    on_done: Callback<()>,
) -> AnyView {
    let open = RwSignal::new(false);
    let done = Callback::new(move |()| {
        open.set(false);
        on_done.run(());
    });
    view! {
        <Button label=t("payment-prepare") on_press=move |()| open.set(true)/>
        <Dialog open title=t("payment-prepare")>{prepare_form(agreement, tranche, left, done)}</Dialog>
    }
    .into_any()
}

fn prepare_form(agreement_id: AgreementId, tranche_id: TrancheId, left: Money, on_done: Callback<()>) -> AnyView {
    let form = Form::new();
    let typed = RwSignal::new(left.amount());
    let key = StoredValue::new(api::new_key());
    let currency = left.currency();
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let amount = read_money(&mut errors, "/amount", &typed.get_untracked(), currency);
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let draft = DisbursementDraft { tranche_id, amount };
            let endpoint = PrepareDisbursement { agreement_id };
            api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(crate::t!("payment-prepared", amount = amount));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <p>{crate::t!("payment-left", amount = left)}</p>
        <FormBox form submit=t("payment-prepare") on_submit=send>
            <MoneyInput pointer="/amount" label=t("amount") value=typed currency=Signal::derive(move || currency)/>
            <p class="muted">{t("payment-prepare-note")}</p>
        </FormBox>
    }
    .into_any()
}

/// What can go wrong with a payment: cancelled, failed, come back.
pub(super) fn more(payment: &Disbursement, on_done: Callback<()>) -> AnyView {
    let (disbursement_id, version) = (payment.id, payment.version);
    let done = Callback::new(move |_: Grant| on_done.run(()));
    let may_pay = session::may(Permission::PrepareDisbursement);
    if payment.state.is_cancellable() && session::may(Permission::CancelDisbursement) {
        because_button(
            t("payment-cancel"),
            t("payment-cancel-explain"),
            move |because| api::call_if_match(&CancelDisbursement { disbursement_id }, &Nothing {}, &because, version),
            done,
        )
    } else if payment.next == PaymentStep::Pay && may_pay {
        because_button(
            t("payment-fail"),
            t("payment-fail-explain"),
            move |because| api::call_if_match(&FailDisbursement { disbursement_id }, &Nothing {}, &because, version),
            done,
        )
    } else if payment.next == PaymentStep::ApproveReversal && (may_pay || session::may(Permission::ApproveDisbursement))
    {
        because_button(
            t("payment-refuse-reversal"),
            t("payment-refuse-reversal-explain"),
            move |because| api::call_if_match(&RefuseReversal { disbursement_id }, &Nothing {}, &because, version),
            done,
        )
    } else if payment.state.is_paid() && payment.reversal.is_none() && may_pay {
        because_button(
            t("payment-reverse"),
            t("payment-reverse-explain"),
            move |because| {
                let draft = ReversalDraft { reason: because.reason, reversed_on: clock::now().date() };
                api::call_if_match(&PrepareReversal { disbursement_id }, &Nothing {}, &draft, version)
            },
            done,
        )
    } else {
        ().into_any()
    }
}
