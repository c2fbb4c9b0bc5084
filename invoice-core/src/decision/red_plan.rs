//! Which red invoices take back what is too much, and what each of them says.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use rust_decimal::Decimal;

use super::claims::by_order;
use super::{Case, Event};
use crate::application::{Application, ApplicationChange, Task, TaskState};
use crate::error::{Refusal, RefusalCode};
use crate::id::{InvoiceId, OrderId};
use crate::invoice::{
    Color, Flushed, Invoice, InvoiceChange, InvoiceRow, InvoiceState, OpenRed, OrderShare, PaperState,
    intent_key,
};
use crate::ledger::{BalanceChange, LineShare, Share};
use crate::money::Money;
use crate::plan::red as planner;
use crate::plan::red::{
    BlueInvoice, BluePart, BlueRow, RedDemand, RedExtent, RedForm, RedPlan, RedReason, plan_red,
};
use crate::plan::split::RowKind;
use crate::tax::tax_day;

/// Lines of several orders as the numbers the planner works with.
#[derive(Default)]
pub(super) struct Numbering {
    numbers: BTreeMap<(OrderId, u32), u32>,
    lines: Vec<(OrderId, u32)>,
}

impl Numbering {
    pub(super) fn number(&mut self, order: &OrderId, line: u32) -> u32 {
        let next = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        *self.numbers.entry((order.clone(), line)).or_insert_with(|| {
            self.lines.push((order.clone(), line));
            next
        })
    }

    fn line(&self, number: u32) -> Option<&(OrderId, u32)> {
        self.lines.get(number as usize)
    }
}

