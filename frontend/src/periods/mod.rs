//! The fund's months and years: what is not reconciled, who locked, who unlocks (M71).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::{FundId, PeriodId};
use shared::money::Money;
use shared::periods::{
    DecidePeriod, ListPeriods, LockProposal, Period, PeriodDecision, PeriodKind, PeriodQuery, PeriodState, Periods,
    ProposeLock, ProposeUnlock,
};
use shared::permission::Permission;
use shared::rates::ReasonRequest;

use crate::components::{
    Button, ButtonKind, Column, ConfirmButton, DataTable, Dialog, EmptyState, FormBox, Page, Row, StatusBadge, Tab,
    Tabs, TextInput, Tone, toast,
};
use crate::form::Form;
use crate::fund::{act, fund_id, money, step, tabs};
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::routes::Path;
use crate::{api, format, router, session};

/// What a reason is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Unlock(PeriodId, i64),
    Refuse(PeriodId, i64),
}

/// The periods.
pub fn periods_page() -> AnyView {
    let Some(fund_id) = fund_id() else {
        return view! { <Page title=t("periods-title")>{tabs()}<EmptyState title=t("fund-none")/></Page> }.into_any();
    };
    let periods = load(move || {
        let query = PeriodQuery { year: router::query("year").and_then(|year| year.parse().ok()) };
        async move { api::call(&ListPeriods { fund_id }, &query, &Nothing {}).await }
    });
    let asking = RwSignal::new(None::<Asking>);
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asking.with(Option::is_some)));
    let done = Callback::new(move |()| {
        asking.set(None);
        periods.reload();
    });
    view! {
        <Page title=t("periods-title") wide=true>
            {tabs()}
            <p class="muted">{t("periods-lead")}</p>
            {move || periods.with(years)}
            {table(fund_id, periods, asking)}
            <Dialog open=open title=t("period-reason")>
                {move || asking.get().map(|asking| view! { <Why asking on_done=done/> }.into_any())}
            </Dialog>
        </Page>
    }
    .into_any()
}

fn years(periods: &Periods) -> AnyView {
    if periods.first_year >= periods.last_year {
        return ().into_any();
    }
    let tabs = (periods.first_year..=periods.last_year)
        .map(|year| Tab {
            label: Text::from(year.to_string()),
            href: format!("{}?year={year}", Path::Periods),
            current: year == periods.year,
        })
        .collect();
    view! { <Tabs label=t("periods-years") tabs/> }.into_any()
}

fn table(fund_id: FundId, periods: Loader<Periods>, asking: RwSignal<Option<Asking>>) -> AnyView {
    let reload = Callback::new(move |()| periods.reload());
    let columns = vec![
        Column::text(t("period")),
        Column::text(t("state")),
        Column::number(t("period-unexplained")),
        Column::text(t("four-eyes")),
        Column::text(t("actions")),
    ];
    let rows = Callback::new(move |()| {
        periods.state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(year) => {
                Load::Ready(year.periods.iter().map(|period| period_row(fund_id, period, asking, reload)).collect())
            }
        })
    });
    view! {
        <DataTable
            caption=t("periods-title")
            hide_caption=true
            columns
            rows
            retry=reload
            empty=|| view! { <EmptyState title=t("periods-title")/> }
        />
    }
    .into_any()
}

/// A period's name: `March 2026`, `2026`.
fn name(period: &Period) -> Text {
    let (kind, day) = (period.kind, period.first_day);
    Text::new(move || match kind {
        PeriodKind::Month => format::month(day),
        PeriodKind::Year => crate::t!("period-year", year = day.to_string().get(..4).unwrap_or_default()).get(),
    })
}

