//! Acknowledgements: that somebody has taken note of a post, and wants its author to know.

use std::collections::HashMap;

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, FailureKind, Features,
    Kind, Outcome, Row, Rows, RowsExt, Shape, Shown, Value, Work, events, millis, params, stamp_of,
};
use fieldpost_log::{Scope, ScopeKind, Stamp};
use fieldpost_model::{Id, Millis, Post, PostAcknowledgement};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{edit, locate, readable};
use crate::channel;
use crate::facts;
use crate::thread::LATEST;

/// How long an acknowledgement may be withdrawn.
const WITHDRAWABLE: Millis = 5 * 60 * 1000;

/// One that was withdrawn keeps its row, so that an older change cannot bring it back.
const TABLES: &str = "
CREATE TABLE acknowledgement (
    post_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    acknowledged_at INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (post_key, account_key)
)";

/// A person acknowledged a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostAcknowledged {
    /// Which.
    pub post: Id,
    /// Who; the change's author, whoever acted for them.
    pub person: Id,
    /// When, where that comes from elsewhere; 0 for when it was written.
    pub imported_at: Millis,
}

impl Body for PostAcknowledged {
    const KIND: Kind = Kind::new(0x0411);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const BY_READERS: bool = true;

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], people: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        (0..=LATEST).contains(&self.imported_at)
    }
}

/// A person withdrew their acknowledgement of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgementWithdrawn {
    /// Of which.
    pub post: Id,
    /// Whose; the change's author, whoever acted for them.
    pub person: Id,
}

impl Body for AcknowledgementWithdrawn {
    const KIND: Kind = Kind::new(0x0412);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
    const BY_READERS: bool = true;

    fn shape(&self) -> Shape {
        Shape { posts: vec![self.post], people: vec![self.person], ..Shape::default() }
    }
}

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|of: &PostAcknowledged, _, rows| newest(rows, (of.post, of.person)));
    features.replaces(|of: &AcknowledgementWithdrawn, _, rows| newest(rows, (of.post, of.person)));
    features.on(|of: &PostAcknowledged, cx: &mut Applying<'_>| {
        let at = if of.imported_at == 0 { cx.written_at() } else { of.imported_at };
        apply((of.post, of.person), Some(at), cx)
    });
    features.on(|of: &AcknowledgementWithdrawn, cx: &mut Applying<'_>| {
        apply((of.post, of.person), None, cx)
    });
    features.show(|of: &PostAcknowledged, change: &Change, rows: &mut dyn Rows| {
        show(events::POST_ACKNOWLEDGEMENT_ADDED, (of.post, of.person), change, rows)
    });
    features.show(|of: &AcknowledgementWithdrawn, change: &Change, rows: &mut dyn Rows| {
        show(events::POST_ACKNOWLEDGEMENT_REMOVED, (of.post, of.person), change, rows)
    });
}

/// The stamp of what a person said last of a post.
fn newest(rows: &mut dyn Rows, (post, person): (Id, Id)) -> Outcome<Stamp> {
    let found = rows.first(
        "SELECT acknowledgement.stamp FROM acknowledgement \
         JOIN post ON post.key = acknowledgement.post_key \
         JOIN account ON account.key = acknowledgement.account_key \
         WHERE post.id = ?1 AND account.id = ?2",
        params![&post, &person],
        |row| stamp_of(row.int(0)),
    )?;
    Ok(found.unwrap_or_default())
}

/// Of all that a person said of a post the newest stands. `at` is when they acknowledged it; none for
/// that they do no more.
fn apply((post, person): (Id, Id), at: Option<Millis>, cx: &mut Applying<'_>) -> Outcome<Applied> {
    // Nobody acknowledges in another's name, whatever a peer sends.
    if person != cx.change.author {
        return Ok(Applied::Done);
    }
    let Some((post_key, channel)) = locate(cx.rows, post)? else {
        return Ok(Applied::Waits(post));
    };
    let find = "SELECT key FROM account WHERE id = ?1";
    let Some(account_key) = cx.rows.first(find, params![&person], |row| row.int(0))? else {
        return Ok(Applied::Waits(person));
    };
    if channel != cx.change.name.scope.id {
        return Ok(Applied::Done);
    }
    let before = standing(cx.rows, (post_key, post), (account_key, person))?;
    cx.rows.execute(
        "INSERT INTO acknowledgement \
         (post_key, account_key, acknowledged_at, withdrawn, stamp, site) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (post_key, account_key) DO UPDATE SET \
         acknowledged_at = excluded.acknowledged_at, withdrawn = excluded.withdrawn, \
         stamp = excluded.stamp, site = excluded.site WHERE \
         (acknowledgement.stamp, acknowledgement.site) < (excluded.stamp, excluded.site)",
        params![
            post_key,
            account_key,
            at.unwrap_or_default(),
            at.is_none(),
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    let after = standing(cx.rows, (post_key, post), (account_key, person))?;
    cx.hash.replace(before, after);
    cx.rows.execute(
        "UPDATE post SET update_at = ?2, noted = 1 WHERE key = ?1",
        params![post_key, cx.now],
    )?;
    Ok(Applied::Done)
}

/// The form that is hashed of a person's acknowledgement, if it and the post stand.
fn standing(
    rows: &mut dyn Rows,
    (post_key, post): (i64, Id),
    (account_key, person): (i64, Id),
) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT acknowledgement.acknowledged_at FROM acknowledgement \
         JOIN post ON post.key = acknowledgement.post_key \
         WHERE acknowledgement.post_key = ?1 AND acknowledgement.account_key = ?2 \
         AND acknowledgement.withdrawn = 0 AND post.delete_at = 0",
        params![post_key, account_key],
        |row| form(post, person, row.int(0)),
    )?
    .transpose()
}

