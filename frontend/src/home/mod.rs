//! The first page: what waits for the reader.

use leptos::prelude::*;
use shared::calls::Bilingual;
use shared::endpoint::Nothing;
use shared::home::{GetHome, Home, Task, TaskCount, TaskKind};
use shared::ids::{AgreementId, AmendmentId, CallId, ConceptId, MotionId, ProposalId, ReportId, ReviewId};

use crate::components::{Column, DataTable, EmptyState, Page, Row, StatusBadge, Tone};
use crate::i18n::{self, Text, t, word};
use crate::load::{Load, load};
use crate::routes::Path;
use crate::{api, format};

/// What waits for the reader.
pub fn page() -> AnyView {
    let home = load(|| async { api::call(&GetHome {}, &Nothing {}, &Nothing {}).await });
    view! {
        <Page title=t("home-title") wide=true>{move || home.view(waiting)}</Page>
    }
    .into_any()
}

fn waiting(home: &Home) -> AnyView {
    let news = (!home.news.is_empty()).then(|| {
        view! {
            <h2>{t("home-news")}</h2>
            {table(t("home-news"), home.news.clone(), t("home-when"))}
        }
        .into_any()
    });
    if home.tasks.is_empty() {
        return view! {
            <EmptyState title=t("home-empty") hint=t("home-empty-hint") action=|| view! { <a href=Path::Calls.to_string()>{t("home-calls")}</a> }/>
            {news}
        }
        .into_any();
    }
    let tiles = home.counts.iter().map(tile).collect_view();
    view! {
        <ul class="tiles">{tiles}</ul>
        {table(t("home-waiting"), home.tasks.clone(), t("home-due"))}
        {news}
    }
    .into_any()
}

/// How many of a kind wait; leads to the list of them.
fn tile(count: &TaskCount) -> AnyView {
    let TaskCount { kind, count, overdue } = *count;
    let late = (overdue > 0).then(|| {
        view! { <StatusBadge word=crate::t!("home-overdue-count", count = overdue) tone=Tone::Problem/> }.into_any()
    });
    view! {
        <li>
            <a class="tile" href=list_of(kind)>
                <strong>{format::count(count)}</strong>
                <span>{word("tasks", kind.as_str())}</span>
                {late}
            </a>
        </li>
    }
    .into_any()
}

fn table(caption: Text, tasks: Vec<Task>, due: Text) -> AnyView {
    let columns = vec![Column::text(t("home-what")), Column::text(due), Column::number(t("home-amount"))];
    let rows = Callback::new(move |()| Load::Ready(tasks.iter().map(row).collect::<Vec<_>>()));
    view! { <DataTable caption hide_caption=true columns rows/> }.into_any()
}

fn row(task: &Task) -> Row {
    let Bilingual { en, fr } = task.title.clone();
    let title = Text::new(move || if i18n::language() == i18n::Language::Fr { fr.clone() } else { en.clone() });
    let what = view! {
        <a href=place(task)>{word("task", task.kind.as_str())}</a>
        <br/>
        {title}
        <br/>
        <span class="muted">{task.context.clone()}</span>
    };
    let (at, on) = (task.due_at, task.due_on);
    let due = Text::new(move || match (at, on) {
        (Some(at), _) => format::instant(at),
        (None, Some(on)) => format::date(on),
        (None, None) => t("home-no-date").get(),
    });
    let late =
        task.is_overdue.then(|| view! { <StatusBadge word=t("home-overdue") tone=Tone::Problem/><br/> }.into_any());
    let amount = task.amount;
    let amount = Text::new(move || amount.map(format::money).unwrap_or_default());
    Row(vec![what.into_any(), view! { {late}{due} }.into_any(), view! { {amount} }.into_any()])
}

