//! A store that spreads tenants over several stores.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, Message, Page, Query, Row, Store, StoreError,
    StoreErrorKind, Sum, SumQuery, UnitOfWork,
};
use sha2::{Digest as _, Sha256};

/// Spreads tenants over several stores, of whatever engine: the step beyond one PostgreSQL server.
///
/// All of a tenant is in one shard, and a unit has one tenant, so every promise of the shards holds for the whole; only
/// a read over several tenants is not of one moment.
///
/// A tenant's shard follows from its name and the names of the shards, the same on every machine and in every version
/// (rendezvous hashing: the shard with the greatest SHA-256 of shard name, a zero byte, and tenant). **Another list of
/// names gives some tenants another shard.** Before a shard is added, [`pin`](RouterStore::pin) the tenants there are to
/// where they are; move them one by one and change their pin. Tenants that were moved with a router that does not know
/// of it would be looked for where they are not.
///
/// ```
/// use std::sync::Arc;
/// use invoice_core::id::TenantId;
/// use invoice_core::store::{MemoryStore, Store};
/// use invoice_providers::router::RouterStore;
///
/// let shard = || Arc::new(MemoryStore::new()) as Arc<dyn Store>;
/// let old = TenantId::new("shop-1")?;
/// let router = RouterStore::new([("east", shard()), ("west", shard())])?.pin(&old, "west")?;
/// assert_eq!(router.shard_of(&old), "west");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RouterStore {
    shards: BTreeMap<String, Arc<dyn Store>>,
    pins: BTreeMap<TenantId, String>,
}

impl fmt::Debug for RouterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.shards.keys().collect();
        f.debug_struct("RouterStore").field("shards", &names).field("pins", &self.pins.len()).finish()
    }
}

fn invalid(what: String) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, what)
}

impl RouterStore {
    /// A router over shards by name; the order does not matter.
    ///
    /// # Errors
    /// [`StoreErrorKind::Invalid`] for no shard, or two of one name.
    pub fn new<N: Into<String>>(
        shards: impl IntoIterator<Item = (N, Arc<dyn Store>)>,
    ) -> Result<Self, StoreError> {
        let mut known = BTreeMap::new();
        for (name, store) in shards {
            let name = name.into();
            if known.insert(name.clone(), store).is_some() {
                return Err(invalid(format!("two shards are called {name}")));
            }
        }
        if known.is_empty() {
            return Err(invalid("a router without shards".to_owned()));
        }
        Ok(Self { shards: known, pins: BTreeMap::new() })
    }

    /// Says where a tenant is, whatever its name gives.
    ///
    /// # Errors
    /// [`StoreErrorKind::Invalid`] when there is no such shard.
    pub fn pin(mut self, tenant: &TenantId, shard: &str) -> Result<Self, StoreError> {
        if !self.shards.contains_key(shard) {
            return Err(invalid(format!("no shard is called {shard}")));
        }
        self.pins.insert(tenant.clone(), shard.to_owned());
        Ok(self)
    }

    /// The name of the shard a tenant is in.
    #[must_use]
    pub fn shard_of(&self, tenant: &TenantId) -> &str {
        self.place(tenant).map_or("", |(name, _)| name)
    }

    fn place(&self, tenant: &TenantId) -> Option<(&str, &Arc<dyn Store>)> {
        let pinned = self.pins.get(tenant).and_then(|name| self.shards.get_key_value(name));
        let weight = |name: &String| -> [u8; 32] {
            let hash = Sha256::new_with_prefix(name.as_bytes()).chain_update([0]);
            hash.chain_update(tenant.as_str()).finalize().into()
        };
        let hashed = || self.shards.iter().max_by_key(|(name, _)| weight(name));
        pinned.or_else(hashed).map(|(name, store)| (name.as_str(), store))
    }

    fn shard(&self, tenant: &TenantId) -> Result<&Arc<dyn Store>, StoreError> {
        // There is at least one.
        self.place(tenant)
            .map(|(_, store)| store)
            .ok_or_else(|| invalid("a router without shards".to_owned()))
    }
}

