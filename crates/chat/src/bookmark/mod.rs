//! Bookmarks of channels: links and files that stay at hand.

mod change;
mod form;
mod show;
mod write;

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_log::Scope;
use fieldpost_model::{Bookmark, ChannelType, Id, Millis};

pub(crate) use self::change::CLASS;
pub use self::change::{
    BookmarkAdded, BookmarkDeleted, BookmarkImported, BookmarkPatched, BookmarksOrdered,
};
pub(crate) use self::write::validate;
pub use self::write::{NewBookmark, Patch, create, delete, patch, sort};
use crate::post::list::readable_channel;
use crate::{channel, file};

/// `file` is no id for a link. A deleted bookmark keeps its row. `origin` is the name of the change
/// that made it, without the scope, which is the channel's; `claim` is who said so if it was taken
/// over from elsewhere, and zero if it was not. What is known of a place may come
/// before the bookmark does; of two with one place the one made first comes first.
const TABLES: &str = "
CREATE TABLE bookmark (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    channel_key INTEGER NOT NULL,
    owner BLOB NOT NULL,
    file BLOB NOT NULL,
    display_name TEXT NOT NULL,
    link_url TEXT NOT NULL,
    image_url TEXT NOT NULL,
    emoji TEXT NOT NULL,
    original BLOB NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    origin_site BLOB NOT NULL,
    origin_epoch INTEGER NOT NULL,
    origin_sequence INTEGER NOT NULL,
    claim_stamp INTEGER NOT NULL,
    claim_site BLOB NOT NULL
);
CREATE INDEX bookmark_channel ON bookmark (channel_key, delete_at);
CREATE INDEX bookmark_owner ON bookmark (owner, delete_at);
CREATE INDEX bookmark_file ON bookmark (file);
CREATE TABLE bookmark_place (
    channel_key INTEGER NOT NULL,
    bookmark BLOB NOT NULL,
    place INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (channel_key, bookmark)
)";

/// Bookmarks that are given at once.
const MOST_GIVEN: i64 = 100;

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
    show::register(features);
}

/// Where changes of a channel's bookmarks go, whatever kind it is of: the lock is on its id.
pub fn scopes(channel: Id) -> [Scope; 1] {
    [channel::scope(channel, ChannelType::Open)]
}

const COLUMNS: &str = "b.id, b.create_at, b.update_at, b.delete_at, channel.id, b.owner, b.file, \
    b.display_name, p.place, b.link_url, b.image_url, b.emoji, b.original";

const FROM: &str = "FROM bookmark b JOIN channel ON channel.key = b.channel_key \
    JOIN bookmark_place p ON p.channel_key = b.channel_key AND p.bookmark = b.id";

fn bookmark_of(row: &dyn Row) -> Bookmark {
    let file = row.id(6);
    Bookmark {
        id: row.id(0),
        create_at: row.int(1),
        update_at: row.int(2),
        delete_at: row.int(3),
        channel_id: row.id(4),
        owner_id: row.id(5),
        file_id: file,
        display_name: row.text(7).to_owned(),
        sort_order: row.int(8),
        link_url: row.text(9).to_owned(),
        image_url: row.text(10).to_owned(),
        emoji: row.text(11).to_owned(),
        kind: if file.is_none() { "link" } else { "file" }.to_owned(),
        original_id: row.id(12),
        parent_id: Id::NONE,
        file: None,
    }
}

/// A bookmark, deleted ones included.
fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Bookmark>> {
    let found =
        rows.first(&format!("SELECT {COLUMNS} {FROM} WHERE b.id = ?1"), params![&id], bookmark_of)?;
    let mut found: Vec<Bookmark> = found.into_iter().collect();
    describe(rows, &mut found)?;
    Ok(found.pop())
}

/// There is no such bookmark.
fn no_bookmark() -> Failure {
    Failure::not_found("app.channel.bookmark.get.app_error", "Unable to get the bookmark.")
}

/// Some bookmarks of a channel, in order.
fn some(rows: &mut dyn Rows, which: &'static str, values: &[Value<'_>]) -> Outcome<Vec<Bookmark>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE channel.id = ?1 AND {which} \
         ORDER BY p.place, b.delete_at, b.create_at, b.id LIMIT ?2"
    );
    let mut found = rows.all(&sql, values, bookmark_of)?;
    describe(rows, &mut found)?;
    Ok(found)
}

/// The live bookmarks of a channel, in order.
fn live(rows: &mut dyn Rows, channel: Id) -> Outcome<Vec<Bookmark>> {
    some(rows, "b.delete_at = 0", params![&channel, MOST_GIVEN])
}

/// Gives bookmarks the descriptions of their files, as far as those have come.
fn describe(rows: &mut dyn Rows, bookmarks: &mut [Bookmark]) -> Outcome<()> {
    let ids: Vec<Id> = bookmarks.iter().filter_map(|bookmark| bookmark.file_id.some()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let files = file::of_bookmarks(rows, &ids)?;
    for bookmark in bookmarks {
        bookmark.file = files.get(&(bookmark.channel_id, bookmark.file_id)).cloned();
    }
    Ok(())
}

/// The bookmarks of a channel that the caller may read, in order: those that stand, or with a time
/// all that changed or went away since.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: Id,
    since: Millis,
) -> Outcome<Vec<Bookmark>> {
    readable_channel(rows, caller, channel)?;
    if since <= 0 {
        return live(rows, channel);
    }
    some(rows, "b.update_at >= ?3", params![&channel, MOST_GIVEN, since])
}

/// Whether a file was a channel's bookmark, and is no longer.
pub(crate) fn has_let_go(rows: &mut dyn Rows, channel: Id, file: Id) -> Outcome<bool> {
    let found = rows.all(
        "SELECT b.delete_at FROM bookmark b JOIN channel ON channel.key = b.channel_key \
         WHERE channel.id = ?1 AND b.file = ?2",
        params![&channel, &file],
        |row| row.int(0) != 0,
    )?;
    Ok(!found.is_empty() && found.into_iter().all(|gone| gone))
}
