//! The tranche plan's editor: always shows what is still to be planned (M30).

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::REASON_MAX_CHARS;
use shared::grants::{
    AgreementDraft, Award, CreateAgreement, Grant, PlannedTranche, ReplaceTranchePlan, TRANCHES_MAX, TranchePlan,
    plan_difference,
};
use shared::money::Money;
use shared::problem::{Code, FieldError};
use shared::reports::{Reporting, ReportingMethod};

use crate::components::{Button, ButtonKind, DateInput, FormBox, MoneyInput, Select, TextInput, money_from, toast};
use crate::form::Form;
use crate::fund::{money, read_date, read_money};
use crate::i18n::{Text, t};
use crate::routes::Path;
use crate::{api, clock, reports, router};

/// A tranche as typed.
#[derive(Clone, Copy)]
struct Line {
    id: u32,
    amount: RwSignal<String>,
    due_on: RwSignal<String>,
    condition: RwSignal<String>,
}

/// The plan as typed.
#[derive(Clone, Copy)]
struct Lines {
    all: RwSignal<Vec<Line>>,
    next: StoredValue<u32>,
    total: Money,
}

impl Lines {
    fn new(total: Money, tranches: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let lines = Self { all: RwSignal::new(Vec::new()), next: StoredValue::new(0), total };
        for tranche in tranches {
            lines.add(tranche);
        }
        lines
    }

    fn add(self, (amount, due_on, condition): (String, String, String)) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let line = Line {
            id,
            amount: RwSignal::new(amount),
            due_on: RwSignal::new(due_on),
            condition: RwSignal::new(condition),
        };
        self.all.update(|all| all.push(line));
    }

    fn remove(self, id: u32) {
        self.all.update(|all| all.retain(|line| line.id != id));
    }

    /// What is still to be planned, negative when too much is; what cannot be read counts as nothing.
    fn difference(self) -> Option<Money> {
        let currency = self.total.currency();
        let typed = self.all.get().into_iter().filter_map(|line| money_from(&line.amount.get(), currency).ok());
        plan_difference(self.total, typed).ok()
    }

    fn read(self, errors: &mut Vec<FieldError>) -> Vec<PlannedTranche> {
        let today = clock::now().date();
        self.all
            .get_untracked()
            .into_iter()
            .enumerate()
            .map(|(at, line)| {
                let condition = line.condition.get_untracked().trim().to_owned();
                if condition.chars().count() > REASON_MAX_CHARS {
                    let pointer = format!("/tranches/{at}/condition");
                    errors.push(FieldError::new(pointer, Code::TooLong).with("max", REASON_MAX_CHARS));
                }
                PlannedTranche {
                    amount: read_money(
                        errors,
                        &format!("/tranches/{at}/amount"),
                        &line.amount.get_untracked(),
                        self.total.currency(),
                    ),
                    due_on: read_date(errors, &format!("/tranches/{at}/due_on"), &line.due_on.get_untracked(), today),
                    condition,
                }
            })
            .collect()
    }

    /// The fields, with the limits (M30) and the difference that is left.
    fn view(self, first_max: Money, retention_min: Money) -> AnyView {
        let currency = self.total.currency();
        let fields = move || {
            let all = self.all.get();
            let last = all.len().saturating_sub(1);
            all.into_iter()
                .enumerate()
                .map(|(at, line)| {
                    let hint = if at == 0 {
                        crate::t!("tranche-first-hint", max = first_max)
                    } else if at == last {
                        crate::t!("tranche-last-hint", min = retention_min)
                    } else {
                        t("tranche-middle-hint")
                    };
                    let number = i64::try_from(at + 1).unwrap_or_default();
                    view! {
                        <fieldset class="tranche">
                            <legend>{crate::t!("tranche-number", number = number)}</legend>
                            <div class="row">
                                <MoneyInput
                                    pointer=format!("/tranches/{at}/amount")
                                    label=t("amount")
                                    hint
                                    value=line.amount
                                    currency=Signal::derive(move || currency)
                                />
                                <DateInput pointer=format!("/tranches/{at}/due_on") label=t("tranche-due-on") value=line.due_on/>
                            </div>
                            <TextInput
                                pointer=format!("/tranches/{at}/condition")
                                label=t("tranche-condition")
                                value=line.condition
                                optional=true
                            />
                            {(last > 0).then(|| view! {
                                <Button
                                    label=crate::t!("tranche-remove", number = number)
                                    kind=ButtonKind::Quiet
                                    on_press=move |()| self.remove(line.id)
                                />
                            }.into_any())}
                        </fieldset>
                    }
                    .into_any()
                })
                .collect_view()
        };
        let difference = move || {
            let difference = self.difference()?;
            let (class, text): (&str, Text) = match difference.minor() {
                0 => ("good", crate::t!("plan-sums", total = self.total)),
                1.. => ("attention", crate::t!("plan-missing", amount = difference)),
                _ => {
                    let over = Money::from_minor(-difference.minor(), difference.currency());
                    ("problem", crate::t!("plan-over", amount = over))
                }
            };
            Some(view! { <p class=format!("notice {class}")>{text}</p> }.into_any())
        };
        let add = move |()| {
            let rest = self.difference().filter(|left| left.is_positive()).map(Money::amount).unwrap_or_default();
            self.add((rest, String::new(), String::new()));
        };
        view! {
            {fields}
            <div role="status">{difference}</div>
            {move || (self.all.with(Vec::len) < TRANCHES_MAX).then(|| view! {
                <p><Button label=t("tranche-add") on_press=add/></p>
            }.into_any())}
        }
        .into_any()
    }
}

