//! One call as its readers see it, and the parts that other pages of calls share.

use leptos::prelude::*;
use shared::calls::{
    Bilingual, CATEGORIES, CallPhase, CallState, CallSummary, Criterion, Definition, GetCall, GetPublicCall, Question,
    Section,
};
use shared::endpoint::Nothing;
use shared::ids::CallId;
use shared::permission::Permission;

use super::actions::manage;
use crate::components::{ButtonKind, Crumb, Deadline, DefinitionList, Page, StatusBadge, Tone};
use crate::i18n::{self, Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, clock, format, session};

/// A text of a call in the reader's language, followed.
pub(crate) fn local(text: &Bilingual) -> Text {
    let text = text.clone();
    Text::new(move || text.get(i18n::language()).to_owned())
}

/// The name of a budget category.
pub(crate) fn category(key: &str) -> Text {
    match CATEGORIES.iter().find(|known| **known == key) {
        Some(known) => word("category", known),
        None => Text::from(key.to_owned()),
    }
}

/// The state by the server's clock as it ticks, so that a page left open says the truth.
pub(super) fn state_now(call: &CallSummary) -> CallState {
    match call.state {
        CallState::Published | CallState::Open | CallState::Closed => {
            CallState::at(CallPhase::Published, call.opens_at, call.closes_at, clock::now_ticking())
        }
        state => state,
    }
}

/// A call's state as a badge, followed.
pub(super) fn badge(call: &CallSummary) -> AnyView {
    let call = call.clone();
    (move || {
        let state = state_now(&call);
        let tone = match state {
            CallState::Open => Tone::Good,
            CallState::Published | CallState::Screening | CallState::Review | CallState::Deliberation => Tone::Info,
            CallState::Closed => Tone::Attention,
            CallState::Cancelled => Tone::Problem,
            CallState::Draft | CallState::Decided | CallState::Completed => Tone::Neutral,
        };
        view! { <StatusBadge word=word("call-state", state.as_str()) tone/> }
    })
    .into_any()
}

/// What matters next: the opening while it is ahead, then the deadline.
pub(super) fn deadline(call: &CallSummary) -> AnyView {
    let head = call.clone();
    let opens = move || {
        matches!(state_now(&head), CallState::Draft | CallState::Published)
            .then(|| view! { <Deadline at=head.opens_at zone=head.zone.clone() label=t("call-opens")/> }.into_any())
    };
    let notes = call
        .concepts_close_at
        .map(|at| view! { <Deadline at zone=call.zone.clone() label=t("call-concepts-close")/> }.into_any());
    let label = if notes.is_some() { t("call-full-close") } else { t("call-closes") };
    view! {
        {opens}
        {notes}
        <Deadline at=call.closes_at zone=call.zone.clone() label/>
    }
    .into_any()
}

/// A page around what is being read, whose heading comes with it.
pub(crate) fn framed<T: Send + Sync + 'static>(
    loader: Loader<T>,
    show: impl Fn(&T) -> AnyView + Send + 'static,
) -> AnyView {
    (move || {
        if loader.state().with(|state| matches!(state, Load::Ready(_))) {
            loader.view(|value| show(value))
        } else {
            view! { <div class="page">{loader.view(|_| ().into_any())}</div> }.into_any()
        }
    })
    .into_any()
}

/// One call.
pub fn call_page(call_id: CallId) -> AnyView {
    if session::person().is_some() {
        let loader = load(move || async move { api::call(&GetCall { call_id }, &Nothing {}, &Nothing {}).await });
        return framed(loader, move |detail| page(&detail.call, &detail.definition, manage(detail, loader)));
    }
    let loader = load(move || async move { api::call(&GetPublicCall { call_id }, &Nothing {}, &Nothing {}).await });
    framed(loader, |public| page(&public.call, &public.definition, ().into_any()))
}

