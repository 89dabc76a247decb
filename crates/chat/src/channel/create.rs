//! Making channels and conversations.

use fieldpost_access::{
    Caller, VisibilityFacts, may_create_channel, may_create_direct, may_create_group, may_see_user,
};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Channel, ChannelType, Id, Millis};
use sha1::{Digest, Sha1};

use super::member::{Seat, no_channel, seat};
use super::{ChannelFounded, across, by_id, scope};
use crate::facts::{self, denied};
use crate::post::system;

/// Channels a team may have at most, archived ones not counted.
pub const MOST_CHANNELS: i64 = 2000;

/// What a channel of a team is made of.
#[derive(Debug, Clone, Default)]
pub struct NewChannel {
    /// Its team.
    pub team: Id,
    /// Open or private.
    pub kind: ChannelType,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// The line under the title.
    pub header: String,
    /// What it is for.
    pub purpose: String,
}

/// Makes a channel of a team; the caller becomes its administrator.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &NewChannel) -> Outcome<Channel> {
    let team = facts::team(work, caller, new.team)?;
    may_create_channel(caller, &team.facts, new.kind).map_err(denied)?;
    validate(new)?;
    require_room(work, team.key, &new.name)?;
    let id = work.random_id();
    let founded = ChannelFounded {
        team: new.team,
        kind: new.kind,
        name: new.name.clone(),
        display_name: new.display_name.trim().to_owned(),
        header: new.header.clone(),
        purpose: new.purpose.clone(),
        creator: caller.user,
        create_at: work.now(),
    };
    work.emit(scope(id, new.kind), caller.user, &founded)?;
    if !caller.user.is_none() {
        seat(work, id, &Seat { person: caller.user, guest: false, admin: true }, caller.user)?;
        let notice = system::joined_channel(work, caller.user)?;
        system::post(work, id, &notice)?;
    }
    by_id(work, id)?.ok_or_else(no_channel)
}

/// Makes one of the channels every team has. Its id comes from the team's and its name, so that
/// two sites that make it apart mean the same one.
pub(crate) fn found_default(
    work: &mut Work<'_>,
    new: &NewChannel,
    create_at: Millis,
) -> Outcome<()> {
    let id = fieldpost_log::default_channel(new.team, &new.name);
    let founded = ChannelFounded {
        team: new.team,
        kind: new.kind,
        name: new.name.clone(),
        display_name: new.display_name.clone(),
        header: String::new(),
        purpose: String::new(),
        creator: Id::NONE,
        create_at,
    };
    work.emit(scope(id, new.kind), Id::NONE, &founded)?;
    Ok(())
}

/// Refuses another channel of this name in a team that has one, and any in one that is full.
pub(super) fn require_room(rows: &mut dyn Rows, team_key: i64, name: &str) -> Outcome<()> {
    let taken = rows.count(
        "SELECT count(*) FROM channel WHERE team_key = ?1 AND name = ?2",
        params![team_key, name],
    )?;
    if taken > 0 {
        return Err(name_taken());
    }
    let live = rows.count(
        "SELECT count(*) FROM channel WHERE team_key = ?1 AND delete_at = 0",
        params![team_key],
    )?;
    if live >= MOST_CHANNELS {
        return Err(Failure::invalid(
            "api.channel.create_channel.max_channel_limit.app_error",
            "This team has as many channels as it may have.",
        ));
    }
    Ok(())
}

pub(super) fn validate(new: &NewChannel) -> Outcome<()> {
    if !new.kind.is_team() {
        return Err(Failure::invalid(
            "api.channel.create_channel.direct_channel.app_error",
            "Must use createDirectChannel API service for direct message channel creation.",
        ));
    }
    if new.display_name.trim().is_empty() {
        return Err(Failure::invalid_body("channel.display_name"));
    }
    require_display_name(&new.display_name)?;
    require_name(&new.name)?;
    require_texts(&new.header, &new.purpose)
}

/// Another channel of the team has the name.
pub(super) fn name_taken() -> Failure {
    Failure::invalid(
        "store.sql_channel.save_channel.exists.app_error",
        "A channel with that name already exists on the same team.",
    )
}

