//! The merge rules: what two sites make of changes they did not see in the same order.
//!
//! Each rule is a join: [`Merge::merge`] is commutative, associative and idempotent, so that any
//! two sites that have the same changes have the same state, whatever the order, repetition and
//! delay of their arrival (Shapiro et al., "Conflict-free Replicated Data Types", 2011).

use std::collections::BTreeSet;

use crate::clock::Version;

/// State of which two copies can always be made one.
///
/// `a.merge(b) == b.merge(a)`, `a.merge(b.merge(c)) == a.merge(b).merge(c)`, `a.merge(a) == a`.
pub trait Merge {
    /// What a site holds that has seen all that either copy has seen.
    #[must_use]
    fn merge(self, other: Self) -> Self;
}

/// A value of which the latest wins: the text of a post, one field of a card.
///
/// Two versions are equal only if a site broke the rules or was cloned; then the greater value
/// wins, so that even so all sites agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastWriter<T> {
    /// When and where it was written. First, because it decides the order.
    pub version: Version,
    /// What was written.
    pub value: T,
}

impl<T: Ord> LastWriter<T> {
    /// A value as written.
    pub const fn new(version: Version, value: T) -> Self {
        Self { version, value }
    }

    /// The winner, and the loser unless both are the same. The loser is kept as a revision: nobody
    /// loses what they wrote. Over any number of merges, in any order, each value that was
    /// overtaken is the loser exactly once.
    #[must_use]
    pub fn contest(self, other: Self) -> (Self, Option<Self>) {
        match self.cmp(&other) {
            std::cmp::Ordering::Less => (other, Some(self)),
            std::cmp::Ordering::Equal => (self, None),
            std::cmp::Ordering::Greater => (self, Some(other)),
        }
    }
}

impl<T: Ord> Merge for LastWriter<T> {
    fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Something that can be deleted for good: the deletion wins over every edit, earlier or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime<T> {
    /// It is there.
    Live(T),
    /// It was deleted; of several deletions, the earliest counts.
    Deleted(Version),
}

impl<T: Merge> Merge for Lifetime<T> {
    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Live(one), Self::Live(other)) => Self::Live(one.merge(other)),
            (Self::Deleted(one), Self::Deleted(other)) => Self::Deleted(one.min(other)),
            (Self::Deleted(version), Self::Live(_)) | (Self::Live(_), Self::Deleted(version)) => {
                Self::Deleted(version)
            }
        }
    }
}

/// One element of a set to which people add and from which they remove, such as one person's
/// reaction with one emoji: the latest wins, and of an addition and a removal of one version the
/// removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddRemove {
    version: Version,
    // The order of the fields is the rule: a removal is greater than an addition of one version.
    removed: bool,
}

impl AddRemove {
    /// The element as added.
    pub const fn added(version: Version) -> Self {
        Self { version, removed: false }
    }

    /// The element as removed; also of one never seen, whose addition may yet arrive.
    pub const fn removed(version: Version) -> Self {
        Self { version, removed: true }
    }

    /// Whether the element is in the set.
    pub const fn is_present(&self) -> bool {
        !self.removed
    }

    /// When and where the change was written that decides.
    pub const fn version(&self) -> Version {
        self.version
    }
}

impl Merge for AddRemove {
    fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Membership and grants, where a mistake must be on the safe side: a removal wins over every
/// addition whose author had not seen it, whatever the clocks say.
///
/// An addition therefore names the removals it overrides, which are those its author had seen. `R`
/// is what names a removal, and must not be predictable, or an addition could override a removal
/// still to come: use the digest of its leaf in the log. One removal costs one `R` for as long as
/// the element is remembered; the decoder of additions bounds how many one may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalWins<R> {
    added: bool,
    removals: BTreeSet<R>,
    overridden: BTreeSet<R>,
}

impl<R: Ord> RemovalWins<R> {
    /// An element nobody has added or removed.
    pub const fn new() -> Self {
        Self { added: false, removals: BTreeSet::new(), overridden: BTreeSet::new() }
    }

    /// Whether the element is a member: it was added, and no removal stands.
    pub fn is_present(&self) -> bool {
        self.added && self.removals.is_subset(&self.overridden)
    }

    /// The removals seen so far: what an addition written now must name to have effect.
    pub const fn removals(&self) -> &BTreeSet<R> {
        &self.removals
    }

    /// Applies an addition that overrides these removals.
    pub fn add(&mut self, overrides: impl IntoIterator<Item = R>) {
        self.added = true;
        self.overridden.extend(overrides);
    }

    /// Applies a removal.
    pub fn remove(&mut self, removal: R) {
        self.removals.insert(removal);
    }
}

impl<R: Ord> Default for RemovalWins<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Ord> Merge for RemovalWins<R> {
    fn merge(mut self, other: Self) -> Self {
        self.added |= other.added;
        self.removals.extend(other.removals);
        self.overridden.extend(other.overridden);
        self
    }
}

#[cfg(test)]
mod tests;
