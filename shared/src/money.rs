//! Exact amounts: one parser, one rounding, checked arithmetic (M1–M5).
//!
//! Inside, an amount is a whole number of its currency's minor units, the form that the databases
//! store; in JSON it is a string with exactly the currency's decimals.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::currency::Currency;
use crate::fraction::div_round;
use crate::problem::Code;

/// The largest amount we take: 10 billion billions would overflow sums long before 64 bits do.
const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// The most digits we read before the decimal point.
const MAX_INTEGER_DIGITS: usize = 15;

/// Rounds half away from zero (M2): 2.345 → 2.35, −2.345 → −2.35.
#[must_use]
pub fn round(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// Reads a plain decimal: digits, an optional point with digits, an optional leading minus.
///
/// `Decimal::from_str` also takes `1e3`, `1_000` and `+1`, which nobody means.
///
/// # Errors
/// [`Code::AmountFormat`] for anything else, [`Code::AmountRange`] for too many digits.
pub fn parse_decimal(text: &str) -> Result<Decimal, Code> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || fraction.is_some_and(|f| !plain(f)) {
        return Err(Code::AmountFormat);
    }
    if whole.len() > MAX_INTEGER_DIGITS || fraction.is_some_and(|f| f.len() > 12) {
        return Err(Code::AmountRange);
    }
    text.parse().map_err(|_| Code::AmountFormat)
}

/// Scales a decimal to a whole number of `10^-decimals`, refusing digits that would be lost.
fn to_scaled(value: Decimal, decimals: u32) -> Result<i64, Code> {
    let scaled = Decimal::from(10_i64.checked_pow(decimals).ok_or(Code::AmountRange)?)
        .checked_mul(value)
        .ok_or(Code::AmountRange)?;
    if !scaled.fract().is_zero() {
        return Err(Code::AmountPrecision);
    }
    i64::try_from(scaled.trunc()).map_err(|_| Code::AmountRange)
}

fn from_scaled(value: i64, decimals: u32) -> Decimal {
    Decimal::new(value, decimals)
}

/// An exact amount in a currency. Two currencies never add (M5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Nothing, in a currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// From minor units: `from_minor(100, EUR)` is EUR 1.00, `from_minor(100, XAF)` is XAF 100.
    #[must_use]
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a plain decimal with at most the currency's decimals.
    ///
    /// # Errors
    /// [`Code::AmountFormat`], [`Code::AmountPrecision`] (`100.50` in XAF), [`Code::AmountRange`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Code> {
        let minor = to_scaled(parse_decimal(text)?, currency.decimals())?;
        if minor.abs() > MAX_MINOR {
            return Err(Code::AmountRange);
        }
        Ok(Self { minor, currency })
    }

    /// Whole minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal, with the currency's decimals.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        from_scaled(self.minor, self.currency.decimals())
    }

    /// The amount as plain text, without the currency: `1450000.00`.
    #[must_use]
    pub fn amount(self) -> String {
        self.decimal().to_string()
    }

    /// Whether the amount is above zero, as every input must be (M5).
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`Code::CurrencyMismatch`] for two currencies (M5), [`Code::AmountRange`] on overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, Code> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(Code::AmountRange)?;
        Ok(Self { minor, ..self })
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`Money::checked_add`].
    pub fn checked_sub(self, other: Self) -> Result<Self, Code> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(Code::AmountRange)?;
        Ok(Self { minor, ..self })
    }

    /// The sum of many amounts of one currency.
    ///
    /// # Errors
    /// As [`Money::checked_add`].
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, Code> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    fn same_currency(self, other: Self) -> Result<(), Code> {
        if self.currency == other.currency { Ok(()) } else { Err(Code::CurrencyMismatch) }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.decimal())
    }
}

/// What an amount looks like in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Wire { amount: self.amount(), currency: self.currency }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(d)?;
        Self::parse(&wire.amount, wire.currency).map_err(|c| serde::de::Error::custom(c.as_str()))
    }
}

