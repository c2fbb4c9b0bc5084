//! What readers ask.

use std::future::Future;

use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{JournalEntry, Key, LedgerEntry, Page, Query, Row, Sum, SumQuery};

use super::convert::number;
use super::decode;
use super::driver::{Cells as _, Dialect, Driver};
use super::script::{Script, Sql};
use super::table::READ_ROWS;

pub(crate) type Read<T> = Result<T, sqlx::Error>;

/// A question that may be asked again on another connection.
pub(crate) trait Question: Send + Sync + 'static {
    type Answer: Send + 'static;
    /// What it is called in an error.
    const NAME: &'static str;

    fn ask<D: Driver>(&self, driver: &mut D) -> impl Future<Output = Read<Self::Answer>> + Send;
}

/// Rows by key.
pub(crate) struct Rows(pub(crate) Vec<Key>);

/// A page of rows.
pub(crate) struct Finding(pub(crate) Query);

/// A part of a key's journal.
pub(crate) struct Journal {
    pub(crate) key: Key,
    pub(crate) after: u64,
    pub(crate) limit: usize,
}

/// A part of a tenant's ledger.
pub(crate) struct Ledger {
    pub(crate) tenant: TenantId,
    pub(crate) after: Option<(OrderId, u64)>,
    pub(crate) limit: usize,
}

impl Question for Rows {
    type Answer = Vec<Option<Row>>;
    const NAME: &'static str = "reading rows";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Self::Answer> {
        rows(driver, &self.0).await
    }
}

impl Question for Finding {
    type Answer = Page;
    const NAME: &'static str = "finding rows";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Page> {
        page(driver, &self.0).await
    }
}

impl Question for Journal {
    type Answer = Vec<JournalEntry>;
    const NAME: &'static str = "reading a journal";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Self::Answer> {
        let rows = driver.fetch(journal_sql(D::DIALECT, &self.key, self.after, self.limit)).await?;
        rows.iter().map(|row| decode::journal_entry(&self.key, row)).collect()
    }
}

impl Question for Ledger {
    type Answer = Vec<LedgerEntry>;
    const NAME: &'static str = "reading the ledger";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Self::Answer> {
        let rows =
            driver.fetch(ledger_sql(D::DIALECT, &self.tenant, self.after.as_ref(), self.limit)).await?;
        rows.iter().map(|row| decode::ledger_entry(&self.tenant, row)).collect()
    }
}

/// What tags come to.
pub(crate) struct Adding(pub(crate) SumQuery);

impl Question for Adding {
    type Answer = Vec<Sum>;
    const NAME: &'static str = "adding up";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Self::Answer> {
        let rows = driver.fetch(sums_sql(D::DIALECT, &self.0)).await?;
        rows.iter().map(decode::sum).collect()
    }
}

/// One script, so that all rows are of one moment; a key that is asked for twice is looked up once.
async fn rows<D: Driver>(driver: &mut D, keys: &[Key]) -> Read<Vec<Option<Row>>> {
    let mut wanted: Vec<&Key> = keys.iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut script = Script::default();
    script.add(&READ_ROWS, &wanted, |key| {
        [key.tenant().as_str().into(), key.kind().as_str().into(), key.id().into()]
    });
    let mut rows = vec![None; wanted.len()];
    for found in driver.run(script).await? {
        if let (Some(slot), Some(key)) = (rows.get_mut(found.item), wanted.get(found.item)) {
            *slot = Some(decode::row((*key).clone(), &found.row, found.from)?);
        }
    }
    let row = |key: &Key| wanted.binary_search(&key).ok().and_then(|at| rows.get(at).cloned().flatten());
    Ok(keys.iter().map(row).collect())
}

async fn page<D: Driver>(driver: &mut D, query: &Query) -> Read<Page> {
    let mut rows = Vec::new();
    for row in driver.fetch(page_sql(D::DIALECT, query)).await? {
        let key = Key::new(query.tenant(), query.kind(), row.text(0)?);
        rows.push(decode::row(key, &row, 1)?);
    }
    let more = rows.len() > query.page_limit();
    rows.truncate(query.page_limit());
    let next = rows.last().filter(|_| more).map(|row: &Row| row.key.id().to_owned());
    Ok(Page { rows, next })
}

/// Each wanted state is a walk of its own along an index that is in the order of ids; the walks are merged.
fn page_sql(dialect: Dialect, query: &Query) -> Sql<'_> {
    let limit = number(query.page_limit() + 1);
    let mut states: Vec<Option<&str>> = query.states().iter().copied().map(Some).collect();
    states.sort_unstable();
    states.dedup();
    if states.is_empty() {
        states.push(None);
    }
    let mut sql = Sql::new(dialect.marks);
    sql.push("SELECT id, version, head, body FROM (");
    for (number, state) in states.into_iter().enumerate() {
        sql.push(if number == 0 { "" } else { " UNION ALL " }).push("SELECT * FROM (");
        walk(&mut sql, query, state, limit);
        sql.push(&format!(") AS walk{number}"));
    }
    sql.push(") AS walks ORDER BY id LIMIT ").bind(limit);
    sql
}

