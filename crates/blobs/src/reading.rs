//! Bytes on their way out.

use std::io::{self, SeekFrom};
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use fieldpost_kernel::Outcome;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::{Blobs, Hash, failed};

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;

/// The longest blob that is given in one piece, and so in memory.
const SMALL: u64 = 4 * 1024 * 1024;

/// A blob that is here.
#[derive(Debug)]
pub struct Blob {
    file: File,
    length: u64,
}

impl Blobs {
    /// A blob, if it is here.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn get(&self, hash: Hash) -> Outcome<Option<Blob>> {
        let file = match File::open(self.path(hash)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let length = file.metadata().await.map_err(|error| failed(&error))?.len();
        Ok(Some(Blob { file, length }))
    }

    /// A small blob in one piece, if it is here. One that is not small counts as missing: another
    /// site may call anything a picture.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn bytes(&self, hash: Hash) -> Outcome<Option<Vec<u8>>> {
        let small = self.get(hash).await?.filter(|blob| blob.length <= SMALL);
        let Some(mut blob) = small else { return Ok(None) };
        let mut bytes = Vec::new();
        blob.file.read_to_end(&mut bytes).await.map_err(|error| failed(&error))?;
        Ok(Some(bytes))
    }
}

impl Blob {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes of a range, a piece at a time; what lies beyond the end is not there.
    pub fn stream(
        self,
        range: Range<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let end = range.end.min(self.length);
        try_unfold((self.file, range.start, None, end), |(mut file, at, begun, end)| async move {
            if begun.is_none() && at > 0 {
                file.seek(SeekFrom::Start(at)).await?;
            }
            let left = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            let mut piece = BytesMut::with_capacity(left.min(PIECE));
            if left > 0 {
                let mut some = (&mut file).take(left.min(PIECE) as u64);
                some.read_buf(&mut piece).await?;
            }
            if piece.is_empty() {
                return Ok(None);
            }
            let next = at + piece.len() as u64;
            Ok(Some((piece.freeze(), (file, next, Some(()), end))))
        })
    }
}
