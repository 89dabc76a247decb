//! What it means that somebody said something.

use fieldpost_kernel::{
    Applied, Applying, Body, Change, Features, Kind, Outcome, Rows, RowsExt, Shape, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use super::create::{LONGEST_MESSAGE, LONGEST_PROPS};
use super::form::{self, Form};
use super::system;
use crate::thread;

/// The most people whom one post mentions.
pub(super) const MOST_MENTIONED: usize = 10_000;

/// Somebody, or the server in their name, said something. The author is the change's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostWritten {
    /// The first post of its thread, or none.
    pub root: Id,
    /// Empty for people's posts; `system_…` for the server's.
    pub kind: String,
    /// Its text, in Markdown.
    pub message: String,
    /// Free properties, as a JSON object; empty for none.
    pub props: String,
    /// Its files.
    pub files: Vec<Id>,
    /// Who is mentioned, resolved where it was written.
    pub mentions: Vec<Id>,
    /// What comes from elsewhere: an import, or an administrator.
    pub imported: Option<Imported>,
}

/// What is known of a post that was first written elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Its id; none for one of its own.
    pub id: Id,
    /// When it was written; 0 for when the change was.
    pub create_at: Millis,
    /// When it was last edited, where no more is known of that; 0 for never.
    pub edit_at: Millis,
}

impl Body for PostWritten {
    const KIND: Kind = Kind::new(0x0401);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape {
            text: self.message.clone(),
            posts: vec![self.root],
            people: self.mentions.clone(),
            ..Shape::default()
        }
    }

    fn fits(&self) -> bool {
        at_most(&self.message, LONGEST_MESSAGE)
            && at_most(&self.props, LONGEST_PROPS)
            && at_most(&self.kind, 256)
            && self.files.len() <= 100
            && self.mentions.len() <= MOST_MENTIONED
            && self.imported.as_ref().is_none_or(Imported::fits)
    }
}

impl Imported {
    /// Whether a clock can show its times: nobody could say to have read up to a later one.
    fn fits(&self) -> bool {
        self.create_at.max(self.edit_at) <= thread::LATEST
    }
}

impl PostWritten {
    /// The id of the post that a change with this content makes.
    pub fn id(&self, change: &Change) -> Id {
        self.imported
            .as_ref()
            .and_then(|imported| imported.id.some())
            .unwrap_or_else(|| fieldpost_log::derive_id(CLASS, &change.name, 0))
    }

    /// When it was written and last edited, where that comes from elsewhere.
    pub(super) fn times(&self) -> Option<(Millis, Millis)> {
        let imported = self.imported.as_ref().filter(|imported| imported.create_at > 0)?;
        Some((imported.create_at, imported.edit_at))
    }
}

/// The class of derived ids of posts.
pub(crate) const CLASS: &str = "post";

pub(super) fn register(features: &mut Features) {
    features.on(apply_written);
    features.show(super::show::written);
}

/// What a post needs of what it hangs on.
struct Anchors {
    channel_key: i64,
    account_key: i64,
    root_key: i64,
    /// When the root was deleted, and by whom: its replies went with it, later ones too.
    root_deleted: Option<(Millis, Id)>,
}

