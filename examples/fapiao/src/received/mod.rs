//! The subcommands for received invoices (进项发票), and what they share: an office on a store.

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use invoice_core::access::{Actor, Role};
use invoice_core::id::{ActorId, SellerId, TenantId};
use invoice_examples::machine::{TimedIds, WallClock};
use invoice_examples::run::{Place, RunError, failed};
use invoice_providers::sandbox::SandboxBureau;
use invoice_received::office::{Entity, Office, Setup};

use crate::Error;

#[derive(Debug, Args)]
pub(crate) struct OfficeArguments {
    /// Where state lives: sqlite:FILE. Originals lie in FILE.originals.
    #[arg(long, value_name = "STORE")]
    store: Place,
    /// The tenant.
    #[arg(long, default_value = "office")]
    tenant: String,
    /// Who acts, as finance.
    #[arg(long = "as", value_name = "WHO", default_value = "clerk")]
    actor: String,
    /// The books of the sandbox bureau that is asked, such as out/closed_loop/state.db.bureau; an empty one unless given.
    #[arg(long, value_name = "FILE")]
    bureau: Option<PathBuf>,
    /// The seed that those books were begun with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A company that invoices are made out to, as `ID=TAXID`.
pub(crate) fn entity(text: &str) -> Result<Entity, String> {
    let (id, tax_id) = text.split_once('=').ok_or("ID=TAXID is needed")?;
    let tax_id = invoice_validate::tax_id::normalize(tax_id);
    if !invoice_validate::tax_id::is_valid(&tax_id) {
        return Err("the tax ID is none".to_owned());
    }
    Ok(Entity::new(SellerId::new(id).map_err(|refusal| refusal.to_string())?, tax_id, id))
}

impl OfficeArguments {
    /// Opens the office and does something in it, on a runtime of its own. A store that is not there is only made when
    /// companies for it are given.
    pub(crate) fn run<T>(
        &self,
        entities: Vec<Entity>,
        act: impl AsyncFnOnce(Office, Actor) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(failed(Path::new("the runtime")))?;
        runtime.block_on(async {
            let missing = self.store.files().into_iter().next().filter(|file| !file.exists());
            if let Some(file) = missing.filter(|_| entities.is_empty()) {
                let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(failed(&file)(missing).into());
            }
            let clock = Arc::new(WallClock);
            let bureau = SandboxBureau::builder(self.seed, Arc::clone(&clock) as _);
            let bureau = match &self.bureau {
                Some(file) => bureau.open(file),
                None => bureau.build(),
            };
            let setup = Setup {
                place: self.store.clone(),
                tenant: TenantId::new(&self.tenant).map_err(RunError::from)?,
                clock,
                ids: Arc::new(TimedIds::default()),
                bureau: bureau.map_err(RunError::from)?,
                entities,
            };
            let actor = Actor::staff(ActorId::new(&self.actor).map_err(RunError::from)?, Role::Finance);
            act(Office::open(setup, |desk| desk).await?, actor).await
        })
    }
}
