//! Connections for reading: a few, each with one reader at a time, kept open between reads.

use std::sync::{Arc, Mutex, PoisonError};

use invoice_core::store::{StoreError, StoreErrorKind};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::driver::{Connect, Driver};
use super::error::{During, store_error};
use super::read::Question;

/// Reads run in tasks of their own: a caller that goes away does not take a connection with it half way.
pub(crate) struct Readers<C: Connect>(Arc<Stock<C>>);

struct Stock<C: Connect> {
    source: C,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<C::Driver>>,
}

impl<C: Connect> std::fmt::Debug for Readers<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Readers({} free)", self.0.permits.available_permits())
    }
}

fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the store is closed")
}

impl<C: Connect> Readers<C> {
    /// At most so many at a time.
    pub(crate) fn new(source: C, most: usize) -> Self {
        Self(Arc::new(Stock { source, permits: Arc::new(Semaphore::new(most)), idle: Mutex::default() }))
    }

    /// Asks on a connection of its own.
    pub(crate) async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Answer, StoreError> {
        let stock = Arc::clone(&self.0);
        let lost = |error| StoreError::new(StoreErrorKind::Unavailable, Q::NAME).because(error);
        let permit = Arc::clone(&stock.permits).acquire_owned().await.map_err(|_| closed())?;
        let asked = async move {
            let answer = stock.ask(&question).await;
            drop(permit);
            answer
        };
        let task = if C::Driver::BLOCKING {
            let runtime = Handle::current();
            tokio::task::spawn_blocking(move || runtime.block_on(asked))
        } else {
            tokio::spawn(asked)
        };
        task.await.unwrap_or_else(|error| Err(lost(error)))
    }

    /// Refuses further reads and gives the connections back.
    pub(crate) async fn close(&self) {
        self.0.permits.close();
        let idle = std::mem::take(&mut *self.0.idle());
        for driver in idle {
            driver.release().await;
        }
    }
}

impl<C: Connect> Stock<C> {
    async fn ask<Q: Question>(&self, question: &Q) -> Result<Q::Answer, StoreError> {
        let failed = |error| store_error(error, During::Read, Q::NAME);
        let kept = self.idle().pop();
        if let Some(mut driver) = kept {
            match question.ask(&mut driver).await {
                Ok(answer) => {
                    self.keep(driver).await;
                    return Ok(answer);
                }
                // The database may have been started again since; the question is as good as new.
                Err(_) => driver.discard().await,
            }
        }
        let mut driver = self.source.connect().await.map_err(failed)?;
        match question.ask(&mut driver).await {
            Ok(answer) => {
                self.keep(driver).await;
                Ok(answer)
            }
            Err(error) => {
                driver.discard().await;
                Err(failed(error))
            }
        }
    }

    async fn keep(&self, driver: C::Driver) {
        if self.permits.is_closed() {
            driver.release().await;
        } else {
            self.idle().push(driver);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<C::Driver>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
