//! Which custom emoji occur in posts.

use std::collections::{BTreeSet, HashMap};

use fieldpost_kernel::{Outcome, Rows};
use fieldpost_model::{Emoji, Post};
use fieldpost_text::emoji::{is_system, names};
use serde_json::Value;

use super::by_names;

/// Fills in the custom emoji of posts, whose reactions are known by now: one query for all of them,
/// and none where no post has any.
pub(crate) fn fill(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    let written: Vec<BTreeSet<String>> = posts.iter().map(written).collect();
    let all: BTreeSet<&str> = written.iter().flatten().map(String::as_str).collect();
    if all.is_empty() {
        return Ok(());
    }
    let found = by_names(rows, all)?;
    let known: HashMap<&str, &Emoji> =
        found.iter().map(|emoji| (emoji.name.as_str(), emoji)).collect();
    for (post, written) in posts.iter_mut().zip(&written) {
        let emoji = written.iter().filter_map(|name| known.get(name.as_str()));
        post.metadata.emojis = emoji.map(|emoji| (*emoji).clone()).collect();
    }
    Ok(())
}

/// The names that stand in a post and that not every client knows.
fn written(post: &Post) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if post.delete_at != 0 {
        return found;
    }
    let mut see = |text: &str| {
        // Most texts have none.
        if text.contains(':') {
            found
                .extend(names(text).into_iter().filter(|name| !is_system(name)).map(str::to_owned));
        }
    };
    see(&post.message);
    for attachment in list(post.props.get("attachments")) {
        for part in ["title", "text", "pretext"] {
            see(text(attachment.get(part)));
        }
        for field in list(attachment.get("fields")) {
            see(text(field.get("value")));
        }
    }
    let reactions = post.metadata.reactions.iter().map(|reaction| &reaction.emoji_name);
    found.extend(reactions.filter(|name| !is_system(name)).cloned());
    found
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}
