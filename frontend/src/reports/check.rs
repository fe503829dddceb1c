//! Checking a report: what is not accepted of each line, and why.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::reports::{CheckReport, Disallowance, Report, ReportCheck};

use crate::api;
use crate::calls::category as category_name;
use crate::components::{FormBox, MoneyInput, TextInput, toast};
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

/// Finance's form: what is not accepted of each line, and why (M41).
pub(super) fn form(report: &Report, loader: Loader<Report>) -> AnyView {
    let form = Form::new();
    let (report_id, version) = (report.summary.id, report.version);
    let currency = report.summary.reported.currency();
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
    let shown = typed.clone();
    // Made inside the form's box, where its fields find their errors.
    let fields = move || {
        let fields = shown.iter().zip(reported).enumerate().map(|(at, ((category, typed), reported))| {
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
        });
        fields.collect_view()
    };
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
        <FormBox form submit=t("report-check") on_submit=send>{fields()}</FormBox>
    }
    .into_any()
}
