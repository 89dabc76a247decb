use super::*;
use proptest::prelude::*;

fn tree() -> SaltTree {
    SaltTree::new(&[7; 32])
}

/// The salt by the definition alone: walk from the top, bit by bit.
fn by_definition(sequence: u64) -> Salt {
    let mut seed = [7; 32];
    for level in (0..MAX_HEIGHT).rev() {
        let half = if sequence >> level & 1 == 0 { 0..32 } else { 32..64 };
        let children = expand(&seed);
        seed.copy_from_slice(&children[half]);
    }
    Salt::from_bytes(label(&seed, b"salt"))
}

fn punctured(sequences: &[u64]) -> SaltTree {
    let mut tree = tree();
    for &sequence in sequences {
        tree.puncture(sequence);
    }
    tree
}

#[test]
fn a_tree_is_whole_until_a_salt_is_forgotten() {
    let mut tree = SaltTree::new(&[7; 32]);
    assert!(tree.is_whole());
    assert!(SaltTree::decode_secret(&tree.encode_secret()).unwrap().is_whole());
    tree.puncture(3);
    assert!(!tree.is_whole());
}

#[test]
fn a_whole_tree_is_its_seed() {
    let whole = tree().encode_secret();
    assert_eq!(SaltTree::seed_of_secret(&whole).as_deref(), Some(&[7; 32]));
    assert_eq!(SaltTree::secret_of_seed(&[7; 32]), whole);
    for bytes in [&punctured(&[3]).encode_secret(), &whole[..35], &whole[4..]] {
        assert_eq!(SaltTree::seed_of_secret(bytes), None);
    }
}

#[test]
fn a_salt_is_the_leaf_in_whatever_order_it_is_taken() {
    let mut tree = tree();
    let last = SEQUENCE_LIMIT - 1;
    for sequence in [0, 1, 2, 3, 9, 8, 8, 1 << 20, 5, last, last - 1, 0] {
        assert_eq!(tree.salt(sequence), Some(by_definition(sequence)), "sequence {sequence}");
    }
    assert_eq!(tree.salt(SEQUENCE_LIMIT), None);
    assert_eq!(tree.salt(u64::MAX), None);
}

#[test]
fn a_puncture_forgets_what_was_prepared() {
    let mut tree = tree();
    tree.salt(4);
    assert!(tree.puncture(5));
    assert_eq!(tree.salt(5), None);
    assert_eq!(tree.salt(4), Some(by_definition(4)));
    assert!(!tree.puncture(5));
}

#[test]
fn a_puncture_leaves_no_seed_above_the_leaf() {
    let tree = punctured(&[5]);
    assert!(tree.nodes.iter().all(|node| !node.contains(5)));
    assert!(tree.ahead.is_empty());
    assert_eq!(tree.nodes.len(), usize::from(MAX_HEIGHT));
}

#[test]
fn a_range_costs_no_more_than_its_ends() {
    let mut tree = tree();
    assert!(tree.puncture_range(3..1_000_000));
    assert!(tree.nodes.len() <= 2 * usize::from(MAX_HEIGHT), "{tree:?}");
    assert_eq!(tree.salt(2), Some(by_definition(2)));
    assert_eq!(tree.salt(3), None);
    assert_eq!(tree.salt(999_999), None);
    assert_eq!(tree.salt(1_000_000), Some(by_definition(1_000_000)));
}

#[test]
fn an_empty_range_forgets_nothing_and_a_full_one_everything() {
    let mut tree = tree();
    assert!(!tree.puncture_range(5..5));
    assert_eq!(tree.encode_secret().len(), 36);
    assert!(tree.puncture_range(0..u64::MAX));
    assert_eq!(*tree.encode_secret(), [1, 0]);
    assert_eq!(tree.salt(0), None);
}

#[test]
fn nothing_secret_is_printed() {
    let mut tree = tree();
    let salt = tree.salt(0).unwrap();
    assert_eq!(format!("{tree:?} {salt:?}"), "SaltTree(1 nodes) Salt(..)");
}

#[test]
fn a_node_out_of_place_is_refused() {
    let node = |gap: u8, height: u8| [&[gap, height][..], &[9; 32]].concat();
    let tree = |nodes: &[Vec<u8>]| [&[1, nodes.len() as u8], &nodes.concat()[..]].concat();
    let refused = |nodes: &[Vec<u8>]| SaltTree::decode_secret(&tree(nodes)).is_err();
    assert!(!refused(&[node(4, 2), node(0, 3)]));
    assert!(refused(&[node(2, 2)]));
    assert!(refused(&[node(4, 2), node(1, 3)]));
    assert!(refused(&[node(0, MAX_HEIGHT + 1)]));
    assert!(refused(&[node(0, 64)]));
    assert!(refused(&[node(0, MAX_HEIGHT), node(0, 0)]));
    let mut other_suite = tree(&[node(0, 0)]);
    other_suite[0] = 2;
    assert!(SaltTree::decode_secret(&other_suite).is_err());
}

proptest! {
    #[test]
    fn only_the_punctured_salts_are_lost(
        gone in prop::collection::vec(0..16u64, 0..8),
        order in Just((0..18u64).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut tree = SaltTree::decode_secret(&punctured(&gone).encode_secret()).unwrap();
        for sequence in order {
            let expected = (!gone.contains(&sequence)).then(|| by_definition(sequence));
            prop_assert_eq!(tree.salt(sequence), expected);
        }
    }

    #[test]
    fn the_order_of_punctures_leaves_no_trace(
        (gone, shuffled) in prop::collection::vec(0..SEQUENCE_LIMIT, 0..20)
            .prop_flat_map(|gone| (Just(gone.clone()), Just(gone).prop_shuffle())),
    ) {
        let [one, other] = [&gone, &shuffled].map(|order| punctured(order).encode_secret());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_range_is_the_sum_of_its_leaves(start in 0..200u64, length in 0..50u64) {
        let mut at_once = tree();
        at_once.puncture_range(start..start + length);
        let one_by_one = punctured(&(start..start + length).collect::<Vec<_>>());
        prop_assert_eq!(at_once.encode_secret(), one_by_one.encode_secret());
    }
}
