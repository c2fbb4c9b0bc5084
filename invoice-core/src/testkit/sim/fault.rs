use std::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $text:literal,)*) => {
        /// Something that goes wrong, or merely unusually, in a run. Each is counted when it fires.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// Every class.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

faults! {
    /// A worker or caller died before a store call had its effect.
    CrashBeforeStore "crash before store effect",
    /// A worker or caller died after a store call had its effect and before it was told.
    CrashAfterStore "crash after store effect",
    /// A worker died before a provider call had its effect.
    CrashBeforeProvider "crash before provider effect",
    /// A worker died after a provider call had its effect and before it was told.
    CrashAfterProvider "crash after provider effect",
    /// A worker died elsewhere.
    CrashBetween "crash between calls",
    /// Time passed while a worker stood still with a message in hand.
    SlowWorker "slow worker",
    /// A worker found its lease given to another.
    LeaseLost "lease lost",
    /// The store said a version had changed.
    StoreConflict "store conflict",
    /// The store was not available.
    StoreUnavailable "store unavailable",
    /// A unit was written and the acknowledgement was lost.
    AcknowledgementLost "commit applied, acknowledgement lost",
    /// A unit was not written and nobody said so.
    CommitLost "commit lost, outcome unknown",
    /// Two halves of one read saw different moments.
    TornRead "torn read",
    /// The request never reached the bureau.
    RequestLost "request lost",
    /// The request reached the bureau long after the caller gave up.
    RequestLate "request late",
    /// The request reached the bureau twice.
    RequestDoubled "request doubled",
    /// The bureau did it and the answer was lost.
    AnswerLost "answer lost",
    /// The bureau did it and answered that it had failed.
    SaidFailed "issued but said failed",
    /// The bureau holds the serial and shows nothing of it.
    SerialLocked "serial locked",
    /// The credit line or number stock is used up.
    QuotaExceeded "quota exceeded",
    /// A person must log in at the bureau.
    OperatorNeeded "operator needed",
    /// A person must show their face.
    FaceCheck "face check demanded",
    /// Nobody at the bureau answered anything for a while.
    Outage "bureau dark",
    /// A task was moved to the other provider.
    Moved "moved to the other provider",
    /// Too many calls.
    RateLimited "rate limited",
    /// The bureau is busy.
    Busy "busy",
    /// The bureau refused for good.
    Denied "denied",
    /// The bureau took it and works on it.
    SlowIssue "accepted, issued later",
    /// A query was not answered.
    QueryFailed "query failed",
    /// A query did not find what was on its way.
    NotFoundYet "not found while under way",
    /// A file was not ready.
    FileNotReady "file not ready",
    /// A callback that is as good as an answer.
    CallbackVerified "callback verified",
    /// A callback that is a hint only.
    CallbackHint "callback unverified",
    /// A callback came twice.
    CallbackDoubled "callback doubled",
    /// A callback came before the answer to the call.
    CallbackEarly "callback early",
    /// A callback came long after the event.
    CallbackLate "callback late",
    /// A callback overtook an older one.
    CallbackReordered "callback reordered",
    /// A callback never came.
    CallbackLost "callback lost",
    /// Somebody else made a callback up.
    CallbackForged "callback forged",
    /// An old callback was sent again.
    CallbackReplayed "callback replayed",
    /// A red confirmation needed nobody (01).
    ConfirmationNotNeeded "confirmation 01",
    /// A red confirmation waited for the buyer (02).
    ConfirmationWaited "confirmation 02",
    /// A red confirmation waited for the seller (03).
    ConfirmationAwaitedSeller "confirmation 03",
    /// The buyer confirmed (04).
    ConfirmationGiven "confirmation 04",
    /// Somebody refused (05, 06, 12).
    ConfirmationRefused "confirmation 05, 06, 12",
    /// Nobody confirmed within 72 hours (07).
    ConfirmationExpired "confirmation 07",
    /// It was withdrawn (08, 09).
    ConfirmationWithdrawn "confirmation 08, 09",
    /// The bureau blocked it (10, 11, 13).
    ConfirmationBlocked "confirmation 10, 11, 13",
    /// The bureau issued the red by itself.
    AutomaticRed "automatic red",
    /// A buyer started a red confirmation (03).
    BuyerStarted "confirmation 03, started by the buyer",
    /// The seller confirmed it (04).
    SellerConfirmed "confirmation 04, by the seller",
    /// The seller refused it (06).
    SellerRefused "confirmation 06, by the seller",
    /// A person set a paused account going again.
    Resumed "account resumed by a person",
    /// A year ended between an attempt and its answer.
    YearPassed "year passed",
    /// A month ended between an attempt and its answer.
    MonthPassed "month passed",
}

impl Fault {
    /// Whether it happens by chance alone, so that a run can do without it.
    pub(super) const fn can_be_left_out(self) -> bool {
        matches!(
            self,
            Self::CrashBeforeStore
                | Self::CrashAfterStore
                | Self::CrashBeforeProvider
                | Self::CrashAfterProvider
                | Self::CrashBetween
                | Self::StoreConflict
                | Self::StoreUnavailable
                | Self::AcknowledgementLost
                | Self::CommitLost
                | Self::TornRead
                | Self::RequestLost
                | Self::RequestLate
                | Self::RequestDoubled
                | Self::AnswerLost
                | Self::SaidFailed
                | Self::QuotaExceeded
                | Self::OperatorNeeded
                | Self::FaceCheck
                | Self::Outage
                | Self::RateLimited
                | Self::Busy
                | Self::QueryFailed
                | Self::FileNotReady
        )
    }
}

/// How often each class fired.
#[derive(Clone, PartialEq, Eq)]
pub struct Tally([u64; Fault::ALL.len()]);

impl Default for Tally {
    fn default() -> Self {
        Self([0; Fault::ALL.len()])
    }
}

impl Tally {
    pub(super) fn count(&mut self, fault: Fault) {
        if let Some(times) = self.0.get_mut(fault as usize) {
            *times += 1;
        }
    }

    /// How often a class fired.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(fault as usize).copied().unwrap_or(0)
    }

    /// Crashes of all classes.
    #[must_use]
    pub fn crashes(&self) -> u64 {
        use Fault::{
            CrashAfterProvider, CrashAfterStore, CrashBeforeProvider, CrashBeforeStore, CrashBetween,
        };
        [CrashBeforeStore, CrashAfterStore, CrashBeforeProvider, CrashAfterProvider, CrashBetween]
            .into_iter()
            .map(|fault| self.of(fault))
            .sum()
    }

    /// The classes that never fired.
    pub fn never(&self) -> impl Iterator<Item = Fault> + '_ {
        Fault::ALL.iter().copied().filter(|fault| self.of(*fault) == 0)
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(Fault::ALL.iter().map(|fault| (fault.as_str(), self.of(*fault)))).finish()
    }
}
