use invoice_core::env::Opaque;
use invoice_core::id::{LineId, OrderId, TenantId, UnitId, WorkerId};
use invoice_core::money::Money;
use invoice_core::store::{
    Columns, Commit, EntryKind, Key, Kind, Lease, LedgerEntry, Message, MessageId, Next, Row, Settlement,
    StoreErrorKind, Tag, UnitOfWork, Version, Write,
};
use invoice_core::tax::TaxRate;

use super::{Change, Fresh, Plan, Seen, SeenRow, Sight, Taken, Wanted, decide};

fn tenant() -> TenantId {
    TenantId::new("t").unwrap()
}

fn unit(id: &str) -> UnitOfWork {
    UnitOfWork::new(UnitId::new(id).unwrap(), tenant())
}

fn key(id: &str) -> Key {
    Key::new(&tenant(), Kind::Note, id)
}

fn write(id: &str, version: u64, tags: &[&str]) -> Write {
    let tags = tags.iter().map(|value| Tag::new("n", *value)).collect();
    let row = Row { key: key(id), version: Version::new(version), head: [0; 32], body: Opaque::default() };
    Write { row, columns: Columns { tags, ..Columns::default() } }
}

fn writes(id: &str, row: &str, version: u64) -> UnitOfWork {
    UnitOfWork { writes: vec![write(row, version, &[])], ..unit(id) }
}

fn entry(seq: u64) -> LedgerEntry {
    LedgerEntry {
        tenant: tenant(),
        order: OrderId::new("O").unwrap(),
        seq,
        line: LineId::new("1").unwrap(),
        kind: EntryKind::Paid,
        cause: String::new(),
        rate: TaxRate::ZERO,
        net: Money::ZERO,
        tax: Money::ZERO,
        gross: Money::ZERO,
        at: chrono::DateTime::UNIX_EPOCH,
    }
}

fn lease(worker: &str) -> Lease {
    Lease { worker: WorkerId::new(worker).unwrap(), until: chrono::DateTime::UNIX_EPOCH }
}

fn message(id: &str, due: i64, lease: Option<Lease>) -> Message {
    Message {
        id: MessageId::from_text(id),
        subject: key(id),
        lane: "l".to_owned(),
        not_before: chrono::DateTime::from_timestamp_nanos(due),
        attempts: 0,
        lease,
    }
}

fn settles(id: &str, message: &str, worker: &str) -> UnitOfWork {
    let settlement =
        Settlement { message: MessageId::from_text(message), lease: lease(worker), next: Next::Done };
    UnitOfWork { settlements: vec![settlement], ..unit(id) }
}

/// Decides against a database that holds these rows (id, version, tags), messages and units.
fn decided<'a>(
    units: &[&'a UnitOfWork],
    rows: &[(&str, u64, &[&str])],
    messages: &[Message],
    applied: &[&str],
) -> Plan<'a> {
    let wanted = Wanted::of(units, Sight::Whole);
    let row = |wanted: &&Key| {
        rows.iter().find(|row| row.0 == wanted.id()).map(|row| SeenRow {
            version: Version::new(row.1),
            tags: row.2.iter().map(|value| Tag::new("n", *value)).collect(),
        })
    };
    let seen = Seen {
        rows: wanted.rows.iter().map(row).collect(),
        messages: wanted
            .messages
            .iter()
            .map(|name| messages.iter().find(|message| &message.id == name.1).cloned())
            .collect(),
    };
    let named = units.iter().map(|unit| (&unit.tenant, &unit.id));
    let there = named.filter(|name| applied.contains(&name.1.as_str())).collect();
    // The plan points into what was seen, and lives as long as the test.
    decide(units, &wanted, Box::leak(Box::new(seen)), Some(Taken { units: there, ..Taken::default() }))
}

fn verdicts(plan: &Plan<'_>) -> Vec<Result<Commit, StoreErrorKind>> {
    plan.verdicts
        .iter()
        .map(|verdict| verdict.as_ref().map(|done| *done).map_err(|error| error.kind()))
        .collect()
}

const APPLIED: Result<Commit, StoreErrorKind> = Ok(Commit::Applied);
const AGAIN: Result<Commit, StoreErrorKind> = Ok(Commit::AlreadyApplied);
const CONFLICT: Result<Commit, StoreErrorKind> = Err(StoreErrorKind::Conflict);
const LOST: Result<Commit, StoreErrorKind> = Err(StoreErrorKind::LeaseLost);

