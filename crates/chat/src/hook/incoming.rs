//! Making, changing and listing incoming webhooks.

use std::collections::HashSet;

use fieldpost_access::{
    Caller, Denied, Integration, Permission, may_see_unlocked_webhook, may_target_webhook,
    may_unlock_webhook,
};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, IncomingWebhook};

use super::{
    IncomingWebhookDeleted, IncomingWebhookSaved, LONGEST_DESCRIPTION, LONGEST_ICON, LONGEST_NAME,
    Listed, listed, may_manage, require_creator, scope,
};
use crate::facts::{self, denied};
use crate::room;

const COLUMNS: &str = "id, create_at, update_at, delete_at, creator, channel, team, \
    display_name, description, username, icon_url, locked";

fn hook_of(row: &dyn Row) -> IncomingWebhook {
    IncomingWebhook {
        id: row.id(0),
        create_at: row.int(1),
        update_at: row.int(2),
        delete_at: row.int(3),
        user_id: row.id(4),
        channel_id: row.id(5),
        team_id: row.id(6),
        display_name: row.text(7).to_owned(),
        description: row.text(8).to_owned(),
        username: row.text(9).to_owned(),
        icon_url: row.text(10).to_owned(),
        channel_locked: row.flag(11),
    }
}

/// A live webhook, whoever asks.
pub fn find(rows: &mut dyn Rows, id: Id) -> Outcome<Option<IncomingWebhook>> {
    let sql = format!("SELECT {COLUMNS} FROM incoming_webhook WHERE id = ?1 AND delete_at = 0");
    rows.first(&sql, params![&id], hook_of)
}

fn no_hook() -> Failure {
    Failure::not_found("app.webhooks.get_incoming.app_error", "Unable to get the webhook.")
}

/// A webhook that the caller may manage and see.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<IncomingWebhook> {
    let hook = managed(rows, caller, id)?;
    may_see(caller, &hook).map_err(denied)?;
    Ok(hook)
}

/// Whether somebody who may manage a webhook may also see it.
fn may_see(caller: &Caller, hook: &IncomingWebhook) -> Result<(), Denied> {
    if hook.channel_locked { Ok(()) } else { may_see_unlocked_webhook(caller, hook.user_id) }
}

/// A webhook that the caller may manage.
fn managed(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<IncomingWebhook> {
    let hook = find(rows, id)?.ok_or_else(no_hook)?;
    let channel = facts::channel(rows, caller, hook.channel_id)?.facts;
    let team = facts::team(rows, caller, hook.team_id)?.facts;
    may_manage(caller, &team, Integration::IncomingWebhook, hook.user_id)?;
    may_target_webhook(caller, &channel).map_err(denied)?;
    Ok(hook)
}

/// A page of the webhooks that the caller may manage and see, and how many there are.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Option<Id>,
    (offset, limit): (i64, i64),
) -> Outcome<(Vec<IncomingWebhook>, i64)> {
    let own = listed(rows, caller, team, Integration::IncomingWebhook)? == Listed::Own;
    let creator = own.then_some(caller.user);
    let sql = format!(
        "SELECT {COLUMNS} FROM incoming_webhook WHERE delete_at = 0 \
         AND (CAST(?1 AS BLOB) IS NULL OR team = ?1) \
         AND (CAST(?2 AS BLOB) IS NULL OR creator = ?2) ORDER BY key"
    );
    let mut found = rows.all(&sql, params![team.as_ref(), creator.as_ref()], hook_of)?;
    let channels: HashSet<Id> = found.iter().map(|hook| hook.channel_id).collect();
    let channels: Vec<Id> = channels.into_iter().collect();
    let seen = facts::channels(rows, caller, &channels)?.into_iter().map(|channel| channel.facts);
    let seen = seen.filter(|channel| may_target_webhook(caller, channel).is_ok());
    let seen: HashSet<Id> = seen.map(|channel| channel.id).collect();
    // Pages are cut of what is shown: an id is a secret, and so is how many there are.
    found.retain(|hook| seen.contains(&hook.channel_id) && may_see(caller, hook).is_ok());
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    let page = found.into_iter().skip(count(offset)).take(count(limit));
    Ok((page.collect(), total))
}

/// Makes a webhook, for oneself or for somebody else. One for somebody else is locked to its channel:
/// else whoever knows it would write in their name wherever they may.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &IncomingWebhook,
) -> Outcome<IncomingWebhook> {
    let user_id = new.user_id.some().unwrap_or(caller.user);
    let channel_locked = new.channel_locked || user_id != caller.user;
    let new = IncomingWebhook { user_id, channel_locked, ..new.clone() };
    let team_id = target(work, caller, &new)?;
    require_maker(work, caller, &new, team_id)?;
    validate(&new)?;
    let sql = "SELECT count(*) FROM incoming_webhook WHERE team = ?1 AND delete_at = 0";
    let kept = work.count(sql, params![&team_id])?;
    room::require(kept, room::INTEGRATIONS, "incoming webhooks in the team")?;
    let id = work.random_id();
    save(work, caller, &IncomingWebhook { id, team_id, ..new })
}

