//! The server over real sockets, with clients that stop in the middle of a request.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    routing::{get, post},
};
use bytes::Bytes;
use http_body::Frame;
use loopback_server::{Timeouts, serve_within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep,
};

const PATIENCE: Duration = Duration::from_millis(250);
/// Longer than the patience, over several pieces.
const PIECES: usize = 8;
const BETWEEN_PIECES: Duration = Duration::from_millis(35);

async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/", post(|body: String| async move { body }));
    let timeouts = Timeouts { head: PATIENCE, body: PATIENCE, answer: PATIENCE };
    tokio::spawn(serve_within(timeouts, listener, routes, std::future::pending()));
    address
}

/// The answer to these bytes, until the server closes the connection.
async fn answer_to(address: SocketAddr, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_client_that_stops_within_a_request_is_disconnected() {
    let address = start().await;
    let half_a_body = format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10\r\n\r\nhalf");
    let (nothing, half_a_head, half_a_body) = tokio::join!(
        answer_to(address, ""),
        answer_to(address, "POST / HTTP/1.1\r\nHost: 127."),
        answer_to(address, &half_a_body),
    );
    assert_eq!((nothing.as_str(), half_a_head.as_str()), ("", ""));
    assert!(half_a_body.starts_with("HTTP/1.1 400"), "{half_a_body}");
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_client_that_is_slow_and_goes_on_is_answered() {
    let address = start().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {PIECES}\r\n\r\n"
    );
    let (first, rest) = head.split_at(20);
    stream.write_all(first.as_bytes()).await.unwrap();
    sleep(BETWEEN_PIECES).await;
    stream.write_all(rest.as_bytes()).await.unwrap();
    for _ in 0..PIECES {
        sleep(BETWEEN_PIECES).await;
        stream.write_all(b"x").await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(&"x".repeat(PIECES)), "{answer}");
}

/// An answer that goes on for as long as the client reads it, and says when it is dropped.
struct Endless(mpsc::UnboundedSender<()>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 4_096])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_client_that_does_not_read_its_answer_is_disconnected_and_a_slow_one_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (dropped, mut ended) = mpsc::unbounded_channel();
    let routes = Router::new().route("/", get(|| async move { Body::new(Endless(dropped)) }));
    let timeouts = Timeouts { answer: PATIENCE, ..Timeouts::DEFAULT };
    tokio::spawn(serve_within(timeouts, listener, routes, std::future::pending()));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await.unwrap();
    // More than the kernel keeps for a connection, so that the server waits between them.
    let mut piece = vec![0; 4 * 1024 * 1024];
    for _ in 0..PIECES {
        sleep(BETWEEN_PIECES).await;
        client.read_exact(&mut piece).await.unwrap();
    }
    assert!(ended.try_recv().is_err(), "it goes on while it is read");
    ended.recv().await.unwrap();
    // What has arrived can still be read; then the connection is gone.
    while client.read(&mut piece).await.is_ok_and(|read| read > 0) {}
}

#[tokio::test]
async fn a_request_of_another_site_is_refused() {
    let address = start().await;
    let with =
        |line: String| format!("POST / HTTP/1.1\r\n{line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    for (line, code) in [
        ("Host: evil.example".to_owned(), "foreign_host"),
        (format!("Host: {address}\r\nOrigin: https://evil.example"), "foreign_origin"),
    ] {
        let answer = answer_to(address, &with(line)).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(code), "{answer}");
        assert!(!answer.to_ascii_lowercase().contains("access-control"), "{answer}");
    }
    let own = answer_to(address, &with(format!("Host: {address}\r\nOrigin: http://{address}"))).await;
    assert!(own.starts_with("HTTP/1.1 200"), "{own}");
}

#[tokio::test]
async fn a_stop_ends_idle_connections_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let routes = Router::new().route("/", post(|body: String| async move { body }));
    let stop_asked = async { stopped.await.unwrap() };
    let serving = tokio::spawn(loopback_server::serve(listener, routes, stop_asked));
    let mut idle = TcpStream::connect(address).await.unwrap();
    let request = format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 2\r\n\r\nhi");
    idle.write_all(request.as_bytes()).await.unwrap();
    assert_ne!(idle.read(&mut [0; 512]).await.unwrap(), 0);
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
}
