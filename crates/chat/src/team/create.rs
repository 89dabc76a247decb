//! Making a team.

use fieldpost_access::{Caller, may_create_team};
use fieldpost_kernel::{Failure, FailureKind, Outcome, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{ChannelType, Id, Team};
use fieldpost_text::name::NameError;

use super::{TeamFounded, TeamInvite, member, scope};
use crate::channel::create::{NewChannel, found_default};
use crate::room;

/// The channels every team has, and everybody in it.
pub const DEFAULT_CHANNELS: [(&str, &str); 2] =
    [("town-square", "Town Square"), ("off-topic", "Off-Topic")];

/// Makes a team with its default channels; the caller becomes its administrator.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &Team) -> Outcome<Team> {
    may_create_team(caller).map_err(|refused| {
        Failure::new(
            FailureKind::Forbidden,
            "api.team.is_team_creation_allowed.disabled.app_error",
            "Team creation has been disabled. Please ask your systems administrator for details.",
        )
        .with_detail(refused)
    })?;
    validate(new)?;
    if work.count("SELECT count(*) FROM team WHERE name = ?1", params![&new.name])? > 0 {
        return Err(Failure::invalid(
            "app.team.save.existing.app_error",
            "A team with that name already exists.",
        ));
    }
    let sql = "SELECT count(*) FROM team_member WHERE delete_at = 0 \
        AND account_key = (SELECT key FROM account WHERE id = ?1)";
    room::require(work.count(sql, params![&caller.user])?, room::TEAMS, "teams of yours")?;
    let email = work
        .first("SELECT email FROM account WHERE id = ?1", params![&caller.user], |row| {
            row.text(0).to_owned()
        })?
        .unwrap_or_default();
    let team = work.random_id();
    let founded = TeamFounded {
        name: new.name.clone(),
        display_name: new.display_name.trim().to_owned(),
        description: new.description.clone(),
        open: new.kind == "O",
        open_invite: new.allow_open_invite,
        allowed_domains: new.allowed_domains.clone(),
        create_at: work.now(),
    };
    work.emit(scope(team), caller.user, &founded)?;
    let invite = TeamInvite { email, invite_id: work.random_id().to_string() };
    work.emit(Scope::new(ScopeKind::Site, team), caller.user, &invite)?;
    for (name, display_name) in DEFAULT_CHANNELS {
        let channel = NewChannel {
            team,
            kind: ChannelType::Open,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            ..NewChannel::default()
        };
        found_default(work, &channel, founded.create_at)?;
    }
    if !caller.user.is_none() {
        let place = member::Place { person: caller.user, guest: false, admin: true };
        member::join(work, team, &place, Id::NONE)?;
    }
    super::by_id(work, team)?.ok_or_else(no_team)
}

fn validate(team: &Team) -> Outcome<()> {
    let refuse = |id: &'static str, says: &'static str| Err(Failure::invalid(id, says));
    match fieldpost_text::name::check_team_name(&team.name) {
        Ok(()) => {}
        Err(NameError::Reserved) => {
            return refuse(
                "model.team.is_valid.reserved.app_error",
                "This URL is unavailable. Please try another.",
            );
        }
        Err(NameError::TooShort | NameError::TooLong) => {
            return refuse(
                "model.team.is_valid.url.app_error",
                "A team's name in addresses has 2 to 64 characters.",
            );
        }
        Err(_) => {
            return refuse(
                "model.team.is_valid.characters.app_error",
                "A team's name in addresses has lower-case letters, digits and dashes only.",
            );
        }
    }
    require_texts(team)?;
    if !matches!(team.kind.as_str(), "O" | "I") {
        return refuse("model.team.is_valid.type.app_error", "A team is of type O or I.");
    }
    Ok(())
}

/// Refuses texts of a team that are too long.
pub(super) fn require_texts(team: &Team) -> Outcome<()> {
    let refuse = |id: &'static str, says: &'static str| Err(Failure::invalid(id, says));
    if !(1..=64).contains(&team.display_name.trim().chars().count()) {
        return refuse(
            "model.team.is_valid.name.app_error",
            "A team's display name has 1 to 64 characters.",
        );
    }
    if team.description.len() > 255 {
        return refuse(
            "model.team.is_valid.description.app_error",
            "A team's description has at most 255 bytes.",
        );
    }
    if team.allowed_domains.len() > 500 {
        return refuse(
            "model.team.is_valid.domains.app_error",
            "The list of allowed domains has at most 500 bytes.",
        );
    }
    if team.company_name.len() > 64 {
        return refuse(
            "model.team.is_valid.company.app_error",
            "A team's company has at most 64 bytes.",
        );
    }
    Ok(())
}

/// There is no such team.
pub fn no_team() -> Failure {
    Failure::not_found("app.team.get.find.app_error", "Unable to find the existing team.")
}
