//! Stores that read or claim wrongly.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::money::Money;
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, MemoryStore, Message, Page, Query, Row, Store, Sum,
    SumQuery, UnitOfWork,
};

use crate::flaw::{Answer, Flaw};

/// Pages come from a replica that is one commit behind.
#[derive(Default)]
pub(crate) struct StalePage(Mutex<Option<(Query, Page)>>);

#[async_trait]
impl Flaw for StalePage {
    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        let page = inner.find(query).await?;
        let mut last = self.0.lock().unwrap();
        let stale = last.replace((query.clone(), page.clone()));
        Ok(stale.filter(|(asked, _)| asked == query).map_or(page, |(_, stale)| stale))
    }
}

/// Rows come from a cache that is filled at the first reading.
#[derive(Default)]
pub(crate) struct StaleRead(Mutex<std::collections::HashMap<Key, Row>>);

#[async_trait]
impl Flaw for StaleRead {
    async fn read(&self, inner: &MemoryStore, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        let rows = inner.read(keys).await?;
        let mut cache = self.0.lock().unwrap();
        Ok(rows
            .into_iter()
            .map(|row| row.map(|row| cache.entry(row.key.clone()).or_insert(row).clone()))
            .collect())
    }
}

/// Answers only the keys that are there.
pub(crate) struct SkipsAbsent;

#[async_trait]
impl Flaw for SkipsAbsent {
    async fn read(&self, inner: &MemoryStore, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        let mut rows = inner.read(keys).await?;
        if rows.len() > 1 {
            rows.retain(Option::is_some);
        }
        Ok(rows)
    }
}

/// A page begins with the last row of the page before.
pub(crate) struct PageRepeats;

#[async_trait]
impl Flaw for PageRepeats {
    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        let mut page = inner.find(query).await?;
        if let (Some(after), true) = (query.after_id(), page.rows.len() > 1) {
            let key = Key::new(query.tenant(), query.kind(), after);
            if let Some(row) = inner.read(&[key]).await?.pop().flatten() {
                page.rows.insert(0, row);
                page.rows.truncate(query.page_limit());
                page.next = page.next.and(page.rows.last().map(|row| row.key.id().to_owned()));
            }
        }
        Ok(page)
    }
}

/// The next page begins one row too late.
pub(crate) struct PageSkips;

#[async_trait]
impl Flaw for PageSkips {
    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        let mut page = inner.find(query).await?;
        if let Some(next) = &page.next {
            let behind = inner.find(&query.clone().after(next).limit(1)).await?;
            page.next = behind.rows.first().map(|row| row.key.id().to_owned());
        }
        Ok(page)
    }
}

/// Sorted within a page only, newest first.
pub(crate) struct PageUnsorted;

#[async_trait]
impl Flaw for PageUnsorted {
    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        let mut page = inner.find(query).await?;
        page.rows.reverse();
        Ok(page)
    }
}

/// States are not looked at.
pub(crate) struct IgnoresStates;

#[async_trait]
impl Flaw for IgnoresStates {
    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        inner.find(&query.clone().in_states([])).await
    }
}

/// A tenant also sees those whose name its own begins with.
struct Neighbours;

impl Neighbours {
    fn of(tenant: &TenantId) -> Option<TenantId> {
        tenant.as_str().strip_suffix("-too").and_then(|name| TenantId::new(name).ok())
    }
}

/// Reads rows of a neighbour.
pub(crate) struct LeaksRead;

#[async_trait]
impl Flaw for LeaksRead {
    async fn read(&self, inner: &MemoryStore, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        let mut rows = inner.read(keys).await?;
        for (row, key) in rows.iter_mut().zip(keys) {
            if let (None, Some(neighbour)) = (&row, Neighbours::of(key.tenant())) {
                *row = inner.read(&[Key::new(&neighbour, key.kind(), key.id())]).await?.pop().flatten();
            }
        }
        Ok(rows)
    }
}

/// Finds rows of a neighbour.
pub(crate) struct LeaksFind;

#[async_trait]
impl Flaw for LeaksFind {
    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        let page = inner.find(query).await?;
        match Neighbours::of(query.tenant()) {
            Some(neighbour) if page.rows.is_empty() => {
                inner.find(&Query::new(&neighbour, query.kind())).await
            }
            _ => Ok(page),
        }
    }
}

/// Claims messages of a neighbour.
pub(crate) struct LeaksClaim;

#[async_trait]
impl Flaw for LeaksClaim {
    async fn claim(&self, inner: &MemoryStore, claim: &Claim) -> Answer<Vec<Message>> {
        let messages = inner.claim(claim).await?;
        match Neighbours::of(&claim.tenant) {
            Some(tenant) if messages.is_empty() => inner.claim(&Claim { tenant, ..claim.clone() }).await,
            _ => Ok(messages),
        }
    }
}

/// Unit ids are unique across tenants.
#[derive(Default)]
pub(crate) struct SharedUnits(Mutex<std::collections::HashMap<String, TenantId>>);

#[async_trait]
impl Flaw for SharedUnits {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let owner = {
            let mut owners = self.0.lock().unwrap();
            owners.entry(unit.id.as_str().to_owned()).or_insert_with(|| unit.tenant.clone()).clone()
        };
        if owner == unit.tenant { inner.commit(unit).await } else { Ok(Commit::AlreadyApplied) }
    }
}

