//! How much a post matters, as its author says when they write it.

use std::collections::HashMap;

use fieldpost_kernel::{
    Applied, Applying, Body, Failure, FailureKind, Features, Kind, Outcome, Precedence, Rows,
    RowsExt, Shape, Value, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{ChannelType, Id, Post, PostPriority};
use serde::{Deserialize, Serialize};

use super::persistent;

/// People whom a post may tell again and again.
const MOST_PERSISTENT: usize = 5;

/// Of a post that came with no word about it there is no row.
const TABLES: &str = "
CREATE TABLE priority (
    post_key INTEGER PRIMARY KEY,
    level TEXT NOT NULL,
    requested_ack INTEGER NOT NULL,
    persistent INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL
)";

/// How much something matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// Empty, `important` or `urgent`.
    pub level: String,
    /// Whether readers are asked to acknowledge it.
    pub requested_ack: bool,
    /// Whether whom it mentions is to be told again and again.
    pub persistent: bool,
}

impl Priority {
    /// What a client asks for; nothing, if it asks for nothing out of the ordinary.
    pub(crate) fn asked(asked: Option<&PostPriority>) -> Option<Self> {
        let asked = asked.filter(|asked| **asked != PostPriority::default())?;
        Some(Self {
            level: asked.priority.clone(),
            requested_ack: asked.requested_ack,
            persistent: asked.persistent_notifications,
        })
    }

    /// As clients are told of it.
    pub(crate) fn told(&self) -> PostPriority {
        PostPriority {
            priority: self.level.clone(),
            requested_ack: self.requested_ack,
            persistent_notifications: self.persistent,
            flash: false,
        }
    }

    /// Its place among what waits for a link.
    fn precedence(&self) -> Precedence {
        match self.level.as_str() {
            "urgent" => Precedence::Immediate,
            "important" => Precedence::Priority,
            _ => Precedence::Routine,
        }
    }

    /// Whether it is one of those that there are.
    pub(crate) fn fits(&self) -> bool {
        ["", "important", "urgent"].contains(&self.level.as_str())
    }
}

/// The author of a post said how much it matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostPrioritized {
    /// Which.
    pub post: Id,
    /// How much.
    pub priority: Priority,
}

impl Body for PostPrioritized {
    const KIND: Kind = Kind::new(0x0410);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const PRECEDES: bool = true;

    fn shape(&self) -> Shape {
        let precedence = self.priority.precedence();
        Shape { posts: vec![self.post], precedence, ..Shape::default() }
    }

    fn fits(&self) -> bool {
        self.priority.fits()
    }
}

/// Nobody is told of it by itself: it comes with its post, and is told with it.
pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_prioritized);
}

fn apply_prioritized(said: &PostPrioritized, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let found = cx.rows.first(
        "SELECT post.key, post.root_key, channel.id, author.id FROM post \
         JOIN channel ON channel.key = post.channel_key \
         JOIN account author ON author.key = post.account_key WHERE post.id = ?1",
        params![&said.post],
        |row| (row.int(0), row.int(1), row.id(2), row.id(3)),
    )?;
    let Some((key, root_key, channel, author)) = found else {
        return Ok(Applied::Waits(said.post));
    };
    // A post that only claims the id gives way to the author's own once that comes.
    if channel != cx.change.name.scope.id || author != cx.change.author {
        return Ok(Applied::Waits(said.post));
    }
    if root_key != 0 {
        return Ok(Applied::Done);
    }
    let (before, was_urgent) = (standing(cx.rows, key)?, is_urgent(cx.rows, key)?);
    cx.rows.execute(
        "INSERT INTO priority (post_key, level, requested_ack, persistent, stamp, site) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (post_key) DO UPDATE SET \
         level = excluded.level, requested_ack = excluded.requested_ack, \
         persistent = excluded.persistent, stamp = excluded.stamp, site = excluded.site \
         WHERE (priority.stamp, priority.site) < (excluded.stamp, excluded.site)",
        params![
            key,
            &said.priority.level,
            said.priority.requested_ack,
            said.priority.persistent,
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    let after = standing(cx.rows, key)?;
    cx.hash.replace(before, after);
    cx.rows.execute("UPDATE post SET noted = 1 WHERE key = ?1", params![key])?;
    if !was_urgent && is_urgent(cx.rows, key)? {
        count_urgent(key, cx)?;
    }
    if said.priority.persistent {
        persistent::begin(cx, key)?;
    }
    Ok(Applied::Done)
}

fn is_urgent(rows: &mut dyn Rows, key: i64) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM priority WHERE post_key = ?1 AND level = 'urgent'";
    Ok(rows.count(sql, params![key])? > 0)
}

/// Counts an urgent post for those it mentions and who have not seen it.
fn count_urgent(key: i64, cx: &mut Applying<'_>) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE channel_member SET urgent_mention_count = urgent_mention_count + 1, \
         last_update_at = ?2 WHERE channel_key = (SELECT channel_key FROM post WHERE key = ?1) \
         AND left_at = 0 AND read_key < ?1 \
         AND account_key IN (SELECT account_key FROM mention WHERE post_key = ?1)",
        params![key, cx.now],
    )?;
    Ok(())
}

