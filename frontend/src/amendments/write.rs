//! Writing an amendment: the whole budget in a table, with what it sums to as it is typed (M8, M40).

use leptos::prelude::*;
use shared::amendments::{
    AmendedCategory, Amendment, AmendmentDraft, AmendmentKind, Basis, CreateAmendment, SaveAmendment, SubmitAmendment,
};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::money::Money;
use shared::problem::FieldError;

use super::{columns, signed};
use crate::calls::category;
use crate::components::{
    ConfirmButton, DataTable, FormBox, MoneyInput, Notice, Row, TextArea, Tone, money_from, toast,
};
use crate::form::Form;
use crate::fund::{amount, read_money};
use crate::i18n::{Text, t};
use crate::load::{Load, Loader};
use crate::routes::Path;
use crate::{api, format, router};

/// A category as typed; empty is nothing.
#[derive(Clone)]
struct Line {
    category: String,
    signed: Money,
    last: Money,
    spent: Money,
    new: RwSignal<String>,
}

/// The new budget as typed.
#[derive(Clone, Copy)]
struct Sheet {
    basis: StoredValue<Basis>,
    lines: StoredValue<Vec<Line>>,
    reason: RwSignal<String>,
    currency: Currency,
}

impl Sheet {
    fn new(basis: &Basis, written: Option<&Amendment>) -> Self {
        let currency = basis.total.currency();
        let zero = Money::zero(currency);
        let planned = |key: &str, last: Money| {
            let Some(amendment) = written else { return last };
            amendment.lines.iter().find(|line| line.category == key).map_or(zero, |line| line.planned)
        };
        let typed = |amount: Money| RwSignal::new(if amount.is_positive() { amount.amount() } else { String::new() });
        let there = basis.lines.iter().map(|line| Line {
            new: typed(planned(&line.category, line.last)),
            category: line.category.clone(),
            signed: line.signed,
            last: line.last,
            spent: line.spent,
        });
        let others = basis.others.iter().map(|key| Line {
            new: typed(planned(key, zero)),
            category: key.clone(),
            signed: zero,
            last: zero,
            spent: zero,
        });
        Self {
            basis: StoredValue::new(basis.clone()),
            lines: StoredValue::new(there.chain(others).collect()),
            reason: RwSignal::new(written.map(|amendment| amendment.reason.clone()).unwrap_or_default()),
            currency,
        }
    }

    /// The lines as they stand, followed; what cannot be read counts as nothing.
    fn now(self) -> Vec<AmendedCategory> {
        let line = |line: &Line| AmendedCategory {
            category: line.category.clone(),
            planned: line.new.with(|text| money_from(text, self.currency)).unwrap_or(Money::zero(self.currency)),
        };
        self.lines.with_value(|lines| lines.iter().map(line).collect())
    }

    /// What is typed, or what is wrong with it; what is handed in must fit.
    fn read(self, is_handed_in: bool) -> Result<AmendmentDraft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let line = |(at, line): (usize, &Line)| {
            let text = line.new.get_untracked();
            let planned = if text.trim().is_empty() {
                Money::zero(self.currency)
            } else {
                read_money(&mut errors, &format!("/lines/{at}/planned"), &text, self.currency)
            };
            AmendedCategory { category: line.category.clone(), planned }
        };
        let lines = self.lines.with_value(|lines| lines.iter().enumerate().map(line).collect());
        let reason = self.reason.get_untracked().trim().to_owned();
        let draft = AmendmentDraft { kind: AmendmentKind::Reallocation, reason, lines };
        if errors.is_empty() {
            errors = self.basis.with_value(
                |basis| {
                    if is_handed_in { draft.errors(basis) } else { draft.draft_errors(basis) }
                },
            );
        }
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }
}

