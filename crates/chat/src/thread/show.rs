//! What followers of a thread are told of its replies.

use fieldpost_kernel::{
    Audience, Event, Failure, Outcome, Row, Rows, RowsExt, Shown, events, params,
};
use fieldpost_model::{Id, Post, StringMap, Thread};
use serde_json::{Map, Value, json};

use super::COLLAPSED;
use crate::notify;
use crate::post::{COLUMNS, FROM, list, root_of};

/// Somebody who follows a thread and has threads collapsed.
struct Follower {
    id: Id,
    last_viewed_at: i64,
    unread_replies: i64,
    unread_mentions: i64,
    /// The reply that made them follow last.
    followed_key: i64,
    /// Whether the reply that this is about mentions them.
    mentioned: bool,
    /// How they are notified, everywhere and in this channel.
    notify: (StringMap, StringMap),
}

fn follower_of(row: &dyn Row) -> Follower {
    let props = |column| serde_json::from_str(row.text(column)).unwrap_or_default();
    Follower {
        id: row.id(0),
        last_viewed_at: row.int(1),
        unread_replies: row.int(2),
        unread_mentions: row.int(3),
        followed_key: row.int(4),
        mentioned: row.flag(5),
        notify: (props(6), props(7)),
    }
}

/// This site's own members of the channel who follow a thread and have threads collapsed;
/// `condition` says which.
fn followers(
    rows: &mut dyn Rows,
    (root, reply_key): (Id, i64),
    condition: &str,
) -> Outcome<Vec<Follower>> {
    let sql = format!(
        "SELECT account.id, t.last_viewed_at, t.unread_replies, t.unread_mentions, \
         t.followed_key, EXISTS (SELECT 1 FROM mention WHERE mention.post_key = ?2 \
           AND mention.account_key = account.key), account.notify_props, m.notify_props \
         FROM thread_member t JOIN account ON account.key = t.account_key \
         JOIN channel_member m ON m.channel_key = t.channel_key \
           AND m.account_key = t.account_key AND m.left_at = 0 \
         WHERE t.root_key = (SELECT key FROM post WHERE id = ?1) AND t.following = 1 \
         AND account.home IS NULL AND account.delete_at = 0 AND {COLLAPSED} AND {condition} ORDER BY account.key"
    );
    rows.all(&sql, params![&root, reply_key], follower_of)
}

/// A thread as all of its followers see it, and its team; none if it is gone.
fn common(rows: &mut dyn Rows, root: Id) -> Outcome<Option<(Thread, Id)>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE post.id = ?1 AND post.delete_at = 0");
    let Some(post) = rows.first(&sql, params![&root], root_of)? else { return Ok(None) };
    let team = rows.first(
        "SELECT team.id FROM channel LEFT JOIN team ON team.key = channel.team_key \
         WHERE channel.id = ?1",
        params![&post.channel_id],
        |row| row.id(0),
    )?;
    let mut posts = [post];
    list::fill_participants(rows, &mut posts, true)?;
    let [post] = posts;
    Ok(Some((of_root(post), team.unwrap_or_default())))
}

/// A thread of which nothing is read, by its root with its participants.
pub(super) fn of_root(mut post: Post) -> Thread {
    Thread {
        id: post.id,
        reply_count: post.reply_count,
        last_reply_at: post.last_reply_at,
        participants: post.participants.take().unwrap_or_default(),
        delete_at: post.delete_at,
        post,
        ..Thread::default()
    }
}

/// The event that tells one follower how a thread is now, and how much of it was unread before.
fn updated(
    (thread, team): &(Thread, Id),
    follower: &Follower,
    before: Option<(i64, i64)>,
) -> Outcome<Event> {
    let thread = Thread {
        last_viewed_at: follower.last_viewed_at,
        unread_replies: follower.unread_replies,
        unread_mentions: follower.unread_mentions,
        ..thread.clone()
    };
    let mut data = json!({ "thread": serde_json::to_string(&thread).map_err(Failure::internal)? });
    if let Some((replies, mentions)) = before {
        data["previous_unread_replies"] = replies.into();
        data["previous_unread_mentions"] = mentions.into();
    }
    let audience = Audience { user: follower.id, team: *team, ..Audience::default() };
    Ok(Event::new(events::THREAD_UPDATED, audience, data))
}

/// Tells the followers of a thread of a new reply: each how it is with them now, and in the reply's
/// own event those who want to be notified of it.
pub(crate) fn added(
    rows: &mut dyn Rows,
    (root, reply_key): (Id, i64),
    author: Id,
    posted: &mut Event,
) -> Outcome<Vec<Event>> {
    let followers = followers(rows, (root, reply_key), "1 = 1")?;
    if followers.is_empty() {
        return Ok(Vec::new());
    }
    let Some(thread) = common(rows, root)? else { return Ok(Vec::new()) };
    let mut events = Vec::with_capacity(followers.len());
    for follower in &followers {
        let own = follower.id == author;
        let new = own || follower.followed_key == reply_key;
        let mentions = follower.unread_mentions - i64::from(follower.mentioned);
        let before =
            if new { (0, 0) } else { ((follower.unread_replies - 1).max(0), mentions.max(0)) };
        events.push(updated(&thread, follower, Some(before))?);
        if !own && wants_notice(follower) {
            let say = Value::from(format!("[\"{}\"]", follower.id));
            personal(posted, follower.id).insert("followers".to_owned(), say);
        }
    }
    Ok(events)
}

/// What an event says to one person besides.
fn personal(event: &mut Event, person: Id) -> &mut Map<String, Value> {
    let known = event.personal.iter().position(|(who, _)| *who == person);
    let at = known.unwrap_or(event.personal.len());
    if known.is_none() {
        event.personal.push((person, Map::new()));
    }
    &mut event.personal[at].1
}

/// Whether a follower is to see a notice of a reply on their desktop.
fn wants_notice(follower: &Follower) -> bool {
    let (everywhere, here) = &follower.notify;
    notify::of_thread(follower.mentioned, (everywhere, here))
}

/// Tells those whom a deleted reply mentioned that there is less to read.
pub(crate) fn deleted(rows: &mut dyn Rows, (root, reply_key): (Id, i64)) -> Outcome<Vec<Event>> {
    let unread = "EXISTS (SELECT 1 FROM mention JOIN post ON post.key = mention.post_key \
        WHERE mention.post_key = ?2 AND mention.account_key = t.account_key \
        AND (post.create_at > t.last_viewed_at OR post.key > t.read_key))";
    let followers = followers(rows, (root, reply_key), unread)?;
    if followers.is_empty() {
        return Ok(Vec::new());
    }
    let Some(thread) = common(rows, root)? else { return Ok(Vec::new()) };
    followers.iter().map(|follower| updated(&thread, follower, Some((0, 0)))).collect()
}

/// Tells a person of a thread that is to be read again.
pub(super) fn unread_again(rows: &mut dyn Rows, root: Id, person: Id) -> Outcome<Shown> {
    let followers = followers(rows, (root, 0), "1 = 1")?;
    let follower = followers.into_iter().find(|follower| follower.id == person);
    let (Some(follower), Some(thread)) = (follower, common(rows, root)?) else {
        return Ok(Shown::default());
    };
    Ok(updated(&thread, &follower, None)?.into())
}
