//! Exports: choose a file and its parameters, see what it will hold, take it.

use leptos::prelude::*;
use shared::endpoint::{Endpoint, Nothing};
use shared::exports::{
    Catalogue, Cell, ControlTotal, Dialect, ExportKind, ExportName, ExportQuery, ListExports, Manifest, Parameter,
    Preview, PreviewExport, TakeExport,
};
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::time::Date;
use shared::votes::MotionState;

use crate::components::{
    Button, ButtonKind, Column, DataTable, DateInput, DefinitionList, EmptyState, FormBox, Page, Row, Select, Tab,
    Tabs, toast,
};
use crate::form::Form;
use crate::i18n::{self, Language, Text, t, word};
use crate::load::{Load, load};
use crate::routes::Path;
use crate::{api, browser, format, router, session};

/// The export in the address, followed.
fn chosen() -> Option<ExportName> {
    router::query("name").and_then(|name| ExportName::parse(&name))
}

/// What the address asks for, followed.
fn asked() -> ExportQuery {
    let read = |parameter: Parameter| router::query(parameter.as_str());
    let date = |parameter| read(parameter).and_then(|day| Date::parse(&day).ok());
    ExportQuery {
        fund_id: read(Parameter::FundId).and_then(|id| id.parse().ok()),
        call_id: read(Parameter::CallId).and_then(|id| id.parse().ok()),
        donor_id: read(Parameter::DonorId).and_then(|id| id.parse().ok()),
        as_of: date(Parameter::AsOf),
        from: date(Parameter::From),
        until: date(Parameter::Until),
        country: read(Parameter::Country),
        fundable: read(Parameter::Fundable).and_then(|word| word.parse().ok()),
        state: read(Parameter::State).and_then(|word| MotionState::parse(&word)),
        dialect: router::query("dialect").and_then(|word| Dialect::parse(&word)),
    }
}

/// The exports.
pub fn page() -> AnyView {
    let catalogue = load(|| async { api::call(&ListExports {}, &Nothing {}, &Nothing {}).await });
    view! {
        <Page
            title=t("exports-title")
            wide=true
            action=|| {
                let may = session::may(Permission::ReadAudit);
                may.then(|| view! { <a class=ButtonKind::Secondary.class() href=Path::Audit.to_string()>{t("audit-title")}</a> }.into_any())
            }
        >
            {move || catalogue.view(|catalogue| {
                let catalogue = StoredValue::new(catalogue.clone());
                // Another file has other parameters: the form is made anew, and keeps what is typed otherwise.
                let name = Memo::new(move |_| chosen());
                view! { {move || catalogue.with_value(|catalogue| one(catalogue, name.get()))} }.into_any()
            })}
        </Page>
    }
    .into_any()
}

fn one(catalogue: &Catalogue, name: Option<ExportName>) -> AnyView {
    let kinds = &catalogue.exports;
    let Some(kind) = kinds.iter().find(|kind| Some(kind.name) == name).or(kinds.first()).cloned() else {
        return view! { <EmptyState title=t("exports-none") hint=t("exports-none-hint")/> }.into_any();
    };
    let tabs = kinds
        .iter()
        .map(|other| Tab {
            label: word("export", other.name.as_str()),
            href: format!("{}?name={}", Path::Exports, other.name),
            current: other.name == kind.name,
        })
        .collect();
    view! {
        <Tabs label=t("exports-files") tabs/>
        <p>{word("export-about", kind.name.as_str())}</p>
        <Parameters kind=kind.clone() catalogue=catalogue.clone()/>
        {file(kind)}
    }
    .into_any()
}

