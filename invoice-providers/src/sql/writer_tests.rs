//! The writer over an engine that fails on demand: what callers are told when COMMIT is not answered.

use std::sync::{Arc, Mutex};

use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{
    Claim, Commit, Key, Kind, Message, Row, StoreError, StoreErrorKind, UnitOfWork, Version, Write,
};

use super::*;
use crate::sql::gather::{Seen, Wanted};

/// What the next transactions meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Good,
    BeginFails,
    WriteFails,
    /// Another writer came between.
    Raced,
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
    /// Units that came to be there while the lookup waited.
    late: Vec<String>,
    begun: usize,
    rolled_back: usize,
}

#[derive(Clone)]
struct Fake {
    world: Arc<Mutex<World>>,
    fate: Fate,
    pending: Vec<String>,
}

fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "gone")
}

impl Engine for Fake {
    async fn begin(&mut self) -> Result<(), StoreError> {
        let mut world = self.world.lock().unwrap();
        world.begun += 1;
        self.fate = if world.fates.is_empty() { Fate::Good } else { world.fates.remove(0) };
        if self.fate == Fate::BeginFails { Err(gone()) } else { Ok(()) }
    }

    async fn look(&mut self, wanted: &Wanted<'_>) -> Result<Seen, StoreError> {
        let world = self.world.lock().unwrap();
        Ok(Seen {
            rows: vec![None; wanted.rows.len()],
            ledger: vec![false; wanted.ledger.len()],
            messages: vec![None; wanted.messages.len()],
            units: wanted
                .units
                .iter()
                .map(|unit| world.units.iter().any(|id| id == unit.1.as_str()))
                .collect(),
        })
    }

    async fn late(&mut self, units: &[(&TenantId, &UnitId)]) -> Result<Vec<bool>, StoreError> {
        let late = &self.world.lock().unwrap().late;
        Ok(units.iter().map(|unit| late.iter().any(|id| id == unit.1.as_str())).collect())
    }

    async fn write(&mut self, plan: &Plan<'_>) -> Result<(), StoreError> {
        self.pending = plan.units.iter().map(|unit| unit.1.to_string()).collect();
        match self.fate {
            Fate::WriteFails => return Err(gone()),
            Fate::Raced => return Err(StoreError::new(StoreErrorKind::Conflict, "duplicate key")),
            _ => {}
        }
        // One unit that no database takes.
        match self.pending.iter().any(|id| id == "poison") {
            true => Err(StoreError::new(StoreErrorKind::Invalid, "too big")),
            false => Ok(()),
        }
    }

    async fn claim(&mut self, _: &Claim) -> Result<Vec<Message>, StoreError> {
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

    async fn applied(&mut self, units: &[(&TenantId, &UnitId)]) -> Result<Vec<bool>, StoreError> {
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
    let fake = Fake { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
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
    let (answers, _) = told(&[Fate::Raced; ATTEMPTS], &units);
    assert_eq!(answers, [Err(StoreErrorKind::Unavailable); 2], "never a conflict that nobody has looked at");
}

#[test]
fn a_unit_that_was_committed_meanwhile_is_no_conflict() {
    let units = [unit("a", "x", 7), unit("b", "y", 7)];
    let late = World { late: vec!["a".to_owned()], ..World::default() };
    let (answers, _) = told_in(late, &units);
    assert_eq!(answers, [Ok(Commit::AlreadyApplied), Err(StoreErrorKind::Conflict)]);
}

#[test]
fn several_writers_share_the_work_and_closing_waits_for_all() {
    let world = Arc::new(Mutex::new(World::default()));
    let (queue, jobs) = queue();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let fake = Fake { world: world.clone(), fate: Fate::Good, pending: Vec::new() };
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
