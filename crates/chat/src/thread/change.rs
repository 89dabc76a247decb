//! What a person says of threads, and what it means.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Features, Kind, Outcome, Rows,
    RowsExt, Shape, Shown, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::member::{self, Place};
use super::{is_collapsed, show};

/// The latest time that a person may say to have read up to: what 48 bits of milliseconds hold.
pub(crate) const LATEST: Millis = (1 << 48) - 1;

/// A person follows a thread, or does no longer. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadFollowed {
    /// The thread's root.
    pub thread: Id,
    /// Whether they follow it.
    pub following: bool,
    /// Up to when they have read it, if they follow it.
    pub viewed_at: Millis,
}

impl Body for ThreadFollowed {
    const KIND: Kind = Kind::new(0x0330);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.thread], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        (0..=LATEST).contains(&self.viewed_at)
    }
}

/// A person has read a thread up to a time, or wants to read it again from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadViewed {
    /// The thread's root.
    pub thread: Id,
    /// Up to when.
    pub until: Millis,
    /// How many replies were unread before, and how many mentions, for clients that count on.
    pub unread_before: (i64, i64),
}

impl Body for ThreadViewed {
    const KIND: Kind = Kind::new(0x0331);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.thread], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        (-1..=LATEST).contains(&self.until)
    }
}

/// The most threads that one change says to be read.
pub(super) const MOST_VIEWED: usize = 1000;

/// A person has read every thread of a place: those that were unread, by their roots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadsViewed {
    /// Which.
    pub threads: Vec<Id>,
    /// Up to when.
    pub until: Millis,
    /// The place, for clients: a team with all conversations, …
    pub team: Id,
    /// … or a channel; neither, where more of them follow.
    pub channel: Id,
}

impl Body for ThreadsViewed {
    const KIND: Kind = Kind::new(0x0332);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn shape(&self) -> Shape {
        Shape { posts: self.threads.clone(), ..Shape::default() }
    }

    fn fits(&self) -> bool {
        self.threads.len() <= MOST_VIEWED && (0..=LATEST).contains(&self.until)
    }
}

/// A person follows a thread and wants to read it from a time on, which follows from something they
/// or somebody else did with its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadMarkedUnread {
    /// The thread's root.
    pub thread: Id,
    /// Up to when they have read it.
    pub until: Millis,
}

impl Body for ThreadMarkedUnread {
    const KIND: Kind = Kind::new(0x0333);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.thread], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        (-1..=LATEST).contains(&self.until)
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_followed);
    features.on(apply_viewed);
    features.on(apply_all_viewed);
    features.on(apply_marked_unread);
    features.show(show_followed);
    features.show(show_viewed);
    features.show(show_all_viewed);
    features.show(show_marked_unread);
}

/// The place of the scope's person in a thread, or else what is still missing; nothing, if the post
/// is a reply and no thread begins with it.
fn place(thread: Id, cx: &mut Applying<'_>) -> Outcome<Result<Place, Option<Id>>> {
    let person = cx.change.name.scope.id;
    let Some(account_key) = account_key(cx.rows, person)? else { return Ok(Err(Some(person))) };
    let root = cx.rows.first(
        "SELECT key, channel_key, root_key FROM post WHERE id = ?1",
        params![&thread],
        |row| (row.int(0), row.int(1), row.int(2)),
    )?;
    Ok(match root {
        Some((root_key, channel_key, 0)) => Ok(Place { account_key, channel_key, root_key }),
        Some(_) => Err(None),
        None => Err(Some(thread)),
    })
}

fn account_key(rows: &mut dyn Rows, person: Id) -> Outcome<Option<i64>> {
    rows.first("SELECT key FROM account WHERE id = ?1", params![&person], |row| row.int(0))
}

