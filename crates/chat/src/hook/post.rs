//! Posting for programs.

use std::collections::HashMap;

use fieldpost_access::{Caller, Denied, Permission, may_target_webhook, require_team};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{ChannelType, Id, IncomingWebhook, Post, PostMetadata};
use fieldpost_text::slack;
use serde_json::Value;

use super::fire::Delivery;
use super::incoming;
use super::payload::Payload;
use crate::channel;
use crate::facts::{self, denied};
use crate::post::create::{self, LONGEST_MESSAGE};

/// Texts of an attachment that are written as Slack writes them.
const TEXTS: [&str; 2] = ["pretext", "text"];

/// People that are looked up for one post.
const MOST_PEOPLE: usize = 200;

/// What the administrator lets programs be shown with, and whose programs may post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Naming {
    /// Names of their own.
    pub usernames: bool,
    /// Pictures of their own.
    pub icons: bool,
    /// Whether guests may come in, and so their programs post.
    pub guests: bool,
}

impl Naming {
    /// Somebody for whom a program posts, if they may post themselves.
    fn acting(self, rows: &mut dyn Rows, person: Id) -> Outcome<Option<Caller>> {
        let caller = facts::acting(rows, person)?;
        Ok(caller.filter(|caller| self.guests || !caller.guest))
    }
}

/// How posts of a program are shown unless it says otherwise.
struct Looks<'h> {
    username: &'h str,
    icon_url: &'h str,
    display_name: &'h str,
}

fn refuse(kind: FailureKind, id: &'static str, says: &'static str) -> Failure {
    Failure::new(kind, id, says)
}

/// There is no such webhook, or nobody for whom it posts.
pub fn no_hook() -> Failure {
    Failure::invalid("web.incoming_webhook.invalid.app_error", "Invalid webhook.")
}

/// Posts what a program sent to an incoming webhook, in the name of whoever made that.
pub fn receive(work: &mut Work<'_>, hook: Id, payload: Payload, naming: Naming) -> Outcome<()> {
    let hook = incoming::find(work, hook)?.ok_or_else(no_hook)?;
    let caller = naming.acting(work, hook.user_id)?.ok_or_else(no_hook)?;
    if payload.is_empty() {
        return Err(Failure::invalid("web.incoming_webhook.text.app_error", "No text specified."));
    }
    let channel = target(work, &caller, &hook, &payload.channel)?;
    let looks = Looks {
        username: &hook.username,
        icon_url: &hook.icon_url,
        display_name: &hook.display_name,
    };
    say(work, &caller, (channel, Id::NONE), (payload, &looks, naming))
}

/// Posts what somebody answered who was told of a post.
pub fn answer(
    work: &mut Work<'_>,
    delivery: &Delivery,
    payload: Payload,
    naming: Naming,
) -> Outcome<()> {
    let Some(caller) = naming.acting(work, delivery.creator)? else { return Ok(()) };
    if payload.is_empty() {
        return Ok(());
    }
    require_place(work, &caller, delivery.channel)?;
    let comments = payload.response_type == "comment";
    let root = delivery.root.some().unwrap_or(delivery.post);
    let root = if comments { root } else { Id::NONE };
    let looks = Looks {
        username: &delivery.username,
        icon_url: &delivery.icon_url,
        display_name: &delivery.display_name,
    };
    say(work, &caller, (delivery.channel, root), (payload, &looks, naming))
}

/// The channel that a post goes to.
fn target(
    work: &mut Work<'_>,
    caller: &Caller,
    hook: &IncomingWebhook,
    wanted: &str,
) -> Outcome<Id> {
    let wanted = wanted.trim();
    let id = match wanted.strip_prefix('@') {
        _ if wanted.is_empty() => hook.channel_id,
        // Who is locked in founds no conversations elsewhere.
        Some(_) if hook.channel_locked => Id::NONE,
        Some(name) => conversation_with(work, caller, name)?,
        None => named(work, hook.team_id, wanted.trim_start_matches('#'))?,
    };
    if hook.channel_locked && id != hook.channel_id {
        return Err(refuse(
            FailureKind::Forbidden,
            "web.incoming_webhook.channel_locked.app_error",
            "This webhook is not permitted to post to the requested channel.",
        ));
    }
    require_place(work, caller, id)?;
    Ok(id)
}

fn conversation_with(work: &mut Work<'_>, caller: &Caller, name: &str) -> Outcome<Id> {
    let sql = "SELECT id FROM account WHERE username = ?1 AND delete_at = 0";
    let other = work.first(sql, params![&name.to_lowercase()], |row| row.id(0))?;
    let other = other.ok_or_else(|| {
        Failure::invalid("web.incoming_webhook.user.app_error", "Couldn't find the user.")
    })?;
    Ok(channel::create::direct(work, caller, [caller.user, other])?.id)
}

/// A channel by its name in the team, by its id, or a direct conversation by its name.
fn named(rows: &mut dyn Rows, team: Id, name: &str) -> Outcome<Id> {
    let id: Id = name.parse().unwrap_or_default();
    let found = rows.first(
        "SELECT channel.id FROM channel LEFT JOIN team ON team.key = channel.team_key \
         WHERE channel.key IN (SELECT c.key FROM channel c WHERE c.id = ?3 \
         UNION ALL SELECT c.key FROM channel c WHERE c.name = ?1 \
         AND c.team_key IN (0, (SELECT t.key FROM team t WHERE t.id = ?2))) \
         AND (team.id = ?2 OR channel.kind IN ('D', 'G')) \
         ORDER BY CASE WHEN team.id = ?2 THEN 0 ELSE 1 END, channel.key LIMIT 1",
        params![&name.to_lowercase(), &team, &id],
        |row| row.id(0),
    )?;
    found.ok_or_else(no_channel)
}

