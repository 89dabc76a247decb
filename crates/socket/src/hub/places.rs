//! A few ids, in little memory: most people have few channels, and there are many people.

use fieldpost_model::Id;

/// A set of ids, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(Vec<Id>);

impl Places {
    /// Whether an id is in the set.
    pub fn contains(&self, id: Id) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    /// Adds an id.
    pub(super) fn insert(&mut self, id: Id) {
        if let Err(place) = self.0.binary_search(&id) {
            self.0.insert(place, id);
        }
    }

    /// Takes an id out.
    pub(super) fn remove(&mut self, id: Id) {
        if let Ok(place) = self.0.binary_search(&id) {
            self.0.remove(place);
        }
    }

    /// The ids, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Id> {
        self.0.iter().copied()
    }
}

impl FromIterator<Id> for Places {
    fn from_iter<I: IntoIterator<Item = Id>>(ids: I) -> Self {
        let mut ids: Vec<Id> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.shrink_to_fit();
        Self(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_it_once_whatever_the_order() {
        let id = |n: u8| Id::from_bytes([n; 16]);
        let mut places: Places = [3, 1, 3, 2].map(id).into_iter().collect();
        places.insert(id(2));
        places.insert(id(0));
        places.remove(id(1));
        places.remove(id(7));
        assert_eq!(places.iter().collect::<Vec<_>>(), [0, 2, 3].map(id));
        assert!(places.contains(id(3)) && !places.contains(id(1)));
    }
}
