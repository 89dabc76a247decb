//! Taking a file over.

mod bookmark;
mod files;
mod take;

use std::io::{self, BufRead};
use std::sync::Arc;

use fieldpost_blobs::Blobs;
use fieldpost_kernel::{Entropy, Failure, FailureKind, Outcome};
use fieldpost_store::Store;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc};

use crate::line::Line;
use crate::source::{Archive, Source};

/// The longest line that is read, in bytes: a thread with all its replies is one line.
const LONGEST_LINE: usize = 64 << 20;

/// Lines under way at once; they are committed together.
const UNDER_WAY: usize = 256;

/// Attachments looked into at once: an image may take half a gigabyte of memory.
const FILES_AT_ONCE: usize = 2;

/// What was taken over so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Lines read.
    pub lines: u64,
    /// Teams, channels and conversations made.
    pub places: u64,
    /// People made or brought up to date.
    pub people: u64,
    /// Posts and replies written.
    pub posts: u64,
    /// Files put in.
    pub files: u64,
    /// Reactions added.
    pub reactions: u64,
    /// Things that were there already.
    pub known: u64,
    /// Lines that could not be taken over.
    pub rejected: u64,
}

impl Progress {
    fn add(&mut self, taken: &Progress) {
        self.places += taken.places;
        self.people += taken.people;
        self.posts += taken.posts;
        self.files += taken.files;
        self.reactions += taken.reactions;
        self.known += taken.known;
    }
}

/// A line that could not be taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Its number, from 1.
    pub line: u64,
    /// The error's id.
    pub id: String,
    /// Why, for people.
    pub why: String,
    /// How the line begins.
    pub begins: String,
}

/// Who is told how it goes.
pub trait Watch {
    /// Something was taken over.
    fn progress(&mut self, progress: &Progress);
    /// A line could not be taken over.
    fn rejected(&mut self, rejected: &Rejected);
}

/// What files may be taken over.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest file, in bytes.
    pub largest_file: u64,
    /// The most pixels of an image that smaller versions are made of.
    pub most_pixels: u64,
}

/// The site that a file is taken over into.
#[derive(Clone)]
pub struct Target {
    store: Store,
    blobs: Blobs,
    entropy: Arc<dyn Entropy>,
    limits: Limits,
    turns: Arc<Semaphore>,
}

impl Target {
    /// The site of these rows and bytes.
    pub fn new(store: Store, blobs: Blobs, entropy: Arc<dyn Entropy>, limits: Limits) -> Self {
        Self { store, blobs, entropy, limits, turns: Arc::new(Semaphore::new(FILES_AT_ONCE)) }
    }
}

/// Takes over everything in a file. Stops early only when the file cannot be read or the site
/// cannot write; then what was taken over stands, and the file may be taken over again.
pub async fn import(target: &Target, source: Source, watch: &mut impl Watch) -> Outcome<Progress> {
    let archive = match &source {
        Source::Lines(_) => None,
        Source::Archive(archive) => Some(archive.clone()),
    };
    let into = Arc::new((target.clone(), archive));
    let mut import = Import { into, progress: Progress::default(), watch, people: Vec::new() };
    import.all(source).await?;
    import.mark_read().await?;
    Ok(import.progress)
}

struct Import<'w, W> {
    /// The site, and the archive that the lines' attachments are in.
    into: Arc<(Target, Option<Archive>)>,
    progress: Progress,
    watch: &'w mut W,
    /// Whose history was taken over.
    people: Vec<String>,
}

/// A line of the file, with its number.
struct Numbered {
    number: u64,
    text: String,
}

type Finished = (Numbered, Outcome<Progress>);

impl<W: Watch> Import<'_, W> {
    async fn all(&mut self, source: Source) -> Outcome<()> {
        let (sender, mut lines) = mpsc::channel(UNDER_WAY);
        let reading = tokio::task::spawn_blocking(move || match source {
            Source::Lines(mut reader) => read_lines(&mut *reader, &sender),
            Source::Archive(archive) => archive.read_lines(|reader| read_lines(reader, &sender)),
        });
        let mut under_way = FuturesUnordered::new();
        let mut stage = "";
        loop {
            // Lines come first, so that many are committed together; but whatever is under way
            // goes on while the next one is waited for.
            let numbered = tokio::select! {
                biased;
                line = lines.recv() => match line {
                    Some(line) => line,
                    None => break,
                },
                Some(finished) = under_way.next() => {
                    self.finish(finished)?;
                    continue;
                }
            };
            self.progress.lines += 1;
            let line: Line = match serde_json::from_str(&numbered.text) {
                Ok(line) => line,
                Err(error) => {
                    self.finish((numbered, Err(malformed(&error))))?;
                    continue;
                }
            };
            if let Line::User { user } = &line {
                self.people.push(user.username.clone());
            }
            // Whatever comes later may speak of anything of an earlier kind.
            if stage != take::stage(&line) {
                stage = take::stage(&line);
                while let Some(finished) = under_way.next().await {
                    self.finish(finished)?;
                }
            }
            let into = Arc::clone(&self.into);
            under_way.push(async move {
                let outcome = take::line(&into.0, into.1.as_ref(), line).await;
                (numbered, outcome)
            });
            while under_way.len() >= UNDER_WAY
                && let Some(finished) = under_way.next().await
            {
                self.finish(finished)?;
            }
        }
        while let Some(finished) = under_way.next().await {
            self.finish(finished)?;
        }
        reading.await.map_err(Failure::internal)?.map_err(|error| {
            Failure::invalid("api.fieldpost.import.unreadable", format!("the file: {error}"))
        })
    }

    /// Counts what became of a line. A line's own fault is reported; ours ends the import.
    fn finish(&mut self, (numbered, outcome): Finished) -> Outcome<()> {
        match outcome {
            Ok(taken) => self.progress.add(&taken),
            Err(failure)
                if matches!(failure.kind, FailureKind::Internal | FailureKind::Unavailable) =>
            {
                return Err(failure);
            }
            Err(failure) => {
                self.progress.rejected += 1;
                self.watch.rejected(&Rejected {
                    line: numbered.number,
                    id: failure.id.into_owned(),
                    why: failure.message.into_owned(),
                    begins: numbered.text.chars().take(120).collect(),
                });
            }
        }
        self.watch.progress(&self.progress);
        Ok(())
    }

    /// Nobody has to read again what they read elsewhere.
    async fn mark_read(&mut self) -> Outcome<()> {
        for username in std::mem::take(&mut self.people) {
            let store = &self.into.0.store;
            let marked = store
                .write(&[], move |work| fieldpost_chat::import::everything_read(work, &username));
            match marked.await {
                // Their line was rejected, and reported.
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                marked => marked?,
            }
        }
        Ok(())
    }
}

fn malformed(error: &serde_json::Error) -> Failure {
    Failure::invalid("app.import.bulk_import.json_decode.error", error.to_string())
}

fn read_lines(reader: &mut dyn BufRead, lines: &mpsc::Sender<Numbered>) -> io::Result<()> {
    for number in 1.. {
        let mut bytes = Vec::new();
        let mut limited = io::Read::take(&mut *reader, LONGEST_LINE as u64);
        if limited.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        if bytes.len() == LONGEST_LINE {
            return Err(io::Error::other(format!("line {number} is longer than 64 MiB")));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| io::Error::other(format!("line {number} is not UTF-8")))?;
        if !text.trim().is_empty() && lines.blocking_send(Numbered { number, text }).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
