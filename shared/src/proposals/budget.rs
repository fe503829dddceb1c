//! The rules of a proposal's budget (M6–M10, M12), once for the server and the browser.

use serde::{Deserialize, Serialize};

use crate::calls::{BudgetRules, CATEGORY_CONTINGENCY, CATEGORY_INDIRECT, CATEGORY_REFINANCING_FEE, CallCurrency};
use crate::currency::Currency;
use crate::fraction::Fraction;
use crate::money::{BasisPoints, Money, Quantity, Rate};
use crate::problem::{Code, FieldError};

/// The most lines that a budget may have.
pub const LINES_MAX: usize = 200;

/// The longest activity, in characters.
pub const ACTIVITY_MAX_CHARS: usize = 300;

/// The longest unit or period, in characters.
pub const UNIT_MAX_CHARS: usize = 60;

/// The largest sum of a budget, in minor units.
const SUM_MAX_MINOR: i128 = 1_000_000_000_000_000;

/// A whole in basis points.
const WHOLE: i128 = 10_000;

crate::words! {
    /// Who pays a budget line (M6).
    LineSource {
        /// The fund.
        Grant = "grant",
        /// The applicant, in money.
        OwnCash = "own_cash",
        /// The applicant, in work or goods; never paid out (M10).
        OwnInKind = "own_in_kind",
        /// Somebody else.
        ThirdParty = "third_party",
    }
}

/// A line of a budget (M6). A draft's line may lack category, quantity or unit cost: then it has
/// no total and counts nowhere until it is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BudgetLine {
    /// One of the call's categories; empty while it is not chosen.
    pub category: String,
    /// The activity or milestone.
    pub activity: String,
    /// What is counted: month, person-day, licence.
    pub unit: String,
    /// How many.
    #[serde(default)]
    pub quantity: Option<Quantity>,
    /// What one costs, in the proposal's currency.
    #[serde(default)]
    pub unit_cost: Option<Money>,
    /// When: months 1–6, 2027.
    pub period: String,
    /// Who pays.
    pub source: LineSource,
    /// Quantity × unit cost, rounded once. The server computes it; if stated it must match (M7).
    #[serde(default)]
    pub total: Option<Money>,
}

impl BudgetLine {
    /// Quantity × unit cost (M7); `None` while the line is incomplete.
    ///
    /// # Errors
    /// [`Code::AmountRange`] when the product is too large.
    pub fn computed_total(&self) -> Result<Option<Money>, Code> {
        match (self.quantity, self.unit_cost) {
            (Some(quantity), Some(unit_cost)) => quantity.times(unit_cost).map(Some),
            _ => Ok(None),
        }
    }
}

/// What a source pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SourceTotal {
    /// The source.
    pub source: LineSource,
    /// Its sum.
    pub amount: Money,
}

/// What a category costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CategoryTotal {
    /// The category.
    pub category: String,
    /// Its sum over all sources.
    pub amount: Money,
    /// The part that the grant pays.
    pub grant: Money,
}

/// The sums of a budget. Amounts are in the proposal's currency unless named otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Every source, in order; their sum is `total`.
    pub by_source: Vec<SourceTotal>,
    /// Every category of the call, in its order; their sum is `total`.
    pub by_category: Vec<CategoryTotal>,
    /// All but contingency and indirect cost.
    pub direct: Money,
    /// Contingency, and the most it may be (M8).
    pub contingency: Money,
    /// The most that contingency may be.
    pub contingency_max: Money,
    /// Indirect cost (M8).
    pub indirect: Money,
    /// The most that indirect cost may be.
    pub indirect_max: Money,
    /// The whole project.
    pub total: Money,
    /// What the grant pays.
    pub requested: Money,
    /// The same in EUR at the call's budget rate (M51), rounded once.
    pub requested_eur: Money,
    /// The most that may be requested, in the proposal's currency (M9).
    pub requested_max: Money,
    /// What is left of it; zero when it is exceeded.
    pub requested_left: Money,
    /// What all others pay.
    pub cofunding: Money,
    /// Co-funding in percent of the project total, exact; none for an empty budget.
    pub cofunding_percent: Option<Fraction>,
}

