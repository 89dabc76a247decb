//! Making, changing, moving and deleting the bookmarks of a channel.

use fieldpost_access::{BookmarkAction, Caller, may_bookmark};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::Scope;
use fieldpost_model::{Bookmark, BookmarkUpdate, ChannelType, Id};
use serde::Deserialize;

use super::change::LAST_PLACE;
use super::{
    BookmarkAdded, BookmarkDeleted, BookmarkPatched, BookmarksOrdered, by_id, live, no_bookmark,
};
use crate::channel::member::no_channel;
use crate::facts::{self, denied};
use crate::file;

/// Bookmarks that stand in a channel at most.
const MOST: usize = 50;

/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// The longest address, in characters.
const LONGEST_URL: usize = 1024;

/// A bookmark to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct NewBookmark {
    /// The file; none for a link.
    pub file_id: Id,
    /// What people read.
    pub display_name: String,
    /// Where the link leads.
    pub link_url: String,
    /// A picture for it.
    pub image_url: String,
    /// An emoji for it.
    pub emoji: String,
    /// `link` or `file`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What is to be changed of a bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// The file.
    pub file_id: Option<Id>,
    /// What people read.
    pub display_name: Option<String>,
    /// Where the link leads.
    pub link_url: Option<String>,
    /// A picture for it.
    pub image_url: Option<String>,
    /// An emoji for it.
    pub emoji: Option<String>,
}

/// What an operation is called in the ids of its errors.
fn called(action: BookmarkAction) -> &'static str {
    match action {
        BookmarkAction::Add => "create_channel_bookmark",
        BookmarkAction::Edit => "update_channel_bookmark",
        BookmarkAction::Delete => "delete_channel_bookmark",
        BookmarkAction::Order => "update_channel_bookmark_sort_order",
    }
}

/// The scope of a channel whose bookmarks the caller may do this to.
fn authorise(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    action: BookmarkAction,
) -> Outcome<Scope> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    let forbidden = |why: &str, says: &'static str| {
        let id = format!("api.channel.bookmark.{}.{why}.forbidden.app_error", called(action));
        Failure::new(FailureKind::Forbidden, id, says)
    };
    may_bookmark(caller, &found.facts, action).map_err(|refusal| match found.facts.kind {
        ChannelType::Direct | ChannelType::Group if caller.guest => forbidden(
            "direct_or_group_channels_by_guests",
            "Guests cannot change the bookmarks of a conversation.",
        ),
        ChannelType::Direct | ChannelType::Group => forbidden(
            "direct_or_group_channels",
            "Only the members of a conversation can change its bookmarks.",
        ),
        _ => denied(refusal),
    })?;
    found.facts.require_live().map_err(|_| {
        forbidden("deleted_channel", "The bookmarks of an archived channel cannot be changed.")
    })?;
    crate::channel::enter(work, caller, &found)?;
    Ok(found.scope)
}

/// A bookmark of a channel that stands.
fn standing(rows: &mut dyn Rows, channel: Id, id: Id) -> Outcome<Bookmark> {
    let found = by_id(rows, id)?;
    found.filter(|b| b.channel_id == channel && b.delete_at == 0).ok_or_else(no_bookmark)
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain))
        && text.chars().count() <= LONGEST_URL
}

/// Refuses what cannot be a bookmark.
pub(crate) fn validate(new: &NewBookmark) -> Outcome<()> {
    let refuse = |what: &str, says: &'static str| {
        let id = format!("model.channel_bookmark.is_valid.{what}.app_error");
        Err(Failure::new(FailureKind::Invalid, id, says))
    };
    if !(1..=LONGEST_NAME).contains(&new.display_name.chars().count()) {
        return refuse("display_name", "A bookmark's name has 1 to 64 characters.");
    }
    match new.kind.as_str() {
        "link" if !new.file_id.is_none() => {
            return refuse("link_file", "A bookmark is a link or a file, and not both.");
        }
        "link" if !is_address(&new.link_url) => {
            return refuse(
                "link_url.missing_or_invalid",
                "A link leads to an address that begins with http:// or https://, of at most 1024 \
                 characters.",
            );
        }
        "file" if new.file_id.is_none() => {
            return refuse("file_id.missing_or_invalid", "There is no file.");
        }
        "file" if !new.link_url.is_empty() || !new.image_url.is_empty() => {
            return refuse("link_file", "A file has no address and no picture.");
        }
        "link" | "file" => {}
        _ => return refuse("type", "A bookmark is a link or a file."),
    }
    if !new.image_url.is_empty() && !is_address(&new.image_url) {
        return refuse(
            "image_url",
            "A picture has an address that begins with http:// or https://, of at most 1024 \
             characters.",
        );
    }
    let emoji = &new.emoji;
    if !emoji.is_empty() && fieldpost_text::name::check_emoji_name(emoji).is_err() {
        return Err(Failure::invalid_body("emoji"));
    }
    Ok(())
}

fn without_colons(emoji: &str) -> String {
    emoji.trim_matches(':').to_owned()
}