#[component]
fn Parameters(kind: ExportKind, catalogue: Catalogue) -> impl IntoView {
    let form = Form::new();
    let value = |name: &str| RwSignal::new(untrack(|| router::query(name)).unwrap_or_default());
    let dialect = value("dialect");
    if dialect.get_untracked().is_empty() {
        let usual = if i18n::current() == Language::Fr { Dialect::Excel } else { Dialect::Standard };
        dialect.set(usual.as_str().to_owned());
    }
    let only_one = |ids: Vec<String>| if let [id] = ids.as_slice() { id.clone() } else { String::new() };
    let values: Vec<(Parameter, RwSignal<String>)> =
        kind.parameters.iter().map(|parameter| (*parameter, value(parameter.as_str()))).collect();
    let stored = StoredValue::new(values);
    let required = kind.required;
    // Made within the form, so that each field finds its errors.
    let fields = move || {
        let field = |(parameter, value): &(Parameter, RwSignal<String>)| {
            let (value, optional) = (*value, required != Some(*parameter));
            let pointer = format!("/{parameter}");
            let choose = |label: Text, any: Text, options: Vec<(String, Text)>| {
                // What must be chosen and leaves no choice is chosen.
                if !optional && value.with_untracked(String::is_empty) {
                    value.set(only_one(options.iter().map(|(id, _)| id.clone()).collect()));
                }
                view! { <Select pointer=pointer.clone() label value options optional none=any/> }.into_any()
            };
            let day = |label: Text| view! { <DateInput pointer=pointer.clone() label value optional/> }.into_any();
            match parameter {
                Parameter::FundId => {
                    let funds = catalogue.funds.iter().map(|f| (f.id.to_string(), Text::from(f.name.clone()))).collect();
                    choose(t("export-fund"), t("export-fund-any"), funds)
                }
                Parameter::CallId => {
                    let name = |call: &shared::reviews::CallRef| {
                        let call = call.clone();
                        Text::new(move || {
                            let title = if i18n::language() == Language::Fr { &call.title_fr } else { &call.title_en };
                            format!("{} · {title}", call.code)
                        })
                    };
                    let calls = catalogue.calls.iter().map(|c| (c.id.to_string(), name(c))).collect();
                    choose(t("export-call"), t("export-call-any"), calls)
                }
                Parameter::DonorId => {
                    let donors = catalogue.donors.iter().map(|d| (d.id.to_string(), Text::from(d.name.clone()))).collect();
                    choose(t("export-donor"), t("export-donor-any"), donors)
                }
                Parameter::State => {
                    let states = MotionState::ALL.iter().filter(|s| **s != MotionState::Draft);
                    let states = states.map(|s| (s.as_str().to_owned(), word("motion-state", s.as_str()))).collect();
                    choose(t("export-state"), t("export-state-any"), states)
                }
                Parameter::Fundable => {
                    let both = vec![
                        ("true".to_owned(), t("export-fundable-true")),
                        ("false".to_owned(), t("export-fundable-false")),
                    ];
                    choose(t("export-fundable"), t("export-fundable-any"), both)
                }
                Parameter::AsOf => day(t("export-as-of")),
                Parameter::From => day(t("export-from")),
                Parameter::Until => day(t("export-until")),
                Parameter::Country => {
                    view! { <crate::components::TextInput pointer=pointer.clone() label=t("export-country") hint=t("export-country-hint") value optional/> }
                        .into_any()
                }
            }
        };
        stored.with_value(|values| values.iter().map(field).collect_view())
    };
    let show = Callback::new(move |()| {
        let values = stored.get_value();
        let mut errors = Vec::new();
        for (parameter, value) in &values {
            let text = value.get_untracked();
            let is_day = matches!(parameter, Parameter::AsOf | Parameter::From | Parameter::Until);
            if text.is_empty() && kind.required == Some(*parameter) {
                errors.push(FieldError::new(format!("/{parameter}"), Code::Required));
            } else if is_day && !text.is_empty() && Date::parse(&text).is_err() {
                errors.push(FieldError::new(format!("/{parameter}"), Code::DateFormat));
            }
        }
        if !form.check(errors) {
            return;
        }
        form.set_error(None);
        let (name, dialect) = (kind.name.as_str(), dialect.get_untracked());
        let texts: Vec<(&str, String)> =
            values.iter().map(|(p, v)| (p.as_str(), v.get_untracked().trim().to_owned())).collect();
        let mut changes = vec![("name", Some(name)), ("dialect", Some(dialect.as_str()))];
        changes.extend(texts.iter().map(|(name, text)| (*name, Some(text.as_str()))));
        router::set_query(&changes);
    });
    let dialects: Vec<_> = Dialect::ALL.iter().map(|d| (d.as_str().to_owned(), word("dialect", d.as_str()))).collect();
    view! {
        <FormBox form submit=t("export-preview") on_submit=show>
            <div class="grid">
                {fields()}
                <Select pointer="/dialect" label=t("export-dialect") value=dialect options=dialects/>
            </div>
        </FormBox>
    }
}

