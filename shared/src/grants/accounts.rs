//! Where a recipient is paid: one person types the account, another types its number again (M35, M70).

use serde::{Deserialize, Serialize};

use crate::calls::is_country_code;
use crate::currency::Currency;
use crate::fund::{REASON_MAX_CHARS, Step};
use crate::ids::RecipientAccountId;
use crate::people::{NAME_MAX_CHARS, check_text};
use crate::problem::{Code, FieldError};

/// The longest line of an address, in characters.
pub const ADDRESS_MAX_CHARS: usize = 140;

/// The longest postcode, in characters.
pub const POSTCODE_MAX_CHARS: usize = 16;

/// The longest account number, in characters without spaces: an IBAN's.
pub const ACCOUNT_MAX_CHARS: usize = 34;

crate::words! {
    /// How far a bank account is.
    AccountState {
        /// Entered by one person.
        Entered = "entered",
        /// Verified by another, and in use.
        Verified = "verified",
        /// A later one is in use.
        Replaced = "replaced",
        /// Not taken.
        Refused = "refused",
    }
}

/// An address in parts, as banks want it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// Postcode; empty where there is none.
    pub postcode: String,
    /// Town.
    pub town: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// Enter a recipient's account, or a change of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountDraft {
    /// In whose name it is.
    pub holder: String,
    /// The IBAN; empty where the country has none.
    pub iban: String,
    /// The account's number where there is no IBAN; else empty.
    pub account_number: String,
    /// The bank's BIC; may be empty beside an IBAN.
    pub bic: String,
    /// The bank's name.
    pub bank: String,
    /// The account's currency.
    pub currency: Currency,
    /// The holder's address.
    pub address: Address,
}

impl AccountDraft {
    /// The number as it is kept: IBAN or account number, without spaces, in capitals.
    #[must_use]
    pub fn number(&self) -> String {
        plain(if self.is_iban() { &self.iban } else { &self.account_number })
    }

    /// Whether it is an IBAN.
    #[must_use]
    pub fn is_iban(&self) -> bool {
        !self.iban.trim().is_empty()
    }

    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text(&mut errors, "/holder", &self.holder, NAME_MAX_CHARS);
        check_text(&mut errors, "/bank", &self.bank, NAME_MAX_CHARS);
        check_text(&mut errors, "/address/street", &self.address.street, ADDRESS_MAX_CHARS);
        check_text(&mut errors, "/address/town", &self.address.town, ADDRESS_MAX_CHARS);
        if self.address.postcode.chars().count() > POSTCODE_MAX_CHARS {
            errors.push(FieldError::new("/address/postcode", Code::TooLong).with("max", POSTCODE_MAX_CHARS));
        }
        if !is_country_code(&self.address.country) {
            errors.push(FieldError::new("/address/country", Code::NotAChoice));
        }
        let number = plain(&self.account_number);
        if self.is_iban() {
            if !is_valid_iban(&self.iban) {
                errors.push(FieldError::new("/iban", Code::IbanFormat));
            }
            if !number.is_empty() {
                errors.push(FieldError::new("/account_number", Code::OneAccountNumber));
            }
        } else if number.is_empty() {
            errors.push(FieldError::new("/iban", Code::Required));
        } else if !(4..=ACCOUNT_MAX_CHARS).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            errors.push(FieldError::new("/account_number", Code::AccountFormat));
        }
        let bic = plain(&self.bic);
        if bic.is_empty() {
            if !self.is_iban() {
                errors.push(FieldError::new("/bic", Code::Required));
            }
        } else if !is_valid_bic(&bic) {
            errors.push(FieldError::new("/bic", Code::BicFormat));
        }
        errors
    }
}

/// A number without spaces, in capitals.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase()
}

/// What everybody may see of an account: its last four characters.
#[must_use]
pub fn last_four(number: &str) -> String {
    let skipped = number.chars().count().saturating_sub(4);
    number.chars().skip(skipped).collect()
}

/// Whether a text is an IBAN: country, check digits, up to 30 characters, remainder 1 of 97 (ISO 13616).
#[must_use]
pub fn is_valid_iban(text: &str) -> bool {
    let iban = plain(text);
    let bytes = iban.as_bytes();
    let shaped = (15..=ACCOUNT_MAX_CHARS).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes.iter().all(u8::is_ascii_alphanumeric);
    shaped
        && bytes[4..].iter().chain(&bytes[..4]).fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        }) == 1
}

