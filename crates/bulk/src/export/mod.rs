//! Giving a site out.
//!
//! Everything is read in one view of the rows, a page at a time, and written as it comes: what is
//! given out is how the site was at one moment, and memory holds a few threads of it.

mod bookmark;
mod output;
mod produce;
mod thread;

use std::io::{self, Write};

use fieldpost_blobs::{Blobs, Hash};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_store::Store;
use futures_util::StreamExt;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

pub use self::output::Output;
use self::produce::Producer;

/// Pieces that wait to be written.
const WAITING: usize = 64;

/// What is to be given out.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The names of the teams; every team and every conversation without one.
    pub teams: Vec<String>,
    /// Whether to leave out attachments.
    pub no_attachments: bool,
}

/// What was given out so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Lines written.
    pub lines: u64,
    /// Teams, channels and conversations.
    pub places: u64,
    /// People.
    pub people: u64,
    /// Posts and replies.
    pub posts: u64,
    /// Reactions.
    pub reactions: u64,
    /// Attachments written.
    pub files: u64,
    /// Attachments left out: by choice, because there is no archive to hold them, or because their
    /// bytes are not at this site.
    pub left_out: u64,
}

/// Something to be written.
enum Piece {
    /// A line, with what is known once it is written.
    Line(Vec<u8>, Progress),
    /// An attachment.
    File { path: String, content: Hash },
}

/// Gives a site out. What was written is worth nothing if this fails.
pub async fn export(
    store: &Store,
    blobs: &Blobs,
    options: &Options,
    mut output: Output,
    watch: &mut (impl FnMut(&Progress) + ?Sized),
) -> Outcome<Progress> {
    let (sender, mut pieces) = mpsc::channel(WAITING);
    let (options, is_archive) = (options.clone(), output.is_archive());
    let (here, runtime) = (blobs.clone(), Handle::current());
    let reading = store.read(move |rows| {
        let has = |hash| runtime.block_on(here.has(hash));
        Producer::new(rows, &options, is_archive, &has, sender).all()
    });
    let writing = async move {
        let mut progress = Progress::default();
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Line(line, so_far) => {
                    output.line(&line).map_err(|error| unwritable(&error))?;
                    progress = so_far;
                }
                Piece::File { path, content } => {
                    write_file(blobs, &mut output, &path, content).await?;
                    progress.files += 1;
                }
            }
            watch(&progress);
        }
        Ok::<_, Failure>((output, progress))
    };
    let (read, written) = tokio::join!(reading, writing);
    // What stopped the writing is why the reading could not go on.
    let (output, progress) = written?;
    read?;
    output.finish().map_err(|error| unwritable(&error))?;
    Ok(progress)
}

async fn write_file(blobs: &Blobs, output: &mut Output, path: &str, content: Hash) -> Outcome<()> {
    let blob = blobs.get(content).await?;
    let blob = blob.ok_or_else(|| Failure::internal(format!("the bytes of {path} are gone")))?;
    let length = blob.length();
    output.begin_file(path, length).map_err(|error| unwritable(&error))?;
    let mut bytes = std::pin::pin!(blob.stream(0..length));
    while let Some(some) = bytes.next().await {
        output.write_all(&some.map_err(Failure::internal)?).map_err(|error| unwritable(&error))?;
    }
    Ok(())
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::new(FailureKind::Unavailable, "api.fieldpost.export", format!("the file: {error}"))
}