fn form(post: Id, person: Id, at: Millis) -> Outcome<Vec<u8>> {
    postcard::to_stdvec(&("acknowledgement", post, person, at)).map_err(Failure::internal)
}

/// The forms of every acknowledgement of a post, whether the post stands or not.
pub(super) fn forms(rows: &mut dyn Rows, post_key: i64, post: Id) -> Outcome<Vec<Vec<u8>>> {
    rows.all(
        "SELECT account.id, acknowledgement.acknowledged_at FROM acknowledgement \
         JOIN account ON account.key = acknowledgement.account_key \
         WHERE acknowledgement.post_key = ?1 AND acknowledgement.withdrawn = 0",
        params![post_key],
        |row| form(post, row.id(0), row.int(1)),
    )?
    .into_iter()
    .collect()
}

const COLUMNS: &str = "account.id, post.id, acknowledgement.acknowledged_at, channel.id";

const FROM: &str = "FROM acknowledgement JOIN post ON post.key = acknowledgement.post_key \
    JOIN channel ON channel.key = post.channel_key \
    JOIN account ON account.key = acknowledgement.account_key";

fn acknowledgement_of(row: &dyn Row) -> PostAcknowledgement {
    PostAcknowledgement {
        user_id: row.id(0),
        post_id: row.id(1),
        acknowledged_at: row.int(2),
        channel_id: row.id(3),
    }
}

/// Fills in who acknowledged posts, for a whole window at once, the first of them first.
pub(super) fn fill(rows: &mut dyn Rows, posts: &mut [Post]) -> Outcome<()> {
    let of = |post: &Post| post.noted && post.delete_at == 0;
    let list: Vec<Value<'_>> =
        posts.iter().filter(|post| of(post)).map(|post| (&post.id).into()).collect();
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.id IN ({{in}}) AND acknowledgement.withdrawn = 0 \
         ORDER BY acknowledgement.acknowledged_at, account.key"
    );
    let mut by_post: HashMap<Id, Vec<PostAcknowledgement>> = HashMap::new();
    for found in rows.all_in(&sql, &[], &list, acknowledgement_of)? {
        by_post.entry(found.post_id).or_default().push(found);
    }
    for post in posts {
        post.metadata.acknowledgements = by_post.remove(&post.id).unwrap_or_default();
    }
    Ok(())
}

/// A person's acknowledgement of a post, if it stands.
pub(crate) fn find(
    rows: &mut dyn Rows,
    post: Id,
    person: Id,
) -> Outcome<Option<PostAcknowledgement>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE post.id = ?1 AND account.id = ?2 \
         AND acknowledgement.withdrawn = 0"
    );
    rows.first(&sql, params![&post, &person], acknowledgement_of)
}

/// Clients are told by the acknowledgement, and those that do not know them by the post.
fn show(
    name: EventName,
    (post, person): (Id, Id),
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    let mut shown = edit::shown(rows, post, change)?;
    if shown.events.is_empty() || person != change.author {
        return Ok(Shown::default());
    }
    // Clients forget what is not newer than what they are told is withdrawn.
    let told = find(rows, post, person)?.unwrap_or(PostAcknowledgement {
        user_id: person,
        post_id: post,
        acknowledged_at: millis(change.stamp),
        channel_id: channel,
    });
    let told = serde_json::to_string(&told).map_err(Failure::internal)?;
    let event = Event::new(name, Audience::channel(channel), json!({ "acknowledgement": told }));
    shown.events.insert(0, event);
    Ok(shown)
}

/// Acknowledges a post in a person's name; doing it again sets its time anew.
pub fn add(
    work: &mut Work<'_>,
    caller: &Caller,
    (person, post): (Id, Id),
) -> Outcome<PostAcknowledgement> {
    let (post, scope) = to_say(work, caller, (person, post))?;
    work.emit(scope, person, &PostAcknowledged { post, person, imported_at: 0 })?;
    find(work, post, person)?.ok_or_else(no_acknowledgement)
}

/// Withdraws a person's acknowledgement of a post, while it is fresh.
pub fn withdraw(work: &mut Work<'_>, caller: &Caller, (person, post): (Id, Id)) -> Outcome<()> {
    let (post, scope) = to_say(work, caller, (person, post))?;
    let found = find(work, post, person)?.ok_or_else(no_acknowledgement)?;
    if work.now() - found.acknowledged_at > WITHDRAWABLE {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.acknowledgement.delete.deadline.app_error",
            "An acknowledgement can be withdrawn for five minutes.",
        ));
    }
    work.emit(scope, person, &AcknowledgementWithdrawn { post, person })?;
    Ok(())
}

/// The post of which a person is to say something, and where that is said.
fn to_say(work: &mut Work<'_>, caller: &Caller, (person, post): (Id, Id)) -> Outcome<(Id, Scope)> {
    facts::require_person(work, caller, person)?;
    let (post, found) = readable(work, caller, post)?;
    // Whoever is at home elsewhere says it there.
    let at_home = "SELECT count(*) FROM account WHERE id = ?1 AND home IS NULL";
    if work.count(at_home, params![&person])? == 0 {
        return Err(Failure::forbidden("edit_other_users"));
    }
    if found.facts.require_live().is_err() {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.acknowledgement.save.archived_channel.app_error",
            "You cannot acknowledge posts of an archived channel.",
        ));
    }
    channel::enter(work, caller, &found)?;
    Ok((post.id, found.scope))
}

fn no_acknowledgement() -> Failure {
    Failure::not_found("app.acknowledgement.get.app_error", "Unable to get the acknowledgement.")
}
