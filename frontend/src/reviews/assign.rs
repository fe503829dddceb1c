//! Who reviews what in a call: the desk's page.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::endpoint::{Nothing, Page as ApiPage};
use shared::ids::{CallId, PersonId, ProposalId};
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::proposals::ProposalState;
use shared::reviews::{
    AfterQuery, AssignRequest, AssignReviewers, AssignedProposal, Candidate, Conflict, Declaration, ListAssignments,
    Resolution, ResolveConflict, ResolveRequest,
};
use shared::time::Date;

use super::ranking::call_tabs;
use super::review_badge;
use crate::components::{
    Button, ButtonKind, Column, Crumb, DataTable, DateInput, Dialog, EmptyState, FormBox, LoadMore, Page, RadioGroup,
    Row, StatusBadge, TextArea, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t, word};
use crate::load::{Paged, paged};
use crate::routes::Path;
use crate::{api, session};

type Chosen = RwSignal<BTreeSet<ProposalId>>;

/// Assigning reviewers in a call, and resolving soft conflicts.
pub fn assign_page(call_id: CallId) -> AnyView {
    let candidates = RwSignal::new(Vec::<Candidate>::new());
    let minimum = RwSignal::new((0_i64, 0_i64));
    let list = paged(move |after| async move {
        let answer = api::call(&ListAssignments { call_id }, &AfterQuery { after }, &Nothing {}).await?;
        let _ = candidates.try_set(answer.candidates);
        let _ = minimum.try_set((answer.min_sheets, answer.min_tag_sheets));
        Ok(ApiPage { items: answer.items, next: answer.next })
    });
    let chosen: Chosen = RwSignal::new(BTreeSet::new());
    let open = RwSignal::new(false);
    let resolving = RwSignal::new(None::<Declaration>);
    let may_assign = session::may(Permission::AssignReviewers);
    let columns = vec![
        Column::text(t("assign-choose")),
        Column::main(t("review-proposal")),
        Column::text(t("state")),
        Column::text(t("assign-reviewers")),
        Column::text(t("assign-conflicts")),
    ];
    let rows = Callback::new(move |()| list.rows(|item| row(item, chosen, minimum.get(), resolving, may_assign)));
    let assign = move || {
        may_assign.then(|| {
            view! { <Button label=t("assign-do") kind=ButtonKind::Primary on_press=move |()| open.set(true)/> }
                .into_any()
        })
    };
    view! {
        <Page
            title=t("assign-title")
            crumbs=vec![Crumb(t("nav-calls"), Path::Calls), Crumb(t("review-call"), Path::Call(call_id))]
            wide=true
            action=assign
        >
            {call_tabs(call_id, false)}
            <p class="muted">{Text::new(move || {
                let (sheets, tag) = minimum.get();
                crate::t!("assign-minimum", sheets = sheets, tag = tag).get()
            })}</p>
            <DataTable
                caption=t("assign-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("assign-empty") hint=t("assign-empty-hint")/> }
            />
            <LoadMore list/>
            <Dialog open title=t("assign-do")>
                <AssignForm call_id list chosen candidates open/>
            </Dialog>
            {move || resolving.get().map(|declaration| view! { <Resolve declaration resolving list/> }.into_any())}
        </Page>
    }
    .into_any()
}

fn row(
    item: &AssignedProposal,
    chosen: Chosen,
    (min_sheets, min_tag): (i64, i64),
    resolving: RwSignal<Option<Declaration>>,
    may_assign: bool,
) -> Row {
    let id = item.proposal.id;
    let name = format!("{} {}", item.proposal.number, item.proposal.title);
    let open = matches!(item.state, ProposalState::Screened | ProposalState::InReview | ProposalState::Scored);
    let tick = (may_assign && open).then(|| {
        view! {
            <input
                type="checkbox"
                class="assign-tick"
                aria-label=name
                prop:checked=move || chosen.with(|c| c.contains(&id))
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    chosen.update(|c| {
                        if on { c.insert(id); } else { c.remove(&id); }
                    });
                }
            />
        }
        .into_any()
    });
    let active = item
        .reviewers
        .iter()
        .filter(|r| !matches!(r.state, shared::reviews::ReviewState::Recused | shared::reviews::ReviewState::Void));
    let (mut sheets, mut tag) = (0, 0);
    for reviewer in active {
        sheets += 1;
        tag += i64::from(reviewer.is_tag);
    }
    let short = (open && (sheets < min_sheets || tag < min_tag)).then(|| {
        view! { <div><StatusBadge word=crate::t!("assign-short", have = sheets, need = min_sheets) tone=Tone::Attention/></div> }
            .into_any()
    });
    let reviewers = item.reviewers.iter().map(|reviewer| {
        let tag = reviewer.is_tag.then(|| view! { " "<span class="muted">{t("review-tag")}</span> }.into_any());
        view! { <li>{reviewer.reviewer.clone()}{tag}" "{review_badge(reviewer.state)}</li> }.into_any()
    });
    let conflicts = item.conflicts.iter().map(|declaration| conflict(declaration, resolving));
    Row(vec![
        tick.into_any(),
        view! {
            <a href=Path::Proposal(id).to_string()>{item.proposal.title.clone()}</a>
            <div class="muted">{item.proposal.number.clone()}" · "{item.proposal.organisation.name.clone()}</div>
        }
        .into_any(),
        word("proposal-state", item.state.as_str()).into_render().into_any(),
        view! { {short}<ul class="plain">{reviewers.collect_view()}</ul> }.into_any(),
        view! { <ul class="plain">{conflicts.collect_view()}</ul> }.into_any(),
    ])
}

