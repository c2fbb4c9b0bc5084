//! Nuonuo (诺诺开放平台, 诺税通 for 数电 invoices).
//!
//! | step | method (prefix `nuonuo.OpeMplatform.`) | note |
//! |---|---|---|
//! | issue | `requestBillingNew` | asynchronous: the answer is only that it was taken |
//! | query | `queryInvoiceResult` by `orderNos` | our key is the `orderNo` |
//! | push on | `reInvoice` | for a seal that failed (24); 20 a day |
//! | red | `saveInvoiceRedConfirm`, `queryInvoiceRedConfirm`, `refreshInvoiceRedConfirm`, `confirm`, `confirmInfoCancel`, `fastInvoiceRed` | `billId` and `orderNo` are our key |
//! | files | links in the answer to the query | |
//! | rest | `deliveryInvoice`, `getCreditLine`, `getCertificationStatus`, `getQrCode`, `verifyComplete` | |
//!
//! What to know:
//!
//! - **The key is the `orderNo`**, at most 20 characters (the vendor's field list; another SDK says 64, and the
//!   smaller number is safe). The same one twice is refused with E9106: it is then asked about, never sent anew.
//!   The `senid` of a call is not a key.
//! - **"Not found" (E9500) is no proof** soon after sending: the quiet period holds.
//! - **22 is a refusal, 24 is not.** An invoice whose seal failed exists; it is pushed on. An unknown status is an
//!   error with the status as its code: the task waits and shows it.
//! - **Red reasons are numbered differently**: 1 returned, 2 wrong, 3 stopped, 4 allowance, while the bureau has 01
//!   wrong and 02 returned. [`RedConfirmation`](invoice_core::provider::RedConfirmation)s count as the bureau does.
//! - **The bureau issues electronic reds by itself** as soon as the confirmation allows it, under the `orderNo` that
//!   the application named (vendor's page of `saveInvoiceRedConfirm`). That is the default here; an account for which
//!   it does not hold is set with [`NuonuoAccount::reds_on_request`].
//! - **Callbacks carry no signature**: they are hints, whatever they say.
//! - **A person must be logged in at the bureau**; see `session` and `begin_login`.
//! - Not issued here: invoices on a difference (差额) and reduced leases, whose fields a request does not carry.
//!
//! Sources: the vendor's pages of these methods, version 2.0, as transcribed in public SDKs; a public integration of
//! September 2026 for codes and states. Nothing here was tried against the live service.

mod account;
mod answer;
mod call;
mod callback;
mod convert;
mod error;
mod provider;
mod red;
mod session;
mod sign;
mod token;
mod wire;

use std::sync::Arc;

use invoice_core::env::{Clock, IdGenerator};
use invoice_core::error::Refusal;
use invoice_core::id::ProviderId;
use invoice_core::provider::Capabilities;

pub use account::{Grant, NuonuoAccount};

use crate::credentials::{TokenKeeper, TokenPlace};
use crate::http::Transport;

/// An account at Nuonuo, for one seller.
pub struct Nuonuo {
    id: ProviderId,
    capabilities: Capabilities,
    account: NuonuoAccount,
    transport: Arc<dyn Transport>,
    tokens: TokenKeeper,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl Nuonuo {
    /// An adapter. Its token is kept in `place`, where every process that uses the account finds it.
    ///
    /// # Errors
    /// `ID-01` when `id` has more than 58 characters.
    pub fn new(
        id: ProviderId,
        account: NuonuoAccount,
        transport: Arc<dyn Transport>,
        place: TokenPlace,
    ) -> Result<Self, Refusal> {
        let capabilities = account.capabilities();
        let (clock, ids) = (place.clock.clone(), place.ids.clone());
        let tokens = TokenKeeper::new(place, &id)?.with_budget(token::budget());
        Ok(Self { id, capabilities, account, transport, tokens, clock, ids })
    }

    /// The keeper of the account's token, for an operator who has corrected the account.
    #[must_use]
    pub const fn tokens(&self) -> &TokenKeeper {
        &self.tokens
    }
}
