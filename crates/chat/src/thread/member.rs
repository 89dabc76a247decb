//! What one person has to do with one thread, as the changes leave it.

use fieldpost_kernel::{Applying, Outcome, Rows, params};
use fieldpost_model::{Id, Millis};

/// `choice` is what the person said: 1 for following, 2 for not, 0 for nothing; of the last two
/// columns of each kind the greater `(stamp, site)` stands. `met` says whether a reply made them
/// follow, and `named_stamp` is that of the newest reply that they wrote or that mentions them:
/// somebody who stopped following is brought back by such a one only. `following` follows from
/// these. `followed_key` is the reply that made them follow last.
///
/// A live reply is unread if it came after `read_key` or was written after `last_viewed_at`, so that
/// one that arrives late from another site is unread although it is old. Both counts follow from
/// that; they and `last_reply_at` are kept here so that a list of threads needs no others' rows.
pub(super) const TABLES: &str = "
CREATE TABLE thread_member (
    account_key INTEGER NOT NULL,
    channel_key INTEGER NOT NULL,
    root_key INTEGER NOT NULL,
    following INTEGER NOT NULL,
    met INTEGER NOT NULL,
    named_stamp INTEGER NOT NULL,
    followed_key INTEGER NOT NULL,
    choice INTEGER NOT NULL,
    choice_stamp INTEGER NOT NULL,
    choice_site BLOB NOT NULL,
    last_viewed_at INTEGER NOT NULL,
    read_key INTEGER NOT NULL,
    read_stamp INTEGER NOT NULL,
    read_site BLOB NOT NULL,
    unread_replies INTEGER NOT NULL,
    unread_mentions INTEGER NOT NULL,
    last_reply_at INTEGER NOT NULL,
    root_deleted INTEGER NOT NULL,
    last_update_at INTEGER NOT NULL,
    PRIMARY KEY (account_key, channel_key, root_key)
);
CREATE INDEX thread_member_root ON thread_member (root_key);
CREATE INDEX thread_member_newest ON thread_member (account_key, last_reply_at)
    WHERE following = 1";

/// Puts people into a thread, as rows of `account`, of whom its condition speaks.
///
/// Whoever left the channel has nothing to do with its threads. Parameters: the root's key, whether
/// they follow, no site, the stamp by which they are named, the reply's key, the time of the reply,
/// the local time. Mentions are counted for those alone who are new to the thread: it may be long.
const INSERT: &str = "INSERT INTO thread_member (account_key, channel_key, root_key, following, \
    met, named_stamp, followed_key, choice, choice_stamp, choice_site, last_viewed_at, read_key, \
    read_stamp, read_site, unread_replies, unread_mentions, last_reply_at, root_deleted, \
    last_update_at) \
    SELECT account.key, root.channel_key, root.key, CAST(?2 AS BIGINT), CAST(?2 AS BIGINT), \
    CAST(?4 AS BIGINT), CAST(?5 AS BIGINT), 0, 0, CAST(?3 AS BLOB), 0, 0, 0, CAST(?3 AS BLOB), \
    root.reply_count, \
    CASE WHEN EXISTS (SELECT 1 FROM thread_member known WHERE known.root_key = root.key \
      AND known.account_key = account.key AND known.channel_key = root.channel_key) THEN 0 ELSE \
      (SELECT count(*) FROM post reply JOIN mention ON mention.post_key = reply.key \
       AND mention.account_key = account.key WHERE reply.root_key = ?1 AND reply.root_key > 0 \
       AND reply.delete_at = 0) END, \
    CASE WHEN root.last_reply_at < CAST(?6 AS BIGINT) THEN CAST(?6 AS BIGINT) \
      ELSE root.last_reply_at END, \
    CASE WHEN root.delete_at = 0 THEN 0 ELSE 1 END, CAST(?7 AS BIGINT) \
    FROM post root, account WHERE root.key = ?1 \
    AND NOT EXISTS (SELECT 1 FROM channel_member gone WHERE gone.channel_key = root.channel_key \
      AND gone.account_key = account.key AND gone.left_at <> 0)";

/// Where the rows that are there already are changed.
const CONFLICT: &str = "ON CONFLICT (account_key, channel_key, root_key)";

/// Whom a reply makes follow its thread unless they said that they do not: the root's author and
/// whoever is mentioned there, and those who follow every thread of the channel.
const CONCERNED: &str = "account.key IN (\
    SELECT post.account_key FROM post WHERE post.key = ?1 \
      AND post.props NOT LIKE '%\"from_webhook\":\"true\"%' \
    UNION SELECT mention.account_key FROM mention WHERE mention.post_key = ?1 \
    UNION SELECT m.account_key FROM channel_member m \
      WHERE m.channel_key = ?8 AND m.follows_threads = 1 AND m.left_at = 0)";

/// The place of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) account_key: i64,
    pub(crate) channel_key: i64,
    pub(crate) root_key: i64,
}

