//! The posts that a person saved for later.

use fieldpost_access::Caller;
use fieldpost_kernel::{Outcome, Rows, RowsExt, Value, params};
use fieldpost_model::{Id, PostList};

use super::{by_ids, list, metadata};
use crate::facts;

/// The most saved posts that are looked through.
const MOST: i64 = 10_000;

/// Where the saved posts that are wanted are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// Anywhere.
    Everywhere,
    /// In a team or a conversation.
    Team(Id),
    /// In a channel.
    Channel(Id),
}

/// A page of the posts that a person saved, newest first. Those that the caller may not read are
/// left out, so that a page may be short.
pub fn page(
    rows: &mut dyn Rows,
    caller: &Caller,
    (person, within): (Id, Within),
    (offset, limit): (i64, i64),
) -> Outcome<PostList> {
    facts::require_person(rows, caller, person)?;
    let mut saved = saved(rows, person, within)?;
    saved.sort_unstable_by(|a, b| b.cmp(a));
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let ids: Vec<Id> =
        saved.into_iter().skip(count(offset)).take(count(limit)).map(|(_, id)| id).collect();
    let mut posts = by_ids(rows, &ids)?;
    let readable = list::readable_among(rows, caller, &posts)?;
    posts.retain(|post| readable.get(&post.channel_id).copied().unwrap_or_default());
    metadata::fill(rows, caller, &mut posts)?;
    Ok(list::of(posts, Vec::new()))
}

/// When each saved post that is there was written, and which it is.
fn saved(rows: &mut dyn Rows, person: Id, within: Within) -> Outcome<Vec<(i64, Id)>> {
    let names = rows.all(
        "SELECT preference.name FROM preference \
         JOIN account ON account.key = preference.account_key \
         WHERE account.id = ?1 AND preference.category = 'flagged_post' \
         AND preference.value = 'true' LIMIT ?2",
        params![&person, MOST],
        |row| row.text(0).parse::<Id>().ok(),
    )?;
    let ids: Vec<Id> = names.into_iter().flatten().collect();
    let list: Vec<Value<'_>> = ids.iter().map(Into::into).collect();
    let (place, condition) = match &within {
        Within::Everywhere => (Id::NONE, "channel.id <> ?1"),
        Within::Team(team) => (*team, "(team.id = ?1 OR channel.team_key = 0)"),
        Within::Channel(channel) => (*channel, "channel.id = ?1"),
    };
    let sql = format!(
        "SELECT DISTINCT post.create_at, post.id FROM post \
         JOIN channel ON channel.key = post.channel_key \
         LEFT JOIN team ON team.key = channel.team_key \
         WHERE post.id IN ({{in}}) AND post.delete_at = 0 AND {condition}"
    );
    rows.all_in(&sql, params![&place], &list, |row| (row.int(0), row.id(1)))
}
