//! What happens to reports, step by step (M32, M40–M42, M70).

use serde_json::json;
use shared::grants::{AgreementState, DisbursementState, EventKind, grant_share, reason_errors};
use shared::ids::{AgreementId, OrganisationId};
use shared::money::Money;
use shared::people::OrganisationRef;
use shared::permission::{Permission, Scope};
use shared::problem::{Code, Problem, check};
use shared::proposals::Content;
use shared::reports::{
    Report, ReportAction, ReportCheck, ReportDraft, ReportLine, ReportState, ReportSummary, ShiftBand, calendar,
    shift_band, signed_budget,
};
use shared::time::Date;

use super::conversion::{self, InFund};
use super::store::{self, Acceptance, LineRow, ReportRow};
use crate::app::Ctx;
use crate::auth::policy::Granted;
use crate::db::Tx;
use crate::fund::ledger::{self, OnAgreement};
use crate::fund::service::{person, step};
use crate::grants::service::{record, record_with_reason, wrong_state};
use crate::grants::store::AgreementRow;
use crate::grants::{closing_store, payments_store, store as grant_store, tranches_store};
use crate::http::error::ApiError;
use crate::proposals::store as proposal_store;

/// What the policy hands out: a report with its agreement.
pub type Pair = (AgreementRow, ReportRow);

/// Signs the proposal's budget with the agreement: the last submitted version, in the fund's currency.
///
/// # Errors
/// [`Code::BudgetEmpty`] when the proposal has none.
pub async fn sign_budget(
    tx: &mut Tx,
    agreement_id: AgreementId,
    proposal_id: shared::ids::ProposalId,
    total: Money,
) -> Result<(), ApiError> {
    let (_, json) = proposal_store::version(tx, proposal_id, None).await?.ok_or(Code::BudgetEmpty)?;
    let content: Content = serde_json::from_str(&json)?;
    let totals = content.budget.ok_or(Code::BudgetEmpty)?.totals;
    let weights: Vec<(String, i64)> =
        totals.by_category.into_iter().map(|category| (category.category, category.amount.minor())).collect();
    store::insert_budget(tx, agreement_id, &signed_budget(&weights, total)?).await
}

/// Plans the reports of a draft agreement: one before each tranche but the first, the last one final.
///
/// # Errors
/// When the database fails.
pub async fn plan(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement_id: AgreementId,
    (starts_on, ends_on): (Date, Date),
    dues: &[Date],
) -> Result<(), ApiError> {
    store::replace_calendar(tx, ctx, agreement_id, &calendar(starts_on, ends_on, dues)).await
}

fn summary(agreement: &AgreementRow, row: &ReportRow, today: Date) -> ReportSummary {
    ReportSummary {
        id: row.id,
        number: row.number,
        is_final: row.is_final,
        from: row.period_from,
        to: row.period_to,
        due_on: row.due_on,
        state: row.state,
        is_overdue: row.state.is_with_recipient() && row.due_on < today,
        reported: agreement.reported(row.reported_minor),
        accepted: row.accepted_minor.map(|minor| agreement.money(minor)),
        share: row.accepted_share_minor.map(|minor| agreement.money(minor)),
    }
}

/// An agreement's report calendar.
///
/// # Errors
/// When the database fails.
pub(crate) async fn summaries(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    agreement: &AgreementRow,
) -> Result<Vec<ReportSummary>, ApiError> {
    let rows = store::reports(tx, agreement.id).await?;
    Ok(rows.iter().map(|row| summary(agreement, row, ctx.now.date())).collect())
}

fn reaches(ctx: &Ctx<'_>, right: Permission, organisation_id: OrganisationId) -> bool {
    ctx.actor.is_some_and(|actor| match actor.scope(right) {
        Scope::All => true,
        Scope::Nothing => false,
        _ => actor.organisations(right).contains(&organisation_id),
    })
}

