//! Sending what is due, as its author would.

use fieldpost_access::{Caller, may_create_post, may_upload_file};
use fieldpost_kernel::{FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::Scope;
use fieldpost_model::{Id, Millis, Post, PostMetadata, ScheduledPost};

use super::{ScheduledPostFailed, ScheduledPostRemoved, find, scope};
use crate::post::{create, program};
use crate::{channel, facts};

/// What could not be sent for so long, because the site was off, is not sent any more.
const TOO_LATE: Millis = 24 * 60 * 60 * 1000;

/// Posts that are looked up at once: where there are as many, there may be more.
pub const AT_ONCE: usize = 100;

/// A post whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub id: Id,
    /// Whose.
    pub person: Id,
    channel: Scope,
}

impl Due {
    /// Where something is written to send it: whoever has these to themselves sends it alone.
    pub fn scopes(&self) -> [Scope; 2] {
        [scope(self.person), self.channel]
    }
}

/// The next posts that are due. People whose home is another site are served there.
pub fn due(rows: &mut dyn Rows, now: Millis) -> Outcome<Vec<Due>> {
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    rows.all(
        "SELECT scheduled_post.id, account.id, scheduled_post.channel, channel.conversation \
         FROM scheduled_post JOIN account ON account.key = scheduled_post.account_key \
         LEFT JOIN channel ON channel.id = scheduled_post.channel \
         WHERE scheduled_post.removed = 0 AND scheduled_post.scheduled_at <= ?1 \
         AND scheduled_post.error_code = '' AND account.home IS NULL \
         ORDER BY scheduled_post.scheduled_at, scheduled_post.key LIMIT ?2",
        params![now, most],
        |row| Due { id: row.id(0), person: row.id(1), channel: channel::scope_at(row, 2) },
    )
}

/// What became of a post that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is sent, or there was nothing to send any more.
    Done,
    /// It was not, and its author has to see to it.
    Failed,
}

/// Sends a post that is due. Whether it still is, is found out here, in the transaction that makes
/// the post and takes it from what waits: so it is sent once, however many servers try.
pub fn send(work: &mut Work<'_>, id: Id) -> Outcome<Sent> {
    let Some(kept) = take(work, id)? else { return Ok(Sent::Done) };
    let person = kept.draft.user_id;
    let found = channel::by_id(work, kept.draft.channel_id)?;
    if found.is_none() {
        // There is no place in which its author could look for it.
        remove(work, &kept)?;
        return Ok(Sent::Done);
    }
    let caller = match facts::acting(work, person)? {
        Some(caller) => caller,
        None => return fail(work, &kept, "user_deleted"),
    };
    if let Some(error) = obstacle(work, &caller, &kept)? {
        return fail(work, &kept, error);
    }
    let mut post = post_of(&kept);
    if !is_bot(work, person)? {
        program::unmark(&mut post.props);
    }
    create::create_unattended(work, &caller, &post)?;
    remove(work, &kept)?;
    Ok(Sent::Done)
}

/// Gives up a post that was refused, or that broke something, when it was to be sent.
pub fn give_up(work: &mut Work<'_>, id: Id, refusal: FailureKind) -> Outcome<Sent> {
    let Some(kept) = take(work, id)? else { return Ok(Sent::Done) };
    let error = if refusal == FailureKind::Invalid { "invalid_post" } else { "unknown" };
    fail(work, &kept, error)
}

/// A post that is due, which nobody else has until this transaction ends; nothing, if somebody was
/// faster. To write a row as it is locks it, on an engine where others write meanwhile.
fn take(work: &mut Work<'_>, id: Id) -> Outcome<Option<ScheduledPost>> {
    let sql = "UPDATE scheduled_post SET removed = removed WHERE id = ?1 AND removed = 0";
    if work.execute(sql, params![&id])? == 0 {
        return Ok(None);
    }
    let now = work.now();
    let waits = |kept: &ScheduledPost| kept.error_code.is_empty() && kept.scheduled_at <= now;
    Ok(find(work, id)?.filter(waits))
}

fn remove(work: &mut Work<'_>, kept: &ScheduledPost) -> Outcome<()> {
    let person = kept.draft.user_id;
    let removed = ScheduledPostRemoved { id: kept.id, connection: Id::NONE };
    work.emit(scope(person), person, &removed)?;
    Ok(())
}

fn fail(work: &mut Work<'_>, kept: &ScheduledPost, error: &str) -> Outcome<Sent> {
    let person = kept.draft.user_id;
    let failed = ScheduledPostFailed { id: kept.id, error: error.to_owned() };
    work.emit(scope(person), person, &failed)?;
    Ok(Sent::Failed)
}

/// What keeps a post from being sent, by the API's name of it.
fn obstacle(
    work: &mut Work<'_>,
    caller: &Caller,
    kept: &ScheduledPost,
) -> Outcome<Option<&'static str>> {
    if work.now() - kept.scheduled_at > TOO_LATE {
        return Ok(Some("unable_to_send"));
    }
    let found = facts::channel(work, caller, kept.draft.channel_id)?;
    if found.facts.require_live().is_err() {
        return Ok(Some("channel_archived"));
    }
    let root = kept.draft.root_id;
    let live = "SELECT count(*) FROM post WHERE id = ?1 AND delete_at = 0";
    if !root.is_none() && work.count(live, params![&root])? == 0 {
        return Ok(Some("thread_deleted"));
    }
    let files = !kept.draft.file_ids.is_empty();
    let refused = may_create_post(caller, &found.facts).is_err()
        || channel::is_read_only(work, kept.draft.channel_id)?
        || files && may_upload_file(caller, &found.facts).is_err();
    Ok(refused.then_some("no_channel_permission"))
}

fn is_bot(rows: &mut dyn Rows, person: Id) -> Outcome<bool> {
    let sql = "SELECT is_bot FROM account WHERE id = ?1";
    Ok(rows.first(sql, params![&person], |row| row.flag(0))?.unwrap_or_default())
}

fn post_of(kept: &ScheduledPost) -> Post {
    let draft = &kept.draft;
    Post {
        channel_id: draft.channel_id,
        root_id: draft.root_id,
        message: draft.message.clone(),
        kind: draft.kind.clone(),
        props: draft.props.clone(),
        file_ids: draft.file_ids.clone(),
        metadata: PostMetadata { priority: draft.priority.clone(), ..PostMetadata::default() },
        ..Post::default()
    }
}
