//! The part of a channel's history that is asked for, as rows.

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_model::{Id, Millis, Post};

use super::{COLUMNS, FROM, root_of};

/// The most changes of a channel that are told at once.
const MOST_CHANGES: i64 = 1000;

/// The most replies that come along so that threads can be shown whole.
const MOST_CONTEXT: i64 = 1000;

/// Which part of a channel's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The n-th page from the newest post.
    Newest(i64),
    /// The n-th page of what was written before a post.
    Before(Id, i64),
    /// The n-th page of what was written after a post.
    After(Id, i64),
    /// Whatever changed here since a time, deletions and edits included.
    Since(Millis),
}

/// A part of a channel's history, and how it is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Which part.
    pub place: Place,
    /// How many posts.
    pub per_page: i64,
    /// Whether deleted posts count.
    pub include_deleted: bool,
    /// Whether replies come without the rest of their threads.
    pub skip_threads: bool,
    /// Whether only roots count.
    pub collapsed: bool,
    /// Whether those who replied to them come with their profiles.
    pub extended: bool,
}

/// A post, and where it stands in its channel.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) key: i64,
    pub(super) root_key: i64,
    pub(super) post: Post,
}

impl Placed {
    /// The order of a conversation: by the authors' clocks, then by arrival.
    fn at(&self) -> (Millis, i64) {
        (self.post.create_at, self.key)
    }
}

pub(super) fn placed_of(row: &dyn Row) -> Placed {
    Placed { key: row.int(19), root_key: row.int(20), post: root_of(row) }
}

/// Which posts of a channel count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) channel_key: i64,
    pub(super) deleted: bool,
    pub(super) collapsed: bool,
}

impl Counted {
    fn condition(self) -> &'static str {
        match (self.deleted, self.collapsed) {
            (false, false) => "post.channel_key = ?1 AND post.delete_at = 0",
            (false, true) => "post.channel_key = ?1 AND post.delete_at = 0 AND post.root_key = 0",
            (true, false) => "post.channel_key = ?1",
            (true, true) => "post.channel_key = ?1 AND post.root_key = 0",
        }
    }

    /// A page from the newest post.
    pub(super) fn newest(
        self,
        rows: &mut dyn Rows,
        limit: i64,
        offset: i64,
    ) -> Outcome<Vec<Placed>> {
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE {} ORDER BY post.create_at DESC, post.key DESC \
             LIMIT ?2 OFFSET ?3",
            self.condition()
        );
        rows.all(&sql, params![self.channel_key, limit, offset], placed_of)
    }

    /// A page of what is older than a place, newest first.
    pub(super) fn older(
        self,
        rows: &mut dyn Rows,
        (time, key): (Millis, i64),
        limit: i64,
        offset: i64,
    ) -> Outcome<Vec<Placed>> {
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE {} AND (post.create_at, post.key) < (?4, ?5) \
             ORDER BY post.create_at DESC, post.key DESC LIMIT ?2 OFFSET ?3",
            self.condition()
        );
        rows.all(&sql, params![self.channel_key, limit, offset, time, key], placed_of)
    }

    /// A page of what is newer than a place, the nearest posts, newest first.
    pub(super) fn newer(
        self,
        rows: &mut dyn Rows,
        (time, key): (Millis, i64),
        limit: i64,
        offset: i64,
    ) -> Outcome<Vec<Placed>> {
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE {} AND (post.create_at, post.key) > (?4, ?5) \
             ORDER BY post.create_at, post.key LIMIT ?2 OFFSET ?3",
            self.condition()
        );
        let mut found =
            rows.all(&sql, params![self.channel_key, limit, offset, time, key], placed_of)?;
        found.reverse();
        Ok(found)
    }

    /// The nearest live post that is newer than the first of a window.
    pub(super) fn next(self, rows: &mut dyn Rows, window: &[Placed]) -> Outcome<Id> {
        let Some(first) = window.first() else { return Ok(Id::NONE) };
        let live = Self { deleted: false, ..self };
        nearest(rows, live, first.at(), (">", ""))
    }

    /// The nearest live post that is older than the last of a window.
    pub(super) fn previous(self, rows: &mut dyn Rows, window: &[Placed]) -> Outcome<Id> {
        let Some(last) = window.last() else { return Ok(Id::NONE) };
        let live = Self { deleted: false, ..self };
        nearest(rows, live, last.at(), ("<", "DESC"))
    }

    /// What changed here since a time, deleted posts included, newest post first.
    pub(super) fn changed(self, rows: &mut dyn Rows, since: Millis) -> Outcome<Vec<Placed>> {
        let all = Self { deleted: true, ..self };
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE {} AND post.update_at > ?2 \
             ORDER BY post.update_at DESC LIMIT ?3",
            all.condition()
        );
        let most = MOST_CHANGES;
        let mut found = rows.all(&sql, params![self.channel_key, since, most], placed_of)?;
        let replaced = super::revision::since(rows, self.channel_key, since, most)?;
        found.extend(
            replaced
                .into_iter()
                .filter(|post| !self.collapsed || post.root_id.is_none())
                .map(|post| Placed { key: 0, root_key: 0, post }),
        );
        found.sort_by_key(|placed| std::cmp::Reverse(placed.at()));
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found)
    }
}

fn nearest(
    rows: &mut dyn Rows,
    counted: Counted,
    (time, key): (Millis, i64),
    (beyond, direction): (&str, &str),
) -> Outcome<Id> {
    let sql = format!(
        "SELECT post.id FROM post WHERE {} AND (post.create_at, post.key) {beyond} (?2, ?3) \
         ORDER BY post.create_at {direction}, post.key {direction} LIMIT 1",
        counted.condition()
    );
    let found = rows.first(&sql, params![counted.channel_key, time, key], |row| row.id(0))?;
    Ok(found.unwrap_or(Id::NONE))
}

/// Where a post stands in its channel.
pub(super) fn place_of(
    rows: &mut dyn Rows,
    channel_key: i64,
    post: Id,
) -> Outcome<Option<(Millis, i64)>> {
    rows.first(
        "SELECT create_at, key FROM post WHERE id = ?1 AND channel_key = ?2",
        params![&post, channel_key],
        |row| (row.int(0), row.int(1)),
    )
}

/// The roots of these keys.
pub(super) fn roots(rows: &mut dyn Rows, keys: &[i64]) -> Outcome<Vec<Post>> {
    let list: Vec<Value<'_>> = keys.iter().map(|key| Value::from(*key)).collect();
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE post.key IN ({{in}})");
    rows.all_in(&sql, &[], &list, root_of)
}

/// The live replies to the roots of these keys.
pub(super) fn replies(rows: &mut dyn Rows, keys: &[i64]) -> Outcome<Vec<Post>> {
    let list: Vec<Value<'_>> = keys.iter().map(|key| Value::from(*key)).collect();
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.root_key IN ({{in}}) AND post.root_key > 0 \
         AND post.delete_at = 0 ORDER BY post.create_at DESC LIMIT ?1"
    );
    rows.all_in(&sql, params![MOST_CONTEXT], &list, root_of)
}
