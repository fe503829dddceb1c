//! What the pages of a proposal share.

use std::time::Duration;

use leptos::prelude::*;
use shared::concepts::{Waiver, bounds};
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::permission::{Permission, Scope};
use shared::proposals::{GetProposal, Proposal, ProposalState, TaskState};
use shared::time::Timestamp;

use super::autosave::Autosave;
use crate::browser;
pub(super) use crate::calls::framed;
use crate::components::{Crumb, Notice, Saved, StatusBadge, Tone, toast};
use crate::i18n::{Text, t, word};
use crate::load::{Loader, load};
use crate::routes::Path;
use crate::{api, router, session};

/// The key of the first task, which the form's sections do not name.
pub(super) const DETAILS: &str = "details";

/// The key of the last task.
pub(super) const BUDGET: &str = "budget";

/// Reads a proposal.
pub(super) fn proposal_of(proposal_id: ProposalId) -> Loader<Proposal> {
    load(move || async move { api::call(&GetProposal { proposal_id }, &Nothing {}, &Nothing {}).await })
}

/// The way to a page of a proposal.
pub(super) fn crumbs(proposal: &Proposal) -> Vec<Crumb> {
    let name = proposal.summary.number.clone().unwrap_or_else(|| shortened(&proposal.content.details.title));
    vec![Crumb(t("proposals-title"), Path::Proposals), Crumb(Text::from(name), Path::Proposal(proposal.summary.id))]
}

/// A title's first words, for where there is little room.
fn shortened(title: &str) -> String {
    const CHARS: usize = 40;
    match title.char_indices().nth(CHARS) {
        Some((end, _)) => {
            let head = &title[..end];
            format!("{}…", head.rsplit_once(' ').map_or(head, |(words, _)| words))
        }
        None => title.to_owned(),
    }
}

/// A proposal's state as a badge.
pub(super) fn state_badge(state: ProposalState) -> AnyView {
    let tone = match state {
        ProposalState::Draft => Tone::Neutral,
        ProposalState::Submitted | ProposalState::Screened | ProposalState::InReview => Tone::Info,
        ProposalState::Scored | ProposalState::Deliberated => Tone::Info,
        ProposalState::Decided => Tone::Good,
        ProposalState::MoreInfo => Tone::Attention,
        ProposalState::Ineligible | ProposalState::Withdrawn => Tone::Problem,
    };
    view! { <StatusBadge word=word("proposal-state", state.as_str()) tone/> }.into_any()
}

/// The concept note that a proposal follows, what it may ask for after it, and the waiver (M11).
pub(super) fn concept_note(proposal: &Proposal) -> AnyView {
    let Some(link) = &proposal.concept else { return ().into_any() };
    let (number, asked) = (link.number.clone(), link.requested);
    let title = crate::t!("concept-follows", number = number, amount = asked);
    let limits = link.waiver.is_none().then(|| {
        let (min, max) = bounds(link.requested, link.tolerance);
        view! { <p>{crate::t!("concept-bounds", min = min, max = max)}</p> }.into_any()
    });
    // Reviewers read the proposals that are assigned to them, no notes.
    let note = (session::scope(Permission::ReadProposal) > Scope::Assigned)
        .then(|| view! { <p><a href=Path::Concept(link.id).to_string()>{t("concept")}</a></p> }.into_any());
    let waived = link.waiver.as_ref().map(waiver);
    view! { <Notice title>{limits}{waived}{note}</Notice> }.into_any()
}

/// That a proposal may ask for more or less than its note allows, who said so, and why (M11).
pub(crate) fn waiver(waiver: &Waiver) -> AnyView {
    let (name, at) = (waiver.granted_by.clone(), waiver.granted_at);
    view! {
        <p>{crate::t!("concept-waived", name = name, at = at)}</p>
        <p class="prose">{waiver.reason.clone()}</p>
    }
    .into_any()
}

/// How far a task is, as a badge.
pub(super) fn task_badge(state: TaskState) -> AnyView {
    let tone = match state {
        TaskState::NotStarted => Tone::Neutral,
        TaskState::InProgress => Tone::Info,
        TaskState::OverLimit => Tone::Problem,
        TaskState::Complete => Tone::Good,
    };
    view! { <StatusBadge word=word("task-state", state.as_str()) tone/> }.into_any()
}

/// Where a task is done.
pub(super) fn task_path(id: ProposalId, key: &str) -> Path {
    match key {
        DETAILS => Path::ProposalDetails(id),
        BUDGET => Path::ProposalBudget(id),
        section => Path::ProposalSection(id, section.to_owned()),
    }
}

/// The page after a task: the next task, at the end the check.
pub(super) fn next_task(proposal: &Proposal, key: &str) -> Path {
    let id = proposal.summary.id;
    let mut keys = std::iter::once(DETAILS)
        .chain(proposal.definition.sections.iter().map(|section| section.key.as_str()))
        .chain(std::iter::once(BUDGET));
    keys.find(|k| *k == key);
    keys.next().map_or(Path::ProposalCheck(id), |next| task_path(id, next))
}

/// Who changed the same text meanwhile, and when.
pub(super) fn stale_notice(name: Option<String>, at: Option<Timestamp>) -> AnyView {
    let name = name.unwrap_or_default();
    match at {
        Some(at) => view! { <p>{crate::t!("merge-text", name = name, at = at)}</p> }.into_any(),
        None => ().into_any(),
    }
}

/// How often leaving looks whether all is saved.
const LOOK: Duration = Duration::from_millis(80);

/// Leaves a page when all of it is saved; what the server refused or somebody changed meanwhile
/// keeps the reader here. Without a connection the reader may go: this device keeps the text.
pub(super) fn leave_page(saves: Vec<Autosave>, to: Path) {
    for save in &saves {
        save.flush();
    }
    wait_and_go(saves, to);
}

fn wait_and_go(saves: Vec<Autosave>, to: Path) {
    let states: Vec<Option<Saved>> = saves.iter().map(|save| save.state.try_get_untracked()).collect();
    if states.contains(&Some(Saved::Saving)) {
        set_timeout(move || wait_and_go(saves, to), LOOK);
    } else if states.contains(&Some(Saved::Failed)) {
        toast(t("save-failed"));
    } else {
        if states.contains(&Some(Saved::Offline)) {
            toast(t("save-offline"));
        }
        router::go(&to);
    }
}

/// Puts the focus on the field that the check has sent the reader to (`?at=`); whether it did.
pub(super) fn focus_asked() -> bool {
    let Some(id) = browser::query_param("at") else { return false };
    // After the page's heading has had its turn.
    set_timeout(
        move || {
            browser::focus(&id);
        },
        Duration::from_millis(150),
    );
    true
}
