//! What can be done with a submitted concept note: withdraw, appeal, check, decide, waive.

use leptos::prelude::*;
use shared::concepts::{
    AppealConcept, Concept, ConceptAction, ConceptDecision, ConceptReasonRequest, ConceptScreening, DecideConcept,
    DecideConceptRequest, ScreenConcept, ScreenConceptRequest, WaiveConcept, WithdrawConcept,
};
use shared::endpoint::Nothing;
use shared::ids::ConceptId;
use shared::problem::FieldError;

use crate::api;
use crate::components::{Button, ButtonKind, Dialog, FormBox, RadioGroup, TextArea, toast};
use crate::form::{Form, required};
use crate::i18n::{Text, t, word};
use crate::load::Loader;

/// The steps that a note waits for: they stand beside its heading.
const MAIN: [ConceptAction; 2] = [ConceptAction::Screen, ConceptAction::Decide];

/// The steps that may be taken besides, below the text.
const OTHERS: [ConceptAction; 3] = [ConceptAction::Waive, ConceptAction::Appeal, ConceptAction::Withdraw];

/// The dialog of a step: whether it is open, and for which.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    open: RwSignal<bool>,
    step: RwSignal<ConceptAction>,
}

impl Asked {
    pub(super) fn new() -> Self {
        Self { open: RwSignal::new(false), step: RwSignal::new(ConceptAction::Withdraw) }
    }

    fn button(self, step: ConceptAction, kind: ButtonKind) -> AnyView {
        let press = move |()| {
            self.step.set(step);
            self.open.set(true);
        };
        view! { <Button label=told(step).0 kind on_press=press/> }.into_any()
    }
}

/// The step that the note waits for from this reader.
pub(super) fn main_step(actions: &[ConceptAction], asked: Asked) -> Option<AnyView> {
    let step = MAIN.into_iter().find(|step| actions.contains(step))?;
    Some(asked.button(step, ButtonKind::Primary))
}

/// What a step is called, and what it does.
fn told(step: ConceptAction) -> (Text, Text) {
    match step {
        ConceptAction::Screen => (t("screen-title"), t("concept-screen-explain")),
        ConceptAction::Decide => (t("concept-decide"), t("concept-decide-explain")),
        ConceptAction::Waive => (t("concept-waive"), t("concept-waive-explain")),
        ConceptAction::Appeal => (t("concept-appeal"), t("concept-appeal-explain")),
        _ => (t("concept-withdraw"), t("concept-withdraw-explain")),
    }
}

/// The other steps, and the dialog of all.
pub(super) fn steps(concept: &Concept, asked: Asked, loader: Loader<Concept>) -> AnyView {
    let (id, version) = (concept.summary.id, concept.version);
    let Asked { open, step } = asked;
    let kind = |step| if step == ConceptAction::Withdraw { ButtonKind::Danger } else { ButtonKind::Secondary };
    let others: Vec<AnyView> = OTHERS
        .into_iter()
        .filter(|step| concept.actions.contains(step))
        .map(|step| asked.button(step, kind(step)))
        .collect();
    let others = (!others.is_empty())
        .then(|| view! { <h2>{t("concept-steps")}</h2><div class="actions">{others}</div> }.into_any());
    let title = Text::new(move || told(step.get()).0.get());
    let done = Callback::new(move |()| {
        open.set(false);
        loader.reload();
    });
    view! {
        {others}
        <Dialog open title>{dialog(step.get_untracked(), id, version, done)}</Dialog>
    }
    .into_any()
}

/// The form of a step: an outcome where there is a choice, a reason where one is needed.
fn dialog(step: ConceptAction, concept_id: ConceptId, version: i64, done: Callback<()>) -> AnyView {
    let form = Form::new();
    let outcome = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let choices = choices(step);
    let has_choice = !choices.is_empty();
    // The first outcome needs no reason.
    let good = choices.first().map(|(value, ..)| value.clone());
    let needs_reason =
        Memo::new(move |_| !has_choice || outcome.with(|o| !o.is_empty() && good.as_deref() != Some(o.as_str())));
    let send = Callback::new(move |()| {
        let reason = reason.get_untracked();
        let mut errors: Vec<FieldError> = Vec::new();
        if has_choice {
            errors.extend(outcome.with_untracked(|o| required("/outcome", o)));
        }
        if needs_reason.get_untracked() {
            errors.extend(required("/reason", &reason));
        }
        if !form.check(errors) {
            return;
        }
        let outcome = outcome.get_untracked();
        form.submit(async move {
            let none = &Nothing {};
            match (step, ConceptScreening::parse(&outcome), ConceptDecision::parse(&outcome)) {
                (ConceptAction::Screen, Some(outcome), _) => {
                    let request = ScreenConceptRequest { outcome, reason };
                    api::call_if_match(&ScreenConcept { concept_id }, none, &request, version).await?
                }
                (ConceptAction::Decide, _, Some(outcome)) => {
                    let request = DecideConceptRequest { outcome, reason };
                    api::call_if_match(&DecideConcept { concept_id }, none, &request, version).await?
                }
                (step, ..) => {
                    let request = ConceptReasonRequest { reason };
                    match step {
                        ConceptAction::Waive => {
                            api::call_if_match(&WaiveConcept { concept_id }, none, &request, version).await?
                        }
                        ConceptAction::Appeal => {
                            api::call_if_match(&AppealConcept { concept_id }, none, &request, version).await?
                        }
                        _ => api::call_if_match(&WithdrawConcept { concept_id }, none, &request, version).await?,
                    }
                }
            };
            toast(t("concept-recorded"));
            done.run(());
            Ok(())
        });
    });
    let (label, explain) = told(step);
    view! {
        <p>{explain}</p>
        <FormBox form submit=label on_submit=send>
            {has_choice.then(|| view! {
                <RadioGroup pointer="/outcome" label=t("concept-outcome") value=outcome options=choices.clone()/>
            }.into_any())}
            {move || needs_reason.get().then(|| view! {
                <TextArea pointer="/reason" label=t("reason") value=reason lines=4/>
            }.into_any())}
        </FormBox>
    }
    .into_any()
}

fn choices(step: ConceptAction) -> Vec<(String, Text, Option<Text>)> {
    match step {
        ConceptAction::Screen => ConceptScreening::ALL
            .iter()
            .map(|o| (o.as_str().to_owned(), word("concept-state", o.as_str()), None))
            .collect(),
        ConceptAction::Decide => ConceptDecision::ALL
            .iter()
            .map(|o| (o.as_str().to_owned(), word("concept-state", o.as_str()), None))
            .collect(),
        _ => Vec::new(),
    }
}
