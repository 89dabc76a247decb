//! Channels, direct and group conversations.

mod across;
pub mod banner;
mod change;
pub mod convert;
pub mod create;
pub mod find;
pub mod group;
pub mod member;
pub mod moderation;
mod notice;
mod place;
mod property;
pub mod relocate;
pub mod role;
pub mod stats;
pub mod update;
pub mod view;

use fieldpost_kernel::{
    Audience, Event, Failure, Features, Outcome, Row, Rows, RowsExt, Shown, events, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Channel, ChannelType, Id};
use serde_json::json;

pub(crate) use self::across::enter;
pub use self::across::may_converse;
pub use self::banner::ChannelBannerSet;
pub use self::change::{ChannelFounded, MemberJoined, MemberLeft, MemberRoles};
pub use self::convert::GroupConverted;
pub use self::property::{ChannelArchived, ChannelConverted, ChannelPatched};
pub use self::relocate::ChannelMoved;
pub use self::role::MemberNotifyProps;

/// Two sites may give the same name while apart, so that names are unique only among what one site
/// makes; the channel that was made first is found by it. `team_key` is 0 for conversations. `conversation`
/// says in which kind of scope it was founded: a group conversation may become a channel of a team.
/// `across` is the one other site whose people take part in a conversation beside this site's, and
/// `opening` the place in this site's log where it was founded here, or 0.
/// `banner` is a text in JSON, or empty while none was ever set. Counters and times of posts follow local arrival and are nobody else's business.
const TABLES: &str = "
CREATE TABLE channel (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    team_key INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    header TEXT NOT NULL,
    purpose TEXT NOT NULL,
    creator BLOB NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    last_post_at INTEGER NOT NULL DEFAULT 0,
    last_root_post_at INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    total_root INTEGER NOT NULL DEFAULT 0,
    home BLOB NOT NULL,
    conversation INTEGER NOT NULL,
    restricted INTEGER NOT NULL DEFAULT 0,
    banner TEXT NOT NULL DEFAULT '',
    across BLOB,
    opening INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX channel_name ON channel (team_key, name);
CREATE INDEX channel_across ON channel (across) WHERE across IS NOT NULL";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    banner::register(features);
    change::register(features);
    convert::register(features);
    place::register(features);
    property::register(features);
    moderation::register(features);
    relocate::register(features);
    role::register(features);
    view::register(features);
}

/// The scope in which a channel of this kind is founded: one of its own, of the kind that says
/// whether it may ever be shared with a whole team.
pub fn scope(channel: Id, kind: ChannelType) -> Scope {
    let kind = if kind.is_team() { ScopeKind::Channel } else { ScopeKind::Conversation };
    Scope::new(kind, channel)
}

/// The scope of a channel that is here. It keeps the one in which it was founded, so that of a
/// group conversation that became a channel is a conversation's.
pub(crate) fn scope_of(rows: &mut dyn Rows, channel: Id) -> Outcome<Scope> {
    let sql = "SELECT id, conversation FROM channel WHERE id = ?1";
    rows.first(sql, params![&channel], |row| scope_at(row, 0))?.ok_or_else(member::no_channel)
}

/// The scope of the channel whose id is in this column, and its `conversation` in the next.
pub(crate) fn scope_at(row: &dyn Row, column: usize) -> Scope {
    let conversation = row.flag(column + 1);
    let kind = if conversation { ScopeKind::Conversation } else { ScopeKind::Channel };
    Scope::new(kind, row.id(column))
}

