//! What a client needs to draw posts beyond their text.

use fieldpost_access::Caller;
use fieldpost_kernel::{Outcome, Rows};
use fieldpost_model::Post;
use serde_json::json;

use super::permalink::{self, Linked};
use super::{acknowledge, preview, priority};
use crate::{emoji, file, reaction};

/// Fills the metadata of posts for a reader: as many queries for a whole window as for one post.
pub(crate) fn fill(rows: &mut dyn Rows, reader: &Caller, posts: &mut [Post]) -> Outcome<()> {
    let linked = fill_for_all(rows, posts)?;
    permalink::show(rows, reader, posts, &linked)
}

/// Fills what everybody who reads these posts may see of them. Gives which of them link to posts,
/// of which nothing is shown here: not all may read those.
pub(crate) fn fill_for_all(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<Vec<Linked>> {
    for post in posts.iter_mut().filter(|post| post.delete_at == 0) {
        post.metadata.embeds = embed(post).into_iter().collect();
    }
    let linked = permalink::take(rows, posts)?;
    preview::fill(rows, posts)?;
    file::describe(rows, posts)?;
    priority::fill(rows, posts)?;
    acknowledge::fill(rows, posts)?;
    reaction::fill(rows, posts)?;
    emoji::fill(rows, posts)?;
    Ok(linked)
}

/// Fills the metadata of one post for a reader.
pub(crate) fn fill_one(rows: &mut dyn Rows, reader: &Caller, post: &mut Post) -> Outcome<()> {
    fill(rows, reader, std::slice::from_mut(post))
}

/// Fills what everybody who reads a post may see of it. Gives whether it links to another.
pub(super) fn fill_one_for_all(rows: &mut dyn Rows, post: &mut Post) -> Outcome<Vec<Linked>> {
    fill_for_all(rows, std::slice::from_mut(post))
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
