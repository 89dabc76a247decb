//! What a change says, as an entry of a document.
//!
//! An entry follows from its change. What is looked up besides are names, files and how much a message
//! matters. So each change is told once, where it stands in the feed, also if it speaks of a message
//! that comes after it, as it may where another site's came newest first.

use fieldpost_chat::file::FileUploaded;
use fieldpost_chat::post::delete::PostDeleted;
use fieldpost_chat::post::pin::PostPinned;
use fieldpost_chat::post::{PostEdited, PostWritten};
use fieldpost_chat::reaction::{ReactionAdded, ReactionRemoved};
use fieldpost_kernel::{Change, Outcome, Rows, RowsExt, millis, params};
use fieldpost_log::{Stamp, derive_id};
use fieldpost_model::{Id, Millis};

use crate::file::{self, File, Known, Told};
use crate::names::{Names, Person, Place};
use crate::node::{Fields, Node, Text};
use crate::time::rfc3339;

/// The class of the ids that entries get from their changes.
const CLASS: &str = "guard entry";

/// An entry: what happened once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) at: Millis,
    /// Which of two that contradict each other stands: the one of the greater stamp, and of two of one
    /// stamp that of the greater site.
    pub(crate) version: (Stamp, Id),
    pub(crate) site: String,
    pub(crate) channel: Option<Place>,
    pub(crate) channel_id: Id,
    pub(crate) author_id: Id,
    pub(crate) author: Option<Person>,
    pub(crate) post: Id,
    pub(crate) said: Said,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Post {
        root: Id,
        /// Empty for what people say.
        kind: String,
        /// Empty for what is routine.
        priority: String,
        message: String,
        files: Vec<File>,
    },
    Edit {
        revision: i64,
        message: String,
        files: Vec<File>,
    },
    Deletion,
    Reaction(String),
    ReactionRemoval(String),
    Pin,
    Unpin,
    /// A file came after its message.
    File(File),
}

/// Makes entries of changes.
pub(crate) struct Teller<'a> {
    pub(crate) rows: &'a mut dyn Rows,
    pub(crate) names: &'a mut Names,
}

