//! What a decided batch writes, as one script.

use invoice_core::store::{Key, Message};

use super::bulk::{Binds, Script};
use super::shapes;
use crate::sql::convert::{nanos, nanos_bound, number, tags_text};
use crate::sql::gather::{Plan, RowChange};

pub(super) fn plan(plan: &Plan<'_>) -> Script {
    let mut script = Script::new("");
    let units = &plan.units;
    script.add(&shapes::PUT_UNITS, units, |binds, (tenant, id)| {
        binds.text(tenant.as_str()).text(id.as_str());
    });
    script.add(&shapes::PUT_ROWS, &plan.rows, row);
    tags(&mut script, plan);
    script.add(&shapes::PUT_JOURNAL, &plan.journal, |binds, entry| {
        key(binds, &entry.key).add(number(entry.seq)).add(nanos_bound(entry.at));
        binds.text(entry.actor.as_str()).text(&entry.verb).add(&entry.hash[..]).add(&entry.body.0[..]);
    });
    script.add(&shapes::PUT_LEDGER, &plan.ledger, |binds, entry| {
        binds.text(entry.tenant.as_str()).text(entry.order.as_str()).add(number(entry.seq));
        binds
            .text(entry.line.as_str())
            .add(entry.kind.as_str())
            .text(&entry.cause)
            .add(entry.rate.to_string());
        binds.add(entry.net.fen()).add(entry.tax.fen()).add(entry.gross.fen()).add(nanos_bound(entry.at));
    });
    script.add(&shapes::DROP_MESSAGES, &plan.settled, |binds, (tenant, id)| {
        binds.text(tenant.as_str()).text(id.as_str());
    });
    script.add(&shapes::PUT_MESSAGES, &plan.messages, |binds, (_, message)| {
        self::message(binds, message);
    });
    script
}

fn key<'b>(binds: &'b mut Binds, key: &Key) -> &'b mut Binds {
    binds.text(key.tenant().as_str()).add(key.kind().as_str()).text(key.id())
}

fn row(binds: &mut Binds, change: &RowChange<'_>) {
    let (row, columns) = (&change.write.row, &change.write.columns);
    key(binds, &row.key).add(number(row.version.number())).add(&row.head[..]);
    binds.add(columns.seller.as_ref().map(|seller| seller.as_str())).add(columns.state);
    binds
        .add(columns.at.and_then(nanos))
        .add(columns.net.fen())
        .add(columns.tax.fen())
        .add(columns.gross.fen());
    binds.add(tags_text(columns)).add(&row.body.0[..]);
}

fn tags(script: &mut Script, plan: &Plan<'_>) {
    let gone: Vec<(&Key, &str, &str)> = plan
        .rows
        .iter()
        .flat_map(|change| {
            change
                .tags_gone
                .iter()
                .map(|(name, value)| (&change.write.row.key, name.as_str(), value.as_str()))
        })
        .collect();
    let new: Vec<(&Key, &str, &str)> = plan
        .rows
        .iter()
        .flat_map(|change| {
            change.tags_new.iter().map(|tag| (&change.write.row.key, tag.name, tag.value.as_str()))
        })
        .collect();
    let bind = |binds: &mut Binds, (key, name, value): &(&Key, &str, &str)| {
        binds.text(key.tenant().as_str()).add(key.kind().as_str()).text(name).text(value).text(key.id());
    };
    script.add(&shapes::DROP_TAGS, &gone, bind);
    script.add(&shapes::PUT_TAGS, &new, bind);
}

fn message(binds: &mut Binds, message: &Message) {
    let (subject, lease) = (&message.subject, message.lease.as_ref());
    binds.text(subject.tenant().as_str()).text(message.id.as_str()).add(i64::from(lease.is_some()));
    binds.add(nanos_bound(message.not_before)).add(subject.kind().as_str()).text(subject.id());
    binds.text(&message.lane).add(i64::from(message.attempts));
    binds.add(lease.map(|lease| lease.worker.as_str())).add(lease.and_then(|lease| nanos(lease.until)));
}
