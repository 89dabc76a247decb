//! A folder in which bundles come.
//!
//! Whoever puts a file in says nothing of when it is whole. So it is left until nothing of it has
//! changed from one look to the next.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fieldpost_kernel::{Failure, Outcome};
use fieldpost_log::VerifyingKey;
use fieldpost_model::Millis;
use fieldpost_replica::bundle;
use rustix::fs::OFlags;

use super::{MOST_ENTRIES, blocking};
use crate::Links;
use crate::bundles::take_file;
use crate::links::Shared;
use crate::refusals::is_refusal;

/// Where files go that were taken in, and where those that were refused.
const TAKEN: &str = "taken";
const REFUSED: &str = "refused";

/// Bytes from a file's beginning in which it is looked for what it is: a medium may have lost some.
const BEGINNING: u64 = 64 << 10;

/// Files of one name that were put away, at most.
const MOST_NAMESAKES: u32 = 1000;

/// How long to wait before a file is tried again that this site could not take in, at first and at
/// most, in milliseconds.
const PAUSE: (Millis, Millis) = (5000, 600_000);

/// A folder from which bundles are taken in.
pub struct Inbox {
    shared: Shared,
    folder: PathBuf,
    files: BTreeMap<OsString, Known>,
    /// Whether what is wrong with the folder was said.
    is_lamented: bool,
}

/// By what it is seen that a file was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    size: u64,
    modified: Option<SystemTime>,
}

impl Facts {
    fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// A file of the folder, as it was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    facts: Facts,
    state: State,
}

/// What is to be done with a file, as long as nothing of it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is looked into at the next look.
    Seen,
    /// Nothing.
    Done,
    /// It is tried again some time after it failed, in milliseconds.
    Again { failed: Millis, pause: Millis },
}

impl State {
    /// Whether it is to be looked into now.
    fn is_due(self, now: Millis) -> bool {
        match self {
            Self::Seen => true,
            Self::Done => false,
            // A clock that was put back makes nobody wait for longer.
            Self::Again { failed, pause } => !(failed..failed + pause).contains(&now),
        }
    }

    /// What becomes of a file that could not be taken in now.
    fn failed(self, now: Millis) -> Self {
        let pause = match self {
            Self::Again { pause, .. } => (pause * 2).min(PAUSE.1),
            Self::Seen | Self::Done => PAUSE.0,
        };
        Self::Again { failed: now, pause }
    }
}

/// What a file is, by how it begins.
enum Kind {
    /// A bundle, or packets of one.
    Ours,
    /// A bundle for another site.
    Theirs,
    /// Anything else.
    Foreign,
}

impl Inbox {
    /// That of a folder, which need not be there yet. It is not made: it may be on a medium that is
    /// not plugged in.
    pub fn new(links: &Links, folder: &Path) -> Self {
        let (shared, folder) = (links.0.clone(), folder.to_owned());
        Self { shared, folder, files: BTreeMap::new(), is_lamented: false }
    }

    /// Takes in the bundles in which nothing has changed since the last look, one after the other.
    pub async fn look(&mut self) {
        let folder = self.folder.clone();
        let found = match blocking(move || entries(&folder)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return self.lament(&error),
            Err(failure) => return self.lament(&failure),
        };
        let (found, is_all) = found;
        if is_all {
            self.is_lamented = false;
        } else {
            self.lament(&"there is too much in it: some of it is not looked at");
        }
        // What is gone may come again with its medium, and is remembered as long as there is room.
        if self.files.len() > MOST_ENTRIES {
            self.files.retain(|name, _| found.contains_key(name));
        }
        for (name, facts) in found {
            match self.files.get(&name) {
                Some(file) if file.facts == facts => {
                    if file.state.is_due(self.shared.clock.now()) {
                        match self.look_into(&name, facts, file.state).await {
                            Some(state) => drop(self.files.insert(name, Known { facts, state })),
                            None => drop(self.files.remove(&name)),
                        }
                    }
                }
                _ => drop(self.files.insert(name, Known { facts, state: State::Seen })),
            }
        }
    }

    /// Says once what is wrong with the folder.
    fn lament(&mut self, why: &dyn std::fmt::Display) {
        if !self.is_lamented {
            tracing::warn!(folder = %self.folder.display(), %why, "bundles are not taken from a folder");
            self.is_lamented = true;
        }
    }

