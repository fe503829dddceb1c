//! One concept note: to write while it is a draft, to read afterwards, with what can be done next.

use leptos::prelude::*;
use shared::concepts::{Concept, ConceptAction, ConceptState, GetConcept, StartProposal, bounds};
use shared::endpoint::Nothing;
use shared::ids::ConceptId;

use super::state_badge;
use super::steps::{Asked, main_step, steps};
use super::write::editor;
use crate::calls::{framed, local};
use crate::components::{Button, ButtonKind, Crumb, Deadline, DefinitionList, Notice, Page, Tone, toast};
use crate::i18n::{self, Text, t};
use crate::load::{Loader, load};
use crate::routes::Path;
use crate::{api, format, proposals, router};

/// One concept note.
pub fn concept_page(concept_id: ConceptId) -> AnyView {
    let loader = load(move || async move { api::call(&GetConcept { concept_id }, &Nothing {}, &Nothing {}).await });
    framed(loader, move |concept| page(concept, loader))
}

fn page(concept: &Concept, loader: Loader<Concept>) -> AnyView {
    let can = |action| concept.actions.contains(&action);
    let head = concept.clone();
    let may_edit = can(ConceptAction::Edit);
    let may_start = can(ConceptAction::Start);
    let id = concept.summary.id;
    let asked = Asked::new();
    let actions = concept.actions.clone();
    let deadline = (may_edit || may_start).then(|| {
        let label = if may_edit { t("proposal-due") } else { t("concept-full-due") };
        view! { <Deadline at=concept.summary.due_at zone=concept.call.zone.clone() label/> }.into_any()
    });
    let body = if may_edit { editor(concept, loader) } else { reading(concept) };
    let body = view! { {standing(concept)}{deadline}{body}{steps(concept, asked, loader)} }.into_any();
    view! {
        <Page
            title=Text::from(concept.content.title.clone())
            crumbs=vec![Crumb(t("concepts-title"), Path::Concepts)]
            lead=move || lead(&head)
            action=move || may_start.then(|| start_button(id)).or_else(|| main_step(&actions, asked))
        >
            {body}
        </Page>
    }
    .into_any()
}

/// State, number, applicant, call.
fn lead(concept: &Concept) -> AnyView {
    let number = concept.summary.number.clone().map(|number| format!("{number} · "));
    view! {
        <p>
            {state_badge(concept.summary.state)}
            " "
            <span class="muted">
                {number}
                {concept.content.organisation.name.clone()}
                " · "
                <a href=Path::Call(concept.call.id).to_string()>{local(&concept.call.title)}</a>
            </span>
        </p>
    }
    .into_any()
}

fn start_button(concept_id: ConceptId) -> AnyView {
    let busy = RwSignal::new(false);
    let start = move |()| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match api::call(&StartProposal { concept_id }, &Nothing {}, &Nothing {}).await {
                Ok(made) => router::go(&Path::Proposal(made.id)),
                Err(error) => toast(error.text().into()),
            }
            let _ = busy.try_set(false);
        });
    };
    view! { <Button label=t("concept-start") kind=ButtonKind::Primary on_press=start busy/> }.into_any()
}

/// What matters now: what the desk said, what the full proposal may ask for.
fn standing(concept: &Concept) -> AnyView {
    let summary = &concept.summary;
    let reason = concept.reason.clone().map(|text| view! { <p class="prose">{text}</p> }.into_any());
    let title = match summary.state {
        ConceptState::Ineligible => Some((Tone::Problem, t("concept-ineligible"))),
        ConceptState::Submitted if concept.appeal.is_some() => Some((Tone::Attention, t("concept-appealed"))),
        ConceptState::NotInvited => Some((Tone::Problem, t("concept-not-invited"))),
        ConceptState::Withdrawn => Some((Tone::Neutral, t("concept-withdrawn"))),
        _ => None,
    };
    let told = title.map(|(tone, title)| view! { <Notice tone title>{reason}</Notice> }.into_any());
    let appeal = concept.appeal.clone().map(|text| {
        view! { <Notice tone=Tone::Info title=t("concept-appeal-text")><p class="prose">{text}</p></Notice> }.into_any()
    });
    let invited = (summary.state == ConceptState::Invited).then(|| invited(concept));
    view! { {told}{appeal}{invited} }.into_any()
}

/// What an invited note leads to (M11).
fn invited(concept: &Concept) -> AnyView {
    let rules = concept.definition.concept.as_ref();
    let limits = rules.zip(concept.content.requested).filter(|_| concept.waiver.is_none()).map(|(rules, requested)| {
        let (min, max) = bounds(requested, rules.tolerance);
        view! { <p>{crate::t!("concept-bounds", min = min, max = max)}</p> }.into_any()
    });
    let proposal = concept
        .summary
        .proposal_id
        .map(|id| view! { <p><a href=Path::Proposal(id).to_string()>{t("concept-proposal")}</a></p> }.into_any());
    let waiver = concept.waiver.as_ref().map(proposals::waiver);
    view! { <Notice tone=Tone::Good title=t("concept-invited")>{limits}{waiver}{proposal}</Notice> }.into_any()
}

/// What the note says, and its receipt.
fn reading(concept: &Concept) -> AnyView {
    let content = &concept.content;
    let (country, requested, language) = (content.country.clone(), content.requested, content.language);
    let text = |text: Text| view! { <span>{text}</span> }.into_any();
    let items = vec![
        (t("country"), text(Text::new(move || format::country(&country)))),
        (t("proposal-language"), text(Text::from(i18n::own_name(language)))),
        (t("proposal-requested"), text(Text::new(move || requested.map(format::money).unwrap_or_default()))),
    ];
    let receipt = concept.receipt.as_ref().map(|receipt| {
        view! { <h2>{t("receipt-title")}</h2>{proposals::receipt_list(receipt, &concept.call.zone)} }.into_any()
    });
    view! {
        <DefinitionList items/>
        <h2>{t("concept-summary")}</h2>
        <div class="prose" lang=language.as_str()>{content.summary.clone()}</div>
        {receipt}
    }
    .into_any()
}
