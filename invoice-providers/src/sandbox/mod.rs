//! A tax bureau inside the process (沙箱税务局): it issues, checks and refuses as a real one would, so that a desk
//! can be run, killed and tested without an account anywhere.
//!
//! ```
//! use std::sync::Arc;
//! use invoice_core::env::Clock;
//! use invoice_core::provider::InvoiceProvider;
//! use invoice_providers::sandbox::{FaultPlan, RedRule, SandboxBureau};
//!
//! struct Noon;
//! impl Clock for Noon {
//!     fn now(&self) -> chrono::DateTime<chrono::Utc> {
//!         "2026-05-01T04:00:00Z".parse().unwrap()
//!     }
//! }
//!
//! let bureau = SandboxBureau::builder(1, Arc::new(Noon)).red(RedRule::BuyerConfirms).build()?;
//! let provider: Arc<dyn InvoiceProvider> = Arc::new(bureau.clone());
//! assert_eq!(provider.id().as_str(), "sandbox");
//! assert_eq!(bureau.issued().count(), 0);
//! # Ok::<(), invoice_providers::sandbox::SandboxError>(())
//! ```
//!
//! # What it is and is not
//!
//! - It reads requests with types of its own and checks them independently of the desk: sums, tolerances, discount
//!   rows, mixing, limits, credit, and for red invoices what is left of each blue row. Refusals carry a
//!   [`SandboxCode`].
//! - A number depends on seed and key only, so runs with the same seed give the same numbers in any order of
//!   arrival. (Two keys that draw the same of 10¹⁵ serials are told apart by order.)
//! - Time is the injected clock's; days and months are China's.
//! - `blue_row` of a red row is the printed number of the blue row from 1. Discount rows count, but cannot be
//!   named: the discount is netted into the row above it.
//! - The credit line counts the net amount of every blue invoice of the month. A red invoice gives back what its
//!   blue took when both are of one month, and nothing when its reason is an allowance (04).
//! - Documents are national XML with a specimen mark (票样). PDF and OFD are not issued; the features `pdf` and `ofd` render
//!   what the XML says.
//! - Confirmations that a buyer starts (03, 06) and the states 10 to 13 do not occur.
//!
//! A [`SandboxVerifier`] on the same books answers questions about received invoices.
//!
//! With [`SandboxBuilder::open`] the books live in a file and outlive the process that wrote them. Open challenges,
//! locked serials, callbacks not yet taken and the counts of faults do not: they are gone with the last handle.

mod books;
mod builder;
mod callbacks;
mod check;
mod codes;
mod confirm;
mod credit;
mod document;
mod effect;
mod faults;
mod issue;
mod journal;
mod numbers;
mod paper;
mod provider;
mod red;
mod report;
mod verifier;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use invoice_core::env::Clock;
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::provider::{Capabilities, Effect, ProviderError};

pub use builder::{Downloads, RedRule, Repeat, SandboxBuilder};
pub use callbacks::{CallbackMessage, Callbacks};
pub use codes::SandboxCode;
pub use confirm::OpenConfirmation;
pub use faults::{Fault, FaultPlan};
pub use journal::SandboxError;
pub use report::{Color, IssuedEntry, RowLeft, Totals};
pub use verifier::{SandboxVerifier, VerifierFault};

use books::Books;
use builder::Config;
use callbacks::Waiting;
use effect::Change;
use faults::{Call, Faults};
use journal::Journal;
use wire::Request;

/// A handle on a bureau. Clones share the same books, so several workers and adapters can use one bureau.
#[derive(Clone)]
pub struct SandboxBureau {
    shared: Arc<Shared>,
}

struct Shared {
    id: ProviderId,
    capabilities: Capabilities,
    config: Config,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    books: Books,
    journal: Option<Journal>,
    faults: Faults,
    challenged: BTreeSet<String>,
    locked: HashMap<IntentKey, DateTime<Utc>>,
    callbacks: Vec<Waiting>,
}

impl State {
    /// First the file, then the books: what was answered is never lost. `read` is the body of the first change, where
    /// it was read already.
    fn write(&mut self, changes: Vec<Change>, mut read: Option<Request>) -> Result<(), ProviderError> {
        if let Some(journal) = &mut self.journal {
            journal
                .append(&changes)
                .map_err(|error| SandboxCode::JournalBroken.with_effect(Effect::Unknown).because(error))?;
        }
        for change in changes {
            self.books.apply(change, read.take()).map_err(|code| code.with_effect(Effect::Unknown))?;
        }
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SandboxBureau {
    /// Begins a bureau. Equal seeds give equal numbers and equal faults.
    pub fn builder(seed: u64, clock: Arc<dyn Clock>) -> SandboxBuilder {
        SandboxBuilder::new(seed, clock)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// Replaces the fault plan; [`FaultPlan::none`] ends all chance faults.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.lock().faults.plan = plan;
    }

    /// Makes a fault hit the next call that it can hit, before any drawn by chance.
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.script(None, fault);
    }

    /// Makes a fault hit the next call with this key that it can hit.
    pub fn inject_for(&self, key: &IntentKey, fault: Fault) {
        self.lock().faults.script(Some(key.clone()), fault);
    }

    /// How often each fault has fired.
    #[must_use]
    pub fn faults_fired(&self) -> BTreeMap<Fault, u64> {
        self.lock().faults.fired()
    }

    /// Has the bureau ask for a person of this seller, until [`clear_challenge`](Self::clear_challenge).
    pub fn challenge(&self, seller_tax_id: impl Into<String>) {
        self.lock().challenged.insert(seller_tax_id.into());
    }

    /// A person of the seller has passed the challenge.
    pub fn clear_challenge(&self, seller_tax_id: &str) {
        self.lock().challenged.remove(seller_tax_id);
    }

    /// Sellers that a challenge keeps from issuing.
    #[must_use]
    pub fn challenged(&self) -> Vec<String> {
        self.lock().challenged.iter().cloned().collect()
    }

    /// The callbacks that are due, oldest first; each is given once, unless [`Fault::DoubledCallback`] hits it.
    #[must_use]
    pub fn take_callbacks(&self) -> Vec<CallbackMessage> {
        let now = self.shared.now();
        let mut state = self.lock();
        let (due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.callbacks).into_iter().partition(|waiting| waiting.due <= now);
        state.callbacks = waiting;
        let mut messages = Vec::with_capacity(due.len());
        for Waiting { key, .. } in due {
            let answer = self.shared.look(&state, &key, now);
            let Some(message) = self.shared.config.callbacks.message(&key, &answer) else { continue };
            if state.faults.draw(Call::Callback, key.as_str()).is_some() {
                messages.push(message.clone());
            }
            messages.push(message);
        }
        messages
    }
}
