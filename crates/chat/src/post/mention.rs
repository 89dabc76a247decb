//! Whom a new post mentions, resolved where it is written: elsewhere the same name may be
//! somebody else's.

use std::collections::BTreeSet;

use fieldpost_access::{Caller, may_mention_channel, may_mention_group};
use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_model::{ChannelType, Id, Post, StringMap};
use fieldpost_text::keyword::{ChannelWord, Keywords};
use fieldpost_text::mention::{self, Mentions};

use super::change::MOST_MENTIONED;
use crate::facts::Channel;
use crate::group;
use crate::thread::COLLAPSED;

/// A channel of so many people or more is never addressed as a whole.
const MOST_NOTIFIED: i64 = 1000;

/// Names after an at-sign that are looked up in one post.
const MOST_NAMES: usize = 1000;

/// Forms of them that are looked up: a name may end in many marks.
const MOST_CANDIDATES: usize = 2 * MOST_NAMES;

/// Whom a post mentions.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// Who, in the order of their ids.
    pub(super) people: Vec<Id>,
    /// Whether it addresses the whole channel and its author may not.
    pub(super) without_effect: bool,
    /// Whether it may name groups and its author may mention none.
    pub(super) without_groups: bool,
}

/// Finds whom a post that is about to be written mentions.
///
/// Nothing is loaded that the text cannot need: the people whose names it holds, those who chose
/// words of their own, and all members only where it addresses all.
pub(super) fn resolve(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: &Channel,
    post: &Post,
) -> Outcome<Resolved> {
    let mut resolved = Resolved::default();
    let mut people = match channel.facts.kind {
        ChannelType::Direct | ChannelType::Group => everybody(rows, channel.key)?,
        ChannelType::Open | ChannelType::Private => {
            let texts = texts(post);
            let written = mention::find(texts.iter().copied(), &Keywords::<Id>::new());
            let all = addresses_all(&written);
            let allowed = all && may_mention_channel(caller, &channel.facts).is_ok();
            resolved.without_effect = all && !allowed;
            let names = candidates(&written.potential);
            let mut keywords = keywords(rows, channel.key, &names)?;
            if may_mention_group(caller, &channel.facts).is_ok() {
                for (name, person) in group::mention::members(rows, channel.key, &names)? {
                    keywords.add_name(&name, person);
                }
            } else {
                resolved.without_groups = !names.is_empty();
            }
            if allowed && is_small(rows, channel.key)? {
                add_channel_words(rows, channel.key, &mut keywords)?;
            }
            let found = mention::find(texts.iter().copied(), &keywords);
            let mut people: BTreeSet<Id> = found.targets.into_keys().collect();
            people.extend(watching_thread(rows, channel.key, post.root_id)?);
            people
        }
    };
    if post.props.get("from_webhook").is_none_or(|from| from != "true") {
        people.remove(&caller.user);
    }
    resolved.people = people.into_iter().take(MOST_MENTIONED).collect();
    Ok(resolved)
}

fn addresses_all<K>(found: &Mentions<K>) -> bool {
    found.channel_words.all || found.channel_words.channel || found.channel_words.here
}

/// The parts of a post that can mention: its message, and what its attachments say.
fn texts(post: &Post) -> Vec<&str> {
    let mut texts = vec![post.message.as_str()];
    let attachments = post.props.get("attachments").and_then(|list| list.as_array());
    for attachment in attachments.into_iter().flatten() {
        let part = |name: &str| attachment.get(name).and_then(|text| text.as_str());
        texts.extend(part("pretext"));
        texts.extend(part("text"));
        let fields = attachment.get("fields").and_then(|fields| fields.as_array());
        for field in fields.into_iter().flatten() {
            texts.extend(field.get("value").and_then(|value| value.as_str()));
        }
    }
    texts
}

fn everybody(rows: &mut dyn Rows, channel_key: i64) -> Outcome<BTreeSet<Id>> {
    let people = rows.all(
        "SELECT account.id FROM channel_member m JOIN account ON account.key = m.account_key \
         WHERE m.channel_key = ?1 AND m.left_at = 0 AND account.delete_at = 0",
        params![channel_key],
        |row| row.id(0),
    )?;
    Ok(people.into_iter().collect())
}

/// The names that are looked up: one may be followed by marks that could as well be part of it.
fn candidates(names: &[String]) -> Vec<&str> {
    let mut candidates: Vec<&str> = Vec::new();
    for name in names.iter().take(MOST_NAMES) {
        if candidates.len() >= MOST_CANDIDATES {
            break;
        }
        let mut name = name.as_str();
        candidates.push(name);
        while let Some(shorter) = name.strip_suffix(['.', '-', ':', '_']) {
            candidates.push(shorter);
            name = shorter;
        }
    }
    candidates
}

