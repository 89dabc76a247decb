//! Reactions: an emoji of a person's on a post.

mod change;

use std::collections::{BTreeMap, HashMap};

use fieldpost_access::{Caller, may_react, may_remove_reaction};
use fieldpost_kernel::{Failure, FailureKind, Features, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Post, Reaction};

pub(crate) use self::change::forms;
pub use self::change::{ReactionAdded, ReactionRemoved};
use crate::channel;
use crate::facts::{self, denied};
use crate::post::{self, list, no_post};

/// The most different emoji on one post.
const MOST_EMOJI: usize = 50;

/// A reaction that was taken back keeps its row, so that an older change cannot bring it back.
const TABLES: &str = "
CREATE TABLE reaction (
    post_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    origin BLOB,
    PRIMARY KEY (post_key, account_key, emoji)
);
CREATE INDEX reaction_emoji ON reaction (emoji, post_key, account_key)";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

const COLUMNS: &str = "account.id, post.id, reaction.emoji, reaction.create_at, \
    reaction.update_at, reaction.origin, channel.id";

const FROM: &str = "FROM reaction JOIN post ON post.key = reaction.post_key \
    JOIN channel ON channel.key = post.channel_key \
    JOIN account ON account.key = reaction.account_key";

fn reaction_of(row: &dyn Row) -> Reaction {
    Reaction {
        user_id: row.id(0),
        post_id: row.id(1),
        emoji_name: row.text(2).to_owned(),
        create_at: row.int(3),
        update_at: row.int(4),
        delete_at: 0,
        remote_id: Some(if row.is_null(5) { String::new() } else { row.id(5).to_string() }),
        channel_id: row.id(6),
    }
}

/// The reactions to posts of these ids, oldest first.
fn of_ids(rows: &mut dyn Rows, ids: &[Id]) -> Outcome<HashMap<Id, Vec<Reaction>>> {
    let list: Vec<_> = ids.iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.id IN ({{in}}) AND reaction.removed = 0 \
         ORDER BY reaction.create_at, account.key, reaction.emoji"
    );
    let mut by_post: HashMap<Id, Vec<Reaction>> = HashMap::new();
    for reaction in rows.all_in(&sql, &[], &list, reaction_of)? {
        by_post.entry(reaction.post_id).or_default().push(reaction);
    }
    Ok(by_post)
}

/// Fills in the reactions to posts, for a whole window at once.
pub(crate) fn fill(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    let ids: Vec<Id> = posts
        .iter()
        .filter(|post| post.has_reactions && post.delete_at == 0)
        .map(|post| post.id)
        .collect();
    let mut found = of_ids(rows, &ids)?;
    for post in posts {
        post.metadata.reactions = found.remove(&post.id).unwrap_or_default();
    }
    Ok(())
}

fn find(
    rows: &mut dyn Rows,
    post: Id,
    person: Id,
    emoji: &str,
    removed: bool,
) -> Outcome<Option<Reaction>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.id = ?1 AND account.id = ?2 AND reaction.emoji = ?3 \
         AND reaction.removed = ?4"
    );
    rows.first(&sql, params![&post, &person, emoji, removed], reaction_of)
}

/// Whether a person's reaction to a post stands.
pub(crate) fn exists(rows: &mut dyn Rows, post: Id, person: Id, emoji: &str) -> Outcome<bool> {
    Ok(find(rows, post, person, emoji, false)?.is_some())
}

