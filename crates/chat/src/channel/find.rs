//! Finding channels: lists of them, and those that match what somebody types.

use std::collections::HashSet;

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::SiteId;
use fieldpost_model::{Channel, ChannelType, Id, Millis};
use serde::Serialize;

use super::{COLUMNS, FROM, channel_of};

/// Channels an answer to a search has at most.
pub const MOST_FOUND: usize = 100;

/// Words of a term that are looked at: each costs a look at every channel.
const MOST_WORDS: usize = 16;

/// Channels an answer to a suggestion has at most.
const MOST_SUGGESTED: usize = 50;

/// A channel with what a list over several teams shows of its team.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelOfTeam {
    /// The channel.
    #[serde(flatten)]
    pub channel: Channel,
    /// Its team's display name.
    pub team_display_name: String,
    /// Its team's name in addresses.
    pub team_name: String,
    /// When its team last changed here.
    pub team_update_at: Millis,
}

/// Which channels of all teams are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Everywhere {
    /// Archived ones, too.
    pub archived: bool,
    /// None that every team has.
    pub without_default: bool,
}

/// Columns of a team, for [`of_team`].
const OF_TEAM: &str = "team.display_name, team.name, team.update_at";

/// A channel with its team, of the columns of both.
fn of_team(row: &dyn Row) -> ChannelOfTeam {
    ChannelOfTeam {
        channel: channel_of(row),
        team_display_name: row.text(18).to_owned(),
        team_name: row.text(19).to_owned(),
        team_update_at: row.int(20),
    }
}

/// The names of the channels that every team has.
const DEFAULT: [&str; 2] = ["town-square", "off-topic"];

/// A page of the channels of all teams by display name, and how many there are.
pub fn everywhere(
    rows: &mut dyn Rows,
    which: Everywhere,
    (offset, limit): (i64, i64),
) -> Outcome<(Vec<ChannelOfTeam>, i64)> {
    let condition = "channel.team_key > 0 AND (?1 = 1 OR channel.delete_at = 0) \
                     AND (?2 = 0 OR channel.name NOT IN ('town-square', 'off-topic'))";
    let chosen = params![which.archived, which.without_default];
    let total = rows.count(&format!("SELECT count(*) FROM channel WHERE {condition}"), chosen)?;
    let sql = format!(
        "SELECT {COLUMNS}, {OF_TEAM} {FROM} WHERE {condition} \
         ORDER BY LOWER(channel.display_name), channel.key LIMIT ?3 OFFSET ?4"
    );
    let values = params![which.archived, which.without_default, limit, offset];
    Ok((rows.all(&sql, values, of_team)?, total))
}

/// Whether channels that are looked for are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// They are.
    #[default]
    Live,
    /// They are archived.
    Archived,
    /// Either.
    Any,
}

/// Which channels of all teams an administrator looks for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// What was typed.
    pub term: String,
    /// Whether that may be a channel's id, too.
    pub by_id: bool,
    /// Those of these teams only, unless none is named.
    pub teams: HashSet<Id>,
    /// Those of one kind only.
    pub kind: Option<ChannelType>,
    /// Whether they are in use.
    pub standing: Standing,
    /// None that every team has.
    pub without_default: bool,
    /// None that were made at another site.
    pub without_remote: bool,
}

impl Sought {
    /// Whether a channel is among those, whatever was typed.
    fn admits(&self, channel: &Channel) -> bool {
        let stands = match self.standing {
            Standing::Live => channel.delete_at == 0,
            Standing::Archived => channel.delete_at > 0,
            Standing::Any => true,
        };
        stands
            && (self.teams.is_empty() || self.teams.contains(&channel.team_id))
            && self.kind.is_none_or(|kind| kind == channel.kind)
            && !(self.without_default && DEFAULT.contains(&channel.name.as_str()))
    }
}

