//! The words of SQLite for statements over many rows: one for a row, prepared once and run for each. There is no way to
//! a server that it would pay to save.

use std::collections::HashMap;
use std::sync::Arc;

use crate::sql::script::{names, overwrite};
use crate::sql::table::{Kind, Shape, Verb};

fn statement(shape: &Shape) -> String {
    let table = shape.table;
    let marks = |columns: &[(&str, Kind)]| vec!["?"; columns.len()].join(", ");
    let equals: Vec<String> = table.keys().iter().map(|(key, _)| format!("{key} = ?")).collect();
    let equals = equals.join(" AND ");
    match shape.verb {
        Verb::Look(found, _) => format!("SELECT {} FROM {} WHERE {equals}", found.join(", "), table.name),
        Verb::Insert | Verb::Upsert => {
            let (columns, values) = (names(table.columns, ""), marks(table.columns));
            // What fails ends the transaction: no undoing of the statement alone is to be kept ready.
            let insert = format!("INSERT OR FAIL INTO {} ({columns}) VALUES ({values})", table.name);
            if shape.verb == Verb::Insert {
                return insert;
            }
            let over = overwrite(table, |column| format!("excluded.{column}"));
            format!("{insert} ON CONFLICT ({}) DO UPDATE SET {over}", names(table.keys(), ""))
        }
        Verb::Delete => format!("DELETE FROM {} WHERE {equals}", table.name),
    }
}

/// The texts made so far: one for each table and verb.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<(&'static str, Verb), Arc<str>>);

impl Texts {
    pub(super) fn get(&mut self, shape: &Shape) -> Arc<str> {
        self.0.entry((shape.table.name, shape.verb)).or_insert_with(|| statement(shape).into()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::table::{ADD_UNITS, CHANGE_TAGS, DROP_MESSAGES, SEE_ROWS};

    #[test]
    fn each_verb_has_its_words() {
        assert_eq!(
            statement(&SEE_ROWS),
            "SELECT version, tags FROM invoice_rows WHERE tenant = ? AND kind = ? AND id = ?"
        );
        assert_eq!(statement(&ADD_UNITS), "INSERT OR FAIL INTO invoice_units (tenant, id) VALUES (?, ?)");
        assert_eq!(
            statement(&CHANGE_TAGS),
            "INSERT OR FAIL INTO invoice_tags (tenant, kind, name, value, id, net, tax, gross) VALUES (?, ?, ?, ?, ?, ?, \
             ?, ?) ON CONFLICT (tenant, kind, name, value, id) DO UPDATE SET net = excluded.net, tax = excluded.tax, \
             gross = excluded.gross"
        );
        assert_eq!(statement(&DROP_MESSAGES), "DELETE FROM invoice_outbox WHERE tenant = ? AND id = ?");
    }
}
