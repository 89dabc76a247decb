//! Moving a thread to another channel.
//!
//! A post is named by the change that made it, in the scope of its channel; so one that moves is
//! written again there, in its author's name, and the old one is deleted.

use fieldpost_access::{Caller, Permission, may_create_post, may_delete_post, require_channel};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::Scope;
use fieldpost_model::{ChannelType, Id, Post};
use serde_json::{Value, json};

use super::change::CLASS;
use super::create::to_json;
use super::{COLUMNS, FROM, Imported, PostWritten, by_id, delete, no_post, post_of, readable};
use crate::facts::{self, denied};
use crate::reaction::ReactionAdded;
use crate::{action, channel, file};

/// What the server says of a thread that was moved.
const NOTE: &str = "system_wrangler";

/// The most posts of a thread that is moved.
pub const MOST: usize = 100;

/// Moves the thread that a post is in to another channel of its team, where the replies follow
/// their root as before. Both channels are told: here where it came from, there where it went.
pub fn thread(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    target: Id,
    site_url: &str,
) -> Outcome<()> {
    let (post, source) = readable(work, caller, id)?;
    let root = post.root_id.some().unwrap_or(id);
    let destination = facts::channel(work, caller, target)?;
    require_places(caller, &source, &destination)?;
    let posts = posts(work, root)?;
    require_movable(work, caller, &source, &posts)?;
    let scope = destination.scope;
    let mut moved_root = Id::NONE;
    for post in &posts {
        let id = copy(work, (scope, target), post, moved_root)?;
        if moved_root.is_none() {
            moved_root = id;
        }
    }
    say(
        work,
        (scope, moved_root),
        caller.user,
        "This thread was moved from another channel".to_owned(),
        &json!({ "TranslationID": "app.post.move_thread.from_another_channel" }),
    )?;
    delete::delete(work, caller, root)?;
    point(work, caller, &source, (posts.len(), moved_root), site_url)
}

/// Refuses unless the caller belongs to both channels and may write in the other, which is of the
/// same team. What was said among few stays there.
fn require_places(
    caller: &Caller,
    source: &facts::Channel,
    destination: &facts::Channel,
) -> Outcome<()> {
    let belongs = |channel: &facts::Channel| {
        channel.facts.member.is_some()
            && require_channel(caller, &channel.facts, Permission::ReadChannelContent).is_ok()
    };
    if !belongs(source) || !belongs(destination) {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.post.move_thread.no_permission",
            "You do not have permission to move this thread.",
        ));
    }
    may_create_post(caller, &destination.facts).map_err(denied)?;
    let refuse =
        |says: &'static str| Err(Failure::invalid("api.fieldpost.move_thread.refused", says));
    let team = |channel: &facts::Channel| channel.facts.team.map(|team| team.id);
    if source.facts.kind != ChannelType::Open {
        return refuse("Threads are moved out of open channels only.");
    }
    if team(source) != team(destination) {
        return refuse("A thread is moved within its team only.");
    }
    if source.key == destination.key {
        return refuse("The thread is in that channel.");
    }
    if source.facts.require_live().is_err() || destination.facts.require_live().is_err() {
        return refuse("One of the channels is archived.");
    }
    Ok(())
}

/// The live posts of a thread, its root first. What was said of an earlier move goes with the old
/// ones.
fn posts(rows: &mut dyn Rows, root: Id) -> Outcome<Vec<Post>> {
    let most = i64::try_from(MOST).map_err(Failure::internal)? + 1;
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.key IN (SELECT p.key FROM post p WHERE p.id = ?1 \
         UNION ALL SELECT p.key FROM post p WHERE p.root_key > 0 AND p.kind <> ?3 \
         AND p.root_key = (SELECT r.key FROM post r WHERE r.id = ?1)) AND post.delete_at = 0 \
         ORDER BY CASE WHEN post.id = ?1 THEN 0 ELSE 1 END, post.create_at, post.key LIMIT ?2"
    );
    rows.all(&sql, params![&root, most, NOTE], post_of)
}

