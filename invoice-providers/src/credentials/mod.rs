//! Secrets of accounts, and the tokens they are exchanged for.
//!
//! A service that gives out tokens counts how often it is asked: Nuonuo allows 50 calls in 30 days. So a token is
//! fetched once for all processes and kept in the store, sealed; see `TokenKeeper`, with feature `http`.

#[cfg(feature = "http")]
mod budget;
#[cfg(feature = "http")]
mod keeper;
#[cfg(feature = "http")]
mod note;
mod secret;

#[cfg(feature = "http")]
pub use budget::TokenBudget;
#[cfg(feature = "http")]
pub use keeper::{FreshToken, Token, TokenKeeper, TokenPlace, TokenSource};
pub use secret::Secret;