/// Refuses what is too long to be a display name.
pub(super) fn require_display_name(name: &str) -> Outcome<()> {
    if name.chars().count() <= 64 {
        return Ok(());
    }
    Err(Failure::invalid(
        "model.channel.is_valid.display_name.app_error",
        "A channel's display name has at most 64 characters.",
    ))
}

/// Refuses what cannot be a channel's name in addresses.
pub(super) fn require_name(name: &str) -> Outcome<()> {
    fieldpost_text::name::check_channel_name(name).map_err(|error| match error {
        fieldpost_text::name::NameError::Reserved => Failure::invalid(
            "model.channel.is_valid.name.app_error",
            "That name is kept for conversations.",
        ),
        _ => Failure::invalid(
            "model.channel.is_valid.1_or_more.app_error",
            "A channel's name has 1 to 64 lower-case letters, digits, dashes and underscores.",
        ),
    })
}

/// Refuses a header or purpose that is too long.
pub(super) fn require_texts(header: &str, purpose: &str) -> Outcome<()> {
    if header.chars().count() > 1024 {
        return Err(Failure::invalid(
            "model.channel.is_valid.header.app_error",
            "A channel's header has at most 1024 characters.",
        ));
    }
    if purpose.chars().count() > 250 {
        return Err(Failure::invalid(
            "model.channel.is_valid.purpose.app_error",
            "A channel's purpose has at most 250 characters.",
        ));
    }
    Ok(())
}

/// The direct conversation of the caller with another person, or with themselves; made if new.
pub fn direct(work: &mut Work<'_>, caller: &Caller, pair: [Id; 2]) -> Outcome<Channel> {
    let visible = [visibility(work, caller, pair[0])?, visibility(work, caller, pair[1])?];
    may_create_direct(caller, &visible).map_err(denied)?;
    let (id, founded) = conversation_founded(work, &pair)?;
    if let Some(channel) = by_id(work, id)? {
        return Ok(channel);
    }
    across::require(work, &pair)?;
    converse(work, caller.user, id, &ChannelFounded { creator: caller.user, ..founded }, &pair)
}

/// The direct conversation of two people, made in the name of an author if it is new.
pub(crate) fn conversation(work: &mut Work<'_>, author: Id, pair: [Id; 2]) -> Outcome<Id> {
    let (id, founded) = conversation_founded(work, &pair)?;
    if by_id(work, id)?.is_none() {
        converse(work, author, id, &ChannelFounded { creator: author, ..founded }, &pair)?;
    }
    Ok(id)
}

/// The group conversation of the caller with two to seven other people; made if new.
pub fn group(work: &mut Work<'_>, caller: &Caller, people: &[Id]) -> Outcome<Channel> {
    let mut people = people.to_vec();
    people.push(caller.user);
    people.sort_unstable();
    people.dedup();
    if !(3..=8).contains(&people.len()) {
        return Err(Failure::invalid(
            "api.channel.create_group.bad_size.app_error",
            "Group message channels must contain at least 3 and no more than 8 users.",
        ));
    }
    let mut visible = Vec::with_capacity(people.len());
    for person in &people {
        visible.push(visibility(work, caller, *person)?);
    }
    may_create_group(caller, &visible).map_err(denied)?;
    let (id, founded) = conversation_founded(work, &people)?;
    if let Some(channel) = by_id(work, id)? {
        return Ok(channel);
    }
    across::require(work, &people)?;
    converse(work, caller.user, id, &founded, &people)
}

/// The conversation of these people, and how it is founded if it is new. Its id comes from theirs,
/// so that two sites that found it apart mean the same one.
pub(crate) fn conversation_founded(
    work: &mut Work<'_>,
    people: &[Id],
) -> Outcome<(Id, ChannelFounded)> {
    if (1..=2).contains(&people.len()) {
        let name = conversation_name(ChannelType::Direct, people);
        let founded = founded(work, ChannelType::Direct, name, String::new());
        return Ok((conversation_id(work, people)?, founded));
    }
    let list: Vec<_> = people.iter().map(Into::into).collect();
    let sql = "SELECT DISTINCT username FROM account WHERE id IN ({in})";
    let mut names = work.all_in(sql, &[], &list, |row| row.text(0).to_owned())?;
    names.sort_unstable();
    let display_name = cut_to_bytes(&names.join(", "), 64).to_owned();
    let name = conversation_name(ChannelType::Group, people);
    let founded = founded(work, ChannelType::Group, name, display_name);
    Ok((conversation_id(work, people)?, founded))
}

