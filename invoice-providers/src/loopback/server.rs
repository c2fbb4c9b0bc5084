//! A small HTTP server on a thread of its own.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::{BodyExt as _, Either, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::form::decode_form;

/// The longest request that is read, in bytes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Why a loopback bureau cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoopbackError {
    /// No port, no thread.
    #[error("the loopback bureau cannot listen on 127.0.0.1")]
    Io(#[from] io::Error),
    /// A setting of the sandbox behind it.
    #[error("the sandbox behind the loopback bureau cannot be set up")]
    Sandbox(#[from] crate::sandbox::SandboxError),
}

/// A request as it arrived.
pub(super) struct Arrived {
    pub(super) method: String,
    /// Path and query as they were sent.
    pub(super) target: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Arrived {
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// What is done with it.
pub(super) enum Reply {
    /// An answer.
    Answer(Answer),
    /// The connection is closed.
    Cut,
    /// Nothing, ever.
    Silence,
}

/// An answer, whole or only its first bytes.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) broken_after: Option<usize>,
    /// How far the clock that it tells of is ahead of the bureau's.
    pub(super) clock_ahead: TimeDelta,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let (headers, body, clock_ahead) = (Vec::new(), body.into(), TimeDelta::zero());
        Self::Answer(Answer { status, content_type, headers, body, broken_after: None, clock_ahead })
    }

    pub(super) fn json(body: &serde_json::Value) -> Self {
        Self::new(200, "application/json;charset=UTF-8", body.to_string())
    }
}

/// What answers.
#[async_trait]
pub(super) trait Counter: Send + Sync + 'static {
    /// The time that is told in the `Date` of every answer.
    fn now(&self) -> DateTime<Utc>;

    async fn answer(&self, request: Arrived) -> Reply;
}

/// Listens until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// On this port of 127.0.0.1; 0 is any that is free.
    pub(super) fn start(port: u16, counter: Arc<dyn Counter>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async {
                tokio::select! {
                    // The sender is never used, only dropped.
                    _ = stopped => {}
                    () = accept(listener, counter) => {}
                }
            });
        };
        let thread = thread::Builder::new().name("loopback-bureau".to_owned()).spawn(serve)?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed there.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, counter: Arc<dyn Counter>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    // Connections end with the runtime.
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&counter)));
    }
}

async fn serve(stream: TcpStream, counter: Arc<dyn Counter>) {
    let service = service_fn(move |request| handle(request, Arc::clone(&counter)));
    // A connection that breaks is what some tests are about.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

type Body = Either<Full<Bytes>, StreamBody<Chunks>>;
type Chunks = futures_util::stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, io::Error>>>;

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "broken off on purpose")
}

async fn handle(request: Request<Incoming>, counter: Arc<dyn Counter>) -> Result<Response<Body>, io::Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let pairs = decode_form(head.uri.query().unwrap_or_default().as_bytes());
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let arrived = Arrived {
        method: head.method.as_str().to_owned(),
        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        path: head.uri.path().to_owned(),
        query: pairs.unwrap_or_default(),
        headers: headers.collect(),
        body,
    };
    let answer = match counter.answer(arrived).await {
        Reply::Silence => std::future::pending().await,
        Reply::Cut => return Err(broken()),
        Reply::Answer(answer) => answer,
    };
    let Answer { status, content_type, headers, body, broken_after, clock_ahead } = answer;
    let date = (counter.now() + clock_ahead).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let length = body.len();
    let body = match broken_after {
        None => Either::Left(Full::new(Bytes::from(body))),
        Some(bytes) => {
            let first = Frame::data(Bytes::from(body.into_iter().take(bytes).collect::<Vec<_>>()));
            Either::Right(StreamBody::new(futures_util::stream::iter(vec![Ok(first), Err(broken())])))
        }
    };
    let response =
        Response::builder().status(status).header("content-type", content_type).header("date", date);
    let response = headers.iter().fold(response, |response, (name, value)| response.header(*name, value));
    response.header("content-length", length).body(body).map_err(io::Error::other)
}
