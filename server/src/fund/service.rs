//! What happens to the fund's money, step by step: rules from `shared`, bookings by [`ledger`].

use std::collections::BTreeMap;

use shared::currency::Currency;
use shared::endpoint::Page;
use shared::fund::{
    Account, Allocation, AllocationDraft, AllocationQuery, BookingState, CallStatus, CallWaiting, Contribution,
    ContributionDraft, ContributionQuery, ContributionState, DonorStatement, DonorStatus, Earmark, EntryKind,
    FundDraft, FundStatus, Journal, JournalEntry, JournalQuery, Line, LineKey, OwnCurrency, Position, Posting, Receipt,
    ReceiptBooking, ReceiptDraft, ReceiptQuery, StatementQuery, Step, book_receipt, check_not_before, check_past,
};
use shared::ids::{AllocationId, ContributionId, FundId, OrganisationId, PersonId, RateId, ReceiptId};
use shared::money::{Money, Rate};
use shared::people::{FundRef, OrganisationRef};
use shared::problem::{Code, FieldError, Problem, check};
use shared::rates::RateKind;
use shared::time::{Date, Timestamp};
use uuid::Uuid;

use super::ledger;
use super::store::earmarks as earmark_store;
use super::store::journal::{self as journal_store, JournalRow};
use super::store::{self, AllocationRow, ContributionRow, DonorBalanceRow, FundRow, ReceiptRow};
use crate::app::Ctx;
use crate::audit;
use crate::auth::policy::Granted;
use crate::auth::policy::exports::Reach;
use crate::db::Tx;
use crate::db::paging::{PAGE, next_page};
use crate::http::error::ApiError;
use crate::{periods, rates, waitlist};

/// The person who acts.
pub(crate) fn person(ctx: &Ctx<'_>) -> Result<PersonId, ApiError> {
    ctx.person_id().ok_or_else(|| Code::SignInRequired.into())
}

/// A step that was done, when both who and when are known.
pub(crate) fn step(by: Option<String>, at: Option<Timestamp>) -> Option<Step> {
    by.zip(at).map(|(by, at)| Step { by, at })
}

pub(super) fn wrong_state(state: impl ToString) -> ApiError {
    Problem::new(Code::WrongState).with("state", state.to_string()).into()
}

/// Names the fund; there is one.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] when there is one already.
pub async fn create_fund(tx: &mut Tx, ctx: &Ctx<'_>, _: Granted<()>, draft: &FundDraft) -> Result<FundRef, ApiError> {
    check(draft.errors())?;
    if store::has_fund(tx).await? {
        return Err(Code::Duplicate.into());
    }
    let id = store::insert_fund(tx, ctx, draft).await?;
    record(tx, ctx, "fund.created", "fund", id.0, None, draft).await?;
    Ok(FundRef { id, name: draft.name.trim().to_owned() })
}

/// The organisations that may give money.
///
/// # Errors
/// When the database fails.
pub async fn donors(tx: &mut Tx, _: Granted<FundRow>) -> Result<Page<OrganisationRef>, ApiError> {
    Ok(Page { items: store::funders(tx).await?, next: None })
}

// --- the status ---

/// The figures' natural amounts per account.
fn sum(rows: &[&DonorBalanceRow], account: Account, currency: Currency) -> Money {
    let minor: i64 = rows.iter().filter(|row| row.account == account).map(|row| row.balance_minor).sum();
    Money::from_minor(account.natural(minor), currency)
}

fn line(key: LineKey, account: Account, amount: Money) -> Line {
    Line { key, amount, account, kind: None }
}

/// What arrived: cash moves by receipts, payments and their reversals and refunds only.
fn received(rows: &[&DonorBalanceRow], currency: Currency) -> Result<Line, ApiError> {
    let amount = sum(rows, Account::Cash, currency).checked_add(sum(rows, Account::Disbursed, currency))?;
    Ok(Line { kind: Some(EntryKind::Receipt), ..line(LineKey::Received, Account::Cash, amount) })
}

