//! Saying something.

use fieldpost_access::{Caller, may_create_post, may_upload_file};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Millis, Post, Props};

use super::change::CLASS;
use super::flash::{self, PostFlashed};
use super::permalink::PREVIEWED;
use super::priority::{self, PostPrioritized, Priority};
use super::{Imported, PostWritten, by_id, mention, metadata, no_post};
use crate::action;
use crate::channel;
use crate::facts::{self, denied};

/// The longest message, in characters.
pub const LONGEST_MESSAGE: usize = 16_383;

/// The most files on one post.
pub const MOST_FILES: usize = 10;

/// The longest properties, in characters of their JSON.
pub(crate) const LONGEST_PROPS: usize = 800_000;

/// Properties that only the server may write.
const SERVER_PROPS: [&str; 3] = ["add_channel_member", "force_notification", PREVIEWED];

/// How long a client may repeat a post and still make it only once.
const PENDING_KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// Writes a post. The same `pending_post_id` of the same person gives the same post again, so
/// that a client that lost the answer may ask again, hours later too.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &Post) -> Outcome<Post> {
    create_with_flash(work, caller, new, 0)
}

/// The same for somebody who may send so many posts an hour that go before everything else.
pub fn create_with_flash(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &Post,
    per_hour: u32,
) -> Outcome<Post> {
    write(work, caller, (new, per_hour), None)
}

/// Writes a post whose author is not there: it does not say that they have read the channel.
pub(crate) fn create_unattended(work: &mut Work<'_>, caller: &Caller, new: &Post) -> Outcome<Post> {
    let elsewhen = Imported { id: Id::NONE, create_at: 0, edit_at: 0 };
    write(work, caller, (new, 0), Some(elsewhen))
}

/// Writes a post for a program, in the name of somebody who answers for it and need be no member
/// of the channel. That they may have it posted there was decided before.
pub(crate) fn create_for_program(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &Post,
) -> Outcome<Post> {
    let found = facts::channel(work, caller, new.channel_id)?;
    let elsewhen = Imported { id: Id::NONE, create_at: 0, edit_at: 0 };
    write_in(work, caller, (&found, new, 0), Some(elsewhen))
}

fn write(
    work: &mut Work<'_>,
    caller: &Caller,
    (new, per_hour): (&Post, u32),
    imported: Option<Imported>,
) -> Outcome<Post> {
    let found = facts::channel(work, caller, new.channel_id)?;
    may_create_post(caller, &found.facts).map_err(denied)?;
    if !new.file_ids.is_empty() {
        may_upload_file(caller, &found.facts).map_err(denied)?;
    }
    write_in(work, caller, (&found, new, per_hour), imported)
}

fn write_in(
    work: &mut Work<'_>,
    caller: &Caller,
    (found, new, per_hour): (&facts::Channel, &Post, u32),
    imported: Option<Imported>,
) -> Outcome<Post> {
    let priority = Priority::asked(new.metadata.priority.as_ref());
    priority::require(priority.as_ref(), new.root_id)?;
    flash::require(caller, found, (new, per_hour))?;
    if found.key == 0 {
        return Err(Failure::invalid_body("post.channel_id"));
    }
    if new.kind.starts_with("system_") {
        return Err(Failure::invalid_body("post.type"));
    }
    if found.facts.require_live().is_err() {
        return Err(Failure::invalid(
            "api.post.create_post.can_not_post_to_deleted.error",
            "Can not post to deleted channel.",
        ));
    }
    if let Some(earlier) = earlier(work, found.caller_key, &new.pending_post_id)? {
        return Ok(earlier);
    }
    if flash::is_asked(new) {
        flash::require_room(work, found.caller_key, per_hour)?;
    }
    channel::enter(work, caller, found)?;
    require_root(work, found.key, new.root_id)?;
    validate(new)?;

    let mut props = client_props(&new.props);
    let actions = action::separate(&mut props, &[], || work.random_id());
    let mentions = mention::resolve(work, caller, found, new)?;
    if mentions.without_effect {
        props.insert("mentionHighlightDisabled".to_owned(), true.into());
    }
    if mentions.without_groups {
        props.insert("disable_group_highlight".to_owned(), true.into());
    }
    if let Some(priority) = &priority {
        priority::require_recipients(priority, found.facts.kind, &mentions.people)?;
    }
    let scope = found.scope;
    let files = crate::file::attachable(work, caller.user, scope, &new.file_ids)?;
    let written = PostWritten {
        root: new.root_id,
        kind: new.kind.clone(),
        message: new.message.clone(),
        props: if props.is_empty() { String::new() } else { to_json(&props)? },
        files,
        mentions: mentions.people,
        imported,
    };
    let id = work.emit(scope, caller.user, &written)?.derive(CLASS, 0);
    if let Some(priority) = priority {
        work.emit(scope, caller.user, &PostPrioritized { post: id, priority })?;
    }
    if flash::is_asked(new) {
        work.emit(scope, caller.user, &PostFlashed { post: id })?;
    }
    action::keep(work, (new.channel_id, caller.user), id, actions)?;
    remember(work, found.caller_key, &new.pending_post_id, id)?;
    let mut post = by_id(work, id)?.ok_or_else(no_post)?;
    metadata::fill_one(work, caller, &mut post)?;
    post.pending_post_id.clone_from(&new.pending_post_id);
    Ok(post)
}

