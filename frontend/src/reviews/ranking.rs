//! The ranking of a call, and unblinding its sheets.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::exports::{ExportName, ExportQuery};
use shared::fraction::Fraction;
use shared::fund::Position;
use shared::ids::CallId;
use shared::money::Money;
use shared::permission::Permission;
use shared::reviews::{GetRanking, RankRow, Ranking, RankingQuery, Readiness, Unblind, UnblindRequest};

use super::{call_title, country};
use crate::components::{
    Bar, Button, ButtonKind, Column, Crumb, DataTable, Dialog, EmptyState, ExportLink, FormBox, Notice, Page, Part,
    PartKind, Row, Select, StatusBadge, Tab, Tabs, TextArea, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, format, router, session, waitlist};

/// The ranking of a call; filters are in the address.
pub fn ranking_page(call_id: CallId) -> AnyView {
    let ranking = load(move || {
        let fundable = router::query("fundable").and_then(|f| f.parse().ok());
        let query = RankingQuery { country: router::query("country"), fundable, after: router::query("after") };
        async move { api::call(&GetRanking { call_id }, &query, &Nothing {}).await }
    });
    // The list's filter is the file's.
    let shown = Signal::derive(move || ExportQuery {
        call_id: Some(call_id),
        country: router::query("country"),
        fundable: router::query("fundable").and_then(|f| f.parse().ok()),
        ..ExportQuery::default()
    });
    view! {
        <Page
            title=t("ranking-title")
            crumbs=vec![Crumb(t("nav-calls"), Path::Calls), Crumb(t("review-call"), Path::Call(call_id))]
            wide=true
            action=move || view! { <ExportLink name=ExportName::Ranking query=shown/> }
        >
            {call_tabs(call_id, true)}
            {move || ranking.view(|shown| untrack(|| show(shown, ranking)))}
            {waitlist::section(call_id)}
        </Page>
    }
    .into_any()
}

/// The two views of reviewing in a call: its reviewers and its ranking.
pub fn call_tabs(call_id: CallId, is_ranking: bool) -> AnyView {
    if !session::may(Permission::ReadDeclarations) {
        return ().into_any();
    }
    let tab = |label, path: Path, current| Tab { label, href: path.to_string(), current };
    let tabs = vec![
        tab(t("assign-title"), Path::CallReviewers(call_id), !is_ranking),
        tab(t("ranking-title"), Path::CallRanking(call_id), is_ranking),
    ];
    view! { <Tabs label=t("review-call") tabs/> }.into_any()
}

/// The call's envelope and what it has left; with an amount, what would be left after it.
pub fn envelope_bar(position: &Position, amount: Option<Money>) -> AnyView {
    let (Some(envelope), Some(left)) = (position.envelope, position.envelope_left) else { return ().into_any() };
    let used = envelope.checked_sub(left).unwrap_or(Money::zero(envelope.currency()));
    let part = |label, amount, kind| Part { label, amount, kind, href: None };
    let mut parts = vec![part(t("bar-used"), used, PartKind::Reserved)];
    let mut rest = left;
    if let Some(amount) = amount {
        parts.push(part(t("bar-this"), amount, PartKind::This));
        rest = left.checked_sub(amount).unwrap_or(left);
    }
    parts.push(part(t("bar-left"), rest, PartKind::Left));
    view! { <Bar label=t("bar-envelope") total=envelope parts/> }.into_any()
}

/// The fund's money: allocable, committed, reserved, with an amount this, and what is left.
pub fn fund_bar(position: &Position, amount: Option<Money>) -> AnyView {
    let part = |label, amount, kind| Part { label, amount, kind, href: None };
    let mut parts = vec![
        part(t("bar-committed"), position.committed, PartKind::Committed),
        part(t("bar-reserved"), position.reserved, PartKind::Reserved),
    ];
    let mut rest = position.headroom;
    if let Some(amount) = amount {
        parts.push(part(t("bar-this"), amount, PartKind::This));
        rest = rest.checked_sub(amount).unwrap_or(rest);
    }
    parts.push(part(t("bar-left"), rest, PartKind::Left));
    let kept = position.earmarked;
    view! {
        <Bar label=t("bar-allocable") total=position.allocable parts/>
        {(kept.minor() > 0).then(|| view! { <p class="muted">{crate::t!("bar-earmarked", amount = kept)}</p> }.into_any())}
    }
    .into_any()
}

