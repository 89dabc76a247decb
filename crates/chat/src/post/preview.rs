//! What the addresses in posts lead to, as far as this site has looked.
//!
//! It is a cache of this site's own: no fact, and in no log. A post is shown without it as well as
//! with it.

use std::collections::HashMap;

use fieldpost_kernel::{
    Audience, Change, Event, Failure, Outcome, Rows, RowsExt, Work, events, params,
};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis, Post};
use serde_json::{Map, Value, json};

use super::{PostEdited, PostWritten, by_id, metadata};

/// `embed` is empty where nothing is shown but the link; `images` are sizes by address.
pub(super) const TABLES: &str = "
CREATE TABLE link_preview (
    url TEXT PRIMARY KEY,
    embed TEXT NOT NULL,
    images TEXT NOT NULL,
    at INTEGER NOT NULL
)";

/// How long what was found is not looked for again.
const FRESH: Millis = 24 * 60 * 60 * 1000;

/// How long it is shown.
const SHOWN: Millis = 30 * FRESH;

/// Addresses that are remembered at most.
const MOST: i64 = 10_000;

/// The longest address that is looked at, in bytes.
const LONGEST_URL: usize = 2_048;

/// An address in a post that was written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The post.
    pub post: Id,
    /// The address.
    pub url: String,
}

/// The address of a new or edited post that is worth a look.
///
/// Of a post its own site looks, and no other: a link must not make every site ask.
pub fn wanted(rows: &mut dyn Rows, change: &Change, site: SiteId) -> Outcome<Option<Wanted>> {
    if change.name.site != site {
        return Ok(None);
    }
    let may_link = |message: &str| message.contains("://") || message.contains("www");
    let post = if let Some(written) = change.body::<PostWritten>() {
        let is_old = written.imported.as_ref().is_some_and(|imported| imported.create_at != 0);
        (!is_old && may_link(&written.message)).then(|| written.id(change))
    } else if let Some(edited) = change.body::<PostEdited>() {
        (edited.imported.is_none() && may_link(&edited.message)).then_some(edited.post)
    } else {
        None
    };
    let Some(post) = post else { return Ok(None) };
    let Some(found) = by_id(rows, post)?.filter(|found| found.delete_at == 0) else {
        return Ok(None);
    };
    let declined = found.props.get("unsafe_links").is_some_and(|value| value == "true");
    let url = metadata::embed(&found).as_ref().and_then(linked).map(str::to_owned);
    let url = url.filter(|url| !declined && url.len() <= LONGEST_URL && is_web(url));
    Ok(url.map(|url| Wanted { post, url }))
}

fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// The address of an embed that is a mere link.
pub(super) fn linked(embed: &Value) -> Option<&str> {
    (embed["type"] == "link").then(|| embed["url"].as_str()).flatten()
}

/// Takes it upon oneself to look at an address; gives whether nobody did lately.
pub fn claim(work: &mut Work<'_>, url: &str) -> Outcome<bool> {
    let now = work.now();
    work.execute("DELETE FROM link_preview WHERE at < ?1", params![now - SHOWN])?;
    let kept = work.count("SELECT count(*) FROM link_preview", &[])?;
    if kept >= MOST {
        work.execute(
            "DELETE FROM link_preview WHERE url IN \
             (SELECT url FROM link_preview ORDER BY at, url LIMIT ?1)",
            params![MOST / 10],
        )?;
    }
    let mine = work.execute(
        "INSERT INTO link_preview (url, embed, images, at) VALUES (?1, '', '{}', ?2) \
         ON CONFLICT (url) DO UPDATE SET at = excluded.at WHERE link_preview.at < ?3",
        params![url, now, now - FRESH],
    )?;
    Ok(mine == 1)
}

/// Remembers what an address leads to.
pub fn keep(
    work: &mut Work<'_>,
    url: &str,
    embed: &Value,
    images: &Map<String, Value>,
) -> Outcome<()> {
    let images = serde_json::to_string(images).map_err(Failure::internal)?;
    work.execute(
        "UPDATE link_preview SET embed = ?2, images = ?3 WHERE url = ?1",
        params![url, &embed.to_string(), &images],
    )?;
    Ok(())
}

/// What clients are told once it is known what a post's address leads to: how the post looks now.
pub fn told(rows: &mut dyn Rows, post: Id) -> Outcome<Option<Event>> {
    let Some(mut post) = by_id(rows, post)?.filter(|post| post.delete_at == 0) else {
        return Ok(None);
    };
    metadata::fill_one_for_all(rows, &mut post)?;
    let data = json!({ "post": serde_json::to_string(&post).map_err(Failure::internal)? });
    Ok(Some(Event::new(events::POST_EDITED, Audience::channel(post.channel_id), data)))
}

/// Shows what is known of the addresses of posts: one query for all of them, and none where no post
/// has any.
pub(super) fn fill(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    let url_of = |post: &Post| post.metadata.embeds.first().and_then(linked).map(str::to_owned);
    let urls: Vec<String> = posts.iter().filter_map(url_of).collect();
    if urls.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = urls.iter().map(Into::into).collect();
    let sql = "SELECT url, embed, images FROM link_preview WHERE embed <> '' AND url IN ({in})";
    let found = rows.all_in(sql, &[], &list, |row| {
        let embed: Option<Value> = serde_json::from_str(row.text(1)).ok();
        let images: Map<String, Value> = serde_json::from_str(row.text(2)).unwrap_or_default();
        (row.text(0).to_owned(), (embed, images))
    })?;
    let known: HashMap<String, (Option<Value>, Map<String, Value>)> = found.into_iter().collect();
    for post in posts {
        let declined = post.props.get("unsafe_links").is_some_and(|value| value == "true");
        let Some(known) = url_of(post).filter(|_| !declined).and_then(|url| known.get(&url)) else {
            continue;
        };
        if let (Some(embed), images) = known {
            post.metadata.embeds = vec![embed.clone()];
            post.metadata.images =
                images.iter().map(|(url, size)| (url.clone(), size.clone())).collect();
        }
    }
    Ok(())
}
