//! What a seller has left to issue with: its credit line (授信额度) and its stock of invoice numbers (票仓).

use std::collections::BTreeMap;

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::error::{Refusal, RefusalCode};
use crate::id::SellerId;
use crate::invoice::{Invoice, InvoiceNumber};
use crate::money::Money;
use crate::provider::{Capability, NumberStock};
use crate::report::{NumberGap, number_gaps};
use crate::store::{Kind, MAX_PAGE, Query};

impl InvoiceDesk {
    /// What the credit line of a seller has left beyond what waits to be issued, net: asked from the provider, and forecast
    /// from the desk's own unsent blue invoices. `None` when the line has no end or the provider cannot be asked.
    ///
    /// # Errors
    /// `SELLER-01`, `SELLER-03`, `ACCESS-01`; a failing store or provider.
    pub async fn credit_forecast(
        &self,
        actor: &Actor,
        seller: &SellerId,
    ) -> Result<Option<CreditForecast>, DeskError> {
        self.permit(actor, Verb::Oversee).await?;
        self.forecast(seller).await
    }

    pub(super) async fn forecast(&self, seller: &SellerId) -> Result<Option<CreditForecast>, DeskError> {
        let configured = self.seller(seller)?;
        let provider = self.provider(configured.provider())?;
        if !provider.capabilities().can(Capability::CreditLine) {
            return Ok(None);
        }
        let line = provider.credit_line(&configured.party().tax_id).await?;
        let Some(available) = line.available else { return Ok(None) };
        let mut pending = Money::ZERO;
        let mut query = Query::new(&self.inner.tenant, Kind::Invoice)
            .of_seller(seller)
            .in_states(["planned", "submitting", "accepted"])
            .limit(MAX_PAGE / 4);
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                let invoice: Invoice = self.open(row)?;
                if invoice.is_blue() {
                    pending = pending
                        .checked_add(invoice.net())
                        .ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?;
                }
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(Some(CreditForecast { total: line.total, available, pending })),
            }
        }
    }

    /// How many invoice numbers (票仓) a seller has left, by kind, as its first provider says; empty where there is no
    /// such stock: digital invoices need none.
    ///
    /// # Errors
    /// `SELLER-01`, `SELLER-03`, `ACCESS-01`; a failing store or provider.
    pub async fn number_stock(
        &self,
        actor: &Actor,
        seller: &SellerId,
    ) -> Result<Vec<NumberStock>, DeskError> {
        self.permit(actor, Verb::Oversee).await?;
        self.stock_of(seller).await
    }

    pub(super) async fn stock_of(&self, seller: &SellerId) -> Result<Vec<NumberStock>, DeskError> {
        let configured = self.seller(seller)?;
        let provider = self.provider(configured.provider())?;
        if !provider.capabilities().can(Capability::NumberStock) {
            return Ok(Vec::new());
        }
        Ok(provider.number_stock(&configured.party().tax_id).await?)
    }

    /// Legacy invoice numbers (税控发票号码) that are missing between those the desk has of a seller, by code (断号检查):
    /// issued outside the desk, spoiled, or never reported. Digital numbers do not follow each other and have no gaps.
    /// Voided invoices keep their numbers. Keeps 24 bytes per legacy invoice in memory.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn number_gaps(&self, actor: &Actor, seller: &SellerId) -> Result<Vec<NumberGap>, DeskError> {
        self.permit(actor, Verb::Reconcile).await?;
        let mut numbers: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let query = Query::new(&self.inner.tenant, Kind::Invoice).of_seller(seller).in_states(["issued"]);
        let mut query = query.limit(MAX_PAGE / 4);
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                let invoice: Invoice = self.open(row)?;
                let number = invoice.state().issued().map(|issued| &issued.number);
                if let Some((code, number)) = number.and_then(InvoiceNumber::legacy) {
                    numbers.entry(code.to_owned()).or_default().push(number);
                }
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(number_gaps(numbers)),
            }
        }
    }
}

/// What a seller may still issue this month, net.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditForecast {
    /// The line of the month.
    pub total: Option<Money>,
    /// What the provider says is left.
    pub available: Money,
    /// What is planned or under way.
    pub pending: Money,
}

impl CreditForecast {
    /// What will be left once everything pending is issued; below zero when it will not do.
    #[must_use]
    pub const fn left(&self) -> Money {
        Money::from_fen(self.available.fen() - self.pending.fen())
    }
}
