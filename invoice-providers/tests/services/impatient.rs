//! A client that does not wait.

use std::time::Duration;

use async_trait::async_trait;
use invoice_providers::http::{HttpClient, HttpRequest, HttpResponse, Transport, TransportError};

/// Shortens every deadline: what never answers is only waited for as long as a test may.
pub(crate) struct Impatient(pub(crate) HttpClient);

#[async_trait]
impl Transport for Impatient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.0.send(request.with_deadline(Duration::from_millis(400))).await
    }
}
