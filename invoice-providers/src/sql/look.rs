//! What a batch wants to know, as one script, and the answers back in their places.

use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::Version;

use super::convert::{number, tags};
use super::decode::{self, unsigned};
use super::driver::Cells;
use super::gather::{Seen, SeenRow, Wanted};
use super::script::{Found, Script};
use super::table::{SEE_LEDGER, SEE_MESSAGES, SEE_ROWS, SEE_UNITS};

pub(crate) fn script<'a>(wanted: &'a Wanted<'a>) -> Script<'a> {
    let mut script = Script::default();
    script.add(&SEE_ROWS, &wanted.rows, |key| {
        [key.tenant().as_str().into(), key.kind().as_str().into(), key.id().into()]
    });
    script.add(&SEE_LEDGER, &wanted.ledger, |(tenant, order, seq)| {
        [tenant.as_str().into(), order.as_str().into(), number(*seq).into()]
    });
    script.add(&SEE_MESSAGES, &wanted.messages, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
    add_units(&mut script, &wanted.units);
    script
}

pub(crate) fn add_units<'a>(script: &mut Script<'a>, units: &[(&'a TenantId, &'a UnitId)]) {
    script.add(&SEE_UNITS, units, |(tenant, id)| [tenant.as_str().into(), id.as_str().into()]);
}

pub(crate) fn seen<R: Cells>(wanted: &Wanted<'_>, found: Vec<Found<R>>) -> Result<Seen, sqlx::Error> {
    let mut seen = Seen {
        rows: vec![None; wanted.rows.len()],
        ledger: vec![false; wanted.ledger.len()],
        messages: vec![None; wanted.messages.len()],
        units: vec![false; wanted.units.len()],
    };
    for Found { shape, item, row, from } in found {
        if std::ptr::eq(shape, &SEE_ROWS) {
            let version = Version::new(unsigned(&row, from)?);
            let tags = tags(row.text(from + 1)?).map_err(decode::bad)?;
            set(&mut seen.rows, item, Some(SeenRow { version, tags }));
        } else if std::ptr::eq(shape, &SEE_MESSAGES) {
            if let Some((tenant, _)) = wanted.messages.get(item) {
                set(&mut seen.messages, item, Some(decode::message(tenant, &row, from)?));
            }
        } else if std::ptr::eq(shape, &SEE_LEDGER) {
            set(&mut seen.ledger, item, true);
        } else {
            set(&mut seen.units, item, true);
        }
    }
    Ok(seen)
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}
