//! What stands over a change's content: its header, in the form that is committed to.

use fieldpost_model::Id;

use crate::clock::Stamp;
use crate::name::ChangeName;

/// The header of a change.
///
/// It travels and is kept even where the content is withheld or erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The name of the change.
    pub name: ChangeName,
    /// When it was written.
    pub stamp: Stamp,
    /// On whose behalf; [`Id::NONE`] for the site itself.
    pub author: Id,
    /// Which kind of change it is.
    pub kind: u16,
}

impl Header {
    /// The length of its form, in bytes.
    pub const BYTES: usize = ChangeName::BYTES + 8 + 16 + 2;

    /// The form that is committed to: name (49) ‖ stamp (8) ‖ author (16) ‖ kind (2), numbers in
    /// big-endian order.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (name, rest) = bytes.split_at_mut(ChangeName::BYTES);
        name.copy_from_slice(&self.name.to_bytes());
        rest[..8].copy_from_slice(&self.stamp.0.to_be_bytes());
        rest[8..24].copy_from_slice(self.author.as_bytes());
        rest[24..].copy_from_slice(&self.kind.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Epoch, Scope, ScopeKind, SiteId};

    fn header() -> Header {
        let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([3; 16]));
        let name = ChangeName { site: SiteId([1; 16]), epoch: Epoch(2), scope, sequence: 4 };
        Header { name, stamp: Stamp(5), author: Id::from_bytes([6; 16]), kind: 0x0708 }
    }

    #[test]
    fn every_field_is_in_its_place() {
        let bytes = header().to_bytes();
        assert_eq!(bytes[..49], header().name.to_bytes());
        assert_eq!(bytes[49..57], 5u64.to_be_bytes());
        assert_eq!(bytes[57..73], [6; 16]);
        assert_eq!(bytes[73..], [7, 8]);
    }
}
