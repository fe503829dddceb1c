//! Taking statements in and confirming what is what. Nothing of a file is stored until all of it is
//! right; a file or a line is taken in once.

use std::collections::{BTreeMap, BTreeSet};

use shared::bank::{
    BankLine, CashEntry, ConfirmRequest, Confirmed, Days, GROUP_MAX, HouseAccount, HouseAccountDraft, Match,
    Reconciliation, StatementImported, StatementPreview, StatementUpload, group, repeated,
};
use shared::currency::Currency;
use shared::endpoint::Page;
use shared::fund::Step;
use shared::ids::{AccountId, EntryId, FundId, LineId};
use shared::money::Money;
use shared::problem::{Code, FieldError, Problem, check};
use shared::rates::ReasonRequest;
use shared::upload::{CELL_MAX_CHARS, RowError};
use uuid::Uuid;

use super::store::{self, AccountRow, MatchRow, NewMatch, Which};
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::service::person;
use crate::fund::store::FundRow;
use crate::http::error::ApiError;
use crate::{audit, grants, periods, uploads};

fn account_of(row: AccountRow) -> Result<HouseAccount, ApiError> {
    Ok(HouseAccount {
        id: row.id,
        name: row.name,
        iban: row.iban,
        currency: row.currency,
        profile: serde_json::from_str(&row.profile)?,
        last_line_on: row.last_line_on,
        version: row.version,
    })
}

async fn read_account(tx: &mut Tx, id: AccountId) -> Result<HouseAccount, ApiError> {
    account_of(store::account(tx, id).await?.ok_or(Code::NotFound)?)
}

/// The fund's bank accounts.
///
/// # Errors
/// When the database fails.
pub async fn accounts(tx: &mut Tx, fund: Granted<FundRow>) -> Result<Page<HouseAccount>, ApiError> {
    let items = store::accounts(tx, fund.id).await?.into_iter().map(account_of).collect::<Result<_, _>>()?;
    Ok(Page { items, next: None })
}

/// Writes a bank account down.
///
/// # Errors
/// Field errors; [`Code::Duplicate`].
pub async fn add_account(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    draft: &HouseAccountDraft,
) -> Result<HouseAccount, ApiError> {
    check(draft.errors())?;
    let id = store::insert_account(tx, ctx, fund.id, draft).await.map_err(|e| e.duplicate_as(Code::Duplicate))?;
    let after = read_account(tx, id).await?;
    record(tx, ctx, ("house_account.added", id.0), None::<&HouseAccount>, &after, None).await?;
    Ok(after)
}

/// Writes a bank account's name, number and profile anew; its currency stays.
///
/// # Errors
/// Field errors; [`Code::Duplicate`], [`Code::StaleVersion`].
pub async fn update_account(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AccountRow>,
    version: i64,
    draft: &HouseAccountDraft,
) -> Result<HouseAccount, ApiError> {
    let mut errors = draft.errors();
    if draft.currency != row.currency {
        errors.push(FieldError::new("/currency", Code::CurrencyMismatch).with("expected", row.currency));
    }
    check(errors)?;
    let before = account_of(row.into_inner())?;
    store::update_account(tx, (before.id, version), draft).await.map_err(|e| e.duplicate_as(Code::Duplicate))?;
    let after = read_account(tx, before.id).await?;
    record(tx, ctx, ("house_account.changed", after.id.0), Some(&before), &after, None).await?;
    Ok(after)
}

async fn read_file(tx: &mut Tx, row: &AccountRow, upload: &StatementUpload) -> Result<StatementPreview, ApiError> {
    let account = account_of(row.clone())?;
    if store::has_file(tx, row.id, &audit::sha256_hex(&[upload.text.as_bytes()])).await? {
        return Err(Code::FileTwice.into());
    }
    let profile = &account.profile;
    let table = uploads::read(&upload.text, Some(profile.delimiter.byte()), profile.skipped_lines, &profile.columns());
    let (mut lines, mut errors) = (Vec::new(), table.errors);
    for row in &table.rows {
        match profile.read(row.line, &row.cells, account.currency) {
            Ok(line) => lines.push(line),
            Err(wrong) => errors.extend(wrong),
        }
    }
    let reference = profile.reference.trim();
    errors.extend(repeated(&lines).into_iter().map(|line| RowError::new(line, reference, Code::NotUnique)));
    let references: Vec<&str> = lines.iter().map(|line| line.reference.as_str()).collect();
    let taken: BTreeSet<String> = store::taken(tx, account.id, &references).await?.into_iter().collect();
    let known = lines.iter().filter(|line| taken.contains(&line.reference));
    errors.extend(known.map(|line| RowError::new(line.line, reference, Code::BankReferenceUsed)));
    errors.sort_by_key(|error| error.line);
    let total = |sign: i64| {
        let amounts = lines.iter().map(|line| line.amount.minor() * sign).filter(|minor| *minor > 0);
        Money::sum(account.currency, amounts.map(|minor| Money::from_minor(minor, account.currency)))
    };
    Ok(StatementPreview { credit: total(1)?, debit: total(-1)?, lines, errors })
}

