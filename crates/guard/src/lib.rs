//! A link's content for guards between networks: small documents that a schema describes.
//!
//! A guard stands between two networks and lets pass what it can parse, validate and inspect. It knows
//! no batches and no signatures, so it is given what was said in plain form: entries with names beside
//! ids, in documents of bounded size, and files as files. Two formats are written from one model.
//!
//! *Architecture invariant:* which changes may be told is decided by `link`, and noted there before a
//! document holds them. Nothing here looks at shares.
//!
//! *Architecture invariant:* nothing is taken in. A site cannot be rebuilt from a document, nor can
//! anything in one be proved.

mod document;
mod entry;
mod file;
mod format;
#[cfg(test)]
mod golden;
mod head;
mod json;
mod manifest;
mod mark;
mod names;
mod node;
mod outbox;
mod since;
mod time;
mod walk;
mod write;
mod xml;

use std::path::PathBuf;

use fieldpost_access::{Actor, Caller, PermissionSet};
use fieldpost_blobs::Blobs;
use fieldpost_kernel::Outcome;
use fieldpost_link::{Peer, handing};
use fieldpost_model::Id;
use fieldpost_store::Store;

pub use self::document::{MOST_BYTES, MOST_ENTRIES};
pub use self::format::Format;
pub use self::since::Since;

use self::head::Head;
use self::manifest::Reached;
use self::outbox::Outbox;
use self::walk::Walk;
use self::write::Writing;

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The linked site, by its name or its id.
    pub with: String,
    /// The directory to write into, which is made if it is missing.
    pub folder: PathBuf,
    /// The format.
    pub format: Format,
    /// From where it goes on.
    pub since: Since,
    /// The largest file of a message whose bytes go along, in bytes; none go without it.
    pub largest_file: Option<u64>,
}

/// What was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// The site over whose link it is shared.
    pub peer: String,
    /// The name of the manifest; empty if there was nothing to tell, and nothing was written.
    pub manifest: String,
    /// Up to where it goes.
    pub upto: String,
    /// Documents.
    pub documents: u64,
    /// Entries in them.
    pub entries: u64,
    /// Files of messages whose bytes went along.
    pub objects: u64,
    /// Files of messages whose bytes were asked for and did not: they are too large, or are not here.
    pub left_out: u64,
    /// Bytes of the documents and files.
    pub bytes: u64,
    /// Whether there was no more to tell: an export has an end, after which another goes on.
    pub is_complete: bool,
}

/// Whoever runs a command on the machine of a site.
pub fn local_administrator() -> Caller {
    let (actor, roles) = (Actor::AdminSocket, PermissionSet::default());
    Caller { user: Id::NONE, actor, guest: false, roles }
}

/// Writes what is shared over a link into a directory, and notes that it was.
///
/// Nothing has its name before all of it is whole, and nothing that exists is overwritten.
///
/// # Errors
/// If there is no such link, the caller may not administer links, the mark to go on from is not of this
/// site's log, a file exists, or disk or database fail. Nothing is left in the directory then.
pub async fn export(
    store: &Store,
    blobs: &Blobs,
    caller: &Caller,
    asked: &Asked,
) -> Outcome<Exported> {
    let (who, with) = (*caller, asked.with.clone());
    let peer = store.read(move |rows| handing::peer(rows, &who, &with)).await?;
    let (own, other) = (Id::from_bytes(store.site().id.0), Id::from_bytes(peer.site.0));
    let before = asked.since.reached((&asked.folder, asked.format), (own, other))?;
    before.upto.require_of(store).await?;
    for mark in before.channels.values() {
        mark.require_of(store).await?;
    }
    let head = Head {
        site: (own, names::own_name(store.site())),
        peer: (other, peer.name.clone()),
        export: before.export + 1,
        from: before.upto,
    };
    let outbox = Outbox::new(&asked.folder)?;
    let mut writing = Writing::new(head, asked, blobs.clone(), outbox);
    // What is read counts as sent: nothing is, for an export that cannot be written.
    writing.require_room()?;
    let (reached, is_complete) = walked(store, &peer, before, &mut writing).await?;
    if writing.is_empty() {
        return Ok(Exported { peer: peer.name, is_complete, ..Exported::default() });
    }
    let (exported, outbox) = writing.finish(&reached, is_complete)?;
    // Nothing may be found there of which nobody knows that it went.
    note(store, caller, peer, &exported).await?;
    outbox.finish()?;
    Ok(exported)
}

/// Writes entry after entry; gives what was reached, and whether that is all there is.
async fn walked(
    store: &Store,
    peer: &Peer,
    before: Reached,
    writing: &mut Writing,
) -> Outcome<(Reached, bool)> {
    let mut walk = Walk::begin(store, peer.site, before).await?;
    while !writing.is_full() {
        let Some(entries) = walk.next().await? else {
            return Ok((walk.reached(), true));
        };
        for entry in entries {
            writing.add(entry).await?;
        }
    }
    Ok((walk.reached(), false))
}

async fn note(store: &Store, caller: &Caller, peer: Peer, exported: &Exported) -> Outcome<()> {
    let Exported { entries, documents, objects, bytes, .. } = exported;
    let contents =
        format!("{entries} entries in {documents} documents, {objects} files, {bytes} bytes");
    let caller = *caller;
    store.write(&[], move |work| handing::written(work, &caller, &peer, &contents)).await
}