impl Teller<'_> {
    /// The entry of a change; none if it is of no kind that is told, or void here.
    pub(crate) fn tell(&mut self, change: &Change) -> Outcome<Option<Entry>> {
        if let Some(written) = change.meant::<PostWritten>() {
            self.written(change, &written)
        } else if let Some(edited) = change.meant::<PostEdited>() {
            self.edited(change, edited)
        } else if let Some(deleted) = change.meant::<PostDeleted>() {
            self.about(change, deleted.post, Said::Deletion)
        } else if let Some(added) = change.meant::<ReactionAdded>() {
            // Nobody reacts in another's name.
            match added.person == change.author {
                true => self.about(change, added.post, Said::Reaction(added.emoji)),
                false => Ok(None),
            }
        } else if let Some(removed) = change.meant::<ReactionRemoved>() {
            let said = Said::ReactionRemoval(removed.emoji);
            let entry = self.about(change, removed.post, said)?;
            entry.map(|entry| self.by(entry, removed.person)).transpose()
        } else if let Some(pinned) = change.meant::<PostPinned>() {
            let said = if pinned.pinned { Said::Pin } else { Said::Unpin };
            self.about(change, pinned.post, said)
        } else if let Some(uploaded) = change.meant::<FileUploaded>() {
            self.uploaded(change, &uploaded)
        } else {
            Ok(None)
        }
    }

    /// None if the message of that id is here by another change: of two sites that took in the same
    /// archive, one wrote it for all.
    fn written(&mut self, change: &Change, written: &PostWritten) -> Outcome<Option<Entry>> {
        let post = written.id(change);
        let known = file::written_by(self.rows, post)?;
        if known.is_some_and(|(_, position)| position != change.position.number) {
            return Ok(None);
        }
        let files = self.files(change, (change.author, None), &written.files)?;
        let said = Said::Post {
            root: written.root,
            kind: written.kind.clone(),
            priority: priority(self.rows, post)?,
            message: written.message.clone(),
            files,
        };
        let entry = self.entry(change, post, said)?;
        let imported = written.imported.as_ref().map(|imported| imported.create_at);
        let at = imported.filter(|at| *at > 0).unwrap_or(entry.at);
        Ok(Some(Entry { at, ..entry }))
    }

    fn edited(&mut self, change: &Change, edited: PostEdited) -> Outcome<Option<Entry>> {
        let version = match &edited.imported {
            Some(imported) => (imported.stamp, imported.site),
            None => (change.stamp, Id::from_bytes(change.name.site.0)),
        };
        let (uploader, since) = match file::written_by(self.rows, edited.post)? {
            Some((author, position)) => (author, Some(position)),
            None => (change.author, None),
        };
        let files = self.files(change, (uploader, since), &edited.files)?;
        let revision = revision(self.rows, edited.post, version)?;
        let said = Said::Edit { revision, message: edited.message, files };
        let Some(entry) = self.about(change, edited.post, said)? else { return Ok(None) };
        let site = self.names.site(self.rows, version.1)?;
        Ok(Some(Entry { version, at: millis(version.0), site, ..entry }))
    }

    fn uploaded(&mut self, change: &Change, uploaded: &FileUploaded) -> Outcome<Option<Entry>> {
        let where_from = (change.name.scope.id, change.author, change.position.number);
        let Some(post) = file::late_for(self.rows, uploaded.id, where_from)? else {
            return Ok(None);
        };
        let named = (uploaded.name.as_str(), uploaded.mime_type.as_str());
        let known = Known::new(named, uploaded.size, uploaded.content);
        let said = Said::File(File { id: uploaded.id, known: Some(known) });
        self.entry(change, post, said).map(Some)
    }

    fn files(
        &mut self,
        change: &Change,
        whose: (Id, Option<i64>),
        ids: &[Id],
    ) -> Outcome<Vec<File>> {
        let told = Told { channel: change.name.scope.id, number: change.position.number };
        file::listed(self.rows, told, whose, ids)
    }

    /// The entry of what was done to a message; none if that is known here, in another channel.
    fn about(&mut self, change: &Change, post: Id, said: Said) -> Outcome<Option<Entry>> {
        let sql = "SELECT channel.id FROM post JOIN channel ON channel.key = post.channel_key \
                   WHERE post.id = ?1";
        let channel = self.rows.first(sql, params![&post], |row| row.id(0))?;
        if channel.is_some_and(|channel| channel != change.name.scope.id) {
            return Ok(None);
        }
        self.entry(change, post, said).map(Some)
    }

    fn entry(&mut self, change: &Change, post: Id, said: Said) -> Outcome<Entry> {
        let site = Id::from_bytes(change.name.site.0);
        let entry = Entry {
            id: derive_id(CLASS, &change.name, 0),
            at: millis(change.stamp),
            version: (change.stamp, site),
            site: self.names.site(self.rows, site)?,
            channel: self.names.place(self.rows, change.name.scope.id)?,
            channel_id: change.name.scope.id,
            author_id: Id::NONE,
            author: None,
            post,
            said,
        };
        self.by(entry, change.author)
    }

    fn by(&mut self, entry: Entry, author: Id) -> Outcome<Entry> {
        let known = if author.is_none() { None } else { self.names.person(self.rows, author)? };
        Ok(Entry { author_id: author, author: known, ..entry })
    }
}

