//! Who issues, and whose books a run is compared with.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use invoice_core::env::{Cipher, Clock, IdGenerator};
use invoice_core::id::TenantId;
use invoice_core::money::Money;
use invoice_core::provider::InvoiceProvider;
use invoice_core::store::Store;
use invoice_providers::sandbox::{Color, IssuedEntry, SandboxBureau, Totals};

use super::RunError;

/// What an adapter may need of a run: where its tokens are kept, and the run's own time and ids.
pub struct Outside {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What seals its rows.
    pub cipher: Arc<dyn Cipher>,
    /// The time of the run.
    pub clock: Arc<dyn Clock>,
    /// Names units of work.
    pub ids: Arc<dyn IdGenerator>,
    /// Whose rows they are.
    pub tenant: TenantId,
}

/// Somebody who issues and shows his books.
pub trait Bureau: Send + Sync {
    /// How the desk reaches it.
    fn provider(&self) -> Arc<dyn InvoiceProvider>;

    /// Everything it has issued.
    fn issued(&self) -> BoxFuture<'_, Result<Vec<IssuedEntry>, RunError>>;
}

impl Bureau for SandboxBureau {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        Arc::new(self.clone())
    }

    fn issued(&self) -> BoxFuture<'_, Result<Vec<IssuedEntry>, RunError>> {
        Box::pin(async { Ok(Self::issued(self).collect()) })
    }
}

/// A connection that is being made.
pub type Connecting = BoxFuture<'static, Result<Arc<dyn Bureau>, RunError>>;

/// How another bureau than the sandbox inside the process is reached.
#[derive(Clone)]
pub struct Connect {
    name: String,
    connect: Arc<dyn Fn(Outside) -> Connecting + Send + Sync>,
}

impl Connect {
    /// `name` says who it is; a store that was begun with one bureau is not gone on with another.
    pub fn new(
        name: impl Into<String>,
        connect: impl Fn(Outside) -> Connecting + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), connect: Arc::new(connect) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn open(&self, outside: Outside) -> Result<Arc<dyn Bureau>, RunError> {
        (self.connect)(outside).await
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connect({})", self.name)
    }
}

/// Sums over what was issued; those of reds are negative.
pub(super) fn totals(issued: &[IssuedEntry]) -> Totals {
    let mut totals = Totals::default();
    let add = |sum: &mut Money, amount: Money| *sum = [*sum, amount].into_iter().sum();
    for entry in issued {
        let Totals { blue_count, blue_net, blue_tax, blue_gross, red_count, red_net, red_tax, red_gross } =
            &mut totals;
        let (count, net, tax, gross) = match entry.color {
            Color::Blue => (blue_count, blue_net, blue_tax, blue_gross),
            Color::Red => (red_count, red_net, red_tax, red_gross),
        };
        *count += 1;
        add(net, entry.net);
        add(tax, entry.tax);
        add(gross, entry.gross);
    }
    totals
}
