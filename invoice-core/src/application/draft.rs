use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Claimed;
use crate::error::{Refusal, RefusalCode};
use crate::id::OrderId;
use crate::invoice::{InvoiceRow, OrderShare};
use crate::ledger::{LineShare, Share};
use crate::money::Money;
use crate::order::{Order, OrderLine};
use crate::plan::certificate::CheckedSplit;
use crate::plan::split::{InvoiceSpan, RowKind, SplitLine, SplitPlan, SplitPolicy, split};

/// What an application comes to: the invoices that would be planned for it, read off a checked split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    plan: SplitPlan,
    invoices: Vec<DraftInvoice>,
}

/// One invoice of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftInvoice {
    pub(crate) rows: Vec<InvoiceRow>,
    pub(crate) net: Money,
    pub(crate) tax: Money,
    pub(crate) gross: Money,
}

impl DraftInvoice {
    /// The rows to print.
    #[must_use]
    pub fn rows(&self) -> &[InvoiceRow] {
        &self.rows
    }

    /// Net total.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// Tax total.
    #[must_use]
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// Gross total.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.gross
    }
}

impl Draft {
    /// Splits what is claimed. Discount rows are printed where all of a line is claimed; a part of a line is printed
    /// at its price after discount.
    pub(crate) fn new(
        claims: &[Claimed],
        orders: &BTreeMap<OrderId, Arc<Order>>,
        policy: &SplitPolicy,
    ) -> Result<Self, Refusal> {
        let sources = claims.iter().map(|claim| source(claim, orders)).collect::<Result<Vec<_>, _>>()?;
        let mut labels = HashMap::new();
        let mut lines = Vec::with_capacity(claims.len());
        for (claim, line) in claims.iter().zip(&sources) {
            let next = u32::try_from(labels.len()).unwrap_or(u32::MAX);
            let label = *labels.entry((line.name(), line.spec(), line.unit())).or_insert(next);
            lines.push(split_line(claim, line)?.with_label(label));
        }
        let split = CheckedSplit::new(&lines, policy, split(&lines, policy)?)?;
        let invoices = split.plan().invoices().iter().map(|invoice| DraftInvoice {
            rows: rows(&split, invoice, claims, &sources),
            net: invoice.net(),
            tax: invoice.tax(),
            gross: invoice.gross(),
        });
        let invoices = invoices.collect();
        Ok(Self { plan: split.into_plan(), invoices })
    }

    /// The invoices.
    #[must_use]
    pub fn invoices(&self) -> &[DraftInvoice] {
        &self.invoices
    }

    /// The plan behind it, which was checked: the lower bound, and the reasons of each group and cut.
    #[must_use]
    pub const fn plan(&self) -> &SplitPlan {
        &self.plan
    }

    pub(crate) fn into_invoices(self) -> Vec<DraftInvoice> {
        self.invoices
    }
}

fn source<'a>(claim: &Claimed, orders: &'a BTreeMap<OrderId, Arc<Order>>) -> Result<&'a OrderLine, Refusal> {
    orders
        .get(&claim.order)
        .and_then(|order| order.lines().get(claim.line as usize))
        .ok_or_else(|| Refusal::new(RefusalCode::OrderUnknown).with("order", &claim.order))
}

fn split_line(claim: &Claimed, line: &OrderLine) -> Result<SplitLine, Refusal> {
    let item = line.item();
    let whole = claim.share.gross == line.payable();
    let (list, discount) =
        if whole { (line.list(), line.discount()) } else { (claim.share.gross, Money::ZERO) };
    let planned = SplitLine::new(item.code(), item.rate(), item.treatment(), list, discount)?
        .with_net(claim.share.net)?;
    Ok(if claim.share.quantity.is_zero() { planned } else { planned.with_quantity(claim.share.quantity) })
}

fn rows(
    split: &CheckedSplit<'_>,
    invoice: &InvoiceSpan,
    claims: &[Claimed],
    sources: &[&OrderLine],
) -> Vec<InvoiceRow> {
    let mut rows: Vec<InvoiceRow> = Vec::new();
    for row in split.rows(invoice) {
        // A discount row has no parts of its own: it is the discount of the row above.
        let line = row.parts().next().and_then(|part| sources.get(part.line() as usize));
        let (item, name, spec, unit) = match (line, rows.last()) {
            (Some(line), _) => (line.item().clone(), line.name(), line.spec(), line.unit()),
            (None, Some(above)) => (above.item.clone(), above.name.as_str(), None, None),
            (None, None) => continue,
        };
        let discount = row.kind() == RowKind::Discount;
        let printed = |text: Option<&str>| text.filter(|_| !discount).map(str::to_owned);
        let shares = row.parts().filter_map(|part| {
            let claim = claims.get(part.line() as usize)?;
            let share = Share {
                quantity: part.quantity().unwrap_or_default(),
                net: part.net(),
                tax: part.tax(),
                gross: part.gross(),
            };
            Some(OrderShare { order: claim.order.clone(), of: LineShare { line: claim.line, share } })
        });
        let next = InvoiceRow {
            kind: row.kind(),
            item,
            name: name.to_owned(),
            spec: printed(spec),
            unit: printed(unit),
            quantity: row.quantity(),
            net: row.net(),
            tax: row.tax(),
            gross: row.gross(),
            blue_row: None,
            parts: shares.collect(),
        };
        rows.push(next);
    }
    rows
}
