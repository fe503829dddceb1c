//! Agreements, tranche plans, payments.

mod account;
mod agreement;
mod because;
mod closing;
mod credit;
mod list;
mod pay;
mod payments;
mod plan;
mod tranche;

pub use agreement::agreement_page;
pub(crate) use because::because_button;
pub use list::list_page;
pub use payments::payments_page;

use leptos::prelude::*;
use shared::grants::{AgreementState, BlockReason, DisbursementState, PaymentStep, TrancheState};
use shared::permission::Scope;

use crate::components::{StatusBadge, Tab, Tabs, Tone};
use crate::i18n::{Text, t, word};
use crate::routes::Path;
use crate::{router, session};

/// The views of this feature; recipients have one.
fn tabs() -> AnyView {
    if session::scope(shared::permission::Permission::ReadGrant) != Scope::All {
        return ().into_any();
    }
    let here = router::path_now();
    let tab = |label: Text, path: Path| Tab { label, current: path == here, href: path.to_string() };
    let tabs = vec![tab(t("grants-title"), Path::Grants), tab(t("payments-title"), Path::Payments)];
    view! { <Tabs label=t("grants-tabs") tabs/> }.into_any()
}

fn agreement_badge(state: AgreementState) -> AnyView {
    let tone = match state {
        AgreementState::Draft => Tone::Neutral,
        AgreementState::InternallyApproved => Tone::Info,
        AgreementState::Sent => Tone::Attention,
        AgreementState::Active => Tone::Good,
        AgreementState::Suspended => Tone::Problem,
        AgreementState::Ended | AgreementState::Closing => Tone::Attention,
        AgreementState::Closed | AgreementState::Void => Tone::Neutral,
    };
    view! { <StatusBadge word=word("agreement-state", state.as_str()) tone/> }.into_any()
}

fn tranche_badge(state: TrancheState) -> AnyView {
    let tone = match state {
        TrancheState::Planned => Tone::Neutral,
        TrancheState::Due | TrancheState::Requested | TrancheState::Reduced => Tone::Attention,
        TrancheState::Released => Tone::Info,
        TrancheState::Withheld => Tone::Problem,
        TrancheState::Paid => Tone::Good,
    };
    view! { <StatusBadge word=word("tranche-state", state.as_str()) tone/> }.into_any()
}

fn payment_badge(state: Option<DisbursementState>) -> AnyView {
    let Some(state) = state else {
        return view! { <StatusBadge word=t("payment-not-prepared")/> }.into_any();
    };
    let tone = match state {
        DisbursementState::Draft => Tone::Attention,
        DisbursementState::Verified | DisbursementState::Approved | DisbursementState::Instructed => Tone::Info,
        DisbursementState::Paid | DisbursementState::Reconciled => Tone::Good,
        DisbursementState::Failed | DisbursementState::Reversed => Tone::Problem,
        DisbursementState::Cancelled => Tone::Neutral,
    };
    view! { <StatusBadge word=word("disbursement-state", state.as_str()) tone/> }.into_any()
}

/// Whether the reader may do a step of a payment they have or have not touched (M70).
fn may_do(next: PaymentStep, is_own: bool) -> bool {
    next.permission().is_some_and(session::may) && !(is_own && next.needs_another_person())
}

/// Why a payment does not go on here and now: what blocks it, or who comes next.
fn why(next: PaymentStep, blocked: &[BlockReason], is_own: bool) -> AnyView {
    if !blocked.is_empty() {
        let reasons = blocked
            .iter()
            .map(|reason| view! { <li>{word("block-reason", reason.as_str())}</li> }.into_any())
            .collect_view();
        return view! { <ul class="plain reasons">{reasons}</ul> }.into_any();
    }
    let own = next.needs_another_person() && is_own && next.permission().is_some_and(session::may);
    view! {
        {word("payment-waits", next.as_str())}
        {own.then(|| view! { <br/><span class="muted">{t("payment-own")}</span> }.into_any())}
    }
    .into_any()
}
