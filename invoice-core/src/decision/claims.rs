use std::collections::BTreeMap;

use super::Case;
use crate::application::{Claimed, LineAmount, OrderScope, Scope};
use crate::error::{Refusal, RefusalCode};
use crate::id::OrderId;
use crate::ledger::{Balance, LineShare, Share};
use crate::money::Money;

impl Case<'_> {
    /// What a scope claims of its order, line by line.
    pub(super) fn claims_of(&self, scope: &OrderScope) -> Result<Vec<Claimed>, Refusal> {
        let balance = self.state.balance(&scope.order)?;
        let wanted = match &scope.scope {
            Scope::Whole => (0..)
                .zip(balance.lines())
                .map(|(index, line)| (index, line.free()))
                .filter(|(_, free)| free.is_positive())
                .collect(),
            Scope::Lines(lines) => named_lines(balance, lines)?,
            Scope::Amount(amount) => first_lines(balance, *amount)?,
        };
        if wanted.is_empty() {
            return Err(Refusal::new(RefusalCode::BalanceEmpty).with("order", &scope.order));
        }
        claims(balance, wanted)
    }
}

fn claims(balance: &Balance, wanted: Vec<(u32, Money)>) -> Result<Vec<Claimed>, Refusal> {
    wanted
        .into_iter()
        .map(|(index, gross)| {
            let order = balance.order();
            let line = balance.lines().get(index as usize).ok_or_else(|| {
                Refusal::new(RefusalCode::OrderLineUnknown).with("order", order).with("line", index)
            })?;
            Ok(Claimed { order: order.clone(), line: index, share: line.share_of(order, gross)? })
        })
        .collect()
}

fn named_lines(balance: &Balance, lines: &[LineAmount]) -> Result<Vec<(u32, Money)>, Refusal> {
    let mut wanted: Vec<(u32, Money)> = Vec::with_capacity(lines.len());
    for LineAmount { line, amount } in lines {
        let about = |code| Refusal::new(code).with("order", balance.order()).with("line", line);
        let index = balance.index_of(line).ok_or_else(|| about(RefusalCode::OrderLineUnknown))?;
        if wanted.iter().any(|(named, _)| *named == index) {
            return Err(about(RefusalCode::OrderLineRepeated));
        }
        let free = balance.lines().get(index as usize).map_or(Money::ZERO, crate::ledger::LineBalance::free);
        wanted.push((index, amount.unwrap_or(free)));
    }
    Ok(wanted)
}

fn first_lines(balance: &Balance, amount: Money) -> Result<Vec<(u32, Money)>, Refusal> {
    let free = balance.invoiceable();
    if !amount.is_positive() || amount > free {
        let refusal = Refusal::new(RefusalCode::BalanceBelowAmount).with("order", balance.order());
        return Err(refusal.with("asked", amount).with("free", free));
    }
    let mut left = amount.fen();
    let mut wanted = Vec::new();
    for (index, line) in (0..).zip(balance.lines()) {
        let part = line.free().fen().min(left);
        if part > 0 {
            wanted.push((index, Money::from_fen(part)));
            left -= part;
        }
    }
    Ok(wanted)
}

/// Claims as shares per order, lines added up, in a fixed order.
pub(super) fn by_order<'a>(
    shares: impl IntoIterator<Item = (&'a OrderId, u32, Share)>,
) -> BTreeMap<OrderId, Vec<LineShare>> {
    let mut lines: BTreeMap<&OrderId, BTreeMap<u32, Share>> = BTreeMap::new();
    for (order, line, share) in shares {
        lines.entry(order).or_default().entry(line).or_default().add(share);
    }
    let listed = |lines: BTreeMap<u32, Share>| {
        lines.into_iter().map(|(line, share)| LineShare { line, share }).collect()
    };
    lines.into_iter().map(|(order, lines)| (order.clone(), listed(lines))).collect()
}
