//! What can happen to a channel, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Membership, Outcome,
    Rows, RowsExt, Shape, Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{ChannelType, Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A channel or conversation was made. Its id is its scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelFounded {
    /// Its team, or none for conversations.
    pub team: Id,
    /// What kind it is, as the API's letter.
    pub kind: ChannelType,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// The line under the title.
    pub header: String,
    /// What it is for.
    pub purpose: String,
    /// Who made it.
    pub creator: Id,
    /// When.
    pub create_at: Millis,
}

impl Body for ChannelFounded {
    const KIND: Kind = Kind::new(0x0301);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape {
            people: vec![self.creator],
            places: self.team.some().map(crate::team::scope).into_iter().collect(),
            ..Shape::default()
        }
    }

    fn fits(&self) -> bool {
        at_most(&self.name, 64)
            && at_most(&self.display_name, 64)
            && at_most(&self.header, 1024)
            && at_most(&self.purpose, 250)
    }
}

/// A person belongs to a channel, with these roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberJoined {
    /// Who.
    pub person: Id,
    /// Whether a guest; an ordinary member otherwise.
    pub guest: bool,
    /// Whether an administrator of the channel.
    pub admin: bool,
    /// Roles given by name.
    pub explicit_roles: String,
}

impl Body for MemberJoined {
    const KIND: Kind = Kind::new(0x0310);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const BY_READERS: bool = true;

    fn shape(&self) -> Shape {
        Shape { people: vec![self.person], members: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.explicit_roles, 1024)
    }
}

/// A person no longer belongs to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLeft {
    /// Who.
    pub person: Id,
}

impl Body for MemberLeft {
    const KIND: Kind = Kind::new(0x0311);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const BY_READERS: bool = true;

    fn shape(&self) -> Shape {
        Shape { people: vec![self.person], ..Shape::default() }
    }
}

/// A member of a channel has these roles. It makes nobody a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRoles {
    /// Who.
    pub person: Id,
    /// Whether a guest; an ordinary member otherwise.
    pub guest: bool,
    /// Whether an administrator of the channel.
    pub admin: bool,
    /// Roles given by name.
    pub explicit_roles: String,
}

impl Body for MemberRoles {
    const KIND: Kind = Kind::new(0x0312);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const BY_READERS: bool = true;

    fn shape(&self) -> Shape {
        Shape { people: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.explicit_roles, 1024)
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_founded);
    features.show(show_founded);
    features.show(show_joined);
    features.show(show_left);
    features.show(show_roles);
}

fn apply_founded(channel: &ChannelFounded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    // A channel of a team is not a conversation, nor the other way round: what is shared differs.
    if super::scope(id, channel.kind) != cx.change.name.scope
        || channel.kind.is_team() == channel.team.is_none()
    {
        return Ok(Applied::Done);
    }
    let mut team_key = 0;
    if let Some(team) = channel.team.some() {
        match cx.rows.first("SELECT key FROM team WHERE id = ?1", params![&team], |r| r.int(0))? {
            Some(key) => team_key = key,
            None => return Ok(Applied::Waits(team)),
        }
    }
    let before = canonical(cx.rows, id)?;
    // Two sites may have made the same conversation while apart: the earlier making stands. A
    // channel of a team has one home, which nobody takes from it by making it once more.
    cx.rows.execute(
        "INSERT INTO channel (id, team_key, kind, name, display_name, header, purpose, creator, \
         create_at, update_at, home, conversation) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (id) DO UPDATE SET create_at = excluded.create_at, \
         creator = excluded.creator, home = excluded.home, \
         display_name = CASE WHEN EXISTS (SELECT 1 FROM field_version v \
           WHERE v.entity = channel.id AND v.field = 'display_name') \
           THEN channel.display_name ELSE excluded.display_name END \
         WHERE (excluded.create_at, excluded.home) < (channel.create_at, channel.home) \
         AND channel.conversation = excluded.conversation \
         AND (channel.conversation = 1 OR channel.home = excluded.home)",
        params![
            &id,
            team_key,
            channel.kind.letter(),
            &channel.name,
            &channel.display_name,
            &channel.header,
            &channel.purpose,
            &channel.creator,
            channel.create_at,
            cx.now,
            &cx.change.name.site.0,
            cx.change.name.scope.kind == ScopeKind::Conversation,
        ],
    )?;
    if cx.is_local() {
        cx.rows.execute(
            "UPDATE channel SET opening = ?2 WHERE id = ?1 AND opening = 0",
            params![&id, cx.change.position.number],
        )?;
    }
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(before, after);
    cx.created.push(id);
    Ok(Applied::Done)
}