/// What the reader can do with a report now (M70: writer, checker and accepter are different persons).
fn actions(ctx: &Ctx<'_>, agreement: &AgreementRow, row: &ReportRow, band: ShiftBand) -> Vec<ReportAction> {
    use ReportAction as A;
    let me = ctx.person_id();
    let is_checked = row.checked_at.is_some();
    let is_in_hand = matches!(row.state, ReportState::Submitted | ReportState::InCheck);
    let other = row.submitted_by != me;
    let all = [
        (A::Edit, Permission::WriteReport, row.state.is_with_recipient() && is_open(agreement)),
        (A::Submit, Permission::WriteReport, row.state.is_with_recipient() && is_open(agreement)),
        (A::Check, Permission::CheckReport, is_in_hand && other),
        (A::Ask, Permission::CheckReport, is_in_hand),
        (
            A::ApproveShift,
            Permission::ApproveShift,
            row.state == ReportState::InCheck
                && is_checked
                && band == ShiftBand::Desk
                && row.shift_approved_at.is_none()
                && other,
        ),
        (
            A::Accept,
            Permission::AcceptReport,
            row.state == ReportState::InCheck
                && is_checked
                && other
                && row.checked_by != me
                && (!row.is_final || takes_final(agreement))
                && band <= ShiftBand::Desk
                && (band < ShiftBand::Desk || row.shift_approved_at.is_some()),
        ),
        (A::Reject, Permission::AcceptReport, row.state == ReportState::InCheck && is_checked && row.checked_by != me),
    ];
    all.into_iter()
        .filter(|(_, right, is_possible)| *is_possible && reaches(ctx, *right, agreement.organisation_id))
        .map(|(action, ..)| action)
        .collect()
}

/// Whether recipients may write reports: from the signature until the grant is closed.
fn is_open(agreement: &AgreementRow) -> bool {
    agreement.signed_at.is_some() && agreement.state != AgreementState::Closed
}

/// Whether the final report may be accepted: a suspended agreement must be resumed first.
fn takes_final(agreement: &AgreementRow) -> bool {
    matches!(agreement.state, AgreementState::Active | AgreementState::Ended)
}

/// The version of the budget that a report is held against (M40): the last one, until it is accepted.
fn budget_of(agreement: &AgreementRow, row: &ReportRow) -> i64 {
    row.budget_version.unwrap_or(agreement.budget_version)
}

/// The lines of a report, and what they are in the fund's currency.
async fn lines(tx: &mut Tx, agreement: &AgreementRow, row: &ReportRow) -> Result<(Vec<ReportLine>, InFund), ApiError> {
    let rows = store::lines(tx, row, budget_of(agreement, row)).await?;
    let in_fund = conversion::of(tx, agreement, row, &rows).await?;
    let line = |(at, line): (usize, LineRow)| {
        let accepted = in_fund.lines.as_ref().and_then(|lines| lines.get(at).copied());
        let (planned, before) = (agreement.money(line.planned_minor), agreement.money(line.before_minor));
        let cumulative = before.checked_add(accepted.unwrap_or(agreement.money(0)))?;
        Ok(ReportLine {
            band: shift_band(&line.category, planned, cumulative),
            planned,
            before,
            reported: agreement.reported(line.reported_minor),
            disallowed: agreement.reported(line.disallowed_minor),
            disallowed_reason: line.disallowed_reason,
            accepted,
            cumulative,
            category: line.category,
            note: line.note,
        })
    };
    let lines = rows.into_iter().enumerate().map(line).collect::<Result<_, Code>>()?;
    Ok((lines, in_fund))
}

/// What a report's lines come to.
struct Sums {
    /// Disallowed, as reported.
    disallowed: Money,
    /// Accepted with this report, rounding included; none while there is no rate.
    accepted: Option<Money>,
    /// Accepted in all, rounding included.
    cumulative: Money,
}

fn sums(agreement: &AgreementRow, lines: &[ReportLine], in_fund: &InFund) -> Result<Sums, Code> {
    let accepted = match &in_fund.lines {
        Some(own) => Some(Money::sum(agreement.currency, own.iter().copied())?.checked_add(in_fund.rounding)?),
        None => None,
    };
    let cumulative = Money::sum(agreement.currency, lines.iter().map(|line| line.cumulative))?;
    Ok(Sums {
        disallowed: Money::sum(agreement.reported(0).currency(), lines.iter().map(|line| line.disallowed))?,
        accepted,
        cumulative: cumulative.checked_add(in_fund.rounding_before)?.checked_add(in_fund.rounding)?,
    })
}

