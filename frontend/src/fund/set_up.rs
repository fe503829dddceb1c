//! Before there is a fund: the administrator names it.

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::{CreateFund, FundDraft};
use shared::permission::Permission;

use super::read_money;
use crate::components::{EmptyState, FormBox, MoneyInput, Page, TextInput};
use crate::form::Form;
use crate::i18n::t;
use crate::{api, session};

/// The form for who may, else what will be here.
pub(crate) fn page() -> AnyView {
    if !session::may(Permission::ManageAccounts) {
        return view! {
            <Page title=t("fund-title")><EmptyState title=t("fund-none") hint=t("fund-none-hint")/></Page>
        }
        .into_any();
    }
    let form = Form::new();
    let (name, code, limit) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let above = read_money(&mut errors, "/second_approval_above", &limit.get_untracked(), Currency::EUR);
        let draft = FundDraft {
            code: code.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            second_approval_above: above,
        };
        errors.extend(draft.errors());
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            api::call(&CreateFund {}, &Nothing {}, &draft).await?;
            session::read().await
        });
    });
    view! {
        <Page title=t("fund-set-up")>
            <p>{t("fund-set-up-text")}</p>
            <FormBox form submit=t("fund-set-up") on_submit=send>
                <TextInput pointer="/name" label=t("name") value=name/>
                <TextInput pointer="/code" label=t("fund-code") hint=t("fund-code-hint") value=code class="narrow"/>
                <MoneyInput
                    pointer="/second_approval_above"
                    label=t("fund-limit")
                    hint=t("fund-limit-hint")
                    value=limit
                    currency=Signal::derive(|| Currency::EUR)
                />
            </FormBox>
        </Page>
    }
    .into_any()
}
