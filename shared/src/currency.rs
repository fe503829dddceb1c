//! ISO 4217 currencies with their minor units (M1).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::problem::Code;

/// A currency that has minor units: EUR (2), XAF (0), … Metals and test codes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro, the currency that rates are quoted against (M50).
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// The Swiss franc.
    pub const CHF: Self = Self(iso_currency::Currency::CHF);
    /// The Central African CFA franc, which has no decimals.
    pub const XAF: Self = Self(iso_currency::Currency::XAF);
    /// The West African CFA franc, which has no decimals.
    pub const XOF: Self = Self(iso_currency::Currency::XOF);

    /// Parses an ISO 4217 code in capitals.
    ///
    /// # Errors
    /// [`Code::CurrencyUnknown`] for anything that is not a currency with minor units.
    pub fn parse(code: &str) -> Result<Self, Code> {
        iso_currency::Currency::from_code(code)
            .filter(|c| c.exponent().is_some() && !matches!(c, iso_currency::Currency::XTS))
            .map(Self)
            .ok_or(Code::CurrencyUnknown)
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals an amount has: 2 for EUR, 0 for XAF.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(|c| serde::de::Error::custom(c.as_str()))
    }
}

#[cfg(feature = "server")]
crate::stored_as_text!(Currency, |c| c.code(), |text| Currency::parse(text).ok());
#[cfg(feature = "server")]
crate::ids::string_schema!(Currency, "ISO 4217 code", "EUR");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m1_currencies_carry_their_minor_units() {
        for (code, decimals) in [("EUR", 2), ("CHF", 2), ("USD", 2), ("XAF", 0), ("XOF", 0), ("NPR", 2), ("TND", 3)] {
            assert_eq!(Currency::parse(code).unwrap().decimals(), decimals, "{code}");
        }
        for code in ["", "eur", "EURO", "XTS", "XAU", "ABC", "€"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }
}
