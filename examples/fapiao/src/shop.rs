//! A desk on a store that is there, for the subcommands that look after one.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use invoice_core::desk::InvoiceDesk;
use invoice_core::id::TenantId;
use invoice_examples::machine::{TimedIds, WallClock};
use invoice_examples::run::{Place, RunError, failed, open_store};

use crate::Error;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where state lives: sqlite:FILE.
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Place,
    /// The tenant; that of `fapiao retail` unless given.
    #[arg(long, default_value = "shop")]
    pub(crate) tenant: String,
}

impl Arguments {
    /// Opens the desk and does something with it, on a runtime of its own.
    pub(crate) fn run<T>(&self, act: impl AsyncFnOnce(InvoiceDesk) -> Result<T, Error>) -> Result<T, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(failed(Path::new("the runtime")))?;
        runtime.block_on(async {
            if let Some(file) = self.store.files().first().filter(|file| !file.exists()) {
                let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(failed(file)(missing).into());
            }
            let opened = open_store(&self.store).await?;
            let tenant = TenantId::new(&self.tenant).map_err(RunError::from)?;
            let (clock, ids) = (Arc::new(WallClock), Arc::new(TimedIds::default()));
            let desk = InvoiceDesk::builder(tenant, opened.store, opened.cipher, clock, ids).build();
            act(desk.map_err(RunError::from)?).await
        })
    }
}
