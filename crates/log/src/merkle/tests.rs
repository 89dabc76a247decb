use super::*;
use proptest::prelude::*;

fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|n| hash(Domain::LogLeaf, &[&n.to_be_bytes()])).collect()
}

fn log(leaves: &[Digest]) -> Frontier {
    let mut frontier = Frontier::new();
    for &leaf in leaves {
        frontier.append(leaf).unwrap();
    }
    frontier
}

/// RFC 6962's definition, word for word, to check the frontier against.
fn tree_hash(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => hash(Domain::LogEmpty, &[]),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node(tree_hash(&leaves[..split]), tree_hash(&leaves[split..]))
        }
    }
}

/// The pieces of `range` with those leaves withheld that `withheld` covers.
fn pieces(leaves: &[Digest], range: Range<u64>, withheld: Range<u64>) -> Vec<Piece> {
    let slice = |r: Range<u64>| leaves[r.start as usize..r.end as usize].to_vec();
    let shown = |r: Range<u64>| slice(r).into_iter().map(Piece::Leaf);
    let hidden = aligned_ranges(withheld.clone()).map(|part| Piece::Withheld {
        height: part.height,
        root: subtree_root(&slice(part.start..part.start + (1 << part.height))).unwrap(),
    });
    shown(range.start..withheld.start).chain(hidden).chain(shown(withheld.end..range.end)).collect()
}

#[test]
fn the_root_is_that_of_rfc_6962() {
    let all = leaves(70);
    for n in 0..=all.len() {
        assert_eq!(log(&all[..n]).root(), tree_hash(&all[..n]), "{n} leaves");
    }
}

#[test]
fn a_leaf_commits_to_header_salt_and_payload() {
    let salt = |n| Salt::from_bytes([n; 32]);
    let first = leaf(b"header", commitment(&salt(1), b"payload"));
    assert_ne!(first, leaf(b"Header", commitment(&salt(1), b"payload")));
    assert_ne!(first, leaf(b"header", commitment(&salt(2), b"payload")));
    assert_ne!(first, leaf(b"header", commitment(&salt(1), b"Payload")));
}

#[test]
fn a_node_is_no_leaf() {
    let [left, right] = [leaves(2)[0], leaves(2)[1]];
    assert_ne!(node(left, right), leaf(left.as_bytes(), right));
}

#[test]
fn a_subtree_has_a_power_of_two_of_leaves() {
    assert_eq!(subtree_root(&leaves(8)), Some(tree_hash(&leaves(8))));
    assert_eq!(subtree_root(&leaves(1)), Some(leaves(1)[0]));
    assert_eq!(subtree_root(&leaves(6)), None);
    assert_eq!(subtree_root(&[]), None);
}

#[test]
fn a_range_is_few_subtrees() {
    let parts: Vec<_> = aligned_ranges(3..9).map(|part| (part.start, part.height)).collect();
    assert_eq!(parts, [(3, 0), (4, 2), (8, 0)]);
    assert_eq!(aligned_ranges(1..SEQUENCE_LIMIT).count(), usize::from(MAX_HEIGHT));
    assert_eq!(aligned_ranges(0..SEQUENCE_LIMIT).count(), 1);
    assert_eq!(aligned_ranges(0..SEQUENCE_LIMIT + 1).count(), 0);
    #[expect(clippy::reversed_empty_ranges, reason = "a caller may compute one")]
    let reversed = 5..3;
    assert_eq!(aligned_ranges(reversed).count(), 0);
}

#[test]
fn a_misaligned_or_overflowing_piece_is_refused() {
    let mut frontier = log(&leaves(3));
    let root = leaves(1)[0];
    let before = frontier.clone();
    let mut append = |height| frontier.append_piece(Piece::Withheld { height, root });
    assert_eq!(append(1), Err(NotAppended::Misaligned));
    assert_eq!(append(MAX_HEIGHT + 1), Err(NotAppended::Full));
    assert_eq!(append(255), Err(NotAppended::Full));
    assert_eq!(frontier, before);
    let mut full = Frontier::new();
    full.append_piece(Piece::Withheld { height: MAX_HEIGHT, root }).unwrap();
    assert_eq!(full.append(root), Err(NotAppended::Full));
}

#[test]
fn a_head_with_the_right_root_and_the_wrong_size_is_refused() {
    let all = leaves(7);
    let advance = |size| {
        Frontier::new().advance(all.iter().copied().map(Piece::Leaf), size, log(&all).root())
    };
    assert!(advance(7).is_some());
    assert_eq!(advance(6), None);
    assert_eq!(advance(8), None);
}

#[test]
fn a_frontier_with_too_many_or_few_hashes_is_refused() {
    let bytes = log(&leaves(5)).encode();
    assert_eq!(bytes.len(), 8 + 2 * 32);
    assert!(Frontier::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(Frontier::decode(&[&bytes[..], &[0]].concat()).is_err());
    assert!(Frontier::decode(&u64::MAX.to_be_bytes()).is_err());
}

proptest! {
    #[test]
    fn withheld_ranges_verify(size in 1..200u64, cuts in prop::array::uniform3(0..=200u64)) {
        let mut cuts = cuts.map(|cut| cut.min(size));
        cuts.sort_unstable();
        let [known, from, to] = cuts;
        let all = leaves(size);
        let root = log(&all).root();
        let start = log(&all[..known as usize]);
        let given = pieces(&all, known..size, from..to);
        let end = start.advance(given.iter().copied(), size, root);
        prop_assert_eq!(end, Some(log(&all)));
    }

    #[test]
    fn one_false_piece_is_found(size in 1..100u64, which: prop::sample::Index, from in 0..100u64) {
        let all = leaves(size);
        let root = log(&all).root();
        let mut given = pieces(&all, 0..size, from.min(size)..size);
        let place = which.index(given.len());
        let falsehood = leaf(b"false", root);
        given[place] = match given[place] {
            Piece::Leaf(_) => Piece::Leaf(falsehood),
            Piece::Withheld { height, .. } => Piece::Withheld { height, root: falsehood },
        };
        prop_assert_eq!(Frontier::new().advance(given, size, root), None);
    }

    #[test]
    fn a_head_that_forgot_or_changed_the_past_is_found(size in 2..100u64, at: prop::sample::Index) {
        let all = leaves(size);
        let mut rewritten = all.clone();
        let place = at.index(all.len() - 1);
        rewritten[place] = leaf(b"rewritten", all[0]);
        let known = log(&all[..=place]);
        let rest: Vec<_> = all[place + 1..].iter().copied().map(Piece::Leaf).collect();
        let root = log(&rewritten).root();
        prop_assert_eq!(known.advance(rest.iter().copied(), size, root), None);
        let short = &rest[..rest.len() - 1];
        prop_assert_eq!(known.advance(short.iter().copied(), size, log(&all).root()), None);
        prop_assert!(known.advance(rest, size, log(&all).root()).is_some());
    }

    #[test]
    fn a_frontier_survives_its_bytes(size in 0..300u64) {
        let frontier = log(&leaves(size));
        prop_assert_eq!(Frontier::decode(&frontier.encode()), Ok(frontier));
    }
}
