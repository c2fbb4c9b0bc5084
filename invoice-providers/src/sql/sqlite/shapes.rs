//! The bulk statements of SQLite.

use super::bulk::Shape;

macro_rules! lookup {
    ($found:literal, $columns:literal, $table:literal, $on:literal) => {
        Shape {
            head: concat!("w.column1, ", $found, " FROM (VALUES "),
            columns: $columns,
            lookup: true,
            // CROSS JOIN keeps the order: each wanted key is looked up, the table is never walked.
            tail: concat!(") w CROSS JOIN ", $table, " t ON ", $on),
        }
    };
}

macro_rules! insert {
    ($into:literal, $columns:literal, $conflict:literal) => {
        Shape {
            head: concat!("INSERT INTO ", $into, " SELECT * FROM (VALUES "),
            columns: $columns,
            lookup: false,
            tail: concat!(") WHERE column1 IS NOT NULL ", $conflict),
        }
    };
}

macro_rules! delete {
    ($table:literal, $key:literal, $columns:literal) => {
        Shape {
            // A list of constants alone makes SQLite walk the whole table; a query makes it look up each key.
            head: concat!("DELETE FROM ", $table, " WHERE (", $key, ") IN (SELECT * FROM (VALUES "),
            columns: $columns,
            lookup: false,
            tail: "))",
        }
    };
}

pub(super) static SEE_ROWS: Shape = lookup!(
    "t.version, t.tags",
    3,
    "rows",
    "t.tenant = w.column2 AND t.kind = w.column3 AND t.id = w.column4"
);
pub(super) static SEE_LEDGER: Shape =
    lookup!("'ledger'", 3, "ledger", "t.tenant = w.column2 AND t.order_id = w.column3 AND t.seq = w.column4");
pub(super) static SEE_MESSAGES: Shape = lookup!(
    "t.tenant, t.id, t.not_before, t.subject_kind, t.subject_id, t.lane, t.attempts, t.worker, t.until",
    2,
    "outbox",
    "t.tenant = w.column2 AND t.id = w.column3"
);
pub(super) static SEE_UNITS: Shape =
    lookup!("'unit'", 2, "units", "t.tenant = w.column2 AND t.id = w.column3");

pub(super) static PUT_ROWS: Shape = insert!(
    "rows (tenant, kind, id, version, head, seller, state, at, net, tax, gross, tags, body)",
    13,
    "ON CONFLICT (tenant, kind, id) DO UPDATE SET version = excluded.version, head = excluded.head, \
     seller = excluded.seller, state = excluded.state, at = excluded.at, net = excluded.net, tax = excluded.tax, \
     gross = excluded.gross, tags = excluded.tags, body = excluded.body"
);
pub(super) static PUT_TAGS: Shape = insert!("tags (tenant, kind, name, value, id)", 5, "");
pub(super) static DROP_TAGS: Shape = delete!("tags", "tenant, kind, name, value, id", 5);
pub(super) static PUT_JOURNAL: Shape =
    insert!("journal (tenant, kind, id, seq, at, actor, verb, hash, body)", 9, "");
pub(super) static PUT_LEDGER: Shape =
    insert!("ledger (tenant, order_id, seq, line, kind, cause, rate, net, tax, gross, at)", 11, "");
pub(super) static PUT_MESSAGES: Shape = insert!(
    "outbox (tenant, id, held, not_before, subject_kind, subject_id, lane, attempts, worker, until)",
    10,
    "ON CONFLICT (tenant, id) DO UPDATE SET held = excluded.held, not_before = excluded.not_before, \
     subject_kind = excluded.subject_kind, subject_id = excluded.subject_id, lane = excluded.lane, \
     attempts = excluded.attempts, worker = excluded.worker, until = excluded.until"
);
pub(super) static DROP_MESSAGES: Shape = delete!("outbox", "tenant, id", 2);
pub(super) static PUT_UNITS: Shape = insert!("units (tenant, id)", 2, "");

#[cfg(test)]
pub(super) static ALL: [&Shape; 12] = [
    &SEE_ROWS,
    &SEE_LEDGER,
    &SEE_MESSAGES,
    &SEE_UNITS,
    &PUT_ROWS,
    &PUT_TAGS,
    &DROP_TAGS,
    &PUT_JOURNAL,
    &PUT_LEDGER,
    &PUT_MESSAGES,
    &DROP_MESSAGES,
    &PUT_UNITS,
];
