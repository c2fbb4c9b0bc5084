//! How adapters reach their services: a small trait beneath them, so that tests, proxies and recorders fit in, and a
//! client with rustls that implements it.
//!
//! ```
//! use invoice_providers::http::{Endpoint, HttpClient, Transport};
//!
//! let client = HttpClient::new()?;
//! let transport: &dyn Transport = &client;
//! # let _ = transport;
//! assert!(Endpoint::new("https://sdk.nuonuo.com/open/v1/services").is_ok());
//! assert!(Endpoint::new("http://sdk.nuonuo.com/").is_err(), "secrets do not travel in the clear");
//! assert!(Endpoint::new("http://127.0.0.1:8080/").is_ok(), "this machine is no journey");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod endpoint;
mod error;
mod message;
mod recorder;
mod script;

use async_trait::async_trait;

pub use crate::form::{decode_form, encode};
pub use client::{ClientError, HttpClient, HttpClientBuilder};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Departure, Failure, TransportError};
pub use message::{DEFAULT_DEADLINE, Header, HttpRequest, HttpResponse, MAX_BODY, Method};
pub use recorder::{Exchange, Recorder};
pub use script::{Play, Script};

/// Sends one request over HTTP.
///
/// # Contract
///
/// 1. **Once.** A request is sent at most once: no retry, no redirect, whatever the method.
/// 2. **As given.** The body goes out byte for byte; it may be under a signature.
/// 3. **Departure is said.** An error says [`Departure::Never`] only when not a byte of the request can have left.
/// 4. **Deadlines hold.** After [`HttpRequest::deadline`] the call has ended, with an answer or an error.
/// 5. **Bounded.** An answer longer than [`HttpRequest::body_limit`] is an error, not memory.
/// 6. **Any status is an answer.** 4xx and 5xx are responses; what they mean is for the adapter to say.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the whole answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}