impl Case<'_> {
    pub(super) fn plan_reds(&mut self, orders: &[OrderId], reason: RedReason) -> Result<(), Refusal> {
        let mut numbering = Numbering::default();
        let mut demands = Vec::new();
        for order in orders {
            let balance = self.state.balance(order)?;
            for (index, line) in (0..).zip(balance.lines()).filter(|(_, line)| line.excess().is_positive()) {
                let quantity = Some(line.excess_quantity())
                    .filter(|quantity| !quantity.is_zero() && reason != RedReason::Allowance);
                demands.push(RedDemand {
                    line: numbering.number(order, index),
                    gross: line.excess(),
                    quantity,
                });
            }
        }
        // Goods come back and services are stopped: the reason an invoice can bear depends on what it is for.
        let mut groups: Vec<(RedReason, Vec<InvoiceId>)> = Vec::new();
        for id in self.flushable(orders) {
            let invoice = self.state.invoice(&id)?;
            // "Issued in error" takes whole, untouched invoices only: what is left of others is taken as returned.
            let fits = match reason {
                RedReason::IssuedInError if !invoice.flushed().is_empty() => RedReason::Returned,
                other => other,
            };
            let fits = fitting(fits, invoice.rows());
            match groups.iter_mut().find(|(reason, _)| *reason == fits) {
                Some((_, ids)) => ids.push(id),
                None => groups.push((fits, vec![id])),
            }
        }
        for (reason, ids) in groups {
            if demands.is_empty() {
                break;
            }
            let mut blues = Vec::with_capacity(ids.len());
            for id in &ids {
                let invoice = self.state.invoice(id)?;
                let extent = match reason {
                    RedReason::IssuedInError => RedExtent::WholeInvoice,
                    _ => self.red_extent(invoice),
                };
                blues.push(blue_invoice(invoice, extent, &mut numbering));
            }
            let (plan, ids) = self.plan_forms(&blues, &demands, reason, ids)?;
            for form in plan.forms() {
                if let Some(blue) = ids.get(form.blue as usize) {
                    self.open_red(blue, form, reason, &numbering)?;
                }
            }
            demands = plan.unmet().to_vec();
        }
        Ok(())
    }

    /// The fewest forms; among plans of as few, one over blue invoices of this month where that meets everything: a red
    /// of such a one gives credit back, one of an earlier month gives none, and an allowance never does (issuing
    /// capability document V4.000, 3.3.2.5).
    fn plan_forms(
        &self,
        blues: &[BlueInvoice],
        demands: &[RedDemand],
        reason: RedReason,
        ids: Vec<InvoiceId>,
    ) -> Result<(RedPlan, Vec<InvoiceId>), Refusal> {
        let plan = plan_red(blues, demands, reason, RedExtent::Minimal)?;
        let month = |at: DateTime<Utc>| tax_day(at).with_day(1);
        let issued = |id: &InvoiceId| self.state.invoices.get(id)?.state().issued().map(|red| red.issued_at);
        let this_month = |id| issued(id).map(month) == Some(month(self.facts.now));
        let recent: Vec<bool> = ids.iter().map(this_month).collect();
        if reason == RedReason::Allowance || !recent.contains(&true) || !recent.contains(&false) {
            return Ok((plan, ids));
        }
        let blues: Vec<BlueInvoice> =
            blues.iter().zip(&recent).filter(|(_, recent)| **recent).map(|(blue, _)| blue.clone()).collect();
        let other = plan_red(&blues, demands, reason, RedExtent::Minimal)?;
        if other.unmet() != plan.unmet() || other.forms().len() > plan.forms().len() {
            return Ok((plan, ids));
        }
        let ids = ids.into_iter().zip(recent).filter_map(|(id, recent)| recent.then_some(id));
        Ok((other, ids.collect()))
    }

    /// What the seller wants and the provider of the blue can do.
    fn red_extent(&self, invoice: &Invoice) -> RedExtent {
        let route = self.facts.routes.iter().find(|route| &route.provider == invoice.provider());
        match route.map(|route| route.red_extent) {
            Some(RedExtent::WholeInvoice) => RedExtent::WholeInvoice,
            _ => self.facts.seller.red_extent(invoice.kind().class()),
        }
    }

    /// Issued blue invoices of these orders that have something left and no red under way: the bureau takes one red
    /// at a time.
    fn flushable(&self, orders: &[OrderId]) -> Vec<InvoiceId> {
        let applications = self.applications_of(orders);
        let tasks =
            applications.iter().filter_map(|id| self.state.applications.get(id)).flat_map(Application::tasks);
        let candidate = |task: &&Task| {
            self.state.invoices.get(&task.invoice).is_some_and(|invoice| {
                invoice.is_blue()
                    && invoice.state().issued().is_some()
                    && invoice.open_red().is_none()
                    && invoice.flushed_gross() < invoice.gross()
            })
        };
        tasks.filter(candidate).map(|task| task.invoice.clone()).collect()
    }

    pub(super) fn open_red(
        &mut self,
        blue_id: &InvoiceId,
        form: &RedForm,
        reason: RedReason,
        numbering: &Numbering,
    ) -> Result<(), Refusal> {
        let blue = self.state.invoice(blue_id)?.clone();
        let Some(number) = blue.state().issued().map(|issued| issued.number.clone()) else { return Ok(()) };
        let rows = red_rows(&blue, form, numbering);
        let color = Color::Red { of: blue_id.clone(), blue: number, reason: fitting(reason, &rows) };
        self.add_red(blue, color, rows, (None, InvoiceState::Planned { waiting_on: None })).map(drop)
    }

    /// Adds the red task that takes these rows of a blue invoice back, under the buyer's `form` where that is what it
    /// comes of: the blue and the balances know of it from now on.
    pub(super) fn add_red(
        &mut self,
        blue: Invoice,
        color: Color,
        rows: Vec<InvoiceRow>,
        (form, state): (Option<String>, InvoiceState),
    ) -> Result<InvoiceId, Refusal> {
        let sum = |amount: fn(&InvoiceRow) -> Money| {
            Money::checked_sum(rows.iter().map(amount))
                .ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))
        };
        let (net, tax, gross) = (sum(|row| row.net)?, sum(|row| row.tax)?, sum(|row| row.gross)?);
        let (blue_id, application) = (blue.id().clone(), blue.application().clone());
        let id = self.next_task_id(&application)?;
        let open = OpenRed { red: id.clone(), rows: taken_back(&blue, &rows) };
        let shares = by_order(
            rows.iter().flat_map(|row| &row.parts).map(|part| (&part.order, part.of.line, part.of.share)),
        );
        let planned = matches!(state, InvoiceState::Planned { .. });
        let task_state = if planned { TaskState::Planned } else { TaskState::Sent };
        let red = Invoice {
            key: intent_key(self.facts.tenant, &id, 0),
            id: id.clone(),
            color,
            rows,
            net,
            tax,
            gross,
            remark: None,
            planned_at: self.facts.now,
            generation: 0,
            request: None,
            sends: 0,
            unanswered: 0,
            sent_at: None,
            unclear: None,
            former: Vec::new(),
            form,
            state,
            flushed: Vec::new(),
            open_red: None,
            retried: false,
            released: false,
            paper: PaperState::default(),
            voiding: None,
            files: Vec::new(),
            ..blue
        };
        self.emit(Event::Invoice(id.clone(), InvoiceChange::Planned(Box::new(red))));
        let task = Task { invoice: id.clone(), red_of: Some(blue_id.clone()), state: task_state, gross };
        self.emit(Event::Application(application, ApplicationChange::TaskAdded(task)));
        self.emit(Event::Invoice(blue_id, InvoiceChange::RedOpened(open)));
        for (order, shares) in shares {
            self.emit(Event::Balance(order, BalanceChange::Reversing { invoice: id.clone(), shares }));
        }
        Ok(id)
    }

    /// The red exists: the blue has that much less.
    pub(super) fn flush(&mut self, blue: &InvoiceId, red: &InvoiceId) -> Result<(), Refusal> {
        let rows = match self.state.invoice(blue)?.open_red() {
            Some(open) if &open.red == red => open.rows.clone(),
            // Denied before and issued after all: its rows count all the same.
            _ => taken_back(self.state.invoice(blue)?, self.state.invoice(red)?.rows()),
        };
        self.emit(Event::Invoice(blue.clone(), InvoiceChange::Flushed { red: red.clone(), rows }));
        Ok(())
    }
}

