//! From events to a unit of work: rows with their columns, journal entries with their hashes, ledger entries, messages.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::audit::{hour_tag, seen};
use super::journal::{Deed, Told, place_of};
use super::load::Loaded;
use super::messages::leaves_doubt;
use super::received_search::MONTH;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::application::{ApplicationChange, Outlook};
use crate::decision::{Event, State, evolve};
use crate::env::{Opaque, Place};
use crate::id::{OrderId, TenantId, UnitId};
use crate::invoice::{InvoiceChange, InvoiceState, Medium};
use crate::ledger::{Balance, BalanceChange, LineShare};
use crate::money::Money;
use crate::money::rounding::net_of_gross;
use crate::received::ReceivedRecord;
use crate::store::{
    Columns, EntryKind, JournalEntry, Key, Kind, LedgerEntry, Row, Tag, UnitOfWork, Version, Write,
};
use crate::tax::tax_midnight;

/// The tag of paper that something is to be done with: print it, mail it, wait for its voiding.
pub(super) const PAPER_WAITS: (&str, &str) = ("paper_waits", "yes");
/// The tag of where the sheets of a paper invoice are.
pub(super) const PAPER: &str = "paper";
/// The tag of an account that stands still.
pub(super) const PAUSED: (&str, &str) = ("account", "paused");

impl InvoiceDesk {
    /// The unit that writes `events`, and the state they lead to.
    pub(super) fn unit(
        &self,
        loaded: &Loaded,
        events: &[Event],
        actor: &Actor,
        deed: Deed<'_>,
    ) -> Result<(UnitOfWork, State), DeskError> {
        let tenant = &self.inner.tenant;
        let now = self.inner.clock.now();
        let id = UnitId::new(self.inner.ids.next_id())?;
        let mut unit = UnitOfWork::new(id, tenant.clone());
        let mut state = loaded.state.clone();
        let mut touched: BTreeMap<Key, Vec<&Event>> = BTreeMap::new();
        for event in events {
            if let Event::Balance(order, change) = event {
                let before = state.balances.get(order);
                unit.entries
                    .extend(before.into_iter().flat_map(|balance| entries(tenant, balance, change, now)));
            }
            let parked = leaves_doubt(&state, event);
            evolve(&mut state, tenant, event);
            let key = key_of(tenant, event);
            unit.messages.extend(self.message_of(event, &key, &state, now));
            unit.messages.extend(self.files_of(event, &key, &state, now));
            unit.messages.extend(parked.then(|| self.message(&key, &state, now)));
            touched.entry(key).or_default().push(event);
        }
        for (key, version) in &loaded.rows {
            if !touched.contains_key(key) {
                unit.expects.push((key.clone(), version.0));
            }
        }
        for (key, events) in touched {
            let (version, head) = match loaded.rows.get(&key) {
                Some(known) => *known,
                // A new thing under a derived id: the commit checks that there was none.
                None if events.first().is_some_and(|event| creates(event)) => (Version::ABSENT, [0; 32]),
                None => return Err(DeskError::Unread { subject: key.to_string() }),
            };
            self.write(&mut unit, &state, key, (version, head), &events, (actor, deed, now))?;
        }
        Ok((unit, state))
    }

