//! The writer over an engine that fails on demand: what callers are told when COMMIT is not answered.

use std::sync::{Arc, Mutex};

use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{
    Claim, Commit, Key, Kind, Message, Row, StoreError, StoreErrorKind, UnitOfWork, Version, Write,
};

use super::*;
use crate::sql::gather::{Plan, Seen, SeenRow, Taken};

/// What the next transactions meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Good,
    BeginFails,
    /// Others come while it begins.
    BeginsSlowly,
    WriteFails,
    /// Another writer came between.
    Raced,
    /// Another writer came between what joined later.
    RacedLater,
    /// COMMIT fails and had no effect.
    CommitFails,
    /// COMMIT took effect and the answer was lost.
    AnswerLost,
    /// The answer was lost and so is the database.
    AllLost,
}

#[derive(Debug, Default)]
struct World {
    fates: Vec<Fate>,
    units: Vec<String>,
    /// Rows that others have written, with their versions.
    rows: Vec<(&'static str, u64)>,
    begun: usize,
    rolled_back: usize,
    claimed: usize,
}

#[derive(Clone)]
struct Fake<const GROWS: bool = false> {
    world: Arc<Mutex<World>>,
    fate: Fate,
    pending: Vec<String>,
}

fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "gone")
}

impl<const GROWS: bool> Engine for Fake<GROWS> {
    const GROWS: bool = GROWS;

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.fate = {
            let mut world = self.world.lock().unwrap();
            world.begun += 1;
            if world.fates.is_empty() { Fate::Good } else { world.fates.remove(0) }
        };
        if self.fate == Fate::BeginsSlowly {
            tokio::task::yield_now().await;
        }
        if self.fate == Fate::BeginFails { Err(gone()) } else { Ok(()) }
    }

    async fn look(&mut self, wanted: &Wanted<'_>) -> Result<Seen, StoreError> {
        // Others come to hand in more.
        tokio::task::yield_now().await;
        let world = self.world.lock().unwrap();
        let row = |key: &&Key| {
            let stored = world.rows.iter().find(|row| row.0 == key.id())?;
            Some(SeenRow { version: Version::new(stored.1), tags: Vec::new() })
        };
        let rows = wanted.rows.iter().map(row).collect();
        Ok(Seen { rows, messages: vec![None; wanted.messages.len()] })
    }

    async fn taken<'a>(&mut self, fresh: &Fresh<'a>) -> Result<Taken<'a>, StoreError> {
        let world = self.world.lock().unwrap();
        let there = |unit: &Named<'_>| world.units.iter().any(|id| id == unit.1.as_str());
        let units = fresh.units.iter().copied().filter(there).collect();
        Ok(Taken { units, ..Taken::default() })
    }

    async fn write(&mut self, plan: &Plan<'_>) -> Result<(), StoreError> {
        self.pending.extend(plan.units.iter().map(|unit| unit.1.to_string()));
        match self.fate {
            Fate::WriteFails => return Err(gone()),
            Fate::Raced => return Err(StoreError::new(StoreErrorKind::Conflict, "duplicate key")),
            Fate::RacedLater if self.pending.len() > 1 => {
                return Err(StoreError::new(StoreErrorKind::Conflict, "duplicate key"));
            }
            _ => {}
        }
        let mut names = self.pending.clone();
        names.sort_unstable();
        let doubled = names.windows(2).any(|pair| pair[0] == pair[1]);
        if doubled || self.pending.iter().any(|id| self.world.lock().unwrap().units.contains(id)) {
            return Err(StoreError::new(StoreErrorKind::Conflict, "a unit that is there"));
        }
        // One unit that no database takes.
        match self.pending.iter().any(|id| id == "poison") {
            true => Err(StoreError::new(StoreErrorKind::Invalid, "too big")),
            false => Ok(()),
        }
    }

    async fn claim(&mut self, _: &Claim) -> Result<Vec<Message>, StoreError> {
        self.world.lock().unwrap().claimed += 1;
        Ok(Vec::new())
    }

    async fn next_due(&mut self, _: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(None)
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        let pending = std::mem::take(&mut self.pending);
        match self.fate {
            Fate::CommitFails | Fate::AllLost => Err(gone()),
            Fate::AnswerLost => {
                self.world.lock().unwrap().units.extend(pending);
                Err(gone())
            }
            _ => {
                self.world.lock().unwrap().units.extend(pending);
                Ok(())
            }
        }
    }

    async fn rollback(&mut self) {
        self.pending.clear();
        self.world.lock().unwrap().rolled_back += 1;
    }

    async fn applied(&mut self, units: &[Named<'_>]) -> Result<Vec<bool>, StoreError> {
        if self.fate == Fate::AllLost {
            return Err(gone());
        }
        let world = self.world.lock().unwrap();
        Ok(units.iter().map(|unit| world.units.iter().any(|id| id == unit.1.as_str())).collect())
    }

    async fn close(self) {}
}