/// A reply that was just written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Its key.
    pub(crate) key: i64,
    /// Where it belongs, and who wrote it.
    pub(crate) place: Place,
    pub(crate) create_at: Millis,
    /// Whether it stands: its root was not deleted.
    pub(crate) live: bool,
    /// Whether it was said elsewhere, long ago.
    pub(crate) imported: bool,
    /// Whether it mentions anybody.
    pub(crate) mentions: bool,
}

impl Arrival {
    /// Whether it is to be read. What was said elsewhere long ago is news to nobody.
    fn is_news(&self) -> bool {
        self.live && !self.imported
    }
}

/// The version of the change being applied, as registers keep it.
fn version(cx: &Applying<'_>) -> (i64, [u8; 16]) {
    (i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()), cx.change.name.site.0)
}

/// Nobody's site.
const NONE: [u8; 16] = [0; 16];

/// Counts a reply for everybody who has to do with its thread, and makes those follow it whom it
/// concerns.
pub(crate) fn arrived(cx: &mut Applying<'_>, reply: &Arrival) -> Outcome<()> {
    let Place { channel_key, root_key, .. } = reply.place;
    cx.rows.execute(
        "UPDATE thread_member SET unread_replies = unread_replies + ?3, \
         last_reply_at = CASE WHEN last_reply_at < ?2 THEN ?2 ELSE last_reply_at END \
         WHERE root_key = ?1",
        params![root_key, reply.create_at, reply.is_news()],
    )?;
    // First those who are mentioned: of somebody new, all mentions are counted, this one too.
    let (stamp, _) = version(cx);
    if reply.mentions {
        let mentioned = "account.key IN \
            (SELECT mention.account_key FROM mention WHERE mention.post_key = ?8)";
        name(cx, reply, (mentioned, reply.key), (stamp, reply.is_news()))?;
    }
    name(cx, reply, ("account.key = ?8", reply.place.account_key), (stamp, false))?;
    let concerned = format!(
        "{INSERT} AND {CONCERNED} {CONFLICT} DO UPDATE SET met = 1, \
         followed_key = CASE WHEN thread_member.following = 0 AND thread_member.choice = 0 \
           THEN excluded.followed_key ELSE thread_member.followed_key END, \
         following = CASE WHEN thread_member.choice = 0 THEN 1 ELSE thread_member.following END, \
         last_update_at = excluded.last_update_at WHERE thread_member.met = 0"
    );
    let now = cx.now;
    let written = params![root_key, 1, &NONE, 0, reply.key, reply.create_at, now, channel_key];
    cx.rows.execute(&concerned, written)?;
    if reply.imported {
        return read_with(cx, reply);
    }
    // Whoever replies has read.
    mark(cx, reply.place, reply.create_at)
}

/// Makes people follow who are named by a reply or wrote it, whatever they said of the thread
/// before.
fn name(
    cx: &mut Applying<'_>,
    reply: &Arrival,
    (whom, key): (&str, i64),
    (stamp, counts): (i64, bool),
) -> Outcome<()> {
    let sql = format!(
        "{INSERT} AND {whom} {CONFLICT} DO UPDATE SET met = 1, \
         unread_mentions = thread_member.unread_mentions + CAST(?9 AS BIGINT), \
         named_stamp = CASE WHEN thread_member.named_stamp < excluded.named_stamp \
           THEN excluded.named_stamp ELSE thread_member.named_stamp END, \
         followed_key = CASE WHEN thread_member.following = 0 \
           THEN excluded.followed_key ELSE thread_member.followed_key END, \
         following = CASE WHEN thread_member.choice = 2 \
           AND thread_member.named_stamp <= thread_member.choice_stamp \
           AND excluded.named_stamp <= thread_member.choice_stamp THEN 0 ELSE 1 END, \
         last_update_at = excluded.last_update_at"
    );
    let now = cx.now;
    let root_key = reply.place.root_key;
    let values = params![root_key, 1, &NONE, stamp, reply.key, reply.create_at, now, key, counts];
    cx.rows.execute(&sql, values)?;
    Ok(())
}

/// Marks a thread as read by everybody up to a reply that is news to nobody.
fn read_with(cx: &mut Applying<'_>, reply: &Arrival) -> Outcome<()> {
    let (stamp, site) = version(cx);
    cx.rows.execute(
        "UPDATE thread_member SET unread_replies = 0, unread_mentions = 0, read_key = ?2, \
         last_viewed_at = ?3, read_stamp = ?4, read_site = ?5 \
         WHERE root_key = ?1 AND (read_stamp, read_site) < (?4, ?5)",
        params![reply.place.root_key, reply.key, reply.create_at, stamp, &site],
    )?;
    Ok(())
}

/// Sees to it that a person has a row for a thread, whether they follow it or not.
pub(super) fn ensure(cx: &mut Applying<'_>, place: Place) -> Outcome<()> {
    let sql = format!("{INSERT} AND account.key = ?8 {CONFLICT} DO NOTHING");
    let now = cx.now;
    let values = params![place.root_key, 0, &NONE, 0, 0, 0, now, place.account_key];
    cx.rows.execute(&sql, values)?;
    Ok(())
}

