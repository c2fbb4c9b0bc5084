//! What stands outside the invoice desk: the bureau and services that issue, the stores that keep, the ciphers
//! that seal. Each lives behind a feature of its own.

#[cfg(feature = "cipher")]
pub mod cipher;
#[cfg(feature = "http")]
pub mod credentials;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "import")]
pub mod import;
#[cfg(feature = "webhook")]
pub mod notify;
#[cfg(feature = "router")]
pub mod router;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub mod sql;
