//! The words that mention someone.

use std::collections::HashMap;

/// Longest word, in bytes, that can be a keyword: a name of 64 characters of four bytes.
pub(crate) const MAX_BYTES: usize = 256;

/// A word that addresses everybody in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelWord {
    /// `@here`: those who are online.
    Here,
    /// `@channel`: all members.
    Channel,
    /// `@all`: all members.
    All,
}

impl ChannelWord {
    /// The word as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            ChannelWord::Here => "@here",
            ChannelWord::Channel => "@channel",
            ChannelWord::All => "@all",
        }
    }

    /// The word `lower`, which must be in lower case, stands for.
    pub(crate) fn parse(lower: &str) -> Option<ChannelWord> {
        [ChannelWord::Here, ChannelWord::Channel, ChannelWord::All]
            .into_iter()
            .find(|word| word.as_str() == lower)
    }
}

/// The words that mention someone in one post, and whom.
///
/// `K` says who is meant: the id of a user, or a type that also covers groups. Words of more
/// than 256 bytes, and words with spaces, never match.
#[derive(Debug, Clone)]
pub struct Keywords<K> {
    by_word: HashMap<String, usize>,
    targets: Vec<Vec<K>>,
    infixes: Infixes,
}

impl<K: Copy> Keywords<K> {
    /// Returns a dictionary without words.
    pub fn new() -> Keywords<K> {
        Keywords { by_word: HashMap::new(), targets: Vec::new(), infixes: Infixes::default() }
    }

    /// Lets `@name`, in any case, mention `target`. For the names of users and of groups.
    pub fn add_name(&mut self, name: &str, target: K) {
        self.insert(&format!("@{}", name.to_lowercase()), target);
    }

    /// Lets `word`, in any case, mention `target`. For the words people choose for themselves;
    /// white space around the word is dropped, and an empty word adds nothing.
    pub fn add_word(&mut self, word: &str, target: K) {
        self.insert(&word.trim().to_lowercase(), target);
    }

    /// Lets `word` mention `target` when written in exactly this case. For first names. A word
    /// in lower case matches in any case.
    pub fn add_exact(&mut self, word: &str, target: K) {
        self.insert(word, target);
    }

    /// Lets a word that addresses the whole channel mention `target`.
    pub fn add_channel_word(&mut self, word: ChannelWord, target: K) {
        self.insert(word.as_str(), target);
    }

    fn insert(&mut self, word: &str, target: K) {
        if word.is_empty() || word.len() > MAX_BYTES {
            return;
        }
        let next = self.targets.len();
        let entry = *self.by_word.entry(word.to_owned()).or_insert(next);
        if entry == next {
            self.targets.push(Vec::new());
            if !word.is_ascii() {
                self.infixes.insert(word, entry);
            }
        }
        if let Some(targets) = self.targets.get_mut(entry) {
            targets.push(target);
        }
    }

    /// The entry of a word written exactly so.
    pub(crate) fn entry(&self, word: &str) -> Option<usize> {
        self.by_word.get(word).copied()
    }

    /// Whom an entry mentions.
    pub(crate) fn targets(&self, entry: usize) -> &[K] {
        self.targets.get(entry).map_or(&[], Vec::as_slice)
    }

    /// Calls `visit` with the entry of each word beyond ASCII that occurs anywhere in `text`.
    pub(crate) fn each_infix(&self, text: &str, visit: impl FnMut(usize)) {
        self.infixes.each_in(text, visit);
    }
}

impl<K: Copy> Default for Keywords<K> {
    fn default() -> Keywords<K> {
        Keywords::new()
    }
}

/// The words beyond ASCII as a prefix tree, so that a text is searched for all of them at once.
/// Node 0 is the root.
#[derive(Debug, Clone, Default)]
struct Infixes {
    edges: HashMap<(usize, char), usize>,
    entries: HashMap<usize, usize>,
}

impl Infixes {
    fn insert(&mut self, word: &str, entry: usize) {
        let mut node = 0;
        for c in word.chars() {
            let next = self.edges.len() + 1;
            node = *self.edges.entry((node, c)).or_insert(next);
        }
        self.entries.insert(node, entry);
    }

    fn each_in(&self, text: &str, mut visit: impl FnMut(usize)) {
        for (start, _) in text.char_indices() {
            let mut node = 0;
            for c in text[start..].chars() {
                let Some(next) = self.edges.get(&(node, c)) else { break };
                node = *next;
                if let Some(entry) = self.entries.get(&node) {
                    visit(*entry);
                }
            }
        }
    }
}
