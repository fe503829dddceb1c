//! One proposal: for the applicant the task list and where it stands, for everybody else the text.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::problem::Code;
use shared::proposals::{
    Proposal, ProposalAction, ProposalState, ReopenProposal, WithdrawProposal, WithdrawProposalRequest, tasks,
};

use super::autosave::local_copy;
use super::parts::{BUDGET, DETAILS, concept_note, framed, proposal_of, state_badge, task_badge, task_path};
use super::{read, result};
use crate::components::{
    Button, ButtonKind, ConfirmButton, Crumb, Deadline, DefinitionList, Dialog, FormBox, Notice, Page, StatusBadge,
    TextArea, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader};
use crate::routes::Path;
use crate::{api, calls, clock, format, i18n, router};

/// One proposal.
pub fn proposal_page(id: ProposalId) -> AnyView {
    let loader = proposal_of(id);
    // Reviewers, voters and finance declare first (K1), and come back here.
    Effect::new(move |_| {
        let asks = loader.state().with(|state| match state {
            Load::Failed(error) => error.code() == Some(Code::DeclarationRequired),
            _ => false,
        });
        if asks {
            router::replace(&Path::ProposalDeclaration(id));
        }
    });
    framed(loader, move |proposal| match &proposal.working {
        Some(_) => own_page(proposal, loader),
        None => read::page(proposal, loader),
    })
}

fn own_page(proposal: &Proposal, loader: Loader<Proposal>) -> AnyView {
    let id = proposal.summary.id;
    let can = |action| proposal.actions.contains(&action);
    let heading = proposal.clone();
    let title = Text::from(proposal.content.details.title.clone());
    let main = can(ProposalAction::Submit);
    let body = view! {
        {track(proposal.summary.state)}
        {standing(proposal)}
        {result::section(proposal)}
        {concept_note(proposal)}
        {(can(ProposalAction::Edit) || proposal.receipt.is_none()).then(|| task_list(proposal))}
        {proposal.receipt.is_some().then(|| read::documents(proposal))}
        {steps(proposal, loader)}
    }
    .into_any();
    view! {
        <Page
            title
            crumbs=vec![Crumb(t("proposals-title"), Path::Proposals)]
            lead=move || lead(&heading)
            action=move || main.then(|| view! {
                <a class=ButtonKind::Primary.class() href=Path::ProposalCheck(id).to_string()>{t("proposal-check")}</a>
            }.into_any())
        >
            {body}
        </Page>
    }
    .into_any()
}

/// State, number, call.
pub(super) fn lead(proposal: &Proposal) -> AnyView {
    let number = proposal.summary.number.clone().map(|number| format!("{number} · "));
    let call = proposal.call.title.clone();
    view! {
        <p>
            {state_badge(proposal.summary.state)}
            " "
            <span class="muted">
                {number}
                {proposal.summary.organisation.name.clone()}
                " · "
                <a href=Path::Call(proposal.call.id).to_string()>{calls::local(&call)}</a>
            </span>
        </p>
    }
    .into_any()
}

/// The way of a proposal, with the present step marked.
fn track(state: ProposalState) -> AnyView {
    use ProposalState as S;
    let reached = match state {
        S::Draft => 0,
        S::Submitted | S::MoreInfo => 1,
        S::Screened => 2,
        S::InReview | S::Scored => 3,
        S::Deliberated => 4,
        S::Decided => 5,
        S::Ineligible | S::Withdrawn => return ().into_any(),
    };
    let steps = [S::Draft, S::Submitted, S::Screened, S::InReview, S::Deliberated, S::Decided];
    let items = steps
        .into_iter()
        .enumerate()
        .map(|(n, step)| {
            let class = match n.cmp(&reached) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "now",
                std::cmp::Ordering::Greater => "",
            };
            let current = (n == reached).then_some("step");
            view! { <li class=class aria-current=current>{word("proposal-step", step.as_str())}</li> }.into_any()
        })
        .collect_view();
    view! { <ol class="track" aria-label=t("proposal-track")>{items}</ol> }.into_any()
}

/// What matters now: the deadline, what the desk asks, what counts.
fn standing(proposal: &Proposal) -> AnyView {
    let can_edit = proposal.actions.contains(&ProposalAction::Edit);
    let summary = &proposal.summary;
    let reason = proposal.reason.clone();
    let message = match summary.state {
        ProposalState::MoreInfo => Some((Tone::Attention, t("proposal-more-info"))),
        ProposalState::Ineligible => Some((Tone::Problem, t("proposal-ineligible"))),
        ProposalState::Withdrawn => Some((Tone::Neutral, t("proposal-withdrawn"))),
        ProposalState::Draft if !can_edit && summary.due_at <= clock::now() => {
            Some((Tone::Attention, t("proposal-too-late")))
        }
        _ => None,
    };
    let message =
        message.map(|(tone, title)| view! { <Notice tone title><p class="prose">{reason}</p></Notice> }.into_any());
    let version = proposal.receipt.as_ref().map_or(0, |r| r.version_number);
    let reopened = (summary.is_reopened && version > 0).then(|| {
        let text = if can_edit {
            crate::t!("proposal-reopened", version = version)
        } else {
            crate::t!("proposal-reopened-late", version = version)
        };
        view! { <Notice tone=Tone::Attention title=text>""</Notice> }.into_any()
    });
    let can_still = can_edit || proposal.actions.contains(&ProposalAction::Reopen);
    let label = if can_edit { t("proposal-due") } else { t("proposal-change-until") };
    let deadline = can_still.then(|| {
        view! {
            <Deadline at=summary.due_at zone=proposal.call.zone.clone() label=label/>
        }
        .into_any()
    });
    view! { {message}{reopened}{deadline} }.into_any()
}

