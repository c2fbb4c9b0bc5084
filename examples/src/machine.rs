//! Time and ids where nothing is made up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use invoice_core::env::{Clock, IdGenerator};

/// The time of the machine.
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

/// Ids that grow with time: microseconds, the process, a count, in hexadecimal. A clock before 1970 counts as 1970.
#[derive(Default)]
pub struct TimedIds(AtomicU64);

impl IdGenerator for TimedIds {
    fn next_id(&self) -> String {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        format!("{micros:013x}{:04x}{:03x}", std::process::id() & 0xffff, count & 0xfff)
    }

    fn random(&self, below: u64) -> u64 {
        self.0.fetch_add(7919, Ordering::Relaxed).checked_rem(below).unwrap_or(0)
    }
}
