//! What ends or was booked wrongly: asked for with a reason, confirmed by another person (M22, M70).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::fund::EntryKind;
use shared::fund::corrections::{
    CancelAllocation, CancelCorrection, CancelReceipt, ConfirmCorrection, Correction, CorrectionKind, CorrectionQuery,
    CorrectionRequest, CorrectionState, ListCorrections, PrepareAllocationReversal, PrepareReceiptReversal,
    PrepareTermination, RefuseContribution,
};
use shared::ids::{AllocationId, ContributionId, CorrectionId, FundId, ReceiptId};
use shared::permission::Permission;

use super::{act, amount, entries_of, figure, fund_id, set_up, step, tabs};
use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, DataTable, Dialog, EmptyState, FormBox, LoadMore, Page, Row,
    StatusBadge, TextInput, Tone, toast,
};
use crate::form::Form;
use crate::i18n::{t, word};
use crate::load::paged;
use crate::{api, session};

/// What a reason is asked for; with the version of what is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    End(ContributionId),
    ReverseReceipt(ReceiptId),
    CancelReceipt(ReceiptId, i64),
    ReverseAllocation(AllocationId),
    CancelAllocation(AllocationId, i64),
    CancelCorrection(CorrectionId, i64),
    Refuse(ContributionId, i64),
}

impl Asked {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::End(_) => ("contribution-end", "contribution-end-note"),
            Self::ReverseReceipt(_) | Self::ReverseAllocation(_) => ("booking-reverse", "booking-reverse-note"),
            Self::CancelReceipt(..) | Self::CancelAllocation(..) | Self::CancelCorrection(..) | Self::Refuse(..) => {
                ("booking-cancel", "booking-cancel-note")
            }
        }
    }

    /// Who prepares may drop what is not booked, who confirms may refuse it.
    fn is_allowed(self) -> bool {
        let is_open = matches!(
            self,
            Self::CancelReceipt(..) | Self::CancelAllocation(..) | Self::CancelCorrection(..) | Self::Refuse(..)
        );
        session::may(Permission::PrepareFund) || (is_open && session::may(Permission::ApproveFund))
    }
}

/// A button that asks for a reason first.
pub(super) fn ask_button(what: Asked, asked: RwSignal<Option<Asked>>) -> AnyView {
    if !what.is_allowed() {
        return ().into_any();
    }
    view! { <Button label=t(what.words().0) kind=ButtonKind::Quiet on_press=move |()| asked.set(Some(what))/> }
        .into_any()
}

