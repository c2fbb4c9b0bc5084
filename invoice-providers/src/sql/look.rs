//! What a batch wants to know, as one script, and the answers back in their places.

use invoice_core::store::Version;

use super::convert::{number, tags};
use super::decode::{self, unsigned};
use super::driver::Cells;
use super::gather::{Fresh, Named, Seen, SeenRow, Taken, Wanted};
use super::script::{Found, Script};
use super::table::{SEE_JOURNAL, SEE_LEDGER, SEE_MESSAGES, SEE_ROWS, SEE_UNITS};

pub(crate) fn wanted<'a>(wanted: &'a Wanted<'a>) -> Script<'a> {
    let mut script = Script::default();
    script.add(&SEE_ROWS, &wanted.rows, |key| {
        [key.tenant().as_str().into(), key.kind().as_str().into(), key.id().into()]
    });
    script.add(&SEE_MESSAGES, &wanted.messages, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
    script
}

pub(crate) fn seen<R: Cells>(wanted: &Wanted<'_>, found: Vec<Found<R>>) -> Result<Seen, sqlx::Error> {
    let mut seen = Seen { rows: vec![None; wanted.rows.len()], messages: vec![None; wanted.messages.len()] };
    for Found { shape, item, row, from } in found {
        if std::ptr::eq(shape, &SEE_ROWS) {
            let version = Version::new(unsigned(&row, from)?);
            let tags = tags(row.text(from + 1)?).map_err(decode::bad)?;
            set(&mut seen.rows, item, Some(SeenRow { version, tags }));
        } else if let Some((tenant, _)) = wanted.messages.get(item) {
            set(&mut seen.messages, item, Some(decode::message(tenant, &row, from)?));
        }
    }
    Ok(seen)
}

pub(crate) fn fresh<'a>(fresh: &'a Fresh<'a>) -> Script<'a> {
    let mut script = Script::default();
    script.add(&SEE_JOURNAL, &fresh.journal, |(key, seq)| {
        [key.tenant().as_str().into(), key.kind().as_str().into(), key.id().into(), number(*seq).into()]
    });
    script.add(&SEE_LEDGER, &fresh.ledger, |(tenant, order, seq)| {
        [tenant.as_str().into(), order.as_str().into(), number(*seq).into()]
    });
    add_units(&mut script, &fresh.units);
    script
}

pub(crate) fn taken<'a, R>(fresh: &Fresh<'a>, found: Vec<Found<R>>) -> Taken<'a> {
    let mut taken = Taken::default();
    for Found { shape, item, .. } in found {
        if std::ptr::eq(shape, &SEE_JOURNAL) {
            taken.journal.extend(fresh.journal.get(item));
        } else if std::ptr::eq(shape, &SEE_LEDGER) {
            taken.ledger.extend(fresh.ledger.get(item));
        } else {
            taken.units.extend(fresh.units.get(item));
        }
    }
    taken
}

pub(crate) fn add_units<'a>(script: &mut Script<'a>, units: &[Named<'a>]) {
    script.add(&SEE_UNITS, units, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}
