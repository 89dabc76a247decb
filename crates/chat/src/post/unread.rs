//! Wanting to read again from a post on.

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Rows,
    RowsExt, Shown, Work, events, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{ChannelType, Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{no_post, readable};
use crate::channel;
use crate::channel::member::{find, no_member};
use crate::facts;
use crate::thread;

/// A person wants to read a channel again from a post on. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedUnread {
    /// The channel.
    pub channel: Id,
    /// From which post on.
    pub post: Id,
    /// Whether roots are to be unread too: not where only a reply is.
    pub roots: bool,
}

impl Body for MarkedUnread {
    const KIND: Kind = Kind::new(0x0322);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_marked);
    features.show(show_marked);
}

/// What is unread from a post on.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    messages: i64,
    roots: i64,
    mentions: i64,
    mentions_in_roots: i64,
    urgent: i64,
}

/// What has come stays known as having come (`read_key`): only the time from which on posts are
/// new is set back, so that older posts that arrive later are unread by themselves.
fn apply_marked(marked: &MarkedUnread, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    let found = cx.rows.first(
        "SELECT post.create_at, channel.key, channel.id, channel.kind FROM post \
         JOIN channel ON channel.key = post.channel_key WHERE post.id = ?1",
        params![&marked.post],
        |row| (row.int(0), row.int(1), row.id(2), ChannelType::from_letter(row.text(3))),
    )?;
    let Some((from, channel_key, channel, kind)) = found else {
        return Ok(Applied::Waits(marked.post));
    };
    let find = "SELECT key FROM account WHERE id = ?1";
    let Some(account_key) = cx.rows.first(find, params![&person], |row| row.int(0))? else {
        return Ok(Applied::Waits(person));
    };
    if channel != marked.channel {
        return Ok(Applied::Done);
    }
    let conversation = kind.is_some_and(|kind| !kind.is_team());
    let mut rest = rest(cx.rows, (channel_key, account_key), from, conversation)?;
    if !marked.roots {
        (rest.roots, rest.mentions_in_roots, rest.urgent) = (0, 0, 0);
    }
    cx.rows.execute(
        "UPDATE channel_member SET \
         msg_count = (SELECT total FROM channel WHERE key = ?1) - CAST(?3 AS BIGINT), \
         msg_count_root = (SELECT total_root FROM channel WHERE key = ?1) - CAST(?4 AS BIGINT), \
         mention_count = ?5, mention_count_root = ?6, urgent_mention_count = ?9, \
         last_viewed_at = ?7, last_update_at = ?8 \
         WHERE channel_key = ?1 AND account_key = ?2 AND left_at = 0",
        params![
            channel_key,
            account_key,
            rest.messages,
            rest.roots,
            rest.mentions,
            rest.mentions_in_roots,
            from - 1,
            cx.now,
            rest.urgent,
        ],
    )?;
    Ok(Applied::Done)
}

fn rest(
    rows: &mut dyn Rows,
    (channel_key, account_key): (i64, i64),
    from: Millis,
    conversation: bool,
) -> Outcome<Rest> {
    let uncounted: Vec<String> =
        super::system::UNCOUNTED.iter().map(|kind| format!("'{kind}'")).collect();
    let counts = |tables: &str, condition: &str| {
        format!(
            "SELECT count(*), COALESCE(CAST(SUM(CASE WHEN post.root_key = 0 THEN 1 ELSE 0 END) \
             AS BIGINT), 0) FROM {tables} WHERE post.channel_key = ?1 AND post.create_at >= ?2 \
             AND post.delete_at = 0 {condition}"
        )
    };
    let both = |row: &dyn fieldpost_kernel::Row| (row.int(0), row.int(1));
    let messages = counts("post", &format!("AND post.kind NOT IN ({})", uncounted.join(",")));
    let messages = rows.first(&messages, params![channel_key, from], both)?.unwrap_or_default();
    // In a conversation every post of another person's is for everybody.
    let (tables, mine) = if conversation {
        ("post", "AND post.account_key <> ?3")
    } else {
        (
            "post JOIN mention ON mention.post_key = post.key",
            "AND mention.account_key = ?3 AND post.account_key <> ?3",
        )
    };
    let values = params![channel_key, from, account_key];
    let mentions = rows.first(&counts(tables, mine), values, both)?.unwrap_or_default();
    let tables = format!("{tables} JOIN priority ON priority.post_key = post.key");
    let mine = format!("{mine} AND priority.level = 'urgent'");
    let urgent = rows.first(&counts(&tables, &mine), values, both)?.unwrap_or_default();
    Ok(Rest {
        messages: messages.0,
        roots: messages.1,
        mentions: mentions.0,
        mentions_in_roots: mentions.1,
        urgent: urgent.1,
    })
}

fn show_marked(marked: &MarkedUnread, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let person = change.name.scope.id;
    let Some(member) = find(rows, marked.channel, person)? else { return Ok(Shown::default()) };
    let Some(channel) = channel::by_id(rows, marked.channel)? else {
        return Ok(Shown::default());
    };
    let data = json!({
        "msg_count": member.msg_count,
        "msg_count_root": member.msg_count_root,
        "mention_count": member.mention_count,
        "mention_count_root": member.mention_count_root,
        "urgent_mention_count": member.urgent_mention_count,
        "last_viewed_at": member.last_viewed_at,
        "post_id": marked.post,
    });
    let audience = Audience {
        user: person,
        channel: marked.channel,
        team: channel.team_id,
        ..Audience::default()
    };
    Ok(Event::new(events::POST_UNREAD, audience, data).into())
}

/// Marks a channel as unread from a post on, and answers what is read then.
pub fn set(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    post: Id,
    collapsed: bool,
) -> Outcome<Value> {
    facts::require_person(work, caller, person)?;
    let (post, found) = readable(work, caller, post)?;
    if found.facts.require_live().is_err() {
        return Err(Failure::invalid(
            "api.channel.update_channel.deleted.app_error",
            "The channel has been archived or deleted.",
        ));
    }
    let member = find(work, post.channel_id, person)?.ok_or_else(no_member)?;
    let collapsed = collapsed && thread::is_collapsed(work, person)?;
    if let (false, Some(root)) = (collapsed, post.root_id.some()) {
        thread::update::unread_from(work, caller, (person, root), post.create_at)?;
    }
    let marked = MarkedUnread {
        channel: member.channel_id,
        post: post.id,
        roots: collapsed || post.root_id.is_none(),
    };
    let scope = Scope::new(ScopeKind::Private, person);
    work.emit(scope, caller.user, &marked)?;
    let member = find(work, post.channel_id, person)?.ok_or_else(no_member)?;
    let team = channel::by_id(work, post.channel_id)?.ok_or_else(no_post)?.team_id;
    Ok(json!({
        "team_id": team,
        "user_id": person,
        "channel_id": member.channel_id,
        "msg_count": member.msg_count,
        "msg_count_root": member.msg_count_root,
        "mention_count": member.mention_count,
        "mention_count_root": member.mention_count_root,
        "urgent_mention_count": member.urgent_mention_count,
        "last_viewed_at": member.last_viewed_at,
    }))
}
