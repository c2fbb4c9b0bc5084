//! Ways to tell people: webhooks signed the Standard Webhooks way, e-mail, short messages.

#[cfg(feature = "email")]
mod email;
#[cfg(feature = "webhook")]
mod guard;
#[cfg(any(feature = "email", feature = "sms"))]
mod recipient;
#[cfg(feature = "webhook")]
mod signature;
#[cfg(feature = "sms")]
mod sms;
#[cfg(feature = "webhook")]
mod webhook;

#[cfg(feature = "email")]
pub use email::{Email, Relay, RelayError};
#[cfg(feature = "webhook")]
pub use guard::{Reach, is_public};
#[cfg(any(feature = "email", feature = "sms"))]
pub use recipient::{AddressBook, Recipient};
#[cfg(feature = "webhook")]
pub use signature::{SecretError, SigningKeys};
#[cfg(feature = "sms")]
pub use sms::{ShortMessage, Sms, SmsGateway};
#[cfg(feature = "webhook")]
pub use webhook::Webhook;

#[cfg(any(feature = "webhook", feature = "email"))]
use invoice_core::env::NotifyError;

#[cfg(any(feature = "webhook", feature = "email"))]
fn later(code: &str) -> NotifyError {
    NotifyError::Later { code: code.to_owned() }
}

#[cfg(any(feature = "webhook", feature = "email"))]
fn never(code: &str) -> NotifyError {
    NotifyError::Never { code: code.to_owned() }
}
