//! Nuonuo as its pages describe it.

mod books;
mod desk;
mod forms;
mod read;
pub(super) mod red;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use invoice_core::env::Clock;

use super::front::{Front, front};
use super::misstep::{Misstep, Operation};
use super::server::{LoopbackError, Server};
use crate::sandbox::{Repeat, SandboxBuilder, SandboxBureau};

/// A bureau that speaks Nuonuo's protocol on this machine, for any number of sellers.
///
/// ```
/// # use std::sync::Arc;
/// # struct Noon;
/// # impl invoice_core::env::Clock for Noon {
/// #     fn now(&self) -> chrono::DateTime<chrono::Utc> { "2026-05-01T04:00:00Z".parse().unwrap() }
/// # }
/// use invoice_providers::loopback::NuonuoLoopback;
///
/// let bureau = NuonuoLoopback::start(0, Arc::new(Noon), |sandbox| sandbox)?;
/// assert!(bureau.services().starts_with("http://127.0.0.1:"));
/// # Ok::<(), invoice_providers::loopback::LoopbackError>(())
/// ```
pub struct NuonuoLoopback {
    counter: Arc<desk::Desk>,
    server: Server,
}

impl NuonuoLoopback {
    /// The application key it knows.
    pub const APP_KEY: &'static str = "loopback-key";
    /// The secret of that application.
    pub const APP_SECRET: &'static str = "loopback-secret";

    /// The code of every short message that it sends to log a seller in.
    pub const SMS_CODE: &'static str = "000000";

    /// Starts on a port of 127.0.0.1 (0 for any that is free). `settings` are those of the sandbox behind it; a key that
    /// comes back is always refused with E9106, as Nuonuo does.
    ///
    /// # Errors
    /// When it cannot listen, or the settings are none that a bureau can have.
    pub fn start(
        port: u16,
        clock: Arc<dyn Clock>,
        settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    ) -> Result<Self, LoopbackError> {
        let sandbox =
            settings(SandboxBureau::builder(1, Arc::clone(&clock))).repeat(Repeat::Refuse).build()?;
        let (front, books) = (Front::new(sandbox, clock), Mutex::default());
        let counter = Arc::new(desk::Desk { front, books });
        let server = Server::start(port, Arc::clone(&counter) as _)?;
        counter.front.listens(server.address());
        Ok(Self { counter, server })
    }

    /// The address of the services.
    #[must_use]
    pub fn services(&self) -> String {
        format!("http://{}/open/v1/services", self.server.address())
    }

    /// The address that gives tokens.
    #[must_use]
    pub fn token(&self) -> String {
        format!("http://{}/accessToken", self.server.address())
    }

    /// The callbacks that the service would send now, as bodies of forms: one for each order with a result, and again
    /// when asked again.
    pub async fn callbacks(&self) -> Vec<Vec<u8>> {
        self.counter.callbacks().await
    }
}

front!(NuonuoLoopback);
