use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{HttpRequest, HttpResponse, Transport, TransportError};

/// A request that went out and the answer, if one came.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was sent.
    pub request: HttpRequest,
    /// What came back; `None` when nothing did.
    pub response: Option<HttpResponse>,
}

/// Passes every request on and keeps what went over the wire, to look at in tests. It keeps tokens and buyers' data,
/// without bound: not for production.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<dyn Transport>,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    /// A recorder in front of a transport.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, seen: Arc::default() }
    }

    /// What went over the wire, in order of departure.
    #[must_use]
    pub fn seen(&self) -> Vec<Exchange> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let at = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(Exchange { request: request.clone(), response: None });
            seen.len() - 1
        };
        let answer = self.inner.send(request).await;
        if let Ok(response) = &answer {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(exchange) = seen.get_mut(at) {
                exchange.response = Some(response.clone());
            }
        }
        answer
    }
}
