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
use super::gather::{Plan, Wanted, decide};

/// Most jobs of one transaction.
const BATCH: usize = 256;
/// Most jobs that wait; further callers wait to hand theirs in.
const QUEUE: usize = 1024;

/// How often a transaction is tried that another writer came between.
const ATTEMPTS: usize = 8;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

enum Job {
    Commit(UnitOfWork, Reply<Commit>),
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
        self.ask(StoreErrorKind::Unknown, |reply| Job::Commit(unit.clone(), reply)).await
    }

    pub(crate) async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.ask(StoreErrorKind::Unknown, |reply| Job::Claim(claim.clone(), reply)).await
    }

    pub(crate) async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.ask(StoreErrorKind::Unavailable, |reply| Job::NextDue(tenant.clone(), reply)).await
    }

    /// Refuses further work, answers what was accepted, and returns when the engine is closed.
    pub(crate) async fn close(&self) {
        // An error means that it is closed already, which is what is wanted.
        self.jobs.send(Job::Close).await.ok();
        self.ended.lock().await.recv().await;
    }

    /// `lost` is what it means when the writer vanished without an answer.
    async fn ask<T>(&self, lost: StoreErrorKind, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        if self.jobs.send(job(reply)).await.is_err() {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "the store is closed"));
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::new(lost, "the writer ended without an answer")))
    }
}

/// The jobs of one transaction, by sort.
#[derive(Default)]
struct Batch {
    units: Vec<(UnitOfWork, Reply<Commit>)>,
    claims: Vec<(Claim, Reply<Vec<Message>>)>,
    dues: Vec<(TenantId, Reply<Option<DateTime<Utc>>>)>,
}

/// The verdict on each unit, and the answers to the rest.
type Outcome = (Vec<Result<Commit, StoreError>>, Answers);

/// What a transaction brought, before anybody is told.
struct Answers {
    claims: Vec<Vec<Message>>,
    dues: Vec<Option<DateTime<Utc>>>,
}

impl Jobs {
    /// Waits for a job and takes what else is there; `None` when nothing can come any more.
    async fn next(&self) -> Option<Batch> {
        let mut jobs = self.jobs.lock().await;
        let mut batch = Batch::default();
        let mut next = Some(jobs.recv().await?);
        while let Some(job) = next.take() {
            match job {
                Job::Close => jobs.close(),
                job => batch.take(job),
            }
            if batch.len() < BATCH {
                next = jobs.try_recv().ok();
            }
        }
        Some(batch)
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

    async fn serve(&mut self, batch: Batch) {
        if batch.len() == 0 {
            return;
        }
        match self.attempt(&batch).await {
            Ok((verdicts, answers)) => batch.answer(verdicts, answers),
            // One job may have spoilt it for all: each alone, so that only that one fails.
            Err(error) if batch.len() > 1 && concerns_one(error.kind()) => {
                for single in batch.apart() {
                    match self.attempt(&single).await {
                        Ok((verdicts, answers)) => single.answer(verdicts, answers),
                        Err(error) => single.refuse(&error),
                    }
                }
            }
            Err(error) => batch.refuse(&error),
        }
    }

    /// Another writer that came between is no answer for anybody: everything is looked at anew, which then says who
    /// was first.
    async fn attempt(&mut self, batch: &Batch) -> Result<Outcome, StoreError> {
        let units: Vec<&UnitOfWork> = batch.units.iter().map(|(unit, _)| unit).collect();
        let mut attempts = 1;
        loop {
            match self.transact(&units, &batch.claims, &batch.dues).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict && attempts < ATTEMPTS => {
                    attempts += 1
                }
                // Not one of its versions was wrong: it was only never its turn.
                Err(error) if error.kind() == StoreErrorKind::Conflict => return Err(unavailable(&error)),
                done => return done,
            }
        }
    }

