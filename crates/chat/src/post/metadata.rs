//! What a client needs to draw posts beyond their text.

use fieldpost_kernel::{Outcome, Rows};
use fieldpost_model::Post;
use serde_json::json;

use super::{acknowledge, preview, priority};
use crate::{emoji, file, reaction};

/// Fills the metadata of posts: as many queries for a whole window as for one post.
pub(crate) fn fill(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    for post in posts.iter_mut().filter(|post| post.delete_at == 0) {
        post.metadata.embeds = embed(post).into_iter().collect();
    }
    preview::fill(rows, posts)?;
    file::describe(rows, posts)?;
    priority::fill(rows, posts)?;
    acknowledge::fill(rows, posts)?;
    reaction::fill(rows, posts)?;
    emoji::fill(rows, posts)
}

/// Fills the metadata of one post.
pub(crate) fn fill_one(rows: &mut dyn Rows, post: &mut Post) -> Outcome<()> {
    fill(rows, std::slice::from_mut(post))
}

/// Fills what the post itself says, of one that is kept nowhere.
pub(crate) fn embed_only(post: &mut Post) {
    post.metadata.embeds = embed(post).into_iter().collect();
}

/// What is shown under the text: the attachments of an integration, or the first address.
///
/// What the address leads to is filled in where it is known.
pub(super) fn embed(post: &Post) -> Option<serde_json::Value> {
    if post.props.get("attachments").is_some_and(|list| !list.is_null()) {
        return Some(json!({ "type": "message_attachment" }));
    }
    // Most posts have no address, and Markdown is not free.
    let may_link =
        post.message.contains("://") || post.message.to_ascii_lowercase().contains("www");
    let url = may_link.then(|| fieldpost_text::link::first_autolink(&post.message)).flatten()?;
    Some(json!({ "type": "link", "url": url }))
}
