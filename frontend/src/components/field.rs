//! Fields: a label, a hint, what is wrong, and the control, tied together for everybody.

use leptos::context::Provider;
use leptos::ev;
use leptos::prelude::*;
use shared::currency::Currency;
use shared::money::Money;
use shared::problem::Code;

use crate::api::ApiError;
use crate::components::button::{Button, ButtonKind};
use crate::form::{Form, field_id};
use crate::i18n::{self, Language, Text, language, t};

/// The form: shows its error summary, gives its errors to the fields inside, sends on Enter.
#[component]
pub fn FormBox(
    /// Errors and progress.
    form: Form,
    /// What sending does.
    #[prop(into)]
    on_submit: Callback<()>,
    /// The label of the button that sends.
    #[prop(into)]
    submit: Text,
    /// The fields.
    children: Children,
) -> impl IntoView {
    // In an owner of its own: a context given to the page's owner would outlive the form, and the
    // next page's fields would find a form that is gone.
    view! {
        <Provider value=form>
            <form
                class="form"
                novalidate
                on:submit=move |event: ev::SubmitEvent| {
                    event.prevent_default();
                    on_submit.run(());
                }
            >
                <ErrorSummary form/>
                {children()}
                <div class="actions">
                    <Button label=submit kind=ButtonKind::Primary busy=Signal::derive(move || form.busy())/>
                </div>
            </form>
        </Provider>
    }
}

/// What is wrong, with links to the fields; takes the focus when it appears.
#[component]
fn ErrorSummary(form: Form) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if form.error().is_some()
            && let Some(div) = node.get()
        {
            let _ = div.focus();
        }
    });
    move || {
        let error = form.error()?;
        let items = match &error {
            ApiError::Problem(problem) => problem.errors.clone(),
            ApiError::Offline => Vec::new(),
        };
        let request_id = match &error {
            ApiError::Problem(problem) if problem.code == Code::Internal => problem.request_id.clone(),
            _ => None,
        };
        let list = items
            .into_iter()
            .map(|item| {
                let label = form.label(&item.pointer);
                let text = i18n::field_error_text(&item);
                let id = field_id(&item.pointer);
                match label {
                    Some(label) => {
                        let href = format!("#{id}");
                        view! {
                            <li>
                                <a
                                    href=href
                                    on:click=move |event| {
                                        event.prevent_default();
                                        crate::browser::focus(&id);
                                    }
                                >
                                    {crate::t!("label-message", label = label, message = text)}
                                </a>
                            </li>
                        }
                        .into_any()
                    }
                    None => view! { <li>{text}</li> }.into_any(),
                }
            })
            .collect_view();
        Some(
            view! {
                <div class="notice problem" role="alert" tabindex="-1" node_ref=node>
                    <p class="notice-title">{error.text()}</p>
                    <ul>{list}</ul>
                    {request_id.map(|id| view! { <p class="muted">{crate::t!("error-reference", id = id)}</p> }.into_any())}
                </div>
            }
            .into_any(),
        )
    }
}

/// The ids of a field's parts, and its error.
#[derive(Clone)]
struct Wiring {
    id: String,
    error: Signal<Option<String>>,
    described_by: Signal<Option<String>>,
}

/// Ties a field to the form around it, if there is one.
fn wire(pointer: &str, label: &Text, has_hint: bool, own_error: Signal<Option<String>>) -> Wiring {
    let form = use_context::<Form>();
    if let Some(form) = form {
        form.register(pointer, label.clone());
    }
    let id = field_id(pointer);
    let pointer = pointer.to_owned();
    let error = Signal::derive(move || own_error.get().or_else(|| form.and_then(|f| f.field_error(&pointer))));
    let base = id.clone();
    let described_by = Signal::derive(move || {
        let hint = has_hint.then(|| format!("{base}-hint"));
        let error = error.with(Option::is_some).then(|| format!("{base}-error"));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (one, other) => one.or(other),
        }
    });
    Wiring { id, error, described_by }
}

fn hint_view(id: &str, hint: Option<Text>) -> AnyView {
    let id = format!("{id}-hint");
    hint.map(|hint| view! { <p class="hint" id=id>{hint}</p> }.into_any()).into_any()
}

fn error_view(id: &str, error: Signal<Option<String>>) -> AnyView {
    let id = format!("{id}-error");
    (move || {
        let id = id.clone();
        error.get().map(|error| {
            view! {
                <p class="field-error" id=id>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1.5v8M8 12.5v1.5"/></svg>
                    {error}
                </p>
            }
            .into_any()
        })
    })
    .into_any()
}

fn optional_mark(optional: bool) -> AnyView {
    optional.then(|| view! { <span class="muted">" "{t("optional")}</span> }.into_any()).into_any()
}

fn no_error() -> Signal<Option<String>> {
    Signal::derive(|| None)
}

