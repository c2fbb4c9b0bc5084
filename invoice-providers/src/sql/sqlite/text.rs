//! The words of SQLite for statements over many rows.
//!
//! Each is a `VALUES` with as many rows as needed. The number of rows is rounded up, so that a few prepared statements
//! serve every batch; the rows left over are NULL, join with nothing and are not inserted. Going to the connection's
//! thread and back costs as much as writing a unit, so statements go there together.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::sql::script::{names, overwrite};
use crate::sql::table::{Shape, Verb};

/// SQLite takes 32,766 parameters; larger statements are no faster anyway.
const MOST_PARAMETERS: usize = 4096;

/// Most rows of one statement, a power of two.
pub(super) const fn most(columns: usize) -> usize {
    1 << (MOST_PARAMETERS / columns).ilog2()
}

/// How many rows a statement for so many has room for: 1, 4, 16, and then at most half as many again as the step before,
/// 24, 32, 48, 64 … Empty rows are bound too, and in long lists they would be most of the work.
pub(super) fn room(columns: usize, rows: usize) -> usize {
    let mut room = 1;
    while room < rows {
        room = match room {
            ..16 => room * 4,
            _ if room.is_power_of_two() => room / 2 * 3,
            _ => room / 3 * 4,
        };
    }
    room.min(most(columns))
}

/// A lookup's answers begin with the number of the statement in its script and of the row in the list.
fn statement(shape: &Shape, number: usize, rows: usize, text: &mut String) {
    let table = shape.table;
    // The first column of the list is the number of the row in a lookup.
    let equals = |from: usize| -> String {
        let pairs: Vec<String> = (from..)
            .zip(table.keys())
            .map(|(at, (column, _))| format!("t.{column} = w.column{at}"))
            .collect();
        pairs.join(" AND ")
    };
    let (head, tail) = match shape.verb {
        Verb::Look(found, _) => {
            let found: String = found.iter().map(|column| format!(", t.{column}")).collect();
            // CROSS JOIN keeps the order: each wanted key is looked up, the table is never walked.
            (
                format!("SELECT {number}, w.column1{found} FROM (VALUES "),
                format!(") w CROSS JOIN {} t ON {}", table.name, equals(2)),
            )
        }
        Verb::Insert | Verb::Upsert => {
            let over = overwrite(table, |column| format!("excluded.{column}"));
            let conflict = format!(" ON CONFLICT ({}) DO UPDATE SET {over}", names(table.keys(), ""));
            let columns = names(table.columns, "");
            (
                // What fails ends the transaction: no undoing of the statement alone is to be kept ready.
                format!("INSERT OR FAIL INTO {} ({columns}) SELECT * FROM (VALUES ", table.name),
                format!(
                    ") WHERE column1 IS NOT NULL{}",
                    if shape.verb == Verb::Upsert { &conflict } else { "" }
                ),
            )
        }
        // A list of constants alone makes SQLite walk the whole table; a query makes it look up each key.
        Verb::Delete => (
            format!(
                "DELETE FROM {} WHERE ({}) IN (SELECT * FROM (VALUES ",
                table.name,
                names(table.keys(), "")
            ),
            "))".to_owned(),
        ),
    };
    text.push_str(&head);
    let parameters = vec!["?"; shape.given().len()].join(",");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        if matches!(shape.verb, Verb::Look(..)) {
            // Writing to a string does not fail.
            write!(text, "{row},").ok();
        }
        text.push_str(&parameters);
        text.push(')');
    }
    text.push_str(&tail);
    text.push(';');
}

/// A statement and the number of rows it has room for.
pub(super) type Sized = (&'static Shape, usize);

/// Texts kept; a shop's batches are alike, so there are few. The connection keeps as many prepared.
pub(super) const SCRIPTS: usize = 128;

/// A statement as the texts know it: two of one table and verb are one.
type Name = (&'static str, Verb, usize);

/// The texts made so far.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<(&'static str, Vec<Name>), Arc<str>>);

impl Texts {
    /// The text that begins so and goes on with these statements.
    pub(super) fn get(&mut self, first: &'static str, statements: &[Sized]) -> Arc<str> {
        let name = |(shape, room): &Sized| (shape.table.name, shape.verb, *room);
        let name = (first, statements.iter().map(name).collect());
        if let Some(text) = self.0.get(&name) {
            return text.clone();
        }
        let mut text = String::from(first);
        for (number, (shape, room)) in statements.iter().enumerate() {
            statement(shape, number, *room, &mut text);
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
    use crate::sql::table::{ADD_ROWS, SEE_UNITS};

    #[test]
    fn few_texts_serve_every_number_of_rows() {
        let mut texts = Texts::default();
        let columns = SEE_UNITS.given().len();
        for rows in 1..=most(columns) {
            let room = room(columns, rows);
            assert!(room >= rows && room <= most(columns));
            texts.get("", &[(&SEE_UNITS, room)]);
        }
        assert_eq!((most(columns), texts.0.len()), (2048, 17));
        assert!(most(ADD_ROWS.given().len()) >= 256);
    }

    #[test]
    fn statements_are_told_apart_by_number() {
        let text = Texts::default().get("BEGIN;", &[(&SEE_UNITS, 1), (&SEE_UNITS, 2)]);
        assert!(text.starts_with("BEGIN;SELECT 0, w.column1, t.id FROM (VALUES (0,?,?)) w"), "{text}");
        assert!(text.contains("SELECT 1, w.column1, t.id FROM (VALUES (0,?,?),(1,?,?)) w"), "{text}");
    }
}
