//! One transaction on one connection: [`Engine`] for every database with a [`Driver`].

use chrono::{DateTime, Utc};
use invoice_core::id::TenantId;
use invoice_core::store::{Claim, Message, StoreError, StoreErrorKind};

use super::claim::{self, Claiming};
use super::driver::{Connect, Driver};
use super::engine::Engine;
use super::error::{During, kind, store_error};
use super::gather::{Fresh, Named, Plan, Seen, Taken, Wanted};
use super::script::Script;
use super::table::ADD_UNITS;
use super::{look, put};

pub(crate) struct Transaction<C: Connect> {
    source: C,
    claiming: Claiming,
    /// `None` before the first transaction and after a connection had to be given up.
    driver: Option<C::Driver>,
    /// There was a transaction on this connection before.
    used: bool,
    /// A statement of this transaction failed. Some databases then turn COMMIT into a rollback and say that all is
    /// well.
    failed: bool,
}

fn lost() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "no connection")
}

fn writing(error: sqlx::Error) -> StoreError {
    store_error(error, During::Write, "a batch")
}

fn disconnected(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::Database(_)) || kind(error, During::Write) == StoreErrorKind::Unavailable
}

impl<C: Connect> Transaction<C> {
    pub(crate) fn new(source: C, claiming: Claiming) -> Self {
        Self { source, claiming, driver: None, used: false, failed: false }
    }

    /// With a connection that is open already.
    #[cfg(feature = "sqlite")]
    pub(crate) fn on(driver: C::Driver, source: C, claiming: Claiming) -> Self {
        Self { driver: Some(driver), ..Self::new(source, claiming) }
    }

    async fn connected(&mut self) -> Result<&mut C::Driver, StoreError> {
        if self.driver.is_none() {
            let fresh = self.source.connect().await;
            self.used = false;
            self.driver = Some(fresh.map_err(|error| store_error(error, During::Open, "connecting"))?);
        }
        self.driver.as_mut().ok_or_else(lost)
    }

    fn driver(&mut self) -> Result<&mut C::Driver, StoreError> {
        self.driver.as_mut().ok_or_else(lost)
    }

    fn heed<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.failed |= done.is_err();
        done
    }

    async fn give_up(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.discard().await;
        }
    }

    async fn run(&mut self, script: Script<'_>) -> Result<(), StoreError> {
        if script.bulks.is_empty() {
            return Ok(());
        }
        let done = self.driver()?.run(script).await.map(drop).map_err(writing);
        self.heed(done)
    }

    /// Puts the unit ids in once more: that waits for whatever still goes on under them, and then either works,
    /// because nothing is there, or does not. Nothing that was sent before can take effect after that.
    async fn fence(&mut self, units: &[Named<'_>]) -> Result<Vec<bool>, StoreError> {
        if !C::Driver::DIALECT.exclusive {
            let mut script = Script::default();
            script.add(&ADD_UNITS, units, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
            let driver = self.connected().await?;
            let put = match driver.begin().await {
                Ok(()) => driver.run(script).await,
                Err(error) => Err(error),
            };
            let put = put.map(drop).map_err(writing);
            let absent = put.is_ok();
            self.failed |= !absent;
            self.rollback().await;
            match put {
                Ok(()) => return Ok(vec![false; units.len()]),
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        self.there(units).await
    }

    async fn there(&mut self, units: &[Named<'_>]) -> Result<Vec<bool>, StoreError> {
        let mut script = Script::default();
        look::add_units(&mut script, units);
        let found = self.connected().await?.run(script).await.map_err(writing)?;
        let mut there = vec![false; units.len()];
        for found in found {
            if let Some(slot) = there.get_mut(found.item) {
                *slot = true;
            }
        }
        Ok(there)
    }
}

impl<C: Connect> Engine for Transaction<C> {
    const GROWS: bool = C::Driver::DIALECT.exclusive;

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.failed = false;
        let mut begun = self.connected().await?.begin().await;
        if self.used && begun.as_ref().is_err_and(disconnected) {
            // The connection may have been gone for long.
            self.give_up().await;
            begun = self.connected().await?.begin().await;
        }
        self.used = true;
        self.heed(begun.map_err(writing))
    }

    async fn look(&mut self, wanted: &Wanted<'_>) -> Result<Seen, StoreError> {
        let found = self.driver()?.run(look::wanted(wanted)).await;
        let seen = found.and_then(|found| look::seen(wanted, found)).map_err(writing);
        self.heed(seen)
    }

    async fn taken<'a>(&mut self, fresh: &Fresh<'a>) -> Result<Taken<'a>, StoreError> {
        let found = self.driver()?.run(look::fresh(fresh)).await;
        let taken = found.map(|found| look::taken(fresh, found)).map_err(writing);
        self.heed(taken)
    }

    async fn write(&mut self, plan: &Plan<'_>) -> Result<(), StoreError> {
        if !C::Driver::DIALECT.exclusive && !plan.absent.is_empty() {
            let [put, taken] = put::guards(&plan.absent);
            self.run(put).await?;
            self.run(taken).await?;
        }
        self.run(put::plan(plan)).await
    }

    async fn claim(&mut self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        let claiming = self.claiming;
        let claimed = claim::claim(self.driver()?, claim, claiming).await;
        self.heed(claimed)
    }

    async fn next_due(&mut self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let due = claim::next_due(self.driver()?, tenant).await.map_err(writing);
        self.heed(due)
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "COMMIT after a statement that failed"));
        }
        let done = self.driver()?.end("COMMIT").await;
        let done = done.map_err(|error| store_error(error, During::Commit, "COMMIT"));
        self.heed(done)
    }

    async fn rollback(&mut self) {
        let Some(driver) = self.driver.as_mut() else { return };
        if driver.end("ROLLBACK").await.is_err() {
            self.give_up().await;
        }
        self.failed = false;
    }

    async fn applied(&mut self, units: &[Named<'_>]) -> Result<Vec<bool>, StoreError> {
        self.give_up().await;
        self.fence(units).await
    }

    async fn close(mut self) {
        if let Some(driver) = self.driver.take() {
            driver.release().await;
        }
    }
}
