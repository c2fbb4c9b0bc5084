use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use invoice_core::env::{Letter, Notifier, NotifyError};
use invoice_core::error::Language;
use invoice_core::id::NotifierId;
use invoice_core::notify::NoticeEvent;

use super::recipient::AddressBook;
use crate::credentials::Secret;

/// One short message. `Debug` shows no number.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ShortMessage {
    /// The same on every try: a gateway that takes a serial number (流水号) gets this one.
    pub id: String,
    /// The phone number.
    pub phone: Secret,
    /// The event, for gateways that send templates approved beforehand (短信模板).
    pub event: NoticeEvent,
    /// The language.
    pub language: Language,
    /// The facts by name, for the places in a template.
    pub facts: Vec<(String, String)>,
    /// The sentence, for gateways that take any text.
    pub text: String,
}

/// A service that sends short messages. Each has rules of its own about signatures and templates, so the host brings it.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Sends a message: one try, within its own time limit. The same id may come again.
    ///
    /// # Errors
    /// [`NotifyError::Never`] for a number that gets none, [`NotifyError::Later`] for anything that may pass. Codes name no
    /// person.
    async fn send(&self, message: ShortMessage) -> Result<(), NotifyError>;
}

/// Sends every notice as a short message.
pub struct Sms {
    id: NotifierId,
    gateway: Arc<dyn SmsGateway>,
    addresses: Arc<dyn AddressBook>,
}

impl Sms {
    /// Short messages through a gateway.
    #[must_use]
    pub fn new(id: NotifierId, gateway: Arc<dyn SmsGateway>, addresses: Arc<dyn AddressBook>) -> Self {
        Self { id, gateway, addresses }
    }
}

#[async_trait]
impl Notifier for Sms {
    fn id(&self) -> &NotifierId {
        &self.id
    }

    async fn deliver(&self, letter: &Letter<'_>) -> Result<(), NotifyError> {
        let recipient = self.addresses.recipient(letter).await?;
        let language = recipient.language();
        let (_, text) = letter.wording(language);
        let facts = letter.facts().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let phone = recipient.address().clone();
        let id = letter.id().to_string();
        self.gateway.send(ShortMessage { id, phone, event: letter.event(), language, facts, text }).await
    }
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("id", &self.id).finish_non_exhaustive()
    }
}
