use super::Auditor;
use crate::invoice::{Color, Invoice};
use crate::plan::split::RowKind;
use crate::store::Write;

use super::super::bureau::Doc;
use super::super::foreign::FOREIGN;

/// An invoice task as the auditor knows it. Amounts in fen: net, tax, gross; negative on reds.
#[derive(Debug, Clone)]
pub(in super::super) struct Task {
    /// The blue task, on a red one.
    pub(in super::super) of: Option<String>,
    pub(in super::super) totals: [i64; 3],
    /// Order, line, magnitudes.
    pub(super) shares: Vec<(String, usize, [i64; 3])>,
    pub(super) rows: Vec<(u32, [i64; 3])>,
    pub(in super::super) state: &'static str,
    pub(in super::super) key: String,
    pub(super) provider: String,
    /// Whether the buyer has started its red confirmation.
    pub(super) foreign: bool,
    /// Its invoices at the bureau.
    pub(in super::super) docs: Vec<usize>,
}

impl Auditor {
    pub(super) fn invoice_written(&mut self, write: &Write) {
        let id = write.row.key.id();
        let named =
            |name| write.columns.tags.iter().find(|tag| tag.name == name).map(|tag| tag.value.clone());
        let key = named("key").unwrap_or_default();
        let state = write.columns.state.unwrap_or_default();
        if !self.tasks.contains_key(id) {
            self.planned(id, write);
        }
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.state = state;
        if task.key != key {
            let before = std::mem::replace(&mut task.key, key.clone());
            if !before.is_empty() {
                self.given_up.push((id.to_owned(), before));
            }
            let provider = text_of(&write.row.body.0, "provider").unwrap_or_default();
            let before = std::mem::replace(&mut task.provider, provider);
            self.moved += u64::from(!before.is_empty() && before != task.provider);
        }
        if !self.keys.contains_key(&key) {
            self.keys.insert(key.clone(), id.to_owned());
        }
        if state == "submitting"
            && let Some(body) = stored_request(&write.row.body.0)
        {
            self.intents.entry(key).or_default().insert(body);
        }
    }

    /// Reads a task once, when it is planned.
    fn planned(&mut self, id: &str, write: &Write) {
        let Ok(invoice) = serde_json::from_slice::<Invoice>(&write.row.body.0) else {
            self.breaks("readable", || format!("invoice {id} cannot be read"));
            return;
        };
        let sign = if invoice.is_blue() { 1 } else { -1 };
        let amounts = |net: crate::money::Money, tax: crate::money::Money, gross: crate::money::Money| {
            [sign * net.fen(), sign * tax.fen(), sign * gross.fen()]
        };
        let mut shares = Vec::new();
        for part in invoice.rows().iter().flat_map(|row| &row.parts) {
            let of = part.of.share;
            shares.push((
                part.order.to_string(),
                part.of.line as usize,
                [of.net.fen(), of.tax.fen(), of.gross.fen()],
            ));
        }
        let rows = invoice
            .rows()
            .iter()
            .map(|row| (row.item.rate().millionths(), amounts(row.net, row.tax, row.gross)));
        let totals = amounts(invoice.net(), invoice.tax(), invoice.gross());
        let of = match invoice.color() {
            Color::Blue => None,
            Color::Red { of, .. } => Some(of.to_string()),
        };
        let task = Task {
            of,
            totals,
            shares,
            rows: rows.collect(),
            state: "planned",
            key: String::new(),
            provider: String::new(),
            foreign: invoice.foreign_form().is_some(),
            docs: Vec::new(),
        };
        self.adds_up(id, &invoice, &task, sign);
        let blue = task.of.as_ref().and_then(|blue| self.tasks.get(blue));
        let of_blue = blue.map(|blue| blue.shares.clone()).unwrap_or_default();
        for (order, ..) in task.shares.iter().chain(&of_blue) {
            self.of_order.entry(order.clone()).or_default().insert(id.to_owned());
        }
        self.tasks.insert(id.to_owned(), task);
        if let Some(number) = invoice.foreign_form() {
            let key = format!("{FOREIGN}{number}");
            let twice = self.keys.insert(key.clone(), id.to_owned());
            self.must(twice.is_none(), "one red a form", || format!("form {number}: {id} and {twice:?}"));
            let (seen, strays) =
                std::mem::take(&mut self.strays).into_iter().partition(|(_, doc)| doc.key == key);
            self.strays = strays;
            let seen: Vec<(usize, Doc)> = seen;
            seen.iter().for_each(|(index, doc)| self.issued(*index, doc));
        }
    }

