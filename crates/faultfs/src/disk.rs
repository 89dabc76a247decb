//! Files and their names, as programs see them and as they would be found after a power cut.

use std::collections::BTreeMap;

use fieldpost_testkit::Dice;

/// A file, whatever it is called.
pub(crate) type FileId = u64;

/// A disk of one folder.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: BTreeMap<FileId, Content>,
    /// The folder as programs see it.
    names: BTreeMap<String, FileId>,
    /// The folder as it is on the medium.
    kept_names: BTreeMap<String, FileId>,
    /// What happened to the folder since it was synced.
    unsynced_names: Vec<NameChange>,
    next: FileId,
}

#[derive(Debug, Default)]
struct Content {
    /// What programs read.
    seen: Vec<u8>,
    /// What is on the medium for certain.
    kept: Vec<u8>,
    /// What happened since the last sync, oldest first.
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

#[derive(Debug)]
enum NameChange {
    Made(String, FileId),
    Removed(String),
}

/// How much of what was not synced a power cut leaves.
#[derive(Debug, Clone, Copy)]
enum Mercy {
    Nothing,
    Everything,
    /// Some: the unsynced piece of each sector by itself.
    Some,
}

impl Disk {
    /// The file of a name.
    pub(crate) fn find(&self, name: &str) -> Option<FileId> {
        self.names.get(name).copied()
    }

    /// Makes an empty file; one without a name is gone after a power cut.
    pub(crate) fn make(&mut self, name: Option<&str>) -> FileId {
        self.next += 1;
        self.files.insert(self.next, Content::default());
        if let Some(name) = name {
            self.names.insert(name.to_owned(), self.next);
            self.unsynced_names.push(NameChange::Made(name.to_owned(), self.next));
        }
        self.next
    }

    /// Takes a name out of the folder; whoever has the file open keeps it. Gives whether it was
    /// there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let was_there = self.names.remove(name).is_some();
        if was_there {
            self.unsynced_names.push(NameChange::Removed(name.to_owned()));
        }
        was_there
    }

    /// Brings the folder to the medium.
    pub(crate) fn sync_folder(&mut self) {
        for change in std::mem::take(&mut self.unsynced_names) {
            change.apply(&mut self.kept_names);
        }
    }

    /// What programs read of a file.
    pub(crate) fn bytes(&self, file: FileId) -> &[u8] {
        self.files.get(&file).map_or(&[], |content| &content.seen)
    }

    /// The room that all files take.
    pub(crate) fn used(&self) -> usize {
        self.names.values().map(|file| self.bytes(*file).len()).sum()
    }

    pub(crate) fn write(&mut self, file: FileId, offset: usize, bytes: &[u8]) {
        self.change(file, Change::Write { offset, bytes: bytes.to_vec() });
    }

    pub(crate) fn resize(&mut self, file: FileId, length: usize) {
        self.change(file, Change::Resize(length));
    }

    fn change(&mut self, file: FileId, change: Change) {
        let content = self.files.entry(file).or_default();
        change.apply(&mut content.seen);
        content.unsynced.push(change);
    }

    /// Brings a file's content to the medium; its name is another matter.
    pub(crate) fn sync(&mut self, file: FileId) {
        let content = self.files.entry(file).or_default();
        for change in std::mem::take(&mut content.unsynced) {
            change.apply(&mut content.kept);
        }
    }

    /// Leaves what a power cut leaves.
    pub(crate) fn lose_power(&mut self, dice: &mut Dice) {
        let mercy = match dice.below(4) {
            0 => Mercy::Nothing,
            1 => Mercy::Everything,
            _ => Mercy::Some,
        };
        for change in std::mem::take(&mut self.unsynced_names) {
            if mercy.leaves(dice) {
                change.apply(&mut self.kept_names);
            }
        }
        self.names.clone_from(&self.kept_names);
        let named: Vec<FileId> = self.names.values().copied().collect();
        self.files.retain(|file, _| named.contains(file));
        for content in self.files.values_mut() {
            content.lose_power(mercy, dice);
        }
    }
}

impl Mercy {
    fn leaves(self, dice: &mut Dice) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Some => dice.one_in(2),
        }
    }
}

