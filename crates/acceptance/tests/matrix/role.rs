//! Who asks.

use std::fmt;

/// Somebody of whom there is one at the site of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Role(&'static str);

/// Those without a session of the site: nobody, an account that was deactivated, and somebody who
/// is at home at another site and shows the session of that one.
pub(super) const UNSIGNED: [Role; 3] = [Role("anonymous"), Role("deactivated"), Role("remote")];

/// Those who are signed in.
///
/// The first four belong to the team and its channels; `team_admin` and `teammate` to the team and
/// to none of its channels but the default ones; `outsider` to another team. The last three belong
/// to no team: what they may, they may by their system role.
const SIGNED: [Role; 10] = [
    Role("guest"),
    Role("member"),
    Role("bot"),
    Role("channel_admin"),
    Role("team_admin"),
    Role("teammate"),
    Role("outsider"),
    Role("manager"),
    Role("reader"),
    Role("admin"),
];

impl Role {
    /// Every role.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        UNSIGNED.into_iter().chain(SIGNED)
    }

    /// Every role that is signed in.
    pub(super) fn signed() -> impl Iterator<Item = Self> {
        SIGNED.into_iter()
    }

    /// The role of a name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::all().find(|role| role.0 == name)
    }

    /// Its name, which is its username.
    pub(super) fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
