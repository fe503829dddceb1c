//! Writing a call: its basics for a new one, everything for a draft.

use leptos::prelude::*;
use shared::calls::{
    Bilingual, CallDetail, CallQuery, CallState, CreateCall, CreateCallRequest, FundingWindow, GetCall, ListCalls,
    LocalTime, UpdateCall, UpdateCallRequest,
};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::CallId;
use shared::money::Money;
use shared::problem::{Code, FieldError};

use super::edit_definition::DefinitionForm;
use super::show::{framed, local};
use crate::components::{
    Crumb, DateInput, FormBox, MoneyInput, Notice, Page, Select, TextArea, TextInput, Tone, money_from, toast,
};
use crate::form::{Form, field_id};
use crate::i18n::{self, Text, t, word};
use crate::load::load;
use crate::routes::Path;
use crate::{api, browser, router, session};

/// A text in both languages, being edited.
#[derive(Clone, Copy)]
pub(super) struct Both {
    en: RwSignal<String>,
    fr: RwSignal<String>,
}

impl Both {
    pub(super) fn new(text: &Bilingual) -> Self {
        Self { en: RwSignal::new(text.en.clone()), fr: RwSignal::new(text.fr.clone()) }
    }

    pub(super) fn get(self) -> Bilingual {
        Bilingual { en: self.en.get_untracked().trim().to_owned(), fr: self.fr.get_untracked().trim().to_owned() }
    }

    /// The text in the reader's language, followed.
    pub(super) fn shown(self) -> String {
        match i18n::language() {
            i18n::Language::En => self.en.get(),
            i18n::Language::Fr => self.fr.get(),
        }
    }

    /// A field for each language; of several lines when `lines` is above 1.
    pub(super) fn fields(self, pointer: &str, label: Text, lines: u32) -> AnyView {
        let one = |language: i18n::Language, value: RwSignal<String>| {
            let label = label.clone();
            let name = i18n::own_name(language);
            let label = crate::t!("in-language", what = label, language = name);
            let pointer = format!("{pointer}/{}", language.as_str());
            if lines > 1 {
                view! { <TextArea pointer label value lines/> }.into_any()
            } else {
                view! { <TextInput pointer label value/> }.into_any()
            }
        };
        view! { <div class="pair">{one(i18n::Language::En, self.en)}{one(i18n::Language::Fr, self.fr)}</div> }
            .into_any()
    }
}

/// `2026-03-12T17:00`, as the browser's control for date and time wants it.
pub(super) fn short_time(at: LocalTime) -> String {
    at.to_string().chars().take(16).collect()
}

/// Keeps a value, or what is wrong with it.
pub(super) fn take<T>(errors: &mut Vec<FieldError>, pointer: &str, result: Result<T, Code>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(code) => {
            errors.push(FieldError::new(pointer, code));
            None
        }
    }
}

/// What every call has, being edited.
#[derive(Clone, Copy)]
struct Basics {
    code: RwSignal<String>,
    title: Both,
    window: RwSignal<String>,
    currency: Currency,
    envelope: RwSignal<String>,
    zone: RwSignal<String>,
    opens: RwSignal<String>,
    closes: RwSignal<String>,
}

/// The basics as typed values.
struct BasicsRead {
    window: FundingWindow,
    envelope: Money,
    opens_local: LocalTime,
    closes_local: LocalTime,
}

impl Basics {
    fn new(detail: Option<&CallDetail>) -> Self {
        let text = |of: fn(&CallDetail) -> String| RwSignal::new(detail.map(of).unwrap_or_default());
        Self {
            code: text(|d| d.call.code.clone()),
            title: Both::new(&detail.map(|d| d.call.title.clone()).unwrap_or_default()),
            window: text(|d| d.call.window.as_str().to_owned()),
            currency: detail.map_or(Currency::EUR, |d| d.call.envelope.currency()),
            envelope: text(|d| d.call.envelope.amount()),
            zone: text(|d| d.call.zone.clone()),
            opens: text(|d| short_time(d.opens_local)),
            closes: text(|d| short_time(d.closes_local)),
        }
    }

