//! Exact fractions, for means and rates that must not be rounded before they are compared (S3, M42).

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An exact fraction with a positive denominator, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct Fraction {
    numerator: i64,
    denominator: i64,
}

impl Fraction {
    /// `numerator / denominator`; `None` when the denominator is not positive.
    #[must_use]
    pub fn new(numerator: i64, denominator: i64) -> Option<Self> {
        if denominator <= 0 || numerator == i64::MIN {
            return None;
        }
        let divisor = gcd(numerator.abs(), denominator).max(1);
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The numerator, in lowest terms.
    #[must_use]
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// The denominator, positive, in lowest terms.
    #[must_use]
    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// Text with two decimals, half away from zero: for reading only, never for comparing (S3).
    #[must_use]
    pub fn two_decimals(self) -> String {
        let hundredths = div_round(i128::from(self.numerator) * 100, i128::from(self.denominator));
        let sign = if hundredths < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
    }
}

/// Integer division, half away from zero (M2). `divisor` must be positive.
#[must_use]
pub fn div_round(dividend: i128, divisor: i128) -> i128 {
    let half = divisor / 2;
    if dividend >= 0 { (dividend + half) / divisor } else { -((-dividend + half) / divisor) }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (i128::from(self.numerator) * i128::from(other.denominator))
            .cmp(&(i128::from(other.numerator) * i128::from(self.denominator)))
    }
}

impl From<i64> for Fraction {
    fn from(whole: i64) -> Self {
        Self { numerator: whole, denominator: 1 }
    }
}

impl TryFrom<(i64, i64)> for Fraction {
    type Error = &'static str;
    fn try_from((n, d): (i64, i64)) -> Result<Self, Self::Error> {
        Self::new(n, d).ok_or("denominator must be positive")
    }
}

impl From<Fraction> for (i64, i64) {
    fn from(f: Fraction) -> Self {
        (f.numerator, f.denominator)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.two_decimals())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn s3_a_fraction_shows_rounded_and_compares_exactly() {
        let just_under = Fraction::new(59_995, 1_000).unwrap();
        assert_eq!(just_under.two_decimals(), "60.00");
        assert!(just_under < Fraction::from(60));
    }

    proptest! {
        #[test]
        fn m2_division_rounds_half_away_from_zero(n in -1_000_000_i64..1_000_000, d in 1_i64..10_000) {
            let rounded = div_round(i128::from(n), i128::from(d));
            let twice_error = (rounded * i128::from(d) - i128::from(n)) * 2;
            prop_assert!(twice_error.abs() <= i128::from(d));
            if twice_error.abs() == i128::from(d) {
                prop_assert!(rounded.abs() * i128::from(d) > i128::from(n).abs());
            }
        }

        #[test]
        fn comparing_agrees_with_cross_multiplication(a in -9999_i64..9999, b in 1_i64..999, c in -9999_i64..9999, d in 1_i64..999) {
            prop_assert_eq!(Fraction::new(a, b).unwrap().cmp(&Fraction::new(c, d).unwrap()), (a * d).cmp(&(c * b)));
        }
    }
}
