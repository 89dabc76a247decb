//! The versions of a post that was edited: the one that stands, and all that it replaced.

use fieldpost_access::{Caller, Denied, Permission, may_patch_post};
use fieldpost_kernel::{Applying, Failure, Features, Outcome, Row, Rows, RowsExt, millis, params};
use fieldpost_log::{ChangeName, Epoch, Scope, ScopeKind, SiteId, Stamp};
use fieldpost_model::{Id, Millis, Post};

use super::{ImportedVersion, PostWritten, form, props_of, to_change};
use crate::file;

/// A post that was never edited has none of these; the first edit files what was first written
/// under stamp 0. Versions are ordered by `(stamp, site)`, of which the greatest stands, so that
/// two sites that edited at the same time keep both texts and agree on the one shown.
/// `update_at` is the local time at which a version came or was replaced.
const TABLES: &str = "
CREATE TABLE revision (
    post_key INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    id BLOB NOT NULL,
    channel_key INTEGER NOT NULL,
    at INTEGER NOT NULL,
    edit_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    message TEXT NOT NULL,
    props TEXT NOT NULL,
    file_ids TEXT NOT NULL,
    PRIMARY KEY (post_key, stamp, site)
);
CREATE UNIQUE INDEX revision_id ON revision (id);
CREATE INDEX revision_update ON revision (channel_key, update_at)";

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
}

/// The class of derived ids of versions.
const CLASS: &str = "revision";

/// Which version of something: the greater stands.
pub(super) type Version = (i64, Id);

/// A version that a change writes: its id, its place in the order, its time.
#[derive(Debug)]
pub(super) struct Written {
    id: Id,
    /// Whether its id and its place come from elsewhere, and not from the change's own name.
    is_carried: bool,
    pub(super) version: Version,
    pub(super) at: Millis,
}

impl Written {
    /// The version of the change being applied, or the one from elsewhere that it carries.
    pub(super) fn of(imported: Option<&ImportedVersion>, cx: &Applying<'_>) -> Self {
        let (stamp, site, id) = match imported {
            Some(imported) => (imported.stamp, imported.site, imported.id),
            None => {
                let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
                (cx.change.stamp, Id::from_bytes(cx.change.name.site.0), id)
            }
        };
        let is_carried = imported.is_some();
        Self {
            id,
            is_carried,
            version: (i64::from_be_bytes(stamp.0.to_be_bytes()), site),
            at: millis(stamp),
        }
    }
}

/// What a version says.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) message: &'a str,
    pub(super) props: &'a str,
    pub(super) files: &'a str,
    /// When it was edited to this; 0 where only properties changed.
    pub(super) edit_at: Millis,
}

/// A post as an edit finds it.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) key: i64,
    pub(super) channel: Id,
    pub(super) channel_key: i64,
    pub(super) root_key: i64,
    pub(super) version: Version,
    create_at: Millis,
    message: String,
    props: String,
    files: String,
}

/// The post of an id, as an edit finds it.
pub(super) fn standing(rows: &mut dyn Rows, post: Id) -> Outcome<Option<Standing>> {
    rows.first(
        "SELECT post.key, channel.id, post.channel_key, post.root_key, post.edit_stamp, \
         post.edit_site, post.create_at, post.message, post.props, post.file_ids \
         FROM post JOIN channel ON channel.key = post.channel_key WHERE post.id = ?1",
        params![&post],
        |row| Standing {
            key: row.int(0),
            channel: row.id(1),
            channel_key: row.int(2),
            root_key: row.int(3),
            version: (row.int(4), row.id(5)),
            create_at: row.int(6),
            message: row.text(7).to_owned(),
            props: row.text(8).to_owned(),
            files: row.text(9).to_owned(),
        },
    )
}

/// Makes room for a version that a change writes, and says whether it is to be kept.
///
/// An id and a place in the order that follow from a change's name belong to that change. Somebody
/// else can work out which come next and claim them for a version of their own: theirs gives way,
/// whichever came first.
pub(super) fn claim(
    post: Id,
    standing: &Standing,
    written: &Written,
    content: &Content<'_>,
    cx: &mut Applying<'_>,
) -> Outcome<bool> {
    if !written.is_carried {
        evict(standing.key, written.version, (written.id, written.at), content, cx)?;
        return Ok(true);
    }
    // No clock shows such a time, and nobody could ever replace it.
    if !(1..=i64::from_be_bytes(Stamp::LATEST.0.to_be_bytes())).contains(&written.version.0) {
        return Ok(false);
    }
    let taken = cx.rows.count(
        "SELECT count(*) FROM revision \
         WHERE id = ?1 OR (post_key = ?2 AND stamp = ?3 AND site = ?4)",
        params![&written.id, standing.key, written.version.0, &written.version.1],
    )?;
    Ok(taken == 0 && written.id != id_of_first(post))
}

