//! Sending: what must be stored before a byte leaves, and what an error of a call comes to.

use std::collections::BTreeSet;

use super::account::Call;
use super::ask::look_up;
use super::load::Loaded;
use super::step::{Heard, Wait, code_of, is_submitting};
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::{Command, Outcome, request_of};
use crate::error::RefusalCode;
use crate::id::OrderId;
use crate::invoice::{BlueIntent, Color, Invoice, PaymentReference, PreparedRequest, RedReference, Stage};
use crate::provider::{Capability, Effect, ErrorKind, InvoiceProvider, IssueAnswer, ProviderError};

impl InvoiceDesk {
    pub(super) async fn first_send(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
    ) -> Result<Heard, DeskError> {
        if let Some(to) = self.better_route(actor, invoice).await? {
            let after = invoice.sends();
            self.may(actor, &Command::Route { invoice: invoice.id().clone(), to, after }).await?;
            return Ok(Heard::nothing(Wait::Now));
        }
        let confirms = !invoice.is_blue() && provider.capabilities().can(Capability::RedConfirmation);
        if confirms && invoice.sends() > 0 {
            if let Err(held) = self.admit(invoice) {
                return Ok(Heard::nothing(held));
            }
            // Sent before and put back: the confirmation may exist. Only a clear "no" lets it be applied for again, and
            // one that the buyer started never is: its blue is locked by it.
            let known = look_up(invoice, provider).await;
            self.ended(actor, invoice, Call::Ask, known.as_ref().err()).await?;
            match known {
                Ok(Some(confirmation)) => {
                    return Ok(Heard::then(Outcome::Confirmation(confirmation), Wait::Now));
                }
                Ok(None) if invoice.foreign_form().is_some() => return Ok(Heard::nothing(Wait::Backoff)),
                Ok(None) => {}
                Err(error) => return Ok(Heard::nothing(Wait::after(&error))),
            }
        }
        let stage = if confirms { Stage::ApplyRed } else { Stage::Issue };
        self.send(actor, invoice, provider, stage, None).await
    }

