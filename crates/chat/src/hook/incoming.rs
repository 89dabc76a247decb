//! Making, changing and listing incoming webhooks.

use fieldpost_access::{Caller, Integration, may_target_webhook, may_unlock_webhook};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, IncomingWebhook};

use super::{
    IncomingWebhookDeleted, IncomingWebhookSaved, LONGEST_DESCRIPTION, LONGEST_ICON, LONGEST_NAME,
    Listed, listed, may_manage, require_creator, scope,
};
use crate::facts::{self, denied};

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

/// A webhook that the caller may manage.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<IncomingWebhook> {
    let hook = find(rows, id)?.ok_or_else(no_hook)?;
    let channel = facts::channel(rows, caller, hook.channel_id)?.facts;
    let team = facts::team(rows, caller, hook.team_id)?.facts;
    may_manage(caller, &team, Integration::IncomingWebhook, hook.user_id)?;
    may_target_webhook(caller, &channel).map_err(denied)?;
    Ok(hook)
}

/// A page of the webhooks that the caller may manage, and how many there are.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Option<Id>,
    (offset, limit): (i64, i64),
) -> Outcome<(Vec<IncomingWebhook>, i64)> {
    let own = listed(rows, caller, team, Integration::IncomingWebhook)? == Listed::Own;
    let creator = own.then_some(caller.user);
    let condition = "delete_at = 0 AND (CAST(?1 AS BLOB) IS NULL OR team = ?1) \
         AND (CAST(?2 AS BLOB) IS NULL OR creator = ?2)";
    let (team, creator) = (team.as_ref(), creator.as_ref());
    let sql = format!(
        "SELECT {COLUMNS} FROM incoming_webhook WHERE {condition} ORDER BY key LIMIT ?3 OFFSET ?4"
    );
    let found = rows.all(&sql, params![team, creator, limit, offset], hook_of)?;
    let sql = format!("SELECT count(*) FROM incoming_webhook WHERE {condition}");
    Ok((found, rows.count(&sql, params![team, creator])?))
}

/// Makes a webhook, for oneself or for somebody else.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &IncomingWebhook,
) -> Outcome<IncomingWebhook> {
    let creator = new.user_id.some().unwrap_or(caller.user);
    let team = target(work, caller, new, creator)?;
    require_creator(work, creator, "user_id")?;
    validate(new)?;
    let hook = work.random_id();
    save(
        work,
        caller,
        &IncomingWebhook { id: hook, user_id: creator, team_id: team, ..new.clone() },
    )
}

/// Changes a webhook. Whose it is, and in which team, stays.
pub fn update(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    new: &IncomingWebhook,
) -> Outcome<IncomingWebhook> {
    let hook = one(work, caller, id)?;
    let channel_id = new.channel_id.some().unwrap_or(hook.channel_id);
    let new = IncomingWebhook { channel_id, ..new.clone() };
    if target(work, caller, &new, hook.user_id)? != hook.team_id {
        return Err(Failure::invalid(
            "api.webhook.team_mismatch.app_error",
            "A webhook cannot move to another team.",
        ));
    }
    validate(&new)?;
    save(work, caller, &IncomingWebhook { id, user_id: hook.user_id, team_id: hook.team_id, ..new })
}

/// Deletes a webhook: nobody posts by it any more.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    one(work, caller, id)?;
    work.emit(scope(), caller.user, &IncomingWebhookDeleted { hook: id })?;
    Ok(())
}

/// The team of the channel that a webhook is to post into, if the caller may have it do so.
fn target(rows: &mut dyn Rows, caller: &Caller, new: &IncomingWebhook, of: Id) -> Outcome<Id> {
    let channel = facts::channel(rows, caller, new.channel_id)?;
    let Some(team) = channel.facts.team.filter(|_| channel.key != 0) else {
        return Err(Failure::not_found(
            "app.channel.get.existing.app_error",
            "Unable to find the existing channel.",
        ));
    };
    may_manage(caller, &team, Integration::IncomingWebhook, of)?;
    may_target_webhook(caller, &channel.facts).map_err(denied)?;
    if !new.channel_locked {
        may_unlock_webhook(caller, &team).map_err(denied)?;
    }
    Ok(team.id)
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