    /// Takes a file in if it is a bundle; gives what is to be done with it from now on, unless it is
    /// not there any more.
    async fn look_into(&self, name: &OsStr, facts: Facts, before: State) -> Option<State> {
        let path = self.folder.join(name);
        let file = path.display();
        let (found, key) = (path.clone(), self.shared.store.site().signing_key().verifying_key());
        let kind = match blocking(move || kind(&found, &key)).await {
            Ok(Ok(kind)) => kind,
            Ok(Err(error)) => return self.failed(&path, before, &Failure::internal(error)).await,
            Err(failure) => return self.failed(&path, before, &failure).await,
        };
        match kind {
            Kind::Ours => {}
            Kind::Theirs => {
                tracing::info!(%file, "a bundle for another site is left alone");
                return Some(State::Done);
            }
            Kind::Foreign => {
                tracing::info!(%file, "a file that is no bundle is left alone");
                return Some(State::Done);
            }
        }
        let why = match take_file(&self.shared, None, &path).await {
            Ok(taken) => {
                tracing::info!(
                    %file,
                    peer = %taken.peer.name,
                    changes = taken.changes,
                    new = taken.new_changes,
                    files = taken.files,
                    "took in a bundle from a folder"
                );
                None
            }
            Err(failure) if is_refusal(&failure) && is_there(&path).await => {
                tracing::warn!(%file, %failure, "a bundle from a folder was not taken in");
                Some(failure.message.into_owned())
            }
            Err(failure) => return self.failed(&path, before, &failure).await,
        };
        match self.put_away(name, facts, why).await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => tracing::warn!(%file, %error, "a bundle stays where it is"),
            Err(failure) => tracing::warn!(%file, %failure, "a bundle stays where it is"),
        }
        Some(State::Done)
    }

    /// What becomes of a file that this site could not take in, for reasons of its own.
    async fn failed(&self, path: &Path, before: State, failure: &Failure) -> Option<State> {
        let file = path.display();
        if is_there(path).await {
            tracing::warn!(%file, %failure, detail = failure.detail, "a bundle is tried again later");
            return Some(before.failed(self.shared.clock.now()));
        }
        tracing::info!(%file, "a bundle vanished while it was taken in");
        None
    }

    /// Moves a file to those that were taken in; with a reason, to those that were refused.
    async fn put_away(
        &self,
        name: &OsStr,
        facts: Facts,
        why: Option<String>,
    ) -> Outcome<io::Result<()>> {
        let (folder, name) = (self.folder.clone(), name.to_owned());
        blocking(move || {
            // Whoever went on writing has it looked into again.
            if Facts::of(&fs::symlink_metadata(folder.join(&name))?) != facts {
                return Err(io::Error::other("it was written to meanwhile"));
            }
            put_away(&folder, &name, why.as_deref())
        })
        .await
    }
}

/// The files of a folder that may be bundles, by name: neither links to elsewhere nor hidden ones, as
/// which many programs write what is not whole yet. Gives whether all of the folder was looked at, too.
fn entries(folder: &Path) -> io::Result<(BTreeMap<OsString, Facts>, bool)> {
    let mut found = BTreeMap::new();
    for (place, entry) in fs::read_dir(folder)?.enumerate() {
        if place == MOST_ENTRIES {
            return Ok((found, false));
        }
        let entry = entry?;
        let name = entry.file_name();
        // This does not follow links. What has vanished since is no file.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() && !name.as_encoded_bytes().starts_with(b".") {
            found.insert(name, Facts::of(&metadata));
        }
    }
    Ok((found, true))
}

async fn is_there(path: &Path) -> bool {
    tokio::fs::symlink_metadata(path).await.is_ok()
}

/// What a file is for the site with this key.
fn kind(path: &Path, own: &VerifyingKey) -> io::Result<Kind> {
    let flags =
        i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).map_err(io::Error::other)?;
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    let mut begin = Vec::new();
    file.take(BEGINNING).read_to_end(&mut begin)?;
    let mut packets = begin.windows(fieldpost_fountain::MAGIC.len());
    Ok(match bundle::is_for(&begin, own) {
        Some(false) => Kind::Theirs,
        Some(true) => Kind::Ours,
        None if begin.starts_with(bundle::MAGIC) => Kind::Ours,
        None if packets.any(|bytes| bytes == fieldpost_fountain::MAGIC) => Kind::Ours,
        None => Kind::Foreign,
    })
}

