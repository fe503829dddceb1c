//! What a report is in the fund's currency (M51, M53): as its acceptance froze it, or as it would be now.

use shared::money::Money;
use shared::problem::{Code, FieldError};
use shared::rates::RateKind;
use shared::reports::{Reporting, ReportingMethod, ReportingRate, Transfer, convert_lines, months};

use super::store::{self, LineRow, ReportRow};
use crate::db::Tx;
use crate::grants::payments_store;
use crate::grants::store::AgreementRow;
use crate::http::error::ApiError;
use crate::rates;

/// A report's lines in the fund's currency.
pub(super) struct InFund {
    /// Reported − disallowed of each line; none while there is no rate.
    pub lines: Option<Vec<Money>>,
    /// What converts them; none where the recipient reports in the fund's currency, or nothing was spent.
    pub rate: Option<ReportingRate>,
    /// Why there is no rate yet.
    pub missing: Option<FieldError>,
    /// What rounding the lines leaves of the total (M53).
    pub rounding: Money,
    /// The same of the reports accepted before.
    pub rounding_before: Money,
}

/// Converts a report's lines.
pub(super) async fn of(
    tx: &mut Tx,
    agreement: &AgreementRow,
    row: &ReportRow,
    lines: &[LineRow],
) -> Result<InFund, ApiError> {
    let zero = agreement.money(0);
    let plain = InFund { lines: None, rate: None, missing: None, rounding: zero, rounding_before: zero };
    let Some(reporting) = agreement.reporting() else {
        let lines = lines.iter().map(|line| agreement.money(line.spent_minor())).collect();
        return Ok(InFund { lines: Some(lines), ..plain });
    };
    let before = store::before(tx, row).await?;
    let plain = InFund { rounding_before: agreement.money(before.rounding_minor), ..plain };
    if row.accepted_at.is_some() {
        let lines = lines.iter().map(|line| agreement.money(line.accepted_minor.unwrap_or_default())).collect();
        let rate = row.rate_fund_minor.zip(row.rate_reporting_minor);
        return Ok(InFund {
            lines: Some(lines),
            rate: rate.and_then(|(fund, reporting)| ReportingRate::of(fund, reporting)),
            rounding: agreement.money(row.rounding_minor),
            ..plain
        });
    }
    let spent: Vec<Money> = lines.iter().map(|line| agreement.reported(line.spent_minor())).collect();
    let total = Money::sum(reporting.currency, spent.iter().copied())?;
    if !total.is_positive() {
        return Ok(InFund { lines: Some(vec![zero; spent.len()]), ..plain });
    }
    match rate_now(tx, agreement, row, reporting, (agreement.reported(before.spent_minor), total)).await? {
        Ok(rate) => {
            let converted = convert_lines(rate, &spent, agreement.currency)?;
            Ok(InFund { lines: Some(converted.lines), rate: Some(rate), rounding: converted.rounding, ..plain })
        }
        Err(missing) => Ok(InFund { missing: Some(missing), ..plain }),
    }
}

/// The rate that a report would be accepted with now, or why there is none: nobody guesses one (M50).
async fn rate_now(
    tx: &mut Tx,
    agreement: &AgreementRow,
    row: &ReportRow,
    reporting: Reporting,
    (before, spent): (Money, Money),
) -> Result<Result<ReportingRate, FieldError>, ApiError> {
    let missing = |code| FieldError::new("/rate", code);
    let rate = if reporting.method == ReportingMethod::MonthlyAverage {
        let months = months(row.period_from, row.period_to);
        let known = rates::store::monthly_averages(tx, reporting.currency, &months).await?;
        let unknown = months.iter().find(|month| !known.iter().any(|(valid_on, _)| valid_on == *month));
        if let Some(month) = unknown {
            let error = missing(Code::RateMissing).with("currency", reporting.currency).with("day", month);
            return Ok(Err(error.with("kind", RateKind::MonthlyAverage)));
        }
        let averages: Vec<_> = known.into_iter().map(|(_, rate)| rate).collect();
        ReportingRate::monthly_average(&averages, reporting.currency)
    } else {
        let rows = payments_store::transfers(tx, agreement.id).await?;
        if let Some(waiting) = rows.iter().find(|transfer| transfer.received_minor.is_none()) {
            return Ok(Err(missing(Code::CreditUnconfirmed).with("number", &waiting.number)));
        }
        let transfers: Vec<Transfer> = rows
            .iter()
            .filter_map(|transfer| {
                let received = agreement.reported(transfer.received_minor?);
                Some(Transfer { paid: agreement.money(transfer.amount_minor), received })
            })
            .collect();
        match reporting.method {
            ReportingMethod::Fifo => ReportingRate::fifo(&transfers, before, spent),
            _ => ReportingRate::weighted_average(&transfers),
        }
    };
    Ok(rate.map_err(missing))
}
