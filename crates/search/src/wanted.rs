//! What an index holds, and what it is asked.

use crate::day::Span;
use crate::query::Sides;
use crate::words::Phrase;

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// What people wrote.
    Posts,
    /// What they attached.
    Files,
}

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// Nothing that is searched.
    #[default]
    None,
    /// What nobody has read yet.
    Unread,
    /// This.
    Read(String),
}

/// A post or a file, as far as it is searched. The keys are those of the site's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which.
    pub key: i64,
    /// The key of its channel.
    pub channel: i64,
    /// The key of who wrote or uploaded it.
    pub author: i64,
    /// When that was, in milliseconds since 1970.
    pub at: i64,
    /// Its text; the name of a file.
    pub text: String,
    /// What stands in a file.
    pub body: Body,
    /// Its hashtags, in small letters, with their `#`.
    pub tags: Vec<String>,
    /// The extension of a file, in small letters.
    pub extension: String,
}

/// What an index is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// It is there, and like this.
    Put(About, Document),
    /// The one of this key is not there any more.
    Remove(About, i64),
}

/// What an index is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Words and phrases.
    pub phrases: Sides<Phrase>,
    /// Hashtags.
    pub tags: Sides<String>,
    /// Whether one of the words, or one of the hashtags, is enough.
    pub any: bool,
    /// The channels that are searched.
    pub channels: Vec<i64>,
    /// Who wrote it; anybody, if nobody is named.
    pub authors: Sides<i64>,
    /// Extensions of files.
    pub extensions: Sides<String>,
    /// When it was written.
    pub span: Span,
    /// The most that is found for the words, and again for the hashtags.
    pub most: usize,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Its place among all: what was written later has a greater one.
    pub place: i64,
    /// Which.
    pub key: i64,
    /// The key of its channel.
    pub channel: i64,
}
