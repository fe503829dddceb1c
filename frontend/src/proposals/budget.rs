//! The budget: lines as in a spreadsheet, with totals and rules as one types.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use shared::calls::{BudgetRules, CallCurrency};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::money::{Money, Quantity};
use shared::problem::{Code, FieldError, Problem};
use shared::proposals::{
    BudgetLine, GetBudget, LINES_MAX, LineSource, Proposal, ProposalAction, SaveBudget, SaveBudgetRequest, SavedBudget,
    Totals, check_budget,
};

use super::autosave::{Autosave, local_copy};
use super::parts::{BUDGET, crumbs, focus_asked, framed, leave_page, next_task, proposal_of};
use super::totals::{budget_table, totals_view};
use crate::api;
use crate::components::{Button, ButtonKind, Failure, Notice, Page, SaveState, Tone, normalise_amount, toast};
use crate::form::field_id;
use crate::i18n::{self, Text, t, word};
use crate::routes::Path;
use crate::{browser, calls, format};

/// The budget of a proposal.
pub fn budget_page(id: ProposalId) -> AnyView {
    framed(proposal_of(id), |proposal| {
        if proposal.actions.contains(&ProposalAction::Edit) { edit_page(proposal) } else { locked_page(proposal) }
    })
}

fn locked_page(proposal: &Proposal) -> AnyView {
    let table = budget_table(proposal);
    view! {
        <Page title=t("budget-title") crumbs=crumbs(proposal) wide=true>
            <Notice><p>{t("proposal-locked")}</p></Notice>
            {table}
        </Page>
    }
    .into_any()
}

/// A line as it is typed: nothing is lost that does not parse yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Raw {
    category: String,
    activity: String,
    unit: String,
    quantity: String,
    unit_cost: String,
    period: String,
    source: String,
}

impl Raw {
    fn of(line: &BudgetLine) -> Self {
        Self {
            category: line.category.clone(),
            activity: line.activity.clone(),
            unit: line.unit.clone(),
            quantity: line.quantity.map(|q| q.to_string()).unwrap_or_default(),
            unit_cost: line.unit_cost.map(Money::amount).unwrap_or_default(),
            period: line.period.clone(),
            source: line.source.as_str().to_owned(),
        }
    }

    fn line(&self, currency: Currency) -> (BudgetLine, Option<Code>, Option<Code>) {
        let quantity = quantity_of(&self.quantity);
        let unit_cost = cost_of(&self.unit_cost, currency);
        let line = BudgetLine {
            category: self.category.clone(),
            activity: self.activity.clone(),
            unit: self.unit.clone(),
            quantity: quantity.unwrap_or_default(),
            unit_cost: unit_cost.unwrap_or_default(),
            period: self.period.clone(),
            source: LineSource::parse(&self.source).unwrap_or(LineSource::Grant),
            total: None,
        };
        (line, quantity.err(), unit_cost.err())
    }
}

fn quantity_of(text: &str) -> Result<Option<Quantity>, Code> {
    let plain = normalise_amount(text);
    if plain.is_empty() { Ok(None) } else { Quantity::parse(&plain).map(Some) }
}

fn cost_of(text: &str, currency: Currency) -> Result<Option<Money>, Code> {
    let plain = normalise_amount(text);
    if plain.is_empty() {
        return Ok(None);
    }
    let money = Money::parse(&plain, currency)?;
    if money.is_positive() { Ok(Some(money)) } else { Err(Code::AmountNotPositive) }
}

fn raws(lines: &[BudgetLine]) -> String {
    serde_json::to_string(&lines.iter().map(Raw::of).collect::<Vec<_>>()).unwrap_or_default()
}

fn read_raws(text: &str) -> Vec<Raw> {
    serde_json::from_str(text).unwrap_or_default()
}

/// What can be sent, or the fields that cannot be read as numbers.
fn lines_of(text: &str, currency: Currency) -> Result<Vec<BudgetLine>, Problem> {
    let mut errors = Vec::new();
    let mut lines = Vec::new();
    for (index, raw) in read_raws(text).iter().enumerate() {
        let (line, quantity, unit_cost) = raw.line(currency);
        for (field, code) in [("quantity", quantity), ("unit_cost", unit_cost)] {
            errors.extend(code.map(|code| FieldError::new(format!("/lines/{index}/{field}"), code)));
        }
        lines.push(line);
    }
    if errors.is_empty() { Ok(lines) } else { Err(Problem::fields(errors)) }
}

/// A line on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    id: u32,
    raw: RwSignal<Raw>,
}

