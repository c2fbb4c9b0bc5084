//! A connection to MySQL or MariaDB.

use std::collections::HashMap;

use sqlx::mysql::{MySqlArguments, MySqlPool, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, MySql, Row as _};

use super::text::{MOST_BYTES, MOST_ROWS, room, statement};
use crate::sql::driver::{Cells, Connect, Dialect, Driver};
use crate::sql::script::{Bulk, Cell, Found, Marks, Script, Sql};
use crate::sql::table::{Kind, Shape};

/// Texts of a binary collation are announced as bytes by some servers, so that only their content tells.
impl Cells for MySqlRow {
    fn text(&self, at: usize) -> Result<&str, sqlx::Error> {
        self.try_get_unchecked(at)
    }
    fn text_or_none(&self, at: usize) -> Result<Option<&str>, sqlx::Error> {
        self.try_get_unchecked(at)
    }
    fn int(&self, at: usize) -> Result<i64, sqlx::Error> {
        self.try_get(at)
    }
    fn int_or_none(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
        self.try_get(at)
    }
    fn bytes(&self, at: usize) -> Result<&[u8], sqlx::Error> {
        self.try_get(at)
    }
}

/// Takes connections from the shop's pool.
#[derive(Debug, Clone)]
pub(super) struct Source(pub(super) MySqlPool);

impl Connect for Source {
    type Driver = MySqlDriver;

    async fn connect(&self) -> Result<MySqlDriver, sqlx::Error> {
        let mut connection = self.0.acquire().await?;
        // A future of the shop's that was dropped may have left a transaction open on it.
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        super::check::session(&mut connection).await?;
        Ok(MySqlDriver { connection })
    }
}

pub(super) struct MySqlDriver {
    connection: PoolConnection<MySql>,
}

