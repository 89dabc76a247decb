//! The permissions of the API: 275 live ones, one of them Fieldpost's own, and 29 known by name
//! only.

use std::fmt;

use crate::moderation::Moderated;
use crate::set::PermissionSet;

include!(concat!(env!("OUT_DIR"), "/permissions.rs"));

/// What a permission is asked of: the level whose roles are meant to grant it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole site.
    System,
    /// One team.
    Team,
    /// One channel.
    Channel,
    /// One user group.
    Group,
    /// One playbook.
    Playbook,
    /// One run of a playbook.
    Run,
}

struct Facts {
    permission: Permission,
    name: &'static str,
    scope: Scope,
    deprecated: bool,
    moderated_as: Option<Moderated>,
}

impl Permission {
    /// How many permissions there are, deprecated ones included.
    pub const COUNT: usize = FACTS.len();

    /// Every permission, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.permission)
    }

    /// The permission of this name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = FACTS.binary_search_by(|facts| facts.name.cmp(name)).ok()?;
        FACTS.get(found).map(|facts| facts.permission)
    }

    pub(crate) fn from_index(index: usize) -> Option<Self> {
        FACTS.get(index).map(|facts| facts.permission)
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The level it is meant for.
    pub const fn scope(self) -> Scope {
        self.facts().scope
    }

    /// Whether it is only kept because older roles may name it.
    pub const fn is_deprecated(self) -> bool {
        self.facts().deprecated
    }

    /// The switch of a channel's moderation that takes it away, if one does.
    pub const fn moderated_as(self) -> Option<Moderated> {
        self.facts().moderated_as
    }

    /// What a role editor grants along with this console permission.
    pub fn brings(self) -> PermissionSet {
        brought_by(self)
    }

    const fn facts(self) -> &'static Facts {
        // One entry for each variant, in the same order: the index is always in range.
        &FACTS[self as usize]
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