/// What every cell needs.
#[derive(Clone, Copy)]
struct Sheet {
    lines: RwSignal<Vec<Line>>,
    next: StoredValue<u32>,
    checked: Memo<(Totals, Vec<FieldError>)>,
    rules: StoredValue<BudgetRules>,
    currency: Currency,
    shows_missing: bool,
    removed: RwSignal<Option<(usize, Raw)>>,
}

impl Sheet {
    fn line(self, raw: Raw) -> Line {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        Line { id, raw: RwSignal::new(raw) }
    }

    fn index(self, line: Line) -> usize {
        self.lines.with(|lines| lines.iter().position(|other| other.id == line.id).unwrap_or_default())
    }

    fn insert(self, at: usize, raw: Raw) {
        if self.lines.with_untracked(Vec::len) >= LINES_MAX {
            toast(crate::t!("budget-full", max = LINES_MAX));
            return;
        }
        let line = self.line(raw);
        self.lines.update(|lines| lines.insert(at.min(lines.len()), line));
        self.focus(at, "activity");
    }

    /// A new line goes on with the category, period and source of the one above it.
    fn add(self) {
        let (at, above) =
            self.lines.with_untracked(|lines| (lines.len(), lines.last().map(|line| line.raw.get_untracked())));
        let above = above.unwrap_or_else(|| Raw { source: LineSource::Grant.as_str().into(), ..Raw::default() });
        let raw = Raw { category: above.category, period: above.period, source: above.source, ..Raw::default() };
        self.insert(at, raw);
    }

    fn duplicate(self, line: Line) {
        self.insert(untrack(|| self.index(line)) + 1, line.raw.get_untracked());
    }

    fn shift(self, line: Line, down: bool) {
        let at = untrack(|| self.index(line));
        let to = if down { at + 1 } else { at.wrapping_sub(1) };
        self.lines.update(|lines| {
            if to < lines.len() {
                lines.swap(at, to);
            }
        });
    }

    fn remove(self, line: Line) {
        let at = untrack(|| self.index(line));
        self.removed.set(Some((at, line.raw.get_untracked())));
        self.lines.update(|lines| lines.retain(|other| other.id != line.id));
        self.focus(at.saturating_sub(1), "activity");
    }

    /// Puts the focus into a line's field, once the line is there.
    fn focus(self, index: usize, field: &'static str) {
        request_animation_frame(move || {
            browser::focus(&field_id(&format!("/budget/lines/{index}/{field}")));
        });
    }
}

fn edit_page(proposal: &Proposal) -> AnyView {
    let id = proposal.summary.id;
    let currency = proposal.content.currency;
    let saved_lines = proposal.content.budget.as_ref().and_then(|budget| budget.lines.clone()).unwrap_or_default();
    let confirmed = raws(&saved_lines);
    let server_version = proposal.working.as_ref().map_or(0, |w| w.budget_version);
    let storage = format!("{BUDGET}/{id}");
    let copy = local_copy(&storage).filter(|copy| copy.text != confirmed);
    let is_newer_there = copy.as_ref().is_some_and(|copy| copy.version != server_version);
    let is_restored = copy.is_some() && !is_newer_there;
    let first = copy.as_ref().map_or_else(|| confirmed.clone(), |copy| copy.text.clone());

    let rules = StoredValue::new(proposal.definition.budget.clone());
    let currencies: StoredValue<Vec<CallCurrency>> = StoredValue::new(proposal.definition.currencies.clone());
    let months = proposal.content.details.duration_months;
    let concept = StoredValue::new(proposal.concept.clone());
    let lines = RwSignal::new(Vec::<Line>::new());
    let checked = Memo::new(move |_| {
        let lines: Vec<BudgetLine> =
            lines.with(|all| all.iter().map(|line| line.raw.with(|raw| raw.line(currency).0)).collect());
        let (totals, mut errors) = rules.with_value(|rules| {
            currencies.with_value(|currencies| check_budget(rules, currencies, currency, &lines, months))
        });
        // As one types: near enough to the concept note (M11).
        errors.extend(concept.with_value(|c| c.as_ref().and_then(|c| c.check(totals.requested))));
        (totals, errors)
    });
    let sheet = Sheet {
        lines,
        next: StoredValue::new(0),
        checked,
        rules,
        currency,
        shows_missing: focus_asked(),
        removed: RwSignal::new(None),
    };
    let show = move |text: &str| {
        let fresh = read_raws(text).into_iter().map(|raw| sheet.line(raw)).collect();
        lines.set(fresh);
    };
    show(&first);
    let payload = Signal::derive(move || {
        let raws: Vec<Raw> = lines.with(|all| all.iter().map(|line| line.raw.get()).collect());
        serde_json::to_string(&raws).unwrap_or_default()
    });
    let save = Autosave::new(
        storage,
        copy.map_or(server_version, |copy| copy.version),
        confirmed,
        (server_version > 1).then_some(proposal.summary.updated_at),
        payload,
        move |text, version| async move {
            let lines = lines_of(&text, currency)?;
            let request = SaveBudgetRequest { lines };
            let endpoint = SaveBudget { proposal_id: id };
            let saved = api::call_if_match(&endpoint, &Nothing {}, &request, version).await?;
            Ok((saved.budget_version, saved.saved_at))
        },
    );
    if is_newer_there {
        save.is_stale.set(true);
    }
    let next = next_task(proposal, BUDGET);
    let done = move |to: Path| leave_page(vec![save], to);
    let intro = intro(proposal);
    view! {
        <Page title=t("budget-title") crumbs=crumbs(proposal) wide=true>
            {intro}
            {is_restored.then(|| view! { <Notice tone=Tone::Info><p>{t("answer-restored")}</p></Notice> }.into_any())}
            {stale(id, save, sheet, show)}
            {move || refused(save)}
            <div on:focusout=move |_| save.flush()>{table(sheet)}</div>
            <div class="actions">
                <Button label=t("budget-add") on_press=move |()| sheet.add()/>
                {move || sheet.removed.get().map(|(at, raw)| {
                    let undo = move |()| {
                        sheet.insert(at, raw.clone());
                        sheet.removed.set(None);
                    };
                    view! { <Button label=t("budget-undo") on_press=undo/> }.into_any()
                })}
                <SaveState state=save.state/>
            </div>
            {move || checked.with(|(totals, errors)| totals_view(totals, &rules.get_value(), errors))}
            <div class="actions">
                <Button label=t("save-and-continue") kind=ButtonKind::Primary on_press=move |()| done(next.clone())/>
                <Button label=t("save-and-back") on_press=move |()| done(Path::Proposal(id))/>
            </div>
        </Page>
    }
    .into_any()
}