fn bind<'c>(
    arguments: &mut MySqlArguments,
    cells: impl IntoIterator<Item = &'c Cell<'c>>,
) -> Result<(), sqlx::Error> {
    for cell in cells {
        match cell {
            Cell::Text(text) => arguments.add(&**text),
            Cell::Int(number) => arguments.add(*number),
            Cell::Bytes(bytes) => arguments.add(&**bytes),
            Cell::Null => arguments.add(None::<&str>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}

fn size(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
        Cell::Int(_) | Cell::Null => 8,
    }
}

/// The list in pieces that a statement can take, each with the number of its first row.
fn pieces<'b>(bulk: &'b Bulk<'_>) -> Vec<(usize, &'b [Cell<'b>])> {
    let columns = bulk.shape.given().len();
    let (mut pieces, mut first, mut bytes) = (Vec::new(), 0, 0);
    let piece = |from: usize, to: usize| bulk.cells.get(from * columns..to * columns).unwrap_or_default();
    for (number, row) in bulk.rows().enumerate() {
        let more: usize = row.iter().map(size).sum();
        if number > first && (number - first == MOST_ROWS || bytes + more > MOST_BYTES) {
            pieces.push((first, piece(first, number)));
            (first, bytes) = (number, 0);
        }
        bytes += more;
    }
    pieces.push((first, piece(first, bulk.rows().len())));
    pieces
}

/// A key as one text; no part of a key holds U+0000.
fn name(parts: impl Iterator<Item = Result<String, sqlx::Error>>) -> Result<String, sqlx::Error> {
    let parts: Result<Vec<String>, sqlx::Error> = parts.collect();
    parts.map(|parts| parts.join("\0"))
}

fn asked(row: &[Cell<'_>]) -> Result<String, sqlx::Error> {
    name(row.iter().map(|cell| match cell {
        Cell::Text(text) => Ok(text.to_string()),
        Cell::Int(number) => Ok(number.to_string()),
        Cell::Bytes(_) | Cell::Null => Err(sqlx::Error::Encode("a key of bytes".into())),
    }))
}

fn answered(shape: &Shape, row: &MySqlRow) -> Result<String, sqlx::Error> {
    name(shape.table.keys().iter().enumerate().map(|(at, (_, kind))| match kind {
        Kind::Int => row.int(at).map(|number| number.to_string()),
        Kind::Text | Kind::Bytes => row.text(at).map(str::to_owned),
    }))
}

impl MySqlDriver {
    async fn piece(
        &mut self,
        shape: &'static Shape,
        cells: &[Cell<'_>],
    ) -> Result<Vec<MySqlRow>, sqlx::Error> {
        let columns = shape.given().len();
        let rows = cells.len() / columns;
        let room = room(shape, rows);
        let mut arguments = MySqlArguments::default();
        bind(&mut arguments, cells)?;
        for _ in rows..room {
            bind(&mut arguments, cells.iter().take(columns))?;
        }
        let text = AssertSqlSafe(statement(shape, room));
        sqlx::query_with(text, arguments).fetch_all(&mut *self.connection).await
    }
}

impl Driver for MySqlDriver {
    type Row = MySqlRow;
    const DIALECT: Dialect = Dialect { marks: Marks::Question, exclusive: false, whole: "SIGNED" };

    async fn begin(&mut self, script: Script<'_>) -> Result<Vec<Found<MySqlRow>>, sqlx::Error> {
        sqlx::raw_sql(super::BEGIN).execute(&mut *self.connection).await?;
        self.run(script).await
    }

    async fn run(&mut self, script: Script<'_>) -> Result<Vec<Found<MySqlRow>>, sqlx::Error> {
        let mut found = Vec::new();
        for bulk in &script.bulks {
            let shape = bulk.shape;
            let mut items = HashMap::new();
            if !shape.found().is_empty() {
                for (item, row) in bulk.rows().enumerate() {
                    items.insert(asked(row)?, item);
                }
            }
            for (_, cells) in pieces(bulk) {
                for row in self.piece(shape, cells).await? {
                    if let Some(item) = items.get(&answered(shape, &row)?) {
                        found.push(Found { shape, item: *item, row, from: shape.table.key });
                    }
                }
            }
        }
        Ok(found)
    }

    async fn fetch(&mut self, sql: Sql<'_>) -> Result<Vec<MySqlRow>, sqlx::Error> {
        let mut arguments = MySqlArguments::default();
        bind(&mut arguments, &sql.cells)?;
        sqlx::query_with(AssertSqlSafe(sql.text), arguments).fetch_all(&mut *self.connection).await
    }

    async fn change(&mut self, sql: Sql<'_>) -> Result<u64, sqlx::Error> {
        let mut arguments = MySqlArguments::default();
        bind(&mut arguments, &sql.cells)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::table::{ADD_UNITS, SEE_UNITS};

    fn bulk(shape: &'static Shape, rows: usize, text: &'static str) -> Bulk<'static> {
        Bulk { shape, cells: (0..rows * 2).map(|_| text.into()).collect() }
    }

    #[test]
    fn long_lists_and_large_rows_are_cut() {
        let cut = |bulk: &Bulk<'_>| -> Vec<(usize, usize)> {
            pieces(bulk).into_iter().map(|(first, cells)| (first, cells.len() / 2)).collect()
        };
        assert_eq!(cut(&bulk(&SEE_UNITS, 256, "x")), [(0, 256)]);
        assert_eq!(cut(&bulk(&SEE_UNITS, 257, "x")), [(0, 256), (256, 1)]);
        let half = "x".repeat(MOST_BYTES / 4).leak();
        assert_eq!(cut(&bulk(&ADD_UNITS, 5, half)), [(0, 2), (2, 2), (4, 1)]);
        let large = "x".repeat(MOST_BYTES).leak();
        assert_eq!(cut(&bulk(&ADD_UNITS, 2, large)), [(0, 1), (1, 1)], "each alone, and the server decides");
    }
}
