//! A TCP server that follows a test's script on each connection, and counts requests.

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

/// A server on its own port. Each connection gets the same script, on a thread of its own.
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
        // The thread ends with the test process, so it is not joined.
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
    /// Reads one request with its body; `None` if the client closes before.
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

    /// Sends nothing until the client closes.
    pub fn wait_for_close(&mut self) {
        let _ = self.stream.read_to_end(&mut Vec::new());
    }

    /// Writes bytes; ignores that the client may have closed.
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
