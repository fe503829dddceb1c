//! Where a rate comes from: chosen from the table of approved rates, or typed with its source (M50, M51).

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::{Nothing, Page as Items};
use shared::ids::RateId;
use shared::money::Rate;
use shared::permission::Permission;
use shared::problem::FieldError;
use shared::rates::{FxRate, ListRates, RateKind, RateQuery, RateState};
use shared::time::Date;

use super::read_rate;
use crate::components::{Select, TextInput};
use crate::i18n::{Text, t};
use crate::load::load;
use crate::{api, format, session};

/// The fields of a rate in a form.
#[derive(Clone, Copy)]
pub(super) struct RateChoice {
    kind: RateKind,
    pointer: &'static str,
    /// The rate as text: typed, or the chosen one's.
    pub rate: RwSignal<String>,
    id: RwSignal<String>,
    source: RwSignal<String>,
}

impl RateChoice {
    pub(super) fn new(kind: RateKind, pointer: &'static str) -> Self {
        let [rate, id, source] = std::array::from_fn(|_| RwSignal::new(String::new()));
        Self { kind, pointer, rate, id, source }
    }

    /// The rate, where it is from, and which of the table it is; euros have none.
    pub(super) fn read(self, errors: &mut Vec<FieldError>, currency: Currency) -> (Rate, String, Option<RateId>) {
        if currency == Currency::EUR {
            return (Rate::ONE, String::new(), None);
        }
        let rate = read_rate(errors, self.pointer, &self.rate.get_untracked(), currency);
        (rate, self.source.get_untracked().trim().to_owned(), self.id.get_untracked().parse().ok())
    }

    /// The fields for a currency and a day, as they are typed; nothing for euros.
    pub(super) fn view(self, currency: Signal<Currency>, day: RwSignal<String>) -> AnyView {
        let asked = Memo::new(move |_| {
            let currency = currency.get();
            let day = Date::parse(&day.get()).ok()?;
            (currency != Currency::EUR && session::may(Permission::ReadRates)).then_some((currency, day))
        });
        let kind = self.kind;
        let table = load(move || {
            let asked = asked.get();
            async move {
                let Some((currency, day)) = asked else { return Ok(Items { items: Vec::new(), next: None }) };
                let query = RateQuery {
                    currency: Some(currency),
                    kind: Some(kind),
                    state: Some(RateState::Approved),
                    // A budget rate counts from its day on, a bank's rate on its day.
                    from: (kind == RateKind::Bank).then_some(day),
                    until: Some(day),
                    after: None,
                };
                api::call(&ListRates {}, &query, &Nothing {}).await
            }
        });
        let standing = move |page: &Items<FxRate>| -> Vec<(RateId, Rate, Date, String)> {
            let standing = page.items.iter().filter(|rate| !rate.is_replaced);
            standing.map(|rate| (rate.id, rate.rate, rate.valid_on, rate.source.clone())).collect()
        };
        let rates = Memo::new(move |_| table.with(standing).unwrap_or_default());
        // What is chosen is the rate; what is not offered any more is not chosen any more.
        Effect::new(move |was: Option<String>| {
            let chosen = self.id.get();
            let found =
                rates.with(|rates| rates.iter().find(|(id, ..)| id.to_string() == chosen).map(|(_, rate, ..)| *rate));
            match found {
                Some(rate) => self.rate.set(rate.to_string()),
                None if was.is_some_and(|was| !was.is_empty()) => {
                    self.id.set(String::new());
                    self.rate.set(String::new());
                }
                None => {}
            }
            chosen
        });
        let options = Signal::derive(move || {
            let name = |(id, rate, day, source): (RateId, Rate, Date, String)| {
                (id.to_string(), Text::new(move || format!("{rate} · {} · {source}", format::date(day))))
            };
            rates.get().into_iter().map(name).collect()
        });
        let has_table = Memo::new(move |_| rates.with(|rates| !rates.is_empty()));
        let is_foreign = Memo::new(move |_| currency.get() != Currency::EUR);
        let typed = Memo::new(move |_| self.id.with(String::is_empty));
        let shown = move || {
            if !is_foreign.get() {
                return ().into_any();
            }
            let choice = move || {
                match has_table.get() {
                true => view! {
                    <Select pointer="/rate_id" label=t("rate-choice") value=self.id options optional=true none=t("rate-choice-typed")/>
                }
                .into_any(),
                false => view! { <p class="muted">{t("rate-choice-none")}</p> }.into_any(),
            }
            };
            let fields = move || {
                typed.get().then(|| {
                    let code = currency.get().code();
                    let (label, hint) = match kind {
                        RateKind::Bank => (crate::t!("bank-rate", currency = code), t("bank-rate-hint")),
                        _ => (crate::t!("budget-rate", currency = code), t("budget-rate-hint")),
                    };
                    view! {
                        <TextInput
                            pointer=self.pointer
                            label
                            hint
                            value=self.rate
                            class="narrow"
                        />
                        <TextInput pointer="/rate_source" label=t("rate-source") hint=t("rate-choice-source") value=self.source/>
                    }
                    .into_any()
                })
            };
            view! { {choice}{fields} }.into_any()
        };
        view! { {shown} }.into_any()
    }
}
