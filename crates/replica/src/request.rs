//! What a site asks of another beside the frames.

use fieldpost_log::Malformed;
use serde::{Deserialize, Serialize};

/// A request: in postcard form, the number of its kind, which is its place here, and its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// For the content of a file.
    File(FileRequest),
    /// To show a post before what waits for the link.
    Urgent(Urgent),
    /// To show a few changes before they are proved: a [preview](crate::Preview).
    Preview(Vec<u8>),
    /// To fetch a file of this hash itself, since somebody waits for it here.
    Bring([u8; 32]),
    /// To write in the newest [format](crate::Format) that the sender reads: it reads all up to this
    /// number.
    Formats(u8),
}

/// A request for the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRequest {
    /// Its hash.
    pub content: [u8; 32],
    /// From which byte on.
    pub from: u64,
}

/// A post that overtakes, as a batch that rests on nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urgent {
    /// The signature over the heads that it moves.
    pub signature: Vec<u8>,
    /// Its changes, encoded by themselves.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// If it is none, or something follows it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match postcard::take_from_bytes(bytes) {
            Ok((request, [])) => Ok(request),
            _ => Err(Malformed::new("a request")),
        }
    }

    /// As it stands on the wire.
    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory cannot fail, and everything in a request can be written.
        postcard::to_stdvec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_what_they_always_were() {
        let file = Request::File(FileRequest { content: [7; 32], from: 300 });
        let bytes = [&[0][..], &[7; 32], &[0xac, 0x02]].concat();
        assert_eq!(file.encode(), bytes);
        assert_eq!(Request::decode(&bytes), Ok(file));
        let urgent = Request::Urgent(Urgent { signature: vec![1, 2], body: vec![3] });
        assert_eq!(urgent.encode(), [1, 2, 1, 2, 1, 3]);
        assert_eq!(Request::decode(&[1, 2, 1, 2, 1, 3]), Ok(urgent));
        let preview = Request::Preview(vec![9, 8]);
        assert_eq!(preview.encode(), [2, 2, 9, 8]);
        assert_eq!(Request::decode(&[2, 2, 9, 8]), Ok(preview));
        let bring = Request::Bring([9; 32]);
        assert_eq!(bring.encode(), [&[3][..], &[9; 32]].concat());
        assert_eq!(Request::decode(&bring.encode()), Ok(bring));
        assert_eq!(Request::Formats(4).encode(), [4, 4]);
        assert_eq!(Request::decode(&[4, 200]), Ok(Request::Formats(200)));
        for bad in [
            &[][..],
            &[2],
            &[3],
            &[4],
            &[5],
            &[4, 4, 0],
            &[1, 2, 1, 2, 1, 3, 0],
            &[1, 0xff, 0xff, 0xff, 0xff, 0x0f],
        ] {
            assert!(Request::decode(bad).is_err(), "{bad:?}");
        }
    }
}
