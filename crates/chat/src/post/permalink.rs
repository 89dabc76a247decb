//! Links to posts of this site: what they lead to is shown under the text, to whoever may read it.
//!
//! Nothing of it is kept. What a reader is shown follows from the linked post, and from what they
//! may read, as both are when they look.

use std::collections::{BTreeMap, HashMap};

use fieldpost_access::{Caller, may_read_channel};
use fieldpost_kernel::{Event, Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Post};
use serde_json::{Map, Value, json};

use super::{by_id, by_ids, list, metadata, preview};
use crate::facts::{self, POLICY};
use crate::{channel, team};

/// The property by which clients know which post is shown under another.
pub(crate) const PREVIEWED: &str = "previewed_post";

/// People at most who are told live what a post links to; others see it when they read the post.
const MOST_TOLD: i64 = 1000;

/// The name of the fact that holds the site's address.
const ADDRESS: &str = "address";

/// Takes note of the address at which people use the site: links to posts begin with it.
pub fn note_address(work: &mut Work<'_>, address: &str) -> Outcome<()> {
    work.execute(
        "INSERT INTO site_fact (name, value) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![ADDRESS, address.trim_end_matches('/').as_bytes()],
    )?;
    Ok(())
}

/// Whether this is the address that was taken note of.
pub fn is_address(rows: &mut dyn Rows, address: &str) -> Outcome<bool> {
    Ok(self::address(rows)? == address.trim_end_matches('/'))
}

fn address(rows: &mut dyn Rows) -> Outcome<String> {
    let sql = "SELECT value FROM site_fact WHERE name = ?1";
    let found =
        rows.first(sql, params![ADDRESS], |row| String::from_utf8_lossy(row.blob(0)).into_owned())?;
    Ok(found.unwrap_or_default())
}

/// The post that an address at a site leads to, if it is of that form: the site's address, a team's
/// name, `pl` and the post's id.
fn target(site: &str, url: &str) -> Option<Id> {
    let path = url.strip_prefix(site).filter(|_| !site.is_empty())?.strip_prefix('/')?;
    let (team, id) = path.split_once("/pl/")?;
    let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let is_name = (1..=64).contains(&team.len()) && team.chars().all(named);
    is_name.then(|| id.parse().ok()).flatten()
}

/// A post among others that links to one of this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Linked {
    /// The place of the post.
    at: usize,
    /// Which post it links to.
    to: Id,
}

