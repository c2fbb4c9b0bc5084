//! A connection whose answers are waited for only so long: a wire can fall silent without being cut.

use std::future::Future;
use std::io::{Error, ErrorKind};
use std::time::Duration;

use tokio::time::timeout;

use super::driver::{Connect, Dialect, Driver};
use super::script::{Found, Script, Sql};

/// How long one answer is waited for unless said otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Below it a store would give up what is merely busy.
const LEAST: Duration = Duration::from_millis(100);

/// Each statement, and the way to a new connection, has so long; then the connection counts as lost.
#[derive(Debug, Clone)]
pub(crate) struct Patient<T> {
    inner: T,
    patience: Duration,
}

impl<C: Connect> Patient<C> {
    pub(crate) fn new(inner: C, patience: Duration) -> Self {
        Self { inner, patience: patience.max(LEAST) }
    }
}

async fn within<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = || sqlx::Error::Io(Error::new(ErrorKind::TimedOut, format!("no answer for {patience:?}")));
    timeout(patience, asked).await.unwrap_or_else(|_| Err(late()))
}

impl<C: Connect> Connect for Patient<C> {
    type Driver = Patient<C::Driver>;

    async fn connect(&self) -> Result<Self::Driver, sqlx::Error> {
        let inner = within(self.patience, self.inner.connect()).await?;
        Ok(Patient { inner, patience: self.patience })
    }
}

impl<D: Driver> Driver for Patient<D> {
    type Row = D::Row;
    const DIALECT: Dialect = D::DIALECT;
    const BLOCKING: bool = D::BLOCKING;

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        within(self.patience, self.inner.begin()).await
    }

    async fn run(&mut self, script: Script<'_>) -> Result<Vec<Found<D::Row>>, sqlx::Error> {
        within(self.patience, self.inner.run(script)).await
    }

    async fn fetch(&mut self, sql: Sql<'_>) -> Result<Vec<D::Row>, sqlx::Error> {
        within(self.patience, self.inner.fetch(sql)).await
    }

    async fn change(&mut self, sql: Sql<'_>) -> Result<u64, sqlx::Error> {
        within(self.patience, self.inner.change(sql)).await
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        within(self.patience, self.inner.end(sql)).await
    }

    async fn discard(self) {
        // Whatever it answers, and whether it does, the connection is gone when it is dropped.
        timeout(self.patience, self.inner.discard()).await.ok();
    }

    async fn release(self) {
        self.inner.release().await;
    }
}
