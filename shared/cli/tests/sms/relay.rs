//! A relay in front of the HTTP server that loses answers: it breaks a connection once the answer to a chosen request
//! is on its way.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A relay; it ends with its owner.
pub struct Relay {
    pub base_url: String,
    task: JoinHandle<()>,
}

impl Relay {
    /// Relays to `base_url`, and loses the first `losses` answers to requests of `path`.
    pub async fn start(base_url: &str, path: &'static str, losses: u32) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let own_url = format!("http://{}", listener.local_addr().unwrap());
        let (target, losses) = (base_url.replace("http://", ""), Arc::new(AtomicU32::new(losses)));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let front = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(relay(client, front, path, losses.clone()));
            }
        });
        Self { base_url: own_url, task }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(mut client: TcpStream, mut front: TcpStream, path: &str, losses: Arc<AtomicU32>) {
    let (mut asked, mut answered) = ([0; 16_384], [0; 16_384]);
    let mut is_chosen = false;
    loop {
        tokio::select! {
            Ok(length @ 1..) = client.read(&mut asked) => {
                is_chosen |= String::from_utf8_lossy(&asked[..length]).contains(path);
                front.write_all(&asked[..length]).await.unwrap();
            }
            Ok(length @ 1..) = front.read(&mut answered) => {
                let less = |left: u32| left.checked_sub(1);
                if is_chosen && losses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
                    return;
                }
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}