/// Keeps what a person said of a thread, if nothing newer was said.
pub(super) fn choose(cx: &mut Applying<'_>, place: Place, following: bool) -> Outcome<()> {
    let (stamp, site) = version(cx);
    cx.rows.execute(
        "UPDATE thread_member SET choice = CAST(?4 AS BIGINT), choice_stamp = ?5, choice_site = ?6, \
         following = CASE WHEN CAST(?4 AS BIGINT) = 1 OR named_stamp > ?5 THEN 1 ELSE 0 END, \
         followed_key = CASE WHEN following = 0 THEN 0 ELSE followed_key END, \
         last_update_at = ?7 \
         WHERE account_key = ?1 AND channel_key = ?2 AND root_key = ?3 \
         AND (choice_stamp, choice_site) < (?5, ?6)",
        params![
            place.account_key,
            place.channel_key,
            place.root_key,
            if following { 1 } else { 2 },
            stamp,
            &site,
            cx.now,
        ],
    )?;
    Ok(())
}

/// Keeps up to when a person has read a thread, if nothing newer is known: what was written later
/// is unread, and of the rest what comes later.
pub(super) fn mark(cx: &mut Applying<'_>, place: Place, until: Millis) -> Outcome<()> {
    let (stamp, site) = version(cx);
    cx.rows.execute(
        "UPDATE thread_member SET last_viewed_at = ?4, \
         read_key = COALESCE((SELECT MAX(post.key) FROM post WHERE post.channel_key = ?2), 0), \
         unread_replies = CASE WHEN last_reply_at <= ?4 THEN 0 ELSE \
           (SELECT count(*) FROM post reply WHERE reply.root_key = ?3 AND reply.root_key > 0 \
            AND reply.delete_at = 0 AND reply.create_at > ?4) END, \
         unread_mentions = CASE WHEN last_reply_at <= ?4 THEN 0 ELSE \
           (SELECT count(*) FROM post reply JOIN mention ON mention.post_key = reply.key \
              AND mention.account_key = ?1 \
            WHERE reply.root_key = ?3 AND reply.root_key > 0 AND reply.delete_at = 0 \
            AND reply.create_at > ?4) END, \
         read_stamp = ?5, read_site = ?6, last_update_at = ?7 \
         WHERE account_key = ?1 AND channel_key = ?2 AND root_key = ?3 \
         AND (read_stamp, read_site) < (?5, ?6)",
        params![place.account_key, place.channel_key, place.root_key, until, stamp, &site, cx.now],
    )?;
    Ok(())
}

/// Takes a reply that was deleted out of the counts of a thread, which was counted again before.
pub(crate) fn reply_deleted(cx: &mut Applying<'_>, root_key: i64, key: i64) -> Outcome<()> {
    let unread = "(last_viewed_at < (SELECT create_at FROM post WHERE key = ?2) OR read_key < ?2)";
    let sql = format!(
        "UPDATE thread_member SET unread_mentions = unread_mentions - 1 WHERE root_key = ?1 \
         AND unread_mentions > 0 AND {unread} AND account_key IN \
         (SELECT mention.account_key FROM mention WHERE mention.post_key = ?2)"
    );
    cx.rows.execute(&sql, params![root_key, key])?;
    let sql = format!(
        "UPDATE thread_member SET unread_replies = unread_replies - 1 WHERE root_key = ?1 \
         AND unread_replies > 0 AND {unread}"
    );
    cx.rows.execute(&sql, params![root_key, key])?;
    cx.rows.execute(
        "UPDATE thread_member SET last_reply_at = (SELECT last_reply_at FROM post WHERE key = ?1) \
         WHERE root_key = ?1",
        params![root_key],
    )?;
    Ok(())
}

/// Takes a thread out of everybody's lists: its root was deleted.
pub(crate) fn root_deleted(rows: &mut dyn Rows, root_key: i64) -> Outcome<()> {
    rows.execute(
        "UPDATE thread_member SET root_deleted = 1, unread_replies = 0, unread_mentions = 0 \
         WHERE root_key = ?1",
        params![root_key],
    )?;
    Ok(())
}

/// Hangs what people have to do with a thread on another root, to which its replies moved.
pub(crate) fn moved(rows: &mut dyn Rows, from: i64, to: i64) -> Outcome<()> {
    rows.execute(
        "UPDATE thread_member SET root_key = ?2, root_deleted = 0 WHERE root_key = ?1",
        params![from, to],
    )?;
    Ok(())
}

/// Forgets the threads of a channel that somebody left: whoever comes back starts from scratch.
pub(crate) fn forget(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<()> {
    rows.execute(
        "DELETE FROM thread_member WHERE channel_key = (SELECT key FROM channel WHERE id = ?1) \
         AND account_key = (SELECT key FROM account WHERE id = ?2) \
         AND EXISTS (SELECT 1 FROM channel_member gone \
           WHERE gone.channel_key = thread_member.channel_key \
           AND gone.account_key = thread_member.account_key AND gone.left_at <> 0)",
        params![&channel, &person],
    )?;
    Ok(())
}
