use std::io;
use std::path::PathBuf;

/// Why the keys could not be opened. Never contains a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is no such file.
    #[error("KEY-01: there is no key file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The key file is gone, but keys that it wrapped are there: a new one could not open anything.
    #[error("KEY-02: the key file {} is gone, but there are keys that need it: restore it", path.display())]
    Lost {
        /// The file.
        path: PathBuf,
    },
    /// What is in the file is not a key.
    #[error("KEY-03: {} is not a key file, or it is damaged: restore it", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner may read or write the file.
    #[error("KEY-04: others may read {}: take its permissions away (chmod 600)", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error("KEY-05: {} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Older keys of the key file cannot be forgotten yet.
    #[error("KEY-07: data keys are still wrapped under older keys: let re-wrapping come to its end first")]
    StillNeeded,
    /// The system gave no randomness.
    #[error("KEY-06: there is no randomness to make a key of")]
    NoRandomness,
}
