//! A server on its own thread and runtime.

use std::{
    fmt::Display,
    io,
    net::{SocketAddr, TcpListener as StdListener},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{net::TcpListener, runtime};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::error::EmbeddedError;

/// How long requests under way may take when the server stops: a client that has sent half a request must not keep the
/// program running.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// A server thread; it stops and is joined when dropped.
pub(super) struct ServerThread {
    endpoint: String,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl ServerThread {
    /// Binds `address` and serves on a new thread; a connection made from now on is answered.
    pub(super) fn start<Serve, Error>(
        server: &'static str,
        address: SocketAddr,
        serve: Serve,
    ) -> Result<Self, EmbeddedError>
    where
        Serve: AsyncFnOnce(TcpListener, WaitForCancellationFutureOwned) -> Result<(), Error> + Send + 'static,
        Error: Display,
    {
        let fails = |source| EmbeddedError::Listen { server, address, source };
        let listener = listen(address).map_err(fails)?;
        let endpoint = listener.local_addr().map(|bound| format!("http://{bound}")).map_err(fails)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(fails)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let run = move || runtime.block_on(serve_until(server, listener, serve, stopped));
        let thread = thread::Builder::new().name(server.into()).spawn(run).map_err(fails)?;
        Ok(Self { endpoint, stop, thread: Some(thread) })
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Stops the server and waits for its thread.
    pub(super) fn stop(self) {
        drop(self);
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panicked thread has ended too.
            let _ = thread.join();
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<StdListener> {
    let listener = StdListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve_until<Serve, Error>(
    server: &'static str,
    listener: StdListener,
    serve: Serve,
    stop: CancellationToken,
) where
    Serve: AsyncFnOnce(TcpListener, WaitForCancellationFutureOwned) -> Result<(), Error>,
    Error: Display,
{
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(server, %error, "an emulator could not start"),
    };
    tokio::select! {
        served = serve(listener, stop.clone().cancelled_owned()) => {
            if let Err(error) = served {
                tracing::error!(server, %error, "an emulator has failed");
            }
        }
        () = async { stop.cancelled().await; tokio::time::sleep(STOP_GRACE).await } => {}
    }
}