/// Refuses a file that was not uploaded for the bookmarks of a channel, or is another one's.
fn require_file(rows: &mut dyn Rows, channel: Id, file: Id, own: Id) -> Outcome<()> {
    if file.is_none() {
        return Ok(());
    }
    let uploaded = file::of_bookmarks(rows, &[file])?.contains_key(&(channel, file));
    let taken = rows.count(
        "SELECT count(*) FROM bookmark WHERE file = ?1 AND delete_at = 0 AND id <> ?2",
        params![&file, &own],
    )?;
    if uploaded && taken == 0 {
        return Ok(());
    }
    Err(Failure::invalid(
        "model.channel_bookmark.is_valid.file_id.missing_or_invalid.app_error",
        "The file was not uploaded for this channel's bookmarks, or is one already.",
    ))
}

/// Makes a bookmark behind all others.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    new: &NewBookmark,
) -> Outcome<Bookmark> {
    let scope = authorise(work, caller, channel, BookmarkAction::Add)?;
    let new = NewBookmark { emoji: without_colons(&new.emoji), ..new.clone() };
    validate(&new)?;
    require_file(work, channel, new.file_id, Id::NONE)?;
    let others = live(work, channel)?;
    if others.len() >= MOST {
        return Err(Failure::invalid(
            "app.channel.bookmark.save.app_error",
            "The channel has as many bookmarks as it may have.",
        ));
    }
    let last = others.iter().map(|other| other.sort_order).max();
    let place = last.map_or(0, |last| (last + 1).min(LAST_PLACE));
    add(work, caller, scope, &new, (place, Id::NONE, Id::NONE))
}

/// Adds a bookmark at a place, perhaps instead of another and as descendant of a first one.
fn add(
    work: &mut Work<'_>,
    caller: &Caller,
    scope: Scope,
    new: &NewBookmark,
    (place, original, replaces): (i64, Id, Id),
) -> Outcome<Bookmark> {
    let added = BookmarkAdded {
        file: new.file_id,
        display_name: new.display_name.clone(),
        link_url: new.link_url.clone(),
        image_url: new.image_url.clone(),
        emoji: new.emoji.clone(),
        place,
        original,
        replaces,
    };
    let emitted = work.emit(scope, caller.user, &added)?;
    let id = emitted.derive(super::change::CLASS, 0);
    by_id(work, id)?.ok_or_else(no_bookmark)
}

/// Changes a bookmark. One of somebody else's becomes the caller's: the old one goes, and a new one
/// takes its place.
pub fn patch(
    work: &mut Work<'_>,
    caller: &Caller,
    (channel, id): (Id, Id),
    patch: &Patch,
) -> Outcome<BookmarkUpdate> {
    let scope = authorise(work, caller, channel, BookmarkAction::Edit)?;
    let old = standing(work, channel, id)?;
    let emoji = patch.emoji.as_deref().map(without_colons);
    let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
    let new = NewBookmark {
        file_id: patch.file_id.unwrap_or(old.file_id),
        display_name: text(&patch.display_name, &old.display_name),
        link_url: text(&patch.link_url, &old.link_url),
        image_url: text(&patch.image_url, &old.image_url),
        emoji: text(&emoji, &old.emoji),
        kind: old.kind.clone(),
    };
    validate(&new)?;
    if new.file_id != old.file_id {
        require_file(work, channel, new.file_id, id)?;
    }
    if old.owner_id != caller.user {
        let original = old.original_id.some().unwrap_or(id);
        let updated = add(work, caller, scope, &new, (old.sort_order, original, id))?;
        return Ok(BookmarkUpdate { updated, deleted: by_id(work, id)? });
    }
    let differs = |new: &String, old: &String| (new != old).then(|| new.clone());
    let patched = BookmarkPatched {
        bookmark: id,
        file: (new.file_id != old.file_id).then_some(new.file_id),
        display_name: differs(&new.display_name, &old.display_name),
        link_url: differs(&new.link_url, &old.link_url),
        image_url: differs(&new.image_url, &old.image_url),
        emoji: differs(&new.emoji, &old.emoji),
    };
    if patched != (BookmarkPatched { bookmark: id, ..BookmarkPatched::default() }) {
        work.emit(scope, caller.user, &patched)?;
    }
    Ok(BookmarkUpdate { updated: standing(work, channel, id)?, deleted: None })
}

/// Deletes a bookmark; its file can no longer be fetched.
pub fn delete(work: &mut Work<'_>, caller: &Caller, (channel, id): (Id, Id)) -> Outcome<Bookmark> {
    let scope = authorise(work, caller, channel, BookmarkAction::Delete)?;
    standing(work, channel, id)?;
    work.emit(scope, caller.user, &BookmarkDeleted { bookmark: id })?;
    by_id(work, id)?.ok_or_else(no_bookmark)
}

/// Moves a bookmark to a place among those of its channel, counted from 0. Gives all of them.
pub fn sort(
    work: &mut Work<'_>,
    caller: &Caller,
    (channel, id): (Id, Id),
    place: i64,
) -> Outcome<Vec<Bookmark>> {
    let scope = authorise(work, caller, channel, BookmarkAction::Order)?;
    standing(work, channel, id)?;
    let mut order: Vec<Id> = live(work, channel)?.into_iter().map(|found| found.id).collect();
    let place = usize::try_from(place).ok().filter(|place| *place < order.len());
    let place = place.ok_or_else(|| Failure::invalid_body("sort_order"))?;
    order.retain(|other| *other != id);
    order.insert(place.min(order.len()), id);
    work.emit(scope, caller.user, &BookmarksOrdered { order })?;
    live(work, channel)
}
