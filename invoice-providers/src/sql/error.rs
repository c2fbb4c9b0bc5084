//! The only place where a database's error becomes a store's error.

use invoice_core::store::{StoreError, StoreErrorKind};
use sqlx::error::ErrorKind;
use sqlx::migrate::MigrateError;

/// During what it failed. Only a failed COMMIT leaves the outcome open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum During {
    Open,
    Read,
    Write,
    Commit,
}

/// Database messages may quote what was bound, so `Display` says only the operation; the rest is the source.
pub(crate) fn store_error(error: sqlx::Error, during: During, what: &'static str) -> StoreError {
    let detail = match &error {
        sqlx::Error::Migrate(cause) => migration(cause),
        _ => what.to_owned(),
    };
    StoreError::new(kind(&error, during), detail).because(error)
}

fn kind(error: &sqlx::Error, during: During) -> StoreErrorKind {
    if during == During::Commit {
        return StoreErrorKind::Unknown;
    }
    match error {
        sqlx::Error::Migrate(cause) => match cause.as_ref() {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => kind(error, during),
            _ => StoreErrorKind::Corrupt,
        },
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::RowNotFound => StoreErrorKind::Corrupt,
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => StoreErrorKind::Invalid,
        sqlx::Error::Database(cause) => match cause.kind() {
            ErrorKind::UniqueViolation => StoreErrorKind::Conflict,
            ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ForeignKeyViolation => {
                StoreErrorKind::Invalid
            }
            _ => sqlite_kind(cause.code().as_deref()),
        },
        _ => StoreErrorKind::Unavailable,
    }
}

/// SQLite's primary result code is the low byte of the extended one.
fn sqlite_kind(code: Option<&str>) -> StoreErrorKind {
    match code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff) {
        // ERROR (a table is missing), CORRUPT, SCHEMA, MISMATCH, NOTADB
        Some(1 | 11 | 17 | 20 | 26) => StoreErrorKind::Corrupt,
        // TOOBIG, CONSTRAINT (a type that a STRICT table refuses)
        Some(18 | 19) => StoreErrorKind::Invalid,
        // BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN and whatever comes
        _ => StoreErrorKind::Unavailable,
    }
}

fn migration(cause: &MigrateError) -> String {
    match cause {
        MigrateError::VersionMissing(version) => {
            format!("the database has schema {version}, which is newer than this program: use a newer one")
        }
        MigrateError::VersionMismatch(version) => {
            format!("schema {version} of the database is not the one this program knows")
        }
        MigrateError::Dirty(version) => format!("schema {version} was applied in part"),
        _ => "bringing the schema up to date".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_kind() {
        use StoreErrorKind as K;
        let migrate = |cause: MigrateError| sqlx::Error::Migrate(Box::new(cause));
        let table = [
            (sqlx::Error::PoolTimedOut, During::Read, K::Unavailable),
            (sqlx::Error::PoolClosed, During::Write, K::Unavailable),
            (sqlx::Error::WorkerCrashed, During::Write, K::Unavailable),
            (sqlx::Error::WorkerCrashed, During::Commit, K::Unknown),
            (sqlx::Error::PoolClosed, During::Commit, K::Unknown),
            (sqlx::Error::Io(std::io::Error::other("disk")), During::Open, K::Unavailable),
            (sqlx::Error::RowNotFound, During::Read, K::Corrupt),
            (sqlx::Error::Decode("bad".into()), During::Read, K::Corrupt),
            (sqlx::Error::ColumnNotFound("x".into()), During::Read, K::Corrupt),
            (sqlx::Error::Encode("bad".into()), During::Write, K::Invalid),
            (migrate(MigrateError::VersionMissing(9)), During::Open, K::Corrupt),
            (migrate(MigrateError::VersionMismatch(1)), During::Open, K::Corrupt),
            (migrate(MigrateError::Execute(sqlx::Error::PoolTimedOut)), During::Open, K::Unavailable),
        ];
        for (error, during, expected) in table {
            let text = error.to_string();
            assert_eq!(store_error(error, during, "x").kind(), expected, "{text} {during:?}");
        }
        for (code, expected) in [
            ("5", K::Unavailable),
            ("517", K::Unavailable),
            ("6", K::Unavailable),
            ("10", K::Unavailable),
            ("13", K::Unavailable),
            ("14", K::Unavailable),
            ("1", K::Corrupt),
            ("11", K::Corrupt),
            ("267", K::Corrupt),
            ("26", K::Corrupt),
            ("18", K::Invalid),
            ("3091", K::Invalid),
        ] {
            assert_eq!(sqlite_kind(Some(code)), expected, "{code}");
        }
    }

    #[test]
    fn display_says_the_operation_and_nothing_stored() {
        let error = store_error(sqlx::Error::Decode("王小明".into()), During::Read, "read of rows");
        assert!(error.to_string().contains("read of rows"));
        assert!(!error.to_string().contains("王小明"));
    }
}
