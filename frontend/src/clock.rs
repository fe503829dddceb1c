//! The server's clock: deadlines are counted by it, whatever the reader's device believes.

use leptos::prelude::*;
use shared::time::Timestamp;

/// How often what is left until a deadline is shown anew.
const TICK: std::time::Duration = std::time::Duration::from_secs(20);

thread_local! {
    /// The server's time minus the device's, in microseconds.
    static OFFSET: ArcRwSignal<i64> = ArcRwSignal::new(0);
    static TICKS: ArcRwSignal<u32> = ArcRwSignal::new(0);
}

fn device_now() -> Timestamp {
    let iso: String = js_sys::Date::new_0().to_iso_string().into();
    Timestamp::parse(&iso).unwrap_or_else(|_| Timestamp::new(Default::default()))
}

/// Takes over the server's time from an answer's `Date` header.
pub fn set_from_header(date: &str) {
    let parsed = js_sys::Date::new(&date.into());
    // An unreadable date is `NaN`, whose ISO text would throw.
    if parsed.get_time().is_nan() {
        return;
    }
    let iso: String = parsed.to_iso_string().into();
    if let Ok(server) = Timestamp::parse(&iso) {
        let offset = server.micros() - device_now().micros();
        // The header counts whole seconds: less than two apart is agreement.
        let offset = if offset.abs() < 2_000_000 { 0 } else { offset };
        let signal = OFFSET.with(Clone::clone);
        if signal.get_untracked().abs_diff(offset) >= 2_000_000 {
            signal.set(offset);
        }
    }
}

/// The server's time.
#[must_use]
pub fn now() -> Timestamp {
    let offset = OFFSET.with(Clone::clone).get_untracked();
    Timestamp::from_micros(device_now().micros() + offset).unwrap_or_else(device_now)
}

/// The server's time, followed: whatever reads it is done again while the clock ticks.
#[must_use]
pub fn now_ticking() -> Timestamp {
    TICKS.with(Clone::clone).track();
    OFFSET.with(Clone::clone).track();
    now()
}

/// Starts the ticking, once.
pub fn start() {
    set_interval(|| TICKS.with(Clone::clone).update(|n| *n = n.wrapping_add(1)), TICK);
}
