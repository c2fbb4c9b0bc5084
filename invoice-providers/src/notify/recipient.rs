use async_trait::async_trait;
use invoice_core::env::{Letter, NotifyError};
use invoice_core::error::Language;

use crate::credentials::Secret;

/// Whom a letter goes to, and in which language. An address is personal data: it is wiped and never shown.
#[derive(Debug, Clone)]
pub struct Recipient {
    address: Secret,
    language: Language,
}

impl Recipient {
    /// An e-mail address or a phone number, with the language its owner reads.
    pub fn new(address: impl Into<String>, language: Language) -> Self {
        Self { address: Secret::new(address), language }
    }

    /// The address, for the call that needs it.
    #[must_use]
    pub const fn address(&self) -> &Secret {
        &self.address
    }

    /// The language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }
}

/// Knows whom a letter goes to. The desk keeps no addresses: the shop looks up the buyer's by
/// [`Letter::buyer`], or its own people's for a letter to staff ([`Letter::audience`]).
#[async_trait]
pub trait AddressBook: Send + Sync {
    /// The recipient of a letter, looked up anew for every try.
    ///
    /// # Errors
    /// [`NotifyError::Never`] when there is nobody to tell, such as `NO-ADDRESS`; [`NotifyError::Later`] when the shop
    /// cannot say now. Codes name no person.
    async fn recipient(&self, letter: &Letter<'_>) -> Result<Recipient, NotifyError>;
}
