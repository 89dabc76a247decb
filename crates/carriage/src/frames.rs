//! Frames on a stream: a length, then that many bytes.
//!
//! The length is an unsigned LEB128 number in its shortest form. Memory grows as bytes arrive, so a
//! lying length costs nothing.

use quinn::{RecvStream, SendStream};

use crate::CarriageError;
use crate::precedence::{Class, Precedence};

/// The longest frame on the channel of frames, in bytes.
pub const LONGEST_FRAME: usize = 8 << 20;

/// What is asked of the stream at once.
const PIECE: usize = 64 << 10;

/// A length of at most 32 bits takes no more bytes than this.
const LONGEST_LENGTH: usize = 5;

/// Sends frames, in order and reliably.
#[derive(Debug)]
pub struct FrameWriter {
    stream: SendStream,
    precedence: Precedence,
    class: Class,
    limit: usize,
}

impl FrameWriter {
    pub(crate) fn new(
        stream: SendStream,
        precedence: Precedence,
        class: Class,
        limit: usize,
    ) -> Self {
        Self { stream, precedence, class, limit }
    }

    /// Sends a frame. Returns once the transport has taken it, which is at the pace of the link:
    /// little more is taken than what the link carries in two round trips.
    ///
    /// If this future is dropped before its end, half a frame may have been sent, and the channel
    /// can be used no more.
    ///
    /// # Errors
    /// [`CarriageError::TooLong`] for a frame above the limit, of which nothing is sent;
    /// [`CarriageError::Closed`] if the connection is over.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), CarriageError> {
        if frame.len() > self.limit {
            return Err(CarriageError::TooLong(self.limit));
        }
        let _first = self.precedence.claim(self.class);
        // A length that is handed over alone may leave in a packet of its own.
        let (with_length, rest) = frame.split_at(frame.len().min(PIECE - LONGEST_LENGTH));
        let mut first = Vec::with_capacity(LONGEST_LENGTH + with_length.len());
        put_length(&mut first, frame.len());
        first.extend_from_slice(with_length);
        for mut rest in [first.as_slice(), rest] {
            while !rest.is_empty() {
                let piece = &rest[..rest.len().min(PIECE)];
                let taken = self.precedence.write(self.class, &mut self.stream, piece).await?;
                rest = &rest[taken..];
            }
        }
        Ok(())
    }

    /// Says that no more frames will come.
    ///
    /// # Errors
    /// [`CarriageError::Closed`] if the connection is over.
    pub fn finish(&mut self) -> Result<(), CarriageError> {
        self.stream.finish().map_err(|_| CarriageError::Unwanted)
    }

    #[cfg(test)]
    pub(crate) fn raw(&mut self) -> &mut SendStream {
        &mut self.stream
    }
}

/// Receives frames, in order.
#[derive(Debug)]
pub struct FrameReader {
    stream: RecvStream,
    buffer: Buffer,
}

impl FrameReader {
    pub(crate) fn new(stream: RecvStream, limit: usize) -> Self {
        Self { stream, buffer: Buffer::new(limit) }
    }

    /// The next frame, or nothing once the other side has sent its last. This future may be dropped
    /// and made again: no byte is lost.
    ///
    /// # Errors
    /// [`CarriageError::TooLong`] and [`CarriageError::Malformed`] as soon as a length is read that
    /// cannot be, [`CarriageError::Truncated`] if the stream ends within a frame, and
    /// [`CarriageError::Closed`] if the connection is over. Nothing more can be read then.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, CarriageError> {
        loop {
            if let Some(frame) = self.buffer.take()? {
                return Ok(Some(frame));
            }
            match self.stream.read_chunk(PIECE, true).await? {
                Some(chunk) => self.buffer.bytes.extend_from_slice(&chunk.bytes),
                None if self.buffer.bytes.is_empty() => return Ok(None),
                None => return Err(CarriageError::Truncated),
            }
        }
    }
}

/// Bytes that arrived and were not taken as a frame yet.
#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    limit: usize,
}

impl Buffer {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// A whole frame, if one is there.
    fn take(&mut self) -> Result<Option<Vec<u8>>, CarriageError> {
        let Some((length, head)) = read_length(&self.bytes)? else { return Ok(None) };
        if length > self.limit {
            return Err(CarriageError::TooLong(self.limit));
        }
        if self.bytes.len() < head + length {
            return Ok(None);
        }
        let rest = self.bytes.split_off(head + length);
        let mut frame = std::mem::replace(&mut self.bytes, rest);
        frame.drain(..head);
        Ok(Some(frame))
    }
}

/// The length at the start of some bytes and how many bytes it takes, or nothing if it is not all
/// there.
fn read_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, CarriageError> {
    let mut length = 0usize;
    for (at, &byte) in bytes.iter().take(LONGEST_LENGTH).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let longer_than_needed = byte == 0 && at > 0;
            return match longer_than_needed {
                true => Err(CarriageError::Malformed("long number")),
                false => Ok(Some((length, at + 1))),
            };
        }
    }
    if bytes.len() < LONGEST_LENGTH { Ok(None) } else { Err(CarriageError::Malformed("length")) }
}

fn put_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buffer(bytes: &[u8]) -> Buffer {
        Buffer { bytes: bytes.to_vec(), limit: 300 }
    }

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        let mut buffer = buffer(&[2, 7]);
        assert_eq!(buffer.take().unwrap(), None);
        buffer.bytes.extend([8, 0, 1]);
        assert_eq!(buffer.take().unwrap(), Some(vec![7, 8]));
        assert_eq!(buffer.take().unwrap(), Some(vec![]));
        assert_eq!(buffer.take().unwrap(), None);
        assert_eq!(buffer.bytes, [1]);
    }

    #[test]
    fn lengths_that_cannot_be_are_refused_at_once() {
        assert!(matches!(buffer(&[0xad, 0x02]).take(), Err(CarriageError::TooLong(300))));
        assert!(matches!(buffer(&[0xac, 0x02]).take(), Ok(None)));
        assert!(matches!(buffer(&[0x80, 0]).take(), Err(CarriageError::Malformed(_))));
        assert!(matches!(buffer(&[0xff; 5]).take(), Err(CarriageError::Malformed(_))));
        assert!(matches!(buffer(&[0xff; 4]).take(), Ok(None)));
    }

    proptest! {
        #[test]
        fn a_length_survives(length in 0usize..=u32::MAX as usize) {
            let mut bytes = Vec::new();
            put_length(&mut bytes, length);
            let read = read_length(&bytes).unwrap();
            prop_assert_eq!(read, Some((length, bytes.len())));
        }

        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            let mut buffer = buffer(&bytes);
            while let Ok(Some(_)) = buffer.take() {}
        }
    }
}
