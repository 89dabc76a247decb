//! Following a thread and not, reading it and wanting to read it again.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{ChannelMember, Id, Millis, Post, Thread};

use super::change::MOST_VIEWED;
use super::{ThreadFollowed, ThreadMarkedUnread, ThreadViewed, ThreadsViewed, list, no_thread};
use crate::channel::member;
use crate::facts;
use crate::post::{self, no_post, readable};

/// What one person has to do with a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) following: bool,
    /// Whether they said that they do not follow it.
    declined: bool,
    last_viewed_at: Millis,
    pub(super) unread_replies: i64,
    pub(super) unread_mentions: i64,
}

/// What a person has to do with a thread, if anything.
pub(super) fn state(rows: &mut dyn Rows, thread: Id, person: Id) -> Outcome<Option<State>> {
    rows.first(
        "SELECT t.following, t.choice, t.last_viewed_at, t.unread_replies, t.unread_mentions \
         FROM post JOIN thread_member t ON t.channel_key = post.channel_key \
         AND t.root_key = post.key AND t.account_key = (SELECT key FROM account WHERE id = ?2) \
         WHERE post.id = ?1",
        params![&thread, &person],
        |row| State {
            following: row.flag(0),
            declined: row.int(1) == 2,
            last_viewed_at: row.int(2),
            unread_replies: row.int(3),
            unread_mentions: row.int(4),
        },
    )
}

fn scope(person: Id) -> Scope {
    Scope::new(ScopeKind::Private, person)
}

/// The root of a thread that the caller may read, on behalf of a person for whom they may act.
fn root(work: &mut Work<'_>, caller: &Caller, person: Id, thread: Id) -> Outcome<Post> {
    facts::require_person(work, caller, person)?;
    let (root, _) = readable(work, caller, thread)?;
    if root.root_id.is_none() { Ok(root) } else { Err(no_thread()) }
}

/// Makes a person follow a thread, or stop to.
pub fn follow(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, thread): (Id, Id),
    following: bool,
) -> Outcome<()> {
    root(work, caller, person, thread)?;
    let state = state(work, thread, person)?.unwrap_or_default();
    if !following && state.declined && !state.following {
        return Ok(());
    }
    emit_followed(work, caller, (person, thread), following)
}

fn emit_followed(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, thread): (Id, Id),
    following: bool,
) -> Outcome<()> {
    // The clock of whoever wrote there may be ahead of this site's.
    let newest = "SELECT last_reply_at FROM post WHERE id = ?1";
    let newest = work.count(newest, params![&thread])?;
    let viewed_at = if following { work.now().max(newest) } else { 0 };
    let followed = ThreadFollowed { thread, following, viewed_at };
    work.emit(scope(person), caller.user, &followed)?;
    Ok(())
}

/// Marks a followed thread as read up to a time, and gives it as it is then.
///
/// What was read already is not written again.
pub fn read(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, thread): (Id, Id),
    until: Millis,
) -> Outcome<Thread> {
    root(work, caller, person, thread)?;
    let state = state(work, thread, person)?.filter(|state| state.following);
    let state = state.ok_or_else(no_thread)?;
    if state.unread_replies > 0 || state.unread_mentions > 0 || until < state.last_viewed_at {
        mark(work, caller, (person, thread), (until, &state))?;
    }
    list::find(work, (person, thread), true)?.ok_or_else(no_thread)
}

fn mark(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, thread): (Id, Id),
    (until, state): (Millis, &State),
) -> Outcome<()> {
    let unread_before = (state.unread_replies, state.unread_mentions);
    let viewed = ThreadViewed { thread, until, unread_before };
    work.emit(scope(person), caller.user, &viewed)?;
    Ok(())
}

/// Marks a thread as unread from one of its posts on, for which it must be followed, and gives it
/// as it is then.
pub fn set_unread(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, thread): (Id, Id),
    from: Id,
) -> Outcome<Thread> {
    root(work, caller, person, thread)?;
    let post = post::by_id(work, from)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    if post.id != thread && post.root_id != thread {
        return Err(Failure::invalid_url("post_id"));
    }
    if state(work, thread, person)?.is_none_or(|state| !state.following) {
        emit_followed(work, caller, (person, thread), true)?;
    }
    let state = state(work, thread, person)?.ok_or_else(no_thread)?;
    mark(work, caller, (person, thread), (post.create_at - 1, &state))?;
    list::find(work, (person, thread), true)?.ok_or_else(no_thread)
}

