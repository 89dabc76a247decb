//! What is there at the end, compared with what was promised.

use std::collections::{HashMap, HashSet};

use crate::history::{Fact, Name, Person};

use super::{Fault, Faults, Known};

/// What an author knows of one thing that changes: the last that was accepted, and what was tried
/// after it and may or may not have been taken.
#[derive(Debug, Default)]
struct Tried {
    accepted: Option<u32>,
    in_doubt: Vec<u32>,
}

impl Known<'_> {
    /// Posts that somebody knows of and that nobody deleted, and that are not there.
    pub(super) fn lost(&self) -> Faults {
        // A thread is deleted with its first message.
        let roots: HashMap<Name, Name> = self
            .messages
            .values()
            .filter_map(|message| Some((*message.posts.first()?, message.root?)))
            .collect();
        let is_missing = |post: Name| {
            let root = roots.get(&post);
            !self.places.contains_key(&post)
                && !self.deleting.contains(&post)
                && !root.is_some_and(|root| self.deleting.contains(root))
        };
        let mut named = HashSet::new();
        let mut faults = Faults::new();
        let mut look = |post: Name, how: &str| {
            if is_missing(post) && named.insert(post) {
                faults.push((Fault::Lost, format!("post {} was {how}", self.shown(post))));
            }
        };
        for entry in &self.history.entries {
            match &entry.fact {
                Fact::Sent { post, .. } => look(*post, "accepted"),
                Fact::Told { post, .. } => look(*post, "told of"),
                Fact::Read { posts, .. } => posts.iter().for_each(|post| look(*post, "read")),
                _ => {}
            }
        }
        faults
    }

    /// Messages that became more than one post, or that nobody sent.
    pub(super) fn duplicated(&self) -> Faults {
        let mut faults = Faults::new();
        for (mark, message) in &self.messages {
            let posts: HashSet<Name> = message.posts.iter().copied().collect();
            if posts.len() > 1 {
                faults.push((Fault::Duplicated, format!("{mark:?} was answered with {posts:?}")));
            }
        }
        let mut seen = HashSet::new();
        for held in self.history.ending.values().flatten() {
            let Some(mark) = held.mark else { continue };
            if !seen.insert(mark) {
                let post = self.shown(held.post);
                faults.push((Fault::Duplicated, format!("{mark:?} is there again as {post}")));
            }
            if !self.messages.contains_key(&mark) {
                faults.push((Fault::WrongEnd, format!("nobody sent {mark:?}")));
            }
        }
        faults
    }

    /// Texts, deletions and reactions that are not as they were accepted.
    pub(super) fn wrong_end(&self) -> Faults {
        let mut texts: HashMap<Name, Tried> = HashMap::new();
        let mut reactions: HashSet<(Name, Person)> = HashSet::new();
        let mut faults = Faults::new();
        for entry in &self.history.entries {
            match entry.fact {
                Fact::Editing { post, version } => {
                    texts.entry(post).or_default().in_doubt.push(version);
                }
                Fact::Edited { post, version } => {
                    let tried = texts.entry(post).or_default();
                    tried.accepted = Some(version);
                    tried.in_doubt.clear();
                }
                Fact::Deleted { post } if self.places.contains_key(&post) => {
                    let post = self.shown(post);
                    faults.push((Fault::WrongEnd, format!("{post} was deleted and is there")));
                }
                Fact::Reacted { post } => {
                    reactions.insert((post, entry.who));
                }
                _ => {}
            }
        }
        for held in self.history.ending.values().flatten() {
            let none = Tried::default();
            let tried = texts.get(&held.post).unwrap_or(&none);
            let is_right = held.version == tried.accepted.unwrap_or(0)
                || tried.in_doubt.contains(&held.version);
            if held.mark.is_some() && !is_right {
                let (post, version) = (self.shown(held.post), held.version);
                let text = format!("{post} has its text number {version}; known is {tried:?}");
                faults.push((Fault::WrongEnd, text));
            }
            held.reactions.iter().for_each(|who| {
                reactions.remove(&(held.post, *who));
            });
        }
        reactions.retain(|(post, _)| self.places.contains_key(post));
        faults.extend(reactions.iter().map(|(post, who)| {
            let text = format!("the reaction of {who} to {} is not there", self.shown(*post));
            (Fault::WrongEnd, text)
        }));
        faults
    }
}
