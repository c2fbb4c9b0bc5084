use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::claims::by_order;
use super::{Case, Event};
use crate::application::{ApplicationChange, Claimed, TaskState};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, IntentKey, InvoiceId, OrderId};
use crate::invoice::{
    Color, DoubtCode, Invoice, InvoiceChange, InvoiceState, IssuedInvoice, PreparedRequest, RedConfirmation,
    Stage,
};
use crate::ledger::BalanceChange;
use crate::money::Money;
use crate::tax::tax_day;

/// What is known of a request that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was issued.
    Issued(IssuedInvoice),
    /// The provider has taken it and works on it.
    Accepted,
    /// The provider has taken it, and says a state that nobody here knows.
    Unclear {
        /// The provider's code of the state.
        code: String,
    },
    /// A red confirmation is in this state.
    Confirmation(RedConfirmation),
    /// The provider has said that nothing happened and that it may be sent later.
    NotSent {
        /// What it waits on, as a code.
        waiting_on: String,
    },
    /// The provider has refused it for good.
    Denied {
        /// The provider's code.
        code: String,
    },
    /// Nobody can say: a person must look.
    Doubtful {
        /// Why.
        why: DoubtCode,
    },
}

/// What an invoice task holds of its orders.
pub(super) fn claims_of_invoice(invoice: &Invoice) -> Vec<Claimed> {
    let parts = invoice.rows().iter().flat_map(|row| &row.parts);
    parts
        .map(|part| Claimed { order: part.order.clone(), line: part.of.line, share: part.of.share })
        .collect()
}

