//! What must hold when nothing is under way any more.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Auditor;
use crate::decision::{Event, State, evolve};
use crate::id::TenantId;
use crate::invoice::Invoice;
use crate::ledger::Balance;
use crate::store::{JournalEntry, Key, Kind, MAX_PAGE, MemoryStore, Query, Row, Store};

use super::super::bureau::Bureau;
use super::super::exec::at_once;

const KINDS: [Kind; 5] = [Kind::Order, Kind::Balance, Kind::Application, Kind::Invoice, Kind::Refund];

/// Goes through everything that is stored.
pub(in super::super) fn closing(
    auditor: &mut Auditor,
    store: &MemoryStore,
    (bureaus, originals): (&[Bureau; 2], &BTreeMap<[u8; 32], Vec<u8>>),
    tenant: &TenantId,
) {
    for kind in KINDS {
        let mut query = Query::new(tenant, kind).limit(MAX_PAGE);
        while let Some(Ok(page)) = at_once(store.find(&query)) {
            for row in &page.rows {
                history(auditor, store, row, tenant);
                match kind {
                    Kind::Balance => account(auditor, row),
                    Kind::Invoice => files(auditor, row, originals),
                    _ => {}
                }
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => break,
            }
        }
    }
    auditor.all_ended(bureaus);
    auditor.all_exact();
}

/// What an entry holds.
#[derive(serde::Deserialize)]
struct Told {
    events: Vec<Event>,
}

/// Invariant 6: the journal is complete and chained, and folds to the row.
fn history(auditor: &mut Auditor, store: &MemoryStore, row: &Row, tenant: &TenantId) {
    let key = &row.key;
    let entries = match at_once(store.journal(key, 0, usize::MAX)) {
        Some(Ok(entries)) => entries,
        _ => Vec::new(),
    };
    let mut head = [0; 32];
    let mut state = State::default();
    for (at, entry) in (1_u64..).zip(&entries) {
        head = link(&head, entry);
        auditor.must(entry.seq == at && entry.hash == head, "history", || {
            format!("{key}: entry {at} is missing or was changed")
        });
        match serde_json::from_slice::<Told>(&entry.body.0) {
            Ok(told) => told.events.iter().for_each(|event| evolve(&mut state, tenant, event)),
            Err(error) => auditor.breaks("history", || format!("{key}: entry {at}: {error}")),
        }
    }
    let newest = u64::try_from(entries.len()).unwrap_or(0);
    auditor.must(row.version.number() == newest && row.head == head, "history", || {
        format!("{key} is at version {} and its history at {newest}", row.version.number())
    });
    let folded = folded(&state, key);
    auditor.must(folded.as_deref() == Some(&row.body.0), "history", || {
        format!("{key} is not what its history says")
    });
}

fn folded(state: &State, key: &Key) -> Option<Vec<u8>> {
    let body = match key.kind() {
        Kind::Order => serde_json::to_vec(state.orders.values().next()?),
        Kind::Balance => serde_json::to_vec(state.balances.values().next()?),
        Kind::Application => serde_json::to_vec(state.applications.values().next()?),
        Kind::Invoice => serde_json::to_vec(state.invoices.values().next()?),
        Kind::Refund => serde_json::to_vec(state.refunds.values().next()?),
        _ => return None,
    };
    body.ok()
}

/// The chain as its documentation says it is made.
fn link(head: &[u8; 32], entry: &JournalEntry) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let subject = format!("{}/{}", entry.key.kind().as_str(), entry.key.id());
    let body = Sha256::digest(&entry.body.0);
    let fields: [&[u8]; 10] = [
        b"invoice journal entry 1",
        head,
        entry.key.tenant().as_str().as_bytes(),
        subject.as_bytes(),
        &entry.seq.to_be_bytes(),
        &entry.at.timestamp().to_be_bytes(),
        &entry.at.timestamp_subsec_nanos().to_be_bytes(),
        entry.actor.as_str().as_bytes(),
        entry.verb.as_bytes(),
        &body,
    ];
    for field in fields {
        hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(field);
    }
    hasher.finalize().into()
}

/// The account of an order says what its ledger entries say.
fn account(auditor: &mut Auditor, row: &Row) {
    let order = row.key.id();
    let Ok(balance) = serde_json::from_slice::<Balance>(&row.body.0) else {
        auditor.breaks("readable", || format!("account {order} cannot be read"));
        return;
    };
    let Some(lines) = auditor.orders.get(order).cloned() else { return };
    for (ours, theirs) in lines.iter().zip(balance.lines()) {
        let amounts = |share: crate::ledger::Share| [share.net.fen(), share.tax.fen(), share.gross.fen()];
        let same = ours.entitled() == theirs.entitled().fen()
            && ours.commanded == theirs.refunded().fen()
            && ours.reserved == amounts(theirs.reserved())
            && ours.posted == amounts(theirs.posted())
            && ours.reversed == amounts(theirs.reversed());
        auditor
            .must(same, "ledger", || format!("order {order}: entries say {ours:?}, the account {theirs:?}"));
    }
}

