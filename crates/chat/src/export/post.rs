//! Posts, with what hangs on them.

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_log::Stamp;
use fieldpost_model::{Id, Millis, Props};

use super::After;
use crate::post::ImportedVersion;

/// A post, without what hangs on it.
#[derive(Debug, Clone)]
pub struct Said {
    /// The key of its row.
    pub key: i64,
    /// The key of its root's row; 0 for a root.
    pub root_key: i64,
    /// Its id.
    pub id: Id,
    /// The author's name.
    pub author: String,
    /// When it was written.
    pub create_at: Millis,
    /// When it was edited, or 0.
    pub edit_at: Millis,
    /// Its type.
    pub kind: String,
    /// Its text.
    pub message: String,
    /// Its properties.
    pub props: Props,
    /// Whether it is pinned.
    pub pinned: bool,
}

const COLUMNS: &str = "post.key, post.root_key, post.id, author.username, post.create_at, \
    post.edit_at, post.kind, post.message, post.props, post.pinned";

const FROM: &str = "FROM post JOIN account author ON author.key = post.account_key";

fn said_of(row: &dyn Row) -> Said {
    Said {
        key: row.int(0),
        root_key: row.int(1),
        id: row.id(2),
        author: row.text(3).to_owned(),
        create_at: row.int(4),
        edit_at: row.int(5),
        kind: row.text(6).to_owned(),
        message: row.text(7).to_owned(),
        props: props_of(row.text(8)),
        pinned: row.flag(9),
    }
}

fn props_of(text: &str) -> Props {
    if text == "{}" { Props::new() } else { serde_json::from_str(text).unwrap_or_default() }
}

/// A page of the first posts of a channel's threads, the oldest first.
pub fn roots(rows: &mut dyn Rows, channel_key: i64, after: After, most: i64) -> Outcome<Vec<Said>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.channel_key = ?1 AND post.root_key = 0 \
         AND post.delete_at = 0 AND post.create_at >= ?2 \
         AND (post.create_at, post.id) > (?2, ?3) ORDER BY post.create_at, post.id LIMIT ?4"
    );
    rows.all(&sql, params![channel_key, after.0, &after.1, most], said_of)
}

/// The rows of a query over the posts of some keys.
fn of_posts<T>(
    rows: &mut dyn Rows,
    sql: &str,
    keys: &[i64],
    map: impl FnMut(&dyn Row) -> T,
) -> Outcome<Vec<T>> {
    let list: Vec<Value<'_>> = keys.iter().map(|key| Value::Int(*key)).collect();
    rows.all_in(sql, &[], &list, map)
}

/// The replies to posts of these keys, by root, the oldest first.
pub fn replies(rows: &mut dyn Rows, roots: &[i64]) -> Outcome<Vec<Said>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.root_key IN ({{in}}) AND post.root_key > 0 \
         AND post.delete_at = 0"
    );
    let mut found = of_posts(rows, &sql, roots, said_of)?;
    found.sort_by_key(|said| (said.root_key, said.create_at, said.id));
    Ok(found)
}

/// A version of a post.
#[derive(Debug, Clone)]
pub struct Version {
    /// The key of the post's row.
    pub post_key: i64,
    /// Its id and its place in the order.
    pub version: ImportedVersion,
    /// Whether readers see that it was an edit.
    pub visibly: bool,
    /// Its text.
    pub message: String,
    /// Its properties.
    pub props: Props,
    /// Its files.
    pub files: Vec<Id>,
}

/// Every version of the posts of these keys that were edited, by post, the oldest first.
pub fn versions(rows: &mut dyn Rows, posts: &[i64]) -> Outcome<Vec<Version>> {
    let sql = "SELECT post_key, id, stamp, site, edit_at, message, props, file_ids FROM revision \
               WHERE post_key IN ({in})";
    let mut found = of_posts(rows, sql, posts, |row| Version {
        post_key: row.int(0),
        version: ImportedVersion {
            id: row.id(1),
            stamp: Stamp(u64::from_be_bytes(row.int(2).to_be_bytes())),
            site: row.id(3),
        },
        visibly: row.int(4) != 0,
        message: row.text(5).to_owned(),
        props: props_of(row.text(6)),
        files: row.text(7).split_whitespace().filter_map(|id| id.parse().ok()).collect(),
    })?;
    found.sort_by_key(|found| (found.post_key, found.version.stamp, found.version.site));
    Ok(found)
}

/// A person's emoji on a post.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// The key of the post's row.
    pub post_key: i64,
    /// The person's name.
    pub person: String,
    /// The emoji's name.
    pub emoji: String,
    /// When.
    pub create_at: Millis,
}

/// The reactions to posts of these keys, by post, the oldest first.
pub fn reactions(rows: &mut dyn Rows, posts: &[i64]) -> Outcome<Vec<Reaction>> {
    let sql = "SELECT reaction.post_key, account.username, reaction.emoji, reaction.create_at \
               FROM reaction JOIN account ON account.key = reaction.account_key \
               WHERE reaction.post_key IN ({in}) AND reaction.removed = 0";
    let mut found = of_posts(rows, sql, posts, |row| Reaction {
        post_key: row.int(0),
        person: row.text(1).to_owned(),
        emoji: row.text(2).to_owned(),
        create_at: row.int(3),
    })?;
    found.sort_by(|a, b| {
        let order = |r: &Reaction| (r.post_key, r.create_at);
        order(a).cmp(&order(b)).then_with(|| (&a.person, &a.emoji).cmp(&(&b.person, &b.emoji)))
    });
    Ok(found)
}

/// A file on a post.
#[derive(Debug, Clone)]
pub struct File {
    /// The key of the post's row; none of a bookmark.
    pub post_key: i64,
    /// Its id.
    pub id: Id,
    /// When it was uploaded.
    pub create_at: Millis,
    /// Its name, without any folder.
    pub name: String,
    /// The name of its bytes.
    pub content: [u8; 32],
    /// Of an image: width and height.
    pub size: (i64, i64),
    /// Of an image: whether clients show a preview of it.
    pub preview: bool,
}

/// The files on posts of these keys, by post, in the order of their ids.
pub fn files(rows: &mut dyn Rows, posts: &[i64]) -> Outcome<Vec<File>> {
    let sql = "SELECT post.key, file.id, file.create_at, file.name, file.content, file.width, \
               file.height, file.shows_preview \
               FROM post JOIN attachment ON attachment.post_key = post.key \
               JOIN file ON file.id = attachment.file AND file.channel_key = post.channel_key \
               WHERE post.key IN ({in}) AND attachment.removed_at = 0";
    let mut found = of_posts(rows, sql, posts, |row| File {
        post_key: row.int(0),
        id: row.id(1),
        create_at: row.int(2),
        name: row.text(3).to_owned(),
        content: row.blob(4).try_into().unwrap_or_default(),
        size: (row.int(5), row.int(6)),
        preview: row.flag(7),
    })?;
    found.sort_by_key(|file| (file.post_key, file.id));
    Ok(found)
}
