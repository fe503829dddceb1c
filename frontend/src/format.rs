//! Amounts, numbers, dates and instants as the reader writes them.
//!
//! Amounts are formatted from their exact text, never through a float. Dates go through the
//! browser's `Intl`, so that no calendar or zone data travels with the program.

use js_sys::{Object, Reflect};
use shared::money::{BasisPoints, Money};
use shared::time::{Date, Timestamp};
use wasm_bindgen::JsCast;

use crate::clock;
use crate::i18n::{Language, date_tag, language};

/// A narrow space that does not break, between groups of digits.
const GROUP: char = '\u{202f}';
/// A space that does not break, between a currency and its amount.
const NBSP: char = '\u{a0}';

/// An exact decimal with grouped digits: `1 450 000.00`, in French `1 450 000,00`.
#[must_use]
pub fn decimal(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |d| ("\u{2212}", d));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            out.push(GROUP);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(if language() == Language::Fr { ',' } else { '.' });
        out.push_str(fraction);
    }
    out
}

/// An amount with its currency: `EUR 24 000.00`, in French `24 000,00 EUR`.
#[must_use]
pub fn money(money: Money) -> String {
    let amount = decimal(&money.amount());
    match language() {
        Language::En => format!("{}{NBSP}{amount}", money.currency()),
        Language::Fr => format!("{amount}{NBSP}{}", money.currency()),
    }
}

/// An amount without its currency, for columns that name the currency in their head.
#[must_use]
pub fn amount(money: Money) -> String {
    decimal(&money.amount())
}

/// A count with grouped digits.
#[must_use]
pub fn count(count: impl std::fmt::Display) -> String {
    decimal(&count.to_string())
}

/// A share: `7 %`.
#[must_use]
pub fn percent(share: BasisPoints) -> String {
    format!("{}{NBSP}%", decimal(&share.to_string()))
}

fn intl(iso: &str, options: &[(&str, &str)]) -> String {
    let set = Object::new();
    for (name, value) in options {
        let _ = Reflect::set(&set, &(*name).into(), &(*value).into());
    }
    let text: String = js_sys::Date::new(&iso.into()).to_locale_string(date_tag(language()), &set).into();
    // A date stays in one piece, in a narrow column, too; the time may go below it.
    text.replace(' ', "\u{a0}").replace(",\u{a0}", ", ")
}

/// A date without a zone: `12 Mar 2026`.
#[must_use]
pub fn date(date: Date) -> String {
    let iso = format!("{date}T00:00:00Z");
    intl(&iso, &[("day", "numeric"), ("month", "short"), ("year", "numeric"), ("timeZone", "UTC")])
}

/// The month of a date: `March 2026`.
#[must_use]
pub fn month(date: Date) -> String {
    let iso = format!("{date}T00:00:00Z");
    intl(&iso, &[("month", "long"), ("year", "numeric"), ("timeZone", "UTC")])
}

/// An instant in the reader's zone: `12 Mar 2026, 23:59`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    let day = [("day", "numeric"), ("month", "short"), ("year", "numeric")];
    intl(&at.to_string(), &[&day[..], &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]].concat())
}

/// An instant in a named zone, with weekday and the zone's short name.
#[must_use]
pub fn instant_in(at: Timestamp, zone: &str) -> String {
    let options = [
        ("weekday", "short"),
        ("day", "numeric"),
        ("month", "short"),
        ("year", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
        ("timeZone", zone),
        ("timeZoneName", "short"),
    ];
    intl(&at.to_string(), &options)
}

/// The time of day in the reader's zone: `14:02`.
#[must_use]
pub fn time(at: Timestamp) -> String {
    intl(&at.to_string(), &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")])
}

/// What is left until an instant, by the server's clock: `3 days 4 hours`; `None` when it has passed.
///
/// Follows the clock's tick, once a minute.
#[must_use]
pub fn left_until(at: Timestamp) -> Option<String> {
    let minutes = at.utc().signed_duration_since(clock::now_ticking().utc()).num_minutes();
    if at <= clock::now_ticking() {
        return None;
    }
    let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    let text = if days >= 2 {
        crate::t!("time-days", days = days)
    } else if days * 24 + hours >= 2 {
        crate::t!("time-hours", hours = days * 24 + hours)
    } else {
        crate::t!("time-minutes", minutes = hours * 60 + minutes)
    };
    Some(text.get())
}

/// A country's name by its ISO code, the code where the browser has no name.
#[must_use]
pub fn country(code: &str) -> String {
    let options = Object::new();
    let _ = Reflect::set(&options, &"type".into(), &"region".into());
    let name = || {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let constructor: js_sys::Function = Reflect::get(&intl, &"DisplayNames".into()).ok()?.dyn_into().ok()?;
        let arguments = js_sys::Array::of2(&date_tag(language()).into(), &options);
        let names = Reflect::construct(&constructor, &arguments).ok()?;
        let of: js_sys::Function = Reflect::get(&names, &"of".into()).ok()?.dyn_into().ok()?;
        of.call1(&names, &code.into()).ok()?.as_string()
    };
    name().unwrap_or_else(|| code.to_owned())
}