/// What the conversation of these people is called in addresses.
pub(super) fn conversation_name(kind: ChannelType, people: &[Id]) -> String {
    let mut texts: Vec<String> = people.iter().map(ToString::to_string).collect();
    texts.sort_unstable();
    match &texts[..] {
        [one, .., other] | [one @ other] if kind == ChannelType::Direct => {
            format!("{one}__{other}")
        }
        _ => {
            let digest = Sha1::digest(texts.concat().as_bytes());
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}

/// The id of the conversation of these people, whether or not it was founded. A group whose
/// conversation became a channel has the next one.
pub(crate) fn conversation_id(rows: &mut dyn Rows, people: &[Id]) -> Outcome<Id> {
    if let [one, .., other] | [one @ other] = people
        && people.len() <= 2
    {
        return Ok(fieldpost_log::direct_conversation(*one, *other));
    }
    let mut id = fieldpost_log::group_conversation(people);
    while super::convert::is_converted(rows, id)? {
        id = fieldpost_log::next_conversation(id);
    }
    Ok(id)
}

fn cut_to_bytes(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn founded(
    work: &Work<'_>,
    kind: ChannelType,
    name: String,
    display_name: String,
) -> ChannelFounded {
    ChannelFounded {
        team: Id::NONE,
        kind,
        name,
        display_name,
        header: String::new(),
        purpose: String::new(),
        creator: Id::NONE,
        create_at: work.now(),
    }
}

fn converse(
    work: &mut Work<'_>,
    author: Id,
    id: Id,
    founded: &ChannelFounded,
    people: &[Id],
) -> Outcome<Channel> {
    found(work, author, id, founded, people)?;
    by_id(work, id)?.ok_or_else(no_channel)
}

/// Founds a conversation that another site founded here too, in the name of who writes there first.
pub(super) fn open(work: &mut Work<'_>, author: Id, id: Id, people: &[Id]) -> Outcome<()> {
    let (_, founded) = conversation_founded(work, people)?;
    found(work, author, id, &founded, people)
}

/// Says that there is a conversation, and then who takes part, without anything in between: a link
/// shows the one with the others.
fn found(
    work: &mut Work<'_>,
    author: Id,
    id: Id,
    founded: &ChannelFounded,
    people: &[Id],
) -> Outcome<()> {
    work.emit(scope(id, founded.kind), author, founded)?;
    let mut people = people.to_vec();
    people.sort_unstable();
    people.dedup();
    for person in people {
        let guest = crate::team::member::user_facts(work, person)?.guest;
        seat(work, id, &Seat { person, guest, admin: false }, author)?;
    }
    Ok(())
}

/// How a person is connected to the caller, and that they exist at all.
pub(crate) fn visibility(
    work: &mut Work<'_>,
    caller: &Caller,
    user: Id,
) -> Outcome<VisibilityFacts> {
    if crate::team::member::user_facts(work, user).is_err() {
        // Whoever does not see everybody is not told who is there and who is not.
        let unseen = VisibilityFacts { user, in_a_visible_team: false, shares_a_channel: false };
        may_see_user(caller, &unseen).map_err(denied)?;
        return Err(Failure::invalid_body("user_ids"));
    }
    let shares = |work: &mut Work<'_>, sql: &str| {
        Ok::<bool, Failure>(work.count(sql, params![&caller.user, &user])? > 0)
    };
    let in_a_visible_team = shares(
        work,
        "SELECT count(*) FROM team_member a JOIN team_member b ON b.team_key = a.team_key \
         JOIN account one ON one.key = a.account_key JOIN account two ON two.key = b.account_key \
         WHERE one.id = ?1 AND two.id = ?2 AND a.delete_at = 0 AND b.delete_at = 0 \
         AND a.scheme_user = 1",
    )?;
    let shares_a_channel = shares(
        work,
        "SELECT count(*) FROM channel_member a JOIN channel_member b ON b.channel_key = a.channel_key \
         JOIN account one ON one.key = a.account_key JOIN account two ON two.key = b.account_key \
         WHERE one.id = ?1 AND two.id = ?2 AND a.left_at = 0 AND b.left_at = 0",
    )?;
    Ok(VisibilityFacts { user, in_a_visible_team, shares_a_channel })
}