/// Does something to the row of the scope's person in a thread, once there can be one.
fn at_place(
    cx: &mut Applying<'_>,
    thread: Id,
    apply: impl FnOnce(&mut Applying<'_>, Place) -> Outcome<()>,
) -> Outcome<Applied> {
    match place(thread, cx)? {
        Err(Some(missing)) => Ok(Applied::Waits(missing)),
        Err(None) => Ok(Applied::Done),
        Ok(place) => {
            member::ensure(cx, place)?;
            apply(cx, place)?;
            Ok(Applied::Done)
        }
    }
}

fn apply_followed(followed: &ThreadFollowed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    at_place(cx, followed.thread, |cx, place| {
        member::choose(cx, place, followed.following)?;
        if followed.following {
            member::mark(cx, place, followed.viewed_at)?;
        }
        Ok(())
    })
}

fn apply_viewed(viewed: &ThreadViewed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    at_place(cx, viewed.thread, |cx, place| member::mark(cx, place, viewed.until))
}

fn apply_marked_unread(marked: &ThreadMarkedUnread, cx: &mut Applying<'_>) -> Outcome<Applied> {
    at_place(cx, marked.thread, |cx, place| {
        member::choose(cx, place, true)?;
        member::mark(cx, place, marked.until)
    })
}

/// One of the threads may never come here. The others are not kept waiting for it: done again, this
/// changes nothing.
fn apply_all_viewed(viewed: &ThreadsViewed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let mut applied = Applied::Done;
    for thread in &viewed.threads {
        let one = at_place(cx, *thread, |cx, place| member::mark(cx, place, viewed.until))?;
        if applied == Applied::Done {
            applied = one;
        }
    }
    Ok(applied)
}

/// A thread's channel and team, and its live replies.
fn whereabouts(rows: &mut dyn Rows, thread: Id) -> Outcome<Option<(Id, Id, i64)>> {
    rows.first(
        "SELECT channel.id, team.id, post.reply_count FROM post \
         JOIN channel ON channel.key = post.channel_key \
         LEFT JOIN team ON team.key = channel.team_key WHERE post.id = ?1",
        params![&thread],
        |row| (row.id(0), row.id(1), row.int(2)),
    )
}

fn told(name: EventName, person: Id, team: Id, data: Value) -> Shown {
    Event::new(name, Audience { user: person, team, ..Audience::default() }, data).into()
}

fn show_followed(
    followed: &ThreadFollowed,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let Some((_, team, reply_count)) = whereabouts(rows, followed.thread)? else {
        return Ok(Shown::default());
    };
    let data = json!({
        "thread_id": followed.thread,
        "state": followed.following,
        "reply_count": reply_count,
    });
    Ok(told(events::THREAD_FOLLOW_CHANGED, change.name.scope.id, team, data))
}

fn show_viewed(viewed: &ThreadViewed, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let person = change.name.scope.id;
    let Some((channel, team, _)) = whereabouts(rows, viewed.thread)? else {
        return Ok(Shown::default());
    };
    let Some(state) = super::update::state(rows, viewed.thread, person)? else {
        return Ok(Shown::default());
    };
    let (replies_before, mentions_before) = viewed.unread_before;
    let data = json!({
        "thread_id": viewed.thread,
        "timestamp": viewed.until,
        "unread_mentions": state.unread_mentions,
        "unread_replies": state.unread_replies,
        "previous_unread_mentions": mentions_before,
        "previous_unread_replies": replies_before,
        "channel_id": channel,
    });
    Ok(told(events::THREAD_READ_CHANGED, person, team, data))
}

/// Whoever has no collapsed threads is told of the channel alone.
fn show_all_viewed(viewed: &ThreadsViewed, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let person = change.name.scope.id;
    if !viewed.team.is_none() {
        return Ok(told(events::THREAD_READ_CHANGED, person, viewed.team, json!({})));
    }
    if viewed.channel.is_none() || !is_collapsed(rows, person)? {
        return Ok(Shown::default());
    }
    let audience = Audience { user: person, channel: viewed.channel, ..Audience::default() };
    let data = json!({ "timestamp": viewed.until });
    Ok(Event::new(events::THREAD_READ_CHANGED, audience, data).into())
}

fn show_marked_unread(
    marked: &ThreadMarkedUnread,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    show::unread_again(rows, marked.thread, change.name.scope.id)
}
