//! What a call's keepers do with it: publish, extend, move on, call off.

use std::future::Future;

use leptos::prelude::*;
use shared::calls::{
    CallDetail, CallPhase, CallState, CancelCall, CancelCallRequest, ExtendCall, ExtendCallRequest, LocalTime,
    MoveCall, MoveCallRequest, PublishCall, ReleaseResults,
};
use shared::endpoint::Nothing;
use shared::permission::Permission;
use shared::problem::FieldError;

use super::edit::short_time;
use super::show::local;
use crate::api::{self, ApiError};
use crate::components::{
    Bar, Button, ButtonKind, ConfirmButton, DateInput, Dialog, FormBox, MoneyInput, Notice, Part, PartKind, TextArea,
    Tone, money_from, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t};
use crate::load::Loader;
use crate::routes::Path;
use crate::session;

/// The panel above a call for those who keep it; nothing for everybody else.
pub(super) fn manage(detail: &CallDetail, loader: Loader<CallDetail>) -> AnyView {
    let writes = session::may(Permission::WriteCall);
    let publishes = session::may(Permission::PublishCall);
    let bar = detail.used.filter(|_| detail.published_at.is_some()).map(|used| envelope_bar(detail, used));
    if !writes && !publishes {
        return bar.into_any();
    }
    let form = Form::new();
    let state = detail.call.state;
    let is_draft = state == CallState::Draft;
    let publish = (is_draft && publishes && detail.blocking.is_empty()).then(|| publish_button(detail, form, loader));
    let edit = (is_draft && writes).then(|| {
        let to = Path::CallEdit(detail.call.id).to_string();
        view! { <a class=ButtonKind::Secondary.class() href=to>{t("call-edit")}</a> }.into_any()
    });
    let advance = writes.then(|| advance_button(detail, form, loader));
    let waiting = detail.unreleased.unwrap_or_default();
    let release = (publishes && waiting > 0).then(|| release_button(detail, waiting, form, loader));
    let extend = (publishes && state.can_extend_envelope()).then(|| extend_button(detail, loader));
    let cancel = (publishes && state.can_cancel()).then(|| cancel_button(detail, loader));
    let blocked = (is_draft && !detail.blocking.is_empty()).then(|| {
        let count = detail.blocking.len();
        view! {
            <Notice tone=Tone::Attention>
                <p>{crate::t!("call-blocked", count = count)}</p>
            </Notice>
        }
        .into_any()
    });
    let ranking = (session::may(Permission::ReadScores) && is_scored(state)).then(|| {
        let to = Path::CallRanking(detail.call.id).to_string();
        view! { <a class=ButtonKind::Secondary.class() href=to>{t("call-ranking")}</a> }.into_any()
    });
    let notes = detail.call.concepts_close_at.filter(|_| !is_draft).map(|_| {
        let to = format!("{}?call={}", Path::Concepts, detail.call.id);
        view! { <a class=ButtonKind::Secondary.class() href=to>{t("concepts-title")}</a> }.into_any()
    });
    view! {
        {blocked}
        {error_notice(form)}
        {bar}
        <div class="actions manage">{publish}{advance}{release}{edit}{notes}{ranking}{extend}{cancel}</div>
    }
    .into_any()
}

fn is_scored(state: CallState) -> bool {
    matches!(state, CallState::Review | CallState::Deliberation | CallState::Decided | CallState::Completed)
}

fn envelope_bar(detail: &CallDetail, used: shared::money::Money) -> AnyView {
    let total = detail.call.envelope;
    let left = total.checked_sub(used).unwrap_or(total);
    let parts = vec![
        Part { label: t("call-used"), amount: used, kind: PartKind::Committed, href: None },
        Part { label: t("call-left"), amount: left, kind: PartKind::Left, href: None },
    ];
    view! { <Bar label=t("call-envelope") total parts/> }.into_any()
}

fn error_notice(form: Form) -> AnyView {
    (move || {
        form.error().map(|error| {
            let text = Text::new(move || error.text());
            view! { <div role="alert"><Notice tone=Tone::Problem><p>{text}</p></Notice></div> }.into_any()
        })
    })
    .into_any()
}

/// Does something to the call and shows it as it is then.
fn run(
    form: Form,
    loader: Loader<CallDetail>,
    done: &'static str,
    work: impl Future<Output = Result<CallDetail, ApiError>> + 'static,
) {
    form.submit(async move {
        let detail = work.await?;
        toast(t(done));
        loader.set(detail);
        Ok(())
    });
}

fn publish_button(detail: &CallDetail, form: Form, loader: Loader<CallDetail>) -> AnyView {
    let (call_id, version) = (detail.call.id, detail.version);
    let confirm = Callback::new(move |()| {
        run(form, loader, "call-published", async move {
            api::call_if_match(&PublishCall { call_id }, &Nothing {}, &Nothing {}, version).await
        });
    });
    let title = local(&detail.call.title);
    let explain = crate::t!("call-publish-explain", title = title);
    let busy = Signal::derive(move || form.busy());
    view! { <ConfirmButton label=t("call-publish") explain kind=ButtonKind::Primary busy on_confirm=confirm/> }
        .into_any()
}

