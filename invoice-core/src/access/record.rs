use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::ActorId;

/// What was refused to an actor. The journal of this row lists every attempt; the row itself counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRecord {
    pub(crate) actor: ActorId,
    pub(crate) refused: u64,
    pub(crate) last: AccessChange,
}

/// A verb that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessChange {
    /// The actor tried what they may not.
    Refused {
        /// The verb.
        verb: String,
        /// The role they had.
        role: String,
        /// `ACCESS-…`.
        code: String,
        /// The id of what they tried it on, when it is known.
        about: Option<String>,
        /// When.
        at: DateTime<Utc>,
    },
}

impl AccessRecord {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, actor: &ActorId, change: &AccessChange) -> Self {
        let refused = current.map_or(0, |record| record.refused) + 1;
        Self { actor: actor.clone(), refused, last: change.clone() }
    }

    /// Who.
    #[must_use]
    pub const fn actor(&self) -> &ActorId {
        &self.actor
    }

    /// How often.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// The newest attempt.
    #[must_use]
    pub const fn last(&self) -> &AccessChange {
        &self.last
    }

    /// When the newest attempt was.
    #[must_use]
    pub const fn last_at(&self) -> DateTime<Utc> {
        match self.last {
            AccessChange::Refused { at, .. } => at,
        }
    }
}