fn show(ranking: &Ranking, loader: Loader<Ranking>) -> AnyView {
    let is_blind = ranking.unblinded_at.is_none();
    let head = match ranking.unblinded_at {
        None => blind(ranking, loader),
        Some(at) => view! { <p class="muted">{crate::t!("ranking-unblinded", at = at)}</p> }.into_any(),
    };
    let position = ranking.position;
    let minimum = ranking.fundable_min;
    let items = StoredValue::new(ranking.items.clone());
    let rows = Callback::new(move |()| {
        // The first fundable row beyond the envelope begins what the money does not reach.
        let cut = items.with_value(|rows| rows.iter().position(|row| row.is_within == Some(false)));
        let rows = items.with_value(|rows| {
            rows.iter().enumerate().map(|(i, r)| row(r, cut == Some(i), is_blind)).collect::<Vec<_>>()
        });
        Load::Ready(rows)
    });
    let columns = if is_blind {
        vec![
            Column::main(t("review-proposal")),
            Column::text(t("country")),
            Column::number(t("review-requested")),
            Column::number(t("ranking-sheets")),
            Column::number(t("ranking-pending")),
        ]
    } else {
        vec![
            Column::number(t("ranking-rank")),
            Column::main(t("review-proposal")),
            Column::number(t("review-requested")),
            Column::number(t("ranking-score")),
            Column::text(t("ranking-spread")),
            Column::text(t("ranking-fundable")),
            Column::number(t("ranking-cumulative")),
        ]
    };
    let next = ranking.next.clone().map(|next| {
        view! {
            <p class="load-more">
                <Button label=t("load-more") on_press=move |()| router::set_query(&[("after", Some(&next))])/>
            </p>
        }
        .into_any()
    });
    view! {
        <h2>{call_title(&ranking.call)}</h2>
        {head}
        {envelope_bar(&position, None)}
        {filters(ranking, is_blind)}
        {(!is_blind).then(|| view! { <p class="muted">{crate::t!("ranking-explain", min = minimum)}</p> }.into_any())}
        <DataTable
            caption=t("ranking-title")
            hide_caption=true
            columns
            rows
            empty=|| view! { <EmptyState title=t("ranking-empty") hint=t("ranking-empty-hint")/> }
        />
        {next}
    }
    .into_any()
}

fn filters(ranking: &Ranking, is_blind: bool) -> AnyView {
    let chosen = RwSignal::new(router::query("country").unwrap_or_default());
    let fundable = RwSignal::new(router::query("fundable").unwrap_or_default());
    Effect::new(move |before: Option<()>| {
        let (country, fundable) = (chosen.get(), fundable.get());
        if before.is_some() {
            router::set_query(&[("country", Some(&country)), ("fundable", Some(&fundable)), ("after", None)]);
        }
    });
    let countries: Vec<_> = ranking.countries.iter().map(|code| (code.clone(), country(code))).collect();
    let choices = vec![("true".to_owned(), t("ranking-only-fundable")), ("false".to_owned(), t("ranking-only-not"))];
    let by_fundable = (!is_blind).then(|| {
        view! { <Select pointer="/fundable" label=t("ranking-fundable") value=fundable options=choices none=t("ranking-all") optional=true/> }
            .into_any()
    });
    view! {
        <div class="search pair">
            <Select pointer="/country" label=t("country") value=chosen options=countries none=t("ranking-all") optional=true/>
            {by_fundable}
        </div>
    }
    .into_any()
}

fn row(row: &RankRow, is_cut: bool, is_blind: bool) -> Row {
    let requested = row.proposal.requested;
    // Unblinded rows say more: there the country stands below the title.
    let below = (!is_blind).then(|| view! { " · "{country(&row.proposal.country)} }.into_any());
    let proposal = view! {
        <a href=Path::Proposal(row.proposal.id).to_string()>{row.proposal.title.clone()}</a>
        <div class="muted ranking-proposal">{row.proposal.number.clone()}" · "{row.proposal.organisation.name.clone()}{below}</div>
    }
    .into_any();
    let place = country(&row.proposal.country).into_render().into_any();
    let asks = Text::new(move || format::money(requested)).into_render().into_any();
    let count = row.sheets;
    let sheets = count.to_string().into_any();
    if is_blind {
        return Row(vec![proposal, place, asks, sheets, row.pending.to_string().into_any()]);
    }
    let rank = row.rank.map(|rank| rank.to_string()).unwrap_or_default();
    let tied = row.is_tied.then(|| view! { <div class="muted">{t("ranking-tied")}</div> }.into_any());
    let score = row.shown.clone().map(|shown| {
        let scores = Path::ProposalScores(row.proposal.id).to_string();
        view! { <a href=scores><strong>{Text::new(move || format::decimal(&shown))}</strong></a> }.into_any()
    });
    let fundable = row.is_fundable.map(|is_fundable| {
        let (key, tone) = if is_fundable { ("ranking-yes", Tone::Good) } else { ("ranking-no", Tone::Neutral) };
        view! { <StatusBadge word=t(key) tone/> }.into_any()
    });
    let divergent =
        row.is_divergent.filter(|d| *d).map(|_| view! { <div class="muted">{t("ranking-divergent")}</div> }.into_any());
    let cumulative = row.cumulative.map(|sum| {
        let beyond = row.is_within == Some(false);
        let cut = is_cut.then(|| view! { <div class="ranking-cut">{t("ranking-cut")}</div> }.into_any());
        view! { {cut}<span class:ranking-beyond=beyond>{Text::new(move || format::money(sum))}</span> }.into_any()
    });
    Row(vec![
        view! { {rank}{tied} }.into_any(),
        proposal,
        asks,
        score.into_any(),
        view! {
            {spread(row.lowest, row.highest, row.score)}
            <div class="muted nowrap">{crate::t!("ranking-of-sheets", n = count)}</div>
            {divergent}
        }
        .into_any(),
        view! { {fundable}<div class="muted">{word("proposal-state", row.state.as_str())}</div>{motion_link(row)} }
            .into_any(),
        cumulative.into_any(),
    ])
}