/// What cannot be stored of a line: unknown words, foreign currency, too long texts, a stated
/// total that is not quantity × unit cost (M1, M5–M7). Pointers begin at `/lines/{index}`.
#[must_use]
pub fn check_lines(rules: &BudgetRules, currency: Currency, lines: &[BudgetLine]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if lines.len() > LINES_MAX {
        errors.push(FieldError::new("/lines", Code::TooLong).with("max", LINES_MAX));
        return errors;
    }
    let mut sum = 0_i128;
    for (index, line) in lines.iter().enumerate() {
        let at = |field: &str| format!("/lines/{index}/{field}");
        if !line.category.is_empty() && !rules.categories.contains(&line.category) {
            errors.push(FieldError::new(at("category"), Code::CategoryUnknown));
        }
        for (field, text, max) in [
            ("activity", &line.activity, ACTIVITY_MAX_CHARS),
            ("unit", &line.unit, UNIT_MAX_CHARS),
            ("period", &line.period, UNIT_MAX_CHARS),
        ] {
            if text.chars().count() > max {
                errors.push(FieldError::new(at(field), Code::TooLong).with("max", max));
            }
        }
        match line.unit_cost {
            Some(cost) if cost.currency() != currency => {
                errors.push(FieldError::new(at("unit_cost"), Code::CurrencyMismatch).with("expected", currency));
                continue;
            }
            Some(cost) if !cost.is_positive() => {
                errors.push(FieldError::new(at("unit_cost"), Code::AmountNotPositive));
            }
            _ => {}
        }
        match line.computed_total() {
            Err(code) => errors.push(FieldError::new(at("unit_cost"), code)),
            Ok(computed) => {
                if let Some(stated) = line.total
                    && computed != Some(stated)
                {
                    let error = FieldError::new(at("total"), Code::LineTotalMismatch);
                    errors.push(match computed {
                        Some(expected) => error.with("expected", expected),
                        None => error,
                    });
                }
                sum += computed.map_or(0, |total| i128::from(total.minor()));
            }
        }
    }
    if sum > SUM_MAX_MINOR {
        errors.push(FieldError::new("/lines", Code::AmountRange));
    }
    errors
}

/// What a line still lacks before it can be submitted.
fn missing_in_lines(lines: &[BudgetLine]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        for (field, is_missing) in [
            ("category", line.category.is_empty()),
            ("activity", line.activity.trim().is_empty()),
            ("unit", line.unit.trim().is_empty()),
            ("quantity", line.quantity.is_none()),
            ("unit_cost", line.unit_cost.is_none()),
        ] {
            if is_missing {
                errors.push(FieldError::new(format!("/lines/{index}/{field}"), Code::Required));
            }
        }
    }
    errors
}

/// M12: the refinancing fee is planned in the offer to the customer, never in the grant.
fn check_refinancing_fee(lines: &[BudgetLine], errors: &mut Vec<FieldError>) {
    for (index, line) in lines.iter().enumerate() {
        if line.category == CATEGORY_REFINANCING_FEE && line.source == LineSource::Grant {
            errors.push(FieldError::new(format!("/lines/{index}/source"), Code::RefinancingFeeOnGrant));
        }
    }
}

/// Sums a budget and holds it against every rule (M6–M10, M12). Each broken rule is named at its field
/// (`/lines/{index}/…`, `/totals/indirect`, `/totals/contingency`, `/totals/requested`,
/// `/totals/cofunding`, `/duration_months`) with the amount that would pass.
///
/// Direct cost is everything but contingency and indirect cost, whoever pays it. Caps compare
/// exact products (M4): a request in another currency is held against the limits in EUR before
/// any rounding.
#[must_use]
pub fn check_budget(
    rules: &BudgetRules,
    currencies: &[CallCurrency],
    currency: Currency,
    lines: &[BudgetLine],
    duration_months: Option<i64>,
) -> (Totals, Vec<FieldError>) {
    let mut errors = check_lines(rules, currency, lines);
    errors.extend(missing_in_lines(lines));
    check_refinancing_fee(lines, &mut errors);
    let rate = match currencies.iter().find(|c| c.currency == currency) {
        Some(found) => found.budget_rate,
        None => {
            errors.push(FieldError::new("/currency", Code::CurrencyUnknown));
            Rate::ONE
        }
    };
    let totals = sum(rules, rate, currency, lines);
    check_caps(rules, &totals, &mut errors);
    check_request(rules, rate, &totals, &mut errors);
    check_cofunding(rules, &totals, &mut errors);
    match duration_months {
        None => errors.push(FieldError::new("/duration_months", Code::Required)),
        Some(months) if months < 1 => errors.push(FieldError::new("/duration_months", Code::AmountNotPositive)),
        Some(months) if months > rules.max_months => {
            errors.push(FieldError::new("/duration_months", Code::DurationAboveMax).with("max", rules.max_months));
        }
        Some(_) => {}
    }
    (totals, errors)
}

