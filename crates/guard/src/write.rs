//! Writing: entries become documents, and their files become files of their own.

use std::collections::HashMap;

use fieldpost_blobs::{Blobs, Hash};
use fieldpost_kernel::Outcome;

use crate::document::Document;
use crate::entry::Entry;
use crate::file::Known;
use crate::format::Format;
use crate::head::Head;
use crate::manifest::{self, Contents, Reached};
use crate::node::Text;
use crate::outbox::Outbox;
use crate::{Asked, Exported};

/// The most documents of an export, and the most files: its manifest is bounded, too.
const MOST_DOCUMENTS: usize = 1000;
const MOST_OBJECTS: usize = 5000;

/// An export that is being written.
pub(crate) struct Writing {
    head: Head,
    format: Format,
    largest_file: Option<u64>,
    blobs: Blobs,
    outbox: Outbox,
    document: Document,
    contents: Contents,
    /// The SHA-256 of the files that were written, by the names of their bytes at this site.
    written: HashMap<[u8; 32], String>,
    entries: u64,
    left_out: u64,
}

impl Writing {
    pub(crate) fn new(head: Head, asked: &Asked, blobs: Blobs, outbox: Outbox) -> Self {
        let Asked { format, largest_file, .. } = *asked;
        Self {
            head,
            format,
            largest_file,
            blobs,
            outbox,
            document: Document::default(),
            contents: Contents::default(),
            written: HashMap::new(),
            entries: 0,
            left_out: 0,
        }
    }

    /// Refuses to begin where an export of this number stands already.
    pub(crate) fn require_room(&self) -> Outcome<()> {
        self.outbox.require_free(&self.document_name(1))?;
        self.outbox.require_free(&self.manifest_name())
    }

    fn document_name(&self, number: usize) -> String {
        format!("{}-{number:04}.{}", self.head.stem(), self.format.name())
    }

    fn manifest_name(&self) -> String {
        format!("{}-manifest.{}", self.head.stem(), self.format.name())
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Whether another export has to go on.
    pub(crate) fn is_full(&self) -> bool {
        self.contents.documents.len() >= MOST_DOCUMENTS
            || self.contents.objects.len() >= MOST_OBJECTS
    }

    /// Adds an entry, with its files before it.
    pub(crate) async fn add(&mut self, mut entry: Entry) -> Outcome<()> {
        if let Some(largest) = self.largest_file {
            for file in entry.files_mut() {
                if let Some(known) = file.known.as_mut().filter(|known| known.is_new) {
                    known.sha256 = self.object(known, largest).await?;
                }
            }
        }
        if let Some(entry) = self.document.add(self.format, entry)? {
            self.close()?;
            self.document.add(self.format, entry)?;
        }
        self.entries += 1;
        Ok(())
    }

    /// Writes the bytes of a file, if they are here and not too many; gives their digest.
    async fn object(&mut self, file: &Known, largest: u64) -> Outcome<Option<String>> {
        if let Some(sha256) = self.written.get(&file.content) {
            return Ok(Some(sha256.clone()));
        }
        let blob = self.blobs.get(Hash(file.content)).await?;
        let Some(blob) = blob.filter(|blob| blob.length() <= largest) else {
            self.left_out += 1;
            return Ok(None);
        };
        let number = self.contents.objects.len() + 1;
        let name = format!("{}-file-{number:04}.{}", self.head.stem(), file.ending());
        let listed = self.outbox.copy(&name, blob).await?;
        let sha256 = listed.sha256.clone();
        self.written.insert(file.content, sha256.clone());
        let media_type = Text::of(&file.media_type).as_str().to_owned();
        self.contents.objects.push((listed, media_type));
        Ok(Some(sha256))
    }

    /// Writes the document that is being put together, and begins another.
    fn close(&mut self) -> Outcome<()> {
        let document = std::mem::take(&mut self.document);
        let entries = i64::try_from(document.entries()).unwrap_or(i64::MAX);
        let number = self.contents.documents.len() + 1;
        let node = document.node(&self.head, i64::try_from(number).unwrap_or(i64::MAX));
        let bytes = self.format.write("guard_document", &node)?;
        let name = self.document_name(number);
        self.contents.documents.push((self.outbox.write(&name, &bytes)?, entries));
        Ok(())
    }

    /// Writes the last document and the manifest. What is left is to give all files their names.
    pub(crate) fn finish(
        mut self,
        reached: &Reached,
        is_complete: bool,
    ) -> Outcome<(Exported, Outbox)> {
        self.close()?;
        let node = manifest::node(&self.head, reached, is_complete, &self.contents);
        let bytes = self.format.write("guard_manifest", &node)?;
        let manifest = self.manifest_name();
        self.outbox.write(&manifest, &bytes)?;
        let Contents { documents, objects } = &self.contents;
        let files =
            documents.iter().map(|(file, _)| file).chain(objects.iter().map(|(file, _)| file));
        let bytes = files.map(|file| u64::try_from(file.bytes).unwrap_or(0)).sum();
        let exported = Exported {
            peer: self.head.peer.1,
            manifest,
            upto: reached.upto.text(),
            documents: documents.len() as u64,
            entries: self.entries,
            objects: objects.len() as u64,
            left_out: self.left_out,
            bytes,
            is_complete,
        };
        Ok((exported, self.outbox))
    }
}
