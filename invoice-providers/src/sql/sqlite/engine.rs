//! SQLite's part in a group commit.

use chrono::{DateTime, Utc};
use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{Claim, Message, StoreError, StoreErrorKind, Version};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};

use super::bulk::{Binds, Script, Texts};
use super::{decode, put, shapes};
use crate::sql::convert::{nanos, nanos_bound, number, tags, time};
use crate::sql::engine::Engine;
use crate::sql::error::{During, store_error};
use crate::sql::gather::{Plan, Seen, SeenRow, Wanted};

pub(super) struct SqliteEngine {
    options: SqliteConnectOptions,
    /// `None` after a connection had to be given up.
    connection: Option<SqliteConnection>,
    texts: Texts,
}

impl SqliteEngine {
    pub(super) fn new(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        Self { options, connection: Some(connection), texts: Texts::default() }
    }

    async fn connected(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.connection.is_none() {
            let fresh = SqliteConnection::connect_with(&self.options).await;
            self.connection =
                Some(fresh.map_err(|error| store_error(error, During::Open, "connecting again"))?);
        }
        self.parts().map(|parts| parts.0)
    }

    fn parts(&mut self) -> Result<(&mut SqliteConnection, &mut Texts), StoreError> {
        match &mut self.connection {
            Some(connection) => Ok((connection, &mut self.texts)),
            None => Err(StoreError::new(StoreErrorKind::Unavailable, "no connection")),
        }
    }

    async fn execute(&mut self, sql: &'static str, during: During) -> Result<(), StoreError> {
        let (connection, _) = self.parts()?;
        let done = sqlx::query(sql).execute(connection).await;
        done.map(drop).map_err(|error| store_error(error, during, sql))
    }

    async fn give_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Whatever it answers, the connection is gone afterwards.
            connection.close_hard().await.ok();
        }
    }
}

fn writing(error: sqlx::Error) -> StoreError {
    store_error(error, During::Write, "a batch")
}

impl Engine for SqliteEngine {
    /// The statement itself goes together with the lookups.
    async fn begin(&mut self) -> Result<(), StoreError> {
        self.connected().await.map(drop)
    }

    async fn look(&mut self, wanted: &Wanted<'_>) -> Result<Seen, StoreError> {
        let (connection, texts) = self.parts()?;
        see(connection, texts, wanted).await.map_err(writing)
    }

    async fn write(&mut self, plan: &Plan<'_>) -> Result<(), StoreError> {
        let (connection, texts) = self.parts()?;
        put::plan(plan).run(connection, texts, |_, _, _| Ok(())).await.map_err(writing)
    }

    async fn claim(&mut self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        let Some(until) = nanos(claim.until) else {
            return Err(StoreError::new(StoreErrorKind::Invalid, "a lease outside the years 1678 to 2261"));
        };
        let paused = serde_json::to_string(&claim.paused_lanes).unwrap_or_default();
        let (connection, _) = self.parts()?;
        let rows = sqlx::query(CLAIM)
            .bind(claim.tenant.as_str())
            .bind(nanos_bound(claim.now))
            .bind(paused)
            .bind(number(claim.limit))
            .bind(claim.worker.as_str())
            .bind(until)
            .fetch_all(connection)
            .await
            .map_err(writing)?;
        let messages: Result<Vec<Message>, sqlx::Error> =
            rows.iter().map(|row| decode::message(row, 0)).collect();
        let mut messages = messages.map_err(writing)?;
        // RETURNING promises no order.
        messages.sort_by(|one, other| (one.not_before, &one.id).cmp(&(other.not_before, &other.id)));
        Ok(messages)
    }

    async fn next_due(&mut self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let (connection, _) = self.parts()?;
        let row = sqlx::query(NEXT_DUE).bind(tenant.as_str()).fetch_one(connection).await.map_err(writing)?;
        row.try_get::<Option<i64>, _>(0).map(|due| due.map(time)).map_err(writing)
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        self.execute("COMMIT", During::Commit).await
    }

    async fn rollback(&mut self) {
        if self.connection.is_some() && self.execute("ROLLBACK", During::Write).await.is_err() {
            self.give_up().await;
        }
    }

    async fn applied(&mut self, units: &[(&TenantId, &UnitId)]) -> Result<Vec<bool>, StoreError> {
        self.give_up().await;
        let mut there = vec![false; units.len()];
        self.connected().await?;
        let (connection, texts) = self.parts()?;
        let mut script = Script::new("");
        script.add(&shapes::SEE_UNITS, units, unit);
        let found = script.run(connection, texts, |_, at, _| {
            set(&mut there, at, true);
            Ok(())
        });
        found.await.map_err(writing)?;
        Ok(there)
    }

