//! A connection to PostgreSQL.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Postgres, Row as _};

use super::text::{Texts, layout};
use crate::sql::driver::{Connect, Dialect, Driver, cells};
use crate::sql::script::{Bulk, Cell, Found, Marks, Script, Sql};
use crate::sql::table::{Kind, Shape};

cells!(PgRow);

/// Takes connections from the shop's pool.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) pool: PgPool,
    pub(super) begin: &'static str,
}

impl Connect for Source {
    type Driver = PgDriver;

    async fn connect(&self) -> Result<PgDriver, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        // A future of the shop's that was dropped may have left a transaction open on it.
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        Ok(PgDriver { connection, texts: Texts::default(), begin: self.begin })
    }
}

pub(super) struct PgDriver {
    connection: PoolConnection<Postgres>,
    texts: Texts,
    begin: &'static str,
}

fn text<'c>(cell: &'c Cell<'_>) -> Option<&'c str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

const fn int(cell: &Cell<'_>) -> Option<i64> {
    if let Cell::Int(number) = cell { Some(*number) } else { None }
}

fn bytes<'c>(cell: &'c Cell<'_>) -> Option<&'c [u8]> {
    if let Cell::Bytes(bytes) = cell { Some(bytes) } else { None }
}

/// An array for each column.
fn arrays(arguments: &mut PgArguments, bulk: &Bulk<'_>) -> Result<(), sqlx::Error> {
    for (at, (_, kind)) in bulk.shape.given().iter().enumerate() {
        let column = bulk.rows().filter_map(|row| row.get(at));
        match kind {
            Kind::Text => arguments.add(column.map(text).collect::<Vec<_>>()),
            Kind::Int => arguments.add(column.map(int).collect::<Vec<_>>()),
            Kind::Bytes => arguments.add(column.map(bytes).collect::<Vec<_>>()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}

fn arguments(sql: &Sql<'_>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for cell in &sql.cells {
        match cell {
            Cell::Text(text) => arguments.add(&**text),
            Cell::Int(number) => arguments.add(*number),
            Cell::Bytes(bytes) => arguments.add(&**bytes),
            Cell::Null => arguments.add(None::<&str>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

impl Driver for PgDriver {
    type Row = PgRow;
    const DIALECT: Dialect =
        Dialect { marks: Marks::Numbered, exclusive: false, whole: "BIGINT", arrays: true };

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(self.begin).execute(&mut *self.connection).await.map(drop)
    }

    async fn run(&mut self, script: Script<'_>) -> Result<Vec<Found<PgRow>>, sqlx::Error> {
        if script.bulks.is_empty() {
            return Ok(Vec::new());
        }
        let shapes: Vec<&'static Shape> = script.bulks.iter().map(|bulk| bulk.shape).collect();
        let mut arguments = PgArguments::default();
        script.bulks.iter().try_for_each(|bulk| arrays(&mut arguments, bulk))?;
        let text = AssertSqlSafe(self.texts.get(&shapes));
        let rows = sqlx::query_with(text, arguments).fetch_all(&mut *self.connection).await?;
        if shapes.iter().all(|shape| shape.found().is_empty()) {
            return Ok(Vec::new());
        }
        let (froms, mut found) = (layout(&shapes), Vec::with_capacity(rows.len()));
        let position = |row: &PgRow, at: usize| {
            usize::try_from(row.try_get::<i64, _>(at)?).map_err(|error| sqlx::Error::Decode(error.into()))
        };
        for row in rows {
            let (statement, item) = (position(&row, 0)?, position(&row, 1)?);
            if let (Some(shape), Some(from)) = (shapes.get(statement), froms.get(statement)) {
                // Counted from 1 by the database.
                found.push(Found { shape, item: item.saturating_sub(1), row, from: *from });
            }
        }
        Ok(found)
    }

    async fn fetch(&mut self, sql: Sql<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        let arguments = arguments(&sql)?;
        sqlx::query_with(AssertSqlSafe(sql.text), arguments).fetch_all(&mut *self.connection).await
    }

    async fn change(&mut self, sql: Sql<'_>) -> Result<u64, sqlx::Error> {
        let arguments = arguments(&sql)?;
        let done =
            sqlx::query_with(AssertSqlSafe(sql.text), arguments).execute(&mut *self.connection).await?;
        Ok(done.rows_affected())
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(&mut *self.connection).await.map(drop)
    }

    async fn discard(self) {
        // Out of the pool first; whatever closing answers, the connection is gone afterwards.
        self.connection.detach().close_hard().await.ok();
    }

    async fn release(self) {
        drop(self.connection);
    }
}
