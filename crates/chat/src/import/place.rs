//! Teams, channels, conversations, and who belongs to them.

use fieldpost_access::builtin;
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Channel, ChannelBanner, ChannelType, Id, Millis};

use super::{channel_named, person, team_named};
use crate::channel::create::{NewChannel, conversation_founded, conversation_id, found_default};
use crate::channel::member::{Seat, find, seat};
use crate::channel::view::ChannelsViewed;
use crate::channel::{
    self, ChannelArchived, ChannelFounded, ChannelPatched, GroupConverted, MemberJoined,
};
use crate::team::create::DEFAULT_CHANNELS;
use crate::team::{self, TeamArchived, TeamFounded, TeamInvite, TeamMemberSet, TeamPatched};

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
    /// Mail domains of those who may join.
    pub allowed_domains: String,
    /// A company's name.
    pub company_name: String,
    /// When it was made; now without it.
    pub create_at: Millis,
    /// When it was archived, or 0.
    pub delete_at: Millis,
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
    if team::by_id(work, from.id)?.is_some() {
        return Err(known_otherwise("a team of that id has another name"));
    }
    let id = from.id.some().unwrap_or_else(|| work.random_id());
    let founded = TeamFounded {
        name: from.name.clone(),
        display_name: from.display_name.clone(),
        description: from.description.clone(),
        open: from.open,
        open_invite: from.open_invite,
        allowed_domains: from.allowed_domains.clone(),
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
    if !from.company_name.is_empty() {
        let company_name = Some(from.company_name.clone());
        let patch = TeamPatched { company_name, ..TeamPatched::default() };
        work.emit(team::scope(id), Id::NONE, &patch)?;
    }
    if from.delete_at != 0 {
        work.emit(team::scope(id), Id::NONE, &TeamArchived { at: from.delete_at })?;
    }
    Ok(true)
}

fn known_otherwise(says: &'static str) -> Failure {
    Failure::invalid("api.fieldpost.import.renamed", says)
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
    /// The name people read; of a new one the name in addresses, where it is missing.
    pub display_name: Option<String>,
    /// The line under the title.
    pub header: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// When it was made; now without it.
    pub create_at: Millis,
    /// When it was archived, or 0.
    pub delete_at: Millis,
    /// Who made it, where that is known.
    pub creator: Id,
    /// Whether it began as a group conversation.
    pub conversation: bool,
    /// The number of what it takes from its members and guests.
    pub restricted: i64,
    /// Its banner, if one was ever set.
    pub banner: Option<ChannelBanner>,
}

/// Makes a channel. If its team has one of that name, that one is brought up to date: what is
/// missing stays as it is.
pub fn channel(work: &mut Work<'_>, from: &ImportedChannel) -> Outcome<bool> {
    let team = team_named(work, &from.team)?;
    if let Some(known) = channel::by_name(work, team, &from.name)? {
        update(work, &known, from)?;
        return Ok(false);
    }
    fieldpost_text::name::check_channel_name(&from.name).map_err(|_| {
        Failure::invalid(
            "app.import.validate_channel_import_data.name_characters.error",
            "the channel's name has characters or a length that are not allowed",
        )
    })?;
    if channel::by_id(work, from.id)?.is_some() {
        return Err(known_otherwise("a channel of that id has another name"));
    }
    let id = from.id.some().unwrap_or_else(|| work.random_id());
    let founded = ChannelFounded {
        team,
        kind: from.kind,
        name: from.name.clone(),
        display_name: from.display_name.as_ref().unwrap_or(&from.name).clone(),
        header: from.header.clone().unwrap_or_default(),
        purpose: from.purpose.clone().unwrap_or_default(),
        creator: from.creator,
        create_at: if from.create_at == 0 { work.now() } else { from.create_at },
    };
    let scope = found(work, id, founded, from.conversation)?;
    if from.delete_at != 0 {
        work.emit(scope, Id::NONE, &ChannelArchived { at: from.delete_at })?;
    }
    channel::moderation::restrict(work, id, Id::NONE, from.restricted)?;
    if let Some(banner) = &from.banner {
        channel::banner::set(work, Id::NONE, id, banner)?;
    }
    Ok(true)
}

/// Founds a channel as it was founded elsewhere: one that began as a group conversation does so
/// here, too, and becomes a channel. Gives its scope.
fn found(
    work: &mut Work<'_>,
    id: Id,
    founded: ChannelFounded,
    conversation: bool,
) -> Outcome<Scope> {
    if !conversation {
        let scope = channel::scope(id, founded.kind);
        work.emit(scope, Id::NONE, &founded)?;
        return Ok(scope);
    }
    let scope = channel::scope(id, ChannelType::Group);
    let ChannelFounded { team, kind, name, display_name, .. } = founded.clone();
    let group = ChannelFounded { team: Id::NONE, kind: ChannelType::Group, ..founded };
    work.emit(scope, Id::NONE, &group)?;
    work.emit(scope, Id::NONE, &GroupConverted { team, name, display_name })?;
    if kind != ChannelType::Private {
        let patch = ChannelPatched { kind: Some(kind), ..ChannelPatched::default() };
        work.emit(scope, Id::NONE, &patch)?;
    }
    Ok(scope)
}