/// Where a motion on a ranked proposal is written.
fn motion_link(row: &RankRow) -> AnyView {
    use shared::proposals::ProposalState::{Deliberated, Scored};
    let may = session::may(Permission::WriteMotion) && matches!(row.state, Scored | Deliberated);
    let href = Path::MotionNew(row.proposal.id).to_string();
    let title = row.proposal.title.clone();
    may.then(|| {
        view! { <a href=href>{t("motion-write")}<span class="visually-hidden">" "{title}</span></a> }.into_any()
    })
    .into_any()
}

/// Hundredths of a total, for drawing only.
fn hundredths(value: Fraction) -> i64 {
    value.numerator().saturating_mul(100) / value.denominator()
}

/// The spread of the sheets' totals on a line from 0 to 100, with the mean as a mark, and in words.
fn spread(lowest: Option<Fraction>, highest: Option<Fraction>, mean: Option<Fraction>) -> AnyView {
    let (Some(lowest), Some(highest), Some(mean)) = (lowest, highest, mean) else { return ().into_any() };
    let text = Text::new(move || {
        format!("{} – {}", format::decimal(&lowest.two_decimals()), format::decimal(&highest.two_decimals()))
    });
    let (low, high, mid) = (hundredths(lowest), hundredths(highest), hundredths(mean));
    let width = (high - low).max(100);
    view! {
        <svg class="ranking-spread" viewBox="0 0 10000 1600" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" x="0" y="700" width="10000" height="200"/>
            <rect class="range" x=low.to_string() y="500" width=width.to_string() height="600"/>
            <rect class="mean" x=(mid - 60).max(0).to_string() y="200" width="120" height="1200"/>
        </svg>
        <div class="muted nowrap">{text}</div>
    }
    .into_any()
}

/// What is said and offered while the sheets are blind.
fn blind(ranking: &Ranking, loader: Loader<Ranking>) -> AnyView {
    let readiness = ranking.readiness;
    let (proposals, with_minimum, pending) = (readiness.proposals, readiness.with_minimum, readiness.pending);
    let (call_id, min_sheets) = (ranking.call.id, ranking.min_sheets);
    let action = session::may(Permission::Unblind).then(|| unblind(call_id, readiness, loader));
    view! {
        <Notice tone=Tone::Info title=t("ranking-blind")>
            <p>{crate::t!("ranking-blind-text", ready = with_minimum, of = proposals, min = min_sheets)}</p>
            <p>{crate::t!("ranking-blind-pending", n = pending)}</p>
            {action}
        </Notice>
    }
    .into_any()
}

fn unblind(call_id: CallId, readiness: Readiness, loader: Loader<Ranking>) -> AnyView {
    if !readiness.has_minimum() {
        return view! { <p class="muted">{t("unblind-not-yet")}</p> }.into_any();
    }
    let open = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let form = Form::new();
    let send = Callback::new(move |()| {
        let request = UnblindRequest { reason: reason.get_untracked() };
        form.submit(async move {
            let ranking = api::call(&Unblind { call_id }, &Nothing {}, &request).await?;
            open.set(false);
            toast(t("unblind-done"));
            loader.set(ranking);
            Ok(())
        });
    });
    let is_complete = readiness.is_complete();
    let pending = readiness.pending;
    view! {
        <Button label=t("unblind") kind=ButtonKind::Primary on_press=move |()| open.set(true)/>
        <Dialog open title=t("unblind")>
            <p>{t("unblind-explain")}</p>
            {(!is_complete).then(|| view! { <p>{crate::t!("unblind-early", n = pending)}</p> }.into_any())}
            <FormBox form submit=t("unblind") on_submit=send>
                <TextArea pointer="/reason" label=t("review-reason") value=reason lines=3 optional=is_complete/>
            </FormBox>
        </Dialog>
    }
    .into_any()
}
