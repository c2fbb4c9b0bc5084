use super::{Case, Event};
use crate::error::{Refusal, RefusalCode};
use crate::ledger::{BalanceChange, RefundedLine};
use crate::money::Money;
use crate::order::{Refund, RefundLine};

impl Case<'_> {
    /// Records a refund, and starts whatever it makes necessary: smaller applications, fewer planned invoices, red
    /// invoices.
    pub(super) fn refund(&mut self, refund: &Refund) -> Result<(), Refusal> {
        if let Some(known) = self.state.refunds.get(&refund.id) {
            if known == refund {
                return Ok(());
            }
            return Err(Refusal::new(RefusalCode::RefundChanged).with("refund", &refund.id));
        }
        let balance = self.state.balance(&refund.order)?;
        if balance.payment().is_none() {
            return Err(Refusal::new(RefusalCode::OrderNotPaid).with("order", &refund.order));
        }
        if refund.lines.is_empty() {
            return Err(Refusal::new(RefusalCode::RefundEmpty).with("refund", &refund.id));
        }
        let mut lines: Vec<RefundedLine> = Vec::with_capacity(refund.lines.len());
        for line in &refund.lines {
            let taken = self.refunded_line(refund, line)?;
            if lines.iter().any(|earlier| earlier.line == taken.line) {
                return Err(Refusal::new(RefusalCode::OrderLineRepeated)
                    .with("order", &refund.order)
                    .with("line", &line.line));
            }
            lines.push(taken);
        }
        self.emit(Event::Refund(refund.clone()));
        let change = BalanceChange::Refunded { refund: refund.id.clone(), reason: refund.reason, lines };
        self.emit(Event::Balance(refund.order.clone(), change));
        self.settle_excess([refund.order.clone()])
    }

    fn refunded_line(&self, refund: &Refund, wanted: &RefundLine) -> Result<RefundedLine, Refusal> {
        let balance = self.state.balance(&refund.order)?;
        let unknown = || {
            Refusal::new(RefusalCode::OrderLineUnknown)
                .with("order", &refund.order)
                .with("line", &wanted.line)
        };
        let index = balance.index_of(&wanted.line).ok_or_else(unknown)?;
        let line = balance.lines().get(index as usize).ok_or_else(unknown)?;
        if wanted.amount <= Money::ZERO {
            return Err(Refusal::new(RefusalCode::RefundEmpty).with("refund", &refund.id));
        }
        let quantity = wanted.quantity.unwrap_or_default();
        if wanted.amount > line.refundable() || quantity > line.returnable() || quantity.is_sign_negative() {
            let refusal = Refusal::new(RefusalCode::RefundTooMuch).with("line", &wanted.line);
            return Err(refusal.with("asked", wanted.amount).with("free", line.refundable()));
        }
        Ok(RefundedLine {
            line: index,
            amount: wanted.amount,
            excluded: line.excluded_part(wanted.amount),
            quantity,
        })
    }
}
