//! A gate before the emulators that counts the connections through it.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Counts connections; its threads end with the process.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    connections: Arc<AtomicU64>,
}

impl Gate {
    /// Opens a relay to an address; returns the relay's own address.
    pub fn open(&self, upstream: String) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let connections = self.connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let upstream = TcpStream::connect(&upstream).expect("the emulator listens");
                pass(&stream, &upstream).expect("connections have second handles");
            }
        });
        address
    }

    /// Connections so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Copies bytes between two connections in both directions, until either side closes.
fn pass(one: &TcpStream, other: &TcpStream) -> io::Result<()> {
    for (from, to) in [(one, other), (other, one)] {
        from.set_nodelay(true)?;
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        thread::spawn(move || {
            // A side that closes ends the other.
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}
