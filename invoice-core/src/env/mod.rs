//! What the outside world gives the desk: time, ids, secrecy, somewhere to send notices. All of it injected, so
//! that the same input gives the same output.

mod notifier;
mod originals;

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

pub use notifier::{InApp, Letter, Notifier, NotifyError};
pub use originals::{OriginalStore, OriginalsError};

use crate::id::TenantId;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes ids and the randomness that spreads retries.
pub trait IdGenerator: Send + Sync {
    /// A new id, unique in the store, of at most 20 characters from `0-9A-Za-z`: the strictest provider takes no
    /// more. Ids that grow with time keep stores fast.
    fn next_id(&self) -> String;

    /// A number from 0 to `below − 1`, for jitter; 0 when `below` is 0.
    fn random(&self, below: u64) -> u64;
}

/// Where a sealed value lives. Sealing binds the value to its place, so that it cannot be moved to another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Table and column.
    pub column: &'static str,
    /// The row.
    pub row: &'a str,
}

/// Why a value could not be sealed or opened. Never contains the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// The key that sealed the value is not there: dropped, or another key file.
    #[error("the key that sealed this value is not available")]
    KeyMissing,
    /// The value was changed, or belongs to another place.
    #[error("the sealed value was changed or moved")]
    Forged,
    /// The cipher itself failed.
    #[error("the cipher failed: {0}")]
    Failed(&'static str),
}

/// Seals what is stored. Everything with personal data passes through it on the way to a store.
pub trait Cipher: Send + Sync {
    /// Seals `plain` for `place`.
    ///
    /// # Errors
    /// When no key is available.
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, CipherError>;

    /// Opens what [`Cipher::seal`] made for the same place.
    ///
    /// # Errors
    /// When the key is missing, or the value was changed or moved.
    fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, CipherError>;

    /// Whether a sealed value is under the key that [`Cipher::seal`] would take now. What is not can be opened all the
    /// same; sealing it again lets the older key go.
    ///
    /// # Errors
    /// When no key is available, or it is no sealed value.
    fn is_current(&self, tenant: &TenantId, sealed: &[u8]) -> Result<bool, CipherError>;

    /// A blind token: equal texts of one tenant and field give equal tokens, and nothing can be read from one. 32 to
    /// 128 characters from `0-9A-Za-z`, of which any beginning is as good as random.
    ///
    /// # Errors
    /// When no key is available.
    fn token(&self, tenant: &TenantId, field: &'static str, plain: &str) -> Result<String, CipherError>;
}

/// A cipher that hides nothing, for tests and for data that holds no person. Says so in its name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unsealed;

impl Cipher for Unsealed {
    fn seal(&self, _place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(plain.to_vec())
    }

    fn open(&self, _place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(sealed.to_vec())
    }

    fn is_current(&self, _tenant: &TenantId, _sealed: &[u8]) -> Result<bool, CipherError> {
        Ok(true)
    }

    fn token(&self, tenant: &TenantId, field: &'static str, plain: &str) -> Result<String, CipherError> {
        // Keyless: whoever guesses the text can check the guess.
        let mut hasher = Sha256::new();
        for part in [tenant.as_str(), field, plain] {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Bytes whose `Debug` shows only how many there are.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Opaque(pub Vec<u8>);

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}