/// Refuses a thread of which something must stay: whoever moves it deletes it here, and for people
/// of other sites only those speak.
fn require_movable(
    rows: &mut dyn Rows,
    caller: &Caller,
    source: &facts::Channel,
    posts: &[Post],
) -> Outcome<()> {
    if posts.len() > MOST {
        return Err(Failure::invalid(
            "api.fieldpost.move_thread.refused",
            format!("A thread of more than {MOST} messages is not moved."),
        ));
    }
    if posts.first().is_none_or(|root| !root.root_id.is_none()) {
        return Err(no_post());
    }
    for post in posts {
        if post.kind.starts_with("system_") {
            return Err(Failure::invalid(
                "api.fieldpost.move_thread.refused",
                "What the server says of a channel stays there.",
            ));
        }
        may_delete_post(caller, &source.facts, post.user_id).map_err(denied)?;
        let sql = "SELECT count(*) FROM account WHERE id = ?1 AND home IS NOT NULL";
        if rows.count(sql, params![&post.user_id])? > 0 {
            return Err(Failure::invalid(
                "api.fieldpost.move_thread.refused",
                "Somebody of another site wrote in this thread: it is not moved.",
            ));
        }
    }
    Ok(())
}

/// Whether a post is one that was written again when its thread was moved: what it says stands in the
/// log of the other channel, too.
pub fn is_copy(rows: &mut dyn Rows, post: Id) -> Outcome<bool> {
    let payload = rows.first(
        "SELECT change.payload FROM post JOIN change ON change.position = post.position \
         WHERE post.id = ?1",
        params![&post],
        |row| row.blob(0).to_vec(),
    )?;
    let written = payload.and_then(|payload| postcard::from_bytes::<PostWritten>(&payload).ok());
    Ok(written.and_then(|written| written.imported).is_some_and(|imported| imported.id.is_none()))
}

/// Writes a post again in another place, with its files, its buttons, and the reactions of this
/// site's people.
fn copy(work: &mut Work<'_>, (scope, channel): (Scope, Id), post: &Post, root: Id) -> Outcome<Id> {
    let files = file::copied(work, post.user_id, scope, &post.file_ids)?;
    let written = PostWritten {
        root,
        kind: post.kind.clone(),
        message: post.message.clone(),
        props: if post.props.is_empty() { String::new() } else { to_json(&post.props)? },
        files,
        mentions: Vec::new(),
        // Nobody has read the other channel because of it.
        imported: Some(Imported { id: Id::NONE, create_at: 0, edit_at: 0 }),
    };
    let id = work.emit(scope, post.user_id, &written)?.derive(CLASS, 0);
    let actions = action::of_post(work, post.id)?;
    action::keep(work, (channel, post.user_id), id, actions)?;
    let reactions = work.all(
        "SELECT account.id, reaction.emoji FROM reaction JOIN post ON post.key = reaction.post_key \
         JOIN account ON account.key = reaction.account_key \
         WHERE post.id = ?1 AND reaction.removed = 0 AND account.home IS NULL \
         ORDER BY reaction.create_at, account.key, reaction.emoji",
        params![&post.id],
        |row| (row.id(0), row.text(1).to_owned()),
    )?;
    for (person, emoji) in reactions {
        let added = ReactionAdded { post: id, person, emoji, imported_at: 0 };
        work.emit(scope, person, &added)?;
    }
    Ok(id)
}

/// Says in the old place where the thread went.
fn point(
    work: &mut Work<'_>,
    caller: &Caller,
    source: &facts::Channel,
    (count, moved): (usize, Id),
    site_url: &str,
) -> Outcome<()> {
    let team = source.facts.team.map_or(Id::NONE, |team| team.id);
    let team = crate::team::by_id(work, team)?.map(|team| team.name).unwrap_or_default();
    let link = format!("{}/{team}/pl/{moved}", site_url.trim_end_matches('/'));
    let which = if count == 1 { "one_message" } else { "multiple_messages" };
    let props = json!({
        "TranslationID": format!("app.post.move_thread_command.channel.{which}"),
        "NumMessages": count.to_string(),
        "MovedThreadPermalink": link,
    });
    let says = format!("A thread with {count} messages has been moved: {link}");
    say(work, (source.scope, Id::NONE), caller.user, says, &props)
}

fn say(
    work: &mut Work<'_>,
    (scope, root): (Scope, Id),
    author: Id,
    message: String,
    props: &Value,
) -> Outcome<()> {
    let written = PostWritten {
        root,
        kind: NOTE.to_owned(),
        message,
        props: props.to_string(),
        files: Vec::new(),
        mentions: Vec::new(),
        imported: Some(Imported { id: Id::NONE, create_at: 0, edit_at: 0 }),
    };
    work.emit(scope, author, &written)?;
    Ok(())
}

/// Which channels moving a post's thread writes to, if there is such a post.
pub fn scopes(rows: &mut dyn Rows, id: Id, target: Id) -> Outcome<Vec<Scope>> {
    let source = by_id(rows, id)?.map(|post| post.channel_id);
    let places = source.into_iter().chain([target]);
    Ok(places.map(|channel| channel::scope(channel, ChannelType::Open)).collect())
}
