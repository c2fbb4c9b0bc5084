//! Statements over many rows at once, and several such statements in one go.
//!
//! Each is a `VALUES` with as many rows as needed. The number of rows is rounded up to a power of four, so that a few
//! prepared statements serve every batch; the rows left over are NULL, join with nothing and are not inserted. Going
//! to the connection's thread and back costs as much as writing a unit, so statements go there together.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Row as _, Sqlite, Type};

/// A statement around a list of rows.
#[derive(Debug)]
pub(super) struct Shape {
    /// Before the list of rows.
    pub(super) head: &'static str,
    /// Parameters of a row.
    pub(super) columns: usize,
    /// Whether this is a lookup: its answers begin with the number of the statement in its script, and its rows with
    /// their number in the list.
    pub(super) lookup: bool,
    /// Behind the list.
    pub(super) tail: &'static str,
}

/// SQLite takes 32,766 parameters; larger statements are no faster anyway.
const MOST_PARAMETERS: usize = 4096;

impl Shape {
    /// Most rows of one statement, a power of two.
    pub(super) const fn most(&self) -> usize {
        let most = MOST_PARAMETERS / self.columns;
        1 << most.ilog2()
    }

    fn bucket(&self, rows: usize) -> usize {
        let mut bucket = 1;
        while bucket < rows {
            bucket *= 4;
        }
        bucket.min(self.most())
    }

    pub(super) fn text(&self, number: usize, rows: usize, text: &mut String) {
        // Writing to a string does not fail.
        if self.lookup {
            write!(text, "SELECT {number}, ").ok();
        }
        text.push_str(self.head);
        let parameters = "?,".repeat(self.columns);
        let parameters = parameters.trim_end_matches(',');
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ",(" });
            if self.lookup {
                write!(text, "{row},").ok();
            }
            text.push_str(parameters);
            text.push(')');
        }
        text.push_str(self.tail);
        text.push(';');
    }
}

/// The texts made so far.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<Vec<(&'static str, usize)>, Arc<str>>);

/// The parameters of a statement.
#[derive(Default)]
pub(super) struct Binds {
    arguments: SqliteArguments,
    error: Option<sqlx::Error>,
}

impl Binds {
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.add(Arc::<str>::from(text))
    }

    pub(super) fn add<'q, T: Encode<'q, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.error.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    fn nulls(&mut self, count: usize) {
        for _ in 0..count {
            self.add(None::<i64>);
        }
    }

    fn finish(self) -> Result<SqliteArguments, sqlx::Error> {
        self.error.map_or(Ok(self.arguments), Err)
    }
}

/// Texts kept; a shop's batches are alike, so there are few. The connection keeps as many prepared.
pub(super) const SCRIPTS: usize = 128;

/// Statements that run one after the other until one fails.
pub(super) struct Script {
    first: &'static str,
    statements: Vec<(&'static Shape, usize)>,
    /// Where the items of each statement begin in the list they were taken from.
    bases: Vec<usize>,
    binds: Binds,
}

impl Script {
    /// Begins with a plain statement, or none.
    pub(super) fn new(first: &'static str) -> Self {
        Self { first, statements: Vec::new(), bases: Vec::new(), binds: Binds::default() }
    }

    /// Adds a statement for all items, or several when they are too many for one; none for no items.
    pub(super) fn add<T>(&mut self, shape: &'static Shape, items: &[T], bind: impl Fn(&mut Binds, &T)) {
        let mut base = 0;
        for part in items.chunks(shape.most()) {
            let bucket = shape.bucket(part.len());
            part.iter().for_each(|item| bind(&mut self.binds, item));
            self.binds.nulls((bucket - part.len()) * shape.columns);
            self.statements.push((shape, bucket));
            self.bases.push(base);
            base += part.len();
        }
    }

    /// Runs all of it. What lookups find comes with their shape and the number of the item; the row's own columns
    /// begin at 2.
    pub(super) async fn run(
        self,
        connection: &mut SqliteConnection,
        texts: &mut Texts,
        mut found: impl FnMut(&Shape, usize, &SqliteRow) -> Result<(), sqlx::Error>,
    ) -> Result<(), sqlx::Error> {
        if self.first.is_empty() && self.statements.is_empty() {
            return Ok(());
        }
        let text = texts.get(self.first, &self.statements);
        let rows = sqlx::query_with(AssertSqlSafe(text), self.binds.finish()?).fetch_all(connection).await?;
        let position = |row: &SqliteRow, at: usize| {
            usize::try_from(row.try_get::<i64, _>(at)?).map_err(|error| sqlx::Error::Decode(error.into()))
        };
        for row in &rows {
            let (statement, item) = (position(row, 0)?, position(row, 1)?);
            if let (Some((shape, _)), Some(base)) =
                (self.statements.get(statement), self.bases.get(statement))
            {
                found(shape, base + item, row)?;
            }
        }
        Ok(())
    }
}

impl Texts {
    fn get(&mut self, first: &'static str, statements: &[(&'static Shape, usize)]) -> Arc<str> {
        let mut name = vec![(first, 0)];
        name.extend(statements.iter().map(|(shape, rows)| (shape.head, *rows)));
        if let Some(text) = self.0.get(&name) {
            return text.clone();
        }
        let mut text = String::from(first);
        for (number, (shape, rows)) in statements.iter().enumerate() {
            shape.text(number, *rows, &mut text);
        }
        let text: Arc<str> = text.into();
        if self.0.len() >= SCRIPTS {
            self.0.clear();
        }
        self.0.insert(name, text.clone());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SHAPE: Shape = Shape { head: "X ", columns: 2, lookup: true, tail: " Y" };

    #[test]
    fn few_texts_serve_every_number_of_rows() {
        let mut text = String::new();
        SHAPE.text(7, 2, &mut text);
        assert_eq!(text, "SELECT 7, X (0,?,?),(1,?,?) Y;");
        let mut texts = Texts::default();
        for rows in 1..=SHAPE.most() {
            let bucket = SHAPE.bucket(rows);
            assert!(bucket >= rows && bucket <= SHAPE.most());
            texts.get("", &[(&SHAPE, bucket)]);
        }
        assert_eq!((SHAPE.most(), texts.0.len()), (2048, 7));
    }

    #[test]
    fn items_beyond_one_statement_keep_their_numbers() {
        let mut script = Script::new("BEGIN;");
        script.add(&SHAPE, &vec![0_i64; 2050], |binds, item| {
            binds.add(*item).add(*item);
        });
        assert_eq!(script.bases, [0, 2048]);
        assert_eq!(script.statements.iter().map(|statement| statement.1).collect::<Vec<_>>(), [2048, 4]);
        assert_eq!(script.binds.arguments.len(), 2 * (2048 + 4));
    }
}
