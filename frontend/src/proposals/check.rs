//! Checking the answers, declaring, submitting; and the receipt.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::problem::{Code, FieldError};
use shared::proposals::{Proposal, ProposalAction, Receipt, SubmitProposal, SubmitProposalRequest, missing};

use super::budget::column_name;
use super::overview::details_list;
use super::parts::{BUDGET, DETAILS, concept_note, crumbs, framed, proposal_of, task_path};
use super::section::question;
use super::totals::budget_table;
use crate::components::{Button, ButtonKind, Checkbox, Deadline, DefinitionList, FormBox, Notice, Page, Tone};
use crate::form::{Form, field_id};
use crate::i18n::{self, Text, t};
use crate::routes::Path;
use crate::{api, calls, format, router};

/// Checking the answers and submitting.
pub fn check_page(id: ProposalId) -> AnyView {
    framed(proposal_of(id), page)
}

fn page(proposal: &Proposal) -> AnyView {
    let id = proposal.summary.id;
    let may_submit = proposal.actions.contains(&ProposalAction::Submit);
    let lacks = missing(&proposal.definition, &proposal.content, proposal.concept.as_ref());
    let is_complete = lacks.is_empty();
    let head = if may_submit {
        view! { <Deadline at=proposal.summary.due_at zone=proposal.call.zone.clone() label=t("proposal-due")/> }
            .into_any()
    } else {
        view! { <Notice><p>{t("proposal-locked")}</p></Notice> }.into_any()
    };
    let body = view! {
        {head}
        {concept_note(proposal)}
        {(!is_complete).then(|| missing_list(proposal, lacks))}
        {part(t("proposal-details"), may_edit_link(proposal, DETAILS), details_list(proposal))}
        {answers(proposal, true)}
        {part(t("budget-title"), may_edit_link(proposal, BUDGET), budget_table(proposal))}
        {(may_submit && is_complete).then(|| view! { <Submit id version=proposal.version/> }.into_any())}
    }
    .into_any();
    view! {
        <Page title=t("check-title") crumbs=crumbs(proposal) wide=true>{body}</Page>
    }
    .into_any()
}

fn may_edit_link(proposal: &Proposal, key: &str) -> Option<Path> {
    proposal.actions.contains(&ProposalAction::Edit).then(|| task_path(proposal.summary.id, key))
}

/// A heading with its Change link, and what is below it.
fn part(title: Text, change: Option<Path>, content: AnyView) -> AnyView {
    let name = title.clone();
    let change = change.map(|path| {
        view! {
            <a href=path.to_string() aria-label=crate::t!("check-change-what", what = name)>{t("check-change")}</a>
        }
        .into_any()
    });
    view! {
        <section class="part">
            <div class="part-head"><h2>{title}</h2>{change}</div>
            {content}
        </section>
    }
    .into_any()
}

/// Every section with its questions and answers; with Change links where they can be changed.
pub(super) fn answers(proposal: &Proposal, with_links: bool) -> AnyView {
    proposal
        .definition
        .sections
        .iter()
        .map(|section| {
            let link = with_links.then(|| may_edit_link(proposal, &section.key)).flatten();
            let texts = section
                .questions
                .iter()
                .map(|question| {
                    let body = proposal.content.answer(&question.key).to_owned();
                    let answer = if body.trim().is_empty() {
                        view! { <p class="muted">{t("answer-none")}</p> }.into_any()
                    } else {
                        view! { <div class="prose" lang=proposal.content.language.as_str()>{body}</div> }.into_any()
                    };
                    view! { <h3>{calls::local(&question.label)}</h3>{answer} }.into_any()
                })
                .collect_view();
            part(calls::local(&section.title), link, texts.into_any())
        })
        .collect_view()
        .into_any()
}

/// One list of all that is missing or wrong, each entry leading to its field.
fn missing_list(proposal: &Proposal, errors: Vec<FieldError>) -> AnyView {
    let count = errors.len();
    let items = errors
        .into_iter()
        .map(|error| {
            let (label, page) = place(proposal, &error.pointer);
            let href = format!("{page}?at={}", field_id(&error.pointer));
            let text = Text::new(move || i18n::field_error_text(&error));
            view! { <li><a href=href>{crate::t!("label-message", label = label, message = text)}</a></li> }.into_any()
        })
        .collect_view();
    view! {
        <Notice tone=Tone::Attention title=crate::t!("check-missing", count = count)>
            <ul>{items}</ul>
        </Notice>
    }
    .into_any()
}

