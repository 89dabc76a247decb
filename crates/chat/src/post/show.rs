//! What clients are told of a new post.

use fieldpost_kernel::{
    Audience, Change, Event, Failure, Outcome, Row, Rows, RowsExt, Shown, events, params,
};
use fieldpost_model::{ChannelType, Id, Post};
use serde_json::{Map, Value, json};

use super::{AFTER_COLUMNS, COLUMNS, FROM, PostWritten, metadata, permalink, post_of};
use crate::thread;

/// Tells of a post, as it is by now.
pub(super) fn written(
    written: &PostWritten,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let id = written.id(change);
    let Some(mut told) = told(rows, id)? else { return Ok(Shown::default()) };
    told.by_itself = written.imported.is_some();
    let linked = metadata::fill_one_for_all(rows, &mut told.post)?;
    let mut event = told.event()?;
    // Most posts mention nobody.
    let mentioned = if written.mentions.is_empty() { Vec::new() } else { mentioned(rows, id)? };
    for person in mentioned {
        let mut personal = Map::new();
        personal.insert("mentions".to_owned(), Value::from(format!("[\"{person}\"]")));
        event.personal.push((person, personal));
    }
    let followed = match told.post.root_id.some() {
        Some(root) => thread::show_added(rows, (root, told.key), told.post.user_id, &mut event)?,
        None => Vec::new(),
    };
    permalink::tell(rows, &mut event, &told.post, &linked)?;
    let mut events = vec![event];
    events.extend(followed);
    Ok(Shown { events, ..Shown::default() })
}

/// Tells people again of a post, as it is by now.
pub(super) fn again(rows: &mut dyn Rows, id: Id, people: &[Id]) -> Outcome<Vec<Event>> {
    let Some(mut told) = told(rows, id)? else { return Ok(Vec::new()) };
    told.post.pending_post_id.clear();
    metadata::fill_one_for_all(rows, &mut told.post)?;
    let mut data = told.event()?.data;
    data.remove("set_online");
    let mentions = serde_json::to_string(people).map_err(Failure::internal)?;
    data.insert("mentions".to_owned(), Value::from(mentions));
    let to = |person: &Id| Event {
        name: events::PERSISTENT_NOTIFICATION_TRIGGERED,
        data: data.clone(),
        personal: Vec::new(),
        audience: Audience { channel: told.post.channel_id, ..Audience::user(*person) },
    };
    Ok(people.iter().map(to).collect())
}

/// A post of which anybody is to be told.
fn told(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Told>> {
    let told = rows.first(
        &format!(
            "SELECT {COLUMNS}, author.username, pending.pending_id, channel.name, \
             channel.display_name, channel.kind, channel.delete_at, team.id {FROM} \
             LEFT JOIN pending_post pending ON pending.post_key = post.key \
             LEFT JOIN team ON team.key = channel.team_key WHERE post.id = ?1"
        ),
        params![&id],
        told_of,
    )?;
    Ok(told.filter(Told::is_news))
}

/// A post, and what clients are told of where it stands and who wrote it.
struct Told {
    key: i64,
    post: Post,
    author: String,
    channel_name: String,
    channel_display_name: String,
    channel_kind: ChannelType,
    channel_deleted: bool,
    team: Id,
    /// Whether it was sent when nobody was there, or written elsewhere.
    by_itself: bool,
}

fn told_of(row: &dyn Row) -> Told {
    let mut post = post_of(row);
    row.text(AFTER_COLUMNS + 1).clone_into(&mut post.pending_post_id);
    Told {
        key: row.int(19),
        post,
        author: row.text(AFTER_COLUMNS).to_owned(),
        channel_name: row.text(AFTER_COLUMNS + 2).to_owned(),
        channel_display_name: row.text(AFTER_COLUMNS + 3).to_owned(),
        channel_kind: ChannelType::from_letter(row.text(AFTER_COLUMNS + 4))
            .unwrap_or(ChannelType::Private),
        channel_deleted: row.int(AFTER_COLUMNS + 5) != 0,
        team: row.id(AFTER_COLUMNS + 6),
        by_itself: false,
    }
}

impl Told {
    fn is_system(&self) -> bool {
        self.post.kind.starts_with("system_")
    }

    /// The name that a program chose to be shown with, where people do not speak to each other.
    fn override_username(&self) -> Option<&str> {
        let prop = |name| self.post.props.get(name).and_then(Value::as_str);
        let named = prop("override_username").filter(|name| !name.is_empty());
        let by_program = prop("from_webhook") == Some("true");
        named.filter(|_| by_program && self.channel_kind != ChannelType::Direct)
    }

    /// Whether anybody is told: of what was deleted meanwhile nobody is.
    fn is_news(&self) -> bool {
        self.post.delete_at == 0 && (!self.channel_deleted || self.is_system())
    }

    fn event(&self) -> Outcome<Event> {
        let at_author = format!("@{}", self.author);
        let place = match self.channel_kind {
            ChannelType::Direct => &at_author,
            _ => &self.channel_display_name,
        };
        let sender = match self.override_username() {
            _ if self.is_system() => "System",
            Some(name) => name,
            None => &at_author,
        };
        let data = json!({
            "channel_display_name": place,
            "channel_name": self.channel_name,
            "channel_type": self.channel_kind,
            "post": serde_json::to_string(&self.post).map_err(Failure::internal)?,
            "sender_name": sender,
            "set_online": !self.by_itself,
            "team_id": self.team,
        });
        let mut event = Event::new(events::POSTED, Audience::channel(self.post.channel_id), data);
        if !self.post.file_ids.is_empty() {
            event.data.insert("otherFile".to_owned(), Value::from("true"));
        }
        if self.post.metadata.files.iter().any(|file| file.mime_type.starts_with("image/")) {
            event.data.insert("image".to_owned(), Value::from("true"));
        }
        Ok(event)
    }
}

fn mentioned(rows: &mut dyn Rows, post: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT account.id FROM mention JOIN post ON post.key = mention.post_key \
         JOIN account ON account.key = mention.account_key WHERE post.id = ?1",
        params![&post],
        |row| row.id(0),
    )
}