/// A field around a control of the page's own; the control takes `id=field_id(pointer)`.
#[component]
pub fn Field(
    /// Where its value goes in the request, `/email`.
    #[prop(into)]
    pointer: String,
    /// What it is called.
    #[prop(into)]
    label: Text,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The control.
    children: Children,
) -> impl IntoView {
    let wiring = wire(&pointer, &label, hint.is_some(), no_error());
    frame(&wiring, label, hint, optional, children().into_any())
}

fn frame(wiring: &Wiring, label: Text, hint: Option<Text>, optional: bool, control: AnyView) -> AnyView {
    let error = wiring.error;
    view! {
        <div class="field" class:has-error=move || error.with(Option::is_some)>
            <label for=wiring.id.clone()>{label}{optional_mark(optional)}</label>
            {hint_view(&wiring.id, hint)}
            {error_view(&wiring.id, error)}
            {control}
        </div>
    }
    .into_any()
}

/// A line of text.
#[component]
pub fn TextInput(
    /// Where its value goes in the request, `/email`.
    #[prop(into)]
    pointer: String,
    /// What it is called.
    #[prop(into)]
    label: Text,
    /// What is in it.
    value: RwSignal<String>,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// `text` unless `email`, `password`, `search`, `tel` or `url`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in: `username`, `current-password`, …
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// `narrow` for short values.
    #[prop(default = "")]
    class: &'static str,
    /// Shown, but not to be changed.
    #[prop(optional, into)]
    read_only: Signal<bool>,
) -> impl IntoView {
    let wiring = wire(&pointer, &label, hint.is_some(), no_error());
    let (error, described_by) = (wiring.error, wiring.described_by);
    let control = view! {
        <input
            id=wiring.id.clone()
            name=wiring.id.clone()
            type=kind
            class=class
            autocomplete=autocomplete
            readonly=move || read_only.get()
            aria-required=(!optional).then_some("true")
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by.get()
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        />
    }
    .into_any();
    frame(&wiring, label, hint, optional, control)
}

/// A calendar date, kept as `2026-03-12`.
#[component]
pub fn DateInput(
    /// Where its value goes in the request.
    #[prop(into)]
    pointer: String,
    /// What it is called.
    #[prop(into)]
    label: Text,
    /// The date as `2026-03-12`, or with a time as `2026-03-12T23:59`.
    value: RwSignal<String>,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Asks for the time as well.
    #[prop(optional)]
    with_time: bool,
) -> impl IntoView {
    let kind = if with_time { "datetime-local" } else { "date" };
    match hint {
        Some(hint) => view! { <TextInput pointer label value hint optional kind class="narrow"/> }.into_any(),
        None => view! { <TextInput pointer label value optional kind class="narrow"/> }.into_any(),
    }
}

/// What a reader types as an amount, made plain: spaces between groups go, and a French decimal
/// comma becomes a point. Anything doubtful stays for the parser to refuse.
#[must_use]
pub fn normalise_amount(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}').collect();
    let comma_is_decimal = language() == Language::Fr && !plain.contains('.') && plain.matches(',').count() == 1;
    if comma_is_decimal { plain.replace(',', ".") } else { plain }
}

/// The amount in a [`MoneyInput`].
///
/// # Errors
/// What is wrong with it; [`Code::Required`] when it is blank.
pub fn money_from(text: &str, currency: Currency) -> Result<Money, Code> {
    let plain = normalise_amount(text);
    if plain.is_empty() {
        return Err(Code::Required);
    }
    let money = Money::parse(&plain, currency)?;
    if money.is_positive() { Ok(money) } else { Err(Code::AmountNotPositive) }
}

/// An amount in a given currency; says at once what is wrong with it. Read it with [`money_from`].
#[component]
pub fn MoneyInput(
    /// Where its value goes in the request.
    #[prop(into)]
    pointer: String,
    /// What it is called.
    #[prop(into)]
    label: Text,
    /// What is typed.
    value: RwSignal<String>,
    /// The currency, shown beside it.
    #[prop(into)]
    currency: Signal<Currency>,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let touched = RwSignal::new(false);
    let own_error = Signal::derive(move || {
        if !touched.get() || value.with(|v| v.trim().is_empty()) {
            return None;
        }
        let code = value.with(|v| money_from(v, currency.get())).err()?;
        Some(i18n::code_text(code, &Default::default()))
    });
    let wiring = wire(&pointer, &label, hint.is_some(), own_error);
    let (error, described_by) = (wiring.error, wiring.described_by);
    let unit_id = format!("{}-unit", wiring.id);
    let described = {
        let unit_id = unit_id.clone();
        move || match described_by.get() {
            Some(ids) => format!("{unit_id} {ids}"),
            None => unit_id.clone(),
        }
    };
    let control = view! {
        <div class="with-unit">
            <input
                id=wiring.id.clone()
                name=wiring.id.clone()
                class="money"
                type="text"
                inputmode="decimal"
                autocomplete="off"
                aria-required=(!optional).then_some("true")
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                on:change=move |_| touched.set(true)
            />
            <span class="unit" id=unit_id>{move || currency.get().code()}</span>
        </div>
    }
    .into_any();
    frame(&wiring, label, hint, optional, control)
}

