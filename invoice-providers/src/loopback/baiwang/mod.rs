//! Baiwang as its pages describe it, both product lines at one gateway.

mod books;
mod desk;
mod forms;
mod read;
mod red;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use invoice_core::env::Clock;

use super::front::{Front, front};
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
        let (front, books) = (Front::new(sandbox, clock), Mutex::default());
        let counter = Arc::new(desk::Desk { front, books });
        let server = Server::start(port, Arc::clone(&counter) as _)?;
        counter.front.listens(server.address());
        Ok(Self { counter, server })
    }

    /// The address of the gateway.
    #[must_use]
    pub fn gateway(&self) -> String {
        format!("http://{}/router/rest", self.server.address())
    }
}

front!(BaiwangLoopback);
