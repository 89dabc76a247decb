//! Posts: what people say.

pub mod acknowledge;
mod change;
pub mod create;
pub mod delete;
pub mod edit;
pub mod ephemeral;
pub mod flash;
mod form;
pub mod info;
pub mod list;
pub mod mention;
pub mod metadata;
pub mod permalink;
pub mod persistent;
pub mod pin;
pub mod preview;
pub mod priority;
pub mod program;
pub mod relocate;
pub mod revision;
pub mod saved;
mod show;
pub mod system;
pub mod thread;
pub mod unread;
mod window;

use std::collections::{BTreeMap, HashMap};

use fieldpost_access::{Caller, Denied, may_read_channel};
use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::Scope;
use fieldpost_model::{Id, Post, Props};

use crate::channel;
use crate::facts::{self, POLICY, denied};

pub(crate) use self::change::CLASS;
pub use self::change::{Imported, PostWritten};
pub use self::edit::{ImportedVersion, PostEdited};
pub use self::window::{Asked, Place};

/// Keys grow in the order of arrival here; `position` is the place of the change that made a post in
/// this site's feed; `create_at` is the author's. `origin` is the site a
/// post came from, and `NULL` for this one. Deleted posts keep their row. `edit_stamp` and
/// `edit_site` name the version that stands, 0 and `NULL` being the one first written. Of a post that
/// is `noted` there is, or was, a priority or an acknowledgement.
const TABLES: &str = "
CREATE TABLE post (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    channel_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    root_key INTEGER NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    edit_at INTEGER NOT NULL DEFAULT 0,
    delete_at INTEGER NOT NULL DEFAULT 0,
    delete_by BLOB,
    edit_stamp INTEGER NOT NULL DEFAULT 0,
    edit_site BLOB,
    pinned INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    props TEXT NOT NULL,
    hashtags TEXT NOT NULL,
    file_ids TEXT NOT NULL DEFAULT '',
    has_reactions INTEGER NOT NULL DEFAULT 0,
    noted INTEGER NOT NULL DEFAULT 0,
    reply_count INTEGER NOT NULL DEFAULT 0,
    last_reply_at INTEGER NOT NULL DEFAULT 0,
    origin BLOB,
    position INTEGER NOT NULL
);
CREATE INDEX post_channel ON post (channel_key, create_at);
CREATE INDEX post_update ON post (channel_key, update_at);
CREATE INDEX post_arrival ON post (channel_key, key, create_at, delete_at);
CREATE INDEX post_pinned ON post (channel_key, create_at) WHERE pinned = 1;
CREATE INDEX post_thread ON post (root_key, create_at) WHERE root_key > 0;
CREATE TABLE mention (
    post_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    PRIMARY KEY (post_key, account_key)
);
CREATE TABLE pending_post (
    post_key INTEGER PRIMARY KEY,
    account_key INTEGER NOT NULL,
    pending_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (account_key, pending_id)
)";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.tables(preview::TABLES);
    change::register(features);
    revision::register(features);
    edit::register(features);
    pin::register(features);
    delete::register(features);
    unread::register(features);
    persistent::register(features);
    priority::register(features);
    flash::register(features);
    acknowledge::register(features);
}

/// The columns of a post, for [`post_of`].
pub(crate) const COLUMNS: &str = "post.id, author.id, channel.id, root.id, post.create_at, \
    post.update_at, post.edit_at, post.delete_at, post.pinned, post.kind, post.message, \
    post.props, post.hashtags, post.file_ids, post.has_reactions, \
    CASE WHEN root.key IS NULL THEN post.reply_count ELSE root.reply_count END, \
    post.last_reply_at, post.origin, post.delete_by, post.key, post.root_key, post.noted";

/// The place of the first column behind [`COLUMNS`].
pub(crate) const AFTER_COLUMNS: usize = 22;

pub(crate) const FROM: &str = "FROM post JOIN channel ON channel.key = post.channel_key \
    JOIN account author ON author.key = post.account_key \
    LEFT JOIN post root ON root.key = post.root_key";

/// The post of a row, as it is read: of a deleted one the text is gone.
pub(crate) fn post_of(row: &dyn Row) -> Post {
    let mut post = whole_post_of(row);
    if post.delete_at != 0 {
        post.message.clear();
        post.props.insert("deleteBy".to_owned(), row.id(18).to_string().into());
    }
    post
}

