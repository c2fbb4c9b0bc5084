use futures_util::StreamExt;
use futures_util::stream;

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::id::WorkerId;
use crate::store::Claim;

/// What a pump did, in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PumpReport {
    /// Claimed.
    pub claimed: usize,
    /// Whose invoice was issued.
    pub issued: usize,
    /// Whose invoice was refused for good.
    pub failed: usize,
    /// Parked for a person.
    pub in_doubt: usize,
    /// Due again later.
    pub waiting: usize,
    /// Found done already.
    pub idle: usize,
    /// Other work done: applications that came due, notices, rows of batches.
    pub served: usize,
    /// Left to their lease because the store or a rule stopped the worker; they come again by themselves.
    pub stopped: usize,
}

impl PumpReport {
    /// How many messages ended in which way, by its name.
    #[must_use]
    pub const fn outcomes(&self) -> [(&'static str, usize); 7] {
        [
            ("issued", self.issued),
            ("failed", self.failed),
            ("in_doubt", self.in_doubt),
            ("waiting", self.waiting),
            ("idle", self.idle),
            ("served", self.served),
            ("stopped", self.stopped),
        ]
    }
}

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Issued,
    Failed,
    InDoubt,
    Waiting,
    Idle,
    Served,
}

impl InvoiceDesk {
    /// Claims up to `limit` due messages and does the next step of each: send, ask, or issue the red. Call it again
    /// and again, from any number of workers; with nothing due it returns at once.
    ///
    /// A message whose step could not be finished keeps its lease and comes again when that ends: nothing is lost.
    ///
    /// # Errors
    /// `ACCESS-01`; the first failure of the store, after all claimed messages were tried.
    pub async fn pump(
        &self,
        actor: &Actor,
        worker: &WorkerId,
        limit: usize,
    ) -> Result<PumpReport, DeskError> {
        self.in_span(actor, "pump", self.pump_once(actor, worker, limit)).await
    }

    async fn pump_once(
        &self,
        actor: &Actor,
        worker: &WorkerId,
        limit: usize,
    ) -> Result<PumpReport, DeskError> {
        self.permit(actor, Verb::Pump).await?;
        let now = self.inner.clock.now();
        let claim = Claim {
            tenant: self.inner.tenant.clone(),
            worker: worker.clone(),
            now,
            until: now + self.inner.lease,
            limit,
            paused_lanes: self.resting_lanes(now).await?,
        };
        let messages = self.inner.store.claim(&claim).await?;
        let mut report = PumpReport { claimed: messages.len(), ..PumpReport::default() };
        let mut failure = None;
        let mut steps = stream::iter(messages)
            .map(|message| async move { self.serve(actor, &message).await })
            .buffer_unordered(self.inner.concurrency);
        while let Some(done) = steps.next().await {
            match done {
                Ok(Done::Issued) => report.issued += 1,
                Ok(Done::Failed) => report.failed += 1,
                Ok(Done::InDoubt) => report.in_doubt += 1,
                Ok(Done::Waiting) => report.waiting += 1,
                Ok(Done::Idle) => report.idle += 1,
                Ok(Done::Served) => report.served += 1,
                Err(error) => {
                    report.stopped += 1;
                    failure.get_or_insert(error);
                }
            }
        }
        self.observe_pump(&report);
        failure.map_or(Ok(report), Err)
    }
}
