//! Changing a channel: its texts, who may find it, archiving it and bringing it back.

use fieldpost_access::{Caller, may_convert, may_delete_channel, may_restore, may_update_channel};
use fieldpost_kernel::{Failure, Outcome, RowsExt, Work, params};
use fieldpost_model::{Channel, ChannelType, Id};

use super::banner::{self, BannerPatch};
use super::member::no_channel;
use super::notice::{self, Text};
use super::property::{ChannelArchived, ChannelConverted, ChannelPatched};
use super::{by_id, create, scope_of};
use crate::facts::{self, denied};

/// The name of the channel that every team keeps.
const TOWN_SQUARE: &str = "town-square";

/// What is to be changed of a channel; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// The name in addresses.
    pub name: Option<String>,
    /// The name people read.
    pub display_name: Option<String>,
    /// The line under the title.
    pub header: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The line above its messages.
    pub banner: Option<BannerPatch>,
}

impl Patch {
    /// Whether it names any of a channel's names and texts, be it as they are.
    pub fn names_texts(&self) -> bool {
        [&self.name, &self.display_name, &self.header, &self.purpose]
            .into_iter()
            .any(Option::is_some)
    }
}

/// By which of the API's two operations a channel is changed: they differ in what they tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// All of it at once. Only the display name is worth a notice.
    Whole,
    /// Some of it.
    Parts,
}

/// The channel, if the caller may change of it what a patch names.
fn changeable(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    patch: &Patch,
) -> Outcome<Channel> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    if patch.names_texts() {
        may_update_channel(caller, &found.facts).map_err(denied)?;
    }
    if patch.banner.is_some() {
        banner::require_right(caller, &found)?;
    }
    by_id(work, channel)?.ok_or_else(no_channel)
}

/// Changes names and texts of a channel, and its banner.
pub fn patch(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    patch: &Patch,
    manner: Manner,
) -> Outcome<Channel> {
    let old = changeable(work, caller, channel, patch)?;
    if old.delete_at != 0 {
        return Err(match manner {
            Manner::Whole => Failure::invalid(
                "api.channel.update_channel.deleted.app_error",
                "The channel has been archived or deleted.",
            ),
            Manner::Parts => {
                Failure::invalid("app.channel.update.bad_id", "An archived channel stays as it is.")
            }
        });
    }
    let patched = differences(&old, patch);
    if !old.kind.is_team()
        && (patched.name.is_some() || patched.display_name.is_some() || patched.purpose.is_some())
    {
        return Err(only_headers(manner));
    }
    validate(work, &old, &patched)?;
    if patch.names_texts() {
        let found = facts::channel(work, caller, channel)?;
        super::enter(work, caller, &found)?;
        let scope = scope_of(work, channel)?;
        work.emit(scope, caller.user, &patched)?;
    }
    if let Some(banner) = &patch.banner {
        banner::patch(work, caller.user, channel, banner)?;
    }
    let texts = [
        (Text::DisplayName, &old.display_name, &patched.display_name),
        (Text::Header, &old.header, &patched.header),
        (Text::Purpose, &old.purpose, &patched.purpose),
    ];
    for (text, before, after) in texts {
        if let Some(after) = after
            && (manner == Manner::Parts || text == Text::DisplayName)
        {
            notice::changed(work, channel, caller.user, text, (before, after))?;
        }
    }
    by_id(work, channel)?.ok_or_else(no_channel)
}

/// What a patch would really change.
fn differences(old: &Channel, patch: &Patch) -> ChannelPatched {
    let differing = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
    let display_name = patch.display_name.as_ref().map(|name| name.trim().to_owned());
    ChannelPatched {
        kind: None,
        name: differing(&patch.name, &old.name),
        display_name: differing(&display_name, &old.display_name),
        header: differing(&patch.header, &old.header),
        purpose: differing(&patch.purpose, &old.purpose),
    }
}

