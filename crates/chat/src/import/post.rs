//! Posts with what hangs on them.

use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::clock::DEFAULT_BOUND_MS;
use fieldpost_log::{Scope, Stamp};
use fieldpost_model::{Id, Millis};

use super::{channel_named, person, team_named};
use crate::file::{FileUploaded, upload::NewFile};
use crate::post::create::LONGEST_MESSAGE;
use crate::post::pin::PostPinned;
use crate::post::{self, Imported, ImportedVersion, PostEdited, PostWritten};
use crate::reaction::ReactionAdded;
use crate::{action, channel};

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
    /// When it was last edited, where the versions do not say; 0 for never.
    pub edit_at: Millis,
    /// What.
    pub message: String,
    /// Its type.
    pub kind: String,
    /// Its properties, as JSON; empty for none.
    pub props: String,
    /// Whether it is pinned to its channel.
    pub pinned: bool,
    /// Its versions, oldest first, where it was one of ours and was edited. The last one stands.
    pub versions: Vec<PostVersion>,
}

/// A version of a post of ours.
#[derive(Debug, Clone)]
pub struct PostVersion {
    /// Its id and place in the order; that of the first one is not looked at.
    pub version: ImportedVersion,
    /// Whether readers see that it was an edit.
    pub visibly: bool,
    /// Its text.
    pub message: String,
    /// Its properties, as JSON; empty for none.
    pub props: String,
    /// Its files.
    pub files: Vec<Id>,
}

