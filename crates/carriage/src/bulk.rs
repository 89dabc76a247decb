//! Requests that are answered with a stream of bytes, which give way to frames.

use std::time::Duration;

use bytes::Bytes;
use quinn::{RecvStream, SendStream};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::frames::{FrameReader, FrameWriter};
use crate::precedence::{Class, Precedence};
use crate::{CarriageError, Declined};

/// The longest request, in bytes.
pub const LONGEST_REQUEST: usize = 64 << 10;

/// What is read or written at once.
const PIECE: usize = 16 << 10;

/// How long nothing at all may come from the other side, while it owes bytes, before it is asked
/// whether it is there. One that was restarted meanwhile answers that it knows of no connection.
const DOUBT: Duration = Duration::from_secs(5);

/// The answer to a request, as it arrives. Dropping it tells the other side to stop.
#[derive(Debug)]
pub struct BulkReader {
    stream: RecvStream,
    connection: quinn::Connection,
}

impl BulkReader {
    /// Sends a request on a stream of its own.
    pub(crate) async fn ask(
        connection: &quinn::Connection,
        precedence: &Precedence,
        class: Class,
        request: &[u8],
    ) -> Result<Self, CarriageError> {
        if request.len() > LONGEST_REQUEST {
            return Err(CarriageError::TooLong(LONGEST_REQUEST));
        }
        let (out, stream) = connection.open_bi().await?;
        out.set_priority(class.of_stream()).map_err(|_| CarriageError::Unwanted)?;
        let mut out = FrameWriter::new(out, precedence.clone(), class, LONGEST_REQUEST);
        out.send(request).await?;
        out.finish()?;
        Ok(Self { stream, connection: connection.clone() })
    }

    /// The next bytes, or nothing at the end of the answer. This future may be dropped and made
    /// again: no byte is lost.
    ///
    /// # Errors
    /// [`CarriageError::Declined`] if the other side refuses or gives up: what came before is then
    /// not all. [`CarriageError::Closed`] if the connection is over.
    pub async fn next(&mut self) -> Result<Option<Bytes>, CarriageError> {
        loop {
            let heard = self.heard();
            if let Ok(read) = timeout(DOUBT, self.stream.read_chunk(PIECE, true)).await {
                return Ok(read?.map(|chunk| chunk.bytes));
            }
            if self.heard() == heard {
                // A peer that takes no datagrams says by itself that it is there.
                let _ = self.connection.send_datagram(Bytes::new());
            }
        }
    }

    /// How many packets have come from the other side.
    fn heard(&self) -> u64 {
        self.connection.stats().udp_rx.datagrams
    }
}

/// Answers a request. Dropping it before [`finish`](Self::finish) tells the other side that the
/// answer is not whole.
#[derive(Debug)]
pub struct BulkWriter {
    stream: SendStream,
    precedence: Precedence,
    ended: bool,
}

impl BulkWriter {
    fn new(stream: SendStream, precedence: Precedence) -> Self {
        Self { stream, precedence, ended: false }
    }

    /// Sends bytes, at the pace of the link, when no frame waits.
    ///
    /// # Errors
    /// [`CarriageError::Unwanted`] if the other side has stopped reading,
    /// [`CarriageError::Closed`] if the connection is over.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), CarriageError> {
        while !bytes.is_empty() {
            let piece = &bytes[..bytes.len().min(PIECE)];
            let taken = self.precedence.write(Class::Bulk, &mut self.stream, piece).await?;
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    /// Says that the answer is whole.
    ///
    /// # Errors
    /// [`CarriageError::Unwanted`] if the other side has stopped reading.
    pub fn finish(mut self) -> Result<(), CarriageError> {
        self.ended = true;
        self.stream.finish().map_err(|_| CarriageError::Unwanted)
    }

    /// Refuses the request, or the rest of it, with a code that the callers agree on. Bytes that
    /// are on their way may be lost.
    pub fn refuse(mut self, code: u32) {
        self.decline(Declined::Code(code));
    }

    fn decline(&mut self, why: Declined) {
        self.ended = true;
        // Fails only if the stream has ended already, which says as much.
        let _ = self.stream.reset(why.code());
    }
}

impl Drop for BulkWriter {
    fn drop(&mut self) {
        // Else the stream would end as if the answer were whole.
        if !self.ended {
            self.decline(Declined::Abandoned);
        }
    }
}

/// Takes the requests of the other side, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// The request that is being read, kept here so that a dropped future loses nothing.
    reading: Mutex<Option<(BulkWriter, FrameReader)>>,
}

impl Requests {
    pub(crate) async fn next(
        &self,
        connection: &quinn::Connection,
        precedence: &Precedence,
    ) -> Result<(Vec<u8>, BulkWriter), CarriageError> {
        let mut reading = self.reading.lock().await;
        loop {
            let (_, request) = match &mut *reading {
                Some(begun) => begun,
                none => {
                    let (out, stream) = connection.accept_bi().await?;
                    // Fails only if the stream has ended, which the first write will say.
                    let _ = out.set_priority(Class::Bulk.of_stream());
                    let writer = BulkWriter::new(out, precedence.clone());
                    none.insert((writer, FrameReader::new(stream, LONGEST_REQUEST)))
                }
            };
            let read = request.next().await;
            let Some((mut writer, _)) = reading.take() else { continue };
            match read {
                Ok(Some(request)) => return Ok((request, writer)),
                Err(CarriageError::Closed(ending)) => return Err(CarriageError::Closed(ending)),
                Ok(None) | Err(_) => writer.decline(Declined::Unreadable),
            }
        }
    }
}
