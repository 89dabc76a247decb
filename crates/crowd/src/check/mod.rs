//! Decides whether a history keeps what the server promised. Pure: it knows no server and no clock.
//!
//! - What was accepted, told or read is there at the end, unless somebody deleted it: **lost**.
//! - What was sent, however often, is there once: **duplicated**.
//! - Everybody reads and is told of a channel in one order, and what somebody sent after an answer
//!   stands after what was answered: **reordered**.
//! - A connection is told of all that was sent in its person's channels while it stood, up to the
//!   last that it was told: **missed**; and of each once: **told twice**.
//! - Nobody is told of what is in a channel that they do not belong to: **trespass**.
//! - The end has the last accepted text, no deleted post, every accepted reaction: **wrong end**.

mod ending;
mod order;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::history::{Fact, History, Mark, Name, Person};

/// What is wrong, by the promise that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Fault {
    Lost,
    Duplicated,
    Reordered,
    Missed,
    ToldTwice,
    Trespass,
    WrongEnd,
}

/// What a history comes to.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is wrong, and which it concerns.
    pub faults: Vec<(Fault, String)>,
    /// How many messages were accepted.
    pub sent: usize,
    /// How many of them had been sent more than once.
    pub retried: usize,
    /// How many times somebody was told of a post.
    pub told: usize,
    /// How many stretches of channels were read.
    pub reads: usize,
    /// How many edits, deletions and reactions were accepted.
    pub changes: usize,
}

impl Verdict {
    /// How many faults there are of each kind.
    pub fn counts(&self) -> BTreeMap<Fault, usize> {
        let mut counts = BTreeMap::new();
        for (fault, _) in &self.faults {
            *counts.entry(*fault).or_default() += 1;
        }
        counts
    }
}

/// Decides.
pub fn check(history: &History) -> Verdict {
    let known = Known::of(history);
    let mut verdict = known.counted();
    for find in [
        Known::lost,
        Known::duplicated,
        Known::wrong_end,
        Known::own_order,
        Known::read_order,
        Known::told_order,
        Known::missed,
        Known::trespasses,
    ] {
        verdict.faults.extend(find(&known));
    }
    verdict
}

type Faults = Vec<(Fault, String)>;

/// A message as its author knows it.
#[derive(Debug, Default)]
struct Message {
    channel: Option<Name>,
    root: Option<Name>,
    /// Where in the history it was sent for the first time, and how often.
    first: usize,
    tries: usize,
    /// Every post it was said to be.
    posts: Vec<Name>,
}

/// What a history says, by what it is asked for.
struct Known<'h> {
    history: &'h History,
    messages: BTreeMap<Mark, Message>,
    /// The channel of each post that is there at the end, and its place in it.
    places: HashMap<Name, (Name, usize)>,
    /// What somebody deleted, or tried to.
    deleting: HashSet<Name>,
    /// The channels that were somebody's at some time, or may have been.
    theirs: HashSet<(Person, Name)>,
    /// Since where in the history people surely belong to channels, and where they left others.
    joined: HashMap<(Person, Name), usize>,
    left: HashMap<(Person, Name), usize>,
}

impl<'h> Known<'h> {
    fn of(history: &'h History) -> Self {
        let mut known = Self {
            history,
            messages: BTreeMap::new(),
            places: HashMap::new(),
            deleting: HashSet::new(),
            theirs: HashSet::new(),
            joined: HashMap::new(),
            left: HashMap::new(),
        };
        for (channel, held) in &history.ending {
            let placed = held.iter().enumerate().map(|(n, held)| (held.post, (*channel, n)));
            known.places.extend(placed);
        }
        for (n, entry) in history.entries.iter().enumerate() {
            match entry.fact {
                Fact::Sending { mark, channel, root } => {
                    let message = known.messages.entry(mark).or_default();
                    if message.tries == 0 {
                        message.first = n;
                    }
                    message.tries += 1;
                    (message.channel, message.root) = (Some(channel), root);
                }
                Fact::Sent { mark, post } => {
                    known.messages.entry(mark).or_default().posts.push(post);
                }
                Fact::Deleting { post } => {
                    known.deleting.insert(post);
                }
                Fact::Joining { channel } => {
                    let place = (entry.who, channel);
                    known.theirs.insert(place);
                    known.left.remove(&place);
                }
                Fact::Joined { channel } => {
                    let place = (entry.who, channel);
                    known.theirs.insert(place);
                    known.left.remove(&place);
                    known.joined.entry(place).or_insert(n);
                }
                Fact::Left { channel } => {
                    let place = (entry.who, channel);
                    known.joined.remove(&place);
                    known.left.insert(place, n);
                }
                _ => {}
            }
        }
        known
    }

    fn counted(&self) -> Verdict {
        let count = |is: fn(&Fact) -> bool| {
            self.history.entries.iter().filter(|entry| is(&entry.fact)).count()
        };
        let sent = self.messages.values().filter(|message| !message.posts.is_empty());
        Verdict {
            faults: Vec::new(),
            sent: sent.clone().count(),
            retried: sent.filter(|message| message.tries > 1).count(),
            told: count(|fact| matches!(fact, Fact::Told { .. })),
            reads: count(|fact| matches!(fact, Fact::Read { .. })),
            changes: count(|fact| {
                matches!(fact, Fact::Edited { .. } | Fact::Deleted { .. } | Fact::Reacted { .. })
            }),
        }
    }

    fn shown(&self, name: Name) -> String {
        self.history.id(name).to_owned()
    }

    /// The message that a post is, as it is known from the end.
    fn message_at(&self, channel: Name, place: usize) -> Option<&Message> {
        let held = self.history.ending.get(&channel)?.get(place)?;
        self.messages.get(&held.mark?)
    }
}
