//! The bank and the journal side by side: take a statement in, confirm what is what, explain the rest.

mod account;
mod statement;

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::bank::{
    BankLine, CashEntry, ConfirmMatches, ConfirmRequest, GROUP_MAX, GetReconciliation, HouseAccount, ListHouseAccounts,
    Match, MatchDraft, MatchRule, Pair, Reconciliation, UndoMatch,
};
use shared::endpoint::{Nothing, Page as Items};
use shared::exports::{ExportName, ExportQuery};
use shared::fund::Account;
use shared::ids::{EntryId, FundId, LineId, MatchId};
use shared::money::Money;
use shared::periods::PeriodKind;
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::rates::ReasonRequest;
use shared::time::Date;

use crate::components::{
    Button, ButtonKind, Column, DataTable, DateInput, DefinitionList, Dialog, EmptyState, ExportLink, FormBox, Notice,
    Page, Row, TextInput, Tone, toast,
};
use crate::form::Form;
use crate::fund::{act, date, fund_id, money, on_day, rows_of, tabs};
use crate::i18n::{t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, clock, router, session};

/// What is chosen to be put together by hand, and what a reason is asked for.
#[derive(Clone, Copy)]
struct Desk {
    fund_id: FundId,
    lines: RwSignal<BTreeSet<LineId>>,
    entries: RwSignal<BTreeSet<EntryId>>,
    explaining: RwSignal<bool>,
    undoing: RwSignal<Option<MatchId>>,
    reload: Callback<()>,
}

/// The days in the address; the present month without any.
fn days() -> (Date, Date) {
    let (first, last) = PeriodKind::Month.around(clock::now().date());
    let day = |name, otherwise| router::query(name).and_then(|day| Date::parse(&day).ok()).unwrap_or(otherwise);
    (day("from", first), day("until", last))
}

fn day_filter(name: &'static str, of: impl Fn((Date, Date)) -> Date) -> RwSignal<String> {
    let value = RwSignal::new(untrack(|| of(days())).to_string());
    Effect::new(move |_| {
        let value = value.get();
        if Date::parse(&value).is_ok() {
            router::set_query(&[(name, Some(&value))]);
        }
    });
    value
}

/// The reconciliation.
pub fn bank_page() -> AnyView {
    let Some(fund_id) = fund_id() else {
        return view! { <Page title=t("bank-title")>{tabs()}<EmptyState title=t("fund-none")/></Page> }.into_any();
    };
    let accounts =
        load(move || async move { api::call(&ListHouseAccounts { fund_id }, &Nothing {}, &Nothing {}).await });
    let [from, until] = [day_filter("from", |days| days.0), day_filter("until", |days| days.1)];
    let both = load(move || {
        let (from, until) = days();
        async move { api::call(&GetReconciliation { fund_id, from, until }, &Nothing {}, &Nothing {}).await }
    });
    let desk = Desk {
        fund_id,
        lines: RwSignal::new(BTreeSet::new()),
        entries: RwSignal::new(BTreeSet::new()),
        explaining: RwSignal::new(false),
        undoing: RwSignal::new(None),
        reload: Callback::new(move |()| {
            both.reload();
            accounts.reload();
        }),
    };
    let undo_open = RwSignal::new(false);
    Effect::new(move |_| undo_open.set(desk.undoing.with(Option::is_some)));
    let export = Signal::derive(move || {
        let (from, until) = days();
        ExportQuery { fund_id: Some(fund_id), from: Some(from), until: Some(until), ..ExportQuery::default() }
    });
    view! {
        <Page title=t("bank-title") wide=true action=move || view! { <ExportLink name=ExportName::Reconciliation query=export/> }>
            {tabs()}
            <p class="muted">{t("bank-lead")}</p>
            {move || accounts.view(move |page| accounts_view(desk, page))}
            <div class="search filters">
                <DateInput pointer="/from" label=t("from-day") value=from/>
                <DateInput pointer="/until" label=t("until-day") value=until/>
            </div>
            <p><a href=Path::Periods.to_string()>{t("bank-months")}</a></p>
            {move || both.with(|seen| head(desk, seen))}
            {groups(desk, both)}
            <Dialog open=desk.explaining title=t("bank-by-hand")><Explain desk/></Dialog>
            <Dialog open=undo_open title=t("bank-undo")>
                {move || desk.undoing.get().map(|match_id| view! { <Undo match_id desk/> }.into_any())}
            </Dialog>
        </Page>
    }
    .into_any()
}