/// The channels of all teams that somebody at a site looks for, by display name, then by their
/// team's name.
pub fn sought(rows: &mut dyn Rows, own: SiteId, sought: &Sought) -> Outcome<Vec<ChannelOfTeam>> {
    let term = Term::new(&sought.term);
    let id = term.whole.parse::<Id>().ok().filter(|id| sought.by_id && !id.is_none());
    let sql = format!(
        "SELECT {COLUMNS}, {OF_TEAM} {FROM} WHERE channel.team_key > 0 \
         AND (CAST(?1 AS BIGINT) = 0 OR channel.home = ?2)"
    );
    let mut found = Vec::new();
    rows.query(&sql, params![sought.without_remote, &own.0], &mut |row| {
        let channel = channel_of(row);
        if sought.admits(&channel) && (term.means(&channel) || id == Some(channel.id)) {
            found.push(of_team(row));
        }
        Ok(())
    })?;
    found.sort_by_cached_key(|of| {
        (of.channel.display_name.to_lowercase(), of.team_name.clone(), of.channel.id)
    });
    Ok(found)
}

/// Which archived channels belong in a list of somebody's channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archived {
    /// None.
    Without,
    /// Those archived since then.
    Since(Millis),
}

/// The channels a person belongs to: of one team with all conversations by display name, or of
/// all live teams by id.
pub fn joined(
    rows: &mut dyn Rows,
    person: Id,
    team: Option<Id>,
    archived: Archived,
) -> Outcome<Vec<Channel>> {
    let (including, since) = match archived {
        Archived::Without => (0, 0),
        Archived::Since(since) => (1, since),
    };
    let (within, order) = match team {
        Some(_) => {
            ("(team.id = ?4 OR channel.team_key = 0)", "LOWER(channel.display_name), channel.name")
        }
        None => ("(team.delete_at = 0 OR channel.team_key = 0)", "channel.id"),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         LEFT JOIN team ON team.key = channel.team_key \
         JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.left_at = 0 AND (channel.delete_at = 0 \
         OR CAST(?2 AS BIGINT) = 1 AND channel.delete_at >= CAST(?3 AS BIGINT)) \
         AND {within} ORDER BY {order}"
    );
    match team {
        Some(team) => rows.all(&sql, params![&person, including, since, &team], channel_of),
        None => rows.all(&sql, params![&person, including, since], channel_of),
    }
}

/// A page of a team's archived channels, by display name: the open ones, a person's own private
/// ones, or all of them.
pub fn archived(
    rows: &mut dyn Rows,
    team: Id,
    person: Option<Id>,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Channel>> {
    let mine = person.unwrap_or(Id::NONE);
    let sql = format!(
        "SELECT {COLUMNS} {FROM} LEFT JOIN account ON account.id = ?2 \
         LEFT JOIN channel_member m ON m.channel_key = channel.key \
           AND m.account_key = account.key AND m.left_at = 0 \
         WHERE team.id = ?1 AND channel.delete_at > 0 AND (channel.kind = 'O' \
         OR CAST(?3 AS BIGINT) = 1 OR m.account_key IS NOT NULL) \
         ORDER BY LOWER(channel.display_name), channel.name LIMIT ?4 OFFSET ?5"
    );
    rows.all(&sql, params![&team, &mine, person.is_none(), limit, offset], channel_of)
}

/// A page of a team's live private channels, by display name.
pub fn private(
    rows: &mut dyn Rows,
    team: Id,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE team.id = ?1 AND channel.kind = 'P' \
         AND channel.delete_at = 0 ORDER BY LOWER(channel.display_name), channel.name LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&team, limit, offset], channel_of)
}

/// The live open channels of a team among some ids, by display name.
pub fn open_by_ids(rows: &mut dyn Rows, team: Id, ids: &[Id]) -> Outcome<Vec<Channel>> {
    let list: Vec<_> = ids.iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE team.id = ?1 AND channel.kind = 'O' \
         AND channel.delete_at = 0 AND channel.id IN ({{in}})"
    );
    let mut found = rows.all_in(&sql, params![&team], &list, channel_of)?;
    found.sort_by(|a, b| (&a.display_name, a.id).cmp(&(&b.display_name, b.id)));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// What somebody typed, and whether a channel is meant by it.
