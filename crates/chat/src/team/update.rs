//! Changing a team: its texts, who may join it, its invitation, archiving it and bringing it back.

use fieldpost_access::{Caller, may_change_team_entry, may_update_team};
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Team};

use super::create::{no_team, require_texts};
use super::{TeamArchived, TeamInvite, TeamPatched, by_id, scope};
use crate::facts::{self, denied};

/// What is to be changed of a team; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// The name people read.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// An unused text, kept for its readers.
    pub company_name: Option<String>,
    /// Mail domains of those who may join.
    pub allowed_domains: Option<String>,
    /// Whether anybody may join.
    pub allow_open_invite: Option<bool>,
}

/// The team, if the caller may change it.
fn changeable(work: &mut Work<'_>, caller: &Caller, team: Id) -> Outcome<Team> {
    let found = facts::team(work, caller, team)?;
    if found.key == 0 {
        return Err(no_team());
    }
    may_update_team(caller, &found.facts).map_err(denied)?;
    by_id(work, team)?.ok_or_else(no_team)
}

/// Changes texts of a team, and who may join it.
pub fn patch(work: &mut Work<'_>, caller: &Caller, team: Id, patch: &Patch) -> Outcome<Team> {
    let old = changeable(work, caller, team)?;
    let differing = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
    let display_name = patch.display_name.as_ref().map(|name| name.trim().to_owned());
    let patched = TeamPatched {
        display_name: differing(&display_name, &old.display_name),
        description: differing(&patch.description, &old.description),
        company_name: differing(&patch.company_name, &old.company_name),
        open: None,
        open_invite: patch.allow_open_invite.filter(|open| *open != old.allow_open_invite),
        allowed_domains: differing(&patch.allowed_domains, &old.allowed_domains),
    };
    if patched.open_invite.is_some() || patched.allowed_domains.is_some() {
        let found = facts::team(work, caller, team)?;
        may_change_team_entry(caller, &found.facts).map_err(denied)?;
    }
    let text = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
    let closing = patched.open_invite == Some(false);
    require_texts(&Team {
        display_name: text(&patched.display_name, old.display_name.clone()),
        description: text(&patched.description, old.description.clone()),
        company_name: text(&patched.company_name, old.company_name.clone()),
        allowed_domains: text(&patched.allowed_domains, old.allowed_domains.clone()),
        ..Team::default()
    })?;
    work.emit(scope(team), caller.user, &patched)?;
    if closing {
        renew(work, caller, &old)?;
    }
    by_id(work, team)?.ok_or_else(no_team)
}

/// Says whether anybody may find and join a team.
pub fn convert(work: &mut Work<'_>, caller: &Caller, team: Id, open: bool) -> Outcome<Team> {
    let old = changeable(work, caller, team)?;
    let found = facts::team(work, caller, team)?;
    may_change_team_entry(caller, &found.facts).map_err(denied)?;
    let patched =
        TeamPatched { open: Some(open), open_invite: Some(open), ..TeamPatched::default() };
    work.emit(scope(team), caller.user, &patched)?;
    if !open {
        renew(work, caller, &old)?;
    }
    by_id(work, team)?.ok_or_else(no_team)
}

/// Gives a team a new invitation link; the old one is void.
pub fn renew_invite(work: &mut Work<'_>, caller: &Caller, team: Id) -> Outcome<Team> {
    let old = changeable(work, caller, team)?;
    let found = facts::team(work, caller, team)?;
    may_change_team_entry(caller, &found.facts).map_err(denied)?;
    renew(work, caller, &old)?;
    // Members hear that the team changed, and that is all they hear of it.
    work.emit(scope(team), caller.user, &TeamPatched::default())?;
    by_id(work, team)?.ok_or_else(no_team)
}

fn renew(work: &mut Work<'_>, caller: &Caller, team: &Team) -> Outcome<()> {
    let invite = TeamInvite { email: team.email.clone(), invite_id: work.random_id().to_string() };
    work.emit(Scope::new(ScopeKind::Site, team.id), caller.user, &invite)?;
    Ok(())
}

/// Archives a team; its channels stay as they are.
pub fn archive(work: &mut Work<'_>, caller: &Caller, team: Id) -> Outcome<()> {
    let old = changeable(work, caller, team)?;
    if old.delete_at == 0 {
        let at = work.now();
        work.emit(scope(team), caller.user, &TeamArchived { at })?;
    }
    Ok(())
}

/// Brings an archived team back.
pub fn restore(work: &mut Work<'_>, caller: &Caller, team: Id) -> Outcome<Team> {
    let old = changeable(work, caller, team)?;
    if old.delete_at == 0 {
        return Err(Failure::invalid(
            "api.team.restore_team.restored.app_error",
            "The team is not archived.",
        ));
    }
    work.emit(scope(team), caller.user, &TeamArchived { at: 0 })?;
    by_id(work, team)?.ok_or_else(no_team)
}
