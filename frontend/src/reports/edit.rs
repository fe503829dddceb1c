//! Writing a report, and checking it: line by line against the signed budget.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::money::Money;
use shared::reports::{CheckReport, Disallowance, LineDraft, Report, ReportCheck, ReportDraft, SaveReport};

use crate::api;
use crate::calls::category as category_name;
use crate::components::{FormBox, MoneyInput, TextArea, TextInput, toast};
use crate::form::Form;
use crate::fund::{money, read_money};
use crate::i18n::t;
use crate::load::Loader;

/// A category as typed: an amount and a text.
#[derive(Clone, Copy)]
struct Typed {
    amount: RwSignal<String>,
    text: RwSignal<String>,
}

/// The recipient's form: what was spent in each category, and what was done.
pub(super) fn write_form(report: &Report, loader: Loader<Report>) -> AnyView {
    let form = Form::new();
    let (report_id, version) = (report.summary.id, report.version);
    let currency = report.planned.currency();
    let narrative = RwSignal::new(report.narrative.clone());
    let typed: Vec<(String, Typed)> = report
        .lines
        .iter()
        .map(|line| {
            let amount = if line.reported.is_positive() { line.reported.amount() } else { String::new() };
            (line.category.clone(), Typed { amount: RwSignal::new(amount), text: RwSignal::new(line.note.clone()) })
        })
        .collect();
    let fields = report
        .lines
        .iter()
        .zip(&typed)
        .enumerate()
        .map(|(at, (line, (category, typed)))| {
            let (planned, before) = (line.planned, line.before);
            view! {
                <fieldset class="tranche">
                    <legend>{category_name(category)}</legend>
                    <div class="row">
                        <MoneyInput
                            pointer=format!("/lines/{at}/reported")
                            label=t("report-spent")
                            hint=crate::t!("report-line-hint", planned = planned, before = before)
                            value=typed.amount
                            currency=Signal::derive(move || currency)
                            optional=true
                        />
                        <TextInput pointer=format!("/lines/{at}/note") label=t("report-note") value=typed.text optional=true/>
                    </div>
                </fieldset>
            }
            .into_any()
        })
        .collect_view();
    let typed = StoredValue::new(typed);
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let lines = typed.with_value(|typed| {
            let line = |(at, (category, typed)): (usize, &(String, Typed))| {
                let text = typed.amount.get_untracked();
                // Nothing typed is nothing spent; a typed amount must be above zero.
                let reported = if text.trim().is_empty() {
                    Money::zero(currency)
                } else {
                    read_money(&mut errors, &format!("/lines/{at}/reported"), &text, currency)
                };
                LineDraft { category: category.clone(), reported, note: typed.text.get_untracked().trim().to_owned() }
            };
            typed.iter().enumerate().map(line).collect::<Vec<_>>()
        });
        let draft = ReportDraft { narrative: narrative.get_untracked(), lines };
        if errors.is_empty() {
            let categories: Vec<&str> = draft.lines.iter().map(|line| line.category.as_str()).collect();
            errors = draft.errors(&categories, currency);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let saved = api::call_if_match(&SaveReport { report_id }, &Nothing {}, &draft, version).await?;
            toast(t("report-saved"));
            loader.set(saved);
            Ok(())
        });
    });
    view! {
        <h2>{t("report-lines")}</h2>
        <p class="muted">{t("report-lines-hint")}</p>
        <FormBox form submit=t("report-save") on_submit=send>
            {fields}
            <TextArea pointer="/narrative" label=t("report-narrative") value=narrative optional=true/>
        </FormBox>
    }
    .into_any()
}

/// Finance's form: what is not accepted of each line, and why (M41).
pub(super) fn check_form(report: &Report, loader: Loader<Report>) -> AnyView {
    let form = Form::new();
    let (report_id, version) = (report.summary.id, report.version);
    let currency = report.planned.currency();
    let typed: Vec<(String, Typed)> = report
        .lines
        .iter()
        .filter(|line| line.reported.is_positive())
        .map(|line| {
            let amount = if line.disallowed.is_positive() { line.disallowed.amount() } else { String::new() };
            let text = RwSignal::new(line.disallowed_reason.clone());
            (line.category.clone(), Typed { amount: RwSignal::new(amount), text })
        })
        .collect();
    let reported: Vec<_> =
        report.lines.iter().filter(|line| line.reported.is_positive()).map(|line| line.reported).collect();
    let fields = typed
        .iter()
        .zip(reported)
        .enumerate()
        .map(|(at, ((category, typed), reported))| {
            view! {
                <fieldset class="tranche">
                    <legend>{category_name(category)}" · "{money(reported)}</legend>
                    <div class="row">
                        <MoneyInput
                            pointer=format!("/disallowances/{at}/amount")
                            label=t("report-disallow")
                            value=typed.amount
                            currency=Signal::derive(move || currency)
                            optional=true
                        />
                        <TextInput pointer=format!("/disallowances/{at}/reason") label=t("reason") value=typed.text optional=true/>
                    </div>
                </fieldset>
            }
            .into_any()
        })
        .collect_view();
    let (typed, known) = (StoredValue::new(typed), StoredValue::new(report.lines.clone()));
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let mut disallowances = Vec::new();
        typed.with_value(|typed| {
            for (at, (category, typed)) in typed.iter().enumerate() {
                let text = typed.amount.get_untracked();
                if text.trim().is_empty() {
                    continue;
                }
                let amount = read_money(&mut errors, &format!("/disallowances/{at}/amount"), &text, currency);
                let reason = typed.text.get_untracked().trim().to_owned();
                disallowances.push(Disallowance { category: category.clone(), amount, reason });
            }
        });
        let check = ReportCheck { disallowances };
        if errors.is_empty() {
            errors = known.with_value(|lines| check.errors(lines, currency));
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let checked = api::call_if_match(&CheckReport { report_id }, &Nothing {}, &check, version).await?;
            toast(t("report-check-saved"));
            loader.set(checked);
            Ok(())
        });
    });
    view! {
        <h2>{t("report-check-title")}</h2>
        <p class="muted">{t("report-check-hint")}</p>
        <FormBox form submit=t("report-check") on_submit=send>{fields}</FormBox>
    }
    .into_any()
}
