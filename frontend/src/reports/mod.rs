//! Reports on agreements: the recipient writes, finance checks and accepts.

mod check;
mod write;

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::grants::Because;
use shared::ids::ReportId;
use shared::money::Money;
use shared::reports::{
    AcceptReport, ApproveShift, AskReport, GetReport, RejectReport, Report, ReportAction, ReportLine, ReportState,
    ReportSummary, Reporting, ReportingMethod, ShiftBand,
};

use crate::amendments;
use crate::api;
use crate::api::Answer;
use crate::calls::category;
use crate::components::{
    ButtonKind, Column, ConfirmButton, Crumb, DataTable, DefinitionList, Page, Row, StatusBadge, Tone,
};
use crate::format;
use crate::fund::{act, amount, date, money, step};
use crate::grants::because_button;
use crate::i18n::{self, Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;

/// How far a report is.
fn badge(report: &ReportSummary) -> AnyView {
    let tone = match report.state {
        ReportState::Accepted | ReportState::AcceptedWithDisallowance => Tone::Good,
        ReportState::Rejected => Tone::Problem,
        ReportState::Submitted | ReportState::InCheck => Tone::Info,
        ReportState::Clarification => Tone::Attention,
        ReportState::Scheduled | ReportState::Draft => Tone::Neutral,
    };
    view! {
        <StatusBadge word=word("report-state", report.state.as_str()) tone/>
        {report.is_overdue.then(|| view! { " "<strong class="overdue">{t("overdue")}</strong> }.into_any())}
    }
    .into_any()
}

fn name(report: &ReportSummary) -> Text {
    let number = report.number;
    if report.is_final { t("report-final") } else { crate::t!("report-number", number = number) }
}

/// The ways to find a reporting rate, to choose from (M51).
pub(crate) fn methods() -> Vec<(String, Text)> {
    let method = |method: &ReportingMethod| (method.as_str().to_owned(), word("reporting-method", method.as_str()));
    ReportingMethod::ALL.iter().map(method).collect()
}

/// In which currency a recipient reports, and how that is converted (M51).
pub(crate) fn reporting(reporting: Reporting) -> AnyView {
    view! { {reporting.currency.code()}" · "{word("reporting-method", reporting.method.as_str())} }.into_any()
}

/// The report calendar of a grant.
pub(crate) fn calendar(reports: &[ReportSummary]) -> AnyView {
    let row = |report: &ReportSummary| {
        Row(vec![
            view! {
                <a href=Path::Report(report.id).to_string()>{name(report)}</a>
                <br/>
                <span class="muted">{date(report.from)}" – "{date(report.to)}</span>
            }
            .into_any(),
            view! { {date(report.due_on)} }.into_any(),
            badge(report),
            view! { {money(report.reported)} }.into_any(),
            report.accepted.map(|accepted| view! { {amount(accepted)} }.into_any()).into_any(),
            report.share.map(|share| view! { {amount(share)} }.into_any()).into_any(),
        ])
    };
    let list = reports.to_vec();
    let rows = Callback::new(move |()| Load::Ready(list.iter().map(row).collect()));
    let columns = vec![
        Column::text(t("report")),
        Column::text(t("tranche-due-on")),
        Column::text(t("state")),
        Column::number(t("reported")),
        Column::number(t("accepted-eur")),
        Column::number(t("share-eur")),
    ];
    view! { <DataTable caption=t("reports-title") hide_caption=true columns rows/> }.into_any()
}

/// One report.
pub fn report_page(report_id: ReportId) -> AnyView {
    let report = load(move || async move { api::call(&GetReport { report_id }, &Nothing {}, &Nothing {}).await });
    let title = Text::new(move || {
        report.with(|r| format!("{} · {}", r.agreement, name(&r.summary).get())).unwrap_or_else(|| t("report").get())
    });
    view! {
        <Page
            title
            crumbs=vec![Crumb(t("grants-title"), Path::Grants)]
            wide=true
            lead=move || report.with(|r| badge(&r.summary))
        >
            {move || report.view(|r| whole(r, report))}
        </Page>
    }
    .into_any()
}

fn whole(report: &Report, loader: Loader<Report>) -> AnyView {
    let can = |action: ReportAction| report.actions.contains(&action);
    let remark = (!report.remark.is_empty())
        .then(|| view! { <p class="notice attention">{report.remark.clone()}</p> }.into_any());
    let missing = report.rate_missing.clone().map(|missing| {
        let why = Text::new(move || i18n::field_error_text(&missing));
        view! { <p class="notice attention">{t("report-rate-missing")}" "{why}</p> }.into_any()
    });
    let body = if can(ReportAction::Edit) {
        write::form(report, loader)
    } else {
        view! {
            {lines(report)}
            {(!report.narrative.is_empty()).then(|| view! {
                <h2>{t("report-narrative")}</h2>
                <p class="prose">{report.narrative.clone()}</p>
            }.into_any())}
            {can(ReportAction::Check).then(|| check::form(report, loader))}
        }
        .into_any()
    };
    // The recipient's own form says it beside the category.
    let is_too_large = report.band >= ShiftBand::Amendment && report.accepted_by.is_none() && !can(ReportAction::Edit);
    view! {
        {remark}
        {head(report)}
        {missing}
        {is_too_large.then(|| amendments::needed(report.agreement_id))}
        {body}
        {actions(report, loader)}
    }
    .into_any()
}

fn head(report: &Report) -> AnyView {
    let summary = &report.summary;
    let shown = |m| view! { <span class="amount">{money(m)}</span> }.into_any();
    let agreement = report.agreement.clone();
    let mut items = vec![
        (t("grant"), view! { <a href=Path::Grant(report.agreement_id).to_string()>{agreement}</a> }.into_any()),
        (t("recipient"), report.organisation.name.clone().into_any()),
        (t("grant-period"), view! { {date(summary.from)}" – "{date(summary.to)} }.into_any()),
        (t("tranche-due-on"), view! { {date(summary.due_on)} }.into_any()),
    ];
    if let Some(own) = report.reporting {
        items.push((t("reporting"), reporting(own)));
        let units = report.rate.and_then(|rate| rate.units_per_one(own.currency, report.planned.currency()));
        if let Some(units) = units.map(|units| units.to_string()) {
            let (fund, own) = (report.planned.currency().code(), own.currency.code());
            let rate = Text::new(move || {
                let shown = format::decimal(&units);
                crate::t!("report-rate-text", rate = shown.clone(), own = own, fund = fund).get()
            });
            let label = if report.accepted_by.is_some() { t("report-rate-frozen") } else { t("report-rate") };
            items.push((label, view! { {rate} }.into_any()));
        }
        if let Some(total) = report.accepted {
            items.push((t("report-converted"), shown(total)));
            items.push((t("report-rounding"), shown(report.rounding)));
        }
    }
    items.push((t("report-cumulative"), shown(report.cumulative)));
    items.push((t("report-cumulative-share"), shown(report.cumulative_share)));
    for (label, by) in [
        ("report-submitted", &report.submitted),
        ("report-checked", &report.checked),
        ("report-shift-approved", &report.shift_approved),
        ("report-accepted", &report.accepted_by),
    ] {
        if let Some(by) = by {
            items.push((t(label), step("step-by", by)));
        }
    }
    view! { <DefinitionList items/> }.into_any()
}

/// The lines against the signed budget. Where the recipient reports in another currency, each line's
/// conversion beside it, and what rounding leaves of the total in a row of its own (M53).
fn lines(report: &Report) -> AnyView {
    let (is_converted, rounding, before) = (report.reporting.is_some(), report.rounding, report.rounding_before);
    let row = move |line: &ReportLine| {
        let tone = match line.band {
            ShiftBand::Within | ShiftBand::Free => Tone::Good,
            ShiftBand::Desk => Tone::Attention,
            ShiftBand::Amendment | ShiftBand::Never => Tone::Problem,
        };
        let why = (!line.disallowed_reason.is_empty())
            .then(|| view! { <br/><span class="muted">{line.disallowed_reason.clone()}</span> }.into_any());
        let note =
            (!line.note.is_empty()).then(|| view! { <br/><span class="muted">{line.note.clone()}</span> }.into_any());
        let mut cells = vec![
            view! { {category(&line.category)}{note} }.into_any(),
            cell(line.planned),
            cell(line.before),
            cell(line.reported),
            view! { {amount(line.disallowed)}{why} }.into_any(),
        ];
        if is_converted {
            cells.push(line.accepted.map(cell).into_any());
        }
        cells.push(cell(line.cumulative));
        cells.push(view! { <StatusBadge word=word("shift-band", line.band.as_str()) tone/> }.into_any());
        Row(cells)
    };
    let rest = move || {
        let cumulative = before.checked_add(rounding).unwrap_or(rounding);
        let none = || ().into_any();
        Row(vec![
            view! { {t("report-rounding")} }.into_any(),
            none(),
            cell(before),
            none(),
            none(),
            cell(rounding),
            cell(cumulative),
            none(),
        ])
    };
    let list = report.lines.clone();
    let rows =
        Callback::new(move |()| Load::Ready(list.iter().map(row).chain(is_converted.then(rest)).collect::<Vec<_>>()));
    let own = report.summary.reported.currency().code();
    let mut columns = vec![
        Column::text(t("budget-category")),
        Column::number(t("planned-eur")),
        Column::number(t("report-before-eur")),
        Column::number(crate::t!("reported-in", currency = own)),
        Column::number(crate::t!("disallowed-in", currency = own)),
    ];
    if is_converted {
        columns.push(Column::number(t("report-converted-eur")));
    }
    columns.push(Column::number(t("report-cumulative-eur")));
    columns.push(Column::text(t("report-shift")));
    view! {
        <h2>{t("report-lines")}</h2>
        <DataTable caption=t("report-lines") hide_caption=true columns rows/>
    }
    .into_any()
}

fn cell(shown: Money) -> AnyView {
    view! { {amount(shown)} }.into_any()
}

fn run(call: Answer<Report>, loader: Loader<Report>) {
    act(
        async move {
            loader.set(call.await?);
            Ok(t("step-done"))
        },
        Callback::new(|()| ()),
    );
}

fn actions(report: &Report, loader: Loader<Report>) -> AnyView {
    let (report_id, version) = (report.summary.id, report.version);
    let so_far = report.cumulative_share;
    let can = |action: ReportAction| report.actions.contains(&action);
    let key = StoredValue::new(api::new_key());
    let confirm = |label: Text, explain: Text, kind: ButtonKind, press: Callback<()>| {
        view! { <ConfirmButton label explain kind on_confirm=press/> }.into_any()
    };
    let set = Callback::new(move |report| loader.set(report));
    let shift = can(ReportAction::ApproveShift).then(|| {
        let press = Callback::new(move |()| {
            run(api::call_if_match(&ApproveShift { report_id }, &Nothing {}, &Nothing {}, version), loader);
        });
        confirm(t("report-approve-shift"), t("report-approve-shift-explain"), ButtonKind::Primary, press)
    });
    let accept = can(ReportAction::Accept).then(|| {
        let press = Callback::new(move |()| {
            let endpoint = AcceptReport { report_id };
            run(api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)), loader);
        });
        confirm(t("report-accept"), crate::t!("report-accept-explain", amount = so_far), ButtonKind::Primary, press)
    });
    let ask = can(ReportAction::Ask).then(|| {
        because_button(
            t("report-ask"),
            t("report-ask-explain"),
            move |because: Because| api::call_if_match(&AskReport { report_id }, &Nothing {}, &because, version),
            set,
        )
    });
    let reject = can(ReportAction::Reject).then(|| {
        because_button(
            t("report-reject"),
            t("report-reject-explain"),
            move |because: Because| api::call_if_match(&RejectReport { report_id }, &Nothing {}, &because, version),
            set,
        )
    });
    view! { <div class="actions">{accept}{shift}{ask}{reject}</div> }.into_any()
}
