//! Marks: places in a site's feed, which tell when they are of another.

use fieldpost_kernel::{Change, Failure, FailureKind, Outcome, Position};
use fieldpost_store::Store;
use sha2::{Digest, Sha256};

/// A place in the feed of a site: behind one of its changes, or before all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Mark {
    pub(crate) position: Position,
    /// The first bytes of a digest of the change before it: a site that was put back from a backup
    /// gives its positions to others.
    check: [u8; 4],
}

impl Mark {
    /// The mark behind a change.
    pub(crate) fn behind(change: &Change) -> Self {
        let digest = Sha256::new()
            .chain_update(change.name.to_bytes())
            .chain_update(change.stamp.0.to_be_bytes())
            .finalize();
        let mut check = [0; 4];
        check.copy_from_slice(&digest[..4]);
        Self { position: change.position, check }
    }

    /// The mark of a text; none if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let transaction = parts.next()?.parse().ok()?;
        let number = parts.next()?.parse().ok()?;
        let check = u32::from_str_radix(parts.next()?, 16).ok()?.to_be_bytes();
        let mark = Self { position: Position { transaction, number }, check };
        (mark.text() == text).then_some(mark)
    }

    /// It as a text.
    pub(crate) fn text(&self) -> String {
        let Position { transaction, number } = self.position;
        format!("{transaction}.{number}.{:08x}", u32::from_be_bytes(self.check))
    }

    /// Refuses a mark that is not of this site's feed.
    pub(crate) async fn require_of(&self, store: &Store) -> Outcome<()> {
        if *self == Self::default() {
            return Ok(());
        }
        let Position { transaction, number } = self.position;
        let before = Position { transaction, number: number.saturating_sub(1) };
        let found = store.changes_after(before, 1).await?;
        if found.first().map(Self::behind) == Some(*self) {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.guard.other_feed",
            format!(
                "The mark {} is not of this site's log: it is of another site, or the site was put \
                 back from a backup since, or its database server was replaced by another. Export \
                 all of it anew, into another directory.",
                self.text()
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_written() {
        let position = Position { transaction: 7, number: 518 };
        let mark = Mark { position, check: [0, 0x1a, 0x2b, 0xff] };
        assert_eq!(mark.text(), "7.518.001a2bff");
        assert_eq!(Mark::parse("7.518.001a2bff"), Some(mark));
        assert_eq!(Mark::default().text(), "0.0.00000000");
        for other in
            ["", "7", "7.518", "7.518.1a2bff", "07.518.001a2bff", "7.518.001A2BFF", "a.b.c"]
        {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }
}
