//! Ways to tell people: webhooks signed the Standard Webhooks way.

mod guard;
mod signature;
mod webhook;

pub use guard::{Reach, is_public};
pub use signature::{SecretError, SigningKeys};
pub use webhook::Webhook;
