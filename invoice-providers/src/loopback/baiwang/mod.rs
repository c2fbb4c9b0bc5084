//! Baiwang as its pages describe it, both product lines at one gateway.

mod desk;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use invoice_core::env::Clock;

use super::misstep::{Misstep, Operation};
use super::server::{LoopbackError, Server};
use crate::sandbox::{SandboxBuilder, SandboxBureau};

/// A bureau that speaks Baiwang's protocol on this machine, for any number of sellers.
pub struct BaiwangLoopback {
    counter: Arc<desk::Desk>,
    server: Server,
}

impl BaiwangLoopback {
    /// The application key it knows.
    pub const APP_KEY: &'static str = "1000001";
    /// The secret of that application.
    pub const APP_SECRET: &'static str = "loopback-secret";
    /// The user it knows.
    pub const USER: &'static str = "loopback-user";
    /// That user's password.
    pub const PASSWORD: &'static str = "P@ssw0rd";
    /// The salt of that password.
    pub const SALT: &'static str = "salt0001";

    /// Starts on a port of 127.0.0.1 (0 for any that is free). `settings` are those of the sandbox behind it, also what it
    /// does with a key that comes back.
    ///
    /// # Errors
    /// When it cannot listen, or the settings are none that a bureau can have.
    pub fn start(
        port: u16,
        clock: Arc<dyn Clock>,
        settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    ) -> Result<Self, LoopbackError> {
        let sandbox = settings(SandboxBureau::builder(1, Arc::clone(&clock))).build()?;
        let counter = Arc::new(desk::Desk::new(sandbox, clock));
        let server = Server::start(port, Arc::clone(&counter) as _)?;
        counter.books.lock().unwrap_or_else(PoisonError::into_inner).files =
            format!("http://{}/files", server.address());
        Ok(Self { counter, server })
    }

    /// The address of the gateway.
    #[must_use]
    pub fn gateway(&self) -> String {
        format!("http://{}/router/rest", self.server.address())
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

    fn books(&self) -> std::sync::MutexGuard<'_, desk::Books> {
        self.counter.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for BaiwangLoopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaiwangLoopback({})", self.server.address())
    }
}