/// What a post hangs on, or else what is still missing; nothing, if it hangs on what it must not.
fn anchors(written: &PostWritten, cx: &mut Applying<'_>) -> Outcome<Result<Anchors, Option<Id>>> {
    let (channel, author) = (cx.change.name.scope.id, cx.change.author);
    let keys = cx.rows.first(
        "SELECT (SELECT key FROM channel WHERE id = ?1), (SELECT key FROM account WHERE id = ?2)",
        params![&channel, &author],
        |row| (row.int(0), row.int(1)),
    )?;
    let (channel_key, account_key) = keys.unwrap_or_default();
    if channel_key == 0 {
        return Ok(Err(Some(channel)));
    }
    if account_key == 0 {
        return Ok(Err(Some(author)));
    }
    let mut anchors = Anchors { channel_key, account_key, root_key: 0, root_deleted: None };
    if let Some(root) = written.root.some() {
        let found = cx.rows.first(
            "SELECT key, delete_at, delete_by, channel_key, root_key FROM post WHERE id = ?1",
            params![&root],
            |row| (row.int(0), row.int(1), row.id(2), (row.int(3), row.int(4))),
        )?;
        let Some((root_key, delete_at, delete_by, place)) = found else {
            return Ok(Err(Some(root)));
        };
        // Whoever writes to one channel says nothing in the threads of another.
        if place != (channel_key, 0) {
            return Ok(Err(None));
        }
        anchors.root_key = root_key;
        anchors.root_deleted = (delete_at != 0).then_some((delete_at, delete_by));
    }
    Ok(Ok(anchors))
}

fn apply_written(written: &PostWritten, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = written.id(cx.change);
    let (create_at, edit_at) = written.times().unwrap_or((cx.written_at(), 0));
    let anchors = match anchors(written, cx)? {
        Ok(anchors) => anchors,
        Err(Some(missing)) => return Ok(Applied::Waits(missing)),
        Err(None) => return Ok(Applied::Done),
    };
    let mut files = written.files.clone();
    files.sort_unstable();
    files.dedup();
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    let delete_at = anchors.root_deleted.map_or(0, |(at, _)| at);
    let form = Form {
        id,
        author: cx.change.author,
        root: written.root,
        create_at,
        kind: &written.kind,
        message: &written.message,
        props: if written.props.is_empty() { "{}" } else { &written.props },
        files: &files.join(" "),
        edit: (edit_at, 0, Id::NONE),
        pinned: false,
    };
    let mut key = insert(&form, &anchors, cx)?;
    let mut orphaned = None;
    if key.is_none()
        && let Some(evicted) = evict(id, &anchors, cx)?
    {
        orphaned = evicted.orphaned;
        key = insert(&form, &anchors, cx)?;
    }
    // It was applied before.
    let Some(key) = key else { return Ok(Applied::Done) };
    crate::file::attach(cx, key, &written.files)?;
    if let Some(claim) = orphaned {
        adopt(claim, key, cx)?;
    }
    let counted = count_in_channel(written, &anchors, create_at, cx.rows)?;
    if anchors.root_key != 0 && delete_at == 0 {
        count_in_thread(anchors.root_key, create_at, cx)?;
    }
    for person in &written.mentions {
        note_mention(key, &anchors, *person, cx)?;
    }
    mark_own_as_read(written, key, (&anchors, &counted), cx)?;
    if anchors.root_key != 0 {
        thread::member::arrived(cx, &arrival(written, key, (&anchors, create_at)))?;
    }
    if delete_at == 0 {
        cx.hash.replace(None, Some(form.encode()?));
        if !written.files.is_empty() {
            cx.hash.added.extend(crate::file::forms(cx.rows, key, id)?);
        }
    }
    cx.created.push(id);
    Ok(Applied::Done)
}

/// What a thread is told of a reply.
fn arrival(
    written: &PostWritten,
    key: i64,
    (anchors, create_at): (&Anchors, Millis),
) -> thread::member::Arrival {
    thread::member::Arrival {
        key,
        place: thread::member::Place {
            account_key: anchors.account_key,
            channel_key: anchors.channel_key,
            root_key: anchors.root_key,
        },
        create_at,
        live: anchors.root_deleted.is_none(),
        imported: written.imported.is_some(),
        mentions: !written.mentions.is_empty(),
    }
}