/// What moving to a phase is called, and what it does.
fn next_step(to: CallPhase) -> Option<(CallPhase, &'static str, &'static str)> {
    let (label, explain) = match to {
        CallPhase::Screening => ("call-move-screening", "call-move-explain-screening"),
        CallPhase::Review => ("call-move-review", "call-move-explain-review"),
        CallPhase::Deliberation => ("call-move-deliberation", "call-move-explain-deliberation"),
        CallPhase::Decided => ("call-move-decided", "call-move-explain-decided"),
        CallPhase::Completed => ("call-move-completed", "call-move-explain-completed"),
        CallPhase::Draft | CallPhase::Published | CallPhase::Cancelled => return None,
    };
    Some((to, label, explain))
}

fn advance_button(detail: &CallDetail, form: Form, loader: Loader<CallDetail>) -> AnyView {
    let Some((to, label, explain)) = detail.call.state.next().and_then(next_step) else { return ().into_any() };
    let (call_id, version) = (detail.call.id, detail.version);
    let confirm = Callback::new(move |()| {
        run(form, loader, "call-moved", async move {
            api::call_if_match(&MoveCall { call_id }, &Nothing {}, &MoveCallRequest { to }, version).await
        });
    });
    let busy = Signal::derive(move || form.busy());
    view! { <ConfirmButton label=t(label) explain=t(explain) kind=ButtonKind::Primary busy on_confirm=confirm/> }
        .into_any()
}

fn release_button(detail: &CallDetail, count: i64, form: Form, loader: Loader<CallDetail>) -> AnyView {
    let (call_id, version) = (detail.call.id, detail.version);
    let confirm = Callback::new(move |()| {
        run(form, loader, "call-results-released", async move {
            api::call_if_match(&ReleaseResults { call_id }, &Nothing {}, &Nothing {}, version).await
        });
    });
    let explain = crate::t!("call-release-results-explain", count = count);
    let busy = Signal::derive(move || form.busy());
    view! { <ConfirmButton label=t("call-release-results") explain busy on_confirm=confirm/> }.into_any()
}

fn extend_button(detail: &CallDetail, loader: Loader<CallDetail>) -> AnyView {
    let open = RwSignal::new(false);
    let form = Form::new();
    let (call_id, version) = (detail.call.id, detail.version);
    let currency = detail.call.envelope.currency();
    let envelope = RwSignal::new(detail.call.envelope.amount());
    let closes = RwSignal::new(short_time(detail.closes_local));
    let reason = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let amount = money_from(&envelope.get_untracked(), currency);
        let time = LocalTime::parse(&closes.get_untracked());
        let mut errors = Vec::new();
        errors.extend(amount.err().map(|code| FieldError::new("/envelope", code)));
        errors.extend(time.err().map(|code| FieldError::new("/closes_local", code)));
        let (Ok(amount), Ok(closes_local)) = (amount, time) else {
            form.check(errors);
            return;
        };
        let request = ExtendCallRequest { envelope: amount, closes_local, reason: reason.get_untracked() };
        if !form.check(request.errors(currency)) {
            return;
        }
        run(form, loader, "call-extended", async move {
            api::call_if_match(&ExtendCall { call_id }, &Nothing {}, &request, version).await
        });
    });
    let zone = StoredValue::new(detail.call.zone.clone());
    view! {
        <Button label=t("call-extend") on_press=move |()| open.set(true)/>
        <Dialog open title=t("call-extend")>
            <p>{t("call-extend-explain")}</p>
            <FormBox form submit=t("call-extend-submit") on_submit=send>
                <DateInput pointer="/closes_local" label=t("call-closes") hint=crate::t!("call-local-hint", zone = zone.get_value()) value=closes with_time=true/>
                <MoneyInput pointer="/envelope" label=t("call-envelope") value=envelope currency=Signal::derive(move || currency)/>
                <TextArea pointer="/reason" label=t("reason") value=reason lines=3/>
            </FormBox>
        </Dialog>
    }
    .into_any()
}

fn cancel_button(detail: &CallDetail, loader: Loader<CallDetail>) -> AnyView {
    let open = RwSignal::new(false);
    let form = Form::new();
    let (call_id, version) = (detail.call.id, detail.version);
    let reason = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let request = CancelCallRequest { reason: reason.get_untracked() };
        let mut errors = Vec::new();
        shared::calls::check_reason(&mut errors, &request.reason);
        if !form.check(errors) {
            return;
        }
        run(form, loader, "call-cancelled", async move {
            api::call_if_match(&CancelCall { call_id }, &Nothing {}, &request, version).await
        });
    });
    view! {
        <Button label=t("call-cancel") kind=ButtonKind::Danger on_press=move |()| open.set(true)/>
        <Dialog open title=t("call-cancel")>
            <p>{t("call-cancel-explain")}</p>
            <FormBox form submit=t("call-cancel") on_submit=send>
                <TextArea pointer="/reason" label=t("reason") value=reason lines=3/>
            </FormBox>
        </Dialog>
    }
    .into_any()
}
