//! Reminders: a person wants to hear of a post again, at a time.

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Applied, Applying, Body, Change, Failure, FailureKind, Features, Kind, Outcome, Rows, RowsExt,
    Shown, Work, millis, params, stamp_of,
};
use fieldpost_log::{Scope, ScopeKind, Stamp, derive_id, direct_conversation};
use fieldpost_model::{ChannelType, Id, Millis, Post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::post::ephemeral;
use crate::post::readable;
use crate::post::system::{self, Notice};
use crate::{channel, facts, room};

/// Reminders that are looked up at once: where there are as many, there may be more.
pub const AT_ONCE: usize = 100;

/// The latest time that is one, in seconds.
const LATEST: i64 = 1 << 40;

/// One that was given keeps its row, due at no time, so that an older change cannot bring it back.
const TABLES: &str = "
CREATE TABLE reminder (
    account_key INTEGER NOT NULL,
    post BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (account_key, post)
);
CREATE INDEX reminder_due ON reminder (due_at) WHERE due_at > 0";

/// A person wants to be reminded of a post. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSet {
    /// Of which.
    pub post: Id,
    /// When, in seconds since 1970.
    pub at: i64,
}

impl Body for ReminderSet {
    const KIND: Kind = Kind::new(0x0918);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];

    fn fits(&self) -> bool {
        (1..=LATEST).contains(&self.at)
    }
}

/// A person was reminded of a post, or could not be any more. The person is the scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderGiven {
    /// Of which.
    pub post: Id,
}

impl Body for ReminderGiven {
    const KIND: Kind = Kind::new(0x0919);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|set: &ReminderSet, scope, rows| standing(rows, scope.id, set.post));
    features.replaces(|given: &ReminderGiven, scope, rows| standing(rows, scope.id, given.post));
    features.on(|set: &ReminderSet, cx: &mut Applying<'_>| apply(set.post, set.at * 1000, cx));
    features.on(|given: &ReminderGiven, cx: &mut Applying<'_>| apply(given.post, 0, cx));
    features.show(show_set);
}

fn scope(person: Id) -> Scope {
    Scope::new(ScopeKind::Private, person)
}

/// The stamp of what was written last of a person's reminder.
fn standing(rows: &mut dyn Rows, person: Id, post: Id) -> Outcome<Stamp> {
    let found = rows.first(
        "SELECT reminder.stamp FROM reminder JOIN account ON account.key = reminder.account_key \
         WHERE account.id = ?1 AND reminder.post = ?2",
        params![&person, &post],
        |row| stamp_of(row.int(0)),
    )?;
    Ok(found.unwrap_or_default())
}

/// Of all that was written of one reminder the newest stands.
fn apply(post: Id, due_at: Millis, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    let find = "SELECT key FROM account WHERE id = ?1";
    let Some(account) = cx.rows.first(find, params![&person], |row| row.int(0))? else {
        return Ok(Applied::Waits(person));
    };
    cx.rows.execute(
        "INSERT INTO reminder (account_key, post, due_at, stamp, site) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (account_key, post) DO UPDATE SET \
         due_at = excluded.due_at, stamp = excluded.stamp, site = excluded.site \
         WHERE (reminder.stamp, reminder.site) < (excluded.stamp, excluded.site)",
        params![
            account,
            &post,
            due_at,
            i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()),
            &cx.change.name.site.0,
        ],
    )?;
    Ok(Applied::Done)
}

/// What clients are told of the post that a reminder is about.
struct Subject {
    channel: Id,
    author: String,
    team: String,
}

fn subject(rows: &mut dyn Rows, post: Id) -> Outcome<Option<Subject>> {
    rows.first(
        "SELECT channel.id, author.username, team.name FROM post \
         JOIN channel ON channel.key = post.channel_key \
         JOIN account author ON author.key = post.account_key \
         LEFT JOIN team ON team.key = channel.team_key WHERE post.id = ?1",
        params![&post],
        |row| Subject {
            channel: row.id(0),
            author: row.text(1).to_owned(),
            team: row.text(2).to_owned(),
        },
    )
}

impl Subject {
    fn props(&self, post: Id) -> Value {
        json!({ "team_name": self.team, "post_id": post, "username": self.author })
    }
}

/// The person is told, in the thread of the post, by a post that is kept nowhere.
fn show_set(set: &ReminderSet, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let Some(subject) = subject(rows, set.post)? else { return Ok(Shown::default()) };
    let person = change.name.scope.id;
    let at = millis(change.stamp);
    let mut props = subject.props(set.post);
    props["type"] = "reminder".into();
    props["target_time"] = set.at.into();
    let post = Post {
        id: derive_id("ephemeral", &change.name, 0),
        create_at: at,
        update_at: at,
        user_id: person,
        channel_id: subject.channel,
        root_id: set.post,
        kind: ephemeral::KIND.to_owned(),
        message: format!("I will remind you of this message from @{}.", subject.author),
        props: props.as_object().cloned().unwrap_or_default(),
        remote_id: Some(String::new()),
        ..Post::default()
    };
    Ok(ephemeral::told(person, &post)?.into())
}