/// The reactions to a post that the caller may read.
pub fn of_post(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Vec<Reaction>> {
    let (post, _) = post::readable(rows, caller, id)?;
    Ok(of_ids(rows, &[post.id])?.remove(&id).unwrap_or_default())
}

/// The reactions to posts, all of which the caller may read.
pub fn of_posts(
    rows: &mut dyn Rows,
    caller: &Caller,
    ids: &[Id],
) -> Outcome<BTreeMap<Id, Vec<Reaction>>> {
    if ids.is_empty() || ids.len() > list::MOST_IDS {
        return Err(Failure::invalid_body("post_ids"));
    }
    let posts = post::by_ids(rows, ids)?;
    let readable = list::readable_among(rows, caller, &posts)?;
    let known = |id: &Id| posts.iter().any(|post| post.id == *id);
    if !readable.values().all(|may| *may) || !ids.iter().all(known) {
        return Err(Failure::forbidden("read_channel_content"));
    }
    let mut found = of_ids(rows, ids)?;
    Ok(ids.iter().map(|id| (*id, found.remove(id).unwrap_or_default())).collect())
}

/// Reacts to a post in the caller's own name.
pub fn add(work: &mut Work<'_>, caller: &Caller, sent: &Reaction) -> Outcome<Reaction> {
    if sent.user_id != caller.user {
        return Err(Failure::forbidden("add_reaction"));
    }
    let emoji = require_name(&sent.emoji_name)?;
    let post = post::by_id(work, sent.post_id)?.filter(|post| post.delete_at == 0);
    let post = post.ok_or_else(no_post)?;
    let found = facts::channel(work, caller, post.channel_id)?;
    may_react(caller, &found.facts).map_err(denied)?;
    // What stands on the post already can be joined, though its picture is another site's.
    let standing = standing(work, post.id)?;
    if !standing.iter().any(|other| other == emoji) {
        crate::emoji::require(work, emoji)?;
    }
    require_live(&found)?;
    channel::enter(work, caller, &found)?;
    if let Some(known) = find(work, post.id, caller.user, emoji, false)? {
        return Ok(known);
    }
    require_room(&standing, emoji)?;
    let added = ReactionAdded {
        post: post.id,
        person: caller.user,
        emoji: emoji.to_owned(),
        imported_at: 0,
    };
    work.emit(found.scope, caller.user, &added)?;
    find(work, post.id, caller.user, emoji, false)?.ok_or_else(no_post)
}

/// Takes back a reaction. One that is not there is gone already.
pub fn remove(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, post): (Id, Id),
    emoji: &str,
) -> Outcome<()> {
    let emoji = require_name(emoji)?;
    let post = post::by_id(work, post)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    let found = facts::channel(work, caller, post.channel_id)?;
    may_remove_reaction(caller, &found.facts, person).map_err(denied)?;
    require_live(&found)?;
    channel::enter(work, caller, &found)?;
    if find(work, post.id, person, emoji, false)?.is_some() {
        let removed = ReactionRemoved { post: post.id, person, emoji: emoji.to_owned() };
        work.emit(found.scope, caller.user, &removed)?;
    }
    Ok(())
}

fn require_live(channel: &facts::Channel) -> Outcome<()> {
    channel.facts.require_live().map_err(|_| {
        Failure::new(
            FailureKind::Forbidden,
            "api.reaction.save.archived_channel.app_error",
            "You cannot react in an archived channel.",
        )
    })
}

fn require_name(emoji: &str) -> Outcome<&str> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'_');
    if (1..=64).contains(&emoji.len()) && emoji.bytes().all(allowed) {
        Ok(emoji)
    } else {
        Err(Failure::invalid(
            "model.reaction.is_valid.emoji_name.app_error",
            "An emoji's name has 1 to 64 letters, digits, dashes, pluses and underscores.",
        ))
    }
}

/// The different emoji on a post.
fn standing(rows: &mut dyn Rows, post: Id) -> Outcome<Vec<String>> {
    rows.all(
        "SELECT DISTINCT reaction.emoji FROM reaction JOIN post ON post.key = reaction.post_key \
         WHERE post.id = ?1 AND reaction.removed = 0",
        params![&post],
        |row| row.text(0).to_owned(),
    )
}

/// Refuses an emoji that would be one too many; joining others in theirs is always possible.
fn require_room(standing: &[String], emoji: &str) -> Outcome<()> {
    if standing.len() >= MOST_EMOJI && !standing.iter().any(|other| other == emoji) {
        return Err(Failure::invalid(
            "app.reaction.save.save.too_many_reactions",
            "The post has as many different reactions as it may have.",
        ));
    }
    Ok(())
}

/// Takes back at most so many reactions of this site's people with an emoji that is going away.
/// Gives how many. Those in channels that this site only reads stay.
pub(crate) fn take_back(work: &mut Work<'_>, by: Id, emoji: &str, most: i64) -> Outcome<i64> {
    let found = work.all(
        "SELECT post.id, account.id, channel.id, channel.conversation FROM reaction \
         JOIN post ON post.key = reaction.post_key \
         JOIN channel ON channel.key = post.channel_key \
         JOIN account ON account.key = reaction.account_key \
         WHERE reaction.emoji = ?1 AND reaction.removed = 0 AND reaction.origin IS NULL \
         AND NOT EXISTS (SELECT 1 FROM link_writers \
           WHERE link_writers.channel = channel.id AND link_writers.reads = 1) \
         ORDER BY reaction.post_key, reaction.account_key LIMIT ?2",
        params![emoji, most],
        |row| (row.id(0), row.id(1), channel::scope_at(row, 2)),
    )?;
    for (post, person, scope) in &found {
        let removed = ReactionRemoved { post: *post, person: *person, emoji: emoji.to_owned() };
        work.emit(*scope, by, &removed)?;
    }
    i64::try_from(found.len()).map_err(Failure::internal)
}
