//! Bringing a schema up to date, forward only, and refusing one that is not ours.

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection, Executor, SqlSafeStr as _};

use super::table::TABLES;

/// Every schema there ever was, oldest first. A file that was released is never edited.
pub(crate) fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(files.iter().map(migration).collect());
    // The shop's own migrations may stand in the same database.
    migrator.dangerous_set_table_name("invoice_migrations");
    // The lock would be one of the session, which many engines of the same protocol do not know.
    migrator.set_locking(false);
    migrator
}

/// How often two programs that start at the same moment may come between each other.
const ATTEMPTS: u32 = 20;
/// How often, within two seconds, tables that are written down are looked for.
const LOOKS: u32 = 7;

/// Applies what is missing. Of several programs that do so at once, all but one fail and look again.
pub(crate) async fn bring_up<C>(migrator: &Migrator, connection: &mut C) -> Result<(), sqlx::Error>
where
    C: Migrate + Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    let mut attempts = 1;
    loop {
        match migrator.run_direct(None, connection, false).await {
            Ok(()) => match look(connection).await {
                // Where tables are not made in a transaction, another program may have written down that it makes them
                // and not have come to it yet.
                Err(_) if attempts < LOOKS => {}
                looked => return looked,
            },
            Err(error) if attempts == ATTEMPTS || is_final(&error) => return Err(error.into()),
            Err(_) => {}
        }
        tokio::time::sleep(std::time::Duration::from_millis(20) * 2_u32.pow(attempts.min(6))).await;
        attempts += 1;
    }
}

/// Whether every column is there.
async fn look<C>(connection: &mut C) -> Result<(), sqlx::Error>
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    for table in TABLES {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.0).collect();
        let look = format!("SELECT {} FROM {} WHERE tenant IS NULL", columns.join(", "), table.name);
        connection.execute(sqlx::AssertSqlSafe(look)).await?;
    }
    Ok(())
}

/// What trying again does not change.
fn is_final(error: &MigrateError) -> bool {
    matches!(error, MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_))
}