fn unit(id: &str, row: &str, version: u64) -> UnitOfWork {
    let tenant = TenantId::new("t").unwrap();
    let mut unit = UnitOfWork::new(UnitId::new(id).unwrap(), tenant.clone());
    let (key, version) = (Key::new(&tenant, Kind::Note, row), Version::new(version));
    let row = Row { key, version, head: [0; 32], body: invoice_core::env::Opaque::default() };
    unit.writes.push(Write { row, columns: invoice_core::store::Columns::default() });
    unit
}

type Told = Result<Commit, StoreErrorKind>;

/// Hands in all units before the writer begins, so that they meet in one transaction.
fn told(fates: &[Fate], units: &[UnitOfWork]) -> (Vec<Told>, World) {
    told_in(World { fates: fates.to_vec(), ..World::default() }, units)
}

fn told_in(world: World, units: &[UnitOfWork]) -> (Vec<Told>, World) {
    let world = Arc::new(Mutex::new(world));
    let fake = Fake::<false> { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
    let (queue, jobs) = queue();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = runtime.block_on(async {
        let asked = futures_util::future::join_all(units.iter().map(|unit| queue.commit(unit)));
        let closing = async {
            let answers = asked.await;
            queue.close().await;
            answers
        };
        tokio::join!(biased; closing, Writer::new(fake, jobs).run()).0
    });
    let answers = answers.into_iter().map(|answer| answer.map_err(|error| error.kind())).collect();
    drop(queue);
    (answers, Arc::try_unwrap(world).unwrap().into_inner().unwrap())
}

#[test]
fn callers_are_told_the_truth() {
    let units = [unit("a", "x", 1), unit("b", "y", 1), unit("c", "x", 1)];
    let conflict = Err(StoreErrorKind::Conflict);
    let good = vec![Ok(Commit::Applied), Ok(Commit::Applied), conflict];
    let nothing = vec![Err(StoreErrorKind::Unavailable); 3];
    for (fate, expected, written) in [
        (Fate::Good, good.clone(), 2),
        (Fate::BeginFails, nothing.clone(), 0),
        (Fate::WriteFails, nothing.clone(), 0),
        (Fate::CommitFails, nothing.clone(), 0),
        (Fate::AnswerLost, good, 2),
        (Fate::AllLost, vec![Err(StoreErrorKind::Unknown); 3], 0),
    ] {
        let (told, world) = told(&[fate], &units);
        assert_eq!(told, expected, "{fate:?}");
        assert_eq!((world.units.len(), world.begun), (written, 1), "{fate:?}");
    }
}

/// The database refuses to put a unit in twice; then it is looked for, and found.
#[test]
fn a_unit_that_is_there_is_found_at_the_second_look() {
    let world = World { units: vec!["a".to_owned()], ..World::default() };
    let (answers, world) = told_in(world, &[unit("a", "x", 1), unit("b", "y", 1)]);
    assert_eq!(answers, [Ok(Commit::AlreadyApplied), Ok(Commit::Applied)]);
    assert_eq!((world.units, world.begun), (vec!["a".to_owned(), "b".to_owned()], 2));
}

/// Two callers with the same unit, which writes no row that would tell: the database refuses the second name.
#[test]
fn the_same_unit_twice_in_a_batch_is_applied_once() {
    let bare = || UnitOfWork::new(UnitId::new("a").unwrap(), TenantId::new("t").unwrap());
    let (answers, world) = told(&[], &[bare(), unit("b", "y", 1), bare()]);
    assert_eq!(answers, [Ok(Commit::Applied), Ok(Commit::Applied), Ok(Commit::AlreadyApplied)]);
    assert_eq!((world.units.len(), world.begun), (2, 2));
}

#[test]
fn a_unit_the_database_refuses_fails_alone() {
    let units = [unit("a", "x", 1), unit("poison", "y", 1), unit("b", "z", 1)];
    let (told, world) = told(&[], &units);
    assert_eq!(told, [Ok(Commit::Applied), Err(StoreErrorKind::Invalid), Ok(Commit::Applied)]);
    assert_eq!((world.begun, world.rolled_back), (4, 2), "once together, then each alone");
}

#[test]
fn units_are_gathered_into_few_transactions() {
    let units: Vec<UnitOfWork> = (0..300).map(|n| unit(&format!("u{n}"), &format!("r{n}"), 1)).collect();
    let (told, world) = told(&[], &units);
    assert_eq!(told, vec![Ok(Commit::Applied); 300]);
    assert_eq!((world.units.len(), world.begun), (300, 2), "{BATCH} and the rest");
}

#[test]
fn a_race_is_no_answer_but_tried_again() {
    let units = [unit("a", "x", 1), unit("b", "y", 1)];
    let (answers, world) = told(&[Fate::Raced; ATTEMPTS - 1], &units);
    assert_eq!(answers, [Ok(Commit::Applied), Ok(Commit::Applied)]);
    assert_eq!((world.begun, world.rolled_back), (ATTEMPTS, ATTEMPTS - 1));
    // Whoever meets others only in company is tried alone.
    let (answers, world) = told(&[Fate::Raced; ATTEMPTS], &units);
    assert_eq!((answers, world.begun), (vec![Ok(Commit::Applied); 2], ATTEMPTS + 2));
    let (answers, _) = told(&[Fate::Raced; 3 * ATTEMPTS], &units);
    assert_eq!(answers, [Err(StoreErrorKind::Unavailable); 2], "never a conflict that nobody has looked at");
}

/// Another writer, who had the row's lock, has committed the very unit: what it wrote is no conflict with it.
#[test]
fn a_unit_that_was_committed_meanwhile_is_no_conflict() {
    let units = [unit("a", "x", 7), unit("b", "y", 7)];
    let late = World { units: vec!["a".to_owned()], rows: vec![("x", 7)], ..World::default() };
    let (answers, world) = told_in(late, &units);
    assert_eq!(answers, [Ok(Commit::AlreadyApplied), Err(StoreErrorKind::Conflict)]);
    assert_eq!(world.begun, 1, "what is refused is looked at in the same transaction");
}

/// What comes in while a transaction writes joins it, and is answered with it.
#[test]
fn a_transaction_grows_until_nothing_more_comes() {
    assert_eq!(grown::<false>(&[]).1.begun, 2);
    assert_eq!(grown::<false>(&[Fate::BeginsSlowly]).1.begun, 1, "while it begins others join on any engine");
    let (answers, world) = grown::<true>(&[]);
    assert_eq!((answers, world.begun), ([Ok(Commit::Applied); 2], 1));
    assert_eq!(world.units, ["a", "b"]);
    // The answer to the COMMIT of both is lost: both are looked for.
    let (answers, world) = grown::<true>(&[Fate::AnswerLost]);
    assert_eq!((answers, world.begun), ([Ok(Commit::Applied); 2], 1));
    let (answers, _) = grown::<true>(&[Fate::CommitFails]);
    assert_eq!(answers, [Err(StoreErrorKind::Unavailable); 2]);
    // Another came between: both are done again, together.
    let (answers, world) = grown::<true>(&[Fate::RacedLater]);
    assert_eq!((answers, world.begun), ([Ok(Commit::Applied); 2], 2));
    assert_eq!(world.units, ["a", "b"], "once each");
}

/// Comes when so many transactions have begun.
async fn once_begun<T>(world: &Mutex<World>, transactions: usize, asks: impl Future<Output = T>) -> T {
    while world.lock().unwrap().begun < transactions {
        tokio::task::yield_now().await;
    }
    asks.await
}

/// A claim that was served when more came is not served again: nobody would hold what it leased.
#[test]
fn a_claim_is_served_once_in_a_transaction_that_grows() {
    let world = Arc::new(Mutex::new(World::default()));
    let fake = Fake::<true> { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
    let (queue, jobs) = queue();
    let claim = Claim {
        tenant: TenantId::new("t").unwrap(),
        worker: invoice_core::id::WorkerId::new("w").unwrap(),
        now: DateTime::UNIX_EPOCH,
        until: DateTime::UNIX_EPOCH,
        limit: 1,
        paused_lanes: Vec::new(),
    };
    let (first, second) = (unit("a", "x", 1), unit("b", "y", 1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let later = once_begun(&world, 1, queue.commit(&second));
        let callers = async {
            let told = tokio::join!(queue.commit(&first), queue.claim(&claim), later);
            queue.close().await;
            (told.0.unwrap(), told.1.unwrap(), told.2.unwrap())
        };
        let told = tokio::join!(biased; callers, Writer::new(fake, jobs).run()).0;
        assert_eq!(told, (Commit::Applied, Vec::new(), Commit::Applied));
    });
    let world = world.lock().unwrap();
    assert_eq!((world.begun, world.claimed), (1, 1));
    assert_eq!(world.units, ["a", "b"]);
}

/// Whatever comes in while units are tried each alone waits: it could spoil them again.
#[test]
fn nobody_joins_a_unit_that_is_tried_alone() {
    let world = Arc::new(Mutex::new(World::default()));
    let fake = Fake::<true> { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
    let (queue, jobs) = queue();
    let [first, second, third] = [unit("a", "x", 1), unit("poison", "y", 1), unit("poison", "z", 1)];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let told = runtime.block_on(async {
        let later = once_begun(&world, 2, queue.commit(&third));
        let callers = async {
            let told = tokio::join!(queue.commit(&first), queue.commit(&second), later);
            queue.close().await;
            told
        };
        tokio::join!(biased; callers, Writer::new(fake, jobs).run()).0
    });
    let told = [told.0, told.1, told.2].map(|answer| answer.map_err(|error| error.kind()));
    let invalid = Err(StoreErrorKind::Invalid);
    assert_eq!(told, [Ok(Commit::Applied), invalid, invalid]);
}

/// Two callers, of whom the second comes when the first's transaction has begun.
fn grown<const GROWS: bool>(fates: &[Fate]) -> ([Told; 2], World) {
    let world = Arc::new(Mutex::new(World { fates: fates.to_vec(), ..World::default() }));
    let fake = Fake::<GROWS> { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
    let (queue, jobs) = queue();
    let (first, second) = (unit("a", "x", 1), unit("b", "y", 1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = runtime.block_on(async {
        let later = once_begun(&world, 1, queue.commit(&second));
        let callers = async {
            let answers = tokio::join!(queue.commit(&first), later);
            queue.close().await;
            answers
        };
        tokio::join!(biased; callers, Writer::new(fake, jobs).run()).0
    });
    drop(queue);
    let told = [answers.0, answers.1].map(|answer| answer.map_err(|error| error.kind()));
    (told, Arc::try_unwrap(world).unwrap().into_inner().unwrap())
}

#[test]
fn several_writers_share_the_work_and_closing_waits_for_all() {
    let world = Arc::new(Mutex::new(World::default()));
    let (queue, jobs) = queue();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let fake = Fake::<false> { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
            tokio::spawn(Writer::new(fake, jobs.clone()).run());
        }
        drop(jobs);
        let units: Vec<UnitOfWork> = (0..600).map(|n| unit(&format!("u{n}"), &format!("r{n}"), 1)).collect();
        let answers = futures_util::future::join_all(units.iter().map(|unit| queue.commit(unit))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == Commit::Applied));
        queue.close().await;
        assert_eq!(Arc::strong_count(&world), 1, "a writer still lives");
        assert_eq!(queue.commit(&units[0]).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    });
    assert_eq!(world.lock().unwrap().units.len(), 600);
}

#[test]
fn a_closed_queue_refuses() {
    let (queue, jobs) = queue();
    drop(jobs);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(queue.commit(&unit("a", "x", 1))).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}
