//! The fund's money: status, contributions and receipts, what is set aside, the journal.

mod allocations;
mod check;
mod contributions;
mod corrections;
mod earmark;
mod ledger;
mod rate_choice;
mod set_up;
mod statement;
mod status;

pub use allocations::allocations_page;
pub use check::check_page;
pub use contributions::contributions_page;
pub use corrections::corrections_page;
pub use ledger::ledger_page;
pub(crate) use set_up::page as set_up_page;
pub use statement::statement_page;
pub use status::{position_bar, status_page};

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::currency::Currency;
use shared::fund::{Account, EntryKind, Step};
use shared::ids::FundId;
use shared::money::{Money, Rate};
use shared::permission::Permission;
use shared::problem::{Code, FieldError};
use shared::time::Date;

use crate::api::ApiError;
use crate::components::{Tab, Tabs, money_from, normalise_amount, toast};
use crate::i18n::{Text, t};
use crate::routes::Path;
use crate::{format, router, session};

/// The house's fund, once there is one.
pub(crate) fn fund_id() -> Option<FundId> {
    session::session().and_then(|session| session.fund).map(|fund| fund.id)
}

/// An amount with its currency, in the reader's way of writing.
pub(crate) fn money(amount: Money) -> Text {
    Text::new(move || format::money(amount))
}

/// An amount for a column whose head names the currency.
pub(crate) fn amount(amount: Money) -> Text {
    Text::new(move || format::amount(amount))
}

/// A date in the reader's way of writing.
pub(crate) fn date(date: Date) -> Text {
    Text::new(move || format::date(date))
}

/// Who did a step, and when.
pub(crate) fn step(label: &'static str, step: &Step) -> AnyView {
    let (by, at) = (step.by.clone(), step.at);
    view! { <span class="step">{t(label)}" "{by}<br/><span class="muted">{Text::new(move || format::instant(at))}</span></span> }
        .into_any()
}

/// The views of this feature.
pub(crate) fn tabs() -> AnyView {
    let here = router::path_now();
    // The check is a view of the ledger.
    let here = if here == Path::LedgerCheck { Path::Ledger } else { here };
    let tab = |label: Text, path: Path| Tab { label, current: path == here, href: path.to_string() };
    let mut tabs = vec![
        tab(t("fund-tab-status"), Path::Fund),
        tab(t("fund-tab-donors"), Path::Statement),
        tab(t("forecast-title"), Path::Forecast),
        tab(t("contributions-title"), Path::Contributions),
        tab(t("allocations-title"), Path::Allocations),
        tab(t("corrections-title"), Path::Corrections),
        tab(t("ledger-title"), Path::Ledger),
    ];
    if session::may(Permission::ReadRates) {
        tabs.push(tab(t("fund-tab-rates"), Path::Rates));
        tabs.push(tab(t("periods-title"), Path::Periods));
        tabs.push(tab(t("bank-title"), Path::Bank));
    }
    view! { <Tabs label=t("fund-tabs") tabs/> }.into_any()
}

/// The rows that a figure sums, as an address.
pub(crate) fn rows_of(account: Account, kind: Option<EntryKind>, more: &[(&str, String)]) -> String {
    let mut url = format!("{}?account={account}", Path::Ledger);
    if let Some(kind) = kind {
        url.push_str(&format!("&kind={kind}&net=true"));
    }
    for (name, value) in more {
        url.push_str(&format!("&{name}={value}"));
    }
    url
}

/// The parameters of the rows that were posted on one day.
pub(crate) fn on_day(day: Date) -> Vec<(&'static str, String)> {
    vec![("from", day.to_string()), ("until", day.to_string())]
}

/// The journal's entries of a kind, of one day.
pub(crate) fn entries_of(kind: EntryKind, day: Date) -> String {
    format!("{}?kind={kind}&from={day}&until={day}", Path::Ledger)
}

/// A figure that opens the rows that it sums.
pub(crate) fn figure(shown: Money, url: String) -> AnyView {
    view! { <a class="amount" href=url>{amount(shown)}</a> }.into_any()
}

/// An amount from a field, or what is wrong with it there.
pub(crate) fn read_money(errors: &mut Vec<FieldError>, pointer: &str, text: &str, currency: Currency) -> Money {
    money_from(text, currency).unwrap_or_else(|code| {
        errors.push(FieldError::new(pointer, code));
        Money::zero(currency)
    })
}

/// A date from a field, or what is wrong with it there.
pub(crate) fn read_date(errors: &mut Vec<FieldError>, pointer: &str, text: &str, fallback: Date) -> Date {
    Date::parse(text).unwrap_or_else(|code| {
        errors.push(FieldError::new(pointer, if text.is_empty() { Code::Required } else { code }));
        fallback
    })
}

/// A rate from a field, or what is wrong with it there; euros have none to be typed.
fn read_rate(errors: &mut Vec<FieldError>, pointer: &str, text: &str, currency: Currency) -> Rate {
    if currency == Currency::EUR {
        return Rate::ONE;
    }
    parse_rate(text).unwrap_or_else(|code| {
        errors.push(FieldError::new(pointer, code));
        Rate::ONE
    })
}

/// A rate as it was typed.
pub(crate) fn parse_rate(text: &str) -> Result<Rate, Code> {
    let plain = normalise_amount(text);
    if plain.is_empty() { Err(Code::Required) } else { Rate::parse(&plain) }
}

/// What an amount is in euros at a rate, as far as both can be read: shown before anything is sent.
fn preview(amount: &str, rate: &str, currency: Currency) -> Option<Money> {
    let rate = if currency == Currency::EUR { Rate::ONE } else { parse_rate(rate).ok()? };
    rate.to_eur(money_from(amount, currency).ok()?).ok()
}

/// Does something that needs no form; says when it is done, or what went wrong.
pub(crate) fn act(work: impl Future<Output = Result<Text, ApiError>> + 'static, then: Callback<()>) {
    spawn_local(async move {
        match work.await {
            Ok(done) => toast(done),
            Err(error) => toast(Text::from(error.text())),
        }
        // What was done may have drawn the page anew, and the one who waited is gone.
        let _ = then.try_run(());
    });
}
