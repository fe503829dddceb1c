//! Before there is a fund: the administrator names it.

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::{CreateFund, FundDraft, SplitMethod};
use shared::permission::Permission;

use super::read_money;
use crate::components::{EmptyState, FormBox, MoneyInput, Page, RadioGroup, TextInput};
use crate::form::Form;
use crate::i18n::{Text, t, word};
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
    let split = RwSignal::new(SplitMethod::ProRata.to_string());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let above = read_money(&mut errors, "/second_approval_above", &limit.get_untracked(), Currency::EUR);
        let Some(split_method) = SplitMethod::parse(&split.get_untracked()) else { return };
        let draft = FundDraft {
            code: code.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            second_approval_above: above,
            split_method,
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
                <RadioGroup pointer="/split_method" label=t("fund-split") hint=t("fund-split-hint") value=split options=methods()/>
            </FormBox>
        </Page>
    }
    .into_any()
}

/// The ways to split (M60), each with what it means.
fn methods() -> Vec<(String, Text, Option<Text>)> {
    SplitMethod::ALL
        .iter()
        .map(|method| {
            let hint = word("split-hint", method.as_str());
            (method.to_string(), word("split", method.as_str()), Some(hint))
        })
        .collect()
}