fn conflict(declaration: &Declaration, resolving: RwSignal<Option<Declaration>>) -> AnyView {
    let settled = declaration.resolution.map(|resolution| {
        let reason = declaration.resolution_reason.clone();
        view! { <div class="muted">{word("resolution", resolution.as_str())}" · "{reason}</div> }.into_any()
    });
    let waits = declaration.conflict == Conflict::Soft
        && declaration.resolution.is_none()
        && session::may(Permission::ResolveConflict);
    let this = declaration.clone();
    let resolve = waits.then(|| {
        view! { <Button label=t("conflict-resolve") on_press=move |()| resolving.set(Some(this.clone()))/> }.into_any()
    });
    view! {
        <li>
            {declaration.person.clone()}" · "{word("conflict", declaration.conflict.as_str())}
            <div class="muted">{declaration.explanation.clone()}</div>
            {settled}
            {resolve}
        </li>
    }
    .into_any()
}

#[component]
fn AssignForm(
    call_id: CallId,
    list: Paged<AssignedProposal>,
    chosen: Chosen,
    candidates: RwSignal<Vec<Candidate>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let form = Form::new();
    let picked = RwSignal::new(BTreeSet::<PersonId>::new());
    let due_on = RwSignal::new(String::new());
    let excluded = move || {
        // Whoever has a conflict on one of the chosen proposals cannot be picked (K2).
        list.loader()
            .with(|page| {
                let hit = page.items.iter().filter(|item| chosen.with_untracked(|c| c.contains(&item.proposal.id)));
                hit.flat_map(|item| item.excluded.clone()).collect::<BTreeSet<_>>()
            })
            .unwrap_or_default()
    };
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        if chosen.with_untracked(BTreeSet::is_empty) {
            errors.push(FieldError::new("/proposal_ids", Code::Required));
        }
        if picked.with_untracked(BTreeSet::is_empty) {
            errors.push(FieldError::new("/reviewer_ids", Code::Required));
        }
        let due = Date::parse(&due_on.get_untracked());
        if due.is_err() {
            errors.push(FieldError::new("/due_on", Code::Required));
        }
        let Ok(due_on) = due else {
            form.check(errors);
            return;
        };
        if !form.check(errors) {
            return;
        }
        let request = AssignRequest {
            proposal_ids: chosen.get_untracked().into_iter().collect(),
            reviewer_ids: picked.get_untracked().into_iter().collect(),
            due_on,
        };
        form.submit(async move {
            let assigned = api::call(&AssignReviewers { call_id }, &Nothing {}, &request).await?;
            toast(crate::t!("assign-done", n = assigned.added));
            open.set(false);
            chosen.set(BTreeSet::new());
            list.reload();
            Ok(())
        });
    });
    let people = move || {
        let excluded = excluded();
        candidates
            .get()
            .into_iter()
            .enumerate()
            .map(|(n, candidate)| {
                let id = candidate.id;
                let shut = excluded.contains(&id);
                let element = if n == 0 { "f-reviewer_ids".to_owned() } else { format!("f-reviewer_ids-{n}") };
                let tag = candidate.is_tag.then(|| view! { " · "{t("review-tag")} }.into_any());
                let open = candidate.open;
                let why = shut.then(|| view! { <span class="hint">{t("assign-excluded")}</span> }.into_any());
                view! {
                    <div class="choice">
                        <input
                            type="checkbox"
                            id=element.clone()
                            disabled=shut
                            prop:checked=move || picked.with(|p| p.contains(&id))
                            on:change=move |event| {
                                let on = event_target_checked(&event);
                                picked.update(|p| {
                                    if on { p.insert(id); } else { p.remove(&id); }
                                });
                            }
                        />
                        <label for=element>
                            {candidate.name.clone()}
                            <span class="hint">{crate::t!("assign-open", n = open)}{tag}</span>
                            {why}
                        </label>
                    </div>
                }
                .into_any()
            })
            .collect_view()
    };
    let count = Text::new(move || crate::t!("assign-chosen", n = chosen.with(BTreeSet::len)).get());
    view! {
        <FormBox form submit=t("assign-do") on_submit=send>
            <p>{count}</p>
            <fieldset class="field"><legend>{t("assign-reviewers")}</legend><div class="choices">{people}</div></fieldset>
            <DateInput pointer="/due_on" label=t("review-due") value=due_on/>
        </FormBox>
    }
}

