//! What all parts of a run share, and the gates at which a worker can be stopped.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use chrono::{DateTime, Utc};

use super::auditor::Auditor;
use super::bureau::Bureau;
use super::fault::{Fault, Tally};
use super::mutation::Mutation;
use super::personality::{Personality, Weather};
use super::rng::Rng;
use crate::env::Clock;

/// Where a future stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    BeforeStore,
    AfterStore,
    BeforeProvider,
    AfterProvider,
}

impl Gate {
    pub(super) const fn crash(self) -> Fault {
        match self {
            Self::BeforeStore => Fault::CrashBeforeStore,
            Self::AfterStore => Fault::CrashAfterStore,
            Self::BeforeProvider => Fault::CrashBeforeProvider,
            Self::AfterProvider => Fault::CrashAfterProvider,
        }
    }
}

/// Everything of a run but the desks.
#[derive(Debug)]
pub(super) struct World {
    pub(super) rng: Rng,
    /// Milliseconds since 1970.
    pub(super) now: i64,
    pub(super) weather: Weather,
    pub(super) tally: Tally,
    /// The bureau that every seller issues through first, and the one that some go to when it cannot.
    pub(super) bureaus: [Bureau; 2],
    pub(super) auditor: Auditor,
    /// The files that are kept, by their SHA-256.
    pub(super) originals: BTreeMap<[u8; 32], Vec<u8>>,
    pub(super) mutation: Option<Mutation>,
    pub(super) gate: Option<Gate>,
    pub(super) ids: u64,
    /// What happened, in words, when somebody wants to know.
    pub(super) trace: Option<Vec<String>>,
}

/// The world behind its lock. One thread works on a run; the lock is what the traits ask for.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(
        rng: Rng,
        now: i64,
        [first, second]: [Personality; 2],
        weather: Weather,
        mutation: Option<Mutation>,
    ) -> Self {
        let bureaus = [Bureau::new(first, 0), Bureau::new(second, 1)];
        Self(Arc::new(Mutex::new(World {
            rng,
            now,
            weather,
            tally: Tally::default(),
            bureaus,
            auditor: Auditor::default(),
            originals: BTreeMap::new(),
            mutation,
            gate: None,
            ids: 0,
            trace: None,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stands still once, so that the scheduler may go elsewhere, or never come back.
    pub(super) fn gate(&self, gate: Gate) -> Standstill<'_> {
        Standstill { world: self, gate: Some(gate) }
    }
}

impl World {
    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", instant(now).format("%d %H:%M:%S"), what()));
        }
    }

    pub(super) fn mutated(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Whether a fault of this frequency fires now; counts it.
    pub(super) fn strikes(&mut self, fault: Fault, per_mille: u64) -> bool {
        let fires = self.weather.on && self.rng.chance(per_mille) && !self.weather.without.contains(&fault);
        if fires {
            self.tally.count(fault);
        }
        fires
    }

    pub(super) fn tick(&mut self) {
        for at in 0..self.bureaus.len() {
            let seen = self.bureaus[at].docs.len();
            self.bureaus[at].tick(self.now, &mut self.rng, &mut self.tally);
            self.audit_docs(at, seen);
        }
    }

    /// Keys that were given up since: what their bureaus say of them.
    pub(super) fn audit_keys(&mut self) {
        for (task, key) in std::mem::take(&mut self.auditor.given_up) {
            let dead = self.bureaus.iter().all(|bureau| bureau.can_be_given_up(&key));
            self.auditor.must(dead, "a new key only after a denial", || {
                format!("task {task} gave {key} up, and something of it may still come")
            });
        }
    }

    /// When something happens at a bureau by itself.
    pub(super) fn next_at_bureaus(&self) -> i64 {
        self.bureaus.iter().map(Bureau::next_due).min().unwrap_or(i64::MAX)
    }

    /// Shows the auditor what a bureau has issued since.
    pub(super) fn audit_docs(&mut self, at: usize, seen: usize) {
        for index in seen..self.bureaus[at].docs.len() {
            if let Some(doc) = self.bureaus[at].docs.get(index).cloned() {
                self.note(|| format!("  bureau issues {} for {} {:?}", doc.number, doc.key, doc.form.totals));
                self.auditor.issued(index, &doc);
            }
        }
    }
}

pub(super) struct Standstill<'a> {
    world: &'a Shared,
    gate: Option<Gate>,
}

impl Future for Standstill<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.gate.take() {
            None => Poll::Ready(()),
            Some(gate) => {
                self.world.lock().gate = Some(gate);
                // Inside a desk several futures are driven together, each by its own waker.
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

pub(super) fn instant(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// The clock of one worker.
pub(super) struct SimClock {
    pub(super) world: Shared,
    pub(super) ahead: i64,
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        instant(self.world.lock().now + self.ahead)
    }
}

/// Ids that count up, the same in every replay.
pub(super) struct SimIds(pub(super) Shared);

impl crate::env::IdGenerator for SimIds {
    fn next_id(&self) -> String {
        let mut world = self.0.lock();
        world.ids += 1;
        let repeats = world.mutated(Mutation::IdsRepeat);
        let id = if repeats { world.ids % 7 } else { world.ids };
        format!("u{id:015x}")
    }

    fn random(&self, below: u64) -> u64 {
        self.0.lock().rng.below(below)
    }
}
