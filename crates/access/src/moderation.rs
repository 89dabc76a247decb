//! The switches by which a channel restricts its members and guests.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::membership::SchemeRoles;
use crate::permission::Permission;
use crate::role::{Role, builtin};
use crate::set::PermissionSet;

/// A switch of a channel's moderation; it stands for one or more permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moderated {
    /// Writing posts. A channel without it is read-only.
    CreatePost,
    /// Adding and removing one's own reactions.
    CreateReactions,
    /// Adding and removing members.
    ManageMembers,
    /// Mentioning the whole channel.
    UseChannelMentions,
    /// Bookmarks of the channel.
    ManageBookmarks,
}

impl Moderated {
    /// Every switch, in the order the API lists them.
    pub const ALL: [Self; 5] = [
        Self::CreatePost,
        Self::CreateReactions,
        Self::ManageMembers,
        Self::UseChannelMentions,
        Self::ManageBookmarks,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreatePost => "create_post",
            Self::CreateReactions => "create_reactions",
            Self::ManageMembers => "manage_members",
            Self::UseChannelMentions => "use_channel_mentions",
            Self::ManageBookmarks => "manage_bookmarks",
        }
    }

    /// The switch of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.name() == name)
    }

    /// Whether the switch exists for guests too; for the other two the API answers null.
    pub const fn applies_to_guests(self) -> bool {
        !matches!(self, Self::ManageMembers | Self::ManageBookmarks)
    }
}

/// Whom a switch restricts. The administrators of a channel are never restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restricted {
    /// Ordinary members.
    Members,
    /// Guests.
    Guests,
}

/// The numbers at which the switches of guests begin.
const GUESTS: u8 = 8;

/// What a channel takes from its members and guests: one bit for each switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Restrictions(u16);

impl Restrictions {
    /// The restrictions of a number that was kept; bits that mean nothing are left out.
    pub fn from_number(number: i64) -> Self {
        let mut known = Self::default();
        for (whom, switch) in Self::every() {
            let place = Self::place(whom, switch);
            known = known.with(whom, switch, number >> place & 1 == 1);
        }
        known
    }

    /// The number to keep.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// Every switch there is.
    pub fn every() -> impl Iterator<Item = (Restricted, Moderated)> {
        let of = |whom| Moderated::ALL.into_iter().map(move |switch| (whom, switch));
        of(Restricted::Members)
            .chain(of(Restricted::Guests))
            .filter(|(whom, switch)| *whom == Restricted::Members || switch.applies_to_guests())
    }

    /// The number of a switch, for good.
    pub fn place(whom: Restricted, switch: Moderated) -> u8 {
        let first = if whom == Restricted::Guests { GUESTS } else { 0 };
        first + switch as u8
    }

    /// The switch of a number, if there is one.
    pub fn at(place: u8) -> Option<(Restricted, Moderated)> {
        Self::every().find(|(whom, switch)| Self::place(*whom, *switch) == place)
    }

    /// Whether a switch is set.
    pub fn has(self, whom: Restricted, switch: Moderated) -> bool {
        self.0 >> Self::place(whom, switch) & 1 == 1
    }

    /// The same with a switch set, or not.
    #[must_use]
    pub fn with(self, whom: Restricted, switch: Moderated, set: bool) -> Self {
        let bit = 1 << Self::place(whom, switch);
        Self(if set { self.0 | bit } else { self.0 & !bit })
    }

    /// The roles that the flags of a membership stand for in a channel with these restrictions.
    pub fn roles(self) -> SchemeRoles<'static> {
        let user = name_of(&MEMBERS, usize::from(self.0 % (1 << GUESTS)), CHANNEL.user);
        let guest = name_of(&OF_GUESTS, usize::from(self.0 >> GUESTS), CHANNEL.guest);
        SchemeRoles { guest, user, admin: CHANNEL.admin }
    }
}

const CHANNEL: SchemeRoles<'static> = SchemeRoles::CHANNEL;

/// The number of combinations of switches.
const COMBINATIONS: u8 = 1 << Moderated::ALL.len();

static MEMBERS: LazyLock<Vec<Role>> = LazyLock::new(|| restricted(CHANNEL.user));

static OF_GUESTS: LazyLock<Vec<Role>> = LazyLock::new(|| restricted(CHANNEL.guest));

fn name_of(roles: &'static [Role], combination: usize, unrestricted: &'static str) -> &'static str {
    match combination.checked_sub(1).and_then(|index| roles.get(index)) {
        Some(role) => role.name.as_ref(),
        None => unrestricted,
    }
}

/// What remains of a role under each combination of switches but the one of none.
fn restricted(name: &str) -> Vec<Role> {
    let Some(whole) = builtin(name) else { return Vec::new() };
    let under = |combination: u8| {
        let taken = |permission: &Permission| {
            permission.moderated_as().is_some_and(|switch| combination >> switch as u8 & 1 == 1)
        };
        let permissions: PermissionSet =
            whole.permissions.iter().filter(|permission| !taken(permission)).collect();
        let name = Cow::Owned(format!("{name}{RESTRICTED}{combination}"));
        Role { name, permissions, built_in: false, ..whole.clone() }
    };
    (1..COMBINATIONS).map(under).collect()
}

/// What stands in the name of a restricted role, before the number of its combination.
const RESTRICTED: &str = "_restricted_";

/// The role of this name that a channel's restrictions make, if there is one.
pub(crate) fn restricted_role(name: &str) -> Option<&'static Role> {
    name.contains(RESTRICTED).then(|| restricted_roles().find(|role| role.name == name)).flatten()
}

/// The roles that the restrictions of channels make.
pub fn restricted_roles() -> impl Iterator<Item = &'static Role> {
    MEMBERS.iter().chain(OF_GUESTS.iter())
}

/// The role of which a restricted one is what remains; any other as it is.
pub fn unrestricted(name: &str) -> &str {
    name.split_once(RESTRICTED).map_or(name, |(whole, _)| whole)
}
