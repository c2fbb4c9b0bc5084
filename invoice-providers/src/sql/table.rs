//! The tables, and the statements over many of their rows: data, from which each dialect's text is made.

/// What a column holds. Times are nanoseconds since 1970, amounts fen, rates exact text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Bytes,
}

/// A table; its key is its first columns, and begins with the tenant.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) key: usize,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

impl Table {
    pub(crate) fn keys(&self) -> &'static [(&'static str, Kind)] {
        self.columns.split_at(self.key).0
    }

    pub(crate) fn rest(&self) -> &'static [(&'static str, Kind)] {
        self.columns.split_at(self.key).1
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn kind(&self, column: &str) -> Kind {
        self.columns.iter().find(|known| known.0 == column).map_or(Text, |known| known.1)
    }
}

use Kind::{Bytes, Int, Text};

pub(crate) static ROWS: Table = Table {
    name: "invoice_rows",
    key: 3,
    columns: &[
        ("tenant", Text),
        ("kind", Text),
        ("id", Text),
        ("version", Int),
        ("head", Bytes),
        ("seller", Text),
        ("state", Text),
        ("at", Int),
        ("net", Int),
        ("tax", Int),
        ("gross", Int),
        ("tags", Text),
        ("body", Bytes),
    ],
};

pub(crate) static TAGS: Table = Table {
    name: "invoice_tags",
    key: 5,
    columns: &[
        ("tenant", Text),
        ("kind", Text),
        ("name", Text),
        ("value", Text),
        ("id", Text),
        ("net", Int),
        ("tax", Int),
        ("gross", Int),
    ],
};

pub(crate) static JOURNAL: Table = Table {
    name: "invoice_journal",
    key: 4,
    columns: &[
        ("tenant", Text),
        ("kind", Text),
        ("id", Text),
        ("seq", Int),
        ("at", Int),
        ("actor", Text),
        ("verb", Text),
        ("hash", Bytes),
        ("body", Bytes),
    ],
};

pub(crate) static LEDGER: Table = Table {
    name: "invoice_ledger",
    key: 3,
    columns: &[
        ("tenant", Text),
        ("order_id", Text),
        ("seq", Int),
        ("line", Text),
        ("kind", Text),
        ("cause", Text),
        ("rate", Text),
        ("net", Int),
        ("tax", Int),
        ("gross", Int),
        ("at", Int),
    ],
};

pub(crate) static OUTBOX: Table = Table {
    name: "invoice_outbox",
    key: 2,
    columns: &[
        ("tenant", Text),
        ("id", Text),
        ("due", Int),
        ("not_before", Int),
        ("subject_kind", Text),
        ("subject_id", Text),
        ("lane", Text),
        ("attempts", Int),
        ("worker", Text),
        ("until", Int),
    ],
};

pub(crate) static UNITS: Table =
    Table { name: "invoice_units", key: 2, columns: &[("tenant", Text), ("id", Text)] };

/// Every table.
pub(crate) static TABLES: [&Table; 6] = [&ROWS, &TAGS, &JOURNAL, &LEDGER, &OUTBOX, &UNITS];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    /// Looks keys up and gives these columns of what is there.
    Look(&'static [&'static str], Lock),
    /// Fails when a key is there.
    Insert,
    /// Writes over what is there. Only for keys whose rows this transaction has locked.
    Upsert,
    Delete,
}

/// Whether what is found stays as it is until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lock {
    None,
    Rows,
}

/// A statement over a list of rows.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) table: &'static Table,
    pub(crate) verb: Verb,
}

impl Shape {
    /// The columns that each item of the list gives.
    pub(crate) fn given(&self) -> &'static [(&'static str, Kind)] {
        match self.verb {
            Verb::Look(..) | Verb::Delete => self.table.keys(),
            Verb::Insert | Verb::Upsert => self.table.columns,
        }
    }

    /// The columns that come back.
    #[cfg(any(test, feature = "mysql", feature = "postgres"))]
    pub(crate) fn found(&self) -> &'static [&'static str] {
        match self.verb {
            Verb::Look(found, _) => found,
            _ => &[],
        }
    }
}

const fn shape(table: &'static Table, verb: Verb) -> Shape {
    Shape { table, verb }
}

/// The columns of a message, in the order in which they are read.
pub(crate) const MESSAGE: &[&str] =
    &["id", "not_before", "subject_kind", "subject_id", "lane", "attempts", "worker", "until"];

pub(crate) static SEE_ROWS: Shape = shape(&ROWS, Verb::Look(&["version", "tags"], Lock::Rows));
pub(crate) static SEE_JOURNAL: Shape = shape(&JOURNAL, Verb::Look(&["seq"], Lock::None));
pub(crate) static SEE_LEDGER: Shape = shape(&LEDGER, Verb::Look(&["seq"], Lock::None));
pub(crate) static SEE_MESSAGES: Shape = shape(&OUTBOX, Verb::Look(MESSAGE, Lock::Rows));
pub(crate) static SEE_UNITS: Shape = shape(&UNITS, Verb::Look(&["id"], Lock::None));
pub(crate) static READ_ROWS: Shape = shape(&ROWS, Verb::Look(&["version", "head", "body"], Lock::None));

pub(crate) static ADD_ROWS: Shape = shape(&ROWS, Verb::Insert);
pub(crate) static CHANGE_ROWS: Shape = shape(&ROWS, Verb::Upsert);
pub(crate) static DROP_ROWS: Shape = shape(&ROWS, Verb::Delete);
pub(crate) static ADD_TAGS: Shape = shape(&TAGS, Verb::Insert);
pub(crate) static CHANGE_TAGS: Shape = shape(&TAGS, Verb::Upsert);
pub(crate) static DROP_TAGS: Shape = shape(&TAGS, Verb::Delete);
pub(crate) static ADD_JOURNAL: Shape = shape(&JOURNAL, Verb::Insert);
pub(crate) static ADD_LEDGER: Shape = shape(&LEDGER, Verb::Insert);
pub(crate) static ADD_MESSAGES: Shape = shape(&OUTBOX, Verb::Insert);
pub(crate) static CHANGE_MESSAGES: Shape = shape(&OUTBOX, Verb::Upsert);
pub(crate) static DROP_MESSAGES: Shape = shape(&OUTBOX, Verb::Delete);
pub(crate) static ADD_UNITS: Shape = shape(&UNITS, Verb::Insert);

/// Every statement over many rows, for the tests that read their texts.
#[cfg(test)]
pub(crate) static SHAPES: [&Shape; 18] = [
    &SEE_ROWS,
    &SEE_JOURNAL,
    &SEE_LEDGER,
    &SEE_MESSAGES,
    &SEE_UNITS,
    &READ_ROWS,
    &ADD_ROWS,
    &CHANGE_ROWS,
    &DROP_ROWS,
    &ADD_TAGS,
    &CHANGE_TAGS,
    &DROP_TAGS,
    &ADD_JOURNAL,
    &ADD_LEDGER,
    &ADD_MESSAGES,
    &CHANGE_MESSAGES,
    &DROP_MESSAGES,
    &ADD_UNITS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_begins_with_the_tenant() {
        for table in TABLES {
            assert_eq!(table.columns[0], ("tenant", Text), "{}", table.name);
            assert!(table.key > 1, "{}", table.name);
        }
    }

    #[test]
    fn what_is_looked_for_is_there() {
        for shape in SHAPES {
            for found in shape.found() {
                let known = shape.table.columns.iter().any(|column| column.0 == *found);
                assert!(known, "{}.{found}", shape.table.name);
            }
        }
    }
}
