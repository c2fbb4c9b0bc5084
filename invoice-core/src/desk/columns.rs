//! What is stored of an aggregate: its body, and what a store may see to find it by.

use serde::Serialize;

use super::DeskError;
use super::received_search::MONTH;
use crate::application::Outlook;
use crate::decision::State;
use crate::id::OrderId;
use crate::invoice::{InvoiceState, Medium};
use crate::ledger::Balance;
use crate::money::Money;
use crate::received::ReceivedRecord;
use crate::store::{Columns, Key, Kind, Tag};
use crate::tax::tax_midnight;

/// The tag of paper that something is to be done with: print it, mail it, wait for its voiding.
pub(super) const PAPER_WAITS: (&str, &str) = ("paper_waits", "yes");
/// The tag of where the sheets of a paper invoice are.
pub(super) const PAPER: &str = "paper";
/// The tag of an account that stands still.
pub(super) const PAUSED: (&str, &str) = ("account", "paused");

/// The plain body of an aggregate and what a store may see of it; `None` when the state has no such aggregate.
pub(super) fn image(state: &State, key: &Key) -> Option<Result<(Vec<u8>, Columns), DeskError>> {
    let plain = |value: &dyn erased::Body| {
        value.json().map_err(|source| DeskError::Unreadable { subject: key.to_string(), source })
    };
    let id = key.id();
    let (body, columns) = match key.kind() {
        Kind::Order => {
            let order = state.orders.values().find(|order| order.id().as_str() == id)?;
            let columns = Columns {
                seller: Some(order.seller().clone()),
                at: Some(order.placed_at()),
                gross: order.payable(),
                tags: vec![tag("buyer", order.buyer().as_str())],
                ..Columns::default()
            };
            (plain(order.as_ref()), columns)
        }
        Kind::Balance => {
            let balance = state.balances.values().find(|balance| balance.order().as_str() == id)?;
            let columns = Columns {
                seller: Some(balance.seller().clone()),
                state: Some(standing(balance)),
                at: balance.payment().map(|payment| payment.at),
                gross: balance.invoiceable(),
                tags: vec![tag("buyer", balance.buyer().as_str())],
                ..Columns::default()
            };
            (plain(balance), columns)
        }
        Kind::Application => {
            let application =
                state.applications.values().find(|application| application.id().as_str() == id)?;
            let request = application.request();
            let orders = request.orders.iter().map(|scope| tag("order", scope.order.as_str()));
            let columns = Columns {
                seller: Some(request.seller.clone()),
                state: Some(application.state().as_str()),
                at: Some(application.applied_at()),
                gross: application.gross(),
                tags: orders.chain([tag("buyer", request.buyer.as_str())]).collect(),
                ..Columns::default()
            };
            (plain(application), columns)
        }
        Kind::Invoice => {
            let invoice = state.invoices.values().find(|invoice| invoice.id().as_str() == id)?;
            (plain(invoice), invoice_columns(invoice))
        }
        Kind::Refund => {
            let refund = state.refunds.values().find(|refund| refund.id.as_str() == id)?;
            let columns = Columns {
                seller: state.balances.get(&refund.order).map(|balance| balance.seller().clone()),
                at: Some(refund.at),
                gross: refund.lines.iter().map(|line| line.amount).sum(),
                tags: vec![tag("order", refund.order.as_str())],
                ..Columns::default()
            };
            (plain(refund), columns)
        }
        Kind::Note => {
            let account = state.accounts.values().find(|account| account.id.row() == id)?;
            let paused = account.pause.as_ref();
            let columns = Columns {
                seller: Some(account.id.seller.clone()),
                state: Some(if paused.is_some() { "paused" } else { "works" }),
                at: paused.map(|pause| pause.since),
                tags: paused.map(|_| tag(PAUSED.0, PAUSED.1)).into_iter().collect(),
                ..Columns::default()
            };
            (plain(account), columns)
        }
        Kind::TitleBook => {
            let book = state.title_books.values().find(|book| book.buyer().as_str() == id)?;
            let columns = Columns { tags: vec![tag("buyer", book.buyer().as_str())], ..Columns::default() };
            (plain(book), columns)
        }
        Kind::Periodic => {
            let plan = state.plans.values().find(|plan| plan.id().as_str() == id)?;
            let request = plan.request();
            let columns = Columns {
                seller: Some(request.seller.clone()),
                state: Some(plan.state().as_str()),
                tags: vec![tag("buyer", request.buyer.as_str())],
                ..Columns::default()
            };
            (plain(plan), columns)
        }
        Kind::Notice => {
            let notice = state.notices.values().find(|notice| notice.id().as_str() == id)?;
            let occasion = notice.occasion();
            let columns = Columns {
                seller: Some(occasion.seller.clone()),
                state: Some(notice.state().as_str()),
                at: Some(notice.made_at()),
                tags: occasion.buyer.iter().map(|buyer| tag("buyer", buyer.as_str())).collect(),
                ..Columns::default()
            };
            (plain(notice), columns)
        }
        Kind::Batch => {
            let chunk = state.batches.get(id)?;
            let columns = Columns {
                state: Some(if chunk.is_done() { "done" } else { "pending" }),
                tags: vec![tag("batch", chunk.batch().as_str())],
                ..Columns::default()
            };
            (plain(chunk), columns)
        }
        Kind::Ticket => {
            let ticket = state.tickets.values().find(|ticket| ticket.id().as_str() == id)?;
            let columns = Columns {
                seller: Some(ticket.seller().clone()),
                state: Some(ticket.state().as_str()),
                at: Some(ticket.reported_at()),
                tags: vec![
                    tag("application", ticket.request().application.as_str()),
                    tag("buyer", ticket.buyer().as_str()),
                ],
                ..Columns::default()
            };
            (plain(ticket), columns)
        }
        Kind::Received => {
            let record = state.received.values().find(|record| record.number().as_str() == id)?;
            (plain(record), received_columns(record))
        }
        Kind::ReceivedNumber => {
            let (_, of) = state.received_numbers.iter().find(|(number, _)| number.as_str() == id)?;
            (plain(of), Columns { tags: vec![tag("number", of.as_str())], ..Columns::default() })
        }
        Kind::Access => {
            let record = state.access.values().find(|record| record.actor().as_str() == id)?;
            (plain(record), Columns { at: Some(record.last_at()), ..Columns::default() })
        }
        Kind::Seller | Kind::Anchor => return None,
    };
    Some(body.map(|body| (body, columns)))
}