/// How much a message matters: empty for a routine one.
fn priority(rows: &mut dyn Rows, post: Id) -> Outcome<String> {
    let found = rows.first(
        "SELECT priority.level, flash.post_key FROM post \
         LEFT JOIN priority ON priority.post_key = post.key \
         LEFT JOIN flash ON flash.post_key = post.key WHERE post.id = ?1",
        params![&post],
        |row| match row.is_null(1) {
            true if row.is_null(0) => String::new(),
            true => row.text(0).to_owned(),
            false => "flash".to_owned(),
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// The how-manieth version of a message an edit is, of those that are known: the first edit is 1.
fn revision(rows: &mut dyn Rows, post: Id, (stamp, site): (Stamp, Id)) -> Outcome<i64> {
    let stamp = i64::from_be_bytes(stamp.0.to_be_bytes());
    let before = rows.count(
        "SELECT count(*) FROM post JOIN revision ON revision.post_key = post.key \
         WHERE post.id = ?1 AND (revision.stamp < ?2 OR revision.stamp = ?2 AND revision.site < ?3)",
        params![&post, stamp, &site],
    )?;
    Ok(before.max(1))
}

impl Entry {
    /// What people call the kind of thing that happened, in both formats.
    fn kind(&self) -> &'static str {
        match &self.said {
            Said::Post { .. } => "post",
            Said::Edit { .. } => "edit",
            Said::Deletion => "deletion",
            Said::Reaction(_) => "reaction",
            Said::ReactionRemoval(_) => "reaction_removal",
            Said::Pin => "pin",
            Said::Unpin => "unpin",
            Said::File(_) => "file",
        }
    }

    /// The files that it names.
    pub(crate) fn files_mut(&mut self) -> &mut [File] {
        match &mut self.said {
            Said::Post { files, .. } | Said::Edit { files, .. } => files,
            Said::File(file) => std::slice::from_mut(file),
            _ => &mut [],
        }
    }

    pub(crate) fn node(&self) -> Node {
        let (stamp, site_id) = self.version;
        let some = |id: Id| id.some().map(|id| id.to_string());
        let fields = Fields::default()
            .with("entry_id", self.id.to_string())
            .with("time", rfc3339(self.at))
            .with("time_ms", self.at)
            .with("stamp", format!("{:016x}", stamp.0))
            .with("site_id", site_id.to_string())
            .with("site", self.site.as_str())
            .with("channel_id", self.channel_id.to_string())
            .with("channel", self.channel.as_ref().map(Place::full_name).unwrap_or_default())
            .with_some("author_id", some(self.author_id))
            .with_some("author", self.author.as_ref().map(|author| author.username.as_str()))
            .with("post_id", self.post.to_string());
        let told = match &self.said {
            Said::Post { root, kind, priority, message, files } => {
                let fields = fields
                    .with_some("root_id", some(*root))
                    .with_some("post_type", said(kind))
                    .with_some("priority", said(priority));
                with_text(fields, "message", message, files)
            }
            Said::Edit { revision, message, files } => {
                with_text(fields.with("revision", *revision), "message", message, files)
            }
            Said::Reaction(emoji) | Said::ReactionRemoval(emoji) => {
                with_text(fields, "emoji", emoji, &[])
            }
            Said::File(file) => {
                let replaced = Some(file.replaced()).filter(|replaced| *replaced > 0);
                let fields = fields.with_some("replaced", replaced);
                fields.with_list("files", "file", vec![file.node()])
            }
            Said::Deletion | Said::Pin | Said::Unpin => fields,
        };
        Fields::default().with(self.kind(), told).into()
    }
}

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A text that people wrote, how many characters of it and of what hangs on it were replaced, and the
/// files.
fn with_text(fields: Fields, name: &'static str, text: &str, files: &[File]) -> Fields {
    let text = Text::of(text);
    let replaced = text.replaced() + files.iter().map(File::replaced).sum::<i64>();
    let fields = fields
        .with(name, text)
        .with_some("replaced", Some(replaced).filter(|replaced| *replaced > 0));
    match files {
        [] => fields,
        files => fields.with_list("files", "file", files.iter().map(File::node).collect()),
    }
}
