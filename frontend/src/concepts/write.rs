//! Writing a concept note: saved as one types, then submitted.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use shared::concepts::{Concept, ConceptContent, GetConcept, SaveConcept, SaveConceptRequest, SubmitConcept, missing};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::money::Money;
use shared::problem::{Code, FieldError, Problem};
use shared::proposals::clean;

use crate::api::{self, ApiError};
use crate::components::{
    Button, FormBox, MoneyInput, Notice, SaveState, Saved, Select, TextArea, TextInput, Tone, money_from, toast,
};
use crate::form::Form;
use crate::i18n::{self, Text, t};
use crate::load::Loader;
use crate::proposals::autosave::{Autosave, local_copy};
use crate::proposals::countries;
use crate::{format, json};

/// How often a submission looks whether all is saved.
const LOOK: Duration = Duration::from_millis(80);

/// A note as it is typed: nothing is lost that does not parse yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Raw {
    title: String,
    country: String,
    requested: String,
    summary: String,
}

impl Raw {
    fn of(content: &ConceptContent) -> Self {
        Self {
            title: content.title.clone(),
            country: content.country.clone(),
            requested: content.requested.map(Money::amount).unwrap_or_default(),
            summary: content.summary.clone(),
        }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn read(text: &str) -> Self {
        json::read(text).unwrap_or_default()
    }

    fn requested(&self, currency: Currency) -> Result<Option<Money>, FieldError> {
        match money_from(&self.requested, currency) {
            Ok(money) => Ok(Some(money)),
            Err(Code::Required) => Ok(None),
            Err(code) => Err(FieldError::new("/requested", code)),
        }
    }

    fn request(&self, currency: Currency) -> Result<SaveConceptRequest, FieldError> {
        Ok(SaveConceptRequest {
            title: self.title.trim().to_owned(),
            country: self.country.clone(),
            requested: self.requested(currency)?,
            summary: clean(&self.summary),
        })
    }
}

/// The fields, each a signal.
#[derive(Clone, Copy)]
struct Fields {
    title: RwSignal<String>,
    country: RwSignal<String>,
    requested: RwSignal<String>,
    summary: RwSignal<String>,
}

impl Fields {
    fn new(raw: Raw) -> Self {
        Self {
            title: RwSignal::new(raw.title),
            country: RwSignal::new(raw.country),
            requested: RwSignal::new(raw.requested),
            summary: RwSignal::new(raw.summary),
        }
    }

    fn set(self, raw: Raw) {
        self.title.set(raw.title);
        self.country.set(raw.country);
        self.requested.set(raw.requested);
        self.summary.set(raw.summary);
    }

