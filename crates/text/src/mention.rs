//! Who is mentioned in a post.

use std::collections::{BTreeMap, HashSet};

use crate::keyword::{ChannelWord, Keywords, MAX_BYTES};
use crate::markdown;

/// Longest name, in bytes, of a user or a group.
const MAX_NAME: usize = 64;

/// Characters that may follow a mention without being part of it.
const TRAILING: [char; 4] = ['.', '-', ':', '_'];

/// Characters that join two words into one token.
const JOINING: [char; 3] = ['.', '-', ':'];

/// How someone came to be mentioned, the weaker first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// By a word that addresses the whole channel.
    ChannelWide,
    /// By a name or by a word of their own.
    Keyword,
}

/// Which of the words that address a whole channel a post contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChannelWords {
    /// `@here` was found.
    pub here: bool,
    /// `@channel` was found.
    pub channel: bool,
    /// `@all` was found.
    pub all: bool,
}

/// What the mention parser found in a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentions<K> {
    /// Whom the post mentions, each with the strongest kind.
    pub targets: BTreeMap<K, Kind>,
    /// Words that address the whole channel, also where they mention nobody.
    pub channel_words: ChannelWords,
    /// Names written after an at-sign that are no keyword, in lower case and without the
    /// at-sign, each once, in order of appearance. They may belong to someone outside the
    /// channel.
    pub potential: Vec<String>,
}

/// Finds the mentions in `texts`, the Markdown sources of one post: its message and those parts
/// of its attachments that can mention.
///
/// Code, the destinations of links, bare addresses and emoji mention nobody; the texts of links
/// and the descriptions of images do. Only the first 65 532 bytes of each text are looked at.
pub fn find<'t, K: Copy + Ord>(
    texts: impl IntoIterator<Item = &'t str>,
    keywords: &Keywords<K>,
) -> Mentions<K> {
    let mut finder = Finder {
        keywords,
        mentions: Mentions {
            targets: BTreeMap::new(),
            channel_words: ChannelWords::default(),
            potential: Vec::new(),
        },
        found: HashSet::new(),
        potential: HashSet::new(),
    };
    for text in texts {
        markdown::each_plain_text(text, |plain| {
            plain
                .split(|c| !is_token_char(c))
                .filter(|token| !token.is_empty())
                .for_each(|token| finder.read_token(token));
        });
    }
    finder.mentions
}

fn is_token_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '.' | '-' | '_' | '@')
}

struct Finder<'k, K> {
    keywords: &'k Keywords<K>,
    mentions: Mentions<K>,
    /// Entries of `keywords` already found: a word repeated thousands of times in a channel of
    /// thousands must not cost millions of steps.
    found: HashSet<usize>,
    potential: HashSet<String>,
}

impl<K: Copy + Ord> Finder<'_, K> {
    fn read_token(&mut self, token: &str) {
        if token.starts_with(':') && token.ends_with(':') {
            return;
        }
        let token = token.trim_start_matches(TRAILING);
        if self.read_word_without_end(token) {
            return;
        }
        if token.starts_with('@') {
            self.add_potential(token);
        } else {
            self.read_parts(token);
        }
        self.read_infixes(token);
    }

    /// Looks `token` up, then again after each removal of a trailing mark.
    fn read_word_without_end(&mut self, token: &str) -> bool {
        let mut word = token;
        loop {
            if self.read_word(word) {
                return true;
            }
            let Some(shorter) = word.strip_suffix(TRAILING) else { return false };
            word = shorter;
        }
    }

    fn read_parts(&mut self, token: &str) {
        if !token.contains(JOINING) {
            return;
        }
        for part in token.split(JOINING) {
            if !self.read_word(part) && part.starts_with('@') {
                self.add_potential(part);
            }
        }
    }

    /// Looks one word up and tells whether it means anything.
    fn read_word(&mut self, word: &str) -> bool {
        // Without this bound, a long run of trailing marks would be copied at each removal.
        if word.is_empty() || word.len() > MAX_BYTES {
            return false;
        }
        let lower = word.to_lowercase();
        let entries = [self.keywords.entry(&lower), self.keywords.entry(word)];
        let special = ChannelWord::parse(&lower);
        match special {
            Some(ChannelWord::Here) => self.mentions.channel_words.here = true,
            Some(ChannelWord::Channel) => self.mentions.channel_words.channel = true,
            Some(ChannelWord::All) => self.mentions.channel_words.all = true,
            None => {}
        }
        let kind = if special.is_some() { Kind::ChannelWide } else { Kind::Keyword };
        for entry in entries.into_iter().flatten() {
            self.add_entry(entry, kind);
        }
        special.is_some() || entries.iter().any(Option::is_some)
    }

    /// Scripts written without spaces give tokens of several words, so keywords beyond ASCII
    /// also match inside a token.
    fn read_infixes(&mut self, token: &str) {
        if !token.is_ascii() {
            let keywords = self.keywords;
            keywords.each_infix(token, |entry| self.add_entry(entry, Kind::Keyword));
        }
    }

    fn add_entry(&mut self, entry: usize, kind: Kind) {
        if !self.found.insert(entry) {
            return;
        }
        for target in self.keywords.targets(entry) {
            let strongest = self.mentions.targets.entry(*target).or_insert(kind);
            *strongest = kind.max(*strongest);
        }
    }

    fn add_potential(&mut self, word: &str) {
        let word = word.strip_suffix(JOINING).unwrap_or(word);
        let Some(name) = word.strip_prefix('@').filter(|name| (1..=MAX_NAME).contains(&name.len()))
        else {
            return;
        };
        let name = name.to_lowercase();
        if self.potential.insert(name.clone()) {
            self.mentions.potential.push(name);
        }
    }
}

#[cfg(test)]
mod tests;