impl NameChange {
    fn apply(self, names: &mut BTreeMap<String, FileId>) {
        match self {
            Self::Made(name, file) => drop(names.insert(name, file)),
            Self::Removed(name) => drop(names.remove(&name)),
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(content, *offset, bytes),
            Self::Resize(length) => content.resize(*length, 0),
        }
    }
}

impl Content {
    /// Any part of what was not synced may have come to the medium, in any order: a disk writes
    /// sectors when it likes, and the one it is writing when the power goes is torn.
    fn lose_power(&mut self, mercy: Mercy, dice: &mut Dice) {
        let sector = if dice.one_in(2) { 512 } else { 4096 };
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::Resize(length) if mercy.leaves(dice) => self.kept.resize(length, 0),
                Change::Resize(_) => {}
                Change::Write { offset, bytes } => {
                    for (start, piece) in sectors(offset, &bytes, sector) {
                        if mercy.leaves(dice) {
                            put(&mut self.kept, start, piece);
                        } else if matches!(mercy, Mercy::Some) && dice.one_in(8) {
                            put(&mut self.kept, start, &piece[..dice.below(piece.len())]);
                        }
                    }
                }
            }
        }
        self.seen.clone_from(&self.kept);
    }
}

/// The parts of a write that lie in one sector each.
fn sectors(offset: usize, bytes: &[u8], sector: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = offset;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = (sector - start % sector).min(rest.len());
        let (piece, later) = rest.split_at(length);
        let found = (start, piece);
        (start, rest) = (start + length, later);
        (length > 0).then_some(found)
    })
}

/// Writes bytes at a place; what lies between the end and there is zeros.
fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What many power cuts leave of a file of two sectors that was synced, written over, and cut.
    fn survivors() -> Vec<Vec<u8>> {
        (0..400)
            .map(|seed| {
                let mut disk = Disk::default();
                let file = disk.make(Some("a"));
                disk.write(file, 0, &[1; 8192]);
                disk.sync(file);
                disk.sync_folder();
                disk.write(file, 0, &[2; 8192]);
                disk.lose_power(&mut Dice::new(seed));
                disk.bytes(file).to_vec()
            })
            .collect()
    }

    #[test]
    fn what_was_synced_stays_and_what_was_not_may() {
        let survivors = survivors();
        let whole = |byte: u8| survivors.iter().any(|bytes| bytes.iter().all(|b| *b == byte));
        assert!(whole(1) && whole(2));
        assert!(survivors.iter().flatten().all(|byte| matches!(byte, 1 | 2)));
    }

    #[test]
    fn sectors_survive_one_without_the_other_and_torn() {
        let survivors = survivors();
        let ends = |first: u8, last: u8| {
            survivors.iter().any(|bytes| (bytes[0], bytes[8191]) == (first, last))
        };
        assert!(ends(1, 2) && ends(2, 1));
        let torn = |bytes: &Vec<u8>| bytes.chunks(512).any(|s| s[0] == 2 && s[511] == 1);
        assert!(survivors.iter().any(torn));
    }

    #[test]
    fn a_name_is_kept_once_its_folder_is_synced() {
        let lost = |synced: bool| {
            (0..100).filter(move |seed| {
                let mut disk = Disk::default();
                let file = disk.make(Some("a"));
                disk.write(file, 0, b"x");
                disk.sync(file);
                if synced {
                    disk.sync_folder();
                }
                disk.lose_power(&mut Dice::new(*seed));
                disk.find("a").is_none()
            })
        };
        assert_eq!(lost(true).count(), 0);
        assert!(lost(false).count() > 10);
    }

    #[test]
    fn a_removed_file_may_come_back_until_the_folder_is_synced() {
        let back = (0..100).filter(|seed| {
            let mut disk = Disk::default();
            disk.make(Some("a"));
            disk.sync_folder();
            assert!(disk.remove("a"));
            assert_eq!(disk.find("a"), None);
            disk.lose_power(&mut Dice::new(*seed));
            disk.find("a").is_some()
        });
        assert!((10..90).contains(&back.count()));
    }
}