/// Finds the posts whose first address leads to a post of this site. None of them shows anything
/// under its text until it is known who reads it.
pub(super) fn take(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<Vec<Linked>> {
    let mut site: Option<String> = None;
    let mut found = Vec::new();
    for (at, post) in posts.iter_mut().enumerate() {
        // Whatever somebody wrote there, they do not say what is shown.
        post.props.remove(PREVIEWED);
        let url = post.metadata.embeds.first().and_then(preview::linked);
        let Some(url) = url.filter(|url| url.contains("/pl/")) else { continue };
        let site = match &mut site {
            Some(known) => known,
            unknown => unknown.insert(address(rows)?),
        };
        if let Some(to) = target(site, url) {
            post.metadata.embeds.clear();
            found.push(Linked { at, to });
        }
    }
    Ok(found)
}

/// Shows a reader what posts link to, as far as they may read it.
pub(super) fn show(
    rows: &mut dyn Rows,
    reader: &Caller,
    posts: &mut [Post],
    linked: &[Linked],
) -> Outcome<()> {
    if linked.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<Id> = linked.iter().map(|linked| linked.to).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut targets = by_ids(rows, &ids)?;
    targets.retain(|post| post.delete_at == 0);
    let readable = list::readable_among(rows, reader, &targets)?;
    targets.retain(|post| readable.get(&post.channel_id).copied().unwrap_or_default());
    let embeds = embeds(rows, targets)?;
    for Linked { at, to } in linked {
        if let (Some(post), Some(embed)) = (posts.get_mut(*at), embeds.get(to)) {
            put(post, *to, embed);
        }
    }
    Ok(())
}

fn put(post: &mut Post, target: Id, embed: &Value) {
    post.metadata.embeds = vec![embed.clone()];
    post.props.insert(PREVIEWED.to_owned(), json!(target));
}

/// What is shown of posts where they are linked to. What they link to themselves is not.
fn embeds(rows: &mut dyn Rows, mut posts: Vec<Post>) -> Outcome<HashMap<Id, Value>> {
    metadata::fill_for_all(rows, &mut posts)?;
    let mut places: BTreeMap<Id, Value> = BTreeMap::new();
    let mut found = HashMap::new();
    for post in posts {
        let place = match places.get(&post.channel_id) {
            Some(place) => place.clone(),
            None => {
                let place = place(rows, post.channel_id)?;
                places.entry(post.channel_id).or_insert(place).clone()
            }
        };
        let (id, mut data) = (post.id, place);
        data["post_id"] = json!(id);
        data["post"] = serde_json::to_value(&post).map_err(Failure::internal)?;
        found.insert(id, json!({ "type": "permalink", "data": data }));
    }
    Ok(found)
}

/// Where a linked post stands, as clients are told.
fn place(rows: &mut dyn Rows, id: Id) -> Outcome<Value> {
    let channel = channel::by_id(rows, id)?.unwrap_or_default();
    let team = team::by_id(rows, channel.team_id)?.map(|team| team.name).unwrap_or_default();
    Ok(json!({
        "team_name": team,
        "channel_display_name": channel.display_name,
        "channel_type": channel.kind,
        "channel_id": id,
    }))
}

/// Adds to an event about a post what it links to, for those members of its channel who may read
/// that. `linked` is what [`take`] found of that one post.
pub(super) fn tell(
    rows: &mut dyn Rows,
    event: &mut Event,
    post: &Post,
    linked: &[Linked],
) -> Outcome<()> {
    let Some(Linked { to, .. }) = linked.first() else { return Ok(()) };
    let Some(target) = by_id(rows, *to)?.filter(|target| target.delete_at == 0) else {
        return Ok(());
    };
    let place = target.channel_id;
    let embeds = embeds(rows, vec![target])?;
    let Some(embed) = embeds.get(to) else { return Ok(()) };
    let mut whole = post.clone();
    put(&mut whole, *to, embed);
    let whole = Value::from(serde_json::to_string(&whole).map_err(Failure::internal)?);
    if place == post.channel_id {
        event.data.insert("post".to_owned(), whole);
        return Ok(());
    }
    let told = readers(rows, post.channel_id, place)?;
    let mut known: HashMap<Id, usize> =
        event.personal.iter().enumerate().map(|(at, (person, _))| (*person, at)).collect();
    for person in told {
        let at = *known.entry(person).or_insert_with(|| {
            event.personal.push((person, Map::new()));
            event.personal.len() - 1
        });
        event.personal[at].1.insert("post".to_owned(), whole.clone());
    }
    Ok(())
}

/// The people of this site who belong to one channel and may read another.
fn readers(rows: &mut dyn Rows, members: Id, place: Id) -> Outcome<Vec<Id>> {
    let people = rows.all(
        "SELECT account.id FROM channel JOIN channel_member m ON m.channel_key = channel.key \
         JOIN account ON account.key = m.account_key \
         WHERE channel.id = ?1 AND m.left_at = 0 AND account.home IS NULL \
         AND account.delete_at = 0 ORDER BY account.key LIMIT ?2",
        params![&members, MOST_TOLD],
        |row| row.id(0),
    )?;
    let mut may = Vec::new();
    for (caller, channel) in facts::channel_for_each(rows, place, &people)? {
        if may_read_channel(&caller, &POLICY, &channel.facts).is_ok() {
            may.push(caller.user);
        }
    }
    Ok(may)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "yyyyyyyyyyyyyyyyyyyyyyyyyy";

    #[test]
    fn an_address_of_the_site_leads_to_a_post() {
        let at = |url: &str| target("https://chat.example.org", url);
        let id = ID.parse().ok();
        assert_eq!(at(&format!("https://chat.example.org/alpha/pl/{ID}")), id);
        assert_eq!(at(&format!("https://chat.example.org/_redirect/pl/{ID}")), id);
        for other in [
            format!("https://chat.example.org.evil.org/alpha/pl/{ID}"),
            format!("https://chat.example.org/alpha/pl/{ID}/more"),
            format!("https://chat.example.org/alpha/pl/{ID}?x"),
            format!("https://chat.example.org/a/b/pl/{ID}"),
            format!("https://chat.example.org//pl/{ID}"),
            format!("https://chat.example.org/pl/{ID}"),
            format!("http://chat.example.org/alpha/pl/{ID}"),
            "https://chat.example.org/alpha/pl/short".to_owned(),
        ] {
            assert_eq!(at(&other), None, "{other}");
        }
        assert_eq!(target("", &format!("/alpha/pl/{ID}")), None);
    }
}
