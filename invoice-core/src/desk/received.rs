//! Received invoices: handing them in, keeping them in order, taking them through the books.

use std::collections::BTreeSet;

use super::load::Loaded;
use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, ReceivedDeed, State};
use crate::error::{Refusal, RefusalCode};
use crate::id::SellerId;
use crate::invoice::InvoiceNumber;
use crate::mask::View;
use crate::received::{ReceivedInvoice, ReceivedRecord};
use crate::store::{Key, Kind, MAX_PAGE, Query};

impl InvoiceDesk {
    /// Hands in an invoice that `entity` received. From the same person again, what a second file says of it is added; the
    /// same again is fine.
    ///
    /// # Errors
    /// `RECEIVED-05` when another person has handed it in, with whom and when; `RECEIVED-08` when it is verified and the
    /// file says other things; `RECEIVED-09` when it is made out to another tax ID; `SELLER-01`, `ACCESS-01`; a failing
    /// store.
    pub async fn receive(
        &self,
        actor: &Actor,
        entity: &SellerId,
        invoice: ReceivedInvoice,
    ) -> Result<ReceivedRecord, DeskError> {
        let numbers: BTreeSet<InvoiceNumber> = invoice.numbers().cloned().collect();
        let command = Command::Receive { entity: entity.clone(), invoice: Box::new(invoice) };
        let state = self.transact(actor, &command).await?;
        let kept = |record: &ReceivedRecord| record.numbers().any(|own| numbers.contains(own));
        let unknown = || Refusal::new(RefusalCode::ReceivedUnknown).with("number", "-");
        Ok(state.received.into_values().find(kept).ok_or_else(unknown)?)
    }

    /// Tags, notes, files, claims an invoice, or takes it a step further in the books. The same again is fine.
    ///
    /// # Errors
    /// `RECEIVED-06` when it is claimed elsewhere, with where and by whom; `RECEIVED-07`; `RECEIVED-08` when it is not its
    /// turn; `RECEIVED-10` when the bureau says it is void or taken back; `RECEIVED-11` when who claimed would reimburse;
    /// `RECEIVED-12`; `ACCESS-01`; a failing store.
    pub async fn keep(
        &self,
        actor: &Actor,
        number: &InvoiceNumber,
        deed: ReceivedDeed,
    ) -> Result<View<ReceivedRecord>, DeskError> {
        let number = self.kept_under(number).await?;
        let state = self.transact(actor, &Command::Keep { number: number.clone(), deed }).await?;
        Ok(self.view(actor, received_in(state, &number)?))
    }

    /// A received invoice as the actor may see it.
    ///
    /// # Errors
    /// `RECEIVED-07`, `ACCESS-01`; a failing store.
    pub async fn received(
        &self,
        actor: &Actor,
        number: &InvoiceNumber,
    ) -> Result<View<ReceivedRecord>, DeskError> {
        self.permit(actor, Verb::ReadReceived).await?;
        let record = self.received_record(number).await?;
        Ok(self.view(actor, record))
    }

