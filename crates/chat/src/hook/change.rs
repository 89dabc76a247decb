//! What can happen to a webhook, and what it means.

use fieldpost_kernel::{
    Applied, Applying, Body, Failure, Features, Kind, Outcome, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use super::{LONGEST_DESCRIPTION, LONGEST_ICON, LONGEST_LIST, LONGEST_NAME};

/// An incoming webhook was made or changed; the last one written stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingWebhookSaved {
    /// Which: random, since whoever knows it may post.
    pub hook: Id,
    /// In whose name it posts.
    pub creator: Id,
    /// Its team.
    pub team: Id,
    /// Where it posts.
    pub channel: Id,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// The name that its posts are shown with.
    pub username: String,
    /// The picture that its posts are shown with.
    pub icon_url: String,
    /// Whether it posts nowhere else.
    pub locked: bool,
}

impl Body for IncomingWebhookSaved {
    const KIND: Kind = Kind::new(0x0b01);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.display_name, LONGEST_NAME)
            && at_most(&self.description, LONGEST_DESCRIPTION)
            && at_most(&self.username, LONGEST_NAME)
            && at_most(&self.icon_url, LONGEST_ICON)
    }
}

/// An incoming webhook was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingWebhookDeleted {
    /// Which.
    pub hook: Id,
}

impl Body for IncomingWebhookDeleted {
    const KIND: Kind = Kind::new(0x0b02);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// An outgoing webhook was made or changed; the last one written stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingWebhookSaved {
    /// Which.
    pub hook: Id,
    /// What the receiver knows the caller by.
    pub token: Id,
    /// Who made it.
    pub creator: Id,
    /// Its team.
    pub team: Id,
    /// Its channel, or none.
    pub channel: Id,
    /// The first words that it is told of.
    pub trigger_words: Vec<String>,
    /// Whether a word need only begin with one of them.
    pub starts_with: bool,
    /// Who is told.
    pub callback_urls: Vec<String>,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// How it is told.
    pub content_type: String,
    /// The name that answers are shown with.
    pub username: String,
    /// The picture that answers are shown with.
    pub icon_url: String,
}

impl Body for OutgoingWebhookSaved {
    const KIND: Kind = Kind::new(0x0b03);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        let list = |list: &[String]| list.iter().map(String::len).sum::<usize>() <= LONGEST_LIST;
        at_most(&self.display_name, LONGEST_NAME)
            && at_most(&self.description, LONGEST_DESCRIPTION)
            && at_most(&self.username, LONGEST_NAME)
            && at_most(&self.icon_url, LONGEST_ICON)
            && at_most(&self.content_type, 128)
            && list(&self.trigger_words)
            && list(&self.callback_urls)
            && self.trigger_words.len() + self.callback_urls.len() <= 2 * LONGEST_LIST
    }
}

/// An outgoing webhook was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingWebhookDeleted {
    /// Which.
    pub hook: Id,
}

impl Body for OutgoingWebhookDeleted {
    const KIND: Kind = Kind::new(0x0b04);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_incoming);
    features.on(|deleted: &IncomingWebhookDeleted, cx: &mut Applying<'_>| {
        bury(cx, "incoming_webhook", deleted.hook)
    });
    features.on(apply_outgoing);
    features.on(|deleted: &OutgoingWebhookDeleted, cx: &mut Applying<'_>| {
        bury(cx, "outgoing_webhook", deleted.hook)
    });
}

/// The stamp of a change, as it is kept in a row.
fn stamp(cx: &Applying<'_>) -> i64 {
    i64::from_be_bytes(cx.change.stamp.0.to_be_bytes())
}

fn apply_incoming(saved: &IncomingWebhookSaved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let (at, stamp) = (cx.written_at(), stamp(cx));
    cx.rows.execute(
        "INSERT INTO incoming_webhook (id, creator, team, channel, display_name, description, \
         username, icon_url, locked, create_at, update_at, stamp) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11) ON CONFLICT (id) DO UPDATE \
         SET team = excluded.team, channel = excluded.channel, display_name = excluded.display_name, \
         description = excluded.description, username = excluded.username, \
         icon_url = excluded.icon_url, locked = excluded.locked, \
         update_at = excluded.update_at, stamp = excluded.stamp \
         WHERE incoming_webhook.stamp < excluded.stamp",
        params![
            &saved.hook,
            &saved.creator,
            &saved.team,
            &saved.channel,
            &saved.display_name,
            &saved.description,
            &saved.username,
            &saved.icon_url,
            saved.locked,
            at,
            stamp,
        ],
    )?;
    cx.rows.execute(
        "UPDATE incoming_webhook SET create_at = ?2 WHERE id = ?1 AND create_at > ?2",
        params![&saved.hook, at],
    )?;
    cx.created.push(saved.hook);
    Ok(Applied::Done)
}

fn apply_outgoing(saved: &OutgoingWebhookSaved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let (at, stamp) = (cx.written_at(), stamp(cx));
    let words = serde_json::to_string(&saved.trigger_words).map_err(Failure::internal)?;
    let urls = serde_json::to_string(&saved.callback_urls).map_err(Failure::internal)?;
    cx.rows.execute(
        "INSERT INTO outgoing_webhook (id, token, creator, team, channel, trigger_words, \
         starts_with, callback_urls, display_name, description, content_type, username, icon_url, \
         create_at, update_at, stamp) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15) \
         ON CONFLICT (id) DO UPDATE SET token = excluded.token, team = excluded.team, \
         channel = excluded.channel, \
         trigger_words = excluded.trigger_words, starts_with = excluded.starts_with, \
         callback_urls = excluded.callback_urls, display_name = excluded.display_name, \
         description = excluded.description, content_type = excluded.content_type, \
         username = excluded.username, icon_url = excluded.icon_url, \
         update_at = excluded.update_at, stamp = excluded.stamp \
         WHERE outgoing_webhook.stamp < excluded.stamp",
        params![
            &saved.hook,
            &saved.token,
            &saved.creator,
            &saved.team,
            &saved.channel,
            &words,
            saved.starts_with,
            &urls,
            &saved.display_name,
            &saved.description,
            &saved.content_type,
            &saved.username,
            &saved.icon_url,
            at,
            stamp,
        ],
    )?;
    cx.rows.execute(
        "UPDATE outgoing_webhook SET create_at = ?2 WHERE id = ?1 AND create_at > ?2",
        params![&saved.hook, at],
    )?;
    cx.created.push(saved.hook);
    Ok(Applied::Done)
}

/// Deletes a webhook of either kind; the first deletion is the one that is told.
fn bury(cx: &mut Applying<'_>, table: &'static str, hook: Id) -> Outcome<Applied> {
    let sql = format!(
        "UPDATE {table} SET delete_at = CASE WHEN delete_at = 0 THEN ?2 ELSE delete_at END \
         WHERE id = ?1"
    );
    let known = cx.rows.execute(&sql, params![&hook, cx.written_at()])?;
    Ok(if known == 0 { Applied::Waits(hook) } else { Applied::Done })
}
