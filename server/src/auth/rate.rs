//! Limits on guessing: sign-in tries per account and per address.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use shared::problem::{Code, Problem};

use crate::http::error::ApiError;

const PER_ACCOUNT_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).unwrap();
const PER_ADDRESS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// The limits and who has used how much of them.
pub struct Rates {
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT_PER_MINUTE)),
            addresses: RateLimiter::keyed(Quota::per_minute(PER_ADDRESS_PER_MINUTE)),
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
        match account.and(address) {
            Ok(()) => Ok(()),
            Err(until) => {
                let seconds = until.wait_time_from(self.clock.now()).as_secs() + 1;
                Err(Problem::new(Code::TooManyRequests).with("seconds", seconds).into())
            }
        }
    }

    /// Forgets accounts and addresses whose limits have recovered.
    pub fn tidy(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
    }
}
