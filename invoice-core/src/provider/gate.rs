//! The gate before an account at a provider: how often it may be called (限流), and whether at all (熔断).
//!
//! A plain state machine: no clock, no lock, no I/O. A gate holds calls back; it never fails or forgets one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{ErrorKind, ProviderError, RateLimit};

/// When an account that does not answer is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitPolicy {
    trips_after: u32,
    first: Duration,
    longest: Duration,
    trial: Duration,
}

impl CircuitPolicy {
    /// Trips after so many calls in a row without an answer, at least 1; stays open for `first`, twice as long each time
    /// a trial fails, never longer than `longest`.
    #[must_use]
    pub fn new(trips_after: u32, first: Duration, longest: Duration) -> Self {
        Self { trips_after: trips_after.max(1), first, longest: longest.max(first), ..Self::default() }
    }

    /// Sets how long a trial may take before another one is let through: longer than the slowest answer.
    #[must_use]
    pub const fn with_trial(mut self, trial: Duration) -> Self {
        self.trial = trial;
        self
    }
}

impl Default for CircuitPolicy {
    /// Eight calls in a row; 30 seconds, up to 10 minutes; one trial a minute.
    fn default() -> Self {
        Self {
            trips_after: 8,
            first: Duration::from_secs(30),
            longest: Duration::from_secs(600),
            trial: Duration::from_secs(60),
        }
    }
}

/// What a call said about its account, whatever it said about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The service answered: a yes, a no, "busy", "used up". Whatever it was, somebody is there.
    Answered,
    /// Nobody answered.
    Silent,
    /// Too many calls; none before so long.
    TooMany(Duration),
    /// A person must act before the account is of use again.
    Blocked,
}

/// How long to wait after "too many calls" when the service does not say.
const UNSAID: Duration = Duration::from_secs(60);

impl Verdict {
    /// From how a call ended; `None` for a call that succeeded.
    #[must_use]
    pub fn of(error: Option<&ProviderError>) -> Self {
        match error.map(ProviderError::kind) {
            Some(ErrorKind::NoAnswer) => Self::Silent,
            Some(ErrorKind::RateLimited) => {
                Self::TooMany(error.and_then(ProviderError::retry_after).unwrap_or(UNSAID))
            }
            Some(kind) if kind.blocks_the_account() => Self::Blocked,
            _ => Self::Answered,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed {
        silent: u32,
    },
    /// Nothing passes before `until`; then one call does, as a trial.
    Open {
        until: DateTime<Utc>,
        times: u32,
    },
    /// A trial is under way; should nothing be heard of it, another one passes after `until`.
    Trial {
        until: DateTime<Utc>,
        times: u32,
    },
}

/// Holds back the calls of one account at one provider.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use invoice_core::provider::{CircuitPolicy, Gate, RateLimit, Verdict};
/// let mut gate = Gate::new(Some(RateLimit::new(2, std::time::Duration::from_secs(10))), CircuitPolicy::default());
/// let now = DateTime::UNIX_EPOCH;
/// assert_eq!((gate.admit(now), gate.admit(now)), (Ok(()), Ok(())));
/// assert_eq!(gate.admit(now), Err(now + TimeDelta::seconds(5)));
/// # gate.heard(now, Verdict::Answered);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    limit: Option<RateLimit>,
    policy: CircuitPolicy,
    circuit: Circuit,
    /// When the calls so far will have been worked off at the permitted pace.
    worked_off: DateTime<Utc>,
    /// Calls that were told to come later since one last passed.
    queued: i32,
    /// None before this: the service said so.
    not_before: DateTime<Utc>,
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::days(1))
}

impl Gate {
    /// An open gate.
    #[must_use]
    pub const fn new(limit: Option<RateLimit>, policy: CircuitPolicy) -> Self {
        Self {
            limit,
            policy,
            circuit: Circuit::Closed { silent: 0 },
            worked_off: DateTime::UNIX_EPOCH,
            queued: 0,
            not_before: DateTime::UNIX_EPOCH,
        }
    }