/// A choice from a list. Nothing is chosen beforehand.
#[component]
pub fn Select(
    /// Where its value goes in the request.
    #[prop(into)]
    pointer: String,
    /// What it is called.
    #[prop(into)]
    label: Text,
    /// The chosen value; empty for none.
    value: RwSignal<String>,
    /// Values and what they are called.
    #[prop(into)]
    options: Signal<Vec<(String, Text)>>,
    /// What helps to choose.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Whether none may be chosen.
    #[prop(optional)]
    optional: bool,
    /// What no choice is called, when "Choose…" does not fit.
    #[prop(optional, into)]
    none: Option<Text>,
) -> impl IntoView {
    let wiring = wire(&pointer, &label, hint.is_some(), no_error());
    let (error, described_by) = (wiring.error, wiring.described_by);
    let none = none.unwrap_or_else(|| t("choose"));
    let choices = move || {
        options
            .get()
            .into_iter()
            .map(|(option, label)| {
                let this = option.clone();
                view! { <option value=option selected=move || value.with(|v| *v == this)>{label}</option> }.into_any()
            })
            .collect_view()
    };
    let control = view! {
        <select
            id=wiring.id.clone()
            name=wiring.id.clone()
            aria-required=(!optional).then_some("true")
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by.get()
            on:change=move |event| value.set(event_target_value(&event))
        >
            <option value="" selected=move || value.with(String::is_empty)>{none}</option>
            {choices}
        </select>
    }
    .into_any();
    frame(&wiring, label, hint, optional, control)
}

/// A choice among few, all in sight. Nothing is chosen beforehand.
#[component]
pub fn RadioGroup(
    /// Where its value goes in the request.
    #[prop(into)]
    pointer: String,
    /// The question.
    #[prop(into)]
    label: Text,
    /// The chosen value; empty for none.
    value: RwSignal<String>,
    /// Value, label and, below it, a hint.
    options: Vec<(String, Text, Option<Text>)>,
    /// What helps to choose.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// Beside each other instead of below.
    #[prop(optional)]
    inline: bool,
) -> impl IntoView {
    let wiring = wire(&pointer, &label, hint.is_some(), no_error());
    let (error, described_by) = (wiring.error, wiring.described_by);
    let name = wiring.id.clone();
    let choices = options
        .into_iter()
        .enumerate()
        .map(|(n, (option, label, hint))| {
            // The first carries the field's id, so that the error summary leads to it.
            let id = if n == 0 { name.clone() } else { format!("{name}-{n}") };
            let (this, chosen) = (option.clone(), option.clone());
            view! {
                <div class="choice">
                    <input
                        type="radio"
                        id=id.clone()
                        name=name.clone()
                        value=option
                        prop:checked=move || value.with(|v| *v == this)
                        on:change=move |_| value.set(chosen.clone())
                    />
                    <label for=id>{label}{hint.map(|hint| view! { <span class="hint">{hint}</span> }.into_any())}</label>
                </div>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <fieldset
            class="field"
            class:has-error=move || error.with(Option::is_some)
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || described_by.get()
        >
            <legend>{label}</legend>
            {hint_view(&wiring.id, hint)}
            {error_view(&wiring.id, error)}
            <div class="choices" class:inline=inline>{choices}</div>
        </fieldset>
    }
}

/// A yes or no.
#[component]
pub fn Checkbox(
    /// Where its value goes in the request.
    #[prop(into)]
    pointer: String,
    /// What is agreed to.
    #[prop(into)]
    label: Text,
    /// Whether it is ticked.
    value: RwSignal<bool>,
    /// What helps to decide.
    #[prop(optional, into)]
    hint: Option<Text>,
) -> impl IntoView {
    let wiring = wire(&pointer, &label, hint.is_some(), no_error());
    let (error, described_by) = (wiring.error, wiring.described_by);
    view! {
        <div class="field" class:has-error=move || error.with(Option::is_some)>
            {error_view(&wiring.id, error)}
            <div class="choice">
                <input
                    type="checkbox"
                    id=wiring.id.clone()
                    name=wiring.id.clone()
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || described_by.get()
                    prop:checked=move || value.get()
                    on:change=move |event| value.set(event_target_checked(&event))
                />
                <label for=wiring.id.clone()>{label}</label>
            </div>
            {hint_view(&wiring.id, hint)}
        </div>
    }
}
