//! The invoice desk (发票中台): everything between a shop's orders and a service that issues Chinese VAT invoices (发票).
//!
//! ```text
//! order paid ──▶ application ──▶ checks ──▶ review ──▶ split 1:N ──▶ provider issues ──▶ documents
//!     │              ▲                                                    │
//!     └── refund ────┼── red flush by itself ◀────────────────────────────┘
//!                    └── what is left can be applied for again
//! ```
//!
//! A shop calls [`desk::InvoiceDesk`]. Above it stands the shop's own order system; below it two traits:
//! [`store::Store`] keeps state, [`provider::InvoiceProvider`] issues. Both can be written by the shop;
//! [`testkit`](crate#features) says whether that was done right.
//!
//! # Where to find what
//!
//! Four rings; `use` goes downward only, and a test checks it.
//!
//! | ring | modules | what |
//! |---|---|---|
//! | 3 | [`desk`], `testkit`, `mock` | load, decide, commit; the outbox pumped |
//! | 2 | [`provider`], [`store`], [`mod@archive`], [`mod@env`] | traits and plain data |
//! | 1 | [`order`], [`ledger`], [`title`], [`application`], [`review`], [`seller`], [`access`], [`account`], [`plan`], [`periodic`], [`ticket`], [`batch`], [`notify`], [`invoice`], [`received`], [`statement`], [`decision`], [`search`], [`mask`], [`audit`], [`incident`] | pure and synchronous |
//! | 0 | [`money`], [`tax`], [`id`], [`limits`], [`error`] | values |
//!
//! Guides: [`guide::provider`], [`guide::store`], [`guide::states`], [`guide::errors`],
//! [`guide::simulation`], [`guide::safe_keeping`].
//!
//! # Features
//!
//! - `testkit`: conformance kits for stores and providers, seeded clock and ids, the simulator.
//! - `mock`: mockall doubles of the two traits.
//! - `tracing`: a span around every verb, pump and message, for the host's subscriber.
//! - `metrics`: counters of commands, messages and refusals, for the host's recorder.
//!
//! # Example
//!
//! Splitting by hand, without a desk:
//!
//! ```
//! use invoice_core::limits::InvoiceLimit;
//! use invoice_core::plan::certificate::CheckedSplit;
//! use invoice_core::plan::split::{SplitLine, SplitPolicy, split};
//! use invoice_core::tax::{TaxRate, Treatment};
//!
//! let furniture = "1050201010000000000".parse()?;
//! let rate = TaxRate::percent(13).unwrap();
//! let line = SplitLine::new(furniture, rate, Treatment::Standard, "25000.00".parse()?, "0.00".parse()?)?;
//! let policy = SplitPolicy::new().with_limit(InvoiceLimit::WAN_1);
//! let lines = [line];
//! let checked = CheckedSplit::new(&lines, &policy, split(&lines, &policy)?)?;
//! assert_eq!(checked.plan().invoices().len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access;
pub mod account;
pub mod application;
pub mod archive;
pub mod audit;
pub mod batch;
pub mod decision;
pub mod desk;
pub mod env;
pub mod error;
pub mod guide;
pub mod id;
pub mod incident;
pub mod invoice;
pub mod ledger;
pub mod limits;
pub mod mask;
#[cfg(feature = "mock")]
pub mod mock;
pub mod money;
pub mod notify;
pub mod order;
pub mod periodic;
pub mod plan;
pub mod provider;
pub mod received;
pub mod report;
pub mod review;
pub mod search;
pub mod seller;
pub mod statement;
pub mod store;
pub mod tax;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod ticket;
pub mod title;