/// What a pointer means to a reader, and the page where it is mended.
fn place(proposal: &Proposal, pointer: &str) -> (Text, Path) {
    let id = proposal.summary.id;
    if let Some(key) = pointer.strip_prefix("/answers/")
        && let Some((section, question)) = question(proposal, key)
    {
        return (calls::local(&question.label), Path::ProposalSection(id, section.key.clone()));
    }
    if let Some(rest) = pointer.strip_prefix("/budget/lines/") {
        let (line, field) = rest.split_once('/').unwrap_or((rest, ""));
        let line = line.parse::<usize>().unwrap_or_default() + 1;
        let column = column_name(field);
        return (crate::t!("budget-line-number", line = line, column = column), Path::ProposalBudget(id));
    }
    match pointer {
        "/title" => (t("proposal-title"), Path::ProposalDetails(id)),
        "/country" => (t("country"), Path::ProposalDetails(id)),
        "/duration_months" => (t("proposal-duration"), Path::ProposalDetails(id)),
        "/partners" => (t("proposal-partners"), Path::ProposalDetails(id)),
        _ => (t("budget-title"), Path::ProposalBudget(id)),
    }
}

#[component]
fn Submit(
    /// The proposal.
    id: ProposalId,
    /// The version that was checked.
    version: i64,
) -> impl IntoView {
    let form = Form::new();
    let declared = RwSignal::new(false);
    let send = Callback::new(move |()| {
        let request = SubmitProposalRequest { is_declared: declared.get_untracked() };
        let errors =
            if request.is_declared { Vec::new() } else { vec![FieldError::new("/is_declared", Code::Required)] };
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            match api::call_if_match(&SubmitProposal { proposal_id: id }, &Nothing {}, &request, version).await {
                Ok(_) => {}
                // The answer to an earlier try was lost on the way: the receipt says what happened.
                Err(error) if error.code() == Some(Code::WrongState) => {}
                Err(error) => return Err(error),
            }
            router::replace(&Path::ProposalReceipt(id));
            Ok(())
        });
    });
    view! {
        <section class="part">
            <h2>{t("check-submit-title")}</h2>
            <p>{t("check-submit-text")}</p>
            <FormBox form submit=t("proposal-submit") on_submit=send>
                <Checkbox pointer="/is_declared" label=t("check-declaration") value=declared/>
            </FormBox>
        </section>
    }
}

/// The receipt of a submission.
pub fn receipt_page(id: ProposalId) -> AnyView {
    framed(proposal_of(id), |proposal| {
        let Some(receipt) = proposal.receipt.clone() else {
            return view! {
                <Page title=t("receipt-title") crumbs=crumbs(proposal)><p>{t("receipt-none")}</p></Page>
            }
            .into_any();
        };
        let id = proposal.summary.id;
        let title = proposal.content.details.title.clone();
        let due = proposal.summary.due_at;
        let may_reopen = proposal.actions.contains(&ProposalAction::Reopen);
        let number = receipt.number.clone();
        let list = receipt_list(&receipt, &proposal.call.zone);
        view! {
            <Page
                title=crate::t!("receipt-done", number = number)
                crumbs=crumbs(proposal)
                action=move || view! { <Button label=t("print") on_press=move |()| { let _ = window().print(); }/> }
            >
                <Notice tone=Tone::Good title=t("receipt-received")><p>{title}</p></Notice>
                {list}
                <h2>{t("receipt-next")}</h2>
                <ul>
                    <li>{t("receipt-next-keep")}</li>
                    {may_reopen.then(|| view! { <li>{crate::t!("receipt-next-reopen", until = due)}</li> }.into_any())}
                    <li>{t("receipt-next-screening")}</li>
                </ul>
                <p><a class=ButtonKind::Secondary.class() href=Path::Proposal(id).to_string()>{t("receipt-proposal")}</a></p>
            </Page>
        }
        .into_any()
    })
}

/// Number, version, instant with its zone, hash.
pub(crate) fn receipt_list(receipt: &Receipt, zone: &str) -> AnyView {
    let at = receipt.submitted_at;
    let zone = zone.to_owned();
    let text = |text: Text| view! { <span>{text}</span> }.into_any();
    let code = |code: String| view! { <code class="hash">{code}</code> }.into_any();
    view! {
        <DefinitionList items=vec![
            (t("receipt-number"), text(Text::from(receipt.number.clone()))),
            (t("receipt-version"), text(Text::from(receipt.version_number.to_string()))),
            (t("receipt-id"), code(receipt.receipt.clone())),
            (t("receipt-at"), text(Text::new(move || format!("{} ({zone})", format::instant_in(at, &zone))))),
            (t("receipt-at-utc"), code(at.to_string())),
            (t("receipt-by"), text(Text::from(receipt.submitted_by.clone()))),
            (t("receipt-hash"), code(receipt.sha256.clone())),
        ]/>
        <p class="muted">{t("receipt-hash-hint")}</p>
    }
    .into_any()
}