/// Says line by line what a statement would bring; stores nothing.
///
/// # Errors
/// [`Code::FileTwice`].
pub async fn preview(
    tx: &mut Tx,
    row: Granted<AccountRow>,
    upload: &StatementUpload,
) -> Result<StatementPreview, ApiError> {
    read_file(tx, &row, upload).await
}

/// Takes a statement in: all of it, or nothing.
///
/// # Errors
/// Every line's errors, as field errors at `/rows/<line>/<column>`; [`Code::FileTwice`],
/// [`Code::PeriodLocked`].
pub async fn import(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AccountRow>,
    upload: &StatementUpload,
) -> Result<StatementImported, ApiError> {
    let read = read_file(tx, &row, upload).await?;
    let mut errors: Vec<FieldError> = read.errors.iter().map(RowError::field).collect();
    if upload.file_name.chars().count() > CELL_MAX_CHARS {
        errors.push(FieldError::new("/file_name", Code::TooLong).with("max", CELL_MAX_CHARS));
    }
    check(errors)?;
    let sha256 = audit::sha256_hex(&[upload.text.as_bytes()]);
    let file = (upload.file_name.trim(), sha256.as_str());
    let id = store::insert_statement(tx, ctx, &row, person(ctx)?, file, &read.lines)
        .await
        .map_err(|e| e.duplicate_as(Code::FileTwice))?;
    let after = (row.id, file, read.lines.len(), read.credit, read.debit);
    record(tx, ctx, ("statement.imported", id), None::<&()>, &after, None).await?;
    Ok(StatementImported { lines: read.lines.len() })
}

/// The bank and the journal side by side.
///
/// # Errors
/// Field errors for the days.
pub async fn reconciliation(tx: &mut Tx, fund: Granted<FundRow>, days: &Days) -> Result<Reconciliation, ApiError> {
    check(days.errors())?;
    read(tx, fund.id, days).await
}

/// As [`reconciliation`], for exports as well.
///
/// # Errors
/// When the database fails.
pub async fn read(tx: &mut Tx, fund_id: FundId, days: &Days) -> Result<Reconciliation, ApiError> {
    let lines = store::lines(tx, fund_id, Which::Open(days)).await?;
    let entries = store::entries(tx, fund_id, Which::Open(days)).await?;
    let rows = store::matches(tx, fund_id, days).await?;
    let is_cut = [lines.len(), entries.len(), rows.len()].into_iter().any(|count| count > GROUP_MAX);
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for open in periods::store::unexplained(tx, fund_id, days.from, days.until).await? {
        let sum = sums.entry(open.currency).or_insert_with(|| Money::zero(open.currency));
        *sum = sum.checked_add(Money::from_minor(open.minor, open.currency))?;
    }
    let confirmed = confirmed(tx, fund_id, rows).await?;
    Ok(Reconciliation { groups: group(lines, entries), confirmed, unexplained: sums.into_values().collect(), is_cut })
}

async fn confirmed(tx: &mut Tx, fund_id: FundId, rows: Vec<MatchRow>) -> Result<Vec<Match>, ApiError> {
    let line_ids: Vec<LineId> = rows.iter().filter_map(|row| row.line_id).collect();
    let entry_ids: Vec<EntryId> = rows.iter().filter_map(|row| row.entry_id).collect();
    let (lines, entries) = by_ids(tx, fund_id, &line_ids, &entry_ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| Match {
            id: row.id,
            line: row.line_id.and_then(|id| lines.get(&id).cloned()),
            entry: row.entry_id.and_then(|id| entries.get(&id).cloned()),
            rule: row.rule,
            reason: row.reason,
            matched_by: Step { by: row.matched_name, at: row.matched_at },
        })
        .collect())
}

