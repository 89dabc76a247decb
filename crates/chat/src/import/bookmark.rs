//! Bookmarks of channels and conversations.

use fieldpost_kernel::{Body, Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{ChangeName, Epoch, Scope, SiteId, derive_id};
use fieldpost_model::{Id, Millis};

use super::{ImportedFile, Where, channel_named, conversation_of, person, team_named};
use crate::bookmark::{BookmarkAdded, BookmarkImported, CLASS, NewBookmark, validate};
use crate::channel;
use crate::file::{self, FileUploaded};

/// A bookmark as it was elsewhere.
#[derive(Debug, Clone)]
pub struct ImportedBookmark {
    /// The name of the change that made it, without the scope: site, epoch, number.
    pub origin: ([u8; 16], u64, u64),
    /// Whose it is.
    pub owner: String,
    /// When it was made.
    pub create_at: Millis,
    /// What it is.
    pub bookmark: BookmarkAdded,
    /// Who uploaded its file; nobody of a link.
    pub uploader: String,
}

impl ImportedBookmark {
    fn id(&self, scope: Scope) -> Id {
        let (site, epoch, sequence) = self.origin;
        let origin = ChangeName { site: SiteId(site), epoch: Epoch(epoch), scope, sequence };
        derive_id(CLASS, &origin, 0)
    }
}

/// Whether a bookmark is there, even if it was deleted since.
pub fn bookmark_known(
    rows: &mut dyn Rows,
    place: &Where,
    from: &ImportedBookmark,
) -> Outcome<bool> {
    let scope = scope_of(rows, place)?;
    Ok(rows.count("SELECT count(*) FROM bookmark WHERE id = ?1", params![&from.id(scope)])? > 0)
}

/// Adds a bookmark with its file, unless it is there. Gives whether it is new.
pub fn bookmark(
    work: &mut Work<'_>,
    place: &Where,
    from: &ImportedBookmark,
    file: Option<&ImportedFile>,
) -> Outcome<bool> {
    if bookmark_known(work, place, from)? {
        return Ok(false);
    }
    let scope = scope_of(work, place)?;
    let owner = person(work, &from.owner)?;
    let (site, epoch, sequence) = from.origin;
    let imported = BookmarkImported {
        site: SiteId(site),
        epoch: Epoch(epoch),
        sequence,
        create_at: from.create_at,
        added: from.bookmark.clone(),
    };
    require_valid(&imported)?;
    if let Some(file) = file {
        put_file(work, scope, &from.uploader, file)?;
    }
    work.emit(scope, owner, &imported)?;
    Ok(true)
}

fn scope_of(rows: &mut dyn Rows, place: &Where) -> Outcome<Scope> {
    let id = match place {
        Where::Known(id) => *id,
        Where::Channel(team, name) => {
            let team = team_named(rows, team)?;
            channel_named(rows, team, name)?
        }
        Where::Conversation(people) => conversation_of(rows, people)?.ok_or_else(|| {
            Failure::not_found(
                "app.import.channel_not_found.error",
                "these people have no conversation",
            )
        })?,
    };
    channel::scope_of(rows, id)
}

/// Refuses what nobody could have made a bookmark of.
fn require_valid(imported: &BookmarkImported) -> Outcome<()> {
    let BookmarkAdded { file, display_name, link_url, image_url, emoji, .. } = &imported.added;
    validate(&NewBookmark {
        file_id: *file,
        display_name: display_name.clone(),
        link_url: link_url.clone(),
        image_url: image_url.clone(),
        emoji: emoji.clone(),
        kind: if file.is_none() { "link" } else { "file" }.to_owned(),
    })?;
    if imported.create_at > 0 && imported.fits() {
        return Ok(());
    }
    Err(Failure::invalid("api.fieldpost.import.bookmark", "a bookmark has no time or no place"))
}

/// Puts the file of a bookmark where the bookmark will be, unless it is there.
fn put_file(
    work: &mut Work<'_>,
    scope: Scope,
    uploader: &str,
    ImportedFile { id, create_at, file }: &ImportedFile,
) -> Outcome<()> {
    if file::of_bookmarks(work, &[*id])?.contains_key(&(scope.id, *id)) {
        return Ok(());
    }
    let uploader = person(work, uploader)?;
    work.emit(scope, uploader, &FileUploaded::of(*id, *create_at, file))?;
    Ok(())
}
