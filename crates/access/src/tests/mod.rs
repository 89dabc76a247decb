//! Every rule is asked of the same cast, and the whole list of those who may is compared: a rule
//! that grants too much fails just as one that grants too little.

mod channels;
mod checks;
mod groups;
mod integrations;
mod posts;
mod roles;
mod sheet;
mod teams;
mod users;

use fieldpost_model::{ChannelType, Id};

use crate::{
    Actor, Caller, ChannelFacts, Denied, Permission, PermissionSet, TeamFacts, UserFacts,
    VisibilityFacts, builtin, permissions_of,
};

const ME: Id = Id::from_bytes([1; 16]);
const OTHER: Id = Id::from_bytes([2; 16]);
const THIRD: Id = Id::from_bytes([3; 16]);
const TEAM: Id = Id::from_bytes([4; 16]);
const CHANNEL: Id = Id::from_bytes([5; 16]);

/// All who act by themselves, guests included.
const EVERYBODY: &str =
    "guest member channel_admin team_admin outsider stranger auditor system_admin socket";

/// All who act by themselves and are not guests.
const NO_GUEST: &str =
    "member channel_admin team_admin outsider stranger auditor system_admin socket";

/// Somebody, seen from one team and one channel in it.
#[derive(Clone, Copy)]
struct Person {
    name: &'static str,
    actor: Actor,
    system: PermissionSet,
    team: Option<PermissionSet>,
    channel: Option<PermissionSet>,
}

impl Person {
    fn new(name: &'static str, system: &str, team: &str, channel: &str) -> Self {
        let member = |roles: &str| (!roles.is_empty()).then(|| set(roles));
        Self {
            name,
            actor: Actor::Session,
            system: set(system),
            team: member(team),
            channel: member(channel),
        }
    }

    /// Somebody with exactly these system permissions and no membership.
    fn with_system(permissions: &[Permission]) -> Self {
        Self { system: PermissionSet::of(permissions), ..Self::new("somebody", "", "", "") }
    }

    /// Somebody with exactly these permissions in the team.
    fn with_team(permissions: &[Permission]) -> Self {
        Self { team: Some(PermissionSet::of(permissions)), ..Self::new("somebody", "", "", "") }
    }

    /// Somebody with exactly these permissions in the channel.
    fn with_channel(permissions: &[Permission]) -> Self {
        Self { channel: Some(PermissionSet::of(permissions)), ..Self::new("somebody", "", "", "") }
    }

    fn acting_as(self, name: &'static str, actor: Actor) -> Self {
        Self { name, actor, ..self }
    }

    fn caller(&self) -> Caller {
        Caller { user: ME, actor: self.actor, guest: self.name == "guest", roles: self.system }
    }

    fn team(&self) -> TeamFacts {
        TeamFacts { id: TEAM, member: self.team, open: false, open_invite: false }
    }

    fn open_team(&self) -> TeamFacts {
        TeamFacts { open: true, open_invite: true, ..self.team() }
    }

    fn channel(&self, kind: ChannelType) -> ChannelFacts {
        let in_team = matches!(kind, ChannelType::Open | ChannelType::Private);
        ChannelFacts {
            id: CHANNEL,
            kind,
            archived: false,
            member: self.channel,
            team: in_team.then(|| self.team()),
        }
    }

    fn open(&self) -> ChannelFacts {
        self.channel(ChannelType::Open)
    }

    fn private(&self) -> ChannelFacts {
        self.channel(ChannelType::Private)
    }

    fn direct(&self) -> ChannelFacts {
        self.channel(ChannelType::Direct)
    }
}

fn cast() -> Vec<Person> {
    let mighty = Person::new(
        "",
        "system_user system_admin",
        "team_user team_admin",
        "channel_user channel_admin",
    );
    vec![
        Person::new("guest", "system_guest", "team_guest", "channel_guest"),
        Person::new("member", "system_user", "team_user", "channel_user"),
        Person::new("channel_admin", "system_user", "team_user", "channel_user channel_admin"),
        // Administers the team without being in the channel.
        Person::new("team_admin", "system_user", "team_user team_admin", ""),
        // In the team, not in the channel.
        Person::new("outsider", "system_user", "team_user", ""),
        // In some other team.
        Person::new("stranger", "system_user", "", ""),
        Person::new("auditor", "system_user system_read_only_admin", "", ""),
        Person::new("system_admin", "system_user system_admin", "", ""),
        Person::new("", "", "", "").acting_as("socket", Actor::AdminSocket),
        mighty.acting_as("deactivated", Actor::Deactivated),
        mighty.acting_as("remote", Actor::RemoteActor),
    ]
}

fn set(roles: &str) -> PermissionSet {
    permissions_of(roles, builtin)
}

fn user(id: Id) -> UserFacts {
    UserFacts { id, system_admin: false, guest: false }
}

fn admin(id: Id) -> UserFacts {
    UserFacts { system_admin: true, ..user(id) }
}

fn unseen(user: Id) -> VisibilityFacts {
    VisibilityFacts { user, in_a_visible_team: false, shares_a_channel: false }
}

fn seen(user: Id) -> VisibilityFacts {
    VisibilityFacts { shares_a_channel: true, ..unseen(user) }
}

/// Asks a rule of the whole cast; `allowed` lists those it grants, in the order of the cast.
#[track_caller]
fn check<E>(allowed: &str, rule: impl Fn(&Person) -> Result<(), E>) {
    let cast = cast();
    let granted: Vec<_> = cast.iter().filter(|p| rule(p).is_ok()).map(|p| p.name).collect();
    assert_eq!(granted.join(" "), allowed);
}

#[track_caller]
fn check_denied(decision: Result<(), Denied>, permission: Permission) {
    assert_eq!(decision, Err(Denied { permission }));
}
