//! Bundles: what one site has for another, as a file that anybody may carry.
//!
//! ```text
//! magic "FPBUNDLE" (8) ‖ version (1), which is 1 ‖ suite (1) ‖ to (8) ‖ from (8) ‖ opening (32) ‖ pieces
//! ```
//!
//! *To* and *from* are the first bytes of the digests of the two sites' keys: whoever carries a
//! bundle learns no more than that it is for the one whose other bundles say the same. The rest is
//! sealed ([`fieldpost_log::suite::Sealer`]) in the context "fieldpost bundle 1:" and the header up to
//! the opening.
//!
//! A piece is its length (4, big-endian) ‖ as many sealed bytes, with the length standing beside
//! them. The highest bit of the length marks the last piece, which is the signature of the sender
//! over "fieldpost bundle 1:" ‖ suite ‖ the receiver's encoded key ‖ the digest of all pieces before
//! it. Every other piece is an [`Item`]: the first a [`Item::Cover`], and behind an [`Item::File`] its
//! bytes, in as many [`Item::Part`]s as it takes.
//!
//! A bundle is read twice: nothing of it is believed before all of it was opened and its signature
//! checked ([`Reader::check`]).

use std::fmt;
use std::io::{self, Read, Write};

use fieldpost_log::suite::{BundleDigest, OPENING, Opener, SEAL, Sealer};
use fieldpost_log::{Digest, Malformed, Signature, SigningKey, Suite, VerifyingKey};
use fieldpost_model::Millis;
use serde::{Deserialize, Serialize};

use crate::Frame;

/// What every bundle begins with.
pub const MAGIC: &[u8; 8] = b"FPBUNDLE";
const VERSION: u8 = 1;
/// Comes first in what is signed and in the context of what is sealed.
const DOMAIN: &[u8; 19] = b"fieldpost bundle 1:";
/// Bytes by which a site is known on the outside.
const HINT: usize = 8;
/// Bytes before the pieces, without the opening.
const HEADER: usize = 8 + 1 + 1 + 2 * HINT;
/// Marks the last piece.
const LAST: u32 = 1 << 31;

/// The most bytes that a piece may have: a batch fits in.
pub const MOST_PIECE: usize = 9 << 20;

/// Bytes of a file that go in one piece.
pub const PART: usize = 256 << 10;

/// What stands in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// What the bundle is; comes first, and once.
    Cover(Cover),
    /// What a site would say in a conversation: offers, batches, what it holds, states.
    Frame(Frame),
    /// A file follows.
    File {
        /// Its hash.
        content: [u8; 32],
        /// How many bytes it has.
        size: u64,
    },
    /// The next bytes of the file.
    Part(Vec<u8>),
}

/// What a bundle is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// What people call the site that wrote it.
    pub site: String,
    /// When it was written, in milliseconds since 1970. No two bundles of a site for the same other
    /// have the same time, and a later one has a later time.
    pub written_at: Millis,
    /// The times of the newest of the other's bundles that were taken in here, newest first.
    pub seen: Vec<Millis>,
}

impl Item {
    /// The bytes of the item: postcard, as for frames.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// The item of these bytes.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match postcard::take_from_bytes(bytes) {
            Ok((item, [])) => Ok(item),
            _ => Err(Malformed::new("an item that this release does not know")),
        }
    }
}

