//! Proposing, locking, unlocking. The database itself refuses postings into a locked period; here
//! people are told at the field (M71).

use std::collections::BTreeMap;

use chrono::Datelike;
use shared::currency::Currency;
use shared::fund::Step;
use shared::ids::{FundId, PeriodId, PersonId};
use shared::money::Money;
use shared::periods::{LockProposal, Period, PeriodDecision, PeriodKind, PeriodQuery, PeriodState, Periods, of_year};
use shared::problem::{Code, FieldError, Problem, check};
use shared::rates::ReasonRequest;
use shared::time::Date;

use super::store::{self, PeriodRow, UnexplainedRow};
use crate::app::Ctx;
use crate::audit;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::service::{person, step};
use crate::fund::store::FundRow;
use crate::http::error::ApiError;

/// Refuses a posting date that lies in a locked period, at its field (M71).
///
/// # Errors
/// [`Code::PeriodLocked`] at `pointer`, with the period's days.
pub async fn check_open(tx: &mut Tx, fund_id: FundId, day: Date, pointer: &str) -> Result<(), ApiError> {
    match store::locked_at(tx, fund_id, day).await? {
        None => Ok(()),
        Some((first, last)) => {
            Err(FieldError::new(pointer, Code::PeriodLocked).with("first_day", first).with("last_day", last).into())
        }
    }
}

/// What each period of some days shows, by one reading.
struct Figures {
    stored: Vec<PeriodRow>,
    unexplained: Vec<UnexplainedRow>,
    waiting: Vec<(Date, i64)>,
    today: Date,
    reader: Option<PersonId>,
}

impl Figures {
    async fn read(tx: &mut Tx, ctx: &Ctx<'_>, fund_id: FundId, first: Date, last: Date) -> Result<Self, ApiError> {
        Ok(Self {
            stored: store::between(tx, fund_id, first, last).await?,
            unexplained: store::unexplained(tx, fund_id, first, last).await?,
            waiting: store::waiting(tx, fund_id, first, last).await?,
            today: ctx.now.date(),
            reader: ctx.person_id(),
        })
    }

    fn period(&self, (kind, first_day, last_day): (PeriodKind, Date, Date)) -> Result<Period, ApiError> {
        let row = self.stored.iter().find(|row| row.kind == kind && row.first_day == first_day);
        let days = first_day..=last_day;
        let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
        for open in self.unexplained.iter().filter(|open| days.contains(&open.day)) {
            let sum = sums.entry(open.currency).or_insert_with(|| Money::zero(open.currency));
            *sum = sum.checked_add(Money::from_minor(open.minor, open.currency))?;
        }
        let waiting = self.waiting.iter().filter(|(day, _)| days.contains(day)).map(|(_, count)| count).sum();
        Ok(Period {
            id: row.map(|row| row.id),
            kind,
            first_day,
            last_day,
            state: row.map_or(PeriodState::Open, |row| row.state),
            reason: row.map(|row| row.reason.clone()).unwrap_or_default(),
            proposed_by: row.map(|row| Step { by: row.proposed_name.clone(), at: row.proposed_at }),
            decided_by: row.and_then(|row| step(row.decided_name.clone(), row.decided_at)),
            unexplained: sums.into_values().collect(),
            waiting,
            has_ended: last_day < self.today,
            is_own: row.is_some_and(|row| Some(row.proposed_by) == self.reader),
            version: row.map_or(0, |row| row.version),
        })
    }
}

/// A year of the fund, month by month.
///
/// # Errors
/// A field error for a year outside the calendar.
pub async fn list(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    query: &PeriodQuery,
) -> Result<Periods, ApiError> {
    let present = ctx.now.date().naive().year();
    let year = query.year.unwrap_or(present);
    let spans = of_year(year);
    let Some((_, first, last)) = spans.last().copied().filter(|_| (1900..=2999).contains(&year)) else {
        return Err(FieldError::new("/year", Code::NumberRange).with("min", 1900).with("max", 2999).into());
    };
    let figures = Figures::read(tx, ctx, fund.id, first, last).await?;
    let first_posting = store::first_posting(tx, fund.id).await?;
    Ok(Periods {
        year,
        first_year: first_posting.map_or(present, |day| day.naive().year()),
        last_year: present,
        periods: spans.into_iter().map(|span| figures.period(span)).collect::<Result<_, _>>()?,
    })
}

