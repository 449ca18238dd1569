//! Sockets of the host's servers.

use tokio::net::TcpStream;

/// Sends what is written without waiting for more: a small answer would otherwise wait up to 40 ms
/// for the acknowledgement of the one before it.
pub(crate) fn send_at_once(stream: &mut TcpStream) {
    // Only speed depends on it.
    let _ = stream.set_nodelay(true);
}
