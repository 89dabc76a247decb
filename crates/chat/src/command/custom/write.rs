//! Managing the commands of a team.

use fieldpost_access::{Caller, Integration, may_manage_integration};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Command, Id};

use super::{
    CommandChanged, CommandDeleted, CommandMade, CommandMoved, CommandTokenRenewed, Settings,
    by_id, by_trigger, no_command, of_team, scope,
};
use crate::command::{built_in, suggest};
use crate::facts::{self, denied};
use crate::room;
use crate::team;

/// Refuses those who may not manage the commands that this person made for a team.
fn authorise(rows: &mut dyn Rows, caller: &Caller, team: Id, creator: Id) -> Outcome<()> {
    let team = facts::team(rows, caller, team)?;
    may_manage_integration(caller, &team.facts, Integration::Command, creator).map_err(denied)
}

/// A command that the caller may manage. To those who manage none in its team it does not exist.
fn managed(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Command> {
    let command = by_id(rows, id)?;
    if authorise(rows, caller, command.team_id, caller.user).is_err() {
        return Err(no_command());
    }
    authorise(rows, caller, command.team_id, command.creator_id)?;
    Ok(command)
}

/// A command, for those who manage it.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<Command> {
    managed(rows, caller, id)
}

/// The commands of a team: those that the caller manages, and unless only these are asked for, all
/// that are suggested.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Id,
    only_custom: bool,
) -> Outcome<Vec<Command>> {
    let own = authorise(rows, caller, team, caller.user);
    if only_custom {
        own?;
    } else if own.is_err() {
        return suggest::commands(rows, caller, team);
    }
    let others = authorise(rows, caller, team, Id::NONE).is_ok();
    let mut commands = if only_custom { Vec::new() } else { suggest::of_server() };
    let custom = of_team(rows, team)?;
    commands.extend(custom.into_iter().filter(|c| others || c.creator_id == caller.user));
    Ok(commands)
}

/// Gives a team a command.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &Command) -> Outcome<Command> {
    let creator = new.creator_id.some().unwrap_or(caller.user);
    authorise(work, caller, new.team_id, creator)?;
    if creator != caller.user {
        require_member(work, new.team_id, creator)?;
    }
    let settings = valid(new)?;
    require_free(work, new.team_id, &settings.trigger, Id::NONE)?;
    let sql = "SELECT count(*) FROM command WHERE team = ?1 AND delete_at = 0";
    let kept = work.count(sql, params![&new.team_id])?;
    room::require(kept, room::INTEGRATIONS, "commands in the team")?;
    let id = work.random_id();
    let made = CommandMade { id, token: work.random_id(), team: new.team_id, creator, settings };
    work.emit(scope(), caller.user, &made)?;
    by_id(work, id)
}

/// Says something else of a command.
pub fn update(work: &mut Work<'_>, caller: &Caller, id: Id, sent: &Command) -> Outcome<Command> {
    let old = managed(work, caller, id)?;
    if sent.team_id != old.team_id {
        return Err(Failure::invalid(
            "api.command.team_mismatch.app_error",
            "A command is not given to another team in this way.",
        ));
    }
    let settings = valid(sent)?;
    require_free(work, old.team_id, &settings.trigger, id)?;
    work.emit(scope(), caller.user, &CommandChanged { command: id, settings })?;
    by_id(work, id)
}

/// Gives a command to another team.
pub fn move_to(work: &mut Work<'_>, caller: &Caller, id: Id, team: Id) -> Outcome<()> {
    let command = managed(work, caller, id)?;
    authorise(work, caller, team, caller.user)?;
    require_member(work, team, command.creator_id)?;
    require_free(work, team, &command.trigger, id)?;
    work.emit(scope(), caller.user, &CommandMoved { command: id, team })?;
    Ok(())
}

/// Gives a command another token; whoever still knows the old one is not believed any more.
pub fn renew_token(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<Command> {
    managed(work, caller, id)?;
    let token = work.random_id();
    work.emit(scope(), caller.user, &CommandTokenRenewed { command: id, token })?;
    by_id(work, id)
}

/// Takes a command away.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    managed(work, caller, id)?;
    work.emit(scope(), caller.user, &CommandDeleted { command: id })?;
    Ok(())
}

fn require_member(work: &mut Work<'_>, team: Id, person: Id) -> Outcome<()> {
    let member = team::member(work, team, person)?.filter(|member| member.delete_at == 0);
    member.map(drop).ok_or_else(|| {
        Failure::not_found(
            "app.team.get_member.missing.app_error",
            "No team member found for that user ID and team ID.",
        )
    })
}

/// Refuses a word that another command has.
fn require_free(work: &mut Work<'_>, team: Id, trigger: &str, own: Id) -> Outcome<()> {
    let other = by_trigger(work, team, trigger)?.filter(|other| other.id != own);
    if built_in(trigger).is_none() && other.is_none() {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.command.duplicate_trigger.app_error",
        "Another command has that word.",
    ))
}

/// What a command may be, of what was sent.
fn valid(sent: &Command) -> Outcome<Settings> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    let trigger = sent.trigger.trim().to_lowercase();
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"_./-".contains(&b);
    if !(1..=128).contains(&trigger.len())
        || trigger.starts_with('/')
        || !trigger.bytes().all(letter)
    {
        return refuse(
            "model.command.is_valid.trigger.app_error",
            "The word has 1 to 128 letters, digits, dots, slashes, dashes and underscores, and \
             begins with no slash.",
        );
    }
    if !(1..=1024).contains(&sent.url.len()) {
        return refuse("model.command.is_valid.url.app_error", "An address has 1 to 1024 bytes.");
    }
    let host = ["http://", "https://"].iter().find_map(|scheme| sent.url.strip_prefix(scheme));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        return refuse(
            "model.command.is_valid.url_http.app_error",
            "An address begins with http:// or https:// and names a host.",
        );
    }
    let by_get = match sent.method.as_str() {
        "G" => true,
        "P" => false,
        _ => return refuse("model.command.is_valid.method.app_error", "The method is P or G."),
    };
    if sent.display_name.chars().count() > 64 {
        return refuse(
            "model.command.is_valid.display_name.app_error",
            "A display name has at most 64 characters.",
        );
    }
    if sent.description.chars().count() > 128 {
        return refuse(
            "model.command.is_valid.description.app_error",
            "A description has at most 128 characters.",
        );
    }
    Ok(Settings {
        trigger,
        by_get,
        url: sent.url.clone(),
        username: sent.username.clone(),
        icon_url: sent.icon_url.clone(),
        suggested: sent.auto_complete,
        suggestion: sent.auto_complete_desc.clone(),
        hint: sent.auto_complete_hint.clone(),
        display_name: sent.display_name.clone(),
        description: sent.description.clone(),
    })
}
