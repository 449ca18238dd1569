//! The client against a server that breaks the protocol on purpose, below HTTP.

pub(crate) mod raw_server;

use std::{sync::mpsc, time::Duration};

use ::http::{Request, StatusCode};
use bytes::Bytes;
use raw_server::{Peer, RawServer};

use super::{HttpClient, HttpError, MAX_ANSWER_BYTES, Roots};

/// Longer than any test takes. The tests use virtual time, so none waits this long.
const TIMEOUT: Duration = Duration::from_secs(30);

const ANSWER: &[u8] = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok";

fn pooled() -> HttpClient {
    HttpClient::new(Roots::Amazon).unwrap()
}

fn post(url: &str) -> Request<Bytes> {
    Request::post(url).body(Bytes::from_static(b"text=hello")).unwrap()
}

async fn failure(client: &HttpClient, url: &str) -> HttpError {
    client.send(post(url), TIMEOUT).await.unwrap_err()
}

fn was_never_sent(error: &HttpError) -> bool {
    matches!(error, HttpError::NeverSent { .. })
}

/// Lets the timeout of a call that is under way pass, without waiting for it.
async fn let_time_pass() {
    tokio::time::pause();
    tokio::time::advance(TIMEOUT * 2).await;
    tokio::time::resume();
}

#[tokio::test]
async fn an_answer_is_read_whole_and_a_request_arrives_whole() {
    let server = RawServer::start(|mut peer: Peer| {
        assert!(peer.read_request().unwrap().ends_with("\r\n\r\ntext=hello"));
        peer.write(ANSWER);
    });
    let answer = pooled().send(post(&server.url()), TIMEOUT).await.unwrap();
    assert_eq!((answer.status(), answer.body().as_ref()), (StatusCode::CREATED, b"ok".as_ref()));
}

#[tokio::test]
async fn a_request_whose_connection_is_refused_is_never_sent() {
    // Bound but not listening: no other process can take the port, and connections are refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    assert!(was_never_sent(&failure(&pooled(), &url).await));
}

#[tokio::test]
async fn a_request_to_a_name_that_does_not_resolve_is_never_sent() {
    // Longer than a label may be (RFC 1035 §2.3.4), so no resolver on the network is asked.
    let url = format!("http://{}.invalid/", "x".repeat(64));
    assert!(was_never_sent(&failure(&pooled(), &url).await));
}

#[tokio::test]
async fn a_request_whose_tls_handshake_fails_is_never_sent() {
    let server = RawServer::start(|mut peer: Peer| peer.write(b"this is not TLS at all\r\n\r\n"));
    assert!(was_never_sent(&failure(&pooled(), &server.tls_url()).await));
}

#[tokio::test]
async fn a_request_whose_tls_handshake_does_not_end_is_never_sent() {
    let (knocked, heard) = mpsc::channel();
    let server = RawServer::start(move |mut peer: Peer| {
        peer.read_some();
        knocked.send(()).unwrap();
        peer.wait_for_close();
    });
    let url = server.tls_url();
    let call = tokio::spawn(async move { failure(&pooled(), &url).await });
    wait_for(heard).await;
    let_time_pass().await;
    assert!(was_never_sent(&call.await.unwrap()));
}

#[tokio::test]
async fn a_connection_closed_amid_the_request_is_lost() {
    let server = RawServer::start(|mut peer: Peer| peer.read_some());
    assert!(!was_never_sent(&failure(&pooled(), &server.url()).await));
}

#[tokio::test]
async fn silence_after_the_request_arrived_is_lost() {
    let (arrived, heard) = mpsc::channel();
    let server = RawServer::start(move |mut peer: Peer| {
        peer.read_request().unwrap();
        arrived.send(()).unwrap();
        peer.wait_for_close();
    });
    let url = server.url();
    let call = tokio::spawn(async move { failure(&pooled(), &url).await });
    wait_for(heard).await;
    let_time_pass().await;
    assert!(!was_never_sent(&call.await.unwrap()));
}

