//! Files: what people upload, and the posts they hang on.

mod attach;
mod change;
mod form;
pub mod icon;
pub mod picture;
pub mod read;
pub mod session;
pub mod upload;

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_model::{FileInfo, Id, Post};

pub use self::attach::change_files;
pub(crate) use self::attach::{attach, attachable, copied};
pub use self::change::{FileUploaded, ImageFacts};
pub(crate) use self::form::{forms, of_bookmark};

/// A file has a row in each channel it was put into: nearly always one, and one more where it was
/// uploaded in one channel and posted in another, since a site may know of only one of the two.
/// `mini` is a tiny JPEG, `thumbnail` and `preview` are names of blobs. Whether a blob is here is
/// not in the rows: ask for it.
///
/// Whoever knows a file's id can say that they put a file of that id somewhere. So there is a row for
/// each who says so, and the one that counts for a post is its author's, as nobody else's files can
/// hang on it.
///
/// An attachment may come before its file does. A file is deleted when its post is, or when it was
/// taken off it.
const TABLES: &str = "
CREATE TABLE file (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    channel_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    bookmark INTEGER NOT NULL,
    create_at INTEGER NOT NULL,
    name TEXT NOT NULL,
    extension TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    shows_preview INTEGER NOT NULL,
    mini BLOB,
    content BLOB NOT NULL,
    thumbnail BLOB,
    preview BLOB,
    origin BLOB,
    position INTEGER NOT NULL DEFAULT 0,
    UNIQUE (id, channel_key, account_key)
);
CREATE TABLE attachment (
    post_key INTEGER NOT NULL,
    file BLOB NOT NULL,
    removed_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (post_key, file)
);
CREATE INDEX attachment_file ON attachment (file);
CREATE INDEX file_content ON file (content);
CREATE INDEX file_thumbnail ON file (thumbnail) WHERE thumbnail IS NOT NULL;
CREATE INDEX file_preview ON file (preview) WHERE preview IS NOT NULL;
CREATE INDEX file_channel ON file (channel_key);
CREATE INDEX file_of_bookmarks ON file (channel_key) WHERE bookmark = 1";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
    session::register(features);
    icon::register(features);
}

/// The columns of a file and of the post it hangs on, for [`info_of`].
const COLUMNS: &str = "file.id, account.id, channel.id, post.id, file.create_at, file.name, \
    file.extension, file.mime_type, file.size, file.width, file.height, file.shows_preview, \
    file.mini, file.origin, \
    CASE WHEN attachment.removed_at > 0 THEN attachment.removed_at \
      ELSE COALESCE(post.delete_at, 0) END, \
    file.bookmark, file.content, file.thumbnail, file.preview";

/// The place of the first column behind [`COLUMNS`].
const AFTER_COLUMNS: usize = 19;

/// Where a file hangs is asked in its own channel only, and among its uploader's posts.
const FROM: &str = "FROM file JOIN account ON account.key = file.account_key \
    JOIN channel ON channel.key = file.channel_key \
    LEFT JOIN attachment ON attachment.file = file.id \
      AND EXISTS (SELECT 1 FROM post p WHERE p.key = attachment.post_key \
        AND p.channel_key = file.channel_key AND p.account_key = file.account_key) \
    LEFT JOIN post ON post.key = attachment.post_key";

fn info_of(row: &dyn Row) -> FileInfo {
    FileInfo {
        id: row.id(0),
        user_id: row.id(1),
        channel_id: row.id(2),
        post_id: row.id(3),
        create_at: row.int(4),
        update_at: row.int(4).max(row.int(14)),
        delete_at: row.int(14),
        name: row.text(5).to_owned(),
        extension: row.text(6).to_owned(),
        mime_type: row.text(7).to_owned(),
        size: row.int(8),
        width: row.int(9),
        height: row.int(10),
        has_preview_image: row.flag(11),
        mini_preview: (!row.is_null(12)).then(|| STANDARD.encode(row.blob(12))),
        remote_id: Some(if row.is_null(13) { String::new() } else { row.id(13).to_string() }),
        archived: false,
    }
}

/// A file with what only the server knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What clients are told.
    pub info: FileInfo,
    /// Whether it belongs to its channel's bookmarks.
    pub bookmark: bool,
    /// The name of its content.
    pub content: [u8; 32],
    /// Its 16 by 16 JPEG; empty if there is none.
    pub mini: Vec<u8>,
    /// The name of its thumbnail.
    pub thumbnail: Option<[u8; 32]>,
    /// The name of its preview.
    pub preview: Option<[u8; 32]>,
}

fn stored_of(row: &dyn Row) -> Stored {
    Stored {
        info: info_of(row),
        bookmark: row.flag(15),
        content: row.blob(16).try_into().unwrap_or_default(),
        mini: row.blob(12).to_vec(),
        thumbnail: row.blob(17).try_into().ok(),
        preview: row.blob(18).try_into().ok(),
    }
}

