use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How often a service gives out a token: so many calls in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBudget {
    calls: usize,
    within: TimeDelta,
}

impl TokenBudget {
    /// At most `calls` in any window of `within`.
    #[must_use]
    pub fn new(calls: usize, within: Duration) -> Self {
        Self { calls, within: TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX) }
    }

    /// Drops the calls that no longer count.
    pub(super) fn prune(self, calls: &mut Vec<DateTime<Utc>>, now: DateTime<Utc>) {
        calls.retain(|call| now.signed_duration_since(*call) < self.within);
    }

    /// How long until another call is allowed; `None` when it is now. `calls` in order.
    pub(super) fn wait(self, calls: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<TimeDelta> {
        let over = calls.len().checked_sub(self.calls)?;
        let left = calls.get(over).map(|oldest| self.within - now.signed_duration_since(*oldest));
        Some(left.unwrap_or(self.within)).filter(|left| *left > TimeDelta::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let budget = TokenBudget::new(2, Duration::from_secs(100));
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let mut calls = vec![at(0)];
        assert_eq!(budget.wait(&calls, at(10)), None);
        calls.push(at(10));
        assert_eq!(budget.wait(&calls, at(30)), Some(TimeDelta::seconds(70)));
        assert_eq!(budget.wait(&calls, at(99)), Some(TimeDelta::seconds(1)));
        assert_eq!(budget.wait(&calls, at(100)), None);
        budget.prune(&mut calls, at(99));
        assert_eq!(calls.len(), 2);
        budget.prune(&mut calls, at(100));
        assert_eq!(calls, [at(10)]);
        assert_eq!(budget.wait(&calls, at(100)), None);
        assert_eq!(TokenBudget::new(0, Duration::from_secs(5)).wait(&[], at(0)), Some(TimeDelta::seconds(5)));
    }
}
