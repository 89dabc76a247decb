//! What the index is told of posts and files.

use fieldpost_kernel::{Change, Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::Id;
use fieldpost_search::{About, Body, Document, Entry};

use crate::bookmark::{BookmarkAdded, BookmarkDeleted, BookmarkImported, BookmarkPatched};
use crate::file::{FileUploaded, IS_BOOKMARKED};
use crate::post::delete::PostDeleted;
use crate::post::{PostEdited, PostWritten};

/// What a change means for the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// What is to be written.
    pub entries: Vec<Entry>,
    /// A post or a bookmark's file that is not there yet, since something it needs has not come.
    pub awaited: Option<Id>,
    /// A channel of whose bookmarks' files others may be found from now on: see [`bookmarks`].
    pub bookmarks_of: Option<Id>,
}

/// What a change means for the index, from the rows as they are by now.
pub fn changed(rows: &mut dyn Rows, change: &Change) -> Outcome<Changed> {
    let mut changed = Changed::default();
    if let Some(written) = change.body::<PostWritten>() {
        let id = written.id(change);
        changed.entries = post(rows, id)?;
        changed.awaited = changed.entries.is_empty().then_some(id);
    } else if let Some(edited) = change.body::<PostEdited>() {
        changed.entries = post(rows, edited.post)?;
    } else if let Some(deleted) = change.body::<PostDeleted>() {
        for id in thread(rows, deleted.post)? {
            changed.entries.extend(post(rows, id)?);
        }
    } else if let Some(uploaded) = change.body::<FileUploaded>() {
        changed.entries = of_files(rows, "file.id = ?1", &uploaded.id)?;
        let is_missing = uploaded.bookmark && changed.entries.is_empty();
        changed.awaited = is_missing.then_some(uploaded.id);
    } else if bookmarks_files(change) {
        changed.bookmarks_of = Some(change.name.scope.id);
    }
    Ok(changed)
}

/// Whether a change may say which files are bookmarks.
fn bookmarks_files(change: &Change) -> bool {
    change.body::<BookmarkAdded>().is_some()
        || change.body::<BookmarkImported>().is_some()
        || change.body::<BookmarkDeleted>().is_some()
        || change.body::<BookmarkPatched>().is_some_and(|patched| patched.file.is_some())
}

/// The post or the bookmark's file that a change will make, once it can.
pub fn made_by(change: &Change) -> Option<Id> {
    let file = || change.body::<FileUploaded>().filter(|uploaded| uploaded.bookmark);
    let post = change.body::<PostWritten>().map(|written| written.id(change));
    post.or_else(|| file().map(|uploaded| uploaded.id))
}

/// A post and the replies to it.
fn thread(rows: &mut dyn Rows, root: Id) -> Outcome<Vec<Id>> {
    let mut ids = rows.all(
        "SELECT reply.id FROM post JOIN post reply ON reply.root_key = post.key \
         AND reply.root_key > 0 WHERE post.id = ?1",
        params![&root],
        |row| row.id(0),
    )?;
    ids.push(root);
    Ok(ids)
}

/// The columns of a post, for [`post_of`].
const POST: &str = "post.key, post.channel_key, post.account_key, post.create_at, post.message, \
    post.hashtags, post.kind, post.delete_at";

fn post_of(row: &dyn Row) -> Entry {
    let key = row.int(0);
    // What the server says in somebody's name is not searched.
    if row.int(7) != 0 || row.text(6).starts_with("system_") {
        return Entry::Remove(About::Posts, key);
    }
    let document = Document {
        key,
        channel: row.int(1),
        author: row.int(2),
        at: row.int(3),
        text: row.text(4).to_owned(),
        body: Body::None,
        tags: row.text(5).split_whitespace().map(str::to_lowercase).collect(),
        extension: String::new(),
    };
    Entry::Put(About::Posts, document)
}

