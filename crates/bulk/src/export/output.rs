//! What is written to: lines alone, or an archive.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The name of the lines in an archive.
const LINES: &str = "import.jsonl";

/// From which length on an entry needs the long form of sizes.
const LONG: u64 = u32::MAX as u64 / 2;

/// A file that is written.
pub enum Output {
    /// Lines alone, somewhere.
    Lines(Box<dyn Write + Send>),
    /// Lines alone, in a file.
    Plain(BufWriter<File>),
    /// Lines alone, in a file compressed with gzip.
    Gzip(GzEncoder<BufWriter<File>>),
    /// Lines and attachments.
    Archive(Box<ZipWriter<BufWriter<File>>>),
}

impl Output {
    /// Opens the file to write to; what it ends with says what it is. An existing file is not
    /// touched.
    ///
    /// # Errors
    /// When the file exists, cannot be made, or ends with nothing known.
    pub fn create(file: &Path) -> io::Result<Self> {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if !matches!(ending, "jsonl" | "gz" | "zip") {
            let says = "the name must end with .jsonl, .gz or .zip";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, says));
        }
        let writer = BufWriter::with_capacity(1 << 18, File::create_new(file)?);
        Ok(match ending {
            "jsonl" => Self::Plain(writer),
            "gz" => Self::Gzip(GzEncoder::new(writer, Compression::default())),
            _ => {
                let mut zip = ZipWriter::new(writer);
                zip.start_file(LINES, deflated().large_file(true))?;
                Self::Archive(Box::new(zip))
            }
        })
    }

    /// Whether attachments can be written to it.
    pub(super) fn is_archive(&self) -> bool {
        matches!(self, Self::Archive(_))
    }

    /// Writes a line; its end is added.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_all(line)?;
        self.write_all(b"\n")
    }

    /// Begins an attachment, whose bytes are written next.
    pub(super) fn begin_file(&mut self, path: &str, length: u64) -> io::Result<()> {
        match self {
            // What people upload is mostly compressed as it is.
            Self::Archive(zip) => Ok(zip.start_file(path, stored().large_file(length > LONG))?),
            _ => Err(io::Error::other("attachments need an archive")),
        }
    }

    /// Brings everything to disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let writer = match self {
            Self::Lines(mut writer) => return writer.flush(),
            Self::Plain(writer) => writer,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Archive(zip) => zip.finish()?,
        };
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Lines(writer) => writer.write(bytes),
            Self::Plain(writer) => writer.write(bytes),
            Self::Gzip(writer) => writer.write(bytes),
            Self::Archive(zip) => zip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Lines(writer) => writer.flush(),
            Self::Plain(writer) => writer.flush(),
            Self::Gzip(writer) => writer.flush(),
            Self::Archive(zip) => zip.flush(),
        }
    }
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}
