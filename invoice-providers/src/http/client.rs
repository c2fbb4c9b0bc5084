use std::error::Error;
use std::io;
use std::time::Duration;

use async_trait::async_trait;

use super::Transport;
use super::error::{Departure, Failure, TransportError};
use super::message::{HttpRequest, HttpResponse, Method};

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct ClientError(#[source] Box<dyn Error + Send + Sync>);

/// Settings of an [`HttpClient`].
#[derive(Debug, Clone)]
#[must_use]
pub struct HttpClientBuilder {
    connect_within: Duration,
    proxy: bool,
}

impl HttpClientBuilder {
    /// Sets how long connecting may take, TLS included; the deadline of a request holds besides. 10 seconds otherwise.
    pub const fn connect_within(mut self, wait: Duration) -> Self {
        self.connect_within = wait;
        self
    }

    /// Ignores the proxies of the environment (`HTTPS_PROXY` and the like).
    pub const fn no_proxy(mut self) -> Self {
        self.proxy = false;
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// When the certificates of the system cannot be read.
    pub fn build(self) -> Result<HttpClient, ClientError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("invoice-providers/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_within)
            .redirect(reqwest::redirect::Policy::none())
            // A request is sent once; whether again, the desk decides.
            .retry(reqwest::retry::never())
            .referer(false);
        let builder = if self.proxy { builder } else { builder.no_proxy() };
        let inner = builder.build().map_err(|error| ClientError(Box::new(error.without_url())))?;
        Ok(HttpClient { inner })
    }
}

/// A client over HTTP/1.1 and TLS (rustls with the certificates of the system). Connections are kept and shared by
/// clones. Never follows a redirect and never repeats a request.
///
/// Needs a tokio runtime around it.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
}

impl HttpClient {
    /// A client with the usual settings.
    ///
    /// # Errors
    /// As [`HttpClientBuilder::build`].
    pub fn new() -> Result<Self, ClientError> {
        Self::builder().build()
    }

    /// Begins the settings.
    pub const fn builder() -> HttpClientBuilder {
        HttpClientBuilder { connect_within: Duration::from_secs(10), proxy: true }
    }
}

#[async_trait]
impl Transport for HttpClient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let limit = request.body_limit();
        let sending = wire(&self.inner, request)?;
        let mut answer = self.inner.execute(sending).await.map_err(failed)?;
        let mut response = HttpResponse::new(answer.status().as_u16(), Vec::new());
        for (name, value) in answer.headers() {
            response = response.header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > limit {
                return Err(TransportError::new(Failure::TooLong, Departure::Maybe));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.with_body(body))
    }
}

fn wire(client: &reqwest::Client, request: HttpRequest) -> Result<reqwest::Request, TransportError> {
    let method = match request.method() {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
    };
    let mut builder = client.request(method, request.url()).timeout(request.deadline());
    for header in request.headers() {
        builder = builder.header(&header.name, &header.value);
    }
    let malformed = |error: reqwest::Error| {
        TransportError::new(Failure::Malformed, Departure::Never).because(error.without_url())
    };
    builder.body(request.into_body()).build().map_err(malformed)
}

/// Only a connection that never came about proves that nothing left.
fn failed(error: reqwest::Error) -> TransportError {
    let (failure, departure) = if error.is_builder() {
        (Failure::Malformed, Departure::Never)
    } else if error.is_connect() {
        (if error.is_timeout() { Failure::Timeout } else { Failure::Connect }, Departure::Never)
    } else if error.is_timeout() || is_io_timeout(&error) {
        (Failure::Timeout, Departure::Maybe)
    } else {
        (Failure::Cut, Departure::Maybe)
    };
    TransportError::new(failure, departure).because(error.without_url())
}

fn is_io_timeout(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(source) = cause {
        if source.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = source.source();
    }
    false
}