/// The form of a new amendment, or of a draft.
pub(super) fn form(basis: &Basis, written: Option<(&Amendment, Loader<Amendment>)>) -> AnyView {
    let form = Form::new();
    let sheet = Sheet::new(basis, written.map(|(amendment, _)| amendment));
    let agreement_id = basis.agreement_id;
    let there = written.map(|(amendment, loader)| (amendment.summary.id, amendment.version, loader));
    let key = StoredValue::new(api::new_key());
    let send = move |is_handed_in: bool| {
        let draft = match sheet.read(is_handed_in) {
            Ok(draft) => draft,
            Err(errors) => {
                form.check(errors);
                return;
            }
        };
        form.submit(async move {
            let saved = match there {
                Some((amendment_id, version, _)) => {
                    api::call_if_match(&SaveAmendment { amendment_id }, &Nothing {}, &draft, version).await?
                }
                None => {
                    let endpoint = CreateAmendment { agreement_id };
                    api::call_once(&endpoint, &Nothing {}, &draft, &key.get_value(), None).await?
                }
            };
            let amendment_id = saved.summary.id;
            let done = if is_handed_in {
                let endpoint = SubmitAmendment { amendment_id };
                api::call_if_match(&endpoint, &Nothing {}, &Nothing {}, saved.version).await
            } else {
                Ok(saved.clone())
            };
            // What was begun has a page of its own, whether or not it could be handed in.
            let said = match &done {
                Ok(_) if is_handed_in => t("amendment-handed-in"),
                Ok(_) => t("amendment-saved"),
                Err(error) => error.text().into(),
            };
            toast(said);
            match there {
                Some((.., loader)) => loader.set(done.unwrap_or(saved)),
                None => router::replace(&Path::Amendment(amendment_id)),
            }
            Ok(())
        });
    };
    let save = Callback::new(move |()| send(false));
    let hand_in = Callback::new(move |()| send(true));
    let moved = Text::new(move || {
        let moved = sheet.basis.with_value(|basis| {
            let gains = sheet.now().into_iter().filter_map(|line| {
                line.planned.checked_sub(basis.last(&line.category)).ok().filter(|gain| gain.is_positive())
            });
            Money::sum(sheet.currency, gains).unwrap_or(Money::zero(sheet.currency))
        });
        crate::t!("amendment-submit", amount = moved).get()
    });
    let total = basis.total;
    view! {
        <p>{crate::t!("amendment-write-hint", total = total)}</p>
        <FormBox form submit=t("amendment-save") on_submit=save>
            {table(sheet)}
            <div role="status">{move || sums(sheet)}</div>
            <TextArea pointer="/reason" label=t("reason") hint=t("amendment-reason-hint") value=sheet.reason/>
        </FormBox>
        <div class="actions"><ConfirmButton label=moved explain=t("amendment-submit-explain") on_confirm=hand_in/></div>
    }
    .into_any()
}

fn table(sheet: Sheet) -> AnyView {
    let row = move |(at, line): (usize, &Line)| {
        let (new, last, currency) = (line.new, line.last, sheet.currency);
        let named = category(&line.category);
        let label = crate::t!("amendment-new-of", category = named);
        let by = Text::new(move || {
            let zero = Money::zero(currency);
            let typed = new.with(|text| if text.trim().is_empty() { Ok(zero) } else { money_from(text, currency) });
            typed.and_then(|typed| typed.checked_sub(last)).map(signed).unwrap_or_default()
        });
        Row(vec![
            view! { {category(&line.category)} }.into_any(),
            view! { {amount(line.signed)} }.into_any(),
            view! { {amount(line.last)} }.into_any(),
            view! { {amount(line.spent)} }.into_any(),
            view! {
                <MoneyInput
                    pointer=format!("/lines/{at}/planned")
                    label
                    value=new
                    currency=Signal::derive(move || currency)
                    optional=true
                />
            }
            .into_any(),
            view! { {by} }.into_any(),
        ])
    };
    let rows = Callback::new(move |()| {
        sheet.lines.with_value(|lines| Load::Ready(lines.iter().enumerate().map(row).collect()))
    });
    let sum = move |of: fn(&Line) -> Money| {
        let amounts = sheet.lines.with_value(|lines| lines.iter().map(of).collect::<Vec<_>>());
        let sum = Money::sum(sheet.currency, amounts).unwrap_or(Money::zero(sheet.currency));
        view! { {amount(sum)} }.into_any()
    };
    let totals = move || sheet.basis.with_value(|basis| basis.totals(&sheet.now()).ok());
    let foot = Callback::new(move |()| {
        let new = Text::new(move || totals().map(|totals| format::amount(totals.planned)).unwrap_or_default());
        let by = Text::new(move || {
            let off = totals().map(|totals| totals.difference);
            off.and_then(|off| Money::zero(off.currency()).checked_sub(off).ok()).map(signed).unwrap_or_default()
        });
        Row(vec![
            view! { {t("total")} }.into_any(),
            sum(|line| line.signed),
            sum(|line| line.last),
            sum(|line| line.spent),
            view! { {new} }.into_any(),
            view! { {by} }.into_any(),
        ])
    });
    view! {
        <h2>{t("amendment-table")}</h2>
        <div class="amendment-sheet">
            <DataTable caption=t("amendment-table") hide_caption=true columns=columns() rows foot/>
        </div>
    }
    .into_any()
}

/// What the new budget sums to, and how much indirect cost and contingency it leaves room for.
fn sums(sheet: Sheet) -> AnyView {
    let lines = sheet.now();
    let Some((totals, total)) = sheet.basis.with_value(|basis| Some((basis.totals(&lines).ok()?, basis.total))) else {
        return ().into_any();
    };
    let off = totals.difference;
    let (tone, text) = match off.minor() {
        0 => (Tone::Good, crate::t!("amendment-sums", total = total)),
        1.. => (Tone::Attention, crate::t!("amendment-missing", amount = off, total = total)),
        _ => {
            let over = Money::from_minor(off.minor().saturating_neg(), off.currency());
            (Tone::Problem, crate::t!("amendment-over", amount = over, total = total))
        }
    };
    let (indirect, contingency) = (totals.indirect_max, totals.contingency_max);
    view! {
        <Notice tone>
            <p>{text}</p>
            <p class="muted">{crate::t!("amendment-caps", indirect = indirect, contingency = contingency)}</p>
        </Notice>
    }
    .into_any()
}