fn intro(proposal: &Proposal) -> AnyView {
    let rules = &proposal.definition.budget;
    let (min, max) = (rules.min_grant, rules.max_grant);
    let (indirect, contingency) = (rules.indirect_cap, rules.contingency_cap);
    let currency = proposal.content.currency.code();
    view! {
        <p>{crate::t!("budget-intro", currency = currency, min = min, max = max)}</p>
        <p class="muted">
            {Text::new(move || {
                crate::t!(
                    "budget-caps",
                    indirect = format::percent(indirect),
                    contingency = format::percent(contingency),
                ).get()
            })}
        </p>
    }
    .into_any()
}

/// Why the last try was refused: unreadable amounts stay on this device until they are mended.
fn refused(save: Autosave) -> Option<AnyView> {
    let error = save.error.get().filter(|_| !save.is_stale.get())?;
    if error.code() == Some(Code::Invalid) {
        return Some(view! { <Notice tone=Tone::Attention><p>{t("budget-unsaved")}</p></Notice> }.into_any());
    }
    Some(view! { <Failure error retry=Callback::new(move |()| save.flush())/> }.into_any())
}

/// Somebody saved another budget meanwhile: keep one of the two.
fn stale(id: ProposalId, save: Autosave, sheet: Sheet, show: impl Fn(&str) + Copy + Send + Sync + 'static) -> AnyView {
    let theirs = RwSignal::new(None::<SavedBudget>);
    Effect::new(move |_| {
        if save.is_stale.get() && theirs.with_untracked(Option::is_none) {
            spawn_local(async move {
                match api::call(&GetBudget { proposal_id: id }, &Nothing {}, &Nothing {}).await {
                    Ok(budget) => {
                        let _ = theirs.try_set(Some(budget));
                    }
                    Err(error) => toast(error.text().into()),
                }
            });
        }
    });
    (move || {
        let saved = theirs.get()?;
        let (version, total) = (saved.budget_version, saved.budget.totals.total);
        let lines = saved.budget.lines.unwrap_or_default();
        let count = lines.len();
        let text = StoredValue::new(raws(&lines));
        let mine = move |()| {
            theirs.set(None);
            save.resolve(version, text.get_value());
        };
        let other = move |()| {
            theirs.set(None);
            text.with_value(|text| show(text));
            save.resolve(version, text.get_value());
        };
        let own_total = sheet.checked.with(|(totals, _)| totals.total);
        let own_count = sheet.lines.with(Vec::len);
        Some(
            view! {
                <Notice tone=Tone::Attention title=t("budget-stale")>
                    <p>{crate::t!("budget-stale-mine", lines = own_count, total = own_total)}</p>
                    <p>{crate::t!("budget-stale-theirs", lines = count, total = total)}</p>
                    <div class="actions">
                        <Button label=t("budget-keep-mine") on_press=mine/>
                        <Button label=t("budget-take-theirs") on_press=other/>
                    </div>
                </Notice>
            }
            .into_any(),
        )
    })
    .into_any()
}

