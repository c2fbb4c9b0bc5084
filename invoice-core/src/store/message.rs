use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::row::Key;
use crate::id::{TenantId, WorkerId};

/// The name of a message within its tenant. One subject has at most one message of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// The message of a topic about a subject: `topic/kind/id`.
    #[must_use]
    pub fn of(topic: &str, subject: &Key) -> Self {
        Self(format!("{topic}/{}/{}", subject.kind().as_str(), subject.id()).into())
    }

    /// From the stored text.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, at most 128 visible ASCII characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who holds a message, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The worker.
    pub worker: WorkerId,
    /// The end of the lease; a claim from then on may take the message over.
    pub until: DateTime<Utc>,
}

/// Work to do: "look at the subject and do the next step". What the step is, the subject's state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// What it is about.
    pub subject: Key,
    /// The queue it stands in: usually the seller, so that one seller can be paused alone.
    pub lane: String,
    /// Not before this moment.
    pub not_before: DateTime<Utc>,
    /// How often it was settled with [`Next::Again`] since the subject's last change of state.
    pub attempts: u32,
    /// Who holds it; `None` when enqueued.
    pub lease: Option<Lease>,
}

impl Message {
    /// From when on it may be given out: not before its time, and not while somebody holds it. Whose lease ran out queues
    /// anew, so that work which brings its workers down does not keep the rest from being done.
    #[must_use]
    pub fn due(&self) -> DateTime<Utc> {
        self.lease.as_ref().map_or(self.not_before, |lease| lease.until.max(self.not_before))
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is done and goes away.
    Done,
    /// It is due again at this moment, with this count of attempts, and nobody holds it.
    Again {
        /// When.
        not_before: DateTime<Utc>,
        /// The count to store.
        attempts: u32,
    },
}

/// Settles a claimed message in the same unit as what it brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The message.
    pub message: MessageId,
    /// The lease under which it was claimed.
    pub lease: Lease,
    /// What becomes of it.
    pub next: Next,
}

/// Asks for due messages of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The tenant.
    pub tenant: TenantId,
    /// Who will hold them.
    pub worker: WorkerId,
    /// The moment of the claim.
    pub now: DateTime<Utc>,
    /// The end of the leases given out.
    pub until: DateTime<Utc>,
    /// At most this many.
    pub limit: usize,
    /// Lanes to leave alone.
    pub paused_lanes: Vec<String>,
}