    fn raw(self) -> Raw {
        Raw {
            title: self.title.get(),
            country: self.country.get(),
            requested: self.requested.get(),
            summary: self.summary.get(),
        }
    }
}

/// The fields of a draft, and its submission.
pub(super) fn editor(concept: &Concept, loader: Loader<Concept>) -> AnyView {
    let concept_id = concept.summary.id;
    let currency = concept.content.currency;
    let confirmed = Raw::of(&concept.content).text();
    let storage = format!("concept/{concept_id}");
    let copy = local_copy(&storage).filter(|copy| copy.text != confirmed);
    let is_newer_there = copy.as_ref().is_some_and(|copy| copy.version != concept.version);
    let is_restored = copy.is_some() && !is_newer_there;
    let fields = Fields::new(Raw::read(copy.as_ref().map_or(&confirmed, |copy| &copy.text)));
    let save = Autosave::new(
        storage,
        copy.map_or(concept.version, |copy| copy.version),
        confirmed,
        (concept.version > 1).then_some(concept.summary.updated_at),
        Signal::derive(move || fields.raw().text()),
        move |text, version| async move {
            let request =
                Raw::read(&text).request(currency).map_err(|e| ApiError::Problem(Problem::fields(vec![e])))?;
            let saved = api::call_if_match(&SaveConcept { concept_id }, &Nothing {}, &request, version).await?;
            Ok((saved.version, saved.saved_at))
        },
    );
    if is_newer_there {
        save.is_stale.set(true);
    }
    let form = Form::new();
    let written = StoredValue::new(concept.clone());
    let send = Callback::new(move |()| {
        let raw = untrack(|| fields.raw());
        let errors = written.with_value(|concept| lacks(concept, &raw));
        if form.check(errors) {
            save.flush();
            submit_once_saved(save, form, written, loader);
        }
    });
    let countries = countries(&concept.definition);
    let max_words = concept.definition.concept.as_ref().and_then(|rules| usize::try_from(rules.max_words).ok());
    let (min, max) = (concept.definition.budget.min_grant, concept.definition.budget.max_grant);
    view! {
        {is_restored.then(|| view! { <Notice tone=Tone::Info><p>{t("answer-restored")}</p></Notice> }.into_any())}
        {stale(concept, save, fields)}
        {move || refused(save)}
        <p class="muted">{t("section-intro")}</p>
        <div on:focusout=move |_| save.flush()>
            <FormBox form submit=t("concept-submit") on_submit=send>
                <TextInput pointer="/title" label=t("proposal-title") hint=t("proposal-title-hint") value=fields.title/>
                <Select pointer="/country" label=t("country") value=fields.country options=countries/>
                <MoneyInput
                    pointer="/requested"
                    label=t("proposal-requested")
                    hint=crate::t!("concept-requested-hint", min = min, max = max)
                    value=fields.requested
                    currency=Signal::derive(move || currency)
                />
                <TextArea
                    pointer="/summary"
                    label=t("concept-summary")
                    hint=t("concept-summary-hint")
                    value=fields.summary
                    max_words
                    lines=12
                />
                <SaveState state=save.state/>
                <p>{t("concept-submit-text")}</p>
            </FormBox>
        </div>
    }
    .into_any()
}

/// What is missing or wrong in what is typed, by the same rules as at submission.
fn lacks(concept: &Concept, raw: &Raw) -> Vec<FieldError> {
    let Some(rules) = &concept.definition.concept else { return Vec::new() };
    let requested = match raw.requested(concept.content.currency) {
        Ok(requested) => requested,
        Err(error) => return vec![error],
    };
    let content = ConceptContent {
        title: raw.title.trim().to_owned(),
        country: raw.country.clone(),
        requested,
        summary: raw.summary.clone(),
        ..concept.content.clone()
    };
    missing(&concept.definition, rules, &content)
}

/// Submits once the server has all of it, at the version that it has then.
fn submit_once_saved(save: Autosave, form: Form, written: StoredValue<Concept>, loader: Loader<Concept>) {
    let again = move || submit_once_saved(save, form, written, loader);
    match save.state.try_get_untracked() {
        None => {}
        Some(Saved::Saving) => set_timeout(again, LOOK),
        Some(Saved::Failed) => toast(t("save-failed")),
        Some(Saved::Offline) => toast(t("save-offline")),
        // Somebody else's text is there: the reader chooses first.
        Some(_) if save.is_stale.get_untracked() => toast(t("save-failed")),
        // More was typed while the last save was under way.
        Some(_) if save.is_unsaved() => {
            save.flush();
            set_timeout(again, LOOK);
        }
        _ => form.submit(async move {
            let concept_id = written.with_value(|concept| concept.summary.id);
            let now = api::call(&GetConcept { concept_id }, &Nothing {}, &Nothing {}).await?;
            let sent = api::call_if_match(&SubmitConcept { concept_id }, &Nothing {}, &Nothing {}, now.version).await?;
            toast(crate::t!("receipt-done", number = sent.number));
            loader.reload();
            Ok(())
        }),
    }
}

/// Why the last try was refused: what cannot be kept by the server yet stays on this device.
fn refused(save: Autosave) -> Option<AnyView> {
    let error = save.error.get().filter(|_| !save.is_stale.get())?;
    let text = match &error {
        ApiError::Problem(problem) if !problem.errors.is_empty() => {
            problem.errors.iter().map(i18n::field_error_text).collect::<Vec<_>>().join(" ")
        }
        _ => error.text(),
    };
    Some(view! { <Notice tone=Tone::Attention title=t("concept-unsaved")><p>{text}</p></Notice> }.into_any())
}

/// Somebody saved another text meanwhile: keep one of the two.
fn stale(concept: &Concept, save: Autosave, fields: Fields) -> AnyView {
    let concept_id = concept.summary.id;
    let theirs = RwSignal::new(None::<Concept>);
    Effect::new(move |_| {
        if save.is_stale.get() && theirs.with_untracked(Option::is_none) {
            spawn_local(async move {
                match api::call(&GetConcept { concept_id }, &Nothing {}, &Nothing {}).await {
                    Ok(concept) => {
                        let _ = theirs.try_set(Some(concept));
                    }
                    Err(error) => toast(error.text().into()),
                }
            });
        }
    });
    (move || {
        let (version, content) = theirs.get().map(|theirs| (theirs.version, theirs.content))?;
        let raw = StoredValue::new(Raw::of(&content));
        let settle = move |text: String| {
            theirs.set(None);
            save.resolve(version, text);
        };
        let mine = move |()| settle(raw.with_value(Raw::text));
        let other = move |()| {
            fields.set(raw.get_value());
            settle(raw.with_value(Raw::text));
        };
        let asked = content.requested;
        Some(
            view! {
                <Notice tone=Tone::Attention title=t("merge-title")>
                    <h3>{t("merge-theirs")}</h3>
                    <p>{content.title}" · "{Text::new(move || asked.map(format::money).unwrap_or_default())}</p>
                    <div class="prose">{content.summary}</div>
                    <div class="actions">
                        <Button label=t("merge-keep-mine") on_press=mine/>
                        <Button label=t("merge-take-theirs") on_press=other/>
                    </div>
                </Notice>
            }
            .into_any(),
        )
    })
    .into_any()
}