const COLUMNS: [(&str, &str); 7] = [
    ("category", "budget-category"),
    ("activity", "budget-activity"),
    ("unit", "budget-unit"),
    ("quantity", "budget-quantity"),
    ("unit_cost", "budget-unit-cost"),
    ("period", "budget-period"),
    ("source", "budget-source"),
];

/// What a column is called, by the field of a line that it fills.
pub(super) fn column_name(field: &str) -> Text {
    COLUMNS.iter().find(|(name, _)| *name == field).map_or_else(|| t("budget-line"), |(_, key)| t(key))
}

fn table(sheet: Sheet) -> AnyView {
    let currency = sheet.currency.code();
    let heads = COLUMNS
        .iter()
        .map(|(field, key)| {
            let class = if matches!(*field, "quantity" | "unit_cost") { "number" } else { "" };
            view! { <th scope="col" class=class>{t(key)}</th> }.into_any()
        })
        .collect_view();
    let total = move || sheet.checked.with(|(totals, _)| format::amount(totals.total));
    view! {
        <div class="table-scroll" role="region" tabindex="0" aria-label=t("budget-title")>
            <table class="data sheet">
                <caption class="visually-hidden">{t("budget-title")}</caption>
                <thead>
                    <tr>
                        <th scope="col"><span aria-hidden="true">"#"</span><span class="visually-hidden">{t("budget-line")}</span></th>
                        {heads}
                        <th scope="col" class="number">{crate::t!("budget-total-in", currency = currency)}</th>
                        <th scope="col"><span class="visually-hidden">{t("actions")}</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || sheet.lines.get() key=|line| line.id children=move |line| row(sheet, line)/>
                </tbody>
                <tfoot>
                    <tr>
                        <td class="sum-label" colspan="8"><div>{t("budget-project-total")}</div></td>
                        <td class="number" data-label=t("budget-project-total")><div>{total}</div></td>
                        <td></td>
                    </tr>
                </tfoot>
            </table>
        </div>
    }
    .into_any()
}

fn row(sheet: Sheet, line: Line) -> AnyView {
    let number = move || (sheet.index(line) + 1).to_string();
    let total = move || {
        let (line, _, _) = line.raw.with(|raw| raw.line(sheet.currency));
        line.computed_total().ok().flatten().map_or_else(|| "–".to_owned(), format::amount)
    };
    let cells = COLUMNS.iter().map(|(field, key)| cell(sheet, line, field, key)).collect_view();
    let tool = move |key: &'static str, path: &'static str, act: fn(Sheet, Line)| {
        let label = Text::new(move || crate::t!("budget-tool", action = t(key), line = sheet.index(line) + 1).get());
        view! {
            <button type="button" class="icon-button" title=t(key) aria-label=label on:click=move |_| act(sheet, line)>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d=path/></svg>
            </button>
        }
        .into_any()
    };
    view! {
        <tr>
            <td data-label=t("budget-line") class="muted"><div>{number}</div></td>
            {cells}
            <td class="number" data-label=t("budget-total")><div>{total}</div></td>
            <td class="tools" data-label=""><div>
                {tool("budget-duplicate", "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3", Sheet::duplicate)}
                {tool("budget-up", "M8 13V3M4 7l4-4l4 4", |sheet, line| sheet.shift(line, false))}
                {tool("budget-down", "M8 3v10M4 9l4 4l4-4", |sheet, line| sheet.shift(line, true))}
                {tool("budget-remove", "M3 3l10 10M13 3L3 13", Sheet::remove)}
            </div></td>
        </tr>
    }
    .into_any()
}

fn get(raw: &Raw, field: &str) -> String {
    match field {
        "category" => &raw.category,
        "activity" => &raw.activity,
        "unit" => &raw.unit,
        "quantity" => &raw.quantity,
        "unit_cost" => &raw.unit_cost,
        "period" => &raw.period,
        _ => &raw.source,
    }
    .clone()
}

fn put(raw: &mut Raw, field: &str, value: String) {
    *match field {
        "category" => &mut raw.category,
        "activity" => &mut raw.activity,
        "unit" => &mut raw.unit,
        "quantity" => &mut raw.quantity,
        "unit_cost" => &mut raw.unit_cost,
        "period" => &mut raw.period,
        _ => &mut raw.source,
    } = value;
}