async fn whole(tx: &mut Tx, ctx: &Ctx<'_>, (agreement, row): Pair) -> Result<Report, ApiError> {
    let (lines, in_fund) = lines(tx, &agreement, &row).await?;
    let Sums { disallowed, accepted, cumulative } = sums(&agreement, &lines, &in_fund)?;
    let (agreed, total) = (agreement.money(agreement.amount_minor), agreement.money(agreement.total_minor));
    let band = lines.iter().map(|line| line.band).max().unwrap_or(ShiftBand::Within);
    Ok(Report {
        summary: summary(&agreement, &row, ctx.now.date()),
        agreement_id: agreement.id,
        agreement: agreement.number.clone(),
        organisation: OrganisationRef {
            id: agreement.organisation_id,
            code: agreement.organisation_code.clone(),
            name: agreement.organisation_name.clone(),
        },
        reporting: agreement.reporting(),
        rate: in_fund.rate,
        rate_missing: in_fund.missing,
        planned: Money::sum(agreement.currency, lines.iter().map(|line| line.planned))?,
        disallowed,
        rounding: in_fund.rounding,
        rounding_before: in_fund.rounding_before,
        accepted,
        cumulative_share: grant_share(agreed, total, cumulative)?,
        cumulative,
        band,
        actions: actions(ctx, &agreement, &row, band),
        narrative: row.narrative,
        remark: row.remark,
        submitted: step(row.submitted_name, row.submitted_at),
        checked: step(row.checked_name, row.checked_at),
        shift_approved: step(row.shift_approved_name, row.shift_approved_at),
        accepted_by: step(row.accepted_name, row.accepted_at),
        lines,
        version: row.version,
    })
}

/// A report with its lines.
///
/// # Errors
/// When the database fails.
pub async fn report(tx: &mut Tx, ctx: &Ctx<'_>, granted: Granted<Pair>) -> Result<Report, ApiError> {
    whole(tx, ctx, granted.into_inner()).await
}

/// The report as it stands after a step.
async fn read(tx: &mut Tx, ctx: &Ctx<'_>, pair: &Pair) -> Result<Report, ApiError> {
    let agreement = grant_store::agreement(tx, pair.0.id).await?.ok_or(Code::NotFound)?;
    let row = store::report(tx, pair.1.id).await?.ok_or(Code::NotFound)?;
    whole(tx, ctx, (agreement, row)).await
}

/// Asserts that the report lies with the recipient and the grant is not closed.
fn with_recipient((agreement, row): &Pair) -> Result<(), ApiError> {
    if !is_open(agreement) {
        return Err(wrong_state(agreement.state));
    }
    if row.state.is_with_recipient() { Ok(()) } else { Err(wrong_state(row.state)) }
}

/// Saves a report that lies with the recipient.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn save(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    draft: &ReportDraft,
) -> Result<Report, ApiError> {
    let pair = granted.into_inner();
    with_recipient(&pair)?;
    let (agreement, row) = &pair;
    let known = store::lines(tx, row, budget_of(agreement, row)).await?;
    let categories: Vec<&str> = known.iter().map(|line| line.category.as_str()).collect();
    check(draft.errors(&categories, agreement.reported(0).currency()))?;
    // A question stays until it is answered by handing the report in again.
    let state = if row.state == ReportState::Clarification { row.state } else { ReportState::Draft };
    store::set_saved(tx, row.id, version, state, &draft.narrative).await?;
    store::replace_lines(tx, row.id, &draft.lines).await?;
    read(tx, ctx, &pair).await
}

/// Hands a report in. Reports are handed in in order.
///
/// # Errors
/// [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn submit(tx: &mut Tx, ctx: &Ctx<'_>, granted: Granted<Pair>, version: i64) -> Result<Report, ApiError> {
    let pair = granted.into_inner();
    with_recipient(&pair)?;
    let row = &pair.1;
    let state = if row.state == ReportState::Clarification { ReportState::InCheck } else { ReportState::Submitted };
    store::set_submitted(tx, ctx, row.id, version, state, person(ctx)?).await?;
    moved(tx, ctx, &pair, EventKind::ReportSubmitted, state, None).await
}