/// Writes an agreement for an award; then its page opens.
pub(super) fn draft_form(award: Award) -> AnyView {
    let form = Form::new();
    let today = clock::now().date();
    let months = award.duration_months.unwrap_or(12);
    let number = RwSignal::new(award.proposal_number.clone());
    let starts_on = RwSignal::new(today.to_string());
    let ends_on = RwSignal::new(today.plus_days(months * 365 / 12).to_string());
    // A first proposal within the limits, to be changed: the most at first, the least at last.
    let rest = award.amount.minor() - award.first_tranche_max.minor() - award.retention_min.minor();
    let middle = Money::from_minor(rest, award.amount.currency());
    let due = |part: i64| today.plus_days(months * 365 / 12 * part / 2).to_string();
    let lines = Lines::new(
        award.amount,
        [(award.first_tranche_max, 0), (middle, 1), (award.retention_min, 2)]
            .map(|(amount, part)| (amount.amount(), due(part), String::new())),
    );
    let fund = award.amount.currency();
    let (currency, method) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let others = award.currencies.iter().filter(|listed| **listed != fund);
    let currencies: Vec<_> = others.map(|c| (c.code().to_owned(), Text::from(c.code().to_owned()))).collect();
    let key = StoredValue::new(api::new_key());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        // None chosen is the fund's own.
        let reporting = Currency::parse(&currency.get_untracked()).ok().and_then(|currency| {
            let method = ReportingMethod::parse(&method.get_untracked());
            if method.is_none() {
                errors.push(FieldError::new("/reporting/method", Code::Required));
            }
            Some(Reporting { currency, method: method? })
        });
        let draft = AgreementDraft {
            decision_id: award.decision_id,
            number: number.get_untracked().trim().to_owned(),
            starts_on: read_date(&mut errors, "/starts_on", &starts_on.get_untracked(), today),
            ends_on: read_date(&mut errors, "/ends_on", &ends_on.get_untracked(), today),
            tranches: lines.read(&mut errors),
            reporting,
        };
        if errors.is_empty() {
            errors = draft.errors(fund);
        }
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let made = api::call_once(&CreateAgreement {}, &Nothing {}, &draft, &key.get_value(), None).await?;
            toast(crate::t!("agreement-written", number = made.number));
            router::go(&Path::Grant(made.id));
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("agreement-save") on_submit=send>
            <TextInput pointer="/number" label=t("agreement-number") hint=t("agreement-number-hint") value=number/>
            <div class="row">
                <DateInput pointer="/starts_on" label=t("agreement-starts-on") value=starts_on/>
                <DateInput pointer="/ends_on" label=t("agreement-ends-on") value=ends_on/>
            </div>
            {(!currencies.is_empty()).then(|| view! {
                <Select
                    pointer="/reporting/currency"
                    label=t("reporting-currency")
                    hint=t("reporting-currency-hint")
                    value=currency
                    options=currencies
                    optional=true
                    none=Text::from(fund.code().to_owned())
                />
                {move || currency.with(|c| !c.is_empty()).then(|| view! {
                    <Select
                        pointer="/reporting/method"
                        label=t("reporting-method")
                        hint=t("reporting-method-hint")
                        value=method
                        options=reports::methods()
                    />
                }.into_any())}
            }.into_any())}
            <h3>{t("plan-title")}</h3>
            {lines.view(award.first_tranche_max, award.retention_min)}
        </FormBox>
    }
    .into_any()
}

/// Changes a draft's plan.
pub(super) fn plan_form(grant: &Grant, on_done: Callback<Grant>) -> AnyView {
    let form = Form::new();
    let (agreement_id, version, total) = (grant.id, grant.version, grant.amount);
    let (first_max, retention_min) = (grant.first_tranche_max, grant.retention_min);
    let lines = Lines::new(
        total,
        grant.tranches.iter().map(|t| (t.planned.amount(), t.due_on.to_string(), t.condition.clone())),
    );
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let plan = TranchePlan { tranches: lines.read(&mut errors) };
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let endpoint = ReplaceTranchePlan { agreement_id };
            on_done.run(api::call_if_match(&endpoint, &Nothing {}, &plan, version).await?);
            toast(t("plan-saved"));
            Ok(())
        });
    });
    view! {
        <p>{t("plan-of")}" "<strong>{money(total)}</strong></p>
        <FormBox form submit=t("plan-save") on_submit=send>
            {lines.view(first_max, retention_min)}
        </FormBox>
    }
    .into_any()
}
