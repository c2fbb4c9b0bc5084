//! What a change makes of an invoice task, and the keys of its attempts.

use sha2::{Digest, Sha256};

use super::{FormerKey, Invoice, InvoiceChange, InvoiceState, Stage};
use crate::id::{IntentKey, InvoiceId, TenantId};

impl Invoice {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, tenant: &TenantId, change: &InvoiceChange) -> Option<Self> {
        match (current, change) {
            (None, InvoiceChange::Planned(planned)) => Some((**planned).clone()),
            (Some(mut invoice), change) => {
                invoice.apply(tenant, change);
                Some(invoice)
            }
            (None, _) => None,
        }
    }

    fn apply(&mut self, tenant: &TenantId, change: &InvoiceChange) {
        match change {
            InvoiceChange::Planned(_) => {}
            InvoiceChange::Sending { stage, request, at, alone } => {
                if let Some(request) = request {
                    self.request = Some(request.clone());
                }
                self.sends += 1;
                self.unanswered = if *alone { 1 } else { self.unanswered + 1 };
                self.sent_at = Some(*at);
                self.state = InvoiceState::Submitting { stage: *stage, sent_at: *at };
            }
            InvoiceChange::NotSent { waiting_on } => {
                self.unanswered = self.unanswered.saturating_sub(1);
                if self.unanswered == 0 {
                    self.state = InvoiceState::Planned { waiting_on: Some(waiting_on.clone()) };
                }
            }
            InvoiceChange::Accepted => {
                if let InvoiceState::Submitting { stage, sent_at } = self.state {
                    self.state = InvoiceState::Accepted { stage, sent_at };
                }
            }
            InvoiceChange::Unclear { code } => self.unclear = Some(code.clone()),
            InvoiceChange::ConfirmationSeen { confirmation } => {
                self.unanswered = 0;
                let wanted = match &self.state {
                    InvoiceState::Confirming { confirmation: known, answer }
                        if known.state == confirmation.state =>
                    {
                        *answer
                    }
                    _ => None,
                };
                self.state = InvoiceState::Confirming { confirmation: confirmation.clone(), answer: wanted };
            }
            InvoiceChange::AnswerWanted { answer: wanted } => {
                if let InvoiceState::Confirming { answer, .. } = &mut self.state {
                    *answer = Some(*wanted);
                }
            }
            InvoiceChange::Issued { issued } => {
                // It is never sent again; the journal keeps what was sent.
                self.request = None;
                self.state = InvoiceState::Issued { issued: issued.clone() };
                self.released = false;
            }
            InvoiceChange::Doubted { at, why, said } => {
                let stage = self.stage();
                self.state = InvoiceState::InDoubt { stage, since: *at, why: *why, said: said.clone() };
            }
            InvoiceChange::Failed { code, at } => {
                self.state = InvoiceState::Failed { code: code.clone(), at: *at };
                self.released = true;
            }
            InvoiceChange::Requeued => {
                let denied = match &self.state {
                    InvoiceState::Failed { code, .. } => Some(code.clone()),
                    _ => None,
                };
                self.renew_key(tenant, denied);
                self.retried = false;
                self.released = false;
            }
            InvoiceChange::Retried => self.retried = true,
            InvoiceChange::Rerouted { to, denied } => {
                self.renew_key(tenant, denied.clone());
                self.provider = to.clone();
            }
            InvoiceChange::Superseded => self.state = InvoiceState::Superseded,
            InvoiceChange::PaperMoved { to } => self.paper = to.clone(),
            InvoiceChange::VoidWanted(voiding) => self.voiding = Some(voiding.clone()),
            InvoiceChange::Voided { at } => {
                if let Some(voiding) = &mut self.voiding {
                    voiding.done_at = Some(*at);
                }
            }
            InvoiceChange::VoidRefused { code } => {
                if let Some(voiding) = &mut self.voiding {
                    voiding.refused = Some(code.clone());
                }
            }
            InvoiceChange::Filed(file) => self.files.push(file.clone()),
            InvoiceChange::RedOpened(open) => self.open_red = Some(open.clone()),
            InvoiceChange::RedDropped { red } => {
                self.open_red = self.open_red.take().filter(|open| &open.red != red)
            }
            InvoiceChange::Flushed { red, rows } => {
                self.open_red = self.open_red.take().filter(|open| &open.red != red);
                self.flushed.clone_from(rows);
            }
        }
    }

    /// As if it had never been sent, under a new key.
    fn renew_key(&mut self, tenant: &TenantId, denied: Option<String>) {
        let former = FormerKey { provider: self.provider.clone(), key: self.key.clone(), denied };
        self.former.push(former);
        self.generation += 1;
        self.key = intent_key(tenant, &self.id, self.generation);
        self.request = None;
        self.unclear = None;
        self.unanswered = 0;
        self.state = InvoiceState::Planned { waiting_on: None };
    }

    fn stage(&self) -> Stage {
        match self.state {
            InvoiceState::Submitting { stage, .. }
            | InvoiceState::Accepted { stage, .. }
            | InvoiceState::InDoubt { stage, .. } => stage,
            _ => Stage::Issue,
        }
    }
}

/// The key of an attempt: 20 characters from `0-9a-z`, which every provider takes, from a hash of what it is for. The
/// same task and generation give the same key on every machine.
#[must_use]
pub fn intent_key(tenant: &TenantId, invoice: &InvoiceId, generation: u32) -> IntentKey {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    const CHARS: usize = 20;
    let mut hasher = Sha256::new();
    for part in [tenant.as_str(), invoice.as_str()] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.update(generation.to_be_bytes());
    let digest = hasher.finalize();
    let text: String =
        digest.iter().take(CHARS).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    IntentKey::from_trusted(text)
}