    /// Invariant 1 within an invoice: parts make rows, rows make totals, to the cent.
    fn adds_up(&mut self, id: &str, invoice: &Invoice, task: &Task, sign: i64) {
        let sum = |amounts: &mut dyn Iterator<Item = [i64; 3]>| {
            amounts
                .fold([0; 3], |sum, [net, tax, gross]: [i64; 3]| [sum[0] + net, sum[1] + tax, sum[2] + gross])
        };
        let of_rows = sum(&mut task.rows.iter().map(|(_, amounts)| *amounts));
        let of_shares = sum(&mut task
            .shares
            .iter()
            .map(|(_, _, [net, tax, gross])| [sign * net, sign * tax, sign * gross]));
        let totals = task.totals;
        self.must(of_rows == totals && of_shares == totals, "exact", || {
            format!("task {id}: totals {totals:?}, rows {of_rows:?}, shares {of_shares:?}")
        });
        let whole = totals[0] + totals[1] == totals[2] && totals[2] * sign > 0;
        self.must(whole, "exact", || format!("task {id}: totals {totals:?}"));
        for (millionths, [net, tax, gross]) in &task.rows {
            let drift = (i128::from(*net) * i128::from(*millionths) - i128::from(*tax) * 1_000_000).abs();
            self.must(net + tax == *gross && drift <= 6_000_000 + 1_000_000, "tolerance", || {
                format!("task {id}: a row of {net} + {tax} = {gross} at {millionths}")
            });
        }
        let quantities = invoice.rows().iter().filter(|row| row.kind != RowKind::Discount).all(|row| {
            let parts: rust_decimal::Decimal = row.parts.iter().map(|part| part.of.share.quantity).sum();
            row.quantity.is_none_or(|quantity| quantity == parts)
        });
        self.must(quantities, "exact", || format!("task {id}: quantities of parts do not make the rows'"));
    }

    pub(super) fn rows_agree(&mut self, id: &str, doc: &Doc) {
        let Some(task) = self.tasks.get(id) else { return };
        let issued = doc.form.rows.iter().map(|row| (row.millionths, row.amounts));
        let same = task.rows.iter().copied().eq(issued);
        self.must(same, "exact", || format!("task {id}: the rows issued are not the rows planned"));
    }

    /// All reds of a blue invoice that exist take back no more than it had, in any amount.
    pub(super) fn red_within_blue(&mut self, blue: &str) {
        let Some(of) = self.tasks.get(blue) else { return };
        let had = of.totals;
        let mut taken = [0_i64; 3];
        for red in self.tasks.values().filter(|task| task.of.as_deref() == Some(blue)) {
            for _ in &red.docs {
                for (sum, amount) in taken.iter_mut().zip(red.totals) {
                    *sum -= amount;
                }
            }
        }
        let within = taken.iter().zip(had).all(|(taken, had)| *taken <= had);
        let settled = taken[2] != had[2] || taken == had;
        self.must(within && settled, "red within blue", || {
            format!("blue {blue} had {had:?}, reds took {taken:?}")
        });
    }
}

/// The bytes of the stored request in the JSON of a task: they hold nothing that JSON would escape.
fn stored_request(row: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(row).ok()?;
    let (_, behind) = text.split_once("\"body\":\"")?;
    let (body, _) = behind.split_once('"')?;
    Some(body.to_owned())
}

/// The first text of a name in the JSON of a task.
fn text_of(row: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(row).ok()?;
    let (_, behind) = text.split_once(&format!("\"{name}\":\""))?;
    behind.split_once('"').map(|(value, _)| value.to_owned())
}