fn no_channel() -> Failure {
    refuse(
        FailureKind::NotFound,
        "web.incoming_webhook.channel.app_error",
        "Couldn't find the channel.",
    )
}

/// Whoever made a webhook must themselves see the channel that it posts into.
fn require_place(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<()> {
    let found = facts::channel(rows, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    let seen = may_target_webhook(caller, &found.facts).and_then(|()| match found.facts.team {
        Some(team) if found.facts.kind == ChannelType::Open => {
            require_team(caller, &team, Permission::ViewTeam)
        }
        Some(_) => Ok(()),
        // Whoever administers the site is no part of everybody's conversations.
        None if found.facts.member.is_none() => {
            Err(Denied { permission: Permission::ReadChannelContent })
        }
        None => Ok(()),
    });
    seen.map_err(|refusal| {
        let detail = denied(refusal).detail;
        refuse(
            FailureKind::Forbidden,
            "web.incoming_webhook.permissions.app_error",
            "Whoever made the webhook may not post in that channel.",
        )
        .with_detail(detail)
    })
}

/// Posts, in several parts if the text is longer than a post.
fn say(
    work: &mut Work<'_>,
    caller: &Caller,
    (channel_id, root_id): (Id, Id),
    (mut payload, looks, naming): (Payload, &Looks<'_>, Naming),
) -> Outcome<()> {
    translate(work, &mut payload)?;
    let kind = match payload.kind.as_str() {
        "" if payload.attachments.is_empty() => "",
        "" => "slack_attachment",
        kind if kind.starts_with("custom_") || kind == "slack_attachment" => kind,
        _ => return Err(Failure::invalid_body("type")),
    };
    let mut props = payload.props;
    let mut set = |name: &str, value: &str| props.insert(name.to_owned(), Value::from(value));
    set("from_webhook", "true");
    set("webhook_display_name", looks.display_name);
    let chosen = |own: &str, usual: &str| {
        if own.is_empty() { usual.to_owned() } else { own.to_owned() }
    };
    if naming.usernames {
        let name = chosen(&payload.username, looks.username);
        set("override_username", if name.is_empty() { "webhook" } else { &name });
    }
    if naming.icons {
        set("override_icon_url", &chosen(&payload.icon_url, looks.icon_url));
        if !payload.icon_emoji.is_empty() {
            set("override_icon_emoji", &payload.icon_emoji);
        }
    }
    let kind = kind.to_owned();
    let parts = parts(&payload.text);
    let last = parts.len() - 1;
    for (n, message) in parts.into_iter().enumerate() {
        let mut props = props.clone();
        if n == last && !payload.attachments.is_empty() {
            let list = payload.attachments.iter().cloned().map(Value::Object).collect();
            props.insert("attachments".to_owned(), Value::Array(list));
        }
        let priority = payload.priority.clone().filter(|_| n == 0 && root_id.is_none());
        let metadata = PostMetadata { priority, ..PostMetadata::default() };
        let kind = kind.clone();
        let post = Post { channel_id, root_id, message, kind, props, metadata, ..Post::default() };
        create::create_for_program(work, caller, &post)?;
    }
    Ok(())
}

/// Parts of a text that a post can hold; one, if it is empty.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = 0;
    for letter in text.chars() {
        if letters == LONGEST_MESSAGE {
            parts.push(String::new());
            letters = 0;
        }
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        letters += 1;
    }
    parts
}

/// Makes Markdown of texts that were written for Slack.
fn translate(rows: &mut dyn Rows, payload: &mut Payload) -> Outcome<()> {
    let mut ids: Vec<Id> = people(&payload.text);
    for attachment in &payload.attachments {
        for text in TEXTS.iter().filter_map(|name| attachment.get(*name)?.as_str()) {
            ids.extend(people(text));
        }
    }
    ids.truncate(MOST_PEOPLE);
    let list: Vec<_> = ids.iter().map(Into::into).collect();
    let sql = "SELECT id, username FROM account WHERE id IN ({in})";
    let named =
        rows.all_in(sql, &[], &list, |row| (row.id(0).to_string(), row.text(1).to_owned()))?;
    let names: HashMap<String, String> = named.into_iter().collect();
    payload.text = slack::to_markdown(&payload.text, &names);
    for attachment in &mut payload.attachments {
        for name in TEXTS {
            if let Some(Value::String(text)) = attachment.get_mut(name) {
                *text = slack::to_markdown(text, &names);
            }
        }
        let fields = attachment.get_mut("fields").and_then(Value::as_array_mut);
        for field in fields.into_iter().flatten() {
            if let Some(Value::String(text)) = field.get_mut("value") {
                *text = slack::to_markdown(text, &names);
            }
        }
    }
    Ok(())
}

fn people(text: &str) -> Vec<Id> {
    slack::people(text).into_iter().filter_map(|id| id.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_several_posts() {
        assert_eq!(parts(""), [""]);
        let long = "ä".repeat(LONGEST_MESSAGE + 1);
        let lengths: Vec<usize> = parts(&long).iter().map(|part| part.chars().count()).collect();
        assert_eq!(lengths, [LONGEST_MESSAGE, 1]);
        assert_eq!(parts(&"a".repeat(LONGEST_MESSAGE)).len(), 1);
    }
}
