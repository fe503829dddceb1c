//! The result of a proposal, for whoever may know it (V10).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::proposals::{Proposal, ProposalState};
use shared::votes::{Feedback, GetOutcome, Outcome, ReleasedOutcome};

use crate::components::{Notice, Tone};
use crate::i18n::{Text, t, word};
use crate::load::load;
use crate::{api, format};

/// What was decided, why, and what the reviewers say; nothing before there is a result.
pub(super) fn section(proposal: &Proposal) -> AnyView {
    if proposal.summary.state != ProposalState::Decided {
        return ().into_any();
    }
    let proposal_id = proposal.summary.id;
    let outcome = load(move || async move { api::call(&GetOutcome { proposal_id }, &Nothing {}, &Nothing {}).await });
    view! { {move || outcome.view(told)} }.into_any()
}

fn told(result: &ReleasedOutcome) -> AnyView {
    let Some((outcome, at)) = result.outcome.zip(result.decided_at) else { return ().into_any() };
    let tone = match outcome {
        Outcome::Rejected => Tone::Problem,
        Outcome::ApprovedContingent | Outcome::ReviseAndResubmit => Tone::Attention,
        _ => Tone::Good,
    };
    let granted = result
        .amount
        .map(|granted| view! { <p><strong>{Text::new(move || format::money(granted))}</strong></p> }.into_any());
    let why = if outcome.is_approval() { t("result-conditions") } else { t("result-reasons") };
    let conditions = (!result.conditions.trim().is_empty()).then(|| {
        let text = result.conditions.clone();
        view! { <p class="muted">{why}</p><p class="prose">{text}</p> }.into_any()
    });
    view! {
        <Notice tone title=word("decision", outcome.as_str())>
            {granted}
            {conditions}
            <p class="muted">{Text::new(move || format::instant(at))}</p>
        </Notice>
        {feedback(&result.feedback)}
    }
    .into_any()
}

fn feedback(of: &[Feedback]) -> AnyView {
    if of.is_empty() {
        return ().into_any();
    }
    let list = |texts: Vec<String>| {
        texts.into_iter().map(|text| view! { <li><p class="prose">{text}</p></li> }.into_any()).collect_view()
    };
    let strengths = list(of.iter().map(|sheet| sheet.strengths.clone()).collect());
    let weaknesses = list(of.iter().map(|sheet| sheet.weaknesses.clone()).collect());
    view! {
        <h2>{t("result-feedback")}</h2>
        <p class="muted">{t("result-feedback-hint")}</p>
        <h3>{t("result-strengths")}</h3>
        <ul>{strengths}</ul>
        <h3>{t("result-weaknesses")}</h3>
        <ul>{weaknesses}</ul>
    }
    .into_any()
}