struct Term {
    whole: String,
    words: Vec<String>,
}

impl Term {
    fn new(typed: &str) -> Self {
        let whole = typed.trim().to_lowercase();
        let words = whole.split_whitespace().take(MOST_WORDS).map(str::to_owned).collect();
        Self { whole, words }
    }

    /// The term is somewhere in the name, display name or purpose, or each of its words begins
    /// some word there.
    fn means(&self, channel: &Channel) -> bool {
        let texts = [&channel.name, &channel.display_name, &channel.purpose];
        let texts = texts.map(|text| text.to_lowercase());
        let begins = |word: &String| {
            let separate = |c: char| !c.is_alphanumeric();
            texts.iter().any(|t| t.split(separate).any(|part| part.starts_with(word.as_str())))
        };
        texts.iter().any(|text| text.contains(&self.whole)) || self.words.iter().all(begins)
    }

    fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.whole)
    }
}

/// Which channels of a team a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// The open ones.
    Open,
    /// The open ones that the person belongs to.
    JoinedOpen,
    /// The open ones and those that the person belongs to.
    Visible,
    /// Those that the person belongs to.
    Joined,
    /// Of the open ones and those that the person belongs to, the archived ones.
    Archived,
}

impl Among {
    fn condition(self) -> &'static str {
        match self {
            Self::Open => "channel.kind = 'O'",
            Self::JoinedOpen => "channel.kind = 'O' AND m.account_key IS NOT NULL",
            Self::Visible => "(channel.kind = 'O' OR m.account_key IS NOT NULL)",
            Self::Joined => "m.account_key IS NOT NULL",
            Self::Archived => {
                "(channel.kind = 'O' OR m.account_key IS NOT NULL) AND channel.delete_at > 0"
            }
        }
    }
}

/// The matching channels of a team, in no order: a team has few enough to look at them all, and
/// only here are letters of every language compared whatever their case.
fn matching(
    rows: &mut dyn Rows,
    team: Id,
    person: Id,
    among: Among,
    term: &Term,
) -> Outcome<Vec<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} LEFT JOIN account ON account.id = ?2 \
         LEFT JOIN channel_member m ON m.channel_key = channel.key \
           AND m.account_key = account.key AND m.left_at = 0 \
         WHERE team.id = ?1 AND {}",
        among.condition()
    );
    let mut found = Vec::new();
    rows.query(&sql, params![&team, &person], &mut |row| {
        found.extend(Some(channel_of(row)).filter(|channel| term.means(channel)));
        Ok(())
    })?;
    Ok(found)
}

fn by_display_name(found: &mut [Channel]) {
    found.sort_by_cached_key(|c| (c.display_name.to_lowercase(), c.name.clone()));
}

/// The channels of a team that match a term, by display name.
pub fn search(
    rows: &mut dyn Rows,
    team: Id,
    person: Id,
    among: Among,
    typed: &str,
) -> Outcome<Vec<Channel>> {
    let mut found = matching(rows, team, person, among, &Term::new(typed))?;
    by_display_name(&mut found);
    found.truncate(MOST_FOUND);
    Ok(found)
}

/// The channels of a team to suggest for what is typed: those whose display name has it first.
pub fn suggest(
    rows: &mut dyn Rows,
    team: Id,
    person: Id,
    among: Among,
    typed: &str,
) -> Outcome<Vec<Channel>> {
    let term = Term::new(typed);
    let mut found = matching(rows, team, person, among, &term)?;
    by_display_name(&mut found);
    found.sort_by_key(|channel| !term.is_in(&channel.display_name));
    found.truncate(MOST_SUGGESTED);
    Ok(found)
}

