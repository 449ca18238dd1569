//! A Runtime API that gives a bootstrap some events, and reports when it asks for one more.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
};

/// The server; its thread ends with the process.
pub struct RuntimeApi {
    address: String,
    idle: mpsc::Receiver<()>,
}

/// State that the connections share.
struct Invocations {
    left: Mutex<VecDeque<String>>,
    idle: mpsc::Sender<()>,
}

impl RuntimeApi {
    /// Starts one that gives these events, one after another.
    pub fn start(events: VecDeque<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (asks, idle) = mpsc::channel();
        let shared = Arc::new(Invocations { left: Mutex::new(events), idle: asks });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { address, idle }
    }

    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns when the bootstrap asks for more than there is.
    pub fn wait(&self) {
        self.idle.recv().expect("the bootstrap runs");
    }
}

impl Invocations {
    /// Serves one connection until it closes, or until nothing is left to give.
    fn serve(&self, stream: &TcpStream) {
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        while let Some(path) = read_request(&mut reader) {
            if !path.ends_with("/invocation/next") {
                let _ = writer.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            let next = self.left.lock().expect("no thread panicked").pop_front();
            let Some(event) = next else {
                let _ = self.idle.send(());
                // The connection stays open, as Lambda's does while nothing is to be done.
                loop {
                    thread::park();
                }
            };
            let _ = writer.write_all(invocation(&event).as_bytes());
        }
    }
}

fn invocation(event: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: bench\r\n\
         lambda-runtime-deadline-ms: 4102444800000\r\nlambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:0:function:bench\r\n\
         content-length: {}\r\n\r\n{event}",
        event.len()
    )
}

/// The path of the next request, with its body skipped; `None` if the connection has ended.
fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut is_chunked) = (0, false);
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(bytes) = header.strip_prefix("content-length: ") {
            length = bytes.parse().ok()?;
        }
        is_chunked |= header == "transfer-encoding: chunked";
    }
    if is_chunked {
        skip_chunks(reader)?
    } else {
        skip(reader, length)?
    };
    Some(path)
}

fn skip_chunks(reader: &mut BufReader<&TcpStream>) -> Option<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = u64::from_str_radix(line.trim_end(), 16).ok()?;
        skip(reader, length + 2)?;
        if length == 0 {
            return Some(());
        }
    }
}

fn skip(reader: &mut BufReader<&TcpStream>, bytes: u64) -> Option<()> {
    std::io::copy(&mut reader.take(bytes), &mut std::io::sink()).ok().map(drop)
}
