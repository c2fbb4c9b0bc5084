//! WeChat Pay fapiao (微信支付电子发票, `new-tax-control-fapiao`) in partner mode (服务商模式), for 数电 invoices.
//!
//! | step | call under `/v3/new-tax-control-fapiao` | note |
//! |---|---|---|
//! | issue | `POST fapiao-applications/issue-general` | asynchronous: 202 is only that it was taken |
//! | query | `GET fapiao-applications/{fapiao_apply_id}` | our key is `fapiao_apply_id` and `fapiao_id` |
//! | red | `POST fapiao-applications/{fapiao_apply_id}/reverse` | the whole invoice; the red is in the record of its blue |
//! | file | `GET fapiao-applications/{fapiao_apply_id}/fapiao-files` | a link for 30 seconds, PDF, blue invoices only |
//! | capability | `GET merchant/{sub_mchid}/check-status` | [`session`](invoice_core::provider::InvoiceProvider::session) |
//! | titles | `GET user-title`, `GET user-title/title-url` | [`WechatPay::buyer_title`], [`WechatPay::title_link`] |
//! | wallet | `POST fapiao-applications/{fapiao_apply_id}/insert-cards` | [`WechatPay::insert_card`], for invoices issued elsewhere |
//!
//! What to know:
//!
//! - **It invoices its own payments only.** An order's payment must be recorded with WeChat Pay's number of it
//!   (微信支付订单号, [`Tender::payment`](invoice_core::order::Tender)); without one the request is refused as
//!   `PAYMENT`, and goes to the next provider where there is one.
//! - **It computes net and tax by itself**, row by row from the gross amount. A row that was cut from a line, whose net
//!   amount is a fen off that, would be issued with other amounts than were planned: it is refused as `NET` before
//!   anything is sent.
//! - **Reds take whole invoices back.** `reverse` has no rows. The desk plans so
//!   ([`WholeRed`](invoice_core::provider::Capability::WholeRed)), and what is taken back too much can be applied for
//!   again. There is no red confirmation, and one red to an invoice: a red that is asked for again is the same red.
//! - **Everything is signed.** An answer whose signature does not fit says nothing, whatever it says; a refusal counts
//!   only when it is signed and the service does not know the key. Callbacks are signed and sealed, carry no amounts,
//!   and so have the desk ask; only a failure counts by itself. The service repeats them for hours.
//! - **Clocks** may differ by 300 seconds, on calls and on callbacks.
//! - **What the buyer's card needs** is in the wallet at once when WeChat Pay has issued the invoice.
//! - **Keys of the platform change.** An answer under a key that is not named here blocks the account until it is
//!   ([`PlatformKeys`]); a callback under one is a hint.
//! - Not here: leases, passenger transport and refined oil, which have calls of their own; the older blockchain mode;
//!   file upload; merchants of the SM2 suite.
//!
//! Sources: the vendor's pages of these calls (partner documents of September and December 2025) and their
//! transcription in public OpenAPI files; the official SDKs for Go and Java for signatures, seals and windows. Nothing
//! here was tried against the live service: it has no sandbox.

mod account;
mod answer;
mod call;
mod callback;
mod card;
mod convert;
mod der;
mod error;
mod keys;
mod provider;
mod seal;
mod sign;
mod title;
#[cfg(test)]
mod vectors;
mod wire;

use std::sync::Arc;

use invoice_core::env::{Clock, IdGenerator};
use invoice_core::id::ProviderId;
use invoice_core::provider::Capabilities;

pub use account::{Keys, Merchant, WechatPayAccount};
pub use callback::{FapiaoNews, Notice};
pub use card::Card;
pub use keys::{AccountError, ApiKey, MerchantKey, PlatformKeys};
pub use title::{FilledTitle, Scene, TitleLink, TitlePage};

use crate::http::Transport;

/// An account at WeChat Pay, for one seller.
pub struct WechatPay {
    id: ProviderId,
    capabilities: Capabilities,
    account: WechatPayAccount,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl WechatPay {
    /// An adapter. It keeps nothing: every request is signed anew. `clock` must tell the time of the world, because the
    /// service refuses what is more than 300 seconds off.
    #[must_use]
    pub fn new(
        id: ProviderId,
        account: WechatPayAccount,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        let capabilities = account.capabilities();
        Self { id, capabilities, account, transport, clock, ids }
    }
}