/// Whether a text is a BIC: bank, country, place, perhaps a branch (ISO 9362).
fn is_valid_bic(bic: &str) -> bool {
    matches!(bic.len(), 8 | 11)
        && bic.bytes().all(|b| b.is_ascii_alphanumeric())
        && bic.bytes().skip(4).take(2).all(|b| b.is_ascii_uppercase())
}

/// Type the number again, as the second person reads it from the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountCheck {
    /// The account that is verified.
    pub account_id: RecipientAccountId,
    /// Its IBAN or account number.
    pub number: String,
}

/// Refuse an account that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountRefusal {
    /// The account.
    pub account_id: RecipientAccountId,
    /// Why.
    pub reason: String,
}

/// A step that needs a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// Why.
    pub reason: String,
}

/// What is wrong with a reason.
#[must_use]
pub fn reason_errors(reason: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check_text(&mut errors, "/reason", reason, REASON_MAX_CHARS);
    errors
}

/// A recipient's account, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BankAccount {
    /// Its id.
    pub id: RecipientAccountId,
    /// In whose name it is.
    pub holder: String,
    /// The last four characters of its number.
    pub last_four: String,
    /// Whether the number is an IBAN.
    pub is_iban: bool,
    /// The bank's BIC.
    pub bic: Option<String>,
    /// The bank's name.
    pub bank: String,
    /// Its currency.
    pub currency: Currency,
    /// The holder's address.
    pub address: Address,
    /// How far it is.
    pub state: AccountState,
    /// Who entered it.
    pub entered: Step,
    /// Who verified or refused it.
    pub checked: Option<Step>,
    /// Why it was refused.
    pub reason: String,
    /// The reader entered it, so another person must verify it (M70).
    pub is_own: bool,
    /// For `If-Match`.
    pub version: i64,
}

/// The account that a payment goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PaidTo {
    /// The account.
    pub id: RecipientAccountId,
    /// In whose name it is.
    pub holder: String,
    /// The bank's name.
    pub bank: String,
    /// The last four characters of its number.
    pub last_four: String,
    /// The whole number: for finance alone, while the payment is to be ordered or recorded.
    pub number: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> AccountDraft {
        AccountDraft {
            holder: "Health scheme".into(),
            iban: "DE89 3704 0044 0532 0130 00".into(),
            account_number: String::new(),
            bic: String::new(),
            bank: "A bank".into(),
            currency: Currency::EUR,
            address: Address {
                street: "1, Main Street".into(),
                postcode: "10115".into(),
                town: "Berlin".into(),
                country: "DE".into(),
            },
        }
    }

    fn wrong(change: impl FnOnce(&mut AccountDraft)) -> Vec<(String, Code)> {
        let mut draft = draft();
        change(&mut draft);
        draft.errors().into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    #[test]
    fn m35_an_iban_is_known_by_its_check_digits() {
        for good in ["DE89370400440532013000", "cm21 1000 2000 3002 7797 6315 008", "CH93 0076 2011 6238 5295 7"] {
            assert!(is_valid_iban(good), "{good}");
        }
        for bad in [
            "DE89370400440532013001",
            "DE98370400440532013000",
            "DE8937040044",
            "",
            "8937040044053201300000",
            "DE89é704004405320130",
        ] {
            assert!(!is_valid_iban(bad), "{bad}");
        }
    }

    #[test]
    fn m35_one_number_with_a_bank_to_find_it() {
        assert_eq!(wrong(|_| {}), []);
        assert_eq!(draft().number(), "DE89370400440532013000");
        assert_eq!(wrong(|d| d.iban = "DE00".into()), [("/iban".to_owned(), Code::IbanFormat)]);
        assert_eq!(
            wrong(|d| d.iban.clear()),
            [("/iban".to_owned(), Code::Required), ("/bic".to_owned(), Code::Required)]
        );
        assert_eq!(
            wrong(|d| d.account_number = "1234".into()),
            [("/account_number".to_owned(), Code::OneAccountNumber)]
        );
        let local = |bic: &str| {
            wrong(|d| {
                d.iban.clear();
                d.account_number = "00 1234-5678".replace('-', "");
                d.bic = bic.into();
            })
        };
        assert_eq!(local("NBOCNPKA"), []);
        assert_eq!(local("NBOC"), [("/bic".to_owned(), Code::BicFormat)]);
        assert_eq!(
            wrong(|d| d.address.country = "Germany".into()),
            [("/address/country".to_owned(), Code::NotAChoice)]
        );
    }

    #[test]
    fn m35_four_characters_are_shown() {
        assert_eq!(last_four("DE89370400440532013000"), "3000");
        assert_eq!(last_four("12"), "12");
    }
}
