//! Windows of a channel's history.

use std::collections::{BTreeMap, HashMap, HashSet};

use fieldpost_access::{Caller, Permission, may_read_channel, require_system};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Value, params};
use fieldpost_model::{Id, Post, PostList, User};

use super::window::{Asked, Counted, Place, Placed, place_of, placed_of, replies, roots};
use super::{COLUMNS, FROM, as_map, by_id, by_ids, metadata, no_post, readable};
use crate::channel::member::{no_channel, no_member};
use crate::facts::{self, POLICY, denied};
use crate::people;

/// The most posts that are asked for by their ids at once.
pub const MOST_IDS: usize = 1000;

/// A post, if the caller may read it; deleted ones are for administrators who ask for them.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id, include_deleted: bool) -> Outcome<Post> {
    let mut post = if include_deleted {
        require_system(caller, Permission::ManageSystem).map_err(denied)?;
        by_id(rows, id)?.ok_or_else(no_post)?
    } else {
        readable(rows, caller, id)?.0
    };
    metadata::fill_one(rows, caller, &mut post)?;
    Ok(post)
}

/// A channel whose posts the caller may read.
pub fn readable_channel(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: Id,
) -> Outcome<facts::Channel> {
    let found = facts::channel(rows, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    may_read_channel(caller, &POLICY, &found.facts).map_err(denied)?;
    Ok(found)
}

/// What changes whenever anything in a channel that the caller may read does.
pub fn tag(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<String> {
    let found = readable_channel(rows, caller, channel)?;
    let newest =
        rows.count("SELECT MAX(update_at) FROM post WHERE channel_key = ?1", params![found.key])?;
    // Two posts may come within one millisecond; they never have the same key.
    let last =
        rows.count("SELECT MAX(key) FROM post WHERE channel_key = ?1", params![found.key])?;
    Ok(format!("{newest}.{last}"))
}

/// A window of a channel's history.
pub fn window(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: Id,
    asked: &Asked,
) -> Outcome<PostList> {
    let channel_key = readable_channel(rows, caller, channel)?.key;
    if asked.include_deleted {
        require_system(caller, Permission::ManageSystem).map_err(denied)?;
    }
    let counted =
        Counted { channel_key, deleted: asked.include_deleted, collapsed: asked.collapsed };
    let (found, ends) = match asked.place {
        Place::Since(time) => (counted.changed(rows, time)?, (Id::NONE, Id::NONE)),
        Place::Newest(page) => {
            let found =
                counted.newest(rows, asked.per_page, page.saturating_mul(asked.per_page))?;
            let ends = (counted.next(rows, &found)?, counted.previous(rows, &found)?);
            (found, ends)
        }
        Place::Before(post, page) | Place::After(post, page) => {
            beyond(rows, counted, asked, (post, page))?
        }
    };
    complete(rows, (caller, caller.user), asked, found, ends)
}

/// A page before or after a post, and the posts next to it.
fn beyond(
    rows: &mut dyn Rows,
    counted: Counted,
    asked: &Asked,
    (post, page): (Id, i64),
) -> Outcome<(Vec<Placed>, (Id, Id))> {
    let Some(place) = place_of(rows, counted.channel_key, post)? else {
        return Ok((Vec::new(), (Id::NONE, Id::NONE)));
    };
    let (limit, offset) = (asked.per_page, page.saturating_mul(asked.per_page));
    let before = matches!(asked.place, Place::Before(..));
    let found = if before {
        counted.older(rows, place, limit, offset)?
    } else {
        counted.newer(rows, place, limit, offset)?
    };
    let full = i64::try_from(found.len()).is_ok_and(|length| length >= limit);
    // On the far side a page that is not full was the last one; on the near side of the first
    // page is the post itself.
    let next = |rows: &mut dyn Rows| counted.next(rows, &found);
    let previous = |rows: &mut dyn Rows| counted.previous(rows, &found);
    let ends = match (before, page) {
        (true, 0) => (post, if full { previous(rows)? } else { Id::NONE }),
        (true, _) => (next(rows)?, if full { previous(rows)? } else { Id::NONE }),
        (false, 0) => (if full { next(rows)? } else { Id::NONE }, post),
        (false, _) => (if full { next(rows)? } else { Id::NONE }, previous(rows)?),
    };
    Ok((found, ends))
}

/// Adds to a window what its threads need to be shown to a reader, and what each post does. `ends`
/// are the posts next to it, towards newer and older ones.
fn complete(
    rows: &mut dyn Rows,
    (caller, reader): (&Caller, Id),
    asked: &Asked,
    found: Vec<Placed>,
    ends: (Id, Id),
) -> Outcome<PostList> {
    let mut context = Vec::new();
    if !asked.collapsed {
        let mut threads: Vec<i64> =
            found.iter().map(|placed| placed.root_key).filter(|key| *key != 0).collect();
        threads.sort_unstable();
        threads.dedup();
        context = roots(rows, &threads)?;
        if !asked.skip_threads && !matches!(asked.place, Place::Since(_)) {
            let shown = found.iter().filter(|p| p.root_key == 0 && p.post.reply_count > 0);
            threads.extend(shown.map(|p| p.key));
            context.extend(replies(rows, &threads)?);
        }
    }
    let mut posts: Vec<Post> = found.into_iter().map(|placed| placed.post).collect();
    if asked.collapsed {
        fill_threads(rows, reader, &mut posts, asked.extended)?;
    } else {
        // Without collapsed threads nobody looks at it.
        posts.iter_mut().chain(&mut context).for_each(|post| post.last_reply_at = 0);
    }
    let order = posts.iter().map(|post| post.id).collect();
    // A thread's root may stand in the window itself.
    let shown: HashSet<Id> = posts.iter().map(|post| post.id).collect();
    posts.extend(context.into_iter().filter(|post| !shown.contains(&post.id)));
    metadata::fill(rows, caller, &mut posts)?;
    let (next_post_id, prev_post_id) = ends;
    Ok(PostList { order, posts: as_map(posts), next_post_id, prev_post_id, ..PostList::default() })
}

/// Says of roots what a reader with collapsed threads sees of their threads.
pub(super) fn fill_threads(
    rows: &mut dyn Rows,
    reader: Id,
    posts: &mut [Post],
    extended: bool,
) -> Outcome<()> {
    fill_participants(rows, posts, extended)?;
    let list: Vec<Value<'_>> =
        posts.iter().filter(|post| post.root_id.is_none()).map(|post| (&post.id).into()).collect();
    let followed: HashSet<Id> = rows
        .all_in(
            "SELECT root.id FROM post root JOIN thread_member t ON t.root_key = root.key \
             AND t.channel_key = root.channel_key \
             AND t.account_key = (SELECT key FROM account WHERE id = ?1) \
             WHERE root.id IN ({in}) AND t.following = 1",
            params![&reader],
            &list,
            |row| row.id(0),
        )?
        .into_iter()
        .collect();
    for post in posts.iter_mut().filter(|post| post.root_id.is_none()) {
        post.is_following = Some(followed.contains(&post.id));
    }
    Ok(())
}

/// Says of roots who replied, whoever did last at the end: who they are, if it is `extended`, or
/// their ids alone.
pub(crate) fn fill_participants(
    rows: &mut dyn Rows,
    posts: &mut [Post],
    extended: bool,
) -> Outcome<()> {
    let list: Vec<Value<'_>> =
        posts.iter().filter(|post| post.reply_count > 0).map(|post| (&post.id).into()).collect();
    let found = rows.all_in(
        "SELECT root.id, author.id, MAX(post.create_at) FROM post \
         JOIN post root ON root.key = post.root_key \
         JOIN account author ON author.key = post.account_key \
         WHERE root.id IN ({in}) AND post.root_key > 0 AND post.delete_at = 0 \
         GROUP BY root.id, author.id ORDER BY MAX(post.create_at)",
        &[],
        &list,
        |row| (row.id(0), row.id(1)),
    )?;
    let profiles = if extended {
        let people: Vec<Id> = found.iter().map(|(_, author)| *author).collect();
        people::profiles(rows, &people)?
    } else {
        HashMap::new()
    };
    let mut by_root: BTreeMap<Id, Vec<User>> = BTreeMap::new();
    for (root, author) in found {
        let known = profiles.get(&author).cloned();
        let user = known.unwrap_or_else(|| User { id: author, ..User::default() });
        by_root.entry(root).or_default().push(user);
    }
    for post in posts {
        post.participants = by_root.remove(&post.id);
    }
    Ok(())
}

/// A list of posts in their order, with others that are needed to show them.
pub(crate) fn of(posts: Vec<Post>, context: Vec<Post>) -> PostList {
    let order = posts.iter().map(|post| post.id).collect();
    let mut all = as_map(context);
    all.extend(as_map(posts));
    PostList { order, posts: all, ..PostList::default() }
}

/// How much of a channel is wanted around the first post that a person has not read.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// How many posts before it.
    pub before: i64,
    /// How many from it on.
    pub after: i64,
    /// Whether replies come without the rest of their threads.
    pub skip_threads: bool,
    /// Whether only roots count.
    pub collapsed: bool,
    /// Whether those who replied to them come with their profiles.
    pub extended: bool,
}

/// A channel's history around the first post that a person has not read, or its newest part if
/// everything is read.
pub fn around_unread(
    rows: &mut dyn Rows,
    caller: &Caller,
    (channel, person): (Id, Id),
    around: &Around,
) -> Outcome<PostList> {
    facts::require_person(rows, caller, person)?;
    let channel_key = readable_channel(rows, caller, channel)?.key;
    let asked = Asked {
        place: Place::Newest(0),
        per_page: around.before,
        include_deleted: false,
        skip_threads: around.skip_threads,
        collapsed: around.collapsed,
        extended: around.extended,
    };
    let counted = Counted { channel_key, deleted: false, collapsed: around.collapsed };
    let Some(first) = first_unread(rows, counted, person)? else {
        return window(rows, caller, channel, &asked);
    };
    let place = (first.post.create_at, first.key);
    let older = counted.older(rows, place, around.before, 0)?;
    let mut found = counted.newer(rows, place, around.after - 1, 0)?;
    found.push(first);
    found.extend(older);
    let ends = (counted.next(rows, &found)?, counted.previous(rows, &found)?);
    complete(rows, (caller, person), &asked, found, ends)
}

/// The oldest post that a person has not read.
///
/// That is one that came here after they last looked, however old it is, or one from which on
/// they want to read again.
fn first_unread(rows: &mut dyn Rows, counted: Counted, person: Id) -> Outcome<Option<Placed>> {
    let read = rows.first(
        "SELECT m.read_key, m.last_viewed_at FROM channel_member m \
         JOIN account ON account.key = m.account_key \
         WHERE m.channel_key = ?1 AND account.id = ?2 AND m.left_at = 0",
        params![counted.channel_key, &person],
        |row| (row.int(0), row.int(1)),
    )?;
    let (read_key, viewed_at) = read.ok_or_else(no_member)?;
    if viewed_at == 0 {
        return Ok(None);
    }
    let roots = if counted.collapsed { "AND post.root_key = 0" } else { "" };
    let mut oldest = |condition: &str, bound: i64| {
        let sql = format!(
            "SELECT MIN(post.create_at) FROM post WHERE post.channel_key = ?1 \
             AND post.delete_at = 0 AND {condition} > ?2 {roots}"
        );
        rows.first(&sql, params![counted.channel_key, bound], |row| {
            (!row.is_null(0)).then(|| row.int(0))
        })
    };
    let arrived = oldest("post.key", read_key)?.flatten();
    let marked = oldest("post.create_at", viewed_at)?.flatten();
    let Some(at) = arrived.into_iter().chain(marked).min() else { return Ok(None) };
    // Of several within the millisecond, one that was read may be the first: no harm is done.
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.channel_key = ?1 AND post.create_at = ?2 \
         AND post.delete_at = 0 {roots} ORDER BY post.key LIMIT 1"
    );
    rows.first(&sql, params![counted.channel_key, at], placed_of)
}

