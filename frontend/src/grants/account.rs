//! The recipient's bank account: entered by one person, typed again by another (M35).

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::grants::{
    AccountCheck, AccountDraft, AccountRefusal, AccountState, Address, BankAccount, EnterAccount, Grant, RefuseAccount,
    VerifyAccount,
};
use shared::ids::AgreementId;
use shared::permission::{Permission, Scope};
use shared::problem::{Code, FieldError};

use super::because::because_button;
use crate::components::{Button, ButtonKind, DefinitionList, Dialog, FormBox, StatusBadge, TextInput, Tone, toast};
use crate::form::Form;
use crate::fund::step;
use crate::i18n::{t, word};
use crate::load::Loader;
use crate::{api, session};

/// The account in use, and a change that waits; nothing for those who may not see it.
pub(super) fn section(grant: &Grant, loader: Loader<Grant>) -> AnyView {
    if session::scope(Permission::ReadAccount) == Scope::Nothing || grant.sent_at.is_none() {
        return ().into_any();
    }
    let agreement_id = grant.id;
    let shown = grant.accounts.iter().map(|account| one(agreement_id, account, loader)).collect_view();
    let waits = grant.accounts.iter().any(|account| account.state == AccountState::Entered);
    let open = RwSignal::new(false);
    let label = if grant.accounts.is_empty() { t("payee-enter") } else { t("payee-change") };
    let title = label.clone();
    let name = grant.organisation.name.clone();
    let enter = (session::may(Permission::EnterAccount) && !waits).then(|| {
        view! {
            <p><Button label on_press=move |()| open.set(true)/></p>
            <Dialog open title>{enter_form(agreement_id, name.clone(), open, loader)}</Dialog>
        }
        .into_any()
    });
    let none = grant.accounts.is_empty().then(|| view! { <p class="muted">{t("payee-none")}</p> }.into_any());
    view! { <h2>{t("payee-title")}</h2>{none}{shown}{enter} }.into_any()
}

fn one(agreement_id: AgreementId, account: &BankAccount, loader: Loader<Grant>) -> AnyView {
    let tone = if account.state == AccountState::Verified { Tone::Good } else { Tone::Attention };
    let Address { street, postcode, town, country } = account.address.clone();
    let bank = account.bic.clone().map_or_else(|| account.bank.clone(), |bic| format!("{} ({bic})", account.bank));
    let items = vec![
        (t("state"), view! { <StatusBadge word=word("payee-state", account.state.as_str()) tone/> }.into_any()),
        (t("payee-holder"), account.holder.clone().into_any()),
        (t("payee-number"), format!("•••• {}", account.last_four).into_any()),
        (t("payee-bank"), bank.into_any()),
        (t("payee-address"), format!("{street}, {postcode} {town}, {country}").into_any()),
        (
            t("payment-steps"),
            view! {
                {step("payee-entered-by", &account.entered)}
                {account.checked.as_ref().map(|by| view! { <br/>{step("step-verified", by)} }.into_any())}
            }
            .into_any(),
        ),
    ];
    let actions = match account.state {
        AccountState::Entered if account.is_own => view! { <p class="muted">{t("another-person")}</p> }.into_any(),
        AccountState::Entered if session::may(Permission::VerifyAccount) => {
            let open = RwSignal::new(false);
            let account_id = account.id;
            let set = Callback::new(move |grant| loader.set(grant));
            view! {
                <div class="actions">
                    <Button label=t("payee-verify") kind=ButtonKind::Primary on_press=move |()| open.set(true)/>
                    {because_button(
                        t("payee-refuse"),
                        t("payee-refuse-explain"),
                        move |because| {
                            let request = AccountRefusal { account_id, reason: because.reason };
                            api::call(&RefuseAccount { agreement_id }, &Nothing {}, &request)
                        },
                        set,
                    )}
                </div>
                <Dialog open title=t("payee-verify")>{verify_form(agreement_id, account_id, open, loader)}</Dialog>
            }
            .into_any()
        }
        AccountState::Entered => view! { <p class="muted">{t("waits-for-approver")}</p> }.into_any(),
        _ => ().into_any(),
    };
    view! { <DefinitionList items/>{actions} }.into_any()
}

fn verify_form(
    agreement_id: AgreementId,
    account_id: shared::ids::RecipientAccountId,
    open: RwSignal<bool>,
    loader: Loader<Grant>,
) -> AnyView {
    let form = Form::new();
    let number = RwSignal::new(String::new());
    let key = StoredValue::new(api::new_key());
    let send = Callback::new(move |()| {
        let request = AccountCheck { account_id, number: number.get_untracked().trim().to_owned() };
        if request.number.is_empty() {
            form.check(vec![FieldError::new("/number", Code::Required)]);
            return;
        }
        form.submit(async move {
            let endpoint = VerifyAccount { agreement_id };
            let grant = api::call_once(&endpoint, &Nothing {}, &request, &key.get_value(), None).await?;
            toast(t("payee-verified"));
            open.set(false);
            loader.set(grant);
            Ok(())
        });
    });
    view! {
        <p>{t("payee-verify-note")}</p>
        <FormBox form submit=t("payee-verify") on_submit=send>
            <TextInput pointer="/number" label=t("payee-number") hint=t("payee-verify-hint") value=number/>
        </FormBox>
    }
    .into_any()
}

fn enter_form(agreement_id: AgreementId, holder: String, open: RwSignal<bool>, loader: Loader<Grant>) -> AnyView {
    let form = Form::new();
    let holder = RwSignal::new(holder);
    let [iban, account_number, bic, bank, street, postcode, town, country] =
        std::array::from_fn(|_| RwSignal::new(String::new()));
    let currency = RwSignal::new("EUR".to_owned());
    let key = StoredValue::new(api::new_key());
    let typed = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let draft = AccountDraft {
            holder: typed(holder),
            iban: typed(iban),
            account_number: typed(account_number),
            bic: typed(bic),
            bank: typed(bank),
            currency: Currency::parse(&typed(currency).to_uppercase()).unwrap_or_else(|code| {
                errors.push(FieldError::new("/currency", code));
                Currency::EUR
            }),
            address: Address {
                street: typed(street),
                postcode: typed(postcode),
                town: typed(town),
                country: typed(country).to_uppercase(),
            },
        };
        errors.extend(draft.errors());
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = EnterAccount { agreement_id };
            let grant = api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(t("payee-entered"));
            open.set(false);
            loader.set(grant);
            Ok(())
        });
    });
    view! {
        <p>{t("payee-enter-note")}</p>
        <FormBox form submit=t("payee-enter") on_submit=send>
            <TextInput pointer="/holder" label=t("payee-holder") value=holder/>
            <TextInput pointer="/iban" label=t("payee-iban") hint=t("payee-iban-hint") value=iban optional=true/>
            <TextInput pointer="/account_number" label=t("payee-other-number") value=account_number optional=true/>
            <TextInput pointer="/bank" label=t("payee-bank") value=bank/>
            <TextInput pointer="/bic" label=t("payee-bic") hint=t("payee-bic-hint") value=bic optional=true/>
            <TextInput pointer="/currency" label=t("currency") value=currency/>
            <TextInput pointer="/address/street" label=t("payee-street") value=street/>
            <TextInput pointer="/address/postcode" label=t("payee-postcode") value=postcode optional=true/>
            <TextInput pointer="/address/town" label=t("payee-town") value=town/>
            <TextInput pointer="/address/country" label=t("payee-country") hint=t("payee-country-hint") value=country/>
        </FormBox>
    }
    .into_any()
}