/// Takes away every version that claims the id or the place of this one, and is not this one.
fn evict(
    post_key: i64,
    version: Version,
    (id, at): (Id, Millis),
    content: &Content<'_>,
    cx: &mut Applying<'_>,
) -> Outcome<()> {
    let claims = cx.rows.all(
        "SELECT post_key, stamp, site FROM revision \
         WHERE (id = ?1 OR (post_key = ?2 AND stamp = ?3 AND site = ?4)) \
         AND NOT (id = ?1 AND post_key = ?2 AND stamp = ?3 AND site = ?4 AND at = ?5 \
           AND edit_at = ?6 AND message = ?7 AND props = ?8 AND file_ids = ?9)",
        params![
            &id,
            post_key,
            version.0,
            &version.1,
            at,
            content.edit_at,
            content.message,
            content.props,
            content.files,
        ],
        |row| (row.int(0), (row.int(1), row.id(2))),
    )?;
    for (post_key, version) in claims {
        let before = form::whole(cx.rows, post_key)?;
        cx.rows.execute(
            "DELETE FROM revision WHERE post_key = ?1 AND stamp = ?2 AND site = ?3",
            params![post_key, version.0, &version.1],
        )?;
        stand_again(post_key, cx)?;
        let after = form::whole(cx.rows, post_key)?;
        let there = super::scope_of(cx.rows, post_key)?;
        form::replace(cx.hash_of(there), before, after);
    }
    Ok(())
}

/// Lets the greatest version that is left of a post stand, as if there had never been another.
fn stand_again(post_key: i64, cx: &mut Applying<'_>) -> Outcome<()> {
    let left = cx.rows.all(
        "SELECT stamp, site, edit_at, message, props, file_ids FROM revision \
         WHERE post_key = ?1 ORDER BY stamp DESC, site DESC",
        params![post_key],
        |row| {
            let texts = [3, 4, 5].map(|column| row.text(column).to_owned());
            ((row.int(0), row.id(1)), row.int(2), texts)
        },
    )?;
    let Some((version, _, [message, props, files])) = left.first() else { return Ok(()) };
    if left.len() == 1 && version.0 == 0 {
        // It was never edited.
        cx.rows.execute("DELETE FROM revision WHERE post_key = ?1", params![post_key])?;
    }
    let first = first_edit_at(cx.rows, post_key)?;
    let edit_at = left.iter().map(|(_, at, _)| *at).fold(first, Millis::max);
    cx.rows.execute(
        "UPDATE post SET message = ?2, props = ?3, hashtags = ?4, file_ids = ?5, \
         edit_stamp = ?6, edit_site = ?7, edit_at = ?8, update_at = ?9 WHERE key = ?1",
        params![
            post_key,
            message,
            props,
            &fieldpost_text::hashtag::joined(message),
            files,
            version.0,
            (version.0 != 0).then_some(&version.1),
            edit_at,
            cx.now,
        ],
    )?;
    let files: Vec<Id> = files.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    file::change_files(cx, post_key, &files)
}

/// When a post was edited last before it came here, as its making says.
fn first_edit_at(rows: &mut dyn Rows, post_key: i64) -> Outcome<Millis> {
    let made = rows.first(
        "SELECT change.payload FROM post JOIN change ON change.position = post.position \
         WHERE post.key = ?1",
        params![post_key],
        |row| postcard::from_bytes::<PostWritten>(row.blob(0)).ok(),
    )?;
    Ok(made.flatten().and_then(|made| made.times()).map_or(0, |(_, edit_at)| edit_at))
}

/// The id of what was first written, as a version. Nobody wrote it as one, so it comes from the
/// post's, everywhere the same.
fn id_of_first(post: Id) -> Id {
    let scope = Scope::new(ScopeKind::Channel, post);
    let name = ChangeName { site: SiteId([0; 16]), epoch: Epoch(0), scope, sequence: 0 };
    fieldpost_log::derive_id(CLASS, &name, 0)
}

/// Files what was first written, before the first edit replaces it.
pub(super) fn keep_first(post: Id, standing: &Standing, cx: &mut Applying<'_>) -> Outcome<()> {
    if standing.version != (0, Id::NONE) {
        return Ok(());
    }
    let content = Content {
        message: &standing.message,
        props: &standing.props,
        files: &standing.files,
        edit_at: 0,
    };
    let first = (id_of_first(post), standing.create_at);
    evict(standing.key, (0, Id::NONE), first, &content, cx)?;
    insert(standing, (0, Id::NONE), first, &content, cx)?;
    Ok(())
}

/// Files the version that a change writes; whether it was not known yet.
pub(super) fn keep(
    standing: &Standing,
    written: &Written,
    content: &Content<'_>,
    cx: &mut Applying<'_>,
) -> Outcome<bool> {
    insert(standing, written.version, (written.id, written.at), content, cx)
}