async fn one(tx: &mut Tx, ctx: &Ctx<'_>, fund_id: FundId, span: (PeriodKind, Date, Date)) -> Result<Period, ApiError> {
    Figures::read(tx, ctx, fund_id, span.1, span.2).await?.period(span)
}

fn wrong_state(state: PeriodState) -> ApiError {
    Problem::new(Code::WrongState).with("state", state).into()
}

/// Only what has ended, is confirmed and is reconciled to 0.00 can be locked.
fn lockable(period: &Period) -> Result<(), ApiError> {
    let Some(code) = period.obstacle() else { return Ok(()) };
    let amounts: Vec<String> = period.unexplained.iter().map(ToString::to_string).collect();
    Err(Problem::new(code).with("amount", amounts.join(", ")).with("count", period.waiting).into())
}

/// Proposes to lock a period.
///
/// # Errors
/// [`Code::WrongState`], [`Code::PeriodNotEnded`], [`Code::BookingsWaiting`], [`Code::Unreconciled`],
/// field errors.
pub async fn propose_lock(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    request: &LockProposal,
) -> Result<Period, ApiError> {
    check(request.errors())?;
    let (first, last) = request.kind.around(request.first_day);
    let span = (request.kind, first, last);
    let before = one(tx, ctx, fund.id, span).await?;
    if before.state != PeriodState::Open {
        return Err(wrong_state(before.state));
    }
    lockable(&before)?;
    let by = person(ctx)?;
    let id = match before.id {
        None => store::insert(tx, ctx, fund.id, by, span).await?,
        Some(id) => {
            store::propose(tx, ctx, (id, before.version), by, PeriodState::LockProposed, "").await?;
            id
        }
    };
    let after = one(tx, ctx, fund.id, span).await?;
    record(tx, ctx, ("period.lock_proposed", id), &before, &after, None).await?;
    Ok(after)
}

/// Proposes to unlock a locked period.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`], field errors.
pub async fn propose_unlock(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<PeriodRow>,
    version: i64,
    request: &ReasonRequest,
) -> Result<Period, ApiError> {
    check(request.errors())?;
    if row.state != PeriodState::Locked {
        return Err(wrong_state(row.state));
    }
    let span = (row.kind, row.first_day, row.last_day);
    let before = one(tx, ctx, row.fund_id, span).await?;
    let (by, reason) = (person(ctx)?, request.reason.trim());
    store::propose(tx, ctx, (row.id, version), by, PeriodState::UnlockProposed, reason).await?;
    let after = one(tx, ctx, row.fund_id, span).await?;
    record(tx, ctx, ("period.unlock_proposed", row.id), &before, &after, Some(reason)).await?;
    Ok(after)
}

/// Locks or unlocks as another person proposed, or refuses.
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who proposed it (M70), [`Code::WrongState`],
/// [`Code::StaleVersion`]; what stands against a lock by now; field errors.
pub async fn decide(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<PeriodRow>,
    version: i64,
    request: &PeriodDecision,
) -> Result<Period, ApiError> {
    check(request.errors())?;
    let by = person(ctx)?;
    if by == row.proposed_by {
        return Err(Code::SeparationOfDuties.into());
    }
    let to = row.state.decided(request.is_accepted).ok_or_else(|| wrong_state(row.state))?;
    let span = (row.kind, row.first_day, row.last_day);
    let before = one(tx, ctx, row.fund_id, span).await?;
    if row.state == PeriodState::LockProposed && request.is_accepted {
        lockable(&before)?;
    }
    // The reason for an unlock stays in sight once it is agreed to.
    let typed = request.reason.trim();
    let reason = if typed.is_empty() { row.reason.clone() } else { typed.to_owned() };
    store::decide(tx, ctx, (row.id, version), by, to, &reason).await?;
    let after = one(tx, ctx, row.fund_id, span).await?;
    let action = match (row.state, request.is_accepted) {
        (PeriodState::LockProposed, true) => "period.locked",
        (PeriodState::LockProposed, false) => "period.lock_refused",
        (_, true) => "period.unlocked",
        (_, false) => "period.unlock_refused",
    };
    record(tx, ctx, (action, row.id), &before, &after, (!reason.is_empty()).then_some(reason.as_str())).await?;
    Ok(after)
}

async fn record(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (action, id): (&str, PeriodId),
    before: &Period,
    after: &Period,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    let entry = audit::Entry { action, kind: "period", id: id.0, before: Some(before), after: Some(after), reason };
    audit::record(tx, ctx, entry).await
}
