//! Starting a proposal for an open call; a concept note, where the call has two stages.

use leptos::prelude::*;
use shared::calls::{CallDetail, GetCall};
use shared::concepts::CreateConcept;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::CallId;
use shared::people::Language;
use shared::permission::{Permission, Scope};
use shared::problem::{Code, FieldError};
use shared::proposals::{CreateProposal, CreateProposalRequest, check_details};

use super::details::countries;
use crate::components::{Crumb, Deadline, EmptyState, FormBox, Page, RadioGroup, Select, TextInput};
use crate::form::{Form, required};
use crate::i18n::{self, Text, t};
use crate::load::load;
use crate::routes::Path;
use crate::{api, calls, router, session};

/// Starting a proposal for the call in `?call=`.
pub fn new_page() -> AnyView {
    let call: Option<CallId> = crate::browser::query_param("call").and_then(|id| id.parse().ok());
    let Some(call_id) = call else {
        return view! {
            <Page title=t("proposal-new") crumbs=vec![Crumb(t("proposals-title"), Path::Proposals)]>
                <EmptyState
                    title=t("proposal-new-which")
                    hint=t("proposal-new-which-hint")
                    action=|| view! { <a class="button primary" href=Path::Calls.to_string()>{t("proposal-new-calls")}</a> }
                />
            </Page>
        }
        .into_any();
    };
    let loader = load(move || async move { api::call(&GetCall { call_id }, &Nothing {}, &Nothing {}).await });
    view! {
        <Page title=t("proposal-new") crumbs=vec![Crumb(t("proposals-title"), Path::Proposals)]>
            {move || loader.view(form)}
        </Page>
    }
    .into_any()
}

fn form(detail: &CallDetail) -> AnyView {
    let call_id = detail.call.id;
    let organisations: Vec<(String, Text)> = session::person()
        .map(|p| p.memberships)
        .unwrap_or_default()
        .into_iter()
        .filter(|m| m.role.scope(Permission::WriteProposal) == Scope::Own)
        .filter_map(|m| m.organisation)
        .map(|o| (o.id.to_string(), Text::from(o.name)))
        .collect();
    let form = Form::new();
    // With one possibility there is nothing to choose.
    let only = |options: &[(String, Text)]| match options {
        [(one, _)] => one.clone(),
        _ => String::new(),
    };
    let languages: Vec<(String, Text)> =
        detail.definition.languages.iter().map(|l| (l.as_str().to_owned(), Text::from(i18n::own_name(*l)))).collect();
    let currencies: Vec<(String, Text)> = detail
        .definition
        .currencies
        .iter()
        .map(|c| (c.currency.code().to_owned(), Text::from(c.currency.code())))
        .collect();
    let organisation = RwSignal::new(only(&organisations));
    let title = RwSignal::new(String::new());
    let country = RwSignal::new(String::new());
    let language = RwSignal::new(only(&languages));
    let currency = RwSignal::new(only(&currencies));
    let definition = StoredValue::new(detail.definition.clone());
    let closes_at = detail.call.concepts_close_at.unwrap_or(detail.call.closes_at);
    let is_staged = detail.call.concepts_close_at.is_some();
    let submit = if is_staged { t("call-apply-concept") } else { t("proposal-new") };
    let send = Callback::new(move |()| {
        let title = title.get_untracked().trim().to_owned();
        let country = country.get_untracked();
        let mut errors: Vec<FieldError> =
            required("/organisation_id", &organisation.get_untracked()).into_iter().collect();
        errors.extend(definition.with_value(|d| check_details(d, &title, &country, 0)));
        let language = Language::parse(&language.get_untracked());
        if language.is_none() {
            errors.push(FieldError::new("/language", Code::Required));
        }
        let currency = Currency::parse(&currency.get_untracked());
        if currency.is_err() {
            errors.push(FieldError::new("/currency", Code::Required));
        }
        let (true, Ok(organisation_id), Some(language), Ok(currency)) =
            (errors.is_empty(), organisation.get_untracked().parse(), language, currency)
        else {
            form.check(errors);
            return;
        };
        let request = CreateProposalRequest { organisation_id, title, country, language, currency };
        form.submit(async move {
            if is_staged {
                let made = api::call(&CreateConcept { call_id }, &Nothing {}, &request).await?;
                router::replace(&Path::Concept(made.id));
            } else {
                let made = api::call(&CreateProposal { call_id }, &Nothing {}, &request).await?;
                router::replace(&Path::Proposal(made.id));
            }
            Ok(())
        });
    });
    let languages = languages.into_iter().map(|(value, label)| (value, label, None)).collect();
    let name = calls::local(&detail.call.title);
    let countries = countries(&detail.definition);
    view! {
        <p>{crate::t!("proposal-new-for", call = name)}</p>
        <Deadline at=closes_at zone=detail.call.zone.clone() label=t("proposal-due")/>
        <p><a href=Path::CallPrint(call_id).to_string()>{t("proposal-new-print")}</a></p>
        <FormBox form submit on_submit=send>
            <Select pointer="/organisation_id" label=t("proposal-applicant") value=organisation options=organisations/>
            <TextInput pointer="/title" label=t("proposal-title") hint=t("proposal-title-hint") value=title/>
            <Select pointer="/country" label=t("country") value=country options=countries/>
            <RadioGroup
                pointer="/language"
                label=t("proposal-language")
                hint=t("proposal-language-hint")
                value=language
                options=languages
                inline=true
            />
            <Select
                pointer="/currency"
                label=t("proposal-currency")
                hint=t("proposal-currency-hint")
                value=currency
                options=currencies
            />
        </FormBox>
    }
    .into_any()
}