async fn moved(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    pair: &Pair,
    event: EventKind,
    state: ReportState,
    reason: Option<&str>,
) -> Result<Report, ApiError> {
    let row = &pair.1;
    let (before, after) = (json!({ "state": row.state }), json!({ "state": state, "number": row.number }));
    record_with_reason(tx, ctx, event, row.id.0, Some(before), after, reason).await?;
    read(tx, ctx, pair).await
}

/// Asserts that finance has the report.
fn in_hand(row: &ReportRow) -> Result<(), ApiError> {
    if matches!(row.state, ReportState::Submitted | ReportState::InCheck) {
        Ok(())
    } else {
        Err(wrong_state(row.state))
    }
}

/// Checks a report: says what is disallowed, all of it (M41).
///
/// # Errors
/// Field errors, [`Code::SeparationOfDuties`] for who handed it in (M70), [`Code::WrongState`],
/// [`Code::StaleVersion`].
pub async fn check_report(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    request: &ReportCheck,
) -> Result<Report, ApiError> {
    let pair = granted.into_inner();
    let (agreement, row) = &pair;
    in_hand(row)?;
    let by = person(ctx)?;
    if row.submitted_by == Some(by) {
        return Err(Code::SeparationOfDuties.into());
    }
    let (lines, _) = lines(tx, agreement, row).await?;
    check(request.errors(&lines, agreement.reported(0).currency()))?;
    store::set_checked(tx, ctx, row.id, version, by).await?;
    store::replace_disallowances(tx, row.id, &request.disallowances).await?;
    let before = json!({ "state": row.state });
    let after = json!({ "state": ReportState::InCheck, "disallowances": request.disallowances });
    record(tx, ctx, EventKind::ReportChecked, row.id.0, Some(before), after).await?;
    read(tx, ctx, &pair).await
}

/// Asks the recipient something.
///
/// # Errors
/// Field errors, [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn ask(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    question: &str,
) -> Result<Report, ApiError> {
    check(reason_errors(question))?;
    let pair = granted.into_inner();
    in_hand(&pair.1)?;
    let state = ReportState::Clarification;
    store::set_returned(tx, pair.1.id, version, state, question).await?;
    moved(tx, ctx, &pair, EventKind::ReportAsked, state, Some(question.trim())).await
}

/// Asserts that a report was checked and waits for the next persons.
fn checked(row: &ReportRow) -> Result<(), ApiError> {
    if row.state == ReportState::InCheck && row.checked_at.is_some() { Ok(()) } else { Err(wrong_state(row.state)) }
}

/// Approves for the Desk that categories have grown by more than the free band (M40).
///
/// # Errors
/// [`Code::WrongState`], [`Code::SeparationOfDuties`], [`Code::StaleVersion`].
pub async fn approve_shift(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
) -> Result<Report, ApiError> {
    let pair = granted.into_inner();
    let row = &pair.1;
    checked(row)?;
    let by = person(ctx)?;
    if row.submitted_by == Some(by) {
        return Err(Code::SeparationOfDuties.into());
    }
    store::set_shift_approved(tx, ctx, row.id, version, by).await?;
    moved(tx, ctx, &pair, EventKind::ReportShiftApproved, row.state, None).await
}

/// Asserts that somebody else wrote and checked the report (M70).
fn third_person(row: &ReportRow, ctx: &Ctx<'_>) -> Result<shared::ids::PersonId, ApiError> {
    let by = person(ctx)?;
    if row.submitted_by == Some(by) || row.checked_by == Some(by) {
        return Err(Code::SeparationOfDuties.into());
    }
    Ok(by)
}

