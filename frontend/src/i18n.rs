//! Texts in the reader's language.
//!
//! Texts live in `locales/<language>/<feature>.ftl` ([Fluent](https://projectfluent.org)). The build makes
//! one file of each language's, fetched beside the program: a reader downloads the language they read.
//! [`t`] and [`t!`](crate::t) give a [`Text`]: put it in a view or hand it to a component, and it
//! follows the language; [`Text::get`] gives the present wording.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::tachys::html::attribute::IntoAttributeValue;
use leptos::tachys::view::IntoRender;
use shared::currency::Currency;
use shared::money::Money;
pub use shared::people::Language;
use shared::problem::{Code, FieldError, Problem};
use shared::time::{Date, Timestamp};
use wasm_bindgen_futures::spawn_local;

use crate::format;

/// The tag that the browser formats dates with: day before month in both languages.
#[must_use]
pub const fn date_tag(language: Language) -> &'static str {
    match language {
        Language::En => "en-GB",
        Language::Fr => "fr-FR",
    }
}

/// A language's own name.
#[must_use]
pub const fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Fr => "Français",
    }
}

/// Reads a tag, `fr-CH` as French.
fn parse_tag(tag: &str) -> Option<Language> {
    Language::parse(&tag.split('-').next()?.to_ascii_lowercase())
}

const STORAGE_KEY: &str = "language";

type Bundle = FluentBundle<FluentResource>;

thread_local! {
    static LANGUAGE: ArcRwSignal<Language> = ArcRwSignal::new(detect());
    static BUNDLES: [OnceCell<Bundle>; 2] = const { [OnceCell::new(), OnceCell::new()] };
    /// The language that was asked for last, whose texts may still be on their way.
    static WANTED: Cell<Option<Language>> = const { Cell::new(None) };
}

/// How long to wait before texts that did not arrive are asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The language, followed by whatever reads it.
#[must_use]
pub fn language() -> Language {
    LANGUAGE.with(Clone::clone).get()
}

/// The language now, not followed.
#[must_use]
pub fn current() -> Language {
    LANGUAGE.with(Clone::clone).get_untracked()
}

/// Whether the reader chose the language, here or in the address.
#[must_use]
pub fn was_chosen() -> bool {
    crate::browser::stored(STORAGE_KEY).is_some() || crate::browser::query_param("lang").is_some()
}

/// Changes the language at once and remembers it; address, form and scroll stay.
pub fn choose_language(language: Language) {
    crate::browser::store(STORAGE_KEY, language.as_str());
    show_language(language);
}

/// Changes the language without remembering it, once its texts are there; sets `<html lang>`, which
/// screen readers go by.
pub fn show_language(language: Language) {
    with_texts(language, move || {
        LANGUAGE.with(Clone::clone).set(language);
        if let Some(html) = document().document_element() {
            let _ = html.set_attribute("lang", language.as_str());
        }
    });
}

/// Fetches a language's texts, unless they are there, then goes on; not when another language was
/// asked for in the meantime. Without a connection it asks again, and the page stays as it is.
pub fn with_texts(language: Language, then: impl FnOnce() + 'static) {
    WANTED.set(Some(language));
    if is_there(language) {
        return then();
    }
    // The browser's own: leptos has its executor only once something is mounted.
    spawn_local(async move {
        let arrived = fetch(language).await;
        if WANTED.get() != Some(language) {
            return;
        }
        match arrived {
            Some(texts) => {
                BUNDLES.with(|bundles| {
                    let _ = bundles[language as usize].set(build(language, texts));
                });
                then();
            }
            None => set_timeout(move || with_texts(language, then), RETRY_AFTER),
        }
    });
}

fn is_there(language: Language) -> bool {
    BUNDLES.with(|bundles| bundles[language as usize].get().is_some())
}

/// A language's texts; they lie beside the program.
async fn fetch(language: Language) -> Option<String> {
    let script = document().query_selector("script[type=module]").ok()??.get_attribute("src")?;
    let (folder, _) = script.rsplit_once('/')?;
    let response = Request::get(&format!("{folder}/{}.ftl", language.as_str())).send().await.ok()?;
    if response.ok() { response.text().await.ok() } else { None }
}

/// The address's wish (`?lang=fr`), else the last choice, else the browser's setting.
fn detect() -> Language {
    let asked = crate::browser::query_param("lang");
    let stored = || crate::browser::stored(STORAGE_KEY);
    let browser = || window().navigator().language();
    asked
        .and_then(|tag| parse_tag(&tag))
        .or_else(|| stored().and_then(|tag| parse_tag(&tag)))
        .or_else(|| browser().and_then(|tag| parse_tag(&tag)))
        .unwrap_or(Language::En)
}

