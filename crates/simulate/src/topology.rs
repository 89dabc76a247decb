//! Which sites are linked with which.

use std::collections::VecDeque;
use std::fmt;

/// A form in which sites are linked, numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// All with the first.
    Star,
    /// Each with the next.
    Chain,
    /// Each with the next, and the last with the first.
    Ring,
    /// Each with every other.
    Mesh,
}

impl Topology {
    /// All of them, by their names.
    pub const NAMED: [(&str, Self); 4] =
        [("star", Self::Star), ("chain", Self::Chain), ("ring", Self::Ring), ("mesh", Self::Mesh)];

    /// The links between so many sites.
    pub fn links(self, sites: usize) -> Vec<[usize; 2]> {
        let chain = (1..sites).map(|site| [site - 1, site]);
        match self {
            Self::Star => (1..sites).map(|site| [0, site]).collect(),
            Self::Ring if sites > 2 => chain.chain([[0, sites - 1]]).collect(),
            Self::Chain | Self::Ring => chain.collect(),
            Self::Mesh => {
                (0..sites).flat_map(|one| (one + 1..sites).map(move |other| [one, other])).collect()
            }
        }
    }

    /// Who writes the post whose way is watched: the site that is farthest from the others.
    pub(crate) fn writer(self) -> usize {
        usize::from(self == Self::Star)
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMED.iter().find(|(_, topology)| topology == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

/// How many links it is from one site to each, by the shortest way; none to those that it does not reach.
pub(crate) fn hops(from: usize, sites: usize, links: &[[usize; 2]]) -> Vec<Option<u32>> {
    let mut found = vec![None; sites];
    let mut waiting = VecDeque::from([(from, 0)]);
    while let Some((site, far)) = waiting.pop_front() {
        if found[site].is_some() {
            continue;
        }
        found[site] = Some(far);
        for [one, other] in links {
            let next = [(one, other), (other, one)].into_iter().find(|(here, _)| **here == site);
            waiting.extend(next.map(|(_, there)| (*there, far + 1)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_linked_as_the_form_says() {
        assert_eq!(Topology::Star.links(3), [[0, 1], [0, 2]]);
        assert_eq!(Topology::Chain.links(3), [[0, 1], [1, 2]]);
        assert_eq!(Topology::Ring.links(4), [[0, 1], [1, 2], [2, 3], [0, 3]]);
        assert_eq!(Topology::Ring.links(2), [[0, 1]]);
        assert_eq!(Topology::Mesh.links(3), [[0, 1], [0, 2], [1, 2]]);
    }

    #[test]
    fn hops_are_counted_by_the_shortest_way() {
        let ring = Topology::Ring.links(5);
        assert_eq!(hops(0, 5, &ring), [Some(0), Some(1), Some(2), Some(2), Some(1)]);
        assert_eq!(hops(1, 4, &Topology::Star.links(4)), [Some(1), Some(0), Some(2), Some(2)]);
        assert_eq!(hops(0, 3, &[[0, 1]]), [Some(0), Some(1), None]);
    }
}
