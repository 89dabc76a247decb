//! Making, changing and listing outgoing webhooks.

use fieldpost_access::{Caller, Integration};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{ChannelType, Id, OutgoingWebhook};

use super::{
    LONGEST_DESCRIPTION, LONGEST_ICON, LONGEST_LIST, LONGEST_NAME, Listed, OutgoingWebhookDeleted,
    OutgoingWebhookSaved, listed, may_manage, require_creator, scope,
};
use crate::facts;
use crate::room;

/// How a webhook is told unless it says otherwise.
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) const COLUMNS: &str = "id, token, create_at, update_at, delete_at, creator, channel, \
    team, trigger_words, starts_with, callback_urls, display_name, description, content_type, \
    username, icon_url";

pub(super) fn hook_of(row: &dyn Row) -> OutgoingWebhook {
    let list = |text: &str| serde_json::from_str(text).unwrap_or_default();
    OutgoingWebhook {
        id: row.id(0),
        token: row.id(1).to_string(),
        create_at: row.int(2),
        update_at: row.int(3),
        delete_at: row.int(4),
        creator_id: row.id(5),
        channel_id: row.id(6),
        team_id: row.id(7),
        trigger_words: list(row.text(8)),
        trigger_when: row.int(9),
        callback_urls: list(row.text(10)),
        display_name: row.text(11).to_owned(),
        description: row.text(12).to_owned(),
        content_type: row.text(13).to_owned(),
        username: row.text(14).to_owned(),
        icon_url: row.text(15).to_owned(),
    }
}

fn find(rows: &mut dyn Rows, id: Id) -> Outcome<Option<OutgoingWebhook>> {
    let sql = format!("SELECT {COLUMNS} FROM outgoing_webhook WHERE id = ?1 AND delete_at = 0");
    rows.first(&sql, params![&id], hook_of)
}

fn no_hook() -> Failure {
    Failure::not_found("app.webhooks.get_outgoing.app_error", "Unable to get the webhook.")
}

/// A webhook that the caller may manage.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<OutgoingWebhook> {
    let hook = find(rows, id)?.ok_or_else(no_hook)?;
    let team = facts::team(rows, caller, hook.team_id)?.facts;
    may_manage(caller, &team, Integration::OutgoingWebhook, hook.creator_id)?;
    Ok(hook)
}

/// A page of the webhooks that the caller may manage: of a channel, of a team, or of all.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    (team, channel): (Option<Id>, Option<Id>),
    (offset, limit): (i64, i64),
) -> Outcome<Vec<OutgoingWebhook>> {
    let team = match channel {
        Some(channel) => {
            let of = facts::channel(rows, caller, channel)?.facts.team.map(|team| team.id);
            Some(of.unwrap_or_default())
        }
        None => team,
    };
    let own = listed(rows, caller, team, Integration::OutgoingWebhook)? == Listed::Own;
    let creator = own.then_some(caller.user);
    let sql = format!(
        "SELECT {COLUMNS} FROM outgoing_webhook WHERE delete_at = 0 \
         AND (CAST(?1 AS BLOB) IS NULL OR team = ?1) \
         AND (CAST(?2 AS BLOB) IS NULL OR channel = ?2) \
         AND (CAST(?3 AS BLOB) IS NULL OR creator = ?3) ORDER BY key LIMIT ?4 OFFSET ?5"
    );
    let of = params![team.as_ref(), channel.as_ref(), creator.as_ref(), limit, offset];
    rows.all(&sql, of, hook_of)
}

/// Makes a webhook, for oneself or for somebody else.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    new: &OutgoingWebhook,
) -> Outcome<OutgoingWebhook> {
    let creator_id = new.creator_id.some().unwrap_or(caller.user);
    let team = facts::team(work, caller, new.team_id)?.facts;
    may_manage(caller, &team, Integration::OutgoingWebhook, creator_id)?;
    require_creator(work, caller, (creator_id, new.team_id), "creator_id")?;
    let sql = "SELECT count(*) FROM outgoing_webhook WHERE team = ?1 AND delete_at = 0";
    let kept = work.count(sql, params![&new.team_id])?;
    room::require(kept, room::INTEGRATIONS, "outgoing webhooks in the team")?;
    let id = work.random_id();
    let token = work.random_id();
    let made = OutgoingWebhook { id, creator_id, ..new.clone() };
    require_sound(work, caller, &made)?;
    save(work, caller, &made, token)
}

/// Changes a webhook. Whose it is, in which team, and its token stay.
pub fn update(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    new: &OutgoingWebhook,
) -> Outcome<OutgoingWebhook> {
    let hook = one(work, caller, id)?;
    let (team_id, creator_id) = (hook.team_id, hook.creator_id);
    require_creator(work, caller, (creator_id, team_id), "creator_id")?;
    let changed = OutgoingWebhook { id, team_id, creator_id, ..new.clone() };
    require_sound(work, caller, &changed)?;
    save(work, caller, &changed, hook.token.parse().unwrap_or_default())
}

/// Gives a webhook another token.
pub fn regenerate(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<OutgoingWebhook> {
    let hook = one(work, caller, id)?;
    let token = work.random_id();
    save(work, caller, &hook, token)
}

/// Deletes a webhook: nobody is told by it any more.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    one(work, caller, id)?;
    work.emit(scope(), caller.user, &OutgoingWebhookDeleted { hook: id })?;
    Ok(())
}

