//! Commands that say something.

use fieldpost_kernel::{Outcome, RowsExt, Work, params};
use fieldpost_model::{Channel, Draft, Id, Post, Props, ScheduledPost};

use super::{Asked, Reply, RunReply, arguments, refuse, require_person};
use crate::channel::create as channels;
use crate::post::create;
use crate::unsent::scheduled;

/// The longest delay of an echo, in seconds.
const LONGEST_DELAY: i64 = 10_000;

/// What is shrugged, as Markdown has it.
const SHRUG: &str = r"¯\\\_(ツ)\_/¯";

/// Says what somebody does.
pub(super) fn me(_: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let text = asked.text.trim();
    if text.is_empty() {
        return needs_text(asked);
    }
    let mut props = Props::new();
    props.insert("message".to_owned(), text.into());
    Ok(RunReply(Reply::Said { kind: "me", text: format!("*{text}*"), props }))
}

/// Says something and shrugs.
pub(super) fn shrug(_: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let text = asked.text.trim();
    let says = if text.is_empty() { SHRUG.to_owned() } else { format!("{text} {SHRUG}") };
    Ok(RunReply(Reply::said(says)))
}

/// Says something letter by letter.
pub(super) fn code(_: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    if asked.text.trim().is_empty() {
        return needs_text(asked);
    }
    let lines: Vec<String> = asked.text.split('\n').map(|line| format!("    {line}")).collect();
    Ok(RunReply(Reply::said(lines.join("\n"))))
}

/// Says something, perhaps later.
pub(super) fn echo(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let (message, delay) = arguments::message_and_delay(&asked.text);
    if message.is_empty() {
        return needs_text(asked);
    }
    if !(0..=LONGEST_DELAY).contains(&delay) {
        return refuse("The delay must be between 0 and 10000 seconds.");
    }
    if delay == 0 {
        return Ok(RunReply(Reply::said(message.to_owned())));
    }
    let draft = Draft {
        channel_id: asked.channel.id,
        root_id: asked.root,
        message: message.to_owned(),
        ..Draft::default()
    };
    let later = ScheduledPost {
        draft,
        scheduled_at: work.now() + delay * 1000,
        ..ScheduledPost::default()
    };
    scheduled::create(work, &asked.caller, &later, Id::NONE)?;
    Ok(RunReply(Reply::Told(format!("That will be said in {delay} seconds."))))
}

/// Opens the conversation with somebody, and says something there.
pub(super) fn msg(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let (name, message) = arguments::head(asked.text.trim_start());
    let Some(name) = arguments::bare(name) else {
        return refuse("Say to whom: /msg @name and what there is to say.");
    };
    let person = require_person(work, asked, name)?;
    converse(work, asked, &[person], message)
}

/// Opens the conversation with some people, and says something there.
pub(super) fn groupmsg(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let (names, message) = arguments::names_and_message(&asked.text);
    if names.is_empty() {
        return refuse("Say to whom: /groupmsg @name,@name and what there is to say.");
    }
    if names.len() > 7 {
        return refuse("A conversation has at most 8 people, with you.");
    }
    let mut people = Vec::new();
    for name in names {
        people.push(require_person(work, asked, name)?);
    }
    people.sort_unstable();
    people.dedup();
    converse(work, asked, &people, message)
}

fn converse(work: &mut Work<'_>, asked: &Asked, people: &[Id], message: &str) -> Outcome<RunReply> {
    let caller = &asked.caller;
    let (channel, address): (Channel, _) = match people {
        [person] => {
            let channel = channels::direct(work, caller, [caller.user, *person])?;
            let sql = "SELECT username FROM account WHERE id = ?1";
            let name = work.first(sql, params![person], |row| row.text(0).to_owned())?;
            (channel, format!("messages/@{}", name.unwrap_or_default()))
        }
        several => {
            let channel = channels::group(work, caller, several)?;
            let address = format!("messages/{}", channel.name);
            (channel, address)
        }
    };
    let message = message.trim();
    if !message.is_empty() {
        let post = Post { channel_id: channel.id, message: message.to_owned(), ..Post::default() };
        create::create(work, caller, &post)?;
    }
    Ok(RunReply(Reply::Goes(asked.address(&address))))
}

fn needs_text<T>(asked: &Asked) -> Outcome<T> {
    refuse(format!("Write something behind /{}.", asked.trigger))
}
