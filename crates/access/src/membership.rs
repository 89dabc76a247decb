//! From what users and memberships store to role names and permissions.

use crate::role::Role;
use crate::set::PermissionSet;

/// What a space-separated list of role names grants together.
///
/// `find` looks a name up among the roles as they are now; names it does not know grant nothing.
pub fn permissions_of<'r>(roles: &str, find: impl Fn(&str) -> Option<&'r Role>) -> PermissionSet {
    union(roles.split_whitespace(), find)
}

fn union<'n, 'r>(
    names: impl Iterator<Item = &'n str>,
    find: impl Fn(&str) -> Option<&'r Role>,
) -> PermissionSet {
    names.filter_map(find).fold(PermissionSet::EMPTY, |set, role| set | role.granted())
}

/// The names of the roles that the three flags of a membership stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemeRoles<'a> {
    /// The role of guests.
    pub guest: &'a str,
    /// The role of ordinary members.
    pub user: &'a str,
    /// The role of administrators.
    pub admin: &'a str,
}

impl SchemeRoles<'static> {
    /// The roles of a team without a scheme.
    pub const TEAM: Self = Self { guest: "team_guest", user: "team_user", admin: "team_admin" };

    /// The roles of a channel when neither it nor its team has a scheme.
    pub const CHANNEL: Self =
        Self { guest: "channel_guest", user: "channel_user", admin: "channel_admin" };
}

impl<'a> SchemeRoles<'a> {
    /// The roles in a team: its scheme's, or the built-in ones.
    pub fn of_team(scheme: Option<Self>) -> Self {
        scheme.unwrap_or(SchemeRoles::TEAM)
    }

    /// The roles in a channel: its own scheme's, else those its team's scheme has for channels, or
    /// the built-in ones.
    pub fn of_channel(channel_scheme: Option<Self>, team_scheme: Option<Self>) -> Self {
        channel_scheme.or(team_scheme).unwrap_or(SchemeRoles::CHANNEL)
    }
}

/// What a membership of a team or channel stores about roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MembershipRoles<'a> {
    /// Roles given by name, space-separated.
    pub explicit: &'a str,
    /// Whether the member is a guest.
    pub scheme_guest: bool,
    /// Whether the member is an ordinary one.
    pub scheme_user: bool,
    /// Whether the member administers.
    pub scheme_admin: bool,
}

impl<'a> MembershipRoles<'a> {
    /// The roles of the membership as the API shows them: explicit ones first, then those of the
    /// flags guest, user and admin, none of them twice.
    pub fn names(&self, scheme: &SchemeRoles<'a>) -> String {
        self.each(scheme).collect::<Vec<_>>().join(" ")
    }

    /// What the membership grants.
    pub fn permissions<'r>(
        &self,
        scheme: &SchemeRoles<'a>,
        find: impl Fn(&str) -> Option<&'r Role>,
    ) -> PermissionSet {
        union(self.each(scheme), find)
    }

    fn each(&self, scheme: &SchemeRoles<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
        let explicit = self.explicit;
        let flags = [
            (self.scheme_guest, scheme.guest),
            (self.scheme_user, scheme.user),
            (self.scheme_admin, scheme.admin),
        ];
        let implied = flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name);
        let named = move |name: &&str| explicit.split_whitespace().any(|e| e == *name);
        explicit.split_whitespace().chain(implied.filter(move |name| !named(name)))
    }
}
