use std::collections::{BTreeMap, BTreeSet};

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::Application;
use crate::id::{ApplicationId, OrderId, SellerId};
use crate::invoice::{Invoice, InvoiceState};
use crate::ledger::Balance;
use crate::order::Order;
use crate::report::Told;
pub use crate::report::{Break, RateTotals, Reconciliation};
use crate::store::{Key, Kind, MAX_PAGE, Query};

/// What is told of the lines of the orders of one page.
type TellTale = BTreeMap<OrderId, Vec<Told>>;

impl InvoiceDesk {
    /// Goes through every account of a seller and compares it with its order, and with its invoices and applications,
    /// which are written by other changes: each order line and rate must agree to the cent. Reads in pages and
    /// [folds](Reconciliation::add), in constant memory.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn reconcile(&self, actor: &Actor, seller: &SellerId) -> Result<Reconciliation, DeskError> {
        self.permit(actor, Verb::Reconcile).await?;
        let mut proof = Reconciliation::default();
        let mut query = Query::new(&self.inner.tenant, Kind::Balance).of_seller(seller).limit(MAX_PAGE / 4);
        loop {
            let page = self.inner.store.find(&query).await?;
            let balances = page.rows.iter().map(|row| self.open(row)).collect::<Result<Vec<Balance>, _>>()?;
            let told = self.told_of(&balances).await?;
            for balance in &balances {
                proof.add(balance, told.get(balance.order()).map_or(&[], Vec::as_slice));
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(proof),
            }
        }
    }

    async fn told_of(&self, balances: &[Balance]) -> Result<TellTale, DeskError> {
        let mut told: TellTale = balances
            .iter()
            .map(|balance| (balance.order().clone(), vec![Told::default(); balance.lines().len()]))
            .collect();
        let orders: Vec<Key> =
            balances.iter().map(|balance| self.key(Kind::Order, balance.order().as_str())).collect();
        for keys in orders.chunks(MAX_PAGE) {
            for row in self.inner.store.read(keys).await?.iter().flatten() {
                tell_prices(&mut told, &self.open(row)?);
            }
        }
        let applications: BTreeSet<&ApplicationId> =
            balances.iter().flat_map(Balance::applications).collect();
        let keys: Vec<Key> =
            applications.into_iter().map(|id| self.key(Kind::Application, id.as_str())).collect();
        for keys in keys.chunks(MAX_PAGE) {
            let rows = self.inner.store.read(keys).await?;
            let applications =
                rows.iter().flatten().map(|row| self.open(row)).collect::<Result<Vec<Application>, _>>()?;
            for claim in applications.iter().flat_map(Application::claims) {
                if let Some(line) = line_of(&mut told, &claim.order, claim.line) {
                    line.held.add(claim.share);
                }
            }
            let tasks: Vec<Key> = applications
                .iter()
                .flat_map(Application::tasks)
                .map(|task| self.subject(&task.invoice))
                .collect();
            for keys in tasks.chunks(MAX_PAGE) {
                for row in self.inner.store.read(keys).await?.iter().flatten() {
                    tell(&mut told, &self.open(row)?);
                }
            }
        }
        Ok(told)
    }
}

/// A line of an order of this page. A line that the account does not have makes one line too many, which breaks.
fn line_of<'a>(told: &'a mut TellTale, order: &OrderId, line: u32) -> Option<&'a mut Told> {
    let lines = told.get_mut(order)?;
    if line as usize >= lines.len() {
        lines.push(Told::default());
        return lines.last_mut();
    }
    lines.get_mut(line as usize)
}

fn tell_prices(told: &mut TellTale, order: &Order) {
    for (index, line) in (0..).zip(order.lines()) {
        if let Some(told) = line_of(told, order.id(), index) {
            told.payable = Some(line.payable());
        }
    }
}

fn tell(told: &mut TellTale, invoice: &Invoice) {
    for part in invoice.rows().iter().flat_map(|row| &row.parts) {
        let Some(line) = line_of(told, &part.order, part.of.line) else { continue };
        let total = match (invoice.state(), invoice.is_blue()) {
            _ if invoice.is_released() => continue,
            (InvoiceState::Superseded, _) => continue,
            (InvoiceState::Issued { .. }, true) => &mut line.invoiced,
            (InvoiceState::Issued { .. }, false) => &mut line.red,
            (_, true) => &mut line.held,
            (_, false) => &mut line.reversing,
        };
        total.add(part.of.share);
        // What is voided was invoiced and is taken back, without a red invoice of its own.
        match invoice.voiding() {
            Some(voiding) if voiding.done_at.is_some() => line.red.add(part.of.share),
            Some(voiding) if voiding.is_under_way() => line.reversing.add(part.of.share),
            _ => {}
        }
    }
}
