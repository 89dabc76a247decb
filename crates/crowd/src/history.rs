//! What every client did and saw, in the order in which it happened to this process.
//!
//! All clients are in one process, so "before" means before: an answer that was read before a
//! request was written is older than whatever that request did.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The number of a person.
pub type Person = u32;

/// An id of the server, as a small number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

/// What a client calls one message of its own, in every try to send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Who wrote it.
    pub author: Person,
    /// Which of theirs.
    pub number: u32,
}

/// Something that a person did or saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Sends a message, for the first time or again.
    Sending {
        /// Which.
        mark: Mark,
        /// Where.
        channel: Name,
        /// The thread's first message, if it answers one.
        root: Option<Name>,
    },
    /// Its message was accepted.
    Sent {
        /// Which.
        mark: Mark,
        /// What it became.
        post: Name,
    },
    /// Gives a post its text number so and so.
    Editing {
        /// Which.
        post: Name,
        /// The text's number.
        version: u32,
    },
    /// That was accepted.
    Edited {
        /// Which.
        post: Name,
        /// The text's number.
        version: u32,
    },
    /// Deletes a post.
    Deleting {
        /// Which.
        post: Name,
    },
    /// That was accepted.
    Deleted {
        /// Which.
        post: Name,
    },
    /// Reacts to a post.
    Reacting {
        /// To which.
        post: Name,
    },
    /// That was accepted.
    Reacted {
        /// To which.
        post: Name,
    },
    /// Was greeted on a new connection.
    Opened {
        /// Which connection.
        connection: Name,
    },
    /// Was told of a new post.
    Told {
        /// On which connection.
        connection: Name,
        /// In which channel.
        channel: Name,
        /// Of which post.
        post: Name,
    },
    /// Read a stretch of a channel.
    Read {
        /// Of which.
        channel: Name,
        /// What was there, oldest first.
        posts: Box<[Name]>,
    },
    /// Asks to belong to a channel: what is told from here on may come before the answer.
    Joining {
        /// Which.
        channel: Name,
    },
    /// Belongs to a channel from here on, at the latest.
    Joined {
        /// Which.
        channel: Name,
    },
    /// Belongs to a channel no more.
    Left {
        /// Which.
        channel: Name,
    },
}

/// Who did or saw it, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub who: Person,
    /// What.
    pub fact: Fact,
}

/// A post at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub post: Name,
    /// What its author called it; nothing for what the server wrote.
    pub mark: Option<Mark>,
    /// The number of its text.
    pub version: u32,
    /// Who reacted to it.
    pub reactions: Vec<Person>,
}

/// All that was done and seen, and what is there at the end.
#[derive(Debug, Default)]
pub struct History {
    /// In the order in which it happened.
    pub entries: Vec<Entry>,
    /// What each channel holds at the end, oldest first.
    pub ending: HashMap<Name, Vec<Held>>,
    names: HashMap<Box<str>, Name>,
    texts: Vec<Box<str>>,
}

impl History {
    /// The number of an id, the same for the same id.
    pub fn name(&mut self, id: &str) -> Name {
        if let Some(known) = self.names.get(id) {
            return *known;
        }
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.names.insert(id.into(), name);
        self.texts.push(id.into());
        name
    }

    /// The id of a number.
    pub fn id(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("?", |text| text)
    }

    /// The ids of the channels in which somebody wrote something.
    fn written(&self) -> Vec<String> {
        self.channels(|fact| match fact {
            Fact::Sending { channel, .. } => Some(*channel),
            _ => None,
        })
    }

    /// The ids of the channels of which somebody knows a post: written there, told of, or read. In
    /// a small site most conversations are only read, and what was read is promised as well.
    fn seen(&self) -> Vec<String> {
        self.channels(|fact| match fact {
            Fact::Sending { channel, .. }
            | Fact::Told { channel, .. }
            | Fact::Read { channel, .. } => Some(*channel),
            _ => None,
        })
    }

