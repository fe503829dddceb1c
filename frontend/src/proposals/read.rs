//! A proposal to read: the submitted text, the budget, the versions; the desk screens it here.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::problem::{Code, FieldError};
use shared::proposals::{
    GetVersion, ListVersions, Proposal, ProposalAction, ScreenProposal, ScreenProposalRequest, ScreeningOutcome,
};
use shared::time::Date;

use super::check::{answers, receipt_list};
use super::overview::{details_list, lead};
use super::parts::concept_note;
use super::result;
use super::totals::budget_table;
use crate::components::{
    Button, ButtonKind, Column, Crumb, DataTable, DateInput, Dialog, FormBox, Notice, Page, RadioGroup, Row, Tab, Tabs,
    TextArea, Tone, toast,
};
use crate::form::{Form, required};
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, format, router};

/// The page of those who read.
pub(super) fn page(proposal: &Proposal, loader: Loader<Proposal>) -> AnyView {
    let id = proposal.summary.id;
    let heading = proposal.clone();
    let screening = RwSignal::new(false);
    let may_screen = proposal.actions.contains(&ProposalAction::Screen);
    let version = proposal.version;
    let proposal = StoredValue::new(proposal.clone());
    let content = move || proposal.with_value(tab);
    view! {
        <Page
            title=Text::from(heading.content.details.title.clone())
            crumbs=vec![Crumb(t("proposals-title"), Path::Proposals)]
            wide=true
            lead=move || lead(&heading)
            action=move || may_screen.then(|| view! {
                <Button label=t("screen-title") kind=ButtonKind::Primary on_press=move |()| screening.set(true)/>
            }.into_any())
        >
            {proposal.with_value(notes)}
            {proposal.with_value(result::section)}
            {move || tabs(id)}
            {content}
            <Dialog open=screening title=t("screen-title")>
                <Screen id version on_done=move || { screening.set(false); loader.reload(); }/>
            </Dialog>
        </Page>
    }
    .into_any()
}

/// What the desk asked or said, and whether the applicant is changing it.
fn notes(proposal: &Proposal) -> AnyView {
    let reason = proposal.reason.clone().map(|reason| {
        let state = word("proposal-state", proposal.summary.state.as_str());
        view! { <Notice tone=Tone::Attention title=state><p class="prose">{reason}</p></Notice> }.into_any()
    });
    let reopened = proposal
        .summary
        .is_reopened
        .then(|| view! { <Notice><p>{t("proposal-reopened-staff")}</p></Notice> }.into_any());
    view! { {reason}{reopened}{concept_note(proposal)} }.into_any()
}

fn tabs(id: ProposalId) -> AnyView {
    let here = router::query("tab").unwrap_or_default();
    let tab = |name: &str, label: Text| {
        let href =
            if name.is_empty() { Path::Proposal(id).to_string() } else { format!("{}?tab={name}", Path::Proposal(id)) };
        Tab { label, current: here == name, href }
    };
    let tabs =
        vec![tab("", t("proposal-text")), tab("budget", t("budget-title")), tab("versions", t("versions-title"))];
    view! { <Tabs label=t("proposal-views") tabs/> }.into_any()
}

fn tab(proposal: &Proposal) -> AnyView {
    match router::query("tab").as_deref() {
        Some("budget") => budget_table(proposal),
        Some("versions") => versions(proposal),
        _ => view! { {details_list(proposal)}{answers(proposal, false)} }.into_any(),
    }
}

/// All of a proposal to read, without a frame: beside a score sheet, say.
pub fn reading(proposal: &Proposal) -> AnyView {
    view! { {concept_note(proposal)}{details_list(proposal)}{answers(proposal, false)}{budget_table(proposal)} }
        .into_any()
}

/// What the applicant has submitted, below the task list.
pub(super) fn documents(proposal: &Proposal) -> AnyView {
    let id = proposal.summary.id;
    view! {
        <h2>{t("versions-title")}</h2>
        <p><a href=Path::ProposalReceipt(id).to_string()>{t("receipt-title")}</a></p>
        {versions(proposal)}
    }
    .into_any()
}