impl Case<'_> {
    pub(super) fn refuse_state(invoice: &Invoice, verb: &'static str) -> Refusal {
        let refusal = Refusal::new(RefusalCode::InvoiceState).with("invoice", invoice.id());
        refusal.with("state", invoice.state().as_str()).with("verb", verb)
    }

    /// Stores what is about to be sent. Whoever decided to send on what has changed since may not: a worker whose lease
    /// ran out while it asked must not send after the one that took over. A rate that has run out since the plan fails the task here.
    pub(super) fn send(
        &mut self,
        id: &InvoiceId,
        stage: Stage,
        request: Option<&PreparedRequest>,
        (after, alone): (u32, bool),
    ) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        let first = request.is_some()
            && matches!(invoice.state(), InvoiceState::Planned { .. } | InvoiceState::Confirming { .. });
        let again = request.is_none()
            && invoice.request().is_some()
            && matches!(
                invoice.state(),
                InvoiceState::Submitting { .. }
                    | InvoiceState::Accepted { .. }
                    | InvoiceState::Planned { .. }
            );
        // Prepared before the task was moved or taken up again, it belongs to a key that was given up.
        let stale = request.is_some_and(|request| request.key() != invoice.key());
        if stale || !first && !again || invoice.sends() != after {
            return Err(Self::refuse_state(invoice, "send"));
        }
        // What was sent before may have counted: only the provider can deny it now.
        if invoice.is_blue() && first {
            let day = tax_day(self.facts.now);
            let items = invoice.rows().iter().map(|row| &row.item);
            if let Some(refusal) =
                items.map(|item| self.facts.table.check_in_force(item, day)).find_map(Result::err)
            {
                return self.deny(id, refusal.code().as_str());
            }
        }
        let change = InvoiceChange::Sending { stage, request: request.cloned(), at: self.facts.now, alone };
        self.emit(Event::Invoice(id.clone(), change));
        self.moved(id, TaskState::Sent)
    }

    /// Takes in what a person found out about one key. Said again after the task was retried, it is about the key before.
    pub(super) fn resolve(
        &mut self,
        id: &InvoiceId,
        key: &IntentKey,
        outcome: &Outcome,
    ) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        if invoice.key() != key {
            return Err(Self::refuse_state(invoice, "resolve"));
        }
        self.learn(id, outcome, true)
    }

    /// Takes in what came back for a key. The task may have another by now: then it changes nothing.
    pub(super) fn hear(&mut self, id: &InvoiceId, key: &IntentKey, outcome: &Outcome) -> Result<(), Refusal> {
        if self.state.invoice(id)?.key() != key {
            return Ok(());
        }
        self.learn(id, outcome, false)
    }

    /// Takes in what came back. Said twice, or late, it changes nothing.
    pub(super) fn learn(
        &mut self,
        id: &InvoiceId,
        outcome: &Outcome,
        by_person: bool,
    ) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        if let (Some(known), Outcome::Issued(issued)) = (invoice.state().issued(), outcome) {
            return if known.number == issued.number {
                Ok(())
            } else {
                Err(Self::refuse_state(invoice, "learn"))
            };
        }
        let doubt = matches!(invoice.state(), InvoiceState::InDoubt { .. });
        if by_person && !(doubt && matches!(outcome, Outcome::Issued(_) | Outcome::Denied { .. })) {
            return Err(Self::refuse_state(invoice, "resolve"));
        }
        let open = !invoice.state().is_settled();
        match outcome {
            Outcome::Issued(issued) if !matches!(invoice.state(), InvoiceState::Superseded) => {
                self.issued(id, issued)
            }
            _ if !open => Ok(()),
            Outcome::Accepted => {
                self.emit(Event::Invoice(id.clone(), InvoiceChange::Accepted));
                Ok(())
            }
            Outcome::Unclear { code } => {
                self.unclear(id, code);
                Ok(())
            }
            Outcome::Confirmation(confirmation) => self.confirmation(id, confirmation),
            Outcome::NotSent { waiting_on } => self.not_sent(id, waiting_on),
            Outcome::Denied { code } if by_person => self.deny(id, code),
            Outcome::Denied { code } => self.denied(id, code),
            Outcome::Doubtful { why } => self.doubted(id, *why, None),
            Outcome::Issued(_) => Err(Self::refuse_state(invoice, "learn")),
        }
    }

    /// Taken, whatever the state means; the code is kept once.
    fn unclear(&mut self, id: &InvoiceId, code: &str) {
        let Some(invoice) = self.state.invoices.get(id) else { return };
        let (known, state) = (invoice.unclear() == Some(code), invoice.state().clone());
        if matches!(state, InvoiceState::Submitting { .. }) {
            self.emit(Event::Invoice(id.clone(), InvoiceChange::Accepted));
        }
        if !known && matches!(state, InvoiceState::Submitting { .. } | InvoiceState::Accepted { .. }) {
            self.emit(Event::Invoice(id.clone(), InvoiceChange::Unclear { code: code.to_owned() }));
        }
    }

    fn doubted(
        &mut self,
        id: &InvoiceId,
        why: DoubtCode,
        said: Option<&IssuedInvoice>,
    ) -> Result<(), Refusal> {
        let change = InvoiceChange::Doubted { at: self.facts.now, why, said: said.cloned() };
        self.emit(Event::Invoice(id.clone(), change));
        self.moved(id, TaskState::InDoubt)
    }

    /// A provider has denied the key: it moves on to the next provider that has not, or the task has failed.
    fn denied(&mut self, id: &InvoiceId, code: &str) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        let Some(to) = self.next_routes(invoice).next().cloned() else { return self.deny(id, code) };
        let change = InvoiceChange::Rerouted { to, denied: Some(code.to_owned()) };
        self.emit(Event::Invoice(id.clone(), change));
        let orders = self.orders_of(self.state.invoice(id)?.application())?;
        self.moved(id, TaskState::Planned)?;
        self.settle_excess(orders)
    }

    /// The last request did nothing. With nothing else on its way the task is as if it had never been sent: it can be
    /// given up, and what refunds have taken meanwhile makes it smaller.
    fn not_sent(&mut self, id: &InvoiceId, waiting_on: &str) -> Result<(), Refusal> {
        if !matches!(self.state.invoice(id)?.state(), InvoiceState::Submitting { .. }) {
            return Ok(());
        }
        let change = InvoiceChange::NotSent { waiting_on: waiting_on.to_owned() };
        self.emit(Event::Invoice(id.clone(), change));
        let invoice = self.state.invoice(id)?;
        if !matches!(invoice.state(), InvoiceState::Planned { .. }) {
            return Ok(());
        }
        let orders = self.orders_of(invoice.application())?;
        self.moved(id, TaskState::Planned)?;
        self.settle_excess(orders)
    }

    fn moved(&mut self, id: &InvoiceId, state: TaskState) -> Result<(), Refusal> {
        let application = self.state.invoice(id)?.application().clone();
        let change = ApplicationChange::TaskMoved { invoice: id.clone(), state };
        self.emit(Event::Application(application, change));
        Ok(())
    }

    fn issued(&mut self, id: &InvoiceId, issued: &IssuedInvoice) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?.clone();
        let sign = if invoice.is_blue() { 1 } else { -1 };
        let same = |ours: Money, theirs: Money| ours.fen().checked_mul(sign) == Some(theirs.fen());
        if !(same(invoice.net(), issued.net)
            && same(invoice.tax(), issued.tax)
            && same(invoice.gross(), issued.gross))
        {
            return self.doubted(id, DoubtCode::Amounts, Some(issued));
        }
        // The first two digits of a digital number are the year of its day (乐企 issuing capability document
        // V4.000, 1.2.1), in the time of the bureau: an answer of January to a request of December names the old year.
        if issued.number.year().is_some_and(|year| year != tax_day(issued.issued_at).year()) {
            return self.doubted(id, DoubtCode::NumberYear, Some(issued));
        }
        let claims = claims_of_invoice(&invoice);
        if invoice.is_released() {
            // Denied before, and yet it exists: the books must show it; what is too much becomes red work below.
            self.hold_again(&invoice, &claims);
        }
        self.emit(Event::Invoice(id.clone(), InvoiceChange::Issued { issued: issued.clone() }));
        self.moved(id, TaskState::Issued)?;
        let shares = by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share)));
        for (order, shares) in shares {
            let invoice_id = id.clone();
            let change = match invoice.color() {
                Color::Blue => BalanceChange::Posted { invoice: invoice_id, shares },
                Color::Red { .. } => BalanceChange::Reversed { invoice: invoice_id, shares },
            };
            self.emit(Event::Balance(order, change));
        }
        if let Color::Red { of, .. } = invoice.color() {
            self.flush(of, id)?;
            self.hold_for_correction(id)?;
            self.advance_correction_of(invoice.application())?;
        }
        let orders = self.orders_of(invoice.application())?;
        self.settle_excess(orders)?;
        if invoice.is_blue() { Ok(()) } else { self.reapply_by_itself(&invoice) }
    }

    pub(super) fn hold_again(&mut self, invoice: &Invoice, claims: &[Claimed]) {
        match invoice.color() {
            Color::Blue => self.reserve(invoice.application(), claims),
            Color::Red { .. } => {
                for (order, shares) in
                    by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share)))
                {
                    self.emit(Event::Balance(
                        order,
                        BalanceChange::Reversing { invoice: invoice.id().clone(), shares },
                    ));
                }
            }
        }
    }

    pub(super) fn orders_of(&self, application: &ApplicationId) -> Result<Vec<OrderId>, Refusal> {
        Ok(self
            .state
            .application(application)?
            .request()
            .orders
            .iter()
            .map(|scope| scope.order.clone())
            .collect())
    }

    pub(super) fn confirmation(
        &mut self,
        id: &InvoiceId,
        confirmation: &RedConfirmation,
    ) -> Result<(), Refusal> {
        if let Some(red) = &confirmation.red {
            // The bureau has issued it by itself.
            return self.issued(id, red);
        }
        if confirmation.state.is_dead() {
            return self.deny(id, &format!("CONFIRMATION-{}", confirmation.state.code()));
        }
        let state = self.state.invoice(id)?.state();
        if let InvoiceState::Submitting { stage, .. }
        | InvoiceState::Accepted { stage, .. }
        | InvoiceState::InDoubt { stage, .. } = state
            && *stage == Stage::Issue
        {
            // That the confirmation lives says nothing of the red that was sent for: it may still come.
            return Ok(());
        }
        let change = InvoiceChange::ConfirmationSeen { confirmation: confirmation.clone() };
        self.emit(Event::Invoice(id.clone(), change));
        self.moved(id, TaskState::Sent)
    }

    /// Refused for good: what was held is free again.
    fn deny(&mut self, id: &InvoiceId, code: &str) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?.clone();
        self.emit(Event::Invoice(
            id.clone(),
            InvoiceChange::Failed { code: code.to_owned(), at: self.facts.now },
        ));
        match invoice.color() {
            // It had failed before, and was in doubt since: what it held is free.
            _ if invoice.is_released() => {}
            Color::Blue => self.release(invoice.application(), &claims_of_invoice(&invoice)),
            Color::Red { .. } => self.drop_reversal(&invoice),
        }
        self.moved(id, TaskState::Failed)?;
        self.advance_correction_of(invoice.application())?;
        if invoice.foreign_form().is_none() {
            return Ok(());
        }
        // A red of our own gave way to this one: what it was for is still to be taken back.
        let orders = self.orders_of(invoice.application())?;
        self.settle_excess(orders)
    }

    /// A red will not come: what it would have taken back is as before.
    pub(super) fn drop_reversal(&mut self, red: &Invoice) {
        let claims = claims_of_invoice(red);
        for (order, shares) in by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share))) {
            let change = BalanceChange::ReversalDropped { invoice: red.id().clone(), shares };
            self.emit(Event::Balance(order, change));
        }
        if let Color::Red { of, .. } = red.color() {
            self.emit(Event::Invoice(of.clone(), InvoiceChange::RedDropped { red: red.id().clone() }));
        }
    }

    /// Tries a failed task again: a blue one with a new key, once what it needs is free; a red one by planning anew
    /// what is still to be taken back.
    pub(super) fn retry(&mut self, id: &InvoiceId) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?.clone();
        if !matches!(invoice.state(), InvoiceState::Failed { .. }) {
            return Err(Self::refuse_state(&invoice, "retry"));
        }
        if !invoice.is_blue() {
            let orders = self.orders_of(invoice.application())?;
            // What a correction takes back whole covers what is too much; a red of that alone would only be in its way.
            self.retry_correction(id)?;
            self.settle_excess(orders)?;
            if !self.state.invoice(id)?.is_retried() {
                self.emit(Event::Invoice(id.clone(), InvoiceChange::Retried));
            }
            return Ok(());
        }
        if self.is_corrected(invoice.application()) {
            // What it was for is issued under another title by now, or open.
            return Err(Self::refuse_state(&invoice, "retry"));
        }
        let claims = claims_of_invoice(&invoice);
        for (order, shares) in by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share))) {
            let balance = self.state.balance(&order)?;
            for part in shares {
                let free = balance
                    .lines()
                    .get(part.line as usize)
                    .map_or(Money::ZERO, crate::ledger::LineBalance::free);
                if part.share.gross > free {
                    let refusal = Refusal::new(RefusalCode::BalanceExceeded)
                        .with("order", &order)
                        .with("line", part.line);
                    return Err(refusal.with("asked", part.share.gross).with("free", free));
                }
            }
        }
        self.reserve(invoice.application(), &claims);
        self.emit(Event::Invoice(id.clone(), InvoiceChange::Requeued));
        self.moved(id, TaskState::Planned)
    }
}