/// The sums over the lines that are complete and in the proposal's currency.
fn sum(rules: &BudgetRules, rate: Rate, currency: Currency, lines: &[BudgetLine]) -> Totals {
    let counted: Vec<(&BudgetLine, i64)> = lines
        .iter()
        .take(LINES_MAX)
        .filter(|line| rules.categories.contains(&line.category))
        .filter_map(|line| line.computed_total().ok().flatten().map(|total| (line, total)))
        // `LINES_MAX` totals of at most 10^15 fit into 64 bits.
        .filter(|(_, total)| total.currency() == currency && total.minor() >= 0)
        .map(|(line, total)| (line, total.minor()))
        .collect();
    let over = |keep: &dyn Fn(&BudgetLine) -> bool| {
        let minor = counted.iter().filter(|(line, _)| keep(line)).map(|(_, minor)| minor).sum();
        Money::from_minor(minor, currency)
    };
    let less = |a: Money, b: Money| Money::from_minor(a.minor() - b.minor(), currency);

    let total = over(&|_| true);
    let contingency = over(&|line| line.category == CATEGORY_CONTINGENCY);
    let indirect = over(&|line| line.category == CATEGORY_INDIRECT);
    let direct = less(less(total, contingency), indirect);
    let requested = over(&|line| line.source == LineSource::Grant);
    let cofunding = less(total, requested);
    let requested_max = from_eur_floor(rules.max_grant, rate, currency);
    Totals {
        by_source: LineSource::ALL
            .iter()
            .map(|source| SourceTotal { source: *source, amount: over(&|line| line.source == *source) })
            .collect(),
        by_category: rules
            .categories
            .iter()
            .map(|category| CategoryTotal {
                category: category.clone(),
                amount: over(&|line| line.category == *category),
                grant: over(&|line| line.category == *category && line.source == LineSource::Grant),
            })
            .collect(),
        direct,
        contingency,
        contingency_max: rules.contingency_cap.of_floor(direct),
        indirect,
        indirect_max: rules.indirect_cap.of_floor(direct),
        total,
        requested,
        // Too large to convert means far above any maximum: M9 refuses it below.
        requested_eur: rate.to_eur(requested).unwrap_or_else(|_| Money::from_minor(i64::MAX, Currency::EUR)),
        requested_max,
        requested_left: Money::from_minor((requested_max.minor() - requested.minor()).max(0), currency),
        cofunding,
        cofunding_percent: cofunding.minor().checked_mul(100).and_then(|n| Fraction::new(n, total.minor())),
    }
}

/// M8: indirect cost and contingency, each against its share of direct cost.
fn check_caps(rules: &BudgetRules, totals: &Totals, errors: &mut Vec<FieldError>) {
    let caps: [(&str, Code, BasisPoints, Money, Money); 2] = [
        ("/totals/indirect", Code::IndirectCap, rules.indirect_cap, totals.indirect, totals.indirect_max),
        (
            "/totals/contingency",
            Code::ContingencyCap,
            rules.contingency_cap,
            totals.contingency,
            totals.contingency_max,
        ),
    ];
    for (pointer, code, cap, amount, max) in caps {
        if !cap.caps(amount, totals.direct) {
            errors.push(FieldError::new(pointer, code).with("max", max).with("percent", cap));
        }
    }
}

/// M9: min grant ≤ requested ≤ max grant, inclusive, by exact products.
fn check_request(rules: &BudgetRules, rate: Rate, totals: &Totals, errors: &mut Vec<FieldError>) {
    if totals.requested.minor() == 0 {
        errors.push(FieldError::new("/totals/requested", Code::BudgetEmpty));
    } else {
        errors.extend(check_limits(rules, rate, totals.requested));
    }
}

