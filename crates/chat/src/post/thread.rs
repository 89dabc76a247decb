//! A thread: a root and the replies to it.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis, Post, PostList};

use super::{COLUMNS, FROM, by_id, list, metadata, readable, root_of};

/// The most replies that are given at once.
pub const MOST: i64 = 200;

/// The most replies of a thread that is asked for whole.
const MOST_WHOLE: i64 = 10_000;

/// A part of a thread, and how it is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// How many replies; 0 for all.
    pub per_page: i64,
    /// Beyond which place: a time, and a post of that time.
    pub from: Option<(Millis, Id)>,
    /// Only what changed here since this time.
    pub updated_since: Option<Millis>,
    /// Whether the replies come newest first, and the ones before the place.
    pub up: bool,
    /// Whether collapsed threads are on: the id is then a root's.
    pub collapsed: bool,
    /// Whether those who replied come with their profiles, if threads are collapsed.
    pub extended: bool,
}

impl Asked {
    fn require_sense(&self) -> Outcome<()> {
        if !(0..=MOST).contains(&self.per_page) {
            return Err(Failure::invalid_url("perPage"));
        }
        if self.from.is_some() && self.updated_since.is_some() {
            return Err(Failure::invalid_url("fromUpdateAt"));
        }
        if self.updated_since.is_some() && self.up {
            return Err(Failure::invalid_url("direction"));
        }
        Ok(())
    }
}

/// A post with its thread: the post first, then the others in order.
pub fn read(rows: &mut dyn Rows, caller: &Caller, id: Id, asked: &Asked) -> Outcome<PostList> {
    asked.require_sense()?;
    let (post, _) = readable(rows, caller, id)?;
    let root = post.root_id.some().unwrap_or(id);
    let wanted = if asked.per_page == 0 { MOST_WHOLE } else { asked.per_page };
    let mut replies = replies(rows, root, asked, wanted + 1)?;
    let has_next = i64::try_from(replies.len()).is_ok_and(|length| length > wanted);
    replies.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    let mut posts = vec![post];
    if root != id {
        posts.extend(by_id(rows, root)?.filter(|root| root.delete_at == 0));
    }
    posts.extend(replies.into_iter().filter(|reply| reply.id != id));
    if asked.collapsed {
        list::fill_threads(rows, caller.user, &mut posts, asked.extended)?;
        let newest = rows.count("SELECT last_reply_at FROM post WHERE id = ?1", params![&root])?;
        let root = posts.iter_mut().filter(|post| post.id == root);
        root.for_each(|post| post.last_reply_at = newest);
    }
    metadata::fill(rows, caller, &mut posts)?;
    Ok(PostList { has_next: Some(has_next), ..list::of(posts, Vec::new()) })
}

fn replies(rows: &mut dyn Rows, root: Id, asked: &Asked, limit: i64) -> Outcome<Vec<Post>> {
    let direction = if asked.up { "DESC" } else { "ASC" };
    let base = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.root_key = (SELECT key FROM post WHERE id = ?1) \
         AND post.root_key > 0 AND post.delete_at = 0"
    );
    if let Some(since) = asked.updated_since {
        let sql =
            format!("{base} AND post.update_at > ?3 ORDER BY post.update_at, post.id LIMIT ?2");
        return rows.all(&sql, params![&root, limit, since], root_of);
    }
    let order = format!("ORDER BY post.create_at {direction}, post.id {direction} LIMIT ?2");
    let Some((time, post)) = asked.from else {
        return rows.all(&format!("{base} {order}"), params![&root, limit], root_of);
    };
    let beyond = if asked.up { "<" } else { ">" };
    if post.is_none() {
        let sql = format!("{base} AND post.create_at {beyond} ?3 {order}");
        return rows.all(&sql, params![&root, limit, time], root_of);
    }
    let sql = format!("{base} AND (post.create_at, post.id) {beyond} (?3, ?4) {order}");
    rows.all(&sql, params![&root, limit, time, &post], root_of)
}
