//! What clients ask of group conversations: who is in them, and which teams those people share.

use std::collections::BTreeMap;

use fieldpost_access::{Caller, Permission, require_channel};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, params};
use fieldpost_model::{ChannelType, Id};

use super::member::no_channel;
use crate::facts::{self, denied};

/// The other members of those of these conversations that are groups of the caller's.
pub fn others(
    rows: &mut dyn Rows,
    caller: &Caller,
    channels: &[Id],
) -> Outcome<BTreeMap<Id, Vec<Id>>> {
    let list: Vec<_> = channels.iter().map(Into::into).collect();
    let sql = "SELECT channel.id, account.id FROM account me \
               JOIN channel_member own ON own.account_key = me.key AND own.left_at = 0 \
               JOIN channel ON channel.key = own.channel_key AND channel.kind = 'G' \
               JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
               JOIN account ON account.key = m.account_key AND account.id <> me.id \
               WHERE me.id = ?1 AND channel.id IN ({in}) ORDER BY channel.key, account.key";
    let pairs = rows.all_in(sql, params![&caller.user], &list, |row| (row.id(0), row.id(1)))?;
    let mut found: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (channel, person) in pairs {
        let people = found.entry(channel).or_default();
        // A conversation that is asked for twice may be found twice.
        if !people.contains(&person) {
            people.push(person);
        }
    }
    Ok(found)
}

/// The teams that all active people of a group conversation share, by display name.
pub fn common_teams(rows: &mut dyn Rows, caller: &Caller, channel: Id) -> Outcome<Vec<Id>> {
    let found = facts::channel(rows, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    require_channel(caller, &found.facts, Permission::ReadChannel).map_err(denied)?;
    if caller.guest {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.channel.gm_to_channel_conversion.not_allowed_for_user.request_error",
            "Guests do not see which teams the people of a conversation share.",
        ));
    }
    if found.facts.kind != ChannelType::Group {
        return Err(Failure::invalid(
            "app.channel.get_common_teams.incorrect_channel_type",
            "Only the people of a group conversation are asked for the teams they share.",
        ));
    }
    rows.all(
        "SELECT team.id FROM team WHERE team.delete_at = 0 \
         AND EXISTS (SELECT 1 FROM channel_member m JOIN account a ON a.key = m.account_key \
           WHERE m.channel_key = ?1 AND m.left_at = 0 AND a.delete_at = 0 AND a.is_bot = 0) \
         AND NOT EXISTS (SELECT 1 FROM channel_member m JOIN account a ON a.key = m.account_key \
           WHERE m.channel_key = ?1 AND m.left_at = 0 AND a.delete_at = 0 AND a.is_bot = 0 \
           AND NOT EXISTS (SELECT 1 FROM team_member t WHERE t.team_key = team.key \
             AND t.account_key = a.key AND t.delete_at = 0)) \
         ORDER BY LOWER(team.display_name), team.key",
        params![found.key],
        |row| row.id(0),
    )
}
