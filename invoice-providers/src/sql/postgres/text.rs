//! The words of PostgreSQL for statements over many rows.
//!
//! Each list is one array per column, so one text serves every number of rows; and the statements of a script are
//! parts of one statement, which is one way to the server and back.

use std::collections::HashMap;
use std::sync::Arc;

use crate::sql::script::{Marks, mark, names, overwrite};
use crate::sql::table::{Kind, Lock, Shape, Verb};

pub(super) const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Bytes => "bytea",
    }
}

/// The arrays of the columns given, as a list of rows.
fn unnest(shape: &Shape, parameters: &mut usize, text: &mut String) {
    text.push_str("unnest(");
    for (at, (_, kind)) in shape.given().iter().enumerate() {
        text.push_str(if at == 0 { "" } else { ", " });
        *parameters += 1;
        mark(Marks::Numbered, *parameters, text);
        text.push_str("::");
        text.push_str(type_of(*kind));
        text.push_str("[]");
    }
    text.push(')');
}

fn part(shape: &Shape, parameters: &mut usize, text: &mut String) {
    let table = shape.table;
    let keys = names(table.keys(), "");
    let equals: Vec<String> = table.keys().iter().map(|(key, _)| format!("t.{key} = w.{key}")).collect();
    let equals = equals.join(" AND ");
    match shape.verb {
        Verb::Look(found, lock) => {
            let found: String = found.iter().map(|column| format!(", t.{column}")).collect();
            text.push_str(&format!("SELECT w.item{found} FROM "));
            unnest(shape, parameters, text);
            // A subquery for each key, in their order: the rows are locked in that order, and however large the table
            // has grown since the plan was made, it is never walked.
            text.push_str(&format!(
                " WITH ORDINALITY AS w({keys}, item) CROSS JOIN LATERAL (SELECT * FROM {} t WHERE {equals} LIMIT 1{}) t",
                table.name,
                if lock == Lock::Rows { " FOR UPDATE" } else { "" }
            ));
        }
        Verb::Insert | Verb::Upsert => {
            text.push_str(&format!(
                "INSERT INTO {} ({}) SELECT * FROM ",
                table.name,
                names(table.columns, "")
            ));
            unnest(shape, parameters, text);
            if shape.verb == Verb::Upsert {
                let over = overwrite(table, |column| format!("excluded.{column}"));
                text.push_str(&format!(" ON CONFLICT ({keys}) DO UPDATE SET {over}"));
            }
        }
        Verb::Delete => {
            text.push_str(&format!("DELETE FROM {} t USING ", table.name));
            unnest(shape, parameters, text);
            text.push_str(&format!(" AS w({keys}) WHERE {equals}"));
        }
    }
}

/// Where the columns of each lookup begin in the rows of its script, and how wide these are. Before them stand the
/// number of the statement and of the item.
pub(super) fn layout(shapes: &[&'static Shape]) -> Vec<usize> {
    let mut next = 2;
    let begin = |shape: &&'static Shape| {
        let from = next;
        next += shape.found().len();
        from
    };
    shapes.iter().map(begin).collect()
}

/// One statement of all parts.
fn statement(shapes: &[&'static Shape]) -> String {
    let (mut text, mut parameters) = (String::from("WITH "), 0);
    for (number, shape) in shapes.iter().enumerate() {
        text.push_str(&format!("{}s{number} AS ", if number == 0 { "" } else { ", " }));
        text.push_str(if shape.found().is_empty() { "(" } else { "MATERIALIZED (" });
        part(shape, &mut parameters, &mut text);
        text.push(')');
    }
    let mut selects = Vec::new();
    for (number, _) in shapes.iter().enumerate().filter(|(_, shape)| !shape.found().is_empty()) {
        let mut columns = vec![format!("{number}::bigint AS statement"), "item".to_owned()];
        for (other, of) in shapes.iter().enumerate() {
            columns.extend(of.found().iter().map(|column| match other == number {
                true => (*column).to_owned(),
                false => format!("NULL::{}", type_of(of.table.kind(column))),
            }));
        }
        selects.push(format!("SELECT {} FROM s{number}", columns.join(", ")));
    }
    if selects.is_empty() {
        selects.push("SELECT 1".to_owned());
    }
    text.push(' ');
    text.push_str(&selects.join(" UNION ALL "));
    text
}

type Name = (&'static str, Verb);

/// The texts made so far: one for each choice of statements that occurs.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<Vec<Name>, Arc<str>>);

impl Texts {
    pub(super) fn get(&mut self, shapes: &[&'static Shape]) -> Arc<str> {
        let name: Vec<Name> = shapes.iter().map(|shape| (shape.table.name, shape.verb)).collect();
        self.0.entry(name).or_insert_with(|| statement(shapes).into()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::table::{ADD_UNITS, DROP_MESSAGES, SEE_ROWS, SEE_UNITS};

    #[test]
    fn lookups_share_one_statement() {
        let shapes = [&SEE_ROWS, &SEE_UNITS];
        assert_eq!(layout(&shapes), [2, 4]);
        assert_eq!(
            statement(&shapes),
            "WITH s0 AS MATERIALIZED (SELECT w.item, t.version, t.tags FROM unnest($1::text[], $2::text[], $3::text[]) \
             WITH ORDINALITY AS w(tenant, kind, id, item) CROSS JOIN LATERAL (SELECT * FROM invoice_rows t WHERE \
             t.tenant = w.tenant AND t.kind = w.kind AND t.id = w.id LIMIT 1 FOR UPDATE) t), s1 AS MATERIALIZED (SELECT \
             w.item, t.id FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS w(tenant, id, item) CROSS JOIN LATERAL \
             (SELECT * FROM invoice_units t WHERE t.tenant = w.tenant AND t.id = w.id LIMIT 1) t) SELECT 0::bigint AS \
             statement, item, version, tags, NULL::text FROM s0 UNION ALL SELECT 1::bigint AS statement, item, \
             NULL::bigint, NULL::text, id FROM s1"
        );
    }

    #[test]
    fn writes_share_one_statement() {
        assert_eq!(
            statement(&[&ADD_UNITS, &DROP_MESSAGES]),
            "WITH s0 AS (INSERT INTO invoice_units (tenant, id) SELECT * FROM unnest($1::text[], $2::text[])), s1 AS \
             (DELETE FROM invoice_outbox t USING unnest($3::text[], $4::text[]) AS w(tenant, id) WHERE t.tenant = \
             w.tenant AND t.id = w.id) SELECT 1"
        );
    }
}