/// Why a bundle is not read.
#[derive(Debug)]
pub enum Unreadable {
    /// It cannot be read at all, or ends too soon.
    Io(io::Error),
    /// It is not a bundle, or of another version.
    Malformed(Malformed),
    /// It was not sealed by that site for this one, or was altered since.
    NotOpened,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("it ends before its end: a part of it is missing")
            }
            Self::Io(error) => write!(f, "it cannot be read: {error}"),
            Self::Malformed(malformed) => write!(f, "it is not a bundle: {malformed}"),
            Self::NotOpened => {
                f.write_str("it was not sealed by a linked site for this one, or altered since")
            }
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Malformed> for Unreadable {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Whether the file that begins like this is a bundle which says on its outside that it is for the site
/// with this key; none if it is no bundle, or too short to say. What it says is proved by opening it.
pub fn is_for(begin: &[u8], key: &VerifyingKey) -> Option<bool> {
    let header = begin.first_chunk::<HEADER>().filter(|header| header.starts_with(MAGIC))?;
    Some(header[10..10 + HINT] == hint(key))
}

/// Whether the file that begins like this is a bundle which says on its outside that it is from the
/// site with this key; none as for [`is_for`].
pub fn is_from(begin: &[u8], key: &VerifyingKey) -> Option<bool> {
    let header = begin.first_chunk::<HEADER>().filter(|header| header.starts_with(MAGIC))?;
    Some(header[10 + HINT..] == hint(key))
}

/// By what a site is known on the outside of bundles.
fn hint(key: &VerifyingKey) -> [u8; HINT] {
    let mut hint = [0; HINT];
    hint.copy_from_slice(&Digest::of_bundle_site(&key.encode()).as_bytes()[..HINT]);
    hint
}

fn context(header: &[u8; HEADER]) -> Vec<u8> {
    [DOMAIN.as_slice(), header].concat()
}

fn signed(suite: Suite, to: &VerifyingKey, digest: &Digest) -> Vec<u8> {
    [DOMAIN.as_slice(), &[suite.byte()], &to.encode(), digest.as_bytes()].concat()
}

/// Writes a bundle.
pub struct Writer<'k, W> {
    out: W,
    from: &'k SigningKey,
    to: VerifyingKey,
    sealer: Sealer,
    digest: BundleDigest,
    written: u64,
}

impl<'k, W: Write> Writer<'k, W> {
    /// Begins a bundle from one site to another. `random` must be new for each bundle.
    ///
    /// # Errors
    /// When it cannot be written, or nothing can be sealed to that key.
    pub fn begin(
        mut out: W,
        from: &'k SigningKey,
        to: VerifyingKey,
        random: [u8; 32],
    ) -> io::Result<Self> {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8] = VERSION;
        header[9] = from.suite().byte();
        header[10..10 + HINT].copy_from_slice(&hint(&to));
        header[10 + HINT..].copy_from_slice(&hint(&from.verifying_key()));
        let begun = Sealer::begin(from, &to, &context(&header), random);
        let (opening, sealer) = begun.map_err(io::Error::other)?;
        out.write_all(&header)?;
        out.write_all(&opening)?;
        let written = (HEADER + OPENING) as u64;
        Ok(Self { out, from, to, sealer, digest: BundleDigest::default(), written })
    }

    /// Adds an item.
    ///
    /// # Errors
    /// When it cannot be written, or is too large for a piece.
    pub fn add(&mut self, item: &Item) -> io::Result<()> {
        let piece = item.encode();
        self.digest.add(&piece);
        self.piece(&piece, 0)
    }

    fn piece(&mut self, piece: &[u8], mark: u32) -> io::Result<()> {
        let length = u32::try_from(piece.len() + SEAL).map_err(io::Error::other)?;
        if piece.len() > MOST_PIECE {
            return Err(io::Error::other("a piece of a bundle is too large"));
        }
        let beside = (length | mark).to_be_bytes();
        let sealed = self.sealer.seal(&beside, piece).map_err(io::Error::other)?;
        self.out.write_all(&beside)?;
        self.out.write_all(&sealed)?;
        self.written += 4 + u64::from(length);
        Ok(())
    }

    /// Ends the bundle; gives how many bytes it has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        let signed = signed(self.from.suite(), &self.to, &self.digest.digest());
        let signature = self.from.sign(&signed);
        self.piece(signature.as_bytes(), LAST)?;
        self.out.flush()?;
        Ok(self.written)
    }
}

