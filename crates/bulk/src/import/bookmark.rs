//! Taking bookmarks over, with their files.

use fieldpost_chat::bookmark::BookmarkAdded;
use fieldpost_chat::import::{self, ImportedBookmark, Where};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::Id;

use super::{Progress, Target, files};
use crate::line::OurBookmark;
use crate::source::Archive;

/// Takes bookmarks over; those of one line are somebody's, or a conversation's.
pub(super) async fn bookmarks(
    target: &Target,
    archive: Option<&Archive>,
    all: impl IntoIterator<Item = (Where, OurBookmark)>,
) -> Outcome<Progress> {
    let mut progress = Progress::default();
    for (place, ours) in all {
        let imported = imported(&ours)?;
        let (at, asked) = (place.clone(), imported.clone());
        if target.store.read(move |rows| import::bookmark_known(rows, &at, &asked)).await? {
            progress.known += 1;
            continue;
        }
        let found = files::find(archive, ours.file.as_slice())?;
        let file = match (archive, found.first()) {
            (Some(archive), Some(found)) => {
                let mut kept = files::keep(target, archive, found).await?;
                kept.file.bookmark = true;
                Some(kept)
            }
            _ => None,
        };
        progress.files += u64::from(file.is_some());
        let written = target
            .store
            .write(&[], move |work| import::bookmark(work, &place, &imported, file.as_ref()));
        written.await?;
    }
    Ok(progress)
}

fn imported(ours: &OurBookmark) -> Outcome<ImportedBookmark> {
    let (site, epoch, sequence) = &ours.origin;
    let epoch = u64::from_str_radix(epoch, 16).map_err(|_| {
        Failure::invalid("api.fieldpost.import.bookmark", "the origin of a bookmark is malformed")
    })?;
    let file = ours.file.as_ref().and_then(|file| file.fieldpost.as_ref());
    Ok(ImportedBookmark {
        origin: (*site.as_bytes(), epoch, *sequence),
        owner: ours.user.clone(),
        create_at: ours.create_at,
        bookmark: BookmarkAdded {
            file: file.map_or(Id::NONE, |file| file.id),
            display_name: ours.display_name.clone(),
            link_url: ours.link_url.clone(),
            image_url: ours.image_url.clone(),
            emoji: ours.emoji.clone(),
            place: ours.sort_order,
            original: ours.original,
            replaces: Id::NONE,
        },
        uploader: ours.uploader.clone(),
    })
}
