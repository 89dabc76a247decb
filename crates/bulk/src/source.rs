//! Files that are taken over: plain lines, lines compressed with gzip, or an archive that holds the
//! lines and the attachments they speak of.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;
use zip::read::ZipFile;

/// How much is read at once.
const BUFFER: usize = 1 << 20;

/// The folder of attachments in an archive.
pub(crate) const DATA: &str = "data";

/// What a file holds.
pub enum Source {
    /// Lines alone.
    Lines(Box<dyn BufRead + Send>),
    /// Lines, and the attachments they speak of.
    Archive(Archive),
}

impl Source {
    /// Opens a file, whichever of the three it is; `-` is standard input, which is no archive.
    ///
    /// # Errors
    /// When the file cannot be read, or is an archive that has no lines or several files of them.
    pub fn open(file: &Path) -> io::Result<Self> {
        if file == Path::new("-") {
            return Self::of(BufReader::with_capacity(BUFFER, io::stdin()));
        }
        let opened = File::open(file)?;
        let mut first = [0; 4];
        let is_archive = opened.read_at(&mut first, 0)? == 4 && first == *b"PK\x03\x04";
        if is_archive {
            return Archive::new(opened).map(Self::Archive);
        }
        Self::of(BufReader::with_capacity(BUFFER, opened))
    }

    /// The lines that a reader gives, whether they are compressed or not.
    ///
    /// # Errors
    /// When it cannot be read, or gives an archive.
    pub fn of(mut plain: impl BufRead + Send + 'static) -> io::Result<Self> {
        let begins = plain.fill_buf()?;
        if begins.starts_with(b"PK\x03\x04") {
            return Err(io::Error::other("an archive is read from a file only"));
        }
        let is_gzip = begins.starts_with(&[0x1f, 0x8b]);
        Ok(Self::Lines(if is_gzip {
            Box::new(BufReader::new(MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        }))
    }
}

/// A zip archive; cheap to clone, and each clone reads by itself.
#[derive(Clone)]
pub struct Archive {
    zip: ZipArchive<At>,
    lines: usize,
    /// The folder that the lines are in, with its slash; empty for the root.
    folder: String,
}

impl Archive {
    fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let zip = ZipArchive::new(At { file: Arc::new(file), at: 0, length })?;
        let (lines, name) = lines_of(&zip)?;
        let folder =
            name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        Ok(Self { zip, lines, folder })
    }

    /// Gives the lines to a reader of them.
    pub(crate) fn read_lines<T>(
        mut self,
        each: impl FnOnce(&mut dyn BufRead) -> io::Result<T>,
    ) -> io::Result<T> {
        let entry = self.zip.by_index(self.lines)?;
        each(&mut BufReader::with_capacity(BUFFER, entry))
    }

    /// Which entry an attachment's path means, if there is one. Writers disagree on whether the path
    /// begins below the folder of attachments or above it.
    pub(crate) fn find(&self, path: &str) -> Option<usize> {
        let folder = &self.folder;
        [format!("{folder}{DATA}/{path}"), format!("{folder}{path}"), format!("{DATA}/{path}")]
            .iter()
            .find_map(|name| self.zip.index_for_name_raw(name.as_bytes()))
    }

    /// An entry, to be read.
    pub(crate) fn entry(&mut self, index: usize) -> io::Result<ZipFile<'_, At>> {
        Ok(self.zip.by_index(index)?)
    }
}

/// Whether a path stays in the archive. Entries are only ever looked up by their names and kept by
/// their content, so nothing could be written outside; but whoever wrote such a path meant harm.
pub(crate) fn stays_inside(path: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.contains(['\\', '\0', ':']) && path.split('/').all(is_plain)
}

/// The one file of lines, which is in the root or, in archives of some writers, in a folder.
fn lines_of(zip: &ZipArchive<At>) -> io::Result<(usize, String)> {
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let Some(Ok(name)) = zip.name_for_index(index) else { continue };
        if name.ends_with(".jsonl") && !name.split('/').any(|part| part == DATA) {
            found.push((name.matches('/').count(), index, name.into_owned()));
        }
    }
    found.sort_unstable();
    match found.as_slice() {
        [] => Err(io::Error::other("the archive holds no .jsonl file")),
        [first, second, ..] if first.0 == second.0 => {
            Err(io::Error::other("the archive holds several .jsonl files"))
        }
        [(_, index, name), ..] => Ok((*index, name.clone())),
    }
}

/// A file that several readers read, each at a place of its own.
#[derive(Clone)]
pub(crate) struct At {
    file: Arc<File>,
    at: u64,
    length: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_out_is_seen() {
        for path in ["a.png", "20240101/teams/a b.png", "ü/…", ".hidden", "a..b/c"] {
            assert!(stays_inside(path), "{path}");
        }
        for path in
            ["", "/etc/passwd", "../a", "a/../../b", "a/..", "./a", "a//b", "..\\a", "c:\\a", "a\0"]
        {
            assert!(!stays_inside(path), "{path}");
        }
    }
}
