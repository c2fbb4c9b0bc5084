use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// What a request is for, whatever a service calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A token.
    Token,
    /// A blue invoice, or a red one of a confirmation.
    Issue,
    /// What became of an invoice.
    Query,
    /// A red confirmation.
    ApplyRed,
    /// What became of a red confirmation.
    QueryRed,
    /// A file.
    File,
    /// Anything else.
    Other,
}

/// How a bureau misbehaves on one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Misstep {
    /// Closes the connection; nothing was done.
    CutBefore,
    /// Does it, then closes the connection without a word.
    CutAfter,
    /// Does it, then breaks off in the middle of the answer.
    CutAnswer,
    /// Never answers; nothing was done.
    SilentBefore,
    /// Does it and never answers.
    SilentAfter,
    /// 500; nothing was done.
    ServerError,
    /// Does it and answers 502 with a page of a proxy.
    BadGateway,
    /// Does it and answers 200 with a page.
    Html,
    /// Does it and answers in GBK.
    Gbk,
    /// Does it and answers half of its JSON, as if that were all.
    HalfJson,
    /// 429; nothing was done.
    TooMany,
    /// Says busy, in the service's own words; nothing was done.
    Busy,
    /// Does it and says busy.
    BusyAfter,
    /// Says that the token has ended; nothing was done.
    TokenExpired,
    /// Says that the time stamp is out of range, an hour behind a clock of its own; nothing was done.
    ClockApart,
    /// Says a code that nobody knows; nothing was done.
    UnknownCode,
    /// Does it and says a code that nobody knows.
    UnknownCodeAfter,
    /// Says a state that nobody knows.
    UnknownState,
    /// Says amounts that are one cent off.
    CentOff,
    /// Issues, and fails to seal what it issued.
    SealFails,
    /// Takes the request, and issues nothing: the next query says that it failed.
    IssueFails,
    /// Does it and signs the answer with a key that is not its own.
    WrongSignature,
    /// Does it and names a key that nobody knows.
    WrongSerial,
}

impl Misstep {
    /// Whether the request has no effect.
    pub(super) const fn is_before(self) -> bool {
        matches!(
            self,
            Self::CutBefore
                | Self::SilentBefore
                | Self::ServerError
                | Self::TooMany
                | Self::Busy
                | Self::TokenExpired
                | Self::ClockApart
                | Self::UnknownCode
        )
    }
}

/// The missteps to come, and those that happened.
#[derive(Debug, Default)]
pub(super) struct Missteps {
    waiting: Mutex<BTreeMap<Operation, VecDeque<Misstep>>>,
    taken: Mutex<BTreeMap<Misstep, u64>>,
}

impl Missteps {
    pub(super) fn script(&self, operation: Operation, misstep: Misstep) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(operation).or_default().push_back(misstep);
    }

    pub(super) fn take(&self, operation: Operation) -> Option<Misstep> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let misstep = waiting.get_mut(&operation)?.pop_front()?;
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner).entry(misstep).or_default() += 1;
        Some(misstep)
    }

    pub(super) fn taken(&self) -> BTreeMap<Misstep, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
