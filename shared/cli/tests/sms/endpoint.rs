//! A small HTTP server that plays AWS with answers that the test chooses.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// The parts of a request that an answer depends on.
#[derive(Debug)]
pub struct Request {
    /// `POST /path?query`
    pub line: String,
    /// The headers in lower case.
    pub headers: String,
    pub body: String,
}

/// A status and a body.
pub type Answer = (u16, String);

/// A running server; it stops when dropped.
pub struct Endpoint {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    /// Starts a server that answers every request by `answer`.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // A client that disconnects early does not concern the server.
                let _ = serve(connection.unwrap(), &answer);
            }
        });
        Self { address, stop, thread: Some(thread) }
    }

    /// A server that refuses every call with DynamoDB's or SQS's error of this code.
    pub fn refusing(code: &'static str) -> Self {
        Self::start(move |_| refusal(code, "no"))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // A connection ends the thread's wait.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Request {
    /// The access key that the request is signed with.
    pub fn access_key(&self) -> &str {
        let (_, rest) = self.headers.split_once("credential=").unwrap_or_default();
        rest.split('/').next().unwrap_or_default()
    }
}

/// An error of a service whose protocol is JSON.
pub fn refusal(code: &str, message: &str) -> Answer {
    (400, format!(r#"{{"__type":"com.amazonaws#{code}","message":"{message}"}}"#))
}

fn serve(mut connection: TcpStream, answer: &impl Fn(&Request) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let (line, headers) = head.split_once("\r\n").unwrap_or_default();
    let headers = headers.to_ascii_lowercase();
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let request = Request { line: line.to_owned(), headers, body };
    let (status, body) = answer(&request);
    let kind = if body.starts_with('<') { "text/xml" } else { "application/x-amz-json-1.0" };
    let length = body.len();
    // The metadata service says how long its token is valid; the clients of other services ignore that header.
    write!(
        connection,
        "HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\
         x-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n{body}"
    )
}