/// Reads a bundle.
pub struct Reader<R> {
    input: R,
    suite: Suite,
    from: VerifyingKey,
    to: VerifyingKey,
    opener: Opener,
    digest: BundleDigest,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read a bundle for this site, which one of several may have written.
    ///
    /// # Errors
    /// [`Unreadable`] if it is no bundle, for another site, or of none of those.
    pub fn begin(mut input: R, to: &SigningKey, from: &[VerifyingKey]) -> Result<Self, Unreadable> {
        let mut header = [0; HEADER];
        input.read_exact(&mut header)?;
        if header[..8] != *MAGIC {
            return Err(Malformed::new("it begins as something else").into());
        }
        if header[8] != VERSION {
            return Err(Malformed::new("its version is not known to this release").into());
        }
        let suite = Suite::from_byte(header[9])?;
        let mut opening = [0; OPENING];
        input.read_exact(&mut opening)?;
        let own = to.verifying_key();
        let sender = from.iter().find(|key| hint(key) == header[10 + HINT..]);
        let sender = sender.filter(|_| hint(&own) == header[10..10 + HINT]);
        let sender = sender.ok_or(Unreadable::NotOpened)?.clone();
        let opener = Opener::begin(&sender, to, &context(&header), &opening)
            .map_err(|_| Unreadable::NotOpened)?;
        let digest = BundleDigest::default();
        Ok(Self { input, suite, from: sender, to: own, opener, digest, ended: false })
    }

    /// The key of the site that the bundle says it is from; the first item that opens proves it.
    pub const fn from(&self) -> &VerifyingKey {
        &self.from
    }

    /// The next item; none after the last, once the signature was found good and nothing follows.
    ///
    /// # Errors
    /// [`Unreadable`]; then nothing of the bundle counts.
    pub fn item(&mut self) -> Result<Option<Item>, Unreadable> {
        if self.ended {
            return Ok(None);
        }
        let mut beside = [0; 4];
        self.input.read_exact(&mut beside)?;
        let marked = u32::from_be_bytes(beside);
        let length = (marked & !LAST) as usize;
        if !(SEAL..=MOST_PIECE + SEAL).contains(&length) {
            return Err(Malformed::new("a piece of a length that none has").into());
        }
        let mut sealed = Vec::new();
        (&mut self.input).take(length as u64).read_to_end(&mut sealed)?;
        if sealed.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let piece = self.opener.open(&beside, &sealed).map_err(|_| Unreadable::NotOpened)?;
        if marked & LAST != 0 {
            return self.end(&piece).map(|()| None);
        }
        self.digest.add(&piece);
        Ok(Some(Item::decode(&piece)?))
    }

    fn end(&mut self, signature: &[u8]) -> Result<(), Unreadable> {
        let signature = Signature::decode(self.suite, signature)?;
        let signed = signed(self.suite, &self.to, &self.digest.digest());
        self.from.verify(&signed, &signature).map_err(|_| Unreadable::NotOpened)?;
        if self.input.read(&mut [0])? > 0 {
            return Err(Malformed::new("bytes after its end").into());
        }
        self.ended = true;
        Ok(())
    }

    /// Reads all of the bundle and gives its cover.
    ///
    /// # Errors
    /// [`Unreadable`] unless every piece opens, all are there, and the sender signed them.
    pub fn check(mut self) -> Result<Cover, Unreadable> {
        let Some(Item::Cover(cover)) = self.item()? else {
            return Err(Malformed::new("it has no cover").into());
        };
        let mut left = 0_u64;
        while let Some(item) = self.item()? {
            match item {
                Item::Cover(_) => return Err(Malformed::new("a second cover").into()),
                Item::Part(part) if (1..=left).contains(&(part.len() as u64)) => {
                    left -= part.len() as u64;
                }
                Item::Frame(_) if left == 0 => {}
                Item::File { size, .. } if left == 0 => left = size,
                _ => return Err(Malformed::new("a file of another size than it says").into()),
            }
        }
        if left > 0 {
            return Err(Malformed::new("a file of which the end is missing").into());
        }
        Ok(cover)
    }
}

#[cfg(test)]
mod tests;
