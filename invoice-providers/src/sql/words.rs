//! Reads every statement of every dialect for what an engine of the same protocol may not have.

use super::claim::{self, Claiming};
use super::driver::{Dialect, Driver};
use super::read;
use super::table::{SHAPES, Shape};

/// What Citus, CockroachDB, YugabyteDB, TiDB or OceanBase lack or do otherwise, and what outlives a transaction on a
/// connection that belongs to the shop.
const FORBIDDEN: &[&str] = &[
    "ADVISORY",
    "GET_LOCK",
    "LOCK TABLE",
    "LOCK IN",
    "SEQUENCE",
    "SERIAL",
    "IDENTITY",
    "AUTO_INCREMENT",
    "NEXTVAL",
    "LASTVAL",
    "LAST_INSERT_ID",
    "RETURNING",
    "LISTEN",
    "NOTIFY",
    "SET SESSION",
    "SET GLOBAL",
    "SET @@",
    "TEMPORARY",
    "TEMP ",
    "TRIGGER",
    "CREATE FUNCTION",
    "CREATE EXTENSION",
    "PREPARE TRANSACTION",
    "FOREIGN KEY",
    "REFERENCES",
    "CTID",
    "JSON_TABLE",
    "NOW()",
    "CURRENT_TIMESTAMP",
    "RANDOM()",
    "RAND()",
];

/// What only the default, and not the portable, way of working may use.
const NOT_PORTABLE: &[&str] = &["SKIP LOCKED", "SET LOCAL", "NOWAIT"];

/// What a dialect says, with its own words for statements over many rows.
pub(super) fn of<D: Driver>(claiming: Claiming, shape: impl Fn(&'static Shape) -> String) -> Vec<String> {
    let dialect: Dialect = D::DIALECT;
    let mut statements = claim::texts(dialect, claiming);
    statements.extend(read::texts(dialect));
    statements.extend(SHAPES.map(shape));
    statements
}

fn found<'w>(statement: &str, words: &[&'w str]) -> Option<&'w str> {
    let text: Vec<&str> = statement.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let text = text.join(" ").to_uppercase();
    words.iter().copied().find(|word| text.contains(word))
}

fn everything(claiming: Claiming) -> Vec<String> {
    let mut all = super::postgres::statements(claiming);
    all.extend(super::mysql::statements(claiming));
    all.extend(super::sqlite::statements());
    all
}

#[test]
fn no_statement_needs_what_only_some_engines_have() {
    for claiming in [Claiming::SkipLocked, Claiming::Wait] {
        let all = everything(claiming);
        assert!(all.len() > 80, "only {} statements", all.len());
        for statement in all {
            assert_eq!(found(&statement, FORBIDDEN), None, "{statement}");
            if claiming == Claiming::Wait {
                assert_eq!(found(&statement, NOT_PORTABLE), None, "{statement}");
            }
        }
    }
}

#[test]
fn what_is_forbidden_is_found() {
    let skipping: Vec<String> = everything(Claiming::SkipLocked);
    assert!(skipping.iter().any(|statement| found(statement, NOT_PORTABLE).is_some()));
    assert_eq!(found("select pg_advisory_lock(1)", FORBIDDEN), Some("ADVISORY"));
    assert_eq!(found("a -- SERIAL\nb", FORBIDDEN), None, "a comment is no statement");
}

/// Every key and every unique index begins with the tenant, in the schemas as they are applied.
#[test]
fn every_index_begins_with_the_tenant() {
    let mut seen = 0;
    for (name, schema) in [
        ("sqlite", include_str!("../../migrations/sqlite/0001_initial.sql")),
        ("postgres", include_str!("../../migrations/postgres/0001_initial.sql")),
        ("mysql", include_str!("../../migrations/mysql/0001_initial.sql")),
    ] {
        for line in schema.lines().map(str::trim) {
            let key =
                line.starts_with("PRIMARY KEY") || line.starts_with("KEY ") || line.starts_with("UNIQUE");
            if key || line.starts_with("CREATE INDEX") || line.starts_with("CREATE UNIQUE") {
                assert!(line.contains("(tenant, "), "{name}: {line}");
                seen += 1;
            }
        }
        assert_eq!(schema.matches("CREATE TABLE").count(), super::table::TABLES.len(), "{name}");
    }
    assert_eq!(seen, 27);
}