/// Where a task is done.
fn place(task: &Task) -> String {
    use TaskKind as K;
    let id = task.id;
    let path = match task.kind {
        K::FinishDraft | K::AnswerRequest | K::ReadResult | K::ScreenProposal => Path::Proposal(ProposalId(id)),
        K::FinishConcept | K::StartProposal | K::ScreenConcept | K::DecideConcept => Path::Concept(ConceptId(id)),
        K::Declare | K::WriteSheet => Path::Review(ReviewId(id)),
        K::Vote | K::OpenMotion | K::LookAtDecision => Path::Motion(MotionId(id)),
        K::PublishCall | K::MoveCall => Path::Call(CallId(id)),
        K::ResolveConflict | K::AssignReviewers => Path::CallReviewers(CallId(id)),
        K::Unblind => Path::CallRanking(CallId(id)),
        K::WriteMotion => Path::MotionNew(ProposalId(id)),
        K::DraftAgreement => Path::Grants,
        K::SignAgreement
        | K::ApproveAgreement
        | K::SendAgreement
        | K::PrepareDisbursement
        | K::VerifyDisbursement
        | K::ApproveDisbursement
        | K::SecondApprove
        | K::ConfirmCredit
        | K::Instruct
        | K::RecordPayment
        | K::DecideTranche
        | K::VerifyAccount
        | K::ApproveReversal
        | K::ConfirmRefund
        | K::DecideWriteOff
        | K::LookAtPayment => Path::Grant(AgreementId(id)),
        K::WriteReport | K::CheckReport | K::AcceptReport => Path::Report(ReportId(id)),
        K::CheckAmendment | K::ApproveAmendment | K::SignAmendment | K::CountersignAmendment => {
            Path::Amendment(AmendmentId(id))
        }
        K::SignContribution | K::ConfirmReceipt => Path::Contributions,
        K::ConfirmAllocation => Path::Allocations,
        K::ConfirmCorrection => Path::Corrections,
        K::ApproveRate => return list_of(task.kind),
        K::DecidePeriod => Path::Periods,
        K::InvitePerson => Path::People,
    };
    path.to_string()
}

/// The list that a kind of task stands in, filtered.
fn list_of(kind: TaskKind) -> String {
    use TaskKind as K;
    let (path, filter) = match kind {
        K::FinishDraft => (Path::Proposals, "?mine=true&state=draft"),
        K::FinishConcept => (Path::Concepts, "?state=draft"),
        K::StartProposal => (Path::Concepts, "?state=invited"),
        K::ScreenConcept => (Path::Concepts, "?state=submitted"),
        K::DecideConcept => (Path::Concepts, "?state=eligible"),
        K::AnswerRequest => (Path::Proposals, "?mine=true&state=more_info"),
        K::ReadResult => (Path::Proposals, "?mine=true&state=decided"),
        K::ScreenProposal => (Path::Proposals, "?state=submitted"),
        K::AssignReviewers => (Path::Proposals, "?state=screened"),
        K::WriteMotion => (Path::Proposals, "?state=scored"),
        K::Declare => (Path::Reviews, "?state=assigned"),
        K::WriteSheet => (Path::Reviews, "?state=accepted"),
        K::Vote => (Path::Motions, "?state=open"),
        K::OpenMotion => (Path::Motions, "?state=draft"),
        K::LookAtDecision => (Path::Motions, ""),
        K::PublishCall => (Path::Calls, "?state=draft"),
        K::ResolveConflict | K::Unblind => (Path::Calls, "?state=review"),
        K::MoveCall => (Path::Calls, ""),
        K::SignAgreement => (Path::Grants, "?state=sent"),
        K::ApproveAgreement => (Path::Grants, "?state=draft"),
        K::SendAgreement => (Path::Grants, "?state=internally_approved"),
        K::DraftAgreement => (Path::Grants, ""),
        K::PrepareDisbursement
        | K::VerifyDisbursement
        | K::ApproveDisbursement
        | K::SecondApprove
        | K::Instruct
        | K::RecordPayment => (Path::Payments, ""),
        K::LookAtPayment | K::ConfirmCredit => (Path::Payments, "?view=paid"),
        K::WriteReport
        | K::DecideTranche
        | K::CheckReport
        | K::AcceptReport
        | K::CheckAmendment
        | K::ApproveAmendment
        | K::SignAmendment
        | K::CountersignAmendment
        | K::VerifyAccount
        | K::ConfirmRefund
        | K::DecideWriteOff => (Path::Grants, ""),
        K::ApproveReversal => (Path::Payments, "?view=paid"),
        K::SignContribution => (Path::Contributions, "?state=pledged"),
        K::ConfirmReceipt => (Path::Contributions, ""),
        K::ConfirmAllocation => (Path::Allocations, ""),
        K::ConfirmCorrection => (Path::Corrections, ""),
        K::ApproveRate => (Path::Rates, "?state=entered"),
        K::DecidePeriod => (Path::Periods, ""),
        K::InvitePerson => (Path::People, ""),
    };
    format!("{path}{filter}")
}
