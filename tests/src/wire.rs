//! A TCP proxy on loopback that records what passes, and delays or cuts it on demand.
//!
//! ```text
//! client ──► WireTap ──► server      up:   what the client sent
//!        ◄──         ◄──             down: what the server sent
//! ```

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::process::pause;

/// BOUND: what is recorded each way; the largest test sends a tenth of it. What comes later passes,
/// is counted, and is not kept.
const RECORD_BYTES_MAX: usize = 256 * 1024 * 1024;

/// BOUND: what is read at once; small, so that a cut falls where it was asked for.
const CHUNK_BYTES_MAX: usize = 16 * 1024;

/// A running proxy; dropping it closes every connection.
#[derive(Debug)]
pub struct WireTap {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

#[derive(Debug, Default)]
struct Shared {
    up: Recording,
    down: Recording,
    /// Passed on before each chunk.
    delay: Duration,
    /// How many more bytes may pass, both ways together.
    allowance_bytes: Option<usize>,
    closed: bool,
    connections: Vec<TcpStream>,
    connections_count: usize,
}

#[derive(Debug, Default)]
struct Recording {
    bytes: Vec<u8>,
    bytes_count: u64,
}

impl WireTap {
    /// Starts a proxy to `server`.
    ///
    /// # Errors
    /// If no port is free.
    pub fn to(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("opening the proxy's port")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared::default()));
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, server, &accepting));
        Ok(Self { address, shared })
    }

    /// Where clients are to connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What passed so far, all connections after each other as the bytes came.
    pub fn recorded(&self, way: Way) -> Vec<u8> {
        held(&self.shared).recording(way).bytes.clone()
    }

    /// How many bytes passed so far.
    pub fn bytes_count(&self, way: Way) -> u64 {
        held(&self.shared).recording(way).bytes_count
    }

    /// How many connections were made so far.
    pub fn connections_count(&self) -> usize {
        held(&self.shared).connections_count
    }

    /// Whether `needle` passed, either way.
    pub fn has_seen(&self, needle: &[u8]) -> bool {
        let shared = held(&self.shared);
        [&shared.up, &shared.down].iter().any(|recording| contains(&recording.bytes, needle))
    }

    /// Forgets what was recorded and counted.
    pub fn forget(&self) {
        let mut shared = held(&self.shared);
        shared.up = Recording::default();
        shared.down = Recording::default();
        shared.connections_count = 0;
    }

    /// From now on waits `delay` before passing on what was read.
    pub fn delay(&self, delay: Duration) {
        held(&self.shared).delay = delay;
    }

    /// Lets `bytes` more pass, both ways together, then cuts every connection, and every new one at
    /// once, until [`WireTap::mend`].
    pub fn cut_after(&self, bytes: usize) {
        held(&self.shared).allowance_bytes = Some(bytes);
    }

    /// Cuts every open connection now; new ones pass.
    pub fn cut_now(&self) {
        held(&self.shared).cut();
    }

    /// Undoes [`WireTap::cut_after`].
    pub fn mend(&self) {
        held(&self.shared).allowance_bytes = None;
    }
}

impl Drop for WireTap {
    fn drop(&mut self) {
        let mut shared = held(&self.shared);
        shared.closed = true;
        shared.cut();
        drop(shared);
        // Wakes the thread that waits for connections, so that it sees the end.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn recording(&self, way: Way) -> &Recording {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }

    fn cut(&mut self) {
        for connection in self.connections.drain(..) {
            // Closed by the other side already: then it is cut.
            let _closed = connection.shutdown(Shutdown::Both);
        }
    }

    /// Takes note of `chunk` and says how many of its bytes may pass.
    fn pass(&mut self, way: Way, chunk: &[u8]) -> usize {
        let passing = self.allowance_bytes.map_or(chunk.len(), |left| left.min(chunk.len()));
        if let Some(left) = &mut self.allowance_bytes {
            *left = left.saturating_sub(passing);
        }
        let recording = match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        };
        let passed = chunk.get(..passing).unwrap_or_default();
        if recording.bytes.len().saturating_add(passing) <= RECORD_BYTES_MAX {
            recording.bytes.extend_from_slice(passed);
        }
        let passed_count = u64::try_from(passing).unwrap_or(u64::MAX);
        recording.bytes_count = recording.bytes_count.saturating_add(passed_count);
        passing
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, shared: &Arc<Mutex<Shared>>) {
    for client in listener.incoming() {
        let Ok(client) = client else { continue };
        let mut state = held(shared);
        if state.closed {
            return;
        }
        state.connections_count = state.connections_count.saturating_add(1);
        let is_cut = state.allowance_bytes == Some(0);
        drop(state);
        if is_cut {
            continue;
        }
        // A server that is not there looks to the client as it would without us.
        let Ok(upstream) = TcpStream::connect(server) else { continue };
        // Nothing to do about a connection that breaks while it is being made.
        let _broken = join(&client, &upstream, shared);
    }
}

/// Starts the two threads that pass bytes on.
fn join(
    client: &TcpStream,
    upstream: &TcpStream,
    shared: &Arc<Mutex<Shared>>,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    held(shared).connections.extend([client.try_clone()?, upstream.try_clone()?]);
    for way in [Way::Up, Way::Down] {
        let (from, to) = match way {
            Way::Up => (client.try_clone()?, upstream.try_clone()?),
            Way::Down => (upstream.try_clone()?, client.try_clone()?),
        };
        let shared = Arc::clone(shared);
        thread::spawn(move || carry(way, from, to, &shared));
    }
    Ok(())
}

/// Passes bytes one way until an end closes or a cut is due.
fn carry(way: Way, mut from: TcpStream, mut to: TcpStream, shared: &Mutex<Shared>) {
    let mut buffer = vec![0; CHUNK_BYTES_MAX];
    while let Ok(count) = from.read(&mut buffer) {
        let chunk = buffer.get(..count).unwrap_or_default();
        if chunk.is_empty() {
            break;
        }
        let delay = held(shared).delay;
        if !delay.is_zero() {
            pause(delay);
        }
        let passing = held(shared).pass(way, chunk);
        let passed = chunk.get(..passing).unwrap_or_default();
        if to.write_all(passed).is_err() {
            break;
        }
        if passing < chunk.len() {
            held(shared).cut();
            return;
        }
    }
    // The end of one direction is passed on; the other may go on.
    let _closed = to.shutdown(Shutdown::Write);
}

/// A panic of another test's thread does not make the state unreadable.
fn held(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether `needle` is somewhere in `bytes`.
pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests;