/// What is wrong with a cell: what cannot be read at once, what is missing when the check has sent
/// the reader here.
fn cell_error(sheet: Sheet, line: Line, field: &str) -> Option<String> {
    let (_, quantity, unit_cost) = line.raw.with(|raw| raw.line(sheet.currency));
    let unreadable = match field {
        "quantity" => quantity,
        "unit_cost" => unit_cost,
        _ => None,
    };
    if let Some(code) = unreadable {
        return Some(i18n::code_text(code, &Default::default()));
    }
    let pointer = format!("/lines/{}/{field}", sheet.index(line));
    sheet.checked.with(|(_, errors)| {
        errors
            .iter()
            .find(|e| e.pointer == pointer && (sheet.shows_missing || e.code != Code::Required))
            .map(i18n::field_error_text)
    })
}

fn cell(sheet: Sheet, line: Line, field: &'static str, key: &'static str) -> AnyView {
    let id = Signal::derive(move || field_id(&format!("/budget/lines/{}/{field}", sheet.index(line))));
    let error = Signal::derive(move || cell_error(sheet, line, field));
    let label = Text::new(move || crate::t!("budget-cell", column = t(key), line = sheet.index(line) + 1).get());
    let value = Signal::derive(move || line.raw.with(|raw| get(raw, field)));
    let set = move |text: String| line.raw.update(|raw| put(raw, field, text));
    let is_number = matches!(field, "quantity" | "unit_cost");
    let described = move || error.with(Option::is_some).then(|| format!("{}-error", id.get()));
    let invalid = move || error.with(Option::is_some).then_some("true");
    let control = match field {
        "category" | "source" => {
            let options: Vec<(String, Text)> = if field == "category" {
                let categories = sheet.rules.with_value(|rules| rules.categories.clone());
                std::iter::once((String::new(), t("choose")))
                    .chain(categories.into_iter().map(|c| (c.clone(), calls::category(&c))))
                    .collect()
            } else {
                LineSource::ALL.iter().map(|s| (s.as_str().to_owned(), word("line-source", s.as_str()))).collect()
            };
            let options = options
                .into_iter()
                .map(|(option, label)| {
                    let this = option.clone();
                    view! { <option value=option selected=move || value.with(|v| *v == this)>{label}</option> }
                        .into_any()
                })
                .collect_view();
            view! {
                <select
                    id=move || id.get()
                    aria-label=label
                    aria-invalid=invalid
                    aria-describedby=described
                    on:change=move |event| set(event_target_value(&event))
                >
                    {options}
                </select>
            }
            .into_any()
        }
        // Longer than a line: it grows with its text.
        "activity" => view! {
            <textarea
                id=move || id.get()
                rows="1"
                aria-label=label
                aria-invalid=invalid
                aria-describedby=described
                prop:value=move || value.get()
                on:input=move |event| set(event_target_value(&event))
                on:keydown=move |event| next_line(&event, sheet, line, field)
            ></textarea>
        }
        .into_any(),
        _ => view! {
            <input
                id=move || id.get()
                type="text"
                autocomplete="off"
                inputmode=is_number.then_some("decimal")
                aria-label=label
                aria-invalid=invalid
                aria-describedby=described
                prop:value=move || value.get()
                on:input=move |event| set(event_target_value(&event))
                on:change=move |_| if is_number { set(plain(&value.get_untracked())) }
                on:keydown=move |event| next_line(&event, sheet, line, field)
            />
        }
        .into_any(),
    };
    let message = move || {
        error.get().map(|text| {
            view! { <p class="field-error" id=format!("{}-error", id.get_untracked())>{text}</p> }.into_any()
        })
    };
    let class = match field {
        "quantity" | "unit_cost" => "cell number",
        _ => "cell",
    };
    view! { <td class=class data-label=t(key)><div>{control}{message}</div></td> }.into_any()
}

/// A number in one form whatever language it was typed in, so that switching the language keeps it.
fn plain(text: &str) -> String {
    let plain = normalise_amount(text);
    if shared::money::parse_decimal(&plain).is_ok() { plain } else { text.to_owned() }
}

/// Enter leads to the same field of the next line; after the last line to a new one.
fn next_line(event: &ev::KeyboardEvent, sheet: Sheet, line: Line, field: &'static str) {
    if event.key() != "Enter" {
        return;
    }
    event.prevent_default();
    let at = untrack(|| sheet.index(line));
    let to = if event.shift_key() { at.saturating_sub(1) } else { at + 1 };
    if to >= sheet.lines.with_untracked(Vec::len) {
        sheet.add();
    } else {
        sheet.focus(to, field);
    }
}
