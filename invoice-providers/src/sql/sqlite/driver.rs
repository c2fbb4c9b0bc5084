//! A connection to SQLite. Everything runs on the thread that asks, and blocks it: the writer has a thread of its own,
//! and readers ask where blocking is welcome.

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use super::error::failed;
use super::open::Place;
use super::text::Texts;
use crate::sql::driver::{Cells, Connect, Dialect, Driver};
use crate::sql::script::{Cell, Found, Marks, Script, Sql};

/// Opens connections to a file whose schema is up to date.
#[derive(Debug, Clone)]
pub(super) struct Source(pub(super) Place);

impl Connect for Source {
    type Driver = SqliteDriver;

    async fn connect(&self) -> Result<SqliteDriver, sqlx::Error> {
        self.0.connect().map(SqliteDriver::new)
    }
}

pub(super) struct SqliteDriver {
    connection: Connection,
    texts: Texts,
}

/// A row that came back.
pub(super) struct SqliteRow(Vec<Value>);

fn unlike(wanted: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a column that is not {wanted}").into())
}

impl Cells for SqliteRow {
    fn text(&self, at: usize) -> Result<&str, sqlx::Error> {
        self.text_or_none(at)?.ok_or_else(|| unlike("text"))
    }

    fn text_or_none(&self, at: usize) -> Result<Option<&str>, sqlx::Error> {
        match self.0.get(at) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(unlike("text")),
        }
    }

    fn int(&self, at: usize) -> Result<i64, sqlx::Error> {
        self.int_or_none(at)?.ok_or_else(|| unlike("a number"))
    }

    fn int_or_none(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
        match self.0.get(at) {
            Some(Value::Integer(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(unlike("a number")),
        }
    }

    fn bytes(&self, at: usize) -> Result<&[u8], sqlx::Error> {
        match self.0.get(at) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(unlike("bytes")),
        }
    }
}

/// What is bound stays bound, so only what is other than before is bound anew; before the first there is nothing.
fn bind(statement: &mut Statement<'_>, before: &[Cell<'_>], cells: &[Cell<'_>]) -> rusqlite::Result<()> {
    for (at, cell) in cells.iter().enumerate().filter(|(at, cell)| before.get(*at) != Some(cell)) {
        let at = at + 1;
        match cell {
            Cell::Text(text) => statement.raw_bind_parameter(at, &**text)?,
            Cell::Int(number) => statement.raw_bind_parameter(at, *number)?,
            Cell::Bytes(bytes) => statement.raw_bind_parameter(at, &**bytes)?,
            Cell::Null => statement.raw_bind_parameter(at, Option::<i64>::None)?,
        }
    }
    Ok(())
}

/// What a statement gives, and that to each row.
fn rows(statement: &mut Statement<'_>, mut each: impl FnMut(SqliteRow)) -> rusqlite::Result<()> {
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    while let Some(row) = found.next()? {
        let mut cells = Vec::with_capacity(columns);
        for at in 0..columns {
            cells.push(row.get(at)?);
        }
        each(SqliteRow(cells));
    }
    Ok(())
}

impl SqliteDriver {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, texts: Texts::default() }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute().map(drop)
    }

    /// Outside a transaction the statements are one of their own, so that all they find is of one moment.
    fn whole(&mut self, script: &Script<'_>) -> rusqlite::Result<Vec<Found<SqliteRow>>> {
        if !self.connection.is_autocommit() {
            return self.script(script);
        }
        self.execute("BEGIN")?;
        let done = self.script(script).and_then(|found| self.execute("COMMIT").map(|()| found));
        if done.is_err() && !self.connection.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        done
    }

    fn script(&mut self, script: &Script<'_>) -> rusqlite::Result<Vec<Found<SqliteRow>>> {
        let mut found = Vec::new();
        for bulk in &script.bulks {
            let shape = bulk.shape;
            let mut statement = self.connection.prepare_cached(&self.texts.get(shape))?;
            let looks = statement.column_count() > 0;
            let mut before: &[Cell<'_>] = &[];
            for (item, cells) in bulk.rows().enumerate() {
                bind(&mut statement, before, cells)?;
                before = cells;
                if looks {
                    rows(&mut statement, |row| found.push(Found { shape, item, row, from: 0 }))?;
                } else {
                    statement.raw_execute()?;
                }
            }
        }
        Ok(found)
    }

    fn fetch(&self, sql: &Sql<'_>) -> rusqlite::Result<Vec<SqliteRow>> {
        let mut statement = self.connection.prepare_cached(&sql.text)?;
        bind(&mut statement, &[], &sql.cells)?;
        let mut found = Vec::new();
        rows(&mut statement, |row| found.push(row))?;
        Ok(found)
    }

    fn change(&self, sql: &Sql<'_>) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(&sql.text)?;
        bind(&mut statement, &[], &sql.cells)?;
        statement.raw_execute()
    }
}

