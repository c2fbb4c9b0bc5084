//! The client over real sockets on this machine: one request, once, as given; and what each way of failing says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use invoice_providers::http::{
    Departure, Failure, HttpClient, HttpRequest, HttpResponse, Method, Recorder, Transport, TransportError,
};

/// A server that reads one request per connection and does `act` with the rest.
struct Server {
    url: String,
    served: Arc<AtomicUsize>,
}

fn server(act: impl Fn(&mut TcpStream, Vec<u8>) + Send + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/path?a=1", listener.local_addr().unwrap());
    let served = Arc::new(AtomicUsize::new(0));
    let count = served.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read_request(&mut stream);
            count.fetch_add(1, Ordering::SeqCst);
            act(&mut stream, request);
        }
    });
    Server { url, served }
}

fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        seen.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&seen).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    seen.extend(body);
    seen
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}

fn client() -> HttpClient {
    HttpClient::builder().no_proxy().build().unwrap()
}

fn post(server: &Server) -> HttpRequest {
    HttpRequest::new(Method::Post, &server.url).with_deadline(Duration::from_secs(20))
}

fn failed(answer: Result<HttpResponse, TransportError>) -> (Failure, Departure) {
    let error = answer.unwrap_err();
    (error.failure(), error.departure())
}

#[tokio::test]
async fn the_body_goes_out_byte_for_byte_and_the_answer_comes_back_so() {
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let server = server(|stream, request| {
        let at = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        respond(stream, "200 OK", "X-Name: value\r\n", &request[at + 4..]);
    });
    let recorder = Recorder::new(Arc::new(client()));
    let request = post(&server).header("accessToken", "t").with_body(bytes.clone());
    let answer = recorder.send(request).await.unwrap();
    assert_eq!((answer.status(), answer.body()), (200, &bytes[..]));
    assert_eq!(answer.get("x-name"), Some("value"));
    let seen = recorder.seen();
    assert_eq!(seen[0].request.body(), bytes);
    assert_eq!(seen[0].response.as_ref().map(HttpResponse::status), Some(200));
}

#[tokio::test]
async fn any_status_is_an_answer_and_nobody_is_sent_elsewhere() {
    for status in ["301 Moved", "307 Temporary", "404 Not Found", "429 Too Many", "500 Broken", "503 Busy"] {
        let server = server(move |stream, _| respond(stream, status, "location: /other\r\n", b"text"));
        let answer = client().send(post(&server)).await.unwrap();
        assert_eq!(answer.status().to_string(), status[..3]);
        assert_eq!(answer.body(), b"text");
        assert_eq!(server.served.load(Ordering::SeqCst), 1, "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_says_nothing_of_the_effect_and_is_not_tried_again() {
    let before = server(|stream, _| stream.shutdown(Shutdown::Both).unwrap());
    let middle = server(|stream, _| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\":").unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    });
    let noise = server(|stream, _| stream.write_all(b"\x16\x03\x01 what is this\r\n\r\n").unwrap());
    for (name, server) in [("before", before), ("middle", middle), ("noise", noise)] {
        assert_eq!(failed(client().send(post(&server)).await), (Failure::Cut, Departure::Maybe), "{name}");
        assert_eq!(server.served.load(Ordering::SeqCst), 1, "{name}");
    }
}

#[tokio::test]
async fn a_deadline_ends_the_call() {
    let silent = server(|_, _| thread::park());
    let slow = server(|stream, _| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").unwrap();
        thread::park();
    });
    for server in [silent, slow] {
        let request = post(&server).with_deadline(Duration::from_millis(150));
        assert_eq!(failed(client().send(request).await), (Failure::Timeout, Departure::Maybe));
    }
}

#[tokio::test]
async fn what_cannot_be_connected_or_written_never_left() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let request = HttpRequest::new(Method::Post, closed).with_body("x");
    let error = client().send(request).await.unwrap_err();
    assert_eq!((error.failure(), error.departure()), (Failure::Connect, Departure::Never));
    let told = ProviderError::from(error);
    assert_eq!((told.kind(), told.effect()), (ErrorKind::NoAnswer, Effect::NotApplied));
    let server = server(|stream, _| respond(stream, "200 OK", "", b""));
    for request in [
        post(&server).header("x", "line\nbreak"),
        post(&server).header("名", "x"),
        HttpRequest::new(Method::Get, "not an address"),
    ] {
        assert_eq!(failed(client().send(request).await), (Failure::Malformed, Departure::Never));
    }
    assert_eq!(server.served.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_is_never_longer_than_was_asked_for() {
    let server = server(|stream, _| respond(stream, "200 OK", "", &[b'x'; 1000]));
    let limited = |limit| post(&server).with_body_limit(limit);
    assert_eq!(client().send(limited(1000)).await.unwrap().body().len(), 1000);
    assert_eq!(failed(client().send(limited(999)).await), (Failure::TooLong, Departure::Maybe));
}

#[tokio::test]
async fn errors_show_nothing_of_the_request() {
    let server = server(|stream, _| stream.shutdown(Shutdown::Both).unwrap());
    let secret = "SECRET-TOKEN";
    let request = HttpRequest::new(Method::Post, format!("{}&token={secret}", server.url))
        .header("accessToken", secret)
        .with_body(secret);
    let error = ProviderError::from(client().send(request).await.unwrap_err());
    let mut shown = format!("{error} {error:?}");
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(source) = cause {
        shown.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    assert!(!shown.contains(secret), "{shown}");
}
