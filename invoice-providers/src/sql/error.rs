//! The only place where a database's error becomes a store's error.

use invoice_core::store::{StoreError, StoreErrorKind};
use sqlx::error::{DatabaseError, ErrorKind};
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
        // What a check of the server's settings says; nothing stored is in it.
        sqlx::Error::Configuration(cause) => format!("{what}: {cause}"),
        _ => what.to_owned(),
    };
    StoreError::new(kind(&error, during), detail).because(error)
}

pub(crate) fn kind(error: &sqlx::Error, during: During) -> StoreErrorKind {
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
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) | sqlx::Error::Configuration(_) => {
            StoreErrorKind::Invalid
        }
        sqlx::Error::Database(cause) => match cause.kind() {
            ErrorKind::UniqueViolation => StoreErrorKind::Conflict,
            ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ForeignKeyViolation => {
                StoreErrorKind::Invalid
            }
            _ => engine_kind(cause.as_ref()),
        },
        _ => StoreErrorKind::Unavailable,
    }
}

fn engine_kind(cause: &(dyn DatabaseError + 'static)) -> StoreErrorKind {
    #[cfg(feature = "postgres")]
    if let Some(cause) = cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return postgres_kind(cause.code());
    }
    #[cfg(feature = "mysql")]
    if let Some(cause) = cause.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return mysql_kind(cause.number());
    }
    #[cfg(feature = "sqlite")]
    if let Some(cause) = cause.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
        let code = cause.code().and_then(|code| code.parse().ok());
        return code.map_or(StoreErrorKind::Unavailable, sqlite_kind);
    }
    #[cfg(feature = "sqlite")]
    if let Some(cause) = cause.try_downcast_ref::<super::sqlite::Failure>() {
        return sqlite_kind(cause.extended());
    }
    // Not an engine that was compiled in: all that can be said is that the statement did not take effect.
    StoreErrorKind::Unavailable
}

/// By SQLSTATE. What another transaction came between is a conflict, and the writer looks at everything anew.
#[cfg(feature = "postgres")]
fn postgres_kind(code: &str) -> StoreErrorKind {
    match (code.get(..2).unwrap_or_default(), code) {
        // Serialization failure, deadlock; a row that is locked where waiting was not wanted.
        (_, "40001" | "40P01" | "55P03") => StoreErrorKind::Conflict,
        // Undefined table or column, wrong type of column, and whatever else says that the schema is another.
        (_, "42P01" | "42703" | "42804" | "42883" | "3F000") => StoreErrorKind::Corrupt,
        // A value that does not fit, a character that the database cannot hold; a row that is too long.
        ("22" | "23", _) | (_, "54000") => StoreErrorKind::Invalid,
        _ => StoreErrorKind::Unavailable,
    }
}

/// By error number.
#[cfg(feature = "mysql")]
const fn mysql_kind(number: u16) -> StoreErrorKind {
    match number {
        // Deadlock; NOWAIT; and, in TiDB, a write conflict and a transaction that has to be tried again.
        1213 | 3572 | 9007 | 8002 | 8022 => StoreErrorKind::Conflict,
        // No such table, unknown column.
        1146 | 1054 => StoreErrorKind::Corrupt,
        // Packet or value too long, out of range, incorrect string value, NULL where none may be.
        1153 | 1406 | 1264 | 1366 | 1048 | 3988 => StoreErrorKind::Invalid,
        _ => StoreErrorKind::Unavailable,
    }
}

/// SQLite's primary result code is the low byte of the extended one.
#[cfg(feature = "sqlite")]
const fn sqlite_kind(code: i32) -> StoreErrorKind {
    match code & 0xff {
        // ERROR (a table is missing), CORRUPT, SCHEMA, MISMATCH, NOTADB
        1 | 11 | 17 | 20 | 26 => StoreErrorKind::Corrupt,
        // TOOBIG, CONSTRAINT (a type that a STRICT table refuses)
        18 | 19 => StoreErrorKind::Invalid,
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
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn codes_of_sqlite() {
        use StoreErrorKind as K;
        for (code, expected) in [
            (5, K::Unavailable),
            (517, K::Unavailable),
            (6, K::Unavailable),
            (10, K::Unavailable),
            (13, K::Unavailable),
            (14, K::Unavailable),
            (1, K::Corrupt),
            (11, K::Corrupt),
            (267, K::Corrupt),
            (26, K::Corrupt),
            (18, K::Invalid),
            (3091, K::Invalid),
        ] {
            assert_eq!(sqlite_kind(code), expected, "{code}");
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn codes_of_postgresql() {
        use StoreErrorKind as K;
        for (code, expected) in [
            ("40001", K::Conflict),
            ("40P01", K::Conflict),
            ("42P01", K::Corrupt),
            ("22021", K::Invalid),
            ("25006", K::Unavailable),
            ("25P02", K::Unavailable),
            ("53100", K::Unavailable),
            ("57P01", K::Unavailable),
            ("", K::Unavailable),
        ] {
            assert_eq!(postgres_kind(code), expected, "{code}");
        }
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn codes_of_mysql() {
        use StoreErrorKind as K;
        for (number, expected) in [
            (1213, K::Conflict),
            (1205, K::Unavailable),
            (1146, K::Corrupt),
            (1406, K::Invalid),
            (1366, K::Invalid),
            (1290, K::Unavailable),
            (2013, K::Unavailable),
        ] {
            assert_eq!(mysql_kind(number), expected, "{number}");
        }
    }

    #[test]
    fn display_says_the_operation_and_nothing_stored() {
        let error = store_error(sqlx::Error::Decode("王小明".into()), During::Read, "read of rows");
        assert!(error.to_string().contains("read of rows"));
        assert!(!error.to_string().contains("王小明"));
    }
}