    fn read(self, errors: &mut Vec<FieldError>) -> Option<BasicsRead> {
        let window = FundingWindow::parse(&self.window.get_untracked()).ok_or(Code::Required);
        let window = take(errors, "/window", window);
        let envelope = take(errors, "/envelope", money_from(&self.envelope.get_untracked(), self.currency));
        if self.zone.with_untracked(String::is_empty) {
            errors.push(FieldError::new("/zone", Code::Required));
        }
        let opens = take(errors, "/opens_local", LocalTime::parse(&self.opens.get_untracked()));
        let closes = take(errors, "/closes_local", LocalTime::parse(&self.closes.get_untracked()));
        Some(BasicsRead { window: window?, envelope: envelope?, opens_local: opens?, closes_local: closes? })
    }

    fn fields(self) -> AnyView {
        let windows: Vec<_> =
            FundingWindow::ALL.iter().map(|w| (w.as_str().to_owned(), word("funding-window", w.as_str()))).collect();
        let mut zones = browser::zones();
        let present = self.zone.get_untracked();
        if !present.is_empty() && !zones.contains(&present) {
            zones.push(present);
        }
        let zones: Vec<_> = zones.into_iter().map(|z| (z.clone(), Text::from(z))).collect();
        let hint = Text::new(move || match self.zone.get() {
            zone if zone.is_empty() => t("call-zone-first").get(),
            zone => crate::t!("call-local-hint", zone = zone).get(),
        });
        let currency = self.currency;
        view! {
            <TextInput pointer="/code" label=t("call-code") hint=t("call-code-hint") value=self.code class="narrow"/>
            {self.title.fields("/title", t("call-title"), 1)}
            <Select pointer="/window" label=t("call-window") value=self.window options=windows/>
            <MoneyInput pointer="/envelope" label=t("call-envelope") hint=t("call-envelope-hint") value=self.envelope currency=Signal::derive(move || currency)/>
            <Select pointer="/zone" label=t("call-zone") hint=t("call-zone-hint") value=self.zone options=zones/>
            <DateInput pointer="/opens_local" label=t("call-opens") hint=hint.clone() value=self.opens with_time=true/>
            <DateInput pointer="/closes_local" label=t("call-closes") hint=hint value=self.closes with_time=true/>
        }
        .into_any()
    }
}

/// Writing a new call.
pub fn new_page() -> AnyView {
    let form = Form::new();
    let basics = Basics::new(None);
    let copy_of = RwSignal::new(String::new());
    let calls = load(|| async { api::call(&ListCalls {}, &CallQuery::default(), &Nothing {}).await });
    let sources = Signal::derive(move || {
        calls
            .with(|page| page.items.iter().map(|c| (c.id.to_string(), local(&c.title))).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let read = basics.read(&mut errors);
        let fund = session::session().and_then(|s| s.fund);
        let (Some(read), Some(fund)) = (read, fund) else {
            if errors.is_empty() {
                errors.push(FieldError::new("/fund_id", Code::Required));
            }
            form.check(errors);
            return;
        };
        let request = CreateCallRequest {
            fund_id: fund.id,
            code: basics.code.get_untracked(),
            title: basics.title.get(),
            window: read.window,
            envelope: read.envelope,
            zone: basics.zone.get_untracked(),
            opens_local: read.opens_local,
            closes_local: read.closes_local,
            copy_of: copy_of.get_untracked().parse().ok(),
        };
        errors.extend(request.errors(basics.currency));
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let detail = api::call(&CreateCall {}, &Nothing {}, &request).await?;
            router::replace(&Path::CallEdit(detail.call.id));
            Ok(())
        });
    });
    view! {
        <Page title=t("call-new-title") crumbs=vec![Crumb(t("calls-title"), Path::Calls)]>
            <p>{t("call-new-intro")}</p>
            <FormBox form submit=t("call-create") on_submit=send>
                {basics.fields()}
                <Select pointer="/copy_of" label=t("call-copy-of") hint=t("call-copy-of-hint") value=copy_of options=sources optional=true none=t("call-copy-default")/>
            </FormBox>
        </Page>
    }
    .into_any()
}