    fn write(
        &self,
        unit: &mut UnitOfWork,
        state: &State,
        key: Key,
        (version, head): (Version, [u8; 32]),
        events: &[&Event],
        (actor, deed, now): (&Actor, Deed<'_>, DateTime<Utc>),
    ) -> Result<(), DeskError> {
        let version = version.next();
        let (plain, mut columns) =
            image(state, &key).ok_or_else(|| DeskError::Unread { subject: key.to_string() })??;
        columns.tags.extend(self.title_tags(state, &key)?);
        let body = self.seal_row(&key, version, &plain)?;
        let told = Told { why: deed.why, events };
        let entry = self.entry(&key, version, &head, &told, (actor, deed.verb, now))?;
        columns.tags.push(hour_tag(now));
        unit.writes.push(Write { row: Row { key, version, head: entry.hash, body }, columns });
        unit.journal.push(entry);
        Ok(())
    }

    /// The journal entry of a row's version, behind the one with the hash `head`.
    pub(super) fn entry<E: Serialize>(
        &self,
        key: &Key,
        version: Version,
        head: &[u8; 32],
        told: &Told<'_, E>,
        (actor, verb, at): (&Actor, &str, DateTime<Utc>),
    ) -> Result<JournalEntry, DeskError> {
        let plain = serde_json::to_vec(told)
            .map_err(|source| DeskError::Unreadable { subject: key.to_string(), source })?;
        let mut entry = JournalEntry {
            key: key.clone(),
            seq: version.number(),
            at,
            actor: actor.id().clone(),
            verb: verb.to_owned(),
            body: Opaque::default(),
            hash: [0; 32],
        };
        entry.body = self.seal(key, "journal", &place_of(&entry), &plain)?;
        entry.hash = seen(&entry).link(&self.inner.tenant, head);
        Ok(entry)
    }

    /// Seals the body of a row for its version: an older body put back into a newer row does not open.
    pub(super) fn seal_row(&self, key: &Key, version: Version, plain: &[u8]) -> Result<Opaque, DeskError> {
        self.seal(key, key.kind().as_str(), &row_place(key, version), plain)
    }

    fn seal(&self, key: &Key, column: &'static str, row: &str, plain: &[u8]) -> Result<Opaque, DeskError> {
        let place = Place { tenant: &self.inner.tenant, column, row };
        let sealed = self.inner.cipher.seal(&place, plain);
        sealed.map(Opaque).map_err(|source| DeskError::Cipher { subject: key.to_string(), source })
    }
}

/// Where the body of a row lives: its id and version.
pub(super) fn row_place(key: &Key, version: Version) -> String {
    format!("{}/{}", key.id(), version.number())
}

fn key_of(tenant: &TenantId, event: &Event) -> Key {
    match event {
        Event::Order(order) => Key::new(tenant, Kind::Order, order.id().as_str()),
        Event::Balance(order, _) => Key::new(tenant, Kind::Balance, order.as_str()),
        Event::Application(id, _) => Key::new(tenant, Kind::Application, id.as_str()),
        Event::Invoice(id, _) => Key::new(tenant, Kind::Invoice, id.as_str()),
        Event::Refund(refund) => Key::new(tenant, Kind::Refund, refund.id.as_str()),
        Event::Account(id, _) => Key::new(tenant, Kind::Note, id.row()),
        Event::TitleBook(buyer, _) => Key::new(tenant, Kind::TitleBook, buyer.as_str()),
        Event::Periodic(id, _) => Key::new(tenant, Kind::Periodic, id.as_str()),
        Event::Notice(id, _) => Key::new(tenant, Kind::Notice, id.as_str()),
        Event::Batch(id, _) => Key::new(tenant, Kind::Batch, id),
        Event::Ticket(id, _) => Key::new(tenant, Kind::Ticket, id.as_str()),
        Event::Received(number, _) => Key::new(tenant, Kind::Received, number.as_str()),
        Event::ReceivedNumber(number, _) => Key::new(tenant, Kind::ReceivedNumber, number.as_str()),
        Event::Access(actor, _) => Key::new(tenant, Kind::Access, actor.as_str()),
    }
}

/// Whether the event begins an aggregate.
const fn creates(event: &Event) -> bool {
    match event {
        Event::Order(_) | Event::Refund(_) => true,
        Event::Balance(_, change) => matches!(change, BalanceChange::Opened { .. }),
        Event::Application(_, change) => matches!(change, ApplicationChange::Submitted(_)),
        Event::Invoice(_, change) => matches!(change, InvoiceChange::Planned(_)),
        // Read before they are written, whether they are there or not.
        Event::TitleBook(..)
        | Event::Periodic(..)
        | Event::Notice(..)
        | Event::Batch(..)
        | Event::Ticket(..)
        | Event::Received(..)
        | Event::ReceivedNumber(..)
        | Event::Access(..)
        | Event::Account(..) => false,
    }
}

/// The plain body of an aggregate and what a store may see of it; `None` when the state has no such aggregate.
fn image(state: &State, key: &Key) -> Option<Result<(Vec<u8>, Columns), DeskError>> {
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
    Tag { name, value: value.to_owned() }
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

/// Index of a line; net, tax, gross.
type Amounts = (u32, Money, Money, Money);

/// The ledger entries of a change, numbered on from the account's last.
fn entries(
    tenant: &TenantId,
    balance: &Balance,
    change: &BalanceChange,
    at: DateTime<Utc>,
) -> Vec<LedgerEntry> {
    let gross_only = |line: u32, gross: Money| {
        let rate =
            balance.lines().get(line as usize).map(crate::ledger::LineBalance::rate).unwrap_or_default();
        let net = net_of_gross(gross, rate);
        (line, net, Money::from_fen(gross.fen() - net.fen()), gross)
    };
    let listed = |shares: &[LineShare]| {
        shares.iter().map(|of| (of.line, of.share.net, of.share.tax, of.share.gross)).collect()
    };
    let (kind, cause, amounts): (EntryKind, &str, Vec<Amounts>) = match change {
        BalanceChange::Paid { excluded, .. } => {
            let amounts = (0_u32..).zip(balance.lines()).zip(excluded).map(|((index, line), excluded)| {
                gross_only(index, Money::from_fen(line.payable().fen() - excluded.fen()))
            });
            (EntryKind::Paid, "payment", amounts.collect())
        }
        BalanceChange::Refunded { refund, lines, .. } => {
            let amounts = lines
                .iter()
                .map(|line| gross_only(line.line, Money::from_fen(line.amount.fen() - line.excluded.fen())));
            (EntryKind::Refunded, refund.as_str(), amounts.collect())
        }
        BalanceChange::Reserved { application, shares } => {
            (EntryKind::Reserve, application.as_str(), listed(shares))
        }
        BalanceChange::Released { application, shares } => {
            (EntryKind::Void, application.as_str(), listed(shares))
        }
        BalanceChange::Posted { invoice, shares } => (EntryKind::Post, invoice.as_str(), listed(shares)),
        BalanceChange::Reversed { invoice, shares } => (EntryKind::Reverse, invoice.as_str(), listed(shares)),
        _ => return Vec::new(),
    };
    let mut seq = balance.entries();
    let entry = |(index, net, tax, gross): Amounts| {
        let line = balance.lines().get(index as usize)?;
        seq += 1;
        Some(LedgerEntry {
            tenant: tenant.clone(),
            order: balance.order().clone(),
            seq,
            line: line.line().clone(),
            kind,
            cause: cause.to_owned(),
            rate: line.rate(),
            net,
            tax,
            gross,
            at,
        })
    };
    amounts.into_iter().filter_map(entry).collect()
}
