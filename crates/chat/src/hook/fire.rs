//! Which posts are told to whom.

use fieldpost_kernel::{Body, Change, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis, OutgoingWebhook, Post};
use serde_json::{Value, json};

use super::outgoing::{COLUMNS, hook_of};
use super::{OutgoingWebhookDeleted, OutgoingWebhookSaved};
use crate::post::{self, PostWritten};

/// How long it is remembered that a post was told of: longer than servers on one database lag
/// behind each other.
const REMEMBERED: Millis = 60 * 60 * 1000;

/// A post that somebody is to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// In whose name an answer is posted.
    pub creator: Id,
    /// The post.
    pub post: Id,
    /// Where it is.
    pub channel: Id,
    /// The first post of its thread, or none.
    pub root: Id,
    /// Who is told.
    pub urls: Vec<String>,
    /// Whether as JSON, or else as a form.
    pub as_json: bool,
    /// The name that an answer is shown with.
    pub username: String,
    /// The picture that an answer is shown with.
    pub icon_url: String,
    /// What people call the webhook.
    pub display_name: String,
    /// What is told, with the time in milliseconds.
    pub told: Vec<(&'static str, Value)>,
}

impl Delivery {
    /// What is told, as JSON.
    pub fn json(&self) -> String {
        let told = self.told.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(told.collect()).to_string()
    }

    /// What is told, as the fields of a form. A form has the time in seconds.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.told.iter().map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(at) if *name == "timestamp" => {
                    (at.as_i64().unwrap_or_default() / 1000).to_string()
                }
                other => other.to_string(),
            };
            (*name, text)
        })
    }
}

/// Whether a change makes or ends outgoing webhooks.
pub fn concerns(change: &Change) -> bool {
    [OutgoingWebhookSaved::KIND, OutgoingWebhookDeleted::KIND].contains(&change.kind)
}

/// Whether there is anybody to be told of anything.
pub fn any(rows: &mut dyn Rows) -> Outcome<bool> {
    Ok(rows.count("SELECT count(*) FROM outgoing_webhook WHERE delete_at = 0", &[])? > 0)
}

/// Who is to be told of a change.
///
/// Of a post its own site tells, and no other. Nobody is told of what programs and bots post: two
/// webhooks would else answer each other for ever. Nor of what is imported or not there any more.
pub fn deliveries(rows: &mut dyn Rows, change: &Change, site: SiteId) -> Outcome<Vec<Delivery>> {
    if change.name.site != site {
        return Ok(Vec::new());
    }
    let Some(written) = change.body::<PostWritten>() else { return Ok(Vec::new()) };
    let is_old = written.imported.as_ref().is_some_and(|imported| imported.create_at != 0);
    if is_old || written.kind.starts_with("system_") {
        return Ok(Vec::new());
    }
    let Some(post) = post::by_id(rows, written.id(change))? else { return Ok(Vec::new()) };
    let by_program = ["from_webhook", "from_bot", "from_plugin"]
        .iter()
        .any(|prop| post.props.get(*prop).is_some_and(|value| value == "true"));
    if post.delete_at != 0 || by_program {
        return Ok(Vec::new());
    }
    let Some(place) = place(rows, &post)? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {COLUMNS} FROM outgoing_webhook WHERE delete_at = 0 AND team = ?1 \
         AND (channel = ?2 OR channel = ?3) ORDER BY key"
    );
    let hooks = rows.all(&sql, params![&place.team, &post.channel_id, &Id::NONE], hook_of)?;
    Ok(hooks.into_iter().filter_map(|hook| delivery(hook, &post, &place)).collect())
}

/// Where a post stands, and who wrote it.
struct Place {
    team: Id,
    team_name: String,
    channel_name: String,
    username: String,
}

/// The place of a post that is written by a person in an open channel of a team.
fn place(rows: &mut dyn Rows, post: &Post) -> Outcome<Option<Place>> {
    rows.first(
        "SELECT team.id, team.name, channel.name, author.username \
         FROM channel JOIN team ON team.key = channel.team_key \
         JOIN account author ON author.id = ?2 \
         WHERE channel.id = ?1 AND channel.kind = 'O' AND channel.delete_at = 0 \
         AND author.is_bot = 0",
        params![&post.channel_id, &post.user_id],
        |row| Place {
            team: row.id(0),
            team_name: row.text(1).to_owned(),
            channel_name: row.text(2).to_owned(),
            username: row.text(3).to_owned(),
        },
    )
}

/// What a webhook tells of a post, if it does.
fn delivery(hook: OutgoingWebhook, post: &Post, place: &Place) -> Option<Delivery> {
    let first = post.message.split_whitespace().next().unwrap_or_default();
    let matches = |word: &&String| match hook.trigger_when {
        1 => first.starts_with(word.as_str()),
        _ => first == word.as_str(),
    };
    let trigger = hook.trigger_words.iter().find(matches).cloned();
    if trigger.is_none() && !hook.trigger_words.is_empty() {
        return None;
    }
    let files: Vec<String> = post.file_ids.iter().map(ToString::to_string).collect();
    let told = vec![
        ("token", json!(hook.token)),
        ("team_id", json!(place.team)),
        ("team_domain", json!(place.team_name)),
        ("channel_id", json!(post.channel_id)),
        ("channel_name", json!(place.channel_name)),
        ("timestamp", json!(post.create_at)),
        ("user_id", json!(post.user_id)),
        ("user_name", json!(place.username)),
        ("post_id", json!(post.id)),
        ("text", json!(post.message)),
        ("trigger_word", json!(trigger.unwrap_or_default())),
        ("file_ids", json!(files.join(","))),
    ];
    Some(Delivery {
        creator: hook.creator_id,
        post: post.id,
        channel: post.channel_id,
        root: post.root_id,
        urls: hook.callback_urls,
        as_json: hook.content_type.starts_with("application/json"),
        username: hook.username,
        icon_url: hook.icon_url,
        display_name: hook.display_name,
        told,
    })
}

/// Takes it upon oneself to tell of a post; gives whether nobody else has.
pub fn claim(work: &mut Work<'_>, post: Id) -> Outcome<bool> {
    let now = work.now();
    work.execute("DELETE FROM hook_fired WHERE at < ?1", params![now - REMEMBERED])?;
    let mine = work.execute(
        "INSERT INTO hook_fired (post, at) VALUES (?1, ?2) ON CONFLICT (post) DO NOTHING",
        params![&post, now],
    )?;
    Ok(mine == 1)
}
