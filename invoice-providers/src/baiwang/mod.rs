//! Baiwang (百望云), both product lines.
//!
//! | | enterprise, `baiwang.output.*` | small business, `baiwang.s.*` |
//! |---|---|---|
//! | issue | `invoice.issue`: the answer is the invoice | `outputinvoice.invoice`: the answer is that it was taken |
//! | our key | `serialNo` | `orderNo` |
//! | query | `invoice.query` | `outputinvoice.query` |
//! | red | `redinvoice.add`, `.formlist`, `.redforminfo`, `.operate`; on request `invoice.issue` | `outputinvoice.fastRed` |
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
//! - **Reds of the enterprise line** (红字确认单) are applied for with our key as `redConfirmSerialNo`, and with the day
//!   and the totals of the blue invoice. Reasons are the bureau's. The red follows by itself (`autoIssueSwitch`) and is
//!   read from its form, once `alreadyRedInvoiceFlag` says that it is there: a public client found its number named
//!   before. With [`BaiwangAccount::reds_on_request`] the desk asks for each.
//! - **A form is taken for ours by its serial or number only**, whatever the service finds: which filters of the list it
//!   heeds is not documented. The list is asked for at most 30 days at a time.
//! - **Reds of the small-business line** are one step: `fastRed` makes form and red, and the red is asked about by its
//!   `orderNo`. How its form is told from others, and what `s.redconfirm.operate` wants to read, no reliable source
//!   says: a form is neither listed nor withdrawn nor answered here, and one that the buyer lets lie is a task in doubt
//!   before its 72 hours are over. Reasons are numbered as on the other line; one client that signs wrongly has other
//!   numbers. No rows are sent for a wrong invoice, which is taken back whole.
//! - **70035 denies a form, but not a fast red**: it may also mean that an earlier attempt has its form open.
//!
//! Sources: a reference that was checked in the vendor's sandbox in May 2026, and a client of 2023 for what a form says
//! (enterprise); a document of July 2026 and a call that the gateway accepted (small business). The shape of the answer
//! to `invoice.query` is in neither: it is read as a list of what `issue` answers, and anything else is an answer that
//! cannot be read. Nothing here was tried against the live service.

mod account;
mod answer;
mod call;
mod callback;
mod convert;
mod error;
mod provider;
mod red;
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
