//! What a journal entry holds under its seal: why, and the events.

use serde::{Deserialize, Serialize};

use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::Command;
use crate::env::Place;
use crate::store::JournalEntry;

/// The body of an entry before it is sealed.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a, E> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<&'a str>,
    pub(super) events: &'a [E],
}

/// The body of an entry that was opened.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded<E> {
    #[serde(default)]
    pub(super) why: Option<String>,
    pub(super) events: Vec<E>,
}

/// What is done, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed<'a> {
    pub(super) verb: &'a str,
    pub(super) why: Option<&'a str>,
}

impl<'a> Deed<'a> {
    /// Why is what the actor said, or else what the command says.
    pub(super) fn of(actor: &'a Actor, command: &'a Command) -> Self {
        let said = match command {
            Command::Reject { reason, .. } => Some(reason.as_str()),
            _ => None,
        };
        Self { verb: command.name(), why: actor.reason().or(said) }
    }
}

/// The place of an entry's body.
pub(super) fn place_of(entry: &JournalEntry) -> String {
    format!("{}/{}/{}", entry.key.kind().as_str(), entry.key.id(), entry.seq)
}

impl InvoiceDesk {
    /// Opens the body of a journal entry.
    pub(super) fn recorded<E: for<'de> Deserialize<'de>>(
        &self,
        entry: &JournalEntry,
    ) -> Result<Recorded<E>, DeskError> {
        let row = place_of(entry);
        let place = Place { tenant: &self.inner.tenant, column: "journal", row: &row };
        let plain = self
            .inner
            .cipher
            .open(&place, &entry.body.0)
            .map_err(|source| DeskError::Cipher { subject: row.clone(), source })?;
        serde_json::from_slice(&plain).map_err(|source| DeskError::Unreadable { subject: row, source })
    }
}