#[test]
fn a_conflicting_unit_fails_alone() {
    let units = [writes("a", "x", 3), writes("b", "y", 9), writes("c", "z", 1)];
    let plan = decided(&units.each_ref(), &[("x", 2, &[]), ("y", 2, &[])], &[], &[]);
    assert_eq!(verdicts(&plan), [APPLIED, CONFLICT, APPLIED]);
    let ids: Vec<&str> = plan.rows.iter().map(|row| row.write.row.key.id()).collect();
    assert_eq!(ids, ["x", "z"]);
    assert_eq!(plan.units.len(), 2);
}

#[test]
fn units_of_one_batch_see_each_other() {
    // Two from the same version, and one that goes on from the winner.
    let units = [writes("a", "x", 1), writes("b", "x", 1), writes("c", "x", 2)];
    let plan = decided(&units.each_ref(), &[], &[], &[]);
    assert_eq!(verdicts(&plan), [APPLIED, CONFLICT, APPLIED]);
    assert_eq!(plan.rows.len(), 1, "a row is written once, in its last version");
    assert_eq!(plan.rows[0].write.row.version, Version::new(2));
    assert_eq!(plan.rows[0].change, Change::New, "nothing was stored");
    let reader = UnitOfWork { expects: vec![(key("x"), Version::ABSENT)], ..unit("d") };
    let plan = decided(&[&units[0], &reader], &[], &[], &[]);
    assert_eq!(verdicts(&plan), [APPLIED, CONFLICT]);
}

#[test]
fn a_unit_is_applied_once() {
    let units = [writes("a", "x", 1), writes("a", "x", 1), writes("old", "y", 7)];
    let plan = decided(&units.each_ref(), &[], &[], &["old"]);
    assert_eq!(verdicts(&plan), [APPLIED, AGAIN, AGAIN]);
    assert_eq!((plan.units.len(), plan.rows.len()), (1, 1));
}

#[test]
fn a_ledger_position_is_taken_once() {
    let units = ["a", "b"].map(|id| UnitOfWork { entries: vec![entry(1)], ..unit(id) });
    let plan = decided(&units.each_ref(), &[], &[], &[]);
    assert_eq!(verdicts(&plan), [APPLIED, CONFLICT]);
    assert_eq!(plan.ledger.len(), 1);
}

#[test]
fn a_journal_position_is_taken_once() {
    let noted = |id: &str| {
        let entry = invoice_core::store::JournalEntry {
            key: key("x"),
            seq: 1,
            at: chrono::DateTime::UNIX_EPOCH,
            actor: invoice_core::id::ActorId::new("a").unwrap(),
            verb: String::new(),
            body: Opaque::default(),
            hash: [0; 32],
        };
        UnitOfWork { journal: vec![entry], ..unit(id) }
    };
    let units = ["a", "b"].map(noted);
    let plan = decided(&units.each_ref(), &[], &[], &[]);
    assert_eq!((verdicts(&plan), plan.journal.len()), (vec![APPLIED, CONFLICT], 1));
    assert_eq!(Fresh::of(&units.each_ref()).journal, [(&key("x"), 1)]);
}

#[test]
fn a_lease_is_settled_once() {
    let held = message("m", 0, Some(lease("w")));
    let units = [settles("a", "m", "other"), settles("b", "m", "w"), settles("c", "m", "w")];
    let plan = decided(&units.each_ref(), &[], &[held], &[]);
    assert_eq!(verdicts(&plan), [LOST, APPLIED, LOST]);
    assert_eq!((plan.settled.len(), plan.messages.len()), (1, 0));
}

#[test]
fn messages_merge_to_what_they_are_in_the_end() {
    let wake = |id: &str, due| UnitOfWork { messages: vec![message("m", due, None)], ..unit(id) };
    // New, then woken earlier, then a call that changes nothing.
    let units = [wake("a", 50), wake("b", 20), wake("c", 90)];
    let plan = decided(&units.each_ref(), &[], &[], &[]);
    assert_eq!(plan.messages.len(), 1);
    assert_eq!(plan.messages[0], (Change::New, message("m", 20, None)));
    // Settled and enqueued anew: stored, not removed.
    let units = [settles("a", "m", "w"), wake("b", 70)];
    let plan = decided(&units.each_ref(), &[], &[message("m", 0, Some(lease("w")))], &[]);
    assert_eq!((plan.settled.len(), &plan.messages[0]), (0, &(Change::Over, message("m", 70, None))));
    // Enqueued by one unit; nobody can have claimed it within the batch.
    let units = [wake("a", 1), settles("b", "m", "w")];
    assert_eq!(verdicts(&decided(&units.each_ref(), &[], &[], &[])), [APPLIED, LOST]);
}

