//! Under a call's ranking: what is reserved and until when, and who is next when money frees up (M23).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::{CallId, DecisionId, ProposalId};
use shared::permission::{Permission, Scope};
use shared::rates::ReasonRequest;
use shared::waitlist::{GetWaitlist, ReleaseReservation, ReserveRequest, ReserveWaiting, Reserved, Waiting, Waitlist};

use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, DataTable, Dialog, EmptyState, FormBox, Row, TextInput, toast,
};
use crate::form::Form;
use crate::fund::{act, amount, date};
use crate::i18n::t;
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, session};

/// What a reason is asked for.
#[derive(Clone, Copy)]
enum Asking {
    Release(DecisionId),
    OffRank(DecisionId),
}

/// The reservations and the waitlist of a call, for those who see its ranking.
pub fn section(call_id: CallId) -> AnyView {
    if session::scope(Permission::ReadScores) != Scope::All {
        return ().into_any();
    }
    let list = load(move || async move { api::call(&GetWaitlist { call_id }, &Nothing {}, &Nothing {}).await });
    let asking = RwSignal::new(None::<Asking>);
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asking.with(Option::is_some)));
    let done = Callback::new(move |()| {
        asking.set(None);
        list.reload();
    });
    view! {
        <h2>{t("waitlist-reserved")}</h2>
        {table(list, vec![
            Column::text(t("waitlist-proposal")),
            Column::number(t("amount-eur")),
            Column::text(t("waitlist-lapses")),
            Column::text(t("actions")),
        ], "waitlist-reserved", "waitlist-none-reserved", move |seen| seen.reserved.iter().map(|row| reserved_row(row, asking)).collect())}
        <h2>{t("waitlist-waiting")}</h2>
        {table(list, vec![
            Column::number(t("waitlist-rank")),
            Column::text(t("waitlist-proposal")),
            Column::number(t("amount-eur")),
            Column::text(t("waitlist-fits")),
            Column::text(t("actions")),
        ], "waitlist-waiting", "waitlist-none", move |seen| seen.waiting.iter().map(|row| waiting_row(row, asking, list)).collect())}
        <Dialog open=open title=t("waitlist-reason")>
            {move || asking.get().map(|asking| view! { <Why asking on_done=done/> }.into_any())}
        </Dialog>
    }
    .into_any()
}

fn table(
    list: Loader<Waitlist>,
    columns: Vec<Column>,
    caption: &'static str,
    empty: &'static str,
    pick: impl Fn(&Waitlist) -> Vec<Row> + Send + Sync + 'static,
) -> AnyView {
    let rows = Callback::new(move |()| {
        list.state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(seen) => Load::Ready(pick(seen)),
        })
    });
    view! {
        <DataTable
            caption=t(caption)
            hide_caption=true
            columns
            rows
            retry=Callback::new(move |()| list.reload())
            empty=move || view! { <EmptyState title=t(empty)/> }
        />
    }
    .into_any()
}

fn proposal(id: ProposalId, number: &str, title: &str, applicant: &str) -> AnyView {
    view! {
        <a href=Path::Proposal(id).to_string()>{title.to_owned()}</a>
        <div class="muted">{number.to_owned()}" · "{applicant.to_owned()}</div>
    }
    .into_any()
}

fn reserved_row(row: &Reserved, asking: RwSignal<Option<Asking>>) -> Row {
    let id = row.decision_id;
    let release = session::may(Permission::WriteAgreement).then(|| {
        view! { <Button label=t("waitlist-release") kind=ButtonKind::Quiet on_press=move |()| asking.set(Some(Asking::Release(id)))/> }
            .into_any()
    });
    Row(vec![
        proposal(row.proposal_id, &row.number, &row.title, &row.applicant),
        view! { {amount(row.amount)} }.into_any(),
        view! { {date(row.lapses_at.date())} }.into_any(),
        release.into_any(),
    ])
}

fn waiting_row(row: &Waiting, asking: RwSignal<Option<Asking>>, list: Loader<Waitlist>) -> Row {
    let (decision_id, sum) = (row.decision_id, row.amount);
    let key = StoredValue::new(api::new_key());
    let reserve = Callback::new(move |()| {
        act(
            async move {
                let request = ReserveRequest { reason: String::new() };
                let endpoint = ReserveWaiting { decision_id };
                api::call_once(&endpoint, &Nothing {}, &request, &key.get_value(), None).await?;
                Ok(crate::t!("waitlist-reserved-done", amount = sum))
            },
            Callback::new(move |()| list.reload()),
        );
    });
    let may = session::may(Permission::WriteAgreement) && row.shortfall.is_none();
    let action = match (may, row.is_next) {
        (false, _) => ().into_any(),
        (true, true) => view! {
            <ConfirmButton
                label=crate::t!("waitlist-reserve", amount = sum)
                explain=crate::t!("waitlist-reserve-explain", amount = sum)
                on_confirm=reserve
            />
        }
        .into_any(),
        (true, false) => view! {
            <Button label=t("waitlist-off-rank") kind=ButtonKind::Quiet on_press=move |()| asking.set(Some(Asking::OffRank(decision_id)))/>
        }
        .into_any(),
    };
    let fits = match row.shortfall {
        None => t("waitlist-fits-yes"),
        Some(short) => crate::t!("waitlist-short", amount = short.missing),
    };
    let given_back = row.given_back_at.map(|at| {
        let on = at.date();
        view! { <div class="muted">{crate::t!("waitlist-given-back", date = on)}</div> }.into_any()
    });
    Row(vec![
        row.rank.map(|rank| rank.to_string()).into_any(),
        proposal(row.proposal_id, &row.number, &row.title, &row.applicant),
        view! { {amount(sum)} }.into_any(),
        view! { {fits}{given_back} }.into_any(),
        action,
    ])
}

#[component]
fn Why(asking: Asking, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let key = StoredValue::new(api::new_key());
    let send = Callback::new(move |()| {
        let reason = reason.get_untracked().trim().to_owned();
        if !form.check(ReasonRequest { reason: reason.clone() }.errors()) {
            return;
        }
        form.submit(async move {
            let key = key.get_value();
            match asking {
                Asking::Release(decision_id) => {
                    let request = ReasonRequest { reason };
                    api::call_once(&ReleaseReservation { decision_id }, &Nothing {}, &request, &key, None).await?;
                    toast(t("waitlist-released"));
                }
                Asking::OffRank(decision_id) => {
                    let request = ReserveRequest { reason };
                    api::call_once(&ReserveWaiting { decision_id }, &Nothing {}, &request, &key, None).await?;
                    toast(t("waitlist-off-rank-done"));
                }
            }
            on_done.run(());
            Ok(())
        });
    });
    let (submit, hint) = match asking {
        Asking::Release(_) => (t("waitlist-release"), t("waitlist-release-hint")),
        Asking::OffRank(_) => (t("waitlist-off-rank"), t("waitlist-off-rank-hint")),
    };
    view! {
        <FormBox form submit on_submit=send>
            <TextInput pointer="/reason" label=t("reason") hint value=reason/>
        </FormBox>
    }
}
