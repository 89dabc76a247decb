use std::fmt::Debug;

use super::*;
use crate::clock::Stamp;
use crate::name::SiteId;
use proptest::prelude::*;

fn version(stamp: u64, site: u8) -> Version {
    Version { stamp: Stamp(stamp), site: SiteId([site; 16]) }
}

// Few versions and values, so that ties and repetitions are common.
fn versions() -> impl Strategy<Value = Version> {
    (0..4u64, 0..3u8).prop_map(|(stamp, site)| version(stamp, site))
}

fn registers() -> impl Strategy<Value = LastWriter<u8>> {
    (versions(), 0..3u8).prop_map(|(version, value)| LastWriter::new(version, value))
}

fn lifetimes() -> impl Strategy<Value = Lifetime<LastWriter<u8>>> {
    prop_oneof![registers().prop_map(Lifetime::Live), versions().prop_map(Lifetime::Deleted)]
}

fn elements() -> impl Strategy<Value = AddRemove> {
    (versions(), any::<bool>())
        .prop_map(|(v, removed)| if removed { AddRemove::removed(v) } else { AddRemove::added(v) })
}

fn memberships() -> impl Strategy<Value = RemovalWins<u8>> {
    let removals = prop::collection::btree_set(0..4u8, 0..4);
    (any::<bool>(), removals.clone(), removals)
        .prop_map(|(added, removals, overridden)| RemovalWins { added, removals, overridden })
}

fn is_a_join<T: Merge + Clone + PartialEq + Debug>(a: &T, b: &T, c: &T) {
    let merge = |a: &T, b: &T| a.clone().merge(b.clone());
    assert_eq!(merge(a, b), merge(b, a), "commutative");
    assert_eq!(merge(&merge(a, b), c), merge(a, &merge(b, c)), "associative");
    assert_eq!(merge(a, a), *a, "idempotent");
    assert_eq!(merge(&merge(a, b), b), merge(a, b), "repeated");
}

#[test]
fn the_last_writer_wins_and_the_loser_is_kept() {
    let early = LastWriter::new(version(1, 9), "early");
    let late = LastWriter::new(version(2, 1), "late");
    assert_eq!(early.contest(late), (late, Some(early)));
    assert_eq!(late.contest(early), (late, Some(early)));
    assert_eq!(late.contest(late), (late, None));
    let tied = LastWriter::new(version(2, 2), "tied");
    assert_eq!(late.contest(tied), (tied, Some(late)));
}

#[test]
fn one_version_with_two_values_still_has_one_winner() {
    let [a, b] = ["a", "b"].map(|value| LastWriter::new(version(1, 1), value));
    assert_eq!(a.merge(b), b);
    assert_eq!(b.merge(a), b);
}

#[test]
fn a_deletion_wins_over_a_later_edit() {
    let edit = |stamp| Lifetime::Live(LastWriter::new(version(stamp, 1), 0));
    let deleted = |stamp| Lifetime::Deleted(version(stamp, 1));
    assert_eq!(edit(9).merge(deleted(1)), deleted(1));
    assert_eq!(deleted(1).merge(edit(9)), deleted(1));
    assert_eq!(deleted(3).merge(deleted(1)), deleted(1));
    assert_eq!(edit(3).merge(edit(9)), edit(9));
}

#[test]
fn a_reaction_is_what_was_done_last() {
    let (added, removed) = (AddRemove::added, AddRemove::removed);
    assert!(removed(version(1, 1)).merge(added(version(2, 1))).is_present());
    assert!(!added(version(1, 1)).merge(removed(version(2, 1))).is_present());
    assert!(!removed(version(2, 1)).merge(added(version(1, 1))).is_present());
    assert!(!added(version(1, 1)).merge(removed(version(1, 1))).is_present(), "a tie");
    assert_eq!(removed(version(2, 1)).merge(added(version(1, 1))).version(), version(2, 1));
}

#[test]
fn a_removal_holds_until_one_who_knows_it_adds_again() {
    let mut here = RemovalWins::new();
    assert!(!here.is_present());
    here.add([]);
    assert!(here.is_present());
    let mut there = here.clone();
    here.remove("first");
    there.add([]);
    let mut both = here.merge(there);
    assert!(!both.is_present(), "the second addition did not know");
    let seen = both.removals().clone();
    both.add(seen);
    assert!(both.is_present());
    both.remove("second");
    assert!(!both.is_present());
    both.add(["first"]);
    assert!(!both.is_present(), "the second removal is not overridden");
}

#[test]
fn an_addition_that_arrives_before_the_removal_it_overrides_is_the_same() {
    let mut late = RemovalWins::new();
    late.add(["removal"]);
    late.remove("removal");
    assert!(late.is_present());
}

proptest! {
    #[test]
    fn last_writers_join(a in registers(), b in registers(), c in registers()) {
        is_a_join(&a, &b, &c);
    }

    #[test]
    fn lifetimes_join(a in lifetimes(), b in lifetimes(), c in lifetimes()) {
        is_a_join(&a, &b, &c);
    }

    #[test]
    fn elements_join(a in elements(), b in elements(), c in elements()) {
        is_a_join(&a, &b, &c);
    }

    #[test]
    fn memberships_join(a in memberships(), b in memberships(), c in memberships()) {
        is_a_join(&a, &b, &c);
    }

    #[test]
    fn the_same_losers_are_kept_in_any_order(
        (written, arrived) in prop::collection::btree_set(registers(), 1..10).prop_flat_map(|set| {
            let written: Vec<_> = set.into_iter().collect();
            (Just(written.clone()), Just(written).prop_shuffle())
        }),
    ) {
        let mut winner = arrived[0];
        let mut losers = Vec::new();
        for &next in &arrived[1..] {
            let (kept, lost) = winner.contest(next);
            winner = kept;
            losers.extend(lost);
        }
        losers.sort();
        losers.push(winner);
        prop_assert_eq!(losers, written);
    }
}
