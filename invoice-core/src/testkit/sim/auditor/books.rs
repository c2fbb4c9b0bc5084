use super::Auditor;
use crate::store::{EntryKind, LedgerEntry};

/// Net, tax, gross in fen.
pub(super) type Amounts = [i64; 3];

/// One order line, from commands, ledger entries and the bureau.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Line {
    pub(in super::super) id: String,
    pub(in super::super) payable: i64,
    pub(in super::super) millionths: u32,
    pub(in super::super) excluded: bool,
    /// What of the payment may be invoiced, by the ledger.
    pub(in super::super) paid: i64,
    /// What of the refunds was invoiceable, by the ledger.
    pub(in super::super) refunded: i64,
    /// What was commanded to be refunded.
    pub(in super::super) commanded: i64,
    pub(super) reserved: Amounts,
    pub(super) posted: Amounts,
    pub(super) reversed: Amounts,
    /// What the bureau has issued.
    pub(super) blue: Amounts,
    /// What the bureau has taken back.
    pub(super) red: Amounts,
    entries: u64,
}

fn add(sum: &mut Amounts, more: Amounts, sign: i64) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += sign * more;
    }
}

impl Line {
    /// What may be invoiced.
    pub(in super::super) const fn entitled(&self) -> i64 {
        self.paid - self.refunded
    }

    /// What can be applied for.
    pub(in super::super) const fn open(&self) -> i64 {
        self.entitled() - self.reserved[2] - self.posted[2] + self.reversed[2]
    }

    /// The money, in words.
    pub(in super::super) fn told(&self) -> String {
        let Self { paid, refunded, reserved, posted, reversed, blue, red, .. } = self;
        format!(
            "paid {paid} refunded {refunded} held {reserved:?} posted {posted:?} reversed {reversed:?} blue {blue:?} red {red:?}"
        )
    }

    /// What can be refunded.
    pub(in super::super) const fn refundable(&self) -> i64 {
        if self.entries == 0 { 0 } else { self.payable - self.commanded }
    }

    /// What is invoiced and not taken back, net of what was refunded: negative when there is too much.
    pub(super) const fn excess(&self) -> i64 {
        let desk = self.reserved[2] + self.posted[2] - self.reversed[2];
        let bureau = self.blue[2] - self.red[2];
        let most = if desk > bureau { desk } else { bureau };
        most - self.entitled()
    }
}

impl Auditor {
    pub(super) fn opened(&mut self, id: &str) {
        let Some(order) = self.commanded_orders.get(id) else {
            self.breaks("commanded", || format!("order {id} was never recorded by anybody"));
            return;
        };
        let line = |line: &crate::order::OrderLine| Line {
            id: line.id().to_string(),
            payable: line.payable().fen(),
            millionths: line.item().rate().millionths(),
            excluded: line.excluded().is_some(),
            ..Line::default()
        };
        self.orders.insert(id.to_owned(), order.lines().iter().map(line).collect());
    }

    pub(super) fn refund_recorded(&mut self, id: &str) {
        let Some(refund) = self.commanded_refunds.get(id).cloned() else {
            self.breaks("commanded", || format!("refund {id} was never asked for by anybody"));
            return;
        };
        let fresh = self.refunded.insert(id.to_owned());
        self.must(fresh, "commanded", || format!("refund {id} counted twice"));
        if let Some(lines) = self.orders.get_mut(refund.order.as_str()) {
            for back in &refund.lines {
                if let Some(line) = lines.iter_mut().find(|line| line.id == back.line.as_str()) {
                    line.commanded += back.amount.fen();
                }
            }
        }
    }

