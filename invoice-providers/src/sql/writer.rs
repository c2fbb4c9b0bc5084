//! A task that writes: takes what callers handed in meanwhile, runs it as one transaction, answers each.
//!
//! Callers hand over values and wait on a channel; no future of theirs ever owns a connection, so that dropping
//! one half way leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use invoice_core::id::TenantId;
use invoice_core::store::{Claim, Commit, Message, StoreError, StoreErrorKind, UnitOfWork};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::engine::Engine;
use super::gather::{Fresh, Named, Sight, Wanted, decide};

/// Most jobs of one transaction.
const BATCH: usize = 256;
/// Most jobs that wait; further callers wait to hand theirs in.
const QUEUE: usize = 1024;

/// How often a transaction is tried that another writer came between.
const ATTEMPTS: usize = 8;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A unit goes back with its answer: what the caller made, the caller takes apart, beside the writer and not in it.
type Verdict = oneshot::Sender<(Result<Commit, StoreError>, UnitOfWork)>;

enum Job {
    Commit(UnitOfWork, Verdict),
    Claim(Claim, Reply<Vec<Message>>),
    NextDue(TenantId, Reply<Option<DateTime<Utc>>>),
    Close,
}

/// How much was written, for tests and for whoever watches a running shop.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) transactions: AtomicU64,
    pub(crate) units: AtomicU64,
}

/// The callers' end.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: mpsc::Sender<Job>,
    /// Closed when the last writer has ended.
    ended: Arc<Mutex<mpsc::Receiver<()>>>,
    pub(crate) counters: Arc<Counters>,
}

/// A writer's end. When every [`Queue`] is gone it answers what was accepted and ends.
pub(crate) struct Writer<E> {
    engine: E,
    jobs: Jobs,
}

/// What callers handed in; several writers may take from it.
#[derive(Clone)]
pub(crate) struct Jobs {
    jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
    /// Held by each writer as long as it lives.
    _alive: mpsc::Sender<()>,
    counters: Arc<Counters>,
}

pub(crate) fn queue() -> (Queue, Jobs) {
    let (sender, jobs) = mpsc::channel(QUEUE);
    let (alive, ended) = mpsc::channel(1);
    let counters = Arc::<Counters>::default();
    let queue = Queue { jobs: sender, ended: Arc::new(Mutex::new(ended)), counters: counters.clone() };
    (queue, Jobs { jobs: Arc::new(Mutex::new(jobs)), _alive: alive, counters })
}

impl Queue {
    pub(crate) async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        let answered = self.ask(|reply| Job::Commit(unit.clone(), reply)).await?;
        answered.map_or_else(|| Err(lost(StoreErrorKind::Unknown)), |(verdict, _)| verdict)
    }

    pub(crate) async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        let answered = self.ask(|reply| Job::Claim(claim.clone(), reply)).await?;
        answered.unwrap_or_else(|| Err(lost(StoreErrorKind::Unknown)))
    }

    pub(crate) async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let answered = self.ask(|reply| Job::NextDue(tenant.clone(), reply)).await?;
        answered.unwrap_or_else(|| Err(lost(StoreErrorKind::Unavailable)))
    }

    /// Refuses further work, answers what was accepted, and returns when the engine is closed.
    pub(crate) async fn close(&self) {
        // An error means that it is closed already, which is what is wanted.
        self.jobs.send(Job::Close).await.ok();
        self.ended.lock().await.recv().await;
    }

    /// `None` when the writer vanished without an answer.
    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<Option<T>, StoreError> {
        let (reply, answer) = oneshot::channel();
        if self.jobs.send(job(reply)).await.is_err() {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "the store is closed"));
        }
        Ok(answer.await.ok())
    }
}

fn lost(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, "the writer ended without an answer")
}

/// The jobs of one transaction, by sort.
#[derive(Default)]
struct Batch {
    units: Vec<(UnitOfWork, Verdict)>,
    claims: Vec<(Claim, Reply<Vec<Message>>)>,
    dues: Vec<(TenantId, Reply<Option<DateTime<Utc>>>)>,
}

/// What a transaction has come to, before anybody is told: for each job of the batch, in their order.
#[derive(Default)]
struct Outcome {
    verdicts: Vec<Result<Commit, StoreError>>,
    claims: Vec<Vec<Message>>,
    dues: Vec<Option<DateTime<Utc>>>,
}