/// Where a file is in two channels, the one it was posted in counts, and then the first that came.
const ORDER: &str = "ORDER BY CASE WHEN post.id IS NULL THEN 1 ELSE 0 END, file.key LIMIT 1";

/// A file, removed ones included.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE file.id = ?1 {ORDER}");
    rows.first(&sql, params![&id], stored_of)
}

/// A file that a person uploaded, whoever else claims its id.
fn of_uploader(rows: &mut dyn Rows, id: Id, uploader: Id) -> Outcome<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE file.id = ?1 AND account.id = ?2 {ORDER}");
    rows.first(&sql, params![&id, &uploader], stored_of)
}

/// Those of some files that a person uploaded and that hang on no post, oldest first.
pub(crate) fn unattached(
    rows: &mut dyn Rows,
    uploader: Id,
    files: &[Id],
) -> Outcome<Vec<FileInfo>> {
    let mut found = Vec::with_capacity(files.len());
    for id in files {
        let file = of_uploader(rows, *id, uploader)?;
        found.extend(file.map(|file| file.info).filter(|info| info.post_id.is_none()));
    }
    found.sort_by_key(|info| (info.create_at, info.id));
    Ok(found)
}

/// The live files of some posts, by post, oldest first: one query, however many posts.
pub fn of_posts(rows: &mut dyn Rows, posts: &[Id]) -> Outcome<BTreeMap<Id, Vec<FileInfo>>> {
    let mut found = BTreeMap::new();
    for info in attached(rows, posts, "AND attachment.removed_at = 0 AND post.delete_at = 0")? {
        found.entry(info.post_id).or_insert_with(Vec::new).push(info);
    }
    Ok(found)
}

/// Every file of a post, removed ones included, oldest first.
pub(crate) fn ever_of_post(rows: &mut dyn Rows, post: Id) -> Outcome<Vec<FileInfo>> {
    attached(rows, &[post], "")
}

/// Whether a file belongs to a bookmark of its channel that stands.
pub(crate) const IS_BOOKMARKED: &str = "(file.bookmark = 1 AND EXISTS (SELECT 1 FROM bookmark b \
    WHERE b.channel_key = file.channel_key AND b.delete_at = 0 AND b.file = file.id))";

/// The files of these keys that hang on a live post or belong to a bookmark that stands, by key.
pub(crate) fn by_keys(rows: &mut dyn Rows, keys: &[i64]) -> Outcome<HashMap<i64, FileInfo>> {
    let list: Vec<Value<'_>> = keys.iter().map(|key| (*key).into()).collect();
    let sql = format!(
        "SELECT {COLUMNS}, file.key {FROM} WHERE file.key IN ({{in}}) AND ({IS_BOOKMARKED} \
         OR post.delete_at = 0 AND attachment.removed_at = 0)"
    );
    let found = rows.all_in(&sql, &[], &list, |row| (row.int(AFTER_COLUMNS), info_of(row)))?;
    Ok(found.into_iter().collect())
}

fn attached(rows: &mut dyn Rows, posts: &[Id], which: &str) -> Outcome<Vec<FileInfo>> {
    let list: Vec<Value<'_>> = posts.iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM post JOIN attachment ON attachment.post_key = post.key \
         JOIN file ON file.id = attachment.file AND file.channel_key = post.channel_key \
         AND file.account_key = post.account_key \
         JOIN account ON account.key = file.account_key \
         JOIN channel ON channel.key = file.channel_key \
         WHERE post.id IN ({{in}}) {which}"
    );
    let mut found = rows.all_in(&sql, &[], &list, info_of)?;
    found.sort_by_key(|info| (info.post_id, info.create_at, info.id));
    // A list that was padded may name a post twice.
    found.dedup_by_key(|info| (info.post_id, info.id));
    Ok(found)
}

/// Files of bookmarks, by channel and id. Of several who claim to have uploaded one the first counts.
pub(crate) fn of_bookmarks(
    rows: &mut dyn Rows,
    ids: &[Id],
) -> Outcome<BTreeMap<(Id, Id), FileInfo>> {
    let list: Vec<Value<'_>> = ids.iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {COLUMNS}, file.key {FROM} WHERE file.bookmark = 1 AND file.id IN ({{in}})"
    );
    let mut found = rows.all_in(&sql, &[], &list, |row| (row.int(19), info_of(row)))?;
    found.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    Ok(found.into_iter().map(|(_, info)| ((info.channel_id, info.id), info)).collect())
}

/// Gives posts the descriptions of their files.
pub(crate) fn describe(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    let ids: Vec<Id> = posts.iter().filter(|p| !p.file_ids.is_empty()).map(|p| p.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut files = of_posts(rows, &ids)?;
    for post in posts {
        if let Some(files) = files.remove(&post.id) {
            post.metadata.files = files;
        }
    }
    Ok(())
}

/// There is no such file.
pub fn no_file() -> Failure {
    Failure::not_found("app.file_info.get.app_error", "Unable to get the file info.")
}