fn lines(rows: &[&DonorBalanceRow], currency: Currency, keys: &[(LineKey, Account)]) -> Vec<Line> {
    keys.iter().map(|(key, account)| line(*key, *account, sum(rows, *account, currency))).collect()
}

const USES: [(LineKey, Account); 6] = [
    (LineKey::Administration, Account::Administration),
    (LineKey::Reserve, Account::Reserve),
    (LineKey::Reserved, Account::Reserved),
    (LineKey::Committed, Account::Committed),
    (LineKey::WrittenOff, Account::WrittenOff),
    (LineKey::Headroom, Account::Headroom),
];

/// Sources, uses and cash of some balances: the fund's, or one donor's.
struct Statement {
    sources: Vec<Line>,
    uses: Vec<Line>,
    cash: Vec<Line>,
}

fn statement(rows: &[&DonorBalanceRow], currency: Currency) -> Result<Statement, ApiError> {
    let received = received(rows, currency)?;
    let receivable = line(LineKey::Receivable, Account::Receivable, sum(rows, Account::Receivable, currency));
    let paid = lines(rows, currency, &[(LineKey::Disbursed, Account::Disbursed), (LineKey::Cash, Account::Cash)]);
    Ok(Statement {
        sources: vec![received.clone(), receivable],
        uses: lines(rows, currency, &USES),
        cash: [vec![received], paid].concat(),
    })
}

/// The fund's status, now or up to a day: one query of balances per donor gives every figure (M3).
///
/// # Errors
/// When the database fails.
pub async fn status(tx: &mut Tx, fund: Granted<FundRow>, as_of: Option<Date>) -> Result<FundStatus, ApiError> {
    let balances = store::donor_balances(tx, fund.id, as_of).await?;
    let own = store::own_currencies(tx, fund.id, as_of).await?;
    let calls = store::call_statuses(tx, fund.id, as_of).await?;
    let waiting = match as_of {
        None => waitlist::store::waiting_of_fund(tx, fund.id).await?,
        Some(_) => Vec::new(),
    };
    let currency = fund.currency;
    let money = |minor| Money::from_minor(minor, currency);

    let all: Vec<&DonorBalanceRow> = balances.iter().collect();
    let Statement { sources, uses, cash } = statement(&all, currency)?;
    let total = Money::sum(currency, sources.iter().map(|line| line.amount))?;
    let [reserved, committed, headroom] =
        [Account::Reserved, Account::Committed, Account::Headroom].map(|account| sum(&all, account, currency));
    let allocable = Money::sum(currency, [reserved, committed, headroom])?;

    let mut donors: Vec<DonorStatus> = Vec::new();
    for rows in balances.chunk_by(|a, b| a.donor_id == b.donor_id) {
        let Some(first) = rows.first() else { continue };
        let Statement { sources, uses, cash } = statement(&rows.iter().collect::<Vec<_>>(), currency)?;
        let own: Vec<_> = own.iter().filter(|row| row.donor_id == first.donor_id).collect();
        donors.push(DonorStatus {
            donor: OrganisationRef { id: first.donor_id, code: first.code.clone(), name: first.name.clone() },
            signed: money(own.iter().map(|row| row.signed_eur_minor).sum()),
            own: own
                .iter()
                .map(|row| OwnCurrency {
                    signed: Money::from_minor(row.signed_minor, row.currency),
                    received: Money::from_minor(row.received_minor, row.currency),
                    gain: money(row.gain_minor),
                })
                .collect(),
            // The cash lines begin with what was received, as the sources do.
            lines: [sources, uses, cash.into_iter().skip(1).collect()].concat(),
        });
    }
    Ok(FundStatus {
        fund_id: fund.id,
        code: fund.code.clone(),
        name: fund.name.clone(),
        currency,
        second_approval_above: money(fund.second_approval_above_minor),
        split_method: fund.split_method,
        as_of,
        sources,
        uses,
        total,
        cash,
        position: Position {
            allocable,
            reserved,
            committed,
            headroom,
            earmarked: money(0),
            envelope: None,
            envelope_left: None,
        },
        donors,
        waiting: waiting
            .into_iter()
            .map(|row| CallWaiting { call_id: row.call_id, count: row.count, amount: money(row.amount_minor) })
            .collect(),
        calls: calls
            .into_iter()
            .map(|call| CallStatus {
                call_id: call.call_id,
                code: call.code,
                title_en: call.title_en,
                title_fr: call.title_fr,
                envelope: money(call.envelope_minor),
                reserved: money(call.reserved_minor),
                committed: money(call.committed_minor),
                disbursed: money(call.disbursed_minor),
                left: money(call.envelope_minor - call.reserved_minor - call.committed_minor),
            })
            .collect(),
    })
}

