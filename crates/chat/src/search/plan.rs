//! From what somebody typed to what the index is asked.

use std::collections::HashSet;

use fieldpost_access::{Caller, Permission, require_team};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_log::{direct_conversation, group_conversation};
use fieldpost_model::Id;
use fieldpost_search::{About, Query, Sides, Wanted};

use crate::facts::{self, denied};

/// The most that is found for words, and again for hashtags.
pub const MOST: usize = 100;

/// The most people of a conversation.
const MOST_PEOPLE: usize = 8;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// In which team; in all of them, without one.
    pub team: Option<Id>,
    /// What they typed.
    pub terms: String,
    /// Whether one of the words is enough.
    pub any: bool,
    /// How far their clock is ahead of the middle one, in seconds.
    pub ahead: i64,
    /// Whether archived channels are searched too.
    pub archived: bool,
    /// Which page of the answer. There is nothing behind the first.
    pub page: i64,
}

/// What the index is to be asked; nothing, if nothing can be found.
pub fn plan(
    rows: &mut dyn Rows,
    caller: &Caller,
    about: About,
    asked: &Asked,
) -> Outcome<Option<Wanted>> {
    if let Some(team) = asked.team {
        let team = facts::team(rows, caller, team)?;
        require_team(caller, &team.facts, Permission::ViewTeam).map_err(denied)?;
    }
    if asked.terms.is_empty() {
        return Err(Failure::invalid_body("terms"));
    }
    let query = Query::parse(&asked.terms).map_err(|_| {
        Failure::invalid("api.fieldpost.search.too_long", "That is too much to search for.")
    })?;
    let says_something = match about {
        About::Posts => query.names_posts(),
        About::Files => query.names_files(),
    };
    if !says_something || asked.page > 0 {
        return Ok(None);
    }
    let channels = channels(rows, caller, asked, &query.places)?;
    let authors = Sides {
        with: people(rows, asked.team, &query.from.with)?,
        without: people(rows, None, &query.from.without)?,
    };
    // A name that nobody has is nobody's.
    let nobody = authors.with.is_empty() && !query.from.with.is_empty();
    if channels.is_empty() || nobody {
        return Ok(None);
    }
    let extensions = match about {
        About::Posts => Sides::default(),
        About::Files => query.extensions,
    };
    Ok(Some(Wanted {
        phrases: query.phrases,
        tags: query.tags,
        any: asked.any,
        channels,
        authors,
        extensions,
        span: query.days.span(asked.ahead),
        most: MOST,
    }))
}

/// A channel in which somebody may find something.
struct Place {
    key: i64,
    id: Id,
    name: String,
}

/// The keys of the channels that are searched: of those to which the caller belongs now, those that
/// were named, if any were.
fn channels(
    rows: &mut dyn Rows,
    caller: &Caller,
    asked: &Asked,
    named: &Sides<String>,
) -> Outcome<Vec<i64>> {
    let mut places = joined(rows, caller, asked)?;
    if !named.with.is_empty() {
        let with = Named::of(rows, caller, &named.with)?;
        places.retain(|place| with.has(place));
    }
    if !named.without.is_empty() {
        let without = Named::of(rows, caller, &named.without)?;
        places.retain(|place| !without.has(place));
    }
    Ok(places.into_iter().map(|place| place.key).collect())
}

fn joined(rows: &mut dyn Rows, caller: &Caller, asked: &Asked) -> Outcome<Vec<Place>> {
    let team = match asked.team {
        Some(_) => "AND (team.id = ?3 OR channel.team_key = 0)",
        None => "",
    };
    let sql = format!(
        "SELECT channel.key, channel.id, channel.name FROM account me \
         JOIN channel_member m ON m.account_key = me.key AND m.left_at = 0 \
         JOIN channel ON channel.key = m.channel_key \
         LEFT JOIN team ON team.key = channel.team_key \
         WHERE me.id = ?1 AND (channel.delete_at = 0 OR CAST(?2 AS BIGINT) = 1) \
         AND (team.delete_at = 0 OR channel.team_key = 0) {team}"
    );
    let place =
        |row: &dyn Row| Place { key: row.int(0), id: row.id(1), name: row.text(2).to_owned() };
    match &asked.team {
        Some(team) => rows.all(&sql, params![&caller.user, asked.archived, team], place),
        None => rows.all(&sql, params![&caller.user, asked.archived], place),
    }
}

/// Channels and conversations that somebody named.
struct Named {
    channels: HashSet<String>,
    conversations: HashSet<Id>,
}

impl Named {
    /// `town-square`, `~town-square`, `@bob` for the conversation with him, `@bob,eve` for the one
    /// with both.
    fn of(rows: &mut dyn Rows, caller: &Caller, names: &[String]) -> Outcome<Self> {
        let mut named = Self { channels: HashSet::new(), conversations: HashSet::new() };
        for name in names {
            match name.strip_prefix('@') {
                Some(people) => named.conversations.extend(conversation(rows, caller, people)?),
                None => drop(named.channels.insert(name.trim_start_matches('~').to_owned())),
            }
        }
        Ok(named)
    }

    fn has(&self, place: &Place) -> bool {
        self.conversations.contains(&place.id) || self.channels.contains(&place.name)
    }
}

/// The id of the conversation of the caller with some people; none, if one of them is unknown.
fn conversation(rows: &mut dyn Rows, caller: &Caller, people: &str) -> Outcome<Option<Id>> {
    let names: Vec<&str> = people.split(',').map(|name| name.trim_start_matches('@')).collect();
    if names.len() >= MOST_PEOPLE {
        return Ok(None);
    }
    let mut ids = vec![caller.user];
    for name in names {
        let sql = "SELECT id FROM account WHERE username = ?1";
        let Some(id) = rows.first(sql, params![name], |row| row.id(0))? else { return Ok(None) };
        ids.push(id);
    }
    if let [me, other] = ids[..] {
        return Ok(Some(direct_conversation(me, other)));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(group_conversation(&ids)))
}

/// The keys of people, by their names; in a team, of its members.
fn people(rows: &mut dyn Rows, team: Option<Id>, names: &[String]) -> Outcome<Vec<i64>> {
    let list: Vec<Value<'_>> = names.iter().map(Into::into).collect();
    let mut found = match &team {
        Some(team) => rows.all_in(
            "SELECT account.key FROM account \
             JOIN team_member m ON m.account_key = account.key AND m.delete_at = 0 \
             JOIN team ON team.key = m.team_key \
             WHERE team.id = ?1 AND account.username IN ({in})",
            params![team],
            &list,
            |row| row.int(0),
        )?,
        None => {
            let sql = "SELECT key FROM account WHERE username IN ({in})";
            rows.all_in(sql, &[], &list, |row| row.int(0))?
        }
    };
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
