//! Serves a fake.

use std::{io, net::Ipv4Addr};

use axum::Router;
use tokio::net::TcpListener;

/// Serves these routes on any free port of this machine until the process ends; returns their address.
///
/// # Errors
/// If no port can be bound.
pub async fn serve(routes: Router) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, routes).into_future());
    Ok(format!("http://{address}"))
}