fn page(call: &CallSummary, definition: &Definition, manage: AnyView) -> AnyView {
    let id = call.id;
    let head = call.clone();
    let lead = call.clone();
    let body = view! {
        {deadline(call)}
        <p class="prose">{local(&definition.about)}</p>
        <p><a href=Path::CallPrint(id).to_string()>{t("call-print-link")}</a></p>
        <h2>{t("call-who")}</h2>
        <p class="prose">{local(&definition.eligibility)}</p>
        {who(definition)}
        <h2>{t("call-money")}</h2>
        {money(call, definition)}
        <h2>{t("call-questions")}</h2>
        <p>{t("call-questions-intro")}</p>
        {definition.sections.iter().map(section).collect_view()}
        <h2>{t("call-criteria")}</h2>
        {scoring(definition)}
        {definition.rubric.criteria.iter().map(|c| criterion(c, false)).collect_view()}
    }
    .into_any();
    view! {
        <Page
            title=local(&call.title)
            crumbs=vec![Crumb(t("calls-title"), Path::Calls)]
            action=move || main_action(&head)
            lead=move || under_heading(&lead)
        >
            {manage}
            {body}
        </Page>
    }
    .into_any()
}

/// State, code and window.
pub(super) fn under_heading(call: &CallSummary) -> AnyView {
    view! {
        <p>
            {badge(call)}
            " "
            <span class="muted">{call.code.clone()}" · "{word("funding-window", call.window.as_str())}</span>
        </p>
    }
    .into_any()
}

/// Start a proposal, or sign in to: while the call is open.
fn main_action(call: &CallSummary) -> AnyView {
    let call = call.clone();
    (move || {
        if state_now(&call) != CallState::Open {
            return ().into_any();
        }
        let label = match call.concepts_close_at {
            None => t("call-apply"),
            Some(at) if clock::now_ticking() < at => t("call-apply-concept"),
            Some(_) => return ().into_any(),
        };
        let class = ButtonKind::Primary.class();
        if session::person().is_none() {
            return view! { <a class=class href=Path::SignIn.to_string()>{t("call-sign-in-to-apply")}</a> }.into_any();
        }
        if !session::may(Permission::WriteProposal) {
            return ().into_any();
        }
        let to = format!("{}?call={}", Path::ProposalNew, call.id);
        view! { <a class=class href=to>{label}</a> }.into_any()
    })
    .into_any()
}

/// Languages and countries.
pub(super) fn who(definition: &Definition) -> AnyView {
    let languages = definition.languages.clone();
    let countries = definition.countries.clone();
    let languages =
        Text::new(move || languages.iter().map(|l| word("language", l.as_str()).get()).collect::<Vec<_>>().join(", "));
    let countries = Text::new(move || {
        if countries.is_empty() {
            return t("call-any-country").get();
        }
        let mut names: Vec<_> = countries.iter().map(|c| format::country(c)).collect();
        names.sort();
        names.join(", ")
    });
    let items = vec![
        (t("call-languages"), view! { {languages} }.into_any()),
        (t("call-countries"), view! { {countries} }.into_any()),
    ];
    view! { <DefinitionList items/> }.into_any()
}