/// The columns of a channel, for [`channel_of`]. It is shared while this site shares it with another,
/// or while what is said in it goes to another.
const COLUMNS: &str = "channel.id, team.id, channel.kind, channel.name, channel.display_name, \
    channel.header, channel.purpose, channel.creator, channel.create_at, channel.update_at, \
    channel.delete_at, channel.last_post_at, channel.last_root_post_at, channel.total, \
    channel.total_root, EXISTS (SELECT 1 FROM link_share \
      WHERE link_share.channel = channel.id AND link_share.mine = 1) \
      OR EXISTS (SELECT 1 FROM link_peer WHERE link_peer.site = channel.across \
      AND link_peer.direct = 1 AND link_peer.theirs_direct = 1), \
    channel.banner, (SELECT link_writers.reads FROM link_writers \
      WHERE link_writers.channel = channel.id)";

const FROM: &str = "FROM channel LEFT JOIN team ON team.key = channel.team_key";

fn channel_of(row: &dyn Row) -> Channel {
    Channel {
        id: row.id(0),
        team_id: row.id(1),
        kind: ChannelType::from_letter(row.text(2)).unwrap_or(ChannelType::Private),
        name: row.text(3).to_owned(),
        display_name: row.text(4).to_owned(),
        header: row.text(5).to_owned(),
        purpose: row.text(6).to_owned(),
        creator_id: row.id(7),
        create_at: row.int(8),
        update_at: row.int(9),
        delete_at: row.int(10),
        last_post_at: row.int(11),
        last_root_post_at: row.int(12),
        total_msg_count: row.int(13),
        total_msg_count_root: row.int(14),
        shared: row.flag(15).then_some(true),
        banner_info: banner::read(row.text(16)),
        read_only: (!row.is_null(17)).then(|| row.flag(17)),
        ..Channel::default()
    }
}

/// Whether this site only reads a channel, because the site that made it has said so.
pub(crate) fn is_read_only(rows: &mut dyn Rows, channel: Id) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM link_writers WHERE channel = ?1 AND reads = 1";
    Ok(rows.count(sql, params![&channel])? > 0)
}

/// What clients are told of a channel that looks different now.
pub fn shown(rows: &mut dyn Rows, id: Id) -> Outcome<Shown> {
    let Some(channel) = by_id(rows, id)? else { return Ok(Shown::default()) };
    let channel = serde_json::to_string(&channel).map_err(Failure::internal)?;
    Ok(Event::new(events::CHANNEL_UPDATED, Audience::channel(id), json!({ "channel": channel }))
        .into())
}

/// A channel, whole.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Channel>> {
    rows.first(&format!("SELECT {COLUMNS} {FROM} WHERE channel.id = ?1"), params![&id], channel_of)
}

/// The channel of a name in a team, archived ones included.
pub fn by_name(rows: &mut dyn Rows, team: Id, name: &str) -> Outcome<Option<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE team.id = ?1 AND channel.name = ?2 \
         ORDER BY channel.create_at, channel.id LIMIT 1"
    );
    rows.first(&sql, params![&team, name], channel_of)
}

/// The live channels a person belongs to: of one team with all conversations, or everywhere.
pub fn of_person(rows: &mut dyn Rows, person: Id, team: Option<Id>) -> Outcome<Vec<Channel>> {
    let within = if team.is_some() { "AND (team.id = ?2 OR channel.team_key = 0)" } else { "" };
    let order =
        if team.is_some() { "LOWER(channel.display_name), channel.name" } else { "channel.id" };
    let sql = format!(
        "SELECT {COLUMNS} FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         LEFT JOIN team ON team.key = channel.team_key \
         JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.left_at = 0 AND channel.delete_at = 0 {within} \
         ORDER BY {order}"
    );
    match team {
        Some(team) => rows.all(&sql, params![&person, &team], channel_of),
        None => rows.all(&sql, params![&person], channel_of),
    }
}

/// A page of a team's live open channels, by display name.
pub fn open_of_team(
    rows: &mut dyn Rows,
    team: Id,
    offset: i64,
    limit: i64,
) -> Outcome<Vec<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE team.id = ?1 AND channel.kind = 'O' \
         AND channel.delete_at = 0 ORDER BY LOWER(channel.display_name), channel.name LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&team, limit, offset], channel_of)
}