impl Jobs {
    /// Waits for a job and takes what else is there; `None` when nothing can come any more.
    async fn next(&self) -> Option<Batch> {
        let mut jobs = self.jobs.lock().await;
        let mut batch = Batch::default();
        let first = jobs.recv().await?;
        Self::take(&mut jobs, &mut batch, Some(first));
        Some(batch)
    }

    /// Takes what came in since; whether anything did.
    fn more(&self, batch: &mut Batch) -> bool {
        let there = batch.len();
        if let Ok(mut jobs) = self.jobs.try_lock()
            && there < BATCH
        {
            let first = jobs.try_recv().ok();
            Self::take(&mut jobs, batch, first);
        }
        batch.len() > there
    }

    fn take(jobs: &mut mpsc::Receiver<Job>, batch: &mut Batch, mut next: Option<Job>) {
        while let Some(job) = next.take() {
            match job {
                Job::Close => jobs.close(),
                job => batch.take(job),
            }
            if batch.len() < BATCH {
                next = jobs.try_recv().ok();
            }
        }
    }
}

impl<E: Engine> Writer<E> {
    pub(crate) const fn new(engine: E, jobs: Jobs) -> Self {
        Self { engine, jobs }
    }

    pub(crate) async fn run(mut self) {
        while let Some(batch) = self.jobs.next().await {
            self.serve(batch).await;
        }
        self.engine.close().await;
    }

    async fn serve(&mut self, mut batch: Batch) {
        if batch.len() == 0 {
            return;
        }
        match self.attempt(&mut batch, Sight::Likely).await {
            Ok(outcome) => batch.answer(outcome),
            // One job may have spoilt it for all: each alone, so that only that one fails.
            Err(error) if batch.len() > 1 && concerns_one(error.kind()) => {
                for mut single in batch.apart() {
                    match self.attempt(&mut single, Sight::Whole).await {
                        Ok(outcome) => single.answer(outcome),
                        Err(error) => single.refuse(&never(error)),
                    }
                }
            }
            Err(error) => batch.refuse(&never(error)),
        }
    }

    /// Another writer that came between, or something that is there and was not looked at, is no answer for anybody:
    /// everything is looked at anew, which then says who was first.
    async fn attempt(&mut self, batch: &mut Batch, mut sight: Sight) -> Result<Outcome, StoreError> {
        let mut attempts = 1;
        loop {
            match self.transact(batch, sight).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict && attempts < ATTEMPTS => {
                    (attempts, sight) = (attempts + 1, Sight::Whole);
                }
                done => return done,
            }
        }
    }

    /// One transaction. `Err` means that nothing was written.
    async fn transact(&mut self, batch: &mut Batch, sight: Sight) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        if let Err(error) = self.rounds(batch, sight, &mut outcome).await {
            self.engine.rollback().await;
            return Err(error);
        }
        if let Err(error) = self.engine.commit().await {
            self.resolve(&batch.written(&outcome), error).await?;
        }
        let written = batch.written(&outcome).len();
        self.jobs.counters.transactions.fetch_add(1, Ordering::Relaxed);
        self.jobs.counters.units.fetch_add(written.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(outcome)
    }

    /// Everything before COMMIT: the batch, and at the first attempt what comes in meanwhile. Who comes first would otherwise
    /// often be alone, and the others a moment too late.
    async fn rounds(
        &mut self,
        batch: &mut Batch,
        sight: Sight,
        outcome: &mut Outcome,
    ) -> Result<(), StoreError> {
        self.engine.begin().await?;
        if sight == Sight::Likely {
            self.jobs.more(batch);
        }
        loop {
            self.round(batch, sight, outcome).await?;
            if !(E::GROWS && sight == Sight::Likely && self.jobs.more(batch)) {
                return Ok(());
            }
        }
    }

    /// The jobs of the batch that have no outcome yet.
    async fn round(&mut self, batch: &Batch, sight: Sight, outcome: &mut Outcome) -> Result<(), StoreError> {
        let units: Vec<&UnitOfWork> =
            batch.units.iter().skip(outcome.verdicts.len()).map(|(unit, _)| unit).collect();
        let (likely, found, whole, everything);
        let mut plan = None;
        if sight == Sight::Likely {
            likely = Wanted::of(&units, sight);
            found = self.engine.look(&likely).await?;
            plan = Some(decide(&units, &likely, &found, None));
        }
        let plan = match plan.filter(|plan| plan.verdicts.iter().all(Result::is_ok)) {
            Some(plan) => plan,
            // Nobody is refused before everything was looked at: it may have been committed long ago. Units last: who had to
            // wait for a row knows it as it is now, and would know the units as they were before.
            None => {
                whole = Wanted::of(&units, Sight::Whole);
                everything = self.engine.look(&whole).await?;
                let taken = self.engine.taken(&Fresh::of(&units)).await?;
                decide(&units, &whole, &everything, Some(taken))
            }
        };
        self.engine.write(&plan).await?;
        outcome.verdicts.extend(plan.verdicts);
        for (claim, _) in batch.claims.iter().skip(outcome.claims.len()) {
            outcome.claims.push(self.engine.claim(claim).await?);
        }
        for (tenant, _) in batch.dues.iter().skip(outcome.dues.len()) {
            outcome.dues.push(self.engine.next_due(tenant).await?);
        }
        Ok(())
    }

    /// COMMIT was sent and not confirmed: the unit ids, written in the same transaction, say what became of it.
    async fn resolve(&mut self, written: &[Named<'_>], error: StoreError) -> Result<(), StoreError> {
        let unknown = |cause: &StoreError| {
            StoreError::new(StoreErrorKind::Unknown, "the answer to COMMIT was lost")
                .because(cause.to_string())
        };
        if written.is_empty() {
            // Only leases can have been given out; nothing proves whether they were, and they end by themselves.
            self.engine.rollback().await;
            return Err(unknown(&error));
        }
        match self.engine.applied(written).await {
            Ok(there) if there.iter().all(|there| *there) => Ok(()),
            Ok(there) if there.iter().all(|there| !*there) => Err(unavailable(&error)),
            Ok(_) => Err(StoreError::new(StoreErrorKind::Unknown, "a transaction was written in part")),
            Err(second) => Err(unknown(&second)),
        }
    }
}