/// Editing a call.
pub fn edit_page(call_id: CallId) -> AnyView {
    let loader = load(move || async move { api::call(&GetCall { call_id }, &Nothing {}, &Nothing {}).await });
    framed(loader, editor)
}

fn editor(detail: &CallDetail) -> AnyView {
    let call_id = detail.call.id;
    let crumbs = vec![Crumb(t("calls-title"), Path::Calls), Crumb(local(&detail.call.title), Path::Call(call_id))];
    if detail.call.state != CallState::Draft {
        return view! {
            <Page title=t("call-edit") crumbs>
                <Notice tone=Tone::Info><p>{t("problem-call-frozen")}</p></Notice>
                <p><a href=Path::Call(call_id).to_string()>{t("call-back")}</a></p>
            </Page>
        }
        .into_any();
    }
    let form = Form::new();
    let basics = Basics::new(Some(detail));
    let definition = DefinitionForm::new(&detail.definition, form);
    let version = RwSignal::new(detail.version);
    let blocking = RwSignal::new(detail.blocking.clone());
    let send = Callback::new(move |()| {
        let mut errors = Vec::new();
        let read = basics.read(&mut errors);
        let definition = definition.read(&mut errors);
        let (Some(read), Some(definition)) = (read, definition) else {
            form.check(errors);
            return;
        };
        let request = UpdateCallRequest {
            code: basics.code.get_untracked(),
            title: basics.title.get(),
            window: read.window,
            envelope: read.envelope,
            zone: basics.zone.get_untracked(),
            opens_local: read.opens_local,
            closes_local: read.closes_local,
            definition,
        };
        errors.extend(request.errors(basics.currency));
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let at = version.get_untracked();
            let saved = api::call_if_match(&UpdateCall { call_id }, &Nothing {}, &request, at).await?;
            version.set(saved.version);
            blocking.set(saved.blocking);
            toast(t("call-saved"));
            Ok(())
        });
    });
    view! {
        <Page title=t("call-edit") crumbs>
            {blocking_notice(blocking, form)}
            <div class="long-form">
                <FormBox form submit=t("call-save") on_submit=send>
                    <h2>{t("call-basics")}</h2>
                    {basics.fields()}
                    {definition.fields()}
                </FormBox>
            </div>
        </Page>
    }
    .into_any()
}

/// What is still missing before the call can be published, each a link to its field.
fn blocking_notice(blocking: RwSignal<Vec<FieldError>>, form: Form) -> AnyView {
    (move || {
        let errors = blocking.get();
        if errors.is_empty() {
            return view! { <Notice tone=Tone::Good><p>{t("call-ready")}</p></Notice> }.into_any();
        }
        let items = errors
            .into_iter()
            .map(|error| {
                let (id, pointer) = (field_id(&error.pointer), error.pointer.clone());
                let href = format!("#{id}");
                let label = Text::new(move || match form.label(&pointer) {
                    Some(label) => format!("{}{}", label.get(), t("colon").get()),
                    None => String::new(),
                });
                let text = Text::new(move || i18n::field_error_text(&error));
                let go = move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    super::edit_definition::reveal(&id);
                };
                view! { <li><a href=href on:click=go>{label}{text}</a></li> }.into_any()
            })
            .collect_view();
        view! {
            <Notice tone=Tone::Attention title=t("call-missing")>
                <ul>{items}</ul>
            </Notice>
        }
        .into_any()
    })
    .into_any()
}
