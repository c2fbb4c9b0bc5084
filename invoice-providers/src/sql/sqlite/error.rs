//! What SQLite says, told as the drivers of the other engines tell it.

use std::fmt;

use rusqlite::ffi;
use sqlx::error::{DatabaseError, ErrorKind};

/// A statement that SQLite refused.
#[derive(Debug)]
pub(crate) struct Failure {
    code: i32,
    message: String,
}

impl Failure {
    /// SQLite's extended result code.
    pub(crate) const fn extended(&self) -> i32 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLite, code {}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE => ErrorKind::UniqueViolation,
            _ => ErrorKind::Other,
        }
    }
}

pub(super) fn failed(error: rusqlite::Error) -> sqlx::Error {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(error, message) => {
            let message = message.unwrap_or_else(|| error.to_string());
            sqlx::Error::Database(Box::new(Failure { code: error.extended_code, message }))
        }
        // The text is one of ours, and stands in the message.
        E::SqlInputError { error, msg, .. } => {
            sqlx::Error::Database(Box::new(Failure { code: error.extended_code, message: msg }))
        }
        E::ToSqlConversionFailure(_) | E::NulError(_) => sqlx::Error::Encode(error.into()),
        error => sqlx::Error::Decode(error.into()),
    }
}