/// The replicated fields of a channel, in the form that is hashed.
pub(super) fn canonical(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT channel.kind, channel.name, channel.display_name, channel.header, \
         channel.purpose, channel.creator, channel.create_at, channel.delete_at, team.id \
         FROM channel LEFT JOIN team ON team.key = channel.team_key WHERE channel.id = ?1",
        params![&id],
        |row| {
            let texts = [row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)];
            let times = (row.int(6), row.int(7));
            postcard::to_stdvec(&("channel", id, row.id(8), texts, row.id(5), times))
                .unwrap_or_default()
        },
    )
}

fn show_founded(founded: &ChannelFounded, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    let creator = founded.creator;
    let event = match founded.kind {
        ChannelType::Open | ChannelType::Private if creator.is_none() => {
            return Ok(Shown::default());
        }
        ChannelType::Open | ChannelType::Private => Event::new(
            events::CHANNEL_CREATED,
            Audience::user(creator),
            json!({ "channel_id": channel, "team_id": founded.team }),
        ),
        ChannelType::Direct => {
            let members = super::member::people(rows, channel)?;
            let teammate = members.iter().find(|member| **member != creator).unwrap_or(&creator);
            let data = json!({ "creator_id": creator, "teammate_id": teammate });
            Event::new(events::DIRECT_ADDED, Audience::channel(channel), data)
        }
        ChannelType::Group => {
            let members =
                serde_json::to_string(&super::member::people(rows, channel)?).unwrap_or_default();
            let data = json!({ "teammate_ids": members });
            Event::new(events::GROUP_ADDED, Audience::channel(channel), data)
        }
    };
    // Whoever belongs from the start must be known before the event is sent to members.
    let people = super::member::people(rows, channel)?;
    let joined = people.into_iter().map(|p| Membership::JoinedChannel(channel, p)).collect();
    Ok(Shown { joined, events: vec![event], left: Vec::new() })
}

fn show_joined(joined: &MemberJoined, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    let person = joined.person;
    let membership = vec![Membership::JoinedChannel(channel, person)];
    let Some(found) = super::by_id(rows, channel)? else { return Ok(Shown::default()) };
    // A channel's maker hears `channel_created`; the members of a conversation `direct_added`.
    if !found.kind.is_team() || found.creator_id == person {
        return Ok(Shown { joined: membership, ..Shown::default() });
    }
    let data = json!({ "user_id": person, "team_id": found.team_id });
    let others = Audience::channel(channel).except(&[person]);
    let mut own = Audience::user(person);
    own.channel = channel;
    Ok(Shown {
        joined: membership,
        events: vec![
            Event::new(events::USER_ADDED, others, data.clone()),
            Event::new(events::USER_ADDED, own, data),
        ],
        left: Vec::new(),
    })
}

fn show_left(left: &MemberLeft, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    let person = left.person;
    let members = json!({ "user_id": person, "remover_id": change.author });
    let own = json!({ "channel_id": channel, "remover_id": change.author });
    Ok(Shown {
        joined: Vec::new(),
        events: vec![
            Event::new(events::USER_REMOVED, Audience::channel(channel).except(&[person]), members),
            Event::new(events::USER_REMOVED, Audience::user(person), own),
        ],
        left: vec![Membership::LeftChannel(channel, person)],
    })
}

fn show_roles(roles: &MemberRoles, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    member_updated(rows, change.name.scope.id, roles.person)
}

/// The event that tells a person how their own place in a channel is now.
pub(crate) fn member_updated(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<Shown> {
    let Some(member) = super::member::find(rows, channel, person)? else {
        return Ok(Shown::default());
    };
    let member = serde_json::to_string(&member).map_err(Failure::internal)?;
    let data = json!({ "channelMember": member });
    Ok(Event::new(events::CHANNEL_MEMBER_UPDATED, Audience::user(person), data).into())
}
