//! What a decided batch writes, as one script.

use invoice_core::store::{Columns, Key, Message, Row, Summand, Tag};

use super::convert::{nanos, nanos_bound, number, tags_text};
use super::gather::{Change, Plan, RowChange};
use super::script::{Cell, Script};
use super::table::{
    ADD_JOURNAL, ADD_LEDGER, ADD_MESSAGES, ADD_ROWS, ADD_TAGS, ADD_UNITS, CHANGE_MESSAGES, CHANGE_ROWS,
    CHANGE_TAGS, DROP_MESSAGES, DROP_ROWS, DROP_TAGS,
};

pub(crate) fn plan<'a>(plan: &'a Plan<'a>) -> Script<'a> {
    let mut script = Script::default();
    script.add(&ADD_UNITS, &plan.units, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
    for (shape, change) in [(&ADD_ROWS, Change::New), (&CHANGE_ROWS, Change::Over)] {
        let rows = plan.rows.iter().filter(|row| row.change == change);
        script.add(shape, rows, |row| self::row(&row.write.row, &row.write.columns));
    }
    tags(&mut script, plan);
    script.add(&ADD_JOURNAL, &plan.journal, |entry| {
        let [tenant, kind, id] = key(&entry.key);
        let (seq, at) = (number(entry.seq).into(), nanos_bound(entry.at).into());
        let (actor, verb) = (entry.actor.as_str().into(), entry.verb.as_str().into());
        [tenant, kind, id, seq, at, actor, verb, entry.hash[..].into(), entry.body.0[..].into()]
    });
    script.add(&ADD_LEDGER, &plan.ledger, |entry| {
        [
            entry.tenant.as_str().into(),
            entry.order.as_str().into(),
            number(entry.seq).into(),
            entry.line.as_str().into(),
            entry.kind.as_str().into(),
            entry.cause.as_str().into(),
            entry.rate.to_string().into(),
            entry.net.fen().into(),
            entry.tax.fen().into(),
            entry.gross.fen().into(),
            nanos_bound(entry.at).into(),
        ]
    });
    script.add(&DROP_MESSAGES, &plan.settled, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
    for (shape, change) in [(&ADD_MESSAGES, Change::New), (&CHANGE_MESSAGES, Change::Over)] {
        let messages = plan.messages.iter().filter(|message| message.0 == change);
        script.add(shape, messages, |(_, message)| self::message(message));
    }
    script
}

/// Rows that nobody sees, put where none must come to be before the transaction ends, and taken away again.
pub(crate) fn guards<'a>(keys: &[&'a Key]) -> [Script<'a>; 2] {
    let (mut put, mut taken) = (Script::default(), Script::default());
    put.add(&ADD_ROWS, keys, |key| {
        let [tenant, kind, id] = self::key(key);
        let (zero, nothing) = (Cell::Int(0), Cell::Null);
        let none = || Cell::from(&[][..]);
        let amounts = [zero.clone(), zero.clone(), zero.clone()];
        let [net, tax, gross] = amounts;
        let (seller, state, at) = (nothing.clone(), nothing.clone(), nothing);
        [tenant, kind, id, zero, none(), seller, state, at, net, tax, gross, "[]".into(), none()]
    });
    taken.add(&DROP_ROWS, keys, |key| self::key(key));
    [put, taken]
}

fn key(key: &Key) -> [Cell<'_>; 3] {
    [key.tenant().as_str().into(), key.kind().as_str().into(), key.id().into()]
}

fn row<'a>(row: &'a Row, columns: &'a Columns) -> [Cell<'a>; 13] {
    let [tenant, kind, id] = key(&row.key);
    [
        tenant,
        kind,
        id,
        number(row.version.number()).into(),
        row.head[..].into(),
        columns.seller.as_ref().map(|seller| seller.as_str()).into(),
        columns.state.into(),
        columns.at.and_then(nanos).into(),
        columns.net.fen().into(),
        columns.tax.fen().into(),
        columns.gross.fen().into(),
        tags_text(columns).into(),
        row.body.0[..].into(),
    ]
}

fn tags<'a>(script: &mut Script<'a>, plan: &'a Plan<'a>) {
    let cells = |(of, tag): (&'a Key, &'a Tag)| {
        let [tenant, kind, id] = key(of);
        [tenant, kind, tag.name.into(), tag.value.as_str().into(), id]
    };
    script.add(&DROP_TAGS, each_tag(plan, |row| &row.tags_gone), cells);
    let whole = |(of, tag): (&'a Key, &'a Tag)| {
        let [tenant, kind, name, value, id] = cells((of, tag));
        let Summand { net, tax, gross } = tag.amounts;
        [tenant, kind, name, value, id, net.fen().into(), tax.fen().into(), gross.fen().into()]
    };
    script.add(&ADD_TAGS, each_tag(plan, |row| &row.tags_new), whole);
    script.add(&CHANGE_TAGS, each_tag(plan, |row| &row.tags_over), whole);
}

/// Some tags of every row. Counted first, so that the list of their cells is made once.
fn each_tag<'a>(
    plan: &'a Plan<'a>,
    of: impl Fn(&'a RowChange<'a>) -> &'a [&'a Tag],
) -> Vec<(&'a Key, &'a Tag)> {
    let mut all = Vec::with_capacity(plan.rows.iter().map(|row| of(row).len()).sum());
    for row in &plan.rows {
        all.extend(of(row).iter().map(|tag| (&row.write.row.key, *tag)));
    }
    all
}

fn message(message: &Message) -> [Cell<'_>; 10] {
    let (subject, lease) = (&message.subject, message.lease.as_ref());
    [
        subject.tenant().as_str().into(),
        message.id.as_str().into(),
        nanos_bound(message.due()).into(),
        nanos_bound(message.not_before).into(),
        subject.kind().as_str().into(),
        subject.id().into(),
        message.lane.as_str().into(),
        i64::from(message.attempts).into(),
        lease.map(|lease| lease.worker.as_str()).into(),
        lease.and_then(|lease| nanos(lease.until)).into(),
    ]
}
