//! What a contribution may be used for: typed in its form, told in the list (M24).

use leptos::prelude::*;
use shared::calls::{CallQuery, FundingWindow, ListCalls};
use shared::endpoint::Nothing;
use shared::fund::{Contribution, Earmark};
use shared::ids::CallId;

use super::date;
use crate::api;
use crate::components::{Checkbox, TextInput};
use crate::i18n::{Text, t, word};
use crate::load::load;

/// The fields of an earmark.
#[derive(Clone, Copy)]
pub(super) struct EarmarkFields {
    countries: RwSignal<String>,
    excluded: RwSignal<String>,
    windows: StoredValue<Vec<(FundingWindow, RwSignal<bool>)>>,
    calls: RwSignal<Vec<(CallId, String, RwSignal<bool>)>>,
}

/// Country codes as people type them.
fn codes(text: &str) -> Vec<String> {
    text.split([',', ';', ' ']).filter(|code| !code.is_empty()).map(str::to_ascii_uppercase).collect()
}

impl EarmarkFields {
    pub(super) fn new() -> Self {
        let calls = RwSignal::new(Vec::new());
        let list = load(move || async move { api::call(&ListCalls {}, &CallQuery::default(), &Nothing {}).await });
        Effect::new(move |_| {
            let found =
                list.with(|page| page.items.iter().map(|call| (call.id, call.code.clone())).collect::<Vec<_>>());
            let rows = found.unwrap_or_default().into_iter().map(|(id, code)| (id, code, RwSignal::new(false)));
            calls.set(rows.collect());
        });
        let windows = FundingWindow::ALL.iter().map(|window| (*window, RwSignal::new(false))).collect();
        Self {
            countries: RwSignal::new(String::new()),
            excluded: RwSignal::new(String::new()),
            windows: StoredValue::new(windows),
            calls,
        }
    }

    /// As typed.
    pub(super) fn read(self) -> Earmark {
        Earmark {
            countries: codes(&self.countries.get_untracked()),
            excluded_countries: codes(&self.excluded.get_untracked()),
            calls: self.calls.with_untracked(|calls| {
                calls.iter().filter(|(.., ticked)| ticked.get_untracked()).map(|(id, ..)| *id).collect()
            }),
            windows: self.windows.with_value(|windows| {
                windows.iter().filter(|(_, ticked)| ticked.get_untracked()).map(|(window, _)| *window).collect()
            }),
        }
    }

    pub(super) fn view(self) -> AnyView {
        let windows = self.windows.with_value(|windows| {
            windows
                .iter()
                .map(|(window, value)| {
                    let pointer = format!("/earmark/windows/{window}");
                    view! { <Checkbox pointer label=word("funding-window", window.as_str()) value=*value/> }.into_any()
                })
                .collect_view()
        });
        let calls = move || {
            self.calls.with(|calls| {
                calls
                    .iter()
                    .map(|(id, code, value)| {
                        let pointer = format!("/earmark/calls/{id}");
                        view! { <Checkbox pointer label=Text::from(code.clone()) value=*value/> }.into_any()
                    })
                    .collect_view()
            })
        };
        view! {
            <details>
                <summary>{t("earmark")}</summary>
                <p class="muted">{t("earmark-hint")}</p>
                <TextInput pointer="/earmark/countries" label=t("earmark-countries") hint=t("earmark-countries-hint") value=self.countries optional=true/>
                <TextInput pointer="/earmark/excluded_countries" label=t("earmark-excluded") hint=t("earmark-countries-hint") value=self.excluded optional=true/>
                <fieldset><legend>{t("earmark-windows")}</legend>{windows}</fieldset>
                <fieldset><legend>{t("earmark-calls")}</legend>{calls}</fieldset>
            </details>
        }
        .into_any()
    }
}

/// What a contribution is limited to, line by line.
pub(super) fn told(row: &Contribution) -> AnyView {
    let Earmark { countries, excluded_countries, windows, .. } = &row.earmark;
    let mut lines: Vec<AnyView> = Vec::new();
    let mut line = |label: &'static str, values: AnyView| {
        lines.push(view! { <br/><span class="muted">{t(label)}": "{values}</span> }.into_any());
    };
    if !countries.is_empty() {
        line("earmark-countries", countries.join(", ").into_any());
    }
    if !excluded_countries.is_empty() {
        line("earmark-excluded", excluded_countries.join(", ").into_any());
    }
    if !windows.is_empty() {
        let names = windows.iter().map(|w| view! { {word("funding-window", w.as_str())}" " }.into_any()).collect_view();
        line("earmark-windows", names.into_any());
    }
    if !row.earmark_calls.is_empty() {
        line("earmark-calls", row.earmark_calls.join(", ").into_any());
    }
    if let Some(from) = row.valid_from {
        line("contribution-valid-from", view! { {date(from)} }.into_any());
    }
    if let Some(until) = row.valid_until {
        line("contribution-valid-until", view! { {date(until)} }.into_any());
    }
    lines.collect_view().into_any()
}
