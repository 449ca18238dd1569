//! A TCP server that does to each connection what a test tells it to, and counts.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

/// A server on a port of its own; every connection is played the same script, on its own thread.
pub struct RawServer {
    address: SocketAddr,
    counts: Arc<Counts>,
}

/// The server's end of one connection; closes it when dropped.
pub struct Peer {
    stream: TcpStream,
    counts: Arc<Counts>,
}

impl RawServer {
    pub fn start(script: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let (script, counted) = (Arc::new(script), Arc::clone(&counts));
        // Ends with the test's process; nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.connections.fetch_add(1, Ordering::SeqCst);
                let peer = Peer { stream, counts: Arc::clone(&counted) };
                let script = Arc::clone(&script);
                thread::spawn(move || script(peer));
            }
        });
        Self { address, counts }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn tls_url(&self) -> String {
        format!("https://{}/", self.address)
    }

    /// Requests that arrived whole, over all connections.
    pub fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }
}

impl Peer {
    /// Reads one request with its body; nothing if the client closes before.
    pub fn read_request(&mut self) -> Option<String> {
        let mut request = Vec::new();
        while !is_whole(&request) {
            let mut byte = [0];
            if self.stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            request.push(byte[0]);
        }
        self.counts.requests.fetch_add(1, Ordering::SeqCst);
        String::from_utf8(request).ok()
    }

    /// Reads a request and answers it; false if the client closed instead.
    pub fn answer_request(&mut self, answer: &[u8]) -> bool {
        let asked = self.read_request().is_some();
        if asked {
            self.write(answer);
        }
        asked
    }

    /// Waits for the client's first bytes.
    pub fn read_some(&mut self) {
        let _ = self.stream.read(&mut [0; 1024]);
    }

    /// Says nothing until the client gives up.
    pub fn wait_for_close(&mut self) {
        let _ = self.stream.read_to_end(&mut Vec::new());
    }

    /// The client may have gone; that is the test's business.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub fn close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}
