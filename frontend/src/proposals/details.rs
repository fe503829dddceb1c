//! Title, country, duration and partners of a proposal.

use leptos::prelude::*;
use shared::calls::Definition;
use shared::endpoint::Nothing;
use shared::ids::{OrganisationId, ProposalId};
use shared::people::{ListOrganisations, OrganisationRef, SearchQuery};
use shared::problem::{Code, FieldError};
use shared::proposals::{Proposal, ProposalAction, UpdateProposal, UpdateProposalRequest, check_details};

use super::parts::{DETAILS, crumbs, focus_asked, framed, next_task, proposal_of};
use crate::components::{Button, ButtonKind, FormBox, Notice, Page, Select, TextInput, toast};
use crate::form::Form;
use crate::i18n::{Text, t};
use crate::load::load;
use crate::{api, format, router};

/// The details of a proposal.
pub fn details_page(id: ProposalId) -> AnyView {
    framed(proposal_of(id), page)
}

fn page(proposal: &Proposal) -> AnyView {
    let id = proposal.summary.id;
    let may_edit = proposal.actions.contains(&ProposalAction::Edit);
    let details = proposal.content.details.clone();
    let version = proposal.working.as_ref().map_or(0, |w| w.details_version);
    let next = next_task(proposal, DETAILS);
    let form = Form::new();
    let title = RwSignal::new(details.title);
    let country = RwSignal::new(details.country);
    let months = RwSignal::new(details.duration_months.map(|m| m.to_string()).unwrap_or_default());
    let partners = RwSignal::new(details.partners);
    let definition = StoredValue::new(proposal.definition.clone());
    let max = proposal.definition.budget.max_months;
    let own = proposal.summary.organisation.id;
    let countries = countries(&proposal.definition);
    let locked = (!may_edit).then(|| super::overview::details_list(proposal));
    focus_asked();
    let send = Callback::new(move |()| {
        let months = months.get_untracked();
        let duration = Some(months.trim()).filter(|m| !m.is_empty()).map(str::parse::<i64>);
        let request = UpdateProposalRequest {
            title: title.get_untracked().trim().to_owned(),
            country: country.get_untracked(),
            duration_months: duration.clone().and_then(Result::ok),
            partners: partners.with_untracked(|all| all.iter().map(|p| p.id).collect()),
        };
        let mut errors =
            definition.with_value(|d| check_details(d, &request.title, &request.country, request.partners.len()));
        if matches!(duration, Some(Err(_) | Ok(..1))) {
            errors.push(FieldError::new("/duration_months", Code::NumberRange).with("min", 1).with("max", max));
        } else if request.duration_months.is_some_and(|m| m > max) {
            errors.push(FieldError::new("/duration_months", Code::DurationAboveMax).with("max", max));
        }
        if !form.check(errors) {
            return;
        }
        let next = next.clone();
        form.submit(async move {
            api::call_if_match(&UpdateProposal { proposal_id: id }, &Nothing {}, &request, version).await?;
            toast(t("details-saved"));
            router::go(&next);
            Ok(())
        });
    });
    view! {
        <Page title=t("proposal-details") crumbs=crumbs(proposal)>
            {if may_edit {
                view! {
                    <FormBox form submit=t("save-and-continue") on_submit=send>
                        <TextInput pointer="/title" label=t("proposal-title") hint=t("proposal-title-hint") value=title/>
                        <Select
                            pointer="/country"
                            label=t("country")
                            value=country
                            options=countries
                        />
                        <TextInput
                            pointer="/duration_months"
                            label=t("proposal-duration")
                            hint=crate::t!("proposal-duration-hint", max = max)
                            value=months
                            class="narrow"
                        />
                        <Partners partners own/>
                    </FormBox>
                }.into_any()
            } else {
                view! {
                    <Notice><p>{t("proposal-locked")}</p></Notice>
                    {locked}
                }.into_any()
            }}
        </Page>
    }
    .into_any()
}

/// The countries that a call takes, by name in the reader's language.
pub(crate) fn countries(definition: &Definition) -> Signal<Vec<(String, Text)>> {
    let codes: Vec<String> = if definition.countries.is_empty() {
        WORLD.split(' ').map(ToOwned::to_owned).collect()
    } else {
        definition.countries.clone()
    };
    Signal::derive(move || {
        let mut named: Vec<(String, String)> = codes.iter().map(|code| (code.clone(), format::country(code))).collect();
        named.sort_by_cached_key(|(_, name)| plain(name));
        named.into_iter().map(|(code, name)| (code, Text::from(name))).collect()
    })
}

/// A name without case and the accents that would sort `États-Unis` behind `Zimbabwe`.
fn plain(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|c| match c {
            'à' | 'â' | 'ã' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' | 'í' => 'i',
            'ô' | 'ó' | 'õ' => 'o',
            'û' | 'ü' => 'u',
            'ç' => 'c',
            c => c,
        })
        .collect()
}

/// Every country's code, for calls that take any.
const WORLD: &str = "AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TZ UA UG US UY UZ VA VC VE VN VU WS XK YE ZA ZM ZW";

/// The partners, with a search to add more.
#[component]
fn Partners(
    /// Those named.
    partners: RwSignal<Vec<OrganisationRef>>,
    /// The applicant, who is no partner.
    own: OrganisationId,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = RwSignal::new(String::new());
    let found = load(move || {
        let query = SearchQuery { search: Some(search.get()).filter(|s| !s.is_empty()), after: None };
        async move { api::call(&ListOrganisations {}, &query, &Nothing {}).await }
    });
    let choices = move || {
        if search.with(String::is_empty) {
            return ().into_any();
        }
        found.view(move |page| {
            let rows = page
                .items
                .iter()
                .filter(|o| o.id != own && partners.with(|all| all.iter().all(|p| p.id != o.id)))
                .take(8)
                .map(|o| {
                    let partner = OrganisationRef { id: o.id, code: o.code.clone(), name: o.name.clone() };
                    let name = partner.name.clone();
                    let add = move |()| partners.update(|all| all.push(partner.clone()));
                    view! { <li>{name.clone()}" "<Button label=crate::t!("partner-add", name = name) on_press=add/></li> }
                        .into_any()
                })
                .collect::<Vec<_>>();
            if rows.is_empty() {
                view! { <p class="muted">{t("partner-none")}</p> }.into_any()
            } else {
                view! { <ul class="plain">{rows}</ul> }.into_any()
            }
        })
    };
    let named = move || {
        partners
            .get()
            .into_iter()
            .map(|partner| {
                let id = partner.id;
                let remove = move |()| partners.update(|all| all.retain(|p| p.id != id));
                let name = partner.name.clone();
                view! {
                    <li>
                        {partner.name}
                        " "
                        <Button label=crate::t!("partner-remove", name = name) kind=ButtonKind::Quiet on_press=remove/>
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    view! {
        <fieldset class="field">
            <legend>{t("proposal-partners")}<span class="muted">" "{t("optional")}</span></legend>
            <p class="hint">{t("proposal-partners-hint")}</p>
            <ul class="plain">{named}</ul>
            <div class="search">
                <TextInput pointer="/partners" label=t("partner-search") value=typed kind="search" optional=true/>
                <Button label=t("search") on_press=move |()| search.set(typed.get_untracked().trim().to_owned())/>
            </div>
            {choices}
        </fieldset>
    }
}
