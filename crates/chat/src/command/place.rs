//! Commands about channels: joining and leaving them, and what they are called.

use fieldpost_access::may_look_up_channel_by_name;
use fieldpost_kernel::{Outcome, Rows, Work};
use fieldpost_model::{Channel, ChannelType};

use super::{Asked, Reply, RunReply, arguments, refuse};
use crate::channel::update::{self, Manner, Patch};
use crate::channel::{self, member, role};
use crate::facts;

/// The live channel of a name in the team, as far as whoever typed it may know of it.
pub(super) fn named(rows: &mut dyn Rows, asked: &Asked, name: &str) -> Outcome<Channel> {
    let name = name.to_lowercase();
    let found = channel::by_name(rows, asked.team_id(), &name)?;
    let Some(channel) = found.filter(|channel| channel.delete_at == 0) else {
        return refuse(format!("There is no channel called ~{name} in this team."));
    };
    let place = facts::channel(rows, &asked.caller, channel.id)?;
    if may_look_up_channel_by_name(&asked.caller, &place.facts).is_err() {
        return refuse(format!("There is no channel called ~{name} in this team."));
    }
    Ok(channel)
}

/// Takes a place in a channel, and goes there.
pub(super) fn join(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let Some(name) = arguments::bare(asked.text.trim()) else {
        return refuse(format!("Say which channel: /{} ~name.", asked.trigger));
    };
    let channel = named(work, asked, name)?;
    let caller = &asked.caller;
    if member::find(work, channel.id, caller.user)?.is_none() {
        member::add(work, caller, channel.id, caller.user)?;
    }
    Ok(RunReply(Reply::Goes(asked.address(&format!("channels/{}", channel.name)))))
}

/// Gives a place in a channel up, and goes to the one that everybody is in.
pub(super) fn leave(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    if !asked.channel.kind.is_team() {
        return refuse("Nobody leaves a conversation. Close it in the sidebar to see it no more.");
    }
    member::remove(work, &asked.caller, asked.channel.id, asked.caller.user)?;
    Ok(RunReply(Reply::Goes(asked.address("channels/town-square"))))
}

/// Says that somebody wants to hear nothing of a channel, or of it again.
pub(super) fn mute(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let caller = &asked.caller;
    let channel = match arguments::bare(asked.text.trim()) {
        Some(name) => named(work, asked, name)?,
        None => asked.channel.clone(),
    };
    let Some(member) = member::find(work, channel.id, caller.user)? else {
        return refuse(format!("You are not in ~{}.", channel.name));
    };
    let muted = member.notify_props.get("mark_unread").is_some_and(|level| level == "mention");
    let level = if muted { "all" } else { "mention" };
    let props = [("mark_unread".to_owned(), level.to_owned())].into();
    role::notify(work, caller, channel.id, caller.user, &props)?;
    let place = match channel.kind {
        ChannelType::Open | ChannelType::Private => channel.display_name,
        ChannelType::Direct | ChannelType::Group => "this conversation".to_owned(),
    };
    Ok(RunReply(Reply::Told(if muted {
        format!("You will be notified of {place} again.")
    } else {
        format!("You will not be notified of {place} until you type /mute again.")
    })))
}

/// Writes the line under the title.
pub(super) fn header(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let header = Some(text(asked)?);
    change(work, asked, &Patch { header, ..Patch::default() })
}

/// Writes what a channel is for.
pub(super) fn purpose(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let purpose = Some(text(asked)?);
    change(work, asked, &Patch { purpose, ..Patch::default() })
}

/// Calls a channel something else; its address stays.
pub(super) fn rename(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let display_name = Some(text(asked)?);
    change(work, asked, &Patch { display_name, ..Patch::default() })
}

fn text(asked: &Asked) -> Outcome<String> {
    match asked.text.trim() {
        "" => refuse(format!("Write something behind /{}.", asked.trigger)),
        text => Ok(text.to_owned()),
    }
}

/// What was changed is said in the channel by itself.
fn change(work: &mut Work<'_>, asked: &Asked, patch: &Patch) -> Outcome<RunReply> {
    update::patch(work, &asked.caller, asked.channel.id, patch, Manner::Parts)?;
    Ok(RunReply(Reply::Nothing))
}
