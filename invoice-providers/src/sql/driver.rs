//! What one connection of one database can do. Everything else is the same for all.

use std::future::Future;

use super::script::{Found, Marks, Script, Sql};

/// Cells of a row that came back, by position.
pub(crate) trait Cells: Send {
    fn text(&self, at: usize) -> Result<&str, sqlx::Error>;
    fn text_or_none(&self, at: usize) -> Result<Option<&str>, sqlx::Error>;
    fn int(&self, at: usize) -> Result<i64, sqlx::Error>;
    fn int_or_none(&self, at: usize) -> Result<Option<i64>, sqlx::Error>;
    fn bytes(&self, at: usize) -> Result<&[u8], sqlx::Error>;
}

#[cfg(feature = "postgres")]
macro_rules! cells {
    ($row:ty) => {
        impl $crate::sql::driver::Cells for $row {
            fn text(&self, at: usize) -> Result<&str, sqlx::Error> {
                sqlx::Row::try_get(self, at)
            }
            fn text_or_none(&self, at: usize) -> Result<Option<&str>, sqlx::Error> {
                sqlx::Row::try_get(self, at)
            }
            fn int(&self, at: usize) -> Result<i64, sqlx::Error> {
                sqlx::Row::try_get(self, at)
            }
            fn int_or_none(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
                sqlx::Row::try_get(self, at)
            }
            fn bytes(&self, at: usize) -> Result<&[u8], sqlx::Error> {
                sqlx::Row::try_get(self, at)
            }
        }
    };
}
#[cfg(feature = "postgres")]
pub(crate) use cells;

/// Where engines differ beyond their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) marks: Marks,
    /// Whether one transaction at a time writes, so that nothing needs a lock of its own.
    pub(crate) exclusive: bool,
    /// The type of a whole number of 64 bits, to turn a sum into.
    pub(crate) whole: &'static str,
    /// Whether a list of texts is one parameter.
    pub(crate) arrays: bool,
}

pub(crate) trait Driver: Send + Sized + 'static {
    type Row: Cells;
    const DIALECT: Dialect;
    /// Whether its futures block the thread that they run on.
    const BLOCKING: bool = false;

    /// Begins a transaction. In it each statement sees what was committed before the statement, and a row that was locked
    /// is read as it is then.
    fn begin(&mut self) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Runs a script; what its lookups found.
    fn run(
        &mut self,
        script: Script<'_>,
    ) -> impl Future<Output = Result<Vec<Found<Self::Row>>, sqlx::Error>> + Send;

    /// Runs one statement.
    fn fetch(&mut self, sql: Sql<'_>) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

    /// Runs one statement; how many rows it changed.
    fn change(&mut self, sql: Sql<'_>) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// `COMMIT` or `ROLLBACK`.
    fn end(&mut self, sql: &'static str) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Gives the connection up, so that an open transaction on it cannot go on.
    fn discard(self) -> impl Future<Output = ()> + Send;

    /// Says goodbye to a healthy connection, or hands it back to where it came from.
    fn release(self) -> impl Future<Output = ()> + Send;
}

/// Opens connections. A connection is given out clean: with no transaction open on it.
pub(crate) trait Connect: Send + Sync + 'static {
    type Driver: Driver;

    fn connect(&self) -> impl Future<Output = Result<Self::Driver, sqlx::Error>> + Send;
}
