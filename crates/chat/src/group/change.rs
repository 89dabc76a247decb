//! What can happen to a group, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, Features, Kind, Outcome,
    Rows, RowsExt, Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{by_id, member};

/// The class of the ids that groups get from the changes that made them.
pub(super) const CLASS: &str = "group";

/// People who are added or taken out by one change at most.
pub(super) const MOST_PEOPLE: usize = 1000;

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The name after the `@`.
    pub name: String,
    /// The name that people see.
    pub display_name: String,
    /// What it is for.
    pub description: String,
}

impl Names {
    fn fits(&self) -> bool {
        at_most(&self.name, 64)
            && at_most(&self.display_name, 128)
            && at_most(&self.description, 1024)
    }
}

/// Somebody made a group, in which there is nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMade {
    /// What it is called.
    pub names: Names,
}

impl Body for GroupMade {
    const KIND: Kind = Kind::new(0x0e01);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.names.fits()
    }
}

/// A group is called something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupChanged {
    /// Which.
    pub group: Id,
    /// What it is called from now on.
    pub names: Names,
}

impl Body for GroupChanged {
    const KIND: Kind = Kind::new(0x0e02);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.names.fits()
    }
}

/// A group was archived: its name mentions nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupArchived {
    /// Which.
    pub group: Id,
}

impl Body for GroupArchived {
    const KIND: Kind = Kind::new(0x0e03);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A group was taken out of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRestored {
    /// Which.
    pub group: Id,
}

impl Body for GroupRestored {
    const KIND: Kind = Kind::new(0x0e04);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// People belong to a group from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMembersAdded {
    /// Which group.
    pub group: Id,
    /// Who.
    pub people: Vec<Id>,
}

impl Body for GroupMembersAdded {
    const KIND: Kind = Kind::new(0x0e05);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.people.len() <= MOST_PEOPLE
    }
}

/// People belong to a group no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMembersRemoved {
    /// Which group.
    pub group: Id,
    /// Who.
    pub people: Vec<Id>,
}

impl Body for GroupMembersRemoved {
    const KIND: Kind = Kind::new(0x0e06);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.people.len() <= MOST_PEOPLE
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_made);
    features.on(apply_changed);
    features.on(|archived: &GroupArchived, cx| {
        let at = cx.written_at();
        set_archived(cx, archived.group, at)
    });
    features.on(|restored: &GroupRestored, cx| set_archived(cx, restored.group, 0));
    features.on(|added: &GroupMembersAdded, cx| set_members(cx, added.group, &added.people, 0));
    features.on(|removed: &GroupMembersRemoved, cx| {
        let at = cx.written_at();
        set_members(cx, removed.group, &removed.people, at)
    });
    features.show(|_: &GroupMade, change, rows| {
        received(rows, fieldpost_log::derive_id(CLASS, &change.name, 0))
    });
    features.show(|changed: &GroupChanged, _, rows| received(rows, changed.group));
    features.show(|archived: &GroupArchived, _, rows| received(rows, archived.group));
    features.show(|restored: &GroupRestored, _, rows| received(rows, restored.group));
    features.show(|added: &GroupMembersAdded, _: &Change, rows| {
        placed(rows, events::GROUP_MEMBER_ADD, added.group, &added.people)
    });
    features.show(|removed: &GroupMembersRemoved, _: &Change, rows| {
        placed(rows, events::GROUP_MEMBER_DELETED, removed.group, &removed.people)
    });
}

fn apply_made(made: &GroupMade, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
    let Names { name, display_name, description } = &made.names;
    cx.rows.execute(
        "INSERT INTO user_group (id, name, display_name, description, create_at, update_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO NOTHING",
        params![&id, name, display_name, description, cx.written_at()],
    )?;
    cx.created.push(id);
    Ok(Applied::Done)
}

fn apply_changed(changed: &GroupChanged, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Names { name, display_name, description } = &changed.names;
    let known = cx.rows.execute(
        "UPDATE user_group SET name = ?2, display_name = ?3, description = ?4, update_at = ?5 \
         WHERE id = ?1",
        params![&changed.group, name, display_name, description, cx.written_at()],
    )?;
    Ok(if known == 0 { Applied::Waits(changed.group) } else { Applied::Done })
}

fn set_archived(cx: &mut Applying<'_>, group: Id, at: i64) -> Outcome<Applied> {
    let known = cx.rows.execute(
        "UPDATE user_group SET delete_at = ?2, update_at = ?3 WHERE id = ?1",
        params![&group, at, cx.written_at()],
    )?;
    Ok(if known == 0 { Applied::Waits(group) } else { Applied::Done })
}

/// Puts people into a group, or, with a time, notes that they are out of it.
fn set_members(cx: &mut Applying<'_>, group: Id, people: &[Id], out: i64) -> Outcome<Applied> {
    let sql = "SELECT count(*) FROM user_group WHERE id = ?1";
    if cx.rows.count(sql, params![&group])? == 0 {
        return Ok(Applied::Waits(group));
    }
    let at = cx.written_at();
    for person in people {
        if out == 0 {
            cx.rows.execute(
                "INSERT INTO user_group_member (group_key, account_key, create_at) \
                 SELECT g.key, account.key, CAST(?3 AS BIGINT) FROM user_group g \
                 JOIN account ON account.id = ?2 WHERE g.id = ?1 \
                 ON CONFLICT (group_key, account_key) DO UPDATE SET \
                 create_at = excluded.create_at, delete_at = 0",
                params![&group, person, at],
            )?;
        } else {
            cx.rows.execute(
                "UPDATE user_group_member SET delete_at = ?3 \
                 WHERE group_key = (SELECT key FROM user_group WHERE id = ?1) \
                 AND account_key = (SELECT key FROM account WHERE id = ?2)",
                params![&group, person, out],
            )?;
        }
    }
    Ok(Applied::Done)
}

/// Everybody may mention it, or may do so no more. How many people are in it is left out: everybody
/// is told the same, and not everybody sees them all.
fn received(rows: &mut dyn Rows, id: Id) -> Outcome<Shown> {
    let group = by_id(rows, id)?;
    let group = serde_json::to_string(&group).map_err(Failure::internal)?;
    Ok(Event::new(events::RECEIVED_GROUP, Audience::everybody(), json!({ "group": group })).into())
}

/// Each of these people is told of their own place.
fn placed(rows: &mut dyn Rows, event: EventName, group: Id, people: &[Id]) -> Outcome<Shown> {
    let mut shown = Shown::default();
    for member in member::some(rows, group, people)? {
        let audience = Audience::user(member.user_id);
        let member = serde_json::to_string(&member).map_err(Failure::internal)?;
        shown.events.push(Event::new(event, audience, json!({ "group_member": member })));
    }
    Ok(shown)
}
