//! Finding groups, and counting who is in them.

use std::collections::BTreeMap;

use fieldpost_access::{Caller, Permission, require_channel};
use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{Group, Id, Millis};
use serde::Serialize;

use super::{COLUMNS, by_id, group_of};
use crate::facts::{self, denied};
use crate::people;

/// The most names that are looked up at once.
pub const MOST_NAMES: usize = 200;

/// Which of the groups that are archived are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Archived {
    /// None.
    #[default]
    Without,
    /// All, beside the others.
    With,
    /// All, and no others.
    Only,
}

/// Which groups are listed.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Part of their name, or of the name that people see.
    pub term: String,
    /// Only those that somebody is in.
    pub member: Id,
    /// Only those that were changed after this.
    pub since: Millis,
    /// Archived ones.
    pub archived: Archived,
    /// Whether it is said how many people are in them.
    pub counted: bool,
    /// Whether it is said who is in them.
    pub with_members: bool,
}

/// A page of groups, by the name that people see.
pub fn page(
    rows: &mut dyn Rows,
    caller: &Caller,
    query: &Query,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Group>> {
    if !query.member.is_none() && !sees(rows, caller, query.member)? {
        return Ok(Vec::new());
    }
    let archived = match query.archived {
        Archived::Without => "g.delete_at = 0",
        Archived::With => "1 = 1",
        Archived::Only => "g.delete_at <> 0",
    };
    let member = if query.member.is_none() { "1 = 1" } else { WITH_MEMBER };
    let pattern = format!("%{}%", people::escaped(&query.term));
    let sql = format!(
        "SELECT {COLUMNS} FROM user_group g WHERE {archived} AND g.update_at > ?1 \
         AND (LOWER(g.name) LIKE LOWER(CAST(?2 AS TEXT)) ESCAPE '\\' \
           OR LOWER(g.display_name) LIKE LOWER(CAST(?2 AS TEXT)) ESCAPE '\\') \
         AND (?3 = CAST(?4 AS BLOB) OR {member}) ORDER BY g.display_name, g.key LIMIT ?5 OFFSET ?6"
    );
    let values = params![query.since, &pattern, &query.member, &Id::NONE, limit, offset];
    let mut found = rows.all(&sql, values, group_of)?;
    for group in &mut found {
        if query.counted {
            group.member_count = Some(visible_count(rows, caller, group.id)?);
        }
        if query.with_members {
            group.member_ids = Some(members(rows, caller, group.id)?);
        }
    }
    Ok(found)
}

const WITH_MEMBER: &str = "EXISTS (SELECT 1 FROM user_group_member m \
    JOIN account ON account.key = m.account_key \
    WHERE m.group_key = g.key AND m.delete_at = 0 AND account.id = ?3)";

/// A group, and how many people are in it, as far as the caller sees them.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id, counted: bool) -> Outcome<Group> {
    let mut group = by_id(rows, id)?;
    if counted {
        group.member_count = Some(visible_count(rows, caller, id)?);
    }
    Ok(group)
}

/// The groups of these names that can be mentioned.
pub fn by_names(rows: &mut dyn Rows, names: &[String]) -> Outcome<Vec<Group>> {
    let list: Vec<_> = names.iter().map(Into::into).collect();
    let sql =
        format!("SELECT {COLUMNS} FROM user_group g WHERE g.delete_at = 0 AND g.name IN ({{in}})");
    let mut found = rows.all_in(&sql, &[], &list, group_of)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// The groups that somebody is in.
pub fn of_person(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<Vec<Group>> {
    facts::require_person(rows, caller, person)?;
    let query = Query { member: person, ..Query::default() };
    page(rows, caller, &query, (0, i64::from(u16::MAX)))
}

/// How many active people are in a group.
pub fn count(rows: &mut dyn Rows, id: Id) -> Outcome<i64> {
    rows.count(
        "SELECT count(*) FROM user_group g JOIN user_group_member m ON m.group_key = g.key \
         JOIN account ON account.key = m.account_key \
         WHERE g.id = ?1 AND m.delete_at = 0 AND account.delete_at = 0",
        params![&id],
    )
}

/// How many active people are in a group, as far as the caller sees them.
pub fn visible_count(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<i64> {
    if people::sees_everybody(caller) {
        return count(rows, id);
    }
    let members = members(rows, caller, id)?;
    i64::try_from(members.len()).map_err(fieldpost_kernel::Failure::internal)
}

/// Whether the caller may know of a person: which groups they are in says that they are there.
fn sees(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<bool> {
    Ok(people::sees_everybody(caller)
        || !people::visible_among(rows, caller, &[person])?.is_empty())
}

/// The active people in a group whom the caller sees.
fn members(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Vec<Id>> {
    let mut found = rows.all(
        "SELECT account.id FROM user_group g JOIN user_group_member m ON m.group_key = g.key \
         JOIN account ON account.key = m.account_key \
         WHERE g.id = ?1 AND m.delete_at = 0 AND account.delete_at = 0 ORDER BY account.id",
        params![&id],
        |row| row.id(0),
    )?;
    if !people::sees_everybody(caller) {
        let seen = people::visible_among(rows, caller, &found)?;
        found.retain(|person| seen.contains(person));
    }
    Ok(found)
}

/// How many people of a group a channel has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InChannel {
    /// The group.
    pub group_id: Id,
    /// Its active people in the channel.
    pub channel_member_count: i64,
    /// In how many time zones they are; 0 where that was not asked for.
    pub channel_member_timezones_count: i64,
}

/// How many people of each group a channel has; of groups of which it has any.
pub fn in_channel(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: Id,
    with_timezones: bool,
) -> Outcome<Vec<InChannel>> {
    let found = facts::channel(rows, caller, channel)?;
    require_channel(caller, &found.facts, Permission::ReadChannel).map_err(denied)?;
    let timezones =
        if with_timezones { "count(DISTINCT account.timezone)" } else { "CAST(0 AS BIGINT)" };
    let sql = format!(
        "SELECT g.id, count(*), {timezones} FROM user_group g \
         JOIN user_group_member m ON m.group_key = g.key AND m.delete_at = 0 \
         JOIN channel_member c ON c.account_key = m.account_key AND c.left_at = 0 \
         JOIN account ON account.key = m.account_key AND account.delete_at = 0 \
         WHERE g.delete_at = 0 AND c.channel_key = ?1 GROUP BY g.id"
    );
    let counted = rows.all(&sql, params![found.key], |row| InChannel {
        group_id: row.id(0),
        channel_member_count: row.int(1),
        channel_member_timezones_count: row.int(2),
    })?;
    let by_id: BTreeMap<Id, InChannel> =
        counted.into_iter().map(|one| (one.group_id, one)).collect();
    Ok(by_id.into_values().collect())
}
