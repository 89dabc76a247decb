//! Teams, channels, conversations, and who belongs to them.

use fieldpost_kernel::{Failure, Outcome, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{ChannelType, Id, Millis};

use super::{channel_named, person, team_named};
use crate::channel::create::{NewChannel, conversation_founded, found_default};
use crate::channel::member::{Seat, find, seat};
use crate::channel::view::ChannelsViewed;
use crate::channel::{self, ChannelFounded};
use crate::team::create::DEFAULT_CHANNELS;
use crate::team::{self, TeamFounded, TeamInvite, TeamMemberSet};

/// A team as it was elsewhere.
#[derive(Debug, Clone)]
pub struct ImportedTeam {
    /// The id it had, where it was one of ours.
    pub id: Id,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Whether of type `O`.
    pub open: bool,
    /// Whether anybody may join.
    pub open_invite: bool,
    /// When it was made; now without it.
    pub create_at: Millis,
}

/// Makes a team with its default channels, unless there is one of that name.
pub fn team(work: &mut Work<'_>, from: &ImportedTeam) -> Outcome<bool> {
    if team::by_name(work, &from.name)?.is_some() {
        return Ok(false);
    }
    fieldpost_text::name::check_team_name(&from.name).map_err(|_| {
        Failure::invalid(
            "app.import.validate_team_import_data.name_characters.error",
            "the team's name has characters or a length that are not allowed",
        )
    })?;
    let id = from.id.some().unwrap_or_else(|| work.random_id());
    let founded = TeamFounded {
        name: from.name.clone(),
        display_name: from.display_name.clone(),
        description: from.description.clone(),
        open: from.open,
        open_invite: from.open_invite,
        allowed_domains: String::new(),
        create_at: if from.create_at == 0 { work.now() } else { from.create_at },
    };
    work.emit(team::scope(id), Id::NONE, &founded)?;
    let invite = TeamInvite { email: String::new(), invite_id: work.random_id().to_string() };
    work.emit(Scope::new(ScopeKind::Site, id), Id::NONE, &invite)?;
    for (name, display_name) in DEFAULT_CHANNELS {
        let channel = NewChannel {
            team: id,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            ..NewChannel::default()
        };
        found_default(work, &channel, founded.create_at)?;
    }
    Ok(true)
}

/// A channel of a team as it was elsewhere.
#[derive(Debug, Clone)]
pub struct ImportedChannel {
    /// The id it had, where it was one of ours.
    pub id: Id,
    /// The name of its team.
    pub team: String,
    /// Whether private.
    pub kind: ChannelType,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// The line under the title.
    pub header: String,
    /// What it is for.
    pub purpose: String,
    /// When it was made; now without it.
    pub create_at: Millis,
    /// Who made it, where that is known.
    pub creator: Id,
}

/// Makes a channel, unless its team has one of that name.
pub fn channel(work: &mut Work<'_>, from: &ImportedChannel) -> Outcome<bool> {
    let team = team_named(work, &from.team)?;
    if channel::by_name(work, team, &from.name)?.is_some() {
        return Ok(false);
    }
    fieldpost_text::name::check_channel_name(&from.name).map_err(|_| {
        Failure::invalid(
            "app.import.validate_channel_import_data.name_characters.error",
            "the channel's name has characters or a length that are not allowed",
        )
    })?;
    let id = from.id.some().unwrap_or_else(|| work.random_id());
    let founded = ChannelFounded {
        team,
        kind: from.kind,
        name: from.name.clone(),
        display_name: from.display_name.clone(),
        header: from.header.clone(),
        purpose: from.purpose.clone(),
        creator: from.creator,
        create_at: if from.create_at == 0 { work.now() } else { from.create_at },
    };
    work.emit(channel::scope(id, from.kind), Id::NONE, &founded)?;
    Ok(true)
}

/// Makes the conversation of some people, unless they have one.
pub fn conversation(work: &mut Work<'_>, usernames: &[String], create_at: Millis) -> Outcome<Id> {
    let mut people = Vec::with_capacity(usernames.len());
    for username in usernames {
        people.push(person(work, username)?);
    }
    people.sort_unstable();
    people.dedup();
    if people.is_empty() || people.len() > 8 || usernames.len() < 2 {
        return Err(Failure::invalid(
            "app.import.validate_direct_channel_import_data.members_too_few.error",
            "a conversation has two to eight people",
        ));
    }
    let (id, founded) = conversation_founded(work, &people)?;
    if channel::by_id(work, id)?.is_some() {
        return Ok(id);
    }
    let create_at = if create_at == 0 { work.now() } else { create_at };
    let founded = ChannelFounded { create_at, ..founded };
    work.emit(channel::scope(id, founded.kind), Id::NONE, &founded)?;
    for person in people {
        seat(work, id, &Seat { person, guest: false, admin: false }, Id::NONE)?;
    }
    Ok(id)
}

/// A person's place in a team, or in one of its channels.
#[derive(Debug, Clone)]
pub struct Place {
    /// Who.
    pub person: Id,
    /// The team's name.
    pub team: String,
    /// The channel's name; none for the team itself.
    pub channel: Option<String>,
    /// The roles there.
    pub roles: String,
}

/// Gives a person a place, unless they have it.
pub fn place(work: &mut Work<'_>, place: &Place) -> Outcome<bool> {
    let team = team_named(work, &place.team)?;
    let has = |role: &str| place.roles.split(' ').any(|found| found == role);
    let Some(channel) = &place.channel else {
        let known = team::member(work, team, place.person)?;
        if known.is_some_and(|member| member.delete_at == 0) {
            return Ok(false);
        }
        let set = TeamMemberSet {
            person: place.person,
            guest: has("team_guest"),
            admin: has("team_admin"),
            explicit_roles: String::new(),
        };
        work.emit(team::members_scope(team), place.person, &set)?;
        return Ok(true);
    };
    let channel = channel_named(work, team, channel)?;
    if find(work, channel, place.person)?.is_some() {
        return Ok(false);
    }
    let admin = has("channel_admin");
    let seated = Seat { person: place.person, guest: has("channel_guest"), admin };
    seat(work, channel, &seated, place.person)?;
    Ok(true)
}

/// Marks everything as read by a person whose history was taken over: they have read it elsewhere.
pub fn everything_read(work: &mut Work<'_>, username: &str) -> Outcome<()> {
    let person = person(work, username)?;
    let channels = work.all(
        "SELECT channel.id, channel.last_post_at FROM channel_member m \
         JOIN channel ON channel.key = m.channel_key JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.left_at = 0 AND m.msg_count < channel.total",
        params![&person],
        |row| (row.id(0), row.int(1)),
    )?;
    if !channels.is_empty() {
        let scope = Scope::new(ScopeKind::Private, person);
        work.emit(scope, person, &ChannelsViewed { channels })?;
    }
    Ok(())
}