type ById = (BTreeMap<LineId, BankLine>, BTreeMap<EntryId, CashEntry>);

async fn by_ids(tx: &mut Tx, fund_id: FundId, lines: &[LineId], entries: &[EntryId]) -> Result<ById, ApiError> {
    let lines = store::lines(tx, fund_id, Which::Ids(lines)).await?;
    let entries = store::entries(tx, fund_id, Which::Ids(entries)).await?;
    Ok((
        lines.into_iter().map(|line| (line.id, line)).collect(),
        entries.into_iter().map(|entry| (entry.id, entry)).collect(),
    ))
}

/// Confirms matches: all of them, or none.
///
/// # Errors
/// Field errors at `/matches/<n>`, [`Code::ReasonRequired`] for what is not certain among them;
/// [`Code::MatchedAlready`].
pub async fn confirm(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    request: &ConfirmRequest,
) -> Result<Confirmed, ApiError> {
    let drafts = &request.matches;
    if drafts.is_empty() {
        return Err(FieldError::new("/matches", Code::Required).into());
    }
    if drafts.len() > GROUP_MAX {
        return Err(FieldError::new("/matches", Code::TooMany).with("max", GROUP_MAX).into());
    }
    let line_ids: Vec<LineId> = drafts.iter().filter_map(|draft| draft.line_id).collect();
    let entry_ids: Vec<EntryId> = drafts.iter().filter_map(|draft| draft.entry_id).collect();
    let (lines, entries) = by_ids(tx, fund.id, &line_ids, &entry_ids).await?;
    let (mut errors, mut new) = (Vec::new(), Vec::with_capacity(drafts.len()));
    for (at, draft) in drafts.iter().enumerate() {
        let line = draft.line_id.map(|id| lines.get(&id));
        let entry = draft.entry_id.map(|id| entries.get(&id));
        if line == Some(None) || entry == Some(None) {
            errors.push(FieldError::new(format!("/matches/{at}"), Code::NotFound));
            continue;
        }
        match draft.rule(line.flatten(), entry.flatten()) {
            Ok(rule) => {
                let reason = draft.reason.trim();
                new.push(NewMatch { line_id: draft.line_id, entry_id: draft.entry_id, rule, reason });
            }
            Err(code) => errors.push(FieldError::new(format!("/matches/{at}/reason"), code)),
        }
    }
    check(errors)?;
    store::insert_matches(tx, ctx, fund.id, person(ctx)?, &new)
        .await
        .map_err(|e| e.duplicate_as(Code::MatchedAlready))?;
    // A paid payment that the statement shows is reconciled: at most so many as one request has matches.
    let pairs: BTreeMap<EntryId, LineId> = new.iter().filter_map(|new| new.entry_id.zip(new.line_id)).collect();
    for (entry_id, disbursement_id) in store::paid(tx, &pairs.keys().copied().collect::<Vec<_>>()).await? {
        if let Some(line_id) = pairs.get(&entry_id) {
            grants::payments::reconcile(tx, ctx, disbursement_id, line_id.0).await?;
        }
    }
    let after: Vec<_> = new.iter().map(|new| (new.line_id, new.entry_id, new.rule, new.reason)).collect();
    record(tx, ctx, ("matches.confirmed", ctx.id()), None::<&()>, &after, None).await?;
    Ok(Confirmed { matches: new.len() })
}

/// Undoes a match outside locked periods.
///
/// # Errors
/// [`Code::WrongState`] when it was undone before, [`Code::PeriodLocked`], field errors.
pub async fn undo(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<MatchRow>,
    request: &ReasonRequest,
) -> Result<Confirmed, ApiError> {
    check(request.errors())?;
    if row.undone_at.is_some() {
        return Err(Problem::new(Code::WrongState).with("state", "undone").into());
    }
    store::undo(tx, ctx, row.id, person(ctx)?).await?;
    if let Some(line_id) = row.line_id {
        store::unreconcile(tx, line_id).await?;
    }
    let before = (row.line_id, row.entry_id, row.rule, &row.reason);
    record(tx, ctx, ("match.undone", row.id.0), Some(&before), &(), Some(request.reason.trim())).await?;
    Ok(Confirmed { matches: 1 })
}

async fn record<B: serde::Serialize, A: serde::Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    (action, id): (&str, Uuid),
    before: Option<&B>,
    after: &A,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    audit::record(tx, ctx, audit::Entry { action, kind: "bank", id, before, after: Some(after), reason }).await
}