    async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await.ok();
        }
    }
}

/// The free ones in the order of the index, the held ones (few: what is being worked on) all looked at.
const CLAIM: &str = "UPDATE outbox SET held = 1, worker = ?5, until = ?6 \
    WHERE tenant = ?1 AND id IN ( \
        SELECT id FROM ( \
            SELECT * FROM (SELECT not_before, id FROM outbox \
                WHERE tenant = ?1 AND held = 0 AND not_before <= ?2 \
                AND lane NOT IN (SELECT value FROM json_each(?3)) ORDER BY not_before, id LIMIT ?4) \
            UNION ALL \
            SELECT not_before, id FROM outbox \
                WHERE tenant = ?1 AND held = 1 AND not_before <= ?2 AND until <= ?2 \
                AND lane NOT IN (SELECT value FROM json_each(?3))) \
        ORDER BY not_before, id LIMIT ?4) \
    RETURNING tenant, id, not_before, subject_kind, subject_id, lane, attempts, worker, until";

const NEXT_DUE: &str = "SELECT MIN(due) FROM ( \
    SELECT MIN(not_before) AS due FROM outbox WHERE tenant = ?1 AND held = 0 \
    UNION ALL \
    SELECT MIN(MAX(not_before, until)) FROM outbox WHERE tenant = ?1 AND held = 1)";

async fn see(
    connection: &mut SqliteConnection,
    texts: &mut Texts,
    wanted: &Wanted<'_>,
) -> Result<Seen, sqlx::Error> {
    let mut seen = Seen {
        rows: vec![None; wanted.rows.len()],
        ledger: vec![false; wanted.ledger.len()],
        messages: vec![None; wanted.messages.len()],
        units: vec![false; wanted.units.len()],
    };
    let mut script = Script::new("BEGIN IMMEDIATE;");
    script.add(&shapes::SEE_ROWS, &wanted.rows, |binds, key| {
        binds.text(key.tenant().as_str()).add(key.kind().as_str()).text(key.id());
    });
    script.add(&shapes::SEE_LEDGER, &wanted.ledger, |binds, (tenant, order, seq)| {
        binds.text(tenant.as_str()).text(order.as_str()).add(number(*seq));
    });
    script.add(&shapes::SEE_MESSAGES, &wanted.messages, |binds, (tenant, id)| {
        binds.text(tenant.as_str()).text(id.as_str());
    });
    script.add(&shapes::SEE_UNITS, &wanted.units, unit);
    let found = script.run(connection, texts, |shape, at, row| {
        if std::ptr::eq(shape, &shapes::SEE_ROWS) {
            let version = u64::try_from(row.try_get::<i64, _>(2)?);
            let version = Version::new(version.map_err(|error| sqlx::Error::Decode(error.into()))?);
            let tags = tags(row.try_get(3)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
            set(&mut seen.rows, at, Some(SeenRow { version, tags }));
        } else if std::ptr::eq(shape, &shapes::SEE_MESSAGES) {
            set(&mut seen.messages, at, Some(decode::message(row, 2)?));
        } else if std::ptr::eq(shape, &shapes::SEE_LEDGER) {
            set(&mut seen.ledger, at, true);
        } else {
            set(&mut seen.units, at, true);
        }
        Ok(())
    });
    found.await?;
    Ok(seen)
}

fn unit(binds: &mut Binds, (tenant, id): &(&TenantId, &UnitId)) {
    binds.text(tenant.as_str()).text(id.as_str());
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::sql::sqlite::open;

    /// However long a table grows, no statement of the writer walks it from end to end.
    #[tokio::test]
    async fn no_statement_walks_a_table() {
        let mut connection = open::connect(&open::in_memory()).await.unwrap();
        let mut statements = vec![CLAIM.to_owned(), NEXT_DUE.to_owned()];
        for shape in shapes::ALL {
            let mut text = String::new();
            shape.text(0, 4, &mut text);
            statements.push(text);
        }
        for statement in statements {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            for row in sqlx::query(explain).fetch_all(&mut connection).await.unwrap() {
                let step: String = row.get("detail");
                let table =
                    step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                let tables = ["rows", "tags", "journal", "ledger", "outbox", "units", "t"];
                assert!(!tables.contains(&table), "{step}: {statement}");
            }
        }
    }
}