/// What can be asked for, and on what terms.
pub(super) fn money(call: &CallSummary, definition: &Definition) -> AnyView {
    let (envelope, budget, grant) = (call.envelope, definition.budget.clone(), definition.grant.clone());
    let currencies = definition.currencies.clone();
    let currencies = Text::new(move || {
        let each = |c: &shared::calls::CallCurrency| {
            if c.budget_rate == shared::money::Rate::ONE {
                c.currency.to_string()
            } else {
                let (currency, rate) = (c.currency.code(), format::decimal(&c.budget_rate.to_string()));
                crate::t!("call-currency-rate", currency = currency, rate = rate).get()
            }
        };
        currencies.iter().map(each).collect::<Vec<_>>().join(", ")
    });
    let categories = definition.budget.categories.clone();
    let categories = Text::new(move || categories.iter().map(|key| category(key).get()).collect::<Vec<_>>().join(", "));
    let percent = |share| Text::new(move || format::percent(share));
    let mut items = vec![
        (
            t("call-envelope"),
            view! { <span class="amount">{Text::new(move || format::money(envelope))}</span> }.into_any(),
        ),
        (
            t("call-grant-size"),
            view! { {crate::t!("call-grant-range", min = budget.min_grant, max = budget.max_grant)} }.into_any(),
        ),
        (t("call-duration"), view! { {crate::t!("call-months", months = budget.max_months)} }.into_any()),
        (t("call-currencies"), view! { {currencies} }.into_any()),
        (t("call-categories"), view! { {categories} }.into_any()),
        (
            t("call-indirect"),
            view! { {crate::t!("call-of-direct", percent = percent(budget.indirect_cap))} }.into_any(),
        ),
        (
            t("call-contingency"),
            view! { {crate::t!("call-of-direct", percent = percent(budget.contingency_cap))} }.into_any(),
        ),
    ];
    if budget.cofunding_min.0 > 0 {
        let text = crate::t!(
            "call-cofunding-rule",
            percent = percent(budget.cofunding_min),
            kind = percent(budget.in_kind_counts_up_to)
        );
        items.push((t("call-cofunding"), view! { {text} }.into_any()));
    }
    let tranches = crate::t!(
        "call-tranches-rule",
        first = percent(grant.first_tranche_cap),
        retention = percent(grant.retention_min)
    );
    items.push((t("call-tranches"), view! { {tranches} }.into_any()));
    if let Some(concept) = &definition.concept {
        let (tolerance, words) = (concept.tolerance, concept.max_words);
        let text = crate::t!("call-concept-rule", words = words, percent = percent(tolerance));
        items.push((t("call-concept"), view! { {text} }.into_any()));
    }
    view! { <DefinitionList items/> }.into_any()
}

/// A section with its questions and word limits.
pub(super) fn section(section: &Section) -> AnyView {
    let questions = section.questions.iter().map(question).collect_view();
    view! {
        <h3>{local(&section.title)}</h3>
        <ol class="questions">{questions}</ol>
    }
    .into_any()
}

fn question(question: &Question) -> AnyView {
    let words = question.max_words;
    let limit = crate::t!("call-max-words", words = words);
    let optional = (!question.is_required).then(|| view! { " "{t("optional")} }.into_any());
    view! {
        <li>
            <strong>{local(&question.label)}</strong>
            " "
            <span class="muted nowrap">{limit}{optional}</span>
            <p class="hint">{local(&question.hint)}</p>
        </li>
    }
    .into_any()
}

/// How the criteria come together, in two sentences.
pub(super) fn scoring(definition: &Definition) -> AnyView {
    let (sheets, points) = (definition.review.min_sheets, definition.review.fundable_min);
    let max = definition.rubric.scale_max;
    view! { <p>{crate::t!("call-scoring", sheets = sheets, points = points, max = max)}</p> }.into_any()
}

/// A criterion with its weight and what each score means, folded unless `open`.
pub(super) fn criterion(criterion: &Criterion, open: bool) -> AnyView {
    let weight = criterion.weight;
    let minimum =
        criterion.minimum.map(|min| view! { <p>{crate::t!("call-criterion-minimum", min = min)}</p> }.into_any());
    let anchors = criterion
        .anchors
        .iter()
        .enumerate()
        .map(|(score, anchor)| {
            view! { <tr><th scope="row" class="number">{score}</th><td>{local(anchor)}</td></tr> }.into_any()
        })
        .collect_view();
    let label = local(&criterion.label);
    view! {
        <details class="fold" open=open>
            <summary><strong>{label.clone()}</strong>" "<span class="muted nowrap">{crate::t!("call-weight", percent = weight)}</span></summary>
            {minimum}
            <table class="anchors">
                <caption class="visually-hidden">{label}</caption>
                <thead><tr><th scope="col">{t("call-score")}</th><th scope="col">{t("call-score-means")}</th></tr></thead>
                <tbody>{anchors}</tbody>
            </table>
        </details>
    }
    .into_any()
}
