macro_rules! mutations {
    ($($(#[$doc:meta])* $name:ident $text:literal,)*) => {
        /// A bug planted on purpose between the desk and its store, provider, clock, ids or people, to see that the
        /// auditor notices. Desk code itself is never touched.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Mutation { $($(#[$doc])* $name,)* }

        impl Mutation {
            /// Every bug there is to plant.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name, as the example takes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// From the name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|mutation| mutation.as_str() == name)
            }
        }
    };
}

mutations! {
    /// Every send carries a key of its own.
    NewKeyEachSend "new-key-each-send",
    /// The desk is told that repeating a key is harmless where it is not.
    BlindResend "blind-resend",
    /// "Not found" is passed on as a denial.
    NotFoundIsDenial "not-found-is-denial",
    /// A time-out is passed on as a refusal.
    TimeoutIsFailure "timeout-is-failure",
    /// No quiet period is waited for.
    NoQuietPeriod "no-quiet-period",
    /// The request leaves before its intent is stored.
    SentBeforeStored "sent-before-stored",
    /// Other bytes are sent than were stored.
    BytesRebuilt "bytes-rebuilt",
    /// A red invoice recomputes its tax instead of repeating what is stored.
    RedRecomputed "red-recomputed",
    /// An unknown outcome is passed on as "busy, nothing happened".
    UnknownIsBusy "unknown-is-busy",
    /// "Accepted" is passed on as "issued".
    AcceptedIsIssued "accepted-is-issued",
    /// Anybody's callback is believed.
    ForgedCallbackBelieved "forged-callback-believed",
    /// The bureau's automatic red is not recognised.
    AutomaticRedMissed "automatic-red-missed",
    /// Versions are not compared.
    NoVersionCheck "no-version-check",
    /// Rows that were only read are not compared.
    NoReadCheck "no-read-check",
    /// Messages are not enqueued.
    WakeLost "wake-lost",
    /// Settlements are forgotten.
    SettlementForgotten "settlement-forgotten",
    /// A message is settled before what was learnt is written.
    SettledFirst "settled-before-learnt",
    /// A seller's pause stops every seller.
    PauseForAll "pause-for-all",
    /// A message is dropped whenever it is settled.
    SettledForGood "settled-for-good",
    /// Leases are ignored.
    LeaseIgnored "lease-ignored",
    /// A message whose lease has ended is never given out again.
    LeaseForEver "lease-for-ever",
    /// Part of a unit is written although the unit failed.
    TornCommit "torn-commit",
    /// A posting is written twice.
    DoublePosting "double-posting",
    /// Ledger entries are forgotten.
    LedgerForgotten "ledger-forgotten",
    /// Ledger amounts lose their fen.
    LedgerRounded "ledger-rounded",
    /// Journal entries are forgotten.
    JournalForgotten "journal-forgotten",
    /// A journal entry is changed after it was hashed.
    JournalForged "journal-forged",
    /// A unit that was applied is applied again when it is repeated.
    UnitTwice "unit-twice",
    /// Ids repeat.
    IdsRepeat "ids-repeat",
    /// A worker's clock is half a day fast.
    ClockFast "clock-fast",
    /// A person says "denied" without having looked.
    HastyPerson "hasty-person",
}
