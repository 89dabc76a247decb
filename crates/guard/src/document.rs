//! Entries put together to documents of bounded size, each complete by itself.

use std::collections::BTreeMap;

use fieldpost_kernel::Outcome;
use fieldpost_model::Id;

use crate::entry::Entry;
use crate::format::Format;
use crate::head::Head;
use crate::node::Node;

/// The most entries of a document.
pub const MOST_ENTRIES: usize = 1000;

/// The most bytes of a document.
pub const MOST_BYTES: usize = 1 << 20;

/// Room for what stands around the lists.
const AROUND: usize = 4096;

/// A document that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Document {
    channels: BTreeMap<Id, Node>,
    people: BTreeMap<Id, Node>,
    entries: Vec<Node>,
    weight: usize,
}

impl Document {
    /// How many entries it has.
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Adds an entry with the channel and the person that it names; gives it back if there is no room.
    pub(crate) fn add(&mut self, format: Format, entry: Entry) -> Outcome<Option<Entry>> {
        let node = entry.node();
        let mut weight = format.weight("entry", &node)?;
        let channel = entry.channel.as_ref().map(|channel| (channel.id(), channel.node()));
        let channel = channel.filter(|(id, _)| !self.channels.contains_key(id));
        let person = entry.author.as_ref().map(|person| (person.id(), person.node()));
        let person = person.filter(|(id, _)| !self.people.contains_key(id));
        for (item, named) in [("channel", &channel), ("person", &person)] {
            if let Some((_, node)) = named {
                weight += format.weight(item, node)?;
            }
        }
        let is_full = self.entries.len() >= MOST_ENTRIES
            || self.weight + weight + AROUND > MOST_BYTES && !self.entries.is_empty();
        if is_full {
            return Ok(Some(entry));
        }
        self.weight += weight;
        self.channels.extend(channel);
        self.people.extend(person);
        self.entries.push(node);
        Ok(None)
    }

    /// It whole, as the how-manieth of an export.
    pub(crate) fn node(self, head: &Head, number: i64) -> Node {
        let fields = head.fields("fieldpost-guard-document").with("number", number);
        let list = |named: BTreeMap<Id, Node>| named.into_values().collect();
        fields
            .with_list("channels", "channel", list(self.channels))
            .with_list("people", "person", list(self.people))
            .with_list("entries", "entry", self.entries)
            .into()
    }
}
