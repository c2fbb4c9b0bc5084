use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{Departure, Failure, HttpRequest, HttpResponse, Transport, TransportError};

/// What a [`Script`] does with a request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Play {
    /// Answers.
    Answer(HttpResponse),
    /// Fails.
    Fail(Failure, Departure),
}

/// A transport for tests: answers from a list, in order, and keeps the requests. Clones share both.
///
/// ```
/// use invoice_providers::http::{HttpRequest, HttpResponse, Method, Script, Transport};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let script = Script::new().answer(HttpResponse::new(200, "{}"));
/// let answer = script.send(HttpRequest::new(Method::Get, "https://a.invalid/")).await.unwrap();
/// assert_eq!(answer.status(), 200);
/// assert_eq!(script.requests().len(), 1);
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct Script {
    plays: Arc<Mutex<VecDeque<Play>>>,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl Script {
    /// An empty script. When it runs out, requests fail as if there were no connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer to the end.
    #[must_use]
    pub fn answer(self, response: HttpResponse) -> Self {
        self.then(Play::Answer(response))
    }

    /// Adds a failure to the end.
    #[must_use]
    pub fn fail(self, failure: Failure, departure: Departure) -> Self {
        self.then(Play::Fail(failure, departure))
    }

    /// Adds anything to the end.
    #[must_use]
    pub fn then(self, play: Play) -> Self {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner).push_back(play);
        self
    }

    /// The requests so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        match self.plays.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            Some(Play::Answer(response)) => Ok(response),
            Some(Play::Fail(failure, departure)) => Err(TransportError::new(failure, departure)),
            None => Err(TransportError::new(Failure::Connect, Departure::Never)),
        }
    }
}
