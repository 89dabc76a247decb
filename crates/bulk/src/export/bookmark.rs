//! Bookmarks, as the lines of people and conversations have them.

use fieldpost_chat::export::{Bookmark, File};
use fieldpost_model::Id;

use super::produce::outward;
use super::thread::{our, path};
use crate::line::{Attachment, OurBookmark};

/// A bookmark in the line of its owner.
pub(super) fn in_a_channel(bookmark: Bookmark) -> OurBookmark {
    OurBookmark { user: String::new(), ..of(bookmark) }
}

/// A bookmark in the line of its conversation.
pub(super) fn of(bookmark: Bookmark) -> OurBookmark {
    let (site, epoch, sequence) = bookmark.origin;
    let (uploader, file) = match bookmark.file {
        Some((uploader, file)) => (outward(&uploader), Some(attachment(file))),
        None => (String::new(), None),
    };
    OurBookmark {
        user: outward(&bookmark.owner),
        team: bookmark.team,
        channel: bookmark.channel,
        origin: (Id::from_bytes(site), format!("{epoch:x}"), sequence),
        create_at: bookmark.create_at,
        display_name: bookmark.display_name,
        link_url: bookmark.link_url,
        image_url: bookmark.image_url,
        emoji: bookmark.emoji,
        original: bookmark.original,
        sort_order: bookmark.place,
        file,
        uploader,
    }
}

fn attachment(file: File) -> Attachment {
    Attachment { path: path(&file), fieldpost: Some(our(file)) }
}
