//! The words of MySQL and MariaDB for statements over many rows: only what both, and TiDB, understand.

use crate::sql::script::{names, overwrite};
use crate::sql::table::{Kind, Lock, Shape, Verb};

/// Most rows of one statement: some four thousand parameters for the widest table.
pub(super) const MOST_ROWS: usize = 256;
/// Most bytes of one statement, far below the smallest packet that servers are set to take.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// How many rows a statement for so many has room for. Naming a key twice does no harm, so lookups and deletes are
/// filled up and few prepared statements serve all, fewest for what is looked at rarely or by readers and locks nothing; an
/// insert has exactly the rows it has.
pub(super) fn room(shape: &Shape, rows: usize) -> usize {
    if matches!(shape.verb, Verb::Insert | Verb::Upsert) {
        return rows;
    }
    let step = if matches!(shape.verb, Verb::Look(_, Lock::None)) { 16 } else { 4 };
    let mut room = 1;
    while room < rows {
        room *= step;
    }
    room
}

/// How keys are looked up: what all of a statement have in common, what is listed, and the column that a number ends the key
/// with: of that everything from the least on is read. One list of one column is what every version plans in no time; each key
/// spelled out behind an `OR` took MariaDB longer to plan, for some hundred keys, than everything else.
pub(super) fn parts(shape: &Shape) -> (&'static [Column], Column, &'static [Column]) {
    let keys = shape.table.keys();
    let ends = usize::from(keys.last().is_some_and(|(_, kind)| *kind == Kind::Int));
    let (keys, least) = keys.split_at(keys.len() - ends);
    match keys.split_last() {
        Some((listed, same)) => (same, *listed, least),
        // Every key has a tenant and something more.
        None => (&[], ("tenant", Kind::Text), least),
    }
}

/// A name and a kind.
type Column = (&'static str, Kind);

/// For lookups and deletes `rows` keys that share [what stands before the list](parts).
pub(super) fn statement(shape: &Shape, rows: usize) -> String {
    let table = shape.table;
    let (same, listed, least) = parts(shape);
    let wanted = || {
        let mut text: String = same.iter().map(|(column, _)| format!("{column} = ? AND ")).collect();
        text.push_str(&format!("{} IN ({})", listed.0, vec!["?"; rows].join(",")));
        text.extend(least.iter().map(|(column, _)| format!(" AND {column} >= ?")));
        text
    };
    match shape.verb {
        Verb::Look(found, lock) => format!(
            "SELECT {}, {} FROM {} WHERE {}{}",
            names(table.keys(), ""),
            found.join(", "),
            table.name,
            wanted(),
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
        Verb::Delete => format!("DELETE FROM {} WHERE {}", table.name, wanted()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::table::{ADD_UNITS, CHANGE_MESSAGES, DROP_MESSAGES, SEE_LEDGER, SEE_ROWS};

    #[test]
    fn words() {
        assert_eq!(
            statement(&SEE_ROWS, 2),
            "SELECT tenant, kind, id, version, tags FROM invoice_rows WHERE tenant = ? AND kind = ? AND id IN (?,?) FOR UPDATE"
        );
        assert_eq!(
            statement(&SEE_LEDGER, 2),
            "SELECT tenant, order_id, seq, seq FROM invoice_ledger WHERE tenant = ? AND order_id IN (?,?) AND seq >= ?"
        );
        assert_eq!(statement(&ADD_UNITS, 2), "INSERT INTO invoice_units (tenant, id) VALUES (?,?),(?,?)");
        assert_eq!(statement(&DROP_MESSAGES, 1), "DELETE FROM invoice_outbox WHERE tenant = ? AND id IN (?)");
        let change = statement(&CHANGE_MESSAGES, 1);
        assert!(change.contains(" ON DUPLICATE KEY UPDATE due = VALUES(due), not_before"), "{change}");
    }

    #[test]
    fn rooms() {
        assert_eq!([1, 2, 5, 17, 256].map(|rows| room(&SEE_ROWS, rows)), [1, 4, 16, 64, 256]);
        assert_eq!([1, 2, 17, 256].map(|rows| room(&SEE_LEDGER, rows)), [1, 16, 256, 256]);
        assert_eq!(room(&ADD_UNITS, 17), 17);
    }
}
