//! The motions, open ones first.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::ExportName;
use shared::permission::Permission;
use shared::votes::{ListMotions, MotionState, MotionSummary, MotionsQuery};

use super::{choice_badge, motion_badge, outcome};
use crate::components::{Column, DataTable, EmptyState, ExportLink, LoadMore, Page, Row, StatusBadge, Tab, Tabs, Tone};
use crate::i18n::{Text, t, word};
use crate::load::paged;
use crate::routes::Path;
use crate::{api, format, router, session};

/// All motions that the reader may see.
pub fn list_page() -> AnyView {
    let list = paged(|after| {
        let state = router::query("state").and_then(|state| MotionState::parse(&state));
        let query = MotionsQuery { state, proposal_id: None, after };
        async move { api::call(&ListMotions {}, &query, &Nothing {}).await }
    });
    let votes = session::may(Permission::Vote);
    let mut columns = vec![
        Column::text(t("motion")),
        Column::main(t("review-proposal")),
        Column::text(t("motion-outcome-head")),
        Column::number(t("motion-amount")),
        Column::text(t("state")),
        Column::text(t("motion-until")),
    ];
    if votes {
        columns.push(Column::text(t("motion-my-vote")));
    }
    let rows = Callback::new(move |()| list.rows(|motion| row(motion, votes)));
    view! {
        <Page title=t("motions-title") wide=true action=|| view! { <ExportLink name=ExportName::Votes/> }>
            {tabs}
            <DataTable
                caption=t("motions-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("motions-empty") hint=t("motions-empty-hint")/> }
            />
            <LoadMore list/>
        </Page>
    }
    .into_any()
}

fn tabs() -> AnyView {
    let here = router::query("state");
    let mut tabs = vec![Tab { label: t("ranking-all"), href: Path::Motions.to_string(), current: here.is_none() }];
    tabs.extend(MotionState::ALL.iter().map(|state| Tab {
        label: word("motion-state", state.as_str()),
        href: format!("{}?state={state}", Path::Motions),
        current: here.as_deref() == Some(state.as_str()),
    }));
    view! { <Tabs label=t("motions-title") tabs/> }.into_any()
}

fn row(motion: &MotionSummary, votes: bool) -> Row {
    let amount = motion.amount.map(|amount| Text::new(move || format::money(amount)).into_render().into_any());
    let until = motion.closes_at.map(|at| {
        let left = (motion.state == MotionState::Open)
            .then(|| view! { <div class="muted">{move || format::left_until(at)}</div> }.into_any());
        view! { {Text::new(move || format::instant(at))}{left} }.into_any()
    });
    let mut cells = vec![
        view! { <a class="nowrap" href=Path::Motion(motion.id).to_string()>{motion.number.clone()}</a> }.into_any(),
        view! {
            {motion.proposal.title.clone()}
            <div class="muted">{motion.proposal.number.clone()}" · "{motion.proposal.organisation.name.clone()}</div>
        }
        .into_any(),
        outcome(motion),
        amount.into_any(),
        motion_badge(motion.state),
        until.into_any(),
    ];
    if votes {
        let mine = match (motion.my_choice, motion.is_waiting_for_me) {
            (Some(choice), _) => choice_badge(choice),
            (None, true) => view! { <StatusBadge word=t("motion-waits") tone=Tone::Attention/> }.into_any(),
            (None, false) => ().into_any(),
        };
        cells.push(mine);
    }
    Row(cells)
}
