//! What can happen to a custom emoji, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Rows,
    Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::find;

/// The class of the ids that emoji get from the changes that made them.
const CLASS: &str = "emoji";

/// Somebody gave a picture a name. Who did is the change's author, and when is when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmojiAdded {
    /// The name without colons.
    pub name: String,
    /// The hash of the picture, which is the name of its bytes.
    pub content: [u8; 32],
    /// The type of the picture.
    pub mime_type: String,
}

impl Body for EmojiAdded {
    const KIND: Kind = Kind::new(0x0a01);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        at_most(&self.name, 64) && at_most(&self.mime_type, 64)
    }
}

/// An emoji was taken away; its name is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmojiDeleted {
    /// Which.
    pub emoji: Id,
}

impl Body for EmojiDeleted {
    const KIND: Kind = Kind::new(0x0a02);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_added);
    features.on(apply_deleted);
    features.show(show_added);
}

fn apply_added(added: &EmojiAdded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
    cx.rows.execute(
        "INSERT INTO emoji (id, name, creator, content, mime_type, create_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        params![
            &id,
            &added.name,
            &cx.change.author,
            &added.content,
            &added.mime_type,
            cx.written_at(),
        ],
    )?;
    cx.created.push(id);
    Ok(Applied::Done)
}

fn apply_deleted(deleted: &EmojiDeleted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let written_at = cx.written_at();
    let known = cx.rows.execute(
        "UPDATE emoji SET delete_at = CASE WHEN delete_at = 0 THEN ?2 ELSE delete_at END \
         WHERE id = ?1",
        params![&deleted.emoji, written_at],
    )?;
    Ok(if known == 0 { Applied::Waits(deleted.emoji) } else { Applied::Done })
}

/// Everybody may write it from now on. That one is gone nobody is told, as the API has it.
fn show_added(_: &EmojiAdded, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let id = fieldpost_log::derive_id(CLASS, &change.name, 0);
    let Some(emoji) = find(rows, id)? else { return Ok(Shown::default()) };
    let emoji = serde_json::to_string(&emoji).map_err(Failure::internal)?;
    Ok(Event::new(events::EMOJI_ADDED, Audience::everybody(), json!({ "emoji": emoji })).into())
}