/// What is told of something that was awaited; nothing, if it is not there.
pub fn awaited(rows: &mut dyn Rows, id: Id) -> Outcome<Vec<Entry>> {
    let entries = post(rows, id)?;
    if entries.is_empty() { of_files(rows, "file.id = ?1", &id) } else { Ok(entries) }
}

/// What is told of a post and of its files; nothing, if it is not there.
fn post(rows: &mut dyn Rows, id: Id) -> Outcome<Vec<Entry>> {
    let sql = format!("SELECT {POST} FROM post WHERE post.id = ?1");
    let found = rows.first(&sql, params![&id], post_of)?;
    let mut entries: Vec<Entry> = found.into_iter().collect();
    if entries.is_empty() {
        return Ok(entries);
    }
    let ever = "file.id IN (SELECT attachment.file FROM attachment \
                JOIN post ON post.key = attachment.post_key WHERE post.id = ?1)";
    entries.extend(of_files(rows, ever, &id)?);
    Ok(entries)
}

/// The posts whose keys come after one, in the order of their keys, with the keys.
pub fn posts_after(rows: &mut dyn Rows, key: i64, limit: i64) -> Outcome<Vec<(i64, Entry)>> {
    let sql = format!("SELECT {POST} FROM post WHERE post.key > ?1 ORDER BY post.key LIMIT ?2");
    rows.all(&sql, params![key, limit], |row| (row.int(0), post_of(row)))
}

/// A file is found while it hangs on a post of its uploader in its channel, or belongs to a bookmark
/// of the channel that stands. These are its columns, for [`file_of`], and its content.
fn select_files(which: &str) -> String {
    format!(
        "SELECT file.key, file.channel_key, file.account_key, file.create_at, file.name, \
         file.extension, CASE WHEN {IS_BOOKMARKED} THEN 1 ELSE 0 END, \
         (SELECT count(*) FROM attachment JOIN post ON post.key = attachment.post_key \
           WHERE attachment.file = file.id AND attachment.removed_at = 0 AND post.delete_at = 0 \
           AND post.channel_key = file.channel_key AND post.account_key = file.account_key), \
         file.content FROM file WHERE {which}"
    )
}

fn file_of(row: &dyn Row) -> Entry {
    let key = row.int(0);
    if !row.flag(6) && row.int(7) == 0 {
        return Entry::Remove(About::Files, key);
    }
    let document = Document {
        key,
        channel: row.int(1),
        author: row.int(2),
        at: row.int(3),
        text: row.text(4).to_owned(),
        body: Body::None,
        tags: Vec::new(),
        extension: row.text(5).to_lowercase(),
    };
    Entry::Put(About::Files, document)
}

fn of_files(rows: &mut dyn Rows, which: &str, id: &Id) -> Outcome<Vec<Entry>> {
    rows.all(&select_files(which), params![id], file_of)
}

/// What is told of all files that were uploaded for the bookmarks of a channel, whether or not one
/// of these still has them.
pub fn bookmarks(rows: &mut dyn Rows, channel: Id) -> Outcome<Vec<Entry>> {
    let uploaded = "file.bookmark = 1 \
        AND file.channel_key = (SELECT channel.key FROM channel WHERE channel.id = ?1)";
    of_files(rows, uploaded, &channel)
}

/// The files whose keys come after one, in the order of their keys, with the keys.
pub fn files_after(rows: &mut dyn Rows, key: i64, limit: i64) -> Outcome<Vec<(i64, Entry)>> {
    let sql = select_files("file.key > ?1 ORDER BY file.key LIMIT ?2");
    rows.all(&sql, params![key, limit], |row| (row.int(0), file_of(row)))
}

/// What is told of a file, by its key, and the name of its bytes.
pub fn file(rows: &mut dyn Rows, key: i64) -> Outcome<Option<(Entry, [u8; 32])>> {
    let content = |row: &dyn Row| row.blob(8).try_into().unwrap_or_default();
    let sql = select_files("file.key = ?1");
    rows.first(&sql, params![key], |row| (file_of(row), content(row)))
}