/// The conversations and channels of a team to suggest to somebody who searches for posts: all of
/// them joined. A direct conversation is shown by the other's name.
pub fn suggest_for_search(
    rows: &mut dyn Rows,
    team: Id,
    person: Id,
    typed: &str,
) -> Outcome<Vec<Channel>> {
    let term = Term::new(typed);
    let mut found = matching(rows, team, person, Among::Joined, &term)?;
    let of_groups = |channel: &Channel| term.means(channel);
    let mut groups =
        conversations(rows, person, "G", |row| Some(channel_of(row)).filter(of_groups))?;
    groups.truncate(MOST_SUGGESTED);
    let mut direct = conversations(rows, person, "D", |row| {
        let (username, nickname) = (row.text(18), row.text(19));
        (term.is_in(username) || term.is_in(nickname)).then(|| {
            let mut channel = channel_of(row);
            username.clone_into(&mut channel.display_name);
            channel
        })
    })?;
    direct.truncate(MOST_SUGGESTED);
    found.append(&mut groups);
    found.append(&mut direct);
    by_display_name(&mut found);
    Ok(found)
}

/// A person's conversations of one kind, as far as `keep` keeps them. Columns 15 and 16 are the
/// names of one other member, or of the person in a conversation with themselves.
fn conversations(
    rows: &mut dyn Rows,
    person: Id,
    kind: &str,
    mut keep: impl FnMut(&dyn Row) -> Option<Channel>,
) -> Outcome<Vec<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS}, COALESCE(other.username, account.username), \
         COALESCE(other.nickname, account.nickname) \
         FROM account JOIN channel_member m ON m.account_key = account.key AND m.left_at = 0 \
         JOIN channel ON channel.key = m.channel_key \
         LEFT JOIN team ON team.key = channel.team_key \
         LEFT JOIN channel_member o ON o.channel_key = channel.key AND channel.kind = 'D' \
           AND o.account_key <> account.key \
         LEFT JOIN account other ON other.key = o.account_key \
         WHERE account.id = ?1 AND channel.team_key = 0 AND channel.kind = ?2"
    );
    let mut found = Vec::new();
    rows.query(&sql, params![&person, kind], &mut |row| {
        found.extend(keep(row));
        Ok(())
    })?;
    Ok(found)
}

/// A person's group conversations in which the names of the members have every word of a term.
pub fn groups(rows: &mut dyn Rows, person: Id, typed: &str) -> Outcome<Vec<Channel>> {
    let term = Term::new(typed);
    if term.words.is_empty() {
        return Ok(Vec::new());
    }
    let own = conversations(rows, person, "G", |row| Some(channel_of(row)))?;
    let list: Vec<_> = own.iter().map(|channel| (&channel.id).into()).collect();
    let names = rows.all_in(
        "SELECT channel.id, account.username FROM channel \
         JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
         JOIN account ON account.key = m.account_key WHERE channel.id IN ({in})",
        &[],
        &list,
        |row| (row.id(0), row.text(1).to_owned()),
    )?;
    let mut found = own;
    found.retain(|channel| {
        let of_this = || names.iter().filter(|(id, _)| *id == channel.id);
        term.words.iter().all(|word| of_this().any(|(_, name)| name.contains(word.as_str())))
    });
    found.truncate(MOST_SUGGESTED);
    Ok(found)
}

/// The channels to suggest over all of a person's teams, with their teams.
pub fn suggest_everywhere(
    rows: &mut dyn Rows,
    person: Id,
    typed: &str,
    among: impl Fn(&mut dyn Rows, Id) -> Outcome<Among>,
) -> Outcome<Vec<ChannelOfTeam>> {
    let term = Term::new(typed);
    let mut found = Vec::new();
    for team in crate::team::of_person(rows, person)? {
        let among = among(rows, team.id)?;
        let channels = matching(rows, team.id, person, among, &term)?;
        found.extend(channels.into_iter().map(|channel| ChannelOfTeam {
            channel,
            team_display_name: team.display_name.clone(),
            team_name: team.name.clone(),
            team_update_at: team.update_at,
        }));
    }
    found.sort_by_cached_key(|of| {
        let name = &of.channel.display_name;
        (!term.is_in(name), name.to_lowercase(), of.channel.id)
    });
    found.truncate(MOST_SUGGESTED);
    Ok(found)
}
