//! The end of a grant: final amount, balance, recovery, closure (M42, M43).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::grants::{
    AgreementState, Because, CloseGrant, Closure, ConfirmRefund, Grant, NotifyRecovery, PrepareRefund, ProposeWriteOff,
    RaiseRecovery, Recovery, RecoveryState, Refund, RefundDraft, RefuseRefund, RefuseWriteOff, ResumeAgreement,
    SuspendAgreement, WriteOff, WriteOffRecovery,
};
use shared::money::Money;
use shared::permission::Permission;

use super::because::because_button;
use crate::api::Answer;
use crate::components::{
    Button, ConfirmButton, DateInput, DefinitionList, Dialog, FormBox, MoneyInput, StatusBadge, TextInput, Tone, toast,
};
use crate::form::Form;
use crate::fund::{act, date, money, read_date, read_money, step};
use crate::i18n::{Text, t, word};
use crate::load::Loader;
use crate::{api, clock, session};

/// Does a step and shows the grant as it is then.
fn run(call: Answer<Grant>, loader: Loader<Grant>) {
    act(
        async move {
            loader.set(call.await?);
            Ok(t("step-done"))
        },
        Callback::new(|()| ()),
    );
}

fn confirm(label: Text, explain: Text, press: impl Fn() + Send + Sync + 'static) -> AnyView {
    let press = Callback::new(move |()| press());
    view! { <ConfirmButton label explain on_confirm=press/> }.into_any()
}

/// What the grant comes to in the end, what is still to be done for that, and what is owed back.
pub(super) fn section(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    let Some(closure) = &grant.closure else { return ().into_any() };
    let recoveries = grant.recoveries.iter().map(|recovery| one(recovery, loader)).collect_view();
    view! {
        <h2>{t("closure-title")}</h2>
        {figures(closure)}
        {checks(grant, closure)}
        {actions(grant, closure, loader)}
        {recoveries}
    }
    .into_any()
}

fn figures(closure: &Closure) -> AnyView {
    let shown = |m: Money| view! { <span class="amount">{money(m)}</span> }.into_any();
    let mut items =
        vec![(t("closure-accepted"), shown(closure.accepted_total)), (t("closure-share"), shown(closure.share))];
    for (label, amount) in [
        ("closure-final", closure.final_grant),
        ("closure-balance", closure.balance),
        ("closure-decommitted", closure.decommitted),
    ] {
        if let Some(amount) = amount {
            items.push((t(label), shown(amount)));
        }
    }
    if let Some(by) = &closure.closed {
        items.push((word("agreement-state", "closed"), step("step-by", by)));
    }
    view! { <DefinitionList items/> }.into_any()
}

fn checks(grant: &Grant, closure: &Closure) -> AnyView {
    if closure.final_grant.is_none() || grant.state == AgreementState::Closed {
        return ().into_any();
    }
    let items = closure
        .checks
        .iter()
        .map(|check| {
            let tone = if check.is_met { Tone::Good } else { Tone::Attention };
            let mark = if check.is_met { t("closure-met") } else { t("closure-not-met") };
            view! { <li>{word("closure-item", check.item.as_str())}" "<StatusBadge word=mark tone/></li> }.into_any()
        })
        .collect_view();
    view! { <ul class="plain">{items}</ul> }.into_any()
}