impl Driver for SqliteDriver {
    type Row = SqliteRow;
    const DIALECT: Dialect =
        Dialect { marks: Marks::Question, exclusive: true, whole: "INTEGER", arrays: false };
    const BLOCKING: bool = true;

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.execute("BEGIN IMMEDIATE").map_err(failed)
    }

    async fn run(&mut self, script: Script<'_>) -> Result<Vec<Found<SqliteRow>>, sqlx::Error> {
        self.whole(&script).map_err(failed)
    }

    async fn fetch(&mut self, sql: Sql<'_>) -> Result<Vec<SqliteRow>, sqlx::Error> {
        Self::fetch(self, &sql).map_err(failed)
    }

    async fn change(&mut self, sql: Sql<'_>) -> Result<u64, sqlx::Error> {
        let changed = Self::change(self, &sql).map_err(failed)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.execute(sql).map_err(failed)
    }

    async fn discard(self) {
        // What is not committed is rolled back as the connection closes.
        drop(self.connection);
    }

    async fn release(self) {
        drop(self.connection);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;
    use crate::sql::claim::{self, Claiming};
    use crate::sql::read;
    use crate::sql::table::{ADD_UNITS, CHANGE_ROWS, SEE_ROWS, SEE_UNITS, SHAPES, TABLES};

    async fn open() -> Connection {
        Place::in_memory().prepare().await.unwrap()
    }

    /// However long a table grows, no statement walks it from end to end.
    #[tokio::test]
    async fn no_statement_walks_a_table() {
        let connection = open().await;
        let mut statements = claim::texts(SqliteDriver::DIALECT, Claiming::default());
        statements.extend(read::texts(SqliteDriver::DIALECT));
        statements.extend(SHAPES.map(|shape| Texts::default().get(shape).to_string()));
        for statement in statements {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let mut steps = Vec::new();
            rows(&mut explain, |row| steps.push(row.text(3).unwrap().to_owned())).unwrap();
            for step in steps {
                let table =
                    step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                let known = TABLES.iter().any(|known| known.name == table);
                assert!(!known && !["t", "g"].contains(&table), "{step}: {statement}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_found_is_told_by_its_item() {
        let mut driver = SqliteDriver::new(open().await);
        let ids: Vec<String> = (0..100).map(|n| format!("u{n}")).collect();
        let mut script = Script::default();
        script.add(&ADD_UNITS, ids.iter().step_by(3), |id| ["t".into(), id.as_str().into()]);
        driver.run(script).await.unwrap();
        let mut script = Script::default();
        script.add(&SEE_UNITS, &ids, |id| ["t".into(), id.as_str().into()]);
        let found = driver.run(script).await.unwrap();
        let items: Vec<usize> = found.iter().map(|found| found.item).collect();
        assert_eq!(items, (0..100).step_by(3).collect::<Vec<_>>());
        assert_eq!(found[1].row.text(0).unwrap(), "u3");
    }

    /// A writer changes two rows at once while they are looked up with a thousand lookups between them.
    #[tokio::test]
    async fn what_is_looked_up_together_is_of_one_moment() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::on_disk(&folder.path().join("desk.sqlite"));
        let mut writing = SqliteDriver::new(place.prepare().await.unwrap());
        let mut reading = Source(place.reading()).connect().await.unwrap();
        put(&mut writing, 1).await;
        let enough = Arc::new(AtomicBool::new(false));
        let told = enough.clone();
        let writer = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            (2..)
                .take_while(|_| !told.load(Relaxed))
                .for_each(|version| runtime.block_on(put(&mut writing, version)));
        });
        let between: Vec<String> = (0..1000).map(|n| format!("n{n}")).collect();
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 30 {
            let ids = ["first"].into_iter().chain(between.iter().map(String::as_str)).chain(["last"]);
            let mut script = Script::default();
            script.add(&SEE_ROWS, ids, |id| ["t".into(), "note".into(), id.into()]);
            let found = reading.run(script).await.unwrap();
            let versions: Vec<i64> = found.iter().map(|found| found.row.int(0).unwrap()).collect();
            assert_eq!(versions, [versions[0]; 2]);
            seen.insert(versions[0]);
        }
        enough.store(true, Relaxed);
        writer.join().unwrap();
    }

    async fn put(driver: &mut SqliteDriver, version: i64) {
        let mut script = Script::default();
        script.add(&CHANGE_ROWS, ["first", "last"], |id| {
            let (zero, none, nothing) = (|| Cell::Int(0), || Cell::Null, Cell::from(&[][..]));
            let (key, rest) =
                (["t", "note", id].map(Cell::from), [none(), none(), none(), zero(), zero(), zero()]);
            let [tenant, kind, id] = key;
            let [seller, state, at, net, tax, gross] = rest;
            let version = version.into();
            [
                tenant,
                kind,
                id,
                version,
                nothing.clone(),
                seller,
                state,
                at,
                net,
                tax,
                gross,
                "[]".into(),
                nothing,
            ]
        });
        driver.run(script).await.unwrap();
    }

    /// What another program put there in another type is an error, not a wrong value.
    #[test]
    fn cells_are_of_their_type() {
        let row =
            SqliteRow(vec![Value::Null, Value::Text("7".into()), Value::Integer(7), Value::Blob(vec![7])]);
        assert_eq!((row.text_or_none(0).unwrap(), row.int_or_none(0).unwrap()), (None, None));
        assert_eq!((row.text(1).unwrap(), row.int(2).unwrap(), row.bytes(3).unwrap()), ("7", 7, &[7][..]));
        for at in [0, 2, 3, 4] {
            assert!(row.text(at).is_err(), "{at}");
        }
        for at in [0, 1, 3, 4] {
            assert!(row.int(at).is_err(), "{at}");
        }
        assert!(row.bytes(0).is_err() && row.bytes(1).is_err() && row.bytes(9).is_err());
    }
}