#[tokio::test]
async fn a_request_whose_answer_cannot_be_read_is_lost() {
    let too_long = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n", MAX_ANSWER_BYTES + 1);
    let too_long = [too_long.as_bytes(), &vec![b' '; MAX_ANSWER_BYTES + 1]].concat();
    let answers: [&'static [u8]; 5] = [
        b"",
        b"HTTP/1.1 201 Cre",
        b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\nhalf an ans",
        b"SMTP ready\r\n\r\n",
        too_long.leak(),
    ];
    for answer in answers {
        let server = RawServer::start(move |mut peer: Peer| {
            peer.read_request().unwrap();
            peer.write(answer);
        });
        let error = failure(&pooled(), &server.url()).await;
        assert!(!was_never_sent(&error), "{}", String::from_utf8_lossy(&answer[..answer.len().min(60)]));
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn an_answer_of_the_allowed_length_is_read_and_a_longer_one_is_lost() {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {MAX_ANSWER_BYTES}\r\n\r\n");
    let answer = [answer.as_bytes(), &vec![b' '; MAX_ANSWER_BYTES]].concat();
    let server = RawServer::start(move |mut peer: Peer| {
        peer.read_request().unwrap();
        peer.write(&answer);
    });
    let answer = pooled().send(post(&server.url()), TIMEOUT).await.unwrap();
    assert_eq!(answer.body().len(), MAX_ANSWER_BYTES);
}

#[tokio::test]
async fn an_error_status_or_a_redirect_is_returned_without_a_second_request() {
    for status in ["308 Permanent Redirect\r\nlocation: /elsewhere", "429 Slow Down", "503 Down"] {
        let server = RawServer::start(move |mut peer: Peer| {
            peer.read_request().unwrap();
            peer.write(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes());
        });
        let answer = pooled().send(post(&server.url()), TIMEOUT).await.unwrap();
        assert!(status.starts_with(answer.status().as_str()));
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_pooled_connection_closed_on_the_second_request_is_lost_and_not_repeated() {
    let server = RawServer::start(|mut peer: Peer| {
        peer.read_request().unwrap();
        peer.write(ANSWER);
        peer.read_request();
    });
    let client = pooled();
    client.send(post(&server.url()), TIMEOUT).await.unwrap();
    assert!(!was_never_sent(&failure(&client, &server.url()).await));
    assert_eq!((server.requests(), server.connections()), (2, 1));
}

/// The server closes the pooled connection while the client's thread is blocked, so the client does not know that it is
/// closed and sends the second request on it. Whichever of the two is first, the error must be true.
#[tokio::test]
async fn a_request_on_a_closed_pooled_connection_is_lost_or_never_sent() {
    for round in 0..200 {
        let (closed, heard) = mpsc::channel();
        let server = RawServer::start(move |mut peer: Peer| {
            peer.read_request().unwrap();
            peer.write(ANSWER);
            peer.close();
            // A second connection plays the same script, and nothing receives its message.
            let _ = closed.send(());
        });
        let client = pooled();
        client.send(post(&server.url()), TIMEOUT).await.unwrap();
        if round % 2 == 0 {
            heard.recv().unwrap();
        }
        let second = client.send(post(&server.url()), TIMEOUT).await;
        let arrived = server.requests() - 1;
        match second {
            Ok(_) => assert_eq!(arrived, 1),
            Err(HttpError::NeverSent { .. }) => assert_eq!(arrived, 0),
            Err(HttpError::Lost { .. }) => assert!(arrived <= 1),
        }
    }
}

#[tokio::test]
async fn without_a_pool_each_call_opens_a_connection() {
    let server = RawServer::start(|mut peer: Peer| while peer.answer_request(ANSWER) {});
    let client = HttpClient::one_connection_per_call(Roots::Amazon).unwrap();
    for _ in 0..3 {
        client.send(post(&server.url()), TIMEOUT).await.unwrap();
    }
    assert_eq!((server.requests(), server.connections()), (3, 3));
}

#[tokio::test]
async fn with_a_pool_calls_share_a_connection() {
    let server = RawServer::start(|mut peer: Peer| while peer.answer_request(ANSWER) {});
    let client = pooled();
    for _ in 0..3 {
        client.send(post(&server.url()), TIMEOUT).await.unwrap();
    }
    assert_eq!((server.requests(), server.connections()), (3, 1));
}

#[test]
fn both_kinds_of_roots_are_loaded() {
    // The connector parses the certificates, and would refuse a broken one.
    for roots in [Roots::Amazon, Roots::Native] {
        assert!(HttpClient::new(roots).is_ok());
    }
}

/// Waits for a message of the server's thread without blocking the client's tasks.
async fn wait_for(heard: mpsc::Receiver<()>) {
    tokio::task::spawn_blocking(move || heard.recv()).await.unwrap().unwrap();
}