fn actions(grant: &Grant, closure: &Closure, loader: Loader<Grant>) -> AnyView {
    let (agreement_id, version) = (grant.id, grant.version);
    let set = Callback::new(move |grant| loader.set(grant));
    let owed = closure.balance.filter(|balance| balance.minor() < 0);
    let is_raised = grant.recoveries.iter().any(|recovery| recovery.state.is_open());
    let key = StoredValue::new(api::new_key());
    let raise = owed.filter(|_| !is_raised && session::may(Permission::PrepareDisbursement)).map(|balance| {
        let amount = Money::from_minor(-balance.minor(), balance.currency());
        confirm(crate::t!("recovery-raise", amount = amount), t("recovery-raise-explain"), move || {
            let endpoint = RaiseRecovery { agreement_id };
            run(api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)), loader);
        })
    });
    let may_close = session::may(Permission::CloseGrant);
    let is_ready = grant.state != AgreementState::Closed && closure.checks.iter().all(|check| check.is_met);
    let close = closure.decommitted.filter(|_| may_close && is_ready).map(|back| {
        confirm(t("grant-close"), crate::t!("grant-close-explain", amount = back), move || {
            let endpoint = CloseGrant { agreement_id };
            run(api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)), loader);
        })
    });
    let turn = match grant.state {
        AgreementState::Active if may_close => because_button(
            t("agreement-suspend"),
            t("agreement-suspend-explain"),
            move |because: Because| {
                api::call_if_match(&SuspendAgreement { agreement_id }, &Nothing {}, &because, version)
            },
            set,
        ),
        AgreementState::Suspended if may_close => because_button(
            t("agreement-resume"),
            t("agreement-resume-explain"),
            move |because: Because| {
                api::call_if_match(&ResumeAgreement { agreement_id }, &Nothing {}, &because, version)
            },
            set,
        ),
        _ => ().into_any(),
    };
    view! { <div class="actions">{raise}{close}{turn}</div> }.into_any()
}

fn one(recovery: &Recovery, loader: Loader<Grant>) -> AnyView {
    let tone = match recovery.state {
        RecoveryState::Settled => Tone::Good,
        RecoveryState::WrittenOff | RecoveryState::Cancelled => Tone::Neutral,
        _ if recovery.is_overdue => Tone::Problem,
        _ => Tone::Attention,
    };
    let mut items = vec![
        (t("state"), view! { <StatusBadge word=word("recovery-state", recovery.state.as_str()) tone/> }.into_any()),
        (t("amount"), view! { <span class="amount">{money(recovery.amount)}</span> }.into_any()),
        (t("recovery-left"), view! { <span class="amount">{money(recovery.left)}</span> }.into_any()),
    ];
    if let Some(due_on) = recovery.due_on {
        let late = recovery.is_overdue.then(|| view! { " "<strong class="overdue">{t("overdue")}</strong> }.into_any());
        items.push((t("tranche-due-on"), view! { {date(due_on)}{late} }.into_any()));
    }
    if !recovery.write_off_reason.is_empty() {
        items.push((t("recovery-write-off-why"), recovery.write_off_reason.clone().into_any()));
    }
    if let Some(by) = &recovery.written_off {
        let reference = recovery.write_off_reference.clone();
        items.push((t("recovery-minutes"), view! { {reference}<br/>{step("step-by", by)} }.into_any()));
    }
    let refunds = recovery.refunds.iter().map(|refund| refund_row(refund, loader)).collect_view();
    let steps = recovery.state.is_open().then(|| steps(recovery, loader));
    let number = recovery.number.clone();
    view! {
        <h3>{crate::t!("recovery-number", number = number)}</h3>
        <DefinitionList items/>
        <ul class="plain">{refunds}</ul>
        {steps}
    }
    .into_any()
}

fn refund_row(refund: &Refund, loader: Loader<Grant>) -> AnyView {
    let (refund_id, amount) = (refund.id, refund.amount);
    let key = StoredValue::new(api::new_key());
    let state = match &refund.confirmed {
        Some(by) => step("step-confirmed", by),
        None if refund.is_own => view! { <span class="muted">{t("another-person")}</span> }.into_any(),
        None if session::may(Permission::ApproveDisbursement) => {
            confirm(crate::t!("refund-confirm", amount = amount), t("refund-confirm-explain"), move || {
                let endpoint = ConfirmRefund { refund_id };
                run(api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), None), loader);
            })
        }
        None => view! { <span class="muted">{t("waits-for-approver")}</span> }.into_any(),
    };
    let may_refuse = session::may(Permission::ApproveDisbursement) || session::may(Permission::PrepareDisbursement);
    let set = Callback::new(move |grant| loader.set(grant));
    let refuse = (refund.confirmed.is_none() && may_refuse).then(|| {
        because_button(
            t("refund-refuse"),
            t("refund-refuse-explain"),
            move |because: Because| api::call(&RefuseRefund { refund_id }, &Nothing {}, &because),
            set,
        )
    });
    let reference = refund.bank_reference.clone();
    view! { <li>{money(amount)}" · "{reference}" · "{date(refund.received_on)}" "{state}{refuse}</li> }.into_any()
}

