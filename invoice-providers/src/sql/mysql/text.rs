//! The words of MySQL and MariaDB for statements over many rows: only what both, and TiDB, understand.

use crate::sql::script::{names, overwrite};
use crate::sql::table::{Lock, Shape, Verb};

/// Most rows of one statement: some four thousand parameters for the widest table.
pub(super) const MOST_ROWS: usize = 256;
/// Most bytes of one statement, far below the smallest packet that servers are set to take.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// How many rows a statement for so many has room for. Naming a key twice does no harm, so lookups and deletes are
/// filled up and few prepared statements serve all; an insert has exactly the rows it has.
pub(super) fn room(shape: &Shape, rows: usize) -> usize {
    if matches!(shape.verb, Verb::Insert | Verb::Upsert) {
        return rows;
    }
    let mut room = 1;
    while room < rows {
        room *= 4;
    }
    room
}

pub(super) fn statement(shape: &Shape, rows: usize) -> String {
    let table = shape.table;
    let keys: Vec<String> = table.keys().iter().map(|(key, _)| format!("{key} = ?")).collect();
    // The optimiser walks the index for each of these; for pairs in a list not every version does.
    let any = || vec![format!("({})", keys.join(" AND ")); rows].join(" OR ");
    match shape.verb {
        Verb::Look(found, lock) => format!(
            "SELECT {}, {} FROM {} WHERE {}{}",
            names(table.keys(), ""),
            found.join(", "),
            table.name,
            any(),
            if lock == Lock::Rows { " FOR UPDATE" } else { "" }
        ),
        Verb::Insert | Verb::Upsert => {
            let row = format!("({})", vec!["?"; table.columns.len()].join(","));
            let over = match shape.verb {
                Verb::Upsert => {
                    let over = overwrite(table, |column| format!("VALUES({column})"));
                    format!(" ON DUPLICATE KEY UPDATE {over}")
                }
                _ => String::new(),
            };
            let columns = names(table.columns, "");
            format!("INSERT INTO {} ({columns}) VALUES {}{over}", table.name, vec![row; rows].join(","))
        }
        Verb::Delete => format!("DELETE FROM {} WHERE {}", table.name, any()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::table::{ADD_UNITS, CHANGE_MESSAGES, DROP_MESSAGES, SEE_ROWS};

    #[test]
    fn words() {
        assert_eq!(
            statement(&SEE_ROWS, 2),
            "SELECT tenant, kind, id, version, tags FROM invoice_rows WHERE (tenant = ? AND kind = ? AND id = ?) OR \
             (tenant = ? AND kind = ? AND id = ?) FOR UPDATE"
        );
        assert_eq!(statement(&ADD_UNITS, 2), "INSERT INTO invoice_units (tenant, id) VALUES (?,?),(?,?)");
        assert_eq!(statement(&DROP_MESSAGES, 1), "DELETE FROM invoice_outbox WHERE (tenant = ? AND id = ?)");
        let change = statement(&CHANGE_MESSAGES, 1);
        assert!(change.contains(" ON DUPLICATE KEY UPDATE held = VALUES(held), not_before"), "{change}");
    }

    #[test]
    fn rooms() {
        assert_eq!([1, 2, 5, 17, 256].map(|rows| room(&SEE_ROWS, rows)), [1, 4, 16, 64, 256]);
        assert_eq!(room(&ADD_UNITS, 17), 17);
    }
}
