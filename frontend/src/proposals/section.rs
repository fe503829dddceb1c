//! One section of the form: its questions, saved as one types.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::calls::{Question, Section};
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::proposals::{
    GetAnswer, Proposal, ProposalAction, SaveAnswer, SaveAnswerRequest, WorkingAnswer, clean, paste,
};
use wasm_bindgen::JsCast;

use super::autosave::{Autosave, local_copy};
use super::parts::{crumbs, focus_asked, framed, leave_page, next_task, proposal_of, stale_notice};
use crate::api;
use crate::calls::local;
use crate::components;
use crate::components::{Button, ButtonKind, Failure, Notice, Page, SaveState, TextArea, Tone};
use crate::i18n::t;
use crate::routes::Path;

/// One section of the form.
pub fn section_page(id: ProposalId, key: String) -> AnyView {
    let loader = proposal_of(id);
    framed(loader, move |proposal| match proposal.definition.sections.iter().find(|s| s.key == key) {
        Some(section) => page(proposal, section),
        None => view! { <Page title=t("not-found-title")><p>{t("not-found-text")}</p></Page> }.into_any(),
    })
}

fn page(proposal: &Proposal, section: &Section) -> AnyView {
    let id = proposal.summary.id;
    let may_edit = proposal.actions.contains(&ProposalAction::Edit);
    let saves = StoredValue::new(Vec::<Autosave>::new());
    let questions = section
        .questions
        .iter()
        .map(|question| {
            let answer = proposal.working.as_ref().and_then(|w| w.answers.iter().find(|a| a.question == question.key));
            match answer {
                Some(answer) => view! {
                    <Answer id question=question.clone() answer=answer.clone() may_edit saves/>
                }
                .into_any(),
                None => ().into_any(),
            }
        })
        .collect_view();
    let next = next_task(proposal, &section.key);
    focus_asked();
    let done = move |to: Path| leave_page(saves.get_value(), to);
    view! {
        <Page title=local(&section.title) crumbs=crumbs(proposal)>
            {(!may_edit).then(|| view! { <Notice><p>{t("proposal-locked")}</p></Notice> }.into_any())}
            <p class="muted">{t("section-intro")}</p>
            {questions}
            <div class="actions">
                <Button label=t("save-and-continue") kind=ButtonKind::Primary on_press=move |()| done(next.clone())/>
                <Button label=t("save-and-back") on_press=move |()| done(Path::Proposal(id))/>
            </div>
        </Page>
    }
    .into_any()
}