#[test]
fn only_tags_that_differ_are_written() {
    let units = [
        UnitOfWork { writes: vec![write("x", 2, &["b", "c", "c"])], ..unit("a") },
        UnitOfWork { writes: vec![write("x", 3, &["c", "d"])], ..unit("b") },
    ];
    let plan = decided(&units.each_ref(), &[("x", 1, &["a", "c"])], &[], &[]);
    let new: Vec<&str> = plan.rows[0].tags_new.iter().map(|tag| tag.value.as_str()).collect();
    assert_eq!(new, ["d"]);
    assert_eq!(plan.rows[0].tags_gone, [&Tag::new("n", "a")]);
}

#[test]
fn a_tag_that_adds_up_to_something_else_is_written_over() {
    let fen = |net| invoice_core::store::Summand { net: Money::from_fen(net), ..Default::default() };
    let mut second = write("x", 2, &["a"]);
    second.columns.tags.push(Tag::new("n", "b").with_amounts(fen(5)));
    let units = [UnitOfWork { writes: vec![second], ..unit("a") }];
    let plan = decided(&units.each_ref(), &[("x", 1, &["a", "b"])], &[], &[]);
    assert!(plan.rows[0].tags_gone.is_empty() && plan.rows[0].tags_new.is_empty());
    assert_eq!(plan.rows[0].tags_over, [&Tag::new("n", "b").with_amounts(fen(5))]);
}

#[test]
fn what_must_not_be_there_is_kept_away() {
    let relies = |id: &str, on: &str| UnitOfWork { expects: vec![(key(on), Version::ABSENT)], ..unit(id) };
    let units =
        [relies("a", "x"), relies("b", "x"), relies("c", "there"), relies("d", "y"), writes("e", "y", 1)];
    let plan = decided(&units.each_ref(), &[("there", 1, &[])], &[], &[]);
    assert_eq!(verdicts(&plan), [APPLIED, APPLIED, CONFLICT, APPLIED, APPLIED]);
    assert_eq!(plan.absent, [&key("x")], "once, not for who fails, not for what is written");
}

#[test]
fn what_must_be_new_is_named_once() {
    let with =
        |seqs: &[u64]| UnitOfWork { entries: seqs.iter().map(|seq| entry(*seq)).collect(), ..unit("u") };
    let (one, other) = (with(&[2, 1]), with(&[2, 3]));
    let fresh = Fresh::of(&[&one, &other]);
    let seqs: Vec<u64> = fresh.ledger.iter().map(|position| position.2).collect();
    assert_eq!((seqs, fresh.units.len()), (vec![1, 2, 3], 1));
}

#[test]
fn new_rows_are_looked_at_only_when_everything_is() {
    let reads = UnitOfWork { expects: vec![(key("read"), Version::ABSENT)], ..writes("u", "new", 1) };
    let units = [&reads, &writes("v", "old", 3)];
    let of = |sight| Wanted::of(&units, sight).rows.iter().map(|key| key.id()).collect::<Vec<_>>();
    assert_eq!((of(Sight::Likely), of(Sight::Whole)), (vec!["old", "read"], vec!["new", "old", "read"]));
    // A message about what is only now made is taken for new as well.
    let mut made = writes("u", "new", 1);
    made.messages = vec![Message { subject: key("new"), ..message("m", 5, None) }, message("n", 5, None)];
    let of = |sight| Wanted::of(&[&made], sight).messages.len();
    assert_eq!((of(Sight::Likely), of(Sight::Whole)), (1, 2));
    let (wanted, seen) =
        (Wanted::of(&[&made], Sight::Likely), Seen { messages: vec![None], ..Seen::default() });
    let put: Vec<Change> =
        decide(&[&made], &wanted, &seen, None).messages.iter().map(|message| message.0).collect();
    assert_eq!(put, [Change::New, Change::New]);
    // What was not looked at is not there, and is there for whoever comes later in the batch.
    let units = [writes("a", "x", 1), writes("b", "x", 1)];
    let (wanted, seen) = (Wanted::of(&units.each_ref(), Sight::Likely), Seen::default());
    let plan = decide(&units.each_ref(), &wanted, &seen, None);
    assert_eq!((verdicts(&plan), plan.rows.len()), (vec![APPLIED, CONFLICT], 1));
}