/// Properties as they are kept.
pub(crate) fn to_json(props: &Props) -> Outcome<String> {
    serde_json::to_string(props).map_err(Failure::internal)
}

/// What remains of the properties a client sent.
pub(crate) fn client_props(sent: &Props) -> Props {
    let mut props = sent.clone();
    for reserved in SERVER_PROPS {
        props.remove(reserved);
    }
    props
}

fn earlier(work: &mut Work<'_>, account_key: i64, pending_id: &str) -> Outcome<Option<Post>> {
    if pending_id.is_empty() {
        return Ok(None);
    }
    let post = work.first(
        "SELECT post.id FROM pending_post JOIN post ON post.key = pending_post.post_key \
         WHERE pending_post.account_key = ?1 AND pending_post.pending_id = ?2",
        params![account_key, pending_id],
        |row| row.id(0),
    )?;
    let Some(post) = post else { return Ok(None) };
    let found = by_id(work, post)?;
    Ok(found.map(|mut post| {
        pending_id.clone_into(&mut post.pending_post_id);
        post
    }))
}

/// Keeps the client's own name of a post, beside the post and in its transaction.
fn remember(work: &mut Work<'_>, account_key: i64, pending_id: &str, post: Id) -> Outcome<()> {
    if pending_id.is_empty() {
        return Ok(());
    }
    let now = work.now();
    work.execute(
        "INSERT INTO pending_post (post_key, account_key, pending_id, at) \
         SELECT post.key, ?1, ?2, ?3 FROM post WHERE post.id = ?4 \
         ON CONFLICT (account_key, pending_id) DO NOTHING",
        params![account_key, pending_id, now, &post],
    )?;
    Ok(())
}

/// How many names are forgotten at once.
const FORGOTTEN_AT_ONCE: i64 = 500;

/// Whether there are names of posts so old that no client repeats them.
pub fn has_stale_names(rows: &mut dyn Rows, now: Millis) -> Outcome<bool> {
    let oldest =
        rows.first("SELECT at FROM pending_post ORDER BY post_key LIMIT 1", &[], |row| row.int(0))?;
    Ok(oldest.is_some_and(|at| at < now - PENDING_KEPT))
}

/// Forgets some of the names of posts so old that no client repeats them, the oldest first.
pub fn forget_stale_names(work: &mut Work<'_>) -> Outcome<()> {
    let before = work.now() - PENDING_KEPT;
    work.execute(
        "DELETE FROM pending_post WHERE at < ?1 AND post_key IN \
         (SELECT post_key FROM pending_post ORDER BY post_key LIMIT ?2)",
        params![before, FORGOTTEN_AT_ONCE],
    )?;
    Ok(())
}

/// A reply's root is a live root of the same channel.
fn require_root(work: &mut Work<'_>, channel_key: i64, root: Id) -> Outcome<()> {
    if root.is_none() {
        return Ok(());
    }
    let found = work.first(
        "SELECT channel_key, root_key, delete_at FROM post WHERE id = ?1",
        params![&root],
        |row| (row.int(0), row.int(1), row.int(2)),
    )?;
    match found {
        Some((channel, 0, 0)) if channel == channel_key => Ok(()),
        Some((channel, _, 0)) if channel != channel_key => Err(Failure::invalid(
            "api.post.create_post.channel_root_id.app_error",
            "Invalid ChannelId for RootId parameter.",
        )),
        _ => Err(Failure::invalid(
            "api.post.create_post.root_id.app_error",
            "Invalid RootId parameter.",
        )),
    }
}

/// Refuses what no post may be.
pub(crate) fn validate(post: &Post) -> Outcome<()> {
    let refuse = |id: &'static str, says: &'static str| Err(Failure::invalid(id, says));
    if post.message.chars().count() > LONGEST_MESSAGE {
        return refuse(
            "model.post.is_valid.message_length.app_error",
            "The message is too long: it may have 16383 characters.",
        );
    }
    if post.file_ids.len() > MOST_FILES {
        return refuse("model.post.is_valid.file_ids.app_error", "A post may have 10 files.");
    }
    let kinds = ["", "me", "reminder", "slack_attachment"];
    if !kinds.contains(&post.kind.as_str()) && !post.kind.starts_with("custom_") {
        return refuse("model.post.is_valid.type.app_error", "That is not a type of post.");
    }
    if !post.props.is_empty() && to_json(&post.props)?.chars().count() > LONGEST_PROPS {
        return refuse("model.post.is_valid.props.app_error", "The properties are too long.");
    }
    if post.pending_post_id.len() > 128 {
        return Err(Failure::invalid_body("post.pending_post_id"));
    }
    Ok(())
}