fn steps(recovery: &Recovery, loader: Loader<Grant>) -> AnyView {
    let (recovery_id, version, left) = (recovery.id, recovery.version, recovery.left);
    let set = Callback::new(move |grant| loader.set(grant));
    let may_prepare = session::may(Permission::PrepareDisbursement);
    let notify = (may_prepare && recovery.state == RecoveryState::Raised).then(|| {
        confirm(t("recovery-notify"), t("recovery-notify-explain"), move || {
            let endpoint = NotifyRecovery { recovery_id };
            run(api::call_if_match(&endpoint, &Nothing {}, &Nothing {}, version), loader);
        })
    });
    let open = RwSignal::new(false);
    let refund = may_prepare.then(|| {
        view! {
            <Button label=t("refund-record") on_press=move |()| open.set(true)/>
            <Dialog open title=t("refund-record")>{refund_form(recovery_id, left, open, loader)}</Dialog>
        }
        .into_any()
    });
    let propose = (may_prepare && recovery.write_off_proposed.is_none()).then(|| {
        because_button(
            t("recovery-propose-write-off"),
            t("recovery-propose-write-off-explain"),
            move |because: Because| {
                api::call_if_match(&ProposeWriteOff { recovery_id }, &Nothing {}, &because, version)
            },
            set,
        )
    });
    let may_record = session::may(Permission::WriteOff) && recovery.write_off_proposed.is_some();
    let write_off = may_record.then(|| {
        let key = api::new_key();
        because_button(
            crate::t!("recovery-write-off", amount = left),
            t("recovery-write-off-explain"),
            move |because: Because| {
                let request = WriteOff { reference: because.reason };
                api::call_once(&WriteOffRecovery { recovery_id }, &Nothing {}, &request, &key, Some(version))
            },
            set,
        )
    });
    let refuse = may_record.then(|| {
        because_button(
            t("recovery-refuse-write-off"),
            t("recovery-refuse-write-off-explain"),
            move |because: Because| api::call_if_match(&RefuseWriteOff { recovery_id }, &Nothing {}, &because, version),
            set,
        )
    });
    view! { <div class="actions">{notify}{refund}{propose}{write_off}{refuse}</div> }.into_any()
}

fn refund_form(
    recovery_id: shared::ids::RecoveryId,
    left: Money,
    open: RwSignal<bool>,
    loader: Loader<Grant>,
) -> AnyView {
    let form = Form::new();
    let typed = RwSignal::new(left.amount());
    let reference = RwSignal::new(String::new());
    let received_on = RwSignal::new(clock::now().date().to_string());
    let key = StoredValue::new(api::new_key());
    let currency = left.currency();
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let today = clock::now().date();
        let draft = RefundDraft {
            amount: read_money(&mut errors, "/amount", &typed.get_untracked(), currency),
            bank_reference: reference.get_untracked().trim().to_owned(),
            received_on: read_date(&mut errors, "/received_on", &received_on.get_untracked(), today),
        };
        if errors.is_empty() {
            errors = draft.errors(currency, today);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = PrepareRefund { recovery_id };
            let grant = api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(t("step-done"));
            open.set(false);
            loader.set(grant);
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("refund-record") on_submit=send>
            <MoneyInput pointer="/amount" label=t("amount") value=typed currency=Signal::derive(move || currency)/>
            <TextInput pointer="/bank_reference" label=t("bank-reference") hint=t("bank-reference-hint") value=reference/>
            <DateInput pointer="/received_on" label=t("refund-received-on") value=received_on/>
            <p class="muted">{t("refund-note")}</p>
        </FormBox>
    }
    .into_any()
}