/// The form that is hashed of the priority of the post of a key, if both stand.
fn standing(rows: &mut dyn Rows, key: i64) -> Outcome<Option<Vec<u8>>> {
    let sql = "SELECT id FROM post WHERE key = ?1 AND delete_at = 0";
    let Some(post) = rows.first(sql, params![key], |row| row.id(0))? else { return Ok(None) };
    form(rows, key, post)
}

/// The form that is hashed of a post's priority, whether the post stands or not.
pub(super) fn form(rows: &mut dyn Rows, key: i64, post: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT level, requested_ack, persistent FROM priority WHERE post_key = ?1",
        params![key],
        |row| {
            let form = ("priority", post, row.text(0), row.flag(1), row.flag(2));
            postcard::to_stdvec(&form).map_err(Failure::internal)
        },
    )?
    .transpose()
}

/// Fills in how much posts matter, for a whole window at once.
pub(super) fn fill(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    let of = |post: &Post| post.noted && post.root_id.is_none() && post.delete_at == 0;
    let list: Vec<Value<'_>> =
        posts.iter().filter(|post| of(post)).map(|post| (&post.id).into()).collect();
    let sql = "SELECT post.id, priority.level, priority.requested_ack, priority.persistent, \
               EXISTS (SELECT 1 FROM flash WHERE flash.post_key = post.key) FROM post JOIN priority ON priority.post_key = post.key WHERE post.id IN ({in})";
    let found = rows.all_in(sql, &[], &list, |row| {
        let told = PostPriority {
            priority: row.text(1).to_owned(),
            requested_ack: row.flag(2),
            persistent_notifications: row.flag(3),
            flash: row.flag(4) && row.text(1) == "urgent",
        };
        (row.id(0), told)
    })?;
    let mut found: HashMap<Id, PostPriority> = found.into_iter().collect();
    for post in posts {
        post.metadata.priority = found.remove(&post.id);
    }
    Ok(())
}

/// Refuses a priority that there is not, or that a post of this place may not have.
pub(crate) fn require(priority: Option<&Priority>, root: Id) -> Outcome<()> {
    let Some(priority) = priority else { return Ok(()) };
    if !root.is_none() {
        return Err(Failure::invalid(
            "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error",
            "Only the first post of a thread has a priority.",
        ));
    }
    if !priority.fits() {
        return Err(Failure::invalid_body("post.metadata.priority"));
    }
    if priority.persistent && priority.level != "urgent" {
        return Err(Failure::invalid(
            "api.post.post_priority.urgent_persistent_notification_post.request_error",
            "Only an urgent post tells people again and again.",
        ));
    }
    Ok(())
}

/// Refuses to tell nobody again and again, or too many.
pub(super) fn require_recipients(
    priority: &Priority,
    kind: ChannelType,
    mentioned: &[Id],
) -> Outcome<()> {
    if !priority.persistent || kind == ChannelType::Direct {
        return Ok(());
    }
    let refuse = |id, says| Err(Failure::new(FailureKind::Invalid, id, says));
    match mentioned.len() {
        0 => refuse(
            "api.post.post_priority.min_recipients_persistent_notification_post.request_error",
            "A post that tells people again and again has to mention somebody.",
        ),
        n if n > MOST_PERSISTENT => refuse(
            "api.post.post_priority.max_recipients_persistent_notification_post.request_error",
            "A post that tells people again and again may mention 5 people.",
        ),
        _ => Ok(()),
    }
}
