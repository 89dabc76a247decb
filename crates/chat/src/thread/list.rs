//! The threads that a person follows, and how much of them is unread.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis, Thread, ThreadList};

use super::no_thread;
use super::show::of_root;
use crate::facts;
use crate::post::{AFTER_COLUMNS, COLUMNS, FROM, list, readable, root_of};

/// How many threads are given unless another number is asked for.
const USUAL: i64 = 30;

/// The most threads that are given at once.
const MOST: i64 = 200;

/// Which threads are wanted, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// How many; 0 for the usual number.
    pub per_page: i64,
    /// Only those in which something changed since.
    pub since: Millis,
    /// Only those replied to before this one was, newest first.
    pub before: Option<Id>,
    /// Only those replied to after this one was, oldest first.
    pub after: Option<Id>,
    /// Only those with unread replies.
    pub unread: bool,
    /// Whether participants come with their profiles.
    pub extended: bool,
    /// Whether those count whose root was deleted.
    pub deleted: bool,
    /// Only the totals.
    pub totals_only: bool,
    /// Only the threads.
    pub threads_only: bool,
    /// Whether conversations do not count.
    pub exclude_direct: bool,
}

impl Asked {
    fn require_sense(&self) -> Outcome<()> {
        if self.before.is_some() && self.after.is_some() {
            return Err(Failure::invalid_url("before"));
        }
        if self.totals_only && self.threads_only {
            return Err(Failure::invalid_url("totalsOnly"));
        }
        Ok(())
    }

    /// The threads that count, whatever of them is unread. Parameters: the account's key, the
    /// team's.
    fn condition(&self) -> String {
        let place = if self.exclude_direct {
            "channel.team_key = ?2"
        } else {
            "(channel.team_key = ?2 OR channel.team_key = 0)"
        };
        let deleted = if self.deleted { "" } else { "AND t.root_deleted = 0" };
        format!(
            "t.account_key = ?1 AND t.following = 1 AND t.last_reply_at > 0 AND {place} {deleted}"
        )
    }
}

/// Whoever is not in the channel sees none of its threads.
const PLACES: &str = "JOIN channel_member m ON m.channel_key = t.channel_key \
    AND m.account_key = t.account_key AND m.left_at = 0";

/// A page of the threads that a person follows in a team and in conversations.
pub fn page(
    rows: &mut dyn Rows,
    caller: &Caller,
    (person, team): (Id, Id),
    asked: &Asked,
) -> Outcome<ThreadList> {
    facts::require_person_in_team(rows, caller, person, team)?;
    asked.require_sense()?;
    let keys = rows.first(
        "SELECT account.key, team.key FROM account, team WHERE account.id = ?1 AND team.id = ?2",
        params![&person, &team],
        |row| (row.int(0), row.int(1)),
    )?;
    let keys = keys.unwrap_or_default();
    let mut found =
        if asked.threads_only { ThreadList::default() } else { totals(rows, keys, asked)? };
    if !asked.totals_only {
        found.threads = Some(threads(rows, keys, asked)?);
    }
    Ok(found)
}

fn totals(rows: &mut dyn Rows, keys: (i64, i64), asked: &Asked) -> Outcome<ThreadList> {
    let sql = format!(
        "SELECT count(*), \
         CAST(COALESCE(SUM(CASE WHEN t.unread_replies > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(t.unread_mentions), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN priority.level = 'urgent' THEN t.unread_mentions ELSE 0 END), \
         0) AS BIGINT) \
         FROM thread_member t JOIN channel ON channel.key = t.channel_key {PLACES} \
         LEFT JOIN priority ON priority.post_key = t.root_key WHERE {}",
        asked.condition()
    );
    let (total, unread, mentions, urgent) = rows
        .first(&sql, params![keys.0, keys.1], |row| {
            (row.int(0), row.int(1), row.int(2), row.int(3))
        })?
        .unwrap_or_default();
    Ok(ThreadList {
        total: if asked.unread { unread } else { total },
        total_unread_threads: unread,
        total_unread_mentions: mentions,
        total_unread_urgent_mentions: urgent,
        threads: None,
    })
}

/// The columns of a thread, behind those of its root.
const MINE: &str = "t.last_viewed_at, t.unread_replies, t.unread_mentions, \
    (SELECT priority.level FROM priority WHERE priority.post_key = post.key)";