/// A question with its answer, counter and state of saving.
#[component]
fn Answer(
    /// The proposal.
    id: ProposalId,
    /// What is asked.
    question: Question,
    /// What the server has.
    answer: WorkingAnswer,
    /// Whether it can be changed now.
    may_edit: bool,
    /// Where the page finds what it waits for on leaving.
    saves: StoredValue<Vec<Autosave>>,
) -> impl IntoView {
    let storage = format!("answer/{id}/{}", question.key);
    let copy = local_copy(&storage).filter(|copy| copy.text != answer.body && may_edit);
    let is_newer_there = copy.as_ref().is_some_and(|copy| copy.version != answer.version);
    let is_restored = copy.is_some() && !is_newer_there;
    let text = RwSignal::new(copy.as_ref().map_or_else(|| answer.body.clone(), |copy| copy.text.clone()));
    let theirs = RwSignal::new(is_newer_there.then(|| answer.clone()));
    let endpoint = SaveAnswer { proposal_id: id, question: question.key.clone() };
    let save = Autosave::new(
        storage,
        copy.map_or(answer.version, |copy| copy.version),
        answer.body.clone(),
        answer.saved_at,
        text.into(),
        move |body, version| {
            let endpoint = endpoint.clone();
            async move {
                let request = SaveAnswerRequest { body: clean(&body) };
                let saved = api::call_if_match(&endpoint, &Nothing {}, &request, version).await?;
                Ok((saved.version, saved.saved_at.unwrap_or_else(crate::clock::now)))
            }
        },
    );
    if is_newer_there {
        save.is_stale.set(true);
    }
    saves.update_value(|all| all.push(save));
    // A stale save: fetch what the other person wrote.
    let key = question.key.clone();
    Effect::new(move |_| {
        if save.is_stale.get() && theirs.with_untracked(Option::is_none) {
            let endpoint = GetAnswer { proposal_id: id, question: key.clone() };
            spawn_local(async move {
                match api::call(&endpoint, &Nothing {}, &Nothing {}).await {
                    Ok(answer) => {
                        let _ = theirs.try_set(Some(answer));
                    }
                    Err(error) => components::toast(error.text().into()),
                }
            });
        }
    });
    let merge = move || theirs.get().map(|theirs_now| merge_view(text, theirs_now, theirs, save));
    let refused = move || {
        let error = save.error.get().filter(|_| !save.is_stale.get())?;
        Some(view! { <Failure error retry=Callback::new(move |()| save.flush())/> }.into_any())
    };
    let limit = usize::try_from(question.max_words).unwrap_or(usize::MAX);
    view! {
        <div class="answer" on:focusout=move |_| save.flush() on:paste=move |event| pasted(&event, text)>
            {is_restored.then(|| view! { <Notice tone=Tone::Info><p>{t("answer-restored")}</p></Notice> }.into_any())}
            {merge}
            {refused}
            <TextArea
                pointer=format!("/answers/{}", question.key)
                label=local(&question.label)
                hint=local(&question.hint)
                value=text
                optional=!question.is_required
                max_words=Some(limit)
                lines=10
                read_only=Signal::derive(move || !may_edit)
            />
            <SaveState state=save.state/>
        </div>
    }
}

/// Both texts side by side: choose one, or combine them.
fn merge_view(
    text: RwSignal<String>,
    saved: WorkingAnswer,
    theirs: RwSignal<Option<WorkingAnswer>>,
    save: Autosave,
) -> AnyView {
    let saved = StoredValue::new(saved);
    let settle = move |body: String| {
        text.set(body);
        theirs.set(None);
        saved.with_value(|saved| save.resolve(saved.version, saved.body.clone()));
    };
    let mine = move |()| settle(text.get_untracked());
    let other = move |()| settle(saved.with_value(|s| s.body.clone()));
    let both = move |()| settle(saved.with_value(|s| format!("{}\n\n{}", s.body, text.get_untracked())));
    let (name, at) = saved.with_value(|s| (s.saved_by.clone(), s.saved_at));
    view! {
        <Notice tone=Tone::Attention title=t("merge-title")>
            {stale_notice(name, at)}
            <div class="merge">
                <div><h2>{t("merge-mine")}</h2><div class="prose">{move || text.get()}</div></div>
                <div><h2>{t("merge-theirs")}</h2><div class="prose">{saved.with_value(|s| s.body.clone())}</div></div>
            </div>
            <div class="actions">
                <Button label=t("merge-keep-mine") on_press=mine/>
                <Button label=t("merge-take-theirs") on_press=other/>
                <Button label=t("merge-both") on_press=both/>
            </div>
        </Notice>
    }
    .into_any()
}

/// Pastes from a word processor as plain text: paragraphs and lists stay.
fn pasted(event: &ev::ClipboardEvent, text: RwSignal<String>) {
    let Some(data) = event.clipboard_data().and_then(|d| d.get_data("text/plain").ok()) else { return };
    let plain = paste(&data);
    let area = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
    let Some(area) = area.filter(|a| plain != clean(&data) && !a.read_only()) else { return };
    event.prevent_default();
    let start = area.selection_start().ok().flatten().unwrap_or_default();
    let end = area.selection_end().ok().flatten().unwrap_or(start);
    let _ = area.set_range_text_with_start_and_end_and_mode(&plain, start, end, "end");
    text.set(area.value());
}

/// The label of a question by its key, for lists of what is missing.
pub(super) fn question<'a>(proposal: &'a Proposal, key: &str) -> Option<(&'a Section, &'a Question)> {
    proposal.definition.sections.iter().find_map(|s| s.questions.iter().find(|q| q.key == key).map(|q| (s, q)))
}
