//! What a decision is made from, loaded once by whoever asks.

use fieldpost_model::{ChannelType, Id};

use crate::permission::Permission;
use crate::set::PermissionSet;

/// The refusal of a request, naming the permission that was missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied {
    /// The permission that would have been enough, or the first of several.
    pub permission: Permission,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "missing permission {}", self.permission)
    }
}

impl std::error::Error for Denied {}

/// The channel is archived: it can be read, joined and left, and nothing in it changes.
///
/// A matter of state and not of permission, so each operation answers it in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archived;

/// By what standing a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An account of this site, through one of its sessions.
    Session,
    /// The administrator on the server's own socket, who passes every check.
    AdminSocket,
    /// A deactivated account, which may do nothing.
    Deactivated,
    /// An account at home on another site. What it does arrives over the link under that link's
    /// policy, so nothing may be done here in its name.
    RemoteActor,
}

/// Who asks, and what the roles of the account grant everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The account.
    pub user: Id,
    /// By what standing it asks.
    pub actor: Actor,
    /// Whether it is a guest account.
    pub guest: bool,
    /// What its system roles grant.
    pub roles: PermissionSet,
}

impl Caller {
    /// Whether this account may do anything here at all.
    pub(crate) fn may_act(&self) -> bool {
        matches!(self.actor, Actor::Session | Actor::AdminSocket)
    }

    /// Whether the caller is this account, and acts. The socket is nobody's account.
    pub(crate) fn is(&self, user: Id) -> bool {
        self.actor == Actor::Session && !user.is_none() && self.user == user
    }

    /// Whether a set of the caller's own grants the permission. Every look into a set of
    /// permissions goes through here, so that no roles help an account that may not act.
    pub(crate) fn granted_by(&self, own: Option<&PermissionSet>, permission: Permission) -> bool {
        match self.actor {
            Actor::AdminSocket => true,
            Actor::Session => own.is_some_and(|set| set.contains(permission)),
            Actor::Deactivated | Actor::RemoteActor => false,
        }
    }

    /// Whether the system roles grant the permission.
    pub(crate) fn holds(&self, permission: Permission) -> bool {
        self.granted_by(Some(&self.roles), permission)
    }

    /// Whether a membership of the caller's is one it may use.
    pub(crate) fn belongs(&self, membership: Option<&PermissionSet>) -> bool {
        match self.actor {
            Actor::AdminSocket => true,
            Actor::Session => membership.is_some(),
            Actor::Deactivated | Actor::RemoteActor => false,
        }
    }
}

/// A team, and the caller's place in it.
#[derive(Debug, Clone, Copy)]
pub struct TeamFacts {
    /// The team; [`Id::NONE`] when there is none, which every check refuses.
    pub id: Id,
    /// What the caller's live membership grants, if there is one.
    pub member: Option<PermissionSet>,
    /// Whether it is of type `O`.
    pub open: bool,
    /// Whether anybody may join it without an invitation (`allow_open_invite`).
    pub open_invite: bool,
}

impl TeamFacts {
    /// A team that was asked for and does not exist.
    pub const UNKNOWN: Self = Self { id: Id::NONE, member: None, open: false, open_invite: false };
}

/// A channel, and the caller's place in it.
#[derive(Debug, Clone, Copy)]
pub struct ChannelFacts {
    /// The channel; [`Id::NONE`] when there is none, which every check refuses.
    pub id: Id,
    /// What kind of channel it is.
    pub kind: ChannelType,
    /// Whether it is archived.
    pub archived: bool,
    /// What the caller's membership grants, if there is one.
    pub member: Option<PermissionSet>,
    /// The team it is in; `None` for direct and group messages.
    pub team: Option<TeamFacts>,
}

impl ChannelFacts {
    /// A channel that was asked for and does not exist.
    pub const UNKNOWN: Self = Self {
        id: Id::NONE,
        kind: ChannelType::Private,
        archived: false,
        member: None,
        team: None,
    };

    /// Refuses when the channel is archived. Asked, after the permission, by whatever writes into
    /// a channel: posts, edits, deletions, reactions, acknowledgements, bookmarks, drafts.
    pub fn require_live(&self) -> Result<(), Archived> {
        if self.archived { Err(Archived) } else { Ok(()) }
    }

    /// Which of two permissions applies: the one for open channels or the one for the others.
    pub(crate) fn by_kind(&self, open: Permission, private: Permission) -> Permission {
        if self.kind == ChannelType::Open { open } else { private }
    }

    /// Whether it is a direct or group message.
    pub(crate) fn is_message(&self) -> bool {
        matches!(self.kind, ChannelType::Direct | ChannelType::Group)
    }
}

/// An account that something is done to.
#[derive(Debug, Clone, Copy)]
pub struct UserFacts {
    /// The account.
    pub id: Id,
    /// Whether it is a system administrator.
    pub system_admin: bool,
    /// Whether it is a guest.
    pub guest: bool,
}

/// A bot account.
#[derive(Debug, Clone, Copy)]
pub struct BotFacts {
    /// The account that owns it.
    pub owner: Id,
}

/// A user group, and the caller's place in it.
#[derive(Debug, Clone, Copy)]
pub struct GroupFacts {
    /// What the role `custom_group_user` grants now, if the caller is a member.
    pub member: Option<PermissionSet>,
}

/// A sidebar category.
#[derive(Debug, Clone, Copy)]
pub struct CategoryFacts {
    /// The user in whose sidebar it is.
    pub user: Id,
    /// The team in whose sidebar it is.
    pub team: Id,
}

/// A user, and how a caller who does not see everybody is connected to them.
#[derive(Debug, Clone, Copy)]
pub struct VisibilityFacts {
    /// The user to be seen.
    pub user: Id,
    /// Whether the other is in a team in which the caller's membership grants `view_members`.
    pub in_a_visible_team: bool,
    /// Whether both are in one channel.
    pub shares_a_channel: bool,
}

/// The settings of the server on which decisions depend.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy {
    /// Compliance is on: only members read the content of open channels.
    pub compliance: bool,
    /// `RestrictSystemAdmin`: some operations are for the server's own socket alone.
    pub restrict_system_admin: bool,
    /// `EnableUserDeactivation`: people may deactivate their own account.
    pub self_deactivation: bool,
}
