//! The rows of a unit by hand: prepared statements one after the other, with none of the store's checks.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use sqlx::Error;

pub(crate) const SQLITE_BEGIN: &str = "BEGIN IMMEDIATE";
pub(crate) const BEGIN: &str = "BEGIN";

/// `?` as `$1`, `$2` …, made once.
fn numbered(sql: &'static str) -> &'static str {
    static KNOWN: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap().entry(sql).or_insert_with(|| {
        let mut parts = sql.split('?');
        let first = parts.next().unwrap_or_default().to_owned();
        let whole = (1..).zip(parts).fold(first, |text, (number, part)| format!("{text}${number}{part}"));
        whole.leak()
    })
}

fn same(sql: &'static str) -> &'static str {
    sql
}

macro_rules! raw {
    ($name:ident, $connection:ty, $begin:expr, $words:path) => {
        pub(crate) mod $name {
            use invoice_core::store::UnitOfWork;

            use super::{Error, $words as words};

            pub(crate) async fn commit(
                connection: &mut $connection,
                units: &[UnitOfWork],
            ) -> Result<(), Error> {
                sqlx::raw_sql($begin).execute(&mut *connection).await?;
                for unit in units {
                    rows(connection, unit).await?;
                    appended(connection, unit).await?;
                    outbox(connection, unit).await?;
                }
                sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
                Ok(())
            }

            async fn rows(connection: &mut $connection, unit: &UnitOfWork) -> Result<(), Error> {
                for write in &unit.writes {
                    let (key, columns) = (&write.row.key, &write.columns);
                    sqlx::query(words(
                        "INSERT INTO invoice_rows VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    ))
                    .bind(key.tenant().as_str())
                    .bind(key.kind().as_str())
                    .bind(key.id())
                    .bind(&write.row.head[..])
                    .bind(columns.seller.as_ref().map(|seller| seller.as_str()))
                    .bind(columns.state)
                    .bind(columns.at.and_then(|at| at.timestamp_nanos_opt()))
                    .bind(columns.net.fen())
                    .bind(columns.tax.fen())
                    .bind(columns.gross.fen())
                    .bind("[]")
                    .bind(&write.row.body.0[..])
                    .execute(&mut *connection)
                    .await?;
                    for tag in &columns.tags {
                        sqlx::query(words("INSERT INTO invoice_tags VALUES (?, ?, ?, ?, ?, 0, 0, 0)"))
                            .bind(key.tenant().as_str())
                            .bind(key.kind().as_str())
                            .bind(tag.name)
                            .bind(tag.value.as_str())
                            .bind(key.id())
                            .execute(&mut *connection)
                            .await?;
                    }
                }
                Ok(())
            }

            async fn appended(connection: &mut $connection, unit: &UnitOfWork) -> Result<(), Error> {
                for entry in &unit.journal {
                    sqlx::query(words("INSERT INTO invoice_journal VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?)"))
                        .bind(entry.key.tenant().as_str())
                        .bind(entry.key.kind().as_str())
                        .bind(entry.key.id())
                        .bind(entry.at.timestamp_nanos_opt())
                        .bind(entry.actor.as_str())
                        .bind(entry.verb.as_str())
                        .bind(&entry.hash[..])
                        .bind(&entry.body.0[..])
                        .execute(&mut *connection)
                        .await?;
                }
                for entry in &unit.entries {
                    sqlx::query(words("INSERT INTO invoice_ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"))
                        .bind(entry.tenant.as_str())
                        .bind(entry.order.as_str())
                        .bind(i64::try_from(entry.seq).unwrap())
                        .bind(entry.line.as_str())
                        .bind(entry.kind.as_str())
                        .bind(entry.cause.as_str())
                        .bind(entry.rate.to_string())
                        .bind(entry.net.fen())
                        .bind(entry.tax.fen())
                        .bind(entry.gross.fen())
                        .bind(entry.at.timestamp_nanos_opt())
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            }

            async fn outbox(connection: &mut $connection, unit: &UnitOfWork) -> Result<(), Error> {
                for message in &unit.messages {
                    sqlx::query(words(
                        "INSERT INTO invoice_outbox VALUES (?, ?, ?, ?, ?, ?, ?, 0, NULL, NULL)",
                    ))
                    .bind(unit.tenant.as_str())
                    .bind(message.id.as_str())
                    .bind(message.due().timestamp_nanos_opt())
                    .bind(message.not_before.timestamp_nanos_opt())
                    .bind(message.subject.kind().as_str())
                    .bind(message.subject.id())
                    .bind(message.lane.as_str())
                    .execute(&mut *connection)
                    .await?;
                }
                for settled in &unit.settlements {
                    sqlx::query(words("DELETE FROM invoice_outbox WHERE tenant = ? AND id = ?"))
                        .bind(unit.tenant.as_str())
                        .bind(settled.message.as_str())
                        .execute(&mut *connection)
                        .await?;
                }
                sqlx::query(words("INSERT INTO invoice_units VALUES (?, ?)"))
                    .bind(unit.tenant.as_str())
                    .bind(unit.id.as_str())
                    .execute(&mut *connection)
                    .await?;
                Ok(())
            }
        }
    };
}

raw!(sqlite, sqlx::SqliteConnection, super::SQLITE_BEGIN, same);
raw!(postgres, sqlx::PgConnection, super::BEGIN, numbered);
raw!(mariadb, sqlx::MySqlConnection, super::BEGIN, same);
