//! Taking a post away.

use fieldpost_access::{Caller, may_delete_post};
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Row, Rows,
    RowsExt, Shape, Shown, Work, events, millis, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis, Post};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::edit::touch_root;
use super::{COLUMNS, FROM, by_id, form, no_post, whole_post_of};
use crate::{channel, facts, thread};

/// A post was deleted, by the change's author; the replies to it went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostDeleted {
    /// Which.
    pub post: Id,
}

impl Body for PostDeleted {
    const KIND: Kind = Kind::new(0x0403);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], ..Shape::default() }
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_deleted);
    features.show(show_deleted);
}

/// Deleting is for ever; of several deletions the earliest is the one that is told, everywhere
/// the same.
fn apply_deleted(deleted: &PostDeleted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let found = cx.rows.first(
        "SELECT post.key, post.root_key, channel.id, post.delete_at FROM post \
         JOIN channel ON channel.key = post.channel_key WHERE post.id = ?1",
        params![&deleted.post],
        |row| (row.int(0), row.int(1), row.id(2), row.int(3) == 0),
    )?;
    let Some((key, root_key, channel, stood)) = found else {
        return Ok(Applied::Waits(deleted.post));
    };
    if channel != cx.change.name.scope.id {
        return Ok(Applied::Done);
    }
    let (at, by) = (cx.written_at(), cx.change.author);
    bury(key, at, by, cx)?;
    if root_key == 0 {
        let replies = cx.rows.all(
            "SELECT key FROM post WHERE root_key = ?1 AND root_key > 0",
            params![key],
            |row| row.int(0),
        )?;
        for reply in replies {
            bury(reply, at, by, cx)?;
        }
        recount(key, cx)?;
        thread::member::root_deleted(cx.rows, key)?;
    } else {
        recount(root_key, cx)?;
        touch_root(root_key, cx)?;
        if stood {
            thread::member::reply_deleted(cx, root_key, key)?;
        }
    }
    Ok(Applied::Done)
}

fn bury(key: i64, at: Millis, by: Id, cx: &mut Applying<'_>) -> Outcome<()> {
    let before = form::whole(cx.rows, key)?;
    let buried = cx.rows.execute(
        "UPDATE post SET delete_at = ?2, delete_by = ?3, update_at = ?4 WHERE key = ?1 \
         AND (delete_at = 0 OR (delete_at, delete_by) > (?2, ?3))",
        params![key, at, &by, cx.now],
    )?;
    if buried > 0 {
        let after = form::whole(cx.rows, key)?;
        form::replace(cx.hash, before, after);
    }
    Ok(())
}

/// Counts a thread's live replies again.
pub(super) fn recount(root_key: i64, cx: &mut Applying<'_>) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE post SET \
         reply_count = (SELECT count(*) FROM post reply WHERE reply.root_key = ?1 \
           AND reply.root_key > 0 AND reply.delete_at = 0), \
         last_reply_at = COALESCE((SELECT MAX(reply.create_at) FROM post reply \
           WHERE reply.root_key = ?1 AND reply.root_key > 0 AND reply.delete_at = 0), 0) \
         WHERE key = ?1",
        params![root_key],
    )?;
    Ok(())
}

/// Clients are told of the post as it was. Who deleted it is for administrators.
fn show_deleted(deleted: &PostDeleted, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE post.id = ?1");
    let keys = |row: &dyn Row| (row.int(19), row.int(20));
    let found = rows.first(&sql, params![&deleted.post], |row| (whole_post_of(row), keys(row)))?;
    let here = |(post, _): &(Post, _)| post.channel_id == change.name.scope.id;
    let Some((post, (key, root_key))) = found.filter(here) else { return Ok(Shown::default()) };
    let (channel, root) = (post.channel_id, post.root_id);
    let reply_count = replies_before(rows, if root_key == 0 { key } else { root_key }, change)?;
    let post = Post { delete_at: 0, reply_count, ..post };
    let post = serde_json::to_string(&post).map_err(Failure::internal)?;
    let told = |administrators, data| {
        let audience =
            Audience { administrators: Some(administrators), ..Audience::channel(channel) };
        Event::new(events::POST_DELETED, audience, data)
    };
    let mut events = vec![
        told(false, json!({ "post": post })),
        told(true, json!({ "post": post, "delete_by": change.author })),
    ];
    if !root.is_none() {
        events.extend(thread::show_deleted(rows, (root, key))?);
    }
    Ok(Shown { events, ..Shown::default() })
}

/// How many replies a thread had before a deletion took some of them.
fn replies_before(rows: &mut dyn Rows, root_key: i64, change: &Change) -> Outcome<i64> {
    rows.count(
        "SELECT count(*) FROM post WHERE root_key = ?1 AND root_key > 0 \
         AND (delete_at = 0 OR (delete_at = ?2 AND delete_by = ?3))",
        params![root_key, millis(change.stamp), &change.author],
    )
}

/// Deletes a post, and the replies to it.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    let post = by_id(work, id)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    let found = facts::channel(work, caller, post.channel_id)?;
    may_delete_post(caller, &found.facts, own_author(&post)).map_err(facts::denied)?;
    if found.facts.require_live().is_err() {
        return Err(Failure::invalid(
            "api.post.delete_post.can_not_delete_post_in_deleted.error",
            "Can not delete a post in a deleted channel.",
        ));
    }
    channel::enter(work, caller, &found)?;
    work.emit(found.scope, caller.user, &PostDeleted { post: id })?;
    Ok(())
}

/// Who may delete a post as their own: what the server says in somebody's name is nobody's.
fn own_author(post: &Post) -> Id {
    if post.kind.starts_with("system_") { Id::NONE } else { post.user_id }
}