#[async_trait]
impl Store for RouterStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let mut parts: BTreeMap<&str, (&Arc<dyn Store>, Vec<usize>)> = BTreeMap::new();
        for (at, key) in keys.iter().enumerate() {
            if let Some((name, store)) = self.place(key.tenant()) {
                parts.entry(name).or_insert_with(|| (store, Vec::new())).1.push(at);
            }
        }
        let mut rows = vec![None; keys.len()];
        for (store, places) in parts.into_values() {
            let wanted: Vec<Key> = places.iter().filter_map(|at| keys.get(*at)).cloned().collect();
            for (at, row) in places.into_iter().zip(store.read(&wanted).await?) {
                if let Some(slot) = rows.get_mut(at) {
                    *slot = row;
                }
            }
        }
        Ok(rows)
    }

    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        self.shard(query.tenant())?.find(query).await
    }

    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        // The shard refuses a unit that names another tenant anywhere.
        self.shard(&unit.tenant)?.commit(unit).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.shard(&claim.tenant)?.claim(claim).await
    }

    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.shard(tenant)?.next_due(tenant).await
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        self.shard(key.tenant())?.journal(key, after, limit).await
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.shard(tenant)?.ledger(tenant, after, limit).await
    }

    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        self.shard(query.tenant())?.sums(query).await
    }
}

#[cfg(test)]
mod tests {
    use invoice_core::store::MemoryStore;

    use super::*;

    fn shards(names: &[&str]) -> Vec<(String, Arc<dyn Store>)> {
        let shard = |name: &&str| ((*name).to_owned(), Arc::new(MemoryStore::new()) as Arc<dyn Store>);
        names.iter().map(shard).collect()
    }

    fn tenant(number: usize) -> TenantId {
        TenantId::new(format!("shop-{number}")).unwrap()
    }

    /// Written down, because another version that hashes otherwise would not find its tenants.
    #[test]
    fn tenants_stay_where_they_are() {
        let router = RouterStore::new(shards(&["a", "b", "c"])).unwrap();
        let turned = RouterStore::new(shards(&["c", "a", "b"])).unwrap();
        let places: Vec<&str> = (0..12).map(|number| router.shard_of(&tenant(number))).collect();
        assert_eq!(places.concat(), "aabbacacbaba");
        for number in 0..200 {
            assert_eq!(router.shard_of(&tenant(number)), turned.shard_of(&tenant(number)));
        }
    }

    #[test]
    fn tenants_are_spread_and_a_new_shard_takes_only_its_share() {
        let three = RouterStore::new(shards(&["a", "b", "c"])).unwrap();
        let four = RouterStore::new(shards(&["a", "b", "c", "d"])).unwrap();
        let mut counts = BTreeMap::<&str, usize>::new();
        let mut moved = 0;
        for number in 0..3000 {
            let tenant = tenant(number);
            *counts.entry(three.shard_of(&tenant)).or_default() += 1;
            if three.shard_of(&tenant) != four.shard_of(&tenant) {
                assert_eq!(four.shard_of(&tenant), "d", "moved between old shards");
                moved += 1;
            }
        }
        assert!(counts.values().all(|count| (900..1100).contains(count)), "{counts:?}");
        assert!((650..850).contains(&moved), "{moved}");
    }

    #[test]
    fn pins_win_and_mistakes_are_refused() {
        let router = RouterStore::new(shards(&["a", "b"])).unwrap();
        let other = if router.shard_of(&tenant(1)) == "a" { "b" } else { "a" };
        let router = router.pin(&tenant(1), other).unwrap();
        assert_eq!(router.shard_of(&tenant(1)), other);
        assert_eq!(router.pin(&tenant(1), "x").unwrap_err().kind(), StoreErrorKind::Invalid);
        assert_eq!(RouterStore::new(shards(&["a", "a"])).unwrap_err().kind(), StoreErrorKind::Invalid);
        assert_eq!(RouterStore::new(shards(&[])).unwrap_err().kind(), StoreErrorKind::Invalid);
    }
}
