//! Giving messages out: a compare-and-set of the lease, inside the writer's transaction.

use chrono::{DateTime, Utc};
use invoice_core::id::TenantId;
use invoice_core::store::{Claim, Lease, Message, StoreError, StoreErrorKind};

use super::convert::{nanos, nanos_bound, number, time};
use super::decode;
use super::driver::{Cells as _, Dialect, Driver};
use super::error::{During, store_error};
use super::script::Sql;
use super::table::MESSAGE;

/// How workers that ask at the same moment keep out of each other's way. The lease decides in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Claiming {
    /// Messages that another worker is taking at this moment are passed over: `SKIP LOCKED`.
    #[default]
    SkipLocked,
    /// A worker waits until the other has taken its messages. For engines that know no `SKIP LOCKED`, such as TiDB.
    Wait,
}

/// Most messages of one statement.
const STRIDE: usize = 1000;

pub(crate) async fn claim<D: Driver>(
    driver: &mut D,
    claim: &Claim,
    claiming: Claiming,
) -> Result<Vec<Message>, StoreError> {
    let Some(until) = nanos(claim.until) else {
        return Err(StoreError::new(StoreErrorKind::Invalid, "a lease outside the years 1678 to 2261"));
    };
    let failed = |error| store_error(error, During::Write, "claiming messages");
    let rows = driver.fetch(candidates(D::DIALECT, claim, claiming)).await.map_err(failed)?;
    let due = rows.iter().map(|row| decode::message(&claim.tenant, row, 0));
    let mut due = due.collect::<Result<Vec<Message>, _>>().map_err(failed)?;
    // In any order when rows had to be waited for.
    due.sort_by_cached_key(|message| (message.due(), message.id.clone()));
    let lease = Lease { worker: claim.worker.clone(), until: claim.until };
    for part in due.chunks_mut(STRIDE) {
        let taken = driver.change(take(D::DIALECT, claim, until, part)).await.map_err(failed)?;
        if taken != u64::try_from(part.len()).unwrap_or(u64::MAX) {
            return Err(StoreError::new(StoreErrorKind::Conflict, "messages were claimed by another"));
        }
        part.iter_mut().for_each(|message| message.lease = Some(lease.clone()));
    }
    Ok(due)
}

fn candidates<'a>(dialect: Dialect, claim: &'a Claim, claiming: Claiming) -> Sql<'a> {
    let mut sql = Sql::new(dialect.marks);
    sql.push("SELECT ").push(&MESSAGE.join(", ")).push(" FROM invoice_outbox WHERE tenant = ");
    sql.bind(claim.tenant.as_str()).push(" AND due <= ").bind(nanos_bound(claim.now));
    if !claim.paused_lanes.is_empty() {
        sql.push(" AND lane NOT IN ").list(claim.paused_lanes.iter().map(String::as_str));
    }
    sql.push(" ORDER BY due, id LIMIT ").bind(number(claim.limit));
    match claiming {
        _ if dialect.exclusive => {}
        Claiming::SkipLocked => drop(sql.push(" FOR UPDATE SKIP LOCKED")),
        Claiming::Wait => drop(sql.push(" FOR UPDATE")),
    }
    sql
}

/// The compare-and-set: the condition once more, so that it holds whatever the locks above are worth.
fn take<'a>(dialect: Dialect, claim: &'a Claim, until: i64, messages: &'a [Message]) -> Sql<'a> {
    let mut sql = Sql::new(dialect.marks);
    sql.push("UPDATE invoice_outbox SET due = CASE WHEN not_before > ").bind(until);
    sql.push(" THEN not_before ELSE ").bind(until).push(" END, worker = ").bind(claim.worker.as_str());
    sql.push(", until = ").bind(until).push(" WHERE tenant = ").bind(claim.tenant.as_str());
    // A sum is in no index: the ids lead to the messages, not the index of what is due, which may be long and full of what was
    // settled a moment ago.
    sql.push(" AND due + 0 <= ").bind(nanos_bound(claim.now)).push(" AND id ");
    if dialect.arrays {
        // Made once, and of a length that the planner does not know: for a long list and with little knowledge of the outbox
        // it would rather look at every message.
        sql.push("= ANY(ARRAY(SELECT unnest(").bind(array(messages)).push("::text::text[])))");
    } else {
        // Naming an id twice does no harm, and few texts serve lists of every length.
        let room = messages.len().next_power_of_two();
        let padded = messages.iter().chain(messages.first().into_iter().cycle()).take(room);
        sql.push("IN ").list(padded.map(|message| message.id.as_str()));
    }
    sql
}

/// The ids as the text of an array, as PostgreSQL writes it.
fn array(messages: &[Message]) -> String {
    let quoted = |message: &Message| {
        let id = message.id.as_str().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{id}\"")
    };
    format!("{{{}}}", messages.iter().map(quoted).collect::<Vec<_>>().join(","))
}

pub(crate) async fn next_due<D: Driver>(
    driver: &mut D,
    tenant: &TenantId,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let rows = driver.fetch(when(D::DIALECT, tenant)).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok(row.int_or_none(0)?.map(time))
}

fn when(dialect: Dialect, tenant: &TenantId) -> Sql<'_> {
    let mut sql = Sql::new(dialect.marks);
    sql.push("SELECT MIN(due) FROM invoice_outbox WHERE tenant = ").bind(tenant.as_str());
    sql
}

/// The statements above, for the tests that read their texts.
#[cfg(test)]
pub(crate) fn texts(dialect: Dialect, claiming: Claiming) -> Vec<String> {
    use invoice_core::id::WorkerId;
    use invoice_core::store::{Key, Kind, MessageId};
    let tenant = TenantId::new("t").unwrap();
    let subject = Key::new(&tenant, Kind::Note, "n");
    let asked = Claim {
        tenant: tenant.clone(),
        worker: WorkerId::new("w").unwrap(),
        now: DateTime::UNIX_EPOCH,
        until: DateTime::UNIX_EPOCH,
        limit: 1,
        paused_lanes: vec!["l".to_owned()],
    };
    let message = Message {
        id: MessageId::of("m", &subject),
        subject,
        lane: String::new(),
        not_before: DateTime::UNIX_EPOCH,
        attempts: 0,
        lease: None,
    };
    vec![
        candidates(dialect, &asked, claiming).text,
        take(dialect, &asked, 0, &[message]).text,
        when(dialect, &tenant).text,
    ]
}

#[cfg(test)]
mod tests {
    use invoice_core::store::{Key, Kind, MessageId};

    use super::*;

    #[test]
    fn odd_ids_stay_whole_in_an_array() {
        let subject = Key::new(&TenantId::new("t").unwrap(), Kind::Note, "n");
        let message = |id: &str| Message {
            id: MessageId::from_text(id),
            subject: subject.clone(),
            lane: String::new(),
            not_before: DateTime::UNIX_EPOCH,
            attempts: 0,
            lease: None,
        };
        let messages = ["a,b", "{c}", "d\"e", "f\\g", "发票 NULL"].map(message);
        assert_eq!(array(&messages), r#"{"a,b","{c}","d\"e","f\\g","发票 NULL"}"#);
    }
}
