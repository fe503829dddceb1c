//! One motion: what it costs, how the proposal was scored, the ballot, the result.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::MotionId;
use shared::money::Money;
use shared::people::OrganisationRef;
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::time::Timestamp;
use shared::votes::{
    BallotRequest, CastBallot, Choice, EarmarkUse, GetMotion, Motion, MotionResult, MotionState, MyVote, NamedVote,
    OpenMotion, OpenMotionRequest, earliest_close,
};

use super::{choice_badge, motion_badge};
use crate::components::{
    Button, ButtonKind, Column, Crumb, DataTable, DateInput, Deadline, DefinitionList, Dialog, FormBox, Notice, Page,
    RadioGroup, Row, TextArea, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::reviews::{call_title, envelope_bar, fund_bar, summary};
use crate::routes::Path;
use crate::{api, browser, clock, format, session};

/// A motion.
pub fn motion_page(motion_id: MotionId) -> AnyView {
    let motion = load(move || async move { api::call(&GetMotion { motion_id }, &Nothing {}, &Nothing {}).await });
    // Before there is a motion, or instead of it, the page still has its frame.
    let content = move || {
        if motion.with(|_| ()).is_some() {
            return motion.view(|shown| untrack(|| show(shown, motion)));
        }
        view! {
            <Page title=t("motion") crumbs=vec![Crumb(t("motions-title"), Path::Motions)]>{untrack(|| motion.view(|_| ().into_any()))}</Page>
        }
        .into_any()
    };
    view! { {content} }.into_any()
}

fn show(motion: &Motion, loader: Loader<Motion>) -> AnyView {
    let summary_of = &motion.summary;
    let state = summary_of.state;
    let call = call_title(&summary_of.call);
    let lead = move || {
        let call = call.clone();
        view! { <p class="muted">{call}" · "{motion_badge(state)}</p> }
    };
    let number = summary_of.number.clone();
    let print = move || {
        view! {
            <Button label=t("print") on_press=move |()| {
                let _ = window().print();
            }/>
        }
    };
    let position = &motion.bar.position;
    // What is decided is in the position already.
    let amount = motion.bar.amount.filter(|_| !state.is_closed());
    let short = (amount.is_some() && motion.bar.left.minor() < 0).then(|| {
        let missing = Money::from_minor(-motion.bar.left.minor(), motion.bar.left.currency());
        view! {
            <Notice tone=Tone::Attention title=t("motion-short")>
                <p>{crate::t!("motion-short-text", missing = missing)}</p>
            </Notice>
        }
        .into_any()
    });
    let result = motion.result.as_ref().map(|result| result_view(motion, result));
    let deadline = summary_of
        .closes_at
        .filter(|_| state == MotionState::Open)
        .map(|at| view! { <Deadline at zone=browser::zone() label=t("motion-closes")/> }.into_any());
    let ballot = (state == MotionState::Open)
        .then(|| motion.mine.clone().map(|mine| ballot_view(motion, mine, loader)))
        .flatten();
    let manage = (state == MotionState::Draft && session::may(Permission::WriteMotion)).then(|| manage(motion, loader));
    let (proposed, scores, voters) = (proposes(motion), summary(&motion.row), organisations(motion));
    let (envelope, fund) = (envelope_bar(position, amount), fund_bar(position, amount));
    let earmarks = earmarks(&motion.bar.earmarks);
    let to_scores = Path::ProposalScores(summary_of.proposal.id).to_string();
    let to_ranking = Path::CallRanking(summary_of.call.id).to_string();
    view! {
        <Page
            title=crate::t!("motion-title", number = number)
            crumbs=vec![Crumb(t("motions-title"), Path::Motions)]
            wide=true
            lead
            action=print
        >
            {deadline}
            {result}
            {proposed}
            {ballot}
            {manage}
            <h2>{t("motion-money")}</h2>
            {short}
            {envelope}
            {fund}
            {earmarks}
            <h2>{t("motion-scores")}</h2>
            {scores}
            {session::may(Permission::ReadScores).then(|| view! {
                <p>
                    <a href=to_scores>{t("motion-see-scores")}</a>
                    " · "
                    <a href=to_ranking>{t("motion-see-ranking")}</a>
                </p>
            }.into_any())}
            {voters}
        </Page>
    }
    .into_any()
}

/// The motion itself.
fn proposes(motion: &Motion) -> AnyView {
    let proposal = &motion.summary.proposal;
    let requested = proposal.requested;
    let mut items = vec![
        (
            t("review-proposal"),
            view! {
                <a href=Path::Proposal(proposal.id).to_string()>{proposal.number.clone()}" · "{proposal.title.clone()}</a>
                <div class="muted">{proposal.organisation.name.clone()}" · "{crate::reviews::country(&proposal.country)}</div>
            }
            .into_any(),
        ),
        (t("motion-outcome"), word("outcome", motion.summary.outcome.as_str()).into_render().into_any()),
        (t("review-requested"), Text::new(move || format::money(requested)).into_render().into_any()),
    ];
    if let Some(amount) = motion.summary.amount {
        let text = Text::new(move || format::money(amount));
        items.insert(2, (t("motion-amount"), view! { <strong class="amount">{text}</strong> }.into_any()));
    }
    if !motion.conditions.is_empty() {
        items.push((
            t("motion-conditions"),
            view! { <span class="prose">{motion.conditions.clone()}</span> }.into_any(),
        ));
    }
    if !motion.off_rank_reason.is_empty() {
        let reason = motion.off_rank_reason.clone();
        items.push((t("motion-off-rank"), view! { <span class="prose">{reason}</span> }.into_any()));
    }
    view! { <h2>{t("motion-proposes")}</h2><DefinitionList items/> }.into_any()
}

/// The earmarked money that may go to the grant, and what is left of it.
fn earmarks(uses: &[EarmarkUse]) -> AnyView {
    if uses.is_empty() {
        return ().into_any();
    }
    let columns = vec![
        Column::text(t("motion-earmark")),
        Column::number(t("motion-earmark-headroom")),
        Column::number(t("bar-this")),
        Column::number(t("bar-left")),
    ];
    let uses = uses.to_vec();
    let amount = |shown: Money| view! { {Text::new(move || format::money(shown))} }.into_any();
    let rows = Callback::new(move |()| {
        let row = |own: &EarmarkUse| {
            let reference = own.reference.clone();
            let reference = match session::may(Permission::ReadFund) {
                true => {
                    let to = format!("{}?contribution={}", Path::Ledger, own.contribution_id);
                    view! { <a href=to>{reference}</a> }.into_any()
                }
                false => reference.into_any(),
            };
            Row(vec![
                view! { {own.donor.name.clone()}" · "{reference} }.into_any(),
                amount(own.headroom),
                own.uses.map(amount).into_any(),
                amount(own.left),
            ])
        };
        Load::Ready(uses.iter().map(row).collect())
    });
    view! {
        <DataTable caption=t("motion-earmarks") columns rows/>
        <p class="muted">{t("motion-earmarks-hint")}</p>
    }
    .into_any()
}

fn names(organisations: &[OrganisationRef]) -> String {
    organisations.iter().map(|o| o.name.clone()).collect::<Vec<_>>().join(" · ")
}

fn organisations(motion: &Motion) -> AnyView {
    if motion.voters.is_empty() {
        return ().into_any();
    }
    let mut items = vec![(t("motion-voters"), names(&motion.voters).into_any())];
    let recused = if motion.recused.is_empty() {
        t("motion-nobody-recused").into_render().into_any()
    } else {
        names(&motion.recused).into_any()
    };
    items.push((t("motion-recused"), recused));
    view! { <h2>{t("motion-declarations")}</h2><DefinitionList items/> }.into_any()
}

/// The ballot of the reader's organisation, or why there is none.
fn ballot_view(motion: &Motion, mine: MyVote, loader: Loader<Motion>) -> AnyView {
    if let Some(cast) = mine.cast.clone() {
        let at = cast.cast_at;
        let organisation = mine.organisation.name.clone();
        return view! {
            <Notice tone=Tone::Good title=t("ballot-cast")>
                <p>{choice_badge(cast.choice)}" "{organisation}" · "{Text::new(move || format::instant(at))}</p>
                <p class="prose">{cast.reason}</p>
                <p class="muted">{t("ballot-hidden")}</p>
            </Notice>
        }
        .into_any();
    }
    if mine.is_recused {
        return view! { <Notice tone=Tone::Info title=t("ballot-recused")><p>{t("ballot-recused-text")}</p></Notice> }
            .into_any();
    }
    if !mine.has_declared {
        let id = motion.summary.id;
        let href = format!("{}?next={}", Path::ProposalDeclaration(motion.summary.proposal.id), Path::Motion(id));
        return view! {
            <Notice tone=Tone::Attention title=t("ballot-declare")>
                <p>{t("ballot-declare-text")}</p>
                <p><a class="button primary" href=href>{t("ballot-declare-do")}</a></p>
            </Notice>
        }
        .into_any();
    }
    view! { <Ballot motion_id=motion.summary.id mine loader/> }.into_any()
}

#[component]
fn Ballot(motion_id: MotionId, mine: MyVote, loader: Loader<Motion>) -> impl IntoView {
    let form = Form::new();
    let choice = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let note = RwSignal::new(String::new());
    let confirming = RwSignal::new(None::<BallotRequest>);
    let open = RwSignal::new(false);
    let is_alternate = mine.is_alternate;
    let check = Callback::new(move |()| {
        let Some(choice) = Choice::parse(&choice.get_untracked()) else {
            form.check(vec![FieldError::new("/choice", Code::Required)]);
            return;
        };
        let alternate_note = is_alternate.then(|| note.get_untracked());
        let ballot = BallotRequest { choice, reason: reason.get_untracked(), alternate_note };
        if form.check(ballot.errors(is_alternate)) {
            form.set_error(None);
            confirming.set(Some(ballot));
            open.set(true);
        }
    });
    let send = move |ballot: BallotRequest| {
        open.set(false);
        form.submit(async move {
            let motion = api::call(&CastBallot { motion_id }, &Nothing {}, &ballot).await?;
            toast(t("ballot-done"));
            loader.set(motion);
            Ok(())
        });
    };
    let options =
        Choice::ALL.iter().map(|c| (c.as_str().to_owned(), word("choice", c.as_str()), None)).collect::<Vec<_>>();
    let organisation = mine.organisation.name.clone();
    // Made inside the form, so that the field finds its error there.
    let alternate = move || {
        is_alternate.then(|| {
        view! { <TextArea pointer="/alternate_note" label=t("ballot-note") hint=t("ballot-note-hint") value=note lines=2/> }
            .into_any()
    })
    };
    view! {
        <section class="card" aria-label=t("ballot-title")>
            <h2>{crate::t!("ballot-for", organisation = organisation)}</h2>
            <FormBox form submit=t("ballot-send") on_submit=check>
                <RadioGroup pointer="/choice" label=t("ballot-question") value=choice options/>
                <TextArea pointer="/reason" label=t("ballot-reason") hint=t("ballot-reason-hint") value=reason lines=3 optional=true/>
                {alternate()}
            </FormBox>
            <Dialog open title=t("ballot-confirm")>
                {move || confirming.get().map(|ballot| {
                    let chosen = ballot.choice;
                    view! {
                        <p>{choice_badge(chosen)}</p>
                        <p>{t("ballot-confirm-text")}</p>
                        <div class="actions">
                            <Button label=t("ballot-confirm") kind=ButtonKind::Primary on_press=move |()| send(ballot.clone())/>
                            <Button label=t("cancel") on_press=move |()| open.set(false)/>
                        </div>
                    }
                    .into_any()
                })}
            </Dialog>
        </section>
    }
}

/// What the desk does with a draft: edit it, open it.
fn manage(motion: &Motion, loader: Loader<Motion>) -> AnyView {
    let open = RwSignal::new(false);
    let form = Form::new();
    let (motion_id, version, min_days) = (motion.summary.id, motion.version, motion.min_business_days);
    // An hour is added so that the proposal still holds when the form is sent.
    let earliest = earliest_close(clock::now(), min_days);
    let earliest = Timestamp::from_micros(earliest.micros() + 3_600_000_000).unwrap_or(earliest);
    let closes = RwSignal::new(browser::local_input(earliest));
    let send = Callback::new(move |()| {
        let Some(closes_at) = browser::instant_of_input(&closes.get_untracked()) else {
            form.check(vec![FieldError::new("/closes_at", Code::DateFormat)]);
            return;
        };
        form.submit(async move {
            let request = OpenMotionRequest { closes_at };
            let opened = api::call_if_match(&OpenMotion { motion_id }, &Nothing {}, &request, version).await?;
            open.set(false);
            toast(t("motion-opened"));
            loader.set(opened);
            Ok(())
        });
    });
    view! {
        <div class="actions">
            <Button label=t("motion-open") kind=ButtonKind::Primary on_press=move |()| open.set(true)/>
            <a class="button" href=Path::MotionEdit(motion_id).to_string()>{t("motion-edit")}</a>
        </div>
        <Dialog open title=t("motion-open")>
            <p>{t("motion-open-explain")}</p>
            <FormBox form submit=t("motion-open") on_submit=send>
                <DateInput
                    pointer="/closes_at"
                    label=t("motion-closes")
                    hint=crate::t!("motion-closes-hint", days = min_days, zone = browser::zone())
                    value=closes
                    with_time=true
                />
            </FormBox>
        </Dialog>
    }
    .into_any()
}

/// The result: what was decided, the count, the votes by name.
fn result_view(motion: &Motion, result: &MotionResult) -> AnyView {
    let (tally, closed_at) = (result.tally, result.closed_at);
    let decided = match &result.decision {
        Some(decision) => {
            let missing = decision
                .missing
                .map(|missing| view! { <p>{crate::t!("decision-contingent", missing = missing)}</p> }.into_any());
            let amount = decision.amount.map(|amount| {
                view! { " · "<strong class="amount">{Text::new(move || format::money(amount))}</strong> }.into_any()
            });
            view! { <p><strong>{word("decision", decision.outcome.as_str())}</strong>{amount}</p>{missing} }.into_any()
        }
        None => view! { <p>{t("decision-none")}</p> }.into_any(),
    };
    let tone = if result.decision.is_some() { Tone::Good } else { Tone::Attention };
    let rows = result.votes.iter().map(vote_row).collect_view();
    let silent = motion.voters.iter().filter(|o| !result.votes.iter().any(|v| v.organisation.id == o.id));
    let silent = silent.map(|o| {
        view! { <tr><th scope="row">{o.name.clone()}</th><td colspan="4" class="muted">{t("vote-silent")}</td></tr> }.into_any()
    });
    view! {
        <Notice tone title=word("motion-state", motion.summary.state.as_str())>
            {decided}
            <p class="muted">{crate::t!("motion-closed-at", at = closed_at)}</p>
        </Notice>
        <h2>{t("votes-title")}</h2>
        <p>
            {crate::t!("tally", yes = tally.yes, no = tally.no, abstain = tally.abstain, voters = tally.voters, quorum = tally.quorum())}
        </p>
        <div class="table-scroll" role="region" tabindex="0" aria-label=t("votes-title")>
            <table class="review-sheet">
                <thead>
                    <tr>
                        <th scope="col">{t("organisation")}</th>
                        <th scope="col">{t("vote")}</th>
                        <th scope="col">{t("vote-reason")}</th>
                        <th scope="col">{t("vote-person")}</th>
                        <th scope="col">{t("vote-at")}</th>
                    </tr>
                </thead>
                <tbody>{rows}{silent.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn vote_row(vote: &NamedVote) -> AnyView {
    let at: Timestamp = vote.cast_at;
    let note = vote
        .alternate_note
        .clone()
        .map(|note| view! { <div class="muted">{crate::t!("vote-alternate", note = note)}</div> }.into_any());
    view! {
        <tr>
            <th scope="row">{vote.organisation.name.clone()}</th>
            <td>{choice_badge(vote.choice)}</td>
            <td class="prose">{vote.reason.clone()}</td>
            <td>{vote.person.clone()}{note}</td>
            <td class="nowrap">{Text::new(move || format::instant(at))}</td>
        </tr>
    }
    .into_any()
}
