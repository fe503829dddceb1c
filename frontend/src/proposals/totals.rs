//! Budgets to read: lines, sums, and the rules they keep or break.

use leptos::prelude::*;
use shared::calls::BudgetRules;
use shared::currency::Currency;
use shared::money::Money;
use shared::problem::FieldError;
use shared::proposals::{BudgetLine, LineSource, Proposal, Totals, check_budget};

use crate::components::{Column, DataTable, Row};
use crate::form::field_id;
use crate::i18n::{self, Text, t, word};
use crate::load::Load;
use crate::{calls, format};

/// The budget of a proposal to read: its lines where the reader may see them, and its sums.
pub(super) fn budget_table(proposal: &Proposal) -> AnyView {
    let Some(budget) = proposal.content.budget.clone() else {
        let requested = proposal.summary.requested;
        let eur = proposal.summary.requested_eur;
        return view! { <p>{crate::t!("budget-requested-only", amount = requested, eur = eur)}</p> }.into_any();
    };
    let rules = &proposal.definition.budget;
    let lines = budget.lines.clone().unwrap_or_default();
    // Who may see the lines sees what they break; the sums alone say nothing about the rules.
    let errors = match &budget.lines {
        Some(lines) => {
            let months = proposal.content.details.duration_months;
            let currencies = &proposal.definition.currencies;
            check_budget(rules, currencies, proposal.content.currency, lines, months).1
        }
        None => Vec::new(),
    };
    view! {
        {budget.lines.is_some().then(|| line_table(lines, proposal.content.currency, budget.totals.total))}
        {totals_view(&budget.totals, rules, &errors)}
    }
    .into_any()
}

fn line_table(lines: Vec<BudgetLine>, currency: Currency, total: Money) -> AnyView {
    let code = currency.code();
    let columns = vec![
        Column::text(t("budget-category")),
        Column::text(t("budget-activity")),
        Column::text(t("budget-unit")),
        Column::number(t("budget-quantity")),
        Column::number(t("budget-unit-cost")),
        Column::text(t("budget-period")),
        Column::text(t("budget-source")),
        Column::number(crate::t!("budget-total-in", currency = code)),
    ];
    let text = |text: Text| view! { <span>{text}</span> }.into_any();
    let amount = move |money: Option<Money>| match money {
        Some(money) => view! { <span>{Text::new(move || format::amount(money))}</span> }.into_any(),
        None => "–".into_any(),
    };
    let lines = StoredValue::new(lines);
    let rows = Callback::new(move |()| {
        lines.with_value(|lines| {
            Load::Ready(
                lines
                    .iter()
                    .map(|line| {
                        let quantity = line.quantity;
                        Row(vec![
                            if line.category.is_empty() {
                                "–".into_any()
                            } else {
                                text(calls::category(&line.category))
                            },
                            text(Text::from(line.activity.clone())),
                            text(Text::from(line.unit.clone())),
                            text(Text::new(move || {
                                quantity.map_or_else(|| "–".into(), |q| format::decimal(&q.to_string()))
                            })),
                            amount(line.unit_cost),
                            text(Text::from(line.period.clone())),
                            text(word("line-source", line.source.as_str())),
                            amount(line.total),
                        ])
                    })
                    .collect(),
            )
        })
    });
    let foot = Callback::new(move |()| {
        let mut cells: Vec<AnyView> = (0..8).map(|_| ().into_any()).collect();
        cells[0] = text(t("budget-project-total"));
        cells[7] = amount(Some(total));
        Row(cells)
    });
    view! {
        <DataTable
            caption=t("budget-title")
            hide_caption=true
            columns
            rows
            foot
            empty=|| view! { <p class="muted">{t("budget-no-lines")}</p> }
        />
    }
    .into_any()
}

/// The sums with their limits, each broken rule at its sum.
pub(super) fn totals_view(totals: &Totals, rules: &BudgetRules, errors: &[FieldError]) -> AnyView {
    let row = |at: &str, label: Text, amount: Money, note: Option<Text>, is_sum: bool| {
        let pointer = format!("/totals/{at}");
        let wrong: Vec<FieldError> = errors.iter().filter(|e| e.pointer == pointer).cloned().collect();
        let messages = wrong
            .into_iter()
            .map(|error| {
                view! { <p class="field-error">{Text::new(move || i18n::field_error_text(&error))}</p> }.into_any()
            })
            .collect_view();
        view! {
            <tr class:sum=is_sum>
                <th scope="row" id=(!at.is_empty()).then(|| field_id(&format!("/budget{pointer}"))) tabindex="-1">
                    {label}
                    {note.map(|note| view! { <span class="muted">" "{note}</span> }.into_any())}
                    {messages}
                </th>
                <td class="number">{Text::new(move || format::money(amount))}</td>
            </tr>
        }
        .into_any()
    };
    let at_most = |amount: Money| Some(crate::t!("budget-at-most", max = amount));
    let sources = totals
        .by_source
        .iter()
        .filter(|source| source.source != LineSource::Grant)
        .map(|source| row("", word("line-source", source.source.as_str()), source.amount, None, false))
        .collect_view();
    let in_euro = (totals.requested.currency() != Currency::EUR)
        .then(|| row("", t("budget-requested-eur"), totals.requested_eur, None, false));
    let percent = totals.cofunding_percent.map(|p| p.two_decimals()).unwrap_or_else(|| "0.00".into());
    let minimum = rules.cofunding_min;
    let share = Text::new(move || {
        let share = format::decimal(&percent);
        if minimum.0 > 0 {
            crate::t!("budget-cofunding-share-of", share = share, min = format::percent(minimum)).get()
        } else {
            crate::t!("budget-cofunding-share", share = share).get()
        }
    });
    let categories = totals
        .by_category
        .iter()
        .filter(|c| c.amount.minor() > 0)
        .map(|c| row("", calls::category(&c.category), c.amount, None, false))
        .collect_view();
    view! {
        <section class="totals" aria-label=t("budget-totals")>
            <h2>{t("budget-totals")}</h2>
            <table class="sums">
                <tbody>
                    {row("", t("budget-direct"), totals.direct, None, false)}
                    {row("contingency", calls::category("contingency"), totals.contingency, at_most(totals.contingency_max), false)}
                    {row("indirect", calls::category("indirect"), totals.indirect, at_most(totals.indirect_max), false)}
                    {row("", t("budget-project-total"), totals.total, None, true)}
                    {sources}
                    {row("cofunding", t("budget-cofunding"), totals.cofunding, Some(share), false)}
                    {row("requested", t("budget-requested"), totals.requested, at_most(totals.requested_max), true)}
                    {in_euro}
                    {row("", t("budget-left"), totals.requested_left, None, false)}
                </tbody>
            </table>
            <details>
                <summary>{t("budget-by-category")}</summary>
                <table class="sums"><tbody>{categories}</tbody></table>
            </details>
        </section>
    }
    .into_any()
}