    /// Other invoices of the same seller, day and amount: the same thing under another number, as after a misread or with
    /// two invoices for one sale. Nothing is refused for it; a person looks.
    ///
    /// # Errors
    /// `RECEIVED-07`, `ACCESS-01`; a failing store.
    pub async fn lookalikes(
        &self,
        actor: &Actor,
        number: &InvoiceNumber,
    ) -> Result<Vec<View<ReceivedRecord>>, DeskError> {
        self.permit(actor, Verb::ReadReceived).await?;
        let record = self.received_record(number).await?;
        let of = |record: &ReceivedRecord| {
            let invoice = record.invoice();
            let seller = invoice.seller_tax_id().or(invoice.seller_name()).map(str::to_owned);
            (seller, invoice.date(), invoice.gross().or(invoice.net()))
        };
        let wanted = of(&record);
        let day = record.invoice().date();
        let query = crate::received::ReceivedQuery::new().between(day, day);
        let mut alike = Vec::new();
        let mut after = None;
        loop {
            let page = self.sift_received(&query, after.as_deref(), MAX_PAGE).await?;
            let another = |other: &ReceivedRecord| other.number() != record.number();
            let same = page.items.into_iter().filter(|other| of(other) == wanted && another(other));
            alike.extend(same.map(|other| self.view(actor, other)));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(alike),
            }
        }
    }

    /// Finds received invoices by a query of [`Kind::Received`], as the actor may see them.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_received(
        &self,
        actor: &Actor,
        query: Query,
    ) -> Result<Found<View<ReceivedRecord>>, DeskError> {
        self.permit(actor, Verb::ReadReceived).await?;
        let (items, next) = self.find::<ReceivedRecord>(actor, query, Kind::Received).await?;
        Ok(self.view_all(actor, Found { items, next }))
    }

    /// The record of an invoice, by whichever of its numbers.
    pub(super) async fn received_record(&self, number: &InvoiceNumber) -> Result<ReceivedRecord, DeskError> {
        let (mut loaded, number) = (Loaded::default(), self.kept_under(number).await?);
        self.received_rows(&mut loaded, vec![self.received_key(&number)]).await?;
        received_in(loaded.state, &number)
    }

    /// The number under which the invoice that goes by this one is kept; this one, where no other is known. It stays what it
    /// is.
    async fn kept_under(&self, number: &InvoiceNumber) -> Result<InvoiceNumber, DeskError> {
        let mut loaded = Loaded::default();
        self.received_rows(&mut loaded, vec![self.received_key(number)]).await?;
        if loaded.state.received.is_empty() {
            self.received_numbers(&mut loaded, &BTreeSet::from([number.clone()])).await?;
        }
        Ok(loaded.state.received_numbers.remove(number).unwrap_or_else(|| number.clone()))
    }

    pub(super) fn received_key(&self, number: &InvoiceNumber) -> Key {
        self.key(Kind::Received, number.as_str())
    }

    /// The rows under any number of an invoice, and those that go by one of them too. Both are read, there or not: whoever
    /// hands the same paper in at the same moment, under whichever of its numbers, writes one of these rows.
    pub(super) async fn around_received(
        &self,
        loaded: &mut Loaded,
        invoice: &ReceivedInvoice,
    ) -> Result<(), DeskError> {
        let numbers: BTreeSet<InvoiceNumber> = invoice.numbers().cloned().collect();
        self.received_numbers(loaded, &numbers).await?;
        let kept = numbers.iter().chain(loaded.state.received_numbers.values());
        let keys: BTreeSet<Key> = kept.map(|number| self.received_key(number)).collect();
        self.received_rows(loaded, keys.into_iter().collect()).await?;
        let records = loaded.state.received.values();
        let further = records.flat_map(ReceivedRecord::numbers).cloned().collect();
        self.received_numbers(loaded, &further).await
    }

    /// Which invoices these are further numbers of.
    async fn received_numbers(
        &self,
        loaded: &mut Loaded,
        numbers: &BTreeSet<InvoiceNumber>,
    ) -> Result<(), DeskError> {
        let keys = numbers.iter().map(|number| self.key(Kind::ReceivedNumber, number.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let unread = |_| DeskError::Unread { subject: row.key.to_string() };
            let number: InvoiceNumber = row.key.id().parse().map_err(unread)?;
            loaded.state.received_numbers.insert(number, self.open(&row)?);
        }
        Ok(())
    }

    pub(super) async fn received_rows(&self, loaded: &mut Loaded, keys: Vec<Key>) -> Result<(), DeskError> {
        for row in self.fetch(loaded, keys).await? {
            let record: ReceivedRecord = self.open(&row)?;
            loaded.state.received.insert(record.number().clone(), record);
        }
        Ok(())
    }
}

pub(super) fn received_in(mut state: State, number: &InvoiceNumber) -> Result<ReceivedRecord, DeskError> {
    let unknown = || Refusal::new(RefusalCode::ReceivedUnknown).with("number", number);
    Ok(state.received.remove(number).ok_or_else(unknown)?)
}