/// Writes the row of a post, unless there is one of its id, and gives its key.
fn insert(form: &Form<'_>, anchors: &Anchors, cx: &mut Applying<'_>) -> Outcome<Option<i64>> {
    let origin = (!cx.is_local()).then_some(&cx.change.name.site.0);
    let (delete_at, delete_by) = anchors.root_deleted.unwrap_or_default();
    cx.rows.first(
        "INSERT INTO post (id, channel_key, account_key, root_key, create_at, update_at, kind, \
         message, props, hashtags, file_ids, origin, delete_at, delete_by, position, edit_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
         ON CONFLICT (id) DO NOTHING RETURNING key",
        params![
            &form.id,
            anchors.channel_key,
            anchors.account_key,
            anchors.root_key,
            form.create_at,
            cx.now,
            form.kind,
            form.message,
            form.props,
            &fieldpost_text::hashtag::joined(form.message),
            form.files,
            origin,
            delete_at,
            anchors.root_deleted.is_some().then_some(&delete_by),
            cx.change.position.number,
            form.edit.0,
        ],
        |row| row.int(0),
    )
}

/// An id that follows from a change's name belongs to that change. Somebody else can work out which
/// one comes next and claim it for a post of their own: theirs gives way and is deleted, so that
/// nothing that is said here is lost. A copy of the same person's post is no claim.
///
/// Gives what gave way, if there is room now.
fn evict(id: Id, anchors: &Anchors, cx: &mut Applying<'_>) -> Outcome<Option<Evicted>> {
    if id != fieldpost_log::derive_id(CLASS, &cx.change.name, 0) {
        return Ok(None);
    }
    let claimed = cx.rows.first(
        "SELECT key, account_key, channel_key FROM post WHERE id = ?1",
        params![&id],
        |row| (row.int(0), row.int(1), row.int(2)),
    )?;
    let Some((key, author, channel)) = claimed else { return Ok(None) };
    if author == anchors.account_key {
        return Ok(None);
    }
    let adopted = channel == anchors.channel_key && anchors.root_key == 0;
    let mut gone = vec![key];
    if !adopted {
        // What was said in reply to it was said in reply to nothing.
        gone.extend(replies(key, cx.rows)?);
        thread::member::root_deleted(cx.rows, key)?;
    }
    let there = super::scope_of(cx.rows, key)?;
    for gone in gone {
        let forms = form::whole(cx.rows, gone)?;
        cx.hash_of(there).removed.extend(forms);
        cx.rows.execute(
            "UPDATE post SET update_at = ?3, \
             delete_at = CASE WHEN delete_at = 0 THEN ?2 ELSE delete_at END WHERE key = ?1",
            params![gone, cx.written_at(), cx.now],
        )?;
    }
    let mut ordinal = 1;
    let other = loop {
        let other = fieldpost_log::derive_id(CLASS, &cx.change.name, ordinal);
        if cx.rows.count("SELECT count(*) FROM post WHERE id = ?1", params![&other])? == 0 {
            break other;
        }
        ordinal += 1;
    };
    cx.rows.execute("UPDATE post SET id = ?2 WHERE key = ?1", params![key, &other])?;
    Ok(Some(Evicted { orphaned: adopted.then_some(key) }))
}

/// A post that gave way to the one whose id it had.
struct Evicted {
    /// Its key, if its replies are the new one's.
    orphaned: Option<i64>,
}

/// Hangs the replies to a post that gave way on the one whose id it had: that is what they speak of.
fn adopt(claim: i64, key: i64, cx: &mut Applying<'_>) -> Outcome<()> {
    for reply in replies(claim, cx.rows)? {
        cx.rows.execute("UPDATE post SET root_key = ?2 WHERE key = ?1", params![reply, key])?;
    }
    thread::member::moved(cx.rows, claim, key)?;
    super::delete::recount(key, cx)
}

fn replies(root_key: i64, rows: &mut dyn Rows) -> Outcome<Vec<i64>> {
    rows.all(
        "SELECT key FROM post WHERE root_key = ?1 AND root_key > 0",
        params![root_key],
        |row| row.int(0),
    )
}