fn walk<'a>(sql: &mut Sql<'a>, query: &'a Query, state: Option<&'a str>, limit: i64) {
    sql.push("SELECT t.id, t.version, t.head, t.body FROM ");
    let (tenant, kind) = (query.tenant().as_str(), query.kind().as_str());
    let id = match query.tag() {
        Some(tag) => {
            sql.push(
                "invoice_tags g CROSS JOIN invoice_rows t WHERE t.tenant = g.tenant AND t.kind = g.kind ",
            );
            sql.push("AND t.id = g.id AND g.tenant = ").bind(tenant).push(" AND g.kind = ").bind(kind);
            sql.push(" AND g.name = ").bind(tag.name).push(" AND g.value = ").bind(tag.value.as_str());
            "g.id"
        }
        None => {
            sql.push("invoice_rows t WHERE t.tenant = ").bind(tenant).push(" AND t.kind = ").bind(kind);
            "t.id"
        }
    };
    if let Some(after) = query.after_id() {
        sql.push(" AND ").push(id).push(" > ").bind(after);
    }
    if let Some(state) = state {
        sql.push(" AND t.state = ").bind(state);
    }
    if let Some(seller) = query.seller() {
        sql.push(" AND t.seller = ").bind(seller.as_str());
    }
    sql.push(" ORDER BY ").push(id).push(" LIMIT ").bind(limit);
}

fn journal_sql(dialect: Dialect, key: &Key, after: u64, limit: usize) -> Sql<'_> {
    let mut sql = Sql::new(dialect.marks);
    sql.push("SELECT seq, at, actor, verb, hash, body FROM invoice_journal WHERE tenant = ");
    sql.bind(key.tenant().as_str()).push(" AND kind = ").bind(key.kind().as_str());
    sql.push(" AND id = ").bind(key.id()).push(" AND seq > ").bind(number(after));
    sql.push(" ORDER BY seq LIMIT ").bind(number(limit));
    sql
}

fn ledger_sql<'a>(
    dialect: Dialect,
    tenant: &'a TenantId,
    after: Option<&'a (OrderId, u64)>,
    limit: usize,
) -> Sql<'a> {
    // No id is empty, so this stands before every position.
    let (order, seq) = after.map_or(("", 0), |(order, seq)| (order.as_str(), number(*seq)));
    let mut sql = Sql::new(dialect.marks);
    sql.push("SELECT order_id, seq, line, kind, cause, rate, net, tax, gross, at FROM invoice_ledger ");
    sql.push("WHERE tenant = ").bind(tenant.as_str()).push(" AND order_id >= ").bind(order);
    sql.push(" AND (order_id > ").bind(order).push(" OR seq > ").bind(seq);
    sql.push(") ORDER BY order_id, seq LIMIT ").bind(number(limit));
    sql
}

/// Along the key of the table: what is of one value lies side by side, and nothing is sorted.
fn sums_sql(dialect: Dialect, query: &SumQuery) -> Sql<'_> {
    let mut sql = Sql::new(dialect.marks);
    sql.push("SELECT value, COUNT(*)");
    for amount in ["net", "tax", "gross"] {
        sql.push(&format!(", CAST(SUM({amount}) AS {})", dialect.whole));
    }
    sql.push(" FROM invoice_tags WHERE tenant = ").bind(query.tenant().as_str());
    sql.push(" AND kind = ").bind(query.kind().as_str()).push(" AND name = ").bind(query.name());
    match query.after_value().filter(|after| *after >= query.least()) {
        Some(after) => sql.push(" AND value > ").bind(after),
        None => sql.push(" AND value >= ").bind(query.least()),
    };
    if let Some(bound) = query.bound() {
        sql.push(" AND value < ").bind(bound);
    }
    sql.push(" GROUP BY value ORDER BY value LIMIT ").bind(number(query.page_limit()));
    sql
}

/// The statements above, for the tests that read their texts.
#[cfg(test)]
pub(crate) fn texts(dialect: Dialect) -> Vec<String> {
    use invoice_core::id::SellerId;
    use invoice_core::store::Kind;
    let tenant = TenantId::new("t").unwrap();
    let key = Key::new(&tenant, Kind::Note, "n");
    let after = (OrderId::new("o").unwrap(), 1);
    let query = Query::new(&tenant, Kind::Note);
    let seller = SellerId::new("s").unwrap();
    let queries = [
        query.clone(),
        query.clone().after("x"),
        query.clone().in_states(["a", "b"]).after("x"),
        query.clone().of_seller(&seller),
        query.tagged("n", "v").in_states(["a"]).after("x"),
    ];
    let mut texts: Vec<String> = queries.iter().map(|query| page_sql(dialect, query).text).collect();
    texts.push(journal_sql(dialect, &key, 0, 1).text);
    texts.push(ledger_sql(dialect, &tenant, Some(&after), 1).text);
    let sums = SumQuery::new(&tenant, Kind::Note, "n").until_value("z");
    texts.extend([sums.clone(), sums.after("x")].iter().map(|query| sums_sql(dialect, query).text));
    texts
}
