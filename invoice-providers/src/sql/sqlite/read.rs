//! What readers ask.

use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{JournalEntry, Key, LedgerEntry, Page, Query, Row};
use sqlx::sqlite::SqlitePool;
use sqlx::{QueryBuilder, Row as _, Sqlite};

use super::decode;
use crate::sql::convert::number;

type Found<T> = Result<T, sqlx::Error>;

/// One statement, so that all rows are of one moment.
pub(super) async fn rows(pool: &SqlitePool, keys: &[Key]) -> Found<Vec<Option<Row>>> {
    let mut rows = vec![None; keys.len()];
    let wanted: Vec<[&str; 3]> =
        keys.iter().map(|key| [key.tenant().as_str(), key.kind().as_str(), key.id()]).collect();
    let wanted = serde_json::to_string(&wanted).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let found = sqlx::query(
        "SELECT w.key, t.tenant, t.kind, t.id, t.version, t.head, t.body FROM json_each(?1) w CROSS JOIN rows t \
         ON t.tenant = w.value ->> 0 AND t.kind = w.value ->> 1 AND t.id = w.value ->> 2",
    )
    .bind(wanted)
    .fetch_all(pool)
    .await?;
    for row in &found {
        let at = usize::try_from(row.try_get::<i64, _>(0)?).map_err(|e| sqlx::Error::Decode(e.into()))?;
        if let Some(slot) = rows.get_mut(at) {
            *slot = Some(decode::row(row, 1)?);
        }
    }
    Ok(rows)
}

/// Each wanted state is a walk of its own along an index that is in the order of ids; the walks are merged.
pub(super) async fn page(pool: &SqlitePool, query: &Query) -> Found<Page> {
    let limit = query.page_limit() + 1;
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT tenant, kind, id, version, head, body FROM (");
    let states: Vec<Option<&str>> = match query.states() {
        [] => vec![None],
        states => {
            let mut states: Vec<Option<&str>> = states.iter().copied().map(Some).collect();
            states.sort_unstable();
            states.dedup();
            states
        }
    };
    for (number, state) in states.into_iter().enumerate() {
        sql.push(if number == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
        walk(&mut sql, query, state, limit);
        sql.push(")");
    }
    sql.push(") ORDER BY id LIMIT ").push_bind(number(limit));
    let found = sql.build().fetch_all(pool).await?;
    let mut rows = found.iter().map(|row| decode::row(row, 0)).collect::<Found<Vec<Row>>>()?;
    let more = rows.len() > query.page_limit();
    rows.truncate(query.page_limit());
    let next = rows.last().filter(|_| more).map(|row| row.key.id().to_owned());
    Ok(Page { rows, next })
}

fn walk<'q>(sql: &mut QueryBuilder<Sqlite>, query: &'q Query, state: Option<&'q str>, limit: usize) {
    sql.push("SELECT t.tenant, t.kind, t.id, t.version, t.head, t.body FROM ");
    let (tenant, kind) = (query.tenant().as_str().to_owned(), query.kind().as_str());
    match query.tag() {
        Some(tag) => {
            sql.push("tags g CROSS JOIN rows t ON t.tenant = g.tenant AND t.kind = g.kind AND t.id = g.id");
            sql.push(" WHERE g.tenant = ").push_bind(tenant).push(" AND g.kind = ").push_bind(kind);
            sql.push(" AND g.name = ")
                .push_bind(tag.name)
                .push(" AND g.value = ")
                .push_bind(tag.value.clone());
        }
        None => {
            sql.push("rows t WHERE t.tenant = ").push_bind(tenant).push(" AND t.kind = ").push_bind(kind);
        }
    }
    let id = if query.tag().is_some() { "g.id" } else { "t.id" };
    if let Some(after) = query.after_id() {
        sql.push(" AND ").push(id).push(" > ").push_bind(after.to_owned());
    }
    if let Some(state) = state {
        sql.push(" AND t.state = ").push_bind(state.to_owned());
    }
    if let Some(seller) = query.seller() {
        sql.push(" AND t.seller = ").push_bind(seller.as_str().to_owned());
    }
    sql.push(" ORDER BY ").push(id).push(" LIMIT ").push_bind(number(limit));
}

pub(super) async fn journal(
    pool: &SqlitePool,
    key: &Key,
    after: u64,
    limit: usize,
) -> Found<Vec<JournalEntry>> {
    let found = sqlx::query(
        "SELECT tenant, kind, id, seq, at, actor, verb, hash, body FROM journal \
         WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND seq > ?4 ORDER BY seq LIMIT ?5",
    )
    .bind(key.tenant().as_str())
    .bind(key.kind().as_str())
    .bind(key.id())
    .bind(number(after))
    .bind(number(limit))
    .fetch_all(pool)
    .await?;
    found.iter().map(decode::journal_entry).collect()
}

pub(super) async fn ledger(
    pool: &SqlitePool,
    tenant: &TenantId,
    after: Option<&(OrderId, u64)>,
    limit: usize,
) -> Found<Vec<LedgerEntry>> {
    // No id is empty, so this stands before every position.
    let (order, seq) = after.map_or(("", 0), |(order, seq)| (order.as_str(), number(*seq)));
    let found = sqlx::query(
        "SELECT tenant, order_id, seq, line, kind, cause, rate, net, tax, gross, at FROM ledger \
         WHERE tenant = ?1 AND (order_id, seq) > (?2, ?3) ORDER BY order_id, seq LIMIT ?4",
    )
    .bind(tenant.as_str())
    .bind(order)
    .bind(seq)
    .bind(number(limit))
    .fetch_all(pool)
    .await?;
    found.iter().map(decode::ledger_entry).collect()
}