    pub(super) fn entry(&mut self, entry: &LedgerEntry) {
        let order = entry.order.as_str();
        let Some(line) = self
            .orders
            .get_mut(order)
            .and_then(|lines| lines.iter_mut().find(|line| line.id == entry.line.as_str()))
        else {
            self.breaks("ledger", || format!("an entry of a line that is not in order {order}"));
            return;
        };
        let amounts = [entry.net.fen(), entry.tax.fen(), entry.gross.fen()];
        line.entries += 1;
        match entry.kind {
            EntryKind::Paid => line.paid += amounts[2],
            EntryKind::Refunded => line.refunded += amounts[2],
            EntryKind::Reserve => add(&mut line.reserved, amounts, 1),
            EntryKind::Void => add(&mut line.reserved, amounts, -1),
            EntryKind::Post => {
                add(&mut line.reserved, amounts, -1);
                add(&mut line.posted, amounts, 1);
            }
            EntryKind::Reverse => add(&mut line.reversed, amounts, 1),
        }
        self.must(amounts[0] + amounts[1] == amounts[2], "exact", || {
            format!("an entry of order {order} with {amounts:?}")
        });
    }

    /// An invoice exists at the bureau: what it says of its order lines becomes truth.
    pub(super) fn post_truth(&mut self, id: &str) {
        let Some(task) = self.tasks.get(id) else { return };
        let (red, shares) = (task.of.is_some(), task.shares.clone());
        let mut orders: Vec<&String> = Vec::new();
        for (order, line, amounts) in &shares {
            let line = self.orders.get_mut(order).and_then(|lines| lines.get_mut(*line));
            if let Some(line) = line {
                add(if red { &mut line.red } else { &mut line.blue }, *amounts, 1);
            }
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        for order in orders {
            self.check_order(order);
        }
    }

    /// Invariants 1, 2 and 4 of one order, now.
    pub(super) fn check_order(&mut self, order: &str) {
        let Some(lines) = self.orders.get(order) else { return };
        let mut wrong = None;
        for (index, line) in lines.iter().enumerate() {
            self.checks += 3;
            let below = |amounts: Amounts| amounts.iter().any(|amount| *amount < 0);
            if below(line.reserved) || below(line.posted) || below(line.reversed) {
                wrong = Some(("ledger", index));
            }
            if line.posted.iter().zip(line.blue).any(|(said, is)| *said > is)
                || line.reversed.iter().zip(line.red).any(|(said, is)| *said > is)
            {
                wrong = Some(("issued at the bureau", index));
            }
            if line.excess() > 0 && !self.is_being_taken_back(order, index) {
                wrong = Some(("never over-invoiced", index));
            }
        }
        if let Some((rule, index)) = wrong {
            let line = lines.get(index).cloned();
            self.breaks(rule, || format!("order {order}: {line:?}"));
        }
    }

    /// Whether somebody can see that too much is invoiced: a blue one whose answer is awaited, or red work.
    fn is_being_taken_back(&self, order: &str, index: usize) -> bool {
        let Some(tasks) = self.of_order.get(order) else { return false };
        tasks.iter().filter_map(|id| self.tasks.get(id)).any(|task| {
            // The bureau takes one red at a time: one of the same blue is waited for.
            let blue = task.of.as_ref().and_then(|blue| self.tasks.get(blue)).unwrap_or(task);
            let touches = blue.shares.iter().any(|(of, line, _)| of == order && *line == index);
            let awaited = matches!(task.state, "submitting" | "accepted" | "in_doubt" | "confirming");
            touches && (awaited || task.of.is_some() && matches!(task.state, "planned" | "failed"))
        })
    }
}

impl Auditor {
    /// The payment of an order: the first one that anybody asked for stays the only one.
    pub(in super::super) fn first_payment(
        &mut self,
        order: &str,
        payment: crate::order::Payment,
    ) -> crate::order::Payment {
        self.commanded_payments.entry(order.to_owned()).or_insert(payment).clone()
    }

    /// Whether anything is invoiced beyond what may be.
    pub(in super::super) fn has_excess(&self, order: &str) -> bool {
        self.orders.get(order).is_some_and(|lines| lines.iter().any(|line| line.excess() > 0))
    }

    /// A failed red invoice of something that is still to be taken back.
    pub(in super::super) fn failed_red(&self) -> Option<String> {
        let fits = |task: &super::Task| {
            task.of.is_some()
                && task.state == "failed"
                && task.shares.iter().any(|(order, ..)| self.has_excess(order))
        };
        self.tasks.iter().find(|(_, task)| fits(task)).map(|(id, _)| id.clone())
    }
}