mod erased {
    /// Anything that can be written as JSON.
    pub(super) trait Body {
        fn json(&self) -> serde_json::Result<Vec<u8>>;
    }

    impl<T: super::Serialize> Body for T {
        fn json(&self) -> serde_json::Result<Vec<u8>> {
            serde_json::to_vec(self)
        }
    }
}

fn tag(name: &'static str, value: &str) -> Tag {
    Tag::new(name, value)
}

/// What is to be done about an account, as a column to search by.
fn standing(balance: &Balance) -> &'static str {
    if balance.lines().iter().any(|line| line.excess().is_positive()) {
        "excess"
    } else if balance.invoiceable().is_positive() {
        "open"
    } else {
        "settled"
    }
}

fn invoice_columns(invoice: &crate::invoice::Invoice) -> Columns {
    let signed =
        |amount: Money| if invoice.is_blue() { amount } else { amount.checked_neg().unwrap_or(amount) };
    let mut tags = vec![
        tag("application", invoice.application().as_str()),
        tag("key", invoice.key().as_str()),
        tag("buyer", invoice.buyer().as_str()),
    ];
    let mut orders: Vec<&OrderId> =
        invoice.rows().iter().flat_map(|row| &row.parts).map(|part| &part.order).collect();
    orders.sort_unstable();
    orders.dedup();
    tags.extend(orders.into_iter().map(|order| tag("order", order.as_str())));
    let mut at = invoice.planned_at();
    if let InvoiceState::Issued { issued } = invoice.state() {
        tags.push(tag("number", issued.number.as_str()));
        at = issued.issued_at;
        if invoice.kind().medium() == Medium::Paper && !invoice.is_voided() {
            tags.push(tag(PAPER, invoice.paper().as_str()));
            let waits = Outlook::of_invoice(invoice).map(|_| tag(PAPER_WAITS.0, PAPER_WAITS.1));
            tags.extend(waits);
        }
    }
    Columns {
        seller: Some(invoice.seller().clone()),
        state: Some(invoice.state().as_str()),
        at: Some(at),
        net: signed(invoice.net()),
        tax: signed(invoice.tax()),
        gross: signed(invoice.gross()),
        tags,
    }
}

fn received_columns(record: &ReceivedRecord) -> Columns {
    let invoice = record.invoice();
    let mut tags: Vec<Tag> = record.numbers().map(|number| tag("number", number.as_str())).collect();
    tags.push(tag(MONTH, &invoice.date().format("%Y-%m").to_string()));
    tags.extend(record.claimed().map(|claimed| tag("claim", claimed.claim.as_str())));
    Columns {
        seller: Some(record.entity().clone()),
        state: Some(record.state().as_str()),
        at: Some(tax_midnight(invoice.date())),
        net: invoice.net().unwrap_or_default(),
        tax: invoice.tax().unwrap_or_default(),
        gross: invoice.gross().unwrap_or_default(),
        tags,
    }
}
