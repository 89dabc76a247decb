//! The grammar of the search field.
//!
//! Words are looked for, and a word that begins with `-` must not be there. Text between double
//! quotes is one word, a word that ends with `*` may go on, one that begins with `#` is a hashtag.
//! `from:`, `in:`, `before:`, `after:`, `on:` and `ext:` say whose, where, when and which; `-` before
//! them means the opposite.

use fieldpost_text::hashtag;

use crate::day::{Day, Days};
use crate::words::Phrase;

/// The most bytes of a query.
const LONGEST: usize = 4096;

/// The most words of a query, names and days included.
const MOST: usize = 64;

/// What is wanted, and what is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides<T> {
    /// Wanted.
    pub with: Vec<T>,
    /// Not wanted.
    pub without: Vec<T>,
}

impl<T> Default for Sides<T> {
    fn default() -> Self {
        Self { with: Vec::new(), without: Vec::new() }
    }
}

impl<T> Sides<T> {
    /// Whether there is nothing on either side.
    pub fn is_empty(&self) -> bool {
        self.with.is_empty() && self.without.is_empty()
    }

    fn push(&mut self, excluded: bool, value: T) {
        if excluded { self.without.push(value) } else { self.with.push(value) }
    }
}

/// What somebody typed into the search field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Words and phrases.
    pub phrases: Sides<Phrase>,
    /// Hashtags, in small letters, with their `#`.
    pub tags: Sides<String>,
    /// Usernames, without `@`.
    pub from: Sides<String>,
    /// Names of channels, as they were typed.
    pub places: Sides<String>,
    /// Extensions of files, in small letters, without a dot.
    pub extensions: Sides<String>,
    /// Days.
    pub days: Days,
}

/// More was typed than anybody looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl Query {
    /// Reads what somebody typed.
    pub fn parse(typed: &str) -> Result<Self, TooLong> {
        if typed.len() > LONGEST {
            return Err(TooLong);
        }
        let words = split(typed);
        if words.len() > MOST {
            return Err(TooLong);
        }
        let mut query = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some((flag, excluded, value)) = flag_of(word) else {
                query.add_word(word);
                continue;
            };
            let value = if value.is_empty() { words.next() } else { Some(value) };
            match value {
                Some(value) => query.add_flag(flag, excluded, value.trim_matches('"')),
                // The name of a flag at the very end is a word like any other.
                None => query.add_word(word),
            }
        }
        Ok(query)
    }

    /// Whether it says which posts are meant: the extension of a file says nothing of a post.
    pub fn names_posts(&self) -> bool {
        let words = self.phrases.is_empty() && self.tags.is_empty();
        !(words && self.from.is_empty() && self.places.is_empty() && self.days.is_empty())
    }

    /// Whether it says which files are meant.
    pub fn names_files(&self) -> bool {
        self.names_posts() || !self.extensions.is_empty()
    }

    fn add_flag(&mut self, flag: Flag, excluded: bool, value: &str) {
        let side = usize::from(excluded);
        // A day that is none says nothing.
        let day = |standing: Option<Day>| Day::parse(value).or(standing);
        match flag {
            Flag::From => {
                self.from.push(excluded, value.trim_start_matches('@').to_lowercase());
            }
            Flag::In => self.places.push(excluded, value.to_lowercase()),
            Flag::Extension => {
                let extension = value.trim_start_matches('.').to_lowercase();
                self.extensions.push(excluded, extension);
            }
            Flag::On => self.days.on[side] = day(self.days.on[side]),
            Flag::Before => self.days.before[side] = day(self.days.before[side]),
            Flag::After => self.days.after[side] = day(self.days.after[side]),
        }
    }

    fn add_word(&mut self, word: &str) {
        let (excluded, word) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let counts = |c: char| c.is_alphanumeric() || c == '"';
        let word = word.trim_start_matches(|c: char| !counts(c) && c != '#');
        let word = word.trim_end_matches(|c: char| !counts(c) && c != '*' && !is_mark(c));
        let hashes = word.len() - word.trim_start_matches('#').len();
        let word = &word[hashes.saturating_sub(1)..];
        if hashtag::is_tag(word) {
            self.tags.push(excluded, word.to_lowercase());
            return;
        }
        let open = !word.starts_with('"') && word.ends_with('*');
        if let Some(phrase) = Phrase::of(word, open) {
            self.phrases.push(excluded, phrase);
        }
    }
}

/// A mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    From,
    In,
    On,
    Before,
    After,
    Extension,
}

/// The flag of a word, whether what it names is not wanted, and what it names.
fn flag_of(word: &str) -> Option<(Flag, bool, &str)> {
    let (name, value) = word.split_once(':')?;
    let (excluded, name) = match name.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let flag = match name.to_ascii_lowercase().as_str() {
        "from" => Flag::From,
        "in" | "channel" => Flag::In,
        "on" => Flag::On,
        "before" => Flag::Before,
        "after" => Flag::After,
        "ext" => Flag::Extension,
        _ => return None,
    };
    Some((flag, excluded, value))
}

/// The words between spaces. Text between double quotes is one, with its quotes and a `-` right
/// before them; a quote that is never closed is a sign like any other.
fn split(typed: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = typed;
    while let Some(open) = rest.find('"')
        && let Some(length) = rest[open + 1..].find('"')
    {
        let start = if rest[..open].ends_with('-') { open - 1 } else { open };
        let end = open + length + 2;
        words.extend(rest[..start].split_whitespace());
        words.push(&rest[start..end]);
        rest = &rest[end..];
    }
    words.extend(rest.split_whitespace());
    words
}

#[cfg(test)]
mod tests;
