use std::collections::BTreeSet;

use super::fault::Fault;
use super::rng::Rng;

/// What callbacks the bureau sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callbacks {
    None,
    Unsigned,
    Signed,
}

/// What sort of bureau a run meets. The seed decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Personality {
    /// The same key twice is one invoice.
    pub(super) idempotent: bool,
    /// A repeated key is answered with "duplicate" instead of the invoice.
    pub(super) says_duplicate: bool,
    /// A key can be asked after.
    pub(super) query: bool,
    /// Issues later than it answers, this often in a thousand.
    pub(super) slow: u64,
    /// Reds need a confirmation.
    pub(super) confirms: bool,
    /// The bureau issues the red once its confirmation may be issued, and says that it does.
    pub(super) automatic: bool,
    pub(super) callbacks: Callbacks,
    /// Buyers start red confirmations here, and the seller sees and answers them.
    pub(super) forms: bool,
    /// How long a request may still turn up after it was sent, in milliseconds.
    pub(super) quiet: i64,
    /// Refuses requests for good, this often in a thousand.
    pub(super) denies: u64,
}

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

impl Personality {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let confirms = rng.chance(500);
        Self {
            idempotent: rng.chance(500),
            says_duplicate: rng.chance(300),
            query: rng.chance(880),
            slow: *rng.pick(&[0, 300, 1000]).unwrap_or(&0),
            confirms,
            automatic: confirms && rng.chance(400),
            callbacks: *rng
                .pick(&[Callbacks::None, Callbacks::Unsigned, Callbacks::Signed])
                .unwrap_or(&Callbacks::None),
            forms: confirms && rng.chance(700),
            quiet: *rng.pick(&[20 * MINUTE, 2 * HOUR, 12 * HOUR]).unwrap_or(&HOUR),
            denies: *rng.pick(&[0, 40, 150]).unwrap_or(&0),
        }
    }
}

/// How hard a run is. The seed decides unless a test fixes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weather {
    /// A worker dies at an await, this often in a thousand.
    pub(super) crash: u64,
    /// Store faults, each kind, in a thousand.
    pub(super) store: u64,
    /// Provider faults, each kind, in a thousand.
    pub(super) bureau: u64,
    /// Whether faults happen at all.
    pub(super) on: bool,
    /// Classes that do not happen.
    pub(super) without: BTreeSet<Fault>,
}

impl Weather {
    pub(super) const CALM: Self = Self { crash: 0, store: 0, bureau: 0, on: false, without: BTreeSet::new() };

    pub(super) fn draw(rng: &mut Rng) -> Self {
        Self {
            crash: *rng.pick(&[30, 120, 250, 400]).unwrap_or(&20),
            store: *rng.pick(&[0, 5, 20, 60]).unwrap_or(&0),
            bureau: *rng.pick(&[5, 30, 80]).unwrap_or(&0),
            on: true,
            without: BTreeSet::new(),
        }
    }
}