/// The file of every issued invoice is kept, once and as it came: here it is its number.
fn files(auditor: &mut Auditor, row: &Row, originals: &BTreeMap<[u8; 32], Vec<u8>>) {
    let id = row.key.id();
    let Ok(invoice) = serde_json::from_slice::<Invoice>(&row.body.0) else {
        auditor.breaks("readable", || format!("task {id} cannot be read"));
        return;
    };
    let due: Vec<&[u8]> =
        invoice.state().issued().map(|issued| issued.number.as_str().as_bytes()).into_iter().collect();
    let kept: Vec<&[u8]> = invoice
        .files()
        .iter()
        .map(|file| originals.get(file.digest()).map_or(&b"lost"[..], Vec::as_slice))
        .collect();
    auditor.must(kept == due, "files kept", || format!("task {id}: {kept:?} kept instead of {due:?}"));
}

impl Auditor {
    /// Invariants 3 and 4 at rest: what the desk believes is what the bureau has done, and everything has ended.
    fn all_ended(&mut self, bureaus: &[Bureau; 2]) {
        let tasks: Vec<(String, &'static str, usize)> =
            self.tasks.iter().map(|(id, task)| (id.clone(), task.state, task.docs.len())).collect();
        for (id, state, docs) in tasks {
            self.must(matches!(state, "issued" | "failed" | "superseded"), "nothing lost", || {
                format!("task {id} is {state} at rest")
            });
            self.must((state == "issued") == (docs == 1), "issued at the bureau", || {
                format!("task {id} is {state} and has {docs} invoices at the bureau")
            });
        }
        let issued: usize = self.tasks.values().map(|task| task.docs.len()).sum();
        let docs: usize = bureaus.iter().map(|bureau| bureau.docs.len()).sum();
        self.must(issued == docs, "issued at the bureau", || format!("{docs} invoices, {issued} known"));
        let open: Vec<(String, &'static str)> = self
            .applications
            .iter()
            .filter(|(_, state)| {
                matches!(**state, "pending_review" | "in_review" | "pending_issue" | "issuing")
            })
            .map(|(id, state)| (id.clone(), *state))
            .collect();
        self.must(open.is_empty(), "nothing lost", || format!("applications at rest: {open:?}"));
    }

    /// Invariants 1 and 2 at rest.
    fn all_exact(&mut self) {
        let orders: Vec<(String, Vec<super::Line>)> =
            self.orders.iter().map(|(id, lines)| (id.clone(), lines.clone())).collect();
        for (order, lines) in orders {
            let payment = self.commanded_payments.get(&order).cloned();
            for line in &lines {
                let [posted, blue] = [line.posted, line.blue];
                self.must(posted == blue && line.reversed == line.red, "issued at the bureau", || {
                    format!("order {order}: {line:?}")
                });
                self.must(line.reserved == [0; 3] && line.open() >= 0, "never over-invoiced", || {
                    format!("order {order} at rest: {line:?}")
                });
                let net = i64::try_from(net_of(line.payable, line.millionths)).unwrap_or(0);
                let whole = line.paid == line.payable && line.refunded == 0 && line.open() == 0;
                let kept = line.blue[0] - line.red[0];
                self.must(!whole || kept == net, "exact", || {
                    format!("order {order}: all invoiced, net {kept} instead of {net}: {line:?}")
                });
                let gone = line.blue[2] == line.red[2];
                self.must(!gone || line.blue == line.red, "exact", || {
                    format!("order {order}: all taken back, and yet {line:?}")
                });
                // In proportion, to the fen: the invoiceable part of what went back.
                let due = i128::from(line.commanded) * i128::from(line.paid);
                let off = (i128::from(line.refunded) * i128::from(line.payable) - due).abs();
                self.must(off <= i128::from(line.payable), "commanded", || {
                    format!("order {order}: refunded out of proportion: {line:?}")
                });
            }
            if let Some(payment) = payment.filter(|_| lines.iter().any(|line| line.paid > 0)) {
                let open: i64 = lines.iter().filter(|line| !line.excluded).map(|line| line.payable).sum();
                let want = open - payment.not_invoiceable().fen().min(open);
                let paid: i64 = lines.iter().map(|line| line.paid).sum();
                self.must(paid == want, "commanded", || {
                    format!("order {order}: {want} may be invoiced by its payment, {paid} by the ledger")
                });
            }
        }
    }
}

/// `gross / (1 + rate)`, half up.
fn net_of(gross: i64, millionths: u32) -> i128 {
    let (top, bottom) = (i128::from(gross) * 1_000_000, 1_000_000 + i128::from(millionths));
    (2 * top + bottom) / (2 * bottom)
}
