//! Ids without randomness.

use std::sync::atomic::{AtomicU64, Ordering};

use invoice_core::env::IdGenerator;

use crate::random::Random;

/// Counts. The first part is the number of the start, which the store counts: a program that is killed and started
/// again must never name a new unit of work like one that the store has already.
#[derive(Debug)]
pub struct CountedIds {
    start: u32,
    seed: u64,
    next: AtomicU64,
}

impl CountedIds {
    /// Ids of the `start`-th start on a store.
    #[must_use]
    pub const fn new(seed: u64, start: u32) -> Self {
        Self { start, seed, next: AtomicU64::new(1) }
    }
}

impl IdGenerator for CountedIds {
    fn next_id(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:06}{number:013}", self.start)
    }

    fn random(&self, below: u64) -> u64 {
        let draw = self.next.fetch_add(1, Ordering::Relaxed);
        Random::new(self.seed ^ draw).below(below)
    }
}
