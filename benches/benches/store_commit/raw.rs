//! The rows of a unit by hand: prepared statements one after the other, with none of the store's checks.

use std::path::Path;

use invoice_core::store::UnitOfWork;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Error};

pub(crate) async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    SqliteConnection::connect_with(&options).await.unwrap()
}

pub(crate) async fn close(connection: SqliteConnection) {
    connection.close().await.unwrap();
}

pub(crate) async fn commit(connection: &mut SqliteConnection, units: &[UnitOfWork]) -> Result<(), Error> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for unit in units {
        rows(connection, unit).await?;
        appended(connection, unit).await?;
        outbox(connection, unit).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

async fn rows(connection: &mut SqliteConnection, unit: &UnitOfWork) -> Result<(), Error> {
    for write in &unit.writes {
        let (key, columns) = (&write.row.key, &write.columns);
        sqlx::query("INSERT INTO rows VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
            sqlx::query("INSERT INTO tags VALUES (?, ?, ?, ?, ?)")
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

async fn appended(connection: &mut SqliteConnection, unit: &UnitOfWork) -> Result<(), Error> {
    for entry in &unit.journal {
        sqlx::query("INSERT INTO journal VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?)")
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
        sqlx::query("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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

async fn outbox(connection: &mut SqliteConnection, unit: &UnitOfWork) -> Result<(), Error> {
    for message in &unit.messages {
        sqlx::query("INSERT INTO outbox VALUES (?, ?, 0, ?, ?, ?, ?, 0, NULL, NULL)")
            .bind(unit.tenant.as_str())
            .bind(message.id.as_str())
            .bind(message.not_before.timestamp_nanos_opt())
            .bind(message.subject.kind().as_str())
            .bind(message.subject.id())
            .bind(message.lane.as_str())
            .execute(&mut *connection)
            .await?;
    }
    for settled in &unit.settlements {
        sqlx::query("DELETE FROM outbox WHERE tenant = ? AND id = ?")
            .bind(unit.tenant.as_str())
            .bind(settled.message.as_str())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("INSERT INTO units VALUES (?, ?)")
        .bind(unit.tenant.as_str())
        .bind(unit.id.as_str())
        .execute(&mut *connection)
        .await?;
    Ok(())
}