fn update(work: &mut Work<'_>, known: &Channel, from: &ImportedChannel) -> Outcome<()> {
    let differing = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
    let patch = ChannelPatched {
        kind: Some(from.kind).filter(|kind| *kind != known.kind),
        name: None,
        display_name: differing(&from.display_name, &known.display_name),
        header: differing(&from.header, &known.header),
        purpose: differing(&from.purpose, &known.purpose),
    };
    let scope = channel::scope_of(work, known.id)?;
    if patch != ChannelPatched::default() {
        work.emit(scope, Id::NONE, &patch)?;
    }
    if from.delete_at != 0 && known.delete_at == 0 {
        work.emit(scope, Id::NONE, &ChannelArchived { at: from.delete_at })?;
    }
    if let Some(banner) = &from.banner {
        channel::banner::set(work, Id::NONE, known.id, banner)?;
    }
    if from.restricted == 0 {
        return Ok(());
    }
    channel::moderation::restrict(work, known.id, Id::NONE, from.restricted).map(drop)
}

/// A conversation as it was elsewhere.
#[derive(Debug, Clone, Default)]
pub struct ImportedConversation {
    /// Whose it is.
    pub usernames: Vec<String>,
    /// The line under the title.
    pub header: Option<String>,
    /// What a group's is called; made of its people's names without it.
    pub display_name: String,
    /// When it was made; now without it.
    pub create_at: Millis,
    /// Who made it, where that is known.
    pub creator: Id,
}

/// Makes the conversation of some people, or brings the one they have up to date. Gives its id, and
/// whether it is new.
pub fn conversation(work: &mut Work<'_>, from: &ImportedConversation) -> Outcome<(Id, bool)> {
    let people = people_of(work, &from.usernames)?;
    let (id, founded) = conversation_founded(work, &people)?;
    if let Some(known) = channel::by_id(work, id)? {
        if let Some(header) = from.header.clone().filter(|header| *header != known.header) {
            let patch = ChannelPatched { header: Some(header), ..ChannelPatched::default() };
            let scope = channel::scope_of(work, id)?;
            work.emit(scope, Id::NONE, &patch)?;
        }
        return Ok((id, false));
    }
    let is_named = founded.kind == ChannelType::Group && !from.display_name.is_empty();
    let founded = ChannelFounded {
        create_at: if from.create_at == 0 { work.now() } else { from.create_at },
        creator: from.creator,
        header: from.header.clone().unwrap_or_default(),
        display_name: if is_named { from.display_name.clone() } else { founded.display_name },
        ..founded
    };
    work.emit(channel::scope(id, founded.kind), Id::NONE, &founded)?;
    for person in people {
        let guest = team::member::user_facts(work, person)?.guest;
        seat(work, id, &Seat { person, guest, admin: false }, Id::NONE)?;
    }
    Ok((id, true))
}

/// The conversation that a post of a time belongs to, which is made if nothing was said of it.
pub(super) fn conversation_with(
    work: &mut Work<'_>,
    usernames: &[String],
    create_at: Millis,
) -> Outcome<Id> {
    let usernames = usernames.to_vec();
    let from = ImportedConversation { usernames, create_at, ..ImportedConversation::default() };
    Ok(conversation(work, &from)?.0)
}

/// The id of the conversation of some people, if they have one.
pub(super) fn conversation_of(rows: &mut dyn Rows, usernames: &[String]) -> Outcome<Option<Id>> {
    let people = people_of(rows, usernames)?;
    let id = conversation_id(rows, &people)?;
    Ok(channel::by_id(rows, id)?.map(|channel| channel.id))
}

/// The people of a conversation, in the order of their ids and each once.
fn people_of(rows: &mut dyn Rows, usernames: &[String]) -> Outcome<Vec<Id>> {
    let mut people = Vec::with_capacity(usernames.len());
    for username in usernames {
        people.push(person(rows, username)?);
    }
    people.sort_unstable();
    people.dedup();
    if people.is_empty() || people.len() > 8 || usernames.len() < 2 {
        return Err(Failure::invalid(
            "app.import.validate_direct_channel_import_data.members_too_few.error",
            "a conversation has two to eight people",
        ));
    }
    Ok(people)
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
    let explicit: Vec<&str> = place.roles.split(' ').filter(|name| is_explicit(name)).collect();
    let explicit_roles = explicit.join(" ");
    let Some(channel) = &place.channel else {
        let known = team::member(work, team, place.person)?;
        if known.is_some_and(|member| member.delete_at == 0) {
            return Ok(false);
        }
        let set = TeamMemberSet {
            person: place.person,
            guest: has("team_guest"),
            admin: has("team_admin"),
            explicit_roles,
        };
        work.emit(team::members_scope(team), place.person, &set)?;
        return Ok(true);
    };
    let channel = channel_named(work, team, channel)?;
    if find(work, channel, place.person)?.is_some() {
        return Ok(false);
    }
    let scope = channel::scope_of(work, channel)?;
    let joined = MemberJoined {
        person: place.person,
        guest: has("channel_guest"),
        admin: has("channel_admin"),
        explicit_roles,
    };
    work.emit(scope, place.person, &joined)?;
    Ok(true)
}

/// Whether a role is one that is given by name, besides those that a membership's flags stand for.
fn is_explicit(name: &str) -> bool {
    builtin(name).is_some_and(|role| !role.scheme_managed)
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