/// The reason that fits the goods: services do not come back, and goods are not stopped (red confirmation rules of the
/// issuing capability document V4.000, 3.1.2.3).
pub(super) fn fitting(reason: RedReason, rows: &[InvoiceRow]) -> RedReason {
    let all = |chapters: &[u64]| rows.iter().all(|row| chapters.contains(&row.item.code().chapter()));
    match reason {
        RedReason::Returned if all(&[3]) => RedReason::ServiceStopped,
        RedReason::ServiceStopped if all(&[1, 2]) => RedReason::Returned,
        other => other,
    }
}

/// The printed rows of a blue invoice that can be flushed. A discount row is netted in by the parts of the row above,
/// which are after discount.
pub(super) fn netted(rows: &[InvoiceRow]) -> impl Iterator<Item = (u32, &InvoiceRow)> {
    (0_u32..).zip(rows).filter(|(_, row)| row.kind != RowKind::Discount)
}

/// What the blue rows will have lost once this red exists.
pub(super) fn taken_back(blue: &Invoice, red_rows: &[InvoiceRow]) -> Vec<Flushed> {
    let mut all = Vec::new();
    for (row, printed) in netted(blue.rows()) {
        let before = blue.flushed().iter().find(|flushed| flushed.row == row);
        let mut flushed = before.cloned().unwrap_or(Flushed {
            row,
            share: Share::ZERO,
            parts: vec![Share::ZERO; printed.parts.len()],
        });
        for red in red_rows.iter().filter(|red| red.blue_row == Some(row + 1)) {
            flushed.share.add(red.share());
            for part in &red.parts {
                let same = |of: &OrderShare| of.order == part.order && of.of.line == part.of.line;
                if let Some(sum) =
                    printed.parts.iter().position(same).and_then(|index| flushed.parts.get_mut(index))
                {
                    sum.add(part.of.share);
                }
            }
        }
        if !flushed.share.is_zero() {
            all.push(flushed);
        }
    }
    all
}

/// A blue invoice as the planner sees it. An extent of the whole invoice makes it one that is flushed in full.
pub(super) fn blue_invoice(invoice: &Invoice, extent: RedExtent, numbering: &mut Numbering) -> BlueInvoice {
    let rows = netted(invoice.rows()).map(|(index, row)| {
        let flushed = invoice.flushed().iter().find(|flushed| flushed.row == index);
        let parts = row.parts.iter().enumerate().map(|(at, part)| {
            let share = part.of.share;
            let quantity = Some(share.quantity).filter(|quantity| !quantity.is_zero());
            let mut blue = BluePart::new(
                numbering.number(&part.order, part.of.line),
                quantity,
                share.net,
                share.tax,
                share.gross,
            );
            if let Some(gone) = flushed.and_then(|flushed| flushed.parts.get(at)) {
                blue.flushed = planner::Flushed {
                    quantity: gone.quantity,
                    net: gone.net,
                    tax: gone.tax,
                    gross: gone.gross,
                };
            }
            blue
        });
        // A chapter is one digit, 1 to 6.
        let chapter = u8::try_from(row.item.code().chapter()).unwrap_or(0);
        let quantity = flushed.map_or(Decimal::ZERO, |flushed| flushed.share.quantity);
        BlueRow::new(chapter, row.quantity, parts.collect()).with_flushed_quantity(quantity)
    });
    let blue = BlueInvoice::new(rows.collect());
    match extent {
        RedExtent::WholeInvoice => blue.only_in_full(),
        RedExtent::Minimal => blue,
    }
}

/// The rows of a red invoice: the blue ones' words, the form's amounts.
fn red_rows(blue: &Invoice, form: &RedForm, numbering: &Numbering) -> Vec<InvoiceRow> {
    let netted: Vec<_> = netted(blue.rows()).collect();
    let row = |red: &planner::RedRow| {
        let (index, printed) = netted.get(red.row as usize)?;
        let parts = red.parts.iter().filter_map(|part| {
            let (order, line) = numbering.line(part.line)?.clone();
            let share = Share {
                quantity: part.quantity.unwrap_or_default(),
                net: part.net,
                tax: part.tax,
                gross: part.gross,
            };
            Some(OrderShare { order, of: LineShare { line, share } })
        });
        Some(InvoiceRow {
            kind: RowKind::Normal,
            quantity: red.quantity,
            net: red.net,
            tax: red.tax,
            gross: red.gross,
            blue_row: Some(index + 1),
            parts: parts.collect(),
            ..(*printed).clone()
        })
    };
    form.rows.iter().filter_map(row).collect()
}
