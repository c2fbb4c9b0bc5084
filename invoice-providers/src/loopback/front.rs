//! What every bureau here has behind its protocol.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::Clock;
use invoice_core::invoice::IssuedInvoice;
use invoice_core::money::Money;

use super::misstep::{Misstep, Missteps};
use super::server::Reply;
use super::{books, files};
use crate::sandbox::SandboxBureau;

/// The sandbox that issues, the token that is out, and what is to go wrong.
pub(super) struct Front {
    pub(super) sandbox: SandboxBureau,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) missteps: Missteps,
    tokens: Mutex<Tokens>,
    /// Where the server listens, once it does.
    address: OnceLock<String>,
}

#[derive(Default)]
struct Tokens {
    out: Option<(String, DateTime<Utc>)>,
    given: u64,
}

impl Front {
    pub(super) fn new(sandbox: SandboxBureau, clock: Arc<dyn Clock>) -> Self {
        let (missteps, tokens, address) = Default::default();
        Self { sandbox, clock, missteps, tokens, address }
    }

    /// Says where the server listens.
    pub(super) fn listens(&self, address: impl std::fmt::Display) {
        self.address.get_or_init(|| format!("http://{address}"));
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new token; the one before is worth nothing from now on.
    pub(super) fn give_token(&self, lives: TimeDelta) -> String {
        let mut tokens = self.tokens();
        tokens.given += 1;
        let token = format!("loopback-token-{}", tokens.given);
        tokens.out = Some((token.clone(), self.clock.now() + lives));
        token
    }

    pub(super) fn knows_token(&self, token: &str) -> bool {
        let tokens = self.tokens();
        tokens.out.as_ref().is_some_and(|(out, end)| out == token && *end > self.clock.now())
    }

    pub(super) fn end_token(&self) {
        self.tokens().out = None;
    }

    pub(super) fn tokens_given(&self) -> u64 {
        self.tokens().given
    }

    /// What has no signature: the bureau's own books, and files.
    pub(super) async fn open_to_all(&self, path: &str) -> Reply {
        match path {
            "/books" => Reply::json(&books::shown(&self.sandbox)),
            path => files::file(&self.sandbox, path).await,
        }
    }

    /// Net, tax and gross as they are shown, one cent off on demand.
    pub(super) fn amounts(invoice: &IssuedInvoice, misstep: Option<Misstep>) -> [String; 3] {
        let cent = Money::from_fen(i64::from(misstep == Some(Misstep::CentOff)));
        let off = |amount: Money| amount.checked_add(cent).unwrap_or(amount).to_string();
        [off(invoice.net), invoice.tax.to_string(), off(invoice.gross)]
    }

    /// The link to a file of an invoice.
    pub(super) fn link(&self, invoice: &IssuedInvoice, ending: &str) -> String {
        let address = self.address.get().map_or("", String::as_str);
        format!("{address}/files/{}.{ending}", invoice.number)
    }
}

/// The methods that every bureau has, whatever it speaks.
macro_rules! front {
    ($bureau:ident) => {
        impl $bureau {
            /// The address of the bureau's own books: a list of everything issued, in JSON. No service has one.
            #[must_use]
            pub fn books_address(&self) -> String {
                format!("http://{}/books", self.server.address())
            }

            /// The sandbox behind it: its books, its buyers, its faults.
            #[must_use]
            pub fn sandbox(&self) -> &SandboxBureau {
                &self.counter.front.sandbox
            }

            /// Has the next request of this sort go wrong.
            pub fn misstep(&self, operation: Operation, misstep: Misstep) {
                self.counter.front.missteps.script(operation, misstep);
            }

            /// How often each misstep has happened.
            #[must_use]
            pub fn missteps_taken(&self) -> BTreeMap<Misstep, u64> {
                self.counter.front.missteps.taken()
            }

            /// How many tokens were given out.
            #[must_use]
            pub fn tokens_given(&self) -> u64 {
                self.counter.front.tokens_given()
            }

            /// Ends the token that is out, as the service may at any moment.
            pub fn end_token(&self) {
                self.counter.front.end_token();
            }
        }

        impl fmt::Debug for $bureau {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($bureau), "({})"), self.server.address())
            }
        }
    };
}

pub(super) use front;
