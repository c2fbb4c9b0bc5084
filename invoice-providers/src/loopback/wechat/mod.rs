//! WeChat Pay fapiao as its pages describe it.

mod callbacks;
mod desk;
mod keys;
mod read;
mod record;
mod titles;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError};

use invoice_core::env::Clock;
use serde_json::{Value, json};

use super::misstep::{Misstep, Operation};
use super::server::{LoopbackError, Server};
use crate::sandbox::{Repeat, SandboxBuilder, SandboxBureau};

/// A callback as it is sent: headers and body.
pub type Callback = (Vec<(String, String)>, Vec<u8>);

/// A bureau that speaks WeChat Pay's protocol on this machine, for any number of sellers: the number of a sub-merchant is
/// the seller's tax ID. Its keys are made up when the process starts.
///
/// It answers to the merchant number and keys that [`account`](Self::account) shows, which is also at
/// [`account_address`](Self::account_address). A nonce that comes back is refused; a request of more than 300 seconds ago,
/// too.
pub struct WechatLoopback {
    counter: Arc<desk::Desk>,
    server: Server,
}

impl WechatLoopback {
    /// The partner's merchant number that it knows.
    pub const MCHID: &'static str = "1900000109";
    /// The serial number of that merchant's certificate.
    pub const MERCHANT_SERIAL: &'static str = "4C4F4F504241434B";
    /// The name of the platform's key.
    pub const PLATFORM_KEY: &'static str = "PUB_KEY_ID_0000000000000000000000000001";
    /// The APIv3 key.
    pub const API_KEY: &'static str = "loopback-api-v3-key-of-32-bytes.";
    /// The drawer's number.
    pub const BILLING_PERSON: &'static str = "128279891283";

    /// Starts on a port of 127.0.0.1 (0 for any that is free). `settings` are those of the sandbox behind it; reds are
    /// always issued by the bureau itself as soon as it may.
    ///
    /// # Errors
    /// When it cannot listen or make keys, or the settings are none that a bureau can have.
    pub fn start(
        port: u16,
        clock: Arc<dyn Clock>,
        settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    ) -> Result<Self, LoopbackError> {
        let keys = keys::keys().map_err(|_| io::Error::other("no keys"))?;
        let sandbox = settings(SandboxBureau::builder(1, Arc::clone(&clock)));
        let sandbox = sandbox.automatic_red().repeat(Repeat::Refuse).build()?;
        let counter = Arc::new(desk::Desk::new(sandbox, clock, keys));
        let server = Server::start(port, Arc::clone(&counter) as _)?;
        counter.books.lock().unwrap_or_else(PoisonError::into_inner).files =
            format!("http://{}/files", server.address());
        Ok(Self { counter, server })
    }

    /// The host that calls go to.
    #[must_use]
    pub fn host(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Numbers and keys of the account it knows, in JSON, the merchant's private key among them.
    #[must_use]
    pub fn account(&self) -> Value {
        account(self.counter.keys)
    }

    /// The address of the same. No service has one.
    #[must_use]
    pub fn account_address(&self) -> String {
        format!("{}/account", self.host())
    }

    /// The address of the bureau's own books: a list of everything issued, in JSON. No service has one.
    #[must_use]
    pub fn books_address(&self) -> String {
        format!("{}/books", self.host())
    }

    /// The sandbox behind it: its books, its buyers, its faults.
    #[must_use]
    pub fn sandbox(&self) -> &SandboxBureau {
        &self.counter.sandbox
    }

    /// Has the next request of this sort go wrong.
    pub fn misstep(&self, operation: Operation, misstep: Misstep) {
        self.counter.missteps.script(operation, misstep);
    }

    /// How often each misstep has happened.
    #[must_use]
    pub fn missteps_taken(&self) -> BTreeMap<Misstep, u64> {
        self.counter.missteps.taken()
    }

    /// Has a buyer fill in a title for an application: the fields of the answer to `user-title`, whose `phone` and
    /// `email` are sealed on the way.
    pub fn fill_title(&self, application: impl Into<String>, title: Value) {
        self.counter.books().titles.insert(application.into(), title);
    }

    /// The cards that were put into wallets, as they arrived, with `phone` and `email` opened.
    #[must_use]
    pub fn cards(&self) -> Vec<Value> {
        self.counter.books().cards.clone()
    }

    /// The callbacks that the service would send now: one for each invoice and each red with a result, and again when
    /// asked again.
    pub async fn callbacks(&self) -> Vec<Callback> {
        self.counter.callbacks().await
    }

    /// A callback of this event and content, sealed and signed as the service does.
    #[must_use]
    pub fn callback(&self, event: &str, plain: &Value) -> Callback {
        self.counter.callback(event, plain)
    }
}

fn account(keys: &keys::Keys) -> Value {
    type L = WechatLoopback;
    json!({
        "mchid": L::MCHID, "merchant_serial": L::MERCHANT_SERIAL, "merchant_key": keys.merchant.private_pem(),
        "platform_key_id": L::PLATFORM_KEY, "platform_key": keys.platform.public_pem(), "api_key": L::API_KEY,
        "billing_person_id": L::BILLING_PERSON,
    })
}

impl fmt::Debug for WechatLoopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WechatLoopback({})", self.server.address())
    }
}