fn period_row(fund_id: FundId, period: &Period, asking: RwSignal<Option<Asking>>, reload: Callback<()>) -> Row {
    let tone = match period.state {
        PeriodState::Open => Tone::Neutral,
        PeriodState::LockProposed | PeriodState::UnlockProposed => Tone::Attention,
        PeriodState::Locked => Tone::Good,
    };
    let bank = format!("{}?from={}&until={}", Path::Bank, period.first_day, period.last_day);
    let open_amounts = period
        .unexplained
        .iter()
        .map(|amount: &Money| view! { <a class="amount" href=bank.clone()>{money(*amount)}</a><br/> }.into_any())
        .collect_view();
    let waiting = period.waiting;
    let steps = period.proposed_by.as_ref().map(|by| {
        let reason = period.reason.clone();
        view! {
            {step("period-proposed-by", by)}
            {period.decided_by.as_ref().map(|by| view! { <br/>{step("period-decided-by", by)} }.into_any())}
            {(!reason.is_empty()).then(|| view! { <br/><span class="muted">{reason}</span> }.into_any())}
        }
        .into_any()
    });
    Row(vec![
        view! { {name(period)} }.into_any(),
        view! { <StatusBadge word=word("period-state", period.state.as_str()) tone/> }.into_any(),
        view! {
            {open_amounts}
            {(waiting > 0).then(|| view! { <span class="muted">{crate::t!("period-waiting", count = waiting)}</span> }.into_any())}
        }
        .into_any(),
        view! { {steps} }.into_any(),
        actions(fund_id, period, asking, reload),
    ])
}

fn actions(fund_id: FundId, period: &Period, asking: RwSignal<Option<Asking>>, reload: Callback<()>) -> AnyView {
    let (prepares, approves) = (session::may(Permission::PrepareRates), session::may(Permission::ApproveRates));
    let (kind, first_day, version) = (period.kind, period.first_day, period.version);
    match (period.state, period.id) {
        (PeriodState::Open, _) if prepares && period.obstacle().is_none() => {
            let propose = Callback::new(move |()| {
                act(
                    async move {
                        api::call(&ProposeLock { fund_id }, &Nothing {}, &LockProposal { kind, first_day }).await?;
                        Ok(t("period-lock-proposed"))
                    },
                    reload,
                );
            });
            view! { <Button label=t("period-propose-lock") on_press=propose/> }.into_any()
        }
        (PeriodState::Open, _) => match period.obstacle() {
            Some(shared::problem::Code::Unreconciled) => view! { <span class="muted">{t("period-reconcile-first")}</span> }.into_any(),
            _ => ().into_any(),
        },
        (PeriodState::Locked, Some(id)) if prepares => view! {
            <Button label=t("period-propose-unlock") kind=ButtonKind::Quiet on_press=move |()| asking.set(Some(Asking::Unlock(id, version)))/>
        }
        .into_any(),
        (PeriodState::LockProposed | PeriodState::UnlockProposed, Some(id)) if approves && !period.is_own => {
            let is_lock = period.state == PeriodState::LockProposed;
            let accept = Callback::new(move |()| {
                let decision = PeriodDecision { is_accepted: true, reason: String::new() };
                act(
                    async move {
                        api::call_if_match(&DecidePeriod { period_id: id }, &Nothing {}, &decision, version).await?;
                        Ok(t(if is_lock { "period-is-locked" } else { "period-is-unlocked" }))
                    },
                    reload,
                );
            });
            let (label, explain) = if is_lock {
                (t("period-lock"), t("period-lock-explain"))
            } else {
                (t("period-unlock"), t("period-unlock-explain"))
            };
            view! {
                <ConfirmButton label explain on_confirm=accept/>
                <Button label=t("period-refuse") kind=ButtonKind::Quiet on_press=move |()| asking.set(Some(Asking::Refuse(id, version)))/>
            }
            .into_any()
        }
        (PeriodState::LockProposed | PeriodState::UnlockProposed, _) if period.is_own => {
            view! { <span class="muted">{t("period-own")}</span> }.into_any()
        }
        _ => ().into_any(),
    }
}

#[component]
fn Why(asking: Asking, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let reason = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let reason = reason.get_untracked().trim().to_owned();
        if !form.check(ReasonRequest { reason: reason.clone() }.errors()) {
            return;
        }
        form.submit(async move {
            match asking {
                Asking::Unlock(period_id, version) => {
                    let request = ReasonRequest { reason };
                    api::call_if_match(&ProposeUnlock { period_id }, &Nothing {}, &request, version).await?;
                    toast(t("period-unlock-proposed"));
                }
                Asking::Refuse(period_id, version) => {
                    let decision = PeriodDecision { is_accepted: false, reason };
                    api::call_if_match(&DecidePeriod { period_id }, &Nothing {}, &decision, version).await?;
                    toast(t("period-refused"));
                }
            }
            on_done.run(());
            Ok(())
        });
    });
    let submit = if matches!(asking, Asking::Unlock(..)) { t("period-propose-unlock") } else { t("period-refuse") };
    view! {
        <FormBox form submit on_submit=send>
            <TextInput pointer="/reason" label=t("reason") value=reason/>
        </FormBox>
    }
}