fn build(language: Language, texts: String) -> Bundle {
    let mut bundle = Bundle::new(vec![language.as_str().parse().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    // A faulty entry is left out and shows as its key; the locale test names it long before.
    let resource = match FluentResource::try_new(texts) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

fn lookup(language: Language, key: &str, args: &[(&'static str, Arg)]) -> Option<String> {
    BUNDLES.with(|bundles| {
        let bundle = bundles[language as usize].get()?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            values.set(*name, arg.value());
        }
        let mut errors = Vec::new();
        Some(bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned())
    })
}

/// The wording of a key now; the key itself when there is none.
#[must_use]
pub fn text(key: &str, args: &[(&'static str, Arg)]) -> String {
    lookup(language(), key, args).unwrap_or_else(|| key.to_owned())
}

/// A text that follows the language: a child or an attribute in a view, a label of a component.
#[derive(Clone)]
pub struct Text(Arc<dyn Fn() -> String + Send + Sync>);

impl Text {
    /// A text that is computed anew whenever a signal that it reads changes.
    pub fn new(make: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// The wording now.
    #[must_use]
    pub fn get(&self) -> String {
        (self.0)()
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::new(move || text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(move || text.clone())
    }
}

/// One boxed type for every text, so that the program holds the code for texts once.
type BoxedText = Box<dyn Fn() -> String + Send>;

impl IntoRender for Text {
    type Output = BoxedText;

    fn into_render(self) -> Self::Output {
        Box::new(move || self.get())
    }
}

impl IntoAttributeValue for Text {
    type Output = BoxedText;

    fn into_attribute_value(self) -> Self::Output {
        Box::new(move || self.get())
    }
}

/// The text of a key.
#[must_use]
pub fn t(key: &'static str) -> Text {
    Text::new(move || text(key, &[]))
}

/// The text of a key with values: `t!("fund-left", amount = headroom)`.
///
/// A value is anything with [`ToArg`]; it is read again whenever the text is.
#[macro_export]
macro_rules! t {
    ($key:literal $(,)?) => { $crate::i18n::t($key) };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::i18n::Text::new(move || {
            $crate::i18n::text($key, &[$((stringify!($name), $crate::i18n::ToArg::to_arg(&$value))),+])
        })
    };
}

/// The text of a word from `shared`: `word("call-state", state.as_str())` is `call-state-open`.
#[must_use]
pub fn word(group: &'static str, word: &'static str) -> Text {
    Text::new(move || text(&format!("{group}-{}", word.replace('_', "-")), &[]))
}

/// A value inside a text.
#[derive(Debug, Clone)]
pub enum Arg {
    /// A text, shown as it is.
    Text(String),
    /// A count, which chooses the plural.
    Count(i64),
}

impl Arg {
    fn value(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::from(text.as_str()),
            Self::Count(count) => FluentValue::from(*count),
        }
    }
}

/// What can be a value inside a text, in the reader's language.
pub trait ToArg {
    /// The value.
    fn to_arg(&self) -> Arg;
}

macro_rules! to_arg {
    ($($type:ty => |$value:ident| $arg:expr;)+) => {$(
        impl ToArg for $type {
            fn to_arg(&self) -> Arg {
                let $value = self;
                $arg
            }
        }
    )+};
}

to_arg! {
    str => |v| Arg::Text(v.to_owned());
    &str => |v| Arg::Text((*v).to_owned());
    String => |v| Arg::Text(v.clone());
    Text => |v| Arg::Text(v.get());
    Money => |v| Arg::Text(format::money(*v));
    Date => |v| Arg::Text(format::date(*v));
    Timestamp => |v| Arg::Text(format::instant(*v));
    i32 => |v| Arg::Count(i64::from(*v));
    i64 => |v| Arg::Count(*v);
    u32 => |v| Arg::Count(i64::from(*v));
    u64 => |v| Arg::Count(i64::try_from(*v).unwrap_or(i64::MAX));
    usize => |v| Arg::Count(i64::try_from(*v).unwrap_or(i64::MAX));
}

/// What a problem says, in the reader's language.
#[must_use]
pub fn problem_text(problem: &Problem) -> String {
    code_text(problem.code, &problem.params)
}

/// What a field's error says, in the reader's language.
#[must_use]
pub fn field_error_text(error: &FieldError) -> String {
    code_text(error.code, &error.params)
}

/// What a code says: `problem-<code>` with its values, each shown as the reader writes them.
#[must_use]
pub fn code_text(code: Code, params: &BTreeMap<String, String>) -> String {
    let key = format!("problem-{}", code.as_str().replace('_', "-"));
    BUNDLES.with(|bundles| {
        let bundle = bundles[language() as usize].get();
        let found = bundle.and_then(|bundle| Some((bundle, bundle.get_message(&key)?.value()?)));
        let Some((bundle, pattern)) = found else { return key.clone() };
        let mut values = FluentArgs::with_capacity(params.len());
        for (name, value) in params {
            values.set(name.as_str(), FluentValue::from(readable(value)));
        }
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned()
    })
}

/// `EUR 24000.00` and instants as the reader writes them, anything else as it is.
fn readable(value: &str) -> String {
    let money = value.split_once(' ').and_then(|(currency, amount)| {
        let currency = Currency::parse(currency).ok()?;
        Money::parse(amount, currency).ok()
    });
    if let Some(money) = money {
        return format::money(money);
    }
    if value.len() >= 20
        && let Ok(at) = Timestamp::parse(value)
    {
        return format::instant(at);
    }
    value.to_owned()
}