/// Changes a webhook. Whose it is, and in which team, stays, and only its maker unlocks it.
pub fn update(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    new: &IncomingWebhook,
) -> Outcome<IncomingWebhook> {
    let hook = one(work, caller, id)?;
    let channel_id = new.channel_id.some().unwrap_or(hook.channel_id);
    let new = IncomingWebhook { channel_id, user_id: hook.user_id, ..new.clone() };
    if target(work, caller, &new)? != hook.team_id {
        return Err(Failure::invalid(
            "api.webhook.team_mismatch.app_error",
            "A webhook cannot move to another team.",
        ));
    }
    let elsewhere = channel_id != hook.channel_id || new.channel_locked != hook.channel_locked;
    if hook.user_id != caller.user && elsewhere {
        require_maker(work, caller, &new, hook.team_id)?;
        if hook.channel_locked && !new.channel_locked {
            let missing = Permission::BypassIncomingWebhookChannelLock;
            return Err(denied(Denied { permission: missing }));
        }
    }
    validate(&new)?;
    save(work, caller, &IncomingWebhook { id, team_id: hook.team_id, ..new })
}

/// Deletes a webhook: nobody posts by it any more. This tells nothing of it, so that whoever
/// manages it may end it, once they know it.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    managed(work, caller, id)?;
    work.emit(scope(), caller.user, &IncomingWebhookDeleted { hook: id })?;
    Ok(())
}

/// Files the webhooks of a channel under its team. One that may post elsewhere is locked to the
/// channel from then on, unless its maker may leave it unlocked in that team, too.
pub(super) fn follow_channel(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    team_id: Id,
) -> Outcome<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM incoming_webhook WHERE channel = ?1 AND delete_at = 0 ORDER BY key"
    );
    for hook in work.all(&sql, params![&channel], hook_of)? {
        let unlocks = match facts::acting(work, hook.user_id)? {
            Some(maker) => {
                let team = facts::team(work, &maker, team_id)?.facts;
                may_unlock_webhook(&maker, &team).is_ok()
            }
            None => false,
        };
        let channel_locked = hook.channel_locked || !unlocks;
        save(work, caller, &IncomingWebhook { team_id, channel_locked, ..hook })?;
    }
    Ok(())
}

/// The team of the channel that a webhook is to post into, if the caller may have it do so.
fn target(rows: &mut dyn Rows, caller: &Caller, new: &IncomingWebhook) -> Outcome<Id> {
    let channel = facts::channel(rows, caller, new.channel_id)?;
    let Some(team) = channel.facts.team.filter(|_| channel.key != 0) else {
        return Err(Failure::not_found(
            "app.channel.get.existing.app_error",
            "Unable to find the existing channel.",
        ));
    };
    may_manage(caller, &team, Integration::IncomingWebhook, new.user_id)?;
    may_target_webhook(caller, &channel.facts).map_err(denied)?;
    if !new.channel_locked {
        may_unlock_webhook(caller, &team).map_err(denied)?;
    }
    Ok(team.id)
}

/// Whoever a webhook posts for must themselves see the channel that it posts into.
fn require_maker(
    rows: &mut dyn Rows,
    caller: &Caller,
    new: &IncomingWebhook,
    team: Id,
) -> Outcome<()> {
    let maker = require_creator(rows, caller, (new.user_id, team), "user_id")?;
    let channel = facts::channel(rows, &maker, new.channel_id)?.facts;
    may_target_webhook(&maker, &channel).map_err(denied)
}

fn validate(new: &IncomingWebhook) -> Outcome<()> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    if new.display_name.chars().count() > LONGEST_NAME {
        return refuse("model.incoming_hook.display_name.app_error", "A name has 64 characters.");
    }
    if new.description.chars().count() > LONGEST_DESCRIPTION {
        return refuse(
            "model.incoming_hook.description.app_error",
            "A description has 500 characters.",
        );
    }
    if new.username.chars().count() > LONGEST_NAME {
        return refuse("model.incoming_hook.username.app_error", "A username has 64 characters.");
    }
    if new.icon_url.len() > LONGEST_ICON {
        return refuse("model.incoming_hook.icon_url.app_error", "An address has 1024 bytes.");
    }
    Ok(())
}

fn save(work: &mut Work<'_>, caller: &Caller, hook: &IncomingWebhook) -> Outcome<IncomingWebhook> {
    let saved = IncomingWebhookSaved {
        hook: hook.id,
        creator: hook.user_id,
        team: hook.team_id,
        channel: hook.channel_id,
        display_name: hook.display_name.clone(),
        description: hook.description.clone(),
        username: hook.username.clone(),
        icon_url: hook.icon_url.clone(),
        locked: hook.channel_locked,
    };
    work.emit(scope(), caller.user, &saved)?;
    find(work, hook.id)?.ok_or_else(no_hook)
}
