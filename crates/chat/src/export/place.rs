//! Teams, channels and conversations, and who belongs to them.

use std::collections::BTreeSet;

use fieldpost_access::SchemeRoles;
use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{ChannelBanner, Id, Millis};

use super::After;
use crate::channel;
use crate::facts::membership;

/// A team.
#[derive(Debug, Clone)]
pub struct Team {
    /// The key of its row.
    pub key: i64,
    /// Its id.
    pub id: Id,
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// `O` or `I`.
    pub kind: String,
    /// Whether anybody may join.
    pub open_invite: bool,
    /// Mail domains of those who may join.
    pub allowed_domains: String,
    /// A company's name.
    pub company_name: String,
    /// When it was made.
    pub create_at: Millis,
    /// When it was archived, or 0.
    pub delete_at: Millis,
}

/// Every team, the oldest first.
pub fn teams(rows: &mut dyn Rows) -> Outcome<Vec<Team>> {
    rows.all(
        "SELECT key, id, name, display_name, description, kind, open_invite, allowed_domains, \
         company_name, create_at, delete_at FROM team ORDER BY create_at, id",
        &[],
        |row| Team {
            key: row.int(0),
            id: row.id(1),
            name: row.text(2).to_owned(),
            display_name: row.text(3).to_owned(),
            description: row.text(4).to_owned(),
            kind: row.text(5).to_owned(),
            open_invite: row.flag(6),
            allowed_domains: row.text(7).to_owned(),
            company_name: row.text(8).to_owned(),
            create_at: row.int(9),
            delete_at: row.int(10),
        },
    )
}

/// A channel or a conversation.
#[derive(Debug, Clone)]
pub struct Place {
    /// The key of its row.
    pub key: i64,
    /// Its id.
    pub id: Id,
    /// What kind it is, as the API's letter.
    pub kind: String,
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
    /// When it was archived, or 0.
    pub delete_at: Millis,
    /// Whether it is a group conversation, or began as one.
    pub conversation: bool,
    /// The number of what it takes from its members and guests.
    pub restricted: i64,
    /// Its banner, if one was ever set.
    pub banner: Option<ChannelBanner>,
}

/// A page of a team's channels, the oldest first, archived ones included; of conversations for the
/// team of key 0.
pub fn channels(
    rows: &mut dyn Rows,
    team_key: i64,
    after: After,
    most: i64,
) -> Outcome<Vec<Place>> {
    rows.all(
        "SELECT key, id, kind, name, display_name, header, purpose, creator, create_at, \
         delete_at, conversation, restricted, banner \
         FROM channel WHERE team_key = ?1 AND create_at >= ?2 AND (create_at, id) > (?2, ?3) \
         ORDER BY create_at, id LIMIT ?4",
        params![team_key, after.0, &after.1, most],
        |row| Place {
            key: row.int(0),
            id: row.id(1),
            kind: row.text(2).to_owned(),
            name: row.text(3).to_owned(),
            display_name: row.text(4).to_owned(),
            header: row.text(5).to_owned(),
            purpose: row.text(6).to_owned(),
            creator: row.id(7),
            create_at: row.int(8),
            delete_at: row.int(9),
            conversation: row.flag(10),
            restricted: row.int(11),
            banner: channel::banner::read(row.text(12)),
        },
    )
}

/// A conversation, and whose it is.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The conversation.
    pub place: Place,
    /// The names of its people, in their order; notes to oneself name one person twice.
    pub members: Vec<String>,
}

/// A page of the conversations.
pub fn conversations(rows: &mut dyn Rows, after: After, most: i64) -> Outcome<Vec<Conversation>> {
    let mut found = Vec::new();
    for place in channels(rows, 0, after, most)? {
        let members = members(rows, place.key)?;
        found.push(Conversation { place, members });
    }
    Ok(found)
}

/// The names of a conversation's people, in their order.
pub fn members(rows: &mut dyn Rows, channel_key: i64) -> Outcome<Vec<String>> {
    let mut names = rows.all(
        "SELECT account.username FROM channel_member m \
         JOIN account ON account.key = m.account_key WHERE m.channel_key = ?1 AND m.left_at = 0",
        params![channel_key],
        |row| row.text(0).to_owned(),
    )?;
    names.sort_unstable();
    if names.len() == 1 {
        names.extend_from_within(..);
    }
    Ok(names)
}

/// What somebody is in a place.
#[derive(Debug, Clone)]
pub struct Member {
    /// The place's name.
    pub name: String,
    /// Their roles in it.
    pub roles: String,
}

/// A person's place in a team.
#[derive(Debug, Clone)]
pub struct Belonging {
    /// The key of the team's row.
    pub team_key: i64,
    /// The team.
    pub team: Member,
    /// The channels of it.
    pub channels: Vec<Member>,
}

/// The teams that a person belongs to, and the channels in them.
pub fn places(rows: &mut dyn Rows, account_key: i64) -> Outcome<Vec<Belonging>> {
    let mut found = rows.all(
        "SELECT team.name, m.explicit_roles, m.scheme_guest, m.scheme_user, m.scheme_admin, \
         team.key FROM team_member m JOIN team ON team.key = m.team_key \
         WHERE m.account_key = ?1 AND m.delete_at = 0 ORDER BY team.create_at, team.id",
        params![account_key],
        |row| Belonging {
            team_key: row.int(5),
            team: Member {
                name: row.text(0).to_owned(),
                roles: membership(row, 1).names(&SchemeRoles::TEAM),
            },
            channels: Vec::new(),
        },
    )?;
    let channels = rows.all(
        "SELECT channel.name, m.explicit_roles, m.scheme_guest, m.scheme_user, m.scheme_admin, \
         channel.team_key FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         WHERE m.account_key = ?1 AND m.left_at = 0 AND channel.team_key > 0 \
         ORDER BY channel.create_at, channel.id",
        params![account_key],
        |row| {
            let roles = membership(row, 1).names(&SchemeRoles::CHANNEL);
            (row.int(5), Member { name: row.text(0).to_owned(), roles })
        },
    )?;
    for (team_key, channel) in channels {
        if let Some(belonging) = found.iter_mut().find(|b| b.team_key == team_key) {
            belonging.channels.push(channel);
        }
    }
    Ok(found)
}

/// The keys of everybody whom a team's history speaks of: its members, those who were, and whoever
/// wrote, reacted or kept something at hand in it.
pub fn people_of(rows: &mut dyn Rows, team_key: i64) -> Outcome<BTreeSet<i64>> {
    let mut people = BTreeSet::new();
    for sql in [
        "SELECT account_key FROM team_member WHERE team_key = ?1",
        "SELECT DISTINCT m.account_key FROM channel_member m \
         JOIN channel ON channel.key = m.channel_key WHERE channel.team_key = ?1",
        "SELECT DISTINCT post.account_key FROM post \
         JOIN channel ON channel.key = post.channel_key WHERE channel.team_key = ?1",
        "SELECT DISTINCT reaction.account_key FROM reaction \
         JOIN post ON post.key = reaction.post_key \
         JOIN channel ON channel.key = post.channel_key WHERE channel.team_key = ?1",
        "SELECT DISTINCT account.key FROM bookmark \
         JOIN channel ON channel.key = bookmark.channel_key \
         JOIN account ON account.id = bookmark.owner WHERE channel.team_key = ?1",
        "SELECT DISTINCT file.account_key FROM file \
         JOIN channel ON channel.key = file.channel_key \
         WHERE channel.team_key = ?1 AND file.bookmark = 1",
    ] {
        people.extend(rows.all(sql, params![team_key], |row| row.int(0))?);
    }
    Ok(people)
}