fn put_away(folder: &Path, name: &OsStr, why: Option<&str>) -> io::Result<()> {
    let target = folder.join(if why.is_some() { REFUSED } else { TAKEN });
    match fs::create_dir(&target) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if !fs::symlink_metadata(&target)?.is_dir() {
        return Err(io::Error::other(format!("{} is no folder", target.display())));
    }
    let (to, reason) = free(&target, name)?;
    let Some(why) = why else { return fs::rename(folder.join(name), to) };
    let moved = File::create_new(&reason)
        .and_then(|mut file| writeln!(file, "{why}"))
        .and_then(|()| fs::rename(folder.join(name), to));
    if moved.is_err() {
        // It is not there, or speaks of a file that is not beside it.
        drop(fs::remove_file(&reason));
    }
    moved
}

/// A path below a folder that nothing has yet, and that of a text beside it.
fn free(folder: &Path, name: &OsStr) -> io::Result<(PathBuf, PathBuf)> {
    for number in 1..=MOST_NAMESAKES {
        let mut free = OsString::new();
        if number > 1 {
            free.push(format!("{number}-"));
        }
        free.push(name);
        let mut reason = free.clone();
        reason.push(".txt");
        let paths = (folder.join(free), folder.join(reason));
        if [&paths.0, &paths.1].iter().all(|path| path.symlink_metadata().is_err()) {
            return Ok(paths);
        }
    }
    Err(io::Error::other(format!("too many files of its name are in {}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_less_and_less_often_and_at_once_when_the_clock_is_put_back() {
        let mut state = State::Seen;
        let mut now = 1_000_000;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            state = state.failed(now);
            let State::Again { pause, .. } = state else { panic!("{state:?}") };
            assert!(!state.is_due(now) && !state.is_due(now + pause - 1));
            assert!(state.is_due(now + pause) && state.is_due(now - 1));
            pauses.push(pause / 1000);
            now += pause;
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
    }

    #[test]
    fn what_is_refused_has_its_reason_beside_it_and_nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..=2 {
            fs::write(folder.path().join("a"), format!("{number}")).unwrap();
            put_away(folder.path(), OsStr::new("a"), Some("too late")).unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(REFUSED).join(name)).unwrap();
        assert_eq!((read("a"), read("2-a")), ("1".to_owned(), "2".to_owned()));
        assert_eq!(
            (read("a.txt"), read("2-a.txt")),
            ("too late\n".to_owned(), "too late\n".to_owned())
        );
        assert!(!folder.path().join("a").exists());
    }

    #[test]
    fn so_much_of_a_folder_is_looked_at_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let make =
            |number: usize| drop(File::create(folder.path().join(number.to_string())).unwrap());
        (0..MOST_ENTRIES).for_each(make);
        let (found, is_all) = entries(folder.path()).unwrap();
        assert_eq!((found.len(), is_all), (MOST_ENTRIES, true));
        make(MOST_ENTRIES);
        let (found, is_all) = entries(folder.path()).unwrap();
        assert_eq!((found.len(), is_all), (MOST_ENTRIES, false));
    }

    #[test]
    fn links_to_elsewhere_are_not_followed() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = elsewhere.path().join("bundle");
        fs::write(&file, bundle::MAGIC).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(entries(folder.path()).unwrap(), (BTreeMap::new(), true));
        let key = fieldpost_log::SigningKey::from_seed(fieldpost_log::Suite::One, &[1; 32]);
        assert!(kind(&link, &key.verifying_key()).is_err());
        assert!(matches!(kind(&file, &key.verifying_key()), Ok(Kind::Ours)));
        // Nor does anything leave the folder by one.
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(TAKEN)).unwrap();
        fs::write(folder.path().join("b"), "b").unwrap();
        assert!(put_away(folder.path(), OsStr::new("b"), None).is_err());
        assert!(folder.path().join("b").exists());
    }
}
