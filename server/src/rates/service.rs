//! Entering, approving and looking up rates. An approved rate never changes; a correction is a new
//! one that names it (M50).

use std::collections::{BTreeMap, BTreeSet};

use shared::currency::Currency;
use shared::endpoint::{PAGE_MAX, Page};
use shared::fund::Step;
use shared::ids::{PersonId, RateId};
use shared::money::Rate;
use shared::problem::{Code, FieldError, Problem, check};
use shared::rates::{
    FxRate, RATE_COLUMNS, RateApproval, RateDraft, RateEffect, RateKind, RatePreview, RatePreviewRow, RateQuery,
    RateState, RateUpload, RateValue, RatesUploaded, ReasonRequest, read_row, repeated,
};
use shared::time::Date;
use shared::upload::RowError;

use super::store::{self, NewRate, RateRow, StandingRow};
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::fund::service::{person, step};
use crate::http::error::ApiError;
use crate::{audit, uploads};

fn rate_of(row: RateRow, reader: Option<PersonId>) -> FxRate {
    FxRate {
        id: row.id,
        currency: row.currency,
        valid_on: row.valid_on,
        kind: row.kind,
        rate: row.rate_nano,
        source: row.source,
        state: row.state,
        replaces: row.replaces,
        replaced_rate: row.replaced_nano,
        is_replaced: row.is_replaced,
        entered_by: Step { by: row.entered_name, at: row.entered_at },
        approved_by: step(row.approved_name, row.approved_at),
        is_own: reader == Some(row.entered_by),
    }
}

/// The approved rate of exactly this currency, day and kind; 1 for the euro. A missing one is an
/// error, never 1, never the nearest (M50).
///
/// # Errors
/// [`Code::RateMissing`] with what is missing.
pub async fn at(tx: &mut Tx, currency: Currency, day: Date, kind: RateKind) -> Result<Rate, ApiError> {
    if currency == Currency::EUR {
        return Ok(Rate::ONE);
    }
    let date = kind.date_of(day);
    store::at(tx, currency, date, kind).await?.ok_or_else(|| {
        Problem::new(Code::RateMissing).with("currency", currency).with("day", date).with("kind", kind).into()
    })
}

/// The source of an approved rate that is to be used as it stands in the table (M50).
///
/// # Errors
/// A field error at `/rate_id` unless it is the approved rate of this currency and kind, of this value,
/// that `is_of` the right day and nothing has replaced.
pub async fn used(
    tx: &mut Tx,
    id: RateId,
    (currency, kind, rate): (Currency, RateKind, Rate),
    is_of: impl FnOnce(Date) -> bool,
) -> Result<String, ApiError> {
    let row = store::by_ids(tx, &[id]).await?.pop().filter(|row| {
        row.state == RateState::Approved
            && !row.is_replaced
            && (row.currency, row.kind, row.rate_nano) == (currency, kind, rate)
    });
    match row {
        Some(row) if is_of(row.valid_on) => Ok(row.source),
        _ => Err(FieldError::new("/rate_id", Code::NotAChoice).into()),
    }
}

/// As [`at`], for the API.
///
/// # Errors
/// [`Code::RateMissing`].
pub async fn value_at(
    tx: &mut Tx,
    _: Granted<()>,
    currency: Currency,
    day: Date,
    kind: RateKind,
) -> Result<RateValue, ApiError> {
    Ok(RateValue { rate: at(tx, currency, day, kind).await? })
}

/// A page of rates.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>, query: &RateQuery) -> Result<Page<FxRate>, ApiError> {
    let mut rows = store::rates(tx, query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    Ok(Page { items: rows.into_iter().map(|row| rate_of(row, ctx.person_id())).collect(), next })
}

async fn by_ids(tx: &mut Tx, ctx: &Ctx<'_>, ids: &[RateId]) -> Result<Vec<FxRate>, ApiError> {
    Ok(store::by_ids(tx, ids).await?.into_iter().map(|row| rate_of(row, ctx.person_id())).collect())
}

