//! A set of permissions: one bit for each.

use std::fmt;
use std::ops::BitOr;

use crate::permission::Permission;

const WORDS: usize = Permission::COUNT.div_ceil(64);

/// A set of permissions, small enough to be copied about and to be united without allocating.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PermissionSet([u64; WORDS]);

impl PermissionSet {
    /// Nothing granted.
    pub const EMPTY: Self = Self([0; WORDS]);

    pub(crate) const fn from_words(words: [u64; WORDS]) -> Self {
        Self(words)
    }

    /// The set of these permissions.
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut set = Self::EMPTY;
        let mut rest = permissions;
        while let [first, others @ ..] = rest {
            set = set.with(*first);
            rest = others;
        }
        set
    }

    /// The set with one more.
    pub const fn with(mut self, permission: Permission) -> Self {
        self.0[permission as usize / 64] |= 1 << (permission as usize % 64);
        self
    }

    /// The set with one less.
    pub const fn without(mut self, permission: Permission) -> Self {
        self.0[permission as usize / 64] &= !(1 << (permission as usize % 64));
        self
    }

    /// Whether the permission is in the set.
    pub const fn contains(&self, permission: Permission) -> bool {
        self.0[permission as usize / 64] >> (permission as usize % 64) & 1 == 1
    }

    /// What either set has.
    pub const fn union(mut self, other: Self) -> Self {
        let mut word = 0;
        while word < WORDS {
            self.0[word] |= other.0[word];
            word += 1;
        }
        self
    }

    /// How many permissions are in the set.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    /// The permissions in the set, by name.
    pub fn iter(&self) -> impl Iterator<Item = Permission> + use<> {
        self.0.into_iter().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Permission::from_index(word * 64 + lowest)
            })
        })
    }
}

impl BitOr for PermissionSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl Extend<Permission> for PermissionSet {
    fn extend<I: IntoIterator<Item = Permission>>(&mut self, permissions: I) {
        for permission in permissions {
            *self = self.with(permission);
        }
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let mut set = Self::EMPTY;
        set.extend(permissions);
        set
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::name)).finish()
    }
}
