//! The reference store, alone and shared, keeps the contract.

#![cfg(feature = "testkit")]

use std::sync::Arc;

use invoice_core::store::{MemoryStore, Store};

mod alone {
    use super::*;

    invoice_core::store_conformance!(async { MemoryStore::new() });
}

mod shared {
    use super::*;

    invoice_core::store_conformance!(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        store
    });
}