/// Declares an exact positive decimal with a fixed number of decimals, stored as a scaled integer.
macro_rules! scaled {
    ($(#[$doc:meta])* $name:ident, $decimals:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
        pub struct $name(i64);

        impl $name {
            /// How many decimals are kept.
            pub const DECIMALS: u32 = $decimals;

            /// Reads a plain decimal above zero.
            ///
            /// # Errors
            /// [`Code::AmountFormat`], [`Code::AmountPrecision`], [`Code::AmountRange`] or
            /// [`Code::AmountNotPositive`].
            pub fn parse(text: &str) -> Result<Self, Code> {
                let scaled = to_scaled(parse_decimal(text)?, $decimals)?;
                if scaled <= 0 {
                    return Err(Code::AmountNotPositive);
                }
                if scaled > MAX_MINOR {
                    return Err(Code::AmountRange);
                }
                Ok(Self(scaled))
            }

            /// From the scaled integer that the databases store; `None` unless positive.
            #[must_use]
            pub fn from_scaled(scaled: i64) -> Option<Self> {
                (scaled > 0).then_some(Self(scaled))
            }

            /// The scaled integer that the databases store.
            #[must_use]
            pub fn scaled(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", from_scaled(self.0, $decimals).normalize())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                Self::parse(&text).map_err(|c| serde::de::Error::custom(c.as_str()))
            }
        }

        #[cfg(feature = "server")]
        crate::ids::string_schema!($name, "Exact decimal above zero", $example);
    };
}

scaled! {
    /// A quantity with up to three decimals: 2.5 months.
    Quantity, 3, "2.5"
}

scaled! {
    /// An exchange rate: units of a currency per 1 EUR, up to nine decimals (M50).
    Rate, 9, "655.957"
}

impl Rate {
    /// One to one, the euro's own rate.
    pub const ONE: Self = Self(1_000_000_000);

    /// Converts an amount of the rate's currency to EUR, rounded once (M2).
    ///
    /// # Errors
    /// [`Code::AmountRange`] when the result is too large.
    pub fn to_eur(self, amount: Money) -> Result<Money, Code> {
        let dividend = i128::from(amount.minor) * 100 * i128::from(Self::ONE.0);
        let divisor = 10_i128.pow(amount.currency.decimals()) * i128::from(self.0);
        let minor = i64::try_from(div_round(dividend, divisor)).map_err(|_| Code::AmountRange)?;
        if minor.abs() > MAX_MINOR {
            return Err(Code::AmountRange);
        }
        Ok(Money::from_minor(minor, Currency::EUR))
    }
}

impl Quantity {
    /// Quantity × unit cost, rounded once to the currency's minor unit (M7).
    ///
    /// # Errors
    /// [`Code::AmountRange`] when the result is too large.
    pub fn times(self, unit_cost: Money) -> Result<Money, Code> {
        let minor = div_round(i128::from(self.0) * i128::from(unit_cost.minor), 1_000);
        let minor = i64::try_from(minor).map_err(|_| Code::AmountRange)?;
        if minor.abs() > MAX_MINOR {
            return Err(Code::AmountRange);
        }
        Ok(Money::from_minor(minor, unit_cost.currency))
    }
}

/// A share in basis points (1 bp = 0.01 %), so that caps compare exact products (M4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(transparent))]
#[serde(transparent)]
pub struct BasisPoints(pub i32);

impl BasisPoints {
    /// Whole percents.
    #[must_use]
    pub const fn percent(percent: i32) -> Self {
        Self(percent * 100)
    }

    /// Reads a percentage with at most two decimals: `7`, `7.5`.
    ///
    /// # Errors
    /// [`Code::AmountFormat`], [`Code::AmountPrecision`], [`Code::AmountRange`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        i32::try_from(to_scaled(parse_decimal(text)?, 2)?).map(Self).map_err(|_| Code::AmountRange)
    }

    /// Whether `part` ≤ this share of `whole`, by exact products (M4).
    #[must_use]
    pub fn caps(self, part: Money, whole: Money) -> bool {
        i128::from(part.minor) * 10_000 <= i128::from(whole.minor) * i128::from(self.0)
    }

    /// The largest amount within the cap: the share of `whole`, rounded down.
    #[must_use]
    pub fn of_floor(self, whole: Money) -> Money {
        let minor = (i128::from(whole.minor) * i128::from(self.0)).div_euclid(10_000);
        Money::from_minor(i64::try_from(minor).unwrap_or(i64::MAX), whole.currency)
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", from_scaled(i64::from(self.0), 2).normalize())
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Currency, Money};
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

    impl utoipa::PartialSchema for Money {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .description(Some("An exact amount: a plain decimal with at most the currency's decimals"))
                .property(
                    "amount",
                    ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^-?[0-9]{1,15}(\.[0-9]+)?$")),
                )
                .property("currency", <Currency as utoipa::PartialSchema>::schema())
                .required("amount")
                .required("currency")
                .examples([serde_json::json!({"amount": "24000.00", "currency": "EUR"})])
                .into()
        }
    }
    impl utoipa::ToSchema for Money {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    #[test]
    fn m1_only_plain_decimals_are_amounts() {
        for bad in [
            "1e3", "1_000", " 1", "1 ", "NaN", "1.000,00", "+1", "", ".", "1.", ".5", "--1", "٣", "Infinity", "0x10",
            "1,5",
        ] {
            assert_eq!(Money::parse(bad, Currency::EUR), Err(Code::AmountFormat), "{bad:?}");
        }
        assert_eq!(Money::parse(&"9".repeat(30), Currency::EUR), Err(Code::AmountRange));
        assert_eq!(Money::parse("1.005", Currency::EUR), Err(Code::AmountPrecision));
        assert_eq!(Money::parse("100.50", Currency::XAF), Err(Code::AmountPrecision));
        assert_eq!(Money::parse("100", Currency::XAF).unwrap().minor(), 100);
        assert_eq!(eur("0.10").to_string(), "EUR 0.10");
    }

    #[test]
    fn m1_json_carries_amounts_as_strings() {
        let json = serde_json::to_string(&eur("24000")).unwrap();
        assert_eq!(json, r#"{"amount":"24000.00","currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), eur("24000"));
        assert!(serde_json::from_str::<Money>(r#"{"amount":24000.0,"currency":"EUR"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"amount":"1","currency":"EUR","x":1}"#).is_err());
    }

    #[test]
    fn m2_rounding_is_half_away_from_zero() {
        for (from, to) in [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.344", "2.34"), ("2.335", "2.34")] {
            assert_eq!(round(from.parse().unwrap(), 2).to_string(), to);
        }
    }

    #[test]
    fn m4_caps_compare_exact_products() {
        let cap = BasisPoints::percent(7);
        assert!(cap.caps(eur("7000.00"), eur("100000.00")));
        assert!(!cap.caps(eur("7000.01"), eur("100000.00")));
        assert_eq!(cap.of_floor(eur("100000.01")), eur("7000.00"));
        assert_eq!(BasisPoints::parse("7"), Ok(cap));
        assert_eq!(BasisPoints::parse(&BasisPoints(725).to_string()), Ok(BasisPoints(725)));
        assert_eq!(BasisPoints::parse("7.255"), Err(Code::AmountPrecision));
    }

    #[test]
    fn m5_two_currencies_never_add() {
        assert_eq!(eur("1").checked_add(Money::from_minor(1, Currency::XAF)), Err(Code::CurrencyMismatch));
    }

    #[test]
    fn m7_line_totals_are_rounded_once() {
        assert_eq!(Quantity::parse("2.5").unwrap().times(eur("0.01")).unwrap(), eur("0.03"));
        assert_eq!(Quantity::parse("0.333").unwrap().times(eur("10.00")).unwrap(), eur("3.33"));
        let xaf = Money::from_minor(655, Currency::XAF);
        assert_eq!(Quantity::parse("1.5").unwrap().times(xaf).unwrap().minor(), 983);
    }

    #[test]
    fn m50_rates_convert_to_eur() {
        let chf = Money::parse("380000", Currency::CHF).unwrap();
        assert_eq!(Rate::parse("0.95").unwrap().to_eur(chf).unwrap(), eur("400000.00"));
        let xaf = Money::from_minor(655_957, Currency::XAF);
        assert_eq!(Rate::parse("655.957").unwrap().to_eur(xaf).unwrap(), eur("1000.00"));
        assert_eq!(Rate::parse("0"), Err(Code::AmountNotPositive));
        assert_eq!(Rate::parse("-1"), Err(Code::AmountNotPositive));
    }

    proptest! {
        #[test]
        fn m1_text_and_minor_units_agree(minor in -MAX_MINOR..MAX_MINOR) {
            for currency in [Currency::EUR, Currency::XAF] {
                let money = Money::from_minor(minor, currency);
                prop_assert_eq!(Money::parse(&money.amount(), currency), Ok(money));
            }
        }

        #[test]
        fn m1_no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = Money::parse(&text, Currency::EUR);
        }

        #[test]
        fn m2_a_line_total_is_within_half_a_minor_unit(quantity in 1_i64..1_000_000, cost in 1_i64..1_000_000_000) {
            let total = Quantity(quantity).times(Money::from_minor(cost, Currency::EUR)).unwrap();
            let error = i128::from(total.minor()) * 1_000 - i128::from(quantity) * i128::from(cost);
            prop_assert!(error.abs() <= 500);
        }
    }
}
