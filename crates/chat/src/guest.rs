//! Members who become guests, and guests who become members: what that makes of their places.

use fieldpost_kernel::{Outcome, RowsExt, Work, params};
use fieldpost_model::Id;

use crate::channel::{self, MemberRoles};
use crate::team::{self, TeamMemberRoles, member, members_scope};

/// Makes a person a guest in all their teams and channels, or an ordinary member. Administrators
/// among them are no longer; a new member comes into the default channels of their teams.
pub fn set(work: &mut Work<'_>, by: Id, person: Id, guest: bool) -> Outcome<()> {
    let teams = work.all(
        "SELECT team.id, m.explicit_roles FROM team_member m \
         JOIN team ON team.key = m.team_key JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.delete_at = 0 ORDER BY team.key",
        params![&person],
        |row| (row.id(0), row.text(1).to_owned()),
    )?;
    for (team, explicit_roles) in &teams {
        let explicit_roles = explicit_roles.clone();
        let roles = TeamMemberRoles { person, guest, admin: false, explicit_roles };
        work.emit(members_scope(*team), by, &roles)?;
    }
    let channels = work.all(
        "SELECT channel.id, channel.conversation, m.explicit_roles FROM channel_member m \
         JOIN channel ON channel.key = m.channel_key \
         JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.left_at = 0 ORDER BY channel.key",
        params![&person],
        |row| (channel::scope_at(row, 0), row.text(2).to_owned()),
    )?;
    for (scope, explicit_roles) in channels {
        let roles = MemberRoles { person, guest, admin: false, explicit_roles };
        work.emit(scope, by, &roles)?;
    }
    if !guest {
        for (team, _) in &teams {
            if team::by_id(work, *team)?.is_some_and(|team| team.delete_at == 0) {
                let place = member::Place { person, guest, admin: false };
                member::enter_default_channels(work, *team, &place, by)?;
            }
        }
    }
    Ok(())
}
