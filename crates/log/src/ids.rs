//! Ids that are computed, so that they never travel and both sites mean the same by them.
//!
//! Anything whose knowledge grants access (invites, web hooks, tokens) is random and never one of
//! these: whoever knows the name of a change can compute them.

use fieldpost_model::Id;

use crate::name::ChangeName;
use crate::suite::{Digest, Domain, hash};

/// The id of what a change created: the first 128 bits of
/// `H(length of tag (8) ‖ tag ‖ site ‖ epoch ‖ scope ‖ sequence ‖ ordinal (4))`, with numbers of
/// fixed width in big-endian order.
///
/// `tag` is the kind of thing ("post", "reaction") and `ordinal` counts the things of that kind
/// that one change creates, from 0.
pub fn derive_id(tag: &'static str, name: &ChangeName, ordinal: u32) -> Id {
    let length = (tag.len() as u64).to_be_bytes();
    let ordinal = ordinal.to_be_bytes();
    id(hash(Domain::DerivedId, &[&length, tag.as_bytes(), &name.to_bytes(), &ordinal]))
}

/// The id of the direct conversation of two people, in either order; of one with themselves too.
pub fn direct_conversation(one: Id, other: Id) -> Id {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    id(hash(Domain::DirectConversation, &[first.as_bytes(), second.as_bytes()]))
}

/// The id of the group conversation of these people, whatever their order and repetition.
///
/// It never equals a direct conversation, even of the same two people.
pub fn group_conversation(members: &[Id]) -> Id {
    let mut members = members.to_vec();
    members.sort_unstable();
    members.dedup();
    let bytes: Vec<&[u8]> = members.iter().map(|member| member.as_bytes().as_slice()).collect();
    id(hash(Domain::GroupConversation, &bytes))
}

/// Whether a conversation is that of just these people: its id commits to them, so that nobody can
/// be said to take part in it who does not.
///
/// The next conversation of a group that became a channel is none of theirs in this sense.
pub fn is_conversation_of(conversation: Id, members: &[Id]) -> bool {
    match members {
        [one @ other] | [one, other] => conversation == direct_conversation(*one, *other),
        _ => conversation == group_conversation(members),
    }
}

/// The id of the next group conversation of the same people, once this one became a channel.
pub fn next_conversation(conversation: Id) -> Id {
    id(hash(Domain::NextConversation, &[conversation.as_bytes()]))
}

/// The id of a team's default channel. `slug` is the channel's name in addresses as the API
/// requires it, in lower case.
pub fn default_channel(team: Id, slug: &str) -> Id {
    id(hash(Domain::DefaultChannel, &[team.as_bytes(), slug.as_bytes()]))
}

fn id(digest: Digest) -> Id {
    Id::from_slice(&digest.as_bytes()[..16])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::name::{Epoch, Scope, ScopeKind, SiteId};

    fn name() -> ChangeName {
        ChangeName {
            site: SiteId([1; 16]),
            epoch: Epoch(2),
            scope: Scope::new(ScopeKind::Channel, person(3)),
            sequence: 4,
        }
    }

    fn person(n: u8) -> Id {
        Id::from_bytes([n; 16])
    }

    #[test]
    fn every_part_of_the_name_makes_another_id() {
        let scope = |kind, n| Scope::new(kind, person(n));
        let names = [
            name(),
            ChangeName { site: SiteId([9; 16]), ..name() },
            ChangeName { epoch: Epoch(9), ..name() },
            ChangeName { scope: scope(ScopeKind::Team, 3), ..name() },
            ChangeName { scope: scope(ScopeKind::Channel, 9), ..name() },
            ChangeName { sequence: 9, ..name() },
        ];
        let mut ids: BTreeSet<Id> = names.iter().map(|name| derive_id("post", name, 0)).collect();
        ids.insert(derive_id("post", &name(), 1));
        ids.insert(derive_id("reaction", &name(), 0));
        assert_eq!(ids.len(), names.len() + 2);
        assert_eq!(derive_id("post", &name(), 0), derive_id("post", &name(), 0));
    }

    #[test]
    fn a_conversation_does_not_depend_on_who_began_it() {
        let (a, b, c) = (person(1), person(2), person(3));
        assert_eq!(direct_conversation(a, b), direct_conversation(b, a));
        assert_eq!(group_conversation(&[a, b, c]), group_conversation(&[c, a, b, a]));
        assert_ne!(direct_conversation(a, b), direct_conversation(a, c));
        assert_ne!(group_conversation(&[a, b]), group_conversation(&[a, b, c]));
        assert_ne!(direct_conversation(a, b), group_conversation(&[a, b]));
    }

    #[test]
    fn a_conversation_is_that_of_its_people_and_of_nobody_else() {
        let (a, b, c) = (person(1), person(2), person(3));
        let (direct, group) = (direct_conversation(a, b), group_conversation(&[a, b, c]));
        assert!(is_conversation_of(direct, &[b, a]) && is_conversation_of(group, &[c, a, b]));
        assert!(is_conversation_of(direct_conversation(a, a), &[a]));
        for others in [&[a][..], &[b, c], &[a, b, c], &[]] {
            assert!(!is_conversation_of(direct, others), "{others:?}");
        }
        for others in [&[a, b][..], &[a, b, c, person(4)], &[]] {
            assert!(!is_conversation_of(group, others), "{others:?}");
        }
        assert!(!is_conversation_of(next_conversation(group), &[a, b, c]));
    }

    #[test]
    fn a_default_channel_belongs_to_its_team() {
        let (team, other) = (person(1), person(2));
        assert_eq!(default_channel(team, "town-square"), default_channel(team, "town-square"));
        assert_ne!(default_channel(team, "town-square"), default_channel(other, "town-square"));
        assert_ne!(default_channel(team, "town-square"), default_channel(team, "off-topic"));
    }
}