/// The preview of what the address asks for, the way to take it, and its manifest.
fn file(kind: ExportKind) -> AnyView {
    let name = kind.name;
    let query = Memo::new(move |_| {
        let mut query = asked();
        // An address made by hand may name what this file does not know.
        query.retain(name);
        query
    });
    let is_complete = move || kind.required.is_none_or(|parameter| query.with(|query| query.has(parameter)));
    let preview = load(move || {
        let query = query.get();
        let complete = is_complete();
        async move {
            if !complete {
                return Ok(None);
            }
            api::call(&PreviewExport { name }, &query, &Nothing {}).await.map(Some)
        }
    });
    view! {
        {move || preview.view(|preview| match preview {
            Some(preview) => shown(name, preview, &query.get_untracked()),
            None => view! { <EmptyState title=t("export-choose-first")/> }.into_any(),
        })}
    }
    .into_any()
}

fn shown(name: ExportName, preview: &Preview, query: &ExportQuery) -> AnyView {
    let Manifest { file, rows, bytes, totals, sha256, columns, .. } = preview.manifest.clone();
    let first = StoredValue::new(preview.first.clone());
    let heads = columns
        .into_iter()
        .enumerate()
        .map(|(at, head)| {
            let numeric = preview.first.iter().filter_map(|row| row.get(at)).any(Cell::is_number);
            let head = Text::from(head);
            if numeric { Column::number(head) } else { Column::text(head) }
        })
        .collect();
    let cells = Callback::new(move |()| {
        Load::Ready(
            first.with_value(|rows| rows.iter().map(|row| Row(row.iter().map(cell).collect())).collect::<Vec<_>>()),
        )
    });
    let hash = sha256.clone();
    let copy = move |()| {
        toast(t(if browser::copy(&hash) { "export-copied" } else { "export-not-copied" }));
    };
    let shown = preview.first.len();
    let url = TakeExport { name }.url(query);
    let file_name = file.clone();
    view! {
        <section class="card file">
            <h2>{t("export-file")}</h2>
            <DefinitionList items=vec![
                (t("export-file-name"), view! { <code>{file}</code> }.into_any()),
                (t("export-rows"), view! { {Text::new(move || format::count(rows))} }.into_any()),
                (t("export-totals"), totals_view(totals)),
                (t("export-size"), view! { {crate::t!("export-bytes", bytes = Text::new(move || format::count(bytes)))} }.into_any()),
                (
                    Text::from("SHA-256"),
                    view! { <code class="hash">{sha256}</code>" "<Button label=t("export-copy") kind=ButtonKind::Quiet on_press=copy/> }.into_any(),
                ),
            ]/>
            <p class="actions">
                <a class=ButtonKind::Primary.class() href=url download=file_name>{t("export-download")}</a>
            </p>
            <p class="muted">{t("export-logged")}</p>
        </section>
        <h2>{t("export-first-rows")}</h2>
        <p class="muted">{crate::t!("export-shown", shown = shown, rows = rows)}</p>
        <DataTable
            caption=t("export-first-rows")
            hide_caption=true
            columns=heads
            rows=cells
            empty=|| view! { <EmptyState title=t("export-empty") hint=t("export-empty-hint")/> }
        />
    }
    .into_any()
}

fn totals_view(totals: Vec<ControlTotal>) -> AnyView {
    if totals.is_empty() {
        return view! { {t("none")} }.into_any();
    }
    let rows = totals
        .into_iter()
        .map(|total| {
            let name = if total.kind.is_empty() { total.column } else { format!("{} · {}", total.kind, total.column) };
            let amount = total.amount;
            view! { <tr><th scope="row"><code>{name}</code></th><td class="number">{Text::new(move || format::money(amount))}</td></tr> }
                .into_any()
        })
        .collect_view();
    view! { <table class="totals"><caption class="visually-hidden">{t("export-totals")}</caption><tbody>{rows}</tbody></table> }
        .into_any()
}

fn cell(cell: &Cell) -> AnyView {
    let text: Text = match cell.clone() {
        Cell::Amount(money) => Text::new(move || format::amount(money)),
        Cell::Count(count) => Text::new(move || format::count(count)),
        Cell::Mean(mean) => Text::new(move || format::decimal(&mean.two_decimals())),
        date @ Cell::Date(_) => {
            return view! { <span class="nowrap">{date.written(Dialect::Standard)}</span> }.into_any();
        }
        other => Text::from(other.written(Dialect::Standard)),
    };
    view! { {text} }.into_any()
}
