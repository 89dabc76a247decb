//! What names a change for ever: `(site, epoch, scope, sequence)`.

use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use crate::Malformed;
use crate::wire::Reader;

/// One more than the highest sequence of a log: 2⁴⁰, which is a thousand changes a second for 34
/// years in one scope and epoch. It is the depth of the salt tree, and bounds every decoder.
pub const SEQUENCE_LIMIT: u64 = 1 << 40;

/// Who a site is: fixed at founding, and kept when its keys change. 16 random bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct SiteId(pub [u8; 16]);

/// Which life of a site's database numbered a change.
///
/// It is new whenever the numbering could have been copied or rolled back (a start on SQLite, a new
/// timeline on PostgreSQL), so that one name never stands for two changes. Epochs of one site are
/// not ordered in time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Epoch(pub u64);

/// What a scope is a scope of; decides who may receive it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub enum ScopeKind {
    /// One channel of a team. The id is the channel's.
    Channel = 1,
    /// A team's public properties. The id is the team's.
    Team = 2,
    /// One person's public profile. The id is the user's.
    Person = 3,
    /// A direct or group conversation: goes to its members' sites only. The id is the channel's.
    Conversation = 4,
    /// One person's preferences, drafts and read marks: last values, for that person's sites only.
    /// The id is the user's.
    Private = 5,
    /// Credentials, sessions, configuration: never leaves the site. The id may be
    /// [`Id::NONE`].
    Site = 6,
    /// Who belongs to a team, as what. The id is the team's. It goes only where the whole team goes:
    /// whoever is given one channel learns nothing of the people in the others.
    TeamMembers = 7,
}

impl From<ScopeKind> for u8 {
    fn from(kind: ScopeKind) -> Self {
        kind as Self
    }
}

impl TryFrom<u8> for ScopeKind {
    type Error = Malformed;

    fn try_from(byte: u8) -> Result<Self, Malformed> {
        Ok(match byte {
            1 => Self::Channel,
            2 => Self::Team,
            3 => Self::Person,
            4 => Self::Conversation,
            5 => Self::Private,
            6 => Self::Site,
            7 => Self::TeamMembers,
            _ => return Err(Malformed::new("unknown kind of scope")),
        })
    }
}

/// The smallest unit that is shared separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// What it is a scope of.
    pub kind: ScopeKind,
    /// Which one.
    pub id: Id,
}

impl Scope {
    /// The length of the canonical form.
    pub const BYTES: usize = 17;

    /// A scope of this kind and id.
    pub const fn new(kind: ScopeKind, id: Id) -> Self {
        Self { kind, id }
    }

    /// Whether its changes are committed to in a Merkle log. The others keep last values only.
    pub const fn is_chained(&self) -> bool {
        !matches!(self.kind, ScopeKind::Private | ScopeKind::Site)
    }

    /// Whether it may leave the site at all. To whom is for the policy of the link to say.
    pub const fn is_replicated(&self) -> bool {
        !matches!(self.kind, ScopeKind::Site)
    }

    /// The canonical form: the byte of the kind and the id.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [self.kind as u8; Self::BYTES];
        bytes[1..].copy_from_slice(self.id.as_bytes());
        bytes
    }

    /// The scope of its canonical form.
    ///
    /// # Errors
    /// [`Malformed`] for another length or an unknown kind. A site that does not know the kind
    /// cannot know its audience either, so it must not pass it on.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let scope = Self::read(&mut reader)?;
        reader.finish().map(|()| scope)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = ScopeKind::try_from(reader.byte()?)?;
        Ok(Self { kind, id: Id::from_bytes(reader.array()?) })
    }
}

/// The name of one writer's log of one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogName {
    /// The site that writes it.
    pub site: SiteId,
    /// The life of that site's database.
    pub epoch: Epoch,
    /// What it is a log of.
    pub scope: Scope,
}

impl LogName {
    /// The name of one of its changes.
    pub const fn change(&self, sequence: u64) -> ChangeName {
        ChangeName { site: self.site, epoch: self.epoch, scope: self.scope, sequence }
    }
}

/// The name of a change, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeName {
    /// The site that wrote it.
    pub site: SiteId,
    /// The life of that site's database.
    pub epoch: Epoch,
    /// Where it belongs.
    pub scope: Scope,
    /// Its place among the changes of that site, epoch and scope: 0, 1, 2, … without gaps, and
    /// the index of its leaf in their log. Below [`SEQUENCE_LIMIT`].
    pub sequence: u64,
}

impl ChangeName {
    /// The log in which it is.
    pub const fn log(&self) -> LogName {
        LogName { site: self.site, epoch: self.epoch, scope: self.scope }
    }

    /// The length of the canonical form.
    pub const BYTES: usize = 49;

    /// The canonical form: site (16) ‖ epoch (8) ‖ scope (17) ‖ sequence (8), big-endian, so that
    /// it sorts as the name does.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.site.0);
        bytes[16..24].copy_from_slice(&self.epoch.0.to_be_bytes());
        bytes[24..41].copy_from_slice(&self.scope.to_bytes());
        bytes[41..].copy_from_slice(&self.sequence.to_be_bytes());
        bytes
    }

    /// The name of its canonical form.
    ///
    /// # Errors
    /// [`Malformed`] for another length, an unknown kind of scope, or a sequence out of bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let name = Self {
            site: SiteId(reader.array()?),
            epoch: Epoch(reader.u64()?),
            scope: Scope::read(&mut reader)?,
            sequence: reader.u64()?,
        };
        reader.finish()?;
        if name.sequence < SEQUENCE_LIMIT { Ok(name) } else { Err(Malformed::new("sequence")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ScopeKind; 7] = [
        ScopeKind::Channel,
        ScopeKind::Team,
        ScopeKind::Person,
        ScopeKind::Conversation,
        ScopeKind::Private,
        ScopeKind::Site,
        ScopeKind::TeamMembers,
    ];

    fn name(sequence: u64) -> ChangeName {
        let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([3; 16]));
        ChangeName { site: SiteId([1; 16]), epoch: Epoch(2), scope, sequence }
    }

    #[test]
    fn what_is_chained_and_what_leaves_the_site() {
        let facts = KINDS.map(|kind| {
            let scope = Scope::new(kind, Id::NONE);
            (scope.is_chained(), scope.is_replicated())
        });
        let shared = (true, true);
        assert_eq!(facts, [shared, shared, shared, shared, (false, true), (false, false), shared]);
    }

    #[test]
    fn scopes_and_names_survive_their_bytes() {
        for kind in KINDS {
            let scope = Scope::new(kind, Id::from_bytes([9; 16]));
            assert_eq!(Scope::decode(&scope.to_bytes()), Ok(scope));
        }
        assert_eq!(ChangeName::decode(&name(7).to_bytes()), Ok(name(7)));
    }

    #[test]
    fn a_name_sorts_as_its_bytes_do() {
        assert!(name(255) < name(256));
        assert!(name(255).to_bytes() < name(256).to_bytes());
    }

    #[test]
    fn what_names_nothing_is_refused() {
        assert!(Scope::decode(&[0; 17]).is_err());
        assert!(Scope::decode(&[8; 17]).is_err());
        assert!(Scope::decode(&[1; 18]).is_err());
        assert!(ChangeName::decode(&name(SEQUENCE_LIMIT - 1).to_bytes()).is_ok());
        assert!(ChangeName::decode(&name(SEQUENCE_LIMIT).to_bytes()).is_err());
    }
}
