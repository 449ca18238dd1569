//! Connections, from their acceptance to their end.

use std::{future::Future, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, middleware};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    caller::{self, Hosts},
    stalled::Steady,
    unread::Taken,
};

/// The pause after a connection could not be accepted, as when no file descriptor is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a server waits for a client.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a whole head, from the acceptance of the connection or the answer before: also the longest time that a
    /// connection may be idle.
    pub head: Duration,
    /// For the next piece of a body.
    pub body: Duration,
    /// For the client to take the next piece of an answer.
    pub answer: Duration,
}

impl Timeouts {
    /// The timeouts of every server of an instance.
    pub const DEFAULT: Self = Self {
        head: Duration::from_secs(30),
        body: Duration::from_secs(30),
        answer: Duration::from_secs(30),
    };
}

/// Serves `routes` on `listener` until `stop` resolves and the requests under way are answered. Dropping the future
/// ends every connection at once.
///
/// # Errors
/// If the listener has no address.
pub async fn serve(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) -> io::Result<()> {
    serve_within(Timeouts::DEFAULT, listener, routes, stop).await
}

/// Serves with other timeouts.
///
/// # Errors
/// If the listener has no address.
pub async fn serve_within(
    timeouts: Timeouts,
    listener: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let hosts = Hosts::of(listener.local_addr()?.ip());
    let routes = routes.layer(middleware::from_fn_with_state(hosts, caller::check));
    let stopping = CancellationToken::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let stopping = stopping.clone();
                    connections.spawn(connection(stream, peer, routes.clone(), timeouts, stopping));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    stopping.cancel();
    while connections.join_next().await.is_some() {}
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    timeouts: Timeouts,
    stopping: CancellationToken,
) {
    // A small answer would otherwise wait up to 40 ms for the acknowledgement of the one before it.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers of this connection may be delayed");
    }
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(|body| Body::new(Steady::new(body, timeouts.body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.clone().oneshot(request)
    });
    let mut connections = http1::Builder::new();
    connections.timer(TokioTimer::new()).header_read_timeout(timeouts.head);
    let mut connection =
        pin!(connections.serve_connection(TokioIo::new(Taken::new(stream, timeouts.answer)), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection was cut off");
    }
}