/// The statements of the donors that the reader may see, beside the whole fund's figures: the same
/// query as the status (M3).
///
/// # Errors
/// When the database fails.
pub async fn donor_statement(
    tx: &mut Tx,
    fund: Granted<FundRow>,
    reach: &Reach,
    query: &StatementQuery,
) -> Result<DonorStatement, ApiError> {
    let status = status(tx, fund, query.as_of).await?;
    let is_theirs = |donor: &OrganisationId| match reach {
        Reach::All => true,
        Reach::Donors(own) => own.contains(donor),
        Reach::Recipients(_) => false,
    };
    let signed = Money::sum(status.currency, status.donors.iter().map(|donor| donor.signed))?;
    let is_asked = |donor: &OrganisationId| query.donor_id.is_none_or(|id| id == *donor);
    let kept = |donor: &DonorStatus| is_asked(&donor.donor.id) && is_theirs(&donor.donor.id);
    Ok(DonorStatement {
        as_of: status.as_of,
        donors: status.donors.into_iter().filter(kept).collect(),
        // The cash lines begin with what was received, as the sources do.
        whole: [status.sources, status.uses, status.cash.into_iter().skip(1).collect()].concat(),
        signed,
    })
}

// --- contributions ---

/// The earmarks of a fund's contributions and the codes of the calls that they name.
struct Earmarks {
    by_contribution: BTreeMap<Uuid, Earmark>,
    codes: BTreeMap<Uuid, String>,
}

async fn earmarks(tx: &mut Tx, fund_id: FundId) -> Result<Earmarks, ApiError> {
    Ok(Earmarks {
        by_contribution: earmark_store::of_fund(tx, fund_id).await?,
        codes: earmark_store::call_codes(tx, fund_id).await?,
    })
}

fn contribution_of(
    row: ContributionRow,
    earmarks: &Earmarks,
    reader: Option<PersonId>,
) -> Result<Contribution, ApiError> {
    let earmark = earmarks.by_contribution.get(&row.id.0).cloned().unwrap_or_default();
    let earmark_calls = earmark.calls.iter().filter_map(|id| earmarks.codes.get(&id.0).cloned()).collect();
    let own = |minor| Money::from_minor(minor, row.currency);
    let eur = |minor| Money::from_minor(minor, row.fund_currency);
    let receivable = match row.state {
        ContributionState::Pledged | ContributionState::Refused => eur(0),
        _ => receivable(&row),
    };
    Ok(Contribution {
        id: row.id,
        donor: OrganisationRef { id: row.donor_id, code: row.donor_code.clone(), name: row.donor_name.clone() },
        reference: row.reference.clone(),
        state: row.state,
        signed: own(row.signed_minor),
        budget_rate: row.budget_rate_nano,
        rate_source: row.rate_source.clone(),
        rate_id: row.rate_id,
        signed_eur: eur(row.signed_eur_minor),
        received: own(row.received_minor),
        received_eur: eur(row.received_eur_minor),
        gain: eur(row.gain_minor),
        receivable,
        terminated: own(row.terminated_minor),
        headroom: eur(row.headroom_minor),
        earmark,
        earmark_calls,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        pledged_on: row.pledged_on,
        signed_on: row.signed_on,
        prepared_by: Step { by: row.prepared_name.clone(), at: row.prepared_at },
        signed_by: step(row.signed_name.clone(), row.signed_at),
        is_own: reader == Some(row.prepared_by),
        version: row.version,
    })
}

