//! What is remembered of an account between calls and processes, and where.

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::{CipherError, Opaque, Place};
use invoice_core::id::UnitId;
use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use invoice_core::store::{Columns, Key, Row, StoreErrorKind, UnitOfWork, Version, Write};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::keeper::TokenPlace;

/// How often a commit whose outcome is not known is repeated.
const MOST_COMMITS: usize = 3;

/// The body of the row, sealed before it reaches the store.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Note {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refresh: Option<Zeroizing<String>>,
    /// `None` when the service named no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// When the service was asked for a token, oldest first, as far as a budget counts it.
    #[serde(default)]
    pub(super) calls: Vec<DateTime<Utc>>,
    /// Who is asking for one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lease: Option<Asking>,
    /// How often in a row none was given.
    #[serde(default)]
    pub(super) failures: u32,
    /// Not asked again before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wait_until: Option<DateTime<Utc>>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Asking {
    pub(super) by: String,
    pub(super) until: DateTime<Utc>,
}

impl Note {
    /// The token, if it is good for at least this long.
    pub(super) fn good_for(&self, now: DateTime<Utc>, left: TimeDelta) -> Option<&Zeroizing<String>> {
        self.token.as_ref().filter(|_| self.expires_at.is_none_or(|end| end - left > now))
    }
}

/// The call was not made, so nothing was issued.
pub(super) fn unavailable(kind: ErrorKind, code: &str) -> ProviderError {
    ProviderError::new(kind, Effect::NotApplied).with_code(code)
}

fn sealing(error: CipherError) -> ProviderError {
    unavailable(ErrorKind::Configuration, "TOKEN-CIPHER").because(error)
}

impl TokenPlace {
    fn place<'a>(&'a self, key: &'a Key) -> Place<'a> {
        Place { tenant: &self.tenant, column: key.kind().as_str(), row: key.id() }
    }

    pub(super) async fn read(&self, key: &Key) -> Result<(Version, Note), ProviderError> {
        let rows = self.store.read(std::slice::from_ref(key)).await;
        let rows = rows.map_err(|error| unavailable(ErrorKind::Busy, "TOKEN-STORE").because(error))?;
        let Some(row) = rows.into_iter().flatten().next() else {
            return Ok((Version::ABSENT, Note::default()));
        };
        let plain = self.cipher.open(&self.place(key), &row.body.0).map_err(sealing)?;
        let plain = Zeroizing::new(plain);
        let note = serde_json::from_slice(&plain)
            .map_err(|_| unavailable(ErrorKind::Configuration, "TOKEN-NOTE"))?;
        Ok((row.version, note))
    }

    /// Writes the note over the version that was read; `false` when somebody else wrote meanwhile.
    pub(super) async fn write(&self, key: &Key, read: Version, note: &Note) -> Result<bool, ProviderError> {
        let plain = serde_json::to_vec(note).map(Zeroizing::new);
        let plain = plain.map_err(|_| unavailable(ErrorKind::Configuration, "TOKEN-NOTE"))?;
        let body = Opaque(self.cipher.seal(&self.place(key), &plain).map_err(sealing)?);
        let id = UnitId::new(self.ids.next_id())
            .map_err(|refusal| unavailable(ErrorKind::Configuration, "TOKEN-ID").because(refusal))?;
        let mut unit = UnitOfWork::new(id, self.tenant.clone());
        // No journal: old tokens are nobody's history.
        let row = Row { key: key.clone(), version: read.next(), head: [0; 32], body };
        unit.writes.push(Write { row, columns: Columns::default() });
        let mut last = None;
        for _ in 0..MOST_COMMITS {
            match self.store.commit(&unit).await {
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == StoreErrorKind::Conflict => return Ok(false),
                Err(error) if error.kind() == StoreErrorKind::Unknown => last = Some(error),
                Err(error) => return Err(unavailable(ErrorKind::Busy, "TOKEN-STORE").because(error)),
            }
        }
        let error = unavailable(ErrorKind::Busy, "TOKEN-STORE");
        Err(match last {
            Some(cause) => error.because(cause),
            None => error,
        })
    }
}
