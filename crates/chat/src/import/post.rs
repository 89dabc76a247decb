//! Posts with what hangs on them.

use fieldpost_kernel::{Failure, Outcome, RowsExt, Work, params};
use fieldpost_model::{ChannelType, Id, Millis};

use super::{channel_named, person, team_named};
use crate::channel;
use crate::post::PostWritten;
use crate::post::create::LONGEST_MESSAGE;
use crate::post::pin::PostPinned;
use crate::reaction::ReactionAdded;

/// Where something was said.
#[derive(Debug, Clone)]
pub enum Where {
    /// In a channel, by the names of its team and its own.
    Channel(String, String),
    /// In the conversation of these people.
    Conversation(Vec<String>),
    /// In a place that is known already.
    Known(Id),
}

/// A post as it was elsewhere.
#[derive(Debug, Clone)]
pub struct ImportedPost {
    /// The id it had, where it was one of ours.
    pub id: Id,
    /// The first post of its thread, if it is a reply.
    pub root: Id,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub create_at: Millis,
    /// What.
    pub message: String,
    /// Its type.
    pub kind: String,
    /// Its properties, as JSON.
    pub props: String,
    /// Whether it is pinned to its channel.
    pub pinned: bool,
}

/// A reaction as it was elsewhere.
#[derive(Debug, Clone)]
pub struct ImportedReaction {
    /// Who.
    pub person: String,
    /// The emoji's name, without colons.
    pub emoji: String,
    /// When.
    pub create_at: Millis,
}

/// Writes a post, unless it is there. Gives its place and its id, and whether it is new.
pub fn post(work: &mut Work<'_>, place: &Where, from: &ImportedPost) -> Outcome<(Id, Id, bool)> {
    if from.create_at <= 0 {
        return Err(Failure::invalid(
            "app.import.validate_post_import_data.create_at_zero.error",
            "the time of the post is missing",
        ));
    }
    if from.message.chars().count() > LONGEST_MESSAGE {
        return Err(Failure::invalid(
            "app.import.validate_post_import_data.message_length.error",
            "the message is longer than 16383 characters",
        ));
    }
    let channel = match place {
        Where::Known(channel) => *channel,
        Where::Channel(team, name) => {
            let team = team_named(work, team)?;
            channel_named(work, team, name)?
        }
        Where::Conversation(people) => super::conversation(work, people, from.create_at)?,
    };
    let author = person(work, &from.author)?;
    if let Some(known) = known(work, channel, author, from)? {
        return Ok((channel, known, false));
    }
    let kind = channel::by_id(work, channel)?.map_or(ChannelType::Open, |found| found.kind);
    let written = PostWritten {
        root: from.root,
        kind: from.kind.clone(),
        message: from.message.clone(),
        props: from.props.clone(),
        files: Vec::new(),
        mentions: Vec::new(),
        imported: Some((from.id, from.create_at)),
    };
    let emitted = work.emit(channel::scope(channel, kind), author, &written)?;
    let id = from.id.some().unwrap_or_else(|| emitted.derive(crate::post::CLASS, 0));
    if from.pinned {
        let pinned = PostPinned { post: id, pinned: true };
        work.emit(channel::scope(channel, kind), author, &pinned)?;
    }
    Ok((channel, id, true))
}

/// Adds a reaction to a post, unless it is there. Gives whether it is new.
pub fn reaction(
    work: &mut Work<'_>,
    channel: Id,
    post: Id,
    from: &ImportedReaction,
) -> Outcome<bool> {
    fieldpost_text::name::check_emoji_name(&from.emoji).map_err(|_| {
        Failure::invalid(
            "app.import.validate_reaction_import_data.emoji_name_length.error",
            format!("{:?} is not the name of an emoji", from.emoji),
        )
    })?;
    let person = person(work, &from.person)?;
    if crate::reaction::exists(work, post, person, &from.emoji)? {
        return Ok(false);
    }
    let kind = channel::by_id(work, channel)?.map_or(ChannelType::Open, |found| found.kind);
    let added =
        ReactionAdded { post, person, emoji: from.emoji.clone(), imported_at: from.create_at };
    work.emit(channel::scope(channel, kind), person, &added)?;
    Ok(true)
}

fn known(work: &mut Work<'_>, channel: Id, author: Id, from: &ImportedPost) -> Outcome<Option<Id>> {
    work.first(
        "SELECT post.id FROM post JOIN channel ON channel.key = post.channel_key \
         JOIN account ON account.key = post.account_key \
         WHERE channel.id = ?1 AND post.create_at = ?2 AND account.id = ?3 AND post.message = ?4",
        params![&channel, from.create_at, &author, &from.message],
        |row| row.id(0),
    )
}
