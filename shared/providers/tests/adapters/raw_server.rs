//! A server that answers every connection with the same bytes, or not at all, and records the requests.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, mpsc},
    thread,
};

pub struct RawServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl RawServer {
    /// Answers each request with these bytes, then closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::answering_each(move |_| answer.clone())
    }

    /// Answers each request with the result of `answer`, then closes.
    pub fn answering_each(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        Self::start(move |mut stream, request| {
            let _ = stream.write_all(&answer(request));
        })
    }

    /// Says when a request arrived, and never answers it.
    pub fn silent(arrived: mpsc::Sender<()>) -> Self {
        Self::start(move |mut stream, _| {
            let _ = arrived.send(());
            // On its own thread, so that concurrent requests arrive together.
            thread::spawn(move || stream.read_to_end(&mut Vec::new()));
        })
    }

    /// Resets the connection of each request that arrived whole.
    pub fn resetting() -> Self {
        Self::reading(peek_request, |stream, _| drop(stream))
    }

    fn start(finish: impl Fn(TcpStream, &str) + Send + 'static) -> Self {
        Self::reading(read_request, finish)
    }

    fn reading(
        read: fn(&mut TcpStream) -> Option<String>,
        finish: impl Fn(TcpStream, &str) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        // The thread ends with the test process, so it is not joined.
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if let Some(request) = read(&mut stream) {
                    kept.lock().unwrap().push(request.clone());
                    finish(stream, &request);
                }
            }
        });
        Self { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that arrived whole.
    pub fn requests(&self) -> MutexGuard<'_, Vec<String>> {
        self.requests.lock().unwrap()
    }
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&request).into_owned())
}

/// Leaves the request unread: the system resets a connection that is closed with unread bytes.
fn peek_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = vec![0; 64 * 1024];
    loop {
        match stream.peek(&mut request).ok()? {
            0 => return None,
            bytes if is_whole(&request[..bytes]) => {
                return Some(String::from_utf8_lossy(&request[..bytes]).into_owned());
            }
            _ => thread::yield_now(),
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}