/// The versions, and the one in `?version=` to read.
fn versions(proposal: &Proposal) -> AnyView {
    let proposal_id = proposal.summary.id;
    let zone = StoredValue::new(proposal.call.zone.clone());
    let list = load(move || async move { api::call(&ListVersions { proposal_id }, &Nothing {}, &Nothing {}).await });
    let rows = Callback::new(move |()| {
        list.state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(page) => Load::Ready(
                page.items
                    .iter()
                    .map(|receipt| {
                        let (number, at) = (receipt.version_number, receipt.submitted_at);
                        let href = format!("{}?tab=versions&version={number}", Path::Proposal(proposal_id));
                        let zone = zone.get_value();
                        Row(vec![
                            view! { <a href=href>{crate::t!("version-number", number = number)}</a> }.into_any(),
                            view! { <span>{Text::new(move || format::instant_in(at, &zone))}</span> }.into_any(),
                            view! { <span>{receipt.submitted_by.clone()}</span> }.into_any(),
                            view! { <code class="hash">{receipt.receipt.clone()}</code> }.into_any(),
                        ])
                    })
                    .collect(),
            ),
        })
    });
    let columns = vec![
        Column::text(t("receipt-version")),
        Column::text(t("receipt-at")),
        Column::text(t("receipt-by")),
        Column::text(t("receipt-id")),
    ];
    let base = StoredValue::new(proposal.clone());
    let one = move || {
        let number: i64 = router::query("version")?.parse().ok()?;
        Some(version(base.get_value(), number))
    };
    view! {
        <DataTable
            caption=t("versions-title")
            hide_caption=true
            columns
            rows
            retry=Callback::new(move |()| list.reload())
        />
        {one}
    }
    .into_any()
}

fn version(proposal: Proposal, number: i64) -> AnyView {
    let proposal_id = proposal.summary.id;
    let proposal = StoredValue::new(proposal);
    let loader =
        load(move || async move { api::call(&GetVersion { proposal_id, number }, &Nothing {}, &Nothing {}).await });
    let show = move || {
        loader.view(move |version| {
            // The same views, fed with that version's content.
            let mut as_submitted = proposal.get_value();
            as_submitted.content = version.content.clone();
            view! {
                {receipt_list(&version.receipt, &as_submitted.call.zone)}
                {details_list(&as_submitted)}
                {answers(&as_submitted, false)}
                <h2>{t("budget-title")}</h2>
                {budget_table(&as_submitted)}
            }
            .into_any()
        })
    };
    view! {
        <h2>{crate::t!("version-number", number = number)}</h2>
        {show}
    }
    .into_any()
}

#[component]
fn Screen(
    /// The proposal.
    id: ProposalId,
    /// Its version.
    version: i64,
    /// What follows.
    on_done: impl Fn() + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let form = Form::new();
    let outcome = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let due_on = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let mut errors: Vec<FieldError> = required("/outcome", &outcome.get_untracked()).into_iter().collect();
        let Some(outcome) = ScreeningOutcome::parse(&outcome.get_untracked()) else {
            form.check(errors);
            return;
        };
        if outcome != ScreeningOutcome::Screened {
            errors.extend(required("/reason", &reason.get_untracked()));
        }
        let due = Date::parse(&due_on.get_untracked()).ok();
        if outcome == ScreeningOutcome::MoreInfo && due.is_none() {
            errors.push(FieldError::new("/due_on", Code::DateFormat));
        }
        if !form.check(errors) {
            return;
        }
        let request = ScreenProposalRequest {
            outcome,
            reason: reason.get_untracked(),
            due_on: due.filter(|_| outcome == ScreeningOutcome::MoreInfo),
        };
        form.submit(async move {
            api::call_if_match(&ScreenProposal { proposal_id: id }, &Nothing {}, &request, version).await?;
            toast(t("screen-done"));
            on_done();
            Ok(())
        });
    });
    let choices = ScreeningOutcome::ALL
        .iter()
        .map(|o| (o.as_str().to_owned(), word("screening", o.as_str()), Some(word("screening-hint", o.as_str()))))
        .collect::<Vec<_>>();
    let is = move |which: ScreeningOutcome| outcome.with(|o| o == which.as_str());
    let needs_reason = move || is(ScreeningOutcome::Ineligible) || is(ScreeningOutcome::MoreInfo);
    view! {
        <FormBox form submit=t("screen-submit") on_submit=send>
            <RadioGroup pointer="/outcome" label=t("screen-outcome") value=outcome options=choices/>
            {move || needs_reason().then(|| view! {
                <TextArea pointer="/reason" label=t("reason") hint=t("screen-reason-hint") value=reason lines=4/>
            }.into_any())}
            {move || is(ScreeningOutcome::MoreInfo).then(|| view! {
                <DateInput pointer="/due_on" label=t("screen-due") hint=t("screen-due-hint") value=due_on/>
            }.into_any())}
        </FormBox>
    }
}
