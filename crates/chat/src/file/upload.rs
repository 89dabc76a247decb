//! Putting a file into a channel.

use fieldpost_access::{Caller, may_upload_file};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, Work};
use fieldpost_log::Scope;
use fieldpost_model::{FileInfo, Id, Millis};

use super::{FileUploaded, ImageFacts, by_id, no_file};
use crate::channel;
use crate::facts::{self, denied};

/// A file whose bytes are on disk already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewFile {
    /// Its name, without any folder.
    pub name: String,
    /// Lower case, without the dot.
    pub extension: String,
    /// By its extension.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// The name of its bytes.
    pub content: [u8; 32],
    /// What is known of it if it is an image.
    pub image: Option<ImageFacts>,
    /// Whether it belongs to the channel's bookmarks.
    pub bookmark: bool,
}

impl FileUploaded {
    /// A file is put into a channel under an id.
    pub(crate) fn of(id: Id, create_at: Millis, file: &NewFile) -> Self {
        Self {
            id,
            create_at,
            name: file.name.clone(),
            extension: file.extension.clone(),
            mime_type: file.mime_type.clone(),
            size: file.size,
            content: file.content,
            image: file.image.clone(),
            bookmark: file.bookmark,
        }
    }
}

/// Whether a file that is larger than allowed says so.
pub fn too_large() -> Failure {
    Failure::new(
        FailureKind::TooLarge,
        "api.file.upload_file.too_large_detailed.app_error",
        "Unable to upload the file. It is larger than the server accepts.",
    )
}

/// Refuses who may not put files into a channel, before a byte of them is read.
pub fn authorise(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<Scope> {
    Ok(admitted(rows, caller, channel)?.scope)
}

fn admitted(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<facts::Channel> {
    let found = facts::channel(rows, caller, channel)?;
    if found.key == 0 {
        return Err(Failure::invalid(
            "api.file.upload_file.get_channel.app_error",
            "Unable to upload the file. There is no such channel.",
        ));
    }
    may_upload_file(caller, &found.facts).map_err(denied)?;
    Ok(found)
}

/// Puts files into a channel, all or none. Their bytes are on disk before this is called, so that
/// no row ever points to nothing.
pub fn upload(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    files: &[NewFile],
) -> Outcome<Vec<FileInfo>> {
    let found = admitted(work, caller, channel)?;
    channel::enter(work, caller, &found)?;
    files.iter().map(|file| put(work, caller.user, found.scope, file)).collect()
}

/// Puts one file where somebody was allowed to.
pub(super) fn put(
    work: &mut Work<'_>,
    author: Id,
    scope: Scope,
    file: &NewFile,
) -> Outcome<FileInfo> {
    let id = work.random_id();
    let uploaded = FileUploaded::of(id, work.now(), file);
    work.emit(scope, author, &uploaded)?;
    Ok(by_id(work, id)?.ok_or_else(no_file)?.info)
}