fn only_headers(manner: Manner) -> Failure {
    Failure::invalid(
        match manner {
            Manner::Whole => {
                "api.channel.update_channel.update_direct_or_group_messages_not_allowed.app_error"
            }
            Manner::Parts => {
                "api.channel.patch_update_channel.update_direct_or_group_messages_not_allowed.app_error"
            }
        },
        "Of a direct or group message only the header can be changed.",
    )
}

fn validate(work: &mut Work<'_>, old: &Channel, patched: &ChannelPatched) -> Outcome<()> {
    if let Some(name) = &patched.name {
        if old.name == TOWN_SQUARE {
            return Err(Failure::invalid(
                "api.channel.update_channel.tried.app_error",
                "Tried to perform an invalid update of the default channel town-square.",
            ));
        }
        create::require_name(name)?;
        let taken = work.count(
            "SELECT count(*) FROM channel JOIN team ON team.key = channel.team_key \
             WHERE team.id = ?1 AND channel.name = ?2",
            params![&old.team_id, name],
        )?;
        if taken > 0 {
            return Err(create::name_taken());
        }
    }
    if let Some(display_name) = &patched.display_name {
        create::require_display_name(display_name)?;
    }
    create::require_texts(
        patched.header.as_deref().unwrap_or_default(),
        patched.purpose.as_deref().unwrap_or_default(),
    )
}

/// Says whether anybody of the team may find a channel. Saying it again is said again.
pub fn convert(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    to: ChannelType,
) -> Outcome<Channel> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    may_convert(caller, &found.facts, to).map_err(denied)?;
    let old = by_id(work, channel)?.ok_or_else(no_channel)?;
    if old.name == TOWN_SQUARE && to == ChannelType::Private {
        return Err(Failure::invalid(
            "api.channel.update_channel_privacy.default_channel_error",
            "The default channel cannot be made private.",
        ));
    }
    let scope = found.scope;
    work.emit(scope, caller.user, &ChannelPatched { kind: Some(to), ..ChannelPatched::default() })?;
    notice::converted(work, channel, caller.user, to)?;
    work.emit(scope, caller.user, &ChannelConverted {})?;
    by_id(work, channel)?.ok_or_else(no_channel)
}

/// Archives a channel: it can be read and nothing in it changes.
pub fn archive(work: &mut Work<'_>, caller: &Caller, channel: Id) -> Outcome<()> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    if !found.facts.kind.is_team() {
        return Err(Failure::invalid(
            "api.channel.delete_channel.type.invalid",
            "Unable to delete direct or group message channels.",
        ));
    }
    may_delete_channel(caller, &found.facts).map_err(denied)?;
    let old = by_id(work, channel)?.ok_or_else(no_channel)?;
    if old.delete_at != 0 {
        return Err(Failure::invalid(
            "api.channel.delete_channel.deleted.app_error",
            "The channel has been archived or deleted.",
        ));
    }
    if old.name == TOWN_SQUARE {
        return Err(Failure::invalid(
            "api.channel.delete_channel.cannot.app_error",
            "Unable to delete the default channel town-square.",
        ));
    }
    notice::archived(work, channel, caller.user, true)?;
    let at = work.now();
    work.emit(found.scope, caller.user, &ChannelArchived { at })?;
    Ok(())
}

/// Brings an archived channel back.
pub fn restore(work: &mut Work<'_>, caller: &Caller, channel: Id) -> Outcome<Channel> {
    let found = facts::channel(work, caller, channel)?;
    if found.key == 0 {
        return Err(no_channel());
    }
    may_restore(caller, &found.facts).map_err(denied)?;
    let old = by_id(work, channel)?.ok_or_else(no_channel)?;
    if old.delete_at == 0 {
        return Err(Failure::invalid(
            "api.channel.restore_channel.restored.app_error",
            "The channel is not archived.",
        ));
    }
    work.emit(found.scope, caller.user, &ChannelArchived { at: 0 })?;
    notice::archived(work, channel, caller.user, false)?;
    by_id(work, channel)?.ok_or_else(no_channel)
}
