//! What whoever answers a team's command says, and what becomes of it.

use fieldpost_access::Caller;
use fieldpost_kernel::{Event, Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Command, CommandResponse, Id, Millis, Post, Props};
use serde_json::Value;

use super::{Asked, Done, Sent, ask};
use crate::hook::Naming;
use crate::post::{create, ephemeral, metadata, program};
use crate::{action, facts};

/// The answers that one answer brings along at most.
const MOST_EXTRA: usize = 50;

/// How long something may be said later, and how often.
const LATER: Millis = 30 * 60 * 1000;
const MOST_LATER: i64 = 5;

/// Where whoever answers a command may say something later. It is given out by chance, lives for
/// half an hour, and is no state of the site.
pub(super) const TABLES: &str = "
CREATE TABLE command_reply (
    id BLOB PRIMARY KEY,
    person BLOB NOT NULL,
    channel BLOB NOT NULL,
    root BLOB NOT NULL,
    team BLOB NOT NULL,
    command BLOB NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
);
CREATE INDEX command_reply_expires ON command_reply (expires_at)";

/// Schemes that a client is sent to.
const SCHEMES: [&str; 6] = ["http://", "https://", "ftp://", "ssh://", "mailto:", "tel:"];

/// Opens a place where whoever answers may say something later; gives its name.
pub fn open_reply(work: &mut Work<'_>, asked: &Asked, command: &Command) -> Outcome<Id> {
    let (id, now) = (work.random_id(), work.now());
    work.execute("DELETE FROM command_reply WHERE expires_at < ?1", params![now])?;
    work.execute(
        "INSERT INTO command_reply (id, person, channel, root, team, command, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            &id,
            &asked.caller.user,
            &asked.channel.id,
            &asked.root,
            &asked.team_id(),
            &command.id,
            now + LATER,
        ],
    )?;
    Ok(id)
}

/// What was asked at a place where something is said later, and the name and picture that the answer
/// bears.
struct Later {
    person: Id,
    sent: Sent,
    command: Command,
}

/// Takes what is said later.
pub fn say_later(
    work: &mut Work<'_>,
    id: Id,
    response: &CommandResponse,
    site_url: &str,
    naming: Naming,
) -> Outcome<Done> {
    let now = work.now();
    let used = work.execute(
        "UPDATE command_reply SET used = used + 1 \
         WHERE id = ?1 AND used < ?2 AND expires_at >= ?3",
        params![&id, MOST_LATER, now],
    )?;
    let later = if used == 0 { None } else { later(work, id)? };
    let Later { person, sent, command } = later.ok_or_else(|| {
        Failure::new(
            FailureKind::NotFound,
            "web.command_webhook.command.app_error",
            "Nothing more is said there: it was too long ago, or too often.",
        )
    })?;
    let caller: Caller =
        facts::acting(work, person)?.ok_or_else(|| Failure::forbidden("create_post"))?;
    let asked = ask(work, &caller, &sent, site_url)?;
    take(work, &asked, &command, response, naming)
}