/// The dialog that asks for the reason.
pub(super) fn ask_dialog(asked: RwSignal<Option<Asked>>, on_done: Callback<()>) -> AnyView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.with(Option::is_some)));
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        // Closed with Escape: nothing is asked any more.
        if was == Some(true) && !is {
            asked.set(None);
        }
        is
    });
    let done = Callback::new(move |()| {
        asked.set(None);
        on_done.run(());
    });
    view! {
        <Dialog open title=t("correction-reason")>
            {move || asked.get().map(|what| view! { <Why what on_done=done/> }.into_any())}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Why(what: Asked, on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let key = StoredValue::new(api::new_key());
    let send = Callback::new(move |()| {
        let request = CorrectionRequest { reason: reason.get_untracked().trim().to_owned() };
        if !form.check(request.errors()) {
            return;
        }
        form.submit(async move {
            let (none, key) = (Nothing {}, key.get_value());
            let done = match what {
                Asked::End(contribution_id) => {
                    let endpoint = PrepareTermination { contribution_id };
                    api::call_once(&endpoint, &none, &request, &key, None).await?;
                    "correction-prepared"
                }
                Asked::ReverseReceipt(receipt_id) => {
                    let endpoint = PrepareReceiptReversal { receipt_id };
                    api::call_once(&endpoint, &none, &request, &key, None).await?;
                    "correction-prepared"
                }
                Asked::ReverseAllocation(allocation_id) => {
                    let endpoint = PrepareAllocationReversal { allocation_id };
                    api::call_once(&endpoint, &none, &request, &key, None).await?;
                    "correction-prepared"
                }
                Asked::CancelReceipt(receipt_id, version) => {
                    api::call_if_match(&CancelReceipt { receipt_id }, &none, &request, version).await?;
                    "booking-cancelled"
                }
                Asked::CancelAllocation(allocation_id, version) => {
                    api::call_if_match(&CancelAllocation { allocation_id }, &none, &request, version).await?;
                    "booking-cancelled"
                }
                Asked::CancelCorrection(correction_id, version) => {
                    api::call_if_match(&CancelCorrection { correction_id }, &none, &request, version).await?;
                    "booking-cancelled"
                }
                Asked::Refuse(contribution_id, version) => {
                    api::call_if_match(&RefuseContribution { contribution_id }, &none, &request, version).await?;
                    "booking-cancelled"
                }
            };
            toast(t(done));
            on_done.run(());
            Ok(())
        });
    });
    let (submit, note) = what.words();
    view! {
        <p>{t(note)}</p>
        <FormBox form submit=t(submit) on_submit=send>
            <TextInput pointer="/reason" label=t("reason") value=reason/>
        </FormBox>
    }
}

/// The corrections of the fund.
pub fn corrections_page() -> AnyView {
    match fund_id() {
        Some(fund_id) => of(fund_id),
        None => set_up::page(),
    }
}

fn of(fund_id: FundId) -> AnyView {
    let list = paged(move |after| {
        let query = CorrectionQuery { state: None, after: after.and_then(|after| after.parse().ok()) };
        async move { api::call(&ListCorrections { fund_id }, &query, &Nothing {}).await }
    });
    let reload = Callback::new(move |()| list.reload());
    let columns = vec![
        Column::text(t("correction")),
        Column::text(t("state")),
        Column::number(t("amount-eur")),
        Column::text(t("reason")),
        Column::text(t("four-eyes")),
        Column::text(t("actions")),
    ];
    let asked = RwSignal::new(None::<Asked>);
    let rows = Callback::new(move |()| list.rows(move |row| correction_row(row, reload, asked)));
    view! {
        <Page title=t("corrections-title") wide=true>
            {tabs()}
            <p class="muted">{t("corrections-lead")}</p>
            <DataTable
                caption=t("corrections-title")
                hide_caption=true
                columns
                rows
                retry=reload
                empty=|| view! { <EmptyState title=t("corrections-empty") hint=t("corrections-empty-hint")/> }
            />
            <LoadMore list/>
            {ask_dialog(asked, reload)}
        </Page>
    }
    .into_any()
}

/// The entry that a correction books.
fn entry_kind(kind: CorrectionKind) -> EntryKind {
    match kind {
        CorrectionKind::Termination => EntryKind::Termination,
        CorrectionKind::ReceiptReversal => EntryKind::ReceiptReversal,
        CorrectionKind::AllocationReversal => EntryKind::AllocationReversal,
    }
}

fn correction_row(row: &Correction, reload: Callback<()>, asked: RwSignal<Option<Asked>>) -> Row {
    let (id, version, moved) = (row.id, row.version, row.amount);
    let key = StoredValue::new(api::new_key());
    let confirm = Callback::new(move |()| {
        act(
            async move {
                let endpoint = ConfirmCorrection { correction_id: id };
                api::call_once(&endpoint, &Nothing {}, &Nothing {}, &key.get_value(), Some(version)).await?;
                Ok(t("correction-confirmed"))
            },
            reload,
        );
    });
    let is_open = row.state == CorrectionState::Prepared;
    let confirmation = match is_open {
        false => ().into_any(),
        true if row.is_own => view! { <span class="muted">{t("another-person")}</span> }.into_any(),
        true if session::may(Permission::ApproveFund) => view! {
            <ConfirmButton
                label=crate::t!("correction-confirm", amount = moved)
                explain=t("correction-confirm-explain")
                on_confirm=confirm
            />
        }
        .into_any(),
        true => view! { <span class="muted">{t("waits-for-approver")}</span> }.into_any(),
    };
    let tone = match row.state {
        CorrectionState::Prepared => Tone::Attention,
        CorrectionState::Confirmed => Tone::Good,
        CorrectionState::Cancelled => Tone::Neutral,
    };
    Row(vec![
        view! { {word("correction-kind", row.kind.as_str())}<br/><span class="muted">{row.about.clone()}</span> }
            .into_any(),
        view! { <StatusBadge word=word("correction-state", row.state.as_str()) tone/> }.into_any(),
        match row.confirmed_at.filter(|_| row.state == CorrectionState::Confirmed) {
            Some(at) => figure(moved, entries_of(entry_kind(row.kind), at.date())),
            None => view! { {amount(moved)} }.into_any(),
        },
        row.reason.clone().into_any(),
        view! {
            {step("step-recorded", &row.prepared_by)}
            {row.confirmed_by.as_ref().map(|by| view! { <br/>{step("step-confirmed", by)} }.into_any())}
        }
        .into_any(),
        view! {
            {confirmation}
            {is_open.then(|| ask_button(Asked::CancelCorrection(id, version), asked))}
        }
        .into_any(),
    ])
}
