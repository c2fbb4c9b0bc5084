//! From events to a unit of work: rows with their columns, journal entries with their hashes, ledger entries, messages.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::audit::{hour_tag, seen};
use super::columns::image;
use super::journal::{Deed, Told, place_of};
use super::load::Loaded;
use super::messages::leaves_doubt;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::application::ApplicationChange;
use crate::decision::{Event, State, evolve};
use crate::env::{Opaque, Place};
use crate::id::{TenantId, UnitId};
use crate::invoice::InvoiceChange;
use crate::ledger::{Balance, BalanceChange, LineShare};
use crate::money::Money;
use crate::money::rounding::net_of_gross;
use crate::store::{EntryKind, JournalEntry, Key, Kind, LedgerEntry, Row, UnitOfWork, Version, Write};

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