/// A channel's counters, once a post was counted.
#[derive(Default)]
struct Counted {
    total: i64,
    total_root: i64,
    last_post_at: Millis,
}

fn count_in_channel(
    written: &PostWritten,
    anchors: &Anchors,
    create_at: Millis,
    rows: &mut dyn Rows,
) -> Outcome<Counted> {
    let message = i64::from(!system::is_uncounted(&written.kind));
    let root = i64::from(anchors.root_key == 0);
    let counted = rows.first(
        "UPDATE channel SET total = total + ?2, total_root = total_root + ?2 * ?3, \
         last_post_at = CASE WHEN last_post_at < ?4 THEN ?4 ELSE last_post_at END, \
         last_root_post_at = \
           CASE WHEN ?3 = 1 AND last_root_post_at < ?4 THEN ?4 ELSE last_root_post_at END \
         WHERE key = ?1 RETURNING total, total_root, last_post_at",
        params![anchors.channel_key, message, root, create_at],
        |row| Counted { total: row.int(0), total_root: row.int(1), last_post_at: row.int(2) },
    )?;
    Ok(counted.unwrap_or_default())
}

fn count_in_thread(root_key: i64, create_at: Millis, cx: &mut Applying<'_>) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE post SET reply_count = reply_count + 1, update_at = ?3, \
         last_reply_at = CASE WHEN last_reply_at < ?2 THEN ?2 ELSE last_reply_at END WHERE key = ?1",
        params![root_key, create_at, cx.now],
    )?;
    Ok(())
}

fn note_mention(
    post_key: i64,
    anchors: &Anchors,
    person: Id,
    cx: &mut Applying<'_>,
) -> Outcome<()> {
    cx.rows.execute(
        "INSERT INTO mention (post_key, account_key) \
         SELECT CAST(?1 AS BIGINT), key FROM account WHERE id = ?2 \
         ON CONFLICT (post_key, account_key) DO NOTHING",
        params![post_key, &person],
    )?;
    cx.rows.execute(
        "UPDATE channel_member SET mention_count = mention_count + 1, \
         mention_count_root = mention_count_root + ?3, last_update_at = ?4 \
         WHERE channel_key = ?1 AND left_at = 0 \
         AND account_key = (SELECT key FROM account WHERE id = ?2)",
        params![anchors.channel_key, &person, anchors.root_key == 0, cx.now],
    )?;
    Ok(())
}

/// Whoever writes has read: their own post never leaves them unread, where nothing was before.
fn mark_own_as_read(
    written: &PostWritten,
    key: i64,
    (anchors, counted): (&Anchors, &Counted),
    cx: &mut Applying<'_>,
) -> Outcome<()> {
    if !cx.is_local() || system::is_uncounted(&written.kind) || written.imported.is_some() {
        return Ok(());
    }
    if anchors.root_key != 0 && thread::is_collapsed(cx.rows, cx.change.author)? {
        // Whoever replies with threads collapsed has not looked at the channel.
        cx.rows.execute(
            "UPDATE channel_member SET msg_count = msg_count + 1, last_update_at = ?3 \
             WHERE channel_key = ?1 AND account_key = ?2 AND msg_count < ?4",
            params![anchors.channel_key, anchors.account_key, cx.now, counted.total],
        )?;
        return Ok(());
    }
    cx.rows.execute(
        "UPDATE channel_member SET msg_count = ?5, msg_count_root = ?6, \
         mention_count = 0, mention_count_root = 0, urgent_mention_count = 0, read_key = ?3, \
         last_update_at = ?4, \
         last_viewed_at = CASE WHEN ?7 > last_viewed_at THEN ?7 ELSE last_viewed_at END \
         WHERE channel_key = ?1 AND account_key = ?2",
        params![
            anchors.channel_key,
            anchors.account_key,
            key,
            cx.now,
            counted.total,
            counted.total_root,
            counted.last_post_at,
        ],
    )?;
    Ok(())
}