/// The words that mention members of a channel: the names that occur in the text, and all words
/// that people chose for themselves.
fn keywords(rows: &mut dyn Rows, channel_key: i64, names: &[&str]) -> Outcome<Keywords<Id>> {
    let mut keywords = Keywords::new();
    let list: Vec<Value<'_>> = names.iter().map(|name| Value::from(*name)).collect();
    let named = rows.all_in(
        "SELECT account.id, account.username FROM account \
         JOIN channel_member m ON m.account_key = account.key \
         WHERE m.channel_key = ?1 AND m.left_at = 0 AND account.delete_at = 0 \
         AND account.username IN ({in})",
        params![channel_key],
        &list,
        |row| (row.id(0), row.text(1).to_owned()),
    )?;
    for (person, username) in named {
        keywords.add_name(&username, person);
    }
    // The order of the tables is a hint: those who chose words are fewer than the members.
    let choosy = rows.all(
        "SELECT account.id, account.notify_props, account.first_name FROM account \
         CROSS JOIN channel_member m WHERE account.has_words = 1 AND account.delete_at = 0 \
         AND m.account_key = account.key AND m.channel_key = ?1 AND m.left_at = 0",
        params![channel_key],
        |row| (row.id(0), props_of(row, 1), row.text(2).to_owned()),
    )?;
    for (person, notify, first_name) in choosy {
        for word in notify.get("mention_keys").map_or("", String::as_str).split(',') {
            keywords.add_word(word, person);
        }
        if notify.get("first_name").is_some_and(|on| on == "true") {
            keywords.add_exact(&first_name, person);
        }
    }
    Ok(keywords)
}

fn props_of(row: &dyn Row, column: usize) -> StringMap {
    serde_json::from_str(row.text(column)).unwrap_or_default()
}

fn is_small(rows: &mut dyn Rows, channel_key: i64) -> Outcome<bool> {
    let members = rows.count(
        "SELECT count(*) FROM channel_member m JOIN account ON account.key = m.account_key \
         WHERE m.channel_key = ?1 AND m.left_at = 0 AND account.delete_at = 0",
        params![channel_key],
    )?;
    Ok(members < MOST_NOTIFIED)
}

/// Lets the words that address a whole channel mention those who did not decline it.
///
/// `@here` addresses all as `@channel` does: who is there, only a site with presence knows, and
/// ringing too many is better than ringing nobody.
fn add_channel_words(
    rows: &mut dyn Rows,
    channel_key: i64,
    keywords: &mut Keywords<Id>,
) -> Outcome<()> {
    let members = rows.all(
        "SELECT account.id, account.notify_props, m.notify_props FROM channel_member m \
         JOIN account ON account.key = m.account_key \
         WHERE m.channel_key = ?1 AND m.left_at = 0 AND account.delete_at = 0",
        params![channel_key],
        |row| (row.id(0), props_of(row, 1), props_of(row, 2)),
    )?;
    for (person, own, here) in members {
        let is = |props: &StringMap, name: &str, value: &str| {
            props.get(name).is_some_and(|found| found == value)
        };
        let muted = is(&here, "mark_unread", "mention");
        let ignores = is(&here, "ignore_channel_mentions", "on")
            || muted && !is(&here, "ignore_channel_mentions", "off");
        if is(&own, "channel", "true") && !ignores {
            for word in [ChannelWord::All, ChannelWord::Channel, ChannelWord::Here] {
                keywords.add_channel_word(word, person);
            }
        }
    }
    Ok(())
}

/// Those who wrote in a thread and want to hear of every reply, or wrote its root and want to
/// hear of replies to their own. Whoever has threads collapsed follows them instead.
fn watching_thread(rows: &mut dyn Rows, channel_key: i64, root: Id) -> Outcome<Vec<Id>> {
    if root.is_none() {
        return Ok(Vec::new());
    }
    let wrote = |condition: &str| {
        format!(
            "SELECT DISTINCT account.id, account.notify_props FROM post \
             JOIN account ON account.key = post.account_key \
             JOIN channel_member m ON m.account_key = account.key AND m.channel_key = ?1 \
             WHERE {condition} AND post.delete_at = 0 AND account.delete_at = 0 AND m.left_at = 0 \
             AND NOT {COLLAPSED}"
        )
    };
    let row_of = |row: &dyn Row| (row.id(0), props_of(row, 1));
    let by_root = params![channel_key, &root];
    let of_root = rows.all(&wrote("post.id = ?2"), by_root, row_of)?;
    let in_thread = "post.root_key = (SELECT key FROM post WHERE id = ?2) AND post.root_key > 0";
    let of_replies = rows.all(&wrote(in_thread), by_root, row_of)?;
    let wants = |props: &StringMap, levels: &[&str]| {
        props.get("comments").is_some_and(|level| levels.contains(&level.as_str()))
    };
    let mut people: Vec<Id> = Vec::new();
    people.extend(of_root.iter().filter(|(_, p)| wants(p, &["root", "any"])).map(|(id, _)| *id));
    people.extend(of_replies.iter().filter(|(_, p)| wants(p, &["any"])).map(|(id, _)| *id));
    Ok(people)
}