/// A file as it was elsewhere, whose bytes are on disk already.
#[derive(Debug, Clone)]
pub struct ImportedFile {
    /// The id it had, where it was one of ours.
    pub id: Id,
    /// When it was uploaded; with its post without it.
    pub create_at: Millis,
    /// What it is.
    pub file: NewFile,
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

/// The id of a post, if it is there; refused where it could not be written. So whoever has to
/// fetch its files learns beforehand whether that is worth the while.
pub fn known(rows: &mut dyn Rows, place: &Where, from: &ImportedPost) -> Outcome<Option<Id>> {
    validate(from)?;
    let author = person(rows, &from.author)?;
    let channel = match place {
        Where::Known(channel) => *channel,
        Where::Channel(team, name) => {
            let team = team_named(rows, team)?;
            channel_named(rows, team, name)?
        }
        Where::Conversation(people) => match super::conversation_of(rows, people)? {
            Some(channel) => channel,
            None => return Ok(None),
        },
    };
    find(rows, channel, author, from)
}

/// Writes a post with its files, unless it is there. Gives its place and its id, and whether it is
/// new.
pub fn post(
    work: &mut Work<'_>,
    place: &Where,
    from: &ImportedPost,
    files: &[ImportedFile],
) -> Outcome<(Id, Id, bool)> {
    validate(from)?;
    let channel = match place {
        Where::Known(channel) => *channel,
        Where::Channel(team, name) => {
            let team = team_named(work, team)?;
            channel_named(work, team, name)?
        }
        Where::Conversation(people) => super::conversation_with(work, people, from.create_at)?,
    };
    let author = person(work, &from.author)?;
    if let Some(known) = find(work, channel, author, from)? {
        return Ok((channel, known, false));
    }
    let scope = channel::scope_of(work, channel)?;
    let files = put_files(work, scope, author, from, files)?;
    let id = write(work, scope, author, from, &files)?;
    if from.pinned {
        work.emit(scope, author, &PostPinned { post: id, pinned: true })?;
    }
    Ok((channel, id, true))
}

fn validate(from: &ImportedPost) -> Outcome<()> {
    if from.create_at <= 0 {
        return Err(Failure::invalid(
            "app.import.validate_post_import_data.create_at_zero.error",
            "the time of the post is missing",
        ));
    }
    let texts = from.versions.iter().map(|version| &version.message);
    if texts.chain([&from.message]).any(|text| text.chars().count() > LONGEST_MESSAGE) {
        return Err(Failure::invalid(
            "app.import.validate_post_import_data.message_length.error",
            "the message is longer than 16383 characters",
        ));
    }
    Ok(())
}

/// Puts the files of a post where it will be.
fn put_files(
    work: &mut Work<'_>,
    scope: Scope,
    author: Id,
    from: &ImportedPost,
    files: &[ImportedFile],
) -> Outcome<Vec<Id>> {
    let mut ids = Vec::with_capacity(files.len());
    for ImportedFile { id, create_at, file } in files {
        let id = id.some().unwrap_or_else(|| work.random_id());
        let create_at = if *create_at == 0 { from.create_at } else { *create_at };
        work.emit(scope, author, &FileUploaded::of(id, create_at, file))?;
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Writes a post as it was first, and then as it was edited.
fn write(
    work: &mut Work<'_>,
    scope: Scope,
    author: Id,
    from: &ImportedPost,
    files: &[Id],
) -> Outcome<Id> {
    let edits = from.versions.get(1..).unwrap_or_default();
    require_versions(work, edits)?;
    let first = from.versions.first().filter(|_| !edits.is_empty());
    let written = PostWritten {
        root: from.root,
        kind: from.kind.clone(),
        message: first.map_or(&from.message, |first| &first.message).clone(),
        props: action::without(first.map_or(&from.props, |first| &first.props)),
        files: first.map_or(files, |first| &first.files).to_vec(),
        mentions: Vec::new(),
        imported: Some(Imported {
            id: from.id,
            create_at: from.create_at,
            edit_at: if first.is_some() { 0 } else { from.edit_at },
        }),
    };
    let emitted = work.emit(scope, author, &written)?;
    let id = from.id.some().unwrap_or_else(|| emitted.derive(post::CLASS, 0));
    for (n, edit) in edits.iter().enumerate() {
        let stands = n + 1 == edits.len();
        let edited = PostEdited {
            post: id,
            message: edit.message.clone(),
            props: action::without(&edit.props),
            files: if stands { files } else { &edit.files }.to_vec(),
            visibly: edit.visibly,
            imported: Some(edit.version.clone()),
        };
        work.emit(scope, author, &edited)?;
    }
    Ok(id)
}

/// Refuses versions that nobody could ever replace, out of their order, or of another post.
fn require_versions(work: &mut Work<'_>, edits: &[PostVersion]) -> Outcome<()> {
    let refused = |says| Err(Failure::invalid("api.fieldpost.import.versions", says));
    let latest = u64::try_from(work.now()).unwrap_or(0) + DEFAULT_BOUND_MS;
    let mut before = (Stamp::default(), Id::NONE);
    for PostVersion { version, .. } in edits {
        let order = (version.stamp, version.site);
        if version.id.is_none() || order <= before {
            return refused("the versions of the post are not in their order");
        }
        if version.stamp.ms() > latest {
            return refused("a version of the post is of the future");
        }
        if post::revision::is_known(work, version.id)? {
            return refused("a version of the post is one of another post");
        }
        before = order;
    }
    Ok(())
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
    let scope = channel::scope_of(work, channel)?;
    let added =
        ReactionAdded { post, person, emoji: from.emoji.clone(), imported_at: from.create_at };
    work.emit(scope, person, &added)?;
    Ok(true)
}

/// A post that carries an id is known by that; any other by its channel, author, time and text.
fn find(rows: &mut dyn Rows, channel: Id, author: Id, from: &ImportedPost) -> Outcome<Option<Id>> {
    if let Some(id) = from.id.some() {
        return match post::locate(rows, id)? {
            Some((_, there)) if there != channel => Err(Failure::invalid(
                "api.fieldpost.import.elsewhere",
                "a post of that id is in another channel",
            )),
            found => Ok(found.map(|_| id)),
        };
    }
    rows.first(
        "SELECT post.id FROM post JOIN channel ON channel.key = post.channel_key \
         JOIN account ON account.key = post.account_key \
         WHERE channel.id = ?1 AND post.create_at = ?2 AND account.id = ?3 AND post.message = ?4",
        params![&channel, from.create_at, &author, &from.message],
        |row| row.id(0),
    )
}
