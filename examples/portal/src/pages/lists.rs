//! Lists that are longer than a page.

use invoice_core::desk::Found;
use invoice_core::invoice::Invoice;
use invoice_core::mask::View;
use invoice_core::store::{Kind, Query};

use crate::app::App;
use crate::request::Visit;
use crate::trouble::Trouble;

/// About how many things stand on a page.
pub(crate) const SHOWN: usize = 100;

/// The page of a query that begins behind an id, if there is one before it.
pub(crate) fn behind(query: Query, after: Option<&str>) -> Query {
    match after {
        Some(after) => query.after(after),
        None => query,
    }
}

/// Invoices in these states, of those the ones that are wanted: what stands between them costs no place on the page.
pub(crate) async fn invoices(
    app: &App,
    visit: &Visit,
    (states, after): (&[&'static str], Option<&str>),
    wanted: impl Fn(&View<Invoice>) -> bool,
) -> Result<Found<View<Invoice>>, Trouble> {
    let query = Query::new(app.desk().tenant(), Kind::Invoice).in_states(states.iter().copied()).limit(SHOWN);
    let mut shown = Found { items: Vec::new(), next: after.map(str::to_owned) };
    loop {
        let query = behind(query.clone(), shown.next.as_deref());
        let found = app.desk().view_invoices(&visit.actor, query).await?;
        shown.items.extend(found.items.into_iter().filter(|view| wanted(view)));
        shown.next = found.next;
        if shown.next.is_none() || shown.items.len() >= SHOWN {
            return Ok(shown);
        }
    }
}
