//! Limits: sign-in tries per account and per address, exports per person.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock, QuantaInstant};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use shared::ids::PersonId;
use shared::problem::{Code, Problem};

use crate::http::error::ApiError;

const PER_ACCOUNT_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).unwrap();
const PER_ADDRESS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();
const EXPORTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// The limits and who has used how much of them.
pub struct Rates {
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    exports: DefaultKeyedRateLimiter<PersonId>,
    clock: DefaultClock,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT_PER_MINUTE)),
            addresses: RateLimiter::keyed(Quota::per_minute(PER_ADDRESS_PER_MINUTE)),
            exports: RateLimiter::keyed(Quota::per_minute(EXPORTS_PER_MINUTE)),
            clock: DefaultClock::default(),
        }
    }
}

impl Rates {
    /// Counts a try at an account from an address.
    ///
    /// # Errors
    /// [`Code::TooManyRequests`] with `seconds` to wait.
    pub fn count(&self, account: &str, address: Option<IpAddr>) -> Result<(), ApiError> {
        let account = self.accounts.check_key(&account.to_lowercase());
        let address = address.map_or(Ok(()), |address| self.addresses.check_key(&address));
        account.and(address).map_err(|until| self.too_many(&until))
    }

    /// Counts an export, its manifest or its preview.
    ///
    /// # Errors
    /// As [`Rates::count`].
    pub fn count_export(&self, person: PersonId) -> Result<(), ApiError> {
        self.exports.check_key(&person).map_err(|until| self.too_many(&until))
    }

    fn too_many(&self, until: &NotUntil<QuantaInstant>) -> ApiError {
        let seconds = until.wait_time_from(self.clock.now()).as_secs() + 1;
        Problem::new(Code::TooManyRequests).with("seconds", seconds).into()
    }

    /// Forgets accounts and addresses whose limits have recovered.
    pub fn tidy(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
        self.exports.retain_recent();
    }
}