/// Has a person reminded of a post that the caller can read; of each post once.
pub fn set(work: &mut Work<'_>, caller: &Caller, (person, post): (Id, Id), at: i64) -> Outcome<()> {
    facts::require_person(work, caller, person)?;
    let (post, _) = readable(work, caller, post)?;
    let reminder = ReminderSet { post: post.id, at };
    if !reminder.fits() {
        return Err(Failure::invalid_body("target_time"));
    }
    let sql = "SELECT count(*) FROM reminder WHERE due_at > 0 AND post <> ?2 \
        AND account_key = (SELECT key FROM account WHERE id = ?1)";
    let waiting = work.count(sql, params![&person, &post.id])?;
    room::require(waiting, room::REMINDERS, "reminders")?;
    work.emit(scope(person), person, &reminder)?;
    Ok(())
}

/// A reminder whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Whose.
    pub person: Id,
    /// Of which post.
    pub post: Id,
}

impl Due {
    /// Where something is written to give it: whoever has these to themselves gives it alone.
    pub fn scopes(&self, bot: Id) -> [Scope; 2] {
        let conversation = direct_conversation(bot, self.person);
        [scope(self.person), channel::scope(conversation, ChannelType::Direct)]
    }
}

/// The next reminders that are due. People whose home is another site are served there.
pub fn due(rows: &mut dyn Rows, now: Millis) -> Outcome<Vec<Due>> {
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    rows.all(
        "SELECT account.id, reminder.post FROM reminder \
         JOIN account ON account.key = reminder.account_key \
         WHERE reminder.due_at > 0 AND reminder.due_at <= ?1 AND account.home IS NULL \
         ORDER BY reminder.due_at, account.key, reminder.post LIMIT ?2",
        params![now, most],
        |row| Due { person: row.id(0), post: row.id(1) },
    )
}

/// Reminds a person of a post, in the name of the system's bot, if they can still read it. Whether
/// the reminder is still due is found out here, in the transaction that gives it.
pub fn give(work: &mut Work<'_>, due: Due, bot: Id, site_url: &str) -> Outcome<()> {
    let now = work.now();
    // To write a row as it is locks it, on an engine where others write meanwhile.
    let taken = work.execute(
        "UPDATE reminder SET due_at = due_at WHERE post = ?2 AND due_at > 0 AND due_at <= ?3 \
         AND account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&due.person, &due.post, now],
    )?;
    if taken == 0 {
        return Ok(());
    }
    work.emit(scope(due.person), due.person, &ReminderGiven { post: due.post })?;
    let Some(caller) = facts::acting(work, due.person)? else { return Ok(()) };
    if !is_readable(work, &caller, due.post)? {
        return Ok(());
    }
    let Some(subject) = subject(work, due.post)? else { return Ok(()) };
    // Clients know which team a post is in that they are sent to in this way.
    let place = if subject.team.is_empty() { "_redirect" } else { &subject.team };
    let address = format!("{}/{place}/pl/{}", site_url.trim_end_matches('/'), due.post);
    let says = format!("Here is your reminder of this message from @{}: {address}", subject.author);
    tell(work, bot, due.person, Notice::new("reminder", bot, says, subject.props(due.post)))
}

fn is_readable(work: &mut Work<'_>, caller: &Caller, post: Id) -> Outcome<bool> {
    match readable(work, caller, post) {
        Ok(_) => Ok(true),
        Err(failure) if failure.kind == FailureKind::Internal => Err(failure),
        Err(_) => Ok(false),
    }
}

/// Tells a person, in the name of the system's bot, that something they scheduled was not sent.
pub fn tell_of_failures(work: &mut Work<'_>, bot: Id, person: Id, failures: usize) -> Outcome<()> {
    let says = if failures == 1 {
        "A message that you scheduled could not be sent. It is kept with your scheduled messages."
            .to_owned()
    } else {
        format!(
            "{failures} messages that you scheduled could not be sent. They are kept with your \
             scheduled messages."
        )
    };
    tell(work, bot, person, Notice::new("", bot, says, json!({})))
}

/// Says something to a person in their conversation with the system's bot.
fn tell(work: &mut Work<'_>, bot: Id, person: Id, notice: Notice) -> Outcome<()> {
    let conversation = channel::create::conversation(work, bot, [bot, person])?;
    system::post(work, conversation, &notice.mentioning(person))
}
