//! Everything a run or a scenario plays on.

use std::sync::Arc;

use super::Options;
use super::auditor::closing;
use super::deed::Staff;
use super::exec::to_the_end;
use super::originals::SimOriginals;
use super::personality::{Personality, Weather};
use super::provider::SimProvider;
use super::rng::Rng;
use super::shop::TABLE;
use super::store::SimStore;
use super::world::{Shared, SimClock, SimIds};
use crate::access::{Actor, Role};
use crate::desk::InvoiceDesk;
use crate::env::{Clock, IdGenerator, Unsealed};
use crate::id::{ActorId, ProviderId, TenantId};
use crate::provider::InvoiceProvider;
use crate::seller::Seller;
use crate::store::{MemoryStore, Store};

/// The provider that every seller issues through first, and the one behind it.
pub(super) const PROVIDERS: [&str; 2] = ["bureau", "backup"];

pub(super) struct Site {
    pub(super) world: Shared,
    pub(super) staff: Arc<Staff>,
    /// The desk that people use; workers have their own.
    pub(super) office: InvoiceDesk,
    store: Arc<MemoryStore>,
    sim_store: Arc<dyn Store>,
    tenant: TenantId,
    sellers: Vec<Seller>,
    providers: [Arc<SimProvider>; 2],
}

impl Site {
    pub(super) fn new(
        (rng, now): (Rng, i64),
        (personalities, weather): ([Personality; 2], Weather),
        sellers: Vec<Seller>,
        workers: usize,
        options: &Options,
    ) -> Option<Self> {
        let told = options.trace.then(|| vec![format!("{personalities:?}")]);
        let world = Shared::new(rng, now, personalities, weather, options.mutation);
        world.lock().trace = told;
        for seller in &sellers {
            world.lock().auditor.sells(seller);
        }
        let store = Arc::new(MemoryStore::new());
        let sim_store: Arc<dyn Store> =
            Arc::new(SimStore { inner: Arc::clone(&store), world: world.clone() });
        let provider = |at: usize| {
            Arc::new(SimProvider::new(world.clone(), at, ProviderId::from_trusted(PROVIDERS[at])))
        };
        let providers = [provider(0), provider(1)];
        let tenant = TenantId::from_trusted("t1");
        let staff = Arc::new(Staff::new(&sellers, workers));
        let office = desk(&world, &sim_store, &tenant, &sellers, &providers, 0)?;
        Some(Self { world, staff, office, store, sim_store, tenant, sellers, providers })
    }

    /// A worker's desk, fresh as after a start; its clock may be ahead.
    pub(super) fn desk(&self, ahead: i64) -> Option<InvoiceDesk> {
        desk(&self.world, &self.sim_store, &self.tenant, &self.sellers, &self.providers, ahead)
    }

    /// Everything has ended, or should have: the closing audit.
    pub(super) fn close(&self, steps: u64) {
        {
            let mut world = self.world.lock();
            let world = &mut *world;
            let ended = world.auditor.is_outbox_empty();
            world.auditor.must(ended, "ends", || format!("still messages in the outbox after {steps} steps"));
            if world.auditor.violation.is_none() {
                closing(&mut world.auditor, &self.store, (&world.bureaus, &world.originals), &self.tenant);
            }
        }
        let admin = Actor::staff(ActorId::from_trusted("auditor"), Role::Admin);
        for seller in &self.sellers {
            let proof = to_the_end(self.office.reconcile(&admin, seller.id()));
            let mut world = self.world.lock();
            match proof {
                Ok(proof) => {
                    let holds = proof.holds();
                    world.auditor.must(holds, "reconciliation", || format!("{:?}", proof.broken));
                }
                Err(error) => world.auditor.breaks("reconciliation", || error.to_string()),
            }
        }
    }
}

fn desk(
    world: &Shared,
    store: &Arc<dyn Store>,
    tenant: &TenantId,
    sellers: &[Seller],
    providers: &[Arc<SimProvider>; 2],
    ahead: i64,
) -> Option<InvoiceDesk> {
    let clock: Arc<dyn Clock> = Arc::new(SimClock { world: world.clone(), ahead });
    let ids: Arc<dyn IdGenerator> = Arc::new(SimIds(world.clone()));
    let mut builder = InvoiceDesk::builder(tenant.clone(), Arc::clone(store), Arc::new(Unsealed), clock, ids)
        .tax_table(TABLE.clone())
        .originals(Arc::new(SimOriginals(world.clone())));
    for provider in providers {
        builder = builder.provider(Arc::clone(provider) as Arc<dyn InvoiceProvider>);
    }
    for seller in sellers {
        builder = builder.seller(seller.clone());
    }
    builder.build().ok()
}
