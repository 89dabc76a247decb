//! The server's posts about what was changed of a channel.

use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{ChannelType, Id};
use serde_json::json;

use crate::post::system::{self, Notice};

fn username(rows: &mut dyn Rows, person: Id) -> Outcome<String> {
    Ok(rows
        .first("SELECT username FROM account WHERE id = ?1", params![&person], |row| {
            row.text(0).to_owned()
        })?
        .unwrap_or_default())
}

/// A text of a channel that people are told the change of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    DisplayName,
    Header,
    Purpose,
}

impl Text {
    fn kind(self) -> &'static str {
        match self {
            Self::DisplayName => "system_displayname_change",
            Self::Header => "system_header_change",
            Self::Purpose => "system_purpose_change",
        }
    }

    fn property(self) -> &'static str {
        match self {
            Self::DisplayName => "displayname",
            Self::Header => "header",
            Self::Purpose => "purpose",
        }
    }

    fn spoken(self) -> &'static str {
        match self {
            Self::DisplayName => "channel display name",
            Self::Header => "channel header",
            Self::Purpose => "channel purpose",
        }
    }
}

/// Says in a channel that one of its texts was set, removed or changed.
pub(super) fn changed(
    work: &mut Work<'_>,
    channel: Id,
    by: Id,
    text: Text,
    (old, new): (&str, &str),
) -> Outcome<()> {
    let name = username(work, by)?;
    let what = text.spoken();
    let message = if new.is_empty() {
        format!("{name} removed the {what} (was: {old})")
    } else if old.is_empty() {
        format!("{name} updated the {what} to: {new}")
    } else {
        format!("{name} updated the {what} from: {old} to: {new}")
    };
    let mut props = json!({ "username": name });
    props[format!("old_{}", text.property())] = old.into();
    props[format!("new_{}", text.property())] = new.into();
    system::post(work, channel, &Notice::new(text.kind(), by, message, props))
}

/// Says in a channel who may find it from now on.
pub(super) fn converted(work: &mut Work<'_>, channel: Id, by: Id, to: ChannelType) -> Outcome<()> {
    let name = username(work, by)?;
    let message = match to {
        ChannelType::Open => {
            "This channel has been converted to a Public Channel and can be joined by any team member."
        }
        _ => "This channel has been converted to a Private Channel.",
    };
    let props = json!({ "username": name });
    let notice = Notice::new("system_change_chan_privacy", by, message.to_owned(), props);
    system::post(work, channel, &notice)
}

/// Says in a channel that it was a group conversation of these people.
pub(super) fn group_converted(
    work: &mut Work<'_>,
    channel: Id,
    by: Id,
    members: &[Id],
) -> Outcome<()> {
    let name = username(work, by)?;
    let mut names = Vec::with_capacity(members.len());
    for member in members.iter().filter(|member| **member != by) {
        names.push(username(work, *member)?);
    }
    names.sort_unstable();
    let message =
        format!("{name} created this channel from a group message with {}.", names.join(", "));
    let props = json!({ "convertedByUserId": by, "gmMembersDuringConversionIDs": members });
    system::post(work, channel, &Notice::new("system_gm_to_channel", by, message, props))
}

/// Says in a channel that it came here from another team.
pub(super) fn moved(work: &mut Work<'_>, channel: Id, by: Id, from: Id) -> Outcome<()> {
    let name = username(work, by)?;
    let team = crate::team::by_id(work, from)?.map(|team| team.display_name).unwrap_or_default();
    let message = format!("{name} moved the channel to this team. It was in {team}.");
    let props = json!({ "username": name, "old_team": team });
    system::post(work, channel, &Notice::new("system_move_channel", by, message, props))
}

/// Says in a channel that it was archived, or brought back.
pub(super) fn archived(work: &mut Work<'_>, channel: Id, by: Id, archived: bool) -> Outcome<()> {
    let name = username(work, by)?;
    let (kind, did) = if archived {
        ("system_channel_deleted", "archived")
    } else {
        ("system_channel_restored", "unarchived")
    };
    let message = format!("{name} {did} the channel.");
    let notice = Notice::new(kind, by, message, json!({ "username": name }));
    system::post(work, channel, &notice)
}