async fn one(tx: &mut Tx, ctx: &Ctx<'_>, id: RateId) -> Result<FxRate, ApiError> {
    by_ids(tx, ctx, &[id]).await?.pop().ok_or_else(|| Code::NotFound.into())
}

/// What stands in the place of drafts, by currency, day and kind.
struct Standing {
    approved: BTreeMap<(Currency, Date, RateKind), StandingRow>,
    entered: BTreeMap<(Currency, Date, RateKind), StandingRow>,
}

/// What a draft does, and the rate that it corrects; an error when another one waits in its place.
type Effect = Result<(RateEffect, Option<StandingRow>), Code>;

impl Standing {
    async fn read(tx: &mut Tx, drafts: &[&RateDraft]) -> Result<Self, ApiError> {
        let (mut approved, mut entered) = (BTreeMap::new(), BTreeMap::new());
        for row in store::standing(tx, drafts).await? {
            let by_state = if row.state == RateState::Approved { &mut approved } else { &mut entered };
            by_state.insert((row.currency, row.valid_on, row.kind), row);
        }
        Ok(Self { approved, entered })
    }

    fn effect(&self, draft: &RateDraft) -> Effect {
        let key = (draft.currency, draft.date(), draft.kind);
        match (self.entered.get(&key), self.approved.get(&key)) {
            (Some(waits), _) if waits.rate_nano == draft.rate => Ok((RateEffect::Same, None)),
            (Some(_), _) => Err(Code::Duplicate),
            (None, Some(counts)) if counts.rate_nano == draft.rate => Ok((RateEffect::Same, None)),
            (None, Some(counts)) => Ok((RateEffect::Corrects, Some(*counts))),
            (None, None) => Ok((RateEffect::New, None)),
        }
    }
}

/// Enters a rate; where an approved one stands, it is a correction of that one.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] when the same rate is there, or another waits for approval.
pub async fn add(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>, draft: &RateDraft) -> Result<FxRate, ApiError> {
    check(draft.errors(ctx.now.date()))?;
    let (effect, replaces) = Standing::read(tx, &[draft]).await?.effect(draft)?;
    if effect == RateEffect::Same {
        return Err(Code::Duplicate.into());
    }
    let id: RateId = ctx.id();
    store::insert(tx, ctx, person(ctx)?, &[NewRate { id, draft, replaces: replaces.map(|row| row.id) }]).await?;
    let after = one(tx, ctx, id).await?;
    record(tx, ctx, "rate.entered", id.0, None::<&()>, &after, None).await?;
    Ok(after)
}

/// Approves rates that another person entered: all of them, or none (M70).
///
/// # Errors
/// [`Code::SeparationOfDuties`] when the person entered one of them, [`Code::WrongState`],
/// [`Code::NotFound`], field errors.
pub async fn approve(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _: Granted<()>,
    request: &RateApproval,
) -> Result<Page<FxRate>, ApiError> {
    let by = person(ctx)?;
    let ids: Vec<RateId> = request.rate_ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Err(FieldError::new("/rate_ids", Code::Required).into());
    }
    if u32::try_from(ids.len()).map_or(true, |count| count > PAGE_MAX) {
        return Err(FieldError::new("/rate_ids", Code::TooMany).with("max", PAGE_MAX).into());
    }
    let before = by_ids(tx, ctx, &ids).await?;
    if before.len() != ids.len() {
        return Err(Code::NotFound.into());
    }
    if before.iter().any(|rate| rate.is_own) {
        return Err(Code::SeparationOfDuties.into());
    }
    if let Some(rate) = before.iter().find(|rate| rate.state != RateState::Entered) {
        return Err(Problem::new(Code::WrongState).with("state", rate.state).into());
    }
    // A correction of what was corrected meanwhile would be a second one of the same rate.
    store::approve(tx, ctx, by, &ids).await.map_err(|e| e.duplicate_as(Code::WrongState))?;
    let after = by_ids(tx, ctx, &ids).await?;
    let id = before.first().map(|rate| rate.id.0).unwrap_or_default();
    record(tx, ctx, "rates.approved", id, Some(&before), &after, None).await?;
    Ok(Page { items: after, next: None })
}

