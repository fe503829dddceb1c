//! A tranche's own steps: the recipient requests it, the Desk decides on it (M32, M33).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::grants::{
    BlockReason, DecideTranche, Grant, RequestTranche, Tranche, TrancheDecision, TrancheState, reason_errors,
};
use shared::money::Money;
use shared::permission::Permission;

use super::because::because_button;
use crate::components::{Button, ButtonKind, ConfirmButton, Dialog, FormBox, MoneyInput, TextInput, toast};
use crate::form::Form;
use crate::fund::{act, money, read_money};
use crate::i18n::t;
use crate::load::Loader;
use crate::{api, session};

/// What the reader can do with a tranche now; nothing when others are next.
pub(super) fn steps(tranche: &Tranche, loader: Loader<Grant>) -> AnyView {
    let (tranche_id, left) = (tranche.id, tranche.left);
    match tranche.state {
        TrancheState::Due
            if tranche.number > 1
                && !tranche.is_retention
                && !tranche.blocked.contains(&BlockReason::EarlierTrancheOpen)
                && session::may(Permission::RequestTranche) =>
        {
            let run = Callback::new(move |()| {
                let call = api::call(&RequestTranche { tranche_id }, &Nothing {}, &Nothing {});
                act(
                    async move {
                        loader.set(call.await?);
                        Ok(t("tranche-requested"))
                    },
                    Callback::new(|()| ()),
                );
            });
            view! {
                <ConfirmButton
                    label=crate::t!("tranche-request", amount = left)
                    explain=t("tranche-request-explain")
                    kind=ButtonKind::Primary
                    on_confirm=run
                />
            }
            .into_any()
        }
        TrancheState::Requested | TrancheState::Withheld if session::may(Permission::DecideTranche) => {
            let open = RwSignal::new(false);
            let most = tranche.burn_payable.unwrap_or(tranche.left);
            let whole = tranche.payable;
            view! {
                <Button label=t("tranche-release") kind=ButtonKind::Primary on_press=move |()| open.set(true)/>
                <Dialog open title=t("tranche-release")>{release_form(tranche_id, whole, most, open, loader)}</Dialog>
                {because_button(
                    t("tranche-withhold"),
                    t("tranche-withhold-explain"),
                    move |because| {
                        let decision =
                            TrancheDecision { is_released: false, reduced_to: None, reason: because.reason };
                        api::call_once(&DecideTranche { tranche_id }, &Nothing {}, &decision, &api::new_key(), None)
                    },
                    Callback::new(move |grant| loader.set(grant)),
                )}
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

/// Releases what the burn rule leaves, or less with a reason.
fn release_form(
    tranche_id: shared::ids::TrancheId,
    whole: Money,
    most: Money,
    open: RwSignal<bool>,
    loader: Loader<Grant>,
) -> AnyView {
    let form = Form::new();
    let typed = RwSignal::new(most.amount());
    let reason = RwSignal::new(String::new());
    let key = StoredValue::new(api::new_key());
    let currency = most.currency();
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let amount = read_money(&mut errors, "/reduced_to", &typed.get_untracked(), currency);
        let reduced_to = (amount != most).then_some(amount);
        let reason = reason.get_untracked().trim().to_owned();
        if reduced_to.is_some() {
            errors.extend(reason_errors(&reason));
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let decision = TrancheDecision { is_released: true, reduced_to, reason };
            let endpoint = DecideTranche { tranche_id };
            let grant = api::call_once(&endpoint, &Nothing {}, &decision, &key.get_value(), None).await?;
            toast(t("tranche-released"));
            open.set(false);
            loader.set(grant);
            Ok(())
        });
    });
    let burn = (most.minor() < whole.minor()).then(|| {
        view! { <p class="notice attention">{crate::t!("tranche-burn", planned = whole, payable = most)}</p> }
            .into_any()
    });
    view! {
        <p>{t("tranche-release-explain")}" "<strong>{money(most)}</strong></p>
        {burn}
        <FormBox form submit=t("tranche-release") on_submit=send>
            <MoneyInput
                pointer="/reduced_to"
                label=t("amount")
                hint=t("tranche-release-hint")
                value=typed
                currency=Signal::derive(move || currency)
            />
            <TextInput pointer="/reason" label=t("reason") hint=t("tranche-reason-hint") value=reason optional=true/>
        </FormBox>
    }
    .into_any()
}
