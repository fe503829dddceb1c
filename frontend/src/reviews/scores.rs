//! A proposal's sheets side by side, once they are unblinded.

use leptos::prelude::*;
use shared::calls::Rubric;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::reviews::{CriterionMean, GetScores, RankRow, Scores};

use super::score::sheet_view;
use super::{bilingual, subject_facts};
use crate::components::{Crumb, DefinitionList, Page, StatusBadge, Tone};
use crate::i18n::{Text, t};
use crate::load::load;
use crate::routes::Path;
use crate::{api, format};

/// The consolidated view of a proposal's sheets.
pub fn scores_page(proposal_id: ProposalId) -> AnyView {
    let scores = load(move || async move { api::call(&GetScores { proposal_id }, &Nothing {}, &Nothing {}).await });
    view! {
        <Page title=t("scores-title") crumbs=vec![Crumb(t("review-proposal"), Path::Proposal(proposal_id))] wide=true>
            {move || scores.view(|scores| untrack(|| show(scores)))}
        </Page>
    }
    .into_any()
}

fn show(scores: &Scores) -> AnyView {
    let sheets = scores.sheets.iter().map(|sheet| {
        let total = sheet.total;
        let total = Text::new(move || format::decimal(&total.two_decimals()));
        let tag = sheet.is_tag.then(|| view! { " "<StatusBadge word=t("review-tag") tone=Tone::Info/> }.into_any());
        view! {
            <details class="fold">
                <summary><strong>{sheet.reviewer.clone()}</strong>" · "{total}" / 100"{tag}</summary>
                {sheet_view(&scores.rubric, &sheet.sheet)}
            </details>
        }
        .into_any()
    });
    view! {
        <h2>{scores.proposal.number.clone()}" · "{scores.proposal.title.clone()}</h2>
        {subject_facts(&scores.proposal)}
        {summary(&scores.row)}
        {means(&scores.rubric, &scores.criteria)}
        <h2>{t("scores-sheets")}</h2>
        {sheets.collect_view()}
    }
    .into_any()
}

/// Rank, score, spread and thresholds of a proposal in a few lines.
pub fn summary(row: &RankRow) -> AnyView {
    let mut items = Vec::new();
    if let Some(rank) = row.rank {
        items.push((t("ranking-rank"), rank.to_string().into_any()));
    }
    if let Some(shown) = row.shown.clone() {
        let sheets = row.sheets;
        let text = Text::new(move || {
            let score = format::decimal(&shown);
            crate::t!("scores-mean", score = score, n = sheets).get()
        });
        items.push((t("ranking-score"), text.into_render().into_any()));
    }
    if let (Some(lowest), Some(highest)) = (row.lowest, row.highest) {
        let text = Text::new(move || {
            format!("{} – {}", format::decimal(&lowest.two_decimals()), format::decimal(&highest.two_decimals()))
        });
        items.push((t("ranking-spread"), text.into_render().into_any()));
    }
    if let Some(is_fundable) = row.is_fundable {
        let key = if is_fundable { "ranking-yes" } else { "ranking-no" };
        items.push((t("ranking-fundable"), t(key).into_render().into_any()));
    }
    view! { <DefinitionList items/> }.into_any()
}

fn means(rubric: &Rubric, criteria: &[CriterionMean]) -> AnyView {
    let rows = rubric.criteria.iter().map(|criterion| {
        let shown = criteria.iter().find(|c| c.criterion == criterion.key).map(|c| c.shown.clone()).unwrap_or_default();
        let weight = criterion.weight;
        view! {
            <tr>
                <th scope="row">{bilingual(&criterion.label)}</th>
                <td class="number">{crate::t!("review-weight", weight = weight)}</td>
                <td class="number">{Text::new(move || format::decimal(&shown))}</td>
            </tr>
        }
        .into_any()
    });
    view! {
        <table class="review-sheet">
            <thead>
                <tr>
                    <th scope="col">{t("review-criteria")}</th>
                    <th scope="col" class="number">{t("review-weight-head")}</th>
                    <th scope="col" class="number">{t("scores-mean-head")}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