/// Signed at the budget rate, minus what receipts have cleared and what was terminated.
pub(super) fn receivable(row: &ContributionRow) -> Money {
    let cleared = row.received_eur_minor - row.gain_minor;
    Money::from_minor(row.signed_eur_minor - row.terminated_eur_minor - cleared, row.fund_currency)
}

async fn read_contribution(tx: &mut Tx, ctx: &Ctx<'_>, id: ContributionId) -> Result<Contribution, ApiError> {
    let row = store::contribution(tx, id).await?.ok_or(Code::NotFound)?;
    let earmarks = earmarks(tx, row.fund_id).await?;
    contribution_of(row, &earmarks, ctx.person_id())
}

/// A page of contributions.
///
/// # Errors
/// When the database fails.
pub async fn contributions(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    query: &ContributionQuery,
) -> Result<Page<Contribution>, ApiError> {
    let mut rows = store::contributions(tx, fund.id, query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    let earmarks = earmarks(tx, fund.id).await?;
    let items =
        rows.into_iter().map(|row| contribution_of(row, &earmarks, ctx.person_id())).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// Where a rate is from: the table's source when it is of the table, else what was typed; nothing for euros.
async fn rate_source(
    tx: &mut Tx,
    rate_id: Option<RateId>,
    used: (Currency, RateKind, Rate),
    is_of: impl FnOnce(Date) -> bool,
    typed: &str,
) -> Result<String, ApiError> {
    match rate_id {
        Some(id) => rates::service::used(tx, id, used, is_of).await,
        None if used.0 == Currency::EUR => Ok(String::new()),
        None => Ok(typed.trim().to_owned()),
    }
}

/// Records a pledged contribution.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] for a reference that is taken.
pub async fn create_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    draft: &ContributionDraft,
) -> Result<Contribution, ApiError> {
    check(draft.errors())?;
    if !store::is_funder(tx, draft.donor_id).await? {
        return Err(FieldError::new("/donor_id", Code::NotAChoice).into());
    }
    if earmark_store::known_calls(tx, fund.id, &draft.earmark.calls).await? != draft.earmark.calls.len() {
        return Err(FieldError::new("/earmark/calls", Code::NotAChoice).into());
    }
    let is_of = |day| day <= draft.pledged_on;
    let used = (draft.signed.currency(), RateKind::Budget, draft.budget_rate);
    let source = rate_source(tx, draft.rate_id, used, is_of, &draft.rate_source).await?;
    let eur = draft.budget_rate.to_eur(draft.signed)?;
    let id = store::insert_contribution(tx, ctx, fund.id, person(ctx)?, draft, &source, eur)
        .await
        .map_err(|e| e.duplicate_as(Code::Duplicate))?;
    let after = read_contribution(tx, ctx, id).await?;
    record(tx, ctx, "contribution.recorded", "contribution", id.0, None, &after).await?;
    Ok(after)
}

/// Confirms a contribution's signature and books it.
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who recorded it (M70), [`Code::WrongState`], field errors.
pub async fn sign_contribution(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<ContributionRow>,
    version: i64,
    signed_on: Date,
) -> Result<Contribution, ApiError> {
    let by = person(ctx)?;
    if by == row.prepared_by {
        return Err(Code::SeparationOfDuties.into());
    }
    if row.state != ContributionState::Pledged {
        return Err(wrong_state(row.state));
    }
    let mut errors = Vec::new();
    check_past(&mut errors, "/signed_on", signed_on, ctx.now.date());
    if signed_on < row.pledged_on {
        errors.push(FieldError::new("/signed_on", Code::DateOrder));
    }
    check(errors)?;
    periods::service::check_open(tx, row.fund_id, signed_on, "/signed_on").await?;
    let row = row.into_inner();
    let id = row.id;
    store::set_signed(tx, ctx, id, version, by, signed_on).await?;
    ledger::sign_contribution(tx, ctx, &row, signed_on).await?;
    let earmarks = earmarks(tx, row.fund_id).await?;
    let before = contribution_of(row, &earmarks, Some(by))?;
    let after = read_contribution(tx, ctx, id).await?;
    record(tx, ctx, "contribution.signed", "contribution", id.0, Some(&before), &after).await?;
    Ok(after)
}

// --- receipts ---

pub(super) fn receipt_of(row: ReceiptRow, reader: Option<PersonId>) -> Receipt {
    Receipt {
        id: row.id,
        contribution_id: row.contribution_id,
        reference: row.reference,
        donor: OrganisationRef { id: row.donor_id, code: row.donor_code, name: row.donor_name },
        state: row.state,
        amount: Money::from_minor(row.amount_minor, row.currency),
        bank_rate: row.bank_rate_nano,
        rate_source: row.rate_source,
        rate_id: row.rate_id,
        eur: Money::from_minor(row.eur_minor, row.fund_currency),
        gain: Money::from_minor(row.gain_minor, row.fund_currency),
        received_on: row.received_on,
        bank_reference: row.bank_reference,
        prepared_by: Step { by: row.prepared_name, at: row.prepared_at },
        confirmed_by: step(row.confirmed_name, row.confirmed_at),
        is_own: reader == Some(row.prepared_by),
        version: row.version,
    }
}

async fn read_receipt(tx: &mut Tx, ctx: &Ctx<'_>, id: ReceiptId) -> Result<Receipt, ApiError> {
    let row = store::receipt(tx, id).await?.ok_or(Code::NotFound)?;
    Ok(receipt_of(row, ctx.person_id()))
}

/// A page of receipts.
///
/// # Errors
/// When the database fails.
pub async fn receipts(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    query: &ReceiptQuery,
) -> Result<Page<Receipt>, ApiError> {
    let mut rows = store::receipts(tx, fund.id, query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    Ok(Page { items: rows.into_iter().map(|row| receipt_of(row, ctx.person_id())).collect(), next })
}

/// How money that arrived is booked on a contribution as it stands.
fn booking(contribution: &ContributionRow, amount: Money, bank_rate: Rate) -> Result<ReceiptBooking, ApiError> {
    if !matches!(
        contribution.state,
        ContributionState::Signed | ContributionState::PartlyReceived | ContributionState::Received
    ) {
        return Err(wrong_state(contribution.state));
    }
    let own = |minor| Money::from_minor(minor, contribution.currency);
    let (signed, received) = (own(contribution.signed_minor), own(contribution.received_minor));
    book_receipt(amount, bank_rate, contribution.budget_rate_nano, signed, received, receivable(contribution)).map_err(
        |code| match code {
            Code::AboveSigned => {
                let left = Money::from_minor(signed.minor() - received.minor(), signed.currency());
                FieldError::new("/amount", code).with("max", left).into()
            }
            code => FieldError::new("/amount", code).into(),
        },
    )
}

/// Records money that arrived on a signed contribution.
///
/// # Errors
/// Field errors, [`Code::AboveSigned`] at the amount among them; [`Code::WrongState`],
/// [`Code::BankReferenceUsed`].
pub async fn prepare_receipt(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    contribution: Granted<ContributionRow>,
    draft: &ReceiptDraft,
) -> Result<Receipt, ApiError> {
    let mut errors = draft.errors(contribution.currency, ctx.now.date());
    if let Some(signed_on) = contribution.signed_on {
        check_not_before(&mut errors, "/received_on", draft.received_on, signed_on);
    }
    check(errors)?;
    periods::service::check_open(tx, contribution.fund_id, draft.received_on, "/received_on").await?;
    let booking = booking(&contribution, draft.amount, draft.bank_rate)?;
    if !booking.cash.is_positive() {
        return Err(FieldError::new("/amount", Code::AmountRange).into());
    }
    let is_of = |day| day == draft.received_on;
    let used = (contribution.currency, RateKind::Bank, draft.bank_rate);
    let source = rate_source(tx, draft.rate_id, used, is_of, &draft.rate_source).await?;
    let id = store::insert_receipt(tx, ctx, contribution.id, person(ctx)?, draft, &source, &booking)
        .await
        .map_err(|e| e.duplicate_as(Code::BankReferenceUsed))?;
    let after = read_receipt(tx, ctx, id).await?;
    record(tx, ctx, "receipt.prepared", "receipt", id.0, None, &after).await?;
    Ok(after)
}

/// Confirms a receipt and books it, by what the contribution has received until now.
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who recorded it (M70), [`Code::WrongState`],
/// [`Code::AboveSigned`], [`Code::InsufficientHeadroom`].
pub async fn confirm_receipt(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<ReceiptRow>,
    version: i64,
) -> Result<Receipt, ApiError> {
    let by = person(ctx)?;
    if by == row.prepared_by {
        return Err(Code::SeparationOfDuties.into());
    }
    if row.state != BookingState::Prepared {
        return Err(wrong_state(row.state));
    }
    let row = row.into_inner();
    let (id, received_on) = (row.id, row.received_on);
    let contribution = store::contribution(tx, row.contribution_id).await?.ok_or(Code::NotFound)?;
    let amount = Money::from_minor(row.amount_minor, row.currency);
    let booking = booking(&contribution, amount, row.bank_rate_nano)?;
    store::set_receipt_confirmed(tx, ctx, id, version, by, &booking).await?;
    store::add_received(tx, contribution.id, row.amount_minor, &booking).await?;
    ledger::receive(tx, ctx, &contribution, id, booking, received_on).await?;
    let before = receipt_of(row, Some(by));
    let after = read_receipt(tx, ctx, id).await?;
    record(tx, ctx, "receipt.confirmed", "receipt", id.0, Some(&before), &after).await?;
    Ok(after)
}

// --- allocations ---

pub(super) fn allocation_of(row: AllocationRow, reader: Option<PersonId>) -> Allocation {
    Allocation {
        id: row.id,
        purpose: row.purpose,
        amount: Money::from_minor(row.amount_minor, row.currency),
        posted_on: row.posted_on,
        reason: row.reason,
        state: row.state,
        prepared_by: Step { by: row.prepared_name, at: row.prepared_at },
        confirmed_by: step(row.confirmed_name, row.confirmed_at),
        is_own: reader == Some(row.prepared_by),
        version: row.version,
    }
}

async fn read_allocation(tx: &mut Tx, ctx: &Ctx<'_>, id: AllocationId) -> Result<Allocation, ApiError> {
    let row = store::allocation(tx, id).await?.ok_or(Code::NotFound)?;
    Ok(allocation_of(row, ctx.person_id()))
}

/// A page of what was set aside.
///
/// # Errors
/// When the database fails.
pub async fn allocations(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    query: &AllocationQuery,
) -> Result<Page<Allocation>, ApiError> {
    let mut rows = store::allocations(tx, fund.id, query).await?;
    let next = next_page(&mut rows, PAGE, |row| row.id.to_string());
    Ok(Page { items: rows.into_iter().map(|row| allocation_of(row, ctx.person_id())).collect(), next })
}

/// Records money to be set aside.
///
/// # Errors
/// Field errors.
pub async fn prepare_allocation(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    fund: Granted<FundRow>,
    draft: &AllocationDraft,
) -> Result<Allocation, ApiError> {
    let mut errors = draft.errors(fund.currency, ctx.now.date());
    if let Some(first) = store::first_signature(tx, fund.id).await? {
        check_not_before(&mut errors, "/posted_on", draft.posted_on, first);
    }
    check(errors)?;
    periods::service::check_open(tx, fund.id, draft.posted_on, "/posted_on").await?;
    let id = store::insert_allocation(tx, ctx, fund.id, person(ctx)?, draft).await?;
    let after = read_allocation(tx, ctx, id).await?;
    record(tx, ctx, "allocation.prepared", "allocation", id.0, None, &after).await?;
    Ok(after)
}

/// Confirms that money is set aside and books it.
///
/// # Errors
/// [`Code::SeparationOfDuties`] for who recorded it (M70), [`Code::WrongState`],
/// [`Code::InsufficientHeadroom`], [`Code::NoDonorShares`].
pub async fn confirm_allocation(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    row: Granted<AllocationRow>,
    version: i64,
) -> Result<Allocation, ApiError> {
    let by = person(ctx)?;
    if by == row.prepared_by {
        return Err(Code::SeparationOfDuties.into());
    }
    if row.state != BookingState::Prepared {
        return Err(wrong_state(row.state));
    }
    let row = row.into_inner();
    let id = row.id;
    store::set_allocation_confirmed(tx, ctx, id, version, by).await?;
    let amount = Money::from_minor(row.amount_minor, row.currency);
    ledger::allocate(tx, ctx, row.fund_id, id, row.purpose.account(), amount, row.posted_on).await?;
    let before = allocation_of(row, Some(by));
    let after = read_allocation(tx, ctx, id).await?;
    record(tx, ctx, "allocation.confirmed", "allocation", id.0, Some(&before), &after).await?;
    Ok(after)
}

// --- the journal ---

fn entry_of(rows: &[JournalRow]) -> Option<JournalEntry> {
    let first = rows.first()?;
    Some(JournalEntry {
        id: first.id,
        kind: first.kind,
        posted_on: first.posted_on,
        created_at: first.created_at,
        by: first.by_name.clone(),
        reverses: first.reverses,
        corrects: first.corrects_from.zip(first.corrects_until),
        postings: rows
            .iter()
            .map(|row| Posting {
                account: row.account,
                amount: Money::from_minor(row.amount_minor, row.currency),
                donor: OrganisationRef { id: row.donor_id, code: row.donor_code.clone(), name: row.donor_name.clone() },
                contribution_id: row.contribution_id,
                contribution: row.contribution.clone(),
                call: row.call_code.clone(),
                proposal: row.proposal_number.clone(),
                agreement_id: row.agreement_id,
                agreement: row.agreement_number.clone(),
            })
            .collect(),
    })
}

/// A page of the journal, with the sum of all that the filter matches.
///
/// # Errors
/// When the database fails.
pub async fn journal(tx: &mut Tx, fund: Granted<FundRow>, query: &JournalQuery) -> Result<Journal, ApiError> {
    let rows = journal_store::journal(tx, fund.id, query).await?;
    let mut items: Vec<JournalEntry> = rows.chunk_by(|a, b| a.id == b.id).filter_map(entry_of).collect();
    let next = next_page(&mut items, PAGE, |entry| entry.id.to_string());
    // A balance answers where one is kept; an entry's sides sum to zero.
    let minor = match journal_store::balance_sum(tx, fund.id, query).await? {
        Some(minor) => minor,
        None => journal_store::journal_sum(tx, fund.id, query).await?,
    };
    Ok(Journal { entries: Page { items, next }, sum: Money::from_minor(minor, fund.currency) })
}

async fn record<T: serde::Serialize>(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    action: &str,
    kind: &str,
    id: uuid::Uuid,
    before: Option<&T>,
    after: &T,
) -> Result<(), ApiError> {
    audit::record(tx, ctx, audit::Entry { action, kind, id, before, after: Some(after), reason: None }).await
}
