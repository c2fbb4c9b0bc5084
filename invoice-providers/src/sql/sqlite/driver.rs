//! A connection to SQLite.

use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Row as _};

use super::text::{Texts, most, room};
use crate::sql::driver::{Connect, Dialect, Driver, cells};
use crate::sql::script::{Cell, Found, Marks, Script, Sql};

cells!(SqliteRow);

/// Opens connections to a file whose schema is up to date.
#[derive(Debug, Clone)]
pub(super) struct Source(pub(super) SqliteConnectOptions);

impl Connect for Source {
    type Driver = SqliteDriver;

    async fn connect(&self) -> Result<SqliteDriver, sqlx::Error> {
        SqliteConnection::connect_with(&self.0).await.map(SqliteDriver::new)
    }
}

pub(super) struct SqliteDriver {
    connection: SqliteConnection,
    texts: Texts,
}

/// Binds a cell. Rows are in the order of their keys, so that most texts are those of the row before: `last` is its
/// text.
fn bind(arguments: &mut SqliteArguments, cell: &Cell<'_>, last: &mut Arc<str>) -> Result<(), sqlx::Error> {
    match cell {
        Cell::Text(text) => {
            if **last != **text {
                *last = Arc::from(&**text);
            }
            arguments.add(last.clone())
        }
        Cell::Int(number) => arguments.add(*number),
        Cell::Bytes(bytes) => arguments.add(&**bytes),
        Cell::Null => arguments.add(None::<i64>),
    }
    .map_err(sqlx::Error::Encode)
}

impl SqliteDriver {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self { connection, texts: Texts::default() }
    }

    async fn script(
        &mut self,
        first: &'static str,
        script: Script<'_>,
    ) -> Result<Vec<Found<SqliteRow>>, sqlx::Error> {
        // The number of the first item of each statement.
        let (mut statements, mut bases, mut arguments) = (Vec::new(), Vec::new(), SqliteArguments::default());
        let nothing = Arc::<str>::from("");
        for bulk in &script.bulks {
            let columns = bulk.shape.given().len();
            let mut last = vec![nothing.clone(); columns];
            let mut base = 0;
            for part in bulk.cells.chunks(most(columns) * columns) {
                let rows = part.len() / columns;
                let room = room(columns, rows);
                for row in part.chunks(columns) {
                    row.iter()
                        .zip(&mut last)
                        .try_for_each(|(cell, last)| bind(&mut arguments, cell, last))?;
                }
                let empty = || arguments.add(None::<i64>).map_err(sqlx::Error::Encode);
                std::iter::repeat_with(empty).take((room - rows) * columns).collect::<Result<(), _>>()?;
                statements.push((bulk.shape, room));
                bases.push(base);
                base += rows;
            }
        }
        let text = self.texts.get(first, &statements);
        let rows = sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(&mut self.connection).await?;
        let position = |row: &SqliteRow, at: usize| {
            usize::try_from(row.try_get::<i64, _>(at)?).map_err(|error| sqlx::Error::Decode(error.into()))
        };
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let (statement, item) = (position(&row, 0)?, position(&row, 1)?);
            if let (Some((shape, _)), Some(base)) = (statements.get(statement), bases.get(statement)) {
                found.push(Found { shape, item: base + item, row, from: 2 });
            }
        }
        Ok(found)
    }
}

fn arguments(sql: &Sql<'_>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    let mut last = Arc::from("");
    sql.cells.iter().try_for_each(|cell| bind(&mut arguments, cell, &mut last))?;
    Ok(arguments)
}

impl Driver for SqliteDriver {
    type Row = SqliteRow;
    const DIALECT: Dialect = Dialect { marks: Marks::Question, exclusive: true, whole: "INTEGER" };

    async fn begin(&mut self, script: Script<'_>) -> Result<Vec<Found<SqliteRow>>, sqlx::Error> {
        self.script("BEGIN IMMEDIATE;", script).await
    }

    async fn run(&mut self, script: Script<'_>) -> Result<Vec<Found<SqliteRow>>, sqlx::Error> {
        if script.bulks.is_empty() {
            return Ok(Vec::new());
        }
        self.script("", script).await
    }

    async fn fetch(&mut self, sql: Sql<'_>) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let arguments = arguments(&sql)?;
        sqlx::query_with(AssertSqlSafe(sql.text), arguments).fetch_all(&mut self.connection).await
    }

    async fn change(&mut self, sql: Sql<'_>) -> Result<u64, sqlx::Error> {
        let arguments = arguments(&sql)?;
        let done = sqlx::query_with(AssertSqlSafe(sql.text), arguments).execute(&mut self.connection).await?;
        Ok(done.rows_affected())
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(sql).execute(&mut self.connection).await.map(drop)
    }

    async fn discard(self) {
        // Whatever it answers, the connection is gone afterwards.
        self.connection.close_hard().await.ok();
    }

    async fn release(self) {
        self.connection.close().await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::claim::{self, Claiming};
    use crate::sql::read;
    use crate::sql::sqlite::open;
    use crate::sql::table::{SHAPES, TABLES};

    /// However long a table grows, no statement walks it from end to end.
    #[tokio::test]
    async fn no_statement_walks_a_table() {
        let mut connection = open::connect(&open::in_memory()).await.unwrap();
        let mut statements = claim::texts(SqliteDriver::DIALECT, Claiming::default());
        statements.extend(read::texts(SqliteDriver::DIALECT));
        statements.extend(SHAPES.map(|shape| Texts::default().get("", &[(shape, 4)]).to_string()));
        for statement in statements {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            for row in sqlx::query(explain).fetch_all(&mut connection).await.unwrap() {
                let step: String = row.get("detail");
                let table =
                    step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                let known = TABLES.iter().any(|known| known.name == table);
                assert!(!known && !["t", "g"].contains(&table), "{step}: {statement}");
            }
        }
    }

    #[test]
    fn items_beyond_one_statement_keep_their_numbers() {
        use crate::sql::table::SEE_UNITS;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let options = open::in_memory();
            let keep = open::connect(&options).await.unwrap();
            let mut driver = Source(options).connect().await.unwrap();
            let ids: Vec<String> = (0..2050).map(|n| format!("u{n}")).collect();
            let mut script = Script::default();
            script.add(&crate::sql::table::ADD_UNITS, &ids, |id| ["t".into(), id.as_str().into()]);
            driver.run(script).await.unwrap();
            let mut script = Script::default();
            script.add(&SEE_UNITS, &ids, |id| ["t".into(), id.as_str().into()]);
            let found = driver.run(script).await.unwrap();
            assert_eq!(found.len(), ids.len());
            for found in found {
                assert_eq!(found.row.get::<String, _>(found.from), ids[found.item]);
            }
            drop(keep);
        });
    }
}
