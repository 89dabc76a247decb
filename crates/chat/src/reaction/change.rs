//! What can happen to a reaction, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, Features, Kind, Outcome,
    Rows, RowsExt, Shape, Shown, at_most, events, params, stamp_of,
};
use fieldpost_log::{ScopeKind, Stamp};
use fieldpost_model::{Id, Millis, Reaction};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::find;
use crate::post;

/// A person reacted to a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionAdded {
    /// To which.
    pub post: Id,
    /// Who.
    pub person: Id,
    /// With which emoji.
    pub emoji: String,
    /// When, where that comes from elsewhere; 0 for when it was written.
    pub imported_at: Millis,
}

impl Body for ReactionAdded {
    const KIND: Kind = Kind::new(0x0501);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], people: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.emoji, 64)
    }
}

/// A person's reaction to a post was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionRemoved {
    /// To which.
    pub post: Id,
    /// Whose.
    pub person: Id,
    /// Which emoji.
    pub emoji: String,
}

impl Body for ReactionRemoved {
    const KIND: Kind = Kind::new(0x0502);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], people: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.emoji, 64)
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|added: &ReactionAdded, _, rows| {
        standing(rows, (added.post, added.person, &added.emoji))
    });
    features.replaces(|removed: &ReactionRemoved, _, rows| {
        standing(rows, (removed.post, removed.person, &removed.emoji))
    });
    features.on(|added: &ReactionAdded, cx: &mut Applying<'_>| {
        // Nobody reacts in another's name, whatever a peer sends.
        if added.person != cx.change.author {
            return Ok(Applied::Done);
        }
        let at = if added.imported_at == 0 { cx.written_at() } else { added.imported_at };
        apply((added.post, added.person, &added.emoji), false, at, cx)
    });
    features.on(|removed: &ReactionRemoved, cx: &mut Applying<'_>| {
        apply((removed.post, removed.person, &removed.emoji), true, cx.written_at(), cx)
    });
    features.show(|added: &ReactionAdded, change: &Change, rows: &mut dyn Rows| {
        show(events::REACTION_ADDED, (added.post, added.person, &added.emoji), false, change, rows)
    });
    features.show(|removed: &ReactionRemoved, change: &Change, rows: &mut dyn Rows| {
        show(
            events::REACTION_REMOVED,
            (removed.post, removed.person, &removed.emoji),
            true,
            change,
            rows,
        )
    });
}

/// Which reaction: to what, whose, which emoji.
type Which<'a> = (Id, Id, &'a str);

/// The stamp of what was done last to a reaction.
fn standing(rows: &mut dyn Rows, (post, person, emoji): Which<'_>) -> Outcome<Stamp> {
    let found = rows.first(
        "SELECT reaction.stamp FROM reaction JOIN post ON post.key = reaction.post_key \
         JOIN account ON account.key = reaction.account_key \
         WHERE post.id = ?1 AND account.id = ?2 AND reaction.emoji = ?3",
        params![&post, &person, emoji],
        |row| stamp_of(row.int(0)),
    )?;
    Ok(found.unwrap_or_default())
}

/// Of all that was done to one reaction the newest stands.
fn apply(
    (post, person, emoji): Which<'_>,
    removed: bool,
    at: Millis,
    cx: &mut Applying<'_>,
) -> Outcome<Applied> {
    let Some((post_key, channel)) = post::locate(cx.rows, post)? else {
        return Ok(Applied::Waits(post));
    };
    let find = "SELECT key FROM account WHERE id = ?1";
    let Some(account_key) = cx.rows.first(find, params![&person], |row| row.int(0))? else {
        return Ok(Applied::Waits(person));
    };
    if channel != cx.change.name.scope.id {
        return Ok(Applied::Done);
    }
    let keys = (post_key, account_key);
    let before = canonical(cx.rows, keys, (post, person, emoji))?;
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let origin = (!cx.is_local()).then_some(&cx.change.name.site.0);
    cx.rows.execute(
        "INSERT INTO reaction (post_key, account_key, emoji, create_at, update_at, removed, \
         stamp, site, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (post_key, account_key, emoji) DO UPDATE SET \
         create_at = excluded.create_at, update_at = excluded.update_at, \
         removed = excluded.removed, stamp = excluded.stamp, site = excluded.site, \
         origin = excluded.origin \
         WHERE (reaction.stamp, reaction.site) < (excluded.stamp, excluded.site)",
        params![
            post_key,
            account_key,
            emoji,
            at,
            cx.now,
            removed,
            stamp,
            &cx.change.name.site.0,
            origin,
        ],
    )?;
    let after = canonical(cx.rows, keys, (post, person, emoji))?;
    cx.hash.replace(before, after);
    cx.rows.execute(
        "UPDATE post SET update_at = ?2, has_reactions = CASE WHEN EXISTS (SELECT 1 FROM reaction \
         WHERE reaction.post_key = ?1 AND reaction.removed = 0) THEN 1 ELSE 0 END WHERE key = ?1",
        params![post_key, cx.now],
    )?;
    Ok(Applied::Done)
}

/// The replicated fields of a reaction, in the form that is hashed. One that was taken back is
/// none, and so is one to a deleted post.
fn canonical(
    rows: &mut dyn Rows,
    (post_key, account_key): (i64, i64),
    which: Which<'_>,
) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT reaction.create_at FROM reaction JOIN post ON post.key = reaction.post_key \
         WHERE reaction.post_key = ?1 AND reaction.account_key = ?2 AND reaction.emoji = ?3 \
         AND reaction.removed = 0 AND post.delete_at = 0",
        params![post_key, account_key, which.2],
        |row| form(which, row.int(0)),
    )?
    .transpose()
}

fn form(which: Which<'_>, create_at: Millis) -> Outcome<Vec<u8>> {
    postcard::to_stdvec(&("reaction", which, create_at)).map_err(Failure::internal)
}

/// The forms of every reaction to a post that stands, whether the post does or not.
pub(crate) fn forms(rows: &mut dyn Rows, post_key: i64, post: Id) -> Outcome<Vec<Vec<u8>>> {
    rows.all(
        "SELECT account.id, reaction.emoji, reaction.create_at FROM reaction \
         JOIN account ON account.key = reaction.account_key \
         WHERE reaction.post_key = ?1 AND reaction.removed = 0",
        params![post_key],
        |row| form((post, row.id(0), row.text(1)), row.int(2)),
    )?
    .into_iter()
    .collect()
}

fn show(
    name: EventName,
    (post, person, emoji): Which<'_>,
    removed: bool,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    // Nothing is told of what was overtaken by the time it came.
    let Some(reaction) = find(rows, post, person, emoji, removed)? else {
        return Ok(Shown::default());
    };
    if reaction.channel_id != change.name.scope.id {
        return Ok(Shown::default());
    }
    let channel = reaction.channel_id;
    let reaction: Reaction = reaction;
    let data = json!({ "reaction": serde_json::to_string(&reaction).map_err(Failure::internal)? });
    Ok(Event::new(name, Audience::channel(channel), data).into())
}
