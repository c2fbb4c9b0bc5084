//! The bureau's books: the fold of its changes, in memory.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{ConfirmationState, IssuedInvoice, RedConfirmation};
use invoice_core::tax::tax_day;
use sha2::{Digest, Sha256};

use super::codes::SandboxCode;
use super::credit::Credit;
use super::effect::Change;
use super::red::{self, TakenRows};
use super::report::{Color, IssuedEntry};
use super::wire::Request;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invoice {
    pub(super) entry: IssuedEntry,
    pub(super) ready_at: DateTime<Utc>,
    pub(super) body: Arc<str>,
    /// Of a blue: what was taken back.
    pub(super) taken: TakenRows,
    /// Of a blue: its latest confirmation.
    pub(super) confirmation: Option<usize>,
    pub(super) voided: bool,
}

impl Invoice {
    pub(super) fn issued(&self) -> IssuedInvoice {
        let IssuedEntry { number, issued_at, net, tax, gross, .. } = self.entry.clone();
        IssuedInvoice { number, issued_at, net, tax, gross }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// More than one where the bureau issues again.
    Issued(Vec<usize>),
    Denied(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) digest: u128,
    pub(super) ready_at: DateTime<Utc>,
    pub(super) hidden_until: Option<DateTime<Utc>>,
    pub(super) by_bureau: bool,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confirmation {
    pub(super) number: String,
    pub(super) digest: u128,
    pub(super) blue: usize,
    pub(super) body: Arc<str>,
    pub(super) key: IntentKey,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) red: Option<usize>,
    state: ConfirmationState,
}

impl Confirmation {
    /// The state now: a waiting one runs out by itself.
    pub(super) fn state(&self, now: DateTime<Utc>) -> ConfirmationState {
        let over = self.state.is_waiting() && self.expires_at.is_some_and(|at| now > at);
        if over { ConfirmationState::Expired } else { self.state }
    }