/// The forms of every version of a post.
pub(super) fn forms(rows: &mut dyn Rows, post_key: i64) -> Outcome<Vec<Vec<u8>>> {
    rows.all(
        "SELECT id, stamp, site, at, edit_at, message, props, file_ids FROM revision \
         WHERE post_key = ?1",
        params![post_key],
        |row| {
            let (version, times) = ((row.int(1), row.id(2)), (row.int(3), row.int(4)));
            let texts = (row.text(5), row.text(6), row.text(7));
            postcard::to_stdvec(&(CLASS, row.id(0), version, times, texts))
                .map_err(Failure::internal)
        },
    )?
    .into_iter()
    .collect()
}

fn insert(
    standing: &Standing,
    version: Version,
    (id, at): (Id, Millis),
    content: &Content<'_>,
    cx: &mut Applying<'_>,
) -> Outcome<bool> {
    let inserted = cx.rows.execute(
        "INSERT INTO revision (post_key, stamp, site, id, channel_key, at, edit_at, update_at, \
         message, props, file_ids) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT (post_key, stamp, site) DO NOTHING",
        params![
            standing.key,
            version.0,
            &version.1,
            &id,
            standing.channel_key,
            at,
            content.edit_at,
            cx.now,
            content.message,
            content.props,
            content.files,
        ],
    )?;
    Ok(inserted > 0)
}

/// Whether there is a version of an id.
pub(crate) fn is_known(rows: &mut dyn Rows, id: Id) -> Outcome<bool> {
    Ok(rows.count("SELECT count(*) FROM revision WHERE id = ?1", params![&id])? > 0)
}

/// Notes that a version no longer stands.
pub(super) fn replaced(standing: &Standing, cx: &mut Applying<'_>) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE revision SET update_at = ?4 WHERE post_key = ?1 AND stamp = ?2 AND site = ?3",
        params![standing.key, standing.version.0, &standing.version.1, cx.now],
    )?;
    Ok(())
}

/// A replaced version as the API shows it: a post of its own that was deleted when it was
/// replaced.
const COLUMNS: &str = "revision.id, post.id, author.id, channel.id, root.id, post.create_at, \
    revision.edit_at, revision.update_at, post.kind, revision.message, revision.props, \
    revision.file_ids, (SELECT MIN(later.at) FROM revision later \
      WHERE later.post_key = revision.post_key \
      AND (later.stamp, later.site) > (revision.stamp, revision.site)), post.pinned";

const FROM: &str = "FROM revision JOIN post ON post.key = revision.post_key \
    JOIN channel ON channel.key = post.channel_key \
    JOIN account author ON author.key = post.account_key \
    LEFT JOIN post root ON root.key = post.root_key";

/// Which versions no longer stand. One filed as the first has the site of all zeros, which a
/// post that was edited never has.
const REPLACED: &str = "(revision.stamp, revision.site) < (post.edit_stamp, post.edit_site)";

fn earlier_of(row: &dyn Row) -> Post {
    let message = row.text(9).to_owned();
    Post {
        id: row.id(0),
        original_id: row.id(1),
        user_id: row.id(2),
        channel_id: row.id(3),
        root_id: row.id(4),
        create_at: row.int(5),
        edit_at: row.int(6),
        update_at: row.int(7),
        delete_at: row.int(12),
        is_pinned: row.flag(13),
        kind: row.text(8).to_owned(),
        hashtags: fieldpost_text::hashtag::joined(&message),
        message,
        props: props_of(row.text(10)),
        file_ids: row.text(11).split_whitespace().filter_map(|id| id.parse().ok()).collect(),
        remote_id: Some(String::new()),
        ..Post::default()
    }
}

/// The versions of a channel's posts that were replaced here since a time, at most so many.
pub(super) fn since(
    rows: &mut dyn Rows,
    channel_key: i64,
    time: Millis,
    most: i64,
) -> Outcome<Vec<Post>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE revision.channel_key = ?1 AND revision.update_at > ?2 \
         AND {REPLACED} ORDER BY revision.update_at DESC LIMIT ?3"
    );
    // The text of a deleted post is not given out again by way of its history.
    rows.all(&sql, params![channel_key, time, most], |row| Post {
        message: String::new(),
        ..earlier_of(row)
    })
}

/// What a post's author wrote before, newest first.
pub fn history(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Vec<Post>> {
    to_change(rows, caller, id, |channel, post| {
        if caller.user == post.user_id {
            may_patch_post(caller, &channel.facts, post.user_id)
        } else {
            Err(Denied { permission: Permission::EditPost })
        }
    })?;
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.id = ?1 AND {REPLACED} \
         ORDER BY revision.stamp DESC, revision.site DESC"
    );
    let found = rows.all(&sql, params![&id], |row| {
        let earlier = earlier_of(row);
        Post { update_at: earlier.delete_at, ..earlier }
    })?;
    if found.is_empty() {
        return Err(Failure::not_found("app.post.get.app_error", "The post was never edited."));
    }
    Ok(found)
}

/// A version of a post that no longer stands, to be taken up again.
pub(super) fn earlier(rows: &mut dyn Rows, version: Id) -> Outcome<Option<Post>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE revision.id = ?1 AND {REPLACED}");
    rows.first(&sql, params![&version], earlier_of)
}
