//! mockall doubles of the two traits (feature `mock`), for tests that fix the order of calls. Everything else is
//! better tested with [`MemoryStore`](crate::store::MemoryStore) and a sandbox, which behave.
//!
//! ```
//! use invoice_core::mock::MockStore;
//! use invoice_core::store::Store;
//! let mut store = MockStore::new();
//! store.expect_next_due().returning(|_| Ok(None));
//! let tenant = invoice_core::id::TenantId::new("t")?;
//! let due = futures_util::FutureExt::now_or_never(store.next_due(&tenant)).unwrap();
//! assert_eq!(due.unwrap(), None);
//! # Ok::<(), invoice_core::error::Refusal>(())
//! ```

pub use crate::provider::MockInvoiceProvider;
pub use crate::store::MockStore;