fn check_limits(rules: &BudgetRules, rate: Rate, amount: Money) -> Option<FieldError> {
    let at = "/totals/requested";
    if compare_in_eur(amount, rate, rules.min_grant).is_lt() {
        let min = from_eur_ceil(rules.min_grant, rate, amount.currency());
        Some(FieldError::new(at, Code::RequestBelowMin).with("min", min))
    } else if compare_in_eur(amount, rate, rules.max_grant).is_gt() {
        let max = from_eur_floor(rules.max_grant, rate, amount.currency());
        Some(FieldError::new(at, Code::RequestAboveMax).with("max", max))
    } else {
        None
    }
}

/// M5, M9: what is wrong with an amount that is asked for outside a budget, as in a concept note.
#[must_use]
pub fn check_amount_asked(rules: &BudgetRules, currencies: &[CallCurrency], amount: Money) -> Option<FieldError> {
    let at = "/totals/requested";
    let Some(found) = currencies.iter().find(|c| c.currency == amount.currency()) else {
        return Some(FieldError::new(at, Code::CurrencyUnknown));
    };
    if !amount.is_positive() {
        return Some(FieldError::new(at, Code::AmountNotPositive));
    }
    check_limits(rules, found.budget_rate, amount)
}

/// M10: co-funding ÷ project total ≥ the minimum; in kind counts up to its share of the minimum.
fn check_cofunding(rules: &BudgetRules, totals: &Totals, errors: &mut Vec<FieldError>) {
    let of = |source: LineSource| {
        totals.by_source.iter().find(|s| s.source == source).map_or(0, |s| i128::from(s.amount.minor()))
    };
    // All in units of 10^-8 minor: a share of a share stays whole.
    let total = i128::from(totals.total.minor());
    let minimum = total * i128::from(rules.cofunding_min.0) * WHOLE;
    let in_kind_max = total * i128::from(rules.cofunding_min.0) * i128::from(rules.in_kind_counts_up_to.0);
    let money = (of(LineSource::OwnCash) + of(LineSource::ThirdParty)) * WHOLE * WHOLE;
    let counted = money + (of(LineSource::OwnInKind) * WHOLE * WHOLE).min(in_kind_max);
    if counted < minimum {
        let currency = totals.total.currency();
        let whole = |n: i128| Money::from_minor(i64::try_from(n).unwrap_or(i64::MAX), currency);
        let unit = WHOLE * WHOLE;
        errors.push(
            FieldError::new("/totals/cofunding", Code::CofundingBelowMin)
                .with("percent", rules.cofunding_min)
                .with("missing", whole((minimum - counted + unit - 1) / unit))
                .with("min", whole((minimum + unit - 1) / unit)),
        );
    }
}

/// Both sides of `amount ÷ rate` against `limit`, as whole numbers.
fn sides(amount: Money, rate: Rate, limit: Money) -> (i128, i128) {
    let scale = |currency: Currency| 10_i128.pow(currency.decimals());
    (
        i128::from(amount.minor()) * scale(limit.currency()) * i128::from(Rate::ONE.scaled()),
        i128::from(limit.minor()) * scale(amount.currency()) * i128::from(rate.scaled()),
    )
}

/// Compares an amount, at a rate, with a limit in EUR, before any rounding (M4).
fn compare_in_eur(amount: Money, rate: Rate, limit: Money) -> std::cmp::Ordering {
    let (left, right) = sides(amount, rate, limit);
    left.cmp(&right)
}

/// The largest amount of a currency that is not above an amount in EUR.
fn from_eur_floor(eur: Money, rate: Rate, currency: Currency) -> Money {
    let (unit, right) = sides(Money::from_minor(1, currency), rate, eur);
    Money::from_minor(i64::try_from(right.div_euclid(unit)).unwrap_or(i64::MAX), currency)
}

/// The smallest amount of a currency that is not below an amount in EUR.
fn from_eur_ceil(eur: Money, rate: Rate, currency: Currency) -> Money {
    let (unit, right) = sides(Money::from_minor(1, currency), rate, eur);
    Money::from_minor(i64::try_from((right + unit - 1).div_euclid(unit)).unwrap_or(i64::MAX), currency)
}

#[cfg(test)]
mod tests;