    /// Stores the exact request, then sends it once.
    pub(super) async fn send(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        confirmation: Option<&str>,
    ) -> Result<Heard, DeskError> {
        let seller = self.seller(invoice.seller())?;
        let capabilities = provider.capabilities();
        let blue = self.blue_of(invoice).await?;
        let of = (blue.as_ref().and_then(|blue| blue.state().issued()), confirmation);
        let mut request = request_of(invoice, seller.party(), capabilities.price_decimals(), of);
        if let (Some(blue), true) = (&blue, capabilities.can(Capability::WholeRed)) {
            let intent = Some(BlueIntent { key: blue.key().clone(), gross: blue.gross() });
            request.red = request.red.map(|red| RedReference { intent, ..red });
        }
        if invoice.is_blue() && capabilities.can(Capability::PaymentBound) {
            request.payments = self.payments(invoice).await?;
        }
        let prepared = capabilities.check(&request).and_then(|()| provider.prepare(&request));
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Heard::new(Outcome::Denied { code: code_of(&error) })),
        };
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let command = Command::Send {
            invoice: invoice.id().clone(),
            stage,
            request: Some(prepared.clone()),
            after: invoice.sends(),
            alone: false,
        };
        if !self.may_send(actor, &command).await? {
            return Ok(Heard::nothing(Wait::Now));
        }
        self.call(actor, invoice, provider, stage, &prepared).await
    }

    /// What a red takes back.
    async fn blue_of(&self, invoice: &Invoice) -> Result<Option<Invoice>, DeskError> {
        let Color::Red { of, .. } = invoice.color() else { return Ok(None) };
        Ok(self.task(&self.subject(of)).await?.1)
    }

    /// What was paid, and named, for the orders of an invoice.
    async fn payments(&self, invoice: &Invoice) -> Result<Vec<PaymentReference>, DeskError> {
        let parts = invoice.rows().iter().flat_map(|row| &row.parts);
        let orders: BTreeSet<OrderId> = parts.map(|part| part.order.clone()).collect();
        let mut loaded = Loaded::default();
        self.balances(&mut loaded, orders.into_iter().collect()).await?;
        let paid = loaded.state.balances.values().filter_map(|balance| Some((balance, balance.payment()?)));
        let named = paid.flat_map(|(balance, paid)| {
            paid.tenders.iter().filter(|tender| tender.kind.is_invoiceable()).filter_map(|tender| {
                let (payment, order) = (tender.payment.clone()?, balance.order().clone());
                Some(PaymentReference { payment, order, amount: tender.amount })
            })
        });
        Ok(named.collect())
    }

    /// Sends the stored bytes again, under the same key.
    pub(super) async fn resend(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        alone: bool,
    ) -> Result<Heard, DeskError> {
        let Some(prepared) = invoice.request().cloned() else { return Ok(Heard::nothing(Wait::Backoff)) };
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let (id, after) = (invoice.id().clone(), invoice.sends());
        let command = Command::Send { invoice: id, stage, request: None, after, alone };
        if !self.may_send(actor, &command).await? {
            return Ok(Heard::nothing(Wait::Now));
        }
        self.call(actor, invoice, provider, stage, &prepared).await
    }

    /// Whether the intent is stored and the request may go out now.
    async fn may_send(&self, actor: &Actor, command: &Command) -> Result<bool, DeskError> {
        let Command::Send { invoice, .. } = command else { return Ok(false) };
        let state = self.may(actor, command).await?;
        Ok(state.is_some_and(|state| is_submitting(&state, invoice)))
    }

    /// Does it unless the task has moved on since it was read.
    async fn may(
        &self,
        actor: &Actor,
        command: &Command,
    ) -> Result<Option<crate::decision::State>, DeskError> {
        match self.transact(actor, command).await {
            Ok(state) => Ok(Some(state)),
            Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::InvoiceState => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn call(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        prepared: &PreparedRequest,
    ) -> Result<Heard, DeskError> {
        let answer = match (stage, invoice.is_blue()) {
            (Stage::ApplyRed, _) => provider.apply_red(prepared).await.map(Err),
            (Stage::Issue, true) => provider.issue(prepared).await.map(Ok),
            (Stage::Issue, false) => provider.issue_red(prepared).await.map(Ok),
        };
        // A failure to note what this says of the account must not cost what it says of the invoice: that comes first,
        // and the account is heard of again with the next call.
        let noted = self.ended(actor, invoice, Call::Send, answer.as_ref().err()).await;
        let heard = match answer {
            Ok(Err(confirmation)) => Heard::then(Outcome::Confirmation(confirmation), Wait::Now),
            Ok(Ok(IssueAnswer::Issued(issued))) => Heard::new(Outcome::Issued(issued)),
            Ok(Ok(IssueAnswer::Accepted { poll_after })) => {
                Heard::then(Outcome::Accepted, Wait::After(poll_after))
            }
            Err(error) => failed_call(invoice, &error),
        };
        match (noted, &heard.outcome) {
            (Err(error), None) => Err(error),
            _ => Ok(heard),
        }
    }
}

/// An error of a call that may have issued: what it says of the effect decides.
fn failed_call(invoice: &Invoice, error: &ProviderError) -> Heard {
    match (error.effect(), error.kind()) {
        // The key counts already: ask at once; a serial that is locked, though, only time unlocks.
        (Effect::Applied, _) | (_, ErrorKind::Duplicate) => {
            Heard::nothing(if invoice.sends() == 0 { Wait::Now } else { Wait::Backoff })
        }
        (Effect::Unknown, _) => Heard::nothing(Wait::after(error)),
        (Effect::NotApplied, ErrorKind::Rejected | ErrorKind::Unsupported) => {
            Heard::new(Outcome::Denied { code: code_of(error) })
        }
        (Effect::NotApplied, _) => {
            Heard::then(Outcome::NotSent { waiting_on: code_of(error) }, Wait::after(error))
        }
    }
}