    fn channels(&self, of: impl Fn(&Fact) -> Option<Name>) -> Vec<String> {
        let channels: BTreeSet<Name> =
            self.entries.iter().filter_map(|entry| of(&entry.fact)).collect();
        channels.into_iter().map(|name| self.id(name).to_owned()).collect()
    }
}

/// The history that many clients write at once; those that only load a server keep none.
#[derive(Debug)]
pub struct Recorder(Option<Mutex<History>>);

impl Recorder {
    /// One that keeps everything.
    pub fn keeping() -> Self {
        Self(Some(Mutex::default()))
    }

    /// One that keeps nothing.
    pub fn idle() -> Self {
        Self(None)
    }

    /// Writes down what somebody did or saw. The function names the ids in it.
    pub(crate) fn note(&self, who: usize, fact: impl FnOnce(&mut History) -> Fact) {
        let Some(history) = &self.0 else { return };
        let mut history = lock(history);
        let fact = fact(&mut history);
        let who = Person::try_from(who).unwrap_or(Person::MAX);
        history.entries.push(Entry { who, fact });
    }

    /// How much was written.
    pub(crate) fn len(&self) -> u64 {
        self.0.as_ref().map_or(0, |history| lock(history).entries.len() as u64)
    }

    /// Takes what was written.
    pub(crate) fn take(&self) -> History {
        self.0.as_ref().map(|history| std::mem::take(&mut *lock(history))).unwrap_or_default()
    }

    /// The channels in which somebody wrote something.
    pub(crate) fn written(&self) -> Vec<String> {
        self.0.as_ref().map(|history| lock(history).written()).unwrap_or_default()
    }

    /// The channels of which somebody knows a post.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.0.as_ref().map(|history| lock(history).seen()).unwrap_or_default()
    }
}

fn lock(history: &Mutex<History>) -> MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a message says of itself: its mark, the number of its text, and when it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) mark: Mark,
    pub(crate) version: u32,
    /// Microseconds since the clients began.
    pub(crate) at: u64,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mark { author, number } = self.mark;
        write!(f, "{{{author}.{number}.{}.{}}}", self.version, self.at)
    }
}

impl Stamp {
    /// The stamp at the end of a text.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let within = text.strip_suffix('}')?;
        let (_, within) = within.rsplit_once('{')?;
        let mut parts = within.split('.');
        let stamp = Self {
            mark: Mark { author: parts.next()?.parse().ok()?, number: parts.next()?.parse().ok()? },
            version: parts.next()?.parse().ok()?,
            at: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_at_the_end_of_a_text() {
        let stamp = Stamp { mark: Mark { author: 7, number: 12 }, version: 1, at: 99 };
        assert_eq!(Stamp::of(&format!("some {{text}} {stamp}")), Some(stamp));
        assert_eq!(Stamp::of("some text {1.2.3}"), None);
        assert_eq!(Stamp::of("joined the channel."), None);
    }

    #[test]
    fn an_id_has_one_number() {
        let mut history = History::default();
        let (a, b) = (history.name("a"), history.name("b"));
        assert_ne!(a, b);
        assert_eq!(history.name("a"), a);
        assert_eq!(history.id(b), "b");
    }

    #[test]
    fn what_is_only_read_or_told_of_is_compared_as_well() {
        let recorder = Recorder::keeping();
        let mark = Mark { author: 1, number: 1 };
        recorder.note(1, |history| Fact::Read { channel: history.name("read"), posts: [].into() });
        recorder.note(1, |history| Fact::Told {
            connection: history.name("connection"),
            channel: history.name("told"),
            post: history.name("post"),
        });
        let channel = |history: &mut History| history.name("written");
        recorder.note(1, |history| Fact::Sending { mark, channel: channel(history), root: None });
        recorder.note(1, |history| Fact::Joined { channel: history.name("joined") });
        assert_eq!(recorder.written(), ["written"]);
        assert_eq!(recorder.seen(), ["read", "told", "written"]);
    }
}
