//! The text that stands in a file: plain text, PDF, Office Open XML and OpenDocument.
//!
//! Bytes in, words out, for a search index: what matters is that words come out whole and in order,
//! not how they look. The bytes are strangers'. Whatever they say, time and memory are bounded: by
//! how much is read, how much is unpacked, how often it is looked at, how many pieces it is made
//! of, how deep they lie in each other, and how much text comes out. What is beyond that, or makes
//! no sense, has no text, and [`NoText`] says why. All of it takes time in proportion to bytes:
//! callers run it where nobody waits behind it.
//!
//! Archives are read by `zip`, which an import uses already, and XML by `quick-xml`, which works on a
//! stream, knows no entities but the five of XML, and so has nothing to expand. PDF is read here: the
//! libraries that can do that unpack what they are told to in one piece, decrypt, and draw, where
//! this needs a few operators and a bound at each step; `flate2` does the unpacking.

mod budget;
mod office;
mod pdf;
mod plain;
mod sink;

#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::sink::Sink;

/// A kind of file in which text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text and nothing else.
    Plain,
    /// The Portable Document Format.
    Pdf,
    /// Office Open XML: texts, sheets, slides.
    Office,
    /// OpenDocument: texts, sheets, slides.
    OpenDocument,
}

impl Kind {
    /// The kind of file that has this extension, in small letters and without a dot; none, if no
    /// text is known to stand in such files.
    pub fn of(extension: &str) -> Option<Self> {
        match extension {
            "txt" | "text" | "log" | "md" | "markdown" | "csv" | "tsv" | "json" | "yaml"
            | "yml" | "toml" | "ini" | "conf" => Some(Self::Plain),
            "pdf" => Some(Self::Pdf),
            "docx" | "docm" | "xlsx" | "xlsm" | "pptx" | "pptm" => Some(Self::Office),
            "odt" | "ods" | "odp" => Some(Self::OpenDocument),
            _ => None,
        }
    }

    /// How many bytes of such a file are read at most. Of plain text it is the first; of a larger
    /// file of another kind there is nothing to be read.
    pub fn most_bytes(self) -> u64 {
        match self {
            Self::Plain => 1 << 20,
            _ => 32 << 20,
        }
    }
}

/// Why no text comes out of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoText {
    /// It is not what its name says, or is broken.
    Damaged,
    /// It is larger than anything that is read, or becomes so when it is unpacked.
    TooMuch,
    /// It cannot be read without a password.
    Locked,
}

/// The text that stands in a file, as far as it is searched.
///
/// # Errors
/// When there is none to be had.
pub fn text(kind: Kind, bytes: &[u8]) -> Result<String, NoText> {
    let (mut budget, mut sink) = (Budget::of(bytes.len()), Sink::default());
    match kind {
        Kind::Plain => plain::read(bytes, &mut sink)?,
        _ if bytes.len() as u64 > kind.most_bytes() => return Err(NoText::TooMuch),
        Kind::Pdf => pdf::read(bytes, &mut budget, &mut sink)?,
        Kind::Office => office::read(bytes, &office::OFFICE, &mut budget, &mut sink)?,
        Kind::OpenDocument => {
            office::read(bytes, &office::OPEN_DOCUMENT, &mut budget, &mut sink)?;
        }
    }
    Ok(sink.text())
}
