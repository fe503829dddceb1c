//! Sorts what waits: overdue first, then what is due soonest.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use shared::calls::Bilingual;
use shared::home::{Home, Task, TaskCount, TaskKind};
use shared::money::Money;
use shared::permission::{Permission, Role, Scope};
use shared::time::{Date, Timestamp};

use super::store::{self, Reader, TaskRow};
use crate::auth::actor::Actor;
use crate::db::Tx;
use crate::http::error::ApiError;

/// Whether a kind of task can wait for a person. What there is to look at is for the auditor alone:
/// others who read the audit log have work of their own.
fn concerns(actor: &Actor, kind: TaskKind) -> bool {
    match kind {
        TaskKind::LookAtPayment | TaskKind::LookAtDecision => actor.roles().any(|role| role == Role::Auditor),
        _ => actor.scope(kind.permission()) > Scope::Nothing,
    }
}

/// What waits for the actor at an instant, read in one query.
///
/// # Errors
/// When the database fails.
pub async fn home(tx: &mut Tx, actor: &Actor, now: Timestamp) -> Result<Home, ApiError> {
    let kinds: Vec<TaskKind> = TaskKind::ALL.iter().copied().filter(|kind| concerns(actor, *kind)).collect();
    let reader = Reader {
        person_id: actor.person_id,
        applicants: actor.organisations(Permission::WriteProposal),
        voters: actor.organisations(Permission::Vote),
        now,
    };
    let mut counts: BTreeMap<TaskKind, TaskCount> = BTreeMap::new();
    let mut home = Home::default();
    for row in store::tasks(tx, &reader, &kinds).await? {
        let (kind, total) = (row.kind, row.total);
        let task = task(row, now);
        let count = counts.entry(kind).or_insert(TaskCount { kind, count: total, overdue: 0 });
        count.overdue += i64::from(task.is_overdue);
        if kind.is_news() { home.news.push(task) } else { home.tasks.push(task) }
    }
    home.counts = counts.into_values().filter(|count| !count.kind.is_news()).collect();
    home.tasks.sort_by_key(|task| (!task.is_overdue, last_day(task).is_none(), last_day(task), task.due_at, task.kind));
    home.news.sort_by_key(|task| Reverse(task.due_at));
    Ok(home)
}

fn last_day(task: &Task) -> Option<Date> {
    task.due_on.or_else(|| task.due_at.map(Timestamp::date))
}

fn task(row: TaskRow, now: Timestamp) -> Task {
    let passed = row.due_at.is_some_and(|at| at <= now) || row.due_on.is_some_and(|day| day < now.date());
    let title_fr = row.title_fr.unwrap_or_else(|| row.title.clone());
    Task {
        is_overdue: passed && !row.kind.is_news(),
        kind: row.kind,
        id: row.id,
        title: Bilingual { en: row.title, fr: title_fr },
        context: row.context,
        due_at: row.due_at,
        due_on: row.due_on,
        amount: row.amount_minor.zip(row.currency).map(|(minor, currency)| Money::from_minor(minor, currency)),
    }
}