/// Marks every thread of a team and of all conversations as read.
pub fn read_all(work: &mut Work<'_>, caller: &Caller, person: Id, team: Id) -> Outcome<()> {
    facts::require_person_in_team(work, caller, person, team)?;
    let within = "(channel.team_key = 0 \
        OR channel.team_key = (SELECT team.key FROM team WHERE team.id = ?2))";
    let threads = unread(work, person, (within, team))?;
    let until = work.now();
    emit_viewed(work, caller, person, &threads, (until, team, Id::NONE))
}

/// Marks the threads of a channel as read.
pub(crate) fn read_in_channel(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, channel): (Id, Id),
    until: Millis,
) -> Outcome<()> {
    let within = "t.channel_key = (SELECT key FROM channel WHERE id = ?2)";
    let threads = unread(work, person, (within, channel))?;
    emit_viewed(work, caller, person, &threads, (until, Id::NONE, channel))
}

/// The threads of a place that a person has not read, with the times of their newest replies.
fn unread(
    rows: &mut dyn Rows,
    person: Id,
    (within, place): (&str, Id),
) -> Outcome<Vec<(Id, Millis)>> {
    let sql = format!(
        "SELECT post.id, t.last_reply_at FROM thread_member t \
         JOIN post ON post.key = t.root_key JOIN channel ON channel.key = t.channel_key \
         WHERE t.account_key = (SELECT key FROM account WHERE id = ?1) AND t.following = 1 \
         AND t.unread_replies > 0 AND {within} ORDER BY t.last_reply_at, post.key"
    );
    rows.all(&sql, params![&person, &place], |row| (row.id(0), row.int(1)))
}

/// Marks threads as read. Clients are told of the place once, with the last of them.
fn emit_viewed(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    threads: &[(Id, Millis)],
    (until, team, channel): (Millis, Id, Id),
) -> Outcome<()> {
    // The clock of whoever wrote there may be ahead of this site's.
    let newest = threads.last().map_or(0, |(_, newest)| *newest);
    let slices = threads.chunks(MOST_VIEWED);
    let count = slices.len();
    for (number, slice) in slices.enumerate() {
        let is_last = number + 1 == count;
        let viewed = ThreadsViewed {
            threads: slice.iter().map(|(thread, _)| *thread).collect(),
            until: until.max(newest),
            team: if is_last { team } else { Id::NONE },
            channel: if is_last { channel } else { Id::NONE },
        };
        work.emit(scope(person), caller.user, &viewed)?;
    }
    Ok(())
}

/// Makes a person follow a thread that is unread from a time on.
pub(crate) fn unread_from(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, thread): (Id, Id),
    from: Millis,
) -> Outcome<()> {
    let marked = ThreadMarkedUnread { thread, until: from - 1 };
    work.emit(scope(person), caller.user, &marked)?;
    Ok(())
}

/// Adds people to a channel, and to one of its threads if there is one: they begin to read at its
/// root.
pub fn add(
    work: &mut Work<'_>,
    caller: &Caller,
    (channel, thread): (Id, Id),
    people: &[Id],
) -> Outcome<Vec<ChannelMember>> {
    let Some(thread) = thread.some() else {
        return member::add_all(work, caller, channel, people);
    };
    let mut new = Vec::new();
    for person in people {
        if member::find(work, channel, *person)?.is_none() {
            new.push(*person);
        }
    }
    let added = member::add_all(work, caller, channel, people)?;
    let root = post::by_id(work, thread)?
        .filter(|root| root.channel_id == channel && root.delete_at == 0 && root.root_id.is_none());
    let root = root.ok_or_else(|| Failure::invalid_body("post_root_id"))?;
    for member in added.iter().filter(|member| new.contains(&member.user_id)) {
        unread_from(work, caller, (member.user_id, thread), root.create_at)?;
    }
    Ok(added)
}