/// Changes a claim on its way in, and its answer on the way out.
macro_rules! claims {
    ($($(#[$doc:meta])* $name:ident = |$asked:ident| $change:expr, |$given:ident, $claim:ident| $after:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        #[async_trait]
        impl Flaw for $name {
            async fn claim(&self, inner: &MemoryStore, $claim: &Claim) -> Answer<Vec<Message>> {
                let mut $asked = $claim.clone();
                $change;
                let mut $given = inner.claim(&$asked).await?;
                $after;
                Ok($given)
            }
        }
    )*};
}

claims! {
    /// A lease that ends at once: the next worker gets the message too.
    LeaseTwice = |asked| { asked.until = asked.now }, |given, claim| {
        for message in &mut given {
            message.lease.as_mut().unwrap().until = claim.until;
        }
    };
    /// A lease that never ends.
    LeaseForever = |asked| { asked.until += TimeDelta::days(1000) }, |given, claim| {
        for message in &mut given {
            message.lease.as_mut().unwrap().until = claim.until;
        }
    };
    /// A clock that is an hour ahead.
    GivesTooEarly = |asked| { asked.now += TimeDelta::hours(1) }, |given, claim| { given.truncate(claim.limit) };
    /// The newest first.
    OutOfOrder = |_asked| {}, |given, _claim| { given.reverse() };
    /// Whose lease ran out stands where it stood before.
    EndedLeasesFirst = |_asked| {}, |given, _claim| { given.sort_by_key(|message| message.not_before) };
    /// Everything that is due.
    IgnoresLimit = |asked| { asked.limit = usize::MAX }, |_given, _claim| {};
    /// Paused sellers are not left alone.
    IgnoresPause = |asked| { asked.paused_lanes.clear() }, |_given, _claim| {};
    /// Due is what was due before now.
    NotYetDue = |asked| { asked.now -= TimeDelta::nanoseconds(1) }, |_given, _claim| {};
}

/// Leaves leases out of account when it says when to look again.
#[derive(Default)]
pub(crate) struct DueForgetsLeases(Mutex<Option<DateTime<Utc>>>);

#[async_trait]
impl Flaw for DueForgetsLeases {
    async fn next_due(&self, inner: &MemoryStore, tenant: &TenantId) -> Answer<Option<DateTime<Utc>>> {
        let due = inner.next_due(tenant).await?;
        let mut first = self.0.lock().unwrap();
        if tenant.as_str() == "due" && first.is_none() {
            *first = due;
        }
        Ok(first.or(due))
    }
}

/// The newest entry first.
pub(crate) struct JournalBackwards;

#[async_trait]
impl Flaw for JournalBackwards {
    async fn journal(
        &self,
        inner: &MemoryStore,
        key: &Key,
        after: u64,
        limit: usize,
    ) -> Answer<Vec<JournalEntry>> {
        let mut entries = inner.journal(key, after, limit).await?;
        entries.reverse();
        Ok(entries)
    }
}

/// Only the newest entry of a row is kept.
pub(crate) struct JournalOverwritten;

#[async_trait]
impl Flaw for JournalOverwritten {
    async fn journal(
        &self,
        inner: &MemoryStore,
        key: &Key,
        after: u64,
        limit: usize,
    ) -> Answer<Vec<JournalEntry>> {
        let last = inner.journal(key, 0, usize::MAX).await?.pop();
        Ok(last.into_iter().filter(|entry| entry.seq > after).take(limit).collect())
    }
}

/// The page behind a position leaves the first entry out.
pub(crate) struct LedgerGap;

#[async_trait]
impl Flaw for LedgerGap {
    async fn ledger(
        &self,
        inner: &MemoryStore,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Answer<Vec<LedgerEntry>> {
        let mut entries = inner.ledger(tenant, after.clone(), limit.saturating_add(1)).await?;
        if after.is_some() && entries.len() > limit {
            entries.remove(0);
        }
        entries.truncate(limit);
        Ok(entries)
    }
}

/// Orders are sorted as numbers would be.
pub(crate) struct LedgerBySeq;

#[async_trait]
impl Flaw for LedgerBySeq {
    async fn ledger(
        &self,
        inner: &MemoryStore,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Answer<Vec<LedgerEntry>> {
        let mut entries = inner.ledger(tenant, after, limit).await?;
        entries.sort_by_key(|entry| entry.seq);
        Ok(entries)
    }
}

/// Adds up only what is of the first value.
pub(crate) struct FirstSum;

#[async_trait]
impl Flaw for FirstSum {
    async fn sums(&self, inner: &MemoryStore, query: &SumQuery) -> Answer<Vec<Sum>> {
        inner.sums(&query.clone().limit(1)).await
    }
}

/// Does not look at the bound.
pub(crate) struct SumsBeyond;

#[async_trait]
impl Flaw for SumsBeyond {
    async fn sums(&self, inner: &MemoryStore, query: &SumQuery) -> Answer<Vec<Sum>> {
        inner.sums(&query.clone().until_value("\u{7f}")).await
    }
}

/// Adds up in floating point.
pub(crate) struct SumsAsFloats;

#[async_trait]
impl Flaw for SumsAsFloats {
    async fn sums(&self, inner: &MemoryStore, query: &SumQuery) -> Answer<Vec<Sum>> {
        let mut sums = inner.sums(query).await?;
        for sum in &mut sums {
            let rounded = sum.amounts.net.fen() / 1024 * 1024;
            if rounded > 1 << 53 {
                sum.amounts.net = Money::from_fen(rounded);
            }
        }
        Ok(sums)
    }
}

/// Answers what it has once answered.
#[derive(Default)]
pub(crate) struct StaleSums(Mutex<BTreeMap<String, Vec<Sum>>>);

#[async_trait]
impl Flaw for StaleSums {
    async fn sums(&self, inner: &MemoryStore, query: &SumQuery) -> Answer<Vec<Sum>> {
        let fresh = inner.sums(query).await?;
        Ok(self.0.lock().unwrap().entry(format!("{query:?}")).or_insert(fresh).clone())
    }
}
