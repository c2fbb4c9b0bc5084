//! Faults that can be switched on: with a probability drawn from seed, key and call count, or one by one.

use std::collections::{BTreeMap, HashMap, VecDeque};

use invoice_core::id::IntentKey;

use super::numbers::draw;

/// What can go wrong between shop and bureau.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The request is lost on its way; the shop hears nothing.
    LostBefore,
    /// The request takes effect, the answer is lost.
    LostAfter,
    /// The request takes effect, the answer is lost, and for a while a query does not find the key: who takes "not
    /// found" for "not issued" issues twice.
    Late,
    /// The server fails (5xx); half of the time, drawn from seed and key, the request has taken effect.
    ServerError,
    /// Issued, but said to be refused. No shop can survive it without reconciling its books with the bureau's, so
    /// it is for hard simulations only: it breaks rule 4 of the provider's contract.
    SaidFailed,
    /// Busy: nothing happened.
    Busy,
    /// Too many calls: nothing happened.
    RateLimited,
    /// The bureau wants to see a person of this seller; every request of the seller is refused until
    /// [`clear_challenge`](super::SandboxBureau::clear_challenge).
    OperatorChallenge,
    /// The bureau says that the quota is used up: nothing happened.
    QuotaExceeded,
    /// The serial is locked: nothing is issued, and for a while the key is reported as being worked on.
    LockedSerial,
    /// A callback is sent twice.
    DoubledCallback,
    /// A query gets no answer.
    QueryLost,
    /// A file is not ready yet.
    DownloadNotReady,
}

impl Fault {
    /// Every fault in order.
    pub const ALL: &[Self] = &[
        Self::LostBefore,
        Self::LostAfter,
        Self::Late,
        Self::ServerError,
        Self::SaidFailed,
        Self::Busy,
        Self::RateLimited,
        Self::OperatorChallenge,
        Self::QuotaExceeded,
        Self::LockedSerial,
        Self::DoubledCallback,
        Self::QueryLost,
        Self::DownloadNotReady,
    ];

    const fn hits(self, call: Call) -> bool {
        match call {
            Call::Issue => !matches!(self, Self::DoubledCallback | Self::QueryLost | Self::DownloadNotReady),
            Call::Confirm => matches!(
                self,
                Self::LostBefore
                    | Self::LostAfter
                    | Self::ServerError
                    | Self::Busy
                    | Self::RateLimited
                    | Self::OperatorChallenge
            ),
            Call::Query => matches!(self, Self::QueryLost),
            Call::Download => matches!(self, Self::DownloadNotReady),
            Call::Callback => matches!(self, Self::DoubledCallback),
        }
    }
}

/// Which call a fault may hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Call {
    Issue,
    Confirm,
    Query,
    Download,
    Callback,
}

impl Call {
    const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Confirm => "confirm",
            Self::Query => "query",
            Self::Download => "download",
            Self::Callback => "callback",
        }
    }
}

/// How often each fault happens, in thousandths of the calls that it can hit.
///
/// ```
/// use invoice_providers::sandbox::{Fault, FaultPlan};
/// let plan = FaultPlan::none().with(Fault::LostAfter, 50).with(Fault::Busy, 100);
/// assert_eq!(plan.per_mille(Fault::Busy), 100);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    per_mille: BTreeMap<Fault, u16>,
}

impl FaultPlan {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Everything that an honest bureau may do to a shop, each fault this often. Not [`Fault::SaidFailed`], and not
    /// [`Fault::OperatorChallenge`], which waits for a person.
    #[must_use]
    pub fn rough(per_mille: u16) -> Self {
        let left_out = [Fault::SaidFailed, Fault::OperatorChallenge];
        let hit = Fault::ALL.iter().filter(|fault| !left_out.contains(fault));
        hit.fold(Self::none(), |plan, fault| plan.with(*fault, per_mille))
    }

    /// Sets how often a fault happens. At most one fault hits a call: where the sum goes above 1,000 the later
    /// faults of [`Fault::ALL`] are cut short.
    #[must_use]
    pub fn with(mut self, fault: Fault, per_mille: u16) -> Self {
        self.per_mille.insert(fault, per_mille);
        self
    }

    /// How often a fault happens.
    #[must_use]
    pub fn per_mille(&self, fault: Fault) -> u16 {
        self.per_mille.get(&fault).copied().unwrap_or_default()
    }
}

/// The plan at work.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) plan: FaultPlan,
    seed: u64,
    script: VecDeque<(Option<IntentKey>, Fault)>,
    calls: HashMap<(&'static str, String), u64>,
    fired: BTreeMap<Fault, u64>,
}

impl Faults {
    pub(super) fn new(plan: FaultPlan, seed: u64) -> Self {
        Self { plan, seed, ..Self::default() }
    }

    pub(super) fn script(&mut self, key: Option<IntentKey>, fault: Fault) {
        self.script.push_back((key, fault));
    }

    /// Which fault hits this call. Counts calls by key, so that the draw does not depend on what other callers do.
    pub(super) fn draw(&mut self, call: Call, name: &str) -> Option<Fault> {
        let of_key = |key: &Option<IntentKey>| key.as_ref().is_none_or(|key| key.as_str() == name);
        let scripted = self.script.iter().position(|(key, fault)| fault.hits(call) && of_key(key));
        let fault = match scripted.and_then(|at| self.script.remove(at)) {
            Some((_, fault)) => Some(fault),
            None if self.plan.per_mille.is_empty() => None,
            None => self.by_chance(call, name),
        };
        if let Some(fault) = fault {
            *self.fired.entry(fault).or_default() += 1;
        }
        fault
    }

    fn by_chance(&mut self, call: Call, name: &str) -> Option<Fault> {
        let count = self.calls.entry((call.name(), name.to_owned())).or_default();
        let mut drawn = draw(self.seed, call.name(), name, *count) % 1000;
        *count += 1;
        for (fault, per_mille) in &self.plan.per_mille {
            if !fault.hits(call) {
                continue;
            }
            match drawn.checked_sub(u64::from(*per_mille)) {
                None => return Some(*fault),
                Some(rest) => drawn = rest,
            }
        }
        None
    }

    /// A fair coin for a key.
    pub(super) fn coin(&self, name: &str) -> bool {
        draw(self.seed, "coin", name, 0).is_multiple_of(2)
    }

    pub(super) fn fired(&self) -> BTreeMap<Fault, u64> {
        self.fired.clone()
    }
}
