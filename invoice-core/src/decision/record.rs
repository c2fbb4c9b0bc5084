use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Case, Event};
use crate::error::{Refusal, RefusalCode};
use crate::id::OrderId;
use crate::ledger::{BalanceChange, LineOpening};
use crate::money::Money;
use crate::money::allocation::allocate;
use crate::order::{Order, Payment};

impl Case<'_> {
    pub(super) fn record_order(&mut self, order: &Order) -> Result<(), Refusal> {
        if let Some(recorded) = self.state.orders.get(order.id()) {
            if **recorded == *order {
                return Ok(());
            }
            return Err(Refusal::new(RefusalCode::OrderChanged).with("order", order.id()));
        }
        for line in order.lines() {
            self.facts.table.check(line.item())?;
        }
        let opening = |line: &crate::order::OrderLine| LineOpening {
            line: line.id().clone(),
            rate: line.item().rate(),
            quantity: line.quantity(),
            payable: line.payable(),
        };
        let opened = BalanceChange::Opened {
            seller: order.seller().clone(),
            buyer: order.buyer().clone(),
            lines: order.lines().iter().map(opening).collect(),
        };
        self.emit(Event::Order(Arc::new(order.clone())));
        self.emit(Event::Balance(order.id().clone(), opened));
        Ok(())
    }

    /// The tenders must sum to the payable amount. What cannot be invoiced is spread over the lines that can be, in
    /// proportion; excluded lines take none of it, since nothing of them is invoiced anyway.
    pub(super) fn record_payment(&mut self, order: &OrderId, payment: &Payment) -> Result<(), Refusal> {
        let recorded = Arc::clone(self.state.order(order)?);
        if let Some(paid) = self.state.balance(order)?.payment() {
            if paid == payment {
                return Ok(());
            }
            return Err(Refusal::new(RefusalCode::OrderPaid).with("order", order));
        }
        let total = payment.total();
        if total != Some(recorded.payable()) {
            let given = total.map_or_else(|| "-".to_owned(), |total| total.to_string());
            return Err(Refusal::new(RefusalCode::OrderTotals)
                .with("order", order)
                .with("expected", recorded.payable())
                .with("given", given));
        }
        let weight = |line: &crate::order::OrderLine| {
            if line.excluded().is_some() { Money::ZERO } else { line.payable() }
        };
        let weights: Vec<Money> = recorded.lines().iter().map(weight).collect();
        let open: Money = weights.iter().copied().sum();
        let spread = payment.not_invoiceable().min(open);
        let shares = allocate(spread, &weights).ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?;
        let excluded = recorded
            .lines()
            .iter()
            .zip(shares)
            .map(|(line, share)| if line.excluded().is_some() { line.payable() } else { share });
        let change = BalanceChange::Paid { payment: payment.clone(), excluded: excluded.collect() };
        self.emit(Event::Balance(order.clone(), change));
        self.apply_by_itself(order)
    }

    pub(super) fn record_receipt(&mut self, order: &OrderId, at: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state.balance(order)?.received_at().is_none() {
            self.emit(Event::Balance(order.clone(), BalanceChange::Received { at }));
            return self.apply_by_itself(order);
        }
        Ok(())
    }
}
