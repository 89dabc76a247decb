//! Who was told what, and in which order.

use std::collections::{BTreeMap, HashMap};

use crate::history::{Fact, Name, Person};

use super::{Fault, Faults, Known};

/// What one connection was told of one channel.
#[derive(Debug, Default)]
struct Heard {
    /// The places of the posts, in the order in which they were told.
    places: Vec<usize>,
}

impl Known<'_> {
    /// Messages that stand before one that their author had an answer for when they sent them.
    pub(super) fn own_order(&self) -> Faults {
        let mut highest: HashMap<(Person, Name), usize> = HashMap::new();
        let mut faults = Faults::new();
        for (n, entry) in self.history.entries.iter().enumerate() {
            match entry.fact {
                Fact::Sent { post, .. } => {
                    let Some((channel, place)) = self.places.get(&post) else { continue };
                    let highest = highest.entry((entry.who, *channel)).or_default();
                    *highest = (*highest).max(place + 1);
                }
                Fact::Sending { mark, channel, .. } => {
                    let message = self.messages.get(&mark).filter(|message| message.first == n);
                    let post = message.and_then(|message| message.posts.first());
                    let place = post.and_then(|post| self.places.get(post)).map(|place| place.1);
                    let least = highest.get(&(entry.who, channel)).copied().unwrap_or(0);
                    if place.is_some_and(|place| place < least) {
                        let text = format!("{mark:?} stands before what was answered before it");
                        faults.push((Fault::Reordered, text));
                    }
                }
                _ => {}
            }
        }
        faults
    }

    /// Stretches that were read in another order than that of the end.
    pub(super) fn read_order(&self) -> Faults {
        let mut faults = Faults::new();
        for entry in &self.history.entries {
            let Fact::Read { channel, posts } = &entry.fact else { continue };
            let places = posts.iter().filter_map(|post| self.places.get(post));
            let places: Vec<usize> = places.map(|(_, place)| *place).collect();
            if !places.is_sorted_by(|a, b| a < b) {
                let (who, channel) = (entry.who, self.shown(*channel));
                let text = format!("{who} read {channel} in the order {places:?}");
                faults.push((Fault::Reordered, text));
            }
        }
        faults
    }

    /// What each connection was told of each channel.
    fn heard(&self) -> BTreeMap<(Person, Name, Name), Heard> {
        let mut all: BTreeMap<(Person, Name, Name), Heard> = BTreeMap::new();
        for entry in &self.history.entries {
            let Fact::Told { connection, channel, post } = entry.fact else { continue };
            if let Some((_, place)) = self.places.get(&post) {
                let heard = all.entry((entry.who, connection, channel)).or_default();
                heard.places.push(*place);
            }
        }
        all
    }

    /// What a connection was told in another order than that of the end, or more than once.
    pub(super) fn told_order(&self) -> Faults {
        let mut faults = Faults::new();
        for ((who, _, channel), heard) in self.heard() {
            let mut sorted = heard.places.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let channel = self.shown(channel);
            if sorted.len() < heard.places.len() {
                let twice = heard.places.len() - sorted.len();
                let text = format!("{who} was told of {twice} posts of {channel} again");
                faults.push((Fault::ToldTwice, text));
            } else if sorted != heard.places {
                let places = &heard.places;
                let text = format!("{who} was told of {channel} in the order {places:?}");
                faults.push((Fault::Reordered, text));
            }
        }
        faults
    }

    /// What a connection was not told although it stood, and was told of something later.
    pub(super) fn missed(&self) -> Faults {
        let mut opened: HashMap<(Person, Name), usize> = HashMap::new();
        for (n, entry) in self.history.entries.iter().enumerate() {
            if let Fact::Opened { connection } = entry.fact {
                opened.insert((entry.who, connection), n);
            }
        }
        let mut faults = Faults::new();
        for ((who, connection, channel), heard) in self.heard() {
            let since = opened.get(&(who, connection)).copied().unwrap_or(0);
            // Of whoever left nothing is asked, and of whoever came back only what was sent then.
            let Some(joined) = self.joined.get(&(who, channel)) else { continue };
            let from = since.max(*joined);
            let last = heard.places.iter().max().copied().unwrap_or(0);
            let told: std::collections::HashSet<usize> = heard.places.iter().copied().collect();
            let missing = (0..last).rev().filter(|place| !told.contains(place)).filter(|place| {
                self.message_at(channel, *place).is_some_and(|message| message.first > from)
            });
            for place in missing {
                let post = self.history.ending[&channel][place].post;
                let text = format!(
                    "{who} was not told of {} in {}",
                    self.shown(post),
                    self.shown(channel)
                );
                faults.push((Fault::Missed, text));
            }
        }
        faults
    }

    /// What people were told, or read, of channels that they do not belong to.
    pub(super) fn trespasses(&self) -> Faults {
        let mut faults = Faults::new();
        for entry in &self.history.entries {
            let (channel, posts): (Name, &[Name]) = match &entry.fact {
                Fact::Told { channel, post, .. } => (*channel, std::slice::from_ref(post)),
                Fact::Read { channel, posts } => (*channel, posts),
                _ => continue,
            };
            let place = (entry.who, channel);
            let is_member = self.theirs.contains(&place);
            let left = self.left.get(&place).copied();
            let after = |post: &&Name| {
                let place = self.places.get(post);
                let message = place.and_then(|(channel, n)| self.message_at(*channel, *n));
                left.zip(message).is_some_and(|(left, message)| message.first > left)
            };
            if !is_member || posts.iter().any(|post| after(&post)) {
                let (who, channel) = (entry.who, self.shown(channel));
                let text = format!("{who} was told of {channel}, which is none of theirs");
                faults.push((Fault::Trespass, text));
            }
        }
        faults
    }
}
