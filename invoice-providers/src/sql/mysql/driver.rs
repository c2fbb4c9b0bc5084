//! A connection to MySQL or MariaDB.

use std::collections::{BTreeMap, HashMap};

use sqlx::mysql::{MySqlArguments, MySqlPool, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, MySql, Row as _};

use super::text::{MOST_BYTES, MOST_ROWS, parts, room, statement};
use crate::sql::driver::{Cells, Connect, Dialect, Driver};
use crate::sql::script::{Bulk, Cell, Found, Marks, Script, Sql};
use crate::sql::table::{Kind, Shape, Verb};

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

/// The list in pieces that a statement can take, each with the number of its first row: of 256, 64, 16, 4, 2 or 1 rows, so that
/// few texts serve every list. A connection keeps a hundred prepared statements, and giving one up for another is slow: the
/// packet that says so is not answered, and the next one waits behind it for an acknowledgement.
fn pieces<'b>(bulk: &'b Bulk<'_>) -> Vec<(usize, &'b [Cell<'b>])> {
    let columns = bulk.shape.given().len();
    let (mut pieces, mut first, mut bytes) = (Vec::new(), 0, 0);
    let mut cut = |mut from: usize, to: usize| {
        while from < to {
            let rows = [256, 64, 16, 4, 2, 1].into_iter().find(|rows| *rows <= to - from).unwrap_or(1);
            pieces.push((from, bulk.cells.get(from * columns..(from + rows) * columns).unwrap_or_default()));
            from += rows;
        }
    };
    for (number, row) in bulk.rows().enumerate() {
        let more: usize = row.iter().map(size).sum();
        if number > first && (number - first == MOST_ROWS || bytes + more > MOST_BYTES) {
            cut(first, number);
            (first, bytes) = (number, 0);
        }
        bytes += more;
    }
    cut(first, bulk.rows().len());
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

/// The keys of a list that can stand in one statement, and its parameters: what they have in common, each key's own, and the
/// least of the numbers that they end with.
fn keyed<'c>(bulk: &'c Bulk<'_>) -> Result<Vec<(usize, Vec<Cell<'c>>)>, sqlx::Error> {
    let (same, ..) = parts(bulk.shape);
    let mut groups: BTreeMap<String, Vec<&[Cell<'_>]>> = BTreeMap::new();
    for row in bulk.rows() {
        groups.entry(asked(row.get(..same.len()).unwrap_or_default())?).or_default().push(row);
    }
    let mut keyed = Vec::new();
    for rows in groups.values().flat_map(|rows| rows.chunks(MOST_ROWS)) {
        let Some(first) = rows.first() else { continue };
        let room = room(bulk.shape, rows.len());
        let listed = rows.iter().chain(std::iter::repeat(first)).take(room);
        let mut cells: Vec<Cell<'_>> = first.iter().take(same.len()).cloned().collect();
        cells.extend(listed.filter_map(|row| row.get(same.len())).cloned());
        let least = rows.iter().filter_map(|row| match row.get(same.len() + 1) {
            Some(Cell::Int(number)) => Some(*number),
            _ => None,
        });
        cells.extend(least.min().map(Cell::Int));
        keyed.push((room, cells));
    }
    Ok(keyed)
}

impl MySqlDriver {
    async fn ask(
        &mut self,
        shape: &'static Shape,
        rows: usize,
        cells: &[Cell<'_>],
    ) -> Result<Vec<MySqlRow>, sqlx::Error> {
        let mut arguments = MySqlArguments::default();
        bind(&mut arguments, cells)?;
        let text = AssertSqlSafe(statement(shape, rows));
        sqlx::query_with(text, arguments).fetch_all(&mut *self.connection).await
    }
}

impl Driver for MySqlDriver {
    type Row = MySqlRow;
    const DIALECT: Dialect =
        Dialect { marks: Marks::Question, exclusive: false, whole: "SIGNED", arrays: false };

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(super::BEGIN).execute(&mut *self.connection).await.map(drop)
    }

    async fn run(&mut self, script: Script<'_>) -> Result<Vec<Found<MySqlRow>>, sqlx::Error> {
        let mut found = Vec::new();
        for bulk in &script.bulks {
            let shape = bulk.shape;
            if matches!(shape.verb, Verb::Insert | Verb::Upsert) {
                for (_, cells) in pieces(bulk) {
                    self.ask(shape, cells.len() / shape.given().len(), cells).await?;
                }
                continue;
            }
            let mut items = HashMap::new();
            if !shape.found().is_empty() {
                for (item, row) in bulk.rows().enumerate() {
                    items.insert(asked(row)?, item);
                }
            }
            for (rows, cells) in keyed(bulk)? {
                for row in self.ask(shape, rows, &cells).await? {
                    // Behind the least number there may be others that nobody has asked for.
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
    use std::collections::BTreeSet;

    use super::*;
    use crate::sql::table::{ADD_UNITS, SEE_LEDGER, SHAPES};

    fn bulk(shape: &'static Shape, rows: usize, text: &'static str) -> Bulk<'static> {
        Bulk { shape, cells: (0..rows * 2).map(|_| text.into()).collect() }
    }

    /// In lists of every length, with the lookups of a writer and some single statements, there are fewer texts than a
    /// connection keeps.
    #[test]
    fn few_texts_serve_every_list() {
        let mut texts = BTreeSet::new();
        for shape in SHAPES {
            for rows in 1..=600 {
                let bulk = Bulk { shape, cells: vec![Cell::Text("x".into()); rows * shape.given().len()] };
                if matches!(shape.verb, Verb::Insert | Verb::Upsert) {
                    let cut = pieces(&bulk);
                    assert_eq!(cut.iter().map(|piece| piece.1.len()).sum::<usize>(), bulk.cells.len());
                    texts.extend(
                        cut.iter().map(|piece| statement(shape, piece.1.len() / shape.given().len())),
                    );
                } else {
                    texts.extend(keyed(&bulk).unwrap().iter().map(|(rows, _)| statement(shape, *rows)));
                }
            }
        }
        assert!(texts.len() <= 95, "{}", texts.len());
    }

    #[test]
    fn keys_are_listed_by_what_they_share() {
        let key =
            |tenant: &'static str, order: &'static str, seq| [tenant.into(), order.into(), Cell::Int(seq)];
        let keys = [key("a", "x", 7), key("b", "y", 5), key("a", "z", 3)];
        let bulk = Bulk { shape: &SEE_LEDGER, cells: keys.into_iter().flatten().collect() };
        let told = keyed(&bulk).unwrap();
        let told: Vec<(usize, String)> =
            told.into_iter().map(|(rows, cells)| (rows, asked(&cells).unwrap().replace('\0', " "))).collect();
        assert_eq!(told, [(16, format!("a x z{} 3", " x".repeat(14))), (1, "b y 5".to_owned())]);
    }

    #[test]
    fn long_lists_and_large_rows_are_cut() {
        let cut = |bulk: &Bulk<'_>| -> Vec<(usize, usize)> {
            pieces(bulk).into_iter().map(|(first, cells)| (first, cells.len() / 2)).collect()
        };
        assert_eq!(cut(&bulk(&ADD_UNITS, 256, "x")), [(0, 256)]);
        assert_eq!(cut(&bulk(&ADD_UNITS, 257, "x")), [(0, 256), (256, 1)]);
        assert_eq!(cut(&bulk(&ADD_UNITS, 22, "x")), [(0, 16), (16, 4), (20, 2)]);
        let half = "x".repeat(MOST_BYTES / 4).leak();
        assert_eq!(cut(&bulk(&ADD_UNITS, 5, half)), [(0, 2), (2, 2), (4, 1)]);
        let tenth = "x".repeat(MOST_BYTES / 20).leak();
        assert_eq!(cut(&bulk(&ADD_UNITS, 14, tenth)), [(0, 4), (4, 4), (8, 2), (10, 4)]);
        let large = "x".repeat(MOST_BYTES).leak();
        assert_eq!(cut(&bulk(&ADD_UNITS, 2, large)), [(0, 1), (1, 1)], "each alone, and the server decides");
    }
}
