use std::sync::atomic::{AtomicU64, Ordering};

use crate::env::IdGenerator;

/// Ids that count up from a seed, and randomness that follows from it: the same seed gives the same run.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    next: AtomicU64,
}

impl SeededIds {
    /// A generator. Two with different seeds give different ids.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    fn draw(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

impl IdGenerator for SeededIds {
    fn next_id(&self) -> String {
        format!("{:04x}{:016x}", self.seed & 0xffff, self.draw())
    }

    fn random(&self, below: u64) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        let mut mixed =
            self.seed.wrapping_add(self.draw().wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(below).unwrap_or(0)
    }
}