/// The post of a row with its thread's last reply, as it is read with collapsed threads.
pub(crate) fn root_of(row: &dyn Row) -> Post {
    Post { last_reply_at: row.int(16), ..post_of(row) }
}

fn whole_post_of(row: &dyn Row) -> Post {
    Post {
        id: row.id(0),
        user_id: row.id(1),
        channel_id: row.id(2),
        root_id: row.id(3),
        create_at: row.int(4),
        update_at: row.int(5),
        edit_at: row.int(6),
        delete_at: row.int(7),
        is_pinned: row.flag(8),
        kind: row.text(9).to_owned(),
        message: row.text(10).to_owned(),
        props: props_of(row.text(11)),
        hashtags: row.text(12).to_owned(),
        file_ids: row.text(13).split_whitespace().filter_map(|id| id.parse().ok()).collect(),
        has_reactions: row.flag(14),
        noted: row.flag(21),
        reply_count: row.int(15),
        last_reply_at: 0,
        remote_id: Some(if row.is_null(17) { String::new() } else { row.id(17).to_string() }),
        ..Post::default()
    }
}

fn props_of(text: &str) -> Props {
    // Most posts have none, and parsing is not free.
    if text == "{}" { Props::new() } else { serde_json::from_str(text).unwrap_or_default() }
}

/// A post, deleted ones included.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Post>> {
    rows.first(&format!("SELECT {COLUMNS} {FROM} WHERE post.id = ?1"), params![&id], post_of)
}

/// A post and its place, if the caller may read it; deleted ones are not there.
pub(crate) fn readable(
    rows: &mut dyn Rows,
    caller: &Caller,
    id: Id,
) -> Outcome<(Post, facts::Channel)> {
    let post = by_id(rows, id)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    let channel = facts::channel(rows, caller, post.channel_id)?;
    may_read_channel(caller, &POLICY, &channel.facts).map_err(denied)?;
    Ok((post, channel))
}

/// A live post that is to be changed, and its place. One that is not there is refused like one
/// that the caller may not change, so that nobody learns which it is.
pub(crate) fn to_change(
    rows: &mut dyn Rows,
    caller: &Caller,
    id: Id,
    may: impl FnOnce(&facts::Channel, &Post) -> Result<(), Denied>,
) -> Outcome<(Post, facts::Channel)> {
    let found = by_id(rows, id)?.filter(|post| post.delete_at == 0);
    let post = found.ok_or_else(|| Failure::forbidden("edit_post"))?;
    let channel = facts::channel(rows, caller, post.channel_id)?;
    may(&channel, &post).map_err(denied)?;
    Ok((post, channel))
}

/// A post's key, and its channel's id.
pub(crate) fn locate(rows: &mut dyn Rows, id: Id) -> Outcome<Option<(i64, Id)>> {
    rows.first(
        "SELECT post.key, channel.id FROM post JOIN channel ON channel.key = post.channel_key \
         WHERE post.id = ?1",
        params![&id],
        |row| (row.int(0), row.id(1)),
    )
}

/// The scope of the channel that the post of a key is in.
fn scope_of(rows: &mut dyn Rows, key: i64) -> Outcome<Scope> {
    let found = rows.first(
        "SELECT channel.id, channel.conversation FROM post \
         JOIN channel ON channel.key = post.channel_key WHERE post.key = ?1",
        params![key],
        |row| channel::scope_at(row, 0),
    )?;
    found.ok_or_else(|| Failure::internal("a post without a channel"))
}

/// The posts of these ids, deleted ones included, in the order of the ids.
pub(crate) fn by_ids(rows: &mut dyn Rows, ids: &[Id]) -> Outcome<Vec<Post>> {
    let list: Vec<_> = ids.iter().map(Into::into).collect();
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE post.id IN ({{in}})");
    let found: HashMap<Id, Post> =
        rows.all_in(&sql, &[], &list, post_of)?.into_iter().map(|p| (p.id, p)).collect();
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

/// There is no such post.
pub fn no_post() -> Failure {
    Failure::not_found("app.post.get.app_error", "Unable to get the post.")
}

/// Posts by their ids, as lists carry them.
pub(crate) fn as_map(posts: Vec<Post>) -> BTreeMap<Id, Post> {
    posts.into_iter().map(|post| (post.id, post)).collect()
}