/// Takes back a rate that is not approved.
///
/// # Errors
/// [`Code::WrongState`], [`Code::NotFound`], field errors.
pub async fn withdraw(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _: Granted<()>,
    id: RateId,
    request: &ReasonRequest,
) -> Result<FxRate, ApiError> {
    check(request.errors())?;
    let before = one(tx, ctx, id).await?;
    if before.state != RateState::Entered {
        return Err(Problem::new(Code::WrongState).with("state", before.state).into());
    }
    store::withdraw(tx, id).await?;
    let after = one(tx, ctx, id).await?;
    record(tx, ctx, "rate.withdrawn", id.0, Some(&before), &after, Some(&request.reason)).await?;
    Ok(after)
}

/// A file as it was read, with the rate that each row corrects.
struct Read {
    rows: Vec<(RatePreviewRow, Option<RateId>)>,
    errors: Vec<RowError>,
}

async fn read(tx: &mut Tx, ctx: &Ctx<'_>, upload: &RateUpload) -> Result<Read, ApiError> {
    let table = uploads::read(&upload.text, None, 0, &RATE_COLUMNS);
    let mut errors = table.errors;
    let mut drafts = Vec::with_capacity(table.rows.len());
    for row in table.rows {
        let [currency, day, kind, rate, source] = row.cells.as_slice() else { continue };
        match read_row(row.line, [currency, day, kind, rate, source], table.is_semicolon, ctx.now.date()) {
            Ok(draft) => drafts.push((row.line, draft)),
            Err(wrong) => errors.extend(wrong),
        }
    }
    errors.extend(repeated(&drafts));
    let standing = Standing::read(tx, &drafts.iter().map(|(_, draft)| draft).collect::<Vec<_>>()).await?;
    let mut rows = Vec::with_capacity(drafts.len());
    for (line, draft) in drafts {
        match standing.effect(&draft) {
            Ok((effect, replaces)) => {
                let replaced_rate = replaces.map(|row| row.rate_nano);
                rows.push((RatePreviewRow { line, draft, effect, replaced_rate }, replaces.map(|row| row.id)));
            }
            Err(code) => errors.push(RowError::new(line, "", code)),
        }
    }
    errors.sort_by_key(|error| error.line);
    Ok(Read { rows, errors })
}

/// Says row by row what a file would do; stores nothing.
///
/// # Errors
/// When the database fails.
pub async fn preview(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>, upload: &RateUpload) -> Result<RatePreview, ApiError> {
    let Read { rows, errors } = read(tx, ctx, upload).await?;
    Ok(RatePreview { rows: rows.into_iter().map(|(row, _)| row).collect(), errors })
}

/// Enters the rates of a file: all of them, or none.
///
/// # Errors
/// Every row's errors, as field errors at `/rows/<line>/<column>`.
pub async fn upload(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _: Granted<()>,
    upload: &RateUpload,
) -> Result<RatesUploaded, ApiError> {
    let Read { rows, errors } = read(tx, ctx, upload).await?;
    check(errors.iter().map(RowError::field).collect())?;
    let new: Vec<NewRate<'_>> = rows
        .iter()
        .filter(|(row, _)| row.effect != RateEffect::Same)
        .map(|(row, replaces)| NewRate { id: ctx.id(), draft: &row.draft, replaces: *replaces })
        .collect();
    store::insert(tx, ctx, person(ctx)?, &new).await?;
    let uploaded = RatesUploaded { entered: new.len(), same: rows.len() - new.len() };
    let sha256 = audit::sha256_hex(&[upload.text.as_bytes()]);
    let rates: Vec<_> = new.iter().map(|rate| (rate.id, rate.draft)).collect();
    record(tx, ctx, "rates.uploaded", ctx.id(), None::<&()>, &(sha256, uploaded, rates), None).await?;
    Ok(uploaded)
}

async fn record<B: serde::Serialize, A: serde::Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    action: &str,
    id: uuid::Uuid,
    before: Option<&B>,
    after: &A,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    audit::record(tx, ctx, audit::Entry { action, kind: "rate", id, before, after: Some(after), reason }).await
}
