//! Windows of a channel's history.

use fieldpost_access::{Caller, may_read_channel};
use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Post, PostList};

use super::{COLUMNS, FROM, as_map, by_id, no_post, post_of};
use crate::channel::member::no_channel;
use crate::facts::{self, POLICY, denied};

/// A post, if the caller may read it.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Post> {
    let post = by_id(rows, id)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    let channel = facts::channel(rows, caller, post.channel_id)?;
    may_read_channel(caller, &POLICY, &channel.facts).map_err(denied)?;
    Ok(post)
}

/// A page of a channel's live posts, newest first.
pub fn page(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: Id,
    page: i64,
    per_page: i64,
) -> Outcome<PostList> {
    let found = facts::channel(rows, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    may_read_channel(caller, &POLICY, &found.facts).map_err(denied)?;
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.channel_key = ?1 AND post.delete_at = 0 \
         ORDER BY post.create_at DESC, post.key DESC LIMIT ?2 OFFSET ?3"
    );
    let posts = rows.all(&sql, params![found.key, per_page, page * per_page], post_of)?;
    let order = posts.iter().map(|post| post.id).collect();
    let roots = missing_roots(rows, &posts)?;
    let mut all = as_map(posts);
    all.extend(as_map(roots));
    Ok(PostList { order, posts: all, ..PostList::default() })
}

/// The roots of the replies among some posts that are not among them themselves.
fn missing_roots(rows: &mut dyn Rows, posts: &[Post]) -> Outcome<Vec<Post>> {
    let mut roots: Vec<Id> = posts.iter().filter_map(|post| post.root_id.some()).collect();
    roots.sort_unstable();
    roots.dedup();
    roots.retain(|root| posts.iter().all(|post| post.id != *root));
    super::by_ids(rows, &roots)
}
