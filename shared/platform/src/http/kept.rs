//! Connections that are kept during an invocation and dropped at its end.

use std::sync::{Arc, Mutex, PoisonError};

use super::{HttpClient, Roots, TlsSetupError};

/// A client for a provider that takes one recipient in a request, so that a handshake for each would cost more than the
/// requests.
///
/// A function is frozen between invocations and wakes up with connections that the server closed long ago. A request on
/// such a connection is lost. So the owner calls [`Self::drop_all`] when an invocation ends, and the next one makes a
/// client, which takes 0.1 ms: the machine's roots are read once for the process. Clones share their connections.
#[derive(Clone, Debug)]
pub struct KeptConnections {
    roots: Roots,
    client: Arc<Mutex<Option<HttpClient>>>,
}

impl KeptConnections {
    /// A client that has no connection yet.
    pub fn new(roots: Roots) -> Self {
        Self { roots, client: Arc::default() }
    }

    /// The client of this invocation.
    ///
    /// # Errors
    /// If the TLS library refuses its configuration.
    pub fn client(&self) -> Result<HttpClient, TlsSetupError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = client.as_ref() {
            return Ok(client.clone());
        }
        Ok(client.insert(HttpClient::keeping_for_an_invocation(self.roots)?).clone())
    }

    /// Closes the connections that no request uses. Requests under way go on.
    pub fn drop_all(&self) {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