fn thread_of(row: &dyn Row) -> Thread {
    Thread {
        last_viewed_at: row.int(AFTER_COLUMNS),
        unread_replies: row.int(AFTER_COLUMNS + 1),
        unread_mentions: row.int(AFTER_COLUMNS + 2),
        is_urgent: row.text(AFTER_COLUMNS + 3) == "urgent",
        ..of_root(root_of(row))
    }
}

fn threads(rows: &mut dyn Rows, keys: (i64, i64), asked: &Asked) -> Outcome<Vec<Thread>> {
    let unread = if asked.unread { "AND t.unread_replies > 0" } else { "" };
    let (beyond, bound, direction) = match (asked.before, asked.after) {
        (Some(thread), _) => ("<", last_reply(rows, thread)?.unwrap_or(0), "DESC"),
        (None, Some(thread)) => (">", last_reply(rows, thread)?.unwrap_or(Millis::MAX), "ASC"),
        (None, None) => ("<", Millis::MAX, "DESC"),
    };
    let sql = format!(
        "SELECT {COLUMNS}, {MINE} {FROM} JOIN thread_member t ON t.root_key = post.key {PLACES} \
         WHERE {} {unread} AND t.last_reply_at {beyond} ?3 \
         AND (t.last_update_at >= ?4 OR t.last_reply_at >= ?4) \
         ORDER BY t.last_reply_at {direction}, t.root_key {direction} LIMIT ?5",
        asked.condition()
    );
    let limit = if asked.per_page == 0 { USUAL } else { asked.per_page.min(MOST) };
    let values = params![keys.0, keys.1, bound, asked.since, limit];
    let mut found = rows.all(&sql, values, thread_of)?;
    fill_participants(rows, &mut found, asked.extended)?;
    Ok(found)
}

fn last_reply(rows: &mut dyn Rows, thread: Id) -> Outcome<Option<Millis>> {
    rows.first("SELECT last_reply_at FROM post WHERE id = ?1", params![&thread], |row| row.int(0))
}

fn fill_participants(rows: &mut dyn Rows, threads: &mut [Thread], extended: bool) -> Outcome<()> {
    let mut roots: Vec<_> = threads.iter().map(|thread| thread.post.clone()).collect();
    list::fill_participants(rows, &mut roots, extended)?;
    for (thread, root) in threads.iter_mut().zip(roots) {
        thread.participants = root.participants.unwrap_or_default();
        thread.post.is_following = Some(true);
    }
    Ok(())
}

/// A thread that a person follows.
pub fn one(
    rows: &mut dyn Rows,
    caller: &Caller,
    (person, thread): (Id, Id),
    extended: bool,
) -> Outcome<Thread> {
    facts::require_person(rows, caller, person)?;
    readable(rows, caller, thread)?;
    find(rows, (person, thread), extended)?.ok_or_else(no_thread)
}

/// A thread that a person follows, as it is with them.
pub(super) fn find(
    rows: &mut dyn Rows,
    (person, thread): (Id, Id),
    extended: bool,
) -> Outcome<Option<Thread>> {
    let sql = format!(
        "SELECT {COLUMNS}, {MINE} {FROM} JOIN thread_member t ON t.root_key = post.key \
         AND t.channel_key = post.channel_key \
         AND t.account_key = (SELECT key FROM account WHERE id = ?2) \
         WHERE post.id = ?1 AND t.following = 1"
    );
    let found = rows.first(&sql, params![&thread, &person], thread_of)?;
    let mut found: Vec<Thread> = found.into_iter().collect();
    fill_participants(rows, &mut found, extended)?;
    Ok(found.pop())
}

/// How many threads of each team a person has not read, and how often they are mentioned there.
pub(crate) fn unread_by_team(rows: &mut dyn Rows, person: Id) -> Outcome<Vec<(Id, i64, i64)>> {
    let sql = format!(
        "SELECT team.id, count(*), CAST(COALESCE(SUM(t.unread_mentions), 0) AS BIGINT) \
         FROM thread_member t JOIN channel ON channel.key = t.channel_key \
         AND channel.delete_at = 0 JOIN team ON team.key = channel.team_key {PLACES} \
         WHERE t.account_key = (SELECT key FROM account WHERE id = ?1) AND t.following = 1 \
         AND t.last_reply_at > 0 AND t.root_deleted = 0 AND t.unread_replies > 0 \
         GROUP BY team.id"
    );
    rows.all(&sql, params![&person], |row| (row.id(0), row.int(1), row.int(2)))
}
