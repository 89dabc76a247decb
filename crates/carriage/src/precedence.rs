//! Frames first: how bulk data gives way, and how little waits inside the transport.
//!
//! What the transport has taken cannot be overtaken by what the caller learns to be more urgent a
//! moment later. So it is allowed to hold only about as much as the link carries in two round
//! trips, and while a frame waits for room, nothing else is given any.

use tokio::sync::watch;

use crate::transport::IN_FLIGHT;

/// The least that the transport may hold, in bytes.
const LEAST: u64 = 16 << 10;

/// What the writers of one connection have in common.
#[derive(Debug, Clone)]
pub(crate) struct Precedence {
    connection: quinn::Connection,
    /// How many frames wait to be taken.
    frames: watch::Sender<usize>,
}

impl Precedence {
    pub(crate) fn new(connection: quinn::Connection) -> Self {
        Self { connection, frames: watch::Sender::new(0) }
    }

    /// Lets the transport hold as much as suits the link now.
    pub(crate) fn follow_the_link(&self) {
        let window = self.connection.stats().path.cwnd;
        let room = window.saturating_mul(2).clamp(LEAST, u64::from(IN_FLIGHT));
        self.connection.set_send_window(room);
    }

    /// Holds bulk data back for as long as the answer lives.
    pub(crate) fn claim(&self) -> Claim<'_> {
        self.frames.send_modify(|frames| *frames += 1);
        Claim(&self.frames)
    }

    /// Writes a piece of bulk data when no frame waits; answers how much was taken.
    pub(crate) async fn give_way(
        &self,
        stream: &mut quinn::SendStream,
        piece: &[u8],
    ) -> Result<usize, quinn::WriteError> {
        let mut frames = self.frames.subscribe();
        loop {
            // Fails only when the sender is gone, and `self` holds it.
            let _ = frames.wait_for(|frames| *frames == 0).await;
            self.follow_the_link();
            tokio::select! {
                biased;
                _ = frames.wait_for(|frames| *frames > 0) => {}
                taken = stream.write(piece) => return taken,
            }
        }
    }
}

/// A frame that waits to be taken.
pub(crate) struct Claim<'a>(&'a watch::Sender<usize>);

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|frames| *frames -= 1);
    }
}