    /// Whether calls pass at this moment, without counting one: what a router asks.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        matches!(self.circuit, Circuit::Closed { .. }) && now >= self.not_before
    }

    /// Lets a call through and counts it.
    ///
    /// # Errors
    /// The moment to come again.
    pub fn admit(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        if now < self.not_before {
            return Err(self.not_before);
        }
        let trial = match self.circuit {
            Circuit::Closed { .. } => None,
            Circuit::Open { until, .. } | Circuit::Trial { until, .. } if now < until => return Err(until),
            Circuit::Open { times, .. } | Circuit::Trial { times, .. } => {
                Some(Circuit::Trial { until: now + delta(self.policy.trial), times })
            }
        };
        if let Some(limit) = self.limit {
            let every = delta(limit.per()) / i32::try_from(limit.calls()).unwrap_or(i32::MAX).max(1);
            // A burst of `calls` may be ahead of the pace, no more.
            let earliest = self.worked_off - (delta(limit.per()) - every);
            if now < earliest {
                // Those who wait come one after another, not all at once.
                let until = earliest + every * self.queued;
                self.queued = self.queued.saturating_add(1);
                return Err(until);
            }
            self.worked_off = self.worked_off.max(now) + every;
            self.queued = (self.queued - 1).max(0);
        }
        if let Some(trial) = trial {
            self.circuit = trial;
        }
        Ok(())
    }

    /// Takes in how a call ended.
    pub fn heard(&mut self, now: DateTime<Utc>, verdict: Verdict) {
        match verdict {
            Verdict::Answered => self.circuit = Circuit::Closed { silent: 0 },
            Verdict::TooMany(wait) => {
                self.circuit = Circuit::Closed { silent: 0 };
                self.not_before = self.not_before.max(now + delta(wait));
            }
            Verdict::Silent => {
                let (silent, times) = match self.circuit {
                    Circuit::Closed { silent } => (silent + 1, 0),
                    // A straggler from before says nothing new.
                    Circuit::Open { .. } => return,
                    Circuit::Trial { times, .. } => (self.policy.trips_after, times),
                };
                self.circuit = if silent < self.policy.trips_after {
                    Circuit::Closed { silent }
                } else {
                    let wait = self.policy.first.saturating_mul(2_u32.saturating_pow(times.min(16)));
                    let until = now + delta(wait.min(self.policy.longest));
                    Circuit::Open { until, times: times + 1 }
                };
            }
            // Held by whoever keeps the pause, with a moment of its own.
            Verdict::Blocked => {}
        }
    }

    /// Lets nothing pass before `until`, and one call as a trial then.
    pub fn hold(&mut self, until: DateTime<Utc>) {
        let known = match self.circuit {
            Circuit::Open { until, .. } | Circuit::Trial { until, .. } => until,
            Circuit::Closed { .. } => DateTime::UNIX_EPOCH,
        };
        if until > known {
            self.circuit = Circuit::Open { until, times: 0 };
        }
    }

    /// The call let through as a trial has proved nothing either way: the next one is the trial.
    pub fn untried(&mut self, now: DateTime<Utc>) {
        if let Circuit::Trial { times, .. } = self.circuit {
            self.circuit = Circuit::Open { until: now, times };
        }
    }

    /// Somebody says that the account is of use again.
    pub fn release(&mut self) {
        (self.circuit, self.not_before) = (Circuit::Closed { silent: 0 }, DateTime::UNIX_EPOCH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(1) + TimeDelta::seconds(seconds)
    }

    fn policy() -> CircuitPolicy {
        CircuitPolicy::new(3, Duration::from_secs(30), Duration::from_secs(100))
    }

    #[test]
    fn no_window_of_any_length_sees_more_calls_than_the_limit_and_a_burst() {
        for (calls, per) in [(1, 1), (3, 10), (7, 2)] {
            let mut gate = Gate::new(Some(RateLimit::new(calls, Duration::from_secs(per))), policy());
            // Forty callers who come again exactly when they are told to.
            let mut callers = vec![at(0); 40];
            let mut passed = Vec::new();
            while !callers.is_empty() {
                callers.sort_unstable();
                let now = callers.remove(0);
                match gate.admit(now) {
                    Ok(()) => passed.push(now),
                    Err(later) => {
                        assert!(later > now, "told to come at once again");
                        callers.push(later);
                    }
                }
            }
            assert_eq!(passed.len(), 40, "a limit delays, it never loses");
            for (index, first) in passed.iter().enumerate() {
                let window = *first + delta(Duration::from_secs(per));
                let within = passed[index..].iter().filter(|call| **call < window).count();
                // A burst may begin where a full pace ends.
                assert!(within <= 2 * calls as usize, "{within} calls in {per} s");
            }
            let span = (passed[39] - passed[0]).num_milliseconds();
            let pace = i64::try_from(per).unwrap() * 1000 * (40 - i64::from(calls)) / i64::from(calls);
            assert!(span >= pace - 40, "{span} ms for 40 calls, the pace allows {pace}");
        }
    }

    #[test]
    fn silence_trips_and_answers_of_any_kind_do_not() {
        let mut gate = Gate::new(None, policy());
        for verdict in [Verdict::Silent, Verdict::Silent, Verdict::Answered, Verdict::Silent, Verdict::Silent]
        {
            gate.heard(at(0), verdict);
            assert!(gate.is_open(at(0)), "two in a row, and an answer between");
        }
        gate.heard(at(0), Verdict::Silent);
        assert!(!gate.is_open(at(0)));
        assert_eq!(gate.admit(at(29)), Err(at(30)));
    }

    #[test]
    fn one_trial_passes_and_decides() {
        let mut gate = Gate::new(None, policy());
        for _ in 0..3 {
            gate.heard(at(0), Verdict::Silent);
        }
        assert_eq!(gate.admit(at(30)), Ok(()), "the trial");
        assert_eq!(gate.admit(at(31)), Err(at(90)), "and no other beside it");
        // A trial that failed doubles the wait, up to the longest.
        gate.heard(at(31), Verdict::Silent);
        assert_eq!(gate.admit(at(32)), Err(at(91)));
        for (trial, until) in [(at(91), at(191)), (at(191), at(291))] {
            assert_eq!(gate.admit(trial), Ok(()));
            gate.heard(trial, Verdict::Silent);
            assert_eq!(gate.admit(trial), Err(until));
        }
        assert_eq!(gate.admit(at(291)), Ok(()));
        gate.heard(at(292), Verdict::Answered);
        assert_eq!(gate.admit(at(292)), Ok(()));
        assert_eq!(gate.admit(at(292)), Ok(()));
    }

    #[test]
    fn a_trial_that_died_with_its_worker_does_not_close_the_gate_for_ever() {
        let mut gate = Gate::new(None, policy());
        gate.hold(at(10));
        assert_eq!(gate.admit(at(10)), Ok(()));
        assert_eq!(gate.admit(at(69)), Err(at(70)));
        assert_eq!(gate.admit(at(70)), Ok(()));
    }

    #[test]
    fn a_trial_that_proves_nothing_makes_room_for_one_that_does() {
        let mut gate = Gate::new(None, policy());
        gate.hold(at(10));
        assert_eq!(gate.admit(at(10)), Ok(()));
        gate.untried(at(11));
        assert!(!gate.is_open(at(11)));
        assert_eq!(gate.admit(at(11)), Ok(()));
        assert_eq!(gate.admit(at(11)), Err(at(71)));
    }

    #[test]
    fn what_the_service_says_about_pace_is_kept() {
        let mut gate = Gate::new(None, policy());
        gate.heard(at(0), Verdict::TooMany(Duration::from_secs(7)));
        assert_eq!(gate.admit(at(6)), Err(at(7)));
        assert!(!gate.is_open(at(6)) && gate.is_open(at(7)));
        assert_eq!(gate.admit(at(7)), Ok(()));
    }

    #[test]
    fn only_silence_counts_against_the_service() {
        use super::super::Effect;
        let of = |kind| Verdict::of(Some(&ProviderError::new(kind, Effect::Unknown)));
        assert_eq!(of(ErrorKind::NoAnswer), Verdict::Silent);
        for kind in [ErrorKind::Rejected, ErrorKind::Duplicate, ErrorKind::Busy, ErrorKind::Unsupported] {
            assert_eq!(of(kind), Verdict::Answered, "{kind:?}");
        }
        for kind in [ErrorKind::OperatorNeeded, ErrorKind::QuotaExceeded, ErrorKind::Configuration] {
            assert_eq!(of(kind), Verdict::Blocked, "{kind:?}");
        }
        assert_eq!(of(ErrorKind::RateLimited), Verdict::TooMany(UNSAID));
        assert_eq!(Verdict::of(None), Verdict::Answered);
    }
}