/// Accepts a report: reported − disallowed is eligible (M41), within the bands of M40; the grant's
/// share of it is booked, and the rate used is frozen (M51). With the final report the final grant is known, and the balance (M42, M43).
///
/// # Errors
/// [`Code::SeparationOfDuties`] (M70), [`Code::ShiftTooLarge`] and [`Code::ShiftApprovalRequired`] with the
/// category (M40), [`Code::ReportNotAccepted`] when an earlier one is not, [`Code::PaymentOpen`] for the
/// final one while a payment is on its way, [`Code::RateMissing`], [`Code::TransferMissing`] and
/// [`Code::CreditUnconfirmed`] while it cannot be converted (M51), [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn accept(tx: &mut Tx, ctx: &Ctx<'_>, granted: Granted<Pair>, version: i64) -> Result<Report, ApiError> {
    let pair = granted.into_inner();
    let (agreement, row) = &pair;
    checked(row)?;
    if row.is_final && !takes_final(agreement) {
        return Err(wrong_state(agreement.state));
    }
    let by = third_person(row, ctx)?;
    let earlier = store::reports(tx, agreement.id).await?;
    if earlier.iter().any(|other| other.number < row.number && !other.state.is_accepted()) {
        return Err(Code::ReportNotAccepted.into());
    }
    let (lines, in_fund) = lines(tx, agreement, row).await?;
    if let Some(missing) = in_fund.missing {
        return Err(Problem { params: missing.params, ..Problem::new(missing.code) }.into());
    }
    for line in &lines {
        let code = match line.band {
            ShiftBand::Amendment | ShiftBand::Never => Code::ShiftTooLarge,
            ShiftBand::Desk if row.shift_approved_at.is_none() => Code::ShiftApprovalRequired,
            _ => continue,
        };
        return Err(Problem::new(code).with("category", &line.category).into());
    }
    let Sums { disallowed, accepted, cumulative } = sums(agreement, &lines, &in_fund)?;
    let accepted = accepted.ok_or_else(|| ApiError::internal("a report without its conversion"))?;
    let (agreed, total) = (agreement.money(agreement.amount_minor), agreement.money(agreement.total_minor));
    let share_so_far = grant_share(agreed, total, cumulative)?;
    let share = share_so_far.checked_sub(agreement.money(agreement.accepted_share_minor))?;
    let state = if disallowed.is_positive() { ReportState::AcceptedWithDisallowance } else { ReportState::Accepted };
    let own: Vec<(String, Money)> =
        lines.iter().filter_map(|line| Some((line.category.clone(), line.accepted?))).collect();
    store::accept_lines(tx, row.id, &own).await?;
    let (rate, rounding) = (in_fund.rate, in_fund.rounding);
    let budget_version = budget_of(agreement, row);
    let acceptance = Acceptance { state, accepted, share, rate, rounding, budget_version };
    store::set_accepted(tx, ctx, row.id, version, by, acceptance).await?;
    if share.is_positive() {
        let booking =
            OnAgreement { agreement_id: agreement.id, source: row.id.0, amount: share, posted_on: ctx.now.date() };
        ledger::accept_expenditure(tx, ctx, booking).await?;
    }
    let before = json!({ "state": row.state });
    let after = json!({
        "state": state, "accepted": accepted, "disallowed": disallowed, "share": share, "rate": rate, "rounding": rounding,
    });
    record(tx, ctx, EventKind::ReportAccepted, row.id.0, Some(before), after).await?;
    if row.is_final {
        let payments = payments_store::disbursements(tx, agreement.id).await?;
        let is_open =
            |state: DisbursementState, is_coming_back: bool| state.is_open() || (state.is_paid() && is_coming_back);
        if payments.iter().any(|payment| is_open(payment.state, payment.reversal_prepared_by.is_some())) {
            return Err(Code::PaymentOpen.into());
        }
        closing_store::set_final(tx, agreement.id, share_so_far).await?;
        tranches_store::settle(tx, agreement.id, share_so_far).await?;
    }
    read(tx, ctx, &pair).await
}

/// Rejects a report; the recipient writes it again.
///
/// # Errors
/// Field errors, [`Code::SeparationOfDuties`], [`Code::WrongState`], [`Code::StaleVersion`].
pub async fn reject(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    granted: Granted<Pair>,
    version: i64,
    reason: &str,
) -> Result<Report, ApiError> {
    check(reason_errors(reason))?;
    let pair = granted.into_inner();
    checked(&pair.1)?;
    third_person(&pair.1, ctx)?;
    let state = ReportState::Rejected;
    store::set_returned(tx, pair.1.id, version, state, reason).await?;
    moved(tx, ctx, &pair, EventKind::ReportRejected, state, Some(reason.trim())).await
}