fn later(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Later>> {
    rows.first(
        "SELECT reply.person, reply.channel, reply.root, reply.team, command.trigger_word, \
         command.username, command.icon_url FROM command_reply reply \
         JOIN command ON command.id = reply.command WHERE reply.id = ?1 AND command.delete_at = 0",
        params![&id],
        |row| Later {
            person: row.id(0),
            sent: Sent {
                command: format!("/{}", row.text(4)),
                channel: row.id(1),
                root: row.id(2),
                team: row.id(3),
            },
            command: Command {
                username: row.text(5).to_owned(),
                icon_url: row.text(6).to_owned(),
                ..Command::default()
            },
        },
    )
}

/// Does what an answer says: writes posts in the name of whoever typed the command, or shows them to
/// that person alone.
pub fn take(
    work: &mut Work<'_>,
    asked: &Asked,
    command: &Command,
    response: &CommandResponse,
    naming: Naming,
) -> Outcome<Done> {
    let mut told = Vec::new();
    let all = [response].into_iter().chain(response.extra_responses.iter().take(MOST_EXTRA));
    for one in all {
        told.extend(say(work, asked, command, one, naming)?);
    }
    let goto = response.goto_location.trim();
    let safe = goto.starts_with('/') || SCHEMES.iter().any(|scheme| goto.starts_with(scheme));
    let response = CommandResponse {
        response_type: response.response_type.clone(),
        text: response.text.clone(),
        username: response.username.clone(),
        icon_url: response.icon_url.clone(),
        goto_location: if safe { goto.to_owned() } else { String::new() },
        ..CommandResponse::default()
    };
    Ok(Done { response, told })
}

fn say(
    work: &mut Work<'_>,
    asked: &Asked,
    command: &Command,
    response: &CommandResponse,
    naming: Naming,
) -> Outcome<Option<Event>> {
    if response.text.trim().is_empty() && response.attachments.is_empty() {
        return Ok(None);
    }
    let elsewhere = response.channel_id.some().filter(|channel| *channel != asked.channel.id);
    let post = Post {
        channel_id: elsewhere.unwrap_or(asked.channel.id),
        root_id: if elsewhere.is_some() { Id::NONE } else { asked.root },
        message: if response.skip_slack_parsing {
            response.text.clone()
        } else {
            in_markdown(&response.text)
        },
        kind: kind(response),
        props: props(command, response, naming),
        ..Post::default()
    };
    if response.response_type == "in_channel" {
        create::create(work, &asked.caller, &post)?;
        return Ok(None);
    }
    show(work, asked, post).map(Some)
}

/// Shows a post to whoever typed the command alone.
fn show(work: &mut Work<'_>, asked: &Asked, post: Post) -> Outcome<Event> {
    create::validate(&post)?;
    let (id, now, person) = (work.random_id(), work.now(), asked.caller.user);
    let mut post = Post {
        id,
        create_at: now,
        update_at: now,
        user_id: person,
        channel_id: asked.channel.id,
        root_id: asked.root,
        kind: ephemeral::KIND.to_owned(),
        remote_id: Some(String::new()),
        ..post
    };
    let kept = action::separate(&mut post.props, &[], || work.random_id());
    if !kept.is_empty() {
        action::keep_ephemeral(work, person, &post, &kept)?;
    }
    metadata::embed_only(&mut post);
    ephemeral::told(person, &post)
}

fn kind(response: &CommandResponse) -> String {
    if response.kind.starts_with("custom_") {
        return response.kind.clone();
    }
    if response.attachments.is_empty() { "" } else { "slack_attachment" }.to_owned()
}

fn props(command: &Command, response: &CommandResponse, naming: Naming) -> Props {
    let mut props = response.props.clone();
    program::restrict(&mut props);
    props.insert("from_webhook".to_owned(), "true".into());
    let first = |one: &String, other: &String| {
        Some(if one.is_empty() { other } else { one }.clone()).filter(|text| !text.is_empty())
    };
    if let Some(name) = first(&command.username, &response.username).filter(|_| naming.usernames) {
        props.insert("override_username".to_owned(), name.into());
    }
    if let Some(url) = first(&command.icon_url, &response.icon_url).filter(|_| naming.icons) {
        props.insert("override_icon_url".to_owned(), url.into());
    }
    if !response.attachments.is_empty() {
        props.insert("attachments".to_owned(), Value::Array(response.attachments.clone()));
    }
    props
}

/// A text whose links and addresses are in another product's form, in Markdown.
fn in_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, at) = rest.split_at(start);
        out.push_str(before);
        // What stands between the signs has none of them, so that no letter is looked at twice.
        let end = at[1..].find(['<', '>', '\n']).map(|end| end + 1);
        let Some(end) = end.filter(|end| at[*end..].starts_with('>')) else {
            out.push('<');
            rest = &at[1..];
            continue;
        };
        let inner = &at[1..end];
        match inner {
            "!channel" | "!here" | "!all" => out.push_str(&inner.replacen('!', "@", 1)),
            _ if !inner.contains("://") && !inner.starts_with("mailto:") => {
                out.push_str(&at[..=end]);
            }
            _ => match inner.split_once('|') {
                Some((url, label)) => {
                    out.push('[');
                    out.push_str(label);
                    out.push_str("](");
                    out.push_str(url);
                    out.push(')');
                }
                None => out.push_str(inner),
            },
        }
        rest = &at[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_another_product_become_markdown() {
        for (text, shown) in [
            ("see <https://x.org|the plan>.", "see [the plan](https://x.org)."),
            ("see <https://x.org>", "see https://x.org"),
            ("<!channel> and <!here>", "@channel and @here"),
            ("a < b > c", "a < b > c"),
            ("<b>bold</b>", "<b>bold</b>"),
            ("<https://x.org\n>", "<https://x.org\n>"),
            ("<<<", "<<<"),
            ("<https://a|<b>>", "<https://a|<b>>"),
            ("", ""),
        ] {
            assert_eq!(in_markdown(text), shown, "{text}");
        }
    }

    #[test]
    fn an_answer_does_not_say_who_wrote_it() {
        let response = CommandResponse {
            props: serde_json::from_str(
                "{\"from_bot\":\"true\",\"add_channel_member\":{},\"mine\":1}",
            )
            .unwrap(),
            username: "other".to_owned(),
            ..CommandResponse::default()
        };
        let command = Command { username: "Weather".to_owned(), ..Command::default() };
        let naming = Naming { usernames: true, icons: true, guests: true };
        let props = props(&command, &response, naming);
        assert_eq!(props["override_username"], "Weather");
        assert_eq!((&props["mine"], props.get("from_bot")), (&Value::from(1), None));
        assert!(!props.contains_key("add_channel_member"));
        assert_eq!(kind(&CommandResponse { kind: "system_x".into(), ..response }), "");
    }
}
