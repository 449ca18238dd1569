//! A gate at which a child waits, so that a test knows where the child is and when it goes on.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The test's side: it accepts the children that arrive.
pub struct Gate(TcpListener);

/// A child that waits at the gate.
pub struct Held(TcpStream);

impl Gate {
    pub async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub async fn arrival(&self) -> Held {
        Held(self.0.accept().await.unwrap().0)
    }
}

impl Held {
    /// Lets the child continue.
    pub async fn release(mut self) {
        self.0.write_all(b"!").await.unwrap();
    }

    /// Resolves when the child's process has ended.
    pub async fn gone(mut self) {
        assert!(matches!(self.0.read(&mut [0]).await, Ok(0) | Err(_)));
    }
}

/// The child's side: waits until it may pass.
pub async fn wait_at(address: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.read_exact(&mut [0]).await.unwrap();
}
