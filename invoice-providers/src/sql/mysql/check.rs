//! What the store relies on and a server may be set otherwise.

use sqlx::{AssertSqlSafe, Executor as _, MySqlConnection, Row as _};

use crate::sql::table::TABLES;

fn refused(what: String) -> sqlx::Error {
    sqlx::Error::Configuration(what.into())
}

/// A session that cuts what is too long, or speaks another character set, would change what it is given.
pub(super) async fn session(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let row = connection
        .fetch_one(
            "SELECT @@SESSION.sql_mode, @@SESSION.character_set_client, @@SESSION.character_set_connection, \
             @@SESSION.character_set_results, @@SESSION.autocommit",
        )
        .await?;
    let mode: &str = row.try_get_unchecked(0)?;
    if !mode.split(',').any(|mode| matches!(mode, "STRICT_TRANS_TABLES" | "STRICT_ALL_TABLES")) {
        return Err(refused(format!("sql_mode must hold STRICT_TRANS_TABLES, it is \"{mode}\"")));
    }
    // Otherwise the first read would begin a transaction that sees nothing newer, for as long as it is open.
    if row.try_get_unchecked::<i64, _>(4)? != 1 {
        return Err(refused("autocommit must be on".to_owned()));
    }
    for at in 1..4 {
        let charset: Option<&str> = row.try_get_unchecked(at)?;
        if charset != Some("utf8mb4") {
            let charset = charset.unwrap_or("none");
            return Err(refused(format!("connections must use utf8mb4 throughout, one uses {charset}")));
        }
    }
    Ok(())
}

/// The tables as they are, whatever the database was made with.
pub(super) async fn tables(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let names: Vec<String> = TABLES.iter().map(|table| format!("'{}'", table.name)).collect();
    let of = |what: &str| {
        format!(
            "information_schema.{what} WHERE table_schema = DATABASE() AND table_name IN ({})",
            names.join(", ")
        )
    };
    let wrong = format!(
        "SELECT table_name, column_name, collation_name FROM {} \
         AND collation_name IS NOT NULL AND collation_name <> 'utf8mb4_bin' LIMIT 1",
        of("columns")
    );
    if let Some(row) = connection.fetch_optional(AssertSqlSafe(wrong)).await? {
        let text = |at: usize| row.try_get_unchecked::<&str, _>(at);
        let (table, column, collation) = (text(0)?, text(1)?, text(2)?);
        return Err(refused(format!("{table}.{column} must be utf8mb4_bin, it is {collation}")));
    }
    let engine = format!("SELECT table_name, engine FROM {} AND engine <> 'InnoDB' LIMIT 1", of("tables"));
    if let Some(row) = connection.fetch_optional(AssertSqlSafe(engine)).await? {
        let text = |at: usize| row.try_get_unchecked::<&str, _>(at);
        return Err(refused(format!("{} must be an InnoDB table, it is {}", text(0)?, text(1)?)));
    }
    Ok(())
}