#[component]
fn Resolve(
    declaration: Declaration,
    resolving: RwSignal<Option<Declaration>>,
    list: Paged<AssignedProposal>,
) -> impl IntoView {
    let form = Form::new();
    let open = RwSignal::new(true);
    Effect::new(move |_| {
        if !open.get() {
            resolving.set(None);
        }
    });
    let choice = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let declaration_id = declaration.id;
    let send = Callback::new(move |()| {
        let Some(resolution) = Resolution::parse(&choice.get_untracked()) else {
            form.check(vec![FieldError::new("/resolution", Code::Required)]);
            return;
        };
        let request = ResolveRequest { resolution, reason: reason.get_untracked() };
        form.submit(async move {
            api::call(&ResolveConflict { declaration_id }, &Nothing {}, &request).await?;
            toast(t("conflict-resolved"));
            resolving.set(None);
            list.reload();
            Ok(())
        });
    });
    let options = Resolution::ALL
        .iter()
        .map(|r| (r.as_str().to_owned(), word("resolution", r.as_str()), None))
        .collect::<Vec<_>>();
    let options = StoredValue::new(options);
    let (person, explanation) = (declaration.person.clone(), declaration.explanation.clone());
    view! {
        <Dialog open title=t("conflict-resolve")>
            <p><strong>{person.clone()}</strong></p>
            <p class="prose">{explanation.clone()}</p>
            <FormBox form submit=t("conflict-resolve") on_submit=send>
                <RadioGroup pointer="/resolution" label=t("conflict-question") value=choice options=options.get_value()/>
                <TextArea pointer="/reason" label=t("review-reason") hint=t("conflict-reason-hint") value=reason lines=3/>
            </FormBox>
        </Dialog>
    }
}