fn prepares() -> bool {
    session::may(Permission::PrepareRates)
}

/// The accounts with their statements to be taken in.
fn accounts_view(desk: Desk, page: &Items<HouseAccount>) -> AnyView {
    let importing = RwSignal::new(None::<HouseAccount>);
    let editing = RwSignal::new(None::<Option<HouseAccount>>);
    let [import_open, edit_open] = [RwSignal::new(false), RwSignal::new(false)];
    Effect::new(move |_| import_open.set(importing.with(Option::is_some)));
    Effect::new(move |_| edit_open.set(editing.with(Option::is_some)));
    let done = Callback::new(move |()| {
        importing.set(None);
        editing.set(None);
        desk.reload.run(());
    });
    let items = page
        .items
        .iter()
        .map(|account| {
            let (import, edit) = (StoredValue::new(account.clone()), StoredValue::new(account.clone()));
            let last = account.last_line_on;
            view! {
                <li class="actions">
                    <strong>{account.name.clone()}</strong>
                    <span class="muted">{account.iban.clone()}" · "{account.currency.code()}</span>
                    {last.map(|day| view! { <span class="muted">{crate::t!("bank-until", day = day)}</span> }.into_any())}
                    {prepares().then(|| view! {
                        <Button label=t("statement-import") on_press=move |()| importing.set(Some(import.get_value()))/>
                        <Button label=t("account-edit") kind=ButtonKind::Quiet on_press=move |()| editing.set(Some(Some(edit.get_value())))/>
                    }.into_any())}
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <ul class="plain">{items}</ul>
        {page.items.is_empty().then(|| view! { <EmptyState title=t("accounts-empty") hint=t("accounts-empty-hint")/> }.into_any())}
        {prepares().then(|| view! {
            <p class="actions"><Button label=t("account-add") on_press=move |()| editing.set(Some(None))/></p>
        }.into_any())}
        <Dialog open=edit_open title=t("bank-account-title")>
            {move || editing.get().map(|account| account::form(desk.fund_id, account, done))}
        </Dialog>
        <Dialog open=import_open title=t("statement-import")>
            {move || importing.get().map(|account| statement::form(account, done))}
        </Dialog>
    }
    .into_any()
}

/// What is unexplained, and what can be confirmed at once.
fn head(desk: Desk, seen: &Reconciliation) -> AnyView {
    let open = seen
        .unexplained
        .iter()
        .map(|amount| {
            let amount = *amount;
            view! { <span class="amount">{money(amount)}</span>" " }.into_any()
        })
        .collect_view();
    let unexplained =
        if seen.unexplained.is_empty() { view! { {t("bank-all-explained")} }.into_any() } else { open.into_any() };
    let certain: Vec<MatchDraft> = seen
        .groups
        .matched
        .iter()
        .map(|pair| MatchDraft { line_id: Some(pair.line.id), entry_id: Some(pair.entry.id), reason: String::new() })
        .collect();
    let count = certain.len();
    let confirm = Callback::new(move |()| {
        let request = ConfirmRequest { matches: certain.clone() };
        act(
            async move {
                let done = api::call(&ConfirmMatches { fund_id: desk.fund_id }, &Nothing {}, &request).await?;
                Ok(crate::t!("bank-confirmed", count = done.matches))
            },
            desk.reload,
        );
    });
    let is_cut = seen.is_cut;
    view! {
        <DefinitionList items=vec![(t("bank-unexplained"), unexplained)]/>
        {is_cut.then(|| view! { <Notice tone=Tone::Attention><p>{crate::t!("bank-cut", max = GROUP_MAX)}</p></Notice> }.into_any())}
        {prepares().then(|| view! {
            <p class="actions">
                {(count > 0).then(|| view! {
                    <Button label=crate::t!("bank-confirm-all", count = count) kind=ButtonKind::Primary on_press=confirm/>
                }.into_any())}
                {move || {
                    let chosen = desk.lines.with(BTreeSet::len) + desk.entries.with(BTreeSet::len);
                    (chosen > 0).then(|| view! {
                        <Button label=crate::t!("bank-explain", count = chosen) on_press=move |()| desk.explaining.set(true)/>
                    }.into_any())
                }}
            </p>
        }.into_any())}
    }
    .into_any()
}

fn groups(desk: Desk, both: Loader<Reconciliation>) -> AnyView {
    let columns = || {
        vec![
            Column::text(t("bank-line")),
            Column::number(t("bank-amount")),
            Column::text(t("bank-entry")),
            Column::number(t("bank-booked")),
            Column::text(t("bank-rule")),
            Column::text(t("actions")),
        ]
    };
    let table = move |title: &'static str, hint: &'static str, pick: fn(&Reconciliation, Desk) -> Vec<Row>| {
        let rows = Callback::new(move |()| {
            both.state().with(|state| match state {
                Load::Loading => Load::Loading,
                Load::Failed(error) => Load::Failed(error.clone()),
                Load::Ready(seen) => Load::Ready(pick(seen, desk)),
            })
        });
        view! {
            <h2>{t(title)}</h2>
            <DataTable
                caption=t(title)
                hide_caption=true
                columns=columns()
                rows
                retry=desk.reload
                empty=move || view! { <p class="muted quiet">{t(hint)}</p> }
            />
        }
        .into_any()
    };
    view! {
        {table("bank-group-matched", "bank-group-empty", |seen, _| pair_rows(&seen.groups.matched, None))}
        {table("bank-group-different", "bank-group-empty", |seen, desk| pair_rows(&seen.groups.different, Some(desk)))}
        {table("bank-group-bank-only", "bank-group-empty", |seen, desk| {
            seen.groups.bank_only.iter().map(|line| row(Some(line), None, None, tick(desk, Some(line.id), None))).collect()
        })}
        {table("bank-group-system-only", "bank-group-empty", |seen, desk| {
            seen.groups.system_only.iter().map(|entry| row(None, Some(entry), None, tick(desk, None, Some(entry.id)))).collect()
        })}
        {table("bank-group-confirmed", "bank-group-empty", |seen, desk| {
            seen.confirmed.iter().map(|done| confirmed_row(done, desk)).collect()
        })}
    }
    .into_any()
}

/// Pairs; with a desk they can be explained by hand.
fn pair_rows(pairs: &[Pair], desk: Option<Desk>) -> Vec<Row> {
    let tool =
        |pair: &Pair| desk.map_or_else(|| ().into_any(), |desk| tick(desk, Some(pair.line.id), Some(pair.entry.id)));
    pairs.iter().map(|pair| row(Some(&pair.line), Some(&pair.entry), Some(pair.rule), tool(pair))).collect()
}

fn shown(amount: Money) -> AnyView {
    view! { {money(amount)} }.into_any()
}

fn row(line: Option<&BankLine>, entry: Option<&CashEntry>, rule: Option<MatchRule>, tool: AnyView) -> Row {
    let of_line = line.map(|line| {
        let ids = [line.reference.clone(), line.end_to_end_id.clone()].join(" ");
        view! {
            {date(line.booked_on)}" · "{line.account.clone()}
            <br/>{line.text.clone()}
            <br/><span class="muted hash">{ids}</span>
        }
        .into_any()
    });
    let of_entry = entry.map(|entry| {
        let ids = [entry.reference.clone(), entry.end_to_end_id.clone()].join(" ");
        view! {
            {date(entry.posted_on)}" · "{word("entry-kind", entry.kind.as_str())}
            <br/>{entry.about.clone()}
            <br/><span class="muted hash">{ids}</span>
        }
        .into_any()
    });
    let booked = entry.map(|entry| {
        let rows = rows_of(Account::Cash, Some(entry.kind), &on_day(entry.posted_on));
        let booked = if session::may(Permission::ReadFund) {
            view! { <a class="amount" href=rows>{money(entry.amount)}</a> }.into_any()
        } else {
            shown(entry.amount)
        };
        view! { {booked}{entry.own.filter(|own| *own != entry.amount).map(|own| view! { <br/><span class="muted">{money(own)}</span> }.into_any())} }
            .into_any()
    });
    Row(vec![
        of_line.into_any(),
        line.map(|line| shown(line.amount)).into_any(),
        of_entry.into_any(),
        booked.into_any(),
        rule.map(|rule| view! { {word("match-rule", rule.as_str())} }.into_any()).into_any(),
        tool,
    ])
}

/// Chooses a line, an entry or both, to be explained by hand.
fn tick(desk: Desk, line: Option<LineId>, entry: Option<EntryId>) -> AnyView {
    if !prepares() {
        return ().into_any();
    }
    let is_on = move || {
        line.is_none_or(|id| desk.lines.with(|ids| ids.contains(&id)))
            && entry.is_none_or(|id| desk.entries.with(|ids| ids.contains(&id)))
    };
    let change = move |event| {
        let is_on = event_target_checked(&event);
        if let Some(id) = line {
            desk.lines.update(|ids| {
                if is_on {
                    ids.insert(id);
                } else {
                    ids.remove(&id);
                }
            });
        }
        if let Some(id) = entry {
            desk.entries.update(|ids| {
                if is_on {
                    ids.insert(id);
                } else {
                    ids.remove(&id);
                }
            });
        }
    };
    view! {
        <label class="choice"><input type="checkbox" class="assign-tick" prop:checked=is_on on:change=change/>{t("bank-choose")}</label>
    }
    .into_any()
}

fn confirmed_row(done: &Match, desk: Desk) -> Row {
    let (id, by, reason) = (done.id, done.matched_by.by.clone(), done.reason.clone());
    let tool = view! {
        <span class="muted">{by}</span>
        {(!reason.is_empty()).then(|| view! { <br/>{reason} }.into_any())}
        {prepares().then(|| view! { <br/><Button label=t("bank-undo") kind=ButtonKind::Quiet on_press=move |()| desk.undoing.set(Some(id))/> }.into_any())}
    }
    .into_any();
    row(done.line.as_ref(), done.entry.as_ref(), Some(done.rule), tool)
}

/// What is chosen, as matches: one line and one entry together, else each alone.
fn chosen(desk: Desk, reason: &str) -> Vec<MatchDraft> {
    let lines: Vec<LineId> = desk.lines.get_untracked().into_iter().collect();
    let entries: Vec<EntryId> = desk.entries.get_untracked().into_iter().collect();
    let draft = |line_id, entry_id| MatchDraft { line_id, entry_id, reason: reason.to_owned() };
    match (lines.as_slice(), entries.as_slice()) {
        ([line], [entry]) => vec![draft(Some(*line), Some(*entry))],
        _ => lines
            .iter()
            .map(|id| draft(Some(*id), None))
            .chain(entries.iter().map(|id| draft(None, Some(*id))))
            .collect(),
    }
}

#[component]
fn Explain(desk: Desk) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let is_pair = desk.lines.with_untracked(BTreeSet::len) == 1 && desk.entries.with_untracked(BTreeSet::len) == 1;
    let send = Callback::new(move |()| {
        let text = reason.get_untracked().trim().to_owned();
        if text.is_empty() {
            form.check(vec![FieldError::new("/reason", Code::ReasonRequired)]);
            return;
        }
        let request = ConfirmRequest { matches: chosen(desk, &text) };
        form.submit(async move {
            let done = api::call(&ConfirmMatches { fund_id: desk.fund_id }, &Nothing {}, &request).await?;
            toast(crate::t!("bank-confirmed", count = done.matches));
            desk.lines.set(BTreeSet::new());
            desk.entries.set(BTreeSet::new());
            desk.explaining.set(false);
            desk.reload.run(());
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("bank-by-hand-confirm") on_submit=send>
            <p>{if is_pair { t("bank-by-hand-pair") } else { t("bank-by-hand-each") }}</p>
            <TextInput pointer="/reason" label=t("reason") hint=t("bank-reason-hint") value=reason/>
        </FormBox>
    }
}

#[component]
fn Undo(match_id: MatchId, desk: Desk) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let request = ReasonRequest { reason: reason.get_untracked().trim().to_owned() };
        if !form.check(request.errors()) {
            return;
        }
        form.submit(async move {
            api::call(&UndoMatch { match_id }, &Nothing {}, &request).await?;
            toast(t("bank-undone"));
            desk.undoing.set(None);
            desk.reload.run(());
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("bank-undo") on_submit=send>
            <TextInput pointer="/reason" label=t("reason") value=reason/>
        </FormBox>
    }
}
