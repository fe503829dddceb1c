//! Time and ids, passed in and never taken from the air.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::Utc;
use shared::time::Timestamp;
use uuid::{ContextV7, Timestamp as UuidTime, Uuid};

/// Where the present comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that somebody sets: microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant until it is set.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::new(Utc::now()),
            Self::Manual(micros) => {
                Timestamp::from_micros(micros.load(Ordering::SeqCst)).unwrap_or_else(|| Timestamp::new(Utc::now()))
            }
        }
    }

    /// Sets a manual clock; the machine's clock stays as it is.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(micros) = self {
            micros.store(at.micros(), Ordering::SeqCst);
        }
    }
}

/// Makes ids that sort by time (UUID version 7).
#[derive(Debug, Default)]
pub struct Ids(Mutex<ContextV7>);

impl Ids {
    /// The next id, at an instant.
    #[must_use]
    pub fn next(&self, at: Timestamp) -> Uuid {
        let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).unwrap_or_default();
        let nanos = u32::try_from(at.micros().rem_euclid(1_000_000) * 1_000).unwrap_or_default();
        // A poisoned counter still counts.
        let context = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(UuidTime::from_unix(&*context, seconds, nanos))
    }
}
