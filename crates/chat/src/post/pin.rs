//! Pinning a post to its channel.

use fieldpost_access::{Caller, may_pin};
use fieldpost_kernel::{
    Applied, Applying, Body, Change, Features, Kind, Outcome, Rows, RowsExt, Shape, Shown, Work,
    params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, PostList};
use serde::{Deserialize, Serialize};

use super::edit::{require_editable, shown, touch_root};
use super::{COLUMNS, FROM, form, list, metadata, post_of, to_change};
use crate::channel as channels;
use crate::facts::POLICY;
use crate::register::{self, Field};

/// The most pinned posts that are given at once.
const MOST: i64 = 1000;

/// A post was pinned to its channel, or unpinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostPinned {
    /// Which.
    pub post: Id,
    /// Whether it is pinned now.
    pub pinned: bool,
}

impl Body for PostPinned {
    const KIND: Kind = Kind::new(0x0404);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], ..Shape::default() }
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|pinned: &PostPinned, _, rows| {
        register::standing(rows, pinned.post, &["pinned"])
    });
    features.on(apply_pinned);
    features.show(show_pinned);
}

fn apply_pinned(pinned: &PostPinned, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let found = cx.rows.first(
        "SELECT post.key, post.root_key, post.pinned, channel.id FROM post \
         JOIN channel ON channel.key = post.channel_key WHERE post.id = ?1",
        params![&pinned.post],
        |row| (row.int(0), row.int(1), row.flag(2), row.id(3)),
    )?;
    let Some((key, root_key, current, channel)) = found else {
        return Ok(Applied::Waits(pinned.post));
    };
    let field = Field {
        entity: pinned.post,
        name: "pinned",
        current: text(current),
        written: text(pinned.pinned),
    };
    if channel != cx.change.name.scope.id || !register::wins(cx, &field)? {
        return Ok(Applied::Done);
    }
    let before = form::of(cx.rows, key)?;
    cx.rows.execute(
        "UPDATE post SET pinned = ?2, update_at = ?3 WHERE key = ?1",
        params![key, pinned.pinned, cx.now],
    )?;
    touch_root(root_key, cx)?;
    let after = form::of(cx.rows, key)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

fn text(pinned: bool) -> &'static str {
    if pinned { "true" } else { "false" }
}

fn show_pinned(pinned: &PostPinned, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    shown(rows, pinned.post, change)
}

/// Pins a post to its channel, or unpins it; whoever reads a channel may.
pub fn set(work: &mut Work<'_>, caller: &Caller, id: Id, pinned: bool) -> Outcome<()> {
    let (post, channel) =
        to_change(work, caller, id, |channel, _| may_pin(caller, &POLICY, &channel.facts))?;
    require_editable(&post, &channel)?;
    channels::enter(work, caller, &channel)?;
    if post.is_pinned != pinned {
        work.emit(channel.scope, caller.user, &PostPinned { post: id, pinned })?;
    }
    Ok(())
}

/// A channel's pinned posts, oldest first.
pub fn of_channel(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<PostList> {
    let found = list::readable_channel(rows, caller, channel)?;
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.channel_key = ?1 AND post.pinned = 1 \
         AND post.delete_at = 0 ORDER BY post.create_at, post.key LIMIT ?2"
    );
    let mut posts = rows.all(&sql, params![found.key, MOST], post_of)?;
    metadata::fill(rows, caller, &mut posts)?;
    Ok(list::of(posts, Vec::new()))
}
