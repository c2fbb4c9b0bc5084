//! Baiwang (百望云), both product lines.
//!
//! | | enterprise, `baiwang.output.*` | small business, `baiwang.s.*` |
//! |---|---|---|
//! | issue | `invoice.issue`: the answer is the invoice | `outputinvoice.invoice`: the answer is that it was taken |
//! | our key | `serialNo` | `orderNo` |
//! | query | `invoice.query` | `outputinvoice.query` |
//! | files | not here | links in the answer to the query |
//! | callbacks | none | hints: no rule of a signature is public |
//!
//! What to know:
//!
//! - **The line is set, never guessed**: methods and shapes of one do not exist on the other.
//! - **Whether a key that comes back issues again is not documented.** Nothing is sent twice within the quiet period,
//!   unless [`BaiwangAccount::keys_are_honoured`] says so.
//! - **`fail[]` beside `success[]`** means that a request was cut in two and half of it failed: nobody but a person can
//!   say what that is worth, and the task waits for one.
//! - **No red invoices here yet.** The enterprise line wants the day and the totals of the blue invoice in an
//!   application for a red (`redinvoice.add`), which a request does not carry; the small-business line
//!   takes back whole invoices only (`fastRed`). Both are undeclared, so a refund shows as a red that could not be had.
//!
//! Sources: a reference that was checked in the vendor's sandbox in May 2026 (enterprise), a document of July 2026
//! (small business). The shape of the answer to `invoice.query` is in neither: it is read as a list of what `issue`
//! answers, and anything else is an answer that cannot be read. Nothing here was tried against the live service.

mod account;
mod answer;
mod call;
mod callback;
mod convert;
mod error;
mod provider;
mod sign;
mod token;
mod wire;

use std::sync::Arc;

use invoice_core::env::{Clock, IdGenerator};
use invoice_core::error::Refusal;
use invoice_core::id::ProviderId;
use invoice_core::provider::Capabilities;

pub use account::{BaiwangAccount, Login, ProductLine, Version};

use crate::credentials::{TokenKeeper, TokenPlace};
use crate::http::Transport;

/// An account at Baiwang, for one seller.
pub struct Baiwang {
    id: ProviderId,
    capabilities: Capabilities,
    account: BaiwangAccount,
    transport: Arc<dyn Transport>,
    tokens: TokenKeeper,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl Baiwang {
    /// An adapter. Its token is kept in `place`, where every process that uses the account finds it.
    ///
    /// # Errors
    /// `ID-01` when `id` has more than 58 characters.
    pub fn new(
        id: ProviderId,
        account: BaiwangAccount,
        transport: Arc<dyn Transport>,
        place: TokenPlace,
    ) -> Result<Self, Refusal> {
        let capabilities = account.capabilities();
        let (clock, ids) = (place.clock.clone(), place.ids.clone());
        let tokens = TokenKeeper::new(place, &id)?;
        Ok(Self { id, capabilities, account, transport, tokens, clock, ids })
    }

    /// The keeper of the account's token, for an operator who has corrected the account.
    #[must_use]
    pub const fn tokens(&self) -> &TokenKeeper {
        &self.tokens
    }
}
