//! Nuonuo as its pages describe it.

mod books;
mod desk;
mod forms;
mod read;
pub(super) mod red;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use invoice_core::env::Clock;

use super::misstep::{Misstep, Missteps, Operation};
use super::server::{LoopbackError, Server};
use crate::sandbox::{Repeat, SandboxBuilder, SandboxBureau};

use books::Books;

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
        let missteps = Missteps::default();
        let counter = Arc::new(desk::Desk { sandbox, clock, missteps, books: Mutex::new(Books::default()) });
        let server = Server::start(port, Arc::clone(&counter) as _)?;
        let files = format!("http://{}/files", server.address());
        counter.books.lock().unwrap_or_else(PoisonError::into_inner).files = files;
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

    /// The address of the bureau's own books: a list of everything issued, in JSON. No service has one.
    #[must_use]
    pub fn books_address(&self) -> String {
        format!("http://{}/books", self.server.address())
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

    /// How many tokens were given out.
    #[must_use]
    pub fn tokens_given(&self) -> u64 {
        self.books().tokens
    }

    /// Ends the token that is out, as the service may at any moment.
    pub fn end_token(&self) {
        self.books().token = None;
    }

    /// The callbacks that the service would send now, as bodies of forms: one for each order with a result, and again
    /// when asked again.
    pub async fn callbacks(&self) -> Vec<Vec<u8>> {
        self.counter.callbacks().await
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.counter.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for NuonuoLoopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NuonuoLoopback({})", self.server.address())
    }
}
