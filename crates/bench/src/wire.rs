//! What frames cost once they pass over QUIC: the carriage's own count, on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use fieldpost_carriage::{Connection, Endpoint, FrameReader, FrameWriter, Guests, Purpose};
use fieldpost_log::{SigningKey, Suite, VerifyingKey};

use crate::Outcome;
use crate::sites::Passed;

const SEEDS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

/// How long the last acknowledgements take at most.
const QUIET: Duration = Duration::from_millis(60);

/// Whoever is asked, lets in.
struct Open;

impl Guests for Open {
    fn knows(&self, _: &VerifyingKey) -> bool {
        true
    }

    fn expects_strangers(&self) -> bool {
        false
    }
}

/// A connection on loopback, both ends of it.
pub(crate) struct Wire {
    ends: [(Connection, FrameWriter, FrameReader); 2],
    _endpoints: [Endpoint; 2],
}

impl Wire {
    pub(crate) async fn connect() -> Outcome<Self> {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listens = Endpoint::bind(Some(loopback), &SEEDS[0], Arc::new(Open))?;
        let dials = Endpoint::bind(None, &SEEDS[1], Arc::new(Open))?;
        let key = SigningKey::from_seed(Suite::One, &SEEDS[0]).verifying_key();
        let address = listens.local_addr()?.to_string();
        let (dialled, accepted) =
            tokio::join!(dials.dial(&address, &key, Purpose::Link), listens.accept());
        let accepted = accepted.ok_or("nobody dialled")?;
        let ends = [end(accepted)?, end(dialled?)?];
        tokio::time::sleep(QUIET).await;
        Ok(Self { ends, _endpoints: [listens, dials] })
    }

    /// Moves frames, each once the one before it has arrived; gives the bytes at IP level, both
    /// directions together.
    pub(crate) async fn pass(&mut self, frames: &[Passed]) -> Outcome<u64> {
        let before = self.bytes();
        for frame in frames {
            let [first, second] = &mut self.ends;
            let (from, to) = if frame.from == 0 { (first, second) } else { (second, first) };
            let (sent, heard) = tokio::join!(from.1.send(&frame.bytes), to.2.next());
            sent?;
            heard?.ok_or("the connection is over")?;
        }
        tokio::time::sleep(QUIET).await;
        Ok(self.bytes() - before)
    }

    fn bytes(&self) -> u64 {
        let stats = self.ends[0].0.stats();
        stats.sent_bytes + stats.received_bytes
    }
}

fn end(connection: Connection) -> Outcome<(Connection, FrameWriter, FrameReader)> {
    let (writer, reader) = connection.frames()?;
    Ok((connection, writer, reader))
}
