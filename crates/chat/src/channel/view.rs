//! How far a person has read a channel.

use std::collections::BTreeMap;

use fieldpost_access::{Caller, may_read_channel};
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Features, Kind, Outcome, Rows, RowsExt,
    Shown, Work, events, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{ChannelUnread, Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::member::{find, no_member};
use crate::facts::{self, POLICY, denied};
use crate::thread;

/// A person has seen some channels up to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelsViewed {
    /// Each channel, and the newest post's time seen in it.
    pub channels: Vec<(Id, Millis)>,
}

impl Body for ChannelsViewed {
    const KIND: Kind = Kind::new(0x0320);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_viewed);
    features.show(show_viewed);
}

fn apply_viewed(viewed: &ChannelsViewed, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    for (channel, until) in &viewed.channels {
        mark_read(cx.rows, *channel, person, *until, cx.now)?;
    }
    Ok(Applied::Done)
}

/// Everything that has arrived in a channel by now is read by a person.
pub(crate) fn mark_read(
    rows: &mut dyn Rows,
    channel: Id,
    person: Id,
    until: Millis,
    now: Millis,
) -> Outcome<()> {
    rows.execute(
        "UPDATE channel_member SET mention_count = 0, mention_count_root = 0, \
         urgent_mention_count = 0, \
         msg_count = (SELECT total FROM channel WHERE channel.key = channel_key), \
         msg_count_root = (SELECT total_root FROM channel WHERE channel.key = channel_key), \
         read_key = COALESCE((SELECT MAX(post.key) FROM post \
           WHERE post.channel_key = channel_member.channel_key), 0), \
         last_viewed_at = CASE WHEN last_viewed_at < ?3 THEN ?3 ELSE last_viewed_at END, \
         last_update_at = ?4 \
         WHERE channel_key = (SELECT key FROM channel WHERE id = ?1) \
         AND account_key = (SELECT key FROM account WHERE id = ?2)",
        params![&channel, &person, until, now],
    )?;
    Ok(())
}

fn show_viewed(viewed: &ChannelsViewed, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    let times: BTreeMap<String, Millis> =
        viewed.channels.iter().map(|(channel, until)| (channel.to_string(), *until)).collect();
    let person = change.name.scope.id;
    let data = json!({ "channel_times": times });
    Ok(Event::new(events::MULTIPLE_CHANNELS_VIEWED, Audience::user(person), data).into())
}

/// Marks channels as seen, and answers up to when each one is.
///
/// Only channels in which something was unread are written; looking twice costs nothing. Whoever
/// looks without collapsed threads has seen what is in them too.
pub fn view(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    (channels, collapsed): (&[Id], bool),
) -> Outcome<BTreeMap<Id, Millis>> {
    let mut times = BTreeMap::new();
    let mut unread = Vec::new();
    for channel in channels {
        let found = facts::channel(work, caller, *channel)?;
        may_read_channel(caller, &POLICY, &found.facts).map_err(denied)?;
        let Some(member) = find(work, *channel, person)? else { continue };
        let Some(state) = super::by_id(work, *channel)? else { continue };
        let until = state.last_post_at.max(member.last_viewed_at);
        times.insert(*channel, until);
        let behind = state.total_msg_count > member.msg_count
            || state.total_msg_count_root > member.msg_count_root
            || member.mention_count > 0
            || member.last_viewed_at == 0;
        if behind {
            unread.push((*channel, until));
        }
    }
    if !unread.is_empty() {
        let scope = Scope::new(ScopeKind::Private, person);
        work.emit(scope, caller.user, &ChannelsViewed { channels: unread })?;
    }
    if !(collapsed && thread::is_collapsed(work, person)?) {
        for (channel, until) in &times {
            thread::update::read_in_channel(work, caller, (person, *channel), *until)?;
        }
    }
    Ok(times)
}

/// Marks all channels of a team as seen, with the threads that its list of threads shows, and answers up
/// to when each channel is that was not.
pub fn view_team(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    team: Id,
) -> Outcome<BTreeMap<Id, Millis>> {
    thread::update::read_all(work, caller, person, team)?;
    let channels = behind(work, person, team)?;
    view(work, caller, person, (&channels, true))
}

/// Marks all conversations with people as seen, which are of no team, and answers up to when each is
/// that was not.
pub fn view_conversations(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
) -> Outcome<BTreeMap<Id, Millis>> {
    let channels = behind(work, person, Id::NONE)?;
    view(work, caller, person, (&channels, true))
}

/// The channels of a team, or of none, in which something is new to a person.
fn behind(rows: &mut dyn Rows, person: Id, team: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT channel.id FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         WHERE m.account_key = (SELECT key FROM account WHERE id = ?1) \
         AND m.left_at = 0 AND channel.delete_at = 0 \
         AND channel.team_key = COALESCE((SELECT team.key FROM team WHERE team.id = ?2), 0) \
         AND (channel.total > m.msg_count OR channel.total_root > m.msg_count_root \
           OR m.mention_count > 0 OR m.last_viewed_at = 0) ORDER BY channel.key",
        params![&person, &team],
        |row| row.id(0),
    )
}

/// What a person has not read in a channel.
pub fn unread(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<ChannelUnread> {
    let member = find(rows, channel, person)?.ok_or_else(no_member)?;
    let state = super::by_id(rows, channel)?.filter(|c| c.delete_at == 0).ok_or_else(no_member)?;
    let muted = member.notify_props.get("mark_unread").is_some_and(|level| level == "mention");
    let count = |total: i64, read: i64| if muted { 0 } else { (total - read).max(0) };
    Ok(ChannelUnread {
        team_id: state.team_id,
        channel_id: channel,
        msg_count: count(state.total_msg_count, member.msg_count),
        msg_count_root: count(state.total_msg_count_root, member.msg_count_root),
        mention_count: member.mention_count,
        mention_count_root: member.mention_count_root,
        urgent_mention_count: member.urgent_mention_count,
    })
}