    /// One transaction. `Err` means that nothing was written.
    async fn transact(
        &mut self,
        units: &[&UnitOfWork],
        claims: &[(Claim, Reply<Vec<Message>>)],
        dues: &[(TenantId, Reply<Option<DateTime<Utc>>>)],
    ) -> Result<Outcome, StoreError> {
        let wanted = Wanted::of(units);
        let done = self.statements(units, &wanted, claims, dues).await;
        let (plan, answers) = match done {
            Ok(done) => done,
            Err(error) => {
                self.engine.rollback().await;
                return Err(error);
            }
        };
        let written = plan.units.len();
        let verdicts = match self.engine.commit().await {
            Ok(()) => plan.verdicts,
            Err(error) => self.resolve(plan, error).await?,
        };
        self.jobs.counters.transactions.fetch_add(1, Ordering::Relaxed);
        self.jobs.counters.units.fetch_add(written.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok((verdicts, answers))
    }

    async fn statements<'a>(
        &mut self,
        units: &[&'a UnitOfWork],
        wanted: &Wanted<'a>,
        claims: &[(Claim, Reply<Vec<Message>>)],
        dues: &[(TenantId, Reply<Option<DateTime<Utc>>>)],
    ) -> Result<(Plan<'a>, Answers), StoreError> {
        self.engine.begin().await?;
        let seen = self.engine.look(wanted).await?;
        let mut plan = decide(units, wanted, seen);
        self.forgive(units, &mut plan).await?;
        self.engine.write(&plan).await?;
        let mut answers = Answers { claims: Vec::with_capacity(claims.len()), dues: Vec::new() };
        for (claim, _) in claims {
            answers.claims.push(self.engine.claim(claim).await?);
        }
        for (tenant, _) in dues {
            answers.dues.push(self.engine.next_due(tenant).await?);
        }
        Ok((plan, answers))
    }

    /// A unit that was committed before answers so, whatever the versions are now.
    async fn forgive(&mut self, units: &[&UnitOfWork], plan: &mut Plan<'_>) -> Result<(), StoreError> {
        let refused: Vec<usize> =
            (0..units.len()).filter(|at| matches!(plan.verdicts.get(*at), Some(Err(_)))).collect();
        if refused.is_empty() {
            return Ok(());
        }
        let names: Vec<_> =
            refused.iter().filter_map(|at| units.get(*at)).map(|unit| (&unit.tenant, &unit.id)).collect();
        let there = self.engine.late(&names).await?;
        for (at, _) in refused.into_iter().zip(there).filter(|(_, there)| *there) {
            if let Some(verdict) = plan.verdicts.get_mut(at) {
                *verdict = Ok(Commit::AlreadyApplied);
            }
        }
        Ok(())
    }

    /// COMMIT was sent and not confirmed: the unit ids, written in the same transaction, say what became of it.
    async fn resolve(
        &mut self,
        plan: Plan<'_>,
        error: StoreError,
    ) -> Result<Vec<Result<Commit, StoreError>>, StoreError> {
        let unknown = |cause: &StoreError| {
            StoreError::new(StoreErrorKind::Unknown, "the answer to COMMIT was lost")
                .because(cause.to_string())
        };
        if plan.units.is_empty() {
            // Only leases can have been given out; nothing proves whether they were, and they end by themselves.
            self.engine.rollback().await;
            return Err(unknown(&error));
        }
        match self.engine.applied(&plan.units).await {
            Ok(there) if there.iter().all(|there| *there) => Ok(plan.verdicts),
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

    fn apart(self) -> impl Iterator<Item = Self> {
        let units = self.units.into_iter().map(|unit| Self { units: vec![unit], ..Self::default() });
        let claims = self.claims.into_iter().map(|claim| Self { claims: vec![claim], ..Self::default() });
        let dues = self.dues.into_iter().map(|due| Self { dues: vec![due], ..Self::default() });
        units.chain(claims).chain(dues)
    }

    // A caller that went away does not want its answer: that a send fails is no error.

    fn answer(self, verdicts: Vec<Result<Commit, StoreError>>, answers: Answers) {
        for ((_, reply), verdict) in self.units.into_iter().zip(verdicts) {
            reply.send(verdict).ok();
        }
        for ((_, reply), messages) in self.claims.into_iter().zip(answers.claims) {
            reply.send(Ok(messages)).ok();
        }
        for ((_, reply), due) in self.dues.into_iter().zip(answers.dues) {
            reply.send(Ok(due)).ok();
        }
    }

    fn refuse(self, error: &StoreError) {
        for (_, reply) in self.units {
            reply.send(Err(again(error))).ok();
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
