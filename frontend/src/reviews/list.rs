//! What is assigned to the reader.

use leptos::prelude::*;
use shared::endpoint::{Nothing, Page as ApiPage};
use shared::reviews::{ListMyReviews, MyCounts, MyReview, MyReviewsQuery, ReviewState};

use super::{call_title, country, review_badge};
use crate::components::{Column, DataTable, EmptyState, LoadMore, Page, Row, Tab, Tabs};
use crate::format;
use crate::i18n::{Text, t};
use crate::load::paged;
use crate::routes::Path;
use crate::{api, router};

/// My reviews, those that are due first.
pub fn list_page() -> AnyView {
    let counts = RwSignal::new(MyCounts::default());
    let list = paged(move |after| {
        let state = router::query("state").and_then(|state| ReviewState::parse(&state));
        async move {
            let query = MyReviewsQuery { state, after };
            let answer = api::call(&ListMyReviews {}, &query, &Nothing {}).await?;
            let _ = counts.try_set(answer.counts);
            Ok(ApiPage { items: answer.items, next: answer.next })
        }
    });
    let columns = vec![
        Column::main(t("review-proposal")),
        Column::text(t("country")),
        Column::text(t("review-call")),
        Column::text(t("review-due")),
        Column::text(t("state")),
        Column::text(t("actions")),
    ];
    let rows = Callback::new(move |()| list.rows(row));
    view! {
        <Page title=t("reviews-title") wide=true>
            {move || tabs(counts.get())}
            <DataTable
                caption=t("reviews-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("reviews-empty") hint=t("reviews-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn tabs(counts: MyCounts) -> AnyView {
    let all = counts.to_start + counts.to_continue + counts.submitted + counts.recused;
    let here = router::query("state");
    let tab = |label: Text, state: Option<ReviewState>| Tab {
        label,
        href: state.map_or_else(|| Path::Reviews.to_string(), |s| format!("{}?state={s}", Path::Reviews)),
        current: here.as_deref() == state.map(|s| s.as_str()),
    };
    let tabs = vec![
        tab(crate::t!("reviews-all", n = all), None),
        tab(crate::t!("reviews-to-start", n = counts.to_start), Some(ReviewState::Assigned)),
        tab(crate::t!("reviews-to-continue", n = counts.to_continue), Some(ReviewState::Accepted)),
        tab(crate::t!("reviews-submitted", n = counts.submitted), Some(ReviewState::Submitted)),
    ];
    view! { <Tabs label=t("reviews-title") tabs/> }.into_any()
}

fn row(review: &MyReview) -> Row {
    let path = match review.state {
        ReviewState::Assigned => Path::ProposalDeclaration(review.proposal.id),
        _ => Path::Review(review.id),
    };
    let verb = match review.state {
        ReviewState::Assigned => Some(t("review-start")),
        ReviewState::Accepted => Some(t("review-continue")),
        ReviewState::Submitted => Some(t("review-view")),
        ReviewState::Recused | ReviewState::Void => None,
    };
    let class = if review.state.is_pending() { "button primary" } else { "button" };
    let title = review.proposal.title.clone();
    let action = verb.map(|verb| {
        view! { <a class=class href=path.to_string()>{verb}<span class="visually-hidden">" "{title}</span></a> }
            .into_any()
    });
    let (due_on, scored, criteria) = (review.due_on, review.scored, review.criteria);
    let progress = (review.state == ReviewState::Accepted).then(|| {
        view! { <div class="muted">{crate::t!("review-progress", scored = scored, of = criteria)}</div> }.into_any()
    });
    Row(vec![
        view! {
            <strong>{review.proposal.title.clone()}</strong>
            <div class="muted">{review.proposal.number.clone()}" · "{review.proposal.organisation.name.clone()}</div>
        }
        .into_any(),
        country(&review.proposal.country).into_render().into_any(),
        call_title(&review.call).into_render().into_any(),
        Text::new(move || format::date(due_on)).into_render().into_any(),
        view! { {review_badge(review.state)}{progress} }.into_any(),
        action.into_any(),
    ])
}
