//! Who is in a group.

use std::collections::HashSet;

use fieldpost_access::{Caller, GroupAction};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{GroupMember, Id};

use super::change::MOST_PEOPLE;
use super::{GroupMembersAdded, GroupMembersRemoved, scope, write};
use crate::people;

fn member_of(row: &dyn Row) -> GroupMember {
    GroupMember {
        group_id: row.id(0),
        user_id: row.id(1),
        create_at: row.int(2),
        delete_at: row.int(3),
    }
}

/// The places of some people in a group, those who are out of it included.
pub(super) fn some(rows: &mut dyn Rows, group: Id, people: &[Id]) -> Outcome<Vec<GroupMember>> {
    let list: Vec<_> = people.iter().map(Into::into).collect();
    let sql = "SELECT g.id, account.id, m.create_at, m.delete_at FROM user_group g \
               JOIN user_group_member m ON m.group_key = g.key \
               JOIN account ON account.key = m.account_key \
               WHERE g.id = ?1 AND account.id IN ({in})";
    let mut found = rows.all_in(sql, params![&group], &list, member_of)?;
    found.sort_by_key(|member| member.user_id);
    found.dedup_by_key(|member| member.user_id);
    Ok(found)
}

/// People whom the caller may put into a group: each exists, and is within their sight.
pub(super) fn known(rows: &mut dyn Rows, caller: &Caller, people: &[Id]) -> Outcome<Vec<Id>> {
    let asked: HashSet<Id> = people.iter().copied().collect();
    if asked.len() > MOST_PEOPLE {
        return Err(Failure::invalid_body("user_ids"));
    }
    let mut asked: Vec<Id> = asked.into_iter().collect();
    asked.sort_unstable();
    if people::visible_among(rows, caller, &asked)?.len() != asked.len() {
        return Err(Failure::invalid_body("user_ids"));
    }
    Ok(asked)
}

/// Writes down that people belong to a group.
pub(super) fn put(work: &mut Work<'_>, by: Id, group: Id, people: &[Id]) -> Outcome<()> {
    if people.is_empty() {
        return Ok(());
    }
    work.emit(scope(), by, &GroupMembersAdded { group, people: people.to_vec() })?;
    Ok(())
}

/// Puts people into a group, and gives their places. Who is in it already stays.
pub fn add(
    work: &mut Work<'_>,
    caller: &Caller,
    group: Id,
    people: &[Id],
) -> Outcome<Vec<GroupMember>> {
    write::require_live(&write::require(work, caller, group, GroupAction::ManageMembers)?)?;
    let asked = known(work, caller, people)?;
    let inside = inside(work, group, &asked)?;
    let new: Vec<Id> = asked.iter().filter(|id| !inside.contains(id)).copied().collect();
    put(work, caller.user, group, &new)?;
    some(work, group, &asked)
}

/// Takes people out of a group, and gives the places they had. Who is not in it is passed over.
pub fn remove(
    work: &mut Work<'_>,
    caller: &Caller,
    group: Id,
    people: &[Id],
) -> Outcome<Vec<GroupMember>> {
    write::require_live(&write::require(work, caller, group, GroupAction::ManageMembers)?)?;
    if people.len() > MOST_PEOPLE {
        return Err(Failure::invalid_body("user_ids"));
    }
    let mut gone: Vec<Id> = inside(work, group, people)?.into_iter().collect();
    gone.sort_unstable();
    if !gone.is_empty() {
        let removed = GroupMembersRemoved { group, people: gone.clone() };
        work.emit(scope(), caller.user, &removed)?;
    }
    some(work, group, &gone)
}

/// Those of some people who are in a group now.
fn inside(rows: &mut dyn Rows, group: Id, people: &[Id]) -> Outcome<HashSet<Id>> {
    let places = some(rows, group, people)?;
    Ok(places.iter().filter(|place| place.delete_at == 0).map(|place| place.user_id).collect())
}
