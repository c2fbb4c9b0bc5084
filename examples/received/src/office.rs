//! A desk for received invoices, on a place where state lives.

use std::sync::Arc;

use invoice_core::desk::{DeskBuilder, InvoiceDesk};
use invoice_core::env::{Clock, IdGenerator};
use invoice_core::id::{SellerId, TenantId};
use invoice_core::invoice::SellerParty;
use invoice_core::provider::{InvoiceProvider, InvoiceVerifier};
use invoice_core::received::ReceivedInvoice;
use invoice_core::seller::Seller;
use invoice_examples::run::{Place, RunError, failed, open_store};
use invoice_providers::originals::FolderOriginals;
use invoice_providers::sandbox::{SandboxBureau, SandboxVerifier};
use serde::{Deserialize, Serialize};

use crate::entities;

/// A company of ours that invoices are made out to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    pub(crate) id: SellerId,
    pub(crate) tax_id: String,
    pub(crate) name: String,
}

impl Entity {
    /// A company: its id in the desk, its tax ID and its name.
    pub fn new(id: SellerId, tax_id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id, tax_id: tax_id.into(), name: name.into() }
    }

    /// Its id in the desk.
    #[must_use]
    pub const fn id(&self) -> &SellerId {
        &self.id
    }
}

/// Without name and tax ID.
impl std::fmt::Debug for Entity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entity({})", self.id)
    }
}

/// What an office is opened with.
pub struct Setup {
    /// Where state lives: a file. The originals lie in a folder beside it.
    pub place: Place,
    /// The tenant.
    pub tenant: TenantId,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names units of work.
    pub ids: Arc<dyn IdGenerator>,
    /// The bureau whose books are asked.
    pub bureau: SandboxBureau,
    /// Companies to be added to those that the store knows.
    pub entities: Vec<Entity>,
}

/// A desk with a verifier, the companies it works for, and the originals of what they received.
#[derive(Debug)]
pub struct Office {
    /// The desk.
    pub desk: InvoiceDesk,
    /// The files as they arrived.
    pub originals: FolderOriginals,
    /// Who is asked about invoices.
    pub verifier: SandboxVerifier,
    /// The time.
    pub clock: SharedClock,
    entities: Vec<Entity>,
}

/// The time, where nobody looks at how it is made.
#[derive(Clone)]
pub struct SharedClock(Arc<dyn Clock>);

impl SharedClock {
    /// Now.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.0.now()
    }
}

impl std::fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedClock({})", self.0.now())
    }
}

impl Office {
    /// Opens an office; `furnish` adds to its desk.
    ///
    /// # Errors
    /// When the place is not a file, or cannot be opened; what the desk refuses to be built with.
    pub async fn open(
        setup: Setup,
        furnish: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Result<Self, RunError> {
        let Setup { place, tenant, clock, ids, bureau, entities } = setup;
        let Some(folder) = place.originals() else {
            return Err(RunError::NoStore("memory:".to_owned()));
        };
        let opened = open_store(&place).await?;
        let (store, cipher) = (opened.store, opened.cipher);
        let entities = entities::add((&*store, &*cipher), &*ids, &tenant, &entities).await?;
        let originals = FolderOriginals::open(&folder, tenant.clone(), Arc::clone(&cipher));
        let originals = originals.map_err(|error| failed(&folder)(std::io::Error::other(error)))?;
        let verifier = SandboxVerifier::new(&bureau);
        let mut desk = InvoiceDesk::builder(tenant, store, cipher, Arc::clone(&clock), ids)
            .provider(Arc::new(bureau.clone()))
            .verifier(Arc::new(verifier.clone()) as Arc<dyn InvoiceVerifier>);
        for Entity { id, tax_id, name } in &entities {
            let party = SellerParty { tax_id: tax_id.clone(), name: name.clone(), drawer: "-".to_owned() };
            desk = desk.seller(Seller::new(id.clone(), party, bureau.id().clone()));
        }
        let (desk, clock) = (furnish(desk).build()?, SharedClock(clock));
        Ok(Self { desk, originals, verifier, clock, entities })
    }

    /// The company an invoice is made out to: by its tax ID, or the only one when the invoice names none.
    #[must_use]
    pub fn entity_of(&self, invoice: &ReceivedInvoice) -> Option<&Entity> {
        match (invoice.buyer_tax_id(), self.entities.as_slice()) {
            (Some(id), entities) => entities.iter().find(|entity| entity.tax_id == id),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// The companies.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }
}
