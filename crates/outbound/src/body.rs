//! Bodies, counted as they come and as they are unpacked.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::ask::{Limits, Overlong};
use crate::refused::Refused;

/// Packed bytes taken for each that may come of them: whoever sends nothing but empty members would
/// otherwise never reach the limit.
const PACKED_FOR_EACH: usize = 2;

/// Reads a body within limits; tells whether it was cut.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut incoming: Incoming,
    limits: &Limits,
) -> Result<(Bytes, bool), Refused> {
    let mut taken = Taken::of(headers, limits)?;
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Refused::Broken(error.to_string()))?;
        let Some(data) = frame.data_ref() else { continue };
        if taken.take(data)? {
            return match limits.overlong {
                Overlong::Refuse => Err(Refused::TooLong(limits.body)),
                Overlong::Cut => Ok((taken.finish()?, true)),
            };
        }
    }
    Ok((taken.finish()?, false))
}

/// What has come of a body.
enum Taken {
    Plain(Capped),
    Packed { decoder: Box<MultiGzDecoder<Capped>>, came: usize },
}

impl Taken {
    fn of(headers: &HeaderMap, limits: &Limits) -> Result<Self, Refused> {
        let capped = Capped { bytes: Vec::new(), most: limits.body, full: false };
        let mut packed = headers.get_all(CONTENT_ENCODING).iter();
        match (packed.next().map(|value| value.as_bytes()), packed.next()) {
            (None, _) => {}
            (Some(b"" | b"identity"), None) => {}
            (Some(way), None)
                if way.eq_ignore_ascii_case(b"gzip") || way.eq_ignore_ascii_case(b"x-gzip") =>
            {
                return Ok(Self::Packed {
                    decoder: Box::new(MultiGzDecoder::new(capped)),
                    came: 0,
                });
            }
            _ => return Err(Refused::Packed),
        }
        let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let said = said.and_then(|length| length.parse::<usize>().ok());
        if limits.overlong == Overlong::Refuse && said.is_some_and(|said| said > limits.body) {
            return Err(Refused::TooLong(limits.body));
        }
        Ok(Self::Plain(capped))
    }

    /// Takes some bytes; tells whether they were too many.
    fn take(&mut self, data: &[u8]) -> Result<bool, Refused> {
        match self {
            Self::Plain(capped) => Ok(capped.write_all(data).is_err()),
            Self::Packed { decoder, came } => {
                *came += data.len();
                let written = decoder.write_all(data);
                if decoder.get_ref().full
                    || *came > decoder.get_ref().most.saturating_mul(PACKED_FOR_EACH).max(1024)
                {
                    return Ok(true);
                }
                written.map(|()| false).map_err(|_| Refused::Packed)
            }
        }
    }

    fn finish(self) -> Result<Bytes, Refused> {
        let bytes = match self {
            Self::Plain(capped) => capped.bytes,
            Self::Packed { mut decoder, .. } => {
                if !decoder.get_ref().full {
                    decoder.try_finish().map_err(|_| Refused::Packed)?;
                }
                std::mem::take(&mut decoder.get_mut().bytes)
            }
        };
        Ok(bytes.into())
    }
}

/// Bytes up to a limit. What is beyond it is an error, which ends the unpacking at once.
struct Capped {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = self.most - self.bytes.len();
        if data.len() <= room {
            self.bytes.extend_from_slice(data);
            return Ok(data.len());
        }
        self.bytes.extend_from_slice(&data[..room]);
        self.full = true;
        Err(io::Error::other("longer than it may be"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
