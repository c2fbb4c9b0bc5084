//! The rows of many units by hand on PostgreSQL, in one statement with an array for each column: no check, nothing sealed. It
//! is what a store with these tables can at most come to.

use std::sync::LazyLock;

use invoice_core::store::{JournalEntry, LedgerEntry, Message, UnitOfWork, Write};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Error, PgConnection};

/// Tables with the types of their columns: text, integer, bytes.
const TABLES: [(&str, &str); 6] = [
    ("invoice_units", "tt"),
    ("invoice_rows", "tttibttiiiitb"),
    ("invoice_tags", "tttttiii"),
    ("invoice_journal", "tttiittbb"),
    ("invoice_ledger", "ttittttiiii"),
    ("invoice_outbox", "ttiitttiti"),
];

static STATEMENT: LazyLock<String> = LazyLock::new(|| {
    let mut parameters = 0;
    let mut unnest = |types: &str| {
        let arrays = types.chars().map(|of| {
            parameters += 1;
            let name = match of {
                't' => "text",
                'i' => "bigint",
                _ => "bytea",
            };
            format!("${parameters}::{name}[]")
        });
        format!("unnest({})", arrays.collect::<Vec<_>>().join(", "))
    };
    let mut parts: Vec<String> = Vec::new();
    for (number, (table, types)) in TABLES.into_iter().enumerate() {
        parts.push(format!("s{number} AS (INSERT INTO {table} SELECT * FROM {})", unnest(types)));
    }
    let gone = unnest("tt");
    parts.push(format!(
        "gone AS (DELETE FROM invoice_outbox t USING {gone} AS w(tenant, id) WHERE t.tenant = w.tenant AND t.id = w.id)"
    ));
    format!("WITH {} SELECT 1", parts.join(", "))
});

/// An array for each column of a list.
macro_rules! columns {
    ($arguments:ident, $list:expr, $($column:expr),+ $(,)?) => {
        $($arguments.add($list.iter().map($column).collect::<Vec<_>>()).unwrap();)+
    };
}

fn arguments(units: &[UnitOfWork]) -> PgArguments {
    let writes: Vec<&Write> = units.iter().flat_map(|unit| &unit.writes).collect();
    let tags: Vec<_> =
        writes.iter().flat_map(|write| write.columns.tags.iter().map(|tag| (&write.row.key, tag))).collect();
    let journal: Vec<&JournalEntry> = units.iter().flat_map(|unit| &unit.journal).collect();
    let ledger: Vec<&LedgerEntry> = units.iter().flat_map(|unit| &unit.entries).collect();
    let messages: Vec<&Message> = units.iter().flat_map(|unit| &unit.messages).collect();
    let settled: Vec<_> = units
        .iter()
        .flat_map(|unit| unit.settlements.iter().map(|settled| (unit.tenant.as_str(), &settled.message)))
        .collect();
    let mut all = PgArguments::default();
    columns!(all, units, |unit| unit.tenant.as_str(), |unit| unit.id.as_str());
    columns!(
        all,
        writes,
        |write| write.row.key.tenant().as_str(),
        |write| write.row.key.kind().as_str(),
        |write| write.row.key.id(),
        |_| 1_i64,
        |write| &write.row.head[..],
        |write| write.columns.seller.as_ref().map(|seller| seller.as_str()),
        |write| write.columns.state,
        |write| write.columns.at.and_then(|at| at.timestamp_nanos_opt()),
        |write| write.columns.net.fen(),
        |write| write.columns.tax.fen(),
        |write| write.columns.gross.fen(),
        |_| "[]",
        |write| &write.row.body.0[..],
    );
    columns!(
        all,
        tags,
        |(key, _)| key.tenant().as_str(),
        |(key, _)| key.kind().as_str(),
        |(_, tag)| tag.name,
        |(_, tag)| tag.value.as_str(),
        |(key, _)| key.id(),
        |_| 0_i64,
        |_| 0_i64,
        |_| 0_i64,
    );
    columns!(
        all,
        journal,
        |entry| entry.key.tenant().as_str(),
        |entry| entry.key.kind().as_str(),
        |entry| entry.key.id(),
        |_| 1_i64,
        |entry| entry.at.timestamp_nanos_opt(),
        |entry| entry.actor.as_str(),
        |entry| entry.verb.as_str(),
        |entry| &entry.hash[..],
        |entry| &entry.body.0[..],
    );
    columns!(
        all,
        ledger,
        |entry| entry.tenant.as_str(),
        |entry| entry.order.as_str(),
        |entry| i64::try_from(entry.seq).unwrap(),
        |entry| entry.line.as_str(),
        |entry| entry.kind.as_str(),
        |entry| entry.cause.as_str(),
        |entry| entry.rate.to_string(),
        |entry| entry.net.fen(),
        |entry| entry.tax.fen(),
        |entry| entry.gross.fen(),
        |entry| entry.at.timestamp_nanos_opt(),
    );
    columns!(
        all,
        messages,
        |message| message.subject.tenant().as_str(),
        |message| message.id.as_str(),
        |message| message.due().timestamp_nanos_opt(),
        |message| message.not_before.timestamp_nanos_opt(),
        |message| message.subject.kind().as_str(),
        |message| message.subject.id(),
        |message| message.lane.as_str(),
        |_| 0_i64,
        |_| None::<&str>,
        |_| None::<i64>,
    );
    columns!(all, settled, |(tenant, _)| *tenant, |(_, id)| id.as_str());
    all
}

pub(crate) async fn commit(connection: &mut PgConnection, units: &[UnitOfWork]) -> Result<(), Error> {
    sqlx::raw_sql(super::raw::BEGIN).execute(&mut *connection).await?;
    let text = AssertSqlSafe(STATEMENT.as_str());
    sqlx::query_with(text, arguments(units)).execute(&mut *connection).await?;
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