/// What a single unit can bring upon the others of its transaction.
fn concerns_one(kind: StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Conflict | StoreErrorKind::Invalid | StoreErrorKind::Corrupt)
}

/// Whoever met others at every attempt had no wrong version: it was only never its turn.
fn never(error: StoreError) -> StoreError {
    if error.kind() == StoreErrorKind::Conflict { unavailable(&error) } else { error }
}

fn unavailable(cause: &StoreError) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the transaction was not committed")
        .because(cause.to_string())
}

/// An error for each of several callers; the first cause is told to all as text.
fn again(error: &StoreError) -> StoreError {
    StoreError::new(error.kind(), error.detail())
}

impl Batch {
    fn len(&self) -> usize {
        self.units.len() + self.claims.len() + self.dues.len()
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Commit(unit, reply) => self.units.push((unit, reply)),
            Job::Claim(claim, reply) => self.claims.push((claim, reply)),
            Job::NextDue(tenant, reply) => self.dues.push((tenant, reply)),
            Job::Close => {}
        }
    }

    /// The units that the transaction writes, sorted.
    fn written(&self, outcome: &Outcome) -> Vec<Named<'_>> {
        let applied =
            |(_, verdict): &(_, &Result<Commit, StoreError>)| matches!(verdict, Ok(Commit::Applied));
        let units = self.units.iter().zip(&outcome.verdicts).filter(applied);
        let mut named: Vec<Named<'_>> = units.map(|((unit, _), _)| (&unit.tenant, &unit.id)).collect();
        named.sort_unstable();
        named
    }

    fn apart(self) -> impl Iterator<Item = Self> {
        let units = self.units.into_iter().map(|unit| Self { units: vec![unit], ..Self::default() });
        let claims = self.claims.into_iter().map(|claim| Self { claims: vec![claim], ..Self::default() });
        let dues = self.dues.into_iter().map(|due| Self { dues: vec![due], ..Self::default() });
        units.chain(claims).chain(dues)
    }

    // A caller that went away does not want its answer: that a send fails is no error.

    fn answer(self, outcome: Outcome) {
        for ((unit, reply), verdict) in self.units.into_iter().zip(outcome.verdicts) {
            reply.send((verdict, unit)).ok();
        }
        for ((_, reply), messages) in self.claims.into_iter().zip(outcome.claims) {
            reply.send(Ok(messages)).ok();
        }
        for ((_, reply), due) in self.dues.into_iter().zip(outcome.dues) {
            reply.send(Ok(due)).ok();
        }
    }

    fn refuse(self, error: &StoreError) {
        for (unit, reply) in self.units {
            reply.send((Err(again(error)), unit)).ok();
        }
        for (_, reply) in self.claims {
            reply.send(Err(again(error))).ok();
        }
        for (_, reply) in self.dues {
            reply.send(Err(again(error))).ok();
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