    /// Whether it keeps its blue invoice locked.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.red.is_none() && !self.state(now).is_dead()
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Books {
    pub(super) invoices: Vec<Invoice>,
    pub(super) intents: HashMap<IntentKey, Intent>,
    pub(super) confirmations: Vec<Confirmation>,
    pub(super) credit: Credit,
    numbers: HashMap<InvoiceNumber, usize>,
    confirmation_numbers: HashMap<String, usize>,
    confirmation_keys: HashMap<IntentKey, usize>,
}

pub(super) fn digest(body: &str) -> u128 {
    let digest: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// Months since year 0 in China.
pub(super) fn month(at: DateTime<Utc>) -> i32 {
    let day = tax_day(at);
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or_default()
}

impl Books {
    pub(super) fn find(&self, number: &InvoiceNumber) -> Option<(usize, &Invoice)> {
        let index = *self.numbers.get(number)?;
        self.invoices.get(index).map(|invoice| (index, invoice))
    }

    /// The blue invoice, once it can be seen and while it is not void.
    pub(super) fn blue(&self, number: &InvoiceNumber, now: DateTime<Utc>) -> Result<&Invoice, SandboxCode> {
        self.find(number)
            .map(|(_, invoice)| invoice)
            .filter(|invoice| {
                invoice.entry.color == Color::Blue && invoice.ready_at <= now && !invoice.voided
            })
            .ok_or(SandboxCode::BlueUnknown)
    }

    /// The invoices of a key, by their place in the books.
    pub(super) fn issued_of(&self, key: &IntentKey) -> &[usize] {
        match self.intents.get(key).map(|intent| &intent.outcome) {
            Some(Outcome::Issued(invoices)) => invoices,
            _ => &[],
        }
    }

    pub(super) fn number_taken(&self, number: &str) -> bool {
        number.parse().is_ok_and(|number: InvoiceNumber| self.numbers.contains_key(&number))
    }

    pub(super) fn confirmation_taken(&self, number: &str) -> bool {
        self.confirmation_numbers.contains_key(number)
    }

    pub(super) fn confirmation(&self, number: &str) -> Option<&Confirmation> {
        self.confirmations.get(*self.confirmation_numbers.get(number)?)
    }

    pub(super) fn confirmation_of(&self, key: &IntentKey) -> Option<&Confirmation> {
        self.confirmations.get(*self.confirmation_keys.get(key)?)
    }

    /// As the bureau shows it.
    pub(super) fn shown(&self, confirmation: &Confirmation, now: DateTime<Utc>) -> RedConfirmation {
        let state = confirmation.state(now);
        let red = confirmation.red.and_then(|index| self.invoices.get(index));
        RedConfirmation {
            number: confirmation.number.clone(),
            state,
            expires_at: confirmation.expires_at.filter(|_| state.is_waiting()),
            red: red.filter(|red| red.ready_at <= now).map(Invoice::issued),
        }
    }

    /// Writes a change into the books; `read` is its body where it was read already. Fails only on a change that
    /// this bureau would not have made.
    pub(super) fn apply(&mut self, change: Change, read: Option<Request>) -> Result<(), SandboxCode> {
        match change {
            Change::Issued { .. } => self.apply_issued(change, read),
            Change::Denied { key, ready_at, hidden_until, code, digest } => {
                let digest = u128::from_str_radix(&digest, 16).map_err(|_| SandboxCode::Unreadable)?;
                let outcome = Outcome::Denied(code);
                let intent = Intent { digest, ready_at, hidden_until, by_bureau: false, outcome };
                let known = self.intents.entry(key).or_insert_with(|| intent.clone());
                if matches!(known.outcome, Outcome::Denied(_)) {
                    *known = intent;
                }
                Ok(())
            }
            Change::Confirmation { number, key, state, expires_at, body } => {
                let blue = Request::parse(&body)?.red.ok_or(SandboxCode::WrongColor)?.blue;
                let (blue, _) = self.find(&blue).ok_or(SandboxCode::BlueUnknown)?;
                let index = self.confirmations.len();
                let digest = digest(&body);
                let body = body.into();
                self.invoices.get_mut(blue).ok_or(SandboxCode::BlueUnknown)?.confirmation = Some(index);
                self.confirmation_numbers.insert(number.clone(), index);
                self.confirmation_keys.insert(key.clone(), index);
                let red = None;
                self.confirmations.push(Confirmation {
                    number,
                    digest,
                    blue,
                    body,
                    key,
                    expires_at,
                    red,
                    state,
                });
                Ok(())
            }
            Change::Voided { at, number } => {
                let (index, _) = self.find(&number).ok_or(SandboxCode::BlueUnknown)?;
                let invoice = self.invoices.get_mut(index).ok_or(SandboxCode::BlueUnknown)?;
                if !invoice.voided {
                    invoice.voided = true;
                    let back = invoice.entry.net.checked_neg().ok_or(SandboxCode::Unreadable)?;
                    self.credit.consume(&invoice.entry.seller_tax_id, month(at), back);
                }
                Ok(())
            }
            Change::ConfirmationMoved { number, state } => {
                let index = self.confirmation_numbers.get(&number).copied();
                let found = index.and_then(|index| self.confirmations.get_mut(index));
                found.ok_or(SandboxCode::ConfirmationUnknown)?.state = state;
                Ok(())
            }
        }
    }

    fn apply_issued(&mut self, change: Change, read: Option<Request>) -> Result<(), SandboxCode> {
        let Change::Issued { at, number, key, ready_at, hidden_until, confirmation, by_bureau, body } =
            change
        else {
            return Ok(());
        };
        let request = read.map_or_else(|| Request::parse(&body), Ok)?;
        let index = self.invoices.len();
        let blue = request.red.as_ref().map(|red| red.blue.clone());
        let color = if blue.is_some() { Color::Red } else { Color::Blue };
        match blue.as_ref().map(|blue| self.numbers.get(blue).copied().ok_or(SandboxCode::BlueUnknown)) {
            None => self.credit.consume(&request.seller.tax_id, month(at), request.net),
            Some(blue) => {
                let blue = self.invoices.get_mut(blue?).ok_or(SandboxCode::BlueUnknown)?;
                red::take(&mut blue.taken, &request);
                let allowance = request.red.as_ref().is_some_and(|red| red.reason == "04");
                if month(blue.entry.issued_at) == month(at) && !allowance {
                    self.credit.consume(&request.seller.tax_id, month(at), request.net);
                }
            }
        }
        if let Some(form) = confirmation.as_ref().and_then(|number| self.confirmation_numbers.get(number)) {
            self.confirmations.get_mut(*form).ok_or(SandboxCode::ConfirmationUnknown)?.red = Some(index);
        }
        let entry = IssuedEntry {
            number: number.clone(),
            key: key.clone(),
            kind: request.kind,
            seller_tax_id: request.seller.tax_id,
            color,
            net: request.net,
            tax: request.tax,
            gross: request.gross,
            blue,
            issued_at: at,
        };
        self.numbers.insert(number, index);
        let digest = digest(&body);
        let taken = TakenRows::new();
        self.invoices.push(Invoice {
            entry,
            ready_at,
            body: body.into(),
            taken,
            confirmation: None,
            voided: false,
        });
        let first =
            Intent { digest, ready_at, hidden_until, by_bureau, outcome: Outcome::Issued(vec![index]) };
        let intent = self.intents.entry(key).or_insert_with(|| first.clone());
        match &mut intent.outcome {
            Outcome::Issued(invoices) if invoices.contains(&index) => {}
            Outcome::Issued(invoices) => invoices.push(index),
            Outcome::Denied(_) => *intent = first,
        }
        Ok(())
    }
}
