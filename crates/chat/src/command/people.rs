//! Commands about who is in a channel.

use fieldpost_kernel::{Outcome, Work};
use fieldpost_model::{Channel, Id};

use super::{Asked, Reply, RunReply, arguments, person, place, reason, refuse, require_person};
use crate::channel::member;

/// The most places that one command gives.
const MOST_PLACES: usize = 100;

/// Adds people to channels: all that are named to each that is named, or to the one where it is
/// typed.
pub(super) fn invite(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let named = arguments::named(&asked.text);
    if named.people.is_empty() {
        return refuse("Say who is to come: /invite @name, and perhaps ~channel.");
    }
    if named.people.len() * named.channels.len().max(1) > MOST_PLACES {
        return refuse("That is too much at once: at most 100 places are given by one command.");
    }
    let mut channels = Vec::new();
    for name in &named.channels {
        channels.push(place::named(work, asked, name)?);
    }
    if channels.is_empty() {
        channels.push(asked.channel.clone());
    }
    if channels.iter().any(|channel| !channel.kind.is_team()) {
        return refuse("Nobody is added to a conversation. Name a channel, or begin another one.");
    }
    let mut says = Vec::new();
    for name in named.people {
        let Some(found) = person(work, asked, name)? else {
            says.push(format!("There is nobody called @{name}."));
            continue;
        };
        for channel in &channels {
            match seat(work, asked, channel, found, name) {
                Ok(line) => says.push(line),
                Err(failure) => {
                    let why = reason(failure)?;
                    says.push(format!("@{name} was not added to ~{}: {why}", channel.name));
                }
            }
        }
    }
    Ok(RunReply(Reply::Told(says.join("\n"))))
}

fn seat(
    work: &mut Work<'_>,
    asked: &Asked,
    channel: &Channel,
    person: Id,
    name: &str,
) -> Outcome<String> {
    if member::find(work, channel.id, person)?.is_some() {
        return Ok(format!("@{name} is in ~{} already.", channel.name));
    }
    member::add(work, &asked.caller, channel.id, person)?;
    Ok(format!("@{name} was added to ~{}.", channel.name))
}

/// Takes somebody out of the channel.
pub(super) fn kick(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let (name, _) = arguments::head(asked.text.trim());
    let Some(name) = arguments::bare(name) else {
        return refuse(format!("Say who is to go: /{} @name.", asked.trigger));
    };
    let person = require_person(work, asked, name)?;
    if member::find(work, asked.channel.id, person)?.is_none() {
        return refuse(format!("@{name} is not in this channel."));
    }
    member::remove(work, &asked.caller, asked.channel.id, person)?;
    Ok(RunReply(Reply::Nothing))
}
