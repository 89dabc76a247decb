//! Making groups, changing them, archiving and restoring them.

use fieldpost_access::{Caller, GroupAction, may_change_user_group, may_create_user_group};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Group, Id};
use fieldpost_text::name::{NameError, check_group_name};
use serde::Deserialize;

use super::change::{CLASS, Names};
use super::{CUSTOM, GroupArchived, GroupChanged, GroupMade, GroupRestored, by_id, member, scope};
use crate::facts::denied;
use crate::room;

/// The longest name that people see, in characters.
const LONGEST_DISPLAY_NAME: usize = 128;

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 1024;

/// A group to be made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewGroup {
    /// The name after the `@`.
    pub name: String,
    /// The name that people see.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Where it comes from: people make `custom` ones only.
    pub source: String,
    /// What a directory calls it: nothing.
    pub remote_id: Option<String>,
    /// Whether its name mentions its people: it does.
    pub allow_reference: bool,
    /// Who is in it.
    pub user_ids: Vec<Id>,
}

/// What is to be changed of a group; what is not given stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct GroupPatch {
    /// The name after the `@`.
    pub name: Option<String>,
    /// The name that people see.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether its name mentions its people: it does.
    pub allow_reference: Option<bool>,
}

/// Makes a group of people.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &NewGroup) -> Outcome<Group> {
    may_create_user_group(caller).map_err(denied)?;
    if new.source != CUSTOM {
        return Err(Failure::invalid_body("source"));
    }
    if !new.allow_reference {
        return Err(Failure::invalid_body("allow_reference"));
    }
    if new.remote_id.as_ref().is_some_and(|id| !id.is_empty()) {
        return Err(Failure::invalid_body("remote_id"));
    }
    let names = Names {
        name: new.name.clone(),
        display_name: new.display_name.clone(),
        description: new.description.clone(),
    };
    validate(&names)?;
    require_free(work, &names.name, Id::NONE, "app.custom_group.unique_name")?;
    room::require(work.count("SELECT count(*) FROM user_group", &[])?, room::GROUPS, "groups")?;
    let people = member::known(work, caller, &new.user_ids)?;
    let id = work.emit(scope(), caller.user, &GroupMade { names })?.derive(CLASS, 0);
    member::put(work, caller.user, id, &people)?;
    let mut group = by_id(work, id)?;
    group.member_count = Some(super::list::count(work, id)?);
    Ok(group)
}

/// Calls a group something else.
pub fn patch(work: &mut Work<'_>, caller: &Caller, id: Id, patch: &GroupPatch) -> Outcome<Group> {
    let group = require(work, caller, id, GroupAction::Edit)?;
    require_live(&group)?;
    if patch.allow_reference == Some(false) {
        return Err(Failure::invalid_body("allow_reference"));
    }
    let or = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
    let before = Names {
        name: group.name,
        display_name: group.display_name,
        description: group.description,
    };
    let names = Names {
        name: or(&patch.name, before.name.clone()),
        display_name: or(&patch.display_name, before.display_name.clone()),
        description: or(&patch.description, before.description.clone()),
    };
    validate(&names)?;
    if names.name != before.name {
        require_free(work, &names.name, id, "api.ldap_groups.existing_group_name_error")?;
    }
    if names != before {
        work.emit(scope(), caller.user, &GroupChanged { group: id, names })?;
    }
    by_id(work, id)
}

/// Archives a group: it can be restored.
pub fn archive(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<Group> {
    let group = require(work, caller, id, GroupAction::Delete)?;
    require_live(&group)?;
    work.emit(scope(), caller.user, &GroupArchived { group: id })?;
    by_id(work, id)
}

/// Takes a group out of the archive.
pub fn restore(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<Group> {
    let group = require(work, caller, id, GroupAction::Restore)?;
    if group.delete_at == 0 {
        return Err(super::no_group());
    }
    work.emit(scope(), caller.user, &GroupRestored { group: id })?;
    by_id(work, id)
}

/// The group, if the caller may do this to it.
pub(super) fn require(
    rows: &mut dyn Rows,
    caller: &Caller,
    id: Id,
    action: GroupAction,
) -> Outcome<Group> {
    let group = by_id(rows, id)?;
    let facts = super::facts(rows, caller, id)?;
    may_change_user_group(caller, &facts, action).map_err(denied)?;
    Ok(group)
}

/// Refuses what is in the archive.
pub(super) fn require_live(group: &Group) -> Outcome<()> {
    if group.delete_at == 0 { Ok(()) } else { Err(super::no_group()) }
}

fn validate(names: &Names) -> Outcome<()> {
    let invalid = |id: &'static str, says: &'static str| Err(Failure::invalid(id, says));
    match check_group_name(&names.name) {
        Ok(()) => {}
        Err(NameError::Reserved) => {
            return invalid(
                "api.ldap_groups.existing_reserved_name_error",
                "A group cannot have the name of a word that addresses a channel.",
            );
        }
        Err(NameError::TooShort | NameError::TooLong) => {
            return invalid(
                "model.group.name.invalid_length.app_error",
                "A group's name has 1 to 64 characters.",
            );
        }
        Err(NameError::Malformed) => {
            return invalid(
                "model.group.name.invalid_chars.app_error",
                "A group's name has lower-case letters, digits, dots, dashes and underscores.",
            );
        }
    }
    let long = |text: &str, most: usize| text.chars().count() > most;
    if names.display_name.is_empty() || long(&names.display_name, LONGEST_DISPLAY_NAME) {
        return invalid(
            "model.group.display_name.app_error",
            "The name that people see has 1 to 128 characters.",
        );
    }
    if long(&names.description, LONGEST_DESCRIPTION) {
        return invalid(
            "model.group.description.app_error",
            "The description has at most 1024 characters.",
        );
    }
    Ok(())
}

/// Refuses a name that another group or a person has already.
fn require_free(rows: &mut dyn Rows, name: &str, but: Id, taken: &'static str) -> Outcome<()> {
    let sql = "SELECT count(*) FROM user_group WHERE name = ?1 AND id <> ?2";
    if rows.count(sql, params![name, &but])? > 0 {
        let says = "Another group has that name, or has it in the archive.";
        return Err(Failure::new(FailureKind::Invalid, taken, says));
    }
    let people = rows.count("SELECT count(*) FROM account WHERE username = ?1", params![name])?;
    if people > 0 {
        let id = if but.is_none() {
            "app.group.username_conflict"
        } else {
            "api.ldap_groups.existing_user_name_error"
        };
        return Err(Failure::invalid(id, "Somebody has that name."));
    }
    Ok(())
}