/// The tasks with their states, and how many are done.
fn task_list(proposal: &Proposal) -> AnyView {
    let id = proposal.summary.id;
    let tasks = tasks(&proposal.definition, &proposal.content, proposal.concept.as_ref());
    let done = tasks.iter().filter(|task| task.state == shared::proposals::TaskState::Complete).count();
    let all = tasks.len();
    let items = tasks
        .into_iter()
        .map(|task| {
            let section = proposal.definition.sections.iter().find(|s| s.key == task.key);
            let name = match (task.key.as_str(), section) {
                (DETAILS, _) => t("proposal-details"),
                (BUDGET, _) => t("budget-title"),
                (_, Some(section)) => calls::local(&section.title),
                (_, None) => Text::from(task.key.clone()),
            };
            let keys: Vec<String> = match section {
                Some(section) => section.questions.iter().map(|q| format!("answer/{id}/{}", q.key)).collect(),
                None => vec![format!("{}/{id}", task.key)],
            };
            let is_unsent = keys.iter().any(|key| local_copy(key).is_some());
            view! {
                <li>
                    <a href=task_path(id, &task.key).to_string()>{name}</a>
                    <span class="task-state">
                        {is_unsent.then(|| view! { <StatusBadge word=t("task-unsent") tone=Tone::Attention/>" " }.into_any())}
                        {task_badge(task.state)}
                    </span>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <h2>{t("tasks-title")}</h2>
        <p class="muted">{crate::t!("tasks-done", done = done, all = all)}</p>
        <ol class="tasks">{items}</ol>
    }
    .into_any()
}

/// Reopening and withdrawing.
fn steps(proposal: &Proposal, loader: Loader<Proposal>) -> AnyView {
    let id = proposal.summary.id;
    let version = proposal.version;
    let busy = RwSignal::new(false);
    let reopen = Callback::new(move |()| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            if let Err(error) =
                api::call_if_match(&ReopenProposal { proposal_id: id }, &Nothing {}, &Nothing {}, version).await
            {
                toast(error.text().into());
            }
            let _ = busy.try_set(false);
            loader.reload();
        });
    });
    let withdrawing = RwSignal::new(false);
    let may_reopen = proposal.actions.contains(&ProposalAction::Reopen);
    let may_withdraw = proposal.actions.contains(&ProposalAction::Withdraw);
    if !may_reopen && !may_withdraw {
        return ().into_any();
    }
    let count = proposal.receipt.as_ref().map_or(0, |r| r.version_number);
    view! {
        <h2>{t("proposal-steps")}</h2>
        <div class="actions">
            {may_reopen.then(|| view! {
                <ConfirmButton
                    label=t("proposal-reopen")
                    explain=crate::t!("proposal-reopen-explain", version = count)
                    on_confirm=reopen
                    busy
                />
            }.into_any())}
            {may_withdraw.then(|| view! {
                <Button label=t("proposal-withdraw") kind=ButtonKind::Danger on_press=move |()| withdrawing.set(true)/>
            }.into_any())}
        </div>
        <Dialog open=withdrawing title=t("proposal-withdraw")>
            <Withdraw id version on_done=move || { withdrawing.set(false); loader.reload(); }/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Withdraw(
    /// The proposal.
    id: ProposalId,
    /// Its version.
    version: i64,
    /// What follows.
    on_done: impl Fn() + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let request = WithdrawProposalRequest { reason: reason.get_untracked() };
        form.submit(async move {
            api::call_if_match(&WithdrawProposal { proposal_id: id }, &Nothing {}, &request, version).await?;
            on_done();
            Ok(())
        });
    });
    view! {
        <p>{t("proposal-withdraw-explain")}</p>
        <FormBox form submit=t("proposal-withdraw") on_submit=send>
            <TextArea pointer="/reason" label=t("reason") value=reason lines=4/>
        </FormBox>
    }
}

/// Title, country, duration, partners, language, currency: to read.
pub(super) fn details_list(proposal: &Proposal) -> AnyView {
    let details = proposal.content.details.clone();
    let country = details.country.clone();
    let partners: Vec<String> = details.partners.iter().map(|p| p.name.clone()).collect();
    let months = details.duration_months;
    let duration = Text::new(move || match months {
        Some(months) => crate::t!("months", months = months).get(),
        None => "–".to_owned(),
    });
    let text = |text: Text| view! { <span>{text}</span> }.into_any();
    let language = proposal.content.language;
    let partners = if partners.is_empty() { "–".to_owned() } else { partners.join(", ") };
    let items = vec![
        (t("proposal-title"), text(Text::from(details.title))),
        (t("organisation"), text(Text::from(proposal.content.organisation.name.clone()))),
        (t("country"), text(Text::new(move || format::country(&country)))),
        (t("proposal-duration"), text(duration)),
        (t("proposal-partners"), text(Text::from(partners))),
        (t("proposal-language"), text(Text::from(i18n::own_name(language)))),
        (t("proposal-currency"), text(Text::from(proposal.content.currency.code()))),
    ];
    view! { <DefinitionList items/> }.into_any()
}