/// The posts of these ids that the caller may read, newest first; deleted ones come blank.
pub fn of_ids(rows: &mut dyn Rows, caller: &Caller, ids: &[Id]) -> Outcome<Vec<Post>> {
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(Failure::invalid(
            "api.post.posts_by_ids.invalid_body.request_error",
            "Ask for 1 to 1000 posts.",
        ));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut posts = by_ids(rows, &ids)?;
    let readable = readable_among(rows, caller, &posts)?;
    posts.retain(|post| readable.get(&post.channel_id).copied().unwrap_or_default());
    if posts.is_empty() {
        return Err(no_post());
    }
    posts.sort_by_key(|post| std::cmp::Reverse(post.create_at));
    metadata::fill(rows, caller, &mut posts)?;
    Ok(posts)
}

/// Of which channels among those of some posts the caller may read what is written.
pub(crate) fn readable_among(
    rows: &mut dyn Rows,
    caller: &Caller,
    posts: &[Post],
) -> Outcome<BTreeMap<Id, bool>> {
    let mut channels: Vec<Id> = posts.iter().map(|post| post.channel_id).collect();
    channels.sort_unstable();
    channels.dedup();
    let mut readable = BTreeMap::new();
    for id in channels {
        let channel = facts::channel(rows, caller, id)?;
        readable.insert(id, may_read_channel(caller, &POLICY, &channel.facts).is_ok());
    }
    Ok(readable)
}