/// Files the webhooks that tell of one channel under its team.
pub(super) fn follow_channel(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    team_id: Id,
) -> Outcome<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outgoing_webhook WHERE channel = ?1 AND delete_at = 0 ORDER BY key"
    );
    for hook in work.all(&sql, params![&channel], hook_of)? {
        let token = hook.token.parse().unwrap_or_default();
        save(work, caller, &OutgoingWebhook { team_id, ..hook }, token)?;
    }
    Ok(())
}

/// Refuses what no webhook may be.
fn require_sound(rows: &mut dyn Rows, caller: &Caller, hook: &OutgoingWebhook) -> Outcome<()> {
    if hook.channel_id.is_none() {
        if hook.trigger_words.is_empty() {
            return Err(Failure::invalid(
                "api.webhook.create_outgoing.triggers.app_error",
                "Either trigger words or a channel must be set.",
            ));
        }
    } else {
        let channel = facts::channel(rows, caller, hook.channel_id)?;
        if channel.key == 0 {
            return Err(Failure::not_found(
                "app.channel.get.existing.app_error",
                "Unable to find the existing channel.",
            ));
        }
        let forbid = |id, says: &'static str| Failure::new(FailureKind::Forbidden, id, says);
        if channel.facts.kind != ChannelType::Open {
            return Err(forbid(
                "api.webhook.create_outgoing.not_open.app_error",
                "Outgoing webhooks are told of open channels only.",
            ));
        }
        if channel.facts.team.is_none_or(|team| team.id != hook.team_id) {
            return Err(forbid(
                "api.webhook.create_outgoing.permissions.app_error",
                "The channel is of another team.",
            ));
        }
    }
    validate(hook)?;
    require_alone(rows, hook)
}

/// Refuses a webhook that would tell somebody of the same posts as another.
fn require_alone(rows: &mut dyn Rows, hook: &OutgoingWebhook) -> Outcome<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outgoing_webhook \
         WHERE team = ?1 AND channel = ?2 AND id <> ?3 AND delete_at = 0"
    );
    let others = rows.all(&sql, params![&hook.team_id, &hook.channel_id, &hook.id], hook_of)?;
    let shares = |a: &[String], b: &[String]| a.iter().any(|one| b.contains(one));
    let same = |other: &OutgoingWebhook| {
        let words = other.trigger_words.is_empty() && hook.trigger_words.is_empty()
            || shares(&other.trigger_words, &hook.trigger_words);
        words && shares(&other.callback_urls, &hook.callback_urls)
    };
    if others.iter().any(same) {
        return Err(Failure::invalid(
            "api.webhook.create_outgoing.intersect.app_error",
            "Another webhook tells the same address of the same words.",
        ));
    }
    Ok(())
}

fn validate(hook: &OutgoingWebhook) -> Outcome<()> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    let length = |list: &[String]| list.iter().map(String::len).sum::<usize>();
    if length(&hook.trigger_words) > LONGEST_LIST {
        return refuse("model.outgoing_hook.is_valid.words.app_error", "There are too many words.");
    }
    if hook.trigger_words.iter().any(|word| word.trim().is_empty()) {
        return refuse("model.outgoing_hook.is_valid.trigger_words.app_error", "A word is empty.");
    }
    if hook.callback_urls.is_empty() || length(&hook.callback_urls) > LONGEST_LIST {
        return refuse(
            "model.outgoing_hook.is_valid.callback.app_error",
            "There must be addresses to tell, of 1024 bytes at most.",
        );
    }
    let web = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if !hook.callback_urls.iter().all(web) {
        return refuse(
            "model.outgoing_hook.is_valid.url.app_error",
            "Addresses begin with http:// or https://.",
        );
    }
    if hook.display_name.chars().count() > LONGEST_NAME {
        return refuse("model.outgoing_hook.is_valid.display_name.app_error", "The name is long.");
    }
    if hook.description.chars().count() > LONGEST_DESCRIPTION {
        return refuse(
            "model.outgoing_hook.is_valid.description.app_error",
            "The description is long.",
        );
    }
    if hook.content_type.len() > 128 || !(0..=1).contains(&hook.trigger_when) {
        return refuse(
            "model.outgoing_hook.is_valid.content_type.app_error",
            "That is no way to tell, or no time to.",
        );
    }
    if hook.username.chars().count() > LONGEST_NAME {
        return refuse("model.outgoing_hook.username.app_error", "The username is long.");
    }
    if hook.icon_url.len() > LONGEST_ICON {
        return refuse("model.outgoing_hook.icon_url.app_error", "The address is long.");
    }
    Ok(())
}

fn save(
    work: &mut Work<'_>,
    caller: &Caller,
    hook: &OutgoingWebhook,
    token: Id,
) -> Outcome<OutgoingWebhook> {
    let content_type = if hook.content_type.is_empty() { FORM } else { &hook.content_type };
    let saved = OutgoingWebhookSaved {
        hook: hook.id,
        token,
        creator: hook.creator_id,
        team: hook.team_id,
        channel: hook.channel_id,
        trigger_words: hook.trigger_words.clone(),
        starts_with: hook.trigger_when == 1,
        callback_urls: hook.callback_urls.clone(),
        display_name: hook.display_name.clone(),
        description: hook.description.clone(),
        content_type: content_type.to_owned(),
        username: hook.username.clone(),
        icon_url: hook.icon_url.clone(),
    };
    work.emit(scope(), caller.user, &saved)?;
    find(work, hook.id)?.ok_or_else(no_hook)
}
